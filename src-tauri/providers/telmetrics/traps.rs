//! The numbered traps of Telmetrics' payloads, one test each. Trap 12 (`Expect: 100-continue`) is the door's.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::{Value, json};

use super::tests::*;
use crate::domain::call::CallPart;
use crate::domain::call::CallState;
use crate::domain::event::IdentityKind;
use crate::domain::stage::SentimentOrigin;
use crate::domain::{Outcome, SentimentLabel};
use crate::providers::body::{UNWRAPPED, parse_body, place_of};

const V4_PRE: &str = "01-CallPreprocessed-v4.json";
const V4_PROCESSED: &str = "02-CallProcessed-v4-with-http-envelope.jsonish";
const V4_START: &str = "03-CallStartCall-v4.json";
const V5_PRE: &str = "04-CallPreprocessed-v5.json";
const V5_PROCESSED: &str = "05-CallProcessed-v5.jsonish";
const V5_START: &str = "06-CallStartCall-v5.json";

#[test]
fn telmetrics_trap_01_a_start_has_no_call_id_but_numbers_and_a_time() {
    for (name, tracking, caller) in
        [(V4_START, "+18669592359", "+19055802958"), (V5_START, "+18332795145", "+19055802283")]
    {
        let draft = draft(name);
        let part = part(&draft);
        assert_eq!((part.call.as_deref(), link(&draft, IdentityKind::Call)), (None, None), "{name}");
        assert_eq!(part.tracking_number.as_deref(), Some(tracking));
        assert_eq!(part.from.as_deref(), Some(caller));
        assert_eq!((part.state, part.answered, part.rank), (Some(CallState::Ringing), None, 0));
        assert!(part.started_at.is_some());
    }
}

#[test]
fn telmetrics_trap_02_a_v5_start_time_is_utc_and_later_ones_are_local() {
    assert_eq!(draft(V5_START).at, Some(utc("2025-03-04T13:45:59.619Z")));
    assert_eq!(draft(V5_PRE).at, Some(utc("2025-02-26T21:42:10.522Z")));
    let local = json!({"Action": "CallDetailsV5.CallPreprocessed", "id": 1, "start_time": "2025-02-26T16:42:11",
        "time_zone_name": "Eastern", "start_time_utc": null});
    assert_eq!(read_json(&around(local)).unwrap()[0].at, Some(utc("2025-02-26T21:42:11Z")));
    assert_eq!(draft(V4_START).at, Some(utc("2019-11-15T14:09:45.591Z")), "CallDate is UTC");
}

#[test]
fn telmetrics_trap_03_times_that_move_by_a_millisecond_are_no_keys() {
    let (pre, processed) = (draft(V5_PRE), draft(V5_PROCESSED));
    assert_ne!(pre.at, processed.at);
    assert_eq!(link(&pre, IdentityKind::Call), Some("2482086262"));
    assert_eq!(link(&pre, IdentityKind::Call), link(&processed, IdentityKind::Call));
    assert_ne!(pre.key, processed.key);
    assert!(part(&pre).sent_us < part(&processed).sent_us && part(&pre).rank < part(&processed).rank);
}

#[test]
fn telmetrics_trap_04_repeated_keys_lose_nothing() {
    // MonitorStartTime comes with a value and again as null.
    let text = String::from_utf8(fixture(V4_PRE)).unwrap().replace("\"Eastern\"", "\"Nowhere\"");
    assert_eq!(read_bytes(text.as_bytes()).unwrap()[0].at, Some(utc("2019-11-15T14:09:53.564Z")));
    // LeadValue and Topics come three times.
    for (name, insurance) in
        [(V4_PROCESSED, "lead_value.insurance_discussed"), (V5_PROCESSED, "lead_value.insurance_discussed")]
    {
        let draft = draft(name);
        let part = part(&draft);
        assert_eq!(claim(part, insurance), Some(&json!("false")), "{name}");
        let services = claim(part, "lead_value.product_or_service").unwrap();
        for service in ["orthodontia", "doors", "windows", "Warranty"] {
            assert!(services.as_array().unwrap().contains(&json!(service)), "{name}: {services}");
        }
        let walk_in = if name == V4_PROCESSED { "WalkInDiscussed" } else { "walk-in_discussed" };
        assert_eq!(part.topics[walk_in], json!("false"));
    }
    assert_eq!(part(&draft(V4_PROCESSED)).topics["OtherTopics"], json!(["hours or location"]));
    assert_eq!(claim(part(&draft(V4_PROCESSED)), "lead_value.service_line"), Some(&json!("exterior")));
}

#[test]
fn telmetrics_trap_05_the_processed_samples_are_read_with_their_comments() {
    for name in [V4_PROCESSED, V5_PROCESSED] {
        let raw = fixture(name);
        assert!(serde_json::from_slice::<Value>(&raw).is_err());
        let body = parse_body(&raw, Some("application/json")).unwrap();
        let repairs: &[&str] = if name == V4_PROCESSED { &["comments", UNWRAPPED] } else { &["comments"] };
        assert_eq!(body.repairs, repairs, "{name}");
        assert!(read_json(&body.json).is_ok());
    }
}

#[test]
fn telmetrics_trap_06_keys_are_found_whatever_their_spelling() {
    let processed = draft(V4_PROCESSED);
    assert_eq!(processed.attribution.landing_page.as_deref(), Some("http://test.com?utm=..."), "LandingPagURL:");
    assert_eq!(processed.attribution.referrer.as_deref(), Some("google.com"), "ReferrerURL");
    assert_eq!(draft(V4_START).attribution.landing_page.as_deref(), Some("http://123company.net/"));
    assert_eq!(draft(V4_PRE).person.campaign.as_deref(), Some("ABC Company"));
    for text in [
        String::from_utf8(fixture(V4_PRE)).unwrap().to_lowercase(),
        String::from_utf8(fixture(V4_PRE))
            .unwrap()
            .replace("CallerNumber", "Caller_Number")
            .replace("StartTime", "starttime"),
    ] {
        let odd = text.replace("\"eastern\"", "\"Eastern\"").replace("t14:", "T14:").replace("t09:", "T09:");
        let (was, now) = (draft(V4_PRE), read_bytes(odd.as_bytes()).unwrap().remove(0));
        assert_eq!((was.at, &was.identities), (now.at, &now.identities));
        let facts =
            |part: &CallPart| (part.started_at, part.duration_s, part.from.clone(), part.answered, part.sent_us);
        assert_eq!(facts(part(&was)), facts(part(&now)));
    }
    for sale in ["Sale", "sales"] {
        let body = json!({"Action": "CallDetails.CallProcessed", "TelmetricsId": 5, "TimeZone": "Eastern",
            "StartTime": "2025-01-02T03:00:00", "ConversationAnalytics": {"LeadOutcome": {sale: "true"}}});
        let read = read_json(&around(body)).unwrap();
        assert!(part(&read[0]).sale && claim(part(&read[0]), "sale").is_some());
    }
}

#[test]
fn telmetrics_trap_07_types_drift_and_nothing_breaks() {
    let drifted = json!({"Action": "CallDetails.CallProcessed", "TelmetricsId": "2079571437", "CalledNumber": 8669592359i64,
        "CallerNumber": 9055552955i64, "StartTime": "2019-11-15T09:09:54", "TimeZone": "Eastern", "CallSeconds": "7",
        "AnswerStatus": "1", "CallTags": [], "AttributionDetails": [], "SentimentSuite": "", "CallerDetails": "x",
        "ConversationAnalytics": [1], "keyword_lists": {}, "Rescue": "N\\A", "VoiceMailDetected": "false"});
    let draft = read_json(&around(drifted)).unwrap().remove(0);
    let part = part(&draft);
    assert_eq!((part.call.as_deref(), part.duration_s, part.answered), (Some("2079571437"), Some(7), Some(true)));
    assert_eq!(part.from.as_deref(), Some("+19055552955"));
    assert_eq!(part.voicemail, Some(false));
    let v5 = super::tests::draft(V5_PROCESSED);
    let v5 = super::tests::part(&v5);
    assert_eq!(v5.dispositions["department"], json!("Undetermined"));
    assert_eq!(v5.dispositions["conversation"], json!(true));
    assert_eq!(claim(v5, "rescue.outcome"), None, "N\\A is a placeholder");
    assert_eq!(claim(v5, "appointment"), None, "n/a is a placeholder");
    assert_eq!(claim(v5, "lead"), Some(&json!("false")), "in the sender's own words");
}

#[test]
fn telmetrics_trap_08_the_two_lead_signals_stay_two() {
    let processed = draft(V5_PROCESSED);
    let part_v5 = part(&processed);
    assert_eq!(claim(part_v5, "lead"), Some(&json!("false")));
    assert_eq!(claim(part_v5, "dispositions.lead"), Some(&json!(false)));
    assert_eq!((part_v5.outcome, part_v5.sale), (None, false), "Appointment - Confirming is no booking");
    let booked = draft("ours-CallProcessed-v5-booked.json");
    assert_eq!(claim(part(&booked), "lead"), Some(&json!("true")));
    assert_eq!(claim(part(&booked), "dispositions.lead"), Some(&json!(false)));
}

#[test]
fn telmetrics_trap_09_ten_digits_are_north_american() {
    let draft = draft(V4_PROCESSED);
    assert_eq!(link(&draft, IdentityKind::Phone), Some("+14167370693"), "Toronto");
    assert_eq!(draft.business, ["+16123159846", "+19052198287"]);
    assert_eq!(part(&draft).to.as_deref(), Some("+19052198287"));
}

#[test]
fn telmetrics_trap_10_the_zone_is_a_label_with_daylight_saving() {
    assert_eq!(draft(V4_PROCESSED).at, Some(utc("2016-05-04T17:17:24Z")), "-04:00 in May");
    assert_eq!(draft(V4_PRE).at, Some(utc("2019-11-15T14:09:54Z")), "-05:00 in November");
    let gap = &drafts("ours-CallProcessed-v4-voicemail-of-two.json")[0];
    assert_eq!(gap.at, Some(utc("2025-03-09T07:30:00Z")), "02:30 did not exist that day");
    let twice = draft("ours-CallPreprocessed-v4-missed.json");
    assert_eq!(twice.at, Some(utc("2025-11-02T06:30:30Z")), "01:30 came twice; the monitor saw the second");
}

#[test]
fn telmetrics_trap_11_monitor_times_months_away_and_logged_requests_mislead_nobody() {
    let body = parse_body(&fixture(V4_PROCESSED), None).unwrap();
    assert!(body.repairs.iter().any(|r| r == UNWRAPPED));
    let envelope = body.envelope.unwrap();
    assert_eq!(envelope.headers.get("x-source-system"), Some("Telmetrics Inc."));
    assert_eq!(envelope.event_url.as_deref(), Some("http://win5ui1:80/receive"));
    // MonitorStartTime says November 2016, StartTime says May.
    assert_eq!(draft(V4_PROCESSED).at, Some(utc("2016-05-04T17:17:24Z")));
    // Start and Preprocessed name different callers: nobody is merged by guess.
    assert_ne!(link(&draft(V4_START), IdentityKind::Phone), link(&draft(V4_PRE), IdentityKind::Phone));
}

#[test]
fn telmetrics_trap_13_keyword_times_and_turns_of_both_versions() {
    let heard = |name: &str, text: &str, speaker: &str| {
        let draft = draft(name);
        let keywords = &part(&draft).keywords;
        let mut found = keywords.iter().filter(|k| k.text == text && k.speaker.as_deref() == Some(speaker));
        let times = found.next().map(|k| k.at_s.clone());
        assert!(found.next().is_none(), "one for each speaker");
        times
    };
    assert_eq!(heard(V4_PROCESSED, "car", "agent"), Some(vec![0.0, 64.0]));
    assert_eq!(heard(V4_PROCESSED, "train", "caller"), Some(vec![0.0, 3.0]), "the second list, with the same id");
    assert_eq!(heard(V4_PROCESSED, "train", "agent"), None);
    assert_eq!(heard(V5_PROCESSED, "patio", "caller"), Some(vec![23.96, 65.73]));
    assert_eq!(heard(V5_PROCESSED, "windows", "agent"), Some(vec![13.48]));

    let v5 = draft(V5_PROCESSED);
    let turns = &part(&v5).transcript;
    assert_eq!(turns.len(), 19, "as many as there are labels");
    assert_eq!(turns[1].text, "[tone]");
    assert_eq!((turns[4].speaker.as_deref(), turns[4].text.as_str()), (Some("caller"), "ABC Windows and Doors."));
    assert_eq!((turns[5].speaker.as_deref(), turns[5].text.as_str()), (Some("agent"), "ABC Windows and Doors."));
    assert!(turns.iter().all(|t| !t.echo), "marking echoes is the fold's");
    assert!(part(&v5).transcript_raw.as_deref().unwrap().ends_with("Bye. "), "as sent");
    let v4 = draft(V4_PROCESSED);
    assert_eq!(part(&v4).transcript[7].text, ".");
    assert!(part(&v4).transcript.last().unwrap().text.starts_with("LIST press 1"));
}

#[test]
fn telmetrics_trap_14_sales_rescue_writes_american_times() {
    let draft = draft("ours-NewRescueCall.json");
    let part = part(&draft);
    assert_eq!(draft.at, Some(utc("2021-04-30T17:31:38Z")));
    assert_eq!(draft.name, "SalesRescueNew.NewRescueCall");
    assert_eq!((part.call.as_deref(), part.rank), (Some("121212121212"), 3));
    assert_eq!(part.headline.as_deref(), Some("Sales rescue: Missed Opportunity"));
    assert_eq!(claim(part, "rescue_outcome"), Some(&json!("Missed Opportunity")));
    assert!(claim(part, "score_cards").is_some());
    let local = json!({"Action": "SalesRescueNew.UpdatedRescueCall", "CallerNumber": "2025550142",
        "StartTime": "4/30/2021 1:31:38 PM", "TimeZone": "Pacific", "Rescue": {"Status": "Saved"}});
    let updated = read_json(&around(local)).unwrap().remove(0);
    assert_eq!(updated.at, Some(utc("2021-04-30T20:31:38Z")));
    assert_eq!(super::tests::part(&updated).headline.as_deref(), Some("Sales rescue: Saved"));
}

#[test]
fn telmetrics_trap_15_a_recording_link_is_a_secret_in_one_place_only() {
    for (name, secret) in [(V4_PROCESSED, "58836a43-69a8-463d"), (V5_PROCESSED, "7f087a28-764d-4983")] {
        let draft = draft(name);
        assert!(part(&draft).recording_url.as_deref().unwrap().contains(secret));
        let all = serde_json::to_string(&draft).unwrap();
        assert_eq!(all.matches(secret).count(), 1, "{name}");
        assert!(!draft.key.contains(secret));
    }
    let odd = json!({"Action": "CallDetails.CallProcessed", "TelmetricsId": 5, "TimeZone": "Eastern",
        "StartTime": "2025-01-02T03:00:00", "VoiceRecordingUrl": "javascript:alert(1)"});
    assert_eq!(part(&read_json(&around(odd)).unwrap()[0]).recording_url, None);
}

#[test]
fn the_published_processed_call_reads_whole() {
    let draft = draft(V4_PROCESSED);
    let part = part(&draft);
    assert_eq!((part.answered, part.state, part.duration_s), (Some(true), Some(CallState::Completed), Some(10)));
    assert_eq!(part.outcome, Some(Outcome::Booked));
    assert!(!part.sale);
    let sentiment = part.sentiment.as_ref().unwrap();
    assert_eq!((sentiment.label, sentiment.origin), (SentimentLabel::Neutral, SentimentOrigin::Provider));
    for (what, value) in [
        ("lead", json!("true")),
        ("lead_reason", json!("Appointment Booked")),
        ("appointment", json!("true")),
        ("sale", json!("false")),
        ("sentiment", json!("neutral")),
        ("satisfied", json!(false)),
        ("frustrated", json!(false)),
        ("view_of_business", json!("negative")),
        ("concern_class", json!("other - misinterpretation of caller's sentiment")),
        ("voicemail_detected", json!(false)),
    ] {
        assert_eq!(claim(part, what), Some(&value), "{what}");
    }
    assert!(claim(part, "sentiment_summary").is_some() && claim(part, "view_of_business_reason").is_some());
    assert_eq!(draft.attribution.source.as_deref(), Some("google"));
    assert_eq!(draft.attribution.campaign.as_deref(), Some("testcampaign"));
    assert_eq!(draft.person.address.city.as_deref(), Some("TORONTO"));
    assert_eq!(part.sent_us, utc("2016-05-04T17:17:41Z").timestamp_micros());
}

#[test]
fn the_place_of_an_unreadable_field_can_be_marked() {
    let raw = fixture("ours-start-time-unreadable.json");
    let error = read_bytes(&raw).unwrap_err();
    assert_eq!(place_of(&raw, error.field.as_deref().unwrap()), Some((10, 7)));
}
