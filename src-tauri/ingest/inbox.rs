//! What waits in the inbox is read as it was when it came, and taken in like any other delivery.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Ingest;
use super::apply::{NOT_VERIFIED, PreparedDelivery};
use super::ready::ReadyDelivery;
use crate::settings::Settings;
use crate::store::{Batch, DeliverySlot, InboxReader, StoreError, Trust, WaitingDelivery, left_in_backup, sources};

/// Said of a delivery that cannot be taken in like others.
const STUMBLED: &str = "Leadtrail stumbled over it. It is kept, and can be read again after an update.";
/// How long what waits is waited for.
const SETTLES: Duration = Duration::from_secs(30);
/// Of what waited when a backup was made, so many are read at once.
const TOGETHER: usize = 50;

/// Reads what waits, one after the other within the transaction that takes it in: so only one is unpacked at a time.
pub(super) struct WaitingReader {
    settings: Settings,
}

impl WaitingReader {
    pub(super) fn new(settings: Settings) -> WaitingReader {
        WaitingReader { settings }
    }
}

impl InboxReader for WaitingReader {
    fn take_in(
        &self,
        batch: &mut Batch<'_>,
        waiting: &WaitingDelivery,
        seq: i64,
        plainly: bool,
    ) -> Result<(), StoreError> {
        let source = sources::by_uid(batch.transaction(), &waiting.source_uid)?;
        let (trust, why) = waiting.trust();
        let failed = trust == Trust::Failed;
        let unread = |why: &str| PreparedDelivery::unverified(source.id, waiting.received_at(), why.into());
        let known = waiting.read.clone().and_then(|read| read.downcast::<PreparedDelivery>().ok());
        let prepared = match known.filter(|known| known.source == source.id && !plainly) {
            Some(known) => known,
            None if failed => Arc::new(unread(why.unwrap_or(NOT_VERIFIED))),
            None if plainly => Arc::new(unread(STUMBLED)),
            None => Arc::new(PreparedDelivery::of_row(&waiting.row()?, &source, trust == Trust::Unsigned)?),
        };
        let values = self.settings.get();
        let ready = ReadyDelivery {
            delivery: waiting.delivery().clone().of_source(source.id),
            prepared,
            failed,
            size: waiting.size(),
            bounds: (values.quarantine_kept, values.quarantine_bytes),
            is_test: waiting.test,
            held: Vec::new(),
        };
        ready.take(batch, &DeliverySlot::of(seq)).map(drop)
    }
}

impl Ingest {
    /// Takes in what waited when a backup was made, once that is the file. What is of a service that is not in it stays there.
    /// Blocks.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub(super) fn take_in_left(&self) -> Result<(), StoreError> {
        let mut after = 0;
        loop {
            let some = self.store.read_blocking(|connection| left_in_backup(connection, after, TOGETHER))?;
            let Some(last) = some.last() else { return Ok(()) };
            after = last.seq;
            for waiting in some {
                let seq = waiting.seq;
                let waiting = Arc::new(waiting);
                let take = |plainly| {
                    let (reader, waiting) = (WaitingReader::new(self.settings.clone()), waiting.clone());
                    self.store.write_blocking(move |batch| {
                        batch.take_waiting(&reader, &waiting, plainly)?;
                        batch.forget_left(waiting.seq)
                    })
                };
                match take(false).or_else(|error| if error.is_of_the_file() { Err(error) } else { take(true) }) {
                    Ok(()) => {}
                    Err(error) if error.is_of_the_file() => return Err(error),
                    Err(error) => tracing::warn!("delivery {seq} stays where it waited: {error}"),
                }
            }
        }
    }

    /// Sees to it that all that was acknowledged until now is in the journal: for whoever takes something out of it. Blocks.
    ///
    /// # Errors
    /// [`StoreError::Busy`] where that takes too long; [`StoreError`] of the file.
    pub(super) fn settle(&self) -> Result<(), StoreError> {
        self.take_in_left()?;
        let begun = Instant::now();
        while !self.store.write_blocking(|batch| Ok(batch.is_in_order()))? {
            if begun.elapsed() > SETTLES {
                return Err(StoreError::Busy);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}
