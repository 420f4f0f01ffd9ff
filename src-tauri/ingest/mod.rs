//! The corridor: a delivery becomes events, in one commit. Replay and rebuild go the same way.

pub mod demo;

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};

use crate::domain::action::Deed;
use crate::providers::Headers;
use crate::store::{SourceRow, State, Store, StoreError};

/// The corridor of one data file. Cheap to clone.
#[derive(Clone)]
pub struct Ingest {
    store: Store,
}

/// A request at the public door that carries a known key.
#[derive(Debug, Clone)]
pub struct Incoming {
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
    pub outcome: Outcome,
}

/// What a delivery turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
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

/// What checking quarantined deliveries against the present keys did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reverified {
    /// Deliveries that were checked.
    pub checked: usize,
    /// Those whose events are on timelines now.
    pub placed: usize,
}

/// Which deliveries to read again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReplayFilter {
    /// Only those in this state; quarantined ones where nothing is said and no ids are given.
    pub state: Option<State>,
    /// Only those of this source.
    pub source: Option<i64>,
    /// Only these.
    pub ids: Option<Vec<i64>>,
}

/// What reading deliveries again did, or would do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Deliveries read again.
    pub checked: usize,
    /// Those of them that go from quarantine to timelines.
    pub placed: usize,
    /// Those that stay in quarantine.
    pub still_quarantined: usize,
    /// Leads that were not there before.
    pub leads_added: usize,
    /// Leads that were, and look different after.
    pub leads_changed: usize,
    /// Entries on timelines after, less those before.
    pub entries_added: i64,
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
    /// The corridor of `store`.
    pub fn new(store: Store) -> Ingest {
        Ingest { store }
    }

    /// Takes a delivery in and answers after the commit that holds it.
    ///
    /// # Errors
    /// [`IngestError::Unverified`] for a strict source; [`IngestError::Store`] when the disk cannot take it.
    pub async fn accept(&self, incoming: Incoming) -> Result<Receipt, IngestError> {
        let _ = (incoming, &self.store);
        unimplemented!()
    }

    /// Does something about a lead, in somebody's name.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such lead or call, [`StoreError::Invalid`] for an empty deed.
    pub async fn act(&self, lead: i64, deed: Deed, by: Option<String>, now: DateTime<Utc>) -> Result<Acted, IngestError> {
        let _ = (lead, deed, by, now);
        unimplemented!()
    }

    /// Takes an action back; undoing an undo redoes.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such action.
    pub async fn undo(&self, action: &str, by: Option<String>, now: DateTime<Utc>) -> Result<Acted, IngestError> {
        let _ = (action, by, now);
        unimplemented!()
    }

    /// Checks the source's unverified deliveries against its present keys, and places those that match.
    ///
    /// # Errors
    /// [`IngestError::Store`] of the file.
    pub async fn reverify(&self, source: i64, now: DateTime<Utc>) -> Result<Reverified, IngestError> {
        let _ = (source, now);
        unimplemented!()
    }

    /// Reads deliveries again. With `dry_run` nothing is changed, and the answer says what would be.
    ///
    /// # Errors
    /// [`IngestError::Store`] of the file.
    pub async fn replay(&self, filter: ReplayFilter, dry_run: bool, now: DateTime<Utc>) -> Result<Replayed, IngestError> {
        let _ = (filter, dry_run, now);
        unimplemented!()
    }

    /// Makes the projection anew from the journal, in one transaction. `progress` hears how many entries
    /// of how many are done. Blocks: for the command line and threads of its own.
    ///
    /// # Errors
    /// [`IngestError::Store`] of the file.
    pub fn rebuild(&self, progress: impl FnMut(u64, u64) + Send + 'static) -> Result<Rebuilt, IngestError> {
        let _ = progress;
        unimplemented!()
    }
}
