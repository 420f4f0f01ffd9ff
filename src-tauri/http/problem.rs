//! What goes wrong, in plain words: the one place that knows HTTP status codes.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::figures::ReportError;
use crate::ingest::IngestError;
use crate::store::StoreError;

/// Seconds after which a busy answer may be tried again.
const RETRY_AFTER: u64 = 30;

/// An error as people and programs see it: `application/problem+json {title, detail, code}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What kind it is.
    pub kind: ProblemKind,
    /// One plain sentence.
    pub detail: String,
    /// Seconds to wait, for [`ProblemKind::TooMany`] and [`ProblemKind::Busy`].
    pub retry_after: Option<u64>,
}

/// Kinds of problems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // the words explain themselves
pub enum ProblemKind {
    Invalid,
    Unauthorised,
    Forbidden,
    NotFound,
    Method,
    TooSlow,
    Conflict,
    Unprocessable,
    TooLarge,
    TooMany,
    Busy,
    Internal,
}

impl ProblemKind {
    fn parts(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            ProblemKind::Invalid => (StatusCode::BAD_REQUEST, "invalid", "That does not fit"),
            ProblemKind::Unauthorised => (StatusCode::UNAUTHORIZED, "unauthorised", "Not let in"),
            ProblemKind::Forbidden => (StatusCode::FORBIDDEN, "forbidden", "Not allowed"),
            ProblemKind::NotFound => (StatusCode::NOT_FOUND, "not_found", "Not here"),
            ProblemKind::Method => (StatusCode::METHOD_NOT_ALLOWED, "invalid", "Not that way"),
            ProblemKind::TooSlow => (StatusCode::REQUEST_TIMEOUT, "invalid", "Too slow"),
            ProblemKind::Conflict => (StatusCode::CONFLICT, "conflict", "It is there already"),
            ProblemKind::Unprocessable => (StatusCode::UNPROCESSABLE_ENTITY, "invalid", "That does not fit"),
            ProblemKind::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too_large", "Too large"),
            ProblemKind::TooMany => (StatusCode::TOO_MANY_REQUESTS, "too_many", "Too many at once"),
            ProblemKind::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy", "Not now"),
            ProblemKind::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong"),
        }
    }

    /// The word in JSON.
    pub fn code(self) -> &'static str {
        self.parts().1
    }
}

impl Problem {
    /// A problem with one plain sentence for people.
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Problem {
        let retry_after = matches!(kind, ProblemKind::Busy | ProblemKind::TooMany).then_some(RETRY_AFTER);
        Problem { kind, detail: detail.into(), retry_after }
    }

    /// What was asked for makes no sense.
    pub fn invalid(detail: impl Into<String>) -> Problem {
        Problem::new(ProblemKind::Invalid, detail)
    }

    /// There is no such thing.
    pub fn not_found(detail: impl Into<String>) -> Problem {
        Problem::new(ProblemKind::NotFound, detail)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Problem {
        match error {
            // Also where the file is damaged or away: senders come again, and it may be mended by then.
            StoreError::Disk(_)
            | StoreError::Locked
            | StoreError::Busy
            | StoreError::Stopped
            | StoreError::Damaged(_)
            | StoreError::Displaced(..) => {
                // Said once where it begins: a full disk must not be filled with lines that say so.
                tracing::debug!("{error}");
                Problem::new(ProblemKind::Busy, error.to_string())
            }
            StoreError::NotFound(text) => Problem::new(ProblemKind::NotFound, text),
            StoreError::Conflict(text) => Problem::new(ProblemKind::Conflict, text),
            StoreError::Invalid(text) => Problem::new(ProblemKind::Invalid, text),
            StoreError::TooNew => {
                tracing::error!("{error}");
                Problem::new(ProblemKind::Conflict, error.to_string())
            }
            StoreError::Internal(_) => {
                tracing::error!("{error}");
                Problem::new(ProblemKind::Internal, "Something went wrong inside Leadtrail. Its log says more.")
            }
        }
    }
}

impl From<IngestError> for Problem {
    fn from(error: IngestError) -> Problem {
        match error {
            IngestError::Unverified(reason) => Problem::new(ProblemKind::Unauthorised, reason),
            IngestError::TooLarge => Problem::new(ProblemKind::TooLarge, error.to_string()),
            IngestError::Busy => Problem::new(ProblemKind::Busy, error.to_string()),
            IngestError::Action(error) => Problem::new(ProblemKind::Unprocessable, error.to_string()),
            IngestError::Store(error) => error.into(),
        }
    }
}

impl From<ReportError> for Problem {
    fn from(error: ReportError) -> Problem {
        match error {
            ReportError::Store(error) => error.into(),
            ReportError::Invalid(text) => Problem::invalid(text),
            ReportError::NotFound(text) => Problem::not_found(text),
        }
    }
}

/// An answer to a request that took something away.
pub fn nothing() -> impl IntoResponse {
    StatusCode::NO_CONTENT
}

/// An answer to a request that made something.
pub fn created(body: impl IntoResponse) -> impl IntoResponse {
    (StatusCode::CREATED, body)
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, code, title) = self.kind.parts();
        let body = serde_json::json!({ "title": title, "detail": self.detail, "code": code }).to_string();
        let mut response = (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// The answer to a page that is asked for again and has not changed.
pub fn not_modified() -> Response {
    StatusCode::NOT_MODIFIED.into_response()
}

impl Problem {
    /// The same for a person with a browser: a short page.
    pub fn into_page(self) -> Response {
        let (status, _, title) = self.kind.parts();
        let page = format!(
            "<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><h1>{title}</h1><p>{}</p></html>",
            self.detail.replace('&', "&amp;").replace('<', "&lt;")
        );
        let policy = (header::CONTENT_SECURITY_POLICY, "default-src 'none'; base-uri 'none'; frame-ancestors 'none'");
        (status, [policy], axum::response::Html(page)).into_response()
    }
}

/// What is kept but could not be read or verified yet: said with a status that senders take for a success.
pub fn accepted_for_later(body: &serde_json::Value) -> Response {
    (StatusCode::ACCEPTED, axum::Json(body)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_finds_no_reader_free_is_asked_to_come_again() {
        let response = Problem::from(StoreError::Busy).into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(response.headers().contains_key(header::RETRY_AFTER));
    }
}
