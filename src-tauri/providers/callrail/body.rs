//! CallRail's bodies in one shape, whether they came as JSON or form-encoded, and the small readers
//! that know what CallRail writes where it has nothing to say.
//!
//! The documents and the published bodies are JSON. One receiver of 2026 reports form-encoded
//! bodies with `"true"`/`"false"` texts and keys such as `voice_assist_message: contents`; lists and
//! objects can then only stand in bracketed keys or as JSON inside a text. Both are read.

use std::borrow::Cow;

use chrono::{DateTime, Utc};

use super::{Json, Unreadable, json};
use crate::domain::event::{Attribution, IdentityKind, ParsedEvent};
use crate::providers::read;

/// Deeper keys than this are left as they are.
const MAX_PATH: usize = 8;

/// More keys than this are not nested, and more labels of one field not read: no body of CallRail's has
/// as many, and telling them apart takes the square of their number.
const MAX_ITEMS: usize = 2_000;

/// A body whose keys `a[b]`, `a[]` and `voice_assist_message: contents` are nested as they mean.
pub(super) fn unfold(body: &Json) -> Cow<'_, Json> {
    let Json::Object(pairs) = body else { return Cow::Borrowed(body) };
    if pairs.len() > MAX_ITEMS || !pairs.iter().any(|(key, _)| path_of(key).len() > 1) {
        return Cow::Borrowed(body);
    }
    let mut out = Vec::with_capacity(pairs.len());
    for (key, value) in pairs {
        put(&mut out, &path_of(key), value.clone());
    }
    Cow::Owned(Json::Object(out))
}

fn path_of(key: &str) -> Vec<&str> {
    if let Some((head, rest)) = key.split_once('[')
        && !head.is_empty()
        && let Some(inner) = rest.strip_suffix(']')
    {
        let path: Vec<&str> = std::iter::once(head).chain(inner.split("][")).collect();
        if path.len() <= MAX_PATH && !path.iter().any(|part| part.contains(['[', ']'])) {
            return path;
        }
    }
    match key.split_once(": ") {
        Some((head @ ("voice_assist_message" | "milestones"), tail)) => vec![head, tail],
        _ => vec![key],
    }
}

fn put(pairs: &mut Vec<(String, Json)>, path: &[&str], value: Json) {
    match path {
        [] => {}
        [name] => pairs.push((name.to_string(), value)),
        [name, rest @ ..] => {
            let wants_list = rest.first() == Some(&"");
            let found = pairs.iter().rposition(|(key, held)| {
                key == name && if wants_list { matches!(held, Json::List(_)) } else { matches!(held, Json::Object(_)) }
            });
            let index = found.unwrap_or_else(|| {
                let empty = if wants_list { Json::List(Vec::new()) } else { Json::Object(Vec::new()) };
                pairs.push((name.to_string(), empty));
                pairs.len() - 1
            });
            match pairs.get_mut(index).map(|(_, held)| held) {
                Some(Json::Object(inner)) => put(inner, rest, value),
                Some(Json::List(items)) => add(items, rest.get(1..).unwrap_or_default(), value),
                _ => {}
            }
        }
    }
}

/// Adds to a list: a value, or a field of its last object, or of a new one if that has the field.
fn add(items: &mut Vec<Json>, path: &[&str], value: Json) {
    let Some(field) = path.first() else {
        items.push(value);
        return;
    };
    let is_new = !matches!(items.last(), Some(Json::Object(inner)) if !inner.iter().any(|(key, _)| key == field));
    if is_new {
        items.push(Json::Object(Vec::new()));
    }
    if let Some(Json::Object(inner)) = items.last_mut() {
        put(inner, path, value);
    }
}

/// The value of a field, read once more where it is JSON inside a text.
pub(super) fn structured<'a>(body: &'a Json, key: &str) -> Option<Cow<'a, Json>> {
    let value = body.get(key)?;
    if let Json::Text(text) = value
        && text.trim_start().starts_with(['{', '['])
        && let Ok(parsed) = json::parse(text.as_bytes())
    {
        return Some(Cow::Owned(parsed.json));
    }
    Some(Cow::Borrowed(value))
}

/// The texts of a list, trimmed; a single text is a list of one. Tags of the REST API are objects
/// with a `name`.
pub(super) fn labels(body: &Json, key: &str) -> Vec<String> {
    let Some(value) = structured(body, key) else { return Vec::new() };
    let one = [value.as_ref().clone()];
    let items = if let Json::List(items) = value.as_ref() { items.as_slice() } else { &one };
    let mut out = Vec::new();
    for item in items.iter().take(MAX_ITEMS) {
        let text = match item {
            Json::Object(_) => read::text(item, "name"),
            item => item.to_text().map(|t| t.trim().to_string()),
        };
        if let Some(text) = text.filter(|t| !t.is_empty() && !out.contains(t)) {
            out.push(text);
        }
    }
    out
}

/// The text of a field exactly as it was sent, unless it is blank.
pub(super) fn verbatim(body: &Json, key: &str) -> Option<String> {
    body.get(key).and_then(Json::to_text)
}

/// The first of several fields that says something.
pub(super) fn first(body: &Json, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| read::word(body, key))
}

/// The value of a field that is not `null`, `""`, `[]` or `{}`.
pub(super) fn telling<'a>(body: &'a Json, key: &str) -> Option<Cow<'a, Json>> {
    structured(body, key).filter(|value| match value.as_ref() {
        Json::List(items) => !items.is_empty(),
        Json::Object(pairs) => !pairs.is_empty(),
        Json::Text(text) => !text.trim().is_empty(),
        value => value.says_something(),
    })
}

/// A time with its own offset, which is not the company's. `None` where there is none.
///
/// # Errors
/// The field is there and is no time.
pub(super) fn time(body: &Json, key: &str, what: &str) -> Result<Option<DateTime<Utc>>, Unreadable> {
    let Some(value) = telling(body, key) else { return Ok(None) };
    match value.to_text().as_deref().and_then(instant) {
        Some(at) => Ok(Some(at)),
        None => Err(Unreadable::at(key, format!("CallRail sent {what} we could not read."))),
    }
}

fn instant(text: &str) -> Option<DateTime<Utc>> {
    read::instant(text).or_else(|| {
        ["%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%d %H:%M:%S%.f %z"]
            .iter()
            .find_map(|format| DateTime::parse_from_str(text.trim(), format).ok())
            .map(|t| t.with_timezone(&Utc))
            .filter(read::is_sane)
    })
}

/// The ids of a thing, the one that names it first: `resource_id` is in every real body, `id` in
/// some documents.
pub(super) fn ids(body: &Json) -> Vec<String> {
    let mut ids: Vec<String> = ["resource_id", "id"].iter().filter_map(|key| read::word(body, key)).collect();
    ids.dedup();
    ids
}

/// CallRail's own ids of the person.
pub(super) fn link_person(draft: &mut ParsedEvent, body: &Json) {
    for key in ["person_resource_id", "person_id"] {
        if let Some(id) = read::word(body, key) {
            draft.add_identity(IdentityKind::Person, id);
        }
    }
}

/// Where the person came from. What the visit's own address says beats CallRail's words for it.
pub(super) fn attribution(body: &Json) -> Attribution {
    Attribution {
        source: first(body, &["utm_source", "source", "source_name"]),
        medium: first(body, &["utm_medium", "medium", "referrermedium"]),
        campaign: first(body, &["utm_campaign", "campaign"]),
        term: first(body, &["utm_term", "keywords"]),
        content: first(body, &["utm_content"]),
        landing_page: first(body, &["landing_page_url", "landingpage", "landing"]),
        referrer: first(body, &["referring_url", "referrer_url", "referrer", "referrer_domain"]),
        gclid: first(body, &["gclid"]),
    }
}
