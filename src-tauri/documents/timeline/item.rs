//! What is printed of one entry of a timeline.

use super::facts::{FactLines, Press, phones, plain, sentiment, wordy};
use super::{Block, TimelineItem, Tone, TranscriptLine};
use crate::domain::call::{Call, CallState};
use crate::domain::entry::{AtSource, Entry, EntryContent, MessageView};
use crate::domain::gaps::{GapReason, GapState, GapView};
use crate::domain::phone::shown as phone;
use crate::domain::{Outcome, Stage};
use crate::figures::words::{call_state, clock, lasting};

/// From so many seconds on an entry came late.
const LATE: i64 = 300;

impl Press<'_> {
    pub(super) fn item(&self, entry: &Entry) -> TimelineItem {
        let mut item = TimelineItem {
            kind: entry.kind(),
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
        self.content(entry, &mut item);
        item
    }

    fn content(&self, entry: &Entry, item: &mut TimelineItem) {
        match &entry.content {
            EntryContent::Call { call } => self.call(call, item),
            EntryContent::Message { message } => text_message(message, item),
            EntryContent::Gap { gap } => self.gap(gap, item),
            EntryContent::Form { form } => {
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
            EntryContent::Status { status } => {
                if let Some(stage) = status.stage {
                    item.beside.push(wordy(stage.as_str()));
                    item.tone = tone_of(stage);
                }
                let mut facts = FactLines::default();
                facts.add("Reason", status.reason.clone());
                facts.map(&status.facts);
                facts.block(None, &mut item.blocks);
            }
            EntryContent::Conversation { conversation } => {
                item.beside.extend(conversation.channel.clone());
                item.beside.extend(conversation.priority.clone().map(|priority| format!("priority {priority}")));
            }
            EntryContent::Contact { contact } => {
                let mut facts = FactLines::default();
                facts.add("Name", contact.name.clone());
                facts.add("Number", phones(&contact.phones));
                facts.add("E-mail", contact.emails.join(", "));
                facts.add("Kind of contact", contact.contact_type.clone());
                facts.block(None, &mut item.blocks);
            }
            EntryContent::Outcome { outcome } => {
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
            EntryContent::Note { note } => {
                self.by(&note.by, item);
                words(None, Some(&note.text), &mut item.blocks);
            }
            EntryContent::Action { action } => self.by(&action.by, item),
        }
    }

    fn by(&self, by: &Option<String>, item: &mut TimelineItem) {
        if item.told_by.is_none() {
            item.told_by = Some(by.clone().unwrap_or_else(|| self.told.manifest.business.clone()));
        }
    }

    fn gap(&self, gap: &GapView, item: &mut TimelineItem) {
        item.tone = Tone::Warn;
        item.title = match gap.why {
            GapReason::Asleep => "Laptop asleep",
            GapReason::Shutdown => "Leadtrail closed",
            GapReason::Crash => "Leadtrail stopped",
            GapReason::NotListening => "Not listening",
        }
        .into();
        item.told_by = None;
        item.late = None;
        item.beside.push(format!("{} to {}", self.at(gap.from), self.at(gap.to)));
        let open = gap.sources.iter().filter(|source| source.state == GapState::Open);
        let open: Vec<&str> = open.map(|source| source.name.as_str()).collect();
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
            claims.add(&wordy(claim.what.as_str()), if by.is_empty() { value } else { format!("{value} ({by})") });
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

fn tone_of(stage: Stage) -> Tone {
    match stage {
        Stage::Booked | Stage::Converted => Tone::Good,
        Stage::Lost | Stage::Unreachable | Stage::DoNotContact => Tone::Bad,
        _ => Tone::Plain,
    }
}
