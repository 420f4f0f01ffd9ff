//! When the door was not open: what the program knows of it afterwards, and what the owner is shown.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use leadtrail::clock;
use leadtrail::domain::event::Direction;
use leadtrail::domain::gaps::{GapPeriod, GapReason};
use leadtrail::ingest::UptimeMonitor;
use leadtrail::store::{NewDelivery, NewSource, SourceRow, Store, Trust, projection, sources};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::event_builders::{at, phone, text};
use super::support::{Line, TestApp, fast_folder, leadtrail_json, serve, until_blocking};

/// What the providers really do, in short.
fn resends(provider: &str) -> Option<u32> {
    (provider == "varda").then_some(30)
}

impl TestApp {
    /// Connects a service at a certain time.
    async fn connect(&self, provider: &str, when: DateTime<Utc>) -> Arc<SourceRow> {
        let new = NewSource {
            provider: provider.into(),
            name: format!("Our {provider}"),
            region: "US".into(),
            strict: false,
            key: sources::new_key().unwrap(),
        };
        let id = self.app.store.write(move |batch| batch.add_source(&new, when)).await.unwrap();
        Arc::new(self.app.store.read_blocking(|c| sources::by_id(c, id)).unwrap())
    }

    async fn gap(&self, from: DateTime<Utc>, to: DateTime<Utc>, why: GapReason) -> Option<i64> {
        let period = GapPeriod { from: from.timestamp_micros(), to: to.timestamp_micros(), why };
        self.app.store.write(move |batch| batch.note_gap(period, resends)).await.unwrap()
    }

    async fn gaps(&self, query: &str) -> Vec<Value> {
        self.get_json(&format!("/api/gaps{query}")).await["items"].as_array().unwrap().clone()
    }

    async fn open_gaps(&self) -> i64 {
        self.get_json("/api/status").await["open_gaps"].as_i64().unwrap()
    }
}

fn states(gap: &Value) -> Vec<&str> {
    gap["sources"].as_array().unwrap().iter().map(|part| part["state"].as_str().unwrap()).collect()
}

fn time(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_gap_is_one_of_each_source_that_was_connected_in_it() {
    let house = TestApp::new();
    assert_eq!(house.gap(at(0), at(60), GapReason::Crash).await, None, "nothing is connected, nothing is missed");
    let rail = house.connect("callrail", at(0)).await;
    house.connect("varda", at(30)).await;
    house.connect("meera", at(100)).await;
    house.gap(at(-60), at(60), GapReason::Shutdown).await.unwrap();
    let gaps = house.gaps("").await;
    assert_eq!(gaps.len(), 1);
    let gap = &gaps[0];
    assert_eq!((time(&gap["from"]), time(&gap["to"])), (at(0), at(60)), "not before the first was connected");
    assert_eq!((&gap["why"], &gap["open"]), (&json!("shutdown"), &json!(true)));
    assert_eq!(gap["sources"].as_array().unwrap().len(), 2);
    assert_eq!(
        gap["sources"][0],
        json!({
            "source": rail.id, "name": "Our callrail", "provider": "callrail", "resends": false, "state": "open",
            "reason": null, "import": null, "closed_at": null,
        })
    );
    assert_eq!(gap["sources"][1]["resends"], true);
    assert_eq!(house.open_gaps().await, 1);
}

#[tokio::test]
async fn what_a_service_sends_again_in_time_closes_by_itself() {
    let house = TestApp::new();
    house.connect("varda", at(-10)).await;
    house.gap(at(0), at(0) + TimeDelta::seconds(20), GapReason::Shutdown).await.unwrap();
    let gap = &house.gaps("").await[0];
    assert_eq!((states(gap), &gap["open"]), (vec!["resent"], &json!(false)));
    assert_eq!(house.open_gaps().await, 0);
    assert!(house.gaps("?open=true").await.is_empty());
    house.gap(at(5), at(6), GapReason::Shutdown).await.unwrap();
    assert_eq!(states(&house.gaps("?open=true").await[0]), ["open"]);
}

#[tokio::test]
async fn a_night_with_short_wakings_is_one_gap_until_somebody_closes_it() {
    let house = TestApp::new();
    house.connect("varda", at(-10)).await;
    let second = TimeDelta::seconds(1);
    let first = house.gap(at(0), at(0) + second * 20, GapReason::Asleep).await.unwrap();
    assert_eq!(states(&house.gaps("").await[0]), ["resent"]);
    assert_eq!(house.gap(at(1), at(60), GapReason::Asleep).await, Some(first));
    let gap = &house.gaps("").await[0];
    assert_eq!((time(&gap["from"]), time(&gap["to"]), states(gap)), (at(0), at(60), vec!["open"]));
    assert_ne!(house.gap(at(60), at(61), GapReason::Crash).await, Some(first), "a crash is another thing");
    let closed = house.post_json(&format!("/api/gaps/{first}/close"), json!({ "reason": "A holiday" })).await;
    assert_eq!(closed.status, 200);
    assert_ne!(house.gap(at(60), at(90), GapReason::Asleep).await, Some(first), "what was closed does not grow");
}

#[tokio::test]
async fn a_gap_is_closed_by_hand_or_by_an_import_and_opened_again() {
    let house = TestApp::new();
    let rail = house.connect("callrail", at(-10)).await;
    let meera = house.connect("meera", at(-10)).await;
    let id = house.gap(at(0), at(60), GapReason::Asleep).await.unwrap();
    let close = format!("/api/gaps/{id}/close");
    for bad in [json!({}), json!({ "reason": "  " }), json!({ "reason": "x".repeat(501) })] {
        assert!([400, 422].contains(&house.post_json(&close, bad).await.status));
    }
    assert_eq!(house.post_json("/api/gaps/999/close", json!({ "reason": "x" })).await.status, 404);
    assert_eq!(house.post_json(&close, json!({ "reason": "x", "source": 99 })).await.status, 404);

    // Pages that show it hear of it.
    let waiting = house.get_json("/api/changes?after=0");
    let (heard, closed) =
        tokio::join!(waiting, house.post_json(&close, json!({ "reason": " Office closed ", "source": meera.id })));
    assert_eq!(heard["sources"], json!([rail.id, meera.id]));
    let closed = closed.json();
    assert_eq!((states(&closed), &closed["open"]), (vec!["open", "dismissed"], &json!(true)));
    assert_eq!(closed["sources"][1]["reason"], "Office closed");
    assert!(closed["sources"][1]["closed_at"].is_string());

    let (rail_id, now) = (rail.id, clock::now());
    house.app.store.write(move |batch| batch.gap_imported(id, rail_id, 7, now)).await.unwrap();
    let gap = &house.gaps("").await[0];
    assert_eq!((states(gap), &gap["sources"][0]["import"]), (vec!["imported", "dismissed"], &json!(7)));
    assert_eq!(house.open_gaps().await, 0);
    assert_eq!(house.post_json(&close, json!({ "reason": "x" })).await.status, 409);

    house.app.store.write(move |batch| batch.gap_import_undone(7, now)).await.unwrap();
    assert_eq!(states(&house.gaps("").await[0]), ["open", "dismissed"]);
    let opened = house.post_json(&format!("/api/gaps/{id}/reopen"), json!({ "source": meera.id })).await.json();
    assert_eq!((states(&opened), &opened["sources"][1]["reason"]), (vec!["open", "open"], &Value::Null));
    assert_eq!(house.post_json(&format!("/api/gaps/{id}/reopen"), json!({})).await.status, 409);
}

#[tokio::test]
async fn gaps_stand_on_the_timelines_they_touch_and_nowhere_else() {
    let house = TestApp::new();
    let source = house.connect("callrail", at(-100_000)).await;
    house.place(&source, at(10), &[text(10, &phone(1), Direction::Inbound, "hello")]).await;
    house.place(&source, at(500), &[text(500, &phone(1), Direction::Inbound, "again")]).await;
    house.place(&source, at(90_000), &[text(90_000, &phone(2), Direction::Inbound, "another")]).await;
    let hash = house.app.store.read_blocking(projection::hash).unwrap();
    house.gap(at(-50), at(0), GapReason::Crash).await.unwrap();
    let over_the_first = house.gap(at(5), at(11), GapReason::Crash).await.unwrap();
    let between = house.gap(at(20), at(300), GapReason::Asleep).await.unwrap();
    let soon_after = house.gap(at(600), at(700), GapReason::Shutdown).await.unwrap();
    house.gap(at(500 + 15 * 24 * 60), at(500 + 16 * 24 * 60), GapReason::Shutdown).await.unwrap();
    assert_eq!(house.app.store.read_blocking(projection::hash).unwrap(), hash);

    let leads = house.leads().await;
    let first = leads.iter().find(|lead| lead["phones"][0] == phone(1)).unwrap()["id"].clone();
    let path = format!("/api/leads/{first}/timeline");
    let whole = house.get_json(&path).await;
    let ids = |page: &Value| -> Vec<String> {
        page["entries"].as_array().unwrap().iter().map(|entry| entry["id"].as_str().unwrap().to_string()).collect()
    };
    let gap_ids: Vec<String> = [over_the_first, between, soon_after].iter().map(|id| format!("gap:{id}")).collect();
    let texts: Vec<String> = ids(&house.get_json(&format!("{path}?kinds=message")).await);
    assert_eq!(ids(&whole), [&gap_ids[0], &texts[0], &gap_ids[1], &texts[1], &gap_ids[2]].map(String::clone));
    assert_eq!(whole["counts"], json!({ "gap": 3, "message": 2 }));
    assert_eq!(ids(&house.get_json(&format!("{path}?kinds=gap")).await), gap_ids);
    let entry = &whole["entries"][2];
    assert_eq!((&entry["kind"], &entry["title"]), (&json!("gap"), &json!("Computer asleep")));
    assert_eq!((time(&entry["at"]), time(&entry["gap"]["to"])), (at(20), at(300)));
    assert_eq!((&entry["gap"]["id"], &entry["gap"]["open"]), (&json!(between), &json!(true)));
    assert_eq!(entry["gap"]["sources"][0]["source"], source.id);

    // In pages of any size, and as it was known at a time.
    for limit in 1..6 {
        let paged = house.pages(&format!("{path}?limit={limit}")).await;
        assert_eq!(json!(paged), whole["entries"], "{limit}");
    }
    let known = |when: DateTime<Utc>| {
        let query =
            url::form_urlencoded::Serializer::new(String::new()).append_pair("as_of", &when.to_rfc3339()).finish();
        format!("{path}?{query}")
    };
    assert_eq!(
        ids(&house.get_json(&known(at(200))).await),
        [&gap_ids[0], &texts[0]].map(String::clone),
        "a gap is known when it is over"
    );
    let closed = house.post_json(&format!("/api/gaps/{between}/close"), json!({ "reason": "x" })).await;
    assert_eq!(closed.status, 200);
    assert_eq!(house.get_json(&path).await["entries"][2]["gap"]["open"], false);
    assert_eq!(house.get_json(&known(at(400))).await["entries"][2]["gap"]["open"], true, "it was, then");
}

#[tokio::test]
async fn sample_data_has_no_gaps() {
    let house = TestApp::new();
    house.connect("callrail", at(-10)).await;
    house.app.store.write(|batch| batch.set("demo", "yes")).await.unwrap();
    assert_eq!(house.gap(at(0), at(60), GapReason::Crash).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_door_that_cannot_open_is_a_gap_that_ends_when_it_does() {
    let house = TestApp::new();
    house.connect("callrail", at(0)).await;
    let begins = clock::now();
    let heart = UptimeMonitor::start(&house.app.store, false).await.unwrap();
    let begun = clock::now();
    let (stop, stopped) = watch::channel(false);
    let beating = tokio::spawn(heart.clone().beat_until(stopped));
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    let opens = clock::now();
    heart.listening();
    let opened = clock::now();
    stop.send_replace(true);
    beating.await.unwrap();
    heart.end().await;
    let gaps = house.gaps("").await;
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    assert_eq!(gaps[0]["why"], "not_listening");
    let length = time(&gaps[0]["to"]) - time(&gaps[0]["from"]);
    assert!(length >= opens - begun && length <= opened - begins, "{length}");
    // One that opens at once leaves nothing behind.
    let heart = UptimeMonitor::start(&house.app.store, false).await.unwrap();
    heart.listening();
    heart.end().await;
    assert_eq!(house.gaps("").await.len(), 1);
}

#[tokio::test]
async fn a_clock_that_was_set_back_is_noted_and_makes_no_gap() {
    let house = TestApp::new();
    house.connect("callrail", at(0)).await;
    let tomorrow = (clock::now() + TimeDelta::days(1)).timestamp_micros();
    house
        .app
        .store
        .write(move |batch| {
            let run = batch.run_begins(tomorrow)?;
            batch.run_ends(run, tomorrow)
        })
        .await
        .unwrap();
    UptimeMonitor::start(&house.app.store, true).await.unwrap().end().await;
    assert!(house.gaps("").await.is_empty());
    let moved = house.app.store.read_blocking(|c| sources::setting(c, "clock_moved")).unwrap().unwrap();
    let (_, by): (i64, i64) = serde_json::from_str(&moved).unwrap();
    assert!((by / 1_000_000 + 24 * 3600).abs() < 60, "{by}");
}

/// What `GET` of a running program's private door says.
fn ask(running: &super::support::Serving, path: &str) -> Value {
    let headers = format!("Host: {}\r\nAuthorization: Bearer {}\r\n", running.ui, running.token);
    let (status, body) = Line::open(running.ui).unwrap().get(path, &headers).unwrap();
    assert_eq!(status, 200);
    serde_json::from_slice(&body).unwrap()
}

fn gaps_of(running: &super::support::Serving) -> Vec<Value> {
    ask(running, "/api/gaps")["items"].as_array().unwrap().clone()
}

#[test]
fn the_program_knows_when_it_was_not_there() {
    let folder = fast_folder();
    let data = folder.path();
    serve(data).terminate();
    let added = leadtrail_json(data, &["source", "add", "--provider", "callrail", "--name", "Main", "--json"]);
    let mut first = serve(data);
    let before: Vec<Value> = gaps_of(&first);
    let ends = clock::now();
    assert_eq!(first.terminate(), Some(0));
    let down = clock::now();
    std::thread::sleep(Duration::from_millis(1_300));

    let second = serve(data);
    let gaps = gaps_of(&second);
    assert_eq!(gaps.len(), before.len() + 1, "{gaps:?}");
    assert_eq!(gaps[0]["why"], "shutdown");
    assert!(time(&gaps[0]["from"]) >= ends && time(&gaps[0]["from"]) <= down, "{gaps:?}");
    assert!(time(&gaps[0]["to"]) - time(&gaps[0]["from"]) >= TimeDelta::milliseconds(1_200));
    assert_eq!(ask(&second, "/api/status")["open_gaps"], gaps.len());
    // Killed: the last that is known of it is the delivery it took.
    std::thread::sleep(Duration::from_millis(1_200));
    let path = format!("/hooks/{}/post_call", added["key"].as_str().unwrap());
    let sent = clock::now();
    assert!([200, 202].contains(&Line::open(second.hooks).unwrap().post(&path, b"{}").unwrap().0));
    drop(second);
    std::thread::sleep(Duration::from_millis(100));
    let third = serve(data);
    let gaps = gaps_of(&third);
    assert_eq!((gaps.len(), &gaps[0]["why"]), (before.len() + 2, &json!("crash")));
    assert!(time(&gaps[0]["from"]) >= sent, "{gaps:?}");
}

#[test]
fn going_back_to_a_backup_forgets_no_gap() {
    let folder = fast_folder();
    let data = folder.path();
    let add = |name: &str| leadtrail_json(data, &["source", "add", "--provider", "callrail", "--name", name, "--json"]);
    add("First");
    serve(data).terminate();
    let kept = leadtrail_json(data, &["backup", "--json"])["name"].as_str().unwrap().to_string();
    add("Second");
    std::thread::sleep(Duration::from_millis(1_100));
    let mut running = serve(data);
    let gaps = gaps_of(&running);
    assert_eq!(gaps[0]["sources"].as_array().unwrap().len(), 2, "{gaps:?}");
    running.terminate();
    leadtrail_json(data, &["restore", &kept, "--exact", "--yes", "--json"]);
    let checked = leadtrail_json(data, &["check", "--json"]);
    assert_eq!(checked["problems"], json!([]));
    std::thread::sleep(Duration::from_millis(1_100));
    let running = serve(data);
    let after = gaps_of(&running);
    assert_eq!(after.len(), gaps.len() + 1, "that one, and the time of the restore: {after:?}");
    assert_eq!(after[1]["id"], gaps[0]["id"]);
    assert_eq!(after[1]["sources"].as_array().unwrap().len(), 1, "the second is not connected there");
    assert_eq!(after[0]["why"], "shutdown");
}

#[test]
fn a_machine_that_stood_still_is_a_gap() {
    let folder = fast_folder();
    let data = folder.path();
    leadtrail_json(data, &["source", "add", "--provider", "callrail", "--name", "Main", "--json"]);
    let running = serve(data);
    let begins = clock::now();
    let signal = |name: &str| {
        assert!(Command::new("kill").args([name, &running.child.id().to_string()]).status().unwrap().success());
    };
    signal("-STOP");
    std::thread::sleep(Duration::from_secs(13));
    signal("-CONT");
    let gaps = until_blocking("noticed", || Some(gaps_of(&running)).filter(|gaps| !gaps.is_empty()));
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    assert_eq!(gaps[0]["why"], "asleep");
    let length = time(&gaps[0]["to"]) - time(&gaps[0]["from"]);
    // Up to a tick of the program's own is not told apart from sleep.
    let at_most = clock::now() - begins + TimeDelta::seconds(2);
    assert!(length >= TimeDelta::seconds(11) && length <= at_most, "{length} of {at_most}");
}

/// A message an hour for nine weeks, until so many hours before `now`.
async fn hourly(store: &Store, source: &SourceRow, now: DateTime<Utc>, quiet: i64) {
    let source = source.id;
    store
        .write(move |batch| {
            for hour in quiet..9 * 168 {
                let came = now - TimeDelta::hours(hour);
                let new = NewDelivery::new(source, "US", came, None, Trust::Unsigned, None, None, b"", b"{}");
                batch.append(&new)?;
            }
            Ok(())
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn a_source_that_is_usually_heard_by_now_is_silent() {
    let house = TestApp::new();
    let now = clock::now();
    let quiet = house.connect("callrail", now - TimeDelta::weeks(9)).await;
    let lively = house.connect("varda", now - TimeDelta::weeks(9)).await;
    hourly(&house.app.store, &quiet, now, 12).await;
    hourly(&house.app.store, &lively, now, 1).await;
    let listed = house.get_json("/api/sources").await["items"].clone();
    let last = now - TimeDelta::hours(12);
    assert_eq!(time(&listed[0]["last_heard"]).timestamp(), last.timestamp());
    let silence = &listed[0]["silence"];
    assert_eq!((silence["expected"].as_i64(), time(&silence["since"])), (Some(12), time(&listed[0]["last_heard"])));
    let words = format!("Nothing from Our callrail since {}. Usually 12 by now.", clock::said(last, now));
    assert_eq!(silence["text"], words);
    assert_eq!(listed[1]["silence"], Value::Null);
    let silences = house.get_json("/api/status").await["silences"].clone();
    assert_eq!((silences.as_array().unwrap().len(), &silences[0]["source"]), (1, &json!(quiet.id)));

    // Told once for each silence.
    use leadtrail::ingest::silence::untold;
    assert_eq!(untold(&house.app.store, now).await.unwrap().len(), 1);
    assert!(untold(&house.app.store, now).await.unwrap().is_empty());
    house.gap(now - TimeDelta::hours(11), now, GapReason::Asleep).await.unwrap();
    let listed = house.get_json("/api/sources").await["items"].clone();
    assert_eq!(listed[0]["silence"], Value::Null, "our own gap is no silence of theirs");
}
