//! What a report is compared with, what a saved report makes next, and a summary that names no customer.

use std::process::Command;

use leadtrail::ingest::demo;
use serde_json::{Value, json};

use super::exports::{made, town, values};
use super::support::{TestApp, leadtrail, leadtrail_json, serve};

async fn compared(app: &TestApp, query: &str) -> String {
    let report = app.get_json(&format!("/api/reports/calls?{query}")).await;
    let of = |key: &str| report["manifest"]["compared"][key].as_str().unwrap_or("").to_string();
    format!("{} {} {}", of("from"), of("to"), report["manifest"]["compared_words"].as_str().unwrap_or(""))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calendar_month_is_compared_with_the_calendar_month_before_it() {
    let app = TestApp::with(values());
    for (query, expected) in [
        ("from=2026-11-01&to=2026-11-30", "2026-10-01 2026-10-31 the month before"),
        ("from=2026-11-01&to=2026-11-12", "2026-10-01 2026-10-12 the same days of the month before"),
        ("from=2026-04-01&to=2026-06-30", "2026-01-01 2026-03-31 the quarter before"),
        ("from=2026-01-01&to=2026-01-09&unit=quarter", "2025-10-01 2025-10-09 the same days of the quarter before"),
        ("from=2026-01-01&to=2026-12-31", "2025-01-01 2025-12-31 the year before"),
        ("from=2026-11-10&to=2026-11-19", "2026-10-31 2026-11-09 the 10 days before"),
        ("from=2025-02-01&to=2025-02-28&compare=year", "2024-02-01 2024-02-29 the same days a year earlier"),
        ("from=2026-11-01&to=2026-11-30&compare=none", "  "),
    ] {
        assert_eq!(compared(&app, query).await, expected, "{query}");
    }
    let odd = app.get("/api/reports/calls?unit=fortnight").await;
    assert_eq!(odd.status, 400, "{}", odd.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_report_says_which_days_it_makes_next() {
    let app = TestApp::with(values());
    let schedule = json!({ "every": "monthly", "day": 1, "at": "07:00", "folder": "", "on": true });
    let new = json!({ "name": "Monthly", "range": "last_month", "schedule": schedule });
    let saved = app.post_json("/api/saved-reports", new).await.json();
    let due: chrono::NaiveDate = saved["next_at"].as_str().unwrap()[..10].parse().unwrap();
    let ends = due.pred_opt().unwrap();
    let begins = chrono::Datelike::with_day(&ends, 1).unwrap();
    assert_eq!(saved["next_period"]["from"], begins.to_string(), "{saved}");
    assert_eq!(saved["next_period"]["to"], ends.to_string(), "{saved}");
    let by_hand = app.post_json("/api/saved-reports", json!({ "name": "By hand", "range": "last_month" })).await.json();
    assert_eq!((&by_hand["next_at"], &by_hand["next_period"]), (&Value::Null, &Value::Null));
}

/// The words of a PDF and how many pages it has; `None` where the programs that read one are not installed.
async fn read_pdf(app: &TestApp, export: &Value) -> Option<(String, usize)> {
    assert_eq!(export["state"], "done", "{export}");
    let file = app.get(&format!("/api/exports/{}/file", export["id"])).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pdf");
    std::fs::write(&path, &file.body).unwrap();
    if let Some(look) = std::env::var_os("LEADTRAIL_LOOK") {
        let name = format!("summary-{}.pdf", export["id"]);
        std::fs::write(std::path::Path::new(&look).join(name), &file.body).unwrap();
    }
    read_file(&path)
}

fn read_file(path: &std::path::Path) -> Option<(String, usize)> {
    let says =
        |command: &mut Command| command.output().ok().map(|out| String::from_utf8_lossy(&out.stdout).into_owned());
    let text = says(Command::new("pdftotext").arg("-layout").arg(path).arg("-"))?;
    let info = says(Command::new("pdfinfo").arg(path))?;
    let pages = info.lines().find_map(|line| line.strip_prefix("Pages:"))?.trim().parse().ok()?;
    Some((text, pages))
}

/// Every name of two words or more, number and mail of every customer that stands in the text.
fn named_in(text: &str, leads: &[Value]) -> Vec<String> {
    let squeezed = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let mut found = Vec::new();
    for lead in leads {
        let texts = |key: &str| lead[key].as_array().cloned().unwrap_or_default();
        let name = lead["name"].as_str().unwrap_or("").to_lowercase();
        if name.contains(' ') && squeezed.contains(&name) {
            found.push(name);
        }
        for phone in texts("phones") {
            let national = phone.as_str().unwrap().trim_start_matches("+1").trim_start_matches('+').to_string();
            if digits.contains(&national) {
                found.push(national);
            }
        }
        for mail in texts("emails") {
            if squeezed.contains(mail.as_str().unwrap()) {
                found.push(mail.to_string());
            }
        }
    }
    found
}

/// All of them: pages of the list are shorter than the month.
async fn everybody(app: &TestApp) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = app.get_json(&format!("/api/leads?limit=200{cursor}")).await;
        all.extend(page["items"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_summary_of_the_sample_names_no_customer_and_has_three_pages_at_most() {
    let app = TestApp::new();
    let until = "2026-03-26T00:00:00Z".parse().unwrap();
    demo::fill(&app.app.store, until, |_, _| {}).await.unwrap();
    let leads = everybody(&app).await;
    assert!(leads.len() > 200);
    let query = json!({ "from": "2026-03-01", "to": "2026-03-31", "tz": "America/New_York" });
    for name in ["overview", "calls", "reasons", "touches"] {
        let order =
            |detail: &str| json!({ "what": "report", "name": name, "format": "pdf", "detail": detail, "query": query });
        let whole = made(&app, order("complete")).await;
        let summary = made(&app, order("summary")).await;
        assert_eq!(whole["sha256"], summary["sha256"], "it is a summary of these very figures");
        let Some((text, pages)) = read_pdf(&app, &summary).await else { return };
        assert!((1..=3).contains(&pages), "{name}: {pages} pages");
        assert_eq!(named_in(&text, &leads), Vec::<String>::new(), "{name}: {text}");
        assert!(text.contains("Overview, summary") || name != "overview", "{text}");
        assert!(text.contains("Mar 2026"), "{text}");
        let (complete, many) = read_pdf(&app, &whole).await.unwrap();
        assert!(many > pages, "{name}: the complete one has {many} pages");
        if name == "overview" {
            assert!(named_in(&complete, &leads).len() > 100, "the complete one names them");
            assert!(text.contains("New leads") && text.contains("Booked"), "{text}");
        }
    }
    // As before where nobody says which; and only a PDF of a report has two.
    let plain = made(&app, json!({ "what": "report", "format": "pdf", "query": query })).await;
    let (text, _) = read_pdf(&app, &plain).await.unwrap();
    assert!(named_in(&text, &leads).len() > 100);
    for (odd, says) in [
        (json!({ "what": "report", "format": "pdf", "detail": "short" }), "summary or complete"),
        (json!({ "what": "report", "format": "csv", "detail": "summary" }), "PDF"),
        (json!({ "what": "timeline", "lead": 1, "format": "pdf", "detail": "summary" }), "report"),
    ] {
        let answer = app.post_json("/api/exports", odd.clone()).await;
        assert!(answer.status >= 400 && answer.text().contains(says), "{odd}: {}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_summary_of_a_hundred_sources_and_endless_names_keeps_to_its_pages() {
    let app = TestApp::with(values());
    let callrail = app.add("callrail").await;
    let people = ["Zebulon Quartermain", "Ann Other", "María-José de la Torre y Fernández"];
    for n in 0..120 {
        let (person, phone) = (people[n % 3], format!("+1404555{:04}", 100 + n));
        let endless = "A campaign without an end ".repeat(40);
        // Where somebody writes the customer into what figures are told apart by.
        let source = match n % 4 {
            0 => format!("Source {n} {}", "x".repeat(300)),
            1 => format!("Referred by {person}"),
            2 => format!("Call back (404) 555-{:04}", 100 + n),
            _ => format!("mail zebulon{n}@example.com"),
        };
        let body = json!({
            "resource_id": format!("CAL{n}"), "answered": n % 2 == 0, "direction": "inbound", "duration": "63",
            "customer_name": person, "customer_phone_number": phone, "tracking_phone_number": "+14045558514",
            "start_time": "2026-03-19T13:41:00-05:00", "source_name": source, "campaign": format!("{n} {endless}"),
            "agent_email": format!("{}@{n}.example.com", "rep".repeat(60)),
        });
        assert_eq!(app.post_hook(&callrail, "/post_call", body.to_string()).await.status, 200);
    }
    let leads = everybody(&app).await;
    for name in ["overview", "touches", "outcomes", "reps", "sentiment", "funnel"] {
        for paper in ["a4", "letter"] {
            let query = json!({ "from": "2026-03-01", "to": "2026-03-31" });
            let order = json!({
                "what": "report", "name": name, "format": "pdf", "paper": paper, "detail": "summary", "query": query,
            });
            let Some((text, pages)) = read_pdf(&app, &made(&app, order).await).await else { return };
            assert!((1..=3).contains(&pages), "{name} on {paper}: {pages} pages");
            assert_eq!(named_in(&text, &leads), Vec::<String>::new(), "{name}: {text}");
            assert!(!text.contains("zebulon"), "{name}: {text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_report_keeps_whether_it_is_a_summary() {
    let (app, _) = town().await;
    let range = json!({ "from": "2026-03-01", "to": "2026-03-31" });
    let new = json!({ "name": "For the meeting", "range": range, "detail": "summary" });
    let saved = app.post_json("/api/saved-reports", new).await.json();
    assert_eq!(saved["detail"], "summary", "{saved}");
    let id = saved["id"].clone();
    let begun = app.post_json(&format!("/api/saved-reports/{id}/make"), json!({})).await.json();
    let export = super::exports::ended(&app, begun["id"].as_i64().unwrap()).await;
    let leads = everybody(&app).await;
    if let Some((text, pages)) = read_pdf(&app, &export).await {
        assert!(pages <= 3 && named_in(&text, &leads).is_empty(), "{text}");
    }
    let path = format!("/api/saved-reports/{id}");
    let changed = app.send_json("PATCH", &path, json!({ "detail": "complete" })).await.json();
    assert_eq!(changed["detail"], "complete");
    // One saved before there was a choice stays what it was.
    let old = app.post_json("/api/saved-reports", json!({ "name": "Old", "range": range })).await.json();
    assert_eq!(old["detail"], "complete");
    // In another format there is nothing to choose, and what is chosen waits for when there is.
    let csv = app.send_json("PATCH", &path, json!({ "detail": "summary", "format": "csv" })).await;
    assert_eq!(csv.status, 200, "{}", csv.text());
    let begun = app.post_json(&format!("{path}/make"), json!({})).await;
    assert_eq!(begun.status, 201, "{}", begun.text());
}

#[test]
fn the_command_line_makes_a_summary_where_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let mut serving = serve(&data);
    let added = leadtrail_json(&data, &["source", "add", "--provider", "callrail", "--name", "Ours", "--json"]);
    let path = format!("/hooks/{}/post_call", added["key"].as_str().unwrap());
    let body = super::exports::call("CAL1", "Zebulon Quartermain", "+14045550187", "2026-03-19T13:41:00-05:00");
    assert_eq!(super::support::Line::open(serving.hooks).unwrap().post(&path, body.as_bytes()).unwrap().0, 200);
    let file = |name: &str| folder.path().join(name);
    let make = |name: &str, how: &[&str]| {
        let target = file(name).display().to_string();
        let mut all = vec!["export", "report", "--from", "2026-03-01", "--to", "2026-03-31", "-o", &target];
        all.extend(how);
        leadtrail(&data, &all)
    };
    for (name, how, names) in [
        ("a.pdf", &["--summary"][..], false),
        ("b.pdf", &["--detail", "summary"], false),
        ("c.pdf", &["--detail", "complete"], true),
        ("d.pdf", &[], true),
    ] {
        let out = make(name, how);
        assert!(out.status.success(), "{how:?}: {}", String::from_utf8_lossy(&out.stderr));
        if let Some((text, pages)) = read_file(&file(name)) {
            assert_eq!(text.contains("Zebulon"), names, "{how:?}");
            assert!(names || pages <= 3);
        }
    }
    for odd in [&["--summary", "--detail", "complete"][..], &["--summary", "--format", "csv"]] {
        assert!(!make("e.pdf", odd).status.success(), "{odd:?}");
    }
    assert_eq!(serving.terminate(), Some(0));
}

/// A number that is called Booked is the same number wherever it stands; what counts otherwise is called otherwise.
#[tokio::test(flavor = "multi_thread")]
async fn booked_is_one_number_on_every_screen() {
    let app = TestApp::new();
    let until = "2026-03-26T00:00:00Z".parse().unwrap();
    demo::fill(&app.app.store, until, |_, _| {}).await.unwrap();
    let list = app.get_json("/api/leads?outcome=booked&limit=1").await;
    let report = app.get_json("/api/reports/overview?from=2025-06-01&to=2026-06-30&tz=UTC").await;
    let mut called = Vec::new();
    let mut see = |label: &Value, cell: &Value| {
        let label = label.as_str().unwrap().trim().to_lowercase();
        if cell["unit"] == "count" && (label == "booked" || label == "outcome booked") {
            called.push((cell["figure"].as_str().unwrap().to_string(), cell["value"].clone()));
        }
    };
    for line in report["headlines"].as_array().unwrap() {
        see(&line["label"], &line["cell"]);
    }
    for table in report["sections"].as_array().unwrap().iter().flat_map(|s| s["tables"].as_array().unwrap().clone()) {
        for row in table["rows"].as_array().unwrap() {
            see(&row["label"], &row["cells"][0]);
        }
        for (at, column) in table["columns"].as_array().unwrap().iter().enumerate() {
            if let Some(total) = table["total"].as_object() {
                see(&column["label"], &total["cells"][at]);
            }
        }
    }
    assert!(called.len() >= 3 && list["total"].as_i64().unwrap() > 20, "{called:?} {list}");
    for (figure, value) in called {
        assert_eq!((figure.as_str(), &value), ("outcome.booked", &list["total"]));
    }
    // What the list says beside the number is what the report says it counts.
    let words = report["measures"]["outcome.booked"]["counts"].as_str().unwrap().to_string();
    let ours = std::fs::read_to_string("ui/src/lib/labels.ts").unwrap();
    let said = ours.split("BOOKED_COUNTS =").nth(1).and_then(|rest| rest.split('\'').nth(1)).unwrap();
    assert!(words.starts_with(said), "{words} / {said}");
}

/// A list whose rows are few says how many there are, whatever it is filtered by.
#[tokio::test(flavor = "multi_thread")]
async fn a_filtered_list_says_how_many_it_holds() {
    let app = TestApp::new();
    let until = "2026-03-26T00:00:00Z".parse().unwrap();
    demo::fill(&app.app.store, until, |_, _| {}).await.unwrap();
    let rep = app.get_json("/api/reps").await["agents"][0]["name"].as_str().unwrap().to_string();
    let rep = rep.replace('@', "%40").replace(' ', "%20");
    let (mut some, day) = (0, "from=2026-03-20T00:00:00Z");
    for filter in [
        "outcome=booked",
        "outcome=spam",
        "sentiment=positive",
        "dnc=true",
        "dnc=false",
        "outcome=booked&stage=booked",
        "needs=any&outcome=quoted",
        &format!("rep={rep}"),
        day,
        &format!("{day}&sort=name"),
        "tag=nobody",
    ] {
        let (mut counted, mut cursor) = (0, String::new());
        let first = app.get_json(&format!("/api/leads?limit=50&{filter}")).await["total"].clone();
        loop {
            let page = app.get_json(&format!("/api/leads?limit=50&{filter}{cursor}")).await;
            counted += page["items"].as_array().unwrap().len();
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(first, json!(counted), "{filter}");
        some += counted;
    }
    assert!(some > 100);
    let calls = app.get_json("/api/calls?outcome=booked&limit=500").await;
    assert_eq!(calls["total"], calls["items"].as_array().unwrap().len(), "calls");
}

/// What each reader knows has words for people, and the window is told them.
#[tokio::test(flavor = "multi_thread")]
async fn the_words_readers_know_are_served_with_words_for_people() {
    let app = TestApp::new();
    let answer = app.get_json("/api/providers").await;
    for (slug, kind, word, plain) in [
        ("varda", "outcome", "no_answer", "No answer"),
        ("callrail", "value", "previously_marked_good_lead", "Marked as a good lead before"),
        ("meera", "status", "RepCall30SEC", "Talked with a rep, under 30 seconds"),
        ("meera", "reason", "Close:Chose_Another_Option", "Chose somebody else"),
        ("curious-thing", "value", "Not Complete", "Not completed"),
        ("telmetrics", "field", "voice_trends.lead", "A lead, by the voices"),
        ("varda", "value", "resolved", "Resolved"),
    ] {
        let items = answer["items"].as_array().unwrap();
        let of = items.iter().find(|one| one["slug"] == slug).unwrap();
        let words = of["words"].as_array().unwrap();
        let found = words.iter().find(|one| one["kind"] == kind && one["word"] == word);
        assert_eq!(found.map(|one| &one["plain"]), Some(&json!(plain)), "{slug} {kind} {word}");
    }
}

/// How far the last call of a lead came, and who holds calls, are fields: nothing has to be read out of a title.
#[tokio::test(flavor = "multi_thread")]
async fn the_list_says_how_far_the_last_call_came_and_which_provider_is_a_voice_assistant() {
    use super::event_builders::{at, call, phone, text};
    use leadtrail::domain::call::CallState;
    use leadtrail::domain::event::Direction;

    let app = TestApp::new();
    let source = app.add("callrail").await;
    app.place(&source, at(600), &[call(600, &phone(1), CallState::Voicemail, &[])]).await;
    assert_eq!(app.leads().await[0]["last_entry"]["state"], "voicemail");
    app.place(&source, at(610), &[text(610, &phone(1), Direction::Inbound, "Could you come by?")]).await;
    assert!(app.leads().await[0]["last_entry"]["state"].is_null());

    let answer = app.get_json("/api/providers").await;
    let held: Vec<_> =
        answer["items"].as_array().unwrap().iter().filter(|one| one["voice_assistant"] == true).collect();
    assert_eq!(held.len(), 1);
    assert_eq!(held[0]["slug"], "curious-thing");
}
