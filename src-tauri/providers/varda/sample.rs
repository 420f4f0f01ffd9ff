//! Test events, written as Varda writes its own.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

const LEAD: &str = crate::domain::phone::TEST_NUMBER;
const BUSINESS: &str = "+12025550100";

/// The body of a test event that happens at `now`. Events made in the same second are about the same
/// call and conversation.
pub(super) fn body(name: &str, now: DateTime<Utc>) -> String {
    let id = now.timestamp();
    let written = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let ends = now + TimeDelta::seconds(95);
    let (sent, data) = match name {
        "message.created" => (
            now,
            json!({
                "id": id,
                "conversation_id": id,
                "direction": "inbound",
                "sender_type": "contact",
                "sender_name": "Test Lead",
                "content": "This is a test: I would like an estimate.",
                "message_type": "text",
                "channel_type": "webchat",
                "contact": contact(true),
                "attribution": attribution(),
                "created_at": written(now),
            }),
        ),
        "call.started" => (
            now,
            json!({
                "id": id,
                "direction": "inbound",
                "status": "ringing",
                "from_number": LEAD,
                "to_number": BUSINESS,
                "contact": contact(false),
                "attribution": attribution(),
                "started_at": written(now),
            }),
        ),
        "call.ended" => (
            ends,
            json!({
                "id": id,
                "direction": "inbound",
                "status": "ended",
                "from_number": LEAD,
                "to_number": BUSINESS,
                "duration_seconds": 95,
                "disposition": "completed",
                "contact": contact(false),
                "attribution": attribution(),
                "started_at": written(now),
                "ended_at": written(ends),
            }),
        ),
        "call.outcome_tagged" => (
            now,
            json!({
                "id": id,
                "call_session_id": id,
                "outcome_type": "booked",
                "estimated_value_cents": 45_000,
                "actual_value_cents": 0,
                "revenue_cents": 45_000,
                "notes": "This is a test.",
                "contact": contact(false),
                "attribution": attribution(),
            }),
        ),
        "contact.created" | "contact.updated" => (
            now,
            json!({
                "id": 1,
                "name": "Test Lead",
                "email": "test.lead@example.com",
                "phone": LEAD,
                "type": "lead",
                "created_at": written(now),
                "updated_at": written(now),
            }),
        ),
        other => (
            now,
            json!({
                "id": id,
                "status": match other {
                    "conversation.resolved" => "resolved",
                    "conversation.closed" => "closed",
                    _ => "open",
                },
                "priority": "normal",
                "channel_id": 1,
                "channel_type": "webchat",
                "contact": contact(true),
                "attribution": attribution(),
                "created_at": written(now),
                "updated_at": written(now),
            }),
        ),
    };
    json!({"event": name, "timestamp": written(sent), "data": data}).to_string()
}

fn contact(with_email: bool) -> Value {
    let mut contact = json!({"id": 1, "name": "Test Lead", "phone": LEAD});
    if let (true, Value::Object(fields)) = (with_email, &mut contact) {
        fields.insert("email".into(), json!("test.lead@example.com"));
    }
    contact
}

fn attribution() -> Value {
    json!({
        "source": "google_ads",
        "medium": "cpc",
        "campaign": "test-campaign",
        "landing_page": "https://example.com/",
        "type": "session",
    })
}
