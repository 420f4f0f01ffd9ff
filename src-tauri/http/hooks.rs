//! The public router: it only appends, it can never read (law 5).
//!
//! A sender that holds a key is never told no but for what design.md lists: a body that is too large, a disk
//! that cannot take it, or what the owner set to refuse. Unknown keys all get the one answer that every
//! other address gets, and the looks into the file they cause are few.

use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use bytes::BytesMut;
use http_body_util::BodyExt;
use serde_json::json;

use super::problem::{Problem, ProblemKind, accepted_for_later};
use super::{App, Caller};
use crate::clock;
use crate::ingest::fair_share::Permit;
use crate::ingest::{IngestError, IngestOutcome, Receipt, WebhookRequest, budget};
use crate::providers::Headers;
use crate::store::SourceRow;

/// How long a body may take to come at most …
const BODY_TIME: Duration = Duration::from_secs(60);
/// … and how long at least, however little comes.
const PATIENCE: Duration = Duration::from_secs(10);
/// What buys a sender a second more. Bytes.
const DRIP: usize = 1024;
/// What of a body is taken without asking for room: as much as there are connections. Bytes.
const SMALL: usize = budget::BODY_BEGINS;
/// Memory for what goes beyond that of all bodies on their way, and how much of it is taken at once. Bytes.
pub(super) const BODIES: usize = budget::BODIES;
const UNIT: usize = 32 * 1024;
/// How long a body waits for room altogether. Its sender is slowed meanwhile; after that it is told to come again.
const ROOM_TIME: Duration = Duration::from_secs(30);
/// The longest word that is echoed back.
const ECHO: usize = 1024;
/// What is read of a body that is refused anyway, so that its sender gets to hear why.
const DRAINED: usize = 64 * 1024 * 1024;
const DRAIN_TIME: Duration = Duration::from_secs(10);

const NOWHERE: &str = "There is nothing at this address. Copy it again from Leadtrail.";

/// The router of the public door.
pub fn hooks(app: App) -> Router {
    Router::new().fallback(answer).with_state(app)
}

enum HookRoute<'a> {
    Health,
    Hook { key: &'a str, event: Option<&'a str> },
    Nowhere,
}

impl<'a> HookRoute<'a> {
    fn of(path: &'a str) -> HookRoute<'a> {
        if path == "/healthz" {
            return HookRoute::Health;
        }
        let Some(rest) = path.strip_prefix("/hooks/") else { return HookRoute::Nowhere };
        // Whoever pastes an address may leave a slash behind it.
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        match rest.split_once('/') {
            None if !rest.is_empty() => HookRoute::Hook { key: rest, event: None },
            Some((key, event)) if !key.is_empty() && !event.is_empty() && !event.contains('/') => {
                HookRoute::Hook { key, event: Some(event) }
            }
            _ => HookRoute::Nowhere,
        }
    }
}

async fn answer(State(app): State<App>, request: Request) -> Response {
    let path = request.uri().path().to_string();
    let method = request.method().clone();
    let reads = matches!(method, Method::GET | Method::HEAD);
    let mut response = match HookRoute::of(&path) {
        HookRoute::Health if reads => plain("ok"),
        HookRoute::Health => no_such_method("GET, HEAD"),
        HookRoute::Nowhere => Problem::not_found(NOWHERE).into_response(),
        HookRoute::Hook { key, event } if reads => {
            let (caller, query) = (Caller::of(&request).cloned(), request.uri().query().map(str::to_string));
            hello(&app, key, event, query.as_deref(), caller.as_ref()).await
        }
        HookRoute::Hook { key, event } if method == Method::POST => match post(&app, key, event, request).await {
            Ok(receipt) => receipt_response(&receipt),
            Err(problem) => problem.into_response(),
        },
        HookRoute::Hook { .. } => no_such_method("GET, HEAD, POST"),
    };
    if method == Method::HEAD {
        let body = std::mem::take(response.body_mut());
        if let Some(length) = HttpBody::size_hint(&body).exact() {
            response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        }
    }
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    );
    response
}

fn plain(text: impl Into<String>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text.into()).into_response()
}

fn no_such_method(allowed: &'static str) -> Response {
    let problem = Problem::new(ProblemKind::Method, "Webhooks are sent here with POST.");
    ([(header::ALLOW, allowed)], problem).into_response()
}

/// The source of the key, or the one answer for all.
async fn source_of(app: &App, key: &str, caller: Option<&Caller>) -> Result<std::sync::Arc<SourceRow>, Problem> {
    match app.addresses.find(key).await? {
        Some(source) => {
            caller.inspect(|caller| caller.prove_for(source.id));
            Ok(source)
        }
        // What is read then may be another file, which does not know everybody who holds a key.
        None if app.store.displaced().is_some() => Err(Problem::new(
            ProblemKind::Busy,
            "The data file is not in its place. Send the message again in a moment.",
        )),
        None => {
            caller.inspect(|caller| caller.guessed_wrong());
            app.ingest.refusals().count("wrong address", None);
            Err(Problem::not_found(NOWHERE))
        }
    }
}

/// Says that the address works, or echoes the word by which ASP.NET WebHooks senders make sure of it.
async fn hello(app: &App, key: &str, event: Option<&str>, query: Option<&str>, caller: Option<&Caller>) -> Response {
    let source = match source_of(app, key, caller).await {
        Ok(source) => source,
        Err(problem) => return problem.into_response(),
    };
    let word = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .find(|(name, value)| name.eq_ignore_ascii_case("echo") && !value.is_empty() && value.len() <= ECHO)
        .map(|(_, value)| value.into_owned());
    if let Some(word) = word {
        return plain(word);
    }
    let events = crate::providers::Provider::parse(&source.provider).map(|p| p.reader().events()).unwrap_or_default();
    match event {
        Some(event) if !events.iter().any(|known| known.key == event) => plain(
            "This address works, but its last part is not an event Leadtrail knows. Copy it again from Leadtrail.\n",
        ),
        None if !events.is_empty() => plain(
            "This address works. Leadtrail has a longer one for each kind of event: use those, so that it knows \
             which is which.\n",
        ),
        _ => plain("This address works. Leadtrail listens for webhooks here, sent with POST.\n"),
    }
}

async fn post(app: &App, key: &str, event: Option<&str>, request: Request) -> Result<Receipt, Problem> {
    let caller = Caller::of(&request).cloned();
    let (parts, body) = request.into_parts();
    let source = match source_of(app, key, caller.as_ref()).await {
        Ok(source) => source,
        Err(problem) => {
            drain(&parts.headers, body).await;
            return Err(problem);
        }
    };
    let sending = caller.as_ref().map(Sending::of);
    let values = app.settings.get();
    if let Some(per_minute) = values.rate_per_minute
        && let Err(seconds) = app.pace.pass(source.id, per_minute, Instant::now())
    {
        app.ingest.refusals().count("too many", Some(source.id));
        drain(&parts.headers, body).await;
        let mut problem = Problem::new(
            ProblemKind::TooMany,
            format!("This source may send {per_minute} messages a minute. Try again later."),
        );
        problem.retry_after = Some(seconds);
        return Err(problem);
    }
    let (limit, id) = (values.body_limit, source.id);
    let too_large = || {
        app.ingest.refusals().count("too large", Some(id));
        tracing::warn!("source {id} sent a message above the limit of {limit} bytes");
        Problem::new(ProblemKind::TooLarge, format!("The message is larger than {} MB.", megabytes(limit)))
    };
    let (bytes, room) = match read(app, id, &parts.headers, body, limit).await {
        Ok(read) => read,
        Err(BodyError::TooLarge) => return Err(too_large()),
        Err(BodyError::TooSlow) => {
            return Err(Problem::new(ProblemKind::TooSlow, "The message did not come to its end in time."));
        }
        Err(BodyError::NoRoom) => {
            app.ingest.refusals().count("no room", Some(id));
            return Err(Problem::new(
                ProblemKind::Busy,
                "So many large messages are on their way that this one had no room.",
            ));
        }
        Err(BodyError::Broken) => return Err(Problem::invalid("The message broke off.")),
    };
    // It is whole: from here on it is written, whoever else wants in.
    drop(sending);
    let headers = headers_of(&parts.headers);
    let incoming = WebhookRequest {
        event: event.map(decoded),
        content_type: headers.get("content-type").map(str::to_string),
        headers,
        body: bytes,
        received_at: clock::now(),
        source,
    };
    match app.ingest.accept_held(incoming, room).await {
        Err(IngestError::TooLarge) => Err(too_large()),
        received => Ok(received?),
    }
}

fn receipt_response(receipt: &Receipt) -> Response {
    let id = receipt.delivery;
    match &receipt.outcome {
        IngestOutcome::Accepted { events } => {
            axum::Json(json!({ "status": "accepted", "delivery": id, "events": events })).into_response()
        }
        IngestOutcome::Duplicate { events } => {
            axum::Json(json!({ "status": "duplicate", "delivery": id, "events": events })).into_response()
        }
        IngestOutcome::Quarantined { reason } => {
            accepted_for_later(&json!({ "status": "quarantined", "delivery": id, "reason": reason }))
        }
    }
}

/// While this is there, a body is on its way.
struct Sending(Caller);

impl Sending {
    fn of(caller: &Caller) -> Sending {
        caller.sends(true);
        Sending(caller.clone())
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        self.0.sends(false);
    }
}

enum BodyError {
    TooLarge,
    TooSlow,
    NoRoom,
    Broken,
}

/// The body, and the room it has. Most bodies are small, and as many as there are connections fit in any case. What is
/// large takes room as it comes, whatever its sender announced; where there is none its sender is not read any further.
async fn read(
    app: &App,
    source: i64,
    headers: &HeaderMap,
    body: Body,
    limit: usize,
) -> Result<(Bytes, Option<Permit>), BodyError> {
    let length = announced(headers);
    if length.is_some_and(|length| length > limit) {
        drain(headers, body).await;
        return Err(BodyError::TooLarge);
    }
    let most = length.unwrap_or(limit).next_multiple_of(UNIT);
    let mut room: Option<Permit> = None;
    let mut body = body;
    let mut bytes = BytesMut::with_capacity(length.unwrap_or(0).min(SMALL));
    let (begun, mut waited) = (Instant::now(), Duration::ZERO);
    loop {
        // A sender that drips is let go; one that is slow has all the time its bytes earn it. While there is no room
        // for it, it is we who are slow.
        let earned = PATIENCE + Duration::from_secs((bytes.len() / DRIP) as u64);
        let left = earned.min(BODY_TIME).saturating_sub(begun.elapsed().saturating_sub(waited));
        match tokio::time::timeout(left, body.frame()).await {
            Ok(Some(Ok(frame))) => {
                let Some(data) = frame.data_ref() else { continue };
                let come = bytes.len() + data.len();
                if come > limit {
                    drop(room);
                    drain(headers, body).await;
                    return Err(BodyError::TooLarge);
                }
                if come > SMALL {
                    let guest = room.get_or_insert_with(|| app.room.enter(source, most));
                    if let Some(more @ 1..) = come.checked_sub(guest.held()) {
                        let asked = Instant::now();
                        let given = guest.grow(more.next_multiple_of(UNIT));
                        let given = tokio::time::timeout(ROOM_TIME.saturating_sub(waited), given).await;
                        waited += asked.elapsed();
                        given.map_err(|_| BodyError::NoRoom)?;
                    }
                }
                bytes.extend_from_slice(data);
            }
            Ok(Some(Err(_))) => return Err(BodyError::Broken),
            Ok(None) => {
                if let Some(room) = &mut room {
                    room.settle();
                }
                return Ok((bytes.freeze(), room));
            }
            Err(_) => return Err(BodyError::TooSlow),
        }
    }
}

/// The length of the body, where its sender says it beforehand.
fn announced(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Reads on and forgets: a sender that is still sending when the answer comes may never see it. One that
/// waits for `100 Continue` has not begun, and need not.
async fn drain(headers: &HeaderMap, mut body: Body) {
    if headers.contains_key(header::EXPECT) {
        return;
    }
    let all = async {
        let mut left = DRAINED;
        while let Some(Ok(frame)) = body.frame().await {
            left = left.saturating_sub(frame.data_ref().map_or(0, Bytes::len));
            if left == 0 {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(DRAIN_TIME, all).await;
}

/// Header values as text; bytes beyond ASCII as Latin-1, which is what HTTP meant by them.
fn headers_of(headers: &HeaderMap) -> Headers {
    let text = |value: &HeaderValue| match std::str::from_utf8(value.as_bytes()) {
        Ok(text) => text.to_string(),
        Err(_) => value.as_bytes().iter().map(|byte| char::from(*byte)).collect(),
    };
    let pair = |(name, value): (&HeaderName, &HeaderValue)| (name.to_string(), text(value));
    Headers(headers.iter().map(pair).collect())
}

/// The last part of an address as it was meant.
fn decoded(part: &str) -> String {
    // `+` stands for itself in a path.
    let query = format!("{}=", part.replace('+', "%2B"));
    url::form_urlencoded::parse(query.as_bytes()).next().map_or_else(|| part.to_string(), |(name, _)| name.into_owned())
}

fn megabytes(bytes: usize) -> String {
    let tenths = bytes * 10 / (1024 * 1024);
    if tenths.is_multiple_of(10) { (tenths / 10).to_string() } else { format!("{}.{}", tenths / 10, tenths % 10) }
}
