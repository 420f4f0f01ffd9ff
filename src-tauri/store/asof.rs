//! What was known at a past moment: a lead's events from those of its deliveries and actions alone that had been placed
//! by then, and the leads they made then.
//!
//! A delivery counts from when it was *placed*, later than it came where a key was mended first; an action from when it
//! was done. Said from the sightings of each event, so that the answer stays the same whatever comes after: late
//! deliveries, repeats in other words, leads that join, actions that are undone. It holds within one version of the
//! projection. What it cannot say: what was erased since is gone also from the past (its tombstone counts as the event
//! did), and an import or replay that was taken back since is no longer there ([`taken_back_after`] counts those).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};

use super::erase::EraseKey;
use super::journal::JournalKind;
use super::projection::{SourceNames, Stored};
use super::{StoreError, codec};
use crate::domain::components::components;
use crate::domain::event::{Event, EventId, IdentityKind, ParsedEvent};
use crate::domain::fold::stands;

/// An event as it was known, and by which names it is connected: those of every wording of it that had come.
pub(super) struct EventAsOf {
    pub event: Event,
    pub names: Vec<String>,
}

/// A row of `events` with what is said of it nowhere else.
struct EventRow {
    id: i64,
    erased: bool,
    stored: Stored,
}

/// What the deliveries of one event that had been placed by then were.
#[derive(Default)]
struct Sightings {
    /// `(seq, received)`.
    then: Vec<(i64, i64)>,
    /// There are others, placed later.
    more: bool,
}

/// How one delivery told an event.
struct Told {
    seq: i64,
    at: Option<i64>,
    imported: bool,
    payload: Vec<u8>,
    unsigned: bool,
}

/// The events of a lead as they were known at `as_of`: no others than had been placed by then, each from those of its
/// deliveries that had.
pub(super) fn known(
    connection: &Connection,
    lead: i64,
    as_of: DateTime<Utc>,
    names: &SourceNames,
) -> Result<Vec<EventAsOf>, StoreError> {
    let until = as_of.timestamp_micros();
    let rows = rows(connection, lead, until)?;
    let mut sightings = sightings(connection, lead, until)?;
    let mut told = told(connection, lead)?;
    let key = match rows.iter().any(|row| row.erased) {
        true => EraseKey::of(connection)?,
        false => None,
    };
    let mut out = Vec::with_capacity(rows.len());
    for mut row in rows {
        let seen = sightings.remove(&row.id).unwrap_or_default();
        let mut told = told.remove(&row.id).unwrap_or_default();
        let then: HashMap<i64, i64> = seen.then.iter().copied().collect();
        told.retain(|told| then.contains_key(&told.seq));
        // What people did came with no delivery, and what was erased stands as its tombstone says.
        if seen.more && !row.erased && !then.is_empty() {
            stand(&mut row, &then, &told);
        }
        let mut links = BTreeSet::new();
        let event = row.stored.event(names)?;
        let own = |id: EventId| format!("{}:{id}", IdentityKind::Event.as_str());
        links.insert(own(event.id));
        let mut add = |draft: &ParsedEvent| {
            for link in &draft.identities {
                links.insert(link.key(&event.source_uid));
                // An event that somebody did something about may have been erased since.
                let erased = key.as_ref().filter(|_| link.kind == IdentityKind::Event);
                if let (Some(key), Some(id)) = (erased, EventId::parse(&link.value)) {
                    links.insert(own(key.event(id)));
                }
            }
        };
        add(&event.draft);
        let mut payloads: Vec<&[u8]> = told.iter().map(|told| told.payload.as_slice()).collect();
        payloads.sort_unstable();
        payloads.dedup();
        for payload in payloads {
            add(&codec::unpack_json(payload)?);
        }
        out.push(EventAsOf { event, names: links.into_iter().collect() });
    }
    Ok(out)
}

/// What stands of an event of which deliveries were placed since: as `Batch::see_again` says of the whole set.
fn stand(row: &mut EventRow, then: &HashMap<i64, i64>, told: &[Told]) {
    let stored = &mut row.stored;
    stored.first = then.values().copied().min().unwrap_or(stored.first);
    let received = |told: &Told| then.get(&told.seq).copied().unwrap_or_default();
    let best = told.iter().max_by_key(|told| (!told.imported, received(told), &told.payload, told.at));
    let own_time = match best {
        Some(best) => {
            stored.last = received(best);
            stored.payload.clone_from(&best.payload);
            stored.unsigned = told.iter().all(|told| told.unsigned);
            best.at
        }
        // Every delivery of it says the same.
        None => {
            stored.last = then.values().copied().max().unwrap_or(stored.last);
            (!stored.at_received).then_some(stored.at)
        }
    };
    stored.at_received = own_time.is_none();
    stored.at = own_time.unwrap_or(stored.first);
}

fn rows(connection: &Connection, lead: i64, until: i64) -> Result<Vec<EventRow>, StoreError> {
    let sql =
        format!("SELECT {}, id, erased FROM events WHERE lead = ?1 AND placed_at <= ?2 ORDER BY id", Stored::COLUMNS);
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([lead, until])?;
    let mut out = Vec::new();
    while let Some(row) = rows.next()? {
        let stored = Stored::of(row)?;
        out.push(EventRow { id: row.get(8)?, erased: row.get(9)?, stored });
    }
    Ok(out)
}

fn sightings(connection: &Connection, lead: i64, until: i64) -> Result<HashMap<i64, Sightings>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT s.event, s.seq, d.received_at, coalesce(d.placed_at, d.received_at)
         FROM events e CROSS JOIN sightings s ON s.event = e.id CROSS JOIN ledger d ON d.seq = s.seq
         WHERE e.lead = ?1 AND e.placed_at <= ?2",
    )?;
    let mut rows = statement.query([lead, until])?;
    let mut out: HashMap<i64, Sightings> = HashMap::new();
    while let Some(row) = rows.next()? {
        let of = out.entry(row.get(0)?).or_default();
        match row.get::<_, i64>(3)? <= until {
            true => of.then.push((row.get(1)?, row.get(2)?)),
            false => of.more = true,
        }
    }
    Ok(out)
}

/// Of events that were told in more than one way.
fn told(connection: &Connection, lead: i64) -> Result<HashMap<i64, Vec<Told>>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT k.event, k.seq, w.at, w.imported, w.payload, k.unsigned
         FROM events e CROSS JOIN version_sightings k ON k.event = e.id
         CROSS JOIN event_versions w ON w.event = k.event AND w.hash = k.hash
         WHERE e.lead = ?1",
    )?;
    let mut rows = statement.query([lead])?;
    let mut out: HashMap<i64, Vec<Told>> = HashMap::new();
    while let Some(row) = rows.next()? {
        let told = Told {
            seq: row.get(1)?,
            at: row.get(2)?,
            imported: row.get(3)?,
            payload: row.get(4)?,
            unsigned: row.get(5)?,
        };
        out.entry(row.get(0)?).or_default().push(told);
    }
    Ok(out)
}

/// The leads that what is one lead now was at `as_of`, each with its events as they were known: apart as they stood,
/// where something joined them since. By their earliest event; none where nothing was known.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn leads_then(
    connection: &Connection,
    lead: i64,
    as_of: DateTime<Utc>,
    names: &SourceNames,
) -> Result<Vec<Vec<Event>>, StoreError> {
    let apart = apart(known(connection, lead, as_of, names)?);
    let leads = apart.into_iter().map(|known| known.into_iter().map(|known| known.event).collect::<Vec<_>>());
    Ok(leads.filter(|events| stands(events)).collect())
}

/// Events in groups that their names hold together, by the earliest event of each.
fn apart(mut known: Vec<EventAsOf>) -> Vec<Vec<EventAsOf>> {
    known.sort_unstable_by_key(|known| (known.event.at, known.event.id));
    let names: Vec<Vec<String>> = known.iter_mut().map(|known| known.names.clone()).collect();
    let mut known: Vec<Option<EventAsOf>> = known.into_iter().map(Some).collect();
    components(&names)
        .into_iter()
        .map(|group| group.into_iter().filter_map(|index| known.get_mut(index)?.take()).collect())
        .collect()
}

/// The one of [`leads_then`] that an id stood for: `asked` may be that of a lead that became part of `shown` since, and
/// then was one of its own. Where neither id was given out for any of them, the earliest. `None` where nothing was known.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn lead_then(
    connection: &Connection,
    asked: i64,
    shown: i64,
    as_of: DateTime<Utc>,
    names: &SourceNames,
) -> Result<Option<Vec<Event>>, StoreError> {
    let mut apart = apart(known(connection, shown, as_of, names)?);
    let mut chosen = 0;
    if apart.len() > 1 {
        for id in [asked, shown] {
            let Some(name) = name_of(connection, id)? else { continue };
            let holds = |known: &EventAsOf| known.names.contains(&name);
            if let Some(index) = apart.iter().position(|events| events.iter().any(holds)) {
                chosen = index;
                break;
            }
        }
    }
    if chosen >= apart.len() {
        return Ok(None);
    }
    Ok(Some(apart.swap_remove(chosen).into_iter().map(|known| known.event).collect()))
}

/// The name a lead's id was given out for.
fn name_of(connection: &Connection, id: i64) -> Result<Option<String>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT key FROM lead_names WHERE id = ?1")?;
    Ok(statement.query_row([id], |row| row.get(0)).optional()?)
}

/// The id that was given out for a lead as it was then, by which its timeline of that moment is asked for: a lead of
/// its own then may be part of another now. `None` where this machine never gave out one.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn id_of(connection: &Connection, events: &[Event]) -> Result<Option<i64>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT id FROM lead_names WHERE key = ?1")?;
    let mut seen = HashSet::new();
    let mut least: Option<i64> = None;
    for event in events {
        let own = format!("{}:{}", IdentityKind::Event.as_str(), event.id);
        for key in event.draft.identities.iter().map(|link| link.key(&event.source_uid)).chain([own]) {
            if !seen.contains(&key) {
                let id: Option<i64> = statement.query_row([&key], |row| row.get(0)).optional()?;
                least = least.into_iter().chain(id).min();
                seen.insert(key);
            }
        }
    }
    Ok(least)
}

/// Leads that hold anything placed after `as_of`, ascending: of every other lead what is known now was known then.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn changed_since(connection: &Connection, as_of: DateTime<Utc>) -> Result<Vec<i64>, StoreError> {
    let mut leads = BTreeSet::new();
    for sql in [
        "SELECT e.lead FROM ledger d INDEXED BY ledger_placed
         CROSS JOIN sightings s ON s.seq = d.seq CROSS JOIN events e ON e.id = s.event
         WHERE coalesce(d.placed_at, d.received_at) > ?1",
        "SELECT lead FROM events INDEXED BY events_ours WHERE source = 0 AND placed_at > ?1",
    ] {
        let mut statement = connection.prepare_cached(sql)?;
        for lead in statement.query_map([as_of.timestamp_micros()], |row| row.get(0))? {
            leads.insert(lead?);
        }
    }
    Ok(leads.into_iter().collect())
}

/// Deliveries of which `as_of` cannot say what was known then: an import or a replay brought them in and was taken back
/// since, so they are on no timeline; or it was taken back by then, and is in force again.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn taken_back_after(connection: &Connection, as_of: DateTime<Utc>) -> Result<i64, StoreError> {
    let until = as_of.timestamp_micros();
    // Entries about which something was said since, and whether they stood at a moment.
    let taken_back = JournalKind::TakenBack.clause();
    let mut statement = connection.prepare_cached(&format!(
        "SELECT DISTINCT j.seq, j.kind FROM journal t INDEXED BY journal_taken_back CROSS JOIN journal j ON j.seq = t.about
         WHERE t.{taken_back} AND t.received_at > ?1 AND j.received_at <= ?1"
    ))?;
    let said = statement.query_map([until], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let said: BTreeMap<i64, i64> = said.collect::<Result<_, _>>()?;
    let mut back = connection.prepare_cached(&format!(
        "SELECT undone FROM journal INDEXED BY journal_taken_back WHERE about = ?1 AND {taken_back} AND received_at <= ?2
         ORDER BY received_at DESC, seq DESC LIMIT 1"
    ))?;
    let mut brought =
        connection.prepare_cached("SELECT count(*) FROM journal WHERE import = ?1 AND received_at <= ?2")?;
    let mut n = 0;
    for (seq, kind) in said {
        let mut stood = |moment: i64| {
            let undone = back.query_row([seq, moment], |row| row.get::<_, Option<i64>>(0)).optional();
            undone.map(|undone| undone.flatten() != Some(1))
        };
        if stood(until)? != stood(i64::MAX)? {
            n += match JournalKind::from_repr(kind) {
                Some(JournalKind::Import) => brought.query_row(params![seq, until], |row| row.get::<_, i64>(0))?,
                _ => 1,
            };
        }
    }
    Ok(n)
}
