//! The ways in which a text may be written: with escapes, entities, as a form or an address of the web, in base64, in
//! UTF-16; and one within the other.

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// One writing within another, so deep.
const DEPTH: usize = 3;
/// Characters of base64 that may hold something worth looking at.
const LEAST: usize = 12;
/// Printable characters in a row that are a text, within bytes that are none.
const TEXT: usize = 6;

/// What the text says once it is decoded, in every way that it can be. Not the text itself.
pub(super) fn writings(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut layer = vec![text.to_string()];
    // Base64 is never longer decoded, and there is an end to how much is in it.
    for _ in 0..DEPTH {
        let mut within = Vec::new();
        for text in &layer {
            let plain = unmarked(text);
            let printed = quoted_printable(text).map(|text| unmarked(&text).unwrap_or(text));
            within.push(in_base64(plain.as_deref().unwrap_or(text)));
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

/// Bytes as text: as UTF-8, and as UTF-16 where they may be that.
pub(super) fn bytes_written(bytes: &[u8]) -> Vec<String> {
    let mut all = vec![String::from_utf8_lossy(bytes).into_owned()];
    let zeros = bytes.iter().filter(|b| **b == 0).count();
    let marked = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    if zeros > 0 || marked {
        for shift in [0, 1] {
            for read in [u16::from_le_bytes as fn([u8; 2]) -> u16, u16::from_be_bytes] {
                let (units, _) = bytes.get(shift..).unwrap_or_default().as_chunks::<2>();
                let text: String =
                    char::decode_utf16(units.iter().map(|unit| read(*unit))).map(|c| c.unwrap_or('\u{fffd}')).collect();
                all.push(text);
            }
        }
    }
    all
}

/// `%40` or `=40` as the bytes they stand for.
fn hexed(text: &str, mark: u8) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let code = code.filter(|_| *first == mark).and_then(|two| u8::from_str_radix(two, 16).ok());
        rest = match code {
            Some(byte) => {
                out.push(byte);
                after.get(2..).unwrap_or_default()
            }
            None => {
                out.push(*first);
                after
            }
        };
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// `\u0040`, `\x40` and `\/` as what they stand for.
fn unescaped(text: &str) -> String {
    let mut units: Vec<u16> = Vec::new();
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let flush = |units: &mut Vec<u16>, out: &mut String| {
        out.extend(char::decode_utf16(units.drain(..)).map(|c| c.unwrap_or('\u{fffd}')));
    };
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        if !before.is_empty() {
            flush(&mut units, &mut out);
            out.push_str(before);
        }
        let digits = match escape.as_bytes().get(1) {
            Some(b'u' | b'U') => 4,
            Some(b'x' | b'X') => 2,
            _ => 0,
        };
        let code = escape.get(2..2 + digits).filter(|_| digits > 0).and_then(|hex| u16::from_str_radix(hex, 16).ok());
        rest = match code {
            Some(unit) => {
                units.push(unit);
                escape.get(2 + digits..).unwrap_or_default()
            }
            None => {
                flush(&mut units, &mut out);
                // A quote or a slash stands for itself, a line break between words.
                match escape.chars().nth(1) {
                    Some('n' | 'r') => out.push('\n'),
                    Some('t' | 'b' | 'f') => out.push(' '),
                    Some(c) => out.push(c),
                    None => {}
                }
                escape.char_indices().nth(2).map_or("", |(at, _)| escape.get(at..).unwrap_or_default())
            }
        };
    }
    flush(&mut units, &mut out);
    out.push_str(rest);
    out
}

/// `&#64;` and `&#x40;` as the characters they stand for, also without the semicolon.
fn numbered(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("&#") {
        out.push_str(&rest[..at]);
        let after = &rest[at + 2..];
        let (digits, radix) = match after.strip_prefix(['x', 'X']) {
            Some(hex) => (hex, 16),
            None => (after, 10),
        };
        let end = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
        match u32::from_str_radix(&digits[..end], radix).ok().and_then(char::from_u32) {
            Some(c) => {
                out.push(c);
                rest = digits[end..].strip_prefix(';').unwrap_or(&digits[end..]);
            }
            None => {
                out.push_str("&#");
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// What base64 in the text stands for. It may begin anywhere within a longer one: so each row of its characters is read
/// from its first four on.
fn base64(text: &str) -> Vec<Vec<u8>> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let standard = GeneralPurpose::new(&STANDARD, config);
    let web = GeneralPurpose::new(&URL_SAFE, config);
    let one_of = |c: char| c.is_ascii_alphanumeric() || "+/-_".contains(c);
    let mut all = Vec::new();
    // Mails break it into lines.
    let joined: String = text.split(['\r', '\n']).collect();
    for row in joined.split(|c: char| !one_of(c)).filter(|row| row.len() >= LEAST) {
        // Words have no figures or capitals within, and ids are written in hexadecimal digits: nothing is in them.
        if row.bytes().all(|c| c.is_ascii_lowercase()) || row.bytes().all(|c| c.is_ascii_hexdigit() || c == b'-') {
            continue;
        }
        let engine = if row.contains(['-', '_']) { &web } else { &standard };
        for start in 0..4 {
            let piece = &row[start..];
            // One character over says nothing.
            let whole = piece.len() - usize::from(piece.len() % 4 == 1);
            all.extend(engine.decode(&piece[..whole]).ok());
        }
    }
    all
}

/// What of something decoded is text.
fn texts(plain: &str) -> String {
    let seen = |c: char| (c.is_whitespace() || !c.is_control()) && c != '\u{fffd}';
    let parts = plain.split(|c| !seen(c)).filter(|part| part.chars().count() >= TEXT);
    parts.collect::<Vec<_>>().join("\n")
}
