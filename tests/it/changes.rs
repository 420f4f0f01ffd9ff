//! The long poll: pages hear of what happens without asking again and again.

use futures_util::FutureExt;
use leadtrail::domain::event::Direction;
use serde_json::json;

use super::event_builders::{at, phone, text};
use super::support::TestApp;

#[tokio::test]
async fn what_is_known_to_be_newer_is_told_at_once() {
    let house = TestApp::new();
    let source = house.add("callrail").await;
    house.place(&source, at(1), &[text(1, &phone(1), Direction::Inbound, "one")]).await;
    let seq = house.place(&source, at(2), &[text(2, &phone(2), Direction::Inbound, "two")]).await;
    let mut now = house.get_json("/api/changes").await;
    assert!(now.as_object_mut().unwrap().remove("mark").is_some_and(|mark| mark.is_string()));
    assert_eq!(
        now,
        json!({"seq": seq, "leads": [], "gone": [], "deliveries": 0, "sources": [], "exports": [], "reset": false})
    );
    let since = house.get_json("/api/changes?after=1").await;
    assert_eq!((&since["seq"], &since["leads"], &since["deliveries"]), (&json!(seq), &json!([2]), &json!(1)));
    assert_eq!((&since["sources"], &since["reset"]), (&json!([source.id]), &json!(false)));
    // Something else is shown than what is here.
    assert_eq!(house.get_json("/api/changes?after=999").await["reset"], true);
    assert_eq!(house.send_json("GET", "/api/changes?after=x", json!(null)).await.status, 400);
}

#[tokio::test]
async fn how_everything_stands_comes_with_the_news_where_it_is_asked_for() {
    let house = TestApp::new();
    let source = house.add("callrail").await;
    house.place(&source, at(1), &[text(1, &phone(1), Direction::Inbound, "one")]).await;
    for path in
        ["/api/changes?snapshot=true", "/api/changes?after=0&snapshot=true", "/api/changes?after=999&snapshot=1"]
    {
        let told = house.get_json(path).await;
        assert_eq!(told["snapshot"]["status"], house.get_json("/api/status").await, "{path}");
        assert_eq!(told["snapshot"]["sources"], house.get_json("/api/sources").await, "{path}");
    }
    assert_eq!(house.send_json("GET", "/api/changes?snapshot=x", json!(null)).await.status, 400);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_hears_of_the_next_commit() {
    let house = std::sync::Arc::new(TestApp::new());
    let source = house.add("callrail").await;
    // Asked once, each is known to wait from then on.
    let wait = |after: i64| {
        let house = house.clone();
        let mut waiting = Box::pin(async move { house.get_json(&format!("/api/changes?after={after}")).await });
        assert!((&mut waiting).now_or_never().is_none(), "it waits");
        tokio::spawn(waiting)
    };
    let many: Vec<_> = (0..20).map(|_| wait(0)).collect();
    let seq = house.place(&source, at(1), &[text(1, &phone(1), Direction::Inbound, "news")]).await;
    for waiting in many {
        let heard = waiting.await.unwrap();
        assert_eq!((&heard["seq"], &heard["leads"]), (&json!(seq), &json!([1])));
    }
    // A source that was added is no entry of the journal, and heard of all the same.
    let waiting = wait(seq);
    let added = house.add("varda").await;
    let heard = waiting.await.unwrap();
    assert_eq!((&heard["seq"], &heard["sources"]), (&json!(seq), &json!([added.id])));
}

/// Taking an import back, a replay and a new source have many commits at one number of the journal.
#[tokio::test]
async fn commits_that_add_nothing_to_the_journal_are_told_of_all_the_same() {
    let house = TestApp::new();
    house.add("callrail").await;
    let known = house.get_json("/api/changes").await;
    let ask = async |mark: &serde_json::Value| {
        let mark = mark.as_str().unwrap();
        house.get_json(&format!("/api/changes?after={}&mark={mark}", known["seq"])).await
    };
    let (one, two) = (house.add("varda").await.id, house.add("meera").await.id);
    let both = ask(&known["mark"]).await;
    assert_eq!((&both["sources"], &both["seq"]), (&json!([one, two]), &known["seq"]));
    let three = house.add("telmetrics").await.id;
    assert_eq!(ask(&both["mark"]).await["sources"], json!([three]), "and none twice");
    assert_eq!(ask(&known["mark"]).await["sources"], json!([one, two, three]));
    // More than anybody remembers.
    for n in 0..1100 {
        let name = format!("Varda {n}");
        let id = one;
        house.app.store.write(move |batch| batch.change_source(id, Some(&name), None, None, at(n))).await.unwrap();
    }
    assert_eq!(ask(&known["mark"]).await["reset"], true);

    // What another run, or nobody, gave out is no reason to refuse.
    for strange in ["", "-", "1-1", "0123456789abcdef0-3", "x-y", "%00"] {
        let path = format!("/api/changes?after={}&mark={strange}", known["seq"]);
        let asked = house.get_json(&path);
        assert!(asked.now_or_never().is_none(), "{strange}: it waits for what is newer");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_ends_the_wait() {
    let house = std::sync::Arc::new(TestApp::new());
    let mut waiting = Box::pin(house.get_json("/api/changes?after=0"));
    assert!((&mut waiting).now_or_never().is_none(), "it waits");
    house.app.closing.send_replace(true);
    let answer = (&mut waiting).now_or_never().expect("it answers at once");
    assert_eq!(answer["reset"], false);
}
