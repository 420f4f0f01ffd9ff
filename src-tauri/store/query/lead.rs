//! One lead: who it is and why, and its timeline. Folded from its events when asked.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use strum::EnumString;
use utoipa::ToSchema;

use super::{PAGE_BYTES, SourceNames, cursor, cursor_key, fold_as, folded, gaps, shown_id};
use crate::domain::IdentityKind;
use crate::domain::entry::{Entry, EntryKind};
use crate::domain::event::{Event, EventId};
use crate::domain::fold::{self, Folded};
use crate::domain::lead::{Lead, Step};
use crate::domain::mask::Mask;
use crate::domain::texts::weight;
use crate::store::{StoreError, asof, projection, sources, texts};

/// Deliveries named as evidence of one link.
const MOST_EVIDENCE: usize = 20;

/// A lead with what its page shows beside the timeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LeadDetail {
    /// The lead.
    #[serde(flatten)]
    pub lead: Lead,
    /// A sender told something new since somebody looked at it here.
    pub unread: bool,
    /// Why this is one person.
    pub evidence: Vec<Evidence>,
    /// What only the owner can decide.
    pub questions: Vec<OwnerQuestion>,
}

/// How sure a link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// The very same number, mail or id.
    Exact,
    /// A person said so.
    ByHand,
}

/// A name that events of this lead share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Evidence {
    /// `phone`, `email`, `person_id`, `call_id`, `message_id`, `conversation_id`, `form_id` or `by_hand`.
    pub kind: String,
    /// The number, mail or id.
    pub value: String,
    /// The source within which an id counts, or that first gave the number or mail.
    pub source: Option<i64>,
    /// The provider's slug.
    pub provider: String,
    /// How sure it is.
    pub strength: Strength,
    /// How many events carry it.
    pub events: i64,
    /// When it first appears.
    pub first_at: DateTime<Utc>,
    /// Deliveries that carry it, at most 20.
    pub deliveries: Vec<i64>,
}

/// Something only the owner can decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OwnerQuestion {
    /// The number, E.164.
    pub phone: String,
    /// The question, in plain words.
    pub text: String,
}

/// A timeline, or a page of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Timeline {
    /// The lead as it stood.
    pub lead: Lead,
    /// The journey, oldest first.
    pub journey: Vec<Step>,
    /// Entries, oldest first unless it was asked otherwise.
    pub entries: Vec<Entry>,
    /// Where the next page begins; `null` on the last one.
    pub next_cursor: Option<String>,
    /// How many entries of each kind the whole timeline holds.
    pub counts: BTreeMap<String, i64>,
    /// Where it was asked for: over these entries and all that follow them in this order. As long as it is the same,
    /// so are they.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Where it was asked for: over all that follow; missing where nothing does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rest_digest: Option<String>,
    /// What people did and took back, the earliest taken back first. Empty on later pages, and as of a past moment.
    pub taken_back: Vec<UndoneEntry>,
}

/// Something a person did about the lead that was taken back since.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UndoneEntry {
    /// What was done, as it would stand on the timeline.
    pub entry: Entry,
    /// The action that took it back: `POST /api/actions/{undo}/undo` does it again.
    pub undo: String,
    /// When it was taken back.
    pub at: DateTime<Utc>,
    /// Who took it back, where they said so.
    pub by: Option<String>,
}

impl From<fold::TakenBack> for UndoneEntry {
    fn from(found: fold::TakenBack) -> UndoneEntry {
        UndoneEntry { entry: found.entry, undo: found.undo.to_string(), at: found.at, by: found.by }
    }
}

/// In which order entries are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum Order {
    /// As they happened.
    #[default]
    Oldest,
    /// The other way round.
    Newest,
}

/// Which part of a timeline.
#[derive(Debug, Clone, Default)]
pub struct TimelineRange {
    /// Only these kinds; all if empty.
    pub kinds: Vec<EntryKind>,
    /// As it was known at this time.
    pub as_of: Option<DateTime<Utc>>,
    /// Where the page begins.
    pub cursor: Option<String>,
    /// At most so many.
    pub limit: usize,
    /// In this order.
    pub order: Order,
    /// Not beyond this place: the cursor of another page in the same order.
    pub until: Option<String>,
    /// With digests of what it holds and of what follows.
    pub digest: bool,
}

/// The lead an id leads to.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none.
pub fn by_id(connection: &Connection, id: i64) -> Result<LeadDetail, StoreError> {
    let id = shown_id(connection, id)?;
    let names = projection::source_names(connection)?;
    let (folded, events) = folded(connection, id, &names)?.ok_or(NO_LEAD)?;
    let unread = connection
        .prepare_cached(
            "SELECT last_heard > coalesce((SELECT at FROM lead_seen WHERE lead = ?1), 0) FROM leads WHERE id = ?1",
        )?
        .query_row([id], |row| row.get(0))
        .optional()?
        .unwrap_or(false);
    let deliveries = deliveries_of(connection, id, None)?;
    let evidence = evidence(&events, &deliveries);
    let questions = questions(connection, &folded.lead)?;
    Ok(LeadDetail { lead: folded.lead, unread, evidence, questions })
}

const NO_LEAD: StoreError = StoreError::NotFound("There is no such lead.");

/// A page of the timeline of the lead an id leads to. With `as_of` it is the lead that stood under that id then: one
/// that became part of another since is shown as it was by itself, and of several that are one now without having had
/// that id, the earliest.
///
/// # Errors
/// [`StoreError::NotFound`] when there is no such lead, or it was not known by `as_of`;
/// [`StoreError::Invalid`] for a cursor that is none.
pub fn timeline(connection: &Connection, id: i64, part: &TimelineRange) -> Result<Timeline, StoreError> {
    let (asked, id) = (id, shown_id(connection, id)?);
    let place = |cursor: &Option<String>| -> Result<Option<EntryPosition>, StoreError> {
        cursor.as_deref().map(|text| cursor_key("timeline", text)).transpose()
    };
    let (after, until) = (place(&part.cursor)?, place(&part.until)?);
    let names = projection::source_names(connection)?;
    let Told { lead, journey, mut entries, events } = told(connection, asked, id, part.as_of, &names)?;
    let counts = counted(&entries);
    entries.retain(|(entry, _)| part.kinds.is_empty() || part.kinds.contains(&entry.kind()));
    if part.order == Order::Newest {
        entries.reverse();
    }
    let begins = after.is_none();
    let start = after.map_or(0, |place| passed(&entries, &place, part.order));
    let stop = until.map_or(entries.len(), |place| passed(&entries, &place, part.order)).max(start);
    let end = page_end(&mut entries, start, start.saturating_add(part.limit).min(stop));
    let deliveries = deliveries_of(connection, id, part.as_of)?;
    let with = |(entry, told_by): (Entry, Vec<EventId>)| with_deliveries(entry, &told_by, &deliveries);
    let rest: Vec<Entry> =
        if part.digest { entries.split_off(end).into_iter().map(with).collect() } else { Vec::new() };
    entries.truncate(end);
    let page = entries.split_off(start);
    let behind: Vec<Vec<EventId>> = page.iter().map(|(_, told_by)| told_by.clone()).collect();
    let mut page: Vec<Entry> = page.into_iter().map(with).collect();
    let next_cursor = if end < stop {
        page.last().map(|last| cursor("timeline", &(last.at.timestamp_micros(), &last.id))).transpose()?
    } else {
        None
    };
    // Of what is long a hash stands in each entry: that is as good as the text.
    let (digest, rest_digest) = if part.digest { digests(&page, &rest)? } else { (None, None) };
    for (entry, told_by) in page.iter_mut().zip(&behind) {
        texts::fill(connection, entry, told_by)?;
    }
    let mut taken_back = Vec::new();
    if begins && part.as_of.is_none() {
        for mut found in fold::taken_back(&events) {
            let id = EventId::parse(&found.entry.id);
            texts::fill(connection, &mut found.entry, id.as_slice())?;
            taken_back.push(UndoneEntry::from(found));
        }
    }
    Ok(Timeline { lead, journey, entries: page, next_cursor, counts, digest, rest_digest, taken_back })
}

/// A lead as it stood, with everything on its timeline: each entry without its long texts, with the events behind it.
struct Told {
    lead: Lead,
    journey: Vec<Step>,
    entries: Vec<(Entry, Vec<EventId>)>,
    events: Vec<Event>,
}

fn told(
    connection: &Connection,
    asked: i64,
    id: i64,
    as_of: Option<DateTime<Utc>>,
    names: &SourceNames,
) -> Result<Told, StoreError> {
    let found = match as_of {
        Some(as_of) => asof::lead_then(connection, asked, id, as_of, names)?.and_then(|events| fold_as(id, events)),
        None => folded(connection, id, names)?,
    };
    let missing = StoreError::NotFound("Nothing was known of this lead by then.");
    let (Folded { lead, journey, entries, evidence }, events) = found.ok_or(missing)?;
    let mut entries: Vec<(Entry, Vec<EventId>)> = entries.into_iter().zip(evidence).collect();
    // Gaps are of this machine, not of the set the lead is folded from: they come in here.
    let touching = gaps::entries(connection, lead.first_seen, lead.last_activity, as_of)?;
    if !touching.is_empty() {
        entries.extend(touching.into_iter().map(|gap| (gap, Vec::new())));
        entries.sort_by(|(a, _), (b, _)| (a.at, &a.id).cmp(&(b.at, &b.id)));
    }
    Ok(Told { lead, journey, entries, events })
}

fn counted(entries: &[(Entry, Vec<EventId>)]) -> BTreeMap<String, i64> {
    let mut counts = BTreeMap::new();
    for (entry, _) in entries {
        *counts.entry(entry.kind().as_str().to_string()).or_default() += 1;
    }
    counts
}

/// Where a page that begins at `start` ends, at `end` at the latest.
fn page_end(entries: &mut [(Entry, Vec<EventId>)], start: usize, end: usize) -> usize {
    let mut bytes = 0;
    for (index, (entry, _)) in entries.iter_mut().enumerate().take(end).skip(start) {
        bytes += weight(entry);
        if bytes > PAGE_BYTES && index > start {
            return index;
        }
    }
    end
}

/// Where in a timeline: the time of an entry in microseconds, and its id.
type EntryPosition = (i64, String);

/// How many of `entries` stand before a place or at it.
fn passed(entries: &[(Entry, Vec<EventId>)], (at, id): &EntryPosition, order: Order) -> usize {
    entries.partition_point(|(entry, _)| {
        let key = (entry.at.timestamp_micros(), &entry.id);
        if order == Order::Oldest { key <= (*at, id) } else { key >= (*at, id) }
    })
}

/// Over a page and what follows it, and over the latter alone.
fn digests(page: &[Entry], rest: &[Entry]) -> Result<(Option<String>, Option<String>), StoreError> {
    // From the far end on, so that a page shares with the one before it what both lie before.
    let mut over = Sha256::new();
    let take = |over: &mut Sha256, entries: &[Entry]| -> Result<String, StoreError> {
        for entry in entries.iter().rev() {
            over.update(serde_json::to_vec(entry)?);
        }
        Ok(hex::encode(&over.clone().finalize()[..16]))
    };
    let of_rest = take(&mut over, rest)?;
    let of_all = take(&mut over, page)?;
    Ok((Some(of_all), (!rest.is_empty()).then_some(of_rest)))
}

/// A lead's whole timeline, with what a file about it needs besides.
#[derive(Debug, Clone)]
pub struct Whole {
    /// The lead as it stood.
    pub lead: Lead,
    /// The journey, oldest first.
    pub journey: Vec<Step>,
    /// Every entry, oldest first, without its long texts, and the events behind it: for [`with_texts`].
    pub entries: Vec<(Entry, Vec<EventId>)>,
    /// How many entries of each kind.
    pub counts: BTreeMap<String, i64>,
    /// The id of its earliest event, as it stood: the lead's name outside of this machine.
    pub lead_ref: String,
    /// What the owner calls each source it names.
    pub sources: BTreeMap<i64, String>,
    /// Covers what says who it is about, by all that is known of them.
    pub mask: Mask,
}

/// The whole timeline of the lead an id leads to, folded once.
///
/// # Errors
/// As [`timeline`].
pub fn whole(connection: &Connection, id: i64, as_of: Option<DateTime<Utc>>) -> Result<Whole, StoreError> {
    let (asked, id) = (id, shown_id(connection, id)?);
    let names = projection::source_names(connection)?;
    let Told { lead, journey, entries, events: then } = told(connection, asked, id, as_of, &names)?;
    let lead_ref = then.iter().min_by_key(|event| (event.at, event.id)).map(|event| event.id.to_string());
    // A name that came later covers what was said before.
    let mut mask = Mask::default();
    let then = then.into_iter().filter(|_| as_of.is_some());
    for mut event in projection::events_of(connection, id, None, &names)?.into_iter().chain(then) {
        texts::join(connection, event.id, &mut event.draft)?;
        mask.add(&event);
    }
    let (counts, sources) = (counted(&entries), sources::names(connection, as_of)?);
    Ok(Whole { lead, journey, entries, counts, lead_ref: lead_ref.unwrap_or_default(), sources, mask })
}

/// An entry of [`Whole`] with its texts.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn with_texts(connection: &Connection, (entry, events): &(Entry, Vec<EventId>)) -> Result<Entry, StoreError> {
    let mut entry = entry.clone();
    texts::fill(connection, &mut entry, events)?;
    Ok(entry)
}

/// Deliveries by event.
pub(super) type Deliveries = HashMap<EventId, Vec<i64>>;

/// The deliveries each event of a lead was read from, ascending; with `as_of` only those placed by then.
pub(super) fn deliveries_of(
    connection: &Connection,
    lead: i64,
    as_of: Option<DateTime<Utc>>,
) -> Result<Deliveries, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT e.hash, s.seq FROM events e JOIN sightings s ON s.event = e.id JOIN ledger d ON d.seq = s.seq
         WHERE e.lead = ?1 AND coalesce(d.placed_at, d.received_at) <= ?2 ORDER BY s.seq",
    )?;
    let until = as_of.map_or(i64::MAX, |t| t.timestamp_micros());
    let mut rows = statement.query(params![lead, until])?;
    let mut deliveries = Deliveries::new();
    while let Some(row) = rows.next()? {
        let Ok(hash) = row.get::<_, Vec<u8>>(0)?.try_into() else { continue };
        deliveries.entry(EventId(hash)).or_default().push(row.get(1)?);
    }
    Ok(deliveries)
}

pub(super) fn with_deliveries(mut entry: Entry, events: &[EventId], deliveries: &Deliveries) -> Entry {
    entry.deliveries = events.iter().filter_map(|event| deliveries.get(event)).flatten().copied().collect();
    entry.deliveries.sort_unstable();
    entry.deliveries.dedup();
    entry
}

/// The links of a lead's events, those that carry most first within each kind. Anchors of notes and
/// outcomes say nothing about who somebody is, and are left out.
fn evidence(events: &[Event], deliveries: &Deliveries) -> Vec<Evidence> {
    let mut found: BTreeMap<(IdentityKind, String), (Evidence, HashSet<i64>)> = BTreeMap::new();
    let mut sorted: Vec<&Event> = events.iter().collect();
    sorted.sort_unstable_by_key(|event| (event.at, event.id));
    for event in sorted {
        for link in event
            .draft
            .identities
            .iter()
            .filter(|link| !matches!(link.kind, IdentityKind::Event | IdentityKind::Erased))
        {
            let (evidence, seqs) = found.entry((link.kind, link.key(&event.source_uid))).or_insert_with(|| {
                let evidence = Evidence {
                    kind: link.kind.as_str().to_string(),
                    value: link.value.clone(),
                    source: (event.source != 0).then_some(event.source),
                    provider: event.provider.clone(),
                    strength: Strength::Exact,
                    events: 0,
                    first_at: event.at,
                    deliveries: Vec::new(),
                };
                (evidence, HashSet::new())
            });
            evidence.events += 1;
            seqs.extend(deliveries.get(&event.id).into_iter().flatten());
        }
    }
    let mut list: Vec<(IdentityKind, Evidence)> = found
        .into_iter()
        .map(|((kind, _), (mut evidence, seqs))| {
            evidence.deliveries = seqs.into_iter().collect();
            evidence.deliveries.sort_unstable();
            evidence.deliveries.truncate(MOST_EVIDENCE);
            (kind, evidence)
        })
        .collect();
    list.sort_by(|(a, x), (b, y)| (a, -x.events, x.first_at, &x.value).cmp(&(b, -y.events, y.first_at, &y.value)));
    list.into_iter().map(|(_, evidence)| evidence).collect()
}

/// Numbers of this person that also stood on the business's side of an event.
fn questions(connection: &Connection, lead: &Lead) -> Result<Vec<OwnerQuestion>, StoreError> {
    let mut questions = Vec::new();
    for phone in &lead.phones {
        let both_sides: bool = connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM business_sides WHERE phone = ?1)")?
            .query_row([phone], |row| row.get(0))?;
        if both_sides {
            questions.push(OwnerQuestion {
                phone: phone.clone(),
                text: format!(
                    "{phone} stands here as this person's number, and elsewhere as a number of your business. Whose is it?"
                ),
            });
        }
    }
    Ok(questions)
}
