//! No sender waits for whatever holds the data file (law 1): what comes meanwhile stands in the inbox, is answered with the
//! number it will have, and is on the timeline once the file is free again.

use std::fs;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::DateTime;
use leadtrail::store::{
    Batch, DataLock, DeliverySlot, InboxDelivery, InboxReader, NewDelivery, Store, StoreError, Trust, WaitingDelivery,
};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::displaced::house::House;
use crate::support::{leadtrail, leadtrail_json, serve, until_blocking};

const INBOX: &str = "leadtrail.inbox";

/// Another program that writes to the data file, for as long as this is held.
fn holding(house: &House) -> Connection {
    let other = Connection::open(house.file()).unwrap();
    other.busy_timeout(Duration::from_secs(60)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    other
}

/// The numbers that so many messages were answered with.
fn sent(house: &mut House, count: usize) -> Vec<i64> {
    (0..count)
        .map(|_| {
            let (status, answer) = house.post();
            assert_eq!(status, 200, "{answer}");
            let body = answer.split_once("\r\n\r\n").unwrap().1;
            serde_json::from_str::<Value>(body).unwrap()["delivery"].as_i64().unwrap()
        })
        .collect()
}

fn all_are_there(house: &House, numbers: &[i64]) {
    for number in numbers {
        until_blocking("it is in the journal", || {
            let (status, delivery) = house.private("GET", &format!("/api/deliveries/{number}"), "");
            (status == 200 && delivery["state"] == "processed").then_some(())
        });
    }
}

fn waiting(house: &House) -> u64 {
    house.get("/api/status")["waiting"]["deliveries"].as_u64().unwrap_or_default()
}

/// Rows of a table of the inbox, as it lies there.
fn rows(house: &House) -> i64 {
    let inbox = Connection::open(house.data.join(INBOX)).unwrap();
    inbox.query_row("SELECT count(*) FROM deliveries", [], |row| row.get(0)).unwrap()
}

#[test]
fn whoever_holds_the_file_keeps_no_sender_waiting() {
    let mut house = House::open();
    let other = holding(&house);
    // All are answered while it is held: it is let go only after.
    let numbers = sent(&mut house, 20);
    drop(other);
    all_are_there(&house, &numbers);
    assert!(numbers.is_sorted());
    let later = sent(&mut house, 1);
    assert!(later[0] > numbers[19]);
    all_are_there(&house, &later);
    house.ends_whole();
}

#[test]
fn what_waits_is_taken_in_by_the_next_start() {
    let mut house = House::open();
    let other = holding(&house);
    let numbers = sent(&mut house, 20);
    house.kill();
    drop(other);
    house.serving = serve(&house.data);
    all_are_there(&house, &numbers);
    house.ends_whole();
}

/// What is asked of the program meanwhile is done behind what came before it.
#[test]
fn the_journal_grows_in_the_order_of_its_numbers() {
    let mut house = House::open();
    let lead = house.get("/api/leads")["items"][0]["id"].clone();
    let other = holding(&house);
    let numbers = sent(&mut house, 5);
    let acted = std::thread::scope(|scope| {
        let house = &house;
        let note = json!({ "type": "note", "text": "called", "by": "Ann" }).to_string();
        let acting = scope.spawn(move || house.private("POST", &format!("/api/leads/{lead}/actions"), &note));
        drop(other);
        acting.join().unwrap()
    });
    assert_eq!(acted.0, 201, "{}", acted.1);
    all_are_there(&house, &numbers);
    let store = Store::open(&house.data).unwrap();
    let entries = store.read_blocking(|c| leadtrail::store::journal::after(c, 0, 1_000)).unwrap();
    store.close();
    let note = entries.iter().find(|(_, entry)| matches!(entry, leadtrail::store::journal::JournalEntry::Action(_)));
    assert!(note.unwrap().0 > numbers[4], "{:?}", entries.iter().map(|(seq, _)| seq).collect::<Vec<_>>());
}

#[test]
fn how_many_wait_is_said() {
    let mut house = House::open();
    assert_eq!(house.get("/api/status")["waiting"], Value::Null);
    let other = holding(&house);
    sent(&mut house, 7);
    let status = house.get("/api/status");
    assert_eq!(status["waiting"]["deliveries"], 7, "{status}");
    assert!(status["waiting"]["since"].is_string(), "{status}");
    assert_eq!(house.get("/api/sources")["items"][0]["waiting"], 7);
    let checked = leadtrail_json(&house.data, &["check", "--json"]);
    let item = checked["items"].as_array().unwrap().iter().find(|item| item["name"] == "inbox").unwrap();
    assert!(item["text"].as_str().unwrap().contains("7 messages"), "{item}");
    drop(other);
    until_blocking("all of them are taken in", || (waiting(&house) == 0).then_some(()));
    assert_eq!(house.get("/api/sources")["items"][0]["waiting"], 0);
    house.ends_whole();
}

/// Nothing that was taken in is left beside the data file, where an erasure would not look for it.
#[test]
fn what_was_taken_in_is_left_nowhere() {
    let mut house = House::open();
    let other = holding(&house);
    let numbers = sent(&mut house, 5);
    drop(other);
    all_are_there(&house, &numbers);
    until_blocking("it is empty", || (rows(&house) == 0).then_some(()));
    // While it serves on.
    let ahead = house.data.join(format!("{INBOX}-wal"));
    until_blocking("its room is given back", || (ahead.metadata().unwrap().len() == 0).then_some(()));
    let file = fs::read(house.data.join(INBOX)).unwrap();
    let zstd = [0x28, 0xb5, 0x2f, 0xfd];
    assert!(!file.windows(4).any(|four| four == zstd), "no packed body is left");
    house.ends_whole();
}

#[test]
fn a_backup_holds_what_waits() {
    let mut house = House::open();
    let other = holding(&house);
    let numbers = sent(&mut house, 6);
    let (status, made) = house.private("POST", "/api/backups", "");
    assert_eq!(status, 201, "{made}");
    drop(other);
    all_are_there(&house, &numbers);
    let name = made["name"].as_str().unwrap();
    // The backup alone, on another machine.
    let elsewhere = tempfile::tempdir().unwrap();
    let data = elsewhere.path().join("data");
    let backup = house.data.join("backups").join(name);
    leadtrail_json(&data, &["source", "add", "--provider", "varda", "--name", "Theirs", "--json"]);
    let done = leadtrail(&data, &["restore", backup.to_str().unwrap(), "--yes", "--json"]);
    assert!(done.status.success(), "{done:?}");
    crate::disk::kept_once(&data, &house.acknowledged);
    // And here, over the file that has them by now.
    for exact in [false, true] {
        let body = json!({ "exact": exact }).to_string();
        let (status, done) = house.private("POST", &format!("/api/backups/{name}/restore"), &body);
        assert_eq!(status, 200, "{done}");
        all_are_there(&house, &numbers);
    }
    house.ends_whole();
}

/// Somebody tidies up the folder while something waits: what was acknowledged is not gone with it.
#[test]
fn an_inbox_that_is_deleted_is_begun_anew() {
    for ends in [&["", "-wal", "-shm"][..], &[""], &["-wal"], &["-shm"]] {
        let mut house = House::open();
        let other = holding(&house);
        let before = sent(&mut house, 3);
        for end in ends {
            fs::remove_file(house.data.join(format!("{INBOX}{end}"))).unwrap();
        }
        let after = sent(&mut house, 3);
        house.kill();
        drop(other);
        house.serving = serve(&house.data);
        all_are_there(&house, &before);
        all_are_there(&house, &after);
        house.ends_whole();
    }
}

#[test]
fn an_inbox_that_cannot_be_read_keeps_nothing_from_beginning() {
    let mut house = House::open();
    assert_eq!(house.serving.terminate(), Some(0));
    fs::write(house.data.join(INBOX), "not a data file at all, but long enough to be looked at".repeat(100)).unwrap();
    house.serving = serve(&house.data);
    sent(&mut house, 3);
    let kept = fs::read_dir(&house.data).unwrap().flatten().map(|entry| entry.file_name());
    let kept: Vec<_> = kept.filter(|name| name.to_string_lossy().starts_with(INBOX)).collect();
    assert!(kept.iter().any(|name| name.to_string_lossy().contains("aside")), "{kept:?}");
    house.ends_whole();
}

/// Nothing of somebody else's is written to through a link that lies where the inbox belongs.
#[cfg(unix)]
#[test]
fn a_planted_link_is_not_followed() {
    let mut house = House::open();
    assert_eq!(house.serving.terminate(), Some(0));
    let theirs = house.elsewhere("theirs");
    fs::write(&theirs, "theirs").unwrap();
    fs::remove_file(house.data.join(INBOX)).unwrap();
    std::os::unix::fs::symlink(&theirs, house.data.join(INBOX)).unwrap();
    house.serving = serve(&house.data);
    let other = holding(&house);
    let numbers = sent(&mut house, 3);
    drop(other);
    all_are_there(&house, &numbers);
    assert_eq!(fs::read_to_string(&theirs).unwrap(), "theirs");
    house.ends_whole();
}

/// The plug is pulled at random moments while what waited is taken in.
#[test]
fn whoever_ends_while_it_is_taken_in_loses_nothing_and_doubles_nothing() {
    let rounds: u32 = std::env::var("LEADTRAIL_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(8);
    let mut house = House::open();
    let mut random = fastrand::Rng::new();
    let mut halfway = 0;
    for _ in 0..rounds {
        let other = holding(&house);
        sent(&mut house, 60);
        drop(other);
        std::thread::sleep(Duration::from_micros(random.u64(..40_000)));
        house.kill();
        halfway += u32::from((1..60).contains(&rows(&house)));
        house.serving = serve(&house.data);
    }
    println!("{rounds} kills, {halfway} of them with some of it taken in");
    until_blocking("all of it is taken in", || (waiting(&house) == 0).then_some(()));
    house.ends_whole();
    let store = Store::open(&house.data).unwrap();
    let count = store.read_blocking(leadtrail::store::journal::count).unwrap();
    store.close();
    assert_eq!(count, house.acknowledged.len() as u64);
}

/// Takes in nothing before it is told to, and notes what it took.
struct Slow {
    began: Sender<i64>,
    go: Mutex<Receiver<()>>,
    taken: Sender<i64>,
}

impl InboxReader for Slow {
    fn take_in(&self, _: &mut Batch<'_>, one: &WaitingDelivery, seq: i64, _: bool) -> Result<(), StoreError> {
        let _ = self.began.send(seq);
        let _ = self.go.lock().unwrap().recv();
        assert_eq!(one.seq, seq);
        self.taken.send(seq).map_err(|_| StoreError::Stopped)
    }
}

/// A transaction that failed leaves deliveries with lower numbers than others that wait already: those are not forgotten with
/// them.
#[tokio::test(flavor = "multi_thread")]
async fn what_comes_between_others_while_they_are_taken_in_waits_on() {
    let folder = tempfile::tempdir().unwrap();
    let lock = DataLock::take(folder.path()).unwrap();
    let store = Store::open_held(folder.path(), &lock).unwrap();
    let ((began, at), (go, told), (taken, all)) = (channel(), channel(), channel());
    store.read_inbox_with(Arc::new(Slow { began, go: Mutex::new(told), taken }));
    // The first transaction reserves numbers.
    store.write(|_| Ok(())).await.unwrap();
    let put = async |seq| {
        let delivery = NewDelivery::new(1, "US", DateTime::UNIX_EPOCH, None, Trust::Unsigned, None, None, b"{}", b"{}");
        let inbox = InboxDelivery { delivery, source_uid: "theirs".into(), test: false, read: None };
        store.put_aside(Arc::new(DeliverySlot::of(seq)), inbox).await.unwrap().unwrap()
    };
    // Nine of them, so that lower numbers are behind; the writer is at the last.
    for _ in 0..8 {
        go.send(()).unwrap();
        let seq = put(0).await;
        assert_eq!((at.recv().unwrap(), all.recv().unwrap()), (seq, seq));
    }
    let last = put(0).await;
    assert_eq!(at.recv().unwrap(), last);
    assert_eq!((put(last - 4).await, put(last - 2).await), (last - 4, last - 2));
    go.send(()).unwrap();
    assert_eq!(all.recv().unwrap(), last);
    // Now it knows of both, and is at the first of them.
    go.send(()).unwrap();
    assert_eq!(all.recv().unwrap(), last - 4);
    assert_eq!(put(last - 3).await, last - 3);
    drop(go);
    let store_waits = store.clone();
    tokio::task::spawn_blocking(move || {
        until_blocking("nothing waits", || (store_waits.waiting() == 0).then_some(()));
    })
    .await
    .unwrap();
    let taken: Vec<i64> = all.try_iter().collect();
    assert!([last - 3, last - 2].iter().all(|seq| taken.contains(seq)), "{last} {taken:?}");
    store.close();
}

/// What can still be read is taken in, and nothing that comes later is held up.
#[test]
fn a_damaged_page_costs_what_stood_on_it_and_no_more() {
    let mut house = House::open();
    let other = holding(&house);
    let numbers = sent(&mut house, 60);
    house.kill();
    drop(other);
    let path = house.data.join(INBOX);
    let inbox = Connection::open(&path).unwrap();
    inbox.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    let pages: i64 = inbox.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    assert!(pages > 4, "{pages}");
    drop(inbox);
    let mut bytes = fs::read(&path).unwrap();
    bytes[3 * 4096..4 * 4096].fill(0xa5);
    fs::write(&path, bytes).unwrap();
    house.serving = serve(&house.data);
    let later = sent(&mut house, 3);
    all_are_there(&house, &later);
    until_blocking("nothing waits", || (waiting(&house) == 0).then_some(()));
    let there = |number: &&i64| house.private("GET", &format!("/api/deliveries/{number}"), "").0 == 200;
    let kept = numbers.iter().filter(there).count();
    assert!((20..60).contains(&kept), "{kept} of 60");
    assert_eq!(house.serving.terminate(), Some(0));
}

/// Whoever is erased by another program meanwhile does not come back with what waited.
#[test]
fn what_waits_is_taken_in_before_anybody_is_erased() {
    let mut house = House::open();
    let lead = house.get("/api/leads")["items"][0].clone();
    let other = holding(&house);
    // One of everybody, whoever is erased.
    sent(&mut house, 7);
    house.kill();
    drop(other);
    let done = leadtrail_json(&house.data, &["erase", &lead["id"].to_string(), "--yes", "--json"]);
    house.serving = serve(&house.data);
    until_blocking("nothing waits", || (waiting(&house) == 0).then_some(()));
    let leads = house.get("/api/leads");
    let erased: Vec<_> = leads["items"].as_array().unwrap().iter().filter(|lead| lead["erased"] == true).collect();
    assert_eq!((erased.len(), &erased[0]["id"], &erased[0]["messages"]), (1, &lead["id"], &done["messages"]), "{done}");
    assert!(lead["messages"].as_u64() < done["messages"].as_u64(), "{lead} {done}");
    assert!(!leads.to_string().contains(lead["name"].as_str().unwrap()), "{leads}");
}

/// What waited for a source that the file does not know, as another file took its place, is kept for one that does.
#[test]
fn what_has_no_source_here_goes_on_waiting() {
    let mut house = House::open();
    let other = holding(&house);
    sent(&mut house, 4);
    house.kill();
    drop(other);
    let inbox = Connection::open(house.data.join(INBOX)).unwrap();
    let own: String = inbox.query_row("SELECT source_uid FROM deliveries", [], |row| row.get(0)).unwrap();
    inbox.execute("UPDATE deliveries SET source_uid = 'somebody else’s'", []).unwrap();
    drop(inbox);
    house.serving = serve(&house.data);
    // It keeps nothing else from being taken in.
    let more = sent(&mut house, 2);
    all_are_there(&house, &more);
    assert_eq!(rows(&house), 4);
    house.kill();
    let inbox = Connection::open(house.data.join(INBOX)).unwrap();
    inbox.execute("UPDATE deliveries SET source_uid = ?1", [own]).unwrap();
    drop(inbox);
    house.serving = serve(&house.data);
    until_blocking("they are taken in", || (rows(&house) == 0).then_some(()));
    house.ends_whole();
}
