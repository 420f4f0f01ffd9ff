//! Sample data, and that a rebuild of it is the same, byte for byte (law 2).

use chrono::{DateTime, Utc};
use leadtrail::ingest::{Ingest, demo};
use leadtrail::store::{Store, backup, checkup, projection, query};
use serde_json::json;

use super::support::{TestApp, fast_folder, leadtrail};

fn until() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-03-26T00:00:00Z").unwrap().to_utc()
}

fn filled(folder: &std::path::Path) -> Store {
    let store = Store::open(folder).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let done = runtime.block_on(demo::fill(&store, until(), |_, _| {})).unwrap();
    assert!(done.deliveries > 1_000, "{done:?}");
    store
}

#[test]
fn sample_data_is_the_same_every_time_and_a_rebuild_changes_nothing() {
    let (one, two) = (fast_folder(), fast_folder());
    let (store, other) = (filled(one.path()), filled(two.path()));
    let hash = store.read_blocking(projection::hash).unwrap();
    assert_eq!(hash, other.read_blocking(projection::hash).unwrap());

    let before = store.read_fresh(checkup::check).unwrap();
    assert!(before.ok, "{before:?}");
    let rebuilt = Ingest::new(store.clone()).rebuild(|_, _| {}).unwrap();
    assert_eq!((&rebuilt.hash_before, &rebuilt.hash_after), (&hash, &hash));
    assert_eq!(store.read_fresh(checkup::check).unwrap(), before, "the ledger and the counters are as they were");
}

#[test]
fn sample_data_never_touches_real_data() {
    let folder = fast_folder();
    let store = Store::open(folder.path()).unwrap();
    let new = leadtrail::store::NewSource {
        provider: "varda".into(),
        name: "Ours".into(),
        region: "US".into(),
        strict: false,
        key: "k".into(),
    };
    store.write_blocking(move |batch| batch.add_source(&new, until())).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    assert!(runtime.block_on(demo::fill(&store, until(), |_, _| {})).is_err());
    store.close();
    drop(store);
    assert!(demo::remove(folder.path()).is_err());
    assert!(folder.path().join(leadtrail::store::FILE).exists());
}

#[test]
fn sample_data_is_removed_whole() {
    let folder = fast_folder();
    let store = filled(folder.path());
    assert!(store.read_blocking(query::status::standing).unwrap().counts.leads > 100);
    store.close();
    drop(store);
    demo::remove(folder.path()).unwrap();
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.is_empty(), "{left:?}");
}

fn files_of(folder: &std::path::Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Its calls come in the hours of the town it plays in, on whatever machine it is looked at.
#[tokio::test]
async fn sample_data_has_the_time_zone_of_its_business() {
    let app = TestApp::new();
    assert_eq!(app.post_json("/api/demo", json!({})).await.status, 200);
    let business = app.get_json("/api/status").await["settings"]["business"].clone();
    assert_eq!(business["time_zone"], "America/New_York", "{business}");
    let report = app.get_json("/api/reports/overview?from=2025-06-01&to=2035-05-31").await;
    assert_eq!(report["manifest"]["time_zone"], "America/New_York");
    assert_eq!(app.send_json("DELETE", "/api/demo", json!({})).await.status, 200);
}

/// Both number their leads from one: what was meant for a lead of the one never lands on a stranger in the other.
#[tokio::test]
async fn a_change_meant_for_a_lead_of_the_sample_is_not_made_on_one_of_the_owner() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    app.post_hook(&source, "/text_message_received", super::support::text(1)).await;
    let lead = app.leads().await[0].clone();
    let path = format!("/api/leads/{}/actions", lead["id"]);
    let note = |to: &'static str| {
        let (app, path) = (&app, path.clone());
        let body = json!({ "type": "note", "text": "Asked for a quote" });
        async move { app.send_json_with("POST", &path, &[("x-leadtrail-data", to)], body).await.status }
    };
    let before = app.timeline(&lead).await.len();
    // Sent a moment after the sample ended, and a moment after it began.
    assert_eq!(note("sample").await, 409);
    assert_eq!(app.timeline(&lead).await.len(), before);
    assert_eq!(app.post_json("/api/demo", json!({})).await.status, 200);
    assert_eq!(note("own").await, 409);
    assert_eq!(note("sample").await, 201);
    assert_eq!(app.send_json("DELETE", "/api/demo", json!({})).await.status, 200);
    assert_eq!(app.timeline(&lead).await.len(), before);
    assert_eq!(note("own").await, 201);
    assert_eq!(app.timeline(&lead).await.len(), before + 1);
}

#[tokio::test]
async fn sample_data_can_be_looked_at_again_after_it_was_backed_up() {
    let app = TestApp::new();
    let elsewhere = tempfile::tempdir().unwrap();
    let own = app.app.store.path().with_file_name("demo");
    for round in 0..2 {
        let shown = app.post_json("/api/demo", json!({})).await;
        assert_eq!(shown.status, 200, "round {round}: {}", shown.text());
        let made = app.post_json("/api/backups", json!({})).await;
        assert_eq!(made.status, 201, "round {round}: {}", made.text());
        let picked = json!({ "backups": { "folder": elsewhere.path() } });
        let picked = app.send_json("PATCH", "/api/settings", picked).await;
        assert_eq!(picked.status, 200, "round {round}: {}", picked.text());
        assert_eq!(app.post_json("/api/backups", json!({})).await.status, 201, "round {round}");
        let ended = app.send_json("DELETE", "/api/demo", json!({})).await;
        assert_eq!(ended.status, 200, "round {round}: {}", ended.text());
        assert_eq!(app.get_json("/api/status").await["demo"], false);
        assert!(files_of(&own.join("backups")).is_empty(), "{:?}", files_of(&own.join("backups")));
        assert!(!own.join("leadtrail.backups.txt").exists());
    }
    assert_eq!(files_of(elsewhere.path()).len(), 2, "what lies in a folder that somebody picked stays");
}

#[tokio::test]
async fn sample_data_left_by_an_earlier_version_with_its_backups_is_begun_anew() {
    let app = TestApp::new();
    assert_eq!(app.post_json("/api/demo", json!({})).await.status, 200);
    assert_eq!(app.post_json("/api/backups", json!({})).await.status, 201);
    let own = app.app.store.path().with_file_name("demo");
    let kept = tempfile::tempdir().unwrap();
    let backup = files_of(&own.join("backups"))[0].clone();
    std::fs::copy(own.join("backups").join(&backup), kept.path().join(&backup)).unwrap();
    assert_eq!(app.send_json("DELETE", "/api/demo", json!({})).await.status, 200);
    std::fs::create_dir_all(own.join("backups")).unwrap();
    std::fs::copy(kept.path().join(&backup), own.join("backups").join(&backup)).unwrap();
    std::fs::write(own.join("leadtrail.backups.txt"), kept.path().to_str().unwrap()).unwrap();
    // One that is torn.
    std::fs::write(own.join("backups").join("leadtrail-2026-01-01T000000Z-hand.sqlite"), b"SQLite format 3").unwrap();
    let shown = app.post_json("/api/demo", json!({})).await;
    assert_eq!(shown.status, 200, "{}", shown.text());
    assert_eq!(files_of(kept.path()).len(), 1);
    // The same where nothing but the choice of a folder is left.
    assert_eq!(app.send_json("DELETE", "/api/demo", json!({})).await.status, 200);
    std::fs::create_dir_all(&own).unwrap();
    std::fs::write(own.join("leadtrail.backups.txt"), kept.path().to_str().unwrap()).unwrap();
    assert_eq!(app.post_json("/api/demo", json!({})).await.status, 200);
}

#[test]
fn sample_data_can_be_made_again_by_command_after_it_was_backed_up() {
    let folder = fast_folder();
    let elsewhere = tempfile::tempdir().unwrap();
    for round in 0..2 {
        let made = leadtrail(folder.path(), &["demo", "--until", "2026-03-25"]);
        assert!(made.status.success(), "round {round}: {}", String::from_utf8_lossy(&made.stderr));
        let kept = leadtrail(folder.path(), &["backup"]);
        assert!(kept.status.success(), "round {round}: {}", String::from_utf8_lossy(&kept.stderr));
        std::fs::write(folder.path().join("leadtrail.backups.txt"), elsewhere.path().to_str().unwrap()).unwrap();
        let removed = leadtrail(folder.path(), &["demo", "--remove"]);
        assert!(removed.status.success(), "round {round}: {}", String::from_utf8_lossy(&removed.stderr));
    }
}

#[test]
fn a_backup_that_holds_no_sample_data_stays() {
    let (real, folder) = (fast_folder(), fast_folder());
    Store::open(real.path()).unwrap().close();
    let at = until();
    let store = filled(folder.path());
    store.close();
    drop(store);
    let own = folder.path().join("backups");
    let kept =
        backup::make(&real.path().join(leadtrail::store::FILE), &own, backup::BackupKind::Hand, at, &mut |_, _| true)
            .unwrap();
    demo::remove(folder.path()).unwrap();
    assert!(kept.path.exists());
    // Nor is anything of it touched where the file is missing.
    let torn = own.join("leadtrail-2026-01-01T000000Z-hand.sqlite");
    std::fs::write(&torn, b"SQLite format 3").unwrap();
    assert!(demo::remove(folder.path()).is_err());
    assert!(kept.path.exists() && torn.exists());
}
