//! The simulated month is what the readers read.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use chrono::{Datelike, Timelike};

use super::*;
use crate::providers::{ReaderInput, body};
use crate::zone::Tz;

fn until() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-03-26T00:00:00Z").unwrap().with_timezone(&Utc)
}

#[test]
fn the_same_seed_gives_the_same_month() {
    assert_eq!(month(7, 40, until()), month(7, 40, until()));
    assert_ne!(month(7, 40, until()), month(8, 40, until()));
}

/// What a demo, a dictionary or a picture was made of stays what it was, whatever else the generator learns.
#[test]
fn the_month_of_the_demo_is_the_one_it_always_was() {
    let month = month(20_260_325, 260, until());
    assert_eq!(digest(&month.sent), "d144a5c78f61c508");
    assert_eq!(digest(&month.did), "9ee08095b1e15081");
}

fn digest(things: &[impl std::fmt::Debug]) -> String {
    use sha2::{Digest, Sha256};
    let mut sum = Sha256::new();
    things.iter().for_each(|thing| sum.update(format!("{thing:?}")));
    hex::encode(&sum.finalize()[..8])
}

#[test]
fn everything_but_the_planted_slip_can_be_read() {
    let month = month(1, 200, until());
    let mut unread = Vec::new();
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for sent in &month.sent {
        let parsed = body::parse_body(sent.body.as_bytes(), Some("application/json")).unwrap();
        let delivery = ReaderInput {
            event: sent.event,
            body: &parsed.json,
            raw: sent.body.as_bytes(),
            headers: &sent.headers,
            region: "US",
            received_at: sent.at,
        };
        match sent.provider.reader().read(&delivery) {
            Ok(drafts) => {
                for draft in drafts {
                    *kinds.entry(format!("{} {}", sent.provider.slug(), draft.name)).or_default() += 1;
                    assert!(!draft.identities.is_empty(), "{} {} names nobody", sent.provider, draft.name);
                }
            }
            Err(error) => unread.push(error.reason),
        }
    }
    assert_eq!(unread, ["Telmetrics sent a start time we could not read"]);
    assert!(kinds.len() >= 20, "a month shows most of what the senders can say: {kinds:?}");
    assert!(month.did.len() > 20);
}

fn year(leads: usize) -> impl Iterator<Item = SimulatedRequest> {
    let span = YearsPlan { months: 12, ..YearsPlan::of(5, leads, until()) };
    years(span).filter_map(|happening| if let Happening::Sent(sent) = happening { Some(sent) } else { None })
}

/// The business opens from eight to six but on Sundays; what comes at other hours is written, or a message left.
#[test]
fn people_ring_when_somebody_is_there_and_more_of_them_in_spring() {
    let (mut by_month, mut at_night, mut answered, mut late) = ([0; 12], 0, 0, 0);
    let mut last = DateTime::UNIX_EPOCH;
    for sent in year(400) {
        late += usize::from(sent.at < last);
        last = sent.at;
        let local = sent.at.with_timezone(&Tz::NEW_YORK);
        // Whoever is new; the others are heard from whenever they were new, and some time after.
        if sent.event == Some("form_submission") || sent.body.contains("\"first_call\":true") {
            by_month[local.month0() as usize] += 1;
        }
        if sent.event == Some("post_call") && sent.body.contains("\"call_type\":\"answered\"") {
            answered += 1;
            let is_sunday = local.weekday() == chrono::Weekday::Sun;
            at_night += usize::from(is_sunday || !(7..20).contains(&local.hour()));
        }
    }
    assert_eq!(late, 0, "in order of arrival");
    assert!(answered > 50, "{answered}");
    // One that its sender was late with is told of at night.
    assert!(at_night * 20 < answered, "{at_night} of {answered} calls were answered when nobody was there");
    let spring: i32 = by_month[3..6].iter().sum();
    let winter: i32 = [11, 0, 1].iter().map(|month| by_month[*month]).sum();
    assert!(spring * 2 > winter * 3, "{by_month:?}");
}

/// Four minutes are some six hundred words, and not the same ones over and over.
#[test]
fn talks_are_long_and_their_words_many() {
    let (mut talks, mut spoken, mut vocabulary, mut seconds) = (0, 0, std::collections::BTreeSet::new(), 0);
    for sent in year(250).filter(|sent| sent.provider == Provider::CallRail) {
        let body: serde_json::Value = serde_json::from_str(&sent.body).unwrap();
        let Some(turns) = body["conversational_transcript"].as_array().filter(|turns| !turns.is_empty()) else {
            continue;
        };
        talks += 1;
        seconds += body["duration"].as_str().unwrap().parse::<usize>().unwrap();
        for word in turns.iter().flat_map(|turn| turn["phrase"].as_str().unwrap().split_whitespace()) {
            spoken += 1;
            vocabulary.insert(word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase());
        }
    }
    assert!(talks > 100, "{talks}");
    let in_four_minutes = spoken * 240 / seconds;
    assert!((500..700).contains(&in_four_minutes), "{in_four_minutes} words in four minutes");
    assert!((150..350).contains(&(seconds / talks)), "{} seconds a talk", seconds / talks);
    assert!(vocabulary.len() > 2_500, "{} different words among {spoken}", vocabulary.len());
}
