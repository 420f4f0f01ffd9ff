#![allow(clippy::unwrap_used, clippy::panic)]

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{EVENTS, Varda};
use crate::domain::call::CallPart;
use crate::domain::call::CallState;
use crate::domain::event::{Body, Direction, IdentityKind, OutcomeTag, ParsedEvent};
use crate::domain::stage::Outcome;
use crate::providers::{Headers, Reader, ReaderInput, Unreadable, Verdict, json as parser, mutate};

const FIXTURES: [&str; 11] = [
    "01-conversation.created.json",
    "02-message.created.json",
    "03-call.ended.json",
    "04-call.outcome_tagged.json",
    "ours-call.started.json",
    "ours-call.ended-outbound-no_answer.json",
    "ours-conversation.resolved.json",
    "ours-conversation.closed.json",
    "ours-contact.created.json",
    "ours-contact.updated.json",
    "ours-message.created-outbound.json",
];

fn fixture(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/fixtures/varda/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn read_with(raw: &[u8], headers: &Headers) -> Result<Vec<ParsedEvent>, Unreadable> {
    Varda.read(&ReaderInput {
        event: None,
        body: &parser::parse(raw).unwrap().json,
        raw,
        headers,
        region: "US",
        received_at: utc("2026-11-22T09:00:00Z"),
    })
}

fn read_raw(raw: &[u8]) -> Result<Vec<ParsedEvent>, Unreadable> {
    read_with(raw, &Headers::default())
}

fn one(drafts: Result<Vec<ParsedEvent>, Unreadable>) -> ParsedEvent {
    let mut drafts = drafts.unwrap();
    assert_eq!(drafts.len(), 1);
    drafts.remove(0)
}

fn read_fixture(name: &str) -> ParsedEvent {
    one(read_raw(&fixture(name)))
}

/// A fixture with fields of its `data` replaced.
fn altered(name: &str, fields: Value) -> Vec<u8> {
    let mut body: Value = serde_json::from_slice(&fixture(name)).unwrap();
    for (key, value) in fields.as_object().unwrap() {
        body["data"][key] = value.clone();
    }
    body.to_string().into_bytes()
}

fn call(draft: &ParsedEvent) -> &CallPart {
    match &draft.body {
        Body::Call(part) => part,
        other => panic!("no call: {other:?}"),
    }
}

fn outcome(draft: &ParsedEvent) -> &OutcomeTag {
    match &draft.body {
        Body::Outcome(tag) => tag,
        other => panic!("no outcome: {other:?}"),
    }
}

fn links(draft: &ParsedEvent, kind: IdentityKind) -> Vec<&str> {
    draft.identities.iter().filter(|link| link.kind == kind).map(|link| link.value.as_str()).collect()
}

fn utc(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc)
}

#[test]
fn every_fixture_reads_as_it_did() {
    for name in FIXTURES {
        let draft = read_fixture(name);
        let seen = json!({"key": draft.key, "at": draft.at, "draft": draft});
        insta::assert_json_snapshot!(name.replace('.', "_"), seen);
    }
}

#[test]
fn every_sample_reads_and_is_about_the_test_lead() {
    let now = utc("2026-11-22T09:00:00Z");
    for (name, _) in EVENTS {
        let (event, body) = Varda.sample(Some(name), now);
        assert_eq!(event, None, "one address serves all");
        let draft = one(read_raw(body.as_bytes()));
        assert_eq!((draft.name.as_str(), draft.at), (name, Some(now)));
        assert_eq!(links(&draft, IdentityKind::Phone), ["+12025550142"], "{name}");
        assert_eq!(draft.person.name.as_deref(), Some("Test Lead"));
    }
    assert_eq!(one(read_raw(Varda.sample(None, now).1.as_bytes())).name, "call.ended");
}

#[test]
fn varda_trap_01_ids_are_of_their_kind() {
    // The same number 42 as conversation, message, call and outcome: four keys, four kinds of link.
    let keys: Vec<(String, Vec<IdentityKind>)> = [
        "01-conversation.created.json",
        "02-message.created.json",
        "03-call.ended.json",
        "04-call.outcome_tagged.json",
    ]
    .iter()
    .map(|name| {
        let draft = one(read_raw(&altered(name, json!({"id": 42}))));
        let kinds = draft.identities.iter().filter(|link| link.value == "42").map(|link| link.kind).collect();
        (draft.key, kinds)
    })
    .collect();
    assert_eq!(
        keys.iter().map(|(_, kinds)| kinds.as_slice()).collect::<Vec<_>>(),
        [
            [IdentityKind::Conversation].as_slice(),
            &[IdentityKind::Message],
            &[IdentityKind::Call],
            // An outcome's own id is nothing; 42 is its `call_session_id`.
            &[IdentityKind::Call]
        ]
    );
    let mut unique: Vec<&String> = keys.iter().map(|(key, _)| key).collect();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), 4);
}

#[test]
fn varda_trap_02_outcome_joins_its_call_and_calls_join_by_contact() {
    let ended = read_fixture("03-call.ended.json");
    let tagged = read_fixture("04-call.outcome_tagged.json");
    assert_eq!(outcome(&tagged).call, call(&ended).call);
    assert_eq!(links(&tagged, IdentityKind::Call), links(&ended, IdentityKind::Call));
    let conversation = read_fixture("01-conversation.created.json");
    assert!(links(&ended, IdentityKind::Conversation).is_empty());
    assert_eq!(links(&ended, IdentityKind::Person), ["456"]);
    assert_eq!(links(&conversation, IdentityKind::Person), ["456"]);
    let anonymous = one(read_raw(&altered("04-call.outcome_tagged.json", json!({"contact": null}))));
    assert_eq!(links(&anonymous, IdentityKind::Call), ["42"]);
}

#[test]
fn varda_trap_03_a_contact_has_several_phones_and_the_business_its_own() {
    let conversation = read_fixture("01-conversation.created.json");
    assert_eq!(links(&conversation, IdentityKind::Phone), ["+18005551234"]);
    let ended = read_fixture("03-call.ended.json");
    assert_eq!(links(&ended, IdentityKind::Phone), ["+18005559876"]);
    assert_eq!(ended.business, ["+18005551234"]);
    // The contact's number is the business's own side of this very call.
    let odd = altered("03-call.ended.json", json!({"contact": {"id": 456, "phone": "+1 (800) 555-1234"}}));
    let odd = one(read_raw(&odd));
    assert_eq!(links(&odd, IdentityKind::Phone), ["+18005559876"]);
    let outbound = read_fixture("ours-call.ended-outbound-no_answer.json");
    assert_eq!(outbound.business, ["+18005551234"]);
    assert_eq!(links(&outbound, IdentityKind::Phone), ["+18005559876"], "the contact's phone is ours here");
    assert_eq!(outbound.person.phones, ["+18005559876"]);
    let updated = read_fixture("ours-contact.updated.json");
    assert_eq!(links(&updated, IdentityKind::Phone), ["+18005551234", "+18005559876"]);
}

#[test]
fn varda_trap_04_disposition_says_how_a_call_ended() {
    let end = |fields: Value| {
        let draft = one(read_raw(&altered("03-call.ended.json", fields)));
        let part = call(&draft);
        assert_eq!(part.dispositions.len(), 1);
        (part.state.unwrap(), part.answered, part.claims.len())
    };
    assert_eq!(end(json!({})), (CallState::Completed, Some(true), 0));
    assert_eq!(end(json!({"disposition": "failed"})), (CallState::Failed, Some(false), 0));
    assert_eq!(end(json!({"disposition": "Abandoned"})), (CallState::Abandoned, Some(false), 0));
    assert_eq!(end(json!({"disposition": "no-answer"})), (CallState::Missed, Some(false), 0));
    assert_eq!(end(json!({"disposition": "voicemail"})), (CallState::Voicemail, Some(false), 0));
    assert_eq!(end(json!({"disposition": "transferred"})), (CallState::Completed, Some(true), 1));
    assert_eq!(end(json!({"disposition": "odd", "duration_seconds": 0})), (CallState::Missed, Some(false), 1));
    assert_eq!(
        end(json!({"disposition": "odd", "duration_seconds": null, "ended_at": ""})),
        (CallState::Completed, None, 1)
    );
}

#[test]
fn varda_trap_05_money_is_cents_and_kept_apart() {
    let tagged = read_fixture("04-call.outcome_tagged.json");
    let tag = outcome(&tagged);
    assert_eq!((tag.outcome, tag.said.as_str()), (Outcome::Booked, "booked"));
    assert_eq!(tag.estimated_cents, Some(250_000));
    assert_eq!(tag.actual_cents, Some(0));
    assert_eq!(tag.revenue_cents, Some(250_000));
    assert_eq!(tag.notes.as_deref(), Some("Kitchen remodel - scheduled for April"));
    let other = altered("04-call.outcome_tagged.json", json!({"outcome_type": "Gone fishing", "revenue_cents": "12"}));
    let other = one(read_raw(&other));
    assert_eq!((outcome(&other).outcome, outcome(&other).said.as_str()), (Outcome::Other, "Gone fishing"));
    assert_eq!(outcome(&other).revenue_cents, Some(12));
    for &outcome_of in Outcome::ALL {
        let body = altered("04-call.outcome_tagged.json", json!({"outcome_type": outcome_of.as_str()}));
        assert_eq!(outcome(&one(read_raw(&body))).outcome, outcome_of);
    }
}

#[test]
fn varda_trap_06_attribution_is_optional_key_by_key() {
    let ended = read_fixture("03-call.ended.json").attribution;
    assert_eq!((ended.source.as_deref(), ended.gclid.as_deref()), (Some("google_ads"), Some("CjwKCAjw...")));
    let tagged = read_fixture("04-call.outcome_tagged.json").attribution;
    assert_eq!((tagged.campaign.as_deref(), tagged.landing_page), (Some("spring-sale"), None));
    for nothing in [json!(null), json!([]), json!("session"), json!({"type": "session"})] {
        let draft = one(read_raw(&altered("03-call.ended.json", json!({"attribution": nothing}))));
        assert_eq!(draft.attribution, crate::domain::event::Attribution::default());
    }
}

#[test]
fn varda_trap_07_a_second_tag_is_a_second_event() {
    let first = read_fixture("04-call.outcome_tagged.json");
    let again = altered("04-call.outcome_tagged.json", json!({"id": 16, "outcome_type": "quoted"}));
    let again = one(read_raw(&again));
    assert_ne!(first.key, again.key);
    assert_eq!(outcome(&first).call, outcome(&again).call);
    // A changed tag under its old id and time is another event too.
    let changed = one(read_raw(&altered("04-call.outcome_tagged.json", json!({"outcome_type": "quoted"}))));
    assert_ne!(first.key, changed.key);
}

#[test]
fn varda_trap_08_times_are_utc_and_a_call_stands_where_it_began() {
    let ended = read_fixture("03-call.ended.json");
    assert_eq!(ended.at, Some(utc("2026-03-25T18:30:55Z")));
    assert_eq!(call(&ended).started_at, ended.at);
    assert_eq!(call(&ended).duration_s, Some(245));
    assert_eq!(call(&ended).sent_us, utc("2026-03-25T18:35:00Z").timestamp_micros());
    assert_eq!(read_fixture("04-call.outcome_tagged.json").at, Some(utc("2026-03-25T18:35:30Z")));
    // When it was resolved, not when it began.
    assert_eq!(read_fixture("ours-conversation.resolved.json").at, Some(utc("2026-03-27T10:00:00Z")));
    for (field, name) in [("started_at", "03-call.ended.json"), ("created_at", "02-message.created.json")] {
        let unreadable = read_raw(&altered(name, json!({field: "soon"}))).unwrap_err();
        assert_eq!(unreadable, Unreadable::at(field, "Varda sent a time we could not read."));
    }
    let unreadable = read_raw(br#"{"event":"call.ended","timestamp":"x","data":{"id":1}}"#).unwrap_err();
    assert_eq!(unreadable.field.as_deref(), Some("timestamp"));
}

#[test]
fn a_retry_under_a_new_delivery_id_is_the_same_event() {
    let raw = fixture("02-message.created.json");
    let with = |id: &str| one(read_with(&raw, &Headers(vec![("X-Varda-Delivery".into(), id.into())])));
    assert_eq!(with("a").key, with("b").key);
    assert!(with("a").key.starts_with("message.created:789:2026-03-25T18:31:00Z:"));
}

#[test]
fn a_call_grows_from_ringing_to_over() {
    let started = read_fixture("ours-call.started.json");
    let ended = read_fixture("03-call.ended.json");
    assert_eq!((call(&started).state, call(&started).rank), (Some(CallState::Ringing), 0));
    assert_eq!((call(&started).answered, call(&started).duration_s), (None, None));
    assert_eq!((call(&ended).state, call(&ended).rank), (Some(CallState::Completed), 2));
    assert_eq!(call(&started).call, call(&ended).call);
    assert!(call(&started).sent_us < call(&ended).sent_us);
    let outbound = read_fixture("ours-call.ended-outbound-no_answer.json");
    assert_eq!(call(&outbound).direction, Some(Direction::Outbound));
    assert_eq!((call(&outbound).state, call(&outbound).answered), (Some(CallState::Missed), Some(false)));
    let running = one(read_raw(&altered("ours-call.started.json", json!({"status": "in-progress"}))));
    assert_eq!(call(&running).state, Some(CallState::InProgress));
}

#[test]
fn blocked_callers_keep_only_the_call() {
    let body = altered("03-call.ended.json", json!({"from_number": "+266696687", "contact": {}}));
    let draft = one(read_raw(&body));
    assert_eq!(draft.identities.len(), 1);
    assert_eq!(links(&draft, IdentityKind::Call), ["42"]);
    assert_eq!(call(&draft).from, None);
}

#[test]
fn messages_know_who_wrote() {
    let message = |raw: &[u8]| {
        let draft = one(read_raw(raw));
        let Body::Message(message) = draft.body.clone() else { panic!() };
        (draft, message)
    };
    let (draft, inbound) = message(&fixture("02-message.created.json"));
    assert_eq!((inbound.direction, inbound.agent), (Direction::Inbound, None));
    assert_eq!(inbound.channel, "webchat");
    assert_eq!(inbound.conversation_id.as_deref(), Some("123"));
    assert_eq!(links(&draft, IdentityKind::Conversation), ["123"]);
    assert_eq!(links(&draft, IdentityKind::Message), ["789"]);
    assert_eq!(links(&draft, IdentityKind::Email), ["jane@example.com"]);
    let (_, outbound) = message(&fixture("ours-message.created-outbound.json"));
    assert_eq!((outbound.direction, outbound.agent.as_deref()), (Direction::Outbound, Some("Gil Ortega")));
    assert_eq!(outbound.text, "Tuesday at nine?\n", "verbatim");
    let (_, bot) = message(&altered("02-message.created.json", json!({"direction": null, "sender_type": "bot"})));
    assert_eq!(bot.direction, Direction::Outbound);
    let nobody = altered("02-message.created.json", json!({"direction": null, "sender_type": null}));
    assert_eq!(read_raw(&nobody).unwrap_err().field.as_deref(), Some("direction"));
}

#[test]
fn contacts_may_stand_in_data_or_be_it() {
    let created = read_fixture("ours-contact.created.json");
    let updated = read_fixture("ours-contact.updated.json");
    for draft in [&created, &updated] {
        assert_eq!(links(draft, IdentityKind::Person), ["456"]);
        assert_eq!(links(draft, IdentityKind::Email), ["jane@example.com"]);
    }
    let kind = |draft: &ParsedEvent| match &draft.body {
        Body::Contact(contact) => contact.contact_type.clone(),
        other => panic!("no contact: {other:?}"),
    };
    assert_eq!((kind(&created).as_deref(), kind(&updated).as_deref()), (Some("visitor"), Some("customer")));
    assert_eq!(updated.person.name.as_deref(), Some("Jane Doe-Smith"));
    assert_eq!(updated.person.custom.get("fronts"), Some(&json!("oak")));
    let empty = altered("ours-contact.created.json", json!({"contact": {"name": "n/a"}}));
    assert_eq!(read_raw(&empty).unwrap_err().field.as_deref(), Some("contact"));
}

#[test]
fn what_is_no_event_is_said_so() {
    let reason = |raw: &str| read_raw(raw.as_bytes()).unwrap_err().reason;
    assert_eq!(reason("[]"), "Varda sent something that is not an event.");
    assert_eq!(reason("{}"), "Varda sent a message that does not name its event.");
    assert_eq!(reason(r#"{"event":"x.y","data":{}}"#), "Varda sent an event we do not know: x.y.");
    for data in ["null", "[]", "{}", "\"x\""] {
        let raw = format!(r#"{{"event":"call.ended","timestamp":"2026-03-25T18:30:00Z","data":{data}}}"#);
        assert_eq!(reason(&raw), "Varda sent an event without its data.");
    }
    for (name, _) in EVENTS {
        let raw = format!(r#"{{"event":"{name}","data":{{"odd":1}}}}"#);
        assert!(read_raw(raw.as_bytes()).is_err(), "{name}");
    }
    // The header names it where the body does not.
    let headers = Headers(vec![("x-varda-event".into(), "contact.created".into())]);
    assert_eq!(one(read_with(br#"{"data":{"id":7}}"#, &headers)).name, "contact.created");
}

const KEY: &str = "whsec_test_0123456789abcdef";

fn signed(value: impl Into<String>) -> Headers {
    Headers(vec![("x-varda-signature".into(), value.into())])
}

/// No vector is published. This one was made with OpenSSL, apart from this program:
/// `printf '%s' '1774463700.{}' | openssl dgst -sha256 -hmac whsec_test_0123456789abcdef`.
const VECTOR: &str = "6fae99ffc2b40eb06a09aaa742c5f0b9ee9146dc59b877fcdf0119c55174cf30";

#[test]
fn the_signature_is_over_time_dot_body() {
    let keys = ["other".to_string(), format!("{KEY}\n")];
    assert_eq!(Varda.verify(b"{}", &signed(format!("t=1774463700,v1={VECTOR}")), &keys), Verdict::Verified);
    let made = Varda.sign(b"{}", KEY, DateTime::from_timestamp(1_774_463_700, 0).unwrap());
    assert_eq!(made, [("X-Varda-Signature".to_string(), format!("t=1774463700,v1={VECTOR}"))]);
}

#[test]
fn parts_are_found_by_name_and_any_v1_will_do() {
    let keys = [KEY.to_string()];
    let other = "00".repeat(32);
    for value in [
        format!("v1={VECTOR},t=1774463700"),
        format!("t=1774463700, v0=abc, v1={other}, v1={VECTOR}"),
        format!("t=1774463700,v1=short,v1={VECTOR}"),
        format!("t=1774463700,v1={}", VECTOR.to_uppercase()),
    ] {
        assert_eq!(Varda.verify(b"{}", &signed(&value), &keys), Verdict::Verified, "{value}");
    }
}

#[test]
fn a_stale_signature_that_fits_is_verified() {
    // `t` is of March; whether a retry renews it is not documented, and a refusal would count as one of ten.
    let late = signed(format!("t=1774463700,v1={VECTOR}"));
    assert_eq!(Varda.verify(b"{}", &late, &[KEY.into()]), Verdict::Verified);
}

#[test]
fn wrong_and_missing_signatures_fail_in_plain_words() {
    let unknown = "Signed with a key we do not know. If you changed it in Varda, paste the new one.";
    let keys = [KEY.to_string()];
    for value in [
        format!("t=1774463701,v1={VECTOR}"),
        format!("v1={VECTOR}"),
        format!("t=1774463700,v1={}", &VECTOR[..62]),
        format!("t=1774463700,v2={VECTOR}"),
        "t=1774463700,v1=".to_string(),
        "nonsense".to_string(),
    ] {
        assert_eq!(Varda.verify(b"{}", &signed(&value), &keys), Verdict::Failed(unknown.into()), "{value}");
    }
    let good = signed(format!("t=1774463700,v1={VECTOR}"));
    assert_eq!(Varda.verify(b"{ }", &good, &keys), Verdict::Failed(unknown.into()));
    assert_eq!(Varda.verify(b"{}", &good, &["wrong".into()]), Verdict::Failed(unknown.into()));
    assert_eq!(
        Varda.verify(b"{}", &Headers::default(), &keys),
        Verdict::Failed("Varda sent no signature, and this source has a signing key.".into())
    );
    let forged = Headers(Varda.sign(b"{}", "", utc("2026-11-22T09:00:00Z")));
    assert!(matches!(Varda.verify(b"{}", &forged, &["".into()]), Verdict::Failed(_)));
}

#[test]
fn broken_bodies_never_panic() {
    let fixtures: Vec<_> = FIXTURES.iter().map(|name| (None, fixture(name))).collect();
    mutate::survives(&Varda, &fixtures);
}
