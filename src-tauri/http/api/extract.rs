//! What was asked, read with a plain sentence where it makes no sense.

use std::str::FromStr;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header;
use axum::http::request::Parts;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde::de::DeserializeOwned;
use strum::VariantArray;

use crate::http::{Problem, ProblemKind};

/// The most rows of one page.
const MOST: i64 = 500;
/// The most bytes of a body that is no webhook.
const BODY: usize = 1024 * 1024;

/// The query of an address.
pub(super) struct QueryParams<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for QueryParams<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<QueryParams<T>, Problem> {
        Query::try_from_uri(&parts.uri)
            .map(|Query(query)| QueryParams(query))
            .map_err(|_| Problem::invalid("Part of the address cannot be read."))
    }
}

/// The number in the path.
pub(super) struct PathId(pub i64);

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<PathId, Problem> {
        let Path(text) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| nothing())?;
        text.parse().map(PathId).map_err(|_| nothing())
    }
}

/// The word in the path.
pub(super) struct PathName(pub String);

impl<S: Send + Sync> FromRequestParts<S> for PathName {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<PathName, Problem> {
        Path::<String>::from_request_parts(parts, state).await.map(|Path(text)| PathName(text)).map_err(|_| nothing())
    }
}

fn nothing() -> Problem {
    Problem::not_found("There is nothing at this address.")
}

/// A JSON body. Its content type has to say so, which keeps other sites' forms out.
pub(in crate::http) struct JsonBody<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<JsonBody<T>, Problem> {
        let bytes = json_body(request, state).await?;
        read(&bytes).map(JsonBody)
    }
}

/// A JSON body that may be missing.
pub(super) struct MaybeTold<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Default> FromRequest<S> for MaybeTold<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<MaybeTold<T>, Problem> {
        let empty = request.headers().get(header::CONTENT_TYPE).is_none();
        let bytes = if empty { whole(request, state).await? } else { json_body(request, state).await? };
        if bytes.is_empty() {
            return Ok(MaybeTold(T::default()));
        }
        if empty {
            return Err(not_json());
        }
        read(&bytes).map(MaybeTold)
    }
}

pub(super) async fn json_body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    let is_json = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
    if !is_json {
        return Err(not_json());
    }
    whole(request, state).await
}

async fn whole<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    let bytes = Bytes::from_request(request, state)
        .await
        .map_err(|_| Problem::new(ProblemKind::TooLarge, "That is too large, or it broke off."))?;
    if bytes.len() > BODY {
        return Err(Problem::new(ProblemKind::TooLarge, "That is too large."));
    }
    Ok(bytes)
}

fn not_json() -> Problem {
    Problem::invalid("Send JSON, with the content type application/json.")
}

pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(bytes).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => {
            // serde's words name the field, which helps whoever writes a script.
            let words = error.to_string();
            let words = words.split(" at line ").next().unwrap_or_default();
            Problem::new(ProblemKind::Unprocessable, format!("That does not fit: {words}."))
        }
        _ => Problem::invalid("The body is not valid JSON."),
    })
}

/// A filter's text, if it says anything.
pub(super) fn text(given: &Option<String>) -> Option<&str> {
    given.as_deref().map(str::trim).filter(|text| !text.is_empty())
}

/// A word of a small vocabulary that a body has to say; the sentence for any other names all of them.
pub(super) fn one_of<T>(what: &str, given: Option<&str>) -> Result<T, Problem>
where
    T: FromStr + VariantArray + Copy + Into<&'static str>,
{
    given.and_then(|word| word.parse().ok()).ok_or_else(|| {
        let all: Vec<&str> = T::VARIANTS.iter().map(|word| (*word).into()).collect();
        Problem::new(ProblemKind::Unprocessable, format!("“{what}” is one of {}.", all.join(", ")))
    })
}

/// A word of a small vocabulary.
pub(super) fn word<T: FromStr>(what: &str, given: &Option<String>) -> Result<Option<T>, Problem> {
    read_as(what, given, |word| word.parse().ok())
}

fn read_as<T>(what: &str, given: &Option<String>, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Problem> {
    let Some(word) = text(given) else { return Ok(None) };
    match parse(word) {
        Some(value) => Ok(Some(value)),
        None => {
            let short: String = word.chars().filter(|c| !c.is_control()).take(40).collect();
            Err(Problem::invalid(format!("“{short}” is no {what}.")))
        }
    }
}

/// `true` or `false`.
pub(super) fn flag(what: &str, given: &Option<String>) -> Result<Option<bool>, Problem> {
    read_as(what, given, |word| match word {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    })
}

/// A number.
pub(super) fn number(what: &str, given: &Option<String>) -> Result<Option<i64>, Problem> {
    word(what, given)
}

/// RFC 3339, or a day, which begins at midnight UTC.
pub(super) fn time(what: &str, given: &Option<String>) -> Result<Option<DateTime<Utc>>, Problem> {
    read_as(&format!("time we can read as “{what}”"), given, |word| {
        // A plus that was not escaped arrives as a blank.
        let word = word.replace(' ', "+");
        let exact = DateTime::parse_from_rfc3339(&word).ok().map(|time| time.to_utc());
        exact.or_else(|| {
            let day = word.parse::<NaiveDate>().ok()?;
            Some(day.and_time(NaiveTime::MIN).and_utc())
        })
    })
}

/// How many rows; between 1 and 500.
pub(super) fn limit(given: &Option<String>, usual: i64) -> Result<usize, Problem> {
    limit_to(given, usual, MOST)
}

/// How many rows; between 1 and `most`.
pub(super) fn limit_to(given: &Option<String>, usual: i64, most: i64) -> Result<usize, Problem> {
    let limit = number("number of rows", given)?.unwrap_or(usual).clamp(1, most);
    Ok(usize::try_from(limit).unwrap_or(1))
}
