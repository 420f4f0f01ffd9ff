//! A timeline as JSON.

use std::io::Write;

use super::TimelineView;
use crate::documents::DocumentError;

/// Writes it, with a line's end at the end.
///
/// # Errors
/// [`DocumentError`] when the disk does not take it.
pub fn write(told: &TimelineView, to: &mut dyn Write) -> Result<(), DocumentError> {
    serde_json::to_writer_pretty(&mut *to, told).map_err(|error| DocumentError::Made(error.to_string()))?;
    to.write_all(b"\n")?;
    to.flush()?;
    Ok(())
}
