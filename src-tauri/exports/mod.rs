//! Making files: reports, lists and timelines, each whole or not at all.

mod file;
mod jobs;
mod request;
mod saved;
pub mod schedule;
mod schedules;

use std::fs::File;
use std::path::Path;

use crate::store::Connection;
use chrono::{DateTime, Utc};

pub use file::{PartFile, disposition, safe_name};
pub use jobs::{ExportJobs, ExportStatus, made_folder, own, remember, understood};
pub use request::{ExportKind, ExportPlan, ExportRequest, content_type};
pub use saved::{Saved, SavedQuery};
pub use schedules::MadeDue;
use sha2::{Digest, Sha256};

use crate::documents::{DocumentError, Target};
use crate::figures::report_digests;
use crate::figures::{ReportError, report, stream};
use crate::fs::Refused;
use crate::store::exports::MadeFile;
use crate::store::report_digests::Print;
use crate::store::{Store, StoreError, exports};

/// After how many rows it is said how far it is, and looked whether to go on.
const STEP: u64 = 64;

/// Why no file was made.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    /// The data file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The question makes no sense, or the engine.
    #[error(transparent)]
    Report(ReportError),
    /// The shape.
    #[error(transparent)]
    Shape(DocumentError),
    /// The folder is not there, or does not take it; in plain words.
    #[error("{0}")]
    Folder(String),
    /// It would lie on a file of the program's own.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// It was to end.
    #[error("It was cancelled.")]
    Cancelled,
    /// Somebody was erased while it was made.
    #[error("Somebody was erased while it was made. Make it again.")]
    Erased,
}

impl From<ReportError> for MakeError {
    fn from(error: ReportError) -> MakeError {
        match error {
            ReportError::Store(error) => MakeError::Store(error),
            other => MakeError::Report(other),
        }
    }
}

impl From<DocumentError> for MakeError {
    fn from(error: DocumentError) -> MakeError {
        match error {
            DocumentError::Cancelled => MakeError::Cancelled,
            DocumentError::Report(error) => error.into(),
            other => MakeError::Shape(other),
        }
    }
}

/// Says how far it is (rows done, and of how many where that is known); `false` ends it.
pub type OnProgress<'a> = &'a mut dyn FnMut(u64, Option<u64>) -> bool;

/// A file that is whole, under the name it has on the way.
#[derive(Debug)]
pub struct FinishedExport {
    /// It.
    pub part: PartFile,
    /// What is known of it.
    pub file: MadeFile,
    /// What is kept of a report, so that the next one can say what changed.
    pub print: Option<([u8; 32], Print)>,
    /// Whom the data file had erased when it was read.
    pub erasures: i64,
}

/// Makes the file of a job at `part`, which is not there yet. `count` first counts rows, so that progress knows of how many.
/// Reads one state of the data throughout. Blocks; senders and others are served meanwhile.
///
/// # Errors
/// [`MakeError`]; then nothing is left at `part`.
pub fn make(
    store: &Store,
    job: &ExportPlan,
    part: &Path,
    now: DateTime<Utc>,
    count: bool,
    progress: OnProgress<'_>,
) -> Result<FinishedExport, MakeError> {
    let (unfinished, file) = PartFile::new(part)?;
    let mut connection = store.reader()?;
    let transaction = connection.transaction().map_err(StoreError::from)?;
    let erasures = exports::erasures(&transaction)?;
    let scratch = part.parent().unwrap_or(Path::new("."));
    let written = write(&transaction, job, file, scratch, now, count, progress)?;
    drop(transaction);
    let (size, file_sha256) = unfinished.sync_dir()?;
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
    print: Option<([u8; 32], Print)>,
}

fn write(
    connection: &Connection,
    job: &ExportPlan,
    file: File,
    scratch: &Path,
    now: DateTime<Utc>,
    count: bool,
    progress: OnProgress<'_>,
) -> Result<WrittenExport, MakeError> {
    let (zone, currency) = (job.question.zone, job.question.business.currency.as_str());
    let target = Target { file, scratch, paper: job.paper, detail: job.detail, zone, currency };
    match job.what {
        ExportKind::Report => write_report(connection, job, target, now, count, progress),
        ExportKind::Leads | ExportKind::Calls => {
            let rows = request::list(connection, job, target, now, progress)?;
            Ok(WrittenExport { rows, sha256: None, print: None })
        }
        ExportKind::Timeline => {
            let rows = request::timeline(connection, job, target, now)?;
            if !progress(rows, Some(rows)) {
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
    count: bool,
    progress: OnProgress<'_>,
) -> Result<WrittenExport, MakeError> {
    let q = &job.question;
    let mut compare = report_digests::DigestComparer::with(connection, q)?;
    let of = if count {
        let counted = report(connection, q, now)?;
        Some(counted.manifest.rows.values().map(|rows| u64::try_from(*rows).unwrap_or(0)).sum())
    } else {
        None
    };
    if !progress(0, of) {
        return Err(MakeError::Cancelled);
    }
    let mut shape = request::shape(job.format, target)?;
    let mut rows = 0;
    let streamed = stream(connection, q, now, &mut |row| {
        compare.see(row)?;
        shape.row(row)?;
        rows += 1;
        if rows % STEP == 0 && !progress(rows, of) { Err(MakeError::Cancelled) } else { Ok(()) }
    });
    let mut report = streamed?;
    report.manifest.changed = compare.changed();
    if !progress(rows, Some(rows.max(of.unwrap_or(rows)))) {
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

/// The hash of a file, hex.
fn hash_of(mut file: &File) -> std::io::Result<String> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match std::io::Read::read(&mut file, &mut buffer)? {
            0 => return Ok(hex::encode(hash.finalize())),
            n => hash.update(&buffer[..n]),
        }
    }
}
