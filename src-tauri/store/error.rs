//! What can go wrong with the file, in words for people.

use rusqlite::ErrorCode;

/// What a data file is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// There is none.
    Missing,
    /// It is not the one that was written last.
    Older,
    /// It was taken away, or written over, while it was open.
    Open,
}

const FULL: &str = "The disk is full";

/// Errors of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk is full or cannot be written: a sentence without its end. Nothing already there is affected.
    #[error("{0}. Nothing already here is affected.")]
    Disk(String),
    /// Another program holds the file.
    #[error(
        "Another program is using the data file, and Leadtrail cannot write to it. Nothing already here is affected."
    )]
    Locked,
    /// Every reader is at work, and none was free in time.
    #[error("So much is asked of Leadtrail at once that this had to wait too long. Try again in a moment.")]
    Busy,
    /// The file is damaged or not ours.
    #[error("The data file is damaged: {0}")]
    Damaged(String),
    /// The file is not at its path, or another is: a sentence without its end.
    #[error("{1}.")]
    Displaced(Lack, String),
    /// A newer program made the file.
    #[error("This data was written by a newer Leadtrail. Update the program to open it.")]
    TooNew,
    /// There is no such thing.
    #[error("{0}")]
    NotFound(&'static str),
    /// It contradicts what is there.
    #[error("{0}")]
    Conflict(String),
    /// What was asked for makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// The program is closing.
    #[error("Leadtrail is closing.")]
    Stopped,
    /// Our own mistake.
    #[error("Something went wrong inside Leadtrail: {0}")]
    Internal(String),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> StoreError {
        match &error {
            rusqlite::Error::SqliteFailure(cause, _) => match cause.code {
                ErrorCode::DiskFull => StoreError::Disk(FULL.into()),
                ErrorCode::ReadOnly => StoreError::Disk("The data file may only be read, not written".into()),
                ErrorCode::SystemIoFailure | ErrorCode::CannotOpen => {
                    StoreError::Disk(format!("The disk cannot take it: {error}"))
                }
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Locked,
                ErrorCode::DatabaseCorrupt => StoreError::Damaged("parts of it cannot be read any more".into()),
                ErrorCode::NotADatabase => StoreError::Damaged("it is not a data file of Leadtrail any more".into()),
                _ => StoreError::Internal(error.to_string()),
            },
            _ => StoreError::Internal(error.to_string()),
        }
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> StoreError {
        StoreError::Internal(error.to_string())
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> StoreError {
        match error.kind() {
            std::io::ErrorKind::StorageFull => StoreError::Disk(FULL.into()),
            _ => StoreError::Disk(format!("The disk cannot take it: {error}")),
        }
    }
}

impl StoreError {
    /// The file itself cannot take anything now, whatever is asked of it.
    pub fn is_of_the_file(&self) -> bool {
        matches!(self, StoreError::Disk(_) | StoreError::Locked | StoreError::Displaced(..))
    }

    /// The same error once more, for everybody who waited for one commit.
    pub(super) fn copy(&self) -> StoreError {
        match self {
            StoreError::Disk(text) => StoreError::Disk(text.clone()),
            StoreError::Locked => StoreError::Locked,
            StoreError::Busy => StoreError::Busy,
            StoreError::Damaged(text) => StoreError::Damaged(text.clone()),
            StoreError::Displaced(lack, text) => StoreError::Displaced(*lack, text.clone()),
            StoreError::TooNew => StoreError::TooNew,
            StoreError::NotFound(text) => StoreError::NotFound(text),
            StoreError::Conflict(text) => StoreError::Conflict(text.clone()),
            StoreError::Invalid(text) => StoreError::Invalid(text.clone()),
            StoreError::Stopped => StoreError::Stopped,
            StoreError::Internal(text) => StoreError::Internal(text.clone()),
        }
    }
}
