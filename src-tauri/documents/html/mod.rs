//! A report as one HTML file: interactive, offline, with nothing from elsewhere.
//!
//! The figures and the rows behind them lie in it as JSON, and a script of its own draws them; texts become text nodes
//! and nothing else. Rows come one by one and wait on disk, since their local times need the report's zone, which comes
//! last.

pub mod page;

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Seek, Write};

use serde_json::{Value, json};

use super::{DocumentError, ReportWriter, Target};
use crate::figures::measure::Measure;
use crate::figures::model::{Report, Row};
use crate::figures::words;
use crate::zone::Tz;

const STYLE: &str = include_str!("report.css");
const SCRIPT: &str = concat!(include_str!("report.js"), include_str!("panels.js"));

/// Browsers open a file with so many rows without a wait; with more, figures do not open, and the file says where the rows are.
pub const MOST_ROWS: u64 = 50_000;

/// What is kept of a row, in this order; `text` is what of it is written in words ([`words::row_text`]).
const COLUMNS: [&str; 31] = [
    "kind",
    "id",
    "lead_ref",
    "name",
    "phone",
    "email",
    "at",
    "local",
    "service",
    "rep",
    "campaign",
    "first_touch",
    "last_touch",
    "medium",
    "stage",
    "tags",
    "direction",
    "state",
    "outcome",
    "sentiment",
    "sentiment_origin",
    "duration_s",
    "waited_s",
    "waited_open_s",
    "estimated_cents",
    "actual_cents",
    "revenue_cents",
    "reason",
    "erased",
    "figures",
    "text",
];

/// A report in the making.
///
/// # Errors
/// [`DocumentError`] when the disk does not take it.
pub fn new(target: Target<'_>) -> Result<Box<dyn ReportWriter>, DocumentError> {
    // Without a name, so that nobody else reads it and nothing is left of it, whatever ends the program.
    let rows = tempfile::tempfile_in(target.scratch)?;
    Ok(Box::new(Html { file: target.file, rows: BufWriter::new(rows), count: 0 }))
}

struct Html {
    file: File,
    /// A row a line.
    rows: BufWriter<File>,
    count: u64,
}

impl ReportWriter for Html {
    fn row(&mut self, row: &Row) -> Result<(), DocumentError> {
        self.count += 1;
        if self.count > MOST_ROWS {
            return Ok(());
        }
        serde_json::to_writer(&mut self.rows, row).map_err(made)?;
        self.rows.write_all(b"\n")?;
        Ok(())
    }

    fn finish(self: Box<Self>, report: &Report) -> Result<(), DocumentError> {
        let Html { file, rows, count } = *self;
        let mut rows = rows.into_inner().map_err(|error| DocumentError::Io(error.into_error()))?;
        rows.rewind()?;
        let mut to = BufWriter::new(file);
        let style = format!("{}{}{STYLE}", page::TOKENS, page::BASE);
        let manifest = &report.manifest;
        let title: Vec<&str> =
            [report.title.as_str(), manifest.business.as_str()].into_iter().filter(|word| !word.is_empty()).collect();
        let title = format!("{} · {}", title.join(" · "), words::period(&manifest.period));
        to.write_all(page::head(&title, &style, Some(SCRIPT)).as_bytes())?;
        to.write_all(
            b"<noscript><p class=\"noscript\">The script in this file draws the report. Switch scripts on for this file to \
              see it: it needs nothing from elsewhere.</p></noscript>\n<main id=\"main\"></main>\n",
        )?;
        let json = serde_json::to_string(&in_file(report)).map_err(made)?;
        data(&mut to, "report", &json)?;
        data(&mut to, "page", &page_words(report).to_string())?;
        write!(to, "<script type=\"application/json\" id=\"rows\">")?;
        let measures: Vec<&str> = Measure::ALL.iter().map(|measure| measure.key()).collect();
        write!(to, "{{\"columns\":{},\"measures\":{},\"total\":{count},\"rows\":", json!(COLUMNS), json!(measures))?;
        if count > MOST_ROWS {
            to.write_all(b"null")?;
        } else {
            let zone = words::zone_of(manifest);
            to.write_all(b"[")?;
            for (n, line) in BufReader::new(rows).lines().enumerate() {
                let row: Row = serde_json::from_str(&line?).map_err(made)?;
                to.write_all(if n == 0 { b"\n" } else { b",\n" })?;
                to.write_all(page::embed(&packed(&row, zone, &manifest.currency).to_string()).as_bytes())?;
            }
            to.write_all(b"\n]")?;
        }
        to.write_all(b"}</script>\n<script>")?;
        to.write_all(SCRIPT.as_bytes())?;
        to.write_all(b"</script>\n</body>\n</html>\n")?;
        Ok(to.flush()?)
    }
}

fn made(error: serde_json::Error) -> DocumentError {
    DocumentError::Made(error.to_string())
}

fn data(to: &mut dyn Write, id: &str, json: &str) -> Result<(), DocumentError> {
    writeln!(to, "<script type=\"application/json\" id=\"{id}\">{}</script>", page::embed(json))?;
    Ok(())
}

/// The report as it leaves the machine: a lead is named by an event, not by a row.
fn in_file(report: &Report) -> Report {
    let mut report = report.clone();
    if let Some(changed) = &mut report.manifest.changed {
        for row in &mut changed.rows {
            row.row.lead = 0;
        }
    }
    report
}

/// What is said of times, zones and filters: worked out here, so that the browser's own zone and words do not matter.
fn page_words(report: &Report) -> Value {
    let manifest = &report.manifest;
    let zone = words::zone_of(manifest);
    let moment = |at| words::moment(at, zone);
    let holidays: Vec<String> = manifest.holidays.iter().map(|day| words::day(*day)).collect();
    json!({
        "period": words::period(&manifest.period),
        "compared": words::compared(manifest),
        "zone": words::zone(zone, manifest.period.ends_at),
        "as_of": moment(manifest.as_of),
        "made_at": moment(manifest.made_at),
        "since": manifest.changed.as_ref().map(|changed| moment(changed.since)),
        "holidays": holidays,
        "filters": words::filters(&manifest.filters),
        "most_rows": MOST_ROWS,
    })
}

/// A row with its local time, as short as it can be.
fn packed(row: &Row, zone: Tz, currency: &str) -> Value {
    let local = row.at.with_timezone(&zone).format("%Y-%m-%dT%H:%M:%S").to_string();
    let index = |key: &String| Measure::parse(key).map(|measure| measure as u8);
    let figures: Vec<u8> = row.figures.iter().filter_map(index).collect();
    json!([
        row.kind,
        row.id,
        row.lead_ref,
        row.name,
        row.phone,
        row.email,
        row.at,
        local,
        row.service,
        row.rep,
        row.campaign,
        row.first_touch,
        row.last_touch,
        row.medium,
        row.stage,
        row.tags,
        row.direction,
        row.state,
        row.outcome,
        row.sentiment,
        row.sentiment_origin,
        row.duration_s,
        row.waited_s,
        row.waited_open_s,
        row.estimated_cents,
        row.actual_cents,
        row.revenue_cents,
        row.reason,
        row.erased,
        figures,
        words::row_text(row, zone, currency),
    ])
}
