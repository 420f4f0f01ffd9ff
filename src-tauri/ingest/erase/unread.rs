//! Deliveries that are on no timeline: those that name somebody who is erased are emptied.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::erased_keys::ErasedKeys;
use super::redact::{Cut, UnreadableBody, known_event, redact_delivery};
use super::{ErasureRun, by_id, source_of};
use crate::domain::ParsedEvent;
use crate::domain::event::{Event, EventId, Identity, IdentityKind};
use crate::domain::identifiers::PersonIdentifiers;
use crate::ingest::reading::{Reading, kept_headers, parts, read, sent_of};
use crate::store::erase::KeepsOut;
use crate::store::journal;
use crate::store::{Batch, DeliveryOutcome, DeliveryRow, DeliveryState, RowErased, SourceRow, StoreError, Trust};

/// How an event of a delivery that is on no timeline is known to go: what it is, its links, its delivery and source.
type Theirs<'a> = Box<dyn Fn(&ParsedEvent, EventId, &DeliveryRow, &SourceRow) -> Option<&'a ErasureRun> + 'a>;

/// The same of a text that cannot be read.
type UnreadableMatcher<'a> = Box<dyn Fn(&UnreadableBody<'_>) -> Option<&'a ErasureRun> + 'a>;

/// What is looked for in deliveries that are on no timeline.
pub(super) struct UnreadSearch<'a> {
    theirs: Theirs<'a>,
    /// The same for what cannot be read.
    named: UnreadableMatcher<'a>,
}

/// What was emptied of deliveries that are on no timeline.
#[derive(Default)]
pub(super) struct Emptied {
    pub count: usize,
    /// What is to be kept out with them.
    pub keeps_out: Vec<KeepsOut>,
    /// Every link they told.
    pub names: BTreeSet<String>,
    /// When the first of them came.
    pub since: Option<DateTime<Utc>>,
}

impl<'a> UnreadSearch<'a> {
    /// All that tells of the person of these events.
    pub fn of(events: &[&Event], person: &'a PersonIdentifiers, erasure: &'a ErasureRun) -> UnreadSearch<'a> {
        let links = events.iter().flat_map(|event| event.draft.identities.iter().map(|link| (link, &event.source_uid)));
        let names: BTreeSet<String> =
            links.filter(|(link, _)| link.kind != IdentityKind::Event).map(|(link, uid)| link.key(uid)).collect();
        UnreadSearch {
            theirs: Box::new(move |draft, _, _, source| {
                let theirs = draft.identities.iter().any(|link| names.contains(&link.key(&source.uid)));
                theirs.then_some(erasure)
            }),
            named: Box::new(move |unreadable| unreadable.tells_of(person).then_some(erasure)),
        }
    }

    /// All that earlier erasures keep out.
    pub fn of_erased(erased_keys: &'a ErasedKeys) -> UnreadSearch<'a> {
        UnreadSearch {
            theirs: Box::new(move |draft, id, row, source| {
                let at = draft.at.unwrap_or(row.received_at).timestamp_micros();
                let links = draft.identities.iter().map(|link| erased_keys.key.hash(&link.key(&source.uid)));
                std::iter::once(erased_keys.key.event(id)).chain(links).find_map(|hash| erased_keys.by(hash, at))
            }),
            named: Box::new(move |unreadable| erased_keys.by(erased_keys.key.text(&unreadable.name()), i64::MIN)),
        }
    }

    /// Empties the deliveries that name the person.
    pub fn empty(&self, batch: &mut Batch<'_>) -> Result<Emptied, StoreError> {
        let sources = by_id(batch)?;
        let key = batch.erase_key()?;
        let mut emptied = Emptied::default();
        for seq in batch.unread()? {
            let row = match journal::delivery(batch.transaction(), seq) {
                Ok(row) if !row.is_erased() => row,
                Ok(_) | Err(StoreError::NotFound(_)) => continue,
                Err(error) => return Err(error),
            };
            let source = source_of(&sources, &row)?;
            let told = self.told(&row, source);
            let of_text = Cell::new(None);
            let named = |unreadable: &UnreadableBody<'_>| {
                let erasure = (self.named)(unreadable);
                of_text.set(erasure.or(of_text.get()));
                erasure.is_some()
            };
            let stripped = redact_delivery(&row, source, &|id| told.contains_key(&id), &named)?;
            let rest = match &stripped.cut {
                Cut::Nothing => continue,
                Cut::All => None,
                Cut::Rest(rest) => Some(rest),
            };
            let Some(erasure) = told.values().map(|(_, erasure)| *erasure).next().or(of_text.get()) else { continue };
            for (id, (links, erasure)) in &told {
                let until = Some(erasure.at.timestamp_micros());
                emptied.keeps_out.extend(batch.keeps_out(*id, links, &source.uid, until)?);
                emptied.names.extend(links.iter().map(|link| link.key(&source.uid)));
            }
            // In a backup nothing else may tell whose it is.
            let texts = stripped.unread.iter().map(|text| key.text(text).to_string());
            emptied.keeps_out.extend(texts.map(|hash| KeepsOut { hash, until: None }));
            emptied.count += 1;
            emptied.since = emptied.since.into_iter().chain([row.received_at]).min();
            empty_unread(batch, &row, source, rest, erasure)?;
        }
        Ok(emptied)
    }

    /// The events of a delivery that go, as if it had been verified.
    fn told(&self, row: &DeliveryRow, source: &SourceRow) -> BTreeMap<EventId, (Vec<Identity>, &'a ErasureRun)> {
        let headers = kept_headers(row);
        let sent = sent_of(row, source, &headers);
        let drafts = match read(&sent) {
            Reading::Ok { drafts, .. } => drafts,
            Reading::Unreadable { .. } => parts(&sent)
                .into_iter()
                .flat_map(|found| found.parts)
                .filter_map(|part| part.drafts)
                .flatten()
                .collect(),
        };
        drafts
            .into_iter()
            .filter_map(|draft| {
                let id = EventId::of(&source.uid, &draft.key);
                let erasure = (self.theirs)(&draft, id, row, source)?;
                Some((id, (draft.identities, erasure)))
            })
            .collect()
    }
}

pub(super) fn empty_unread(
    batch: &mut Batch<'_>,
    row: &DeliveryRow,
    source: &SourceRow,
    rest: Option<&crate::store::erase::Rest>,
    erasure: &ErasureRun,
) -> Result<(), StoreError> {
    let said = batch.said_of(row.seq)?;
    let waits = row.trust == Trust::Failed && row.verified_at.is_none() && said.is_some();
    let reason = erasure.why.sentence(erasure.at, rest.is_none());
    if waits {
        batch.unverified_waits(row.source, -1, row.body.len());
    }
    match rest {
        None => {
            // It was in nobody's way, and is now: read, with nothing in it.
            let note = RowErased { all: true, reason, state: DeliveryState::Processed.code(), ..RowErased::default() };
            batch.blank(row.seq, None, known_event(row, source), &note)?;
            if said.is_some() {
                batch.record_outcome(row.seq, row.source, row.received_at, &note.said())?;
            }
        }
        Some(rest) => {
            let state = said
                .as_ref()
                .filter(|said| said.state != DeliveryState::Quarantined)
                .map_or(0, |said| said.state.code());
            let note = RowErased {
                all: false,
                reason,
                state,
                events: said.as_ref().map_or(0, |said| said.events),
                left_out: said.as_ref().map_or(0, |said| said.left_out),
                placed_at: said.as_ref().and_then(|said| said.placed_at).map(|t| t.timestamp_micros()),
                hashes: Vec::new(),
            };
            batch.blank(row.seq, Some(rest), None, &note)?;
            if waits {
                batch.unverified_waits(row.source, 1, rest.body.len());
            }
            if state != 0 {
                batch.record_outcome(row.seq, row.source, row.received_at, &DeliveryOutcome { ..note.said() })?;
            }
        }
    }
    batch.to_be_swept()
}
