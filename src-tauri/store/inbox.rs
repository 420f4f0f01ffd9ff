//! The inbox: where a delivery is on disk at once while the writer is at something that takes long, so that no sender waits
//! for it (law 1).
//!
//! A small file of its own beside the data file, with a thread of its own: whatever holds the data file, be it an erasure, a
//! migration or another program, does not hold this one. What is in it is answered with the number it will have in the
//! journal; the writer takes it in, in order, before anything else, and only then it is deleted here. A delivery may stand
//! in both for a moment: its number says that it is the same one.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, Row, TransactionBehavior, params};
use tokio::sync::oneshot;

use super::guard::{FileId, id_at, is_at};
use super::journal::{DeliveryRow, NewDelivery};
use super::numbers::JournalNumbers;
use super::{Lack, StoreError, Trust, codec, connect};
use crate::clock::from_micros;

/// The name of the file in the data folder.
pub(super) const FILE: &str = crate::fs::INBOX;

/// Deliveries of one commit here.
const BATCH: usize = 256;
/// What is taken in by one commit of the data file: so many …
const TAKEN: usize = 2_000;
/// … or so much, packed. Bytes.
const TAKEN_BYTES: usize = 8 * 1024 * 1024;
/// Nobody but our own two threads uses the file, and each only for a moment.
const PATIENCE: Duration = Duration::from_secs(5);
/// Written ahead of it at most while nothing waits. Bytes.
const AHEAD: i64 = 1024 * 1024;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS deliveries (
    seq          INTEGER PRIMARY KEY,
    source       INTEGER NOT NULL,
    received_at  INTEGER NOT NULL,
    event        TEXT,
    region       TEXT    NOT NULL,
    trust        INTEGER NOT NULL,
    why          TEXT,
    content_type TEXT,
    headers      BLOB    NOT NULL,
    body         BLOB    NOT NULL,
    body_size    INTEGER NOT NULL,
    test         INTEGER NOT NULL
) STRICT";

const COLUMNS: &str =
    "seq, source, received_at, event, region, trust, why, content_type, headers, body, body_size, test";

/// A delivery that waits to be taken in.
#[derive(Debug, Clone)]
pub struct WaitingDelivery {
    /// As it stands in the journal once it is taken in.
    pub row: DeliveryRow,
    /// It is the owner's own test.
    pub test: bool,
    pub(super) packed: NewDelivery,
}

/// A delivery on its way into the writer, the inbox, or both: whichever is first gives it its number.
#[derive(Debug, Default)]
pub struct DeliverySlot {
    /// 0 as long as it has none.
    seq: AtomicI64,
    /// It is in the inbox, and nobody waits for the writer any more.
    waits: std::sync::atomic::AtomicBool,
}

impl WaitingDelivery {
    /// As it is kept.
    pub fn delivery(&self) -> &NewDelivery {
        &self.packed
    }
}

impl DeliverySlot {
    /// Of one that has its number.
    pub fn of(seq: i64) -> DeliverySlot {
        DeliverySlot { seq: AtomicI64::new(seq), ..DeliverySlot::default() }
    }

    /// Its number, if it has one.
    pub(super) fn known(&self) -> Option<i64> {
        match self.seq.load(Ordering::Acquire) {
            0 => None,
            seq => Some(seq),
        }
    }

    /// Its number where the inbox has it: the writer comes to it there.
    pub fn waiting(&self) -> Option<i64> {
        self.known().filter(|_| self.waits.load(Ordering::Acquire))
    }

    /// Its number: that which it has, or else `new`.
    pub(super) fn settle(&self, new: i64) -> i64 {
        match self.seq.compare_exchange(0, new, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => new,
            Err(known) => known,
        }
    }
}

struct Job {
    seq: i64,
    delivery: NewDelivery,
    test: bool,
    done: oneshot::Sender<Result<(), StoreError>>,
}

/// The open inbox.
pub(super) struct Inbox {
    path: PathBuf,
    numbers: JournalNumbers,
    waiting: Arc<AtomicU64>,
    jobs: Mutex<Option<SyncSender<Job>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Inbox {
    /// Opens the inbox in `folder`, or makes it; `wake` is called after each commit.
    pub(super) fn open(
        folder: &Path,
        numbers: JournalNumbers,
        wake: impl Fn() + Send + 'static,
    ) -> Result<Inbox, StoreError> {
        let path = folder.join(FILE);
        let connection = open(&path)?;
        let last: i64 = connection.query_row("SELECT coalesce(max(seq), 0) FROM deliveries", [], |row| row.get(0))?;
        numbers.begin_after(last);
        let count: i64 = connection.query_row("SELECT count(*) FROM deliveries", [], |row| row.get(0))?;
        let waiting = Arc::new(AtomicU64::new(count.unsigned_abs()));
        let file = id_at(&path)?;
        let (jobs, incoming) = sync_channel(BATCH * 4);
        let thread = {
            let (waiting, path) = (waiting.clone(), path.clone());
            std::thread::Builder::new()
                .name("inbox".into())
                .spawn(move || write_until_closed(connection, file, &path, &incoming, &waiting, &wake))?
        };
        Ok(Inbox { path, numbers, waiting, jobs: Mutex::new(Some(jobs)), thread: Mutex::new(Some(thread)) })
    }

    /// How many wait.
    pub(super) fn waiting(&self) -> u64 {
        self.waiting.load(Ordering::Acquire)
    }

    /// Puts a delivery in, and answers its number once it is on disk.
    pub(super) async fn put(&self, slot: &DeliverySlot, delivery: NewDelivery, test: bool) -> Result<i64, StoreError> {
        let seq = match slot.known() {
            Some(seq) => seq,
            None => slot.settle(self.numbers.take().ok_or(StoreError::Locked)?),
        };
        let (done, answer) = oneshot::channel();
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).clone().ok_or(StoreError::Stopped)?;
        let job = Job { seq, delivery, test, done };
        if let Err(std::sync::mpsc::TrySendError::Full(job)) = jobs.try_send(job) {
            tokio::task::spawn_blocking(move || jobs.send(job))
                .await
                .map_err(|_| StoreError::Stopped)?
                .map_err(|_| StoreError::Stopped)?;
        }
        answer.await.map_err(|_| StoreError::Stopped)??;
        slot.waits.store(true, Ordering::Release);
        Ok(seq)
    }

    /// What is to be taken in next, in order. For the writer's thread, with a connection of its own.
    pub(super) fn next(&self, connection: &Connection) -> Result<Vec<WaitingDelivery>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM deliveries ORDER BY seq LIMIT {TAKEN}");
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query([])?;
        let (mut found, mut bytes) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            let delivery = waiting_of(row)?;
            bytes += delivery.packed.packed_size();
            found.push(delivery);
            if bytes > TAKEN_BYTES {
                break;
            }
        }
        Ok(found)
    }

    /// They are in the journal.
    pub(super) fn taken_in(&self, connection: &Connection, upto: i64) -> Result<(), StoreError> {
        let gone = connection.prepare_cached("DELETE FROM deliveries WHERE seq <= ?1")?.execute([upto])?;
        let gone = u64::try_from(gone).unwrap_or_default();
        let before = self.waiting.fetch_sub(gone, Ordering::AcqRel);
        if before == gone {
            let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        }
        Ok(())
    }

    /// A connection for the writer's thread.
    pub(super) fn connection(&self) -> Result<Connection, StoreError> {
        let connection = open(&self.path)?;
        // What is deleted and comes again after a pulled plug is known by its number.
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        Ok(connection)
    }

    pub(super) fn stop(&self) {
        drop(self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take());
        if let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = thread.join();
        }
    }
}

fn open(path: &Path) -> Result<Connection, StoreError> {
    connect::private_file(path)?;
    let connection = Connection::open(path)?;
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "trusted_schema", "OFF")?;
    // Nothing of whoever is erased stays behind here.
    connection.pragma_update(None, "secure_delete", "ON")?;
    connection.pragma_update(None, "journal_size_limit", AHEAD)?;
    connection.execute_batch(TABLE)?;
    Ok(connection)
}

fn write_until_closed(
    mut connection: Connection,
    file: FileId,
    path: &Path,
    incoming: &Receiver<Job>,
    waiting: &AtomicU64,
    wake: &dyn Fn(),
) {
    while let Ok(first) = incoming.recv() {
        let jobs: Vec<Job> = std::iter::once(first).chain(incoming.try_iter().take(BATCH - 1)).collect();
        let written = write(&mut connection, &jobs).and_then(|new| {
            waiting.fetch_add(new, Ordering::AcqRel);
            wake();
            // What is written into a file that was taken away is gone with the program.
            match is_at(path, file) {
                true => Ok(()),
                false => Err(StoreError::Displaced(Lack::Open, "The inbox is not in its place".into())),
            }
        });
        for job in jobs {
            let _ = job.done.send(written.as_ref().map(|()| ()).map_err(StoreError::copy));
        }
    }
}

fn write(connection: &mut Connection, jobs: &[Job]) -> Result<u64, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut new = 0;
    for Job { seq, delivery, test, .. } in jobs {
        let sql = format!(
            "INSERT OR IGNORE INTO deliveries ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
        );
        new += transaction.prepare_cached(&sql)?.execute(params![
            seq,
            delivery.source,
            delivery.received_at.timestamp_micros(),
            delivery.event,
            delivery.region,
            delivery.trust,
            delivery.why,
            delivery.content_type,
            delivery.headers,
            delivery.body,
            delivery.size as i64,
            test
        ])?;
    }
    transaction.commit()?;
    Ok(new as u64)
}

fn waiting_of(row: &Row<'_>) -> Result<WaitingDelivery, StoreError> {
    let (headers, body): (Vec<u8>, Vec<u8>) = (row.get(8)?, row.get(9)?);
    let (received_at, trust) = (from_micros(row.get(2)?), Trust::of(row.get(5)?));
    let packed = NewDelivery {
        source: row.get(1)?,
        region: row.get(4)?,
        received_at,
        event: row.get(3)?,
        trust,
        why: row.get(6)?,
        content_type: row.get(7)?,
        size: row.get::<_, i64>(10)?.unsigned_abs() as usize,
        import: None,
        headers,
        body,
    };
    let test = row.get(11)?;
    let row = DeliveryRow {
        seq: row.get(0)?,
        source: packed.source,
        received_at,
        event: packed.event.clone(),
        trust,
        why: packed.why.clone(),
        verified_at: None,
        verified_as: trust,
        region: packed.region.clone(),
        content_type: packed.content_type.clone(),
        headers: codec::unpack(&packed.headers)?,
        body: codec::unpack(&packed.body)?,
        import: None,
        undone: false,
        erased: None,
    };
    Ok(WaitingDelivery { row, test, packed })
}
