//! An event that deliveries told in different words: which of them was known when.

use leadtrail::domain::event::{Direction, IdentityKind, ParsedEvent};
use leadtrail::store::{UpsertedEvent, asof, projection};
use serde_json::json;

use super::event_builders::{at, phone, text};
use super::support::TestApp;

pub(super) fn kept(app: &TestApp) -> (i64, i64) {
    let sql = "SELECT (SELECT count(*) FROM event_versions), (SELECT count(*) FROM version_sightings)";
    app.app.store.read_fresh(|c| Ok(c.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?)).unwrap()
}

fn words(draft: &ParsedEvent, words: &str) -> ParsedEvent {
    let mut other = draft.clone();
    if let leadtrail::domain::Body::Message(message) = &mut other.body {
        message.text = words.into();
    }
    other
}

/// The bodies of texts on the only timeline, as it was known at a minute.
async fn texts(app: &TestApp, lead: i64, minute: i64) -> Vec<String> {
    let time = at(minute).to_rfc3339().replace("+00:00", "Z");
    let page = app.get_json(&format!("/api/leads/{lead}/timeline?as_of={time}")).await;
    page["entries"].as_array().unwrap().iter().map(|e| e["message"]["text"].as_str().unwrap().to_string()).collect()
}

#[tokio::test]
async fn each_wording_counts_from_when_it_was_placed() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    let one = text(1, &phone(1), Direction::Inbound, "first");
    app.place(&source, at(10), std::slice::from_ref(&one)).await;
    app.place(&source, at(20), std::slice::from_ref(&one)).await;
    assert_eq!(kept(&app), (0, 0), "the usual event costs nothing");
    app.place(&source, at(30), &[words(&one, "second")]).await;
    // Came before the second and was placed after it: it never shows.
    app.place_late(&source, at(15), at(40), &[words(&one, "held back")]).await;
    // Came last, and was placed much later.
    app.place_late(&source, at(35), at(50), &[words(&one, "third")]).await;
    app.place(&source, at(60), std::slice::from_ref(&one)).await;
    assert_eq!(kept(&app), (4, 6));
    let lead = app.leads().await[0]["id"].as_i64().unwrap();
    for (minute, said) in [(10, "first"), (29, "first"), (30, "second"), (49, "second"), (50, "third"), (60, "first")] {
        assert_eq!(texts(&app, lead, minute).await, [said], "minute {minute}");
    }
    let path = format!("/api/leads/{lead}/timeline?as_of={}", at(9).to_rfc3339().replace("+00:00", "Z"));
    assert_eq!(app.send_json("GET", &path, json!(null)).await.status, 404);
}

#[tokio::test]
async fn a_senders_word_stands_before_a_files_from_when_it_came() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    let one = text(1, &phone(1), Direction::Inbound, "as the sender said");
    app.place(&source, at(30), std::slice::from_ref(&one)).await;
    let row = UpsertedEvent::new(&words(&one, "as the file said"), source.id, &source.uid, false).unwrap().imported();
    let id = source.id;
    app.app
        .store
        .write(move |batch| {
            for (came, minute) in [(10, 20), (40, 40)] {
                let new = leadtrail::store::NewDelivery::new(
                    id,
                    "US",
                    at(came),
                    None,
                    leadtrail::store::Trust::Unsigned,
                    None,
                    None,
                    b"",
                    b"{}",
                );
                let seq = batch.append(&new)?;
                batch.upsert_events(seq, at(came), at(minute), std::slice::from_ref(&row))?;
                let said = leadtrail::store::DeliveryOutcome {
                    state: leadtrail::store::DeliveryState::Processed,
                    reason: None,
                    repairs: Vec::new(),
                    left_out: 0,
                    events: 1,
                    place: None,
                    placed_at: Some(at(minute)),
                };
                batch.record_outcome(seq, id, at(came), &said)?;
            }
            Ok(())
        })
        .await
        .unwrap();
    let lead = app.leads().await[0]["id"].as_i64().unwrap();
    for (minute, said) in [(20, "as the file said"), (30, "as the sender said"), (40, "as the sender said")] {
        assert_eq!(texts(&app, lead, minute).await, [said], "minute {minute}");
    }
}

#[tokio::test]
async fn leads_that_joined_since_stand_apart() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    let hers = text(1, &phone(1), Direction::Inbound, "hers");
    app.place(&source, at(10), std::slice::from_ref(&hers)).await;
    app.place(&source, at(11), &[text(2, &phone(2), Direction::Inbound, "his")]).await;
    let leads: Vec<i64> = app.leads().await.iter().map(|lead| lead["id"].as_i64().unwrap()).collect();
    let of = async |words: &str| {
        for lead in &leads {
            if texts(&app, *lead, 12).await == [words] {
                return *lead;
            }
        }
        panic!("nobody wrote {words}")
    };
    let (her, him) = (of("hers").await, of("his").await);
    // A note hangs on one of them; another wording, later overruled, joins the two for good.
    let note = json!({ "type": "note", "text": "about him" });
    assert_eq!(app.post_json(&format!("/api/leads/{him}/actions"), note).await.status, 201);
    let mut both = words(&hers, "hers and his");
    both.add_identity(IdentityKind::Phone, phone(2));
    app.place(&source, at(20), &[both]).await;
    app.place(&source, at(30), &[hers]).await;
    assert_eq!(app.leads().await.len(), 1);
    assert_eq!((texts(&app, her, 19).await, texts(&app, him, 19).await), (vec!["hers".into()], vec!["his".into()]));
    assert_eq!(texts(&app, him, 20).await, ["hers and his", "his"]);
    assert_eq!(texts(&app, her, 30).await, ["hers", "his"], "what a wording connected stays connected");
    let ids = app
        .app
        .store
        .read_fresh(move |c| {
            let names = projection::source_names(c)?;
            let then = asof::leads_then(c, her.min(him), at(19), &names)?;
            then.iter().map(|events| asof::id_of(c, events)).collect::<Result<Vec<_>, _>>()
        })
        .unwrap();
    assert_eq!(ids, [Some(her), Some(him)], "by the earliest of each");
}
