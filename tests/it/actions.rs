//! What can be done about a lead: each wrong body has its sentence, and the journal holds what was done as it always did.

use axum::body::{Body, to_bytes};
use axum::http::Request;
use leadtrail::domain::event::Direction;
use leadtrail::store::journal::{self, JournalEntry};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::event_builders::{at, phone, text};
use super::support::TestApp;

/// Of somebody who wrote a text.
async fn lead(app: &TestApp) -> Value {
    let source = app.add("callrail").await;
    app.place(&source, at(1), &[text(1, &phone(1), Direction::Inbound, "hello")]).await;
    app.leads().await.remove(0)
}

/// Posts a body as it stands: JSON can say things that a value in memory cannot.
async fn act(app: &TestApp, lead: &Value, body: &str) -> (u16, Value) {
    let request =
        Request::post(format!("/api/leads/{}/actions", lead["id"])).header("content-type", "application/json");
    let request = request.body(Body::from(body.to_string())).unwrap();
    let answer = leadtrail::http::api(app.app.clone()).oneshot(request).await.unwrap();
    let status = answer.status().as_u16();
    (status, serde_json::from_slice(&to_bytes(answer.into_body(), usize::MAX).await.unwrap()).unwrap())
}

const TYPES: &str = "“type” is one of note, outcome, tag, untag, assign.";
const OUTCOMES: &str =
    "“outcome” is one of booked, quoted, follow_up, not_interested, no_answer, spam, wrong_number, other.";
const CENTS: &str = "That is no amount of money we can keep.";
const NO_STRING: &str = "That does not fit: invalid type: integer `5`, expected a string.";

#[tokio::test]
async fn each_wrong_body_has_its_sentence() {
    let app = TestApp::new();
    let lead = lead(&app).await;
    let long = |n: usize| "x".repeat(n);
    for (body, sentence) in [
        (r#"{}"#.into(), "That does not fit: missing field `type`."),
        (r#"{"kind":"note","text":"x"}"#.into(), "That does not fit: missing field `type`."),
        (r#"{"type":null,"text":"x"}"#.into(), "That does not fit: invalid type: null, expected a string."),
        (r#"{"type":5,"text":"x"}"#.into(), NO_STRING),
        (r#"{"type":0,"text":"x"}"#.into(), "That does not fit: invalid type: integer `0`, expected a string."),
        (r#"{"type":["note"],"text":"x"}"#.into(), "That does not fit: invalid type: sequence, expected a string."),
        (r#"{"type":"dance"}"#.into(), TYPES),
        (r#"{"type":""}"#.into(), TYPES),
        (r#"{"type":"Note","text":"x"}"#.into(), TYPES),
        (r#"{"type":"undo","action":"00000000000000000000000000000000"}"#.into(), TYPES),
        (r#"{"type":"note","type":"note","text":"x"}"#.into(), "That does not fit: duplicate field `type`."),
        // A note.
        (r#"{"type":"note"}"#.into(), "The note is empty."),
        (r#"{"type":"note","text":null}"#.into(), "The note is empty."),
        (r#"{"type":"note","text":" \n "}"#.into(), "The note is empty."),
        (r#"{"type":"note","text":5}"#.into(), NO_STRING),
        (r#"{"type":"note","text":"x","text":"y"}"#.into(), "That does not fit: duplicate field `text`."),
        (r#"{"type":"note","text":"a\u0000b"}"#.into(), "The note holds a character that no text has."),
        (format!(r#"{{"type":"note","text":"{}"}}"#, long(20_001)), "A note has at most 20000 characters."),
        // A tag, put on and taken off.
        (r#"{"type":"tag"}"#.into(), "Give the tag a name."),
        (r#"{"type":"untag","tag":null}"#.into(), "Give the tag a name."),
        (r#"{"type":"tag","tag":"  "}"#.into(), "Give the tag a name."),
        (r#"{"type":"tag","tag":5}"#.into(), NO_STRING),
        (r#"{"type":"untag","tag":"two\nlines"}"#.into(), "A tag is one line of plain characters."),
        (format!(r#"{{"type":"tag","tag":"{}"}}"#, long(61)), "A tag has at most 60 characters."),
        (format!(r#"{{"type":"tag","tag":"a{}b"}}"#, " ".repeat(60)), "A tag has at most 60 characters."),
        // Whom it is given to.
        (r#"{"type":"assign","rep":5}"#.into(), NO_STRING),
        (r#"{"type":"assign","rep":"a\u0007b"}"#.into(), "A name is one line of plain characters."),
        (format!(r#"{{"type":"assign","rep":"{}"}}"#, long(101)), "“rep” is a name of at most 100 characters."),
        // How it ended.
        (r#"{"type":"outcome"}"#.into(), OUTCOMES),
        (r#"{"type":"outcome","outcome":null}"#.into(), OUTCOMES),
        (r#"{"type":"outcome","outcome":"happy"}"#.into(), OUTCOMES),
        (r#"{"type":"outcome","outcome":"Booked"}"#.into(), OUTCOMES),
        (r#"{"type":"outcome","outcome":5}"#.into(), NO_STRING),
        (r#"{"type":"outcome","outcome":"booked","call":5}"#.into(), NO_STRING),
        (r#"{"type":"outcome","outcome":"booked","notes":5}"#.into(), NO_STRING),
        (r#"{"type":"outcome","outcome":"booked","actual_cents":-1}"#.into(), CENTS),
        (r#"{"type":"outcome","outcome":"booked","estimated_cents":1000000000001}"#.into(), CENTS),
        (
            r#"{"type":"outcome","outcome":"booked","revenue_cents":1.5}"#.into(),
            "That does not fit: invalid type: floating point `1.5`, expected i64.",
        ),
        (
            r#"{"type":"outcome","outcome":"booked","revenue_cents":"5"}"#.into(),
            "That does not fit: invalid type: string \"5\", expected i64.",
        ),
        (
            r#"{"type":"outcome","outcome":"booked","revenue_cents":9223372036854775808}"#.into(),
            "That does not fit: invalid value: integer `9223372036854775808`, expected i64.",
        ),
        (
            format!(r#"{{"type":"outcome","outcome":"booked","notes":"{}"}}"#, long(20_001)),
            "A note has at most 20000 characters.",
        ),
        // Who does it is looked at first.
        (r#"{"type":"note","text":"","by":5}"#.into(), NO_STRING),
        (r#"{"type":"note","text":"","by":"a\u0007b"}"#.into(), "“by” is a name of at most 100 characters."),
        (format!(r#"{{"type":"note","text":"x","by":"{}"}}"#, long(101)), "“by” is a name of at most 100 characters."),
        (r#"{"type":"note","text":"x","by":"A","by":"B"}"#.into(), "That does not fit: duplicate field `by`."),
    ] {
        let (status, said) = act(&app, &lead, &body).await;
        assert_eq!((status, &said["code"]), (422, &json!("invalid")), "{body}");
        assert_eq!(said["detail"], sentence, "{body}");
    }
    for (body, status, sentence) in [
        ("", 400, "The body is not valid JSON."),
        (r#"{"type":"note","text":"x""#, 400, "The body is not valid JSON."),
        (
            r#"{"type":"outcome","outcome":"booked","call":"abababababababababababababababab"}"#,
            404,
            "This lead has no such call.",
        ),
    ] {
        let (answered, said) = act(&app, &lead, body).await;
        assert_eq!((answered, said["detail"].as_str().unwrap()), (status, sentence), "{body}");
    }
    for body in ["null", "[]", r#""note""#, "5"] {
        assert_eq!(act(&app, &lead, body).await.0, 422, "{body}");
    }
    // Nothing of it is in.
    assert_eq!(app.timeline(&lead).await.len(), 1);
}

/// The bytes are what the id of an action is made of: a file of before and a file of today are one.
#[tokio::test]
async fn the_journal_holds_an_action_as_it_always_did() {
    let app = TestApp::new();
    let lead = lead(&app).await;
    let text = app.timeline(&lead).await.remove(0)["id"].as_str().unwrap().to_string();
    let mut first = String::new();
    for (body, kept) in [
        (r#"{"type":"note","text":" Back door. \n","by":"  Kim "}"#, r#""by":"Kim","type":"note","text":"Back door.""#),
        (r#"{"text":"x","by":"","type":"note"}"#, r#""type":"note","text":"x""#),
        (r#"{"type":"tag","tag":" big  job "}"#, r#""type":"tag","tag":"big job""#),
        (r#"{"type":"untag","tag":"big job","by":null}"#, r#""type":"untag","tag":"big job""#),
        (r#"{"type":"assign","rep":" Kim\nRoe "}"#, r#""type":"assign","rep":"Kim Roe""#),
        (r#"{"type":"assign","rep":null}"#, r#""type":"assign""#),
        (r#"{"type":"assign","rep":" "}"#, r#""type":"assign""#),
        (r#"{"type":"assign"}"#, r#""type":"assign""#),
        (r#"{"type":"outcome","outcome":"follow_up"}"#, r#""type":"outcome","outcome":"follow_up""#),
        (
            r#"{"notes":" soon ","revenue_cents":3,"actual_cents":2,"estimated_cents":1,"call":"","outcome":"booked","type":"outcome"}"#,
            r#""type":"outcome","outcome":"booked","estimated_cents":1,"actual_cents":2,"revenue_cents":3,"notes":"soon""#,
        ),
        (
            r#"{"type":"outcome","outcome":"other","call":null,"estimated_cents":null,"notes":" ","actual_cents":0}"#,
            r#""type":"outcome","outcome":"other","actual_cents":0"#,
        ),
        // What another action says, and what nobody knows, is not looked at.
        (r#"{"type":"tag","tag":"x","text":"y","outcome":"booked","colour":{"a":[1]}}"#, r#""type":"tag","tag":"x""#),
    ] {
        let (status, done) = act(&app, &lead, body).await;
        assert_eq!(status, 201, "{body}: {done}");
        assert_eq!(raw(&app, &done), format!(r#"{{"about":"{text}",{kept}}}"#), "{body}");
        if first.is_empty() {
            first = done["id"].as_str().unwrap().to_string();
        }
    }
    let undo = app.post_json(&format!("/api/actions/{first}/undo"), json!({ "by": " Ann " })).await;
    assert_eq!(undo.status, 200, "{}", undo.text());
    let kept = format!(r#"{{"about":"{text}","by":"Ann","type":"undo","action":"{first}"}}"#);
    assert_eq!(raw(&app, &undo.json()), kept);
    let long = json!({ "by": "x".repeat(101) });
    let refused = app.post_json(&format!("/api/actions/{first}/undo"), long).await;
    assert_eq!((refused.status, &refused.json()["detail"]), (422, &json!("“by” is a name of at most 100 characters.")));
}

/// What an action is in the journal.
fn raw(app: &TestApp, done: &Value) -> String {
    let seq = done["seq"].as_i64().unwrap();
    match app.app.store.read_blocking(|file| journal::one(file, seq)).unwrap() {
        Some(JournalEntry::Action(row)) => String::from_utf8(row.raw).unwrap(),
        other => panic!("{other:?}"),
    }
}
