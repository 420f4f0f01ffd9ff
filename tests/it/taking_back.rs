//! What is asked before something is taken back is asked of those leads only that people wrote on.

use serde_json::{Value, json};

use super::imports::{HEADER, brought_in, row};
use super::support::TestApp;

/// A file of three people is in, and a note stands on the first.
async fn with_a_note() -> (TestApp, Value, Value) {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    let mut file = HEADER.to_string();
    for (phone, day) in [("202-555-0177", 1), ("202-555-0178", 2), ("202-555-0179", 3)] {
        file.push_str(&row("Missed Call", phone, &format!("2026-02-0{day} 09:00:00"), ""));
    }
    let choice = json!({ "time_zone": "America/Chicago" });
    let import = brought_in(&app, &source, "calls.csv", file.as_bytes(), choice).await;
    let lead = app.get_json("/api/leads?q=2025550177").await["items"][0]["id"].clone();
    let note = json!({ "type": "note", "text": "Wants a new roof", "by": "Ann" });
    assert_eq!(app.post_json(&format!("/api/leads/{lead}/actions"), note).await.status, 201);
    (app, import, lead)
}

/// What was read of some leads cannot be read any more.
async fn spoil(app: &TestApp, which: &'static str, lead: &Value) {
    let lead = lead.as_i64().unwrap();
    let sql = format!("UPDATE events SET payload = x'0102030405' WHERE lead {which} ?1");
    app.app.store.write(move |batch| Ok(batch.transaction().execute(&sql, [lead])?)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_leads_that_people_wrote_on_are_unpacked_to_say_what_would_go() {
    let (app, import, lead) = with_a_note().await;
    let path = format!("/api/imports/{}/undo", import["id"]);
    let before = app.get_json(&path).await;
    assert_eq!((&before["leads_gone"], &before["hidden"]), (&json!(3), &json!(1)), "{before}");
    spoil(&app, "<>", &lead).await;
    assert_eq!(app.get_json(&path).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_says_that_notes_may_go_is_not_asked() {
    let (app, import, lead) = with_a_note().await;
    let path = format!("/api/imports/{}/undo", import["id"]);
    assert_eq!(app.post_json(&path, json!({})).await.status, 409);
    // Looking would fail.
    spoil(&app, "=", &lead).await;
    assert_eq!(app.get(&path).await.status, 503);
    let answer = app.post_json(&path, json!({ "take_notes": true })).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}
