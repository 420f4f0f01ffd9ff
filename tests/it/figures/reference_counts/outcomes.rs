//! How a lead ended and what it brought, as whoever has the last word says.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use leadtrail::domain::call::KnownClaim;
use leadtrail::domain::entry::Entry;
use leadtrail::domain::stage::Outcome;

pub(super) type Said = (Outcome, DateTime<Utc>, Option<i64>);

/// How a lead ended, when that was said and by which source.
pub(super) fn verdict(entries: &[Entry]) -> Option<Said> {
    let (mut own, mut tagged, mut analysed): (Option<Said>, Option<Said>, Option<Said>) = (None, None, None);
    for entry in entries {
        if let Some(outcome) = entry.outcome() {
            let said = Some((outcome.outcome, entry.at, entry.source));
            if entry.source.is_none() {
                own = said;
            } else {
                tagged = said;
            }
        }
        if let Some(outcome) = entry.call().and_then(|call| call.outcome) {
            analysed = Some((outcome, entry.at, entry.source));
        }
    }
    if own.is_some() {
        return own;
    }
    match (tagged, analysed) {
        (Some(tag), Some(call)) if call.1 > tag.1 => Some(call),
        (Some(tag), _) => Some(tag),
        (None, call) => call,
    }
}

pub(super) struct Money {
    pub(super) at: DateTime<Utc>,
    pub(super) source: Option<i64>,
    pub(super) estimated: Option<i64>,
    pub(super) actual: Option<i64>,
    pub(super) revenue: Option<i64>,
}

/// The word about money that stands.
pub(super) fn money(entries: &[Entry]) -> Option<Money> {
    let (mut own, mut any, mut of_call) = (None, None, None);
    for entry in entries {
        if let Some(word) = entry.outcome() {
            let money = || Money {
                at: entry.at,
                source: entry.source,
                estimated: word.estimated_cents,
                actual: word.actual_cents,
                revenue: word.revenue_cents,
            };
            let says = word.actual_cents.is_some_and(|cents| cents > 0)
                || word.revenue_cents.is_some_and(|cents| cents > 0)
                || word.estimated_cents.is_some();
            if entry.source.is_none() {
                // Only their latest word: an earlier one of theirs is like anybody's.
                own = says.then(money);
            }
            if says {
                any = Some(money());
            }
        }
        if let Some(cents) = entry.call().and_then(|call| call.value_cents) {
            let (at, source) = (entry.at, entry.source);
            of_call = Some(Money { at, source, estimated: Some(cents), actual: None, revenue: None });
        }
    }
    own.or(any).or(of_call)
}

/// The latest outcome each service gave, and when.
pub(super) fn latest_of_services(entries: &[Entry]) -> BTreeMap<i64, (Outcome, DateTime<Utc>)> {
    let mut latest: BTreeMap<i64, (Outcome, DateTime<Utc>)> = BTreeMap::new();
    let mut say = |source: i64, outcome: Outcome, at: DateTime<Utc>| {
        let known = latest.entry(source).or_insert((outcome, at));
        if at >= known.1 {
            *known = (outcome, at);
        }
    };
    for entry in entries {
        let Some(call) = entry.call() else { continue };
        let claim =
            call.claims.iter().find(|claim| claim.what == KnownClaim::Outcome && claim.source == Some(call.source));
        if let Some(outcome) = claim.and_then(|claim| Outcome::parse(claim.value.as_str()?)) {
            say(call.source, outcome, entry.at);
        }
    }
    for entry in entries {
        if let (Some(word), Some(source)) = (entry.outcome(), entry.source) {
            say(source, word.outcome, entry.at);
        }
    }
    latest
}
