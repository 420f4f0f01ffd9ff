//! What is left of events that were erased, and how they are kept out for good.
//!
//! An erased event leaves a *tombstone*, an entry of the journal of its own: what totals need, and hashes under a key of
//! this file by which the same event is known if it comes again. Everything here is read out of the tombstones.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::batch::{Known, Placed};
use super::{Batch, Said, State, StoreError, codec, projection, sources};
use crate::clock::from_micros;
use crate::domain::event::{Draft, Event, EventId, Link, LinkKind};
use crate::domain::redact::event_name;

/// The name of the key in the file's settings.
const KEY: &str = "erase_key";
/// The mark of an erase whose remains were not swept out of the file yet.
const UNSWEPT: &str = "erase_unswept";

/// Kinds of names that belong to one thing that happened: another event of an erased one is kept out with it.
const OF_ONE_THING: [LinkKind; 3] = [LinkKind::Call, LinkKind::Message, LinkKind::Form];

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

/// Why something was erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// A person asked to be forgotten.
    Person,
    /// A retention rule the owner set.
    Age,
}

impl Why {
    fn as_str(self) -> &'static str {
        match self {
            Why::Person => "person",
            Why::Age => "age",
        }
    }

    /// One sentence for the ledger; nothing in it says who.
    pub fn sentence(self, at: DateTime<Utc>, whole: bool) -> String {
        let what = if whole { "Erased" } else { "Part of it was erased" };
        let by = match self {
            Why::Person => "at the owner’s request",
            Why::Age => "by the owner’s retention rule",
        };
        format!("{what} on {} {by}.", at.format("%-d %B %Y"))
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

/// What is kept of an event that was erased.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tombstone {
    /// The erasure it belongs to.
    pub erasure: String,
    /// Why.
    pub why: Why,
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
    pub draft: Draft,
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
    /// What the ledger said, microseconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placed_at: Option<i64>,
    /// Erased events that were read out of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hashes: Vec<String>,
}

impl RowErased {
    /// Of the column's text.
    pub fn parse(text: Option<&str>) -> Option<RowErased> {
        serde_json::from_str(text?).ok()
    }

    /// The line of the ledger.
    pub fn said(&self) -> Said {
        Said {
            state: State::of(self.state),
            reason: Some(self.reason.clone()),
            repairs: Vec::new(),
            events: self.events,
            place: None,
            placed_at: self.placed_at.map(from_micros),
        }
    }
}

/// Content that takes the place of a row's.
#[derive(Debug, Clone)]
pub struct Rest {
    /// Headers as JSON.
    pub headers: Vec<u8>,
    /// The body.
    pub body: Vec<u8>,
    /// The `{event}` of the address.
    pub event: Option<String>,
}

/// A random word of 128 bits.
///
/// # Errors
/// When the system gives no random numbers.
pub fn random_word() -> Result<String, StoreError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| StoreError::Internal(format!("no random numbers: {error}")))?;
    Ok(hex::encode(bytes))
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
    pub(super) fn is_kept_out(&mut self, event: &Placed, received: i64) -> Result<bool, StoreError> {
        if self.any_kept_out.is_none() {
            let any = self.tx.prepare_cached("SELECT EXISTS (SELECT 1 FROM kept_out)")?.query_row([], |row| row.get(0));
            self.any_kept_out = Some(any?);
        }
        if self.any_kept_out == Some(false) {
            return Ok(false);
        }
        let key = self.erase_key()?;
        let at = event.at.unwrap_or(received);
        let names = event.links.iter().filter(|link| kind_of(link).is_some_and(holds)).cloned();
        let mut statement = self.tx.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM kept_out WHERE hash = ?1 AND (until IS NULL OR until >= ?2))",
        )?;
        for name in std::iter::once(event_name(event.hash)).chain(names) {
            if statement.query_row(params![&key.hash(&name).0[..], at], |row| row.get(0))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Those of `events` that were erased before.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn kept_out(&mut self, events: &[Placed], received: DateTime<Utc>) -> Result<BTreeSet<EventId>, StoreError> {
        let mut out = BTreeSet::new();
        for event in events {
            if self.is_kept_out(event, received.timestamp_micros())? {
                out.insert(event.hash);
            }
        }
        Ok(out)
    }

    /// The event that is left of one that was erased.
    pub(super) fn tombstone_of(&mut self, id: EventId) -> Result<Option<Known>, StoreError> {
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
        links: &[Link],
        source_uid: &str,
        until: Option<i64>,
    ) -> Result<Vec<KeepsOut>, StoreError> {
        let key = self.erase_key()?;
        let mut out = BTreeSet::from([KeepsOut { hash: key.event(id).to_string(), until: None }]);
        for link in links.iter().filter(|link| holds(link.kind)) {
            let until = match (link.kind, until) {
                (LinkKind::Conversation, None) => continue,
                (LinkKind::Conversation, until) => until,
                _ => None,
            };
            out.insert(KeepsOut { hash: key.hash(&link.key(source_uid)).to_string(), until });
        }
        Ok(out.into_iter().collect())
    }

    /// Adds a tombstone to the journal and to what is kept out. It is placed by [`Batch::place_tombstone`].
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn append_tombstone(&mut self, tombstone: &Tombstone) -> Result<i64, StoreError> {
        let raw = serde_json::to_vec(tombstone)?;
        self.tx
            .prepare_cached("INSERT INTO journal (kind, received_at, body, body_size) VALUES (4, ?1, ?2, 0)")?
            .execute(params![tombstone.erased_at, codec::pack(&raw)])?;
        let seq = self.tx.last_insert_rowid();
        self.note_tombstone(tombstone)?;
        Ok(seq)
    }

    fn note_tombstone(&mut self, tombstone: &Tombstone) -> Result<(), StoreError> {
        self.any_kept_out = Some(true);
        let mut statement = self.tx.prepare_cached(
            "INSERT INTO kept_out (hash, until) VALUES (?1, ?2)
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
                (tombstone.why == Why::Person).then_some(&tombstone.person),
                tombstone.held_since.map_or(tombstone.first_received, |since| since.min(tombstone.first_received))
            ])?;
        Ok(())
    }

    /// Reads anew out of the tombstones what is kept out, and places none of them.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn read_tombstones(&mut self) -> Result<Vec<(i64, Tombstone)>, StoreError> {
        self.tx.execute_batch("DELETE FROM kept_out; DELETE FROM erasures;")?;
        self.any_kept_out = None;
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
                let mut placed = Placed::new(&tombstone.draft, tombstone.source, "", tombstone.unsigned)?;
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
                self.touched.insert(lead);
                self.tx.last_insert_rowid()
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
        let events = projection::events_of(self.tx, lead, None, &names)?;
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

    /// Names on this machine that say who a lead was become words that do not. Answers them, the lead's own first;
    /// `person` is what is shown.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn rename_lead(&mut self, lead: i64, person: &str) -> Result<Vec<String>, StoreError> {
        let mut names: Vec<(i64, String)> = {
            let mut statement = self.tx.prepare_cached(
                "SELECT id, key FROM lead_names WHERE id = ?1 OR key IN (SELECT key FROM links WHERE lead = ?1)
                 ORDER BY id <> ?1, id",
            )?;
            statement.query_map([lead], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?
        };
        let prefix = format!("{}:", LinkKind::Erased.as_str());
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
            let sql = "SELECT id, key FROM lead_names WHERE key NOT IN (SELECT key FROM links)";
            let mut statement = self.tx.prepare_cached(sql)?;
            statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?
        };
        let prefix = format!("{}:", LinkKind::Erased.as_str());
        for (id, _) in left.into_iter().filter(|(_, key)| !key.starts_with(&prefix) && names(key)) {
            self.tx
                .prepare_cached("UPDATE lead_names SET key = ?2 WHERE id = ?1")?
                .execute(params![id, format!("{prefix}{}", random_word()?)])?;
        }
        Ok(())
    }

    /// Takes the content of an entry away, or puts `rest` in its place. The one way in which the journal changes.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn blank(&mut self, seq: i64, rest: Option<&Rest>, erased: &RowErased) -> Result<(), StoreError> {
        let note = serde_json::to_string(erased)?;
        self.overwrite()?;
        let empty = Rest { headers: b"[]".to_vec(), body: Vec::new(), event: None };
        let content = rest.unwrap_or(&empty);
        self.while_erasing(|batch| {
            batch
                .tx
                .prepare_cached(
                    "UPDATE journal SET headers = CASE WHEN kind = 1 THEN ?2 END, body = ?3, erased = ?4,
                            event = CASE WHEN ?5 THEN ?6 ELSE event END,
                            body_size = CASE WHEN ?5 THEN ?7 ELSE body_size END,
                            content_type = CASE WHEN ?5 THEN 'application/json' ELSE content_type END
                     WHERE seq = ?1",
                )?
                .execute(params![
                    seq,
                    codec::pack(&content.headers),
                    codec::pack(&content.body),
                    note,
                    rest.is_some(),
                    content.event,
                    content.body.len() as i64
                ])?;
            Ok(())
        })
    }

    /// Lets changes of the journal through while `job` runs.
    pub(super) fn while_erasing<T>(
        &mut self,
        job: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.tx.execute("INSERT INTO erasing (id) VALUES (1)", [])?;
        let done = job(self);
        self.tx.execute("DELETE FROM erasing", [])?;
        done
    }

    /// What the ledger says of a delivery.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn said_of(&self, seq: i64) -> Result<Option<Said>, StoreError> {
        Ok(self
            .tx
            .prepare_cached("SELECT state, reason, events, placed_at FROM ledger WHERE seq = ?1")?
            .query_row([seq], |row| {
                Ok(Said {
                    state: State::of(row.get(0)?),
                    reason: row.get(1)?,
                    repairs: Vec::new(),
                    events: row.get::<_, i64>(2)?.unsigned_abs() as usize,
                    place: None,
                    placed_at: row.get::<_, Option<i64>>(3)?.map(from_micros),
                })
            })
            .optional()?)
    }

    /// Deliveries that were kept and are on no timeline, or of which a part could not be read.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn unread(&self) -> Result<BTreeSet<i64>, StoreError> {
        let mut statement = self.tx.prepare_cached(
            "SELECT seq FROM ledger WHERE state = 4
             UNION SELECT seq FROM undone_deliveries
             UNION SELECT seq FROM ledger WHERE state = 3 AND repairs LIKE '%left out%'",
        )?;
        let seqs = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(seqs)
    }

    /// Notes that what was erased is still to be swept out of the file; and until the commit, whatever is deleted is
    /// overwritten.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn to_be_swept(&mut self) -> Result<(), StoreError> {
        self.overwrite()?;
        self.set(UNSWEPT, "1")
    }

    /// From here to the commit, whatever is deleted is overwritten.
    fn overwrite(&mut self) -> Result<(), StoreError> {
        self.overwrites = true;
        Ok(self.tx.pragma_update(None, "secure_delete", "ON")?)
    }

    /// Cells and words of files that were brought in, as far as `names` says that they tell of somebody: samples of
    /// columns, and why a row was left out.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn forget_samples(&mut self, names: &dyn Fn(&str) -> bool) -> Result<(), StoreError> {
        type Told = (i64, String, String, Option<String>, Option<i64>, Option<String>);
        let imports: Vec<Told> = {
            let sql = "SELECT id, name || ' ' || files, columns, problem, header, preview FROM imports";
            let mut statement = self.tx.prepare(sql)?;
            let told = statement.query_map([], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
            })?;
            told.collect::<Result<_, _>>()?
        };
        for (id, files, columns, problem, header, preview) in imports {
            let mut shown: serde_json::Value = serde_json::from_str(&columns)?;
            let samples = shown.as_array_mut().into_iter().flatten().filter_map(|column| column.get_mut("sample"));
            for sample in samples.filter_map(serde_json::Value::as_array_mut) {
                sample.retain(|cell| !cell.as_str().is_some_and(names));
            }
            let problem = problem.filter(|text| !names(text));
            self.tx.execute(
                "UPDATE imports SET columns = ?2, problem = ?3 WHERE id = ?1",
                params![id, serde_json::to_string(&shown)?, problem],
            )?;
            if preview.as_deref().is_some_and(names) {
                let mut shown: serde_json::Value = serde_json::from_str(preview.as_deref().unwrap_or_default())?;
                if let Some(skipped) = shown.get_mut("skipped").and_then(serde_json::Value::as_array_mut) {
                    skipped.retain(|row| !names(&row.to_string()));
                }
                self.tx.execute(
                    "UPDATE imports SET preview = ?2 WHERE id = ?1",
                    params![id, serde_json::to_string(&shown)?],
                )?;
            }
            // In names of files, words are often held together.
            if names(&files) || names(&files.replace(['_', '-', '+'], " ")) {
                self.tx.execute("UPDATE imports SET name = 'erased', files = '[]' WHERE id = ?1", [id])?;
                if let Some(header) = header {
                    self.forget_files(header)?;
                }
            }
        }
        let rows: Vec<(i64, i64, String)> = {
            let mut statement =
                self.tx.prepare("SELECT import, row, why FROM import_rows WHERE state = 4 AND why IS NOT NULL")?;
            statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect::<Result<_, _>>()?
        };
        for (import, row, _) in rows.into_iter().filter(|(_, _, why)| names(why)) {
            self.tx.execute(
                "UPDATE import_rows SET why = 'It was erased.' WHERE import = ?1 AND row = ?2",
                params![import, row],
            )?;
        }
        let gaps: Vec<(i64, i64, String)> = {
            let mut statement =
                self.tx.prepare("SELECT gap, source, reason FROM gap_sources WHERE reason IS NOT NULL")?;
            statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect::<Result<_, _>>()?
        };
        for (gap, source, _) in gaps.into_iter().filter(|(_, _, reason)| names(reason)) {
            self.tx.execute(
                "UPDATE gap_sources SET reason = 'It was erased.' WHERE gap = ?1 AND source = ?2",
                params![gap, source],
            )?;
        }
        Ok(())
    }

    /// Takes the names of files out of the header of an import.
    fn forget_files(&mut self, header: i64) -> Result<(), StoreError> {
        let body: Option<Vec<u8>> = self
            .tx
            .query_row("SELECT body FROM journal WHERE seq = ?1 AND kind = 6", [header], |row| row.get(0))
            .optional()?;
        let Some(body) = body else { return Ok(()) };
        let mut told: serde_json::Value = serde_json::from_slice(&codec::unpack(&body)?)?;
        if let Some(told) = told.as_object_mut() {
            told.insert("name".into(), "erased".into());
            told.insert("files".into(), serde_json::Value::Array(Vec::new()));
        }
        let raw = serde_json::to_vec(&told)?;
        self.overwrite()?;
        self.while_erasing(|batch| {
            batch.tx.execute(
                "UPDATE journal SET body = ?2, body_size = ?3 WHERE seq = ?1",
                params![header, codec::pack(&raw), raw.len() as i64],
            )?;
            Ok(())
        })
    }
}

fn holds(kind: LinkKind) -> bool {
    OF_ONE_THING.contains(&kind) || kind == LinkKind::Conversation
}

fn kind_of(link: &str) -> Option<LinkKind> {
    let word = link.split(':').next()?;
    OF_ONE_THING.into_iter().chain([LinkKind::Conversation]).find(|kind| kind.as_str() == word)
}

/// Every tombstone of a file, with its number in the journal.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn tombstones(connection: &Connection) -> Result<Vec<(i64, Tombstone)>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT seq, body FROM journal WHERE kind = 4 ORDER BY seq")?;
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let raw = codec::unpack(&row.get::<_, Vec<u8>>(1)?)?;
        all.push((row.get(0)?, serde_json::from_slice(&raw)?));
    }
    Ok(all)
}

/// Something that was erased; nothing here says who.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// Its name.
    pub id: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    pub why: Why,
    /// The lead that is left of the person, where it was one.
    pub lead: Option<i64>,
    /// Events that were erased.
    pub events: i64,
    /// Backups made before this never held them.
    pub first_received: DateTime<Utc>,
}

/// Everything that was erased, the last first.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn erasures(connection: &Connection) -> Result<Vec<Erasure>, StoreError> {
    if !knows_erasing(connection)? {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare(
        "SELECT e.id, e.at, e.why, k.lead, e.events, e.first_received
         FROM erasures e LEFT JOIN links k ON k.key = 'erased:' || e.person ORDER BY e.at DESC, e.id",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(Erasure {
            id: row.get(0)?,
            at: from_micros(row.get(1)?),
            why: if row.get::<_, String>(2)? == Why::Age.as_str() { Why::Age } else { Why::Person },
            lead: row.get(3)?,
            events: row.get(4)?,
            first_received: from_micros(row.get(5)?),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Something was erased whose remains are still to be swept out of the file.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn is_unswept(connection: &Connection) -> Result<bool, StoreError> {
    Ok(sources::setting(connection, UNSWEPT)?.is_some())
}

/// Sweeps out what is left in free pages, in the index of words and in the log: the file is written anew without it.
/// Senders wait meanwhile.
///
/// # Errors
/// [`StoreError`] of the file; [`StoreError::Disk`] where there is no room. Then it stays to be done.
pub fn sweep(connection: &mut Connection) -> Result<(), StoreError> {
    // An index of words keeps those of deleted rows until its parts are laid together.
    connection.execute_batch(
        "INSERT INTO words (words) VALUES ('optimize'); INSERT INTO people (people) VALUES ('optimize');",
    )?;
    // The copy is as large as the file: not in memory.
    connection.pragma_update(None, "temp_store", "FILE")?;
    let done = connection.execute_batch("VACUUM");
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    done?;
    let busy: i64 = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    // Where somebody still reads an old state, the log is not cut yet: it stays to be done.
    if busy == 0 {
        connection.execute("DELETE FROM settings WHERE name = ?1", [UNSWEPT])?;
    }
    Ok(())
}

/// Runs `job` on a file that nobody else has open, brings its schema up to date before and sweeps it after. One file
/// is left, without a log.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn on_file<T>(
    path: &std::path::Path,
    job: impl FnOnce(&mut Batch<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let mut connection = super::connect::writer(path)?;
    super::connect::migrate(&mut connection)?;
    let done = {
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let mut batch = Batch::new(&transaction);
        let done = job(&mut batch)?;
        batch.finish()?;
        transaction.commit()?;
        done
    };
    sweep(&mut connection)?;
    connection.pragma_update(None, "journal_mode", "DELETE")?;
    Ok(done)
}

/// Reads a file that is not open here, and changes nothing in it.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn look_into<T>(
    path: &std::path::Path,
    look: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    look(&super::foreign::open(path)?)
}

/// The file's schema knows of erasing.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn knows_erasing(connection: &Connection) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'erasures')";
    Ok(connection.query_row(sql, [], |row| row.get(0))?)
}

impl Batch<'_> {
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

/// Leads that hold an event of a source from before a time that was not erased.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn leads_before(connection: &Connection, source: i64, before: DateTime<Utc>) -> Result<Vec<i64>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT DISTINCT lead FROM events WHERE source = ?1 AND at < ?2 AND erased = 0 ORDER BY lead",
    )?;
    let leads = statement.query_map(params![source, before.timestamp_micros()], |row| row.get(0))?;
    Ok(leads.collect::<Result<_, _>>()?)
}

/// Deliveries of a source in quarantine that came before a time.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn quarantined_before(connection: &Connection, source: i64, before: DateTime<Utc>) -> Result<Vec<i64>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT seq FROM ledger WHERE source = ?1 AND state = 4 AND received_at < ?2 ORDER BY seq")?;
    let seqs = statement.query_map(params![source, before.timestamp_micros()], |row| row.get(0))?;
    Ok(seqs.collect::<Result<_, _>>()?)
}

/// The events of a lead.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn events_of_lead(connection: &Connection, lead: i64) -> Result<Vec<Event>, StoreError> {
    projection::events_of(connection, lead, None, &projection::source_names(connection)?)
}

/// Deliveries that an event was read from.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn deliveries_of(connection: &Connection, event: EventId) -> Result<Vec<i64>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT s.seq FROM sightings s JOIN events e ON e.id = s.event JOIN ledger l ON l.seq = s.seq WHERE e.hash = ?1",
    )?;
    let seqs = statement.query_map([&event.0[..]], |row| row.get(0))?;
    Ok(seqs.collect::<Result<_, _>>()?)
}
