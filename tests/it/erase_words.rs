//! Erasing somebody whose name is also a word: of a service, of this program, of a place, or of somebody else.

use rusqlite::{Connection, types::Value as Cell};
use serde_json::json;

use super::erase::{call, rebuilt_the_same};
use super::support::TestApp;

/// Columns of words that nobody chose freely: services, states, kinds, regions, zones.
const VOCABULARY: [(&str, &str); 20] = [
    ("sources", "provider"),
    ("sources", "region"),
    ("sources", "uid"),
    ("imports", "format"),
    ("imports", "state"),
    ("imports", "then_state"),
    ("imports", "kind"),
    ("imports", "time_zone"),
    ("imports", "recognised"),
    ("mappings", "provider"),
    ("mappings", "kind"),
    ("mappings", "time_zone"),
    ("exports", "what"),
    ("exports", "format"),
    ("exports", "state"),
    ("exports", "asked"),
    ("saved_reports", "asked"),
    ("gaps", "why"),
    ("gap_sources", "state"),
    ("refusals", "what"),
];

fn rows(app: &TestApp) -> Vec<(String, Vec<Cell>)> {
    let connection = Connection::open(app.app.store.path()).unwrap();
    let rows_of = |(table, column): &(&str, &str)| {
        let mut statement =
            connection.prepare(&format!("SELECT \"{column}\" FROM \"{table}\" ORDER BY rowid")).or_else(|_| {
                // A table without row numbers.
                connection.prepare(&format!("SELECT \"{column}\" FROM \"{table}\" ORDER BY 1"))
            });
        let statement = statement.as_mut().unwrap();
        let cells = statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
        (format!("{table}.{column}"), cells)
    };
    VOCABULARY.iter().map(rows_of).collect()
}

/// The lead that has this name and number at Meera.
async fn lead_of(app: &TestApp, meera: &leadtrail::store::SourceRow, n: usize, name: &str) -> i64 {
    let number = format!("678555{:04}", 1000 + n);
    let body = json!({
        "status": true, "message": "Success", "lead_status": "Responded",
        "lead_details": { "lead_id": 100 + n, "first_name": name, "full_name": name, "mobile_number": format!("+1{number}"),
            "campaign_name": "Spring", "campaign_id": 1, "user_timezone": "America/New_York" },
    });
    assert_eq!(app.post_hook(meera, "", body.to_string()).await.status, 200, "{name}");
    app.get_json(&format!("/api/leads?q={number}")).await["items"][0]["id"].as_i64().unwrap()
}

async fn erase(app: &TestApp, lead: i64) {
    let answer = app.post_json(&format!("/api/leads/{lead}/erase"), json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn words_of_the_program_stay_whoever_is_called_like_them() {
    let app = TestApp::new();
    let callrail = app.add("callrail").await;
    let meera = app.add("meera").await;
    let curious = app.add("curious-thing").await;
    assert_eq!(app.upload("calls.csv", "Name,Phone\nSomebody,678-555-0142\n").await.status, 201);
    let mapping = json!({ "name": "Ours", "kind": "leads", "mapping": { "phone": "Phone" }, "time_zone": "America/Phoenix",
        "provider": "callrail" });
    assert_eq!(app.post_json("/api/mappings", mapping).await.status, 201);
    let saved = json!({ "name": "Weekly", "report": "overview", "format": "pdf", "range": "last_week",
        "query": { "tz": "Australia/Sydney", "rep": "Meera", "stage": "booked" } });
    let answer = app.post_json("/api/saved-reports", saved).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let more = "INSERT INTO gaps (id, from_at, to_at, why) VALUES (1, 1, 2, 'asleep');
                INSERT INTO gap_sources (gap, source, resends, state, reason) VALUES (1, 1, 0, 'dismissed', 'We know');
                INSERT INTO refusals (day, what, source, n, last_at) VALUES ('2026-03-01', 'wrong_key', 0, 1, 1);
                UPDATE imports SET then_state = 'undone', time_zone = 'America/Denver', kind = 'calls', recognised = 'CallRail';
                INSERT INTO exports (what, format, asked, title, file, state, began_at)
                VALUES ('report', 'csv', '{\"what\":\"report\",\"format\":\"csv\",\"name\":\"overview\",\"query\":{\"tz\":\"America/Phoenix\"}}',
                        'Overview', 'x.csv', 'done', 1);";
    Connection::open(app.app.store.path()).unwrap().execute_batch(more).unwrap();
    let before = rows(&app);
    assert!(before.iter().all(|(_, cells)| cells.iter().any(|cell| *cell != Cell::Null)), "{before:?}");
    let names = [
        "Meera",
        "Varda",
        "CallRail",
        "Curious Thing",
        "Phoenix",
        "Denver",
        "Sydney",
        "America Phoenix",
        "Australia, Sydney",
        "Uploaded",
        "Undone",
        "Asleep",
        "Dismissed",
        "Report",
        "Overview",
        "Calls",
        "Booked",
        "Wrong Key",
        "Last Week",
        "Csv Report",
    ];
    for (n, name) in names.into_iter().enumerate() {
        let lead = lead_of(&app, &meera, n, name).await;
        erase(&app, lead).await;
        for (now, before) in rows(&app).into_iter().zip(&before) {
            assert_eq!(now, *before, "{name}");
        }
    }
    let name = |id: i64| app.app.store.read_blocking(move |c| leadtrail::store::sources::by_id(c, id)).unwrap().name;
    assert_eq!([name(callrail.id), name(meera.id)], [callrail.name.clone(), meera.name.clone()]);
    // The services are still known.
    assert_eq!(app.post_hook(&callrail, "/post_call", call("CALafter", "Ann", "+16785550142", "Hi")).await.status, 200);
    let text = json!([{ "id": "e1", "time": "2026-03-21T21:46:58Z", "to": "16785550143", "from": "17705550199", "message": "Hi" }]);
    assert_eq!(app.post_hook(&curious, "/sms_sent", text.to_string()).await.status, 200);
    rebuilt_the_same(&app);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_word_of_a_name_destroys_nothing_of_a_namesake() {
    let app = TestApp::new();
    let callrail = app.add("callrail").await;
    let meera = app.add("meera").await;
    let names = ["Grace", "Austin", "Meera", "Anne-Marie", "O’Brien", "Grace M.", "สมชาย", "Будимир", "Ελένη"];
    let mut leads = Vec::new();
    for (n, name) in names.into_iter().enumerate() {
        leads.push(lead_of(&app, &meera, n, name).await);
    }
    let torn = |words: &str| format!("{{\"text\": \"{words}\"");
    let agent = [("content-type", "application/json"), ("user-agent", "Meera/1.0")];
    for n in 0..3 {
        assert_eq!(app.post_hook_with(&meera, "", &agent, format!("{{\"n\": {n}")).await.status, 202);
    }
    for words in [
        "Grace",
        "Grace Miller, 404-555-0199",
        "by the grace of God",
        "Austin office report",
        "O'Brien",
        "Kate O'Brien",
        "Anne-Marie Dupont",
        "สมชาย ใจดี",
        "Будимир Петрович",
        "Ελένη Παπαδοπούλου",
        "{\\\"name\\\": \\\"Grace\\\"}",
    ] {
        assert_eq!(app.post_hook(&callrail, "/post_call", torn(words)).await.status, 202, "{words}");
    }
    assert_eq!(app.post_hook(&callrail, "/grace", "{").await.status, 202);
    let theirs = [torn("Grace, 678 555 1000"), torn("call 678-555-1001 back")];
    for body in &theirs {
        assert_eq!(app.post_hook(&callrail, "/post_call", body.clone()).await.status, 202, "{body}");
    }
    let saved = json!({ "name": "Austin office report", "report": "overview", "format": "pdf", "range": "last_week", "query": {} });
    assert_eq!(app.post_json("/api/saved-reports", saved).await.status, 201);
    assert_eq!(app.upload("Grace.csv", "Name,Phone\nGrace,404-555-0199\n").await.status, 201);
    let waiting =
        async || app.get_json("/api/deliveries?state=quarantined&limit=500").await["items"].as_array().unwrap().len();
    let before = waiting().await;

    for (lead, name) in leads.into_iter().zip(names) {
        erase(&app, lead).await;
        println!("{name}: {} of {before}", waiting().await);
    }
    assert_eq!(waiting().await, before - theirs.len(), "only what holds a number of theirs is gone");
    assert_eq!(app.get_json("/api/saved-reports").await["items"][0]["name"], "Austin office report");
    assert_eq!(app.get_json("/api/imports").await["items"][0]["name"], "Grace.csv");
    rebuilt_the_same(&app);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_cannot_be_read_is_looked_into_whatever_became_of_the_rest() {
    let app = TestApp::new();
    let meera = app.add("meera").await;
    let curious = app.add("curious-thing").await;
    let lead = lead_of(&app, &meera, 1, "Zebulon Quartermain").await;
    let batch = json!([
        { "id": "evt-1", "time": "2026-03-21T21:46:58Z", "to": "16785550142", "from": "17705550199", "message": "Marmalade" },
        { "id": "evt-2", "time": "2026-03-21T21:46:59Z", "to": "16785550143", "from": "17705550199", "message": "Hello" },
        "Zebulon Quartermain rang again",
        "Somebody else did",
    ])
    .to_string();
    // Once it is new, and once all that can be read of it is known already.
    for _ in 0..2 {
        assert_eq!(app.post_hook(&curious, "/sms_sent", batch.clone()).await.status, 200);
    }
    // Somebody else of it is erased before.
    let other = app.get_json("/api/leads?q=6785550142").await["items"][0]["id"].as_i64().unwrap();
    erase(&app, other).await;
    erase(&app, lead).await;
    for delivery in app.get_json("/api/deliveries?limit=100").await["items"].as_array().unwrap() {
        let one = app.get_json(&format!("/api/deliveries/{}", delivery["id"])).await.to_string();
        assert!(!one.contains("Quartermain"), "{one}");
        assert!(!one.contains("Marmalade"), "{one}");
    }
    rebuilt_the_same(&app);
}
