//! What was said stands beside its event, and is read by nobody but whoever shows it.

use leadtrail::store::SourceRow;
use serde_json::{Value, json};

use crate::support::{TestApp, looks, rebuilds_the_same, text};

/// Many words that are nobody else's.
fn at_length(n: usize, bytes: usize) -> String {
    let piece = format!("words{n} and more of them, ");
    piece.repeat(bytes / piece.len())
}

fn long_text(n: usize, bytes: usize) -> String {
    let text = text(n).replace("T10:00:00", &format!("T10:{:02}:00", n % 60));
    text.replace(&format!("Hello {n}"), &at_length(n, bytes))
}

/// A call of the same person, with a transcript in turns: the second repeats the first.
fn long_call(n: usize) -> String {
    let said = at_length(n, 1_000);
    json!({
        "resource_id": format!("CAL{n}"), "customer_phone_number": "202-555-0142", "tracking_phone_number": "770-555-5555",
        "direction": "inbound", "answered": true, "duration": 60, "start_time": format!("2026-03-02T10:{:02}:00.000-05:00", n % 60),
        "call_summary": at_length(n, 600),
        "conversational_transcript": [
            { "speaker": "Caller", "phrase": said, "start": 1.0 }, { "speaker": "Agent", "phrase": said, "start": 2.0 },
        ],
    })
    .to_string()
}

async fn send(app: &TestApp, source: &SourceRow, event: &str, body: String) {
    let answer = app.post_hook(source, event, body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// So that whoever reads a text of an event fails.
async fn damage_texts(app: &TestApp) -> usize {
    let damaged = |batch: &mut leadtrail::store::Batch<'_>| {
        Ok(batch.transaction().execute("UPDATE event_texts SET texts = x'0102030405'", [])?)
    };
    app.app.store.write(damaged).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_that_is_told_of_again_is_folded_without_its_texts() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    for n in 0..20 {
        send(&app, &source, "/text_message_received", long_text(n, 5_000)).await;
        send(&app, &source, "/post_call", long_call(n)).await;
    }
    let lead = app.leads().await[0].clone();
    assert_eq!(damage_texts(&app).await, 40);
    // More is told: their own texts are read for the index of words, and no other.
    send(&app, &source, "/text_message_received", long_text(40, 5_000)).await;
    send(&app, &source, "/text_message_received", text(41)).await;
    send(&app, &source, "/post_call", long_call(42)).await;
    for action in [json!({ "type": "note", "text": at_length(43, 2_000) }), json!({ "type": "tag", "tag": "roof" })] {
        assert_eq!(app.post_json(&format!("/api/leads/{}/actions", lead["id"]), action).await.status, 201);
    }
    let told = app.leads().await[0].clone();
    assert_eq!((&told["calls"], &told["messages"], &told["tags"]), (&json!(21), &json!(22), &json!(["roof"])));
    assert_eq!(app.get_json(&format!("/api/leads/{}", lead["id"])).await["calls"], 21);
    for found in ["words40", "words42", "words43"] {
        let hits = app.get_json(&format!("/api/search?q={found}")).await;
        assert_eq!(hits["hits"].as_array().or(hits["items"].as_array()).map(Vec::len), Some(1), "{found}: {hits}");
    }
    // Whoever shows what was said reads it.
    let page = app.get(&format!("/api/leads/{}/timeline", lead["id"])).await;
    assert!(page.status == 503 && page.text().contains("damaged"), "{}", page.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_is_shown_to_the_letter() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    for n in 0..3 {
        send(&app, &source, "/text_message_received", long_text(n, 5_000 + n)).await;
        send(&app, &source, "/post_call", long_call(n)).await;
    }
    let lead = app.leads().await[0].clone();
    let note = json!({ "type": "note", "text": at_length(7, 3_000), "by": "Kim" });
    let path = format!("/api/leads/{}", lead["id"]);
    assert_eq!(app.post_json(&format!("{path}/actions"), note.clone()).await.status, 201);
    let entries = app.timeline(&lead).await;
    let of = |kind: &str| entries.iter().filter(|entry| entry["kind"] == kind).collect::<Vec<_>>();
    for (n, entry) in of("message").into_iter().enumerate() {
        assert_eq!(entry["message"]["text"], at_length(n, 5_000 + n));
    }
    for (n, entry) in of("call").into_iter().enumerate() {
        let (call, said) = (&entry["call"], at_length(n, 1_000));
        assert_eq!(call["summary"], at_length(n, 600));
        assert_eq!((&call["transcript"][0]["text"], &call["transcript"][1]["text"]), (&json!(said), &json!(said)));
        assert_eq!((&call["transcript"][0]["echo"], &call["transcript"][1]["echo"]), (&Value::Null, &json!(true)));
        let one = app.get_json(&format!("/api/calls/{}", call["id"].as_str().unwrap())).await;
        assert_eq!(one["transcript"], call["transcript"]);
    }
    assert_eq!(of("note")[0]["note"]["text"], at_length(7, 3_000).trim());
    let shown = app.get_json(&path).await["last_entry"]["text"].as_str().unwrap().to_string();
    assert!(shown.starts_with("Kim: words7 and more of them, words7") && shown.chars().count() == 160, "{shown}");
    assert_eq!(app.get_json("/api/calls").await["items"].as_array().map(Vec::len), Some(3));
    rebuilds_the_same(&app).await;
    // Told again in other words: each is there at its time.
    let (before, now) = (looks(&app), leadtrail::clock::now());
    send(&app, &source, "/text_message_received", long_text(1, 9_000)).await;
    let entries = app.timeline(&lead).await;
    assert_eq!(entries.iter().filter(|entry| entry["message"]["text"] == at_length(1, 9_000)).count(), 1);
    let then = app.get_json(&format!("{path}/timeline?as_of={}", now.format("%Y-%m-%dT%H:%M:%S%.6fZ"))).await;
    let then = then["entries"].as_array().unwrap();
    assert_eq!(then.iter().filter(|entry| entry["message"]["text"] == at_length(1, 5_001)).count(), 1);
    assert_ne!(looks(&app), before);
    rebuilds_the_same(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_ends_where_it_has_said_enough() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    for n in 0..12 {
        send(&app, &source, "/text_message_received", long_text(n, if n == 5 { 4_000_000 } else { 600_000 })).await;
    }
    let lead = app.leads().await[0].clone();
    for (order, digest) in [("oldest", ""), ("newest", "&digest=true")] {
        let mut path = format!("/api/leads/{}/timeline?limit=200&order={order}{digest}", lead["id"]);
        let (base, mut seen, mut leans) = (path.clone(), Vec::new(), None);
        loop {
            let page = app.get(&path).await;
            let (bytes, page) = (page.body.len(), page.json());
            let entries = page["entries"].as_array().unwrap();
            assert!(entries.len() == 1 || bytes < 2_000_000, "{} entries in {bytes} bytes", entries.len());
            assert_eq!(page["counts"]["message"], 12);
            if let Some(digest) = leans.replace(page["rest_digest"].clone()) {
                assert_eq!(page["digest"], digest, "pages lean on each other");
            }
            seen.extend(entries.iter().map(|entry| entry["message"]["text"].as_str().unwrap().len()));
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            path = format!("{base}&cursor={cursor}");
        }
        assert_eq!(seen.len(), 12);
        assert_eq!(seen.iter().filter(|length| **length > 3_000_000).count(), 1);
    }
}
