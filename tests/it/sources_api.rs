//! Sources: connecting, changing, trying and closing them; providers, status and settings.

use axum::body::{Body, to_bytes};
use axum::http::Request;
use leadtrail::doors::{hooks, test_request};
use leadtrail::http;
use serde_json::{Value, json};
use tokio::sync::watch;
use tower::ServiceExt;

use super::support::TestApp;

async fn add(house: &TestApp, body: Value) -> Value {
    let answer = house.post_json("/api/sources", body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

#[tokio::test]
async fn a_source_comes_with_its_addresses() {
    let house = TestApp::new();
    let varda = add(&house, json!({"provider": "varda", "name": " Office "})).await;
    let key = varda["key"].as_str().unwrap();
    assert!(key.len() >= 32, "at least 128 bits");
    assert_eq!(varda["urls"], json!({"all": format!("http://127.0.0.1:8787/hooks/{key}")}));
    assert_eq!((&varda["name"], &varda["region"], &varda["signed"]), (&json!("Office"), &json!("US"), &json!(false)));
    assert!(varda["unsigned_note"].as_str().unwrap().contains("Varda"));
    assert_eq!(varda["last_event_at"], json!(null));

    let callrail = add(
        &house,
        json!({"provider": "callrail", "name": "Calls", "region": "au", "signing_key": "abcdefgh12345678"}),
    )
    .await;
    let urls = callrail["urls"].as_object().unwrap();
    assert_eq!(urls.len(), 10);
    assert!(urls["post_call"].as_str().unwrap().ends_with("/post_call"));
    assert_eq!(callrail["signing_keys"][0]["hint"], "…5678");
    assert!(!callrail.to_string().contains("abcdefgh"), "a key is never shown again");
    assert_eq!((&callrail["signed"], &callrail["unsigned_note"]), (&json!(true), &json!(null)));
    assert_eq!(callrail["region"], "AU");
    assert_ne!(callrail["key"], varda["key"]);

    let set = house.send_json("PATCH", "/api/settings", json!({"public_base_url": "https://hooks.example.com/"})).await;
    assert_eq!(set.json()["public_base_url"], "https://hooks.example.com");
    let shown = house.get_json(&format!("/api/sources/{}", varda["id"])).await;
    assert_eq!(shown["urls"]["all"], format!("https://hooks.example.com/hooks/{key}"));
    assert_eq!(house.get_json("/api/sources").await["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_cannot_be_a_source_is_said_plainly() {
    let house = TestApp::new();
    add(&house, json!({"provider": "varda", "name": "Office"})).await;
    for (body, status) in [
        (json!({"provider": "varda", "name": "office "}), 409),
        (json!({"provider": "fax", "name": "x"}), 422),
        (json!({"provider": "varda", "name": "  "}), 422),
        (json!({"provider": "varda", "name": "x".repeat(101)}), 422),
        (json!({"provider": "varda", "name": "a\nb"}), 422),
        (json!({"provider": "varda", "name": "x", "region": "Europe"}), 422),
        (json!({"provider": "meera", "name": "x", "signing_key": "k"}), 422),
        (json!({"provider": "meera", "name": "x", "auth_header": "Bearer abc"}), 422),
        (json!({"provider": "meera", "name": "x", "auth_header": "A: b\r\nHost: c"}), 422),
        (json!({"provider": "varda"}), 422),
        (json!({"name": "x"}), 422),
    ] {
        let answer = house.post_json("/api/sources", body.clone()).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.text());
    }
    assert_eq!(house.get_json("/api/sources").await["items"].as_array().unwrap().len(), 1);
    for (method, path) in [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/test")] {
        let answer = house.send_json(method, &format!("/api/sources/77{path}"), json!({})).await;
        assert_eq!(answer.status, 404, "{method} {path}");
    }
}

#[tokio::test]
async fn keys_come_and_go_and_a_new_one_is_tried_on_the_quarantine() {
    let house = TestApp::new();
    let wrong = json!({"provider": "callrail", "name": "Calls", "signing_key": "not-the-right-key"});
    let source = add(&house, wrong).await;
    let key = "072e77e426f92738a72fe23c4d1953b4";
    let body = include_str!("../fixtures/callrail/text_message_received-1.json");
    let signed = leadtrail::providers::Provider::CallRail.reader().sign(body.as_bytes(), key, leadtrail::clock::now());
    let mut headers = vec![("content-type", "application/json")];
    headers.extend(signed.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let row = leadtrail::store::sources::by_id;
    let id = source["id"].as_i64().unwrap();
    let row = house.app.store.read_blocking(|c| row(c, id)).unwrap();
    let kept = house.post_hook_with(&row, "/text_message_received", &headers, body).await;
    assert_eq!(kept.status, 202, "{}", kept.text());
    assert_eq!(house.get_json("/api/deliveries/1").await["signature"], "failed");

    let path = format!("/api/sources/{id}");
    let changed =
        house.send_json("PATCH", &path, json!({"add_signing_key": key, "strict": true, "name": "Phone"})).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let changed = changed.json();
    assert_eq!(changed["reverified"], json!({"checked": 1, "placed": 1}));
    assert_eq!((&changed["strict"], &changed["name"]), (&json!(true), &json!("Phone")));
    assert_eq!(changed["signing_keys"].as_array().unwrap().len(), 2);
    assert_eq!(house.get_json("/api/deliveries/1").await["signature"], "verified");
    assert_eq!(house.leads().await.len(), 1);

    let first = &changed["signing_keys"][0]["id"];
    let fewer = house.send_json("PATCH", &path, json!({"remove_signing_key": first})).await.json();
    assert_eq!(fewer["signing_keys"].as_array().unwrap().len(), 1);
    assert_eq!(fewer["reverified"], json!({"checked": 0, "placed": 0}), "nothing waited");
    assert_eq!(house.send_json("PATCH", &path, json!({"add_signing_key": key})).await.status, 409);
    assert_eq!(house.send_json("PATCH", &path, json!({"remove_signing_key": 99})).await.status, 404);
    assert_eq!(house.send_json("PATCH", &path, json!({"surprise": 1})).await.status, 422);

    let meera = add(&house, json!({"provider": "meera", "name": "M", "auth_header": "X-Pass: open sesame"})).await;
    assert_eq!((&meera["auth_header_name"], &meera["signed"]), (&json!("X-Pass"), &json!(true)));
    assert!(!meera.to_string().contains("sesame"));
    let path = format!("/api/sources/{}", meera["id"]);
    let other = house.send_json("PATCH", &path, json!({"auth_header": "Authorization: Bearer x"})).await.json();
    assert_eq!(other["auth_header_name"], "Authorization");
    let none = house.send_json("PATCH", &path, json!({"auth_header": null})).await.json();
    assert_eq!((&none["auth_header_name"], &none["signed"]), (&json!(null), &json!(false)));
}

#[tokio::test]
async fn a_test_event_goes_through_the_real_public_port() {
    let house = TestApp::new();
    let closed = add(&house, json!({"provider": "varda", "name": "Early"})).await;
    let early = house.post_json(&format!("/api/sources/{}/test", closed["id"]), json!({})).await;
    assert_eq!((early.status, &early.json()["code"]), (503, &json!("busy")), "the door is not open yet");

    let listener = hooks::bind(([127, 0, 0, 1], 0).into(), hooks::Exposure::ThisMachine).await.unwrap();
    house.app.hooks_addr.set(listener.local_addr().unwrap()).unwrap();
    assert!(house.app.knock.set(test_request::knock()).is_ok());
    let (stop, stopped) = watch::channel(false);
    let door = tokio::spawn(hooks::serve(listener, http::hooks(house.app.clone()), stopped));
    let sources = [
        json!({"provider": "callrail", "name": "Signed", "signing_key": "072e77e426f92738a72fe23c4d1953b4", "strict": true}),
        json!({"provider": "varda", "name": "Signed", "signing_key": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "strict": true}),
        json!({"provider": "telmetrics", "name": "Signed", "signing_key": "12345678901234567890123456789012", "strict": true}),
        json!({"provider": "meera", "name": "Signed", "auth_header": "Authorization: Bearer x", "strict": true}),
        json!({"provider": "curious-thing", "name": "Signed", "auth_header": "X-Pass: y", "strict": true}),
    ];
    for body in sources {
        let source = add(&house, body.clone()).await;
        let path = format!("/api/sources/{}/test", source["id"]);
        let sent = house.post_json(&path, json!({})).await;
        assert_eq!(sent.status, 200, "{body}: {}", sent.text());
        let sent = sent.json();
        assert_eq!(sent["answer"]["status"], "accepted", "{body}: {sent}");
        let delivery = house.get_json(&format!("/api/deliveries/{}", sent["delivery"])).await;
        assert_eq!((&delivery["signature"], &delivery["source"]), (&json!("verified"), &source["id"]));
        let shown = house.get_json(&format!("/api/sources/{}", source["id"])).await;
        assert_eq!((&shown["counts"]["processed"], &shown["counts"]["leads"]), (&json!(1), &json!(1)));
        assert!(shown["last_event_at"].is_string());
        // It proves the address, not the service.
        assert_eq!(shown["last_own_event_at"], json!(null), "{body}");
        assert_eq!(shown["urls"].as_object().unwrap().values().next().unwrap().as_str().unwrap().find(":8787"), None);
        // Each of its events has a sample the door takes.
        for event in source["urls"].as_object().unwrap().keys().filter(|event| *event != "all") {
            let sent = house.post_json(&path, json!({ "event": event })).await;
            assert_eq!(sent.status, 200, "{event}: {}", sent.text());
            let status = sent.json()["answer"]["status"].clone();
            assert!(status == "accepted" || status == "duplicate", "{event}: {}", sent.text());
        }
    }
    let callrail = house.get_json("/api/sources").await["items"][1].clone();
    let none = house.post_json(&format!("/api/sources/{}/test", callrail["id"]), json!({"event": "dance"})).await;
    assert_eq!(none.status, 422);
    let leads = house.get_json("/api/leads?q=test%20lead").await;
    assert_eq!(leads["items"][0]["name"], "Test Lead");
    // What was sent from here to try it is nobody's lead, and no call of the business.
    let day = |days| (leadtrail::clock::now() + chrono::TimeDelta::days(days)).format("%Y-%m-%d").to_string();
    let rows = async |figure: &str| {
        let path = format!("/api/reports/overview/rows?figure={figure}&from={}&to={}", day(-2), day(2));
        house.get_json(&path).await["items"].as_array().unwrap().len()
    };
    for figure in ["leads.new", "calls.counted", "texts.counted", "forms.counted", "outcome.booked"] {
        assert_eq!(rows(figure).await, 0, "{figure}");
    }
    assert!(rows("leads.test").await >= 1);
    stop.send_replace(true);
    door.await.unwrap();
}

#[tokio::test]
async fn a_closed_source_keeps_its_history() {
    let house = TestApp::new();
    let source = house.add("varda").await;
    house.post_hook(&source, "", include_str!("../fixtures/varda/02-message.created.json")).await;
    assert_eq!(house.leads().await.len(), 1);
    let path = format!("/api/sources/{}", source.id);
    let closed = house.send_json("DELETE", &path, json!({})).await;
    assert_eq!(closed.status, 200);
    assert!(closed.json()["closed_at"].is_string());
    assert_eq!(house.send_json("DELETE", &path, json!({})).await.status, 404);
    assert_eq!(house.post_json(&format!("{path}/test"), json!({})).await.status, 409);
    assert_eq!(house.get_json("/api/sources").await["items"], json!([]));
    assert_eq!(house.post_hook(&source, "", "{}").await.status, 404, "its address is shut");
    assert_eq!(house.leads().await.len(), 1);
    assert_eq!(house.deliveries().await.len(), 1);
    let body = json!({"provider": "varda", "name": source.name});
    let again = add(&house, body).await;
    assert_eq!(again["id"], source.id, "the same source, with a new address");
    assert_ne!(again["key"], source.key.as_str());
    assert_eq!(again["closed_at"], json!(null));
}

#[tokio::test]
async fn status_settings_and_providers() {
    let house = TestApp::new();
    let first = house.get_json("/api/status").await;
    assert_eq!((&first["first_run"], &first["demo"], &first["seq"]), (&json!(true), &json!(false), &json!(0)));
    assert_eq!(first["listening"]["hooks"], json!(null));
    let source = house.add("varda").await;
    house.post_hook(&source, "", include_str!("../fixtures/varda/02-message.created.json")).await;
    house.post_hook(&source, "", "nothing").await;
    let then = house.get_json("/api/status").await;
    assert_eq!(then["first_run"], false);
    assert_eq!(then["seq"], 2);
    assert!(then["last_event_at"].is_string());
    assert_eq!(then["counts"]["leads"], 1);
    assert_eq!(then["counts"]["deliveries"], 2);
    assert_eq!(then["counts"]["quarantined"], 1);
    assert_eq!(then["counts"]["by_state"]["processed"], 1);

    let change = json!({"business_name": " Northgate ", "close_to_tray": false});
    let settings = house.send_json("PATCH", "/api/settings", change).await.json();
    assert_eq!((&settings["business_name"], &settings["close_to_tray"]), (&json!("Northgate"), &json!(false)));
    assert_eq!(settings["single_keys"], true, "what was not said stays");
    assert_eq!(house.get_json("/api/status").await["business_name"], "Northgate");
    for bad in [
        json!({"business_name": "x".repeat(121)}),
        json!({"public_base_url": "javascript:alert(1)"}),
        json!({"public_base_url": "hooks.example.com"}),
        json!({"close_to_tray": "no"}),
        json!({"volume": 11}),
    ] {
        assert_eq!(house.send_json("PATCH", "/api/settings", bad.clone()).await.status, 422, "{bad}");
    }

    let providers = house.get_json("/api/providers").await;
    let items = providers["items"].as_array().unwrap();
    let slugs: Vec<&str> = items.iter().map(|p| p["slug"].as_str().unwrap()).collect();
    assert_eq!(slugs, ["callrail", "meera", "curious-thing", "telmetrics", "varda"]);
    for provider in items {
        for field in ["name", "letters", "about", "try_it", "console_url"] {
            assert!(!provider[field].as_str().unwrap().is_empty(), "{} {field}", provider["slug"]);
        }
        assert!(!provider["steps"].as_array().unwrap().is_empty());
        assert!(!provider["credential"]["help"].as_str().unwrap().is_empty());
    }
}

/// Whoever looks between a test event and the answer to it is not told that the service is connected.
#[tokio::test]
async fn a_test_event_is_known_for_one_from_the_commit_on_that_holds_it() {
    let house = TestApp::new();
    let source = add(&house, json!({ "provider": "varda", "name": "Ours" })).await;
    house.app.hooks_addr.set(([127, 0, 0, 1], 1).into()).unwrap();
    let seen = std::sync::Arc::new(std::sync::Mutex::new(serde_json::Value::Null));
    let (app, shown, id) = (house.app.clone(), seen.clone(), source["id"].clone());
    let knock: http::Knock = Box::new(move |_, sample| {
        let (app, shown, id) = (app.clone(), shown.clone(), id.clone());
        Box::pin(async move {
            let mut request = Request::post(&sample.path);
            for (name, value) in &sample.headers {
                request = request.header(name, value);
            }
            let request = request.body(Body::from(sample.body)).unwrap();
            let answer = http::hooks(app.clone()).oneshot(request).await.unwrap();
            let status = answer.status().as_u16();
            let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
            // Nothing of the test is under way any more but its answer.
            let look = Request::get(format!("/api/sources/{id}")).body(Body::empty()).unwrap();
            let look = http::api(app.clone()).oneshot(look).await.unwrap();
            let look = to_bytes(look.into_body(), usize::MAX).await.unwrap();
            *shown.lock().unwrap() = serde_json::from_slice(&look).unwrap();
            Ok(http::HookAnswer { status, body: String::from_utf8(body.to_vec()).unwrap() })
        })
    });
    assert!(house.app.knock.set(knock).is_ok());
    let changes = house.app.store.changes();
    let sent = house.post_json(&format!("/api/sources/{}/test", source["id"]), json!({})).await;
    assert_eq!(sent.status, 200, "{}", sent.text());
    let shown = seen.lock().unwrap().clone();
    assert!(shown["last_event_at"].is_string(), "{shown}");
    assert_eq!(shown["last_own_event_at"], json!(null), "{shown}");
    // It was told of with the delivery.
    let told = changes.borrow().clone();
    assert_eq!((told.deliveries, told.sources_changed), (1, true), "{told:?}");
    // The same sent by somebody else is theirs.
    let varda = house.app.store.read_blocking(|c| leadtrail::store::sources::by_id(c, source["id"].as_i64().unwrap()));
    let message = super::backups::message(1);
    assert_eq!(house.post_hook(&varda.unwrap(), "", message).await.status, 200);
    let after = house.get_json(&format!("/api/sources/{}", source["id"])).await;
    assert!(after["last_own_event_at"].is_string(), "{after}");
}
