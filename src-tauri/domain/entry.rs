//! What the API shows of a timeline: one thing that happened. Field names are the contract of design.md section 4.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use strum::{EnumDiscriminants, EnumString, IntoStaticStr, VariantArray};
use utoipa::ToSchema;

use super::action::DeedKind;
use super::call::Call;
use super::event::{Attribution, FormField};
use super::gaps::GapView;
use super::stage::{Outcome, Stage};

/// Where an entry's time comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AtSource {
    /// The sender said when.
    Sender,
    /// The sender did not, so the time of receipt stands in.
    Received,
}

/// What an entry is, and what it says: in JSON `kind`, and beside it the member that `kind` names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, EnumDiscriminants)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[strum_discriminants(
    name(EntryKind),
    derive(Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema, EnumString, IntoStaticStr, VariantArray),
    strum(serialize_all = "snake_case"),
    serde(rename_all = "snake_case"),
    schema(description = "What kind of thing an entry is."),
    allow(missing_docs)
)]
#[allow(missing_docs)] // the words of design.md section 4
pub enum EntryContent {
    Call { call: Box<Call> },
    Message { message: MessageView },
    Form { form: FormView },
    Status { status: StatusView },
    Conversation { conversation: ConversationView },
    Contact { contact: ContactView },
    Outcome { outcome: OutcomeView },
    Note { note: NoteView },
    Action { action: ActionView },
    Gap { gap: GapView },
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

/// One thing on a timeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Entry {
    /// Stable: made from the events, not from rows.
    pub id: String,
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
    /// What it is, and what it says.
    #[serde(flatten)]
    pub content: EntryContent,
}

impl Entry {
    /// An entry without a title, of nobody yet.
    pub(crate) fn new(
        content: EntryContent,
        id: String,
        at: DateTime<Utc>,
        at_source: AtSource,
        received_at: DateTime<Utc>,
    ) -> Entry {
        Entry {
            id,
            at,
            at_source,
            received_at,
            source: None,
            provider: String::new(),
            event: String::new(),
            title: String::new(),
            unsigned: false,
            erased: false,
            deliveries: Vec::new(),
            content,
        }
    }

    /// What kind of thing it is.
    pub fn kind(&self) -> EntryKind {
        (&self.content).into()
    }

    /// The call, if it is one.
    pub fn call(&self) -> Option<&Call> {
        if let EntryContent::Call { call } = &self.content { Some(call) } else { None }
    }

    /// The text or chat message, if it is one.
    pub fn message(&self) -> Option<&MessageView> {
        if let EntryContent::Message { message } = &self.content { Some(message) } else { None }
    }

    /// The outcome, if it is one.
    pub fn outcome(&self) -> Option<&OutcomeView> {
        if let EntryContent::Outcome { outcome } = &self.content { Some(outcome) } else { None }
    }
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
