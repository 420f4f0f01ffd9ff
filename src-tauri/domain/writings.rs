//! The ways in which a text may be written: with escapes, entities, as a form or an address of the web, in base64, base32
//! or hexadecimal digits, in UTF-16, UTF-32 or Latin-1; and one within the other.

mod bases;
mod marks;

use self::bases::{base32, base64, hex};
use self::marks::{hexed, numbered, unescaped, wide_percents};

/// One writing within another, so deep.
const DEPTH: usize = 3;
/// Printable characters in a row that are a text, within bytes that are none.
const TEXT: usize = 6;

/// Bytes that are looked at as one text. What is made of them is many times as large.
pub const PIECE: usize = 256 * 1024;
/// Bytes at the end of a piece that are looked at again with the next: what stands across the border is seen whole.
const BORDER: usize = 16 * 1024;
/// Bytes in which a border between words is looked for.
const WORD: usize = 1024;

/// What the text says once it is decoded, in every way that it can be. Not the text itself.
pub(super) fn writings(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut layer = vec![text.to_string()];
    // None of these is longer decoded, and there is an end to how much is in it.
    for _ in 0..DEPTH {
        let mut within = Vec::new();
        for text in &layer {
            let plain = unmarked(text);
            let printed = quoted_printable(text).map(|text| unmarked(&text).unwrap_or(text));
            let seen = plain.as_deref().unwrap_or(text);
            within.push(in_base64(seen));
            within.push(wholly(hex(seen).into_iter().chain(base32(seen))));
            found.extend(plain.into_iter().chain(printed));
        }
        layer = within.into_iter().filter(|text| !text.is_empty()).collect();
        if layer.is_empty() {
            break;
        }
        found.extend(layer.iter().cloned());
    }
    found
}

/// Without percents, escapes and entities, one within the other; nothing where there are none.
fn unmarked(text: &str) -> Option<String> {
    let mut plain: Option<String> = None;
    for _ in 0..DEPTH {
        let mut now = plain.as_deref().unwrap_or(text).to_string();
        if now.contains("%u") || now.contains("%U") {
            now = wide_percents(&now);
        }
        if now.contains('%') {
            now = hexed(&now, b'%');
        }
        if now.contains('\\') {
            now = unescaped(&now);
        }
        if now.contains('&') {
            now = html_escape::decode_html_entities(&numbered(&now)).into_owned();
        }
        if now == plain.as_deref().unwrap_or(text) {
            break;
        }
        plain = Some(now);
    }
    plain
}

/// As mails write it: `=40`, and lines broken by `=`.
fn quoted_printable(text: &str) -> Option<String> {
    let code = |at: usize| {
        let two = text.as_bytes().get(at + 1..at + 3);
        two.is_some_and(|two| two.iter().all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(b)))
    };
    let coded = text.match_indices('=').any(|(at, _)| code(at)) || text.contains("=\n") || text.contains("=\r\n");
    coded.then(|| hexed(&text.replace("=\r\n", "").replace("=\n", ""), b'='))
}

/// What of the base64 in it is text.
fn in_base64(text: &str) -> String {
    let found = base64(text).into_iter().flat_map(|bytes| bytes_written(&bytes));
    found.map(|plain| texts(&plain)).filter(|plain| !plain.is_empty()).collect::<Vec<_>>().join("\n")
}

/// What is text as a whole, of bytes that were written in a way in which much else is written: digests, long words.
fn wholly(decoded: impl Iterator<Item = Vec<u8>>) -> String {
    let is_text = |text: &String| {
        let (all, seen) = text.chars().fold((0, 0), |(all, seen), c| (all + 1, seen + usize::from(is_seen(c))));
        seen >= TEXT && seen * 10 >= all * 9
    };
    decoded.flat_map(|bytes| bytes_written(&bytes)).filter(is_text).collect::<Vec<_>>().join("\n")
}

/// Bytes in pieces that are looked at one by one, so that what is made of many takes no more memory than of few.
pub(super) fn pieces(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(bytes);
    std::iter::from_fn(move || {
        let now = rest?;
        let Some(piece) = now.get(..PIECE).filter(|piece| piece.len() < now.len()) else {
            return rest.take();
        };
        let (end, next) = borders(piece);
        rest = now.get(next..);
        piece.get(..end)
    })
}

/// Where a piece of [`PIECE`] bytes ends that goes on, and where the next begins: between words, for a word that is cut in
/// two may look like another.
pub fn borders(piece: &[u8]) -> (usize, usize) {
    let between = |b: &u8| b.is_ascii_whitespace() || b",;&\"'<>".contains(b);
    let last = piece.len().saturating_sub(WORD);
    let end = piece.get(last..).and_then(|word| word.iter().rposition(between)).map_or(piece.len(), |at| last + at);
    let next = end.saturating_sub(BORDER);
    let begins = piece.get(next..end).and_then(|rest| rest.iter().take(WORD).position(between));
    (end, begins.map_or(next, |at| next + at))
}

/// Bytes as text: as UTF-8, and as Latin-1, UTF-16 or UTF-32 where they may be that.
pub(super) fn bytes_written(bytes: &[u8]) -> Vec<String> {
    let mut all = vec![String::from_utf8_lossy(bytes).into_owned()];
    let odd = bytes.iter().filter(|b| b.is_ascii_control() && !b.is_ascii_whitespace()).count();
    if odd * 16 <= bytes.len() && std::str::from_utf8(bytes).is_err() {
        all.push(legible(bytes));
    }
    let zeros = bytes.contains(&0);
    let marked = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    if zeros || marked {
        for shift in [0, 1] {
            for read in [u16::from_le_bytes as fn([u8; 2]) -> u16, u16::from_be_bytes] {
                let (units, _) = bytes.get(shift..).unwrap_or_default().as_chunks::<2>();
                let text: String =
                    char::decode_utf16(units.iter().map(|unit| read(*unit))).map(|c| c.unwrap_or('\u{fffd}')).collect();
                all.push(text);
            }
        }
    }
    // Of four bytes at least one is always zero, and of Latin letters three.
    if zeros && bytes.windows(2).any(|two| two == [0, 0]) {
        for shift in 0..4 {
            for read in [u32::from_le_bytes as fn([u8; 4]) -> u32, u32::from_be_bytes] {
                let (units, _) = bytes.get(shift..).unwrap_or_default().as_chunks::<4>();
                let chars = units.iter().map(|unit| char::from_u32(read(*unit)).unwrap_or('\u{fffd}'));
                all.push(chars.collect());
            }
        }
    }
    all
}

/// Bytes as UTF-8, and what is none as the letters of Windows-1252, which Latin-1 is a part of.
fn legible(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.push_str(&encoding_rs::WINDOWS_1252.decode_without_bom_handling(chunk.invalid()).0);
    }
    out
}

fn is_seen(c: char) -> bool {
    (c.is_whitespace() || !c.is_control()) && c != '\u{fffd}'
}

/// What of something decoded is text.
fn texts(plain: &str) -> String {
    let parts = plain.split(|c| !is_seen(c)).filter(|part| part.chars().count() >= TEXT);
    parts.collect::<Vec<_>>().join("\n")
}
