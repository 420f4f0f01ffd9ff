//! What stays of a delivery when some of what it told goes: all of it, nothing, or the other elements of a batch.

use super::packed::seen_within;
use crate::domain::event::EventId;
use crate::domain::identifiers::PersonIdentifiers;
use crate::ingest::body;
use crate::ingest::reading::{Reading, parts, read};
use crate::ingest::reading::{kept_headers, sent_of};
use crate::providers::{Headers, Json, Provider};
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

/// What cannot be read: a body or a part of one, and perhaps what came around it.
#[derive(Clone, Copy)]
pub(super) struct UnreadableBody<'a> {
    pub bytes: &'a [u8],
    /// Headers, the `{event}` of the address, the type of content; empty where only the body is meant.
    pub around: &'a str,
    /// What the source is called by itself, whoever else may say so.
    pub source: &'a str,
    /// How the body may still be packed.
    pub packed: Option<&'a Headers>,
}

impl<'a> UnreadableBody<'a> {
    /// A text of `source` that is not packed.
    pub fn text(text: &'a str, source: &'a SourceRow) -> UnreadableBody<'a> {
        UnreadableBody { bytes: text.as_bytes(), around: "", source: &source.uid, packed: None }
    }

    /// By what it is known in another file.
    pub fn name(&self) -> String {
        let body = String::from_utf8_lossy(self.bytes);
        if self.around.is_empty() { body.into_owned() } else { format!("{body}\n{}", self.around) }
    }

    /// It tells of the person; with what came around it, that does.
    pub fn tells_of(&self, person: &PersonIdentifiers) -> bool {
        let tells = |bytes: &[u8]| person.in_sent(bytes, self.source);
        match self.around {
            "" => tells(self.bytes) || self.packed.is_some_and(|headers| seen_within(self.bytes, headers, &tells)),
            // The body alone was asked about before.
            around => tells(around.as_bytes()),
        }
    }
}

/// The `{event}` of a delivery's address, as far as it is one of the service's.
pub(super) fn known_event<'a>(row: &'a DeliveryRow, source: &SourceRow) -> Option<&'a str> {
    let event = row.event.as_deref()?;
    let known = Provider::parse(&source.provider)?.reader().events();
    known.iter().any(|known| known.key == event).then_some(event)
}

/// Takes out of a delivery the events that `goes` names, and what cannot be read and is `named`.
///
/// # Errors
/// [`StoreError::Internal`] where the rest cannot be written as JSON.
pub(super) fn redact_delivery(
    row: &DeliveryRow,
    source: &SourceRow,
    goes: &dyn Fn(EventId) -> bool,
    named: &dyn Fn(&UnreadableBody<'_>) -> bool,
) -> Result<Stripped, StoreError> {
    let headers = kept_headers(row);
    let sent = sent_of(row, source, &headers);
    let ids = |drafts: &[crate::domain::ParsedEvent]| -> Vec<EventId> {
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
                    let named = named(&UnreadableBody::text(&text, source));
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
                let free = |text: &str| !named(&UnreadableBody::text(text, source));
                let mut headers = found.headers;
                headers.0.retain(|(name, value)| free(name) && free(value));
                let event = found.event.filter(|event| free(event));
                Cut::Rest(Rest { headers: serde_json::to_vec(&headers)?, body, event })
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
            let around = around(row, &headers);
            let body = UnreadableBody {
                bytes: plain.as_deref().unwrap_or(&row.body),
                around: "",
                source: &source.uid,
                packed: Some(&headers),
            };
            let whole = UnreadableBody { around: &around, ..body };
            // Where the body says nothing of anybody, many may be the same.
            if let Some(told) = [body, whole].into_iter().find(|told| named(told)) {
                stripped.cut = Cut::All;
                stripped.unread.push(told.name());
            }
        }
    }
    Ok(stripped)
}

/// What came around a body, line by line.
fn around(row: &DeliveryRow, headers: &Headers) -> String {
    let headers = headers.0.iter().map(|(name, value)| format!("{name}: {value}"));
    let more = [&row.event, &row.content_type].into_iter().flatten().cloned();
    headers.chain(more).collect::<Vec<_>>().join("\n")
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
}
