//! A line a lead.

use std::borrow::Cow;
use std::ops::ControlFlow;

use super::{Take, Walk, without_recordings};
use crate::documents::DocumentError;
use crate::documents::cells::{Field, Kind, Value};
use crate::domain::SentimentOrigin;
use crate::domain::event::Address;
use crate::domain::lead_metrics::{LeadMetrics, What};
use crate::domain::mask::Mask;
use crate::domain::view::Lead;
use crate::figures::words;
use crate::store::StoreError;
use crate::store::query::lists;

const fn field(key: &'static str, label: &'static str, kind: Kind, width: u16) -> Field {
    Field { key, label, kind, width }
}

/// The columns.
pub(super) static FIELDS: [Field; 31] = [
    field("name", "Name", Kind::Text, 26),
    field("phones", "Phones", Kind::Many, 18),
    field("emails", "E-mails", Kind::Many, 28),
    field("stage", "Stage", Kind::Text, 15),
    field("stage_since", "Stage since", Kind::When, 19),
    field("status", "Status", Kind::Text, 18),
    field("outcome", "Outcome", Kind::Text, 15),
    field("value_cents", "Value", Kind::Cents, 13),
    field("rep", "Rep", Kind::Text, 16),
    field("tags", "Tags", Kind::Many, 20),
    field("calls", "Calls", Kind::Count, 8),
    field("messages", "Texts", Kind::Count, 8),
    field("first_seen", "First seen", Kind::When, 19),
    field("last_activity", "Last activity", Kind::When, 19),
    field("next_follow_up", "Next follow-up", Kind::When, 19),
    field("do_not_contact", "Do not contact", Kind::Yes, 11),
    field("do_not_contact_reason", "Why not", Kind::Text, 22),
    field("closed_reason", "Closed because", Kind::Text, 22),
    field("sentiment", "Sentiment", Kind::Text, 11),
    field("sentiment_origin", "Sentiment by", Kind::Text, 13),
    field("campaign", "Campaign", Kind::Text, 24),
    field("source", "First touch", Kind::Text, 18),
    field("medium", "Medium", Kind::Text, 12),
    field("last_touch", "Last touch", Kind::Text, 18),
    field("landing_page", "Landing page", Kind::Text, 26),
    field("referrer", "Referrer", Kind::Text, 22),
    field("services", "Services", Kind::Many, 22),
    field("address", "Address", Kind::Text, 30),
    field("time_zone", "Time zone", Kind::Text, 18),
    field("erased", "Erased", Kind::Yes, 9),
    field("lead_ref", "Lead", Kind::Text, 14),
];

/// Every lead that was active in the period.
pub(super) fn walk(walk: &Walk<'_>, take: &mut Take<'_>) -> Result<(), DocumentError> {
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
fn mask(walk: &Walk<'_>, lead: &Lead) -> Result<Mask, StoreError> {
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
    facts.moments.iter().any(|moment| from <= moment.at && moment.at < to && !matches!(moment.what, What::Noted))
}

fn values<'a>(walk: &'a Walk<'_>, facts: &LeadMetrics<'a>, lead: &'a Lead) -> [Value<'a>; 31] {
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
