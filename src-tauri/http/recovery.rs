//! What both doors answer while the data file cannot be opened, is not there or is an older one: senders are asked to
//! come again, the owner is given the choice of what to go on with.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::api::backups::{DamageKind, Damaged, Recovery, RestoredView};
use super::api::extract::JsonBody;
use super::problem::{Problem, ProblemKind};
use super::ui;
use crate::clock;
use crate::ingest::restore::{Choice, recover};
use crate::settings::BackupPolicy;
use crate::store::backup::{Folders, remembered};
use crate::store::{Lack, StoreError};

/// A file that waits for the owner's choice. Cheap to clone.
#[derive(Clone)]
pub struct PendingRecovery {
    data: PathBuf,
    what: DamageKind,
    why: Arc<str>,
    door: &'static str,
    busy: Arc<Mutex<bool>>,
    mended: Arc<watch::Sender<bool>>,
}

impl PendingRecovery {
    /// For the file in `data`, which could not be opened for `why`: where that is for its owner to choose about.
    /// `door` is `webview` or `loopback`.
    ///
    /// # Errors
    /// The error, where it is another.
    pub fn of(data: PathBuf, why: StoreError, door: &'static str) -> Result<PendingRecovery, StoreError> {
        let (what, words) = match why {
            StoreError::Damaged(words) => (DamageKind::Damaged, words),
            StoreError::Displaced(Lack::Missing, words) => (DamageKind::Missing, words + "."),
            StoreError::Displaced(Lack::Older | Lack::Open, words) => (DamageKind::Older, words + "."),
            other => return Err(other),
        };
        let mended = Arc::new(watch::channel(false).0);
        Ok(PendingRecovery { data, what, why: words.into(), door, busy: Arc::default(), mended })
    }

    /// Turns true once the file can be opened again.
    pub fn mended(&self) -> watch::Receiver<bool> {
        self.mended.subscribe()
    }

    fn folders(&self) -> Folders {
        Folders::remembered(&self.data)
    }

    /// What is wrong, for the log.
    pub fn text(&self) -> String {
        match self.what {
            DamageKind::Damaged => StoreError::Damaged(self.why.to_string()).to_string(),
            DamageKind::Missing | DamageKind::Older => self.why.to_string(),
        }
    }

    /// That choice belongs to what is wrong.
    fn offers(&self, choice: &Choice) -> bool {
        match choice {
            Choice::Backup { .. } => true,
            Choice::Salvage => self.what == DamageKind::Damaged,
            Choice::Empty => self.what == DamageKind::Missing,
            Choice::AsItIs => self.what == DamageKind::Older,
        }
    }
}

/// The public router meanwhile: nothing can be kept, so nothing is acknowledged.
pub fn hooks(waiting: PendingRecovery) -> Router {
    Router::new().fallback(come_again).with_state(waiting)
}

/// Senders need not know where the data lies.
async fn come_again() -> Response {
    Problem::new(ProblemKind::Busy, "Leadtrail cannot use its data file now. Send this again later.").into_response()
}

async fn later(State(waiting): State<PendingRecovery>) -> Response {
    Problem::new(ProblemKind::Busy, waiting.text()).into_response()
}

/// The private router meanwhile.
pub fn api(waiting: PendingRecovery) -> Router {
    let router = Router::new()
        .route("/api/status", get(status))
        .route("/api/recovery", post(choose))
        .route("/api/{*rest}", axum::routing::any(later))
        .with_state(waiting);
    ui::with_headers(ui::beside(router))
}

async fn status(State(waiting): State<PendingRecovery>) -> Result<Json<Value>, Problem> {
    let damaged = tokio::task::spawn_blocking({
        let waiting = waiting.clone();
        move || Damaged::of(waiting.what, &waiting.why, waiting.data.display().to_string(), &waiting.folders())
    });
    let damaged = damaged.await.map_err(|_| StoreError::Stopped)?;
    Ok(Json(json!({
        "version": env!("CARGO_PKG_VERSION"), "door": waiting.door, "data_dir": waiting.data,
        "demo": false, "first_run": false, "seq": 0, "damaged": damaged,
        "busy": *waiting.busy.lock().unwrap_or_else(PoisonError::into_inner),
    })))
}

async fn choose(
    State(waiting): State<PendingRecovery>,
    JsonBody(recovery): JsonBody<Recovery>,
) -> Result<Json<RestoredView>, Problem> {
    let choice = recovery.choice(&waiting.folders())?;
    if !waiting.offers(&choice) {
        return Err(Problem::new(ProblemKind::Unprocessable, "That is not among what can be done now."));
    }
    {
        let mut busy = waiting.busy.lock().unwrap_or_else(PoisonError::into_inner);
        if *busy {
            return Err(Problem::new(ProblemKind::Conflict, "It is being done already."));
        }
        *busy = true;
    }
    let data = waiting.data.clone();
    let done = tokio::task::spawn_blocking(move || {
        let set = BackupPolicy { folder: remembered(&data), ..BackupPolicy::default() };
        recover(&data, &set, &choice, clock::now(), |_, _| true)
    });
    let done = done.await;
    *waiting.busy.lock().unwrap_or_else(PoisonError::into_inner) = false;
    let done = done.map_err(|_| StoreError::Stopped)??;
    waiting.mended.send_replace(true);
    Ok(Json(RestoredView::of(done)))
}
