//! An event made ready for storing.

use super::batch::event_key;
use super::{StoreError, codec};
use crate::domain::event::{EventId, IdentityKind, ParsedEvent};
use crate::domain::texts;

/// An event made ready for storing, off the writer's thread.
#[derive(Debug, Clone)]
pub struct UpsertedEvent {
    pub(super) hash: EventId,
    pub(super) source: i64,
    pub(super) at: Option<i64>,
    pub(super) unsigned: bool,
    /// The event without its texts …
    pub(super) payload: Vec<u8>,
    /// … and they, where it has any that are long.
    pub(super) texts: Option<Vec<u8>>,
    pub(super) identities: Vec<String>,
    pub(super) about: Option<EventId>,
    pub(super) business: Vec<String>,
    pub(super) imported: bool,
}

impl UpsertedEvent {
    /// Packs `draft`, read from the source with the row id `source` and the stable name `source_uid`.
    ///
    /// # Errors
    /// [`StoreError::Internal`] when the draft cannot be written as JSON.
    pub fn new(
        draft: &ParsedEvent,
        source: i64,
        source_uid: &str,
        unsigned: bool,
    ) -> Result<UpsertedEvent, StoreError> {
        let (head, said) = texts::split(draft)?;
        let payload = codec::pack(&serde_json::to_vec(&head)?);
        let hash = EventId::of(source_uid, &draft.key);
        let about = draft
            .identities
            .iter()
            .find(|l| l.kind == IdentityKind::Event)
            .and_then(|identity| EventId::parse(&identity.value));
        let mut identities: Vec<String> = draft.identities.iter().map(|identity| identity.key(source_uid)).collect();
        if identities.is_empty() {
            identities.push(event_key(hash));
        }
        Ok(UpsertedEvent {
            hash,
            source,
            at: draft.at.map(|t| t.timestamp_micros()),
            unsigned,
            payload,
            texts: super::texts::pack(&said)?,
            identities,
            about,
            business: draft.business.clone(),
            imported: false,
        })
    }

    /// It comes from a file: what its sender told of it stands before that.
    pub fn imported(mut self) -> UpsertedEvent {
        self.imported = true;
        self
    }

    /// About how much memory it takes. Bytes.
    pub fn weight(&self) -> usize {
        let texts = self.identities.iter().chain(&self.business).map(|text| size_of::<String>() + text.len());
        size_of::<UpsertedEvent>() + self.payload.len() + self.texts.as_ref().map_or(0, Vec::len) + texts.sum::<usize>()
    }

    /// What makes it the same event.
    pub fn id(&self) -> EventId {
        self.hash
    }
}
