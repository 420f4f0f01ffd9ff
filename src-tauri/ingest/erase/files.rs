//! Files beside the one that is open: what was erased here is taken out of backups too.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use crate::store::Connection;
use chrono::{DateTime, TimeDelta, Utc};

use super::erased_keys::ErasedKeys;
use super::unread::UnreadSearch;
use super::{ErasureRun, write_tombstone, write_tombstone_as};
use crate::domain::event::{Event, EventId, Identity, IdentityKind};
use crate::domain::identifiers::{PersonIdentifiers, TextScope};
use crate::store::{Batch, EraseKey, ErasureReason, Store, StoreError, Tombstone, erase};

/// Names of backups say when they were made to the second.
const SECOND: TimeDelta = TimeDelta::seconds(1);

/// Everything that was erased in a file: its tombstones, and the key they are made with.
#[derive(Debug, Clone, Default)]
pub struct Erased {
    key: Option<EraseKey>,
    tombstones: Vec<Tombstone>,
}

impl Erased {
    fn of(connection: &Connection) -> Result<Erased, StoreError> {
        let tombstones = erase::tombstones(connection)?.into_iter().map(|(_, tombstone)| tombstone).collect();
        Ok(Erased { key: EraseKey::of(connection)?, tombstones })
    }

    /// Nothing was ever erased.
    pub fn is_empty(&self) -> bool {
        self.tombstones.is_empty()
    }
}

/// What was taken out of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Redacted {
    /// Events that the file still held.
    pub events: usize,
    /// Deliveries that were emptied, or lost a part.
    pub deliveries: usize,
}

/// What the open file has erased.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn erased_in(store: &Store) -> Result<Erased, StoreError> {
    store.read_blocking(Erased::of)
}

/// What a file has erased that is not open here.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn erased_in_file(path: &Path) -> Result<Erased, StoreError> {
    erase::look_into(path, |connection| {
        if erase::knows_erasing(connection)? {
            Erased::of(connection)
        } else {
            Ok(Erased { key: None, tombstones: Vec::new() })
        }
    })
}

/// Takes what `erased` names out of the file at `path`, a copy that nobody has open, and sweeps it. One file is left.
/// What it did not hold is kept out of it as well. Doing it again changes nothing.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn redact_file(path: &Path, erased: &Erased) -> Result<Redacted, StoreError> {
    let erased = erased.clone();
    erase::on_file(path, move |batch| redact(batch, &erased))
}

/// What of a lead goes.
#[derive(Default)]
struct Here {
    which: HashSet<EventId>,
    tombstones: Vec<(EventId, Tombstone)>,
}

fn redact(batch: &mut Batch<'_>, erased: &Erased) -> Result<Redacted, StoreError> {
    let Some(key) = &erased.key else { return Ok(Redacted::default()) };
    if erased.is_empty() {
        return Ok(Redacted::default());
    }
    batch.share_erase_key(key)?;
    let known: HashSet<String> =
        erase::tombstones(batch.transaction())?.into_iter().map(|(_, tombstone)| tombstone.hash).collect();
    let new: BTreeMap<EventId, &Tombstone> = erased
        .tombstones
        .iter()
        .filter(|tombstone| !known.contains(&tombstone.hash))
        .filter_map(|tombstone| Some((EventId::parse(&tombstone.hash)?, tombstone)))
        .collect();
    let erased_keys = ErasedKeys::of(&erased.tombstones, key);
    let mut here: BTreeMap<i64, Here> = BTreeMap::new();
    let mut found = HashSet::new();
    for (id, lead) in batch.event_ids()? {
        let hash = key.event(id);
        // Rows of files go with what they repeat, and have no tombstone of their own.
        if erased_keys.by(hash, i64::MIN).is_some() {
            here.entry(lead).or_default().which.insert(id);
        }
        if let Some(tombstone) = new.get(&hash) {
            found.insert(hash);
            here.entry(lead).or_default().tombstones.push((id, (*tombstone).clone()));
        }
    }
    let mut done = Redacted::default();
    let mut people: Vec<PersonIdentifiers> = Vec::new();
    let (told, left): (Vec<Here>, Vec<Here>) = here.into_values().partition(|here| !here.tombstones.is_empty());
    for Here { which, tombstones: mut list } in told.into_iter().chain(left) {
        let Some(first) = list.first().map(|(id, _)| id).or_else(|| which.iter().next()) else { continue };
        // It may have become part of another meanwhile.
        let Some(lead) = batch.lead_with(*first)? else { continue };
        let events = batch.events_of(lead)?;
        let going: Vec<&Event> =
            events.iter().map(|(event, _)| event).filter(|event| which.contains(&event.id)).collect();
        let person_is = PersonIdentifiers::of(going.iter().copied());
        let whole = list.iter().any(|(_, tombstone)| tombstone.why == ErasureReason::Person);
        if let Some((_, tombstone)) = list.first_mut() {
            // Names this file has for the lead that the other had not.
            for word in batch.rename_lead(lead, &tombstone.person)? {
                let link = Identity { kind: IdentityKind::Erased, value: word };
                if !tombstone.draft.identities.contains(&link) {
                    tombstone.draft.identities.push(link);
                }
            }
            if whole {
                let erasure = ErasureRun {
                    id: tombstone.erasure.clone(),
                    why: tombstone.why,
                    at: crate::clock::from_micros(tombstone.erased_at),
                };
                let emptied = UnreadSearch::of(&going, &person_is, &erasure).empty(batch)?;
                done.deliveries += emptied.count;
                let theirs = |name: &str| emptied.names.contains(name) || person_is.tells(name, TextScope::Elsewhere);
                batch.rename_left_over(&theirs)?;
                people.push(person_is.clone());
            }
        } else if let Some(erasure) = which.iter().find_map(|id| erased_keys.by(key.event(*id), i64::MIN)) {
            // Rows that were taken back before the erasing, and were placed here still: nothing of them is counted there.
            let person = new.values().find(|tombstone| tombstone.erasure == erasure.id).map(|t| t.person.clone());
            if let (ErasureReason::Person, Some(person)) = (erasure.why, person) {
                batch.rename_lead(lead, &person)?;
                people.push(person_is.clone());
            }
            done.deliveries += write_tombstone_as(batch, lead, &which, &[], Some(&person_is), erasure.why, erasure.at)?;
            continue;
        }
        done.events += list.len();
        done.deliveries += write_tombstone(batch, lead, &which, &list, whole.then_some(&person_is))?;
    }
    // What is on no timeline here, whoever else is.
    let emptied = UnreadSearch::of_erased(&erased_keys).empty(batch)?;
    done.deliveries += emptied.count;
    batch.rename_left_over(&|name| emptied.names.contains(name))?;
    // Texts that told of them when they were erased, though nothing else here says who they were; and others that do.
    batch.forget_texts(&|text| {
        people.iter().any(|person| person.tells(text, TextScope::Elsewhere))
            || erased_keys.by(key.text(text), i64::MIN).is_some()
    })?;
    // Those of other leads, or that came later: they count, and are kept out.
    for tombstone in new.iter().filter(|(hash, _)| !found.contains(hash)).map(|(_, tombstone)| tombstone) {
        let seq = batch.append_tombstone(tombstone)?;
        batch.place_tombstone(seq, tombstone)?;
    }
    Ok(done)
}

/// The erasures that the backup at `path`, made at `made_at`, may still hold.
///
/// # Errors
/// [`StoreError`] of either file.
pub fn still_held(store: &Store, path: &Path, made_at: DateTime<Utc>) -> Result<Vec<String>, StoreError> {
    let all = store.read_blocking(erase::erasures)?;
    if all.is_empty() {
        return Ok(Vec::new());
    }
    let there: HashSet<String> =
        erase::look_into(path, erase::erasures)?.into_iter().map(|erasure| erasure.id).collect();
    // Names of backups tell the second in which they were made.
    let held = |erasure: &&erase::Erasure| erasure.first_received < made_at + SECOND && !there.contains(&erasure.id);
    Ok(all.iter().filter(held).map(|erasure| erasure.id.clone()).collect())
}
