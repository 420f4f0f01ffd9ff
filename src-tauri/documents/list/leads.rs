//! A line a lead.

use std::borrow::Cow;
use std::ops::ControlFlow;

use super::{ListWalk, TakeLine, without_recordings};
use crate::documents::DocumentError;
use crate::documents::cells::{CellKind, ListColumn, Value, field};
use crate::domain::SentimentOrigin;
use crate::domain::event::Address;
use crate::domain::lead::Lead;
use crate::domain::lead_metrics::{LeadMetrics, MetricKind};
use crate::domain::mask::Mask;
use crate::figures::words;
use crate::store::StoreError;
use crate::store::query::lists;

/// The columns.
pub(super) static FIELDS: [ListColumn; 31] = [
    field("name", "Name", CellKind::Text, 26),
    field("phones", "Phones", CellKind::Phones, 18),
    field("emails", "E-mails", CellKind::Many, 28),
    field("stage", "Stage", CellKind::Text, 15),
    field("stage_since", "Stage since", CellKind::When, 19),
    field("status", "Status", CellKind::Text, 18),
    field("outcome", "Outcome", CellKind::Text, 15),
    field("value_cents", "Value", CellKind::Cents, 13),
    field("rep", "Rep", CellKind::Text, 16),
    field("tags", "Tags", CellKind::Many, 20),
    field("calls", "Calls", CellKind::Count, 8),
    field("messages", "Texts", CellKind::Count, 8),
    field("first_seen", "First seen", CellKind::When, 19),
    field("last_activity", "Last activity", CellKind::When, 19),
    field("next_follow_up", "Next follow-up", CellKind::When, 19),
    field("do_not_contact", "Do not contact", CellKind::Yes, 11),
    field("do_not_contact_reason", "Why not", CellKind::Text, 22),
    field("closed_reason", "Closed because", CellKind::Text, 22),
    field("sentiment", "Sentiment", CellKind::Text, 11),
    field("sentiment_origin", "Sentiment by", CellKind::Text, 13),
    field("campaign", "Campaign", CellKind::Text, 24),
    field("source", "First touch", CellKind::Text, 18),
    field("medium", "Medium", CellKind::Text, 12),
    field("last_touch", "Last touch", CellKind::Text, 18),
    field("landing_page", "Landing page", CellKind::Text, 26),
    field("referrer", "Referrer", CellKind::Text, 22),
    field("services", "Services", CellKind::Many, 22),
    field("address", "Address", CellKind::Text, 30),
    field("time_zone", "Time zone", CellKind::Text, 18),
    field("erased", "Erased", CellKind::Yes, 9),
    field("lead_ref", "Lead", CellKind::Text, 14),
];

/// Every lead that was active in the period.
pub(super) fn walk(walk: &ListWalk<'_>, take: &mut TakeLine<'_>) -> Result<(), DocumentError> {
    let mut failed = None;
    lists::leads(walk.connection, walk.span, walk.as_of, |facts, lead| {
        if !(active(facts, walk.span) && walk.chooses(facts)) {
            return take(None);
        }
        match mask(walk, lead) {
            Ok(mask) => take(Some(&values(walk, facts, lead).map(|value| without_recordings(value, &mask)))),
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        }
    })?;
    failed.map_or(Ok(()), |error| Err(error.into()))
}

/// Covers links to recordings in this lead's texts. Hardly any lead has a link there, so its events are only read where
/// one has. Pages of the web are links by nature: of those go the ones that say themselves that they are recordings.
fn mask(walk: &ListWalk<'_>, lead: &Lead) -> Result<Mask, StoreError> {
    let texts = [&lead.name, &lead.status, &lead.do_not_contact_reason, &lead.closed_reason, &lead.campaign, &lead.rep];
    let touch = [&lead.attribution.source, &lead.attribution.medium];
    let linked = |text: &String| text.contains("://") || text.to_ascii_lowercase().contains("www.");
    if texts.into_iter().chain(touch).flatten().chain(&lead.tags).any(linked) {
        lists::recordings(walk.connection, lead.id)
    } else {
        Ok(Mask::default())
    }
}

/// As the measure of active leads says.
fn active(facts: &LeadMetrics<'_>, (from, to): (i64, i64)) -> bool {
    facts.moments.iter().any(|moment| from <= moment.at && moment.at < to && !matches!(moment.what, MetricKind::Noted))
}

fn values<'a>(walk: &'a ListWalk<'_>, facts: &LeadMetrics<'a>, lead: &'a Lead) -> [Value<'a>; 31] {
    let services: Vec<String> = lead.sources.iter().map(|id| walk.ready.service(*id).to_string()).collect();
    [
        Value::maybe(if lead.erased { Some(words::ERASED) } else { lead.name.as_deref() }),
        Value::many(lead.phones.as_slice()),
        Value::many(lead.emails.as_slice()),
        Value::text(lead.stage.as_str()),
        Value::when(lead.stage_since),
        Value::maybe(lead.status.as_deref()),
        Value::maybe(lead.outcome.map(|outcome| outcome.as_str())),
        Value::number(lead.value_cents),
        Value::maybe(walk.counter.lead_rep(facts)).owned(),
        Value::many(lead.tags.as_slice()),
        Value::Number(i64::from(lead.calls)),
        Value::Number(i64::from(lead.messages)),
        Value::When(lead.first_seen),
        Value::When(lead.last_activity),
        Value::when(lead.next_follow_up),
        Value::Yes(lead.do_not_contact),
        Value::maybe(lead.do_not_contact_reason.as_deref()),
        Value::maybe(lead.closed_reason.as_deref()),
        Value::maybe(lead.sentiment.as_ref().map(|sentiment| sentiment.label.as_str())),
        Value::maybe(lead.sentiment.as_ref().map(|sentiment| origin(sentiment.origin))),
        Value::maybe(lead.campaign.as_deref()),
        Value::maybe(lead.attribution.source.as_deref()),
        Value::maybe(lead.attribution.medium.as_deref()),
        Value::maybe(facts.last_touch.source).owned(),
        Value::maybe(lead.attribution.landing_page.as_deref()),
        Value::maybe(lead.attribution.referrer.as_deref()),
        Value::many(Cow::Owned(services)),
        Value::text(address(&lead.address)),
        Value::maybe(lead.time_zone.as_deref()),
        Value::Yes(lead.erased),
        Value::text(hex::encode(facts.name_of)),
    ]
}

/// Who says how somebody felt.
pub(super) fn origin(origin: SentimentOrigin) -> &'static str {
    match origin {
        SentimentOrigin::Provider => "provider",
        SentimentOrigin::Estimated => "estimated",
    }
}

fn address(address: &Address) -> String {
    let parts = [&address.street, &address.city, &address.state, &address.zip, &address.country];
    parts.into_iter().flatten().map(String::as_str).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}
