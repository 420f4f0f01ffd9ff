//! A lead that was booked and then tagged with another outcome: the stage stays, the outcome does not, and the words of
//! both figures say which of the two they count.

use leadtrail::domain::event::Direction;
use serde_json::{Value, json};

use super::event_builders::{at, phone, text};
use super::support::TestApp;

fn headline<'a>(report: &'a Value, key: &str) -> &'a Value {
    report["headlines"].as_array().unwrap().iter().find(|line| line["key"] == key).unwrap()
}

fn funnel<'a>(report: &'a Value, key: &str) -> &'a Value {
    let sections = report["sections"].as_array().unwrap();
    let section = sections.iter().find(|section| section["key"] == "funnel").unwrap();
    section["tables"][0]["rows"].as_array().unwrap().iter().find(|row| row["key"] == key).unwrap()
}

#[tokio::test]
async fn stage_and_outcome_are_counted_apart_and_say_so() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    app.place(&source, at(600), &[text(600, &phone(1), Direction::Inbound, "Could you come by?")]).await;
    let lead = app.leads().await.remove(0);
    for outcome in ["booked", "follow_up"] {
        let act = json!({ "type": "outcome", "outcome": outcome });
        let path = format!("/api/leads/{}/actions", lead["id"]);
        assert!(app.post_json(&path, act).await.status < 300);
    }
    let now = app.get_json(&format!("/api/leads/{}", lead["id"])).await;
    assert_eq!((&now["stage"], &now["outcome"]), (&json!("booked"), &json!("follow_up")));

    let report = app.get_json("/api/reports/overview?from=2026-01-01&to=2035-12-31").await;
    let (tile, step) = (headline(&report, "booked"), funnel(&report, "booked"));
    assert_eq!((&tile["cell"]["value"], &step["cells"][0]["value"]), (&json!(0), &json!(1)));
    // Nobody can take one for the other: by their names, and by how they are defined.
    assert_eq!((&tile["label"], &step["label"]), (&json!("Outcome booked"), &json!("Got to booked")));
    let defined = |key: &str| report["measures"][key]["counts"].as_str().unwrap().to_string();
    assert!(defined("outcome.booked").contains("keeps the stage"), "{}", defined("outcome.booked"));
    assert!(defined("reached.booked").contains("whatever outcome"), "{}", defined("reached.booked"));
    let note = report["sections"].as_array().unwrap().iter().find(|s| s["key"] == "funnel").unwrap()["note"].clone();
    assert!(note.as_str().unwrap().contains("stage"), "{note}");
}

/// A part of the report that can be saved alone is called there as its heading on the page and in the files is: the
/// window takes its name from the server, and has none of its own.
#[tokio::test]
async fn a_saved_report_is_called_as_its_section_is() {
    let app = TestApp::new();
    let answer = app.get_json("/api/reports").await;
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/src/rooms/reports/savedReports.ts");
    let page = std::fs::read_to_string(path).unwrap();
    for (name, title) in leadtrail::figures::SECTIONS {
        let named = json!({ "name": name, "title": title });
        assert!(answer["items"].as_array().unwrap().contains(&named), "{named}");
        assert!(!page.contains(title), "the window repeats {title}");
    }
}
