//! What Telmetrics' analytics claim about a call. Each is a claim in its own words; few amount to more:
//! a booked appointment, a sale, a sentiment, a voicemail (design.md section 4, "Which stage").

use serde_json::Value;

use super::fields::{Fields, says_more, snake, squash};
use crate::domain::call::CallPart;
use crate::domain::event::is_placeholder;
use crate::domain::{Outcome, Sentiment, SentimentLabel, SentimentOrigin};
use crate::providers::Json;

/// Reads every analytic of a notification into the part.
pub(super) fn read(part: &mut CallPart, fields: &Fields<'_>) {
    // v4 keeps the sentiment beside the call, v5 in conversation_analytics.
    let analytics = fields.inside("conversationanalytics");
    let claims = &mut part.claims;
    // On the national registry: about the line, not a wish the person told us.
    claim(claims, "registered_dnc", fields.get("registereddnc"));

    let detected = fields.get("voicemaildetected");
    claim(claims, "voicemail_detected", detected);
    let trends = fields.inside("voicetrends");
    claim(claims, "voice_trends.lead", trends.get("lead"));
    claim(claims, "voice_trends.voicemail", trends.get("voicemail"));

    for at in [&analytics, fields] {
        lead_outcome(part, at);
        for (name, value) in at.merged("leadvalue") {
            claim_value(&mut part.claims, format!("lead_value.{}", snake(&name)), value);
        }
        part.topics.extend(at.merged("topics"));
        for (name, value) in at.merged("dispositions") {
            let status = match value {
                Value::Object(mut inside) => inside.remove("status").unwrap_or(Value::Object(inside)),
                plain => plain,
            };
            part.dispositions.insert(name, status);
        }
        sentiment(part, &at.inside("sentimentsuite"));
    }
    // Not the lead of lead_outcome: the two are different signals (trap 8).
    if let Some(lead) = part.dispositions.get("lead").cloned() {
        claim_value(&mut part.claims, "dispositions.lead".to_string(), lead);
    }

    let disposed = part.dispositions.get("voicemail").and_then(as_bool);
    let heard = [detected.and_then(Json::to_bool), trends.get("voicemail").and_then(Json::to_bool), disposed];
    part.voicemail = heard.into_iter().flatten().reduce(|one, other| one || other);

    let rescue = fields.inside("rescue");
    claim_word(&mut part.claims, "rescue.outcome", rescue.get("outcome"));
    claim(&mut part.claims, "rescue.scorecards", rescue.get("scorecards").filter(|s| !s.items().is_empty()));
}

/// `LeadReason` "Appointment Booked", or an appointment with a lead, is booked. A sale is one where it is
/// said (`Sale` in v4, `sales` in v5).
fn lead_outcome(part: &mut CallPart, at: &Fields<'_>) {
    let merged = at.merged("leadoutcome");
    let get = |names: &[&str]| {
        merged.iter().rfind(|(name, value)| names.contains(&squash(name).as_str()) && says_more(value))
    };
    let said = |names: &[&str]| get(names).and_then(|(_, value)| as_bool(value)) == Some(true);
    let lead_reason = get(&["leadreason"]).and_then(|(_, value)| value.as_str());
    let reason_booked = lead_reason.is_some_and(|reason| squash(reason) == "appointmentbooked");
    if reason_booked || (said(&["appointment"]) && said(&["lead"])) {
        part.outcome = Some(Outcome::Booked);
    }
    part.sale |= said(&["sale", "sales"]);
    for (what, names) in [
        ("lead", &["lead"][..]),
        ("lead_reason", &["leadreason"]),
        ("appointment", &["appointment"]),
        ("sale", &["sale", "sales"]),
    ] {
        if let Some((_, value)) = get(names) {
            claim_value(&mut part.claims, what.to_string(), value.clone());
        }
    }
    let known = ["lead", "leadreason", "appointment", "sale", "sales"];
    for (name, value) in merged.iter().filter(|(name, _)| !known.contains(&squash(name).as_str())) {
        claim_value(&mut part.claims, format!("lead_outcome.{}", snake(name)), value.clone());
    }
}

/// Every field of the suite is a claim; the `sentiment` is one of ours as well, where it is a word we know.
fn sentiment(part: &mut CallPart, suite: &Fields<'_>) {
    if let Some(label) = suite.word(&["sentiment"]).and_then(|word| SentimentLabel::parse(&word)) {
        part.sentiment = Some(Sentiment { label, score: None, origin: SentimentOrigin::Provider });
    }
    for (_, written, value) in suite.iter() {
        claim_value(&mut part.claims, snake(written), value.to_value());
    }
}

/// Sales Rescue: the call as v4 tells it, and what the rescue found. Which fields carry that is published
/// only in part (providers.md, trap 14), so they are found by their names.
pub(super) fn rescue_notice(part: &mut CallPart, fields: &Fields<'_>) {
    for (name, written, value) in fields.iter() {
        // `rescue` itself was read with the analytics; its other fields follow below.
        if name != "rescue" && ["rescue", "scorecard", "outcome"].iter().any(|word| name.contains(word)) {
            claim_value(&mut part.claims, snake(written), value.to_value());
        }
    }
    let inside = fields.inside("rescue");
    for (_, written, value) in inside.iter().filter(|(name, _, _)| !["outcome", "scorecards"].contains(name)) {
        claim_value(&mut part.claims, format!("rescue.{}", snake(written)), value.to_value());
    }
    let outcome = inside
        .word(&["outcome", "status", "result"])
        .or_else(|| fields.word(&["rescueoutcome", "rescuestatus", "rescueresult", "outcome", "rescue"]));
    part.headline = Some(match outcome {
        Some(outcome) => format!("Sales rescue: {outcome}"),
        None => "Sales rescue".to_string(),
    });
}

fn claim(claims: &mut Vec<(String, Value)>, what: &str, json: Option<&Json>) {
    if let Some(json) = json {
        claim_value(claims, what.to_string(), json.to_value());
    }
}

fn claim_word(claims: &mut Vec<(String, Value)>, what: &str, json: Option<&Json>) {
    claim(claims, what, json.filter(|j| j.to_text().is_some_and(|text| !is_placeholder(&text))));
}

/// A claim once: the same fact may stand in two places of a body. `N\A` and its like claim nothing.
fn claim_value(claims: &mut Vec<(String, Value)>, what: String, value: Value) {
    if !what.is_empty() && says_more(&value) && !claims.iter().any(|(w, v)| *w == what && *v == value) {
        claims.push((what, value));
    }
}

/// A truth that may be written `"true"`.
fn as_bool(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(b) => Some(*b),
        Value::String(text) => Json::Text(text.clone()).to_bool(),
        _ => None,
    }
}
