//! What the API shows of a timeline: one thing that happened. Field names are the contract of design.md section 4.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use strum::{EnumString, IntoStaticStr, VariantArray};
use utoipa::ToSchema;

use super::action::DeedKind;
use super::call::Call;
use super::event::{Attribution, FormField};
use super::gaps::GapView;
use super::stage::{Outcome, Stage};

/// What kind of thing an entry is.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ToSchema,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the words of design.md section 4
pub enum EntryKind {
    Call,
    Message,
    Form,
    Status,
    Conversation,
    Contact,
    Outcome,
    Note,
    Action,
    Gap,
}

impl EntryKind {
    /// Every kind.
    pub const ALL: &'static [EntryKind] = <EntryKind as VariantArray>::VARIANTS;

    /// The word used in SQL and JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The kind of a word, if it is one.
    pub fn parse(word: &str) -> Option<EntryKind> {
        word.parse().ok()
    }
}

/// Where an entry's time comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AtSource {
    /// The sender said when.
    Sender,
    /// The sender did not, so the time of receipt stands in.
    Received,
}

/// One thing on a timeline. The field named like `kind` holds the content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Entry {
    /// Stable: made from the events, not from rows.
    pub id: String,
    /// What kind of thing.
    pub kind: EntryKind,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// Where `at` comes from.
    pub at_source: AtSource,
    /// When the first of its events arrived.
    pub received_at: DateTime<Utc>,
    /// The source's id; `null` for what people did in the app.
    pub source: Option<i64>,
    /// The provider's slug, such as `callrail`; `leadtrail` for what people did in the app.
    pub provider: String,
    /// The provider's own name of the (latest) event.
    pub event: String,
    /// One plain line, such as `Missed call` or `Form: Request a quote`.
    pub title: String,
    /// The sender's key does not sign its messages (or none was given).
    pub unsigned: bool,
    /// Its content was erased.
    #[serde(default)]
    pub erased: bool,
    /// Journal numbers of the deliveries it was read from, ascending. Filled in by the store.
    #[serde(default)]
    pub deliveries: Vec<i64>,
    /// Content of a `call`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<Box<Call>>,
    /// Content of a `message`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageView>,
    /// Content of a `form`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub form: Option<FormView>,
    /// Content of a `status`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<StatusView>,
    /// Content of a `conversation`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation: Option<ConversationView>,
    /// Content of a `contact`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<ContactView>,
    /// Content of an `outcome`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<OutcomeView>,
    /// Content of a `note`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<NoteView>,
    /// Content of an `action`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<ActionView>,
    /// Content of a `gap`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gap: Option<GapView>,
}

/// A text or chat message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MessageView {
    /// `inbound` or `outbound`.
    pub direction: String,
    /// `sms`, `mms`, `webchat`, … as the sender says.
    pub channel: String,
    /// The words, verbatim.
    pub text: String,
    /// E.164 where it could be read.
    pub from: Option<String>,
    /// E.164 where it could be read.
    pub to: Option<String>,
    /// Who of the business wrote it.
    pub agent: Option<String>,
    /// The sender's own id of the conversation.
    pub conversation_id: Option<String>,
    /// Links to pictures and files; never fetched by us.
    pub media: Vec<String>,
    /// As the sender says.
    pub delivery_status: Option<String>,
}

/// A form somebody filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FormView {
    /// Every field in the order it came, repeated names too.
    pub fields: Vec<FormField>,
    /// The page the form stands on.
    pub page: Option<String>,
    /// The first page of the visit.
    pub landing_page: Option<String>,
    /// Where the visit came from.
    pub referrer: Option<String>,
    /// Their first form, as the sender says.
    pub first_form: Option<bool>,
    /// Where they came from.
    pub attribution: Attribution,
}

/// A status of a sender.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StatusView {
    /// The stage it maps to; `null` for a word we do not know.
    pub stage: Option<Stage>,
    /// The sender's own word, verbatim.
    pub status: String,
    /// The sender's own reason, verbatim.
    pub reason: Option<String>,
    /// Whatever else the sender said beside it, in its own words.
    #[schema(value_type = Object)]
    pub facts: Map<String, Value>,
}

/// A conversation opened, was resolved or closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConversationView {
    /// The sender's own id.
    pub id: Option<String>,
    /// As the sender says.
    pub status: Option<String>,
    /// As the sender says.
    pub priority: Option<String>,
    /// `phone`, `webchat`, …
    pub channel: Option<String>,
}

/// A contact was made or changed at a sender.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ContactView {
    /// The name given.
    pub name: Option<String>,
    /// E.164.
    pub phones: Vec<String>,
    /// Lower case.
    pub emails: Vec<String>,
    /// `visitor`, `lead`, `customer`, as the sender says.
    pub contact_type: Option<String>,
}

/// An outcome somebody tagged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutcomeView {
    /// What it was.
    pub outcome: Outcome,
    /// The sender's own word.
    pub said: String,
    /// Cents.
    pub estimated_cents: Option<i64>,
    /// Cents actually received.
    pub actual_cents: Option<i64>,
    /// Cents.
    pub revenue_cents: Option<i64>,
    /// Actual if above 0, else revenue if above 0, else estimated.
    pub value_cents: Option<i64>,
    /// Words beside it.
    pub notes: Option<String>,
    /// The call it belongs to (an id of `/api/calls`), where known.
    pub call: Option<String>,
    /// Who of the business set it, for outcomes set in the app.
    pub by: Option<String>,
}

/// A note somebody of the business wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NoteView {
    /// The words.
    pub text: String,
    /// Who wrote it.
    pub by: Option<String>,
}

/// Something a person did in the app that is neither a note nor an outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ActionView {
    /// What they did.
    #[serde(rename = "type")]
    pub kind: DeedKind,
    /// The tag.
    pub tag: Option<String>,
    /// Whom the lead was given to.
    pub rep: Option<String>,
    /// Who did it.
    pub by: Option<String>,
}
