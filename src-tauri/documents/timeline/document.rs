//! What is printed of a timeline.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::{Block, Day, Fact, JourneyStep, TimelineDoc, TimelineItem, TimelineView, Tone, TranscriptLine, Who};
use crate::domain::call::{Call, CallState};
use crate::domain::entry::{AtSource, Entry, EntryKind, MessageView};
use crate::domain::event::{Address, Attribution};
use crate::domain::gaps::GapView;
use crate::domain::lead::Lead;
use crate::domain::money::money;
use crate::domain::phone::shown as phone;
use crate::domain::stage::SentimentOrigin;
use crate::domain::{Outcome, Sentiment, Stage};
use crate::figures::words::{ERASED, call_state, clock, lasting, moment, of_key};
use crate::zone::Tz;

/// From so many seconds on an entry came late.
const LATE: i64 = 300;

/// What is printed of a timeline.
pub fn document(told: &TimelineView) -> TimelineDoc {
    let press = Press { told, zone: told.zone() };
    let who = press.who();
    let manifest = &told.manifest;
    let mut days: Vec<Day> = Vec::new();
    for entry in &told.entries {
        let local = entry.at.with_timezone(&press.zone);
        let item = press.item(entry);
        match days.last_mut().filter(|day| day.date == local.date_naive()) {
            Some(day) => day.items.push(item),
            None => days.push(Day {
                date: local.date_naive(),
                label: local.format("%A %-d %B %Y").to_string(),
                items: vec![item],
            }),
        }
    }
    let mut notes = vec!["Recordings are not part of this file: they are heard in Leadtrail.".to_string()];
    if manifest.redacted {
        notes.insert(
            0,
            "Names, numbers, e-mails, addresses and ids are covered, also within what was said and written. What people \
             tell about themselves and others may still say who they are."
                .into(),
        );
    }
    let counts =
        manifest.counts.iter().map(|(kind, n)| format!("{n} {}", kind_words(kind, *n))).collect::<Vec<_>>().join(", ");
    let mut lines = vec![
        fact("Business", &manifest.business),
        fact("Entries", &if counts.is_empty() { "none".to_string() } else { counts }),
        fact("Time zone", &manifest.time_zone),
    ];
    if let Some(as_of) = manifest.as_of {
        lines.push(fact("As known on", &moment(as_of, press.zone)));
    }
    lines.push(fact("Made", &format!("{} by Leadtrail {}", moment(manifest.made_at, press.zone), manifest.program)));
    lines.push(fact("Payloads read as version", &manifest.projection_version.to_string()));
    if let Some(lead_ref) = &manifest.lead_ref {
        lines.push(fact("Lead", lead_ref));
    }
    lines.retain(|line| !line.value.is_empty());
    TimelineDoc {
        title: if manifest.redacted { "Timeline, redacted".into() } else { format!("Timeline of {}", who.heading) },
        redacted: manifest.redacted,
        business: manifest.business.clone(),
        who,
        journey: press.journey(),
        days,
        manifest: lines,
        notes,
    }
}

fn fact(label: &str, value: &str) -> Fact {
    Fact { label: label.into(), value: value.into() }
}

fn kind_words(kind: &str, n: i64) -> String {
    match (kind, n) {
        ("message", 1) => "text".into(),
        ("message", _) => "texts".into(),
        ("status", 1) => "status".into(),
        ("status", _) => "statuses".into(),
        ("contact", _) => "contact details".into(),
        (kind, 1) => kind.into(),
        (kind, _) => format!("{kind}s"),
    }
}

/// Facts that have a value.
#[derive(Default)]
struct FactLines(Vec<Fact>);

impl FactLines {
    fn add(&mut self, label: &str, value: impl Into<Option<String>>) {
        if let Some(value) = value.into().filter(|value| !value.trim().is_empty()) {
            self.0.push(Fact { label: label.into(), value });
        }
    }

    fn map(&mut self, map: &Map<String, Value>) {
        for (key, value) in map {
            self.add(&wordy(key), plain(value));
        }
    }

    fn attribution(&mut self, attribution: &Attribution) {
        let Attribution { source, medium, campaign, term, content, landing_page, referrer, gclid: _ } = attribution;
        let from = [source, medium, campaign].into_iter().flatten().cloned().collect::<Vec<_>>().join(" · ");
        self.add("Came from", from);
        self.add("Search term", term.clone());
        self.add("Content", content.clone());
        self.add("Landing page", landing_page.clone());
        self.add("Referrer", referrer.clone());
    }

    fn block(self, label: Option<&str>, blocks: &mut Vec<Block>) {
        if !self.0.is_empty() {
            blocks.push(Block::Facts { label: label.map(Into::into), facts: self.0 });
        }
    }
}

struct Press<'a> {
    told: &'a TimelineView,
    zone: Tz,
}

impl Press<'_> {
    fn source(&self, id: Option<i64>) -> Option<String> {
        id.map(|id| self.told.sources.get(&id).cloned().unwrap_or_else(|| "A source that is gone".into()))
    }

    fn at(&self, at: DateTime<Utc>) -> String {
        moment(at, self.zone)
    }

    fn money(&self, cents: Option<i64>) -> Option<String> {
        cents.map(|cents| money(cents, &self.told.manifest.currency))
    }

    fn who(&self) -> Who {
        let lead = &self.told.lead;
        let heading = match (&lead.name, lead.erased, self.told.manifest.redacted) {
            (_, true, _) => ERASED.to_string(),
            (_, _, true) => "Somebody".to_string(),
            (Some(name), ..) => name.clone(),
            (None, ..) => lead
                .phones
                .first()
                .map(|number| phone(number))
                .or(lead.emails.first().cloned())
                .unwrap_or_else(|| "Somebody".into()),
        };
        Who {
            heading,
            stage: lead.stage,
            stage_label: wordy(lead.stage.as_str()),
            stage_since: lead.stage_since.map(|at| self.at(at)),
            do_not_contact: lead.do_not_contact.then(|| match &lead.do_not_contact_reason {
                Some(reason) => format!("Do not contact: {reason}"),
                None => "Do not contact".into(),
            }),
            tags: lead.tags.clone(),
            facts: self.facts_of(lead),
        }
    }

    fn facts_of(&self, lead: &Lead) -> Vec<Fact> {
        let mut facts = FactLines::default();
        facts.add(if lead.phones.len() == 1 { "Number" } else { "Numbers" }, phones(&lead.phones));
        facts.add("E-mail", lead.emails.join(", "));
        let Address { street, city, state, zip, country } = &lead.address;
        let mut parts: Vec<String> = [street, city, state, zip, country].into_iter().flatten().cloned().collect();
        parts.dedup();
        facts.add("Address", parts.join(", "));
        facts.add("Their time zone", lead.time_zone.clone());
        facts.add("Looked after by", lead.rep.clone());
        let status = lead.status.as_ref().map(|status| match self.source(lead.status_source) {
            Some(source) => format!("“{status}” ({source})"),
            None => format!("“{status}”"),
        });
        facts.add("Status", status);
        facts.add("Closed because", lead.closed_reason.clone());
        facts.add("Outcome", lead.outcome.map(|outcome| wordy(outcome.as_str())));
        facts.add("Value", self.money(lead.value_cents));
        facts.add("Sentiment", lead.sentiment.as_ref().map(sentiment));
        facts.attribution(&lead.attribution);
        if lead.attribution.campaign != lead.campaign {
            facts.add("Campaign", lead.campaign.clone());
        }
        for appointment in &lead.appointments {
            let said = match appointment.at {
                Some(at) => self.at(at),
                None => appointment.text.clone(),
            };
            facts.add("Appointment", said);
        }
        facts.add("Next follow-up", lead.next_follow_up.map(|at| self.at(at)));
        for id in &lead.external_ids {
            facts.add(&wordy(&id.name), id.value.clone());
        }
        facts.map(&lead.custom);
        facts.add("First heard from", self.at(lead.first_seen));
        facts.add("Last activity", self.at(lead.last_activity));
        facts.0
    }

    fn journey(&self) -> Vec<JourneyStep> {
        let steps = &self.told.journey;
        steps
            .iter()
            .map(|step| JourneyStep {
                stage: step.stage,
                label: wordy(step.stage.as_str()),
                status: step.status.clone(),
                at: self.at(step.at),
                lasted: step.until.map(|until| lasting((until - step.at).num_seconds())),
                source: self.source(step.source),
            })
            .collect()
    }

    fn item(&self, entry: &Entry) -> TimelineItem {
        let mut item = TimelineItem {
            kind: entry.kind,
            tone: Tone::Plain,
            time: entry.at.with_timezone(&self.zone).format("%H:%M").to_string(),
            at: entry.at,
            title: entry.title.clone(),
            beside: Vec::new(),
            told_by: self.source(entry.source),
            late: None,
            blocks: Vec::new(),
        };
        let waited = (entry.received_at - entry.at).num_seconds();
        if entry.at_source == AtSource::Received {
            item.late = Some("Time of receipt".into());
        } else if entry.source.is_some() && waited > LATE {
            item.late = Some(format!("Arrived {} later", lasting(waited)));
        }
        if entry.unsigned {
            item.beside.push("unsigned".into());
        }
        if entry.erased {
            item.beside.push("erased".into());
        }
        match entry.kind {
            EntryKind::Call => {
                if let Some(call) = &entry.call {
                    self.call(call, &mut item);
                }
            }
            EntryKind::Message => {
                if let Some(message) = &entry.message {
                    text_message(message, &mut item);
                }
            }
            EntryKind::Gap => {
                if let Some(gap) = &entry.gap {
                    self.gap(gap, &mut item);
                }
            }
            _ => self.other(entry, &mut item),
        }
        item
    }

    fn other(&self, entry: &Entry, item: &mut TimelineItem) {
        if let Some(form) = &entry.form {
            let mut fields = FactLines::default();
            for field in &form.fields {
                fields.add(&field.name, field.value.clone());
            }
            fields.block(None, &mut item.blocks);
            let mut facts = FactLines::default();
            facts.add("Page", form.page.clone());
            facts.attribution(&form.attribution);
            if form.attribution.landing_page != form.landing_page {
                facts.add("Landing page", form.landing_page.clone());
            }
            if form.attribution.referrer != form.referrer {
                facts.add("Referrer", form.referrer.clone());
            }
            facts.block(Some("Where from"), &mut item.blocks);
        }
        if let Some(status) = &entry.status {
            if let Some(stage) = status.stage {
                item.beside.push(wordy(stage.as_str()));
                item.tone = tone_of(stage);
            }
            let mut facts = FactLines::default();
            facts.add("Reason", status.reason.clone());
            facts.map(&status.facts);
            facts.block(None, &mut item.blocks);
        }
        if let Some(conversation) = &entry.conversation {
            item.beside.extend(conversation.channel.clone());
            item.beside.extend(conversation.priority.clone().map(|priority| format!("priority {priority}")));
        }
        if let Some(contact) = &entry.contact {
            let mut facts = FactLines::default();
            facts.add("Name", contact.name.clone());
            facts.add("Number", phones(&contact.phones));
            facts.add("E-mail", contact.emails.join(", "));
            facts.add("Kind of contact", contact.contact_type.clone());
            facts.block(None, &mut item.blocks);
        }
        if let Some(outcome) = &entry.outcome {
            item.title = format!("Outcome: {}", wordy(outcome.outcome.as_str()));
            item.tone = match outcome.outcome {
                Outcome::Booked => Tone::Good,
                _ => Tone::Plain,
            };
            if outcome.said.to_lowercase() != outcome.outcome.as_str() && entry.source.is_some() {
                item.beside.push(format!("“{}”", outcome.said));
            }
            self.by(&outcome.by, item);
            let mut facts = FactLines::default();
            facts.add("Estimated", self.money(outcome.estimated_cents));
            facts.add("Actually received", self.money(outcome.actual_cents));
            facts.add("Revenue", self.money(outcome.revenue_cents));
            facts.add("Notes", outcome.notes.clone());
            facts.block(None, &mut item.blocks);
        }
        if let Some(note) = &entry.note {
            self.by(&note.by, item);
            words(None, Some(&note.text), &mut item.blocks);
        }
        if let Some(action) = &entry.action {
            self.by(&action.by, item);
        }
    }

    fn by(&self, by: &Option<String>, item: &mut TimelineItem) {
        if item.told_by.is_none() {
            item.told_by = Some(by.clone().unwrap_or_else(|| self.told.manifest.business.clone()));
        }
    }

    fn gap(&self, gap: &GapView, item: &mut TimelineItem) {
        item.tone = Tone::Warn;
        item.title = match gap.why.as_str() {
            "asleep" => "Laptop asleep",
            "shutdown" => "Leadtrail closed",
            "crash" => "Leadtrail stopped",
            _ => "Not listening",
        }
        .into();
        item.told_by = None;
        item.late = None;
        item.beside.push(format!("{} to {}", self.at(gap.from), self.at(gap.to)));
        let open: Vec<&str> =
            gap.sources.iter().filter(|source| source.state == "open").map(|source| source.name.as_str()).collect();
        let says = if open.is_empty() {
            "What was sent then is here.".to_string()
        } else {
            format!("What {} sent then may be missing.", open.join(", "))
        };
        words(None, Some(&says), &mut item.blocks);
    }

    fn call(&self, call: &Call, item: &mut TimelineItem) {
        item.tone = match call.state {
            CallState::Missed | CallState::Abandoned | CallState::Failed => Tone::Bad,
            CallState::Voicemail => Tone::Warn,
            CallState::Completed if call.answered => Tone::Good,
            _ => Tone::Plain,
        };
        if !call.answered && !matches!(call.state, CallState::Completed) {
            item.beside.push(call_state(call.state.as_str()));
        }
        item.beside.extend(call.duration_s.map(clock));
        item.beside.extend(call.agent.clone());
        item.beside.extend(call.outcome.map(|outcome| wordy(outcome.as_str())));
        words(Some("Summary"), call.summary.as_deref(), &mut item.blocks);
        words(Some("Note at the service"), call.note.as_deref(), &mut item.blocks);
        let mut facts = FactLines::default();
        facts.add("From", call.from.as_deref().map(phone));
        facts.add("To", call.to.as_deref().map(phone));
        if call.tracking_number != call.to && call.tracking_number != call.from {
            facts.add("Tracking number", call.tracking_number.as_deref().map(phone));
        }
        facts.add("Sentiment", call.sentiment.as_ref().map(sentiment));
        facts.add("Value", self.money(call.value_cents));
        facts.add("Lead status", call.lead_status.clone());
        facts.add("Score", call.score.clone());
        facts.add("Tags", call.tags.join(", "));
        facts.add("Asked for", call.requests.iter().map(|request| wordy(request)).collect::<Vec<_>>().join(", "));
        let heard = call.keywords.iter().map(|keyword| {
            let at: Vec<String> = keyword.at_s.iter().map(|at| clock(*at as i64)).collect();
            if at.is_empty() { keyword.text.clone() } else { format!("{} ({})", keyword.text, at.join(", ")) }
        });
        facts.add("Heard", heard.collect::<Vec<_>>().join(", "));
        facts.add("Keys pressed", call.keypad.clone());
        for map in [&call.dispositions, &call.topics, &call.milestones] {
            facts.map(map);
        }
        facts.attribution(&call.attribution);
        facts.block(None, &mut item.blocks);
        let mut claims = FactLines::default();
        for claim in &call.claims {
            let value = plain(&claim.value);
            if value.is_empty() {
                continue;
            }
            let by = self.source(claim.source).unwrap_or_else(|| self.told.manifest.business.clone());
            claims.add(&wordy(&claim.what), if by.is_empty() { value } else { format!("{value} ({by})") });
        }
        claims.block(Some("What services say about it"), &mut item.blocks);
        let mut answers = FactLines::default();
        for answer in &call.answers {
            let said = [&answer.response, &answer.transcript];
            answers.add(&answer.question, said.into_iter().flatten().cloned().collect::<Vec<_>>().join(": "));
        }
        answers.block(Some("Questions and answers"), &mut item.blocks);
        let lines: Vec<TranscriptLine> = call
            .transcript
            .iter()
            .filter(|turn| !turn.echo)
            .map(|turn| TranscriptLine {
                at: turn.start_s.map(|at| clock(at as i64)),
                who: turn.speaker.as_deref().map(wordy).unwrap_or_default(),
                caller: turn.speaker.as_deref() == Some("caller"),
                text: turn.text.clone(),
            })
            .collect();
        if lines.is_empty() {
            words(Some("Transcript"), call.transcript_raw.as_deref(), &mut item.blocks);
        } else {
            let echoes = call.transcript.len() - lines.len();
            let note = match echoes {
                0 => None,
                1 => Some("1 echoed line left out".to_string()),
                n => Some(format!("{n} echoed lines left out")),
            };
            item.blocks.push(Block::Turns { lines, note });
        }
    }
}

fn text_message(message: &MessageView, item: &mut TimelineItem) {
    let inbound = message.direction == "inbound";
    let mut beside: Vec<String> = Vec::new();
    if !matches!(message.channel.as_str(), "sms" | "") {
        beside.push(wordy(&message.channel));
    }
    beside.extend(message.agent.clone());
    beside.extend(message.delivery_status.as_deref().map(wordy));
    match message.media.len() {
        0 => {}
        1 => beside.push("1 picture or file, not part of this file".into()),
        n => beside.push(format!("{n} pictures or files, not part of this file")),
    }
    item.blocks.push(Block::Bubble { inbound, text: message.text.clone(), beside: beside.join(" · ") });
}

fn words(label: Option<&str>, text: Option<&str>, blocks: &mut Vec<Block>) {
    if let Some(text) = text.filter(|text| !text.trim().is_empty()) {
        blocks.push(Block::Text { label: label.map(Into::into), text: text.into() });
    }
}

fn sentiment(sentiment: &Sentiment) -> String {
    let label = wordy(sentiment.label.as_str());
    match sentiment.origin {
        SentimentOrigin::Provider => label,
        SentimentOrigin::Estimated => format!("{label}, estimated"),
    }
}

fn tone_of(stage: Stage) -> Tone {
    match stage {
        Stage::Booked | Stage::Converted => Tone::Good,
        Stage::Lost | Stage::Unreachable | Stage::DoNotContact => Tone::Bad,
        _ => Tone::Plain,
    }
}

fn phones(numbers: &[String]) -> String {
    numbers.iter().map(|number| phone(number)).collect::<Vec<_>>().join(", ")
}

/// A sender's own value in words: lists with commas, fields with their names.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "yes".into(),
        Value::Bool(false) => "no".into(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => match text.as_str() {
            "true" | "True" => "yes".into(),
            "false" | "False" => "no".into(),
            _ => text.clone(),
        },
        Value::Array(items) => items.iter().map(plain).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", "),
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (key, plain(value)))
            .filter(|(_, text)| !text.is_empty())
            .map(|(key, text)| format!("{}: {text}", wordy(key)))
            .collect::<Vec<_>>()
            .join("; "),
    }
}

/// A sender's own name of a field in words: `lead_value.serviceLine` as `Lead value service line`.
fn wordy(key: &str) -> String {
    let mut apart = String::with_capacity(key.len() + 4);
    let mut low = false;
    for c in key.chars() {
        if c.is_uppercase() && low {
            apart.push(' ');
            apart.extend(c.to_lowercase());
        } else {
            apart.push(if c == '.' { ' ' } else { c });
        }
        low = c.is_lowercase();
    }
    of_key(&apart)
}
