//! Another file in the place of this one: prepared beside it, with what may not be lost carried over, and then put
//! in its place in one step.
//!
//! A file that is open is replaced by SQLite itself, page by page in one transaction: readers of the old one finish,
//! other programs notice, and after a pulled plug it is either the old or the new one. One that is damaged cannot be
//! written to, so it is renamed; a note says what is under way, and whoever opens the data next finishes it.

mod carry;
mod entries;

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::backup::Backup;
use serde::{Deserialize, Serialize};

use super::backup::{Folders, UnfinishedFile, beside, step_through, sync_folder};
use super::erase::last_tombstone;
use super::foreign::{Adoption, Foreign, cannot_be_restored};
use super::salvage::SalvageCopy;
use super::{FILE, StoreError, ahead, backup, connect, startup};
pub(super) use entries::{can_be_read, stands_without_words};

/// The file that is prepared, in the data folder: on the same disk as the one whose place it takes.
const PREPARED: &str = "leadtrail.restoring.sqlite";
/// The readable copy of a damaged file.
const READABLE: &str = "leadtrail.reading.sqlite";
/// A backup with what was written ahead.
const TOGETHER: &str = "leadtrail.together.sqlite";
/// What is under way while a damaged file is renamed.
const NOTE: &str = "leadtrail.restoring.json";

/// What is to be carried over from the current file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carry {
    /// What senders sent after this number of the journal, and how they are connected.
    Sent {
        /// Everything up to it is there.
        after: i64,
    },
    /// Nothing but the names and numbers that were given out.
    Names,
    /// Whatever can be read: the file begins empty.
    Everything,
}

/// What was carried over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Carried {
    /// Entries of the journal that are new in the file, in order: to be placed.
    pub entries: Vec<i64>,
    /// Deliveries among them.
    pub deliveries: u64,
    /// What people did since, left out.
    pub left_actions: u64,
    /// Imports since, left out.
    pub left_imports: u64,
    /// The last number of the journal that was looked at.
    pub upto: i64,
    /// People were erased since the number that was begun with.
    pub erased: bool,
    /// What could not be read, in plain words.
    pub lost: Vec<String>,
}

/// A file that is being prepared. It is removed again unless it took the other's place.
#[derive(Debug)]
pub struct PreparedFile {
    file: UnfinishedFile,
    lost: Vec<String>,
}

impl PreparedFile {
    /// The rows of a backup in a file of our own schema, once all of it was looked at.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] with a plain sentence when the backup cannot be used.
    pub fn of(data: &Path, from: &Path, progress: backup::CopyProgress<'_>) -> Result<PreparedFile, StoreError> {
        let file = UnfinishedFile::new(data.join(PREPARED))?;
        let rows = Foreign::open(from).and_then(|foreign| foreign.copy_into(&file.path, Adoption::Rows, progress));
        let lost = rows.map_err(|error| cannot_be_restored(from, error))?;
        Ok(PreparedFile { file, lost })
    }

    /// An empty file.
    ///
    /// # Errors
    /// [`StoreError::Disk`].
    pub fn empty(data: &Path) -> Result<PreparedFile, StoreError> {
        Ok(PreparedFile { file: UnfinishedFile::new(data.join(PREPARED))?, lost: Vec::new() })
    }

    /// What of the backup could not be read, in plain words.
    pub fn lost(&self) -> &[String] {
        &self.lost
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.file.path
    }

    /// Puts its content in the place of that of the open file: all of it or nothing.
    ///
    /// # Errors
    /// [`StoreError`]; then the old content stands.
    pub fn replace_open(&self, connection: &mut Connection) -> Result<(), StoreError> {
        let from = backup::read_only(&self.file.path)?;
        let replacing = Backup::new(&from, connection)?;
        step_through(&replacing, &mut |_, _| true)
    }

    /// Takes the place of a damaged file that nobody has open, which is kept under `aside`.
    ///
    /// # Errors
    /// [`StoreError::Disk`].
    pub fn replace_damaged(self, data: &Path, aside: &Path) -> Result<(), StoreError> {
        if let Some(folder) = aside.parent() {
            backup::make_folder(folder)?;
        }
        File::open(&self.file.path).and_then(|file| file.sync_all())?;
        let note = data.join(NOTE);
        crate::fs::put(&note, &serde_json::to_vec(&UnderWay { aside: aside.to_path_buf() })?)?;
        // From here on it is finished by whoever opens the data next.
        std::mem::forget(self);
        finish(data)
    }
}

/// Opens the file at `path` anew once its content is another: whatever the connection remembers is of the old one.
///
/// # Errors
/// [`StoreError`]; the content is the new one all the same.
pub fn reopen(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    *connection = connect::writer_of(path)?;
    let _ = connection.pragma_update(None, "wal_checkpoint", "TRUNCATE");
    Ok(())
}

#[derive(Serialize, Deserialize)]
struct UnderWay {
    aside: PathBuf,
}

impl UnderWay {
    fn is_sound(&self, data: &Path) -> bool {
        let name = self.aside.file_name().and_then(|name| name.to_str());
        let folder = self.aside.parent().and_then(|folder| folder.canonicalize().ok());
        folder.is_some()
            && folder == data.join(backup::FOLDER).canonicalize().ok()
            && name
                .and_then(backup::BackupName::parse)
                .is_some_and(|name| name.kind == backup::BackupKind::BeforeRestore)
    }
}

/// Finishes what a program that was killed had begun: a prepared file takes the place of a damaged one.
///
/// # Errors
/// [`StoreError::Disk`].
pub fn finish(data: &Path) -> Result<(), StoreError> {
    let note = data.join(NOTE);
    match note.symlink_metadata() {
        Err(_) => return Ok(()),
        // It is not ours.
        Ok(about) if !about.is_file() => return startup::put_aside(&note).map(drop),
        Ok(_) => {}
    }
    let file = match File::open(&note) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    // Two programs that are started at once do not do it twice.
    file.lock()?;
    let Ok(words) = fs::read(&note) else { return Ok(()) };
    let Ok(under_way) = serde_json::from_slice::<UnderWay>(&words) else {
        // Whatever it said: the file that is there is gone on with, and where none is, its owner chooses once more.
        tracing::warn!("what was to be restored cannot be read: {}", note.display());
        return startup::put_aside(&note).map(drop);
    };
    let (prepared, main) = (data.join(PREPARED), data.join(FILE));
    // What is moved out of the way goes where backups are, under a name of one that is not there yet.
    if prepared.exists() && under_way.is_sound(data) {
        // What was written ahead belongs to the old file; it goes first, so that it is never taken for the new one's.
        for end in ["-wal", "-shm", ""] {
            let part = beside(&main, end);
            match part.symlink_metadata() {
                Err(_) => {}
                // SQLite makes its index anew; and nothing is nothing to keep.
                Ok(about) if end == "-shm" || (about.is_file() && about.len() == 0) => fs::remove_file(&part)?,
                Ok(_) => fs::rename(&part, beside(&under_way.aside, end))?,
            }
        }
        // What said how far the old one went says nothing of this one.
        startup::accept(data)?;
        fs::rename(&prepared, &main)?;
        sync_folder(data);
    }
    fs::remove_file(&note)?;
    sync_folder(data);
    Ok(())
}

/// Removes what a program that was killed while it restored left half made. Only for whoever holds the data, after
/// it was opened: what was to be finished is finished then.
pub fn tidy(data: &Path) {
    for name in [PREPARED, READABLE, TOGETHER] {
        for end in ["", "-wal", "-shm", "-journal"] {
            let _ = fs::remove_file(beside(&data.join(name), end));
        }
    }
}

/// A readable copy of the damaged or missing file in `data`: what is left of it, or, where that is not whole, a backup
/// with what was written ahead, where both together are the file as it was.
///
/// # Errors
/// [`StoreError::Damaged`] when nothing of it can be read.
pub fn readable(data: &Path, backups: &Folders) -> Result<SalvageCopy, StoreError> {
    let main = data.join(FILE);
    // A pipe would keep us waiting for its other end.
    let own = match main.is_file() {
        true => super::salvage::open_damaged(&main, &data.join(READABLE)),
        false => Err(StoreError::Damaged("it is not there".into())),
    };
    let is_whole = |opened: &SalvageCopy| matches!(backup::integrity(&opened.connection, "quick_check"), Ok(None));
    if own.as_ref().is_ok_and(is_whole) {
        return own;
    }
    let together = ahead::over_a_backup(data, backups, &data.join(TOGETHER));
    let goes_as_far = |opened: &SalvageCopy| match &own {
        Ok(own) => own.goes_no_further_than(opened),
        Err(_) => true,
    };
    match together.filter(goes_as_far) {
        Some(together) => Ok(together),
        None => own,
    }
}

/// Whether anything was erased after this number of the journal.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn erased_since(connection: &Connection, seq: i64) -> Result<bool, StoreError> {
    Ok(last_tombstone(connection)? > seq)
}
