//! Search.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::extract::{QueryParams, limit};
use crate::http::{App, Problem};
use crate::store::query::search::{self as query, SearchResults};

/// Each hit in a text folds its lead: more would only be scrolled past.
const MOST: usize = 100;
/// Nobody types more; whatever comes after adds no word that narrows anything down.
const LONGEST: usize = 1_000;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct SearchParams {
    /// Words, the beginning of one, or at least three digits of a number.
    q: Option<String>,
    /// 1 to 100, usually 20.
    #[param(value_type = Option<i64>)]
    limit: Option<String>,
}

/// People, and what was said and written.
#[utoipa::path(get, path = "/api/search", tag = "search", operation_id = "search", params(SearchParams), responses((status = 200, body = SearchResults)))]
pub(super) async fn search(
    State(app): State<App>,
    QueryParams(asked): QueryParams<SearchParams>,
) -> Result<Json<SearchResults>, Problem> {
    let q: String = asked.q.unwrap_or_default().chars().take(LONGEST).collect();
    let limit = limit(&asked.limit, 20)?.min(MOST);
    Ok(Json(app.store.read(move |connection| query::search(connection, &q, limit)).await?))
}
