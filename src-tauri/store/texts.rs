//! Texts of events: written beside their heads, and read only by whoever shows them.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, params};

use super::{Batch, StoreError, codec};
use crate::domain::entry::{Entry, EntryContent};
use crate::domain::event::EventId;
use crate::domain::texts::{self, TextHash, Texts, hash_of};
use crate::domain::{Event, ParsedEvent};

/// Packs what was taken out of an event; `None` where that is nothing.
pub(super) fn pack(texts: &[String]) -> Result<Option<Vec<u8>>, StoreError> {
    if texts.is_empty() {
        return Ok(None);
    }
    let list =
        postcard::to_stdvec(texts).map_err(|error| StoreError::Internal(format!("the texts of an event: {error}")))?;
    Ok(Some(codec::pack(&list)))
}

/// Those of the packed texts that are wanted, which are wanted no more then.
fn take(packed: &[u8], wanted: &mut HashSet<TextHash>, found: &mut Texts) -> Result<(), StoreError> {
    let list = codec::unpack(packed)?;
    let list: Vec<&str> = postcard::from_bytes(&list)
        .map_err(|error| StoreError::Damaged(format!("the texts of an event cannot be read: {error}")))?;
    for text in list {
        let hash = hash_of(text);
        if wanted.remove(&hash) {
            found.insert(hash, text.to_string());
        }
    }
    Ok(())
}

/// Looks for texts among those of some events: in the wordings that stand, then in every other.
fn find(
    connection: &Connection,
    events: impl Iterator<Item = EventId> + Clone,
    mut wanted: HashSet<TextHash>,
) -> Result<Texts, StoreError> {
    let mut found = Texts::new();
    for sql in [
        "SELECT t.texts FROM events e JOIN event_texts t ON t.event = e.id WHERE e.hash = ?1",
        "SELECT w.texts FROM events e JOIN event_versions w ON w.event = e.id WHERE e.hash = ?1 AND w.texts IS NOT NULL",
    ] {
        let mut statement = connection.prepare_cached(sql)?;
        for event in events.clone() {
            if wanted.is_empty() {
                return Ok(found);
            }
            let mut rows = statement.query([&event.0[..]])?;
            while let Some(row) = rows.next()? {
                let packed =
                    row.get_ref(0)?.as_blob().map_err(|_| StoreError::Damaged("texts that are none".into()))?;
                take(packed, &mut wanted, &mut found)?;
            }
        }
    }
    Ok(found)
}

/// Puts the texts of an entry back that the fold of heads made of `events`.
pub(super) fn fill(connection: &Connection, entry: &mut Entry, events: &[EventId]) -> Result<(), StoreError> {
    let wanted = texts::lacks(entry);
    if wanted.is_empty() {
        return Ok(());
    }
    // What somebody tagged stands among the claims of a call, and is no part of the call.
    let claims: Vec<EventId> = match &entry.content {
        EntryContent::Call { call } => call.claims.iter().filter_map(|claim| EventId::parse(&claim.event)).collect(),
        _ => Vec::new(),
    };
    let found = find(connection, events.iter().chain(&claims).copied(), wanted)?;
    texts::fill(entry, &found);
    Ok(())
}

/// Puts back what stands in texts made of a call, such as the cells of a list.
pub(super) fn fill_cells(
    connection: &Connection,
    texts: &mut [&mut String],
    events: &[EventId],
) -> Result<(), StoreError> {
    let mut wanted = HashSet::new();
    texts.iter().for_each(|text| texts::lacking(text, &mut wanted));
    if !wanted.is_empty() {
        let found = find(connection, events.iter().copied(), wanted)?;
        texts.iter_mut().for_each(|text| texts::put(text, &found));
    }
    Ok(())
}

/// Puts the texts of an event back.
pub(super) fn join(connection: &Connection, id: EventId, draft: &mut ParsedEvent) -> Result<(), StoreError> {
    let wanted = texts::lacks_of(draft, false);
    if !wanted.is_empty() {
        texts::join(draft, &find(connection, std::iter::once(id), wanted)?);
    }
    Ok(())
}

/// Puts back what of an event may name somebody, and not what was said.
pub(super) fn join_short(connection: &Connection, event: &mut Event) -> Result<(), StoreError> {
    let wanted = texts::lacks_of(&mut event.draft, true);
    if !wanted.is_empty() {
        texts::join_short(&mut event.draft, &find(connection, std::iter::once(event.id), wanted)?);
    }
    Ok(())
}

impl Batch<'_> {
    /// Keeps what was taken out of an event.
    pub(super) fn write_texts(&self, event: i64, texts: Option<&[u8]>) -> Result<(), StoreError> {
        match texts {
            Some(texts) => self
                .tx
                .prepare_cached("INSERT OR REPLACE INTO event_texts (event, texts) VALUES (?1, ?2)")?
                .execute(params![event, texts])?,
            None => self.tx.prepare_cached("DELETE FROM event_texts WHERE event = ?1")?.execute([event])?,
        };
        Ok(())
    }

    /// What was taken out of an event, packed.
    pub(super) fn texts_of(&self, event: i64) -> Result<Option<Vec<u8>>, StoreError> {
        let mut statement = self.tx.prepare_cached("SELECT texts FROM event_texts WHERE event = ?1")?;
        Ok(statement.query_row([event], |row| row.get(0)).optional()?)
    }
}
