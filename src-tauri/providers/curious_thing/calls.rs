//! The three events about calls.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{CuriousThingEvent, Element, plain};
use crate::domain::call::CallPart;
use crate::domain::call::{Answer, CallState};
use crate::domain::event::{Body, Direction, IdentityKind, ParsedEvent, is_placeholder};
use crate::domain::phone::is_blocked;
use crate::providers::read::{claim, id_text, lead_e164, text, word};
use crate::providers::words::squashed;
use crate::providers::{Json, Unreadable};

/// A call that is over, with what was asked and answered. An outbound record that is tried again and
/// again gives one such event, an inbound call one each.
pub fn complete(element: &Element<'_>) -> Result<ParsedEvent, Unreadable> {
    let data = element.data;
    let session = id_text(data, "sessionId").filter(|id| !is_placeholder(id));
    let result = id_text(data, "callResultId").filter(|id| !is_placeholder(id));
    // The event's id is not the call's, and may equal an id of another kind: both are told apart.
    let call = session
        .or_else(|| element.id.as_ref().map(|id| format!("event:{id}")))
        .or_else(|| result.as_ref().map(|id| format!("result:{id}")));
    let Some(call) = call else {
        return Err(Unreadable::at("sessionId", "Curious Thing sent a finished call without any id."));
    };
    let key = match &element.id {
        Some(_) => element.key(),
        None => format!("CallComplete:call:{}:{call}", result.unwrap_or_default()),
    };

    let at = element.time("startedTime")?;
    let status = text(data, "status");
    let said = text(data, "additionalInformation");
    let answers = answers(data);
    let ending = ending(status.as_deref(), said.as_deref(), &answers);
    // correlationId names a scheduled call list, which only outbound campaigns have. It is optional,
    // so its absence says nothing; but only a call the assistant placed ends in a voicemail or unanswered.
    let outbound = word(data, "correlationId").is_some() || ending.placed_by_assistant;

    let mut part = CallPart {
        rank: 2,
        direction: outbound.then_some(Direction::Outbound),
        answered: ending.answered,
        voicemail: ending.voicemail,
        state: ending.state,
        started_at: text(data, "startedTime").and(at),
        // No duration: createdAt is when the event was queued, not when the call ended, and nothing
        // else is said about the end. A length we made up would end in a report.
        duration_s: None,
        summary: said,
        answers,
        requests: requests(data),
        ..CallPart::default()
    };
    claim(&mut part.claims, "status", data.get("status"));
    claim(&mut part.claims, "additional_information", data.get("additionalInformation"));
    claim(&mut part.claims, "last_step", data.get("lastStepName"));
    part.call = Some(call.clone());
    let mut draft = finish(element, key, at, part);
    draft.add_identity(IdentityKind::Call, call);
    Ok(draft)
}

/// The assistant tried to call. It is no call of its own: the id is made up so that it is never joined to one.
pub fn attempted(element: &Element<'_>) -> Result<ParsedEvent, Unreadable> {
    let at = opening(element)?;
    let status = text(element.data, "status");
    if status.is_none() && text(element.data, "type").is_some() {
        return Err(mixed_up(element.kind));
    }
    let note = text(element.data, "note");
    let word = status.as_deref().unwrap_or_default().to_ascii_lowercase();
    let failed = word.starts_with("fail");
    let headline = match (failed, &note) {
        (true, Some(note)) => format!("Attempt failed: {note}"),
        (true, None) => "Attempt failed".to_string(),
        _ if word.starts_with("succe") => "Called by the voice assistant".to_string(),
        _ if word.is_empty() => "Call attempt by the voice assistant".to_string(),
        _ => format!("Call attempt: {}", status.as_deref().unwrap_or_default()),
    };
    let mut part = CallPart {
        rank: 1,
        direction: Some(Direction::Outbound),
        answered: failed.then_some(false),
        // A success says that the call was placed, not how it went: CallComplete tells that.
        state: failed.then_some(CallState::Failed),
        started_at: at,
        headline: Some(headline),
        ..CallPart::default()
    };
    claim(&mut part.claims, "status", element.data.get("status"));
    claim(&mut part.claims, "reason", element.data.get("note"));
    part.call = Some(format!("attempt:{}", element.mark()));
    Ok(finish(element, element.key(), at, part))
}

/// A lead called the assistant, of their own accord or back.
pub fn received(element: &Element<'_>) -> Result<ParsedEvent, Unreadable> {
    let at = opening(element)?;
    let kind = text(element.data, "type");
    if kind.is_none() && text(element.data, "status").is_some() {
        return Err(mixed_up(element.kind));
    }
    let back = kind.as_deref().is_some_and(|k| k.to_ascii_lowercase().contains("callback"));
    let headline = if back { "Called back the voice assistant" } else { "Called the voice assistant" };
    let mut part = CallPart {
        rank: 1,
        // `outbound-callback` is still the lead calling, after a call of an outbound campaign.
        direction: Some(Direction::Inbound),
        started_at: at,
        headline: Some(headline.to_string()),
        ..CallPart::default()
    };
    claim(&mut part.claims, "type", element.data.get("type"));
    part.call = Some(format!("received:{}", element.mark()));
    Ok(finish(element, element.key(), at, part))
}

/// The time of an event that has no id: it needs a time or a number to be anything at all.
fn opening(element: &Element<'_>) -> Result<Option<DateTime<Utc>>, Unreadable> {
    let at = element.time("time")?;
    if at.is_none() && text(element.data, "phone").is_none() {
        return Err(Unreadable::new(format!("Curious Thing sent {} without a number or a time.", element.kind.name())));
    }
    Ok(at)
}

fn mixed_up(kind: CuriousThingEvent) -> Unreadable {
    let (field, other) = match kind {
        CuriousThingEvent::CallAttempted => ("type", CuriousThingEvent::CallReceived),
        _ => ("status", CuriousThingEvent::CallAttempted),
    };
    let reason = format!("This looks like {}, but it came as {}.", other.name(), kind.name());
    Unreadable::at(field, reason)
}

/// Adds the lead's number on their side of the call.
fn finish(element: &Element<'_>, key: String, at: Option<DateTime<Utc>>, mut part: CallPart) -> ParsedEvent {
    let number = element.number("phone");
    match part.direction {
        Some(Direction::Outbound) => part.to = number.clone(),
        Some(Direction::Inbound) => part.from = number.clone(),
        // Which side they were on is not known; the person has the number all the same.
        None => {}
    }
    if number.is_none()
        && let Some(said) = id_text(element.data, "phone").filter(|p| !is_placeholder(p) && !is_blocked(p))
    {
        part.claims.push(("phone".to_string(), Value::String(said)));
    }
    let mut draft = ParsedEvent::new(key, element.kind.name(), at, Body::Call(Box::new(part)));
    if let Some(number) = number {
        lead_e164(&mut draft, &number);
    }
    draft
}

/// How a call ended.
#[derive(Default)]
struct Ending {
    state: Option<CallState>,
    answered: Option<bool>,
    voicemail: Option<bool>,
    /// Only a call the assistant placed can end so.
    placed_by_assistant: bool,
}

/// The status groups of the vendor's page: `Complete` (the whole flow) and `Partial` (at least the
/// first question) are complete, every other word is a failure. The page's list of failures is cut
/// off in every copy, so words beside `Not Complete` are understood by what they say.
fn ending(status: Option<&str>, said: Option<&str>, answers: &[Answer]) -> Ending {
    let status: String = status.unwrap_or_default().chars().filter(char::is_ascii_alphanumeric).collect();
    let status = status.to_ascii_lowercase();
    let talked = answers.iter().any(|a| a.transcript.is_some());
    let known = plain::RESULTS.iter().find(|(word, ..)| squashed(word) == status).map(|(_, _, state)| *state);
    if known == Some(CallState::Completed) || (status.is_empty() && talked) {
        return Ending { state: Some(CallState::Completed), answered: Some(true), ..Ending::default() };
    }
    let words = format!("{status} {}", said.unwrap_or_default().to_ascii_lowercase());
    let says = |any: &[&str]| any.iter().any(|w| words.contains(w));
    if says(&["voicemail", "voice mail", "answering machine"]) {
        return Ending {
            state: Some(CallState::Voicemail),
            answered: Some(false),
            voicemail: Some(true),
            placed_by_assistant: true,
        };
    }
    if says(&["no answer", "noanswer", "unanswered", "not answer", "busy", "pick up"]) {
        return Ending {
            state: Some(CallState::Missed),
            answered: Some(false),
            placed_by_assistant: true,
            ..Ending::default()
        };
    }
    let state = match known {
        None if status.is_empty() => return Ending::default(),
        Some(state) => state,
        None => CallState::Failed,
    };
    Ending { state: Some(state), answered: Some(false), ..Ending::default() }
}

/// Questions and answers in their order: the flow has no question ids, the position is all there is.
fn answers(data: &Json) -> Vec<Answer> {
    let verbatim = |json: &Json, key: &str| json.get(key).and_then(Json::to_text);
    let items = data.get("flow").map(Json::items).unwrap_or_default();
    items
        .iter()
        .map(|item| match item {
            Json::Object(_) => Answer {
                question: verbatim(item, "questionName").unwrap_or_default(),
                response: verbatim(item, "response"),
                transcript: verbatim(item, "transcript"),
            },
            other => Answer { question: String::new(), response: None, transcript: other.to_text() },
        })
        .collect()
}

/// What the lead asked for, such as `humanSupportRequest`.
fn requests(data: &Json) -> Vec<String> {
    match data.get("requests") {
        Some(Json::List(items)) => items.iter().filter_map(Json::to_text).collect(),
        Some(one @ Json::Text(_)) => one.to_text().into_iter().collect(),
        _ => Vec::new(),
    }
}
