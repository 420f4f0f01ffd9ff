//! Leads.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{PathId, QueryParams, flag, limit, number, text, time, word};
use super::phone_display::WithNumbers;
use crate::clock;
use crate::domain::{Outcome, SentimentLabel, Stage};
use crate::http::{App, Problem};
use crate::store::query::Page;
use crate::store::query::lead::{self, LeadDetail};
use crate::store::query::leads::{self, Filter, ListedLead};
use crate::store::query::reps;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// In names, numbers (any three digits or more) and mails.
    q: Option<String>,
    #[param(value_type = Option<Stage>)]
    stage: Option<String>,
    /// The id of a source that told of them.
    #[param(value_type = Option<i64>)]
    source: Option<String>,
    #[param(value_type = Option<Outcome>)]
    outcome: Option<String>,
    tag: Option<String>,
    /// Who looks after them, under any of their names in the settings.
    rep: Option<String>,
    #[param(value_type = Option<SentimentLabel>)]
    sentiment: Option<String>,
    /// Only those not to be contacted, or only the others.
    #[param(value_type = Option<bool>)]
    dnc: Option<String>,
    /// `any`, `call_back`, `reply` or `human`.
    needs: Option<String>,
    /// Last activity at or after: RFC 3339, or a day in UTC.
    from: Option<String>,
    /// Last activity before: RFC 3339, or a day in UTC.
    to: Option<String>,
    /// `recent` (usual), `oldest` or `name`.
    sort: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 500, usually 50.
    #[param(value_type = Option<i64>)]
    limit: Option<String>,
}

/// Leads, a page at a time.
#[utoipa::path(get, path = "/api/leads", tag = "leads", operation_id = "listLeads", params(ListQuery), responses((status = 200, body = WithNumbers<Page<ListedLead>>)))]
pub(super) async fn list(
    State(app): State<App>,
    QueryParams(query): QueryParams<ListQuery>,
) -> Result<Json<WithNumbers<Page<ListedLead>>>, Problem> {
    let mut filter = Filter {
        stage: word("stage", &query.stage)?,
        source: number("source", &query.source)?,
        outcome: word("outcome", &query.outcome)?,
        tag: text(&query.tag).map(String::from),
        rep: text(&query.rep).map(String::from).into_iter().collect(),
        sentiment: word("sentiment", &query.sentiment)?,
        dnc: flag("true or false", &query.dnc)?,
        needs: word("need", &query.needs)?,
        from: time("from", &query.from)?,
        to: time("to", &query.to)?,
        sort: word("order", &query.sort)?.unwrap_or_default(),
        cursor: text(&query.cursor).map(String::from),
        limit: limit(&query.limit, 50)?,
        q: query.q,
    };
    let settings = app.settings.get();
    let page = app.store.read(move |connection| {
        if let [rep] = filter.rep.as_slice() {
            // Somebody of the settings goes by other names as well.
            let names = reps::spoken(connection)?.into_iter();
            let theirs: Vec<String> =
                names.filter(|name| name != rep && settings.business.rep_of(name) == rep.as_str()).collect();
            filter.rep.extend(theirs);
        }
        leads::page(connection, &filter)
    });
    Ok(Json(page.await?.into()))
}

/// One lead. The id of a lead that became part of another leads to that one.
#[utoipa::path(get, path = "/api/leads/{id}", tag = "leads", operation_id = "getLead", params(("id" = i64, Path)), responses((status = 200, body = WithNumbers<LeadDetail>)))]
pub(super) async fn one(State(app): State<App>, PathId(id): PathId) -> Result<Json<WithNumbers<LeadDetail>>, Problem> {
    Ok(Json(app.store.read(move |connection| lead::by_id(connection, id)).await?.into()))
}

/// The lead that was marked.
#[derive(Serialize, ToSchema)]
pub(super) struct Seen {
    /// The lead the id leads to.
    id: i64,
}

/// Marks a lead as read, on this machine.
#[utoipa::path(post, path = "/api/leads/{id}/seen", tag = "leads", operation_id = "seeLead", params(("id" = i64, Path)), responses((status = 200, body = Seen)))]
pub(super) async fn seen(State(app): State<App>, PathId(id): PathId) -> Result<Json<Seen>, Problem> {
    let now = clock::now();
    let id = app.store.write(move |batch| batch.see(id, now)).await?;
    Ok(Json(Seen { id }))
}
