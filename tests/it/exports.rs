//! Files that are made: whole or not at all, listed, taken away, and gone with whoever is erased.

use std::io::Read;
use std::path::Path;

use leadtrail::clock;
use leadtrail::documents::Format;
use leadtrail::domain::IdentityKind;
use leadtrail::domain::event::Direction;
use leadtrail::exports::{ExportKind, ExportRequest, MakeError, make};
use leadtrail::figures::ReportParams;
use leadtrail::settings::Values;
use leadtrail::store::SourceRow;
use leadtrail::store::exports::{ExportState, MadeFile};
use serde_json::{Value, json};

use super::event_builders::{at, phone, text};
use super::support::{TestApp, until};

pub(super) fn call(id: &str, name: &str, phone: &str, at: &str) -> String {
    json!({
        "resource_id": id, "answered": true, "direction": "inbound", "duration": "63", "customer_name": name,
        "customer_phone_number": phone, "tracking_phone_number": "+14045558514", "start_time": at,
        "transcription": "I want marmalade", "source_name": "Google Ads",
        "recording": format!("https://app.callrail.com/calls/{id}/recording/redirect?access_key={id}"),
    })
    .to_string()
}

pub(super) fn values() -> Values {
    let mut values = Values { business_name: "Northgate / Homes".into(), ..Values::default() };
    values.business.time_zone = Some("America/New_York".into());
    values
}

/// A business with two people who called in March.
pub(super) async fn town() -> (TestApp, std::sync::Arc<SourceRow>) {
    let app = TestApp::with(values());
    let callrail = app.add("callrail").await;
    for (id, name, phone, at) in [
        ("CAL1", "Zebulon Quartermain", "+14045550187", "2026-03-19T13:41:00.236-05:00"),
        ("CAL2", "Ann Other", "+16785550142", "2026-03-20T13:41:00.236-05:00"),
    ] {
        assert_eq!(app.post_hook(&callrail, "/post_call", call(id, name, phone, at)).await.status, 200);
    }
    (app, callrail)
}

fn march() -> Value {
    json!({ "from": "2026-03-01", "to": "2026-03-31" })
}

/// Begins an export and waits for its end.
pub(super) async fn made(app: &TestApp, order: Value) -> Value {
    let begun = app.post_json("/api/exports", order.clone()).await;
    assert_eq!(begun.status, 201, "{order}: {}", begun.text());
    ended(app, begun.json()["id"].as_i64().unwrap()).await
}

pub(super) async fn ended(app: &TestApp, id: i64) -> Value {
    until("ended", async || {
        let export = app.get_json(&format!("/api/exports/{id}")).await;
        (export["state"] != "running").then_some(export)
    })
    .await
}

pub(super) fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .map(|entries| entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect())
        .unwrap_or_default();
    names.sort();
    names
}

fn zipped(bytes: &[u8], name: &str) -> String {
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    zip.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn every_shape_is_made_in_the_background_and_can_be_taken_away() {
    let (app, _) = town().await;
    let folder = app.app.exports.folder();
    let mut sha = None;
    for (format, ending, begins) in [
        ("csv", "zip", &b"PK"[..]),
        ("xlsx", "xlsx", b"PK"),
        ("pdf", "pdf", b"%PDF-"),
        ("html", "html", b"<!"),
        ("json", "json", b"{"),
    ] {
        let export = made(&app, json!({ "what": "report", "format": format, "query": march() })).await;
        assert_eq!((&export["state"], &export["problem"]), (&"done".into(), &Value::Null), "{export}");
        let name = format!("Northgate - Homes, overview, 2026-03-01 to 2026-03-31.{ending}");
        assert_eq!(
            (&export["file_name"], &export["title"]),
            (&json!(name), &json!("Overview, 1 Mar 2026 to 31 Mar 2026"))
        );
        let file = app.get(&format!("/api/exports/{}/file", export["id"])).await;
        assert_eq!(file.status, 200);
        assert!(file.body.to_ascii_lowercase().starts_with(&begins.to_ascii_lowercase()), "{format}");
        assert_eq!(export["size"].as_u64(), Some(file.body.len() as u64));
        assert!(file.header("content-disposition").unwrap().starts_with("attachment; filename=\"Northgate - Homes, "));
        // One question has one hash, whatever the shape.
        let told = export["sha256"].as_str().unwrap().to_string();
        assert_eq!(sha.get_or_insert(told.clone()), &told);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(export["path"].as_str().unwrap()).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        if format == "json" {
            let whole: Value = serde_json::from_slice(&file.body).unwrap();
            let text = whole.to_string();
            assert!(text.contains(&told) && text.contains("Zebulon Quartermain") && !text.contains("access_key"));
        }
        if format == "csv" {
            let rows = zipped(&file.body, "rows.csv");
            assert_eq!(rows.lines().count() as i64 - 1, export["rows"].as_i64().unwrap(), "{rows}");
        }
    }
    let listed = app.get_json("/api/exports").await;
    assert_eq!(listed["items"].as_array().unwrap().len(), 5);
    assert_eq!(names_in(&folder).len(), 5);
    // The same again gets a name of its own.
    let again = made(&app, json!({ "what": "report", "format": "json", "query": march() })).await;
    assert_eq!(again["file_name"], "Northgate - Homes, overview, 2026-03-01 to 2026-03-31 (2).json");
    let gone = app.send_json("DELETE", &format!("/api/exports/{}", again["id"]), json!({})).await;
    assert_eq!(gone.status, 200);
    assert_eq!(names_in(&folder).len(), 5);
    assert_eq!(app.get(&format!("/api/exports/{}", again["id"])).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_and_timelines_are_files_too_and_a_masked_one_names_nobody() {
    let (app, _) = town().await;
    let lead = app.get_json("/api/leads?q=Quartermain").await["items"][0]["id"].as_i64().unwrap();
    let leads = made(&app, json!({ "what": "leads", "format": "csv", "query": march() })).await;
    assert_eq!((&leads["rows"], &leads["sha256"]), (&json!(2), &leads["file_sha256"]), "{leads}");
    let file = app.get(&format!("/api/exports/{}/file", leads["id"])).await;
    assert!(
        file.text().contains("Zebulon Quartermain") && file.header("content-type").unwrap().starts_with("text/csv")
    );
    let calls = made(&app, json!({ "what": "calls", "format": "json", "query": march() })).await;
    assert_eq!(calls["rows"], 2, "{calls}");
    let open = made(&app, json!({ "what": "timeline", "format": "html", "lead": lead })).await;
    assert_eq!((&open["title"], &open["state"]), (&json!("Timeline of Zebulon Quartermain"), &json!("done")), "{open}");
    assert_eq!(open["file_name"], "Zebulon Quartermain, timeline.html");
    assert!(!open["path"].as_str().unwrap().contains("Quartermain"), "no name on the disk of what may be erased");
    let masked = json!({ "what": "timeline", "format": "html", "lead": lead, "redacted": true });
    let masked = made(&app, masked).await;
    assert_eq!((&masked["title"], &masked["file_name"]), (&json!("Timeline, masked"), &json!("Timeline, masked.html")));
    let text = app.get(&format!("/api/exports/{}/file", masked["id"])).await.text();
    assert!(!text.contains("Quartermain") && !text.contains("5550187") && !text.contains("access_key"));
    for (order, words) in [
        (json!({ "what": "leads", "format": "pdf" }), "A PDF would be"),
        (json!({ "what": "timeline", "format": "csv", "lead": lead }), "pdf, html or json"),
        (json!({ "what": "timeline", "format": "html" }), "Say whose timeline"),
        (json!({ "what": "timeline", "format": "html", "lead": 999 }), "no such lead"),
        (json!({ "what": "everything", "format": "html" }), "Say what to export"),
        (json!({ "what": "report", "format": "docx" }), "Say into what"),
        (json!({ "what": "report", "format": "pdf", "name": "secrets" }), "no such report"),
        (json!({ "what": "report", "format": "pdf", "query": { "source": 99 } }), "no such source"),
        (json!({ "what": "report", "format": "pdf", "query": { "tz": "Mars" } }), "Mars"),
    ] {
        let answer = app.post_json("/api/exports", order.clone()).await;
        assert!(matches!(answer.status, 400 | 404 | 422), "{order}: {}", answer.status);
        assert!(answer.text().contains(words), "{order}: {}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeline_of_a_past_moment_is_of_who_had_the_number_then() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    let (one, two) = (
        text(1, &phone(1), Direction::Inbound, "I am the first"),
        text(2, &phone(2), Direction::Inbound, "I am the second"),
    );
    app.place(&source, at(10), std::slice::from_ref(&one)).await;
    app.place(&source, at(20), std::slice::from_ref(&two)).await;
    let second = app.leads().await.iter().find(|lead| lead["phones"] == json!([phone(2)])).unwrap()["id"].clone();
    let alone = made(&app, json!({ "what": "timeline", "format": "json", "lead": second })).await;
    // They are one.
    let mut both = text(3, &phone(1), Direction::Inbound, "This is my other number");
    both.identities.extend(two.identities.iter().filter(|link| link.kind == IdentityKind::Phone).cloned());
    app.place(&source, at(30), std::slice::from_ref(&both)).await;
    assert_eq!(app.leads().await.len(), 1);
    let then = at(25).to_rfc3339().replace("+00:00", "Z");
    let order = json!({ "what": "timeline", "format": "json", "lead": second, "query": { "as_of": then } });
    let past = made(&app, order).await;
    assert_eq!((&past["state"], &past["title"]), (&json!("done"), &json!(format!("Timeline of lead {second}"))));
    let file = async |export: &Value| app.get_json(&format!("/api/exports/{}/file", export["id"])).await;
    let (alone, past) = (file(&alone).await, file(&past).await);
    assert!(past.to_string().contains("I am the second") && !past.to_string().contains("I am the first"), "{past}");
    assert_eq!(past["manifest"]["lead_ref"], alone["manifest"]["lead_ref"]);
    let whole = made(&app, json!({ "what": "timeline", "format": "json", "lead": second })).await;
    let whole = file(&whole).await.to_string();
    assert!(whole.contains("I am the second") && whole.contains("I am the first"), "{whole}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_can_be_taken_at_once_and_leaves_nothing_here() {
    let (app, _) = town().await;
    let csv = app.get("/api/reports/calls?from=2026-03-01&to=2026-03-31&format=csv").await;
    assert_eq!((csv.status, csv.header("content-type")), (200, Some("application/zip")), "{}", csv.text());
    assert!(zipped(&csv.body, "manifest.json").contains("sha256"));
    let lead = app.leads().await[0]["id"].clone();
    let timeline = app.get(&format!("/api/leads/{lead}/timeline?format=html&redacted=true")).await;
    assert_eq!(timeline.status, 200, "{}", timeline.text());
    assert!(timeline.header("content-disposition").unwrap().contains("Timeline, masked.html"));
    assert_eq!(app.get("/api/reports/calls?format=docx").await.status, 400);
    // It is deleted once it was sent.
    until("deleted", async || names_in(&app.app.exports.folder()).is_empty().then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_file_says_what_changed_and_one_of_a_past_day_stays_the_same() {
    let (app, callrail) = town().await;
    let ask = "/api/reports/overview?from=2026-03-01&to=2026-03-31";
    let json = |answer: super::support::Answer| answer.json();
    let manifest = |whole: &Value| {
        let found = whole.get("manifest").or_else(|| whole["report"].get("manifest"));
        found.unwrap_or_else(|| panic!("{whole}")).clone()
    };
    let then = clock::now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    let first = manifest(&json(app.get(&format!("{ask}&format=json")).await));
    assert_eq!(first["changed"], Value::Null, "never made before");
    let second = manifest(&json(app.get(&format!("{ask}&format=json")).await));
    assert_eq!(second["sha256"], first["sha256"]);
    let none = &second["changed"];
    assert_eq!((&none["added"], &none["changed"], &none["gone"]), (&json_n(0), &json_n(0), &json_n(0)), "{none}");
    let past = format!("{ask}&as_of={then}&format=json");
    let was = manifest(&json(app.get(&past).await));
    // A call that comes late, and one that reads otherwise now.
    let late = call("CAL3", "Late Comer", "+17705550133", "2026-03-21T10:00:00-05:00");
    app.post_hook(&callrail, "/post_call", late).await;
    let renamed = call("CAL2", "Anna Other", "+16785550142", "2026-03-20T13:41:00.236-05:00");
    app.post_hook(&callrail, "/call_modified", renamed).await;
    let shown = app.get_json(&format!("{ask}&changed=true")).await;
    let third = manifest(&json(app.get(&format!("{ask}&format=json")).await));
    for changed in [&shown["manifest"]["changed"], &third["changed"]] {
        assert_eq!(changed["was"], first["sha256"], "{changed}");
        assert!(changed["added"].as_i64().unwrap() >= 2 && changed["changed"].as_i64().unwrap() >= 1, "{changed}");
        assert_eq!(changed["gone"], 0);
        let rows = changed["rows"].as_array().unwrap();
        assert!(rows.iter().any(|row| row["what"] == "added" && row["row"]["name"] == "Late Comer"), "{changed}");
        assert!(rows.iter().any(|row| row["what"] == "changed" && row["row"]["name"] == "Anna Other"), "{changed}");
    }
    let leads =
        |of: &Value| of["rows"].as_array().unwrap().iter().map(|row| row["row"]["lead"].clone()).collect::<Vec<_>>();
    assert!(leads(&third["changed"]).iter().all(|lead| *lead == 0), "files name no row of this machine");
    assert!(leads(&shown["manifest"]["changed"]).iter().all(|lead| *lead != 0), "here each opens its lead");
    assert_ne!(third["sha256"], first["sha256"]);
    let is = manifest(&json(app.get(&past).await));
    assert_eq!((&is["sha256"], &is["changed"]), (&was["sha256"], &Value::Null));
}

fn json_n(n: i64) -> Value {
    json!(n)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_cancelled_leaves_nothing() {
    let (app, callrail) = town().await;
    for n in 0..40 {
        let body = call(&format!("CALM{n}"), "Many", &format!("+140455512{n:02}"), "2026-03-22T10:00:00-05:00");
        app.post_hook(&callrail, "/post_call", body).await;
    }
    let query =
        ReportParams { from: Some("2026-03-01".into()), to: Some("2026-03-31".into()), ..ReportParams::default() };
    for format in [Format::Csv, Format::Xlsx, Format::Pdf, Format::Html, Format::Json] {
        let order = ExportRequest::new(ExportKind::Report, format, query.clone());
        let job = app.app.exports.understand(&order, clock::now()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let part = folder.path().join("a.part");
        let mut stop = |done: u64, _: u64| done < 32;
        let made = make(&app.app.store, &job, &part, clock::now(), &mut stop);
        assert!(matches!(made, Err(MakeError::Cancelled)), "{format:?}: {made:?}");
        assert_eq!(names_in(folder.path()), Vec::<String>::new(), "{format:?}");
    }
    // What is under way is not deleted, and what is not any more notes nothing.
    let sql = "INSERT INTO exports (what, format, asked, title, file, state, began_at)
               VALUES ('leads', 'csv', '{}', 'x', 'x.csv', 'running', 0) RETURNING id";
    let id: i64 =
        app.app.store.write(move |batch| Ok(batch.transaction().query_row(sql, [], |row| row.get(0))?)).await.unwrap();
    let path = format!("/api/exports/{id}");
    assert_eq!(app.send_json("DELETE", &path, json!({})).await.status, 409);
    app.app.store.write(move |batch| batch.export_ended(id, ExportState::Failed, None)).await.unwrap();
    let file = MadeFile { size: 1, rows: 1, sha256: "x".into(), file_sha256: "x".into() };
    let noted = app.app.store.write(move |batch| batch.export_made(id, &file, clock::now())).await.unwrap();
    assert!(!noted);
    assert_eq!(app.send_json("DELETE", &path, json!({})).await.status, 200);
    // What is over cannot be cancelled.
    let over = made(&app, json!({ "what": "report", "format": "json", "query": march() })).await;
    let answer = app.post_json(&format!("/api/exports/{}/cancel", over["id"]), json!({})).await;
    assert_eq!(answer.status, 409, "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn long_names_fit_the_disk() {
    let app = TestApp::with(Values { business_name: "ü".repeat(200), ..Values::default() });
    let new = json!({ "name": "語".repeat(100), "range": march(), "format": "json" });
    let saved = app.post_json("/api/saved-reports", new).await.json();
    for ending in [" 2026-03-01 to 2026-03-31.json", " 2026-03-01 to 2026-03-31 (2).json"] {
        let begun = app.post_json(&format!("/api/saved-reports/{}/make", saved["id"]), json!({})).await;
        let export = ended(&app, begun.json()["id"].as_i64().unwrap()).await;
        assert_eq!(export["state"], "done", "{export}");
        let name = export["file_name"].as_str().unwrap();
        assert!(name.len() < 240 && name.ends_with(ending), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_mends_what_a_killed_program_left() {
    let (app, _) = town().await;
    let done = made(&app, json!({ "what": "report", "format": "json", "query": march() })).await;
    let half = made(&app, json!({ "what": "report", "format": "json", "query": march() })).await;
    let id = half["id"].as_i64().unwrap();
    let sql = "UPDATE exports SET state = 'running', made_at = NULL WHERE id = ?1";
    app.app.store.write(move |batch| Ok(batch.transaction().execute(sql, [id])?)).await.unwrap();
    let folder = app.app.exports.folder();
    std::fs::write(folder.join(".leadtrail-export-77.part"), "half").unwrap();
    tokio::task::block_in_place(|| app.app.exports.tidy()).unwrap();
    let export = app.get_json(&format!("/api/exports/{id}")).await;
    assert_eq!((&export["state"], &export["path"]), (&json!("failed"), &Value::Null));
    assert!(export["problem"].as_str().unwrap().contains("Make it again"));
    assert_eq!(names_in(&folder), [done["file_name"].as_str().unwrap()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_deleted_holds_up_nothing() {
    let (app, _) = town().await;
    for _ in 0..2 {
        made(&app, json!({ "what": "leads", "format": "json", "query": march() })).await;
    }
    let folder = app.app.exports.folder();
    let stuck = names_in(&folder).remove(0);
    // No file of that name can be deleted.
    std::fs::remove_file(folder.join(&stuck)).unwrap();
    std::fs::create_dir(folder.join(&stuck)).unwrap();
    let sql = "UPDATE exports SET state = 'going'";
    app.app.store.write(move |batch| Ok(batch.transaction().execute_batch(sql)?)).await.unwrap();
    tokio::task::block_in_place(|| app.app.exports.tidy()).unwrap();
    assert_eq!(names_in(&folder), [stuck.as_str()], "the other went");
    let left = || {
        let count = "SELECT count(*) FROM exports WHERE state = 'going'";
        app.app.store.read_fresh(|c| Ok(c.query_row(count, [], |row| row.get::<_, i64>(0))?)).unwrap()
    };
    assert_eq!(left(), 1);
    std::fs::remove_dir(folder.join(&stuck)).unwrap();
    std::fs::write(folder.join(&stuck), "x").unwrap();
    tokio::task::block_in_place(|| app.app.exports.expire(clock::now())).unwrap();
    assert_eq!((left(), names_in(&folder)), (0, vec![]), "it is tried again");
}

#[tokio::test(flavor = "multi_thread")]
async fn old_exports_go_but_the_newest_stay() {
    let (app, _) = town().await;
    for _ in 0..3 {
        made(&app, json!({ "what": "leads", "format": "json", "query": march() })).await;
    }
    let later = clock::now() + chrono::TimeDelta::days(40);
    tokio::task::block_in_place(|| app.app.exports.expire(later)).unwrap();
    assert_eq!(
        app.get_json("/api/exports").await["items"].as_array().unwrap().len(),
        3,
        "they are among the newest 50"
    );
    let sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
               INSERT INTO exports (what, format, asked, title, file, state, began_at)
               SELECT 'leads', 'csv', '{}', 'x', '', 'failed', ?1 FROM n";
    let at = later.timestamp_micros();
    app.app.store.write(move |batch| Ok(batch.transaction().execute(sql, [at])?)).await.unwrap();
    tokio::task::block_in_place(|| app.app.exports.expire(later)).unwrap();
    assert_eq!(names_in(&app.app.exports.folder()), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_erased_is_in_no_file_of_ours() {
    let (app, _) = town().await;
    let lead = app.get_json("/api/leads?q=Quartermain").await["items"][0]["id"].as_i64().unwrap();
    made(&app, json!({ "what": "report", "format": "csv", "query": march() })).await;
    made(&app, json!({ "what": "timeline", "format": "html", "lead": lead })).await;
    let folder = app.app.exports.folder();
    assert_eq!(names_in(&folder).len(), 2);
    let path = format!("/api/leads/{lead}/erase");
    let would = app.post_json(&path, json!({ "dry_run": true })).await.json();
    assert_eq!((&would["exports_deleted"], names_in(&folder).len()), (&json!(2), 2));
    let done = app.post_json(&path, json!({})).await.json();
    assert_eq!((&done["exports_deleted"], &done["exports"]), (&json!(2), &json!([])), "{done}");
    assert_eq!(names_in(&folder), Vec::<String>::new());
    assert_eq!(app.get_json("/api/exports").await["items"], json!([]));
    let data = std::fs::read(app.app.store.path()).unwrap();
    assert!(!String::from_utf8_lossy(&data).contains("Quartermain"));
    let digests = "SELECT count(*) FROM prints WHERE rows IS NOT NULL";
    let kept: i64 = app.app.store.read_fresh(|c| Ok(c.query_row(digests, [], |row| row.get(0))?)).unwrap();
    assert_eq!(kept, 0, "a guess at their row cannot be checked");
    // What is made after holds nobody, and counts as before.
    let after = made(&app, json!({ "what": "report", "format": "json", "query": march() })).await;
    let text = app.get(&format!("/api/exports/{}/file", after["id"])).await.text();
    assert!(!text.contains("Quartermain") && text.contains("Erased person"));
}
