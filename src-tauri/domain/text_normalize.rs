//! Words and digits of a text whatever their writing: capitals, accents, widths and scripts aside.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A word or a number within a text.
#[derive(Debug, PartialEq)]
pub(super) struct Token {
    pub span: Range<usize>,
    /// Lower case, without accents.
    pub folded: String,
    pub digits: bool,
}

pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut list: Vec<Token> = Vec::new();
    let mut open = false;
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        if open && (is_combining_mark(c) || invisible(c)) {
            if let Some(last) = list.last_mut() {
                last.span.end = end;
            }
            continue;
        }
        if !c.is_alphanumeric() {
            open = false;
            continue;
        }
        let digits = c.is_numeric();
        match list.last_mut() {
            Some(last) if open && last.digits == digits => {
                last.span.end = end;
                fold_into(c, &mut last.folded);
            }
            _ => {
                let mut folded = String::new();
                fold_into(c, &mut folded);
                list.push(Token { span: at..end, folded, digits });
                open = true;
            }
        }
    }
    for token in &mut list {
        compose(&mut token.folded);
    }
    list
}

/// The text in lower case, without accents and without what is not seen.
pub(super) fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !is_combining_mark(*c) && !invisible(*c)) {
        fold_into(c, &mut out);
    }
    compose(&mut out);
    out
}

/// Hangul that some systems write letter by letter is written by syllables, so that no name begins another by accident.
fn compose(text: &mut String) {
    if text.contains(|c| matches!(c, '\u{1100}'..='\u{11ff}')) {
        *text = text.nfc().collect();
    }
}

fn is_syllable(c: char) -> bool {
    matches!(c, '\u{ac00}'..='\u{d7a3}')
}

fn fold_into(c: char, out: &mut String) {
    if c.is_ascii() {
        out.push(c.to_ascii_lowercase());
        return;
    }
    if is_syllable(c) {
        out.push(c);
        return;
    }
    for c in std::iter::once(c).nfkd().filter(|c| !is_combining_mark(*c)) {
        match c {
            'ß' | 'ẞ' => out.push_str("ss"),
            'ø' | 'Ø' => out.push('o'),
            'ł' | 'Ł' => out.push('l'),
            'æ' | 'Æ' => out.push_str("ae"),
            'œ' | 'Œ' => out.push_str("oe"),
            'ı' | 'İ' => out.push('i'),
            c => out.extend(c.to_lowercase().filter(|c| !is_combining_mark(*c))),
        }
    }
}

pub(super) fn invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{202a}'..='\u{202e}' | '\u{feff}')
}

/// Scripts that put no spaces between words.
pub(super) fn unspaced(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{2e80}'..='\u{d7ff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Scripts that write a family and a given name as one word: Chinese characters and Hangul.
pub(super) fn together(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// The figure a character stands for, in whatever script and width.
pub(super) fn digit(c: char) -> Option<char> {
    if c.is_ascii() {
        return c.is_ascii_digit().then_some(c);
    }
    if !c.is_numeric() {
        return None;
    }
    if let Some(plain) = std::iter::once(c).nfkd().next().filter(char::is_ascii_digit) {
        return Some(plain);
    }
    // Decimal digits stand in tens, each from its zero.
    let zero = ZEROS.iter().copied().find(|zero| (*zero..*zero + 10).contains(&u32::from(c)));
    Some(zero.and_then(|zero| char::from_digit(u32::from(c) - zero, 10)).unwrap_or('0'))
}

/// The zeros of scripts whose digits have no plain form (Unicode 16, `Nd`).
const ZEROS: [u32; 37] = [
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0, 0xf20,
    0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0,
    0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0x104a0, 0x11066,
];
