//! Going back to a backup: what senders sent since is carried over, who was erased stays erased, whatever happens meanwhile.

use std::path::PathBuf;

use axum::body::Body;
use leadtrail::ingest::restore::Choice;
use leadtrail::settings::BackupPolicy;
use leadtrail::store::{checkup, journal};
use serde_json::{Value, json};

use super::backups::{message, send};
use super::support::{Line, TestApp, leadtrail_json, serve};

impl TestApp {
    async fn sound(&self) -> String {
        let found = self.app.store.read_fresh(checkup::check).unwrap();
        assert!(found.ok, "{:?}", found.problems);
        found.projection
    }

    /// The journal's deliveries by number.
    fn kept(&self) -> Vec<(i64, Vec<u8>)> {
        let entries = self.app.store.read_blocking(|c| journal::after(c, 0, 10_000)).unwrap();
        let bodies = entries.into_iter().filter_map(|(seq, entry)| match entry {
            journal::JournalEntry::Delivery(row) => Some((seq, row.body)),
            _ => None,
        });
        bodies.collect()
    }

    /// What a rebuild gives is what is there.
    async fn is_as_rebuilt(&self) {
        let ingest = self.app.ingest.clone();
        let rebuilt = tokio::task::spawn_blocking(move || ingest.rebuild(|_, _| {})).await.unwrap().unwrap();
        assert_eq!(rebuilt.hash_before, rebuilt.hash_after);
    }
}

#[tokio::test]
async fn going_back_carries_over_what_senders_sent_since() {
    let house = TestApp::new();
    let source = house.add("varda").await;
    send(&house, &source, 1..40).await;
    let name = house.post_json("/api/backups", json!({})).await.json()["name"].as_str().unwrap().to_string();
    // Since then: more messages, a new service, a note.
    send(&house, &source, 40..60).await;
    let later = house.add("telmetrics").await;
    let call = include_bytes!("../fixtures/telmetrics/01-CallPreprocessed-v4.json").to_vec();
    assert_eq!(house.post_hook(&later, "", Body::from(call)).await.status, 200);
    let lead = house.leads().await[0]["id"].as_i64().unwrap();
    let note = json!({ "type": "note", "text": "called back" });
    assert_eq!(house.post_json(&format!("/api/leads/{lead}/actions"), note).await.status, 201);
    let before = house.kept();
    let with_note = house.sound().await;
    let seq = house.get_json("/api/status").await["seq"].as_i64().unwrap();
    let ids: Vec<Value> = house.leads().await.iter().map(|lead| lead["id"].clone()).collect();

    let restored = house.post_json(&format!("/api/backups/{name}/restore"), json!({})).await;
    assert_eq!(restored.status, 200, "{}", restored.text());
    let restored = restored.json();
    assert_eq!((&restored["carried_over"], &restored["left_out"]), (&json!(21), &json!(1)), "{restored}");
    assert_eq!(house.kept(), before, "every delivery, under its number");
    let without_note = house.sound().await;
    assert_ne!(without_note, with_note);
    house.is_as_rebuilt().await;
    let mut now: Vec<Value> = house.leads().await.iter().map(|lead| lead["id"].clone()).collect();
    let mut ids = ids;
    ids.sort_by_key(Value::to_string);
    now.sort_by_key(Value::to_string);
    assert_eq!(now, ids, "a lead has the number it had");
    // Pages hear that everything is another, whatever they remember.
    for after in [0, seq - 3, seq] {
        let changes = house.get_json(&format!("/api/changes?after={after}")).await;
        assert_eq!(changes["reset"], json!(true), "{after}: {changes}");
    }
    // The service that was connected since still sends, and so does the other.
    let next = include_bytes!("../fixtures/telmetrics/03-CallStartCall-v4.json").to_vec();
    assert_eq!(house.post_hook(&later, "", Body::from(next)).await.status, 200);
    send(&house, &source, 60..70).await;
    house.sound().await;

    // And back: what was kept holds the note, and what came since is carried over again.
    let kept = restored["kept"].as_str().unwrap();
    let back = house.post_json(&format!("/api/backups/{kept}/restore"), json!({ "exact": false })).await.json();
    assert_eq!((&back["carried_over"], &back["left_out"]), (&json!(11), &json!(0)), "{back}");
    house.sound().await;
    house.is_as_rebuilt().await;
    let timeline = house.timeline(&json!({ "id": lead })).await;
    assert!(timeline.iter().any(|entry| entry["kind"] == "note"), "{timeline:?}");
    assert_eq!(house.kept().len(), before.len() + 11);
}

#[tokio::test]
async fn exactly_is_exactly() {
    let house = TestApp::new();
    let source = house.add("varda").await;
    send(&house, &source, 1..10).await;
    let hash = house.sound().await;
    let name = house.post_json("/api/backups", json!({})).await.json()["name"].as_str().unwrap().to_string();
    let since = send(&house, &source, 10..20).await;
    let restored = house.post_json(&format!("/api/backups/{name}/restore"), json!({ "exact": true })).await.json();
    assert_eq!(restored["carried_over"], json!(0));
    assert_eq!(house.sound().await, hash);
    let next = send(&house, &source, 20..21).await;
    assert!(next[0] > since[9], "a number that was given out is not given out again");
}

#[tokio::test]
async fn what_is_verified_since_stays_verified() {
    let house = TestApp::new();
    let source = house.add_with("callrail", false, &["wrong"], &[]).await;
    let body = br#"{"answered":true,"customer_phone_number":"+12065550100","id":"CAL1","start_time":"2026-03-26T10:00:00Z","tracking_phone_number":"+12065550199","duration":"30"}"#;
    let name = house.post_json("/api/backups", json!({})).await.json()["name"].as_str().unwrap().to_string();
    let answer = house
        .post_hook_with(
            &source,
            "/post_call",
            &[("content-type", "application/json"), ("signature", "nope")],
            body.to_vec(),
        )
        .await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    let key = house.get_json("/api/sources").await["items"][0]["signing_keys"][0]["id"].clone();
    let id = source.id;
    // The owner takes the key away: the source is trusted by its address again, and what waited is placed.
    let now = leadtrail::clock::now();
    let key = key.as_i64().unwrap_or(1);
    house.app.store.write(move |batch| batch.remove_source_key(id, key, now)).await.unwrap();
    assert_eq!(house.app.ingest.reverify(id, now).await.unwrap().placed, 1);
    let hash = house.sound().await;
    let restored = house.post_json(&format!("/api/backups/{name}/restore"), json!({})).await.json();
    assert_eq!(restored["carried_over"], json!(1), "{restored}");
    assert_eq!(house.sound().await, hash);
    house.is_as_rebuilt().await;
}

#[tokio::test]
async fn who_was_erased_stays_erased() {
    let house = TestApp::new();
    let source = house.add("varda").await;
    send(&house, &source, 1..30).await;
    let lead = house.leads().await[0].clone();
    let name = house.post_json("/api/backups", json!({})).await.json()["name"].as_str().unwrap().to_string();
    let text = lead["name"].as_str().unwrap().to_string();
    let erased = house.post_json(&format!("/api/leads/{}/erase", lead["id"]), json!({})).await;
    assert_eq!(erased.status, 200, "{}", erased.text());
    let hash = house.sound().await;
    let items = house.get_json("/api/backups").await["items"].clone();
    assert_eq!(items[0]["holds_erased"].as_array().unwrap().len(), 1, "{items}");

    for exact in [false, true] {
        let path = format!("/api/backups/{name}/restore");
        let restored = house.post_json(&path, json!({ "exact": exact })).await;
        assert_eq!(restored.status, 200, "{}", restored.text());
        let names: Vec<Value> = house.leads().await.iter().map(|lead| lead["name"].clone()).collect();
        assert!(!names.contains(&json!(text)), "{names:?}");
        assert!(!holds(house.app.store.path(), &text), "the bytes of the file");
        assert_eq!(house.sound().await, hash);
        house.is_as_rebuilt().await;
    }
    // The button: the backup is written anew, and is a backup still.
    let rewritten = house.post_json(&format!("/api/backups/{name}/rewrite"), json!({})).await;
    assert_eq!(rewritten.status, 200, "{}", rewritten.text());
    assert_eq!(rewritten.json()["holds_erased"], json!([]));
    let folder = PathBuf::from(house.get_json("/api/backups").await["folder"].as_str().unwrap());
    assert!(!holds(&folder.join(&name), &text));
    assert_eq!(house.post_json(&format!("/api/backups/{name}/restore"), json!({})).await.status, 200);
    assert_eq!(house.sound().await, hash);
}

#[tokio::test]
async fn who_is_erased_while_a_backup_is_restored_stays_erased() {
    let house = TestApp::new();
    // Large enough to be copied in more than one step.
    let store = house.app.store.clone();
    let large = "CREATE TABLE ballast (x BLOB); INSERT INTO ballast VALUES (zeroblob(5000000))";
    std::thread::spawn(move || store.alone(move |c| Ok(c.execute_batch(large)?))).join().unwrap().unwrap();
    let source = house.add("varda").await;
    send(&house, &source, 1..30).await;
    let lead = house.leads().await[0].clone();
    let (id, text) = (lead["id"].as_i64().unwrap(), lead["name"].as_str().unwrap().to_string());
    let name = house.post_json("/api/backups", json!({})).await.json()["name"].as_str().unwrap().to_string();
    let kept = house.app.ingest.backup_folders(&BackupPolicy::default()).find(&name).unwrap();
    for exact in [false, true] {
        let ingest = house.app.ingest.clone();
        let choice = Choice::Backup { path: kept.path.clone(), exact };
        let now = leadtrail::clock::now();
        if !exact {
            // Somebody presses the button while the backup is copied.
            let (ingest, choice) = (ingest.clone(), choice.clone());
            let tried = std::thread::spawn(move || {
                let mut pressed = false;
                ingest.restore(&BackupPolicy::default(), &choice, now, |_, _| {
                    if !std::mem::replace(&mut pressed, true) {
                        ingest.erase(id, false, now).unwrap();
                    }
                    true
                })
            });
            assert!(tried.join().unwrap().unwrap_err().to_string().contains("erased just now"));
        }
        let hash = house.sound().await;
        let restoring = std::thread::spawn(move || ingest.restore(&BackupPolicy::default(), &choice, now, |_, _| true));
        restoring.join().unwrap().unwrap();
        assert_eq!(house.sound().await, hash);
        let names: Vec<Value> = house.leads().await.iter().map(|lead| lead["name"].clone()).collect();
        assert!(!names.contains(&json!(text)), "{names:?}");
        assert!(!holds(house.app.store.path(), &text), "the bytes of the file");
    }
}

/// Whether the words stand in the bytes of the file.
fn holds(path: &std::path::Path, words: &str) -> bool {
    let bytes = std::fs::read(path).unwrap();
    bytes.windows(words.len()).any(|window| window == words.as_bytes())
}

#[tokio::test]
async fn a_damaged_or_foreign_backup_is_refused_and_nothing_changes() {
    let house = TestApp::new();
    let source = house.add("varda").await;
    send(&house, &source, 1..200).await;
    let hash = house.sound().await;
    let name = house.post_json("/api/backups", json!({})).await.json()["name"].as_str().unwrap().to_string();
    let folder = PathBuf::from(house.get_json("/api/backups").await["folder"].as_str().unwrap());
    let whole = std::fs::read(folder.join(&name)).unwrap();
    let mut flipped = whole.clone();
    flipped[5 * 4096..7 * 4096].fill(0xA5);
    let newer = {
        let mut newer = whole.clone();
        // The schema's number stands at 60.
        newer[60..64].copy_from_slice(&9999_u32.to_be_bytes());
        newer
    };
    for (what, bytes) in
        [("cut", &whole[..whole.len() / 2]), ("flipped", &flipped[..]), ("text", b"hello there"), ("newer", &newer[..])]
    {
        std::fs::write(folder.join(&name), bytes).unwrap();
        let answer = house.post_json(&format!("/api/backups/{name}/restore"), json!({})).await;
        assert!((400..500).contains(&answer.status), "{what}: {} {}", answer.status, answer.text());
        assert_eq!(house.sound().await, hash, "{what}");
        let left: Vec<_> =
            std::fs::read_dir(folder.parent().unwrap()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert!(!left.iter().any(|name| name.to_string_lossy().contains("restoring")), "{what}: {left:?}");
    }
    send(&house, &source, 200..201).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn senders_that_send_meanwhile_lose_nothing() {
    let house = TestApp::new();
    let source = house.add("varda").await;
    send(&house, &source, 1..50).await;
    let name = house.post_json("/api/backups", json!({})).await.json()["name"].as_str().unwrap().to_string();
    let kept = house.app.ingest.backup_folders(&BackupPolicy::default()).find(&name).unwrap();
    let ingest = house.app.ingest.clone();
    let restoring = tokio::task::spawn_blocking(move || {
        let mut done = Vec::new();
        for _ in 0..5 {
            let choice = Choice::Backup { path: kept.path.clone(), exact: false };
            done.push(ingest.restore(&BackupPolicy::default(), &choice, leadtrail::clock::now(), |_, _| true).unwrap());
        }
        done
    });
    let mut sent = Vec::new();
    let mut number = 1000;
    while !restoring.is_finished() {
        sent.extend(send(&house, &source, number..number + 1).await);
        number += 1;
    }
    let done = restoring.await.unwrap();
    assert_eq!(done.len(), 5);
    let kept: Vec<i64> = house.kept().into_iter().map(|(seq, _)| seq).collect();
    assert!(sent.iter().all(|seq| kept.contains(seq)), "{} sent meanwhile", sent.len());
    assert_eq!(kept.len(), 49 + sent.len());
    house.sound().await;
    house.is_as_rebuilt().await;
}

/// `LEADTRAIL_KILLS=100` runs longer.
#[test]
fn a_restore_that_is_killed_leaves_one_whole_file_and_nothing_lost() {
    let rounds: u64 = std::env::var("LEADTRAIL_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(8);
    let folder = tempfile::tempdir().unwrap();
    let added = leadtrail_json(folder.path(), &["source", "add", "--provider", "varda", "--name", "Ours", "--json"]);
    let path = format!("/hooks/{}", added["key"].as_str().unwrap());
    let acknowledged = std::sync::Mutex::new(Vec::new());
    let next = std::sync::atomic::AtomicU64::new(1);
    let (mut name, mut restores) = (String::new(), 0);
    for round in 0..rounds {
        let mut serving = serve(folder.path());
        if round == 0 {
            let mut line = Line::open(serving.hooks).unwrap();
            for _ in 0..200 {
                let number = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                assert_eq!(line.post(&path, message(number).as_bytes()).unwrap().0, 200);
                acknowledged.lock().unwrap().push(number);
            }
            let made = leadtrail_json(folder.path(), &["backup", "--json"]);
            name = made["name"].as_str().unwrap().to_string();
        }
        let (hooks, ui) = (serving.hooks, serving.ui);
        let head = format!(
            "POST /api/backups/{name}/restore HTTP/1.1\r\nHost: {ui}\r\nAuthorization: Bearer {}\r\nContent-Length: 0\r\n\r\n",
            serving.token
        );
        restores += std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let Ok(mut line) = Line::open(hooks) else { return };
                    loop {
                        let number = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        match line.post(&path, message(number).as_bytes()) {
                            Ok((200, _)) => acknowledged.lock().unwrap().push(number),
                            _ => return,
                        }
                    }
                });
            }
            let restoring = scope.spawn(|| {
                let mut done = 0;
                while let Ok(mut line) = Line::open(ui)
                    && line.write(head.as_bytes()).is_ok()
                    && let Ok((status, answer)) = line.answer()
                {
                    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
                    done += 1;
                }
                done
            });
            // Another moment in every round.
            std::thread::sleep(std::time::Duration::from_millis(150 + (round * 397) % 1500));
            serving.child.kill().unwrap();
            serving.child.wait().unwrap();
            restoring.join().unwrap()
        });
    }
    // What waited in the inbox is taken in by the next start.
    assert_eq!(serve(folder.path()).terminate(), Some(0));
    let acknowledged = acknowledged.into_inner().unwrap();
    println!("{} acknowledged, {restores} restores done, {rounds} kills", acknowledged.len());
    super::disk::kept_once(folder.path(), &acknowledged);
}
