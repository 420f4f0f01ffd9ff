//! One delivery made ready off the writer's thread, and what the writer does with it: the same for live,
//! replay and rebuild.

use chrono::{DateTime, Utc};

use super::IngestOutcome;
use super::erase::came_again;
use super::reading::{JournalDelivery, Reading, kept_headers, read, sent_of};
use crate::store::{
    Batch, DeliveryOutcome, DeliveryRow, DeliveryState, RowErased, SourceRow, StoreError, UpsertedEvent,
};

/// Said of a delivery that failed verification, where its reader gave no reason.
pub(super) const NOT_VERIFIED: &str = "It could not be verified.";

/// A delivery, read and packed.
#[derive(Debug, Clone)]
pub(super) struct PreparedDelivery {
    pub source: i64,
    pub received_at: DateTime<Utc>,
    pub repairs: Vec<String>,
    /// Parts that cannot be read, where the rest can.
    pub left_out: usize,
    pub found: PreparedEvents,
    /// Some or all of it was erased before: what the ledger is to say.
    pub erased: Option<RowErased>,
}

#[derive(Debug, Clone)]
pub(super) enum PreparedEvents {
    Events(Vec<UpsertedEvent>),
    Nothing { reason: String, place: Option<(usize, usize)> },
}

impl PreparedDelivery {
    /// Reads what was sent.
    pub fn of(sent: &JournalDelivery<'_>, source: &SourceRow, unsigned: bool) -> Result<PreparedDelivery, StoreError> {
        PreparedDelivery::of_reading(read(sent), source, sent.received_at, unsigned)
    }

    /// Packs what was read.
    pub fn of_reading(
        reading: Reading,
        source: &SourceRow,
        received_at: DateTime<Utc>,
        unsigned: bool,
    ) -> Result<PreparedDelivery, StoreError> {
        let (repairs, left_out, found) = match reading {
            Reading::Ok { drafts, repairs, left_out } => {
                let placed = drafts.iter().map(|draft| UpsertedEvent::new(draft, source.id, &source.uid, unsigned));
                (repairs, left_out, PreparedEvents::Events(placed.collect::<Result<_, _>>()?))
            }
            Reading::Unreadable { reason, place, repairs } => (repairs, 0, PreparedEvents::Nothing { reason, place }),
        };
        Ok(PreparedDelivery { source: source.id, received_at, repairs, left_out, found, erased: None })
    }

    /// How many events it holds.
    pub fn events(&self) -> usize {
        match &self.found {
            PreparedEvents::Events(events) => events.len(),
            PreparedEvents::Nothing { .. } => 0,
        }
    }

    /// About how much memory its events take. Bytes.
    pub fn weight(&self) -> usize {
        match &self.found {
            PreparedEvents::Events(events) => events.iter().map(UpsertedEvent::weight).sum(),
            PreparedEvents::Nothing { .. } => 0,
        }
    }

    /// Reads a delivery of the journal.
    pub fn of_row(row: &DeliveryRow, source: &SourceRow, unsigned: bool) -> Result<PreparedDelivery, StoreError> {
        let erased = RowErased::parse(row.erased.as_deref());
        if erased.as_ref().is_some_and(|erased| erased.all) {
            let found = PreparedEvents::Events(Vec::new());
            return Ok(PreparedDelivery {
                source: source.id,
                received_at: row.received_at,
                repairs: Vec::new(),
                left_out: 0,
                found,
                erased,
            });
        }
        let headers = kept_headers(row);
        let prepared =
            PreparedDelivery { erased, ..PreparedDelivery::of(&sent_of(row, source, &headers), source, unsigned)? };
        Ok(if row.import.is_some() { prepared.imported() } else { prepared })
    }

    /// It comes from a file.
    pub fn imported(mut self) -> PreparedDelivery {
        if let PreparedEvents::Events(events) = self.found {
            self.found = PreparedEvents::Events(events.into_iter().map(UpsertedEvent::imported).collect());
        }
        self
    }

    /// One that is kept without being read.
    pub fn unverified(source: i64, received_at: DateTime<Utc>, reason: String) -> PreparedDelivery {
        let found = PreparedEvents::Nothing { reason, place: None };
        PreparedDelivery { source, received_at, repairs: Vec::new(), left_out: 0, found, erased: None }
    }

    /// Places its events, or says why there are none.
    pub fn apply_delivery(
        &self,
        batch: &mut Batch<'_>,
        seq: i64,
        placed_at: DateTime<Utc>,
    ) -> Result<IngestOutcome, StoreError> {
        let mut said = DeliveryOutcome {
            state: DeliveryState::Quarantined,
            reason: None,
            repairs: self.repairs.clone(),
            left_out: self.left_out,
            events: 0,
            place: None,
            placed_at: None,
        };
        let outcome = match &self.found {
            PreparedEvents::Events(events) => {
                if let Some(erased) = self.erased.as_ref().filter(|erased| erased.state != 0) {
                    batch.upsert_events(seq, self.received_at, placed_at, events)?;
                    batch.sight_erased(seq, &erased.hashes)?;
                    let said = erased.said();
                    batch.record_outcome(seq, self.source, self.received_at, &said)?;
                    return Ok(match said.state {
                        DeliveryState::Duplicate => IngestOutcome::Duplicate { events: said.events },
                        _ => IngestOutcome::Accepted { events: said.events },
                    });
                }
                let placing = batch.upsert_events(seq, self.received_at, placed_at, events)?;
                said.events = events.len();
                said.placed_at = Some(placed_at);
                let events = events.len();
                let outcome = if placing.new == 0 {
                    said.state = DeliveryState::Duplicate;
                    IngestOutcome::Duplicate { events }
                } else {
                    said.state =
                        if self.repairs.is_empty() { DeliveryState::Processed } else { DeliveryState::Repaired };
                    IngestOutcome::Accepted { events }
                };
                if !placing.erased.is_empty() {
                    said.reason = came_again(batch, seq, &placing.erased, &said)?;
                }
                outcome
            }
            PreparedEvents::Nothing { reason, place } => {
                said.reason = Some(reason.clone());
                said.place = *place;
                IngestOutcome::Quarantined { reason: reason.clone() }
            }
        };
        batch.record_outcome(seq, self.source, self.received_at, &said)?;
        Ok(outcome)
    }
}
