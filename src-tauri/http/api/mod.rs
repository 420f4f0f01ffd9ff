//! The private router: what the UI and scripts ask, one file per resource. Handlers hold no SQL and no
//! provider's words; what they say about themselves is the OpenAPI document the UI's types are made from.

mod actions;
mod ask;
mod calls;
mod changes;
mod deliveries;
pub mod demo;
mod leads;
mod projection;
mod providers;
mod search;
mod settings;
mod sources;
mod status;
mod timeline;

use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, Ref, ResponseBuilder};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{App, Kind, Problem, ui};

/// What went wrong.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
struct ProblemBody {
    /// A few words.
    title: String,
    /// One plain sentence for people.
    detail: String,
    /// `invalid`, `unauthorised`, `forbidden`, `not_found`, `conflict`, `too_large`, `too_many`, `busy` or
    /// `internal`.
    code: String,
}

fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(status::status))
        .routes(routes!(settings::change))
        .routes(routes!(providers::list))
        .routes(routes!(sources::list, sources::add))
        .routes(routes!(sources::one, sources::change, sources::close))
        .routes(routes!(sources::test))
        .routes(routes!(leads::list))
        .routes(routes!(leads::one))
        .routes(routes!(leads::seen))
        .routes(routes!(timeline::timeline))
        .routes(routes!(actions::act))
        .routes(routes!(actions::undo))
        .routes(routes!(calls::list))
        .routes(routes!(calls::one))
        .routes(routes!(search::search))
        .routes(routes!(deliveries::list))
        .routes(routes!(deliveries::one))
        .routes(routes!(deliveries::replay))
        .routes(routes!(changes::changes))
        .routes(routes!(projection::projection))
        .routes(routes!(demo::start, demo::end))
}

/// The router of the private door, with the UI's files beside it.
pub fn api(app: App) -> Router {
    ui::beside(handlers(app.clone()).layer(from_fn_with_state(app, demo::instead)))
}

/// The handlers on one data file.
fn handlers(app: App) -> Router {
    let (router, _) = routes().split_for_parts();
    router
        .route("/api/openapi.json", get(|| async { Json(openapi()) }))
        .method_not_allowed_fallback(wrong_method)
        .with_state(app)
}

async fn wrong_method() -> Response {
    Problem::new(Kind::Method, "This address does not answer that method.").into_response()
}

/// The API's description of itself.
pub fn openapi() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Leadtrail")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some("Leads, their timelines, and the deliveries behind them. Times are RFC 3339, UTC; money is integer cents; phones are E.164."))
        .build();
    let base = OpenApiBuilder::new().info(info).build();
    let (_, mut document) = OpenApiRouter::with_openapi(base).merge(routes()).split_for_parts();
    let components = document.components.get_or_insert_default();
    components.schemas.insert("Problem".into(), <ProblemBody as utoipa::PartialSchema>::schema());
    components
        .add_security_scheme("token", SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()));
    document.security = Some(vec![SecurityRequirement::new("token", Vec::<String>::new())]);
    // Said once, for everything may go wrong in the same way.
    let problem = ResponseBuilder::new()
        .description("It did not work; the problem says why.")
        .content(
            "application/problem+json",
            ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build(),
        )
        .build();
    for item in document.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.post, &mut item.patch, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            operation.responses.responses.insert("default".into(), problem.clone().into());
        }
    }
    document
}
