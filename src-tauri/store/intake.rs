//! What waits in the inbox is taken into the data file: in order, many in one commit, and before anything else.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::inbox::Inbox;
use super::numbers::JournalNumbers;
use super::waiting::{InJournal, WaitingDelivery};
use super::{Batch, StoreError};

/// How long it is waited after it could not be done.
const AGAIN: Duration = Duration::from_millis(250);

/// Reads what waits.
pub trait InboxReader: Send + Sync {
    /// Takes it into the journal under that number and places it; with `plainly` it is only kept, as nobody could read it.
    ///
    /// # Errors
    /// [`StoreError`] of the file; [`StoreError::NotFound`] where its source is not there.
    fn take_in(
        &self,
        batch: &mut Batch<'_>,
        waiting: &WaitingDelivery,
        seq: i64,
        plainly: bool,
    ) -> Result<(), StoreError>;
}

/// What is to be done in one transaction.
pub(super) type Transacted<'t> = &'t mut dyn FnMut(&mut Batch<'_>) -> Result<(), StoreError>;

/// The inbox as the writer's thread has it.
pub(super) struct Intake {
    pub(super) inbox: Arc<Inbox>,
    pub(super) numbers: JournalNumbers,
    reader: Arc<OnceLock<Arc<dyn InboxReader>>>,
    connection: (Connection, u64),
    /// Nothing is tried before.
    again: Option<Instant>,
}

impl Intake {
    /// Opens the inbox in `folder`, whose data file is open; `wake` is called when something waits.
    pub(super) fn open(
        folder: &Path,
        data: &Connection,
        reader: Arc<OnceLock<Arc<dyn InboxReader>>>,
        wake: impl Fn() + Send + 'static,
    ) -> Result<Intake, StoreError> {
        let numbers = JournalNumbers::default();
        let reserved = numbers.compare(data)?;
        let inbox = Arc::new(Inbox::open(folder, numbers.clone(), reserved, wake)?);
        let connection = inbox.connection()?;
        Ok(Intake { inbox, numbers, reader, connection, again: None })
    }

    /// Whether something waits that can be taken in.
    pub(super) fn has_some(&self) -> bool {
        self.inbox.waiting() > 0
            && self.reader.get().is_some()
            && self.again.is_none_or(|again| again <= Instant::now())
    }

    /// Takes in some of what waits; answers whether there is more that can be. `commit` runs what it is given in one
    /// transaction of the data file and answers once that is on disk.
    pub(super) fn take_some(&mut self, commit: &mut dyn FnMut(Transacted<'_>) -> Result<(), StoreError>) -> bool {
        if !self.has_some() {
            return false;
        }
        if let Err(error) = self.take_apart(commit) {
            tracing::debug!("what waits in the inbox goes on waiting: {error}");
            self.again = Some(Instant::now() + AGAIN);
        }
        self.has_some()
    }

    fn take_apart(
        &mut self,
        commit: &mut dyn FnMut(Transacted<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut taken = Vec::new();
        let done = commit(&mut |batch| {
            taken = self.take_before(batch)?.0;
            Ok(())
        });
        match done {
            Err(error) if !error.is_of_the_file() => {}
            done => {
                done?;
                return if taken.is_empty() { self.count_anew() } else { self.taken_in(&taken) };
            }
        }
        // One of them spoils it for all; and what cannot be read at all is kept all the same.
        let reader = self.reader.get().cloned().ok_or(StoreError::Stopped)?;
        for one in self.next(i64::MAX)?.0 {
            let mut alone = |plainly| commit(&mut |batch| batch.take_waiting(&*reader, &one, plainly));
            match alone(false).or_else(|error| if error.is_of_the_file() { Err(error) } else { alone(true) }) {
                Ok(()) => self.taken_in(std::slice::from_ref(&one))?,
                Err(error) if error.is_of_the_file() => return Err(error),
                Err(error) => {
                    tracing::warn!("delivery {} stays in the inbox: {error}", one.seq);
                    let inbox = self.inbox.clone();
                    inbox.cannot_be_taken(self.connection()?, one.seq)?;
                }
            }
        }
        Ok(())
    }

    /// What is to be taken in next. Where some of it cannot be read, it is put into a new file without that.
    fn next(&mut self, below: i64) -> Result<(Vec<WaitingDelivery>, bool), StoreError> {
        let inbox = self.inbox.clone();
        let found = self.connection().and_then(|(connection, _)| inbox.next(connection, below));
        found.inspect_err(|error| {
            if matches!(error, StoreError::Damaged(_) | StoreError::Internal(_)) {
                self.inbox.note_damage();
            }
        })
    }

    /// Takes in what came before a transaction, as part of it; and whether that is all of it.
    pub(super) fn take_before(&mut self, batch: &mut Batch<'_>) -> Result<(Vec<WaitingDelivery>, bool), StoreError> {
        let Some(reader) = self.reader.get().cloned() else { return Ok((Vec::new(), true)) };
        let below = batch.first_number()?;
        // That the inbox cannot be read now is no fault of the data file.
        let (waiting, is_all) = match self.next(below) {
            Ok(found) => found,
            Err(error) => {
                tracing::debug!("the inbox cannot be read now: {error}");
                self.again = Some(Instant::now() + AGAIN);
                return Ok((Vec::new(), true));
            }
        };
        for one in &waiting {
            batch.take_waiting(&*reader, one, false)?;
        }
        batch.is_behind = !is_all;
        Ok((waiting, is_all))
    }

    /// They are in the journal, on disk.
    pub(super) fn taken_in(&mut self, taken: &[WaitingDelivery]) -> Result<(), StoreError> {
        if taken.is_empty() {
            return Ok(());
        }
        self.again = None;
        let inbox = self.inbox.clone();
        inbox.taken_in(self.connection()?, taken)
    }

    /// Something is said to wait, and nothing does.
    fn count_anew(&mut self) -> Result<(), StoreError> {
        let (inbox, numbers) = (self.inbox.clone(), self.numbers.clone());
        let _held = numbers.hold();
        inbox.count_anew(self.connection()?.0)
    }

    /// For a moment in which nothing happens.
    pub(super) fn tidy(&mut self) {
        let inbox = self.inbox.clone();
        if let Ok((connection, _)) = self.connection() {
            inbox.tidy(connection);
        }
    }

    /// Of the file that is the inbox now, and which that is.
    fn connection(&mut self) -> Result<(&mut Connection, u64), StoreError> {
        if self.connection.1 != self.inbox.opened() {
            self.connection = self.inbox.connection()?;
        }
        Ok((&mut self.connection.0, self.connection.1))
    }
}

impl Batch<'_> {
    /// Takes in a delivery that waited. It may be in the journal already: the writer was quicker after all, or the program ended
    /// before it was deleted where it waited.
    ///
    /// # Errors
    /// As [`InboxReader::take_in`].
    pub fn take_waiting(
        &mut self,
        reader: &dyn InboxReader,
        waiting: &WaitingDelivery,
        plainly: bool,
    ) -> Result<(), StoreError> {
        let seq = match self.in_journal(waiting)? {
            InJournal::Itself => return Ok(()),
            InJournal::Nothing => waiting.seq,
            // Another file took the place of the one it was answered for.
            InJournal::Another => self.number()?,
        };
        reader.take_in(self, waiting, seq, plainly)
    }
}
