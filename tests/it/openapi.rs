//! The API's description of itself, from which the UI's types are made.

use std::path::Path;

use serde_json::Value;

use super::support::TestApp;

#[tokio::test]
async fn the_committed_description_is_up_to_date() {
    let house = TestApp::new();
    let now = house.get_json("/api/openapi.json").await;
    let text = format!("{}\n", serde_json::to_string_pretty(&now).unwrap());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/openapi.json");
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == text,
        "ui/openapi.json is stale: run UPDATE_OPENAPI=1 cargo test --no-default-features openapi, then npm run types in ui/"
    );
}

#[tokio::test]
async fn every_operation_is_described() {
    let house = TestApp::new();
    let document = house.get_json("/api/openapi.json").await;
    let mut ids = std::collections::BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        assert!(path.starts_with("/api/"), "{path}");
        for (method, operation) in item.as_object().unwrap() {
            let what = format!("{method} {path}");
            assert!(ids.insert(operation["operationId"].as_str().unwrap().to_string()), "{what}");
            assert!(!operation["summary"].as_str().unwrap().is_empty(), "{what}");
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.contains_key("default"), "{what} says how it fails");
            assert!(responses.keys().any(|status| status.starts_with('2')), "{what}");
        }
    }
    for (path, method) in [
        ("/api/leads", "get"),
        ("/api/leads/{id}", "get"),
        ("/api/leads/{id}/timeline", "get"),
        ("/api/leads/{id}/actions", "post"),
        ("/api/leads/{id}/seen", "post"),
        ("/api/actions/{id}/undo", "post"),
        ("/api/calls", "get"),
        ("/api/calls/{id}", "get"),
        ("/api/search", "get"),
        ("/api/deliveries", "get"),
        ("/api/deliveries/{id}", "get"),
        ("/api/deliveries/replay", "post"),
        ("/api/sources", "get"),
        ("/api/sources", "post"),
        ("/api/sources/{id}", "get"),
        ("/api/sources/{id}", "patch"),
        ("/api/sources/{id}", "delete"),
        ("/api/sources/{id}/test", "post"),
        ("/api/providers", "get"),
        ("/api/status", "get"),
        ("/api/settings", "patch"),
        ("/api/changes", "get"),
        ("/api/projection", "get"),
    ] {
        assert!(document["paths"][path][method].is_object(), "{method} {path}");
    }
    // Every reference leads somewhere.
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let mut waiting: Vec<&Value> = vec![&document];
    while let Some(value) = waiting.pop() {
        match value {
            Value::Object(map) => {
                if let Some(target) = map.get("$ref").and_then(Value::as_str) {
                    let name = target.trim_start_matches("#/components/schemas/");
                    assert!(schemas.contains_key(name), "{target}");
                }
                waiting.extend(map.values());
            }
            Value::Array(list) => waiting.extend(list),
            _ => {}
        }
    }
}
