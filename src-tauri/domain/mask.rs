//! The same words without who they are about: names, numbers, mails and addresses are covered wherever they stand.
//!
//! What is known of the person (every name, number, mail, address and id any sender gave) is found in any writing;
//! and so is whatever else looks like a number or a mail, whoever's it is.

mod whole;

use std::collections::BTreeSet;

use super::cover::MaskSpan;
use super::event::{Body, Event};
use super::identifiers::PersonIdentifiers;
use super::phone_digits::{DIGITS, digit_runs};

pub use self::whole::WholeNames;
pub use super::cover::Cover;
pub use super::identifiers::asks_for;

/// Covers what says who somebody is.
#[derive(Debug, Clone, Default)]
pub struct Mask {
    person: PersonIdentifiers,
    /// What forms were filled in with.
    filled: PersonIdentifiers,
    /// Whoever has one can listen.
    recordings: BTreeSet<String>,
}

impl Mask {
    /// Knows what an event says of the person it is about. Its texts are with it.
    pub fn add(&mut self, event: &Event) {
        self.person.add(event);
        match &event.draft.body {
            Body::Form(form) => form.fields.iter().for_each(|field| self.filled.add_field(&field.name, &field.value)),
            Body::Call(part) => self.recordings.extend(part.recording_url.clone()),
            _ => {}
        }
    }

    /// Knows nothing but the links to recordings in these events: for [`Mask::without_recordings`].
    pub fn of_recordings<'a>(events: impl IntoIterator<Item = &'a Event>) -> Mask {
        let links = events.into_iter().filter_map(|event| match &event.draft.body {
            Body::Call(part) => part.recording_url.clone(),
            _ => None,
        });
        Mask { recordings: links.collect(), ..Mask::default() }
    }

    /// The text with everything covered.
    pub fn text(&self, text: &str) -> String {
        let out = self.plain(text);
        let told = |text: &str| self.person.tells_decoded(text) || self.filled.tells_decoded(text);
        if !told(&out) {
            return out;
        }
        // Words that say who it is only once they are decoded, such as `jane%40example.com` or `&#74;ane`.
        let word = |word: &str| {
            let (said, blank) = word.split_at(word.trim_end().len());
            if told(said) { format!("{}{blank}", Cover::Id.text()) } else { word.to_string() }
        };
        let out: String = out.split_inclusive(char::is_whitespace).map(word).collect();
        if told(&out) { Cover::Id.text().into() } else { out }
    }

    fn plain(&self, text: &str) -> String {
        let mut spans = self.looks(text);
        self.person.spans(text, &mut spans);
        self.filled.spans(text, &mut spans);
        covered(text, spans)
    }

    /// What looks like a link, a mail or a number, whoever's it is.
    fn looks(&self, text: &str) -> Vec<MaskSpan> {
        let mut spans = self.recordings_in(text);
        links(text, &mut spans);
        mails(text, &mut spans);
        self.numbers_in(text, &mut spans);
        spans
    }

    fn numbers_in(&self, text: &str, spans: &mut Vec<MaskSpan>) {
        for run in digit_runs(text).filter(|run| run.digits.len() >= DIGITS) {
            // A day and an amount are no numbers to dial.
            let said = text.get(run.span()).unwrap_or_default();
            if run.spoken
                || self.person.has_digits(&run)
                || self.filled.has_digits(&run)
                || !(is_day(said) || is_amount(said))
            {
                spans.push((run.span(), Cover::Number));
            }
        }
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
        if self.person.is_them(text) || self.filled.is_them(text) {
            return Cover::Name.text().into();
        }
        covered(text, self.looks(text))
    }

    /// Of an address of a page only whose it is: the rest may say anything.
    pub fn page(&self, address: &str) -> String {
        let bare = address.split_once("://").map_or(address, |(_, rest)| rest);
        let host = bare.split(['/', '?', '#']).next().unwrap_or_default();
        let host = host.rsplit('@').next().unwrap_or_default();
        self.text(host)
    }

    fn recordings_in(&self, text: &str) -> Vec<MaskSpan> {
        let mut spans = Vec::new();
        for recording in self.recordings.iter().filter(|recording| !recording.is_empty()) {
            spans.extend(text.match_indices(recording.as_str()).map(|(at, _)| (at..at + recording.len(), Cover::Link)));
        }
        spans
    }
}

/// Links, up to the next space or quote.
fn links(text: &str, spans: &mut Vec<MaskSpan>) {
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
fn mails(text: &str, spans: &mut Vec<MaskSpan>) {
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
fn covered(text: &str, mut spans: Vec<MaskSpan>) -> String {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::event::Address;
    use crate::domain::identifiers::JOINS;

    fn jane() -> Mask {
        let mut mask = Mask::default();
        mask.person.add_name("Jane O'Doe-Smith", false);
        mask.person.add_number("+14045550142");
        mask.person.add_mail("jd.1985@example.com");
        mask.person.add_address(&Address {
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
            ("J&aacute;ne! and &#74;ane", "[id] and [id]"),
            ("SmFuZSB3YXMgaGVyZQ== it said", "[id] it said"),
            ("&#52;&#48;&#52; 555 &#48;1&#52;&#50;", "[id]"),
            ("\u{ff14}\u{ff10}\u{ff14}\u{2012}555\u{2009}0142", "[number]"),
            ("it is %u004aane and \\112\\141\\156\\145", "it is [id] and [id]"),
            // What only looks like a writing of something stays.
            ("commit 9fceb02d0ae598e95dc970b74767f19372d61af8", "commit 9fceb02d0ae598e95dc970b74767f19372d61af8"),
            ("de ad be ef ca fe ba be", "de ad be ef ca fe ba be"),
            ("CONGRATULATIONS, the INTERNATIONALISATION is done", "CONGRATULATIONS, the INTERNATIONALISATION is done"),
            ("in C:\\100\\files, 50% used", "in C:\\100\\files, 50% used"),
            ("rooms 4, 0, 4 and \"5\", \"5\"", "rooms 4, 0, 4 and \"5\", \"5\""),
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
            mask.person.add_name(&name, false);
            mask.person.add_number(&format!("+1{number}"));
            let mail = format!("{local}@mail.example");
            mask.person.add_mail(&mail);
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
