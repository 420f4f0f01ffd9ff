//! What was erased before and came again stays out.

use std::collections::BTreeSet;

use super::redact::{Cut, known_event, redact_delivery};
use crate::domain::event::EventId;
use crate::store::journal;
use crate::store::{Batch, DeliveryOutcome, RowErased, StoreError, sources};

/// A delivery that was just taken in tells of events that were erased before: they are taken out of it again. Answers the
/// reason for the ledger.
pub(in crate::ingest) fn came_again(
    batch: &mut Batch<'_>,
    seq: i64,
    gone: &BTreeSet<EventId>,
    said: &DeliveryOutcome,
) -> Result<Option<String>, StoreError> {
    let row = journal::delivery(batch.transaction(), seq)?;
    let source = sources::by_id(batch.transaction(), row.source)?;
    let key = batch.erase_key()?;
    let stripped = redact_delivery(&row, &source, &|id| gone.contains(&id), &|_| false)?;
    let rest = match &stripped.cut {
        Cut::Nothing => return Ok(None),
        Cut::All => None,
        Cut::Rest(rest) => Some(rest),
    };
    let reason = if rest.is_none() {
        "It was erased before, and came again: nothing of it was kept."
    } else {
        "Part of it was erased before, and came again: that part was not kept."
    };
    let note = RowErased {
        all: rest.is_none(),
        reason: reason.into(),
        state: said.state.code(),
        events: said.events,
        left_out: said.left_out,
        placed_at: said.placed_at.map(|t| t.timestamp_micros()),
        hashes: stripped.gone.iter().map(|id| key.event(*id).to_string()).collect(),
    };
    batch.blank(seq, rest, known_event(&row, &source), &note)?;
    batch.sight_erased(seq, &note.hashes)?;
    // Just now it never reached the disk; before, it did.
    if journal::last(batch.transaction())? != seq {
        batch.to_be_swept()?;
    }
    Ok(Some(reason.into()))
}

/// An action of the journal was erased in the file this one is a backup of.
pub(in crate::ingest) fn action_again(batch: &mut Batch<'_>, seq: i64) -> Result<(), StoreError> {
    let reason = "It was erased before.".into();
    batch.blank(seq, None, None, &RowErased { all: true, reason, ..RowErased::default() })?;
    batch.to_be_swept()
}
