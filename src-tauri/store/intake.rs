//! What waits in the inbox is taken into the data file: in order, many in one commit, and before anything else.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::inbox::{Inbox, WaitingDelivery};
use super::numbers::JournalNumbers;
use super::{Batch, StoreError};

/// How long it is waited after it could not be done.
const AGAIN: Duration = Duration::from_millis(250);

/// What is done with one, once it was read: whoever knows what deliveries mean makes it, off the transaction.
pub type TakeIn = Box<dyn FnMut(&mut Batch<'_>) -> Result<(), StoreError> + Send>;

/// Reads what waits.
pub trait InboxReader: Send + Sync {
    /// What is to be done with each, in the same order; with `plainly` it is only kept, as nobody could read it.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    fn take_in(&self, waiting: Vec<WaitingDelivery>, plainly: bool) -> Result<Vec<TakeIn>, StoreError>;
}

/// What is to be done in one transaction.
pub(super) type Transacted<'t> = &'t mut dyn FnMut(&mut Batch<'_>) -> Result<(), StoreError>;

/// The inbox as the writer's thread has it.
pub(super) struct Intake {
    pub(super) inbox: Arc<Inbox>,
    pub(super) numbers: JournalNumbers,
    reader: Arc<OnceLock<Arc<dyn InboxReader>>>,
    connection: Connection,
    /// Nothing is tried before.
    again: Option<Instant>,
}

impl Intake {
    /// Opens the inbox in `folder`, whose data file goes to the entry `last`; `wake` is called when something waits.
    pub(super) fn open(
        folder: &Path,
        last: i64,
        reader: Arc<OnceLock<Arc<dyn InboxReader>>>,
        wake: impl Fn() + Send + 'static,
    ) -> Result<Intake, StoreError> {
        let numbers = JournalNumbers::default();
        numbers.begin_after(last);
        let inbox = Arc::new(Inbox::open(folder, numbers.clone(), wake)?);
        let connection = inbox.connection()?;
        Ok(Intake { inbox, numbers, reader, connection, again: None })
    }

    /// Takes in some of what waits; whether there is more. `commit` runs what it is given in one transaction of the data
    /// file and answers once that is on disk.
    pub(super) fn take_some(&mut self, commit: &mut dyn FnMut(Transacted<'_>) -> Result<(), StoreError>) -> bool {
        if self.inbox.waiting() == 0 || self.again.is_some_and(|again| again > Instant::now()) {
            return false;
        }
        let Some(reader) = self.reader.get().cloned() else { return false };
        match self.take(&*reader, commit) {
            Ok(()) => {
                self.again = None;
                self.inbox.waiting() > 0
            }
            Err(error) => {
                tracing::debug!("what waits in the inbox goes on waiting: {error}");
                self.again = Some(Instant::now() + AGAIN);
                false
            }
        }
    }

    fn take(
        &mut self,
        reader: &dyn InboxReader,
        commit: &mut dyn FnMut(Transacted<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let waiting = self.inbox.next(&self.connection)?;
        let Some(last) = waiting.last().map(|delivery| delivery.row.seq) else { return Ok(()) };
        let done = take_together(reader, &waiting, false, commit);
        match done {
            Err(error) if !error.is_of_the_file() => {
                // One of them spoils it for all; and what cannot be read at all is kept all the same.
                for one in &waiting {
                    let one = std::slice::from_ref(one);
                    take_together(reader, one, false, commit).or_else(|_| take_together(reader, one, true, commit))?;
                }
            }
            done => done?,
        }
        self.inbox.taken_in(&self.connection, last)
    }
}

fn take_together(
    reader: &dyn InboxReader,
    waiting: &[WaitingDelivery],
    plainly: bool,
    commit: &mut dyn FnMut(Transacted<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut work = reader.take_in(waiting.to_vec(), plainly)?;
    commit(&mut |batch| {
        for (delivery, take) in waiting.iter().zip(&mut work) {
            // The writer may have been quicker after all.
            if !batch.holds(delivery.row.seq)? {
                take(batch)?;
            }
        }
        Ok(())
    })
}
