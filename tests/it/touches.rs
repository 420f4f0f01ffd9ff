//! Where leads came from first and last, whatever a source is called.

use std::io::{Cursor, Read};

use leadtrail::domain::event::Direction;
use serde_json::{Value, json};

use super::event_builders::{at, phone, text};
use super::exports::values;
use super::support::TestApp;

const DAY: &str = "from=2026-03-20&to=2026-03-20";

/// The words that stand beside the links of a workbook.
fn tips(book: &[u8]) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(book)).unwrap();
    let mut tips = String::new();
    for n in 0..archive.len() {
        let mut text = String::new();
        if archive.by_index(n).unwrap().read_to_string(&mut text).is_ok() {
            tips.extend(text.split("tooltip=\"").skip(1).filter_map(|rest| rest.split('"').next()));
        }
    }
    tips
}

/// The cell of a report that shows a figure.
fn cell(report: &Value, figure: &str) -> Value {
    let tables = report["sections"][0]["tables"].as_array().unwrap().iter();
    let rows = tables.flat_map(|table| table["rows"].as_array().unwrap());
    let mut cells = rows.flat_map(|row| row["cells"].as_array().unwrap());
    cells.find(|cell| cell["figure"] == figure).unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_called_like_an_arrow_or_like_nobody_told_is_one_source() {
    let app = TestApp::with(values());
    let source = app.add("varda").await;
    let from = |minute, touch: &str| {
        let mut draft = text(minute, &phone(1), Direction::Inbound, "hello");
        draft.attribution.source = Some(touch.into());
        draft
    };
    app.place(&source, at(2), &[from(0, "Ads → Spring"), from(1, "Not told")]).await;
    app.place(&source, at(2), &[text(0, &phone(2), Direction::Inbound, "hello")]).await;

    let book = app.get(&format!("/api/reports/touches?{DAY}&format=xlsx")).await;
    let tips = tips(&book.body);
    let asked = "“Ads → Spring” under First touch, and “Not told” under Last touch";
    assert!(tips.contains(asked), "{tips}");
    assert!(tips.contains("nothing under First touch, and nothing under Last touch"), "{tips}");

    let report = app.get_json(&format!("/api/reports/touches?{DAY}")).await;
    let cells = |figure: &str| cell(&report, figure)["touches"].clone();
    let both = cells("leads.new@touches=Ads → Spring → Not told");
    assert_eq!(both, json!({ "first": "Ads → Spring", "last": "Not told" }));
    assert_eq!(cells("leads.new@touches="), json!({ "first": null, "last": null }));
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_read_alike_tell_of_neither_whoever_came_first() {
    let pairs = [["Ads → Spring", "Summer"], ["Ads", "Spring → Summer"]];
    let mut reports = Vec::new();
    for order in [[0, 1], [1, 0_usize]] {
        let app = TestApp::with(values());
        let source = app.add("varda").await;
        for who in order {
            let from = |minute, touch: &str| {
                let mut draft = text(minute, &phone(who as i64 + 1), Direction::Inbound, "hello");
                draft.attribution.source = Some(touch.into());
                draft
            };
            app.place(&source, at(2), &[from(0, pairs[who][0]), from(1, pairs[who][1])]).await;
        }
        let report = app.get_json(&format!("/api/reports/touches?{DAY}")).await;
        assert_eq!(cell(&report, "leads.new@touches=Ads → Spring → Summer")["touches"], json!(null));
        reports.push((report["sections"].clone(), report["manifest"]["sha256"].clone()));
    }
    assert_eq!(reports[0], reports[1]);
}
