//! Nothing is ever written over a file of Leadtrail's own, by whatever name it is called, nor through a link that
//! somebody put where such a file belongs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::support::{TestApp, leadtrail, leadtrail_json};

/// A data folder with a service, a backup and a file of exports in it.
fn data(folder: &Path) -> PathBuf {
    let data = folder.join("data");
    leadtrail_json(&data, &["source", "add", "--provider", "varda", "--name", "Ours", "--json"]);
    leadtrail_json(&data, &["backup", "--json"]);
    for name in ["exports", "imports"] {
        std::fs::create_dir_all(data.join(name)).unwrap();
    }
    std::fs::write(data.join("leadtrail.backups.txt"), "/nowhere").unwrap();
    std::fs::write(data.join("imports/7"), "rows").unwrap();
    std::fs::write(data.join("leadtrail.lock"), "").unwrap();
    data
}

/// Every file under a folder, with what it holds; what SQLite keeps beside the open file comes and goes.
fn holds(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if !["-wal", "-shm"].iter().any(|end| path.to_string_lossy().ends_with(end)) {
                let bytes = std::fs::read(&path).unwrap_or_default();
                all.insert(path, bytes);
            }
        }
    }
    all
}

#[test]
fn no_export_lands_on_a_file_of_our_own() {
    let folder = tempfile::tempdir().unwrap();
    let data = data(folder.path());
    let elsewhere = folder.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    let backup = std::fs::read_dir(data.join("backups")).unwrap().next().unwrap().unwrap().path();
    let mut places: Vec<PathBuf> = [
        "leadtrail.sqlite",
        "leadtrail.sqlite-wal",
        "leadtrail.sqlite-shm",
        "leadtrail.sqlite-journal",
        "Leadtrail.SQLITE",
        "leadtrail.lock",
        "leadtrail.backups.txt",
        "leadtrail.restoring.json",
        "leadtrail.restoring.sqlite",
        "exports/../leadtrail.sqlite",
        "./exports/.././leadtrail.lock",
        "backups/new.json",
        "imports/7",
        "exports/../imports/7",
    ]
    .iter()
    .map(|name| data.join(name))
    .collect();
    places.push(backup.clone());
    // Elsewhere, under other names: a hard link is the same file on any system, as another case is on some.
    for (at, original) in [("hard", data.join("leadtrail.sqlite")), ("hard-backup", backup.clone())] {
        std::fs::hard_link(original, elsewhere.join(at)).unwrap();
        places.push(elsewhere.join(at));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        symlink(data.join("leadtrail.sqlite"), elsewhere.join("soft")).unwrap();
        symlink(data.join("leadtrail.sqlite-journal"), elsewhere.join("dangling")).unwrap();
        symlink(&data, elsewhere.join("folder")).unwrap();
        symlink(elsewhere.join("soft"), elsewhere.join("twice")).unwrap();
        for name in ["soft", "dangling", "twice", "folder/leadtrail.sqlite", "folder/backups/new.json"] {
            places.push(elsewhere.join(name));
        }
    }
    for place in places {
        for what in [&["export", "report"][..], &["export", "leads"], &["export", "calls"]] {
            let before = holds(folder.path());
            let mut all = what.to_vec();
            all.extend(["--format", "json", "-o"]);
            let place = place.display().to_string();
            all.push(&place);
            let made = leadtrail(&data, &all);
            let said = String::from_utf8_lossy(&made.stderr).into_owned();
            assert!(!made.status.success(), "{all:?} wrote: {}", String::from_utf8_lossy(&made.stdout));
            assert_eq!(said.trim().lines().count(), 1, "{said}");
            assert!(said.contains("of Leadtrail’s own") || said.contains("ends in"), "{place}: {said}");
            let after = holds(folder.path());
            assert!(before.keys().eq(after.keys()), "{place}");
            for name in ["leadtrail.lock", "leadtrail.backups.txt", "imports/7"] {
                assert_eq!(before[&data.join(name)], after[&data.join(name)], "{place}: {name}");
            }
            assert_eq!(before[&backup], after[&backup], "{place}");
        }
    }
    assert_eq!(leadtrail_json(&data, &["check", "--json"])["ok"], json!(true));
    assert_eq!(leadtrail_json(&data, &["source", "list", "--json"]).as_array().unwrap().len(), 1);
    // The folder of exports is for that.
    let into = data.join("exports/mine.json").display().to_string();
    assert!(leadtrail(&data, &["export", "leads", "-o", &into]).status.success());
    // What is no file is none of the places either.
    #[cfg(unix)]
    for odd in ["/dev/null", "/dev/stdout"] {
        let made = leadtrail(&data, &["export", "leads", "--format", "json", "-o", odd]);
        assert!(!made.status.success(), "{odd}");
        assert!(String::from_utf8_lossy(&made.stderr).contains("is no file"), "{odd}: {:?}", made.stderr);
    }
}

/// Data folders beside that of `data`: sample data that lies in it, and one somewhere else.
fn others(folder: &Path, data: &Path) -> [PathBuf; 2] {
    let others = [data.join("demo"), folder.join("other")];
    for other in &others {
        leadtrail_json(other, &["source", "add", "--provider", "meera", "--name", "Another", "--json"]);
    }
    others
}

#[test]
fn no_export_lands_among_the_files_of_another_data_folder() {
    let folder = tempfile::tempdir().unwrap();
    let data = data(folder.path());
    let others = others(folder.path(), &data);
    std::fs::write(data.join("leadtrail.access.json"), "{}").unwrap();
    let backup = std::fs::read_dir(data.join("backups")).unwrap().next().unwrap().unwrap().path();
    let moved = folder.path().join("moved");
    std::fs::create_dir(&moved).unwrap();
    std::fs::copy(&backup, moved.join(backup.file_name().unwrap())).unwrap();
    let names = [
        "leadtrail.sqlite",
        "leadtrail.sqlite-wal",
        "leadtrail.access.json",
        "leadtrail.lock",
        "leadtrail.backups.txt",
        "imports/7",
        "backups/new.json",
        "exports/new.json",
        "exports/../leadtrail.lock",
        "anything/new.json",
        "new.json",
    ];
    let mut places: Vec<PathBuf> = names.iter().map(|name| data.join(name)).collect();
    places.extend([backup.clone(), moved.join(backup.file_name().unwrap())]);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&data, folder.path().join("link")).unwrap();
        std::os::unix::fs::symlink(data.join("leadtrail.sqlite"), folder.path().join("soft")).unwrap();
        places.extend([folder.path().join("link/leadtrail.lock"), folder.path().join("soft")]);
    }
    std::fs::create_dir(data.join("anything")).unwrap();
    for other in &others {
        for place in &places {
            let before = holds(folder.path());
            let place = place.to_str().unwrap();
            let made = leadtrail(other, &["export", "leads", "--format", "json", "-o", place]);
            let said = String::from_utf8_lossy(&made.stderr).into_owned();
            assert!(!made.status.success(), "{}: {place} was written", other.display());
            assert!(said.contains("of Leadtrail’s own") && said.trim().lines().count() == 1, "{place}: {said}");
            assert!(before.keys().eq(holds(folder.path()).keys()), "{place}");
        }
        // Its own folder for exports is nobody else's, and folders beside or above a data folder are anybody's.
        for place in [other.join("exports/a.json"), folder.path().join("a.json"), moved.join("a.json")] {
            std::fs::create_dir_all(place.parent().unwrap()).unwrap();
            let made = leadtrail(other, &["export", "leads", "-o", place.to_str().unwrap()]);
            assert!(made.status.success(), "{}: {}", place.display(), String::from_utf8_lossy(&made.stderr));
        }
    }
    // A data file that somebody copied into a folder of theirs makes no data folder of all below.
    let copied = folder.path().join("theirs/leadtrail.sqlite");
    std::fs::create_dir_all(folder.path().join("theirs/reports")).unwrap();
    std::fs::copy(data.join("leadtrail.sqlite"), &copied).unwrap();
    let export = |to: &str| leadtrail(&data, &["export", "leads", "--format", "json", "-o", to]).status.success();
    assert!(!export(copied.to_str().unwrap()));
    assert!(export(folder.path().join("theirs/reports/a.json").to_str().unwrap()));
    assert_eq!(leadtrail_json(&data, &["check", "--json"])["ok"], json!(true));
    assert_eq!(leadtrail_json(&data, &["source", "list", "--json"]).as_array().unwrap().len(), 1);
}

#[test]
fn backups_are_put_nowhere_among_the_files_of_another_data_folder() {
    let folder = tempfile::tempdir().unwrap();
    let data = data(folder.path());
    let picked = folder.path().join("picked");
    std::fs::create_dir(&picked).unwrap();
    for other in others(folder.path(), &data) {
        for place in [data.clone(), data.join("backups"), data.join("imports"), data.join("new")] {
            let before = holds(folder.path());
            let made = leadtrail(&other, &["backup", "--to", place.to_str().unwrap(), "--json"]);
            assert!(!made.status.success(), "{}: {}", place.display(), String::from_utf8_lossy(&made.stdout));
            assert!(before.keys().eq(holds(folder.path()).keys()), "{}", place.display());
        }
        assert!(leadtrail(&other, &["backup", "--to", picked.to_str().unwrap()]).status.success());
    }
    // The folder that the owner of the data around it picked is none for sample data: it would delete what is old there.
    std::fs::write(data.join("leadtrail.backups.txt"), picked.to_str().unwrap()).unwrap();
    assert!(!leadtrail(&data.join("demo"), &["backup", "--to", picked.to_str().unwrap()]).status.success());
    assert!(leadtrail(&data, &["backup", "--to", picked.to_str().unwrap()]).status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_folder_of_backups_in_settings_is_none_of_another_data_folder() {
    let folder = tempfile::tempdir().unwrap();
    let data = data(folder.path());
    let house = TestApp::new();
    for place in [data.clone(), data.join("backups"), data.join("new")] {
        let change = json!({ "backups": { "folder": place } });
        let answer = house.send_json("PATCH", "/api/settings", change).await;
        assert_eq!(answer.status, 422, "{}: {}", place.display(), answer.text());
        assert!(answer.text().contains("of Leadtrail’s own"), "{}", answer.text());
    }
    // One that turned into such a folder after it was picked.
    let picked = folder.path().join("picked");
    let change = json!({ "backups": { "folder": picked } });
    assert_eq!(house.send_json("PATCH", "/api/settings", change).await.status, 200);
    std::fs::rename(&data, &picked).unwrap_or_else(|_| {
        std::fs::remove_dir(&picked).unwrap();
        std::fs::rename(&data, &picked).unwrap();
    });
    let before = holds(&picked);
    let made = house.post_json("/api/backups", json!({})).await;
    assert!((400..500).contains(&made.status), "{}", made.text());
    assert!(made.text().contains("of Leadtrail’s own"), "{}", made.text());
    assert!(before.keys().eq(holds(&picked).keys()));
}

#[test]
fn in_the_folder_somebody_works_in_nothing_of_ours_is_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let data = data(folder.path());
    let command = |name: &str| {
        std::process::Command::new(env!("CARGO_BIN_EXE_leadtrail"))
            .current_dir(&data)
            .args(["--data", ".", "export", "leads", "--format", "json", "-o", name])
            .output()
            .unwrap()
    };
    for name in ["leadtrail.sqlite", "./leadtrail.lock", "../data/leadtrail.sqlite", "backups"] {
        assert!(!command(name).status.success(), "{name}");
    }
    assert_eq!(leadtrail_json(&data, &["check", "--json"])["ok"], json!(true));
}

#[test]
fn backups_are_put_nowhere_among_our_own_files() {
    let folder = tempfile::tempdir().unwrap();
    let data = data(folder.path());
    let mut places = vec![data.clone(), data.join("exports"), data.join("imports"), data.join("backups/../imports")];
    places.push(data.join("leadtrail.sqlite"));
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(data.join("imports"), folder.path().join("link")).unwrap();
        places.push(folder.path().join("link"));
        places.push(folder.path().join("link/deeper"));
    }
    for place in places {
        let before = holds(folder.path());
        let made = leadtrail(&data, &["backup", "--to", place.to_str().unwrap(), "--json"]);
        assert!(!made.status.success(), "{}: {}", place.display(), String::from_utf8_lossy(&made.stdout));
        assert!(before.keys().eq(holds(folder.path()).keys()), "{}", place.display());
    }
    // That of backups is theirs, by any spelling.
    let own = data.join("exports/../backups");
    assert!(leadtrail(&data, &["backup", "--to", own.to_str().unwrap()]).status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_in_settings_and_schedules_are_none_of_our_own() {
    let house = TestApp::new();
    let data = house.app.store.path().parent().unwrap().to_path_buf();
    let elsewhere = tempfile::tempdir().unwrap();
    for name in ["exports", "imports", "backups"] {
        std::fs::create_dir_all(data.join(name)).unwrap();
    }
    let mut wrong = vec![data.clone(), data.join("imports"), data.join("exports/../imports")];
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&data, elsewhere.path().join("link")).unwrap();
        wrong.extend([elsewhere.path().join("link"), elsewhere.path().join("link/imports")]);
    }
    for folder in &wrong {
        let change = json!({ "backups": { "folder": folder } });
        let answer = house.send_json("PATCH", "/api/settings", change).await;
        assert_eq!(answer.status, 422, "{}: {}", folder.display(), answer.text());
        assert!(answer.text().contains("of Leadtrail’s own"), "{}", answer.text());
    }
    let report = |folder: &Path| {
        json!({ "name": "Morning", "report": "overview", "format": "json", "range": "yesterday", "query": {},
            "schedule": { "every": "daily", "at": "07:00", "folder": folder, "on": true } })
    };
    wrong.push(data.join("backups"));
    for folder in &wrong {
        let answer = house.post_json("/api/saved-reports", report(folder)).await;
        assert!((400..500).contains(&answer.status), "{}: {}", folder.display(), answer.text());
        assert!(answer.text().contains("of Leadtrail’s own"), "{}", answer.text());
    }
    // A folder that turns into one of ours after it was picked.
    #[cfg(unix)]
    {
        let picked = elsewhere.path().join("reports");
        std::fs::create_dir(&picked).unwrap();
        let saved = house.post_json("/api/saved-reports", report(&picked)).await;
        assert_eq!(saved.status, 201, "{}", saved.text());
        std::fs::remove_dir(&picked).unwrap();
        std::os::unix::fs::symlink(data.join("backups"), &picked).unwrap();
        let id = saved.json()["id"].as_i64().unwrap();
        let since = "2026-03-18T00:00:00Z".parse().unwrap();
        house.app.store.write(move |batch| batch.saved_since(id, since)).await.unwrap();
        let now = "2026-03-19T20:00:00Z".parse().unwrap();
        let mut made = 0;
        tokio::task::block_in_place(|| house.app.exports.make_due(now, |_| made += 1)).unwrap();
        assert_eq!((made, std::fs::read_dir(data.join("backups")).unwrap().count()), (0, 0));
        let problem = house.get_json("/api/saved-reports").await["items"][0]["last_made"]["problem"].clone();
        assert!(problem.as_str().is_some_and(|text| text.contains("of Leadtrail’s own")), "{problem}");
    }
}

#[tokio::test]
async fn a_name_in_the_table_of_exports_leads_nowhere_else() {
    let house = TestApp::new();
    let data = house.app.store.path().parent().unwrap().to_path_buf();
    std::fs::create_dir_all(data.join("backups")).unwrap();
    std::fs::write(data.join("backups/theirs"), "kept").unwrap();
    std::fs::create_dir_all(data.join("exports")).unwrap();
    for (id, file) in [(1, "../backups/theirs"), (2, "../leadtrail.sqlite"), (3, "..")] {
        let sql = "INSERT INTO exports (id, what, format, asked, title, file, state, began_at, made_at)
                   VALUES (?1, 'leads', 'csv', '{}', 'Leads', ?2, 'done', 1, 1)";
        house.app.store.write(move |batch| Ok(batch.transaction().execute(sql, (id, file))?)).await.unwrap();
        assert_eq!(house.get(&format!("/api/exports/{id}/file")).await.status, 404, "{file}");
        house.send_json("DELETE", &format!("/api/exports/{id}"), json!({})).await;
    }
    assert!(data.join("backups/theirs").exists() && data.join("leadtrail.sqlite").exists());
}

/// A file of somebody else's that everybody may read, and a link to it at `at`.
#[cfg(unix)]
fn planted(folder: &Path, at: &Path) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let victim = folder.join("victim");
    std::fs::write(&victim, "theirs").unwrap();
    std::fs::set_permissions(&victim, std::fs::Permissions::from_mode(0o644)).unwrap();
    std::os::unix::fs::symlink(&victim, at).unwrap();
    victim
}

#[cfg(unix)]
#[test]
fn a_link_where_one_of_our_files_belongs_is_never_followed() {
    use std::os::unix::fs::PermissionsExt;
    for name in [
        "backups/.leadtrail-can-write",
        "leadtrail.lock",
        "leadtrail.restoring.sqlite",
        "leadtrail.backups.txt.part",
        "leadtrail.backups.txt",
        "imports/1.lock",
        "imports/1",
        "exports",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let data = data(folder.path());
        let at = data.join(name);
        if at.is_dir() {
            std::fs::remove_dir_all(&at).unwrap();
        } else {
            let _ = std::fs::remove_file(&at);
        }
        let victim = planted(folder.path(), &at);
        let csv = folder.path().join("a.csv");
        std::fs::write(&csv, "Name,Phone Number,Start Time\nAnn,2025550142,2026-03-03 10:00\n").unwrap();
        let made = leadtrail(&data, &["backup", "--json"]);
        let made: Option<Value> = serde_json::from_slice(&made.stdout).ok();
        leadtrail(&data, &["import", csv.to_str().unwrap(), "--source", "Ours", "--kind", "calls"]);
        leadtrail(&data, &["export", "leads", "--format", "json", "-o", "-"]);
        if let Some(name) = made.as_ref().and_then(|made| made["name"].as_str()) {
            leadtrail(&data, &["restore", name, "--yes"]);
        }
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "theirs", "{name}");
        assert_eq!(victim.metadata().unwrap().permissions().mode() & 0o777, 0o644, "{name}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_in_a_chosen_folder_does_not_lend_our_rights() {
    use std::os::unix::fs::PermissionsExt;
    let house = TestApp::new();
    let elsewhere = tempfile::tempdir().unwrap();
    let chosen = elsewhere.path().join("shared");
    std::fs::create_dir(&chosen).unwrap();
    let victim = planted(elsewhere.path(), &chosen.join(".leadtrail-can-write"));
    house.send_json("PATCH", "/api/settings", json!({ "backups": { "folder": chosen } })).await;
    house.post_json("/api/backups", json!({})).await;
    assert_eq!(victim.metadata().unwrap().permissions().mode() & 0o777, 0o644);
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "theirs");
    // Looking whether the folder can be written leaves nothing of ours behind.
    let ours = std::fs::read_dir(&chosen).unwrap().filter(|entry| {
        let name = entry.as_ref().unwrap().file_name().to_string_lossy().into_owned();
        name.starts_with(".leadtrail") && name != ".leadtrail-can-write"
    });
    assert_eq!(ours.count(), 0);
}

#[cfg(unix)]
#[test]
fn an_import_of_what_is_no_file_ends() {
    let folder = tempfile::tempdir().unwrap();
    let data = data(folder.path());
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut writer = std::process::Command::new("sh")
        .args(["-c", &format!("printf 'Name,Phone\\nAnn,2025550142\\n' > '{}'", pipe.display())])
        .spawn()
        .unwrap();
    // No more than 8 MiB are written, whatever is read: without the guard it would not end at all.
    let imported = |from: &str| {
        let program = env!("CARGO_BIN_EXE_leadtrail");
        let script = format!(
            "ulimit -f 8192; exec {program} --data '{}' import '{from}' --source Ours --kind leads --dry-run",
            data.display()
        );
        std::process::Command::new("sh").args(["-c", &script]).output().unwrap()
    };
    for from in [pipe.to_str().unwrap(), "/dev/zero", "/dev/urandom"] {
        let answer = imported(from);
        let said = String::from_utf8_lossy(&answer.stderr).into_owned();
        assert!(!answer.status.success(), "{from}");
        assert!(said.contains("is no file") && said.trim().lines().count() == 1, "{from}: {said}");
    }
    let _ = writer.kill();
    writer.wait().unwrap();
    assert_eq!(std::fs::read_dir(data.join("imports")).unwrap().count(), 1, "nothing is left of them");
}
