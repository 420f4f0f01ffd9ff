//! What waits in the inbox is read as it was when it came, and taken in like any other delivery.

use super::ReadyDelivery;
use super::apply::{NOT_VERIFIED, PreparedDelivery};
use crate::settings::Settings;
use crate::store::{Batch, DeliverySlot, InboxReader, StoreError, TakeIn, Trust, WaitingDelivery, sources};

/// Said of a delivery that cannot be taken in like others.
const STUMBLED: &str = "Leadtrail stumbled over it. It is kept, and can be read again after an update.";

/// Reads what waits, one after the other within the transaction that takes it in: so only one is in memory at a time.
#[derive(Clone)]
pub(super) struct Inbox {
    settings: Settings,
}

impl Inbox {
    pub(super) fn new(settings: Settings) -> Inbox {
        Inbox { settings }
    }

    fn take(&self, batch: &mut Batch<'_>, waiting: &WaitingDelivery, plainly: bool) -> Result<(), StoreError> {
        let row = &waiting.row;
        let source = sources::by_id(batch.transaction(), row.source)?;
        let failed = row.trust == Trust::Failed;
        let prepared = match (&row.why, failed, plainly) {
            (why, true, _) => {
                let reason = why.clone().unwrap_or_else(|| NOT_VERIFIED.into());
                PreparedDelivery::unverified(source.id, row.received_at, reason)
            }
            (_, false, true) => PreparedDelivery::unverified(source.id, row.received_at, STUMBLED.into()),
            (_, false, false) => PreparedDelivery::of_row(row, &source, row.trust == Trust::Unsigned)?,
        };
        let values = self.settings.get();
        let ready = ReadyDelivery {
            delivery: waiting.delivery().clone(),
            prepared,
            failed,
            size: row.body.len(),
            bounds: (values.quarantine_kept, values.quarantine_bytes),
            held: Vec::new(),
        };
        let receipt = ready.take(batch, &DeliverySlot::of(row.seq))?;
        if let Some(seq) = receipt.delivery.filter(|_| waiting.test) {
            batch.note_test(source.id, seq)?;
        }
        Ok(())
    }
}

impl InboxReader for Inbox {
    fn take_in(&self, waiting: Vec<WaitingDelivery>, plainly: bool) -> Result<Vec<TakeIn>, StoreError> {
        let inbox = self.clone();
        let take = move |waiting: WaitingDelivery| {
            let inbox = inbox.clone();
            Box::new(move |batch: &mut Batch<'_>| inbox.take(batch, &waiting, plainly)) as TakeIn
        };
        Ok(waiting.into_iter().map(take).collect())
    }
}
