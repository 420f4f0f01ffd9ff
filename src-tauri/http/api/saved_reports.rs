//! Saved reports: questions that go with the calendar, and when they are made by themselves.

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::exports::{ExportView, aside, shown};
use super::extract::{JsonBody, PathId};
use crate::clock;
use crate::documents::{Detail, Format, Paper};
use crate::exports::schedule::{Range, Schedule};
use crate::exports::{Saved, SavedQuery};
use crate::figures::{ReportError, ReportParams, zone_of};
use crate::http::{App, Problem, ProblemKind, problem};
use crate::settings::Values;
use crate::store::saved::{self, ReportRun};
use crate::store::{Store, StoreError};

/// What was made last by itself, or why it was not.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SavedLastMade)]
struct LastMade {
    /// When.
    at: DateTime<Utc>,
    /// The days it is of; empty where it was not made.
    period: String,
    /// Where the file was put.
    path: Option<String>,
    /// Why the last attempt failed, in plain words.
    problem: Option<String>,
}

/// A saved report.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SavedReport)]
pub(super) struct SavedView {
    /// Its number.
    id: i64,
    /// What the owner calls it.
    name: String,
    /// `overview`, or one of the other reports.
    report: String,
    /// Its shape.
    #[schema(value_type = String)]
    format: Format,
    /// `a4` or `letter`.
    #[schema(value_type = String)]
    paper: Paper,
    /// `summary` or `complete`: how much a PDF holds.
    #[schema(value_type = String)]
    detail: Detail,
    /// Its days.
    range: Range,
    /// The rest of the question.
    query: ReportParams,
    /// When it is made by itself.
    schedule: Option<Schedule>,
    /// What was made last by itself, or why it was not.
    last_made: Option<LastMade>,
    /// When it is made next by itself.
    next_at: Option<DateTime<Utc>>,
    /// The days it will then be of.
    next_period: Option<NextPeriod>,
}

/// Days of the business's time zone, the first and the last whole.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SavedNextPeriod)]
struct NextPeriod {
    /// The first day.
    from: NaiveDate,
    /// The last day.
    to: NaiveDate,
}

/// Saved reports.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SavedReports {
    /// By name.
    items: Vec<SavedView>,
}

/// A report to save.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSavedReport {
    /// What to call it.
    name: String,
    /// `overview` (the usual), or one of the other reports.
    report: Option<String>,
    /// `pdf` (the usual), `xlsx`, `csv`, `html` or `json`.
    #[schema(value_type = Option<String>)]
    format: Option<Format>,
    /// `a4` (the usual) or `letter`.
    #[schema(value_type = Option<String>)]
    paper: Option<Paper>,
    /// Of a PDF: `summary` or `complete` (the usual).
    #[schema(value_type = Option<String>)]
    detail: Option<Detail>,
    /// Its days.
    range: Range,
    /// The rest of the question.
    query: Option<ReportParams>,
    /// When it is made by itself; never if missing.
    schedule: Option<Schedule>,
}

/// What is to be changed of a saved report; what is missing stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SavedReportChange {
    name: Option<String>,
    report: Option<String>,
    #[schema(value_type = Option<String>)]
    format: Option<Format>,
    #[schema(value_type = Option<String>)]
    paper: Option<Paper>,
    #[schema(value_type = Option<String>)]
    detail: Option<Detail>,
    range: Option<Range>,
    query: Option<ReportParams>,
    /// `null` takes it away.
    #[serde(deserialize_with = "said")]
    #[schema(value_type = Option<Schedule>, nullable = true)]
    schedule: Option<Option<Schedule>>,
}

/// Tells `null` from missing.
fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Schedule>>, D::Error> {
    Option::<Schedule>::deserialize(deserializer).map(Some)
}

fn last_made(saved: &Saved, run: Option<ReportRun>) -> Option<LastMade> {
    let problem = saved.row.problem.clone();
    match (run, saved.row.tried_at.filter(|_| problem.is_some())) {
        (None, None) => None,
        (None, Some(at)) => Some(LastMade { at, period: String::new(), path: None, problem }),
        (Some(run), _) => {
            #[derive(Deserialize)]
            struct Days {
                from: String,
                to: String,
            }
            let period = serde_json::from_str::<Days>(&run.period).map(|days| format!("{} to {}", days.from, days.to));
            let path = Some(run.path).filter(|path| !path.is_empty());
            Some(LastMade { at: run.made_at, period: period.unwrap_or_default(), path, problem })
        }
    }
}

fn view(store: &Store, saved: Saved, values: &Values, now: DateTime<Utc>) -> Result<SavedView, StoreError> {
    let id = saved.row.id;
    let run = store.read_blocking(|c| saved::last_run(c, id))?;
    let last_made = last_made(&saved, run);
    let next_at = saved.schedule.as_ref().and_then(|schedule| schedule.next(now, zone_of(values)));
    let next_period = next_at.map(|at| {
        let (from, to) = saved.asked.range.days(at.with_timezone(&zone_of(values)).date_naive());
        NextPeriod { from, to }
    });
    let SavedQuery { report, format, paper, detail, range, query } = saved.asked;
    Ok(SavedView {
        id,
        name: saved.row.name,
        report,
        format,
        paper: paper.unwrap_or_default(),
        detail: detail.unwrap_or_default(),
        range,
        query,
        schedule: saved.schedule,
        last_made,
        next_at,
        next_period,
    })
}

async fn show(app: &App, id: i64) -> Result<Json<SavedView>, Problem> {
    let (store, values) = (app.store.clone(), app.settings.get());
    let seen = aside(move || -> Result<SavedView, StoreError> {
        let saved = Saved::of(store.read_blocking(|c| saved::by_id(c, id))?)?;
        view(&store, saved, &values, clock::now())
    });
    Ok(Json(seen.await?))
}

fn unfit(error: ReportError) -> Problem {
    match error {
        ReportError::Invalid(text) => Problem::new(ProblemKind::Unprocessable, text),
        other => other.into(),
    }
}

/// Saved reports, by name.
#[utoipa::path(get, path = "/api/saved-reports", tag = "exports", operation_id = "listSavedReports", responses((status = 200, body = SavedReports)))]
pub(super) async fn list(State(app): State<App>) -> Result<Json<SavedReports>, Problem> {
    let (store, values) = (app.store.clone(), app.settings.get());
    let items = aside(move || -> Result<Vec<SavedView>, StoreError> {
        let all = store.read_blocking(Saved::all)?;
        all.into_iter().map(|saved| view(&store, saved, &values, clock::now())).collect()
    });
    Ok(Json(SavedReports { items: items.await? }))
}

/// Saves a report.
#[utoipa::path(post, path = "/api/saved-reports", tag = "exports", operation_id = "saveReport", request_body = NewSavedReport, responses((status = 201, body = SavedView)))]
pub(super) async fn add(
    State(app): State<App>,
    JsonBody(new): JsonBody<NewSavedReport>,
) -> Result<impl IntoResponse, Problem> {
    let (store, values) = (app.store.clone(), app.settings.get());
    let id = aside(move || -> Result<i64, Problem> {
        let asked = SavedQuery {
            report: new.report.unwrap_or_else(|| "overview".into()),
            format: new.format.unwrap_or(Format::Pdf),
            paper: new.paper,
            detail: new.detail,
            range: new.range,
            query: new.query.unwrap_or_default(),
        };
        let now = clock::now();
        let checked = store
            .read_blocking(|c| Ok(asked.check(c, &new.name, new.schedule.as_ref(), true, &values, now)))?
            .map_err(unfit)?;
        let asked = serde_json::to_string(&asked).map_err(StoreError::from)?;
        let schedule = new.schedule.map(|schedule| serde_json::to_string(&schedule)).transpose();
        let schedule = schedule.map_err(StoreError::from)?;
        Ok(store.write_blocking(move |batch| batch.add_saved(&checked, &asked, schedule.as_deref(), now))?)
    });
    let id = id.await?;
    Ok(problem::created(show(&app, id).await?))
}

/// Changes a saved report. A schedule that is set or turned on begins from now.
#[utoipa::path(patch, path = "/api/saved-reports/{id}", tag = "exports", operation_id = "changeSavedReport", params(("id" = i64, Path)), request_body = SavedReportChange, responses((status = 200, body = SavedView)))]
pub(super) async fn change(
    State(app): State<App>,
    PathId(id): PathId,
    JsonBody(told): JsonBody<SavedReportChange>,
) -> Result<Json<SavedView>, Problem> {
    let (store, values) = (app.store.clone(), app.settings.get());
    aside(move || -> Result<(), Problem> {
        let mut saved = Saved::of(store.read_blocking(|c| saved::by_id(c, id))?)?;
        let was = saved.schedule.clone();
        let asked = &mut saved.asked;
        asked.report = told.report.unwrap_or_else(|| asked.report.clone());
        asked.format = told.format.unwrap_or(asked.format);
        asked.paper = told.paper.or(asked.paper);
        asked.detail = told.detail.or(asked.detail);
        asked.range = told.range.unwrap_or_else(|| asked.range.clone());
        asked.query = told.query.unwrap_or_else(|| asked.query.clone());
        let schedule = told.schedule.unwrap_or_else(|| was.clone());
        let (name, now) = (told.name.unwrap_or_else(|| saved.row.name.clone()), clock::now());
        let checked = store
            .read_blocking(|c| Ok(asked.check(c, &name, schedule.as_ref(), false, &values, now)))?
            .map_err(unfit)?;
        let mut row = saved.row;
        row.name = checked;
        row.asked = serde_json::to_string(&saved.asked).map_err(StoreError::from)?;
        row.schedule = schedule.as_ref().map(serde_json::to_string).transpose().map_err(StoreError::from)?;
        // Where files go to does not change when they are due.
        let due = |schedule: &Option<Schedule>| {
            schedule.clone().map(|schedule| Schedule { folder: String::new(), ..schedule })
        };
        if due(&schedule) != due(&was) {
            row.since = now;
        }
        (row.problem, row.tried_at) = (None, None);
        Ok(store.write_blocking(move |batch| batch.save_saved(&row))?)
    })
    .await?;
    show(&app, id).await
}

/// Deletes a saved report; the files that were made of it stay.
#[utoipa::path(delete, path = "/api/saved-reports/{id}", tag = "exports", operation_id = "deleteSavedReport", params(("id" = i64, Path)), responses((status = 200, body = SavedView)))]
pub(super) async fn delete(State(app): State<App>, PathId(id): PathId) -> Result<Json<SavedView>, Problem> {
    let was = show(&app, id).await?;
    app.store.write(move |batch| batch.drop_saved(id)).await?;
    Ok(was)
}

/// Makes it now, of the days that its range means today.
#[utoipa::path(post, path = "/api/saved-reports/{id}/make", tag = "exports", operation_id = "makeSavedReport", params(("id" = i64, Path)), responses((status = 201, body = ExportView)))]
pub(super) async fn make(State(app): State<App>, PathId(id): PathId) -> Result<impl IntoResponse, Problem> {
    let (exports, values) = (app.exports.clone(), app.settings.get());
    let export = aside(move || -> Result<i64, Problem> {
        let saved = Saved::of(exports.store().read_blocking(|c| saved::by_id(c, id))?)?;
        let now = clock::now();
        let order = saved.asked.order(now.with_timezone(&zone_of(&values)).date_naive());
        Ok(exports.begin(&order, Some(&saved.row.name), now)?)
    });
    let export = export.await?;
    Ok(problem::created(Json(shown(&app, export).await?)))
}
