//! Nothing of who was erased is left anywhere, however it was written and whatever column it stood in; and nothing of
//! anybody else is taken with it.

use std::collections::BTreeSet;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use leadtrail::clock;
use leadtrail::ingest::erase::{erased_in, redact_file};
use leadtrail::store::backup::{self, BackupKind};
use leadtrail::store::erase::{FORGETS, STAYS};
use rusqlite::Connection;
use serde_json::{Value, json};

use super::erase::{call, rebuilt_the_same, text, values, well};
use super::support::TestApp;

/// Who it is, in every writing that is looked for afterwards: bytes, where letters are in lower case.
fn traces() -> Vec<(String, Vec<u8>)> {
    let plain = [
        "zebulon",
        "quartermain",
        "4045550187",
        "404-555-0187",
        "404) 555",
        "5550187",
        "555-0187",
        "404_555_0187",
        "404,555,0187",
        "404\u{2012}555",
        "404\u{2009}555",
        "\u{ff14}\u{ff10}\u{ff14}",
        "zq@example",
        "zq%40example",
        "zq&#64;example",
        "zq\\u0040example",
        "&#113;uarter",
        "four oh four",
    ];
    let mut all: Vec<(String, Vec<u8>)> =
        plain.iter().map(|word| (word.to_string(), word.as_bytes().to_vec())).collect();
    for word in ["Quartermain", "404-555-0187"] {
        let (little, big): (Vec<u8>, Vec<u8>) = (
            word.to_lowercase().encode_utf16().flat_map(u16::to_le_bytes).collect(),
            word.to_lowercase().encode_utf16().flat_map(u16::to_be_bytes).collect(),
        );
        all.push((format!("{word} as UTF-16 LE"), little));
        all.push((format!("{word} as UTF-16 BE"), big));
        for (shift, before) in ["", ":", "x "].iter().enumerate() {
            let whole = STANDARD.encode(format!("{before}{word}"));
            // What does not depend on the letters around it.
            let sure = &whole[(shift * 8).div_ceil(6)..(shift + word.len()) * 8 / 6];
            all.push((format!("{word} in base64, shifted by {shift}"), sure.to_lowercase().into_bytes()));
        }
    }
    all
}

fn lower(bytes: &[u8]) -> Vec<u8> {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_lowercase().into_bytes(),
        Err(_) => bytes.to_ascii_lowercase(),
    }
}

/// Each byte as a character, so that any of them can be searched.
fn bytewise(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// What is left of them in a file, and where.
pub(super) fn left(path: &Path) -> BTreeSet<String> {
    let traces: Vec<(String, String)> = traces().into_iter().map(|(word, bytes)| (word, bytewise(&bytes))).collect();
    let mut found = BTreeSet::new();
    for (place, bytes) in values(path) {
        let text = bytewise(&lower(&bytes));
        found.extend(traces.iter().filter(|(_, w)| text.contains(w)).map(|(word, _)| format!("{word}: {place}")));
    }
    found
}

/// The text columns of a table, as the schema says.
fn text_columns(connection: &Connection, table: &str) -> Vec<(String, String, bool)> {
    let sql = "SELECT name, type, pk > 0 FROM pragma_table_info(?1) ORDER BY cid";
    let mut statement = connection.prepare(sql).unwrap();
    let columns = statement.query_map([table], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    columns.collect::<Result<_, _>>().unwrap()
}

fn tables(connection: &Connection) -> Vec<String> {
    let sql = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
    let mut statement = connection.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

fn stays(table: &str, column: &str) -> bool {
    STAYS.iter().any(|(t, c, _)| *t == table && (*c == "*" || *c == column))
}

#[test]
fn every_column_with_texts_is_looked_at_or_stays() {
    let folder = tempfile::tempdir().unwrap();
    let store = leadtrail::store::Store::open(folder.path()).unwrap();
    let connection = Connection::open(store.path()).unwrap();
    let mut known = BTreeSet::new();
    for table in tables(&connection) {
        let derived = FROM_THE_JOURNAL.contains(&table.as_str());
        for (column, kind, _) in text_columns(&connection, &table) {
            let looked_at = FORGETS.iter().filter(|(t, c, _)| *t == table && *c == column).count();
            let says = looked_at + usize::from(stays(&table, &column));
            let is_text = kind != "INTEGER" && kind != "REAL";
            assert!(says <= 1, "{table}.{column} is both looked at and left alone");
            assert!(
                says == 1 || !is_text || derived,
                "{table}.{column}: say in store/erase/texts.rs whether erasing looks at it, or why it stays",
            );
            known.insert(format!("{table}.{column}"));
            known.insert(format!("{table}.*"));
        }
    }
    let named = STAYS.iter().map(|(t, c, _)| (t, c)).chain(FORGETS.iter().map(|(t, c, _)| (t, c)));
    for (table, column) in named {
        assert!(known.contains(&format!("{table}.{column}")), "there is no {table}.{column}");
    }
}

/// Tables that are derived from the journal, and the journal with its names of leads: the person comes into them
/// through the doors.
const FROM_THE_JOURNAL: [&str; 16] = [
    "journal",
    "lead_names",
    "ledger",
    "events",
    "event_texts",
    "sightings",
    "event_versions",
    "version_sightings",
    "identities",
    "business_sides",
    "leads",
    "lead_tags",
    "lead_sources",
    "calls",
    "search_entries",
    "lead_metrics",
];

/// Columns of those that cannot hold anybody: words of this program, hashes, and numbers of the business.
const NOBODY: [(&str, &str); 20] = [
    ("journal", "region"),
    ("journal", "why"),
    ("journal", "erased"),
    ("ledger", "reason"),
    ("ledger", "repairs"),
    ("events", "hash"),
    ("event_versions", "hash"),
    ("version_sightings", "hash"),
    ("business_sides", "phone"),
    ("leads", "stage"),
    ("leads", "outcome"),
    ("leads", "sentiment"),
    ("calls", "id"),
    ("calls", "state"),
    ("calls", "direction"),
    ("calls", "outcome"),
    ("search_entries", "entry"),
    ("search_entries", "kind"),
    ("search_entries", "hash"),
    ("leads", "rep"),
];

/// Puts the person into every text column of every table that is not from the journal: into a row of its own.
fn plant(path: &Path) -> BTreeSet<String> {
    let connection = Connection::open(path).unwrap();
    connection.pragma_update(None, "foreign_keys", "OFF").unwrap();
    let mut planted = BTreeSet::new();
    for table in tables(&connection).into_iter().filter(|table| !FROM_THE_JOURNAL.contains(&table.as_str())) {
        let columns = text_columns(&connection, &table);
        // Rows of others belong to one of a gap.
        if table != "gaps" && columns.iter().all(|(name, kind, _)| kind == "INTEGER" || stays(&table, name)) {
            continue;
        }
        let mut values = Vec::new();
        for (n, (name, kind, _)) in columns.iter().enumerate() {
            let value = match kind.as_str() {
                "TEXT" if stays(&table, name) => format!("'{n}'"),
                "TEXT" => {
                    planted.insert(format!("{table}.{name}"));
                    format!("'{n} Zebulon Quartermain, (404) 555-0187, ZQ@example.com'")
                }
                "BLOB" if stays(&table, name) => format!("x'{n:04}'"),
                "BLOB" => {
                    planted.insert(format!("{table}.{name}"));
                    format!("CAST('{n} Zebulon Quartermain' AS BLOB)")
                }
                _ if name == "source" => "900000".into(),
                _ => format!("{}", 900_000 + n),
            };
            values.push(value);
        }
        let names: Vec<String> = columns.iter().map(|(name, ..)| format!("\"{name}\"")).collect();
        let sql = format!("INSERT INTO \"{table}\" ({}) VALUES ({})", names.join(", "), values.join(", "));
        connection.execute(&sql, []).unwrap_or_else(|error| panic!("{table}: {error}: {sql}"));
    }
    planted
}

fn status(word: &str) -> String {
    json!({
        "status": true, "message": "Success", "lead_status": word,
        "lead_details": { "lead_id": 7, "first_name": "Zebulon", "last_name": "Quartermain", "full_name": "Zebulon Quartermain",
            "email": "zq@example.com", "mobile_number": "+14045550187", "campaign_name": "Zebulon’s spring roofs",
            "campaign_id": 1, "user_timezone": "America/New_York" },
        "lead_info": { "asked": "Zebulon" },
    })
    .to_string()
}

/// A call with their first or last name alone in everything that says where it came from.
fn attributed() -> String {
    let mut body: Value =
        serde_json::from_str(&call("CALLZQ7", "Zebulon Quartermain", "+14045550187", "Hello")).unwrap();
    for (field, value) in [
        ("source_name", "Quartermain mailing"),
        ("medium", "letter to zebulon"),
        ("utm_medium", "letter to zebulon"),
        ("campaign", "for Zebulon"),
        ("utm_campaign", "for Zebulon"),
        ("landing_page_url", "https://shop.example/welcome?name=quartermain"),
        ("referring_url", "https://zebulon.example/"),
        ("agent_email", "kim@example.net"),
        ("lead_status", "good_lead"),
    ] {
        body[field] = json!(value);
    }
    body.to_string()
}

/// A business where somebody has left traces everywhere.
async fn everywhere() -> (TestApp, i64) {
    let app = TestApp::new();
    let callrail = app.add("callrail").await;
    let meera = app.add("meera").await;
    let varda = app.add_with("varda", false, &["the right key"], &[]).await;
    let zq = "Zebulon Quartermain";
    for word in ["Responded", "Called Zebulon’s wife", "404 555 0187 is busy"] {
        assert_eq!(app.post_hook(&meera, "", status(word)).await.status, 200, "{word}");
    }
    // So long that it stands beside its event.
    let at_length = "Zebulon here, and I have been waiting all day. ".repeat(12);
    let said = format!("It is Zebulon, my number is four oh four 555 0187. {at_length}");
    for body in [call("CALLZQ1", zq, "+14045550187", &said), attributed()] {
        assert_eq!(app.post_hook(&callrail, "/post_call", body).await.status, 200);
    }
    // Told again in other words.
    let again = call("CALLZQ1", zq, "+14045550187", &format!("It is Zebulon Quartermain again. {at_length}"));
    assert_eq!(app.post_hook(&callrail, "/call_modified", again).await.status, 200);
    let mut other = json!({});
    for n in 0..2 {
        other = serde_json::from_str(&text("SCIzq", "404-555-0187", &format!("{at_length} {n}"))).unwrap();
        assert_eq!(app.post_hook(&callrail, "/text_message_received", other.to_string()).await.status, 200);
    }
    assert_eq!(other["resource_id"], "SCIzq");
    let lead = app.get_json("/api/leads?q=Quartermain").await["items"][0]["id"].as_i64().unwrap();
    let path = format!("/api/leads/{lead}/actions");
    for action in [
        json!({ "type": "note", "text": "Zebulon likes it", "by": "Kim" }),
        json!({ "type": "tag", "tag": "zebulon" }),
        json!({ "type": "assign", "rep": "Kim" }),
    ] {
        assert_eq!(app.post_json(&path, action).await.status, 201);
    }
    // On no timeline: what cannot be read, in every writing.
    let wide: Vec<u8> = "{\"name\": \"Zebulon Quartermain\"".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = "call 404-555-0187 back".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let mut bodies: Vec<Vec<u8>> = vec![wide, big];
    for text in [
        "{\"phone\": \"404\u{2012}555\u{2012}0187\"",
        "{\"phone\": \"404\u{2009}555\u{2009}0187\"",
        "{\"phone\": \"404,555,0187\"",
        "{\"phone\": \"404_555_0187\"",
        "{\"phone\": \"\u{ff14}\u{ff10}\u{ff14}\u{ff15}\u{ff15}\u{ff15}\u{ff10}\u{ff11}\u{ff18}\u{ff17}\"",
        "{\"note\": \"four oh four, five five five, oh one eight seven\"",
        "{\"mail\": \"zq&#64;example.com\"",
        "{\"mail\": \"ZQ%40example.com\"",
        "{\"mail\": \"zq\\u0040example.com\"",
        "{\"name\": \"Zebulon &#113;uartermain\"",
        "{\"name\": \"Zebulon%20Quartermain\"",
    ] {
        bodies.push(text.as_bytes().to_vec());
    }
    for before in ["", ":", "x "] {
        bodies.push(format!("{{\"d\": \"{}\"", STANDARD.encode(format!("{before}Zebulon Quartermain"))).into_bytes());
        bodies.push(format!("{{\"d\": \"{}\"", STANDARD.encode(format!("{before}404-555-0187"))).into_bytes());
    }
    for body in bodies {
        let answer = app.post_hook(&callrail, "/post_call", body.clone()).await;
        assert_eq!(answer.status, 202, "{}", String::from_utf8_lossy(&body));
    }
    // A body that says nothing of anybody, with somebody around it.
    let headers = [("content-type", "application/json"), ("user-agent", "Zebulon Quartermain 404-555-0187")];
    assert_eq!(app.post_hook_with(&callrail, "/post_call", &headers, "{").await.status, 202);
    assert_eq!(
        app.post_hook_with(&callrail, "/post_call", &[("content-type", "text/zq@example.com")], "{").await.status,
        202
    );
    assert_eq!(app.post_hook(&callrail, "/zebulon-quartermain", "{").await.status, 202);
    let chat = json!({
        "event": "message.created", "timestamp": "2026-03-25T18:31:00Z",
        "data": { "id": 1, "conversation_id": 9, "direction": "inbound", "content": "I am Zebulon", "channel_type": "webchat",
            "created_at": "2026-03-25T18:31:00Z", "contact": { "id": 4, "name": zq, "email": "ZQ@example.com", "phone": "(404) 555-0187" } },
    });
    assert_eq!(app.post_hook(&varda, "", chat.to_string()).await.status, 202);
    (app, lead)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_column_is_free_of_who_was_erased() {
    let (app, lead) = everywhere().await;
    let path = app.app.store.path().to_path_buf();
    let planted = plant(&path);
    let before = left(&path);
    let held = |column: &str| before.iter().any(|trace| trace.ends_with(&format!(": {column}")));
    {
        let connection = Connection::open(&path).unwrap();
        for table in FROM_THE_JOURNAL {
            for (column, kind, _) in text_columns(&connection, table) {
                let nobody = NOBODY.contains(&(table, column.as_str()));
                let name = format!("{table}.{column}");
                assert!(
                    kind == "INTEGER" || nobody || held(&name),
                    "{name}: send somebody who comes into it, or say that it can hold nobody",
                );
            }
        }
    }
    for name in &planted {
        assert!(held(name), "{name} was not planted");
    }
    let copies = path.with_file_name("copies");
    let old = backup::make(&path, &copies, BackupKind::Hand, clock::now(), &mut |_, _| true).unwrap();

    let answer = app.post_json(&format!("/api/leads/{lead}/erase"), json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["swept"], true);
    assert_eq!(left(&path), BTreeSet::new());
    rebuilt_the_same(&app);
    assert_eq!(left(&path), BTreeSet::new());

    // Nor in what the doors say.
    for ask in [
        "/api/search?q=quartermain",
        "/api/search?q=zebulon",
        "/api/search?q=404555",
        "/api/leads?limit=500",
        &format!("/api/leads/{lead}/timeline"),
        "/api/calls",
        "/api/deliveries?limit=500",
        "/api/reports/overview?from=2026-03-01&to=2026-03-31",
        "/api/reports/leads?from=2026-03-01&to=2026-03-31",
    ] {
        let said = String::from_utf8_lossy(&app.get(ask).await.body).to_lowercase();
        let words = ["zebulon", "quartermain", "5550187", "zq@"];
        assert_eq!(words.map(|word| said.contains(word)), [false; 4], "{ask}: {said}");
    }

    // Nor in a backup from before, once it is written anew.
    let erased = erased_in(&app.app.store).unwrap();
    let file = old.path.clone();
    assert!(!left(&file).is_empty());
    std::thread::spawn(move || redact_file(&file, &erased).unwrap()).join().unwrap();
    assert_eq!(left(&old.path), BTreeSet::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_anybody_else_is_taken() {
    let (app, lead) = everywhere().await;
    let callrail = app.app.store.read_blocking(|c| leadtrail::store::sources::by_id(c, 1)).unwrap();
    let ann = call("CALann", "Ann Zebulon", "+16785550142", "I know Zebulon and a Quartermain, 555-0187 or so");
    assert_eq!(app.post_hook(&callrail, "/post_call", ann).await.status, 200);
    for torn in [
        "{\"name\": \"Zebulon\"",
        "{\"name\": \"Ann Quartermain\"",
        "{\"mail\": \"ann.zq@example.com\"",
        "{\"id\": 94045550187123",
        "{",
    ] {
        assert_eq!(app.post_hook(&callrail, "/post_call", torn).await.status, 202);
    }
    let gap = "INSERT INTO gaps (id, from_at, to_at, why) VALUES (1, 1, 2, 'crash');
               INSERT INTO gap_sources (gap, source, resends, state, reason) VALUES (1, 1, 0, 'dismissed', 'Zebulon knows')";
    Connection::open(app.app.store.path()).unwrap().execute_batch(gap).unwrap();
    // Somebody of the business shares a name with them.
    let assign = json!({ "type": "assign", "rep": "Kim Quartermain" });
    assert_eq!(app.post_json(&format!("/api/leads/{lead}/actions"), assign).await.status, 201);
    let before = app.get_json("/api/leads?q=6785550142").await;
    let id = before["items"][0]["id"].clone();
    let timeline = app.get_json(&format!("/api/leads/{id}/timeline")).await;
    let report = "/api/reports/reps?from=2026-03-01&to=2026-03-31";
    let reps = app.get_json(report).await["sections"].clone();
    assert!(reps.to_string().contains("Kim Quartermain"), "{reps}");

    assert_eq!(app.post_json(&format!("/api/leads/{lead}/erase"), json!({})).await.status, 200);
    assert_eq!(app.get_json("/api/leads?q=6785550142").await, before);
    assert_eq!(app.get_json(&format!("/api/leads/{id}/timeline")).await, timeline);
    assert_eq!(app.get_json(report).await["sections"], reps, "who looks after them is counted as before");
    let waiting = app.get_json("/api/deliveries?state=quarantined&limit=500").await;
    assert_eq!(waiting["items"].as_array().unwrap().len(), 5, "{waiting}");
    let reason: String = Connection::open(app.app.store.path())
        .unwrap()
        .query_row("SELECT reason FROM gap_sources", [], |row| row.get(0))
        .unwrap();
    assert_eq!(reason, "Zebulon knows");
    well(&app);
}
