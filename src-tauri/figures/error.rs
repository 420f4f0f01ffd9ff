//! What can keep a report from being made.

use crate::store::StoreError;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// Of the file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was asked makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// There is no such report or figure.
    #[error("{0}")]
    NotFound(&'static str),
}
