//! Files that are made: begun, watched, taken away. And those that are made while somebody waits.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::Serialize;
use tokio::sync::mpsc;
use utoipa::ToSchema;

use super::extract::{JsonBody, PathId};
use crate::clock;
use crate::documents::{Format, Paper};
use crate::exports::{
    ExportKind, ExportRequest, ExportStatus, MakeError, PartFile, content_type, disposition, make, remember,
};
use crate::figures::ReportParams;
use crate::http::{App, Problem, ProblemKind, problem};
use crate::store::StoreError;
use crate::store::exports::ExportState;

/// Bytes that are read of a file at once.
const PIECE: usize = 64 * 1024;

/// How far it is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct ExportProgress {
    /// So many leads (of a list of calls, calls; of a timeline, entries) were looked at …
    done: u64,
    /// … of so many.
    of: u64,
}

/// A file that is made, or was.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Export)]
pub(super) struct ExportView {
    /// Its number.
    id: i64,
    /// `report`, `leads`, `calls` or `timeline`.
    what: String,
    /// `pdf`, `xlsx`, `csv`, `html` or `json`.
    format: String,
    /// What people call it.
    title: String,
    /// What its file is called where it is taken to.
    file_name: String,
    /// How far it came.
    state: ExportState,
    /// How far it is, while it is made and that is known.
    progress: Option<ExportProgress>,
    /// Bytes.
    size: Option<i64>,
    /// Rows, or entries of a timeline.
    rows: Option<i64>,
    /// Of a report: over its question, figures and rows. Of anything else: over the file.
    sha256: Option<String>,
    /// Over the file.
    file_sha256: Option<String>,
    /// When it was made; until then, when it was begun.
    made_at: DateTime<Utc>,
    /// Why it was not made, in plain words.
    problem: Option<String>,
    /// The saved report that was due.
    schedule: Option<i64>,
    /// The lead whose timeline it is.
    lead: Option<i64>,
    /// What was asked.
    asked: ExportRequest,
    /// Where the file is on this machine, once it is.
    path: Option<String>,
}

impl From<ExportStatus> for ExportView {
    fn from(stand: ExportStatus) -> ExportView {
        let ExportStatus { row, title, file_name, path, progress, order } = stand;
        let is_done = row.state == ExportState::Done;
        ExportView {
            progress: progress.map(|(done, of)| ExportProgress { done: done.min(of), of }),
            path: is_done.then(|| path.display().to_string()),
            made_at: row.made_at.unwrap_or(row.began_at),
            id: row.id,
            what: row.what,
            format: row.format,
            title,
            file_name,
            state: row.state,
            size: row.size,
            rows: row.rows,
            sha256: row.sha256,
            file_sha256: row.file_sha256,
            problem: row.problem,
            schedule: row.schedule,
            lead: row.lead,
            asked: order,
        }
    }
}

/// Files that are made, or were.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Exports {
    /// Newest first.
    items: Vec<ExportView>,
}

impl From<MakeError> for Problem {
    fn from(error: MakeError) -> Problem {
        match error {
            MakeError::Store(error) => error.into(),
            MakeError::Report(error) => error.into(),
            MakeError::Shape(_) | MakeError::Folder(_) => Problem::new(ProblemKind::Busy, error.to_string()),
            MakeError::Refused(_) => Problem::invalid(error.to_string()),
            MakeError::Cancelled | MakeError::Erased => Problem::new(ProblemKind::Conflict, error.to_string()),
        }
    }
}

/// Work on the disk, off the async threads.
pub(super) async fn aside<T: Send + 'static, E: Send + 'static>(
    job: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, Problem>
where
    Problem: From<E>,
{
    Ok(tokio::task::spawn_blocking(job).await.map_err(|_| StoreError::Stopped)??)
}

pub(super) async fn shown(app: &App, id: i64) -> Result<ExportView, Problem> {
    let exports = app.exports.clone();
    Ok(aside(move || exports.one(id)).await?.into())
}

/// Begins to make a file; ask for it until it is done.
#[utoipa::path(post, path = "/api/exports", tag = "exports", operation_id = "makeExport", request_body = ExportRequest, responses((status = 201, body = ExportView)))]
pub(super) async fn begin(
    State(app): State<App>,
    JsonBody(order): JsonBody<ExportRequest>,
) -> Result<impl IntoResponse, Problem> {
    let exports = app.exports.clone();
    let id = aside(move || exports.begin(&order, None, clock::now())).await?;
    Ok(problem::created(Json(shown(&app, id).await?)))
}

/// Files that are made, or were, newest first.
#[utoipa::path(get, path = "/api/exports", tag = "exports", operation_id = "listExports", responses((status = 200, body = Exports)))]
pub(super) async fn list(State(app): State<App>) -> Result<Json<Exports>, Problem> {
    let exports = app.exports.clone();
    let items = aside(move || exports.list()).await?;
    Ok(Json(Exports { items: items.into_iter().map(ExportView::from).collect() }))
}

/// One of them.
#[utoipa::path(get, path = "/api/exports/{id}", tag = "exports", operation_id = "getExport", params(("id" = i64, Path)), responses((status = 200, body = ExportView)))]
pub(super) async fn one(State(app): State<App>, PathId(id): PathId) -> Result<Json<ExportView>, Problem> {
    Ok(Json(shown(&app, id).await?))
}

/// Ends one that is being made: no file is left.
#[utoipa::path(post, path = "/api/exports/{id}/cancel", tag = "exports", operation_id = "cancelExport", params(("id" = i64, Path)), responses((status = 200, body = ExportView)))]
pub(super) async fn cancel(State(app): State<App>, PathId(id): PathId) -> Result<Json<ExportView>, Problem> {
    let exports = app.exports.clone();
    aside(move || exports.cancel(id)).await?;
    Ok(Json(shown(&app, id).await?))
}

/// Deletes one with its file. What a schedule put into a folder that was picked stays there.
#[utoipa::path(delete, path = "/api/exports/{id}", tag = "exports", operation_id = "deleteExport", params(("id" = i64, Path)), responses((status = 200, body = ExportView)))]
pub(super) async fn delete(State(app): State<App>, PathId(id): PathId) -> Result<Json<ExportView>, Problem> {
    let was = shown(&app, id).await?;
    let exports = app.exports.clone();
    aside(move || exports.delete(id)).await?;
    Ok(Json(was))
}

/// The file.
#[utoipa::path(get, path = "/api/exports/{id}/file", tag = "exports", operation_id = "getExportFile", params(("id" = i64, Path)), responses((status = 200, description = "The file", content_type = "application/octet-stream")))]
pub(super) async fn file(State(app): State<App>, PathId(id): PathId) -> Result<Response, Problem> {
    let exports = app.exports.clone();
    let stand = aside(move || exports.one(id)).await?;
    if stand.row.state != ExportState::Done {
        return Err(Problem::new(ProblemKind::Conflict, "This file is not made."));
    }
    let opened = std::fs::File::open(&stand.path)
        .map_err(|_| Problem::not_found("The file is no longer where it was put. Make it again."))?;
    sent(opened, None, &stand.file_name)
}

/// A file on its way to a browser, piece by piece; `part` is deleted once it is there.
fn sent(file: std::fs::File, part: Option<PartFile>, name: &str) -> Result<Response, Problem> {
    let size = file.metadata().map_err(StoreError::from)?.len();
    let (send, receive) = mpsc::channel::<std::io::Result<Bytes>>(4);
    tokio::task::spawn_blocking(move || {
        let (mut file, _part) = (file, part);
        let mut buffer = vec![0; PIECE];
        loop {
            let piece = match std::io::Read::read(&mut file, &mut buffer) {
                Ok(0) => return,
                Ok(n) => Ok(Bytes::copy_from_slice(&buffer[..n])),
                Err(error) => Err(error),
            };
            let broken = piece.is_err();
            // Whoever asked may have gone.
            if send.blocking_send(piece).is_err() || broken {
                return;
            }
        }
    });
    let stream = futures_util::stream::unfold(receive, |mut receive| async move {
        let piece = receive.recv().await?;
        Some((piece, receive))
    });
    let ending = Path::new(name).extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let head = [
        (header::CONTENT_TYPE, content_type(ending).to_string()),
        (header::CONTENT_DISPOSITION, disposition(name)),
        (header::CONTENT_LENGTH, size.to_string()),
    ];
    Ok((head, Body::from_stream(stream)).into_response())
}

/// Ends the making of a file that nobody waits for any more.
struct Gone(Arc<AtomicBool>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Makes a file while somebody waits for it; nothing is left of it here.
pub(super) async fn at_once(app: &App, order: ExportRequest) -> Result<Response, Problem> {
    let gone = Arc::new(AtomicBool::new(false));
    let (guard, exports, closing) = (Gone(gone.clone()), app.exports.clone(), app.closing.clone());
    let (file, part, name) = aside(move || -> Result<_, MakeError> {
        let now = clock::now();
        let job = exports.understand(&order, now)?;
        let number = format!("{}-{}", std::process::id(), fastrand::u64(..));
        let part = exports.made_folder()?.join(format!(".leadtrail-export-{number}.part"));
        let mut progress = |_, _| !gone.load(Ordering::Relaxed) && !*closing.borrow();
        let made = make(&exports.store(), &job, &part, now, &mut progress)?;
        remember(&exports.store(), made.print)?;
        let file = std::fs::File::open(made.part.path()).map_err(StoreError::from)?;
        Ok((file, made.part, exports.file_name(&job)?))
    })
    .await?;
    drop(guard);
    sent(file, Some(part), &name)
}

/// The same for what an address asks, in words.
pub(super) fn order(
    what: ExportKind,
    format: &str,
    paper: Option<&str>,
    query: ReportParams,
) -> Result<ExportRequest, Problem> {
    let (format, paper) = (Format::try_from(format.to_string())?, paper.map(|word| Paper::try_from(word.to_string())));
    Ok(ExportRequest { paper: paper.transpose()?, ..ExportRequest::new(what, format, query) })
}
