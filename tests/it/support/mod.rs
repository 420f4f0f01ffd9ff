//! What tests share.

mod folder;
mod samples;

pub use folder::fast_folder;
pub use samples::{Sample, samples};
