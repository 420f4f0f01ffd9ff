//! The data file is moved, deleted, replaced or written over while the program runs, or lies there no more when it
//! starts (law 1): what was acknowledged is there afterwards, or the start is a recovery that offers it.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use leadtrail::store::FILE;
use serde_json::{Value, json};

use super::backups::message;
use super::disk::kept_once;
use super::support::{Line, Serving, leadtrail, leadtrail_json, serve};

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

/// Something that is done to a file, with what to call it.
pub(super) type Way = (&'static str, fn(&House));

/// A data folder with one source, and a program that serves it.
pub(super) struct House {
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
        let number = self.next;
        self.next += 1;
        let head = format!("POST {} HTTP/1.1\r\nHost: x\r\n", self.hook);
        let (status, answer) = ask(self.serving.hooks, &head, &message(number));
        match status {
            200 => self.acknowledged.push(number),
            503 => assert!(answer.to_ascii_lowercase().contains("\r\nretry-after: "), "{answer}"),
            _ => panic!("{answer}"),
        }
        status
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

#[test]
fn a_deleted_file_is_noticed_before_anything_is_acknowledged() {
    let mut house = House::open();
    fs::remove_file(house.file()).unwrap();
    (0..5).for_each(|_| assert_eq!(house.send(), 503));
    let text = house.is_told();
    assert!(text.contains("moved or deleted"), "{text}");
    let saved = house.is_saved();
    assert_eq!(house.get("/api/backups")["items"][0]["name"], json!(saved));
    assert!(house.get("/api/leads")["items"].as_array().is_some_and(|leads| !leads.is_empty()), "looking goes on");
    house.restart();
    house.recovers("missing");
}

#[test]
fn a_deleted_file_is_noticed_without_anybody_sending() {
    let mut house = House::open();
    for end in ["", "-wal", "-shm"] {
        fs::remove_file(house.part(end)).unwrap();
    }
    house.is_told();
    house.is_saved();
    assert_eq!(house.serving.terminate(), Some(0));
    house.serving = serve(&house.data);
    house.recovers("missing");
}

#[test]
fn a_file_deleted_just_before_the_plug_is_pulled_is_offered() {
    let mut house = House::open();
    for end in ["", "-wal", "-shm"] {
        fs::remove_file(house.part(end)).unwrap();
    }
    house.restart();
    house.recovers("missing");
}

#[test]
fn a_file_that_is_moved_away_and_back_is_gone_on_with() {
    for ends in [&[""][..], &["", "-wal", "-shm"]] {
        let mut house = House::open();
        let away = |house: &House, end: &str| house.elsewhere(&format!("away{end}"));
        ends.iter().for_each(|end| fs::rename(house.part(end), away(&house, end)).unwrap());
        (0..3).for_each(|_| assert_eq!(house.send(), 503));
        house.is_told();
        ends.iter().for_each(|end| fs::rename(away(&house, end), house.part(end)).unwrap());
        house.goes_on();
        house.restart();
        assert_eq!(house.send(), 200);
        house.ends_whole();
    }
}

#[test]
fn a_data_folder_that_is_moved_away_and_back_is_gone_on_with() {
    let mut house = House::open();
    let away = house.elsewhere("away");
    fs::rename(&house.data, &away).unwrap();
    (0..3).for_each(|_| assert_eq!(house.send(), 503));
    let text = house.is_told();
    assert!(text.contains("data folder"), "{text}");
    assert!(!house.data.exists(), "nothing is in the way of moving it back");
    fs::rename(&away, &house.data).unwrap();
    house.goes_on();
    house.restart();
    assert_eq!(house.send(), 200);
    house.ends_whole();
}

#[test]
fn a_file_moved_away_before_the_plug_is_pulled_is_offered() {
    let mut house = House::open();
    fs::rename(house.file(), house.elsewhere("away")).unwrap();
    house.restart();
    house.recovers("missing");
}

#[test]
fn an_older_copy_in_its_place_is_noticed_and_what_was_open_is_offered() {
    // Noticed, and before it could be.
    for noticed in [true, false] {
        let mut house = House::open();
        let copy = house.elsewhere("copy");
        // As tools that copy files see it: the file alone.
        fs::copy(house.file(), &copy).unwrap();
        (0..10).for_each(|_| assert_eq!(house.send(), 200));
        fs::rename(&copy, house.file()).unwrap();
        if noticed {
            (0..3).for_each(|_| assert_eq!(house.send(), 503));
            let text = house.is_told();
            assert!(text.contains("Another file"), "{text}");
            house.is_saved();
        }
        house.restart();
        house.recovers("older");
    }
}

#[test]
fn an_older_copy_that_is_wanted_is_taken_as_it_is() {
    let mut house = House::open();
    assert_eq!(house.serving.terminate(), Some(0));
    let copy = house.elsewhere("copy");
    fs::copy(house.file(), &copy).unwrap();
    let early = house.acknowledged.clone();
    house.serving = serve(&house.data);
    (0..5).for_each(|_| assert_eq!(house.send(), 200));
    assert_eq!(house.serving.terminate(), Some(0));
    fs::copy(&copy, house.file()).unwrap();
    let refused = leadtrail(&house.data, &["source", "list"]);
    assert!(!refused.status.success());
    assert_eq!(String::from_utf8_lossy(&refused.stderr).trim().lines().count(), 1);
    house.serving = serve(&house.data);
    assert_eq!(house.send(), 503);
    assert_eq!(house.get("/api/status")["damaged"]["what"], "older");
    assert_eq!(house.private("POST", "/api/recovery", &json!({ "begin_empty": true }).to_string()).0, 422);
    let (status, done) = house.private("POST", "/api/recovery", &json!({ "as_it_is": true }).to_string());
    assert_eq!(status, 200, "{done}");
    house.acknowledged = early;
    house.is_open_again();
    house.restart();
    assert_eq!(house.send(), 200);
    house.ends_whole();
}

#[test]
fn a_newer_copy_of_the_same_file_is_gone_on_with() {
    let mut house = House::open();
    assert_eq!(house.serving.terminate(), Some(0));
    // Copied as a whole to another disk and back.
    let copy = house.elsewhere("copy");
    fs::copy(house.file(), &copy).unwrap();
    fs::rename(&copy, house.file()).unwrap();
    house.serving = serve(&house.data);
    assert_eq!(house.send(), 200);
    house.ends_whole();
}

#[test]
fn what_else_may_lie_in_its_place_is_no_data_file() {
    let mut house = House::open();
    let away = house.elsewhere("away");
    fs::rename(house.file(), &away).unwrap();
    fs::create_dir(house.file()).unwrap();
    assert_eq!(house.send(), 503);
    house.is_told();
    fs::remove_dir(house.file()).unwrap();
    #[cfg(unix)]
    {
        // What is written ahead lies beside the link, and is looked for beside what it leads to.
        std::os::unix::fs::symlink(&away, house.file()).unwrap();
        assert_eq!(house.send(), 503);
        house.is_told();
        fs::remove_file(house.file()).unwrap();
    }
    fs::rename(&away, house.file()).unwrap();
    house.goes_on();
    house.ends_whole();
}

#[test]
fn what_is_written_ahead_may_be_deleted_moved_or_replaced() {
    let ways: [Way; 6] = [
        ("deleted", |house| fs::remove_file(house.part("-wal")).unwrap()),
        ("moved", |house| fs::rename(house.part("-wal"), house.elsewhere("away")).unwrap()),
        ("replaced by an older copy", |house| {
            fs::copy(house.part("-wal"), house.elsewhere("copy")).unwrap();
            fs::rename(house.elsewhere("copy"), house.part("-wal")).unwrap();
        }),
        ("replaced by nothing", |house| {
            fs::remove_file(house.part("-wal")).unwrap();
            fs::write(house.part("-wal"), b"").unwrap();
        }),
        ("index deleted", |house| fs::remove_file(house.part("-shm")).unwrap()),
        ("both deleted", |house| {
            fs::remove_file(house.part("-wal")).unwrap();
            fs::remove_file(house.part("-shm")).unwrap();
        }),
    ];
    for (what, way) in ways {
        let mut house = House::open();
        way(&house);
        house.goes_on();
        assert_eq!(house.get("/api/leads")["items"].as_array().map(Vec::len), Some(7), "{what}");
        (0..3).for_each(|_| assert_eq!(house.send(), 200, "{what}"));
        println!("{what}: {} of {} acknowledged", house.acknowledged.len(), house.next - 1);
        // Other programs beside it see the same file.
        let added = leadtrail(&house.data, &["source", "add", "--provider", "meera", "--name", "Theirs"]);
        assert!(added.status.success(), "{what}: {}", String::from_utf8_lossy(&added.stderr));
        house.restart();
        assert_eq!(house.send(), 200, "{what}");
        assert_eq!(house.get("/api/sources")["items"].as_array().map(Vec::len), Some(2), "{what}");
        house.ends_whole();
    }
}

#[test]
fn what_was_written_ahead_and_moved_back_later_changes_nothing() {
    let mut house = House::open();
    let (away, copy) = (house.elsewhere("away"), house.elsewhere("copy"));
    fs::copy(house.part("-wal"), &copy).unwrap();
    fs::rename(house.part("-wal"), &away).unwrap();
    house.goes_on();
    for stale in [away, copy] {
        fs::rename(stale, house.part("-wal")).unwrap();
        house.goes_on();
    }
    house.restart();
    assert_eq!(house.send(), 200);
    house.ends_whole();
}

#[cfg(unix)]
#[test]
fn what_is_written_ahead_and_deleted_between_a_kill_and_a_start_is_there() {
    let mut house = House::open();
    house.kill();
    fs::remove_file(house.part("-wal")).unwrap();
    let refused = leadtrail(&house.data, &["source", "list"]);
    assert!(!refused.status.success(), "no other command opens it without what belongs to it");
    house.serving = serve(&house.data);
    assert_eq!(house.send(), 200);
    house.ends_whole();
}

#[test]
fn a_file_written_over_in_place_takes_nothing_in() {
    let ways: [Way; 3] = [
        ("emptied", |house| fs::write(house.file(), b"").unwrap()),
        ("a letter", |house| fs::write(house.file(), b"hello, this is a letter\n".repeat(4000)).unwrap()),
        ("a backup", |house| {
            let made = leadtrail_json(&house.data, &["backup", "--json"]);
            let bytes = fs::read(made["path"].as_str().unwrap()).unwrap();
            fs::write(house.file(), bytes).unwrap();
        }),
    ];
    for (what, way) in ways {
        let mut house = House::open();
        let made = leadtrail_json(&house.data, &["backup", "--json"]);
        way(&house);
        (0..3).for_each(|_| assert_eq!(house.send(), 503, "{what}"));
        let text = house.is_told();
        assert!(text.contains("written over"), "{what}: {text}");
        house.restart();
        // Where it is not whole by itself, what is there of it is said, and the backup is offered.
        let damaged = house.get("/api/status")["damaged"].clone();
        println!("{what}: {damaged}");
        if damaged.is_object() {
            assert_eq!(house.send(), 503, "{what}");
            let choice = json!({ "restore": made["name"] }).to_string();
            let (status, done) = house.private("POST", "/api/recovery", &choice);
            assert_eq!(status, 200, "{what}: {done}");
            house.is_open_again();
        }
        assert_eq!(house.send(), 200, "{what}");
        house.ends_whole();
    }
}

#[test]
fn what_is_written_ahead_and_emptied_in_place_is_saved_from_memory() {
    let mut house = House::open();
    fs::write(house.part("-wal"), b"").unwrap();
    (0..3).for_each(|_| assert_eq!(house.send(), 503));
    house.is_told();
    house.is_saved();
    house.restart();
    house.recovers("older");
}

#[test]
fn a_file_that_was_only_touched_is_no_other() {
    let mut house = House::open();
    let file = fs::File::options().append(true).open(house.file()).unwrap();
    file.set_modified((leadtrail::clock::now() - chrono::TimeDelta::hours(1)).into()).unwrap();
    drop(file);
    (0..3).for_each(|_| assert_eq!(house.send(), 200));
    assert_eq!(house.get("/api/status")["trouble"], Value::Null);
    house.ends_whole();
}

/// Deletes the data file and what SQLite keeps beside it, and whatever else `but` says.
fn delete(data: &Path, but: &[&str]) {
    for entry in fs::read_dir(data).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !but.contains(&name.as_str()) && entry.path().is_file() {
            fs::remove_file(entry.path()).unwrap();
        }
    }
}

#[test]
fn a_start_without_the_file_where_there_was_one_is_a_recovery() {
    // Whatever is left says that there was one.
    for (left, backup) in [
        (&["leadtrail.lock"][..], false),
        (&["leadtrail.known.json"], false),
        (&[], true),
        (&["leadtrail.backups.txt"], true),
    ] {
        let mut house = House::open();
        let elsewhere = house.elsewhere("usb");
        if left == ["leadtrail.backups.txt"] {
            let body = json!({ "backups": { "folder": elsewhere } }).to_string();
            assert_eq!(house.private("PATCH", "/api/settings", &body).0, 200);
        }
        let made = backup.then(|| leadtrail_json(&house.data, &["backup", "--json"]));
        assert_eq!(house.serving.terminate(), Some(0));
        if !backup || left == ["leadtrail.backups.txt"] {
            let _ = fs::remove_dir_all(house.data.join("backups"));
        }
        delete(&house.data, left);

        for command in [&["source", "add", "--provider", "varda", "--name", "New"][..], &["check"], &["source", "list"]]
        {
            let refused = leadtrail(&house.data, command);
            assert!(!refused.status.success(), "{left:?} {command:?}");
            let said = String::from_utf8_lossy(&refused.stderr).into_owned();
            assert_eq!(said.trim().lines().count(), 1, "{left:?} {command:?}: {said}");
            assert!(!house.file().exists(), "{left:?} {command:?}");
        }
        house.serving = serve(&house.data);
        assert_eq!(house.send(), 503, "{left:?}: not 404");
        let damaged = house.get("/api/status")["damaged"].clone();
        assert_eq!(
            (&damaged["what"], &damaged["begin_empty"], &damaged["salvage"], &damaged["as_it_is"]),
            (&json!("missing"), &json!(true), &json!(false), &json!(false)),
            "{left:?}: {damaged}"
        );
        assert!(!house.file().exists(), "nothing was begun");
        let choice = match &made {
            Some(made) => {
                assert!(damaged["backups"].as_array().unwrap().iter().any(|kept| kept["name"] == made["name"]));
                json!({ "restore": made["name"] })
            }
            None => {
                house.acknowledged.clear();
                json!({ "begin_empty": true })
            }
        };
        let (status, done) = house.private("POST", "/api/recovery", &choice.to_string());
        assert_eq!(status, 200, "{left:?}: {done}");
        if made.is_some() {
            house.is_open_again();
        } else {
            // Chosen, it is a beginning like any other: nobody is connected yet.
            let begun = Instant::now();
            while !std::panic::catch_unwind(|| house.get("/api/sources")).is_ok_and(|all| all["items"] == json!([])) {
                assert!(begun.elapsed() < Duration::from_secs(60), "{left:?}");
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        house.ends_whole();
    }
}

#[test]
fn the_command_line_goes_back_to_a_backup_where_the_file_is_missing() {
    let mut house = House::open();
    let made = leadtrail_json(&house.data, &["backup", "--json"]);
    assert_eq!(house.serving.terminate(), Some(0));
    fs::remove_file(house.file()).unwrap();
    leadtrail_json(&house.data, &["restore", made["name"].as_str().unwrap(), "--yes", "--json"]);
    kept_once(&house.data, &house.acknowledged);
}

#[test]
fn a_first_start_is_a_start() {
    let folder = tempfile::tempdir().unwrap();
    // One that broke off before there was a file.
    let broken = leadtrail(folder.path(), &["serve", "--hooks", "nowhere", "--ui", "127.0.0.1:0"]);
    assert!(!broken.status.success());
    let other = folder.path().join("other");
    fs::create_dir(&other).unwrap();
    drop(leadtrail::store::DataLock::take(&other).unwrap());
    for data in [folder.path(), &other] {
        let mut serving = serve(data);
        let mut line = Line::open(serving.hooks).unwrap();
        assert_eq!(line.post("/hooks/nobody", b"{}").unwrap().0, 404);
        drop(line);
        assert_eq!(serving.terminate(), Some(0));
    }
    // Sample data that was taken away is no data that is missing.
    let demo = folder.path().join("demo");
    for _ in 0..2 {
        leadtrail_json(&demo, &["demo", "--until", "2026-03-02", "--json"]);
        leadtrail_json(&demo, &["demo", "--remove", "--json"]);
    }
}
