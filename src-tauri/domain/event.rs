//! Events: what a provider read out of a delivery, and what people did, ready to be folded.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use strum::IntoStaticStr;
use utoipa::ToSchema;

use super::action::Action;
pub use super::attribution::Attribution;
use super::call::CallPart;
pub use super::call::Direction;
pub use super::event_id::{EventId, short_hash};
use super::is_default;
use super::stage::{Outcome, Stage};

/// What connects events to one lead.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Identity {
    /// What kind of name it is.
    pub kind: IdentityKind,
    /// The value: E.164, a lower-case e-mail, a provider's id, an event id.
    pub value: String,
}

/// The kinds of names that connect. Phone and e-mail connect across sources; ids only within theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum IdentityKind {
    /// E.164.
    Phone,
    /// Lower case.
    Email,
    /// The provider's own id of the person.
    #[strum(serialize = "person_id")]
    Person,
    /// The provider's own id of a call.
    #[strum(serialize = "call_id")]
    Call,
    /// The provider's own id of a message.
    #[strum(serialize = "message_id")]
    Message,
    /// The provider's own id of a conversation.
    #[strum(serialize = "conversation_id")]
    Conversation,
    /// The provider's own id of a form submission.
    #[strum(serialize = "form_id")]
    Form,
    /// An event, as the anchor of an action.
    Event,
    /// Somebody who was erased: a random word that means nothing outside of this file.
    Erased,
}

impl IdentityKind {
    /// The word used in storage and JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Phones, e-mails, event anchors and erased people mean the same whoever says them.
    pub fn is_global(self) -> bool {
        matches!(self, IdentityKind::Phone | IdentityKind::Email | IdentityKind::Event | IdentityKind::Erased)
    }
}

impl Identity {
    /// A link of the kind, unless the value is empty or a placeholder.
    pub fn new(kind: IdentityKind, value: impl Into<String>) -> Option<Identity> {
        let value = value.into();
        let trimmed = value.trim();
        if is_placeholder(trimmed) {
            return None;
        }
        Some(Identity { kind, value: trimmed.to_string() })
    }

    /// The text that is unique over the whole file; ids carry their source.
    pub fn key(&self, source_uid: &str) -> String {
        if self.kind.is_global() {
            format!("{}:{}", self.kind.as_str(), self.value)
        } else {
            format!("{}:{}:{}", self.kind.as_str(), source_uid, self.value)
        }
    }
}

/// Words senders write where they have nothing to say.
pub fn is_placeholder(text: &str) -> bool {
    const WORDS: [&str; 13] =
        ["", "null", "none", "n/a", "n\\a", "na", "nil", "undefined", "unknown", "-", "--", "0", "anonymous"];
    let lower = text.trim().to_ascii_lowercase();
    WORDS.contains(&lower.as_str())
}

/// An event as a provider read it: everything but when it arrived.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParsedEvent {
    /// What makes it the same event within its source (providers.md, "Idempotency").
    #[serde(skip)]
    pub key: String,
    /// The provider's own name of the event.
    pub name: String,
    /// When it happened; `None` where the sender gives no time, then the time of receipt stands in.
    #[serde(skip)]
    pub at: Option<DateTime<Utc>>,
    /// What connects it to a lead. May hold nothing: then the event is a lead of its own.
    #[serde(rename = "links", default, skip_serializing_if = "Vec::is_empty")]
    pub identities: Vec<Identity>,
    /// E.164 numbers that are the business's side of this event: never identities here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub business: Vec<String>,
    /// It was read from a row of a file, such as a log that a service exports: a sender may have told it too.
    #[serde(default, skip_serializing_if = "is_default")]
    pub row: bool,
    /// What it says about the person.
    #[serde(default, skip_serializing_if = "is_default")]
    pub person: Person,
    /// Where the person came from.
    #[serde(default, skip_serializing_if = "is_default")]
    pub attribution: Attribution,
    /// What happened.
    pub body: Body,
}

impl ParsedEvent {
    /// An event without identities or person, to be filled in.
    pub fn new(key: impl Into<String>, name: impl Into<String>, at: Option<DateTime<Utc>>, body: Body) -> ParsedEvent {
        ParsedEvent {
            key: key.into(),
            name: name.into(),
            at,
            identities: Vec::new(),
            business: Vec::new(),
            row: false,
            person: Person::default(),
            attribution: Attribution::default(),
            body,
        }
    }

    /// Adds an identity, unless its value is empty or a placeholder, or it is there already.
    pub fn add_identity(&mut self, kind: IdentityKind, value: impl Into<String>) {
        if let Some(link) = Identity::new(kind, value)
            && !self.identities.contains(&link)
        {
            self.identities.push(link);
        }
    }
}

impl Event {
    /// It was erased, and this is what is kept of it.
    pub fn is_erased(&self) -> bool {
        self.draft.identities.iter().any(|link| link.kind == IdentityKind::Erased)
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// Part of a call card.
    Call(Box<CallPart>),
    /// A text or chat message.
    Message(Message),
    /// A form.
    Form(Form),
    /// A status of a sender.
    Status(StatusChange),
    /// A conversation opened, was resolved or closed.
    Conversation(Conversation),
    /// A contact was made or changed.
    Contact(Contact),
    /// An outcome was tagged.
    Outcome(OutcomeTag),
    /// A person did something in the app.
    Action(Action),
}

/// What an event says about the person. Merged over the lead's events in time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Person {
    /// Their name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The name is caller-ID text: often a place, or upper case. A given name beats it.
    #[serde(skip_serializing_if = "is_default")]
    pub name_is_caller_id: bool,
    /// E.164. (Those that identify are links as well.)
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<String>,
    /// Lower case.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<String>,
    /// Where they live.
    #[serde(skip_serializing_if = "is_default")]
    pub address: Address,
    /// IANA name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// The business's own ids.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub external_ids: Vec<ExternalId>,
    /// As the sender wrote them, with the instant where it can be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub appointments: Vec<AppointmentDraft>,
    /// Free fields.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub custom: Map<String, Value>,
    /// The provider's campaign name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign: Option<String>,
    /// Who of the business looks after them, as the sender says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rep: Option<String>,
}

/// An appointment as a sender told of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AppointmentDraft {
    /// When, where it could be read.
    pub at: Option<DateTime<Utc>>,
    /// As written.
    pub text: String,
}

/// Parts of an address, as the sender wrote them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[allow(missing_docs)] // the words explain themselves
pub struct Address {
    pub street: Option<String>,
    pub city: Option<String>,
    pub state: Option<String>,
    pub zip: Option<String>,
    pub country: Option<String>,
}

/// An id the business itself gave to the person, passed on by a sender.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct ExternalId {
    /// The sender's name for it, such as `external_system_id`.
    pub name: String,
    /// The id.
    pub value: String,
}

/// A text or chat message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // as in entry::MessageView
pub struct Message {
    pub direction: Direction,
    pub channel: String,
    pub text: String,
    pub from: Option<String>,
    pub to: Option<String>,
    pub agent: Option<String>,
    pub conversation_id: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<String>,
    pub delivery_status: Option<String>,
}

/// A field of a form, in the order it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[allow(missing_docs)]
pub struct FormField {
    pub name: String,
    pub value: String,
}

/// A form somebody filled in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // as in entry::FormView
pub struct Form {
    pub fields: Vec<FormField>,
    pub page: Option<String>,
    pub landing_page: Option<String>,
    pub referrer: Option<String>,
    pub first_form: Option<bool>,
}

/// A status of a sender.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StatusChange {
    /// The stage it maps to; `None` for a word we do not know.
    pub stage: Option<Stage>,
    /// The sender's own word, verbatim.
    pub status: String,
    /// The sender's own reason, verbatim.
    pub reason: Option<String>,
    /// The lead did something (wrote, took a call): this reopens a closed journey.
    #[serde(default)]
    pub from_lead: bool,
    /// Whatever else was said beside it.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub facts: Map<String, Value>,
}

/// A conversation opened, was resolved or closed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // as in entry::ConversationView
pub struct Conversation {
    pub id: Option<String>,
    pub status: Option<String>,
    pub priority: Option<String>,
    pub channel: Option<String>,
}

/// A contact was made or changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    /// `visitor`, `lead`, `customer`, as the sender says.
    pub contact_type: Option<String>,
}

/// An outcome somebody tagged at a sender.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutcomeTag {
    /// What it was; an unknown word is `Other`.
    pub outcome: Outcome,
    /// The sender's own word.
    pub said: String,
    /// The provider's id of the call it belongs to.
    pub call: Option<String>,
    /// Cents, as in [`money`](super::money): hundredths of the currency's unit, whatever the currency.
    pub estimated_cents: Option<i64>,
    /// Cents actually received.
    pub actual_cents: Option<i64>,
    /// Cents.
    pub revenue_cents: Option<i64>,
    /// Words beside it.
    pub notes: Option<String>,
}

/// Actual if above 0, else revenue if above 0, else estimated (design.md section 4). Cents.
pub fn value_cents(estimated: Option<i64>, actual: Option<i64>, revenue: Option<i64>) -> Option<i64> {
    actual.filter(|v| *v > 0).or(revenue.filter(|v| *v > 0)).or(estimated)
}

/// An event with its place in the journal: what the fold eats.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// What makes it the same event.
    pub id: EventId,
    /// The row id of its source; 0 for what people did in the app.
    pub source: i64,
    /// The source's stable name, from which ids of cards are made.
    pub source_uid: String,
    /// The provider's slug; `leadtrail` for what people did in the app.
    pub provider: String,
    /// When it happened: the sender's word, else the time of receipt.
    pub at: DateTime<Utc>,
    /// The sender gave no time.
    pub at_received: bool,
    /// When it first arrived.
    pub first_received: DateTime<Utc>,
    /// When it last arrived: a repeat of the same words moves it (CallRail's Call Modified).
    pub last_received: DateTime<Utc>,
    /// No signature or credential stands behind it.
    pub unsigned: bool,
    /// What was read.
    pub draft: ParsedEvent,
}
