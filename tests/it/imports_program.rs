//! `leadtrail import` and `replay` beside a running `serve`.

use serde_json::Value;

use super::support::{Line, leadtrail, leadtrail_json, serve};

#[test]
fn files_go_in_beside_a_running_serve_which_hears_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let serving = serve(&data);
    let added = leadtrail_json(&data, &["source", "add", "--provider", "varda", "--name", "Ours", "--json"]);
    let bearer = format!("Host: {}\r\nAuthorization: Bearer {}\r\n", serving.ui, serving.token);
    let mut line = Line::open(serving.ui).unwrap();
    let mut ask = |path: &str| -> Value {
        let (status, answer) = line.get(path, &bearer).unwrap();
        assert_eq!(status, 200, "{path}");
        serde_json::from_slice(&answer).unwrap()
    };
    let seq = ask("/api/changes")["seq"].as_i64().unwrap();
    let logs = folder.path().join("logs");
    std::fs::create_dir_all(logs.join("more")).unwrap();
    std::fs::write(logs.join("1.json"), include_str!("../fixtures/varda/03-call.ended.json")).unwrap();
    std::fs::write(logs.join("more/2.json"), include_str!("../fixtures/varda/02-message.created.json")).unwrap();
    std::fs::write(logs.join(".hidden"), "{").unwrap();
    let logs = logs.to_str().unwrap();
    let would = leadtrail_json(&data, &["import", logs, "--source", "Ours", "--dry-run", "--json"]);
    assert_eq!((&would["rows"], &would["new"]), (&2.into(), &2.into()), "{would}");
    let did = leadtrail_json(&data, &["import", logs, "--source", "Ours", "--json"]);
    assert_eq!((&did["state"], &did["in"]), (&"done".into(), &2.into()), "{did}");
    // The page that waits is told to look again.
    let changes = ask(&format!("/api/changes?after={seq}"));
    assert!(changes["reset"] == true || changes["seq"].as_i64().unwrap() > seq, "{changes}");
    assert!(!ask("/api/leads")["items"].as_array().unwrap().is_empty());
    // The same over the wire is known.
    let path = format!("/hooks/{}", added["key"].as_str().unwrap());
    let mut sender = Line::open(serving.hooks).unwrap();
    let (status, answer) = sender.post(&path, include_bytes!("../fixtures/varda/03-call.ended.json")).unwrap();
    assert_eq!((status, String::from_utf8_lossy(&answer).contains("duplicate")), (200, true));
    let undone = leadtrail_json(&data, &["import", "--undo", &did["import"].to_string(), "--json"]);
    assert_eq!(undone["state"], "undone");
    assert_eq!(ask("/api/leads")["items"].as_array().unwrap().len(), 1, "the webhook's own stays");
    let replayed = leadtrail_json(&data, &["replay", "--dry-run", "--json"]);
    assert_eq!(replayed["checked"], 0);
    assert!(leadtrail(&data, &["check"]).status.success());
    for bad in [
        &["import", "nowhere.csv", "--source", "Ours"][..],
        &["import", logs, "--source", "Nobody"],
        &["import", "--undo", "99"],
        &["replay", "--undo", "99"],
        &["replay", "--state", "lost"],
    ] {
        let output = leadtrail(&data, bad);
        assert!(!output.status.success(), "{bad:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr).trim().lines().count(), 1, "{bad:?}");
    }
}
