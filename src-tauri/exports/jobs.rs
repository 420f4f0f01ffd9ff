//! Exports in the background: begun, watched, ended.

use std::collections::HashSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use super::file::{free_name, part_name, safe_name};
use super::queue::{ExportQueue, RunningExport};
use super::request::{days, timeline_name};
use super::{ExportKind, ExportPlan, ExportRequest, MakeError, make};
use crate::clock;
use crate::documents::{DocumentError, Format};
use crate::figures::ReportParams;
use crate::fs::{OwnFiles, own_folder};
use crate::settings::{Settings, Values};
use crate::store::exports::{self, ExportRow, ExportState, FOLDER, NewExport};
use crate::store::report_digests::ReportDigest;
use crate::store::saved::ReportRun;
use crate::store::{Store, StoreError};

/// Files that may wait.
const WAITING: usize = 50;
/// What is said of an export that a start found half made.
pub(super) const BROKE_OFF: &str = "Leadtrail ended while it was being made. Make it again.";
/// Exports of one data file. Cheap to clone.
#[derive(Clone)]
pub struct ExportJobs {
    pub(super) store: Store,
    pub(super) settings: Settings,
    pub(super) closing: Arc<watch::Sender<bool>>,
    queue: Arc<ExportQueue>,
}

/// An export as it stands.
#[derive(Debug, Clone)]
pub struct ExportStatus {
    /// The row in the file.
    pub row: ExportRow,
    /// What people call it.
    pub title: String,
    /// What its file is called where it is taken to.
    pub file_name: String,
    /// Where the file is.
    pub path: PathBuf,
    /// Leads or calls looked at, or entries of a timeline, and of how many; `None` where it waits.
    pub progress: Option<(u64, u64)>,
    /// What was asked.
    pub order: ExportRequest,
}

/// What a file is made for that was due.
#[derive(Debug, Clone, Copy)]
pub(super) struct Due {
    pub saved: i64,
    pub at: DateTime<Utc>,
}

impl ExportJobs {
    /// The exports of a file.
    pub fn new(store: Store, settings: Settings, closing: Arc<watch::Sender<bool>>) -> ExportJobs {
        ExportJobs { store, settings, closing, queue: Arc::default() }
    }

    /// The data file.
    pub fn store(&self) -> Store {
        self.store.clone()
    }

    /// What a file of a job is called where it is taken to.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn file_name(&self, job: &ExportPlan) -> Result<String, StoreError> {
        let Some(lead) = job.lead.filter(|_| !job.redacted) else { return Ok(job.file_name()) };
        let name = self.store.read_blocking(|c| exports::name_of(c, lead))?;
        Ok(timeline_name(Some(lead), name.as_deref(), false, job.ending()))
    }

    /// What no file is ever written over.
    fn own(&self) -> OwnFiles {
        own(&self.store, &self.settings.get())
    }

    /// The folder of exports, in the data folder.
    pub fn folder(&self) -> PathBuf {
        folder_of(&self.store)
    }

    /// The same, made if it is not there: for its owner alone.
    ///
    /// # Errors
    /// [`StoreError::Disk`].
    pub fn made_folder(&self) -> Result<PathBuf, StoreError> {
        made_folder(&self.store)
    }

    /// Exports, newest first. Blocks.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn list(&self) -> Result<Vec<ExportStatus>, StoreError> {
        let rows = self.store.read_blocking(exports::all)?;
        Ok(rows.into_iter().map(|row| self.stand(row)).collect())
    }

    /// One export. Blocks.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is none with that number.
    pub fn one(&self, id: i64) -> Result<ExportStatus, StoreError> {
        Ok(self.stand(self.store.read_blocking(|c| exports::by_id(c, id))?))
    }

    fn stand(&self, row: ExportRow) -> ExportStatus {
        let what = row.what.parse().unwrap_or(ExportKind::Report);
        let format = row.format.parse().unwrap_or(Format::Pdf);
        let order: ExportRequest = serde_json::from_str(&row.asked)
            .unwrap_or_else(|_| ExportRequest::new(what, format, ReportParams::default()));
        let progress = self.queue.progress(row.id);
        let name = if row.lead_erased { None } else { row.lead_name.as_deref() };
        let is_timeline = what == ExportKind::Timeline;
        let title = match (is_timeline, order.redacted, name, row.lead) {
            (false, ..) => row.title.clone(),
            (true, true, ..) | (true, false, None, None) => "Timeline, masked".into(),
            (true, false, Some(name), _) => format!("Timeline of {name}"),
            (true, false, None, Some(lead)) => format!("Timeline of lead {lead}"),
        };
        let file_name =
            if is_timeline { timeline_name(row.lead, name, order.redacted, format.as_str()) } else { row.file.clone() };
        // A path that leads nowhere where the name is none: nothing is there then.
        let path = row.path(&self.folder()).unwrap_or_default();
        ExportStatus { title, file_name, path, progress, order, row }
    }

    /// Understands an order against what is there now. Blocks.
    ///
    /// # Errors
    /// [`MakeError::Report`] in plain words.
    pub fn understand(&self, order: &ExportRequest, now: DateTime<Utc>) -> Result<ExportPlan, MakeError> {
        understood(&self.store, &self.settings.get(), order, now)
    }

    /// Begins an export, and answers its number; it is made on a thread of its own. `name` is what it is called where it is
    /// a saved report's. Blocks for a moment.
    ///
    /// # Errors
    /// [`MakeError`] in plain words, where it cannot begin.
    pub fn begin(&self, order: &ExportRequest, name: Option<&str>, now: DateTime<Utc>) -> Result<i64, MakeError> {
        let job = self.understand(order, now)?;
        if self.queue.len() >= WAITING {
            return Err(MakeError::Folder("Too many exports wait already. Try again when some are done.".into()));
        }
        let id = self.note(&job, order, name, None, None, now)?;
        let running = self.queue.enter(id);
        let exports = self.clone();
        let work = move || {
            exports.work(id, &job, None, &running);
            exports.queue.leave(id);
        };
        if let Err(error) = std::thread::Builder::new().name("export".into()).spawn(work) {
            self.queue.leave(id);
            self.ended(id, ExportState::Failed, Some("This computer cannot do more at once now."))?;
            return Err(StoreError::from(error).into());
        }
        Ok(id)
    }

    /// Notes an export under a name that is free.
    pub(super) fn note(
        &self,
        job: &ExportPlan,
        order: &ExportRequest,
        name: Option<&str>,
        folder: Option<&str>,
        due: Option<Due>,
        now: DateTime<Utc>,
    ) -> Result<i64, MakeError> {
        let on_disk = match folder {
            Some(folder) => {
                self.own().takes_in_folder(Path::new(folder))?;
                PathBuf::from(folder)
            }
            None => self.made_folder()?,
        };
        let title = match name {
            Some(name) => format!("{name}, {}", days(&job.question)),
            None => job.title(),
        };
        let wanted = name.map_or_else(|| job.file_name(), |name| job.named(&safe_name(name)));
        // What is asked is kept as it was understood: an export made again is of the same days.
        let mut asked = order.clone();
        (asked.query.from, asked.query.to) = (Some(job.question.from.to_string()), Some(job.question.to.to_string()));
        let new = NewExport {
            what: job.what.as_str().into(),
            format: job.format.as_str().into(),
            asked: serde_json::to_string(&asked).map_err(StoreError::from)?,
            title,
            lead: job.lead,
            folder: folder.map(String::from),
            file: String::new(),
            schedule: due.map(|due| due.saved),
            due_at: due.map(|due| due.at),
        };
        // The disk is looked at outside of the writer: a share that hangs must not hold up senders.
        let mut known = HashSet::new();
        loop {
            let taken = |name: &str| known.contains(name) || on_disk.join(name).symlink_metadata().is_ok();
            let file = free_name(&wanted, taken);
            let new = NewExport { file: file.clone(), ..new.clone() };
            let noted = self.store.write_blocking(move |batch| {
                if batch.export_file_taken(new.folder.as_deref(), &new.file)? {
                    return Ok(None);
                }
                batch.add_export(&new, now).map(Some)
            })?;
            if let Some(id) = noted {
                return Ok(id);
            }
            known.insert(file);
        }
    }

    /// Makes what was noted, and notes what became of it.
    fn work(&self, id: i64, job: &ExportPlan, due: Option<Due>, running: &RunningExport) -> Option<MakeError> {
        let done = if self.queue.take_place(running, &self.closing) {
            // A fault of ours, or of a library, takes no place for good.
            let made = catch_unwind(AssertUnwindSafe(|| self.make_noted(id, job, due, running)));
            self.queue.give_place();
            made.unwrap_or_else(|panic| {
                let why = panic.downcast_ref::<&str>().copied().or(panic.downcast_ref::<String>().map(String::as_str));
                tracing::error!("export {id} ended with a panic: {}", why.unwrap_or("it does not say why"));
                Err(DocumentError::Made("Leadtrail has a fault here, which is in its log".into()).into())
            })
        } else {
            Err(MakeError::Cancelled)
        };
        let error = done.err()?;
        let (state, problem) = match &error {
            // Whoever closes the program did not say that the file is not wanted.
            MakeError::Cancelled if !running.is_cancelled() => (ExportState::Failed, Some(BROKE_OFF.to_string())),
            MakeError::Cancelled => (ExportState::Cancelled, None),
            other => (ExportState::Failed, Some(other.to_string())),
        };
        if state == ExportState::Failed {
            tracing::warn!("export {id} was not made: {}", problem.as_deref().unwrap_or_default());
        }
        if let Err(error) = self.ended(id, state, problem.as_deref()) {
            tracing::warn!("what became of export {id} could not be noted: {error}");
        }
        Some(error)
    }

    fn make_noted(
        &self,
        id: i64,
        job: &ExportPlan,
        due: Option<Due>,
        running: &RunningExport,
    ) -> Result<(), MakeError> {
        let target = self.one(id)?.path;
        let part = target.with_file_name(part_name(id));
        let mut progress = |done: u64, of: u64| {
            running.reached(done, of);
            !running.is_cancelled() && !*self.closing.borrow()
        };
        let made = make(&self.store, job, &part, clock::now(), &mut progress)?;
        let (file, print, erasures) = (made.file, made.print, made.erasures);
        self.own().takes_file(&target)?;
        made.part.into_place(&target)?;
        let at = clock::now();
        let period = serde_json::json!({ "from": job.question.from, "to": job.question.to }).to_string();
        let run = due.map(|due| {
            let (path, period) = (target.display().to_string(), period.clone());
            (due.saved, ReportRun { due_at: due.at, made_at: at, period, path })
        });
        // The file, that it was due and made, and what the next one is compared with: all of it or nothing.
        let noted = self.store.write_blocking(move |batch| {
            if exports::erasures(batch.transaction())? != erasures {
                return Ok(Some(MakeError::Erased));
            }
            if !batch.export_made(id, &file, at)? {
                return Ok(Some(MakeError::Cancelled));
            }
            if let Some((question, print)) = &print {
                batch.put_report_digest(question, print)?;
            }
            if let Some((saved, run)) = &run {
                batch.note_run(*saved, run)?;
                batch.saved_problem(*saved, None, at)?;
            }
            Ok(None)
        });
        match noted {
            Ok(None) => Ok(()),
            other => {
                let _ = fs::remove_file(&target);
                let unwanted = other?;
                if matches!(unwanted, Some(MakeError::Cancelled)) {
                    running.cancel();
                }
                unwanted.map_or(Ok(()), Err)
            }
        }
    }

    /// Makes what was due, on this thread.
    pub(super) fn make_due_file(&self, id: i64, job: &ExportPlan, due: Due) -> Result<(), MakeError> {
        let running = self.queue.enter(id);
        let error = self.work(id, job, Some(due), &running);
        self.queue.leave(id);
        error.map_or(Ok(()), Err)
    }

    pub(super) fn ended(&self, id: i64, state: ExportState, problem: Option<&str>) -> Result<(), StoreError> {
        let problem = problem.map(String::from);
        self.store.write_blocking(move |batch| batch.export_ended(id, state, problem.as_deref()))
    }

    /// Ends an export that is under way. Blocks.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is none; [`StoreError::Conflict`] when it is not under way.
    pub fn cancel(&self, id: i64) -> Result<(), StoreError> {
        let over = || StoreError::Conflict("This export is not under way.".into());
        // It is noted as made a moment before it is no more among those that run.
        if self.one(id)?.row.state == ExportState::Done {
            return Err(over());
        }
        if !self.queue.cancel(id) {
            return Err(over());
        }
        // It looks at every few rows: it is over in a moment.
        for _ in 0..100 {
            if !self.queue.contains(id) {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        if self.one(id)?.row.state == ExportState::Done { Err(over()) } else { Ok(()) }
    }
}

fn folder_of(store: &Store) -> PathBuf {
    store.path().parent().unwrap_or(Path::new(".")).join(FOLDER)
}

/// The folder of exports beside a data file, made if it is not there: for its owner alone.
///
/// # Errors
/// [`StoreError::Disk`].
pub fn made_folder(store: &Store) -> Result<PathBuf, StoreError> {
    Ok(own_folder(store.path().parent().unwrap_or(Path::new(".")), FOLDER)?)
}

/// What no file is ever written over: what is the program's own with this data file.
pub fn own(store: &Store, values: &Values) -> OwnFiles {
    let data = store.path().parent().unwrap_or(Path::new("."));
    OwnFiles::of(data, values.backups.folder.as_deref().map(Path::new))
}

/// Understands an order. Blocks.
///
/// # Errors
/// [`MakeError::Report`] in plain words.
pub fn understood(
    store: &Store,
    values: &Values,
    order: &ExportRequest,
    now: DateTime<Utc>,
) -> Result<ExportPlan, MakeError> {
    let mut connection = store.reader()?;
    let transaction = connection.transaction().map_err(StoreError::from)?;
    Ok(ExportPlan::of(&transaction, order, values, now)?)
}

/// Keeps what a report held that somebody took away, so that the next one can say what changed. Blocks.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn remember(store: &Store, print: Option<([u8; 32], ReportDigest)>) -> Result<(), StoreError> {
    match print {
        Some((question, print)) => store.write_blocking(move |batch| batch.put_report_digest(&question, &print)),
        None => Ok(()),
    }
}
