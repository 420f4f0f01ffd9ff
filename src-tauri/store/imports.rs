//! Files that were brought in: their state, their rows, and mappings of their columns.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};
use strum::{EnumString, FromRepr};
use utoipa::ToSchema;

use super::query::{Page, cursor, cursor_key, deliveries};
use super::{Batch, StoreError, projection};
use crate::clock::from_micros;
use crate::domain::ParsedEvent;
use crate::domain::event::{EventId, IdentityKind};
use crate::domain::fold::import_rows;

/// An import as it stands in the file. What only programs read is JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)] // the columns of 0006_imports.sql
pub struct ImportRow {
    pub id: i64,
    pub name: String,
    pub files: Vec<String>,
    pub format: String,
    pub state: String,
    pub then_state: Option<String>,
    pub source: Option<i64>,
    pub kind: Option<String>,
    pub mapping: BTreeMap<String, String>,
    pub time_zone: Option<String>,
    pub columns: String,
    pub recognised: Option<String>,
    pub preview: Option<String>,
    pub problem: Option<String>,
    pub gap: Option<i64>,
    pub header: Option<i64>,
    pub rows: i64,
    pub rows_in: i64,
    pub merged: i64,
    pub duplicate: i64,
    pub skipped: i64,
    pub done: i64,
    pub of: i64,
    pub created_at: DateTime<Utc>,
}

/// What became of a row of a file, with its number in the file of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, EnumString, FromRepr)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[schema(as = ImportRowState)]
#[repr(i64)]
pub enum Fate {
    /// It is on a timeline.
    In = 1,
    /// It became part of an entry that was there: a sender had told of the same.
    Merged = 2,
    /// All of it was known already.
    Duplicate = 3,
    /// It could not be read.
    Skipped = 4,
}

impl Fate {
    fn code(self) -> i64 {
        self as i64
    }
}

/// A row of a file, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ImportedRow)]
pub struct RowView {
    /// Its line in the file, from 1.
    pub line: i64,
    /// The file, where there are several.
    pub file: Option<String>,
    /// What became of it.
    pub state: Fate,
    /// Why, where it was left out.
    pub why: Option<String>,
    /// The lead it is on.
    pub lead: Option<i64>,
    /// The entry it is in.
    pub entry: Option<String>,
    /// The delivery it became.
    pub delivery: Option<i64>,
}

/// A row to note: `(number, file, line, fate, why, delivery)`.
pub type RowNote = (i64, i64, i64, Fate, Option<String>, Option<i64>);

/// Which column holds what, kept for the next file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Mapping {
    /// Its number.
    pub id: i64,
    /// What the owner calls it.
    pub name: String,
    /// The provider it is for, if for one.
    pub provider: Option<String>,
    /// What the rows are: `calls`, `texts`, `forms` or `leads`.
    pub kind: String,
    /// Field and column.
    pub mapping: BTreeMap<String, String>,
    /// The zone of times that name none.
    pub time_zone: Option<String>,
}

const COLUMNS: &str =
    "id, name, files, format, state, then_state, source, kind, mapping, time_zone, columns, recognised,
     preview, problem, gap, header, rows, rows_in, merged, duplicate, skipped, done, of, created_at";

fn import(row: &Row<'_>) -> rusqlite::Result<ImportRow> {
    let json = |text: String| serde_json::from_str(&text).unwrap_or_default();
    Ok(ImportRow {
        id: row.get(0)?,
        name: row.get(1)?,
        files: serde_json::from_str(&row.get::<_, String>(2)?).unwrap_or_default(),
        format: row.get(3)?,
        state: row.get(4)?,
        then_state: row.get(5)?,
        source: row.get(6)?,
        kind: row.get(7)?,
        mapping: json(row.get(8)?),
        time_zone: row.get(9)?,
        columns: row.get(10)?,
        recognised: row.get(11)?,
        preview: row.get(12)?,
        problem: row.get(13)?,
        gap: row.get(14)?,
        header: row.get(15)?,
        rows: row.get(16)?,
        rows_in: row.get(17)?,
        merged: row.get(18)?,
        duplicate: row.get(19)?,
        skipped: row.get(20)?,
        done: row.get(21)?,
        of: row.get(22)?,
        created_at: from_micros(row.get(23)?),
    })
}

/// Every import, newest first.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn all(connection: &Connection) -> Result<Vec<ImportRow>, StoreError> {
    let mut statement =
        connection.prepare_cached(&format!("SELECT {COLUMNS} FROM imports ORDER BY id DESC LIMIT 200"))?;
    let rows = statement.query_map([], import)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// One import.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none with that number.
pub fn by_id(connection: &Connection, id: i64) -> Result<ImportRow, StoreError> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM imports WHERE id = ?1"))?
        .query_row([id], import)
        .optional()?
        .ok_or(StoreError::NotFound("There is no such import."))
}

impl Batch<'_> {
    /// Notes a file that came, and answers the import's number.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn add_import(&mut self, name: &str, files: &[String], at: DateTime<Utc>) -> Result<i64, StoreError> {
        self.tx
            .prepare_cached(
                "INSERT INTO imports (name, files, format, state, created_at) VALUES (?1, ?2, '', 'uploaded', ?3)",
            )?
            .execute(params![name, serde_json::to_string(files)?, at.timestamp_micros()])?;
        Ok(self.tx.last_insert_rowid())
    }

    /// Writes an import as it is now.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn save_import(&mut self, import: &ImportRow) -> Result<(), StoreError> {
        self.tx
            .prepare_cached(
                "UPDATE imports SET format = ?2, state = ?3, then_state = ?4, source = ?5, kind = ?6, mapping = ?7,
                        time_zone = ?8, columns = ?9, recognised = ?10, preview = ?11, problem = ?12, gap = ?13,
                        header = ?14, rows = ?15, rows_in = ?16, merged = ?17, duplicate = ?18, skipped = ?19,
                        done = ?20, of = ?21
                 WHERE id = ?1",
            )?
            .execute(params![
                import.id,
                import.format,
                import.state,
                import.then_state,
                import.source,
                import.kind,
                serde_json::to_string(&import.mapping)?,
                import.time_zone,
                import.columns,
                import.recognised,
                import.preview,
                import.problem,
                import.gap,
                import.header,
                import.rows,
                import.rows_in,
                import.merged,
                import.duplicate,
                import.skipped,
                import.done,
                import.of
            ])?;
        Ok(())
    }

    /// Forgets an import that was never started.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn drop_import(&mut self, id: i64) -> Result<(), StoreError> {
        self.tx.execute("DELETE FROM import_rows WHERE import = ?1", [id])?;
        self.tx.execute("DELETE FROM imports WHERE id = ?1", [id])?;
        Ok(())
    }

    /// Notes what became of rows.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn note_rows(&mut self, import: i64, rows: &[RowNote]) -> Result<(), StoreError> {
        let mut statement = self.tx.prepare_cached(
            "INSERT OR REPLACE INTO import_rows (import, row, file, line, state, why, seq)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        for (row, file, line, fate, why, seq) in rows {
            statement.execute(params![import, row, file, line, fate.code(), why, seq])?;
        }
        Ok(())
    }

    /// Keeps a mapping; one of the same name is replaced.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn add_mapping(&mut self, mapping: &Mapping, at: DateTime<Utc>) -> Result<i64, StoreError> {
        Ok(self.tx.query_row(
            "INSERT INTO mappings (name, provider, kind, mapping, time_zone, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (name) DO UPDATE SET provider = excluded.provider, kind = excluded.kind,
                 mapping = excluded.mapping, time_zone = excluded.time_zone
             RETURNING id",
            params![
                mapping.name,
                mapping.provider,
                mapping.kind,
                serde_json::to_string(&mapping.mapping)?,
                mapping.time_zone,
                at.timestamp_micros()
            ],
            |row| row.get(0),
        )?)
    }

    /// Forgets a mapping.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is none.
    pub fn drop_mapping(&mut self, id: i64) -> Result<(), StoreError> {
        match self.tx.execute("DELETE FROM mappings WHERE id = ?1", [id])? {
            0 => Err(StoreError::NotFound("There is no such mapping.")),
            _ => Ok(()),
        }
    }

    /// Whether a row tells of something that is there already in another form.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn is_told(&self, source: i64, source_uid: &str, draft: &ParsedEvent) -> Result<bool, StoreError> {
        is_told(self.tx, source, source_uid, draft)
    }
}

/// Whether a row tells of something that is there already in another form: by the sender's own id, or because
/// numbers and times are equal.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn is_told(
    connection: &Connection,
    source: i64,
    source_uid: &str,
    draft: &ParsedEvent,
) -> Result<bool, StoreError> {
    let Some(at) = draft.at else { return Ok(false) };
    let mut lead_of = connection.prepare_cached("SELECT lead FROM identities WHERE key = ?1")?;
    let mut near = connection.prepare_cached(
        "SELECT at, payload FROM events WHERE lead = ?1 AND source = ?2 AND at BETWEEN ?3 AND ?4 AND hash <> ?5",
    )?;
    let own = EventId::of(source_uid, &draft.key);
    for link in &draft.identities {
        let lead: Option<i64> = lead_of.query_row([link.key(source_uid)], |row| row.get(0)).optional()?;
        let Some(lead) = lead else { continue };
        if link.kind == IdentityKind::Call {
            return Ok(true);
        }
        let at_us = import_rows::began(at, draft).timestamp_micros();
        let within = import_rows::SAME_WITHIN.num_microseconds().unwrap_or_default();
        let mut found = near.query(params![lead, source, at_us - within, at_us + within, &own.0[..]])?;
        while let Some(row) = found.next()? {
            let other: ParsedEvent = serde_json::from_slice(&super::codec::unpack(&row.get::<_, Vec<u8>>(1)?)?)?;
            // Whichever of the two is a row, they are one.
            if import_rows::same((at, draft), (from_micros(row.get(0)?), &other)) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Which of these events are known.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn is_known(connection: &Connection, id: EventId) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM events WHERE hash = ?1)")?
        .query_row([&id.0[..]], |row| row.get(0))?)
}

/// The lead a name leads to.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn lead_of_identity(connection: &Connection, key: &str) -> Result<Option<i64>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT lead FROM identities WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()?)
}

/// Whether anything an import brought in, or told of again, was within a time.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn tells_of(
    connection: &Connection,
    import: i64,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT EXISTS (
                 SELECT 1 FROM import_rows r CROSS JOIN sightings s ON s.seq = r.seq CROSS JOIN events e ON e.id = s.event
                 WHERE r.import = ?1 AND e.at BETWEEN ?2 AND ?3
             )",
        )?
        .query_row(params![import, from.timestamp_micros(), to.timestamp_micros()], |row| row.get(0))?)
}

/// Deliveries of an import after `after` that are still in the ledger, in order, at most `limit`.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn still_in(connection: &Connection, header: i64, after: i64, limit: usize) -> Result<Vec<i64>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT j.seq FROM journal j CROSS JOIN ledger l ON l.seq = j.seq
         WHERE j.import = ?1 AND j.seq > ?2 ORDER BY j.seq LIMIT ?3",
    )?;
    let rows =
        statement.query_map(params![header, after, i64::try_from(limit).unwrap_or(i64::MAX)], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A page of an import's rows, in the order of the file.
///
/// # Errors
/// [`StoreError::Invalid`] for a cursor that is none; [`StoreError`] of the file.
pub fn rows_page(
    connection: &Connection,
    import: &ImportRow,
    fate: Option<Fate>,
    after: Option<&str>,
    limit: usize,
) -> Result<Page<RowView>, StoreError> {
    let after: i64 = after.map(|text| cursor_key("import_rows", text)).transpose()?.unwrap_or(-1);
    let mut statement = connection.prepare_cached(
        "SELECT row, file, line, state, why, seq FROM import_rows
         WHERE import = ?1 AND row > ?2 AND (?3 IS NULL OR state = ?3) ORDER BY row LIMIT ?4",
    )?;
    type Found = (i64, i64, i64, i64, Option<String>, Option<i64>);
    let mut found: Vec<Found> = statement
        .query_map(params![import.id, after, fate.map(Fate::code), limit as i64 + 1], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
        })?
        .collect::<Result<_, _>>()?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next_cursor = match found.last() {
        Some(last) if more => Some(cursor("import_rows", &last.0)?),
        _ => None,
    };
    let names = projection::source_names(connection)?;
    let items = found
        .into_iter()
        .map(|(_, file, line, state, why, seq)| {
            let led = match seq {
                Some(seq) => deliveries::led_to(connection, seq, &names)?.into_iter().next(),
                None => None,
            };
            let file = usize::try_from(file).ok().and_then(|file| import.files.get(file)).cloned();
            Ok(RowView {
                line,
                file: file.filter(|_| import.files.len() > 1),
                state: Fate::from_repr(state).unwrap_or(Fate::Skipped),
                why,
                lead: led.as_ref().map(|led| led.lead_id),
                entry: led.map(|led| led.entry),
                delivery: seq,
            })
        })
        .collect::<Result<_, StoreError>>()?;
    Ok(Page { items, next_cursor, total: None })
}

/// Every mapping that was kept, by name.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn mappings(connection: &Connection) -> Result<Vec<Mapping>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT id, name, provider, kind, mapping, time_zone FROM mappings ORDER BY name")?;
    let rows = statement.query_map([], |row| {
        Ok(Mapping {
            id: row.get(0)?,
            name: row.get(1)?,
            provider: row.get(2)?,
            kind: row.get(3)?,
            mapping: serde_json::from_str(&row.get::<_, String>(4)?).unwrap_or_default(),
            time_zone: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
