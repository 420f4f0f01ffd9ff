//! What stands of what was told and done: without what people took back.

use std::collections::HashSet;

use crate::domain::action::Deed;
use crate::domain::event::{Body, Event, EventId};

/// Whether they are a lead. What people did is about somebody a sender told of: where that was taken back, it is about
/// nobody, and waits until it is told again.
pub fn stands(events: &[Event]) -> bool {
    events.iter().any(|event| event.is_erased() || !matches!(event.draft.body, Body::Action(_)))
}

/// The events in time, without what was taken back.
pub fn standing_events(events: &[Event]) -> Vec<&Event> {
    let mut events: Vec<&Event> = events.iter().collect();
    events.sort_unstable_by_key(|event| (event.at, event.id));
    let undone = undone(&events);
    events.retain(|event| !undone.contains(&event.id) && undoes(event).is_none());
    events
}

/// What a person did, if the event is that.
pub(in crate::domain) fn deed(event: &Event) -> Option<&Deed> {
    if let Body::Action(action) = &event.draft.body { action.deed() } else { None }
}

/// The action that a person took back, if the event is that.
fn undoes(event: &Event) -> Option<EventId> {
    if let Body::Action(action) = &event.draft.body { action.undoes() } else { None }
}

/// Actions that were taken back. The latest undo is looked at first: one that is itself undone takes
/// nothing back.
pub(super) fn undone(sorted: &[&Event]) -> HashSet<EventId> {
    let mut undone = HashSet::new();
    for event in sorted.iter().rev() {
        if let Some(action) = undoes(event)
            && !undone.contains(&event.id)
        {
            undone.insert(action);
        }
    }
    undone
}
