//! Senders with retries, and what they share.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

/// Leads are folded again and again while the plug is pulled, and stay small enough for that.
pub(super) const PEOPLE: u64 = 200;

/// A message by one of the people.
pub(super) fn message(number: u64) -> String {
    let at = chrono::DateTime::from_timestamp(1_774_000_000 + number as i64, 0).unwrap();
    let at = at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    json!({ "event": "message.created", "timestamp": at, "data": {
        "id": number, "conversation_id": number % PEOPLE, "direction": "inbound", "sender_type": "contact",
        "content": format!("message number {number}"), "message_type": "text", "channel_type": "webchat",
        "contact": { "id": number % PEOPLE, "name": format!("Person {}", number % PEOPLE) }, "created_at": at } })
    .to_string()
}

/// Sends one body and answers the delivery's number, if the acknowledgement arrived whole.
pub(super) fn send(stream: &mut BufReader<TcpStream>, key: &str, body: &str) -> Option<i64> {
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

/// What the senders share.
pub(super) struct Street {
    pub(super) key: String,
    pub(super) next: AtomicU64,
    /// Where the door is, while it is open.
    pub(super) door: Mutex<Option<SocketAddr>>,
    pub(super) over: AtomicBool,
    /// What was acknowledged, and under which number of the journal.
    pub(super) acknowledged: Mutex<BTreeMap<u64, i64>>,
    pub(super) repeated: AtomicU64,
}

impl Street {
    /// Sends one message after the other, each until it is acknowledged, as senders with retries do.
    pub(super) fn send_on(&self) {
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
