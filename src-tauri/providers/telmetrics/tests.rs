#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use chrono::TimeZone;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::domain::call::CallPart;
use crate::domain::call::CallState;
use crate::domain::event::{Body, IdentityKind};
use crate::domain::{Outcome, SentimentLabel};
use crate::providers::body::parse_body;

/// Fixtures that read cleanly.
pub(super) const READABLE: [&str; 10] = [
    "01-CallPreprocessed-v4.json",
    "02-CallProcessed-v4-with-http-envelope.jsonish",
    "03-CallStartCall-v4.json",
    "04-CallPreprocessed-v5.json",
    "05-CallProcessed-v5.jsonish",
    "06-CallStartCall-v5.json",
    "ours-CallPreprocessed-v4-missed.json",
    "ours-CallProcessed-v4-voicemail-of-two.json",
    "ours-CallProcessed-v5-booked.json",
    "ours-NewRescueCall.json",
];

pub(super) fn fixture(name: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/telmetrics").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(super) fn read_bytes(raw: &[u8]) -> Result<Vec<ParsedEvent>, Unreadable> {
    let body = parse_body(raw, Some("application/json")).map_err(|e| Unreadable::new(e.reason))?;
    read_json(&body.json)
}

pub(super) fn read_json(body: &Json) -> Result<Vec<ParsedEvent>, Unreadable> {
    let received_at = Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap();
    let headers = Headers::default();
    Telmetrics.read(&ReaderInput { event: None, body, raw: b"", headers: &headers, region: "US", received_at })
}

pub(super) fn drafts(name: &str) -> Vec<ParsedEvent> {
    read_bytes(&fixture(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

pub(super) fn draft(name: &str) -> ParsedEvent {
    drafts(name).remove(0)
}

pub(super) fn part(draft: &ParsedEvent) -> &CallPart {
    match &draft.body {
        Body::Call(part) => part,
        other => panic!("not a call: {other:?}"),
    }
}

pub(super) fn claim<'a>(part: &'a CallPart, what: &str) -> Option<&'a Value> {
    part.claims.iter().find(|(w, _)| w == what).map(|(_, value)| value)
}

pub(super) fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(super) fn link(draft: &ParsedEvent, kind: IdentityKind) -> Option<&str> {
    draft.identities.iter().find(|l| l.kind == kind).map(|l| l.value.as_str())
}

/// A body around one notification.
pub(super) fn around(notification: Value) -> Json {
    let body = json!({"Id": "x", "Attempt": 1, "Properties": {"UTC": "2025-01-02T03:04:05"},
        "Notifications": [notification]});
    serde_json::from_value(body).unwrap()
}

fn v4(extra: Value) -> Value {
    let mut body = json!({"Action": "CallDetails.CallProcessed", "TelmetricsId": 5, "CalledNumber": "8335550143",
        "CallerNumber": "2025550142", "StartTime": "2025-01-02T03:00:00", "TimeZone": "Eastern"});
    let (into, from) = (body.as_object_mut().unwrap(), extra.as_object().unwrap());
    into.extend(from.clone());
    body
}

fn read_v4(extra: Value) -> CallPart {
    part(&read_json(&around(v4(extra))).unwrap()[0]).clone()
}

#[test]
fn every_fixture_reads_as_it_did() {
    for name in READABLE {
        let read: Vec<Value> = drafts(name).iter().map(|d| json!({"key": d.key, "at": d.at, "draft": d})).collect();
        insta::assert_json_snapshot!(name, read);
    }
}

#[test]
fn the_sample_reads_at_its_own_time_and_its_signature_holds() {
    for now in ["2026-11-22T12:00:00Z", "2026-07-01T00:00:00Z", "2025-11-02T05:30:00Z", "2025-11-02T06:30:00Z"] {
        let now = utc(now);
        let (event, body) = Telmetrics.sample(None, now);
        assert_eq!(event, None);
        let read = read_bytes(body.as_bytes()).unwrap();
        assert_eq!((read.len(), read[0].at), (1, Some(now)));
        assert_eq!(link(&read[0], IdentityKind::Phone), Some("+12025550142"));
        assert_eq!(read[0].person.name.as_deref(), Some("Test Lead"));
        assert_eq!(part(&read[0]).transcript.len(), 4);
        assert!(parse_body(body.as_bytes(), None).unwrap().repairs.is_empty());
        let headers = Headers(Telmetrics.sign(body.as_bytes(), "k", now));
        let verify = |keys: &[&str]| {
            let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
            Telmetrics.verify(body.as_bytes(), &headers, &keys)
        };
        assert_eq!(verify(&["old", "k", "other"]), Verdict::Verified);
        assert!(matches!(verify(&["old", "other"]), Verdict::Failed(_)));
    }
}

/// From the tests of Microsoft's ASP.NET WebHooks (`WebHookSenderTests.cs`): its body has CRLF line ends and none
/// at its end. With LF the signature is another one, so raw bytes must be checked.
#[test]
fn the_published_signature_vector_holds_for_the_exact_bytes_only() {
    let raw = fixture("ms_aspnet_webhooks_signature_vector-1.json");
    let keys = ["123456789012345678901234567890123456789012345678".to_string()];
    let tag = "DCDEB62502988CDEDE464AF6A97566D61288C446CFC46F74F341E11173FF30A1";
    let verify = |raw: &[u8], header: &str| {
        Telmetrics.verify(raw, &Headers(vec![("MS-Signature".into(), header.into())]), &keys)
    };
    assert_eq!(Telmetrics.sign(&raw, &keys[0], utc("2026-01-01T00:00:00Z"))[0].1, format!("sha256={tag}"));
    for header in [
        format!("sha256={tag}"),
        format!("sha256={}", tag.to_lowercase()),
        format!(" sha256 = {tag} "),
        format!("SHA256={tag}"),
    ] {
        assert_eq!(verify(&raw, &header), Verdict::Verified, "{header}");
    }
    let lf: Vec<u8> = raw.iter().copied().filter(|b| *b != b'\r').collect();
    assert_ne!(raw, lf);
    for (raw, header) in [
        (lf, format!("sha256={tag}")),
        (raw.clone(), format!("sha256={}", tag.replace('D', "E"))),
        (raw.clone(), format!("sha1={tag}")),
        (raw.clone(), format!("sha256={}", &tag[..62])),
        (raw.clone(), "sha256=".to_string()),
        (raw.clone(), tag.to_string()),
        (raw.clone(), "sha256=zz".to_string()),
    ] {
        assert!(matches!(verify(&raw, &header), Verdict::Failed(_)), "{header}");
    }
    assert_eq!(
        Telmetrics.verify(&raw, &Headers::default(), &keys),
        Verdict::Failed("Telmetrics sent no signature, and this source has a signing key.".into())
    );
    let error = read_bytes(&raw).unwrap_err();
    assert_eq!(error.reason, "Telmetrics sent an event we do not know: a1");
}

#[test]
fn what_cannot_be_placed_says_why_and_where() {
    let start = json!({"Action": "CallDetails.CallStartCall", "CalledNumber": "8335550143"});
    let read = |notification: Value| read_json(&around(notification)).unwrap_err();
    let broken = "Telmetrics sent a start time we could not read";
    for (error, reason, field) in [
        (read_bytes(&fixture("ours-start-time-unreadable.json")).unwrap_err(), broken, Some("StartTime")),
        (read(v4(json!({"StartTime": 13}))), broken, Some("StartTime")),
        (read(v4(json!({"StartTime": "1066-10-14T09:00:00"}))), broken, Some("StartTime")),
        (read(v4(json!({"StartTime": ""}))), "Telmetrics sent a call without a start time", None),
        (read(start.clone()), "Telmetrics sent a call without a start time", None),
        (read(v4(json!({"TimeZone": "Mars"}))), "Telmetrics sent a time zone we do not know: Mars", Some("TimeZone")),
        (
            read(v4(json!({"TimeZone": null}))),
            "Telmetrics sent a start time without saying in which time zone",
            Some("StartTime"),
        ),
        (
            read(v4(json!({"TelmetricsId": null, "CalledNumber": "", "CallerNumber": "n/a"}))),
            "Telmetrics sent a call without an id and without numbers",
            None,
        ),
        (
            read(v4(json!({"Action": "CallDetailsV6.CallProcessed"}))),
            "Telmetrics sent an event we do not know: CallDetailsV6.CallProcessed",
            Some("Action"),
        ),
        (read(v4(json!({"Action": null}))), "Telmetrics sent a notification that does not say what happened", None),
    ] {
        assert_eq!((error.reason.as_str(), error.field.as_deref()), (reason, field));
    }
    for root in [
        "[]",
        "7",
        "null",
        "\"x\"",
        "{}",
        r#"{"Notifications":[]}"#,
        r#"{"Notifications":{}}"#,
        r#"{"Notifications":[3]}"#,
        r#"{"Notifications":[[]]}"#,
    ] {
        assert!(read_bytes(root.as_bytes()).is_err(), "{root}");
    }
    // One stray notification and the whole delivery waits.
    let mut mixed: Value = serde_json::from_slice(&fixture("03-CallStartCall-v4.json")).unwrap();
    mixed["Notifications"].as_array_mut().unwrap().push(json!({"Action": "a1"}));
    assert!(read_json(&serde_json::from_value(mixed).unwrap()).is_err());
}

#[test]
fn an_unknown_zone_leans_on_the_monitor_only_when_it_is_near() {
    let at = |extra: Value| read_json(&around(v4(extra))).map(|d| d[0].at.unwrap());
    let odd = json!({"TimeZone": "Galt", "MonitorStartTime": "2025-01-02T08:00:00.250"});
    assert_eq!(at(odd).unwrap(), utc("2025-01-02T08:00:00.250Z"));
    let far = json!({"TimeZone": "Galt", "MonitorStartTime": "2025-07-02T08:00:00.250"});
    assert!(at(far).is_err());
    // With a zone we know the monitor is not needed, wherever it is.
    let far = json!({"MonitorStartTime": "2025-07-02T08:00:00.250"});
    assert_eq!(at(far).unwrap(), utc("2025-01-02T08:00:00Z"));
    let own_offset = json!({"TimeZone": null, "StartTime": "2025-01-02T03:00:00-08:00"});
    assert_eq!(at(own_offset).unwrap(), utc("2025-01-02T11:00:00Z"));
}

#[test]
fn ways_to_end_are_told_apart() {
    for (status, answered, state) in [
        (json!(1), Some(true), CallState::Completed),
        (json!("1"), Some(true), CallState::Completed),
        (json!("ANSWERED"), Some(true), CallState::Completed),
        (json!("No Answer"), Some(false), CallState::Missed),
        (json!("Busy"), Some(false), CallState::Missed),
        (json!("Abandoned"), Some(false), CallState::Abandoned),
        (json!("voicemail"), Some(false), CallState::Voicemail),
        (json!("Rerouted"), None, CallState::Completed),
        (json!(0), None, CallState::Completed),
    ] {
        let part = read_v4(json!({"AnswerStatus": status}));
        assert_eq!((part.answered, part.state), (answered, Some(state)), "{status}");
        assert_eq!(claim(&part, "answer_status").is_some(), answered != Some(true), "{status}");
    }
    let silent = read_v4(json!({"AnswerStatus": null}));
    assert_eq!((silent.answered, silent.state), (None, None), "a later part that says nothing erases nothing");
}

#[test]
fn a_voicemail_is_no_conversation() {
    let read = drafts("ours-CallProcessed-v4-voicemail-of-two.json");
    let first = part(&read[0]);
    assert_eq!((first.answered, first.voicemail, first.state), (Some(false), Some(true), Some(CallState::Voicemail)));
    assert_eq!(first.tags, Some(vec!["12".to_string(), "13".to_string()]));
    assert_eq!(read.len(), 2, "each notification is an event");
}

#[test]
fn the_business_is_never_the_lead() {
    for name in READABLE {
        for draft in drafts(name) {
            let phones = draft.identities.iter().filter(|l| l.kind == IdentityKind::Phone);
            assert!(phones.clone().all(|l| !draft.business.contains(&l.value)), "{name}");
            assert!(!draft.business.is_empty(), "{name}");
        }
    }
    let forwarded = &drafts("ours-CallProcessed-v4-voicemail-of-two.json")[1];
    assert_eq!(link(forwarded, IdentityKind::Phone), None);
    assert_eq!(part(forwarded).from.as_deref(), Some("+18335550143"), "what it said is kept");
    let blocked = draft("ours-CallPreprocessed-v4-missed.json");
    assert_eq!(link(&blocked, IdentityKind::Phone), None);
    assert_eq!(link(&blocked, IdentityKind::Call), Some("3000000001"));
}

#[test]
fn only_a_booked_appointment_is_booked() {
    for (outcome, booked, sale) in [
        (json!({"LeadReason": "Appointment Booked"}), true, false),
        (json!({"LeadReason": "Appointment - Confirming", "Lead": "false", "Appointment": "n/a"}), false, false),
        (json!({"Appointment": "true", "Lead": "true"}), true, false),
        (json!({"Appointment": "true", "Lead": "false"}), false, false),
        (json!({"Lead": true, "Sale": "true"}), false, true),
        (json!({"sales": true}), false, true),
        (json!(null), false, false),
    ] {
        let part = read_v4(json!({"ConversationAnalytics": {"LeadOutcome": outcome}}));
        assert_eq!(part.outcome == Some(Outcome::Booked), booked, "{outcome}");
        assert_eq!(part.sale, sale, "{outcome}");
    }
}

#[test]
fn v5_says_all_of_this_in_its_own_names() {
    let draft = draft("ours-CallProcessed-v5-booked.json");
    let part = part(&draft);
    assert_eq!(draft.at, Some(utc("2025-07-09T15:00:05Z")), "Central, daylight saving");
    assert_eq!((part.outcome, part.sale, part.duration_s), (Some(Outcome::Booked), true, Some(184)));
    assert_eq!(part.sentiment.as_ref().map(|s| s.label), Some(SentimentLabel::Positive));
    assert_eq!(claim(part, "registered_dnc"), Some(&json!(true)));
    assert_eq!(claim(part, "rescue.outcome"), Some(&json!("Missed Opportunity")));
    assert_eq!(claim(part, "view_of_business_reason"), Some(&json!("The agent was helpful.")));
    assert_eq!(claim(part, "concern_class"), None);
    assert_eq!(part.tags, Some(vec!["Hot".to_string(), "Window".to_string()]));
    assert_eq!(part.keypad.as_deref(), Some("2"));
    assert_eq!((draft.person.name.as_deref(), draft.person.campaign.as_deref()), (None, Some("Fall windows")));
}

#[test]
fn keys_name_the_event_and_not_the_delivery() {
    let body = fixture("01-CallPreprocessed-v4.json");
    let key = |raw: &[u8]| read_bytes(raw).unwrap()[0].key.clone();
    let text = String::from_utf8(body.clone()).unwrap();
    let again = text.replace("\"Attempt\": 1", "\"Attempt\": 2").replace("3071d2da", "ffffffff");
    let spaced = text.replace('\n', "\r\n  ");
    let moved =
        text.replace("\"RingCount\": 1,\n", "").replace("\"CallSeconds\": 7,", "\"CallSeconds\":7,\"RingCount\":1,");
    for same in [&again, &spaced, &moved] {
        assert_ne!(&text, same);
        assert_eq!(key(same.as_bytes()), key(&body));
    }
    for other in [
        text.replace("CallPreprocessed", "CallProcessed"),
        text.replace("\"CallSeconds\": 7", "\"CallSeconds\": 8"),
        text.replace("\"MonitorStartTime\": \"2019-11-15T14:09:53.564\",\n", ""),
    ] {
        assert_ne!(text, other);
        assert_ne!(key(other.as_bytes()), key(&body), "a difference anywhere, repeats too, is another event");
    }
}

/// Replaces the n-th value of a tree, counted depth first; `None` takes it away.
fn mutate(json: &mut Json, n: &mut usize, with: &Option<Json>) {
    let change = |value: &mut Json, n: &mut usize| {
        if *n == 0 {
            *value = with.clone().unwrap_or(Json::Null);
            *n = usize::MAX;
        } else {
            *n -= 1;
            mutate(value, n, with);
        }
    };
    match json {
        Json::List(items) => {
            if with.is_none() && *n < items.len() {
                items.remove(*n);
                *n = usize::MAX;
            } else {
                items.iter_mut().for_each(|item| change(item, n));
            }
        }
        Json::Object(pairs) => {
            if with.is_none() && *n < pairs.len() {
                pairs.remove(*n);
                *n = usize::MAX;
            } else {
                pairs.iter_mut().for_each(|(_, value)| change(value, n));
            }
        }
        _ => {}
    }
}

fn check(read: Result<Vec<ParsedEvent>, Unreadable>) -> Result<(), TestCaseError> {
    match read {
        Ok(drafts) => {
            prop_assert!(!drafts.is_empty());
            for draft in drafts {
                prop_assert!(!draft.key.is_empty() && !draft.name.is_empty() && draft.at.is_some());
            }
        }
        Err(error) => prop_assert!(!error.reason.is_empty()),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_flipped_or_torn_bytes_make_it_panic(
        which in 0..READABLE.len(),
        flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        keep in 0.0..1.3f64,
    ) {
        let mut raw = fixture(READABLE[which]);
        for (at, byte) in flips {
            let at = at.index(raw.len());
            raw[at] = byte;
        }
        raw.truncate((raw.len() as f64 * keep) as usize);
        check(read_bytes(&raw))?;
    }

    #[test]
    fn no_missing_or_odd_values_make_it_panic(
        which in 0..READABLE.len(),
        changes in proptest::collection::vec((0usize..220, 0usize..10), 1..5),
    ) {
        let mut json = parse_body(&fixture(READABLE[which]), None).unwrap().json;
        for (mut at, with) in changes {
            let odd = ["null", "\"\"", "\"n/a\"", "13", "-1.5e300", "true", "[]", "{}", "[{\"keyword\":[]}]"];
            let with = odd.get(with).map(|text| json::parse(text.as_bytes()).unwrap().json);
            mutate(&mut json, &mut at, &with);
        }
        check(read_json(&json))?;
    }
}
