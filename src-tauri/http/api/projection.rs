//! The hash of everything derived from the journal.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{App, Problem};
use crate::store::{projection as stored, query::status};

/// The projection in one line: the same journal gives the same hash.
#[derive(Serialize, ToSchema)]
pub(super) struct Projection {
    /// SHA-256, without the names of rows.
    hash: String,
    /// Leads.
    leads: i64,
    /// Events.
    events: i64,
}

/// The hash of everything that is derived from the journal. Reads all of it: for checks, not for pages.
#[utoipa::path(get, path = "/api/projection", tag = "status", operation_id = "getProjection", responses((status = 200, body = Projection)))]
pub(super) async fn projection(State(app): State<App>) -> Result<Json<Projection>, Problem> {
    let answer = app
        .store
        .read(|connection| {
            let (leads, events) = status::size(connection)?;
            Ok(Projection { hash: stored::hash(connection)?, leads, events })
        })
        .await?;
    Ok(Json(answer))
}
