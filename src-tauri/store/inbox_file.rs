//! The file of the inbox: how it is opened, begun anew where it was taken away or damaged, and what waits in it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, TransactionBehavior};

use super::backup::{self, beside};
use super::guard::FileGuard;
use super::{StoreError, connect, startup, waiting};
use crate::clock::from_micros;

/// The name of the file in the data folder.
pub(super) const FILE: &str = crate::fs::INBOX;

/// Nobody but our own two threads writes to the file, and each only for a moment: who waits longer waits for a stranger.
pub(super) const BUSY: Duration = Duration::from_millis(100);

/// Written ahead of it at most while nothing waits. Bytes.
const AHEAD: i64 = 1024 * 1024;

/// What is left of a file while it is begun anew.
pub(super) const PART: &str = ".part";

/// What belongs to the file, and the file itself.
pub(super) const ENDS: [&str; 3] = ["-wal", "-shm", ""];

/// `lacks` says that it cannot be taken in: its source is not one of the data file's, as another took its place, and it waits
/// for that one.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS deliveries (
    seq          INTEGER PRIMARY KEY,
    source       INTEGER NOT NULL,
    lacks        INTEGER NOT NULL DEFAULT 0,
    source_uid   TEXT    NOT NULL,
    received_at  INTEGER NOT NULL,
    event        TEXT,
    region       TEXT    NOT NULL,
    trust        INTEGER NOT NULL,
    why          TEXT,
    content_type TEXT,
    headers      BLOB    NOT NULL,
    body         BLOB    NOT NULL,
    body_size    INTEGER NOT NULL,
    test         INTEGER NOT NULL
) STRICT";

/// What waits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Backlog {
    /// How many.
    pub count: u64,
    /// When the first of them was received, UTC.
    pub since: Option<DateTime<Utc>>,
    /// How many of them wait for a source that is not in this file.
    pub without_source: u64,
    /// How many of each source.
    pub by_source: BTreeMap<i64, u64>,
}

impl Backlog {
    pub(super) fn of(connection: &Connection) -> Result<Backlog, StoreError> {
        let mut backlog = Backlog::default();
        let sql = "SELECT source, count(*), min(received_at), sum(lacks) FROM deliveries GROUP BY source";
        let mut statement = connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let count = row.get::<_, i64>(1)?.unsigned_abs();
            let since = from_micros(row.get(2)?);
            backlog.count += count;
            backlog.without_source += row.get::<_, i64>(3)?.unsigned_abs();
            backlog.since = Some(backlog.since.map_or(since, |before| before.min(since)));
            backlog.by_source.insert(row.get(0)?, count);
        }
        Ok(backlog)
    }

    /// What waits beside the data file in `folder`, which another program may have open.
    ///
    /// # Errors
    /// [`StoreError`] of the file, or what SQLite finds wrong with it.
    pub fn beside(folder: &Path) -> Result<Backlog, StoreError> {
        let Some(connection) = open_beside(folder)? else { return Ok(Backlog::default()) };
        match backup::integrity(&connection, "quick_check")? {
            Some(trouble) => Err(StoreError::Damaged(trouble)),
            None => Backlog::of(&connection),
        }
    }
}

/// Opens the inbox in `folder` to read it, if there is one.
pub(super) fn open_beside(folder: &Path) -> Result<Option<Connection>, StoreError> {
    let path = folder.join(FILE);
    if !path.is_file() {
        return Ok(None);
    }
    let connection = backup::read_only(&path)?;
    let has = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'deliveries')";
    let has = connection.query_row(has, [], |row| row.get::<_, bool>(0))?;
    Ok(has.then_some(connection))
}

/// Nothing of what was taken in is left in what is written ahead. Whoever reads on is not waited for: it is tried again.
pub(super) fn shorten(connection: &Connection) {
    connect::checkpoint(connection, Duration::ZERO, BUSY);
}

pub(super) fn count(connection: &Connection) -> Result<u64, StoreError> {
    let sql = "SELECT count(*) FROM deliveries WHERE NOT lacks";
    Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get::<_, i64>(0))?.unsigned_abs())
}

pub(super) fn connect(path: &Path) -> Result<Connection, StoreError> {
    connect::private_file(path)?;
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "trusted_schema", "OFF")?;
    // Nothing of whoever is erased stays behind here.
    connection.pragma_update(None, "secure_delete", "ON")?;
    connection.pragma_update(None, "journal_size_limit", AHEAD)?;
    Ok(connection)
}

pub(super) fn put_aside(path: &Path) -> Result<(), StoreError> {
    ENDS.iter().try_for_each(|end| startup::put_aside(&beside(path, end)).map(drop))
}

/// The file as its own thread has it, known by what lies at its path.
pub(super) struct OpenInbox {
    pub(super) connection: Connection,
    pub(super) guard: FileGuard,
}

impl OpenInbox {
    /// With how many wait, and the last number among all.
    pub(super) fn at(path: &Path) -> Result<(OpenInbox, u64, i64), StoreError> {
        let connection = connect(path)?;
        connection.execute_batch(TABLE)?;
        // Whoever lacked a source before may find it now.
        connection.execute("UPDATE deliveries SET lacks = 0 WHERE lacks", [])?;
        let sql = "SELECT count(*), coalesce(max(seq), 0) FROM deliveries";
        let (count, last): (i64, i64) = connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let guard = FileGuard::of(path)?;
        Ok((OpenInbox { connection, guard }, count.unsigned_abs(), last))
    }

    /// What lies at the path is another file, or none, or what belongs to it is, or it is damaged: what waits, as far as it
    /// can be read, goes on waiting in a new one.
    pub(super) fn begin_anew(&mut self, path: &Path) -> Result<(), StoreError> {
        tracing::warn!("the inbox was moved, deleted or damaged; it is begun anew");
        let own = beside(path, PART);
        // The index of the old one is never taken for the new one's: it is open.
        for end in ENDS {
            let part = beside(path, end);
            let is_ours = match end {
                "-wal" => self.guard.has_ahead(),
                "-shm" => self.guard.has_index(),
                _ => self.guard.is_main(),
            };
            if is_ours && part.symlink_metadata().is_ok() {
                std::fs::rename(&part, beside(&own, end))?;
            } else {
                startup::put_aside(&part)?;
            }
        }
        let (mut anew, ..) = OpenInbox::at(path)?;
        let is_whole = anew.copy(&self.connection)?;
        *self = anew;
        // Deleted once what was in it is in the new one.
        if is_whole {
            remove(&own)
        } else {
            put_aside(&own)?
        }
        Ok(())
    }

    /// Adds what another file of this kind holds, around what cannot be read; answers whether that is all of it.
    fn copy(&mut self, from: &Connection) -> Result<bool, StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let is_whole = waiting::copy(from, "deliveries", &transaction, "deliveries").unwrap_or_else(|error| {
            tracing::error!("the rest of what waited cannot be read: {error}");
            false
        });
        transaction.commit()?;
        Ok(is_whole)
    }

    /// Takes in what a program left that ended while it began the inbox anew. Answers how many wait, and the last number.
    pub(super) fn bring_in(&mut self, own: &Path) -> Result<(u64, i64), StoreError> {
        match backup::read_only(own).and_then(|left| self.copy(&left)) {
            Ok(true) => remove(own),
            Ok(false) => put_aside(own)?,
            Err(error) => {
                tracing::error!("what was left of an inbox cannot be read: {error}");
                put_aside(own)?;
            }
        }
        let last = "SELECT coalesce(max(seq), 0) FROM deliveries";
        Ok((count(&self.connection)?, self.connection.query_row(last, [], |row| row.get(0))?))
    }
}

fn remove(path: &Path) {
    for end in ENDS {
        let _ = std::fs::remove_file(beside(path, end));
    }
}
