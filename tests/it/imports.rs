//! Files that are brought in: every row accounted for, one with what senders told, and taken back without a trace.

use leadtrail::domain::gaps::{GapPeriod, GapReason};
use leadtrail::store::{SourceRow, projection};
use serde_json::{Value, json};

use super::support::{TestApp, leadtrail, leadtrail_json, looks, rebuilds_the_same};

pub(super) const CALL: &str = include_str!("../fixtures/callrail/post_call-1.json");
pub(super) const HEADER: &str = "Call Status,Company Name,Company ID,Number Name,Tracking Number,Name,Phone Number,Email,\
                      First-Time Caller,City,State,Country,Agent Name,Source,Duration (seconds),Start Time,Keywords,\
                      Medium,Campaign,Value,Tags,Qualified,Destination Number,Recording Url,Note\n";

/// A row of a call log, its times in Chicago.
pub(super) fn row(status: &str, phone: &str, start: &str, link: &str) -> String {
    format!(
        "{status},Acme,COM1,Website,+1 770-555-0100,Jane Doe,{phone},,Yes,Denver,CO,US,Ann,Google,83,{start},roof,\
         cpc,Spring,$1,New,Qualified,,{link},Said thanks\n"
    )
}

/// The import once it is in a state.
pub(super) async fn until(app: &TestApp, id: &Value, state: &str) -> Value {
    super::support::until(state, async || {
        let import = app.get_json(&format!("/api/imports/{id}")).await;
        assert_ne!(import["state"], "failed", "{import}");
        (import["state"] == state).then_some(import)
    })
    .await
}

pub(super) async fn previewed(app: &TestApp, source: &SourceRow, name: &str, bytes: &[u8], mut choice: Value) -> Value {
    let uploaded = app.upload(name, bytes.to_vec()).await;
    assert_eq!(uploaded.status, 201, "{}", uploaded.text());
    let id = uploaded.json()["id"].clone();
    choice["source"] = json!(source.id);
    let answer = app.post_json(&format!("/api/imports/{id}/preview"), choice).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    until(app, &id, "ready").await
}

/// Brings a file in, and checks that what it did is what it had said.
pub(super) async fn brought_in(app: &TestApp, source: &SourceRow, name: &str, bytes: &[u8], choice: Value) -> Value {
    let before = app.app.store.read_blocking(projection::hash).unwrap();
    let would = previewed(app, source, name, bytes, choice).await;
    assert_eq!(app.app.store.read_blocking(projection::hash).unwrap(), before, "a preview changes nothing");
    let leads = app.get_json("/api/status").await["counts"]["leads"].as_i64().unwrap();
    let answer = app.post_json(&format!("/api/imports/{}/start", would["id"]), json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let did = until(app, &would["id"], "done").await;
    let (said, done) = (&would["preview"], &did["result"]);
    for (said_as, done_as) in
        [("rows", "rows"), ("new", "in"), ("merges", "merged"), ("duplicates", "duplicate"), ("unreadable", "skipped")]
    {
        assert_eq!(said[said_as], done[done_as], "{said_as}: {said} {done}");
    }
    let after = app.get_json("/api/status").await["counts"]["leads"].as_i64().unwrap();
    let added = said["leads_added"].as_i64().unwrap() - said["leads_merged"].as_i64().unwrap();
    assert_eq!(after - leads, added, "{said}");
    did
}

pub(super) async fn rows(app: &TestApp, import: &Value, query: &str) -> Vec<Value> {
    app.pages(&format!("/api/imports/{}/rows?limit=500{query}", import["id"])).await
}

pub(super) async fn undone(app: &TestApp, import: &Value) {
    let answer = app.post_json(&format!("/api/imports/{}/undo", import["id"]), json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    until(app, &import["id"], "undone").await;
}

/// How many rows the big one has; a longer run by hand says 100000.
fn size() -> usize {
    std::env::var("LEADTRAIL_IMPORT_ROWS").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_log_is_accounted_for_row_by_row_and_leaves_no_trace_when_it_is_taken_back() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    let mut other: Value = serde_json::from_str(CALL).unwrap();
    assert_eq!(app.post_hook(&source, "/post_call", CALL).await.status, 200);
    other["id"] = json!(766_970_999);
    other["customer_phone_number"] = json!("+12025550199");
    other["start_time"] = json!("2026-02-19T13:41:00.000-05:00");
    assert_eq!(app.post_hook(&source, "/post_call", other.to_string()).await.status, 200);
    let known = app.app.store.read_blocking(projection::hash).unwrap();

    let n = size();
    let mut file = HEADER.to_string();
    // The call of the webhook by the id in its recording's address, another by number and time, one twice.
    let phone = other["tracking_phone_number"].as_str().unwrap();
    file.push_str(&row(
        "Answered",
        "+14044442233",
        "2018-02-19 12:41:01",
        "https://app.callrail.com/calls/766970532/recording",
    ));
    file.push_str(&row("Answered", "(202) 555-0199", "2026-02-19 12:41:01 PM", "").replace("+1 770-555-0100", phone));
    file.push_str(&row("Missed Call", "202-555-0177", "2026-02-01 09:00:00", ""));
    file.push_str(&row("Missed Call", "202-555-0177", "2026-02-01 09:00:00", ""));
    file.push_str(&row("Answered", "202-555-0178", "some day", ""));
    file.push_str(",,,,,\n");
    for i in 0..n {
        let (day, minute) = (1 + i % 28, i / 28 % 60);
        let phone = format!("(312) {:03}-{:04}", 200 + i / 3 / 10_000, i / 3 % 10_000);
        let status = ["Answered", "Missed Call", "Voicemail"][i % 3];
        file.push_str(&row(
            status,
            &phone,
            &format!("2025-{:02}-{day:02} {:02}:{minute:02}:{:02}", 1 + i % 12, i % 24, i % 60),
            "",
        ));
    }
    let before = looks(&app);
    let began = std::time::Instant::now();
    let did = brought_in(&app, &source, "calls.csv", file.as_bytes(), json!({ "time_zone": "America/Chicago" })).await;
    eprintln!("{n} rows previewed and in after {:?}", began.elapsed());
    assert_eq!(
        (&did["recognised"], &did["kind"], &did["format"]),
        (&json!("CallRail call log"), &json!("calls"), &json!("csv"))
    );
    assert_eq!(did["result"], json!({ "rows": n + 6, "in": n + 1, "merged": 2, "duplicate": 1, "skipped": 2 }));
    let skipped = rows(&app, &did, "&state=skipped").await;
    assert_eq!(
        (skipped.len(), &skipped[0]["line"], &skipped[0]["why"]),
        (2, &json!(6), &json!("The column “Start Time” holds no time we can read."))
    );
    let merged = rows(&app, &did, "&state=merged").await;
    assert_eq!(merged.iter().map(|row| row["line"].as_i64().unwrap()).collect::<Vec<_>>(), [2, 3]);
    // One card of the two tellings: the sender's, with what the row adds.
    let lead = &merged[1]["lead"];
    let timeline = app.get_json(&format!("/api/leads/{lead}/timeline")).await;
    let entries = timeline["entries"].as_array().unwrap();
    assert_eq!((entries.len(), &entries[0]["id"], &entries[0]["event"]), (1, &merged[1]["entry"], &json!("post_call")));
    let stages: Vec<&Value> = entries[0]["call"]["stages"].as_array().unwrap().iter().map(|s| &s["event"]).collect();
    assert_eq!(stages, ["imported", "post_call"]);
    assert_eq!(entries[0]["deliveries"].as_array().unwrap().len(), 2);
    assert_eq!(rows(&app, &did, "").await.len(), n + 6);
    let all = looks(&app);
    rebuilds_the_same(&app).await;

    // The same file again: nothing new, and taking it back changes nothing.
    if n <= 10_000 {
        let again =
            brought_in(&app, &source, "calls.csv", file.as_bytes(), json!({ "time_zone": "America/Chicago" })).await;
        assert_eq!(again["result"]["duplicate"], n + 4);
        undone(&app, &again).await;
        assert_eq!(looks(&app), all);
    }
    let began = std::time::Instant::now();
    undone(&app, &did).await;
    eprintln!("{n} rows taken back after {:?}", began.elapsed());
    assert_eq!(looks(&app), before);
    assert_eq!(app.app.store.read_blocking(projection::hash).unwrap(), known);
    rebuilds_the_same(&app).await;
    assert_eq!(app.post_json(&format!("/api/imports/{}/undo", did["id"]), json!({})).await.status, 409);
    let folder = app.app.store.path().with_file_name("imports");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0, "the file is gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_sender_and_a_file_tell_is_one_whichever_came_first() {
    let call = row("Answered", "+14044442233", "2018-02-19 12:41:01", "").replace("+1 770-555-0100", "+17707654321");
    let call: Value = {
        let sent: Value = serde_json::from_str(CALL).unwrap();
        json!(
            call.replace("+14044442233", sent["customer_phone_number"].as_str().unwrap())
                .replace("+17707654321", sent["tracking_phone_number"].as_str().unwrap())
        )
    };
    let text = include_str!("../fixtures/callrail/text_message_received-1.json");
    let sent: Value = serde_json::from_str(text).unwrap();
    let texts = format!(
        "Direction,Phone Number,Tracking Number,Date,Message\nReceived,{},{},{},\"{}\"\n",
        sent["source_number"].as_str().unwrap(),
        sent["destination_number"].as_str().unwrap(),
        sent["timestamp"].as_str().unwrap(),
        sent["content"].as_str().unwrap().replace('"', "\"\""),
    );
    let calls = format!("{HEADER}{}", call.as_str().unwrap());
    let mut seen = Vec::new();
    for file_first in [true, false] {
        let app = TestApp::new();
        let source = app.add("callrail").await;
        for step in [file_first, !file_first] {
            if step {
                for (name, file, kind) in [("calls.csv", &calls, "calls"), ("texts.csv", &texts, "texts")] {
                    let choice = json!({ "time_zone": "America/Chicago", "kind": kind });
                    let did = brought_in(&app, &source, name, file.as_bytes(), choice).await;
                    let expected = if file_first { "in" } else { "merged" };
                    assert_eq!(did["result"][expected], 1, "{did}");
                }
            } else {
                assert_eq!(app.post_hook(&source, "/post_call", CALL).await.status, 200);
                assert_eq!(app.post_hook(&source, "/text_message_received", text).await.status, 200);
            }
        }
        rebuilds_the_same(&app).await;
        let mut entries = Vec::new();
        for lead in app.leads().await {
            for mut entry in app.timeline(&lead).await {
                for field in ["received_at", "deliveries"] {
                    entry[field] = Value::Null;
                }
                if let Some(stages) = entry["call"]["stages"].as_array_mut() {
                    stages.iter_mut().for_each(|stage| stage["received_at"] = Value::Null);
                }
                entries.push(entry);
            }
        }
        seen.push(entries);
    }
    assert_eq!(seen[0].len(), 2, "{:#?}", seen[0]);
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_of_a_log_are_the_deliveries_they_were() {
    let app = TestApp::new();
    let meera = app.add("meera").await;
    let one = json!({ "lead_status": "Responded", "lead_details": { "lead_id": 7, "mobile_number": "+14405550873", "campaign_id": 3 } });
    let two = json!({ "lead_status": "Delivered", "lead_details": { "lead_id": 8, "mobile_number": "+14405550874", "campaign_id": 3 } });
    assert_eq!(app.post_hook(&meera, "", one.to_string()).await.status, 200);
    let before = looks(&app);
    let pretty = serde_json::to_string_pretty(&json!([one, two, { "oops": 1 }, two])).unwrap();
    let did = brought_in(&app, &meera, "log.json", pretty.as_bytes(), json!({})).await;
    assert_eq!(did["result"], json!({ "rows": 4, "in": 1, "merged": 0, "duplicate": 2, "skipped": 1 }), "{did}");
    assert_eq!(app.leads().await.len(), 2);
    rebuilds_the_same(&app).await;
    let lines = format!("{one}\n\n{two}\nnonsense\n");
    let again = brought_in(&app, &meera, "log.ndjson", lines.as_bytes(), json!({})).await;
    assert_eq!(again["result"], json!({ "rows": 3, "in": 0, "merged": 0, "duplicate": 2, "skipped": 1 }));
    // In any order: the second telling of what only the first brought in is now the first.
    undone(&app, &did).await;
    assert_eq!(app.leads().await.len(), 2);
    rebuilds_the_same(&app).await;
    undone(&app, &again).await;
    assert_eq!(looks(&app), before);
    rebuilds_the_same(&app).await;

    // A body that does not say what it is: by the name of its file, or by what is chosen.
    let callrail = app.add("callrail").await;
    let text = include_str!("../fixtures/callrail/text_message_received-1.json");
    let named = brought_in(&app, &callrail, "text_message_received-1.json", text.as_bytes(), json!({})).await;
    assert_eq!(named["result"]["in"], 1, "{named}");
    let chosen = json!({ "kind": "text_message_received" });
    assert_eq!(brought_in(&app, &callrail, "x.json", text.as_bytes(), chosen).await["result"]["duplicate"], 1);
    assert_eq!(app.post_hook(&callrail, "/text_message_received", text).await.json()["status"], "duplicate");
    rebuilds_the_same(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_line_takes_no_other_along() {
    let app = TestApp::new();
    let meera = app.add("meera").await;
    let line = |n: i64| {
        let phone = format!("+1440555{:04}", n + 1000);
        json!({ "lead_status": "Responded", "lead_details": { "lead_id": n, "mobile_number": phone } }).to_string()
    };
    let cut = line(9);
    for (at, torn) in ["{\"broken\": ", cut.split_at(cut.len() / 2).0].into_iter().enumerate() {
        let first = 10 * at as i64;
        let mut lines = vec![line(first), torn.to_string()];
        lines.extend((1..5).map(|n| line(first + n)));
        lines.push("{\"hello\":\"world\"}".into());
        let did = brought_in(&app, &meera, "log.ndjson", lines.join("\n").as_bytes(), json!({})).await;
        assert_eq!(did["format"], "ndjson");
        assert_eq!(did["result"], json!({ "rows": 7, "in": 5, "merged": 0, "duplicate": 0, "skipped": 2 }), "{did}");
        let skipped = rows(&app, &did, "&state=skipped").await;
        assert_eq!(skipped.iter().map(|row| row["line"].as_i64().unwrap()).collect::<Vec<_>>(), [2, 7]);
        assert!(skipped.iter().all(|row| !row["why"].as_str().unwrap().is_empty()), "{skipped:?}");
    }
}

#[test]
fn stray_files_of_a_folder_are_left_out_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let (data, logs) = (folder.path().join("data"), folder.path().join("logs"));
    std::fs::create_dir(&data).unwrap();
    std::fs::create_dir(&logs).unwrap();
    leadtrail_json(&data, &["source", "add", "--provider", "varda", "--name", "Ours", "--json"]);
    std::fs::write(logs.join("README.md"), "# Logs\n\nExported, by hand, of our own.\n").unwrap();
    std::fs::write(logs.join("a.json"), include_str!("../fixtures/varda/03-call.ended.json")).unwrap();
    std::fs::write(logs.join("logo.png"), b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").unwrap();
    std::fs::write(logs.join("notes.txt"), "buy milk\ncall back, Tuesday\n").unwrap();
    std::fs::write(logs.join("z.json"), include_str!("../fixtures/varda/02-message.created.json")).unwrap();
    let path = logs.to_str().unwrap();
    let would = leadtrail_json(&data, &["import", path, "--source", "Ours", "--dry-run", "--json"]);
    assert_eq!((&would["rows"], &would["new"], &would["unreadable"]), (&json!(5), &json!(2), &json!(3)), "{would}");
    let names = |rows: &Value| -> Vec<String> {
        rows.as_array().unwrap().iter().map(|row| row["file"].as_str().unwrap().to_string()).collect()
    };
    assert_eq!(names(&would["skipped"]), ["README.md", "logo.png", "notes.txt"]);
    let did = leadtrail_json(&data, &["import", path, "--source", "Ours", "--json"]);
    assert_eq!((&did["state"], &did["in"], &did["skipped"]), (&json!("done"), &json!(2), &json!(3)), "{did}");
    assert_eq!(names(&did["left_out"]), ["README.md", "logo.png", "notes.txt"]);
    assert_eq!(did["left_out"][1]["why"], "This is neither a table (CSV) nor JSON.");

    // Beside a table as well, whichever comes first; alone it is said what is wrong with it.
    std::fs::remove_file(logs.join("a.json")).unwrap();
    std::fs::remove_file(logs.join("z.json")).unwrap();
    let none = leadtrail(&data, &["import", path, "--source", "Ours"]);
    assert!(!none.status.success());
    std::fs::write(logs.join("people.csv"), "Name,Phone\nAnn,+1 440-555-0101\n").unwrap();
    let did = leadtrail_json(&data, &["import", path, "--source", "Ours", "--json"]);
    assert_eq!((&did["in"], &did["skipped"]), (&json!(1), &json!(3)), "{did}");

    // In words too, and of one line which part of it.
    let list = folder.path().join("list.json");
    std::fs::write(&list, "[{\"hello\":1},7,{\"hello\":2}]").unwrap();
    let said = leadtrail(&data, &["import", list.to_str().unwrap(), "--source", "Ours"]);
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(said.contains("3 left out.\n  line 1: Element 1: ") && said.contains("line 1: Element 3: "), "{said}");
    let gone = leadtrail(&data, &["import", "--resume", "55"]);
    assert!(!gone.status.success() && !data.join("imports/55.lock").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_stays_open_when_no_row_lies_within_it() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    let now = leadtrail::clock::now();
    let (from, to) = (now + chrono::TimeDelta::hours(2), now + chrono::TimeDelta::hours(5));
    let period = GapPeriod { from: from.timestamp_micros(), to: to.timestamp_micros(), why: GapReason::Asleep };
    let gap = app.app.store.write(move |batch| batch.note_gap(period, |_| None)).await.unwrap().unwrap();
    let call = |phone: &str, at: chrono::DateTime<chrono::Utc>| {
        row("Answered", phone, &at.format("%Y-%m-%d %H:%M:%S").to_string(), "")
    };
    let choice = json!({ "time_zone": "UTC", "gap": gap });
    let state = async || app.get_json("/api/gaps").await["items"][0]["sources"][0]["state"].clone();
    let words = "No row of it lies within the gap: the gap stays open.";

    let outside = format!(
        "{HEADER}{}{}",
        call("312-555-0101", from - chrono::TimeDelta::days(9)),
        row("Answered", "312-555-0102", "some day", "")
    );
    let did = brought_in(&app, &source, "calls.csv", outside.as_bytes(), choice.clone()).await;
    assert_eq!(
        (&did["preview"]["warning"], &did["problem"], state().await),
        (&json!(words), &json!(words), json!("open"))
    );
    undone(&app, &did).await;
    assert_eq!(app.get_json(&format!("/api/imports/{}", did["id"])).await["problem"], Value::Null);

    let within = format!("{outside}{}", call("312-555-0103", from + chrono::TimeDelta::hours(1)));
    let did = brought_in(&app, &source, "calls.csv", within.as_bytes(), choice.clone()).await;
    assert_eq!(
        (&did["preview"]["warning"], &did["problem"], state().await),
        (&Value::Null, &Value::Null, json!("imported"))
    );
    // What is known already is there all the same.
    let reopened = app.post_json(&format!("/api/gaps/{gap}/reopen"), json!({})).await;
    assert_eq!((reopened.status, state().await), (200, json!("open")), "{}", reopened.text());
    let again = brought_in(&app, &source, "calls.csv", within.as_bytes(), choice).await;
    assert_eq!((&again["result"]["duplicate"], state().await), (&json!(2), json!("imported")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mapping_can_be_made_and_kept() {
    let app = TestApp::new();
    let source = app.add("meera").await;
    let file = "Wer;Nummer;Wann\nJos\u{e9};+4930123456789;03.04.2026 12:00\n";
    let uploaded = app.upload("..%2F..%2Fetc%2Fpasswd", file).await.json();
    assert_eq!((&uploaded["name"], &uploaded["columns"][1]["name"]), (&json!("passwd"), &json!("Nummer")));
    let path = format!("/api/imports/{}/preview", uploaded["id"]);
    let choose = async |choice: Value| app.post_json(&path, choice).await;
    let refused = choose(json!({ "source": source.id })).await;
    assert_eq!(
        (refused.status, refused.json()["detail"].as_str().unwrap()),
        (400, "Say which column holds the lead's number or e-mail.")
    );
    for bad in [
        json!({ "source": 99 }),
        json!({ "source": source.id, "time_zone": "Mars/Base" }),
        json!({ "source": source.id, "kind": "pets" }),
        json!({ "source": source.id, "mapping": { "phone": "Nobody" } }),
        json!({ "source": source.id, "mapping": { "shoe": "Wer" } }),
    ] {
        assert!((400..500).contains(&choose(bad.clone()).await.status), "{bad}");
    }
    let mapping = json!({ "name": "Wer", "phone": "Nummer", "at": "Wann" });
    let kept = json!({ "name": "Unsere", "kind": "leads", "mapping": mapping, "time_zone": "Europe/Berlin" });
    let kept = app.post_json("/api/mappings", kept).await;
    assert_eq!(kept.status, 201, "{}", kept.text());
    let kept = &app.get_json("/api/mappings").await["items"][0];
    let choice = json!({ "source": source.id, "kind": kept["kind"], "mapping": kept["mapping"], "time_zone": kept["time_zone"] });
    assert_eq!(choose(choice).await.status, 200);
    until(&app, &uploaded["id"], "ready").await;
    assert_eq!(app.post_json(&format!("/api/imports/{}/start", uploaded["id"]), json!({})).await.status, 200);
    until(&app, &uploaded["id"], "done").await;
    let lead = &app.leads().await[0];
    assert_eq!(
        (&lead["name"], &lead["phones"], &lead["first_seen"]),
        (&json!("José"), &json!(["+4930123456789"]), &json!("2026-04-03T10:00:00Z"))
    );
    assert_eq!(app.send_json("DELETE", &format!("/api/mappings/{}", kept["id"]), json!(null)).await.status, 200);
    assert_eq!(app.send_json("DELETE", "/api/mappings/9", json!(null)).await.status, 404);
    let started = app.send_json("DELETE", &format!("/api/imports/{}", uploaded["id"]), json!(null)).await;
    assert_eq!(started.status, 409, "it can be taken back");
    for (name, bytes) in [("a.xlsx", &b"PK\x03\x04..."[..]), ("a.csv", b""), ("a.bin", b"\x00\x01\x02")] {
        assert_eq!(app.upload(name, bytes.to_vec()).await.status, 400, "{name}");
    }
    assert_eq!(app.get_json("/api/imports").await["items"].as_array().unwrap().len(), 1, "what is nothing is not kept");
}
