//! Bytes written in letters and figures: base64, base32, hexadecimal digits.

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Characters that may hold something worth looking at.
const LEAST: usize = 12;
/// Marks between two bytes that are written one by one.
const GAP: usize = 3;

/// What base64 in the text stands for. It may begin anywhere within a longer one: so each row of its characters is read
/// from its first four on.
pub(super) fn base64(text: &str) -> Vec<Vec<u8>> {
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

/// What base32 in the text stands for. As with base64 it may begin anywhere within a longer one.
pub(super) fn base32(text: &str) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    let joined: String = text.split(['\r', '\n']).collect();
    let one_of = |c: char| c.is_ascii_alphabetic() || ('2'..='7').contains(&c);
    for row in joined.split(|c: char| !one_of(c)).filter(|row| row.len() >= LEAST) {
        let (small, large) =
            (row.contains(|c: char| c.is_ascii_lowercase()), row.contains(|c: char| c.is_ascii_uppercase()));
        if small == large {
            continue;
        }
        // Eight characters are five bytes.
        all.extend((0..8).filter_map(|start| row.get(start..)).map(from_base32));
    }
    all
}

fn from_base32(row: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(row.len() * 5 / 8);
    let (mut bits, mut held) = (0u32, 0);
    for c in row.bytes() {
        let five = match c {
            b'2'..=b'7' => c - b'2' + 26,
            _ => c.to_ascii_lowercase().saturating_sub(b'a'),
        };
        bits = bits << 5 | u32::from(five & 31);
        held += 5;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held & 255) as u8);
        }
    }
    out
}

/// What hexadecimal digits in the text stand for: in one row, or byte by byte (`0x44 0x6f`, `44:6f`).
pub(super) fn hex(text: &str) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    let (mut row, mut pieces, mut gap) = (Vec::new(), 0, 0);
    let mut flush = |row: &mut Vec<u8>, pieces: &mut usize| {
        if row.len() >= LEAST {
            all.push(from_hex(row));
            // What is torn may begin within a byte.
            if *pieces == 1 {
                all.push(from_hex(&row[1..]));
            }
        }
        row.clear();
        *pieces = 0;
    };
    let mut rest = text.as_bytes();
    while let Some(first) = rest.first() {
        if matches!(rest, [b'0', b'x' | b'X', ..]) {
            rest = rest.get(2..).unwrap_or_default();
            continue;
        }
        let length = rest.iter().take_while(|b| b.is_ascii_hexdigit()).count();
        // In `0x440x6f` the second nought is of what follows.
        let length =
            length - usize::from(length > 1 && matches!(rest.get(length - 1..), Some([b'0', b'x' | b'X', ..])));
        if length == 0 {
            gap += 1;
            let marks = first.is_ascii_whitespace() || b",:;-\"'[](){}|\\".contains(first);
            if !marks || gap > GAP {
                flush(&mut row, &mut pieces);
            }
            rest = rest.get(1..).unwrap_or_default();
            continue;
        }
        let (digits, after) = rest.split_at(length);
        if length % 2 == 1 {
            flush(&mut row, &mut pieces);
        }
        row.extend_from_slice(digits);
        pieces += 1;
        if length % 2 == 1 {
            flush(&mut row, &mut pieces);
        }
        gap = 0;
        rest = after;
    }
    flush(&mut row, &mut pieces);
    all
}

fn from_hex(row: &[u8]) -> Vec<u8> {
    let digit = |b: u8| char::from(b).to_digit(16).unwrap_or_default() as u8;
    let (pairs, _) = row.as_chunks::<2>();
    pairs.iter().map(|[high, low]| digit(*high) << 4 | digit(*low)).collect()
}
