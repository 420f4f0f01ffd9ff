//! The inbox: where a delivery is on disk at once while the writer is at something that takes long, so that no sender waits
//! for it (law 1).
//!
//! A small file of its own beside the data file, with a thread of its own: whatever holds the data file, be it an erasure, a
//! migration or another program, does not hold this one. What is in it is answered with the number it will have in the
//! journal; the writer takes it in, in order, before anything else, and only then it is deleted here. A delivery may stand
//! in both for a moment: its number says that it is the same one.

use std::any::Any;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use super::backup::beside;
use super::inbox_file::{Backlog, ENDS, FILE, OpenInbox, PART, connect, count, put_aside, shorten};
use super::journal::NewDelivery;
use super::numbers::JournalNumbers;
use super::waiting::{self, COLUMNS, WaitingDelivery};
use super::worker::Worker;
use super::{StoreError, connect};

/// Deliveries of one commit here.
const BATCH: usize = 256;
/// What is taken in by one commit of the data file: so many …
const TAKEN: usize = 2_000;
/// … or so much, packed. Bytes.
const TAKEN_BYTES: usize = 8 * 1024 * 1024;
/// How often it is looked whether the file is to be begun anew.
const LOOK: Duration = Duration::from_millis(250);
/// As much of what waits is remembered as it was read. Bytes.
const REMEMBERED: usize = 24 * 1024 * 1024;

/// A delivery on its way into the writer, the inbox, or both: whichever is first gives it its number.
#[derive(Debug, Default)]
pub struct DeliverySlot {
    /// 0 as long as it has none.
    seq: AtomicI64,
    /// It is in the inbox, and nobody waits for the writer any more.
    waits: AtomicBool,
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

/// A delivery for the inbox.
#[derive(Clone)]
pub struct InboxDelivery {
    /// As the journal will have it.
    pub delivery: NewDelivery,
    /// The stable name of its source.
    pub source_uid: String,
    /// It is the owner's own test.
    pub test: bool,
    /// What it was read into, and about how many bytes that takes: whoever takes it in need not read it again, unless so
    /// much waits that it was forgotten.
    pub read: Option<(Arc<dyn Any + Send + Sync>, usize)>,
}

struct Job {
    slot: Arc<DeliverySlot>,
    delivery: InboxDelivery,
    done: oneshot::Sender<Result<i64, StoreError>>,
}

/// What both threads know of the file.
struct Shared {
    path: PathBuf,
    waiting: AtomicU64,
    /// Another number once the file is another.
    opened: AtomicU64,
    /// Some of it cannot be read: what can is to be put into a new one.
    is_damaged: AtomicBool,
    /// What the latest of those that wait were read into.
    read: Mutex<Remembered>,
}

impl Shared {
    fn read(&self) -> std::sync::MutexGuard<'_, Remembered> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What deliveries that wait were read into, as long as that is not too much.
#[derive(Default)]
struct Remembered {
    by_number: HashMap<i64, (Arc<dyn Any + Send + Sync>, usize)>,
    bytes: usize,
}

impl Remembered {
    fn keep(&mut self, seq: i64, read: (Arc<dyn Any + Send + Sync>, usize)) {
        if self.bytes + read.1 <= REMEMBERED {
            self.bytes += read.1;
            self.by_number.insert(seq, read);
        }
    }

    fn take(&mut self, seq: i64) -> Option<Arc<dyn Any + Send + Sync>> {
        let (read, size) = self.by_number.remove(&seq)?;
        self.bytes -= size;
        Some(read)
    }
}

/// The open inbox.
pub(super) struct Inbox {
    shared: Arc<Shared>,
    worker: Worker<Job>,
}

impl Inbox {
    /// Opens the inbox in `folder`, or makes it; `wake` is called after each commit. `reserved` is the last number that the
    /// data file holds reserved.
    pub(super) fn open(
        folder: &Path,
        numbers: JournalNumbers,
        reserved: i64,
        wake: impl Fn() + Send + 'static,
    ) -> Result<Inbox, StoreError> {
        let path = folder.join(FILE);
        // A link or a folder is none of ours.
        if path.symlink_metadata().is_ok_and(|about| !about.is_file()) {
            put_aside(&path)?;
        }
        let (mut file, mut waiting, mut last) = OpenInbox::at(&path).or_else(|error| match error {
            // It must not keep the rest from beginning: what can be read of it is brought in below. What it gave out is not
            // given again.
            StoreError::Damaged(_) | StoreError::Internal(_) => {
                tracing::error!("what waited cannot be read: {error}");
                numbers.begin_after(reserved);
                for end in ENDS.iter().filter(|end| beside(&path, end).exists()) {
                    std::fs::rename(beside(&path, end), beside(&beside(&path, PART), end))?;
                }
                OpenInbox::at(&path)
            }
            other => Err(other),
        })?;
        // A program that ended while it began the inbox anew.
        let own = beside(&path, PART);
        if own.symlink_metadata().is_ok_and(|about| about.is_file()) {
            (waiting, last) = file.bring_in(&own)?;
        }
        numbers.begin_after(last);
        let shared = Arc::new(Shared {
            path,
            waiting: AtomicU64::new(waiting),
            opened: AtomicU64::new(1),
            is_damaged: AtomicBool::new(false),
            read: Mutex::default(),
        });
        let (jobs, incoming) = sync_channel(BATCH * 4);
        let thread = {
            let shared = shared.clone();
            std::thread::Builder::new()
                .name("inbox".into())
                .spawn(move || write_until_closed(file, &shared, &incoming, &numbers, &wake))?
        };
        Ok(Inbox { shared, worker: Worker::new(jobs, thread) })
    }

    /// How many wait.
    pub(super) fn waiting(&self) -> u64 {
        self.shared.waiting.load(Ordering::Acquire)
    }

    /// Puts a delivery in, and answers its number once it is on disk.
    pub(super) async fn put(&self, slot: Arc<DeliverySlot>, delivery: InboxDelivery) -> Result<i64, StoreError> {
        let (done, answer) = oneshot::channel();
        self.worker.give(Job { slot, delivery, done }).await?;
        answer.await.map_err(|_| StoreError::Stopped)?
    }

    /// What is to be taken in next of what waits under numbers below `below`, in order, and whether that is all of it. For
    /// the writer's thread, with a connection of its own.
    pub(super) fn next(&self, connection: &Connection, below: i64) -> Result<(Vec<WaitingDelivery>, bool), StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM deliveries WHERE seq < ?1 AND NOT lacks ORDER BY seq LIMIT {TAKEN}");
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query([below])?;
        let (mut found, mut bytes) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            let mut delivery = WaitingDelivery::of(row)?;
            delivery.read = self.shared.read().take(delivery.seq);
            bytes += delivery.packed.packed_size();
            found.push(delivery);
            if bytes > TAKEN_BYTES {
                return Ok((found, false));
            }
        }
        let all = found.len() < TAKEN;
        Ok((found, all))
    }

    /// They are in the journal, and nothing else is forgotten: what came between their numbers meanwhile waits on. `opened`
    /// is which file they were read from.
    pub(super) fn taken_in(
        &self,
        (connection, opened): (&mut Connection, u64),
        taken: &[WaitingDelivery],
    ) -> Result<(), StoreError> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut gone = 0;
        for one in taken {
            gone += transaction.prepare_cached("DELETE FROM deliveries WHERE seq = ?1")?.execute([one.seq])?;
        }
        transaction.commit()?;
        self.no_longer_waiting(opened, gone);
        if self.waiting() == 0 {
            shorten(connection);
        }
        Ok(())
    }

    /// It waits for its source, which is not there, or for a release that can take it in.
    pub(super) fn cannot_be_taken(
        &self,
        (connection, opened): (&mut Connection, u64),
        seq: i64,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE deliveries SET lacks = 1 WHERE seq = ?1 AND NOT lacks";
        let set = connection.prepare_cached(sql)?.execute([seq])?;
        self.no_longer_waiting(opened, set);
        Ok(())
    }

    fn no_longer_waiting(&self, opened: u64, gone: usize) {
        // Of a file that is another since, whatever was deleted waits in the new one, and is known there by its number.
        if opened == self.opened() {
            let gone = u64::try_from(gone).unwrap_or_default();
            let less = |waiting: u64| Some(waiting.saturating_sub(gone));
            let _ = self.shared.waiting.fetch_update(Ordering::AcqRel, Ordering::Acquire, less);
        }
    }

    /// Counts anew what waits, as nobody puts anything in: `numbers` are held.
    pub(super) fn count_anew(&self, connection: &Connection) -> Result<(), StoreError> {
        self.shared.waiting.store(count(connection)?, Ordering::Release);
        Ok(())
    }

    /// Some of it cannot be read: what can is put into a new file.
    pub(super) fn note_damage(&self) {
        self.shared.is_damaged.store(true, Ordering::Release);
    }

    /// Gives back the room of what was written ahead, for a moment in which nothing waits.
    pub(super) fn tidy(&self, connection: &Connection) {
        let ahead = beside(&self.shared.path, "-wal");
        if self.waiting() == 0 && ahead.metadata().is_ok_and(|about| about.len() > 0) {
            shorten(connection);
        }
    }

    /// A connection for the writer's thread, and which opening of the file it is of.
    pub(super) fn connection(&self) -> Result<(Connection, u64), StoreError> {
        let opened = self.opened();
        let connection = connect(&self.shared.path)?;
        // What is deleted and comes again after a pulled plug is known by its number.
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        Ok((connection, opened))
    }

    /// Another number once the file is another.
    pub(super) fn opened(&self) -> u64 {
        self.shared.opened.load(Ordering::Acquire)
    }

    /// What waits.
    pub(super) fn backlog(&self) -> Result<Backlog, StoreError> {
        if self.waiting() == 0 {
            return Ok(Backlog::default());
        }
        Backlog::of(&connect::reader(&self.shared.path)?)
    }

    pub(super) fn stop(&self) {
        self.worker.stop();
    }
}

impl OpenInbox {
    /// Commits what is to be put in; answers the numbers. `noted` hears how many of them are new, before any transaction of
    /// the data file can begin with numbers behind them.
    fn write(
        &mut self,
        jobs: &[Job],
        numbers: &JournalNumbers,
        noted: &mut dyn FnMut(&[i64], u64),
    ) -> Result<Vec<i64>, StoreError> {
        // Before the numbers are held: whoever holds the file keeps nobody else waiting.
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut given = numbers.hold();
        let (mut seqs, mut new) = (Vec::with_capacity(jobs.len()), 0);
        for Job { slot, delivery, .. } in jobs {
            let seq = match slot.known() {
                Some(seq) => seq,
                None => slot.settle(given.take().ok_or(StoreError::Locked)?),
            };
            let InboxDelivery { delivery, source_uid, test, .. } = delivery;
            new += u64::from(waiting::put(&transaction, seq, source_uid, delivery, *test)?);
            seqs.push(seq);
        }
        transaction.commit()?;
        noted(&seqs, new);
        drop(given);
        Ok(seqs)
    }
}

fn write_until_closed(
    mut file: OpenInbox,
    shared: &Shared,
    incoming: &Receiver<Job>,
    numbers: &JournalNumbers,
    wake: &dyn Fn(),
) {
    loop {
        if shared.is_damaged.load(Ordering::Acquire) && begin_anew(&mut file, shared, numbers).is_ok() {
            shared.is_damaged.store(false, Ordering::Release);
            wake();
        }
        let first = match incoming.recv_timeout(LOOK) {
            Ok(first) => first,
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => break,
        };
        let mut jobs: Vec<Job> = std::iter::once(first).chain(incoming.try_iter().take(BATCH - 1)).collect();
        let mut read: Vec<_> = jobs.iter_mut().map(|job| job.delivery.read.take()).collect();
        let written = file.write(&jobs, numbers, &mut |seqs, new| {
            let mut remembered = shared.read();
            for (read, seq) in read.iter_mut().zip(seqs) {
                read.take().into_iter().for_each(|read| remembered.keep(*seq, read));
            }
            shared.waiting.fetch_add(new, Ordering::AcqRel);
        });
        // What is written into a file that was taken away is gone with the program.
        let written = written.and_then(|seqs| {
            if !file.guard.is_in_place() {
                begin_anew(&mut file, shared, numbers)?;
            }
            Ok(seqs)
        });
        if let Ok(numbers) = &written {
            wake();
            for (job, seq) in jobs.iter().zip(numbers) {
                debug_assert_eq!(job.slot.known(), Some(*seq));
                job.slot.waits.store(true, Ordering::Release);
            }
        }
        for (at, job) in jobs.into_iter().enumerate() {
            let answer = match &written {
                Ok(numbers) => Ok(numbers[at]),
                Err(error) => Err(error.copy()),
            };
            let _ = job.done.send(answer);
        }
    }
}

fn begin_anew(file: &mut OpenInbox, shared: &Shared, numbers: &JournalNumbers) -> Result<(), StoreError> {
    file.begin_anew(&shared.path)?;
    let _held = numbers.hold();
    shared.opened.fetch_add(1, Ordering::AcqRel);
    shared.waiting.store(count(&file.connection)?, Ordering::Release);
    Ok(())
}
