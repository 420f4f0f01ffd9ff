//! Backups: those that are there, one more, one less.

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{JsonBody, MaybeTold, PathName};
use super::settings::KeepView;
use crate::clock;
use crate::http::{App, Problem, ProblemKind, problem};
use crate::ingest::restore::{Choice, Restored, preview};
use crate::ingest::{Ingest, IngestError};
use crate::settings::{self, Settings};
use crate::store::backup::{self, BackupFile, BackupKind};
use crate::store::foreign::Coming;
use crate::store::{StoreError, sources};

/// A backup that is there.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Backup {
    /// Its name: `leadtrail-2026-11-22T091400Z-daily.sqlite`.
    pub name: String,
    /// When it was made, to the second.
    pub made_at: DateTime<Utc>,
    /// Why it was made.
    pub kind: BackupKind,
    /// Bytes.
    pub size: u64,
    /// People who were erased since, and are still in it.
    pub holds_erased: Vec<String>,
}

impl Backup {
    pub(crate) fn of(kept: &BackupFile) -> Backup {
        Backup {
            name: kept.name.to_string(),
            made_at: kept.name.made_at,
            kind: kept.name.kind,
            size: kept.size,
            holds_erased: Vec::new(),
        }
    }

    /// With who is still in it.
    fn in_full(ingest: &Ingest, kept: &BackupFile) -> Result<Backup, IngestError> {
        Ok(Backup { holds_erased: ingest.held_in(kept)?, ..Backup::of(kept) })
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
    let (ingest, folders) = (app.ingest.clone(), app.ingest.backup_folders(&set));
    let items = tokio::task::spawn_blocking({
        let folders = folders.clone();
        move || folders.list().iter().map(|kept| Backup::in_full(&ingest, kept)).collect::<Result<Vec<_>, _>>()
    });
    let items = items.await.map_err(|_| StoreError::Stopped)??;
    Ok(Json(Backups {
        folder: folders.main().display().to_string(),
        keep: KeepView::of(&set),
        on: set.on,
        last_at: items.first().map(|newest| newest.made_at),
        problem,
        items,
    }))
}

/// What a backup holds.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BackupContents {
    #[serde(flatten)]
    backup: Backup,
    /// The connected services that come with it.
    sources: Vec<ComingSource>,
    /// Deliveries in it.
    deliveries: i64,
    /// When the last of them was received.
    newest_at: Option<DateTime<Utc>>,
}

/// A connected service in a backup.
#[derive(Debug, Serialize, ToSchema)]
struct ComingSource {
    /// What it is called there.
    name: String,
    /// The kind of sender.
    provider: String,
    /// Whoever knows this address sends as this service.
    address: String,
    /// How many signing keys and headers stand with it.
    keys: i64,
    /// It takes nothing any more.
    closed: bool,
    /// It is connected here too.
    known: bool,
    /// And under the same address.
    same_address: bool,
}

/// What a backup holds, and which services and addresses come with it: to be looked at before going back to it.
#[utoipa::path(get, path = "/api/backups/{name}", tag = "backups", operation_id = "getBackup", params(("name" = String, Path, description = "Its name in the list")), responses((status = 200, body = BackupContents)))]
pub(super) async fn one(State(app): State<App>, PathName(name): PathName) -> Result<Json<BackupContents>, Problem> {
    let settings = app.settings.get();
    let folders = app.ingest.backup_folders(&settings.backups);
    let here = app.store.read(sources::all).await?;
    let base = app.public_base().unwrap_or_else(|| format!("http://{}", settings::HOOKS_ADDRESS));
    let ingest = app.ingest.clone();
    let looked = tokio::task::spawn_blocking(move || -> Result<BackupContents, IngestError> {
        let kept = folders.find(&name)?;
        let preview = preview(&kept.path, &here)?;
        let coming = |(coming, known, same_address): (Coming, bool, bool)| ComingSource {
            address: format!("{base}/hooks/{}", coming.key),
            name: coming.name,
            provider: coming.provider,
            keys: coming.keys,
            closed: coming.is_closed,
            known,
            same_address,
        };
        Ok(BackupContents {
            backup: Backup::in_full(&ingest, &kept)?,
            sources: preview.sources.into_iter().map(coming).collect(),
            deliveries: preview.deliveries,
            newest_at: preview.newest,
        })
    });
    Ok(Json(looked.await.map_err(|_| StoreError::Stopped)??))
}

/// Makes a backup now; webhooks are taken in meanwhile.
#[utoipa::path(post, path = "/api/backups", tag = "backups", operation_id = "makeBackup", responses((status = 201, body = Backup)))]
pub(super) async fn make(State(app): State<App>) -> Result<impl IntoResponse, Problem> {
    let set = app.settings.get().backups.clone();
    let (ingest, closing) = (app.ingest.clone(), app.closing.clone());
    let made = tokio::task::spawn_blocking(move || {
        ingest.back_up(&set, BackupKind::Hand, clock::now(), |_, _| !*closing.borrow())
    });
    let kept = made.await.map_err(|_| StoreError::Stopped)??;
    Ok(problem::created(Json(Backup::of(&kept))))
}

/// Takes everybody who was erased out of a backup; the backup is written anew.
#[utoipa::path(post, path = "/api/backups/{name}/rewrite", tag = "backups", operation_id = "rewriteBackup", params(("name" = String, Path, description = "Its name in the list")), responses((status = 200, body = Backup)))]
pub(super) async fn rewrite(State(app): State<App>, PathName(name): PathName) -> Result<Json<Backup>, Problem> {
    let (ingest, folders) = (app.ingest.clone(), app.ingest.backup_folders(&app.settings.get().backups));
    let rewritten = tokio::task::spawn_blocking(move || -> Result<Backup, IngestError> {
        let kept = ingest.rewrite_backup(&folders.find(&name)?)?;
        Backup::in_full(&ingest, &kept)
    });
    Ok(Json(rewritten.await.map_err(|_| StoreError::Stopped)??))
}

/// Deletes a backup.
#[utoipa::path(delete, path = "/api/backups/{name}", tag = "backups", operation_id = "deleteBackup", params(("name" = String, Path, description = "Its name in the list")), responses((status = 204)))]
pub(super) async fn delete(State(app): State<App>, PathName(name): PathName) -> Result<impl IntoResponse, Problem> {
    let folders = app.ingest.backup_folders(&app.settings.get().backups);
    let removed = tokio::task::spawn_blocking(move || backup::remove(&folders.find(&name)?));
    removed.await.map_err(|_| StoreError::Stopped)??;
    Ok(problem::nothing())
}

/// How to go back to a backup.
#[derive(Debug, Default, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Restore {
    /// Exactly what the backup holds: what senders sent since stays out as well.
    exact: bool,
}

/// What going back did.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Restored)]
pub(crate) struct RestoredView {
    /// The backup that holds what was there before; empty where nothing was.
    pub kept: String,
    /// Deliveries that came since, and were carried over.
    pub carried_over: u64,
    /// What people did and imported since: only in the file that was kept.
    pub left_out: u64,
    /// What people did since.
    pub left_out_actions: u64,
    /// Imports since.
    pub left_out_imports: u64,
    /// What could not be read, for people.
    pub lost: Vec<String>,
}

impl RestoredView {
    pub(crate) fn of(done: Restored) -> RestoredView {
        RestoredView {
            kept: done.kept.map(|kept| kept.to_string()).unwrap_or_default(),
            carried_over: done.carried_over,
            left_out: done.left_actions + done.left_imports,
            left_out_actions: done.left_actions,
            left_out_imports: done.left_imports,
            lost: done.lost,
        }
    }
}

/// Goes back to a backup. The backup is checked first, the current file is kept as a backup, and what senders sent
/// since is carried over.
#[utoipa::path(post, path = "/api/backups/{name}/restore", tag = "backups", operation_id = "restoreBackup", params(("name" = String, Path, description = "Its name in the list")), request_body = Restore, responses((status = 200, body = RestoredView)))]
pub(super) async fn restore(
    State(app): State<App>,
    PathName(name): PathName,
    MaybeTold(how): MaybeTold<Restore>,
) -> Result<Json<RestoredView>, Problem> {
    let kept = app.ingest.backup_folders(&app.settings.get().backups).find(&name)?;
    replace(app, Choice::Backup { path: kept.path, exact: how.exact }).await
}

async fn replace(app: App, choice: Choice) -> Result<Json<RestoredView>, Problem> {
    let before = app.settings.get();
    let (ingest, closing, set) = (app.ingest.clone(), app.closing.clone(), before.backups.clone());
    let done =
        tokio::task::spawn_blocking(move || ingest.restore(&set, &choice, clock::now(), |_, _| !*closing.borrow()));
    let done = done.await.map_err(|_| StoreError::Stopped)??;
    let json = app.store.read(|connection| sources::setting(connection, settings::NAME)).await?;
    let mut values = (*Settings::of_json(json.as_deref()).get()).clone();
    // Where backups are is of this machine, not of the moment the file was written.
    if values.backups != before.backups {
        values.backups = before.backups.clone();
        let json = serde_json::to_string(&values).map_err(StoreError::from)?;
        app.store.write(move |batch| batch.set(settings::NAME, &json)).await?;
    }
    app.settings.replace(values);
    Ok(Json(RestoredView::of(done)))
}

/// What to do about a file that is damaged, missing or older than what was written: one of these.
#[derive(Debug, Default, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Recovery {
    /// The name of the backup to go back to.
    pub restore: Option<String>,
    /// Keep whatever can be read.
    pub salvage: bool,
    /// Begin with an empty file, where there is none.
    pub begin_empty: bool,
    /// Take the file as it is, though it is older.
    pub as_it_is: bool,
}

impl Recovery {
    /// What was chosen.
    pub(crate) fn choice(&self, folders: &backup::Folders) -> Result<Choice, Problem> {
        match (&self.restore, self.salvage, self.begin_empty, self.as_it_is) {
            (Some(name), false, false, false) => Ok(Choice::Backup { path: folders.find(name)?.path, exact: false }),
            (None, true, false, false) => Ok(Choice::Salvage),
            (None, false, true, false) => Ok(Choice::Empty),
            (None, false, false, true) => Ok(Choice::AsItIs),
            _ => {
                let words = "Choose one of what is offered.";
                Err(Problem::new(ProblemKind::Unprocessable, words))
            }
        }
    }
}

/// Goes back to a backup, or keeps what can be read, after the data file was found to be damaged.
#[utoipa::path(post, path = "/api/recovery", tag = "backups", operation_id = "recover", request_body = Recovery, responses((status = 200, body = RestoredView)))]
pub(super) async fn recover(
    State(app): State<App>,
    JsonBody(recovery): JsonBody<Recovery>,
) -> Result<Json<RestoredView>, Problem> {
    if app.ingest.corruption().is_none() {
        return Err(Problem::new(ProblemKind::Conflict, "The data file is not damaged."));
    }
    let choice = recovery.choice(&app.ingest.backup_folders(&app.settings.get().backups))?;
    replace(app, choice).await
}

/// What is wrong with a data file that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DamageKind {
    /// It cannot be read.
    Damaged,
    /// It is not there, and there was one.
    Missing,
    /// It lacks what was written last.
    Older,
}

/// The data file is damaged, missing or older than what was written.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Damage)]
pub(crate) struct Damaged {
    /// Which of these.
    pub what: DamageKind,
    /// What is wrong, for people.
    pub text: String,
    /// Where the file is.
    pub folder: String,
    /// Backups to go back to, newest first.
    pub backups: Vec<Backup>,
    /// What can be read of it may be kept.
    pub salvage: bool,
    /// An empty file may be begun.
    pub begin_empty: bool,
    /// The file may be taken as it is.
    pub as_it_is: bool,
}

impl Damaged {
    pub(crate) fn of(what: DamageKind, why: &str, folder: String, folders: &backup::Folders) -> Damaged {
        Damaged {
            what,
            text: why.to_string(),
            folder,
            backups: folders.list().iter().map(Backup::of).collect(),
            salvage: what == DamageKind::Damaged,
            begin_empty: what == DamageKind::Missing,
            as_it_is: what == DamageKind::Older,
        }
    }
}
