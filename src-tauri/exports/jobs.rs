//! Exports in the background: begun, watched, ended, kept for a while.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;

use super::file::{free_name, safe_name};
use super::request::{days, timeline_name};
use super::{ExportKind, ExportPlan, ExportRequest, MakeError, make};
use crate::clock;
use crate::documents::{DocumentError, Format};
use crate::figures::ReportParams;
use crate::fs::{OwnFiles, own_folder};
use crate::settings::{Settings, Values};
use crate::store::exports::{self, ExportRow, FOLDER, NewExport};
use crate::store::report_digests::Print;
use crate::store::saved::ReportRun;
use crate::store::{Store, StoreError};

/// Files that are made at once; others wait.
const AT_ONCE: usize = 2;
/// Files that may wait.
const WAITING: usize = 50;
/// An export stays while it is younger than this …
const KEPT: TimeDelta = TimeDelta::days(30);
/// … or among so many newest.
const NEWEST: usize = 50;
/// What is said of an export that a start found half made.
const BROKE_OFF: &str = "Leadtrail ended while it was being made. Make it again.";
/// What nobody knows.
const UNKNOWN: u64 = u64::MAX;

/// How far an export is that is under way.
#[derive(Debug)]
struct RunningExport {
    cancelled: AtomicBool,
    done: AtomicU64,
    of: AtomicU64,
}

impl Default for RunningExport {
    fn default() -> RunningExport {
        RunningExport { cancelled: AtomicBool::new(false), done: AtomicU64::new(0), of: AtomicU64::new(UNKNOWN) }
    }
}

/// Exports of one data file. Cheap to clone.
#[derive(Clone)]
pub struct ExportJobs {
    pub(super) store: Store,
    pub(super) settings: Settings,
    pub(super) closing: Arc<watch::Sender<bool>>,
    running: Arc<Mutex<HashMap<i64, Arc<RunningExport>>>>,
    places: Arc<(Mutex<usize>, Condvar)>,
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
    /// Rows done, and of how many where that is known; `None` where it waits, or is not under way.
    pub progress: Option<(u64, Option<u64>)>,
    /// What was asked.
    pub order: ExportRequest,
}

/// What a file is made for that was due.
#[derive(Debug, Clone, Copy)]
pub(super) struct Due {
    pub saved: i64,
    pub at: DateTime<Utc>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ExportJobs {
    /// The exports of a file.
    pub fn new(store: Store, settings: Settings, closing: Arc<watch::Sender<bool>>) -> ExportJobs {
        ExportJobs { store, settings, closing, running: Arc::default(), places: Arc::default() }
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

    /// Mends what a program left that was killed. Only for whoever holds the data, before anything is begun. Blocks.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn tidy(&self) -> Result<(), StoreError> {
        for row in self.store.read_blocking(|c| exports::in_state(c, "running"))? {
            // It may have come into its place without being noted.
            if row.folder.is_none()
                && let Some(path) = row.path(&self.folder())
            {
                let _ = fs::remove_file(path);
            }
            self.ended(row.id, "failed", Some(BROKE_OFF))?;
        }
        self.remove_going()?;
        let parts = fs::read_dir(self.folder()).into_iter().flatten().flatten();
        for part in parts.filter(|entry| is_part(&entry.file_name().to_string_lossy())) {
            let _ = fs::remove_file(part.path());
        }
        Ok(())
    }

    /// Deletes files that are to go, and forgets them. What cannot be deleted now is tried again later.
    fn remove_going(&self) -> Result<(), StoreError> {
        for row in self.store.read_blocking(|c| exports::in_state(c, "going"))? {
            match self.remove(&row) {
                Err(error @ StoreError::Disk(_)) => {
                    tracing::warn!("the file of export {} could not be deleted: {error}", row.id);
                }
                other => other?,
            }
        }
        Ok(())
    }

    fn remove(&self, row: &ExportRow) -> Result<(), StoreError> {
        // What the owner has in a folder of theirs is theirs.
        if row.folder.is_none()
            && let Some(path) = row.path(&self.folder())
        {
            match fs::remove_file(path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        let id = row.id;
        self.store.write_blocking(move |batch| batch.drop_export(id))
    }

    /// Forgets an export that came to no file, with what a killed program may have left of it.
    pub(super) fn forget(&self, row: &ExportRow) -> Result<(), StoreError> {
        let folder = row.folder.as_ref().map_or_else(|| self.folder(), PathBuf::from);
        let _ = fs::remove_file(folder.join(part_name(row.id)));
        let id = row.id;
        self.store.write_blocking(move |batch| batch.drop_export(id))
    }

    /// Deletes what was kept long enough, and what could not be deleted before. Blocks.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn expire(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let old = |row: &ExportRow| now - row.made_at.unwrap_or(row.began_at) > KEPT && row.state != "running";
        let all = self.store.read_blocking(exports::all)?;
        for row in all.into_iter().skip(NEWEST).filter(old) {
            let id = row.id;
            self.store.write_blocking(move |batch| batch.export_goes(id))?;
        }
        self.remove_going()
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
        let progress = lock(&self.running).get(&row.id).map(|running| {
            let of = Some(running.of.load(Ordering::Relaxed)).filter(|of| *of != UNKNOWN);
            (running.done.load(Ordering::Relaxed), of)
        });
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
        if lock(&self.running).len() >= WAITING {
            return Err(MakeError::Folder("Too many exports wait already. Try again when some are done.".into()));
        }
        let id = self.note(&job, order, name, None, None, now)?;
        let running = self.enter(id);
        let exports = self.clone();
        let work = move || {
            exports.work(id, &job, None, &running);
            exports.leave(id);
        };
        if let Err(error) = std::thread::Builder::new().name("export".into()).spawn(work) {
            self.leave(id);
            self.ended(id, "failed", Some("This computer cannot do more at once now."))?;
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

    fn enter(&self, id: i64) -> Arc<RunningExport> {
        let running = Arc::new(RunningExport::default());
        lock(&self.running).insert(id, running.clone());
        running
    }

    fn leave(&self, id: i64) {
        lock(&self.running).remove(&id);
    }

    /// Waits for a place. `false` where it is to end instead.
    fn take_place(&self, running: &RunningExport) -> bool {
        let (taken, changed) = &*self.places;
        let mut taken = lock(taken);
        while *taken >= AT_ONCE {
            if running.cancelled.load(Ordering::Relaxed) || *self.closing.borrow() {
                return false;
            }
            let wait = std::time::Duration::from_millis(200);
            taken = changed.wait_timeout(taken, wait).unwrap_or_else(PoisonError::into_inner).0;
        }
        *taken += 1;
        true
    }

    fn give_place(&self) {
        let (taken, changed) = &*self.places;
        *lock(taken) -= 1;
        changed.notify_all();
    }

    /// Makes what was noted, and notes what became of it.
    fn work(&self, id: i64, job: &ExportPlan, due: Option<Due>, running: &RunningExport) -> Option<MakeError> {
        let done = if self.take_place(running) {
            // A fault of ours, or of a library, takes no place for good.
            let made = catch_unwind(AssertUnwindSafe(|| self.make_noted(id, job, due, running)));
            self.give_place();
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
            MakeError::Cancelled if !running.cancelled.load(Ordering::Relaxed) => {
                ("failed", Some(BROKE_OFF.to_string()))
            }
            MakeError::Cancelled => ("cancelled", None),
            other => ("failed", Some(other.to_string())),
        };
        if state == "failed" {
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
        let mut progress = |done: u64, of: Option<u64>| {
            running.done.store(done, Ordering::Relaxed);
            running.of.store(of.unwrap_or(UNKNOWN), Ordering::Relaxed);
            !running.cancelled.load(Ordering::Relaxed) && !*self.closing.borrow()
        };
        let made = make(&self.store, job, &part, clock::now(), true, &mut progress)?;
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
                batch.put_print(question, print)?;
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
                    running.cancelled.store(true, Ordering::Relaxed);
                }
                unwanted.map_or(Ok(()), Err)
            }
        }
    }

    /// Makes what was due, on this thread.
    pub(super) fn make_due_file(&self, id: i64, job: &ExportPlan, due: Due) -> Result<(), MakeError> {
        let running = self.enter(id);
        let error = self.work(id, job, Some(due), &running);
        self.leave(id);
        error.map_or(Ok(()), Err)
    }

    fn ended(&self, id: i64, state: &'static str, problem: Option<&str>) -> Result<(), StoreError> {
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
        if self.one(id)?.row.state == "done" {
            return Err(over());
        }
        let running = lock(&self.running).get(&id).cloned().ok_or_else(over)?;
        running.cancelled.store(true, Ordering::Relaxed);
        self.places.1.notify_all();
        // It looks at every few rows: it is over in a moment.
        for _ in 0..100 {
            if !lock(&self.running).contains_key(&id) {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        if self.one(id)?.row.state == "done" { Err(over()) } else { Ok(()) }
    }

    /// Deletes an export with its file; one in a folder of the owner's stays there. Blocks.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is none; [`StoreError::Conflict`] while it is under way.
    pub fn delete(&self, id: i64) -> Result<(), StoreError> {
        let stand = self.one(id)?;
        // What was due may be made again at this very moment: the table knows.
        if !self.store.write_blocking(move |batch| batch.export_goes(id))? {
            return Err(StoreError::Conflict("This export is under way. Cancel it first.".into()));
        }
        self.remove(&stand.row)
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

/// What the file of an export is called on the way.
fn part_name(id: i64) -> String {
    format!(".leadtrail-export-{id}.part")
}

/// A file on the way that a program left.
fn is_part(name: &str) -> bool {
    let number = name.strip_prefix(".leadtrail-export-").and_then(|rest| rest.strip_suffix(".part"));
    number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-'))
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
pub fn remember(store: &Store, print: Option<([u8; 32], Print)>) -> Result<(), StoreError> {
    match print {
        Some((question, print)) => store.write_blocking(move |batch| batch.put_print(&question, &print)),
        None => Ok(()),
    }
}
