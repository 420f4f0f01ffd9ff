//! The check-up.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock;
use crate::http::{App, Problem, ProblemKind, reachability};
use crate::ingest::doctor::{self, Health, HealthCheck};
use crate::store::{StoreError, sources};

/// The setting that keeps what the public address answered last.
const REACHED: &str = "reached";

/// What a check-up found.
#[derive(Serialize, ToSchema)]
pub(super) struct Doctor {
    /// Nothing is bad.
    ok: bool,
    /// What was looked at.
    items: Vec<HealthCheck>,
}

/// What the public address answered, and which one it was.
#[derive(Serialize, Deserialize)]
struct Reached {
    base: String,
    at: chrono::DateTime<chrono::Utc>,
    item: HealthCheck,
}

fn port(app: &App) -> HealthCheck {
    let todo = "End the program that uses the port, or start Leadtrail with another address (`--hooks`).";
    match app.hooks_addr.get() {
        Some(address) if address.ip().is_loopback() => {
            HealthCheck::ok("port", "Listening", format!("Webhooks are heard on http://{address}."))
        }
        Some(address) => HealthCheck::warn(
            "port",
            "Listening to other machines too",
            format!(
                "Webhooks are heard on http://{address}, which others in the network reach without a tunnel, unencrypted."
            ),
            "Listen on 127.0.0.1 unless something in front of Leadtrail needs it.",
        ),
        None => {
            let why = app.hooks_problem.get().cloned();
            HealthCheck::bad(
                "port",
                "Not listening",
                why.unwrap_or_else(|| "The public door is not open.".into()),
                todo,
            )
        }
    }
}

/// Is everything as it should be?
#[utoipa::path(get, path = "/api/doctor", tag = "doctor", operation_id = "getDoctor", responses((status = 200, body = Doctor)))]
pub(super) async fn look(State(app): State<App>) -> Result<Json<Doctor>, Problem> {
    let mut items = vec![port(&app)];
    let settings = app.settings.get();
    let base = settings.public_base_url.clone();
    let (store, now) = (app.store.clone(), clock::now());
    let looked = tokio::task::spawn_blocking(move || doctor::look(&store, &settings, None, now));
    items.extend(looked.await.map_err(|_| StoreError::Stopped)??);
    if let Some(trouble) = app.ingest.write_failure()
        && app.store.displaced().is_none()
    {
        let text = format!("{} Services are asked to send again.", trouble.reason);
        items.retain(|item| item.name != "disk");
        items.push(HealthCheck::bad(
            "disk",
            "Webhooks cannot be kept",
            text,
            "Make room on the disk, and see that it can be written.",
        ));
    }
    if let Some(problem) = app.ingest.backup_problem() {
        items.retain(|item| item.name != "backup");
        let todo = "Mend that, or choose another folder for backups in Settings.";
        items.push(HealthCheck::bad("backup", "The last backup could not be made", problem, todo));
    }
    let reached = match app.store.read(|connection| sources::setting(connection, REACHED)).await {
        Err(_) if app.store.displaced().is_some() => None,
        reached => reached?,
    };
    let reached = reached.and_then(|json| serde_json::from_str::<Reached>(&json).ok());
    if let Some(mut reached) = reached.filter(|reached| Some(&reached.base) == base.as_ref()) {
        reached.item.text.push_str(&format!(" Asked {}.", clock::said(reached.at, now)));
        let place = items.iter().position(|item| item.name == "public_address").map_or(items.len(), |place| place + 1);
        items.insert(place, reached.item);
    }
    let ok = items.iter().all(|item| item.state != Health::Bad);
    Ok(Json(Doctor { ok, items }))
}

/// Asks the public address whether it leads here: the owner's own address, and nothing but a word that says nothing.
#[utoipa::path(post, path = "/api/doctor/reach", tag = "doctor", operation_id = "askPublicAddress", responses((status = 200, body = HealthCheck)))]
pub(super) async fn reach(State(app): State<App>) -> Result<Json<HealthCheck>, Problem> {
    let base = app.settings.get().public_base_url.clone().filter(|base| !base.is_empty());
    let base = base
        .ok_or_else(|| Problem::new(ProblemKind::Conflict, "No public address is set. Enter it in Settings first."))?;
    let source = app.store.read(sources::all).await?.into_iter().find(|source| source.closed_at.is_none());
    let source = source
        .ok_or_else(|| Problem::new(ProblemKind::Conflict, "Connect a service first: its address is what is asked."))?;
    let word = sources::new_key()?;
    let listening = app.hooks_addr.get().map(|address| format!("http://{address}"));
    let asked = base.clone();
    let item = tokio::task::spawn_blocking(move || reachability::ask(&asked, &source.key, &word, listening.as_deref()))
        .await
        .map_err(|_| StoreError::Stopped)?;
    let reached =
        serde_json::to_string(&Reached { base, at: clock::now(), item: item.clone() }).map_err(StoreError::from)?;
    app.store.write(move |batch| batch.set(REACHED, &reached)).await?;
    Ok(Json(item))
}
