//! The API's description of itself, from which the UI's types are made.

use std::path::Path;

use serde_json::{Value, json};

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
        ("/api/reps", "get"),
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

/// What about `value` is not as `schema` says.
fn unlike(document: &Value, schema: &Value, value: &Value, place: &str) -> Vec<String> {
    if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
        let name = target.trim_start_matches("#/components/schemas/");
        return unlike(document, &document["components"]["schemas"][name], value, place);
    }
    let parts = |key: &str| schema.get(key).and_then(Value::as_array);
    if let Some(all) = parts("allOf") {
        return all.iter().flat_map(|part| unlike(document, part, value, place)).collect();
    }
    if let Some(one) = parts("oneOf") {
        let tries: Vec<Vec<String>> = one.iter().map(|part| unlike(document, part, value, place)).collect();
        let fits = tries.iter().any(Vec::is_empty);
        return if fits { Vec::new() } else { tries.concat() };
    }
    if let Some(words) = parts("enum")
        && !words.contains(value)
    {
        return vec![format!("{place}: {value} is none of {words:?}")];
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(n) if n.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let mut wrong = Vec::new();
    let named = schema.get("properties").is_some();
    match schema.get("type") {
        Some(Value::String(word)) if word == kind || (word == "number" && kind == "integer") => {}
        Some(Value::Array(words)) if words.iter().any(|word| word == kind) => {}
        // Free-form: whatever a sender says.
        Some(Value::String(word)) if word == "object" && !named => {}
        None => {}
        other => return vec![format!("{place}: {kind}, not {other:?}")],
    }
    if let Value::Object(fields) = value {
        for name in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
            if !fields.contains_key(name.as_str().unwrap()) {
                wrong.push(format!("{place}: {name} is missing"));
            }
        }
        for (name, field) in fields {
            if let Some(schema) = schema["properties"].get(name) {
                wrong.extend(unlike(document, schema, field, &format!("{place}.{name}")));
            }
        }
    }
    if let (Value::Array(items), Some(schema)) = (value, schema.get("items")) {
        for (index, item) in items.iter().enumerate() {
            wrong.extend(unlike(document, schema, item, &format!("{place}[{index}]")));
        }
    }
    wrong
}

#[tokio::test]
async fn answers_are_as_they_are_described() {
    let house = TestApp::new();
    let document = house.get_json("/api/openapi.json").await;
    let like = |method: &str, path: &str, value: &Value| {
        let responses = document["paths"][path][method]["responses"].as_object().unwrap();
        let (_, response) = responses.iter().find(|(status, _)| status.starts_with('2')).unwrap();
        let schema = &response["content"]["application/json"]["schema"];
        let wrong = unlike(&document, schema, value, path);
        assert!(wrong.is_empty(), "{wrong:#?}");
    };
    for sample in super::support::samples() {
        let slug = sample.provider.slug();
        let known = house.get_json("/api/sources").await;
        let known = known["items"].as_array().unwrap().iter().find(|source| source["provider"] == slug).cloned();
        let id = match known {
            Some(source) => source["id"].as_i64().unwrap(),
            None => {
                let added = house.post_json("/api/sources", json!({"provider": slug, "name": slug})).await.json();
                like("post", "/api/sources", &added);
                added["id"].as_i64().unwrap()
            }
        };
        let row = house.app.store.read_blocking(|c| leadtrail::store::sources::by_id(c, id)).unwrap();
        let part = sample.event.map(|event| format!("/{event}")).unwrap_or_default();
        let answer = house.post_hook(&row, &part, sample.body.clone()).await;
        assert_eq!(answer.status, 200, "{}: {}", sample.name, answer.text());
    }
    let leads = house.get_json("/api/leads").await;
    like("get", "/api/leads", &leads);
    for lead in leads["items"].as_array().unwrap() {
        let id = &lead["id"];
        like("get", "/api/leads/{id}", &house.get_json(&format!("/api/leads/{id}")).await);
        let action = json!({"type": "outcome", "outcome": "booked", "notes": "x", "by": "Sean Kim"});
        let done = house.post_json(&format!("/api/leads/{id}/actions"), action).await.json();
        like("post", "/api/leads/{id}/actions", &done);
        for action in [
            json!({"type": "note", "text": "x"}),
            json!({"type": "tag", "tag": "x"}),
            json!({"type": "assign", "rep": "x"}),
        ] {
            house.post_json(&format!("/api/leads/{id}/actions"), action).await;
        }
        like("get", "/api/leads/{id}/timeline", &house.get_json(&format!("/api/leads/{id}/timeline")).await);
    }
    let calls = house.get_json("/api/calls").await;
    like("get", "/api/calls", &calls);
    assert!(calls["items"].as_array().unwrap().len() > 5);
    for delivery in house.deliveries().await {
        like("get", "/api/deliveries/{id}", &house.get_json(&format!("/api/deliveries/{}", delivery["id"])).await);
    }
    for path in ["deliveries", "sources", "status", "providers", "reps", "changes", "projection"] {
        let path = format!("/api/{path}");
        like("get", &path, &house.get_json(&path).await);
    }
    for q in ["a", "202", "the"] {
        like("get", "/api/search", &house.get_json(&format!("/api/search?q={q}")).await);
    }
    let changed = house.send_json("PATCH", "/api/sources/1", json!({"strict": true})).await.json();
    like("patch", "/api/sources/{id}", &changed);
    let settings = house.send_json("PATCH", "/api/settings", json!({"single_keys": false})).await.json();
    like("patch", "/api/settings", &settings);
    let replay = house.post_json("/api/deliveries/replay", json!({"dry_run": true})).await.json();
    like("post", "/api/deliveries/replay", &replay);
}
