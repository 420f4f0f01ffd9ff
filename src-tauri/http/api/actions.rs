//! What people do about a lead. Each is an entry of the journal, and can be taken back.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{JsonBody, MaybeTold, PathId, PathName};
use crate::clock;
use crate::domain::Outcome;
use crate::domain::action::Deed;
use crate::http::{App, Problem, ProblemKind, problem};
use crate::ingest::Acted;

/// Characters of a note.
const NOTE: usize = 20_000;
/// Characters of a tag.
const TAG: usize = 60;
/// Characters of a person's name.
const BY: usize = 100;
/// More money than a small business takes, and far from the end of the numbers. Cents.
const MOST_CENTS: i64 = 1_000_000_000_000;

/// Something to do about a lead: `{"type": "note", "text": "…"}`, `{"type": "outcome", "outcome": "booked"}`,
/// `{"type": "tag", "tag": "…"}`, `{"type": "untag", "tag": "…"}` or `{"type": "assign", "rep": "…"}`.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct NewAction {
    /// `note`, `outcome`, `tag`, `untag` or `assign`.
    #[serde(rename = "type")]
    kind: String,
    /// Who does it.
    by: Option<String>,
    /// The words of a note: at most 20 000 characters.
    text: Option<String>,
    /// How it ended.
    #[schema(value_type = Option<Outcome>)]
    outcome: Option<String>,
    /// The call that ended so, an id of `/api/calls`; the lead as a whole if missing.
    call: Option<String>,
    estimated_cents: Option<i64>,
    /// Money actually received.
    actual_cents: Option<i64>,
    revenue_cents: Option<i64>,
    /// Words beside an outcome.
    notes: Option<String>,
    /// 1 to 60 characters.
    tag: Option<String>,
    /// Who looks after the lead from now on, at most 100 characters; `null` for whom its senders name.
    rep: Option<String>,
}

/// An action that is on disk.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Done {
    /// The action's id: what `undo` takes.
    id: String,
    /// Its journal number.
    seq: i64,
}

impl From<Acted> for Done {
    fn from(acted: Acted) -> Done {
        Done { id: acted.id, seq: acted.seq }
    }
}

fn unfit(words: impl Into<String>) -> Problem {
    Problem::new(ProblemKind::Unprocessable, words)
}

fn tag(given: Option<String>) -> Result<String, Problem> {
    let tag = given.unwrap_or_default().trim().to_string();
    match tag.chars().count() {
        0 => Err(unfit("Give the tag a name.")),
        n if n > TAG => Err(unfit(format!("A tag has at most {TAG} characters."))),
        _ if tag.chars().any(char::is_control) => Err(unfit("A tag is one line of plain characters.")),
        _ => Ok(tag),
    }
}

fn rep(given: Option<String>) -> Result<Option<String>, Problem> {
    let rep = given.map(|rep| rep.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|rep| !rep.is_empty());
    match &rep {
        Some(rep) if rep.chars().count() > BY => Err(unfit(format!("“rep” is a name of at most {BY} characters."))),
        Some(rep) if rep.chars().any(char::is_control) => Err(unfit("A name is one line of plain characters.")),
        _ => Ok(rep),
    }
}

fn note(given: Option<String>) -> Result<Option<String>, Problem> {
    let Some(note) = given.map(|text| text.trim().to_string()).filter(|text| !text.is_empty()) else { return Ok(None) };
    if note.chars().count() > NOTE {
        return Err(unfit(format!("A note has at most {NOTE} characters.")));
    }
    if note.contains('\0') {
        return Err(unfit("The note holds a character that no text has."));
    }
    Ok(Some(note))
}

fn cents(given: Option<i64>) -> Result<Option<i64>, Problem> {
    match given {
        Some(cents) if !(0..=MOST_CENTS).contains(&cents) => Err(unfit("That is no amount of money we can keep.")),
        other => Ok(other),
    }
}

fn by(given: Option<String>) -> Result<Option<String>, Problem> {
    let name = given.map(|name| name.trim().to_string()).filter(|name| !name.is_empty());
    match &name {
        Some(name) if name.chars().count() > BY || name.chars().any(char::is_control) => {
            Err(unfit(format!("“by” is a name of at most {BY} characters.")))
        }
        _ => Ok(name),
    }
}

fn deed(new: NewAction) -> Result<Deed, Problem> {
    match new.kind.as_str() {
        "note" => Ok(Deed::Note { text: note(new.text)?.ok_or_else(|| unfit("The note is empty."))? }),
        "tag" => Ok(Deed::Tag { tag: tag(new.tag)? }),
        "untag" => Ok(Deed::Untag { tag: tag(new.tag)? }),
        "assign" => Ok(Deed::Assign { rep: rep(new.rep)? }),
        "outcome" => {
            let outcome = new.outcome.as_deref().and_then(Outcome::parse).ok_or_else(|| {
                let words: Vec<&str> = Outcome::ALL.iter().map(|outcome| outcome.as_str()).collect();
                unfit(format!("“outcome” is one of {}.", words.join(", ")))
            })?;
            Ok(Deed::Outcome {
                outcome,
                call: new.call.filter(|call| !call.is_empty()).map(|call| call.to_ascii_lowercase()),
                estimated_cents: cents(new.estimated_cents)?,
                actual_cents: cents(new.actual_cents)?,
                revenue_cents: cents(new.revenue_cents)?,
                notes: note(new.notes)?,
            })
        }
        _ => Err(unfit("“type” is one of note, outcome, tag, untag, assign.")),
    }
}

/// Does something about a lead.
#[utoipa::path(post, path = "/api/leads/{id}/actions", tag = "actions", operation_id = "act", params(("id" = i64, Path)), request_body = NewAction, responses((status = 201, body = Done)))]
pub(super) async fn act(
    State(app): State<App>,
    PathId(id): PathId,
    JsonBody(new): JsonBody<NewAction>,
) -> Result<Response, Problem> {
    let mut new = new;
    let by = by(new.by.take())?;
    let done: Done = app.ingest.act(id, deed(new)?, by, clock::now()).await?.into();
    Ok(problem::created(Json(done)).into_response())
}

/// Who takes it back.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(super) struct UndoAction {
    /// Who does it.
    by: Option<String>,
}

/// Takes an action back. Taking that back does it again.
#[utoipa::path(post, path = "/api/actions/{id}/undo", tag = "actions", operation_id = "undoAction", params(("id" = String, Path)), request_body = Option<UndoAction>, responses((status = 200, body = Done)))]
pub(super) async fn undo(
    State(app): State<App>,
    PathName(id): PathName,
    MaybeTold(new): MaybeTold<UndoAction>,
) -> Result<Json<Done>, Problem> {
    let done = app.ingest.undo(&id, by(new.by)?, clock::now()).await?;
    Ok(Json(done.into()))
}
