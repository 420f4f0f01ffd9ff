//! One SQLite file: a single writer with group commit, a pool of readers, every query.
//!
//! Writers hand jobs to one thread; it runs whatever is waiting in one transaction, refolds the leads
//! that were touched, commits once (WAL, `synchronous=FULL`) and only then answers (law 1).

mod ahead;
mod anchor;
pub mod asof;
pub mod backup;
mod batch;
pub mod checkup;
mod codec;
mod connect;
pub mod erase;
mod error;
mod event_versions;
pub mod exports;
pub mod foreign;
pub mod gaps;
mod guard;
mod hourly_deliveries;
pub mod imports;
mod inbox;
mod inbox_file;
mod intake;
pub mod journal;
mod keeper;
pub mod lead_metrics;
mod lock;
mod migrations;
mod numbers;
mod pool;
mod preview;
pub mod projection;
pub mod query;
pub mod quota;
mod refold;
pub mod replays;
pub mod report_digests;
pub mod restore;
mod salvage;
pub mod saved;
mod seen;
pub mod sources;
pub mod startup;
pub mod statements;
mod texts;
mod turn;
pub mod undo_impact;
mod upserted_event;
mod waiting;
mod worker;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is read through: one state of the file, for as long as a transaction of it lasts.
pub use rusqlite::Connection;
use tokio::sync::watch;

pub use batch::{Batch, Upserted};
pub use erase::{EraseKey, ErasureReason, RowErased, Tombstone};
pub use error::{Lack, StoreError};
pub use inbox::{DeliverySlot, InboxDelivery};
pub use inbox_file::Backlog;
pub use intake::InboxReader;
pub use journal::{ActionRow, DeliveryOutcome, DeliveryRow, DeliveryState, NewDelivery, Trust};
pub use keeper::Displacement;
use keeper::Shared;
pub use lock::DataLock;
pub use preview::{AffectedLead, Becomes, Effect, LeadSnapshots};
pub use sources::{AuthHeader, NewSource, SigningKey, SourceRow};
pub use upserted_event::UpsertedEvent;
pub use waiting::{WaitingDelivery, left as left_in_backup};
pub use writer::{ChangePosition, CommitNotice};

/// The name of the file in the data folder.
pub const FILE: &str = crate::fs::DATA;

/// The open file. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<StoreInner>,
}

struct StoreInner {
    shared: Arc<Shared>,
    writer: writer::Writer,
}

impl Store {
    /// Opens the file in `folder`, makes it if there never was one, and brings its schema up to date: after a backup,
    /// where there is something to lose. Without room for that backup the file stays as it is.
    ///
    /// # Errors
    /// [`StoreError`] when the folder cannot be written, the file is damaged, is not the one that was written last or
    /// is not there though there was one, or a newer program made it.
    pub fn open(folder: &Path) -> Result<Store, StoreError> {
        Store::open_as(folder, None)
    }

    /// [`Store::open`] for whoever holds the folder for good: what was taken away between two runs is put right.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_held(folder: &Path, lock: &DataLock) -> Result<Store, StoreError> {
        Store::open_as(folder, Some(lock))
    }

    /// Opens what is there, or an empty file, whatever says that there was another. For whoever chose that.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn begin(folder: &Path) -> Result<Store, StoreError> {
        let path = folder.join(FILE);
        let connection = connect::writer(&path)?;
        Store::on(path, connection, false)
    }

    fn open_as(folder: &Path, lock: Option<&DataLock>) -> Result<Store, StoreError> {
        restore::finish(folder)?;
        let is_there = startup::look(folder, lock)?;
        let path = folder.join(FILE);
        let connection = if is_there { connect::writer_of(&path)? } else { connect::writer(&path)? };
        startup::compare(folder, lock, &connection)?;
        if migrations::lacks_some(&connection)? {
            let own = folder.join(backup::FOLDER);
            backup::make(&path, &own, backup::BackupKind::Migration, crate::clock::now(), &mut |_, _| true)?;
        }
        let store = Store::on(path, connection, lock.is_some())?;
        if let Some(lock) = lock {
            lock.tell();
        }
        Ok(store)
    }

    /// Opens a file that is being prepared to take another's place.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_prepared(prepared: &restore::PreparedFile) -> Result<Store, StoreError> {
        Store::open_copy(prepared.path())
    }

    /// Opens a copy that a file is made of, under its own name.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_copy(path: &Path) -> Result<Store, StoreError> {
        Store::on(path.to_path_buf(), connect::writer(path)?, false)
    }

    /// Tells whoever watches that another file took the place of this one.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn turned(&self) -> Result<(), StoreError> {
        let seq = self.read_blocking(journal::last)?;
        self.inner.writer.turn_to(seq);
        Ok(())
    }

    /// What is wrong with the file's pages, in SQLite's words; `None` where nothing is. Reads all of it.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be looked at.
    pub fn look_through(&self) -> Result<Option<String>, StoreError> {
        backup::integrity(&self.reader()?, "quick_check")
    }

    /// A connection of its own that reads this file.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn reader(&self) -> Result<Connection, StoreError> {
        self.in_place()?;
        connect::reader(&self.inner.shared.path)
    }

    /// Brings the schema up to date and starts the writer.
    fn on(path: PathBuf, mut connection: Connection, holds: bool) -> Result<Store, StoreError> {
        migrations::migrate(&mut connection)?;
        let inbox = path.parent().filter(|_| holds).map(Path::to_path_buf);
        let shared = Arc::new(Shared::new(path, holds)?);
        let writer = writer::Writer::start(connection, shared.clone(), inbox.as_deref())?;
        Ok(Store { inner: Arc::new(StoreInner { shared, writer }) })
    }

    /// That the open file was not moved, deleted or replaced: for whoever opens it by its path.
    ///
    /// # Errors
    /// [`StoreError::Displaced`] as long as it is away.
    pub fn in_place(&self) -> Result<(), StoreError> {
        self.inner.shared.in_place()
    }

    /// What is to be told while the open file is not at its path: nothing is written then.
    pub fn displaced(&self) -> Option<Displacement> {
        self.inner.shared.displaced()
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.inner.shared.path
    }

    /// Runs `job` in the writer's next transaction, and answers after the commit that holds it.
    /// A job may run twice when its neighbours in the batch failed; the last run counts.
    ///
    /// # Errors
    /// What the job answered, or why the commit failed. Then nothing of it is in the file.
    pub async fn write<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&mut Batch<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        self.inner.writer.submit(job).await
    }

    /// How many deliveries wait in the inbox: whoever comes later waits behind them.
    pub fn waiting(&self) -> u64 {
        self.inner.writer.inbox().map_or(0, inbox::Inbox::waiting)
    }

    /// Whether it is being looked whether the file is still in its place.
    pub fn is_in_doubt(&self) -> bool {
        self.inner.shared.is_in_doubt()
    }

    /// What waits in the inbox.
    ///
    /// # Errors
    /// [`StoreError`] of that file.
    pub fn backlog(&self) -> Result<Backlog, StoreError> {
        self.inner.writer.inbox().map_or_else(|| Ok(Backlog::default()), inbox::Inbox::backlog)
    }

    /// Puts a delivery into the inbox, and answers its number once it is on disk there; `None` where this program has none.
    ///
    /// # Errors
    /// [`StoreError`] of that file.
    pub async fn put_aside(&self, slot: Arc<DeliverySlot>, delivery: InboxDelivery) -> Option<Result<i64, StoreError>> {
        match self.inner.writer.inbox() {
            Some(inbox) => Some(inbox.put(slot, delivery).await),
            None => None,
        }
    }

    /// Who reads what waits in the inbox; the first one stays.
    pub fn read_inbox_with(&self, reader: Arc<dyn InboxReader>) {
        self.inner.writer.read_inbox_with(reader);
    }

    /// [`Store::write`] for threads outside of the async runtime, such as the command line.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub fn write_blocking<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&mut Batch<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        self.inner.writer.submit_blocking(job)
    }

    /// Runs `job` on the writer's connection between two transactions, for what SQLite does not do inside of one
    /// (vacuum, checkpoints). Senders wait meanwhile. Blocks: not for async threads.
    ///
    /// # Errors
    /// What the job answered.
    pub fn alone<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.inner.writer.submit_alone(job)
    }

    /// Runs `query` on a reader, off the async threads. It sees one committed state throughout.
    ///
    /// # Errors
    /// What the query answered.
    pub async fn read<T, F>(&self, query: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let store = self.clone();
        tokio::task::spawn_blocking(move || store.read_blocking(query)).await.map_err(|_| StoreError::Stopped)?
    }

    /// [`Store::read`] on this thread.
    ///
    /// # Errors
    /// What the query answered.
    pub fn read_blocking<T>(&self, query: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.inner.shared.read(|connection| {
            let transaction = connection.transaction()?;
            query(&transaction)
        })
    }

    /// [`Store::read_blocking`] on a connection that has read nothing before: FTS5's integrity check takes what a
    /// connection remembers of segments that were merged away since for damage.
    ///
    /// # Errors
    /// What the query answered.
    pub fn read_fresh<T>(&self, query: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let mut connection = self.reader()?;
        let transaction = connection.transaction()?;
        query(&transaction)
    }

    /// The journal's sequence number with what changed; a new value after each commit.
    pub fn changes(&self) -> watch::Receiver<Arc<CommitNotice>> {
        self.inner.writer.changes()
    }

    /// What changed after what is `known`: `None` when that is too long ago to know.
    pub fn changes_after(&self, known: ChangePosition) -> Option<CommitNotice> {
        self.inner.writer.changes_after(known)
    }

    /// Names this opening of the file: numbers of commits ([`CommitNotice::number`]) of another say nothing here.
    pub fn opening(&self) -> u64 {
        self.inner.writer.opening()
    }

    /// Goes up with each commit that adds, changes or closes a source: whoever remembers sources looks again.
    pub fn sources_version(&self) -> u64 {
        self.inner.writer.sources_version()
    }

    /// Takes no more jobs, finishes what was taken, and closes the file.
    pub fn close(&self) {
        self.inner.writer.stop();
    }
}
