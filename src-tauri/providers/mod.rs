//! What the payloads of each sender mean, and how each signs. Pure: a delivery in, events out.
//!
//! Adding a provider is one new file that implements [`Reader`], its fixtures, and one line in
//! [`Provider`].

pub mod body;
mod callrail;
mod curious_thing;
pub mod json;
mod meera;
#[cfg(test)]
mod mutate;
pub mod read;
pub mod row;
pub mod signature;
pub mod simulator;
mod telmetrics;
mod varda;
pub mod words;

use std::fmt;

use chrono::{DateTime, Utc};
use strum::VariantArray;

use crate::domain::ParsedEvent;
pub use json::Json;
use words::Word;

/// Every kind of sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, VariantArray)]
#[allow(missing_docs)] // names of services
pub enum Provider {
    CallRail,
    Meera,
    CuriousThing,
    Telmetrics,
    Varda,
}

impl Provider {
    /// Every provider, in the order in which the owner is offered them.
    pub const ALL: &'static [Provider] = <Provider as VariantArray>::VARIANTS;

    /// The one place that joins a provider to its reader.
    pub fn reader(self) -> &'static dyn Reader {
        match self {
            Provider::CallRail => &callrail::CallRail,
            Provider::Meera => &meera::Meera,
            Provider::CuriousThing => &curious_thing::CuriousThing,
            Provider::Telmetrics => &telmetrics::Telmetrics,
            Provider::Varda => &varda::Varda,
        }
    }

    /// The word of URLs, SQL and the command line.
    pub fn slug(self) -> &'static str {
        self.reader().about().slug
    }

    /// Every slug, for whoever gave one that is none.
    pub fn slugs() -> String {
        let slugs: Vec<&str> = Provider::ALL.iter().map(|provider| provider.slug()).collect();
        slugs.join(", ")
    }

    /// The provider of a slug.
    pub fn parse(slug: &str) -> Option<Provider> {
        Provider::ALL.iter().copied().find(|p| p.slug() == slug)
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reader().about().name)
    }
}

/// What people are told about a provider while they connect it.
#[derive(Debug, Clone, Copy)]
pub struct ProviderInfo {
    /// The word of URLs, SQL and the command line.
    pub slug: &'static str,
    /// Its name as it writes it itself.
    pub name: &'static str,
    /// One or two letters for its tile.
    pub letters: &'static str,
    /// What it tells us, in three words.
    pub tells: &'static str,
    /// Its calls are held by a voice assistant.
    pub voice_assistant: bool,
    /// The credential that proves a message is from it.
    pub credential: Credential,
    /// Where in its own console the addresses are pasted.
    pub console_url: &'static str,
    /// Steps after the addresses were copied: `(title, text)`.
    pub steps: &'static [(&'static str, &'static str)],
    /// How to make it send a first event.
    pub try_it: &'static str,
    /// Minutes it takes to connect.
    pub minutes: u8,
    /// What it does with a message that nobody took.
    pub resends: Resends,
}

/// What a provider does with a message that nobody took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resends {
    /// It is lost: the provider says so.
    Never,
    /// The provider does not say, so it is taken for lost.
    Unknown,
    /// It tries again until this many seconds have passed since the first try.
    For(u32),
}

impl Resends {
    /// Seconds after which nothing is sent again; `None` where nothing is.
    pub fn seconds(self) -> Option<u32> {
        match self {
            Resends::For(seconds) => Some(seconds),
            Resends::Never | Resends::Unknown => None,
        }
    }
}

/// The credential of a provider.
#[derive(Debug, Clone, Copy)]
pub enum Credential {
    /// It signs each body with a key.
    SigningKey {
        /// Where the owner finds the key.
        help: &'static str,
    },
    /// It sends a header that the owner chooses.
    AuthHeader {
        /// How the owner sets it.
        help: &'static str,
    },
}

/// An event type that has an address of its own, because the body does not name it.
#[derive(Debug, Clone, Copy)]
pub struct EventType {
    /// The last part of the address.
    pub key: &'static str,
    /// The provider's own name.
    pub label: &'static str,
}

/// A delivery as a reader sees it.
pub struct ReaderInput<'a> {
    /// The `{event}` of the address, if it had one.
    pub event: Option<&'a str>,
    /// The body, parsed.
    pub body: &'a Json,
    /// The bytes of the body as they came (for keys that hash the whole body).
    pub raw: &'a [u8],
    /// Headers, looked up without regard to case.
    pub headers: &'a Headers,
    /// The default region of the source's phone numbers, such as `US`.
    pub region: &'a str,
    /// When it arrived, UTC. For resolving words like zone abbreviations only: an event whose sender gives no
    /// time has `at: None`.
    pub received_at: DateTime<Utc>,
}

/// Headers that matter, in the order they came.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Headers(pub Vec<(String, String)>);

impl Headers {
    /// The first value of a header, whatever the case of its name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }
}

/// Why a delivery could not be read, in plain words for the owner, such as
/// `Telmetrics sent a start time we could not read`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Unreadable {
    /// One sentence.
    pub reason: String,
    /// The name of the field that is at fault, to mark it in the raw body.
    pub field: Option<String>,
}

impl Unreadable {
    /// A reason without a place.
    pub fn new(reason: impl Into<String>) -> Unreadable {
        Unreadable { reason: reason.into(), field: None }
    }

    /// A reason at a field.
    pub fn at(field: &str, reason: impl Into<String>) -> Unreadable {
        Unreadable { reason: reason.into(), field: Some(field.to_string()) }
    }
}

/// How the signature or credential of a delivery stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It matches one of the source's keys.
    Verified,
    /// The source has no key or header to check against: trusted by the key in its address.
    Unsigned,
    /// It does not match; the reason in plain words.
    Failed(String),
}

/// One sender: what its payloads mean and how it signs. Pure.
pub trait Reader: Sync {
    /// What people are told about it.
    fn about(&self) -> &'static ProviderInfo;

    /// Event types with an address of their own; empty where one address serves all.
    fn events(&self) -> &'static [EventType];

    /// Reads a delivery into events. All or nothing: a delivery that cannot be read whole is kept in
    /// quarantine. An empty list is an error too (say what was missing).
    ///
    /// # Errors
    /// [`Unreadable`] with the reason in plain words.
    fn read(&self, delivery: &ReaderInput<'_>) -> Result<Vec<ParsedEvent>, Unreadable>;

    /// How many events the body carries at most. Asked before it is read.
    fn events_in(&self, _body: &Json) -> usize {
        1
    }

    /// The body cut into bodies of one element each, where one delivery may carry several; `None` where it
    /// cannot be cut. Only asked when the whole could not be read: one odd element must not hide the others.
    fn cut(&self, _body: &Json) -> Option<Vec<Json>> {
        None
    }

    /// Checks the signature over the raw bytes against the source's keys, in constant time. `keys` is
    /// never empty. Only called for providers with [`Credential::SigningKey`]; auth headers are compared
    /// by [`signature::auth_header`].
    fn verify(&self, _raw: &[u8], _headers: &Headers, _keys: &[String]) -> Verdict {
        Verdict::Failed(format!("{} does not sign its messages.", self.about().name))
    }

    /// The headers that [`Reader::verify`] would accept for this body, for test events and the simulator.
    /// `now` is the time of signing, UTC.
    fn sign(&self, _raw: &[u8], _key: &str, _now: DateTime<Utc>) -> Vec<(String, String)> {
        Vec::new()
    }

    /// Why a key cannot be one of this provider's, in plain words; `None` where it may be. Knows no secrets: says
    /// only what is odd about the shape.
    fn key_trouble(&self, key: &str) -> Option<String> {
        read::odd_key(key)
    }

    /// Every word of the sender this reader knows, with words for people. The tables it reads by are made of the same lists,
    /// so that a word cannot be known and have none.
    fn words(&self) -> Vec<Word>;

    /// Whether [`Reader::verify`] agrees with the example the vendor publishes; `None` where there is none.
    fn self_test(&self) -> Option<bool> {
        None
    }

    /// A believable body of a test event (and its `{event}`, where it has one) that happens at `now`, for
    /// the invented person "Test Lead" with the number [`TEST_NUMBER`](crate::domain::phone::TEST_NUMBER).
    fn sample(&self, event: Option<&str>, now: DateTime<Utc>) -> (Option<&'static str>, String);
}
