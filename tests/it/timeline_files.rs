//! Files of one lead's timeline: everything but recordings; and the redacted ones without who it is about.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use leadtrail::documents::timeline::{TimelineFile, TimelineRequest, TimelineView, document, html, json};
use leadtrail::domain::entry::EntryContent;
use leadtrail::ingest::demo;
use leadtrail::store::query::lead::{TimelineRange, timeline};
use leadtrail::store::query::leads::{Filter, page};
use leadtrail::store::{Connection, Store, StoreError};
use serde_json::Value;

use super::html_files::{between, rule_holds};
use super::support::fast_folder;

fn until() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-03-26T00:00:00Z").unwrap().to_utc()
}

fn asked(lead: i64, redacted: bool) -> TimelineRequest {
    TimelineRequest {
        lead,
        redacted,
        zone: leadtrail::zone::Tz::NEW_YORK,
        as_of: None,
        business: "Northgate Homes".into(),
        currency: "USD".into(),
        program: "0.0.0".into(),
        projection_version: 1,
        made_at: until(),
    }
}

fn files(told: &TimelineView) -> (String, String) {
    let (mut page, mut data) = (Vec::new(), Vec::new());
    let entries = || told.entries.iter().cloned().map(Ok);
    html::write(told, entries(), &mut page).unwrap();
    json::write(told, entries(), &mut data).unwrap();
    (String::from_utf8(page).unwrap(), String::from_utf8(data).unwrap())
}

fn told(connection: &Connection, asked: &TimelineRequest) -> Result<TimelineView, StoreError> {
    TimelineFile::open(connection, asked)?.whole()
}

fn filled() -> (tempfile::TempDir, Store) {
    let folder = fast_folder();
    let store = Store::open(folder.path()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(demo::fill(&store, until(), |_, _| {})).unwrap();
    (folder, store)
}

fn leads(store: &Store) -> Vec<i64> {
    let mut filter = Filter { limit: 200, ..Filter::default() };
    let mut ids = Vec::new();
    loop {
        let found = store.read_blocking(|c| page(c, &filter)).unwrap();
        ids.extend(found.items.iter().map(|item| item.lead.id));
        filter.cursor = found.next_cursor;
        if filter.cursor.is_none() {
            return ids;
        }
    }
}

/// Texts of a JSON, each with the name it stands under; times and names of agents are left out.
fn texts(value: &Value, under: &str, out: &mut Vec<String>) {
    const STAY: [&str; 6] = ["agent", "by", "rep", "business", "sha256", "time_zone"];
    match value {
        Value::String(text) if !STAY.contains(&under) && DateTime::parse_from_rfc3339(text).is_err() => {
            out.push(text.clone());
        }
        Value::Number(number) => out.push(number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| texts(item, under, out)),
        Value::Object(map) => {
            for (key, value) in map {
                out.push(key.clone());
                texts(value, key, out);
            }
        }
        _ => {}
    }
}

fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() >= 2).map(str::to_lowercase)
}

#[test]
fn every_timeline_is_a_file_and_the_redacted_one_says_nothing_of_who_it_was() {
    let (_folder, store) = filled();
    let ids = leads(&store);
    assert!(ids.len() > 100);
    let (mut recordings, mut named) = (0, 0);
    for id in ids {
        let asked_all = asked(id, false);
        let plain = store.read_blocking(move |c| told(c, &asked_all)).unwrap();
        let part = TimelineRange { limit: usize::MAX, ..TimelineRange::default() };
        let stored = store.read_blocking(move |c| timeline(c, id, &part)).unwrap();
        assert_eq!(plain.entries.len(), stored.entries.len());
        assert_eq!(plain.lead.id, 0, "a lead is named by an event, not by a row");
        let (page, data) = files(&plain);
        rule_holds(&page, false);
        assert_eq!(document(&plain).days.iter().map(|day| day.items.len()).sum::<usize>(), plain.entries.len());
        for link in stored.entries.iter().filter_map(|entry| entry.call()?.recording_url.as_ref()) {
            recordings += 1;
            assert!(
                !page.contains(link.as_str()) && !data.contains(link.as_str()),
                "a recording's link left the machine"
            );
        }

        let asked_less = asked(id, true);
        let less = store.read_blocking(move |c| told(c, &asked_less)).unwrap();
        let (page, data) = files(&less);
        rule_holds(&page, false);
        assert_eq!(less.entries.len(), plain.entries.len());
        assert_eq!(between(&page, "<title>", "</title>"), "Timeline, redacted");
        let mut said = Vec::new();
        texts(&serde_json::from_str(&data).unwrap(), "", &mut said);
        let body = page.split("</style>").nth(1).unwrap();
        // Tags of the page aside, everything a reader sees.
        for piece in body.split('<').filter_map(|piece| piece.split_once('>')).map(|(_, text)| text) {
            said.push(piece.to_string());
        }
        let names: BTreeSet<String> = plain.lead.name.iter().flat_map(|name| words(name)).collect();
        let agents: BTreeSet<String> = plain
            .entries
            .iter()
            .flat_map(|entry| {
                let call = entry.call().and_then(|call| call.agent.clone());
                let text = entry.message().and_then(|message| message.agent.clone());
                call.into_iter().chain(text).chain(entry.outcome().and_then(|outcome| outcome.by.clone()))
            })
            .chain(plain.lead.rep.clone())
            .flat_map(|name| words(&name).collect::<Vec<_>>())
            .chain(["northgate", "homes", "name", "number", "mail", "address", "link", "id"].map(String::from))
            .collect();
        named += usize::from(!names.is_empty());
        // For looking at: `LEADTRAIL_HTML_OUT=folder cargo nextest run timeline_files`.
        if let (Ok(folder), 5) = (std::env::var("LEADTRAIL_HTML_OUT"), named) {
            std::fs::write(format!("{folder}/timeline.html"), files(&plain).0).unwrap();
            std::fs::write(format!("{folder}/timeline-redacted.html"), &page).unwrap();
        }
        for text in &said {
            assert!(!text.contains('@'), "{text}");
            for word in words(text) {
                assert!(!names.contains(&word) || agents.contains(&word), "{word} in {text}");
            }
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            for phone in &plain.lead.phones {
                assert!(!digits.contains(&phone[phone.len() - 7..]), "{phone} in {text}");
            }
            for id in &plain.lead.external_ids {
                assert!(id.value.len() < 3 || !text.contains(&id.value), "{} in {text}", id.value);
            }
        }
        for entry in &plain.entries {
            assert!(!data.contains(&entry.id), "an entry's own name leads back to it");
        }
    }
    assert!(recordings > 20 && named > 100, "{recordings} {named}");
}

#[test]
fn what_a_sender_wrote_does_nothing_in_a_timeline() {
    let (_folder, store) = filled();
    let id = leads(&store)[0];
    let all = asked(id, false);
    let mut plain = store.read_blocking(move |c| told(c, &all)).unwrap();
    let evil = "</style></title><script>alert(1)</script><img src=x onerror=alert(1)>\"'\u{0}\u{202e}";
    plain.lead.name = Some(evil.into());
    plain.lead.tags = vec![evil.into()];
    plain.manifest.business = evil.into();
    for entry in &mut plain.entries {
        entry.title = evil.into();
        if let EntryContent::Call { call } = &mut entry.content {
            call.summary = Some(evil.into());
            call.transcript.iter_mut().for_each(|turn| turn.text = evil.into());
            call.dispositions.insert(evil.into(), evil.into());
        }
        if let EntryContent::Message { message } = &mut entry.content {
            message.text = evil.into();
        }
    }
    let (page, data) = files(&plain);
    rule_holds(&page, false);
    assert!(!page.contains("<img") && !page.contains('\u{0}'));
    assert_eq!(page.matches("</style>").count(), 1);
    assert_eq!(serde_json::from_str::<TimelineView>(&data).unwrap(), plain);
    assert!(
        store.read_blocking(|c| told(c, &asked(9_999_999, false))).is_err_and(|e| matches!(e, StoreError::NotFound(_)))
    );
}
