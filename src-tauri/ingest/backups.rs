//! Backups made by themselves while the program listens, and on demand.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;

use super::erase::{erased_in, redact_file, still_held};
use super::{Ingest, IngestError};
use crate::clock;
use crate::settings::{Backups, Settings};
use crate::store::StoreError;
use crate::store::backup::{self, Folders, Keep, Kept, Kind};
use crate::store::erase::erasures;
use crate::store::query::status;
use crate::store::restore;

/// How often it is looked whether one is due: soon after a sleep, too.
const LOOK: Duration = Duration::from_secs(60);
/// When one could not be made it is tried again after this time.
const AGAIN: TimeDelta = TimeDelta::minutes(15);

/// What is known of backups besides the files.
#[derive(Debug, Default)]
pub(super) struct Upkeep {
    /// Held by whoever copies the file or puts another in its place: one at a time.
    busy: Mutex<()>,
    problem: Mutex<Option<Problem>>,
}

#[derive(Debug, Clone)]
struct Problem {
    at: DateTime<Utc>,
    text: String,
}

impl Upkeep {
    pub(super) fn begin(&self) -> Result<MutexGuard<'_, ()>, StoreError> {
        match self.busy.try_lock() {
            Ok(guard) => Ok(guard),
            Err(TryLockError::Poisoned(poisoned)) => Ok(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => {
                Err(StoreError::Conflict("A backup or a restore is under way. Try again when it is done.".into()))
            }
        }
    }

    fn note(&self, problem: Option<Problem>) {
        *self.problem.lock().unwrap_or_else(PoisonError::into_inner) = problem;
    }

    fn problem(&self) -> Option<Problem> {
        self.problem.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Ingest {
    /// Where the backups of this file are.
    pub fn backup_folders(&self, set: &Backups) -> Folders {
        let data = self.store.path().parent().unwrap_or(self.store.path());
        Folders::of(data, set.folder.as_deref())
    }

    /// Keeps which folder was picked where it is found without the file: damaged, it cannot be asked.
    pub fn remember_folder(&self, set: &Backups) {
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
        set: &Backups,
        kind: Kind,
        now: DateTime<Utc>,
        mut progress: impl FnMut(u64, u64) -> bool,
    ) -> Result<Kept, IngestError> {
        let _guard = self.upkeep.begin()?;
        // Another file at the path is none of ours.
        self.store.in_place()?;
        let folders = self.backup_folders(set);
        match backup::make(self.store.path(), folders.main(), kind, now, &mut progress) {
            Ok(kept) => {
                self.upkeep.note(None);
                Ok(kept)
            }
            Err(error) => {
                self.upkeep.note(Some(Problem { at: now, text: error.to_string() }));
                Err(error.into())
            }
        }
    }

    /// Takes everybody who was erased out of a backup. Blocks.
    ///
    /// # Errors
    /// [`IngestError::Store`] with a plain sentence; then the backup stays as it was.
    pub fn rewrite_backup(&self, kept: &Kept) -> Result<Kept, IngestError> {
        let _guard = self.upkeep.begin()?;
        let erased = erased_in(&self.store)?;
        Ok(backup::rewrite(kept, |copy| redact_file(copy, &erased).map(drop))?)
    }

    /// The erasures whose people a backup still holds; one that cannot be read is not known to be free of anybody.
    ///
    /// # Errors
    /// [`IngestError::Store`] of the file.
    pub fn held_in(&self, kept: &Kept) -> Result<Vec<String>, IngestError> {
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
        set: &Backups,
        now: DateTime<Utc>,
        progress: impl FnMut(u64, u64) -> bool,
    ) -> Result<Option<Kept>, IngestError> {
        let waits = |problem: Problem| now - problem.at < AGAIN && now >= problem.at;
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
        let kept = self.back_up(set, kind, now, progress)?;
        folders.prune(Keep { daily: set.daily, weekly: set.weekly, monthly: set.monthly })?;
        Ok(Some(kept))
    }

    /// Makes backups when they are due, until the program ends.
    pub async fn keep_backing_up(self, settings: Settings, closing: Arc<watch::Sender<bool>>) {
        let mut ends = closing.subscribe();
        // Left by a program that was killed; nobody else makes backups while this one holds the data.
        let folders = self.backup_folders(&settings.get().backups);
        backup::tidy(&folders.own);
        backup::tidy(folders.main());
        if let Ok(_guard) = self.upkeep.begin()
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
