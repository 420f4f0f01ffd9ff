//! Law 1 with the plug pulled: `kill -9` while sixteen senders send, and everything that was acknowledged is
//! there once.
//!
//! `LEADTRAIL_KILLS=100` runs longer.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use leadtrail::store::{Store, checkup, journal};
use serde_json::{Value, json};

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
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let hooks = line.trim().strip_prefix("hooks http://").unwrap().parse().unwrap();
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

/// A message by one of forty people, so that leads are folded again and again while the plug is pulled.
fn message(number: u64) -> String {
    let at = chrono::DateTime::from_timestamp(1_774_000_000 + number as i64, 0).unwrap();
    let at = at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    json!({ "event": "message.created", "timestamp": at, "data": {
        "id": number, "conversation_id": number % 40, "direction": "inbound", "sender_type": "contact",
        "content": format!("message number {number}"), "message_type": "text", "channel_type": "webchat",
        "contact": { "id": number % 40, "name": format!("Person {}", number % 40) }, "created_at": at } })
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

#[test]
fn nothing_acknowledged_is_lost_or_doubled_by_kill_9() {
    let rounds: u64 = std::env::var("LEADTRAIL_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(20);
    let folder = tempfile::tempdir().unwrap();
    let key = add_source(folder.path());
    let number = AtomicU64::new(1);
    // What was acknowledged, and under which number of the journal.
    let acknowledged: Mutex<BTreeMap<u64, i64>> = Mutex::default();
    for round in 0..rounds {
        let server = Server::start(folder.path());
        let hooks = server.hooks;
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..SENDERS {
                scope.spawn(|| {
                    let Ok(stream) = TcpStream::connect(hooks) else { return };
                    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
                    let mut stream = BufReader::new(stream);
                    while !over.load(Ordering::Relaxed) {
                        let mine = number.fetch_add(1, Ordering::Relaxed);
                        match send(&mut stream, &key, &message(mine)) {
                            Some(delivery) => acknowledged.lock().unwrap().insert(mine, delivery),
                            None => return,
                        };
                    }
                });
            }
            // Another moment of the writer's work in every round.
            std::thread::sleep(Duration::from_millis(60 + (round * 37) % 240));
            server.kill();
            over.store(true, Ordering::Relaxed);
        });
    }

    let acknowledged = acknowledged.into_inner().unwrap();
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
    for (message, delivery) in &acknowledged {
        assert_eq!(kept.get(message), Some(&vec![*delivery]), "message {message} was acknowledged");
    }
    // What was written and not acknowledged in time may be there too, but nothing twice.
    assert!(kept.values().all(|deliveries| deliveries.len() == 1));

    let found = store.read_fresh(checkup::check).unwrap();
    assert!(found.ok, "{:?}", found.problems);
    let placed: BTreeSet<String> = on_timelines(&store);
    for message in acknowledged.keys() {
        assert!(placed.contains(&format!("message number {message}")), "message {message} is on a timeline");
    }
    println!("{} acknowledged over {rounds} kills, {} kept", acknowledged.len(), kept.len());
}

fn on_timelines(store: &Store) -> BTreeSet<String> {
    use leadtrail::store::query::{lead, leads};
    let filter = leads::Filter { limit: 500, ..leads::Filter::default() };
    let all = store.read_blocking(|c| leads::page(c, &filter)).unwrap();
    let mut texts = BTreeSet::new();
    for row in all.items {
        let mut cursor = None;
        loop {
            let part = lead::Part { limit: 500, cursor: cursor.take(), ..lead::Part::default() };
            let page = store.read_blocking(|c| lead::timeline(c, row.lead.id, &part)).unwrap();
            texts.extend(page.entries.into_iter().filter_map(|entry| entry.message.map(|m| m.text)));
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
    }
    texts
}
