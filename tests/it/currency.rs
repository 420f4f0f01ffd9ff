//! Amounts of a business that is not paid in dollars, in everything that leaves the program.

use std::io::Read;
use std::process::Command;

use leadtrail::domain::call::CallState;
use leadtrail::domain::event::Direction;
use serde_json::{Value, json};

use super::event_builders::{at, call, phone, text};
use super::exports::made;
use super::support::TestApp;

/// A business paid in `currency`, and the id of a lead that is worth 5,000.
async fn paid_in(currency: &str) -> (TestApp, i64) {
    let app = TestApp::new();
    let set = json!({ "business": { "currency": currency, "time_zone": "Asia/Tokyo" } });
    assert_eq!(app.send_json("PATCH", "/api/settings", set).await.status, 200);
    let source = app.add("callrail").await;
    app.place(&source, at(1), &[call(1, &phone(1), CallState::Completed, &["hello"])]).await;
    app.place(&source, at(2), &[text(2, &phone(1), Direction::Inbound, "thanks")]).await;
    let lead = app.leads().await[0]["id"].as_i64().unwrap();
    let call = app.get_json("/api/calls").await["items"][0]["id"].clone();
    let amounts = json!({ "estimated_cents": 500_000, "actual_cents": 500_000 });
    let mut booked = json!({ "type": "outcome", "outcome": "booked", "call": call });
    booked.as_object_mut().unwrap().extend(amounts.as_object().unwrap().clone());
    assert_eq!(app.post_json(&format!("/api/leads/{lead}/actions"), booked).await.status, 201);
    (app, lead)
}

/// The words of a file, as far as they can be read out of its shape.
fn words(format: &str, path: &str, bytes: &[u8]) -> Option<String> {
    match format {
        "pdf" => {
            let told = Command::new("pdftotext").args(["-layout", path, "-"]).output().ok()?;
            Some(String::from_utf8_lossy(&told.stdout).into_owned())
        }
        // How cells are shown stands apart from their numbers.
        "xlsx" => {
            let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
            let mut styles = String::new();
            zip.by_name("xl/styles.xml").unwrap().read_to_string(&mut styles).unwrap();
            let from = styles.find("<numFmts").unwrap();
            Some(styles[from..styles.find("</numFmts>").unwrap()].to_owned())
        }
        // Style and script hold `$` and numbers of their own.
        "html" => {
            let text = String::from_utf8_lossy(bytes).into_owned();
            let body = text.find("<body").unwrap();
            let end = text.find("<script>").unwrap_or(text.len());
            Some(text[body..end.max(body)].to_owned())
        }
        _ => unreachable!(),
    }
}

async fn files(app: &TestApp, lead: i64) -> Vec<(String, String)> {
    let wide = json!({ "from": "2026-01-01", "to": "2026-12-31" });
    let mut all = Vec::new();
    for format in ["html", "xlsx", "pdf"] {
        for what in ["report", "leads", "calls", "timeline"] {
            let order = match what {
                "report" => json!({ "what": what, "format": format, "query": wide }),
                "timeline" if format == "xlsx" => continue,
                "timeline" => json!({ "what": what, "format": format, "lead": lead }),
                _ if format == "pdf" => continue,
                _ => json!({ "what": what, "format": format, "query": wide }),
            };
            let export = made(app, order).await;
            assert_eq!((&export["state"], &export["problem"]), (&"done".into(), &Value::Null), "{export}");
            let file = app.get(&format!("/api/exports/{}/file", export["id"])).await;
            if let Some(words) = words(format, export["path"].as_str().unwrap(), &file.body) {
                all.push((format!("{what}.{format}"), words));
            }
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn in_yen_no_file_shows_a_dollar_or_a_part_of_a_yen() {
    let (app, lead) = paid_in("JPY").await;
    for (name, words) in files(&app, lead).await {
        if name.ends_with("xlsx") {
            assert!(words.contains("¥") && !words.contains("[$$") && !words.contains("#,##0.00"), "{name}: {words}");
            continue;
        }
        assert!(!words.contains('$'), "{name}: {words}");
        assert!(!words.contains("5,000.00") && !words.contains("JPY 5"), "{name}: {words}");
        assert!(words.contains("¥5,000"), "{name}: {words}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_euro_every_file_shows_euro() {
    let (app, lead) = paid_in("EUR").await;
    for (name, words) in files(&app, lead).await {
        assert!(!words.contains("[$$") && (name.ends_with("xlsx") || !words.contains('$')), "{name}: {words}");
        assert!(words.contains('€'), "{name}: {words}");
    }
}

/// What is published stays hundredths, whatever the currency.
#[tokio::test]
async fn the_api_goes_on_telling_hundredths() {
    let (app, lead) = paid_in("JPY").await;
    assert_eq!(app.get_json(&format!("/api/leads/{lead}")).await["value_cents"], 500_000);
}
