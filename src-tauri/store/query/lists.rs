//! Whole lists, one after the other: what an export walks. Never more than a part of them is in memory.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};

use super::{SourceNames, folded};
use crate::domain::event::Event;
use crate::domain::facts::{Facts, facts};
use crate::domain::fold::{Folded, fold};
use crate::domain::mask::Mask;
use crate::domain::view::Lead;
use crate::store::{StoreError, asof, codec, projection};

/// Folded leads that are kept at hand, since calls of one lead lie close together.
const AT_HAND: usize = 2_000;

/// From, to (not counted): microseconds since the epoch, UTC.
pub type Span = (i64, i64);

fn read(packed: &[u8]) -> Result<Facts<'_>, StoreError> {
    postcard::from_bytes(packed)
        .map_err(|error| StoreError::Damaged(format!("the facts of a lead cannot be read: {error}")))
}

fn later(connection: &Connection, as_of: Option<DateTime<Utc>>) -> Result<HashSet<i64>, StoreError> {
    Ok(match as_of {
        Some(as_of) => asof::changed_since(connection, as_of)?.into_iter().collect(),
        None => HashSet::new(),
    })
}

/// The leads that a changed lead's events made at a past moment, folded.
fn then(
    connection: &Connection,
    lead: i64,
    as_of: DateTime<Utc>,
    names: &SourceNames,
) -> Result<Vec<(Folded, Vec<Event>)>, StoreError> {
    let parts = asof::leads_then(connection, lead, as_of, names)?;
    let fold = |events: Vec<Event>| {
        let mut folded = fold(&events);
        folded.lead.id = lead;
        (folded, events)
    };
    Ok(parts.into_iter().filter(|events| !events.is_empty()).map(fold).collect())
}

/// Every link to a recording that is known of a lead, whenever it came.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn recordings(connection: &Connection, lead: i64) -> Result<Mask, StoreError> {
    let names = projection::source_names(connection)?;
    Ok(Mask::of_recordings(&projection::events_of(connection, lead, None, &names)?))
}

/// How many leads have anything at all in the span.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn leads_in(connection: &Connection, span: Span) -> Result<u64, StoreError> {
    let n: i64 = connection
        .prepare_cached("SELECT count(*) FROM facts WHERE last_at >= ?1 AND first_at < ?2")?
        .query_row(params![span.0, span.1], |row| row.get(0))?;
    Ok(u64::try_from(n).unwrap_or(0))
}

/// Leads with anything at all in the span, latest activity first. With `as_of` as they were known then; those that
/// something was placed of since come last. Each has the id of the lead on this machine.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn leads(
    connection: &Connection,
    span: Span,
    as_of: Option<DateTime<Utc>>,
    mut each: impl FnMut(&Facts<'_>, &Lead) -> ControlFlow<()>,
) -> Result<(), StoreError> {
    let later = later(connection, as_of)?;
    let mut statement = connection.prepare_cached(
        "SELECT l.id, l.summary, f.packed
         FROM leads l INDEXED BY leads_recent CROSS JOIN facts f ON f.lead = l.id
         WHERE f.last_at >= ?1 AND f.first_at < ?2
         ORDER BY l.last_activity DESC, l.id DESC",
    )?;
    let mut rows = statement.query(params![span.0, span.1])?;
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        if later.contains(&id) {
            continue;
        }
        let blob = |at| row.get_ref(at).map(|value| value.as_blob().unwrap_or_default());
        let mut lead: Lead = codec::unpack_json(blob(1)?)?;
        lead.id = id;
        if each(&read(blob(2)?)?, &lead).is_break() {
            return Ok(());
        }
    }
    drop(rows);
    let Some(as_of) = as_of else { return Ok(()) };
    let names = projection::source_names(connection)?;
    let mut later: Vec<i64> = later.into_iter().collect();
    later.sort_unstable();
    for id in later {
        for (folded, events) in then(connection, id, as_of, &names)? {
            if each(&facts(&folded, &events), &folded.lead).is_break() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// How many calls began in the span.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn calls_in(connection: &Connection, span: Span) -> Result<u64, StoreError> {
    let n: i64 = connection
        .prepare_cached("SELECT count(*) FROM calls INDEXED BY calls_recent WHERE at >= ?1 AND at < ?2")?
        .query_row(params![span.0, span.1], |row| row.get(0))?;
    Ok(u64::try_from(n).unwrap_or(0))
}

/// A call that an export keeps of a lead: made once for each lead, shown when its turn comes.
pub type Made<T> = HashMap<String, T>;

/// What a walk over calls asks.
pub struct Asked<'a> {
    /// When they began.
    pub span: Span,
    /// As known then.
    pub as_of: Option<DateTime<Utc>>,
    /// Only what this source told.
    pub source: Option<i64>,
    /// Whether a lead is wanted at all: asked before it is folded.
    pub wanted: &'a dyn Fn(&Facts<'_>) -> bool,
}

/// Calls that began in the span, latest first; with `as_of` those of leads that something was placed of since come last.
/// `make` makes of a lead what is shown of each of its calls, by the call's id; it is given all links to the lead's
/// recordings.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn calls<T>(
    connection: &Connection,
    asked: &Asked<'_>,
    make: impl Fn(&Facts<'_>, &Folded, &Mask) -> Made<T>,
    mut each: impl FnMut(Option<T>) -> ControlFlow<()>,
) -> Result<(), StoreError> {
    let later = later(connection, asked.as_of)?;
    let names = projection::source_names(connection)?;
    let mut at_hand: HashMap<i64, Made<T>> = HashMap::new();
    let mut statement = connection.prepare_cached(
        "SELECT id, lead, source FROM calls INDEXED BY calls_recent WHERE at >= ?1 AND at < ?2 ORDER BY at DESC, id DESC",
    )?;
    let mut rows = statement.query(params![asked.span.0, asked.span.1])?;
    while let Some(row) = rows.next()? {
        let (id, lead): (Vec<u8>, i64) = (row.get(0)?, row.get(1)?);
        let skipped = later.contains(&lead) || asked.source.is_some_and(|source| row.get(2) != Ok(source));
        let shown = if skipped {
            None
        } else {
            if !at_hand.contains_key(&lead) {
                if at_hand.len() >= AT_HAND {
                    at_hand.clear();
                }
                at_hand.insert(lead, of_lead(connection, lead, asked, &names, &make)?);
            }
            at_hand.get_mut(&lead).and_then(|made| made.remove(&hex::encode(id)))
        };
        if each(shown).is_break() {
            return Ok(());
        }
    }
    drop(rows);
    let Some(as_of) = asked.as_of else { return Ok(()) };
    let mut later: Vec<i64> = later.into_iter().collect();
    later.sort_unstable();
    for lead in later {
        // A link that came later is in no text from before it either.
        let now = projection::events_of(connection, lead, None, &names)?;
        for (folded, events) in then(connection, lead, as_of, &names)? {
            let facts = facts(&folded, &events);
            if !(asked.wanted)(&facts) {
                continue;
            }
            let mut made = make(&facts, &folded, &Mask::of_recordings(now.iter().chain(&events)));
            for entry in folded.entries.iter().rev() {
                let Some(call) = entry.call.as_deref() else { continue };
                let at = entry.at.timestamp_micros();
                let told = asked.source.is_none_or(|source| call.source == source);
                if told && asked.span.0 <= at && at < asked.span.1 && each(made.remove(&call.id)).is_break() {
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}

fn of_lead<T>(
    connection: &Connection,
    lead: i64,
    asked: &Asked<'_>,
    names: &SourceNames,
    make: &impl Fn(&Facts<'_>, &Folded, &Mask) -> Made<T>,
) -> Result<Made<T>, StoreError> {
    let packed: Option<Vec<u8>> = connection
        .prepare_cached("SELECT packed FROM facts WHERE lead = ?1")?
        .query_row([lead], |row| row.get(0))
        .optional()?;
    let Some(packed) = packed else { return Ok(HashMap::new()) };
    let facts = read(&packed)?;
    if !(asked.wanted)(&facts) {
        return Ok(HashMap::new());
    }
    let Some((folded, events)) = folded(connection, lead, names)? else { return Ok(HashMap::new()) };
    Ok(make(&facts, &folded, &Mask::of_recordings(&events)))
}
