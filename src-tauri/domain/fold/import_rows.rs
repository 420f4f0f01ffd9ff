//! Rows of files: what a sender told and a file tells again is one thing (design.md section 3).

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};

use super::call_id;
use crate::domain::call::CallPart;
use crate::domain::event::{Body, Event, EventId, IdentityKind, ParsedEvent, short_hash};
use crate::domain::texts::same_words;

/// What tells of a call.
pub(super) type CallEvent<'a> = (&'a Event, &'a CallPart);

/// A row without the sender's id is the same event when the numbers are equal and it starts within this time.
pub const SAME_WITHIN: TimeDelta = TimeDelta::seconds(2);

/// When what an event tells of began.
pub fn began(at: DateTime<Utc>, draft: &ParsedEvent) -> DateTime<Utc> {
    match &draft.body {
        Body::Call(part) => part.started_at.unwrap_or(at),
        _ => at,
    }
}

/// One of the two is a row of a file, and both tell of the same thing. That they are of one source is the
/// caller's to know.
pub fn same(a: (DateTime<Utc>, &ParsedEvent), b: (DateTime<Utc>, &ParsedEvent)) -> bool {
    (a.1.row || b.1.row)
        && (began(a.0, a.1) - began(b.0, b.1)).abs() <= SAME_WITHIN
        && same_kind(&a.1.body, &b.1.body)
        && same_people(a.1, b.1)
}

fn same_kind(a: &Body, b: &Body) -> bool {
    match (a, b) {
        (Body::Call(a), Body::Call(b)) => a.direction.zip(b.direction).is_none_or(|(a, b)| a == b),
        (Body::Message(a), Body::Message(b)) => a.direction == b.direction && same_words(&a.text, &b.text),
        (Body::Form(_), Body::Form(_)) => true,
        _ => false,
    }
}

/// They share a number (or mail) of the lead, and no number of the business says otherwise.
fn same_people(a: &ParsedEvent, b: &ParsedEvent) -> bool {
    let lead = |draft: &ParsedEvent| {
        let named =
            draft.identities.iter().filter(|link| matches!(link.kind, IdentityKind::Phone | IdentityKind::Email));
        named.cloned().collect::<Vec<_>>()
    };
    let theirs = lead(b);
    lead(a).iter().any(|link| theirs.contains(link))
        && (a.business.is_empty() || b.business.is_empty() || a.business.iter().any(|n| b.business.contains(n)))
}

/// Lays each row over the call it tells of: that of its id, else the nearest of the same numbers, else one of its
/// own. `rows` are sorted by time and id.
pub(super) fn join<'a>(calls: &mut BTreeMap<String, Vec<CallEvent<'a>>>, rows: Vec<CallEvent<'a>>) {
    if rows.is_empty() {
        return;
    }
    let mut known: BTreeMap<(DateTime<Utc>, EventId), (String, &Event)> = BTreeMap::new();
    for (id, parts) in calls.iter() {
        for (event, _) in parts {
            known.insert((began(event.at, &event.draft), event.id), (id.clone(), event));
        }
    }
    for (event, part) in rows {
        let at = began(event.at, &event.draft);
        let named = part.call.as_ref().map(|id| call_id(&event.source_uid, id));
        let near = (at - SAME_WITHIN, EventId([0; 16]))..=(at + SAME_WITHIN, EventId([0xff; 16]));
        let nearest = known
            .range(near)
            .filter(|(_, (_, other))| {
                other.source == event.source && same((event.at, &event.draft), (other.at, &other.draft))
            })
            // A sender's card before one that only files tell of.
            .min_by_key(|((start, _), (id, other))| (other.draft.row, (*start - at).abs(), id.clone()))
            .map(|(_, (id, _))| id.clone());
        let place =
            named.clone().filter(|id| calls.contains_key(id)).or(nearest).or(named).unwrap_or_else(|| {
                hex::encode(short_hash(&["call", &event.source_uid, "event", &event.id.to_string()]))
            });
        known.insert((at, event.id), (place.clone(), event));
        calls.entry(place).or_default().push((event, part));
    }
}

/// Rows that tell a text or form again, each with the event it repeats. `events` are sorted by time and id.
pub(super) fn repeats(events: &[&Event]) -> HashMap<EventId, EventId> {
    let told = |event: &&&Event| matches!(event.draft.body, Body::Message(_) | Body::Form(_));
    let mut repeats = HashMap::new();
    for (index, row) in events.iter().enumerate().filter(|(_, event)| event.draft.row && told(event)) {
        let is_it = |other: &&&Event| {
            other.id != row.id
                && other.source == row.source
                && told(other)
                && same((row.at, &row.draft), (other.at, &other.draft))
                && (!other.draft.row || ((other.at, other.id) < (row.at, row.id) && !repeats.contains_key(&other.id)))
        };
        let near = |other: &&&Event| (other.at - row.at).abs() <= SAME_WITHIN;
        let before = events.iter().take(index).rev().take_while(near);
        let after = events.iter().skip(index + 1).take_while(near);
        let nearest = before
            .chain(after)
            .filter(is_it)
            .min_by_key(|other| (other.draft.row, (other.at - row.at).abs(), other.id));
        if let Some(other) = nearest {
            repeats.insert(row.id, other.id);
        }
    }
    repeats
}
