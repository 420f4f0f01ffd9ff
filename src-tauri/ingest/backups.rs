//! Backups made by themselves while the program listens, and on demand.

use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;

use super::erase::{erased_in, redact_file, still_held};
use super::{Ingest, IngestError};
use crate::clock;
use crate::fs::OwnFiles;
use crate::settings::{BackupPolicy, Settings};
use crate::store::backup::{self, BackupFile, BackupKind, Folders, Keep};
use crate::store::erase::erasures;
use crate::store::query::status;
use crate::store::restore;
use crate::store::{Store, StoreError, startup};

/// How often it is looked whether one is due: soon after a sleep, too.
const LOOK: Duration = Duration::from_secs(60);
/// When one could not be made it is tried again after this time.
const AGAIN: TimeDelta = TimeDelta::minutes(15);
/// How soon somebody who waits notices that the program is closing.
const LOOK_UP: Duration = Duration::from_millis(100);

/// What is known of backups besides the files.
#[derive(Debug, Default)]
pub(super) struct Upkeep {
    turns: Mutex<UpkeepQueue>,
    passed: Condvar,
    problem: Mutex<Option<BackupProblem>>,
}

/// Who copies the file or puts another in its place: one at a time, in the order in which they came.
#[derive(Debug, Default)]
struct UpkeepQueue {
    /// The number of whoever is at it.
    now: u64,
    /// The next number to be given out.
    next: u64,
    /// Those who no longer wait.
    left: BTreeSet<u64>,
}

impl UpkeepQueue {
    fn pass(&mut self) {
        self.now += 1;
        while self.left.remove(&self.now) {
            self.now += 1;
        }
    }
}

/// Somebody's turn, until this is dropped.
#[derive(Debug)]
pub(super) struct UpkeepTurn<'a> {
    upkeep: &'a Upkeep,
}

impl Drop for UpkeepTurn<'_> {
    fn drop(&mut self) {
        self.upkeep.turns().pass();
        self.upkeep.passed.notify_all();
    }
}

#[derive(Debug, Clone)]
struct BackupProblem {
    at: DateTime<Utc>,
    text: String,
}

impl Upkeep {
    fn turns(&self) -> MutexGuard<'_, UpkeepQueue> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a turn: what a person asked for is done after what is under way. While it waits, `goes_on` says whether
    /// it is wanted still.
    pub(super) fn wait(&self, mut goes_on: impl FnMut() -> bool) -> Result<UpkeepTurn<'_>, StoreError> {
        let mut turns = self.turns();
        let mine = turns.next;
        turns.next += 1;
        while turns.now != mine {
            turns = self.passed.wait_timeout(turns, LOOK_UP).unwrap_or_else(PoisonError::into_inner).0;
            if turns.now != mine && !goes_on() {
                turns.left.insert(mine);
                return Err(StoreError::Stopped);
            }
        }
        Ok(UpkeepTurn { upkeep: self })
    }

    /// A turn, unless somebody is at it or waits.
    pub(super) fn at_once(&self) -> Option<UpkeepTurn<'_>> {
        let mut turns = self.turns();
        if turns.now != turns.next {
            return None;
        }
        turns.next += 1;
        Some(UpkeepTurn { upkeep: self })
    }

    fn note(&self, problem: Option<BackupProblem>) {
        *self.problem.lock().unwrap_or_else(PoisonError::into_inner) = problem;
    }

    fn problem(&self) -> Option<BackupProblem> {
        self.problem.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Ingest {
    /// Where the backups of this file are.
    pub fn backup_folders(&self, set: &BackupPolicy) -> Folders {
        let data = self.store.path().parent().unwrap_or(self.store.path());
        Folders::of(data, set.folder.as_deref())
    }

    /// What a folder was when it was picked, it need not be any more: backups are neither put nor deleted among other files
    /// of ours, nor among those of another data folder.
    fn takes_backups(&self, folders: &Folders) -> Result<(), StoreError> {
        let data = self.store.path().parent().unwrap_or(self.store.path());
        let fits = OwnFiles::of(data, None).takes_backups(folders.main());
        fits.map_err(|refused| StoreError::Invalid(refused.to_string()))
    }

    /// Keeps which folder was picked where it is found without the file: damaged, it cannot be asked.
    pub fn remember_folder(&self, set: &BackupPolicy) {
        let data = self.store.path().parent().unwrap_or(self.store.path());
        if let Err(error) = backup::remember(data, set.folder.as_deref()) {
            tracing::warn!("the folder of backups could not be noted beside the data: {error}");
        }
    }

    /// Why the last backup could not be made, in plain words.
    pub fn backup_problem(&self) -> Option<String> {
        self.upkeep.problem().map(|problem| problem.text)
    }

    /// Makes a backup now. Blocks, and senders are served meanwhile.
    ///
    /// # Errors
    /// [`IngestError::Store`] with a plain sentence.
    pub fn back_up(
        &self,
        set: &BackupPolicy,
        kind: BackupKind,
        now: DateTime<Utc>,
        mut progress: impl FnMut(u64, u64) -> bool,
    ) -> Result<BackupFile, IngestError> {
        let turn = self.upkeep.wait(|| progress(0, 0))?;
        self.make_backup(&turn, set, kind, now, progress)
    }

    /// Whoever has the turn makes a backup.
    fn make_backup(
        &self,
        _turn: &UpkeepTurn<'_>,
        set: &BackupPolicy,
        kind: BackupKind,
        now: DateTime<Utc>,
        mut progress: impl FnMut(u64, u64) -> bool,
    ) -> Result<BackupFile, IngestError> {
        // Another file at the path is none of ours.
        self.store.in_place()?;
        let folders = self.backup_folders(set);
        let fits = self.takes_backups(&folders);
        match fits.and_then(|()| backup::make(self.store.path(), folders.main(), kind, now, &mut progress)) {
            Ok(kept) => {
                self.upkeep.note(None);
                self.drop_aside();
                Ok(kept)
            }
            // Who closes the program knows.
            Err(StoreError::Stopped) => Err(StoreError::Stopped.into()),
            Err(error) => {
                self.upkeep.note(Some(BackupProblem { at: now, text: error.to_string() }));
                Err(error.into())
            }
        }
    }

    /// Once a backup is whole, nothing that was put aside is of use, and who was erased may be in it.
    fn drop_aside(&self) {
        let was_erased = self.store.read_blocking(erasures).is_ok_and(|all| !all.is_empty());
        if was_erased
            && let Some(folder) = self.store.path().parent()
            && let Err(error) = startup::drop_aside(folder)
        {
            tracing::warn!("what was put aside could not be deleted: {error}");
        }
    }

    /// Takes everybody who was erased out of a backup. Blocks.
    ///
    /// # Errors
    /// [`IngestError::Store`] with a plain sentence; then the backup stays as it was.
    pub fn rewrite_backup(&self, kept: &BackupFile) -> Result<BackupFile, IngestError> {
        let _turn = self.upkeep.wait(|| true)?;
        let erased = erased_in(&self.store)?;
        Ok(backup::rewrite(kept, |copy| {
            // People are found by what is read of them.
            let store = Store::open_copy(copy)?;
            let read = Ingest::new(store.clone()).bring_up_to_date(|_, _| {});
            store.close();
            drop(store);
            match read {
                Ok(_) => redact_file(copy, &erased).map(drop),
                Err(IngestError::Store(error)) => Err(error),
                Err(error) => Err(StoreError::Internal(error.to_string())),
            }
        })?)
    }

    /// The erasures whose people a backup still holds; one that cannot be read is not known to be free of anybody.
    ///
    /// # Errors
    /// [`IngestError::Store`] of the file.
    pub fn held_in(&self, kept: &BackupFile) -> Result<Vec<String>, IngestError> {
        match still_held(&self.store, &kept.path, kept.name.made_at) {
            Ok(held) => Ok(held),
            Err(_) => Ok(self.store.read_blocking(erasures)?.into_iter().map(|erasure| erasure.id).collect()),
        }
    }

    /// Makes the backup that is due, if one is, and deletes those that are no longer kept. Blocks.
    ///
    /// # Errors
    /// [`IngestError::Store`] with a plain sentence.
    pub fn back_up_if_due(
        &self,
        set: &BackupPolicy,
        now: DateTime<Utc>,
        progress: impl FnMut(u64, u64) -> bool,
    ) -> Result<Option<BackupFile>, IngestError> {
        let waits = |problem: BackupProblem| now - problem.at < AGAIN && now >= problem.at;
        if !set.on || self.upkeep.problem().is_some_and(waits) {
            return Ok(None);
        }
        let folders = self.backup_folders(set);
        let Some(kind) = backup::due(&folders.list(), now) else { return Ok(None) };
        // Nothing in it, nothing to lose.
        let standing = self.store.read_blocking(status::standing)?;
        if standing.seq == 0 && !standing.any_source {
            return Ok(None);
        }
        // Whoever is at it, or waits, comes first; it is looked again soon.
        let Some(turn) = self.upkeep.at_once() else { return Ok(None) };
        let kept = self.make_backup(&turn, set, kind, now, progress)?;
        folders.prune(Keep { daily: set.daily, weekly: set.weekly, monthly: set.monthly })?;
        Ok(Some(kept))
    }

    /// Makes backups when they are due, until the program ends.
    pub async fn keep_backing_up(self, settings: Settings, closing: Arc<watch::Sender<bool>>) {
        let mut ends = closing.subscribe();
        // Left by a program that was killed; nobody else makes backups while this one holds the data.
        let folders = self.backup_folders(&settings.get().backups);
        backup::tidy(&folders.own);
        if self.takes_backups(&folders).is_ok() {
            backup::tidy(folders.main());
        }
        if let Some(_turn) = self.upkeep.at_once()
            && let Some(data) = self.store.path().parent()
        {
            restore::tidy(data);
        }
        let (ingest, set) = (self.clone(), settings.get().backups.clone());
        let _ = tokio::task::spawn_blocking(move || ingest.remember_folder(&set)).await;
        loop {
            let (ingest, set, goes_on) = (self.clone(), settings.get().backups.clone(), closing.clone());
            let done = tokio::task::spawn_blocking(move || {
                ingest.back_up_if_due(&set, clock::now(), |_, _| !*goes_on.borrow())
            });
            match done.await {
                Ok(Ok(Some(kept))) => tracing::info!("the backup {} was made", kept.name),
                Ok(Ok(None)) => {}
                Ok(Err(error)) => tracing::error!("no backup could be made: {error}"),
                Err(error) => tracing::error!("no backup could be made: {error}"),
            }
            tokio::select! {
                _ = ends.wait_for(|closing| *closing) => return,
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }
}
