//! What the API shows of a person: a lead and its journey. Field names are the contract of design.md section 4. Times are UTC
//! (RFC 3339 in JSON), money is integer cents (hundredths of the currency's unit, see [`money`](super::money)), phones are E.164.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use strum::{EnumString, IntoStaticStr, VariantArray};
use utoipa::ToSchema;

use super::call::CallState;
use super::entry::EntryKind;
use super::event::{Address, Attribution, ExternalId};
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
    /// What waits for somebody.
    pub needs: Vec<Need>,
    /// The last thing that happened, for lists.
    pub last_entry: Option<LastEntry>,
    /// The person was erased: what is left counts, and says nothing about who it was.
    #[serde(default)]
    pub erased: bool,
}

/// What waits.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, EnumString, IntoStaticStr, VariantArray,
)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum NeedKind {
    /// A missed call nobody returned.
    CallBack,
    /// An inbound message or a web form nobody answered.
    Reply,
    /// They asked the voice assistant for a person.
    Human,
}

impl NeedKind {
    /// Every kind.
    pub const ALL: &'static [NeedKind] = <NeedKind as VariantArray>::VARIANTS;

    /// The word used in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Something that waits for a person of the business.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Need {
    /// What it is.
    pub what: NeedKind,
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
