//! Who else's messages name somebody: what people said of a person stays with those who said it, and the owner is told.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use super::search::{each_entry, matching};
use super::search_query::SearchQuery;
use super::shown_id;
use crate::store::StoreError;
use crate::store::refold::words_of;

/// Texts that are looked into for each thing that is asked, the newest first.
const MOST: usize = 200;

/// An entry of somebody's timeline that names somebody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// The lead it stands with.
    pub lead: i64,
    /// Its name.
    pub lead_name: Option<String>,
    /// The entry.
    pub entry: String,
    /// When it happened, UTC.
    pub at: DateTime<Utc>,
}

/// Entries of other leads than `lead` whose words `tells` says yes to, the newest first: of those in which the index of words
/// knows all words of one of `asked`.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn mentions(
    connection: &Connection,
    lead: i64,
    asked: &[String],
    tells: &dyn Fn(&str) -> bool,
) -> Result<Vec<Mention>, StoreError> {
    let lead = shown_id(connection, lead)?;
    let mut docs = BTreeMap::new();
    for needle in asked.iter().filter_map(|text| SearchQuery::of(text)) {
        docs.extend(matching(connection, &needle.texts(), MOST)?.into_iter().map(|doc| (doc.id, doc)));
    }
    let mut found = Vec::new();
    let of_others = docs.into_values().filter(|doc| doc.lead != lead);
    each_entry(connection, of_others, &mut |doc, folded, entry| {
        if tells(&words_of(entry)) {
            let lead_name = folded.lead.name.clone();
            found.push(Mention { lead: doc.lead, lead_name, entry: doc.entry, at: entry.at });
        }
    })?;
    found.sort_by(|a, b| (b.at, &b.entry).cmp(&(a.at, &a.entry)));
    Ok(found)
}
