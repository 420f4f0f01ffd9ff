//! CallRail's assistants: Convert Assist's answers, and Voice Assist.
//!
//! Convert Assist: <https://apidocs.callrail.com/#convert-assist-complete>. Voice Assist's message
//! stands in the body of a call; that it picked up is a body of its own that is documented nowhere.

use super::body::{link_person, structured, telling, time, verbatim};
use super::{CallRailEvent, Json, ReaderInput, Unreadable};
use crate::domain::call::CallPart;
use crate::domain::call::{Answer, CallState};
use crate::domain::event::{Body, Direction, IdentityKind, ParsedEvent};
use crate::domain::phone;
use crate::providers::read;

/// Convert Assist worked out answers about the last interaction. They belong to that call; until it
/// is known, the card has no number.
pub(super) fn convert(delivery: &ReaderInput<'_>, body: &Json) -> Result<ParsedEvent, Unreadable> {
    let kind = CallRailEvent::ConvertAssist.key();
    let at = time(body, "timestamp", "the time of Convert Assist's answers")?;
    let id = read::word(body, "last_interaction_resource_id");
    if id.is_none() && read::word(body, "person_resource_id").is_none() {
        return Err(Unreadable::at(
            "last_interaction_resource_id",
            "CallRail sent Convert Assist's answers without saying what they are about.",
        ));
    }
    let about = read::word(body, "last_interaction_type").unwrap_or_default().to_lowercase();
    let is_call = about.contains("call") || (about.is_empty() && id.as_deref().is_some_and(|id| id.starts_with("CAL")));
    let part = CallPart {
        call: id.clone().filter(|_| is_call),
        rank: 3,
        answers: converted(body),
        headline: (!is_call).then(|| {
            if about.is_empty() {
                "Convert Assist answers".to_string()
            } else {
                format!("Convert Assist answers about a {about}")
            }
        }),
        ..CallPart::default()
    };
    let key = format!("{kind}:{}:{}", id.as_deref().unwrap_or_default(), read::hash_json(delivery.body));
    let mut draft = ParsedEvent::new(key, kind, at, Body::Call(Box::new(part)));
    link_person(&mut draft, body);
    if let Some(id) = id {
        let link = match () {
            () if is_call => IdentityKind::Call,
            () if about.contains("form") || id.starts_with("FRM") => IdentityKind::Form,
            () => IdentityKind::Message,
        };
        draft.add_identity(link, id);
    }
    Ok(draft)
}

fn converted(body: &Json) -> Vec<Answer> {
    let Some(value) = structured(body, "answers") else { return Vec::new() };
    let from_list = value.items().iter().filter_map(|item| {
        let question = read::text(item, "answer_key").unwrap_or_default();
        let transcript = verbatim(item, "answer_text");
        (!question.is_empty() || transcript.is_some()).then_some(Answer { question, response: None, transcript })
    });
    let from_object = value.pairs().iter().map(|(question, words)| Answer {
        question: question.clone(),
        response: None,
        transcript: words.to_text(),
    });
    from_list.chain(from_object).collect()
}

/// Voice Assist picked up: `call_id`, `person_id`, `tracking_number` and `timestamp` are all it says.
pub(super) fn answered(delivery: &ReaderInput<'_>, body: &Json) -> Result<ParsedEvent, Unreadable> {
    let kind = CallRailEvent::AssistAnswered.key();
    let Some(call) = read::word(body, "call_id") else {
        return Err(Unreadable::at("call_id", "CallRail sent a call without saying which one."));
    };
    let at = time(body, "timestamp", "the time of a call")?;
    let tracking = read::word(body, "tracking_number").and_then(|number| phone::e164(&number, delivery.region));
    let part = CallPart {
        call: Some(call.clone()),
        rank: 1,
        direction: Some(Direction::Inbound),
        answered: Some(true),
        state: Some(CallState::InProgress),
        to: tracking.clone(),
        tracking_number: tracking.clone(),
        ..CallPart::default()
    };
    let mut draft = ParsedEvent::new(format!("{kind}:{call}"), kind, at, Body::Call(Box::new(part)));
    read::business_phone(&mut draft, tracking.as_deref(), delivery.region);
    link_person(&mut draft, body);
    draft.add_identity(IdentityKind::Call, call);
    Ok(draft)
}

/// More questions than this nobody answers on the phone.
const MAX_QUESTIONS: usize = 500;

/// What Voice Assist asked a caller, and what it was told.
#[derive(Debug, Default)]
pub(super) struct VoiceMessage {
    /// In the order of the questions, people's corrections applied.
    pub(super) answers: Vec<Answer>,
    /// The name the caller gave.
    pub(super) name: Option<String>,
    /// The number the caller gave, as said.
    pub(super) phone: Option<String>,
}

/// Voice Assist's message in the body of a call: `contents` is question and answer,
/// `overrides` are people's corrections, `ordered_content_with_overrides` is both.
pub(super) fn voice_message(body: &Json) -> VoiceMessage {
    let Some(message) = telling(body, "voice_assist_message") else { return VoiceMessage::default() };
    let mut said = asked(telling(&message, "contents").as_deref());
    for (question, answer) in asked(telling(&message, "overrides").as_deref()) {
        match said.iter_mut().find(|(known, _)| *known == question) {
            Some((_, old)) => *old = answer,
            None => said.push((question, answer)),
        }
    }
    let ordered = asked(telling(&message, "ordered_content_with_overrides").as_deref());
    if !ordered.is_empty() {
        said = ordered;
    }
    let find = |wanted: &[&str]| {
        said.iter()
            .find(|(question, _)| wanted.contains(&question.trim().to_lowercase().replace([' ', '-'], "_").as_str()))
            .map(|(_, answer)| answer.trim().to_string())
            .filter(|answer| !crate::domain::event::is_placeholder(answer))
    };
    VoiceMessage {
        name: find(&["name", "full_name", "caller_name", "customer_name"]),
        phone: find(&["phone_number", "phone", "callback_number"]),
        answers: said
            .into_iter()
            .map(|(question, answer)| Answer { question, response: Some(answer), transcript: None })
            .collect(),
    }
}

/// Question and answer pairs of an object, or of a list of objects; unanswered ones are left out.
fn asked(value: Option<&Json>) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let Some(value) = value else { return out };
    for (question, answer) in value.pairs().iter().take(MAX_QUESTIONS) {
        if let Some(answer) = answer.to_text() {
            out.push((question.clone(), answer));
        }
    }
    for item in value.items().iter().take(MAX_QUESTIONS) {
        let part = |keys: &[&str]| keys.iter().find_map(|key| verbatim(item, key));
        if let (Some(question), Some(answer)) =
            (part(&["question", "name", "key", "label"]), part(&["answer", "value", "response", "override"]))
        {
            out.push((question, answer));
        }
    }
    out
}
