//! What a list of rows says of each: its measure decides.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a list of the rows behind a measure says of each, beside what it always says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RowDetail {
    /// Of a lead: how long it waited for an answer.
    Answer,
    /// The same in business hours.
    AnswerOpen,
    /// Of a lead: that it was not answered.
    Unanswered,
    /// Of a lead: where it got to, and no more.
    Stage,
    /// Of a call: how the caller felt.
    Sentiment,
    /// Of a call: when it was returned.
    Return,
}
