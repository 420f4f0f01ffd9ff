//! The journal read from its first entry with plain loops: who the people are, and what is known of each. Nothing here
//! asks a table of the projection, and nothing of what figures are made of is used but the fold.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use leadtrail::domain::event::{Body, Event, EventId, IdentityKind, ParsedEvent, short_hash};
use leadtrail::domain::fold::{Folded, fold};
use leadtrail::ingest::{JournalDelivery, Reading, kept_headers, read};
use leadtrail::store::journal::{self, JournalEntry};
use leadtrail::store::{SourceRow, Store, Trust, sources};

/// One person, as the journal tells of them.
pub struct Person {
    pub folded: Folded,
    /// Every event of theirs, also what was taken back.
    pub events: BTreeSet<String>,
    /// The first of them.
    pub earliest: String,
    /// Where they came from last.
    pub last_touch: Option<String>,
}

/// One reading of an event: it may be told again, in other words.
struct Telling {
    imported: bool,
    received: DateTime<Utc>,
    payload: Vec<u8>,
    unsigned: bool,
    source: i64,
    draft: ParsedEvent,
}

/// An event that a test put there, which no sender says yet.
pub struct Planted {
    pub source: i64,
    pub draft: ParsedEvent,
    pub received: DateTime<Utc>,
}

/// Everybody known by `as_of` (or now).
pub fn people(store: &Store, as_of: Option<DateTime<Utc>>, planted: &[Planted]) -> Vec<Person> {
    let rows = store.read_blocking(sources::all).unwrap();
    let uid: HashMap<i64, SourceRow> = rows.into_iter().map(|source| (source.id, source)).collect();
    let mut told: BTreeMap<EventId, Vec<Telling>> = BTreeMap::new();
    let mut events: Vec<Event> = Vec::new();
    let mut names: Vec<Vec<String>> = Vec::new();
    let mut last = 0;
    loop {
        let page = store.read_blocking(|c| journal::after(c, last, 500)).unwrap();
        let Some((seq, _)) = page.last() else { break };
        last = *seq;
        for (_, entry) in page {
            match entry {
                JournalEntry::Delivery(row) => {
                    if row.undone || row.is_erased() || row.trust == Trust::Failed || later(row.received_at, as_of) {
                        continue;
                    }
                    let source = &uid[&row.source];
                    let reading = read(&JournalDelivery {
                        provider: &source.provider,
                        event: row.event.as_deref(),
                        content_type: row.content_type.as_deref(),
                        headers: &kept_headers(&row),
                        body: &row.body,
                        region: &row.region,
                        received_at: row.received_at,
                        imported: row.import.is_some(),
                    });
                    let Reading::Ok { drafts, .. } = reading else { continue };
                    for draft in drafts {
                        told.entry(EventId::of(&source.uid, &draft.key)).or_default().push(Telling {
                            imported: row.import.is_some(),
                            received: row.received_at,
                            payload: serde_json::to_vec(&draft).unwrap(),
                            unsigned: row.is_unsigned(),
                            source: row.source,
                            draft,
                        });
                    }
                }
                JournalEntry::Action(row) => {
                    if later(row.received_at, as_of) {
                        continue;
                    }
                    let words = String::from_utf8_lossy(&row.raw);
                    let hash = short_hash(&[&words, &row.received_at.timestamp_micros().to_string()]);
                    let key = format!("action:{}", hex::encode(hash));
                    let body = Body::Action(row.action.clone());
                    let mut draft = ParsedEvent::new(key.clone(), "action", Some(row.received_at), body);
                    draft.add_identity(IdentityKind::Event, row.action.about.to_string());
                    told.entry(EventId::of("leadtrail", &key)).or_default().push(Telling {
                        imported: false,
                        received: row.received_at,
                        payload: Vec::new(),
                        unsigned: false,
                        source: 0,
                        draft,
                    });
                }
                JournalEntry::Erased(stone) => {
                    let at = |micros: i64| DateTime::from_timestamp_micros(micros).unwrap();
                    if later(at(stone.placed_at), as_of) {
                        continue;
                    }
                    let id = EventId::parse(&stone.hash).unwrap();
                    names.push(links(&[&stone.draft], "", id));
                    let source = uid.get(&stone.source);
                    events.push(Event {
                        id,
                        source: stone.source,
                        source_uid: source.map_or_else(String::new, |source| source.uid.clone()),
                        provider: source.map_or_else(|| "leadtrail".into(), |source| source.provider.clone()),
                        at: at(stone.at),
                        at_received: stone.at_received,
                        first_received: at(stone.first_received),
                        last_received: at(stone.last_received),
                        unsigned: stone.unsigned,
                        draft: stone.draft,
                    });
                }
                JournalEntry::Verified { .. } | JournalEntry::TakenBack | JournalEntry::Import(_) => {}
            }
        }
    }
    for one in planted.iter().filter(|one| !later(one.received, as_of)) {
        told.entry(EventId::of(&uid[&one.source].uid, &one.draft.key)).or_default().push(Telling {
            imported: false,
            received: one.received,
            payload: Vec::new(),
            unsigned: true,
            source: one.source,
            draft: one.draft.clone(),
        });
    }
    for (id, tellings) in told {
        let source = uid.get(&tellings[0].source);
        let source_uid = source.map_or("leadtrail", |source| source.uid.as_str());
        let drafts: Vec<&ParsedEvent> = tellings.iter().map(|telling| &telling.draft).collect();
        names.push(links(&drafts, source_uid, id));
        // A sender's wording before a file's; of those the one that came last.
        let by_sender = tellings.iter().any(|telling| !telling.imported);
        let first = tellings.iter().map(|telling| telling.received).min().unwrap();
        let unsigned = tellings.iter().all(|telling| telling.unsigned);
        let mut stands: Option<Telling> = None;
        for telling in tellings.into_iter().filter(|telling| telling.imported != by_sender) {
            if stands
                .as_ref()
                .is_none_or(|known| (known.received, &known.payload) < (telling.received, &telling.payload))
            {
                stands = Some(telling);
            }
        }
        let stands = stands.unwrap();
        events.push(Event {
            id,
            source: stands.source,
            source_uid: source_uid.to_string(),
            provider: source.map_or_else(|| "leadtrail".into(), |source| source.provider.clone()),
            at: stands.draft.at.unwrap_or(first),
            at_received: stands.draft.at.is_none(),
            first_received: first,
            last_received: stands.received,
            unsigned,
            draft: stands.draft,
        });
    }
    together(events, &names)
}

fn later(at: DateTime<Utc>, as_of: Option<DateTime<Utc>>) -> bool {
    as_of.is_some_and(|as_of| at > as_of)
}

fn links(drafts: &[&ParsedEvent], uid: &str, id: EventId) -> Vec<String> {
    let mut names = vec![format!("event:{id}")];
    for draft in drafts {
        names.extend(draft.identities.iter().map(|link| link.key(uid)));
    }
    names
}

/// Events that share a name are of one person: names are painted over until nothing changes.
fn together(events: Vec<Event>, names: &[Vec<String>]) -> Vec<Person> {
    let mut colour: Vec<usize> = (0..events.len()).collect();
    loop {
        let mut changed = false;
        let mut of_name: HashMap<&str, usize> = HashMap::new();
        for (index, names) in names.iter().enumerate() {
            for name in names {
                let known = of_name.entry(name).or_insert(colour[index]);
                if *known > colour[index] {
                    *known = colour[index];
                }
            }
        }
        for (index, names) in names.iter().enumerate() {
            for name in names {
                if of_name[name.as_str()] < colour[index] {
                    colour[index] = of_name[name.as_str()];
                    changed = true;
                }
            }
        }
        if !changed {
            break;
        }
    }
    let mut groups: BTreeMap<usize, Vec<Event>> = BTreeMap::new();
    for (event, colour) in events.into_iter().zip(colour) {
        groups.entry(colour).or_default().push(event);
    }
    // What people of the business did is nobody by itself: as of a moment before anything was heard of a person, too.
    let is_heard = |events: &Vec<Event>| events.iter().any(|event| !matches!(event.draft.body, Body::Action(_)));
    groups.into_values().filter(is_heard).map(person).collect()
}

fn person(mut events: Vec<Event>) -> Person {
    events.sort_by_key(|event| (event.at, event.id));
    let mut last_touch = None;
    for event in &events {
        let from = &event.draft.attribution;
        if from.source.is_some() || from.medium.is_some() || from.campaign.is_some() {
            last_touch.clone_from(&from.source);
        }
    }
    Person {
        folded: fold(&events),
        earliest: events[0].id.to_string(),
        events: events.iter().map(|event| event.id.to_string()).collect(),
        last_touch,
    }
}
