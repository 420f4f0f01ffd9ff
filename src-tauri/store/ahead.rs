//! A backup with what was written ahead of a file that was cut off since: both together are the file as it was.
//!
//! What is written ahead (`-wal`) holds whole pages, all that changed since it began. Where it began before the backup
//! was made, the backup has every other page. SQLite does not say whether that is so; it is taken for true only where
//! everything fits: the pages hang together with all their indices, no entry of the journal is missing between the two,
//! and it goes as far as what was noted beside the file.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use rusqlite::Connection;

use super::backup::{BackupFile, Folders, UnfinishedFile, beside, integrity};
use super::foreign::{self, harden};
use super::salvage::SalvageCopy;
use super::startup::{self, JournalExtent};
use super::{StoreError, connect};

/// Newest backups that are tried. What began before one, began before those after it.
const TRIED: usize = 4;

impl SalvageCopy {
    /// Whether another goes at least as far. What cannot be read goes nowhere.
    pub(super) fn goes_no_further_than(&self, other: &SalvageCopy) -> bool {
        let reach = |opened: &SalvageCopy| JournalExtent::of(&opened.connection).unwrap_or_default().given;
        reach(self) <= reach(other)
    }
}

/// What was written ahead of the file in `data` over the newest backup that it fits, as a copy at `copy`.
pub(super) fn over_a_backup(data: &Path, backups: &Folders, copy: &Path) -> Option<SalvageCopy> {
    let all = backups.list();
    for ahead in startup::written_ahead(data) {
        for kept in all.iter().filter(|kept| kept.size > 0).take(TRIED) {
            match over(&ahead, kept, copy, startup::noted(data)) {
                Ok(Some(opened)) => {
                    tracing::warn!("{} and {} are the file as it was", kept.name, ahead.display());
                    return Some(opened);
                }
                Ok(None) => {}
                Err(error) => tracing::debug!("{} does not fit {}: {error}", ahead.display(), kept.name),
            }
        }
    }
    None
}

fn over(
    ahead: &Path,
    kept: &BackupFile,
    copy: &Path,
    noted: Option<JournalExtent>,
) -> Result<Option<SalvageCopy>, StoreError> {
    let before = JournalExtent::of(&foreign::open(&kept.path)?)?;
    let copy = UnfinishedFile::new(copy.to_path_buf())?;
    fs::copy(&kept.path, &copy.path)?;
    connect::private_file(&copy.path)?;
    {
        // That pages are written ahead is said in the file: 2, for who reads and who writes.
        let mut file = File::options().write(true).open(&copy.path)?;
        file.seek(SeekFrom::Start(18))?;
        file.write_all(&[2, 2])?;
    }
    fs::copy(ahead, beside(&copy.path, "-wal"))?;
    let connection = Connection::open(&copy.path)?;
    harden(&connection)?;
    let after = JournalExtent::of(&connection)?;
    if after.given <= before.given || noted.is_some_and(|noted| !noted.is_in(&connection).unwrap_or(false)) {
        return Ok(None);
    }
    let between = "SELECT count(*) FROM journal WHERE seq > ?1";
    let entries: i64 = connection.query_row(between, [before.given], |row| row.get(0))?;
    let is_loose = connection.prepare("PRAGMA foreign_key_check")?.exists([])?;
    if is_loose || entries != after.given - before.given || integrity(&connection, "integrity_check")?.is_some() {
        return Ok(None);
    }
    Ok(Some(SalvageCopy { connection, copy }))
}
