//! Leads put together anew from the entries that still stand, after something was taken back.

use std::collections::{BTreeSet, HashMap};

use super::actions;
use super::apply::{PreparedDelivery, PreparedEvents};
use crate::store::journal::{self, JournalEntry};
use crate::store::{Batch, DeliveryRow, SourceRow, StoreError, Trust, sources};

/// Takes `leads` apart and places anew every event of theirs that still stands in the journal: links only ever
/// join, so what one entry joined comes apart again only this way. The result is what a rebuild would give.
///
/// # Errors
/// [`StoreError`] of the file.
pub(super) fn reassign_events(batch: &mut Batch<'_>, leads: &BTreeSet<i64>) -> Result<(), StoreError> {
    let seqs = batch.detach_events(leads)?;
    place_anew(batch, &seqs)
}

/// Places the events of entries that stand. What is left of erased events comes first, as in a rebuild: others are
/// held together by it.
///
/// # Errors
/// [`StoreError`] of the file.
pub(super) fn place_anew(batch: &mut Batch<'_>, seqs: &BTreeSet<i64>) -> Result<(), StoreError> {
    let sources: HashMap<i64, SourceRow> =
        sources::all(batch.transaction())?.into_iter().map(|source| (source.id, source)).collect();
    let mut others = Vec::new();
    for seq in seqs {
        match journal::one(batch.transaction(), *seq)? {
            Some(JournalEntry::Erased(tombstone)) => batch.place_tombstone(*seq, &tombstone)?,
            Some(entry) => others.push((*seq, entry)),
            None => {}
        }
    }
    others.into_iter().try_for_each(|(seq, entry)| place_again(batch, &sources, seq, entry))
}

/// Places the events of one entry, if it stands. The ledger is not touched.
fn place_again(
    batch: &mut Batch<'_>,
    sources: &HashMap<i64, SourceRow>,
    seq: i64,
    entry: JournalEntry,
) -> Result<(), StoreError> {
    match entry {
        JournalEntry::Delivery(row) if stands(&row) => {
            let source =
                sources.get(&row.source).ok_or_else(|| StoreError::Damaged("a delivery without its source".into()))?;
            let prepared = PreparedDelivery::of_row(&row, source, row.is_unsigned())?;
            if let PreparedEvents::Events(events) = &prepared.found {
                batch.upsert_events(seq, row.received_at, row.verified_at.unwrap_or(row.received_at), events)?;
            }
            if let Some(erased) = &prepared.erased {
                batch.sight_erased(seq, &erased.hashes)?;
            }
        }
        JournalEntry::Action(row) => {
            let placed = actions::event(&row.raw, &row.action, row.received_at)?;
            batch.upsert_events(seq, row.received_at, row.received_at, &[placed])?;
        }
        _ => {}
    }
    Ok(())
}

/// A delivery whose events are on timelines.
fn stands(row: &DeliveryRow) -> bool {
    !row.undone && (row.trust != Trust::Failed || row.verified_at.is_some() || row.is_erased())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::{DateTime, TimeDelta, Utc};

    use super::*;
    use crate::ingest::demo;
    use crate::store::{Store, checkup, projection};

    #[tokio::test]
    async fn a_lead_taken_apart_comes_together_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let until: DateTime<Utc> = "2026-03-31T12:00:00Z".parse().unwrap();
        demo::fill(&store, until, |_, _| {}).await.unwrap();
        let before = store.read_fresh(checkup::check).unwrap();
        assert!(before.ok, "{:?}", before.problems);
        store
            .write(move |batch| {
                let all = projection::leads_quiet_since(batch.transaction(), until + TimeDelta::days(9))?;
                let all = BTreeSet::from_iter(all);
                // Some first, then all: what they share with others is not lost.
                let some = all.iter().copied().step_by(3).collect();
                reassign_events(batch, &some)?;
                reassign_events(batch, &all)
            })
            .await
            .unwrap();
        let after = store.read_fresh(checkup::check).unwrap();
        assert_eq!(after, before);
    }
}
