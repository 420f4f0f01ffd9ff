//! Times before 1970 and after 9999: whoever says them, nothing falls over, and nothing else is told wrong.

use serde_json::json;

use super::support::TestApp;

#[tokio::test]
async fn a_sender_whose_clock_is_odd_stops_no_list_and_no_file() {
    let house = TestApp::new();
    let varda = house.add("varda").await;
    let rail = house.add("callrail").await;
    let times = [
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "1601-01-01T00:00:00Z",
        "1899-12-31T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-12:00",
        "12000-01-01T00:00:00Z",
        "+12000-01-01T00:00:00Z",
        "-0044-03-15T00:00:00Z",
        "+262142-12-31T23:59:59Z",
        "-262143-01-01T00:00:00Z",
        "999999999-01-01T00:00:00Z",
        "2026-03-03T10:00:00Z",
    ];
    for (n, time) in times.into_iter().enumerate() {
        let message = json!({ "event": "message.created", "timestamp": time, "data": {
            "id": n + 1, "conversation_id": n + 1, "direction": "inbound", "sender_type": "contact", "content": time,
            "message_type": "text", "channel_type": "webchat", "created_at": time,
            "contact": { "id": n + 1, "name": format!("Person {n}") } } });
        let call = json!({ "resource_id": format!("CAL{n}"), "customer_phone_number": format!("+1202555{n:04}"),
            "start_time": time, "duration": i64::MAX, "direction": "inbound", "answered": true });
        assert!(house.post_hook(&varda, "", message.to_string()).await.status < 300, "{time}");
        assert!(house.post_hook(&rail, "/post_call", call.to_string()).await.status < 300, "{time}");
    }
    for lead in house.leads().await {
        house.timeline(&lead).await;
        for format in ["pdf", "html", "json"] {
            let order = json!({ "what": "timeline", "lead": lead["id"], "format": format });
            made(&house, order).await;
        }
    }
    for path in
        ["/api/calls?limit=500", "/api/search?q=person", "/api/status", "/api/rescue", "/api/gaps", "/api/doctor"]
    {
        assert!(house.get(path).await.status < 500, "{path}");
    }
    for (from, to) in [("2026-03-01", "2026-03-31"), ("0001-01-01", "0001-01-31"), ("9999-12-01", "9999-12-31")] {
        for what in ["report", "leads", "calls"] {
            for format in ["pdf", "xlsx", "csv", "html", "json"] {
                let order = json!({ "what": what, "format": format, "query": { "from": from, "to": to } });
                made(&house, order).await;
            }
        }
        let answer = house.get(&format!("/api/reports/overview?from={from}&to={to}")).await;
        assert!(answer.status < 500, "{from}: {}", answer.text());
    }
    let ingest = house.app.ingest.clone();
    let rebuilt = tokio::task::spawn_blocking(move || ingest.rebuild(|_, _| {})).await.unwrap().unwrap();
    assert_eq!(rebuilt.hash_before, rebuilt.hash_after);
}

/// The file is made, or it is said in plain words why not.
async fn made(house: &TestApp, order: serde_json::Value) {
    let answer = house.post_json("/api/exports", order.clone()).await;
    assert!(answer.status < 500, "{order}: {}", answer.text());
    if answer.status == 201 {
        let ended = super::exports::ended(house, answer.json()["id"].as_i64().unwrap()).await;
        assert_eq!(ended["state"], "done", "{order}: {ended}");
    }
}
