//! One program at a time has a data folder open for good: the window or `serve`.

use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::Path;

use super::StoreError;

/// The file that is locked. It stays: removing it would let two programs in.
const FILE: &str = crate::fs::LOCK;
/// What it holds until there is a data file for the first time. Otherwise, and where an older program made it, it holds
/// nothing, and says that there was one.
const NEW: &[u8] = b"new";

/// The data folder is this program's until this is dropped, or the program dies in any way.
#[derive(Debug)]
pub struct DataLock {
    file: File,
    told: bool,
}

impl DataLock {
    /// Takes the folder.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another Leadtrail has it, [`StoreError::Disk`] when it cannot be written.
    pub fn take(folder: &Path) -> Result<DataLock, StoreError> {
        let path = folder.join(FILE);
        let disk = |error: std::io::Error| StoreError::Disk(format!("{} cannot be written: {error}", path.display()));
        let is_new = !path.exists();
        let mut file = crate::fs::private(&path).map_err(disk)?;
        match file.try_lock() {
            Ok(()) => {
                let holds = folder.join(super::FILE).symlink_metadata().is_ok_and(|about| about.len() > 0);
                if is_new && !holds {
                    file.write_all(NEW).map_err(disk)?;
                }
                let told = file.metadata().map_err(disk)?.len() == 0;
                Ok(DataLock { file, told })
            }
            Err(TryLockError::WouldBlock) => {
                Err(StoreError::Conflict(format!("Leadtrail is already running on the data in {}.", folder.display())))
            }
            Err(TryLockError::Error(error)) => Err(disk(error)),
        }
    }

    /// Whether it said, when it was taken, that there was a data file.
    pub fn told(&self) -> bool {
        self.told
    }

    /// There is a data file from now on.
    pub(super) fn tell(&self) {
        if let Err(error) = self.file.set_len(0) {
            tracing::debug!("the lock does not say that there is data: {error}");
        }
    }

    /// Whether the lock in `folder` says that there was a data file.
    pub(super) fn tells(folder: &Path) -> bool {
        folder.join(FILE).metadata().is_ok_and(|about| about.len() == 0)
    }

    /// The data file was deleted on purpose. Where there is no lock, nothing says otherwise.
    pub(super) fn forget(folder: &Path) {
        let path = folder.join(FILE);
        if path.symlink_metadata().is_err() {
            return;
        }
        if let Ok(mut file) = crate::fs::private(&path) {
            let _ = file.write_all(NEW);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_program_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = DataLock::take(folder.path()).unwrap();
        let second = DataLock::take(folder.path()).unwrap_err();
        assert!(second.to_string().starts_with("Leadtrail is already running on the data in "), "{second}");
        drop(first);
        let again = DataLock::take(folder.path()).unwrap();
        assert!(!again.told() && !DataLock::tells(folder.path()), "there was never a data file");
        again.tell();
        drop(again);
        assert!(DataLock::tells(folder.path()) && DataLock::take(folder.path()).unwrap().told());
        assert!(matches!(DataLock::take(&folder.path().join("nowhere")), Err(StoreError::Disk(_))));
    }
}
