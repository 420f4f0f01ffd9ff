//! Files that are brought in.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use http_body_util::BodyExt;
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};
use utoipa::{IntoParams, ToSchema};

use super::extract::{JsonBody, MaybeTold, PathId, QueryParams, limit, text, word};
use crate::clock;
use crate::http::{App, Problem, ProblemKind, problem};
use crate::ingest::import::{Choice, Preview, SourceColumn};
use crate::providers::row::{FIELDS, RowKind};
use crate::store::StoreError;
use crate::store::imports::{self, Fate, ImportRow, Mapping, RowView};
use crate::store::query::Page;
use crate::store::undo_impact::TakingBack;

/// How long a preview is waited for before its progress is to be asked for.
const PREVIEWED: Duration = Duration::from_secs(10);
/// How long a start is waited for, so that what is wrong with it is said at once.
const STARTED: Duration = Duration::from_millis(300);
/// Characters of the name of a mapping.
const NAME: usize = 100;

/// Something a column can stand for.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ImportField)]
pub(super) struct FieldView {
    /// Its name in mappings.
    field: &'static str,
    /// For people.
    label: &'static str,
    /// The kinds of rows that can have it.
    kinds: Vec<RowKind>,
    /// Without it rows cannot be read.
    needed: bool,
}

/// How far it is.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ImportProgress)]
pub(super) struct ProgressView {
    /// So much of it …
    done: i64,
    /// … of this: bytes of the files, or deliveries while it is taken back.
    of: i64,
}

/// What became of the rows.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ImportResult)]
pub(super) struct ResultView {
    /// Rows, or bodies, so far.
    rows: i64,
    /// Those that are on timelines.
    r#in: i64,
    /// Those that became part of an entry that was there.
    merged: i64,
    /// Those of which all was known.
    duplicate: i64,
    /// Those that could not be read.
    skipped: i64,
}

/// A file that is brought in.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Import)]
pub(super) struct ImportView {
    /// Its number.
    id: i64,
    /// What the file is called.
    name: String,
    /// `csv`, `json` or `ndjson`.
    format: String,
    /// `uploaded`, `previewing`, `ready`, `running`, `interrupted` (start goes on with it), `undoing`, `done`,
    /// `cancelled`, `undone` or `failed`.
    state: String,
    /// The source it is of, once that was chosen.
    source: Option<i64>,
    /// What its rows are; for bodies the event they are.
    kind: Option<String>,
    /// The zone of times that name none.
    time_zone: Option<String>,
    /// The file in words, where it is a service's own export.
    recognised: Option<String>,
    /// Its columns.
    columns: Vec<SourceColumn>,
    /// Field and column.
    mapping: BTreeMap<String, String>,
    /// What a column can stand for; empty where there are none.
    fields: Vec<FieldView>,
    /// What it would do, once that was asked.
    preview: Option<Preview>,
    /// How far it is, while something is done.
    progress: Option<ProgressView>,
    /// What it did, once it was started.
    result: Option<ResultView>,
    /// The gap it fills.
    gap: Option<i64>,
    created_at: DateTime<Utc>,
    /// What went wrong, in plain words.
    problem: Option<String>,
}

/// Files that were brought in, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Imports {
    items: Vec<ImportView>,
}

fn view(app: &App, row: ImportRow) -> ImportView {
    let state = app.ingest.state_of(&row);
    let columns: Vec<SourceColumn> = serde_json::from_str(&row.columns).unwrap_or_default();
    let works = matches!(state.as_str(), "running" | "undoing" | "previewing" | "interrupted");
    let fields = FIELDS.iter().filter(|_| !columns.is_empty()).map(|field| FieldView {
        field: field.field,
        label: field.label,
        kinds: field.kinds.to_vec(),
        needed: matches!(field.field, "at" | "phone"),
    });
    ImportView {
        fields: fields.collect(),
        preview: row.preview.as_deref().and_then(|json| serde_json::from_str(json).ok()),
        progress: works.then_some(ProgressView { done: row.done, of: row.of }),
        result: row.header.map(|_| ResultView {
            rows: row.rows,
            r#in: row.rows_in,
            merged: row.merged,
            duplicate: row.duplicate,
            skipped: row.skipped,
        }),
        id: row.id,
        name: row.name,
        format: row.format,
        state,
        source: row.source,
        kind: row.kind,
        time_zone: row.time_zone,
        recognised: row.recognised,
        columns,
        mapping: row.mapping,
        gap: row.gap,
        created_at: row.created_at,
        problem: row.problem,
    }
}

async fn show(app: &App, id: i64) -> Result<Json<ImportView>, Problem> {
    let row = app.store.read(move |connection| imports::by_id(connection, id)).await?;
    Ok(Json(view(app, row)))
}

/// Work on the disk, off the async threads.
async fn aside<T: Send + 'static>(job: impl FnOnce() -> Result<T, StoreError> + Send + 'static) -> Result<T, Problem> {
    Ok(tokio::task::spawn_blocking(job).await.map_err(|_| StoreError::Stopped)??)
}

/// Starts long work on a thread of its own and waits a moment for it: what is wrong at once is said at once.
async fn begin(
    wait: Duration,
    job: impl FnOnce() -> Result<ImportRow, StoreError> + Send + 'static,
) -> Result<(), Problem> {
    let (done, ended) = oneshot::channel();
    let work = move || {
        let answer = job();
        if let Err(error) = &answer {
            tracing::debug!("an import: {error}");
        }
        let _ = done.send(answer);
    };
    std::thread::Builder::new().name("import".into()).spawn(work).map_err(StoreError::from)?;
    match tokio::time::timeout(wait, ended).await {
        Ok(Ok(Err(error))) => Err(error.into()),
        Ok(Err(_)) => Err(StoreError::Internal("an import broke off".into()).into()),
        _ => Ok(()),
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct UploadQuery {
    /// What the file is called.
    name: Option<String>,
}

/// Takes a file in, of any size, to be brought in. Nothing is on timelines yet.
#[utoipa::path(post, path = "/api/imports", tag = "imports", operation_id = "upload", params(UploadQuery), request_body(content = String, content_type = "application/octet-stream"), responses((status = 201, body = ImportView)))]
pub(super) async fn upload(
    State(app): State<App>,
    QueryParams(query): QueryParams<UploadQuery>,
    request: Request,
) -> Result<Response, Problem> {
    let name = text(&query.name).unwrap_or("file").to_string();
    let ingest = app.ingest.clone();
    let (id, path) = aside(move || {
        let (id, mut paths) = ingest.new_import(&name, std::slice::from_ref(&name))?;
        let path = paths.pop().ok_or_else(|| StoreError::Internal("an import without its file".into()))?;
        Ok((id, path))
    })
    .await?;
    let (send, mut receive) = mpsc::channel::<Bytes>(16);
    let writing = tokio::task::spawn_blocking(move || -> std::io::Result<()> {
        let mut file = crate::fs::create_new(&path)?;
        while let Some(bytes) = receive.blocking_recv() {
            file.write_all(&bytes)?;
        }
        file.sync_all()
    });
    let mut body = request.into_body();
    let mut whole = true;
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => {
                if let Ok(bytes) = frame.into_data()
                    && send.send(bytes).await.is_err()
                {
                    break;
                }
            }
            Err(_) => {
                whole = false;
                break;
            }
        }
    }
    drop(send);
    let written = writing.await.map_err(|_| StoreError::Stopped)?;
    let ingest = app.ingest.clone();
    let looked = aside(move || {
        let looked = match written {
            _ if !whole => Err(StoreError::Invalid("The file broke off on its way.".into())),
            Err(error) => Err(error.into()),
            Ok(()) => ingest.look_at_import(id),
        };
        if looked.is_err() {
            ingest.drop_import(id)?;
        }
        looked
    })
    .await?;
    Ok(problem::created(Json(view(&app, looked))).into_response())
}

/// Files that were brought in, newest first.
#[utoipa::path(get, path = "/api/imports", tag = "imports", operation_id = "listImports", responses((status = 200, body = Imports)))]
pub(super) async fn list(State(app): State<App>) -> Result<Json<Imports>, Problem> {
    let rows = app.store.read(imports::all).await?;
    Ok(Json(Imports { items: rows.into_iter().map(|row| view(&app, row)).collect() }))
}

/// One import.
#[utoipa::path(get, path = "/api/imports/{id}", tag = "imports", operation_id = "getImport", params(("id" = i64, Path)), responses((status = 200, body = ImportView)))]
pub(super) async fn one(State(app): State<App>, PathId(id): PathId) -> Result<Json<ImportView>, Problem> {
    show(&app, id).await
}

/// Takes an import away that was never started.
#[utoipa::path(delete, path = "/api/imports/{id}", tag = "imports", operation_id = "dropImport", params(("id" = i64, Path)), responses((status = 200, body = ImportView)))]
pub(super) async fn remove(State(app): State<App>, PathId(id): PathId) -> Result<Json<ImportView>, Problem> {
    let was = show(&app, id).await?;
    let ingest = app.ingest.clone();
    aside(move || ingest.drop_import(id)).await?;
    Ok(was)
}

/// What an import is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ImportChoice {
    /// The source it is of.
    source: i64,
    /// `calls`, `texts`, `forms` or `leads`; for bodies that do not say it, the event they are.
    kind: Option<String>,
    /// Field and column; what was recognised if missing.
    mapping: Option<BTreeMap<String, String>>,
    /// The zone of times that name none, such as `America/New_York`; the machine's if missing.
    time_zone: Option<String>,
    /// The gap it fills.
    gap: Option<i64>,
}

/// Says what an import would do. A large file takes its time: ask again until `preview` is there.
#[utoipa::path(post, path = "/api/imports/{id}/preview", tag = "imports", operation_id = "previewImport", params(("id" = i64, Path)), request_body = ImportChoice, responses((status = 200, body = ImportView)))]
pub(super) async fn preview(
    State(app): State<App>,
    PathId(id): PathId,
    JsonBody(choice): JsonBody<ImportChoice>,
) -> Result<Json<ImportView>, Problem> {
    let ingest = app.ingest.clone();
    begin(PREVIEWED, move || {
        let ImportChoice { source, kind, mapping, time_zone, gap } = choice;
        ingest.choose(id, &Choice { source, kind, mapping, time_zone, gap })?;
        ingest.preview_import(id, |_, _| {})
    })
    .await?;
    show(&app, id).await
}

/// Brings it in, or goes on where it was interrupted.
#[utoipa::path(post, path = "/api/imports/{id}/start", tag = "imports", operation_id = "startImport", params(("id" = i64, Path)), responses((status = 200, body = ImportView)))]
pub(super) async fn start(State(app): State<App>, PathId(id): PathId) -> Result<Json<ImportView>, Problem> {
    let ingest = app.ingest.clone();
    begin(STARTED, move || ingest.run_import(id, false, |_, _| {})).await?;
    show(&app, id).await
}

async fn end(app: App, id: i64, then: &'static str) -> Result<Json<ImportView>, Problem> {
    let ingest = app.ingest.clone();
    aside(move || ingest.end_import(id, then)).await?;
    let ingest = app.ingest.clone();
    begin(STARTED, move || ingest.take_back_import(id, |_, _| {})).await?;
    show(&app, id).await
}

/// Ends an import that runs; what is in is taken back.
#[utoipa::path(post, path = "/api/imports/{id}/cancel", tag = "imports", operation_id = "cancelImport", params(("id" = i64, Path)), responses((status = 200, body = ImportView)))]
pub(super) async fn cancel(State(app): State<App>, PathId(id): PathId) -> Result<Json<ImportView>, Problem> {
    let row = app.store.read(move |connection| imports::by_id(connection, id)).await?;
    if !matches!(row.state.as_str(), "running" | "undoing") {
        return Err(Problem::new(ProblemKind::Conflict, "This import does not run."));
    }
    end(app, id, "cancelled").await
}

/// What is to become of people's own entries that stand on what is taken back.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TakeBack {
    /// They are hidden with it. They are kept, and shown again once what they stand on is brought in again.
    #[serde(default)]
    take_notes: bool,
}

impl TakeBack {
    /// Whether it may be done, whatever stands on it: then nobody has to look.
    pub(super) fn takes_all(&self) -> bool {
        self.take_notes
    }

    /// Whether it may be done.
    pub(super) fn allows(&self, would: &TakingBack) -> Result<(), Problem> {
        let hidden = would.hidden;
        if self.takes_all() || hidden == 0 {
            return Ok(());
        }
        let entries = if hidden == 1 { "One entry".to_string() } else { format!("{hidden} entries") };
        let them = if hidden == 1 { "It is" } else { "They are" };
        let words = format!(
            "{entries} of yours, such as a note or an outcome, would go with it. {them} kept, and shown again when the \
             same is brought in again. Nothing was taken back: they are asked about first."
        );
        Err(Problem::new(ProblemKind::Conflict, words))
    }
}

/// What taking an import back would do to leads, and to people's own entries about them.
#[utoipa::path(get, path = "/api/imports/{id}/undo", tag = "imports", operation_id = "previewUndoImport", params(("id" = i64, Path)), responses((status = 200, body = TakingBack)))]
pub(super) async fn would_undo(State(app): State<App>, PathId(id): PathId) -> Result<Json<TakingBack>, Problem> {
    let ingest = app.ingest.clone();
    Ok(Json(aside(move || ingest.would_take_back_import(id)).await?))
}

/// Takes back everything an import brought in, and what it changed. Where people's own entries would be hidden with it,
/// only with `take_notes`.
#[utoipa::path(post, path = "/api/imports/{id}/undo", tag = "imports", operation_id = "undoImport", params(("id" = i64, Path)), request_body = Option<TakeBack>, responses((status = 200, body = ImportView)))]
pub(super) async fn undo(
    State(app): State<App>,
    PathId(id): PathId,
    MaybeTold(told): MaybeTold<TakeBack>,
) -> Result<Json<ImportView>, Problem> {
    if !told.takes_all() {
        let ingest = app.ingest.clone();
        told.allows(&aside(move || ingest.would_take_back_import(id)).await?)?;
    }
    end(app, id, "undone").await
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct RowsQuery {
    /// What became of them.
    #[param(value_type = Option<Fate>)]
    state: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 500, usually 50.
    #[param(value_type = Option<i64>)]
    limit: Option<String>,
}

/// Every row of an import, and what became of it.
#[utoipa::path(get, path = "/api/imports/{id}/rows", tag = "imports", operation_id = "listImportRows", params(("id" = i64, Path), RowsQuery), responses((status = 200, body = Page<RowView>)))]
pub(super) async fn rows(
    State(app): State<App>,
    PathId(id): PathId,
    QueryParams(query): QueryParams<RowsQuery>,
) -> Result<Json<Page<RowView>>, Problem> {
    let fate = word("fate of a row", &query.state)?;
    let (cursor, limit) = (text(&query.cursor).map(String::from), limit(&query.limit, 50)?);
    let page = app.store.read(move |connection| {
        let import = imports::by_id(connection, id)?;
        imports::rows_page(connection, &import, fate, cursor.as_deref(), limit)
    });
    Ok(Json(page.await?))
}

/// Mappings that were kept.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Mappings {
    items: Vec<Mapping>,
}

/// Mappings that were kept, by name.
#[utoipa::path(get, path = "/api/mappings", tag = "imports", operation_id = "listMappings", responses((status = 200, body = Mappings)))]
pub(super) async fn mappings(State(app): State<App>) -> Result<Json<Mappings>, Problem> {
    Ok(Json(Mappings { items: app.store.read(imports::mappings).await? }))
}

/// A mapping to keep.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewMapping {
    /// What to call it; one of the same name is replaced.
    name: String,
    /// The provider it is for.
    provider: Option<String>,
    /// `calls`, `texts`, `forms` or `leads`.
    kind: String,
    /// Field and column.
    mapping: BTreeMap<String, String>,
    /// The zone of times that name none.
    time_zone: Option<String>,
}

/// Keeps a mapping for the next file.
#[utoipa::path(post, path = "/api/mappings", tag = "imports", operation_id = "addMapping", request_body = NewMapping, responses((status = 201, body = Mapping)))]
pub(super) async fn add_mapping(
    State(app): State<App>,
    JsonBody(new): JsonBody<NewMapping>,
) -> Result<Response, Problem> {
    let name = new.name.trim().to_string();
    if name.is_empty() || name.chars().count() > NAME {
        return Err(Problem::new(ProblemKind::Unprocessable, "Give the mapping a short name."));
    }
    let kind = RowKind::parse(&new.kind)
        .ok_or_else(|| Problem::new(ProblemKind::Unprocessable, "The kind is calls, texts, forms or leads."))?;
    if let Some(odd) = new.mapping.keys().find(|field| !FIELDS.iter().any(|known| known.field == field.as_str())) {
        let odd: String = odd.chars().take(40).collect();
        return Err(Problem::new(ProblemKind::Unprocessable, format!("“{odd}” is nothing a column can stand for.")));
    }
    let mut mapping = Mapping {
        id: 0,
        name,
        provider: new.provider,
        kind: kind.as_str().into(),
        mapping: new.mapping,
        time_zone: new.time_zone,
    };
    let (kept, now) = (mapping.clone(), clock::now());
    mapping.id = app.store.write(move |batch| batch.add_mapping(&kept, now)).await?;
    Ok(problem::created(Json(mapping)).into_response())
}

/// Forgets a mapping.
#[utoipa::path(delete, path = "/api/mappings/{id}", tag = "imports", operation_id = "dropMapping", params(("id" = i64, Path)), responses((status = 200, body = Mappings)))]
pub(super) async fn drop_mapping(State(app): State<App>, PathId(id): PathId) -> Result<Json<Mappings>, Problem> {
    app.store.write(move |batch| batch.drop_mapping(id)).await?;
    mappings(State(app)).await
}
