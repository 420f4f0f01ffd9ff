//! Erasing a person.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{MaybeTold, PathId};
use super::settings::retention;
use crate::clock;
use crate::http::{App, Problem, ProblemKind};
use crate::ingest::erase::{Erasing, Expiring, still_held};
use crate::store::ErasureReason;
use crate::store::StoreError;
use crate::store::backup::BackupFile;
use crate::store::erase::{self, Erasure};
use crate::store::query::mentions::Mention;

/// Whether to do it.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Erase {
    /// Only say what would be erased.
    #[serde(default)]
    dry_run: bool,
}

/// What was erased, or would be.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EraseAnswer {
    /// Events: what is kept of each counts, and says nothing of who it was.
    events: usize,
    /// Deliveries that are emptied, or of a batch lose that element.
    deliveries: usize,
    calls: usize,
    messages: usize,
    notes: usize,
    /// Deliveries in quarantine that name the person.
    quarantined: usize,
    /// Files that were sent to be brought in, never were, and name the person: they are removed.
    uploads: usize,
    /// Imports under way, or interrupted, whose files name the person: they stay until the import is done or taken back.
    imports: Vec<i64>,
    /// Exports that were made since they were first heard from: they are deleted, for they may name them.
    exports_deleted: usize,
    /// The same in folders that were picked for schedules: they stay, and it is for you to delete them.
    exports: Vec<String>,
    /// Backups that still hold the person after this.
    backups: Vec<String>,
    /// How much of what other people said or wrote names the person. It stays with them.
    named_elsewhere: usize,
    /// Where: the newest of them.
    named_in: Vec<NamedIn>,
    /// Nothing is left in free pages of the file either; where not, that is done at the next start.
    swept: bool,
}

/// Something of another lead that names the person.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NamedIn {
    /// The other lead.
    lead_id: i64,
    /// Its name.
    lead_name: Option<String>,
    /// The entry of its timeline.
    entry: String,
    /// When it happened.
    at: DateTime<Utc>,
}

/// Places that are told of one by one.
const PLACES: usize = 20;

/// Erases a person: all events, what was sent of them, and the index of words. Cannot be undone.
#[utoipa::path(post, path = "/api/leads/{id}/erase", tag = "leads", operation_id = "eraseLead", params(("id" = i64, Path)), request_body = Option<Erase>, responses((status = 200, body = EraseAnswer)))]
pub(super) async fn erase(
    State(app): State<App>,
    PathId(id): PathId,
    MaybeTold(told): MaybeTold<Erase>,
) -> Result<Json<EraseAnswer>, Problem> {
    let now = clock::now();
    let ingest = app.ingest.clone();
    let folders = app.ingest.backup_folders(&app.settings.get().backups);
    let erasing = move || -> Result<(Erasing, Vec<String>), Problem> {
        let done = ingest.erase(id, told.dry_run, now)?;
        // A backup that was made before the first of it came never held it.
        let held = |kept: &BackupFile| {
            done.first_received.is_some_and(|first| first < kept.name.made_at + TimeDelta::seconds(1))
        };
        let backups = folders.list().iter().filter(|kept| held(kept)).map(|kept| kept.name.to_string()).collect();
        Ok((done, backups))
    };
    let (done, backups) = tokio::task::spawn_blocking(erasing).await.map_err(|_| StoreError::Stopped)??;
    let Erasing { events, deliveries, calls, messages, notes, quarantined, uploads, imports, swept, .. } = done;
    let (exports_deleted, exports) = (done.exports_deleted, done.exports);
    let named_elsewhere = done.named_in.len();
    let place = |one: Mention| NamedIn { lead_id: one.lead, lead_name: one.lead_name, entry: one.entry, at: one.at };
    let named_in = done.named_in.into_iter().take(PLACES).map(place).collect();
    Ok(Json(EraseAnswer {
        events,
        deliveries,
        calls,
        messages,
        notes,
        quarantined,
        uploads,
        imports,
        exports_deleted,
        exports,
        backups,
        named_elsewhere,
        named_in,
        swept,
    }))
}

/// Something that was erased; nothing here says who.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ErasureView {
    /// Its name.
    id: String,
    /// When.
    at: DateTime<Utc>,
    /// `person`, or `retention`.
    what: &'static str,
    /// The lead that is left of the person, where it was one.
    lead: Option<i64>,
    /// Events that were erased.
    events: i64,
    /// Backups that may still hold it.
    backups: Vec<String>,
    /// What is left of it in free pages of the file is still to be swept out.
    pending: bool,
}

/// What was ever erased.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Erasures {
    /// The last first.
    items: Vec<ErasureView>,
}

/// Every erasure, and when; nothing in it says who.
#[utoipa::path(get, path = "/api/erasures", tag = "leads", operation_id = "listErasures", responses((status = 200, body = Erasures)))]
pub(super) async fn list(State(app): State<App>) -> Result<Json<Erasures>, Problem> {
    let folders = app.ingest.backup_folders(&app.settings.get().backups);
    let store = app.store.clone();
    let look = move || -> Result<Vec<ErasureView>, StoreError> {
        let (all, pending) =
            store.read_blocking(|connection| Ok((erase::erasures(connection)?, erase::is_unswept(connection)?)))?;
        let kept = if all.is_empty() { Vec::new() } else { folders.list() };
        let mut held: Vec<(String, Vec<String>)> = Vec::new();
        for one in &kept {
            // One that cannot be read is not known to be free of anybody.
            let ids = still_held(&store, &one.path, one.name.made_at)
                .unwrap_or_else(|_| all.iter().map(|erasure| erasure.id.clone()).collect());
            held.push((one.name.to_string(), ids));
        }
        let view = |erasure: Erasure| ErasureView {
            backups: held.iter().filter(|(_, ids)| ids.contains(&erasure.id)).map(|(name, _)| name.clone()).collect(),
            what: match erasure.why {
                ErasureReason::Person => "person",
                ErasureReason::Age => "retention",
            },
            id: erasure.id,
            at: erasure.at,
            lead: erasure.lead,
            events: erasure.events,
            pending,
        };
        Ok(all.into_iter().map(view).collect())
    };
    let items = tokio::task::spawn_blocking(look).await.map_err(|_| StoreError::Stopped)??;
    Ok(Json(Erasures { items }))
}

/// What to look at, or to do.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Retention {
    /// Only say what would be erased.
    #[serde(default)]
    dry_run: bool,
    /// In a dry run, rules to try: days by the id of a source. Usually those that are set.
    retention: Option<BTreeMap<String, Option<u32>>>,
}

/// What a rule erases.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Expiring)]
pub(super) struct ExpiringView {
    source: i64,
    days: u32,
    /// What happened before this goes.
    before: DateTime<Utc>,
    events: usize,
    /// Deliveries they were read from, and those in quarantine that are as old.
    deliveries: usize,
    /// Leads that lose something.
    leads: usize,
}

/// What the rules erase, each.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RetentionAnswer {
    sources: Vec<ExpiringView>,
}

/// Follows the retention rules now, as is done every day, or says what they would erase. Cannot be undone.
#[utoipa::path(post, path = "/api/retention", tag = "status", operation_id = "runRetention", request_body = Option<Retention>, responses((status = 200, body = RetentionAnswer)))]
pub(super) async fn retain(
    State(app): State<App>,
    MaybeTold(told): MaybeTold<Retention>,
) -> Result<Json<RetentionAnswer>, Problem> {
    let rules = match &told.retention {
        Some(_) if !told.dry_run => {
            return Err(Problem::new(ProblemKind::Unprocessable, "Set the rules first: only a dry run tries others."));
        }
        Some(given) => retention(given)?,
        None => app.settings.get().retention.clone(),
    };
    let (ingest, now) = (app.ingest.clone(), clock::now());
    let expire = move || ingest.expire(&rules, told.dry_run, now);
    let all = tokio::task::spawn_blocking(expire).await.map_err(|_| StoreError::Stopped)??;
    let view = |Expiring { source, days, before, events, deliveries, leads }| ExpiringView {
        source,
        days,
        before,
        events,
        deliveries,
        leads,
    };
    Ok(Json(RetentionAnswer { sources: all.into_iter().map(view).collect() }))
}
