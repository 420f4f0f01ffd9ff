//! Outcomes of calls and of the lead: a person's own settles what services disagree about; among
//! services the latest word stands, and every word stays visible as a claim.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::cards::Card;
use super::{call_id, deed};
use crate::domain::action::Deed;
use crate::domain::event::{Body, Event, EventId, value_cents};
use crate::domain::stage::Outcome;
use crate::domain::view::Claim;

/// One word about how it ended.
#[derive(Debug, Clone)]
pub(in crate::domain) struct Said {
    pub outcome: Outcome,
    pub word: String,
    pub value_cents: Option<i64>,
    pub actual_cents: Option<i64>,
    pub call: Option<String>,
    pub at: DateTime<Utc>,
    pub event: EventId,
    pub source: Option<i64>,
    pub provider: String,
    /// A person of this business said it in the app.
    pub own: bool,
}

/// Every outcome that was tagged, in the app or at a sender, oldest first.
pub(in crate::domain) fn said(events: &[&Event]) -> Vec<Said> {
    events
        .iter()
        .filter_map(|event| {
            let base = |outcome, word: String, value_cents, actual_cents, call| Said {
                outcome,
                word,
                value_cents,
                actual_cents,
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
                    value_cents(tag.estimated_cents, tag.actual_cents, tag.revenue_cents),
                    tag.actual_cents,
                    tag.call.as_deref().map(|call| call_id(&event.source_uid, call)),
                )),
                (_, Some(Deed::Outcome { outcome, call, estimated_cents, actual_cents, revenue_cents, .. })) => {
                    Some(base(
                        *outcome,
                        outcome.as_str().to_string(),
                        value_cents(*estimated_cents, *actual_cents, *revenue_cents),
                        *actual_cents,
                        call.clone(),
                    ))
                }
                _ => None,
            }
        })
        .collect()
}

/// Writes the outcome that stands, and every claim, on each card.
pub(super) fn settle(cards: &mut [Card], events: &[&Event]) {
    let said = said(events);
    for card in cards {
        if let Some(outcome) = card.call.outcome {
            card.call.claims.insert(
                0,
                Claim {
                    what: "outcome".into(),
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
                what: "outcome".into(),
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
pub(in crate::domain) fn standing<'a>(said: &'a [Said], call: &str) -> Option<&'a Said> {
    let about = |word: &&Said| word.call.as_deref() == Some(call);
    let last =
        |own: bool| said.iter().filter(about).filter(|word| word.own == own).max_by_key(|word| (word.at, word.event));
    last(true).or_else(|| last(false))
}
