//! What a person of the business did in the app. Actions are journal entries too, so each can be
//! undone, in any order (law 4).

use serde::{Deserialize, Serialize};

use super::event::EventId;
use super::stage::Outcome;

/// What somebody did, about the lead that holds the event `about`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Action {
    /// The event that names the lead: rows are names of this machine only.
    #[serde(with = "hex_id")]
    pub about: EventId,
    /// Who did it, where they said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// What they did.
    #[serde(flatten)]
    pub deed: Deed,
}

/// The deeds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Deed {
    /// Wrote something down.
    Note {
        /// The words.
        text: String,
    },
    /// Said how it ended; settles what services disagree about.
    Outcome {
        /// What it was.
        outcome: Outcome,
        /// The card it belongs to, if to one call.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        call: Option<String>,
        /// Cents.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        estimated_cents: Option<i64>,
        /// Cents actually received.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        actual_cents: Option<i64>,
        /// Cents.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        revenue_cents: Option<i64>,
        /// Words beside it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        notes: Option<String>,
    },
    /// Put a tag on the lead.
    Tag {
        /// The tag.
        tag: String,
    },
    /// Took a tag off the lead.
    Untag {
        /// The tag.
        tag: String,
    },
    /// Gave the lead to somebody of the business, or to nobody in particular.
    Assign {
        /// Whom.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rep: Option<String>,
    },
    /// Took back an action (also an undo: that redoes).
    Undo {
        /// The action's event.
        #[serde(with = "hex_id")]
        action: EventId,
    },
}

mod hex_id {
    use super::EventId;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(id: &EventId, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&id.to_string())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<EventId, D::Error> {
        let text = String::deserialize(d)?;
        EventId::parse(&text).ok_or_else(|| D::Error::custom("not an event id"))
    }
}
