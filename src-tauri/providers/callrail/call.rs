//! Calls, from Pre-Call to Outbound Call Modified. They share one shape:
//! <https://apidocs.callrail.com/#calls>, with the legacy names that webhooks still carry.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::assist::{VoiceMessage, voice_message};
use super::body::{attribution, first, ids, labels, link_person, structured, telling, time, verbatim};
use super::{CallRailEvent, Json, ReaderInput, Unreadable, plain};
use crate::domain::call::CallPart;
use crate::domain::call::{CallState, Keyword, Turn};
use crate::domain::event::{Address, Body, Direction, IdentityKind, ParsedEvent};
use crate::domain::phone;
use crate::domain::stage::{Sentiment, SentimentLabel, SentimentOrigin};
use crate::providers::read;
use crate::providers::words::squashed;

/// The body says which of its fields were changed: only Call Modified does.
pub(super) fn names_changes(body: &Json) -> bool {
    telling(body, "changes").is_some()
}

/// The business called the lead.
pub(super) fn is_outbound(body: &Json) -> bool {
    let says = |key: &str| read::word(body, key).is_some_and(|word| word.eq_ignore_ascii_case("outbound"));
    says("direction") || (read::word(body, "direction").is_none() && says("call_type"))
}

/// The call is over beyond doubt: Pre-Call says `missed` of every call, so `missed` is no sign.
pub(super) fn is_over(body: &Json) -> bool {
    let flag = |key: &str| body.get(key).and_then(Json::to_bool) == Some(true);
    let more_than_none = |key: &str| body.get(key).and_then(Json::to_f64).is_some_and(|n| n > 0.0);
    let ended = matches!(call_type(body), Some(Type::Abandoned | Type::Voicemail));
    ended
        || flag("voicemail")
        || more_than_none("duration")
        || more_than_none("recording_duration")
        || ["recording", "recording_player", "transcription", "conversational_transcript", "call_summary"]
            .iter()
            .any(|key| telling(body, key).is_some())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Answered,
    Missed,
    Abandoned,
    Voicemail,
}

/// The documents say `abandonded`, real bodies say `abandoned`. `outbound` and `in_progress` do not
/// say how a call ended.
fn call_type(body: &Json) -> Option<Type> {
    let wanted = squashed(&read::word(body, "call_type")?);
    TYPES.iter().find(|(word, ..)| squashed(word) == wanted).and_then(|(_, _, said)| *said)
}

/// What `call_type` may be, with words for people.
pub(super) const TYPES: [(&str, &str, Option<Type>); 8] = [
    ("answered", "Answered", Some(Type::Answered)),
    ("missed", "Missed", Some(Type::Missed)),
    ("abandoned", "Hung up before an answer", Some(Type::Abandoned)),
    ("abandonded", "Hung up before an answer", Some(Type::Abandoned)),
    ("voicemail", "Voicemail", Some(Type::Voicemail)),
    ("voicemail_transcription", "Voicemail", Some(Type::Voicemail)),
    ("outbound", "Outbound", None),
    ("in_progress", "On the line", None),
];

/// Reads a call.
pub(super) fn read(kind: CallRailEvent, delivery: &ReaderInput<'_>, body: &Json) -> Result<ParsedEvent, Unreadable> {
    let at = started(body)?;
    let ids = ids(body);
    let direction = match kind {
        CallRailEvent::OutboundPostCall | CallRailEvent::OutboundCallModified => Direction::Outbound,
        _ if is_outbound(body) => Direction::Outbound,
        _ => Direction::Inbound,
    };
    let sides = Sides::of(body, delivery.region);
    let key = match (ids.first(), at) {
        (Some(id), _) => id.clone(),
        // No body without an id was ever seen; number and time name a call well enough.
        (None, Some(at)) if sides.lead.is_some() || sides.tracking.is_some() => {
            format!("#{}:{}:{}", text_of(&sides.lead), text_of(&sides.tracking), at.timestamp_micros())
        }
        _ => return Err(Unreadable::at("resource_id", "CallRail sent a call without saying which one.")),
    };
    let key = match kind {
        CallRailEvent::CallModified | CallRailEvent::OutboundCallModified => {
            format!("{}:{key}:{}", kind.key(), read::hash_json(delivery.body))
        }
        _ => format!("{}:{key}", kind.key()),
    };

    let voice = voice_message(body);
    let mut part = enriched(body);
    part.call = ids.first().cloned();
    part.direction = Some(direction);
    part.started_at = at;
    part.tracking_number.clone_from(&sides.tracking);
    let ours = sides.business.clone().or_else(|| sides.tracking.clone());
    (part.from, part.to) = match direction {
        Direction::Inbound => (sides.lead.clone(), ours),
        Direction::Outbound => (ours, sides.lead.clone()),
    };
    progress(kind, body, &mut part);
    changes(kind, body, &mut part);
    part.answers.clone_from(&voice.answers);

    let mut draft = ParsedEvent::new(key, kind.key(), at, Body::Call(Box::new(part)));
    read::business_phone(&mut draft, sides.tracking.as_deref(), delivery.region);
    read::business_phone(&mut draft, sides.business.as_deref(), delivery.region);
    who(&mut draft, body, &sides, voice, delivery.region);
    for id in ids {
        draft.add_identity(IdentityKind::Call, id);
    }
    draft.attribution = attribution(body);
    Ok(draft)
}

fn text_of(number: &Option<String>) -> &str {
    number.as_deref().unwrap_or_default()
}

/// When the call began. `start_time` carries its own offset, which need not be the company's;
/// `timestamp` repeats it and `datetime` is the same in UTC.
fn started(body: &Json) -> Result<Option<chrono::DateTime<chrono::Utc>>, Unreadable> {
    if let Some(at) = time(body, "start_time", "a start time")? {
        return Ok(Some(at));
    }
    if let Some(at) = time(body, "timestamp", "a start time")? {
        return Ok(Some(at));
    }
    if let Some(at) = read::text(body, "datetime").and_then(|text| read::utc_without_zone(&text)) {
        return Ok(Some(at));
    }
    time(body, "created_at", "a start time")
}

/// The numbers of the two sides.
struct Sides {
    lead: Option<String>,
    /// The lead's side withheld its number.
    blocked: bool,
    tracking: Option<String>,
    business: Option<String>,
}

impl Sides {
    fn of(body: &Json, region: &str) -> Sides {
        let number = |keys: &[&str]| {
            keys.iter().filter_map(|key| read::text(body, key)).find_map(|text| phone::e164(&text, region))
        };
        const LEAD: [&str; 3] = ["customer_phone_number", "callernum", "formatted_customer_phone_number"];
        let lead = number(&LEAD);
        let blocked =
            lead.is_none() && LEAD.iter().filter_map(|key| read::text(body, key)).any(|text| phone::is_blocked(&text));
        Sides {
            lead,
            blocked,
            tracking: number(&["tracking_phone_number", "trackingnum", "formatted_tracking_phone_number"]),
            business: number(&["business_phone_number", "destinationnum", "formatted_business_phone_number"]),
        }
    }
}

/// Who called or was called.
fn who(draft: &mut ParsedEvent, body: &Json, sides: &Sides, voice: VoiceMessage, region: &str) {
    if let Some(lead) = &sides.lead
        && !draft.business.contains(lead)
    {
        read::lead_e164(draft, lead);
    }
    // Everybody who withholds the number may be one person to CallRail: not to us.
    if !sides.blocked {
        link_person(draft, body);
    }
    if let Some(number) = voice.phone.as_deref().and_then(|text| phone::e164(text, region))
        && !draft.business.contains(&number)
    {
        read::lead_e164(draft, &number);
    }
    let caller_id = first(body, &["customer_name", "callername"])
        .filter(|name| !phone::is_blocked(name) && phone::e164(name, region).is_none());
    draft.person.name_is_caller_id = voice.name.is_none() && caller_id.is_some();
    draft.person.name = voice.name.or(caller_id);
    draft.person.address = Address {
        street: None,
        city: first(body, &["customer_city", "callercity"]),
        state: first(body, &["customer_state", "callerstate"]),
        zip: match labels(body, "zip_code").as_slice() {
            [zip] => Some(zip.clone()),
            _ => None,
        },
        country: first(body, &["customer_country", "callercountry"]),
    };
    draft.person.campaign = first(body, &["campaign"]);
    if let Some(Json::Object(pairs)) = telling(body, "custom").as_deref() {
        draft.person.custom =
            pairs.iter().filter(|(_, v)| v.says_something()).map(|(k, v)| (k.clone(), v.to_value())).collect();
    }
}

/// How far the call has come.
fn progress(kind: CallRailEvent, body: &Json, part: &mut CallPart) {
    match kind {
        // Everything Pre-Call says of the ending (missed, not answered, 0 seconds) is a placeholder.
        CallRailEvent::PreCall => {
            part.rank = 0;
            part.state = Some(CallState::Ringing);
            return;
        }
        CallRailEvent::RoutingComplete => {
            part.rank = 1;
            part.state = Some(CallState::InProgress);
            return;
        }
        CallRailEvent::CallModified | CallRailEvent::OutboundCallModified => part.rank = 3,
        _ => part.rank = 2,
    }
    let flag = |key: &str| body.get(key).and_then(Json::to_bool);
    let (answered, voicemail, said) = (flag("answered"), flag("voicemail"), call_type(body));
    part.duration_s = body.get("duration").and_then(Json::to_i64).filter(|seconds| (0..=1_000_000).contains(seconds));
    part.voicemail = voicemail.or_else(|| said.map(|said| said == Type::Voicemail));
    let (state, spoke) = match (said, voicemail, answered) {
        (Some(Type::Voicemail), ..) | (_, Some(true), _) => (Some(CallState::Voicemail), Some(false)),
        (Some(Type::Answered), ..) => (Some(CallState::Completed), Some(answered.unwrap_or(true))),
        (Some(Type::Missed), ..) => (Some(CallState::Missed), Some(false)),
        (Some(Type::Abandoned), ..) => (Some(CallState::Abandoned), Some(false)),
        (None, _, Some(true)) => (Some(CallState::Completed), Some(true)),
        (None, _, Some(false)) => (Some(CallState::Missed), Some(false)),
        // A change says nothing about the ending if it does not name it; Post-Call says it is over.
        (None, _, None) if part.rank == 3 => (None, None),
        (None, _, None) => (Some(CallState::Completed), None),
    };
    part.state = state;
    part.answered = spoke;
}

/// Everything about a call that does not depend on which event brings it.
fn enriched(body: &Json) -> CallPart {
    let sentiment = read::word(body, "sentiment");
    let transcription = verbatim(body, "transcription");
    let mut transcript = spoken(body);
    if let (true, Some(text)) = (transcript.is_empty(), &transcription) {
        transcript = labelled(text);
    }
    let tags = labels(body, "tags");
    CallPart {
        agent: first(body, &["agent_email", "agent_name", "agent"]),
        recording_url: recording(body),
        summary: summary(body),
        transcript,
        transcript_raw: transcription,
        keywords: keywords(body),
        sentiment: sentiment.as_deref().and_then(SentimentLabel::parse).map(|label| Sentiment {
            label,
            score: None,
            origin: SentimentOrigin::Provider,
        }),
        claims: claims(body, &tags),
        tags: (!tags.is_empty()).then_some(tags),
        value_cents: body.get("value").and_then(read::cents),
        note: verbatim(body, "note"),
        lead_status: read::word(body, "lead_status"),
        score: first(body, &["lead_score", "score"]),
        keypad: keypad(body),
        milestones: object(body, "milestones"),
        ..CallPart::default()
    }
}

/// The address of the sound itself; the REST API's own address needs a password, the player's does not.
fn recording(body: &Json) -> Option<String> {
    let links: Vec<String> = ["recording", "recording_redirect", "recording_player"]
        .iter()
        .filter_map(|key| read::text(body, key))
        .filter(|link| link.starts_with("https://") || link.starts_with("http://"))
        .collect();
    links.iter().find(|link| !link.starts_with("https://api.callrail.com/")).or(links.first()).cloned()
}

/// A text in one table of the documents, a list in another.
fn summary(body: &Json) -> Option<String> {
    let value = telling(body, "call_summary")?;
    let lines: Vec<String> = match value.as_ref() {
        Json::List(items) => items.iter().filter_map(Json::to_text).collect(),
        Json::Object(pairs) => pairs.iter().filter_map(|(_, v)| v.to_text()).collect(),
        value => value.to_text().into_iter().collect(),
    };
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn spoken(body: &Json) -> Vec<Turn> {
    let Some(value) = structured(body, "conversational_transcript") else { return Vec::new() };
    value
        .items()
        .iter()
        .filter_map(|turn| {
            let text = verbatim(turn, "phrase").or_else(|| verbatim(turn, "text"))?;
            let speaker = read::text(turn, "speaker").as_deref().and_then(speaker);
            let start_s = turn.get("start").and_then(Json::to_f64).filter(|s| *s >= 0.0);
            Some(Turn { speaker, text, start_s, echo: false })
        })
        .collect()
}

fn speaker(word: &str) -> Option<String> {
    match word.trim().to_lowercase().as_str() {
        "agent" => Some("agent".to_string()),
        "caller" | "customer" => Some("caller".to_string()),
        _ => None,
    }
}

/// The turns of a plain transcription: split where it names its speakers, else one turn of nobody's.
fn labelled(text: &str) -> Vec<Turn> {
    const LABELS: [&str; 3] = ["Agent:", "Caller:", "Customer:"];
    let starts_one = |rest: &str| LABELS.iter().copied().find(|label| rest.starts_with(label));
    if starts_one(text.trim_start()).is_none() {
        return vec![Turn { text: text.to_string(), ..Turn::default() }];
    }
    let mut turns: Vec<Turn> = Vec::new();
    let (mut current, mut from, mut after_space) = (None, 0, true);
    let mut close = |who: Option<&str>, words: &str| {
        let words = words.trim();
        if !words.is_empty() {
            turns.push(Turn { speaker: who.and_then(speaker), text: words.to_string(), ..Turn::default() });
        }
    };
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if after_space && let Some(label) = starts_one(rest) {
            close(current, text.get(from..at).unwrap_or_default());
            current = Some(label.trim_end_matches(':'));
            at += label.len();
            from = at;
            continue;
        }
        let Some(c) = rest.chars().next() else { break };
        after_space = c.is_whitespace();
        at += c.len_utf8();
    }
    close(current, text.get(from..).unwrap_or_default());
    turns
}

/// Each spotted word with the seconds at which each speaker said it.
fn keywords(body: &Json) -> Vec<Keyword> {
    let Some(value) = structured(body, "keywords_spotted") else { return Vec::new() };
    let mut out: Vec<Keyword> = Vec::new();
    let mut places: HashMap<(String, Option<String>), usize> = HashMap::new();
    for item in value.items() {
        let Some(text) = read::text(item, "keyword").or_else(|| item.as_str().map(str::to_string)) else { continue };
        let locations = item.get("locations").map(Json::items).unwrap_or_default();
        let heard = locations.iter().map(|location| {
            let who = read::text(location, "speaker").as_deref().and_then(speaker);
            (who, location.get("start").and_then(Json::to_f64))
        });
        let nowhere = locations.is_empty().then_some((None, None));
        for (who, at_s) in heard.chain(nowhere) {
            let place = *places.entry((text.clone(), who.clone())).or_insert_with(|| {
                out.push(Keyword { text: text.clone(), at_s: Vec::new(), speaker: who });
                out.len() - 1
            });
            if let Some(known) = out.get_mut(place) {
                known.at_s.extend(at_s);
            }
        }
    }
    out
}

/// Keys the caller pressed, each with the name of the step of the call flow that asked for them.
fn keypad(body: &Json) -> Option<String> {
    let value = telling(body, "keypad_entries")?;
    let one = |entry: &Json| {
        let (name, keys) = (read::text(entry, "name"), read::text(entry, "value"));
        match (name, keys) {
            (Some(name), Some(keys)) => Some(format!("{name}: {keys}")),
            (None, Some(keys)) => Some(keys),
            _ => entry.to_text(),
        }
    };
    let entries: Vec<String> = match value.as_ref() {
        Json::List(items) => items.iter().filter_map(one).collect(),
        Json::Object(pairs) if value.get("value").is_none() => {
            pairs.iter().filter_map(|(name, keys)| keys.to_text().map(|keys| format!("{name}: {keys}"))).collect()
        }
        value => one(value).into_iter().collect(),
    };
    (!entries.is_empty()).then(|| entries.join(", "))
}

fn object(body: &Json, key: &str) -> Map<String, Value> {
    match structured(body, key).map(|value| value.to_value()) {
        Some(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

/// What CallRail makes of the call, in its own words.
fn claims(body: &Json, tags: &[String]) -> Vec<(String, Value)> {
    let mut claims = Vec::new();
    for (key, _) in plain::CLAIMS {
        read::claim(&mut claims, key, telling(body, key).as_deref());
    }
    let is_spam = body.get("spam").and_then(Json::to_bool) == Some(true);
    if is_spam || tags.iter().any(|tag| tag.eq_ignore_ascii_case("spam")) {
        claims.push(("spam".to_string(), Value::Bool(true)));
    }
    if let Some(message) = telling(body, "voice_assist_message") {
        read::claim(&mut claims, "urgency", telling(&message, "urgency").as_deref());
    }
    claims
}

/// The names in `changes` are not those of the body's fields. What it names and the body leaves
/// empty was taken away; the body holds the new values.
fn changes(kind: CallRailEvent, body: &Json, part: &mut CallPart) {
    if !matches!(kind, CallRailEvent::CallModified | CallRailEvent::OutboundCallModified) {
        return;
    }
    let mut names = labels(body, "changes");
    if let [all] = names.as_slice()
        && all.contains(',')
    {
        names = all.split(',').map(|name| name.trim().to_string()).filter(|name| !name.is_empty()).collect();
    }
    let has = |key: &str| body.get(key).is_some();
    for name in names {
        let ours: &[&str] = match name.to_lowercase().as_str() {
            "tag" | "tags" => {
                if part.tags.is_none() && has("tags") {
                    part.tags = Some(Vec::new());
                }
                &["tags"]
            }
            "note" | "notes" => {
                if part.note.is_none() && has("note") {
                    part.note = Some(String::new());
                }
                &["note"]
            }
            "value" => {
                if part.value_cents.is_none() && has("value") {
                    part.value_cents = Some(0);
                }
                &["value_cents"]
            }
            "transcription_text" | "transcription" => &["transcript"],
            "call_summary" => &["summary"],
            "recording" | "recording_duration" => &["recording_url"],
            "auto_score" | "manual_score" => &["lead_status", "score"],
            _ => &[],
        };
        let named: Vec<String> =
            if ours.is_empty() { vec![name] } else { ours.iter().map(|n| (*n).to_string()).collect() };
        for field in named {
            if !part.changed.contains(&field) {
                part.changed.push(field);
            }
        }
    }
}
