//! Law 1: what was acknowledged is on disk, once, whatever kills the program (issue, Shows 5).

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use leadtrail::store::{Store, checkup, journal};
use serde_json::json;

use super::support::{Line, leadtrail_json, serve};

const ROUNDS: u64 = 20;
const SENDERS: u64 = 16;
/// Messages of one person: enough that leads are folded again, few enough that folding costs little.
const OF_ONE_PERSON: u64 = 12;

fn body(n: u64) -> String {
    json!({
        "resource_id": format!("SCI{n:08}"), "source_number": format!("202-{:03}-{:04}", 200 + (n / OF_ONE_PERSON) / 9000, 1000 + (n / OF_ONE_PERSON) % 9000),
        "destination_number": "770-555-5555", "content": format!("message number {n}"),
        "timestamp": "2026-03-03T10:00:00.000-05:00",
    })
    .to_string()
}

/// What one sender knows when the line breaks.
#[derive(Default)]
struct Knows {
    acknowledged: Vec<u64>,
    /// Sent, and not answered: perhaps taken in, perhaps not.
    open: Option<u64>,
}

fn send_until_it_breaks(address: SocketAddr, path: &str, next: &AtomicU64, again: Vec<u64>) -> Knows {
    let mut knows = Knows::default();
    let Ok(mut line) = Line::open(address) else {
        knows.open = again.first().copied();
        return knows;
    };
    // As senders do, what was not answered is sent again first.
    let mut again = again.into_iter();
    loop {
        let n = again.next().unwrap_or_else(|| next.fetch_add(1, Ordering::Relaxed));
        match line.post(path, body(n).as_bytes()) {
            Ok((200, _)) => knows.acknowledged.push(n),
            Ok((status, body)) => panic!("{status}: {}", String::from_utf8_lossy(&body)),
            Err(_) => {
                knows.open = Some(n);
                return knows;
            }
        }
    }
}

#[test]
fn twenty_kills_among_sixteen_senders_lose_nothing_and_double_nothing() {
    // On a real disk, not in memory.
    let folder = tempfile::tempdir().unwrap();
    let added = leadtrail_json(folder.path(), &["source", "add", "--provider", "callrail", "--name", "Ours", "--json"]);
    let path = format!("/hooks/{}/text_message_received", added["key"].as_str().unwrap());
    let next = AtomicU64::new(0);
    let mut acknowledged = Vec::new();
    let mut open = Vec::new();
    for round in 0..ROUNDS {
        let mut serving = serve(folder.path());
        let address = serving.hooks;
        let again = std::mem::take(&mut open);
        let known: Vec<Knows> = std::thread::scope(|scope| {
            let senders: Vec<_> = (0..SENDERS)
                .map(|sender| {
                    let mine = again.iter().copied().skip(sender as usize).step_by(SENDERS as usize).collect();
                    let (path, next) = (&path, &next);
                    scope.spawn(move || send_until_it_breaks(address, path, next, mine))
                })
                .collect();
            std::thread::sleep(Duration::from_millis(60 + 23 * (round * 7 % ROUNDS)));
            serving.child.kill().unwrap();
            serving.child.wait().unwrap();
            senders.into_iter().map(|sender| sender.join().unwrap()).collect()
        });
        for knows in known {
            acknowledged.extend(knows.acknowledged);
            open.extend(knows.open);
        }
    }
    assert!(acknowledged.len() > 500, "only {} were acknowledged", acknowledged.len());

    let began = Instant::now();
    let store = Store::open(folder.path()).unwrap();
    let check = store.read_blocking(checkup::check).unwrap();
    assert!(check.ok, "{:?}", check.problems);
    let mut kept: BTreeMap<u64, usize> = BTreeMap::new();
    let mut after = 0;
    loop {
        let entries = store.read_blocking(|c| journal::after(c, after, 1000)).unwrap();
        let Some((last, _)) = entries.last() else { break };
        after = *last;
        for (_, entry) in entries {
            let journal::Entry::Delivery(row) = entry else { panic!("only deliveries came") };
            let json: serde_json::Value = serde_json::from_slice(&row.body).unwrap();
            let number = json["resource_id"].as_str().unwrap()[3..].parse().unwrap();
            *kept.entry(number).or_default() += 1;
        }
    }
    for n in &acknowledged {
        assert!(kept.contains_key(n), "message {n} was acknowledged and is lost");
    }
    let once: BTreeSet<u64> = acknowledged.iter().copied().collect();
    assert_eq!(once.len(), acknowledged.len(), "nobody was told twice that one message was taken in");
    // On timelines each stands once, also where it was sent twice.
    let entries: i64 = store.read_blocking(|c| Ok(c.query_row("SELECT count(*) FROM docs", [], |r| r.get(0))?)).unwrap();
    assert_eq!((check.events, entries), (kept.len() as i64, kept.len() as i64));
    eprintln!(
        "{ROUNDS} kills, {SENDERS} senders: {} acknowledged, {} kept, {} came twice; checked in {:?}",
        acknowledged.len(),
        kept.len(),
        kept.values().filter(|times| **times > 1).count(),
        began.elapsed()
    );
    store.close();
}
