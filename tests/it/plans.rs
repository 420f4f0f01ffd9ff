//! How SQLite answers what the window, scripts and senders ask all day: no statement walks through a table that grows.
//!
//! The statements are not listed here: whatever runs while everything is used through the doors is looked at, by its plan.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use leadtrail::providers::Provider;
use leadtrail::providers::simulator::{Happening, YearsPlan, years};
use leadtrail::settings::Values;
use leadtrail::store::Connection;
use leadtrail::store::statements::RunStatements;
use serde_json::{Value, json};

use super::support::{TestApp, fast_folder, samples, text};

/// Tables that hold a row for each thing the owner set up or that is counted in a day, not for each message or person.
const FEW_ROWS: [&str; 7] =
    ["settings", "sources", "source_keys", "counters", "refusals", "journal_numbers", "sqlite_sequence"];

/// Walks that are meant: a part of the statement that nothing else has, what is walked through, and why that is no harm.
const MEANT: &[(&str, &str, &str)] = &[
    ("SELECT EXISTS (SELECT 1 FROM erased_keys)", "erased_keys", "ends at the first row"),
    ("FROM gap_sources WHERE state = 'open'", "gap_sources", "the index has the open gaps alone"),
    (
        "INDEXED BY leads_dnc WHERE l.do_not_contact <> 0 ORDER BY",
        "leads",
        "the index has a page's people alone, in order",
    ),
    ("INDEXED BY leads_needs WHERE l.needs <> 0 AND (l.needs & ?) <> 0", "leads", "the index has those who wait alone"),
    ("INDEXED BY calls_recent WHERE c.answered = ?", "calls", "the index has every column: no row is opened"),
    ("INDEXED BY calls_recent WHERE c.direction = ?", "calls", "the index has every column: no row is opened"),
    ("INDEXED BY calls_recent WHERE c.outcome = ?", "calls", "the index has every column: no row is opened"),
    ("INDEXED BY calls_recent WHERE c.source = ?", "calls", "the index has every column: no row is opened"),
];

/// A step of a plan that reads all of something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Walk {
    table: String,
    step: String,
}

/// Every step of a statement's plan that walks through a table which grows, and does not end with the page that is asked for.
fn walks(connection: &Connection, sql: &str) -> Vec<Walk> {
    let mut tables = connection.prepare("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')").unwrap();
    let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let steps = plan.raw_query().mapped(|row| row.get::<_, String>(3)).map(Result::unwrap).collect::<Vec<_>>();
    let sorts = steps.iter().any(|step| step.starts_with("USE TEMP B-TREE"));
    let first = steps.iter().find(|step| step.starts_with("SCAN ") || step.starts_with("SEARCH "));
    let mut found = Vec::new();
    for step in &steps {
        // An index that is made for one question is made of all there is; the largest under a condition that its index does
        // not know is looked for from the end on.
        let is_walk = |rest: &&str| {
            rest.contains(" USING AUTOMATIC ") || (!rest.contains('(') && sql.to_ascii_lowercase().contains("where"))
        };
        let walked = step.strip_prefix("SCAN ").or_else(|| step.strip_prefix("SEARCH ").filter(is_walk));
        let Some(scanned) = walked else { continue };
        let name = scanned.split(' ').next().unwrap();
        // Full text that looks for words, or by its row, is no walk.
        let is_looked_up =
            |(_, how): (&str, &str)| how.contains(":M") || how.ends_with(":=") || name.starts_with("json_");
        if scanned.split_once("VIRTUAL TABLE INDEX ").is_some_and(is_looked_up) {
            continue;
        }
        if first == Some(step) && !sorts && ends_with_its_page(sql) {
            continue;
        }
        match table_of(sql, name, &tables) {
            Some(table) if !FEW_ROWS.contains(&table.as_str()) => found.push(Walk { table, step: step.clone() }),
            _ => {}
        }
    }
    found
}

/// It takes what comes first, whatever it is: no condition makes it look for more.
fn ends_with_its_page(sql: &str) -> bool {
    let mut depth = 0;
    let outer: String = sql
        .chars()
        .filter(|letter| {
            depth += i32::from(*letter == '(');
            let is_outer = depth == 0;
            depth -= i32::from(*letter == ')');
            is_outer
        })
        .collect();
    let words: Vec<String> = outer.split(|c: char| !c.is_alphanumeric()).map(str::to_ascii_lowercase).collect();
    let has = |word: &str| words.iter().any(|other| other == word);
    has("limit") && !["where", "group", "distinct", "count", "sum", "max", "min", "total", "join"].into_iter().any(has)
}

/// The table that a plan calls `name`; `None` for what the statement itself makes, such as a list of values.
fn table_of(sql: &str, name: &str, tables: &[String]) -> Option<String> {
    if let Some(table) = tables.iter().find(|table| *table == name) {
        return Some(table.clone());
    }
    let words: Vec<&str> =
        sql.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty()).collect();
    let named = words.windows(2).chain(words.windows(3)).find(|words| {
        let is_as = words.len() == 2 || words[1].eq_ignore_ascii_case("as");
        is_as && words.last() == Some(&name) && tables.iter().any(|table| table == words[0])
    });
    named.map(|words| words[0].to_string())
}

/// Which of the walks that are meant this is, by its place in the list.
fn meaning(sql: &str, walk: &Walk) -> Option<usize> {
    MEANT.iter().position(|(part, table, _)| sql.contains(part) && walk.table == *table)
}

fn until() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-03-26T00:00:00Z").unwrap().to_utc()
}

/// Everything that senders send: of all five, known and new, repeated, unreadable, wrongly signed.
async fn send(app: &TestApp) {
    let mut sources = BTreeMap::new();
    for provider in Provider::ALL {
        sources.insert(provider.slug(), app.add(provider.slug()).await);
    }
    for happening in years(YearsPlan { months: 3, ..YearsPlan::of(8, 30, until()) }) {
        let Happening::Sent(sent) = happening else { continue };
        let part = sent.event.map(|event| format!("/{event}")).unwrap_or_default();
        app.post_hook(&sources[sent.provider.slug()], &part, sent.body).await;
    }
    for sample in samples().into_iter().chain(samples()) {
        let part = sample.event.map(|event| format!("/{event}")).unwrap_or_default();
        app.post_hook(&sources[sample.provider.slug()], &part, sample.body).await;
    }
    app.post_hook(&sources["varda"], "", "not JSON at all").await;
    // One whose signature is wrong from now on.
    let source = sources["telmetrics"].id;
    app.app.store.write(move |batch| batch.add_source_key(source, None, "k", until())).await.unwrap();
    app.post_hook(&sources["telmetrics"], "", text(1)).await;
}

/// The first pages of a list.
async fn pages(app: &TestApp, list: &str, query: &str) {
    let mut cursor = String::new();
    for _ in 0..3 {
        let page = app.get_json(&format!("{list}?limit=4&{query}{cursor}")).await;
        let Some(next) = page["next_cursor"].as_str() else { break };
        let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
        cursor = format!("&cursor={next}");
    }
}

const LEADS: [&str; 16] = [
    "",
    "q=ja",
    "q=0142",
    "stage=new",
    "source=1",
    "outcome=booked",
    "tag=Kitchen",
    "rep=Dana",
    "sentiment=positive",
    "dnc=true",
    "needs=call_back",
    "from=2026-01-01&to=2026-03-01",
    "stage=responded&source=2",
    "sort=recent",
    "sort=oldest",
    "sort=name",
];
const CALLS: [&str; 7] =
    ["", "source=1", "direction=inbound", "outcome=booked", "answered=true", "from=2026-01-01&to=2026-03-01", "q=roof"];
const DELIVERIES: [&str; 7] = [
    "",
    "state=processed",
    "state=duplicate",
    "state=quarantined",
    "state=repaired",
    "source=1",
    "state=processed&source=1",
];

/// What the window asks while somebody works in it.
async fn look(app: &TestApp) {
    for query in LEADS {
        pages(app, "/api/leads", query).await;
    }
    for query in CALLS {
        pages(app, "/api/calls", query).await;
    }
    for query in DELIVERIES {
        pages(app, "/api/deliveries", query).await;
    }
    for words in ["roof", "kitchen%20remodel", "0142", "jane", "%2B14045550142", "j"] {
        app.get_json(&format!("/api/search?q={words}")).await;
    }
    for path in ["/api/status", "/api/sources", "/api/rescue", "/api/changes?since=0", "/api/actions"] {
        app.get(path).await;
    }
    let delivery = app.deliveries().await[0]["id"].clone();
    app.get_json(&format!("/api/deliveries/{delivery}")).await;
    for lead in app.leads().await.iter().take(12) {
        let path = format!("/api/leads/{}", lead["id"]);
        app.get_json(&path).await;
        for query in ["", "kinds=call", "kinds=message,note", "as_of=2090-01-01T00:00:00Z"] {
            pages(app, &format!("{path}/timeline"), query).await;
        }
        let note = app.post_json(&format!("{path}/actions"), json!({ "type": "note", "text": "Rings again" })).await;
        let actions = [json!({ "type": "outcome", "outcome": "booked" }), json!({ "type": "tag", "tag": "Kitchen" })];
        for action in actions {
            app.post_json(&format!("{path}/actions"), action).await;
        }
        let id = note.json()["id"].as_str().unwrap().to_string();
        app.post_json(&format!("/api/actions/{id}/undo"), Value::Null).await;
    }
    let call = app.get_json("/api/calls").await["items"][0]["id"].clone();
    app.get_json(&format!("/api/calls/{}", call.as_str().unwrap())).await;
}

#[tokio::test]
async fn no_statement_of_every_day_walks_through_a_table_that_grows() {
    let folder = fast_folder();
    let file = folder.path().join(leadtrail::store::FILE);
    let statements = RunStatements::of(&file);
    let app = TestApp::at(folder, Values::default());
    // How the file is made is not of every day.
    statements.take();
    send(&app).await;
    look(&app).await;
    let ran = statements.take();
    assert!(ran.len() > 100, "only {} statements were noted", ran.len());

    let connection = Connection::open(&file).unwrap();
    let (mut wrong, mut meant) = (Vec::new(), BTreeSet::new());
    for sql in ran.iter().filter(|sql| !sql.starts_with("--") && !sql.starts_with("PRAGMA")) {
        for walk in walks(&connection, sql) {
            match meaning(sql, &walk) {
                Some(place) => drop(meant.insert(place)),
                None => wrong.push(format!("{}\n    {sql}", walk.step)),
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {} walk:\n{}", wrong.len(), ran.len(), wrong.join("\n"));
    let left = (0..MEANT.len()).filter(|place| !meant.contains(place)).map(|place| MEANT[place].0);
    assert_eq!(left.collect::<Vec<_>>(), Vec::<&str>::new(), "nothing walks so any longer");

    // The same statements on a file whose events have lost their indices: now some walk.
    let mut indices = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'events' AND sql IS NOT NULL")
        .unwrap();
    let indices: Vec<String> = indices.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    indices.iter().for_each(|index| connection.execute_batch(&format!("DROP INDEX {index}")).unwrap());
    let walks = |sql: &&String| !sql.contains("INDEXED BY") && !walks(&connection, sql).is_empty();
    let walking = ran.iter().filter(|sql| sql.contains("events") && !sql.starts_with("--")).filter(walks).count();
    assert!(walking > 0, "without {indices:?} nothing walks");
}

/// What the test above is worth: each of these is said to walk, and none of the others.
#[test]
fn a_statement_that_walks_is_found() {
    let connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch(
            "CREATE TABLE notes (id INTEGER PRIMARY KEY, lead INTEGER NOT NULL, at INTEGER NOT NULL, text TEXT NOT NULL);
             CREATE INDEX notes_lead ON notes (lead, at); CREATE INDEX notes_at ON notes (at);
             CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT);
             CREATE VIRTUAL TABLE words USING fts5 (text);",
        )
        .unwrap();
    for bad in [
        "SELECT id FROM notes WHERE text = ?1",
        "SELECT count(*) FROM notes",
        "SELECT n.id FROM settings s JOIN notes AS n ON n.text = s.value",
        "SELECT id FROM notes ORDER BY text LIMIT 5",
        "SELECT id FROM notes WHERE text = ?1 ORDER BY at LIMIT 5",
        "SELECT max(at) FROM notes WHERE +lead = ?1",
        "DELETE FROM notes WHERE text = ?1",
        "UPDATE notes SET at = 0",
        "SELECT id FROM notes WHERE lead = (SELECT lead FROM notes WHERE text = ?1)",
        "WITH some AS (SELECT lead FROM notes WHERE text LIKE 'a%') SELECT * FROM some",
        "SELECT rowid FROM words WHERE text LIKE '%roof%'",
    ] {
        assert!(!walks(&connection, bad).is_empty(), "{bad}");
    }
    for good in [
        "SELECT text FROM notes WHERE id = ?1",
        "SELECT id FROM notes WHERE lead = ?1 AND at < ?2 ORDER BY at DESC LIMIT 5",
        "SELECT id, (SELECT value FROM settings WHERE name = text) FROM notes ORDER BY at DESC LIMIT 5",
        "SELECT id FROM notes WHERE (at, id) < (?1, ?2) ORDER BY at DESC, id DESC LIMIT 5",
        "SELECT name, value FROM settings",
        "SELECT n.id FROM json_each(?1) j JOIN notes n ON n.id = j.value",
        "SELECT rowid FROM words WHERE words MATCH ?1",
        "INSERT INTO notes (lead, at, text) VALUES (?1, ?2, ?3)",
        "DELETE FROM words WHERE rowid = ?1",
    ] {
        assert_eq!(walks(&connection, good), Vec::<Walk>::new(), "{good}");
    }
}
