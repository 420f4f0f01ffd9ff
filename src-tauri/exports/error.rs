//! What can keep a file from being made.

use crate::documents::DocumentError;
use crate::figures::ReportError;
use crate::fs::Refused;
use crate::store::StoreError;

/// Why no file was made.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    /// The data file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The question makes no sense, or the engine.
    #[error(transparent)]
    Report(ReportError),
    /// The shape.
    #[error(transparent)]
    Shape(DocumentError),
    /// The folder is not there, or does not take it; in plain words.
    #[error("{0}")]
    Folder(String),
    /// It would lie on a file of the program's own.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// It was to end.
    #[error("It was cancelled.")]
    Cancelled,
    /// Somebody was erased while it was made.
    #[error("Somebody was erased while it was made. Make it again.")]
    Erased,
}

impl From<ReportError> for MakeError {
    fn from(error: ReportError) -> MakeError {
        match error {
            ReportError::Store(error) => MakeError::Store(error),
            other => MakeError::Report(other),
        }
    }
}

impl From<DocumentError> for MakeError {
    fn from(error: DocumentError) -> MakeError {
        match error {
            DocumentError::Cancelled => MakeError::Cancelled,
            DocumentError::Report(error) => error.into(),
            other => MakeError::Shape(other),
        }
    }
}
