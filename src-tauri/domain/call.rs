//! Parts of a call as providers send them, one after the other, and the card the API shows that they grow into.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use strum::{EnumString, IntoStaticStr, VariantArray};
use utoipa::openapi::schema::{AnyOfBuilder, Schema, Type};
use utoipa::openapi::{ObjectBuilder, Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use super::attribution::Attribution;
use super::event_id::short_hash;
use super::is_default;
use super::stage::{Outcome, Sentiment};

/// Which way a call or message went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the lead to the business.
    Inbound,
    /// From the business to the lead.
    Outbound,
}

impl Direction {
    /// The word used in SQL and JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// The id of the card of a call: the same on every machine.
pub fn call_id(source_uid: &str, call: &str) -> String {
    hex::encode(short_hash(&["call", source_uid, call]))
}

/// What one event says about a call. Parts of one call are laid over each other in the order of
/// `(sent_us, rank, last receipt, event id)`; a field that says nothing never erases.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CallPart {
    /// The provider's id of the call. `None` where the event has none (Telmetrics' start): then the
    /// fold joins it by numbers and time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// When the sender sent this part, microseconds since the epoch, UTC; 0 where it does not say,
    /// for all events of that provider alike.
    #[serde(skip_serializing_if = "is_default")]
    pub sent_us: i64,
    /// Where this kind of event stands in the life of a call: 0 it rings, 1 it is routed, 2 it is
    /// over, 3 it was enriched or changed.
    #[serde(skip_serializing_if = "is_default")]
    pub rank: u8,
    /// Which way it went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// The two sides spoke.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered: Option<bool>,
    /// It went to voicemail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voicemail: Option<bool>,
    /// How far it has come. A placeholder (Pre-Call's `missed`) is `Ringing`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<CallState>,
    /// When it began, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<DateTime<Utc>>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_s: Option<i64>,
    /// E.164.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// E.164.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// E.164.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking_number: Option<String>,
    /// Who of the business was on the line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// A secret link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recording_url: Option<String>,
    /// The sender's summary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// Every turn, echoes not yet marked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub transcript: Vec<Turn>,
    /// The transcript as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transcript_raw: Option<String>,
    /// Words the sender listened for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<Keyword>,
    /// How the caller felt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentiment: Option<Sentiment>,
    /// Everything the sender claims about it, in its own words: `(what, value)`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<(String, Value)>,
    /// An outcome, where the sender's words amount to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Tags; `Some(vec![])` takes away those of earlier parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Cents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_cents: Option<i64>,
    /// Money actually received or a sale, as the sender says: the lead is converted.
    #[serde(skip_serializing_if = "is_default")]
    pub sale: bool,
    /// What the caller asked the assistant for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub requests: Vec<String>,
    /// A note at the sender; `Some("")` takes away that of earlier parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The sender's own lead status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead_status: Option<String>,
    /// The sender's own score.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<String>,
    /// Keys pressed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keypad: Option<String>,
    /// The sender's own dispositions.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub dispositions: Map<String, Value>,
    /// The sender's own topics.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub topics: Map<String, Value>,
    /// First touch, lead created, qualified, last touch.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub milestones: Map<String, Value>,
    /// Questions and answers of an assistant.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Answer>,
    /// Fields the sender itself says it changed (CallRail's `changes`), in our field names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<String>,
    /// Not a call of its own: a reach-out attempt or a rescue notice that belongs to a call if that
    /// is known, and is shown as what it is otherwise. Plain words, such as `Attempt failed: invalid phone`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headline: Option<String>,
}

/// How far a call has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the words of design.md section 4
pub enum CallState {
    Ringing,
    InProgress,
    Completed,
    Missed,
    Abandoned,
    Voicemail,
    Failed,
}

impl CallState {
    /// The word used in SQL and JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Nobody of the business and the lead spoke: missed, abandoned or voicemail, and it is over.
    pub fn is_unanswered(self) -> bool {
        matches!(self, CallState::Missed | CallState::Abandoned | CallState::Voicemail)
    }
}

/// One phone call: a card that grows as the provider sends more about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Call {
    /// Stable: made from the source and the provider's call id.
    pub id: String,
    /// `inbound` or `outbound`.
    pub direction: String,
    /// A person (or assistant) of the business and the lead spoke.
    pub answered: bool,
    /// It went to voicemail.
    pub voicemail: bool,
    /// How far it has come.
    pub state: CallState,
    /// When it began.
    pub started_at: Option<DateTime<Utc>>,
    /// Seconds.
    pub duration_s: Option<i64>,
    /// E.164; `null` when blocked.
    pub from: Option<String>,
    /// E.164.
    pub to: Option<String>,
    /// The number the lead dialled or saw, E.164.
    pub tracking_number: Option<String>,
    /// Who of the business answered or called.
    pub agent: Option<String>,
    /// Whoever has it can listen: opened on a click, never fetched otherwise.
    pub recording_url: Option<String>,
    /// The sender's summary.
    pub summary: Option<String>,
    /// Every turn as the sender sent it.
    pub transcript: Vec<Turn>,
    /// The transcript as the sender wrote it.
    pub transcript_raw: Option<String>,
    /// Words the sender listened for.
    pub keywords: Vec<Keyword>,
    /// How the caller felt.
    pub sentiment: Option<Sentiment>,
    /// What services claim about it, each with its source.
    pub claims: Vec<Claim>,
    /// A person's own outcome, else the latest a sender gave.
    pub outcome: Option<Outcome>,
    /// Tags a sender put on the call.
    pub tags: Vec<String>,
    /// Cents.
    pub value_cents: Option<i64>,
    /// Where the caller came from.
    pub attribution: Attribution,
    /// What the caller asked the assistant for, such as `humanSupportRequest`.
    pub requests: Vec<String>,
    /// A note at the sender.
    pub note: Option<String>,
    /// The sender's own lead status of the call.
    pub lead_status: Option<String>,
    /// The sender's own score, verbatim.
    pub score: Option<String>,
    /// Keys the caller pressed.
    pub keypad: Option<String>,
    /// The sender's own dispositions.
    #[schema(value_type = Object)]
    pub dispositions: Map<String, Value>,
    /// The sender's own topics.
    #[schema(value_type = Object)]
    pub topics: Map<String, Value>,
    /// First touch, lead created, qualified, last touch, as the sender says.
    #[schema(value_type = Object)]
    pub milestones: Map<String, Value>,
    /// How the card grew.
    pub stages: Vec<CallStage>,
    /// Questions and answers of an assistant.
    pub answers: Vec<Answer>,
    /// The lead it belongs to; filled in where a call is shown without its lead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead_id: Option<i64>,
    /// The lead's name; filled in where a call is shown without its lead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead_name: Option<String>,
    /// The lead was erased; filled in where a call is shown without its lead.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lead_erased: bool,
    /// The source's id.
    pub source: i64,
    /// The provider's slug.
    pub provider: String,
}

/// Something somebody said.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Turn {
    /// `agent` or `caller` where the sender says so.
    pub speaker: Option<String>,
    /// The words.
    pub text: String,
    /// Seconds from the start of the call, where the sender says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_s: Option<f64>,
    /// The same words the other speaker's channel already carried: cross-talk, folded in the UI.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub echo: bool,
}

/// A word the sender listened for, and where it was heard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Keyword {
    /// The word.
    pub text: String,
    /// Seconds from the start of the call.
    pub at_s: Vec<f64>,
    /// `agent` or `caller`, where the sender says so.
    pub speaker: Option<String>,
}

/// What a claim is about, where more than one service claims it or more is made of it than words.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, EnumString, IntoStaticStr, VariantArray,
)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum KnownClaim {
    /// How the call ended.
    Outcome,
    /// Whether it was a lead.
    Lead,
    /// Why it is or is no lead.
    LeadReason,
    /// Why, whatever else the service says.
    Reason,
    /// Why the caller thinks of the business as they do.
    ViewOfBusinessReason,
    /// How the caller felt.
    Sentiment,
    /// The same in a sentence.
    SentimentSummary,
    /// Whether an appointment was made.
    Appointment,
    /// Whether something was sold.
    Sale,
}

impl KnownClaim {
    /// Every one of them.
    pub const ALL: &'static [KnownClaim] = <KnownClaim as VariantArray>::VARIANTS;

    /// The word used in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// What a claim is about: senders claim what they like, under names of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ClaimSubject {
    /// One that is known.
    Known(KnownClaim),
    /// Any other, as the sender calls it.
    Other(String),
}

// By hand: a known word is a text as well, which the derived `oneOf` would not allow.
impl PartialSchema for ClaimSubject {
    fn schema() -> RefOr<Schema> {
        let text =
            ObjectBuilder::new().schema_type(Type::String).description(Some("Any other, as the sender calls it."));
        let known = Ref::from_schema_name(KnownClaim::name());
        AnyOfBuilder::new()
            .item(known)
            .item(text)
            .description(Some("What a claim is about: senders claim what they like, under names of their own."))
            .into()
    }
}

impl ToSchema for ClaimSubject {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((KnownClaim::name().into(), KnownClaim::schema()));
    }
}

impl ClaimSubject {
    /// The word used in JSON.
    pub fn as_str(&self) -> &str {
        match self {
            ClaimSubject::Known(known) => known.as_str(),
            ClaimSubject::Other(word) => word,
        }
    }
}

impl From<&str> for ClaimSubject {
    fn from(word: &str) -> ClaimSubject {
        word.parse().map_or_else(|_| ClaimSubject::Other(word.into()), ClaimSubject::Known)
    }
}

impl PartialEq<KnownClaim> for ClaimSubject {
    fn eq(&self, other: &KnownClaim) -> bool {
        matches!(self, ClaimSubject::Known(known) if known == other)
    }
}

/// What a service says about a call, with its source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Claim {
    /// What is claimed, such as `outcome`, `lead`, `sentiment`, `registered_dnc`.
    pub what: ClaimSubject,
    /// The sender's own value.
    #[schema(value_type = Object)]
    pub value: Value,
    /// The source's id; `null` when a person of the business said it.
    pub source: Option<i64>,
    /// The provider's slug, or `leadtrail`.
    pub provider: String,
    /// When it was said.
    pub at: DateTime<Utc>,
    /// The event it was read from.
    pub event: String,
}

/// A stage in the growth of a call card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CallStage {
    /// The provider's own event name.
    pub event: String,
    /// When it arrived.
    pub received_at: DateTime<Utc>,
    /// Fields it added or changed.
    pub added: Vec<String>,
}

/// A question an assistant asked, and the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Answer {
    /// The question.
    pub question: String,
    /// The sender's class of the answer.
    pub response: Option<String>,
    /// The words.
    pub transcript: Option<String>,
}
