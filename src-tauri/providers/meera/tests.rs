#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::providers::mutate::{change, hold, places};
use std::fs;
use std::path::Path;

use chrono::TimeZone;
use proptest::prelude::*;
use serde::Serialize;
use serde_json::json;

use super::*;
use crate::providers::json::parse;
use crate::providers::signature::auth_header;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/meera");

#[derive(Serialize)]
struct Shown {
    key: String,
    at: Option<DateTime<Utc>>,
    draft: ParsedEvent,
}

fn shown(drafts: Vec<ParsedEvent>) -> Vec<Shown> {
    drafts.into_iter().map(|draft| Shown { key: draft.key.clone(), at: draft.at, draft }).collect()
}

fn read_bytes(raw: &[u8]) -> Result<Vec<ParsedEvent>, Unreadable> {
    let body = parse(raw).map_err(|e| Unreadable::new(e.reason))?.json;
    read_json(&body, raw)
}

fn read_json(body: &Json, raw: &[u8]) -> Result<Vec<ParsedEvent>, Unreadable> {
    let received_at = Utc.with_ymd_and_hms(2024, 11, 20, 0, 0, 0).unwrap();
    Meera.read(&ReaderInput { event: None, body, raw, headers: &Headers::default(), region: "US", received_at })
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new(FIXTURES).join(name)).unwrap()
}

/// The published body with fields changed: `lead_status` at the top, everything else in `lead_details`.
fn published(lead_status: &str, details: Value) -> ParsedEvent {
    let mut body = parse(&fixture("01-Responded.jsonish")).unwrap().json.to_value();
    body["lead_status"] = json!(lead_status);
    for (key, value) in details.as_object().unwrap() {
        body["lead_details"][key] = value.clone();
    }
    let mut drafts = read_bytes(body.to_string().as_bytes()).unwrap();
    assert_eq!(drafts.len(), 1);
    drafts.remove(0)
}

fn status(draft: &ParsedEvent) -> &StatusChange {
    match &draft.body {
        Body::Status(status) => status,
        other => panic!("{other:?}"),
    }
}

fn utc(text: &str) -> Option<DateTime<Utc>> {
    Some(text.parse().unwrap())
}

#[test]
fn every_fixture_reads_as_it_did() {
    insta::glob!("../../../tests/fixtures/meera", "*.json*", |path| {
        let drafts = read_bytes(&fs::read(path).unwrap()).unwrap();
        insta::assert_json_snapshot!(shown(drafts));
    });
}

#[test]
fn meera_trap_01_the_published_sample_has_non_breaking_spaces_and_is_read_as_repaired() {
    let raw = fixture("01-Responded.jsonish");
    assert!(serde_json::from_slice::<Value>(&raw).is_err());
    let parsed = parse(&raw).unwrap();
    assert_eq!(parsed.repairs, ["non-breaking spaces between the values"]);
    let drafts = read_json(&parsed.json, &raw).unwrap();
    assert_eq!(drafts[0].name, "Responded");
    assert_eq!(drafts[0].person.phones, ["+14405550873"]);
    assert_eq!(drafts[0].at, utc("2024-11-16T15:30:59Z"));
}

#[test]
fn meera_trap_02_a_zone_abbreviation_means_what_the_campaign_or_the_lead_calls_so() {
    let zones = |campaign: &str, user: &str| [campaign.parse::<Tz>().ok(), user.parse::<Tz>().ok()];
    let cases = [
        ("2024-11-16 10:30:59 AM EST", "America/Toronto", "America/New_York", "2024-11-16T15:30:59Z"),
        ("2024-11-16 10:30:59 PM EST", "America/Toronto", "America/New_York", "2024-11-17T03:30:59Z"),
        ("2024-07-16 10:30:59 AM EDT", "America/Toronto", "", "2024-07-16T14:30:59Z"),
        // The real offset of the abbreviation, also out of its season.
        ("2024-07-16 10:30:59 AM EST", "America/Toronto", "", "2024-07-16T15:30:59Z"),
        ("2024-01-16 10:30:59 AM EDT", "", "", "2024-01-16T14:30:59Z"),
        ("2024-07-16 10:30:59 AM CST", "America/Chicago", "", "2024-07-16T16:30:59Z"),
        // Ambiguous in the world: the campaign's own meaning, then the lead's.
        ("2024-11-16 10:30:59 AM CST", "America/Chicago", "", "2024-11-16T16:30:59Z"),
        ("2024-11-16 10:30:59 AM CST", "Asia/Shanghai", "America/Chicago", "2024-11-16T02:30:59Z"),
        ("2024-11-16 10:30:59 AM CST", "America/New_York", "Asia/Shanghai", "2024-11-16T02:30:59Z"),
        ("2024-11-16 10:30:59 AM CST", "America/New_York", "", "2024-11-16T16:30:59Z"),
        ("2024-11-16 10:30:59 AM IST", "Asia/Kolkata", "", "2024-11-16T05:00:59Z"),
        ("2024-07-16 10:30:59 AM IST", "Europe/Dublin", "", "2024-07-16T09:30:59Z"),
        ("2024-07-16 10:30:59 AM IST", "Asia/Jerusalem", "", "2024-07-16T08:30:59Z"),
        ("2024-07-16 10:30:59 AM BST", "Europe/London", "", "2024-07-16T09:30:59Z"),
        ("2024-11-16 10:30:59 AM AST", "America/Halifax", "", "2024-11-16T14:30:59Z"),
        ("2024-11-16 10:30:59 AM AEDT", "Australia/Sydney", "", "2024-11-15T23:30:59Z"),
        ("2024-11-16 10:30:59 AM MST", "America/Phoenix", "", "2024-11-16T17:30:59Z"),
        // The hour that comes twice.
        ("2024-11-03 01:30:00 AM EDT", "America/New_York", "", "2024-11-03T05:30:00Z"),
        ("2024-11-03 01:30:00 AM EST", "America/New_York", "", "2024-11-03T06:30:00Z"),
        // The hour that never comes.
        ("2024-03-10 02:30:00 AM EST", "America/New_York", "", "2024-03-10T07:30:00Z"),
        // Without a zone: the campaign's, else the lead's.
        ("2024-07-16 10:30:59 AM", "America/Chicago", "America/New_York", "2024-07-16T15:30:59Z"),
        ("2024-07-16 10:30:59 AM", "", "America/New_York", "2024-07-16T14:30:59Z"),
        // Noon, midnight, and drift.
        ("2024-11-16 12:00:00 AM EST", "", "", "2024-11-16T05:00:00Z"),
        ("2024-11-16 12:00:00 PM EST", "", "", "2024-11-16T17:00:00Z"),
        ("2024-11-16 22:30:59 PM EST", "", "", "2024-11-17T03:30:59Z"),
        ("2024-11-16 22:30:59 EST", "", "", "2024-11-17T03:30:59Z"),
        ("2024-11-16T10:30 a.m. est", "", "", "2024-11-16T15:30:00Z"),
        ("2024-11-16 10:30:59AM -0330", "", "", "2024-11-16T14:00:59Z"),
        ("2024-11-16 10:30:59 AM -05", "", "", "2024-11-16T15:30:59Z"),
        ("2024-11-16 10:30:59 AM UTC+05:30", "", "", "2024-11-16T05:00:59Z"),
        ("2024-11-16T10:30:59-05:00", "", "", "2024-11-16T15:30:59Z"),
        ("2024-07-16 10:30:59 AM America/Denver", "", "", "2024-07-16T16:30:59Z"),
        ("2024-07-16 10:30:59 AM Eastern Time", "", "", "2024-07-16T14:30:59Z"),
    ];
    for (said, campaign, user, expected) in cases {
        assert_eq!(moment::read(said, &zones(campaign, user)), utc(expected), "{said} {campaign} {user}");
    }
    for said in [
        "",
        "soon",
        "2024-11-16",
        "2024-11-16 25:00:00 AM EST",
        "2024-13-16 10:00:00 AM EST",
        "2024-11-16 10:30:59 AM IST",
        "2024-11-16 10:30:59 AM XYZ",
        "2024-11-16 10:30:59 AM",
        "0001-11-16 10:30:59 AM EST",
        "2024-11-16 10:30:59 AM +99",
        "2024-11-16 10:30:59 ÄM É",
    ] {
        assert_eq!(moment::read(said, &[None, None]), None, "{said}");
    }
    assert_eq!(moment::read("2024-11-16 10:30:59 AM CST", &zones("Europe/Paris", "")), None, "we do not guess");
}

#[test]
fn meera_trap_03_the_status_is_spelled_transferred_and_its_fields_transfered() {
    let draft =
        published("Transferred", json!({"transfered": "Yes", "transfered_date_time": "2024-11-16 11:00:00 AM EST"}));
    assert_eq!(status(&draft).stage, Some(Stage::Responded));
    assert_eq!(draft.at, utc("2024-11-16T16:00:00Z"));
    assert_eq!(status(&draft).facts["transfered"], "Yes");
    // `call_status` "notdone" is not `lead_status` "NotDone".
    assert_eq!(status(&draft).facts["call_status"], "notdone");
    for word in ["notdone", "NOTDONE", "NotDone"] {
        let draft = published(word, json!({}));
        assert_eq!((draft.name.as_str(), status(&draft).status.as_str()), (word, word), "verbatim");
        assert_eq!(status(&draft).stage, Some(Stage::New));
    }
}

#[test]
fn meera_trap_04_missing_values_are_empty_or_null() {
    for nothing in [json!(""), json!(null), json!([])] {
        let draft = published(
            "Responded",
            json!({"responded_date_time": nothing, "email": nothing, "rep_phone": nothing, "external_system_id": nothing,
                "full_name": nothing, "user_timezone": nothing, "rsvp_session": nothing, "campaign_name": nothing}),
        );
        assert_eq!(draft.at, None);
        assert_eq!(draft.person.name.as_deref(), Some("Test Lastname"), "from the first and last name");
        assert!(draft.person.emails.is_empty() && draft.business.is_empty() && draft.person.external_ids.is_empty());
        assert!(draft.person.appointments.is_empty() && draft.person.campaign.is_none());
        assert_eq!(draft.person.time_zone, None);
        assert_eq!(draft.identities.len(), 2, "lead id and phone: {:?}", draft.identities);
    }
}

#[test]
fn meera_trap_05_fields_that_contradict_each_other_are_all_kept() {
    let draft = published("Responded", json!({}));
    let facts = &status(&draft).facts;
    assert_eq!(facts["called"], "No");
    assert_eq!(facts["call_attempt"], 0);
    assert_eq!(facts["total_call_duration"], 137);
    assert_eq!(facts["posted_date"], "2024-02-14");
}

#[test]
fn meera_trap_06_reasons_are_an_open_list_and_pass_through_verbatim() {
    let reasons = String::from_utf8(fixture("reasons.txt")).unwrap();
    let mut seen = 0;
    for reason in reasons.lines().filter(|l| !l.is_empty() && !l.starts_with('#')).chain(["Closed:Made_Up:By_Nobody"]) {
        let (word, details) = match reason.starts_with("DNC:") {
            true => ("DNC", json!({"dnd_reason": reason})),
            false => ("LcmLeadClose", json!({"soft_close_reason": reason})),
        };
        assert_eq!(status(&published(word, details)).reason.as_deref(), Some(reason));
        seen += 1;
    }
    assert!(seen > 80, "{seen}");
    let both = json!({"dnd_reason": "DNC:Death", "soft_close_reason": "Close:Cancel"});
    assert_eq!(status(&published("DNC", both.clone())).reason.as_deref(), Some("DNC:Death"));
    assert_eq!(status(&published("ClosedByClient", both.clone())).reason.as_deref(), Some("Close:Cancel"));
    assert_eq!(status(&published("Responded", both.clone())).reason, None);
    assert_eq!(status(&published("Responded", both)).facts["dnd_reason"], "DNC:Death");
}

#[test]
fn meera_trap_07_the_pushback_url_holds_a_secret_and_is_dropped() {
    let body = r#"{"lead_status": "Responded", "pushbackUrl": "https://h/hooks/s3cret", "PushBack_URL": "https://h/s3cret",
        "lead_details": {"lead_id": 1, "pushbackUrl": "https://h/hooks/s3cret"}, "lead_info": {}}"#;
    let drafts = read_bytes(body.as_bytes()).unwrap();
    let said = format!("{drafts:?}{}", serde_json::to_string(&drafts).unwrap());
    assert!(!said.contains("s3cret"), "{said}");
}

#[test]
fn all_seventeen_statuses_have_their_stage_their_time_and_their_side() {
    let times = json!({
        "responded_date_time": "2024-11-16 01:00:00 AM EST", "scheduled_date_time": "2024-11-16 02:00:00 AM EST",
        "called_date_time": "2024-11-16 03:00:00 AM EST", "transfered_date_time": "2024-11-16 04:00:00 AM EST",
        "all_converted_date_time": "2024-11-16 05:00:00 AM EST",
    });
    let cases = [
        ("Posted", Stage::New, None, false),
        ("NotDone", Stage::New, None, false),
        ("Undelivered", Stage::New, None, false),
        ("Delivered", Stage::Contacted, None, false),
        ("Responded", Stage::Responded, Some(1), true),
        ("Scheduled", Stage::Booked, Some(2), true),
        ("CallInitiated", Stage::Responded, None, true),
        ("Called", Stage::Contacted, Some(3), false),
        ("Transferred", Stage::Responded, Some(4), true),
        ("RepCall30SEC", Stage::Responded, Some(4), true),
        ("Converted", Stage::Converted, Some(5), true),
        ("DNC", Stage::DoNotContact, None, false),
        ("LcmLeadClose", Stage::Lost, None, false),
        ("NoRepResponse", Stage::Responded, Some(4), true),
        ("ClosedAfterFollowup", Stage::Unreachable, None, false),
        ("ClosedByClient", Stage::Lost, None, false),
        ("BadPhone", Stage::Unreachable, None, false),
    ];
    assert_eq!(cases.len(), 17);
    for (word, stage, hour, from_lead) in cases {
        let draft = published(word, times.clone());
        assert_eq!(draft.name, word);
        assert_eq!(status(&draft).stage, Some(stage), "{word}");
        assert_eq!(status(&draft).from_lead, from_lead, "{word}");
        let at = hour.and_then(|h: u32| Utc.with_ymd_and_hms(2024, 11, 16, h + 5, 0, 0).single());
        assert_eq!(draft.at, at, "{word}");
        assert_eq!(status(&published(&word.to_uppercase(), json!({}))).stage, Some(stage), "{word} in capitals");
        assert_eq!(
            published(word, json!({"responded_date_time": "", "responded": "No"})).at,
            None,
            "{word} without times"
        );
    }
}

#[test]
fn a_status_nobody_documented_passes_through_without_a_stage() {
    let draft = published("ReEngaged", json!({}));
    assert_eq!(draft.name, "ReEngaged");
    assert_eq!((status(&draft).stage, status(&draft).status.as_str()), (None, "ReEngaged"));
    assert!(!status(&draft).from_lead);
}

#[test]
fn a_time_that_cannot_be_read_stays_among_the_facts() {
    let draft = published("Responded", json!({"responded_date_time": "last Tuesday"}));
    assert_eq!(draft.at, None);
    assert_eq!(status(&draft).facts["responded_date_time"], "last Tuesday");
}

#[test]
fn only_lead_id_phone_and_email_are_identities() {
    let draft = published(
        "Responded",
        json!({"external_system_id": "crm-7", "external_caller_id": "x-8", "ps_id": 9, "rep_phone": "(416) 555-0100"}),
    );
    let links: Vec<String> = draft.identities.iter().map(|l| l.key("s")).collect();
    assert_eq!(links, ["person_id:s:12142842", "phone:+14405550873", "email:test@test.com"]);
    assert_eq!(draft.business, ["+14165550100"]);
    let ids: Vec<(&str, &str)> =
        draft.person.external_ids.iter().map(|i| (i.name.as_str(), i.value.as_str())).collect();
    assert_eq!(ids, [("external_system_id", "crm-7"), ("external_caller_id", "x-8"), ("ps_id", "9")]);
    assert!(!status(&draft).facts.contains_key("mobile_number"));
}

#[test]
fn lead_info_is_kept_whole_and_never_connects() {
    let raw = fixture("ours-Scheduled.json");
    let draft = read_bytes(&raw).unwrap().remove(0);
    assert_eq!(draft.person.custom["Project type"], "Kitchen");
    assert_eq!(draft.person.custom["Rooms"], json!(["kitchen", "hall"]));
    assert_eq!(draft.person.custom["email"], "other@example.com");
    assert!(draft.identities.iter().all(|l| l.value != "other@example.com"));
    assert_eq!(draft.person.appointments.len(), 1);
    assert_eq!(draft.person.appointments[0].text, "2024-12-03 06:00:00 PM EST");
    assert_eq!(draft.person.appointments[0].at, utc("2024-12-03T23:00:00Z"));
    assert_eq!(status(&draft).facts["confirm_rsvp"], "Yes");
}

#[test]
fn the_same_body_is_the_same_event_and_any_other_is_not() {
    let one = published("Delivered", json!({}));
    assert_eq!(one.key, published("Delivered", json!({})).key);
    assert_ne!(one.key, published("Delivered", json!({"call_attempt": 1})).key);
    assert_ne!(one.key, published("delivered", json!({})).key);
}

#[test]
fn what_is_no_status_of_a_lead_is_unreadable_in_plain_words() {
    let cases = [
        ("[]", None),
        ("\"Responded\"", None),
        ("{}", Some("lead_status")),
        (r#"{"lead_status": "", "lead_details": {"lead_id": 1}}"#, Some("lead_status")),
        (r#"{"lead_status": {"a": 1}, "lead_details": {"lead_id": 1}}"#, Some("lead_status")),
        (r#"{"lead_status": "Responded"}"#, Some("lead_details")),
        (r#"{"lead_status": "Responded", "lead_details": []}"#, Some("lead_details")),
        (
            r#"{"lead_status": "Responded", "lead_details": {"lead_id": 0, "mobile_number": "n/a"}}"#,
            Some("lead_details"),
        ),
    ];
    for (body, field) in cases {
        let error = read_bytes(body.as_bytes()).unwrap_err();
        assert_eq!(error.field.as_deref(), field, "{body}: {error}");
        assert!(error.reason.starts_with("Meera sent "), "{error}");
    }
    let only_a_name = r#"{"lead_status": "Posted", "lead_details": {"full_name": "Jo"}}"#;
    assert_eq!(read_bytes(only_a_name.as_bytes()).unwrap()[0].person.name.as_deref(), Some("Jo"));
}

#[test]
fn the_test_event_reads_as_what_it_says() {
    for now in ["2026-11-22T09:30:15Z", "2026-07-01T17:00:00Z", "2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z"] {
        let now: DateTime<Utc> = now.parse().unwrap();
        let (event, body) = Meera.sample(None, now);
        assert_eq!(event, None);
        assert!(parse(body.as_bytes()).unwrap().repairs.is_empty());
        let draft = read_bytes(body.as_bytes()).unwrap().remove(0);
        assert_eq!(draft.at, Some(now));
        assert_eq!(draft.person.name.as_deref(), Some("Test Lead"));
        assert_eq!(draft.person.phones, ["+12025550142"]);
        assert_eq!(draft.name, "Responded");
    }
}

#[test]
fn any_authorization_scheme_is_compared_as_it_stands() {
    let expected = |value: &str| vec![("Authorization".to_string(), value.to_string())];
    let sent = |value: &str| Headers(vec![("authorization".to_string(), value.to_string())]);
    // Older pages say Basic with base64 of a token: there is no colon inside.
    for value in ["Basic Tm91YVU5Rg==", "Bearer abc", "a-bare-token==5ca32fd1d8827"] {
        assert_eq!(auth_header(&sent(value), &expected(value), "Meera"), Verdict::Verified);
        assert!(matches!(auth_header(&sent("Bearer x"), &expected(value), "Meera"), Verdict::Failed(_)));
    }
    assert!(matches!(Meera.about().credential, Credential::AuthHeader { .. }));
}

fn odd_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!(null)),
        Just(json!("")),
        Just(json!([])),
        Just(json!({})),
        Just(json!([1, "x", null])),
        Just(json!({"a": {"b": "c"}})),
        Just(json!(true)),
        Just(json!(1e300)),
        any::<i64>().prop_map(|n| json!(n)),
        "\\PC{0,40}".prop_map(|s| json!(s)),
        "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{1,2}:[0-9]{2}:[0-9.]{1,9} ?[APap]?M? ?[A-Z+:0-9-]{0,6}"
            .prop_map(|s| json!(s)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn broken_bytes_never_panic(
        file in prop::sample::select(vec!["01-Responded.jsonish", "ours-Scheduled.json", "ours-Transferred-drift.json"]),
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
        if let Ok(parsed) = parse(&raw) {
            hold(read_json(&parsed.json, &raw));
        }
    }

    #[test]
    fn odd_values_never_panic(
        file in prop::sample::select(vec!["01-Responded.jsonish", "ours-Scheduled.json", "ours-Converted.json"]),
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
        hold(read_bytes(body.to_string().as_bytes()));
    }

    #[test]
    fn any_text_as_a_time_never_panics(said in "\\PC{0,40}|[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{1,2}:[0-9]{2}\\PC{0,12}") {
        let _ = moment::read(&said, &["America/Toronto".parse().ok(), None]);
    }
}
