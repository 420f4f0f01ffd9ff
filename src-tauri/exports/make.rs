//! A file is made: of one state of the data, whole or not at all.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use chrono::{DateTime, Utc};

use super::{ExportKind, ExportPlan, MakeError, PartFile};
use crate::documents::list::{self, List};
use crate::documents::{DocumentError, Format, ReportWriter, Target, csv, html, json, pdf, timeline, xlsx};
use crate::figures::report_digests;
use crate::figures::{WalkStep, leads_of, stream_steps};
use crate::store::exports::{self, MadeFile};
use crate::store::report_digests::ReportDigest;
use crate::store::{Connection, Store, StoreError, sources};

/// After how many leads it is said how far it is, and looked whether to go on.
const STEP: u64 = 16;
/// And after how many rows: one lead may have thousands.
const ROWS: u64 = 64;

/// Says how far it is (leads or calls looked at, entries of a timeline; and of how many); `false` ends it.
pub type OnProgress<'a> = &'a mut dyn FnMut(u64, u64) -> bool;

/// A file that is whole, under the name it has on the way.
#[derive(Debug)]
pub struct FinishedExport {
    /// It.
    pub part: PartFile,
    /// What is known of it.
    pub file: MadeFile,
    /// What is kept of a report, so that the next one can say what changed.
    pub print: Option<([u8; 32], ReportDigest)>,
    /// Whom the data file had erased when it was read.
    pub erasures: i64,
}

/// Makes the file of a job at `part`, which is not there yet. Reads one state of the data throughout. Blocks; senders and others are served meanwhile.
///
/// # Errors
/// [`MakeError`]; then nothing is left at `part`.
pub fn make(
    store: &Store,
    job: &ExportPlan,
    part: &Path,
    now: DateTime<Utc>,
    progress: OnProgress<'_>,
) -> Result<FinishedExport, MakeError> {
    let (unfinished, file) = PartFile::new(part)?;
    let mut connection = store.reader()?;
    let transaction = connection.transaction().map_err(StoreError::from)?;
    let erasures = exports::erasures(&transaction)?;
    let scratch = part.parent().unwrap_or(Path::new("."));
    let written = write(&transaction, job, file, scratch, now, progress)?;
    drop(transaction);
    let (size, file_sha256) = unfinished.sync_and_hash()?;
    let rows = i64::try_from(written.rows).unwrap_or(i64::MAX);
    let sha256 = written.sha256.unwrap_or_else(|| file_sha256.clone());
    Ok(FinishedExport {
        part: unfinished,
        file: MadeFile { size, rows, sha256, file_sha256 },
        print: written.print,
        erasures,
    })
}

struct WrittenExport {
    rows: u64,
    sha256: Option<String>,
    print: Option<([u8; 32], ReportDigest)>,
}

fn write(
    connection: &Connection,
    job: &ExportPlan,
    file: File,
    scratch: &Path,
    now: DateTime<Utc>,
    progress: OnProgress<'_>,
) -> Result<WrittenExport, MakeError> {
    let (zone, currency) = (job.question.zone, job.question.business.currency.as_str());
    let target = Target { file, scratch, paper: job.paper, detail: job.detail, zone, currency };
    match job.what {
        ExportKind::Report => write_report(connection, job, target, now, progress),
        ExportKind::Leads | ExportKind::Calls => {
            let rows = write_list(connection, job, target, now, progress)?;
            Ok(WrittenExport { rows, sha256: None, print: None })
        }
        ExportKind::Timeline => {
            let rows = write_timeline(connection, job, target, now)?;
            if !progress(rows, rows) {
                return Err(MakeError::Cancelled);
            }
            Ok(WrittenExport { rows, sha256: None, print: None })
        }
    }
}

fn write_report(
    connection: &Connection,
    job: &ExportPlan,
    target: Target<'_>,
    now: DateTime<Utc>,
    progress: OnProgress<'_>,
) -> Result<WrittenExport, MakeError> {
    let q = &job.question;
    let mut compare = report_digests::DigestComparer::with(connection, q)?;
    let of = leads_of(connection, q)?;
    if !progress(0, of) {
        return Err(MakeError::Cancelled);
    }
    let mut shape = shape(job.format, target)?;
    let (mut rows, mut leads) = (0, 0);
    let streamed = stream_steps(connection, q, now, &mut |step| {
        let is_due = match step {
            WalkStep::Row(row) => {
                compare.see(row)?;
                shape.row(row)?;
                rows += 1;
                rows % ROWS == 0
            }
            WalkStep::Lead => {
                leads += 1;
                leads % STEP == 0
            }
        };
        if is_due && !progress(leads, of) { Err(MakeError::Cancelled) } else { Ok(()) }
    });
    let mut report = streamed?;
    report.manifest.changed = compare.changed();
    if !progress(of, of) {
        return Err(MakeError::Cancelled);
    }
    shape.finish(&report)?;
    let print = match q.as_of {
        // What was known on a past day is compared with only where there is nothing newer.
        Some(_) if crate::store::report_digests::of(connection, &report_digests::question(q))?.is_some() => None,
        _ => Some((report_digests::question(q), compare.print(&report))),
    };
    Ok(WrittenExport { rows, sha256: Some(report.manifest.sha256.clone()), print })
}

/// Begins a report in a shape.
fn shape(format: Format, target: Target<'_>) -> Result<Box<dyn ReportWriter>, DocumentError> {
    match format {
        Format::Pdf => pdf::new(target),
        Format::Xlsx => xlsx::new(target),
        Format::Csv => csv::new(target),
        Format::Html => html::new(target),
        Format::Json => json::new(target),
    }
}

/// Writes a list; answers how many rows.
fn write_list(
    connection: &Connection,
    job: &ExportPlan,
    target: Target<'_>,
    now: DateTime<Utc>,
    progress: OnProgress<'_>,
) -> Result<u64, MakeError> {
    let which = if job.what == ExportKind::Calls { List::Calls } else { List::Leads };
    Ok(list::make(connection, which, &job.question, job.format, target, now, progress)?)
}

/// Writes a timeline; answers how many entries.
fn write_timeline(
    connection: &Connection,
    job: &ExportPlan,
    target: Target<'_>,
    now: DateTime<Utc>,
) -> Result<u64, MakeError> {
    let q = &job.question;
    let version = sources::setting(connection, "projection_version")?;
    let told = timeline::TimelineFile::open(
        connection,
        &timeline::TimelineRequest {
            lead: job.lead.unwrap_or_default(),
            redacted: job.redacted,
            zone: q.zone,
            as_of: q.as_of,
            business: q.business_name.clone(),
            currency: q.business.currency.clone(),
            program: env!("CARGO_PKG_VERSION").into(),
            projection_version: version.and_then(|version| version.parse().ok()).unwrap_or_default(),
            made_at: now,
        },
    )?;
    let entries = u64::try_from(told.view.manifest.entries).unwrap_or(u64::MAX);
    let mut file = BufWriter::new(target.file);
    match job.format {
        Format::Json => timeline::json::write(&told.view, told.entries(), &mut file)?,
        Format::Html => timeline::html::write(&told.view, told.entries(), &mut file)?,
        Format::Pdf => {
            let told = told.whole()?;
            timeline::pdf::write(&timeline::document(&told), &told.manifest, target.paper, &mut file)?;
        }
        _ => return Err(DocumentError::Made("A timeline is made as pdf, html or json".into()).into()),
    }
    file.flush().map_err(DocumentError::from)?;
    Ok(entries)
}
