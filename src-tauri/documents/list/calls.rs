//! A line a call. Links to recordings never leave the machine: they have no column, and are covered within texts.

use std::borrow::Cow;

use super::leads::origin;
use super::{ListWalk, TakeLine, without_recordings};
use crate::documents::DocumentError;
use crate::documents::cells::{CellKind, ListColumn, Value, field};
use crate::domain::call::Call;
use crate::domain::fold::Folded;
use crate::domain::lead::Lead;
use crate::domain::lead_metrics::LeadMetrics;
use crate::domain::texts::turns_said;
use crate::figures::words;
use crate::store::query::lists;

/// The columns.
pub(super) static FIELDS: [ListColumn; 28] = [
    field("started_at", "Started", CellKind::When, 19),
    field("direction", "Direction", CellKind::Text, 11),
    field("name", "Name", CellKind::Text, 26),
    field("number", "Number", CellKind::Phone, 16),
    field("state", "State", CellKind::Text, 13),
    field("answered", "Answered", CellKind::Yes, 10),
    field("duration_s", "Length", CellKind::Seconds, 10),
    field("agent", "Agent", CellKind::Text, 18),
    field("tracking_number", "Tracking number", CellKind::Phone, 17),
    field("service", "Service", CellKind::Text, 18),
    field("sentiment", "Sentiment", CellKind::Text, 11),
    field("sentiment_origin", "Sentiment by", CellKind::Text, 13),
    field("outcome", "Outcome", CellKind::Text, 15),
    field("value_cents", "Value", CellKind::Cents, 13),
    field("summary", "Summary", CellKind::Long, 50),
    field("note", "Note", CellKind::Long, 30),
    field("tags", "Tags of the call", CellKind::Many, 20),
    field("keywords", "Keywords", CellKind::Many, 20),
    field("campaign", "Campaign", CellKind::Text, 24),
    field("source", "Source", CellKind::Text, 18),
    field("medium", "Medium", CellKind::Text, 12),
    field("rep", "Rep of the lead", CellKind::Text, 16),
    field("stage", "Stage of the lead", CellKind::Text, 15),
    field("lead_tags", "Tags of the lead", CellKind::Many, 20),
    field("turns", "Turns of transcript", CellKind::Count, 11),
    field("erased", "Erased", CellKind::Yes, 9),
    field("id", "Call", CellKind::Text, 14),
    field("lead_ref", "Lead", CellKind::Text, 14),
];

/// Every call that began in the period.
pub(super) fn walk(walk: &ListWalk<'_>, take: &mut TakeLine<'_>) -> Result<(), DocumentError> {
    let asked = lists::CallFilter {
        span: walk.span,
        as_of: walk.as_of,
        source: walk.ready.question.filters.source,
        wanted: &|facts| walk.chooses(facts),
    };
    lists::calls(
        walk.connection,
        &asked,
        |facts, folded| of_lead(walk, facts, folded),
        |values, put, mask| {
            let mut values = values;
            put(&mut values.iter_mut().flat_map(Value::texts_mut).collect::<Vec<_>>())?;
            Ok(values.into_iter().map(|value| without_recordings(value, mask).owned()).collect())
        },
        |values: Option<Vec<Value<'static>>>| take(values.as_deref()),
    )?;
    Ok(())
}

fn of_lead(walk: &ListWalk<'_>, facts: &LeadMetrics<'_>, folded: &Folded) -> lists::Made<Vec<Value<'static>>> {
    let lead_ref = hex::encode(facts.name_of);
    let rep = walk.counter.lead_rep(facts);
    let entries = folded.entries.iter().filter_map(|entry| Some((entry, entry.call()?)));
    entries
        .map(|(entry, call)| {
            let values = values(walk, call, entry.at, entry.erased, &folded.lead, rep, &lead_ref);
            (call.id.clone(), values.into_iter().map(Value::owned).collect())
        })
        .collect()
}

fn values<'a>(
    walk: &'a ListWalk<'_>,
    call: &'a Call,
    at: chrono::DateTime<chrono::Utc>,
    erased: bool,
    lead: &'a Lead,
    rep: Option<&'a str>,
    lead_ref: &'a str,
) -> [Value<'a>; 28] {
    let number = if call.direction == "inbound" { &call.from } else { &call.to };
    let keywords: Vec<String> = call.keywords.iter().map(|keyword| keyword.text.clone()).collect();
    [
        Value::When(call.started_at.unwrap_or(at)),
        Value::text(call.direction.as_str()),
        Value::maybe(if lead.erased { Some(words::ERASED) } else { lead.name.as_deref() }),
        Value::maybe(number.as_deref()),
        Value::text(call.state.as_str()),
        Value::Yes(call.answered),
        Value::number(call.duration_s),
        Value::maybe(call.agent.as_deref()),
        Value::maybe(call.tracking_number.as_deref()),
        Value::text(walk.ready.service(call.source)),
        Value::maybe(call.sentiment.as_ref().map(|sentiment| sentiment.label.as_str())),
        Value::maybe(call.sentiment.as_ref().map(|sentiment| origin(sentiment.origin))),
        Value::maybe(call.outcome.map(|outcome| outcome.as_str())),
        Value::number(call.value_cents),
        Value::maybe(call.summary.as_deref()),
        Value::maybe(call.note.as_deref()),
        Value::many(call.tags.as_slice()),
        Value::many(Cow::Owned(keywords)),
        Value::maybe(call.attribution.campaign.as_deref().or(lead.campaign.as_deref())),
        Value::maybe(call.attribution.source.as_deref()),
        Value::maybe(call.attribution.medium.as_deref()),
        Value::maybe(rep),
        Value::text(lead.stage.as_str()),
        Value::many(lead.tags.as_slice()),
        Value::Number(i64::try_from(turns_said(&call.transcript)).unwrap_or(0)),
        Value::Yes(erased || lead.erased),
        Value::text(call.id.as_str()),
        Value::text(lead_ref),
    ]
}
