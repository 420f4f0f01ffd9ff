//! What was known at a past moment.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use super::{StoreError, projection};
use crate::domain::event::Event;

/// Leads that hold anything placed or sighted after `as_of`.
///
/// # Errors
/// [`StoreError`] of the file.
pub(super) fn changed_since(connection: &Connection, as_of: DateTime<Utc>) -> Result<Vec<i64>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT DISTINCT lead FROM events WHERE placed_at > ?1 OR last_received > ?1")?;
    let leads = statement.query_map([as_of.timestamp_micros()], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(leads)
}

/// The lead's events as of then, each of the leads they were then by itself.
///
/// # Errors
/// [`StoreError`] of the file.
pub(super) fn leads_then(
    connection: &Connection,
    lead: i64,
    as_of: DateTime<Utc>,
    names: &HashMap<i64, (String, String)>,
) -> Result<Vec<Vec<Event>>, StoreError> {
    Ok(vec![projection::events_of(connection, lead, Some(as_of), names)?])
}
