//! Making files: reports, lists and timelines, each whole or not at all.

mod error;
mod file;
mod jobs;
mod make;
mod queue;
mod request;
mod retention;
mod saved;
pub mod schedule;
mod scheduler;

pub use error::MakeError;
pub use file::{PartFile, disposition, safe_name};
pub use jobs::{ExportJobs, ExportStatus, made_folder, own, remember, understood};
pub use make::{FinishedExport, OnProgress, make};
pub use request::{ExportKind, ExportPlan, ExportRequest, content_type};
pub use saved::{Saved, SavedQuery};
pub use scheduler::MadeDue;
