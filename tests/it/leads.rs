//! The list of leads: pages, filters, merged ids, and the indexes behind it.

use std::collections::BTreeSet;

use leadtrail::domain::call::CallState;
use leadtrail::domain::event::{Body, Direction, IdentityKind, StatusChange};
use leadtrail::domain::lead::NeedKind;
use leadtrail::domain::{Outcome, SentimentLabel, Stage};
use leadtrail::store::query::leads::{Filter, Needs, Sort, plan};
use serde_json::{Value, json};

use super::event_builders::{at, call, phone, text};
use super::support::TestApp;

fn ids(leads: &[Value]) -> Vec<i64> {
    leads.iter().map(|lead| lead["id"].as_i64().unwrap()).collect()
}

async fn list(house: &TestApp, query: &str) -> Vec<i64> {
    ids(house.get_json(&format!("/api/leads?{query}")).await["items"].as_array().unwrap())
}

#[tokio::test]
async fn pages_hold_while_leads_come() {
    let house = TestApp::new();
    let source = house.add("callrail").await;
    for n in 0..90 {
        house.place(&source, at(n), &[text(n, &phone(n), Direction::Inbound, "hello")]).await;
    }
    for sort in ["recent", "oldest", "name"] {
        let before: BTreeSet<i64> = ids(&house.leads().await).into_iter().collect();
        let mut seen = Vec::new();
        let mut cursor = String::new();
        for step in 0.. {
            let page = house.get_json(&format!("/api/leads?sort={sort}&limit=20&cursor={cursor}")).await;
            seen.extend(ids(page["items"].as_array().unwrap()));
            // Between two pages new leads come, at either end and in the middle of the order.
            let n = 1000 + step + seen.len() as i64 * 7 + i64::from(sort.as_bytes()[0]) * 10;
            for minute in [-n, 45, 500 + n] {
                let number = phone(n * 3 + minute.rem_euclid(3));
                house.place(&source, at(n), &[text(minute, &number, Direction::Inbound, "new")]).await;
            }
            match page["next_cursor"].as_str() {
                Some(next) => cursor = next.to_string(),
                None => break,
            }
        }
        let unique: BTreeSet<i64> = seen.iter().copied().collect();
        assert_eq!(unique.len(), seen.len(), "{sort}: a lead was shown twice");
        assert!(unique.is_superset(&before), "{sort}: a lead was left out");
    }
}

#[tokio::test]
async fn leads_of_one_instant_are_each_shown_once() {
    let house = TestApp::new();
    let source = house.add("callrail").await;
    let drafts: Vec<_> = (0..55).map(|n| text(7, &phone(n), Direction::Inbound, "same time")).collect();
    house.place(&source, at(7), &drafts).await;
    for query in ["limit=10", "limit=10&sort=oldest", "limit=10&sort=name", "limit=10&stage=responded"] {
        let seen: BTreeSet<i64> = ids(&house.pages(&format!("/api/leads?{query}")).await).into_iter().collect();
        assert_eq!(seen.len(), 55, "{query}");
    }
}

/// Five leads: 1 wrote (needs a reply), 2 missed call (needs a call back), 3 told to stop, 4 booked by hand
/// and tagged, 5 of another source with a name and a sad voice.
async fn five() -> (TestApp, Vec<i64>) {
    let house = TestApp::new();
    let (one, two) = (house.add("callrail").await, house.add("varda").await);
    house.place(&one, at(1), &[text(1, &phone(1), Direction::Inbound, "Can you call me?")]).await;
    house.place(&one, at(2), &[call(2, &phone(2), CallState::Missed, &[])]).await;
    house.place(&one, at(3), &[text(3, &phone(3), Direction::Inbound, "STOP")]).await;
    let mut answered = call(4, &phone(4), CallState::Completed, &["I need a roof"]);
    answered.person.name = Some("Ana Núñez".into());
    answered.person.rep = Some("Sean Kim".into());
    house.place(&one, at(4), &[answered]).await;
    let mut sad = call(5, &phone(5), CallState::Completed, &["This is not good"]);
    sad.person.name = Some("Zoe Bell".into());
    sad.person.emails.push("zoe@example.com".into());
    if let Body::Call(part) = &mut sad.body {
        part.sentiment = Some(leadtrail::domain::Sentiment {
            label: SentimentLabel::Negative,
            score: None,
            origin: leadtrail::domain::SentimentOrigin::Provider,
        });
    }
    house.place(&two, at(5), &[sad]).await;
    let ids = list(&house, "sort=oldest").await;
    assert_eq!(ids.len(), 5);
    let four = ids[3];
    for action in [json!({"type": "outcome", "outcome": "booked"}), json!({"type": "tag", "tag": "roof, urgent"})] {
        let answer = house.post_json(&format!("/api/leads/{four}/actions"), action).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
    (house, ids)
}

#[tokio::test]
async fn every_filter_finds_its_leads() {
    let (house, id) = five().await;
    let (one, two) = (house.get_json("/api/sources").await, 1);
    let source = |n: usize| one["items"][n]["id"].as_i64().unwrap();
    let day = |minute| at(minute).to_rfc3339().replace("+00:00", "Z");
    let cases: Vec<(String, Vec<i64>)> = vec![
        ("sort=name".into(), vec![id[3], id[4], id[0], id[1], id[2]]),
        ("stage=booked".into(), vec![id[3]]),
        ("stage=do_not_contact".into(), vec![id[2]]),
        ("outcome=booked".into(), vec![id[3]]),
        ("tag=roof,%20urgent".into(), vec![id[3]]),
        ("tag=none".into(), vec![]),
        ("rep=Sean%20Kim".into(), vec![id[3]]),
        ("sentiment=negative".into(), vec![id[4]]),
        ("dnc=true".into(), vec![id[2]]),
        ("dnc=false&sort=name&limit=2".into(), vec![id[3], id[4]]),
        ("needs=reply".into(), vec![id[0]]),
        ("needs=call_back".into(), vec![id[1]]),
        ("needs=human".into(), vec![]),
        ("needs=any&sort=oldest".into(), vec![id[0], id[1]]),
        (format!("source={}", source(two)), vec![id[4]]),
        (format!("source={}&stage=booked&tag=roof,%20urgent", source(0)), vec![id[3]]),
        (format!("from={}&to={}&sort=oldest", day(2), day(4)), vec![id[1], id[2]]),
        ("q=nunez".into(), vec![id[3]]),
        ("q=zoe@exa".into(), vec![id[4]]),
        ("q=0005".into(), vec![id[4]]),
        ("q=(202)%20555-0002".into(), vec![id[1]]),
        ("q=***".into(), vec![]),
        ("q=zoe&stage=booked".into(), vec![]),
        ("q=202555&sort=name".into(), vec![id[3], id[4], id[0], id[1], id[2]]),
    ];
    for (query, wanted) in cases {
        assert_eq!(list(&house, &query).await, wanted, "{query}");
    }
}

#[tokio::test]
async fn trying_in_vain_takes_nobody_from_those_who_wait_and_an_unanswered_form_is_one_of_them() {
    let house = TestApp::new();
    let source = house.add("callrail").await;
    let form = json!({
        "resource_id": "FRM1", "submitted_at": "2026-03-01T10:00:00Z",
        "form_data": { "mobile phone": "202-555-0102", "name": "Jane Doe" }
    });
    assert_eq!(house.post_hook(&source, "/form_submission", form.to_string()).await.status, 200);
    let waiting = async || {
        let counted = house.get_json("/api/status").await["counts"]["needs"].clone();
        let listed = list(&house, "needs=any").await;
        assert_eq!(counted, json!(listed.len()), "the count and the list are one rule");
        assert_eq!(list(&house, "needs=reply").await, listed);
        listed
    };
    let lead = house.leads().await[0].clone();
    let id = lead["id"].as_i64().unwrap();
    assert_eq!(waiting().await, [id], "{lead}");
    assert_eq!(lead["needs"][0]["since"], "2026-03-01T10:00:00Z");
    for outcome in ["follow_up", "no_answer"] {
        let action = json!({"type": "outcome", "outcome": outcome, "by": "Ann"});
        assert_eq!(house.post_json(&format!("/api/leads/{id}/actions"), action).await.status, 201);
        assert_eq!(waiting().await, [id], "after {outcome}");
    }
    let answer = json!({
        "resource_id": "SCI1", "source_number": "770-555-5555", "destination_number": "202-555-0102",
        "content": "We can come on Tuesday", "timestamp": "2026-03-02T10:00:00Z"
    });
    assert_eq!(house.post_hook(&source, "/text_message_sent", answer.to_string()).await.status, 200);
    assert_eq!(list(&house, "").await, [id]);
    assert_eq!(waiting().await, [0; 0]);
}

#[tokio::test]
async fn totals_are_told_where_they_are_counted() {
    let (house, _) = five().await;
    for (query, total) in [
        ("", json!(5)),
        ("stage=booked", json!(1)),
        ("needs=any", json!(2)),
        ("source=2", json!(1)),
        ("q=202", json!(5)),
        ("rep=Sean%20Kim", json!(1)),
        ("stage=booked&dnc=true", json!(0)),
    ] {
        assert_eq!(house.get_json(&format!("/api/leads?{query}")).await["total"], total, "{query}");
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_a_plain_sentence() {
    let (house, id) = five().await;
    let page = house.get_json("/api/leads?limit=2").await;
    let cursor = page["next_cursor"].as_str().unwrap();
    let of_deliveries = house.get_json("/api/deliveries?limit=2").await;
    let of_deliveries = of_deliveries["next_cursor"].as_str().unwrap();
    let mut bad: Vec<String> = vec![
        "stage=happy".into(),
        "source=first".into(),
        "needs=love".into(),
        "dnc=perhaps".into(),
        "sort=size".into(),
        "limit=many".into(),
        "from=yesterday".into(),
        format!("cursor={of_deliveries}"),
        format!("sort=name&cursor={cursor}"),
        "cursor=%00".into(),
        "cursor=W10".into(),
        format!("cursor={}", "A".repeat(4_000)),
    ];
    for at in 0..cursor.len() {
        let mut broken = cursor.to_string();
        broken.replace_range(at..=at, "!");
        bad.push(format!("cursor={broken}"));
    }
    for query in bad {
        let answer = house.send_json("GET", &format!("/api/leads?{query}"), json!(null)).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.text());
        let problem = answer.json();
        assert_eq!(problem["code"], "invalid", "{query}");
        assert!(problem["detail"].as_str().unwrap().ends_with('.'), "{query}: {problem}");
    }
    // Out of bounds is brought within them.
    assert_eq!(list(&house, "limit=0").await.len(), 1);
    assert_eq!(list(&house, "limit=100000").await.len(), id.len());
    for path in ["/api/leads/0", "/api/leads/-1", "/api/leads/99999", "/api/leads/x", "/api/leads/99999/timeline"] {
        assert_eq!(house.send_json("GET", path, json!(null)).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn an_id_that_became_part_of_another_leads_there() {
    let house = TestApp::new();
    let source = house.add("callrail").await;
    let by_phone = text(1, &phone(1), Direction::Inbound, "from the phone");
    let mut by_mail = text(2, &phone(2), Direction::Inbound, "from the office");
    by_mail.add_identity(IdentityKind::Email, "jane@example.com");
    house.place(&source, at(1), &[by_phone]).await;
    house.place(&source, at(2), &[by_mail]).await;
    let before = list(&house, "sort=oldest").await;
    assert_eq!(before.len(), 2);
    let mut both = text(3, &phone(1), Direction::Inbound, "the same person");
    both.add_identity(IdentityKind::Email, "jane@example.com");
    house.place(&source, at(3), &[both]).await;
    let after = list(&house, "").await;
    assert_eq!(after, [before[0]]);
    for id in &before {
        assert_eq!(house.get_json(&format!("/api/leads/{id}")).await["id"], after[0]);
        let timeline = house.get_json(&format!("/api/leads/{id}/timeline?kinds=message")).await;
        assert_eq!(timeline["lead"]["id"], after[0]);
        assert_eq!(timeline["entries"].as_array().unwrap().len(), 3);
        assert_eq!(house.post_json(&format!("/api/leads/{id}/seen"), json!({})).await.json()["id"], after[0]);
        let note = house.post_json(&format!("/api/leads/{id}/actions"), json!({"type": "note", "text": "one"})).await;
        assert_eq!(note.status, 201);
    }
    assert_eq!(house.get_json(&format!("/api/leads/{}/timeline", after[0])).await["counts"]["note"], 2);
    assert_eq!(house.get_json("/api/leads").await["total"], 1);
    assert_eq!(house.get_json("/api/sources").await["items"][0]["counts"]["leads"], 1);
}

#[tokio::test]
async fn a_lead_is_unread_until_it_was_seen() {
    let house = TestApp::new();
    let source = house.add("callrail").await;
    let now = leadtrail::clock::now();
    house.place(&source, now, &[text(1, &phone(1), Direction::Inbound, "hello")]).await;
    let id = list(&house, "").await[0];
    let unread = async || house.get_json(&format!("/api/leads/{id}")).await["unread"].clone();
    assert_eq!(unread().await, true);
    assert_eq!(house.post_json(&format!("/api/leads/{id}/seen"), json!({})).await.status, 200);
    assert_eq!(unread().await, false);
    assert_eq!(house.leads().await[0]["unread"], false);
    // What we did ourselves is no news.
    house.post_json(&format!("/api/leads/{id}/actions"), json!({"type": "note", "text": "called"})).await;
    assert_eq!(unread().await, false);
    // Something old that comes late is.
    house.place(&source, leadtrail::clock::now(), &[text(-9000, &phone(1), Direction::Inbound, "late")]).await;
    assert_eq!(unread().await, true);
}

#[tokio::test]
async fn actions_are_checked_kept_and_taken_back() {
    let (house, ids) = five().await;
    let path = format!("/api/leads/{}/actions", ids[0]);
    for bad in [
        json!({"type": "dance"}),
        json!({"type": "note"}),
        json!({"type": "note", "text": "  "}),
        json!({"type": "note", "text": "x".repeat(20_001)}),
        json!({"type": "note", "text": "a\u{0}b"}),
        json!({"type": "tag", "tag": ""}),
        json!({"type": "tag", "tag": "x".repeat(61)}),
        json!({"type": "tag", "tag": "two\nlines"}),
        json!({"type": "outcome"}),
        json!({"type": "outcome", "outcome": "happy"}),
        json!({"type": "outcome", "outcome": "booked", "actual_cents": -5}),
        json!({"type": "note", "text": "x", "by": "a\u{7}b"}),
        json!({"kind": "note"}),
        json!([]),
    ] {
        let answer = house.post_json(&path, bad.clone()).await;
        assert_eq!((answer.status, &answer.json()["code"]), (422, &json!("invalid")), "{bad}");
    }
    let unknown = json!({"type": "outcome", "outcome": "booked", "call": "ab".repeat(16)});
    assert_eq!(house.post_json(&path, unknown).await.status, 404);
    assert_eq!(house.post_json("/api/leads/99999/actions", json!({"type": "note", "text": "x"})).await.status, 404);

    let tags = async || house.get_json(&format!("/api/leads/{}", ids[0])).await["tags"].clone();
    let answer = house.post_json(&path, json!({"type": "tag", "tag": " hot ", "by": "Sean Kim"})).await;
    assert_eq!(answer.status, 201);
    let done = answer.json();
    assert!(done["seq"].as_i64().unwrap() > 0);
    assert_eq!(tags().await, json!(["hot"]));
    let undo = |id: &Value| format!("/api/actions/{}/undo", id.as_str().unwrap());
    let undone = house.post_json(&undo(&done["id"]), json!({})).await;
    assert_eq!(undone.status, 200, "{}", undone.text());
    assert_eq!(tags().await, json!([]));
    assert_eq!(list(&house, "tag=hot").await, [0i64; 0]);
    let redone = house.post_json(&undo(&undone.json()["id"]), json!({"by": "Sean Kim"})).await;
    assert_eq!(redone.status, 200);
    assert_eq!(tags().await, json!(["hot"]));
    assert_eq!(list(&house, "tag=hot").await, [ids[0]]);
    for nobody in ["/api/actions/zz/undo".to_string(), format!("/api/actions/{}/undo", "00".repeat(16))] {
        assert_eq!(house.post_json(&nobody, json!({})).await.status, 404, "{nobody}");
    }
}

#[tokio::test]
async fn writes_take_json_only() {
    use axum::http::Request;
    use tower::ServiceExt;
    let (house, ids) = five().await;
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""] {
        let request = Request::post(format!("/api/leads/{}/actions", ids[0])).header("content-type", content_type);
        let request = request.body(axum::body::Body::from(r#"{"type":"note","text":"x"}"#)).unwrap();
        let answer = leadtrail::http::api(house.app.clone()).oneshot(request).await.unwrap();
        assert_eq!(answer.status(), 400, "{content_type}");
    }
}

#[tokio::test]
async fn a_page_is_a_range_of_an_index() {
    let (house, _) = five().await;
    let source = house.add("telmetrics").await;
    // Enough that `q` does not find few.
    for chunk in 0..5 {
        let drafts: Vec<_> = (0..500)
            .map(|n| {
                let status = StatusChange {
                    stage: Some(Stage::New),
                    status: "Posted".into(),
                    reason: None,
                    from_lead: false,
                    facts: Default::default(),
                };
                let mut draft = text(n, &phone(chunk * 500 + n + 10), Direction::Outbound, "hello");
                draft.body = Body::Status(status);
                draft
            })
            .collect();
        house.place(&source, at(chunk), &drafts).await;
    }
    let some = |f: fn(&mut Filter)| {
        let mut filter = Filter { limit: 50, ..Filter::default() };
        f(&mut filter);
        filter
    };
    let filters: Vec<(&str, Filter)> = vec![
        ("leads_recent", some(|_| {})),
        ("leads_stage", some(|f| f.stage = Some(Stage::New))),
        ("leads_outcome", some(|f| f.outcome = Some(Outcome::Booked))),
        ("leads_needs", some(|f| f.needs = Some(Needs::Any))),
        ("leads_needs", some(|f| f.needs = Some(Needs::Of(NeedKind::CallBack)))),
        ("leads_dnc", some(|f| f.dnc = Some(true))),
        ("leads_recent", some(|f| f.dnc = Some(false))),
        ("leads_rep", some(|f| f.rep = vec!["Sean Kim".into()])),
        ("leads_sentiment", some(|f| f.sentiment = Some(SentimentLabel::Negative))),
        ("lead_tags_recent", some(|f| f.tag = Some("hot".into()))),
        ("lead_sources_recent", some(|f| f.source = Some(3))),
        ("leads_recent", some(|f| (f.from, f.to) = (Some(at(0)), Some(at(9))))),
        ("leads_name", some(|f| f.sort = Sort::Name)),
        // Of several the one that leaves least.
        ("lead_tags_recent", some(|f| (f.stage, f.tag) = (Some(Stage::New), Some("roof, urgent".into())))),
        ("leads_outcome", some(|f| (f.source, f.outcome) = (Some(3), Some(Outcome::Booked)))),
        ("leads_name", some(|f| (f.stage, f.sort) = (Some(Stage::New), Sort::Name))),
        // A beginning that everybody's number has is no way in.
        ("leads_recent", some(|f| f.q = Some("202555".into()))),
    ];
    for (index, mut filter) in filters {
        for turned in [false, true] {
            if turned && filter.sort == Sort::Recent {
                filter.sort = Sort::Oldest;
            }
            let plan = house.app.store.read_blocking(|connection| plan(connection, &filter)).unwrap();
            let text = plan.join("; ");
            assert!(text.contains(index), "{filter:?} is read from {text}");
            assert!(!text.contains("TEMP B-TREE FOR ORDER BY"), "{filter:?} is sorted: {text}");
        }
    }
    let few = some(|f| f.q = Some("nunez".into()));
    let plan = house.app.store.read_blocking(|connection| plan(connection, &few)).unwrap().join("; ");
    assert!(plan.contains("VIRTUAL TABLE") && plan.contains("USING INTEGER PRIMARY KEY"), "{plan}");
}
