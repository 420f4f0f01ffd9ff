//! What somebody typed into a search box, as a query that is always safe to run, and the marks where it
//! was found. Both split text as the index does (unicode61, diacritics removed).

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use utoipa::ToSchema;

/// Words beyond these narrow nothing down any more.
const MOST_WORDS: usize = 12;
/// No word of the index that anybody types in full is longer.
const LONGEST_WORD: usize = 48;
/// Shorter beginnings stand in half of all texts: only whole words of that length are looked for in texts.
const SHORTEST_BEGINNING: usize = 3;
/// Characters shown around the first mark.
const SNIPPET: usize = 180;

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchQuery {
    words: Vec<String>,
    /// Runs of digits of a number, where it looks like one.
    numbers: Vec<String>,
}

/// A piece of a text, and whether it is what was looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TextPiece {
    /// The words.
    pub text: String,
    /// It is what was looked for.
    pub hit: bool,
}

impl SearchQuery {
    /// `None` where there is nothing to look for.
    pub fn of(text: &str) -> Option<SearchQuery> {
        let words: Vec<String> = tokens(text)
            .take(MOST_WORDS)
            .map(|(from, to)| fold(&text[from..to]).chars().take(LONGEST_WORD).collect())
            .filter(|word: &String| !word.is_empty())
            .collect();
        let digits: String = text.chars().filter(char::is_ascii_digit).take(20).collect();
        let is_number = digits.len() >= 3
            && text
                .trim()
                .chars()
                .all(|c| c.is_ascii_digit() || c.is_whitespace() || "+-().\u{2011}\u{2013}/".contains(c));
        let mut numbers = Vec::new();
        if is_number {
            // Written the national way, a number begins with a digit that E.164 leaves out.
            let national = digits.trim_start_matches('0');
            if national.len() >= 3 && national != digits {
                numbers.push(national.to_string());
            }
            numbers.insert(0, digits);
        }
        (!words.is_empty()).then_some(SearchQuery { words, numbers })
    }

    /// The query over names, numbers and mails.
    pub fn people(&self) -> String {
        if !self.numbers.is_empty() {
            let runs: Vec<String> = self.numbers.iter().map(|run| format!("\"{run}\"*")).collect();
            return format!("numbers : ({})", runs.join(" OR "));
        }
        self.query(1)
    }

    /// The query over what was said and written, for whole words.
    pub fn texts(&self) -> String {
        self.query(usize::MAX)
    }

    /// The query over what was said and written where the last word is the beginning of one, if it is
    /// long enough. It costs more than [`SearchQuery::texts`], for the index has to gather every such word.
    pub fn texts_beginning(&self) -> Option<String> {
        let query = self.query(SHORTEST_BEGINNING);
        (query != self.texts()).then_some(query)
    }

    /// Every word; the last one may be the beginning of one, if it has `shortest` characters.
    fn query(&self, shortest: usize) -> String {
        let last = self.words.len().saturating_sub(1);
        let words: Vec<String> = self
            .words
            .iter()
            .enumerate()
            .map(|(i, word)| {
                let begins = self.begins(i, last, word, shortest);
                format!("\"{word}\"{}", if begins { "*" } else { "" })
            })
            .collect();
        words.join(" ")
    }

    fn begins(&self, i: usize, last: usize, word: &str, shortest: usize) -> bool {
        let digits = word.bytes().all(|b| b.is_ascii_digit());
        // One or two digits begin a part of everybody's number.
        let long_enough = word.chars().count() >= if digits { shortest.max(3) } else { shortest };
        word.chars().count() == LONGEST_WORD || (long_enough && (i == last || (digits && shortest == 1)))
    }

    fn hits(&self, word: &str) -> bool {
        let folded = fold(word);
        let last = self.words.len().saturating_sub(1);
        self.words.iter().enumerate().any(|(i, wanted)| {
            folded == *wanted || (self.begins(i, last, wanted, SHORTEST_BEGINNING) && folded.starts_with(wanted))
        })
    }

    /// The part of `text` around the first mark, on one line, with all marks in it.
    pub fn snippet(&self, text: &str) -> Vec<TextPiece> {
        let spans: Vec<(usize, usize, bool)> =
            tokens(text).map(|(from, to)| (from, to, self.hits(&text[from..to]))).collect();
        let first = spans.iter().position(|(_, _, hit)| *hit).unwrap_or(0);
        // A few words before it, for the sense.
        let begin = first.saturating_sub(6);
        let start = if begin == 0 { 0 } else { spans[begin].0 };
        let mut parts = TextPieces::default();
        if start > 0 {
            parts.add("… ", false);
        }
        let mut at = start;
        let mut shown = 0;
        let mut whole = true;
        for (from, to, hit) in spans.iter().skip(begin) {
            if shown > SNIPPET {
                whole = false;
                break;
            }
            let word: String = text[*from..*to].chars().take(SNIPPET).collect();
            parts.add(&text[at..*from], false);
            parts.add(&word, *hit);
            shown += text[at..*from].chars().take(SNIPPET).count() + word.chars().count();
            at = *to;
        }
        if whole {
            parts.add(&text[at..].chars().take(SNIPPET).collect::<String>(), false);
        } else {
            parts.add(" …", false);
        }
        parts.done()
    }

    /// A number with the run of digits marked that was looked for.
    pub fn mark_number(&self, phone: &str) -> Option<Vec<TextPiece>> {
        let digits: Vec<(usize, char)> = phone.char_indices().filter(|(_, c)| c.is_ascii_digit()).collect();
        let plain: String = digits.iter().map(|(_, c)| c).collect();
        let words = self.words.iter().filter(|w| w.len() >= 3 && w.bytes().all(|b| b.is_ascii_digit()));
        let (from, len) = self.numbers.iter().chain(words).find_map(|run| Some((plain.find(run)?, run.len())))?;
        let start = digits.get(from)?.0;
        let end = digits.get(from + len - 1)?.0 + 1;
        let mut parts = TextPieces::default();
        parts.add(&phone[..start], false);
        parts.add(&phone[start..end], true);
        parts.add(&phone[end..], false);
        Some(parts.done())
    }

    /// Every word stands in this short text.
    pub fn is_all_in(&self, text: &str) -> bool {
        let last = self.words.len().saturating_sub(1);
        let folded: Vec<String> = tokens(text).map(|(from, to)| fold(&text[from..to])).collect();
        self.words.iter().enumerate().all(|(i, wanted)| {
            folded.iter().any(|word| word == wanted || (self.begins(i, last, wanted, 1) && word.starts_with(wanted)))
        })
    }

    /// A short text with its marks; `None` where nothing in it was looked for. The last word may be the
    /// beginning of one, however short, as in [`SearchQuery::people`].
    pub fn mark(&self, text: &str) -> Option<Vec<TextPiece>> {
        let last = self.words.len().saturating_sub(1);
        let mut parts = TextPieces::default();
        let (mut at, mut any) = (0, false);
        for (from, to) in tokens(text) {
            let folded = fold(&text[from..to]);
            let hit = self.words.iter().enumerate().any(|(i, wanted)| {
                folded == *wanted || (self.begins(i, last, wanted, 1) && folded.starts_with(wanted))
            });
            any |= hit;
            parts.add(&text[at..from], false);
            parts.add(&text[from..to], hit);
            at = to;
        }
        parts.add(&text[at..], false);
        any.then(|| parts.done())
    }
}

/// Neighbours of one kind become one part; whitespace becomes single blanks.
#[derive(Default)]
struct TextPieces(Vec<TextPiece>);

impl TextPieces {
    fn add(&mut self, text: &str, hit: bool) {
        if text.is_empty() {
            return;
        }
        match self.0.last_mut() {
            Some(last) if last.hit == hit => last.text.push_str(text),
            _ => self.0.push(TextPiece { text: text.to_string(), hit }),
        }
    }

    fn done(mut self) -> Vec<TextPiece> {
        let mut blank = true;
        for part in &mut self.0 {
            let mut line = String::with_capacity(part.text.len());
            for c in part.text.chars() {
                if c.is_whitespace() || c == '\0' {
                    if !blank {
                        line.push(' ');
                    }
                    blank = true;
                } else {
                    line.push(c);
                    blank = false;
                }
            }
            part.text = line;
        }
        self.0.retain(|part| !part.text.is_empty());
        self.0
    }
}

/// Where the words of a text stand, in bytes.
fn tokens(text: &str) -> impl Iterator<Item = (usize, usize)> + '_ {
    let mut chars = text.char_indices().peekable();
    std::iter::from_fn(move || {
        let (start, _) = chars.find(|(_, c)| c.is_alphanumeric())?;
        let mut end = text.len();
        while let Some((at, c)) = chars.peek().copied() {
            if !(c.is_alphanumeric() || is_combining_mark(c)) {
                end = at;
                break;
            }
            chars.next();
        }
        Some((start, end))
    })
}

/// Lower case, without diacritics.
fn fold(word: &str) -> String {
    word.nfd().filter(|c| !is_combining_mark(*c)).collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn marked(parts: &[TextPiece]) -> String {
        parts.iter().map(|p| if p.hit { format!("[{}]", p.text) } else { p.text.clone() }).collect()
    }

    #[test]
    fn words_are_quoted_and_the_last_may_be_a_beginning() {
        assert_eq!(SearchQuery::of("Jane DOE").unwrap().people(), r#""jane" "doe"*"#);
        assert_eq!(SearchQuery::of("José O'Brien").unwrap().people(), r#""jose" "o" "brien"*"#);
        assert_eq!(SearchQuery::of("a roof le").unwrap().texts_beginning(), None);
        assert_eq!(SearchQuery::of("leaky roo").unwrap().texts(), r#""leaky" "roo""#);
        assert_eq!(SearchQuery::of("leaky roo").unwrap().texts_beginning().unwrap(), r#""leaky" "roo"*"#);
    }

    #[test]
    fn numbers_are_looked_for_by_any_run_of_digits() {
        assert_eq!(SearchQuery::of("(770) 555-12").unwrap().people(), r#"numbers : ("77055512"*)"#);
        assert_eq!(SearchQuery::of("0491 573").unwrap().people(), r#"numbers : ("0491573"* OR "491573"*)"#);
        assert_eq!(SearchQuery::of("42").unwrap().people(), r#""42""#);
    }

    #[test]
    fn what_is_no_word_is_nothing() {
        for text in ["", "  ", "\"", "***", "\0", "()", "- . -"] {
            assert_eq!(SearchQuery::of(text), None, "{text:?}");
        }
    }

    #[test]
    fn operators_are_words() {
        assert_eq!(SearchQuery::of(r#"a" OR NEAR(b* AND "c"#).unwrap().people(), r#""a" "or" "near" "b" "and" "c"*"#);
    }

    #[test]
    fn a_snippet_shows_the_place() {
        let needle = SearchQuery::of("gutter estim").unwrap();
        let text =
            format!("{} we fix the Gutter.\nAn éstimate costs nothing {}", "Hello. ".repeat(50), "bye ".repeat(90));
        let parts = needle.snippet(&text);
        let line = marked(&parts);
        assert!(line.starts_with("… Hello. Hello. Hello. we fix the [Gutter]. An [éstimate] costs"), "{line}");
        assert!(line.ends_with('…') && line.chars().count() < 300, "{line}");
        assert_eq!(marked(&needle.snippet("")), "");
    }

    #[test]
    fn digits_are_marked_in_a_number() {
        assert_eq!(marked(&SearchQuery::of("555-12").unwrap().mark_number("+17705551234").unwrap()), "+1770[55512]34");
        assert_eq!(SearchQuery::of("999").unwrap().mark_number("+17705551234"), None);
        assert_eq!(marked(&SearchQuery::of("do").unwrap().mark("Jane Doe").unwrap()), "Jane [Doe]");
    }
}
