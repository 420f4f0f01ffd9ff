//! Erasing a person, and what the owner's retention rules say is too old (design.md, law 4).
//!
//! Each event that goes leaves a tombstone in the journal: it counts, it says nothing of who it was, and it keeps the same
//! event out whichever way it comes again. What senders had sent of it is emptied, of a batch only that element; then the
//! file is written anew, so that nothing is left in free pages.

mod again;
mod age;
mod erased_keys;
mod files;
mod packed;
mod person;
mod redact;
mod unread;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};

pub(super) use again::{action_again, came_again};
pub use age::Expiring;
pub use files::{Erased, Redacted, erased_in, erased_in_file, redact_file, still_held};
pub use person::{Erasing, erase_unswept, find};
use redact::{Cut, known_event, redact_delivery};

use super::Ingest;
use super::reassign::place_anew;
use crate::domain::components::components;
use crate::domain::event::{Event, EventId, Identity, IdentityKind};
use crate::domain::identifiers::PersonIdentifiers;
use crate::domain::redact::{RedactedEvent, redact};
use crate::store::erase::{self, KeepsOut, random_word};
use crate::store::journal::{self, JournalEntry};
use crate::store::{
    Batch, DeliveryOutcome, DeliveryRow, ErasureReason, RowErased, SourceRow, StoreError, Tombstone, sources, startup,
};

/// Larger files are swept at the next start, so that no sender waits for minutes. Bytes.
const LARGE: u64 = 1024 * 1024 * 1024;

/// One erasure: its name, why, and when.
#[derive(Debug, Clone)]
struct ErasureRun {
    id: String,
    why: ErasureReason,
    at: DateTime<Utc>,
}

impl ErasureRun {
    fn new(why: ErasureReason, at: DateTime<Utc>) -> Result<ErasureRun, StoreError> {
        Ok(ErasureRun { id: random_word()?, why, at })
    }
}

fn by_id(batch: &Batch<'_>) -> Result<HashMap<i64, SourceRow>, StoreError> {
    Ok(sources::all(batch.transaction())?.into_iter().map(|source| (source.id, source)).collect())
}

fn source_of<'a>(sources: &'a HashMap<i64, SourceRow>, row: &DeliveryRow) -> Result<&'a SourceRow, StoreError> {
    sources.get(&row.source).ok_or_else(|| StoreError::Damaged("a delivery without its source".into()))
}

/// What is kept of the events `which` of a lead. `events` are all of the lead's.
fn tombstones(
    batch: &mut Batch<'_>,
    lead: i64,
    events: &[(Event, i64)],
    which: &HashSet<EventId>,
    erasure: &ErasureRun,
) -> Result<Vec<(EventId, Tombstone)>, StoreError> {
    let key = batch.erase_key()?;
    let all: Vec<Event> = events.iter().map(|(event, _)| event.clone()).collect();
    // Who was erased in part before stays the same.
    let known = all.iter().flat_map(|event| &event.draft.identities).filter(|link| link.kind == IdentityKind::Erased);
    let known: BTreeSet<String> = known.map(|link| link.value.clone()).collect();
    let person = match known.first() {
        Some(person) => person.clone(),
        None => random_word()?,
    };
    let mut kept = redact(&all, which, &person, &|text| key.hash(text));
    // Of a person, also what belongs to a conversation they had until now; a conversation that is only old goes on.
    let until = (erasure.why == ErasureReason::Person).then(|| erasure.at.timestamp_micros());
    let mut list = Vec::new();
    let mut with: Vec<(EventId, Vec<KeepsOut>)> = Vec::new();
    for (event, placed_at) in events.iter().filter(|(event, _)| which.contains(&event.id)) {
        let keeps_out = batch.keeps_out(event.id, &event.draft.identities, &event.source_uid, until)?;
        let draft = match kept.remove(&event.id) {
            Some(RedactedEvent::Draft(draft)) => *draft,
            Some(RedactedEvent::With(other)) => {
                with.push((other, keeps_out));
                continue;
            }
            None => continue,
        };
        list.push((
            event.id,
            Tombstone {
                erasure: erasure.id.clone(),
                why: erasure.why,
                erased_at: erasure.at.timestamp_micros(),
                person: person.clone(),
                hash: key.event(event.id).to_string(),
                keeps_out,
                source: event.source,
                at: event.at.timestamp_micros(),
                at_received: event.at_received,
                first_received: event.first_received.timestamp_micros(),
                last_received: event.last_received.timestamp_micros(),
                held_since: None,
                placed_at: *placed_at,
                unsigned: event.unsigned,
                draft,
            },
        ));
    }
    for (other, keeps_out) in with {
        if let Some((_, tombstone)) = list.iter_mut().find(|(id, _): &&mut (EventId, Tombstone)| *id == other) {
            tombstone.keeps_out.extend(keeps_out);
        }
    }
    // The first of them holds everything together: other names of the lead, and what stays of it.
    let words = batch.rename_lead(lead, &person)?.into_iter().chain(known);
    let links = words.filter(|word| *word != person).map(|value| Identity { kind: IdentityKind::Erased, value });
    let stay: Vec<&Event> = all.iter().filter(|event| !which.contains(&event.id) && !event.is_erased()).collect();
    let anchors =
        one_of_each(&stay).into_iter().map(|id| Identity { kind: IdentityKind::Event, value: id.to_string() });
    if let Some((_, first)) = list.first_mut() {
        let more: Vec<Identity> = links.chain(anchors).collect();
        first.draft.identities.extend(more);
    }
    Ok(list)
}

/// One event of each group that is held together by its own links.
fn one_of_each(events: &[&Event]) -> Vec<EventId> {
    let own = |event: &Event| format!("{}:{}", IdentityKind::Event.as_str(), event.id);
    let names: Vec<Vec<String>> = events
        .iter()
        .map(|event| {
            event.draft.identities.iter().map(|link| link.key(&event.source_uid)).chain([own(event)]).collect()
        })
        .collect();
    let firsts = components(&names).into_iter().filter_map(|group| group.first().copied());
    firsts.filter_map(|index| events.get(index)).map(|event| event.id).collect()
}

/// Puts tombstones in the place of events of a lead, and takes the events out of what was sent and done. Answers how
/// many deliveries that concerned.
fn write_tombstone(
    batch: &mut Batch<'_>,
    lead: i64,
    which: &HashSet<EventId>,
    tombstones: &[(EventId, Tombstone)],
    person: Option<&PersonIdentifiers>,
) -> Result<usize, StoreError> {
    let Some((_, first)) = tombstones.first() else { return Ok(0) };
    let (why, at) = (first.why, crate::clock::from_micros(first.erased_at));
    write_tombstone_as(batch, lead, which, tombstones, person, why, at)
}

/// As [`write_tombstone`]; without tombstones, nothing is left of the events.
fn write_tombstone_as(
    batch: &mut Batch<'_>,
    lead: i64,
    which: &HashSet<EventId>,
    tombstones: &[(EventId, Tombstone)],
    person: Option<&PersonIdentifiers>,
    why: ErasureReason,
    at: DateTime<Utc>,
) -> Result<usize, StoreError> {
    batch.to_be_swept()?;
    let mut seqs = BTreeSet::new();
    for id in which {
        seqs.extend(batch.seqs_of(*id)?);
    }
    let sources = by_id(batch)?;
    let mut said = BTreeMap::new();
    for seq in seqs {
        match journal::one(batch.transaction(), seq)? {
            Some(JournalEntry::Delivery(row)) => {
                let source = source_of(&sources, &row)?;
                if let Some(line) = take_out(batch, &row, source, which, person, why, at)? {
                    said.insert(seq, (row, line));
                }
            }
            Some(JournalEntry::Action(_)) => {
                let note = RowErased { all: true, reason: why.sentence(at, true), ..RowErased::default() };
                batch.blank(seq, None, None, &note)?;
            }
            _ => {}
        }
    }
    let mut all = BTreeSet::new();
    for (_, tombstone) in tombstones {
        all.insert(batch.append_tombstone(tombstone)?);
    }
    all.extend(batch.detach_events(&BTreeSet::from([lead]))?);
    place_anew(batch, &all)?;
    for (seq, (row, line)) in &said {
        batch.record_outcome(*seq, row.source, row.received_at, line)?;
    }
    Ok(said.len())
}

/// Empties one delivery of the events `which`, as far as it can be cut. Answers what the ledger is to say then; `None`
/// where it stays as it is.
fn take_out(
    batch: &mut Batch<'_>,
    row: &DeliveryRow,
    source: &SourceRow,
    which: &HashSet<EventId>,
    person: Option<&PersonIdentifiers>,
    why: ErasureReason,
    at: DateTime<Utc>,
) -> Result<Option<DeliveryOutcome>, StoreError> {
    let key = batch.erase_key()?;
    let before = |id: EventId| batch.lead_with(key.event(id)).is_ok_and(|lead| lead.is_some());
    let stripped = redact_delivery(row, source, &|id| which.contains(&id) || before(id), &|unreadable| {
        person.is_some_and(|person| unreadable.tells_of(person))
    })?;
    let said = batch.said_of(row.seq)?;
    let mut note = RowErased::parse(row.erased.as_deref()).unwrap_or_else(|| {
        let said = said.as_ref();
        RowErased {
            state: said.map_or(0, |said| said.state.code()),
            events: said.map_or(0, |said| said.events),
            left_out: said.map_or(0, |said| said.left_out),
            placed_at: said.and_then(|said| said.placed_at).map(|t| t.timestamp_micros()),
            ..RowErased::default()
        }
    });
    let rest = match &stripped.cut {
        Cut::Nothing => return Ok(None),
        Cut::All => None,
        Cut::Rest(rest) => Some(rest),
    };
    note.all = rest.is_none();
    note.reason = why.sentence(at, note.all);
    for hash in stripped.gone.iter().map(|id| key.event(*id).to_string()) {
        if !note.hashes.contains(&hash) {
            note.hashes.push(hash);
        }
    }
    batch.blank(row.seq, rest, known_event(row, source), &note)?;
    Ok(Some(note.said()))
}

impl Ingest {
    /// Sweeps out of the file what earlier erasures left in it, if they did. Answers whether nothing is left to be swept.
    /// Senders wait meanwhile: a large file only where `patient`. Blocks.
    ///
    /// # Errors
    /// [`StoreError`] of the file; then it stays to be done.
    pub fn sweep(&self, patient: bool) -> Result<bool, StoreError> {
        if !self.store.read_blocking(erase::is_unswept)? {
            return Ok(true);
        }
        if let Some(folder) = self.store.path().parent() {
            startup::drop_aside(folder)?;
        }
        let size = std::fs::metadata(self.store.path()).map_or(0, |file| file.len());
        if size > LARGE && !patient {
            return Ok(false);
        }
        self.store.alone(erase::sweep)?;
        Ok(!self.store.read_blocking(erase::is_unswept)?)
    }
}
