//! Outcomes of calls and of the lead: a person's own settles what services disagree about; among
//! services the latest word stands, and every word stays visible as a claim.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::cards::Card;
use super::{call_id, deed};
use crate::domain::action::Deed;
use crate::domain::call::{Call, Claim, ClaimSubject, KnownClaim};
use crate::domain::event::{Body, Event, EventId, value_cents};
use crate::domain::stage::Outcome;

/// A word about how it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatedOutcome {
    /// What.
    pub outcome: Outcome,
    /// When it was said; of a sender's analysis of a call, when the call began.
    pub at: i64,
    /// The source; 0 for a person of the business.
    pub source: i64,
}

/// Amounts somebody gave, as on the lead's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // as in entry::OutcomeView
pub struct Money {
    pub at: i64,
    pub source: i64,
    pub estimated: Option<i64>,
    pub actual: Option<i64>,
    pub revenue: Option<i64>,
}

impl Money {
    /// Money that is more than an estimate: actual if above 0, else revenue if above 0. Cents.
    pub fn earned(&self) -> Option<i64> {
        self.actual.filter(|cents| *cents > 0).or(self.revenue.filter(|cents| *cents > 0))
    }
}

/// One word about how it ended.
#[derive(Debug, Clone)]
pub(in crate::domain) struct OutcomeClaim {
    pub outcome: Outcome,
    pub word: String,
    pub value_cents: Option<i64>,
    pub estimated_cents: Option<i64>,
    pub actual_cents: Option<i64>,
    pub revenue_cents: Option<i64>,
    pub call: Option<String>,
    pub at: DateTime<Utc>,
    pub event: EventId,
    pub source: Option<i64>,
    pub provider: String,
    /// A person of this business said it in the app.
    pub own: bool,
}

/// Every outcome that was tagged, in the app or at a sender, oldest first.
pub(in crate::domain) fn said(events: &[&Event]) -> Vec<OutcomeClaim> {
    events
        .iter()
        .filter_map(|event| {
            let base = |outcome, word: String, cents: [Option<i64>; 3], call| OutcomeClaim {
                outcome,
                word,
                value_cents: value_cents(cents[0], cents[1], cents[2]),
                estimated_cents: cents[0],
                actual_cents: cents[1],
                revenue_cents: cents[2],
                call,
                at: event.at,
                event: event.id,
                source: (event.source != 0).then_some(event.source),
                provider: event.provider.clone(),
                own: event.source == 0,
            };
            match (&event.draft.body, deed(event)) {
                (Body::Outcome(tag), _) => Some(base(
                    tag.outcome,
                    tag.said.clone(),
                    [tag.estimated_cents, tag.actual_cents, tag.revenue_cents],
                    tag.call.as_deref().map(|call| call_id(&event.source_uid, call)),
                )),
                (_, Some(Deed::Outcome { outcome, call, estimated_cents, actual_cents, revenue_cents, .. })) => {
                    Some(base(
                        *outcome,
                        outcome.as_str().to_string(),
                        [*estimated_cents, *actual_cents, *revenue_cents],
                        call.clone(),
                    ))
                }
                _ => None,
            }
        })
        .collect()
}

/// Writes the outcome that stands, and every claim, on each card.
pub(super) fn merge_outcomes(cards: &mut [Card], events: &[&Event]) {
    let said = said(events);
    for card in cards {
        if let Some(outcome) = card.call.outcome {
            card.call.claims.insert(
                0,
                Claim {
                    what: ClaimSubject::Known(KnownClaim::Outcome),
                    value: Value::String(outcome.as_str().into()),
                    source: Some(card.call.source),
                    provider: card.call.provider.clone(),
                    at: card.at,
                    event: card.events.last().map(ToString::to_string).unwrap_or_default(),
                },
            );
        }
        for word in said.iter().filter(|word| word.call.as_ref() == Some(&card.call.id)) {
            card.call.claims.push(Claim {
                what: ClaimSubject::Known(KnownClaim::Outcome),
                value: Value::String(word.word.clone()),
                source: word.source,
                provider: word.provider.clone(),
                at: word.at,
                event: word.event.to_string(),
            });
        }
        if let Some(standing) = standing(&said, &card.call.id) {
            card.call.outcome = Some(standing.outcome);
            card.call.value_cents = standing.value_cents.or(card.call.value_cents);
        }
    }
}

/// The word that stands for a call: the latest of a person's own, else the latest of the senders.
pub(in crate::domain) fn standing<'a>(said: &'a [OutcomeClaim], call: &str) -> Option<&'a OutcomeClaim> {
    let about = |word: &&OutcomeClaim| word.call.as_deref() == Some(call);
    let last =
        |own: bool| said.iter().filter(about).filter(|word| word.own == own).max_by_key(|word| (word.at, word.event));
    last(true).or_else(|| last(false))
}

/// How a lead ended, with who said so and when: what figures count.
#[derive(Debug, Clone, Default)]
pub(in crate::domain) struct ResolvedOutcome {
    /// What stands, as in the summary.
    pub outcome: Option<DatedOutcome>,
    /// The amounts that stand.
    pub money: Option<Money>,
    /// The latest word of each service, by source.
    pub said: Vec<DatedOutcome>,
}

/// The verdicts of a lead, from its events without what was undone and its calls in time. The outcome and value
/// are those of the summary (`person::standing`).
pub(in crate::domain) fn resolve_outcome<'a>(
    events: &[&Event],
    calls: impl Iterator<Item = (DateTime<Utc>, &'a Call)>,
) -> ResolvedOutcome {
    let words = said(events);
    let calls: Vec<(DateTime<Utc>, &Call)> = calls.collect();
    let of_word = |word: &OutcomeClaim| DatedOutcome {
        outcome: word.outcome,
        at: word.at.timestamp_micros(),
        source: word.source.unwrap_or(0),
    };
    let of_call = |(at, call): &(DateTime<Utc>, &Call)| {
        Some(DatedOutcome { outcome: call.outcome?, at: at.timestamp_micros(), source: call.source })
    };
    let own = words.iter().rev().find(|word| word.own);
    let tagged = words.iter().rev().find(|word| !word.own);
    let analysed = calls.iter().rev().find_map(of_call);
    let outcome = match (own, tagged.map(of_word), analysed) {
        (Some(own), _, _) => Some(of_word(own)),
        (None, Some(tag), Some(call)) if call.at > tag.at => Some(call),
        (None, tag, call) => tag.or(call),
    };
    let priced = own.filter(|word| word.value_cents.is_some());
    let priced = priced.or_else(|| words.iter().rev().find(|word| word.value_cents.is_some()));
    let money = match priced {
        Some(word) => Some(Money {
            at: word.at.timestamp_micros(),
            source: word.source.unwrap_or(0),
            estimated: word.estimated_cents,
            actual: word.actual_cents,
            revenue: word.revenue_cents,
        }),
        // What a sender says a call is worth, without saying that it was paid.
        None => calls.iter().rev().find_map(|(at, call)| {
            Some(Money {
                at: at.timestamp_micros(),
                source: call.source,
                estimated: Some(call.value_cents?),
                actual: None,
                revenue: None,
            })
        }),
    };
    let mut latest: std::collections::BTreeMap<i64, DatedOutcome> = std::collections::BTreeMap::new();
    let analyses = calls.iter().filter_map(|(at, call)| {
        let claim =
            call.claims.iter().find(|claim| claim.what == KnownClaim::Outcome && claim.source == Some(call.source))?;
        let outcome = claim.value.as_str().and_then(Outcome::parse)?;
        Some(DatedOutcome { outcome, at: at.timestamp_micros(), source: call.source })
    });
    for ended in analyses.chain(words.iter().filter(|word| !word.own).map(of_word)) {
        let known = latest.entry(ended.source).or_insert(ended);
        if known.at <= ended.at {
            *known = ended;
        }
    }
    ResolvedOutcome { outcome, money, said: latest.into_values().collect() }
}
