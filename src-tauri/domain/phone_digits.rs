//! Numbers to dial in a text, in any writing: with marks and blanks between the figures, in any script, or spoken.

mod fields;

use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

use super::text_normalize::{digit, invisible};
pub(super) use fields::in_fields;

/// From so many digits on it may be a number.
pub(super) const DIGITS: usize = 7;
/// Marks between two digits of one number.
const GAP: usize = 6;

/// Marks people write between the digits of a number.
const MARKS: &str = "-.()/+,*_~·•\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}\u{2015}\u{2212}\u{2043}\u{fe58}\u{fe63}\u{ff08}\u{ff09}\u{ff0b}\u{ff0c}\u{ff0d}\u{ff0e}\u{ff0f}\u{ff3f}";

/// Digits as they are said.
const SPOKEN: [(&str, char); 12] = [
    ("zero", '0'),
    ("oh", '0'),
    ("o", '0'),
    ("one", '1'),
    ("two", '2'),
    ("three", '3'),
    ("four", '4'),
    ("five", '5'),
    ("six", '6'),
    ("seven", '7'),
    ("eight", '8'),
    ("nine", '9'),
];

/// Digits with nothing but the marks of writing a number between them.
#[derive(Debug, Default)]
pub(super) struct DigitRun {
    /// ASCII.
    pub digits: String,
    /// Where digits begin that have a mark before them, and where the text ends that each group stands in.
    groups: Vec<(usize, Range<usize>)>,
    gap: usize,
    /// At least one was a word.
    pub spoken: bool,
}

impl DigitRun {
    fn push(&mut self, span: Range<usize>, digit: char) {
        match self.groups.last_mut() {
            Some((_, group)) if group.end == span.start && !self.spoken => group.end = span.end,
            _ => self.groups.push((self.digits.len(), span)),
        }
        self.digits.push(digit);
        self.gap = 0;
    }

    /// All of it, in the text.
    pub fn span(&self) -> Range<usize> {
        let ends = |group: Option<&(usize, Range<usize>)>| group.map_or(0..0, |(_, span)| span.clone());
        ends(self.groups.first()).start..ends(self.groups.last()).end
    }

    /// It holds the number `national` from the beginning of a group to the end of one, perhaps with a country code
    /// before it. A longer row of digits that only contains it is another thing.
    pub fn has(&self, national: &str) -> bool {
        let ends = self.groups.iter().skip(1).map(|(at, _)| *at).chain([self.digits.len()]);
        ends.into_iter().any(|end| {
            let before = self.groups.partition_point(|(at, _)| at + national.len() <= end);
            let begins = before.checked_sub(1).and_then(|last| self.groups.get(last)).map(|(at, _)| *at);
            let with_code = |from: usize| {
                let whole = self.digits.get(from..end).unwrap_or_default();
                whole.ends_with(national) && whole.len() <= national.len() + CODE
            };
            begins.is_some_and(with_code)
        })
    }
}

/// Digits of a country code with what is dialled before it.
const CODE: usize = 6;

/// Every run of digits in a text.
pub(super) fn digit_runs(text: &str) -> impl Iterator<Item = DigitRun> + '_ {
    let mut rest = text.char_indices().peekable();
    let mut run = DigitRun::default();
    let mut times = 1;
    let mut done = false;
    std::iter::from_fn(move || {
        while let Some((at, c)) = rest.next() {
            if let Some(digit) = digit(c) {
                for _ in 0..std::mem::replace(&mut times, 1) {
                    run.push(at..at + c.len_utf8(), digit);
                }
                continue;
            }
            let mut ends = false;
            if c.is_alphabetic() {
                let mut end = at + c.len_utf8();
                while let Some((next, c)) = rest.next_if(|(_, c)| c.is_alphabetic()) {
                    end = next + c.len_utf8();
                }
                let word = text.get(at..end).unwrap_or_default();
                let is = |other: &str| word.eq_ignore_ascii_case(other);
                if let Some((_, digit)) = SPOKEN.iter().find(|(spoken, _)| is(spoken)) {
                    run.spoken = true;
                    for _ in 0..times {
                        run.push(at..end, *digit);
                    }
                    times = 1;
                } else if is("double") || is("triple") {
                    times = if is("double") { 2 } else { 3 };
                } else {
                    times = 1;
                    ends = !((is("ext") || is("x")) && !run.digits.is_empty());
                }
            } else if !run.digits.is_empty() {
                run.gap += 1;
                let mark = c.is_whitespace() || is_combining_mark(c) || invisible(c) || MARKS.contains(c);
                ends = !mark || run.gap > GAP;
            }
            if ends && !run.digits.is_empty() {
                return Some(std::mem::take(&mut run));
            }
        }
        let last = !done && !run.digits.is_empty();
        done = true;
        last.then(|| std::mem::take(&mut run))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(text: &str) -> bool {
        digit_runs(text).any(|run| run.has("4045550187"))
    }

    #[test]
    fn a_number_is_one_in_any_writing() {
        for text in [
            "4045550187",
            "+14045550187",
            "(404) 555-0187",
            "404.555.0187 x12",
            "404/555/0187",
            "404,555,0187",
            "404_555_0187",
            "404\u{2012}555\u{2013}0187",
            "404\u{a0}555\u{2009}0187",
            "404\u{202f}555\u{2007}0187",
            "\u{ff14}\u{ff10}\u{ff14}\u{ff0d}\u{ff15}\u{ff15}\u{ff15}\u{ff0d}\u{ff10}\u{ff11}\u{ff18}\u{ff17}",
            "\u{664}\u{660}\u{664} \u{665}\u{665}\u{665} \u{660}\u{661}\u{668}\u{667}",
            "\u{1d7d2}\u{1d7ce}\u{1d7d2}5550187",
            "four oh four, five five five, zero one eight seven",
            "four zero four triple five oh one eight seven",
            "4 0 4 5 5 5 0 1 8 7",
            "83,404-555-0187,17",
            "678-555-0142 404-555-0187 678-555-0143",
            "001 404 555 0187",
        ] {
            assert!(has(text), "{text}");
        }
        for text in ["404 555 0188", "4045550", "94045550187123456789", "1404555018", "", "404 and 5550187"] {
            assert!(!has(text), "{text}");
        }
    }
}
