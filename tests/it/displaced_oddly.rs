//! The data file is cut off, emptied, begun anew by mistake or led elsewhere (law 1): what was acknowledged is there
//! afterwards, or the start is a recovery that loses nothing of what is left.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use leadtrail::store::{DataLock, FILE, Store};
use serde_json::{Value, json};

use super::disk::kept_once;
use super::displaced::House;
use super::support::{leadtrail, leadtrail_json, serve};

/// What lies in a folder, with its size.
fn lies_in(folder: &Path) -> Vec<(String, u64)> {
    let entries = fs::read_dir(folder).map(|entries| entries.flatten().collect::<Vec<_>>()).unwrap_or_default();
    let about = |entry: &fs::DirEntry| entry.metadata().map_or(0, |about| about.len());
    entries.iter().map(|entry| (entry.file_name().to_string_lossy().into_owned(), about(entry))).collect()
}

impl House {
    /// Chooses, and goes on.
    fn chooses(&mut self, choice: Value) -> Value {
        let (status, done) = self.private("POST", "/api/recovery", &choice.to_string());
        assert_eq!(status, 200, "{choice}: {done}");
        self.is_open_again();
        done
    }

    fn damaged(&mut self) -> Value {
        assert_eq!(self.send(), 503, "nothing is taken in");
        self.get("/api/status")["damaged"].clone()
    }
}

#[cfg(unix)]
#[test]
fn a_file_deleted_while_it_is_opened_anew_is_not_begun_anew() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    leadtrail_json(&data, &["source", "add", "--provider", "varda", "--name", "Ours", "--json"]);
    let lock = DataLock::take(&data).unwrap();
    let store = Store::open_held(&data, &lock).unwrap();
    store.write_blocking(|batch| batch.set("owner", "Ours")).unwrap();
    let (held, is_held) = mpsc::channel();
    let (let_go, goes_on) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        let reading = store.clone();
        scope.spawn(move || {
            reading.read_blocking(|_| {
                held.send(()).unwrap();
                let _ = goes_on.recv();
                Ok(())
            })
        });
        is_held.recv().unwrap();
        fs::remove_file(data.join(format!("{FILE}-wal"))).unwrap();
        let writing = store.clone();
        let written = scope.spawn(move || writing.write_blocking(|batch| batch.set("owner", "Ours again")));
        // Whenever it comes, it is right: but most is at stake once it waits for who reads.
        std::thread::sleep(Duration::from_millis(300));
        fs::remove_file(data.join(FILE)).unwrap();
        let_go.send(()).unwrap();
        assert!(written.join().unwrap().is_err(), "nothing is acknowledged");
    });
    let begun = Instant::now();
    let saved = loop {
        assert!(!data.join(FILE).exists(), "no empty file is begun");
        let backups = data.join("backups");
        if let Some((name, _)) = lies_in(&backups).into_iter().find(|(name, _)| name.ends_with("-saved.sqlite")) {
            break backups.join(name);
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "what was open is saved");
        std::thread::sleep(Duration::from_millis(20));
    };
    let saved = rusqlite::Connection::open(saved).unwrap();
    let owner: String =
        saved.query_row("SELECT value FROM settings WHERE name = 'owner'", [], |row| row.get(0)).unwrap();
    assert!(owner.starts_with("Ours"), "{owner}");
    store.close();
}

#[test]
fn a_file_cut_to_nothing_is_made_whole_of_a_backup_and_what_was_written_ahead() {
    type Choose = fn(&mut House, &str);
    let ways: [(&str, Choose); 3] = [
        ("a backup", |house, backup| drop(house.chooses(json!({ "restore": backup })))),
        ("the command", |house, backup| {
            house.kill();
            leadtrail_json(&house.data, &["restore", backup, "--yes", "--json"]);
            house.serving = serve(&house.data);
        }),
        ("what can be read", |house, _| drop(house.chooses(json!({ "salvage": true })))),
    ];
    // Also where only the second name of what was written ahead is left.
    for first_name in [true, false] {
        for (what, choose) in ways {
            let mut house = House::open();
            let made = leadtrail_json(&house.data, &["backup", "--json"]);
            (0..7).for_each(|_| assert_eq!(house.send(), 200));
            fs::File::options().write(true).open(house.file()).unwrap().set_len(0).unwrap();
            house.kill();
            if !first_name {
                fs::remove_file(house.part("-wal")).unwrap();
            }
            house.serving = serve(&house.data);
            let damaged = house.damaged();
            assert_eq!(damaged["what"], "damaged", "{what}: {damaged}");
            choose(&mut house, made["name"].as_str().unwrap());
            house.ends_whole();
        }
    }
}

#[test]
fn a_file_cut_in_half_is_made_whole_of_a_backup_and_what_was_written_ahead() {
    let mut house = House::open();
    let made = leadtrail_json(&house.data, &["backup", "--json"]);
    (0..7).for_each(|_| assert_eq!(house.send(), 200));
    let size = house.file().metadata().unwrap().len();
    fs::File::options().write(true).open(house.file()).unwrap().set_len(size / 2).unwrap();
    house.kill();
    let done = leadtrail(&house.data, &["restore", made["name"].as_str().unwrap(), "--yes", "--json"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    house.serving = serve(&house.data);
    assert_eq!(house.send(), 200);
    house.ends_whole();
}

#[test]
fn what_was_written_ahead_of_a_file_cut_to_nothing_is_kept_where_no_backup_fits() {
    let mut house = House::open();
    let made = leadtrail_json(&house.data, &["backup", "--json"]);
    let early = house.acknowledged.clone();
    // Pages that are written once and not again: they go into the file, and what is written ahead begins anew.
    (0..200).for_each(|_| assert_eq!(house.send(), 200));
    assert_eq!(house.serving.terminate(), Some(0));
    house.serving = serve(&house.data);
    (0..3).for_each(|_| assert_eq!(house.send(), 200));
    fs::write(house.file(), b"").unwrap();
    house.kill();
    let ahead = fs::read(house.part("-wal")).unwrap();
    assert!(!ahead.is_empty());
    house.serving = serve(&house.data);
    house.damaged();
    let done = house.chooses(json!({ "restore": made["name"] }));
    let lost = done["lost"].as_array().unwrap();
    assert!(lost.iter().any(|lost| lost.as_str().is_some_and(|lost| lost.contains("kept as "))), "{done}");
    let kept = lies_in(&house.data).into_iter().find(|(name, _)| name.contains(".aside-")).expect("it is kept");
    assert_eq!(fs::read(house.data.join(kept.0)).unwrap(), ahead);
    let late = house.acknowledged.last().copied().unwrap();
    house.acknowledged = early;
    house.acknowledged.push(late);
    house.ends_whole();
}

/// A program that serves its data behind a link; where they are, and where an older copy of them is.
#[cfg(unix)]
fn behind_a_link() -> (House, PathBuf, PathBuf) {
    let mut house = House::open();
    assert_eq!(house.serving.terminate(), Some(0));
    let (ours, theirs) = (house.elsewhere("ours"), house.elsewhere("theirs"));
    fs::rename(&house.data, &ours).unwrap();
    std::os::unix::fs::symlink(&ours, &house.data).unwrap();
    fs::create_dir(&theirs).unwrap();
    fs::copy(ours.join(FILE), theirs.join(FILE)).unwrap();
    house.serving = serve(&house.data);
    (0..3).for_each(|_| assert_eq!(house.send(), 200));
    (house, ours, theirs)
}

#[cfg(unix)]
#[test]
fn a_link_to_the_data_folder_that_leads_elsewhere_takes_nothing_in() {
    use std::os::unix::fs::symlink;
    let (mut house, ours, theirs) = behind_a_link();

    let point_to = |house: &House, to: &Path| {
        let link = house.elsewhere("link");
        symlink(to, &link).unwrap();
        fs::rename(link, &house.data).unwrap();
    };
    point_to(&house, &theirs);
    (0..3).for_each(|_| assert_eq!(house.send(), 503));
    house.is_told();
    point_to(&house, &ours);
    house.goes_on();

    fs::remove_file(&house.data).unwrap();
    fs::create_dir(&house.data).unwrap();
    (0..3).for_each(|_| assert_eq!(house.send(), 503));
    house.is_told();
    house.is_saved();
    house.restart();
    house.recovers("missing");
}

#[cfg(unix)]
#[test]
fn a_link_to_the_data_folder_that_leads_to_an_older_copy_is_noticed_at_the_next_start() {
    use std::os::unix::fs::symlink;
    let (mut house, _, theirs) = behind_a_link();
    fs::remove_file(&house.data).unwrap();
    symlink(&theirs, &house.data).unwrap();
    assert_eq!(house.send(), 503);
    house.is_saved();
    house.restart();
    house.recovers("older");
}

#[cfg(unix)]
#[test]
fn a_start_with_what_is_no_file_in_its_place_is_a_recovery() {
    use std::os::unix::fs::symlink;
    type Put = fn(&House);
    let ways: [(&str, Put); 5] = [
        ("a pipe", |house| {
            assert!(std::process::Command::new("mkfifo").arg(house.file()).status().unwrap().success());
        }),
        ("a link to a device", |house| symlink("/dev/null", house.file()).unwrap()),
        ("a link to where it was moved", |house| symlink(house.elsewhere("away"), house.file()).unwrap()),
        ("a link to an older copy", |house| symlink(house.elsewhere("copy"), house.file()).unwrap()),
        ("a folder", |house| fs::create_dir(house.file()).unwrap()),
    ];
    for (what, put) in ways {
        let mut house = House::open();
        let copy = house.elsewhere("copy");
        fs::copy(house.file(), &copy).unwrap();
        (0..3).for_each(|_| assert_eq!(house.send(), 200));
        let made = leadtrail_json(&house.data, &["backup", "--json"]);
        assert_eq!(house.serving.terminate(), Some(0));
        fs::rename(house.file(), house.elsewhere("away")).unwrap();
        put(&house);
        let refused = leadtrail(&house.data, &["source", "list"]);
        assert!(!refused.status.success(), "{what}");
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(said.trim().lines().count(), 1, "{what}: {said}");
        house.serving = serve(&house.data);
        let damaged = house.damaged();
        assert_eq!((&damaged["what"], &damaged["begin_empty"]), (&json!("missing"), &json!(true)), "{what}: {damaged}");
        house.chooses(json!({ "restore": made["name"] }));
        assert!(house.file().symlink_metadata().unwrap().is_file(), "{what}");
        house.ends_whole();
        assert!(house.elsewhere("away").is_file(), "{what}: what was moved stays");
    }
}

#[test]
fn what_cannot_be_read_beside_the_file_is_no_reason_not_to_start() {
    for name in ["leadtrail.restoring.json", "leadtrail.access.json", "leadtrail.known.json", "leadtrail.backups.txt"] {
        for is_folder in [false, true] {
            let mut house = House::open();
            assert_eq!(house.serving.terminate(), Some(0));
            let path = house.data.join(name);
            let _ = fs::remove_file(&path);
            if is_folder {
                fs::create_dir(&path).unwrap()
            } else {
                fs::write(&path, b"{\"asi").unwrap()
            }
            let listed = leadtrail(&house.data, &["source", "list"]);
            let said = String::from_utf8_lossy(&listed.stderr).into_owned();
            assert!(listed.status.success(), "{name}, {is_folder}: {said}");
            assert!(!said.contains("went wrong") && !said.contains("EOF"), "{name}: {said}");
            house.serving = serve(&house.data);
            assert_eq!(house.send(), 200, "{name}, {is_folder}");
            house.ends_whole();
        }
    }
}

#[test]
fn an_empty_file_where_there_was_data_is_a_recovery() {
    type Put = fn(&Path);
    let ways: [(&str, Put); 2] = [
        ("nothing in it", |file| fs::write(file, b"").unwrap()),
        ("no tables in it", |file| {
            let empty = rusqlite::Connection::open(file).unwrap();
            empty.pragma_update(None, "journal_mode", "WAL").unwrap();
        }),
    ];
    for (what, put) in ways {
        for left in [&["leadtrail.lock"][..], &["leadtrail.lock", "leadtrail.access.json"], &["leadtrail.known.json"]] {
            let mut house = House::open();
            assert_eq!(house.serving.terminate(), Some(0));
            let _ = fs::remove_dir_all(house.data.join("backups"));
            for (name, _) in lies_in(&house.data) {
                if !left.contains(&name.as_str()) {
                    fs::remove_file(house.data.join(name)).unwrap();
                }
            }
            put(&house.file());
            let refused = leadtrail(&house.data, &["source", "add", "--provider", "varda", "--name", "New"]);
            assert!(!refused.status.success(), "{what}, {left:?}");
            house.serving = serve(&house.data);
            let damaged = house.damaged();
            assert_eq!(
                (&damaged["what"], &damaged["begin_empty"]),
                (&json!("missing"), &json!(true)),
                "{what}, {left:?}: {damaged}"
            );
            let (status, done) = house.private("POST", "/api/recovery", r#"{"begin_empty":true}"#);
            assert_eq!(status, 200, "{what}, {left:?}: {done}");
            let begun = Instant::now();
            while !std::panic::catch_unwind(|| house.get("/api/sources")).is_ok_and(|all| all["items"] == json!([])) {
                assert!(begun.elapsed() < Duration::from_secs(60), "{what}, {left:?}");
                std::thread::sleep(Duration::from_millis(50));
            }
            house.acknowledged.clear();
            house.ends_whole();
        }
    }
}

#[test]
fn a_first_start_that_broke_off_is_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    // The file was made, nothing was in it yet, and nobody had said that there is data.
    fs::write(data.join(FILE), b"").unwrap();
    let mut serving = serve(&data);
    assert_eq!(serving.terminate(), Some(0));
    kept_once(&data, &[]);
}

#[test]
fn what_a_recovery_leaves_behind_is_gone_after_the_next_start() {
    let mut house = House::open();
    let made = leadtrail_json(&house.data, &["backup", "--json"]);
    assert_eq!(house.serving.terminate(), Some(0));
    let backups = house.data.join("backups");
    let stay = backups.join("leadtrail-2026-11-22T091400Z-before_restore.sqlite");
    fs::copy(made["path"].as_str().unwrap(), &stay).unwrap();
    let (lone, beside) = ("leadtrail-2026-11-23T091400Z-before_restore.sqlite", stay.to_string_lossy().into_owned());
    let leftovers = [
        house.data.join("leadtrail.restoring.sqlite-shm"),
        house.data.join("leadtrail.restoring.sqlite-wal"),
        house.data.join("leadtrail.reading.sqlite"),
        backups.join(format!("{lone}-shm")),
        backups.join("leadtrail-2026-11-24T091400Z-saved.sqlite.part"),
        backups.join("leadtrail-2026-11-24T091400Z-saved.sqlite.part-journal"),
    ];
    leftovers.iter().for_each(|path| fs::write(path, b"left").unwrap());
    // What was written ahead of a file that is no more may hold something.
    let ahead = backups.join(format!("{lone}-wal"));
    fs::write(&ahead, b"something").unwrap();
    house.serving = serve(&house.data);
    let begun = Instant::now();
    while leftovers.iter().any(|path| path.exists()) {
        let there: Vec<_> = leftovers.iter().filter(|path| path.exists()).collect();
        assert!(begun.elapsed() < Duration::from_secs(60), "{there:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(ahead.exists() && Path::new(&beside).exists());
    assert_eq!(house.send(), 200);
    house.ends_whole();
}

#[test]
fn a_recovery_leaves_nothing_behind() {
    let mut house = House::open();
    let made = leadtrail_json(&house.data, &["backup", "--json"]);
    house.kill();
    fs::write(house.file(), b"hello, this is a letter\n".repeat(4000)).unwrap();
    house.serving = serve(&house.data);
    house.damaged();
    house.chooses(json!({ "restore": made["name"] }));
    assert_eq!(house.serving.terminate(), Some(0));
    let left: Vec<_> = lies_in(&house.data).into_iter().filter(|(name, _)| name.contains(".restoring.")).collect();
    assert_eq!(left, []);
    let shm: Vec<_> =
        lies_in(&house.data.join("backups")).into_iter().filter(|(name, _)| name.ends_with("-shm")).collect();
    assert_eq!(shm, []);
}
