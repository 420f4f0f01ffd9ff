//! What tests share.

mod app;
pub mod fixture;
mod folder;
mod looks;
mod patience;
mod program;
mod sample_report;
mod samples;
mod wire;

pub use app::{Answer, TestApp, gzip};
pub use folder::fast_folder;
pub use looks::{looks, rebuilds_the_same};
pub use patience::{HANGS, until, until_blocking};
pub use program::{Line, Serving, leadtrail, leadtrail_json, serve, serve_with};
pub use sample_report::MARCH;
pub use samples::samples;
pub use wire::{on_the_wire, text};
