//! `SMSSent` and `SMSReceived`: the same shape, told apart by the event alone.

use super::{CuriousThingEvent, Element};
use crate::domain::event::{Body, Direction, Message, ParsedEvent};
use crate::providers::read::{lead_e164, text as trimmed};
use crate::providers::{Json, Unreadable};

/// A text. The samples of both events have the same numbers in `from` and `to`: only the event says
/// which of them is the business's.
pub fn text(element: &Element<'_>) -> Result<ParsedEvent, Unreadable> {
    let data = element.data;
    let words = match data.get("message") {
        Some(Json::Text(words)) => Some(words.clone()),
        other => other.and_then(Json::to_text),
    };
    let says = |key| trimmed(data, key).is_some();
    if !says("message") && !says("from") && !says("to") {
        let reason = format!("Curious Thing sent {} without a message or a number.", element.kind.name());
        return Err(Unreadable::at("message", reason));
    }
    let at = element.time("time")?;
    let (from, to) = (element.number("from"), element.number("to"));
    let (direction, lead, business) = match element.kind {
        CuriousThingEvent::SmsReceived => (Direction::Inbound, from.clone(), to.clone()),
        _ => (Direction::Outbound, to.clone(), from.clone()),
    };
    let message = Message {
        direction,
        channel: "sms".to_string(),
        text: words.unwrap_or_default(),
        from,
        to,
        agent: None,
        conversation_id: None,
        media: Vec::new(),
        delivery_status: None,
    };
    let mut draft = ParsedEvent::new(element.key(), element.kind.name(), at, Body::Message(message));
    if let Some(number) = lead {
        lead_e164(&mut draft, &number);
    }
    draft.business.extend(business);
    Ok(draft)
}
