//! Reading again what was kept: after a key was corrected, or because somebody asks.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::store::Connection;
use chrono::{DateTime, Utc};

use super::apply::{NOT_VERIFIED, PreparedDelivery, PreparedEvents};
use super::reading::kept_headers;
use super::reassign::reassign_events;
use super::{Ingest, IngestError, IngestOutcome, ReplayFilter, Replayed, body, trust};
use crate::providers::Verdict;
use crate::store::replays::{self, VerificationEntry};
use crate::store::undo_impact::{TakingBack, taking_back};
use crate::store::{Batch, DeliveryState, LeadSnapshots, SourceRow, StoreError, Trust, journal, quota, sources};

/// Deliveries of one commit: few enough that webhooks in between need not wait long.
const CHUNK: usize = 100;
/// Bytes of bodies read before some of them are placed: what was made of them is in memory at once.
const FULL: usize = 8 * 1024 * 1024;

/// A delivery of the journal, read again.
#[derive(Debug, Clone)]
struct Again {
    seq: i64,
    size: usize,
    /// What is in memory of it is about as large as this. Bytes.
    weight: usize,
    /// It failed at receipt, and matches the present keys, or none is left to check against: to be noted.
    verified_now: Option<Trust>,
    /// When it was verified later, if it was.
    verified_at: Option<DateTime<Utc>>,
    prepared: PreparedDelivery,
}

/// What placing one again did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ReplayOutcome {
    /// Its events are on timelines; with the entry that says it was verified, where one was needed.
    Placed(Option<VerificationEntry>),
    StaysQuarantined(Option<VerificationEntry>),
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
        let headers = kept_headers(&row);
        match trust::check(source, &headers, &row.body, &body::unpack_kept(&row.body, &headers)) {
            Verdict::Verified => {
                verified_now = Some(Trust::Verified);
                PreparedDelivery::of_row(&row, source, false)?
            }
            Verdict::Failed(reason) => PreparedDelivery::unverified(row.source, row.received_at, reason),
            // The owner took the key away: the source is trusted by its address again, as it is for whatever
            // comes next, and what waited is marked unsigned.
            Verdict::Unsigned => {
                verified_now = Some(Trust::Unsigned);
                PreparedDelivery::of_row(&row, source, true)?
            }
        }
    } else {
        PreparedDelivery::of_row(&row, source, row.is_unsigned())?
    };
    let size = row.body.len();
    // One that is packed is more than it seems.
    let weight = size.max(prepared.weight());
    Ok(Some(Again { seq, size, weight, verified_now, verified_at: row.verified_at, prepared }))
}

impl Again {
    fn place(&self, batch: &mut Batch<'_>, now: DateTime<Utc>) -> Result<ReplayOutcome, StoreError> {
        // Somebody else may have been faster.
        let Some((state, verified)) = batch.standing_of(self.seq)? else { return Ok(ReplayOutcome::WasPlaced) };
        let received = self.prepared.received_at;
        if state != DeliveryState::Quarantined {
            if let PreparedEvents::Events(events) = &self.prepared.found {
                batch.upsert_events(self.seq, received, self.verified_at.unwrap_or(received), events)?;
            }
            return Ok(ReplayOutcome::WasPlaced);
        }
        let mut placed_at = self.verified_at.unwrap_or(received);
        let mut noted = None;
        if let Some(trust) = self.verified_now
            && !verified
        {
            noted = Some((batch.append_verified(now, self.seq, trust)?, self.seq));
            batch.unverified_waits(self.prepared.source, -1, self.size);
            placed_at = now;
        }
        match self.prepared.apply_delivery(batch, self.seq, placed_at)? {
            IngestOutcome::Quarantined { .. } => Ok(ReplayOutcome::StaysQuarantined(noted)),
            _ => Ok(ReplayOutcome::Placed(noted)),
        }
    }
}

fn by_id(connection: &Connection) -> Result<HashMap<i64, SourceRow>, StoreError> {
    Ok(sources::all(connection)?.into_iter().map(|source| (source.id, source)).collect())
}

fn chosen(connection: &Connection, filter: &ReplayFilter) -> Result<Vec<i64>, StoreError> {
    let state = filter.state.or(filter.ids.is_none().then_some(DeliveryState::Quarantined));
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

#[derive(Debug, Clone, Default)]
struct ReplayTotals {
    placed: usize,
    still_quarantined: usize,
    noted: Vec<VerificationEntry>,
}

fn place_all(batch: &mut Batch<'_>, all: &[Again], now: DateTime<Utc>) -> Result<ReplayTotals, StoreError> {
    let mut done = ReplayTotals::default();
    for one in all {
        match one.place(batch, now)? {
            ReplayOutcome::Placed(noted) => {
                done.placed += 1;
                done.noted.extend(noted);
            }
            // Verified, but not to be read: that it was verified is to be taken back as well.
            ReplayOutcome::StaysQuarantined(noted) => {
                done.still_quarantined += 1;
                done.noted.extend(noted);
            }
            ReplayOutcome::WasPlaced => {}
        }
    }
    Ok(done)
}

/// Reads the first of `seqs`, as many as fit into memory; answers how many of them that were as well.
fn read_some(connection: &Connection, seqs: &[i64]) -> Result<(Vec<Again>, usize), StoreError> {
    let sources = by_id(connection)?;
    let (mut all, mut bytes, mut looked_at) = (Vec::new(), 0, 0);
    for seq in seqs {
        if bytes >= FULL {
            break;
        }
        looked_at += 1;
        if let Some(again) = again(connection, *seq, &sources)? {
            bytes += again.weight;
            all.push(again);
        }
    }
    Ok((all, looked_at))
}

/// Places all of `seqs`, reading them a few at a time. Answers how many there were as well.
fn read_and_place(
    batch: &mut Batch<'_>,
    seqs: &[i64],
    now: DateTime<Utc>,
) -> Result<(usize, ReplayTotals), StoreError> {
    let (mut checked, mut done, mut left) = (0, ReplayTotals::default(), seqs);
    while !left.is_empty() {
        let (all, looked_at) = read_some(batch.transaction(), left)?;
        left = left.get(looked_at..).unwrap_or_default();
        checked += all.len();
        let placed = place_all(batch, &all, now)?;
        done.placed += placed.placed;
        done.still_quarantined += placed.still_quarantined;
        done.noted.extend(placed.noted);
    }
    Ok((checked, done))
}

impl Ingest {
    /// Checks the source's unverified deliveries against its present keys, and places those that match.
    ///
    /// # Errors
    /// [`IngestError::Store`] of the file.
    pub async fn reverify(&self, source: i64, now: DateTime<Utc>) -> Result<Replayed, IngestError> {
        let waiting = self.store.read(move |connection| quota::waiting(connection, source)).await?;
        self.read_again(waiting, now).await
    }

    /// What [`Ingest::reverify`] would do after `change` to the source. Nothing is changed: it is done, looked at
    /// and taken back.
    ///
    /// # Errors
    /// [`IngestError::Store`] of the file, or what `change` answered.
    pub async fn would_reverify(
        &self,
        source: i64,
        mut change: impl FnMut(&mut Batch<'_>) -> Result<(), StoreError> + Send + 'static,
        now: DateTime<Utc>,
    ) -> Result<Replayed, IngestError> {
        let job = move |batch: &mut Batch<'_>| {
            let try_it = |inner: &mut Batch<'_>| {
                change(inner)?;
                let waiting = quota::waiting(inner.transaction(), source)?;
                read_and_place(inner, &waiting, now)
            };
            let ((checked, done), looks) = batch.preview(try_it)?;
            Ok(answer(checked, &done, &looks, None))
        };
        Ok(self.store.write(job).await?)
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
        let seqs = self.store.read(move |connection| chosen(connection, &filter)).await?;
        if !dry_run {
            return self.read_again(seqs, now).await;
        }
        let seqs = Arc::new(seqs);
        let of = seqs.clone();
        let (all, looked_at) = self.store.read(move |connection| read_some(connection, &of)).await?;
        let job = move |batch: &mut Batch<'_>| {
            let (done, looks) = batch.preview(|inner| {
                let first = place_all(inner, &all, now)?;
                // What did not fit into memory is read while the writer waits: seldom, and still no guess.
                let (more, mut done) = read_and_place(inner, seqs.get(looked_at..).unwrap_or_default(), now)?;
                done.placed += first.placed;
                done.still_quarantined += first.still_quarantined;
                Ok((all.len() + more, done))
            })?;
            let (checked, done) = done;
            Ok(answer(checked, &done, &looks, None))
        };
        Ok(self.store.write(job).await?)
    }

    /// Places what can be placed of `seqs`, a few in each commit so that senders in between need not wait.
    async fn read_again(&self, seqs: Vec<i64>, now: DateTime<Utc>) -> Result<Replayed, IngestError> {
        let (mut checked, mut all_done, mut all_looks, mut replay) =
            (0, ReplayTotals::default(), LeadSnapshots::default(), None);
        let mut left = seqs.as_slice();
        while !left.is_empty() {
            let chunk = left.get(..CHUNK).unwrap_or(left).to_vec();
            let (all, looked_at) = self.store.read(move |connection| read_some(connection, &chunk)).await?;
            left = left.get(looked_at..).unwrap_or_default();
            let all = Arc::new(all);
            checked += all.len();
            let job = move |batch: &mut Batch<'_>| {
                let (_, looks) = batch.preview(|inner| place_all(inner, &all, now))?;
                let done = place_all(batch, &all, now)?;
                let mut replay = replay;
                for noted in &done.noted {
                    let id = match replay {
                        Some(id) => id,
                        None => *replay.insert(batch.add_replay(now)?),
                    };
                    batch.note_replayed(id, *noted)?;
                }
                Ok((done, looks, replay))
            };
            let (done, looks, id) = self.store.write(job).await?;
            replay = id;
            all_done.placed += done.placed;
            all_done.still_quarantined += done.still_quarantined;
            all_looks.then(looks);
        }
        Ok(answer(checked, &all_done, &all_looks, replay))
    }

    /// What taking a replay back would do to leads, and to what people did about them.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such replay.
    pub async fn would_undo_replay(&self, replay: i64) -> Result<TakingBack, IngestError> {
        let look = move |connection: &Connection| {
            let placed: Vec<i64> =
                replays::placements(connection, replay, usize::MAX)?.into_iter().map(|(_, about)| about).collect();
            taking_back(connection, &placed)
        };
        Ok(self.store.read(look).await?)
    }

    /// Takes a replay back: what it placed waits in quarantine again. Answers how many deliveries that were.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such replay.
    pub async fn undo_replay(&self, replay: i64, now: DateTime<Utc>) -> Result<usize, IngestError> {
        let mut undone = 0;
        loop {
            let job = move |batch: &mut Batch<'_>| {
                let placements = replays::placements(batch.transaction(), replay, CHUNK)?;
                if placements.is_empty() {
                    batch.close_replay(replay, now)?;
                }
                take_back(batch, &placements, now)?;
                Ok(placements.len())
            };
            match self.store.write(job).await? {
                0 => return Ok(undone),
                n => undone += n,
            }
        }
    }
}

fn answer(checked: usize, done: &ReplayTotals, looks: &LeadSnapshots, replay: Option<i64>) -> Replayed {
    let ReplayTotals { placed, still_quarantined, .. } = *done;
    Replayed { checked, placed, still_quarantined, effect: looks.effect(), replay: replay.filter(|_| placed > 0) }
}

fn take_back(batch: &mut Batch<'_>, placements: &[VerificationEntry], now: DateTime<Utc>) -> Result<(), StoreError> {
    let (mut leads, mut told) = (BTreeSet::new(), BTreeSet::new());
    for (seq, about) in placements {
        batch.append_taken_back(now, *seq, true)?;
        leads.extend(batch.leads_of(*about)?);
        told.extend(batch.also_told_by(*about)?);
    }
    reassign_events(batch, &leads)?;
    for (_, about) in placements {
        let row = journal::delivery(batch.transaction(), *about)?;
        if row.is_erased() {
            continue;
        }
        let reason = row.why.clone().unwrap_or_else(|| NOT_VERIFIED.into());
        batch.unverified_waits(row.source, 1, row.body.len());
        PreparedDelivery::unverified(row.source, row.received_at, reason).apply_delivery(
            batch,
            *about,
            row.received_at,
        )?;
    }
    batch.say_first_ones(told)
}
