//! Varda: conversations, messages, calls, outcomes and contacts.
//!
//! Events: <https://docs.tryvarda.com/webhooks/events>; signature:
//! <https://docs.tryvarda.com/webhooks/signatures>; delivery:
//! <https://docs.tryvarda.com/webhooks/overview>. Bodies are published for four of the nine events;
//! the others are read by the same words, wherever they stand.

mod contact;
mod plain;
mod sample;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::*;
use crate::domain::call::CallPart;
use crate::domain::call::CallState;
use crate::domain::event::{Body, Conversation, Direction, IdentityKind, Message, OutcomeTag, ParsedEvent};
use crate::domain::phone;
use crate::domain::stage::Outcome;
use crate::providers::read::{self, word};
use crate::providers::words::{WordKind, squashed};
use contact::{add_contact, attribution, contact, contact_of, several};

/// Varda.
pub struct Varda;

const ABOUT: ProviderInfo = ProviderInfo {
    slug: "varda",
    name: "Varda",
    letters: "V",
    tells: "Chats, calls, outcomes",
    voice_assistant: false,
    credential: Credential::SigningKey {
        help: "Varda shows the secret once, when you create the endpoint. If it is gone, create the endpoint again.",
    },
    console_url: "https://docs.tryvarda.com/webhooks/overview",
    steps: &[
        (
            "Create an endpoint in Varda",
            "Add a webhook endpoint in Varda with this address and choose every event. Varda only sends to addresses \
             that begin with https.",
        ),
        (
            "Paste the secret here",
            "Varda shows it once, when the endpoint is created. With it we know a message is from Varda.",
        ),
    ],
    try_it: "Write a message in your own web chat, or call your number and hang up.",
    minutes: 3,
    // Five more tries with growing pauses: the vendor gives no times, so the shortest usual ones (1, 2, 4 … s).
    resends: Resends::For(30),
};

/// The nine events, with words for people.
const EVENTS: [(&str, &str); 9] = [
    ("conversation.created", "Conversation begun"),
    ("conversation.resolved", "Conversation resolved"),
    ("conversation.closed", "Conversation closed"),
    ("message.created", "Message"),
    ("call.started", "Call begun"),
    ("call.ended", "Call over"),
    ("call.outcome_tagged", "Outcome tagged"),
    ("contact.created", "New contact"),
    ("contact.updated", "Contact changed"),
];

impl Reader for Varda {
    fn about(&self) -> &'static ProviderInfo {
        &ABOUT
    }

    /// Every body names its event.
    fn events(&self) -> &'static [EventType] {
        &[]
    }

    fn read(&self, delivery: &ReaderInput<'_>) -> Result<Vec<ParsedEvent>, Unreadable> {
        let envelope = Envelope::of(delivery)?;
        let draft = match envelope.name {
            "message.created" => message(&envelope),
            "call.started" | "call.ended" => call(&envelope),
            "call.outcome_tagged" => outcome(&envelope),
            "contact.created" | "contact.updated" => contact(&envelope),
            _ => conversation(&envelope),
        }?;
        Ok(vec![draft])
    }

    /// `X-Varda-Signature: t=<seconds>,v1=<hex>`: HMAC-SHA256 over the text of `t`, a dot and the raw
    /// body. Parts are found by name. An old `t` is no reason to refuse: whether a late retry renews it
    /// is not documented, and ten refusals turn the endpoint off.
    fn verify(&self, raw: &[u8], headers: &Headers, keys: &[String]) -> Verdict {
        let Some(given) = headers.get("X-Varda-Signature").map(str::trim).filter(|s| !s.is_empty()) else {
            return Verdict::Failed("Varda sent no signature, and this source has a signing key.".into());
        };
        let parts = || given.split(',').filter_map(|part| part.split_once('=')).map(|(n, v)| (n.trim(), v.trim()));
        let time = parts().find(|(name, _)| *name == "t").map(|(_, value)| value);
        let tags: Vec<Vec<u8>> = parts()
            .filter(|(name, _)| *name == "v1")
            .filter_map(|(_, value)| hex::decode(value).ok())
            .filter(|tag| tag.len() == 32)
            .collect();
        let mut fits = false;
        if let Some(time) = time {
            // An empty key would let anybody sign.
            for key in keys.iter().map(|k| k.trim()).filter(|k| !k.is_empty()) {
                for tag in &tags {
                    fits |= signature::hmac_sha256_is(key.as_bytes(), &[time.as_bytes(), b".", raw], tag);
                }
            }
        }
        if fits {
            Verdict::Verified
        } else {
            Verdict::Failed("Signed with a key we do not know. If you changed it in Varda, paste the new one.".into())
        }
    }

    fn sign(&self, raw: &[u8], key: &str, now: DateTime<Utc>) -> Vec<(String, String)> {
        let time = now.timestamp().to_string();
        let tag = signature::hmac_sha256(key.trim().as_bytes(), &[time.as_bytes(), b".", raw]);
        vec![("X-Varda-Signature".into(), format!("t={time},v1={}", hex::encode(tag)))]
    }

    fn words(&self) -> Vec<Word> {
        let dispositions =
            plain::DISPOSITIONS.iter().map(|&(word, plain, _)| Word { kind: WordKind::Value, word, plain });
        dispositions
            .chain(words::of(WordKind::Event, &EVENTS))
            .chain(words::of(WordKind::Outcome, &plain::OUTCOMES))
            .chain(words::of(WordKind::Field, &plain::FIELDS))
            .chain(words::of(WordKind::Value, &plain::VALUES))
            .collect()
    }

    fn sample(&self, event: Option<&str>, now: DateTime<Utc>) -> (Option<&'static str>, String) {
        let name = event.and_then(known).unwrap_or("call.ended");
        (None, sample::body(name, now))
    }
}

fn known(name: &str) -> Option<&'static str> {
    EVENTS.into_iter().map(|(known, _)| known).find(|known| known.eq_ignore_ascii_case(name.trim()))
}

/// `{event, timestamp, data}`, and what every event needs of it.
struct Envelope<'a> {
    name: &'static str,
    /// When it was sent, UTC.
    sent: Option<DateTime<Utc>>,
    data: &'a Json,
    /// The kind, the id of the thing, the time, and the body: a retry under a new delivery id is the
    /// same event, a later change of the same thing is not.
    key: String,
    region: &'a str,
}

impl<'a> Envelope<'a> {
    fn of(delivery: &ReaderInput<'a>) -> Result<Envelope<'a>, Unreadable> {
        let body = delivery.body;
        if !matches!(body, Json::Object(_)) {
            return Err(Unreadable::new("Varda sent something that is not an event."));
        }
        let said = word(body, "event")
            .or_else(|| delivery.headers.get("X-Varda-Event").map(str::to_string))
            .or_else(|| delivery.event.map(str::to_string))
            .ok_or_else(|| Unreadable::at("event", "Varda sent a message that does not name its event."))?;
        let name = known(&said).ok_or_else(|| {
            let clipped: String = said.chars().filter(|c| !c.is_control()).take(60).collect();
            Unreadable::at("event", format!("Varda sent an event we do not know: {clipped}."))
        })?;
        let Some(data @ Json::Object(pairs)) = body.get("data") else {
            return Err(Unreadable::at("data", "Varda sent an event without its data."));
        };
        if pairs.is_empty() {
            return Err(Unreadable::at("data", "Varda sent an event without its data."));
        }
        let sent = time(body, "timestamp")?;
        let id = word(data, "id").unwrap_or_default();
        let stamp = read::text(body, "timestamp").unwrap_or_default();
        let key = format!("{name}:{id}:{stamp}:{}", read::hash_json(delivery.body));
        Ok(Envelope { name, sent, data, key, region: delivery.region })
    }

    fn draft(&self, at: Option<DateTime<Utc>>, body: Body) -> ParsedEvent {
        let mut draft = ParsedEvent::new(self.key.clone(), self.name, at, body);
        draft.attribution = attribution(self.data);
        draft
    }
}

/// A time in UTC, as Varda writes all of its times.
fn time(json: &Json, key: &str) -> Result<Option<DateTime<Utc>>, Unreadable> {
    let Some(value) = json.get(key).filter(|value| value.says_something()) else { return Ok(None) };
    let at = match value {
        Json::Number(_) => value.to_i64().and_then(|s| DateTime::from_timestamp(s, 0)).filter(read::is_sane),
        value => value.as_str().and_then(|text| read::instant(text).or_else(|| read::utc_without_zone(text))),
    };
    match at {
        Some(at) => Ok(Some(at)),
        None => Err(Unreadable::at(key, "Varda sent a time we could not read.")),
    }
}

fn conversation(envelope: &Envelope<'_>) -> Result<ParsedEvent, Unreadable> {
    let data = envelope.data;
    let id = word(data, "id").or_else(|| word(data, "conversation_id"));
    if id.is_none() && contact_of(data).is_none() {
        return Err(Unreadable::at("id", "Varda sent a conversation without saying which one."));
    }
    // `created_at` is when the conversation began: only of its beginning is that the time.
    let own = if envelope.name == "conversation.created" {
        time(data, "created_at")?
    } else {
        match time(data, "resolved_at")? {
            Some(at) => Some(at),
            None => time(data, "closed_at")?,
        }
    };
    let implied = match envelope.name {
        "conversation.resolved" => Some("resolved"),
        "conversation.closed" => Some("closed"),
        _ => None,
    };
    let body = Conversation {
        id: id.clone(),
        status: word(data, "status").or(implied.map(str::to_string)),
        priority: word(data, "priority"),
        channel: word(data, "channel_type"),
    };
    let mut draft = envelope.draft(own.or(envelope.sent), Body::Conversation(body));
    if let Some(contact) = contact_of(data) {
        add_contact(&mut draft, contact, envelope.region);
    }
    if let Some(id) = id {
        draft.add_identity(IdentityKind::Conversation, id);
    }
    Ok(draft)
}

fn message(envelope: &Envelope<'_>) -> Result<ParsedEvent, Unreadable> {
    let data = envelope.data;
    let at = time(data, "created_at")?.or(envelope.sent);
    let sender = word(data, "sender_type").map(|s| s.to_lowercase());
    let direction = match word(data, "direction").map(|d| d.to_lowercase()).as_deref() {
        Some("inbound" | "incoming") => Direction::Inbound,
        Some("outbound" | "outgoing") => Direction::Outbound,
        _ => match sender.as_deref() {
            Some("contact" | "visitor" | "lead" | "customer") => Direction::Inbound,
            Some(_) => Direction::Outbound,
            None => {
                return Err(Unreadable::at("direction", "Varda sent a message without saying who wrote it."));
            }
        },
    };
    let conversation = word(data, "conversation_id");
    let e164 = |key: &str| word(data, key).and_then(|number| phone::e164(&number, envelope.region));
    let (from, to) = (e164("from_number"), e164("to_number"));
    let business = if direction == Direction::Inbound { to.clone() } else { from.clone() };
    let lead = if direction == Direction::Inbound { from.clone() } else { to.clone() };
    let body = Message {
        direction,
        channel: word(data, "channel_type").map_or_else(|| "chat".to_string(), |c| c.to_lowercase()),
        text: data.get("content").and_then(Json::as_str).unwrap_or_default().to_string(),
        from,
        to,
        agent: word(data, "sender_name").filter(|_| direction == Direction::Outbound),
        conversation_id: conversation.clone(),
        media: several(data, &["media_urls", "attachments"]),
        delivery_status: word(data, "delivery_status"),
    };
    let mut draft = envelope.draft(at, Body::Message(body));
    read::business_phone(&mut draft, business.as_deref(), envelope.region);
    if let Some(lead) = lead {
        read::lead_e164(&mut draft, &lead);
    }
    if let Some(contact) = contact_of(data) {
        add_contact(&mut draft, contact, envelope.region);
    }
    if draft.person.name.is_none() && direction == Direction::Inbound {
        draft.person.name = word(data, "sender_name").filter(|n| phone::e164(n, envelope.region).is_none());
    }
    if let Some(id) = word(data, "id") {
        draft.add_identity(IdentityKind::Message, id);
    }
    if let Some(id) = conversation {
        draft.add_identity(IdentityKind::Conversation, id);
    }
    Ok(draft)
}

fn call(envelope: &Envelope<'_>) -> Result<ParsedEvent, Unreadable> {
    let data = envelope.data;
    let id = word(data, "id").or_else(|| word(data, "call_session_id"));
    let started_at = time(data, "started_at")?;
    let ended_at = time(data, "ended_at")?;
    let e164 = |key: &str| word(data, key).and_then(|number| phone::e164(&number, envelope.region));
    let (from, to) = (e164("from_number"), e164("to_number"));
    if id.is_none() && from.is_none() && to.is_none() {
        return Err(Unreadable::at("id", "Varda sent a call without saying which one."));
    }
    let is_outbound = word(data, "direction").is_some_and(|d| d.to_lowercase().starts_with("out"));
    let direction = if is_outbound { Direction::Outbound } else { Direction::Inbound };
    let (lead, business) = if is_outbound { (to.clone(), from.clone()) } else { (from.clone(), to.clone()) };
    let is_over = envelope.name == "call.ended";

    let mut part = CallPart {
        call: id.clone(),
        sent_us: envelope.sent.map_or(0, |sent| sent.timestamp_micros()),
        rank: if is_over { 2 } else { 0 },
        direction: Some(direction),
        started_at,
        from,
        to,
        tracking_number: business.clone(),
        agent: word(data, "agent_name").or_else(|| word(data, "agent")),
        recording_url: read::text(data, "recording_url"),
        state: Some(CallState::Ringing),
        ..CallPart::default()
    };
    if is_over {
        part.duration_s = data
            .get("duration_seconds")
            .and_then(Json::to_i64)
            .filter(|s| *s >= 0)
            .or_else(|| started_at.zip(ended_at).map(|(from, to)| (to - from).num_seconds()).filter(|s| *s >= 0));
        ended(data, &mut part);
    } else if word(data, "status").is_some_and(|s| s.replace('-', "_").to_lowercase().ends_with("progress")) {
        part.state = Some(CallState::InProgress);
    }

    let mut draft = envelope.draft(started_at.or(envelope.sent), Body::Call(Box::new(part)));
    read::business_phone(&mut draft, business.as_deref(), envelope.region);
    if let Some(lead) = lead
        && !draft.business.contains(&lead)
    {
        read::lead_e164(&mut draft, &lead);
    }
    if let Some(contact) = contact_of(data) {
        add_contact(&mut draft, contact, envelope.region);
    }
    if let Some(id) = id {
        draft.add_identity(IdentityKind::Call, id);
    }
    if let Some(id) = word(data, "conversation_id") {
        draft.add_identity(IdentityKind::Conversation, id);
    }
    Ok(draft)
}

/// `status` is `ended` of every call: only `disposition` says how. The set of its words is not
/// documented, so an unknown one is kept as a claim and the seconds decide.
fn ended(data: &Json, part: &mut CallPart) {
    let said = word(data, "disposition");
    let spoke = part.duration_s.is_some_and(|seconds| seconds > 0);
    let known = said.as_deref().map(squashed).and_then(|wanted| {
        let found = plain::DISPOSITIONS.iter().find(|(word, ..)| squashed(word) == wanted);
        found.map(|(_, _, state)| *state)
    });
    let (state, answered) = match known {
        Some(state) => (state, Some(state == CallState::Completed)),
        None => {
            if let Some(said) = &said {
                part.claims.push(("disposition".into(), Value::String(said.clone())));
            }
            match (spoke, part.duration_s) {
                (true, _) => (CallState::Completed, Some(true)),
                (false, Some(_)) => (CallState::Missed, Some(false)),
                (false, None) => (CallState::Completed, None),
            }
        }
    };
    part.state = Some(state);
    part.answered = answered;
    part.voicemail = Some(state == CallState::Voicemail);
    if let Some(said) = said {
        part.dispositions.insert("disposition".into(), Value::String(said));
    }
}

fn outcome(envelope: &Envelope<'_>) -> Result<ParsedEvent, Unreadable> {
    let data = envelope.data;
    let Some(said) = word(data, "outcome_type") else {
        return Err(Unreadable::at("outcome_type", "Varda sent an outcome without saying which one."));
    };
    let call = word(data, "call_session_id");
    let cents = |key: &str| data.get(key).and_then(Json::to_i64);
    let normal = said.to_lowercase().replace(['-', ' '], "_");
    let body = OutcomeTag {
        outcome: Outcome::parse(&normal).unwrap_or(Outcome::Other),
        said,
        call: call.clone(),
        estimated_cents: cents("estimated_value_cents"),
        actual_cents: cents("actual_value_cents"),
        revenue_cents: cents("revenue_cents"),
        notes: data.get("notes").and_then(Json::to_text),
    };
    let mut draft = envelope.draft(envelope.sent, Body::Outcome(body));
    if let Some(contact) = contact_of(data) {
        add_contact(&mut draft, contact, envelope.region);
    }
    if let Some(call) = call {
        draft.add_identity(IdentityKind::Call, call);
    }
    Ok(draft)
}
