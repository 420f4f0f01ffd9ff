//! While the file is away, or is being closed, or much is asked at once: what senders hear, and what stays locked.

use std::sync::mpsc;

use leadtrail::store::{FILE, Store};

use super::backups::message;
use super::support::{TestApp, leadtrail, until};

async fn is_away(house: &TestApp) {
    until("displaced", async || house.app.store.displaced()).await;
}

async fn checkpoint(house: &TestApp) {
    let store = house.app.store.clone();
    let checkpoint =
        move || store.alone(|c| Ok(c.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0))?));
    assert_eq!(tokio::task::spawn_blocking(checkpoint).await.unwrap().unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_key_is_not_told_no_while_the_file_is_away() {
    let house = TestApp::new();
    std::fs::remove_file(house.app.store.path()).unwrap();
    is_away(&house).await;
    let post = house.hook(axum::http::Request::post("/hooks/nobody").body(message(1).into()).unwrap()).await;
    assert_eq!((post.status, post.header("retry-after").is_some()), (503, true), "{}", post.text());
    let get = house.hook(axum::http::Request::get("/hooks/nobody").body(String::new().into()).unwrap()).await;
    assert_eq!((get.status, get.header("retry-after").is_some()), (503, true), "{}", get.text());
    // Other addresses are no senders'.
    let other = house.hook(axum::http::Request::post("/nowhere").body(String::new().into()).unwrap()).await;
    assert_eq!(other.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_source_is_asked_to_come_again_where_an_older_copy_lies_in_the_files_place() {
    let house = TestApp::new();
    let first = house.add("varda").await;
    checkpoint(&house).await;
    let older = std::fs::read(house.app.store.path()).unwrap();
    let newest = house.add("meera").await;
    checkpoint(&house).await;
    std::fs::write(house.app.store.path(), older).unwrap();
    is_away(&house).await;
    for source in [&first, &newest] {
        let answer = house.post_hook(source, "", message(1)).await;
        assert_eq!((answer.status, answer.header("retry-after").is_some()), (503, true), "{}", answer.text());
    }
}

/// Closing a handle of the file lets go of all locks that this program has on it.
#[cfg(unix)]
#[test]
fn whoever_reads_while_the_file_is_closed_keeps_it_locked() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    store.write_blocking(|batch| batch.set("something", "written ahead")).unwrap();
    let (begun, is_begun) = mpsc::channel();
    let (end, ends) = mpsc::channel::<()>();
    let reading = {
        let store = store.clone();
        std::thread::spawn(move || {
            store.read_blocking(|c| {
                let count = || Ok(c.query_row("SELECT count(*) FROM settings", [], |row| row.get::<_, i64>(0))?);
                let before: Result<i64, leadtrail::store::StoreError> = count();
                begun.send(()).unwrap();
                let _ = ends.recv();
                Ok((before?, count()?))
            })
        })
    };
    is_begun.recv().unwrap();
    store.close();
    // The last one to close a file moves into it what is written ahead, and deletes that.
    let listed = leadtrail(folder.path(), &["source", "list"]);
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let ahead = folder.path().join(format!("{FILE}-wal"));
    assert!(ahead.exists(), "somebody reads it still");
    end.send(()).unwrap();
    let (before, after) = reading.join().unwrap().unwrap();
    assert_eq!(before, after);
}

#[test]
fn what_is_asked_after_the_end_hears_that_it_is_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    store.close();
    let answer = store.read_blocking(leadtrail::store::journal::last);
    assert!(matches!(answer, Err(leadtrail::store::StoreError::Stopped)), "{answer:?}");
}
