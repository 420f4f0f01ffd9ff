//! Every question the API asks. Answers are the shapes the API shows.
//!
//! Lists are keyset-paged: a page begins where the last one ended, by sort key and id, never by an offset.

pub mod calls;
pub mod deliveries;
pub mod gaps;
pub mod hourly_deliveries;
pub mod lead;
pub mod leads;
pub mod lists;
pub mod mentions;
pub mod reps;
pub mod search;
pub mod search_query;
pub mod sources;
pub mod status;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::{Connection, OptionalExtension};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::projection::SourceNames;
use super::{StoreError, projection};
use crate::domain::Event;
use crate::domain::fold::{Folded, fold};

/// So many rows that no counter knows are counted one by one: fewer than a page of them takes longer to draw.
pub(super) const COUNTED: i64 = 1_000;

/// A page ends earlier where what stands on it says more than this. One thing is on it, however much that says. Bytes.
pub(super) const PAGE_BYTES: usize = 1_500_000;

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page begins; `null` on the last one.
    pub next_cursor: Option<String>,
    /// How many there are in all, where a counter knows or they are fewer than a thousand; only the first page says so.
    pub total: Option<i64>,
}

/// Opaque to whoever asks: the list it belongs to, and where the next page begins.
pub(super) fn cursor<K: Serialize>(list: &str, key: &K) -> Result<String, StoreError> {
    Ok(URL_SAFE_NO_PAD.encode(serde_json::to_vec(&(list, key))?))
}

/// Reads what [`cursor`] wrote for the same list.
pub(super) fn cursor_key<K: DeserializeOwned>(list: &str, text: &str) -> Result<K, StoreError> {
    let stale = || StoreError::Invalid("This page cannot be found. Start again from the first page.".into());
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| stale())?;
    let (of, key): (String, K) = serde_json::from_slice(&bytes).map_err(|_| stale())?;
    if of == list { Ok(key) } else { Err(stale()) }
}

/// A lead folded from its events at this moment. `None` where it has none.
fn folded(connection: &Connection, lead: i64, names: &SourceNames) -> Result<Option<(Folded, Vec<Event>)>, StoreError> {
    Ok(fold_as(lead, projection::events_of(connection, lead, None, names)?))
}

/// Events folded as the lead `lead`.
fn fold_as(lead: i64, events: Vec<Event>) -> Option<(Folded, Vec<Event>)> {
    if events.is_empty() {
        return None;
    }
    let mut folded = fold(&events);
    folded.lead.id = lead;
    Some((folded, events))
}

/// The lead an id leads to: itself, or the one it became part of.
///
/// # Errors
/// [`StoreError::NotFound`] when no lead ever had that id.
pub fn shown_id(connection: &Connection, id: i64) -> Result<i64, StoreError> {
    let shown: Option<i64> = connection
        .prepare_cached(
            "SELECT coalesce((SELECT id FROM leads WHERE id = ?1),
                             (SELECT k.lead FROM lead_names n JOIN identities k ON k.key = n.key WHERE n.id = ?1))",
        )?
        .query_row([id], |row| row.get(0))
        .optional()?
        .flatten();
    shown.ok_or(StoreError::NotFound("There is no such lead."))
}

/// A counter that is kept up to date by each commit.
pub(super) fn counter(connection: &Connection, name: &str) -> Result<i64, StoreError> {
    let n: Option<i64> = connection
        .prepare_cached("SELECT n FROM counters WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?;
    Ok(n.unwrap_or(0))
}
