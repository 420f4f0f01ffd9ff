//! Which event names a lead, for actions: rows are names of this machine only.

use std::collections::HashSet;

use rusqlite::OptionalExtension;

use super::{Batch, StoreError, codec, projection, query, texts};
use crate::domain::event::{Body, Event, EventId};
use crate::domain::fold::fold;
use crate::domain::{Action, ParsedEvent};

impl Batch<'_> {
    /// The latest event a sender told of the lead, by (time, id); of its call, where one is named. What was not brought
    /// in from a file comes first: a file may be taken back, and what is said of the lead stays.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such lead, or no such call of it.
    pub fn anchor(&self, lead: i64, call: Option<&str>) -> Result<EventId, StoreError> {
        let lead = query::shown_id(self.tx, lead)?;
        let names = projection::source_names(self.tx)?;
        let events = projection::events_of(self.tx, lead, None, &names)?;
        let lasting = self.told_by_senders(lead)?;
        let rank = |event: &&Event| (event.source != 0, lasting.contains(&event.id), event.at, event.id);
        let latest = match call {
            Some(call) => {
                let folded = fold(&events);
                let card = folded.entries.iter().position(|entry| entry.call().is_some_and(|c| c.id == call));
                let behind = card.and_then(|index| folded.evidence.get(index)).map(Vec::as_slice).unwrap_or_default();
                events.iter().filter(|event| behind.contains(&event.id)).max_by_key(rank)
            }
            None => events.iter().max_by_key(rank),
        };
        let missing = if call.is_some() { "This lead has no such call." } else { "There is no such lead." };
        latest.map(|event| event.id).ok_or(StoreError::NotFound(missing))
    }

    /// The events of a lead that came by themselves, whatever files say as well.
    fn told_by_senders(&self, lead: i64) -> Result<HashSet<EventId>, StoreError> {
        let mut statement = self.tx.prepare_cached(
            "SELECT DISTINCT e.hash FROM events e CROSS JOIN sightings s ON s.event = e.id
             CROSS JOIN journal j ON j.seq = s.seq WHERE e.lead = ?1 AND j.import IS NULL",
        )?;
        let hashes = statement.query_map([lead], |row| row.get::<_, [u8; 16]>(0).map(EventId))?;
        Ok(hashes.collect::<Result<_, _>>()?)
    }

    /// The action with this event id.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is none.
    pub fn action(&self, id: EventId) -> Result<Action, StoreError> {
        let payload: Option<Vec<u8>> = self
            .tx
            .prepare_cached("SELECT payload FROM events WHERE hash = ?1 AND source = 0")?
            .query_row([&id.0[..]], |row| row.get(0))
            .optional()?;
        let missing = StoreError::NotFound("There is no such action.");
        let mut draft: ParsedEvent = serde_json::from_slice(&codec::unpack(&payload.ok_or(missing)?)?)?;
        texts::join(self.tx, id, &mut draft)?;
        match draft.body {
            Body::Action(action) => Ok(action),
            _ => Err(StoreError::NotFound("There is no such action.")),
        }
    }
}
