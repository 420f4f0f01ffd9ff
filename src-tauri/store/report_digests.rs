//! What the last file of a question held: salted digests of its rows, so that the next one can say what changed. Who
//! anybody is cannot be read out of them; a guess at a whole row can be checked, as the salt is beside them. They go
//! when somebody in them is erased.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};

use super::{Batch, StoreError, codec};
use crate::clock::from_micros;

/// Questions that are remembered; the oldest make room.
const KEPT: i64 = 100;

/// What a file held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportDigest {
    /// When the file was made, UTC.
    pub made_at: DateTime<Utc>,
    /// What was known by then is in it, UTC.
    pub as_of: DateTime<Utc>,
    /// Its SHA-256, hex.
    pub sha256: String,
    /// What the digests are salted with.
    pub salt: [u8; 16],
    /// Of each row eight bytes of its id's digest and eight of its content's, in order. `None` where there were too many.
    pub rows: Option<Vec<u8>>,
}

/// What the last file of a question held, if there ever was one.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn of(connection: &Connection, question: &[u8]) -> Result<Option<ReportDigest>, StoreError> {
    type Found = (i64, i64, String, Vec<u8>, Option<Vec<u8>>);
    let found: Option<Found> = connection
        .prepare_cached("SELECT made_at, as_of, sha256, salt, rows FROM prints WHERE question = ?1")?
        .query_row([question], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))
        .optional()?;
    let Some((made_at, as_of, sha256, salt, rows)) = found else { return Ok(None) };
    let damaged = || StoreError::Damaged("what is kept of a file cannot be read".into());
    Ok(Some(ReportDigest {
        made_at: from_micros(made_at),
        as_of: from_micros(as_of),
        sha256,
        salt: salt.try_into().map_err(|_| damaged())?,
        rows: rows.map(|rows| codec::unpack(&rows)).transpose()?,
    }))
}

impl Batch<'_> {
    /// Forgets the digests of files that knew what came since: the salt stands beside them, so whoever guesses what
    /// somebody's row was could tell whether it was one of them. Their next files say no changes.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn forget_digests(&mut self, since: DateTime<Utc>) -> Result<(), StoreError> {
        self.tx.execute("UPDATE prints SET rows = NULL WHERE as_of >= ?1", [since.timestamp_micros()])?;
        Ok(())
    }

    /// Remembers what a file of a question held.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn put_report_digest(&mut self, question: &[u8], print: &ReportDigest) -> Result<(), StoreError> {
        let rows = print.rows.as_deref().map(codec::pack);
        self.tx
            .prepare_cached(
                "INSERT OR REPLACE INTO prints (question, made_at, as_of, sha256, salt, rows)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                question,
                print.made_at.timestamp_micros(),
                print.as_of.timestamp_micros(),
                print.sha256,
                &print.salt[..],
                rows
            ])?;
        self.tx
            .prepare_cached(
                "DELETE FROM prints WHERE question NOT IN
                     (SELECT question FROM prints ORDER BY made_at DESC, question LIMIT ?1)",
            )?
            .execute([KEPT])?;
        Ok(())
    }
}
