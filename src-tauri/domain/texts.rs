//! An event's *head* and its *texts*.
//!
//! A lead is folded anew with each thing that is told of it, so the fold must not carry megabytes of what was said. What is
//! long goes out of an event before it is stored, and a short stand-in takes its place: how the text begins, how long it is,
//! its hash, and what the fold decides by it. Two stand-ins are equal where their texts are, so the fold lays parts of a call
//! over each other as ever. Whoever shows an entry puts its texts back ([`fill`]).
//!
//! What is short stays where it is: of most events nothing goes out.

mod places;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use sha2::{Digest, Sha256};

use super::call::Turn;
use super::entry::{Entry, EntryContent};
use super::event::{Body, FormField, ParsedEvent, short_hash};
use super::fold::mark_echoes;
use places::{Excerpt, in_entry, in_event};

/// Stands around a stand-in and its parts. No character: Unicode promises never to make it one. A text in which a sender wrote
/// it all the same goes out whatever its length, so no stand-in can be forged.
const MARK: char = '\u{FDD0}';

/// Of what summaries hold, at most so many characters stay: more than any of them shows.
const START: usize = 1_001;
/// Of what is shown in one line, this many bytes are short …
const LINE: usize = 400;
/// … and this many characters of a longer one are kept, without the breaks between its words.
const PREVIEW: usize = 200;
/// Bytes of a text that nothing is shown of without its page.
const UNSEEN: usize = 256;
/// A form of more fields goes out as a whole.
const FIELDS: usize = 100;
/// No longer word asks to be left alone.
const STOP_WORD: usize = 12;

/// What a text is found by: a hash of it.
pub type TextHash = [u8; 16];

/// Texts by their hashes.
pub type Texts = HashMap<TextHash, String>;

/// The hash of a text.
pub fn hash_of(text: &str) -> TextHash {
    short_hash(&["text", text])
}

/// Takes the texts out of an event: its head, and they.
///
/// # Errors
/// When a transcript cannot be written as JSON.
pub fn split(event: &ParsedEvent) -> Result<(ParsedEvent, Vec<String>), serde_json::Error> {
    let mut head = event.clone();
    let mut texts = Vec::new();
    let (turns, fields) = match &mut head.body {
        Body::Call(part) if is_long(&part.transcript) => (std::mem::take(&mut part.transcript), Vec::new()),
        Body::Form(form) if form.fields.len() > FIELDS => (Vec::new(), std::mem::take(&mut form.fields)),
        _ => (Vec::new(), Vec::new()),
    };
    in_event(&mut head, &mut |keep, text| {
        if goes_out(keep, text) {
            let stand_in = stand_in(keep, text);
            texts.push(std::mem::replace(text, stand_in));
        }
    });
    match &mut head.body {
        Body::Call(part) if !turns.is_empty() => {
            let list = serde_json::to_string(&turns)?;
            let mut marked = turns;
            mark_echoes(&mut marked);
            let said = marked.iter().filter(|turn| !turn.echo).count();
            part.transcript = vec![Turn { text: wrap(&said.to_string(), LIST, &list, "", ""), ..Turn::default() }];
            texts.push(list);
        }
        Body::Form(form) if !fields.is_empty() => {
            let list = serde_json::to_string(&fields)?;
            let longest = fields.iter().max_by_key(|field| field.value.len()).map(|field| line(&field.value));
            let value = wrap(&longest.unwrap_or_default(), LIST, &list, "", "");
            form.fields = vec![FormField { name: String::new(), value }];
            texts.push(list);
        }
        _ => {}
    }
    Ok((head, texts))
}

/// Puts the texts back: the event as it was.
pub fn join(head: &mut ParsedEvent, texts: &Texts) {
    // What stands in a list was never looked at by itself.
    let (turns, fields) = match &mut head.body {
        Body::Call(part) => (turns_of(&mut part.transcript, texts), None),
        Body::Form(form) => (None, fields_of(&mut form.fields, texts)),
        _ => (None, None),
    };
    in_event(head, &mut |_, text| put(text, texts));
    match (&mut head.body, turns, fields) {
        (Body::Call(part), Some(turns), _) => part.transcript = turns,
        (Body::Form(form), _, Some(fields)) => form.fields = fields,
        _ => {}
    }
}

/// Puts back what names somebody, and leaves what was said where it is.
pub fn join_short(head: &mut ParsedEvent, texts: &Texts) {
    in_event(head, &mut |keep, text| {
        if keep == Excerpt::Start {
            put(text, texts);
        }
    });
}

/// Puts the texts of an entry back, and marks what its transcript echoes.
pub fn fill(entry: &mut Entry, texts: &Texts) {
    let (turns, fields) = match &mut entry.content {
        EntryContent::Call { call } => (turns_of(&mut call.transcript, texts), None),
        EntryContent::Form { form } => (None, fields_of(&mut form.fields, texts)),
        _ => (None, None),
    };
    in_entry(entry, &mut |text| put(text, texts));
    match (&mut entry.content, turns, fields) {
        (EntryContent::Call { call }, turns, _) => {
            call.transcript = turns.unwrap_or_else(|| std::mem::take(&mut call.transcript));
            mark_echoes(&mut call.transcript);
        }
        (EntryContent::Form { form }, _, Some(fields)) => form.fields = fields,
        _ => {}
    }
}

/// Puts back the texts that stand in a text; of one that is not there, how it begins.
pub fn put(text: &mut String, texts: &Texts) {
    if let Cow::Owned(whole) = replaced(text, |stub| texts.get(&stub.hash).map(String::as_str)) {
        *text = whole;
    }
}

/// The texts that an entry lacks, which is not changed.
pub fn lacks(entry: &mut Entry) -> HashSet<TextHash> {
    let mut found = HashSet::new();
    in_entry(entry, &mut |text| lacking(text, &mut found));
    found
}

/// The texts that an event's head lacks, which is not changed; with `short` only those that [`join_short`] puts back.
pub fn lacks_of(head: &mut ParsedEvent, short: bool) -> HashSet<TextHash> {
    let mut found = HashSet::new();
    in_event(head, &mut |keep, text| {
        if !short || keep == Excerpt::Start {
            lacking(text, &mut found);
        }
    });
    found
}

/// The texts that a text lacks.
pub fn lacking(text: &str, found: &mut HashSet<TextHash>) {
    let _ = replaced(text, |stub| {
        found.insert(stub.hash);
        None
    });
}

/// Bytes of an entry once its texts are back, about. It is not changed.
pub fn weight(entry: &mut Entry) -> usize {
    let mut sum = 0;
    in_entry(entry, &mut |text| sum += length(text));
    sum
}

/// The text as far as it is at hand.
pub fn shown(text: &str) -> Cow<'_, str> {
    replaced(text, |_| None)
}

/// The same of a text that is a stand-in or has none in it.
pub fn beginning(text: &str) -> &str {
    Stub::first(text)
        .filter(|(before, _, rest)| before.is_empty() && rest.is_empty())
        .map_or(text, |found| found.1.preview)
}

/// Bytes of a text, also where it is not at hand.
pub fn length(text: &str) -> usize {
    match Stub::first(text) {
        Some((before, stub, rest)) => before.len() + stub.length + length(rest),
        None => text.len(),
    }
}

/// Of a transcript, the turns that are no echo.
pub fn turns_said(turns: &[Turn]) -> usize {
    match turns {
        [only] if is_list(&only.text) => beginning(&only.text).parse().unwrap_or_default(),
        turns => turns.iter().filter(|turn| !turn.echo).count(),
    }
}

/// The letters of a short message, as opt-out words are read out of it.
pub fn opt_out_word(text: &str) -> String {
    match Stub::first(text) {
        Some((_, stub, _)) => stub.stop.to_string(),
        None => letters(text),
    }
}

/// Both say the same, whatever stands between their words; or one says nothing.
pub fn same_words(a: &str, b: &str) -> bool {
    if Stub::first(a).is_none() && Stub::first(b).is_none() {
        let (mut a, mut b) = (a.split_whitespace().peekable(), b.split_whitespace().peekable());
        return a.peek().is_none() || b.peek().is_none() || a.eq(b);
    }
    let words = |text: &str| Stub::first(text).map_or_else(|| words_hash(text), |(_, stub, _)| stub.words.to_string());
    let (a, b, nothing) = (words(a), words(b), words_hash(""));
    a == nothing || b == nothing || a == b
}

fn letters(text: &str) -> String {
    let letters: String = text.chars().filter(|c| c.is_alphabetic() || c.is_whitespace()).take(40).collect();
    letters.trim().to_lowercase()
}

fn words_hash(text: &str) -> String {
    let mut hasher = Sha256::new();
    for word in text.split_whitespace() {
        hasher.update(word);
        hasher.update(" ");
    }
    hex::encode(&hasher.finalize()[..8])
}

fn is_long(turns: &[Turn]) -> bool {
    let of = |turn: &Turn| turn.text.len() + turn.speaker.as_ref().map_or(0, String::len) + 16;
    turns.iter().map(of).sum::<usize>() > UNSEEN
}

fn goes_out(keep: Excerpt, text: &str) -> bool {
    let long = match keep {
        Excerpt::Start => text.len() > START && text.chars().nth(START).is_some(),
        Excerpt::Line => text.len() > LINE,
        Excerpt::Nothing => text.len() > UNSEEN,
    };
    long || text.contains(MARK)
}

/// How a text begins, in one line.
fn line(text: &str) -> String {
    let mut line = String::new();
    let mut room = PREVIEW;
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
            room = room.saturating_sub(1);
        }
        line.extend(word.chars().take(room));
        room = room.saturating_sub(word.chars().take(room).count());
        if room == 0 {
            break;
        }
    }
    line
}

fn stand_in(keep: Excerpt, text: &str) -> String {
    match keep {
        Excerpt::Start => wrap(&text.chars().take(START).collect::<String>(), TEXT, text, "", ""),
        Excerpt::Line => {
            let word = letters(text);
            let stop = if word.len() <= STOP_WORD { word.as_str() } else { "" };
            wrap(&line(text), TEXT, text, &words_hash(text), stop)
        }
        Excerpt::Nothing => wrap("", TEXT, text, "", ""),
    }
}

/// One text.
const TEXT: char = 't';
/// A list of many, as JSON.
const LIST: char = 'l';

fn wrap(preview: &str, kind: char, text: &str, words: &str, stop: &str) -> String {
    let preview = preview.replace(MARK, "\u{FFFD}");
    format!("{MARK}{preview}{MARK}{kind}{}:{}:{words}:{stop}{MARK}", text.len(), hex::encode(hash_of(text)))
}

/// What stands in for a text.
struct Stub<'a> {
    preview: &'a str,
    list: bool,
    length: usize,
    hash: TextHash,
    words: &'a str,
    stop: &'a str,
}

impl<'a> Stub<'a> {
    /// The first in a text, with what stands before and after it.
    fn first(text: &'a str) -> Option<(&'a str, Stub<'a>, &'a str)> {
        let (before, rest) = text.split_once(MARK)?;
        let (preview, rest) = rest.split_once(MARK)?;
        let (said, rest) = rest.split_once(MARK)?;
        let mut parts = said.splitn(4, ':');
        let length = parts.next()?;
        let list = length.starts_with(LIST);
        let length = length.strip_prefix(if list { LIST } else { TEXT })?.parse().ok()?;
        let mut hash = TextHash::default();
        hex::decode_to_slice(parts.next()?, &mut hash).ok()?;
        let (words, stop) = (parts.next()?, parts.next()?);
        Some((before, Stub { preview, list, length, hash, words, stop }, rest))
    }
}

fn is_list(text: &str) -> bool {
    matches!(Stub::first(text), Some(("", Stub { list: true, .. }, "")))
}

/// A text with what `find` answers in place of each stand-in, else with how the text begins.
fn replaced<'a, 't>(text: &'a str, mut find: impl FnMut(&Stub<'_>) -> Option<&'t str>) -> Cow<'a, str> {
    let mut rest = text;
    let mut out = String::new();
    let mut found = false;
    while let Some((before, stub, after)) = Stub::first(rest) {
        found = true;
        out.push_str(before);
        match find(&stub) {
            Some(whole) => out.push_str(whole),
            // Of a list nothing can be shown by itself.
            None if stub.list => {}
            None => out.push_str(stub.preview),
        }
        rest = after;
    }
    if !found {
        return Cow::Borrowed(text);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The list that a single stand-in of its kind stands for.
fn list_of<T: serde::de::DeserializeOwned>(text: &str, texts: &Texts) -> Option<Vec<T>> {
    let (_, stub, _) = Stub::first(text).filter(|(_, stub, _)| stub.list)?;
    serde_json::from_str(texts.get(&stub.hash)?).ok()
}

/// The turns that stand-ins stand for, which are taken away.
fn turns_of(turns: &mut Vec<Turn>, texts: &Texts) -> Option<Vec<Turn>> {
    let whole = if let [only] = turns.as_slice() { list_of(&only.text, texts) } else { None };
    whole.inspect(|_| turns.clear())
}

fn fields_of(fields: &mut Vec<FormField>, texts: &Texts) -> Option<Vec<FormField>> {
    let whole = if let [only] = fields.as_slice() { list_of(&only.value, texts) } else { None };
    whole.inspect(|_| fields.clear())
}
