//! Reading a lead's events back from the file, and the hash of the whole projection.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row};
use sha2::{Digest, Sha256};

use super::{StoreError, asof, codec};
use crate::clock::from_micros;
use crate::domain::event::EventId;
use crate::domain::{Event, ParsedEvent};

/// `(uid, provider)` of each source, by its row.
pub type SourceNames = HashMap<i64, (String, String)>;

/// `(uid, provider)` of each source.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn source_names(connection: &Connection) -> Result<SourceNames, StoreError> {
    let mut statement = connection.prepare_cached("SELECT id, uid, provider FROM sources")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The events of a lead; with `as_of` as they were known then (see [`asof`]).
pub(super) fn events_of(
    connection: &Connection,
    lead: i64,
    as_of: Option<DateTime<Utc>>,
    names: &SourceNames,
) -> Result<Vec<Event>, StoreError> {
    if let Some(as_of) = as_of {
        return Ok(asof::known(connection, lead, as_of, names)?.into_iter().map(|known| known.event).collect());
    }
    let sql = format!("SELECT {} FROM events WHERE lead = ?1", Stored::COLUMNS);
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([lead])?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        events.push(Stored::of(row)?.event(names)?);
    }
    Ok(events)
}

/// A row of `events`. Times are microseconds since the epoch.
pub(super) struct Stored {
    pub hash: Vec<u8>,
    pub source: i64,
    pub at: i64,
    pub at_received: bool,
    pub first: i64,
    pub last: i64,
    pub unsigned: bool,
    pub payload: Vec<u8>,
}

impl Stored {
    /// In the order [`Stored::of`] reads them.
    pub const COLUMNS: &'static str = "hash, source, at, at_received, first_received, last_received, unsigned, payload";

    pub fn of(row: &Row<'_>) -> Result<Stored, StoreError> {
        Ok(Stored {
            hash: row.get(0)?,
            source: row.get(1)?,
            at: row.get(2)?,
            at_received: row.get(3)?,
            first: row.get(4)?,
            last: row.get(5)?,
            unsigned: row.get(6)?,
            payload: row.get(7)?,
        })
    }

    /// Unpacked, ready to be folded.
    pub fn event(self, names: &SourceNames) -> Result<Event, StoreError> {
        let (source_uid, provider) =
            names.get(&self.source).cloned().unwrap_or_else(|| ("leadtrail".to_string(), "leadtrail".to_string()));
        let at = from_micros(self.at);
        let mut draft: ParsedEvent = codec::unpack_json(&self.payload)?;
        draft.at = Some(at);
        Ok(Event {
            id: EventId(self.hash.try_into().map_err(|_| StoreError::Damaged("an event without its id".into()))?),
            source: self.source,
            source_uid,
            provider,
            at,
            at_received: self.at_received,
            first_received: from_micros(self.first),
            last_received: from_micros(self.last),
            unsigned: self.unsigned,
            draft,
        })
    }
}

/// The hash law 2 speaks of: every lead with its events, calls and words, without the names of rows.
/// Two files that hold the same set of entries answer the same.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn hash(connection: &Connection) -> Result<String, StoreError> {
    let mut leads: Vec<[u8; 32]> = Vec::new();
    let mut ids = connection.prepare("SELECT id FROM leads ORDER BY id")?;
    let ids = ids.query_map([], |row| row.get::<_, i64>(0))?.collect::<Result<Vec<_>, _>>()?;
    for id in ids {
        let mut hasher = Sha256::new();
        let summary: Vec<u8> =
            connection.prepare_cached("SELECT summary FROM leads WHERE id = ?1")?.query_row([id], |row| row.get(0))?;
        feed(&mut hasher, &codec::unpack(&summary)?);
        let sql = [
            "SELECT hex(hash) || at || ':' || at_received || ':' || first_received || ':' || last_received || ':' ||
                    placed_at || ':' || unsigned || ':' || source, payload FROM events WHERE lead = ?1",
            "SELECT DISTINCT hex(e.hash) || 'told' || coalesce(w.at, '') || ':' || w.imported || ':' || k.unsigned || ':' ||
                    d.received_at || ':' || coalesce(d.placed_at, d.received_at), w.payload
             FROM events e JOIN version_sightings k ON k.event = e.id JOIN event_versions w ON w.event = k.event AND w.hash = k.hash
             JOIN ledger d ON d.seq = k.seq WHERE e.lead = ?1",
            "SELECT hex(e.hash) || 'texts', t.texts FROM events e JOIN event_texts t ON t.event = e.id WHERE e.lead = ?1",
            "SELECT hex(e.hash) || 'texts' || hex(w.hash), w.texts FROM events e JOIN event_versions w ON w.event = e.id
             WHERE e.lead = ?1 AND w.texts IS NOT NULL",
            "SELECT hex(id) || source || ':' || at || state || direction || answered || coalesce(outcome, ''), NULL
             FROM calls WHERE lead = ?1",
            "SELECT entry || kind || hex(hash), NULL FROM search_entries WHERE lead = ?1",
            "SELECT key, NULL FROM identities WHERE lead = ?1",
            "SELECT 'facts ' || hex(packed), NULL FROM lead_metrics WHERE lead = ?1",
            "SELECT 'tag ' || tag, NULL FROM lead_tags WHERE lead = ?1",
            "SELECT 'source ' || source, NULL FROM lead_sources WHERE lead = ?1",
        ];
        for sql in sql {
            let mut lines = Vec::new();
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query([id])?;
            while let Some(row) = rows.next()? {
                let mut line = row.get::<_, String>(0)?.into_bytes();
                if let Some(payload) = row.get::<_, Option<Vec<u8>>>(1)? {
                    line.extend(codec::unpack(&payload)?);
                }
                // Not all that was ever said of somebody at once.
                lines.push(<[u8; 32]>::from(Sha256::digest(&line)));
            }
            lines.sort_unstable();
            feed(&mut hasher, &(lines.len() as u64).to_le_bytes());
            lines.iter().for_each(|line| feed(&mut hasher, line));
        }
        leads.push(hasher.finalize().into());
    }
    leads.sort_unstable();
    let mut hasher = Sha256::new();
    leads.iter().for_each(|lead| hasher.update(lead));
    for sql in [
        "SELECT DISTINCT phone FROM business_sides ORDER BY phone",
        // How often something was repeated is of the ledger, not of the set.
        "SELECT name || ' ' || n FROM counters
         WHERE n <> 0 AND name NOT LIKE 'state:%' AND name NOT LIKE 'unverified%' AND name <> 'deliveries'
         ORDER BY name",
    ] {
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            feed(&mut hasher, row.get::<_, String>(0)?.as_bytes());
        }
    }
    Ok(hex::encode(hasher.finalize()))
}

fn feed(hasher: &mut Sha256, bytes: &[u8]) {
    hasher.update((bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}

/// The lead with this number, E.164, if there is one.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn lead_of_phone(connection: &Connection, phone: &str) -> Result<Option<i64>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT lead FROM identities WHERE key = 'phone:' || ?1")?
        .query_row([phone], |row| row.get(0))
        .optional()?)
}

/// The lead with this e-mail, in lower case, if there is one.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn lead_of_mail(connection: &Connection, mail: &str) -> Result<Option<i64>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT lead FROM identities WHERE key = 'email:' || ?1")?
        .query_row([mail], |row| row.get(0))
        .optional()?)
}

/// Leads of which nothing was heard since `before`.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn leads_quiet_since(connection: &Connection, before: DateTime<Utc>) -> Result<Vec<i64>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT id FROM leads WHERE last_activity < ?1 ORDER BY id")?;
    let rows = statement.query_map([before.timestamp_micros()], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
