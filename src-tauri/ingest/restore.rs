//! Going back to a backup, and saving what is left of a damaged file, without losing what senders sent.
//!
//! The file is prepared beside the current one while that goes on: copied, checked, brought to this version's schema,
//! what came since carried over and placed. Only then the writer stops for the last few entries and the change itself.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use chrono::{DateTime, Utc};

use super::erase::{Erased, erased_in, erased_in_file, redact_file};
use super::rebuild::{is_up_to_date, step};
use super::{Ingest, IngestError};
use crate::settings::{self, BackupPolicy, Values};
use crate::store::backup::{self, BackupFile, BackupKind, BackupName, Folders};
use crate::store::foreign::{self, Coming};
use crate::store::restore::{Carried, Carry, PreparedFile, erased_since, reopen};
use crate::store::{Batch, Connection, FILE, SourceRow, Store, StoreError, journal, sources, startup};

/// What is to be in the place of the current file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// A backup, and what senders sent since; with `exact` without that.
    Backup {
        /// Where it is.
        path: std::path::PathBuf,
        /// Only what it holds.
        exact: bool,
    },
    /// Whatever can be read of the current file.
    Salvage,
    /// An empty file, where there is none.
    Empty,
    /// The file as it is, though it is not the one that was written last.
    AsItIs,
}

/// What restoring did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The backup that holds what was there before, if anything was.
    pub kept: Option<BackupName>,
    /// Deliveries that came since, and were carried over.
    pub carried_over: u64,
    /// What people did since: only in the file that was kept.
    pub left_actions: u64,
    /// Imports since: only in the file that was kept.
    pub left_imports: u64,
    /// What could not be read, in plain words.
    pub lost: Vec<String>,
}

impl Restored {
    /// `lost` is what the backup itself did not give up.
    fn of(kept: Option<BackupName>, mut lost: Vec<String>, carried: &[Carried]) -> Restored {
        for line in carried.iter().flat_map(|carried| &carried.lost) {
            if !lost.contains(line) {
                lost.push(line.clone());
            }
        }
        Restored {
            kept,
            carried_over: carried.iter().map(|carried| carried.deliveries).sum(),
            left_actions: carried.iter().map(|carried| carried.left_actions).sum(),
            left_imports: carried.iter().map(|carried| carried.left_imports).sum(),
            lost,
        }
    }
}

/// Places entries that were carried over, in order, as they would have been when they came.
fn place(batch: &mut Batch<'_>, entries: &[i64]) -> Result<(), StoreError> {
    let sources: HashMap<i64, SourceRow> =
        sources::all(batch.transaction())?.into_iter().map(|source| (source.id, source)).collect();
    let mut verified = HashSet::new();
    for seq in entries {
        let Some(entry) = journal::one(batch.transaction(), *seq)? else { continue };
        if let Some(step) = step(batch.transaction(), &sources, &mut verified, *seq, entry)? {
            step.take(batch)?;
        }
    }
    Ok(())
}

/// A file that is being prepared, open.
struct Beside {
    prepared: PreparedFile,
    store: Store,
}

impl Beside {
    /// `erased` is who was erased in the current file: they are not in the new one, whatever the backup holds.
    fn of(
        data: &Path,
        choice: &Choice,
        erased: Option<&Erased>,
        progress: backup::CopyProgress<'_>,
    ) -> Result<Beside, IngestError> {
        let prepared = match choice {
            Choice::Backup { path, .. } => PreparedFile::of(data, path, progress)?,
            Choice::Salvage | Choice::Empty | Choice::AsItIs => PreparedFile::empty(data)?,
        };
        let beside = Beside { store: Store::open_prepared(&prepared)?, prepared };
        match erased.filter(|erased| !erased.is_empty()) {
            Some(erased) if matches!(choice, Choice::Backup { .. }) => {
                // They are found by what is read of them.
                beside.bring_up_to_date()?;
                let prepared = beside.close();
                redact_file(prepared.path(), erased)?;
                Ok(Beside { store: Store::open_prepared(&prepared)?, prepared })
            }
            _ => Ok(beside),
        }
    }

    /// Carries over from a file, and places what came where the projection is this release's.
    fn carry(&self, from: Connection, what: Carry, spare: Option<Connection>) -> Result<Carried, StoreError> {
        self.store.write_blocking(move |batch| {
            let current = is_up_to_date(batch.transaction())?;
            let carried = batch.carry_over(&from, what, spare.as_ref())?;
            if current {
                place(batch, &carried.entries)?;
            }
            Ok(carried)
        })
    }

    /// Reads everything again where another release made the projection, or none did.
    fn bring_up_to_date(&self) -> Result<(), IngestError> {
        Ingest::new(self.store.clone()).bring_up_to_date(|_, _| {})?;
        Ok(())
    }

    /// What guards the doors and points at paths is of this machine, not of the moment a backup was made. `ours` is the
    /// current file, where it can be read; `set` is how backups are kept here.
    fn keep_ours(&self, ours: Option<(Values, Vec<SourceRow>)>, set: &BackupPolicy) -> Result<(), StoreError> {
        let (ours, our_sources) = ours.unwrap_or_else(|| (Values::default(), Vec::new()));
        let set = set.clone();
        self.store.write_blocking(move |batch| {
            let json = sources::setting(batch.transaction(), settings::NAME)?;
            let theirs = json.and_then(|json| serde_json::from_str::<Values>(&json).ok());
            let theirs = theirs.unwrap_or_else(|| ours.clone());
            let theirs_by_uid: HashMap<String, i64> =
                sources::all(batch.transaction())?.into_iter().map(|source| (source.uid, source.id)).collect();
            // Rules that erase are known by the number of their source, which may be another in the new file.
            let here = |(id, days): (&i64, &u32)| {
                let source = our_sources.iter().find(|source| source.id == *id)?;
                Some((*theirs_by_uid.get(&source.uid)?, *days))
            };
            let values = Values {
                retention: ours.retention.iter().filter_map(here).collect(),
                backups: set.clone(),
                ..ours.clone().with_the_business_of(theirs)
            };
            batch.set(settings::NAME, &serde_json::to_string(&values)?)
        })
    }

    /// Closes it: one whole file.
    fn close(self) -> PreparedFile {
        self.store.close();
        drop(self.store);
        self.prepared
    }
}

/// The owner's settings and the services of a file.
fn own_settings(connection: &Connection) -> Result<(Values, Vec<SourceRow>), StoreError> {
    let json = sources::setting(connection, settings::NAME)?;
    let values = json.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default();
    Ok((values, sources::all(connection)?))
}

/// What comes with a backup, beside what is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// Its connected services, each with whether it is connected here, and under the same address.
    pub sources: Vec<(Coming, bool, bool)>,
    /// Deliveries in it.
    pub deliveries: i64,
    /// When the last of them was received, UTC.
    pub newest: Option<DateTime<Utc>>,
}

/// Looks into a backup before it is gone back to. `here` are the services of the current file. Blocks.
///
/// # Errors
/// [`StoreError::Invalid`] with a plain sentence when it cannot be gone back to.
pub fn preview(path: &Path, here: &[SourceRow]) -> Result<Preview, StoreError> {
    let contents = foreign::contents(path)?;
    let beside = |coming: Coming| {
        let known = here.iter().find(|source| source.uid == coming.uid);
        let same_address = known.is_some_and(|known| known.key == coming.key);
        (coming, known.is_some(), same_address)
    };
    Ok(Preview {
        sources: contents.sources.into_iter().map(beside).collect(),
        deliveries: contents.deliveries,
        newest: contents.newest,
    })
}

fn spare(folders: &Folders) -> Option<Connection> {
    folders.list().iter().find_map(|kept| backup::whole(kept).ok())
}

impl Ingest {
    /// Puts a backup, or what can be read of a damaged file, in the place of the file while it is in use. Senders
    /// wait for the last moment of it, and what they sent is in the new file. Blocks.
    ///
    /// # Errors
    /// [`IngestError::Store`] with a plain sentence; then nothing was changed, or the file has its new content and what
    /// was there before is kept as a backup.
    pub fn restore(
        &self,
        set: &BackupPolicy,
        choice: &Choice,
        now: DateTime<Utc>,
        mut progress: impl FnMut(u64, u64) -> bool,
    ) -> Result<Restored, IngestError> {
        let _turn = self.upkeep.wait(|| progress(0, 0))?;
        self.store.in_place()?;
        let folders = self.backup_folders(set);
        let data = self.store.path().parent().unwrap_or(self.store.path()).to_path_buf();
        // Before those who were erased are read: who is erased from here on is missing among them.
        let seen = self.store.read_blocking(journal::last);
        let erased = match (seen.and_then(|seen| Ok((seen, erased_in(&self.store)?))), self.corruption()) {
            (Err(StoreError::Damaged(_)), Some(_)) => None,
            (erased, _) => Some(erased?),
        };
        let (seen, erased) = erased.unzip();
        let beside = Beside::of(&data, choice, erased.as_ref(), &mut progress)?;
        let what = match choice {
            Choice::Backup { exact: true, .. } => Carry::Names,
            Choice::Backup { exact: false, .. } => Carry::Sent { after: i64::MIN },
            Choice::Salvage => Carry::Everything,
            Choice::Empty | Choice::AsItIs => {
                return Err(StoreError::Conflict("The data file is in its place.".into()).into());
            }
        };
        let first = self.store.reader().and_then(|from| beside.carry(from, what, spare(&folders)));
        let mut first = read_at_all(first, choice, || self.corruption().is_some())?;
        let left_out = beside.prepared.lost().to_vec();
        if matches!(choice, Choice::Backup { .. }) {
            let ours = self.store.read_blocking(own_settings).ok();
            beside.keep_ours(ours, set)?;
        }
        if erased.is_none() && matches!(choice, Choice::Backup { .. }) {
            first.lost.push(ERASED_UNKNOWN.into());
        }
        beside.bring_up_to_date()?;

        let (upto, begun) = (first.upto, self.store.path().to_path_buf());
        let (chosen, is_damaged) = (choice.clone(), self.corruption().is_some());
        let (last, kept) = self.store.alone(move |connection| {
            let late = match what {
                Carry::Names => Carry::Names,
                Carry::Sent { .. } | Carry::Everything => Carry::Sent { after: upto },
            };
            let late = backup::reader(&begun).and_then(|from| beside.carry(from, late, None));
            let late = read_at_all(late, &chosen, || is_damaged)?;
            let erased = seen.map(|seen| erased_since(connection, seen)).transpose()?;
            if late.erased || erased == Some(true) {
                return Err(StoreError::Conflict("Somebody was erased just now. Restore again.".into()));
            }
            let prepared = beside.close();
            let kept = backup::keep_before_restore(&begun, &folders.own, now)?;
            if let Err(error) = prepared.replace_open(connection) {
                let _ = backup::remove(&kept);
                return Err(error);
            }
            // From here on what was there before is in `kept` alone.
            reopen(connection, &begun)?;
            Ok((late, kept))
        })?;
        self.store.turned()?;
        self.forget_damage();
        Ok(Restored::of(Some(kept.name), left_out, &[first, last]))
    }
}

/// Puts a backup, or what can be read, in the place of a damaged or missing file that nobody has open; or takes what is
/// there, or nothing, for what is wanted. The caller holds the data. Blocks.
///
/// # Errors
/// [`IngestError::Store`] with a plain sentence; then nothing was changed.
pub fn recover(
    data: &Path,
    set: &BackupPolicy,
    choice: &Choice,
    now: DateTime<Utc>,
    mut progress: impl FnMut(u64, u64) -> bool,
) -> Result<Restored, IngestError> {
    let folders = Folders::of(data, set.folder.as_deref());
    let what = match choice {
        Choice::Backup { exact: true, .. } => Carry::Names,
        Choice::Backup { exact: false, .. } => Carry::Sent { after: i64::MIN },
        Choice::Salvage => Carry::Everything,
        Choice::Empty | Choice::AsItIs => {
            let is_there = startup::holds_file(data);
            match (choice, is_there) {
                (Choice::Empty, true) => return Err(StoreError::Invalid("There is a data file.".into()).into()),
                (Choice::AsItIs, false) => return Err(StoreError::Invalid("There is no data file.".into()).into()),
                _ => {}
            }
            if is_there {
                startup::accept(data)?;
                Store::open(data)?.close();
            } else {
                startup::make_room(data)?;
                Store::begin(data)?.close();
            }
            return Ok(Restored::of(None, Vec::new(), &[]));
        }
    };
    let is_file = data.join(FILE).is_file();
    let opened = match crate::store::restore::readable(data, &folders) {
        Ok(opened) => Ok(opened),
        Err(_) if !is_file => Err("it is not there".into()),
        Err(StoreError::Damaged(why)) if matches!(choice, Choice::Backup { .. }) => Err(why),
        Err(error) => return Err(error.into()),
    };
    let is_read = opened.is_ok();
    let erased = opened.as_ref().ok().and_then(|opened| erased_in_file(opened.path()).ok());
    let beside = Beside::of(data, choice, erased.as_ref(), &mut progress)?;
    if !is_file && !is_read && *choice == Choice::Salvage {
        return Err(StoreError::Invalid("There is no data file to read.".into()).into());
    }
    let mut ours = None;
    let left_out = beside.prepared.lost().to_vec();
    let mut carried = match opened {
        Ok(opened) => match (
            opened.carry_into(|from| {
                ours = own_settings(&from).ok();
                beside.carry(from, what, spare(&folders))
            }),
            choice,
        ) {
            (Err(StoreError::Damaged(why)), Choice::Backup { .. }) => nothing_read(&why),
            (carried, _) => carried?,
        },
        Err(why) if is_file => nothing_read(&why),
        Err(_) => Carried { lost: vec![NOT_THERE.into()], ..Carried::default() },
    };
    if matches!(choice, Choice::Backup { .. }) {
        beside.keep_ours(ours, set)?;
        if erased.is_none() {
            carried.lost.push(ERASED_UNKNOWN.into());
        }
    }
    beside.bring_up_to_date()?;
    let prepared = beside.close();
    let is_kept = data.join(FILE).symlink_metadata().is_ok_and(|about| about.is_file() && about.len() > 0);
    if let Some(aside) = startup::keep_ahead(data)?
        && !is_read
    {
        carried.lost.push(format!(
            "What was written ahead of the data file fits none of the backups. It is kept as {}.",
            aside.display()
        ));
    }
    let kept: BackupFile = backup::place_for(&folders.own, BackupKind::BeforeRestore, now)?;
    prepared.replace_damaged(data, &kept.path)?;
    Ok(Restored::of(is_kept.then_some(kept.name), left_out, &[carried]))
}

/// What is said when nothing was there to carry over from.
const NOT_THERE: &str = "What came after the backup was in the file that is missing.";

/// What is said when a damaged file does not tell who was erased.
const ERASED_UNKNOWN: &str = "Who was erased since the backup could not be read: erase them again.";

/// A backup takes the place of a damaged file also where nothing can be carried over from it.
fn read_at_all(
    carried: Result<Carried, StoreError>,
    choice: &Choice,
    is_damaged: impl FnOnce() -> bool,
) -> Result<Carried, StoreError> {
    match (carried, choice) {
        (Err(StoreError::Damaged(why)), Choice::Backup { .. }) if is_damaged() => Ok(nothing_read(&why)),
        (carried, _) => carried,
    }
}

fn nothing_read(why: &str) -> Carried {
    Carried {
        lost: vec![format!("What came after the backup could not be read from the damaged file: {why}.")],
        ..Carried::default()
    }
}
