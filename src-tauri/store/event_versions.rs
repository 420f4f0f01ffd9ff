//! Events that were told in more than one way, and which delivery told what: so that what was known at a past
//! moment can be said exactly.
//!
//! Of an event that every delivery told in the same way nothing is kept here. Of any other, every delivery is:
//! which rows there are depends on the set of deliveries alone (law 2).

use rusqlite::params;
use sha2::{Digest, Sha256};

use super::batch::KnownEvent;
use super::{Batch, StoreError, UpsertedEvent};

/// One way of telling an event.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Wording<'a> {
    at: Option<i64>,
    imported: bool,
    payload: &'a [u8],
}

impl Wording<'_> {
    /// Unlike for every other of the same event.
    fn hash(&self) -> [u8; 8] {
        let mut hasher = Sha256::new();
        hasher.update([u8::from(self.at.is_some()), u8::from(self.imported)]);
        hasher.update(self.at.unwrap_or_default().to_le_bytes());
        hasher.update(self.payload);
        let mut short = [0; 8];
        hasher.finalize().iter().zip(&mut short).for_each(|(from, to)| *to = *from);
        short
    }
}

impl Batch<'_> {
    /// Notes how the entry `seq` tells an event that is known, before the two are laid together.
    pub(super) fn note_wording(
        &mut self,
        event: &UpsertedEvent,
        known: &KnownEvent,
        seq: i64,
    ) -> Result<(), StoreError> {
        let new = Wording { at: event.at, imported: event.imported, payload: &event.payload };
        let several: bool = self
            .tx
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM version_sightings WHERE event = ?1)")?
            .query_row([known.id], |row| row.get(0))?;
        if !several {
            let old = Wording { at: known.own_time(), imported: known.imported, payload: &known.payload };
            if (old, known.unsigned) == (new, event.unsigned) {
                return Ok(());
            }
            let texts = self.texts_of(known.id)?;
            self.keep_wording(known.id, &old, texts.as_deref())?;
            self.tx
                .prepare_cached(
                    "INSERT INTO version_sightings (event, seq, hash, unsigned)
                     SELECT event, seq, ?2, ?3 FROM sightings WHERE event = ?1",
                )?
                .execute(params![known.id, &old.hash()[..], known.unsigned])?;
        }
        self.keep_wording(known.id, &new, event.texts.as_deref())?;
        self.tx
            .prepare_cached(
                "INSERT INTO version_sightings (event, seq, hash, unsigned) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (event, seq, hash) DO UPDATE SET unsigned = min(unsigned, excluded.unsigned)",
            )?
            .execute(params![known.id, seq, &new.hash()[..], event.unsigned])?;
        Ok(())
    }

    fn keep_wording(&mut self, event: i64, wording: &Wording<'_>, texts: Option<&[u8]>) -> Result<(), StoreError> {
        self.tx
            .prepare_cached(
                "INSERT OR IGNORE INTO event_versions (event, hash, at, imported, payload, texts)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![event, &wording.hash()[..], wording.at, wording.imported, wording.payload, texts])?;
        Ok(())
    }
}
