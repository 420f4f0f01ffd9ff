//! Telmetrics Marketing Edge, now Marchex: calls as they ring, end and are enriched.
//!
//! v4 (`CallDetails.*`) and v5-beta (`CallDetailsV5.*`): <https://developer.marchex.io/docs/webhooks>.
//! Sales Rescue: <https://developer.marchex.io/docs/sales-rescue-webhooks>. The envelope and the signature are those
//! of Microsoft's ASP.NET WebHooks (<https://github.com/aspnet/AspNetWebHooks>, `WebHookSender.cs`).

mod call;
mod claims;
mod fields;
mod plain;
mod times;
mod words;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod traps;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use self::fields::{Fields, canonical};
use super::*;
use crate::providers::read;
use crate::providers::words::{WordKind, of as words_of};

/// Telmetrics.
pub struct Telmetrics;

/// Where a notification stands in the life of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CallPhase {
    /// The call reached the tracking number.
    Start,
    /// It is over; what is known at once.
    Preprocessed,
    /// Enriched or changed, as often as that happens.
    Processed,
    /// A rescue result came or changed.
    Rescue,
}

/// Their names without the collection in front, and words for people.
const ACTIONS: [(&str, &str, CallPhase); 6] = [
    ("CallStartCall", "Call ringing", CallPhase::Start),
    ("CallPreprocessed", "Call over", CallPhase::Preprocessed),
    ("CallProcessed", "Call analysed", CallPhase::Processed),
    ("NewRescueCall", "Call to rescue", CallPhase::Rescue),
    // "Updated Rescue Call" is documented, how its action is spelled is not.
    ("UpdatedRescueCall", "Call to rescue changed", CallPhase::Rescue),
    ("UpdateRescueCall", "Call to rescue changed", CallPhase::Rescue),
];

impl CallPhase {
    /// The action of its name, in v4 or v5.
    fn parse(name: &str) -> Option<CallPhase> {
        let (collection, name) = name.trim().split_once('.')?;
        let known = ACTIONS.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name));
        let action = known.map(|&(_, _, action)| action)?;
        let collections: &[&str] =
            if action == CallPhase::Rescue { &["SalesRescueNew"] } else { &["CallDetails", "CallDetailsV5"] };
        collections.iter().any(|known| known.eq_ignore_ascii_case(collection)).then_some(action)
    }

    /// See [`crate::domain::call::CallPart::rank`].
    fn rank(self) -> u8 {
        match self {
            CallPhase::Start => 0,
            CallPhase::Preprocessed => 2,
            CallPhase::Processed | CallPhase::Rescue => 3,
        }
    }
}

const ABOUT: ProviderInfo = ProviderInfo {
    slug: "telmetrics",
    name: "Telmetrics",
    letters: "T",
    tells: "Calls and what was said",
    voice_assistant: false,
    credential: Credential::SigningKey {
        help: "The secret of the webhook in Marketing Edge. If the webhook has none, leave this empty.",
    },
    console_url: "https://developer.marchex.io/docs/webhooks",
    steps: &[
        (
            "Open the webhooks in Marketing Edge",
            "Sign in to the account, then Settings, then Webhooks. This needs administrator access.",
        ),
        (
            "Add a webhook for calls",
            "Paste the address as the callback URL. Turn on Call Start, Call Preprocessed and Call Processed.",
        ),
        (
            "Add one for Sales Rescue, if you use it",
            "Choose the collection Rescue (New) and paste the same address. Turn on New Rescue Call and Updated Rescue Call.",
        ),
        (
            "Copy the secret",
            "If the webhooks have a secret, add it here as the signing key, so that every message is checked.",
        ),
    ],
    try_it: "Call one of your tracking numbers and hang up. The call shows up at once, the recording and the transcript follow.",
    minutes: 5,
    // The library its messages are made with tries again after one minute and after four more.
    resends: Resends::For(300),
};

/// Bytes of envelopes that are copied to read notifications one by one. Real ones have 200.
const MOST_COPIED: usize = 8 * 1024 * 1024;

const SIGNATURE: &str = "ms-signature";

impl Reader for Telmetrics {
    fn about(&self) -> &'static ProviderInfo {
        &ABOUT
    }

    fn events(&self) -> &'static [EventType] {
        &[]
    }

    fn read(&self, delivery: &ReaderInput<'_>) -> Result<Vec<ParsedEvent>, Unreadable> {
        let Json::Object(_) = delivery.body else {
            return Err(Unreadable::new("Telmetrics sent something that is not one of its messages"));
        };
        let envelope = Fields::of(delivery.body);
        let sent = envelope.inside("properties").get("utc").and_then(times::utc);
        let notifications = match envelope.get("notifications") {
            Some(Json::List(notifications)) => notifications,
            Some(_) => {
                return Err(Unreadable::at(
                    envelope.written("notifications"),
                    "Telmetrics sent its notifications in a form we do not know",
                ));
            }
            None => return Err(Unreadable::new("Telmetrics sent a message without notifications")),
        };
        if notifications.is_empty() {
            return Err(Unreadable::at(
                envelope.written("notifications"),
                "Telmetrics sent a message without any notification in it",
            ));
        }
        notifications.iter().map(|json| read_one(json, sent, delivery.region)).collect()
    }

    fn events_in(&self, body: &Json) -> usize {
        Fields::of(body).get("notifications").map_or(1, |notifications| notifications.items().len().max(1))
    }

    /// One envelope a notification: a new action must not hide the calls beside it.
    fn cut(&self, body: &Json) -> Option<Vec<Json>> {
        let envelope = Fields::of(body);
        let (name, notifications) = (envelope.written("notifications"), envelope.get("notifications")?.items());
        let others = || body.pairs().iter().filter(|(key, _)| key != name);
        // Each gets a copy of the envelope: many of them and a large one are no envelope any more.
        let size: usize = others().map(|(key, value)| key.len() + value.size()).sum();
        if size.saturating_mul(notifications.len()) > MOST_COPIED {
            return None;
        }
        let with = |notification: &Json| {
            let notification = (name.to_string(), Json::List(vec![notification.clone()]));
            Json::Object(others().cloned().chain([notification]).collect())
        };
        Some(notifications.iter().map(with).collect())
    }

    /// `ms-signature: sha256=<HEX>` over the exact bytes of the body. The published vector matches for
    /// CRLF line ends only, as .NET writes them: the bytes must not be touched.
    fn verify(&self, raw: &[u8], headers: &Headers, keys: &[String]) -> Verdict {
        let Some(header) = headers.get(SIGNATURE).map(str::trim).filter(|h| !h.is_empty()) else {
            return Verdict::Failed("Telmetrics sent no signature, and this source has a signing key.".into());
        };
        let tag = header
            .split_once('=')
            .filter(|(method, _)| method.trim().eq_ignore_ascii_case("sha256"))
            .and_then(|(_, tag)| hex::decode(tag.trim()).ok());
        let Some(tag) = tag else {
            return Verdict::Failed("Telmetrics sent a signature we could not read.".into());
        };
        // Every key is tried, so that time does not tell which one matched.
        let known =
            keys.iter().fold(false, |known, key| signature::hmac_sha256_is(key.as_bytes(), &[raw], &tag) | known);
        if known {
            Verdict::Verified
        } else {
            Verdict::Failed(
                "Signed with a key we do not know. If you changed it in Telmetrics, paste the new one.".into(),
            )
        }
    }

    /// The example of the library that Marketing Edge's messages are made with: body, secret and signature.
    fn self_test(&self) -> Option<bool> {
        let body = include_bytes!("../../../tests/fixtures/telmetrics/ms_aspnet_webhooks_signature_vector-1.json");
        let tag = "sha256=DCDEB62502988CDEDE464AF6A97566D61288C446CFC46F74F341E11173FF30A1";
        let headers = Headers(vec![(SIGNATURE.into(), tag.into())]);
        let keys = ["123456789012345678901234567890123456789012345678".to_string()];
        Some(self.verify(body, &headers, &keys) == Verdict::Verified)
    }

    fn sign(&self, raw: &[u8], key: &str, _now: DateTime<Utc>) -> Vec<(String, String)> {
        let tag = hex::encode_upper(signature::hmac_sha256(key.as_bytes(), &[raw]));
        vec![(SIGNATURE.to_string(), format!("sha256={tag}"))]
    }

    /// A v4 `CallProcessed` of a call that began at `now`, indented with CRLF as .NET does.
    fn words(&self) -> Vec<Word> {
        let events = ACTIONS.iter().map(|&(word, plain, _)| Word { kind: WordKind::Event, word, plain });
        let answers = plain::ANSWERS.iter().map(|&(word, plain, _)| Word { kind: WordKind::Value, word, plain });
        events
            .chain(answers)
            .chain(words_of(WordKind::Field, &plain::FIELDS))
            .chain(words_of(WordKind::Value, &plain::VALUES))
            .collect()
    }

    fn sample(&self, _event: Option<&str>, now: DateTime<Utc>) -> (Option<&'static str>, String) {
        let eastern = |time: DateTime<Utc>| {
            time.with_timezone(&crate::zone::Tz::NEW_YORK).format("%Y-%m-%dT%H:%M:%S").to_string()
        };
        let utc = |time: DateTime<Utc>| time.format("%Y-%m-%dT%H:%M:%S%.3f").to_string();
        let (answered, ended) = (now + TimeDelta::seconds(4), now + TimeDelta::seconds(38));
        let id = now.timestamp_millis();
        let body = json!({
            "Id": read::hash(id.to_string().as_bytes()),
            "Attempt": 1,
            "Properties": {"CollectionType": "CallDetails", "UTC": utc(ended), "Organization": "0"},
            "Notifications": [{
                "Action": "CallDetails.CallProcessed",
                "TelmetricsId": id,
                "CalledNumber": "8335550143",
                "TerminationNumber": "2025550100",
                "StartTime": eastern(now),
                "AnswerTime": eastern(answered),
                "EndTime": eastern(ended),
                "MonitorStartTime": utc(now),
                "MonitorEndTime": utc(ended),
                "TimeZone": "Eastern",
                "AnswerStatus": "Answered",
                "RingCount": 1,
                "CallSeconds": 34,
                "CallerNumber": "2025550142",
                "CallerName": "Test Lead",
                "CallerCity": "WASHINGTON",
                "CallerState": "DC",
                "RegisteredDNC": false,
                "VoiceMailDetected": false,
                "CallTranscript": "Agent: Thank you for calling. How can I help? Caller: Hi, this is a test call. \
                    I would like a quote. Agent: Gladly. I will call you back today. Caller: Thank you, bye.",
                "CallSummary": "The caller asked for a quote. This is a test event.",
                "SentimentSuite": {"sentiment": "positive", "satisfied": true, "frustrated": false},
            }],
        });
        let text = serde_json::to_string_pretty(&body).unwrap_or_default();
        (None, text.replace('\n', "\r\n"))
    }
}

fn read_one(json: &Json, sent: Option<DateTime<Utc>>, region: &str) -> Result<ParsedEvent, Unreadable> {
    let Json::Object(_) = json else {
        return Err(Unreadable::at("Notifications", "Telmetrics sent a notification we could not read"));
    };
    let fields = Fields::of(json);
    let Some(name) = fields.get("action").and_then(Json::to_text) else {
        return Err(Unreadable::new("Telmetrics sent a notification that does not say what happened"));
    };
    let Some(action) = CallPhase::parse(&name) else {
        return Err(Unreadable::at(
            fields.written("action"),
            format!("Telmetrics sent an event we do not know: {}", shorten(&name)),
        ));
    };
    let mut draft = call::read(action, &fields, sent, region)?;
    draft.key = key(&name, &draft, json);
    draft.name = name;
    Ok(draft)
}

/// Action, call id and the content. Not `Id` (v5 repeats one over several notifications), not `Attempt` (it
/// differs between tries of one firing), no times alone (they move by a millisecond). Providers.md,
/// "Idempotency".
fn key(name: &str, draft: &ParsedEvent, json: &Json) -> String {
    let call = match &draft.body {
        crate::domain::event::Body::Call(part) => part.call.as_deref().unwrap_or_default(),
        _ => "",
    };
    format!("{}:{call}:{}", name.trim().to_ascii_lowercase(), read::hash(canonical(json).as_bytes()))
}

/// A sender's text, short enough for a sentence.
fn shorten(text: &str) -> String {
    let text = text.trim();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_string(),
    }
}
