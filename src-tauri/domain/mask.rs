//! The same words without who they are about: names, numbers, mails and addresses are covered wherever they stand.
//!
//! What is known of the person (every name, number, mail, address and id any sender gave) is found in any writing;
//! and so is whatever else looks like a number or a mail, whoever's it is.

mod whole;

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

pub use self::whole::WholeNames;
use super::event::{Address, Body, Event, LinkKind};

/// From so many digits on it may be a number.
const DIGITS: usize = 7;
/// Marks between two digits of one number.
const GAP: usize = 6;

/// What stands in place of what is covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // the words explain themselves
pub enum Cover {
    Name,
    Number,
    Mail,
    Address,
    Id,
    Link,
}

impl Cover {
    /// What a reader sees.
    pub fn text(self) -> &'static str {
        match self {
            Cover::Name => "[name]",
            Cover::Number => "[number]",
            Cover::Mail => "[e-mail]",
            Cover::Address => "[address]",
            Cover::Id => "[id]",
            Cover::Link => "[link]",
        }
    }
}

/// Covers what says who somebody is.
#[derive(Debug, Clone, Default)]
pub struct Mask {
    /// Folded words of names.
    names: HashSet<String>,
    /// Names in scripts that put no spaces between words, folded.
    unspaced: Vec<String>,
    /// Folded words that follow each other.
    phrases: Vec<(Vec<String>, Cover)>,
    /// Digits of the person's numbers, without the country code.
    numbers: Vec<String>,
    /// Whoever has one can listen.
    recordings: BTreeSet<String>,
}

impl Mask {
    /// Of the person these events are about.
    pub fn of<'a>(events: impl IntoIterator<Item = &'a Event>) -> Mask {
        let mut mask = Mask::default();
        for event in events {
            let draft = &event.draft;
            let person = &draft.person;
            if let Some(name) = &person.name {
                mask.add_name(name, person.name_is_caller_id);
            }
            for phone in &person.phones {
                mask.add_number(phone);
            }
            for mail in &person.emails {
                mask.add_mail(mail);
            }
            for link in &draft.links {
                match link.kind {
                    LinkKind::Phone => mask.add_number(&link.value),
                    LinkKind::Email => mask.add_mail(&link.value),
                    LinkKind::Event | LinkKind::Erased => {}
                    _ => mask.add_phrase(&link.value, Cover::Id),
                }
            }
            mask.add_address(&person.address);
            for id in &person.external_ids {
                mask.add_phrase(&id.value, Cover::Id);
            }
            match &draft.body {
                Body::Form(form) => {
                    for field in &form.fields {
                        mask.add_field(&field.name, &field.value);
                    }
                }
                Body::Call(part) => mask.recordings.extend(part.recording_url.clone()),
                _ => {}
            }
        }
        mask
    }

    /// Knows nothing but the links to recordings in these events: for [`Mask::without_recordings`].
    pub fn of_recordings<'a>(events: impl IntoIterator<Item = &'a Event>) -> Mask {
        let links = events.into_iter().filter_map(|event| match &event.draft.body {
            Body::Call(part) => part.recording_url.clone(),
            _ => None,
        });
        Mask { recordings: links.collect(), ..Mask::default() }
    }

    /// A name of theirs: each of its words counts.
    pub fn add_name(&mut self, name: &str, caller_id: bool) {
        let words: Vec<String> =
            tokens(name).into_iter().filter(|token| !token.digits).map(|token| token.folded).collect();
        for word in &words {
            if word.chars().count() < 2 || JOINS.contains(&word.as_str()) {
                continue;
            }
            // What carriers write where they know no name: covering it would cover half of what was said.
            if caller_id && CARRIER.contains(&word.as_str()) {
                continue;
            }
            if word.chars().any(unspaced) {
                self.unspaced.push(word.clone());
            } else {
                self.names.insert(word.clone());
            }
        }
        if (2..=4).contains(&words.len()) {
            self.names.insert(words.concat());
            self.names.insert(words.iter().rev().cloned().collect());
        }
    }

    fn add_number(&mut self, phone: &str) {
        let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
        let start = digits.len().saturating_sub(if phone.starts_with("+1") { 10 } else { 9 });
        if let Some(national) = digits.get(start..)
            && !national.is_empty()
        {
            self.numbers.push(national.to_string());
        }
    }

    fn add_mail(&mut self, mail: &str) {
        let Some((local, _)) = mail.split_once('@') else { return };
        // The mail itself looks like one; said aloud, only what stands before the sign does.
        if local.chars().count() >= 3 && !OFFICES.contains(&local.to_lowercase().as_str()) {
            self.add_phrase(local, Cover::Mail);
        }
    }

    fn add_address(&mut self, address: &Address) {
        let Address { street, city, state: _, zip, country: _ } = address;
        for text in [street, city, zip].into_iter().flatten() {
            self.add_phrase(text, Cover::Address);
        }
        if let Some(street) = street {
            let words: Vec<String> = tokens(street).into_iter().map(|token| token.folded).collect();
            let house = words.iter().take_while(|word| word.chars().all(|c| c.is_ascii_digit())).count();
            if house > 0 && words.len() > house + 1 {
                // "12 Main" and "Main Street" of "12 Main Street".
                self.phrases.push((words[..=house].to_vec(), Cover::Address));
                self.phrases.push((words[house..].to_vec(), Cover::Address));
            }
        }
    }

    fn add_phrase(&mut self, text: &str, cover: Cover) {
        let words: Vec<String> = tokens(text).into_iter().map(|token| token.folded).collect();
        if words.iter().map(|word| word.chars().count()).sum::<usize>() >= 3
            && !self.phrases.iter().any(|(w, _)| *w == words)
        {
            self.phrases.push((words, cover));
        }
    }

    /// What somebody filled into a field says who they are where the field asks for that.
    fn add_field(&mut self, label: &str, value: &str) {
        match asks_for(label) {
            Some(Cover::Name) => self.add_name(value, false),
            Some(Cover::Number) => self.add_number(value),
            Some(Cover::Mail) => self.add_mail(value),
            Some(cover @ (Cover::Address | Cover::Id)) => self.add_phrase(value, cover),
            Some(Cover::Link) | None => {}
        }
    }

    /// The text with everything covered.
    pub fn text(&self, text: &str) -> String {
        let mut spans = self.recordings_in(text);
        links(text, &mut spans);
        mails(text, &mut spans);
        self.numbers_in(text, &mut spans);
        self.words_in(text, &mut spans);
        covered(text, spans)
    }

    /// The text without links to recordings; nothing else is covered.
    pub fn without_recordings(&self, text: &str) -> String {
        let mut spans = self.recordings_in(text);
        let mut linked = Vec::new();
        links(text, &mut linked);
        // Also those nobody called a recording, but that say themselves that they are one.
        spans.extend(linked.into_iter().filter(|(span, _)| {
            let link = text.get(span.clone()).unwrap_or_default().to_ascii_lowercase();
            ["recording", ".mp3", ".wav", ".m4a", ".ogg"].iter().any(|word| link.contains(word))
        }));
        covered(text, spans)
    }

    /// A name of the business, which stays, unless it is the person's own.
    pub fn agent(&self, text: &str) -> String {
        let words = tokens(text);
        let own = !words.is_empty() && words.iter().all(|token| self.names.contains(&token.folded));
        if own {
            return Cover::Name.text().into();
        }
        let mut spans = self.recordings_in(text);
        links(text, &mut spans);
        mails(text, &mut spans);
        self.numbers_in(text, &mut spans);
        covered(text, spans)
    }

    /// Of an address of a page only whose it is: the rest may say anything.
    pub fn page(&self, address: &str) -> String {
        let bare = address.split_once("://").map_or(address, |(_, rest)| rest);
        let host = bare.split(['/', '?', '#']).next().unwrap_or_default();
        let host = host.rsplit('@').next().unwrap_or_default();
        self.text(host)
    }

    fn recordings_in(&self, text: &str) -> Vec<Span> {
        let mut spans = Vec::new();
        for recording in self.recordings.iter().filter(|recording| !recording.is_empty()) {
            spans.extend(text.match_indices(recording.as_str()).map(|(at, _)| (at..at + recording.len(), Cover::Link)));
        }
        spans
    }

    /// Digits with nothing but the marks of writing a number between them, as figures or as spoken words.
    fn numbers_in(&self, text: &str, spans: &mut Vec<Span>) {
        let mut run = Run::default();
        let mut rest = text.char_indices().peekable();
        while let Some((at, c)) = rest.next() {
            if let Some(digit) = digit(c) {
                run.push(at..at + c.len_utf8(), digit);
                continue;
            }
            if c.is_alphabetic() {
                let mut end = at + c.len_utf8();
                while let Some((next, c)) = rest.next_if(|(_, c)| c.is_alphabetic()) {
                    end = next + c.len_utf8();
                }
                let word = text[at..end].to_lowercase();
                match SPOKEN.iter().find(|(spoken, _)| *spoken == word) {
                    Some((_, digit)) => {
                        run.spoken = true;
                        run.push(at..end, *digit);
                    }
                    None if matches!(word.as_str(), "double" | "triple" | "ext" | "x") && !run.digits.is_empty() => {}
                    None => self.close(text, &mut run, spans),
                }
                continue;
            }
            let mark = c.is_whitespace() || is_combining_mark(c) || invisible(c) || MARKS.contains(c);
            if run.digits.is_empty() {
                continue;
            }
            run.gap += 1;
            if !mark || run.gap > GAP {
                self.close(text, &mut run, spans);
            }
        }
        self.close(text, &mut run, spans);
    }

    fn close(&self, text: &str, run: &mut Run, spans: &mut Vec<Span>) {
        let run = std::mem::take(run);
        if run.digits.len() < DIGITS {
            return;
        }
        let own = self.numbers.iter().any(|number| {
            let tail = number.get(number.len().saturating_sub(DIGITS)..).unwrap_or(number);
            run.digits.contains(tail) || number.contains(&run.digits)
        });
        // A day and an amount are no numbers to dial.
        if own || run.spoken || !(is_day(&text[run.span.clone()]) || is_amount(&text[run.span.clone()])) {
            spans.push((run.span, Cover::Number));
        }
    }

    fn words_in(&self, text: &str, spans: &mut Vec<Span>) {
        let found = tokens(text);
        for (i, token) in found.iter().enumerate() {
            if self.names.contains(&token.folded) {
                spans.push((token.span.clone(), Cover::Name));
            }
            if self.unspaced.iter().any(|name| token.folded.contains(name.as_str())) {
                spans.push((token.span.clone(), Cover::Name));
            }
            for (words, cover) in &self.phrases {
                let ends = found[i..].iter().zip(words).take_while(|(token, word)| token.folded == **word).count();
                if ends == words.len()
                    && let Some(last) = found.get(i + ends - 1)
                {
                    spans.push((token.span.start..last.span.end, *cover));
                }
            }
        }
    }
}

/// What a field asks for, by its label.
pub fn asks_for(label: &str) -> Option<Cover> {
    let words: Vec<String> =
        tokens(&apart(label)).into_iter().filter(|token| !token.digits).map(|token| token.folded).collect();
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let ends = |list: &[&str]| words.iter().any(|word| list.iter().any(|end| word.ends_with(end)));
    if has(&["campaign", "utm", "form", "page", "event", "product", "service", "source"]) {
        return None;
    }
    if ends(&["email", "mail"]) {
        Some(Cover::Mail)
    } else if ends(&["phone", "mobile", "cell", "tel", "telephone", "fax", "whatsapp"])
        || (has(&["number"]) && words.len() <= 2)
    {
        Some(Cover::Number)
    } else if ends(&["name", "surname"]) || has(&["first", "last", "spouse", "partner", "contact"]) {
        Some(Cover::Name)
    } else if has(&["address", "street", "city", "town", "zip", "zipcode", "postal", "postcode", "addr"]) {
        Some(Cover::Address)
    } else if has(&["id", "ids", "uuid", "guid", "gclid", "fbclid", "msclkid", "ip", "ssn", "birthday", "dob", "birth"])
    {
        Some(Cover::Id)
    } else {
        None
    }
}

/// `firstName` as `first Name`.
fn apart(label: &str) -> String {
    let mut out = String::with_capacity(label.len() + 4);
    let mut low = false;
    for c in label.chars() {
        if c.is_uppercase() && low {
            out.push(' ');
        }
        low = c.is_lowercase();
        out.push(c);
    }
    out
}

type Span = (Range<usize>, Cover);

/// Digits that may be one number.
#[derive(Debug, Default)]
struct Run {
    digits: String,
    span: Range<usize>,
    gap: usize,
    spoken: bool,
}

impl Run {
    fn push(&mut self, span: Range<usize>, digit: char) {
        if self.digits.is_empty() {
            self.span.start = span.start;
        }
        self.span.end = span.end;
        self.digits.push(digit);
        self.gap = 0;
    }
}

/// A word or a number within a text.
#[derive(Debug, PartialEq)]
struct Token {
    span: Range<usize>,
    /// Lower case, without accents.
    folded: String,
    digits: bool,
}

fn tokens(text: &str) -> Vec<Token> {
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
    list
}

fn fold_into(c: char, out: &mut String) {
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

fn invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{202a}'..='\u{202e}' | '\u{feff}')
}

/// Scripts that put no spaces between words.
fn unspaced(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{2e80}'..='\u{d7ff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

fn digit(c: char) -> Option<char> {
    if c.is_ascii_digit() {
        return Some(c);
    }
    // Digits of other scripts and widths: which one hardly matters here.
    c.is_numeric().then(|| std::iter::once(c).nfkd().next().filter(char::is_ascii_digit).unwrap_or('0'))
}

/// Links, up to the next space or quote.
fn links(text: &str, spans: &mut Vec<Span>) {
    let lower = text.to_ascii_lowercase();
    for (at, _) in lower.match_indices("://") {
        let start = lower[..at]
            .rfind(|c: char| !c.is_ascii_alphanumeric() && !"+-.".contains(c))
            .map_or(0, |i| i + lower[i..].chars().next().map_or(1, char::len_utf8));
        spans.push((start..at + ends(&lower[at..]), Cover::Link));
    }
    for (at, _) in lower.match_indices("www.") {
        spans.push((at..at + ends(&lower[at..]), Cover::Link));
    }
}

fn ends(text: &str) -> usize {
    let end = text.find(|c: char| c.is_whitespace() || "<>\"'`{}|".contains(c)).unwrap_or(text.len());
    text[..end].trim_end_matches(['.', ',', ';', ')', ']', '!', '?']).len()
}

/// Whatever has something on both sides of an at sign.
fn mails(text: &str, spans: &mut Vec<Span>) {
    let inside = |c: char| !c.is_whitespace() && !"<>()[]{}\",;:|\\".contains(c);
    let lower = text.to_ascii_lowercase();
    for sign in ["@", "%40", "\u{ff20}", "\u{fe6b}"] {
        for (at, _) in lower.match_indices(sign) {
            let left: usize = text[..at].chars().rev().take_while(|c| inside(*c)).map(char::len_utf8).sum();
            let after = at + sign.len();
            let right: usize = text[after..].chars().take_while(|c| inside(*c)).map(char::len_utf8).sum();
            let alive = |part: &str| part.chars().any(char::is_alphanumeric);
            if alive(&text[at - left..at]) && alive(&text[after..after + right]) {
                let end = after + text[after..after + right].trim_end_matches(['.', '!', '?', '\'']).len();
                spans.push((at - left..end, Cover::Mail));
            }
        }
    }
}

/// `2026-03-25`, and nothing else.
fn is_day(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() })
        && chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok_and(|day| {
            use chrono::Datelike;
            (1990..=2100).contains(&day.year())
        })
}

/// `1,234,567` or `1,234,567.00`, and nothing else.
fn is_amount(text: &str) -> bool {
    let (whole, cents) = text.split_once('.').unwrap_or((text, "00"));
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let mut more = 0;
    let even = groups.all(|group| {
        more += 1;
        group.len() == 3 && all_digits(group)
    });
    (1..=3).contains(&first.len()) && all_digits(first) && even && more > 0 && cents.len() == 2 && all_digits(cents)
}

/// The text with spans in place of what they cover; spans that touch become one.
fn covered(text: &str, mut spans: Vec<Span>) -> String {
    if spans.is_empty() {
        return text.to_string();
    }
    spans.sort_by_key(|(span, _)| (span.start, std::cmp::Reverse(span.end)));
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    let mut spans = spans.into_iter().peekable();
    while let Some((mut span, cover)) = spans.next() {
        while let Some((next, _)) = spans.next_if(|(next, _)| next.start < span.end) {
            span.end = span.end.max(next.end);
        }
        // "Jane Doe" is one name.
        while let Some((next, _)) = spans.next_if(|(next, also)| {
            cover == Cover::Name
                && *also == Cover::Name
                && text.get(span.end..next.start).is_some_and(|between| between.trim().is_empty())
        }) {
            span.end = span.end.max(next.end);
        }
        out.push_str(text.get(at..span.start).unwrap_or_default());
        out.push_str(cover.text());
        at = span.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// Marks people write between the digits of a number.
const MARKS: &str = "-.()/+,*_~·•\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}\u{2212}";

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

/// Words that join names and are none.
const JOINS: [&str; 6] = ["and", "or", "und", "et", "the", "of"];

/// What carriers write where they know no name.
const CARRIER: [&str; 20] = [
    "caller",
    "wireless",
    "cell",
    "cellular",
    "phone",
    "unknown",
    "anonymous",
    "unavailable",
    "private",
    "restricted",
    "blocked",
    "toll",
    "free",
    "call",
    "mobile",
    "customer",
    "number",
    "name",
    "id",
    "voip",
];

/// Mail boxes of offices.
const OFFICES: [&str; 9] = ["info", "sales", "office", "contact", "hello", "admin", "mail", "support", "service"];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn jane() -> Mask {
        let mut mask = Mask::default();
        mask.add_name("Jane O'Doe-Smith", false);
        mask.add_number("+14045550142");
        mask.add_mail("jd.1985@example.com");
        mask.add_address(&Address {
            street: Some("12 Elm Street".into()),
            city: Some("Decatur".into()),
            state: Some("GA".into()),
            zip: Some("30030".into()),
            country: None,
        });
        mask.recordings.insert("https://rec.example/abc?sig=1".into());
        mask
    }

    #[test]
    fn covers_what_names_somebody_and_leaves_the_rest() {
        let mask = jane();
        for (said, shown) in [
            ("Hi JANE, it is Doe's turn", "Hi [name], it is [name]'s turn"),
            ("Jane O'Doe-Smith called", "[name] O'[name]-[name] called"),
            ("January is fine, janet too", "January is fine, janet too"),
            ("my number is (404) 555-0142, thanks", "my number is ([number], thanks"),
            ("four oh four, five five five, zero one four two", "[number]"),
            ("or 770 555 0199", "or [number]"),
            ("write to bob@work.example.", "write to [e-mail]."),
            ("it is j d dot 1985", "it is j d dot 1985"),
            ("jd 1985 at example", "[e-mail] at example"),
            ("at 12 elm street in Decatur, 30030", "at [address] in [address], [address]"),
            ("on Elm Street", "on [address]"),
            ("on 2026-03-25 for $1,234,567.00", "on 2026-03-25 for $1,234,567.00"),
            ("hear https://rec.example/abc?sig=1 now", "hear [link] now"),
            ("see www.example.com/jane.", "see [link]."),
            ("40 rooms, 3 floors", "40 rooms, 3 floors"),
            ("J\u{e1}n\u{e9} Jan\u{301}e", "[name]"),
            ("Call x@", "Call x@"),
        ] {
            assert_eq!(mask.text(said), shown, "{said}");
        }
        assert_eq!(mask.agent("Sam Doe"), "Sam Doe", "an agent's name stays");
        assert_eq!(mask.agent("jane doe"), "[name]", "unless it is the person's own");
        assert_eq!(mask.page("https://x@shop.example/jane?m=a%40b.c"), "shop.example");
    }

    #[test]
    fn fields_say_what_they_ask_for() {
        for (label, asks) in [
            ("first_name", Some(Cover::Name)),
            ("yourName", Some(Cover::Name)),
            ("E-Mail", Some(Cover::Mail)),
            ("Phone Number", Some(Cover::Number)),
            ("zip", Some(Cover::Address)),
            ("customer id", Some(Cover::Id)),
            ("utm_campaign_name", None),
            ("message", None),
        ] {
            assert_eq!(asks_for(label), asks, "{label}");
        }
    }

    fn written(number: &str, marks: &[&str]) -> String {
        number.chars().enumerate().map(|(i, c)| format!("{c}{}", marks[i % marks.len()])).collect()
    }

    proptest! {
        #[test]
        fn nothing_that_names_survives(
            name in "[A-Z][a-z]{1,9} [A-Z][a-z]{1,9}",
            number in "[2-9][0-9]{9}",
            local in "[a-z]{2,8}[.+_-]?[a-z0-9]{1,6}",
            marks in proptest::collection::vec(proptest::sample::select(vec!["", "", " ", "-", ".", ") ", " / ", "\u{a0}", ", "]), 1..6),
            before in "[ a-z,.!?<>\"'&;\n]{0,20}",
            after in "[ a-z,.!?<>\"'&;\n]{0,20}",
            upper in any::<bool>(),
        ) {
            let mut mask = Mask::default();
            mask.add_name(&name, false);
            mask.add_number(&format!("+1{number}"));
            let mail = format!("{local}@mail.example");
            mask.add_mail(&mail);
            let said = if upper { name.to_uppercase() } else { name.to_lowercase() };
            let text = format!("{before} {said} {after} {mail} {before} {} {after} +1{number} {said}'s", written(&number, &marks));
            let out = mask.text(&text);
            let digits: String = out.chars().filter(char::is_ascii_digit).collect();
            prop_assert!(digits.len() < DIGITS, "{out}");
            prop_assert!(!out.contains('@'), "{out}");
            for word in name.split(' ').filter(|word| !JOINS.contains(&word.to_lowercase().as_str())) {
                let lower = out.to_lowercase();
                let left = lower.split(|c: char| !c.is_alphanumeric()).filter(|w| *w == word.to_lowercase());
                // The covers' own words may be somebody's name.
                prop_assert!(
                    left.count() == 0 || ["name", "number", "mail", "link", "id", "address"].contains(&word.to_lowercase().as_str()),
                    "{out}"
                );
            }
        }

        #[test]
        fn any_text_is_cut_at_letters(text in "\\PC*") {
            let _ = jane().text(&text);
            let _ = jane().agent(&text);
            let _ = jane().page(&text);
        }
    }
}
