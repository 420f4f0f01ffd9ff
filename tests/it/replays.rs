//! Replays: what the preview says is what happens, and what happened can be taken back.

use leadtrail::clock;
use leadtrail::providers::Provider;
use serde_json::{Value, json};

use super::support::{TestApp, looks, rebuilds_the_same};

const CALL: &str = include_str!("../fixtures/callrail/post_call-1.json");
const KEY: &str = "072e77e426f92738a72fe23c4d1953b4";

/// A call of somebody, signed with [`KEY`].
fn call(n: usize, phone: &str) -> (String, Vec<(String, String)>) {
    let mut body: Value = serde_json::from_str(CALL).unwrap();
    body["id"] = json!(900_000_000 + n);
    body["resource_id"] = json!(format!("CAL{n:032}"));
    body["customer_phone_number"] = json!(phone);
    body["callernum"] = json!(phone);
    body["person_resource_id"] = Value::Null;
    let body = body.to_string();
    let signed = Provider::CallRail.reader().sign(body.as_bytes(), KEY, clock::now());
    (body, signed)
}

async fn send(app: &TestApp, source: &leadtrail::store::SourceRow, n: usize, phone: &str) -> u16 {
    let (body, signed) = call(n, phone);
    let headers = [("content-type", "application/json"), (signed[0].0.as_str(), signed[0].1.as_str())];
    app.post_hook_with(source, "/post_call", &headers, body).await.status
}

#[tokio::test]
async fn five_hundred_wait_for_a_key_and_the_preview_says_what_becomes_of_them() {
    let app = TestApp::new();
    let good = app.add_with("callrail", false, &[], &[]).await;
    let bad = {
        let new = leadtrail::store::NewSource {
            provider: "callrail".into(),
            name: "Second".into(),
            region: "US".into(),
            strict: false,
            key: leadtrail::store::sources::new_key().unwrap(),
        };
        let id = app
            .app
            .store
            .write(move |batch| {
                let id = batch.add_source(&new, clock::now())?;
                batch.add_source_key(id, None, "mistyped", clock::now())?;
                Ok(id)
            })
            .await
            .unwrap();
        app.app.store.read_blocking(|c| leadtrail::store::sources::by_id(c, id)).unwrap()
    };
    // Twenty people are known already.
    for n in 0..20 {
        assert_eq!(send(&app, &good, n, &format!("+1202555{:04}", 100 + n)).await, 200);
    }
    let before_all = looks(&app);
    for n in 0..500 {
        assert_eq!(send(&app, &bad, 1000 + n, &format!("+1202555{:04}", 100 + n / 3)).await, 202);
    }
    // One of them is sent twice, and one cannot be read though its signature is right.
    assert_eq!(send(&app, &bad, 1000, "+12025550100").await, 202);
    let before = looks(&app);
    let patch = async |body: Value| {
        let answer = app.send_json("PATCH", &format!("/api/sources/{}", bad.id), body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["replay"].clone()
    };
    let would = patch(json!({ "add_signing_key": KEY, "dry_run": true })).await;
    assert_eq!(looks(&app), before, "nothing changed");
    assert_eq!((&would["checked"], &would["would_place"], &would["replay"]), (&json!(501), &json!(501), &Value::Null));
    let did = patch(json!({ "add_signing_key": KEY })).await;
    for field in
        ["checked", "still_quarantined", "leads_added", "leads_changed", "leads_merged", "entries_added", "leads"]
    {
        assert_eq!(would[field], did[field], "{field}");
    }
    assert_eq!(did["placed"], would["would_place"]);
    assert_eq!((&did["leads_added"], &did["leads_changed"]), (&json!(147), &json!(20)));
    assert_eq!(did["entries_added"], 500);
    let named = did["leads"].as_array().unwrap();
    assert_eq!((named.len(), &named[0]["what"]), (50, &json!("changed")));
    assert_eq!(app.leads().await.len(), 167);
    rebuilds_the_same(&app).await;

    // Taken back, everything is as it was; and the same once more.
    let replay = did["replay"].as_i64().unwrap();
    let undo = app.post_json(&format!("/api/replays/{replay}/undo"), json!({})).await;
    assert_eq!((undo.status, undo.json()), (200, json!({ "undone": 501 })), "{}", undo.text());
    let after = looks(&app);
    assert_eq!(after.0, before.0);
    assert_eq!(after.0, before_all.0, "what waits is on no timeline");
    assert_eq!(after.1.iter().filter(|line| line.contains("Signed with a key")).count(), 501);
    rebuilds_the_same(&app).await;
    let again = app.post_json(&format!("/api/replays/{replay}/undo"), json!({})).await;
    assert_eq!(again.json(), json!({ "undone": 0 }));
    assert_eq!(app.post_json("/api/replays/99/undo", json!({})).await.status, 404);
    let redo = app.post_json("/api/deliveries/replay", json!({ "filter": { "source": bad.id } })).await.json();
    assert_eq!((&redo["placed"], &redo["leads_added"], &redo["leads"]), (&json!(501), &json!(147), &did["leads"]));
    rebuilds_the_same(&app).await;
}

#[tokio::test]
async fn leads_that_a_replay_joins_come_apart_again() {
    let app = TestApp::new();
    let source = app.add_with("callrail", false, &[], &[]).await;
    for (n, phone) in [(1, "+12025550101"), (2, "+12025550102")] {
        assert_eq!(send(&app, &source, n, phone).await, 200);
    }
    let id = source.id;
    app.app.store.write(move |b| b.add_source_key(id, None, "mistyped", clock::now()).map(drop)).await.unwrap();
    // A form with both numbers joins the two.
    let form = json!({
        "resource_id": "FRM1", "submitted_at": "2026-03-01T10:00:00Z",
        "form_data": { "phone": "202-555-0101", "mobile phone": "202-555-0102", "name": "Jane Doe" }
    })
    .to_string();
    let signed = Provider::CallRail.reader().sign(form.as_bytes(), KEY, clock::now());
    let headers = [("content-type", "application/json"), (signed[0].0.as_str(), signed[0].1.as_str())];
    assert_eq!(app.post_hook_with(&source, "/form_submission", &headers, form).await.status, 202);
    let before = looks(&app);
    app.app.store.write(move |b| b.add_source_key(id, None, KEY, clock::now()).map(drop)).await.unwrap();
    let replay = async |dry_run: bool| {
        app.post_json("/api/deliveries/replay", json!({ "filter": {}, "dry_run": dry_run })).await.json()
    };
    let would = replay(true).await;
    assert_eq!((&would["leads_merged"], &would["leads_changed"]), (&json!(1), &json!(1)), "{would}");
    assert_eq!(would["leads"][0]["what"], "merged");
    let did = replay(false).await;
    assert_eq!((&did["leads"], app.leads().await.len()), (&would["leads"], 1));
    let undo = app.post_json(&format!("/api/replays/{}/undo", did["replay"]), json!({})).await;
    assert_eq!(undo.status, 200);
    assert_eq!(app.leads().await.len(), 2);
    assert_eq!(looks(&app), before);
    rebuilds_the_same(&app).await;
}
