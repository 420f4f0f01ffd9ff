//! The numbered traps of CallRail's section in the facts about senders, one test each.

use serde_json::json;

use super::*;
use crate::domain::call::CallState;
use crate::domain::event::Direction;

#[test]
fn callrail_trap_01_without_an_event_name_only_safe_shapes_are_read() {
    let name = |file: &str| one(read_raw(None, &fixture(file))).name;
    assert_eq!(name("ours-call_modified-tags.json"), "call_modified");
    assert_eq!(name("ours-outbound_call_modified.json"), "outbound_call_modified");
    assert_eq!(name("post_call-1.json"), "post_call");
    assert_eq!(name("ours-outbound_post_call.json"), "outbound_post_call");
    assert_eq!(name("text_message_sent-1.json"), "text_message_sent");
    assert_eq!(name("form_submission-1.json"), "form_submission");
    assert_eq!(name("ours-convert_assist_complete.json"), "convert_assist_complete");
    assert_eq!(name("ours-voice_assist_answered.json"), "voice_assist_answered");
    for ambiguous in ["ours-pre_call.json", "ours-call_routing_complete.json", "text_message_received-1.json"] {
        let unreadable = read_raw(None, &fixture(ambiguous)).unwrap_err();
        assert!(unreadable.reason.contains("Use the address made for each"), "{ambiguous}: {unreadable}");
    }
    // A URL pasted at the wrong place: what can be told for certain is read for what it is.
    assert_eq!(one(read_raw(Some("post_call"), &fixture("form_submission-1.json"))).name, "form_submission");
    assert_eq!(one(read_raw(Some("post_call"), &fixture("text_message_sent-1.json"))).name, "text_message_sent");
    assert_eq!(one(read_raw(Some("post_call"), &fixture("ours-call_modified-tags.json"))).name, "call_modified");
    assert_eq!(one(read_raw(Some("form_submission"), &fixture("post_call-1.json"))).name, "post_call");
    assert!(read_raw(Some("post_call"), &fixture("text_message_received-1.json")).is_err());
}

#[test]
fn callrail_trap_02_pre_call_is_never_a_missed_call() {
    let draft = read_fixture("ours-pre_call.json", "pre_call");
    let part = call(&draft);
    assert_eq!(part.state, Some(CallState::Ringing));
    assert_eq!((part.answered, part.voicemail, part.duration_s), (None, None, None));
    assert_eq!(part.rank, 0);
    let routed = read_fixture("ours-call_routing_complete.json", "call_routing_complete");
    let part = call(&routed);
    assert_eq!(part.state, Some(CallState::InProgress));
    assert_eq!((part.answered, part.voicemail, part.duration_s, part.rank), (None, None, None, 1));
    assert_eq!(part.tags.as_deref(), Some(["Sales line".to_string()].as_slice()));
    // Whatever a Pre-Call says of the ending.
    let odd = altered("ours-pre_call.json", json!({"call_type": "voicemail", "voicemail": true, "duration": 9}));
    assert_eq!(call(&one(read_value(Some("pre_call"), &odd))).state, Some(CallState::Ringing));
}

#[test]
fn callrail_trap_03_resource_id_or_id() {
    let numeric = read_fixture("post_call-1.json", "post_call");
    assert_eq!(numeric.key, "post_call:766970532");
    assert_eq!(call(&numeric).call.as_deref(), Some("766970532"));
    let real = read_fixture("ours-post_call-abandoned.json", "post_call");
    assert_eq!(real.key, "post_call:CALdead0000111122223333444455556666");
    let both = one(read_value(Some("post_call"), &altered("post_call-1.json", json!({"resource_id": "CAL1"}))));
    assert_eq!(both.key, "post_call:CAL1");
    assert_eq!(call(&both).call.as_deref(), Some("CAL1"));
    assert_eq!(links(&both, IdentityKind::Call), ["CAL1", "766970532"]);
    assert!(links(&both, IdentityKind::Person).is_empty());
    assert_eq!(links(&real, IdentityKind::Person), ["PERa1b2c3d4e5f60718293a4b5c6d7e8f90"]);
    // The company is nobody's identity.
    let company = ["155920786", "COM00112233445566778899aabbccddeeff", "TRKffeeddccbbaa99887766554433221100"];
    assert!(!real.identities.iter().any(|link| company.contains(&link.value.as_str())));
}

#[test]
fn callrail_trap_04_agent_stands_with_sent_texts() {
    let sent = read_fixture("text_message_sent-1.json", "text_message_sent");
    assert_eq!(text(&sent).agent.as_deref(), Some("Keith Rail"));
    assert_eq!(text(&sent).direction, Direction::Outbound);
    // Should an `agent` come with a received text, the address decides.
    let odd = altered("text_message_received-1.json", json!({"agent": "Keith Rail"}));
    assert_eq!(text(&one(read_value(Some("text_message_received"), &odd))).direction, Direction::Inbound);
}

#[test]
fn callrail_trap_05_sent_and_received_share_an_id_and_are_two_events() {
    let received = read_fixture("text_message_received-1.json", "text_message_received");
    let sent = read_fixture("text_message_sent-1.json", "text_message_sent");
    assert_eq!(links(&received, IdentityKind::Message), ["SCI0c14896tw1b64fb970ab62aaf4fbefd9", "879204976"]);
    assert_ne!(received.key, sent.key);
    assert_eq!(received.key, "text_message_received:SCI0c14896tw1b64fb970ab62aaf4fbefd9");
}

#[test]
fn callrail_trap_06_types_drift() {
    let empty = read_fixture("ours-post_call-abandoned.json", "post_call");
    let part = call(&empty);
    assert_eq!(part.duration_s, Some(15));
    assert!(part.transcript.is_empty() && part.keywords.is_empty() && part.milestones.is_empty());
    assert_eq!((part.value_cents, part.keypad.as_ref(), part.summary.as_ref()), (None, None, None));
    assert!(!part.claims.iter().any(|(what, _)| what != "first_call"), "{:?}", part.claims);

    let drifted = altered(
        "ours-post_call-answered.json",
        json!({"duration": 132.0, "answered": "true", "voicemail": "false", "value": 1250.5, "tags": "Kitchen",
               "call_summary": ["One.", "Two."], "conversational_transcript": "", "spam": "true", "score": 1,
               "keywords_spotted": null, "milestones": [], "keypad_entries": [{"name": "Menu", "value": 2}]}),
    );
    let draft = one(read_value(Some("post_call"), &drifted));
    let part = call(&draft);
    assert_eq!((part.duration_s, part.answered, part.value_cents), (Some(132), Some(true), Some(125_050)));
    assert_eq!(part.summary.as_deref(), Some("One.\nTwo."));
    assert_eq!(part.tags.as_deref(), Some(["Kitchen".to_string()].as_slice()));
    assert_eq!(part.keypad.as_deref(), Some("Menu: 2"));
    assert_eq!(part.transcript.len(), 2, "the labelled transcription stands in");
    assert!(part.claims.contains(&("spam".into(), true.into())));
    assert!(part.claims.contains(&("score".into(), 1.into())));
}

#[test]
fn callrail_trap_07_timestamp_of_a_call_is_its_start() {
    let modified = read_fixture("ours-call_modified-tags.json", "call_modified");
    assert_eq!(modified.at, Some(utc("2024-03-05T14:15:01.236Z")));
    assert_eq!(call(&modified).sent_us, 0, "nothing in the body says when it was sent");
    let mut body = altered("post_call-1.json", json!({}));
    body.as_object_mut().unwrap().remove("start_time");
    assert_eq!(one(read_value(Some("post_call"), &body)).at, Some(utc("2018-02-19T18:41:00.236Z")));
}

#[test]
fn callrail_trap_08_start_time_counts_with_its_own_offset() {
    let draft = read_fixture("post_call-1.json", "post_call");
    assert_eq!(draft.at, Some(utc("2018-02-19T18:41:00.236Z")));
    assert_eq!(call(&draft).started_at, draft.at);
    let mut body = altered("post_call-1.json", json!({}));
    body.as_object_mut().unwrap().retain(|key, _| !["start_time", "timestamp", "created_at"].contains(&key.as_str()));
    assert_eq!(one(read_value(Some("post_call"), &body)).at, Some(utc("2018-02-19T18:41:00Z")), "`datetime` is UTC");
    for wrong in ["yesterday", "2018-02-19T13:41:00", "0000-00-00"] {
        let unreadable =
            read_value(Some("post_call"), &altered("post_call-1.json", json!({"start_time": wrong}))).unwrap_err();
        assert_eq!(unreadable.reason, "CallRail sent a start time we could not read.");
        assert_eq!(unreadable.field.as_deref(), Some("start_time"));
    }
}

#[test]
fn callrail_trap_09_legacy_names_of_the_query_also_stand_in_the_body() {
    let mut body = altered("ours-post_call-answered.json", json!({}));
    body.as_object_mut().unwrap().retain(|key, _| {
        !["customer_phone_number", "tracking_phone_number", "business_phone_number", "customer_name"]
            .contains(&key.as_str())
    });
    let draft = one(read_value(Some("post_call"), &body));
    assert_eq!(links(&draft, IdentityKind::Phone), ["+19495550142"]);
    assert_eq!(draft.business, ["+14045558514", "+14045550190"]);
    assert_eq!(draft.person.name.as_deref(), Some("Laguna Beach Ca"));
}

#[test]
fn callrail_trap_10_form_encoded_bodies_read_alike() {
    let draft = read_fixture("ours-post_call.form", "post_call");
    let part = call(&draft);
    assert_eq!(part.call.as_deref(), Some("CALf0f0f0f0111122223333444455556666"));
    assert_eq!((part.answered, part.voicemail, part.duration_s), (Some(true), Some(false), Some(109)));
    assert_eq!(part.tags.as_deref(), Some(["Kitchen".to_string(), "Spam".to_string()].as_slice()));
    assert_eq!(part.keypad.as_deref(), Some("Menu: 2"));
    assert_eq!(part.answers[1].response.as_deref(), Some("A quote & a visit"));
    assert!(part.claims.contains(&("spam".into(), true.into())));
    assert!(part.claims.contains(&("urgency".into(), "low".into())));
    assert_eq!(draft.person.name.as_deref(), Some("Dana Example"));
    assert_eq!(draft.at, Some(utc("2026-03-05T14:15:01.236Z")));
    assert_eq!(one(read_raw(None, &fixture("ours-post_call.form"))).name, "post_call");
}

#[test]
fn callrail_trap_11_the_signature_is_over_the_raw_bytes() {
    let raw = fixture("ours-post_call-answered.json");
    assert!(raw.windows(6).any(|w| w == br"\u0026"));
    let headers = Headers(CallRail.sign(&raw, KEY, utc("2026-11-22T09:00:00Z")));
    assert_eq!(CallRail.verify(&raw, &headers, &[KEY.into()]), Verdict::Verified);
    let again = serde_json::to_vec(&serde_json::from_slice::<serde_json::Value>(&raw).unwrap()).unwrap();
    assert!(matches!(CallRail.verify(&again, &headers, &[KEY.into()]), Verdict::Failed(_)));
}

#[test]
fn callrail_trap_12_customer_name_is_caller_id_text() {
    let draft = read_fixture("ours-post_call-answered.json", "post_call");
    assert_eq!(draft.person.name.as_deref(), Some("Laguna Beach Ca"));
    assert!(draft.person.name_is_caller_id);
    for nobody in ["", "Anonymous", "Unavailable", "UNKNOWN", "+19495550142", "(949) 555-0142"] {
        let body = altered("ours-pre_call.json", json!({"customer_name": nobody}));
        let draft = one(read_value(Some("pre_call"), &body));
        assert_eq!((draft.person.name, draft.person.name_is_caller_id), (None, false), "{nobody}");
    }
    // `(abandoned)` and `--` are words for people, never numbers.
    let body = altered("ours-post_call-abandoned.json", json!({"value": "--", "duration": "(abandoned)"}));
    let draft = one(read_value(Some("post_call"), &body));
    assert_eq!((call(&draft).value_cents, call(&draft).duration_s), (None, None));
}

#[test]
fn callrail_trap_13_recording_links_stand_only_where_they_belong() {
    let draft = read_fixture("ours-post_call-answered.json", "post_call");
    let link = "https://app.callrail.com/calls/111222333/recording/redirect?access_key=aaaabbbbccccdddd";
    assert_eq!(call(&draft).recording_url.as_deref(), Some(link));
    let mut bare = draft.clone();
    let Body::Call(part) = &mut bare.body else { panic!() };
    part.recording_url = None;
    assert!(!serde_json::to_string(&bare).unwrap().contains("access_key"));
    assert!(!draft.key.contains("access_key"));
    let rest = read_fixture("api_single_call_milestones_keywords-1.json", "post_call");
    assert!(call(&rest).recording_url.as_deref().unwrap().starts_with("https://app.callrail.com/"));
    let script =
        altered("ours-post_call-answered.json", json!({"recording": "javascript:alert(1)", "recording_player": ""}));
    assert_eq!(call(&one(read_value(Some("post_call"), &script))).recording_url, None);
}

#[test]
fn callrail_trap_14_repeated_form_fields_are_all_kept() {
    let draft = read_fixture("ours-form_submission-repeated-keys.json", "form_submission");
    let named = |name: &str| -> Vec<&str> {
        form(&draft).fields.iter().filter(|f| f.name == name).map(|f| f.value.as_str()).collect()
    };
    assert_eq!(named("phone_number"), ["949-555-0142", "949-555-0143"]);
    assert_eq!(named("email_address"), ["Joe.Tester@Example.com", "joe@example.org"]);
    assert_eq!(named("details.fronts"), ["oak", "ash"]);
    assert_eq!(links(&draft, IdentityKind::Phone), ["+19495550142", "+19495550143"]);
    assert_eq!(links(&draft, IdentityKind::Email), ["joe.tester@example.com", "joe@example.org"]);
    assert_eq!(draft.person.name.as_deref(), Some("Joe Tester"));
    assert_eq!(draft.person.address.zip.as_deref(), Some("98208"));
    let order: Vec<&str> = form(&draft).fields.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(order[..4], ["your_name", "email_address", "phone_number", "message"]);
}

#[test]
fn callrail_trap_15_voice_assist_tells_who_called_and_what_for() {
    let draft = read_fixture("ours-post_call-voice_assist.json", "post_call");
    let answers: Vec<(&str, &str)> =
        call(&draft).answers.iter().map(|a| (a.question.as_str(), a.response.as_deref().unwrap())).collect();
    assert_eq!(answers[0], ("name", "Dana Example"));
    assert!(answers.contains(&("custom_question_1", "30 yard")), "{answers:?}");
    assert_eq!(answers.len(), 6, "an unanswered question is no answer");
    assert_eq!(draft.person.name.as_deref(), Some("Dana Example"));
    assert!(!draft.person.name_is_caller_id);
    assert_eq!(links(&draft, IdentityKind::Phone), ["+19495550142", "+19495550177"]);
    assert!(call(&draft).claims.contains(&("urgency".into(), "high".into())));
    assert_eq!(call(&draft).tags.as_deref(), Some(["Voice Assist - Message Taken".to_string()].as_slice()));

    let ordered = altered(
        "ours-post_call-voice_assist.json",
        json!({"voice_assist_message": {"contents": {"name": "Wrong"}, "ordered_content_with_overrides":
            [{"question": "Name", "answer": "Dana Right"}, {"question": "Purpose", "answer": "A dumpster"}]}}),
    );
    let draft = one(read_value(Some("post_call"), &ordered));
    assert_eq!(draft.person.name.as_deref(), Some("Dana Right"));
    assert_eq!(call(&draft).answers.len(), 2);
}
