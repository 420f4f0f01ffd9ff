//! The hash of a report: over the question, the figures, and all that is shown of each row.

use sha2::{Digest, Sha256};

use super::ReportError;
use super::measured_row::MeasuredRow;
use super::model::Report;
use super::question::PreparedQuestion;
use super::rows::RowBuilder;
use super::tally::touch_name;
use crate::domain::lead_metrics::{LeadMetrics, MetricKind};
use crate::store::StoreError;

fn part(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend((text.len() as u64).to_le_bytes());
    bytes.extend(text.as_bytes());
}

/// What of a row counts for the report's hash: all that is shown of it, sources by their stable names.
pub(super) fn print(bytes: &mut Vec<u8>, ready: &PreparedQuestion<'_>, hit: &MeasuredRow<'_>) {
    bytes.push(hit.kind as u8);
    part(bytes, &hit.id);
    bytes.extend(hit.of);
    bytes.extend(hit.at.to_le_bytes());
    bytes.extend(hit.marks.bits().to_le_bytes());
    part(bytes, ready.service_uid(hit.source));
    part(bytes, hit.other.map_or("", |other| ready.service_uid(other)));
    part(bytes, hit.rep.unwrap_or(""));
    part(bytes, hit.reason.as_deref().unwrap_or(""));
    part(bytes, hit.outcome.map_or("", |outcome| outcome.as_str()));
    let mut number = |value: Option<i64>| {
        bytes.push(u8::from(value.is_some()));
        bytes.extend(value.unwrap_or(0).to_le_bytes());
    };
    number(hit.waited_s);
    number(hit.waited_open_s);
    hit.steps.iter().for_each(|step| number(*step));
    for amount in
        [hit.money.and_then(|m| m.estimated), hit.money.and_then(|m| m.actual), hit.money.and_then(|m| m.revenue)]
    {
        number(amount);
    }
    match hit.what {
        Some(MetricKind::Call { inbound, state, answered, duration_s, agent, sentiment, .. }) => {
            number(duration_s);
            bytes.extend([u8::from(inbound), u8::from(answered)]);
            part(bytes, state.as_str());
            part(bytes, agent.unwrap_or(""));
            part(bytes, sentiment.map_or("", |(label, _)| label.as_str()));
        }
        Some(MetricKind::Message { inbound, agent }) => {
            bytes.push(u8::from(inbound));
            part(bytes, agent.unwrap_or(""));
        }
        _ => {}
    }
}

pub(super) fn print_lead(bytes: &mut Vec<u8>, counter: &RowBuilder<'_>, facts: &LeadMetrics<'_>) {
    bytes.extend(facts.name_of);
    part(bytes, facts.name.unwrap_or(""));
    facts.phones.iter().chain(&facts.emails).chain(&facts.tags).for_each(|text| part(bytes, text));
    part(bytes, facts.stage.as_str());
    part(bytes, counter.lead_rep(facts).unwrap_or(""));
    part(bytes, facts.campaign.unwrap_or(""));
    for touch in [&facts.first_touch, &facts.last_touch] {
        part(bytes, touch_name(touch));
        part(bytes, touch.medium.unwrap_or(""));
    }
}

/// SHA-256 over the question, the notes, the figures and the rows.
pub(super) fn hash(report: &Report, mut prints: Vec<[u8; 32]>) -> Result<String, ReportError> {
    prints.sort_unstable();
    let mut hasher = Sha256::new();
    let m = &report.manifest;
    let asked = serde_json::json!([
        report.name,
        m.business,
        m.period,
        m.compared,
        m.time_zone,
        m.currency,
        m.filters,
        m.hours,
        m.holidays,
        m.test_numbers,
        m.projection_version,
        m.rows,
        m.notes,
        report.headlines,
        report.sums,
        report.sections,
    ]);
    hasher.update(serde_json::to_vec(&asked).map_err(StoreError::from)?);
    prints.iter().for_each(|print| hasher.update(print));
    Ok(hex::encode(hasher.finalize()))
}
