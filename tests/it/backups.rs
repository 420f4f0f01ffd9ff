//! Backups: made by hand and by the clock, pruned, where they lie, through the API and the command line.

use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use leadtrail::ingest::restore::Choice;
use leadtrail::settings::BackupPolicy;
use leadtrail::store::backup::BackupKind;
use leadtrail::store::projection;
use serde_json::{Value, json};

use super::support::{Line, TestApp, leadtrail, leadtrail_json, serve};

/// A message by one of a few people.
pub fn message(number: u64) -> String {
    let at = DateTime::from_timestamp(1_774_000_000 + number as i64, 0).unwrap();
    let at = at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    json!({ "event": "message.created", "timestamp": at, "data": {
        "id": number, "conversation_id": number % 7 + 1, "direction": "inbound", "sender_type": "contact",
        "content": format!("message number {number}"), "message_type": "text", "channel_type": "webchat",
        "contact": { "id": number % 7 + 1, "name": format!("Person {}", number % 7) }, "created_at": at } })
    .to_string()
}

pub(super) async fn send(
    house: &TestApp,
    source: &leadtrail::store::SourceRow,
    numbers: std::ops::Range<u64>,
) -> Vec<i64> {
    let mut ids = Vec::new();
    for number in numbers {
        let answer = house.post_hook(source, "", message(number)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        ids.push(answer.json()["delivery"].as_i64().unwrap());
    }
    ids
}

#[tokio::test]
async fn a_backup_is_made_listed_and_deleted() {
    let house = TestApp::new();
    let source = house.add("varda").await;
    send(&house, &source, 1..20).await;
    let made = house.post_json("/api/backups", json!({})).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let name = made.json()["name"].as_str().unwrap().to_string();
    let list = house.get_json("/api/backups").await;
    assert_eq!(list["items"][0], made.json());
    assert_eq!((&list["on"], &list["keep"]["daily"], &list["problem"]), (&json!(true), &json!(7), &Value::Null));
    assert_eq!(list["last_at"], made.json()["made_at"]);
    let folder = PathBuf::from(list["folder"].as_str().unwrap());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&folder.join(&name))), (0o700, 0o600));
    }
    let beside: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(beside, [std::ffi::OsString::from(&name)], "one file, nothing beside it");
    for wrong in
        ["..%2Fleadtrail.sqlite", "leadtrail.sqlite", "%2Fetc%2Fpasswd", "leadtrail-2001-01-01T000000Z-hand.sqlite"]
    {
        assert_eq!(house.send_json("DELETE", &format!("/api/backups/{wrong}"), json!({})).await.status, 404, "{wrong}");
        assert_eq!(house.post_json(&format!("/api/backups/{wrong}/restore"), json!({})).await.status, 404, "{wrong}");
    }
    assert_eq!(house.send_json("DELETE", &format!("/api/backups/{name}"), json!({})).await.status, 204);
    assert_eq!(house.get_json("/api/backups").await["items"], json!([]));
}

#[tokio::test]
async fn backups_are_made_by_the_clock_and_pruned() {
    let house = TestApp::new();
    let source = house.add("varda").await;
    send(&house, &source, 1..5).await;
    let set = BackupPolicy { daily: 2, ..BackupPolicy::default() };
    let start: DateTime<Utc> = "2026-11-01T09:00:00Z".parse().unwrap();
    let mut made = Vec::new();
    for hour in 0..(10 * 24) {
        let now = start + TimeDelta::hours(hour);
        let kept = house.app.ingest.back_up_if_due(&set, now, |_, _| true).unwrap();
        made.extend(kept.map(|kept| (hour, kept.name.kind)));
    }
    assert_eq!(made[0], (0, BackupKind::Monthly));
    assert_eq!(made[1], (20, BackupKind::Daily));
    assert_eq!(made.iter().filter(|(_, kind)| *kind == BackupKind::Weekly).count(), 1);
    let list = house.get_json("/api/backups").await;
    let daily = list["items"].as_array().unwrap().iter().filter(|item| item["kind"] == "daily").count();
    assert_eq!(daily, 2);
    let off = BackupPolicy { on: false, ..BackupPolicy::default() };
    let much_later = start + TimeDelta::days(400);
    assert!(house.app.ingest.back_up_if_due(&off, much_later, |_, _| true).unwrap().is_none());
    // After a long sleep one is enough.
    assert!(house.app.ingest.back_up_if_due(&set, much_later, |_, _| true).unwrap().is_some());
    assert!(house.app.ingest.back_up_if_due(&set, much_later, |_, _| true).unwrap().is_none());
}

#[tokio::test]
async fn the_folder_is_the_owners_choice_and_is_looked_at() {
    let house = TestApp::new();
    let elsewhere = tempfile::tempdir().unwrap();
    let file = elsewhere.path().join("file");
    std::fs::write(&file, b"x").unwrap();
    let change = |folder: Value| json!({ "backups": { "folder": folder } });
    for wrong in [json!("relative"), json!(file), json!("/proc/nowhere")] {
        let answer = house.send_json("PATCH", "/api/settings", change(wrong.clone())).await;
        assert_eq!(answer.status, 422, "{wrong}: {}", answer.text());
    }
    let chosen = elsewhere.path().join("a").join("b");
    let answer = house.send_json("PATCH", "/api/settings", change(json!(chosen))).await;
    assert_eq!(answer.json()["backups"]["folder"], json!(chosen), "{}", answer.text());
    let source = house.add("varda").await;
    send(&house, &source, 1..3).await;
    let made = house.post_json("/api/backups", json!({})).await.json();
    assert!(chosen.join(made["name"].as_str().unwrap()).is_file());
    let keep = json!({ "backups": { "keep": { "daily": 3, "weekly": 2, "monthly": 1 }, "on": false, "folder": null } });
    let answer = house.send_json("PATCH", "/api/settings", keep).await.json();
    assert_eq!(answer["backups"]["keep"], json!({ "daily": 3, "weekly": 2, "monthly": 1 }));
    assert_eq!(house.get_json("/api/status").await["settings"]["backups"]["on"], json!(false));
    let none = json!({ "backups": { "keep": { "daily": 0, "weekly": 2, "monthly": 1 } } });
    assert_eq!(house.send_json("PATCH", "/api/settings", none).await.status, 422);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_asks_for_waits_its_turn() {
    let house = TestApp::new();
    // Large enough to be copied in more than one step.
    let store = house.app.store.clone();
    let large = "CREATE TABLE ballast (x BLOB); INSERT INTO ballast VALUES (zeroblob(5000000))";
    std::thread::spawn(move || store.alone(move |c| Ok(c.execute_batch(large)?))).join().unwrap().unwrap();
    let source = house.add("varda").await;
    send(&house, &source, 1..20).await;
    let first = house.post_json("/api/backups", json!({})).await.json()["name"].as_str().unwrap().to_string();
    // The day's backup is under way, and does not end before both of these were asked for.
    let (asked, heard) = std::sync::mpsc::channel();
    let ingest = house.app.ingest.clone();
    let path = ingest.backup_folders(&BackupPolicy::default()).find(&first).unwrap().path;
    let waiting = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let begun = waiting.clone();
    let day = tokio::task::spawn_blocking({
        let ingest = ingest.clone();
        move || {
            let mut once = false;
            ingest.back_up(&BackupPolicy::default(), BackupKind::Daily, leadtrail::clock::now(), |_, _| {
                if !std::mem::replace(&mut once, true) {
                    for restores in [true, false] {
                        let (ingest, asked, path) = (ingest.clone(), asked.clone(), path.clone());
                        begun.lock().unwrap().push(std::thread::spawn(move || {
                            let now = leadtrail::clock::now();
                            asked.send(()).unwrap();
                            if restores {
                                let choice = Choice::Backup { path, exact: false };
                                ingest.restore(&BackupPolicy::default(), &choice, now, |_, _| true).map(drop)
                            } else {
                                ingest.back_up(&BackupPolicy::default(), BackupKind::Hand, now, |_, _| true).map(drop)
                            }
                        }));
                        heard.recv().unwrap();
                    }
                    // What is due by the clock does not wait behind it, and is no failure.
                    let set = BackupPolicy::default();
                    let due = leadtrail::clock::now() + TimeDelta::days(40);
                    assert!(ingest.back_up_if_due(&set, due, |_, _| true).unwrap().is_none());
                    assert_eq!(ingest.backup_problem(), None);
                }
                true
            })
        }
    });
    day.await.unwrap().unwrap();
    let threads: Vec<_> = std::mem::take(&mut *waiting.lock().unwrap());
    assert_eq!(threads.len(), 2);
    for thread in threads {
        tokio::task::block_in_place(|| thread.join().unwrap()).unwrap();
    }
    // Whoever no longer wants it waits no longer.
    let stopped = ingest.clone();
    let stops = tokio::task::spawn_blocking(move || {
        let mut once = false;
        stopped.clone().back_up(&BackupPolicy::default(), BackupKind::Hand, leadtrail::clock::now(), |_, _| {
            if !std::mem::replace(&mut once, true) {
                let stopped = stopped.clone();
                let second = std::thread::spawn(move || {
                    stopped
                        .back_up(&BackupPolicy::default(), BackupKind::Hand, leadtrail::clock::now(), |_, _| false)
                        .map(drop)
                });
                assert_eq!(second.join().unwrap().unwrap_err().to_string(), "Leadtrail is closing.");
            }
            true
        })
    });
    stops.await.unwrap().unwrap();
}

#[test]
fn the_command_line_backs_up_beside_a_running_program_and_restores_only_without() {
    let folder = tempfile::tempdir().unwrap();
    let added = leadtrail_json(folder.path(), &["source", "add", "--provider", "varda", "--name", "Ours", "--json"]);
    let path = format!("/hooks/{}", added["key"].as_str().unwrap());
    let made = {
        let mut serving = serve(folder.path());
        let mut line = Line::open(serving.hooks).unwrap();
        for number in 1..30 {
            assert_eq!(line.post(&path, message(number).as_bytes()).unwrap().0, 200);
        }
        let made = leadtrail_json(folder.path(), &["backup", "--json"]);
        for number in 30..40 {
            assert_eq!(line.post(&path, message(number).as_bytes()).unwrap().0, 200);
        }
        let name = made["name"].as_str().unwrap();
        let refused = leadtrail(folder.path(), &["restore", name, "--yes"]);
        assert!(!refused.status.success());
        assert!(String::from_utf8_lossy(&refused.stderr).contains("already running"));
        drop(line);
        serving.terminate();
        made
    };
    let before = leadtrail_json(folder.path(), &["check", "--json"]);
    let restored = leadtrail_json(folder.path(), &["restore", made["name"].as_str().unwrap(), "--yes", "--json"]);
    assert_eq!(restored["carried_over"], json!(10), "{restored}");
    let after = leadtrail_json(folder.path(), &["check", "--json"]);
    assert_eq!((&after["ok"], &after["projection"]), (&json!(true), &before["projection"]));

    // Elsewhere, and back from there as a file.
    let elsewhere = tempfile::tempdir().unwrap();
    let to = elsewhere.path().join("usb");
    let made = leadtrail_json(folder.path(), &["backup", "--to", to.to_str().unwrap(), "--json"]);
    let file = made["path"].as_str().unwrap();
    let exact = leadtrail_json(folder.path(), &["restore", file, "--exact", "--yes", "--json"]);
    assert_eq!(exact["carried_over"], json!(0));
    // On another machine.
    let other = tempfile::tempdir().unwrap();
    leadtrail_json(other.path(), &["source", "add", "--provider", "meera", "--name", "Theirs", "--json"]);
    leadtrail_json(other.path(), &["restore", file, "--yes", "--json"]);
    let there = leadtrail_json(other.path(), &["check", "--json"]);
    assert_eq!((&there["ok"], &there["projection"]), (&json!(true), &before["projection"]), "{there}");
    let sources = leadtrail_json(other.path(), &["source", "list", "--json"]);
    assert_eq!(sources.as_array().unwrap().len(), 2, "{sources}");
    let missing = leadtrail(folder.path(), &["restore", "nothing.sqlite", "--yes"]);
    assert!(!missing.status.success());
    assert_eq!(String::from_utf8_lossy(&missing.stderr).trim().lines().count(), 1);
}

#[test]
fn a_file_is_copied_before_a_newer_program_changes_it() {
    let folder = tempfile::tempdir().unwrap();
    leadtrail_json(folder.path(), &["source", "add", "--provider", "varda", "--name", "Ours", "--json"]);
    assert!(!folder.path().join("backups").exists(), "nothing to lose at first");
    older(folder.path());
    let store = leadtrail::store::Store::open(folder.path()).unwrap();
    store.read_blocking(projection::hash).unwrap();
    store.close();
    let names: Vec<String> = std::fs::read_dir(folder.path().join("backups"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(names.len(), 1, "{names:?}");
    assert!(names[0].ends_with("-migration.sqlite"), "{names:?}");
    // It goes back to the older schema's file, which is brought up to date again.
    leadtrail_json(folder.path(), &["restore", &names[0], "--yes", "--json"]);
    assert_eq!(leadtrail_json(folder.path(), &["check", "--json"])["ok"], json!(true));
}

/// Makes the file what the first release wrote.
fn older(folder: &std::path::Path) {
    let path = folder.join(leadtrail::store::FILE);
    let source: (String, String, String, Vec<u8>) = {
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection
            .query_row("SELECT uid, name, key, key_hash FROM sources", [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .unwrap()
    };
    std::fs::remove_file(&path).unwrap();
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute_batch(include_str!("../../migrations/0001_trail.sql")).unwrap();
    connection.pragma_update(None, "user_version", 1).unwrap();
    connection
        .execute(
            "INSERT INTO sources (uid, provider, name, key, key_hash, created_at) VALUES (?1, 'varda', ?2, ?3, ?4, 1)",
            (source.0, source.1, source.2, source.3),
        )
        .unwrap();
}
