//! One program at a time has a data folder open for good: the window or `serve`.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use super::StoreError;

/// The file that is locked. It holds nothing, and stays: removing it would let two programs in.
const FILE: &str = "leadtrail.lock";

/// The data folder is this program's until this is dropped, or the program dies in any way.
#[derive(Debug)]
pub struct DataLock {
    _file: File,
}

impl DataLock {
    /// Takes the folder.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another Leadtrail has it, [`StoreError::Disk`] when it cannot be written.
    pub fn take(folder: &Path) -> Result<DataLock, StoreError> {
        let path = folder.join(FILE);
        let disk = |error: std::io::Error| StoreError::Disk(format!("{} cannot be written: {error}", path.display()));
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let file = options.open(&path).map_err(disk)?;
        match file.try_lock() {
            Ok(()) => Ok(DataLock { _file: file }),
            Err(TryLockError::WouldBlock) => {
                Err(StoreError::Conflict(format!("Leadtrail is already running on the data in {}.", folder.display())))
            }
            Err(TryLockError::Error(error)) => Err(disk(error)),
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
        DataLock::take(folder.path()).unwrap();
        assert!(matches!(DataLock::take(&folder.path().join("nowhere")), Err(StoreError::Disk(_))));
    }
}
