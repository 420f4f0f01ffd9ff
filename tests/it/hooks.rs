//! The public door, every row of its table (design.md section 4).

use axum::body::Body;
use axum::http::Request;
use leadtrail::settings::Values;
use serde_json::json;

use super::support::{TestApp, gzip};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// A text somebody sent.
fn text(id: &str, from: &str, words: &str) -> String {
    json!({
        "id": 1, "resource_id": id, "source_number": from, "destination_number": "770-555-5555", "content": words,
        "timestamp": "2026-03-03T10:00:00.000-05:00", "conversation_id": "c1",
        "company_resource_id": "COM1", "person_resource_id": format!("PER{from}"),
    })
    .to_string()
}

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn accepted_is_200_with_its_number_and_on_the_timeline() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    let answer = app.post_hook(&source, "/text_message_received", text("SCI1", "202-555-0142", "Hello")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json(), json!({ "status": "accepted", "delivery": 1, "events": 1 }));
    let leads = app.leads().await;
    assert_eq!(leads[0]["phones"], json!(["+12025550142"]));
    let entries = app.timeline(&leads[0]).await;
    assert_eq!(entries[0]["message"]["text"], "Hello");
    assert_eq!(entries[0]["at"], "2026-03-03T15:00:00Z");
    assert_eq!(entries[0]["unsigned"], true, "nothing vouches for it but the key in its address");
}

#[tokio::test]
async fn a_repeat_is_a_duplicate_counted_and_shown_once() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    let body = text("SCI1", "202-555-0142", "Hello");
    app.post_hook(&source, "/text_message_received", body.clone()).await;
    let again = app.post_hook(&source, "/text_message_received", body).await;
    assert_eq!(again.status, 200);
    assert_eq!(again.json(), json!({ "status": "duplicate", "delivery": 2, "events": 1 }));
    let leads = app.leads().await;
    assert_eq!((leads.len(), app.timeline(&leads[0]).await.len()), (1, 1));
    let states: Vec<_> = app.deliveries().await.iter().map(|d| d["state"].clone()).collect();
    assert_eq!(states, ["duplicate", "processed"]);
}

#[tokio::test]
async fn the_same_text_twice_in_one_batch_counts_once() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    let body = text("SCI1", "202-555-0142", "Hello");
    let many = (0..20).map(|_| app.post_hook(&source, "/text_message_received", body.clone()));
    let answers = futures_util::future::join_all(many).await;
    let accepted = answers.iter().filter(|answer| answer.json()["status"] == "accepted").count();
    assert_eq!((accepted, answers.len()), (1, 20));
    assert_eq!(app.timeline(&app.leads().await[0]).await.len(), 1);
}

#[tokio::test]
async fn what_cannot_be_read_is_202_and_kept_with_the_reason() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    for (part, body, says) in [
        ("/text_message_received", "{\"a\": ", "breaks off"),
        ("/text_message_received", "", "empty"),
        ("/text_message_received", "hello", "read"),
        ("/text_message_received", "{}", ""),
        ("/nonsense", "{}", "nonsense"),
    ] {
        let answer = app.post_hook(&source, part, body).await;
        assert_eq!(answer.status, 202, "{body}");
        let json = answer.json();
        assert_eq!(json["status"], "quarantined");
        assert!(json["reason"].as_str().is_some_and(|r| r.len() > 10 && r.contains(says)), "{json}");
        let kept = app.get_json(&format!("/api/deliveries/{}", json["delivery"])).await;
        assert_eq!(
            (&kept["state"], &kept["reason"], &kept["body"]),
            (&json!("quarantined"), &json["reason"], &json!(body))
        );
    }
    assert_eq!(app.leads().await.len(), 0);
}

#[tokio::test]
async fn the_place_at_fault_is_kept() {
    let app = TestApp::new();
    let source = app.add("telmetrics").await;
    let body = include_str!("../fixtures/telmetrics/ours-start-time-unreadable.json");
    let answer = app.post_hook(&source, "", body).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    let kept = app.get_json("/api/deliveries/1").await;
    let line = kept["place"]["line"].as_u64().unwrap() as usize;
    assert!(body.lines().nth(line - 1).unwrap().to_lowercase().contains("start"), "{kept}");
}

#[tokio::test]
async fn unknown_keys_and_unknown_paths_get_one_answer() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    let unknown = "/hooks/0123456789abcdef0123456789abcdef01234567";
    let wrong = app.hook(get(unknown)).await;
    assert_eq!(wrong.status, 404);
    for path in [
        format!("{unknown}/post_call"),
        format!("/hooks/{}/post_call/more", source.key),
        format!("/hooks/{}x", source.key),
        format!("/hooks/{}", source.key.to_uppercase()),
        "/hooks/%ff%fe".into(),
        "/hooks/".into(),
        "/hooks".into(),
        "/".into(),
        "/api/leads".into(),
        "/api/status".into(),
    ] {
        for method in ["GET", "POST"] {
            let request = Request::builder().method(method).uri(&path).body(Body::from("{}")).unwrap();
            let answer = app.hook(request).await;
            assert_eq!((answer.status, answer.body), (404, wrong.body.clone()), "{method} {path}");
        }
    }
    assert!(app.refused().await >= 5, "they are counted");
    assert_eq!(app.deliveries().await.len(), 0, "and leave nothing behind");
}

#[tokio::test]
async fn a_flood_of_wrong_keys_costs_others_nothing() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    app.post_hook(&source, "/text_message_received", text("SCI1", "202-555-0142", "Hello")).await;
    let flood = futures_util::future::join_all((0..500).map(|n| app.hook(get(&format!("/hooks/flood{n}")))));
    let valid = async {
        for n in 0..10 {
            let body = text(&format!("SCI{n}"), "202-555-0142", "Hello");
            assert_eq!(app.post_hook(&source, "/text_message_received", body).await.status, 200);
        }
    };
    let (flood, ()) = futures_util::future::join(flood, valid).await;
    assert!(flood.iter().all(|answer| answer.status == 404));
    // A source that is added in the middle of it works at once.
    let added = app.add("varda").await;
    assert_eq!(app.hook(get(&format!("/hooks/{}", added.key))).await.status, 200);
}

#[tokio::test]
async fn a_closed_address_answers_like_an_unknown_one() {
    let app = TestApp::new();
    let source = app.add("varda").await;
    let path = format!("/hooks/{}", source.key);
    assert_eq!(app.hook(get(&path)).await.status, 200);
    let id = source.id;
    app.app.store.write(move |batch| batch.close_source(id, leadtrail::clock::now())).await.unwrap();
    assert_eq!(app.hook(get(&path)).await.status, 404);
}

#[tokio::test]
async fn the_address_says_that_it_works() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    for (part, says) in
        [("/post_call", "works. Leadtrail listens"), ("", "longer one for each"), ("/nope", "not an event")]
    {
        let answer = app.hook(get(&format!("/hooks/{}{part}", source.key))).await;
        assert_eq!(answer.status, 200);
        assert!(answer.header("content-type").unwrap().starts_with("text/plain"));
        assert!(answer.text().contains(says), "{}", answer.text());
        let path = format!("/hooks/{}{part}", source.key);
        let head = app.hook(Request::head(path).body(Body::empty()).unwrap()).await;
        assert_eq!((head.status, head.body.len()), (200, 0));
    }
    assert_eq!(app.deliveries().await.len(), 0);
}

#[tokio::test]
async fn an_echo_is_the_word_alone() {
    let app = TestApp::new();
    let source = app.add("telmetrics").await;
    let echo = async |query: &str| app.hook(get(&format!("/hooks/{}?{query}", source.key))).await;
    let answer = echo("echo=4662F088F821DF150AD475B678CB723E").await;
    assert_eq!((answer.status, answer.text().as_str()), (200, "4662F088F821DF150AD475B678CB723E"));
    assert!(answer.header("content-type").unwrap().starts_with("text/plain"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(echo("x=1&echo=a%20b%3Cscript%3E").await.text(), "a b<script>");
    assert!(echo(&format!("echo={}", "x".repeat(1025))).await.text().contains("works"), "within reason");
    assert_eq!(app.hook(get("/hooks/unknown?echo=abc")).await.status, 404, "only for who holds the key");
}

#[tokio::test]
async fn healthz_says_ok_and_nothing_else() {
    let app = TestApp::new();
    let answer = app.hook(get("/healthz")).await;
    assert_eq!((answer.status, answer.text().as_str()), (200, "ok"));
}

#[tokio::test]
async fn other_methods_are_405() {
    let app = TestApp::new();
    let source = app.add("varda").await;
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"] {
        let request = Request::builder().method(method).uri(format!("/hooks/{}", source.key));
        let answer = app.hook(request.body(Body::from("{}")).unwrap()).await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD, POST")), "{method}");
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
}

#[tokio::test]
async fn forms_are_read_like_json() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    let body = "resource_id=SCI7&source_number=202-555-0142&destination_number=770-555-5555&content=Hi+there\
                &timestamp=2026-03-03T10%3A00%3A00-05%3A00";
    let answer = app.post_hook_with(&source, "/text_message_received", &[FORM], body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let entries = app.timeline(&app.leads().await[0]).await;
    assert_eq!(entries[0]["message"]["text"], "Hi there");
}

#[tokio::test]
async fn gzip_is_taken_off_within_the_same_limit() {
    let app = TestApp::with(Values { body_limit: 100_000, ..Values::default() });
    let source = app.add("callrail").await;
    let packed = [("content-type", "application/json"), ("content-encoding", "gzip")];
    let body = text("SCI1", "202-555-0142", "Hello");
    let answer = app.post_hook_with(&source, "/text_message_received", &packed, gzip(body.as_bytes())).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let plain = app.post_hook(&source, "/text_message_received", body.clone()).await;
    assert_eq!(plain.json()["status"], "duplicate", "packed or not, it is the same event");
    let kept = app.get_json("/api/deliveries/1").await;
    assert_eq!(kept["body"], json!(body), "shown as it was meant");

    let bomb = gzip(&vec![b' '; 50_000_000]);
    assert!(bomb.len() < 100_000);
    let answer = app.post_hook_with(&source, "/text_message_received", &packed, bomb).await;
    assert_eq!(answer.status, 413);

    let mut torn = gzip(body.as_bytes());
    torn.truncate(torn.len() - 8);
    let answer = app.post_hook_with(&source, "/text_message_received", &packed, torn).await;
    assert_eq!((answer.status, answer.json()["status"].as_str()), (202, Some("quarantined")));
}

#[tokio::test]
async fn a_body_over_the_limit_is_413_and_only_counted() {
    let app = TestApp::with(Values { body_limit: 10_000, ..Values::default() });
    let source = app.add("callrail").await;
    for length in [10_001, 2_000_000] {
        let answer = app.post_hook(&source, "/text_message_received", vec![b' '; length]).await;
        assert_eq!(answer.status, 413);
        assert_eq!(answer.json()["code"], "too_large");
        let stream =
            futures_util::stream::iter((0..length / 1000 + 1).map(|_| Ok::<_, std::io::Error>(vec![b' '; 1000])));
        let chunked = app.post_hook(&source, "/text_message_received", Body::from_stream(stream)).await;
        assert_eq!(chunked.status, 413, "also when its length is not announced");
    }
    let fits = app.post_hook(&source, "/text_message_received", vec![b' '; 10_000]).await;
    assert_eq!(fits.status, 202);
    assert_eq!(app.refused().await, 4);
    assert_eq!(app.deliveries().await.len(), 1);
}

#[tokio::test]
async fn five_mebibytes_are_the_limit_unless_the_owner_says_otherwise() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    let body = text("SCI1", "202-555-0142", &"long ".repeat(1_000_000));
    assert_eq!(app.post_hook(&source, "/text_message_received", body).await.status, 200);
    assert_eq!(app.post_hook(&source, "/text_message_received", vec![b' '; 5 * 1024 * 1024 + 1]).await.status, 413);
}

#[tokio::test]
async fn a_rate_is_off_unless_the_owner_sets_one() {
    let app = TestApp::with(Values { rate_per_minute: Some(2), ..Values::default() });
    let (source, other) = (app.add("callrail").await, app.add("varda").await);
    for n in 0..2 {
        let body = text(&format!("SCI{n}"), "202-555-0142", "Hello");
        assert_eq!(app.post_hook(&source, "/text_message_received", body).await.status, 200);
    }
    let refused = app.post_hook(&source, "/text_message_received", text("SCI9", "202-555-0142", "Hello")).await;
    assert_eq!(refused.status, 429);
    assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() <= 30);
    assert_eq!(app.post_hook(&other, "", "{}").await.status, 202, "each source has its own");
    assert_eq!((app.deliveries().await.len(), app.refused().await), (3, 1));
}

#[tokio::test]
async fn a_disk_that_cannot_take_it_is_503_and_nothing_is_half_there() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    let pages: i64 = app.app.store.read_blocking(|c| Ok(c.query_row("PRAGMA page_count", [], |r| r.get(0))?)).unwrap();
    let full = move |n: i64| {
        move |batch: &mut leadtrail::store::Batch<'_>| {
            Ok(batch.transaction().pragma_update(None, "max_page_count", n).map(drop)?)
        }
    };
    app.app.store.write(full(pages + 1)).await.unwrap();
    // Words that do not pack small.
    let noise: String = (0..60_000).map(|_| fastrand::alphanumeric()).collect();
    let body = text("SCI1", "202-555-0142", &noise);
    let answer = app.post_hook(&source, "/text_message_received", body.clone()).await;
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert!(answer.header("retry-after").is_some());
    assert_eq!(answer.json()["code"], "busy");
    assert!(app.app.ingest.write_failure().is_some(), "the owner is told");
    assert_eq!((app.deliveries().await.len(), app.leads().await.len()), (0, 0));
    app.app.store.write(full(1_000_000)).await.unwrap();
    assert_eq!(app.post_hook(&source, "/text_message_received", body).await.status, 200);
    assert!(app.app.ingest.write_failure().is_none());
}

#[tokio::test]
async fn queries_are_ignored_however_long() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    let part = format!("/text_message_received?x={}", "y".repeat(20_000));
    assert_eq!(app.post_hook(&source, &part, text("SCI1", "202-555-0142", "Hello")).await.status, 200);
}

#[tokio::test]
async fn a_logged_request_is_read_from_within() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    let inner: serde_json::Value = serde_json::from_str(&text("SCI1", "202-555-0142", "Hello")).unwrap();
    let logged = json!({
        "method": "POST", "url": "https://x.example/hooks/k/text_message_received?z=1",
        "headers": { "Signature": "abc" }, "body": inner,
    });
    let answer = app.post_hook(&source, "", logged.to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let kept = app.get_json("/api/deliveries/1").await;
    assert_eq!((kept["state"].as_str(), kept["repairs"][0].as_str().is_some()), (Some("repaired"), true), "{kept}");
}

#[tokio::test]
async fn headers_of_the_way_and_secrets_are_not_kept() {
    let app = TestApp::new();
    let source = app.add_with("meera", false, &[], &[("X-Our-Word", "open sesame")]).await;
    let headers = [
        ("content-type", "application/json"),
        ("user-agent", "Meera/1"),
        ("cookie", "session=biscuit"),
        ("authorization", "Bearer swordfish"),
        ("x-api-token", "swordfish"),
        ("x-our-word", "open sesame"),
        ("x-forwarded-for", "203.0.113.7"),
        ("x-trace", "kept"),
    ];
    let body = include_bytes!("../fixtures/meera/01-Responded.jsonish").to_vec();
    let answer = app.post_hook_with(&source, "", &headers, body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let stored: Vec<u8> = {
        let row = app.app.store.read_blocking(|c| leadtrail::store::journal::delivery(c, 1)).unwrap();
        row.headers
    };
    let stored = String::from_utf8(stored).unwrap();
    for secret in ["swordfish", "sesame", "biscuit", "203.0.113.7"] {
        assert!(!stored.contains(secret), "{secret} in {stored}");
    }
    for kept in ["Meera/1", "x-trace", "authorization", "application/json"] {
        assert!(stored.contains(kept), "{kept} in {stored}");
    }
    let shown = app.get_json("/api/deliveries/1").await["headers"].to_string();
    assert!(!shown.contains("hidden:"), "{shown}");
}

#[tokio::test]
async fn hostile_text_is_kept_and_harmless() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    let words = "<script>alert(1)</script> \u{202e}evil\u{0} javascript:alert(1)";
    let answer = app.post_hook(&source, "/text_message_received", text("SCI1", "202-555-0142", words)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(app.timeline(&app.leads().await[0]).await[0]["message"]["text"], json!(words));
    let deep = format!("{}1{}", "[".repeat(50_000), "]".repeat(50_000));
    assert_eq!(app.post_hook(&source, "/text_message_received", deep).await.status, 202);
}

#[tokio::test]
async fn the_file_closes_though_somebody_who_waits_for_it_is_stuck() {
    use futures_util::FutureExt;
    let app = TestApp::new();
    let store = app.app.store.clone();
    let mut waits = Box::pin(store.write(|batch| batch.set("a", "b")));
    // Handed over, and mostly not asked for its answer: a quick writer may have it ready already.
    let early = waits.as_mut().now_or_never();
    store.close();
    match early {
        Some(answer) => answer.unwrap(),
        None => waits.await.unwrap(),
    }
    assert!(store.write(|batch| batch.set("a", "c")).await.is_err(), "after that nothing is taken");
}
