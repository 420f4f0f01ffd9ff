//! Text messages: <https://apidocs.callrail.com/#text-message-received>.
//!
//! Sent and received have one shape and share ids in the documents' own samples; only the address
//! tells them apart. Numbers are national (`770-555-5555`), unlike those of calls.

use super::body::{ids, link_person, structured, time, verbatim};
use super::{CallRailEvent, Json, ReaderInput, Unreadable};
use crate::domain::event::{Body, Direction, IdentityKind, Message, ParsedEvent};
use crate::domain::phone;
use crate::providers::read;

/// Reads a text.
pub(super) fn read(kind: CallRailEvent, delivery: &ReaderInput<'_>, body: &Json) -> Result<ParsedEvent, Unreadable> {
    let at = time(body, "timestamp", "the time of a text")?;
    let direction = if kind == CallRailEvent::TextSent { Direction::Outbound } else { Direction::Inbound };
    let content = body.get("content").and_then(Json::as_str).unwrap_or_default().to_string();
    let media = media(body);
    let source = read::word(body, "source_number");
    let destination = read::word(body, "destination_number");
    if source.is_none() && destination.is_none() && content.is_empty() && media.is_empty() {
        return Err(Unreadable::new("CallRail sent a text without words and without numbers."));
    }
    let ids = ids(body);
    let id = ids.first().cloned().unwrap_or_else(|| format!("#{}", read::hash_json(delivery.body)));
    let conversation = read::word(body, "conversation_id");

    let e164 = |number: &Option<String>| number.as_deref().and_then(|n| phone::e164(n, delivery.region));
    let message = Message {
        direction,
        channel: read::word(body, "message_type").map_or_else(|| "sms".to_string(), |t| t.to_lowercase()),
        text: content,
        from: e164(&source),
        to: e164(&destination),
        agent: verbatim(body, "agent").map(|a| a.trim().to_string()),
        conversation_id: conversation.clone(),
        media,
        delivery_status: None,
    };
    let mut draft = ParsedEvent::new(format!("{}:{id}", kind.key()), kind.key(), at, Body::Message(message));

    let (lead, business) = match direction {
        Direction::Inbound => (source, destination),
        Direction::Outbound => (destination, source),
    };
    read::business_phone(&mut draft, business.as_deref(), delivery.region);
    if let Some(lead) = lead.as_deref().and_then(|n| phone::e164(n, delivery.region))
        && !draft.business.contains(&lead)
    {
        read::lead_e164(&mut draft, &lead);
    }
    link_person(&mut draft, body);
    for id in ids {
        draft.add_identity(IdentityKind::Message, id);
    }
    if let Some(conversation) = conversation {
        draft.add_identity(IdentityKind::Conversation, conversation);
    }
    Ok(draft)
}

fn media(body: &Json) -> Vec<String> {
    let Some(value) = structured(body, "media_urls") else { return Vec::new() };
    match value.as_ref() {
        Json::List(items) => items.iter().filter_map(Json::to_text).map(|t| t.trim().to_string()).collect(),
        value => value.to_text().map(|t| t.trim().to_string()).into_iter().collect(),
    }
}
