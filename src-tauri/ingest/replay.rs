//! Reading again what was kept: after a key was corrected, or because somebody asks.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use super::settle::{Found, Prepared, kept_headers};
use super::{Ingest, IngestError, Outcome, ReplayFilter, Replayed, Reverified, trust};
use crate::providers::Verdict;
use crate::store::{Batch, SourceRow, State, StoreError, Trust, journal, quota, sources};

/// Deliveries of one commit: few enough that webhooks in between need not wait long.
const CHUNK: usize = 100;

/// A delivery of the journal, read again.
#[derive(Debug, Clone)]
struct Again {
    seq: i64,
    size: usize,
    /// It failed at receipt, and matches the present keys, or none is left to check against: to be noted.
    verified_now: Option<Trust>,
    /// When it was verified later, if it was.
    verified_at: Option<DateTime<Utc>>,
    prepared: Prepared,
}

/// What placing one again did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Did {
    Placed,
    StaysQuarantined,
    WasPlaced,
}

fn again(connection: &Connection, seq: i64, sources: &HashMap<i64, SourceRow>) -> Result<Option<Again>, StoreError> {
    let row = match journal::delivery(connection, seq) {
        Ok(row) => row,
        Err(StoreError::NotFound(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let Some(source) = sources.get(&row.source).filter(|_| !row.is_erased()) else { return Ok(None) };
    let mut verified_now = None;
    let prepared = if row.trust == Trust::Failed && row.verified_at.is_none() {
        match trust::check(source, &kept_headers(&row), &row.body) {
            Verdict::Verified => {
                verified_now = Some(Trust::Verified);
                Prepared::of_row(&row, source, false)?
            }
            Verdict::Failed(reason) => Prepared::unverified(row.source, row.received_at, reason),
            // The owner took the key away: the source is trusted by its address again, as it is for whatever
            // comes next, and what waited is marked unsigned.
            Verdict::Unsigned => {
                verified_now = Some(Trust::Unsigned);
                Prepared::of_row(&row, source, true)?
            }
        }
    } else {
        Prepared::of_row(&row, source, row.is_unsigned())?
    };
    Ok(Some(Again { seq, size: row.body.len(), verified_now, verified_at: row.verified_at, prepared }))
}

impl Again {
    fn place(&self, batch: &mut Batch<'_>, now: DateTime<Utc>) -> Result<Did, StoreError> {
        // Somebody else may have been faster.
        let Some((state, verified)) = batch.standing_of(self.seq)? else { return Ok(Did::WasPlaced) };
        let received = self.prepared.received_at;
        if state != State::Quarantined {
            if let Found::Events(events) = &self.prepared.found {
                batch.place(self.seq, received, self.verified_at.unwrap_or(received), events)?;
            }
            return Ok(Did::WasPlaced);
        }
        let mut placed_at = self.verified_at.unwrap_or(received);
        if let Some(trust) = self.verified_now
            && !verified
        {
            batch.append_verified(now, self.seq, trust)?;
            batch.unverified_waits(self.prepared.source, -1, self.size);
            placed_at = now;
        }
        match self.prepared.settle(batch, self.seq, placed_at)? {
            Outcome::Quarantined { .. } => Ok(Did::StaysQuarantined),
            _ => Ok(Did::Placed),
        }
    }
}

fn by_id(connection: &Connection) -> Result<HashMap<i64, SourceRow>, StoreError> {
    Ok(sources::all(connection)?.into_iter().map(|source| (source.id, source)).collect())
}

fn chosen(connection: &Connection, filter: &ReplayFilter) -> Result<Vec<i64>, StoreError> {
    let state = filter.state.or(filter.ids.is_none().then_some(State::Quarantined));
    let Some(ids) = &filter.ids else { return quota::in_state(connection, state, filter.source) };
    let mut ids = ids.clone();
    ids.sort_unstable();
    ids.dedup();
    if state.is_some() || filter.source.is_some() {
        let within: std::collections::HashSet<i64> =
            quota::in_state(connection, state, filter.source)?.into_iter().collect();
        ids.retain(|id| within.contains(id));
    }
    Ok(ids)
}

fn place_all(batch: &mut Batch<'_>, all: &[Again], now: DateTime<Utc>) -> Result<Replayed, StoreError> {
    let mut done = Replayed { checked: all.len(), ..Replayed::default() };
    for one in all {
        match one.place(batch, now)? {
            Did::Placed => done.placed += 1,
            Did::StaysQuarantined => done.still_quarantined += 1,
            Did::WasPlaced => {}
        }
    }
    Ok(done)
}

impl Ingest {
    /// Checks the source's unverified deliveries against its present keys, and places those that match.
    ///
    /// # Errors
    /// [`IngestError::Store`] of the file.
    pub async fn reverify(&self, source: i64, now: DateTime<Utc>) -> Result<Reverified, IngestError> {
        let waiting = self.store.read(move |connection| quota::waiting(connection, source)).await?;
        let mut done = Reverified { checked: waiting.len(), placed: 0 };
        for chunk in waiting.chunks(CHUNK) {
            let chunk = chunk.to_vec();
            let read = move |connection: &Connection| {
                let sources = by_id(connection)?;
                let all = chunk.iter().map(|seq| again(connection, *seq, &sources)).collect::<Result<Vec<_>, _>>()?;
                Ok(all.into_iter().flatten().collect::<Vec<_>>())
            };
            let all: Arc<Vec<Again>> = Arc::new(self.store.read(read).await?);
            let replayed = self.store.write(move |batch| place_all(batch, &all, now)).await?;
            done.placed += replayed.placed;
        }
        Ok(done)
    }

    /// Reads deliveries again. With `dry_run` nothing is changed, and the answer says what would be: it is
    /// done, looked at and taken back.
    ///
    /// # Errors
    /// [`IngestError::Store`] of the file.
    pub async fn replay(
        &self,
        filter: ReplayFilter,
        dry_run: bool,
        now: DateTime<Utc>,
    ) -> Result<Replayed, IngestError> {
        let read = move |connection: &Connection| {
            let sources = by_id(connection)?;
            let mut all = Vec::new();
            for seq in chosen(connection, &filter)? {
                all.extend(again(connection, seq, &sources)?);
            }
            Ok(all)
        };
        let all: Arc<Vec<Again>> = Arc::new(self.store.read(read).await?);
        let job = move |batch: &mut Batch<'_>| {
            let (mut done, effect) = batch.preview(|inner| place_all(inner, &all, now))?;
            done.leads_added = effect.leads_added;
            done.leads_changed = effect.leads_changed;
            done.entries_added = effect.entries_added;
            if !dry_run {
                place_all(batch, &all, now)?;
            }
            Ok(done)
        };
        Ok(self.store.write(job).await?)
    }
}
