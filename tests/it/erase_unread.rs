//! Deliveries that nobody could read are looked into all the same when somebody is erased: however they were packed and
//! written, and whether they tell a name, a number, a mail or only what the service calls the person.

use std::io::Write;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::{DeflateEncoder, ZlibEncoder};
use leadtrail::clock;
use leadtrail::store::{NewSource, SourceRow, sources};
use serde_json::{Value, json};

use super::erase::{call, rebuilt_the_same};
use super::support::{TestApp, gzip};

/// A note that names somebody, cut off before its end.
fn note(name: &str) -> Vec<u8> {
    format!("{{\"note\": \"call {name} back, please\", \"area\": 1").into_bytes()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn raw_deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The notes that name these two, as brotli (made by another program: there is nothing here that packs so).
fn brotli(name: &str) -> Vec<u8> {
    let text = match name {
        ZQ => BROTLI_ZQ,
        _ => BROTLI_ANN,
    };
    STANDARD.decode(text).unwrap()
}

const ZQ: &str = "Zebulon Quartermain";
const ANN: &str = "Ann Other";
const BROTLI_ZQ: &str = "G7sAAEXdlupYfrE+RdvFi4L8RYMINTlgvz0FGCbe9oUUWe5g6yo5OfB8Rh6ngmf6MzUOhvnINcCaAIHxI5BpqN7uzvgGGUqcFSEBtf9oY3l1ewILrCG4dwder6KAmRUVBQ==";
const BROTLI_ANN: &str = "G7EAAC0LeNOoq2S0BlTT4GKi8rR0M9tLkZiwDCJLSxG6vGLRaZAyFpGF9gY1OWC/PQUYtiX+hRRZ7mDrKjEy8MyStKlxMMxHHtYECOdHINPQQmwTSjZ9Pdq4Xf0NYcjsM4FXqYZ8SgE=";

/// A note with so much after it that it can be torn.
fn long(name: &str, numbers: u32) -> Vec<u8> {
    let more: String = (0..numbers).map(|n| format!(" {}", n.wrapping_mul(2_654_435_761))).collect();
    [note(name), more.into_bytes()].concat()
}

/// Ways to pack a note, each with what its header says; what is made so cannot be read at the door.
fn packed(name: &str) -> Vec<(&'static str, Vec<u8>)> {
    let plain = note(name);
    let torn = |mut bytes: Vec<u8>| {
        bytes.truncate(bytes.len() / 2);
        bytes
    };
    let zstd = |bytes: &[u8]| zstd::encode_all(bytes, 3).unwrap();
    vec![
        ("deflate", zlib(&plain)),
        ("deflate", raw_deflate(&plain)),
        ("Deflate ", zlib(&plain)),
        ("br", brotli(name)),
        ("br", brotli(name)[..brotli(name).len() - 6].to_vec()),
        ("zstd", zstd(&plain)),
        ("gzip", torn(gzip(&long(name, 4000)))),
        ("deflate", torn(zlib(&long(name, 4000)))),
        ("deflate", torn(raw_deflate(&long(name, 4000)))),
        ("zstd", torn(zstd(&long(name, 60_000)))),
        ("gzip", gzip(&gzip(&plain))),
        ("gzip, gzip", gzip(&gzip(&plain))),
        ("", gzip(&gzip(&gzip(&plain)))),
        ("br, gzip", gzip(&brotli(name))),
        ("deflate, gzip", gzip(&raw_deflate(&plain))),
        ("gzip", gzip(&zlib(&plain))),
        ("x-snappy", gzip(&plain)),
        // Without saying so.
        ("", zlib(&plain)),
        ("", zstd(&plain)),
        ("", torn(gzip(&long(name, 4000)))),
    ]
}

async fn waiting(app: &TestApp) -> Vec<Value> {
    let waiting = app.get_json("/api/deliveries?state=quarantined&limit=500").await;
    waiting["items"].as_array().unwrap().clone()
}

async fn erase(app: &TestApp, lead: &Value) -> Value {
    let answer = app.post_json(&format!("/api/leads/{lead}/erase"), json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// One more source of a service.
async fn another(app: &TestApp, provider: &str) -> Arc<SourceRow> {
    let (provider, key) = (provider.to_string(), sources::new_key().unwrap());
    let new = NewSource { name: format!("Another {provider}"), provider, region: "US".into(), strict: false, key };
    let id = app.app.store.write(move |batch| batch.add_source(&new, clock::now())).await.unwrap();
    Arc::new(app.app.store.read_blocking(|c| sources::by_id(c, id)).unwrap())
}

/// The lead that a call of Zebulon Quartermain makes.
async fn zebulon(app: &TestApp, callrail: &SourceRow) -> Value {
    let body: Value = serde_json::from_str(&call("CALzq19f3a0c77", ZQ, "+14045550187", "Hello")).unwrap();
    assert_eq!(app.post_hook(callrail, "/post_call", body.to_string()).await.status, 200);
    app.get_json("/api/leads?q=4045550187").await["items"][0]["id"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_packed_is_looked_into_whatever_packs_it() {
    let app = TestApp::new();
    let callrail = app.add("callrail").await;
    let lead = zebulon(&app, &callrail).await;
    for name in [ZQ, ANN] {
        for (encoding, body) in packed(name) {
            let headers = [("content-type", "application/json"), ("content-encoding", encoding)];
            let headers = if encoding.is_empty() { &headers[..1] } else { &headers };
            assert_eq!(app.post_hook_with(&callrail, "/post_call", headers, body).await.status, 202, "{encoding}");
        }
    }
    let ways = packed(ANN).len();
    assert_eq!(waiting(&app).await.len(), 2 * ways);
    let before: Vec<Value> = waiting(&app).await.iter().map(|one| one["id"].clone()).collect();
    let erased = erase(&app, &lead).await;
    let left: Vec<Value> = waiting(&app).await.iter().map(|one| one["id"].clone()).collect();
    // The newest first: Ann's came last.
    assert_eq!(left, before[..ways], "all of theirs are gone, and none of anybody else");
    assert_eq!(erased["quarantined"], ways);
    rebuilt_the_same(&app);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_unpacks_to_much_more_takes_an_end() {
    let app = TestApp::new();
    let callrail = app.add("callrail").await;
    let lead = zebulon(&app, &callrail).await;
    let headers = [("content-type", "application/json"), ("content-encoding", "deflate")];
    // The name stands at the beginning of what is a thousand times as large, and behind more than is ever looked at.
    let begins = zlib(&[note(ZQ), vec![b' '; 12 << 20]].concat());
    let ends = zlib(&[vec![b' '; 12 << 20], note(ZQ)].concat());
    for body in [begins, ends] {
        assert_eq!(app.post_hook_with(&callrail, "/post_call", &headers, body).await.status, 202);
    }
    assert_eq!(erase(&app, &lead).await["quarantined"], 1);
    assert_eq!(waiting(&app).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_in_old_writings_are_looked_into() {
    let app = TestApp::new();
    let callrail = app.add("callrail").await;
    let meera = app.add("meera").await;
    let status = json!({
        "status": true, "message": "Success", "lead_status": "Responded",
        "lead_details": { "lead_id": 7041, "full_name": "Zébulon Quartermain", "mobile_number": "+14045550187",
            "email": "zq@example.com", "campaign_name": "Spring", "campaign_id": 1, "user_timezone": "America/New_York" },
    });
    assert_eq!(app.post_hook(&meera, "", status.to_string()).await.status, 200);
    let lead = app.get_json("/api/leads?q=4045550187").await["items"][0]["id"].clone();
    let theirs: Vec<Vec<u8>> = vec![
        b"{\"name\": \"Z\xe9bulon Quartermain\"".to_vec(),
        "{\"name\": \"Zebulon Quartermain\"".chars().flat_map(|c| u32::to_le_bytes(u32::from(c))).collect(),
        b"{\"name\": \"%u005Aebulon %u0051uartermain\"".to_vec(),
        b"{\"name\": \"\\132ebulon \\121uartermain\"".to_vec(),
        hex::encode("{\"name\": \"Zebulon Quartermain\"").into_bytes(),
        b"{\"area\":\"404\",\"number\":\"5550187\"".to_vec(),
        b"{\"digits\":[\"4\",\"0\",\"4\",\"5\",\"5\",\"5\",\"0\",\"1\",\"8\",\"7\"]".to_vec(),
        b"{\"to\":\"bounce-zq=example.com@lists.example.net\"".to_vec(),
        b"{\"to\":\"zq+news@example.com\"".to_vec(),
    ];
    let others: Vec<Vec<u8>> = vec![
        b"{\"name\": \"Z\xe9bulon Other\"".to_vec(),
        hex::encode("{\"name\": \"Zebulon Other\"").into_bytes(),
        b"{\"area\":\"770\",\"number\":\"5550187\"".to_vec(),
        b"{\"to\":\"ann.zq+news@example.com\"".to_vec(),
    ];
    for body in theirs.iter().chain(&others) {
        assert_eq!(app.post_hook(&callrail, "/post_call", body.clone()).await.status, 202);
    }
    assert_eq!(erase(&app, &lead).await["quarantined"], theirs.len());
    assert_eq!(waiting(&app).await.len(), others.len());
    rebuilt_the_same(&app);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_service_calls_a_person_is_proof_among_what_it_sends() {
    let app = TestApp::new();
    let callrail = app.add("callrail").await;
    let meera = app.add("meera").await;
    let other_meera = another(&app, "meera").await;
    let varda = app.add("varda").await;
    let lead = zebulon(&app, &callrail).await;
    let status = json!({
        "status": true, "message": "Success", "lead_status": "Responded",
        "lead_details": { "lead_id": 7041, "full_name": ZQ, "mobile_number": "+14045550187", "campaign_name": "Spring",
            "campaign_id": 1, "user_timezone": "America/New_York" },
    });
    assert_eq!(app.post_hook(&meera, "", status.to_string()).await.status, 200);
    let chat = json!({
        "event": "message.created", "timestamp": "2026-03-25T18:31:00Z",
        "data": { "id": 8031, "conversation_id": 9031, "direction": "inbound", "content": "Hello", "channel_type": "webchat",
            "created_at": "2026-03-25T18:31:00Z", "contact": { "id": 456, "name": ZQ, "phone": "(404) 555-0187" } },
    });
    assert_eq!(app.post_hook(&varda, "", chat.to_string()).await.status, 200);

    let theirs = [
        (&meera, "", "{\"lead_details\": {\"lead_id\": 7041, \"note\": \"rang\""),
        (&meera, "", "{\"lead_id\": \"7041\""),
        (&meera, "", "{\\\"lead_id\\\":7041"),
        (&meera, "", "{'leadId': 7041"),
        (&meera, "", "lead_id=7041&note=%"),
        (&meera, "", "<lead_id>7041</lead_id>"),
        (&meera, "", "{\"lead\": {\"id\": 7041"),
        (&callrail, "/post_call", "{\"resource_id\": \"CALzq19f3a0c77\", \"note\": \"hung up\""),
        (&callrail, "/post_call", "{\"see\": \"https://app.callrail.com/calls/CALzq19f3a0c77/recording\""),
        (&varda, "", "{\"data\": {\"conversation_id\": 9031"),
        (&varda, "", "{\"data\": {\"contact\": {\"name\": null, \"id\": 456"),
    ];
    let others = [
        (&meera, "", "{\"lead_details\": {\"lead_id\": 70411"),
        (&meera, "", "{\"lead_details\": {\"lead_id\": 17041"),
        (&meera, "", "{\"lead_id\": 7041.5"),
        (&meera, "", "{\"campaign_id\": 7041"),
        (&meera, "", "{\"id\": 7041"),
        (&meera, "", "{\"seconds\": 7041, \"lead_id\": 7042"),
        (&meera, "", "{\"campaign\": {\"id\": 7041}, \"lead\": {\"id\": 5"),
        // Another account counts its own.
        (&other_meera, "", "{\"lead_details\": {\"lead_id\": 7041"),
        (&callrail, "/post_call", "{\"resource_id\": \"CALzq19f3a0c78\""),
        (&callrail, "/post_call", "{\"resource_id\": \"CALzq19f3a0c77b\""),
        (&callrail, "/post_call", "{\"lead_id\": 7041"),
        (&varda, "", "{\"data\": {\"conversation_id\": 456"),
        (&varda, "", "{\"data\": {\"contact_id\": 9031"),
        (&varda, "", "{\"data\": {\"agent\": {\"id\": 456"),
    ];
    for (source, event, body) in theirs.iter().chain(&others) {
        assert_eq!(app.post_hook(source, event, body.to_string()).await.status, 202, "{body}");
    }
    let erased = erase(&app, &lead).await;
    let mut left = Vec::new();
    for one in waiting(&app).await {
        left.push(app.get_json(&format!("/api/deliveries/{}", one["id"])).await["body"].clone());
    }
    let kept = |body: &&str| left.iter().any(|text| text.as_str().is_some_and(|text| text == *body));
    assert_eq!(theirs.map(|(_, _, body)| body).iter().filter(|b| kept(b)).collect::<Vec<_>>(), Vec::<&&str>::new());
    assert_eq!(others.map(|(_, _, body)| body).iter().filter(|b| !kept(b)).collect::<Vec<_>>(), Vec::<&&str>::new());
    assert_eq!((erased["quarantined"].as_u64(), left.len()), (Some(theirs.len() as u64), others.len()));
    rebuilt_the_same(&app);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_told_who_elses_messages_name_the_person() {
    let app = TestApp::new();
    let callrail = app.add("callrail").await;
    let lead = zebulon(&app, &callrail).await;
    for (id, name, phone, words) in [
        ("CALann", "Ann Other", "+16785550142", "Zebulon Quartermain told me about you"),
        ("CALbob", "Bob Third", "+16785550143", "ring my neighbour at (404) 555-0187"),
        ("CALcat", "Cat Fourth", "+16785550144", "Zebulon came by, and Mr Quartermain too"),
        ("CALdan", "Dan Fifth", "+16785550145", "404 of 555 were late, 0187 not"),
    ] {
        assert_eq!(app.post_hook(&callrail, "/post_call", call(id, name, phone, words)).await.status, 200);
    }
    let ann = app.get_json("/api/leads?q=6785550142").await["items"][0]["id"].clone();
    let ask = app.post_json(&format!("/api/leads/{lead}/erase"), json!({ "dry_run": true })).await.json();
    for told in [ask, erase(&app, &lead).await] {
        let places = told["named_in"].as_array().unwrap();
        let mut names: Vec<&str> = places.iter().map(|one| one["lead_name"].as_str().unwrap()).collect();
        names.sort_unstable();
        assert_eq!((names, &told["named_elsewhere"]), (vec!["Ann Other", "Bob Third"], &json!(2)), "{told}");
        let of_ann = places.iter().find(|one| one["lead_name"] == "Ann Other").unwrap();
        assert_eq!(of_ann["lead_id"], ann);
        let timeline = app.get_json(&format!("/api/leads/{ann}/timeline")).await;
        let entry = timeline["entries"].as_array().unwrap().iter().find(|entry| entry["id"] == of_ann["entry"]);
        assert!(entry.is_some_and(|entry| entry.to_string().contains("Quartermain")), "it stays with who said it");
    }
}
