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
pub mod making;
pub mod measure;
pub mod model;
pub mod prints;
mod question;
mod rows;
pub mod schedule;
mod sections;
pub mod shapes;
mod tables;
mod tally;
pub mod timeline;
pub mod words;

pub use asked::{Asked, zone_of};
pub use comparison::{CalendarUnit, Earlier};
pub use engine::{Choices, ReportError, choices, name_leads, report, rows, stream};
pub use question::{Compare, Question};
pub use sections::{OVERVIEW, SECTIONS};
pub use tally::Dimension;
