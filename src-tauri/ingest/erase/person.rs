//! Erasing one person.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

use chrono::{DateTime, Utc};

use super::files::ErasedKeys;
use super::redact::{Cut, UnreadableBody, known_event, redact_delivery};
use super::{ErasureRun, by_id, source_of, tombstones, write_tombstone};
use crate::domain::ParsedEvent;
use crate::domain::action::Deed;
use crate::domain::event::{Body, Event, EventId, Identity, IdentityKind};
use crate::domain::fold::fold;
use crate::domain::identifiers::{PersonIdentifiers, TextScope};
use crate::domain::phone;
use crate::ingest::apply::{kept_headers, sent_of};
use crate::ingest::reading::{Reading, parts, read};
use crate::ingest::{Ingest, IngestError};
use crate::store::erase::KeepsOut;
use crate::store::exports::{self, ExportRow};
use crate::store::journal;
use crate::store::query::mentions::{Mention, mentions};
use crate::store::query::shown_id;
use crate::store::{
    Batch, DeliveryOutcome, DeliveryRow, DeliveryState, ErasureReason, RowErased, SourceRow, Store, StoreError, Trust,
    projection,
};

/// What erasing takes away, or would.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Erasing {
    /// Events.
    pub events: usize,
    /// Deliveries that are emptied, or lose a part.
    pub deliveries: usize,
    /// Calls.
    pub calls: usize,
    /// Texts and chat messages.
    pub messages: usize,
    /// Notes of people of the business.
    pub notes: usize,
    /// Deliveries in quarantine that name the person.
    pub quarantined: usize,
    /// Files that were sent to be brought in, never were, and name the person: they are removed.
    pub uploads: usize,
    /// Imports that are under way, or were interrupted, whose files name the person. They stay until that import is
    /// done or taken back.
    pub imports: Vec<i64>,
    /// Files that were made since they were first heard from and may name them: they are deleted.
    pub exports_deleted: usize,
    /// The same in folders that the owner picked: they stay.
    pub exports: Vec<String>,
    /// When the first of the events, or of the deliveries that are on no timeline, was received, UTC.
    pub first_received: Option<DateTime<Utc>>,
    /// What other people said or wrote that names the person: it stays with them. The newest first, and not more than can
    /// be looked through.
    pub named_in: Vec<Mention>,
    /// Nothing is left in free pages of the file either. Where not, that is done at the next start.
    pub swept: bool,
}

impl Erasing {
    /// Names no file that its owner deleted already. Not within the writer: a share may hang.
    fn keep_those_there(&mut self) {
        self.exports.retain(|path| Path::new(path).exists());
    }
}

/// Erases a lead: all of its events, and what names the person in quarantine.
fn erase(batch: &mut Batch<'_>, lead: i64, now: DateTime<Utc>) -> Result<(Erasing, PersonIdentifiers), StoreError> {
    let lead = shown_id(batch.transaction(), lead)?;
    let events = batch.events_of(lead)?;
    let all: Vec<Event> = events.iter().map(|(event, _)| event.clone()).collect();
    let going: Vec<&Event> = all.iter().filter(|event| !event.is_erased()).collect();
    let which: HashSet<EventId> = going.iter().map(|event| event.id).collect();
    let folded = fold(&all).entries;
    let notes = |event: &&&Event| matches!(&event.draft.body, Body::Action(action) if matches!(action.deed(), Some(Deed::Note { .. })));
    let of_kind = |message: bool| {
        let fits = |entry: &&crate::domain::entry::Entry| {
            !entry.erased && if message { entry.message.is_some() } else { entry.call.is_some() }
        };
        folded.iter().filter(fits).count()
    };
    let mut erasing = Erasing {
        events: which.len(),
        calls: of_kind(false),
        messages: of_kind(true),
        notes: going.iter().filter(notes).count(),
        first_received: going.iter().map(|event| event.first_received).min(),
        ..Erasing::default()
    };
    if which.is_empty() {
        return Ok((erasing, PersonIdentifiers::default()));
    }
    let erasure = ErasureRun::new(ErasureReason::Person, now)?;
    let person = PersonIdentifiers::of(going.iter().copied());
    let mut tombstones = tombstones(batch, lead, &events, &which, &erasure)?;
    let emptied = UnreadSearch::of(&going, &person, &erasure).empty(batch)?;
    erasing.quarantined = emptied.count;
    batch.rename_left_over(&|name| emptied.names.contains(name) || person.tells(name, TextScope::Elsewhere))?;
    let forgotten = batch.forget_texts(&|text| person.tells(text, TextScope::Elsewhere))?;
    let key = batch.erase_key()?;
    let written = forgotten.since.map(crate::clock::from_micros);
    erasing.first_received = erasing.first_received.into_iter().chain(emptied.since).chain(written).min();
    if let Some((_, first)) = tombstones.first_mut() {
        let since = emptied.since.map(|since| since.timestamp_micros());
        first.held_since = since.into_iter().chain(forgotten.since).min();
        first.keeps_out.extend(emptied.keeps_out);
        // In a backup nothing else may tell whose they are.
        let texts = forgotten.texts.iter().map(|text| key.text(text).to_string());
        first.keeps_out.extend(texts.map(|hash| KeepsOut { hash, until: None }));
        first.keeps_out.sort_unstable();
        first.keeps_out.dedup();
    }
    erasing.deliveries = write_tombstone(batch, lead, &which, &tombstones, Some(&person))?;
    if let Some(first) = erasing.first_received {
        let (own, elsewhere) = batch.exports_go(first)?;
        erasing.exports_deleted = own.len();
        batch.forget_digests(first)?;
        let path = |export: &ExportRow| Path::new(export.folder.as_deref().unwrap_or_default()).join(&export.file);
        erasing.exports = elsewhere.iter().map(path).map(|path| path.display().to_string()).collect();
    }
    Ok((erasing, person))
}

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

/// The lead that somebody names on the command line: its number, a phone number or a mail.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none.
pub fn find(store: &Store, text: &str) -> Result<i64, StoreError> {
    let text = text.trim().to_string();
    store.read_blocking(move |connection| {
        let short = text.len() <= 6 && text.bytes().all(|b| b.is_ascii_digit());
        if let Some(id) = text.parse::<i64>().ok().filter(|_| short || !text.is_empty()) {
            match shown_id(connection, id) {
                Ok(lead) => return Ok(lead),
                Err(StoreError::NotFound(_)) if !short => {}
                Err(error) => return Err(error),
            }
        }
        let regions: BTreeSet<String> =
            crate::store::sources::all(connection)?.into_iter().map(|source| source.region).collect();
        for region in regions.iter().map(String::as_str).chain(["US"]) {
            if let Some(number) = phone::e164(&text, region)
                && let Some(lead) = projection::lead_of_phone(connection, &number)?
            {
                return Ok(lead);
            }
        }
        if text.contains('@')
            && let Some(lead) = projection::lead_of_mail(connection, &text.to_lowercase())?
        {
            return Ok(lead);
        }
        Err(StoreError::NotFound("There is no lead with that number or mail."))
    })
}

/// Erases a person and leaves the sweeping for later. Blocks.
///
/// # Errors
/// [`StoreError::NotFound`] when there is no such lead.
pub fn erase_unswept(store: &Store, lead: i64, now: DateTime<Utc>) -> Result<Erasing, StoreError> {
    let mut done = store.write_blocking(move |batch| erase(batch, lead, now))?.0;
    done.keep_those_there();
    Ok(done)
}

impl Ingest {
    /// Erases a person. With `dry_run` nothing is changed, and the answer says what would be. Blocks while the file is
    /// swept.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such lead.
    pub fn erase(&self, lead: i64, dry_run: bool, now: DateTime<Utc>) -> Result<Erasing, IngestError> {
        // Looking into what was sent takes as much memory as reading it.
        let turn = self.parsing.turn_blocking();
        let (mut done, person) = if dry_run {
            self.store.write_blocking(move |batch| Ok(batch.preview(|inner| erase(inner, lead, now))?.0))?
        } else {
            self.store.write_blocking(move |batch| erase(batch, lead, now))?
        };
        drop(turn);
        done.keep_those_there();
        if done.events > 0 {
            self.erase_uploads(&person, dry_run, &mut done)?;
            let (asked, tells) = (person.asked(), |text: &str| person.tells(text, TextScope::Elsewhere));
            done.named_in = self.store.read_blocking(|c| mentions(c, lead, &asked, &tells))?;
        }
        if !dry_run && done.exports_deleted > 0 {
            self.delete_exports()?;
        }
        if !dry_run {
            done.swept = match self.sweep(false) {
                Ok(swept) => swept,
                Err(error) => {
                    tracing::warn!("what was erased could not be swept out of the file yet: {error}");
                    false
                }
            };
        }
        Ok(done)
    }

    /// Deletes files that are to go. What cannot be deleted now goes at the next start.
    pub(super) fn delete_exports(&self) -> Result<(), StoreError> {
        let folder = self.store.path().parent().unwrap_or(Path::new(".")).join(exports::FOLDER);
        for export in self.store.read_blocking(|c| exports::in_state(c, "going"))? {
            let path = export.path(&folder);
            match path.map_or(Ok(()), std::fs::remove_file) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    tracing::warn!("a file that may name somebody who was erased could not be deleted: {error}");
                    continue;
                }
                _ => self.store.write_blocking(move |batch| batch.drop_export(export.id))?,
            }
        }
        Ok(())
    }

    /// Files that wait to be brought in are not in the database, and name people all the same.
    fn erase_uploads(&self, person: &PersonIdentifiers, dry_run: bool, done: &mut Erasing) -> Result<(), StoreError> {
        for import in self.kept_files_with(&|bytes| person.in_bytes(bytes, TextScope::Elsewhere))? {
            let dropped = match import.header {
                Some(_) => false,
                None if dry_run => true,
                None => match self.drop_import(import.id) {
                    Ok(()) => true,
                    // It was started meanwhile.
                    Err(StoreError::Conflict(_)) => false,
                    Err(StoreError::NotFound(_)) => continue,
                    Err(error) => return Err(error),
                },
            };
            if dropped { done.uploads += 1 } else { done.imports.push(import.id) }
        }
        Ok(())
    }
}
