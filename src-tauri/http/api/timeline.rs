//! A lead's timeline.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::ask::{Asked, Id, limit, text, time, word};
use crate::domain::view::EntryKind;
use crate::http::{App, Problem};
use crate::store::query::lead::{self, Part, Timeline};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct TimelineQuery {
    /// Only these kinds, with commas between them.
    kinds: Option<String>,
    /// As it was known then: RFC 3339.
    as_of: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 500, usually 500.
    #[param(value_type = Option<i64>)]
    limit: Option<String>,
}

/// What happened with a lead, oldest first by the time it happened.
#[utoipa::path(get, path = "/api/leads/{id}/timeline", tag = "leads", operation_id = "getTimeline", params(("id" = i64, Path), TimelineQuery), responses((status = 200, body = Timeline)))]
pub(super) async fn timeline(
    State(app): State<App>,
    Id(id): Id,
    Asked(query): Asked<TimelineQuery>,
) -> Result<Json<Timeline>, Problem> {
    let words = text(&query.kinds).into_iter().flat_map(|kinds| kinds.split(','));
    let mut kinds = Vec::new();
    for kind in words.map(|kind| Some(kind.to_string())) {
        kinds.extend(word("kind of entry", &kind, EntryKind::parse)?);
    }
    let part = Part {
        kinds,
        as_of: time("as_of", &query.as_of)?,
        cursor: text(&query.cursor).map(String::from),
        limit: limit(&query.limit, 500)?,
    };
    Ok(Json(app.store.read(move |connection| lead::timeline(connection, id, &part)).await?))
}
