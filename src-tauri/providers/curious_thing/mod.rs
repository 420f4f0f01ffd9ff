//! Curious Thing: a voice assistant that calls leads, answers them and texts them. Five events, each
//! body a list of elements.
//!
//! Source: <https://api.curiousthing.io/webhook_events>. Only `CallComplete` is shown inside an
//! envelope `{id, eventType, createdAt, data}`; the others are shown bare. Both forms are read for all
//! five. Signatures, retries and the list of failed statuses are not published.

mod calls;
mod plain;
mod sample;
#[cfg(test)]
mod tests;
mod texts;

use chrono::{DateTime, Utc};
use strum::{EnumString, IntoStaticStr, VariantArray};

use super::read::{id_text, instant, text, utc_without_zone, word};
use super::words::WordKind;
use super::*;
use crate::domain::event::{is_placeholder, short_hash};
use crate::domain::phone::{e164, e164_without_plus};

/// Curious Thing.
pub struct CuriousThing;

/// The five events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "PascalCase", ascii_case_insensitive)]
enum CuriousThingEvent {
    CallComplete,
    CallAttempted,
    CallReceived,
    #[strum(serialize = "SMSSent")]
    SmsSent,
    #[strum(serialize = "SMSReceived")]
    SmsReceived,
}

impl CuriousThingEvent {
    /// Curious Thing's own name.
    fn name(self) -> &'static str {
        self.into()
    }

    /// Words for people.
    fn plain(self) -> &'static str {
        match self {
            CuriousThingEvent::CallComplete => "Call over",
            CuriousThingEvent::CallAttempted => "Call tried",
            CuriousThingEvent::CallReceived => "Call in",
            CuriousThingEvent::SmsSent => "Text out",
            CuriousThingEvent::SmsReceived => "Text in",
        }
    }

    /// The kind of a word in a body or an address, whatever its case and separators.
    fn parse(word: &str) -> Option<CuriousThingEvent> {
        let squashed: String = word.chars().filter(char::is_ascii_alphanumeric).collect();
        squashed.parse().ok()
    }
}

const EVENTS: [EventType; 5] = [
    EventType { key: "call_complete", label: "CallComplete" },
    EventType { key: "call_attempted", label: "CallAttempted" },
    EventType { key: "call_received", label: "CallReceived" },
    EventType { key: "sms_sent", label: "SMSSent" },
    EventType { key: "sms_received", label: "SMSReceived" },
];

/// One element of the list, unwrapped.
struct Element<'a> {
    kind: CuriousThingEvent,
    /// The id of the envelope. Ids of different kinds collide: never use it without the kind.
    id: Option<String>,
    /// The envelope, or the element itself where it has none.
    envelope: &'a Json,
    /// The fields of the event.
    data: &'a Json,
    /// The region of the source.
    region: &'a str,
}

impl Reader for CuriousThing {
    fn about(&self) -> &'static ProviderInfo {
        &ProviderInfo {
            slug: "curious-thing",
            name: "Curious Thing",
            letters: "CT",
            tells: "Voice assistant calls",
            voice_assistant: true,
            credential: Credential::AuthHeader {
                help: "Curious Thing does not publish how it proves that a message is its own. If your contact there can \
                       add a fixed header, such as “Authorization: Bearer” and a long password, paste the same line \
                       here. Without one we trust the secret key in the address, and mark what arrives as unsigned.",
            },
            console_url: "https://api.curiousthing.io/webhook_events",
            steps: &[
                (
                    "Give the addresses to Curious Thing",
                    "Webhooks belong to your organisation’s settings at Curious Thing. Each event has its own address; a \
                     text sent and a text received look the same, so these two must not be mixed up. Curious Thing \
                     does not publish where to enter them: ask your contact there.",
                ),
                (
                    "Ask about a header",
                    "Ask whether Curious Thing can send a fixed header with each message. If so, paste it here. If not, \
                     leave it empty and keep the addresses to yourself.",
                ),
            ],
            try_it: "Let the assistant call your own phone, and answer its questions. The call shows here after it ends.",
            minutes: 6,
            resends: Resends::Unknown,
        }
    }

    fn events(&self) -> &'static [EventType] {
        &EVENTS
    }

    fn read(&self, delivery: &ReaderInput<'_>) -> Result<Vec<ParsedEvent>, Unreadable> {
        let elements = match delivery.body {
            Json::List(items) => items.as_slice(),
            one @ Json::Object(_) => std::slice::from_ref(one),
            _ => return Err(Unreadable::new("Curious Thing sent something that is not a list of events.")),
        };
        if elements.is_empty() {
            return Err(Unreadable::new("Curious Thing sent an empty list."));
        }
        elements.iter().map(|element| read_element(element, delivery)).collect()
    }

    fn events_in(&self, body: &Json) -> usize {
        body.items().len().max(1)
    }

    fn cut(&self, body: &Json) -> Option<Vec<Json>> {
        match body {
            Json::List(items) => Some(items.iter().map(|item| Json::List(vec![item.clone()])).collect()),
            _ => None,
        }
    }

    fn words(&self) -> Vec<Word> {
        let events = CuriousThingEvent::VARIANTS.iter();
        let events = events.map(|kind| Word { kind: WordKind::Event, word: kind.name(), plain: kind.plain() });
        let results = plain::RESULTS.iter().map(|&(word, plain, _)| Word { kind: WordKind::Value, word, plain });
        events
            .chain(results)
            .chain(words::of(WordKind::Field, &plain::FIELDS))
            .chain(words::of(WordKind::Value, &plain::VALUES))
            .collect()
    }

    fn sample(&self, event: Option<&str>, now: DateTime<Utc>) -> (Option<&'static str>, String) {
        let kind = event.and_then(CuriousThingEvent::parse).unwrap_or(CuriousThingEvent::CallComplete);
        let key = EVENTS.iter().find(|e| e.label == kind.name()).map(|e| e.key);
        (key, sample::body(kind, now))
    }
}

fn read_element(element: &Json, delivery: &ReaderInput<'_>) -> Result<ParsedEvent, Unreadable> {
    if !matches!(element, Json::Object(_)) {
        return Err(Unreadable::new("Curious Thing sent a list in which something is not an event."));
    }
    let wrapped = match element.get("data") {
        Some(data @ Json::Object(_)) => Some(data),
        Some(other) if other.says_something() => {
            return Err(Unreadable::at("data", "Curious Thing sent an event whose content we could not read."));
        }
        _ => None,
    };
    let data = wrapped.unwrap_or(element);
    let kind = kind_of(element, data, delivery.event)?;
    // Bare, only CallComplete has an id of its own.
    let id = id_text(element, "id")
        .filter(|id| !is_placeholder(id))
        .filter(|_| wrapped.is_some() || kind == CuriousThingEvent::CallComplete);
    let element = Element { kind, id, envelope: element, data, region: delivery.region };
    let mut draft = match kind {
        CuriousThingEvent::CallComplete => calls::complete(&element)?,
        CuriousThingEvent::CallAttempted => calls::attempted(&element)?,
        CuriousThingEvent::CallReceived => calls::received(&element)?,
        CuriousThingEvent::SmsSent | CuriousThingEvent::SmsReceived => texts::text(&element)?,
    };
    draft.person.name = word(data, "name");
    Ok(draft)
}

/// Which event it is: the body's own word, else the address, else what only one event has.
fn kind_of(element: &Json, data: &Json, address: Option<&str>) -> Result<CuriousThingEvent, Unreadable> {
    if let Some(said) = text(element, "eventType").or_else(|| text(data, "eventType")) {
        return CuriousThingEvent::parse(&said).ok_or_else(|| {
            Unreadable::at("eventType", format!("Curious Thing sent an event we do not know: {}.", short(&said)))
        });
    }
    if let Some(address) = address {
        return CuriousThingEvent::parse(address).ok_or_else(|| {
            Unreadable::new(format!("The address ends in an event Curious Thing does not have: {}.", short(address)))
        });
    }
    let has = |key: &str| data.get(key).is_some_and(Json::says_something);
    if has("flow") || has("callResultId") || has("sessionId") {
        Ok(CuriousThingEvent::CallComplete)
    } else if has("message") {
        Err(Unreadable::at(
            "message",
            "Curious Thing sent a text, but not whether it was sent or received. Use the address of its own event for each.",
        ))
    } else if has("type") {
        Ok(CuriousThingEvent::CallReceived)
    } else if has("status") {
        Ok(CuriousThingEvent::CallAttempted)
    } else {
        Err(Unreadable::new("Curious Thing sent something, and nothing in it says which event it is."))
    }
}

/// The beginning of a sender's word, for a sentence.
fn short(word: &str) -> String {
    word.chars().filter(|c| !c.is_control()).take(40).collect()
}

impl Element<'_> {
    /// The envelope's id, else a hash of everything that tells the event apart (providers.md, "Idempotency").
    fn mark(&self) -> String {
        if let Some(id) = &self.id {
            return id.clone();
        }
        let fields =
            ["campaignId", "phone", "from", "to", "time", "status", "type", "message", "note", "correlationId"];
        let written = |key: &&str| match self.data.get(key) {
            Some(Json::Text(text)) => text.clone(),
            _ => id_text(self.data, key).unwrap_or_default(),
        };
        let queued = text(self.envelope, "createdAt").unwrap_or_default();
        let values: Vec<String> = fields.iter().map(written).chain([queued]).collect();
        let parts: Vec<&str> = std::iter::once(self.kind.name()).chain(values.iter().map(String::as_str)).collect();
        hex::encode(short_hash(&parts))
    }

    /// What makes it the same event. Ids of different kinds collide, so the kind is part of it.
    fn key(&self) -> String {
        let how = if self.id.is_some() { "id" } else { "content" };
        format!("{}:{how}:{}", self.kind.name(), self.mark())
    }

    /// The event's own time: UTC. `createdAt` of the envelope, when it was queued, stands in.
    fn time(&self, key: &'static str) -> Result<Option<DateTime<Utc>>, Unreadable> {
        let own = text(self.data, key).map(|t| (key, t));
        let queued = || {
            let created = text(self.envelope, "createdAt").or_else(|| text(self.data, "createdAt"));
            created.map(|t| ("createdAt", t))
        };
        let Some((field, said)) = own.or_else(queued) else { return Ok(None) };
        match instant(&said).or_else(|| utc_without_zone(&said)) {
            Some(time) => Ok(Some(time)),
            None => Err(Unreadable::at(field, "Curious Thing sent a time we could not read.")),
        }
    }

    /// A number of a field in E.164. Curious Thing writes country code and number without a plus; a
    /// number with a leading zero is national, and read in the source's region where that can be.
    fn number(&self, key: &str) -> Option<String> {
        let said = id_text(self.data, key)?;
        match said.strip_prefix("00") {
            Some(international) => e164_without_plus(international),
            // No North American number begins with 0: never read one as such.
            None if said.starts_with('0') => e164(&said, self.region).filter(|n| !n.starts_with("+1")),
            None => e164_without_plus(&said),
        }
    }
}
