//! Stages, outcomes and sentiment: the small closed vocabularies.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};
use utoipa::ToSchema;

/// Leadtrail's own step of a lead's journey. The order of the open stages is how far a lead has
/// come; the last three close the journey.
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
pub enum Stage {
    /// Known, and nothing was said to them yet.
    New,
    /// The business reached out.
    Contacted,
    /// The lead said something.
    Responded,
    /// A price was named.
    Quoted,
    /// An appointment or job is booked.
    Booked,
    /// Money was received, or the sender says it was a sale.
    Converted,
    /// Closed: not interested, spam, wrong number, or closed by a service.
    Lost,
    /// Closed: nobody could be reached.
    Unreachable,
    /// Closed: asked not to be contacted. Only a person lifts it.
    DoNotContact,
}

impl Stage {
    /// Every stage in the order above.
    pub const ALL: &'static [Stage] = <Stage as VariantArray>::VARIANTS;

    /// The word used in SQL and JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The stage of a word, if it is one.
    pub fn parse(word: &str) -> Option<Stage> {
        word.parse().ok()
    }

    /// Lost, unreachable and do-not-contact end a journey.
    pub fn is_closing(self) -> bool {
        self >= Stage::Lost
    }
}

/// How a call or a lead ended.
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
#[allow(missing_docs)] // the words explain themselves
pub enum Outcome {
    Booked,
    Quoted,
    FollowUp,
    NotInterested,
    NoAnswer,
    Spam,
    WrongNumber,
    Other,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: &'static [Outcome] = <Outcome as VariantArray>::VARIANTS;

    /// The word used in SQL and JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The outcome of a word, if it is one.
    pub fn parse(word: &str) -> Option<Outcome> {
        word.parse().ok()
    }

    /// The stage an outcome brings a lead to, if it moves it at all.
    pub fn stage(self) -> Option<Stage> {
        match self {
            Outcome::Booked => Some(Stage::Booked),
            Outcome::Quoted => Some(Stage::Quoted),
            Outcome::NotInterested | Outcome::Spam | Outcome::WrongNumber => Some(Stage::Lost),
            Outcome::FollowUp | Outcome::NoAnswer | Outcome::Other => None,
        }
    }
}

/// How somebody felt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, EnumString, IntoStaticStr)]
#[strum(ascii_case_insensitive)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the words explain themselves
pub enum SentimentLabel {
    #[strum(to_string = "positive", serialize = "very positive")]
    Positive,
    #[strum(to_string = "neutral")]
    Neutral,
    #[strum(to_string = "negative", serialize = "very negative")]
    Negative,
    #[strum(to_string = "mixed")]
    Mixed,
}

impl SentimentLabel {
    /// The word used in SQL and JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The label of a sender's word, whatever its case; `None` for words nobody documented.
    pub fn parse(word: &str) -> Option<SentimentLabel> {
        word.trim().parse().ok()
    }
}

/// Who says so: the sender, or our own estimate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SentimentOrigin {
    /// The sender said it.
    Provider,
    /// We worked it out.
    Estimated,
}

/// A sentiment with who says so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Sentiment {
    /// How they felt.
    pub label: SentimentLabel,
    /// The sender's number, where it gives one; its scale is the sender's.
    pub score: Option<f64>,
    /// Who says so.
    pub origin: SentimentOrigin,
}
