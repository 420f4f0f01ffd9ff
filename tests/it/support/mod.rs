//! What tests share.

mod app;
mod folder;
mod program;
mod samples;

pub use app::{Answer, TestApp, gzip};
pub use folder::fast_folder;
pub use program::{Line, Serving, leadtrail, leadtrail_json, serve};
pub use samples::samples;
