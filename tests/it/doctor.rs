//! The check-up: what it finds, and that it says what to do.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::TimeDelta;
use leadtrail::doors::hooks;
use leadtrail::http;
use leadtrail::settings::{self, Values};
use leadtrail::store::{FILE, NewDelivery, Store, Trust};
use leadtrail::{clock, providers::Provider};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::support::{TestApp, fast_folder, leadtrail, leadtrail_json};

const KEY: &str = "072e77e426f92738a72fe23c4d1953b4";

impl TestApp {
    /// Opens the public door on a real port, until the end of the test.
    async fn listen(&self) -> (SocketAddr, watch::Sender<bool>) {
        let listener = hooks::bind("127.0.0.1:0".parse().unwrap(), hooks::Exposure::ThisMachine).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(hooks::serve(listener, http::hooks(self.app.clone()), stopped));
        self.app.hooks_addr.set(address).unwrap();
        (address, stop)
    }

    async fn doctor(&self) -> (bool, Vec<Value>) {
        let found = self.get_json("/api/doctor").await;
        (found["ok"].as_bool().unwrap(), found["items"].as_array().unwrap().clone())
    }

    async fn item(&self, name: &str) -> Value {
        let (_, items) = self.doctor().await;
        items.iter().find(|item| item["name"] == name).unwrap_or_else(|| panic!("no {name} in {items:?}")).clone()
    }

    async fn reach(&self, base: &str) -> Value {
        let changed = self.send_json("PATCH", "/api/settings", json!({ "public_base_url": base })).await;
        assert_eq!(changed.status, 200);
        let answer = self.post_json("/api/doctor/reach", json!({})).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }
}

/// What is wrong says what to do, and what is right does not.
fn is_complete(item: &Value) {
    let todo = item["todo"].as_str().unwrap_or_default();
    assert_eq!(item["state"] == "ok", todo.is_empty(), "{item}");
    assert!(!item["title"].as_str().unwrap().is_empty() && item["text"].as_str().unwrap().ends_with('.'), "{item}");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_is_well_on_a_sound_file_that_is_listened_for() {
    let house = TestApp::new();
    let (ok, items) = house.doctor().await;
    assert!(!ok, "nobody listens");
    assert_eq!((&items[0]["name"], &items[0]["state"]), (&json!("port"), &json!("bad")));
    let (address, _stop) = house.listen().await;
    house.add_with("callrail", false, &[KEY], &[]).await;
    house.add("varda").await;
    let (ok, items) = house.doctor().await;
    assert!(ok, "{items:?}");
    let names: Vec<&str> = items.iter().map(|item| item["name"].as_str().unwrap()).collect();
    let expected = [
        "port",
        "public_address",
        "clock",
        "zones",
        "file",
        "inbox",
        "disk",
        "permissions",
        "integrity",
        "backup",
        "keys:1",
        "keys:2",
        "gaps",
        "quarantine",
        "silence",
    ];
    assert_eq!(names, expected);
    items.iter().for_each(is_complete);
    let warned: Vec<&str> =
        items.iter().filter(|item| item["state"] != "ok").map(|item| item["name"].as_str().unwrap()).collect();
    assert!(
        warned.iter().all(|name| ["public_address", "disk", "permissions", "backup", "keys:2"].contains(name)),
        "{items:?}"
    );
    assert!(items[0]["text"].as_str().unwrap().contains(&address.to_string()));
    let (text, secret) = (json!(items).to_string(), KEY);
    assert!(!text.contains(secret), "a check-up never shows a key");
}

/// Answers every request with the same bytes, and counts them.
fn answering(bytes: String) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            count.fetch_add(1, Ordering::SeqCst);
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(bytes.as_bytes());
        }
    });
    (address, asked)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_address_is_asked_whether_it_leads_here() {
    let house = TestApp::new();
    assert_eq!(house.post_json("/api/doctor/reach", json!({})).await.status, 409, "none is set");
    let (address, _stop) = house.listen().await;
    house.send_json("PATCH", "/api/settings", json!({ "public_base_url": "https://x.example" })).await;
    assert_eq!(house.post_json("/api/doctor/reach", json!({})).await.status, 409, "no service is connected");
    house.add("callrail").await;

    let here = house.reach(&format!("http://{address}")).await;
    assert_eq!((&here["name"], &here["state"]), (&json!("reach"), &json!("ok")), "{here}");
    is_complete(&here);
    let kept = house.item("reach").await;
    assert_eq!(kept["state"], "ok");
    assert!(kept["text"].as_str().unwrap().starts_with(here["text"].as_str().unwrap()));

    // A tunnel that leads to another program, one that leads nowhere, one that sends elsewhere, one that is gone.
    let length = |body: &str| format!("Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
    let (other, _) = answering(format!("HTTP/1.1 200 OK\r\n{}", length("Welcome")));
    let (gone, _) = answering(format!("HTTP/1.1 502 Bad Gateway\r\n{}", length("no")));
    let (target, visits) = answering(format!("HTTP/1.1 200 OK\r\n{}", length("x")));
    let (elsewhere, _) = answering(format!("HTTP/1.1 302 Found\r\nLocation: http://{target}/\r\n{}", length("")));
    for (base, words) in [
        (format!("http://{other}"), "Something else answers"),
        (format!("http://{gone}"), "does not reach Leadtrail"),
        (format!("http://{elsewhere}"), "leads elsewhere"),
        ("http://127.0.0.1:1".to_string(), "does not answer"),
        ("http://hooks.example.com".to_string(), "cannot be asked"),
    ] {
        let item = house.reach(&base).await;
        assert_eq!(item["state"], "bad", "{base}");
        assert!(item["title"].as_str().unwrap().contains(words), "{item}");
        is_complete(&item);
    }
    assert_eq!(visits.load(Ordering::SeqCst), 0, "the key goes nowhere else");
    // What another address answered says nothing of this one.
    house.send_json("PATCH", "/api/settings", json!({ "public_base_url": "https://new.example" })).await;
    assert!(house.doctor().await.1.iter().all(|item| item["name"] != "reach"));
}

#[tokio::test]
async fn keys_are_tried() {
    for &provider in Provider::ALL {
        assert_ne!(provider.reader().self_test(), Some(false), "{provider}");
    }
    let house = TestApp::new();
    house.add_with("callrail", false, &["not-a-token-of-theirs"], &[]).await;
    house.add_with("varda", false, &["whsec_abcdefgh"], &[]).await;
    let failing = house.add_with("telmetrics", false, &["0123456789abcdef0123456789abcdef"], &[]).await;
    house.add_with("meera", false, &[], &[("Authorization", "Bearer x")]).await;
    assert_eq!(house.item("keys:1").await["state"], "bad");
    assert_eq!(house.item("keys:2").await["state"], "ok");
    assert_eq!(house.item("keys:3").await["state"], "ok");
    assert_eq!(house.item("keys:4").await["state"], "ok");
    house.post_hook(&failing, "", "{}").await;
    let one = house.item("quarantine").await;
    assert_eq!(
        (&one["title"], &one["text"]),
        (&json!("1 message waits"), &json!("It is kept, and could not be read or verified."),)
    );
    house.post_hook(&failing, "", "{}").await;
    let waits = house.item("keys:3").await;
    assert_eq!(waits["state"], "warn");
    assert!(waits["title"].as_str().unwrap().ends_with("2 did not verify"), "{waits}");
    let quarantine = house.item("quarantine").await;
    assert_eq!((&quarantine["state"], &quarantine["title"]), (&json!("warn"), &json!("2 messages wait")));
    for item in house.doctor().await.1 {
        is_complete(&item);
    }
}

#[tokio::test]
async fn a_clock_that_runs_behind_what_is_stored_was_set_back() {
    let house = TestApp::new();
    let source = house.add("varda").await.id;
    assert_eq!(house.item("clock").await["state"], "ok");
    let now = clock::now().timestamp_micros();
    house.app.store.write(move |batch| batch.clock_moved(now, -90_000_000_000)).await.unwrap();
    let item = house.item("clock").await;
    assert_eq!(item["state"], "warn");
    assert!(item["text"].as_str().unwrap().contains("set back by 1 day 1 h"), "{item}");
    let tomorrow = clock::now() + TimeDelta::days(1);
    let new = NewDelivery::new(source, "US", tomorrow, None, Trust::Unsigned, None, None, b"", b"{}");
    house.app.store.write(move |batch| batch.append(&new)).await.unwrap();
    let item = house.item("clock").await;
    assert_eq!(item["state"], "bad", "{item}");
    is_complete(&item);
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_others_can_read_is_found() {
    use std::os::unix::fs::PermissionsExt;
    let house = TestApp::with(Values::default());
    let path = house.app.store.path().to_path_buf();
    let folder = path.parent().unwrap();
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(house.item("permissions").await["state"], "ok");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let item = house.item("permissions").await;
    assert_eq!(item["state"], "bad", "{item}");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    for (mode, state) in [(0o755, "warn"), (0o777, "bad"), (0o700, "ok")] {
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(mode)).unwrap();
        let item = house.item("permissions").await;
        assert_eq!(item["state"], state, "{item}");
        is_complete(&item);
    }
}

#[test]
fn the_command_line_says_the_same() {
    let folder = fast_folder();
    let data = folder.path();
    leadtrail_json(data, &["source", "add", "--provider", "callrail", "--name", "Main", "--json"]);
    let found = leadtrail_json(data, &["check", "--json"]);
    assert_eq!((&found["ok"], &found["problems"], &found["deliveries"]), (&json!(true), &json!([]), &json!(0)));
    let items = found["items"].as_array().unwrap();
    items.iter().for_each(is_complete);
    assert!(items.iter().any(|item| item["name"] == "keys:1" && item["state"] == "warn"), "{items:?}");
    let words = String::from_utf8(leadtrail(data, &["check"]).stdout).unwrap();
    assert!(words.starts_with("All is well: 0 deliveries"), "{words}");
    assert!(words.contains("\nlook  No public address."), "{words}");

    // Flipped bytes in the middle of the file.
    let path = data.join(FILE);
    let mut bytes = std::fs::read(&path).unwrap();
    let page = 4096;
    for byte in bytes.iter_mut().skip(page * 3).take(page) {
        *byte ^= 0x5a;
    }
    std::fs::write(&path, &bytes).unwrap();
    let output = leadtrail(data, &["check"]);
    assert!(!output.status.success(), "a damaged file is not well");
}

#[test]
fn every_shown_address_begins_with_the_public_one() {
    let folder = fast_folder();
    let data = folder.path();
    let store = Store::open(data).unwrap();
    let values = Values { public_base_url: Some("https://hooks.example.com".into()), ..Values::default() };
    let json = serde_json::to_string(&values).unwrap();
    store.write_blocking(move |batch| batch.set(settings::NAME, &json)).unwrap();
    store.close();
    drop(store);
    let added = leadtrail_json(data, &["source", "add", "--provider", "varda", "--name", "Main", "--json"]);
    let shown = leadtrail_json(data, &["source", "urls", "--json"]);
    let listed = leadtrail_json(data, &["source", "list", "--json"]);
    for urls in [&added["urls"], &shown[0]["urls"], &listed[0]["urls"]] {
        let address = urls["all"].as_str().unwrap();
        assert_eq!(address, format!("https://hooks.example.com/hooks/{}", added["key"].as_str().unwrap()));
    }
}
