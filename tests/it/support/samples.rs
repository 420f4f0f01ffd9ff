//! The vendors' published samples, byte for byte, with the address each is posted to.

use leadtrail::providers::Provider;

/// A published sample.
#[derive(Debug, Clone)]
pub struct Sample {
    pub name: &'static str,
    pub provider: Provider,
    pub event: Option<&'static str>,
    pub body: Vec<u8>,
    /// It is not valid JSON as published.
    pub repaired: bool,
}

macro_rules! sample {
    ($provider:ident, $event:expr, $repaired:expr, $path:literal) => {
        Sample {
            name: $path,
            provider: Provider::$provider,
            event: $event,
            body: include_bytes!(concat!("../../fixtures/", $path)).to_vec(),
            repaired: $repaired,
        }
    };
}

/// Every published body.
pub fn samples() -> Vec<Sample> {
    vec![
        sample!(Meera, None, true, "meera/01-Responded.jsonish"),
        sample!(CallRail, Some("post_call"), false, "callrail/post_call-1.json"),
        sample!(CallRail, Some("form_submission"), false, "callrail/form_submission-1.json"),
        sample!(CallRail, Some("text_message_received"), false, "callrail/text_message_received-1.json"),
        sample!(CallRail, Some("text_message_sent"), false, "callrail/text_message_sent-1.json"),
        sample!(CuriousThing, Some("call_complete"), true, "curious-thing/01-CallComplete.jsonish"),
        sample!(CuriousThing, Some("call_attempted"), true, "curious-thing/02-CallAttempted.jsonish"),
        sample!(CuriousThing, Some("call_received"), true, "curious-thing/03-CallReceived.jsonish"),
        sample!(CuriousThing, Some("sms_sent"), false, "curious-thing/04-SMSSent.json"),
        sample!(CuriousThing, Some("sms_received"), true, "curious-thing/05-SMSReceived.jsonish"),
        sample!(Telmetrics, None, false, "telmetrics/01-CallPreprocessed-v4.json"),
        sample!(Telmetrics, None, true, "telmetrics/02-CallProcessed-v4-with-http-envelope.jsonish"),
        sample!(Telmetrics, None, false, "telmetrics/03-CallStartCall-v4.json"),
        sample!(Telmetrics, None, false, "telmetrics/04-CallPreprocessed-v5.json"),
        sample!(Telmetrics, None, true, "telmetrics/05-CallProcessed-v5.jsonish"),
        sample!(Telmetrics, None, false, "telmetrics/06-CallStartCall-v5.json"),
        sample!(Varda, None, false, "varda/01-conversation.created.json"),
        sample!(Varda, None, false, "varda/02-message.created.json"),
        sample!(Varda, None, false, "varda/03-call.ended.json"),
        sample!(Varda, None, false, "varda/04-call.outcome_tagged.json"),
    ]
}
