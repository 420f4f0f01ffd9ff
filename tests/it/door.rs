//! The private door of the real program: the link, the sessions that are traded for it, and what opens nothing.

use std::net::SocketAddr;
use std::path::Path;

use leadtrail::store::{FILE, Store};
use serde_json::{Value, json};

use super::support::{Line, TestApp, leadtrail_json, serve, serve_with};

/// Asks on a connection of its own.
fn ask(ui: SocketAddr, method: &str, path: &str, headers: &str) -> (u16, Vec<u8>) {
    let mut line = Line::open(ui).unwrap();
    let head = format!("{method} {path} HTTP/1.1\r\nHost: {ui}\r\nContent-Length: 0\r\n{headers}\r\n");
    line.write(head.as_bytes()).unwrap();
    line.answer().unwrap()
}

fn status(ui: SocketAddr, bearer: &str) -> u16 {
    ask(ui, "GET", "/api/leads", &format!("Authorization: Bearer {bearer}\r\n")).0
}

/// What the page does with the link.
fn trade(ui: SocketAddr, token: &str) -> String {
    let (status, answer) = ask(ui, "POST", "/api/session", &format!("Authorization: Bearer {token}\r\n"));
    assert_eq!(status, 201, "{}", String::from_utf8_lossy(&answer));
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    answer["session"].as_str().unwrap().to_string()
}

fn some_data(folder: &Path) {
    leadtrail_json(folder, &["source", "add", "--provider", "varda", "--name", "Ours", "--json"]);
}

#[tokio::test]
async fn no_address_of_the_api_answers_without_the_token() {
    let document = TestApp::new().get_json("/api/openapi.json").await;
    let folder = tempfile::tempdir().unwrap();
    let serving = serve(folder.path());
    let mut asked = 0;
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, item)| {
        item.as_object().unwrap().keys().map(|method| (method.to_uppercase(), path.replace("{id}", "1")))
    });
    let more =
        [("GET", "/api/openapi.json"), ("POST", "/api/session"), ("POST", "/api/tickets"), ("GET", "/api/nothing")];
    for (method, path) in operations.chain(more.map(|(method, path)| (method.to_string(), path.to_string()))) {
        // An old browser still sends the cookie that held the token.
        let cookie = format!("Cookie: leadtrail_{}={}\r\n", serving.ui.port(), serving.token);
        for headers in ["", &cookie] {
            assert_eq!(ask(serving.ui, &method, &path, headers).0, 401, "{method} {path} {headers}");
        }
        asked += 1;
    }
    assert!(asked > 60, "{asked}");
    // The page itself, which knows nothing.
    assert_eq!(ask(serving.ui, "GET", "/", "").0, 200);
}

#[test]
fn a_session_outlasts_the_program_and_ends_with_a_new_token() {
    let folder = tempfile::tempdir().unwrap();
    let mut serving = serve(folder.path());
    let (token, session) = (serving.token.clone(), trade(serving.ui, &serving.token));
    assert_eq!((status(serving.ui, &token), status(serving.ui, &session)), (200, 200));
    let held = format!("Authorization: Bearer {session}\r\n");
    assert_eq!(ask(serving.ui, "POST", "/api/session", &held).0, 401, "a session is traded for nothing");
    assert_eq!(serving.terminate(), Some(0));

    let mut serving = serve(folder.path());
    assert_eq!(serving.token, token, "the link stays good");
    assert_eq!(status(serving.ui, &session), 200);
    assert_eq!(serving.terminate(), Some(0));

    let mut serving = serve_with(folder.path(), &["--new-token"]);
    let renewed = serving.token.clone();
    assert_ne!(renewed, token);
    for old in [&token, &session] {
        assert_eq!(status(serving.ui, old), 401);
    }
    let session = trade(serving.ui, &renewed);
    assert_eq!(serving.terminate(), Some(0));
    let serving = serve(folder.path());
    assert_eq!(serving.token, renewed);
    assert_eq!(status(serving.ui, &session), 200);
}

#[test]
fn a_damaged_file_has_the_same_link_and_the_same_guard() {
    let folder = tempfile::tempdir().unwrap();
    some_data(folder.path());
    let mut serving = serve(folder.path());
    let (token, session) = (serving.token.clone(), trade(serving.ui, &serving.token));
    assert_eq!(serving.terminate(), Some(0));
    std::fs::write(folder.path().join(FILE), vec![0x5A; 8192]).unwrap();
    for end in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(folder.path().join(format!("{FILE}{end}")));
    }

    let mut serving = serve(folder.path());
    assert_eq!(serving.token, token);
    for (method, path) in [("GET", "/api/status"), ("POST", "/api/recovery"), ("GET", "/api/leads")] {
        assert_eq!(ask(serving.ui, method, path, "").0, 401, "{path}");
    }
    let held = format!("Authorization: Bearer {session}\r\n");
    let (code, answer) = ask(serving.ui, "GET", "/api/status", &held);
    assert_eq!(code, 200);
    assert!(serde_json::from_slice::<Value>(&answer).unwrap()["damaged"].is_object());
    let another = trade(serving.ui, &token);
    assert_eq!(ask(serving.ui, "GET", "/api/status", &format!("Authorization: Bearer {another}\r\n")).0, 200);
    assert_eq!(serving.terminate(), Some(0));

    let serving = serve_with(folder.path(), &["--new-token"]);
    for old in [&token, &session, &another] {
        assert_eq!(ask(serving.ui, "GET", "/api/status", &format!("Authorization: Bearer {old}\r\n")).0, 401);
    }
}

/// Earlier versions kept the token in the data file, and in a cookie that every port of this machine was sent.
#[test]
fn the_token_of_a_cookie_is_no_longer_good() {
    let folder = tempfile::tempdir().unwrap();
    let known = "0123456789abcdef0123456789abcdef01234567";
    let store = Store::open(folder.path()).unwrap();
    store.write_blocking(move |batch| batch.set("ui_token", known)).unwrap();
    store.close();
    drop(store);
    let serving = serve(folder.path());
    assert_ne!(serving.token, known);
    assert_eq!(status(serving.ui, known), 401);
}

/// It opens nothing any more, and is not kept either, in the file or in what is made of it.
#[test]
fn the_token_that_earlier_versions_kept_in_the_data_is_taken_out() {
    let folder = tempfile::tempdir().unwrap();
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut before: Vec<_> = std::fs::read_dir(migrations).unwrap().map(|entry| entry.unwrap().path()).collect();
    before.retain(|path| path.file_name().unwrap() < std::ffi::OsStr::new("0012"));
    before.sort();
    let connection = rusqlite::Connection::open(folder.path().join(leadtrail::store::FILE)).unwrap();
    before.iter().for_each(|path| connection.execute_batch(&std::fs::read_to_string(path).unwrap()).unwrap());
    connection.pragma_update(None, "user_version", i64::try_from(before.len()).unwrap()).unwrap();
    let kept = "INSERT INTO settings (name, value) VALUES ('ui_token', '0123456789abcdef0123456789abcdef01234567')";
    connection.execute_batch(kept).unwrap();
    connection.close().unwrap();
    let store = Store::open(folder.path()).unwrap();
    assert_eq!(store.read_blocking(|c| leadtrail::store::sources::setting(c, "ui_token")).unwrap(), None);
    store.close();
}

#[test]
fn no_secret_of_the_door_is_in_the_data_or_in_a_backup() {
    let folder = tempfile::tempdir().unwrap();
    some_data(folder.path());
    let mut serving = serve(folder.path());
    let (token, session) = (serving.token.clone(), trade(serving.ui, &serving.token));
    assert_eq!(serving.terminate(), Some(0));
    let made = leadtrail_json(folder.path(), &["backup", "--json"]);
    for file in [folder.path().join(FILE), made["path"].as_str().unwrap().into()] {
        let bytes = std::fs::read(&file).unwrap();
        for secret in [&token, &session] {
            let found = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
            assert!(!found, "{}", file.display());
        }
    }
}

#[test]
fn a_ticket_fetches_a_file_once() {
    let folder = tempfile::tempdir().unwrap();
    let serving = serve(folder.path());
    let held = format!("Authorization: Bearer {}\r\n", trade(serving.ui, &serving.token));
    let body = json!({ "address": "/api/leads?limit=1" }).to_string();
    let mut line = Line::open(serving.ui).unwrap();
    let head = format!(
        "POST /api/tickets HTTP/1.1\r\nHost: {}\r\n{held}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        serving.ui,
        body.len()
    );
    line.write(head.as_bytes()).unwrap();
    let (status, answer) = line.answer().unwrap();
    assert_eq!(status, 201, "{}", String::from_utf8_lossy(&answer));
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    let address = answer["address"].as_str().unwrap();
    assert_eq!(ask(serving.ui, "GET", address, "").0, 200);
    assert_eq!(ask(serving.ui, "GET", address, "").0, 401);
}
