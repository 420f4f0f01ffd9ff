//! What figures need to know of the business, and who looks after whom.

use leadtrail::domain::event::Direction;
use leadtrail::settings::{Settings, Values};
use leadtrail::store::projection;
use serde_json::{Value, json};

use super::event_builders::{at, phone, text};
use super::support::TestApp;

async fn business(house: &TestApp) -> Value {
    house.get_json("/api/status").await["settings"]["business"].clone()
}

#[tokio::test]
async fn the_business_is_set_piece_by_piece() {
    let house = TestApp::new();
    house.add("callrail").await;
    let first = business(&house).await;
    assert_eq!(first["time_zone"], Value::Null);
    assert!(first["system_time_zone"].as_str().is_some_and(|zone| !zone.is_empty()));
    assert_eq!(first["hours"]["mon"], json!([{"from": "09:00", "to": "17:00"}]));
    assert_eq!((&first["hours"]["sun"], &first["currency"]), (&json!([]), &json!("USD")));
    let change = json!({"business": {
        "time_zone": "America/Chicago",
        "hours": {"sat": [{"from": "13:00", "to": "24:00"}, {"from": "08:00", "to": "12:00"}], "mon": []},
        "holidays": ["2026-12-25", "2026-01-01"],
        "currency": "cad",
        "reps": [{"name": " Sam  Lee", "also": ["sam@roofs.example"]}, {"name": "Kim"}],
        "test_numbers": ["(404) 555-0142"],
    }});
    let answer = house.send_json("PATCH", "/api/settings", change).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let set = answer.json()["business"].clone();
    assert_eq!(set["hours"]["sat"], json!([{"from": "08:00", "to": "12:00"}, {"from": "13:00", "to": "24:00"}]));
    assert_eq!((&set["hours"]["mon"], &set["hours"]["tue"]), (&json!([]), &first["hours"]["tue"]));
    assert_eq!(set["holidays"], json!(["2026-01-01", "2026-12-25"]));
    assert_eq!(set["reps"][0], json!({"name": "Sam Lee", "also": ["sam@roofs.example"]}));
    assert_eq!((&set["currency"], &set["test_numbers"]), (&json!("CAD"), &json!(["+14045550142"])));
    // What is not named stays, and the system's zone comes back.
    let answer = house.send_json("PATCH", "/api/settings", json!({"business": {"time_zone": null}})).await;
    let back = answer.json()["business"].clone();
    assert_eq!((&back["time_zone"], &back["reps"]), (&Value::Null, &set["reps"]));
    // It stands in the file.
    let json = house.app.store.read_blocking(|c| leadtrail::store::sources::setting(c, "owner")).unwrap();
    let read = Settings::of_json(json.as_deref()).get();
    assert_eq!((read.business.currency.as_str(), read.business.hours[5].len()), ("CAD", 2));
}

#[tokio::test]
async fn what_makes_no_sense_is_said_and_changes_nothing() {
    let house = TestApp::new();
    let before = business(&house).await;
    for (change, words) in [
        (json!({"time_zone": "Mars/Olympus"}), "Mars/Olympus"),
        (json!({"hours": {"tue": [{"from": "17:00", "to": "09:00"}]}}), "Tuesday"),
        (json!({"hours": {"someday": []}}), "someday"),
        (json!({"currency": "dollars"}), "dollars"),
        (json!({"holidays": ["Christmas"]}), "Christmas"),
        (json!({"reps": [{"name": "Sam"}, {"name": "SAM"}]}), "SAM"),
        (json!({"test_numbers": ["12"]}), "12"),
        (json!({"reps": [], "colour": "red"}), "colour"),
    ] {
        let answer = house.send_json("PATCH", "/api/settings", json!({"business": change})).await;
        assert_eq!(answer.status, 422, "{change}");
        assert!(answer.json()["detail"].as_str().unwrap().contains(words), "{}", answer.text());
    }
    assert_eq!(business(&house).await, before);
}

#[test]
fn settings_of_an_older_file_read_as_at_first() {
    let old = Settings::of_json(Some(r#"{"business_name": "Roofs", "backups": {"on": false}}"#)).get();
    assert_eq!((old.business_name.as_str(), &old.business), ("Roofs", &Values::default().business));
}

#[tokio::test]
async fn a_lead_is_given_to_somebody_and_taken_back() {
    let house = TestApp::new();
    let source = house.add("callrail").await;
    let mut hello = text(1, &phone(1), Direction::Inbound, "hello");
    hello.person.rep = Some("sam@roofs.example".into());
    house.place(&source, at(1), &[hello]).await;
    house.place(&source, at(2), &[text(2, &phone(2), Direction::Inbound, "hi")]).await;
    let reps = json!({"business": {"reps": [{"name": "Kim"}, {"name": "Sam Lee", "also": ["SAM@roofs.example"]}]}});
    assert_eq!(house.send_json("PATCH", "/api/settings", reps).await.status, 200);
    let id = house.get_json("/api/leads?rep=sam@roofs.example").await["items"][0]["id"].as_i64().unwrap();
    let rep = async || house.get_json(&format!("/api/leads/{id}")).await["rep"].clone();
    let path = format!("/api/leads/{id}/actions");
    let given = house.post_json(&path, json!({"type": "assign", "rep": "  Kim  Roe ", "by": "Ada"})).await;
    assert_eq!(given.status, 201, "{}", given.text());
    assert_eq!(rep().await, "Kim Roe");
    assert_eq!(house.get_json("/api/leads?rep=Kim%20Roe").await["items"].as_array().unwrap().len(), 1);
    assert_eq!(house.get_json("/api/leads?rep=sam@roofs.example").await["items"], json!([]));
    let entries = house.get_json(&format!("/api/leads/{id}/timeline")).await["entries"].clone();
    let entry = entries.as_array().unwrap().last().unwrap().clone();
    assert_eq!((&entry["kind"], &entry["title"]), (&json!("action"), &json!("Given to Kim Roe")));
    assert_eq!(entry["action"], json!({"type": "assign", "tag": null, "rep": "Kim Roe", "by": "Ada"}));
    assert_eq!(
        house.get_json("/api/reps").await,
        json!({"items": [{"name": "Kim", "leads": 0}, {"name": "Sam Lee", "leads": 0}],
               "agents": [{"name": "Kim Roe", "leads": 1}]})
    );
    // Undo and redo.
    let action = given.json()["id"].as_str().unwrap().to_string();
    let undone = house.post_json(&format!("/api/actions/{action}/undo"), json!({})).await.json();
    assert_eq!(rep().await, "sam@roofs.example");
    assert_eq!(house.get_json("/api/reps").await["items"][1], json!({"name": "Sam Lee", "leads": 1}));
    house.post_json(&format!("/api/actions/{}/undo", undone["id"].as_str().unwrap()), json!({})).await;
    assert_eq!(rep().await, "Kim Roe");
    // Whoever is asked for is found under every name of theirs.
    house.post_json(&format!("/api/actions/{action}/undo"), json!({})).await;
    let found = house.get_json("/api/leads?rep=Sam%20Lee&stage=responded").await["items"].clone();
    assert_eq!((found.as_array().unwrap().len(), &found[0]["rep"]), (1, &json!("sam@roofs.example")));
    assert_eq!(house.get_json("/api/leads?rep=Sam%20Lee&sort=name").await["items"].as_array().unwrap().len(), 1);
    assert_eq!(house.get_json("/api/leads?rep=sam%20lee").await["items"], json!([]), "a name as it stands");
    // To nobody in particular: whom the sender names looks after it again.
    assert_eq!(house.post_json(&path, json!({"type": "assign", "rep": null})).await.status, 201);
    assert_eq!(rep().await, "sam@roofs.example");
    assert_eq!(house.post_json(&path, json!({"type": "assign", "rep": "Kim Roe"})).await.status, 201);
    for bad in [json!("x".repeat(101)), json!("Kim\u{7}")] {
        assert_eq!(house.post_json(&path, json!({"type": "assign", "rep": bad})).await.status, 422);
    }
}

/// Law 2: what people did is in the set as well.
#[tokio::test]
async fn who_a_lead_was_given_to_is_the_same_after_a_rebuild() {
    let house = TestApp::new();
    let source = house.add("callrail").await;
    for n in 0..3 {
        let body = json!({
            "resource_id": format!("CAL{n}"), "answered": true, "direction": "inbound", "duration": "63",
            "customer_phone_number": format!("+1678555014{n}"), "tracking_phone_number": "+14045558514",
            "start_time": "2026-03-19T13:41:00.236-05:00", "agent_email": "sam@roofs.example",
        });
        assert_eq!(house.post_hook(&source, "/post_call", body.to_string()).await.status, 200);
    }
    let leads: Vec<i64> = house.leads().await.iter().map(|lead| lead["id"].as_i64().unwrap()).collect();
    let mut done = Vec::new();
    for (lead, rep) in
        [(leads[0], json!("Kim")), (leads[1], json!("Ada")), (leads[1], json!(null)), (leads[2], json!("Lu"))]
    {
        let answer =
            house.post_json(&format!("/api/leads/{lead}/actions"), json!({"type": "assign", "rep": rep})).await;
        done.push(answer.json()["id"].as_str().unwrap().to_string());
    }
    house.post_json(&format!("/api/actions/{}/undo", done[3]), json!({})).await;
    let reps = async || {
        let mut all: Vec<Value> = Vec::new();
        for lead in &leads {
            all.push(house.get_json(&format!("/api/leads/{lead}")).await["rep"].clone());
        }
        all
    };
    let before = (reps().await, house.app.store.read_blocking(projection::hash).unwrap());
    assert_eq!(before.0[0], "Kim");
    assert_eq!(before.0[1], before.0[2], "whom the sender names looks after both");
    let ingest = house.app.ingest.clone();
    tokio::task::spawn_blocking(move || ingest.rebuild(|_, _| {})).await.unwrap().unwrap();
    assert_eq!((reps().await, house.app.store.read_blocking(projection::hash).unwrap()), before);
}

#[tokio::test]
async fn an_erased_person_keeps_who_looked_after_them_but_not_their_own_name() {
    let house = TestApp::new();
    let source = house.add("callrail").await;
    let mut hello = text(1, &phone(1), Direction::Inbound, "hello");
    hello.person.name = Some("Zebulon Quartermain".into());
    house.place(&source, at(1), &[hello]).await;
    let id = house.leads().await[0]["id"].as_i64().unwrap();
    let path = format!("/api/leads/{id}/actions");
    house.post_json(&path, json!({"type": "assign", "rep": "Kim Roe"})).await;
    house.post_json(&path, json!({"type": "assign", "rep": "Zebulon Quartermain"})).await;
    let erased = house.post_json(&format!("/api/leads/{id}/erase"), json!({"dry_run": false})).await;
    assert_eq!(erased.status, 200, "{}", erased.text());
    let left = house.leads().await;
    assert_eq!(left.len(), 1);
    assert!(!serde_json::to_string(&left).unwrap().contains("Quartermain"), "{left:?}");
    let timeline = serde_json::to_string(&house.timeline(&left[0]).await).unwrap();
    assert!(!timeline.contains("Quartermain"), "{timeline}");
    assert!(timeline.contains("Kim Roe"), "{timeline}");
}
