//! The rooms know only the rooms below them (design.md section 3).

use std::path::{Path, PathBuf};

/// From the ground up. A room may use those before it.
const ROOMS: [&str; 11] = [
    "clock", "settings", "domain", "providers", "store", "ingest", "reports", "http", "doors", "desktop", "cli",
];

struct File {
    path: PathBuf,
    room: String,
    /// Without comments, and without the tests at its end.
    code: String,
}

fn files() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src-tauri");
    let mut found = Vec::new();
    walk(&root, &root, &mut found);
    assert!(found.len() > 40, "the tree is somewhere else");
    found
}

fn walk(root: &Path, folder: &Path, found: &mut Vec<File>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(root, &path, found);
        } else if path.extension().is_some_and(|end| end == "rs") && path.file_name().unwrap() != "tests.rs" {
            let inside = path.strip_prefix(root).unwrap().to_path_buf();
            let room = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_string();
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
            let code = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
            found.push(File { path: inside, room, code });
        }
    }
}

/// Rooms that the file names as `crate::room` (also inside of `crate::{…}`).
fn used(code: &str) -> Vec<&'static str> {
    let squeezed: String = code.split_whitespace().collect::<Vec<_>>().join(" ");
    ROOMS
        .into_iter()
        .filter(|room| {
            ["crate::", "crate::{", "crate::{ "].iter().any(|before| {
                squeezed.match_indices(&format!("{before}{room}")).any(|(at, found)| {
                    squeezed[at + found.len()..].chars().next().is_none_or(|c| !c.is_alphanumeric() && c != '_')
                })
            })
        })
        .collect()
}

#[test]
fn each_room_knows_only_those_below_it() {
    let mut wrong = Vec::new();
    for file in files() {
        let Some(height) = ROOMS.iter().position(|room| *room == file.room) else { continue };
        for room in used(&file.code) {
            let other = ROOMS.iter().position(|name| *name == room).unwrap();
            // `domain` and `providers` are pure: not even the clock. The clock and settings know nothing.
            let pure = matches!(file.room.as_str(), "clock" | "settings" | "domain" | "providers");
            let allowed = other == height || (other < height && !(pure && other < 2));
            if !allowed {
                wrong.push(format!("{} uses {room}", file.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn sql_lives_only_in_the_store() {
    let begins = ["SELECT ", "INSERT ", "UPDATE ", "DELETE FROM", "PRAGMA ", "CREATE TABLE", "WITH "];
    let mut wrong = Vec::new();
    for file in files().iter().filter(|file| file.room != "store") {
        for line in file.code.lines() {
            for (at, _) in line.match_indices('"') {
                if begins.iter().any(|word| line[at + 1..].starts_with(word)) {
                    wrong.push(format!("{}: {}", file.path.display(), line.trim()));
                }
            }
        }
        if file.code.contains("pragma_update") || file.code.contains("prepare_cached") {
            wrong.push(format!("{} talks to SQLite", file.path.display()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn http_ends_at_the_doors() {
    let wrong: Vec<_> = files()
        .into_iter()
        .filter(|file| matches!(file.room.as_str(), "domain" | "providers" | "store" | "ingest" | "reports"))
        .filter(|file| file.code.contains("axum") || file.code.contains("hyper"))
        .map(|file| file.path)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let wrong: Vec<_> = files()
        .into_iter()
        .filter(|file| file.path != Path::new("http/problem.rs") && file.code.contains("StatusCode"))
        .map(|file| file.path)
        .collect();
    assert!(wrong.is_empty(), "only http/problem.rs knows status codes: {wrong:#?}");
}

#[test]
fn tauri_lives_only_in_the_desktop() {
    let wrong: Vec<_> = files()
        .into_iter()
        .filter(|file| file.code.contains("tauri::") || file.code.contains("tauri_plugin"))
        .filter(|file| {
            let path = file.path.to_str().unwrap();
            file.room != "desktop" && !path.starts_with("doors/webview") && path != "main.rs"
        })
        .map(|file| file.path)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_clock_is_read_in_one_file() {
    let wrong: Vec<_> = files()
        .into_iter()
        .filter(|file| file.room != "clock")
        .filter(|file| ["Utc::now", "Local::now", "SystemTime::now"].iter().any(|word| file.code.contains(word)))
        .map(|file| file.path)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn providers_words_stay_in_their_room() {
    let words = [
        "telmetricsid",
        "telmetricsstudy",
        "calldetails",
        "salesrescue",
        "ms-signature",
        "x-publickey",
        "lcmleadclose",
        "closedafterfollowup",
        "soft_close",
        "mobile_number",
        "pushbackurl",
        "x-varda",
        "call_session_id",
        "outcome_tagged",
        "customer_phone_number",
        "person_resource_id",
        "voice_assist",
        "callresultid",
        "humansupportrequest",
        "additionalinformation",
    ];
    let mut wrong = Vec::new();
    for file in files().iter().filter(|file| file.room != "providers") {
        let lower = file.code.to_lowercase();
        for word in words.iter().filter(|word| lower.contains(**word)) {
            wrong.push(format!("{} says {word}", file.path.display()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn domain_and_providers_do_no_io() {
    let words = ["std::fs", "std::net", "tokio", "rusqlite", "reqwest", "std::env", "std::process", "std::thread"];
    let mut wrong = Vec::new();
    for file in files().iter().filter(|file| matches!(file.room.as_str(), "domain" | "providers")) {
        wrong.extend(words.iter().filter(|w| file.code.contains(**w)).map(|w| format!("{}: {w}", file.path.display())));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
