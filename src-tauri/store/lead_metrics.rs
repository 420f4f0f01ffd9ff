//! What figures need of each lead: written with the lead, read in one walk.

use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};

use super::{Batch, StoreError};
use crate::domain::event::Event;
use crate::domain::fold::Folded;
use crate::domain::lead_metrics::{LeadMetrics, metrics_of};

/// The earliest and latest moment any figure of the lead goes by.
fn span(facts: &LeadMetrics<'_>) -> (i64, i64) {
    let moments = facts.moments.iter().map(|moment| moment.at);
    let words = facts.outcome.iter().chain(&facts.said).map(|ended| ended.at);
    let all = moments.chain(words).chain(facts.money.map(|money| money.at)).chain(facts.closed_at);
    let ((first, last), seen) = ((i64::MAX, i64::MIN), facts.first_seen);
    let (first, last) = all.fold((first, last), |(first, last), at| (first.min(at), last.max(at)));
    (first.min(seen), last.max(seen))
}

fn pack(facts: &LeadMetrics<'_>) -> Result<Vec<u8>, StoreError> {
    postcard::to_stdvec(facts).map_err(|error| StoreError::Internal(format!("the facts of a lead: {error}")))
}

impl Batch<'_> {
    pub(super) fn write_lead_metrics(
        &mut self,
        lead: i64,
        folded: &Folded,
        events: &[Event],
    ) -> Result<(), StoreError> {
        let facts = metrics_of(folded, events);
        let (first, last) = span(&facts);
        self.tx
            .prepare_cached(
                "INSERT INTO lead_metrics (lead, first_at, last_at, packed) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (lead) DO UPDATE SET first_at = ?2, last_at = ?3, packed = ?4 WHERE packed <> ?4",
            )?
            .execute(params![lead, first, last, pack(&facts)?])?;
        Ok(())
    }
}

/// Facts of leads with anything in one of the `spans` (microseconds since the epoch, UTC, the end not counted), each
/// with the lead's row. With `as_of` what had been placed by then, by the ids that stood for the leads then: in the same
/// order whatever came since. `each` may break the walk off.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn walk(
    connection: &Connection,
    spans: &[(i64, i64)],
    as_of: Option<DateTime<Utc>>,
    mut each: impl FnMut(i64, &LeadMetrics<'_>) -> ControlFlow<()>,
) -> Result<(), StoreError> {
    let from = spans.iter().map(|span| span.0).min().unwrap_or(i64::MAX);
    let to = spans.iter().map(|span| span.1).max().unwrap_or(i64::MIN);
    let touches = |first: i64, last: i64| spans.iter().any(|(from, to)| last >= *from && first < *to);
    let Some(as_of) = as_of else {
        // Where most leads are in question, the table is read as it lies.
        return stored(connection, (from, to), "", |lead, first, last, facts| {
            if touches(first, last) { each(lead, facts) } else { ControlFlow::Continue(()) }
        });
    };
    let later = super::asof::changed_since(connection, as_of)?;
    let mut then =
        Then { connection, as_of, names: super::projection::source_names(connection)?, waiting: BTreeMap::new() };
    let changed: HashSet<i64> = later.iter().copied().collect();
    let mut later = later.into_iter().peekable();
    let mut failed = None;
    let mut stopped = false;
    // What is told of changed leads comes in between, each at its place.
    let mut told = |upto: i64,
                    each: &mut dyn FnMut(i64, &LeadMetrics<'_>) -> ControlFlow<()>|
     -> Result<ControlFlow<()>, StoreError> {
        while let Some(lead) = later.next_if(|lead| *lead < upto) {
            then.read(lead)?;
            if then.tell(lead.saturating_add(1), &touches, each).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(then.tell(upto, &touches, each))
    };
    stored(connection, (from, to), "ORDER BY lead", |lead, first, last, facts| {
        if changed.contains(&lead) || !touches(first, last) {
            return ControlFlow::Continue(());
        }
        let before = told(lead, &mut each);
        let flow = match before {
            Ok(ControlFlow::Continue(())) => each(lead, facts),
            Ok(flow) => flow,
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        };
        stopped |= flow.is_break();
        flow
    })?;
    if let Some(error) = failed {
        return Err(error);
    }
    if !stopped {
        let _: ControlFlow<()> = told(i64::MAX, &mut each)?;
    }
    Ok(())
}

/// The facts that stand in the table, of leads with anything from `span.0` to before `span.1`.
fn stored(
    connection: &Connection,
    span: (i64, i64),
    order: &str,
    mut each: impl FnMut(i64, i64, i64, &LeadMetrics<'_>) -> ControlFlow<()>,
) -> Result<(), StoreError> {
    let sql = format!(
        "SELECT lead, first_at, last_at, packed FROM lead_metrics WHERE last_at >= ?1 AND first_at < ?2 {order}"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params![span.0, span.1])?;
    while let Some(row) = rows.next()? {
        let packed = row.get_ref(3)?.as_blob().map_err(|_| StoreError::Damaged("facts that are none".into()))?;
        let facts: LeadMetrics<'_> = postcard::from_bytes(packed)
            .map_err(|error| StoreError::Damaged(format!("the facts of a lead cannot be read: {error}")))?;
        if each(row.get(0)?, row.get(1)?, row.get(2)?, &facts).is_break() {
            break;
        }
    }
    Ok(())
}

/// Leads that changed since a moment, as they were then. One that became part of another since waits for the place of
/// the id it had.
struct Then<'c> {
    connection: &'c Connection,
    as_of: DateTime<Utc>,
    names: super::projection::SourceNames,
    /// By the id of then: the lead it is part of now, and its events.
    waiting: BTreeMap<(i64, usize), (i64, Vec<Event>)>,
}

impl Then<'_> {
    fn read(&mut self, lead: i64) -> Result<(), StoreError> {
        for events in super::asof::leads_then(self.connection, lead, self.as_of, &self.names)? {
            if !events.is_empty() {
                let id = super::asof::id_of(self.connection, &events)?.unwrap_or(lead).max(lead);
                self.waiting.insert((id, self.waiting.len()), (lead, events));
            }
        }
        Ok(())
    }

    /// Tells those whose id lies before `upto`.
    fn tell(
        &mut self,
        upto: i64,
        touches: &dyn Fn(i64, i64) -> bool,
        each: &mut dyn FnMut(i64, &LeadMetrics<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        while let Some(first) = self.waiting.first_entry().filter(|first| first.key().0 < upto) {
            let (lead, events) = first.remove();
            let folded = crate::domain::fold::fold(&events);
            let facts = metrics_of(&folded, &events);
            let (first, last) = span(&facts);
            if touches(first, last) {
                each(lead, &facts)?;
            }
        }
        ControlFlow::Continue(())
    }
}

/// When the first of all leads was first heard of, UTC; with `as_of` of what had been placed by then.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn earliest(connection: &Connection, as_of: Option<DateTime<Utc>>) -> Result<Option<DateTime<Utc>>, StoreError> {
    let Some(as_of) = as_of else {
        let first: Option<i64> =
            connection.prepare_cached("SELECT min(first_seen) FROM leads")?.query_row([], |row| row.get(0))?;
        return Ok(first.map(crate::clock::from_micros));
    };
    let later: HashSet<i64> = super::asof::changed_since(connection, as_of)?.into_iter().collect();
    let mut statement = connection.prepare_cached("SELECT id, first_seen FROM leads ORDER BY first_seen")?;
    let mut rows = statement.query([])?;
    let mut first: Option<i64> = None;
    while let Some(row) = rows.next()? {
        if !later.contains(&row.get(0)?) {
            first = Some(row.get(1)?);
            break;
        }
    }
    let names = super::projection::source_names(connection)?;
    for lead in later {
        for events in super::asof::leads_then(connection, lead, as_of, &names)? {
            if !events.is_empty() {
                let seen = crate::domain::fold::fold(&events).lead.first_seen.timestamp_micros();
                first = first.into_iter().chain([seen]).min();
            }
        }
    }
    Ok(first.map(crate::clock::from_micros))
}
