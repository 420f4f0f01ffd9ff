//! What services call a person, a call or a conversation of theirs.
//!
//! An id of letters and figures, long enough, is nobody else's. Any other is proof only in what the same source sends, and
//! only where a field says what it is the id of: other things have the same number.

use std::collections::{HashMap, HashSet};

use super::{apart, tokens};
use crate::domain::event::IdentityKind;

/// Characters of an id that nobody else has.
const UNLIKE: usize = 10;
/// Characters of an id with letters and figures that is proof in any field for an id.
const MIXED: usize = 5;
/// Bytes between a field's name and what it holds.
const GAP: usize = 8;
/// Bytes in which the name of the object is looked for that a field is of.
const OBJECT: usize = 400;

/// Ids by their first token, each with what it is the id of, and the source that says so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct OwnIds(HashMap<String, HashSet<(String, IdentityKind, String)>>);

impl OwnIds {
    pub(super) fn add(&mut self, source: &str, kind: IdentityKind, id: &str) {
        if let Some((_, first)) = words(id).next().filter(|(at, _)| *at == 0) {
            self.0.entry(first.to_string()).or_default().insert((source.into(), kind, id.into()));
        }
    }

    /// One of them stands in the text, which is of `source`.
    pub(super) fn stand_in(&self, text: &str, source: &str) -> bool {
        !self.0.is_empty()
            && words(text).any(|(at, word)| {
                self.0.get(word).into_iter().flatten().any(|(of, kind, id)| {
                    let whole = || {
                        text[at..].starts_with(id) && words(&text[at + id.len()..]).next().is_none_or(|(at, _)| at > 0)
                    };
                    whole() && (is_unlike(id) || (of == source && is_said(&text[..at], *kind, id)))
                })
            })
    }
}

/// Letters, figures and what joins them, with where each begins.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    let within = |b: &u8| b.is_ascii_alphanumeric() || b"-_.".contains(b);
    std::iter::from_fn(move || {
        let bytes = text.as_bytes();
        at += bytes.get(at..)?.iter().take_while(|b| !within(b)).count();
        let length = bytes.get(at..)?.iter().take_while(|b| within(b)).count();
        let word = text.get(at..at + length).filter(|word| !word.is_empty())?;
        let begins = at;
        at += length;
        Some((begins, word.trim_end_matches('.')))
    })
}

fn is_mixed(id: &str, least: usize) -> bool {
    let has = |what: fn(&u8) -> bool| id.as_bytes().iter().any(what);
    id.len() >= least && has(u8::is_ascii_alphabetic) && has(u8::is_ascii_digit)
}

fn is_unlike(id: &str) -> bool {
    is_mixed(id, UNLIKE)
}

/// A field before it says that it is the id of such a thing.
fn is_said(before: &str, kind: IdentityKind, id: &str) -> bool {
    let Some((start, name)) = field(before) else { return false };
    let words: Vec<String> = tokens(&apart(name)).into_iter().map(|token| token.folded).collect();
    let Some((last, of)) = words.split_last() else { return false };
    // `leadid` as well.
    let (is_id, of) = match ["uuid", "guid", "sid", "ids", "id"].iter().find_map(|end| last.strip_suffix(end)) {
        Some("") => (true, of.last().map(String::as_str)),
        Some(of) => (things(kind).contains(&of), Some(of)),
        None => (false, None),
    };
    match of {
        _ if !is_id => false,
        _ if is_mixed(id, MIXED) => true,
        Some(of) => things(kind).contains(&of),
        None => object(&before[..start]).is_some_and(|name| {
            let words = tokens(&apart(name));
            words.last().is_some_and(|word| things(kind).contains(&word.folded.as_str()))
        }),
    }
}

/// The name of the field that begins behind `before`, and where it stands.
fn field(before: &str) -> Option<(usize, &str)> {
    let bytes = before.as_bytes();
    let named = |b: &u8| b.is_ascii_alphanumeric() || b"-_.".contains(b);
    let gap = bytes.iter().rev().take(GAP + 1).take_while(|b| !named(b)).count();
    let end = bytes.len() - gap;
    let between = &bytes[end..];
    let says =
        gap <= GAP && between.iter().any(|b| b":=>".contains(b)) && !between.iter().any(|b| b",;{}&".contains(b));
    let length = bytes[..end].iter().rev().take(OBJECT).take_while(|b| named(b)).count();
    let name = before.get(end - length..end).filter(|name| says && !name.is_empty())?;
    Some((end - length, name))
}

/// The name of the object of which a field begins behind `before`.
fn object(before: &str) -> Option<&str> {
    let mut depth = 0;
    let bytes = before.as_bytes();
    for at in (bytes.len().saturating_sub(OBJECT)..bytes.len()).rev() {
        match bytes[at] {
            b'}' => depth += 1,
            b'{' if depth == 0 => return field(before.get(..at)?).map(|(_, name)| name),
            b'{' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// What senders call such a thing.
fn things(kind: IdentityKind) -> &'static [&'static str] {
    match kind {
        IdentityKind::Person => &["person", "people", "lead", "contact", "customer", "caller", "client", "visitor"],
        IdentityKind::Call => &["call", "session"],
        IdentityKind::Message => &["message", "msg", "sms"],
        IdentityKind::Conversation => &["conversation", "thread", "chat"],
        IdentityKind::Form => &["form", "submission"],
        IdentityKind::Phone | IdentityKind::Email | IdentityKind::Event | IdentityKind::Erased => &[],
    }
}
