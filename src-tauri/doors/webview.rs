//! The window's door: Tauri's own scheme, answered by the routers' own code, without a socket.
//!
//! Only the window can reach it, and the window cannot leave it, so it needs no token.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderValue, Request, Response, Uri, header};
use axum::response::IntoResponse;
use axum::routing::post;
use http_body_util::BodyExt;
use tauri::{Manager, Runtime};
use tower::ServiceExt;
use url::Url;

use crate::http::problem::{self, Problem, ProblemKind};

/// The scheme, and the host it is spoken with.
pub const SCHEME: &str = "app";
const HOST: &str = "localhost";

/// The page the window opens at. Windows gives schemes of programs a host of their own.
pub fn address() -> Url {
    let address = if cfg!(windows) { format!("http://{SCHEME}.{HOST}/") } else { format!("{SCHEME}://{HOST}/") };
    #[expect(clippy::expect_used, reason = "two constants")]
    Url::parse(&address).expect("the window's own address is one")
}

/// Whether the window may go there: only to its own pages.
pub fn is_ours(url: &Url) -> bool {
    let home = address();
    (url.scheme(), url.host_str(), url.port()) == (home.scheme(), home.host_str(), home.port())
}

/// The routers behind the scheme.
#[derive(Clone)]
pub struct Door {
    router: Arc<RwLock<Router>>,
}

impl Door {
    /// The door to `api`, which also serves the UI's files.
    pub fn new(api: Router) -> Door {
        Door { router: Arc::new(RwLock::new(with_own(api))) }
    }

    /// Leads to `api` from now on: a damaged file was mended.
    pub fn lead_to(&self, api: Router) {
        *self.router.write().unwrap_or_else(PoisonError::into_inner) = with_own(api);
    }

    /// Answers one request of the page. The answer is whole: a scheme cannot stream.
    pub async fn answer(&self, request: Request<Vec<u8>>) -> Response<Vec<u8>> {
        let (mut parts, body) = request.into_parts();
        // `app://localhost/api/leads?q=x` is `/api/leads?q=x` to the router.
        let path = parts.uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
        parts.uri = Uri::from(path);
        // A router's errors are answers already.
        let router = self.router.read().unwrap_or_else(PoisonError::into_inner).clone();
        let answer = match router.oneshot(Request::from_parts(parts, Body::from(body))).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        };
        whole(answer).await
    }
}

fn with_own(api: Router) -> Router {
    let (opens, shows) = (api.clone(), api.clone());
    Router::new()
        .route("/api/open", post(open))
        .route("/api/exports/{id}/open", post(move |id| on_export(opens, id, Do::Open)))
        .route("/api/exports/{id}/show", post(move |id| on_export(shows, id, Do::Show)))
        .merge(api)
}

/// Lets the page reach the [`Door`] that the program manages; until there is one, the page is told to wait.
pub fn register<R: Runtime>(builder: tauri::Builder<R>) -> tauri::Builder<R> {
    builder.register_asynchronous_uri_scheme_protocol(SCHEME, |context, request, responder| {
        let door = context.app_handle().try_state::<Door>().map(|door| door.inner().clone());
        tauri::async_runtime::spawn(async move {
            responder.respond(match door {
                Some(door) => door.answer(request).await,
                None => whole(Problem::new(ProblemKind::Busy, "Leadtrail is still starting.").into_response()).await,
            });
        });
    })
}

async fn whole(answer: Response<Body>) -> Response<Vec<u8>> {
    let (parts, body) = answer.into_parts();
    match body.collect().await {
        Ok(body) => Response::from_parts(parts, body.to_bytes().to_vec()),
        Err(error) => {
            tracing::error!("an answer to the window broke off: {error}");
            let mut response = Response::new(b"The answer broke off.".to_vec());
            *response.status_mut() = Problem::new(ProblemKind::Internal, "").into_response().status();
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
            response
        }
    }
}

/// `POST /api/open {"url"}`: a recording or another link somebody clicked, in the system's browser. Leadtrail
/// itself never fetches it. Only the window has this: a browser opens links by itself.
async fn open(body: Bytes) -> Result<(), Problem> {
    #[derive(serde::Deserialize)]
    struct OpenRequest {
        url: String,
    }
    let asked: OpenRequest =
        serde_json::from_slice(&body).map_err(|_| Problem::invalid("Say which address to open."))?;
    let url = openable(&asked.url).ok_or_else(|| Problem::invalid("Only http and https addresses are opened."))?;
    let opened = tokio::task::spawn_blocking(move || tauri_plugin_opener::open_url(url.as_str(), None::<&str>)).await;
    match opened {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => {
            tracing::warn!("the system opened no browser: {error}");
            Err(Problem::new(ProblemKind::Internal, "No browser could be opened. Copy the link instead."))
        }
        Err(_) => Err(Problem::new(ProblemKind::Internal, "No browser could be opened. Copy the link instead.")),
    }
}

/// What the system is asked to do with a file that was made.
#[derive(Clone, Copy)]
enum Do {
    /// Open it in its program.
    Open,
    /// Show it in its folder.
    Show,
}

/// `POST /api/exports/{id}/open` and `…/show`: a file Leadtrail made, in the system's program or file manager. A window has
/// no downloads; a browser takes `…/file` instead. The path comes from our own list, never from the page.
async fn on_export(api: Router, Path(id): Path<String>, what: Do) -> Result<impl IntoResponse, Problem> {
    #[derive(serde::Deserialize)]
    struct ExportTarget {
        path: Option<PathBuf>,
    }
    let id: i64 = id.parse().map_err(|_| Problem::not_found("There is no such export."))?;
    let asked = Request::get(format!("/api/exports/{id}")).body(Body::empty());
    let asked = asked.map_err(|_| Problem::not_found("There is no such export."))?;
    let answer = match api.oneshot(asked).await {
        Ok(answer) => answer,
        Err(never) => match never {},
    };
    let found = answer.status().is_success();
    let body = answer.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let export: Option<ExportTarget> = if found { serde_json::from_slice(&body).ok() } else { None };
    let export = export.ok_or_else(|| Problem::not_found("There is no such export."))?;
    let path = export.path.ok_or_else(|| Problem::new(ProblemKind::Conflict, "This file is not made."))?;
    if !path.is_file() {
        return Err(Problem::not_found("The file is no longer where it was put. Make it again."));
    }
    let said = path.display().to_string();
    let done = tokio::task::spawn_blocking(move || match what {
        Do::Open => tauri_plugin_opener::open_path(path, None::<&str>),
        Do::Show => tauri_plugin_opener::reveal_item_in_dir(path),
    });
    match done.await {
        Ok(Ok(())) => Ok(problem::nothing()),
        Ok(Err(error)) => {
            tracing::warn!("the system opened no program for an export: {error}");
            Err(Problem::new(ProblemKind::Internal, format!("No program could be opened. The file is {said}.")))
        }
        Err(_) => Err(Problem::new(ProblemKind::Internal, format!("No program could be opened. The file is {said}."))),
    }
}

/// The address, if a browser may be given it.
fn openable(text: &str) -> Option<Url> {
    let url = Url::parse(text.trim()).ok()?;
    let web = matches!(url.scheme(), "http" | "https") && url.host_str().is_some_and(|host| !host.is_empty());
    web.then_some(url)
}

#[cfg(test)]
mod tests {
    use axum::extract::RawQuery;
    use axum::routing::get;

    use super::*;

    #[test]
    fn the_window_goes_nowhere_but_to_its_own_pages() {
        let ours = |address: &str| is_ours(&Url::parse(address).unwrap());
        assert!(is_ours(&address()));
        assert!(is_ours(&address().join("leads/4?q=x#y").unwrap()));
        for other in [
            "https://example.com/",
            "http://localhost/",
            "http://127.0.0.1:8788/",
            "tauri://localhost/",
            "app://elsewhere/",
            "app://localhost:1/",
            "file:///etc/passwd",
            "data:text/html,x",
            "javascript:alert(1)",
            "about:blank",
        ] {
            assert!(!ours(other), "{other} is not a page of ours");
        }
    }

    #[test]
    fn only_web_addresses_are_opened() {
        for good in ["https://app.callrail.com/recordings/1?x=%20", "http://example.com", " https://example.com/a "] {
            assert!(openable(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "recording",
            "/etc/passwd",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "data:text/html,x",
            "mailto:a@example.com",
            "smb://host/share",
            "app://localhost/api/leads",
            "-psn",
            "https://",
            "http:///",
        ] {
            assert!(openable(bad).is_none(), "{bad}");
        }
        // An argument for a program is not an address, whatever follows it.
        assert!(openable("--help https://example.com").is_none());
    }

    #[tokio::test]
    async fn a_request_of_the_page_reaches_the_router_as_a_path() {
        let echo = get(|RawQuery(query): RawQuery| async move { query.unwrap_or_default() })
            .post(|body: String| async move { body });
        let door = Door::new(Router::new().route("/api/echo", echo));
        let ask = |method: &str, uri: &str, body: &str| {
            Request::builder().method(method).uri(uri).body(body.as_bytes().to_vec()).unwrap()
        };

        let answer = door.answer(ask("GET", "app://localhost/api/echo?q=a%20b", "")).await;
        assert_eq!((answer.status().as_u16(), answer.body().as_slice()), (200, b"q=a%20b".as_slice()));
        let answer = door.answer(ask("POST", "http://app.localhost/api/echo", "body")).await;
        assert_eq!((answer.status().as_u16(), answer.body().as_slice()), (200, b"body".as_slice()));
        assert_eq!(door.answer(ask("GET", "app://localhost/nowhere", "")).await.status().as_u16(), 404);

        for body in ["", "{}", r#"{"url":"file:///etc/passwd"}"#, r#"{"url":"javascript:alert(1)"}"#] {
            let answer = door.answer(ask("POST", "app://localhost/api/open", body)).await;
            assert_eq!(answer.status().as_u16(), 400, "{body}");
        }
    }
}
