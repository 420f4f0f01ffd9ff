//! Which statements a data file is asked, for tests that look at how SQLite answers them. Nothing is noted where nobody asks.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use rusqlite::trace::{TraceEvent, TraceEventCodes};

use super::StoreError;

/// The statements that ran, each once, as they were prepared.
#[derive(Debug, Clone, Default)]
pub struct RunStatements(Arc<Mutex<BTreeSet<String>>>);

static NOTED: Mutex<Vec<(PathBuf, RunStatements)>> = Mutex::new(Vec::new());

impl RunStatements {
    /// Notes what runs on every connection to the file at `path` that is opened from now on.
    pub fn of(path: &Path) -> RunStatements {
        let statements = RunStatements::default();
        NOTED.lock().unwrap_or_else(PoisonError::into_inner).push((path.to_path_buf(), statements.clone()));
        statements
    }

    /// What ran since it was asked last.
    pub fn take(&self) -> BTreeSet<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Has the statements of a connection noted, where somebody asked for that.
pub(super) fn note(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let noted = NOTED.lock().unwrap_or_else(PoisonError::into_inner);
    let Some((_, statements)) = noted.iter().find(|(file, _)| file == path) else { return Ok(()) };
    let statements = statements.clone();
    let note = move |event: TraceEvent<'_>| {
        if let TraceEvent::Stmt(_, sql) = event {
            let mut known = statements.0.lock().unwrap_or_else(PoisonError::into_inner);
            if !known.contains(sql) {
                known.insert(sql.to_string());
            }
        }
    };
    connection.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(note))?;
    Ok(())
}
