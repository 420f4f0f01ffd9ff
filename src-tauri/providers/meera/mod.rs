//! Meera: text conversations with leads. One event, "the lead's status changed", whose word is
//! `lead_status`.
//!
//! Source: <https://www.meera.ai/en/helpcenter/status-definitions>, and for the way of a webhook
//! <https://www.meera.ai/en/knowledge/webhooks-technical-guide>. Neither signature, retries nor an
//! event id are documented there.

mod moment;
mod plain;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::read::{business_phone, hash_json, id_text, lead_email, lead_phone, text, word};
use super::*;
use crate::domain::event::{AppointmentDraft, Body, ExternalId, IdentityKind, StatusChange};
use crate::domain::stage::Stage;
use crate::providers::words::{WordKind, squashed};
use crate::zone::Tz;

/// Meera.
pub struct Meera;

/// What a documented `lead_status` means to us.
#[derive(Clone, Copy)]
struct Meaning {
    stage: Stage,
    /// The lead did something.
    from_lead: bool,
    /// Where the body says when.
    time: Option<&'static str>,
    /// Where the body says why.
    reason: Option<&'static str>,
}

impl Meaning {
    const fn is(stage: Stage) -> Meaning {
        Meaning { stage, from_lead: false, time: None, reason: None }
    }

    const fn at(self, time: &'static str) -> Meaning {
        Meaning { time: Some(time), ..self }
    }

    const fn by_lead(self) -> Meaning {
        Meaning { from_lead: true, ..self }
    }

    const fn because(self, reason: &'static str) -> Meaning {
        Meaning { reason: Some(reason), ..self }
    }
}

const RESPONDED: Meaning = Meaning::is(Stage::Responded).by_lead();
const TRANSFER: Meaning = RESPONDED.at("transfered_date_time");
const CLOSE: &str = "soft_close_reason";

/// The seventeen documented statuses (design.md, "Which stage"), each with words for people. The status is spelled
/// `Transferred`, its fields `transfered`, and so both are here.
const STATUSES: [(&str, &str, Meaning); 18] = [
    ("Posted", "Given to Meera", Meaning::is(Stage::New)),
    ("NotDone", "Not called yet", Meaning::is(Stage::New)),
    ("Undelivered", "The text was not delivered", Meaning::is(Stage::New)),
    ("Delivered", "The text was delivered", Meaning::is(Stage::Contacted)),
    ("Called", "Called", Meaning::is(Stage::Contacted).at("called_date_time")),
    ("Responded", "Answered", RESPONDED.at("responded_date_time")),
    ("CallInitiated", "A call to a rep began", RESPONDED),
    ("Transferred", "Talked with a rep, 30 to 90 seconds", TRANSFER),
    ("Transfered", "Talked with a rep, 30 to 90 seconds", TRANSFER),
    ("RepCall30SEC", "Talked with a rep, under 30 seconds", TRANSFER),
    ("NoRepResponse", "No rep took the call", TRANSFER),
    ("Scheduled", "Has an appointment", Meaning::is(Stage::Booked).by_lead().at("scheduled_date_time")),
    (
        "Converted",
        "Talked with a rep, over 90 seconds",
        Meaning::is(Stage::Converted).by_lead().at("all_converted_date_time"),
    ),
    ("LcmLeadClose", "Closed by Meera", Meaning::is(Stage::Lost).because(CLOSE)),
    ("ClosedByClient", "Closed by the business", Meaning::is(Stage::Lost).because(CLOSE)),
    ("ClosedAfterFollowup", "Closed after no answer to the last text", Meaning::is(Stage::Unreachable).because(CLOSE)),
    ("BadPhone", "The number does not work", Meaning::is(Stage::Unreachable).because(CLOSE)),
    ("DNC", "Do not contact", Meaning::is(Stage::DoNotContact).because("dnd_reason")),
];

/// What a status means, whatever its case; `None` for a word that is not documented.
fn meaning(lead_status: &str) -> Option<Meaning> {
    let wanted = squashed(lead_status);
    STATUSES.iter().find(|(word, ..)| squashed(word) == wanted).map(|(_, _, meaning)| *meaning)
}

/// Fields that are kept elsewhere: who the lead is.
const CONTACT: [&str; 9] = [
    "lead_id",
    "external_system_id",
    "external_caller_id",
    "ps_id",
    "first_name",
    "last_name",
    "full_name",
    "email",
    "mobile_number",
];

impl Reader for Meera {
    fn about(&self) -> &'static ProviderInfo {
        &ProviderInfo {
            slug: "meera",
            name: "Meera",
            letters: "M",
            tells: "Text conversations",
            voice_assistant: false,
            credential: Credential::AuthHeader {
                help: "You choose it. Make up a long password and tell Meera to send it as the Authorization header, \
                       such as “Authorization: Bearer” and the password. Paste the same line here. The whole line is \
                       compared, so Basic with a Meera API token works as well.",
            },
            console_url: "https://www.meera.ai/en/helpcenter/status-definitions",
            steps: &[
                (
                    "Give the address to Meera",
                    "Meera enters it for you: write to help@meera.ai with the address, the campaigns it is for, and \
                     the Authorization header Meera has to send.",
                ),
                (
                    "Paste the header here",
                    "Meera does not sign its messages. With the header we know a message is from Meera; without it we \
                     trust the secret key in the address, and mark what arrives as unsigned.",
                ),
            ],
            try_it: "Post yourself as a lead to a campaign and answer the text. Each change of status shows here.",
            minutes: 5,
            resends: Resends::Unknown,
        }
    }

    fn events(&self) -> &'static [EventType] {
        &[]
    }

    fn read(&self, delivery: &ReaderInput<'_>) -> Result<Vec<ParsedEvent>, Unreadable> {
        let body = delivery.body;
        if !matches!(body, Json::Object(_)) {
            return Err(Unreadable::new("Meera sent something that is not a status of a lead."));
        }
        let Some(lead_status) = text(body, "lead_status") else {
            return Err(Unreadable::at("lead_status", "Meera sent a message without the lead's status."));
        };
        let details = match body.get("lead_details") {
            Some(details @ Json::Object(_)) => details,
            _ => return Err(Unreadable::at("lead_details", "Meera sent a status without saying whose it is.")),
        };

        let meaning = meaning(&lead_status);
        let zones = [zone(details, "campaign_timezone"), zone(details, "user_timezone")];
        let at = meaning
            .as_ref()
            .and_then(|m| m.time)
            .and_then(|key| text(details, key))
            .and_then(|t| moment::read(&t, &zones));
        let lead_id = id_text(details, "lead_id").unwrap_or_default();
        let campaign_id = id_text(details, "campaign_id").unwrap_or_default();
        // There is no event id: the body itself tells one change from the next.
        let key = format!("status:{campaign_id}:{lead_id}:{lead_status}:{}", hash_json(delivery.body));
        let status = StatusChange {
            stage: meaning.as_ref().map(|m| m.stage),
            status: lead_status.clone(),
            reason: meaning.as_ref().and_then(|m| m.reason).and_then(|key| text(details, key)),
            from_lead: meaning.as_ref().is_some_and(|m| m.from_lead),
            facts: facts(body, details),
        };

        let mut draft = ParsedEvent::new(key, lead_status, at, Body::Status(status));
        draft.add_identity(IdentityKind::Person, lead_id);
        if let Some(mobile) = id_text(details, "mobile_number") {
            lead_phone(&mut draft, &mobile, delivery.region);
        }
        if let Some(email) = text(details, "email") {
            lead_email(&mut draft, &email);
        }
        business_phone(&mut draft, id_text(details, "rep_phone").as_deref(), delivery.region);
        describe(&mut draft, details, &zones);
        draft.person.custom = custom(body);
        if draft.identities.is_empty() && draft.person.name.is_none() {
            return Err(Unreadable::at("lead_details", "Meera sent a status without saying whose it is."));
        }
        Ok(vec![draft])
    }

    fn words(&self) -> Vec<Word> {
        let statuses = STATUSES.iter().map(|&(word, plain, _)| Word { kind: WordKind::Status, word, plain });
        statuses
            .chain(words::of(WordKind::Reason, &plain::REASONS))
            .chain(words::of(WordKind::Field, &plain::FIELDS))
            .chain(words::of(WordKind::Value, &plain::VALUES))
            .collect()
    }

    fn sample(&self, _event: Option<&str>, now: DateTime<Utc>) -> (Option<&'static str>, String) {
        let at = now.with_timezone(&Tz::NEW_YORK).format("%Y-%m-%d %I:%M:%S %p %Z").to_string();
        let details = serde_json::json!({
            "current_status": "open",
            "lead_id": 99000142,
            "posted_date": now.format("%Y-%m-%d").to_string(),
            "first_name": "Test",
            "last_name": "Lead",
            "external_caller_id": "",
            "email": "test.lead@example.com",
            "full_name": "Test Lead",
            "user_timezone": "America/New_York",
            "mobile_number": "+12025550142",
            "rep_phone": null,
            "ps_id": "",
            "external_system_id": "",
            "campaign_name": "Test campaign",
            "campaign_timezone": "America/New_York",
            "campaign_id": 1,
            "message_status": "delivered",
            "send_welcome_msg": "Yes",
            "dnd_status": "No",
            "dnd_reason": "",
            "soft_close": "No",
            "soft_close_reason": "",
            "responded": "Yes",
            "responded_date_time": at,
            "confirm_rsvp": "",
            "rsvp_session": "",
            "scheduled": "No",
            "scheduled_date_time": "",
            "call_attempt": 0,
            "called": "No",
            "call_status": "notdone",
            "called_date_time": "",
            "transfered": "No",
            "transfered_date_time": "",
            "all_converted": "No",
            "all_converted_date_time": "",
            "converted_inbound": "No",
            "converted_outbound": "No",
            "total_call_duration": 0,
            "representative_call_duration": null
        });
        let body = serde_json::json!({
            "status": true,
            "message": "Success",
            "pushbackUrl": "https://example.com/hooks",
            "lead_status": "Responded",
            "lead_details": details,
            "lead_info": {}
        });
        (None, body.to_string())
    }
}

/// Says who the lead is: nothing here names them, except the name they go by.
fn describe(draft: &mut ParsedEvent, details: &Json, zones: &[Option<Tz>; 2]) {
    let person = &mut draft.person;
    person.name = word(details, "full_name").or_else(|| {
        let parts: Vec<String> = ["first_name", "last_name"].iter().filter_map(|key| word(details, key)).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    });
    person.campaign = word(details, "campaign_name");
    person.time_zone = zone(details, "user_timezone").map(|zone| zone.name().to_string());
    for name in ["external_system_id", "external_caller_id", "ps_id"] {
        if let Some(value) = id_text(details, name).filter(|v| !crate::domain::event::is_placeholder(v)) {
            person.external_ids.push(ExternalId { name: name.to_string(), value });
        }
    }
    for key in ["rsvp_session", "confirm_rsvp"] {
        // A bare yes or no is no appointment: it stays among the facts.
        let said = details.get(key).filter(|json| json.to_bool().is_none());
        let Some(text) = said.and(word(details, key)) else { continue };
        if !person.appointments.iter().any(|a| a.text == text) {
            person.appointments.push(AppointmentDraft { at: moment::read(&text, zones), text });
        }
    }
}

/// An IANA zone named by a field.
fn zone(details: &Json, key: &str) -> Option<Tz> {
    text(details, key)?.parse().ok()
}

/// Everything else that was said, verbatim. Not `pushbackUrl`: it holds the source's secret key.
fn facts(body: &Json, details: &Json) -> Map<String, Value> {
    let mut facts = Map::new();
    let mut keep = |key: &str, value: &Json| {
        let secret =
            key.chars().filter(|c| c.is_alphanumeric()).collect::<String>().eq_ignore_ascii_case("pushbackurl");
        if value.says_something() && !secret {
            facts.insert(key.to_string(), value.to_value());
        }
    };
    for (key, value) in details.pairs() {
        if !CONTACT.contains(&key.as_str()) {
            keep(key, value);
        }
    }
    // `status` and `message` speak of the webhook itself, and say so when something is wrong.
    for (key, value) in body.pairs() {
        let fine = match key.as_str() {
            "lead_status" | "lead_details" | "lead_info" => true,
            "status" => value.to_bool() == Some(true),
            "message" => value.as_str().is_some_and(|m| m.trim().eq_ignore_ascii_case("success")),
            _ => false,
        };
        if !fine {
            keep(key, value);
        }
    }
    facts
}

/// The campaign's own fields: free keys, all kept, never identities.
fn custom(body: &Json) -> Map<String, Value> {
    let mut custom = Map::new();
    match body.get("lead_info") {
        Some(info @ Json::Object(_)) => {
            for (key, value) in info.pairs().iter().filter(|(_, value)| value.says_something()) {
                custom.insert(key.clone(), value.to_value());
            }
        }
        Some(other) if other.says_something() && *other != Json::List(Vec::new()) => {
            custom.insert("lead_info".to_string(), other.to_value());
        }
        _ => {}
    }
    custom
}
