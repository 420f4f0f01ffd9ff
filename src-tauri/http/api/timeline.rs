//! A lead's timeline.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::exports;
use super::extract::{PathId, QueryParams as Query, flag, limit_to, text, time, word};
use super::phone_display::WithNumbers;
use crate::domain::entry::EntryKind;
use crate::exports::{ExportKind, ExportRequest};
use crate::figures::ReportParams;
use crate::http::{App, Problem};
use crate::store::query::lead::{self, Timeline, TimelineRange};

/// The most entries of one page.
const MOST: i64 = 2_000;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct TimelineQuery {
    /// Only these kinds, with commas between them.
    kinds: Option<String>,
    /// As it was known then: RFC 3339.
    as_of: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 2,000, usually 500.
    #[param(value_type = Option<i64>)]
    limit: Option<String>,
    /// `oldest` first (the usual), or `newest`.
    order: Option<String>,
    /// Not beyond this place: `next_cursor` of another page in the same order.
    until: Option<String>,
    /// `true`: with digests, by which a page that is known is found to be as it was.
    #[param(value_type = Option<bool>)]
    digest: Option<String>,
    /// `pdf`, `html` or `json`: the whole timeline as a file.
    format: Option<String>,
    /// Of a file: names, numbers and mails are masked.
    #[param(value_type = Option<bool>)]
    redacted: Option<String>,
    /// Of a PDF: `a4` (the usual) or `letter`.
    paper: Option<String>,
    /// Of a file: whose days and hours, such as `America/New_York`; the business's if missing.
    tz: Option<String>,
}

/// What happened with a lead, by the time it happened. With `format` the file.
#[utoipa::path(get, path = "/api/leads/{id}/timeline", tag = "leads", operation_id = "getTimeline", params(("id" = i64, Path), TimelineQuery), responses((status = 200, body = WithNumbers<Timeline>)))]
pub(super) async fn timeline(
    State(app): State<App>,
    PathId(id): PathId,
    Query(query): Query<TimelineQuery>,
) -> Result<Response, Problem> {
    if let Some(format) = text(&query.format) {
        let asked = ReportParams { as_of: query.as_of.clone(), tz: query.tz.clone(), ..ReportParams::default() };
        let redacted = flag("answer to “redacted”", &query.redacted)?.unwrap_or(false);
        let order = exports::order(ExportKind::Timeline, format, text(&query.paper), asked)?;
        return exports::at_once(&app, ExportRequest { lead: Some(id), redacted, ..order }).await;
    }
    let words = text(&query.kinds).into_iter().flat_map(|kinds| kinds.split(','));
    let mut kinds = Vec::new();
    for kind in words.map(|kind| Some(kind.to_string())) {
        kinds.extend(word::<EntryKind>("kind of entry", &kind)?);
    }
    let part = TimelineRange {
        kinds,
        as_of: time("as_of", &query.as_of)?,
        cursor: text(&query.cursor).map(String::from),
        limit: limit_to(&query.limit, 500, MOST)?,
        order: word("order", &query.order)?.unwrap_or_default(),
        until: text(&query.until).map(String::from),
        digest: flag("answer to “digest”", &query.digest)?.unwrap_or(false),
    };
    let timeline = app.store.read(move |connection| lead::timeline(connection, id, &part)).await?;
    Ok(Json(WithNumbers::from(timeline)).into_response())
}
