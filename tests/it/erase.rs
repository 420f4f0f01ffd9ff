//! Erasing a person: nothing of who it was stays in the file, its log or a new backup; everything is counted as before;
//! and nothing of it comes back.

use std::path::Path;

use leadtrail::clock;
use leadtrail::ingest::erase::{erased_in, redact_file, still_held};
use leadtrail::store::backup::{self, BackupKind};
use leadtrail::store::{SourceRow, checkup};
use rusqlite::Connection;
use serde_json::{Value, json};

use super::support::{TestApp, until};

/// Who is erased, in every writing; and what was said.
const WORDS: [&str; 15] = [
    "quartermain",
    "zebulon",
    "4045550187",
    "404-555-0187",
    "(404) 555-0187",
    "555-0187",
    "5550187",
    "zq@example",
    "zq%40example",
    "marmalade",
    "xylophone",
    "gramophone",
    "bassoon",
    "clavichord",
    "callzq",
];

pub fn call(id: &str, name: &str, phone: &str, words: &str) -> String {
    json!({
        "resource_id": id, "answered": true, "direction": "inbound", "duration": "63", "customer_name": name,
        "customer_phone_number": phone, "formatted_customer_phone_number": phone.replace("+1404555", "404-555-"),
        "tracking_phone_number": "+14045558514", "start_time": "2026-03-19T13:41:00.236-05:00",
        "transcription": words, "value": "120.00", "source_name": "Google Ads", "tags": ["hot"],
        "recording": format!("https://app.callrail.com/calls/{id}/recording/redirect?access_key={id}"),
    })
    .to_string()
}

pub fn text(id: &str, phone: &str, content: &str) -> String {
    json!({
        "resource_id": id, "source_number": phone, "destination_number": "770-123-4567", "content": content,
        "message_type": "sms", "media_urls": [], "timestamp": "2026-03-20T15:57:18.826-04:00",
    })
    .to_string()
}

fn two_texts() -> String {
    json!([
        { "id": "evt-1", "time": "2026-03-21T21:46:58.621Z", "to": "14045550187", "from": "17705550199",
          "message": "The bassoon waits", "campaignId": "c-1" },
        { "id": "evt-2", "time": "2026-03-21T21:46:59.621Z", "to": "16785550142", "from": "17705550199",
          "message": "Somebody else", "campaignId": "c-1" },
    ])
    .to_string()
}

fn chat(id: u32) -> String {
    json!({
        "event": "message.created", "timestamp": "2026-03-25T18:31:00Z",
        "data": { "id": id, "conversation_id": 123, "direction": "inbound", "content": "A gramophone, please",
            "channel_type": "webchat", "created_at": "2026-03-25T18:31:00Z",
            "contact": { "id": 456, "name": "Zebulon Quartermain", "email": "ZQ@example.com", "phone": "(404) 555-0187" } },
    })
    .to_string()
}

/// A business with two people, one of whom wants to be forgotten.
struct Town {
    app: TestApp,
    callrail: std::sync::Arc<SourceRow>,
    curious: std::sync::Arc<SourceRow>,
    varda: std::sync::Arc<SourceRow>,
    lead: i64,
}

async fn town() -> Town {
    let app = TestApp::new();
    let callrail = app.add("callrail").await;
    let curious = app.add("curious-thing").await;
    let varda = app.add_with("varda", false, &["the right key"], &[]).await;
    let zq = "Zebulon Quartermain";
    app.post_hook(&callrail, "/post_call", call("CALLZQ1", zq, "+14045550187", "I want marmalade")).await;
    app.post_hook(&callrail, "/post_call", call("CALother", "Ann Other", "+16785550142", "Nothing of that")).await;
    app.post_hook(&callrail, "/text_message_received", text("SCIzq", "404-555-0187", "My xylophone broke")).await;
    app.post_hook(&callrail, "/text_message_received", text("SCIstop", "404-555-0187", "STOP")).await;
    app.post_hook(&curious, "/sms_sent", two_texts()).await;
    // Not signed with the right key, and torn: both stay in quarantine.
    assert_eq!(app.post_hook(&varda, "", chat(789)).await.status, 202);
    let torn =
        app.post_hook(&callrail, "/post_call", "{\"customer_phone_number\": \"(404) 555-0187\", \"clavichord").await;
    assert_eq!(torn.status, 202);
    let lead = app.get_json("/api/leads?q=Quartermain").await["items"][0]["id"].as_i64().unwrap();
    let path = format!("/api/leads/{lead}/actions");
    let note = app.post_json(&path, json!({ "type": "note", "text": "Likes marmalade", "by": "Kim" })).await;
    assert_eq!(note.status, 201);
    app.post_json(&path, json!({ "type": "tag", "tag": "marmalade" })).await;
    let calls = app.get_json("/api/calls").await;
    let card = calls["items"].as_array().unwrap().iter().find(|c| c["lead_id"] == lead).unwrap()["id"].clone();
    let outcome =
        json!({ "type": "outcome", "outcome": "booked", "call": card, "actual_cents": 51_000, "notes": "marmalade" });
    assert_eq!(app.post_json(&path, outcome).await.status, 201);
    Town { app, callrail, curious, varda, lead }
}

/// Everything that is counted.
async fn totals(app: &TestApp) -> Value {
    let status = app.get_json("/api/status").await;
    let counts = &status["counts"];
    let counters: Vec<(String, i64)> = app
        .app
        .store
        .read_blocking(|c| {
            let sql = "SELECT name, n FROM counters WHERE n <> 0 AND (name LIKE 'stage:%' OR name LIKE 'source_leads:%'
                       OR name IN ('leads', 'calls', 'deliveries')) ORDER BY name";
            Ok(c.prepare(sql)?.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?.collect::<Result<_, _>>()?)
        })
        .unwrap();
    json!({ "leads": counts["leads"], "calls": counts["calls"], "deliveries": counts["deliveries"], "counters": counters })
}

pub fn well(app: &TestApp) {
    let found = app.app.store.read_fresh(checkup::check).unwrap();
    assert!(found.ok, "{:?}", found.problems);
}

fn holds(bytes: &[u8], words: &[&str]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes).to_lowercase();
    words.iter().find(|word| text.contains(*word)).map(|word| word.to_string())
}

/// The bytes of a file and of its log; and every value in it, unpacked where it is packed, with the words of its indexes.
/// Each with where it stands.
pub fn values(path: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for file in [path.to_path_buf(), format!("{}-wal", path.display()).into(), format!("{}-shm", path.display()).into()]
    {
        found.push((format!("the bytes of {}", file.display()), std::fs::read(&file).unwrap_or_default()));
    }
    let connection = Connection::open(path).unwrap();
    let list = |sql: &str| -> Vec<String> {
        connection.prepare(sql).unwrap().query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    let dictionary = include_bytes!("../../src-tauri/store/dictionary-1.zstd");
    let mut unpack = zstd::bulk::Decompressor::with_dictionary(dictionary).unwrap();
    for table in list("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'") {
        let mut statement = connection.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns: Vec<String> = statement.column_names().map(String::from).collect();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for (index, column) in columns.iter().enumerate() {
                let bytes = match row.get_ref(index).unwrap() {
                    rusqlite::types::ValueRef::Text(bytes) | rusqlite::types::ValueRef::Blob(bytes) => bytes.to_vec(),
                    _ => continue,
                };
                if let Some((1, packed)) = bytes.split_first() {
                    found.push((format!("{table}.{column}"), unpack.decompress(packed, 8 << 20).unwrap_or_default()));
                }
                found.push((format!("{table}.{column}"), bytes));
            }
        }
    }
    for index in ["search_words", "search_people"] {
        connection
            .execute_batch(&format!("CREATE VIRTUAL TABLE temp.v_{index} USING fts5vocab(main, {index}, 'row')"))
            .unwrap();
        let terms = list(&format!("SELECT term FROM temp.v_{index}"));
        found.extend(terms.into_iter().map(|term| (format!("the index {index}"), term.into_bytes())));
    }
    found
}

fn search(path: &Path, words: &[&str]) -> Vec<String> {
    let found = values(path).into_iter();
    found.filter_map(|(place, bytes)| Some(format!("{} in {place}", holds(&bytes, words)?))).collect()
}

pub fn rebuilt_the_same(app: &TestApp) {
    let ingest = app.app.ingest.clone();
    let rebuilt = std::thread::spawn(move || ingest.rebuild(|_, _| {}).unwrap()).join().unwrap();
    assert_eq!(rebuilt.hash_before, rebuilt.hash_after);
    well(app);
}

async fn erase(town: &Town) -> Value {
    let answer = town.app.post_json(&format!("/api/leads/{}/erase", town.lead), json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_person_is_nowhere_and_counts_as_before() {
    let town = town().await;
    let path = town.app.app.store.path().to_path_buf();
    well(&town.app);
    assert!(!search(&path, &WORDS).is_empty());
    let before = totals(&town.app).await;
    let lead_before = town.app.get_json(&format!("/api/leads/{}", town.lead)).await;
    let backup = path.with_file_name("copies");
    let old = backup::make(&path, &backup, BackupKind::Hand, clock::now(), &mut |_, _| true).unwrap();

    let preview =
        town.app.post_json(&format!("/api/leads/{}/erase", town.lead), json!({ "dry_run": true })).await.json();
    assert_eq!(totals(&town.app).await, before, "a dry run changes nothing");
    assert!(!search(&path, &WORDS).is_empty());
    let done = erase(&town).await;
    for name in ["events", "deliveries", "calls", "messages", "notes", "quarantined"] {
        assert_eq!(done[name], preview[name], "{name}");
    }
    assert_eq!((&done["events"], &done["calls"], &done["messages"]), (&json!(7), &json!(1), &json!(3)), "{done}");
    assert_eq!(
        (&done["deliveries"], &done["notes"], &done["quarantined"]),
        (&json!(4), &json!(1), &json!(2)),
        "{done}"
    );
    assert_eq!(done["swept"], true);

    assert_eq!(search(&path, &WORDS), Vec::<String>::new());
    let new =
        backup::make(&path, &backup, BackupKind::Hand, clock::now() + chrono::TimeDelta::seconds(2), &mut |_, _| true);
    assert_eq!(search(&new.unwrap().path, &WORDS), Vec::<String>::new());
    assert_eq!(totals(&town.app).await, before);
    let lead = town.app.get_json(&format!("/api/leads/{}", town.lead)).await;
    assert_eq!((&lead["erased"], &lead["name"], &lead["phones"]), (&json!(true), &Value::Null, &json!([])));
    for same in
        ["stage", "outcome", "value_cents", "calls", "messages", "first_seen", "last_activity", "sources", "campaign"]
    {
        assert_eq!(lead[same], lead_before[same], "{same}");
    }
    assert_eq!(lead["evidence"], json!([]));
    assert_eq!(town.app.get_json("/api/leads?q=404555").await["items"], json!([]));
    well(&town.app);
    rebuilt_the_same(&town.app);
    assert_eq!(totals(&town.app).await, before);
    assert_eq!(search(&path, &WORDS), Vec::<String>::new());

    // The other one of the batch is still there, and so is what was sent of them.
    let others = town.app.get_json("/api/leads?q=6785550142").await;
    assert_eq!((&others["items"][0]["calls"], &others["items"][0]["messages"]), (&json!(1), &json!(1)));
    let ledger = town.app.deliveries().await;
    let batch = ledger.iter().find(|d| d["provider"] == "curious-thing").unwrap();
    let detail = town.app.get_json(&format!("/api/deliveries/{}", batch["id"])).await;
    assert!(detail["body"].as_str().unwrap().contains("Somebody else"));
    assert!(detail["reason"].as_str().unwrap().starts_with("Part of it was erased on"), "{detail}");
    assert_eq!(ledger.iter().filter(|d| d["state"] == "quarantined").count(), 0);

    // The backup from before still holds them, says so, and can be freed of them.
    assert!(!search(&old.path, &WORDS).is_empty());
    assert_eq!(still_held(&town.app.app.store, &old.path, old.name.made_at).unwrap().len(), 1);
    let erased = erased_in(&town.app.app.store).unwrap();
    let file = old.path.clone();
    let redacted = std::thread::spawn(move || redact_file(&file, &erased).unwrap()).join().unwrap();
    assert_eq!(redacted.events, 7);
    assert_eq!(search(&old.path, &WORDS), Vec::<String>::new());
    assert!(still_held(&town.app.app.store, &old.path, old.name.made_at).unwrap().is_empty());
    let found = checkup::check(&Connection::open(&old.path).unwrap()).unwrap();
    assert!(found.ok, "{:?}", found.problems);
    let now = town.app.app.store.read_fresh(checkup::check).unwrap();
    assert_eq!((found.leads, found.events), (now.leads, now.events));
    let erasures = town.app.get_json("/api/erasures").await;
    assert_eq!(erasures["items"][0]["lead"], town.lead);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_erased_does_not_come_back() {
    let town = town().await;
    let path = town.app.app.store.path().to_path_buf();
    erase(&town).await;
    let before = town.app.get_json("/api/projection").await;
    let zq = "Zebulon Quartermain";
    for (source, part, body) in [
        (&town.callrail, "/post_call", call("CALLZQ1", zq, "+14045550187", "I want marmalade")),
        // Never seen before, but of the call that was erased.
        (&town.callrail, "/call_modified", call("CALLZQ1", zq, "+14045550187", "More marmalade")),
        (&town.callrail, "/text_message_received", text("SCIzq", "404-555-0187", "My xylophone broke")),
        (&town.curious, "/sms_sent", two_texts()),
    ] {
        let answer = town.app.post_hook(source, part, body).await;
        assert_eq!((answer.status, &answer.json()["status"]), (200, &json!("duplicate")), "{part}");
    }
    // What was in quarantine, now with the right signature.
    let body = chat(789);
    let signed = leadtrail::providers::Provider::Varda.reader().sign(body.as_bytes(), "the right key", clock::now());
    let headers: Vec<(&str, &str)> = signed.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let answer = town.app.post_hook_with(&town.varda, "", &headers, body).await;
    assert_eq!((answer.status, &answer.json()["status"]), (200, &json!("duplicate")));
    assert_eq!(town.app.get_json("/api/projection").await["leads"], before["leads"]);
    assert_eq!(town.app.get_json("/api/projection").await["events"], before["events"]);
    let store = town.app.app.store.clone();
    let cut = move || store.alone(|c| Ok(c.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)).unwrap();
    std::thread::spawn(cut).join().unwrap();
    assert_eq!(search(&path, &WORDS), Vec::<String>::new());
    well(&town.app);
    rebuilt_the_same(&town.app);
    assert_eq!(search(&path, &WORDS), Vec::<String>::new());

    // They may call again: that is a new person.
    let answer = town.app.post_hook(&town.callrail, "/post_call", call("CALnew", "Z", "+14045550187", "Hello")).await;
    assert_eq!(answer.json()["status"], "accepted");
    let leads = town.app.leads().await;
    assert_eq!(leads.iter().filter(|lead| lead["erased"] == true).count(), 1);
    assert!(leads.iter().any(|lead| lead["phones"] == json!(["+14045550187"]) && lead["id"] != town.lead));
    rebuilt_the_same(&town.app);
    // And what is left of the first takes notes as before.
    let path = format!("/api/leads/{}/actions", town.lead);
    assert_eq!(town.app.post_json(&path, json!({ "type": "note", "text": "Was erased" })).await.status, 201);
    assert_eq!(town.app.get_json(&format!("/api/leads/{}", town.lead)).await["erased"], true);
    rebuilt_the_same(&town.app);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_that_was_cut_off_is_done_at_the_next_start() {
    let town = town().await;
    let path = town.app.app.store.path().to_path_buf();
    let (lead, store) = (town.lead, town.app.app.store.clone());
    // As if the program had been killed right after the commit.
    std::thread::spawn(move || leadtrail::ingest::erase::erase_unswept(&store, lead, clock::now()).unwrap())
        .join()
        .unwrap();
    assert_eq!(town.app.get_json("/api/erasures").await["items"][0]["pending"], true);
    let ingest = town.app.app.ingest.clone();
    assert!(std::thread::spawn(move || ingest.sweep(true).unwrap()).join().unwrap());
    assert_eq!(search(&path, &WORDS), Vec::<String>::new());
    assert_eq!(town.app.get_json("/api/erasures").await["items"][0]["pending"], false);
    well(&town.app);
}

impl Town {
    async fn backup(&self) -> (String, std::path::PathBuf) {
        let name = self.app.post_json("/api/backups", json!({})).await.json()["name"].as_str().unwrap().to_string();
        let folder = self.app.get_json("/api/backups").await["folder"].as_str().unwrap().to_string();
        let path = Path::new(&folder).join(&name);
        (name, path)
    }

    /// What `/api/backups` says a backup still holds.
    async fn still_in(&self, name: &str) -> usize {
        let items = self.app.get_json("/api/backups").await["items"].clone();
        let one = items.as_array().unwrap().iter().find(|one| one["name"] == name).unwrap();
        one["holds_erased"].as_array().unwrap().len()
    }

    /// Takes the erased out of a backup by restoring it and by writing it anew: nothing of them is in either.
    async fn is_freed_of(&self, name: &str, file: &Path) {
        let path = self.app.app.store.path().to_path_buf();
        for exact in [true, false] {
            let restored = self.app.post_json(&format!("/api/backups/{name}/restore"), json!({ "exact": exact })).await;
            assert_eq!(restored.status, 200, "{}", restored.text());
            assert_eq!(search(&path, &WORDS), Vec::<String>::new());
            well(&self.app);
            rebuilt_the_same(&self.app);
        }
        assert!(!search(file, &WORDS).is_empty());
        let rewritten = self.app.post_json(&format!("/api/backups/{name}/rewrite"), json!({})).await;
        assert_eq!(rewritten.status, 200, "{}", rewritten.text());
        assert_eq!(search(file, &WORDS), Vec::<String>::new());
        assert_eq!(self.still_in(name).await, 0);
        let found = checkup::check(&Connection::open(file).unwrap()).unwrap();
        assert!(found.ok, "{:?}", found.problems);
    }

    async fn import(&self, name: &str, csv: &str) -> i64 {
        let uploaded = self.app.upload(name, csv.to_string()).await;
        assert_eq!(uploaded.status, 201, "{}", uploaded.text());
        let id = uploaded.json()["id"].as_i64().unwrap();
        let choice = json!({ "source": self.callrail.id, "time_zone": "America/Chicago" });
        assert_eq!(self.app.post_json(&format!("/api/imports/{id}/preview"), choice).await.status, 200);
        self.until(id, "ready").await;
        id
    }

    async fn until(&self, id: i64, state: &str) {
        until(state, async || {
            let import = self.app.get_json(&format!("/api/imports/{id}")).await;
            assert_ne!(import["state"], "failed", "{import}");
            (import["state"] == state).then_some(())
        })
        .await;
    }
}

/// A business that keeps two deliveries about somebody which are on no timeline.
async fn waiting() -> Town {
    let app = TestApp::new();
    let callrail = app.add("callrail").await;
    let curious = app.add("curious-thing").await;
    let varda = app.add_with("varda", false, &["the right key"], &[]).await;
    app.post_hook(&callrail, "/post_call", call("CALother", "Ann Other", "+16785550142", "Nothing of that")).await;
    Town { app, callrail, curious, varda, lead: 0 }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waited_in_quarantine_leaves_backups_too() {
    let mut town = waiting().await;
    assert_eq!(town.app.post_hook(&town.varda, "", chat(789)).await.status, 202);
    let torn = "{\"customer_phone_number\": \"(404) 555-0187\", \"clavichord";
    assert_eq!(town.app.post_hook(&town.callrail, "/post_call", torn).await.status, 202);
    let (name, file) = town.backup().await;
    // The first that is on a timeline comes after the backup, to the second in which it was made.
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let called = call("CALLZQ1", "Zebulon Quartermain", "+14045550187", "I want marmalade");
    town.app.post_hook(&town.callrail, "/post_call", called).await;
    town.lead = town.app.get_json("/api/leads?q=Quartermain").await["items"][0]["id"].as_i64().unwrap();
    let preview = town.app.post_json(&format!("/api/leads/{}/erase", town.lead), json!({ "dry_run": true })).await;
    assert_eq!(preview.json()["backups"], json!([name]), "{}", preview.text());
    let done = erase(&town).await;
    assert_eq!((&done["quarantined"], &done["backups"]), (&json!(2), &json!([name])), "{done}");
    assert_eq!(town.app.get_json("/api/erasures").await["items"][0]["backups"], json!([name]));
    assert_eq!(town.still_in(&name).await, 1);
    town.is_freed_of(&name, &file).await;
}

const LOG: &str = "Call Status,Tracking Number,Name,Phone Number,Email,Duration (seconds),Start Time\n";

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_was_taken_back_leaves_no_name() {
    let mut town = waiting().await;
    let csv = format!(
        "{LOG}Answered,+14045558514,Zebulon Quartermain,(404) 555-0187,zq@example.com,83,2026-03-01 10:00:00\n"
    );
    let import = town.import("calls.csv", &csv).await;
    assert_eq!(town.app.post_json(&format!("/api/imports/{import}/start"), json!({})).await.status, 200);
    town.until(import, "done").await;
    let (name, file) = town.backup().await;
    assert_eq!(town.app.post_json(&format!("/api/imports/{import}/undo"), json!({})).await.status, 200);
    town.until(import, "undone").await;
    town.app
        .post_hook(&town.callrail, "/text_message_received", text("SCIzq", "404-555-0187", "My xylophone broke"))
        .await;
    town.lead = town.app.get_json("/api/leads?q=4045550187").await["items"][0]["id"].as_i64().unwrap();
    let path = town.app.app.store.path().to_path_buf();
    assert!(search(&path, &["zq@example"]).iter().any(|found| found.contains("in lead_names")));
    let done = erase(&town).await;
    assert_eq!((&done["quarantined"], &done["backups"]), (&json!(1), &json!([name])), "{done}");
    assert_eq!(search(&path, &WORDS), Vec::<String>::new());
    rebuilt_the_same(&town.app);
    // The backup was made while it was in.
    assert_eq!(town.still_in(&name).await, 1);
    town.is_freed_of(&name, &file).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_forgets_files_with_the_name_of_somebody() {
    let mut town = waiting().await;
    let csv = format!("{LOG}Answered,+14045558514,Zebulon Quartermain,(404) 555-0187,,83,2026-03-01 10:00:00\n");
    let import = town.import("Zebulon_Quartermain.csv", &csv).await;
    assert_eq!(town.app.post_json(&format!("/api/imports/{import}/start"), json!({})).await.status, 200);
    town.until(import, "done").await;
    town.lead = town.app.get_json("/api/leads?q=4045550187").await["items"][0]["id"].as_i64().unwrap();
    // What a person wrote of a gap names them too.
    let path = town.app.app.store.path().to_path_buf();
    let add = "INSERT INTO gaps (id, from_at, to_at, why) VALUES (1, 1, 2, 'crash');
               INSERT INTO gap_sources (gap, source, resends, state, reason)
               VALUES (1, 1, 0, 'dismissed', 'Zebulon Quartermain rang again')";
    Connection::open(&path).unwrap().execute_batch(add).unwrap();
    erase(&town).await;
    assert_eq!(search(&path, &WORDS), Vec::<String>::new());
    assert_eq!(town.app.get_json(&format!("/api/imports/{import}")).await["name"], "erased");
    well(&town.app);
    rebuilt_the_same(&town.app);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_wait_to_be_brought_in_go_too() {
    let mut town = waiting().await;
    let called = call("CALLZQ1", "Zebulon Quartermain", "+14045550187", "I want marmalade");
    town.app.post_hook(&town.callrail, "/post_call", called).await;
    town.lead = town.app.get_json("/api/leads?q=Quartermain").await["items"][0]["id"].as_i64().unwrap();
    let row = |phone: &str| format!("{LOG}Answered,+14045558514,Somebody,{phone},,83,2026-03-01 10:00:00\n");
    let theirs = town.import("one.csv", &row("404-555-0187")).await;
    let other = town.import("two.csv", &row("678-555-0142")).await;
    let begun = town.import("three.csv", &row("404.555.0187")).await;
    let path = town.app.app.store.path().to_path_buf();
    // As if the program had ended in the middle of it.
    let begin = format!("UPDATE imports SET state = 'running', header = 1 WHERE id = {begun}");
    Connection::open(&path).unwrap().execute_batch(&begin).unwrap();
    let file = |import: i64| path.with_file_name("imports").join(import.to_string()).join("0");
    let would = town.app.post_json(&format!("/api/leads/{}/erase", town.lead), json!({ "dry_run": true })).await.json();
    assert_eq!((&would["uploads"], &would["imports"]), (&json!(1), &json!([begun])), "{would}");
    assert!([theirs, other, begun].into_iter().all(|import| file(import).exists()));
    let done = erase(&town).await;
    assert_eq!((&done["uploads"], &done["imports"]), (&json!(1), &json!([begun])), "{done}");
    assert!(!file(theirs).exists() && file(other).exists() && file(begun).exists());
    let left = town.app.get_json("/api/imports").await;
    let left: Vec<i64> = left["items"].as_array().unwrap().iter().map(|one| one["id"].as_i64().unwrap()).collect();
    assert!(left.contains(&other) && left.contains(&begun) && !left.contains(&theirs), "{left:?}");
}
