//! What a job does to the leads: tried out and taken back, or watched while it is done.

use std::collections::{BTreeMap, HashMap};

use rusqlite::OptionalExtension;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Batch, StoreError, codec, projection};
use crate::domain::fold::fold;
use crate::domain::lead::Lead;

/// Leads that are named.
const NAMED: usize = 50;

/// What becomes of a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Becomes {
    /// It became part of another.
    Merged,
    /// It looks different.
    Changed,
    /// It was not there before.
    Added,
}

/// A lead with what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AffectedLead {
    /// The lead.
    pub id: i64,
    /// Its name, else its number or e-mail.
    pub name: Option<String>,
    /// What becomes of it.
    pub what: Becomes,
}

/// What a job does to the leads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effect {
    /// Leads that were not there before.
    pub leads_added: usize,
    /// Leads that were, and look different after.
    pub leads_changed: usize,
    /// Leads that were, and became part of another.
    pub leads_merged: usize,
    /// Entries on timelines after, less those before.
    pub entries_added: i64,
    /// Some of them by name: merged ones first, then changed, then added.
    pub leads: Vec<AffectedLead>,
}

/// How a lead looks: its summary and how many entries its timeline has.
#[derive(Debug, Clone, PartialEq)]
struct LeadSnapshot {
    summary: Vec<u8>,
    entries: i64,
    name: Option<String>,
}

/// How leads looked before the first of several jobs, and after the last.
#[derive(Debug, Clone, Default)]
pub struct LeadSnapshots(BTreeMap<i64, (Option<LeadSnapshot>, Option<LeadSnapshot>)>);

impl LeadSnapshots {
    /// What several jobs, one after the other, did together.
    pub fn then(&mut self, later: LeadSnapshots) {
        for (lead, (before, after)) in later.0 {
            self.0.entry(lead).and_modify(|known| known.1.clone_from(&after)).or_insert((before, after));
        }
    }

    /// In numbers and names.
    pub fn effect(&self) -> Effect {
        let mut effect = Effect::default();
        for (lead, (before, after)) in &self.0 {
            let what = match (before, after) {
                (None, Some(_)) => Becomes::Added,
                (Some(_), None) => Becomes::Merged,
                (Some(was), Some(is)) if was != is => Becomes::Changed,
                _ => continue,
            };
            match what {
                Becomes::Added => effect.leads_added += 1,
                Becomes::Changed => effect.leads_changed += 1,
                Becomes::Merged => effect.leads_merged += 1,
            }
            let entries = |look: &Option<LeadSnapshot>| look.as_ref().map_or(0, |look| look.entries);
            effect.entries_added += entries(after) - entries(before);
            let name = after.as_ref().or(before.as_ref()).and_then(|look| look.name.clone());
            effect.leads.push(AffectedLead { id: *lead, name, what });
        }
        effect.leads.sort_by_key(|lead| (lead.what, lead.id));
        effect.leads.truncate(NAMED);
        effect
    }
}

impl Batch<'_> {
    /// Runs `job` as if it were a commit of its own, says what it did to the leads, and takes all of it back.
    ///
    /// # Errors
    /// What the job answered, or [`StoreError`] of the file.
    pub fn preview<T>(
        &mut self,
        job: impl FnOnce(&mut Batch<'_>) -> Result<T, StoreError>,
    ) -> Result<(T, LeadSnapshots), StoreError> {
        // What neighbours of this commit did must not be counted as the job's.
        self.refold_touched()?;
        self.tx.execute_batch("SAVEPOINT preview")?;
        let mut inner = Batch::new(self.tx);
        let tried = job(&mut inner).and_then(|answer| Ok((answer, inner.finish()?.leads)));
        let after = tried.and_then(|(answer, leads)| Ok((answer, self.looks_of(leads)?)));
        self.tx.execute_batch("ROLLBACK TO preview; RELEASE preview")?;
        let (answer, after) = after?;
        let before = self.looks_of(after.iter().map(|(lead, _)| *lead).collect())?;
        let pairs = before.into_iter().zip(after).map(|((lead, before), (_, after))| (lead, (before, after)));
        Ok((answer, LeadSnapshots(pairs.collect())))
    }

    fn looks_of(&self, leads: Vec<i64>) -> Result<Vec<(i64, Option<LeadSnapshot>)>, StoreError> {
        let names: HashMap<i64, (String, String)> = projection::source_names(self.tx)?;
        leads.into_iter().map(|lead| Ok((lead, self.look(lead, &names)?))).collect()
    }

    fn look(&self, lead: i64, names: &HashMap<i64, (String, String)>) -> Result<Option<LeadSnapshot>, StoreError> {
        let summary: Option<Vec<u8>> = self
            .tx
            .prepare_cached("SELECT summary FROM leads WHERE id = ?1")?
            .query_row([lead], |row| row.get(0))
            .optional()?;
        let Some(summary) = summary.map(|packed| codec::unpack(&packed)).transpose()? else { return Ok(None) };
        let said: Lead = serde_json::from_slice(&summary)?;
        let name = said.name.or_else(|| said.phones.into_iter().chain(said.emails).next());
        let events = projection::events_of(self.tx, lead, None, names)?;
        Ok(Some(LeadSnapshot { summary, entries: fold(&events).entries.len() as i64, name }))
    }
}
