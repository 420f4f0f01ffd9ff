//! Gaps as they are shown.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};

use crate::clock::from_micros;
use crate::domain::entry::{AtSource, Entry, EntryContent};
use crate::domain::gaps::{GapReason, GapSource, GapState, GapView};
use crate::store::{StoreError, sources};

/// Gaps listed at once, newest first: more than a year of nights.
const MOST: i64 = 1_000;

/// How long after the last that was heard of a lead a gap still touches its story: a call that was missed then is
/// likely to be about what went on. Later ones say nothing of this lead.
const AFTERMATH: i64 = 14 * 24 * 3_600_000_000;

/// The newest gaps; with `open` only those that wait for somebody.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn list(connection: &Connection, open: bool) -> Result<Vec<GapView>, StoreError> {
    let rows = rows(
        connection,
        "SELECT id, from_at, to_at, why FROM gaps g
         WHERE ?1 = 0 OR EXISTS (SELECT 1 FROM gap_sources s WHERE s.gap = g.id AND s.state = 'open')
         ORDER BY from_at DESC, id DESC LIMIT ?2",
        params![open, MOST],
    )?;
    rows.into_iter().map(|gap| with_sources(connection, gap, i64::MAX)).collect()
}

/// One gap.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none with that number.
pub fn by_id(connection: &Connection, id: i64) -> Result<GapView, StoreError> {
    let found = rows(connection, "SELECT id, from_at, to_at, why FROM gaps WHERE id = ?1", [id])?;
    let gap = found.into_iter().next().ok_or(StoreError::NotFound("There is no such gap."))?;
    with_sources(connection, gap, i64::MAX)
}

/// How many gaps wait for somebody.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn open(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection
        .prepare_cached("SELECT count(DISTINCT gap) FROM gap_sources WHERE state = 'open'")?
        .query_row([], |row| row.get(0))?)
}

/// Gaps that overlap a time, as `(from, to)` in microseconds, oldest first.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn spans(connection: &Connection, from: i64, to: i64) -> Result<Vec<(i64, i64)>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT from_at, to_at FROM gaps WHERE from_at < ?2 AND to_at > ?1 ORDER BY from_at")?;
    Ok(statement.query_map([from, to], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
}

/// Entries for the gaps that touch a lead's story, from the first that was heard of it until a while after the last;
/// with `as_of` as they stood then.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn entries(
    connection: &Connection,
    first: DateTime<Utc>,
    last: DateTime<Utc>,
    as_of: Option<DateTime<Utc>>,
) -> Result<Vec<Entry>, StoreError> {
    let names = sources::names(connection, as_of)?;
    let as_of = as_of.map_or(i64::MAX, |at| at.timestamp_micros());
    // A gap is known when it is over.
    let rows = rows(
        connection,
        "SELECT id, from_at, to_at, why FROM gaps
         WHERE from_at <= ?2 AND to_at >= ?1 AND to_at <= ?3 ORDER BY from_at, id",
        params![first.timestamp_micros(), last.timestamp_micros().saturating_add(AFTERMATH), as_of],
    )?;
    rows.into_iter()
        .map(|gap| {
            let mut gap = with_sources(connection, gap, as_of)?;
            for source in &mut gap.sources {
                if let Some(name) = names.get(&source.source) {
                    source.name.clone_from(name);
                }
            }
            let id = format!("gap:{}", gap.id);
            let (from, to, why) = (gap.from, gap.to, gap.why);
            let mut entry = Entry::new(EntryContent::Gap { gap }, id, from, AtSource::Received, to);
            entry.provider = "leadtrail".into();
            entry.event = why.as_str().into();
            entry.title = why.title().into();
            Ok(entry)
        })
        .collect()
}

fn rows(connection: &Connection, sql: &str, params: impl rusqlite::Params) -> Result<Vec<GapView>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params, |row| {
        Ok(GapView {
            id: row.get(0)?,
            from: from_micros(row.get(1)?),
            to: from_micros(row.get(2)?),
            why: GapReason::of(row.get_ref(3)?.as_str()?),
            open: false,
            sources: Vec::new(),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Fills in the sources; what was closed after `as_of` was open then.
fn with_sources(connection: &Connection, mut gap: GapView, as_of: i64) -> Result<GapView, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT p.source, s.name, s.provider, p.resends, p.state, p.reason, p.import, p.closed_at
         FROM gap_sources p JOIN sources s ON s.id = p.source WHERE p.gap = ?1 ORDER BY p.source",
    )?;
    let parts = statement.query_map([gap.id], |row| {
        let closed: Option<i64> = row.get(7)?;
        let later = closed.is_some_and(|closed| closed > as_of);
        Ok(GapSource {
            source: row.get(0)?,
            name: row.get(1)?,
            provider: row.get(2)?,
            resends: row.get(3)?,
            state: if later { GapState::Open } else { GapState::of(row.get_ref(4)?.as_str()?) },
            reason: if later { None } else { row.get(5)? },
            import: if later { None } else { row.get(6)? },
            closed_at: closed.filter(|_| !later).map(from_micros),
        })
    })?;
    gap.sources = parts.collect::<Result<_, _>>()?;
    gap.open = gap.sources.iter().any(|part| part.state == GapState::Open);
    Ok(gap)
}
