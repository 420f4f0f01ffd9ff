//! Every address that can be read answers, on the owner's own data and while sample data is shown.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use leadtrail::ingest::demo;
use serde_json::{Value, json};

use super::exports::made;
use super::support::TestApp;

/// How many of a list's items are opened.
const SOME: usize = 25;

fn until() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-03-26T00:00:00Z").unwrap().to_utc()
}

/// What no sender brings: a file that was made, one brought in, a saved report, a backup.
async fn furnish(app: &TestApp) {
    let report = json!({"what": "report", "name": "overview", "format": "csv"});
    assert_eq!(made(app, report).await["state"], "done");
    let rows = "Start Time,Customer Number,Duration\n2026-03-02 10:00:00,+14045550187,63\n";
    let uploaded = app.upload("calls.csv", rows).await;
    assert_eq!(uploaded.status, 201, "{}", uploaded.text());
    let saved = json!({"name": "Monthly", "report": "overview", "format": "csv", "range": "last_month", "query": {}});
    let saved = app.post_json("/api/saved-reports", saved).await;
    assert_eq!(saved.status, 201, "{}", saved.text());
    let backup = app.post_json("/api/backups", json!({})).await;
    assert!(backup.status < 300, "{}", backup.text());
}

/// The ids of what a list shows, as they stand in addresses.
async fn ids(app: &TestApp, list: &str) -> Vec<String> {
    // Replays are not listed: whoever made one knows its number. Here is none, which is said of it (see `walk`).
    if list == "/api/replays" {
        return vec!["1".into()];
    }
    let listed = app.get_json(list).await;
    let items = listed["items"].as_array().unwrap_or_else(|| panic!("{list} lists nothing")).clone();
    let id = |item: &Value| match (&item["id"], &item["name"]) {
        (Value::Number(id), _) => id.to_string(),
        (Value::String(id), _) | (_, Value::String(id)) => {
            url::form_urlencoded::byte_serialize(id.as_bytes()).collect::<String>().replace('+', "%20")
        }
        _ => panic!("{list} names nothing: {item}"),
    };
    items.iter().take(SOME).map(id).collect()
}

/// What an address cannot be asked without.
fn needed(path: &str) -> &'static str {
    match path {
        "/api/reports/{name}/rows" => "?figure=leads.new&from=2026-01-01&to=2026-12-31",
        "/api/search" => "?q=roof",
        "/api/zones/offsets" => "?name=America/New_York",
        _ => "",
    }
}

/// Asks every `GET` of the description; answers how many addresses that were.
async fn walk(app: &TestApp) -> usize {
    let document = app.get_json("/api/openapi.json").await;
    let (mut asked, mut walked, mut wrong) = (0, BTreeSet::new(), Vec::new());
    let paths = document["paths"].as_object().unwrap();
    let gets: BTreeSet<&str> =
        paths.iter().filter(|(_, item)| item["get"].is_object()).map(|(path, _)| path.as_str()).collect();
    for &path in &gets {
        let addresses = match path.split_once("/{") {
            None => vec![path.to_string()],
            Some((list, rest)) => {
                let (_, tail) = rest.split_once('}').unwrap();
                assert!(!tail.contains('{'), "{path} needs two ids: say here where they come from");
                assert!(gets.contains(list) || list == "/api/replays", "{path}: no list names its ids");
                ids(app, list).await.into_iter().map(|id| format!("{list}/{id}{tail}")).collect()
            }
        };
        for address in addresses {
            let address = format!("{address}{}", needed(path));
            let answer = app.get(&address).await;
            let is_no_replay = path.starts_with("/api/replays/") && answer.text().contains("There is no such replay.");
            if answer.status != 200 && !is_no_replay {
                wrong.push(format!("{} {address}: {}", answer.status, answer.text()));
            }
            walked.insert(path);
            asked += 1;
        }
    }
    assert!(wrong.is_empty(), "{} of {asked} are not answered:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(walked, gets, "nothing was there to open");
    asked
}

#[tokio::test]
async fn every_address_that_can_be_read_answers_on_own_data() {
    let app = TestApp::new();
    demo::fill(&app.app.store, until(), |_, _| {}).await.unwrap();
    furnish(&app).await;
    assert!(walk(&app).await > 100);
}

#[tokio::test]
async fn every_address_that_can_be_read_answers_in_sample_data() {
    let app = TestApp::new();
    let shown = app.post_json("/api/demo", json!({})).await;
    assert_eq!(shown.status, 200, "{}", shown.text());
    assert_eq!(app.get_json("/api/status").await["demo"], true);
    furnish(&app).await;
    assert!(walk(&app).await > 100);
    let ended = app.send_json("DELETE", "/api/demo", json!({})).await;
    assert_eq!(ended.status, 200, "{}", ended.text());
    assert_eq!(app.get_json("/api/status").await["demo"], false);
}

#[tokio::test]
async fn an_address_that_is_none_says_so_in_words_in_sample_data_too() {
    let app = TestApp::new();
    for shown in [false, true] {
        if shown {
            assert_eq!(app.post_json("/api/demo", json!({})).await.status, 200);
        }
        for path in ["/api/nothing", "/api/leads/999999", "/api/leads/x", "/api"] {
            let answer = app.get(path).await;
            assert_eq!(answer.status, 404, "{path}");
            assert_eq!(answer.json()["code"], "not_found", "{path}, sample data: {shown}");
        }
        assert_eq!(app.get("/api/actions/1/undo").await.json()["title"], "Not that way", "sample data: {shown}");
    }
}
