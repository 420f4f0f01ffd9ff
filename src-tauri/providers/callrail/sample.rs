//! Test events, written as CallRail writes its own.

use chrono::{DateTime, FixedOffset, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use super::CallRailEvent;

const LEAD: &str = crate::domain::phone::TEST_NUMBER;
/// One person whatever the event: what tells of no number is theirs as well.
const PERSON: &str = "PER00000000000000000000000000000001";
const TRACKING: &str = "+12025550100";
const BUSINESS: &str = "+12025550101";

/// The body of a test event that happens at `now`. Events made at the same instant are about the
/// same call.
pub(super) fn body(kind: CallRailEvent, now: DateTime<Utc>) -> String {
    let id = format!("{:032x}", now.timestamp_micros().unsigned_abs());
    match kind {
        CallRailEvent::TextReceived | CallRailEvent::TextSent => text(kind, &id, now),
        CallRailEvent::Form => form(&id, now),
        CallRailEvent::ConvertAssist => convert_assist(&id, now),
        CallRailEvent::AssistAnswered => assist_answered(&id, now),
        _ => call(kind, &id, now),
    }
    .to_string()
}

/// CallRail's times carry an offset, here that of Eastern standard time.
fn written(at: DateTime<Utc>) -> String {
    match FixedOffset::west_opt(5 * 3600) {
        Some(offset) => at.with_timezone(&offset).to_rfc3339_opts(SecondsFormat::Millis, false),
        None => at.to_rfc3339_opts(SecondsFormat::Millis, false),
    }
}

fn call(kind: CallRailEvent, id: &str, now: DateTime<Utc>) -> Value {
    let is_outbound = matches!(kind, CallRailEvent::OutboundPostCall | CallRailEvent::OutboundCallModified);
    let is_over = !matches!(kind, CallRailEvent::PreCall | CallRailEvent::RoutingComplete);
    let call_type = match kind {
        CallRailEvent::PreCall => "missed",
        CallRailEvent::RoutingComplete => "in_progress",
        _ if is_outbound => "outbound",
        _ => "answered",
    };
    let mut body = json!({
        "answered": is_over,
        "business_phone_number": if kind == CallRailEvent::PreCall { "" } else { BUSINESS },
        "call_type": call_type,
        "company_name": "Test Company",
        "company_time_zone": "America/New_York",
        "created_at": written(now),
        "customer_city": "Washington",
        "customer_country": "US",
        "customer_name": "Test Lead",
        "customer_phone_number": LEAD,
        "customer_state": "DC",
        "direction": if is_outbound { "outbound" } else { "inbound" },
        "duration": if is_over { "95" } else { "0" },
        "first_call": !is_outbound,
        "prior_calls": 0,
        "source_name": "Website",
        "start_time": written(now),
        "tags": [],
        "total_calls": 1,
        "tracking_phone_number": TRACKING,
        "voicemail": false,
        "timestamp": written(now),
        "person_resource_id": PERSON,
        "resource_id": format!("CAL{id}"),
    });
    if let (true, Value::Object(fields)) = (is_over, &mut body) {
        let more = json!({
            "call_summary": "A test call: the caller asks for an estimate and agrees on a visit.",
            "conversational_transcript": [
                {"speaker": "agent", "phrase": "Thank you for calling. How can I help?", "start": 0.8},
                {"speaker": "caller", "phrase": "I would like an estimate, please.", "start": 4.2},
            ],
            "utm_source": "google",
            "utm_medium": "cpc",
            "utm_campaign": "Test campaign",
        });
        if let Value::Object(more) = more {
            fields.extend(more);
        }
    }
    if let (CallRailEvent::CallModified | CallRailEvent::OutboundCallModified, Value::Object(fields)) =
        (kind, &mut body)
    {
        fields.insert("tags".into(), json!(["Test"]));
        fields.insert("note".into(), json!("This is a note written after the call."));
        fields.insert("changes".into(), json!(["tags", "note"]));
    }
    body
}

fn text(kind: CallRailEvent, id: &str, now: DateTime<Utc>) -> Value {
    let is_sent = kind == CallRailEvent::TextSent;
    let (from, to) = if is_sent { (TRACKING, LEAD) } else { (LEAD, TRACKING) };
    let mut body = json!({
        "id": now.timestamp(),
        "resource_id": format!("SCI{id}"),
        "source_number": from,
        "destination_number": to,
        "content": if is_sent { "This is a test answer." } else { "This is a test: can you come on Tuesday?" },
        "message_type": "sms",
        "media_urls": [],
        "timestamp": written(now),
        "lead_status": null,
        "conversation_id": "test1",
        "person_resource_id": PERSON,
    });
    if let (true, Value::Object(fields)) = (is_sent, &mut body) {
        fields.insert("agent".into(), json!("Test Agent"));
    }
    body
}

fn form(id: &str, now: DateTime<Utc>) -> Value {
    json!({
        "resource_id": format!("FRM{id}"),
        "person_resource_id": PERSON,
        "form_data": {
            "your_name": "Test Lead",
            "phone_number": LEAD,
            "email_address": "test.lead@example.com",
            "message": "This is a test: I would like an estimate.",
        },
        "form_url": "https://www.example.com/contact",
        "landing_page_url": "https://www.example.com/",
        "referrer": "direct",
        "submitted_at": written(now),
        "first_form": true,
        "source": "Google Organic",
        "medium": "Organic",
    })
}

fn convert_assist(id: &str, now: DateTime<Utc>) -> Value {
    json!({
        "person_resource_id": PERSON,
        "last_interaction_resource_id": format!("CAL{id}"),
        "last_interaction_type": "Call",
        "answers": [
            {"answer_key": "Action plan", "answer_text": "1. Confirm the visit\n2. Send the estimate"},
            {"answer_key": "Coaching", "answer_text": "A test answer of Convert Assist."},
        ],
        "interaction_count": 1,
        "timestamp": written(now),
    })
}

fn assist_answered(id: &str, now: DateTime<Utc>) -> Value {
    json!({
        "call_id": format!("CAL{id}"),
        "person_id": PERSON,
        "tracking_number": TRACKING,
        "timestamp": written(now + TimeDelta::seconds(1)),
    })
}
