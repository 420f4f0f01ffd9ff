//! What stays of a delivery when some of what it told goes: all of it, nothing, or the other elements of a batch.

use crate::domain::event::EventId;
use crate::domain::redact::Needles;
use crate::ingest::body;
use crate::ingest::reading::{Reading, parts, read};
use crate::ingest::settle::{kept_headers, sent_of};
use crate::providers::Json;
use crate::store::erase::Rest;
use crate::store::{DeliveryRow, SourceRow, StoreError};

/// What is done to a delivery.
#[derive(Debug, Clone)]
pub(super) enum Cut {
    /// It stays as it came.
    Nothing,
    /// All of it goes.
    All,
    /// Only this stays.
    Rest(Rest),
}

/// What goes of a delivery.
#[derive(Debug, Clone)]
pub(super) struct Stripped {
    pub cut: Cut,
    /// The events in what goes.
    pub gone: Vec<EventId>,
    /// What goes though it cannot be read.
    pub unread: Vec<String>,
}

/// A text that cannot be read holds a number or mail of the person, however it is written.
pub(super) fn held_in(needles: &Needles, text: &str) -> bool {
    writings(text).iter().any(|text| needles.identify(text))
}

/// Takes out of a delivery the events that `goes` names, and what cannot be read and is `named`.
///
/// # Errors
/// [`StoreError::Internal`] where the rest cannot be written as JSON.
pub(super) fn strip(
    row: &DeliveryRow,
    source: &SourceRow,
    goes: &dyn Fn(EventId) -> bool,
    named: &dyn Fn(&str) -> bool,
) -> Result<Stripped, StoreError> {
    let headers = kept_headers(row);
    let sent = sent_of(row, source, &headers);
    let ids = |drafts: &[crate::domain::Draft]| -> Vec<EventId> {
        drafts.iter().map(|draft| EventId::of(&source.uid, &draft.key)).collect()
    };
    let mut stripped = Stripped { cut: Cut::Nothing, gone: Vec::new(), unread: Vec::new() };
    if let Some(found) = parts(&sent).filter(|found| found.parts.len() > 1) {
        let all = found.parts.len();
        let mut kept = Vec::with_capacity(all);
        for part in found.parts {
            let told = part.drafts.as_deref().map(ids);
            let goes = match &told {
                Some(told) => !told.is_empty() && told.iter().all(|id| goes(*id)),
                None => {
                    let text = serde_json::to_string(&part.json)?;
                    let named = named(&text);
                    if named {
                        stripped.unread.push(text);
                    }
                    named
                }
            };
            if goes { stripped.gone.extend(told.unwrap_or_default()) } else { kept.push(part.json) }
        }
        stripped.cut = match join(&kept) {
            _ if kept.len() == all => Cut::Nothing,
            None => Cut::All,
            Some(rest) => {
                let body = serde_json::to_vec(&rest)?;
                Cut::Rest(Rest { headers: serde_json::to_vec(&found.headers)?, body, event: found.event })
            }
        };
        return Ok(stripped);
    }
    match read(&sent) {
        Reading::Ok { drafts, .. } => {
            let told = ids(&drafts);
            if told.iter().all(|id| goes(*id)) {
                stripped = Stripped { cut: Cut::All, gone: told, unread: Vec::new() };
            }
        }
        Reading::Unreadable { .. } => {
            let plain = body::unpack_kept(&row.body, &headers).map(|(plain, _)| plain);
            let text = String::from_utf8_lossy(plain.as_deref().unwrap_or(&row.body)).into_owned();
            if named(&text) {
                stripped.cut = Cut::All;
                stripped.unread.push(text);
            }
        }
    }
    Ok(stripped)
}

/// Bodies of one element each, as one body again: lists in which they differ are laid together.
fn join(parts: &[Json]) -> Option<Json> {
    let (first, rest) = parts.split_first()?;
    Some(rest.iter().fold(first.clone(), |whole, part| lay_together(first, whole, part)))
}

fn lay_together(first: &Json, whole: Json, part: &Json) -> Json {
    match (whole, part) {
        (whole, part) if first == part => match (whole, part) {
            // The same element once more, at the place where elements stand.
            (Json::List(items), Json::List(more)) if items.len() != more.len() || items == *more => Json::List(items),
            (whole, _) => whole,
        },
        (Json::List(mut items), Json::List(more)) => {
            items.extend(more.iter().cloned());
            Json::List(items)
        }
        (Json::Object(pairs), Json::Object(others)) => {
            let lay =
                |(index, (key, value)): (usize, (String, Json))| match (others.get(index), first.pairs().get(index)) {
                    (Some((name, other)), Some((_, first))) if *name == key => (key, lay_together(first, value, other)),
                    _ => (key, value),
                };
            Json::Object(pairs.into_iter().enumerate().map(lay).collect())
        }
        (whole, _) => whole,
    }
}

/// The ways in which a text may be written that cannot be read as a whole: as it is, as a form, with escapes.
fn writings(text: &str) -> Vec<String> {
    let form: String =
        form_urlencoded::parse(text.as_bytes()).map(|(name, value)| format!("{name}={value}\n")).collect();
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\\u") {
        let (before, escape) = rest.split_at(at);
        plain.push_str(before);
        let code = escape.get(2..6).and_then(|hex| u32::from_str_radix(hex, 16).ok()).and_then(char::from_u32);
        match code {
            Some(c) => {
                plain.push(c);
                rest = &escape[6..];
            }
            None => {
                plain.push_str("\\u");
                rest = &escape[2..];
            }
        }
    }
    plain.push_str(rest);
    vec![text.to_string(), form, plain]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::providers::json::parse;

    fn json(text: &str) -> Json {
        parse(text.as_bytes()).unwrap().json
    }

    #[test]
    fn elements_are_laid_together_where_they_differ() {
        let parts = [r#"{"id":1,"x":["a"],"list":[{"n":1}]}"#, r#"{"id":1,"x":["a"],"list":[{"n":2}]}"#];
        let joined = join(&parts.map(json)).unwrap();
        assert_eq!(serde_json::to_string(&joined).unwrap(), r#"{"id":1,"x":["a"],"list":[{"n":1},{"n":2}]}"#);
        let three = join(&["[1]", "[2]", "[3]"].map(json)).unwrap();
        assert_eq!(serde_json::to_string(&three).unwrap(), "[1,2,3]");
        assert!(join(&[]).is_none());
    }

    #[test]
    fn a_number_is_found_however_it_is_written() {
        use crate::domain::event::{Body, Contact, Draft};
        let mut draft = Draft::new("k", "n", None, Body::Contact(Contact { contact_type: None }));
        draft.person.phones.push("+14045550187".into());
        draft.person.emails.push("jane@example.com".into());
        let event = crate::domain::Event {
            id: EventId::default(),
            source: 1,
            source_uid: "u".into(),
            provider: "p".into(),
            at: Default::default(),
            at_received: false,
            first_received: Default::default(),
            last_received: Default::default(),
            unsigned: false,
            draft,
        };
        let needles = Needles::of([&event]);
        let held = |text: &str| held_in(&needles, text);
        for text in [
            "x +14045550187 y",
            "(404) 555-0187",
            "caller=404.555.0187&x=1",
            "n=%2B1%20404%20555%200187",
            "n=%2B14045550187",
            "1-404-555-0187",
            "JANE@example.com",
            "jane%40example.com",
            "jane\\u0040example.com",
            "\\u002b14045550187",
        ] {
            assert!(held(text), "{text}");
        }
        for text in ["404 555 0188", "4045550", "id 94045550187123456789", "john@example.com", ""] {
            assert!(!held(text), "{text}");
        }
    }
}
