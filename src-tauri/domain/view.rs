//! What the API shows: a lead, its journey, its entries, its calls. Field names are the contract
//! of design.md section 4. Times are UTC (RFC 3339 in JSON), money is integer cents (hundredths of the
//! currency's unit, see [`money`](super::money)), phones are E.164.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::event::{Address, Attribution, ExternalId, FormField};
use super::stage::{Outcome, Sentiment, Stage};

/// One person: everything connected through identities, and what the business did about them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Lead {
    /// The name of the row on this machine; outside law 2.
    pub id: i64,
    /// What they are called; a name somebody gave beats caller-ID text.
    pub name: Option<String>,
    /// E.164, in order of first appearance.
    pub phones: Vec<String>,
    /// Lower case, in order of first appearance.
    pub emails: Vec<String>,
    /// Where they live, as far as any sender said.
    pub address: Address,
    /// IANA name, where a sender said so.
    pub time_zone: Option<String>,
    /// The business's own ids for this person, as senders pass them on. Never identities.
    pub external_ids: Vec<ExternalId>,
    /// Appointments senders told of.
    pub appointments: Vec<Appointment>,
    /// Where the journey stands.
    pub stage: Stage,
    /// Since when.
    pub stage_since: Option<DateTime<Utc>>,
    /// The latest status word of a sender, verbatim.
    pub status: Option<String>,
    /// The id of the source that said it.
    pub status_source: Option<i64>,
    /// Somebody or a STOP said: do not contact.
    pub do_not_contact: bool,
    /// Why.
    pub do_not_contact_reason: Option<String>,
    /// Why the journey closed, in the sender's own words.
    pub closed_reason: Option<String>,
    /// The outcome that stands: a person's own, else the latest a sender gave.
    pub outcome: Option<Outcome>,
    /// The latest sentiment.
    pub sentiment: Option<Sentiment>,
    /// Actual if above 0, else revenue if above 0, else estimated.
    pub value_cents: Option<i64>,
    /// Ids of the sources that told of this person, ascending.
    pub sources: Vec<i64>,
    /// The campaign of first touch.
    pub campaign: Option<String>,
    /// Where they came from: first touch.
    pub attribution: Attribution,
    /// Who looks after them.
    pub rep: Option<String>,
    /// Tags of the business, sorted.
    pub tags: Vec<String>,
    /// How many calls.
    pub calls: u32,
    /// How many texts and chat messages.
    pub messages: u32,
    /// When they first appear.
    pub first_seen: DateTime<Utc>,
    /// When something last happened.
    pub last_activity: DateTime<Utc>,
    /// When to get back to them.
    pub next_follow_up: Option<DateTime<Utc>>,
    /// Free fields senders pass on.
    #[schema(value_type = Object)]
    pub custom: Map<String, Value>,
    /// What waits for somebody: `call_back`, `reply`, `human`.
    pub needs: Vec<Need>,
    /// The last thing that happened, for lists.
    pub last_entry: Option<LastEntry>,
    /// The person was erased: what is left counts, and says nothing about who it was.
    #[serde(default)]
    pub erased: bool,
}

/// Something that waits for a person of the business.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Need {
    /// `call_back`: a missed call nobody returned. `reply`: an inbound message or a web form nobody answered.
    /// `human`: they asked the voice assistant for a person.
    pub what: String,
    /// Since when it waits.
    pub since: DateTime<Utc>,
    /// The entry that shows it.
    pub entry: String,
}

/// The last thing that happened, in one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LastEntry {
    /// The entry's id.
    pub entry: String,
    /// The entry's kind.
    pub kind: EntryKind,
    /// One line for a list, such as `Voicemail 0:13, not called back` or the words of a text.
    pub text: String,
    /// `inbound` or `outbound`, where it has one.
    pub direction: Option<String>,
    /// Of a call: how far it came.
    #[serde(default)]
    pub state: Option<CallState>,
}

/// An appointment a sender told of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Appointment {
    /// When, where it could be read.
    pub at: Option<DateTime<Utc>>,
    /// As the sender wrote it.
    pub text: String,
    /// The source's id.
    pub source: i64,
}

/// One step of the journey: a stage, or a new status word within it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Step {
    /// The stage reached.
    pub stage: Stage,
    /// The sender's own word, verbatim.
    pub status: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
    /// When the next step began; `null` for the one that lasts.
    pub until: Option<DateTime<Utc>>,
    /// The source's id; `null` when a person did it.
    pub source: Option<i64>,
    /// The entry that shows it.
    pub entry: String,
}

/// What kind of thing an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
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
    pub const ALL: [EntryKind; 10] = [
        EntryKind::Call,
        EntryKind::Message,
        EntryKind::Form,
        EntryKind::Status,
        EntryKind::Conversation,
        EntryKind::Contact,
        EntryKind::Outcome,
        EntryKind::Note,
        EntryKind::Action,
        EntryKind::Gap,
    ];

    /// The word used in SQL and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            EntryKind::Call => "call",
            EntryKind::Message => "message",
            EntryKind::Form => "form",
            EntryKind::Status => "status",
            EntryKind::Conversation => "conversation",
            EntryKind::Contact => "contact",
            EntryKind::Outcome => "outcome",
            EntryKind::Note => "note",
            EntryKind::Action => "action",
            EntryKind::Gap => "gap",
        }
    }

    /// The kind of a word, if it is one.
    pub fn parse(word: &str) -> Option<EntryKind> {
        EntryKind::ALL.into_iter().find(|k| k.as_str() == word)
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
    /// `tag`, `untag`, `assign`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The tag.
    pub tag: Option<String>,
    /// Whom the lead was given to.
    pub rep: Option<String>,
    /// Who did it.
    pub by: Option<String>,
}

/// A period in which the door was not open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GapView {
    /// Its number.
    pub id: i64,
    /// From.
    pub from: DateTime<Utc>,
    /// To.
    pub to: DateTime<Utc>,
    /// `shutdown`, `crash`, `asleep` or `not_listening`.
    pub why: String,
    /// What some source sent in it may be missing still.
    pub open: bool,
    /// What it means for each source that was connected in it.
    pub sources: Vec<GapSource>,
}

/// What a gap means for one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GapSource {
    /// The source.
    pub source: i64,
    /// What the owner calls it.
    pub name: String,
    /// The provider's slug.
    pub provider: String,
    /// The service tries again when a message was not taken. `false` also where it does not say.
    pub resends: bool,
    /// `open`; `imported`; `dismissed` by hand; or `resent`: the service tried again for longer than the gap was.
    pub state: String,
    /// Why it was closed by hand.
    pub reason: Option<String>,
    /// The import that closed it.
    pub import: Option<i64>,
    /// When it was closed.
    pub closed_at: Option<DateTime<Utc>>,
}

/// How far a call has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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
        match self {
            CallState::Ringing => "ringing",
            CallState::InProgress => "in_progress",
            CallState::Completed => "completed",
            CallState::Missed => "missed",
            CallState::Abandoned => "abandoned",
            CallState::Voicemail => "voicemail",
            CallState::Failed => "failed",
        }
    }
    /// Nobody of the business and the lead spoke: missed, abandoned or voicemail, and it is over.
    pub fn is_missed(self) -> bool {
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

/// What a service says about a call, with its source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Claim {
    /// What is claimed, such as `outcome`, `lead`, `sentiment`, `registered_dnc`.
    pub what: String,
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
