//! A lead's timeline: pages, kinds, as it was known, where each entry came from.

mod at_length;
mod texts;

use leadtrail::domain::call::CallState;
use leadtrail::domain::event::{Direction, IdentityKind};
use serde_json::{Value, json};

use super::event_builders::{at, call, phone, text};
use super::support::TestApp;

fn column(entries: &[Value], field: &str) -> Vec<Value> {
    entries.iter().map(|entry| entry[field].clone()).collect()
}

async fn only_lead(house: &TestApp) -> i64 {
    let leads = house.leads().await;
    assert_eq!(leads.len(), 1);
    leads[0]["id"].as_i64().unwrap()
}

#[tokio::test]
async fn pages_follow_each_other_oldest_first() {
    let house = TestApp::new();
    let source = house.add("callrail").await;
    // Many at the same instant: the id decides.
    let drafts: Vec<_> =
        (0..70).map(|n| text(n / 10, &phone(1), Direction::Inbound, &format!("message {n}"))).collect();
    house.place(&source, at(0), &drafts).await;
    let id = only_lead(&house).await;
    let whole = house.get_json(&format!("/api/leads/{id}/timeline")).await;
    assert_eq!(whole["next_cursor"], json!(null));
    assert_eq!(whole["counts"], json!({"message": 70}));
    let whole = whole["entries"].as_array().unwrap().clone();
    assert_eq!(whole.len(), 70);
    let times: Vec<&str> = whole.iter().map(|entry| entry["at"].as_str().unwrap()).collect();
    assert!(times.is_sorted());
    let paged = house.pages(&format!("/api/leads/{id}/timeline?limit=9")).await;
    assert_eq!(column(&paged, "id"), column(&whole, "id"));
}

#[tokio::test]
async fn the_newest_come_first_where_they_are_asked_for_and_end_where_it_is_said() {
    let house = TestApp::new();
    let source = house.add("callrail").await;
    let drafts: Vec<_> =
        (0..70).map(|n| text(n / 10, &phone(1), Direction::Inbound, &format!("message {n}"))).collect();
    house.place(&source, at(0), &drafts).await;
    let path = format!("/api/leads/{}/timeline", only_lead(&house).await);
    let mut whole = house.get_json(&path).await["entries"].as_array().unwrap().clone();
    whole.reverse();
    let newest = |more: &str| format!("{path}?order=newest&{more}");
    assert_eq!(house.pages(&newest("limit=9")).await, whole);

    let page = house.get_json(&newest("limit=25")).await;
    let place = page["next_cursor"].as_str().unwrap();
    assert_eq!(page["entries"].as_array().unwrap()[..], whole[..25]);
    // News above that place, and the place itself, and nothing below.
    house.place(&source, at(90), &[text(90, &phone(1), Direction::Inbound, "news")]).await;
    let head = house.get_json(&newest(&format!("until={place}"))).await;
    assert_eq!(head["entries"].as_array().unwrap()[1..], whole[..25]);
    assert_eq!(head["next_cursor"], json!(null));
    let part = house.get_json(&newest(&format!("until={place}&limit=4"))).await;
    let behind = part["next_cursor"].as_str().unwrap();
    let rest = house.get_json(&newest(&format!("until={place}&cursor={behind}"))).await;
    assert_eq!(rest["entries"].as_array().unwrap()[..], whole[3..25]);
    let none = house.get_json(&newest(&format!("until={behind}&cursor={place}"))).await;
    assert_eq!(none["entries"], json!([]), "it ends before it begins");
    for wrong in ["order=sideways", "order=newest&until=x", "digest=maybe"] {
        assert_eq!(house.get(&format!("{path}?{wrong}")).await.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn a_digest_stays_as_long_as_nothing_behind_it_changes() {
    let house = TestApp::new();
    let source = house.add("callrail").await;
    let drafts: Vec<_> = (0..30).map(|n| text(n, &phone(1), Direction::Inbound, &format!("message {n}"))).collect();
    house.place(&source, at(0), &drafts).await;
    let path = format!("/api/leads/{}/timeline?order=newest&digest=true", only_lead(&house).await);
    let first = house.get_json(&format!("{path}&limit=10")).await;
    let place = first["next_cursor"].as_str().unwrap();
    let second = house.get_json(&format!("{path}&cursor={place}&limit=10")).await;
    assert_eq!(first["rest_digest"], second["digest"], "pages lean on each other");
    assert_ne!(first["digest"], first["rest_digest"]);
    let last = house.get_json(&format!("{path}&cursor={}", second["next_cursor"].as_str().unwrap())).await;
    assert_eq!((&last["rest_digest"], &last["next_cursor"]), (&json!(null), &json!(null)));

    let head = format!("{path}&until={place}");
    house.place(&source, at(40), &[text(40, &phone(1), Direction::Inbound, "news")]).await;
    let after = house.get_json(&head).await;
    assert_eq!(after["rest_digest"], first["rest_digest"], "what is new stands above");
    assert_ne!(after["digest"], first["digest"]);
    // Something of long ago that comes late.
    house.place(&source, at(41), &[text(2, &phone(1), Direction::Outbound, "late")]).await;
    assert_ne!(house.get_json(&head).await["rest_digest"], first["rest_digest"]);
    let plain = house.get_json(path.trim_end_matches("&digest=true")).await;
    assert!(plain.get("digest").is_none() && plain.get("rest_digest").is_none());
}

#[tokio::test]
async fn kinds_are_filtered_and_counted() {
    let house = TestApp::new();
    let source = house.add("callrail").await;
    house
        .place(
            &source,
            at(0),
            &[
                text(1, &phone(1), Direction::Inbound, "one"),
                call(2, &phone(1), CallState::Completed, &["two"]),
                text(3, &phone(1), Direction::Outbound, "three"),
            ],
        )
        .await;
    let id = only_lead(&house).await;
    let note = json!({"type": "note", "text": "four", "by": "Sean Kim"});
    assert_eq!(house.post_json(&format!("/api/leads/{id}/actions"), note).await.status, 201);
    let page = house.get_json(&format!("/api/leads/{id}/timeline?kinds=call,note")).await;
    assert_eq!(column(page["entries"].as_array().unwrap(), "kind"), ["call", "note"]);
    assert_eq!(page["counts"], json!({"message": 2, "call": 1, "note": 1}));
    assert_eq!(page["entries"][1]["note"], json!({"text": "four", "by": "Sean Kim"}));
    assert_eq!(page["entries"][1]["deliveries"], json!([]), "a note came with no delivery");
    let bad = house.send_json("GET", &format!("/api/leads/{id}/timeline?kinds=call,dream"), json!(null)).await;
    assert_eq!(bad.status, 400);
    for cursor in ["x", "W10", "WyJsZWFkcyIsWzEsMV1d"] {
        let path = format!("/api/leads/{id}/timeline?cursor={cursor}");
        assert_eq!(house.send_json("GET", &path, json!(null)).await.status, 400, "{cursor}");
    }
}

#[tokio::test]
async fn as_of_shows_what_had_been_placed_by_then() {
    let house = TestApp::new();
    let source = house.add("callrail").await;
    house.place(&source, at(10), &[text(1, &phone(1), Direction::Inbound, "known at once")]).await;
    // Came early, but its key was only mended later.
    house.place_late(&source, at(11), at(50), &[text(2, &phone(1), Direction::Inbound, "placed later")]).await;
    house.place(&source, at(60), &[text(3, &phone(1), Direction::Inbound, "last")]).await;
    let id = only_lead(&house).await;
    let as_of = async |minute: i64| {
        let time = at(minute).to_rfc3339().replace("+00:00", "Z");
        house.get_json(&format!("/api/leads/{id}/timeline?as_of={time}")).await
    };
    assert_eq!(as_of(20).await["counts"], json!({"message": 1}));
    assert_eq!(as_of(50).await["counts"], json!({"message": 2}));
    assert_eq!(as_of(50).await["lead"]["messages"], 2);
    assert_eq!(as_of(99).await["counts"], json!({"message": 3}));
    let path = format!("/api/leads/{id}/timeline?as_of=2020-01-01T00:00:00Z");
    assert_eq!(house.send_json("GET", &path, json!(null)).await.status, 404);
}

#[tokio::test]
async fn an_entry_names_every_delivery_it_came_with() {
    let house = TestApp::new();
    let (one, two) = (house.add("callrail").await, house.add("varda").await);
    let first = house.place(&one, at(1), &[call(1, &phone(1), CallState::Ringing, &[])]).await;
    let again = house.place(&one, at(2), &[call(1, &phone(1), CallState::Ringing, &[])]).await;
    let other = house.place(&two, at(3), &[text(3, &phone(1), Direction::Inbound, "hi")]).await;
    let id = only_lead(&house).await;
    let entries = house.get_json(&format!("/api/leads/{id}/timeline")).await["entries"].clone();
    assert_eq!(entries[0]["deliveries"], json!([first, again]));
    assert_eq!(entries[1]["deliveries"], json!([other]));
}

#[tokio::test]
async fn why_this_is_one_person() {
    let house = TestApp::new();
    let (one, two) = (house.add("callrail").await, house.add("varda").await);
    let mut contact = text(2, &phone(1), Direction::Inbound, "hello");
    contact.add_identity(IdentityKind::Person, "contact 7");
    let a = house.place(&one, at(1), &[text(1, &phone(1), Direction::Inbound, "hi")]).await;
    let b = house.place(&two, at(2), &[contact]).await;
    // Elsewhere the same number is the business's.
    let mut theirs = text(3, &phone(2), Direction::Inbound, "you called me");
    theirs.business.push(phone(1));
    house.place(&two, at(3), &[theirs]).await;
    let leads = house.leads().await;
    let id = leads.iter().find(|lead| lead["phones"][0] == phone(1)).unwrap()["id"].as_i64().unwrap();
    house.post_json(&format!("/api/leads/{id}/actions"), json!({"type": "note", "text": "x"})).await;
    let lead = house.get_json(&format!("/api/leads/{id}")).await;
    let evidence = lead["evidence"].as_array().unwrap();
    assert_eq!(evidence.len(), 2, "an anchor of a note says nothing about who somebody is");
    assert_eq!(
        (&evidence[0]["kind"], &evidence[0]["value"], &evidence[0]["events"], &evidence[0]["deliveries"]),
        (&json!("phone"), &json!(phone(1)), &json!(2), &json!([a, b]))
    );
    assert_eq!(evidence[0]["first_at"], json!(at(1)));
    assert_eq!(
        (&evidence[1]["kind"], &evidence[1]["source"], &evidence[1]["provider"], &evidence[1]["strength"]),
        (&json!("person_id"), &json!(two.id), &json!("varda"), &json!("exact"))
    );
    assert_eq!(lead["questions"][0]["phone"], json!(phone(1)));
    assert!(lead["questions"][0]["text"].as_str().unwrap().ends_with("Whose is it?"));
}

#[tokio::test]
async fn calls_are_listed_with_their_leads() {
    let house = TestApp::new();
    let source = house.add("callrail").await;
    for n in 0..30 {
        let state = if n % 3 == 0 { CallState::Missed } else { CallState::Completed };
        let mut draft = call(n, &phone(n % 7), state, &["about the gutter"]);
        draft.person.name = Some(format!("Caller {}", n % 7));
        house.place(&source, at(n), &[draft]).await;
    }
    let all = house.pages("/api/calls?limit=7").await;
    assert_eq!(all.len(), 30);
    let times: Vec<&str> = all.iter().map(|call| call["started_at"].as_str().unwrap()).collect();
    assert!(times.iter().rev().is_sorted(), "latest first");
    assert_eq!(all[0]["lead_name"], json!("Caller 1"));
    assert_eq!(house.get_json("/api/calls").await["total"], 30);
    assert_eq!(house.pages("/api/calls?limit=4&state=missed").await.len(), 10);
    assert_eq!(house.pages("/api/calls?limit=4&answered=true").await.len(), 20);
    assert_eq!(house.pages("/api/calls?limit=4&direction=outbound").await.len(), 0);
    assert_eq!(house.pages("/api/calls?limit=4&q=caller%203").await.len(), 4);
    assert_eq!(house.pages("/api/calls?limit=4&q=gutter").await.len(), 30);
    let id = all[3]["id"].as_str().unwrap();
    let lead = all[3]["lead_id"].as_i64().unwrap();
    assert_eq!(house.get_json(&format!("/api/calls/{id}")).await, all[3]);
    // A person's own outcome stands on the call and in the filter.
    let outcome = json!({"type": "outcome", "outcome": "quoted", "call": id, "estimated_cents": 12_500});
    assert_eq!(house.post_json(&format!("/api/leads/{lead}/actions"), outcome).await.status, 201);
    let quoted = house.pages("/api/calls?outcome=quoted").await;
    assert_eq!((quoted.len(), &quoted[0]["id"], &quoted[0]["value_cents"]), (1, &json!(id), &json!(12_500)));
    for path in ["/api/calls/zz", "/api/calls/00"] {
        assert_eq!(house.send_json("GET", path, json!(null)).await.status, 404, "{path}");
    }
    for query in ["state=happy", "direction=up", "answered=x", "cursor=x", "outcome=x"] {
        let answer = house.send_json("GET", &format!("/api/calls?{query}"), json!(null)).await;
        assert_eq!(answer.status, 400, "{query}");
    }
}

/// What a person did can be taken back and done again from what the timeline itself says, whoever asks and whenever.
#[tokio::test]
async fn what_was_taken_back_is_told_with_the_way_to_do_it_again() {
    let house = TestApp::new();
    let source = house.add("callrail").await;
    house
        .place(
            &source,
            at(0),
            &[text(0, &phone(1), Direction::Inbound, "hello"), call(1, &phone(1), CallState::Missed, &[])],
        )
        .await;
    let id = only_lead(&house).await;
    let path = format!("/api/leads/{id}/timeline");
    let fresh = async || house.get_json(&path).await;
    let undo = async |id: &Value, by: Value| {
        let answer = house.post_json(&format!("/api/actions/{}/undo", id.as_str().unwrap()), by).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["id"].clone()
    };
    assert_eq!(fresh().await["taken_back"], json!([]));
    for action in [
        json!({"type": "note", "text": "Wants a new roof", "by": "Ann"}),
        json!({"type": "outcome", "outcome": "quoted"}),
        json!({"type": "tag", "tag": "hot"}),
        json!({"type": "assign", "rep": "Sean Kim"}),
    ] {
        assert_eq!(house.post_json(&format!("/api/leads/{id}/actions"), action).await.status, 201);
    }
    let before = fresh().await;
    let own: Vec<Value> =
        before["entries"].as_array().unwrap().iter().filter(|entry| entry["source"].is_null()).cloned().collect();
    assert_eq!(own.len(), 4, "{before}");
    for entry in &own {
        undo(&entry["id"], json!({"by": "Zoe"})).await;
    }
    let after = fresh().await;
    assert!(after["entries"].as_array().unwrap().iter().all(|entry| !entry["source"].is_null()), "{after}");
    let back = after["taken_back"].as_array().unwrap();
    assert_eq!(back.iter().map(|one| one["entry"].clone()).collect::<Vec<_>>(), own, "each as it stood, in order");
    assert!(back.iter().all(|one| one["by"] == "Zoe" && one["at"].is_string()), "{after}");
    // On the first page only, and not of a moment that is past.
    let first = house.get_json(&format!("{path}?limit=1")).await;
    assert_eq!(first["taken_back"], after["taken_back"]);
    let cursor = first["next_cursor"].as_str().unwrap();
    assert_eq!(house.get_json(&format!("{path}?limit=1&cursor={cursor}")).await["taken_back"], json!([]));
    let past = house.get_json(&format!("{path}?as_of={}", after["taken_back"][3]["at"].as_str().unwrap())).await;
    assert_eq!(past["taken_back"], json!([]));

    for one in back {
        undo(&one["undo"], json!({})).await;
    }
    let again = fresh().await;
    assert_eq!((&again["entries"], &again["taken_back"]), (&before["entries"], &json!([])));
    assert_eq!(again["lead"], before["lead"]);
}
