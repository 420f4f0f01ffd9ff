//! One program at a time listens on a data folder.

use std::fs::{File, TryLockError};
use std::path::Path;

use super::StoreError;

/// The name of the lock in the data folder.
const LOCK: &str = "lock";

/// The data folder is ours until this is dropped; the system lets go of it even after a crash.
#[derive(Debug)]
pub struct Hold {
    _file: File,
}

/// Takes the data folder, for a program that listens on it or makes it anew.
///
/// # Errors
/// [`StoreError::Locked`] when another program has it.
pub fn hold(folder: &Path) -> Result<Hold, StoreError> {
    let file = File::options().create(true).truncate(false).write(true).open(folder.join(LOCK))?;
    match file.try_lock() {
        Ok(()) => Ok(Hold { _file: file }),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}
