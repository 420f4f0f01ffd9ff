//! What changed: a page asks, and is answered when there is something to tell.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{QueryParams, flag, number as number_of};
use super::sources::{self, Sources};
use super::status::{self, Status};
use crate::http::{App, Problem};
use crate::store::{ChangePosition, CommitNotice, Store};

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
    /// `mark` of the answer before: the commits since are told, also those that add nothing to the journal. One of
    /// another run of the program counts for nothing.
    mark: Option<String>,
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
    /// And with this: which commit of this run of the program was the last that is told of.
    mark: String,
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
    fn of(store: &Store, change: CommitNotice) -> Changes {
        let reset = change.leads.len() > MOST || change.elsewhere;
        let (leads, gone) = if reset { Default::default() } else { (change.leads, change.gone) };
        Changes {
            seq: change.seq,
            mark: mark(store, change.number),
            leads,
            gone,
            deliveries: change.deliveries,
            sources: change.sources,
            exports: change.exports,
            reset,
            snapshot: None,
        }
    }

    /// Nothing is told of; whether all is to be loaded again.
    pub(super) fn none(store: &Store, reset: bool) -> Changes {
        let CommitNotice { seq, number, .. } = **store.changes().borrow();
        Changes { reset, ..Changes::of(store, CommitNotice { seq, number, ..CommitNotice::default() }) }
    }
}

fn mark(store: &Store, number: u64) -> String {
    format!("{:x}-{number}", store.opening())
}

/// The commit that is marked, where it is one of this opening of the file.
fn marked(store: &Store, mark: &str) -> Option<u64> {
    let (opening, number) = mark.split_once('-')?;
    (u64::from_str_radix(opening, 16).ok()? == store.opening()).then(|| number.parse().ok()).flatten()
}

/// Answers when something is newer than `after`, at the latest after 25 seconds.
#[utoipa::path(get, path = "/api/changes", tag = "status", operation_id = "getChanges", params(ChangesQuery), responses((status = 200, body = Changes)))]
pub(super) async fn changes(
    State(app): State<App>,
    QueryParams(query): QueryParams<ChangesQuery>,
) -> Result<Json<Changes>, Problem> {
    let wants_snapshot = flag("answer to “snapshot”", &query.snapshot)?.unwrap_or(false);
    let mut changes = next(&app, &query).await?;
    if wants_snapshot {
        changes.snapshot = Some(Snapshot::of(app).await?);
    }
    Ok(Json(changes))
}

/// What changed after what is known, once something has.
async fn next(app: &App, query: &ChangesQuery) -> Result<Changes, Problem> {
    let store = &app.store;
    let mut commits = store.changes();
    let (latest, number) = {
        let latest = commits.borrow_and_update();
        (latest.seq, latest.number)
    };
    let Some(after) = number_of("journal number", &query.after)? else {
        return Ok(Changes::none(store, false));
    };
    if after > latest {
        // Another file, or an older copy of this one: whatever the page shows is not what is here.
        return Ok(Changes::none(store, true));
    }
    let marked = query.mark.as_deref().and_then(|mark| marked(store, mark));
    // Without a mark the commits until now are those that the journal's number says.
    let mut known = marked.map_or_else(
        || if after < latest { ChangePosition::Seq(after) } else { ChangePosition::Commit(number) },
        ChangePosition::Commit,
    );
    let mut closing = app.closing.subscribe();
    let end = tokio::time::Instant::now() + WAIT;
    loop {
        let Some(change) = store.changes_after(known) else { return Ok(Changes::none(store, true)) };
        // Sources, replays and exports change things without an entry of the journal.
        let told = change.seq > after
            || change.elsewhere
            || change.sources_changed
            || !(change.leads.is_empty() && change.sources.is_empty() && change.exports.is_empty());
        if told {
            return Ok(Changes::of(store, change));
        }
        known = ChangePosition::Commit(change.number);
        let came = tokio::select! {
            came = commits.changed() => came.is_ok(),
            _ = closing.wait_for(|closing| *closing) => false,
            () = tokio::time::sleep_until(end) => false,
        };
        if !came {
            return Ok(Changes::of(store, change));
        }
    }
}
