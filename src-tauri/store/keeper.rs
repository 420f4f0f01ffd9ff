//! The writer's connection, and what is done when the file it has open is not the one at its path any more: nothing
//! is acknowledged, what is open is saved, the owner is told, and it goes on by itself once the file is back.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockWriteGuard, TryLockError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::backup::{self, BackupFile};
use super::guard::{FileGuard, Held, PATIENCE, PathState, breathe, is_at};
use super::pool::Pool;
use super::startup::{self, JournalExtent};
use super::{FILE, Lack, StoreError, connect, journal};
use crate::clock;

/// How long after it failed it is tried again to save what is open: longer each time, up to …
const FIRST_AGAIN: Duration = Duration::from_secs(1);
/// … this.
const AGAIN: Duration = Duration::from_secs(30);

/// The file is not where it was. It is told here as long as that lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Displacement {
    /// Since when, UTC.
    pub since: DateTime<Utc>,
    /// What happened, what it means and what was saved, in plain words.
    pub text: String,
}

/// What the writer's thread and everybody else know of the file.
pub(super) struct Shared {
    pub path: PathBuf,
    readers: RwLock<Option<Pool>>,
    /// Nothing is read any more.
    closed: AtomicBool,
    displaced: Mutex<Option<Displacement>>,
    /// It is being looked whether the file is in its place.
    in_doubt: AtomicBool,
    /// Whoever has it open holds the folder for good, and gives the open file a second name.
    holds: bool,
}

impl Shared {
    pub(super) fn new(path: PathBuf, holds: bool) -> Result<Shared, StoreError> {
        let readers = RwLock::new(Some(connect::readers(&path)?));
        Ok(Shared {
            path,
            readers,
            closed: AtomicBool::new(false),
            displaced: Mutex::default(),
            in_doubt: AtomicBool::new(false),
            holds,
        })
    }

    /// Runs `query` on a reader. What was open is read on while the file is away.
    pub(super) fn read<T>(
        &self,
        query: impl FnOnce(&mut Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let readers = self.readers.read().unwrap_or_else(PoisonError::into_inner);
        let mut connection = readers.as_ref().ok_or_else(|| self.lacking())?.get()?;
        query(&mut connection)
    }

    pub(super) fn displaced(&self) -> Option<Displacement> {
        self.displaced.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn is_in_doubt(&self) -> bool {
        self.in_doubt.load(Ordering::Acquire)
    }

    fn lacking(&self) -> StoreError {
        if self.closed.load(Ordering::Acquire) {
            return StoreError::Stopped;
        }
        StoreError::Displaced(Lack::Open, "The data file is not in its place".into())
    }

    /// That the file at the path is the open one, as far as is known: whoever opens it anew asks first.
    pub(super) fn in_place(&self) -> Result<(), StoreError> {
        if self.displaced().is_none() { Ok(()) } else { Err(self.lacking()) }
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(&self.path)
    }

    /// The pool once nobody reads, and nobody can begin to; `None` where somebody still reads after `patience`.
    fn without_readers(&self, patience: Duration) -> Option<RwLockWriteGuard<'_, Option<Pool>>> {
        let begun = Instant::now();
        loop {
            match self.readers.try_write() {
                Ok(readers) => return Some(readers),
                Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
                Err(TryLockError::WouldBlock) if begun.elapsed() >= patience => return None,
                Err(TryLockError::WouldBlock) => breathe(),
            }
        }
    }
}

/// What is known while the file is away.
struct Away {
    found: PathState,
    saved: Option<BackupFile>,
    /// Why it could not be saved, when that is tried again, and how long that is.
    failed: Option<(String, Instant, Duration)>,
}

/// The writer's connection with what watches over it.
pub(super) struct Keeper {
    shared: Arc<Shared>,
    /// Nothing where it could not be opened anew.
    open: Option<(Connection, FileGuard)>,
    /// The main file while nothing is open: whole by itself, and there as long as it is held.
    alone: Option<Held>,
    away: Option<Away>,
    /// What was saved last, and how much had been changed by then.
    saved: Option<(u64, BackupFile)>,
    noted: Option<JournalExtent>,
}

impl Keeper {
    pub(super) fn new(shared: Arc<Shared>, connection: Connection) -> Result<Keeper, StoreError> {
        let guard = FileGuard::of(&shared.path)?;
        let mut keeper =
            Keeper { open: Some((connection, guard)), alone: None, shared, away: None, saved: None, noted: None };
        keeper.keep_open();
        keeper.note();
        Ok(keeper)
    }

    /// The connection.
    ///
    /// # Errors
    /// [`StoreError::Displaced`] where there is none.
    pub(super) fn connection(&mut self) -> Result<&mut Connection, StoreError> {
        self.open.as_mut().map(|(connection, _)| connection).ok_or_else(|| self.shared.lacking())
    }

    pub(super) fn is_away(&self) -> bool {
        self.away.is_some()
    }

    /// Whether what is written is at the path, for whoever wants to acknowledge it.
    ///
    /// # Errors
    /// [`StoreError::Displaced`] where it is not.
    pub(super) fn look(&mut self) -> Result<(), StoreError> {
        self.shared.in_doubt.store(true, Ordering::Release);
        let looked = self.look_at_path();
        self.shared.in_doubt.store(false, Ordering::Release);
        looked
    }

    fn look_at_path(&mut self) -> Result<(), StoreError> {
        let found = match self.compare() {
            Err(PathState::Beside) => self.open_anew(),
            found => found,
        };
        match found {
            Ok(()) => {
                if self.away.take().is_some() {
                    tracing::info!("the data file is in its place again");
                    *self.shared.displaced.lock().unwrap_or_else(PoisonError::into_inner) = None;
                    self.keep_open();
                }
                Ok(())
            }
            Err(found) => Err(self.is_displaced(found)),
        }
    }

    /// For how long another program may be in the middle of what it does by rights. Once the file is known to be away,
    /// whoever sends is told so at once, and not after a wait of its own.
    fn patience(&self) -> Duration {
        if self.is_away() { Duration::ZERO } else { PATIENCE }
    }

    fn compare(&mut self) -> Result<(), PathState> {
        let (begun, patience) = (Instant::now(), self.patience());
        loop {
            let found = self.open.as_mut().map_or(Err(PathState::Beside), |(_, guard)| guard.look(patience));
            if found != Err(PathState::Touched) {
                return found;
            }
            // A program that was killed while it moved into the file what is written ahead did no harm; and a disk
            // that is full does the same.
            if self.reads_the_same() {
                self.renew();
                return Ok(());
            }
            if begun.elapsed() >= patience {
                return Err(PathState::WrittenOver);
            }
            breathe();
        }
    }

    /// Somebody did to the file what only the writer may do: its content is what it is now.
    pub(super) fn renew(&mut self) {
        if let Some((_, guard)) = &mut self.open {
            guard.renew();
        }
    }

    /// Whether somebody who opens the file now reads what was written last.
    fn reads_the_same(&self) -> bool {
        let read =
            |connection: &Connection| Some((JournalExtent::of(connection).ok()?, beside_the_journal(connection).ok()?));
        let there = connect::reader(&self.shared.path).ok().and_then(|connection| read(&connection));
        there.is_some() && there == self.open.as_ref().and_then(|(connection, _)| read(connection))
    }

    fn is_displaced(&mut self, found: PathState) -> StoreError {
        let words = what_happened(&found);
        if self.away.as_ref().is_none_or(|away| away.found != found) {
            tracing::error!("{words}: {}. Nothing is taken in until it is back.", self.shared.path.display());
            // Moved, it is whole by itself then; and what is written ahead of it is not taken for another file's.
            if let Some((connection, _)) = &self.open
                && !matches!(found, PathState::WrittenOver | PathState::Beside)
            {
                let _ = connect::checkpoint(connection, PATIENCE, connect::PATIENCE);
            }
            // A start that finds an older file knows it by that.
            self.note();
            let saved = self.away.take().and_then(|away| away.saved);
            self.away = Some(Away { found, saved, failed: None });
            self.tell();
        }
        StoreError::Displaced(Lack::Open, format!("{words}. Nothing is taken in until it is back"))
    }

    fn tell(&self) {
        let Some(away) = &self.away else { return };
        let until = match away.found {
            PathState::WrittenOver => "Leadtrail is started again and you choose what to go back to",
            _ => "it is back",
        };
        let mut text = format!(
            "{}: {}. Nothing is taken in until {until}; services are asked to send again.",
            what_happened(&away.found),
            self.shared.path.display()
        );
        match (&away.saved, &away.failed) {
            (Some(saved), _) => text.push_str(&format!(" What was open is saved as {}.", saved.name)),
            (None, Some((why, ..))) => text.push_str(&format!(" What was open could not be saved: {why}")),
            (None, None) => {}
        }
        let mut displaced = self.shared.displaced.lock().unwrap_or_else(PoisonError::into_inner);
        let since = displaced.as_ref().map_or_else(clock::now, |known| known.since);
        *displaced = Some(Displacement { since, text });
    }

    /// Saves what is open while the file is away, once; `meanwhile` is called in between. Answers whether it did.
    pub(super) fn save(&mut self, meanwhile: &mut dyn FnMut()) -> bool {
        let Some(away) = &mut self.away else { return false };
        let held = self.open.as_ref().map(|(_, guard)| guard.main()).or(self.alone.as_ref());
        let Some(main) = held else { return false };
        // Deleted with all the rest, it is saved once more.
        away.saved = away.saved.take().filter(|kept| kept.path.exists());
        let waits = away.failed.as_ref().is_some_and(|(_, again, _)| *again > Instant::now());
        // Moved as a whole, nothing is in danger, and nothing may be in the way of moving it back.
        let is_elsewhere = away.found == PathState::NoFolder && !main.is_nameless();
        if away.saved.is_some() || waits || is_elsewhere {
            return false;
        }
        let changes = self.open.as_ref().map(|(connection, _)| connection.total_changes());
        let known = self.saved.as_ref().filter(|(then, kept)| Some(*then) == changes && kept.path.exists());
        let folder = self.shared.folder().join(backup::FOLDER);
        let saved = match (known, &self.open) {
            (Some((_, kept)), _) => Ok(kept.clone()),
            (None, Some((connection, _))) => backup::save_open(connection, &folder, clock::now(), meanwhile),
            (None, None) => backup::save_alone(|to| main.copy_into(to), &folder, clock::now(), meanwhile),
        };
        match saved {
            Ok(kept) => {
                tracing::warn!("what was open is saved as {}", kept.path.display());
                self.saved = changes.map(|changes| (changes, kept.clone()));
                away.saved = Some(kept);
            }
            Err(error) => {
                tracing::error!("what was open could not be saved: {error}");
                let before = away.failed.as_ref().map_or(FIRST_AGAIN / 2, |(_, _, pause)| *pause);
                let pause = AGAIN.min(before * 2);
                away.failed = Some((error.to_string(), Instant::now() + pause, pause));
            }
        }
        self.tell();
        true
    }

    /// What is written ahead, or its index, was taken away from a file that is right: everything goes into the file,
    /// and all is opened anew.
    fn open_anew(&mut self) -> Result<(), PathState> {
        let shared = self.shared.clone();
        let held = self.open.as_ref().map(|(_, guard)| guard.main()).or(self.alone.as_ref());
        if !held.is_some_and(|main| is_at(&shared.path, main.id())) {
            return Err(if self.open.is_some() { PathState::Beside } else { PathState::Another });
        }
        // Whoever reads what was written ahead reads to the end first; while somebody does, this is tried again later.
        let patience = self.patience();
        let Some(mut readers) = shared.without_readers(patience) else { return Err(PathState::Beside) };
        if let Some((connection, guard)) = &self.open {
            if !connect::checkpoint(connection, patience, connect::PATIENCE) {
                return Err(PathState::Beside);
            }
            let aside = if guard.has_ahead() { Ok(None) } else { startup::put_aside(guard.ahead()) };
            if let Err(error) = aside {
                return Err(PathState::Unknown(error.to_string()));
            }
            if !guard.has_index() {
                let _ = std::fs::remove_file(guard.index());
            }
        }
        self.note();
        *readers = None;
        // The main file is whole by itself now. It is held until it is known to be open again: whoever deletes or
        // replaces it meanwhile takes nothing away, and what lies there then is not taken for it.
        let main = match self.open.take() {
            Some((connection, guard)) => {
                // SQLite first: closing the other handles lets go of its locks.
                drop(connection);
                guard.into_main()
            }
            None => self.alone.take().ok_or(PathState::Another)?,
        };
        let opened = connect::writer_of(&shared.path).and_then(|connection| {
            journal::last(&connection)?;
            Ok((connection, connect::readers(&shared.path)?))
        });
        let opened = match opened {
            Ok(opened) if is_at(&shared.path, main.id()) => Ok(opened),
            Ok(_) => Err(PathState::Another),
            Err(_) if !is_at(&shared.path, main.id()) => Err(PathState::Another),
            Err(error) => Err(PathState::Unknown(error.to_string())),
        };
        let (connection, pool) = match opened {
            Ok(opened) => opened,
            Err(found) => {
                self.alone = Some(main);
                return Err(found);
            }
        };
        match FileGuard::with(&shared.path, main) {
            Ok(guard) => {
                tracing::warn!("what is written ahead of the data file was taken away; nothing of it is missing");
                *readers = Some(pool);
                self.open = Some((connection, guard));
                // Its changes are counted from nothing.
                self.saved = None;
                drop(readers);
                self.keep_open();
                Ok(())
            }
            Err((main, error)) => {
                self.alone = Some(main);
                Err(PathState::Unknown(error.to_string()))
            }
        }
    }

    /// Moves what is written ahead into the file where that has become long, and gives the room back. For a moment in which
    /// nobody waits: where somebody reads on, it is tried again later.
    pub(super) fn shorten(&mut self) {
        let Some((connection, guard)) = &self.open else { return };
        let size = guard.ahead().metadata().map_or(0, |about| about.len());
        if size > connect::AHEAD.unsigned_abs() * 5 / 4 && self.away.is_none() {
            connect::checkpoint(connection, SHORTLY, connect::PATIENCE);
            self.renew();
        }
    }

    fn keep_open(&self) {
        if self.shared.holds
            && let Some((_, guard)) = &self.open
        {
            startup::keep_open(guard.path(), self.shared.folder());
        }
    }

    /// Notes beside the file how far it goes, where that changed.
    pub(super) fn note(&mut self) {
        // Not of a file that is only being prepared.
        let is_ours = self.shared.path.file_name().is_some_and(|name| name == FILE);
        let Some((connection, _)) = self.open.as_ref().filter(|_| is_ours) else { return };
        let Ok(reach) = JournalExtent::of(connection) else { return };
        if self.noted == Some(reach) {
            return;
        }
        match startup::note(self.shared.folder(), reach) {
            Ok(()) => self.noted = Some(reach),
            Err(error) => tracing::debug!("how far the data goes could not be noted: {error}"),
        }
    }

    /// Closes the file: one tidy file for whoever copies it.
    pub(super) fn close(mut self) {
        // What was done to it since the last look counts too.
        let _ = self.look();
        self.save(&mut || {});
        self.note();
        let written_over = self.away.as_ref().is_some_and(|away| away.found == PathState::WrittenOver);
        let is_kept = self.away.as_ref().is_none_or(|away| away.saved.is_some());
        let shared = self.shared.clone();
        let readers = shared.without_readers(PATIENCE);
        if let Some((connection, guard)) = self.open.take() {
            if !written_over {
                let _ = connect::checkpoint(&connection, PATIENCE, connect::PATIENCE);
            }
            if self.away.is_some() {
                // The last to close a file deletes what is written ahead by its path, where another's may lie.
                let _ = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
            }
            match readers {
                Some(mut readers) => {
                    shared.closed.store(true, Ordering::Release);
                    // SQLite first, and all of it: closing the other handle lets go of its locks.
                    *readers = None;
                    drop(connection);
                    drop(guard);
                }
                None => {
                    // Somebody reads on, and needs its locks for as long as that takes.
                    drop(connection);
                    std::mem::forget(guard);
                }
            }
        }
        if self.shared.holds && is_kept {
            startup::let_go(self.shared.folder());
        }
    }
}

/// How long a reader is waited for where nothing depends on it.
const SHORTLY: Duration = Duration::from_millis(20);

/// What a copy with the same journal may be behind in: services, their keys, settings, and numbers that were given out.
fn beside_the_journal(connection: &Connection) -> Result<String, StoreError> {
    let mut all = String::new();
    for sql in [
        "SELECT name || ' ' || seq FROM sqlite_sequence ORDER BY name",
        "SELECT id || ' ' || uid || ' ' || key || ' ' || name || ' ' || ifnull(closed_at, '') FROM sources ORDER BY id",
        "SELECT id || ' ' || ifnull(removed_at, '') FROM source_keys ORDER BY id",
        "SELECT name || ' ' || value FROM settings ORDER BY name",
    ] {
        let mut statement = connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            all.push_str(&row.get::<_, String>(0)?);
            all.push('\n');
        }
    }
    Ok(all)
}

fn what_happened(found: &PathState) -> String {
    match found {
        PathState::Nothing => "The data file was moved or deleted while Leadtrail was running".into(),
        PathState::NoFolder => "The data folder was moved or deleted, or its disk is gone".into(),
        PathState::Another => "Another file lies in the place of the data file".into(),
        PathState::NoFile => "A folder or a link lies in the place of the data file".into(),
        PathState::Unknown(why) => format!("The data file cannot be reached any more ({why})"),
        PathState::Beside => "What Leadtrail writes ahead of the data file was moved or deleted".into(),
        PathState::WrittenOver | PathState::Touched => "The data file was written over by another program".into(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::store::guard::BREATHS;
    use crate::store::migrations;

    fn keeper(folder: &Path) -> Keeper {
        let path = folder.join(FILE);
        let mut connection = connect::writer(&path).unwrap();
        migrations::migrate(&mut connection).unwrap();
        Keeper::new(Arc::new(Shared::new(path, false).unwrap()), connection).unwrap()
    }

    /// How often one look waited.
    fn waits(keeper: &mut Keeper) -> u32 {
        let before = BREATHS.get();
        assert!(keeper.look().is_err());
        BREATHS.get() - before
    }

    #[test]
    fn a_file_that_was_written_over_is_waited_for_once() {
        let letter = b"hello, this is a letter\n".repeat(4000);
        for over in [&letter[..], b""] {
            let folder = tempfile::tempdir().unwrap();
            let mut keeper = keeper(folder.path());
            std::fs::write(&keeper.shared.path, over).unwrap();
            assert!(waits(&mut keeper) > 0, "another program may be at it by rights");
            assert_eq!(waits(&mut keeper), 0, "whoever sends is answered at once");
            assert_eq!(waits(&mut keeper), 0);
        }
    }

    #[test]
    fn what_is_written_ahead_and_was_emptied_is_waited_for_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut keeper = keeper(folder.path());
        std::fs::write(keeper.open.as_ref().unwrap().1.ahead(), b"").unwrap();
        assert!(waits(&mut keeper) > 0);
        assert_eq!(waits(&mut keeper), 0);
    }

    #[cfg(unix)]
    #[test]
    fn what_cannot_be_opened_anew_yet_is_waited_for_once_and_gone_on_with() {
        let folder = tempfile::tempdir().unwrap();
        let mut keeper = keeper(folder.path());
        let shared = keeper.shared.clone();
        let reading = shared.readers.read().unwrap();
        std::fs::remove_file(keeper.open.as_ref().unwrap().1.ahead()).unwrap();
        assert!(waits(&mut keeper) > 0, "somebody reads");
        assert_eq!(waits(&mut keeper), 0);
        drop(reading);
        assert!(keeper.look().is_ok());
        assert!(!keeper.is_away());
    }
}
