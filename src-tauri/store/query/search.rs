//! Search: people first, then what was said and written, newest first.
//!
//! The index of words holds no text: where something was found is shown from the entry itself, folded
//! when asked.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::folded;
use super::search_query::{SearchQuery, TextPiece};
use crate::domain::entry;
use crate::domain::fold::Folded;
use crate::domain::lead::Lead;
use crate::store::refold::words_of;
use crate::store::{StoreError, codec, projection, texts};

/// People looked at before the most recently active are shown.
const MOST_PEOPLE: usize = 500;

/// Something found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SearchHit {
    /// The lead.
    pub lead_id: i64,
    /// Its name.
    pub lead_name: Option<String>,
    /// The entry of its timeline; `null` where the person was found.
    pub entry: Option<String>,
    /// `person`, or the entry's kind.
    pub kind: String,
    /// When it happened; of a person, when something last happened.
    pub at: DateTime<Utc>,
    /// The place, as one plain line.
    pub snippet: String,
    /// The same, in pieces.
    pub parts: Vec<TextPiece>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SearchResults {
    /// People first, then words, newest first.
    pub items: Vec<SearchHit>,
    /// How many, where that is known: common words are not counted to the end.
    pub total: Option<i64>,
}

/// Looks for what somebody typed, whatever it is.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn search(connection: &Connection, q: &str, limit: usize) -> Result<SearchResults, StoreError> {
    let Some(needle) = SearchQuery::of(q) else { return Ok(SearchResults { items: Vec::new(), total: Some(0) }) };
    let (mut people, all_people) = people(connection, &needle, limit)?;
    let (mut words, all_words) = words(connection, &needle, limit)?;
    let total = match (all_people, all_words) {
        (Some(people), Some(words)) => Some(people + words),
        _ => None,
    };
    // Many people do not hide what was said.
    people.truncate((limit / 2).max(limit.saturating_sub(words.len())));
    words.truncate(limit - people.len());
    people.append(&mut words);
    Ok(SearchResults { items: people, total })
}

fn people(
    connection: &Connection,
    needle: &SearchQuery,
    limit: usize,
) -> Result<(Vec<SearchHit>, Option<i64>), StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT l.id, l.summary FROM
             (SELECT rowid FROM search_people WHERE search_people MATCH ?1 ORDER BY rowid DESC LIMIT ?2) p
             CROSS JOIN leads l ON l.id = p.rowid
         ORDER BY l.last_activity DESC, l.id DESC",
    )?;
    let mut rows = statement.query(params![needle.people(), MOST_PEOPLE as i64])?;
    let mut hits = Vec::new();
    let mut found = 0;
    while let Some(row) = rows.next()? {
        found += 1;
        if hits.len() == limit {
            continue;
        }
        let lead: Lead = codec::unpack_json(&row.get::<_, Vec<u8>>(1)?)?;
        let parts = person(needle, &lead);
        hits.push(SearchHit {
            lead_id: row.get(0)?,
            lead_name: lead.name,
            entry: None,
            kind: "person".into(),
            at: lead.last_activity,
            snippet: line(&parts),
            parts,
        });
    }
    Ok((hits, (found < MOST_PEOPLE).then_some(found as i64)))
}

/// Name, and the number or mail that was found: the first of them where the name says it all.
fn person(needle: &SearchQuery, lead: &Lead) -> Vec<TextPiece> {
    let plain = |text: &str| vec![TextPiece { text: text.to_string(), hit: false }];
    let named = lead.name.as_deref().is_some_and(|name| needle.is_all_in(name));
    let mut parts =
        lead.name.as_deref().map(|name| needle.mark(name).unwrap_or_else(|| plain(name))).unwrap_or_default();
    let beside = lead
        .phones
        .iter()
        .find_map(|phone| needle.mark_number(phone))
        .or_else(|| lead.emails.iter().filter(|_| !named).find_map(|mail| needle.mark(mail)))
        .or_else(|| lead.phones.first().or(lead.emails.first()).map(|text| plain(text)));
    if let Some(beside) = beside {
        if !parts.is_empty() {
            parts.extend(plain(" · "));
        }
        parts.extend(beside);
    }
    parts
}

fn words(
    connection: &Connection,
    needle: &SearchQuery,
    limit: usize,
) -> Result<(Vec<SearchHit>, Option<i64>), StoreError> {
    let mut docs = matching(connection, &needle.texts(), limit)?;
    if docs.len() <= limit
        && let Some(beginning) = needle.texts_beginning()
    {
        let known: HashSet<i64> = docs.iter().map(|doc| doc.id).collect();
        docs.extend(matching(connection, &beginning, limit)?.into_iter().filter(|doc| !known.contains(&doc.id)));
    }
    docs.sort_by_key(|doc| std::cmp::Reverse(doc.id));
    let total = (docs.len() <= limit).then_some(docs.len() as i64);
    let mut hits = Vec::new();
    each_entry(connection, docs.into_iter().take(limit), &mut |doc, folded, entry| {
        let parts = needle.snippet(&words_of(entry));
        hits.push(SearchHit {
            lead_id: doc.lead,
            lead_name: folded.lead.name.clone(),
            entry: Some(doc.entry),
            kind: entry.kind().as_str().into(),
            at: entry.at,
            snippet: line(&parts),
            parts,
        });
    })?;
    hits.sort_by(|a, b| (b.at, &b.entry).cmp(&(a.at, &a.entry)));
    Ok((hits, total))
}

/// The lead and the entry of each text that still stands on a timeline. Each lead is folded once.
pub(super) fn each_entry(
    connection: &Connection,
    docs: impl Iterator<Item = Doc>,
    each: &mut dyn FnMut(Doc, &Folded, &entry::Entry),
) -> Result<(), StoreError> {
    let names = projection::source_names(connection)?;
    let mut leads: HashMap<i64, Option<Folded>> = HashMap::new();
    for doc in docs {
        if let Entry::Vacant(slot) = leads.entry(doc.lead) {
            slot.insert(folded(connection, doc.lead, &names)?.map(|(folded, _)| folded));
        }
        let Some(Some(folded)) = leads.get(&doc.lead) else { continue };
        let mut told = folded.entries.iter().zip(&folded.evidence);
        if let Some((entry, events)) = told.find(|(entry, _)| entry.id == doc.entry) {
            let mut entry = entry.clone();
            texts::fill(connection, &mut entry, events)?;
            each(doc, folded, &entry);
        }
    }
    Ok(())
}

/// A text in the index of words.
pub(super) struct Doc {
    pub id: i64,
    pub lead: i64,
    pub entry: String,
}

/// The newest texts that match: one more than `limit`, to know whether there are more.
pub(super) fn matching(connection: &Connection, query: &str, limit: usize) -> Result<Vec<Doc>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT d.id, d.lead, d.entry FROM
             (SELECT rowid FROM search_words WHERE search_words MATCH ?1 ORDER BY rowid DESC LIMIT ?2) w
             CROSS JOIN search_entries d ON d.id = w.rowid",
    )?;
    let rows = statement.query_map(params![query, limit as i64 + 1], |row| {
        Ok(Doc { id: row.get(0)?, lead: row.get(1)?, entry: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn line(parts: &[TextPiece]) -> String {
    parts.iter().map(|part| part.text.as_str()).collect()
}
