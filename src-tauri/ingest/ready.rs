//! A delivery made ready for the writer, off its thread.

use std::sync::Arc;

use super::apply::{self, PreparedDelivery};
use super::body::Unpacked;
use super::fair_share::Permit;
use super::reading::{self, JournalDelivery};
use super::{IngestError, IngestOutcome, Receipt, WebhookRequest, trust};
use crate::providers::{Headers, Verdict};
use crate::store::{Batch, DeliverySlot, InboxDelivery, NewDelivery, StoreError, Trust, quota};

/// A delivery made ready for the writer.
pub(super) struct ReadyDelivery {
    pub(super) delivery: NewDelivery,
    pub(super) prepared: Arc<PreparedDelivery>,
    pub(super) failed: bool,
    pub(super) size: usize,
    /// How many that failed verification are kept of the source, and how many bytes.
    pub(super) bounds: (i64, i64),
    /// It is the owner's own test.
    pub(super) is_test: bool,
    /// What it holds until it is on disk, also where nobody waits for that any more.
    pub(super) held: Vec<Permit>,
}

impl ReadyDelivery {
    /// `kept` are the headers that go into the journal, `unpacked` is what the body says by them.
    pub(super) fn of(
        incoming: &WebhookRequest,
        kept: &Headers,
        unpacked: Unpacked<'_>,
        bounds: (i64, i64),
    ) -> Result<ReadyDelivery, IngestError> {
        let source = &*incoming.source;
        let (trust, why) = match trust::check(source, &incoming.headers, &incoming.body, &unpacked) {
            Verdict::Verified => (Trust::Verified, None),
            Verdict::Unsigned => (Trust::Unsigned, None),
            Verdict::Failed(reason) if source.strict => return Err(IngestError::Unverified(reason)),
            Verdict::Failed(reason) => (Trust::Failed, Some(reason)),
        };
        let sent = JournalDelivery {
            provider: &source.provider,
            event: incoming.event.as_deref(),
            content_type: incoming.content_type.as_deref(),
            headers: kept,
            body: &incoming.body,
            region: &source.region,
            received_at: incoming.received_at,
            imported: false,
        };
        let prepared = match &why {
            Some(reason) => PreparedDelivery::unverified(source.id, incoming.received_at, reason.clone()),
            None => {
                let reading = reading::read_unpacked(&sent, unpacked);
                PreparedDelivery::of_reading(reading, source, sent.received_at, trust == Trust::Unsigned)?
            }
        };
        let delivery = NewDelivery::new(
            source.id,
            &source.region,
            incoming.received_at,
            incoming.event.as_deref(),
            trust,
            why.as_deref(),
            incoming.content_type.as_deref(),
            &serde_json::to_vec(kept).map_err(StoreError::from)?,
            &incoming.body,
        );
        Ok(ReadyDelivery {
            delivery,
            prepared: Arc::new(prepared),
            failed: why.is_some(),
            size: incoming.body.len(),
            bounds,
            is_test: false,
            held: Vec::new(),
        })
    }

    /// The same for the inbox; `source_uid` is the stable name of its source.
    pub(super) fn for_inbox(&self, source_uid: &str) -> InboxDelivery {
        InboxDelivery {
            delivery: self.delivery.clone(),
            source_uid: source_uid.to_string(),
            test: self.is_test,
            read: Some((self.prepared.clone(), self.prepared.weight())),
        }
    }

    /// What is answered once it is on disk under this number, and nobody knows yet whether it was known before.
    pub(super) fn receipt(&self, seq: i64) -> Receipt {
        let outcome = match &self.prepared.found {
            apply::PreparedEvents::Events(events) => IngestOutcome::Accepted { events: events.len() },
            apply::PreparedEvents::Nothing { reason, .. } => IngestOutcome::Quarantined { reason: reason.clone() },
        };
        Receipt { delivery: Some(seq), outcome }
    }

    pub(super) fn take(&self, batch: &mut Batch<'_>, slot: &DeliverySlot) -> Result<Receipt, StoreError> {
        let source = self.prepared.source;
        if self.failed {
            let size = i64::try_from(self.size).unwrap_or(i64::MAX);
            let (most, bytes) = self.bounds;
            if most < 1 || size > bytes {
                let reason = match &self.prepared.found {
                    apply::PreparedEvents::Nothing { reason, .. } => reason.clone(),
                    apply::PreparedEvents::Events(_) => String::new(),
                };
                return Ok(Receipt { delivery: None, outcome: IngestOutcome::Quarantined { reason } });
            }
            // The newest is worth most: a key that was changed is mended soon after.
            let dropped = batch.make_room(source, most - 1, bytes - size)?;
            if dropped > 0 {
                batch.refuse(quota::DROPPED, Some(source), self.prepared.received_at, dropped)?;
            }
            batch.unverified_waits(source, 1, self.size);
        }
        let seq = batch.append_in(slot, &self.delivery)?;
        let outcome = self.prepared.apply_delivery(batch, seq, self.prepared.received_at)?;
        if self.is_test {
            batch.note_test(source, seq)?;
        }
        Ok(Receipt { delivery: Some(seq), outcome })
    }
}
