//! Who can look after a lead.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{App, Problem};
use crate::store::query::reps;

/// Names that nobody of the settings goes by are told up to so many.
const AGENTS: usize = 200;

/// Who can look after a lead.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Reps {
    /// The people of the settings, in their order.
    items: Vec<RepChoice>,
    /// Names that leads are looked after by and nobody of the settings goes by, most leads first.
    agents: Vec<RepChoice>,
}

/// A name, and how many leads it looks after.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RepChoice {
    /// What they are called.
    name: String,
    /// Leads they look after now, under any of their names.
    leads: i64,
}

/// Lists who can look after a lead: people of the settings, and whom services name.
#[utoipa::path(get, path = "/api/reps", tag = "leads", operation_id = "listReps", responses((status = 200, body = Reps)))]
pub(super) async fn list(State(app): State<App>) -> Result<Json<Reps>, Problem> {
    let settings = app.settings.get();
    let known = settings.business.reps.iter().map(|rep| 1 + rep.also.len()).sum::<usize>();
    let names = app.store.read(move |connection| reps::names(connection, AGENTS + known)).await?;
    let mut items: Vec<RepChoice> =
        settings.business.reps.iter().map(|rep| RepChoice { name: rep.name.clone(), leads: 0 }).collect();
    let mut agents: Vec<RepChoice> = Vec::new();
    for (name, leads) in names {
        let called = settings.business.rep_of(&name);
        let rep = items.iter_mut().find(|rep| rep.name == called);
        match rep {
            Some(rep) => rep.leads += leads,
            None => agents.push(RepChoice { name, leads }),
        }
    }
    agents.truncate(AGENTS);
    Ok(Json(Reps { items, agents }))
}
