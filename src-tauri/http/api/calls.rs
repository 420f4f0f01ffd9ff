//! Calls.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::extract::{PathName, QueryParams, flag, limit, number, text, time, word};
use super::phone_display::WithNumbers;
use crate::domain::Outcome;
use crate::domain::call::{Call, CallState};
use crate::http::{App, Problem};
use crate::store::query::Page;
use crate::store::query::calls::{self, Filter};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct CallsQuery {
    /// In the lead's names, numbers and mails, and in what was said.
    q: Option<String>,
    #[param(value_type = Option<CallState>)]
    state: Option<String>,
    /// The id of a source.
    #[param(value_type = Option<i64>)]
    source: Option<String>,
    /// `inbound` or `outbound`.
    direction: Option<String>,
    #[param(value_type = Option<bool>)]
    answered: Option<String>,
    #[param(value_type = Option<Outcome>)]
    outcome: Option<String>,
    /// Began at or after: RFC 3339, or a day in UTC.
    from: Option<String>,
    /// Began before: RFC 3339, or a day in UTC.
    to: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 500, usually 50.
    #[param(value_type = Option<i64>)]
    limit: Option<String>,
}

/// Calls, latest first, each with its lead.
#[utoipa::path(get, path = "/api/calls", tag = "calls", operation_id = "listCalls", params(CallsQuery), responses((status = 200, body = WithNumbers<Page<Call>>)))]
pub(super) async fn list(
    State(app): State<App>,
    QueryParams(query): QueryParams<CallsQuery>,
) -> Result<Json<WithNumbers<Page<Call>>>, Problem> {
    let filter = Filter {
        state: word("state of a call", &query.state)?,
        source: number("source", &query.source)?,
        direction: word("direction", &query.direction)?,
        answered: flag("true or false", &query.answered)?,
        outcome: word("outcome", &query.outcome)?,
        from: time("from", &query.from)?,
        to: time("to", &query.to)?,
        cursor: text(&query.cursor).map(String::from),
        limit: limit(&query.limit, 50)?,
        q: query.q,
    };
    Ok(Json(app.store.read(move |connection| calls::page(connection, &filter)).await?.into()))
}

/// One call, with its transcript.
#[utoipa::path(get, path = "/api/calls/{id}", tag = "calls", operation_id = "getCall", params(("id" = String, Path)), responses((status = 200, body = Call)))]
pub(super) async fn one(State(app): State<App>, PathName(id): PathName) -> Result<Json<Call>, Problem> {
    Ok(Json(app.store.read(move |connection| calls::by_id(connection, &id)).await?))
}
