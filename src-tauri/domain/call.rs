//! Parts of a call as providers send them, one after the other.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::event::{Direction, is_default};
use super::stage::{Outcome, Sentiment};
use super::view::{Answer, CallState, Keyword, Turn};

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
