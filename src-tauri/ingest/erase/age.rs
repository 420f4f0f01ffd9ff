//! Retention: what is older than the owner wants to keep goes the way of an erased person, a thing at a time.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use crate::store::Connection;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;

use super::unread::empty_unread;
use super::{ErasureRun, tombstones, write_tombstone};
use crate::clock;
use crate::domain::event::{Body, Event, EventId, IdentityKind};
use crate::domain::fold::fold;
use crate::domain::redact::event_name;
use crate::ingest::{Ingest, IngestError};
use crate::settings::Settings;
use crate::store::exports::TooOld;
use crate::store::{Batch, DeliveryState, EraseKey, ErasureReason, StoreError, erase, journal, sources};

/// Leads of one commit: few enough that senders in between need not wait long.
const CHUNK: usize = 20;
/// How often it is looked whether a day has passed.
const LOOK: Duration = Duration::from_secs(15 * 60);
/// What is kept between two runs.
const PAUSE: TimeDelta = TimeDelta::hours(24);

/// What a rule takes away, or would.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expiring {
    /// The source.
    pub source: i64,
    /// The rule.
    pub days: u32,
    /// What happened before this goes, UTC.
    pub before: DateTime<Utc>,
    /// Events.
    pub events: usize,
    /// Deliveries they were read from, and deliveries in quarantine that are as old.
    pub deliveries: usize,
    /// Leads that lose something.
    pub leads: usize,
}

/// One rule.
#[derive(Debug, Clone, Copy)]
struct Rule {
    source: i64,
    before: DateTime<Utc>,
}

/// The events of a lead that go. Things go whole: a call with all that was told of it, a text, a form, and what people
/// of the business did about it; as long as some of it is younger, all of it stays.
fn too_old(events: &[Event], rule: Rule, key: &EraseKey) -> HashSet<EventId> {
    let mut thing: Vec<usize> = (0..events.len()).collect();
    fn root(thing: &mut [usize], mut index: usize) -> usize {
        while thing[index] != index {
            thing[index] = thing[thing[index]];
            index = thing[index];
        }
        index
    }
    let place: HashMap<EventId, usize> = events.iter().enumerate().map(|(index, event)| (event.id, index)).collect();
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    let mut by_name: HashMap<String, usize> = HashMap::new();
    for (index, event) in events.iter().enumerate() {
        for link in event.draft.identities.iter() {
            if matches!(link.kind, IdentityKind::Call | IdentityKind::Message | IdentityKind::Form) {
                let first = *by_name.entry(link.key(&event.source_uid)).or_insert(index);
                pairs.push((first, index));
            }
        }
        if let Body::Action(action) = &event.draft.body {
            let about = place.get(&action.about).or_else(|| place.get(&key.hash(&event_name(action.about))));
            pairs.extend(about.map(|about| (*about, index)));
        }
    }
    for evidence in fold(events).evidence {
        let mut indexes = evidence.iter().filter_map(|id| place.get(id));
        if let Some(first) = indexes.next() {
            pairs.extend(indexes.map(|other| (*first, *other)));
        }
    }
    for (a, b) in pairs {
        let (a, b) = (root(&mut thing, a), root(&mut thing, b));
        thing[a.max(b)] = a.min(b);
    }
    let roots: Vec<usize> = (0..events.len()).map(|index| root(&mut thing, index)).collect();
    let (mut stays, mut told) = (BTreeSet::new(), BTreeSet::new());
    for (event, thing) in events.iter().zip(&roots) {
        let of_rule = event.source == rule.source || event.source == 0;
        if !of_rule || (event.at >= rule.before && !event.is_erased()) {
            stays.insert(thing);
        }
        // What people did about nothing of this source is not its own.
        if event.source == rule.source {
            told.insert(thing);
        }
    }
    let goes = |(event, thing): &(&Event, &usize)| !event.is_erased() && told.contains(thing) && !stays.contains(thing);
    events.iter().zip(&roots).filter(goes).map(|(event, _)| event.id).collect()
}

/// What a rule would take away.
fn look(connection: &Connection, rule: Rule, days: u32) -> Result<Expiring, StoreError> {
    let mut expiring = Expiring { source: rule.source, days, before: rule.before, ..Expiring::default() };
    let Some(key) = EraseKey::of(connection)? else { return Ok(expiring) };
    let mut seqs = BTreeSet::new();
    for lead in erase::leads_before(connection, rule.source, rule.before)? {
        let events = erase::events_of_lead(connection, lead)?;
        let going = too_old(&events, rule, &key);
        if going.is_empty() {
            continue;
        }
        expiring.leads += 1;
        expiring.events += going.len();
        for id in going {
            seqs.extend(erase::deliveries_of(connection, id)?);
        }
    }
    expiring.deliveries = seqs.len() + erase::quarantined_before(connection, rule.source, rule.before)?.len();
    Ok(expiring)
}

/// Takes what is too old out of some leads. Answers how many events, deliveries and leads that were, and what says which
/// files hold them.
fn expire(
    batch: &mut Batch<'_>,
    leads: &[i64],
    rule: Rule,
    erasure: &ErasureRun,
) -> Result<(usize, usize, usize, TooOld), StoreError> {
    let key = batch.erase_key()?;
    let mut done = (0, 0, 0, TooOld::default());
    for lead in leads {
        let events = batch.events_of(*lead)?;
        let all: Vec<Event> = events.iter().map(|(event, _)| event.clone()).collect();
        let which = too_old(&all, rule, &key);
        if which.is_empty() {
            continue;
        }
        let tombstones = tombstones(batch, *lead, &events, &which, erasure)?;
        done.1 += write_tombstone(batch, *lead, &which, &tombstones, None)?;
        done.0 += which.len();
        done.2 += 1;
        for event in all.iter().filter(|event| which.contains(&event.id)) {
            done.3.add(*lead, event.first_received, event.at);
        }
    }
    Ok(done)
}

impl Ingest {
    /// Erases what is older than the owner's rules say (days by source). With `dry_run` nothing is changed, and the
    /// answer says what would be. Blocks; senders are served in between.
    ///
    /// # Errors
    /// [`IngestError::Store`] of the file.
    pub fn expire(
        &self,
        rules: &BTreeMap<i64, u32>,
        dry_run: bool,
        now: DateTime<Utc>,
    ) -> Result<Vec<Expiring>, IngestError> {
        self.settle()?;
        let (mut all, mut gone) = (Vec::new(), TooOld::default());
        let erasure = ErasureRun::new(ErasureReason::Age, now)?;
        for (source, days) in rules.iter().filter(|(_, days)| **days > 0) {
            let rule = Rule { source: *source, before: now - TimeDelta::days(i64::from(*days)) };
            if dry_run {
                all.push(self.store.read_blocking(|connection| look(connection, rule, *days))?);
                continue;
            }
            let mut expiring =
                Expiring { source: rule.source, days: *days, before: rule.before, ..Expiring::default() };
            let leads = self.store.read_blocking(|c| erase::leads_before(c, rule.source, rule.before))?;
            for chunk in leads.chunks(CHUNK) {
                let (chunk, erasure) = (chunk.to_vec(), erasure.clone());
                let (events, deliveries, leads, held) =
                    self.store.write_blocking(move |batch| expire(batch, &chunk, rule, &erasure))?;
                expiring.events += events;
                expiring.deliveries += deliveries;
                expiring.leads += leads;
                gone.and(held);
            }
            let waiting = self.store.read_blocking(|c| erase::quarantined_before(c, rule.source, rule.before))?;
            for chunk in waiting.chunks(CHUNK) {
                let (chunk, erasure) = (chunk.to_vec(), erasure.clone());
                expiring.deliveries += self.store.write_blocking(move |batch| {
                    let mut done = 0;
                    for seq in &chunk {
                        // Since they were listed, it may have been placed, or have made room.
                        if !batch.said_of(*seq)?.is_some_and(|said| said.state == DeliveryState::Quarantined) {
                            continue;
                        }
                        let row = journal::delivery(batch.transaction(), *seq)?;
                        let source = sources::by_id(batch.transaction(), row.source)?;
                        empty_unread(batch, &row, &source, None, &erasure)?;
                        done += 1;
                    }
                    Ok(done)
                })?;
            }
            all.push(expiring);
        }
        if !dry_run {
            // Files hold what was known when they were made: none is kept for longer than the shortest rule.
            if let Some(before) = all.iter().map(|one| one.before).max()
                && self.store.write_blocking(move |batch| batch.exports_too_old(&gone, before))? > 0
            {
                self.delete_exports()?;
            }
            self.sweep(false)?;
        }
        Ok(all)
    }

    /// Follows the owner's retention rules once a day, until the program ends.
    pub async fn keep_expiring(self, settings: Settings, closing: Arc<watch::Sender<bool>>) {
        let mut ends = closing.subscribe();
        let mut last: Option<DateTime<Utc>> = None;
        loop {
            let rules = settings.get().retention.clone();
            let now = clock::now();
            if !rules.is_empty() && last.is_none_or(|last| now - last >= PAUSE || now < last) {
                last = Some(now);
                let ingest = self.clone();
                match tokio::task::spawn_blocking(move || ingest.expire(&rules, false, now)).await {
                    Ok(Ok(all)) => {
                        let events: usize = all.iter().map(|one| one.events).sum();
                        if events > 0 {
                            tracing::info!("{events} events were older than they are to be kept, and were erased");
                        }
                    }
                    Ok(Err(error)) => tracing::error!("what is too old could not be erased: {error}"),
                    Err(error) => tracing::error!("what is too old could not be erased: {error}"),
                }
            }
            tokio::select! {
                _ = ends.wait_for(|closing| *closing) => return,
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }
}
