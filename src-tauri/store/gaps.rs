//! Runs, beats and gaps in the file. They tell of this machine and are no part of the journal.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};

use super::{Batch, StoreError, sources};
use crate::domain::gaps::{GapPeriod, GapReason, GapState, LastRun, is_resent};

/// Two sleeps this close are one: a laptop that wakes for a moment in the night. Microseconds.
const BREATH: i64 = 60_000_000;

/// By how much the wall clock was set, and when that was noticed: kept for the check-up. JSON `[at, by]`.
pub const CLOCK_MOVED: &str = "clock_moved";

/// The setting that marks a file as sample data, which has no gaps.
const DEMO: &str = "demo";

const NO_GAP: StoreError = StoreError::NotFound("There is no such gap.");
const NO_PART: StoreError = StoreError::NotFound("That source was not connected in this gap.");

/// For how many seconds the provider of a slug tries again; `None` where it does not.
pub type ResendsFor = fn(&str) -> Option<u32>;

/// How the last run ended: its last sign of life is a beat or a delivery it took.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn last_run(connection: &Connection) -> Result<Option<LastRun>, StoreError> {
    let run: Option<(i64, Option<i64>)> = connection
        .query_row("SELECT last_beat, ended_at FROM runs ORDER BY id DESC LIMIT 1", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let Some((beat, ended)) = run else { return Ok(None) };
    // Beats are seconds apart. What was heard long after the last one was heard by another clock.
    let heard: Option<i64> = connection.query_row(
        "SELECT max(last_at) FROM heard WHERE last_at BETWEEN ?1 AND ?2",
        params![beat, beat.saturating_add(BREATH)],
        |row| row.get(0),
    )?;
    Ok(Some(LastRun { last_sign: heard.unwrap_or(beat), ended }))
}

/// When the door was last known to be open, UTC microseconds; 0 where it never was.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn last_beat(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.query_row("SELECT coalesce(max(last_beat), 0) FROM runs", [], |row| row.get(0))?)
}

impl Batch<'_> {
    /// Notes that a run began, and answers its number.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn run_begins(&mut self, at: i64) -> Result<i64, StoreError> {
        self.tx.execute("INSERT INTO runs (started_at, last_beat) VALUES (?1, ?1)", [at])?;
        Ok(self.tx.last_insert_rowid())
    }

    /// A sign of life of a run. Also into a file that was restored meanwhile and does not know it.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn beat(&mut self, run: i64, started: i64, at: i64) -> Result<(), StoreError> {
        self.tx
            .prepare_cached(
                "INSERT INTO runs (id, started_at, last_beat) VALUES (?1, ?2, ?3)
                 ON CONFLICT (id) DO UPDATE SET last_beat = excluded.last_beat",
            )?
            .execute(params![run, started, at])?;
        Ok(())
    }

    /// Notes that a run ended in order.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn run_ends(&mut self, run: i64, at: i64) -> Result<(), StoreError> {
        self.tx.execute("UPDATE runs SET last_beat = ?2, ended_at = ?2 WHERE id = ?1", [run, at])?;
        Ok(())
    }

    /// Notes that the wall clock was set by so many microseconds.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn clock_moved(&mut self, at: i64, by: i64) -> Result<(), StoreError> {
        self.set(CLOCK_MOVED, &format!("[{at},{by}]"))
    }

    /// Notes a gap for every source that was connected in it, from when it was connected. Where there is none there
    /// is no gap; nor in sample data. A sleep or a time of not listening that goes on is the same gap, unless
    /// somebody has closed it meanwhile.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn note_gap(&mut self, period: GapPeriod, resends: ResendsFor) -> Result<Option<i64>, StoreError> {
        if sources::setting(self.tx, DEMO)?.is_some() {
            return Ok(None);
        }
        let to = period.to;
        let concerned: Vec<(i64, String, i64)> = sources::all(self.tx)?
            .into_iter()
            .filter(|source| source.closed_at.is_none())
            .map(|source| (source.id, source.provider, source.created_at.timestamp_micros()))
            .filter(|(_, _, connected)| *connected < to)
            .collect();
        let Some(first) = concerned.iter().map(|(_, _, connected)| *connected).min() else { return Ok(None) };
        let mut from = period.from.max(first);
        let id = match self.gap_that_goes_on(period)? {
            Some((id, begun)) => {
                from = begun.min(from);
                self.tx.execute("UPDATE gaps SET to_at = ?2 WHERE id = ?1", params![id, to])?;
                self.tx.execute("DELETE FROM gap_sources WHERE gap = ?1", [id])?;
                id
            }
            None => {
                self.tx.execute(
                    "INSERT INTO gaps (from_at, to_at, why) VALUES (?1, ?2, ?3)",
                    params![from, to, period.why.as_str()],
                )?;
                self.tx.last_insert_rowid()
            }
        };
        for (source, provider, connected) in concerned {
            let seconds = resends(&provider);
            let state = if is_resent(from.max(connected), to, seconds) { GapState::Resent } else { GapState::Open };
            self.tx
                .prepare_cached(
                    "INSERT INTO gap_sources (gap, source, resends, state, closed_at)
                     VALUES (?1, ?2, ?3, ?4, CASE WHEN ?4 = 'resent' THEN ?5 END)",
                )?
                .execute(params![id, source, seconds.is_some(), state.as_str(), to])?;
            self.tell_of(source);
        }
        Ok(Some(id))
    }

    fn gap_that_goes_on(&self, period: GapPeriod) -> Result<Option<(i64, i64)>, StoreError> {
        if !matches!(period.why, GapReason::Asleep | GapReason::NotListening) {
            return Ok(None);
        }
        Ok(self
            .tx
            .query_row(
                "SELECT id, from_at FROM gaps g
                 WHERE why = ?1 AND from_at <= ?2 AND to_at >= ?2 - ?3 AND to_at <= ?4
                   AND NOT EXISTS (SELECT 1 FROM gap_sources s
                                   WHERE s.gap = g.id AND s.state NOT IN ('open', 'resent'))
                 ORDER BY from_at DESC LIMIT 1",
                params![period.why.as_str(), period.from, BREATH, period.to],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?)
    }

    /// Pages that show it hear of it.
    fn tell_of(&mut self, source: i64) {
        if !self.change.sources.contains(&source) {
            self.change.sources.push(source);
        }
    }

    fn sources_of_gap(&self, gap: i64) -> Result<Vec<i64>, StoreError> {
        let mut statement = self.tx.prepare_cached("SELECT source FROM gap_sources WHERE gap = ?1 ORDER BY source")?;
        Ok(statement.query_map([gap], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    /// Closes a gap by hand for one source, or for all for which it is open.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such gap, or the source was not connected in it;
    /// [`StoreError::Conflict`] when nothing of it is open.
    pub fn close_gap(
        &mut self,
        gap: i64,
        source: Option<i64>,
        reason: &str,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.change_gap(
            gap,
            source,
            "UPDATE gap_sources SET state = 'dismissed', reason = ?3, closed_at = ?4
             WHERE gap = ?1 AND (?2 IS NULL OR source = ?2) AND state = 'open'",
            params![gap, source, reason, at.timestamp_micros()],
            "This gap is closed already.",
        )
    }

    /// Opens a gap again, for one source or for all.
    ///
    /// # Errors
    /// As [`Batch::close_gap`].
    pub fn reopen_gap(&mut self, gap: i64, source: Option<i64>) -> Result<(), StoreError> {
        self.change_gap(
            gap,
            source,
            "UPDATE gap_sources SET state = 'open', reason = NULL, import = NULL, closed_at = NULL
             WHERE gap = ?1 AND (?2 IS NULL OR source = ?2) AND state <> 'open'",
            params![gap, source],
            "This gap is open already.",
        )
    }

    fn change_gap(
        &mut self,
        gap: i64,
        source: Option<i64>,
        sql: &str,
        params: impl rusqlite::Params,
        nothing: &str,
    ) -> Result<(), StoreError> {
        let parts = self.sources_of_gap(gap)?;
        if parts.is_empty() {
            return Err(NO_GAP);
        }
        if source.is_some_and(|source| !parts.contains(&source)) {
            return Err(NO_PART);
        }
        if self.tx.prepare_cached(sql)?.execute(params)? == 0 {
            return Err(StoreError::Conflict(nothing.into()));
        }
        parts.into_iter().for_each(|part| self.tell_of(part));
        Ok(())
    }

    /// Notes that an import brought in what a source had sent in a gap.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such gap, or the source was not connected in it.
    pub fn gap_imported(&mut self, gap: i64, source: i64, import: i64, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.change_gap(
            gap,
            Some(source),
            "UPDATE gap_sources SET state = 'imported', reason = NULL, import = ?3, closed_at = ?4
             WHERE gap = ?1 AND source = ?2",
            params![gap, source, import, at.timestamp_micros()],
            "",
        )
    }

    /// Opens again what an import that was taken back had closed.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn gap_import_undone(&mut self, import: i64, _at: DateTime<Utc>) -> Result<(), StoreError> {
        let mut statement = self.tx.prepare_cached("SELECT source FROM gap_sources WHERE import = ?1")?;
        let parts: Vec<i64> = statement.query_map([import], |row| row.get(0))?.collect::<Result<_, _>>()?;
        drop(statement);
        self.tx.execute(
            "UPDATE gap_sources SET state = 'open', import = NULL, closed_at = NULL WHERE import = ?1",
            [import],
        )?;
        parts.into_iter().for_each(|part| self.tell_of(part));
        Ok(())
    }
}
