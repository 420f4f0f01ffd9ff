//! A row as it is shown.

use super::measured_row::MeasuredRow;
use super::model::Row;
use super::question::PreparedQuestion;
use super::words;
use crate::clock::from_micros;
use crate::domain::SentimentOrigin;
use crate::domain::lead_metrics::{LeadMetrics, MetricKind};

/// What a row is called, the same on every machine.
pub(super) fn row_id(hit: &MeasuredRow<'_>) -> String {
    let row = format!("{}:{}", hit.kind.as_str(), hex::encode(hit.of));
    if hit.id.is_empty() { row } else { format!("{row}:{}", hit.id) }
}

/// A row as it is shown.
pub(super) fn shown(ready: &PreparedQuestion<'_>, facts: &LeadMetrics<'_>, hit: &MeasuredRow<'_>, lead: i64) -> Row {
    let own = |text: Option<&str>| text.map(str::to_string);
    let lead_ref = hex::encode(facts.name_of);
    let mut row = Row {
        kind: hit.kind.as_str().into(),
        id: row_id(hit),
        lead,
        lead_ref,
        name: if facts.erased { Some(words::ERASED.into()) } else { own(facts.name) },
        phone: own(facts.phones.first().copied()),
        email: own(facts.emails.first().copied()),
        at: from_micros(hit.at),
        service: Some(match hit.other {
            Some(other) => format!("{} / {}", ready.service(hit.source), ready.service(other)),
            None => ready.service(hit.source).to_string(),
        }),
        rep: own(hit.rep),
        campaign: own(facts.campaign),
        first_touch: own(facts.first_touch.source),
        last_touch: own(facts.last_touch.source),
        medium: own(facts.first_touch.medium),
        stage: facts.stage.as_str().into(),
        tags: facts.tags.iter().map(|tag| tag.to_string()).collect(),
        direction: None,
        state: None,
        outcome: hit.outcome.map(|outcome| outcome.as_str().into()),
        sentiment: None,
        sentiment_origin: None,
        duration_s: None,
        waited_s: hit.waited_s,
        waited_open_s: hit.waited_open_s,
        estimated_cents: hit.money.and_then(|money| money.estimated),
        actual_cents: hit.money.and_then(|money| money.actual),
        revenue_cents: hit.money.and_then(|money| money.revenue),
        reason: hit.reason.as_deref().map(str::to_string),
        erased: facts.erased,
        figures: hit.marks.iter().map(|measure| measure.key().to_string()).collect(),
    };
    let direction = |inbound: bool| Some(if inbound { "inbound" } else { "outbound" }.to_string());
    match hit.what {
        Some(MetricKind::Call { inbound, state, duration_s, sentiment, .. }) => {
            row.direction = direction(inbound);
            row.state = Some(state.as_str().into());
            row.duration_s = duration_s;
            row.sentiment = sentiment.map(|(label, _)| label.as_str().into());
            row.sentiment_origin = sentiment.map(|(_, origin)| {
                match origin {
                    SentimentOrigin::Provider => "provider",
                    SentimentOrigin::Estimated => "estimated",
                }
                .into()
            });
        }
        Some(MetricKind::Message { inbound, .. }) => row.direction = direction(inbound),
        _ => {}
    }
    row
}
