//! Test events as Curious Thing would write them.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use super::CuriousThingEvent;
use crate::domain::event::short_hash;

/// A body of the event that happens at `now`.
pub fn body(kind: CuriousThingEvent, now: DateTime<Utc>) -> String {
    let element = match kind {
        CuriousThingEvent::CallComplete => call_complete(now),
        CuriousThingEvent::CallAttempted => json!({
            "time": iso(now),
            "phone": "12025550142",
            "status": "success",
            "campaignId": id("campaign", None),
            "correlationId": id("list", Some(now)),
        }),
        CuriousThingEvent::CallReceived => json!({
            "time": iso(now),
            "phone": "12025550142",
            "type": "inbound",
            "campaignId": id("campaign", None),
        }),
        CuriousThingEvent::SmsSent => json!({
            "time": iso(now),
            "from": "12025550199",
            "to": "12025550142",
            "message": "This is a test text to Test Lead.",
            "campaignId": id("campaign", None),
        }),
        CuriousThingEvent::SmsReceived => json!({
            "time": iso(now),
            "from": "12025550142",
            "to": "12025550199",
            "message": "This is a test text from Test Lead.",
            "campaignId": id("campaign", None),
        }),
    };
    Value::Array(vec![element]).to_string()
}

fn call_complete(now: DateTime<Utc>) -> Value {
    json!({
        "id": id("event", Some(now)),
        "eventType": "CallComplete",
        "createdAt": iso(now + TimeDelta::seconds(75)),
        "data": {
            "correlationId": id("list", Some(now)),
            "sessionId": id("session", Some(now)),
            "callResultId": id("result", Some(now)),
            "name": "Test Lead",
            "phone": "12025550142",
            "campaignId": id("campaign", None),
            "lastStepName": "When should we start?",
            "startedTime": iso(now),
            "flow": [
                {"questionName": "What would you like help with?", "response": "Other", "transcript": "A kitchen."},
                {"questionName": "When should we start?", "response": "Other", "transcript": "In the spring."},
            ],
            "requests": [],
            "status": "Complete",
            "additionalInformation": "No further action",
        },
    })
}

fn iso(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// An id in the form of a UUID: a new one for each test event.
fn id(what: &str, now: Option<DateTime<Utc>>) -> String {
    let seed = now.and_then(|t| t.timestamp_nanos_opt()).unwrap_or_default().to_string();
    let hex = hex::encode(short_hash(&["test event", what, &seed]));
    format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
}
