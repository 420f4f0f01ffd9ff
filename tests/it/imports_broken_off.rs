//! Imports that end in the middle: they go on, or go back, and leave nothing half done.

use serde_json::json;

use super::imports::{HEADER, previewed, row, rows, undone, until};
use super::support::{TestApp, looks, rebuilds_the_same};

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_broken_off_goes_on_or_goes_back() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    let mut file = HEADER.to_string();
    for i in 0..700 {
        file.push_str(&row("Answered", &format!("(312) 555-{i:04}"), &format!("2026-02-01 09:{:02}:00", i % 60), ""));
    }
    let before = looks(&app);
    for goes_on in [true, false] {
        let import = previewed(&app, &source, "calls.csv", file.as_bytes(), json!({ "time_zone": "UTC" })).await;
        let id = import["id"].as_i64().unwrap();
        let ingest = app.app.ingest.clone();
        // As if the program died after its second commit.
        let mut commits = 0;
        let died = std::thread::spawn(move || {
            ingest.run_import(id, false, |_, _| {
                commits += 1;
                if commits == 2 {
                    std::panic::resume_unwind(Box::new("dead"));
                }
            })
        });
        assert!(died.join().is_err());
        let stopped = app.get_json(&format!("/api/imports/{id}")).await;
        assert_eq!((&stopped["state"], &stopped["result"]["rows"]), (&json!("interrupted"), &json!(400)));
        let doctor = app.get_json("/api/doctor").await;
        let item = doctor["items"].as_array().unwrap().iter().find(|item| item["name"] == "imports").unwrap();
        assert!(item["todo"].as_str().unwrap().contains(&format!("import --resume {id}`")), "{item}");
        looks(&app);
        if goes_on {
            assert_eq!(app.post_json(&format!("/api/imports/{id}/start"), json!({})).await.status, 200);
            let done = until(&app, &json!(id), "done").await;
            assert_eq!((&done["result"]["rows"], &done["result"]["in"]), (&json!(700), &json!(700)));
            assert_eq!(rows(&app, &done, "").await.len(), 700);
            undone(&app, &done).await;
        } else {
            let answer = app.post_json(&format!("/api/imports/{id}/cancel"), json!({})).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            until(&app, &json!(id), "cancelled").await;
        }
        assert_eq!(looks(&app), before);
        rebuilds_the_same(&app).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_broke_off_on_its_way_is_not_taken_for_a_whole_one() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    // What is left when whoever sent it went away: its first bytes, and nobody who looks at them.
    let ingest = app.app.ingest.clone();
    let begun = std::thread::spawn(move || ingest.new_import("calls.csv", &["calls.csv".into()]).unwrap());
    let (id, paths) = begun.join().unwrap();
    std::fs::write(&paths[0], format!("{HEADER}{}", row("Answered", "(312) 555-0001", "2026-02-01 09:00:00", "")))
        .unwrap();
    let before = looks(&app);
    let answer = app.post_json(&format!("/api/imports/{id}/preview"), json!({ "source": source.id })).await;
    assert_eq!(answer.status, 409, "{}", answer.text());
    assert_eq!(app.post_json(&format!("/api/imports/{id}/start"), json!({})).await.status, 409);
    assert_eq!(looks(&app), before);
    assert_eq!(app.send_json("DELETE", &format!("/api/imports/{id}"), json!({})).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_fails_while_it_is_taken_back_is_taken_back() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    let before = looks(&app);
    let ingest = app.app.ingest.clone();
    let of = source.id;
    let ran = std::thread::spawn(move || {
        let names = ["a.csv".to_string(), "b.csv".to_string()];
        let (id, paths) = ingest.new_import("calls", &names).unwrap();
        let rows = |from: usize| -> String {
            let rows = (from..from + 250)
                .map(|i| row("Answered", &format!("(312) 555-{i:04}"), &format!("2026-02-01 09:{:02}:00", i % 60), ""));
            std::iter::once(HEADER.to_string()).chain(rows).collect()
        };
        std::fs::write(&paths[0], rows(0)).unwrap();
        std::fs::write(&paths[1], rows(250)).unwrap();
        ingest.look_at_import(id).unwrap();
        let choice = leadtrail::ingest::import::Choice { source: of, ..Default::default() };
        ingest.choose(id, &choice).unwrap();
        // After the first commit somebody ends it, and the second file turns out to be nothing that can be read.
        let mut ended = false;
        let import = ingest
            .run_import(id, false, |_, _| {
                if !std::mem::replace(&mut ended, true) {
                    ingest.end_import(id, "cancelled").unwrap();
                    std::fs::write(&paths[1], b"\x00\x01\x02").unwrap();
                }
            })
            .unwrap();
        assert_eq!((import.state.as_str(), &import.problem), ("undoing", &None));
        ingest.take_back_import(id, |_, _| {}).unwrap().state
    });
    assert_eq!(ran.join().unwrap(), "cancelled");
    assert_eq!(looks(&app), before);
    rebuilds_the_same(&app).await;
}
