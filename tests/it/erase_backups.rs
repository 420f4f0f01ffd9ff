//! Nothing of who was erased is left in backups that are written anew, nor in what lies beside a file.

use std::collections::BTreeSet;

use leadtrail::clock;
use leadtrail::ingest::erase::{erased_in, redact_file};
use leadtrail::store::backup::{self, BackupKind};
use serde_json::json;

use super::backups::message;
use super::erase::call;
use super::erase_traces::left;
use super::support::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_from_before_they_were_known_forgets_a_files_name() {
    let app = TestApp::new();
    let callrail = app.add("callrail").await;
    let uploaded = app.upload("Zebulon_Quartermain.csv", "Name,Phone\nSomebody,678-555-0142\n").await;
    assert_eq!(uploaded.status, 201, "{}", uploaded.text());
    let path = app.app.store.path().to_path_buf();
    let old =
        backup::make(&path, &path.with_file_name("copies"), BackupKind::Hand, clock::now(), &mut |_, _| true).unwrap();
    let came = call("CALLZQ1", "Zebulon Quartermain", "+14045550187", "Hello");
    assert_eq!(app.post_hook(&callrail, "/post_call", came).await.status, 200);
    let lead = app.get_json("/api/leads?q=Quartermain").await["items"][0]["id"].clone();
    assert_eq!(app.post_json(&format!("/api/leads/{lead}/erase"), json!({})).await.status, 200);
    assert_eq!(left(&path), BTreeSet::new());
    assert_eq!(app.get_json("/api/imports").await["items"][0]["name"], "erased");
    assert!(!left(&old.path).is_empty());
    let held = leadtrail::ingest::erase::still_held(&app.app.store, &old.path, old.name.made_at).unwrap();
    assert_eq!(held.len(), 1, "it is said that the backup holds them");
    let (erased, file) = (erased_in(&app.app.store).unwrap(), old.path.clone());
    std::thread::spawn(move || redact_file(&file, &erased).unwrap()).join().unwrap();
    assert_eq!(left(&old.path), BTreeSet::new());
}

/// Files that SQLite's log was put aside as: pages of messages lie in them.
fn put_aside(house: &TestApp) -> Vec<std::path::PathBuf> {
    let data = house.app.store.path().parent().unwrap().to_path_buf();
    let names = ["-wal.aside-1", "-wal.aside-2", "-shm.aside-1"];
    let files: Vec<_> = names.iter().map(|end| data.join(format!("{}{end}", leadtrail::store::FILE))).collect();
    files.iter().for_each(|file| std::fs::write(file, "Person 3 wrote this").unwrap());
    // Nothing of ours.
    std::fs::write(data.join("letter.aside-1"), "Person 3 wrote this").unwrap();
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_put_aside_goes_with_whoever_is_erased_and_once_a_backup_is_whole() {
    let house = TestApp::new();
    let source = house.add("varda").await;
    for n in 1..8 {
        assert_eq!(house.post_hook(&source, "", message(n)).await.status, 200);
    }
    let backup = async || assert_eq!(house.post_json("/api/backups", json!({})).await.status, 201);
    let aside = put_aside(&house);
    backup().await;
    assert!(aside.iter().all(|file| file.exists()), "nothing is destroyed but on purpose");
    let lead = house.leads().await[0]["id"].clone();
    assert_eq!(house.post_json(&format!("/api/leads/{lead}/erase"), json!({})).await.status, 200);
    assert!(aside.iter().all(|file| !file.exists()), "who was erased may lie there");
    // Put aside since, as an older copy that a tool brought back.
    let aside = put_aside(&house);
    backup().await;
    assert!(aside.iter().all(|file| !file.exists()));
    assert!(house.app.store.path().with_file_name("letter.aside-1").exists());
}

/// What was written ahead of a file that another took the place of lies beside it among the backups.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_is_written_anew_keeps_nothing_beside_it() {
    let house = TestApp::new();
    let source = house.add("varda").await;
    for n in 1..8 {
        assert_eq!(house.post_hook(&source, "", message(n)).await.status, 200);
    }
    let made = house.post_json("/api/backups", json!({})).await.json();
    let set = leadtrail::settings::BackupPolicy::default();
    let path = house.app.ingest.backup_folders(&set).find(made["name"].as_str().unwrap()).unwrap().path;
    // As a program that was killed leaves it: a message only in what is written ahead.
    let beside = |end: &str| std::path::PathBuf::from(format!("{}{end}", path.display()));
    let copies = tempfile::tempdir().unwrap();
    {
        let open = rusqlite::Connection::open(&path).unwrap();
        open.pragma_update(None, "journal_mode", "WAL").unwrap();
        open.execute_batch(
            "INSERT INTO mappings (name, kind, mapping, created_at) VALUES ('Person 3', 'calls', '{}', 1)",
        )
        .unwrap();
        for end in ["", "-wal"] {
            std::fs::copy(beside(end), copies.path().join(format!("copy{end}"))).unwrap();
        }
    }
    for end in ["", "-wal"] {
        std::fs::copy(copies.path().join(format!("copy{end}")), beside(end)).unwrap();
    }
    let lead = house.leads().await[0]["id"].clone();
    assert_eq!(house.post_json(&format!("/api/leads/{lead}/erase"), json!({})).await.status, 200);
    let rewritten =
        house.post_json(&format!("/api/backups/{}/rewrite", made["name"].as_str().unwrap()), json!({})).await;
    assert_eq!(rewritten.status, 200, "{}", rewritten.text());
    assert!(!beside("-wal").exists() && !beside("-shm").exists());
    let sound: String =
        rusqlite::Connection::open(&path).unwrap().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
}
