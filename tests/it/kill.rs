//! Law 1 with the plug pulled: `kill -9` at random moments while sixteen senders send and repeat what nobody
//! acknowledged, also in the middle of a rebuild, a backup, a restore or a migration. What was acknowledged is there,
//! on the timeline, once.
//!
//! `LEADTRAIL_KILLS=100` pulls it more often, `LEADTRAIL_KILL_SEED=7` at the same moments again.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use fastrand::Rng;
use leadtrail::store::{FILE, Store, checkup, journal};
use rusqlite::Connection;
use serde_json::{Value, json};

use super::support::{leadtrail, leadtrail_json};

const SENDERS: u64 = 16;
/// Leads are folded again and again while the plug is pulled, and stay small enough for that.
const PEOPLE: u64 = 200;

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

/// A message by one of the people.
fn message(number: u64) -> String {
    let at = chrono::DateTime::from_timestamp(1_774_000_000 + number as i64, 0).unwrap();
    let at = at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    json!({ "event": "message.created", "timestamp": at, "data": {
        "id": number, "conversation_id": number % PEOPLE, "direction": "inbound", "sender_type": "contact",
        "content": format!("message number {number}"), "message_type": "text", "channel_type": "webchat",
        "contact": { "id": number % PEOPLE, "name": format!("Person {}", number % PEOPLE) }, "created_at": at } })
    .to_string()
}

/// Sends one body and answers the delivery's number, if the acknowledgement arrived whole.
fn send(stream: &mut BufReader<TcpStream>, key: &str, body: &str) -> Option<i64> {
    let request = format!(
        "POST /hooks/{key} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.get_mut().write_all(request.as_bytes()).ok()?;
    let mut line = String::new();
    stream.read_line(&mut line).ok()?;
    if !line.contains(" 200 ") {
        return None;
    }
    let mut length = None;
    loop {
        line.clear();
        stream.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse::<usize>().ok();
        }
    }
    let mut answer = vec![0; length?];
    stream.read_exact(&mut answer).ok()?;
    let answer: Value = serde_json::from_slice(&answer).ok()?;
    answer["delivery"].as_i64()
}

/// What goes on while the plug is pulled, besides sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Job {
    Nothing,
    Rebuild,
    Backup,
    Restore,
    Migration,
}

/// What the senders share.
struct Street {
    key: String,
    next: AtomicU64,
    /// Where the door is, while it is open.
    door: Mutex<Option<SocketAddr>>,
    over: AtomicBool,
    /// What was acknowledged, and under which number of the journal.
    acknowledged: Mutex<BTreeMap<u64, i64>>,
    repeated: AtomicU64,
}

impl Street {
    /// Sends one message after the other, each until it is acknowledged, as senders with retries do.
    fn send_on(&self) {
        let mut stream: Option<(SocketAddr, BufReader<TcpStream>)> = None;
        let (mut mine, mut tries) = (self.next.fetch_add(1, Ordering::Relaxed), 0);
        while !self.over.load(Ordering::Relaxed) {
            let Some(door) = *self.door.lock().unwrap() else {
                std::thread::sleep(Duration::from_millis(5));
                continue;
            };
            if stream.as_ref().is_none_or(|(address, _)| *address != door) {
                let Ok(opened) = TcpStream::connect(door) else {
                    std::thread::sleep(Duration::from_millis(5));
                    continue;
                };
                opened.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
                stream = Some((door, BufReader::new(opened)));
            }
            let Some((_, line)) = stream.as_mut() else { continue };
            tries += 1;
            match send(line, &self.key, &message(mine)) {
                Some(delivery) => {
                    self.acknowledged.lock().unwrap().insert(mine, delivery);
                    self.repeated.fetch_add(u64::from(tries > 1), Ordering::Relaxed);
                    (mine, tries) = (self.next.fetch_add(1, Ordering::Relaxed), 0);
                }
                None => stream = None,
            }
        }
    }
}

/// A command that is killed in the middle, unless it is quicker.
fn broken_off(folder: &Path, arguments: &[&str], after: Duration) {
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
    child.wait().unwrap();
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

/// Takes the last migration out of the file again, as if an older program had made it.
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
    let names = |connection: &Connection| -> BTreeSet<(String, String)> {
        let mut rows = connection.prepare("SELECT type, name FROM sqlite_schema WHERE sql IS NOT NULL").unwrap();
        rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
    };
    let older = Connection::open_in_memory().unwrap();
    for migration in &migrations[..version - 1] {
        older.execute_batch(&std::fs::read_to_string(migration).unwrap()).unwrap();
    }
    let older = names(&older);
    let added: Vec<_> = names(&connection).into_iter().filter(|name| !older.contains(name)).collect();
    assert!(!added.is_empty(), "the last migration adds something");
    let mut script = String::from("PRAGMA foreign_keys = OFF; BEGIN;");
    // Indexes and triggers before the tables they belong to.
    for kind in ["index", "trigger", "view", "table"] {
        for (_, name) in added.iter().filter(|(of, _)| of == kind) {
            script.push_str(&format!("DROP {kind} {name};"));
        }
    }
    script.push_str(&format!("PRAGMA user_version = {}; COMMIT;", version - 1));
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
    let folder = tempfile::tempdir().unwrap();
    let street = Street {
        key: add_source(folder.path()),
        next: AtomicU64::new(1),
        door: Mutex::default(),
        over: AtomicBool::new(false),
        acknowledged: Mutex::default(),
        repeated: AtomicU64::default(),
    };
    std::thread::scope(|scope| {
        let _ends = Ends(&street.over);
        for _ in 0..SENDERS {
            scope.spawn(|| street.send_on());
        }
        for round in 0..rounds {
            let job = jobs[(round as usize) % jobs.len()];
            let server = Server::start(folder.path());
            *street.door.lock().unwrap() = Some(server.hooks);
            let moment = |rng: &mut Rng, most: u64| Duration::from_millis(rng.u64(1..most));
            std::thread::sleep(Duration::from_millis(60) + moment(&mut rng, 240));
            if job == Job::Backup {
                broken_off(folder.path(), &["backup"], moment(&mut rng, 400));
            }
            *street.door.lock().unwrap() = None;
            server.kill();
            match job {
                Job::Nothing | Job::Backup => {}
                Job::Rebuild => broken_off(folder.path(), &["rebuild"], moment(&mut rng, 400)),
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
    let repeated = street.repeated.into_inner();
    let acknowledged = street.acknowledged.into_inner().unwrap();
    assert!(acknowledged.len() as u64 > rounds * 5, "the senders got somewhere: {}", acknowledged.len());

    let store = Store::open(folder.path()).unwrap();
    let mut kept: BTreeMap<u64, Vec<i64>> = BTreeMap::new();
    let mut after = 0;
    loop {
        let entries = store.read_blocking(|c| journal::after(c, after, 500)).unwrap();
        let Some((last, _)) = entries.last() else { break };
        after = *last;
        for (seq, entry) in entries {
            if let journal::Entry::Delivery(row) = entry {
                let body: Value = serde_json::from_slice(&row.body).unwrap();
                kept.entry(body["data"]["id"].as_u64().unwrap()).or_default().push(seq);
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
    // What was written and not acknowledged in time may be there too, but nothing twice.
    assert!(placed.values().all(|times| *times == 1));
    let found = store.read_fresh(checkup::check).unwrap();
    assert!(found.ok, "{:?}", found.problems);
    store.close();
    let deliveries: usize = kept.values().map(Vec::len).sum();
    println!(
        "{} acknowledged over {rounds} kills, {repeated} of them only when they were repeated; {deliveries} deliveries kept, \
         {} of them repeats; {} on timelines, 0 lost, 0 doubled",
        acknowledged.len(),
        deliveries - kept.len(),
        placed.len(),
    );
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
    let mut jobs = vec![Job::Nothing, Job::Rebuild, Job::Backup];
    let help = tempfile::tempdir().map(|folder| leadtrail(folder.path(), &["--help"]).stdout).unwrap();
    if String::from_utf8_lossy(&help).contains("\n  restore ") {
        jobs.push(Job::Restore);
    }
    pull_the_plug(&jobs, 16);
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
            let part = lead::Part { limit: 500, cursor: cursor.take(), ..lead::Part::default() };
            let page = store.read_blocking(|c| lead::timeline(c, row.lead.id, &part)).unwrap();
            for message in page.entries.into_iter().filter_map(|entry| entry.message) {
                *texts.entry(message.text).or_default() += 1;
            }
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
    }
    texts
}
