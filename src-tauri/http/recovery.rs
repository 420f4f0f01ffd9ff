//! What both doors answer while the data file cannot be opened: senders are asked to come again, the owner is given
//! the choice between a backup and what can be read.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::api::ask::Told;
use super::api::backups::{Damaged, Recovery, RestoredView};
use super::problem::{Kind, Problem};
use super::ui;
use crate::clock;
use crate::ingest::restore::recover;
use crate::settings::Backups;
use crate::store::StoreError;
use crate::store::backup::{Folders, remembered};

/// A damaged file that waits for the owner's choice. Cheap to clone.
#[derive(Clone)]
pub struct Waiting {
    data: PathBuf,
    why: Arc<str>,
    door: &'static str,
    busy: Arc<Mutex<bool>>,
    mended: Arc<watch::Sender<bool>>,
}

impl Waiting {
    /// For the file in `data`, damaged as `why` says. `door` is `webview` or `loopback`.
    pub fn new(data: PathBuf, why: &str, door: &'static str) -> Waiting {
        Waiting { data, why: why.into(), door, busy: Arc::default(), mended: Arc::new(watch::channel(false).0) }
    }

    /// Turns true once the file can be opened again.
    pub fn mended(&self) -> watch::Receiver<bool> {
        self.mended.subscribe()
    }

    fn folders(&self) -> Folders {
        Folders::remembered(&self.data)
    }

    fn text(&self) -> String {
        StoreError::Damaged(self.why.to_string()).to_string()
    }
}

/// The public router meanwhile: nothing can be kept, so nothing is acknowledged.
pub fn hooks(waiting: Waiting) -> Router {
    Router::new().fallback(later).with_state(waiting)
}

async fn later(State(waiting): State<Waiting>) -> Response {
    Problem::new(Kind::Busy, waiting.text()).into_response()
}

/// The private router meanwhile.
pub fn api(waiting: Waiting) -> Router {
    let router = Router::new()
        .route("/api/status", get(status))
        .route("/api/recovery", post(choose))
        .route("/api/{*rest}", axum::routing::any(later))
        .with_state(waiting);
    ui::beside(router)
}

async fn status(State(waiting): State<Waiting>) -> Result<Json<Value>, Problem> {
    let damaged = tokio::task::spawn_blocking({
        let waiting = waiting.clone();
        move || Damaged::of(&waiting.why, waiting.data.display().to_string(), &waiting.folders())
    });
    let damaged = damaged.await.map_err(|_| StoreError::Stopped)?;
    Ok(Json(json!({
        "version": env!("CARGO_PKG_VERSION"), "door": waiting.door, "data_dir": waiting.data,
        "demo": false, "first_run": false, "seq": 0, "damaged": damaged,
        "busy": *waiting.busy.lock().unwrap_or_else(PoisonError::into_inner),
    })))
}

async fn choose(State(waiting): State<Waiting>, Told(recovery): Told<Recovery>) -> Result<Json<RestoredView>, Problem> {
    let choice = recovery.choice(&waiting.folders())?;
    {
        let mut busy = waiting.busy.lock().unwrap_or_else(PoisonError::into_inner);
        if *busy {
            return Err(Problem::new(Kind::Conflict, "It is being done already."));
        }
        *busy = true;
    }
    let data = waiting.data.clone();
    let done = tokio::task::spawn_blocking(move || {
        let set = Backups { folder: remembered(&data), ..Backups::default() };
        recover(&data, &set, &choice, clock::now(), |_, _| true)
    });
    let done = done.await;
    *waiting.busy.lock().unwrap_or_else(PoisonError::into_inner) = false;
    let done = done.map_err(|_| StoreError::Stopped)??;
    waiting.mended.send_replace(true);
    Ok(Json(RestoredView::of(done)))
}
