//! Suppression: hashes under a key of this file by which what was erased is known if it comes again.

use std::collections::BTreeSet;

use hmac::{Hmac, KeyInit, Mac};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::random_word;
use crate::domain::event::{EventId, Identity, IdentityKind};
use crate::domain::redact::event_name;
use crate::store::UpsertedEvent;
use crate::store::batch::KnownEvent;
use crate::store::{Batch, StoreError, sources};

/// The name of the key in the file's settings.
const KEY: &str = "erase_key";

/// Kinds of names that belong to one thing that happened: another event of an erased one is kept out with it.
const OF_ONE_THING: [IdentityKind; 3] = [IdentityKind::Call, IdentityKind::Message, IdentityKind::Form];

/// The key under which ids of erased events are hashed. Backups of a file share it.
#[derive(Clone)]
pub struct EraseKey(Vec<u8>);

impl EraseKey {
    /// Of this file.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn of(connection: &Connection) -> Result<Option<EraseKey>, StoreError> {
        let text = sources::setting(connection, KEY)?;
        Ok(text.and_then(|text| hex::decode(text).ok()).filter(|key| key.len() >= 16).map(EraseKey))
    }

    /// The name under which a text is known that nobody could read.
    pub fn text(&self, text: &str) -> EventId {
        self.hash(&format!("text:{text}"))
    }

    /// A hash that tells nobody without the key what was hashed.
    pub fn hash(&self, text: &str) -> EventId {
        let tag = Hmac::<Sha256>::new_from_slice(&self.0)
            .map(|mac| mac.chain_update(text.as_bytes()).finalize().into_bytes().to_vec())
            .unwrap_or_default();
        let mut short = [0; 16];
        tag.iter().zip(&mut short).for_each(|(from, to)| *to = *from);
        EventId(short)
    }

    /// The name under which an erased event is known.
    pub fn event(&self, id: EventId) -> EventId {
        self.hash(&event_name(id))
    }
}

impl std::fmt::Debug for EraseKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EraseKey")
    }
}

/// A name that must not come back, hashed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KeepsOut {
    /// Hexadecimal.
    pub hash: String,
    /// Only what happened up to here, microseconds since the epoch; for good where `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
}

fn holds(kind: IdentityKind) -> bool {
    OF_ONE_THING.contains(&kind) || kind == IdentityKind::Conversation
}

fn kind_of(link: &str) -> Option<IdentityKind> {
    let word = link.split(':').next()?;
    OF_ONE_THING.into_iter().chain([IdentityKind::Conversation]).find(|kind| kind.as_str() == word)
}

impl Batch<'_> {
    /// The key of this file; made now where it was lost.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn erase_key(&mut self) -> Result<EraseKey, StoreError> {
        if let Some(key) = &self.erase_key {
            return Ok(key.clone());
        }
        let key = match EraseKey::of(self.tx)? {
            Some(key) => key,
            None => {
                let word = format!("{}{}", random_word()?, random_word()?);
                self.set(KEY, &word)?;
                EraseKey(hex::decode(word).unwrap_or_default())
            }
        };
        self.erase_key = Some(key.clone());
        Ok(key)
    }

    /// Takes over the key of another file, of which this one is a backup.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn share_erase_key(&mut self, key: &EraseKey) -> Result<(), StoreError> {
        self.erase_key = None;
        self.set(KEY, &hex::encode(&key.0))
    }

    /// An event that was erased, or belongs to a call, text or form that was.
    pub(in crate::store) fn is_erased(&mut self, event: &UpsertedEvent, received: i64) -> Result<bool, StoreError> {
        if self.any_erased.is_none() {
            let any =
                self.tx.prepare_cached("SELECT EXISTS (SELECT 1 FROM erased_keys)")?.query_row([], |row| row.get(0));
            self.any_erased = Some(any?);
        }
        if self.any_erased == Some(false) {
            return Ok(false);
        }
        let key = self.erase_key()?;
        let at = event.at.unwrap_or(received);
        let names = event.identities.iter().filter(|link| kind_of(link).is_some_and(holds)).cloned();
        let mut statement = self.tx.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM erased_keys WHERE hash = ?1 AND (until IS NULL OR until >= ?2))",
        )?;
        for name in std::iter::once(event_name(event.hash)).chain(names) {
            if statement.query_row(params![&key.hash(&name).0[..], at], |row| row.get(0))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The event that is left of one that was erased.
    pub(in crate::store) fn tombstone_of(&mut self, id: EventId) -> Result<Option<KnownEvent>, StoreError> {
        let key = self.erase_key()?;
        self.known(key.event(id))
    }

    /// What keeps an event, and the thing it is about, from coming again. A conversation goes on: of it only what
    /// happened until `until` is kept out, and nothing where that is `None`.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn keeps_out(
        &mut self,
        id: EventId,
        links: &[Identity],
        source_uid: &str,
        until: Option<i64>,
    ) -> Result<Vec<KeepsOut>, StoreError> {
        let key = self.erase_key()?;
        let mut out = BTreeSet::from([KeepsOut { hash: key.event(id).to_string(), until: None }]);
        for link in links.iter().filter(|link| holds(link.kind)) {
            let until = match (link.kind, until) {
                (IdentityKind::Conversation, None) => continue,
                (IdentityKind::Conversation, until) => until,
                _ => None,
            };
            out.insert(KeepsOut { hash: key.hash(&link.key(source_uid)).to_string(), until });
        }
        Ok(out.into_iter().collect())
    }

    /// Names on this machine that say who a lead was become words that do not. Answers them, the lead's own first;
    /// `person` is what is shown.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn rename_lead(&mut self, lead: i64, person: &str) -> Result<Vec<String>, StoreError> {
        let mut names: Vec<(i64, String)> = {
            let mut statement = self.tx.prepare_cached(
                "SELECT id, key FROM lead_names WHERE id = ?1 OR key IN (SELECT key FROM identities WHERE lead = ?1)
                 ORDER BY id <> ?1, id",
            )?;
            statement.query_map([lead], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?
        };
        let prefix = format!("{}:", IdentityKind::Erased.as_str());
        let mut words = Vec::new();
        // In a backup, leads stand apart that were one person later.
        let taken: bool = self
            .tx
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM lead_names WHERE key = ?1)")?
            .query_row([format!("{prefix}{person}")], |row| row.get(0))?;
        names.retain(|(_, key)| !key.starts_with(&prefix));
        for (index, (id, _)) in names.into_iter().enumerate() {
            let word = if index == 0 && !taken { person.to_string() } else { random_word()? };
            self.tx
                .prepare_cached("UPDATE lead_names SET key = ?2 WHERE id = ?1")?
                .execute(params![id, format!("{prefix}{word}")])?;
            words.push(word);
        }
        if !words.iter().any(|word| word == person) {
            words.insert(0, person.to_string());
        }
        Ok(words)
    }

    /// Names of leads that were taken back, and that no lead has now, become words that do not say who it was.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn rename_left_over(&mut self, names: &dyn Fn(&str) -> bool) -> Result<(), StoreError> {
        let left: Vec<(i64, String)> = {
            let sql = "SELECT id, key FROM lead_names WHERE key NOT IN (SELECT key FROM identities)";
            let mut statement = self.tx.prepare_cached(sql)?;
            statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?
        };
        let prefix = format!("{}:", IdentityKind::Erased.as_str());
        for (id, _) in left.into_iter().filter(|(_, key)| !key.starts_with(&prefix) && names(key)) {
            self.tx
                .prepare_cached("UPDATE lead_names SET key = ?2 WHERE id = ?1")?
                .execute(params![id, format!("{prefix}{}", random_word()?)])?;
        }
        Ok(())
    }
}
