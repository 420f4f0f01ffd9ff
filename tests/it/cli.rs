//! The command line, as a process.

use std::io::Read;

use serde_json::{Value, json};

use super::support::{Line, leadtrail, leadtrail_json, serve};

fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn serve_prints_two_lines_takes_webhooks_and_ends_on_sigterm() {
    let folder = tempfile::tempdir().unwrap();
    let mut serving = serve(folder.path());
    // A source that is added beside it works at once.
    let added = leadtrail_json(folder.path(), &["source", "add", "--provider", "varda", "--name", "Ours", "--json"]);
    let keys: Vec<&String> = added.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["id", "key", "urls"]);
    let path = format!("/hooks/{}", added["key"].as_str().unwrap());
    assert!(added["urls"]["all"].as_str().unwrap().ends_with(&path), "{added}");
    let body = include_bytes!("../fixtures/varda/03-call.ended.json");
    let mut line = Line::open(serving.hooks).unwrap();
    let (status, answer) = line.post(&path, body).unwrap();
    assert_eq!(status, 200, "{}", words(&answer));

    let mut line = Line::open(serving.ui).unwrap();
    let host = format!("Host: {}\r\n", serving.ui);
    assert_eq!(line.get("/api/leads", &host).unwrap().0, 401, "not without the token");
    let bearer = format!("{host}Authorization: Bearer {}\r\n", serving.token);
    let (status, answer) = line.get("/api/leads", &bearer).unwrap();
    assert_eq!(status, 200);
    let leads: Value = serde_json::from_slice(&answer).unwrap();
    assert_eq!(leads["items"].as_array().unwrap().len(), 1);

    assert_eq!(serving.terminate(), Some(0));
    let mut rest = String::new();
    serving.rest.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "", "stdout carries only those two lines");
    let token = serving.token.clone();
    assert_eq!(serve(folder.path()).token, token, "the link stays good");
}

#[test]
fn a_folder_is_served_once_and_not_rebuilt_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let _serving = serve(folder.path());
    for command in [&["serve", "--hooks", "127.0.0.1:0", "--ui", "127.0.0.1:0"][..], &["rebuild"]] {
        let output = leadtrail(folder.path(), command);
        assert!(!output.status.success(), "{command:?}");
        let said = words(&output.stderr);
        assert_eq!(said.trim().lines().count(), 1, "one clear line: {said}");
        assert!(said.contains("already running"), "{said}");
        assert!(output.stdout.is_empty());
    }
    assert!(leadtrail(folder.path(), &["check"]).status.success(), "looking is allowed");
}

#[test]
fn sources_are_listed_with_their_addresses() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| leadtrail_json(folder.path(), arguments);
    let added = run(&["source", "add", "--provider", "callrail", "--name", "Main St", "--signing-key", "k1", "--json"]);
    let events = [
        "pre_call",
        "call_routing_complete",
        "post_call",
        "call_modified",
        "outbound_post_call",
        "outbound_call_modified",
        "text_message_received",
        "text_message_sent",
        "form_submission",
        "convert_assist_complete",
    ];
    let urls = added["urls"].as_object().unwrap();
    assert_eq!(urls.len(), events.len());
    for event in events {
        assert!(urls[event].as_str().unwrap().ends_with(&format!("/{event}")), "{event}");
    }
    let meera = run(&[
        "source",
        "add",
        "--provider",
        "meera",
        "--name",
        "M",
        "--auth-header",
        "Authorization: Basic x",
        "--json",
    ]);
    assert_eq!(meera["urls"].as_object().unwrap().len(), 1);
    let curious = run(&["source", "add", "--provider", "curious-thing", "--name", "C", "--json"]);
    let keys: Vec<&str> = curious["urls"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["call_complete", "call_attempted", "call_received", "sms_sent", "sms_received"]);
    let list = run(&["source", "list", "--json"]);
    let signed: Vec<&Value> = list.as_array().unwrap().iter().map(|source| &source["signed"]).collect();
    assert_eq!(signed, [&json!(true), &json!(true), &json!(false)]);
    assert_eq!(run(&["source", "urls", "main st", "--json"])["urls"], added["urls"]);
    for wrong in [
        &["source", "add", "--provider", "nobody", "--name", "X"][..],
        &["source", "add", "--provider", "callrail", "--name", "Main St"],
        &["source", "add", "--provider", "varda", "--name", " "],
        &["source", "add", "--provider", "meera", "--name", "Y", "--signing-key", "k"],
        &["source", "add", "--provider", "meera", "--name", "Z", "--auth-header", "nonsense"],
        &["source", "urls", "nobody"],
    ] {
        let output = leadtrail(folder.path(), wrong);
        assert!(!output.status.success(), "{wrong:?}");
        assert_eq!(words(&output.stderr).trim().lines().count(), 1, "{}", words(&output.stderr));
    }
}

#[test]
fn check_and_rebuild_say_what_they_found() {
    let folder = tempfile::tempdir().unwrap();
    let nothing = leadtrail(folder.path(), &["check"]);
    assert!(!nothing.status.success() && words(&nothing.stderr).contains("no Leadtrail data"));
    let added = leadtrail_json(folder.path(), &["source", "add", "--provider", "varda", "--name", "Ours", "--json"]);
    {
        let mut serving = serve(folder.path());
        let mut line = Line::open(serving.hooks).unwrap();
        let body = include_bytes!("../fixtures/varda/03-call.ended.json");
        line.post(&format!("/hooks/{}", added["key"].as_str().unwrap()), body).unwrap();
        drop(line);
        serving.terminate();
    }
    let check = leadtrail_json(folder.path(), &["check", "--json"]);
    assert_eq!((&check["ok"], &check["deliveries"], &check["leads"]), (&json!(true), &json!(1), &json!(1)), "{check}");
    let rebuilt = leadtrail_json(folder.path(), &["rebuild", "--json"]);
    assert_eq!((&rebuilt["identical"], &rebuilt["hash_after"]), (&json!(true), &check["projection"]), "{rebuilt}");
}

#[cfg(unix)]
#[test]
fn the_data_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("new");
    leadtrail_json(&data, &["source", "add", "--provider", "varda", "--name", "Ours", "--json"]);
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    assert_eq!(mode(&data.join(leadtrail::store::FILE)), 0o600);
}

#[cfg(not(feature = "desktop"))]
#[test]
fn without_a_window_and_without_a_command_it_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let output = leadtrail(folder.path(), &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(words(&output.stderr).contains("leadtrail serve"));
}

#[test]
fn the_app_is_not_served_to_other_machines() {
    let folder = tempfile::tempdir().unwrap();
    let output = leadtrail(folder.path(), &["serve", "--hooks", "127.0.0.1:0", "--ui", "0.0.0.0:0"]);
    assert!(!output.status.success());
    assert!(output.stdout.is_empty());
}

#[test]
fn a_key_is_read_from_a_file_or_standard_input_and_never_needs_to_be_an_argument() {
    use std::io::Write;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key.txt");
    std::fs::write(&file, "first-secret\r\n\nsecond-secret\n").unwrap();
    let data = folder.path().join("data");
    let keys = |id: i64| {
        let store = leadtrail::store::Store::open(&data).unwrap();
        let source = store.read_blocking(|c| leadtrail::store::sources::by_id(c, id)).unwrap();
        store.close();
        let headers = source.auth_headers.iter().map(|header| format!("{}: {}", header.name, header.value));
        source.signing_keys.iter().map(|key| key.value.clone()).chain(headers).collect::<Vec<_>>()
    };
    let add = ["source", "add", "--provider", "callrail", "--json", "--name"];
    let added = leadtrail_json(&data, &[&add[..], &["A", "--signing-key-file", file.to_str().unwrap()]].concat());
    assert_eq!(keys(added["id"].as_i64().unwrap()), ["first-secret", "second-secret"]);

    let from_input = |arguments: &[&str], input: &str| {
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_leadtrail"))
            .arg("--data")
            .arg(&data)
            .args(arguments)
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    };
    let answer = from_input(&[&add[..], &["B", "--signing-key-file", "-"]].concat(), "third-secret\n");
    assert!(answer.status.success() && answer.stderr.is_empty(), "{answer:?}");
    let added: serde_json::Value = serde_json::from_slice(&answer.stdout).unwrap();
    assert_eq!(keys(added["id"].as_i64().unwrap()), ["third-secret"]);
    let meera = ["source", "add", "--provider", "meera", "--json", "--name", "C", "--auth-header-file", "-"];
    let answer = from_input(&meera, "Authorization: Bearer fourth-secret\n");
    assert!(answer.status.success() && answer.stderr.is_empty(), "{answer:?}");
    let added: serde_json::Value = serde_json::from_slice(&answer.stdout).unwrap();
    assert_eq!(keys(added["id"].as_i64().unwrap()), ["Authorization: Bearer fourth-secret"]);

    // As an argument it works still, with a word of warning that does not repeat it.
    for (provider, flag, secret) in
        [("callrail", "--signing-key", "fifth-secret"), ("meera", "--auth-header", "Authorization: fifth-secret")]
    {
        let name = format!("D {provider}");
        let arguments = ["source", "add", "--provider", provider, "--json", "--name", &name, flag, secret];
        let answer = from_input(&arguments, "");
        let said = String::from_utf8_lossy(&answer.stderr).into_owned();
        assert!(answer.status.success() && said.contains(&format!("{flag}-file")), "{said}");
        assert!(!said.contains("secret"), "{said}");
    }
    let before = leadtrail_json(&data, &["source", "list", "--json"]).as_array().unwrap().len();
    let nothing = folder.path().join("nothing.txt");
    std::fs::write(&nothing, "\n \n").unwrap();
    let missing = folder.path().join("missing.txt");
    for wrong in [&nothing, &missing, &folder.path().to_path_buf(), &std::path::PathBuf::from("/dev/zero")] {
        let answer = from_input(&[&add[..], &["E", "--signing-key-file", wrong.to_str().unwrap()]].concat(), "");
        let said = String::from_utf8_lossy(&answer.stderr).into_owned();
        assert!(!answer.status.success() && said.trim().lines().count() == 1, "{}: {said}", wrong.display());
    }
    assert_eq!(leadtrail_json(&data, &["source", "list", "--json"]).as_array().unwrap().len(), before);
}
