//! Calls across leads, each with its whole card.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params_from_iter};

use super::search_query::SearchQuery;
use super::{COUNTED, PAGE_BYTES, Page, SourceNames, counter, cursor, cursor_key, folded};
use crate::domain::Outcome;
use crate::domain::call::{Call, CallState};
use crate::domain::entry::EntryContent;
use crate::domain::event::Direction;
use crate::domain::fold::Folded;
use crate::domain::texts::weight;
use crate::store::{StoreError, projection, texts};

/// Calls that a search looks at: those of people it finds, and those in whose words it finds something.
const MOST_FOUND: i64 = 5_000;

/// Which calls.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// In the lead's names, numbers and mails, and in the words of the call.
    pub q: Option<String>,
    /// How far it has come.
    pub state: Option<CallState>,
    /// From this source.
    pub source: Option<i64>,
    /// `inbound` or `outbound`.
    pub direction: Option<Direction>,
    /// The two sides spoke.
    pub answered: Option<bool>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// Began at or after.
    pub from: Option<DateTime<Utc>>,
    /// Began before.
    pub to: Option<DateTime<Utc>>,
    /// Where the page begins.
    pub cursor: Option<String>,
    /// At most so many.
    pub limit: usize,
}

/// A page of calls, latest first.
///
/// # Errors
/// [`StoreError::Invalid`] for a cursor that is none; [`StoreError`] of the file.
pub fn page(connection: &Connection, filter: &Filter) -> Result<Page<Call>, StoreError> {
    let needle = match filter.q.as_deref().map(str::trim).filter(|q| !q.is_empty()) {
        Some(q) => match SearchQuery::of(q) {
            Some(needle) => Some(needle),
            None => return Ok(Page { items: Vec::new(), next_cursor: None, total: Some(0) }),
        },
        None => None,
    };
    let (sql, values) = statement(filter, needle.as_ref())?;
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut found: Vec<(Vec<u8>, i64, i64)> = Vec::new();
    let mut next_cursor = None;
    while let Some(row) = rows.next()? {
        if found.len() == filter.limit {
            next_cursor = found.last().map(|(id, _, at)| cursor("calls", &(at, hex::encode(id)))).transpose()?;
            break;
        }
        found.push((row.get(0)?, row.get(1)?, row.get(2)?));
    }
    let names = projection::source_names(connection)?;
    let mut leads: HashMap<i64, Option<Folded>> = HashMap::new();
    let mut items = Vec::with_capacity(found.len());
    let (mut bytes, mut last) = (0, None);
    for (id, lead, at) in found {
        if bytes > PAGE_BYTES {
            next_cursor = last.map(|(at, id): (i64, Vec<u8>)| cursor("calls", &(at, hex::encode(id)))).transpose()?;
            break;
        }
        let folded = match leads.entry(lead) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(new) => new.insert(fold_lead(connection, lead, &names)?),
        };
        let found = folded.as_ref().map(|folded| card(connection, folded, &hex::encode(&id)));
        if let Some((call, length)) = found.transpose()?.flatten() {
            bytes += length;
            items.push(call);
        }
        last = Some((at, id));
    }
    let total = match (unfiltered(filter), &filter.cursor, &next_cursor) {
        (true, ..) => Some(counter(connection, "calls")?),
        (false, Some(_), _) => None,
        (false, None, None) => i64::try_from(items.len()).ok(),
        (false, None, Some(_)) => counted(connection, filter, needle.as_ref())?,
    };
    Ok(Page { items, next_cursor, total })
}

fn fold_lead(connection: &Connection, lead: i64, names: &SourceNames) -> Result<Option<Folded>, StoreError> {
    Ok(folded(connection, lead, names)?.map(|(folded, _)| folded))
}

/// How many calls a filter finds, where they are fewer than [`COUNTED`].
fn counted(connection: &Connection, filter: &Filter, needle: Option<&SearchQuery>) -> Result<Option<i64>, StoreError> {
    let most = usize::try_from(COUNTED).unwrap_or(usize::MAX) - 1;
    let (sql, values) = statement(&Filter { limit: most, ..filter.clone() }, needle)?;
    let sql = format!("SELECT count(*) FROM ({sql})");
    let n = connection.prepare_cached(&sql)?.query_row(params_from_iter(values), |row| row.get(0))?;
    Ok(Some(n).filter(|n| *n < COUNTED))
}

fn unfiltered(filter: &Filter) -> bool {
    filter.q.as_deref().is_none_or(|q| q.trim().is_empty())
        && filter.state.is_none()
        && filter.source.is_none()
        && filter.direction.is_none()
        && filter.answered.is_none()
        && filter.outcome.is_none()
        && filter.from.is_none()
        && filter.to.is_none()
}

/// The card of a call, with the lead it belongs to, and about how many bytes it says.
fn card(connection: &Connection, folded: &Folded, id: &str) -> Result<Option<(Call, usize)>, StoreError> {
    let mut told = folded.entries.iter().zip(&folded.evidence);
    let Some((entry, events)) = told.find(|(entry, _)| entry.call().is_some_and(|call| call.id == id)) else {
        return Ok(None);
    };
    let mut entry = entry.clone();
    texts::fill(connection, &mut entry, events)?;
    let length = weight(&mut entry);
    let EntryContent::Call { call } = entry.content else { return Ok(None) };
    let call = Call {
        lead_id: Some(folded.lead.id),
        lead_name: folded.lead.name.clone(),
        lead_erased: folded.lead.erased,
        ..*call
    };
    Ok(Some((call, length)))
}

fn statement(filter: &Filter, needle: Option<&SearchQuery>) -> Result<(String, Vec<Value>), StoreError> {
    let mut values: Vec<Value> = Vec::new();
    let from = match needle {
        Some(needle) => {
            values.push(needle.people().into());
            values.push(needle.texts_beginning().unwrap_or_else(|| needle.texts()).into());
            format!(
                "(SELECT id FROM (SELECT o.id FROM search_people p CROSS JOIN calls o ON o.lead = p.rowid
                                  WHERE p.search_people MATCH ? ORDER BY p.rowid DESC LIMIT {MOST_FOUND})
                  UNION
                  SELECT id FROM (SELECT unhex(d.entry) AS id FROM search_words w CROSS JOIN search_entries d ON d.id = w.rowid
                                  WHERE w.search_words MATCH ? AND d.kind = 'call' ORDER BY w.rowid DESC LIMIT {MOST_FOUND})) f
                 CROSS JOIN calls c ON c.id = f.id"
            )
        }
        None => "calls c INDEXED BY calls_recent".to_string(),
    };
    let mut sql = Vec::new();
    let mut add = |text: &str, value: Value| {
        sql.push(text.to_string());
        values.push(value);
    };
    if let Some(state) = filter.state {
        add("c.state = ?", state.as_str().to_string().into());
    }
    if let Some(direction) = filter.direction {
        add("c.direction = ?", direction.as_str().to_string().into());
    }
    if let Some(answered) = filter.answered {
        add("c.answered = ?", answered.into());
    }
    if let Some(outcome) = filter.outcome {
        add("c.outcome = ?", outcome.as_str().to_string().into());
    }
    if let Some(source) = filter.source {
        add("c.source = ?", source.into());
    }
    if let Some(from) = filter.from {
        add("c.at >= ?", from.timestamp_micros().into());
    }
    match &filter.cursor {
        Some(text) => {
            let (at, id): (i64, String) = cursor_key("calls", text)?;
            let id = hex::decode(id).unwrap_or_default();
            sql.push("(c.at, c.id) < (?, ?)".to_string());
            values.extend([Value::from(at), Value::from(id)]);
        }
        None => {
            if let Some(to) = filter.to {
                add("c.at < ?", to.timestamp_micros().into());
            }
        }
    }
    let clause = if sql.is_empty() { String::new() } else { format!(" WHERE {}", sql.join(" AND ")) };
    let sql = format!(
        "SELECT c.id, c.lead, c.at FROM {from}{clause} ORDER BY c.at DESC, c.id DESC LIMIT {}",
        filter.limit.saturating_add(1)
    );
    Ok((sql, values))
}

/// One call.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none.
pub fn by_id(connection: &Connection, id: &str) -> Result<Call, StoreError> {
    const NONE: StoreError = StoreError::NotFound("There is no such call.");
    let key = hex::decode(id).map_err(|_| NONE)?;
    let lead: Option<i64> = connection
        .prepare_cached("SELECT lead FROM calls WHERE id = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()?;
    let names = projection::source_names(connection)?;
    let folded = fold_lead(connection, lead.ok_or(NONE)?, &names)?.ok_or(NONE)?;
    card(connection, &folded, &id.to_ascii_lowercase())?.map(|(call, _)| call).ok_or(NONE)
}

/// How SQLite answers the page of a filter, for tests that watch over its indexes.
///
/// # Errors
/// As [`page`].
pub fn plan(connection: &Connection, filter: &Filter) -> Result<Vec<String>, StoreError> {
    let needle = filter.q.as_deref().and_then(SearchQuery::of);
    let (sql, values) = statement(filter, needle.as_ref())?;
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
    let rows = statement.query_map(params_from_iter(values), |row| row.get(3))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
