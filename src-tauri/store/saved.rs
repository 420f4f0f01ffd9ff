//! Saved reports and their schedules, and which due times were made.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Batch, StoreError};
use crate::clock::from_micros;

/// A saved report as it stands in the file. What only programs read is JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)] // the columns of 0009_exports.sql
pub struct SavedRow {
    pub id: i64,
    pub name: String,
    pub asked: String,
    pub schedule: Option<String>,
    pub since: DateTime<Utc>,
    pub problem: Option<String>,
    pub tried_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

/// A due time that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)] // the columns of 0009_exports.sql
pub struct ReportRun {
    pub due_at: DateTime<Utc>,
    pub made_at: DateTime<Utc>,
    pub period: String,
    pub path: String,
}

const COLUMNS: &str = "id, name, asked, schedule, since, problem, tried_at, created_at";

fn saved(row: &Row<'_>) -> rusqlite::Result<SavedRow> {
    Ok(SavedRow {
        id: row.get(0)?,
        name: row.get(1)?,
        asked: row.get(2)?,
        schedule: row.get(3)?,
        since: from_micros(row.get(4)?),
        problem: row.get(5)?,
        tried_at: row.get::<_, Option<i64>>(6)?.map(from_micros),
        created_at: from_micros(row.get(7)?),
    })
}

/// Every saved report, by name.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn all(connection: &Connection) -> Result<Vec<SavedRow>, StoreError> {
    let mut statement =
        connection.prepare_cached(&format!("SELECT {COLUMNS} FROM saved_reports ORDER BY name COLLATE NOCASE, id"))?;
    let rows = statement.query_map([], saved)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// One saved report.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none with that number.
pub fn by_id(connection: &Connection, id: i64) -> Result<SavedRow, StoreError> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM saved_reports WHERE id = ?1"))?
        .query_row([id], saved)
        .optional()?
        .ok_or(StoreError::NotFound("There is no such saved report."))
}

/// The due time of a saved report that was made last.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn last_run(connection: &Connection, saved: i64) -> Result<Option<ReportRun>, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT due_at, made_at, period, path FROM schedule_runs WHERE saved = ?1
             ORDER BY made_at DESC, due_at DESC LIMIT 1",
        )?
        .query_row([saved], |row| {
            Ok(ReportRun {
                due_at: from_micros(row.get(0)?),
                made_at: from_micros(row.get(1)?),
                period: row.get(2)?,
                path: row.get(3)?,
            })
        })
        .optional()?)
}

/// The newest due time up to `now` that was made.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn newest_run(
    connection: &Connection,
    saved: i64,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let newest: Option<i64> = connection
        .prepare_cached("SELECT max(due_at) FROM schedule_runs WHERE saved = ?1 AND due_at <= ?2")?
        .query_row(params![saved, now.timestamp_micros()], |row| row.get(0))?;
    Ok(newest.map(from_micros))
}

/// Whether what was due then was made.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn is_made(connection: &Connection, saved: i64, due: DateTime<Utc>) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM schedule_runs WHERE saved = ?1 AND due_at = ?2)")?
        .query_row(params![saved, due.timestamp_micros()], |row| row.get(0))?)
}

impl Batch<'_> {
    fn name_is_free(&self, name: &str, but: i64) -> Result<(), StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM saved_reports WHERE name = ?1 COLLATE NOCASE AND id <> ?2)";
        if self.tx.query_row(sql, params![name, but], |row| row.get(0))? {
            return Err(StoreError::Conflict(format!("There is a saved report “{name}” already.")));
        }
        Ok(())
    }

    /// Saves a report, and answers its number.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the name is taken.
    pub fn add_saved(
        &mut self,
        name: &str,
        asked: &str,
        schedule: Option<&str>,
        at: DateTime<Utc>,
    ) -> Result<i64, StoreError> {
        self.name_is_free(name, 0)?;
        self.tx.execute(
            "INSERT INTO saved_reports (name, asked, schedule, since, created_at) VALUES (?1, ?2, ?3, ?4, ?4)",
            params![name, asked, schedule, at.timestamp_micros()],
        )?;
        Ok(self.tx.last_insert_rowid())
    }

    /// Writes a saved report as it is now.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the name is taken.
    pub fn save_saved(&mut self, saved: &SavedRow) -> Result<(), StoreError> {
        self.name_is_free(&saved.name, saved.id)?;
        self.tx.execute(
            "UPDATE saved_reports SET name = ?2, asked = ?3, schedule = ?4, since = ?5, problem = ?6, tried_at = ?7
             WHERE id = ?1",
            params![
                saved.id,
                saved.name,
                saved.asked,
                saved.schedule,
                saved.since.timestamp_micros(),
                saved.problem,
                saved.tried_at.map(|at| at.timestamp_micros())
            ],
        )?;
        Ok(())
    }

    /// Forgets a saved report; the files that were made of it stay.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is none.
    pub fn drop_saved(&mut self, id: i64) -> Result<(), StoreError> {
        self.tx.execute("DELETE FROM schedule_runs WHERE saved = ?1", [id])?;
        match self.tx.execute("DELETE FROM saved_reports WHERE id = ?1", [id])? {
            0 => Err(StoreError::NotFound("There is no such saved report.")),
            _ => Ok(()),
        }
    }

    /// Begins to look for what is due from then on: where the clock stood ahead when it was saved.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn saved_since(&mut self, id: i64, since: DateTime<Utc>) -> Result<(), StoreError> {
        self.tx.execute("UPDATE saved_reports SET since = ?2 WHERE id = ?1", params![id, since.timestamp_micros()])?;
        Ok(())
    }

    /// Why what was due could not be made; `None` once it could.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn saved_problem(&mut self, id: i64, problem: Option<&str>, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.tx.execute(
            "UPDATE saved_reports SET problem = ?2, tried_at = ?3 WHERE id = ?1",
            params![id, problem, at.timestamp_micros()],
        )?;
        Ok(())
    }

    /// What was due then was made: once. Answers whether it was not before.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn note_run(&mut self, saved: i64, run: &ReportRun) -> Result<bool, StoreError> {
        let added = self.tx.execute(
            "INSERT OR IGNORE INTO schedule_runs (saved, due_at, made_at, period, path) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![saved, run.due_at.timestamp_micros(), run.made_at.timestamp_micros(), run.period, run.path],
        )?;
        Ok(added > 0)
    }
}
