//! Calls and texts beyond the numbered traps.

use serde_json::json;

use super::*;
use crate::domain::call::CallState;
use crate::domain::event::Direction;
use crate::domain::stage::{SentimentLabel, SentimentOrigin};

#[test]
fn a_whole_call_is_read_whole() {
    let draft = read_fixture("ours-post_call-answered.json", "post_call");
    let part = call(&draft);
    assert_eq!((part.direction, part.state), (Some(Direction::Inbound), Some(CallState::Completed)));
    assert_eq!((part.answered, part.voicemail, part.duration_s), (Some(true), Some(false), Some(132)));
    assert_eq!(part.from.as_deref(), Some("+19495550142"));
    assert_eq!(part.to.as_deref(), Some("+14045550190"));
    assert_eq!(part.tracking_number.as_deref(), Some("+14045558514"));
    assert_eq!(part.agent.as_deref(), Some("gil@example.com"));
    assert_eq!(part.value_cents, Some(125_050));
    assert_eq!(part.lead_status.as_deref(), Some("good_lead"));
    assert_eq!(part.score.as_deref(), Some("very good"));
    assert_eq!(part.keypad.as_deref(), Some("Account Number: 1234"));
    assert_eq!(part.note.as_deref(), Some("Wants oak fronts"));
    let sentiment = part.sentiment.as_ref().unwrap();
    assert_eq!((sentiment.label, sentiment.origin), (SentimentLabel::Positive, SentimentOrigin::Provider));
    let claimed: Vec<&str> = part.claims.iter().map(|(what, _)| what.as_str()).collect();
    assert_eq!(
        claimed,
        [
            "lead_status",
            "lead_score",
            "lead_explanation",
            "sentiment",
            "call_highlights",
            "first_call",
            "speaker_percent"
        ]
    );
    let turns: Vec<(Option<&str>, &str, Option<f64>)> =
        part.transcript.iter().map(|t| (t.speaker.as_deref(), t.text.as_str(), t.start_s)).collect();
    assert_eq!(
        turns,
        [
            (Some("agent"), "Northgate Kitchens, how can I help? ", Some(0.84)),
            (Some("caller"), "I need a quote for a kitchen.", Some(4.1)),
            (Some("agent"), "Tuesday at nine?", Some(9.0)),
        ]
    );
    assert!(part.transcript_raw.as_deref().unwrap().starts_with("Agent: Northgate"));
    let heard: Vec<(&str, Option<&str>, &[f64])> =
        part.keywords.iter().map(|k| (k.text.as_str(), k.speaker.as_deref(), k.at_s.as_slice())).collect();
    assert_eq!(
        heard,
        [("quote", Some("caller"), [7.71, 17.96].as_slice()), ("quote", Some("agent"), &[13.38]), ("oak", None, &[])]
    );
    assert_eq!(part.milestones.len(), 2);
    let from = &draft.attribution;
    assert_eq!((from.source.as_deref(), from.medium.as_deref()), (Some("google"), Some("cpc")));
    assert_eq!((from.campaign.as_deref(), from.term.as_deref()), (Some("spring"), Some("kitchen remodel")));
    assert_eq!((from.content.as_deref(), from.gclid.as_deref()), (Some("ad 7"), Some("abc")));
    assert_eq!(from.landing_page.as_deref(), Some("https://www.example.com/kitchens?gclid=abc&utm_source=google"));
    assert_eq!(draft.person.custom.get("crm"), Some(&json!("77")));
    assert_eq!(draft.business, ["+14045558514", "+14045550190"]);
}

#[test]
fn the_ending_is_told_by_type_and_flags() {
    let end = |fields: serde_json::Value| {
        let mut body = altered("ours-post_call-abandoned.json", json!({"duration": 0}));
        for key in ["call_type", "answered", "voicemail"] {
            body.as_object_mut().unwrap().remove(key);
        }
        for (key, value) in fields.as_object().unwrap() {
            body[key] = value.clone();
        }
        let draft = one(read_value(Some("post_call"), &body));
        (call(&draft).state, call(&draft).answered)
    };
    let is = |state, answered| (Some(state), answered);
    assert_eq!(end(json!({"call_type": "abandoned", "answered": false})), is(CallState::Abandoned, Some(false)));
    assert_eq!(end(json!({"call_type": "abandonded"})), is(CallState::Abandoned, Some(false)));
    assert_eq!(end(json!({"call_type": "missed", "answered": false})), is(CallState::Missed, Some(false)));
    assert_eq!(end(json!({"call_type": "voicemail"})), is(CallState::Voicemail, Some(false)));
    assert_eq!(end(json!({"call_type": "voicemail_transcription"})), is(CallState::Voicemail, Some(false)));
    assert_eq!(end(json!({"call_type": "answered"})), is(CallState::Completed, Some(true)));
    assert_eq!(end(json!({"call_type": "in_progress", "answered": true})), is(CallState::Completed, Some(true)));
    assert_eq!(end(json!({"call_type": "a new word", "answered": "false"})), is(CallState::Missed, Some(false)));
    assert_eq!(end(json!({"answered": false, "voicemail": true})), is(CallState::Voicemail, Some(false)));
    assert_eq!(end(json!({})), is(CallState::Completed, None));
}

#[test]
fn outbound_calls_have_the_lead_at_the_far_end() {
    let draft = read_fixture("ours-outbound_post_call.json", "outbound_post_call");
    let part = call(&draft);
    assert_eq!(part.direction, Some(Direction::Outbound));
    assert_eq!((part.from.as_deref(), part.to.as_deref()), (Some("+14045550190"), Some("+19495550142")));
    assert_eq!((part.state, part.answered), (Some(CallState::Completed), Some(true)));
    assert_eq!(links(&draft, IdentityKind::Phone), ["+19495550142"]);
    let unanswered = altered("ours-outbound_post_call.json", json!({"answered": "false", "duration": "0"}));
    let draft = one(read_value(Some("outbound_post_call"), &unanswered));
    assert_eq!((call(&draft).state, call(&draft).answered), (Some(CallState::Missed), Some(false)));
}

#[test]
fn blocked_callers_are_nobody() {
    for number in ["+266696687", "Anonymous", "Restricted", "+86282452253"] {
        let body =
            altered("ours-pre_call.json", json!({"customer_phone_number": number, "customer_name": "Anonymous"}));
        let draft = one(read_value(Some("pre_call"), &body));
        assert!(links(&draft, IdentityKind::Phone).is_empty(), "{number}");
        assert!(links(&draft, IdentityKind::Person).is_empty(), "CallRail may hold all of them for one person");
        assert_eq!(links(&draft, IdentityKind::Call).len(), 1);
        assert_eq!((call(&draft).from.as_ref(), draft.person.name.as_ref()), (None, None));
    }
}

#[test]
fn the_business_calling_itself_is_no_lead_by_its_number() {
    let body = altered("ours-pre_call.json", json!({"customer_phone_number": "+14045558514"}));
    let draft = one(read_value(Some("pre_call"), &body));
    assert!(links(&draft, IdentityKind::Phone).is_empty());
}

#[test]
fn a_change_names_its_fields_and_can_take_away() {
    let draft = read_fixture("ours-call_modified-tags.json", "call_modified");
    let part = call(&draft);
    assert_eq!(part.rank, 3);
    assert_eq!(part.changed, ["tags", "note", "transcript", "lead_status", "score"]);
    assert_eq!(part.tags.as_ref().unwrap().len(), 3);
    assert!(part.claims.contains(&("spam".into(), true.into())));

    let draft = read_fixture("ours-call_modified-cleared.json", "call_modified");
    let part = call(&draft);
    assert_eq!(part.tags.as_deref(), Some([].as_slice()));
    assert_eq!(part.note.as_deref(), Some(""));
    assert_eq!(part.value_cents, Some(0));
    assert_eq!(part.changed, ["tags", "note", "value_cents"]);

    // What is not named is not taken away, and an unknown name is kept.
    let body = altered("ours-call_modified-cleared.json", json!({"changes": ["recording", "lead_color"]}));
    let draft = one(read_value(Some("call_modified"), &body));
    let part = call(&draft);
    assert_eq!((part.tags.as_ref(), part.note.as_ref(), part.value_cents), (None, None, None));
    assert_eq!(part.changed, ["recording_url", "lead_color"]);
}

#[test]
fn a_change_is_another_event_and_its_repeat_is_not() {
    let a = read_fixture("ours-call_modified-tags.json", "call_modified");
    let b = read_fixture("ours-call_modified-cleared.json", "call_modified");
    assert_ne!(a.key, b.key);
    assert_eq!(a.key, read_fixture("ours-call_modified-tags.json", "call_modified").key);
    assert!(a.key.starts_with("call_modified:CAL0f1e2d3c4b5a69788796a5b4c3d2e1f0:"));
}

#[test]
fn a_change_that_says_nothing_of_the_ending_leaves_it() {
    let body = json!({"resource_id": "CAL1", "note": "later", "changes": ["note"]});
    let draft = one(read_value(None, &body));
    assert_eq!((call(&draft).state, call(&draft).answered, draft.at), (None, None, None));
    assert_eq!(call(&draft).note.as_deref(), Some("later"));
}

#[test]
fn plain_transcriptions_are_split_at_their_labels() {
    let turns = |text: &str| {
        let body = json!({"resource_id": "CAL1", "duration": 9, "transcription": text});
        let draft = one(read_value(Some("post_call"), &body));
        assert_eq!(call(&draft).transcript_raw.as_deref(), Some(text));
        call(&draft).transcript.iter().map(|t| (t.speaker.clone(), t.text.clone())).collect::<Vec<_>>()
    };
    let said = |who: &str, words: &str| (Some(who.to_string()), words.to_string());
    assert_eq!(
        turns("Agent: Hi. Caller: Hello, é! \nCustomer: again"),
        [said("agent", "Hi."), said("caller", "Hello, é!"), said("caller", "again")]
    );
    assert_eq!(turns("Hi, it is me. Ask for Agent: Smith"), [(None, "Hi, it is me. Ask for Agent: Smith".to_string())]);
    assert!(turns("Agent:").is_empty());
}

#[test]
fn a_call_without_an_id_is_named_by_number_and_time() {
    let mut body = altered("ours-pre_call.json", json!({}));
    body.as_object_mut().unwrap().remove("resource_id");
    let draft = one(read_value(Some("pre_call"), &body));
    assert_eq!(draft.key, "pre_call:#+19495550142:+14045558514:1709648101236000");
    assert_eq!(call(&draft).call, None);
    let unreadable = read_value(Some("pre_call"), &json!({"call_type": "missed", "duration": 0})).unwrap_err();
    assert_eq!(unreadable.field.as_deref(), Some("resource_id"));
}

#[test]
fn texts_have_their_lead_on_the_right_side() {
    let received = read_fixture("text_message_received-1.json", "text_message_received");
    assert_eq!(links(&received, IdentityKind::Phone), ["+17705555555"]);
    assert_eq!(received.business, ["+17701234567"]);
    assert_eq!(received.at, Some(utc("2017-10-23T19:57:18.826Z")));
    assert_eq!(text(&received).text, "CallRail is the best! ", "verbatim");
    assert_eq!(text(&received).from.as_deref(), Some("+17705555555"));
    assert_eq!(links(&received, IdentityKind::Conversation), ["crpLH"]);
    assert_eq!(links(&received, IdentityKind::Person), ["PERb122rc301ec45f5yy021d4jj180c1a79"]);
    let sent = read_fixture("text_message_sent-1.json", "text_message_sent");
    assert_eq!(links(&sent, IdentityKind::Phone), ["+17705555555"]);
    assert_eq!(sent.business, ["+17701234567"]);
    let picture = read_fixture("ours-text_message_received-mms.json", "text_message_received");
    assert_eq!((text(&picture).channel.as_str(), text(&picture).text.as_str()), ("mms", ""));
    assert_eq!(text(&picture).media, ["https://media.example.com/1.jpg"]);
    let bad = altered("text_message_sent-1.json", json!({"timestamp": "soon"}));
    assert_eq!(read_value(Some("text_message_sent"), &bad).unwrap_err().field.as_deref(), Some("timestamp"));
}

#[test]
fn convert_assist_answers_belong_to_the_call_they_name() {
    let draft = read_fixture("ours-convert_assist_complete.json", "convert_assist_complete");
    let part = call(&draft);
    assert_eq!(part.call.as_deref(), Some("CAL0f1e2d3c4b5a69788796a5b4c3d2e1f0"));
    assert_eq!((part.from.as_ref(), part.to.as_ref(), part.state, part.direction), (None, None, None, None));
    assert_eq!(part.answers[0].question, "Action plan");
    assert_eq!(part.answers[0].transcript.as_deref(), Some("1. Confirm the visit\n2. Send the estimate"));
    assert_eq!(draft.at, Some(utc("2024-03-05T14:21:53.286Z")));
    assert_eq!(links(&draft, IdentityKind::Person), ["PERa1b2c3d4e5f60718293a4b5c6d7e8f90"]);
    assert_eq!(links(&draft, IdentityKind::Call), ["CAL0f1e2d3c4b5a69788796a5b4c3d2e1f0"]);
    let about_text = altered(
        "ours-convert_assist_complete.json",
        json!({"last_interaction_type": "Text", "last_interaction_resource_id": "SCI1"}),
    );
    let draft = one(read_value(Some("convert_assist_complete"), &about_text));
    assert_eq!(call(&draft).call, None);
    assert_eq!(call(&draft).headline.as_deref(), Some("Convert Assist answers about a text"));
    assert_eq!(links(&draft, IdentityKind::Message), ["SCI1"]);
}

#[test]
fn voice_assist_picking_up_is_a_call_in_progress() {
    let draft = read_fixture("ours-voice_assist_answered.json", "call_routing_complete");
    let part = call(&draft);
    assert_eq!(draft.name, "voice_assist_answered");
    assert_eq!((part.state, part.answered, part.rank), (Some(CallState::InProgress), Some(true), 1));
    assert_eq!(part.call, call(&read_fixture("ours-pre_call.json", "pre_call")).call);
    assert_eq!(draft.business, ["+14045558514"]);
    assert!(links(&draft, IdentityKind::Phone).is_empty());
}
