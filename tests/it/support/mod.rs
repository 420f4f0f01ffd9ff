//! What tests share.

mod app;
mod folder;
mod samples;

pub use app::{Answer, TestApp, gzip};
pub use folder::fast_folder;
pub use samples::samples;
