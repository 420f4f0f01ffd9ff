//! The projection anew from the journal, exactly as live.

use std::collections::{HashMap, HashSet};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};

use crate::store::Connection;
use chrono::{DateTime, Utc};

use super::apply::{NOT_VERIFIED, PreparedDelivery};
use super::{Ingest, IngestError, Rebuilt, actions, erase};
use crate::store::journal::{self, JournalEntry};
use crate::store::{Batch, SourceRow, Store, StoreError, Trust, UpsertedEvent, checkup, projection, sources};
use crate::zone;

/// How payloads are read, as a number that goes up when a release reads them better: then the projection
/// is made anew by itself.
pub const PROJECTION_VERSION: i64 = 5;

/// The name under which a file's version stands in its settings.
const VERSION: &str = "projection_version";

/// The name under which the IANA release stands that times without an offset were read by. A newer one moves some of
/// them (and may mend what an older one read an hour off), so the projection is made anew then.
const ZONES: &str = "zones_version";

/// Entries read at once, and such pieces that may wait: reading and placing go on beside each other.
const CHUNK: usize = 256;
const AHEAD: usize = 8;

pub(super) enum RebuildStep {
    Delivery { seq: i64, prepared: PreparedDelivery, placed_at: DateTime<Utc>, waits: Option<usize> },
    Verified { about: i64, prepared: PreparedDelivery, at: DateTime<Utc>, size: usize },
    Action { seq: i64, at: DateTime<Utc>, placed: UpsertedEvent },
}

/// Reads the journal on from where it stands.
#[derive(Default)]
struct JournalWalk {
    sources: HashMap<i64, SourceRow>,
    verified: HashSet<i64>,
    last: i64,
}

impl JournalWalk {
    fn start(connection: &Connection) -> Result<JournalWalk, StoreError> {
        let sources = sources::all(connection)?.into_iter().map(|source| (source.id, source)).collect();
        Ok(JournalWalk { sources, ..JournalWalk::default() })
    }

    /// The next piece, with how many entries it covers; `None` at the end.
    fn next(&mut self, connection: &Connection) -> Result<Option<(u64, Vec<RebuildStep>)>, StoreError> {
        let entries = journal::after(connection, self.last, CHUNK)?;
        let Some((seq, _)) = entries.last() else { return Ok(None) };
        self.last = *seq;
        let count = entries.len() as u64;
        let mut steps = Vec::with_capacity(entries.len());
        for (seq, entry) in entries {
            steps.extend(step(connection, &self.sources, &mut self.verified, seq, entry)?);
        }
        Ok(Some((count, steps)))
    }
}

pub(super) fn step(
    connection: &Connection,
    sources: &HashMap<i64, SourceRow>,
    verified: &mut HashSet<i64>,
    seq: i64,
    entry: JournalEntry,
) -> Result<Option<RebuildStep>, StoreError> {
    let source_of =
        |id: i64| sources.get(&id).ok_or_else(|| StoreError::Damaged("a delivery without its source".into()));
    Ok(Some(match entry {
        JournalEntry::Delivery(row) if row.undone => return Ok(None),
        JournalEntry::Delivery(row) if row.trust == Trust::Failed && !row.is_erased() => {
            let reason = row.why.clone().unwrap_or_else(|| NOT_VERIFIED.into());
            let prepared = PreparedDelivery::unverified(row.source, row.received_at, reason);
            RebuildStep::Delivery { seq, prepared, placed_at: row.received_at, waits: Some(row.body.len()) }
        }
        JournalEntry::Delivery(row) => {
            let prepared = PreparedDelivery::of_row(&row, source_of(row.source)?, row.is_unsigned())?;
            RebuildStep::Delivery { seq, prepared, placed_at: row.received_at, waits: None }
        }
        JournalEntry::Verified { about, at } => {
            // Placed where it was placed then: after what came in between.
            let row = journal::delivery(connection, about)?;
            if row.verified_at != Some(at) || row.undone || row.is_erased() || !verified.insert(about) {
                return Ok(None);
            }
            let prepared = PreparedDelivery::of_row(&row, source_of(row.source)?, row.is_unsigned())?;
            RebuildStep::Verified { about, prepared, at, size: row.body.len() }
        }
        JournalEntry::Action(row) => RebuildStep::Action {
            seq,
            at: row.received_at,
            placed: actions::event(&row.raw, &row.action, row.received_at)?,
        },
        JournalEntry::TakenBack | JournalEntry::Import(_) | JournalEntry::Erased(_) => return Ok(None),
    }))
}

impl RebuildStep {
    pub(super) fn take(self, batch: &mut Batch<'_>) -> Result<(), StoreError> {
        match self {
            RebuildStep::Delivery { seq, prepared, placed_at, waits } => {
                if let Some(size) = waits {
                    batch.unverified_waits(prepared.source, 1, size);
                }
                prepared.apply_delivery(batch, seq, placed_at)?;
            }
            RebuildStep::Verified { about, prepared, at, size } => {
                batch.unverified_waits(prepared.source, -1, size);
                prepared.apply_delivery(batch, about, at)?;
            }
            RebuildStep::Action { seq, at, placed } => {
                if !batch.upsert_events(seq, at, at, &[placed])?.erased.is_empty() {
                    erase::action_again(batch, seq)?;
                }
            }
        }
        Ok(())
    }
}

fn run(store: &Store, batch: &mut Batch<'_>, mut progress: impl FnMut(u64)) -> Result<(), StoreError> {
    batch.clear_projection()?;
    // What is left of erased events comes first: others are kept out, or held together, by it.
    for (seq, tombstone) in batch.read_tombstones()? {
        batch.place_tombstone(seq, &tombstone)?;
    }
    let mut done = 0;
    let mut walk = std::thread::scope(|scope| -> Result<JournalWalk, StoreError> {
        let (send, pieces) = sync_channel(AHEAD);
        let reads = scope.spawn(move || {
            store.read_blocking(|connection| {
                let mut walk = JournalWalk::start(connection)?;
                while let Some(piece) = walk.next(connection)? {
                    if send.send(piece).is_err() {
                        break;
                    }
                }
                Ok(walk)
            })
        });
        for (count, steps) in pieces {
            steps.into_iter().try_for_each(|step: RebuildStep| step.take(batch))?;
            done += count;
            progress(done);
        }
        reads.join().unwrap_or_else(|_| Err(StoreError::Internal("reading the journal broke off".into())))
    })?;
    // Entries of this very commit, which no other connection sees yet.
    walk.sources = JournalWalk::start(batch.transaction())?.sources;
    while let Some((_, steps)) = walk.next(batch.transaction())? {
        steps.into_iter().try_for_each(|step| step.take(batch))?;
    }
    note_version(batch)
}

fn note_version(batch: &mut Batch<'_>) -> Result<(), StoreError> {
    batch.set(ZONES, zone::version())?;
    batch.set(VERSION, &PROJECTION_VERSION.to_string())
}

/// Whether this release made the projection, by the rules of zones that are used now.
pub(super) fn is_up_to_date(connection: &Connection) -> Result<bool, StoreError> {
    Ok(sources::setting(connection, VERSION)?.as_deref() == Some(PROJECTION_VERSION.to_string().as_str())
        && sources::setting(connection, ZONES)?.as_deref() == Some(zone::version()))
}

impl Ingest {
    /// Makes the projection anew from the journal, in one transaction: until it is done everybody sees the
    /// old one. `progress` hears how many entries of how many are done. Blocks: for the command line and
    /// threads of its own.
    ///
    /// # Errors
    /// [`IngestError::Store`] of the file.
    pub fn rebuild(&self, progress: impl FnMut(u64, u64) + Send + 'static) -> Result<Rebuilt, IngestError> {
        let look = |connection: &Connection| Ok((projection::hash(connection)?, journal::count(connection)?));
        let (hash_before, total) = self.store.read_blocking(look)?;
        let store = self.store.clone();
        let progress = Arc::new(Mutex::new(progress));
        self.store.write_blocking(move |batch| {
            run(&store, batch, |done| progress.lock().unwrap_or_else(PoisonError::into_inner)(done, total))
        })?;
        let look = |connection: &Connection| Ok((projection::hash(connection)?, checkup::figures(connection)?));
        let (hash_after, (deliveries, events, leads)) = self.store.read_blocking(look)?;
        Ok(Rebuilt {
            deliveries: usize::try_from(deliveries).unwrap_or_default(),
            events: usize::try_from(events).unwrap_or_default(),
            leads: usize::try_from(leads).unwrap_or_default(),
            hash_before,
            hash_after,
        })
    }

    /// How many entries of how many are read again, while [`Ingest::keep_up_to_date`] does so.
    pub fn rereading(&self) -> Option<(u64, u64)> {
        *self.rereading.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note_rereading(&self, progress: Option<(u64, u64)>) {
        *self.rereading.lock().unwrap_or_else(PoisonError::into_inner) = progress;
    }

    /// [`Ingest::bring_up_to_date`] on a thread of its own: until it is done, the old projection is shown, and
    /// webhooks that come meanwhile are taken in right after.
    pub fn keep_up_to_date(&self) {
        let ingest = self.clone();
        let work = move || {
            let progress = ingest.clone();
            let read = ingest.bring_up_to_date(move |done, of| progress.note_rereading(Some((done, of))));
            ingest.note_rereading(None);
            match read {
                Ok(true) => tracing::info!("everything was read again by this version"),
                Ok(false) => {}
                Err(error) => tracing::error!("what was received could not be read again: {error}"),
            }
            ingest.finish_imports();
            // What the program was ended in the middle of.
            if let Err(error) = ingest.sweep(true) {
                tracing::warn!("what was erased could not be swept out of the file yet: {error}");
            }
        };
        if let Err(error) = std::thread::Builder::new().name("rebuild".into()).spawn(work) {
            tracing::error!("no thread to read again on: {error}");
        }
    }

    /// Makes the projection anew when this release reads payloads in another way than the one that made it.
    /// Answers whether it did. Blocks, like [`Ingest::rebuild`].
    ///
    /// # Errors
    /// [`IngestError::Store`] of the file.
    pub fn bring_up_to_date(&self, progress: impl FnMut(u64, u64) + Send + 'static) -> Result<bool, IngestError> {
        let look = |connection: &Connection| Ok((is_up_to_date(connection)?, journal::count(connection)?));
        let (up_to_date, entries) = self.store.read_blocking(look)?;
        let is_read = !up_to_date && entries > 0;
        if is_read {
            self.rebuild(progress)?;
        } else if !up_to_date {
            self.store.write_blocking(note_version)?;
        }
        self.take_in_left()?;
        Ok(is_read)
    }
}
