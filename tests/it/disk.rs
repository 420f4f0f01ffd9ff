//! Trouble with the disk and the file: what the sender hears, what the owner reads, that it mends by itself when the
//! cause goes, and that nothing acknowledged is lost.

use std::path::Path;
use std::time::Duration;

use leadtrail::store::{FILE, Store, StoreError, checkup, journal};
use serde_json::{Value, json};

use super::backups::message;
use super::support::{Answer, Line, TestApp, leadtrail, leadtrail_json, serve, until, until_blocking};

/// Something done to the writer's connection, between two commits.
fn alone(house: &TestApp, job: impl FnOnce(&mut rusqlite::Connection) -> rusqlite::Result<()> + Send + 'static) {
    let store = house.app.store.clone();
    std::thread::spawn(move || store.alone(move |connection| Ok(job(connection)?))).join().unwrap().unwrap();
}

fn is_asked_to_come_again(answer: &Answer) {
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert!(answer.header("retry-after").is_some_and(|seconds| seconds.parse::<u32>().unwrap() > 0));
}

/// Sends until the cause is there, then takes it away, and everything acknowledged is there once.
async fn trouble(begin: fn(&TestApp), end: fn(&TestApp), words: &str) {
    let house = TestApp::new();
    let source = house.add("varda").await;
    let mut acknowledged = Vec::new();
    for number in 1..20 {
        let answer = house.post_hook(&source, "", message(number)).await;
        acknowledged.push(answer.json()["delivery"].as_i64().unwrap());
    }
    assert_eq!(house.get_json("/api/status").await["trouble"], Value::Null);
    begin(&house);
    let mut refused = 0;
    for number in 20..60 {
        let answer = house.post_hook(&source, "", message(number)).await;
        if answer.status == 200 {
            acknowledged.push(answer.json()["delivery"].as_i64().unwrap());
            continue;
        }
        is_asked_to_come_again(&answer);
        refused += 1;
        if refused == 3 {
            break;
        }
    }
    assert_eq!(refused, 3, "the cause is felt");
    let status = house.get_json("/api/status").await;
    let text = status["trouble"]["text"].as_str().unwrap();
    assert!(text.contains(words), "{text}");
    assert!(text.ends_with("Nothing already here is affected."), "{text}");
    assert!(status["trouble"]["since"].is_string());
    assert_eq!(house.leads().await.len(), 7, "looking goes on");
    end(&house);
    let answer = house.post_hook(&source, "", message(100)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    acknowledged.push(answer.json()["delivery"].as_i64().unwrap());
    assert_eq!(house.get_json("/api/status").await["trouble"], Value::Null, "it is over by itself");
    let kept: Vec<i64> = house.deliveries().await.iter().map(|row| row["id"].as_i64().unwrap()).collect();
    assert_eq!(kept.len(), acknowledged.len());
    assert!(acknowledged.iter().all(|id| kept.contains(id)));
    let found = house.app.store.read_fresh(checkup::check).unwrap();
    assert!(found.ok, "{:?}", found.problems);
}

#[tokio::test]
async fn a_full_disk() {
    // Full, as far as SQLite can tell: the file may not become larger.
    let begin = |house: &TestApp| {
        alone(house, |connection| {
            let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
            connection.pragma_update(None, "max_page_count", pages)
        });
    };
    let end = |house: &TestApp| alone(house, |c| c.pragma_update(None, "max_page_count", 1_000_000));
    trouble(begin, end, "The disk is full").await;
}

#[tokio::test]
async fn a_file_that_may_only_be_read() {
    let begin = |house: &TestApp| alone(house, |c| c.pragma_update(None, "query_only", "ON"));
    let end = |house: &TestApp| alone(house, |c| c.pragma_update(None, "query_only", "OFF"));
    trouble(begin, end, "only be read").await;
}

#[tokio::test]
async fn a_file_that_another_program_holds() {
    use std::sync::Mutex;
    static HOLDER: Mutex<Option<rusqlite::Connection>> = Mutex::new(None);
    let begin = |house: &TestApp| {
        alone(house, |connection| connection.busy_timeout(Duration::from_millis(30)));
        let other = rusqlite::Connection::open(house.app.store.path()).unwrap();
        other.execute_batch("BEGIN EXCLUSIVE").unwrap();
        *HOLDER.lock().unwrap() = Some(other);
    };
    let end = |_: &TestApp| *HOLDER.lock().unwrap() = None;
    trouble(begin, end, "Another program").await;
}

#[tokio::test]
async fn a_clock_that_is_set_back_a_day() {
    use leadtrail::ingest::{IngestOutcome, WebhookRequest};
    let house = TestApp::new();
    let source = house.add("varda").await;
    let now = leadtrail::clock::now();
    let take = |number: u64, received_at| {
        let incoming = WebhookRequest {
            source: source.clone(),
            event: None,
            content_type: Some("application/json".into()),
            headers: leadtrail::providers::Headers::default(),
            body: message(number).into(),
            received_at,
        };
        house.app.ingest.accept(incoming)
    };
    for number in 1..20 {
        take(number, now).await.unwrap();
    }
    let order: Vec<Value> = house.leads().await.iter().map(|lead| lead["id"].clone()).collect();
    let yesterday = now - chrono::TimeDelta::days(1);
    for number in 1..20 {
        let receipt = take(number, yesterday).await.unwrap();
        assert!(matches!(receipt.outcome, IngestOutcome::Duplicate { .. }), "{number}: {receipt:?}");
    }
    let again: Vec<Value> = house.leads().await.iter().map(|lead| lead["id"].clone()).collect();
    assert_eq!(again, order, "in the order of what happened");
    take(20, yesterday).await.unwrap();
    // Backups that the wrong clock named do not keep the next one away.
    let set = leadtrail::settings::BackupPolicy::default();
    assert!(house.app.ingest.back_up_if_due(&set, now + chrono::TimeDelta::days(30), |_, _| true).unwrap().is_some());
    assert!(house.app.ingest.back_up_if_due(&set, now, |_, _| true).unwrap().is_some());
    let found = house.app.store.read_fresh(checkup::check).unwrap();
    assert!(found.ok, "{:?}", found.problems);
    let ingest = house.app.ingest.clone();
    let rebuilt = tokio::task::spawn_blocking(move || ingest.rebuild(|_, _| {})).await.unwrap().unwrap();
    assert_eq!(rebuilt.hash_before, rebuilt.hash_after);
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_really_full() {
    // Needs the right to mount; elsewhere the test above stands in for it.
    let disk = tempfile::tempdir().unwrap();
    let mount = |arguments: &[&str]| {
        std::process::Command::new("mount").args(arguments).arg(disk.path()).output().is_ok_and(|o| o.status.success())
    };
    if !mount(&["-t", "tmpfs", "-o", "size=24m", "tmpfs"]) {
        println!("no right to mount: left to the test with a file that may not grow");
        return;
    }
    let done = std::panic::catch_unwind(|| really_full(&disk.path().join("data")));
    let _ = std::process::Command::new("umount").arg(disk.path()).status();
    done.unwrap();
}

#[cfg(target_os = "linux")]
fn really_full(data: &Path) {
    let added = leadtrail_json(data, &["source", "add", "--provider", "varda", "--name", "Ours", "--json"]);
    let path = format!("/hooks/{}", added["key"].as_str().unwrap());
    let mut acknowledged = Vec::new();
    let mut serving = serve(data);
    let bearer = format!("Host: {}\r\nAuthorization: Bearer {}\r\n", serving.ui, serving.token);
    let ask = |what: &str| -> Value {
        let mut line = Line::open(serving.ui).unwrap();
        serde_json::from_slice(&line.get(what, &bearer).unwrap().1).unwrap()
    };
    let mut line = Line::open(serving.hooks).unwrap();
    let ballast = data.join("ballast");
    let mut send = |number: u64| {
        let (status, answer) = line.post(&path, message(number).as_bytes()).unwrap();
        match status {
            200 => acknowledged.push(number),
            503 => assert!(String::from_utf8_lossy(&answer).contains("disk"), "{}", String::from_utf8_lossy(&answer)),
            other => panic!("{other}: {}", String::from_utf8_lossy(&answer)),
        }
        status
    };
    (1..50).for_each(|number| assert_eq!(send(number), 200));
    // Somebody else fills the disk to the last byte.
    let _ = std::fs::write(&ballast, vec![7; 24 * 1024 * 1024]);
    let refused = (50..400).filter(|number| send(*number) == 503).count();
    assert!(refused > 10, "the disk was felt to be full: {refused}");
    println!("{refused} of 350 refused on a full disk");
    let status = ask("/api/status");
    assert!(status["trouble"]["text"].as_str().unwrap().contains("The disk is full"), "{status}");
    std::fs::remove_file(&ballast).unwrap();
    let mut after = (400..500).map(&mut send);
    assert!(after.any(|status| status == 200), "it goes on when there is room");
    (500..520).for_each(|number| assert_eq!(send(number), 200));
    assert_eq!(ask("/api/status")["trouble"], Value::Null);
    drop(line);
    assert_eq!(serving.terminate(), Some(0));
    kept_once(data, &acknowledged);
}

/// Every acknowledged message is in the journal once, and the file is sound.
pub fn kept_once(data: &Path, acknowledged: &[u64]) {
    let store = Store::open(data).unwrap();
    let kept = messages(&store);
    let mut times = std::collections::HashMap::new();
    kept.iter().for_each(|number| *times.entry(*number).or_insert(0) += 1);
    for number in acknowledged {
        assert_eq!(times.get(number), Some(&1), "message {number}");
    }
    let found = store.read_fresh(checkup::check).unwrap();
    assert!(found.ok, "{:?}", found.problems);
    store.close();
}

fn messages(store: &Store) -> Vec<u64> {
    let entries = store.read_blocking(|c| journal::after(c, 0, 100_000)).unwrap();
    let numbers = entries.into_iter().filter_map(|(_, entry)| match entry {
        journal::JournalEntry::Delivery(row) => {
            serde_json::from_slice::<Value>(&row.body).ok().and_then(|body| body["data"]["id"].as_u64())
        }
        _ => None,
    });
    numbers.collect()
}

/// A folder with messages and, on request, a backup after half of them.
fn filled(folder: &Path, messages: u64, with_backup: bool) -> String {
    let added = leadtrail_json(folder, &["source", "add", "--provider", "varda", "--name", "Ours", "--json"]);
    let path = format!("/hooks/{}", added["key"].as_str().unwrap());
    let mut serving = serve(folder);
    let mut line = Line::open(serving.hooks).unwrap();
    for number in 1..=messages {
        assert_eq!(line.post(&path, message(number).as_bytes()).unwrap().0, 200);
        if with_backup && number == messages / 2 {
            leadtrail_json(folder, &["backup", "--json"]);
        }
    }
    drop(line);
    serving.terminate();
    path
}

fn damage(folder: &Path, how: impl Fn(&mut Vec<u8>)) {
    let path = folder.join(FILE);
    let mut bytes = std::fs::read(&path).unwrap();
    how(&mut bytes);
    std::fs::write(&path, bytes).unwrap();
}

#[test]
fn a_file_that_cannot_be_opened_is_said_and_mended_from_a_backup() {
    for (what, how) in [
        ("cut to nothing", (|bytes: &mut Vec<u8>| bytes.clear()) as fn(&mut Vec<u8>)),
        ("cut in half", |bytes| bytes.truncate(bytes.len() / 2)),
        ("head overwritten", |bytes| bytes[..100].fill(0x5A)),
        ("not a file of ours", |bytes| *bytes = b"hello, this is a letter\n".repeat(400)),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = filled(folder.path(), 60, true);
        damage(folder.path(), how);
        assert!(matches!(Store::open(folder.path()), Err(StoreError::Damaged(_))), "{what}");
        let check = leadtrail(folder.path(), &["check"]);
        assert!(!check.status.success(), "{what}");
        let said = String::from_utf8_lossy(&check.stderr).into_owned();
        assert_eq!(said.trim().lines().count(), 1, "{what}: {said}");
        assert!(said.contains("leadtrail restore") && said.contains("leadtrail salvage"), "{what}: {said}");

        let mut serving = serve(folder.path());
        let mut line = Line::open(serving.hooks).unwrap();
        assert_eq!(line.post(&path, message(99).as_bytes()).unwrap().0, 503, "{what}: nothing can be kept");
        let host = format!("Host: {}\r\nAuthorization: Bearer {}\r\n", serving.ui, serving.token);
        let mut ui = Line::open(serving.ui).unwrap();
        let (status, answer) = ui.get("/api/status", &host).unwrap();
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!(status, 200, "{what}");
        let backup = answer["damaged"]["backups"][0]["name"].as_str().unwrap().to_string();
        assert!(answer["damaged"]["text"].is_string() && answer["damaged"]["salvage"] == json!(true), "{what}");
        assert_eq!(ui.get("/api/leads", &host).unwrap().0, 503, "{what}");
        let body = json!({ "restore": backup }).to_string();
        let head = format!(
            "POST /api/recovery HTTP/1.1\r\n{host}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        ui.write(head.as_bytes()).unwrap();
        let (status, answer) = ui.answer().unwrap();
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!(status, 200, "{what}: {answer}");
        // The same program, on the same ports, with the data again.
        let leads = until_blocking(what, || match Line::open(serving.ui).unwrap().get("/api/leads", &host) {
            Ok((200, leads)) => Some(serde_json::from_slice::<Value>(&leads).unwrap()),
            _ => None,
        });
        assert_eq!(leads["items"].as_array().unwrap().len(), 7, "{what}");
        let mut line = Line::open(serving.hooks).unwrap();
        assert_eq!(line.post(&path, message(100).as_bytes()).unwrap().0, 200, "{what}");
        drop(line);
        assert_eq!(serving.terminate(), Some(0), "{what}");
        let kept = folder.path().join("backups").join(answer["kept"].as_str().unwrap());
        assert!(kept.exists(), "{what}: the damaged file is kept");
        kept_once(folder.path(), &(1..=30).chain([100]).collect::<Vec<_>>());
    }
}

#[test]
fn backups_in_a_folder_of_the_owners_are_offered_for_a_file_that_cannot_be_opened() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    filled(folder.path(), 20, false);
    let mut serving = serve(folder.path());
    let token = serving.token.clone();
    let host = |serving: &super::support::Serving| {
        format!("Host: {}\r\nAuthorization: Bearer {}\r\n", serving.ui, serving.token)
    };
    let body = json!({ "backups": { "folder": elsewhere.path() } }).to_string();
    let head = format!(
        "PATCH /api/settings HTTP/1.1\r\n{}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        host(&serving),
        body.len()
    );
    let mut ui = Line::open(serving.ui).unwrap();
    ui.write(head.as_bytes()).unwrap();
    let (status, answer) = ui.answer().unwrap();
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
    drop(ui);
    assert_eq!(serving.terminate(), Some(0));
    let made = leadtrail_json(folder.path(), &["backup", "--json"]);
    assert!(Path::new(made["path"].as_str().unwrap()).starts_with(elsewhere.path()), "{made}");
    let name = made["name"].as_str().unwrap();
    for how in [(|bytes: &mut Vec<u8>| bytes.clear()) as fn(&mut Vec<u8>), |bytes| bytes[..100].fill(0x5A)] {
        // Nothing but the owner's folder has any.
        let _ = std::fs::remove_dir_all(folder.path().join("backups"));
        damage(folder.path(), how);
        let mut serving = serve(folder.path());
        assert_eq!(serving.token, token, "the link is this machine's own: no file and no backup says it");
        let mut ui = Line::open(serving.ui).unwrap();
        let status: Value = serde_json::from_slice(&ui.get("/api/status", &host(&serving)).unwrap().1).unwrap();
        let offered = status["damaged"]["backups"].as_array().unwrap();
        assert!(offered.iter().any(|backup| backup["name"] == name), "{status}");
        drop(ui);
        assert_eq!(serving.terminate(), Some(0));
        leadtrail_json(folder.path(), &["restore", name, "--yes", "--json"]);
        kept_once(folder.path(), &(1..=20).collect::<Vec<_>>());
    }
}

#[test]
fn what_can_be_read_of_a_damaged_file_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path(), 400, false);
    // Some pages of the middle, and the head.
    let pages = std::fs::metadata(folder.path().join(FILE)).unwrap().len() / 4096;
    let bad = journal_leaves(folder.path());
    assert!(bad.len() > 5, "{} of {pages}", bad.len());
    damage(folder.path(), |bytes| {
        for page in [bad[1], bad[3]] {
            bytes[(page - 1) * 4096..page * 4096].fill(0xEE);
        }
        bytes[..16].fill(0);
    });
    let salvaged = leadtrail_json(folder.path(), &["salvage", "--yes", "--json"]);
    let lost: Vec<&str> = salvaged["lost"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    println!("{salvaged}");
    assert!(lost.iter().any(|line| line.contains("of the journal") && line.contains("deliver")), "{lost:?}");
    let store = Store::open(folder.path()).unwrap();
    let kept = messages(&store);
    assert!(kept.len() > 250 && kept.len() < 400, "{} of 400 kept", kept.len());
    assert_eq!(salvaged["carried_over"], json!(kept.len()));
    let found = store.read_fresh(checkup::check).unwrap();
    assert!(found.ok, "{:?}", found.problems);
    let sources = store.read_blocking(leadtrail::store::sources::all).unwrap();
    assert_eq!(sources.len(), 1, "the service is still connected");
    store.close();
    assert!(folder.path().join("backups").join(salvaged["kept"].as_str().unwrap()).exists());
}

#[test]
fn what_lies_after_a_damaged_page_is_kept() {
    // The first page, the last but one, and two with a whole one in between.
    for bad in [|count: usize| vec![0; count.min(1)], |count| vec![count - 1], |count| vec![count - 3, count - 1]] {
        let folder = tempfile::tempdir().unwrap();
        filled(folder.path(), 120, false);
        let leaves = journal_leaves(folder.path());
        let bad = bad(leaves.len());
        let before = Store::open(folder.path()).unwrap();
        before.alone(|c| Ok(c.pragma_update(None, "wal_checkpoint", "TRUNCATE")?)).unwrap();
        before.close();
        let held: Vec<i64> = bad.iter().flat_map(|leaf| numbers_on(folder.path(), leaves[*leaf])).collect();
        assert!(!held.is_empty() && held.len() < 100, "{bad:?}: {held:?}");
        damage(folder.path(), |bytes| {
            for leaf in &bad {
                bytes[(leaves[*leaf] - 1) * 4096..leaves[*leaf] * 4096].fill(0xEE);
            }
        });
        let salvaged = leadtrail_json(folder.path(), &["salvage", "--yes", "--json"]);
        let store = Store::open(folder.path()).unwrap();
        let entries = store.read_blocking(|c| journal::after(c, 0, 100_000)).unwrap();
        let kept: Vec<i64> = entries.into_iter().map(|(seq, _)| seq).collect();
        let missing: Vec<i64> = (1..=120).filter(|seq| !kept.contains(seq)).collect();
        assert_eq!(missing, held, "{bad:?}: {salvaged}");
        store.close();
    }
}

/// The numbers of the rows on a leaf.
fn numbers_on(folder: &Path, page: usize) -> Vec<i64> {
    let bytes = std::fs::read(folder.join(FILE)).unwrap();
    let page = &bytes[(page - 1) * 4096..page * 4096];
    let cells = u16::from_be_bytes([page[3], page[4]]) as usize;
    let varint = |mut at: usize| {
        let mut value = 0_i64;
        loop {
            value = value << 7 | i64::from(page[at] & 0x7F);
            at += 1;
            if page[at - 1] & 0x80 == 0 {
                return (value, at);
            }
        }
    };
    let number = |cell: usize| {
        let at = u16::from_be_bytes([page[8 + cell * 2], page[9 + cell * 2]]) as usize;
        varint(varint(at).1).0
    };
    (0..cells).map(number).collect()
}

/// Pages that hold entries of the journal, and nothing but that.
fn journal_leaves(folder: &Path) -> Vec<usize> {
    let bytes = std::fs::read(folder.join(FILE)).unwrap();
    let connection = rusqlite::Connection::open(folder.join(FILE)).unwrap();
    let root: u32 = connection
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'journal'", [], |row| row.get(0))
        .unwrap();
    let page = |number: usize| &bytes[(number - 1) * 4096..number * 4096];
    let root = page(root as usize);
    assert_eq!(root[0], 5, "an inner page");
    let cells = u16::from_be_bytes([root[3], root[4]]) as usize;
    let child = |cell: usize| {
        let at = u16::from_be_bytes([root[12 + cell * 2], root[13 + cell * 2]]) as usize;
        u32::from_be_bytes(root[at..at + 4].try_into().unwrap()) as usize
    };
    (0..cells).map(child).filter(|number| page(*number)[0] == 13).collect()
}

#[tokio::test]
async fn damage_found_while_running_is_said_and_mended_without_an_end() {
    let house = TestApp::new();
    let source = house.add("varda").await;
    for number in 1..300 {
        assert_eq!(house.post_hook(&source, "", message(number)).await.status, 200);
    }
    let name = house.post_json("/api/backups", json!({})).await.json()["name"].as_str().unwrap().to_string();
    alone(&house, |c| c.pragma_update(None, "wal_checkpoint", "TRUNCATE"));
    let folder = house.app.store.path().parent().unwrap().to_path_buf();
    let bad = journal_leaves(&folder)[1];
    {
        use std::io::{Seek, SeekFrom, Write};
        let mut file = std::fs::File::options().write(true).open(house.app.store.path()).unwrap();
        file.seek(SeekFrom::Start((bad as u64 - 1) * 4096)).unwrap();
        file.write_all(&[0xEE; 4096]).unwrap();
    }
    assert_eq!(house.post_json("/api/recovery", json!({ "restore": name })).await.status, 409, "not found yet");
    house.app.ingest.look_for_corruption();
    let status = until("found", async || {
        let status = house.get_json("/api/status").await;
        (!status["damaged"].is_null()).then_some(status)
    })
    .await;
    assert_eq!(status["damaged"]["backups"][0]["name"], json!(name), "{status}");
    let both = json!({ "restore": name, "salvage": true });
    assert_eq!(house.post_json("/api/recovery", both).await.status, 422);
    // What can be written is written all the same.
    assert_eq!(house.post_hook(&source, "", message(300)).await.status, 200);
    let mended = house.post_json("/api/recovery", json!({ "restore": name })).await;
    assert_eq!(mended.status, 200, "{}", mended.text());
    assert_eq!(mended.json()["carried_over"], json!(1), "{}", mended.text());
    assert_eq!(house.get_json("/api/status").await["damaged"], Value::Null);
    let found = house.app.store.read_fresh(checkup::check).unwrap();
    assert!(found.ok, "{:?}", found.problems);
    assert_eq!(messages(&house.app.store).len(), 300);
}
