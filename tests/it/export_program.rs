//! `leadtrail export`, beside a running `serve`, to files and into a pipe.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::exports::{call, names_in};
use super::support::{Line, Serving, leadtrail, leadtrail_json, serve};

fn served(data: &Path, calls: usize) -> Serving {
    let serving = serve(data);
    let added = leadtrail_json(data, &["source", "add", "--provider", "callrail", "--name", "Ours", "--json"]);
    let path = format!("/hooks/{}/post_call", added["key"].as_str().unwrap());
    let mut line = Line::open(serving.hooks).unwrap();
    for n in 0..calls {
        let body = call(&format!("CAL{n}"), "=Ann Other", &format!("+1404556{n:04}"), "2026-03-19T13:41:00-05:00");
        assert_eq!(line.post(&path, body.as_bytes()).unwrap().0, 200);
    }
    serving
}

const MARCH: [&str; 6] = ["--from", "2026-03-01", "--to", "2026-03-31", "--tz", "America/New_York"];

fn export(data: &Path, arguments: &[&str]) -> Value {
    let mut all = vec!["export"];
    all.extend(arguments);
    all.extend(MARCH);
    all.push("--json");
    leadtrail_json(data, &all)
}

#[test]
fn files_are_made_beside_a_running_serve() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let mut serving = served(&data, 3);
    let file = |name: &str| folder.path().join(name).display().to_string();
    let mut sha = None;
    for (name, begins) in [("a.csv", "PK"), ("a.xlsx", "PK"), ("a.pdf", "%PDF"), ("a.html", "<!"), ("a.json", "{")] {
        let made = export(&data, &["report", "-o", &file(name)]);
        let bytes = std::fs::read(file(name)).unwrap();
        assert!(bytes.starts_with(begins.as_bytes()), "{name}");
        assert_eq!(made["size"].as_u64(), Some(bytes.len() as u64));
        assert_eq!(made["path"], file(name));
        assert!(made["rows"].as_i64().unwrap() >= 6 && made["seconds"].as_f64().is_some(), "{made}");
        let told = made["sha256"].as_str().unwrap().to_string();
        assert_eq!(sha.get_or_insert(told.clone()), &told, "{name}");
    }
    let leads = export(&data, &["leads", "--format", "csv", "-o", &file("leads.csv")]);
    assert_eq!(leads["rows"], 3);
    let text = std::fs::read_to_string(file("leads.csv")).unwrap();
    assert!(text.contains("'=Ann Other"), "{text}");
    assert_eq!(export(&data, &["calls", "-o", &file("calls.json")])["rows"], 3);
    // The name says what it is, where a folder is given.
    let into = export(&data, &["report", "--name", "calls", "--format", "json", "-o", folder.path().to_str().unwrap()]);
    assert!(into["path"].as_str().unwrap().ends_with("Calls, 2026-03-01 to 2026-03-31.json"), "{into}");
    let out = leadtrail(&data, &["export", "timeline", "--lead", "1", "--redacted", "--format", "html", "-o", "-"]);
    let text = String::from_utf8_lossy(&out.stdout);
    assert!(out.status.success() && text.contains("</html>") && !text.contains("Ann"), "{text}");
    assert!(out.stderr.is_empty(), "{}", String::from_utf8_lossy(&out.stderr));
    for bad in [
        &["export", "report", "-o", "x.docx"][..],
        &["export", "report", "--format", "pdf", "-o", "/nowhere/there/x.pdf"],
        &["export", "leads", "--format", "pdf", "-o", "x.pdf"],
        &["export", "timeline", "--lead", "99", "--format", "html", "-o", "x.html"],
        &["export", "timeline", "--format", "html", "-o", "x.html"],
        &["export", "report", "--format", "json", "--from", "yesterday", "-o", "x.json"],
        &["export", "report", "--format", "json", "--json", "-o", "-"],
        &["export", "report", "--name", "secrets", "--format", "json", "-o", "-"],
    ] {
        let output = leadtrail(&data, bad);
        assert!(!output.status.success(), "{bad:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr).trim().lines().count(), 1, "{bad:?}");
        assert!(output.stdout.is_empty(), "{bad:?}");
    }
    assert_eq!(serving.terminate(), Some(0));
    assert!(leadtrail(&data, &["check"]).status.success());
    assert!(!names_in(&data).iter().any(|name| name.ends_with(".part")), "{:?}", names_in(&data));
    assert_eq!(names_in(&data.join("exports")), Vec::<String>::new(), "where it was on its way to the pipe");
}

/// What was made is whole, or is not there.
#[test]
fn a_program_that_is_ended_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let mut serving = served(&data, 400);
    serving.terminate();
    let out = folder.path().join("out");
    std::fs::create_dir(&out).unwrap();
    let mut ended = 0;
    for wait in [0, 5, 10, 20, 40, 80, 160, 320] {
        let target = out.join("a.xlsx");
        let mut child = Command::new(env!("CARGO_BIN_EXE_leadtrail"))
            .arg("--data")
            .arg(&data)
            .args(["export", "report", "--format", "xlsx", "-o"])
            .arg(&target)
            .args(MARCH)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(wait));
        let _ = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        let code = child.wait().unwrap().code();
        let names = names_in(&out);
        if code == Some(0) {
            assert_eq!(names, ["a.xlsx"], "after {wait} ms");
            assert!(std::fs::read(&target).unwrap().starts_with(b"PK"));
            std::fs::remove_file(&target).unwrap();
        } else {
            ended += 1;
            assert_eq!(names, Vec::<String>::new(), "after {wait} ms ({code:?})");
        }
    }
    assert!(ended > 0, "it was never in time");
}
