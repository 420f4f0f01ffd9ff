//! Erasing a person.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ask::{Id, MaybeTold};
use crate::clock;
use crate::http::{App, Problem};
use crate::ingest::erase::Erasing;
use crate::store::StoreError;
use crate::store::erase::{self, Erasure};

/// Whether to do it.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Erase {
    /// Only say what would be erased.
    #[serde(default)]
    dry_run: bool,
}

/// What was erased, or would be.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EraseAnswer {
    /// Events: what is kept of each counts, and says nothing of who it was.
    events: usize,
    /// Deliveries that are emptied, or of a batch lose that element.
    deliveries: usize,
    calls: usize,
    messages: usize,
    notes: usize,
    /// Deliveries in quarantine that name the person.
    quarantined: usize,
    /// Backups that still hold the person after this.
    backups: Vec<String>,
    /// Nothing is left in free pages of the file either; where not, that is done at the next start.
    swept: bool,
}

/// Erases a person: all events, what was sent of them, and the index of words. Cannot be undone.
#[utoipa::path(post, path = "/api/leads/{id}/erase", tag = "leads", operation_id = "eraseLead", params(("id" = i64, Path)), request_body = Option<Erase>, responses((status = 200, body = EraseAnswer)))]
pub(super) async fn erase(
    State(app): State<App>,
    Id(id): Id,
    MaybeTold(told): MaybeTold<Erase>,
) -> Result<Json<EraseAnswer>, Problem> {
    let now = clock::now();
    let ingest = app.ingest.clone();
    let erasing = move || ingest.erase(id, told.dry_run, now);
    let done = tokio::task::spawn_blocking(erasing).await.map_err(|_| StoreError::Stopped)??;
    let Erasing { events, deliveries, calls, messages, notes, quarantined, swept } = done;
    Ok(Json(EraseAnswer { events, deliveries, calls, messages, notes, quarantined, backups: Vec::new(), swept }))
}

/// What was ever erased.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Erasures {
    /// The last first.
    items: Vec<Erasure>,
}

/// Every erasure, and when; nothing in it says who.
#[utoipa::path(get, path = "/api/erasures", tag = "leads", operation_id = "listErasures", responses((status = 200, body = Erasures)))]
pub(super) async fn list(State(app): State<App>) -> Result<Json<Erasures>, Problem> {
    Ok(Json(Erasures { items: app.store.read(erase::erasures).await? }))
}
