//! What came from each source.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::counter;
use crate::clock::from_micros;
use crate::store::sources::{setting, tests_of};
use crate::store::{DeliveryState, StoreError, quota};

/// How many deliveries came, by what became of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[allow(missing_docs)] // the words of design.md section 4
pub struct ByState {
    pub processed: i64,
    pub duplicate: i64,
    pub repaired: i64,
    pub quarantined: i64,
    /// Requests that left nothing behind but this count.
    pub rejected: i64,
}

impl ByState {
    /// Of one source, or of all.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn of(connection: &Connection, source: Option<i64>) -> Result<ByState, StoreError> {
        let count = |state: DeliveryState| {
            let word = state.as_str();
            counter(connection, &source.map_or(format!("state:{word}"), |source| format!("state:{word}:{source}")))
        };
        Ok(ByState {
            processed: count(DeliveryState::Processed)?,
            duplicate: count(DeliveryState::Duplicate)?,
            repaired: count(DeliveryState::Repaired)?,
            quarantined: count(DeliveryState::Quarantined)?,
            rejected: count(DeliveryState::Rejected)?,
        })
    }

    /// Deliveries that were kept.
    pub fn kept(&self) -> i64 {
        self.processed + self.duplicate + self.repaired + self.quarantined
    }
}

/// What came from a source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SourceCounts {
    /// Deliveries that were kept.
    pub deliveries: i64,
    /// The same, by what became of them; and refused requests.
    #[serde(flatten)]
    pub by_state: ByState,
    /// Leads it told of.
    pub leads: i64,
}

/// The counts of a source.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn counts(connection: &Connection, source: i64) -> Result<SourceCounts, StoreError> {
    let by_state = ByState::of(connection, Some(source))?;
    let leads = counter(connection, &format!("source_leads:{source}"))?;
    Ok(SourceCounts { deliveries: by_state.kept(), by_state, leads })
}

/// What of a source failed verification and waits for its key to be mended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Quarantine {
    /// How many deliveries wait.
    pub kept: i64,
    /// How many bytes they are.
    pub kept_bytes: i64,
    /// How many are kept; then the oldest make room.
    pub limit: i64,
    /// How many bytes are kept.
    pub limit_bytes: i64,
    /// How many made room so far.
    pub dropped: i64,
    /// When one did last.
    pub dropped_at: Option<DateTime<Utc>>,
}

/// What of a source failed verification; `limit` and `limit_bytes` are the owner's.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn quarantine(
    connection: &Connection,
    source: i64,
    limit: i64,
    limit_bytes: i64,
) -> Result<Quarantine, StoreError> {
    let (dropped, last): (i64, Option<i64>) = connection
        .prepare_cached("SELECT coalesce(sum(n), 0), max(last_at) FROM refusals WHERE source = ?1 AND what = ?2")?
        .query_row(params![source, quota::DROPPED], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Quarantine {
        kept: counter(connection, &format!("unverified:{source}"))?,
        kept_bytes: counter(connection, &format!("unverified_bytes:{source}"))?,
        limit,
        limit_bytes,
        dropped,
        dropped_at: last.map(from_micros),
    })
}

/// When the last delivery of a source came, UTC.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn last_delivery_at(connection: &Connection, source: i64) -> Result<Option<DateTime<Utc>>, StoreError> {
    last_but(connection, source, "[]")
}

/// The same without the test events that were sent from here: they prove the address, not the service.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn last_own_delivery_at(connection: &Connection, source: i64) -> Result<Option<DateTime<Utc>>, StoreError> {
    let tests = setting(connection, &tests_of(source))?;
    last_but(connection, source, tests.as_deref().unwrap_or("[]"))
}

/// `but` is a JSON list of journal numbers.
fn last_but(connection: &Connection, source: i64, but: &str) -> Result<Option<DateTime<Utc>>, StoreError> {
    let mut last: Option<i64> = None;
    for &state in DeliveryState::ALL {
        let seq: Option<i64> = connection
            .prepare_cached(
                "SELECT seq FROM ledger WHERE source = ?1 AND state = ?2
                 AND seq NOT IN (SELECT value FROM json_each(?3)) ORDER BY seq DESC LIMIT 1",
            )?
            .query_row(params![source, state.code(), but], |row| row.get(0))
            .optional()?;
        last = last.max(seq);
    }
    let Some(seq) = last else { return Ok(None) };
    let at: i64 = connection
        .prepare_cached("SELECT received_at FROM ledger WHERE seq = ?1")?
        .query_row([seq], |row| row.get(0))?;
    Ok(Some(from_micros(at)))
}
