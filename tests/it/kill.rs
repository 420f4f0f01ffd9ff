//! Law 1 with the plug pulled: `kill -9` at random moments while sixteen senders send and repeat what nobody
//! acknowledged, also in the middle of a rebuild, a backup, a restore, an import, a migration, or of erasing
//! somebody. What was acknowledged is there, on the timeline, once.
//!
//! `LEADTRAIL_KILLS=100` pulls it more often, `LEADTRAIL_KILL_SEED=7` at the same moments again.

mod senders;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use fastrand::Rng;
use leadtrail::domain::entry::Entry;
use leadtrail::store::{FILE, Store, checkup, journal};
use rusqlite::Connection;
use serde_json::{Value, json};

use super::support::{leadtrail, leadtrail_json, until_blocking};
use senders::{Street, message, send};

const SENDERS: u64 = 16;
struct Server {
    child: Child,
    hooks: SocketAddr,
}

impl Server {
    fn start(folder: &Path) -> Server {
        let mut child = Command::new(env!("CARGO_BIN_EXE_leadtrail"))
            .args(["serve", "--hooks", "127.0.0.1:0", "--ui", "127.0.0.1:0", "--data"])
            .arg(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .env("LEADTRAIL_LOG", "error")
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let hooks = line.trim().strip_prefix("hooks http://").unwrap_or_else(|| panic!("it starts: {line:?}"));
        let hooks = hooks.parse().unwrap();
        Server { child, hooks }
    }

    /// SIGKILL: nothing of the program runs after this.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn add_source(folder: &Path) -> String {
    let added = Command::new(env!("CARGO_BIN_EXE_leadtrail"))
        .args(["source", "add", "--provider", "varda", "--name", "Main", "--json", "--data"])
        .arg(folder)
        .output()
        .unwrap();
    let added: Value = serde_json::from_slice(&added.stdout).unwrap();
    added["key"].as_str().unwrap().to_string()
}

/// Somebody who will be erased: who it is, and what was said.
fn passer_by(round: u64) -> [String; 2] {
    let at = "2026-03-20T10:00:00Z";
    let contact = json!({ "id": A_ROUND + round, "name": "Passer By", "email": email(round), "type": "visitor" });
    [
        json!({ "event": "contact.created", "timestamp": at, "data": { "contact": contact } }).to_string(),
        json!({ "event": "message.created", "timestamp": at, "data": {
            "id": (round + 1) * A_ROUND, "conversation_id": A_ROUND + round, "direction": "inbound",
            "sender_type": "contact", "content": words(round), "message_type": "text", "channel_type": "webchat",
            "contact": contact, "created_at": at } })
        .to_string(),
    ]
}

fn email(round: u64) -> String {
    format!("passer.by.{round}@example.com")
}

fn words(round: u64) -> String {
    format!("words of passer-by {round}")
}

/// What goes on while the plug is pulled, besides sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Job {
    Nothing,
    Rebuild,
    Backup,
    Restore,
    Migration,
    Import,
    Erase,
}

/// Rows of a file that is imported: new ones, and some that were sent already.
const ROWS: u64 = 600;
const KNOWN: u64 = 100;
/// Numbers of messages in the file of a round begin here; no sender gets that far.
const A_ROUND: u64 = 1_000_000;

/// A command that is killed in the middle, unless it is quicker: whether it was, and did what it should.
fn broken_off(folder: &Path, arguments: &[&str], after: Duration) -> bool {
    let mut child = Command::new(env!("CARGO_BIN_EXE_leadtrail"))
        .args(arguments)
        .arg("--data")
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(after);
    let _ = child.kill();
    child.wait().unwrap().success()
}

/// The backups that are there, by name.
fn backups(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder.join("backups")) else { return Vec::new() };
    let names = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> =
        names.filter(|name| name.ends_with(".sqlite") && name.starts_with("leadtrail-2")).collect();
    names.sort();
    names
}

/// Takes the last migration that added something out of the file again, as if an older program had made it.
fn make_older(folder: &Path) {
    let connection = Connection::open(folder.join(FILE)).unwrap();
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    let version = version as usize;
    let mut migrations: Vec<PathBuf> = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    migrations.sort();
    assert_eq!(version, migrations.len());
    // An index, view or trigger of the same name that says something else is another.
    let names = |connection: &Connection| -> BTreeSet<(String, String, Option<String>)> {
        let says = "CASE type WHEN 'table' THEN NULL ELSE sql END";
        let sql = format!("SELECT type, name, {says} FROM sqlite_schema WHERE sql IS NOT NULL");
        let mut rows = connection.prepare(&sql).unwrap();
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        rows.query_map([], row).unwrap().map(Result::unwrap).collect()
    };
    // One that only takes rows out leaves nothing to be taken back: then the one before it goes as well.
    let made_by = |count: usize| {
        let made = Connection::open_in_memory().unwrap();
        migrations[..count].iter().for_each(|m| made.execute_batch(&std::fs::read_to_string(m).unwrap()).unwrap());
        made
    };
    let now = names(&connection);
    let newest = version;
    let version = (1..newest).rev().find(|count| names(&made_by(*count)) != now).unwrap();
    let older = made_by(version);
    let columns = |connection: &Connection, table: &str| -> BTreeSet<String> {
        let mut rows = connection.prepare("SELECT name FROM pragma_table_info(?1)").unwrap();
        rows.query_map([table], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    // Tables that got other names have their old ones first.
    for migration in migrations[version..newest].iter().rev() {
        let text = std::fs::read_to_string(migration).unwrap();
        for words in text.split(';').map(|sql| sql.split_whitespace().collect::<Vec<_>>()) {
            if let [.., "ALTER", "TABLE", before, "RENAME", "TO", after] = words.as_slice() {
                connection.execute_batch(&format!("ALTER TABLE {after} RENAME TO {before}")).unwrap();
            }
        }
    }
    let now = names(&connection);
    let (empty, older) = (&older, names(&older));
    let added: Vec<_> = now.iter().filter(|name| !older.contains(name)).collect();
    let gone: Vec<_> = older.iter().filter(|name| !now.contains(name)).collect();
    assert!(!added.is_empty(), "the last migration adds something");
    let mut script = String::from("PRAGMA foreign_keys = OFF; BEGIN;");
    // Indexes and triggers before the tables they belong to.
    for kind in ["index", "trigger", "view", "table"] {
        for (_, name, _) in added.iter().filter(|(of, ..)| of == kind) {
            script.push_str(&format!("DROP {kind} {name};"));
        }
    }
    for (_, table, _) in older.iter().filter(|(of, ..)| of == "table") {
        for column in columns(&connection, table).difference(&columns(empty, table)) {
            script.push_str(&format!("ALTER TABLE {table} DROP COLUMN {column};"));
        }
    }
    for (_, name, _) in &gone {
        let sql = "SELECT sql FROM sqlite_schema WHERE name = ?1";
        script += &empty.query_row::<String, _, _>(sql, [name], |row| row.get(0)).unwrap();
        script.push(';');
    }
    script.push_str(&format!("PRAGMA user_version = {version}; COMMIT;"));
    connection.execute_batch(&script).unwrap();
}

fn pull_the_plug(jobs: &[Job], rounds: u64) {
    let rounds = std::env::var("LEADTRAIL_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(rounds);
    let seed = std::env::var("LEADTRAIL_KILL_SEED")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or_else(|| fastrand::u64(..100_000));
    println!("seed {seed}, {rounds} kills, {jobs:?}");
    let mut rng = Rng::with_seed(seed);
    let (folder, files) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let street = Street {
        key: add_source(folder.path()),
        next: AtomicU64::new(1),
        door: Mutex::default(),
        over: AtomicBool::new(false),
        acknowledged: Mutex::default(),
        repeated: AtomicU64::default(),
    };
    let mut erased = Vec::new();
    std::thread::scope(|scope| {
        let _ends = Ends(&street.over);
        for _ in 0..SENDERS {
            scope.spawn(|| street.send_on());
        }
        for round in 0..rounds {
            let job = jobs[(round as usize) % jobs.len()];
            let server = Server::start(folder.path());
            let told = || street.acknowledged.lock().unwrap().len();
            let before = told();
            *street.door.lock().unwrap() = Some(server.hooks);
            // However busy the machine is.
            until_blocking("the senders got somewhere", || (told() > before + 5).then_some(()));
            let moment = |rng: &mut Rng, most: u64| Duration::from_millis(rng.u64(1..most));
            std::thread::sleep(Duration::from_millis(60) + moment(&mut rng, 240));
            match job {
                Job::Backup => drop(broken_off(folder.path(), &["backup"], moment(&mut rng, 400))),
                Job::Erase => {
                    let mut line = BufReader::new(TcpStream::connect(server.hooks).unwrap());
                    let told = passer_by(round).map(|body| send(&mut line, &street.key, &body));
                    assert!(told.iter().all(Option::is_some));
                    let done = broken_off(folder.path(), &["erase", &email(round), "--yes"], moment(&mut rng, 800));
                    erased.push((round, done));
                }
                Job::Import => {
                    let file = files.path().join(format!("{round}.ndjson"));
                    let known: Vec<u64> =
                        street.acknowledged.lock().unwrap().keys().copied().take(KNOWN as usize).collect();
                    let new = (1..=ROWS).map(|n| (round + 1) * A_ROUND + n);
                    let rows: String = new.chain(known).map(|number| message(number) + "\n").collect();
                    std::fs::write(&file, rows).unwrap();
                    let file = file.to_string_lossy().into_owned();
                    let after = moment(&mut rng, 2000);
                    broken_off(folder.path(), &["import", &file, "--source", "Main"], after);
                }
                _ => {}
            }
            *street.door.lock().unwrap() = None;
            server.kill();
            match job {
                Job::Nothing | Job::Backup | Job::Import | Job::Erase => {}
                Job::Rebuild => drop(broken_off(folder.path(), &["rebuild"], moment(&mut rng, 400))),
                Job::Restore => {
                    let all = backups(folder.path());
                    if all.is_empty() {
                        assert!(leadtrail(folder.path(), &["backup"]).status.success());
                    } else {
                        let name = &all[rng.usize(..all.len())];
                        broken_off(folder.path(), &["restore", name, "--yes"], moment(&mut rng, 1500));
                    }
                }
                Job::Migration => {
                    make_older(folder.path());
                    broken_off(
                        folder.path(),
                        &["serve", "--hooks", "127.0.0.1:0", "--ui", "127.0.0.1:0"],
                        moment(&mut rng, 300),
                    );
                }
            }
            let found = leadtrail_json(folder.path(), &["check", "--json"]);
            assert_eq!(found["ok"], true, "round {round}, {job:?}: {found}");
        }
    });
    // What waited in the inbox is taken in by the next start.
    assert_eq!(crate::support::serve(folder.path()).terminate(), Some(0));
    let street_key = street.key.clone();
    let repeated = street.repeated.into_inner();
    let acknowledged = street.acknowledged.into_inner().unwrap();
    assert!(acknowledged.len() as u64 > rounds * 5, "the senders got somewhere: {}", acknowledged.len());

    let mut imported = 0;
    if jobs.contains(&Job::Import) {
        // Those that were broken off are gone on with. One that was killed before it was written down is no import.
        for id in 1..=rounds {
            let done = leadtrail(folder.path(), &["import", "--resume", &id.to_string(), "--json"]);
            let said: Value = serde_json::from_slice(&done.stdout).unwrap_or_default();
            if done.status.success() || said["state"] == "done" {
                assert_eq!((&said["state"], &said["skipped"]), (&json!("done"), &json!(0)), "{said}");
                let rows = ["in", "merged", "duplicate"].iter().map(|what| said[what].as_u64().unwrap()).sum::<u64>();
                assert!(said["rows"].as_u64() == Some(rows) && rows >= ROWS, "every row is accounted for: {said}");
                imported += 1;
            } else {
                println!("import {id}: {}", String::from_utf8_lossy(&done.stderr).trim());
            }
        }
        let found = leadtrail_json(folder.path(), &["check", "--json"]);
        assert_eq!(found["ok"], true, "{found}");
    }

    if !erased.is_empty() {
        stay_erased(folder.path(), &street_key, &erased);
    }
    let store = Store::open(folder.path()).unwrap();
    let mut kept: BTreeMap<u64, Vec<i64>> = BTreeMap::new();
    let mut after = 0;
    loop {
        let entries = store.read_blocking(|c| journal::after(c, after, 500)).unwrap();
        let Some((last, _)) = entries.last() else { break };
        after = *last;
        for (seq, entry) in entries {
            if let journal::JournalEntry::Delivery(row) = entry
                && !row.is_erased()
            {
                let body: Value = serde_json::from_slice(&row.body).unwrap();
                kept.entry(body["data"]["id"].as_u64().unwrap_or_default()).or_default().push(seq);
            }
        }
    }
    let placed = on_timelines(&store);
    let lost: Vec<_> =
        acknowledged.iter().filter(|(message, seq)| !kept.get(message).is_some_and(|all| all.contains(seq))).collect();
    assert!(lost.is_empty(), "acknowledged and not in the journal: {lost:?}");
    for message in acknowledged.keys() {
        assert_eq!(placed.get(&format!("message number {message}")), Some(&1), "message {message} on timelines");
    }
    let of_round = |round: u64| {
        (1..=ROWS).filter(|n| placed.contains_key(&format!("message number {}", (round + 1) * A_ROUND + n))).count()
            as u64
    };
    let whole = (0..rounds)
        .map(of_round)
        .inspect(|n| assert!([0, ROWS].contains(n), "{n} rows of one import"))
        .filter(|n| *n > 0);
    assert_eq!(whole.count(), imported, "an import that is done is there, and no other");
    // What was written and not acknowledged in time may be there too, but nothing twice.
    let twice: Vec<_> = placed.iter().filter(|(_, times)| **times != 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    let found = store.read_fresh(checkup::check).unwrap();
    assert!(found.ok, "{:?}", found.problems);
    store.close();
    let deliveries: usize = kept.values().map(Vec::len).sum();
    println!(
        "{} acknowledged over {rounds} kills, {repeated} of them only when they were repeated; {deliveries} deliveries kept, \
         {} of them repeats; {imported} imports; {} on timelines, 0 lost, 0 doubled",
        acknowledged.len(),
        deliveries - kept.len(),
        placed.len(),
    );
}

/// Who was erased is gone, altogether or not at all, and does not come back with a late repeat.
fn stay_erased(folder: &Path, key: &str, erased: &[(u64, bool)]) {
    let there = |store: &Store| -> BTreeSet<u64> {
        let placed = on_timelines(store);
        erased.iter().map(|(round, _)| *round).filter(|round| placed.contains_key(&words(*round))).collect()
    };
    let store = Store::open(folder).unwrap();
    let before = there(&store);
    store.close();
    for (round, done) in erased {
        assert!(!(*done && before.contains(round)), "round {round} said that it erased");
    }
    let server = Server::start(folder);
    let mut line = BufReader::new(TcpStream::connect(server.hooks).unwrap());
    for (round, _) in erased {
        // What is known to be erased may be kept out or counted as a repeat: both are fine.
        let _ = passer_by(*round).map(|body| send(&mut line, key, &body));
    }
    server.kill();
    let store = Store::open(folder).unwrap();
    assert_eq!(there(&store), before, "nobody who was erased is back");
    store.close();
    println!("{} of {} erased, none of them back", erased.len() - before.len(), erased.len());
}

/// Ends the senders also when the test fails.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn nothing_acknowledged_is_lost_or_doubled_by_kill_9() {
    pull_the_plug(&[Job::Nothing, Job::Rebuild, Job::Backup, Job::Restore], 16);
}

#[test]
fn nor_by_kill_9_while_a_file_is_brought_in() {
    pull_the_plug(&[Job::Import], 3);
}

#[test]
fn nor_by_kill_9_while_somebody_is_erased() {
    pull_the_plug(&[Job::Erase], 6);
}

#[test]
fn nor_by_kill_9_while_a_newer_program_changes_the_file() {
    pull_the_plug(&[Job::Migration], 6);
}

/// The texts on all timelines, and how often each is there.
fn on_timelines(store: &Store) -> BTreeMap<String, usize> {
    use leadtrail::store::query::{lead, leads};
    let filter = leads::Filter { limit: 500, ..leads::Filter::default() };
    let all = store.read_blocking(|c| leads::page(c, &filter)).unwrap();
    let mut texts = BTreeMap::new();
    for row in all.items {
        let mut cursor = None;
        loop {
            let part = lead::TimelineRange { limit: 500, cursor: cursor.take(), ..lead::TimelineRange::default() };
            let page = store.read_blocking(|c| lead::timeline(c, row.lead.id, &part)).unwrap();
            // Erased ones have no words left.
            for message in page.entries.iter().filter_map(Entry::message).filter(|m| !m.text.is_empty()) {
                *texts.entry(message.text.clone()).or_default() += 1;
            }
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
    }
    texts
}
