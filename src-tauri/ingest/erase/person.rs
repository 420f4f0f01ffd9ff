//! Erasing one person.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use chrono::{DateTime, Utc};

use super::unread::UnreadSearch;
use super::{ErasureRun, tombstones, write_tombstone};
use crate::domain::action::Deed;
use crate::domain::entry::EntryKind;
use crate::domain::event::{Body, Event, EventId};
use crate::domain::fold::fold;
use crate::domain::identifiers::{PersonIdentifiers, TextScope};
use crate::domain::phone;
use crate::ingest::{Ingest, IngestError};
use crate::store::erase::KeepsOut;
use crate::store::exports::{self, ExportRow, ExportState};
use crate::store::query::mentions::{Mention, mentions};
use crate::store::query::shown_id;
use crate::store::{Batch, ErasureReason, Store, StoreError, projection};

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
    let of_kind = |kind: EntryKind| folded.iter().filter(|entry| !entry.erased && entry.kind() == kind).count();
    let mut erasing = Erasing {
        events: which.len(),
        calls: of_kind(EntryKind::Call),
        messages: of_kind(EntryKind::Message),
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
        self.settle()?;
        // Looking into what was sent takes as much memory as reading it.
        let turn = self.admission.turn_blocking();
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
        for export in self.store.read_blocking(|c| exports::in_state(c, ExportState::Going))? {
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
