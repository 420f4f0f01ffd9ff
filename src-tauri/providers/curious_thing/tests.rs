#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::providers::mutate::{change, hold, places};
use std::fs;
use std::path::Path;

use chrono::TimeZone;
use proptest::prelude::*;
use serde::Serialize;
use serde_json::{Value, json};

use super::*;
use crate::domain::call::CallPart;
use crate::domain::call::CallState;
use crate::domain::event::{Body, Direction, IdentityKind, Message};
use crate::providers::json::parse;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/curious-thing");
const PUBLISHED: [(&str, &str); 5] = [
    ("01-CallComplete.jsonish", "call_complete"),
    ("02-CallAttempted.jsonish", "call_attempted"),
    ("03-CallReceived.jsonish", "call_received"),
    ("04-SMSSent.json", "sms_sent"),
    ("05-SMSReceived.jsonish", "sms_received"),
];

#[derive(Serialize)]
struct Shown {
    key: String,
    at: Option<DateTime<Utc>>,
    draft: ParsedEvent,
}

fn shown(drafts: Vec<ParsedEvent>) -> Vec<Shown> {
    drafts.into_iter().map(|draft| Shown { key: draft.key.clone(), at: draft.at, draft }).collect()
}

fn read_in(region: &str, event: Option<&str>, raw: &[u8]) -> Result<Vec<ParsedEvent>, Unreadable> {
    let body = parse(raw).map_err(|e| Unreadable::new(e.reason))?.json;
    let received_at = Utc.with_ymd_and_hms(2022, 9, 3, 0, 0, 0).unwrap();
    CuriousThing.read(&ReaderInput { event, body: &body, raw, headers: &Headers::default(), region, received_at })
}

fn read_bytes(event: Option<&str>, raw: &[u8]) -> Result<Vec<ParsedEvent>, Unreadable> {
    read_in("US", event, raw)
}

fn read(event: &str, body: Value) -> Result<Vec<ParsedEvent>, Unreadable> {
    read_bytes(Some(event), body.to_string().as_bytes())
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new(FIXTURES).join(name)).unwrap()
}

/// The published body at its own address.
fn published(event: &str) -> Vec<ParsedEvent> {
    let (file, _) = PUBLISHED.iter().find(|(_, e)| *e == event).unwrap();
    read_bytes(Some(event), &fixture(file)).unwrap()
}

fn call(draft: &ParsedEvent) -> &CallPart {
    match &draft.body {
        Body::Call(part) => part,
        other => panic!("{other:?}"),
    }
}

fn message(draft: &ParsedEvent) -> &Message {
    match &draft.body {
        Body::Message(message) => message,
        other => panic!("{other:?}"),
    }
}

fn links(draft: &ParsedEvent) -> Vec<String> {
    draft.identities.iter().map(|l| l.key("s")).collect()
}

fn utc(text: &str) -> Option<DateTime<Utc>> {
    Some(text.parse().unwrap())
}

#[test]
fn every_fixture_reads_as_it_did() {
    insta::glob!("../../../tests/fixtures/curious-thing", "*.json*", |path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        let event = PUBLISHED.iter().find(|(file, _)| *file == name).map(|(_, event)| *event);
        let drafts = read_bytes(event, &fs::read(path).unwrap()).unwrap();
        insta::assert_json_snapshot!(shown(drafts));
    });
}

#[test]
fn curious_thing_trap_01_only_the_event_tells_a_text_sent_from_one_received() {
    let (sent, received) = (published("sms_sent"), published("sms_received"));
    assert_eq!(sent[0].name, "SMSSent");
    assert_eq!(message(&sent[0]).direction, Direction::Outbound);
    assert_eq!((sent[0].person.phones[0].as_str(), sent[0].business[0].as_str()), ("+61491570006", "+61491573087"));
    assert_eq!(received[0].name, "SMSReceived");
    assert_eq!(message(&received[0]).direction, Direction::Inbound);
    assert_eq!(
        (received[0].person.phones[0].as_str(), received[0].business[0].as_str()),
        ("+61491573087", "+61491570006")
    );
    for draft in [&sent[0], &received[0]] {
        assert_eq!(links(draft), [format!("phone:{}", draft.person.phones[0])], "never the business's side");
    }

    let error = read_bytes(None, &fixture("04-SMSSent.json")).unwrap_err();
    assert_eq!(error.field.as_deref(), Some("message"));
    assert!(error.reason.contains("not whether it was sent or received"), "{error}");

    // The body's own word beats the address.
    let drafts = read_bytes(Some("sms_sent"), &fixture("ours-enveloped-SMSReceived.json")).unwrap();
    assert_eq!(drafts[0].name, "SMSReceived");
    // What only one event has tells the others apart without an address.
    for (file, event) in &PUBLISHED[..3] {
        let named = read_bytes(Some(event), &fixture(file)).unwrap();
        let inferred = read_bytes(None, &fixture(file)).unwrap();
        assert_eq!(named, inferred, "{file}");
        assert_eq!(named[0].key, inferred[0].key);
    }
}

#[test]
fn curious_thing_trap_02_ids_of_different_kinds_collide_and_are_kept_apart() {
    let calls = published("call_complete");
    let attempts = published("call_attempted");
    // The id of the second call is the call list of the first, and of the attempt.
    assert_eq!(calls[1].key, "CallComplete:id:d07b9760-9c74-4c12-919b-3b88adbf5863");
    for draft in calls.iter().chain(&attempts) {
        assert!(
            links(draft).iter().all(|l| !l.contains("d07b9760") && !l.contains("5dd7681b")),
            "{:?}",
            draft.identities
        );
        assert!(!call(draft).call.as_deref().unwrap().contains("d07b9760"));
    }
    let wrapped = |kind: &str| {
        let data = json!({"time": "2022-08-31T21:46:58.621Z", "phone": "61491573087", "status": "success",
            "type": "inbound", "from": "61491573087", "to": "61491570006", "message": "x", "sessionId": "s"});
        let body = json!([{"id": "same", "eventType": kind, "createdAt": "2022-08-31T21:46:58.621Z", "data": data}]);
        read_bytes(None, body.to_string().as_bytes()).unwrap().remove(0)
    };
    let mut keys: Vec<String> = CuriousThingEvent::VARIANTS.iter().map(|kind| wrapped(kind.name()).key).collect();
    assert_eq!(keys[1], "CallAttempted:id:same");
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 5);
}

#[test]
fn curious_thing_trap_03_calls_without_a_call_list_stay_separate_calls() {
    let calls = published("call_complete");
    assert_eq!(calls.len(), 3);
    let ids: Vec<&str> = calls.iter().map(|c| call(c).call.as_deref().unwrap()).collect();
    let sessions = [
        "6d5e9bcd-3477-45a7-bca5-b67fae83c974",
        "ef925557-2fd4-4bb0-abee-a13d6b542269",
        "13fcb80a-8ffa-43db-a83d-0329efc3b331",
    ];
    assert_eq!(ids, sessions);
    assert_eq!(calls[1].at, calls[2].at, "same second, same phone");
    assert_ne!(calls[1].key, calls[2].key);
    assert_eq!(call(&calls[0]).direction, Some(Direction::Outbound), "a call list means an outbound campaign");
    assert_eq!(call(&calls[1]).direction, None, "no call list says nothing");
    assert_eq!(call(&calls[2]).direction, Some(Direction::Outbound), "only a placed call reaches a voicemail");
    // Two texts that differ in the call list alone are two events; the same one again is the same.
    let texts = published("sms_sent");
    assert_ne!(texts[0].key, texts[1].key);
    assert_eq!(texts[0].key, published("sms_sent")[0].key);
}

#[test]
fn curious_thing_trap_04_the_phone_lacks_the_plus_and_is_never_read_as_american() {
    for region in ["US", "CA", "AU", ""] {
        let raw = fixture("01-CallComplete.jsonish");
        for draft in read_in(region, Some("call_complete"), &raw).unwrap() {
            assert_eq!(draft.person.phones, ["+61491573087"], "{region}");
            assert!(links(&draft).contains(&"phone:+61491573087".to_string()));
        }
    }
    let cases = [
        (json!("61491573087"), "AU", Some("+61491573087")),
        (json!(61491573087i64), "US", Some("+61491573087")),
        (json!(61491573087.0), "US", Some("+61491573087")),
        (json!("+61 491 573 087"), "US", Some("+61491573087")),
        (json!("0061491573087"), "US", Some("+61491573087")),
        (json!("0491573087"), "AU", Some("+61491573087")),
        (json!("0491573087"), "US", None),
        (json!("12025550142"), "AU", Some("+12025550142")),
        (json!("anonymous"), "US", None),
        (json!(""), "US", None),
        (json!({"a": 1}), "US", None),
    ];
    for (said, region, expected) in cases {
        let body = json!([{"time": "2022-08-31T21:46:58.621Z", "phone": said, "type": "inbound"}]);
        let draft = read_in(region, Some("call_received"), body.to_string().as_bytes()).unwrap().remove(0);
        assert_eq!(draft.person.phones.first().map(String::as_str), expected, "{said} {region}");
        assert_eq!(call(&draft).from.as_deref(), expected);
    }
}

#[test]
fn curious_thing_trap_05_the_call_is_at_its_start_and_its_length_is_not_made_up() {
    let calls = published("call_complete");
    assert_eq!(calls[0].at, utc("2022-09-01T00:29:12Z"));
    assert_eq!(call(&calls[0]).started_at, utc("2022-09-01T00:29:12Z"));
    assert!(calls.iter().all(|c| call(c).duration_s.is_none()), "createdAt is when the event was queued");
    let failures = read_bytes(None, &fixture("ours-CallComplete-failures.json")).unwrap();
    assert_eq!(failures[0].at, utc("2022-09-01T00:30:48.567Z"), "no start: the time of queueing stands in");
    assert_eq!(call(&failures[0]).started_at, None);
    assert_eq!(published("call_attempted")[0].at, utc("2022-08-31T21:46:58.621Z"));
    let sent = read_bytes(None, &fixture("ours-enveloped-SMSSent.json")).unwrap();
    assert_eq!(sent[0].at, utc("2022-09-02T01:00:00.250Z"), "without a time of its own the envelope's");
}

#[test]
fn curious_thing_trap_06_the_published_bodies_are_mended_and_read_whole() {
    let repairs: Vec<Vec<String>> = PUBLISHED.iter().map(|(file, _)| parse(&fixture(file)).unwrap().repairs).collect();
    assert_eq!(repairs[0], ["a missing comma"]);
    for at in [1, 2, 4] {
        assert_eq!(repairs[at], ["a comma too many"]);
    }
    assert!(repairs[3].is_empty(), "only SMSSent is JSON");
    let counts: Vec<usize> = PUBLISHED.iter().map(|(_, event)| published(event).len()).collect();
    assert_eq!(counts, [3, 2, 2, 2, 1]);
    assert_eq!(
        call(&published("call_complete")[1]).answers[1].transcript.as_deref(),
        Some("I want to talk to a human.")
    );
}

#[test]
fn curious_thing_trap_07_answers_are_told_apart_by_their_position() {
    let first = &published("call_complete")[0];
    let said: Vec<(&str, Option<&str>, Option<&str>)> = call(first)
        .answers
        .iter()
        .map(|a| (a.question.as_str(), a.response.as_deref(), a.transcript.as_deref()))
        .collect();
    assert_eq!(
        said,
        [
            ("Question 1?", Some("Other"), Some("Answer 1")),
            ("Question 2?", Some("Other"), Some("Answer 2")),
            ("Question 3?", Some("Other"), Some("Answer 3")),
        ]
    );
    let drift = read_bytes(Some("call_complete"), &fixture("ours-bare-CallComplete.json")).unwrap();
    let answers = &call(&drift[0]).answers;
    assert_eq!(answers.len(), 3, "an empty one keeps its place");
    assert_eq!(answers[1].question, "");
    assert_eq!(answers[2].transcript.as_deref(), Some("  Yes, I do. "), "verbatim");
}

#[test]
fn status_groups_say_how_a_call_ended() {
    let calls = published("call_complete");
    let state = |draft: &ParsedEvent| (call(draft).state, call(draft).answered, call(draft).voicemail);
    assert_eq!(state(&calls[0]), (Some(CallState::Completed), Some(true), None));
    assert_eq!(state(&calls[1]), (Some(CallState::Completed), Some(true), None));
    assert_eq!(state(&calls[2]), (Some(CallState::Voicemail), Some(false), Some(true)));
    assert_eq!(call(&calls[1]).requests, ["humanSupportRequest"]);
    assert_eq!(call(&calls[1]).summary.as_deref(), Some("Customer exited part way through"));
    assert_eq!(calls[1].person.name.as_deref(), Some("John Doe"));
    let claims = &call(&calls[2]).claims;
    assert_eq!(claims[0], ("status".to_string(), json!("Not Complete")));
    assert_eq!(claims[1], ("additional_information".to_string(), json!("Voicemail")));

    let failures = read_bytes(None, &fixture("ours-CallComplete-failures.json")).unwrap();
    assert_eq!(state(&failures[0]), (Some(CallState::Missed), Some(false), None));
    assert_eq!(state(&failures[1]), (Some(CallState::Missed), Some(false), None));
    assert_eq!(call(&failures[1]).direction, None, "either side may hang up before the first question");
    assert_eq!(state(&failures[2]), (Some(CallState::Failed), Some(false), None));
    assert!(call(&failures[2]).claims.contains(&("phone".to_string(), json!("not a phone"))));
    assert_eq!(links(&failures[2]), ["call_id:s:event:f3"]);

    let unknown = read("call_complete", json!([{"sessionId": "s", "flow": []}])).unwrap();
    assert_eq!(state(&unknown[0]), (None, None, None), "nothing is said about its end");
    assert_eq!(unknown[0].at, None);
}

#[test]
fn an_attempt_is_no_call_and_says_why_it_failed() {
    let drafts = published("call_attempted");
    let (failed, placed) = (call(&drafts[0]), call(&drafts[1]));
    assert_eq!(failed.headline.as_deref(), Some("Attempt failed: invalid phone"));
    assert_eq!((failed.state, failed.answered), (Some(CallState::Failed), Some(false)));
    assert_eq!(placed.headline.as_deref(), Some("Called by the voice assistant"));
    assert_eq!((placed.state, placed.answered), (None, None));
    for (draft, part) in drafts.iter().zip([failed, placed]) {
        assert_eq!((part.direction, part.rank), (Some(Direction::Outbound), 1));
        assert_eq!(part.to.as_deref(), Some("+61491573087"));
        assert!(part.call.as_deref().unwrap().starts_with("attempt:"));
        assert_eq!(links(draft), ["phone:+61491573087"], "a made-up call id never connects");
    }
    assert_ne!(failed.call, placed.call);
    let odd =
        read("call_attempted", json!([{"time": "2022-08-31T21:46:58Z", "phone": "61491573087", "status": "queued"}]));
    assert_eq!(call(&odd.unwrap()[0]).headline.as_deref(), Some("Call attempt: queued"));
}

#[test]
fn a_received_call_comes_from_the_lead_also_when_it_is_a_callback() {
    let drafts = published("call_received");
    let headlines: Vec<_> = drafts.iter().map(|d| call(d).headline.as_deref().unwrap()).collect();
    assert_eq!(headlines, ["Called the voice assistant", "Called back the voice assistant"]);
    for draft in &drafts {
        assert_eq!(call(draft).direction, Some(Direction::Inbound));
        assert_eq!(call(draft).from.as_deref(), Some("+61491573087"));
        assert!(call(draft).call.as_deref().unwrap().starts_with("received:"));
        assert_eq!(draft.at, utc("2022-08-31T21:46:58.621Z"));
    }
}

#[test]
fn a_single_object_and_either_form_are_read() {
    let drafts = read_bytes(None, &fixture("ours-enveloped-CallReceived.json")).unwrap();
    assert_eq!((drafts.len(), drafts[0].name.as_str()), (1, "CallReceived"));
    for word in ["CallComplete", "callcomplete", "call_complete", "Call-Complete"] {
        let body = json!({"eventType": word, "sessionId": "s", "status": "Complete"});
        assert_eq!(read_bytes(None, body.to_string().as_bytes()).unwrap()[0].name, "CallComplete");
    }
    // Without any id of the event, the ids of the call make it the same one.
    let bare = json!({"sessionId": "s", "callResultId": "r", "status": "Complete"});
    let one = read("call_complete", bare.clone()).unwrap();
    let again = read("call_complete", json!([bare, {"sessionId": "t", "status": "Complete"}])).unwrap();
    assert_eq!(one[0].key, again[0].key);
    assert_ne!(one[0].key, again[1].key);
}

#[test]
fn what_cannot_be_told_is_unreadable_in_plain_words() {
    let time = "2022-08-31T21:46:58.621Z";
    let cases = [
        (None, json!([]), None),
        (None, json!("x"), None),
        (None, json!(null), None),
        (None, json!([null]), None),
        (None, json!([[]]), None),
        (None, json!({}), None),
        (None, json!([{"time": time, "phone": "61491573087"}]), None),
        (Some("call_exploded"), json!([{"time": time}]), None),
        (None, json!([{"eventType": "CallExploded", "data": {}}]), Some("eventType")),
        (Some("call_complete"), json!([{"eventType": "CallExploded", "data": {}}]), Some("eventType")),
        (None, json!([{"eventType": "SMSSent", "data": [1]}]), Some("data")),
        (Some("call_complete"), json!([{"time": time, "phone": "61491573087", "status": "failed"}]), Some("sessionId")),
        (Some("call_complete"), json!([{"sessionId": "s", "startedTime": "yesterday"}]), Some("startedTime")),
        (Some("call_attempted"), json!([{"time": time, "phone": "61491573087", "type": "inbound"}]), Some("type")),
        (Some("call_received"), json!([{"time": time, "phone": "61491573087", "status": "failed"}]), Some("status")),
        (Some("call_attempted"), json!([{"status": "failed"}]), None),
        (Some("call_received"), json!([{"time": "noon", "phone": "61491573087", "type": "inbound"}]), Some("time")),
        (Some("sms_sent"), json!([{"time": time, "message": ""}]), Some("message")),
        (Some("sms_sent"), json!([{"time": "noon", "message": "x"}]), Some("time")),
        // All or nothing: one bad element keeps its whole list in quarantine.
        (Some("sms_sent"), json!([{"time": time, "message": "x", "to": "61491573087"}, 7]), None),
    ];
    for (event, body, field) in cases {
        let error = read_bytes(event, body.to_string().as_bytes()).unwrap_err();
        assert_eq!(error.field.as_deref(), field, "{body}: {error}");
        assert!(error.reason.ends_with('.') && error.reason.len() > 20, "{error}");
    }
}

#[test]
fn every_test_event_reads_as_what_it_says() {
    let now: DateTime<Utc> = "2026-11-22T09:30:15.250Z".parse().unwrap();
    for event in CuriousThing.events() {
        let (key, body) = CuriousThing.sample(Some(event.key), now);
        assert_eq!(key, Some(event.key));
        assert!(parse(body.as_bytes()).unwrap().repairs.is_empty());
        let drafts = read_bytes(key, body.as_bytes()).unwrap();
        assert_eq!(drafts.len(), 1);
        assert_eq!(drafts[0].name, event.label);
        assert_eq!(drafts[0].at, Some(now));
        assert_eq!(drafts[0].person.phones, ["+12025550142"]);
        let later = CuriousThing.sample(Some(event.key), now + chrono::TimeDelta::seconds(1)).1;
        assert_ne!(read_bytes(key, later.as_bytes()).unwrap()[0].key, drafts[0].key, "the next one is a new event");
    }
    let (key, body) = CuriousThing.sample(None, now);
    assert_eq!(key, Some("call_complete"));
    assert_eq!(read_bytes(key, body.as_bytes()).unwrap()[0].person.name.as_deref(), Some("Test Lead"));
    assert_eq!(CuriousThing.sample(Some("no_such_event"), now).0, Some("call_complete"));
    let keys: Vec<&str> = CuriousThing.events().iter().map(|e| e.key).collect();
    assert_eq!(keys, ["call_complete", "call_attempted", "call_received", "sms_sent", "sms_received"]);
    assert!(
        CuriousThing
            .events()
            .iter()
            .all(|e| CuriousThingEvent::parse(e.key).map(CuriousThingEvent::name) == Some(e.label))
    );
}

#[test]
fn the_call_id_links_events_about_one_call() {
    let draft = &published("call_complete")[0];
    assert_eq!(draft.identities.iter().filter(|l| l.kind == IdentityKind::Call).count(), 1);
    assert_eq!(links(draft), ["phone:+61491573087", "call_id:s:6d5e9bcd-3477-45a7-bca5-b67fae83c974"]);
}

fn odd_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!(null)),
        Just(json!("")),
        Just(json!([])),
        Just(json!({})),
        Just(json!([1, "x", null])),
        Just(json!({"data": {"data": "c"}})),
        Just(json!(true)),
        Just(json!(1e300)),
        any::<i64>().prop_map(|n| json!(n)),
        "\\PC{0,40}".prop_map(|s| json!(s)),
        "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9.]{1,9}Z?".prop_map(|s| json!(s)),
        prop::sample::select(vec!["SMSSent", "CallAttempted", "callreceived", "CallComplete"]).prop_map(|s| json!(s)),
    ]
}

fn any_event() -> impl Strategy<Value = Option<&'static str>> {
    let keys: Vec<&str> = EVENTS.iter().map(|e| e.key).chain(["nonsense"]).collect();
    prop::option::of(prop::sample::select(keys))
}

fn any_file() -> impl Strategy<Value = &'static str> {
    let ours = ["ours-CallComplete-failures.json", "ours-bare-CallComplete.json", "ours-enveloped-SMSReceived.json"];
    prop::sample::select(PUBLISHED.iter().map(|(file, _)| *file).chain(ours).collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn broken_bytes_never_panic(
        file in any_file(),
        event in any_event(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut raw = fixture(file);
        for (at, byte) in flips {
            let at = at.index(raw.len());
            raw[at] = byte;
        }
        if let Some(cut) = cut {
            raw.truncate(cut.index(raw.len() + 1));
        }
        hold(read_bytes(event, &raw));
    }

    #[test]
    fn odd_values_never_panic(
        file in any_file(),
        event in any_event(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), prop::option::weighted(0.8, odd_value())), 1..5),
    ) {
        let mut body = parse(&fixture(file)).unwrap().json.to_value();
        for (place, with) in changes {
            let mut found = Vec::new();
            places(&body, "", &mut found);
            if let Some(at) = found.get(place.index(found.len().max(1))) {
                change(&mut body, at, with);
            }
        }
        hold(read_bytes(event, body.to_string().as_bytes()));
    }
}
