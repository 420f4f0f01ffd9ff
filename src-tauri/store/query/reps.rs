//! Who looks after leads, as the leads say.

use rusqlite::Connection;

use crate::store::StoreError;

/// Names with the leads they look after, most first, at most `limit` of them.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn names(connection: &Connection, limit: usize) -> Result<Vec<(String, i64)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT rep, count(*) AS n FROM leads INDEXED BY leads_rep WHERE rep IS NOT NULL AND rep <> ''
         GROUP BY rep ORDER BY n DESC, rep LIMIT ?1",
    )?;
    let rows = statement.query_map([i64::try_from(limit).unwrap_or(i64::MAX)], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The names that are spoken of, each once: as many steps in the index as there are names.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn spoken(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let mut statement = connection.prepare_cached(
        "WITH RECURSIVE next (rep) AS (
             SELECT min(rep) FROM leads INDEXED BY leads_rep WHERE rep IS NOT NULL
             UNION ALL
             SELECT (SELECT min(rep) FROM leads INDEXED BY leads_rep WHERE rep > next.rep) FROM next WHERE next.rep IS NOT NULL
         )
         SELECT rep FROM next WHERE rep IS NOT NULL LIMIT 10000",
    )?;
    let rows = statement.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
