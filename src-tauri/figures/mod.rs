//! Figures, and the shapes they are made into.
//!
//! One walk over the facts of all leads makes rows (`rows.rs`), each with the measures it counts in (`measure.rs` says in
//! words what those are); a figure is how many rows carry a measure, or what their values add up to (`tally.rs`). So the
//! list behind a figure is that same walk, and cannot differ from it.

mod choices;
mod comparison;
mod days;
mod dimension;
mod drill_down;
mod engine;
mod error;
mod headlines;
pub mod measure;
mod measured_row;
pub mod model;
mod question;
pub mod report_digests;
mod report_hash;
mod report_params;
mod row_detail;
mod rows;
mod sections;
mod shown_row;
mod tables;
mod tally;
mod touches;
pub mod words;

pub use choices::{Choices, choices};
pub use comparison::{CalendarUnit, Earlier};
pub use dimension::Dimension;
pub use drill_down::{name_leads, rows};
pub(crate) use engine::services;
pub use engine::{WalkStep, leads_of, report, stream, stream_steps};
pub use error::ReportError;
pub(crate) use question::PreparedQuestion;
pub use question::{Compare, Question};
pub use report_params::{ReportParams, zone_of};
pub use row_detail::RowDetail;
pub(crate) use rows::RowBuilder;
pub use sections::{OVERVIEW, SECTIONS, title};
pub(crate) use tables::parse_figure;
pub use touches::Touches;
pub(crate) use touches::{NOT_TOLD, write_touches};
