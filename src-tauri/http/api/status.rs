//! How everything stands.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::backups::{DamageKind, Damaged};
use super::settings::SettingsView;
use super::zones::ZoneRules;
use crate::clock;
use crate::http::{App, Problem};
use crate::ingest::silence::{self, Silence};
use crate::store::query::status::{self as query, Counts, Standing};
use crate::store::{Backlog, StoreError};

/// How everything stands.
#[derive(Serialize, ToSchema)]
pub(super) struct Status {
    /// Of the program.
    version: &'static str,
    /// The rules of time zones that are used.
    zones: ZoneRules,
    /// What the business is called.
    business_name: String,
    /// Sample data is shown.
    demo: bool,
    /// No source was connected and no lead is there yet.
    first_run: bool,
    /// The journal's last sequence number: where `changes` goes on.
    seq: i64,
    /// `webview` or `loopback`.
    door: &'static str,
    /// Where the data lies on this machine.
    data_dir: String,
    /// Where webhooks arrive.
    listening: Listening,
    /// When the last delivery came.
    last_event_at: Option<DateTime<Utc>>,
    /// How many there are.
    counts: Counts,
    /// Periods in which nothing was heard, and that wait for somebody.
    open_gaps: i64,
    /// How far everything is read again, while a release that reads better does so.
    rereading: Option<Rereading>,
    /// Sources that are usually heard by now.
    silences: Vec<Silence>,
    /// The owner's settings.
    settings: SettingsView,
    /// Deliveries that are on disk and answered, and wait for the data file, which is busy; `null` where none does.
    waiting: Option<Waiting>,
    /// What keeps webhooks from being written, if anything does now.
    trouble: Option<WriteTrouble>,
    /// The data file is damaged: what can be done about it.
    damaged: Option<Damaged>,
}

impl Status {
    /// Nothing but its status can be asked for.
    pub(super) fn is_damaged(&self) -> bool {
        self.damaged.is_some()
    }
}

/// How far everything is read again.
#[derive(Serialize, ToSchema)]
pub(super) struct Rereading {
    /// So many entries of the journal …
    done: u64,
    /// … of so many.
    of: u64,
}

/// Deliveries that wait for the data file.
#[derive(Serialize, ToSchema)]
pub(super) struct Waiting {
    /// How many.
    deliveries: u64,
    /// When the first of them was received.
    since: Option<DateTime<Utc>>,
}

/// What keeps webhooks from being written.
#[derive(Serialize, ToSchema)]
pub(super) struct WriteTrouble {
    /// For people.
    text: String,
    /// Since when.
    since: DateTime<Utc>,
}

/// Where webhooks arrive.
#[derive(Serialize, ToSchema)]
pub(super) struct Listening {
    /// The public door on this machine; `null` while it is closed.
    hooks: Option<String>,
    /// Why it is closed, for people.
    problem: Option<String>,
    /// What stands in front of it, as the owner set it.
    public_base_url: Option<String>,
}

/// What waits in the inbox; nothing where that cannot be said.
pub(super) async fn backlog(app: &App) -> Result<Backlog, StoreError> {
    let store = app.store.clone();
    let looked = tokio::task::spawn_blocking(move || store.backlog()).await.map_err(|_| StoreError::Stopped)?;
    Ok(looked.unwrap_or_default())
}

/// How everything stands.
#[utoipa::path(get, path = "/api/status", tag = "status", operation_id = "getStatus", responses((status = 200, body = Status)))]
pub(super) async fn status(State(app): State<App>) -> Result<Json<Status>, Problem> {
    let now = clock::now();
    let standing = app.store.read(move |connection| Ok((query::standing(connection)?, silence::all(connection, now)?)));
    let (standing, silences) = match standing.await {
        // Written over while it was open: that is what is told.
        Err(_) if app.store.displaced().is_some() => (Standing::default(), Vec::new()),
        Err(StoreError::Damaged(why)) => {
            // Nothing can be said but that, and what to do.
            app.ingest.note_damage(&why);
            (Standing::default(), Vec::new())
        }
        other => other?,
    };
    let settings = SettingsView::of(&app.settings.get());
    let hooks = app.hooks_addr.get().map(|address| format!("http://{address}"));
    let data_dir = app.store.path().parent().map(|folder| folder.display().to_string()).unwrap_or_default();
    let damaged = match app.ingest.corruption() {
        Some(why) => {
            let (folders, folder) = (app.ingest.backup_folders(&app.settings.get().backups), data_dir.clone());
            let look = tokio::task::spawn_blocking(move || Damaged::of(DamageKind::Damaged, &why, folder, &folders));
            Some(look.await.map_err(|_| StoreError::Stopped)?)
        }
        None => None,
    };
    let waiting = Some(backlog(&app).await?).filter(|backlog| backlog.count > 0);
    let waiting = waiting.map(|backlog| Waiting { deliveries: backlog.count, since: backlog.since });
    Ok(Json(Status {
        version: env!("CARGO_PKG_VERSION"),
        zones: ZoneRules::now(),
        business_name: settings.business_name.clone(),
        demo: app.is_demo,
        first_run: !standing.any_source && standing.counts.leads == 0,
        seq: standing.seq,
        door: app.door,
        data_dir,
        listening: Listening {
            problem: if hooks.is_some() { None } else { app.hooks_problem.get().cloned() },
            hooks,
            public_base_url: settings.public_base_url.clone(),
        },
        last_event_at: standing.last_event_at,
        counts: standing.counts,
        open_gaps: standing.open_gaps,
        rereading: app.ingest.rereading().map(|(done, of)| Rereading { done, of }),
        silences,
        settings,
        waiting,
        trouble: app.ingest.write_failure().map(|trouble| WriteTrouble { text: trouble.reason, since: trouble.since }),
        damaged,
    }))
}
