//! Sample data in the app: a data folder of its own, shown instead of the owner's until it is removed. The
//! public door goes on writing to the owner's.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use chrono::NaiveTime;
use serde::Serialize;
use tokio::sync::watch;
use tower::ServiceExt;
use utoipa::ToSchema;

use super::changes::Changes;
use crate::clock;
use crate::http::{App, Problem, ProblemKind};
use crate::ingest::demo;
use crate::settings::{self, Settings};
use crate::store::{Store, StoreError, sources};

/// What stands in front of the owner's data, if anything does.
#[derive(Clone)]
pub struct ShownData {
    instead: Arc<RwLock<Option<Instead>>>,
    /// Pages that wait for changes hear of a turn at once: what they show is of other data.
    turned: Arc<watch::Sender<()>>,
}

impl Default for ShownData {
    fn default() -> ShownData {
        ShownData { instead: Arc::default(), turned: Arc::new(watch::channel(()).0) }
    }
}

#[derive(Clone)]
struct Instead {
    store: Store,
    router: Router,
}

impl ShownData {
    fn get(&self) -> Option<Instead> {
        self.instead.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, instead: Option<Instead>) {
        *self.instead.write().unwrap_or_else(PoisonError::into_inner) = instead;
        self.turned.send_replace(());
    }
}

/// The sample data that is shown now.
#[derive(Serialize, ToSchema)]
pub(super) struct Sample {
    /// It is shown.
    demo: bool,
    /// Messages of the five services in it.
    deliveries: usize,
}

fn folder(app: &App) -> PathBuf {
    app.store.path().with_file_name(demo::FOLDER)
}

/// Makes sample data and shows it instead of the owner's own, which stays untouched.
#[utoipa::path(post, path = "/api/demo", tag = "demo", operation_id = "startDemo", responses((status = 200, body = Sample)))]
pub(super) async fn start(State(app): State<App>) -> Result<Json<Sample>, Problem> {
    let folder = folder(&app);
    hide(&app).await?;
    remove_files(folder.clone()).await?;
    let store = tokio::task::spawn_blocking(move || {
        crate::fs::make_folder(&folder)?;
        Store::open(&folder)
    })
    .await
    .map_err(|_| StoreError::Stopped)??;
    let until = clock::now().date_naive().and_time(NaiveTime::MIN).and_utc();
    let filled = demo::fill(&store, until, |_, _| {}).await?;
    let json = store.read(|connection| sources::setting(connection, settings::NAME)).await?;
    let sample = App {
        hooks_addr: app.hooks_addr.clone(),
        hooks_problem: app.hooks_problem.clone(),
        closing: app.closing.clone(),
        is_demo: true,
        ..App::new(store.clone(), Settings::of_json(json.as_deref()), app.door)
    };
    app.shown.set(Some(Instead { store, router: super::handlers(sample) }));
    Ok(Json(Sample { demo: true, deliveries: filled.deliveries }))
}

/// Deletes the sample data, and shows the owner's own again.
#[utoipa::path(delete, path = "/api/demo", tag = "demo", operation_id = "endDemo", responses((status = 200, body = Sample)))]
pub(super) async fn end(State(app): State<App>) -> Result<Json<Sample>, Problem> {
    hide(&app).await?;
    remove_files(folder(&app)).await?;
    Ok(Json(Sample { demo: false, deliveries: 0 }))
}

/// Shows the owner's own again, and closes the sample data that was shown.
async fn hide(app: &App) -> Result<(), Problem> {
    if let Some(instead) = app.shown.get() {
        app.shown.set(None);
        // Readers that are under way finish first; the writer has nothing to do.
        tokio::task::spawn_blocking(move || instead.store.close()).await.map_err(|_| StoreError::Stopped)?;
    }
    Ok(())
}

async fn remove_files(folder: PathBuf) -> Result<(), Problem> {
    let removed = tokio::task::spawn_blocking(move || match demo::remove(&folder) {
        Ok(()) => {
            // Only if nothing else is in it.
            let _ = std::fs::remove_dir(&folder);
            Ok(())
        }
        Err(StoreError::NotFound(_)) => Ok(()),
        Err(error) => Err(error),
    })
    .await;
    Ok(removed.map_err(|_| StoreError::Stopped)??)
}

/// What a page was looking at when it asked for a change: `own` data or the `sample`.
const LOOKING_AT: &str = "x-leadtrail-data";

/// Whether a change is meant for other data than is shown now: both number their leads from one, so that a note on a lead of
/// the sample, sent a moment after it ended, would stand on somebody else.
fn is_meant_for_other(request: &Request, is_sample: bool) -> bool {
    let looking_at = request.headers().get(LOOKING_AT).and_then(|value| value.to_str().ok());
    !request.method().is_safe() && looking_at.is_some_and(|data| data != if is_sample { "sample" } else { "own" })
}

/// While sample data is shown, its router answers; but for what starts and ends it.
pub(super) async fn instead(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let waits = path == "/api/changes";
    let turns = path == "/api/demo";
    let sample = if !turns && path.starts_with("/api/") { app.shown.get() } else { None };
    if !turns && is_meant_for_other(&request, sample.is_some()) {
        let text = "This page still showed other data. Nothing was changed.";
        return Problem::new(ProblemKind::Conflict, text).into_response();
    }
    let mut turned = app.shown.turned.subscribe();
    let answer = async {
        let Some(sample) = sample else { return next.run(request).await };
        match sample.router.oneshot(request).await {
            Ok(answer) => answer.into_response(),
            Err(never) => match never {},
        }
    };
    if !waits {
        return answer.await;
    }
    tokio::select! {
        answer = answer => answer,
        _ = turned.changed() => {
            let store = app.shown.get().map_or_else(|| app.store.clone(), |shown| shown.store);
            Json(Changes::none(&store, true)).into_response()
        }
    }
}
