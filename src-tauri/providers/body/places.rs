//! Where in a raw body something stands, for people who look at what could not be read.

use std::borrow::Cow;

use super::{looks_like_form, squash};

/// Where a field stands in a raw body, for marking it: line and column, both from 1, the column in
/// characters. The first place where `field` is a JSON key as written; else the first key that is the
/// same apart from case and separators; else the same for the last part of a dotted path; else a form
/// field of that name.
pub fn place_of(raw: &[u8], field: &str) -> Option<(usize, usize)> {
    let last = field.rsplit('.').next().unwrap_or(field);
    let (exact, loose) = (key_text(field), key_text(last));
    let keys = keys(raw);
    let found = keys
        .iter()
        .find(|(_, key)| *key == exact)
        .or_else(|| keys.iter().find(|(_, key)| *key == loose))
        .or_else(|| keys.iter().find(|(_, key)| !squash(key).is_empty() && squash(key) == squash(&loose)))
        .map(|(offset, _)| *offset)
        .or_else(|| form_place(raw, last))?;
    Some(line_column(raw, found))
}

/// The line and column (both from 1, the column in characters) of a byte offset. An offset past the end
/// is the end.
pub fn line_column(raw: &[u8], offset: usize) -> (usize, usize) {
    let before = raw.get(..offset).unwrap_or(raw);
    let line = 1 + before.iter().filter(|b| **b == b'\n').count();
    let start = before.iter().rposition(|b| *b == b'\n').map_or(0, |newline| newline + 1);
    let column = 1 + String::from_utf8_lossy(&before[start..]).chars().count();
    (line, column)
}

/// A key as JSON writes it between the quotes, so that keys need not be unescaped to be compared.
pub(super) fn key_text(key: &str) -> String {
    let quoted = serde_json::to_string(key).unwrap_or_default();
    quoted.trim_start_matches('"').strip_suffix('"').unwrap_or_default().to_string()
}

/// Every JSON key with the offset of its opening quote, in order; also in bodies that are not quite JSON.
pub(super) fn keys(raw: &[u8]) -> Vec<(usize, Cow<'_, str>)> {
    let mut keys = Vec::new();
    let mut i = 0;
    while let Some(b) = raw.get(i) {
        if let Some(after) = after_comment(raw, i) {
            i = after;
        } else if *b == b'"' {
            let end = string_end(raw, i);
            if raw.get(after_blanks(raw, end + 1)) == Some(&b':') {
                keys.push((i, String::from_utf8_lossy(&raw[i + 1..end])));
            }
            i = end + 1;
        } else {
            i += 1;
        }
    }
    keys
}

/// The offset of the quote that closes the text opened at `start`, or the end of the body.
pub(super) fn string_end(raw: &[u8], start: usize) -> usize {
    let mut i = start + 1;
    while let Some(b) = raw.get(i) {
        match b {
            b'"' => return i,
            b'\\' => i += 2,
            _ => i += 1,
        }
    }
    raw.len()
}

pub(super) fn after_blanks(raw: &[u8], mut i: usize) -> usize {
    while let Some(b) = raw.get(i) {
        if let Some(after) = after_comment(raw, i) {
            i = after;
        } else if b.is_ascii_whitespace() || matches!(b, 0xc2 | 0xa0) {
            i += 1;
        } else {
            break;
        }
    }
    i
}

/// The offset after a `//` or `/* */` comment that begins at `i`.
pub(super) fn after_comment(raw: &[u8], i: usize) -> Option<usize> {
    let rest = raw.get(i..)?;
    let length = if rest.starts_with(b"//") {
        rest.iter().position(|b| *b == b'\n')
    } else if rest.starts_with(b"/*") {
        rest.windows(2).skip(2).position(|w| w == b"*/").map(|at| at + 4)
    } else {
        return None;
    };
    Some(i + length.unwrap_or(rest.len()))
}

/// The offset of a form field of that name.
pub(super) fn form_place(raw: &[u8], field: &str) -> Option<usize> {
    if !looks_like_form(raw) {
        return None;
    }
    let mut offset = 0;
    for part in raw.split(|b| *b == b'&') {
        let (name, _) = url::form_urlencoded::parse(part).next().unwrap_or_default();
        if !name.is_empty() && squash(&name) == squash(field) {
            return Some(offset);
        }
        offset += part.len() + 1;
    }
    None
}
