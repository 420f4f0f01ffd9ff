//! Somebody who is told of at great length takes no more memory than anybody.

#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::Command;

use leadtrail::ingest::budget::PROMISED;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Line, Serving, leadtrail_json, serve, text};

/// The largest body, unless the owner says otherwise.
const LIMIT: usize = 5 * 1024 * 1024;

/// The most memory a process has had; `None` of one that has ended. Bytes.
fn peak(process: u32) -> Option<usize> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<usize>().ok()? * 1024)
}

/// Whether the program succeeded, and the most memory it had.
fn peak_of(data: &Path, words: &[&str]) -> (bool, usize) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_leadtrail")).arg("--data").arg(data).args(words).spawn().unwrap();
    let mut most = 0;
    loop {
        most = most.max(peak(child.id()).unwrap_or_default());
        if let Some(ended) = child.try_wait().unwrap() {
            return (ended.success(), most);
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

/// What the private door answers.
fn get(serving: &Serving, path: &str) -> Value {
    let mut line = Line::open(serving.ui).unwrap();
    let (status, answer) =
        line.get(path, &format!("Host: {}\r\nAuthorization: Bearer {}\r\n", serving.ui, serving.token)).unwrap();
    assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&answer));
    serde_json::from_slice(&answer).unwrap()
}

#[test]
fn one_person_who_says_very_much_takes_no_more_either() {
    const TEXTS: usize = 24;
    let folder = TempDir::new().unwrap();
    let data = folder.path();
    let added = leadtrail_json(data, &["source", "add", "--provider", "callrail", "--name", "Ours", "--json"]);
    let path = format!("/hooks/{}/text_message_received", added["key"].as_str().unwrap());
    let mut serving = serve(data);
    let words = "ab ".repeat((LIMIT - 1_000) / 3);
    for n in 0..TEXTS {
        let body = text(n).replace("\"content\":\"", &format!("\"content\":\"{n} {words}"));
        assert_eq!(Line::open(serving.hooks).unwrap().post(&path, body.as_bytes()).unwrap().0, 200);
    }
    let process = serving.child.id();
    println!("{TEXTS} texts of one person: peak {} MB", peak(process).unwrap() >> 20);
    let lead = get(&serving, "/api/leads")["items"][0]["id"].as_i64().unwrap();
    let base = format!("/api/leads/{lead}/timeline?limit=200");
    let (mut seen, mut cursor) = (0, String::new());
    loop {
        let page = get(&serving, &format!("{base}{cursor}"));
        seen += page["entries"].as_array().unwrap().len();
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, TEXTS);
    println!("and read: peak {} MB", peak(process).unwrap() >> 20);
    assert!(peak(process).unwrap() <= PROMISED, "{} MB", peak(process).unwrap() >> 20);
    assert_eq!(serving.terminate(), Some(0));

    let elsewhere = TempDir::new().unwrap();
    let file = elsewhere.path().join("timeline.html");
    let export = ["export", "timeline", "--lead", &lead.to_string(), "--format", "html", "-o", file.to_str().unwrap()];
    for words in [&["rebuild"][..], &export, &["erase", &lead.to_string(), "--yes"]] {
        let (ended, most) = peak_of(data, words);
        println!("{}: peak {} MB", words[0], most >> 20);
        assert!(ended && most <= PROMISED, "{words:?}: {ended}, {} MB", most >> 20);
    }
    assert!(std::fs::metadata(&file).unwrap().len() > (TEXTS * (LIMIT - 2_000)) as u64);
}
