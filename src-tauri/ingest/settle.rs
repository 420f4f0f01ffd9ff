//! One delivery made ready off the writer's thread, and what the writer does with it: the same for live,
//! replay and rebuild.

use chrono::{DateTime, Utc};

use super::Outcome;
use super::reading::{Reading, Sent, read};
use crate::providers::Headers;
use crate::store::{Batch, DeliveryRow, Placed, Said, SourceRow, State, StoreError};

/// Said of a delivery that failed verification, where its reader gave no reason.
pub(super) const NOT_VERIFIED: &str = "It could not be verified.";

/// A delivery, read and packed.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    pub source: i64,
    pub received_at: DateTime<Utc>,
    pub repairs: Vec<String>,
    pub found: Found,
}

#[derive(Debug, Clone)]
pub(super) enum Found {
    Events(Vec<Placed>),
    Nothing { reason: String, place: Option<(usize, usize)> },
}

impl Prepared {
    /// Reads what was sent.
    pub fn of(sent: &Sent<'_>, source: &SourceRow, unsigned: bool) -> Result<Prepared, StoreError> {
        Prepared::of_reading(read(sent), source, sent.received_at, unsigned)
    }

    /// Packs what was read.
    pub fn of_reading(
        reading: Reading,
        source: &SourceRow,
        received_at: DateTime<Utc>,
        unsigned: bool,
    ) -> Result<Prepared, StoreError> {
        let (repairs, found) = match reading {
            Reading::Ok { drafts, repairs } => {
                let placed = drafts.iter().map(|draft| Placed::new(draft, source.id, &source.uid, unsigned));
                (repairs, Found::Events(placed.collect::<Result<_, _>>()?))
            }
            Reading::Unreadable { reason, place, repairs } => (repairs, Found::Nothing { reason, place }),
        };
        Ok(Prepared { source: source.id, received_at, repairs, found })
    }

    /// Reads a delivery of the journal.
    pub fn of_row(row: &DeliveryRow, source: &SourceRow, unsigned: bool) -> Result<Prepared, StoreError> {
        let headers = kept_headers(row);
        let sent = Sent {
            provider: &source.provider,
            event: row.event.as_deref(),
            content_type: row.content_type.as_deref(),
            headers: &headers,
            body: &row.body,
            region: &row.region,
            received_at: row.received_at,
            imported: row.import.is_some(),
        };
        let prepared = Prepared::of(&sent, source, unsigned)?;
        Ok(if row.import.is_some() { prepared.imported() } else { prepared })
    }

    /// It comes from a file.
    pub fn imported(mut self) -> Prepared {
        if let Found::Events(events) = self.found {
            self.found = Found::Events(events.into_iter().map(Placed::imported).collect());
        }
        self
    }

    /// One that is kept without being read.
    pub fn unverified(source: i64, received_at: DateTime<Utc>, reason: String) -> Prepared {
        Prepared { source, received_at, repairs: Vec::new(), found: Found::Nothing { reason, place: None } }
    }

    /// Places its events, or says why there are none.
    pub fn settle(&self, batch: &mut Batch<'_>, seq: i64, placed_at: DateTime<Utc>) -> Result<Outcome, StoreError> {
        let mut said = Said {
            state: State::Quarantined,
            reason: None,
            repairs: self.repairs.clone(),
            events: 0,
            place: None,
            placed_at: None,
        };
        let outcome = match &self.found {
            Found::Events(events) => {
                let placing = batch.place(seq, self.received_at, placed_at, events)?;
                said.events = events.len();
                said.placed_at = Some(placed_at);
                let events = events.len();
                if placing.new == 0 {
                    said.state = State::Duplicate;
                    Outcome::Duplicate { events }
                } else {
                    said.state = if self.repairs.is_empty() { State::Processed } else { State::Repaired };
                    Outcome::Accepted { events }
                }
            }
            Found::Nothing { reason, place } => {
                said.reason = Some(reason.clone());
                said.place = *place;
                Outcome::Quarantined { reason: reason.clone() }
            }
        };
        batch.say(seq, self.source, self.received_at, &said)?;
        Ok(outcome)
    }
}

/// The headers of a delivery of the journal.
pub fn kept_headers(row: &DeliveryRow) -> Headers {
    serde_json::from_slice(&row.headers).unwrap_or_default()
}
