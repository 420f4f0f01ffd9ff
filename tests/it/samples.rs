//! Every published body, posted byte for byte to its address (issue, Shows 2).

use serde_json::{Value, json};

use super::support::{TestApp, samples};

#[tokio::test]
async fn every_published_body_lands_on_the_right_person_at_the_right_instant() {
    let mut seen = Vec::new();
    for sample in samples() {
        // Each alone, so that nothing is there but what it says.
        let app = TestApp::new();
        let source = app.add(sample.provider.slug()).await;
        let part = sample.event.map(|event| format!("/{event}")).unwrap_or_default();
        let answer = app.post_hook(&source, &part, sample.body.clone()).await;
        assert_eq!(answer.status, 200, "{}: {}", sample.name, answer.text());
        let kept = app.get_json("/api/deliveries/1").await;
        let state = if sample.repaired { "repaired" } else { "processed" };
        assert_eq!(kept["state"], state, "{}: {}", sample.name, kept["repairs"]);
        assert_eq!(kept["body"], json!(String::from_utf8_lossy(&sample.body)), "kept as it came");
        let mut people = Vec::new();
        for lead in app.leads().await {
            let entries: Vec<Value> = app
                .timeline(&lead)
                .await
                .iter()
                .map(|entry| {
                    let received = entry["at_source"] == "received";
                    let at = if received { json!("when received") } else { entry["at"].clone() };
                    json!([entry["kind"], at, entry["title"]])
                })
                .collect();
            people.push(json!({ "name": lead["name"], "phones": lead["phones"], "emails": lead["emails"], "stage": lead["stage"], "entries": entries }));
        }
        people.sort_by_key(Value::to_string);
        seen.push(json!({ "sample": sample.name, "leads": people }));
    }
    insta::assert_json_snapshot!(seen);
}

#[tokio::test]
async fn all_of_them_in_one_file_stand_a_check_and_a_rebuild() {
    let app = TestApp::new();
    let mut sources = std::collections::HashMap::new();
    for sample in samples() {
        if let std::collections::hash_map::Entry::Vacant(place) = sources.entry(sample.provider) {
            place.insert(app.add(sample.provider.slug()).await);
        }
        let source = sources[&sample.provider].clone();
        let part = sample.event.map(|event| format!("/{event}")).unwrap_or_default();
        assert_eq!(app.post_hook(&source, &part, sample.body.clone()).await.status, 200, "{}", sample.name);
        assert_eq!(app.post_hook(&source, &part, sample.body).await.json()["status"], "duplicate", "{}", sample.name);
    }
    let store = app.app.store.clone();
    let before = store.read_fresh(leadtrail::store::checkup::check).unwrap();
    assert!(before.ok, "{:?}", before.problems);
    let ingest = app.app.ingest.clone();
    let rebuilt = tokio::task::spawn_blocking(move || ingest.rebuild(|_, _| {})).await.unwrap().unwrap();
    assert_eq!(rebuilt.hash_before, rebuilt.hash_after);
    assert_eq!(store.read_fresh(leadtrail::store::checkup::check).unwrap(), before);
}
