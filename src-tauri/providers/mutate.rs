//! For tests: fixtures broken at random, as bytes and as values.
#![allow(clippy::unwrap_used, clippy::panic)]

use chrono::DateTime;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::Value;

use super::{Headers, Json, Reader, ReaderInput, Unreadable, json};
use crate::domain::ParsedEvent;

/// Reads 256 broken variants of the fixtures, each at its own `{event}` and at none: nothing panics,
/// and whatever can be read has events with keys.
pub(super) fn survives(reader: &dyn Reader, fixtures: &[(Option<&str>, Vec<u8>)]) {
    let config = ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() };
    let edits = prop::collection::vec((any::<u16>(), any::<u8>(), any::<u8>()), 1..6);
    TestRunner::new(config)
        .run(&(0..fixtures.len(), any::<bool>(), any::<bool>(), edits), |(index, as_bytes, with_event, edits)| {
            let (event, raw) = &fixtures[index];
            let mut raw = raw.clone();
            let body = if as_bytes {
                for (at, xor, cut) in &edits {
                    let at = *at as usize % raw.len().max(1);
                    if let Some(byte) = raw.get_mut(at) {
                        *byte ^= xor;
                    }
                    if *cut < 8 {
                        raw.truncate(at);
                    }
                }
                json::parse(&raw).map(|parsed| parsed.json).unwrap_or_else(|_| json::from_form(&raw))
            } else {
                let mut body = json::parse(&raw).map(|p| p.json).unwrap_or_else(|_| json::from_form(&raw));
                for (at, what, _) in &edits {
                    let count = nodes(&body);
                    edit(&mut body, &mut (*at as usize % count), *what);
                }
                body
            };
            let delivery = ReaderInput {
                event: event.filter(|_| with_event),
                body: &body,
                raw: &raw,
                headers: &Headers::default(),
                region: "US",
                received_at: DateTime::from_timestamp(1_700_000_000, 0).unwrap(),
            };
            match reader.read(&delivery) {
                Ok(drafts) => {
                    prop_assert!(!drafts.is_empty());
                    for draft in drafts {
                        prop_assert!(!draft.key.is_empty() && !draft.name.is_empty());
                        for link in &draft.identities {
                            prop_assert!(!draft.business.contains(&link.value), "{draft:?}");
                        }
                    }
                }
                Err(unreadable) => prop_assert!(unreadable.reason.ends_with('.'), "{unreadable}"),
            }
            Ok(())
        })
        .unwrap();
}

/// Events with keys, or a reason.
pub(super) fn hold(result: Result<Vec<ParsedEvent>, Unreadable>) {
    match result {
        Ok(drafts) => {
            assert!(!drafts.is_empty());
            assert!(drafts.iter().all(|d| !d.key.is_empty() && !d.name.is_empty()));
        }
        Err(error) => assert!(!error.reason.is_empty()),
    }
}

/// Every place in the body, as a pointer.
pub(super) fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, inner)| {
            found.push(format!("{at}/{key}"));
            places(inner, &format!("{at}/{key}"), found);
        }),
        Value::Array(items) => items.iter().enumerate().for_each(|(n, inner)| {
            found.push(format!("{at}/{n}"));
            places(inner, &format!("{at}/{n}"), found);
        }),
        _ => {}
    }
}

/// Replaces the value at a place, or takes it away.
pub(super) fn change(body: &mut Value, at: &str, with: Option<Value>) {
    let Some((parent, last)) = at.rsplit_once('/') else { return };
    match (body.pointer_mut(parent), with) {
        (Some(Value::Object(map)), None) => drop(map.remove(last)),
        (Some(Value::Array(items)), None) => drop(items.remove(last.parse().unwrap())),
        (_, with) => {
            if let (Some(value), Some(with)) = (body.pointer_mut(at), with) {
                *value = with;
            }
        }
    }
}

fn nodes(json: &Json) -> usize {
    1 + match json {
        Json::List(items) => items.iter().map(nodes).sum(),
        Json::Object(pairs) => pairs.iter().map(|(_, value)| nodes(value)).sum(),
        _ => 0,
    }
}

/// Replaces the node number `at`, or takes its first child away.
fn edit(json: &mut Json, at: &mut usize, what: u8) {
    if *at == 0 {
        *at = usize::MAX;
        let odd = ["", "0", "-1", "null", "+266696687", "{\"a\":", "[1]", "2024-13-45", "\u{202e}\u{0}", "9e999"];
        match (what % 20, &mut *json) {
            (0, Json::Object(pairs)) if !pairs.is_empty() => drop(pairs.remove(0)),
            (0, Json::List(items)) if !items.is_empty() => drop(items.remove(0)),
            (0 | 1, _) => *json = Json::Null,
            (2, _) => *json = Json::List(Vec::new()),
            (3, _) => *json = Json::Object(Vec::new()),
            (4, _) => *json = Json::Bool(true),
            (5, _) => *json = Json::Number((-7).into()),
            (6, _) => *json = Json::Number(u64::MAX.into()),
            (7, _) => *json = Json::List(vec![json.clone(), Json::Null, json.clone()]),
            (8, _) => *json = Json::Object(vec![("x".into(), json.clone())]),
            (9, Json::Object(pairs)) => pairs.extend(pairs.clone()),
            (n, _) => *json = Json::Text(odd[n as usize % odd.len()].to_string()),
        }
        return;
    }
    let step = |child: &mut Json, at: &mut usize| {
        if *at != usize::MAX {
            *at -= 1;
            edit(child, at, what);
        }
    };
    match json {
        Json::List(items) => items.iter_mut().for_each(|item| step(item, at)),
        Json::Object(pairs) => pairs.iter_mut().for_each(|(_, value)| step(value, at)),
        _ => {}
    }
}
