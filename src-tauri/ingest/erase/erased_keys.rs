//! What earlier erasures keep out.

use std::collections::HashMap;

use super::ErasureRun;
use crate::domain::event::EventId;
use crate::store::{EraseKey, Tombstone};

/// What erasures keep out: by the hash of its name, until when (microseconds since the epoch; `None`: for good), and
/// which erasure.
pub(super) struct ErasedKeys {
    pub key: EraseKey,
    names: HashMap<EventId, (Option<i64>, ErasureRun)>,
}

impl ErasedKeys {
    pub fn of(tombstones: &[Tombstone], key: &EraseKey) -> ErasedKeys {
        let mut names: HashMap<EventId, (Option<i64>, ErasureRun)> = HashMap::new();
        for tombstone in tombstones {
            let erasure = ErasureRun {
                id: tombstone.erasure.clone(),
                why: tombstone.why,
                at: crate::clock::from_micros(tombstone.erased_at),
            };
            for name in &tombstone.keeps_out {
                let Some(hash) = EventId::parse(&name.hash) else { continue };
                // For good outweighs any time.
                let known = names.entry(hash).or_insert_with(|| (name.until, erasure.clone()));
                known.0 = known.0.zip(name.until).map(|(known, until)| known.max(until));
            }
        }
        ErasedKeys { key: key.clone(), names }
    }

    /// The erasure that keeps out what has this name and happened `at`.
    pub fn by(&self, hash: EventId, at: i64) -> Option<&ErasureRun> {
        let (until, erasure) = self.names.get(&hash)?;
        until.is_none_or(|until| until >= at).then_some(erasure)
    }
}
