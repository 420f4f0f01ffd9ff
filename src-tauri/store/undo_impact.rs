//! What people did about leads that are to be taken back: their own entries stand on events, and one whose event goes is
//! shown on no timeline until it is there again. It stays in the journal.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{StoreError, projection, texts};
use crate::domain::action::{Deed, DeedKind};
use crate::domain::event::{Body, Event, EventId};
use crate::domain::fold::{fold, standing_events, stands};

/// Entries that are named.
const NAMED: usize = 100;
/// Characters shown of one.
const SHOWN: usize = 200;

/// What becomes of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OwnEntryBecomes)]
pub enum OwnBecomes {
    /// What it stands on goes: it is kept, and shown again once that is there again.
    Hidden,
    /// It stays where it is.
    Stays,
}

/// Something a person did about a lead that changes or goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OwnEntry {
    /// The action.
    pub id: String,
    /// What kind of thing it is.
    #[serde(rename = "type")]
    pub kind: DeedKind,
    /// Its words: the note, the outcome, the tag, the name.
    pub text: String,
    /// Who did it, where they said so.
    pub by: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
    /// The lead.
    pub lead: i64,
    /// Its name, else its number or e-mail.
    pub name: Option<String>,
    /// What becomes of it.
    pub becomes: OwnBecomes,
}

/// What taking something back does to leads and to people's own entries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TakingBack {
    /// Leads that are no more after it.
    pub leads_gone: usize,
    /// Leads that look different.
    pub leads_changed: usize,
    /// People's own entries that are hidden with what they stand on. Above 0, it is only done where `take_notes` says so.
    pub hidden: usize,
    /// People's own entries on leads that change, which stay.
    pub stay: usize,
    /// Some of them, those that are hidden first, the newest first.
    pub entries: Vec<OwnEntry>,
}

/// What becomes of leads and of people's own entries when the deliveries `seqs` are taken out of timelines.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn taking_back(connection: &Connection, seqs: &[i64]) -> Result<TakingBack, StoreError> {
    let going: HashSet<i64> = seqs.iter().copied().collect();
    // The events that nothing else tells, by lead.
    let mut gone: BTreeMap<i64, HashSet<EventId>> = BTreeMap::new();
    let mut held = connection.prepare_cached(
        "SELECT e.id, e.hash, e.lead FROM sightings s CROSS JOIN events e ON e.id = s.event WHERE s.seq = ?1",
    )?;
    let mut told_by = connection.prepare_cached("SELECT seq FROM sightings WHERE event = ?1")?;
    for seq in seqs {
        let rows = held.query_map([seq], |row| Ok((row.get(0)?, row.get::<_, [u8; 16]>(1)?, row.get(2)?)))?;
        for (event, hash, lead) in rows.collect::<Result<Vec<(i64, _, _)>, _>>()? {
            let mut tellers = told_by.query_map([event], |row| row.get::<_, i64>(0))?;
            let goes = tellers.try_fold(true, |goes, teller| teller.map(|teller| goes && going.contains(&teller)))?;
            let of = gone.entry(lead).or_default();
            if goes {
                of.insert(EventId(hash));
            }
        }
    }
    // Of most leads nothing is unpacked: nobody wrote on them.
    let mut of_lead = connection.prepare_cached(
        "SELECT count(*), EXISTS (SELECT 1 FROM events o WHERE o.lead = ?1 AND o.source = 0) FROM events WHERE lead = ?1",
    )?;
    let names = projection::source_names(connection)?;
    let mut back = TakingBack::default();
    for (lead, gone) in &gone {
        let (all, has_own): (i64, bool) = of_lead.query_row([lead], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if !has_own {
            // What a sender told is a lead, whatever it is.
            if usize::try_from(all).is_ok_and(|all| all > gone.len()) {
                back.leads_changed += 1
            } else {
                back.leads_gone += 1
            }
            continue;
        }
        let events = projection::events_of(connection, *lead, None, &names)?;
        let left: Vec<Event> = events.iter().filter(|event| !gone.contains(&event.id)).cloned().collect();
        if stands(&left) {
            back.leads_changed += 1
        } else {
            back.leads_gone += 1
        }
        let shown = fold(&events).lead;
        let name = shown.name.or_else(|| shown.phones.into_iter().chain(shown.emails).next());
        for event in standing_events(&events) {
            if !matches!(event.draft.body, Body::Action(_)) {
                continue;
            }
            let mut draft = event.draft.clone();
            texts::join(connection, event.id, &mut draft)?;
            let Body::Action(action) = &draft.body else { continue };
            let Some(deed) = action.deed() else { continue };
            let becomes = if gone.contains(&action.about) { OwnBecomes::Hidden } else { OwnBecomes::Stays };
            match becomes {
                OwnBecomes::Hidden => back.hidden += 1,
                OwnBecomes::Stays => back.stay += 1,
            }
            back.entries.push(OwnEntry {
                id: event.id.to_string(),
                kind: deed.into(),
                text: words(deed).chars().take(SHOWN).collect(),
                by: action.by.clone(),
                at: event.at,
                lead: *lead,
                name: name.clone(),
                becomes,
            });
        }
    }
    back.entries.sort_by(|a, b| (a.becomes, b.at, &a.id).cmp(&(b.becomes, a.at, &b.id)));
    back.entries.truncate(NAMED);
    Ok(back)
}

fn words(deed: &Deed) -> &str {
    match deed {
        Deed::Note { text } => text,
        Deed::Outcome { outcome, .. } => outcome.as_str(),
        Deed::Tag { tag } | Deed::Untag { tag } => tag,
        Deed::Assign { rep } => rep.as_deref().unwrap_or_default(),
    }
}
