//! What a person is recognised by: the one matcher behind erasing and masking.
//!
//! Built from everything senders told of somebody. A number or a mail is proof wherever it stands. One word of a name is
//! proof only among what was told of that person: elsewhere it takes a whole name, of at least two words, so that nothing of
//! a namesake is destroyed by one. Whoever is known by one word is found elsewhere by number or mail.

mod ids;
mod mails;
mod words;

use std::collections::{BTreeSet, HashSet};

use super::cover::{Cover, MaskSpan};
use super::event::{Address, Event, IdentityKind};
use super::phone;
use super::phone_digits::{DIGITS, DigitRun, digit_runs, in_fields};
use super::text_normalize::{Token, folded, together, tokens, unspaced};
pub use super::writings::{PIECE, borders};
use super::writings::{bytes_written, pieces, writings};
use ids::OwnIds;
pub(super) use words::JOINS;
use words::{CARRIER, JOINTS, LABELS, NOBODY, OFFICES};

/// Characters of a family and given name in scripts that put nothing between them.
const TOGETHER: usize = 3;

/// From so many hexadecimal digits in a row on, they are a digest.
const DIGEST: usize = 16;

/// Where a text stands, and so how little of a name is proof there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextScope {
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
    /// Mails that reach the same box as one with something hung on it.
    boxes: BTreeSet<String>,
    /// What services call them.
    ids: OwnIds,
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

    /// Of whom else this event is about.
    pub(super) fn add(&mut self, event: &Event) {
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
        for link in &draft.identities {
            match link.kind {
                IdentityKind::Phone => self.add_number(&link.value),
                IdentityKind::Email => self.add_mail(&link.value),
                IdentityKind::Event | IdentityKind::Erased => {}
                kind => {
                    self.add_phrase(&link.value, Cover::Id);
                    self.ids.add(&event.source_uid, kind, &link.value);
                }
            }
        }
        self.add_address(&person.address);
        for id in &person.external_ids {
            self.add_phrase(&id.value, Cover::Id);
        }
    }

    /// A name of theirs: each of its words counts among what is their own, all of them together elsewhere.
    pub(super) fn add_name(&mut self, name: &str, caller_id: bool) {
        // "Müller" is written "Mueller" as well.
        let spelled = spelled_out(name);
        if spelled != name {
            self.add_name(&spelled, caller_id);
        }
        let words = names_in(name);
        let tokens: Vec<&String> = words.iter().flatten().collect();
        for word in tokens.iter().copied().chain(&words.iter().map(|word| word.concat()).collect::<Vec<_>>()) {
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
        if (2..=4).contains(&tokens.len()) {
            self.names.insert(words.concat().concat());
            self.names.insert(words.iter().rev().map(|word| word.concat()).collect());
        }
        let placeholder = |word: &&String| CARRIER.contains(&word.as_str()) || NOBODY.contains(&word.as_str());
        // What a carrier says of a caller may be a town with its state.
        let town = caller_id && (words.len() < 2 || tokens.iter().any(|word| word.chars().count() < 3));
        if !town && !tokens.iter().all(placeholder) {
            self.add_whole(words.iter().map(|word| word.concat()).collect());
        }
    }

    /// A name in the orders in which it is written. An initial is no word of it.
    fn add_whole(&mut self, words: Vec<String>) {
        let is_word = |word: &&String| word.chars().count() > 1 || word.chars().any(unspaced);
        let (Some(first), Some(last)) = (words.first().cloned(), words.last().cloned()) else { return };
        if words.len() == 1 && first.chars().count() >= TOGETHER && first.chars().all(together) {
            self.whole.insert(words);
            return;
        }
        if words.iter().filter(is_word).count() < 2 {
            return;
        }
        if words.len() > 2 && is_word(&&first) && is_word(&&last) {
            self.whole.insert(vec![first.clone(), last.clone()]);
            self.whole.insert(vec![last.clone(), first]);
            // "Last, First Middle"
            self.whole.insert(std::iter::once(last).chain(words.iter().rev().skip(1).rev().cloned()).collect());
        }
        self.whole.insert(words.iter().rev().cloned().collect());
        self.whole.insert(words);
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
        let plain = mail.trim().to_lowercase();
        // A domain with letters beyond ASCII has two writings.
        if let Some((local, domain)) = plain.rsplit_once('@') {
            let both = [url::quirks::domain_to_ascii(domain), url::quirks::domain_to_unicode(domain)];
            let local = folded(local);
            self.mails
                .extend(both.iter().filter(|d| !d.is_empty()).map(|domain| format!("{local}@{}", folded(domain))));
        }
        let mail = folded(&plain);
        let Some((local, _)) = mail.split_once('@') else { return };
        // Said aloud, only what stands before the sign is heard.
        if local.chars().count() >= 3 && !OFFICES.contains(&local) {
            self.add_phrase(local, Cover::Mail);
        }
        if let Some((local, domain)) = mail.rsplit_once('@')
            && let Some((box_, _)) = local.split_once('+').filter(|(box_, _)| !box_.is_empty())
        {
            self.boxes.insert(format!("{box_}@{domain}"));
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

    /// What to look for where words are found by an index: names, numbers in the ways they are mostly written, mails.
    pub fn asked(&self) -> Vec<String> {
        let number = |number: &String| {
            let parts = |at: usize| number.split_at_checked(at).unwrap_or((number, ""));
            let ((area, rest), (_, last)) = (parts(3), parts(6));
            let grouped =
                (number.len() == 10).then(|| [format!("{area} {rest}"), format!("{area} {} {last}", &rest[..3])]);
            [number.clone(), format!("1{number}"), format!("0{number}")]
                .into_iter()
                .chain(grouped.into_iter().flatten())
        };
        let names = self.whole.iter().map(|words| words.join(" "));
        names.chain(self.numbers.iter().flat_map(number)).chain(self.mails.iter().cloned()).collect()
    }

    /// The text tells of the person, in any writing: as it is, with escapes, entities, as an address of the web or base64.
    pub fn tells(&self, text: &str, reach: TextScope) -> bool {
        self.in_plain(text, reach) || writings(text).iter().any(|plain| self.in_plain(plain, reach))
    }

    /// Once it is decoded, the text tells of the person.
    pub(super) fn tells_decoded(&self, text: &str) -> bool {
        writings(text).iter().any(|plain| self.in_plain(plain, TextScope::Own))
    }

    /// The same of bytes that may be UTF-16, or no text at all.
    pub fn in_bytes(&self, bytes: &[u8], reach: TextScope) -> bool {
        pieces(bytes).any(|piece| bytes_written(piece).iter().any(|text| self.tells(text, reach)))
    }

    /// What `source` sent tells of the person: also by what the service calls them, in any writing.
    pub fn in_sent(&self, bytes: &[u8], source: &str) -> bool {
        let tells = |text: &str| self.in_plain(text, TextScope::Elsewhere) || self.ids.stand_in(text, source);
        pieces(bytes)
            .any(|piece| bytes_written(piece).iter().any(|text| tells(text) || writings(text).iter().any(|t| tells(t))))
    }

    fn in_plain(&self, text: &str, reach: TextScope) -> bool {
        if text.is_empty() {
            return false;
        }
        let fits = |run: &DigitRun| match reach {
            TextScope::Own => self.has_digits(run),
            TextScope::Elsewhere => self.has_number(run) && !in_digest(text, run),
        };
        if digit_runs(text).any(|run| run.digits.len() >= DIGITS && fits(&run)) {
            return true;
        }
        if reach == TextScope::Elsewhere && !self.numbers.is_empty() && in_fields(text, &|run| self.has_number(run)) {
            return true;
        }
        let plain = folded(text);
        if self.mails.iter().any(|mail| mails::has_mail(&plain, mail))
            || self.boxes.iter().any(|mail| mails::stands(&plain, mail))
            || mails::is_said(&plain, self.mails.iter())
        {
            return true;
        }
        match reach {
            TextScope::Own => {
                let mut spans = Vec::new();
                self.spans(text, &mut spans);
                spans.iter().any(|(_, cover)| matches!(cover, Cover::Name | Cover::Mail))
            }
            TextScope::Elsewhere => self.whole_name_in(&plain),
        }
    }

    /// It is the person's number, from the beginning of a group to the end of one.
    fn has_number(&self, run: &DigitRun) -> bool {
        self.numbers.iter().any(|number| run.has(number))
    }

    /// All words of a name, one after the other or in one, whatever hyphens and apostrophes are in them.
    fn whole_name_in(&self, plain: &str) -> bool {
        if self.whole.is_empty() {
            return false;
        }
        // Hardly any text holds even one of them.
        let bare: String = plain.chars().filter(|c| c.is_alphanumeric()).collect();
        let near: Vec<&Vec<String>> =
            self.whole.iter().filter(|words| words.iter().all(|word| bare.contains(word.as_str()))).collect();
        if near.is_empty() {
            return false;
        }
        let found = tokens(plain);
        near.iter().any(|words| {
            let whole = words.concat();
            let run_together = whole.chars().any(unspaced);
            (0..found.len()).any(|at| begins_with(&found[at..], &whole))
                || (run_together && found.iter().any(|token| token.folded.contains(&whole)))
        })
    }

    /// It holds the person's number, or its last digits.
    pub(super) fn has_digits(&self, run: &DigitRun) -> bool {
        self.numbers.iter().any(|number| {
            let tail = number.get(number.len().saturating_sub(DIGITS)..).unwrap_or(number);
            run.digits.contains(tail) || number.contains(&run.digits)
        })
    }

    /// The text is their name, number or mail, and nothing else: an agent may well share a word of it.
    pub fn is_them(&self, text: &str) -> bool {
        let words = tokens(text);
        let own = !words.is_empty() && words.iter().all(|token| self.names.contains(&token.folded));
        own || self.tells(text, TextScope::Elsewhere)
    }

    /// Where a word of their name, or a phrase of theirs stands.
    pub(super) fn spans(&self, text: &str, spans: &mut Vec<MaskSpan>) {
        let found = tokens(text);
        for (i, token) in found.iter().enumerate() {
            if self.names.contains(&token.folded) {
                spans.push((token.span.clone(), Cover::Name));
            }
            if let Some(next) = found.get(i + 1)
                && text.get(token.span.end..next.span.start).is_some_and(is_joint)
                && self.names.contains(&[token.folded.as_str(), &next.folded].concat())
            {
                spans.push((token.span.start..next.span.end, Cover::Name));
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

/// The words of a name, each in the parts that hyphens and apostrophes make of it.
fn names_in(name: &str) -> Vec<Vec<String>> {
    let mut words: Vec<Vec<String>> = Vec::new();
    let mut end = 0;
    for token in tokens(name).into_iter().filter(|token| !token.digits) {
        let between = name.get(end..token.span.start).unwrap_or_default();
        end = token.span.end;
        match words.last_mut() {
            Some(word) if is_joint(between) => word.push(token.folded),
            _ => words.push(vec![token.folded]),
        }
    }
    words
}

/// Letters with marks as two letters.
fn spelled_out(name: &str) -> String {
    let two = |c: char| match c {
        'ä' | 'Ä' => "ae".to_string(),
        'ö' | 'Ö' | 'ø' | 'Ø' => "oe".to_string(),
        'ü' | 'Ü' => "ue".to_string(),
        'å' | 'Å' => "aa".to_string(),
        c => c.to_string(),
    };
    let composed: String = unicode_normalization::UnicodeNormalization::nfc(name).collect();
    if composed.contains(['ä', 'Ä', 'ö', 'Ö', 'ø', 'Ø', 'ü', 'Ü', 'å', 'Å']) {
        composed.chars().map(two).collect()
    } else {
        name.to_string()
    }
}

/// What stands within one word.
fn is_joint(between: &str) -> bool {
    !between.is_empty() && between.chars().count() <= 1 && between.chars().all(|c| JOINTS.contains(c))
}

/// `found` begins with the whole name. Between its words may stand what forms call them.
fn begins_with(found: &[Token], whole: &str) -> bool {
    let mut rest = whole;
    // What folds to nothing begins nothing: rows of it would be looked at again from each.
    if found.first().is_none_or(|token| token.folded.is_empty()) {
        return false;
    }
    for token in found {
        if let Some(after) = rest.strip_prefix(token.folded.as_str()) {
            rest = after;
        } else if rest.len() == whole.len() || !LABELS.contains(&token.folded.as_str()) {
            return false;
        }
        if rest.is_empty() {
            return true;
        }
    }
    false
}

/// The figures are some of a long row of hexadecimal digits: of a digest, not of a number.
fn in_digest(text: &str, run: &DigitRun) -> bool {
    let span = run.span();
    let (before, after) = (text.get(..span.start).unwrap_or_default(), text.get(span.end..).unwrap_or_default());
    let of_word = |b: &u8| b.is_ascii_alphanumeric();
    let left = before.bytes().rev().take_while(of_word).take(DIGEST).count();
    let right = after.bytes().take_while(of_word).take(DIGEST).count();
    let word = text.get(span.start - left..span.end + right).unwrap_or_default();
    left + right > 0 && word.len() >= DIGEST && word.bytes().all(|b| b.is_ascii_hexdigit())
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

#[cfg(test)]
mod tests;
