//! A number whose digits stand in fields of their own, or one by one in a list: `"area":"404","number":"5550187"`.

use std::collections::HashSet;
use std::ops::Range;

use super::DigitRun;

/// From so many digits on, what is put together of several fields may be a number: fewer come together by accident.
const LEAST: usize = 9;
/// Bytes between two fields of one number.
const GAP: usize = 48;
/// What is written between two digits of a list, and around each.
const AROUND: &[u8] = b"\"'[](){},;|/\\-._+*~";

/// Fields that follow each other, of which one number may be made.
#[derive(Default)]
struct Chain {
    run: DigitRun,
    /// Where each begins in the run, and whether its name says that it comes before the others, as an area code does.
    fields: Vec<(usize, bool)>,
    names: HashSet<String>,
}

impl Chain {
    fn begin(span: Range<usize>, text: &str, name: &str) -> Chain {
        let mut chain = Chain::default();
        chain.add(span, text, Some(name));
        chain
    }

    /// Digits, with the name of the field that they are the beginning of.
    fn add(&mut self, span: Range<usize>, text: &str, name: Option<&str>) {
        if let Some(name) = name {
            let name = name.to_ascii_lowercase();
            self.fields.push((self.run.digits.len(), ["area", "npa", "prefix"].iter().any(|word| name.contains(word))));
            self.names.insert(name);
        }
        for (at, digit) in span.clone().zip(text.get(span).unwrap_or_default().chars()) {
            self.run.push(at..at + 1, digit);
        }
    }

    fn is(&self, fits: &dyn Fn(&DigitRun) -> bool) -> bool {
        if self.run.digits.len() < LEAST {
            return false;
        }
        // Also where the code of an area stands behind the rest.
        let turned = || {
            let end_of = |n: usize| self.fields.get(n).map_or(self.run.digits.len(), |(at, _)| *at);
            (1..self.fields.len()).filter(|n| self.fields.get(*n).is_some_and(|(_, before)| *before)).any(|n| {
                let whole = [end_of(n)..end_of(n + 1), end_of(n - 1)..end_of(n)];
                let mut run = DigitRun::default();
                for digits in whole.map(|span| self.run.digits.get(span).unwrap_or_default()) {
                    // Each is a group of its own.
                    let from = run.digits.len() * 2 + usize::from(!run.digits.is_empty());
                    digits.chars().enumerate().for_each(|(at, digit)| run.push(from + at..from + at + 1, digit));
                }
                run.digits.len() >= LEAST && fits(&run)
            })
        };
        fits(&self.run) || turned()
    }
}

/// What stands between two rows of digits.
#[derive(Default)]
struct Between<'a> {
    from: usize,
    words: usize,
    /// The last word.
    name: &'a str,
    /// Something says that the word is the name of a field.
    named: bool,
    braced: bool,
    odd: bool,
}

impl Between<'_> {
    /// The digits at `at`, one of them where `single`, go on with what was before.
    fn joins(&self, text: &[u8], at: usize, single: bool, chain: &Chain) -> bool {
        let gap = text.get(self.from..at).unwrap_or_default();
        if gap.len() > GAP {
            return false;
        }
        match self.words {
            0 => !self.odd,
            // The next item of a list begins with what the last one began with.
            _ if single => self.words <= 2 && self.named,
            1 | 2 => {
                let item = gap.windows(2).any(|two| two == b"\n-");
                let again = chain.names.contains(&self.name.to_ascii_lowercase());
                self.named && !self.braced && !item && !again
            }
            _ => false,
        }
    }
}

/// A number of which the digits stand in several fields or items is one that `fits`.
pub(in crate::domain) fn in_fields(text: &str, fits: &dyn Fn(&DigitRun) -> bool) -> bool {
    let bytes = text.as_bytes();
    let mut chain = Chain::default();
    let mut between = Between::default();
    let mut single = false;
    let mut at = 0;
    while let Some(first) = bytes.get(at) {
        if first.is_ascii_digit() {
            let length = bytes[at..].iter().take_while(|b| b.is_ascii_digit()).count();
            let alone = length == 1;
            let span = at..at + length;
            if !chain.run.digits.is_empty() && between.joins(bytes, at, single && alone, &chain) {
                chain.add(span, text, (between.words > 0).then_some(between.name));
            } else {
                if chain.is(fits) {
                    return true;
                }
                chain = Chain::begin(span, text, between.name);
            }
            single = alone;
            at += length;
            between = Between { from: at, ..Between::default() };
        } else if first.is_ascii_alphabetic() || *first == b'_' {
            let length = name_at(&bytes[at..]);
            between.name = text.get(at..at + length).unwrap_or_default();
            between.words += 1;
            at += length;
        } else {
            match first {
                b':' | b'=' | b'>' => {
                    between.named = true;
                    between.odd = true;
                }
                b'{' | b'}' => between.braced = true,
                _ => between.odd |= !first.is_ascii_whitespace() && !AROUND.contains(first),
            }
            at += 1;
        }
    }
    chain.is(fits)
}

/// How long the name of a field is: `area_code`, `phone[0]`.
fn name_at(rest: &[u8]) -> usize {
    let mut at = 0;
    while let Some(b) = rest.get(at) {
        let within = b.is_ascii_alphanumeric() || *b == b'_';
        let joint = b"-.".contains(b) && rest.get(at + 1).is_some_and(u8::is_ascii_alphanumeric);
        let index = || {
            let digits = rest.get(at + 1..)?.iter().take_while(|b| b.is_ascii_digit()).take(6).count();
            (rest.get(at + 1 + digits) == Some(&b']')).then_some(digits + 2)
        };
        at += match b {
            _ if within || joint => 1,
            b'[' => match index() {
                Some(length) => length,
                None => break,
            },
            _ => break,
        };
    }
    at
}
