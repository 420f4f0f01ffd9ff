//! CallRail: calls, texts, forms and Convert Assist.
//!
//! A body never names its event, so every event type has an address of its own. Facts and field
//! names are from <https://apidocs.callrail.com/#webhooks> and
//! <https://support.callrail.com/hc/en-us/articles/5711246459149-Webhooks>.

mod assist;
mod body;
mod call;
mod form;
mod meaning;
mod plain;
mod sample;
#[cfg(test)]
mod tests;
mod text;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use strum::{EnumString, IntoStaticStr, VariantArray};

use super::*;
use crate::providers::read;
use crate::providers::words::WordKind;

/// CallRail.
pub struct CallRail;

const ABOUT: ProviderInfo = ProviderInfo {
    slug: "callrail",
    name: "CallRail",
    letters: "CR",
    tells: "Calls, texts, forms",
    voice_assistant: false,
    credential: Credential::SigningKey {
        help: "It is on the Webhooks page of CallRail, where the addresses are pasted. Each company in CallRail has \
               its own key: paste the key of every company that sends here.",
    },
    console_url: "https://app.callrail.com/",
    steps: &[
        (
            "Paste them in CallRail",
            "Select Integrations on the left, then Webhooks, and choose your company. Paste each address next to the \
             event of the same name, then select Activate.",
        ),
        (
            "Paste the signing key here",
            "It is on the same page, one for each company. With it we know a message is from CallRail.",
        ),
    ],
    try_it: "Call your tracking number and hang up. Pre-Call shows here within seconds; Post-Call waits for the \
             recording, up to 20 minutes.",
    minutes: 4,
    resends: Resends::Never,
};

const EVENTS: [EventType; 10] = [
    EventType { key: "pre_call", label: "Pre-Call" },
    EventType { key: "call_routing_complete", label: "Call Routing Complete" },
    EventType { key: "post_call", label: "Post-Call" },
    EventType { key: "call_modified", label: "Call Modified" },
    EventType { key: "outbound_post_call", label: "Outbound Post-Call" },
    EventType { key: "outbound_call_modified", label: "Outbound Call Modified" },
    EventType { key: "text_message_received", label: "Text Message Received" },
    EventType { key: "text_message_sent", label: "Text Message Sent" },
    EventType { key: "form_submission", label: "Form Submission" },
    EventType { key: "convert_assist_complete", label: "Convert Assist Complete" },
];

/// What an event is. The ten that are documented, and one that is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
enum CallRailEvent {
    PreCall,
    #[strum(serialize = "call_routing_complete")]
    RoutingComplete,
    PostCall,
    CallModified,
    OutboundPostCall,
    OutboundCallModified,
    #[strum(serialize = "text_message_received")]
    TextReceived,
    #[strum(serialize = "text_message_sent")]
    TextSent,
    #[strum(serialize = "form_submission")]
    Form,
    #[strum(serialize = "convert_assist_complete")]
    ConvertAssist,
    /// Undocumented: Voice Assist picked up. Known by its shape, it has no address of its own.
    #[strum(serialize = "voice_assist_answered")]
    AssistAnswered,
}

impl CallRailEvent {
    fn key(self) -> &'static str {
        self.into()
    }

    /// Words for people.
    fn plain(self) -> &'static str {
        match self {
            CallRailEvent::PreCall => "Call ringing",
            CallRailEvent::RoutingComplete => "Call put through",
            CallRailEvent::PostCall => "Call over",
            CallRailEvent::CallModified => "Call changed",
            CallRailEvent::OutboundPostCall => "Call out over",
            CallRailEvent::OutboundCallModified => "Call out changed",
            CallRailEvent::TextReceived => "Text in",
            CallRailEvent::TextSent => "Text out",
            CallRailEvent::Form => "Form filled in",
            CallRailEvent::ConvertAssist => "Convert Assist done",
            CallRailEvent::AssistAnswered => "Voice Assist answered",
        }
    }

    /// The kind of an address, whatever its case and whether it is written with `-` or `_`.
    fn parse(event: &str) -> Option<CallRailEvent> {
        let event = event.trim().to_ascii_lowercase().replace('-', "_");
        event.parse().ok()
    }

    fn shape(self) -> BodyShape {
        match self {
            CallRailEvent::TextReceived | CallRailEvent::TextSent => BodyShape::Text,
            CallRailEvent::Form => BodyShape::Form,
            CallRailEvent::ConvertAssist => BodyShape::ConvertAssist,
            CallRailEvent::AssistAnswered => BodyShape::AssistAnswered,
            _ => BodyShape::Call,
        }
    }
}

/// What a body looks like, as far as that can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BodyShape {
    Call,
    Text,
    Form,
    ConvertAssist,
    AssistAnswered,
    Unknown,
}

impl BodyShape {
    fn of(body: &Json) -> BodyShape {
        let has = |key: &str| body.get(key).is_some();
        let any = |keys: &[&str]| keys.iter().any(|key| has(key));
        if has("last_interaction_resource_id") || (has("answers") && has("last_interaction_type")) {
            BodyShape::ConvertAssist
        } else if has("form_data") {
            BodyShape::Form
        } else if has("source_number") && any(&["destination_number", "content", "media_urls"]) {
            BodyShape::Text
        } else if has("call_id") && has("tracking_number") && !any(&["resource_id", "id", "start_time", "call_type"]) {
            BodyShape::AssistAnswered
        } else if any(&[
            "customer_phone_number",
            "tracking_phone_number",
            "callernum",
            "trackingnum",
            "call_type",
            "start_time",
            "voicemail",
            "answered",
            "duration",
            "changes",
        ]) {
            BodyShape::Call
        } else {
            BodyShape::Unknown
        }
    }
}

/// What the delivery is: the word of its address, unless the body is plainly something else because
/// an address was pasted at the wrong place. CallRail does not send anything twice, so what can be
/// told for certain is read for what it is.
fn kind_of(event: Option<&str>, body: &Json) -> Result<CallRailEvent, Unreadable> {
    let said = match event {
        Some(word) => Some(
            CallRailEvent::parse(word)
                .ok_or_else(|| Unreadable::new(format!("CallRail sent an event we do not know: {}.", clip(word))))?,
        ),
        None => None,
    };
    let shape = BodyShape::of(body);
    match (said, shape) {
        // The undocumented body can come to the address of any call event.
        (_, BodyShape::AssistAnswered) => Ok(CallRailEvent::AssistAnswered),
        (Some(kind), BodyShape::Call) if kind.shape() == BodyShape::Call => {
            Ok(if call::names_changes(body) { modified_of(kind, body) } else { kind })
        }
        (Some(kind), shape) if kind.shape() == shape || shape == BodyShape::Unknown => Ok(kind),
        (_, BodyShape::Form) => Ok(CallRailEvent::Form),
        (_, BodyShape::ConvertAssist) => Ok(CallRailEvent::ConvertAssist),
        // Sent and received look alike, but only what was sent has somebody who sent it.
        (_, BodyShape::Text) if read::word(body, "agent").is_some() => Ok(CallRailEvent::TextSent),
        (_, BodyShape::Text) => Err(Unreadable::new(
            "CallRail's texts do not say whether they were sent or received. Use the address made for each of the two.",
        )),
        (_, BodyShape::Call) if call::names_changes(body) => Ok(modified_of(CallRailEvent::CallModified, body)),
        (_, BodyShape::Call) if call::is_over(body) => {
            Ok(if call::is_outbound(body) { CallRailEvent::OutboundPostCall } else { CallRailEvent::PostCall })
        }
        (_, BodyShape::Call) => Err(Unreadable::new(
            "CallRail's calls do not say whether they are ringing or over. Use the address made for each event.",
        )),
        (_, BodyShape::Unknown) => Err(Unreadable::new(
            "CallRail sent a message that is neither a call nor a text nor a form. Use the address made for each event.",
        )),
    }
}

fn modified_of(kind: CallRailEvent, body: &Json) -> CallRailEvent {
    match kind {
        CallRailEvent::OutboundPostCall | CallRailEvent::OutboundCallModified => CallRailEvent::OutboundCallModified,
        CallRailEvent::CallModified if call::is_outbound(body) => CallRailEvent::OutboundCallModified,
        CallRailEvent::CallModified => CallRailEvent::CallModified,
        _ if call::is_outbound(body) => CallRailEvent::OutboundCallModified,
        _ => CallRailEvent::CallModified,
    }
}

/// A word of a sender that is quoted to the owner.
fn clip(word: &str) -> String {
    word.chars().filter(|c| !c.is_control()).take(60).collect()
}

impl Reader for CallRail {
    fn about(&self) -> &'static ProviderInfo {
        &ABOUT
    }

    fn events(&self) -> &'static [EventType] {
        &EVENTS
    }

    fn read(&self, delivery: &ReaderInput<'_>) -> Result<Vec<ParsedEvent>, Unreadable> {
        let Json::Object(pairs) = delivery.body else {
            return Err(Unreadable::new("CallRail sent something that is not an event."));
        };
        if pairs.is_empty() {
            return Err(Unreadable::new("CallRail sent an empty message."));
        }
        let body = body::unfold(delivery.body);
        let kind = kind_of(delivery.event, &body)?;
        let draft = match kind.shape() {
            BodyShape::Text => text::read(kind, delivery, &body),
            BodyShape::Form => form::read(delivery, &body),
            BodyShape::ConvertAssist => assist::convert(delivery, &body),
            BodyShape::AssistAnswered => assist::answered(delivery, &body),
            BodyShape::Call | BodyShape::Unknown => call::read(kind, delivery, &body),
        }?;
        Ok(vec![draft])
    }

    /// `Signature` is the base64 of the HMAC-SHA1 of the raw body under the company's key as text.
    fn verify(&self, raw: &[u8], headers: &Headers, keys: &[String]) -> Verdict {
        let Some(given) = headers.get("Signature").map(str::trim).filter(|s| !s.is_empty()) else {
            return Verdict::Failed("CallRail sent no signature, and this source has a signing key.".into());
        };
        // An empty key would let anybody sign.
        let fits = STANDARD.decode(given).is_ok_and(|tag| {
            keys.iter()
                .map(|k| k.trim())
                .filter(|k| !k.is_empty())
                .fold(false, |fits, key| signature::hmac_sha1_is(key.as_bytes(), raw, &tag) | fits)
        });
        if fits {
            Verdict::Verified
        } else {
            Verdict::Failed(
                "Signed with a key we do not know. If you changed it in CallRail, paste the new one.".into(),
            )
        }
    }

    /// The signing tokens CallRail shows are 32 hexadecimal digits.
    fn key_trouble(&self, key: &str) -> Option<String> {
        let is_token = key.len() == 32 && key.bytes().all(|byte| byte.is_ascii_hexdigit());
        read::odd_key(key).or_else(|| {
            (!is_token)
                .then(|| "CallRail's signing keys are 32 digits and letters from a to f; this one is not.".into())
        })
    }

    /// The example in CallRail's documentation of webhooks: body, key and signature.
    fn self_test(&self) -> Option<bool> {
        let body = include_bytes!("../../../tests/fixtures/callrail/post_call-1.json");
        let headers = Headers(vec![("Signature".into(), "UZAHbUdfm3GqL7qzilGozGzWV64=".into())]);
        let keys = ["072e77e426f92738a72fe23c4d1953b4".to_string()];
        Some(self.verify(body, &headers, &keys) == Verdict::Verified)
    }

    fn sign(&self, raw: &[u8], key: &str, _now: DateTime<Utc>) -> Vec<(String, String)> {
        vec![("Signature".into(), STANDARD.encode(signature::hmac_sha1(key.trim().as_bytes(), raw)))]
    }

    fn words(&self) -> Vec<Word> {
        let events = CallRailEvent::VARIANTS.iter();
        let events = events.map(|kind| Word { kind: WordKind::Event, word: kind.key(), plain: kind.plain() });
        let types = call::TYPES.iter().map(|&(word, plain, _)| Word { kind: WordKind::Value, word, plain });
        events
            .chain(types)
            .chain(words::of(WordKind::Field, &plain::CLAIMS))
            .chain(words::of(WordKind::Field, &plain::FIELDS))
            .chain(words::of(WordKind::Value, &plain::VALUES))
            .collect()
    }

    fn sample(&self, event: Option<&str>, now: DateTime<Utc>) -> (Option<&'static str>, String) {
        let kind = event
            .and_then(CallRailEvent::parse)
            .filter(|kind| *kind != CallRailEvent::AssistAnswered)
            .unwrap_or(CallRailEvent::PostCall);
        (Some(kind.key()), sample::body(kind, now))
    }
}
