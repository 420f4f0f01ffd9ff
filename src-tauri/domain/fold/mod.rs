//! The fold: events of one lead in; journey, cards and summary out. Pure, and blind to order.
//!
//! Everything is sorted by `(at, event id)` first, and every choice between two values is made by a
//! property of the events themselves, so the same set gives the same answer however it was put together
//! (law 2).

mod cards;
mod echo;
mod entries;
pub mod import_rows;
mod needs;
pub(super) mod outcomes;
mod person;
mod standing;

#[cfg(test)]
mod tests;

use super::action::{Action, DeedOrUndo};
use super::entry::{Entry, EntryKind};
use super::event::{Body, Event, EventId};
use super::journey;
use super::lead::{Lead, Step};
use cards::Card;

pub use super::call::call_id;
pub(super) use cards::Card as CallCard;
pub(super) use echo::mark as mark_echoes;
pub(super) use standing::deed;
use standing::undone;
pub use standing::{standing_events, stands};

/// One lead, folded.
#[derive(Debug, Clone, PartialEq)]
pub struct Folded {
    /// The summary; `id` is 0, for rows are named by the store.
    pub lead: Lead,
    /// The journey, oldest first.
    pub journey: Vec<Step>,
    /// The timeline, oldest first, ties by id.
    pub entries: Vec<Entry>,
    /// The events behind each entry, in the order of `entries`.
    pub evidence: Vec<Vec<EventId>>,
}

/// Folds the events of one lead. Any order of the same events gives the same answer. `events` must not
/// be empty; of nothing, an empty summary at the epoch is made.
pub fn fold(events: &[Event]) -> Folded {
    let events = standing_events(events);
    let repeats = import_rows::repeats(&events);
    let told: Vec<&Event> = events.iter().copied().filter(|event| !repeats.contains_key(&event.id)).collect();
    let mut cards = cards::cards(&told);
    outcomes::merge_outcomes(&mut cards, &told);
    let mut made: Vec<(Entry, Vec<EventId>)> = cards.iter().map(Card::entry).collect();
    made.extend(told.iter().filter_map(|event| entries::entry(event)).map(|(entry, id)| (entry, vec![id])));
    made.sort_by(|(a, _), (b, _)| (a.at, &a.id).cmp(&(b.at, &b.id)));
    let (entries, mut evidence): (Vec<_>, Vec<_>) = made.into_iter().unzip();
    if !repeats.is_empty() {
        for behind in &mut evidence {
            let mut again: Vec<EventId> =
                repeats.iter().filter(|(_, of)| behind.contains(of)).map(|(row, _)| *row).collect();
            again.sort_unstable();
            behind.extend(again);
        }
    }

    let trail = journey::travel(&journey::signals(&cards, &told));
    let lead = person::summary(&events, &told, &cards, &entries, &trail);
    let mut journey = trail.steps;
    journey.iter_mut().for_each(person::keep_step_short);
    Folded { lead, journey, entries, evidence }
}

/// Something a person did that was taken back: no part of the timeline, and can be done again.
#[derive(Debug, Clone, PartialEq)]
pub struct TakenBack {
    /// What was done, as it would stand on the timeline.
    pub entry: Entry,
    /// The event that took it back: taking that back does it again.
    pub undo: EventId,
    /// When it was taken back.
    pub at: chrono::DateTime<chrono::Utc>,
    /// Who took it back, where they said so.
    pub by: Option<String>,
}

/// What people did about a lead and took back, in the order in which it was taken back. Of several who took the same back,
/// the latest is named.
pub fn taken_back(events: &[Event]) -> Vec<TakenBack> {
    let mut sorted: Vec<&Event> = events.iter().collect();
    sorted.sort_unstable_by_key(|event| (event.at, event.id));
    let undone = undone(&sorted);
    let mut found: Vec<TakenBack> = Vec::new();
    for event in sorted.iter().rev().filter(|event| !undone.contains(&event.id)) {
        let Body::Action(Action { by, what: DeedOrUndo::Undo { action }, .. }) = &event.draft.body else { continue };
        let Some(done) = sorted.iter().find(|done| done.id == *action) else { continue };
        let Some((entry, _)) = entries::entry(done) else { continue };
        if !found.iter().any(|known| known.entry.id == entry.id) {
            found.push(TakenBack { entry, undo: event.id, at: event.at, by: by.clone() });
        }
    }
    found.reverse();
    found
}

/// The kinds that people make: what lists show as the last thing that happened.
fn is_of_people(kind: EntryKind) -> bool {
    match kind {
        EntryKind::Call | EntryKind::Message | EntryKind::Form | EntryKind::Note | EntryKind::Outcome => true,
        EntryKind::Status | EntryKind::Conversation | EntryKind::Contact | EntryKind::Action | EntryKind::Gap => false,
    }
}
