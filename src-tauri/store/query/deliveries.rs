//! The ledger: every delivery, what became of it, and where it led.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Page, SourceNames, counter, cursor, cursor_key, folded};
use crate::clock::from_micros;
use crate::domain::event::EventId;
use crate::domain::lead::Lead;
use crate::domain::texts::shown;
use crate::store::{DeliveryState, StoreError, Trust, codec, journal, projection};

/// Events of one delivery that a list looks at to say what it was.
const MOST_EVENTS: i64 = 50;
/// Entries that a delivery's detail names.
const MOST_ENTRIES: usize = 500;

/// Somebody a delivery was about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NamedLead {
    /// The lead.
    pub id: i64,
    /// Its name.
    pub name: Option<String>,
}

/// How a delivery's signature or credential stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Signature {
    /// It matched at receipt, or a key given later.
    Verified,
    /// The source had nothing to check against.
    Unsigned,
    /// It did not match.
    Failed,
    /// Nothing was kept that could be checked.
    None,
}

/// One request as it came, in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Delivery {
    /// Its journal number; below 0 for requests that were refused and only counted.
    pub id: i64,
    /// When it came; of counted requests, the last one.
    pub received_at: DateTime<Utc>,
    /// The source; `null` for an unknown address.
    pub source: Option<i64>,
    /// The provider's slug; empty for an unknown address.
    pub provider: String,
    /// The event type of its address, else the provider's own name of the first event in it.
    pub event: String,
    /// What became of it.
    #[schema(value_type = DeliveryState)]
    pub state: String,
    /// Why, in plain words.
    pub reason: Option<String>,
    /// What was mended to read it.
    pub repairs: Vec<String>,
    /// How its signature or credential stands.
    pub signature: Signature,
    /// Bytes of the body.
    pub size: i64,
    /// How many events were read.
    pub events: i64,
    /// As sent.
    pub content_type: Option<String>,
    /// What it was, in plain words, such as `1 call, Jane Doe`.
    pub what: String,
    /// Whom it was about.
    pub leads: Vec<NamedLead>,
    /// What the sender was told: `Kept` or `Refused`.
    pub answered: String,
}

/// A header as it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// Its value; secrets are masked.
    pub value: String,
}

/// A place in a body, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[allow(missing_docs)] // the words explain themselves
pub struct BodyPosition {
    pub line: i64,
    pub column: i64,
}

/// An entry a delivery led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LedTo {
    /// Whose timeline it stands on.
    pub lead_id: i64,
    /// The entry.
    pub entry: String,
    /// Its line.
    pub title: String,
    /// When it happened.
    pub at: DateTime<Utc>,
}

/// A delivery with its body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeliveryDetail {
    /// The delivery.
    #[serde(flatten)]
    pub delivery: Delivery,
    /// Headers in the order they came.
    pub headers: Vec<Header>,
    /// The body as it came; what is not UTF-8 is shown as the replacement character.
    pub body: String,
    /// The body in base64, where it is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_base64: Option<String>,
    /// The place in the body that is at fault.
    pub place: Option<BodyPosition>,
    /// Where it led.
    pub entries: Vec<LedTo>,
}

/// Which deliveries.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// What became of it.
    pub state: Option<DeliveryState>,
    /// From this source.
    pub source: Option<i64>,
    /// Where the page begins.
    pub cursor: Option<String>,
    /// At most so many.
    pub limit: usize,
}

const COLUMNS: &str = "d.seq, d.source, d.received_at, d.state, d.reason, d.repairs, d.events, d.line, d.col,
     j.event, j.trust, j.content_type, j.body_size,
     EXISTS (SELECT 1 FROM later_checks v WHERE v.about = d.seq)";

/// A page of the ledger, newest first.
///
/// # Errors
/// [`StoreError::Invalid`] for a cursor that is none; [`StoreError`] of the file.
pub fn page(connection: &Connection, filter: &Filter) -> Result<Page<Delivery>, StoreError> {
    let before: i64 =
        filter.cursor.as_deref().map(|text| cursor_key("deliveries", text)).transpose()?.unwrap_or(i64::MAX);
    if filter.state == Some(DeliveryState::Rejected) {
        return refusals(connection, filter, before);
    }
    let names = projection::source_names(connection)?;
    let limit = filter.limit as i64 + 1;
    let mut rows: Vec<LedgerRow> = Vec::new();
    match (filter.source, filter.state) {
        (None, None) => rows = select(connection, "ledger d", "d.seq < ?1", params![before], limit)?,
        (None, Some(state)) => {
            let of = "ledger d INDEXED BY ledger_state";
            rows = select(connection, of, "d.seq < ?1 AND d.state = ?2", params![before, state], limit)?;
        }
        // A source's deliveries stand in the order of each state: the newest of each are laid together.
        (Some(source), state) => {
            for state in DeliveryState::ALL.iter().copied().filter(|s| state.is_none_or(|state| state == *s)) {
                let of = "ledger d INDEXED BY ledger_source";
                let values = params![before, state, source];
                rows.extend(select(connection, of, "d.seq < ?1 AND d.state = ?2 AND d.source = ?3", values, limit)?);
            }
            rows.sort_by_key(|row| std::cmp::Reverse(row.seq));
        }
    }
    let more = rows.len() > filter.limit;
    rows.truncate(filter.limit);
    let next_cursor = match rows.last() {
        Some(last) if more => Some(cursor("deliveries", &last.seq)?),
        _ => None,
    };
    let items = rows.into_iter().map(|row| delivery(connection, row, &names)).collect::<Result<_, _>>()?;
    Ok(Page { items, next_cursor, total: Some(total(connection, filter)?) })
}

fn total(connection: &Connection, filter: &Filter) -> Result<i64, StoreError> {
    let kept =
        [DeliveryState::Processed, DeliveryState::Duplicate, DeliveryState::Repaired, DeliveryState::Quarantined];
    match (filter.source, filter.state) {
        (None, None) => counter(connection, "deliveries"),
        (None, Some(state)) => counter(connection, &format!("state:{}", state.as_str())),
        (Some(source), state) => kept
            .into_iter()
            .filter(|s| state.is_none_or(|state| state == *s))
            .map(|state| counter(connection, &format!("state:{}:{source}", state.as_str())))
            .sum(),
    }
}

struct LedgerRow {
    seq: i64,
    source: i64,
    received_at: DateTime<Utc>,
    state: DeliveryState,
    reason: Option<String>,
    repairs: Option<String>,
    events: i64,
    place: Option<BodyPosition>,
    event: Option<String>,
    trust: Trust,
    content_type: Option<String>,
    size: i64,
    verified_later: bool,
}

fn ledger_row(row: &Row<'_>) -> rusqlite::Result<LedgerRow> {
    let (line, column): (Option<i64>, Option<i64>) = (row.get(7)?, row.get(8)?);
    Ok(LedgerRow {
        seq: row.get(0)?,
        source: row.get(1)?,
        received_at: from_micros(row.get(2)?),
        state: DeliveryState::of(row.get(3)?),
        reason: row.get(4)?,
        repairs: row.get(5)?,
        events: row.get(6)?,
        place: line.zip(column).map(|(line, column)| BodyPosition { line, column }),
        event: row.get(9)?,
        trust: Trust::of(row.get(10)?),
        content_type: row.get(11)?,
        size: row.get(12)?,
        verified_later: row.get(13)?,
    })
}

fn select(
    connection: &Connection,
    of: &str,
    clause: &str,
    values: &[&dyn rusqlite::ToSql],
    limit: i64,
) -> Result<Vec<LedgerRow>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM {of} CROSS JOIN journal j ON j.seq = d.seq WHERE {clause} ORDER BY d.seq DESC LIMIT {limit}"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(values, ledger_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn delivery(connection: &Connection, row: LedgerRow, names: &SourceNames) -> Result<Delivery, StoreError> {
    let read = read_out(connection, row.seq)?;
    let what = match row.state {
        DeliveryState::Duplicate => read
            .known_since
            .map(|at| format!("Known since {}", at.to_rfc3339_opts(SecondsFormat::Secs, true)))
            .unwrap_or_default(),
        _ => read.sentence(row.events),
    };
    Ok(Delivery {
        id: row.seq,
        received_at: row.received_at,
        source: Some(row.source),
        provider: names.get(&row.source).map(|(_, provider)| provider.clone()).unwrap_or_default(),
        event: row.event.or(read.first_name).unwrap_or_default(),
        state: row.state.as_str().into(),
        reason: row.reason,
        repairs: row.repairs.map(|text| text.lines().map(String::from).collect()).unwrap_or_default(),
        signature: match row.trust {
            Trust::Verified => Signature::Verified,
            Trust::Failed if row.verified_later => Signature::Verified,
            Trust::Failed => Signature::Failed,
            Trust::Unsigned => Signature::Unsigned,
        },
        size: row.size,
        events: row.events,
        content_type: row.content_type,
        what,
        leads: read.leads.into_iter().map(|lead| NamedLead { id: lead.id, name: lead.name }).collect(),
        answered: "Kept".into(),
    })
}

/// What was read out of a delivery.
#[derive(Default)]
struct ReadOut {
    /// How many of each kind, by the order in which kinds are named.
    kinds: BTreeMap<usize, (String, i64)>,
    leads: Vec<ReadLead>,
    first_name: Option<String>,
    /// When the last of its events was first received.
    known_since: Option<DateTime<Utc>>,
}

struct ReadLead {
    id: i64,
    name: Option<String>,
    number: Option<String>,
}

/// The part of a stored event that says what it is.
#[derive(Deserialize)]
struct StoredEventKind {
    name: String,
    body: BTreeMap<String, IgnoredAny>,
}

/// The kinds of events in words: one, and many.
const KINDS: [(&str, &str, &str); 7] = [
    ("call", "call", "calls"),
    ("message", "message", "messages"),
    ("form", "form", "forms"),
    ("status", "status", "statuses"),
    ("outcome", "outcome", "outcomes"),
    ("conversation", "conversation", "conversations"),
    ("contact", "contact", "contacts"),
];

fn read_out(connection: &Connection, seq: i64) -> Result<ReadOut, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT e.lead, e.first_received, e.payload FROM sightings s CROSS JOIN events e ON e.id = s.event
         WHERE s.seq = ?1 ORDER BY e.id LIMIT ?2",
    )?;
    let mut rows = statement.query(params![seq, MOST_EVENTS])?;
    let mut read = ReadOut::default();
    while let Some(row) = rows.next()? {
        let lead: i64 = row.get(0)?;
        read.known_since = read.known_since.max(Some(from_micros(row.get(1)?)));
        let kind: StoredEventKind = codec::unpack_json(&row.get::<_, Vec<u8>>(2)?)?;
        if let Some(word) = kind.body.into_keys().next() {
            let place = KINDS.iter().position(|(k, _, _)| *k == word).unwrap_or(KINDS.len());
            read.kinds.entry(place).or_insert((word, 0)).1 += 1;
        }
        read.first_name.get_or_insert_with(|| shown(&kind.name).into_owned());
        if !read.leads.iter().any(|known| known.id == lead) {
            read.leads.extend(read_lead(connection, lead)?);
        }
    }
    Ok(read)
}

fn read_lead(connection: &Connection, id: i64) -> Result<Option<ReadLead>, StoreError> {
    let found: Option<(Option<String>, Vec<u8>)> = connection
        .prepare_cached("SELECT name, summary FROM leads WHERE id = ?1")?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((name, summary)) = found else { return Ok(None) };
    let number = match &name {
        Some(_) => None,
        None => {
            let lead: Lead = codec::unpack_json(&summary)?;
            let erased = lead.erased.then(|| "an erased person".to_string());
            lead.phones.into_iter().chain(lead.emails).next().or(erased)
        }
    };
    Ok(Some(ReadLead { id, name, number }))
}

impl ReadOut {
    /// Such as `1 call, Jane Doe`; empty where nothing was read.
    fn sentence(&self, events: i64) -> String {
        let counted: i64 = self.kinds.values().map(|(_, n)| n).sum();
        let mut parts: Vec<String> = if events > counted && counted == MOST_EVENTS {
            vec![format!("{events} events")]
        } else {
            self.kinds
                .values()
                .map(|(word, n)| {
                    let kind = KINDS.iter().find(|(k, _, _)| k == word);
                    let (_, one, many) = kind.copied().unwrap_or(("", "event", "events"));
                    format!("{n} {}", if *n == 1 { one } else { many })
                })
                .collect()
        };
        let name = |lead: &ReadLead| lead.name.clone().or_else(|| lead.number.clone());
        match self.leads.as_slice() {
            [] => {}
            [one] => parts.extend(name(one)),
            [one, others @ ..] => {
                let first = name(one).unwrap_or_else(|| "somebody".into());
                let plural = if others.len() == 1 { "other" } else { "others" };
                parts.push(format!("{first} and {} {plural}", others.len()));
            }
        }
        parts.join(", ")
    }
}

/// One delivery with its body; headers that prove who sends are masked.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none.
pub fn by_id(connection: &Connection, id: i64) -> Result<DeliveryDetail, StoreError> {
    if id < 0 {
        let row = refusal_rows(connection, "id = ?1", params![id.saturating_neg()], 1)?.pop();
        let (_, delivery) = row.ok_or(NO_DELIVERY)?;
        return Ok(DeliveryDetail {
            delivery,
            headers: Vec::new(),
            body: String::new(),
            body_base64: None,
            place: None,
            entries: Vec::new(),
        });
    }
    let names = projection::source_names(connection)?;
    let row = select(connection, "ledger d", "d.seq = ?1", params![id], 1)?.pop().ok_or(NO_DELIVERY)?;
    let stored = journal::delivery(connection, id)?;
    let place = row.place;
    let entries = led_to(connection, id, &names)?;
    let headers = headers(connection, row.source, &stored.headers)?;
    let body = String::from_utf8_lossy(&stored.body).into_owned();
    let body_base64 = std::str::from_utf8(&stored.body).is_err().then(|| STANDARD.encode(&stored.body));
    Ok(DeliveryDetail { delivery: delivery(connection, row, &names)?, headers, body, body_base64, place, entries })
}

const NO_DELIVERY: StoreError = StoreError::NotFound("There is no such delivery.");

/// What is shown of a secret.
const MASK: &str = "••••";

/// Headers for showing: what proves who sends is masked.
fn headers(connection: &Connection, source: i64, json: &[u8]) -> Result<Vec<Header>, StoreError> {
    if json.is_empty() {
        return Ok(Vec::new());
    }
    // What is there in another shape says nothing, and keeps nobody from the rest.
    let pairs: Vec<(String, String)> = serde_json::from_slice(json).unwrap_or_default();
    let own: Vec<String> = connection
        .prepare_cached("SELECT lower(header) FROM source_keys WHERE source = ?1 AND header IS NOT NULL")?
        .query_map([source], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok(pairs
        .into_iter()
        .map(|(name, value)| {
            let lower = name.to_ascii_lowercase();
            let words = ["authorization", "cookie", "token", "secret", "password", "api-key", "apikey"];
            let secret = own.contains(&lower) || words.iter().any(|word| lower.contains(word));
            Header { name, value: if secret { MASK.to_string() } else { value } }
        })
        .collect())
}

/// The entries that a delivery's events stand in.
pub(in crate::store) fn led_to(
    connection: &Connection,
    seq: i64,
    names: &SourceNames,
) -> Result<Vec<LedTo>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT e.lead, e.hash FROM sightings s CROSS JOIN events e ON e.id = s.event WHERE s.seq = ?1 ORDER BY e.id",
    )?;
    let mut leads: BTreeMap<i64, Vec<EventId>> = BTreeMap::new();
    let mut rows = statement.query([seq])?;
    while let Some(row) = rows.next()? {
        let Ok(hash) = row.get::<_, Vec<u8>>(1)?.try_into() else { continue };
        leads.entry(row.get(0)?).or_default().push(EventId(hash));
    }
    let mut entries = Vec::new();
    for (lead, events) in leads {
        let Some((folded, _)) = folded(connection, lead, names)? else { continue };
        for (entry, evidence) in folded.entries.into_iter().zip(folded.evidence) {
            if entries.len() < MOST_ENTRIES && evidence.iter().any(|event| events.contains(event)) {
                entries.push(LedTo {
                    lead_id: lead,
                    entry: entry.id,
                    title: shown(&entry.title).into_owned(),
                    at: entry.at,
                });
            }
        }
    }
    Ok(entries)
}

/// Refused requests as deliveries of which nothing was kept: one row a day, reason and source.
fn refusals(connection: &Connection, filter: &Filter, before: i64) -> Result<Page<Delivery>, StoreError> {
    // Ids below 0 grow towards 0: the newest row has the least.
    let above = if filter.cursor.is_some() { before.saturating_neg() } else { i64::MAX };
    let values = params![above, filter.source];
    let clause = "id < ?1 AND (?2 IS NULL OR source = ?2)";
    let mut rows = refusal_rows(connection, clause, values, filter.limit as i64 + 1)?;
    let more = rows.len() > filter.limit;
    rows.truncate(filter.limit);
    let next_cursor = match rows.last() {
        Some((id, _)) if more => Some(cursor("deliveries", &-id)?),
        _ => None,
    };
    let total = connection
        .prepare_cached("SELECT count(*) FROM refusals WHERE ?1 IS NULL OR source = ?1")?
        .query_row([filter.source], |row| row.get(0))?;
    Ok(Page { items: rows.into_iter().map(|(_, delivery)| delivery).collect(), next_cursor, total: Some(total) })
}

fn refusal_rows(
    connection: &Connection,
    clause: &str,
    values: &[&dyn rusqlite::ToSql],
    limit: i64,
) -> Result<Vec<(i64, Delivery)>, StoreError> {
    let names = projection::source_names(connection)?;
    let sql =
        format!("SELECT id, what, source, n, last_at FROM refusals WHERE {clause} ORDER BY id DESC LIMIT {limit}");
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(values, |row| {
        let (id, what, source, n): (i64, String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        let delivery = Delivery {
            id: -id,
            received_at: from_micros(row.get(4)?),
            source: (source != 0).then_some(source),
            provider: names.get(&source).map(|(_, provider)| provider.clone()).unwrap_or_default(),
            event: String::new(),
            state: DeliveryState::Rejected.as_str().into(),
            reason: Some(what),
            repairs: Vec::new(),
            signature: Signature::None,
            size: 0,
            events: 0,
            content_type: None,
            what: if n == 1 { "1 request".into() } else { format!("{n} requests") },
            leads: Vec::new(),
            answered: "Refused".into(),
        };
        Ok((id, delivery))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
