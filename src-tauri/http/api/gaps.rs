//! Periods in which the public door was not open.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{JsonBody, MaybeTold, PathId, QueryParams, flag};
use crate::clock;
use crate::domain::gaps::GapView;
use crate::http::{App, Problem, ProblemKind};
use crate::store::query::gaps as query;

/// Characters of a reason.
const REASON: usize = 500;

/// Periods in which nothing was heard.
#[derive(Serialize, ToSchema)]
pub(super) struct Gaps {
    /// Newest first.
    items: Vec<GapView>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct GapsQuery {
    /// Only those that wait for somebody.
    #[param(value_type = Option<bool>)]
    open: Option<String>,
}

/// When the public door was not open, and what was done about it.
#[utoipa::path(get, path = "/api/gaps", tag = "gaps", operation_id = "listGaps", params(GapsQuery), responses((status = 200, body = Gaps)))]
pub(super) async fn list(
    State(app): State<App>,
    QueryParams(query): QueryParams<GapsQuery>,
) -> Result<Json<Gaps>, Problem> {
    let open = flag("open", &query.open)?.unwrap_or(false);
    let items = app.store.read(move |connection| query::list(connection, open)).await?;
    Ok(Json(Gaps { items }))
}

/// How a gap is closed by hand.
#[derive(Deserialize, ToSchema)]
#[schema(as = GapClose)]
pub(super) struct Close {
    /// Only for this source; for all of them if missing.
    source: Option<i64>,
    /// Why nothing is missing.
    reason: String,
}

/// Closes a gap by hand.
#[utoipa::path(post, path = "/api/gaps/{id}/close", tag = "gaps", operation_id = "closeGap", params(("id" = i64, Path)), request_body = Close, responses((status = 200, body = GapView)))]
pub(super) async fn close(
    State(app): State<App>,
    PathId(id): PathId,
    JsonBody(close): JsonBody<Close>,
) -> Result<Json<GapView>, Problem> {
    let reason = close.reason.trim().to_string();
    if reason.is_empty() || reason.chars().count() > REASON {
        let words = format!("Say in a few words why nothing is missing, at most {REASON} characters.");
        return Err(Problem::new(ProblemKind::Unprocessable, words));
    }
    let now = clock::now();
    let gap = app
        .store
        .write(move |batch| {
            batch.close_gap(id, close.source, &reason, now)?;
            query::by_id(batch.transaction(), id)
        })
        .await?;
    Ok(Json(gap))
}

/// Which part of a gap is opened again.
#[derive(Default, Deserialize, ToSchema)]
#[schema(as = GapReopen)]
pub(super) struct Reopen {
    /// Only for this source; for all of them if missing.
    source: Option<i64>,
}

/// Opens a gap again.
#[utoipa::path(post, path = "/api/gaps/{id}/reopen", tag = "gaps", operation_id = "reopenGap", params(("id" = i64, Path)), request_body = Option<Reopen>, responses((status = 200, body = GapView)))]
pub(super) async fn reopen(
    State(app): State<App>,
    PathId(id): PathId,
    MaybeTold(reopen): MaybeTold<Reopen>,
) -> Result<Json<GapView>, Problem> {
    let gap = app
        .store
        .write(move |batch| {
            batch.reopen_gap(id, reopen.source)?;
            query::by_id(batch.transaction(), id)
        })
        .await?;
    Ok(Json(gap))
}
