//! How everything stands, from counters.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::sources::ByState;
use super::{counter, gaps};
use crate::clock::from_micros;
use crate::store::{StoreError, journal};

/// How many there are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Counts {
    /// Leads.
    pub leads: i64,
    /// Leads that wait for somebody.
    pub needs: i64,
    /// Calls.
    pub calls: i64,
    /// Deliveries that were kept.
    pub deliveries: i64,
    /// Deliveries in quarantine.
    pub quarantined: i64,
    /// Requests that were refused.
    pub rejected: i64,
    /// Deliveries by what became of them.
    pub by_state: ByState,
}

/// How the file stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The journal's last sequence number.
    pub seq: i64,
    /// When the last delivery came, UTC.
    pub last_event_at: Option<DateTime<Utc>>,
    /// Some source was ever connected.
    pub any_source: bool,
    /// How many there are.
    pub counts: Counts,
    /// Gaps that wait for somebody.
    pub open_gaps: i64,
}

/// How everything stands.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn standing(connection: &Connection) -> Result<Standing, StoreError> {
    let by_state = ByState::of(connection, None)?;
    let last: Option<i64> = connection
        .prepare_cached("SELECT received_at FROM ledger ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(Standing {
        seq: journal::last(connection)?,
        last_event_at: last.map(from_micros),
        open_gaps: gaps::open(connection)?,
        any_source: connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM sources WHERE closed_at IS NULL)")?
            .query_row([], |row| row.get(0))?,
        counts: Counts {
            leads: counter(connection, "leads")?,
            needs: counter(connection, "needs")?,
            calls: counter(connection, "calls")?,
            deliveries: by_state.kept(),
            quarantined: by_state.quarantined,
            rejected: by_state.rejected,
            by_state,
        },
    })
}

/// How many leads and events there are.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn size(connection: &Connection) -> Result<(i64, i64), StoreError> {
    Ok(connection.query_row("SELECT (SELECT count(*) FROM leads), (SELECT count(*) FROM events)", [], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?)
}
