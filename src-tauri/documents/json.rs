//! JSON: the report, with one more field `rows`, which is written as rows come.

use std::fs::File;
use std::io::{self, BufWriter, Seek, Write};

use super::{DocumentError, ReportWriter, Target};
use crate::figures::model::{Report, Row};

/// Rows wait in a file of their own, so that the report stands first.
struct JsonReport {
    file: File,
    rows: BufWriter<File>,
    empty: bool,
}

/// A report as JSON.
///
/// # Errors
/// [`DocumentError`] when the disk does not take it.
pub fn new(target: Target<'_>) -> Result<Box<dyn ReportWriter>, DocumentError> {
    let rows = BufWriter::with_capacity(256 * 1024, tempfile::tempfile_in(target.scratch)?);
    Ok(Box::new(JsonReport { file: target.file, rows, empty: true }))
}

impl ReportWriter for JsonReport {
    fn row(&mut self, row: &Row) -> Result<(), DocumentError> {
        if !self.empty {
            self.rows.write_all(b",\n")?;
        }
        self.empty = false;
        Ok(serde_json::to_writer(&mut self.rows, row).map_err(io::Error::from)?)
    }

    fn finish(self: Box<Self>, report: &Report) -> Result<(), DocumentError> {
        let mut out = BufWriter::with_capacity(256 * 1024, self.file);
        let mut text = serde_json::to_vec(report).map_err(io::Error::from)?;
        // The last brace comes after the rows.
        if text.pop() != Some(b'}') {
            return Err(DocumentError::Made("a report is no object".into()));
        }
        out.write_all(&text)?;
        out.write_all(b",\"rows\":[\n")?;
        let mut rows = self.rows.into_inner().map_err(io::IntoInnerError::into_error)?;
        rows.rewind()?;
        io::copy(&mut rows, &mut out)?;
        out.write_all(b"\n]}\n")?;
        Ok(out.flush()?)
    }
}
