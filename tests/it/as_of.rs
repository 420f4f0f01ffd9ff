//! What was known at a past moment stays what it was, whatever comes after.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use futures_util::future::join_all;
use leadtrail::clock;
use leadtrail::documents::list::{List, make};
use leadtrail::documents::timeline::{self, TimelineFile};
use leadtrail::documents::{Format, Paper, Target};
use leadtrail::domain::Event;
use leadtrail::domain::call::CallState;
use leadtrail::domain::event::{Direction, IdentityKind};
use leadtrail::domain::fold::fold;
use leadtrail::figures::model::Filters;
use leadtrail::figures::{self, Compare, Question};
use leadtrail::ingest::{Ingest, WebhookRequest};
use leadtrail::providers::Provider;
use leadtrail::settings::Business;
use leadtrail::store::{AuthHeader, SigningKey, SourceRow, Store, asof, projection};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rusqlite::Connection;
use serde_json::{Value, json};

use super::event_builders::{self, at, phone, text};
use super::event_versions::kept;
use super::law_two::{CORPUS, open};
use super::support::{TestApp, looks, rebuilds_the_same};

/// A lead without the name of its row, as JSON.
fn shown(events: &[Event]) -> String {
    let mut folded = fold(events);
    folded.lead.id = 0;
    let ids: Vec<Vec<String>> =
        folded.evidence.iter().map(|ids| ids.iter().map(ToString::to_string).collect()).collect();
    json!([folded.lead, folded.journey, folded.entries, ids]).to_string()
}

fn all_leads(c: &Connection) -> Vec<i64> {
    let mut statement = c.prepare("SELECT id FROM leads ORDER BY id").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// Every lead as it stands in the file.
fn now(store: &Store) -> Vec<String> {
    store
        .read_fresh(|c| {
            let mut all = Vec::new();
            for lead in all_leads(c) {
                all.push(shown(&leadtrail::store::erase::events_of_lead(c, lead)?));
            }
            all.sort();
            Ok(all)
        })
        .unwrap()
}

/// Every lead as it was known; and that of leads which nothing changed since, what stands is what was known.
fn then(store: &Store, as_of: DateTime<Utc>) -> Vec<String> {
    store
        .read_fresh(|c| {
            let names = projection::source_names(c)?;
            let changed = asof::changed_since(c, as_of)?;
            assert!(changed.is_sorted());
            let mut all = Vec::new();
            for lead in all_leads(c) {
                let leads: Vec<String> =
                    asof::leads_then(c, lead, as_of, &names)?.iter().map(|events| shown(events)).collect();
                if changed.binary_search(&lead).is_err() {
                    assert_eq!(leads, [shown(&leadtrail::store::erase::events_of_lead(c, lead)?)]);
                }
                all.extend(leads);
            }
            all.sort();
            Ok(all)
        })
        .unwrap()
}

/// When the entries of the corpus happened, and whatever is sent here.
const FROM: NaiveDate = NaiveDate::from_ymd_opt(2026, 2, 15).unwrap();

/// The hash of a report: of everything it says, and of the rows behind it.
fn report(store: &Store, as_of: Option<DateTime<Utc>>) -> String {
    let question = Question {
        name: "overview".into(),
        from: FROM,
        to: FROM + TimeDelta::days(60),
        zone: leadtrail::zone::Tz::NEW_YORK,
        unit: None,
        compare: Compare::Previous,
        filters: Filters::default(),
        as_of,
        business: Business::default(),
        business_name: "Ours".into(),
    };
    let made_at = DateTime::from_timestamp(4_000_000_000, 0).unwrap();
    store.read_fresh(|c| Ok(figures::report(c, &question, made_at).unwrap().manifest.sha256)).unwrap()
}

/// One entry of the corpus, received so many minutes after it was.
type Arrival = (usize, i64);

/// What came before a moment, what waited then for a key that was mended later, and what came after it: some of it again.
fn a_set_in_parts() -> impl Strategy<Value = (Vec<Arrival>, Vec<Arrival>, Vec<Arrival>, usize)> {
    let all = CORPUS.len();
    let run = (0..all, 1usize..8).prop_map(move |(from, n)| (from..(from + n).min(all)).collect::<Vec<_>>());
    (proptest::collection::vec(run, 1..5), 1usize..6).prop_flat_map(|(runs, at_once)| {
        let mut set: Vec<usize> = runs.concat();
        set.sort_unstable();
        set.dedup();
        let n = set.len();
        let again = proptest::collection::vec(proptest::sample::select(set.clone()), 0..6);
        let waits = proptest::collection::vec(proptest::sample::select(set.clone()), 0..4);
        (Just(set).prop_shuffle(), 0..=n, waits, again, Just(at_once)).prop_map(|(set, cut, waits, again, at_once)| {
            let (before, after) = set.split_at(cut);
            let after = after.iter().chain(&again).map(|index| (*index, LATER)).collect();
            // Between what was placed at once, and after it, in the order of receipt.
            let waits = waits.iter().enumerate().map(|(n, index)| (*index, n as i64 - 1)).collect();
            (before.iter().map(|index| (*index, 0)).collect(), waits, after, at_once)
        })
    })
}

/// Minutes: longer than the whole corpus, so that whatever is received later is received after all of it.
const LATER: i64 = 60 * 24 * 365;

type Sources = Vec<(Provider, Arc<SourceRow>)>;

/// The sources as they were while their owner had mistyped a key.
fn locked(sources: &Sources) -> Sources {
    let lock = |source: &SourceRow| {
        let key = SigningKey { id: 1, value: "mistyped".into(), added_at: source.created_at };
        let header = AuthHeader { id: 1, name: "authorization".into(), value: "mistyped".into() };
        Arc::new(SourceRow { signing_keys: vec![key], auth_headers: vec![header], ..source.clone() })
    };
    sources.iter().map(|(provider, source)| (*provider, lock(source))).collect()
}

fn bring(ingest: &Ingest, sources: &Sources, part: &[Arrival], at_once: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let incoming = part.iter().map(|(index, minutes)| {
        let entry = &CORPUS[*index];
        WebhookRequest {
            source: sources.iter().find(|(p, _)| *p == entry.provider).map(|(_, s)| s.clone()).unwrap(),
            event: entry.event.map(String::from),
            content_type: Some("application/json".into()),
            headers: entry.headers.clone(),
            body: entry.body.clone().into(),
            received_at: entry.received_at + TimeDelta::minutes(*minutes),
        }
    });
    let incoming: Vec<WebhookRequest> = incoming.collect();
    runtime.block_on(async {
        for together in incoming.chunks(at_once) {
            for answer in join_all(together.iter().map(|one| ingest.accept(one.clone()))).await {
                answer.unwrap();
            }
        }
    });
}

#[test]
fn whatever_comes_later_the_past_stays_as_it_was() {
    let cases = std::env::var("LEADTRAIL_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(40);
    let last = CORPUS.iter().map(|entry| entry.received_at).max().unwrap() + TimeDelta::minutes(9);
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    runner
        .run(&a_set_in_parts(), |(before, waits, after, at_once)| {
            let folder = super::support::fast_folder();
            let (store, sources) = open(folder.path());
            let ingest = Ingest::new(store.clone());
            bring(&ingest, &sources, &before, at_once);
            bring(&ingest, &locked(&sources), &waits, at_once);
            let waiting = "SELECT count(*) FROM ledger WHERE state = 4 AND events = 0";
            let waiting: u32 = store.read_fresh(|c| Ok(c.query_row(waiting, [], |row| row.get(0))?)).unwrap();
            prop_assert!(waiting as usize >= waits.len());
            let known = now(&store);
            prop_assert_eq!(&then(&store, last), &known);
            let told = report(&store, Some(last));
            prop_assert_eq!(&told, &report(&store, None));
            bring(&ingest, &sources, &after, at_once);
            prop_assert_eq!(&then(&store, last), &known);
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let mended = last + TimeDelta::minutes(LATER / 2);
            for (_, source) in &sources {
                runtime.block_on(ingest.reverify(source.id, mended)).unwrap();
            }
            prop_assert_eq!(&then(&store, last), &known);
            prop_assert_eq!(report(&store, Some(last)), told);
            prop_assert_eq!(then(&store, last + TimeDelta::minutes(2 * LATER)), now(&store));
            store.close();
            Ok(())
        })
        .unwrap();
}

const CALL: &str = include_str!("../fixtures/callrail/post_call-1.json");
const KEY: &str = "072e77e426f92738a72fe23c4d1953b4";

fn call(n: usize, phone: &str, duration: i64) -> String {
    let mut body: Value = serde_json::from_str(CALL).unwrap();
    body["id"] = json!(900_000_000 + n);
    body["resource_id"] = json!(format!("CAL{n:032}"));
    body["customer_phone_number"] = json!(phone);
    body["callernum"] = json!(phone);
    body["person_resource_id"] = Value::Null;
    body["duration"] = json!(duration.to_string());
    body["datetime"] = json!(format!("2026-03-02 10:{n:02}:00"));
    body["start_time"] = json!(format!("2026-03-02T10:{n:02}:00.000-05:00"));
    body.to_string()
}

async fn send(app: &TestApp, source: &SourceRow, event: &str, body: String) -> u16 {
    let signed = Provider::CallRail.reader().sign(body.as_bytes(), KEY, clock::now());
    let headers = [("content-type", "application/json"), (signed[0].0.as_str(), signed[0].1.as_str())];
    app.post_hook_with(source, event, &headers, body).await.status
}

/// The timelines of ids as they were known.
async fn timelines(app: &TestApp, leads: &[i64], as_of: DateTime<Utc>) -> BTreeMap<i64, Value> {
    let time = as_of.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    let mut all = BTreeMap::new();
    for lead in leads {
        let mut page = app.get_json(&format!("/api/leads/{lead}/timeline?as_of={time}")).await;
        // Which row it is part of now.
        page["lead"]["id"] = json!(null);
        all.insert(*lead, page);
    }
    all
}

async fn wait() {
    tokio::time::sleep(std::time::Duration::from_millis(3)).await;
}

#[tokio::test]
async fn through_the_doors_a_moment_stays_what_it_was() {
    let app = TestApp::new();
    // As at every start: which version reads is part of what a report says.
    let ingest = Ingest::new(app.app.store.clone());
    tokio::task::spawn_blocking(move || ingest.bring_up_to_date(|_, _| {})).await.unwrap().unwrap();
    let source = app.add_with("callrail", false, &[], &[]).await;
    for (n, number) in [(1, "+12025550101"), (2, "+12025550102"), (3, "+12025550103")] {
        assert_eq!(send(&app, &source, "/post_call", call(n, number, 60)).await, 200);
    }
    assert_eq!(send(&app, &source, "/call_modified", call(1, "+12025550101", 61)).await, 200);
    let mut leads: Vec<i64> = app.leads().await.iter().map(|lead| lead["id"].as_i64().unwrap()).collect();
    leads.sort_unstable();
    let first = leads[0];
    let tag = json!({ "type": "tag", "tag": "roof" });
    let tagged = app.post_json(&format!("/api/leads/{first}/actions"), tag).await.json();
    // Waits for its key: not known at the moment.
    let id = source.id;
    app.app.store.write(move |b| b.add_source_key(id, None, "mistyped", clock::now()).map(drop)).await.unwrap();
    assert_eq!(send(&app, &source, "/post_call", call(4, "+12025550101", 30)).await, 202);
    let form = json!({
        "resource_id": "FRM1", "submitted_at": "2026-03-01T10:00:00Z",
        "form_data": { "phone": "202-555-0101", "mobile phone": "202-555-0102", "name": "Jane Doe" }
    });
    assert_eq!(send(&app, &source, "/form_submission", form.to_string()).await, 202);
    wait().await;
    let moment = clock::now();
    let known = timelines(&app, &leads, moment).await;
    let all = then(&app.app.store, moment);
    assert_eq!(all, now(&app.app.store));
    let told = report(&app.app.store, Some(moment));
    assert_eq!(told, report(&app.app.store, None));
    wait().await;

    // The key is mended, and what waited joins two of them.
    let patch = app.send_json("PATCH", &format!("/api/sources/{id}"), json!({ "add_signing_key": KEY })).await;
    assert_eq!((patch.status, &patch.json()["replay"]["placed"]), (200, &json!(2)), "{}", patch.text());
    // The same events again, in other words; a change again, by the same words.
    assert_eq!(send(&app, &source, "/post_call", call(2, "+12025550102", 99)).await, 200);
    assert_eq!(send(&app, &source, "/call_modified", call(1, "+12025550101", 61)).await, 200);
    assert_eq!(send(&app, &source, "/call_modified", call(1, "+12025550101", 62)).await, 200);
    let undo = app.post_json(&format!("/api/actions/{}/undo", tagged["id"].as_str().unwrap()), json!({})).await;
    assert!(undo.status < 300, "{}", undo.text());
    assert_eq!(app.leads().await.len(), 2);
    assert!(kept(&app).1 >= 2, "an event was told in two ways");
    assert_eq!(timelines(&app, &leads, moment).await, known);
    assert_eq!(then(&app.app.store, moment), all);
    assert_ne!(timelines(&app, &leads, clock::now()).await, known);
    assert_eq!(report(&app.app.store, Some(moment)), told);
    assert_ne!(report(&app.app.store, None), told);
    rebuilds_the_same(&app).await;
    assert_eq!(report(&app.app.store, Some(moment)), told);
    assert_eq!(timelines(&app, &leads, moment).await, known);
    assert_eq!(then(&app.app.store, moment), all);

    // What was taken back since is not there any more, and is counted.
    wait().await;
    let later = clock::now();
    let back = |as_of| app.app.store.read_fresh(move |c| asof::taken_back_after(c, as_of)).unwrap();
    assert_eq!((back(moment), back(later)), (0, 0));
    let replay = patch.json()["replay"]["replay"].as_i64().unwrap();
    wait().await;
    assert_eq!(app.post_json(&format!("/api/replays/{replay}/undo"), json!({})).await.json(), json!({ "undone": 2 }));
    assert_eq!((back(moment), back(later), back(clock::now())), (0, 2, 0));
    let time = later.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    let said = app.get_json(&format!("/api/reports/overview?from=2026-03-01&to=2026-03-31&as_of={time}")).await;
    let note = said["manifest"]["notes"][0].as_str().unwrap();
    assert!(note.starts_with("2 messages") && note.contains("taken back"), "{note}");
    assert_eq!(timelines(&app, &leads, moment).await, known);
    rebuilds_the_same(&app).await;
    assert_eq!(then(&app.app.store, moment), all);

    // Nothing is left of the wordings of somebody who was erased.
    let before = looks(&app);
    for lead in app.leads().await {
        let erased = app.post_json(&format!("/api/leads/{}/erase", lead["id"]), json!({})).await;
        assert_eq!(erased.status, 200, "{}", erased.text());
    }
    assert_eq!(kept(&app), (0, 0));
    assert_ne!(looks(&app), before);
    rebuilds_the_same(&app).await;
    then(&app.app.store, moment);
}

#[tokio::test]
async fn an_import_that_was_taken_back_is_counted() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    let moment = clock::now();
    let id = source.id;
    let (header, rows) = app
        .app
        .store
        .write(move |batch| {
            let header = batch.append_import(moment, id, b"{}")?;
            for minute in 0..3 {
                let new = leadtrail::store::NewDelivery::new(
                    id,
                    "US",
                    moment + TimeDelta::minutes(minute),
                    None,
                    leadtrail::store::Trust::Unsigned,
                    None,
                    None,
                    b"",
                    b"{}",
                );
                batch.append(&new.of_import(header))?;
            }
            Ok((header, 3))
        })
        .await
        .unwrap();
    let back = |minutes: i64| {
        let as_of = moment + TimeDelta::minutes(minutes);
        app.app.store.read_fresh(move |c| asof::taken_back_after(c, as_of)).unwrap()
    };
    assert_eq!(back(9), 0);
    app.app.store.write(move |b| b.append_taken_back(moment + TimeDelta::minutes(10), header, true)).await.unwrap();
    assert_eq!((back(-1), back(0), back(1), back(9), back(10)), (0, 1, 2, rows, 0));
    // Put in force again: of the time between it cannot be said either.
    app.app.store.write(move |b| b.append_taken_back(moment + TimeDelta::minutes(20), header, false)).await.unwrap();
    assert_eq!((back(9), back(10), back(19), back(20)), (0, rows, rows, 0));
}

/// Everything that says what was known by `as_of`: a report with its notes and rows, both lists, and a timeline, each as
/// it is written to a file. They are made at the same moment, so that nothing else may differ.
fn papers(store: &Store, lead: i64, as_of: DateTime<Utc>) -> BTreeMap<&'static str, String> {
    let made_at = DateTime::from_timestamp(4_000_000_000, 0).unwrap();
    let from = at(0).date_naive();
    let question = Question {
        name: "overview".into(),
        from,
        to: from + TimeDelta::days(3),
        zone: leadtrail::zone::Tz::NEW_YORK,
        unit: None,
        compare: Compare::Previous,
        filters: Filters { source: Some(1), ..Filters::default() },
        as_of: Some(as_of),
        business: Business::default(),
        business_name: "Ours".into(),
    };
    let asked = timeline::TimelineRequest {
        lead,
        redacted: false,
        zone: question.zone,
        as_of: Some(as_of),
        business: "Ours".into(),
        currency: "USD".into(),
        program: "1".into(),
        projection_version: 1,
        made_at,
    };
    let list = |c: &Connection, which| {
        let folder = super::support::fast_folder();
        let path = folder.path().join("list");
        let file = std::fs::File::create(&path).unwrap();
        let target = Target {
            file,
            scratch: folder.path(),
            paper: Paper::A4,
            zone: question.zone,
            currency: "USD",
            detail: Default::default(),
        };
        make(c, which, &question, Format::Csv, target, made_at, &mut |_, _| true).unwrap();
        std::fs::read_to_string(path).unwrap()
    };
    store
        .read_fresh(|c| {
            let mut rows = Vec::new();
            let report = figures::stream::<figures::ReportError>(c, &question, made_at, &mut |row| {
                rows.push(json!(row));
                Ok(())
            });
            Ok(BTreeMap::from([
                ("report", serde_json::to_string_pretty(&report.unwrap()).unwrap()),
                ("rows", serde_json::to_string_pretty(&rows).unwrap()),
                ("leads", list(c, List::Leads)),
                ("calls", list(c, List::Calls)),
                ("timeline", serde_json::to_string_pretty(&TimelineFile::open(c, &asked)?.whole()?).unwrap()),
            ]))
        })
        .unwrap()
}

#[tokio::test]
async fn every_paper_of_a_past_moment_stays_word_for_word() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    for n in 1..=6 {
        let hers = text(n, &phone(n), Direction::Inbound, &format!("text {n}"));
        app.place(
            &source,
            at(10 + n),
            &[hers, event_builders::call(20 + n, &phone(n), CallState::Completed, &["hello"])],
        )
        .await;
    }
    let mut leads: Vec<i64> = app.leads().await.iter().map(|lead| lead["id"].as_i64().unwrap()).collect();
    leads.sort_unstable();
    let moment = at(100);
    let known = papers(&app.app.store, leads[3], moment);
    let notes = |papers: &BTreeMap<&str, String>| {
        let report: Value = serde_json::from_str(&papers["report"]).unwrap();
        report["manifest"]["notes"].clone()
    };
    assert!(notes(&known)[0].as_str().unwrap().contains("20 Mar 2026"), "{}", notes(&known));

    // Of somebody who was heard of earlier than anybody; of those who were known, who are joined to others since; and what
    // the service is called.
    app.place(&source, at(200), &[text(-60 * 24 * 3, &phone(9), Direction::Inbound, "earlier than all")]).await;
    app.place(&source, at(201), &[text(-60 * 24 * 2, &phone(2), Direction::Inbound, "earlier")]).await;
    app.place(&source, at(202), &[event_builders::call(190, &phone(4), CallState::Completed, &["later"])]).await;
    let mut both = text(191, &phone(1), Direction::Inbound, "both");
    both.add_identity(IdentityKind::Phone, phone(5));
    app.place(&source, at(203), &[both]).await;
    let id = source.id;
    app.app.store.write(move |b| b.change_source(id, Some("Another name"), None, None, at(204))).await.unwrap();
    let later = papers(&app.app.store, leads[3], moment);
    let differ: Vec<&str> = known.keys().copied().filter(|paper| known[paper] != later[paper]).collect();
    let both: Vec<(&str, &str)> = differ.iter().map(|paper| (known[paper].as_str(), later[paper].as_str())).collect();
    assert_eq!(differ, [""; 0], "{both:#?}");
    assert_eq!(notes(&later), notes(&known));
    let now = papers(&app.app.store, leads[3], at(300));
    assert_ne!(notes(&now), notes(&known), "by now more is known");
    assert!(now["leads"].contains("Another name") && !known["leads"].contains("Another name"));
}
