//! A data folder that things are done to, and the program that serves it.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use leadtrail::store::FILE;
use serde_json::{Value, json};

use crate::backups::message;
use crate::disk::kept_once;
use crate::support::{Serving, leadtrail_json, serve};

/// A whole answer of either door, headers and all.
fn ask(door: SocketAddr, head: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(door).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let length = body.len();
    write!(
        stream,
        "{head}Content-Type: application/json\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.unwrap_or_else(|| panic!("{answer:?}")), answer)
}

/// A data folder with one source, and a program that serves it.
pub struct House {
    pub data: PathBuf,
    pub hook: String,
    pub serving: Serving,
    pub acknowledged: Vec<u64>,
    pub next: u64,
    /// The data is in `data` inside of it, and there is room beside that.
    pub folder: tempfile::TempDir,
}

impl House {
    /// With a few messages taken in.
    pub fn open() -> House {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let added = leadtrail_json(&data, &["source", "add", "--provider", "varda", "--name", "Ours", "--json"]);
        let hook = format!("/hooks/{}", added["key"].as_str().unwrap());
        let serving = serve(&data);
        let mut house = House { data, hook, serving, acknowledged: Vec::new(), next: 1, folder };
        (0..10).for_each(|_| assert_eq!(house.send(), 200));
        house
    }

    pub fn file(&self) -> PathBuf {
        self.data.join(FILE)
    }

    pub fn part(&self, end: &str) -> PathBuf {
        self.data.join(format!("{FILE}{end}"))
    }

    pub fn elsewhere(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Sends the next message. A refusal says when to come again.
    pub fn send(&mut self) -> u16 {
        self.post().0
    }

    /// [`House::send`], with the whole answer.
    pub fn post(&mut self) -> (u16, String) {
        let number = self.next;
        self.next += 1;
        let head = format!("POST {} HTTP/1.1\r\nHost: x\r\n", self.hook);
        let (status, answer) = ask(self.serving.hooks, &head, &message(number));
        match status {
            200 => self.acknowledged.push(number),
            503 => assert!(answer.to_ascii_lowercase().contains("\r\nretry-after: "), "{answer}"),
            _ => panic!("{answer}"),
        }
        (status, answer)
    }

    /// Sends until one is taken in.
    pub fn goes_on(&mut self) {
        let begun = Instant::now();
        while self.send() != 200 {
            assert!(begun.elapsed() < Duration::from_secs(60), "it goes on by itself: {}", self.get("/api/status"));
            std::thread::sleep(Duration::from_millis(50));
        }
        (0..3).for_each(|_| assert_eq!(self.send(), 200));
        assert_eq!(self.get("/api/status")["trouble"], Value::Null, "it is over");
    }

    pub fn private(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let (ui, token) = (self.serving.ui, &self.serving.token);
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {ui}\r\nAuthorization: Bearer {token}\r\n");
        let (status, answer) = ask(ui, &head, body);
        let body = answer.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
        (status, serde_json::from_str(body).unwrap_or_else(|_| json!(body)))
    }

    pub fn get(&self, path: &str) -> Value {
        let (status, answer) = self.private("GET", path, "");
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// The owner is told, without anybody sending anything.
    pub fn is_told(&self) -> String {
        let begun = Instant::now();
        loop {
            let status = self.get("/api/status");
            if let Some(text) = status["trouble"]["text"].as_str() {
                let doctor = self.get("/api/doctor");
                let items = doctor["items"].as_array().unwrap();
                let item = items.iter().find(|item| item["name"] == "file").unwrap_or_else(|| panic!("{doctor}"));
                assert_eq!((&doctor["ok"], &item["state"]), (&json!(false), &json!("bad")), "{doctor}");
                assert!(item["todo"].is_string());
                return text.to_string();
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "the owner is told: {status}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// What was open when the file was taken away is saved, for its owner alone.
    pub fn is_saved(&self) -> String {
        let begun = Instant::now();
        loop {
            let saved: Vec<PathBuf> = fs::read_dir(self.data.join("backups"))
                .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
                .unwrap_or_default();
            if let Some(saved) = saved.iter().find(|path| path.to_string_lossy().ends_with("-saved.sqlite")) {
                #[cfg(unix)]
                {
                    use std::os::unix::fs::PermissionsExt;
                    assert_eq!(saved.metadata().unwrap().permissions().mode() & 0o777, 0o600);
                }
                return saved.file_name().unwrap().to_string_lossy().into_owned();
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "it is saved: {saved:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The plug is pulled.
    pub fn kill(&mut self) {
        self.serving.child.kill().unwrap();
        self.serving.child.wait().unwrap();
    }

    /// Pulls the plug and starts again.
    pub fn restart(&mut self) {
        self.kill();
        self.serving = serve(&self.data);
    }

    /// The start was a recovery; goes back to the file that is offered first, and everything is there.
    pub fn recovers(&mut self, what: &str) {
        assert_eq!(self.send(), 503, "nothing is taken in");
        let damaged = self.get("/api/status")["damaged"].clone();
        assert_eq!(damaged["what"], what, "{damaged}");
        assert!(damaged["text"].as_str().is_some_and(|text| text.len() > 20), "{damaged}");
        let first = &damaged["backups"][0];
        assert_eq!(first["kind"], "saved", "{damaged}");
        let (status, done) = self.private("POST", "/api/recovery", &json!({ "restore": first["name"] }).to_string());
        assert_eq!(status, 200, "{done}");
        self.is_open_again();
        self.ends_whole();
    }

    /// The doors open anew after a choice.
    pub fn is_open_again(&mut self) {
        let begun = Instant::now();
        loop {
            let reached = std::panic::catch_unwind(|| self.private("GET", "/api/leads", ""));
            if reached.is_ok_and(|(status, _)| status == 200) {
                break;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "the doors open again");
            std::thread::sleep(Duration::from_millis(50));
        }
        assert_eq!(self.send(), 200);
    }

    /// Everything acknowledged is there, once, also after another start.
    pub fn ends_whole(&mut self) {
        assert_eq!(self.serving.terminate(), Some(0));
        kept_once(&self.data, &self.acknowledged);
    }
}
