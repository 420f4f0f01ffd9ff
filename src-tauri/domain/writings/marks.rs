//! Characters written by marks: percents, backslashes, entities.

use super::legible;

/// `%40` or `=40` as the bytes they stand for.
pub(super) fn hexed(text: &str, mark: u8) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).filter(|two| *first == mark && two.iter().all(u8::is_ascii_hexdigit));
        let code = code.and_then(|two| std::str::from_utf8(two).ok()).and_then(|two| u8::from_str_radix(two, 16).ok());
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
    legible(&out)
}

/// `%u0040`, as old scripts write it, as `\u0040`.
pub(super) fn wide_percents(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let coded = rest.as_bytes().get(at + 1..at + 6).is_some_and(|code| {
            matches!(code.first(), Some(b'u' | b'U')) && code.iter().skip(1).all(u8::is_ascii_hexdigit)
        });
        out.push_str(if coded { "\\u" } else { "%" });
        rest = &rest[at + if coded { 2 } else { 1 }..];
    }
    out.push_str(rest);
    out
}

/// What a backslash and what follows it stands for.
enum Escape {
    /// A unit of UTF-16.
    Unit(u16),
    Byte(u8),
    Char(char),
}

/// The escape at the beginning of a text, and how long it is.
fn escape(text: &str) -> Option<(Escape, usize)> {
    let kind = *text.as_bytes().get(1)?;
    let digits = |from: usize, to: usize, radix: u32| {
        let code = text.get(from..to).filter(|code| code.chars().all(|c| c.is_digit(radix)))?;
        u32::from_str_radix(code, radix).ok()
    };
    let braced = || {
        let end = text.bytes().take(12).position(|b| b == b'}')?;
        let code = digits(3, end, 16).filter(|_| text.as_bytes().get(2) == Some(&b'{'))?;
        Some((Escape::Char(char::from_u32(code)?), end + 1))
    };
    let byte = |code: Option<u32>, len: usize| Some((Escape::Byte(u8::try_from(code?).ok()?), len));
    let unit = || Some((Escape::Unit(u16::try_from(digits(2, 6, 16)?).ok()?), 6));
    match kind {
        b'u' => braced().or_else(unit),
        b'U' => {
            let long = digits(2, 10, 16).and_then(char::from_u32).map(|c| (Escape::Char(c), 10));
            long.or_else(unit)
        }
        b'x' | b'X' => braced().or_else(|| byte(digits(2, 4, 16), 4)),
        b'0'..=b'3' => byte(digits(1, 4, 8), 4),
        _ => None,
    }
}

/// `\u0040`, `\x40`, `\100` and `\/` as what they stand for.
pub(super) fn unescaped(text: &str) -> String {
    let (mut units, mut bytes): (Vec<u16>, Vec<u8>) = (Vec::new(), Vec::new());
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    // A character may be written by several escapes in a row.
    let flush = |units: &mut Vec<u16>, bytes: &mut Vec<u8>, out: &mut String| {
        out.extend(char::decode_utf16(units.drain(..)).map(|c| c.unwrap_or('\u{fffd}')));
        out.push_str(&legible(bytes));
        bytes.clear();
    };
    while let Some(at) = rest.find('\\') {
        let (before, escaped) = rest.split_at(at);
        if !before.is_empty() {
            flush(&mut units, &mut bytes, &mut out);
            out.push_str(before);
        }
        let found = escape(escaped);
        let length = found.as_ref().map(|(_, length)| *length);
        match found.map(|(code, _)| code) {
            Some(Escape::Unit(unit)) => {
                if !bytes.is_empty() {
                    flush(&mut units, &mut bytes, &mut out);
                }
                units.push(unit);
            }
            Some(Escape::Byte(byte)) => {
                if !units.is_empty() {
                    flush(&mut units, &mut bytes, &mut out);
                }
                bytes.push(byte);
            }
            Some(Escape::Char(c)) => {
                flush(&mut units, &mut bytes, &mut out);
                out.push(c);
            }
            None => {
                flush(&mut units, &mut bytes, &mut out);
                // A quote or a slash stands for itself, a line break between words.
                match escaped.chars().nth(1) {
                    Some('n' | 'r') => out.push('\n'),
                    Some('t' | 'b' | 'f') => out.push(' '),
                    Some(c) => out.push(c),
                    None => {}
                }
            }
        }
        let length = length.or_else(|| escaped.char_indices().nth(2).map(|(at, _)| at));
        rest = length.and_then(|length| escaped.get(length..)).unwrap_or_default();
    }
    flush(&mut units, &mut bytes, &mut out);
    out.push_str(rest);
    out
}

/// `&#64;` and `&#x40;` as the characters they stand for, also without the semicolon.
pub(super) fn numbered(text: &str) -> String {
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
