//! The fold.

use super::Event;
use super::view::{Entry, Lead, Step};

/// One lead, folded.
#[derive(Debug, Clone, PartialEq)]
pub struct Folded {
    /// The summary; `id` is 0, for rows are named by the store.
    pub lead: Lead,
    /// The journey, oldest first.
    pub journey: Vec<Step>,
    /// The timeline, oldest first, ties by id.
    pub entries: Vec<Entry>,
}

/// Folds the events of one lead. Any order of the same events gives the same answer.
pub fn fold(_events: &[Event]) -> Folded {
    unimplemented!()
}
