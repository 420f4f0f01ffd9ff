//! Exports: files that are made, or were. What only programs read is JSON.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;
use strum::{EnumString, IntoStaticStr, VariantArray};
use utoipa::ToSchema;

use super::erase::last_tombstone;
use super::query::shown_id;
use super::{Batch, StoreError};
use crate::clock::from_micros;

/// The folder of exports in the data folder.
pub const FOLDER: &str = crate::fs::EXPORTS;

/// How far an export came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum ExportState {
    /// It is being made.
    Running,
    /// Its file is whole, and in its place.
    Done,
    /// Somebody ended it.
    Cancelled,
    /// It came to no file; its problem says why.
    Failed,
    /// Its file is being deleted: it is listed no more.
    Going,
}

impl ExportState {
    /// Every state.
    pub const ALL: &'static [ExportState] = <ExportState as VariantArray>::VARIANTS;

    /// The word used in SQL and JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The state of a word in the file. Behind a word that is not known no file is looked for.
    pub fn of(word: &str) -> ExportState {
        word.parse().unwrap_or(ExportState::Failed)
    }
}

/// An export as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)] // the columns of 0009_exports.sql
pub struct ExportRow {
    pub id: i64,
    pub what: String,
    pub format: String,
    pub asked: String,
    pub title: String,
    pub lead: Option<i64>,
    /// What the lead is called now; `None` where there is no name, or no lead.
    pub lead_name: Option<String>,
    /// The lead was erased.
    pub lead_erased: bool,
    pub folder: Option<String>,
    pub file: String,
    pub state: ExportState,
    pub problem: Option<String>,
    pub size: Option<i64>,
    pub rows: Option<i64>,
    pub sha256: Option<String>,
    pub file_sha256: Option<String>,
    pub began_at: DateTime<Utc>,
    pub made_at: Option<DateTime<Utc>>,
    pub schedule: Option<i64>,
    pub due_at: Option<DateTime<Utc>>,
}

impl ExportRow {
    /// Where its file lies, with `own` as the folder of those that nobody put elsewhere; `None` where its name would lead out
    /// of the folder.
    pub fn path(&self, own: &Path) -> Option<PathBuf> {
        let folder = self.folder.as_ref().map_or(own, Path::new);
        crate::fs::plain_name(&self.file).map(|file| folder.join(file))
    }
}

/// An export to be made.
#[derive(Debug, Clone)]
#[allow(missing_docs)] // the columns of 0009_exports.sql
pub struct NewExport {
    pub what: String,
    pub format: String,
    pub asked: String,
    pub title: String,
    pub lead: Option<i64>,
    pub folder: Option<String>,
    pub file: String,
    pub schedule: Option<i64>,
    pub due_at: Option<DateTime<Utc>>,
}

/// What a retention rule took away, as far as it says which files hold it.
#[derive(Debug, Clone, Default)]
pub struct TooOld {
    /// Leads that lost something.
    pub leads: BTreeSet<i64>,
    /// When the first of it was received, UTC.
    pub received: Option<DateTime<Utc>>,
    /// When the first and the last of it happened, UTC.
    pub happened: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

impl TooOld {
    /// Something of a lead that was received then, and happened then.
    pub fn add(&mut self, lead: i64, received: DateTime<Utc>, at: DateTime<Utc>) {
        self.leads.insert(lead);
        self.received = Some(self.received.map_or(received, |first| first.min(received)));
        self.happened = Some(self.happened.map_or((at, at), |(first, last)| (first.min(at), last.max(at))));
    }

    /// Both.
    pub fn and(&mut self, other: TooOld) {
        self.leads.extend(other.leads);
        self.received = self.received.into_iter().chain(other.received).min();
        self.happened = match (self.happened, other.happened) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (one, other) => one.or(other),
        };
    }

    /// Whether a file may hold some of it: a timeline of one of the leads, anything else of those days. What cannot be
    /// told may.
    fn is_in(&self, connection: &Connection, export: &ExportRow) -> bool {
        let (Some(received), Some((first, last))) = (self.received, self.happened) else { return false };
        if export.made_at.is_some_and(|made_at| made_at < received) {
            return false;
        }
        if let Some(lead) = export.lead {
            let shown = shown_id(connection, lead);
            return self.leads.contains(&lead) || shown.map_or(true, |shown| self.leads.contains(&shown));
        }
        let asked: serde_json::Value = serde_json::from_str(&export.asked).unwrap_or_default();
        let day = |key: &str| asked["query"][key].as_str().and_then(|day| day.parse::<NaiveDate>().ok());
        // A day is at most a day earlier or later than in UTC.
        let (first, last) = (first.date_naive().pred_opt(), last.date_naive().succ_opt());
        let (Some(first), Some(last)) = (first, last) else { return true };
        day("from").is_none_or(|from| from <= last) && day("to").is_none_or(|to| to >= first)
    }
}

/// What became of an export.
#[derive(Debug, Clone)]
#[allow(missing_docs)] // the columns of 0009_exports.sql
pub struct MadeFile {
    pub size: i64,
    pub rows: i64,
    pub sha256: String,
    pub file_sha256: String,
}

const COLUMNS: &str = "x.id, x.what, x.format, x.asked, x.title, x.lead, l.name, x.folder, x.file, x.state, x.problem,
     x.size, x.rows, x.sha256, x.file_sha256, x.began_at, x.made_at, x.schedule, x.due_at,
     x.lead IS NOT NULL AND (l.id IS NULL OR NOT EXISTS (SELECT 1 FROM events e WHERE e.lead = l.id AND e.erased = 0))";
const FROM: &str = "exports x LEFT JOIN leads l ON l.id = x.lead";

fn export(row: &Row<'_>) -> rusqlite::Result<ExportRow> {
    Ok(ExportRow {
        id: row.get(0)?,
        what: row.get(1)?,
        format: row.get(2)?,
        asked: row.get(3)?,
        title: row.get(4)?,
        lead: row.get(5)?,
        lead_name: row.get(6)?,
        folder: row.get(7)?,
        file: row.get(8)?,
        state: ExportState::of(row.get_ref(9)?.as_str()?),
        problem: row.get(10)?,
        size: row.get(11)?,
        rows: row.get(12)?,
        sha256: row.get(13)?,
        file_sha256: row.get(14)?,
        began_at: from_micros(row.get(15)?),
        made_at: row.get::<_, Option<i64>>(16)?.map(from_micros),
        schedule: row.get(17)?,
        due_at: row.get::<_, Option<i64>>(18)?.map(from_micros),
        lead_erased: row.get(19)?,
    })
}

fn list(connection: &Connection, rest: &str, values: impl rusqlite::Params) -> Result<Vec<ExportRow>, StoreError> {
    let mut statement = connection.prepare(&format!("SELECT {COLUMNS} FROM {FROM} {rest}"))?;
    let rows = statement.query_map(values, export)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Exports, newest first, at most 500. Those whose file is being deleted are none.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn all(connection: &Connection) -> Result<Vec<ExportRow>, StoreError> {
    list(connection, "WHERE x.state <> 'going' ORDER BY x.id DESC LIMIT 500", [])
}

/// One export.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none with that number.
pub fn by_id(connection: &Connection, id: i64) -> Result<ExportRow, StoreError> {
    list(connection, "WHERE x.id = ?1 AND x.state <> 'going'", [id])?
        .pop()
        .ok_or(StoreError::NotFound("There is no such export."))
}

/// The export that was begun for what was due then.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn of_due(connection: &Connection, schedule: i64, due: DateTime<Utc>) -> Result<Option<ExportRow>, StoreError> {
    Ok(list(connection, "WHERE x.schedule = ?1 AND x.due_at = ?2", params![schedule, due.timestamp_micros()])?.pop())
}

/// Exports in a state, oldest first.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn in_state(connection: &Connection, state: ExportState) -> Result<Vec<ExportRow>, StoreError> {
    list(connection, "WHERE x.state = ?1 ORDER BY x.id", [state.as_str()])
}

/// Whether anybody was erased since there were so many erasures: `erasures` of [`erasures`].
///
/// # Errors
/// [`StoreError`] of the file.
pub fn erasures(connection: &Connection) -> Result<i64, StoreError> {
    last_tombstone(connection)
}

/// What a lead is called; `None` where there is no name, or the person was erased.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn name_of(connection: &Connection, lead: i64) -> Result<Option<String>, StoreError> {
    let sql = "SELECT name FROM leads WHERE id = ?1 AND EXISTS (SELECT 1 FROM events WHERE lead = ?1 AND erased = 0)";
    let name = connection.prepare_cached(sql)?.query_row([lead], |row| row.get(0)).optional()?;
    Ok(name.flatten())
}

impl Batch<'_> {
    /// Notes an export that begins, and answers its number.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn add_export(&mut self, new: &NewExport, at: DateTime<Utc>) -> Result<i64, StoreError> {
        self.tx
            .prepare_cached(
                "INSERT INTO exports (what, format, asked, title, lead, folder, file, state, began_at, schedule, due_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'running', ?8, ?9, ?10)",
            )?
            .execute(params![
                new.what,
                new.format,
                new.asked,
                new.title,
                new.lead,
                new.folder,
                new.file,
                at.timestamp_micros(),
                new.schedule,
                new.due_at.map(|at| at.timestamp_micros())
            ])?;
        let id = self.tx.last_insert_rowid();
        self.change.exports.push(id);
        Ok(id)
    }

    /// Whether an export has that file: `folder` is `None` for the folder of exports.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn export_file_taken(&self, folder: Option<&str>, file: &str) -> Result<bool, StoreError> {
        // What was due is made again under the name it was given.
        let sql = "SELECT EXISTS (SELECT 1 FROM exports WHERE folder IS ?1 AND file = ?2
                                  AND (state NOT IN ('failed', 'cancelled') OR due_at IS NOT NULL))";
        Ok(self.tx.prepare_cached(sql)?.query_row(params![folder, file], |row| row.get(0))?)
    }

    /// Begins an export again that did not come to its end.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn export_again(&mut self, id: i64, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.tx
            .prepare_cached("UPDATE exports SET state = 'running', problem = NULL, began_at = ?2 WHERE id = ?1")?
            .execute(params![id, at.timestamp_micros()])?;
        self.change.exports.push(id);
        Ok(())
    }

    /// The file is whole, and in its place. Answers whether it is still wanted: somebody may have deleted the export.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn export_made(&mut self, id: i64, made: &MadeFile, at: DateTime<Utc>) -> Result<bool, StoreError> {
        let noted = self
            .tx
            .prepare_cached(
                "UPDATE exports SET state = 'done', problem = NULL, size = ?2, rows = ?3, sha256 = ?4, file_sha256 = ?5,
                        made_at = ?6
                 WHERE id = ?1 AND state = 'running'",
            )?
            .execute(params![id, made.size, made.rows, made.sha256, made.file_sha256, at.timestamp_micros()])?;
        self.change.exports.push(id);
        Ok(noted > 0)
    }

    /// It came to no file: it was cancelled, or it failed.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn export_ended(&mut self, id: i64, state: ExportState, problem: Option<&str>) -> Result<(), StoreError> {
        self.tx
            .prepare_cached("UPDATE exports SET state = ?2, problem = ?3 WHERE id = ?1 AND state = 'running'")?
            .execute(params![id, state.as_str(), problem])?;
        self.change.exports.push(id);
        Ok(())
    }

    /// Its file is to be deleted. Answers whether that is so: not while it is made.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn export_goes(&mut self, id: i64) -> Result<bool, StoreError> {
        let sql = "UPDATE exports SET state = 'going' WHERE id = ?1 AND state <> 'running'";
        let goes = self.tx.prepare_cached(sql)?.execute([id])?;
        self.change.exports.push(id);
        Ok(goes > 0)
    }

    /// Forgets an export.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn drop_export(&mut self, id: i64) -> Result<(), StoreError> {
        self.tx.prepare_cached("DELETE FROM exports WHERE id = ?1")?.execute([id])?;
        self.change.exports.push(id);
        Ok(())
    }

    /// Files in the folder of exports that hold what was too old to be kept, and those made before `before`, go. Answers
    /// how many.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn exports_too_old(&mut self, gone: &TooOld, before: DateTime<Utc>) -> Result<usize, StoreError> {
        let mut going = list(self.tx, "WHERE x.state = 'done' AND x.folder IS NULL ORDER BY x.id", [])?;
        going.retain(|export| export.made_at.is_some_and(|at| at < before) || gone.is_in(self.tx, export));
        for export in &going {
            self.export_goes(export.id)?;
        }
        Ok(going.len())
    }

    /// Files made at or after `since` may hold somebody who is erased. Those in the folder of exports go: answers them,
    /// and where the others are.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn exports_go(&mut self, since: DateTime<Utc>) -> Result<(Vec<ExportRow>, Vec<ExportRow>), StoreError> {
        let sql = "WHERE x.state = 'done' AND x.made_at >= ?1 ORDER BY x.id";
        let held = list(self.tx, sql, [since.timestamp_micros()])?;
        let (own, elsewhere): (Vec<_>, Vec<_>) = held.into_iter().partition(|export| export.folder.is_none());
        for export in &own {
            self.export_goes(export.id)?;
        }
        Ok((own, elsewhere))
    }
}
