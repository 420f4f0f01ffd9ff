//! The private port of the headless server: token, session or ticket, `Host`, `Origin`.
//!
//! The token keeps other users and programs of the machine out; the list of hosts keeps out web pages that
//! point a name of theirs at this machine (DNS rebinding). There is no cookie: a browser would send it to every port of
//! this machine, and the token with it. What lets a page in stands in the storage of its origin, which includes the
//! port, and goes out as `Authorization` only. No header lets another origin read anything.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::JsonRejection;
use axum::extract::{Request, State};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::access::{Access, Holds, TICKET_LIFE};
use super::limits::Limits;
use super::serve::serve_router;
use crate::http::Caller;
use crate::http::budget;
use crate::http::problem::{Problem, ProblemKind, created};

/// A person's browsers and a few scripts. What a request may take is its handler's business: reports, exports and
/// long polls take their time.
const LIMITS: Limits = Limits {
    connections: budget::PEOPLE,
    head: Duration::from_secs(20),
    request: None,
    idle: Duration::from_secs(120),
    drain: Duration::from_secs(10),
    hears_out: false,
};

/// How long whoever comes with a wrong token waits for the answer: one after the other, whoever they are.
const SLOWLY: Duration = Duration::from_millis(250);
/// So many may wait for that; who comes beyond them is sent away at once.
const QUEUE: usize = 8;
/// Where a page trades the token for a session.
const SESSION: &str = "/api/session";
/// Where a page gets a ticket for a download.
const TICKETS: &str = "/api/tickets";
/// The longest address a ticket is given for.
const LONGEST: usize = 4096;

struct AccessGuard {
    access: Arc<Access>,
    hosts: Vec<String>,
    /// Wrong tokens are answered one at a time.
    turn: Semaphore,
    queue: Semaphore,
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
///
/// # Errors
/// When the socket does not say where it listens.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    access: Arc<Access>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let port = listener.local_addr()?.port();
    serve_router(listener, guarded(router, access, port), stop, LIMITS).await;
    Ok(())
}

/// Puts the guards of the private port around `router`, and what only this port has beside it.
pub fn guarded(router: Router, access: Arc<Access>, port: u16) -> Router {
    let hosts = ["127.0.0.1", "localhost", "[::1]"].into_iter().map(|host| format!("{host}:{port}")).collect();
    let guard = AccessGuard { access: access.clone(), hosts, turn: Semaphore::new(1), queue: Semaphore::new(QUEUE) };
    Router::new()
        .route(SESSION, post(new_session))
        .route(TICKETS, post(new_ticket))
        .with_state(access)
        .merge(router)
        .layer(from_fn_with_state(Arc::new(guard), check))
}

/// A session, once.
#[derive(Serialize)]
struct NewSession {
    /// To be sent as `Authorization: Bearer`.
    session: String,
}

/// `POST /api/session`, with the token as `Authorization`: a session for the page that came by the link.
async fn new_session(State(access): State<Arc<Access>>) -> Result<Response, Problem> {
    let made = tokio::task::spawn_blocking(move || access.new_session()).await;
    let session = made.map_err(std::io::Error::other).flatten().map_err(no_secret)?;
    Ok(created(Json(NewSession { session })).into_response())
}

/// What a ticket is wanted for.
#[derive(Deserialize)]
struct TicketFor {
    /// Path and query of something the API answers to `GET`.
    address: String,
}

/// Where a link may lead, once.
#[derive(Serialize)]
struct NewTicket {
    /// The address with its ticket.
    address: String,
    /// How long it is good for.
    seconds: u64,
}

/// `POST /api/tickets {"address"}`: an address that a link or a player may open without `Authorization`, once.
async fn new_ticket(
    State(access): State<Arc<Access>>,
    asked: Result<Json<TicketFor>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(TicketFor { address }) =
        asked.map_err(|_| Problem::invalid("Say for which address the ticket is, as JSON."))?;
    let parsed = address.parse::<PathAndQuery>().ok().filter(|parsed| parsed.as_str() == address);
    let query = parsed.as_ref().and_then(PathAndQuery::query).unwrap_or_default();
    if address.len() > LONGEST || !address.starts_with("/api/") || parsed.is_none() || ticket_in(query).is_some() {
        return Err(Problem::invalid("A ticket is for an address of the API, such as /api/exports/1/file."));
    }
    let ticket = access.new_ticket(&address).map_err(no_secret)?;
    let and = if address.contains('?') { '&' } else { '?' };
    let address = format!("{address}{and}ticket={ticket}");
    Ok(created(Json(NewTicket { address, seconds: TICKET_LIFE.as_secs() })).into_response())
}

fn no_secret(error: std::io::Error) -> Problem {
    tracing::error!("nobody can be let in: {error}");
    Problem::new(ProblemKind::Internal, "Something went wrong inside Leadtrail. Its log says more.")
}

impl AccessGuard {
    fn knows_host(&self, host: &str) -> bool {
        self.hosts.iter().any(|known| known.eq_ignore_ascii_case(host))
    }

    /// What the `Authorization` of a request is.
    fn bearer(&self, headers: &HeaderMap) -> Holds {
        headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map_or(Holds::Nothing, |(_, given)| self.access.holds(given.trim()))
    }

    /// The answer to a token, session or ticket that is none. Who guesses waits in line with all who do; whoever
    /// holds the right one never does.
    async fn wrong(&self, caller: &Caller) -> Problem {
        caller.guessed_wrong();
        let Ok(_place) = self.queue.try_acquire() else {
            return Problem::new(ProblemKind::TooMany, "Too many wrong links were tried. Wait a little.");
        };
        let _turn = self.turn.acquire().await;
        tokio::time::sleep(SLOWLY).await;
        Problem::new(ProblemKind::Unauthorised, NOT_LET_IN)
    }

    async fn let_in(&self, request: &mut Request) -> Result<(), Problem> {
        let caller = Caller::of(request).cloned().unwrap_or_default();
        let path = request.uri().path();
        // The page itself says nothing of anybody: it is what asks for the key.
        if path != "/api" && !path.starts_with("/api/") {
            return Ok(());
        }
        if request.headers().contains_key(header::AUTHORIZATION) {
            let held = self.bearer(request.headers());
            if held == Holds::Token || (held == Holds::Session && path != SESSION) {
                caller.prove();
                return Ok(());
            }
            return Err(self.wrong(&caller).await);
        }
        if let Some((ticket, address)) = ticket_of(request.uri()) {
            if request.method() == Method::GET && self.access.redeem(&ticket, address.as_str()) {
                caller.prove();
                *request.uri_mut() = Uri::from(address);
                return Ok(());
            }
            return Err(self.wrong(&caller).await);
        }
        // Who brings nothing has not guessed, and need not wait: a browser before its first visit.
        Err(Problem::new(ProblemKind::Unauthorised, NOT_LET_IN))
    }
}

const NOT_LET_IN: &str = "Open the link that Leadtrail printed when it was started.";
const ANOTHER_PAGE: &str = "Another web page asked for this, so it was not done.";

async fn check(State(guard): State<Arc<AccessGuard>>, mut request: Request, next: Next) -> Response {
    let api = request.uri().path().starts_with("/api");
    let mut answer = match admitted(&guard, &mut request, api).await {
        Ok(()) => next.run(request).await,
        Err(problem) if api => problem.into_response(),
        Err(problem) => problem.into_page(),
    };
    // The link must not be told to whatever is opened next.
    answer.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    answer
}

async fn admitted(guard: &AccessGuard, request: &mut Request, api: bool) -> Result<(), Problem> {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    if !host.is_some_and(|host| guard.knows_host(host)) {
        return Err(Problem::new(ProblemKind::Forbidden, "Leadtrail only answers under this machine's own name."));
    }
    let writes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if writes && let Some(origin) = request.headers().get(header::ORIGIN) {
        let ours = origin
            .to_str()
            .ok()
            .and_then(|origin| origin.strip_prefix("http://"))
            .is_some_and(|host| guard.knows_host(host));
        if !ours {
            return Err(Problem::new(ProblemKind::Forbidden, ANOTHER_PAGE));
        }
    }
    if is_from_elsewhere(request, api) {
        return Err(Problem::new(ProblemKind::Forbidden, ANOTHER_PAGE));
    }
    guard.let_in(request).await
}

/// Whether a browser says that another site asks. Its pages may lead here, as any link may; they may not fetch, embed
/// or post. Programs that are no browsers do not say, and need the token like everybody.
fn is_from_elsewhere(request: &Request, api: bool) -> bool {
    let said = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let elsewhere = matches!(said("sec-fetch-site"), Some("cross-site" | "same-site"));
    let follows_link = request.method() == Method::GET && !api && said("sec-fetch-dest") == Some("document");
    elsewhere && !follows_link
}

/// The ticket of a query.
fn ticket_in(query: &str) -> Option<&str> {
    query.split('&').find_map(|pair| pair.strip_prefix("ticket="))
}

/// The ticket of an address, and the address without it.
fn ticket_of(uri: &Uri) -> Option<(String, PathAndQuery)> {
    let query = uri.query()?;
    let ticket = ticket_in(query)?.to_string();
    let rest: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with("ticket=")).collect();
    let path = uri.path();
    let address = if rest.is_empty() { path.to_string() } else { format!("{path}?{}", rest.join("&")) };
    Some((ticket, address.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::{Body, to_bytes};
    use axum::extract::RawQuery;
    use axum::routing::get;
    use serde_json::Value;
    use tower::ServiceExt;

    fn door() -> Router {
        let router = Router::new().route("/", get(|| async { "page" })).route(
            "/api/x",
            post(|| async { "done" }).get(|RawQuery(query): RawQuery| async { query.unwrap_or_default() }),
        );
        guarded(router, Arc::new(Access::with_token("secret")), 8788)
    }

    struct TestAnswer {
        status: u16,
        headers: HeaderMap,
        text: String,
    }

    impl TestAnswer {
        fn json(&self) -> Value {
            serde_json::from_str(&self.text).unwrap()
        }
    }

    async fn ask(door: &Router, method: &str, uri: &str, headers: &[(&str, &str)], body: &str) -> TestAnswer {
        let mut request = Request::builder().method(method).uri(uri).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = door.clone().oneshot(request.body(Body::from(body.to_string())).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        let text = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap();
        TestAnswer { status: parts.status.as_u16(), headers: parts.headers, text }
    }

    async fn status(method: &str, uri: &str, headers: &[(&str, &str)]) -> u16 {
        ask(&door(), method, uri, headers, "").await.status
    }

    const HOST: (&str, &str) = ("host", "127.0.0.1:8788");
    const BEARER: (&str, &str) = ("authorization", "Bearer secret");

    /// A session of `door`.
    async fn session(door: &Router) -> String {
        let answer = ask(door, "POST", SESSION, &[HOST, BEARER], "").await;
        assert_eq!(answer.status, 201);
        answer.json()["session"].as_str().unwrap().to_string()
    }

    /// The address with a ticket for it.
    async fn ticket(door: &Router, address: &str) -> String {
        let body = serde_json::json!({ "address": address }).to_string();
        let answer = ask(door, "POST", TICKETS, &[HOST, BEARER], &body).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.json()["address"].as_str().unwrap().to_string()
    }

    #[tokio::test]
    async fn without_the_token_nothing_is_read_but_the_page() {
        assert_eq!(status("GET", "/", &[HOST]).await, 200);
        for path in ["/api", "/api/", "/api/x", "/api/x?token=secret", SESSION, TICKETS] {
            for method in ["GET", "POST", "HEAD", "OPTIONS", "DELETE"] {
                assert_eq!(status(method, path, &[HOST]).await, 401, "{method} {path}");
            }
        }
        assert_eq!(status("POST", "/api/x", &[HOST, ("authorization", "Bearer wrong")]).await, 401);
        assert_eq!(status("POST", "/api/x", &[HOST, BEARER]).await, 200);
    }

    #[tokio::test]
    async fn the_link_is_traded_for_a_session_and_a_session_for_nothing() {
        let door = door();
        let session = session(&door).await;
        assert_ne!(session, "secret");
        let bearer = format!("Bearer {session}");
        let held = [HOST, ("authorization", bearer.as_str())];
        assert_eq!(ask(&door, "POST", "/api/x", &held, "").await.status, 200);
        assert_eq!(ask(&door, "POST", SESSION, &held, "").await.status, 401);
        let body = format!(r#"{{"address":"/api/x","token":"{session}"}}"#);
        assert_eq!(ask(&door, "POST", TICKETS, &held, &body).await.status, 201);
        assert_eq!(ask(&self::door(), "POST", "/api/x", &held, "").await.status, 401, "of another door");
    }

    #[tokio::test]
    async fn there_is_no_cookie_and_one_opens_nothing() {
        let door = door();
        let session = session(&door).await;
        for value in ["secret", &session] {
            for name in ["leadtrail_8788", "leadtrail", "session", "Authorization"] {
                let cookie = format!("{name}={value}");
                assert_eq!(ask(&door, "POST", "/api/x", &[HOST, ("cookie", &cookie)], "").await.status, 401);
            }
        }
        for (uri, headers) in [("/?token=secret", vec![HOST]), ("/api/x", vec![HOST, BEARER])] {
            let answer = ask(&door, "GET", uri, &headers, "").await;
            assert_eq!(answer.status, 200);
            assert!(!answer.headers.contains_key("set-cookie"));
            assert_eq!(answer.headers["referrer-policy"], "no-referrer");
        }
    }

    #[tokio::test]
    async fn a_ticket_reads_one_address_once_and_writes_nothing() {
        let door = door();
        let address = ticket(&door, "/api/x?a=1&b=%20").await;
        let answer = ask(&door, "GET", &address, &[HOST], "").await;
        assert_eq!((answer.status, answer.text.as_str()), (200, "a=1&b=%20"));
        assert_eq!(ask(&door, "GET", &address, &[HOST], "").await.status, 401, "once");

        let other = ticket(&door, "/api/x").await.replace("/api/x", "/api/x/more");
        assert_eq!(ask(&door, "GET", &other, &[HOST], "").await.status, 401);
        let address = ticket(&door, "/api/x").await;
        assert_eq!(ask(&door, "POST", &address, &[HOST], "").await.status, 401);
        let held = address.split_once("ticket=").unwrap().1;
        let bearer = format!("Bearer {held}");
        assert_eq!(ask(&door, "GET", "/api/x", &[HOST, ("authorization", &bearer)], "").await.status, 401);
        for (method, path) in [("POST", SESSION), ("POST", TICKETS), ("GET", SESSION)] {
            assert_eq!(ask(&door, method, &format!("{path}?ticket={held}"), &[HOST], "").await.status, 401);
        }
        for none in ["/", "//evil.example/api/x", "https://evil.example/api/x", "/api/x?ticket=1", "/api/x y", ""] {
            let body = serde_json::json!({ "address": none }).to_string();
            assert_eq!(ask(&door, "POST", TICKETS, &[HOST, BEARER], &body).await.status, 400, "{none}");
        }
    }

    #[tokio::test]
    async fn other_names_and_other_pages_are_kept_out() {
        for host in ["evil.example", "evil.example:8788", "127.0.0.1", "127.0.0.1:80", ""] {
            for path in ["/", "/api/x"] {
                assert_eq!(status("GET", path, &[("host", host), BEARER]).await, 403, "{host}");
            }
        }
        for origin in ["https://evil.example", "http://127.0.0.1:9", "null", "https://127.0.0.1:8788"] {
            for path in ["/api/x", SESSION, TICKETS] {
                assert_eq!(status("POST", path, &[HOST, BEARER, ("origin", origin)]).await, 403, "{origin}");
            }
        }
        let answer = ask(&door(), "POST", "/api/x", &[HOST, BEARER, ("origin", "http://localhost:8788")], "").await;
        assert_eq!(answer.status, 200);
        assert!(!answer.headers.keys().any(|name| name.as_str().starts_with("access-control")));
    }

    #[tokio::test]
    async fn pages_of_other_sites_may_link_here_and_no_more() {
        let site = |site: &'static str| ("sec-fetch-site", site);
        for elsewhere in ["cross-site", "same-site"] {
            assert_eq!(status("POST", "/api/x", &[HOST, BEARER, site(elsewhere)]).await, 403);
            for (dest, answer) in [("image", 403), ("iframe", 403), ("script", 403), ("document", 200)] {
                let headers = [HOST, site(elsewhere), ("sec-fetch-dest", dest)];
                assert_eq!(status("GET", "/", &headers).await, answer, "{dest}");
            }
            let door = door();
            let address = ticket(&door, "/api/x").await;
            let headers = [HOST, site(elsewhere), ("sec-fetch-dest", "document")];
            assert_eq!(ask(&door, "GET", &address, &headers, "").await.status, 403, "also with a ticket");
        }
        for ours in ["same-origin", "none"] {
            assert_eq!(status("POST", "/api/x", &[HOST, BEARER, site(ours)]).await, 200);
        }
    }

    #[tokio::test]
    async fn whoever_guesses_waits_in_line_and_the_right_token_never_does() {
        let door = door();
        let guesses = (0..QUEUE + 8).map(|_| {
            let door = door.clone();
            async move { ask(&door, "GET", "/api/x", &[HOST, ("authorization", "Bearer guess")], "").await.status }
        });
        let guesses = tokio::spawn(futures_util::future::join_all(guesses));
        tokio::task::yield_now().await;
        // All of them came before; none was answered that had to wait.
        assert_eq!(ask(&door, "POST", "/api/x", &[HOST, BEARER], "").await.status, 200);
        assert_eq!(ask(&door, "GET", "/api/x", &[HOST], "").await.status, 401);
        assert!(!guesses.is_finished());
        let mut answers = guesses.await.unwrap();
        answers.sort_unstable();
        assert_eq!(answers, [vec![401; QUEUE], vec![429; 8]].concat());
    }

    #[tokio::test]
    async fn only_this_machine_is_served() {
        assert!(bind("0.0.0.0:0".parse().unwrap()).await.is_err());
        assert!(bind("127.0.0.1:0".parse().unwrap()).await.is_ok());
    }
}
