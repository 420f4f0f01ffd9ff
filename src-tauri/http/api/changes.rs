//! What changed: a page asks, and is answered when there is something to tell.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ask::{Asked, flag, number};
use super::sources::{self, Sources};
use super::status::{self, Status};
use crate::http::{App, Problem};
use crate::store::Change;

/// Longer, and something between us and a browser might close the connection.
const WAIT: Duration = Duration::from_secs(25);
/// Beyond so many, loading everything again is less work.
const MOST: usize = 500;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ChangesQuery {
    /// The journal number that is known: `seq` of the status or of the answer before. Missing: answers at once.
    #[param(value_type = Option<i64>)]
    after: Option<String>,
    /// `true`: with how everything stands by then, so that a page need not ask for it.
    #[param(value_type = Option<bool>)]
    snapshot: Option<String>,
}

/// How everything stands.
#[derive(Serialize, ToSchema)]
pub(super) struct Snapshot {
    /// As `/api/status` says it.
    status: Status,
    /// As `/api/sources` lists them; `null` while the data file is damaged.
    sources: Option<Sources>,
}

impl Snapshot {
    async fn of(app: App) -> Result<Snapshot, Problem> {
        let Json(status) = status::status(State(app.clone())).await?;
        let sources = if status.is_damaged() { None } else { Some(sources::list(State(app)).await?.0) };
        Ok(Snapshot { status, sources })
    }
}

/// What changed since.
#[derive(Serialize, ToSchema)]
pub(super) struct Changes {
    /// Ask with this next.
    seq: i64,
    /// Leads that look different, or are no more.
    leads: Vec<i64>,
    /// Those of them that are no more: they became part of another, were taken back, or erased.
    gone: Vec<i64>,
    /// Deliveries that came.
    deliveries: u32,
    /// Sources that something came from, or that were changed.
    sources: Vec<i64>,
    /// Exports that began or ended: files that are made.
    exports: Vec<i64>,
    /// Too much or too long ago: load everything again.
    reset: bool,
    /// Where it was asked for: how everything stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    snapshot: Option<Snapshot>,
}

impl Changes {
    fn of(change: Change) -> Changes {
        let reset = change.leads.len() > MOST || change.elsewhere;
        let (leads, gone) = if reset { Default::default() } else { (change.leads, change.gone) };
        Changes {
            seq: change.seq,
            leads,
            gone,
            deliveries: change.deliveries,
            sources: change.sources,
            exports: change.exports,
            reset,
            snapshot: None,
        }
    }

    pub(super) fn reset(seq: i64) -> Changes {
        Changes {
            seq,
            leads: Vec::new(),
            gone: Vec::new(),
            deliveries: 0,
            sources: Vec::new(),
            exports: Vec::new(),
            reset: true,
            snapshot: None,
        }
    }

    fn nothing(seq: i64) -> Changes {
        Changes { reset: false, ..Changes::reset(seq) }
    }
}

/// Answers when something is newer than `after`, at the latest after 25 seconds.
#[utoipa::path(get, path = "/api/changes", tag = "status", operation_id = "getChanges", params(ChangesQuery), responses((status = 200, body = Changes)))]
pub(super) async fn changes(
    State(app): State<App>,
    Asked(query): Asked<ChangesQuery>,
) -> Result<Json<Changes>, Problem> {
    let wants_snapshot = flag("answer to “snapshot”", &query.snapshot)?.unwrap_or(false);
    let mut changes = next(&app, &query).await?;
    if wants_snapshot {
        changes.snapshot = Some(Snapshot::of(app).await?);
    }
    Ok(Json(changes))
}

/// What changed after the number that is known, once something has.
async fn next(app: &App, query: &ChangesQuery) -> Result<Changes, Problem> {
    let mut commits = app.store.changes();
    let latest = commits.borrow_and_update().seq;
    let Some(after) = number("journal number", &query.after)? else {
        return Ok(Changes::nothing(latest));
    };
    if after > latest {
        // Another file, or an older copy of this one: whatever the page shows is not what is here.
        return Ok(Changes::reset(latest));
    }
    if after < latest {
        return Ok(since(app, after, latest));
    }
    let mut closing = app.closing.subscribe();
    let change = async {
        loop {
            if commits.changed().await.is_err() {
                return Changes::nothing(after);
            }
            let commit = commits.borrow_and_update().clone();
            if commit.seq > after {
                return since(app, after, commit.seq);
            }
            // Sources, replays and exports change things without an entry of the journal.
            let told = !commit.leads.is_empty() || !commit.sources.is_empty() || !commit.exports.is_empty();
            if told || commit.sources_changed {
                return Changes { seq: after, ..Changes::of((*commit).clone()) };
            }
        }
    };
    let answer = tokio::select! {
        changes = change => changes,
        _ = closing.wait_for(|closing| *closing) => Changes::nothing(after),
        () = tokio::time::sleep(WAIT) => Changes::nothing(after),
    };
    Ok(answer)
}

fn since(app: &App, after: i64, latest: i64) -> Changes {
    app.store.changes_after(after).map_or_else(|| Changes::reset(latest), Changes::of)
}
