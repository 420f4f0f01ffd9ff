//! The list of leads.
//!
//! Every filter has an index that holds its leads in the order of the list, so a page is a range of one
//! index. Of several filters the one that leaves least drives; the others are looked at on the way.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use serde::{Deserialize, Serialize};
use strum::EnumString;
use utoipa::ToSchema;

use super::search_query::SearchQuery;
use super::{COUNTED, Page, cursor, cursor_key};
use crate::domain::lead::{Lead, NeedKind};
use crate::domain::{Outcome, SentimentLabel, Stage};
use crate::store::refold::need_bit;
use crate::store::{StoreError, codec};

/// So few leads are sorted faster than an index in another order is walked.
const FEW: i64 = 2_000;

/// A lead in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ListedLead {
    /// The lead.
    #[serde(flatten)]
    pub lead: Lead,
    /// A sender told something new since somebody looked at it here.
    pub unread: bool,
}

/// What waits for somebody: `any`, or the word of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Whatever it is.
    Any,
    /// Something of this kind.
    Of(NeedKind),
}

impl FromStr for Needs {
    type Err = strum::ParseError;

    fn from_str(word: &str) -> Result<Needs, Self::Err> {
        if word == "any" { Ok(Needs::Any) } else { word.parse().map(Needs::Of) }
    }
}

impl Needs {
    fn bits(self) -> i64 {
        match self {
            Needs::Any => NeedKind::ALL.iter().fold(0, |bits, kind| bits | need_bit(*kind)),
            Needs::Of(kind) => need_bit(kind),
        }
    }
}

/// The order of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum Sort {
    /// Latest activity first.
    #[default]
    Recent,
    /// Latest activity last.
    Oldest,
    /// By name, nameless leads last.
    Name,
}

/// Which leads, in what order.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// In names, numbers and mails.
    pub q: Option<String>,
    /// Where the journey stands.
    pub stage: Option<Stage>,
    /// Told of by this source.
    pub source: Option<i64>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// With this tag.
    pub tag: Option<String>,
    /// Looked after by somebody of one of these names.
    pub rep: Vec<String>,
    /// How they felt last.
    pub sentiment: Option<SentimentLabel>,
    /// Not to be contacted, or only others.
    pub dnc: Option<bool>,
    /// What waits.
    pub needs: Option<Needs>,
    /// Last activity at or after.
    pub from: Option<DateTime<Utc>>,
    /// Last activity before.
    pub to: Option<DateTime<Utc>>,
    /// The order.
    pub sort: Sort,
    /// Where the page begins.
    pub cursor: Option<String>,
    /// At most so many.
    pub limit: usize,
}

/// What a page is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Drive {
    Recent,
    Stage,
    Outcome,
    Rep,
    Sentiment,
    Dnc,
    Needs,
    Tag,
    Source,
    Name,
    /// The few leads that `q` finds.
    People,
}

impl Drive {
    /// Table and index; `d` holds the keys of the order, `l` the lead.
    fn from(self) -> &'static str {
        match self {
            Drive::Recent => "leads l INDEXED BY leads_recent",
            Drive::Stage => "leads l INDEXED BY leads_stage",
            Drive::Outcome => "leads l INDEXED BY leads_outcome",
            Drive::Rep => "leads l INDEXED BY leads_rep",
            Drive::Sentiment => "leads l INDEXED BY leads_sentiment",
            Drive::Dnc => "leads l INDEXED BY leads_dnc",
            Drive::Needs => "leads l INDEXED BY leads_needs",
            Drive::Name => "leads l INDEXED BY leads_name",
            Drive::Tag => "lead_tags d INDEXED BY lead_tags_recent",
            Drive::Source => "lead_sources d INDEXED BY lead_sources_recent",
            Drive::People => "search_people d",
        }
    }

    fn join(self) -> &'static str {
        match self {
            Drive::Tag | Drive::Source => " CROSS JOIN leads l ON l.id = d.lead",
            Drive::People => " CROSS JOIN leads l ON l.id = d.rowid",
            _ => "",
        }
    }

    /// Columns of the order by last activity.
    fn keys(self) -> (&'static str, &'static str) {
        match self {
            Drive::Tag | Drive::Source => ("d.last_activity", "d.lead"),
            _ => ("l.last_activity", "l.id"),
        }
    }
}

/// Conditions with the values they stand for, in order.
#[derive(Default)]
struct Conditions {
    sql: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    fn add(&mut self, sql: impl Into<String>, values: impl IntoIterator<Item = Value>) {
        self.sql.push(sql.into());
        self.values.extend(values);
    }

    fn clause(&self) -> String {
        if self.sql.is_empty() { String::new() } else { format!(" WHERE {}", self.sql.join(" AND ")) }
    }
}

type TimeKey = (i64, i64);
type NameKey = (String, i64);

/// A page of leads.
///
/// # Errors
/// [`StoreError::Invalid`] for a cursor that is none; [`StoreError`] of the file.
pub fn page(connection: &Connection, filter: &Filter) -> Result<Page<ListedLead>, StoreError> {
    let needle = match filter.q.as_deref().map(str::trim).filter(|q| !q.is_empty()) {
        Some(q) => match SearchQuery::of(q) {
            Some(needle) => Some(needle.people()),
            None => return Ok(Page { items: Vec::new(), next_cursor: None, total: Some(0) }),
        },
        None => None,
    };
    let (sql, values, drive, total) = statement(connection, filter, needle.as_deref())?;
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut items = Vec::new();
    let mut next_cursor = None;
    let mut last: Option<(i64, String, i64)> = None;
    while let Some(row) = rows.next()? {
        if items.len() == filter.limit {
            next_cursor = match (&last, filter.sort) {
                (Some((_, name, id)), Sort::Name) => Some(cursor("leads by name", &(name, id))?),
                (Some((at, _, id)), _) => Some(cursor("leads", &(at, id))?),
                (None, _) => None,
            };
            break;
        }
        let id: i64 = row.get(0)?;
        let mut lead: Lead = codec::unpack_json(&row.get::<_, Vec<u8>>(1)?)?;
        lead.id = id;
        last = Some((lead.last_activity.timestamp_micros(), row.get(3)?, id));
        items.push(ListedLead { lead, unread: row.get(2)? });
    }
    let total = match (total, &filter.cursor, &next_cursor) {
        (Some(total), ..) => Some(total),
        (None, Some(_), _) => None,
        (None, None, None) => i64::try_from(items.len()).ok(),
        (None, None, Some(_)) => counted(connection, drive, filter, needle.as_deref())?,
    };
    Ok(Page { items, next_cursor, total })
}

/// How many leads a filter finds that no counter knows, where they are fewer than [`COUNTED`].
fn counted(
    connection: &Connection,
    drive: Drive,
    filter: &Filter,
    needle: Option<&str>,
) -> Result<Option<i64>, StoreError> {
    let mut conditions = own(drive, filter, needle);
    residual(&mut conditions, drive, filter, needle);
    within(&mut conditions, drive, filter.from, filter.to);
    let sql = format!(
        "SELECT count(*) FROM (SELECT 1 FROM {}{}{} LIMIT {COUNTED})",
        drive.from(),
        drive.join(),
        conditions.clause()
    );
    let n = connection.prepare_cached(&sql)?.query_row(params_from_iter(conditions.values), |row| row.get(0))?;
    Ok(Some(n).filter(|n| *n < COUNTED))
}

/// The statement of a page, its values, what it is read from, and the total where it is known.
fn statement(
    connection: &Connection,
    filter: &Filter,
    needle: Option<&str>,
) -> Result<(String, Vec<Value>, Drive, Option<i64>), StoreError> {
    let (drive, sorted, found) = choose(connection, filter, needle)?;
    let mut conditions = own(drive, filter, needle);
    residual(&mut conditions, drive, filter, needle);
    let by_name = filter.sort == Sort::Name;
    let (key, id) = if by_name { ("l.name_key", "l.id") } else { drive.keys() };
    let (compare, order) = match filter.sort {
        Sort::Recent => ("<", "DESC"),
        Sort::Oldest | Sort::Name => (">", "ASC"),
    };
    // The cursor lies within `from` and `to`; on its side it is the tighter bound, and the only one, so
    // that the index is entered at the cursor.
    let (mut from, mut to) = (filter.from, filter.to);
    if let Some(text) = &filter.cursor {
        if by_name {
            let (name, at): NameKey = cursor_key("leads by name", text)?;
            conditions.add(format!("({key}, {id}) {compare} (?, ?)"), [name.into(), at.into()]);
        } else {
            let (at, row): TimeKey = cursor_key("leads", text)?;
            conditions.add(format!("({key}, {id}) {compare} (?, ?)"), [at.into(), row.into()]);
            match filter.sort {
                Sort::Recent => to = None,
                _ => from = None,
            }
        }
    }
    within(&mut conditions, drive, from, to);
    // `+` keeps the planner from leaving the small set for the index of the order.
    let plus = if sorted { "+" } else { "" };
    let sql = format!(
        "SELECT l.id, l.summary, l.last_heard > coalesce((SELECT at FROM lead_seen WHERE lead = l.id), 0), l.name_key
         FROM {}{}{} ORDER BY {plus}{key} {order}, {plus}{id} {order} LIMIT {}",
        drive.from(),
        drive.join(),
        conditions.clause(),
        filter.limit.saturating_add(1)
    );
    let total = total(connection, filter, needle, found)?;
    Ok((sql, conditions.values, drive, total))
}

/// Last activity lies between the two.
fn within(conditions: &mut Conditions, drive: Drive, from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>) {
    let at = drive.keys().0;
    if let Some(from) = from {
        conditions.add(format!("{at} >= ?"), [from.timestamp_micros().into()]);
    }
    if let Some(to) = to {
        conditions.add(format!("{at} < ?"), [to.timestamp_micros().into()]);
    }
}

/// What a page is read from, whether its rows still have to be sorted, and how many leads `q` found
/// where they are few.
fn choose(
    connection: &Connection,
    filter: &Filter,
    needle: Option<&str>,
) -> Result<(Drive, bool, Option<i64>), StoreError> {
    let mut drives = Vec::new();
    let given = [
        (filter.tag.is_some(), Drive::Tag),
        (filter.needs.is_some(), Drive::Needs),
        (filter.dnc == Some(true), Drive::Dnc),
        (filter.outcome.is_some(), Drive::Outcome),
        (!filter.rep.is_empty(), Drive::Rep),
        (filter.sentiment.is_some(), Drive::Sentiment),
        (filter.stage.is_some(), Drive::Stage),
        (filter.source.is_some(), Drive::Source),
    ];
    drives.extend(given.into_iter().filter(|(wanted, _)| *wanted).map(|(_, drive)| drive));
    let mut found = None;
    if needle.is_some() {
        let few = count_few(connection, Drive::People, filter, needle)?;
        if few < FEW {
            found = Some(few);
            drives.push(Drive::People);
        }
    }
    let by_name = filter.sort == Sort::Name;
    if !by_name && found.is_none() && drives.len() < 2 {
        return Ok((drives.first().copied().unwrap_or(Drive::Recent), false, found));
    }
    let mut best: Option<(i64, Drive)> = None;
    for drive in drives {
        let few = match (drive, found) {
            (Drive::People, Some(found)) => found,
            _ => count_few(connection, drive, filter, needle)?,
        };
        if best.is_none_or(|(least, _)| few < least) {
            best = Some((few, drive));
        }
    }
    Ok(match best {
        Some((few, drive)) if by_name => {
            if few < FEW {
                (drive, true, found)
            } else {
                (Drive::Name, false, found)
            }
        }
        Some((_, drive)) => (drive, drive == Drive::People, found),
        None => (if by_name { Drive::Name } else { Drive::Recent }, false, found),
    })
}

/// How many rows a drive has, counted up to [`FEW`].
fn count_few(connection: &Connection, drive: Drive, filter: &Filter, needle: Option<&str>) -> Result<i64, StoreError> {
    let conditions = own(drive, filter, needle);
    let sql = format!("SELECT count(*) FROM (SELECT 1 FROM {}{} LIMIT {FEW})", drive.from(), conditions.clause());
    Ok(connection.prepare_cached(&sql)?.query_row(params_from_iter(conditions.values), |row| row.get(0))?)
}

/// The condition by which a drive's index is entered.
fn own(drive: Drive, filter: &Filter, needle: Option<&str>) -> Conditions {
    let mut own = Conditions::default();
    match drive {
        Drive::Recent | Drive::Name => {}
        Drive::Stage => own.add("l.stage = ?", filter.stage.map(|s| s.as_str().to_string().into())),
        Drive::Outcome => own.add("l.outcome = ?", filter.outcome.map(|o| o.as_str().to_string().into())),
        Drive::Rep => {
            let holders = vec!["?"; filter.rep.len()].join(", ");
            let sql = if filter.rep.len() == 1 { "l.rep = ?".to_string() } else { format!("l.rep IN ({holders})") };
            own.add(sql, filter.rep.iter().cloned().map(Value::from));
        }
        Drive::Sentiment => own.add("l.sentiment = ?", filter.sentiment.map(|s| s.as_str().to_string().into())),
        Drive::Dnc => own.add("l.do_not_contact <> 0", []),
        Drive::Needs => own.add("l.needs <> 0", []),
        Drive::Tag => own.add("d.tag = ?", filter.tag.clone().map(Value::from)),
        Drive::Source => own.add("d.source = ?", filter.source.map(Value::from)),
        Drive::People => own.add("d.search_people MATCH ?", needle.map(|needle| needle.to_string().into())),
    }
    own
}

/// The filters that do not drive.
fn residual(conditions: &mut Conditions, drive: Drive, filter: &Filter, needle: Option<&str>) {
    let others = [Drive::Stage, Drive::Outcome, Drive::Rep, Drive::Sentiment];
    for other in others.into_iter().filter(|other| *other != drive) {
        let mut condition = own(other, filter, needle);
        // Without its value the filter was not asked for. `+` keeps its index out of the way.
        if let Some(sql) = condition.sql.pop().filter(|_| !condition.values.is_empty()) {
            conditions.add(format!("+{sql}"), condition.values);
        }
    }
    match filter.dnc {
        Some(true) if drive != Drive::Dnc => conditions.add("+l.do_not_contact <> 0", []),
        Some(false) => conditions.add("+l.do_not_contact = 0", []),
        _ => {}
    }
    match filter.needs {
        Some(needs) if drive != Drive::Needs || needs != Needs::Any => {
            conditions.add("(l.needs & ?) <> 0", [needs.bits().into()]);
        }
        _ => {}
    }
    if let Some(tag) = filter.tag.as_ref().filter(|_| drive != Drive::Tag) {
        conditions.add("EXISTS (SELECT 1 FROM lead_tags t WHERE t.lead = l.id AND t.tag = ?)", [tag.clone().into()]);
    }
    if let Some(source) = filter.source.filter(|_| drive != Drive::Source) {
        conditions.add("EXISTS (SELECT 1 FROM lead_sources s WHERE s.lead = l.id AND s.source = ?)", [source.into()]);
    }
    if let Some(needle) = needle.filter(|_| drive != Drive::People) {
        conditions
            .add("+l.id IN (SELECT rowid FROM search_people WHERE search_people MATCH ?)", [needle.to_string().into()]);
    }
}

/// How many leads the filter finds, where a counter knows or they are few.
fn total(
    connection: &Connection,
    filter: &Filter,
    needle: Option<&str>,
    found: Option<i64>,
) -> Result<Option<i64>, StoreError> {
    let others = filter.outcome.is_some()
        || filter.tag.is_some()
        || !filter.rep.is_empty()
        || filter.sentiment.is_some()
        || filter.dnc.is_some()
        || filter.from.is_some()
        || filter.to.is_some();
    if others {
        return Ok(None);
    }
    let name = match (needle.is_some(), filter.stage, filter.needs, filter.source) {
        (true, None, None, None) => return Ok(found),
        (false, None, None, None) => "leads".to_string(),
        (false, Some(stage), None, None) => format!("stage:{}", stage.as_str()),
        (false, None, Some(Needs::Any), None) => "needs".to_string(),
        (false, None, None, Some(source)) => format!("source_leads:{source}"),
        _ => return Ok(None),
    };
    Ok(Some(super::counter(connection, &name)?))
}

/// How SQLite answers the page of a filter, for tests that watch over its indexes.
///
/// # Errors
/// As [`page`].
pub fn plan(connection: &Connection, filter: &Filter) -> Result<Vec<String>, StoreError> {
    let needle = filter.q.as_deref().and_then(SearchQuery::of).map(|needle| needle.people());
    let (sql, values, ..) = statement(connection, filter, needle.as_deref())?;
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
    let rows = statement.query_map(params_from_iter(values), |row| row.get(3))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
