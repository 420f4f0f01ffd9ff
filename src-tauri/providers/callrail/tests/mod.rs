#![allow(clippy::unwrap_used, clippy::panic)]

mod calls;
mod forms;
mod traps;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};

use super::{CallRail, CallRailEvent, EVENTS};
use crate::domain::call::CallPart;
use crate::domain::event::{Body, Form, IdentityKind, Message, ParsedEvent};
use crate::providers::{Headers, Json, Reader, ReaderInput, Unreadable, Verdict, json, mutate};

/// Every fixture with the address it is posted to.
pub(super) const FIXTURES: [(&str, &str); 19] = [
    ("post_call-1.json", "post_call"),
    ("form_submission-1.json", "form_submission"),
    ("text_message_received-1.json", "text_message_received"),
    ("text_message_sent-1.json", "text_message_sent"),
    ("api_single_call_milestones_keywords-1.json", "post_call"),
    ("ours-pre_call.json", "pre_call"),
    ("ours-call_routing_complete.json", "call_routing_complete"),
    ("ours-post_call-answered.json", "post_call"),
    ("ours-post_call-abandoned.json", "post_call"),
    ("ours-post_call-voice_assist.json", "post_call"),
    ("ours-post_call.form", "post_call"),
    ("ours-call_modified-tags.json", "call_modified"),
    ("ours-call_modified-cleared.json", "call_modified"),
    ("ours-outbound_post_call.json", "outbound_post_call"),
    ("ours-outbound_call_modified.json", "outbound_call_modified"),
    ("ours-form_submission-repeated-keys.json", "form_submission"),
    ("ours-convert_assist_complete.json", "convert_assist_complete"),
    ("ours-voice_assist_answered.json", "pre_call"),
    ("ours-text_message_received-mms.json", "text_message_received"),
];

pub(super) fn fixture(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/fixtures/callrail/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub(super) fn read_raw(event: Option<&str>, raw: &[u8]) -> Result<Vec<ParsedEvent>, Unreadable> {
    let body = json::parse(raw).map(|p| p.json).unwrap_or_else(|_| json::from_form(raw));
    CallRail.read(&ReaderInput {
        event,
        body: &body,
        raw,
        headers: &Headers::default(),
        region: "US",
        received_at: utc("2026-11-22T09:00:00Z"),
    })
}

pub(super) fn read_fixture(name: &str, event: &str) -> ParsedEvent {
    one(read_raw(Some(event), &fixture(name)))
}

pub(super) fn read_value(event: Option<&str>, body: &serde_json::Value) -> Result<Vec<ParsedEvent>, Unreadable> {
    read_raw(event, body.to_string().as_bytes())
}

pub(super) fn one(drafts: Result<Vec<ParsedEvent>, Unreadable>) -> ParsedEvent {
    let mut drafts = drafts.unwrap();
    assert_eq!(drafts.len(), 1);
    drafts.remove(0)
}

/// A fixture with some of its fields replaced.
pub(super) fn altered(name: &str, fields: serde_json::Value) -> serde_json::Value {
    let mut body: serde_json::Value = serde_json::from_slice(&fixture(name)).unwrap();
    for (key, value) in fields.as_object().unwrap() {
        body[key] = value.clone();
    }
    body
}

pub(super) fn call(draft: &ParsedEvent) -> &CallPart {
    match &draft.body {
        Body::Call(part) => part,
        other => panic!("no call: {other:?}"),
    }
}

pub(super) fn text(draft: &ParsedEvent) -> &Message {
    match &draft.body {
        Body::Message(message) => message,
        other => panic!("no text: {other:?}"),
    }
}

pub(super) fn form(draft: &ParsedEvent) -> &Form {
    match &draft.body {
        Body::Form(form) => form,
        other => panic!("no form: {other:?}"),
    }
}

pub(super) fn links(draft: &ParsedEvent, kind: IdentityKind) -> Vec<&str> {
    draft.identities.iter().filter(|link| link.kind == kind).map(|link| link.value.as_str()).collect()
}

pub(super) fn utc(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc)
}

#[test]
fn every_fixture_reads_as_it_did() {
    for (name, event) in FIXTURES {
        let draft = read_fixture(name, event);
        let seen = serde_json::json!({"key": draft.key, "at": draft.at, "draft": draft});
        insta::assert_json_snapshot!(name.replace('.', "_"), seen);
    }
}

#[test]
fn every_sample_reads_and_is_about_the_test_lead() {
    let now = utc("2026-11-22T09:00:00.5Z");
    for event in EVENTS {
        let (key, body) = CallRail.sample(Some(event.key), now);
        assert_eq!(key, Some(event.key));
        let draft = one(read_raw(key, body.as_bytes()));
        assert_eq!(draft.name, event.key);
        assert_eq!(draft.at, Some(now), "{}", event.key);
        if event.key != "convert_assist_complete" {
            assert_eq!(links(&draft, IdentityKind::Phone), ["+12025550142"], "{}", event.key);
        }
        assert!(!links(&draft, IdentityKind::Person).is_empty());
    }
    let (key, body) = CallRail.sample(None, now);
    assert_eq!(one(read_raw(key, body.as_bytes())).name, "post_call");
    let (_, pre) = CallRail.sample(Some("pre_call"), now);
    let (_, assist) = CallRail.sample(Some("convert_assist_complete"), now);
    let pre = one(read_raw(Some("pre_call"), pre.as_bytes()));
    let assist = one(read_raw(Some("convert_assist_complete"), assist.as_bytes()));
    assert_eq!(call(&pre).call, call(&assist).call, "samples of one instant are about one call");
    let answered = super::sample::body(CallRailEvent::AssistAnswered, now);
    assert_eq!(call(&one(read_raw(None, answered.as_bytes()))).call, call(&pre).call);
}

const KEY: &str = "072e77e426f92738a72fe23c4d1953b4";

fn signed(value: &str) -> Headers {
    Headers(vec![("signature".into(), value.into())])
}

#[test]
fn the_published_signature_verifies() {
    let raw = fixture("post_call-1.json");
    let headers = signed("UZAHbUdfm3GqL7qzilGozGzWV64=");
    assert_eq!(CallRail.verify(&raw, &headers, &[KEY.into()]), Verdict::Verified);
    // CallRail has a key for each company, and keys change.
    let keys = ["another".to_string(), format!(" {KEY}\n"), "third".to_string()];
    assert_eq!(CallRail.verify(&raw, &headers, &keys), Verdict::Verified);
    assert_eq!(CallRail.sign(&raw, KEY, utc("2026-11-22T09:00:00Z"))[0].1, "UZAHbUdfm3GqL7qzilGozGzWV64=");
}

#[test]
fn tampered_foreign_and_missing_signatures_fail_in_plain_words() {
    let unknown = "Signed with a key we do not know. If you changed it in CallRail, paste the new one.";
    let mut raw = fixture("post_call-1.json");
    let good = signed("UZAHbUdfm3GqL7qzilGozGzWV64=");
    for headers in [signed("nM+9oKWvdybRMwdT+zfzL4aVPL4="), signed("UZAHbUdfm3GqL7qzilGozGzWV64"), signed("%%")] {
        assert_eq!(CallRail.verify(&raw, &headers, &[KEY.into()]), Verdict::Failed(unknown.into()));
    }
    assert_eq!(CallRail.verify(&raw, &good, &["wrong".into()]), Verdict::Failed(unknown.into()));
    *raw.last_mut().unwrap() ^= 1;
    assert_eq!(CallRail.verify(&raw, &good, &[KEY.into()]), Verdict::Failed(unknown.into()));
    for headers in [Headers::default(), signed(" ")] {
        assert_eq!(
            CallRail.verify(&raw, &headers, &[KEY.into()]),
            Verdict::Failed("CallRail sent no signature, and this source has a signing key.".into())
        );
    }
}

#[test]
fn an_empty_key_verifies_nothing() {
    let raw = fixture("post_call-1.json");
    let forged = STANDARD.encode(crate::providers::signature::hmac_sha1(b"", &raw));
    assert!(matches!(CallRail.verify(&raw, &signed(&forged), &["".into(), " ".into()]), Verdict::Failed(_)));
}

#[test]
fn what_is_no_event_is_said_so() {
    for raw in ["[]", "[{}]", "{}", "null", "\"x\"", "12"] {
        let unreadable = read_raw(Some("post_call"), raw.as_bytes()).unwrap_err();
        assert!(unreadable.reason.starts_with("CallRail sent "), "{raw}: {unreadable}");
    }
    let unreadable = read_raw(Some("call_transferred"), &fixture("post_call-1.json")).unwrap_err();
    assert_eq!(unreadable.reason, "CallRail sent an event we do not know: call_transferred.");
    let unreadable = read_raw(None, br#"{"hello":"world"}"#).unwrap_err();
    assert!(unreadable.reason.contains("address made for each event"), "{unreadable}");
}

#[test]
fn broken_bodies_never_panic() {
    let fixtures: Vec<_> = FIXTURES.iter().map(|(name, event)| (Some(*event), fixture(name))).collect();
    mutate::survives(&CallRail, &fixtures);
}

#[test]
fn bracketed_keys_nest() {
    let form = json::from_form(b"a=1&tags[]=x&tags[]=y&c[d][e]=2&l[][n]=1&l[][v]=2&l[][n]=3&bad[=4&x]=5");
    let body = super::body::unfold(&form).to_value();
    assert_eq!(
        body,
        serde_json::json!({"a": "1", "tags": ["x", "y"], "c": {"d": {"e": "2"}},
            "l": [{"n": "1", "v": "2"}, {"n": "3"}], "bad[": "4", "x]": "5"})
    );
    let plain = Json::Object(vec![("a".into(), Json::Null)]);
    assert!(matches!(super::body::unfold(&plain), std::borrow::Cow::Borrowed(_)));
}
