//! Call cards: parts of one call laid over each other, and starts without an id joined to their call.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};

use super::import_rows::CallEvent;
use super::{call_id, echo, import_rows};
use crate::domain::call::{Call, CallPart, CallStage, CallState, Claim, ClaimSubject};
use crate::domain::entry::{AtSource, Entry, EntryContent};
use crate::domain::event::{Attribution, Body, Direction, Event, EventId, short_hash};

/// A start event joins a call of the same numbers that starts within this time (design.md section 3).
const JOIN_WITHIN: TimeDelta = TimeDelta::seconds(120);

/// One call with the events it was made of.
#[derive(Debug, Clone)]
pub(in crate::domain) struct Card {
    pub call: Call,
    pub at: DateTime<Utc>,
    pub at_received: bool,
    pub received_at: DateTime<Utc>,
    pub event: String,
    pub unsigned: bool,
    pub erased: bool,
    pub headline: Option<String>,
    pub sale: bool,
    pub events: Vec<EventId>,
}

fn part(event: &Event) -> Option<&CallPart> {
    match &event.draft.body {
        Body::Call(part) => Some(part),
        _ => None,
    }
}

/// The cards of a lead, from its events sorted by time.
pub(super) fn cards(events: &[&Event]) -> Vec<Card> {
    let mut calls: BTreeMap<String, Vec<CallEvent<'_>>> = BTreeMap::new();
    let mut starts: Vec<CallEvent<'_>> = Vec::new();
    let mut of_files: Vec<CallEvent<'_>> = Vec::new();
    for event in events {
        let Some(part) = part(event) else { continue };
        if event.draft.row {
            of_files.push((event, part));
            continue;
        }
        match &part.call {
            Some(id) => calls.entry(call_id(&event.source_uid, id)).or_default().push((event, part)),
            None => starts.push((event, part)),
        }
    }
    join_starts(&mut calls, starts);
    import_rows::join(&mut calls, of_files);
    let mut cards: Vec<Card> = calls.into_iter().map(|(id, parts)| card(id, parts)).collect();
    cards.sort_by(|a, b| (a.at, &a.call.id).cmp(&(b.at, &b.call.id)));
    cards
}

/// Each start goes, by (time, event id), to the nearest unclaimed call of its source with the same
/// tracking and caller number; ties to the smaller call id. Those left over are cards of their own.
fn join_starts<'a>(calls: &mut BTreeMap<String, Vec<CallEvent<'a>>>, starts: Vec<CallEvent<'a>>) {
    let known: Vec<(String, CallEvent<'a>, DateTime<Utc>)> = calls
        .iter()
        .filter_map(|(id, parts)| {
            let first = parts.iter().min_by_key(|(event, part)| order(event, part)).copied()?;
            let started = parts.iter().filter_map(|(_, part)| part.started_at).min().unwrap_or(first.0.at);
            Some((id.clone(), first, started))
        })
        .collect();
    let mut claimed = vec![false; known.len()];
    for (event, start) in starts {
        let at = start.started_at.unwrap_or(event.at);
        let nearest = known
            .iter()
            .enumerate()
            .filter(|(index, (_, (other, part), started))| {
                !claimed[*index]
                    && other.source == event.source
                    && start.from.is_some()
                    && part.from == start.from
                    && part.tracking_number == start.tracking_number
                    && (*started - at).abs() <= JOIN_WITHIN
            })
            .min_by_key(|(_, (id, _, started))| ((*started - at).abs(), id.clone()));
        match nearest {
            Some((index, (id, _, _))) => {
                claimed[index] = true;
                calls.entry(id.clone()).or_default().push((event, start));
            }
            None => {
                let id = hex::encode(short_hash(&["call", &event.source_uid, "event", &event.id.to_string()]));
                calls.entry(id).or_default().push((event, start));
            }
        }
    }
}

fn order(event: &Event, part: &CallPart) -> (i64, u8, DateTime<Utc>, EventId) {
    (part.sent_us, part.rank, event.last_received, event.id)
}

/// Rows of files know how a call ended, so they stand after what was told while it rang; and before whatever a
/// sender told of it afterwards, which is more than a row holds.
fn rows_before_the_end(parts: &mut Vec<CallEvent<'_>>) {
    let (rows, mut told): (Vec<_>, Vec<_>) = parts.drain(..).partition(|(event, _)| event.draft.row);
    let end = told.iter().position(|(_, part)| part.rank >= 2).unwrap_or(told.len());
    told.splice(end..end, rows);
    *parts = told;
}

fn card(id: String, mut parts: Vec<CallEvent<'_>>) -> Card {
    parts.sort_by_key(|(event, part)| order(event, part));
    rows_before_the_end(&mut parts);
    let mut call = Call {
        id,
        direction: String::new(),
        answered: false,
        voicemail: false,
        state: CallState::Ringing,
        started_at: None,
        duration_s: None,
        from: None,
        to: None,
        tracking_number: None,
        agent: None,
        recording_url: None,
        summary: None,
        transcript: Vec::new(),
        transcript_raw: None,
        keywords: Vec::new(),
        sentiment: None,
        claims: Vec::new(),
        outcome: None,
        tags: Vec::new(),
        value_cents: None,
        attribution: Attribution::default(),
        requests: Vec::new(),
        note: None,
        lead_status: None,
        score: None,
        keypad: None,
        dispositions: Map::new(),
        topics: Map::new(),
        milestones: Map::new(),
        stages: Vec::new(),
        answers: Vec::new(),
        lead_id: None,
        lead_name: None,
        lead_erased: false,
        source: 0,
        provider: String::new(),
    };
    let mut over = Overlay { state: None, direction: None, sale: false, headline: None };
    for (event, part) in &parts {
        let added = over.lay(&mut call, event, part);
        // Each receipt of a change without a send time counts, and the last one is when it took hold.
        let received_at = if part.sent_us == 0 && part.rank >= 3 { event.last_received } else { event.first_received };
        call.stages.push(CallStage { event: event.draft.name.clone(), received_at, added });
    }
    let highest = parts.iter().map(|(_, part)| part.rank).max().unwrap_or(0);
    call.state = over.state.unwrap_or(match (call.answered, highest) {
        (false, 0) => CallState::Ringing,
        _ => CallState::Completed,
    });
    call.direction = over.direction.unwrap_or(Direction::Inbound).as_str().to_string();
    echo::mark(&mut call.transcript);
    let (last, _) = parts[parts.len() - 1];
    let stood = parts.iter().rev().find(|(event, _)| !event.draft.row).map_or(last, |(event, _)| *event);
    call.source = last.source;
    call.provider.clone_from(&last.provider);
    let timed = parts.iter().any(|(event, _)| !event.at_received);
    let at = call
        .started_at
        .or_else(|| parts.iter().filter(|(event, _)| !timed || !event.at_received).map(|(event, _)| event.at).min());
    Card {
        at: at.unwrap_or(last.at),
        at_received: call.started_at.is_none() && !timed,
        received_at: parts.iter().map(|(event, _)| event.first_received).min().unwrap_or(last.first_received),
        event: stood.draft.name.clone(),
        unsigned: parts.iter().all(|(event, _)| event.unsigned),
        erased: parts.iter().any(|(event, _)| event.is_erased()),
        // A notice about a call is its title only while the call itself is not known.
        headline: over.headline.filter(|_| parts.iter().all(|(_, part)| part.headline.is_some())),
        sale: over.sale,
        events: parts.iter().map(|(event, _)| event.id).collect(),
        call,
    }
}

struct Overlay {
    state: Option<CallState>,
    direction: Option<Direction>,
    sale: bool,
    headline: Option<String>,
}

impl Overlay {
    /// Lays one part over what is known, and answers the fields it added or changed.
    fn lay(&mut self, call: &mut Call, event: &Event, part: &CallPart) -> Vec<String> {
        let mut added: Vec<&'static str> = Vec::new();
        fn put<T: Clone + PartialEq>(
            slot: &mut Option<T>,
            new: &Option<T>,
            name: &'static str,
            to: &mut Vec<&'static str>,
        ) {
            if let Some(new) = new
                && slot.as_ref() != Some(new)
            {
                *slot = Some(new.clone());
                to.push(name);
            }
        }
        fn put_list<T: Clone + PartialEq>(
            slot: &mut Vec<T>,
            new: &[T],
            name: &'static str,
            to: &mut Vec<&'static str>,
        ) {
            if !new.is_empty() && slot.as_slice() != new {
                *slot = new.to_vec();
                to.push(name);
            }
        }
        put(&mut self.state, &part.state, "state", &mut added);
        put(&mut self.direction, &part.direction, "direction", &mut added);
        put(&mut call.started_at, &part.started_at, "started_at", &mut added);
        put(&mut call.duration_s, &part.duration_s, "duration_s", &mut added);
        put(&mut call.from, &part.from, "from", &mut added);
        put(&mut call.to, &part.to, "to", &mut added);
        put(&mut call.tracking_number, &part.tracking_number, "tracking_number", &mut added);
        put(&mut call.agent, &part.agent, "agent", &mut added);
        put(&mut call.recording_url, &part.recording_url, "recording_url", &mut added);
        put(&mut call.summary, &part.summary, "summary", &mut added);
        put(&mut call.transcript_raw, &part.transcript_raw, "transcript_raw", &mut added);
        put(&mut call.sentiment, &part.sentiment, "sentiment", &mut added);
        put(&mut call.outcome, &part.outcome, "outcome", &mut added);
        put(&mut call.value_cents, &part.value_cents, "value_cents", &mut added);
        put(&mut call.note, &part.note, "note", &mut added);
        put(&mut call.lead_status, &part.lead_status, "lead_status", &mut added);
        put(&mut call.score, &part.score, "score", &mut added);
        put(&mut call.keypad, &part.keypad, "keypad", &mut added);
        put(&mut self.headline, &part.headline, "headline", &mut Vec::new());
        put_list(&mut call.transcript, &part.transcript, "transcript", &mut added);
        put_list(&mut call.keywords, &part.keywords, "keywords", &mut added);
        for (slot, new, name) in
            [(&mut call.answered, part.answered, "answered"), (&mut call.voicemail, part.voicemail, "voicemail")]
        {
            if new.is_some_and(|new| *slot != new) {
                *slot = !*slot;
                added.push(name);
            }
        }
        if let Some(tags) = &part.tags
            && *tags != call.tags
        {
            call.tags.clone_from(tags);
            added.push("tags");
        }
        for request in &part.requests {
            if !call.requests.contains(request) {
                call.requests.push(request.clone());
                added.push("requests");
            }
        }
        for answer in &part.answers {
            if call.answers.contains(answer) {
                continue;
            }
            // The same question twice within one part was asked twice; in a later part it is the same one.
            let once = part.answers.iter().filter(|other| other.question == answer.question).count() == 1;
            match call.answers.iter_mut().find(|known| once && known.question == answer.question) {
                Some(known) => known.clone_from(answer),
                None => call.answers.push(answer.clone()),
            }
            added.push("answers");
        }
        for (slot, new, name) in [
            (&mut call.dispositions, &part.dispositions, "dispositions"),
            (&mut call.topics, &part.topics, "topics"),
            (&mut call.milestones, &part.milestones, "milestones"),
        ] {
            for (key, value) in new.iter().filter(|(_, value)| !matches!(value, Value::Null)) {
                if slot.get(key) != Some(value) {
                    slot.insert(key.clone(), value.clone());
                    added.push(name);
                }
            }
        }
        let mut attribution = event.draft.attribution.clone();
        attribution.fill_from(&call.attribution);
        if attribution != call.attribution {
            call.attribution = attribution;
            added.push("attribution");
        }
        self.sale |= part.sale;
        for (what, value) in &part.claims {
            let claim = Claim {
                what: ClaimSubject::from(what.as_str()),
                value: value.clone(),
                source: Some(event.source),
                provider: event.provider.clone(),
                at: Some(part.sent_us)
                    .filter(|us| *us > 0)
                    .and_then(DateTime::from_timestamp_micros)
                    .unwrap_or(event.at),
                event: event.id.to_string(),
            };
            match call.claims.iter_mut().find(|known| known.what == claim.what) {
                Some(known) if known.value == *value => {}
                Some(known) => *known = claim,
                None => call.claims.push(claim),
            }
        }
        if part.note.as_deref() == Some("") {
            call.note = None;
        }
        added.dedup();
        if part.changed.is_empty() { added.into_iter().map(String::from).collect() } else { part.changed.clone() }
    }
}

impl Card {
    /// The two sides are not speaking any more.
    pub fn is_over(&self) -> bool {
        !matches!(self.call.state, CallState::Ringing | CallState::InProgress)
    }

    /// When it was over, as far as its length is known.
    pub fn ended_at(&self) -> DateTime<Utc> {
        // A day at most: a sender's slip must not answer next week's messages.
        let seconds = self.call.duration_s.unwrap_or(0).clamp(0, 86_400);
        self.at + TimeDelta::seconds(seconds)
    }

    pub fn is_inbound(&self) -> bool {
        self.call.direction == Direction::Inbound.as_str()
    }

    /// One plain line.
    pub fn title(&self) -> String {
        if let Some(headline) = &self.headline {
            return headline.clone();
        }
        match (self.call.state, self.is_inbound()) {
            (CallState::Ringing, _) => "Ringing",
            (CallState::InProgress, _) => "On the line",
            (CallState::Voicemail, true) => "Voicemail",
            (CallState::Missed, true) => "Missed call",
            (CallState::Abandoned, true) => "Abandoned call",
            (CallState::Failed, _) => "Call failed",
            (CallState::Completed, true) => "Incoming call",
            (CallState::Completed, false) => "Outgoing call",
            (CallState::Voicemail, false) => "Outgoing call, left a voicemail",
            (CallState::Missed | CallState::Abandoned, false) => "Outgoing call, no answer",
        }
        .to_string()
    }

    /// The entry on the timeline, with the events behind it.
    pub fn entry(&self) -> (Entry, Vec<EventId>) {
        let at_source = if self.at_received { AtSource::Received } else { AtSource::Sender };
        let content = EntryContent::Call { call: Box::new(self.call.clone()) };
        let mut entry = Entry::new(content, self.call.id.clone(), self.at, at_source, self.received_at);
        entry.source = Some(self.call.source);
        entry.provider.clone_from(&self.call.provider);
        entry.event.clone_from(&self.event);
        entry.title = self.title();
        entry.unsigned = self.unsigned;
        entry.erased = self.erased;
        (entry, self.events.clone())
    }
}
