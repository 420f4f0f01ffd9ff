//! What a person is recognised by: the one matcher behind erasing and masking.
//!
//! Built from everything senders told of somebody. A number or a mail is proof wherever it stands. A name alone is proof
//! only among what was told of that person: elsewhere it takes the whole name, so that nothing of a namesake by one word
//! is destroyed.

use std::collections::{BTreeSet, HashSet};

use super::event::{Address, Event, LinkKind};
use super::folding::{folded, tokens, unspaced};
use super::mask::{Cover, Span};
use super::numbers::{DIGITS, Run, digit_runs};
use super::phone;
use super::writings::{bytes_written, writings};

/// Letters of a name of one word that is proof elsewhere; shorter ones are too often a word.
const LONE: usize = 5;

/// Where a text stands, and so how little of a name is proof there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Among what was told of the person: one word of a name is enough, and a number without its area code.
    Own,
    /// Anywhere else: a whole name, number or mail.
    Elsewhere,
}

/// What a person is recognised by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PersonIdentifiers {
    /// Folded words of names.
    names: HashSet<String>,
    /// Names in scripts that put no spaces between words, folded.
    unspaced: Vec<String>,
    /// Whole names, word by word, folded.
    whole: BTreeSet<Vec<String>>,
    /// Folded words that follow each other.
    phrases: Vec<(Vec<String>, Cover)>,
    /// Digits of the person's numbers, without the country code.
    numbers: BTreeSet<String>,
    /// Whole mails, folded.
    mails: BTreeSet<String>,
}

impl PersonIdentifiers {
    /// Of everybody these events are about.
    pub fn of<'a>(events: impl IntoIterator<Item = &'a Event>) -> PersonIdentifiers {
        let mut person = PersonIdentifiers::default();
        for event in events {
            person.add(event);
        }
        person
    }

    fn add(&mut self, event: &Event) {
        let draft = &event.draft;
        let person = &draft.person;
        if let Some(name) = &person.name {
            self.add_name(name, person.name_is_caller_id);
        }
        for phone in &person.phones {
            self.add_number(phone);
        }
        for mail in &person.emails {
            self.add_mail(mail);
        }
        for link in &draft.links {
            match link.kind {
                LinkKind::Phone => self.add_number(&link.value),
                LinkKind::Email => self.add_mail(&link.value),
                LinkKind::Event | LinkKind::Erased => {}
                _ => self.add_phrase(&link.value, Cover::Id),
            }
        }
        self.add_address(&person.address);
        for id in &person.external_ids {
            self.add_phrase(&id.value, Cover::Id);
        }
    }

    /// A name of theirs: each of its words counts among what is their own, all of them together elsewhere.
    pub(super) fn add_name(&mut self, name: &str, caller_id: bool) {
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
        let placeholder = |word: &String| CARRIER.contains(&word.as_str()) || NOBODY.contains(&word.as_str());
        // What a carrier says of a caller may be a town with its state.
        let town = caller_id && (words.len() < 2 || words.iter().any(|word| word.chars().count() < 3));
        if town || words.iter().all(placeholder) {
            return;
        }
        let lone = |word: &String| word.chars().any(unspaced) || word.chars().count() >= LONE;
        if words.len() > 1 || words.iter().any(lone) {
            if words.len() > 2
                && let (Some(first), Some(last)) = (words.first(), words.last())
            {
                self.whole.insert(vec![first.clone(), last.clone()]);
            }
            if words.len() > 1 {
                self.whole.insert(words.iter().rev().cloned().collect());
            }
            self.whole.insert(words);
        }
    }

    pub(super) fn add_number(&mut self, number: &str) {
        let national = phone::national(number).unwrap_or_else(|| {
            let digits: String = number.chars().filter(char::is_ascii_digit).collect();
            let start = digits.len().saturating_sub(if number.starts_with("+1") { 10 } else { 9 });
            digits.get(start..).unwrap_or_default().to_string()
        });
        if national.len() >= DIGITS {
            self.numbers.insert(national);
        }
    }

    pub(super) fn add_mail(&mut self, mail: &str) {
        let mail = folded(mail.trim());
        let Some((local, _)) = mail.split_once('@') else { return };
        // Said aloud, only what stands before the sign is heard.
        if local.chars().count() >= 3 && !OFFICES.contains(&local) {
            self.add_phrase(local, Cover::Mail);
        }
        self.mails.insert(mail);
    }

    pub(super) fn add_address(&mut self, address: &Address) {
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

    /// What somebody filled into a field says who they are where the field asks for that. It may be of others too: reason
    /// enough to cover it, and none to erase it.
    pub(super) fn add_field(&mut self, label: &str, value: &str) {
        match asks_for(label) {
            Some(Cover::Name) => self.add_name(value, false),
            Some(Cover::Number) => self.add_number(value),
            Some(Cover::Mail) => self.add_mail(value),
            Some(cover @ (Cover::Address | Cover::Id)) => self.add_phrase(value, cover),
            Some(Cover::Link) | None => {}
        }
    }

    /// The text tells of the person, in any writing: as it is, with escapes, entities, as an address of the web or base64.
    pub fn tells(&self, text: &str, reach: Reach) -> bool {
        self.in_plain(text, reach) || writings(text).iter().any(|plain| self.in_plain(plain, reach))
    }

    /// Once it is decoded, the text tells of the person.
    pub(super) fn tells_decoded(&self, text: &str) -> bool {
        writings(text).iter().any(|plain| self.in_plain(plain, Reach::Own))
    }

    /// The same of bytes that may be UTF-16, or no text at all.
    pub fn in_bytes(&self, bytes: &[u8], reach: Reach) -> bool {
        bytes_written(bytes).iter().any(|text| self.tells(text, reach))
    }

    fn in_plain(&self, text: &str, reach: Reach) -> bool {
        if text.is_empty() {
            return false;
        }
        let fits = |run: &Run| match reach {
            Reach::Own => self.has_digits(run),
            Reach::Elsewhere => self.numbers.iter().any(|number| run.has(number)),
        };
        if digit_runs(text).any(|run| run.digits.len() >= DIGITS && fits(&run)) {
            return true;
        }
        let plain = folded(text);
        if self.mails.iter().any(|mail| has_mail(&plain, mail)) {
            return true;
        }
        match reach {
            Reach::Own => {
                let mut spans = Vec::new();
                self.spans(text, &mut spans);
                spans.iter().any(|(_, cover)| matches!(cover, Cover::Name | Cover::Mail))
            }
            Reach::Elsewhere => self.whole_name_in(&plain),
        }
    }

    /// All words of a name, one after the other or in one.
    fn whole_name_in(&self, plain: &str) -> bool {
        // Hardly any text holds even one of them.
        let near: Vec<&Vec<String>> =
            self.whole.iter().filter(|words| words.iter().all(|word| plain.contains(word.as_str()))).collect();
        if near.is_empty() {
            return false;
        }
        let found = tokens(plain);
        near.iter().any(|words| {
            let whole = words.concat();
            found.windows(words.len()).any(|some| some.iter().zip(*words).all(|(token, word)| token.folded == *word))
                || found.iter().any(|token| token.folded == whole)
                || (whole.chars().any(unspaced) && found.iter().any(|token| token.folded.contains(&whole)))
        })
    }

    /// It holds the person's number, or its last digits.
    pub(super) fn has_digits(&self, run: &Run) -> bool {
        self.numbers.iter().any(|number| {
            let tail = number.get(number.len().saturating_sub(DIGITS)..).unwrap_or(number);
            run.digits.contains(tail) || number.contains(&run.digits)
        })
    }

    /// The text is their name, number or mail, and nothing else: an agent may well share a word of it.
    pub fn is_them(&self, text: &str) -> bool {
        let words = tokens(text);
        let own = !words.is_empty() && words.iter().all(|token| self.names.contains(&token.folded));
        own || self.tells(text, Reach::Elsewhere)
    }

    /// Where a word of their name, or a phrase of theirs stands.
    pub(super) fn spans(&self, text: &str, spans: &mut Vec<Span>) {
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

/// The mail stands there by itself, not as the end of a longer one.
fn has_mail(plain: &str, mail: &str) -> bool {
    plain.match_indices(mail).any(|(at, _)| {
        let before = plain[..at].chars().next_back();
        let mut after = plain[at + mail.len()..].chars();
        let goes_on = match after.next() {
            Some('.') => after.next().is_some_and(char::is_alphanumeric),
            Some(c) => c.is_alphanumeric() || c == '-',
            None => false,
        };
        !goes_on && !before.is_some_and(|c| c.is_alphanumeric() || "._+-".contains(c))
    })
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

/// Words that join names and are none.
pub(super) const JOINS: [&str; 6] = ["and", "or", "und", "et", "the", "of"];

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

/// What stands where a name is not known.
const NOBODY: [&str; 12] =
    ["visitor", "website", "web", "guest", "test", "lead", "user", "client", "new", "contact", "none", "na"];

/// Mail boxes of offices.
const OFFICES: [&str; 9] = ["info", "sales", "office", "contact", "hello", "admin", "mail", "support", "service"];

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

    use super::*;

    fn zebulon() -> PersonIdentifiers {
        let mut person = PersonIdentifiers::default();
        person.add_name("Zébulon Quartermain", false);
        person.add_number("+14045550187");
        person.add_mail("ZQ@example.com");
        person
    }

    /// What says who it is wherever it stands.
    const PROOFS: [&str; 6] = [
        "Zebulon Quartermain",
        "QUARTERMAIN, ZÉBULON",
        "+14045550187",
        "(404) 555-0187",
        "zq@example.com",
        "ZQ@EXAMPLE.COM",
    ];

    fn in_every_writing(text: &str) -> Vec<String> {
        let each = |write: &dyn Fn(char) -> String| text.chars().map(write).collect::<String>();
        let units = |write: &dyn Fn(u16) -> String| text.encode_utf16().map(write).collect::<String>();
        let mut all = vec![
            text.to_string(),
            format!("<b>{text}</b>"),
            each(&|c| format!("&#{};", u32::from(c))),
            each(&|c| format!("&#x{:x};", u32::from(c))),
            each(&|c| format!("&#X{:X}", u32::from(c))),
            text.replace('@', "&commat;").replace(' ', "&nbsp;").replace('é', "&eacute;").replace('-', "&hyphen;"),
            units(&|unit| format!("\\u{unit:04x}")),
            text.replace('@', "\\u0040").replace('-', "\\u002D").replace('+', "\\u002b"),
            text.bytes().map(|b| format!("%{b:02X}")).collect(),
            text.replace('+', "%2B").replace('@', "%40").replace(' ', "+"),
            text.replace('@', "%2540").replace(' ', "%2520"),
            text.bytes().map(|b| format!("={b:02X}")).collect(),
        ];
        for before in ["", ":", "x "] {
            let longer = format!("{before}{text} and more of it");
            let engines = [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD];
            all.extend(engines.map(|engine| format!("{{\"d\":\"{}\"}}", engine.encode(&longer))));
            let wide: Vec<u8> = longer.encode_utf16().flat_map(u16::to_le_bytes).collect();
            all.push(STANDARD.encode(wide));
            // Torn off its beginning.
            let whole = STANDARD.encode(format!("what stands before {longer}"));
            all.extend((1..4).map(|cut| whole.chars().skip(cut).collect()));
        }
        all
    }

    #[test]
    fn a_whole_name_a_number_and_a_mail_are_proof_in_any_writing() {
        for proof in PROOFS {
            for text in in_every_writing(proof) {
                assert!(zebulon().tells(&text, Reach::Elsewhere), "{proof}: {text}");
                for wide in [u16::to_le_bytes as fn(u16) -> [u8; 2], u16::to_be_bytes] {
                    let bytes: Vec<u8> = text.encode_utf16().flat_map(wide).collect();
                    assert!(zebulon().in_bytes(&bytes, Reach::Elsewhere), "{proof}: {text} in UTF-16");
                    let odd: Vec<u8> = [b"x".as_slice(), &bytes].concat();
                    assert!(zebulon().in_bytes(&odd, Reach::Elsewhere), "{proof}: {text} in UTF-16, shifted");
                }
            }
        }
    }

    #[test]
    fn elsewhere_a_word_of_a_name_is_no_proof() {
        for text in [
            "Zebulon",
            "Quartermain",
            "Zebulon and Quartermain",
            "555-0187",
            "ann.zq@example.com",
            "zq@example.com.au",
            "zq@example.community",
            "94045550187123456789",
            "1404555018",
            "",
            "c29tZXRoaW5nIGVsc2UgZW50aXJlbHk=",
        ] {
            assert!(!zebulon().tells(text, Reach::Elsewhere), "{text}");
        }
        for text in ["Zebulon", "ask QUARTERMAIN!", "555-0187", "ze\u{301}bulon", "%5Aebulon", "zebulonquartermain"] {
            assert!(zebulon().tells(text, Reach::Own), "{text}");
        }
        for text in ["Zebulons", "spring roofs", "2026-03-25"] {
            assert!(!zebulon().tells(text, Reach::Own), "{text}");
        }
    }

    #[test]
    fn what_stands_where_a_name_is_not_known_is_nobodys() {
        let mut person = PersonIdentifiers::default();
        person.add_name("Website Visitor", false);
        person.add_name("ATLANTA GA", true);
        person.add_name("Will", false);
        for text in ["a website visitor", "Atlanta, GA 30303", "it will rain"] {
            assert!(!person.tells(text, Reach::Elsewhere), "{text}");
        }
    }

    #[test]
    fn an_agent_may_share_a_word_of_the_name() {
        assert!(!zebulon().is_them("Kim Quartermain"));
        assert!(zebulon().is_them("Quartermain"));
        assert!(zebulon().is_them("Zebulon J. Quartermain, 404 555 0187"));
    }
}
