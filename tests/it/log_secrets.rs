//! What nobody is to learn: not from the log, however much it says, and not from the files.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;

use super::support::{Line, leadtrail, leadtrail_json, until_blocking};

const SIGNING_KEY: &str = "signing-key-of-the-owner-73";
const AUTH_WORD: &str = "open-sesame-91";
const WORDS: &str = "furnace-smells-of-violets";
const RECORDING: &str = "https://recordings.example/secret-tape-55";

#[test]
fn the_log_never_holds_keys_tokens_links_or_bodies() {
    let folder = tempfile::tempdir().unwrap();
    let signed = leadtrail_json(
        folder.path(),
        &["source", "add", "--provider", "callrail", "--name", "Ours", "--signing-key", SIGNING_KEY, "--json"],
    );
    let header = format!("Authorization: Bearer {AUTH_WORD}");
    let open = leadtrail_json(
        folder.path(),
        &["source", "add", "--provider", "meera", "--name", "Texts", "--auth-header", &header, "--json"],
    );
    let log = folder.path().join("log.txt");
    let mut child = Command::new(env!("CARGO_BIN_EXE_leadtrail"))
        .args(["serve", "--hooks", "127.0.0.1:0", "--ui", "127.0.0.1:0", "--data"])
        .arg(folder.path())
        .env("LEADTRAIL_LOG", "trace")
        .stdout(Stdio::piped())
        .stderr(std::fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let hooks = lines.next().unwrap().unwrap().strip_prefix("hooks http://").unwrap().parse().unwrap();
    let ui = lines.next().unwrap().unwrap();
    let (ui, token) = ui.strip_prefix("ui http://").unwrap().split_once("/?token=").unwrap();
    let (ui, token): (std::net::SocketAddr, _) = (ui.parse().unwrap(), token.to_string());

    let key = signed["key"].as_str().unwrap().to_string();
    let other = open["key"].as_str().unwrap().to_string();
    let body = json!({ "resource_id": "CAL1", "customer_phone_number": "202-555-0142", "recording": RECORDING,
        "note": WORDS, "start_time": "2026-03-03T10:00:00.000-05:00", "direction": "inbound" })
    .to_string();
    let host = format!("Host: {ui}\r\n");
    for path in [
        format!("/hooks/{key}/post_call"),
        format!("/hooks/{key}/nonsense"),
        format!("/hooks/{other}"),
        format!("/hooks/{key}x/post_call"),
    ] {
        for sent in [body.as_str(), "", "{\"note\":\"furnace-smells-of-violets", "[[["] {
            let mut line = Line::open(hooks).unwrap();
            let head = format!(
                "POST {path}?token={token}&note={WORDS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {AUTH_WORD}\r\n\
                 Signature: {SIGNING_KEY}\r\nContent-Length: {}\r\n\r\n{sent}",
                sent.len()
            );
            line.write(head.as_bytes()).unwrap();
            assert!(line.answer().unwrap().0 < 500);
        }
        // Torn, oversized, in a hurry.
        for begun in [
            format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n\r\n{{\"note\":\"{WORDS}"),
            format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n{WORDS}"),
            format!("POST {path} HTTP/7\r\n{WORDS}: \u{1}\r\n\r\n"),
        ] {
            drop(Line::open(hooks).map(|mut line| line.write(begun.as_bytes())));
        }
    }
    for (path, headers) in [
        (format!("/?token={token}"), host.clone()),
        (format!("/?token={token}x"), host.clone()),
        ("/api/leads".into(), format!("{host}Authorization: Bearer {token}\r\n")),
        ("/api/leads".into(), format!("{host}Authorization: Bearer {token}x\r\n")),
        ("/api/sources".into(), format!("{host}Cookie: leadtrail_{}={token}\r\n", ui.port())),
        (format!("/api/search?q={WORDS}"), format!("{host}Authorization: Bearer {token}\r\n")),
        ("/api/deliveries/1".into(), format!("{host}Authorization: Bearer {token}\r\n")),
        ("/api/leads".into(), format!("Host: evil.example\r\nAuthorization: Bearer {token}\r\n")),
    ] {
        Line::open(ui).unwrap().get(&path, &headers).unwrap();
    }
    // The last of what was sent may not be read yet.
    until_blocking("said", || std::fs::read_to_string(&log).unwrap().contains("above the limit").then_some(()));
    let modes = modes(folder.path());
    let ended = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(ended.success());
    assert_eq!(child.wait().unwrap().code(), Some(0));

    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.contains("above the limit"), "it says what happened: {log}");
    for (what, secret) in [("a key", &key), ("a key", &other), ("the token", &token)]
        .map(|(what, secret)| (what, secret.as_str()))
        .into_iter()
        .chain([
            ("a signing key", SIGNING_KEY),
            ("a credential", AUTH_WORD),
            ("a body", WORDS),
            ("a recording", "secret-tape-55"),
            ("a number", "202-555-0142"),
        ])
    {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{what} is in the log");
    }

    // While it runs, nobody else of this machine reads any of it.
    #[cfg(unix)]
    {
        for name in ["leadtrail.sqlite", "leadtrail.sqlite-wal", "leadtrail.sqlite-shm", "leadtrail.lock"] {
            assert_eq!(modes.get(name).map(|mode| format!("{mode:o}")), Some("600".into()), "{name} of {modes:?}");
        }
    }
}

#[cfg(unix)]
fn modes(folder: &Path) -> BTreeMap<String, u32> {
    use std::os::unix::fs::PermissionsExt;
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(|entry| {
            (entry.file_name().to_string_lossy().into_owned(), entry.metadata().unwrap().permissions().mode() & 0o777)
        })
        .collect()
}

#[cfg(not(unix))]
fn modes(_folder: &Path) -> BTreeMap<String, u32> {
    BTreeMap::new()
}

#[cfg(unix)]
#[test]
fn a_new_folder_is_its_owners_alone_whatever_the_mask() {
    use std::os::unix::fs::PermissionsExt;
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("new");
    let program = env!("CARGO_BIN_EXE_leadtrail");
    let script =
        format!("umask 000; exec {program} --data '{}' source add --provider varda --name X --json", folder.display());
    assert!(Command::new("sh").args(["-c", &script]).stdout(Stdio::null()).status().unwrap().success());
    assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    for (name, mode) in modes(&folder) {
        assert_eq!(format!("{mode:o}"), if name == "backups" { "700" } else { "600" }, "{name}");
    }
}

#[test]
fn other_machines_are_let_in_only_when_the_owner_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let refused = leadtrail(folder.path(), &["serve", "--hooks", "0.0.0.0:0", "--ui", "127.0.0.1:0"]);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(refused.stdout.is_empty());
    for words in ["Cannot listen on 0.0.0.0:0", "other machines", "--beyond-this-machine", "tunnel"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let refused =
        leadtrail(folder.path(), &["serve", "--hooks", "127.0.0.1:0", "--ui", "0.0.0.0:0", "--beyond-this-machine"]);
    assert_eq!(refused.status.code(), Some(1), "the app itself never");

    let mut child = Command::new(env!("CARGO_BIN_EXE_leadtrail"))
        .args(["serve", "--hooks", "0.0.0.0:0", "--ui", "127.0.0.1:0", "--beyond-this-machine", "--data"])
        .arg(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(line.starts_with("hooks http://0.0.0.0:"), "{line}");
}
