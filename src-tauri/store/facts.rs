//! What figures need of each lead: written with the lead, read in one walk.

use std::collections::HashSet;
use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};

use super::{Batch, StoreError};
use crate::domain::event::Event;
use crate::domain::facts::{Facts, facts};
use crate::domain::fold::Folded;

/// The earliest and latest moment any figure of the lead goes by.
fn span(facts: &Facts<'_>) -> (i64, i64) {
    let moments = facts.moments.iter().map(|moment| moment.at);
    let words = facts.outcome.iter().chain(&facts.said).map(|ended| ended.at);
    let all = moments.chain(words).chain(facts.money.map(|money| money.at)).chain(facts.closed_at);
    let ((first, last), seen) = ((i64::MAX, i64::MIN), facts.first_seen);
    let (first, last) = all.fold((first, last), |(first, last), at| (first.min(at), last.max(at)));
    (first.min(seen), last.max(seen))
}

fn pack(facts: &Facts<'_>) -> Result<Vec<u8>, StoreError> {
    postcard::to_stdvec(facts).map_err(|error| StoreError::Internal(format!("the facts of a lead: {error}")))
}

impl Batch<'_> {
    pub(super) fn write_facts(&mut self, lead: i64, folded: &Folded, events: &[Event]) -> Result<(), StoreError> {
        let facts = facts(folded, events);
        let (first, last) = span(&facts);
        self.tx
            .prepare_cached(
                "INSERT INTO facts (lead, first_at, last_at, packed) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (lead) DO UPDATE SET first_at = ?2, last_at = ?3, packed = ?4 WHERE packed <> ?4",
            )?
            .execute(params![lead, first, last, pack(&facts)?])?;
        Ok(())
    }
}

/// Facts of leads with anything in one of the `spans` (microseconds since the epoch, UTC, the end not counted), each
/// with the lead's row. With `as_of` what had been placed by then. `each` may break the walk off.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn walk(
    connection: &Connection,
    spans: &[(i64, i64)],
    as_of: Option<DateTime<Utc>>,
    mut each: impl FnMut(i64, &Facts<'_>) -> ControlFlow<()>,
) -> Result<(), StoreError> {
    let from = spans.iter().map(|span| span.0).min().unwrap_or(i64::MAX);
    let to = spans.iter().map(|span| span.1).max().unwrap_or(i64::MIN);
    let touches = |first: i64, last: i64| spans.iter().any(|(from, to)| last >= *from && first < *to);
    let later: HashSet<i64> = match as_of {
        Some(as_of) => super::asof::changed_since(connection, as_of)?.into_iter().collect(),
        None => HashSet::new(),
    };
    // Where most leads are in question, the table is read as it lies.
    let mut statement = connection
        .prepare_cached("SELECT lead, first_at, last_at, packed FROM facts WHERE last_at >= ?1 AND first_at < ?2")?;
    let mut rows = statement.query(params![from, to])?;
    while let Some(row) = rows.next()? {
        let lead: i64 = row.get(0)?;
        if later.contains(&lead) || !touches(row.get(1)?, row.get(2)?) {
            continue;
        }
        let packed = row.get_ref(3)?.as_blob().map_err(|_| StoreError::Damaged("facts that are none".into()))?;
        let facts: Facts<'_> = postcard::from_bytes(packed)
            .map_err(|error| StoreError::Damaged(format!("the facts of a lead cannot be read: {error}")))?;
        if each(lead, &facts).is_break() {
            return Ok(());
        }
    }
    drop(rows);
    let Some(as_of) = as_of else { return Ok(()) };
    let names = super::projection::source_names(connection)?;
    let mut later: Vec<i64> = later.into_iter().collect();
    later.sort_unstable();
    for lead in later {
        for events in super::asof::leads_then(connection, lead, as_of, &names)? {
            if events.is_empty() {
                continue;
            }
            let folded = crate::domain::fold::fold(&events);
            let facts = facts(&folded, &events);
            let (first, last) = span(&facts);
            if touches(first, last) && each(lead, &facts).is_break() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// When the first of all leads was first heard of, UTC.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn earliest(connection: &Connection) -> Result<Option<DateTime<Utc>>, StoreError> {
    let first: Option<i64> =
        connection.prepare_cached("SELECT min(first_seen) FROM leads")?.query_row([], |row| row.get(0))?;
    Ok(first.map(crate::clock::from_micros))
}
