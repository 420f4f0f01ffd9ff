//! The ledger of deliveries.

use std::borrow::Cow;

use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{JsonBody, MaybeTold, PathId, QueryParams, limit, number, text, word};
use super::imports::TakeBack;
use crate::clock;
use crate::http::{App, Problem, ProblemKind};
use crate::ingest::{self, Replayed};
use crate::providers::Headers;
use crate::store::query::Page;
use crate::store::query::deliveries::{self, Delivery, DeliveryDetail, Filter};
use crate::store::undo_impact::TakingBack;
use crate::store::{AffectedLead, DeliveryState};

/// Deliveries one replay may name.
const MOST_IDS: usize = 10_000;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct DeliveriesQuery {
    /// What became of them.
    #[param(value_type = Option<DeliveryState>)]
    state: Option<String>,
    /// The id of a source.
    #[param(value_type = Option<i64>)]
    source: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 500, usually 50.
    #[param(value_type = Option<i64>)]
    limit: Option<String>,
}

/// Deliveries, newest first. With `state=rejected`, requests of which only the count was kept: one row a
/// day, reason and source, with ids below 0.
#[utoipa::path(get, path = "/api/deliveries", tag = "deliveries", operation_id = "listDeliveries", params(DeliveriesQuery), responses((status = 200, body = Page<Delivery>)))]
pub(super) async fn list(
    State(app): State<App>,
    QueryParams(query): QueryParams<DeliveriesQuery>,
) -> Result<Json<Page<Delivery>>, Problem> {
    let filter = Filter {
        state: word("state of a delivery", &query.state)?,
        source: number("source", &query.source)?,
        cursor: text(&query.cursor).map(String::from),
        limit: limit(&query.limit, 50)?,
    };
    Ok(Json(app.store.read(move |connection| deliveries::page(connection, &filter)).await?))
}

/// One delivery as it came, and where it led.
#[utoipa::path(get, path = "/api/deliveries/{id}", tag = "deliveries", operation_id = "getDelivery", params(("id" = i64, Path)), responses((status = 200, body = DeliveryDetail)))]
pub(super) async fn one(State(app): State<App>, PathId(id): PathId) -> Result<Json<DeliveryDetail>, Problem> {
    Ok(Json(readable(app.store.read(move |connection| deliveries::by_id(connection, id)).await?)))
}

/// A compressed body is shown as its sender meant it; the journal keeps it as it came.
fn readable(mut detail: DeliveryDetail) -> DeliveryDetail {
    let packed = detail.body_base64.as_ref().and_then(|text| STANDARD.decode(text).ok());
    let Some(packed) = packed else { return detail };
    let headers = Headers(detail.headers.iter().map(|h| (h.name.clone(), h.value.clone())).collect());
    if let Ok((Cow::Owned(plain), _)) = ingest::body::unpack_kept(&packed, &headers) {
        detail.body = String::from_utf8_lossy(&plain).into_owned();
        detail.body_base64 = std::str::from_utf8(&plain).is_err().then(|| STANDARD.encode(&plain));
    }
    detail
}

/// Which deliveries to read again; those in quarantine where nothing is said.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(super) struct ReplayQuery {
    /// Only those in this state.
    #[schema(value_type = Option<DeliveryState>)]
    state: Option<String>,
    /// Only those of this source.
    source: Option<i64>,
    /// Only these.
    ids: Option<Vec<i64>>,
}

/// What to read again.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct Replay {
    /// Which deliveries.
    #[serde(default)]
    filter: ReplayQuery,
    /// Only say what would change.
    #[serde(default)]
    dry_run: bool,
}

/// What reading again did, or would do.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReplayAnswer {
    /// Deliveries read again.
    checked: usize,
    /// Those that would go from quarantine to timelines, in a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    would_place: Option<usize>,
    /// Those that went from quarantine to timelines.
    #[serde(skip_serializing_if = "Option::is_none")]
    placed: Option<usize>,
    /// Those that stay in quarantine.
    still_quarantined: usize,
    /// Leads that were not there before.
    leads_added: usize,
    /// Leads that were, and look different after.
    leads_changed: usize,
    /// Leads that were, and became part of another.
    leads_merged: usize,
    /// Entries on timelines after, less those before.
    entries_added: i64,
    /// Up to 50 of these leads: merged ones first, then changed, then added.
    leads: Vec<AffectedLead>,
    /// Under this number it can be taken back; `null` in a dry run, and where nothing was placed.
    replay: Option<i64>,
}

impl ReplayAnswer {
    pub(super) fn of(replayed: Replayed, dry_run: bool) -> ReplayAnswer {
        let Replayed { checked, placed, still_quarantined, effect, replay } = replayed;
        ReplayAnswer {
            checked,
            would_place: dry_run.then_some(placed),
            placed: (!dry_run).then_some(placed),
            still_quarantined,
            leads_added: effect.leads_added,
            leads_changed: effect.leads_changed,
            leads_merged: effect.leads_merged,
            entries_added: effect.entries_added,
            leads: effect.leads,
            replay,
        }
    }
}

/// A replay that was taken back.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReplayUndone {
    /// Deliveries that wait in quarantine again.
    undone: usize,
}

/// What taking a replay back would do to leads, and to people's own entries about them.
#[utoipa::path(get, path = "/api/replays/{id}/undo", tag = "deliveries", operation_id = "previewUndoReplay", params(("id" = i64, Path)), responses((status = 200, body = TakingBack)))]
pub(super) async fn would_undo_replay(State(app): State<App>, PathId(id): PathId) -> Result<Json<TakingBack>, Problem> {
    Ok(Json(app.ingest.would_undo_replay(id).await?))
}

/// Takes a replay back: what it placed waits in quarantine again. Where people's own entries would be hidden with it, only
/// with `take_notes`.
#[utoipa::path(post, path = "/api/replays/{id}/undo", tag = "deliveries", operation_id = "undoReplay", params(("id" = i64, Path)), request_body = Option<TakeBack>, responses((status = 200, body = ReplayUndone)))]
pub(super) async fn undo_replay(
    State(app): State<App>,
    PathId(id): PathId,
    MaybeTold(told): MaybeTold<TakeBack>,
) -> Result<Json<ReplayUndone>, Problem> {
    if !told.takes_all() {
        told.allows(&app.ingest.would_undo_replay(id).await?)?;
    }
    Ok(Json(ReplayUndone { undone: app.ingest.undo_replay(id, clock::now()).await? }))
}

/// Reads deliveries again, after the cause of their quarantine was mended.
#[utoipa::path(post, path = "/api/deliveries/replay", tag = "deliveries", operation_id = "replay", request_body = Replay, responses((status = 200, body = ReplayAnswer)))]
pub(super) async fn replay(
    State(app): State<App>,
    JsonBody(replay): JsonBody<Replay>,
) -> Result<Json<ReplayAnswer>, Problem> {
    let Replay { filter, dry_run } = replay;
    if filter.ids.as_ref().is_some_and(|ids| ids.len() > MOST_IDS) {
        return Err(Problem::new(ProblemKind::Unprocessable, format!("Name at most {MOST_IDS} deliveries at once.")));
    }
    let filter = ingest::ReplayFilter {
        state: word("state of a delivery", &filter.state)?,
        source: filter.source,
        ids: filter.ids,
    };
    let replayed = app.ingest.replay(filter, dry_run, clock::now()).await?;
    Ok(Json(ReplayAnswer::of(replayed, dry_run)))
}
