//! What a person of the business did in the app. Actions are journal entries too, so each can be
//! undone, in any order (law 4).
//!
//! A new one is a variant of [`Deed`]: what is posted, what the API says of itself and what the journal keeps are that
//! one type, and the compiler names every place that has to say what it means there.

use serde::{Deserialize, Deserializer, Serialize};
use strum::{EnumDiscriminants, EnumString, IntoStaticStr, VariantArray};
use utoipa::ToSchema;

use super::event_id::EventId;
use super::stage::Outcome;

/// Characters of a note.
const NOTE: usize = 20_000;
/// Characters of a tag.
const TAG: usize = 60;
/// Characters of a person's name.
const NAME: usize = 100;
/// More money than a small business takes, and far from the end of the numbers. Cents.
const MOST_CENTS: i64 = 1_000_000_000_000;

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
    pub what: DeedOrUndo,
}

/// Something about a lead, or taking that back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum DeedOrUndo {
    /// Took back an action (also an undo: that redoes).
    Undo {
        /// The action's event.
        #[serde(with = "hex_id")]
        action: EventId,
    },
    /// Anything else.
    #[serde(untagged)]
    Deed(Deed),
}

impl Action {
    /// What was done about the lead; `None` where another action was taken back.
    pub fn deed(&self) -> Option<&Deed> {
        if let DeedOrUndo::Deed(deed) = &self.what { Some(deed) } else { None }
    }

    /// The action that was taken back.
    pub fn undoes(&self) -> Option<EventId> {
        if let DeedOrUndo::Undo { action } = &self.what { Some(*action) } else { None }
    }

    /// What its event is called.
    pub fn name(&self) -> &'static str {
        match &self.what {
            DeedOrUndo::Undo { .. } => "undo",
            DeedOrUndo::Deed(deed) => DeedKind::from(deed).as_str(),
        }
    }
}

/// Something a person does about a lead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, EnumDiscriminants)]
#[serde(tag = "type", rename_all = "snake_case")]
#[strum_discriminants(
    name(DeedKind),
    derive(Serialize, Deserialize, ToSchema, EnumString, IntoStaticStr, VariantArray),
    schema(description = "What kind of thing a person did about a lead."),
    allow(missing_docs),
    serde(rename_all = "snake_case"),
    strum(serialize_all = "snake_case")
)]
pub enum Deed {
    /// Writes something down.
    Note {
        /// The words: at most 20 000 characters.
        #[serde(default, deserialize_with = "or_empty")]
        #[schema(required)]
        text: String,
    },
    /// Says how it ended; settles what services disagree about.
    Outcome {
        /// How it ended.
        outcome: Outcome,
        /// The call that ended so, an id of `/api/calls`; the lead as a whole if missing.
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
    /// Puts a tag on the lead.
    Tag {
        /// 1 to 60 characters.
        #[serde(default, deserialize_with = "or_empty")]
        #[schema(required)]
        tag: String,
    },
    /// Takes a tag off the lead.
    Untag {
        /// The tag.
        #[serde(default, deserialize_with = "or_empty")]
        #[schema(required)]
        tag: String,
    },
    /// Gives the lead to somebody of the business, or to nobody in particular.
    Assign {
        /// Who looks after the lead from now on, at most 100 characters; `null` for whom its senders name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rep: Option<String>,
    },
}

impl DeedKind {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Why something cannot be done as it was said: a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidAction(String);

fn invalid(sentence: impl Into<String>) -> InvalidAction {
    InvalidAction(sentence.into())
}

impl Deed {
    /// The same with its words trimmed.
    ///
    /// # Errors
    /// [`InvalidAction`] where it says nothing, or more than is kept.
    pub fn checked(self) -> Result<Deed, InvalidAction> {
        Ok(match self {
            Deed::Note { text } => Deed::Note { text: words(&text)?.ok_or_else(|| invalid("The note is empty."))? },
            Deed::Outcome { outcome, call, estimated_cents, actual_cents, revenue_cents, notes } => Deed::Outcome {
                outcome,
                call: call.filter(|call| !call.is_empty()).map(|call| call.to_ascii_lowercase()),
                estimated_cents: cents(estimated_cents)?,
                actual_cents: cents(actual_cents)?,
                revenue_cents: cents(revenue_cents)?,
                notes: words(notes.as_deref().unwrap_or_default())?,
            },
            Deed::Tag { tag } => Deed::Tag { tag: tag_name(&tag)? },
            Deed::Untag { tag } => Deed::Untag { tag: tag_name(&tag)? },
            Deed::Assign { rep } => Deed::Assign { rep: rep_name(rep)? },
        })
    }
}

/// Who does it, trimmed; `None` where they do not say.
///
/// # Errors
/// [`InvalidAction`] where that is no name.
pub fn doer(by: Option<String>) -> Result<Option<String>, InvalidAction> {
    let name = by.map(|name| name.trim().to_string()).filter(|name| !name.is_empty());
    match &name {
        Some(name) if name.chars().count() > NAME || name.chars().any(char::is_control) => {
            Err(invalid(format!("“by” is a name of at most {NAME} characters.")))
        }
        _ => Ok(name),
    }
}

fn words(text: &str) -> Result<Option<String>, InvalidAction> {
    let text = text.trim();
    if text.chars().count() > NOTE {
        return Err(invalid(format!("A note has at most {NOTE} characters.")));
    }
    if text.contains('\0') {
        return Err(invalid("The note holds a character that no text has."));
    }
    Ok((!text.is_empty()).then(|| text.to_string()))
}

fn tag_name(tag: &str) -> Result<String, InvalidAction> {
    let tag = tag.trim();
    match tag.chars().count() {
        0 => Err(invalid("Give the tag a name.")),
        n if n > TAG => Err(invalid(format!("A tag has at most {TAG} characters."))),
        _ if tag.chars().any(char::is_control) => Err(invalid("A tag is one line of plain characters.")),
        _ => Ok(one_blank(tag)),
    }
}

fn rep_name(rep: Option<String>) -> Result<Option<String>, InvalidAction> {
    let rep = rep.map(|rep| one_blank(&rep)).filter(|rep| !rep.is_empty());
    match &rep {
        Some(rep) if rep.chars().count() > NAME => {
            Err(invalid(format!("“rep” is a name of at most {NAME} characters.")))
        }
        Some(rep) if rep.chars().any(char::is_control) => Err(invalid("A name is one line of plain characters.")),
        _ => Ok(rep),
    }
}

fn one_blank(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cents(given: Option<i64>) -> Result<Option<i64>, InvalidAction> {
    match given {
        Some(cents) if !(0..=MOST_CENTS).contains(&cents) => Err(invalid("That is no amount of money we can keep.")),
        other => Ok(other),
    }
}

/// Words that are missing or `null` are none: [`Deed::checked`] has the sentence for that.
fn or_empty<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(Option::<String>::deserialize(from)?.unwrap_or_default())
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
