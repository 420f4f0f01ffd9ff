//! What a job would do, without doing it.

use std::collections::HashMap;

use super::{Batch, StoreError, codec, projection};
use crate::domain::fold::fold;

/// What a job does to the leads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Effect {
    /// Leads that were not there before.
    pub leads_added: usize,
    /// Leads that were, and look different after (or became part of another).
    pub leads_changed: usize,
    /// Entries on timelines after, less those before.
    pub entries_added: i64,
}

type Looks = (Vec<u8>, i64);

impl Batch<'_> {
    /// Runs `job` as if it were a commit of its own, says what it did to the leads, and takes all of it back.
    ///
    /// # Errors
    /// What the job answered, or [`StoreError`] of the file.
    pub fn preview<T>(
        &mut self,
        job: impl FnOnce(&mut Batch<'_>) -> Result<T, StoreError>,
    ) -> Result<(T, Effect), StoreError> {
        // What neighbours of this commit did must not be counted as the job's.
        self.refold_touched()?;
        self.tx.execute_batch("SAVEPOINT preview")?;
        let mut inner = Batch::new(self.tx);
        let tried = job(&mut inner).and_then(|answer| Ok((answer, inner.finish()?.leads)));
        let after = tried.and_then(|(answer, leads)| {
            let looks =
                leads.iter().map(|lead| Ok((*lead, self.looks(*lead)?))).collect::<Result<Vec<_>, StoreError>>();
            Ok((answer, looks?))
        });
        self.tx.execute_batch("ROLLBACK TO preview; RELEASE preview")?;
        let (answer, after) = after?;
        let mut effect = Effect::default();
        for (lead, after) in after {
            let before = self.looks(lead)?;
            match (&before, &after) {
                (None, Some(_)) => effect.leads_added += 1,
                (Some(_), _) if before != after => effect.leads_changed += 1,
                _ => {}
            }
            let entries = |looks: &Option<Looks>| looks.as_ref().map_or(0, |(_, entries)| *entries);
            effect.entries_added += entries(&after) - entries(&before);
        }
        Ok((answer, effect))
    }

    /// A lead's summary and how many entries its timeline has; `None` where there is no such lead.
    fn looks(&self, lead: i64) -> Result<Option<Looks>, StoreError> {
        let names: HashMap<i64, (String, String)> = projection::source_names(self.tx)?;
        let events = projection::events_of(self.tx, lead, None, &names)?;
        if events.is_empty() {
            return Ok(None);
        }
        let folded = fold(&events);
        Ok(Some((codec::pack(&serde_json::to_vec(&folded.lead)?), folded.entries.len() as i64)))
    }
}
