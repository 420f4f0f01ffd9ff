//! The ledger: what came, what became of it, and where it led.

use serde_json::{Value, json};

use super::support::TestApp;

const TEXT: &str = include_str!("../fixtures/callrail/text_message_received-1.json");
const SECRET: &str = "Bearer do-not-show-this-4242";

fn items(page: &Value) -> &Vec<Value> {
    page["items"].as_array().unwrap()
}

/// One text, twice; one body nobody can read; one unknown event; ten calls of a second source.
async fn house() -> TestApp {
    let house = TestApp::new();
    let one = house.add("callrail").await;
    let headers = [("content-type", "application/json"), ("authorization", SECRET), ("user-agent", "CallRail/1.0")];
    assert_eq!(house.post_hook_with(&one, "/text_message_received", &headers, TEXT).await.status, 200);
    assert_eq!(house.post_hook(&one, "/text_message_received", TEXT).await.json()["status"], "duplicate");
    assert_eq!(house.post_hook(&one, "/post_call", "{\n  \"id\": oh no").await.status, 202);
    let two = house.add("varda").await;
    let sample = include_str!("../fixtures/varda/03-call.ended.json");
    for n in 0..10 {
        let body = sample.replace("\"id\"", &format!("\"n\": {n}, \"id\""));
        assert!(house.post_hook(&two, "", body).await.status < 300);
    }
    house
}

#[tokio::test]
async fn the_ledger_is_listed_by_state_and_source() {
    let house = house().await;
    let all = house.get_json("/api/deliveries").await;
    assert_eq!((items(&all).len(), &all["total"]), (13, &json!(13)));
    let ids: Vec<i64> = items(&all).iter().map(|d| d["id"].as_i64().unwrap()).collect();
    assert!(ids.iter().rev().is_sorted(), "newest first");
    for (query, n) in [
        ("state=quarantined", 1),
        ("source=1", 3),
        ("source=1&state=duplicate", 1),
        ("source=2&state=quarantined", 0),
        ("source=9", 0),
    ] {
        let page = house.get_json(&format!("/api/deliveries?{query}")).await;
        assert_eq!((items(&page).len() as i64, page["total"].as_i64().unwrap()), (n, n), "{query}");
    }
    for query in ["limit=4", "limit=3&source=2", "limit=1&source=1"] {
        let paged = house.pages(&format!("/api/deliveries?{query}")).await;
        let source: Option<i64> = query.split("source=").nth(1).map(|s| s.parse().unwrap());
        let wanted: Vec<&Value> =
            items(&all).iter().filter(|d| source.is_none_or(|s| d["source"] == s)).map(|d| &d["id"]).collect();
        assert_eq!(paged.iter().map(|d| &d["id"]).collect::<Vec<_>>(), wanted, "{query}");
    }
    for bad in ["state=lost", "source=x", "cursor=x", "cursor=W10"] {
        let answer = house.send_json("GET", &format!("/api/deliveries?{bad}"), json!(null)).await;
        assert_eq!(answer.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn a_delivery_says_what_it_was() {
    let house = house().await;
    let text = house.get_json("/api/deliveries/1").await;
    assert_eq!((&text["state"], &text["signature"]), (&json!("processed"), &json!("unsigned")));
    assert_eq!(text["event"], "text_message_received");
    assert_eq!(text["what"].as_str().unwrap().split(',').next().unwrap(), "1 message");
    assert_eq!(text["body"], TEXT, "as it came");
    assert_eq!(text["size"], TEXT.len());
    assert_eq!(text.get("body_base64"), None);
    assert_eq!(text["answered"], "Kept");
    let header = |name: &str| {
        let headers = text["headers"].as_array().unwrap();
        headers.iter().find(|h| h["name"] == name).map(|h| h["value"].as_str().unwrap().to_string())
    };
    assert_eq!(header("authorization").as_deref(), Some("••••"));
    assert_eq!(header("user-agent").as_deref(), Some("CallRail/1.0"));
    assert!(!text.to_string().contains("do-not-show"));
    let (lead, entry) = (&text["entries"][0]["lead_id"], &text["entries"][0]["entry"]);
    assert_eq!(&text["leads"][0]["id"], lead);
    let timeline = house.get_json(&format!("/api/leads/{lead}/timeline")).await;
    assert_eq!((&timeline["entries"][0]["id"], &timeline["entries"][0]["deliveries"]), (entry, &json!([1, 2])));

    let again = house.get_json("/api/deliveries/2").await;
    assert!(again["what"].as_str().unwrap().starts_with("Known since 20"), "{}", again["what"]);
    assert_eq!(again["entries"], text["entries"]);

    let unread = house.get_json("/api/deliveries/3").await;
    assert_eq!(
        (&unread["state"], &unread["entries"], &unread["what"]),
        (&json!("quarantined"), &json!([]), &json!(""))
    );
    assert!(unread["reason"].as_str().unwrap().contains("Line 2"), "{}", unread["reason"]);
    assert_eq!(unread["place"]["line"], 2, "{unread}");
    assert_eq!(unread["body"], "{\n  \"id\": oh no");
    for id in ["0", "-1", "99", "x"] {
        let answer = house.send_json("GET", &format!("/api/deliveries/{id}"), json!(null)).await;
        assert_eq!(answer.status, 404, "{id}");
    }
}

#[tokio::test]
async fn a_body_that_is_no_text_comes_whole_in_base64() {
    use base64::Engine as _;
    let house = TestApp::new();
    let source = house.add("varda").await;
    let bytes = b"{\"id\": \"\xff\xfe\"}".to_vec();
    house.post_hook(&source, "", bytes.clone()).await;
    let delivery = house.get_json("/api/deliveries/1").await;
    let base64 = delivery["body_base64"].as_str().unwrap();
    assert_eq!(base64::engine::general_purpose::STANDARD.decode(base64).unwrap(), bytes);
    assert!(delivery["body"].as_str().unwrap().contains('\u{fffd}'));
}

#[tokio::test]
async fn refused_requests_are_rows_of_their_own() {
    let house = TestApp::new();
    let strict = house.add_with("varda", true, &["whsec_c2VjcmV0c2VjcmV0c2VjcmV0"], &[]).await;
    for _ in 0..3 {
        assert_eq!(house.post_hook(&strict, "", "{}").await.status, 401);
    }
    assert!(house.refused().await >= 3);
    let page = house.get_json("/api/deliveries?state=rejected").await;
    let row = &items(&page)[0];
    assert!(row["id"].as_i64().unwrap() < 0);
    assert_eq!((&row["state"], &row["what"]), (&json!("rejected"), &json!("3 requests")));
    assert_eq!((&row["source"], &row["provider"], &row["answered"]), (&json!(1), &json!("varda"), &json!("Refused")));
    let one = house.get_json(&format!("/api/deliveries/{}", row["id"])).await;
    assert_eq!((&one["reason"], &one["body"]), (&row["reason"], &json!("")));
    assert_eq!(items(&house.get_json("/api/deliveries").await).len(), 0, "they are no deliveries");
    assert_eq!(house.pages("/api/deliveries?state=rejected&limit=1").await.len(), items(&page).len());
}

#[tokio::test]
async fn a_replay_first_says_what_it_would_do() {
    let house = TestApp::new();
    let key = "072e77e426f92738a72fe23c4d1953b4";
    let source = house.add_with("callrail", false, &[key], &[]).await;
    assert_eq!(house.post_hook(&source, "/text_message_received", TEXT).await.status, 202);
    assert_eq!(house.leads().await.len(), 0);
    // The key goes behind the API's back, which would place at once what waited: here somebody asks first.
    let removed = |batch: &mut leadtrail::store::Batch<'_>| batch.remove_source_key(1, 1, leadtrail::clock::now());
    house.app.store.write(removed).await.unwrap();
    let ask = async |dry_run: bool| {
        let answer =
            house.post_json("/api/deliveries/replay", json!({"filter": {"source": 1}, "dry_run": dry_run})).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    };
    let before = house.get_json("/api/projection").await;
    let would = ask(true).await;
    assert_eq!(house.get_json("/api/projection").await, before, "a dry run changes nothing");
    assert_eq!(would.get("placed"), None);
    let did = ask(false).await;
    assert_eq!(did.get("would_place"), None);
    for field in ["checked", "still_quarantined", "leads_added", "leads_changed", "entries_added"] {
        assert_eq!(would[field], did[field], "{field}: {would} {did}");
    }
    assert_eq!(would["would_place"], did["placed"]);
    assert_eq!((did["placed"].as_i64(), did["leads_added"].as_i64()), (Some(1), Some(1)));
    assert_eq!(house.leads().await.len(), 1);
    for bad in [json!({"filter": {"state": "lost"}}), json!({"filter": {"ids": "x"}}), json!("x")] {
        let answer = house.post_json("/api/deliveries/replay", bad.clone()).await;
        assert!((400..500).contains(&answer.status), "{bad}");
    }
}
