//! A timeline as JSON.

use std::io::Write;

use super::Told;
use crate::documents::ShapeError;

/// Writes it, with a line's end at the end.
///
/// # Errors
/// [`ShapeError`] when the disk does not take it.
pub fn write(told: &Told, to: &mut dyn Write) -> Result<(), ShapeError> {
    serde_json::to_writer_pretty(&mut *to, told).map_err(|error| ShapeError::Made(error.to_string()))?;
    to.write_all(b"\n")?;
    to.flush()?;
    Ok(())
}
