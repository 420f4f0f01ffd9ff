//! The one writer: takes whatever waits, runs it in one transaction, commits once, answers all.

use std::any::Any;
use std::collections::VecDeque;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

use super::inbox::Inbox;
use super::intake::{InboxReader, Intake};
use super::keeper::{Keeper, Shared};
use super::turn::WriterTurn;
use super::worker::Worker;
use super::{Batch, Lack, StoreError, journal};

/// Jobs that may wait. More than this many senders at once are slowed, not refused.
const WAITING: usize = 1024;
/// Jobs of one commit: enough to share its fsync, few enough to answer the first one soon.
const BATCH: usize = 256;
/// How long what waits is taken in once the program is to end.
const AT_THE_END: Duration = Duration::from_secs(5);
/// How often it is looked whether another program wrote to the file.
const LOOK: Duration = Duration::from_secs(1);
/// Changes kept for pages that poll.
const REMEMBERED: usize = 1024;

pub(super) type Anything = Box<dyn Any + Send>;
pub(super) type WriteJob = Box<dyn FnMut(&mut Batch<'_>) -> Result<Anything, StoreError> + Send>;
pub(super) type Alone = Box<dyn FnOnce(&mut Connection) -> Result<Anything, StoreError> + Send>;

pub(super) struct Job {
    pub(super) work: Work,
    pub(super) done: oneshot::Sender<Result<Anything, StoreError>>,
}

pub(super) enum Work {
    /// Shares a transaction with its neighbours.
    Shared(WriteJob),
    /// Has the connection to itself, between two transactions.
    Alone(Option<Alone>),
    /// Something waits in the inbox.
    Wake,
}

/// What one commit changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommitNotice {
    /// Which commit of this program's run it was, from 1: not every commit adds to the journal, and one that takes
    /// back has the number of the one before it. A sum has that of its last.
    pub number: u64,
    /// The journal's last sequence number at the commit.
    pub seq: i64,
    /// The leads it touched.
    pub leads: Vec<i64>,
    /// Those of them that are no more: part of another, taken back, or erased.
    pub gone: Vec<i64>,
    /// How many deliveries it added.
    pub deliveries: u32,
    /// The sources it concerned.
    pub sources: Vec<i64>,
    /// A source or a key of one was added, changed or taken away.
    pub sources_changed: bool,
    /// Another program wrote to the file: what exactly is not known.
    pub elsewhere: bool,
    /// Exports that began or ended.
    pub exports: Vec<i64>,
    /// Until where numbers of entries are reserved from now on, where that changed.
    pub reserved: Option<i64>,
}

impl CommitNotice {
    fn add(&mut self, other: &CommitNotice) {
        self.number = self.number.max(other.number);
        self.seq = self.seq.max(other.seq);
        self.deliveries += other.deliveries;
        self.sources_changed |= other.sources_changed;
        self.elsewhere |= other.elsewhere;
        for export in &other.exports {
            if !self.exports.contains(export) {
                self.exports.push(*export);
            }
        }
        // The later word counts: one that was gone may be there again.
        self.gone.retain(|lead| !other.leads.contains(lead));
        self.gone.extend(&other.gone);
        for lead in &other.leads {
            if !self.leads.contains(lead) {
                self.leads.push(*lead);
            }
        }
        for source in &other.sources {
            if !self.sources.contains(source) {
                self.sources.push(*source);
            }
        }
    }
}

pub(super) struct Writer {
    opening: u64,
    inbox: Option<Arc<Inbox>>,
    reader: Arc<OnceLock<Arc<dyn InboxReader>>>,
    worker: Worker<Job>,
    changes: watch::Sender<Arc<CommitNotice>>,
    recent: Arc<Mutex<VecDeque<Arc<CommitNotice>>>>,
    sources_version: Arc<AtomicU64>,
}

/// Where a page that follows what changes has got to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangePosition {
    /// A sequence number of the journal.
    Seq(i64),
    /// The number of a commit of this run ([`CommitNotice::number`]).
    Commit(u64),
}

impl Writer {
    /// `folder` is that of the inbox, for whoever holds it.
    pub(super) fn start(
        connection: Connection,
        shared: Arc<Shared>,
        folder: Option<&Path>,
    ) -> Result<Writer, StoreError> {
        let seq = journal::last(&connection)?;
        let (jobs, waiting) = sync_channel(WAITING);
        let (changes, _) = watch::channel(Arc::new(CommitNotice { seq, ..CommitNotice::default() }));
        let recent = Arc::new(Mutex::new(VecDeque::new()));
        let sources_version = Arc::new(AtomicU64::new(0));
        let told = Told { changes: changes.clone(), recent: recent.clone(), sources_version: sources_version.clone() };
        let reader = Arc::new(OnceLock::new());
        let wake = {
            let jobs = jobs.clone();
            move || {
                // Where many wait, it comes by without being woken.
                let _ = jobs.try_send(Job { work: Work::Wake, done: oneshot::channel().0 });
            }
        };
        let intake = folder.and_then(|folder| {
            let opened = Intake::open(folder, &connection, reader.clone(), wake);
            // It must not keep the rest from beginning: senders wait for the writer then.
            opened.inspect_err(|error| tracing::error!("the inbox cannot be opened: {error}")).ok()
        });
        let keeper = Keeper::new(shared, connection)?;
        let inbox = intake.as_ref().map(|intake| intake.inbox.clone());
        let thread = std::thread::Builder::new()
            .name("writer".into())
            .spawn(move || write_until_closed(keeper, &waiting, &told, intake))?;
        Ok(Writer {
            inbox,
            reader,
            opening: fastrand::u64(..),
            worker: Worker::new(jobs, thread),
            changes,
            recent,
            sources_version,
        })
    }

    pub(super) async fn submit<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&mut Batch<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (job, answer) = package(job);
        self.worker.give(job).await?;
        unpackage(answer.await)
    }

    pub(super) fn submit_blocking<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&mut Batch<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (job, answer) = package(job);
        self.worker.give_blocking(job)?;
        unpackage(answer.blocking_recv())
    }

    /// Runs `job` between two transactions with the connection to itself; senders wait meanwhile.
    pub(super) fn submit_alone<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (done, answer) = oneshot::channel();
        let work: Alone = Box::new(move |connection| job(connection).map(|value| Box::new(value) as Anything));
        self.worker.give_blocking(Job { work: Work::Alone(Some(work)), done })?;
        unpackage(answer.blocking_recv())
    }

    pub(super) fn sources_version(&self) -> u64 {
        self.sources_version.load(Ordering::Acquire)
    }

    /// Another file took the place of the one that was written: whatever anybody remembers is to be looked up again.
    pub(super) fn turn_to(&self, seq: i64) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.clear();
        self.sources_version.fetch_add(1, Ordering::AcqRel);
        let number = self.changes.borrow().number + 1;
        self.changes.send_replace(Arc::new(CommitNotice {
            number,
            seq,
            sources_changed: true,
            ..CommitNotice::default()
        }));
    }

    pub(super) fn opening(&self) -> u64 {
        self.opening
    }

    pub(super) fn changes(&self) -> watch::Receiver<Arc<CommitNotice>> {
        self.changes.subscribe()
    }

    pub(super) fn changes_after(&self, known: ChangePosition) -> Option<CommitNotice> {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let latest = self.changes.borrow().clone();
        let (is_latest, is_remembered) = match known {
            ChangePosition::Seq(seq) => (
                seq >= latest.seq,
                // The commit just before the oldest remembered one must be known to the asker.
                recent.front().is_some_and(|oldest| oldest.seq - i64::from(oldest.deliveries.max(1)) <= seq),
            ),
            ChangePosition::Commit(number) => {
                (number >= latest.number, recent.front().is_some_and(|oldest| oldest.number <= number + 1))
            }
        };
        let mut sum = CommitNotice { number: latest.number, seq: latest.seq, ..CommitNotice::default() };
        if is_latest {
            return Some(sum);
        }
        if !is_remembered {
            return None;
        }
        let is_later = |change: &&Arc<CommitNotice>| match known {
            ChangePosition::Seq(seq) => change.seq > seq,
            ChangePosition::Commit(number) => change.number > number,
        };
        recent.iter().filter(is_later).for_each(|change| sum.add(change));
        Some(sum)
    }

    /// The inbox, for whoever holds the data folder.
    pub(super) fn inbox(&self) -> Option<&Inbox> {
        self.inbox.as_deref()
    }

    /// Who reads what waits in it; the first one stays.
    pub(super) fn read_inbox_with(&self, reader: Arc<dyn InboxReader>) {
        let _ = self.reader.set(reader);
    }

    pub(super) fn stop(&self) {
        // First: it wakes the thread below, which ends with the last who can.
        if let Some(inbox) = &self.inbox {
            inbox.stop();
        }
        self.worker.stop();
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.stop();
    }
}

fn package<T, F>(mut job: F) -> (Job, oneshot::Receiver<Result<Anything, StoreError>>)
where
    T: Send + 'static,
    F: FnMut(&mut Batch<'_>) -> Result<T, StoreError> + Send + 'static,
{
    let (done, answer) = oneshot::channel();
    let run: WriteJob = Box::new(move |batch| job(batch).map(|value| Box::new(value) as Anything));
    (Job { work: Work::Shared(run), done }, answer)
}

fn unpackage<T: 'static>(
    answer: Result<Result<Anything, StoreError>, oneshot::error::RecvError>,
) -> Result<T, StoreError> {
    let value = answer.map_err(|_| StoreError::Stopped)??;
    value.downcast::<T>().map(|value| *value).map_err(|_| StoreError::Internal("a mixed-up answer".into()))
}

fn write_until_closed(mut keeper: Keeper, waiting: &Receiver<Job>, told: &Told, intake: Option<Intake>) {
    let mut others = Others::of(&mut keeper);
    let mut turn = WriterTurn::new(told, intake);
    turn.reserve_numbers(&mut keeper);
    loop {
        let first = match waiting.recv_timeout(if turn.has_some() { Duration::ZERO } else { LOOK }) {
            Ok(first) => Some(first),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => break,
        };
        let mut jobs: Vec<Job> = first.into_iter().filter(|job| !matches!(job.work, Work::Wake)).collect();
        let mut alone = jobs.pop_if(|job| matches!(job.work, Work::Alone(_)));
        while alone.is_none()
            && (1..BATCH).contains(&jobs.len())
            && let Ok(next) = waiting.try_recv()
        {
            match next.work {
                Work::Alone(_) => alone = Some(next),
                Work::Shared(_) => jobs.push(next),
                Work::Wake => {}
            }
        }
        let was_away = keeper.is_away();
        let is_idle = jobs.is_empty() && alone.is_none() && !turn.has_some();
        // Where the file is away, nothing is begun; otherwise it is looked once something was written.
        let looked = if was_away { keeper.look() } else { Ok(()) };
        match looked {
            Ok(()) => {
                turn.take_in_what_waits(&mut keeper, jobs.is_empty() && alone.is_none());
                turn.work_together(&mut keeper, jobs);
                if let Some(job) = alone {
                    turn.work_alone(&mut keeper, job);
                }
            }
            Err(error) => refuse(jobs.into_iter().chain(alone).collect(), &error),
        }
        if keeper.is_away() {
            let refuse_waiting = || StoreError::Displaced(Lack::Open, "The data file is not in its place".into());
            // Whoever comes while it is saved is answered meanwhile.
            keeper.save(&mut || refuse(waiting.try_iter().collect(), &refuse_waiting()));
        }
        others.look(&mut keeper, told);
        if is_idle {
            keeper.shorten();
            turn.tidy();
        }
        if was_away != keeper.is_away() {
            told.elsewhere(&mut keeper);
        }
    }
    // What waits is taken in while it goes: whoever looks at the file then finds all of it.
    let end = Instant::now() + AT_THE_END;
    while turn.has_some() && Instant::now() < end {
        turn.take_in_what_waits(&mut keeper, true);
    }
    if let Ok(connection) = keeper.connection() {
        turn.release_numbers(connection);
    }
    keeper.close();
}

/// Other programs that write to the file, such as the command line beside the window.
struct Others {
    version: i64,
    looked: Instant,
}

impl Others {
    fn of(keeper: &mut Keeper) -> Others {
        let version = keeper.connection().map(|connection| data_version(connection)).unwrap_or_default();
        Others { version, looked: Instant::now() }
    }

    /// Says that something changed where another connection wrote since, and whether the file is still in its place:
    /// at most once in a while.
    fn look(&mut self, keeper: &mut Keeper, told: &Told) {
        if self.looked.elapsed() < LOOK {
            return;
        }
        self.looked = Instant::now();
        if keeper.look().is_err() {
            return;
        }
        keeper.note();
        let Ok(connection) = keeper.connection() else { return };
        let version = data_version(connection);
        if version != self.version {
            self.version = version;
            told.elsewhere(keeper);
        }
    }
}

/// A number that is another one after each commit of another connection, and only then.
fn data_version(connection: &Connection) -> i64 {
    connection.query_row("PRAGMA data_version", [], |row| row.get(0)).unwrap_or_default()
}

/// Who hears of a commit.
pub(super) struct Told {
    changes: watch::Sender<Arc<CommitNotice>>,
    recent: Arc<Mutex<VecDeque<Arc<CommitNotice>>>>,
    sources_version: Arc<AtomicU64>,
}

impl Told {
    /// Something changed, or the file is away or back, and nobody knows what exactly that changes.
    fn elsewhere(&self, keeper: &mut Keeper) {
        let seq = keeper.connection().and_then(|connection| journal::last(connection));
        let seq = seq.unwrap_or_else(|_| self.changes.borrow().seq);
        self.publish(CommitNotice { seq, sources_changed: true, elsewhere: true, ..CommitNotice::default() });
    }

    pub(super) fn publish(&self, mut change: CommitNotice) {
        if change.sources_changed {
            self.sources_version.fetch_add(1, Ordering::AcqRel);
        }
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        change.number = self.changes.borrow().number + 1;
        let change = Arc::new(change);
        if recent.len() == REMEMBERED {
            recent.pop_front();
        }
        recent.push_back(change.clone());
        self.changes.send_replace(change);
    }
}

pub(super) fn answer(jobs: Vec<Job>, answers: Vec<Anything>) {
    for (job, answer) in jobs.into_iter().zip(answers) {
        // Whoever asked may have gone; the commit stands.
        let _ = job.done.send(Ok(answer));
    }
}

pub(super) fn refuse(jobs: Vec<Job>, error: &StoreError) {
    for job in jobs {
        let _ = job.done.send(Err(error.copy()));
    }
}
