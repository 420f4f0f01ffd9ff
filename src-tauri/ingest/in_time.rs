//! A delivery is on disk in time, whatever holds the data file: in it, or in the inbox beside it (law 1).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::ready::ReadyDelivery;
use super::{Ingest, IngestOutcome, Receipt};
use crate::store::{Batch, DeliverySlot, InboxDelivery, StoreError};

/// How long a delivery waits for the writer before it is put into the inbox.
const IN_TIME: Duration = Duration::from_millis(100);
/// How long a delivery that is on disk waits to be in the data file before it is answered.
const AT_MOST: Duration = Duration::from_millis(350);
/// As many may be at the writer at once before whoever comes goes to the inbox.
const MANY: usize = 16;
/// As many may wait in the inbox before whoever comes waits for them …
const MUCH: u64 = 1_000;
/// … so long at most.
const BEHIND: Duration = Duration::from_millis(250);

/// One of those that wait for the writer.
struct AtWriter<'c> {
    count: &'c AtomicUsize,
    others: usize,
}

impl AtWriter<'_> {
    fn of(count: &AtomicUsize) -> AtWriter<'_> {
        AtWriter { count, others: count.fetch_add(1, Ordering::Relaxed) }
    }
}

impl Drop for AtWriter<'_> {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Ingest {
    /// Writes a delivery, into the inbox where the writer does not come to it in time (law 1).
    pub(super) async fn write_in_time(&self, ready: ReadyDelivery, source_uid: &str) -> Result<Receipt, StoreError> {
        let (begun, slot) = (Instant::now(), Arc::new(DeliverySlot::default()));
        if self.store.waiting() == 0 {
            self.is_slow.store(false, Ordering::Relaxed);
        }
        // What waits comes first; but while that is being taken in, it is not made longer than need be. Where many come at
        // once, they are on disk sooner there, and many are taken in by one commit.
        let turn = AtWriter::of(&self.at_writer);
        if (self.store.waiting() > 0 || turn.others >= MANY) && self.store.displaced().is_none() {
            self.wait_behind_others().await;
            if let Some(seq) = self.put_aside(&slot, ready.for_inbox(source_uid)).await {
                let receipt = ready.receipt(seq);
                // What it holds is others' from here on.
                drop(ready);
                // Whoever looks at once is to see it, unless that takes long.
                if turn.others < MANY && !self.is_slow.load(Ordering::Relaxed) {
                    self.taken_in(begun, self.store.write(|_| Ok(()))).await;
                }
                return Ok(receipt);
            }
        }
        // What it holds is free again once it is in the inbox, though its turn in the writer may be long in coming.
        let ready = Arc::new(ready);
        let held = Arc::new(Mutex::new(Some(ready.clone())));
        let (taken, own) = (held.clone(), slot.clone());
        let write = self.store.write(move |batch: &mut Batch<'_>| {
            let ready = taken.lock().unwrap_or_else(PoisonError::into_inner).clone();
            match ready.filter(|_| own.waiting().is_none()) {
                Some(ready) => ready.take(batch, &own),
                // Nobody waits for this.
                None => Ok(Receipt { delivery: own.waiting(), outcome: IngestOutcome::Accepted { events: 0 } }),
            }
        });
        let mut write = std::pin::pin!(write);
        loop {
            if let Ok(written) = tokio::time::timeout(IN_TIME, &mut write).await {
                return written;
            }
            // Whether the file is in its place is known in a moment: where it is not, senders are told to come again.
            if !self.store.is_in_doubt() {
                break;
            }
        }
        // Where it is known not to be in its place by now, senders are told so.
        if self.store.displaced().is_none()
            && let Some(seq) = self.put_aside(&slot, ready.for_inbox(source_uid)).await
        {
            let receipt = ready.receipt(seq);
            held.lock().unwrap_or_else(PoisonError::into_inner).take();
            drop(ready);
            self.taken_in(begun, &mut write).await;
            return Ok(receipt);
        }
        write.await
    }

    /// Waits until what stands in the inbox is in the data file, but not so long that whoever sent it waits for that.
    async fn taken_in<T>(&self, begun: Instant, written: impl Future<Output = T>) {
        let left = AT_MOST.saturating_sub(begun.elapsed());
        if tokio::time::timeout(left, written).await.is_err() {
            // Nobody else waits for that until what waits was taken in.
            self.is_slow.store(true, Ordering::Relaxed);
        }
    }

    async fn put_aside(&self, slot: &Arc<DeliverySlot>, aside: InboxDelivery) -> Option<i64> {
        let put = self.store.put_aside(slot.clone(), aside).await?;
        put.inspect_err(|error| tracing::warn!("the inbox cannot take a delivery: {error}")).ok()
    }

    /// Waits a little where much waits already, so that what waits never is more than a moment's work: whoever sends goes on
    /// once it was answered.
    async fn wait_behind_others(&self) {
        let begun = Instant::now();
        while self.store.waiting() > MUCH && begun.elapsed() < BEHIND {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
