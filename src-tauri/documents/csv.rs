//! CSV (RFC 4180, UTF-8): a report as one file a table, zipped; see `docs/exports.md`.
//!
//! A program that calculates runs a cell that begins like a formula, and CSV has no type for text. So every text that begins
//! with `=`, `+`, `-`, `@` or a look-alike of one (also behind blanks and what is not seen), a tab or a line end gets an
//! apostrophe in front, and so does a text that begins with one: whoever takes one apostrophe away has the text as it was.
//! Texts stand in quotes, so that a `;` or a tab splits no cell where lists are separated by those. Numbers, days and moments
//! are ours, and stay as they are.

use std::fs::File;
use std::io::{BufWriter, Write};

use zip::write::{SimpleFileOptions, ZipWriter};

use super::cells::{self, CellKind, ListColumn, ROW, Value};
use super::{DocumentError, ReportWriter, Target, is_formula_like};
use crate::figures::model::{Cell, Report, Row, Table, Unit};
use crate::zone::Tz;

/// Lines of cells.
pub struct CsvWriter<W: Write> {
    inner: csv::Writer<W>,
}

impl<W: Write> CsvWriter<W> {
    /// Into a writer.
    pub fn new(writer: W) -> CsvWriter<W> {
        let inner = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .quote_style(csv::QuoteStyle::NonNumeric)
            .flexible(true)
            .buffer_capacity(64 * 1024)
            .from_writer(writer);
        CsvWriter { inner }
    }

    /// A cell with a text of whoever wrote it.
    ///
    /// # Errors
    /// [`DocumentError`] when the disk does not take it.
    pub fn text(&mut self, text: &str) -> Result<(), DocumentError> {
        let safe = guarded(text);
        self.inner.write_field(safe.as_bytes()).map_err(failed)
    }

    /// A cell with a number.
    ///
    /// # Errors
    /// [`DocumentError`] when the disk does not take it.
    pub fn number(&mut self, n: i64) -> Result<(), DocumentError> {
        self.inner.write_field(n.to_string()).map_err(failed)
    }

    /// A cell with a number that may have a fraction, or with nothing.
    ///
    /// # Errors
    /// [`DocumentError`] when the disk does not take it.
    pub fn figure(&mut self, value: Option<f64>) -> Result<(), DocumentError> {
        match value.filter(|value| value.is_finite()) {
            Some(value) => self.inner.write_field(value.to_string()).map_err(failed),
            None => self.nothing(),
        }
    }

    /// A cell that we wrote ourselves, such as a moment.
    fn ours(&mut self, text: &str) -> Result<(), DocumentError> {
        self.inner.write_field(text).map_err(failed)
    }

    fn nothing(&mut self) -> Result<(), DocumentError> {
        self.inner.write_field("").map_err(failed)
    }

    /// The end of a line.
    ///
    /// # Errors
    /// [`DocumentError`] when the disk does not take it.
    pub fn end(&mut self) -> Result<(), DocumentError> {
        self.inner.write_record(None::<&[u8]>).map_err(failed)
    }

    /// The names of columns; a moment has two.
    ///
    /// # Errors
    /// [`DocumentError`] when the disk does not take it.
    pub fn header(&mut self, fields: &[ListColumn], more: &[&str]) -> Result<(), DocumentError> {
        for field in fields {
            self.text(field.key)?;
            if field.kind == CellKind::When {
                self.text(&format!("{}_local", field.key))?;
            }
        }
        for name in more {
            self.text(name)?;
        }
        self.end()
    }

    /// The cells of a line, without its end.
    ///
    /// # Errors
    /// [`DocumentError`] when the disk does not take it.
    pub fn values(&mut self, fields: &[ListColumn], values: &[Value<'_>], zone: Tz) -> Result<(), DocumentError> {
        for (field, value) in fields.iter().zip(values) {
            match value {
                Value::Nothing => {
                    self.nothing()?;
                    if field.kind == CellKind::When {
                        self.nothing()?;
                    }
                }
                Value::Text(text) => self.text(text)?,
                Value::Many(texts) => self.text(&cells::joined(texts))?,
                Value::Number(n) => self.number(*n)?,
                Value::When(at) => {
                    self.ours(&cells::utc(*at))?;
                    self.ours(&cells::local(*at, zone))?;
                }
                Value::Day(day) => self.ours(&day.to_string())?,
                Value::Yes(value) => self.ours(cells::yes(*value))?,
            }
        }
        Ok(())
    }

    /// Everything to the writer, which is given back.
    ///
    /// # Errors
    /// [`DocumentError`] when the disk does not take it.
    pub fn close(self) -> Result<W, DocumentError> {
        self.inner.into_inner().map_err(|error| DocumentError::Io(error.into_error()))
    }
}

fn failed(error: csv::Error) -> DocumentError {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => DocumentError::Io(error),
        other => DocumentError::Made(format!("{other:?}")),
    }
}

/// A text as it may stand in a cell.
pub fn guarded(text: &str) -> std::borrow::Cow<'_, str> {
    let clean = cells::clean(text);
    // What a sender began with a line end still begins with one after it was cleaned, as "\n".
    if is_formula_like(text) || text.starts_with(['\'', '\n']) || clean.starts_with(['\'', '\n']) {
        format!("'{clean}").into()
    } else {
        clean
    }
}

type Zip = ZipWriter<BufWriter<File>>;

/// The report as zipped CSV: `rows.csv` is written as rows come, everything else at the end.
struct Zipped {
    rows: CsvWriter<Zip>,
    zone: Tz,
    figures: String,
}

/// Names of what rows have beside their columns.
const MORE: [&str; 1] = ["figures"];

/// A report as zipped CSV.
///
/// # Errors
/// [`DocumentError`] when the disk does not take it.
pub fn new(target: Target<'_>) -> Result<Box<dyn ReportWriter>, DocumentError> {
    let mut zip = ZipWriter::new(BufWriter::with_capacity(256 * 1024, target.file));
    begin(&mut zip, "rows.csv")?;
    let mut rows = CsvWriter::new(zip);
    rows.header(&ROW, &MORE)?;
    Ok(Box::new(Zipped { rows, zone: target.zone, figures: String::new() }))
}

fn begin(zip: &mut Zip, name: &str) -> Result<(), DocumentError> {
    // Rows may be more than 4 GB before they are packed.
    let options = SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .compression_level(Some(1))
        .large_file(name == "rows.csv");
    zip.start_file(name, options).map_err(|error| DocumentError::Made(error.to_string()))
}

impl ReportWriter for Zipped {
    fn row(&mut self, row: &Row) -> Result<(), DocumentError> {
        self.rows.values(&ROW, &cells::row(row, self.zone), self.zone)?;
        self.figures.clear();
        for figure in &row.figures {
            if !self.figures.is_empty() {
                self.figures.push(' ');
            }
            self.figures.push_str(figure);
        }
        self.rows.text(&self.figures)?;
        self.rows.end()
    }

    fn finish(self: Box<Self>, report: &Report) -> Result<(), DocumentError> {
        let mut zip = self.rows.close()?;
        for table in report.sections.iter().flat_map(|section| &section.tables) {
            zip = file(zip, &format!("{}.csv", file_name(&table.key)), |lines| write_table(lines, table))?;
        }
        zip = file(zip, "key_figures.csv", |lines| write_headlines(lines, report))?;
        zip = file(zip, "over_time.csv", |lines| write_series(lines, report))?;
        zip = file(zip, "sums.csv", |lines| write_sums(lines, report))?;
        zip = file(zip, "measures.csv", |lines| write_measures(lines, report))?;
        if let Some(changed) = &report.manifest.changed {
            let zone = self.zone;
            zip = file(zip, "changed.csv", |lines| {
                lines.text("what")?;
                lines.header(&ROW, &[])?;
                for change in &changed.rows {
                    lines.text(&change.what)?;
                    lines.values(&ROW, &cells::row(&change.row, zone), zone)?;
                    lines.end()?;
                }
                Ok(())
            })?;
        }
        begin(&mut zip, "manifest.json")?;
        serde_json::to_writer_pretty(&mut zip, &report.manifest).map_err(|error| DocumentError::Io(error.into()))?;
        let mut file = zip.finish().map_err(|error| DocumentError::Made(error.to_string()))?;
        Ok(file.flush()?)
    }
}

/// Only what every system takes in the name of a file.
fn file_name(key: &str) -> String {
    let name: String =
        key.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).take(80).collect();
    // Not to be taken for one of the files that are always there.
    match name.as_str() {
        "" | "rows" | "key_figures" | "over_time" | "sums" | "measures" | "changed" | "manifest" => {
            format!("table_{name}")
        }
        _ => name,
    }
}

fn file(
    mut zip: Zip,
    name: &str,
    write: impl FnOnce(&mut CsvWriter<Zip>) -> Result<(), DocumentError>,
) -> Result<Zip, DocumentError> {
    begin(&mut zip, name)?;
    let mut lines = CsvWriter::new(zip);
    write(&mut lines)?;
    lines.close()
}

/// What stands beside a figure.
fn beside(unit: Unit) -> &'static [&'static str] {
    match unit {
        Unit::Count => &["_before", "_figure"],
        Unit::Cents | Unit::Seconds => &["_rows", "_before", "_figure"],
        Unit::Percent => &["_rows", "_of", "_before", "_figure"],
    }
}

fn write_cell<W: Write>(lines: &mut CsvWriter<W>, cell: &Cell, unit: Unit) -> Result<(), DocumentError> {
    lines.figure(cell.value)?;
    if unit != Unit::Count {
        lines.number(cell.rows)?;
    }
    if unit == Unit::Percent {
        lines.figure(cell.of.map(|of| of as f64))?;
    }
    lines.figure(cell.was)?;
    lines.text(&cell.figure)
}

/// The name of a column says in what its numbers are.
fn named(key: &str, unit: Unit) -> String {
    match unit {
        Unit::Count => key.to_string(),
        Unit::Cents => format!("{key}_cents"),
        Unit::Seconds => format!("{key}_s"),
        Unit::Percent => format!("{key}_percent"),
    }
}

fn write_table<W: Write>(lines: &mut CsvWriter<W>, table: &Table) -> Result<(), DocumentError> {
    lines.text("key")?;
    lines.text("label")?;
    for column in &table.columns {
        lines.text(&named(&column.key, column.unit))?;
        for word in beside(column.unit) {
            lines.text(&format!("{}{word}", column.key))?;
        }
    }
    lines.end()?;
    for row in table.rows.iter().chain(&table.total) {
        lines.text(&row.key)?;
        lines.text(&row.label)?;
        for (cell, column) in row.cells.iter().zip(&table.columns) {
            write_cell(lines, cell, column.unit)?;
        }
        lines.end()?;
    }
    Ok(())
}

fn unit_word(unit: Unit) -> &'static str {
    match unit {
        Unit::Count => "count",
        Unit::Cents => "cents",
        Unit::Seconds => "seconds",
        Unit::Percent => "percent",
    }
}

fn write_headlines<W: Write>(lines: &mut CsvWriter<W>, report: &Report) -> Result<(), DocumentError> {
    for name in ["key", "label", "value", "unit", "rows", "of", "before", "figure"] {
        lines.text(name)?;
    }
    lines.end()?;
    for headline in &report.headlines {
        lines.text(&headline.key)?;
        lines.text(&headline.label)?;
        lines.figure(headline.cell.value)?;
        lines.text(unit_word(headline.cell.unit))?;
        lines.number(headline.cell.rows)?;
        lines.figure(headline.cell.of.map(|of| of as f64))?;
        lines.figure(headline.cell.was)?;
        lines.text(&headline.cell.figure)?;
        lines.end()?;
    }
    Ok(())
}

fn write_series<W: Write>(lines: &mut CsvWriter<W>, report: &Report) -> Result<(), DocumentError> {
    for name in ["figure", "from_day", "value", "unit"] {
        lines.text(name)?;
    }
    lines.end()?;
    for headline in &report.headlines {
        for point in &headline.series {
            lines.text(&headline.key)?;
            lines.ours(&point.day.to_string())?;
            lines.figure(point.value)?;
            lines.text(unit_word(headline.cell.unit))?;
            lines.end()?;
        }
    }
    Ok(())
}

fn write_sums<W: Write>(lines: &mut CsvWriter<W>, report: &Report) -> Result<(), DocumentError> {
    for name in ["sum", "part", "count", "figure"] {
        lines.text(name)?;
    }
    lines.end()?;
    for sum in &report.sums {
        let parts = sum.parts.iter().map(|part| (part.label.as_str(), &part.cell));
        for (label, cell) in std::iter::once(("total", &sum.total)).chain(parts) {
            lines.text(&sum.key)?;
            lines.text(label)?;
            lines.figure(cell.value)?;
            lines.text(&cell.figure)?;
            lines.end()?;
        }
    }
    Ok(())
}

fn write_measures<W: Write>(lines: &mut CsvWriter<W>, report: &Report) -> Result<(), DocumentError> {
    for name in ["measure", "label", "counts"] {
        lines.text(name)?;
    }
    lines.end()?;
    for (key, words) in &report.measures {
        lines.text(key)?;
        lines.text(&words.label)?;
        lines.text(&words.counts)?;
        lines.end()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::guarded;

    #[test]
    fn no_text_is_taken_for_a_formula_whatever_sign_it_begins_with() {
        let signs = "=+-@＝＋－＠﹦﹢﹣﹫⁼₌⁺₊⁻₋−‐‑‒–—―⹀꞊゠➕➖";
        let hidden = [
            "",
            " ",
            "\t",
            "\n",
            "\r\n",
            "\u{a0}",
            "\u{3000}",
            "\u{feff}",
            "\u{200b}",
            "\u{200e}",
            "\u{202e}",
            "\u{2060}",
            "\u{ad}",
            "\u{0}",
            "\u{7f}",
            "\u{85}",
            "\u{fe0f}",
            "\u{e0001}",
            "\u{2800}",
            " \u{feff}\u{200b} \t",
        ];
        for sign in signs.chars() {
            for before in hidden {
                let text = format!("{before}{sign}1+1");
                let safe = guarded(&text);
                assert!(safe.starts_with('\''), "{text:?} became {safe:?}");
            }
        }
        for plain in ["Ann", "1+1", "a=b", "", " Ann", "\u{feff}Ann", "(404) 555", "日本", "٣"] {
            assert!(!guarded(plain).starts_with('\''), "{plain:?}");
        }
        // One apostrophe less is the text as it was.
        assert_eq!((guarded("﹦1"), guarded("'=1"), guarded("'")), ("'﹦1".into(), "''=1".into(), "''".into()));
    }
}
