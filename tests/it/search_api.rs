//! Search: by digits, names, and what was said; whatever somebody types.

use leadtrail::domain::call::CallState;
use leadtrail::domain::event::Direction;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::event_builders::{at, call, phone, text};
use super::support::TestApp;

async fn house() -> TestApp {
    let house = TestApp::new();
    let source = house.add("callrail").await;
    let mut rene = call(1, &phone(142), CallState::Completed, &["Hello, the gutter leaks.", "We come on Tuesday."]);
    rene.person.name = Some("René Müller".into());
    rene.person.emails.push("rene.mueller@example.com".into());
    house.place(&source, at(1), &[rene]).await;
    house
        .place(&source, at(2), &[text(2, &phone(977), Direction::Inbound, "Wie viel kostet ein Dach? Größe 80 m²")])
        .await;
    house
        .place(&source, at(3), &[text(3, &phone(977), Direction::Outbound, "AND OR NOT NEAR: \"quoted\" words*")])
        .await;
    let mut abroad = text(4, "+61491573087", Direction::Inbound, "g'day, about the gutters");
    abroad.person.name = Some("O'Brien, Kim".into());
    house.place(&source, at(4), &[abroad]).await;
    house
}

async fn find(house: &TestApp, q: &str) -> Value {
    let q: String = url::form_urlencoded::byte_serialize(q.as_bytes()).collect();
    house.get_json(&format!("/api/search?q={q}")).await
}

fn marked(hit: &Value) -> String {
    let parts = hit["parts"].as_array().unwrap();
    let whole: String = parts.iter().map(|part| part["text"].as_str().unwrap()).collect();
    assert_eq!(whole, hit["snippet"].as_str().unwrap());
    parts
        .iter()
        .map(|part| {
            let text = part["text"].as_str().unwrap();
            if part["hit"] == true { format!("[{text}]") } else { text.to_string() }
        })
        .collect()
}

#[tokio::test]
async fn people_are_found_by_name_number_and_mail() {
    let house = house().await;
    for (q, wanted) in [
        ("rene", "[René] Müller · +12025550142"),
        ("MÜLLER ren", "[René] [Müller] · +12025550142"),
        ("muller", "René [Müller] · +12025550142"),
        ("0142", "René Müller · +1202555[0142]"),
        ("555-01", "René Müller · +1202[55501]42"),
        ("(202) 555-0142", "René Müller · +1[2025550142]"),
        ("rene.mueller@ex", "[René] Müller · [rene].[mueller]@[example].com"),
        ("0491 573 087", "O'Brien, Kim · +61[491573087]"),
        ("o'brien", "[O]'[Brien], Kim · +61491573087"),
    ] {
        let found = find(&house, q).await;
        let people: Vec<&Value> =
            found["items"].as_array().unwrap().iter().filter(|hit| hit["kind"] == "person").collect();
        assert_eq!(people.len(), 1, "{q}: {found}");
        assert_eq!(marked(people[0]), wanted, "{q}");
        assert_eq!(people[0]["entry"], json!(null));
    }
    assert_eq!(find(&house, "977").await["items"][0]["lead_name"], json!(null));
}

#[tokio::test]
async fn words_are_found_where_they_were_said() {
    let house = house().await;
    let found = find(&house, "gutter").await;
    let hits = found["items"].as_array().unwrap();
    assert_eq!(found["total"], 2);
    assert_eq!(marked(&hits[0]), "g'day, about the [gutters]");
    assert_eq!((&hits[0]["kind"], &hits[1]["kind"]), (&json!("message"), &json!("call")));
    assert_eq!(marked(&hits[1]), "Hello, the [gutter] leaks. We come on Tuesday.");
    let entry = hits[1]["entry"].as_str().unwrap();
    let timeline = house.get_json(&format!("/api/leads/{}/timeline", hits[1]["lead_id"])).await;
    assert_eq!(timeline["entries"][0]["id"], entry);
    assert_eq!(find(&house, "grosse").await["total"], 0, "ß is no diacritic");
    for q in ["GRÖẞE", "größe", "große"] {
        assert_eq!(find(&house, q).await["items"].as_array().unwrap().len(), 1, "{q}");
    }
    assert_eq!(find(&house, "leaks tuesday").await["total"], 1);
    assert_eq!(find(&house, "leaks monday").await["total"], 0);
    assert_eq!(find(&house, "80").await["total"], 1);

    // A note is found as soon as it is written, and no more once it is taken back.
    let lead = hits[1]["lead_id"].as_i64().unwrap();
    let note = json!({"type": "note", "text": "Bring the ladder"});
    let done = house.post_json(&format!("/api/leads/{lead}/actions"), note).await.json();
    assert_eq!(find(&house, "ladder").await["items"][0]["kind"], "note");
    house.post_json(&format!("/api/actions/{}/undo", done["id"].as_str().unwrap()), json!({})).await;
    assert_eq!(find(&house, "ladder").await["total"], 0);
}

#[tokio::test]
async fn the_limit_holds_and_words_are_not_hidden_by_people() {
    let house = TestApp::new();
    let source = house.add("callrail").await;
    for n in 0..40 {
        let mut draft = text(n, &phone(n), Direction::Inbound, "the roof of Baker street");
        draft.person.name = Some(format!("Baker {n}"));
        house.place(&source, at(n), &[draft]).await;
    }
    let found = house.get_json("/api/search?q=baker&limit=10").await;
    let kinds: Vec<&str> = found["items"].as_array().unwrap().iter().map(|hit| hit["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, [["person"; 5], ["message"; 5]].concat());
    assert_eq!(found["items"][0]["lead_name"], "Baker 39", "the latest first");
}

#[tokio::test]
async fn hostile_words_are_words() {
    let house = house().await;
    let long = "roof ".repeat(2_000);
    let wide = "é".repeat(5_000);
    for q in [
        "",
        " ",
        "\"",
        "\"\"\"",
        "*",
        "a*",
        "*a",
        "AND",
        "OR",
        "NOT",
        "NEAR",
        "NEAR(",
        "NEAR(a b, 3)",
        "a AND",
        "a NOT b",
        "names:rene",
        "names : rene",
        "{names numbers} : rene",
        "^rene",
        "rene + muller",
        "-rene",
        "(",
        ")",
        "();--",
        "'; DROP TABLE leads; --",
        "%",
        "_",
        "\\",
        "\0",
        "a\0b",
        "\u{202e}abc",
        "\u{feff}",
        "💥",
        "हिन्दी में",
        "日本語",
        "\u{301}",
        "e\u{301}",
        "1=1",
        "<script>",
        &long,
        &wide,
        "words*\" OR \"x",
    ] {
        let found = find(&house, q).await;
        assert!(found["items"].is_array(), "{q:?}");
        for path in ["leads", "calls"] {
            let escaped: String = url::form_urlencoded::byte_serialize(q.as_bytes()).collect();
            house.get_json(&format!("/api/{path}?q={escaped}")).await;
        }
    }
    let found = find(&house, "NEAR quoted").await;
    assert_eq!(marked(&found["items"][0]), "AND OR NOT [NEAR]: \"[quoted]\" words*");
    assert_eq!(house.send_json("GET", "/api/search?q=%ff%fe", json!(null)).await.status, 200);
}

#[test]
fn no_text_breaks_a_search() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let house = runtime.block_on(house());
    let strategy = prop_oneof![
        any::<String>(),
        "[ -~]{0,40}",
        proptest::collection::vec(
            prop_oneof![
                Just("\""),
                Just("*"),
                Just("NEAR("),
                Just(" AND "),
                Just("a"),
                Just("\0"),
                Just("é"),
                Just("-")
            ],
            0..20
        )
        .prop_map(|parts| parts.concat()),
    ];
    proptest!(ProptestConfig::with_cases(300), |(q in strategy)| {
        let found = house.app.store.read_blocking(|c| leadtrail::store::query::search::search(c, &q, 20)).unwrap();
        for hit in &found.items {
            let whole: String = hit.parts.iter().map(|part| part.text.as_str()).collect();
            prop_assert_eq!(&whole, &hit.snippet);
        }
    });
}
