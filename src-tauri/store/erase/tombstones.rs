//! Tombstones: what totals need of an event that was erased, as an entry of the journal of its own.

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use super::ErasureReason;
use super::suppression::KeepsOut;
use crate::clock::from_micros;
use crate::domain::event::{Event, EventId, ParsedEvent};
use crate::store::UpsertedEvent;
use crate::store::journal::JournalKind;
use crate::store::{Batch, DeliveryOutcome, DeliveryState, StoreError, codec, projection, texts};

/// What is kept of an event that was erased.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tombstone {
    /// The erasure it belongs to.
    pub erasure: String,
    /// Why.
    pub why: ErasureReason,
    /// When it was erased, microseconds since the epoch.
    pub erased_at: i64,
    /// The opaque name of the lead.
    pub person: String,
    /// The name of the event from now on: the keyed hash of its id, hexadecimal.
    pub hash: String,
    /// What is kept out with it.
    pub keeps_out: Vec<KeepsOut>,
    /// The row of its source; 0 for what people did in the app.
    pub source: i64,
    /// When it happened, and came. Microseconds since the epoch.
    pub at: i64,
    /// The sender gave no time.
    pub at_received: bool,
    /// Microseconds since the epoch.
    pub first_received: i64,
    /// Microseconds since the epoch.
    pub last_received: i64,
    /// When the first of the deliveries came that were on no timeline and were emptied with it, microseconds since the
    /// epoch; backups may hold the person from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_since: Option<i64>,
    /// Microseconds since the epoch.
    pub placed_at: i64,
    /// No signature or credential stood behind it.
    pub unsigned: bool,
    /// What totals are made of.
    pub draft: ParsedEvent,
}

/// What the journal says of a row whose content was erased, so that the ledger stays as it was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowErased {
    /// Nothing of its content is left.
    pub all: bool,
    /// In plain words.
    pub reason: String,
    /// What the ledger said: the code of the state. 0: the ledger says what reading the rest finds.
    pub state: i64,
    /// What the ledger said.
    pub events: usize,
    /// What the ledger said: parts that could not be read.
    #[serde(default, skip_serializing_if = "is_none_left_out")]
    pub left_out: usize,
    /// What the ledger said, microseconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placed_at: Option<i64>,
    /// Erased events that were read out of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hashes: Vec<String>,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as serde asks
fn is_none_left_out(parts: &usize) -> bool {
    *parts == 0
}

impl RowErased {
    /// Of the column's text.
    pub fn parse(text: Option<&str>) -> Option<RowErased> {
        serde_json::from_str(text?).ok()
    }

    /// The line of the ledger.
    pub fn said(&self) -> DeliveryOutcome {
        DeliveryOutcome {
            state: DeliveryState::of(self.state),
            reason: Some(self.reason.clone()),
            repairs: Vec::new(),
            left_out: self.left_out,
            events: self.events,
            place: None,
            placed_at: self.placed_at.map(from_micros),
        }
    }
}

fn all_of_them() -> String {
    format!("SELECT seq, body FROM journal WHERE {} ORDER BY seq", JournalKind::Erased.clause())
}

fn last_of_them() -> String {
    format!("SELECT coalesce(max(seq), 0) FROM journal WHERE {}", JournalKind::Erased.clause())
}

/// The number of the last tombstone in the journal; 0 where there is none.
///
/// # Errors
/// [`StoreError`] of the file.
pub(in crate::store) fn last_tombstone(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.prepare_cached(&last_of_them())?.query_row([], |row| row.get(0))?)
}

/// Every tombstone of a file, with its number in the journal.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn tombstones(connection: &Connection) -> Result<Vec<(i64, Tombstone)>, StoreError> {
    let mut statement = connection.prepare_cached(&all_of_them())?;
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let raw = codec::unpack(&row.get::<_, Vec<u8>>(1)?)?;
        all.push((row.get(0)?, serde_json::from_slice(&raw)?));
    }
    Ok(all)
}

impl Batch<'_> {
    /// Adds a tombstone to the journal and to what is kept out. It is placed by [`Batch::place_tombstone`].
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn append_tombstone(&mut self, tombstone: &Tombstone) -> Result<i64, StoreError> {
        let raw = serde_json::to_vec(tombstone)?;
        let seq = self.number()?;
        self.tx
            .prepare_cached("INSERT INTO journal (seq, kind, received_at, body, body_size) VALUES (?1, ?2, ?3, ?4, 0)")?
            .execute(params![seq, JournalKind::Erased, tombstone.erased_at, codec::pack(&raw)])?;
        self.note_tombstone(tombstone)?;
        Ok(seq)
    }

    fn note_tombstone(&mut self, tombstone: &Tombstone) -> Result<(), StoreError> {
        self.any_erased = Some(true);
        let mut statement = self.tx.prepare_cached(
            "INSERT INTO erased_keys (hash, until) VALUES (?1, ?2)
             ON CONFLICT (hash) DO UPDATE SET until = CASE WHEN until IS NULL OR excluded.until IS NULL THEN NULL
                                                           ELSE max(until, excluded.until) END",
        )?;
        for name in &tombstone.keeps_out {
            statement.execute(params![hex::decode(&name.hash).unwrap_or_default(), name.until])?;
        }
        self.tx
            .prepare_cached(
                "INSERT INTO erasures (id, at, why, person, events, first_received) VALUES (?1, ?2, ?3, ?4, 1, ?5)
                 ON CONFLICT (id) DO UPDATE SET events = events + 1,
                                                first_received = min(first_received, excluded.first_received)",
            )?
            .execute(params![
                tombstone.erasure,
                tombstone.erased_at,
                tombstone.why.as_str(),
                (tombstone.why == ErasureReason::Person).then_some(&tombstone.person),
                tombstone.held_since.map_or(tombstone.first_received, |since| since.min(tombstone.first_received))
            ])?;
        Ok(())
    }

    /// Reads anew out of the tombstones what is kept out, and places none of them.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn read_tombstones(&mut self) -> Result<Vec<(i64, Tombstone)>, StoreError> {
        self.tx.execute_batch("DELETE FROM erased_keys; DELETE FROM erasures;")?;
        self.any_erased = None;
        let all = tombstones(self.tx)?;
        all.iter().try_for_each(|(_, tombstone)| self.note_tombstone(tombstone))?;
        Ok(all)
    }

    /// Puts what is left of an erased event where the event was.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn place_tombstone(&mut self, seq: i64, tombstone: &Tombstone) -> Result<(), StoreError> {
        let hash =
            EventId::parse(&tombstone.hash).ok_or_else(|| StoreError::Damaged("a tombstone without a name".into()))?;
        let id = match self.known(hash)? {
            Some(known) => known.id,
            None => {
                let mut placed = UpsertedEvent::new(&tombstone.draft, tombstone.source, "", tombstone.unsigned)?;
                placed.hash = hash;
                let lead = self.lead_of(&placed, None)?;
                self.tx
                    .prepare_cached(
                        "INSERT INTO events (hash, source, lead, at, at_received, first_received, last_received,
                                             placed_at, unsigned, payload, erased)
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 1)",
                    )?
                    .execute(params![
                        &hash.0[..],
                        tombstone.source,
                        lead,
                        tombstone.at,
                        tombstone.at_received,
                        tombstone.first_received,
                        tombstone.last_received,
                        tombstone.placed_at,
                        tombstone.unsigned,
                        placed.payload
                    ])?;
                let id = self.tx.last_insert_rowid();
                if let Some(texts) = &placed.texts {
                    self.write_texts(id, Some(texts))?;
                }
                self.touched.insert(lead);
                id
            }
        };
        self.tx
            .prepare_cached("INSERT OR IGNORE INTO sightings (event, seq) VALUES (?1, ?2)")?
            .execute(params![id, seq])?;
        Ok(())
    }

    /// Notes again that the erased events `hashes` had been read out of the delivery `seq`.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn sight_erased(&mut self, seq: i64, hashes: &[String]) -> Result<(), StoreError> {
        for hash in hashes.iter().filter_map(|hash| EventId::parse(hash)) {
            if let Some(known) = self.known(hash)? {
                self.tx
                    .prepare_cached("INSERT OR IGNORE INTO sightings (event, seq) VALUES (?1, ?2)")?
                    .execute(params![known.id, seq])?;
            }
        }
        Ok(())
    }

    /// The events of a lead, each with when it was placed, microseconds since the epoch.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn events_of(&self, lead: i64) -> Result<Vec<(Event, i64)>, StoreError> {
        let names = projection::source_names(self.tx)?;
        let mut events = projection::events_of(self.tx, lead, None, &names)?;
        // What names somebody is whole; what was said is not needed.
        events.iter_mut().try_for_each(|event| texts::join_short(self.tx, event))?;
        let mut placed = self.tx.prepare_cached("SELECT placed_at FROM events WHERE hash = ?1")?;
        events
            .into_iter()
            .map(|event| {
                let at = placed.query_row([&event.id.0[..]], |row| row.get(0))?;
                Ok((event, at))
            })
            .collect()
    }

    /// Numbers of the entries of the journal that an event was read from.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn seqs_of(&self, event: EventId) -> Result<Vec<i64>, StoreError> {
        let mut statement = self
            .tx
            .prepare_cached("SELECT s.seq FROM sightings s JOIN events e ON e.id = s.event WHERE e.hash = ?1")?;
        let seqs = statement.query_map([&event.0[..]], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(seqs)
    }

    /// The lead that holds an event.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn lead_with(&self, event: EventId) -> Result<Option<i64>, StoreError> {
        Ok(self.known(event)?.map(|known| known.lead))
    }

    /// Every event's id, with its lead.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn event_ids(&self) -> Result<Vec<(EventId, i64)>, StoreError> {
        let mut statement = self.tx.prepare_cached("SELECT hash, lead FROM events")?;
        let mut rows = statement.query([])?;
        let mut ids = Vec::new();
        while let Some(row) = rows.next()? {
            if let Ok(hash) = row.get::<_, Vec<u8>>(0)?.try_into() {
                ids.push((EventId(hash), row.get(1)?));
            }
        }
        Ok(ids)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::store::migrations;

    /// They are few among all entries, and looked for at every start and export.
    #[test]
    fn tombstones_are_found_by_the_index_of_them_alone() {
        let connection = migrations::empty(migrations::NEWEST).unwrap();
        for sql in [all_of_them(), last_of_them()] {
            let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let plan: Vec<String> =
                statement.query_map([], |row| row.get(3)).unwrap().collect::<Result<_, _>>().unwrap();
            assert!(plan.iter().all(|step| step.contains("journal_tombstones")), "{sql}: {plan:?}");
        }
    }
}
