//! The data file is moved, deleted, replaced or written over while the program runs, or lies there no more when it
//! starts (law 1): what was acknowledged is there afterwards, or the start is a recovery that offers it.

pub mod house;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::disk::kept_once;
use super::support::{Line, leadtrail, leadtrail_json, serve};
pub(super) use house::House;

/// Something that is done to a file, with what to call it.
pub(super) type Way = (&'static str, fn(&House));

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
