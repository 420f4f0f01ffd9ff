//! HTML files: they need nothing but themselves, and nothing a sender wrote does anything in them.

use std::fs::File;
use std::path::Path;

use base64::Engine as _;
use leadtrail::documents::{Paper, Target, html};
use leadtrail::figures::model::{Report, Row};
use sha2::{Digest, Sha256};

use super::support::{MARCH, fast_folder, fixture};

fn made(report: &Report, rows: &[Row]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.html");
    write(&path, folder.path(), report, rows.iter());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left on the way");
    std::fs::read_to_string(path).unwrap()
}

fn write<'r>(path: &Path, scratch: &Path, report: &Report, rows: impl Iterator<Item = &'r Row>) {
    let target = Target {
        file: File::create(path).unwrap(),
        scratch,
        paper: Paper::A4,
        detail: Default::default(),
        zone: fixture::ZONE,
        currency: "USD",
    };
    let mut shape = html::new(target).unwrap();
    for row in rows {
        shape.row(row).unwrap();
    }
    shape.finish(report).unwrap();
}

/// What lies between the first `from` and the next `to`.
pub fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let start = text.find(from).unwrap_or_else(|| panic!("no {from}")) + from.len();
    &text[start..start + text[start..].find(to).unwrap()]
}

fn data(html: &str, id: &str) -> serde_json::Value {
    serde_json::from_str(between(html, &format!("<script type=\"application/json\" id=\"{id}\">"), "</script>"))
        .unwrap()
}

/// The rule, and that it names the very style and script of the file.
pub fn rule_holds(html: &str, script: bool) {
    let rule = between(html, "http-equiv=\"Content-Security-Policy\" content=\"", "\"");
    assert!(rule.starts_with("default-src 'none'; "), "{rule}");
    assert!(!rule.contains("unsafe"), "{rule}");
    let hash = |text: &str| {
        format!("'sha256-{}'", base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text.as_bytes())))
    };
    assert!(rule.contains(&format!("style-src {}", hash(between(html, "<style>", "</style>")))), "{rule}");
    if script {
        assert!(rule.contains(&format!("script-src {}", hash(between(html, "<script>", "</script>")))), "{rule}");
    } else {
        assert!(rule.contains("script-src 'none'"), "{rule}");
        assert!(!html.contains("<script"));
    }
    assert!(html.find("Content-Security-Policy").unwrap() < html.find("<style>").unwrap(), "the rule comes first");
}

/// Everything but the data.
fn without_data(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some(at) = rest.find("<script type=\"application/json\"") {
        out.push_str(&rest[..at]);
        let end = rest[at..].find("</script>").unwrap();
        rest = &rest[at + end..];
    }
    out + rest
}

/// Where the system has files without a name; elsewhere such a file goes when it is closed.
#[cfg(target_os = "linux")]
#[test]
fn rows_that_wait_lie_in_no_file_with_a_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.html");
    let (_, rows) = fixture::month();
    let file = File::create(&path).unwrap();
    let target = Target {
        file,
        scratch: folder.path(),
        paper: Paper::A4,
        detail: Default::default(),
        zone: fixture::ZONE,
        currency: "USD",
    };
    let mut shape = html::new(target).unwrap();
    for row in &rows {
        shape.row(row).unwrap();
    }
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(names, [path]);
}

#[test]
fn a_report_needs_nothing_but_itself() {
    let (report, rows) = fixture::month();
    let html = made(&report, &rows);
    rule_holds(&html, true);
    let page = without_data(&html).replace("http://www.w3.org/2000/svg", "");
    for resource in
        ["http://", "https://", "src=", "href=", "url(", "@import", "fetch(", "XMLHttpRequest", "innerHTML", "eval("]
    {
        assert!(!page.contains(resource), "{resource}");
    }
    assert!(html.contains("<title>Overview · Northgate Homes · 1 to 31 Mar 2026</title>"));
    assert!(html.contains("lang=\"en\""));
}

#[test]
fn the_data_in_it_is_the_report() {
    for (report, rows) in [fixture::month(), fixture::hostile(), fixture::empty()] {
        let html = made(&report, &rows);
        // Both read by the same reader: numbers of 17 digits lose their last one in it.
        let same: serde_json::Value = serde_json::from_str(&serde_json::to_string(&report).unwrap()).unwrap();
        assert!(data(&html, "report") == same, "the report in the file is another");
        let stored = data(&html, "rows");
        assert_eq!(stored["total"], rows.len());
        let list = stored["rows"].as_array().unwrap();
        assert_eq!(list.len(), rows.len());
        let columns: Vec<&str> = stored["columns"].as_array().unwrap().iter().map(|c| c.as_str().unwrap()).collect();
        let at = |name: &str| columns.iter().position(|column| *column == name).unwrap();
        for (packed, row) in list.iter().zip(&rows) {
            let original = serde_json::to_value(row).unwrap();
            for (name, value) in original.as_object().unwrap() {
                match name.as_str() {
                    "lead" => assert!(!columns.contains(&"lead"), "a lead is named by an event, not by a row"),
                    "figures" => {
                        let keys: Vec<&str> = packed[at("figures")]
                            .as_array()
                            .unwrap()
                            .iter()
                            .map(|i| stored["measures"][i.as_u64().unwrap() as usize].as_str().unwrap())
                            .collect();
                        assert_eq!(keys, row.figures);
                    }
                    name => assert_eq!(&packed[at(name)], value, "{name}"),
                }
            }
            let local = row.at.with_timezone(&fixture::ZONE).format("%Y-%m-%dT%H:%M:%S").to_string();
            assert_eq!(packed[at("local")], local);
        }
    }
}

#[test]
fn what_a_sender_wrote_does_nothing() {
    let (report, rows) = fixture::hostile();
    let html = made(&report, &rows);
    rule_holds(&html, true);
    // Style, three pieces of data and the script: nothing in them ends early or begins anew.
    assert_eq!(html.matches("</script>").count(), 4);
    assert_eq!(html.matches("<script").count(), 4);
    assert!(!html.contains("<img"));
    assert!(!html.contains("<!--"));
    for id in ["report", "page", "rows"] {
        let raw = between(&html, &format!("id=\"{id}\">"), "</script>");
        assert!(!raw.contains('<') && !raw.contains('&'), "{id}");
    }
}

#[test]
fn above_fifty_thousand_rows_the_file_says_where_they_are() {
    let (report, rows) = fixture::month();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.html");
    let most = html::MOST_ROWS as usize;
    write(&path, folder.path(), &report, rows.iter().cycle().take(most + 1));
    let html = std::fs::read_to_string(&path).unwrap();
    let stored = data(&html, "rows");
    assert!(stored["rows"].is_null());
    assert_eq!(stored["total"], most + 1);
    assert!(html.len() < 1_000_000, "{}", html.len());
}

/// To look at them: `LEADTRAIL_HTML_OUT=folder cargo nextest run samples_of_every_size`.
#[test]
fn samples_of_every_size_hold_their_figures_and_load_nothing() {
    let own = fast_folder();
    let folder =
        std::env::var("LEADTRAIL_HTML_OUT").map_or_else(|_| own.path().to_path_buf(), std::path::PathBuf::from);
    let folder = folder.as_path();
    for (name, (report, rows)) in
        [("month", fixture::month()), ("hostile", fixture::hostile()), ("empty", fixture::empty())]
    {
        write(&folder.join(format!("{name}.html")), folder, &report, rows.iter());
    }
    let (report, rows) = &*MARCH;
    write(&folder.join("demo.html"), folder, report, rows.iter());
    let (mut report, rows) = fixture::month();
    report.manifest.notes.clear();
    write(&folder.join("many.html"), folder, &report, rows.iter().cycle().take(html::MOST_ROWS as usize + 1));
    for name in ["month", "hostile", "empty", "demo", "many"] {
        let html = std::fs::read_to_string(folder.join(format!("{name}.html"))).unwrap();
        assert!(html.starts_with("<!doctype html>") && html.trim_end().ends_with("</html>"), "{name}");
        assert_eq!(data(&html, "report")["name"], "overview", "{name}");
        for loads in ["src=\"http", "href=\"http", "@import", "url(http"] {
            assert!(!html.contains(loads), "{name}: {loads}");
        }
    }
}
