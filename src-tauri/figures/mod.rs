//! Figures, and the shapes they are made into.
//!
//! One walk over the facts of all leads makes rows (`rows.rs`), each with the measures it counts in (`measure.rs` says in
//! words what those are); a figure is how many rows carry a measure, or what their values add up to (`tally.rs`). So the
//! list behind a figure is that same walk, and cannot differ from it.

mod asked;
mod comparison;
mod days;
mod engine;
mod hit;
pub mod measure;
pub mod model;
pub mod prints;
mod question;
mod rows;
mod sections;
mod tables;
mod tally;
pub mod words;

pub use asked::{Asked, zone_of};
pub use comparison::{CalendarUnit, Earlier};
pub(crate) use engine::services;
pub use engine::{Choices, ReportError, choices, name_leads, report, rows, stream};
pub(crate) use question::Ready;
pub use question::{Compare, Question};
pub(crate) use rows::Counter;
pub use sections::{OVERVIEW, SECTIONS};
pub use tally::Dimension;
