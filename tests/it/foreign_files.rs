//! A file that somebody else may have made brings rows: never code, never what guards the doors of this machine.

use std::path::{Path, PathBuf};

use leadtrail::settings::{self, BackupPolicy, Values};
use leadtrail::store::{FILE, Store, checkup, sources};
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use serde_json::{Value, json};

use super::backups::message;
use super::support::{TestApp, leadtrail, leadtrail_json};

/// What is this machine's own.
fn ours() -> Values {
    Values {
        business_name: "Ours".into(),
        public_base_url: Some("https://ours.example".into()),
        body_limit: 3_000_000,
        rate_per_minute: Some(600),
        ..Values::default()
    }
}

pub(super) async fn house() -> (TestApp, std::sync::Arc<leadtrail::store::SourceRow>) {
    let house = TestApp::with(ours());
    let json = serde_json::to_string(&ours()).unwrap();
    let set = move |batch: &mut leadtrail::store::Batch<'_>| {
        batch.set(settings::NAME, &json)?;
        batch.set(settings::LISTENED, "127.0.0.1:4321")
    };
    house.app.store.write(set).await.unwrap();
    let source = house.add("varda").await;
    for n in 1..20 {
        assert_eq!(house.post_hook(&source, "", message(n)).await.status, 200);
    }
    (house, source)
}

pub(super) async fn backup(house: &TestApp) -> (String, PathBuf) {
    let name = house.post_json("/api/backups", json!({})).await.json()["name"].as_str().unwrap().to_string();
    let path = house.app.ingest.backup_folders(&BackupPolicy::default()).find(&name).unwrap().path;
    (name, path)
}

/// Changes a backup as somebody would who means harm.
pub(super) fn plant(path: &Path, sql: &str) {
    let connection = Connection::open(path).unwrap();
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, false).unwrap();
    connection.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA writable_schema = ON;").unwrap();
    connection.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    connection.close().unwrap();
}

/// Everything a file's schema says.
fn schema(path: &Path) -> Vec<(String, String, Option<String>)> {
    let connection = Connection::open(path).unwrap();
    let mut statement = connection.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name").unwrap();
    // Writing a file anew puts other quotes around the names of tables of the full-text search.
    let sql = |sql: Option<String>| sql.map(|sql| sql.replace('\'', "\""));
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, sql(row.get(2)?)))).unwrap();
    rows.map(Result::unwrap).collect()
}

fn as_new() -> Vec<(String, String, Option<String>)> {
    let folder = tempfile::tempdir().unwrap();
    Store::open(folder.path()).unwrap().close();
    schema(&folder.path().join(FILE))
}

fn setting(house: &TestApp, name: &'static str) -> Option<String> {
    house.app.store.read_blocking(|c| sources::setting(c, name)).unwrap()
}

const DROPS_EVERYTHING: &str = "CREATE TRIGGER planted BEFORE INSERT ON journal BEGIN SELECT RAISE(IGNORE); END;
     CREATE TRIGGER erases AFTER INSERT ON settings BEGIN DELETE FROM source_keys; END;";

#[tokio::test]
async fn triggers_views_indices_and_odd_tables_stay_out() {
    let plants = [
        DROPS_EVERYTHING,
        "CREATE TRIGGER taken AFTER UPDATE ON settings BEGIN
             UPDATE settings SET value = 'attacker' WHERE name = 'hooks_address'; END;",
        "DROP TRIGGER journal_is_append_only_update; DROP TRIGGER journal_is_append_only_delete;",
        "CREATE VIEW planted AS SELECT * FROM settings; CREATE TABLE loot (x); INSERT INTO loot VALUES (1);",
        "CREATE INDEX planted ON journal (abs(seq)); CREATE INDEX partial ON journal (seq) WHERE abs(seq) > 3;",
        "CREATE VIRTUAL TABLE planted USING fts5 (x); INSERT INTO planted VALUES ('y');",
        "DROP VIEW later_checks; CREATE VIEW later_checks AS SELECT 1 AS seq, 1 AS about, 1 AS at, 1 AS trust;",
        "DROP TABLE search_words; CREATE TABLE search_words (text, rank); INSERT INTO search_words VALUES ('planted', 1);",
        "PRAGMA application_id = 7; PRAGMA auto_vacuum = FULL;",
    ];
    for plants in plants {
        for exact in [false, true] {
            let (house, source) = house().await;
            let (name, path) = backup(&house).await;
            plant(&path, plants);
            let restored = house.post_json(&format!("/api/backups/{name}/restore"), json!({ "exact": exact })).await;
            assert_eq!(restored.status, 200, "{plants}: {}", restored.text());
            assert_eq!(schema(house.app.store.path()), as_new(), "{plants}");
            assert_eq!(house.deliveries().await.len(), 19, "{plants}");
            assert_eq!(house.post_hook(&source, "", message(77)).await.status, 200);
            assert_eq!(house.deliveries().await.len(), 20, "{plants}: it is kept");
            assert_eq!(setting(&house, settings::LISTENED).as_deref(), Some("127.0.0.1:4321"));
            let found = house.app.store.read_fresh(checkup::check).unwrap();
            assert!(found.ok, "{plants}: {:?}", found.problems);
        }
    }
}

#[tokio::test]
async fn what_only_looks_like_our_tables_is_refused() {
    let (house, _source) = house().await;
    let before = house.app.store.read_fresh(checkup::check).unwrap();
    let huge = format!("{}", i64::MAX);
    for (what, sql) in [
        (
            "a view",
            "ALTER TABLE sources RENAME TO real_sources; CREATE VIEW sources AS SELECT * FROM real_sources;".to_string(),
        ),
        (
            "a table of words",
            "DROP TABLE settings; CREATE VIRTUAL TABLE settings USING fts5 (name, value);
             INSERT INTO settings VALUES ('ui_token', 'attacker');"
                .into(),
        ),
        ("computed", "ALTER TABLE sources ADD COLUMN planted TEXT GENERATED ALWAYS AS (hex(name)) VIRTUAL;".into()),
        (
            "computed, in the place of ours",
            "ALTER TABLE mappings RENAME TO old; CREATE TABLE mappings (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT,
             provider TEXT, kind TEXT, mapping TEXT AS (hex(zeroblob(1000))), time_zone TEXT, created_at INTEGER);"
                .into(),
        ),
        (
            // SQLite itself adds none of that name any more.
            "a column that hides the row's number",
            "ALTER TABLE journal ADD COLUMN planted INTEGER; PRAGMA writable_schema = ON;
             UPDATE sqlite_schema SET sql = replace(sql, 'planted INTEGER', 'rowid INTEGER') WHERE name = 'journal';
             PRAGMA writable_schema = RESET;"
                .into(),
        ),
        (
            "without rows' numbers",
            "ALTER TABLE lead_seen RENAME TO old; CREATE TABLE lead_seen (lead INTEGER PRIMARY KEY, at INTEGER)
             WITHOUT ROWID;"
                .into(),
        ),
        ("missing", "DROP TABLE source_keys;".into()),
        (
            "a number after which there is none",
            format!("INSERT INTO journal (seq, kind, received_at, body, body_size) VALUES ({huge}, 4, 1, x'00', 0);"),
        ),
        (
            "a number after which our own backups could not come back",
            format!("INSERT INTO journal (seq, kind, received_at, body, body_size) VALUES ({}, 5, 1, x'00', 0);", 1_i64 << 52),
        ),
        (
            "somebody erased, and nobody can read who",
            format!("INSERT INTO journal (kind, received_at, body, body_size) VALUES (4, 1, x'00{}', 0);", hex::encode("{}")),
        ),
        (
            "somebody erased, and nobody can unpack who",
            "INSERT INTO journal (kind, received_at, body, body_size) VALUES (4, 1, x'01777777', 0);".into(),
        ),
        (
            "a blob no body is as large as",
            "INSERT INTO journal (kind, received_at, source, body, body_size) VALUES (1, 1, 1, zeroblob(90000000), 1);"
                .into(),
        ),
    ] {
        let (name, path) = backup(&house).await;
        plant(&path, &sql);
        let restored = house.post_json(&format!("/api/backups/{name}/restore"), json!({})).await;
        assert!((400..500).contains(&restored.status), "{what}: {} {}", restored.status, restored.text());
        let said = restored.json()["detail"].as_str().unwrap().to_string();
        assert!(said.contains("cannot be restored") && said.ends_with('.'), "{what}: {said}");
        let after = house.app.store.read_fresh(checkup::check).unwrap();
        assert_eq!((after.projection, after.journal), (before.projection.clone(), before.journal), "{what}");
        std::fs::remove_file(path).unwrap();
    }
}

#[tokio::test]
async fn after_the_largest_number_a_file_may_bring_our_own_backups_come_back() {
    let (house, source) = house().await;
    let (name, path) = backup(&house).await;
    let most = 1_i64 << 40;
    let sql = "INSERT INTO journal (seq, kind, received_at, source, region, content_type, body, body_size)
               SELECT MOST, 1, received_at + 1, source, region, content_type, body, body_size FROM journal WHERE seq = 1;
               UPDATE sqlite_sequence SET seq = MOST WHERE name = 'lead_names';";
    plant(&path, &sql.replace("MOST", &most.to_string()));
    let restored = house.post_json(&format!("/api/backups/{name}/restore"), json!({})).await;
    assert_eq!(restored.status, 200, "{}", restored.text());
    for n in 100..103 {
        let sent = house.post_hook(&source, "", message(n)).await;
        assert_eq!(sent.status, 200);
        assert!(sent.json()["delivery"].as_i64().unwrap() > most);
        let (name, _) = backup(&house).await;
        let restored = house.post_json(&format!("/api/backups/{name}/restore"), json!({})).await;
        assert_eq!(restored.status, 200, "{}", restored.text());
    }
    assert_eq!(house.deliveries().await.len(), 23);
}

#[tokio::test]
async fn headers_that_no_delivery_has_are_left_out_and_counted() {
    let (house, source) = house().await;
    let (name, path) = backup(&house).await;
    for (n, json) in
        ["{}", "[[1,2]]", "7", "[\"a\"]", &format!("[{}]", "[\"a\",\"b\"],".repeat(200_000))].iter().enumerate()
    {
        plant(
            &path,
            &format!(
                "INSERT INTO journal (kind, received_at, source, region, headers, body, body_size)
                 VALUES (1, {}, 1, 'US', x'00{}', x'00', 0)",
                1_774_000_000_000_000_i64 + i64::try_from(n).unwrap(),
                hex::encode(json)
            ),
        );
    }
    let restored = house.post_json(&format!("/api/backups/{name}/restore"), json!({ "exact": true })).await;
    assert_eq!(restored.status, 200, "{}", restored.text());
    assert!(restored.text().contains("5 entries of the backup could not be read"), "{}", restored.text());
    assert_eq!(house.deliveries().await.len(), 19);
    // One that is there already, from a release that took it in, can be looked at all the same.
    let kept = house.post_hook(&source, "", message(500)).await.json()["delivery"].as_i64().unwrap();
    let change = move |batch: &mut leadtrail::store::Batch<'_>| {
        batch.transaction().execute_batch("DROP TRIGGER journal_is_append_only_update")?;
        batch.transaction().execute("UPDATE journal SET headers = x'007B7D' WHERE seq = ?1", [kept])?;
        Ok(())
    };
    house.app.store.write(change).await.unwrap();
    let shown = house.get(&format!("/api/deliveries/{kept}")).await;
    assert_eq!((shown.status, &shown.json()["headers"]), (200, &json!([])), "{}", shown.text());
}

#[tokio::test]
async fn a_backup_whose_writing_broke_off_is_refused_in_plain_words() {
    let (house, _source) = house().await;
    let (name, path) = backup(&house).await;
    let mut journal = vec![0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
    journal.resize(8_000, 0);
    let beside = PathBuf::from(format!("{}-journal", path.display()));
    std::fs::write(&beside, &journal).unwrap();
    let restored = house.post_json(&format!("/api/backups/{name}/restore"), json!({})).await;
    assert!((400..500).contains(&restored.status), "{}", restored.text());
    let said = restored.json()["detail"].as_str().unwrap().to_string();
    assert!(said.contains("cannot be restored: its writing broke off") && said.ends_with('.'), "{said}");
    assert_eq!(std::fs::read(&beside).unwrap(), journal, "it is as it was");
    assert_eq!(house.deliveries().await.len(), 19);
}

#[tokio::test]
async fn the_number_of_the_schema_is_one_we_gave_or_one_sentence() {
    let (house, _source) = house().await;
    let (name, path) = backup(&house).await;
    let whole = std::fs::read(&path).unwrap();
    let newest: i32 = i32::try_from(i64::from(u32::from_be_bytes(whole[60..64].try_into().unwrap()))).unwrap();
    for version in [newest + 1, 9999, i32::MAX, 0, -1, i32::MIN] {
        let mut bytes = whole.clone();
        bytes[60..64].copy_from_slice(&version.to_be_bytes());
        std::fs::write(&path, bytes).unwrap();
        let restored = house.post_json(&format!("/api/backups/{name}/restore"), json!({})).await;
        let said = restored.json()["detail"].as_str().unwrap().to_string();
        assert!((400..500).contains(&restored.status), "{version}: {said}");
        let expected = if version > newest { "by a newer Leadtrail" } else { "not a file of Leadtrail’s" };
        assert!(said.contains(expected), "{version}: {said}");
        assert_eq!(house.deliveries().await.len(), 19);
    }
}

#[tokio::test]
async fn what_guards_the_doors_and_points_at_paths_is_this_machines() {
    for exact in [false, true] {
        let (house, _source) = house().await;
        let (name, path) = backup(&house).await;
        let theirs = Values {
            business_name: "As it was".into(),
            public_base_url: Some("https://evil.example".into()),
            listen_beyond: true,
            body_limit: 60_000_000,
            rate_per_minute: None,
            quarantine_kept: 1,
            quarantine_bytes: 1,
            retention: [(1, 1)].into(),
            backups: BackupPolicy { on: false, folder: Some("/tmp/evil".into()), ..BackupPolicy::default() },
            ..Values::default()
        };
        let json = serde_json::to_string(&theirs).unwrap().replace('\'', "''");
        plant(
            &path,
            &format!(
                "UPDATE settings SET value = '{json}' WHERE name = 'owner';
                 UPDATE settings SET value = '0.0.0.0:80' WHERE name = 'hooks_address';
                 INSERT INTO settings (name, value) VALUES ('ui_token', 'attacker'), ('ui_sessions', 'attacker'), ('allowed_hosts', 'evil'),
                        ('demo', '1'), ('door_reached', 'evil');
                 INSERT INTO exports (id, what, format, asked, title, folder, file, state, began_at, made_at)
                 VALUES (5, 'leads', 'csv', '{{}}', 'x', '/etc', '../{FILE}', 'going', 1, 1);
                 INSERT INTO saved_reports (id, name, asked, schedule, since, created_at) VALUES (9, 'Theirs',
                  '{{\"report\":\"overview\",\"format\":\"json\",\"range\":\"yesterday\",\"query\":{{}}}}',
                  '{{\"every\":\"daily\",\"at\":\"07:00\",\"folder\":\"/etc\",\"on\":true}}', 1, 1);
                 UPDATE sqlite_sequence SET seq = {} WHERE name IN ('journal', 'sources', 'lead_names');",
                i64::MAX
            ),
        );
        let restored = house.post_json(&format!("/api/backups/{name}/restore"), json!({ "exact": exact })).await;
        assert_eq!(restored.status, 200, "{}", restored.text());
        assert_eq!(setting(&house, settings::LISTENED).as_deref(), Some("127.0.0.1:4321"));
        for name in ["ui_token", "ui_sessions", "allowed_hosts", "demo", "door_reached"] {
            assert_eq!(setting(&house, name), None, "{name}");
        }
        let values: Values = serde_json::from_str(&setting(&house, settings::NAME).unwrap()).unwrap();
        assert_eq!(values, Values { business_name: "As it was".into(), ..ours() });
        assert_eq!(*house.app.settings.get(), values, "also in memory");
        assert_eq!(house.get_json("/api/exports").await["items"], json!([]));
        let saved = house.get_json("/api/saved-reports").await["items"][0].clone();
        assert_eq!((&saved["name"], &saved["schedule"]["folder"]), (&json!("Theirs"), &json!("")), "{saved}");
        // Numbers are left to give out.
        let second = house.add("meera").await;
        assert!(second.id < 1_000);
        let varda = house.app.store.read_blocking(sources::all).unwrap().into_iter().find(|s| s.provider == "varda");
        assert_eq!(house.post_hook(&varda.unwrap(), "", message(500)).await.status, 200);
    }
}

#[tokio::test]
async fn what_comes_with_a_backup_is_listed_first() {
    let (house, source) = house().await;
    let (name, path) = backup(&house).await;
    plant(
        &path,
        "INSERT INTO sources (uid, provider, name, key, key_hash, created_at)
         VALUES ('planted', 'meera', 'Planted', 'AAAA', x'01', 1);
         INSERT INTO source_keys (source, value, added_at) VALUES (1, 'their-key', 1);",
    );
    let told = house.get(&format!("/api/backups/{name}")).await;
    assert_eq!(told.status, 200, "{}", told.text());
    assert!(!told.text().contains("their-key"), "a key is never shown: {}", told.text());
    let told = told.json();
    let items = told["sources"].as_array().unwrap();
    assert_eq!(items.len(), 2, "{told}");
    assert_eq!((&items[0]["name"], &items[0]["known"]), (&json!(source.name), &json!(true)));
    assert_eq!((&items[0]["same_address"], &items[0]["keys"]), (&json!(true), &json!(1)));
    assert_eq!(
        (&items[1]["name"], &items[1]["known"], &items[1]["keys"]),
        (&json!("Planted"), &json!(false), &json!(0))
    );
    assert!(items[1]["address"].as_str().unwrap().ends_with("/hooks/AAAA"), "{}", items[1]);
    assert_eq!(told["deliveries"], json!(19));
    // The command line says the same before it asks, and `--dry-run` says only that.
    let data = house.app.store.path().parent().unwrap().to_path_buf();
    let said = leadtrail(&data, &["restore", path.to_str().unwrap(), "--dry-run"]);
    assert!(said.status.success(), "{said:?}");
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(said.contains("Planted") && said.contains("/hooks/AAAA") && !said.contains("their-key"), "{said}");
    assert_eq!(house.app.store.read_blocking(sources::all).unwrap().len(), 1, "nothing was changed");
}

#[tokio::test]
async fn a_backup_that_is_written_anew_loses_what_was_planted() {
    let (house, _source) = house().await;
    let (name, path) = backup(&house).await;
    let lead = house.leads().await[0]["id"].clone();
    assert_eq!(house.post_json(&format!("/api/leads/{lead}/erase"), json!({})).await.status, 200);
    plant(&path, DROPS_EVERYTHING);
    let rewritten = house.post_json(&format!("/api/backups/{name}/rewrite"), json!({})).await;
    assert_eq!(rewritten.status, 200, "{}", rewritten.text());
    assert_eq!(rewritten.json()["holds_erased"], json!([]));
    assert_eq!(schema(&path), as_new());
    let address: String = Connection::open(&path)
        .unwrap()
        .query_row("SELECT value FROM settings WHERE name = 'hooks_address'", [], |r| r.get(0))
        .unwrap();
    assert_eq!(address, "127.0.0.1:4321", "it is this machine's backup still");
}

#[test]
fn a_file_that_takes_a_damaged_ones_place_brings_no_token() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    leadtrail_json(&data, &["source", "add", "--provider", "varda", "--name", "Ours", "--json"]);
    let made = leadtrail_json(&data, &["backup", "--json"]);
    let path = PathBuf::from(made["path"].as_str().unwrap());
    plant(&path, &format!("INSERT INTO settings (name, value) VALUES ('ui_token', 'attacker'); {DROPS_EVERYTHING}"));
    std::fs::write(data.join(FILE), vec![0xA5; 200_000]).unwrap();
    for end in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(data.join(format!("{FILE}{end}")));
    }
    let restored = leadtrail(&data, &["restore", made["name"].as_str().unwrap(), "--yes", "--json"]);
    assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
    assert_eq!(schema(&data.join(FILE)), as_new());
    let store = Store::open(&data).unwrap();
    assert_eq!(store.read_blocking(|c| sources::setting(c, "ui_token")).unwrap(), None);
    assert_eq!(store.read_blocking(sources::all).unwrap().len(), 1);
    store.close();
}

#[test]
fn backups_of_every_release_come_back() {
    let migrations: Vec<String> = {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        let mut names: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        names.sort();
        names.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
    };
    for version in 1..=migrations.len() {
        let folder = tempfile::tempdir().unwrap();
        let old = folder.path().join("old.sqlite");
        let connection = Connection::open(&old).unwrap();
        for migration in &migrations[..version] {
            connection.execute_batch(migration).unwrap();
        }
        connection.pragma_update(None, "user_version", i64::try_from(version).unwrap()).unwrap();
        let body = [&[0], message(1).as_bytes()].concat();
        connection
            .execute_batch(
                "INSERT INTO sources (id, uid, provider, name, key, key_hash, created_at)
                 VALUES (1, 'varda:ours', 'varda', 'Ours', 'KEY', x'02', 1);
                 INSERT INTO lead_names (id, key) VALUES (41, 'nobody');",
            )
            .unwrap();
        connection
            .execute(
                "INSERT INTO journal (seq, kind, received_at, source, region, content_type, body, body_size)
                 VALUES (3, 1, 1774000000000000, 1, 'US', 'application/json', ?1, ?2)",
                (&body, i64::try_from(body.len() - 1).unwrap()),
            )
            .unwrap();
        connection.close().unwrap();
        let data = folder.path().join("data");
        leadtrail_json(&data, &["source", "add", "--provider", "meera", "--name", "Others", "--json"]);
        leadtrail_json(&data, &["restore", old.to_str().unwrap(), "--yes", "--json"]);
        let found = leadtrail_json(&data, &["check", "--json"]);
        let counts = (&found["ok"], &found["deliveries"], &found["leads"]);
        assert_eq!(counts, (&json!(true), &json!(1), &json!(1)), "version {version}: {found}");
        assert_eq!(schema(&data.join(FILE)), as_new(), "version {version}");
        let _: Value = found;
    }
}
