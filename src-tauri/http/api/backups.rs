//! Backups: those that are there, one more, one less.

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::ask::Name;
use super::settings::KeepView;
use crate::clock;
use crate::http::{App, Problem, problem};
use crate::store::StoreError;
use crate::store::backup::{self, Kept, Kind};

/// A backup that is there.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Backup {
    /// Its name: `leadtrail-2026-11-22T091400Z-daily.sqlite`.
    pub name: String,
    /// When it was made, to the second.
    pub made_at: DateTime<Utc>,
    /// Why it was made.
    pub kind: Kind,
    /// Bytes.
    pub size: u64,
    /// People who were erased since, and are still in it.
    pub holds_erased: Vec<String>,
}

impl Backup {
    pub(crate) fn of(kept: &Kept) -> Backup {
        Backup {
            name: kept.name.to_string(),
            made_at: kept.name.made_at,
            kind: kept.name.kind,
            size: kept.size,
            holds_erased: Vec::new(),
        }
    }
}

/// The backups of the data file.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Backups {
    /// Where new ones are put.
    folder: String,
    /// How many of the regular ones are kept.
    keep: KeepView,
    /// They are made by themselves.
    on: bool,
    /// When the newest one was made.
    last_at: Option<DateTime<Utc>>,
    /// Why the last one could not be made, for people.
    problem: Option<String>,
    /// Newest first.
    items: Vec<Backup>,
}

/// The backups of the data file, newest first.
#[utoipa::path(get, path = "/api/backups", tag = "backups", operation_id = "listBackups", responses((status = 200, body = Backups)))]
pub(super) async fn list(State(app): State<App>) -> Result<Json<Backups>, Problem> {
    let set = app.settings.get().backups.clone();
    let problem = app.ingest.backup_problem();
    let folders = app.ingest.backup_folders(&set);
    let answer = tokio::task::spawn_blocking(move || Backups {
        folder: folders.main().display().to_string(),
        keep: KeepView::of(&set),
        on: set.on,
        last_at: None,
        problem,
        items: folders.list().iter().map(Backup::of).collect(),
    });
    let mut answer = answer.await.map_err(|_| StoreError::Stopped)?;
    answer.last_at = answer.items.first().map(|newest| newest.made_at);
    Ok(Json(answer))
}

/// Makes a backup now; webhooks are taken in meanwhile.
#[utoipa::path(post, path = "/api/backups", tag = "backups", operation_id = "makeBackup", responses((status = 201, body = Backup)))]
pub(super) async fn make(State(app): State<App>) -> Result<impl IntoResponse, Problem> {
    let set = app.settings.get().backups.clone();
    let (ingest, closing) = (app.ingest.clone(), app.closing.clone());
    let made =
        tokio::task::spawn_blocking(move || ingest.back_up(&set, Kind::Hand, clock::now(), |_, _| !*closing.borrow()));
    let kept = made.await.map_err(|_| StoreError::Stopped)??;
    Ok(problem::created(Json(Backup::of(&kept))))
}

/// Deletes a backup.
#[utoipa::path(delete, path = "/api/backups/{name}", tag = "backups", operation_id = "deleteBackup", params(("name" = String, Path, description = "Its name in the list")), responses((status = 204)))]
pub(super) async fn delete(State(app): State<App>, Name(name): Name) -> Result<impl IntoResponse, Problem> {
    let folders = app.ingest.backup_folders(&app.settings.get().backups);
    let removed = tokio::task::spawn_blocking(move || backup::remove(&folders.find(&name)?));
    removed.await.map_err(|_| StoreError::Stopped)??;
    Ok(problem::nothing())
}
