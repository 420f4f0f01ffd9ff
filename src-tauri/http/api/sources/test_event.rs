//! A test event: a sample sent to a source's own address, as its service would send it.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{given, unfit};
use crate::clock;
use crate::http::api::extract::{MaybeTold, PathId};
use crate::http::{App, Problem, ProblemKind, Sample};
use crate::providers::Provider;
use crate::store::{SourceRow, sources};

/// Which test event.
#[derive(Default, Deserialize, ToSchema)]
pub(in crate::http::api) struct TestEvent {
    /// An event type of the provider; a usual one if missing.
    event: Option<String>,
}

/// What the public door said to a test event.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct Tested {
    /// Its answer, as a sender gets it: `{"status": "accepted", …}`, with the HTTP status as `code`.
    #[schema(value_type = Object)]
    answer: Value,
    /// The delivery it became.
    delivery: Option<i64>,
}

/// Sends a test event of the invented person “Test Lead” through the real public door.
#[utoipa::path(post, path = "/api/sources/{id}/test", tag = "sources", operation_id = "testSource", params(("id" = i64, Path)), request_body = Option<TestEvent>, responses((status = 200, body = Tested)))]
pub(in crate::http::api) async fn test(
    State(app): State<App>,
    PathId(id): PathId,
    MaybeTold(asked): MaybeTold<TestEvent>,
) -> Result<Json<Tested>, Problem> {
    let row = app.store.read(move |connection| sources::by_id(connection, id)).await?;
    if row.closed_at.is_some() {
        return Err(Problem::new(ProblemKind::Conflict, "The address of this source is closed."));
    }
    let provider = Provider::parse(&row.provider)
        .ok_or_else(|| Problem::new(ProblemKind::Internal, "This source is of a kind we do not know."))?;
    let closed = || {
        let why = app.hooks_problem.get().cloned();
        Problem::new(
            ProblemKind::Busy,
            why.unwrap_or_else(|| "The public door is not open yet. Try again in a moment.".into()),
        )
    };
    let (address, knock) = app.hooks_addr.get().zip(app.knock.get()).ok_or_else(closed)?;
    let event = given(asked.event);
    let known = provider.reader().events();
    if let Some(event) = &event
        && !known.is_empty()
        && !known.iter().any(|known| known.key == event)
    {
        return Err(unfit("This service has no such event."));
    }
    let sample = sample(&row, provider, event.as_deref());
    // The commit that holds it says at once that it is one.
    let _test = app.ingest.expect_test(id, sample.body.as_bytes());
    let answer = knock(*address, sample)
        .await
        .map_err(|error| Problem::new(ProblemKind::Busy, format!("The public door did not answer: {error}.")))?;
    let mut said: Value = serde_json::from_str(&answer.body).unwrap_or_else(|_| serde_json::json!({}));
    let delivery = said.get("delivery").and_then(Value::as_i64);
    if let Some(object) = said.as_object_mut() {
        object.insert("code".into(), answer.status.into());
    }
    Ok(Json(Tested { answer: said, delivery }))
}

/// The provider's own sample, signed as it would sign it.
pub(super) fn sample(row: &SourceRow, provider: Provider, event: Option<&str>) -> Sample {
    let reader = provider.reader();
    let now = clock::now();
    let (part, body) = reader.sample(event, now);
    let path = match part {
        Some(part) => format!("/hooks/{}/{part}", row.key),
        None => format!("/hooks/{}", row.key),
    };
    let mut headers = vec![("Content-Type".to_string(), "application/json".to_string())];
    if let Some(key) = row.signing_keys.first() {
        headers.extend(reader.sign(body.as_bytes(), &key.value, now));
    }
    if let Some(header) = row.auth_headers.first() {
        headers.push((header.name.clone(), header.value.clone()));
    }
    Sample { path, headers, body }
}
