//! One lead's timeline as a file: all of it, or without who it is about.
//!
//! [`TimelineFile`] reads it (and covers what names somebody, where that is asked); [`document()`] makes of it what is printed.
//! Links to recordings are in no file: whoever has one can listen.

mod document;
mod facts;
pub mod html;
mod item;
pub mod json;
pub mod pdf;
mod redact;

use std::collections::BTreeMap;

use crate::store::Connection;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::Stage;
use crate::domain::entry::{Entry, EntryContent, EntryKind};
use crate::domain::event::EventId;
use crate::domain::lead::{Lead, Step};
use crate::domain::mask::Mask;
use crate::store::StoreError;
use crate::store::query::lead::{Whole, whole, with_texts};
use crate::zone::Tz;

pub use document::document;
use redact::EntryNames;

/// What a timeline file is asked for.
#[derive(Debug, Clone)]
pub struct TimelineRequest {
    /// The lead on this machine.
    pub lead: i64,
    /// Without names, numbers, mails, addresses and ids.
    pub redacted: bool,
    /// Days and hours are of this zone.
    pub zone: Tz,
    /// As it was known then.
    pub as_of: Option<DateTime<Utc>>,
    /// What the business is called.
    pub business: String,
    /// ISO 4217.
    pub currency: String,
    /// Leadtrail's version.
    pub program: String,
    /// The number of how payloads are read.
    pub projection_version: i64,
    /// Now, UTC.
    pub made_at: DateTime<Utc>,
}

/// Of what a timeline file was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimelineManifest {
    /// What the business is called.
    pub business: String,
    /// The lead outside of this machine: the id of its earliest event. `null` where it is redacted.
    pub lead_ref: Option<String>,
    /// Names, numbers, mails, addresses and ids are covered.
    pub redacted: bool,
    /// IANA name.
    pub time_zone: String,
    /// ISO 4217.
    pub currency: String,
    /// What had been placed by then, UTC; `null` for all of it.
    pub as_of: Option<DateTime<Utc>>,
    /// When it was made, UTC.
    pub made_at: DateTime<Utc>,
    /// Leadtrail's version.
    pub program: String,
    /// The number of how payloads are read.
    pub projection_version: i64,
    /// How many entries.
    pub entries: usize,
    /// How many entries of each kind.
    pub counts: BTreeMap<String, i64>,
}

/// A timeline as a file tells it: the JSON shape.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimelineView {
    /// Of what it was made.
    pub manifest: TimelineManifest,
    /// What the owner calls each source, by id.
    pub sources: BTreeMap<i64, String>,
    /// Who it is about.
    pub lead: Lead,
    /// The journey, oldest first.
    pub journey: Vec<Step>,
    /// Every entry, oldest first.
    pub entries: Vec<Entry>,
}

impl TimelineView {
    /// The zone of days and hours.
    pub fn zone(&self) -> Tz {
        self.manifest.time_zone.parse().unwrap_or(Tz::UTC)
    }
}

/// A lead's timeline for a file: what stands around its entries, and they one by one.
pub struct TimelineFile<'c> {
    /// All but the entries.
    pub view: TimelineView,
    connection: &'c Connection,
    entries: Vec<(Entry, Vec<EventId>)>,
    mask: Mask,
    /// What entries are called in this file, where it is redacted.
    names: Option<EntryNames>,
}

impl<'c> TimelineFile<'c> {
    /// Reads it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such lead, or nothing was known of it by `as_of`; [`StoreError::Internal`]
    /// when links to recordings could not be taken out.
    pub fn open(connection: &'c Connection, asked: &TimelineRequest) -> Result<TimelineFile<'c>, StoreError> {
        let Whole { mut lead, journey, entries, counts, lead_ref, mut sources, mask } =
            whole(connection, asked.lead, asked.as_of)?;
        // Rows of this machine mean nothing elsewhere.
        lead.id = 0;
        let told_of =
            |id: &i64| entries.iter().any(|(entry, _)| entry.source == Some(*id)) || lead.sources.contains(id);
        sources.retain(|id, _| told_of(id));
        let manifest = TimelineManifest {
            business: asked.business.clone(),
            lead_ref: Some(lead_ref),
            redacted: false,
            time_zone: asked.zone.name().to_string(),
            currency: asked.currency.clone(),
            as_of: asked.as_of,
            made_at: asked.made_at,
            program: asked.program.clone(),
            projection_version: asked.projection_version,
            entries: entries.len(),
            counts,
        };
        let mut view = TimelineView { manifest, sources, lead, journey, entries: Vec::new() };
        redact::without_recordings(&mut view, &mask)?;
        let names = asked.redacted.then(|| EntryNames::of(entries.iter().map(|(entry, _)| entry)));
        if let Some(names) = &names {
            redact::frame(&mut view, &mask, names);
        }
        Ok(TimelineFile { view, connection, entries, mask, names })
    }

    /// Its entries, oldest first, each read when its turn comes.
    pub fn entries(&self) -> impl Iterator<Item = Result<Entry, StoreError>> + '_ {
        self.entries.iter().map(|told| self.entry(told))
    }

    fn entry(&self, told: &(Entry, Vec<EventId>)) -> Result<Entry, StoreError> {
        let mut entry = with_texts(self.connection, told)?;
        entry.deliveries.clear();
        if let EntryContent::Call { call } = &mut entry.content {
            call.lead_id = None;
        }
        redact::entry_without_recordings(&mut entry, &self.mask)?;
        if let Some(names) = &self.names {
            redact::entry(&mut entry, &self.mask, names);
        }
        Ok(entry)
    }

    /// All of it at once.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn whole(self) -> Result<TimelineView, StoreError> {
        let entries = self.entries().collect::<Result<_, _>>()?;
        Ok(TimelineView { entries, ..self.view })
    }
}

/// A timeline ready for print: words and nothing that needs working out. Texts are as senders wrote them: whoever
/// prints them escapes them.
#[derive(Debug, Clone, PartialEq)]
pub struct TimelineDoc {
    /// The title of the file: `Timeline of Jane Doe`, or `Timeline, redacted`.
    pub title: String,
    /// Names are covered.
    pub redacted: bool,
    /// What the business is called.
    pub business: String,
    /// Who.
    pub who: Who,
    /// The journey, oldest first.
    pub journey: Vec<JourneyStep>,
    /// Entries by local day, oldest first.
    pub days: Vec<Day>,
    /// Of what it was made.
    pub manifest: Vec<Fact>,
    /// What a reader should know, one line each.
    pub notes: Vec<String>,
}

/// A label and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)] // the words explain themselves
pub struct Fact {
    pub label: String,
    pub value: String,
}

/// Who a timeline is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Who {
    /// The name, else the first number or mail; `Somebody` where it is redacted or not known.
    pub heading: String,
    /// Where the journey stands.
    pub stage: Stage,
    /// The same, for people.
    pub stage_label: String,
    /// Since when, local.
    pub stage_since: Option<String>,
    /// Do not contact: why, from whom. Shown in red.
    pub do_not_contact: Option<String>,
    /// Tags of the business.
    pub tags: Vec<String>,
    /// Numbers, mails, where they came from and the rest.
    pub facts: Vec<Fact>,
}

/// A step of the journey.
#[derive(Debug, Clone, PartialEq)]
pub struct JourneyStep {
    /// The stage.
    pub stage: Stage,
    /// The same, for people.
    pub label: String,
    /// The sender's own word, verbatim.
    pub status: Option<String>,
    /// When it began, local: `25 Mar 2026, 16:02`.
    pub at: String,
    /// How long it lasted; `None` for the one that lasts.
    pub lasted: Option<String>,
    /// The source's name; `None` when a person of the business did it.
    pub source: Option<String>,
}

/// A local day.
#[derive(Debug, Clone, PartialEq)]
pub struct Day {
    /// The day.
    pub date: NaiveDate,
    /// `Wednesday 25 March 2026`.
    pub label: String,
    /// What happened, by time.
    pub items: Vec<TimelineItem>,
}

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // the words explain themselves
pub enum Tone {
    Plain,
    Good,
    Warn,
    Bad,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct TimelineItem {
    /// What kind of thing.
    pub kind: EntryKind,
    /// How it went.
    pub tone: Tone,
    /// Local, `16:02`.
    pub time: String,
    /// When, UTC.
    pub at: DateTime<Utc>,
    /// One plain line.
    pub title: String,
    /// What stands beside it, smaller: length, who answered, how it ended.
    pub beside: Vec<String>,
    /// Who told it: the source's name, or who of the business did it.
    pub told_by: Option<String>,
    /// Such as `Arrived 18 min later` or `Time of receipt`.
    pub late: Option<String>,
    /// What it says.
    pub blocks: Vec<Block>,
}

/// A piece of what an entry says.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// Words, with line breaks as they were written.
    Text {
        /// Such as `Summary`; `None` where the words speak for themselves.
        label: Option<String>,
        /// The words.
        text: String,
    },
    /// A text or chat message.
    Bubble {
        /// From the lead.
        inbound: bool,
        /// The words.
        text: String,
        /// Channel, who wrote it, whether it was delivered.
        beside: String,
    },
    /// A transcript.
    Turns {
        /// Turn by turn.
        lines: Vec<TranscriptLine>,
        /// Such as `12 echoed lines left out`.
        note: Option<String>,
    },
    /// Labels and values.
    Facts {
        /// Such as `What services say`.
        label: Option<String>,
        /// In order.
        facts: Vec<Fact>,
    },
}

/// A turn of a transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TranscriptLine {
    /// `0:13`.
    pub at: Option<String>,
    /// `Agent`, `Caller` or nothing.
    pub who: String,
    /// It was the caller.
    pub caller: bool,
    /// The words.
    pub text: String,
}
