//! Rows of a backup that cannot be read, or that somebody planted: the rest of it comes all the same, and what this
//! machine is connected by stays this machine's.

use leadtrail::store::sources::{self, key_hash};
use leadtrail::store::{FILE, SourceRow, Store, StoreError, checkup, journal, projection};
use rusqlite::Connection;
use serde_json::{Value, json};

use super::backups::message;
use super::foreign_files::{backup, house, plant};
use super::imports::{HEADER, brought_in, row, undone};
use super::support::{TestApp, leadtrail_json, looks, rebuilds_the_same};

/// What zstd cannot unpack.
const NOISE: &str = "x'0102030405'";

/// The entries of the journal that `sql` chooses, in a file.
fn chosen(path: &std::path::Path, sql: &str) -> Vec<i64> {
    let connection = Connection::open(path).unwrap();
    let mut statement = connection.prepare(&format!("SELECT seq FROM journal WHERE {sql} ORDER BY seq")).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

fn spoil(path: &std::path::Path, seqs: &[i64]) {
    let seqs: Vec<String> = seqs.iter().map(i64::to_string).collect();
    let list = seqs.join(", ");
    plant(
        path,
        &format!(
            "DROP TRIGGER journal_is_append_only_update; UPDATE journal SET body = {NOISE} WHERE seq IN ({list});"
        ),
    );
}

/// A house in which one delivery was verified later, that was taken back, and it was verified again.
async fn with_later_checks() -> (TestApp, std::sync::Arc<SourceRow>) {
    let house = TestApp::new();
    let source = house.add_with("varda", false, &["mistyped"], &[]).await;
    for n in 1..6 {
        assert_eq!(house.post_hook(&source, "", message(n)).await.status, 202);
    }
    let path = format!("/api/sources/{}", source.id);
    let keys = house.get_json(&path).await["signing_keys"].clone();
    let change = json!({ "remove_signing_key": keys[0]["id"] });
    let done = house.send_json("PATCH", &path, change).await;
    assert_eq!(done.status, 200, "{}", done.text());
    let replay = done.json()["replay"]["replay"].clone();
    let undo = house.post_json(&format!("/api/replays/{replay}/undo"), json!({})).await;
    assert!(undo.status < 300, "{replay}: {}", undo.text());
    (house, source)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_leans_on_an_unreadable_entry_is_left_out_with_it() {
    for exact in [false, true] {
        let (house, _source) = with_later_checks().await;
        let (name, path) = backup(&house).await;
        let checks = chosen(&path, "kind = 3");
        let deliveries = chosen(&path, "kind = 1");
        let taken_back = chosen(&path, "kind = 5");
        assert_eq!((deliveries.len(), checks.len(), taken_back.len()), (5, 5, 5), "{deliveries:?} {checks:?}");
        // The file of this machine holds nothing that could stand in for it.
        let other = TestApp::new();
        spoil(&path, &deliveries[..1]);
        let to = other.app.store.path().parent().unwrap().join("backups");
        std::fs::create_dir_all(&to).unwrap();
        std::fs::copy(&path, to.join(&name)).unwrap();
        let restored = other.post_json(&format!("/api/backups/{name}/restore"), json!({ "exact": exact })).await;
        assert_eq!(restored.status, 200, "{}", restored.text());
        assert_eq!(restored.json()["lost"], json!(["3 entries of the backup could not be read and were left out."]));
        let kept = other.app.store.read_blocking(|c| journal::after(c, 0, 100)).unwrap();
        assert_eq!(kept.len(), 12, "four deliveries, and what was said of them");
        let found = other.app.store.read_fresh(checkup::check).unwrap();
        assert!(found.ok, "{:?}", found.problems);
    }
}

/// A house with an import that is in, and one that was taken back.
async fn with_imports() -> (TestApp, Value) {
    let house = TestApp::new();
    let source = house.add("callrail").await;
    let file = |phone: &str| format!("{HEADER}{}", row("Missed Call", phone, "2026-02-01 09:00:00", ""));
    let choice = || json!({ "time_zone": "America/Chicago" });
    let stays = brought_in(&house, &source, "stays.csv", file("202-555-0177").as_bytes(), choice()).await;
    let goes = brought_in(&house, &source, "goes.csv", file("202-555-0178").as_bytes(), choice()).await;
    undone(&house, &goes).await;
    (house, stays)
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_an_import_come_though_its_own_entry_cannot_be_read() {
    let (house, stays) = with_imports().await;
    let before = looks(&house);
    let (name, path) = backup(&house).await;
    let headers = chosen(&path, "kind = 6");
    assert_eq!(headers.len(), 2);
    spoil(&path, &headers);
    let restored = house.post_json(&format!("/api/backups/{name}/restore"), json!({ "exact": true })).await;
    assert_eq!(restored.status, 200, "{}", restored.text());
    assert_eq!(restored.json()["lost"], json!(["2 entries of the backup could be read only in part."]));
    // What was taken back stays taken back, and what was brought in can be taken back still.
    assert_eq!(looks(&house), before);
    rebuilds_the_same(&house).await;
    undone(&house, &stays).await;
    assert_eq!(house.leads().await, Vec::<Value>::new());
}

/// The same where a damaged file is read: the entry of an import without its words, and one that is gone.
#[tokio::test(flavor = "multi_thread")]
async fn rows_of_an_import_come_out_of_a_damaged_file_though_its_own_entry_is_lost() {
    for gone in [false, true] {
        let (house, _stays) = with_imports().await;
        let before = looks(&house);
        let (_name, path) = backup(&house).await;
        let headers = chosen(&path, "kind = 6");
        if gone {
            let list = format!("{}, {}", headers[0], headers[1]);
            plant(
                &path,
                &format!("DROP TRIGGER journal_is_append_only_delete; DELETE FROM journal WHERE seq IN ({list});"),
            );
        } else {
            spoil(&path, &headers);
        }
        let folder = tempfile::tempdir().unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[..16].fill(0);
        std::fs::write(folder.path().join(FILE), bytes).unwrap();
        let salvaged = leadtrail_json(folder.path(), &["salvage", "--yes", "--json"]);
        let store = Store::open(folder.path()).unwrap();
        let (hash, rows) = store
            .read_fresh(|c| {
                let sql = "SELECT count(*) FROM ledger";
                Ok((projection::hash(c)?, c.query_row(sql, [], |row| row.get::<_, i64>(0))?))
            })
            .unwrap();
        assert_eq!((hash, rows), (before.0, 1), "gone: {gone}: {salvaged}");
        store.close();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_with_something_unreadable_is_written_anew() {
    let (house, _source) = house().await;
    let (name, path) = backup(&house).await;
    let lead = house.leads().await[0]["id"].clone();
    assert_eq!(house.post_json(&format!("/api/leads/{lead}/erase"), json!({})).await.status, 200);
    spoil(&path, &chosen(&path, "kind = 1")[..1]);
    let first = chosen(&path, "kind = 1")[0];
    plant(
        &path,
        &format!(
            "INSERT INTO journal (kind, received_at, about, trust, body, body_size) VALUES (3, 9, {first}, 1, x'', 0);"
        ),
    );
    let rewritten = house.post_json(&format!("/api/backups/{name}/rewrite"), json!({})).await;
    assert_eq!(rewritten.status, 200, "{}", rewritten.text());
    assert_eq!(rewritten.json()["holds_erased"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_points_to_nothing_does_not_keep_the_rest_from_coming() {
    let (house, _source) = house().await;
    let (name, path) = backup(&house).await;
    plant(
        &path,
        "INSERT INTO source_keys (source, value, added_at) VALUES (77, 'x', 1);
         INSERT INTO source_names (source, until, name) VALUES (77, 1, 'x');
         INSERT INTO gap_sources (gap, source, resends, state) VALUES (77, 1, 0, 'open');
         INSERT INTO journal (kind, received_at, source, body, body_size) VALUES (1, 1, 77, x'00', 0);
         INSERT INTO journal (kind, received_at, about, body, body_size) VALUES (3, 1, 7777, x'', 0);",
    );
    let restored = house.post_json(&format!("/api/backups/{name}/restore"), json!({})).await;
    assert_eq!(restored.status, 200, "{}", restored.text());
    assert_eq!(restored.json()["lost"], json!(["5 entries of the backup could not be read and were left out."]));
    assert_eq!(house.deliveries().await.len(), 19);
}

fn hex_of(key: &str) -> String {
    hex::encode(key_hash(key))
}

fn sources_of(house: &TestApp) -> Vec<SourceRow> {
    house.app.store.read_blocking(sources::all).unwrap()
}

/// Another service under the key or the hash of ours, beside ours or in its place.
#[tokio::test(flavor = "multi_thread")]
async fn our_services_keep_their_addresses_and_keys_whatever_a_backup_says() {
    let plants: [(&str, &str); 4] = [
        ("our hash and another key", "VALUES ('planted', 'varda', 'Planted', 'theirs', x'{hash}', 1)"),
        ("our key and another hash", "VALUES ('planted', 'varda', 'Planted', '{key}', x'01', 1)"),
        ("our key and our hash", "VALUES ('planted', 'varda', 'Planted', '{key}', x'{hash}', 1)"),
        ("our hash and another key, first", "VALUES ('planted', 'varda', 'Planted', 'theirs', x'{hash}', 1)"),
    ];
    for (what, values) in plants {
        for beside in [true, false] {
            let house = TestApp::new();
            let source = house.add_with("varda", false, &["our-signing-key"], &[]).await;
            let second = house.add("meera").await;
            let (name, path) = backup(&house).await;
            let values = values.replace("{hash}", &hex_of(&source.key)).replace("{key}", &source.key);
            // Beside ours, whose own row says something else then, or in its place.
            let ours = if beside {
                format!("UPDATE sources SET key = 'old', key_hash = x'02' WHERE id = {};", source.id)
            } else {
                format!("DELETE FROM source_keys; DELETE FROM sources WHERE id = {};", source.id)
            };
            plant(
                &path,
                &format!("{ours} INSERT INTO sources (uid, provider, name, key, key_hash, created_at) {values};"),
            );
            let restored = house.post_json(&format!("/api/backups/{name}/restore"), json!({})).await;
            assert_eq!(restored.status, 200, "{what}: {}", restored.text());
            let all = sources_of(&house);
            let of = |uid: &str| all.iter().find(|row| row.uid == uid).unwrap_or_else(|| panic!("{what}: {all:?}"));
            let ours = of(&source.uid);
            assert_eq!(ours.key, source.key, "{what}, beside: {beside}");
            let signs: Vec<&str> = ours.signing_keys.iter().map(|key| key.value.as_str()).collect();
            assert_eq!(signs, ["our-signing-key"], "{what}, beside: {beside}");
            assert_eq!(of(&second.uid).signing_keys.len(), 0, "{what}, beside: {beside}");
            let planted = of("planted");
            assert!(planted.key != source.key && planted.signing_keys.is_empty(), "{what}, beside: {beside}");
            let answer = house.post_hook(ours, "", message(1)).await;
            assert_eq!(answer.status, 202, "{what}: it is ours, and was not signed: {}", answer.text());
            let came = house.deliveries().await;
            assert_eq!(came[0]["source"], json!(ours.id), "{what}, beside: {beside}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_looked_up_by_the_key_that_stands_with_it() {
    let (house, source) = house().await;
    let (name, path) = backup(&house).await;
    plant(&path, "UPDATE sources SET key = 'another', key_hash = x'03';");
    let restored = house.post_json(&format!("/api/backups/{name}/restore"), json!({ "exact": true })).await;
    assert_eq!(restored.status, 200, "{}", restored.text());
    let hash: Vec<u8> = house
        .app
        .store
        .read_blocking(|c| Ok::<_, StoreError>(c.query_row("SELECT key_hash FROM sources", [], |row| row.get(0))?))
        .unwrap();
    assert_eq!(hash, key_hash("another"));
    assert_eq!(house.post_hook(&source, "", message(99)).await.status, 404);
    assert_eq!(house.post_hook(&sources_of(&house)[0], "", message(99)).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_services_with_one_address_are_refused() {
    let (house, source) = house().await;
    let (name, path) = backup(&house).await;
    plant(
        &path,
        &format!(
            "INSERT INTO sources (uid, provider, name, key, key_hash, created_at)
             VALUES ('planted', 'varda', 'Planted', '{}', x'01', 1);",
            source.key
        ),
    );
    let restored = house.post_json(&format!("/api/backups/{name}/restore"), json!({})).await;
    assert_eq!(restored.status, 400, "{}", restored.text());
    assert_eq!(sources_of(&house).len(), 1);
}
