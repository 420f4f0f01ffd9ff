//! The ingest pipeline: a delivery becomes events, in one commit. Replay and rebuild go the same way.

mod actions;
mod admission;
mod apply;
mod backups;
pub mod body;
pub mod budget;
pub mod demo;
pub mod doctor;
pub mod erase;
mod expected;
pub mod fair_share;
mod heartbeat;
pub mod import;
mod in_time;
mod inbox;
mod reading;
mod ready;
mod reassign;
mod rebuild;
mod refusals;
mod replay;
pub mod restore;
pub mod silence;
pub mod trust;

use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use chrono::{DateTime, Utc};

use fair_share::Permit;
pub use heartbeat::UptimeMonitor;
pub use reading::kept_headers;
pub use reading::{JournalDelivery, Reading, read};
use ready::ReadyDelivery;
pub use rebuild::PROJECTION_VERSION;
pub use refusals::Refusals;

use crate::domain::action::InvalidAction;
use crate::providers::Headers;
use crate::settings::Settings;
use crate::store::{DeliveryState, Effect, SourceRow, Store, StoreError};

/// The ingest pipeline of one data file. Cheap to clone.
#[derive(Clone)]
pub struct Ingest {
    store: Store,
    settings: Settings,
    refusals: Refusals,
    trouble: Arc<Mutex<Option<WriteFailure>>>,
    upkeep: Arc<backups::Upkeep>,
    damage: Arc<Mutex<Option<String>>>,
    rereading: Arc<Mutex<Option<(u64, u64)>>>,
    admission: admission::ParseAdmission,
    tests: expected::Tests,
    /// Deliveries that wait for the writer.
    at_writer: Arc<AtomicUsize>,
    /// The data file is busy for longer than a sender is to wait.
    is_slow: Arc<AtomicBool>,
}

/// The file cannot be written: senders are asked to come again, and the owner is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteFailure {
    /// Since when, UTC.
    pub since: DateTime<Utc>,
    /// In plain words.
    pub reason: String,
}

/// A request at the public door that carries a known key.
#[derive(Debug, Clone)]
pub struct WebhookRequest {
    /// Whose key it is.
    pub source: Arc<SourceRow>,
    /// The `{event}` of the address, if it had one.
    pub event: Option<String>,
    /// As sent.
    pub content_type: Option<String>,
    /// All headers as they came.
    pub headers: Headers,
    /// The body as it came, perhaps compressed.
    pub body: Bytes,
    /// When its last byte came, UTC.
    pub received_at: DateTime<Utc>,
}

/// What became of a delivery that is on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Its journal number; `None` when the quarantine of its source is full and it was only counted.
    pub delivery: Option<i64>,
    /// What it turned out to be.
    pub outcome: IngestOutcome,
}

/// What a delivery turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IngestOutcome {
    /// On the timeline.
    Accepted {
        /// Events read.
        events: usize,
    },
    /// All of it was known already.
    Duplicate {
        /// Events read.
        events: usize,
    },
    /// Kept, but not understood or not verified.
    Quarantined {
        /// Why, in plain words.
        reason: String,
    },
}

/// Why something could not be taken in.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The source is strict, and the signature or credential is wrong.
    #[error("{0}")]
    Unverified(String),
    /// Unpacked it is larger than the owner allows.
    #[error("The message is too large once unpacked.")]
    TooLarge,
    /// So much else is being read that its turn did not come.
    #[error("Leadtrail is reading as much as it can at once. Send the message again in a moment.")]
    Busy,
    /// It cannot be done as it was said.
    #[error(transparent)]
    Action(#[from] InvalidAction),
    /// The file.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An action that is on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acted {
    /// The action's event id, as text.
    pub id: String,
    /// Its journal number.
    pub seq: i64,
}

/// Which deliveries to read again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReplayFilter {
    /// Only those in this state; quarantined ones where nothing is said and no ids are given.
    pub state: Option<DeliveryState>,
    /// Only those of this source.
    pub source: Option<i64>,
    /// Only these.
    pub ids: Option<Vec<i64>>,
}

/// What reading deliveries again did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Deliveries read again.
    pub checked: usize,
    /// Those of them that go from quarantine to timelines.
    pub placed: usize,
    /// Those that stay in quarantine.
    pub still_quarantined: usize,
    /// What that does to the leads.
    pub effect: Effect,
    /// Under this number it can be taken back; `None` where nothing was placed that can.
    pub replay: Option<i64>,
}

/// What a rebuild found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebuilt {
    /// Deliveries read.
    pub deliveries: usize,
    /// Events on timelines.
    pub events: usize,
    /// Leads.
    pub leads: usize,
    /// The projection's hash before …
    pub hash_before: String,
    /// … and after: the same, unless this release reads payloads better.
    pub hash_after: String,
}

impl Ingest {
    /// The ingest pipeline of `store`, with the usual settings.
    pub fn new(store: Store) -> Ingest {
        Ingest::with(store, Settings::default())
    }

    /// The ingest pipeline of `store`.
    pub fn with(store: Store, settings: Settings) -> Ingest {
        store.read_inbox_with(Arc::new(inbox::WaitingReader::new(settings.clone())));
        Ingest {
            settings,
            refusals: Refusals::new(store.clone()),
            store,
            trouble: Arc::default(),
            upkeep: Arc::default(),
            damage: Arc::default(),
            rereading: Arc::default(),
            admission: admission::ParseAdmission::default(),
            tests: expected::Tests::default(),
            at_writer: Arc::default(),
            is_slow: Arc::default(),
        }
    }

    /// Counts of requests that leave nothing else behind.
    pub fn refusals(&self) -> &Refusals {
        &self.refusals
    }

    /// What keeps webhooks from being written, if anything does now.
    pub fn write_failure(&self) -> Option<WriteFailure> {
        if let Some(displaced) = self.store.displaced() {
            return Some(WriteFailure { since: displaced.since, reason: displaced.text });
        }
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What is wrong with the file, if something is, in plain words.
    pub fn corruption(&self) -> Option<String> {
        self.damage.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Looks through the whole file for damage, on a thread of its own, while everything goes on.
    pub fn look_for_corruption(&self) {
        let ingest = self.clone();
        let work = move || match ingest.store.look_through() {
            Ok(None) => {}
            Ok(Some(why)) => ingest.note_damage(&why),
            Err(error) => tracing::warn!("the data file could not be looked through: {error}"),
        };
        if let Err(error) = std::thread::Builder::new().name("look".into()).spawn(work) {
            tracing::error!("no thread to look through the data file on: {error}");
        }
    }

    /// Remembers that the file is damaged.
    pub fn note_damage(&self, why: &str) {
        let mut damage = self.damage.lock().unwrap_or_else(PoisonError::into_inner);
        if damage.is_none() {
            tracing::error!("the data file is damaged: {why}");
            *damage = Some(why.to_string());
        }
    }

    fn forget_damage(&self) {
        *self.damage.lock().unwrap_or_else(PoisonError::into_inner) = None;
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Takes a delivery in and answers after the commit that holds it.
    ///
    /// # Errors
    /// [`IngestError::Unverified`] for a strict source; [`IngestError::TooLarge`] where it is packed and too large;
    /// [`IngestError::Busy`] where its turn to be read did not come; [`IngestError::Store`] when the disk cannot take it.
    pub async fn accept(&self, incoming: WebhookRequest) -> Result<Receipt, IngestError> {
        self.accept_held(incoming, None).await
    }

    /// [`Ingest::accept`] of a body that holds room, which is free again once the delivery is on disk.
    ///
    /// # Errors
    /// As [`Ingest::accept`].
    pub async fn accept_held(&self, incoming: WebhookRequest, held: Option<Permit>) -> Result<Receipt, IngestError> {
        let (received_at, source, uid) = (incoming.received_at, incoming.source.id, incoming.source.uid.clone());
        let is_test = self.tests.are_expected(source, &incoming.body);
        let values = self.settings.get();
        let bounds = (values.quarantine_kept, values.quarantine_bytes);
        let ready = self.admission.read(incoming, bounds, values.body_limit, held).await;
        let ready = match ready {
            Ok(ready) => ReadyDelivery { is_test, ..ready },
            Err(error) => {
                match &error {
                    IngestError::Unverified(_) => self.refusals.count("wrong signature", Some(source)),
                    IngestError::Busy => self.refusals.count("no room", Some(source)),
                    IngestError::TooLarge | IngestError::Action(_) | IngestError::Store(_) => {}
                }
                return Err(error);
            }
        };
        let written = self.write_in_time(ready, &uid).await;
        // What the inbox took says nothing of the data file.
        if written.is_err() || self.store.waiting() == 0 {
            self.note_write_failure(written.as_ref().err(), received_at);
        }
        let receipt = written?;
        if receipt.delivery.is_none() {
            self.refusals.count("quarantine full", Some(source));
        }
        Ok(receipt)
    }

    fn note_write_failure(&self, error: Option<&StoreError>, now: DateTime<Utc>) {
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        match error {
            Some(error @ (StoreError::Disk(_) | StoreError::Locked | StoreError::Damaged(_))) => {
                if let StoreError::Damaged(why) = error {
                    self.note_damage(why);
                }
                let since = trouble.as_ref().map_or(now, |known| known.since);
                if trouble.is_none() {
                    tracing::error!("webhooks cannot be written: {error}");
                }
                // The cause may have become another: a disk that was full is read-only now.
                *trouble = Some(WriteFailure { since, reason: error.to_string() });
            }
            None if trouble.is_some() => {
                tracing::info!("webhooks can be written again");
                *trouble = None;
            }
            _ => {}
        }
    }
}
