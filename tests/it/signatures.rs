//! Who sends: published vectors, wrong keys, corrected keys (issue, Shows 3).

use axum::http::Request;
use leadtrail::clock;
use leadtrail::providers::Provider;
use leadtrail::store::{SourceRow, projection};
use serde_json::{Value, json};

use super::support::{Answer, TestApp, rebuilds_the_same};

const CALLRAIL_BODY: &[u8] = include_bytes!("../fixtures/callrail/post_call-1.json");
const CALLRAIL_KEY: &str = "072e77e426f92738a72fe23c4d1953b4";
const CALLRAIL_SIGNATURE: &str = "UZAHbUdfm3GqL7qzilGozGzWV64=";

const TELMETRICS_BODY: &[u8] = include_bytes!("../fixtures/telmetrics/ms_aspnet_webhooks_signature_vector-1.json");
const TELMETRICS_KEY: &str = "123456789012345678901234567890123456789012345678";
const TELMETRICS_SIGNATURE: &str = "sha256=DCDEB62502988CDEDE464AF6A97566D61288C446CFC46F74F341E11173FF30A1";

const VARDA_BODY: &[u8] = include_bytes!("../fixtures/varda/03-call.ended.json");

async fn post(app: &TestApp, source: &SourceRow, part: &str, header: Option<(&str, &str)>, body: &[u8]) -> Answer {
    let mut headers = vec![("content-type", "application/json")];
    headers.extend(header);
    app.post_hook_with(source, part, &headers, body.to_vec()).await
}

async fn signature_of_newest(app: &TestApp) -> String {
    app.deliveries().await[0]["signature"].as_str().unwrap().to_string()
}

#[tokio::test]
async fn the_callrail_vector_verifies_and_a_changed_byte_does_not() {
    let app = TestApp::new();
    let source = app.add_with("callrail", false, &["another company's key", CALLRAIL_KEY], &[]).await;
    let header = Some(("Signature", CALLRAIL_SIGNATURE));
    let answer = post(&app, &source, "/post_call", header, CALLRAIL_BODY).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(signature_of_newest(&app).await, "verified");
    let lead = &app.leads().await[0];
    assert_eq!(app.timeline(lead).await[0]["unsigned"], false);

    let mut tampered = CALLRAIL_BODY.to_vec();
    let digit = tampered.iter().rposition(u8::is_ascii_digit).unwrap();
    tampered[digit] ^= 1;
    for (header, body) in
        [(header, &tampered[..]), (None, CALLRAIL_BODY), (Some(("Signature", "bm9wZQ==")), CALLRAIL_BODY)]
    {
        let answer = post(&app, &source, "/post_call", header, body).await;
        assert_eq!((answer.status, answer.json()["status"].as_str()), (202, Some("quarantined")), "{}", answer.text());
        assert_eq!(signature_of_newest(&app).await, "failed");
    }
    assert_eq!(app.timeline(lead).await.len(), 1, "never on a timeline");
}

#[tokio::test]
async fn the_telmetrics_vector_verifies_though_its_body_is_no_call() {
    let app = TestApp::new();
    let source = app.add_with("telmetrics", false, &[TELMETRICS_KEY], &[]).await;
    let answer = post(&app, &source, "", Some(("ms-signature", TELMETRICS_SIGNATURE)), TELMETRICS_BODY).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    assert_eq!(signature_of_newest(&app).await, "verified", "the reason is what it says, not who said it");
    let lower = TELMETRICS_SIGNATURE.to_lowercase();
    post(&app, &source, "", Some(("ms-signature", &lower)), TELMETRICS_BODY).await;
    assert_eq!(signature_of_newest(&app).await, "verified");
    post(&app, &source, "", Some(("ms-signature", &TELMETRICS_SIGNATURE.replace('D', "E"))), TELMETRICS_BODY).await;
    assert_eq!(signature_of_newest(&app).await, "failed");
}

#[tokio::test]
async fn varda_signs_time_and_body() {
    let app = TestApp::new();
    let source = app.add_with("varda", false, &["whsec_ours"], &[]).await;
    let signed = |key: &str| Provider::Varda.reader().sign(VARDA_BODY, key, clock::now());
    let send = async |pairs: Vec<(String, String)>| {
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        app.post_hook_with(&source, "", &headers, VARDA_BODY.to_vec()).await
    };
    assert_eq!(send(signed("whsec_other")).await.status, 202);
    assert_eq!(send(Vec::new()).await.status, 202);
    let answer = send(signed("whsec_ours")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[tokio::test]
async fn a_gzipped_body_may_be_signed_before_or_after_packing() {
    let app = TestApp::new();
    let source = app.add_with("callrail", false, &[CALLRAIL_KEY], &[]).await;
    let packed = super::support::gzip(CALLRAIL_BODY);
    let over_packed = Provider::CallRail.reader().sign(&packed, CALLRAIL_KEY, clock::now());
    for signature in [CALLRAIL_SIGNATURE, &over_packed[0].1] {
        let headers = [("content-type", "application/json"), ("content-encoding", "gzip"), ("signature", signature)];
        let answer = app.post_hook_with(&source, "/post_call", &headers, packed.clone()).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}

#[tokio::test]
async fn a_corrected_key_places_what_waited_and_only_that() {
    let app = TestApp::new();
    let source = app.add_with("callrail", false, &["mistyped"], &[]).await;
    let header = Some(("Signature", CALLRAIL_SIGNATURE));
    assert_eq!(post(&app, &source, "/post_call", header, CALLRAIL_BODY).await.status, 202);
    assert_eq!(post(&app, &source, "/post_call", None, CALLRAIL_BODY).await.status, 202);
    assert_eq!(app.leads().await.len(), 0);

    let answer = app
        .send_json("PATCH", &format!("/api/sources/{}", source.id), json!({ "add_signing_key": CALLRAIL_KEY }))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["reverified"], json!({ "checked": 2, "placed": 1 }));
    let lead = &app.leads().await[0];
    let entries = app.timeline(lead).await;
    assert_eq!((entries.len(), &entries[0]["unsigned"]), (1, &json!(false)));
    let states: Vec<_> = app.deliveries().await.iter().map(|d| d["state"].clone()).collect();
    assert_eq!(states, ["quarantined", "processed"]);

    // From then on it is accepted, and a rebuild says the same as what happened live.
    assert_eq!(post(&app, &source, "/post_call", header, CALLRAIL_BODY).await.json()["status"], "duplicate");
    rebuilds_the_same(&app).await;
}

#[tokio::test]
async fn what_was_verified_later_stands_in_the_ledger_where_it_stood() {
    let app = TestApp::new();
    let source = app.add_with("callrail", false, &["old key"], &[]).await;
    let header = Some(("Signature", CALLRAIL_SIGNATURE));
    post(&app, &source, "/post_call", header, CALLRAIL_BODY).await;
    let id = source.id;
    app.app.store.write(move |b| b.add_source_key(id, None, CALLRAIL_KEY, clock::now())).await.unwrap();
    // The same comes again before the first is looked at again: the first is the duplicate then.
    post(&app, &source, "/post_call", header, CALLRAIL_BODY).await;
    let done = app.app.ingest.reverify(id, clock::now()).await.unwrap();
    assert_eq!((done.checked, done.placed), (1, 1));
    let states: Vec<_> = app.deliveries().await.iter().map(|d| d["state"].clone()).collect();
    assert_eq!(states, ["processed", "duplicate"]);
    rebuilds_the_same(&app).await;
    assert_eq!(app.app.ingest.reverify(id, clock::now()).await.unwrap().checked, 0, "once is enough");
}

#[tokio::test]
async fn a_header_the_owner_set_has_to_match_and_may_be_corrected() {
    let app = TestApp::new();
    let source = app.add_with("meera", false, &[], &[("Authorization", "Basic mistyped")]).await;
    let body = include_bytes!("../fixtures/meera/01-Responded.jsonish");
    let header = Some(("Authorization", "Basic c2VjcmV0"));
    assert_eq!(post(&app, &source, "", header, body).await.status, 202);
    assert_eq!(post(&app, &source, "", None, body).await.status, 202);
    assert_eq!(app.leads().await.len(), 0);
    let path = format!("/api/sources/{}", source.id);
    let answer = app.send_json("PATCH", &path, json!({ "auth_header": "Authorization: Basic c2VjcmV0" })).await;
    assert_eq!(answer.json()["reverified"], json!({ "checked": 2, "placed": 1 }), "{}", answer.text());
    assert_eq!(app.leads().await.len(), 1, "only its digest was kept, and that is enough");
    assert_eq!(post(&app, &source, "", header, body).await.status, 200);
    rebuilds_the_same(&app).await;
}

#[tokio::test]
async fn a_strict_source_refuses_and_only_counts() {
    let app = TestApp::new();
    let source = app.add_with("callrail", true, &["some key"], &[]).await;
    let answer = post(&app, &source, "/post_call", Some(("Signature", CALLRAIL_SIGNATURE)), CALLRAIL_BODY).await;
    assert_eq!((answer.status, answer.json()["code"].as_str()), (401, Some("unauthorised")));
    assert_eq!((app.deliveries().await.len(), app.refused().await), (0, 1));
}

#[tokio::test]
async fn a_preview_of_a_replay_is_what_the_replay_does() {
    let app = TestApp::new();
    let source = app.add_with("callrail", false, &["mistyped"], &[]).await;
    for n in 0..5 {
        let body = String::from_utf8_lossy(CALLRAIL_BODY).replace("766970532", &format!("76697053{n}"));
        let signed = Provider::CallRail.reader().sign(body.as_bytes(), CALLRAIL_KEY, clock::now());
        let header = (n != 4).then_some((signed[0].0.as_str(), signed[0].1.as_str()));
        assert_eq!(post(&app, &source, "/post_call", header, body.as_bytes()).await.status, 202);
    }
    let id = source.id;
    app.app.store.write(move |b| b.add_source_key(id, None, CALLRAIL_KEY, clock::now())).await.unwrap();
    let hash = app.app.store.read_blocking(projection::hash).unwrap();
    let replay = async |dry_run: bool| {
        let answer = app.post_json("/api/deliveries/replay", json!({ "filter": {}, "dry_run": dry_run })).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    };
    let preview = replay(true).await;
    assert_eq!(app.app.store.read_blocking(projection::hash).unwrap(), hash, "nothing changed");
    assert_eq!(app.leads().await.len(), 0);
    assert_eq!(
        preview,
        json!({
            "checked": 5, "would_place": 4, "still_quarantined": 1, "leads_added": 1, "leads_changed": 0,
            "leads_merged": 0, "entries_added": 4, "leads": preview["leads"], "replay": null
        })
    );
    let done = replay(false).await;
    assert_eq!(
        done,
        json!({
            "checked": 5, "placed": 4, "still_quarantined": 1, "leads_added": 1, "leads_changed": 0,
            "leads_merged": 0, "entries_added": 4, "leads": preview["leads"], "replay": done["replay"]
        })
    );
    assert_eq!(app.timeline(&app.leads().await[0]).await.len(), 4);
    rebuilds_the_same(&app).await;
}

#[tokio::test]
async fn a_quarantine_of_unverified_bodies_is_bounded_and_the_rest_never_dropped() {
    let app = TestApp::new();
    let source = app.add_with("callrail", false, &["some key"], &[]).await;
    let large = vec![b'x'; 5 * 1024 * 1024];
    let mut last = Value::Null;
    for _ in 0..14 {
        let answer = post(&app, &source, "/post_call", None, &large).await;
        assert_eq!(answer.status, 202);
        last = answer.json()["delivery"].clone();
        assert!(last.is_i64(), "the oldest make room");
    }
    // 64 MiB hold 12 of 5 MiB.
    let kept = app.deliveries().await;
    assert_eq!((kept.len(), app.refused().await), (12, 2));
    assert_eq!(kept[0]["id"], last);
    // Signed ones are kept whatever they say.
    let signed = Provider::CallRail.reader().sign(&large, "some key", clock::now());
    let header = Some((signed[0].0.as_str(), signed[0].1.as_str()));
    assert!(post(&app, &source, "/post_call", header, &large).await.json()["delivery"].is_i64());
    let check = app.app.store.read_fresh(leadtrail::store::checkup::check).unwrap();
    assert!(check.ok, "{:?}", check.problems);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_that_shares_its_commit_with_webhooks_loses_none_of_them() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    let body = |n: u32| String::from_utf8_lossy(CALLRAIL_BODY).replace("766970532", &format!("76697053{n}"));
    app.post_hook(&source, "/post_call", body(0)).await;
    // The writer is held up, so that all of what follows waits for one commit.
    let store = app.app.store.clone();
    let held = tokio::spawn(async move {
        store
            .write(|_| {
                std::thread::sleep(std::time::Duration::from_millis(400));
                Ok(())
            })
            .await
    });
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    let ingest = app.app.ingest.clone();
    let rebuild = async {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        tokio::task::spawn_blocking(move || ingest.rebuild(|_, _| {})).await.unwrap().unwrap();
    };
    let after = async {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        app.post_hook(&source, "/post_call", body(2)).await
    };
    let before = app.post_hook(&source, "/post_call", body(1));
    let (before, (), after) = futures_util::future::join3(before, rebuild, after).await;
    held.await.unwrap().unwrap();
    assert_eq!((before.status, after.status), (200, 200));
    assert_eq!(app.timeline(&app.leads().await[0]).await.len(), 3);
    rebuilds_the_same(&app).await;
}

#[tokio::test]
async fn what_waited_is_released_when_a_mistaken_key_is_taken_away() {
    let app = TestApp::new();
    let added = app
        .post_json("/api/sources", json!({ "provider": "telmetrics", "name": "T", "signing_key": "mistaken" }))
        .await;
    let added = added.json();
    let (id, key) = (&added["id"], added["key"].as_str().unwrap().to_string());
    let body = include_bytes!("../fixtures/telmetrics/01-CallPreprocessed-v4.json");
    let answer = post_to(&app, &format!("/hooks/{key}"), body.to_vec()).await;
    assert_eq!(answer.status, 202);
    assert!(app.leads().await.is_empty());
    let change = json!({ "remove_signing_key": added["signing_keys"][0]["id"] });
    let changed = app.send_json("PATCH", &format!("/api/sources/{id}"), change).await.json();
    assert_eq!(changed["reverified"], json!({ "checked": 1, "placed": 1 }));
    let entries = app.timeline(&app.leads().await[0]).await;
    assert_eq!(entries[0]["unsigned"], json!(true), "nobody vouches for it");
    rebuilds_the_same(&app).await;
}

#[tokio::test]
async fn a_changed_region_counts_from_then_on_and_a_rebuild_agrees() {
    let app = TestApp::new();
    let meera = app.post_json("/api/sources", json!({ "provider": "meera", "name": "M" })).await.json();
    let body = |number: &str| {
        json!({ "lead_status": "Posted", "lead_details": { "lead_id": number, "mobile_number": number } }).to_string()
    };
    let path = format!("/hooks/{}", meera["key"].as_str().unwrap());
    post_to(&app, &path, body("0491 573 087").into_bytes()).await;
    app.send_json("PATCH", &format!("/api/sources/{}", meera["id"]), json!({ "region": "AU" })).await;
    post_to(&app, &path, body("0491 573 088").into_bytes()).await;
    let phones: Vec<_> = app.leads().await.iter().map(|lead| lead["phones"].clone()).collect();
    assert!(phones.contains(&json!(["+61491573088"])), "{phones:?}");
    rebuilds_the_same(&app).await;
}

#[tokio::test]
async fn one_odd_element_does_not_hide_the_others() {
    let app = TestApp::new();
    let telmetrics = app.post_json("/api/sources", json!({ "provider": "telmetrics", "name": "T" })).await.json();
    let mut body: Value =
        serde_json::from_slice(include_bytes!("../fixtures/telmetrics/01-CallPreprocessed-v4.json")).unwrap();
    body["Notifications"].as_array_mut().unwrap().push(json!({ "Action": "CallDetails.SomethingNew" }));
    let path = format!("/hooks/{}", telmetrics["key"].as_str().unwrap());
    let answer = post_to(&app, &path, body.to_string().into_bytes()).await;
    assert_eq!((answer.status, answer.json()["events"].as_i64()), (200, Some(1)));
    let kept = app.get_json("/api/deliveries/1").await;
    assert_eq!(kept["state"], "repaired");
    assert!(kept["repairs"][0].as_str().unwrap().starts_with("one part left out"), "{kept}");

    let curious = app.post_json("/api/sources", json!({ "provider": "curious-thing", "name": "C" })).await.json();
    let path = format!("/hooks/{}/sms_received", curious["key"].as_str().unwrap());
    let batch = json!([{ "foo": 1 }, { "time": "2022-08-31T21:46:58.621Z", "from": "61491573087", "to": "61491570006",
        "message": "hello", "campaignId": "c" }]);
    let answer = post_to(&app, &path, batch.to_string().into_bytes()).await;
    assert_eq!((answer.status, answer.json()["events"].as_i64()), (200, Some(1)));
}

async fn post_to(app: &TestApp, path: &str, body: Vec<u8>) -> Answer {
    let request = Request::post(path).header("content-type", "application/json").body(body.into()).unwrap();
    app.hook(request).await
}
