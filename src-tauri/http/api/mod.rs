//! The private router: what the UI and scripts ask, one file per resource. Handlers hold no SQL and no
//! provider's words; what they say about themselves is the OpenAPI document the UI's types are made from.

mod actions;
pub(super) mod backups;
mod calls;
mod changes;
mod deliveries;
pub mod demo;
mod description;
mod doctor;
mod erase;
mod exports;
pub(super) mod extract;
mod gaps;
mod imports;
mod leads;
mod phone_display;
mod projection;
mod providers;
mod reports;
mod reps;
mod saved_reports;
mod search;
mod settings;
mod sources;
mod status;
mod timeline;
mod zones;

use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use tower::Layer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use description::openapi;

use super::{App, Problem, ProblemKind, ui};

fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(status::status))
        .routes(routes!(settings::change))
        .routes(routes!(providers::list))
        .routes(routes!(zones::list))
        .routes(routes!(zones::offsets))
        .routes(routes!(reps::list))
        .routes(routes!(sources::list, sources::add))
        .routes(routes!(sources::one, sources::change, sources::close))
        .routes(routes!(sources::test_event::test))
        .routes(routes!(leads::list))
        .routes(routes!(leads::one))
        .routes(routes!(leads::seen))
        .routes(routes!(erase::erase))
        .routes(routes!(erase::list))
        .routes(routes!(erase::retain))
        .routes(routes!(timeline::timeline))
        .routes(routes!(actions::act))
        .routes(routes!(actions::undo))
        .routes(routes!(calls::list))
        .routes(routes!(calls::one))
        .routes(routes!(search::search))
        .routes(routes!(deliveries::list))
        .routes(routes!(deliveries::one))
        .routes(routes!(deliveries::replay))
        .routes(routes!(doctor::look))
        .routes(routes!(doctor::reach))
        .routes(routes!(gaps::list))
        .routes(routes!(gaps::close))
        .routes(routes!(gaps::reopen))
        .routes(routes!(deliveries::would_undo_replay, deliveries::undo_replay))
        .routes(routes!(imports::list, imports::upload))
        .routes(routes!(imports::one, imports::remove))
        .routes(routes!(imports::preview))
        .routes(routes!(imports::start))
        .routes(routes!(imports::cancel))
        .routes(routes!(imports::would_undo, imports::undo))
        .routes(routes!(imports::rows))
        .routes(routes!(imports::mappings, imports::add_mapping))
        .routes(routes!(imports::drop_mapping))
        .routes(routes!(changes::changes))
        .routes(routes!(projection::projection))
        .routes(routes!(backups::list, backups::make))
        .routes(routes!(backups::one, backups::delete))
        .routes(routes!(backups::restore))
        .routes(routes!(backups::rewrite))
        .routes(routes!(backups::recover))
        .routes(routes!(reports::list))
        .routes(routes!(reports::one))
        .routes(routes!(reports::rows))
        .routes(routes!(exports::list, exports::begin))
        .routes(routes!(exports::one, exports::delete))
        .routes(routes!(exports::cancel))
        .routes(routes!(exports::file))
        .routes(routes!(saved_reports::list, saved_reports::add))
        .routes(routes!(saved_reports::change, saved_reports::delete))
        .routes(routes!(saved_reports::make))
        .routes(routes!(demo::start, demo::end))
}

/// The router of the private door, with the UI's files beside it.
pub fn api(app: App) -> Router {
    // Which data is asked is decided before a route is looked for: on a request that was matched already, the
    // parameters of its path would be read once more by the other router, and each `{id}` would be two.
    let shown = from_fn_with_state(app.clone(), demo::instead).layer(handlers(app));
    ui::with_headers(Router::new().fallback_service(shown))
}

/// The handlers on one data file, and the UI's files for every other address.
fn handlers(app: App) -> Router {
    let (router, _) = routes().split_for_parts();
    ui::beside(
        router
            .route("/api/openapi.json", get(|| async { Json(openapi()) }))
            .method_not_allowed_fallback(wrong_method)
            .with_state(app),
    )
}

async fn wrong_method() -> Response {
    Problem::new(ProblemKind::Method, "This address does not answer that method.").into_response()
}
