//! Saved reports and their schedules: each due time is made once, whatever happens in between.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use leadtrail::clock;
use leadtrail::exports::MadeDue;
use leadtrail::store::saved;
use serde_json::{Value, json};

use super::exports::{ended, names_in, town, values};
use super::support::TestApp;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A report of yesterday, each day at 7 in New York, saved long ago.
async fn daily(app: &TestApp, folder: &Path, since: &str) -> i64 {
    let new = json!({
        "name": "Morning / overview", "report": "overview", "format": "json", "range": "yesterday", "query": {},
        "schedule": { "every": "daily", "at": "07:00", "folder": folder.display().to_string(), "on": true },
    });
    let answer = app.post_json("/api/saved-reports", new).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let id = answer.json()["id"].as_i64().unwrap();
    let since = at(since);
    app.app.store.write(move |batch| batch.saved_since(id, since)).await.unwrap();
    id
}

fn due(app: &TestApp, now: &str) -> Vec<MadeDue> {
    let mut made = Vec::new();
    tokio::task::block_in_place(|| app.app.exports.make_due(at(now), |one| made.push(one.clone()))).unwrap();
    made
}

fn runs(app: &TestApp) -> i64 {
    let sql = "SELECT count(*) FROM schedule_runs";
    app.app.store.read_blocking(|c| Ok(c.query_row(sql, [], |row| row.get(0))?)).unwrap()
}

fn broken(app: &TestApp, sql: &'static str) {
    let job = move |batch: &mut leadtrail::store::Batch<'_>| Ok(batch.transaction().execute_batch(sql)?);
    tokio::task::block_in_place(|| app.app.store.write_blocking(job)).unwrap();
}

fn name(day: &str) -> String {
    format!("Northgate - Homes, Morning - overview, {day} to {day}.json")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fell_into_a_gap_is_made_after_it_once() {
    let (app, _) = town().await;
    let folder = tempfile::tempdir().unwrap();
    daily(&app, folder.path(), "2026-03-18T00:00:00Z").await;
    assert_eq!(due(&app, "2026-03-18T10:59:59Z"), []);
    assert_eq!(due(&app, "2026-03-18T11:00:00Z").len(), 1);
    // The program did not run for three days.
    let made = due(&app, "2026-03-21T15:00:00Z");
    let when: Vec<DateTime<Utc>> = made.iter().map(|made| made.due_at).collect();
    assert_eq!(when, [at("2026-03-19T11:00:00Z"), at("2026-03-20T11:00:00Z"), at("2026-03-21T11:00:00Z")]);
    let files = [name("2026-03-17"), name("2026-03-18"), name("2026-03-19"), name("2026-03-20")];
    assert_eq!(names_in(folder.path()), files);
    assert_eq!(due(&app, "2026-03-21T15:00:30Z"), []);
    // The clock is set back, and goes on: nothing twice.
    for now in ["2026-03-19T11:30:00Z", "2026-03-20T12:00:00Z", "2026-03-21T16:00:00Z"] {
        assert_eq!(due(&app, now), [], "{now}");
    }
    assert_eq!((names_in(folder.path()).len(), runs(&app)), (4, 4));
    // Its period is that of when it was due, and what is known is known now.
    let whole: Value = serde_json::from_slice(&std::fs::read(folder.path().join(name("2026-03-19"))).unwrap()).unwrap();
    let text = whole.to_string();
    assert!(text.contains("Zebulon Quartermain") && !text.contains("Ann Other"), "{text}");
    let saved = app.get_json("/api/saved-reports").await["items"][0].clone();
    assert_eq!(saved["last_made"]["period"], "2026-03-20 to 2026-03-20");
    assert_eq!(saved["last_made"]["problem"], Value::Null);
    assert!(saved["next_at"].is_string());
    let exports = app.get_json("/api/exports").await;
    assert!(exports["items"].as_array().unwrap().iter().all(|e| e["schedule"] == saved["id"] && e["state"] == "done"));
    // The file is the owner's: only the entry of the list goes.
    let gone = app.send_json("DELETE", &format!("/api/exports/{}", exports["items"][0]["id"]), json!({})).await;
    assert_eq!(gone.status, 200);
    assert_eq!((names_in(folder.path()).len(), due(&app, "2026-03-21T17:00:00Z")), (4, vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_time_zone_makes_nothing_again() {
    let (app, _) = town().await;
    let folder = tempfile::tempdir().unwrap();
    daily(&app, folder.path(), "2026-03-15T00:00:00Z").await;
    assert_eq!(due(&app, "2026-03-20T12:00:00Z").len(), 6);
    let moved = |zone: &str| {
        let mut values = values();
        values.business.time_zone = Some(zone.into());
        app.app.settings.replace(values);
    };
    // West: seven in the morning of the same day comes once more. East: it was before.
    for (zone, next) in [
        ("America/Los_Angeles", "2026-03-21T14:00:00Z"),
        ("America/New_York", "2026-03-22T11:00:00Z"),
        ("Asia/Tokyo", "2026-03-22T22:00:00Z"),
    ] {
        moved(zone);
        let before = at(next) - TimeDelta::seconds(1);
        assert_eq!(due(&app, &before.to_rfc3339()), [], "{zone}");
        let made = due(&app, next);
        assert_eq!(made.iter().map(|made| made.due_at).collect::<Vec<_>>(), [at(next)], "{zone}");
    }
    assert_eq!((names_in(folder.path()).len(), runs(&app)), (9, 9));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_killed_in_the_middle_makes_it_once() {
    let (app, _) = town().await;
    let folder = tempfile::tempdir().unwrap();
    daily(&app, folder.path(), "2026-03-20T00:00:00Z").await;
    assert_eq!(due(&app, "2026-03-20T12:00:00Z").len(), 1);
    let file = folder.path().join(name("2026-03-19"));
    let half = "DELETE FROM schedule_runs; UPDATE exports SET state = 'running', made_at = NULL, sha256 = NULL;";
    // After the file came into its place, before that was noted.
    broken(&app, half);
    tokio::task::block_in_place(|| app.app.exports.tidy()).unwrap();
    assert_eq!(due(&app, "2026-03-20T12:01:00Z").len(), 1);
    assert_eq!((names_in(folder.path()), runs(&app)), (vec![name("2026-03-19")], 1));
    // While it was written.
    broken(&app, half);
    let id = app.get_json("/api/exports").await["items"][0]["id"].as_i64().unwrap();
    std::fs::rename(&file, folder.path().join(format!(".leadtrail-export-{id}.part"))).unwrap();
    tokio::task::block_in_place(|| app.app.exports.tidy()).unwrap();
    assert_eq!(due(&app, "2026-03-20T12:02:00Z").len(), 1);
    assert_eq!((names_in(folder.path()), runs(&app)), (vec![name("2026-03-19")], 1));
    // Before anything was noted.
    broken(&app, "DELETE FROM schedule_runs; DELETE FROM exports;");
    std::fs::remove_file(&file).unwrap();
    assert_eq!(due(&app, "2026-03-20T12:03:00Z").len(), 1);
    assert_eq!((names_in(folder.path()), runs(&app)), (vec![name("2026-03-19")], 1));
    assert_eq!(due(&app, "2026-03-20T12:04:00Z"), []);
    assert_eq!(app.get_json("/api/exports").await["items"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_not_there_is_said_and_tried_again() {
    let (app, _) = town().await;
    let stick = tempfile::tempdir().unwrap();
    let folder = stick.path().join("reports");
    std::fs::create_dir(&folder).unwrap();
    daily(&app, &folder, "2026-03-20T00:00:00Z").await;
    std::fs::remove_dir(&folder).unwrap();
    assert_eq!(due(&app, "2026-03-20T12:00:00Z"), []);
    let last = app.get_json("/api/saved-reports").await["items"][0]["last_made"].clone();
    assert!(last["problem"].as_str().unwrap().ends_with("is not there."), "{last}");
    assert_eq!(app.get_json("/api/exports").await["items"], json!([]));
    let doctor = app.get_json("/api/doctor").await;
    let item = doctor["items"].as_array().unwrap().iter().find(|item| item["name"] == "schedules").cloned();
    assert_eq!(item.unwrap_or_else(|| panic!("{doctor}"))["state"], "warn");
    std::fs::create_dir(&folder).unwrap();
    // Not at once, and not never; what came due meanwhile comes with it.
    assert_eq!(due(&app, "2026-03-20T12:01:00Z"), []);
    assert_eq!(due(&app, "2026-03-21T12:00:00Z").len(), 2);
    assert_eq!(names_in(&folder), [name("2026-03-19"), name("2026-03-20")]);
    let last = app.get_json("/api/saved-reports").await["items"][0]["last_made"].clone();
    assert_eq!(last["problem"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_goes_where_the_schedule_says_now() {
    let (app, _) = town().await;
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let id = daily(&app, old.path(), "2026-03-20T00:00:00Z").await;
    assert_eq!(due(&app, "2026-03-20T12:00:00Z").len(), 1);
    broken(&app, "DELETE FROM schedule_runs; UPDATE exports SET state = 'failed', made_at = NULL;");
    std::fs::remove_file(old.path().join(name("2026-03-19"))).unwrap();
    let export = app.get_json("/api/exports").await["items"][0]["id"].as_i64().unwrap();
    std::fs::write(old.path().join(format!(".leadtrail-export-{export}.part")), "half").unwrap();
    let schedule = json!({ "every": "daily", "at": "07:00", "folder": new.path().display().to_string(), "on": true });
    let path = format!("/api/saved-reports/{id}");
    assert_eq!(app.send_json("PATCH", &path, json!({ "schedule": schedule })).await.status, 200);
    assert_eq!(due(&app, "2026-03-20T12:01:00Z").len(), 1);
    assert_eq!((names_in(old.path()), names_in(new.path())), (vec![], vec![name("2026-03-19")]));
    assert_eq!(app.get_json("/api/exports").await["items"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_stood_ahead_does_not_stop_a_schedule() {
    let (app, _) = town().await;
    let folder = tempfile::tempdir().unwrap();
    daily(&app, folder.path(), "2026-03-19T00:00:00Z").await;
    assert_eq!(due(&app, "2026-03-19T12:00:00Z").len(), 1);
    // A minute in 2031: the newest 31.
    assert_eq!(due(&app, "2031-01-31T12:00:00Z").len(), 31);
    assert_eq!(due(&app, "2026-03-20T12:00:00Z").len(), 1);
    assert_eq!(due(&app, "2026-03-20T12:01:00Z").len(), 0);
    // One that was saved while it stood ahead.
    let other = json!({ "name": "Other", "range": "last_week", "format": "json", "schedule": { "every": "daily", "at": "08:00" } });
    let id = app.post_json("/api/saved-reports", other).await.json()["id"].as_i64().unwrap();
    assert_eq!(due(&app, "2026-03-20T12:02:00Z").len(), 0);
    let saved = app.app.store.read_blocking(move |c| saved::by_id(c, id)).unwrap();
    assert_eq!(saved.since, at("2026-03-20T12:02:00Z"));
    let made = due(&app, "2026-03-21T12:00:00Z");
    assert_eq!(made.len(), 2, "{made:?}");
    assert!(made.iter().any(|made| Path::new(&made.path).starts_with(app.app.exports.folder())), "its usual folder");
}

#[tokio::test(flavor = "multi_thread")]
async fn saved_reports_are_kept_changed_made_and_deleted() {
    let (app, _) = town().await;
    let new = json!({
        "name": " Monthly  overview ", "report": "overview", "format": "pdf", "paper": "letter",
        "range": { "from": "2026-03-01", "to": "2026-03-31" }, "query": { "compare": "year", "rep": "Sam" },
        "schedule": { "every": "monthly", "day": 1, "at": "07:00", "folder": "", "on": true },
    });
    let added = app.post_json("/api/saved-reports", new.clone()).await;
    assert_eq!(added.status, 201, "{}", added.text());
    let saved = added.json();
    assert_eq!((&saved["name"], &saved["paper"]), (&json!("Monthly overview"), &json!("letter")));
    assert_eq!(saved["schedule"]["day"], 1);
    let next: DateTime<Utc> = serde_json::from_value(saved["next_at"].clone()).unwrap();
    assert!(next > clock::now() && next < clock::now() + TimeDelta::days(32));
    assert_eq!(app.post_json("/api/saved-reports", new).await.status, 409, "the name is taken");
    for (wrong, words) in [
        (json!({ "name": " ", "range": "yesterday" }), "name"),
        (json!({ "name": "x", "range": { "from": "2026-03-02", "to": "2026-03-01" } }), "before"),
        (json!({ "name": "x", "range": "yesterday", "format": "docx" }), "into what"),
        (json!({ "name": "x", "range": "yesterday", "report": "y" }), "no such report"),
        (json!({ "name": "x", "range": "yesterday", "query": { "from": "2026-03-02" } }), "range"),
        (json!({ "name": "x", "range": "yesterday", "schedule": { "every": "weekly", "at": "07:00" } }), "weekday"),
        (json!({ "name": "x", "range": "yesterday", "schedule": { "every": "daily", "at": "25:00" } }), "07:00"),
        (
            json!({ "name": "x", "range": "yesterday", "schedule": { "every": "daily", "at": "07:00", "folder": "/nowhere/x" } }),
            "not there",
        ),
        (
            json!({ "name": "x", "range": "yesterday", "schedule": { "every": "daily", "at": "07:00", "folder": "x" } }),
            "whole path",
        ),
        (json!({ "name": "x", "range": "someday" }), "fit"),
    ] {
        let answer = app.post_json("/api/saved-reports", wrong.clone()).await;
        assert!(matches!(answer.status, 404 | 422), "{wrong}: {} {}", answer.status, answer.text());
        assert!(answer.text().contains(words), "{wrong}: {}", answer.text());
    }
    let path = format!("/api/saved-reports/{}", saved["id"]);
    let changed =
        app.send_json("PATCH", &path, json!({ "format": "json", "schedule": null, "query": {} })).await.json();
    assert_eq!(
        (&changed["schedule"], &changed["next_at"], &changed["format"]),
        (&Value::Null, &Value::Null, &json!("json"))
    );
    assert_eq!(changed["name"], "Monthly overview");
    let export = app.post_json(&format!("{path}/make"), json!({})).await;
    assert_eq!(export.status, 201, "{}", export.text());
    let export = ended(&app, export.json()["id"].as_i64().unwrap()).await;
    assert_eq!((&export["state"], &export["schedule"]), (&json!("done"), &Value::Null), "{export}");
    assert_eq!(export["file_name"], "Northgate - Homes, Monthly overview, 2026-03-01 to 2026-03-31.json");
    assert_eq!(app.send_json("DELETE", &path, json!({})).await.status, 200);
    assert_eq!(app.get_json("/api/saved-reports").await["items"], json!([]));
    assert_eq!(app.send_json("DELETE", &path, json!({})).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_in_folders_of_the_owner_are_named_when_somebody_is_erased() {
    let (app, _) = town().await;
    let folder = tempfile::tempdir().unwrap();
    daily(&app, folder.path(), "2026-03-20T00:00:00Z").await;
    assert_eq!(due(&app, "2026-03-20T12:00:00Z").len(), 1);
    let lead = app.get_json("/api/leads?q=Quartermain").await["items"][0]["id"].as_i64().unwrap();
    let done = app.post_json(&format!("/api/leads/{lead}/erase"), json!({})).await.json();
    let there = folder.path().join(name("2026-03-19"));
    assert_eq!((&done["exports"], &done["exports_deleted"]), (&json!([there.display().to_string()]), &json!(0)));
    assert!(there.exists(), "it is the owner's to delete");
}
