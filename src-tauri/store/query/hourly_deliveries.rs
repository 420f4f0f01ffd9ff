//! How often a source was heard.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};

use crate::clock::from_micros;
use crate::store::StoreError;

/// When the door last took a delivery of a source, imports left aside. UTC.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn last(connection: &Connection, source: i64) -> Result<Option<DateTime<Utc>>, StoreError> {
    let last: Option<i64> = connection
        .prepare_cached(
            "SELECT max(last_at) FROM (SELECT last_at FROM heard WHERE source = ?1 ORDER BY hour DESC LIMIT 2)",
        )?
        .query_row([source], |row| row.get(0))?;
    Ok(last.map(from_micros))
}

/// Deliveries of a source by hour since the epoch, from `since` (microseconds) on.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn hours(connection: &Connection, source: i64, since: i64) -> Result<Vec<(i64, i64)>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT hour, n FROM heard WHERE source = ?1 AND hour >= ?2 ORDER BY hour")?;
    let rows =
        statement.query_map(params![source, since.div_euclid(3_600_000_000)], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
