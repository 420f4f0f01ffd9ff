//! What people do about a lead. Each is an entry of the journal, and can be taken back.

use axum::Json;
use axum::extract::{FromRequest, Request, State};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{MaybeTold, PathId, PathName, json_body, one_of, read};
use crate::clock;
use crate::domain::Outcome;
use crate::domain::action::{Deed, DeedKind};
use crate::http::{App, Problem, problem};
use crate::ingest::Acted;

/// Something to do about a lead, such as `{"type": "note", "text": "…"}`.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct NewAction {
    /// Who does it.
    by: Option<String>,
    #[serde(flatten)]
    deed: Deed,
}

/// The members that are words of small vocabularies. They are looked at by themselves, so that who gets one wrong is told
/// all of them.
#[derive(Deserialize)]
#[serde(rename = "NewAction")]
struct Words {
    #[serde(rename = "type")]
    kind: String,
    outcome: Option<String>,
}

impl<S: Send + Sync> FromRequest<S> for NewAction {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<NewAction, Problem> {
        let body = json_body(request, state).await?;
        let words: Words = read(&body)?;
        if one_of::<DeedKind>("type", Some(&words.kind))? == DeedKind::Outcome {
            one_of::<Outcome>("outcome", words.outcome.as_deref())?;
        }
        read(&body)
    }
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

/// Does something about a lead.
#[utoipa::path(post, path = "/api/leads/{id}/actions", tag = "actions", operation_id = "act", params(("id" = i64, Path)), request_body = NewAction, responses((status = 201, body = Done)))]
pub(super) async fn act(State(app): State<App>, PathId(id): PathId, new: NewAction) -> Result<Response, Problem> {
    let done: Done = app.ingest.act(id, new.deed, new.by, clock::now()).await?.into();
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
    let done = app.ingest.undo(&id, new.by, clock::now()).await?;
    Ok(Json(done.into()))
}
