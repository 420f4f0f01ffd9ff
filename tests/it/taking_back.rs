//! What is asked before something is taken back, and of which leads.

use serde_json::{Value, json};

use super::imports::{CALL, HEADER, brought_in, row, until};
use super::support::{TestApp, looks, rebuilds_the_same};

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

/// What was written on leads of a file is named before the file is taken back, goes only where somebody says so, and is
/// there again with the file.
#[tokio::test(flavor = "multi_thread")]
async fn people_s_own_entries_are_asked_about_before_an_import_is_taken_back() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    let mut told: Value = serde_json::from_str(CALL).unwrap();
    told["customer_phone_number"] = json!("+12025550199");
    assert_eq!(app.post_hook(&source, "/post_call", told.to_string()).await.status, 200);
    let mut file = HEADER.to_string();
    // Somebody whom a webhook told of as well, somebody new with a note, and somebody new without.
    for (phone, day) in [("202-555-0199", 1), ("202-555-0177", 2), ("202-555-0178", 3)] {
        file.push_str(&row("Missed Call", phone, &format!("2026-02-0{day} 09:00:00"), ""));
    }
    let choice = || json!({"time_zone": "America/Chicago"});
    let import = brought_in(&app, &source, "calls.csv", file.as_bytes(), choice()).await;
    let lead = async |digits: &str| -> Value {
        let found = app.get_json(&format!("/api/leads?q={digits}")).await;
        found["items"].get(0).map_or(Value::Null, |lead| lead["id"].clone())
    };
    let (both, new) = (lead("2025550199").await, lead("2025550177").await);
    for (lead, action) in [
        (&both, json!({"type": "note", "text": "An old friend", "by": "Ann"})),
        (&new, json!({"type": "note", "text": "Wants a new roof", "by": "Ann"})),
        (&new, json!({"type": "outcome", "outcome": "quoted", "by": "Ann"})),
    ] {
        assert_eq!(app.post_json(&format!("/api/leads/{lead}/actions"), action).await.status, 201);
    }
    let (undo, seq) =
        (format!("/api/imports/{}/undo", import["id"]), app.get_json("/api/changes").await["seq"].clone());
    let before = looks(&app);
    let would = app.get_json(&undo).await;
    assert_eq!(
        ["leads_gone", "leads_changed", "hidden", "stay"].map(|count| would[count].as_i64().unwrap()),
        [2, 1, 2, 1],
        "{would}"
    );
    let named = would["entries"].as_array().unwrap();
    let named: Vec<_> = named.iter().map(|entry| (&entry["lead"], &entry["text"], &entry["becomes"])).collect();
    assert!(named.contains(&(&new, &json!("Wants a new roof"), &json!("hidden"))), "{would}");
    assert!(named.contains(&(&new, &json!("quoted"), &json!("hidden"))), "{would}");
    assert!(named.contains(&(&both, &json!("An old friend"), &json!("stays"))), "{would}");
    assert_eq!((&would["entries"][0]["by"], &would["entries"][2]["becomes"]), (&json!("Ann"), &json!("stays")));

    let refused = app.post_json(&undo, json!({})).await;
    assert_eq!((refused.status, refused.json()["code"].clone()), (409, json!("conflict")), "{}", refused.text());
    assert!(refused.text().contains("2 entries of yours"), "{}", refused.text());
    assert_eq!(looks(&app), before, "and nothing is taken back");

    assert_eq!(app.post_json(&undo, json!({"take_notes": true})).await.status, 200);
    until(&app, &import["id"], "undone").await;
    assert_eq!((lead("2025550177").await, lead("2025550178").await), (Value::Null, Value::Null));
    let left = app.leads().await;
    assert_eq!(left.iter().map(|lead| &lead["id"]).collect::<Vec<_>>(), [&both], "no ghost is left behind");
    assert_eq!(app.get(&format!("/api/leads/{new}")).await.status, 404);
    assert!(app.timeline(&left[0]).await.iter().any(|entry| entry["note"]["text"] == "An old friend"));
    assert_eq!(app.get_json("/api/search?q=roof").await["items"], json!([]));
    let changes = app.get_json(&format!("/api/changes?after={seq}")).await;
    let gone = changes["gone"].as_array().unwrap();
    assert!(gone.contains(&new) && !gone.contains(&both) && gone.len() == 2, "{changes}");
    rebuilds_the_same(&app).await;

    // The same file once more: what was written is there again.
    brought_in(&app, &source, "calls.csv", file.as_bytes(), choice()).await;
    let again = app.get_json(&format!("/api/leads/{}", lead("2025550177").await)).await;
    assert_eq!(again["outcome"], "quoted");
    assert!(app.timeline(&again).await.iter().any(|entry| entry["note"]["text"] == "Wants a new roof"));
    rebuilds_the_same(&app).await;
}
