//! The private port of the headless server: token, `Host`, `Origin`.
//!
//! The token keeps other users and programs of the machine out; the list of hosts keeps out web pages that
//! point a name of theirs at this machine (DNS rebinding); the check of `Origin` keeps them from writing with
//! the owner's cookie. No header lets another origin read anything.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio::net::TcpListener;

use super::serve::{Limits, serve_router};
use crate::http::Caller;
use crate::http::problem::{Kind, Problem};

/// A person's browsers and a few scripts. What a request may take is its handler's business: reports, exports and
/// long polls take their time.
const LIMITS: Limits = Limits {
    connections: 256,
    head: Duration::from_secs(20),
    request: None,
    idle: Duration::from_secs(120),
    drain: Duration::from_secs(10),
    hears_out: false,
};

/// How long whoever comes with a wrong token waits for the answer.
const SLOWLY: Duration = Duration::from_millis(250);

/// What the guard knows. The token itself is not kept, only its hash.
struct Guard {
    token: [u8; 32],
    cookie: String,
    hosts: Vec<String>,
}

/// Binds the private port. Only addresses of this machine: leads are nobody else's business.
///
/// # Errors
/// When the address is not a loopback one, is taken, or may not be used.
pub async fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    if !address.ip().is_loopback() {
        return Err(std::io::Error::new(
            std::io::ErrorKind::PermissionDenied,
            "the app is only served on this machine's own addresses, such as 127.0.0.1 or [::1]",
        ));
    }
    TcpListener::bind(address).await
}

/// Serves `router` behind the guards until `stop` resolves, then lets running requests finish.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    token: &str,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let port = listener.local_addr()?.port();
    serve_router(listener, guarded(router, token, port), stop, LIMITS).await;
    Ok(())
}

/// Puts the guards of the private port around `router`.
pub fn guarded(router: Router, token: &str, port: u16) -> Router {
    let hosts = ["127.0.0.1", "localhost", "[::1]"].into_iter().map(|host| format!("{host}:{port}")).collect();
    let guard = Guard {
        token: Sha256::digest(token.as_bytes()).into(),
        // Cookies do not know ports: two data folders on one machine need two names.
        cookie: format!("leadtrail_{port}"),
        hosts,
    };
    router.layer(from_fn_with_state(Arc::new(guard), check))
}

impl Guard {
    fn is_token(&self, given: &str) -> bool {
        let given: [u8; 32] = Sha256::digest(given.as_bytes()).into();
        bool::from(given.ct_eq(&self.token))
    }

    fn knows_host(&self, host: &str) -> bool {
        self.hosts.iter().any(|known| known.eq_ignore_ascii_case(host))
    }

    fn is_let_in(&self, headers: &HeaderMap) -> bool {
        let bearer = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .is_some_and(|(_, token)| self.is_token(token.trim()));
        bearer
            || headers
                .get_all(header::COOKIE)
                .iter()
                .filter_map(|value| value.to_str().ok())
                .flat_map(|value| value.split(';'))
                .filter_map(|pair| pair.trim().split_once('='))
                .any(|(name, value)| name == self.cookie && self.is_token(value))
    }
}

async fn check(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let api = request.uri().path().starts_with("/api");
    let refuse = |kind, detail: &str| {
        let problem = Problem::new(kind, detail);
        if api { problem.into_response() } else { problem.into_page() }
    };
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    if !host.is_some_and(|host| guard.knows_host(host)) {
        return refuse(Kind::Forbidden, "Leadtrail only answers under this machine's own name.");
    }
    let writes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if writes && let Some(origin) = request.headers().get(header::ORIGIN) {
        let ours = origin
            .to_str()
            .ok()
            .and_then(|origin| origin.strip_prefix("http://"))
            .is_some_and(|host| guard.knows_host(host));
        if !ours {
            return refuse(Kind::Forbidden, "Another web page asked for this, so it was not done.");
        }
    }
    if is_from_elsewhere(&request, api) {
        return refuse(Kind::Forbidden, "Another web page asked for this, so it was not done.");
    }
    let caller = Caller::of(&request).cloned().unwrap_or_default();
    if !api && let Some((token, rest)) = token_of(request.uri()) {
        if !guard.is_token(&token) {
            caller.guessed_wrong();
            tokio::time::sleep(SLOWLY).await;
            return refuse(Kind::Unauthorised, "This link is not the one Leadtrail printed when it was started.");
        }
        let cookie = format!("{}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=31536000", guard.cookie);
        let mut response = Redirect::to(&rest).into_response();
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().insert(header::SET_COOKIE, cookie);
        }
        response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        return response;
    }
    if !guard.is_let_in(request.headers()) {
        // Who brings nothing has not guessed, and need not wait: a browser before its first visit.
        if request.headers().contains_key(header::AUTHORIZATION) {
            caller.guessed_wrong();
            tokio::time::sleep(SLOWLY).await;
        }
        return refuse(Kind::Unauthorised, "Open the link that Leadtrail printed when it was started.");
    }
    caller.prove();
    next.run(request).await
}

/// Whether a browser says that another site asks. Its pages may lead here, as any link may; they may not fetch, embed
/// or post. Programs that are no browsers do not say, and need the token like everybody.
fn is_from_elsewhere(request: &Request, api: bool) -> bool {
    let said = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let elsewhere = matches!(said("sec-fetch-site"), Some("cross-site" | "same-site"));
    let follows_link = request.method() == Method::GET && !api && said("sec-fetch-dest") == Some("document");
    elsewhere && !follows_link
}

/// The token of `?token=…`, and the same address without it.
fn token_of(uri: &Uri) -> Option<(String, String)> {
    let pairs: Vec<(String, String)> = form_urlencoded::parse(uri.query()?.as_bytes()).into_owned().collect();
    let token = pairs.iter().find(|(name, _)| name == "token")?.1.clone();
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs.iter().filter(|(name, _)| name != "token"));
    let query = query.finish();
    // One slash only: `//host` would lead to another machine.
    let path = format!("/{}", uri.path().trim_start_matches('/'));
    Some((token, if query.is_empty() { path } else { format!("{path}?{query}") }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::routing::{get, post};
    use tower::ServiceExt;

    fn door() -> Router {
        let router = Router::new().route("/", get(|| async { "page" })).route("/api/x", post(|| async { "done" }));
        guarded(router, "secret", 8788)
    }

    async fn ask(method: &str, uri: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        door().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    const HOST: (&str, &str) = ("host", "127.0.0.1:8788");
    const BEARER: (&str, &str) = ("authorization", "Bearer secret");

    #[tokio::test]
    async fn without_the_token_nothing_is_read() {
        assert_eq!(ask("GET", "/", &[HOST]).await.status(), 401);
        assert_eq!(ask("GET", "/?token=wrong", &[HOST]).await.status(), 401);
        assert_eq!(ask("POST", "/api/x", &[HOST, ("authorization", "Bearer wrong")]).await.status(), 401);
        assert_eq!(ask("POST", "/api/x?token=secret", &[HOST]).await.status(), 401, "a link is for pages only");
        assert_eq!(ask("POST", "/api/x", &[HOST, BEARER]).await.status(), 200);
    }

    #[tokio::test]
    async fn the_link_becomes_a_cookie() {
        let answer = ask("GET", "/?token=secret&q=1", &[HOST]).await;
        assert_eq!(answer.status(), 303);
        assert_eq!(answer.headers()["location"], "/?q=1");
        let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_string();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"));
        let pair = cookie.split(';').next().unwrap();
        assert_eq!(ask("GET", "/", &[HOST, ("cookie", pair)]).await.status(), 200);
        assert_eq!(ask("GET", "//evil.example?token=secret", &[HOST]).await.headers()["location"], "/evil.example");
    }

    #[tokio::test]
    async fn other_names_and_other_pages_are_kept_out() {
        for host in ["evil.example", "evil.example:8788", "127.0.0.1", "127.0.0.1:80", ""] {
            assert_eq!(ask("GET", "/", &[("host", host), BEARER]).await.status(), 403, "{host}");
        }
        for origin in ["https://evil.example", "http://127.0.0.1:9", "null", "https://127.0.0.1:8788"] {
            assert_eq!(ask("POST", "/api/x", &[HOST, BEARER, ("origin", origin)]).await.status(), 403, "{origin}");
        }
        let answer = ask("POST", "/api/x", &[HOST, BEARER, ("origin", "http://localhost:8788")]).await;
        assert_eq!(answer.status(), 200);
        assert!(!answer.headers().keys().any(|name| name.as_str().starts_with("access-control")));
    }

    #[tokio::test]
    async fn pages_of_other_sites_may_link_here_and_no_more() {
        let site = |site: &'static str| ("sec-fetch-site", site);
        for elsewhere in ["cross-site", "same-site"] {
            assert_eq!(ask("POST", "/api/x", &[HOST, BEARER, site(elsewhere)]).await.status(), 403);
            assert_eq!(
                ask("GET", "/", &[HOST, BEARER, site(elsewhere), ("sec-fetch-dest", "image")]).await.status(),
                403
            );
            assert_eq!(
                ask("GET", "/", &[HOST, BEARER, site(elsewhere), ("sec-fetch-dest", "iframe")]).await.status(),
                403
            );
            let link = ask("GET", "/", &[HOST, BEARER, site(elsewhere), ("sec-fetch-dest", "document")]).await;
            assert_eq!(link.status(), 200);
        }
        for ours in ["same-origin", "none"] {
            assert_eq!(ask("POST", "/api/x", &[HOST, BEARER, site(ours)]).await.status(), 200);
        }
    }

    #[tokio::test]
    async fn wrong_tokens_wait_and_no_token_does_not() {
        let start = std::time::Instant::now();
        assert_eq!(ask("GET", "/", &[HOST]).await.status(), 401);
        assert!(start.elapsed() < SLOWLY);
        assert_eq!(ask("GET", "/", &[HOST, ("authorization", "Bearer guess")]).await.status(), 401);
        assert!(start.elapsed() >= SLOWLY);
    }

    #[tokio::test]
    async fn only_this_machine_is_served() {
        assert!(bind("0.0.0.0:0".parse().unwrap()).await.is_err());
        assert!(bind("127.0.0.1:0".parse().unwrap()).await.is_ok());
    }
}
