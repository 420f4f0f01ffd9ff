//! What is kept for how long: the quarantine is bounded, and a retention rule takes whole things.

use leadtrail::settings::Values;
use leadtrail::store::checkup;
use serde_json::{Value, json};

use super::exports::{made, names_in};
use super::support::TestApp;

fn well(app: &TestApp) {
    let found = app.app.store.read_fresh(checkup::check).unwrap();
    assert!(found.ok, "{:?}", found.problems);
}

fn rebuilt_the_same(app: &TestApp) {
    let ingest = app.app.ingest.clone();
    let rebuilt = std::thread::spawn(move || ingest.rebuild(|_, _| {}).unwrap()).join().unwrap();
    assert_eq!(rebuilt.hash_before, rebuilt.hash_after);
    well(app);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_oldest_of_a_full_quarantine_make_room() {
    let app = TestApp::with(Values { quarantine_kept: 3, quarantine_bytes: 400, ..Values::default() });
    let source = app.add_with("varda", false, &["key"], &[]).await;
    let other = app.add("callrail").await;
    assert_eq!(app.post_hook(&other, "/post_call", "{torn").await.status, 202);
    let mut ids = Vec::new();
    for n in 0..5 {
        let answer = app.post_hook(&source, "", format!("{{\"n\":{n}}}")).await;
        assert_eq!(answer.status, 202);
        ids.push(answer.json()["delivery"].as_i64().unwrap());
    }
    let kept = |deliveries: Vec<Value>| -> Vec<i64> {
        let mut kept: Vec<i64> = deliveries
            .iter()
            .filter(|d| d["source"] == source.id && d["id"].as_i64() > Some(0))
            .map(|d| d["id"].as_i64().unwrap())
            .collect();
        kept.sort_unstable();
        kept
    };
    assert_eq!(kept(app.deliveries().await), ids[2..]);
    // By bytes, too; and one that never fits drops nobody.
    let large = app.post_hook(&source, "", format!("{{\"n\":\"{}\"}}", "x".repeat(390))).await;
    assert_eq!(kept(app.deliveries().await), [large.json()["delivery"].as_i64().unwrap()]);
    let never = app.post_hook(&source, "", format!("{{\"n\":\"{}\"}}", "x".repeat(900))).await;
    assert_eq!((never.status, &never.json()["delivery"]), (202, &Value::Null));
    assert_eq!(kept(app.deliveries().await).len(), 1);
    let sources = app.get_json("/api/sources").await;
    let shown = sources["items"].as_array().unwrap().iter().find(|s| s["id"] == source.id).unwrap();
    assert_eq!((&shown["quarantine"]["kept"], &shown["quarantine"]["limit"]), (&json!(1), &json!(3)));
    assert_eq!(shown["quarantine"]["dropped"], 5);
    // What cannot be read was never in question.
    assert_eq!(app.get_json("/api/status").await["counts"]["quarantined"], 2);
    well(&app);
    rebuilt_the_same(&app);
}

fn call(id: &str, start: &str) -> String {
    json!({
        "resource_id": id, "answered": true, "direction": "inbound", "duration": "63", "customer_name": "Ann Other",
        "customer_phone_number": "+16785550142", "tracking_phone_number": "+14045558514", "start_time": start,
        "transcription": format!("said in {id}"), "value": "120.00", "source_name": "Google Ads",
    })
    .to_string()
}

fn text(id: &str, at: &str) -> String {
    json!({ "resource_id": id, "source_number": "678-555-0142", "destination_number": "770-123-4567",
        "content": format!("wrote {id}"), "message_type": "sms", "media_urls": [], "timestamp": at })
    .to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_hold_what_is_too_old_go_with_it() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    app.post_hook(&source, "/post_call", call("CALold", "2020-03-19T13:41:00-05:00")).await;
    let now = leadtrail::clock::now().to_rfc3339();
    let other = call("CALnew", &now).replace("6785550142", "6785550143");
    app.post_hook(&source, "/post_call", other).await;
    let of = |phone: &str| format!("/api/leads?q={phone}");
    let id = async |phone: &str| app.get_json(&of(phone)).await["items"][0]["id"].clone();
    let (old, new) = (id("6785550142").await, id("6785550143").await);
    let days = |from: &str, to: &str| json!({ "from": from, "to": to });
    let mut files = Vec::new();
    for order in [
        json!({ "what": "timeline", "format": "html", "lead": old }),
        json!({ "what": "calls", "format": "csv", "query": days("2020-03-01", "2020-03-31") }),
        json!({ "what": "timeline", "format": "html", "lead": new }),
        json!({ "what": "calls", "format": "csv", "query": days("2026-01-01", "2026-01-31") }),
    ] {
        let export = made(&app, order).await;
        assert_eq!(export["state"], "done", "{export}");
        files.push(export["id"].as_i64().unwrap());
    }
    let rules = std::collections::BTreeMap::from([(source.id, 365)]);
    let expire = |dry_run| {
        let (ingest, rules) = (app.app.ingest.clone(), rules.clone());
        let now = leadtrail::clock::now();
        tokio::task::block_in_place(|| ingest.expire(&rules, dry_run, now)).unwrap()[0].events
    };
    let left = async || {
        let items = app.get_json("/api/exports").await["items"].as_array().unwrap().clone();
        items.iter().map(|export| export["id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    let on_disk = || names_in(&app.app.exports.folder()).len();
    assert_eq!((expire(true), left().await.len(), on_disk()), (1, 4, 4));
    assert_eq!((expire(false), left().await, on_disk()), (1, vec![files[3], files[2]], 2));
    // What was made longer ago than the rule says goes with nothing else.
    let (sql, third) = ("UPDATE exports SET made_at = made_at - 366 * 86400000000 WHERE id = ?1", files[2]);
    app.app.store.write(move |batch| Ok(batch.transaction().execute(sql, [third])?)).await.unwrap();
    assert_eq!((expire(false), left().await, on_disk()), (0, vec![files[3]], 1));
    well(&app);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retention_rule_takes_what_is_old_and_counts_stay() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    app.post_hook(&source, "/post_call", call("CALold", "2020-03-19T13:41:00-05:00")).await;
    app.post_hook(&source, "/text_message_received", text("SCIold", "2020-03-20T13:41:00-05:00")).await;
    let now = leadtrail::clock::now().to_rfc3339();
    app.post_hook(&source, "/text_message_received", text("SCInew", &now)).await;
    let leads = app.leads().await;
    let lead = &leads[0];
    assert_eq!(leads.len(), 1);
    let path = format!("/api/leads/{}/actions", lead["id"]);
    app.post_json(&path, json!({ "type": "note", "text": "A young note" })).await;
    let lead = &app.get_json(&format!("/api/leads/{}", lead["id"])).await;
    let before = app.get_json("/api/status").await["counts"].clone();

    let rules = json!({ source.id.to_string(): 365 });
    let preview = app.post_json("/api/retention", json!({ "dry_run": true, "retention": rules })).await.json();
    let one = &preview["sources"][0];
    assert_eq!((&one["events"], &one["deliveries"], &one["leads"]), (&json!(2), &json!(2), &json!(1)), "{preview}");
    assert_eq!(app.send_json("PATCH", "/api/settings", json!({ "retention": rules })).await.status, 200);
    let done = app.post_json("/api/retention", json!({})).await.json();
    assert_eq!(done["sources"][0]["events"], one["events"]);
    assert_eq!(done["sources"][0]["deliveries"], one["deliveries"]);

    assert_eq!(app.get_json("/api/status").await["counts"], before);
    let after = app.get_json(&format!("/api/leads/{}", lead["id"])).await;
    assert_eq!((&after["erased"], &after["phones"]), (&json!(false), &json!(["+16785550142"])));
    for same in ["calls", "messages", "stage", "first_seen", "last_activity", "value_cents"] {
        assert_eq!(after[same], lead[same], "{same}");
    }
    let entries = app.timeline(lead).await;
    assert_eq!(entries.iter().filter(|entry| entry["erased"] == true).count(), 2);
    let said = serde_json::to_string(&entries).unwrap();
    assert!(!said.contains("CALold") && !said.contains("wrote SCIold") && said.contains("wrote SCInew"));
    assert!(said.contains("A young note"));
    well(&app);
    rebuilt_the_same(&app);
    // Nothing is left to be done, and a late repeat stays out.
    let again = app.post_json("/api/retention", json!({})).await.json();
    assert_eq!(again["sources"][0]["events"], 0);
    let late = app.post_hook(&source, "/post_call", call("CALold", "2020-03-19T13:41:00-05:00")).await;
    assert_eq!(late.json()["status"], "duplicate");
    assert_eq!(app.leads().await.len(), 1);
    rebuilt_the_same(&app);
    // The person is erased as well, whole.
    let erased = app.post_json(&format!("/api/leads/{}/erase", lead["id"]), json!({})).await;
    assert_eq!(erased.status, 200, "{}", erased.text());
    let leads = app.leads().await;
    assert_eq!((leads.len(), &leads[0]["erased"], &leads[0]["id"]), (1, &json!(true), &lead["id"]));
    rebuilt_the_same(&app);
}
