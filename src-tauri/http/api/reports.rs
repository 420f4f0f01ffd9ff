//! Figures, and the rows behind each.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::exports;
use super::extract::{QueryParams as Query, flag, limit, text};
use crate::clock;
use crate::documents::Detail;
use crate::exports::{ExportKind, ExportRequest};
use crate::figures::measure::Measure;
use crate::figures::model::{MeasureWords, Report, Rows};
use crate::figures::{self, OVERVIEW, ReportParams, SECTIONS, report_digests};
use crate::http::{App, Problem};

/// What reports there are, and what they can be asked.
#[derive(Serialize, ToSchema)]
pub(super) struct Reports {
    /// Every report.
    items: Vec<Named>,
    /// What each measure counts, by its key.
    #[schema(value_type = std::collections::BTreeMap<String, MeasureWords>)]
    measures: std::collections::BTreeMap<&'static str, MeasureWords>,
    /// Campaigns of first touch that any lead has.
    campaigns: Vec<String>,
    /// Reps as they are called here.
    reps: Vec<String>,
    /// Tags that any lead has.
    tags: Vec<String>,
    /// The time zone of reports that ask for none.
    time_zone: String,
}

/// A report by its name.
#[derive(Serialize, ToSchema)]
pub(super) struct Named {
    /// What goes into the address.
    name: &'static str,
    /// Its heading.
    title: &'static str,
}

/// Reports there are.
#[utoipa::path(get, path = "/api/reports", tag = "reports", operation_id = "listReports", responses((status = 200, body = Reports)))]
pub(super) async fn list(State(app): State<App>) -> Result<Json<Reports>, Problem> {
    let values = app.settings.get();
    let question = ReportParams::default().question(OVERVIEW.0, &values, clock::now())?;
    let time_zone = question.zone.name().to_string();
    let choices = app.store.read(move |connection| Ok(figures::choices(connection, &question))).await??;
    Ok(Json(Reports {
        items: std::iter::once(&OVERVIEW).chain(&SECTIONS).map(|(name, title)| Named { name, title }).collect(),
        measures: Measure::ALL.iter().map(|measure| (measure.key(), measure.words())).collect(),
        campaigns: choices.campaigns,
        reps: choices.reps,
        tags: choices.tags,
        time_zone,
    }))
}

/// In what shape.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ShapeQuery {
    /// `csv`, `xlsx`, `pdf`, `html` or `json`: the file instead of the figures.
    format: Option<String>,
    /// Of a PDF: `a4` (the usual) or `letter`.
    paper: Option<String>,
    /// Of a PDF: `summary` (three pages at most, and no customer's name, number or mail) or `complete` (the usual).
    detail: Option<String>,
    /// `true`: with what is not as it was in the last file of the same question.
    #[param(value_type = Option<bool>)]
    changed: Option<String>,
}

/// Figures of a period: `overview` for all of them, or one section. With `format` the file.
#[utoipa::path(get, path = "/api/reports/{name}", tag = "reports", operation_id = "getReport", params(("name" = String, Path), ReportParams, ShapeQuery), responses((status = 200, body = Report)))]
pub(super) async fn one(
    State(app): State<App>,
    super::extract::PathName(name): super::extract::PathName,
    Query(asked): Query<ReportParams>,
    Query(shape): Query<ShapeQuery>,
) -> Result<Response, Problem> {
    if let Some(format) = text(&shape.format) {
        let order = exports::order(ExportKind::Report, format, text(&shape.paper), asked)?;
        let detail = text(&shape.detail).map(|word| Detail::try_from(word.to_string())).transpose()?;
        return exports::at_once(&app, ExportRequest { name: Some(name), detail, ..order }).await;
    }
    let now = clock::now();
    let question = asked.question(&name, &app.settings.get(), now)?;
    let changed = flag("answer to “changed”", &shape.changed)?.unwrap_or(false);
    let made = app.store.read(move |connection| {
        let made = if changed { report_digests::report } else { figures::report };
        Ok(made(connection, &question, now))
    });
    Ok(Json(made.await??).into_response())
}

/// Which rows.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct RowsQuery {
    /// A cell's `figure`.
    figure: Option<String>,
    /// `compared`: of the period it is compared with.
    of: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 500, usually 50.
    #[param(value_type = Option<i64>)]
    limit: Option<String>,
}

/// The rows behind a figure, newest first: exactly as many as the figure says.
#[utoipa::path(get, path = "/api/reports/{name}/rows", tag = "reports", operation_id = "getReportRows", params(("name" = String, Path), ReportParams, RowsQuery), responses((status = 200, body = Rows)))]
pub(super) async fn rows(
    State(app): State<App>,
    super::extract::PathName(name): super::extract::PathName,
    Query(asked): Query<ReportParams>,
    Query(which): Query<RowsQuery>,
) -> Result<Json<Rows>, Problem> {
    let question = asked.question(&name, &app.settings.get(), clock::now())?;
    let Some(figure) = which.figure.clone().filter(|figure| !figure.is_empty()) else {
        return Err(Problem::invalid("Say which figure’s rows you want: figure=leads.new, for example."));
    };
    let compared = match text(&which.of) {
        None | Some("period") => false,
        Some("compared") => true,
        Some(_) => return Err(Problem::invalid("“of” is compared, or left out.")),
    };
    let limit = limit(&which.limit, 50)?;
    let cursor = text(&which.cursor).map(String::from);
    let found = app
        .store
        .read(move |connection| Ok(figures::rows(connection, &question, &figure, compared, cursor.as_deref(), limit)))
        .await?;
    Ok(Json(found?))
}
