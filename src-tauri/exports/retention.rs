//! How long exports are kept, and what goes with them.

use std::fs;
use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};

use super::ExportJobs;
use super::file::{is_part, part_name};
use super::jobs::BROKE_OFF;
use crate::store::StoreError;
use crate::store::exports::{self, ExportRow, ExportState};

/// An export stays while it is younger than this …
const KEPT: TimeDelta = TimeDelta::days(30);
/// … or among so many newest.
const NEWEST: usize = 50;

impl ExportJobs {
    /// Mends what a program left that was killed. Only for whoever holds the data, before anything is begun. Blocks.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn tidy(&self) -> Result<(), StoreError> {
        for row in self.store.read_blocking(|c| exports::in_state(c, ExportState::Running))? {
            // It may have come into its place without being noted.
            if row.folder.is_none()
                && let Some(path) = row.path(&self.folder())
            {
                let _ = fs::remove_file(path);
            }
            self.ended(row.id, ExportState::Failed, Some(BROKE_OFF))?;
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
        for row in self.store.read_blocking(|c| exports::in_state(c, ExportState::Going))? {
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
        let old =
            |row: &ExportRow| now - row.made_at.unwrap_or(row.began_at) > KEPT && row.state != ExportState::Running;
        let all = self.store.read_blocking(exports::all)?;
        for row in all.into_iter().skip(NEWEST).filter(old) {
            let id = row.id;
            self.store.write_blocking(move |batch| batch.export_goes(id))?;
        }
        self.remove_going()
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
