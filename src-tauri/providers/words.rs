//! The words a sender uses that its reader knows, each with words for people. The verbatim word is always shown beside them;
//! a word that is not here is shown in quotes with the sender's name.

use strum::IntoStaticStr;

use super::Provider;

/// Where a word stands in what a sender says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum WordKind {
    /// The name of an event: what a message tells. One that is written like a class may come with its family in front.
    Event,
    /// The status of a lead.
    Status,
    /// Why something was closed, stopped or failed.
    Reason,
    /// An outcome somebody tagged.
    Outcome,
    /// The name of something it says, such as `voice_trends.lead`.
    Field,
    /// What it says there: a word of a closed set.
    Value,
}

impl WordKind {
    /// The word used in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A sender's word, and words for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// Where it stands.
    pub kind: WordKind,
    /// As the sender writes it.
    pub word: &'static str,
    /// Words for people: a sentence's beginning, without a full stop.
    pub plain: &'static str,
}

/// Words of one kind.
pub(super) fn of(kind: WordKind, list: &[(&'static str, &'static str)]) -> impl Iterator<Item = Word> {
    list.iter().map(move |&(word, plain)| Word { kind, word, plain })
}

/// Letters and digits in lower case: senders do not agree with themselves on the rest.
pub(super) fn squashed(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The words for people, if the provider's reader knows the word.
pub fn plain(provider: Provider, kind: WordKind, word: &str) -> Option<&'static str> {
    let wanted = squashed(word);
    provider
        .reader()
        .words()
        .into_iter()
        .find(|known| known.kind == kind && squashed(known.word) == wanted)
        .map(|w| w.plain)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::{BTreeMap, BTreeSet, HashMap};

    use serde_json::{Map, Value};

    use super::*;
    use crate::domain::event::Body;
    use crate::providers::body::parse_body;
    use crate::providers::{Headers, ReaderInput, simulator};

    /// Provider, kind and word.
    type Said = BTreeSet<(&'static str, &'static str, String)>;

    /// Written for machines: one word, or words that are glued together.
    fn is_of_machines(word: &str) -> bool {
        let glued = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ':' | '/' | '.');
        let numbers = word.chars().all(|c| !c.is_ascii_alphabetic());
        !numbers && !word.is_empty() && word.len() <= 60 && word.chars().all(glued) && !word.contains("://")
    }

    fn see(said: &mut Said, provider: Provider, kind: WordKind, word: &str) {
        said.insert((provider.slug(), kind.as_str(), word.to_string()));
    }

    /// What stands in a list of facts: every name, and values that are words of machines. `free` values are what somebody wrote.
    fn facts(said: &mut Said, provider: Provider, list: &Map<String, Value>, free: &[&str]) {
        for (name, value) in list {
            see(said, provider, WordKind::Field, name);
            match value {
                Value::String(text) if is_of_machines(text) && !free.contains(&name.as_str()) => {
                    see(said, provider, WordKind::Value, text);
                }
                _ => {}
            }
        }
    }

    /// What people of the business, or the services about one call, wrote themselves: names, places, ids.
    const FREE: [&str; 16] = [
        "campaign_name",
        "campaign_id",
        "user_timezone",
        "campaign_timezone",
        "rep_phone",
        "posted_date",
        "rsvp_session",
        "confirm_rsvp",
        "source",
        "campaign",
        "keywords",
        "lead_value.product_or_service",
        "other_topics",
        "additional_information",
        "last_step",
        "phone",
    ];

    fn heard(said: &mut Said, provider: Provider, body: &Body) {
        use WordKind::{Outcome, Reason, Status, Value as Known};
        match body {
            Body::Status(status) => {
                // A status without a stage is one the reader does not know.
                if status.stage.is_some() {
                    see(said, provider, Status, &status.status);
                    status.reason.iter().for_each(|reason| see(said, provider, Reason, reason));
                }
                facts(said, provider, &status.facts, &[&FREE[..], &["dnd_reason", "soft_close_reason"]].concat());
            }
            Body::Call(part) => {
                let claims: Map<String, Value> = part.claims.iter().cloned().collect();
                for list in [&claims, &part.dispositions, &part.topics, &part.milestones] {
                    facts(said, provider, list, &FREE);
                }
                part.lead_status.iter().chain(&part.requests).for_each(|word| see(said, provider, Known, word));
            }
            Body::Outcome(tag) => see(said, provider, Outcome, &tag.said),
            Body::Conversation(talk) => {
                let words = [&talk.status, &talk.priority, &talk.channel];
                words.into_iter().flatten().for_each(|word| see(said, provider, Known, word));
            }
            Body::Contact(contact) => contact.contact_type.iter().for_each(|word| see(said, provider, Known, word)),
            Body::Message(message) => {
                see(said, provider, Known, &message.channel);
                message.delivery_status.iter().for_each(|word| see(said, provider, Known, word));
            }
            Body::Form(_) | Body::Action(_) => {}
        }
    }

    /// An event by the name its words are kept under: the whole of it, or what stands behind its family.
    fn see_event(said: &mut Said, provider: Provider, name: &str) {
        let own = plain(provider, WordKind::Event, name).map_or_else(|| name.rsplit('.').next(), |_| Some(name));
        see(said, provider, WordKind::Event, own.unwrap_or(name));
    }

    fn read(said: &mut Said, provider: Provider, event: Option<&str>, raw: &[u8]) {
        let Ok(parsed) = parse_body(raw, Some("application/json")) else { return };
        let headers = Headers::default();
        let received_at = "2026-03-26T00:00:00Z".parse().unwrap();
        let delivery = ReaderInput { event, body: &parsed.json, raw, headers: &headers, region: "US", received_at };
        for draft in provider.reader().read(&delivery).unwrap_or_default() {
            // Where a message is a status and nothing else, that is its event.
            if !matches!(draft.body, Body::Status(_)) {
                see_event(said, provider, &draft.name);
            }
            heard(said, provider, &draft.body);
        }
    }

    /// Everything the published bodies, ours and a simulated month say: all of it is read by the readers themselves.
    fn said() -> Said {
        let mut said = Said::new();
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        for &provider in Provider::ALL {
            let mut files = 0;
            for file in std::fs::read_dir(root.join(provider.slug())).unwrap() {
                let raw = std::fs::read(file.unwrap().path()).unwrap();
                files += 1;
                let events = provider.reader().events();
                if events.is_empty() {
                    read(&mut said, provider, None, &raw);
                }
                for event in events {
                    see(&mut said, provider, WordKind::Event, event.key);
                    read(&mut said, provider, Some(event.key), &raw);
                }
            }
            assert!(files > 5);
        }
        for sent in simulator::month(1, 200, "2026-03-26T00:00:00Z".parse().unwrap()).sent {
            read(&mut said, sent.provider, sent.event, sent.body.as_bytes());
        }
        said
    }

    #[test]
    fn every_word_the_readers_meet_has_words_for_people() {
        let known: BTreeSet<(&str, &str, String)> = Provider::ALL
            .iter()
            .flat_map(|provider| {
                let words = provider.reader().words();
                words.into_iter().map(move |word| (provider.slug(), word.kind.as_str(), squashed(word.word)))
            })
            .collect();
        let said = said();
        let mut by_kind: HashMap<&str, usize> = HashMap::new();
        said.iter().for_each(|(_, kind, _)| *by_kind.entry(kind).or_default() += 1);
        assert!(by_kind["field"] > 60 && by_kind["value"] > 20 && by_kind["status"] >= 8, "{by_kind:?}");
        let missing: Vec<_> =
            said.iter().filter(|(p, kind, word)| !known.contains(&(*p, *kind, squashed(word)))).collect();
        assert!(missing.is_empty(), "{missing:#?}");
    }

    #[test]
    fn every_event_has_words_for_people() {
        let events = |provider: Provider| {
            provider.reader().words().into_iter().filter(|word| word.kind == WordKind::Event).collect::<Vec<_>>()
        };
        let counts: Vec<_> = Provider::ALL.iter().map(|provider| (provider.slug(), events(*provider).len())).collect();
        let all = [("meera", 0), ("callrail", 11), ("curious-thing", 5), ("telmetrics", 6), ("varda", 9)];
        assert!(all.iter().all(|expected| counts.contains(expected)), "{counts:?}");
        for Word { word, plain, .. } in Provider::ALL.iter().copied().flat_map(events) {
            assert!(!plain.contains(['_', '-', ':', '/', '.']), "{word}: {plain}");
            for technical in ["pre", "post", "preprocessed", "processed", "SMS"] {
                let says = plain.split(' ').any(|part| part.eq_ignore_ascii_case(technical));
                assert!(!says, "{word}: {plain}");
            }
        }
    }

    #[test]
    fn words_for_people_are_not_of_machines() {
        for &provider in Provider::ALL {
            let mut plain: BTreeMap<(&str, String), &str> = BTreeMap::new();
            for Word { kind, word, plain: words } in provider.reader().words() {
                let first = words.chars().next().unwrap();
                assert!(first.is_uppercase() || first.is_numeric(), "{provider} {word}: {words}");
                assert!(
                    !words.contains('_') && !words.ends_with('.') && !words.contains(':'),
                    "{provider} {word}: {words}"
                );
                // One word, however it is written, has one meaning.
                let before = plain.insert((kind.as_str(), squashed(word)), words);
                assert!(before.is_none_or(|before| before == words), "{provider} {word}: {words} and {before:?}");
            }
        }
        assert_eq!(super::plain(Provider::Varda, WordKind::Outcome, "No-Answer"), Some("No answer"));
        assert_eq!(super::plain(Provider::Varda, WordKind::Outcome, "lunch"), None);
    }
}
