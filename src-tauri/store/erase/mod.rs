//! What is left of events that were erased, and how they are kept out for good.
//!
//! An erased event leaves a *tombstone* (`tombstones`), an entry of the journal of its own: what totals need, and hashes
//! under a key of this file by which the same event is known if it comes again (`suppression`). Everything about them is
//! read out of the tombstones. What else in the file tells of somebody is forgotten (`texts`), and the file is written
//! anew without it (`sweep`).

mod suppression;
mod sweep;
mod texts;
mod tombstones;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

pub use suppression::{EraseKey, KeepsOut};
pub use sweep::{Rest, is_unswept, look_into, on_file, sweep};
pub use texts::{FORGETS, Forgotten, Looked, STAYS};
pub(super) use tombstones::last_tombstone;
pub use tombstones::{RowErased, Tombstone, tombstones};

use super::{DeliveryState, StoreError, projection};
use crate::clock::from_micros;
use crate::domain::event::{Event, EventId};

/// Why something was erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum ErasureReason {
    /// A person asked to be forgotten.
    Person,
    /// A retention rule the owner set.
    Age,
}

impl ErasureReason {
    fn as_str(self) -> &'static str {
        self.into()
    }

    /// One sentence for the ledger; nothing in it says who.
    pub fn sentence(self, at: DateTime<Utc>, whole: bool) -> String {
        let what = if whole { "Erased" } else { "Part of it was erased" };
        let by = match self {
            ErasureReason::Person => "at the owner’s request",
            ErasureReason::Age => "by the owner’s retention rule",
        };
        format!("{what} on {} {by}.", at.format("%-d %B %Y"))
    }
}

/// A random word of 128 bits.
///
/// # Errors
/// When the system gives no random numbers.
pub fn random_word() -> Result<String, StoreError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| StoreError::Internal(format!("no random numbers: {error}")))?;
    Ok(hex::encode(bytes))
}

/// Something that was erased; nothing here says who.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// Its name.
    pub id: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    pub why: ErasureReason,
    /// The lead that is left of the person, where it was one.
    pub lead: Option<i64>,
    /// Events that were erased.
    pub events: i64,
    /// Backups made before this never held them.
    pub first_received: DateTime<Utc>,
}

/// Everything that was erased, the last first.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn erasures(connection: &Connection) -> Result<Vec<Erasure>, StoreError> {
    if !knows_erasing(connection)? {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare(
        "SELECT e.id, e.at, e.why, k.lead, e.events, e.first_received
         FROM erasures e LEFT JOIN identities k ON k.key = 'erased:' || e.person ORDER BY e.at DESC, e.id",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(Erasure {
            id: row.get(0)?,
            at: from_micros(row.get(1)?),
            why: if row.get::<_, String>(2)? == ErasureReason::Age.as_str() {
                ErasureReason::Age
            } else {
                ErasureReason::Person
            },
            lead: row.get(3)?,
            events: row.get(4)?,
            first_received: from_micros(row.get(5)?),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The file's schema knows of erasing.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn knows_erasing(connection: &Connection) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'erasures')";
    Ok(connection.query_row(sql, [], |row| row.get(0))?)
}

/// Leads that hold an event of a source from before a time that was not erased.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn leads_before(connection: &Connection, source: i64, before: DateTime<Utc>) -> Result<Vec<i64>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT DISTINCT lead FROM events WHERE source = ?1 AND at < ?2 AND erased = 0 ORDER BY lead",
    )?;
    let leads = statement.query_map(params![source, before.timestamp_micros()], |row| row.get(0))?;
    Ok(leads.collect::<Result<_, _>>()?)
}

/// Deliveries of a source in quarantine that came before a time.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn quarantined_before(connection: &Connection, source: i64, before: DateTime<Utc>) -> Result<Vec<i64>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT seq FROM ledger WHERE source = ?1 AND state = ?3 AND received_at < ?2 ORDER BY seq")?;
    let quarantined = params![source, before.timestamp_micros(), DeliveryState::Quarantined];
    let seqs = statement.query_map(quarantined, |row| row.get(0))?;
    Ok(seqs.collect::<Result<_, _>>()?)
}

/// The events of a lead.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn events_of_lead(connection: &Connection, lead: i64) -> Result<Vec<Event>, StoreError> {
    projection::events_of(connection, lead, None, &projection::source_names(connection)?)
}

/// Deliveries that an event was read from.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn deliveries_of(connection: &Connection, event: EventId) -> Result<Vec<i64>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT s.seq FROM sightings s JOIN events e ON e.id = s.event JOIN ledger l ON l.seq = s.seq WHERE e.hash = ?1",
    )?;
    let seqs = statement.query_map([&event.0[..]], |row| row.get(0))?;
    Ok(seqs.collect::<Result<_, _>>()?)
}
