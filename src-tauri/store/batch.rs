//! One transaction of the writer: journal entries go in, events find their lead, touched leads are
//! refolded at the end.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Transaction, params};

use super::numbers::{JournalNumbers, Lease};
use super::writer::CommitNotice;
use super::{StoreError, UpsertedEvent, journal};
use crate::domain::event::{EventId, IdentityKind};

/// What placing did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Upserted {
    /// Events that were not known.
    pub new: usize,
    /// Events that were.
    pub known: usize,
    /// Events that were erased before, and are not placed again.
    pub erased: BTreeSet<EventId>,
}

/// One transaction of the writer.
pub struct Batch<'c> {
    pub(super) tx: &'c Transaction<'c>,
    pub(super) touched: BTreeSet<i64>,
    pub(super) gone: BTreeSet<i64>,
    /// Leads that were shown, and are no more.
    pub(super) dropped: BTreeSet<i64>,
    /// Leads that were refolded or dropped already.
    pub(super) folded: BTreeSet<i64>,
    pub(super) counters: BTreeMap<String, i64>,
    pub(super) uids: HashMap<i64, (String, String)>,
    /// Deliveries by source and hour, and the last of them.
    pub(super) heard: BTreeMap<(i64, i64), (i64, i64)>,
    pub(super) change: CommitNotice,
    /// Whether anything is kept out; not looked at yet where `None`.
    pub(super) any_erased: Option<bool>,
    pub(super) erase_key: Option<super::erase::EraseKey>,
    /// Whatever is deleted is overwritten, until the commit.
    pub(super) overwrites: bool,
    /// Where numbers of entries come from, for whoever holds the data folder …
    pub(super) numbers: Option<JournalNumbers>,
    /// Something waits in the inbox that came before, and is not here.
    pub(super) is_behind: bool,
    /// … and what this transaction has of them.
    pub(super) lease: Option<Lease>,
}

pub(super) struct KnownEvent {
    pub(super) id: i64,
    pub(super) lead: i64,
    at: i64,
    at_received: bool,
    first: i64,
    last: i64,
    placed: i64,
    pub(super) unsigned: bool,
    pub(super) imported: bool,
    pub(super) payload: Vec<u8>,
}

impl KnownEvent {
    /// When it happened, where the wording that stands says so.
    pub(super) fn own_time(&self) -> Option<i64> {
        (!self.at_received).then_some(self.at)
    }
}

pub(super) fn event_key(hash: EventId) -> String {
    format!("{}:{hash}", IdentityKind::Event.as_str())
}

impl<'c> Batch<'c> {
    pub(super) fn new(tx: &'c Transaction<'c>) -> Batch<'c> {
        Batch {
            tx,
            touched: BTreeSet::new(),
            gone: BTreeSet::new(),
            dropped: BTreeSet::new(),
            folded: BTreeSet::new(),
            counters: BTreeMap::new(),
            uids: HashMap::new(),
            heard: BTreeMap::new(),
            change: CommitNotice::default(),
            any_erased: None,
            erase_key: None,
            overwrites: false,
            numbers: None,
            is_behind: false,
            lease: None,
        }
    }

    /// The transaction, for queries that need what it has written so far.
    pub fn transaction(&self) -> &Transaction<'c> {
        self.tx
    }

    /// Whether all that was acknowledged before is here.
    pub fn is_in_order(&self) -> bool {
        !self.is_behind
    }

    pub(super) fn count(&mut self, name: impl Into<String>, by: i64) {
        *self.counters.entry(name.into()).or_default() += by;
    }

    /// Puts the events of the journal entry `seq` on their leads. `received` is when the entry came,
    /// `placed` when it was placed: later where a key was corrected first.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn upsert_events(
        &mut self,
        seq: i64,
        received: DateTime<Utc>,
        placed: DateTime<Utc>,
        events: &[UpsertedEvent],
    ) -> Result<Upserted, StoreError> {
        let (received, placed) = (received.timestamp_micros(), placed.timestamp_micros());
        let mut done = Upserted::default();
        for event in events {
            if self.is_erased(event, received)? {
                done.erased.insert(event.hash);
                continue;
            }
            let id = match self.known(event.hash)? {
                Some(known) => {
                    done.known += 1;
                    self.note_wording(event, &known, seq)?;
                    self.see_again(event, &known, received, placed)?;
                    known.id
                }
                None => {
                    done.new += 1;
                    self.see_first(event, received, placed)?
                }
            };
            self.tx
                .prepare_cached("INSERT OR IGNORE INTO sightings (event, seq) VALUES (?1, ?2)")?
                .execute(params![id, seq])?;
        }
        Ok(done)
    }

    pub(super) fn known(&self, hash: EventId) -> Result<Option<KnownEvent>, StoreError> {
        let mut statement = self.tx.prepare_cached(
            "SELECT id, lead, at, at_received, first_received, last_received, placed_at, unsigned, payload,
                    imported
             FROM events WHERE hash = ?1",
        )?;
        Ok(statement
            .query_row([&hash.0[..]], |row| {
                Ok(KnownEvent {
                    id: row.get(0)?,
                    lead: row.get(1)?,
                    at: row.get(2)?,
                    at_received: row.get(3)?,
                    first: row.get(4)?,
                    last: row.get(5)?,
                    placed: row.get(6)?,
                    unsigned: row.get(7)?,
                    payload: row.get(8)?,
                    imported: row.get(9)?,
                })
            })
            .optional()?)
    }

    /// Every change here is a minimum or maximum, so that no order of sightings matters (law 2): first
    /// receipt, last receipt, and of two wordings of one event the one received last; of a file's and a sender's,
    /// the sender's. What either of two wordings connects stays connected. `asof` says the same of a part of the set.
    fn see_again(
        &mut self,
        event: &UpsertedEvent,
        known: &KnownEvent,
        received: i64,
        placed: i64,
    ) -> Result<(), StoreError> {
        let first = known.first.min(received);
        let (sent, was_sent) = (!event.imported, !known.imported);
        let last = if sent == was_sent {
            known.last.max(received)
        } else if sent {
            received
        } else {
            known.last
        };
        let newer =
            (sent, received, &event.payload, event.at) > (was_sent, known.last, &known.payload, known.own_time());
        let payload = if newer { &event.payload } else { &known.payload };
        // The time goes with the wording that stands; where that gives none, the first receipt stands in.
        let own_time = if newer { event.at } else { known.own_time() };
        let (at, at_received) = (own_time.unwrap_or(first), own_time.is_none());
        let mut lead = known.lead;
        if event.payload != known.payload {
            if newer {
                self.write_texts(known.id, event.texts.as_deref())?;
            }
            lead = self.lead_of(event, Some(known.lead))?;
            self.note_business(event, lead)?;
        }
        let placed = known.placed.min(placed);
        let unsigned = known.unsigned && event.unsigned;
        self.tx
            .prepare_cached(
                "UPDATE events SET at = ?2, at_received = ?3, first_received = ?4, last_received = ?5, placed_at = ?6,
                        unsigned = ?7, payload = ?8, imported = ?9
                 WHERE id = ?1",
            )?
            .execute(params![
                known.id,
                at,
                at_received,
                first,
                last,
                placed,
                unsigned,
                payload,
                known.imported && event.imported
            ])?;
        self.touched.insert(lead);
        Ok(())
    }

    fn see_first(&mut self, event: &UpsertedEvent, received: i64, placed: i64) -> Result<i64, StoreError> {
        let lead = self.lead_of(event, None)?;
        self.tx
            .prepare_cached(
                "INSERT INTO events (hash, source, lead, at, at_received, first_received, last_received, placed_at,
                                     unsigned, payload, imported)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(params![
                &event.hash.0[..],
                event.source,
                lead,
                event.at.unwrap_or(received),
                event.at.is_none(),
                received,
                placed,
                event.unsigned,
                event.payload,
                event.imported
            ])?;
        let id = self.tx.last_insert_rowid();
        if let Some(texts) = &event.texts {
            self.write_texts(id, Some(texts))?;
        }
        self.note_business(event, lead)?;
        self.touched.insert(lead);
        Ok(id)
    }

    fn note_business(&mut self, event: &UpsertedEvent, lead: i64) -> Result<(), StoreError> {
        for phone in &event.business {
            self.tx
                .prepare_cached("INSERT OR IGNORE INTO business_sides (phone, lead) VALUES (?1, ?2)")?
                .execute(params![phone, lead])?;
        }
        Ok(())
    }

    /// The lead of an event: every lead its identities already belong to becomes one. The result does not
    /// depend on the order of events: identities only ever join, and the smallest name is shown.
    pub(super) fn lead_of(&mut self, event: &UpsertedEvent, known: Option<i64>) -> Result<i64, StoreError> {
        let mut leads = BTreeSet::from_iter(known);
        let mut missing = Vec::new();
        for key in &event.identities {
            match self.lead_of_identity(key)? {
                Some(lead) => {
                    leads.insert(lead);
                }
                None => missing.push(key.clone()),
            }
        }
        // Actions name a lead by an event, which may have come before or after them.
        let own_key = event_key(event.hash);
        if !event.identities.contains(&own_key)
            && let Some(lead) = self.lead_of_identity(&own_key)?
        {
            leads.insert(lead);
        }
        if let Some(about) = event.about {
            let known = match self.known(about)? {
                Some(known) => Some(known),
                None => self.tombstone_of(about)?,
            };
            leads.extend(known.map(|known| known.lead));
        }
        for key in &missing {
            let name: Option<i64> = self
                .tx
                .prepare_cached("SELECT id FROM lead_names WHERE key = ?1")?
                .query_row([key], |row| row.get(0))
                .optional()?;
            leads.extend(name);
        }
        let lead = match leads.first() {
            Some(lead) => *lead,
            None => {
                let key = missing.iter().min().unwrap_or(&own_key);
                self.tx.prepare_cached("INSERT INTO lead_names (key) VALUES (?1)")?.execute([key])?;
                self.tx.last_insert_rowid()
            }
        };
        for key in &missing {
            self.tx
                .prepare_cached("INSERT INTO identities (key, lead) VALUES (?1, ?2)")?
                .execute(params![key, lead])?;
        }
        for other in leads.into_iter().skip(1) {
            self.merge(other, lead)?;
        }
        Ok(lead)
    }

    fn lead_of_identity(&self, key: &str) -> Result<Option<i64>, StoreError> {
        let mut statement = self.tx.prepare_cached("SELECT lead FROM identities WHERE key = ?1")?;
        Ok(statement.query_row([key], |row| row.get(0)).optional()?)
    }

    fn merge(&mut self, from: i64, into: i64) -> Result<(), StoreError> {
        for table in ["events", "identities", "calls", "search_entries"] {
            self.tx
                .prepare_cached(&format!("UPDATE {table} SET lead = ?2 WHERE lead = ?1"))?
                .execute(params![from, into])?;
        }
        self.tx
            .prepare_cached("UPDATE OR REPLACE business_sides SET lead = ?2 WHERE lead = ?1")?
            .execute(params![from, into])?;
        self.touched.remove(&from);
        self.gone.insert(from);
        self.touched.insert(into);
        Ok(())
    }

    /// Takes leads apart: their events, and what connects them, are no more, until whoever asked places anew what
    /// still stands. Answers the numbers of the journal's entries that stood behind them, in order. What was
    /// placed again is folded at the end, and a lead of which nothing stands any more is gone.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn detach_events(&mut self, leads: &BTreeSet<i64>) -> Result<BTreeSet<i64>, StoreError> {
        let mut seqs = BTreeSet::new();
        for lead in leads {
            {
                let mut statement = self.tx.prepare_cached(
                    "SELECT s.seq FROM events e JOIN sightings s ON s.event = e.id WHERE e.lead = ?1",
                )?;
                for seq in statement.query_map([lead], |row| row.get(0))? {
                    seqs.insert(seq?);
                }
            }
            for sql in [
                "DELETE FROM event_versions WHERE event IN (SELECT id FROM events WHERE lead = ?1)",
                "DELETE FROM version_sightings WHERE event IN (SELECT id FROM events WHERE lead = ?1)",
                "DELETE FROM sightings WHERE event IN (SELECT id FROM events WHERE lead = ?1)",
                "DELETE FROM event_texts WHERE event IN (SELECT id FROM events WHERE lead = ?1)",
                "DELETE FROM events WHERE lead = ?1",
                "DELETE FROM identities WHERE lead = ?1",
                "DELETE FROM business_sides WHERE lead = ?1",
            ] {
                self.tx.prepare_cached(sql)?.execute([lead])?;
            }
            // Cards that stand find their way back: to this lead, or to another.
            self.drop_cards(*lead)?;
            self.touched.insert(*lead);
        }
        Ok(seqs)
    }

    /// Sees to it that numbers are reserved for what waits in the inbox; answers until where, if more are now.
    fn reserve_numbers(&self) -> Result<Option<i64>, StoreError> {
        match &self.numbers {
            Some(numbers) => numbers.reserve(self.tx),
            None => Ok(None),
        }
    }

    /// The leads that hold an event of the journal entry `seq`.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn leads_of(&self, seq: i64) -> Result<BTreeSet<i64>, StoreError> {
        let mut statement = self.tx.prepare_cached(
            "SELECT DISTINCT e.lead FROM sightings s JOIN events e ON e.id = s.event WHERE s.seq = ?1",
        )?;
        let leads = statement.query_map([seq], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(leads)
    }

    /// Refolds what was touched so far.
    pub(super) fn refold_touched(&mut self) -> Result<(), StoreError> {
        let gone = std::mem::take(&mut self.gone);
        for lead in &gone {
            self.drop_lead(*lead)?;
        }
        let touched = std::mem::take(&mut self.touched);
        for lead in &touched {
            self.refold(*lead)?;
        }
        self.folded.extend(touched.into_iter().chain(gone));
        Ok(())
    }

    /// Refolds what was touched and writes the counters; then only the commit is left.
    pub(super) fn finish(mut self) -> Result<CommitNotice, StoreError> {
        self.refold_touched()?;
        for (name, by) in std::mem::take(&mut self.counters) {
            if by != 0 {
                self.tx
                    .prepare_cached(
                        "INSERT INTO counters (name, n) VALUES (?1, ?2)
                         ON CONFLICT (name) DO UPDATE SET n = n + excluded.n",
                    )?
                    .execute(params![name, by])?;
            }
        }
        self.write_heard()?;
        if self.overwrites {
            self.tx.pragma_update(None, "secure_delete", "OFF")?;
        }
        // One that was dropped may have come again in the same commit.
        for lead in std::mem::take(&mut self.dropped) {
            let there: bool = self
                .tx
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM leads WHERE id = ?1)")?
                .query_row([lead], |row| row.get(0))?;
            if !there {
                self.change.gone.push(lead);
            }
        }
        self.change.reserved = self.reserve_numbers()?;
        self.change.leads = std::mem::take(&mut self.folded).into_iter().collect();
        self.change.seq = journal::last(self.tx)?;
        Ok(self.change)
    }
}
