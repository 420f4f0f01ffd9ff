//! Whole lists, one after the other: what an export walks. Never more than a part of them is in memory.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::ControlFlow;
use std::rc::Rc;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};

use super::{SourceNames, folded};
use crate::domain::event::{Event, EventId};
use crate::domain::fold::{Folded, fold};
use crate::domain::lead::Lead;
use crate::domain::lead_metrics::{LeadMetrics, metrics_of};
use crate::domain::mask::Mask;
use crate::store::{StoreError, asof, codec, projection, texts};

/// Calls that are kept at hand, since those of one lead lie close together.
const MOST_CALLS: usize = 20_000;
/// Leads that are kept at hand.
const MOST_LEADS: usize = 2_000;
/// The leads shown last stay at hand however many calls they have: a lead with very many is not folded for each of them.
const FEW_LEADS: usize = 32;

/// From, to (not counted): microseconds since the epoch, UTC.
pub type TimeSpan = (i64, i64);

fn read(packed: &[u8]) -> Result<LeadMetrics<'_>, StoreError> {
    postcard::from_bytes(packed)
        .map_err(|error| StoreError::Damaged(format!("the facts of a lead cannot be read: {error}")))
}

fn later(connection: &Connection, as_of: Option<DateTime<Utc>>) -> Result<HashSet<i64>, StoreError> {
    Ok(match as_of {
        Some(as_of) => asof::changed_since(connection, as_of)?.into_iter().collect(),
        None => HashSet::new(),
    })
}

/// The leads that a changed lead's events made at a past moment, folded.
fn then(
    connection: &Connection,
    lead: i64,
    as_of: DateTime<Utc>,
    names: &SourceNames,
) -> Result<Vec<(Folded, Vec<Event>)>, StoreError> {
    let parts = asof::leads_then(connection, lead, as_of, names)?;
    let fold = |events: Vec<Event>| {
        let mut folded = fold(&events);
        folded.lead.id = lead;
        (folded, events)
    };
    Ok(parts.into_iter().filter(|events| !events.is_empty()).map(fold).collect())
}

/// Every link to a recording that is known of a lead, whenever it came.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn recordings(connection: &Connection, lead: i64) -> Result<Mask, StoreError> {
    let names = projection::source_names(connection)?;
    Ok(Mask::of_recordings(&projection::events_of(connection, lead, None, &names)?))
}

/// How many leads have anything at all in the span.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn leads_in(connection: &Connection, span: TimeSpan) -> Result<u64, StoreError> {
    let n: i64 = connection
        .prepare_cached("SELECT count(*) FROM lead_metrics WHERE last_at >= ?1 AND first_at < ?2")?
        .query_row(params![span.0, span.1], |row| row.get(0))?;
    Ok(u64::try_from(n).unwrap_or(0))
}

/// Leads with anything at all in the span, latest activity first; with `as_of` as they were known then, in the order of
/// then. Each has the id of the lead on this machine.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn leads(
    connection: &Connection,
    span: TimeSpan,
    as_of: Option<DateTime<Utc>>,
    mut each: impl FnMut(&LeadMetrics<'_>, &Lead) -> ControlFlow<()>,
) -> Result<(), StoreError> {
    let later = later(connection, as_of)?;
    let names = projection::source_names(connection)?;
    // What changed since is folded twice: for its place in the order, and when its turn comes.
    let mut changed: Vec<((i64, i64), (i64, usize))> = Vec::new();
    if let Some(as_of) = as_of {
        for lead in &later {
            for (part, (folded, events)) in then(connection, *lead, as_of, &names)?.into_iter().enumerate() {
                let id = asof::id_of(connection, &events)?.unwrap_or(*lead);
                changed.push(((folded.lead.last_activity.timestamp_micros(), id), (*lead, part)));
            }
        }
        changed.sort_unstable();
    }
    let mut told = |before: Option<(i64, i64)>, each: &mut dyn FnMut(&LeadMetrics<'_>, &Lead) -> ControlFlow<()>| {
        while let Some((_, (lead, part))) = changed.pop_if(|(place, _)| before.is_none_or(|before| *place > before)) {
            let Some(as_of) = as_of else { break };
            if let Some((folded, events)) = then(connection, lead, as_of, &names)?.into_iter().nth(part)
                && each(&metrics_of(&folded, &events), &folded.lead).is_break()
            {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok::<_, StoreError>(ControlFlow::Continue(()))
    };
    let mut statement = connection.prepare_cached(
        "SELECT l.id, l.last_activity, l.summary, f.packed
         FROM leads l INDEXED BY leads_recent CROSS JOIN lead_metrics f ON f.lead = l.id
         WHERE f.last_at >= ?1 AND f.first_at < ?2
         ORDER BY l.last_activity DESC, l.id DESC",
    )?;
    let mut rows = statement.query(params![span.0, span.1])?;
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        if later.contains(&id) {
            continue;
        }
        if told(Some((row.get(1)?, id)), &mut each)?.is_break() {
            return Ok(());
        }
        let blob = |at| row.get_ref(at).map(|value| value.as_blob().unwrap_or_default());
        let mut lead: Lead = codec::unpack_json(blob(2)?)?;
        lead.id = id;
        if each(&read(blob(3)?)?, &lead).is_break() {
            return Ok(());
        }
    }
    told(None, &mut each).map(drop)
}

/// How many calls began in the span.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn calls_in(connection: &Connection, span: TimeSpan) -> Result<u64, StoreError> {
    let n: i64 = connection
        .prepare_cached("SELECT count(*) FROM calls INDEXED BY calls_recent WHERE at >= ?1 AND at < ?2")?
        .query_row(params![span.0, span.1], |row| row.get(0))?;
    Ok(u64::try_from(n).unwrap_or(0))
}

/// A call that an export keeps of a lead: made once for each lead, without its texts; shown when its turn comes.
pub type Made<T> = HashMap<String, T>;

/// Puts the texts of a call back that stand in what was made of it.
pub type PutTexts<'a> = &'a mut dyn FnMut(&mut [&mut String]) -> Result<(), StoreError>;

/// What was made of a call, the events behind it, and all links to recordings of its lead.
type Kept<T> = (T, Vec<EventId>, Rc<Mask>);

/// Leads whose calls are not all shown yet; those that were not asked for the longest make room.
struct AtHand<T> {
    /// By lead, with when it was asked for last.
    leads: HashMap<i64, (u64, Made<T>)>,
    /// The leads by when they were asked for last.
    asked: BTreeMap<u64, i64>,
    calls: usize,
    turn: u64,
}

impl<T> AtHand<T> {
    fn new() -> AtHand<T> {
        AtHand { leads: HashMap::new(), asked: BTreeMap::new(), calls: 0, turn: 0 }
    }

    /// Takes what is shown of a call. `make` is asked where its lead is not at hand.
    fn take(
        &mut self,
        lead: i64,
        call: &str,
        make: impl FnOnce() -> Result<Made<T>, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut made = match self.forget(lead) {
            Some(made) => made,
            None => make()?,
        };
        let shown = made.remove(call);
        // A lead that was not wanted stays, so that it is not asked for again; one whose calls are all shown need not.
        if shown.is_none() || !made.is_empty() {
            self.turn += 1;
            self.calls += made.len();
            self.asked.insert(self.turn, lead);
            self.leads.insert(lead, (self.turn, made));
        }
        while self.leads.len() > MOST_LEADS || (self.calls > MOST_CALLS && self.leads.len() > FEW_LEADS) {
            let Some((_, oldest)) = self.asked.first_key_value() else { break };
            self.forget(*oldest);
        }
        Ok(shown)
    }

    fn forget(&mut self, lead: i64) -> Option<Made<T>> {
        let (turn, made) = self.leads.remove(&lead)?;
        self.asked.remove(&turn);
        self.calls -= made.len();
        Some(made)
    }
}

/// What a walk over calls asks.
pub struct CallFilter<'a> {
    /// When they began.
    pub span: TimeSpan,
    /// As known then.
    pub as_of: Option<DateTime<Utc>>,
    /// Only what this source told.
    pub source: Option<i64>,
    /// Whether a lead is wanted at all: asked before it is folded.
    pub wanted: &'a dyn Fn(&LeadMetrics<'_>) -> bool,
}

/// Calls that began in the span, latest first; with `as_of` as they were known then. `make` makes of a lead what is shown
/// of each of its calls, by the call's id, without their texts; `complete` puts those in when a call's turn comes, and is
/// given all links to the lead's recordings.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn calls<T>(
    connection: &Connection,
    asked: &CallFilter<'_>,
    make: impl Fn(&LeadMetrics<'_>, &Folded) -> Made<T>,
    complete: impl Fn(T, PutTexts<'_>, &Mask) -> Result<T, StoreError>,
    mut each: impl FnMut(Option<T>) -> ControlFlow<()>,
) -> Result<(), StoreError> {
    let mut each = |kept: Option<Kept<T>>| -> Result<ControlFlow<()>, StoreError> {
        let shown = match kept {
            Some((made, events, mask)) => {
                let mut put = |cells: &mut [&mut String]| texts::fill_cells(connection, cells, &events);
                Some(complete(made, &mut put, &mask)?)
            }
            None => None,
        };
        Ok(each(shown))
    };
    let later = later(connection, asked.as_of)?;
    let names = projection::source_names(connection)?;
    let mut changed: Vec<(i64, Vec<u8>, i64)> = Vec::new();
    if let Some(as_of) = asked.as_of {
        for lead in &later {
            for (folded, _) in then(connection, *lead, as_of, &names)? {
                for entry in &folded.entries {
                    let Some(call) = entry.call() else { continue };
                    let at = entry.at.timestamp_micros();
                    let told = asked.source.is_none_or(|source| call.source == source);
                    if told && asked.span.0 <= at && at < asked.span.1 {
                        changed.push((at, hex::decode(&call.id).unwrap_or_default(), *lead));
                    }
                }
            }
        }
        changed.sort_unstable();
    }
    let mut at_hand = AtHand::new();
    let mut told = |before: Option<(i64, &[u8])>,
                    at_hand: &mut AtHand<Kept<T>>,
                    each: &mut dyn FnMut(Option<Kept<T>>) -> Result<ControlFlow<()>, StoreError>| {
        let comes = |(at, id, _): &mut (i64, Vec<u8>, i64)| before.is_none_or(|before| (*at, id.as_slice()) > before);
        while let Some((_, id, lead)) = changed.pop_if(comes) {
            let shown =
                at_hand.take(lead, &hex::encode(id), || of_lead_then(connection, lead, asked, &names, &make))?;
            if each(shown)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok::<_, StoreError>(ControlFlow::Continue(()))
    };
    let mut statement = connection.prepare_cached(
        "SELECT id, lead, source, at FROM calls INDEXED BY calls_recent WHERE at >= ?1 AND at < ?2
         ORDER BY at DESC, id DESC",
    )?;
    let mut rows = statement.query(params![asked.span.0, asked.span.1])?;
    while let Some(row) = rows.next()? {
        let (id, lead): (Vec<u8>, i64) = (row.get(0)?, row.get(1)?);
        if told(Some((row.get(3)?, &id)), &mut at_hand, &mut each)?.is_break() {
            return Ok(());
        }
        let skipped = later.contains(&lead) || asked.source.is_some_and(|source| row.get(2) != Ok(source));
        let shown = if skipped {
            None
        } else {
            at_hand.take(lead, &hex::encode(id), || of_lead(connection, lead, asked, &names, &make))?
        };
        if each(shown)?.is_break() {
            return Ok(());
        }
    }
    told(None, &mut at_hand, &mut each).map(drop)
}

/// The calls of what is one lead now, as they were known then.
fn of_lead_then<T>(
    connection: &Connection,
    lead: i64,
    asked: &CallFilter<'_>,
    names: &SourceNames,
    make: &impl Fn(&LeadMetrics<'_>, &Folded) -> Made<T>,
) -> Result<Made<Kept<T>>, StoreError> {
    let mut made = HashMap::new();
    let Some(as_of) = asked.as_of else { return Ok(made) };
    // A link that came later is in no text from before it either.
    let now = projection::events_of(connection, lead, None, names)?;
    for (folded, events) in then(connection, lead, as_of, names)? {
        let facts = metrics_of(&folded, &events);
        if (asked.wanted)(&facts) {
            let mask = Mask::of_recordings(now.iter().chain(&events));
            made.extend(kept(make(&facts, &folded), &folded, mask));
        }
    }
    Ok(made)
}

fn of_lead<T>(
    connection: &Connection,
    lead: i64,
    asked: &CallFilter<'_>,
    names: &SourceNames,
    make: &impl Fn(&LeadMetrics<'_>, &Folded) -> Made<T>,
) -> Result<Made<Kept<T>>, StoreError> {
    let packed: Option<Vec<u8>> = connection
        .prepare_cached("SELECT packed FROM lead_metrics WHERE lead = ?1")?
        .query_row([lead], |row| row.get(0))
        .optional()?;
    let Some(packed) = packed else { return Ok(HashMap::new()) };
    let facts = read(&packed)?;
    if !(asked.wanted)(&facts) {
        return Ok(HashMap::new());
    }
    let Some((folded, events)) = folded(connection, lead, names)? else { return Ok(HashMap::new()) };
    Ok(kept(make(&facts, &folded), &folded, Mask::of_recordings(&events)))
}

fn kept<T>(made: Made<T>, folded: &Folded, mask: Mask) -> Made<Kept<T>> {
    let mask = Rc::new(mask);
    let told = folded.entries.iter().zip(&folded.evidence);
    let behind: HashMap<&str, &Vec<EventId>> =
        told.filter_map(|(entry, events)| Some((entry.call()?.id.as_str(), events))).collect();
    let events = |call: &str| behind.get(call).map(|events| (*events).clone()).unwrap_or_default();
    made.into_iter().map(|(call, made)| (call.clone(), (made, events(&call), mask.clone()))).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn calls_of(n: usize) -> Made<usize> {
        (0..n).map(|call| (call.to_string(), call)).collect()
    }

    /// Asks for one call each of `others` leads, and of lead 0 in between; says how often each kind was made.
    fn asked(hand: &mut AtHand<usize>, many: usize, others: i64, each: usize) -> (usize, usize) {
        let (mut great, mut small) = (0, 0);
        for lead in 1..=others {
            let call = (lead - 1).to_string();
            let shown = hand.take(0, &call, || {
                great += 1;
                Ok(calls_of(many))
            });
            assert_eq!(shown.unwrap().is_some(), usize::try_from(lead).unwrap() <= many);
            let shown = hand.take(lead, "0", || {
                small += 1;
                Ok(calls_of(each))
            });
            assert_eq!(shown.unwrap(), (each > 0).then_some(0));
            assert_eq!(hand.calls, hand.leads.values().map(|(_, made)| made.len()).sum::<usize>());
            assert_eq!(hand.asked.len(), hand.leads.len());
        }
        (great, small)
    }

    #[test]
    fn a_lead_with_very_many_calls_is_made_once() {
        let mut hand = AtHand::new();
        assert_eq!(asked(&mut hand, 2 * MOST_CALLS, 5_000, 3), (1, 5_000));
        assert!(hand.leads.len() <= FEW_LEADS, "{}", hand.leads.len());
    }

    #[test]
    fn what_is_kept_has_an_end() {
        let mut hand = AtHand::new();
        asked(&mut hand, 10, 5_000, 50);
        assert!(hand.calls <= MOST_CALLS && hand.leads.len() > MOST_CALLS / 100, "{}", hand.calls);
        let mut hand = AtHand::new();
        asked(&mut hand, 10, 5_000, 0);
        assert_eq!(hand.leads.len(), MOST_LEADS, "leads that are not wanted");
        let mut hand = AtHand::new();
        asked(&mut hand, 1, 1, 1);
        assert!(hand.leads.is_empty(), "their calls are all shown");
    }
}
