//! The words of the trade as plain types, and the fold that turns one lead's events into its
//! journey, cards and summary.
//!
//! Nothing in here does I/O, reads the clock, or knows a provider's words. The fold is pure:
//! the same set of events gives the same answer in any order (law 2).

pub mod action;
mod attribution;
pub mod call;
pub mod components;
mod cover;
pub mod entry;
pub mod event;
mod event_id;
pub mod fold;
pub mod gaps;
pub mod identifiers;
pub mod journey;
pub mod lead;
pub mod lead_metrics;
pub mod mask;
pub mod money;
pub mod phone;
mod phone_digits;
pub mod redact;
pub mod rhythm;
pub mod stage;
mod text_normalize;
pub mod texts;
mod writings;

pub use action::Action;
pub use event::{Body, Event, EventId, Identity, IdentityKind, ParsedEvent, Person};
pub use stage::{Outcome, Sentiment, SentimentLabel, SentimentOrigin, Stage};

/// Whether nothing is said: such fields are not written.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
