//! What the head of an event must still say, and that nothing of it is lost.
#![allow(clippy::unwrap_used)]

use chrono::DateTime;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::domain::Event;
use crate::domain::action::{Action, Deed, DeedOrUndo};
use crate::domain::call::{Answer, CallPart, CallState};
use crate::domain::event::{Attribution, Direction, EventId, Form, Message, OutcomeTag, StatusChange};
use crate::domain::fold::{Folded, fold};
use crate::domain::lead_metrics::metrics_of;
use crate::domain::stage::{Outcome, Stage};

/// What senders write: nothing, a word, a lot; with room between and around.
fn said() -> BoxedStrategy<String> {
    let word =
        prop_oneof![Just("stop"), Just("CANCEL"), Just("Žluťoučký kůň"), Just("!"), Just("a"), Just("\n"), Just("  ")];
    let times = prop_oneof![Just(0usize), Just(1), Just(2), Just(60), Just(200), Just(1_000), Just(1_400)];
    (word.clone(), times, word, "[a-c ]{0,6}")
        .prop_map(|(word, times, last, tail)| word.repeat(times) + last + &tail)
        .boxed()
}

/// The same, and whoever knows what stands in for a text.
fn forged() -> BoxedStrategy<String> {
    let stub = Just(wrap("seen", TEXT, "never said", "", "stop"));
    let list = Just(wrap("7", LIST, "[]", "", ""));
    prop_oneof![4 => said(), 1 => stub, 1 => list, 1 => Just(MARK.to_string()), 1 => said().prop_map(|text| format!("{MARK}{text}"))]
    .boxed()
}

fn turns(text: BoxedStrategy<String>) -> impl Strategy<Value = Vec<Turn>> {
    let speaker = prop_oneof![Just(None), Just(Some("agent".to_string())), Just(Some("caller".to_string()))];
    let turn = (speaker, text).prop_map(|(speaker, text)| Turn { speaker, text, ..Turn::default() });
    proptest::collection::vec(turn, 0..6)
}

fn event(minute: i64, source: i64, body: Body, word: String) -> Event {
    let at = DateTime::from_timestamp(1_774_000_000 + minute * 60, 0).unwrap();
    let uid = format!("source {source}");
    let mut draft = ParsedEvent::new(format!("{minute} {body:?}"), "told", Some(at), body);
    draft.row = minute % 3 == 0;
    draft.add_identity(crate::domain::IdentityKind::Phone, "+12025550142");
    draft.person.name = Some(word.clone()).filter(|word| !word.trim().is_empty());
    draft.person.custom.insert("Referred by".into(), json!([word, { "and": word }]));
    draft.attribution = Attribution { source: Some(word.clone()), landing_page: Some(word), ..Attribution::default() };
    Event {
        id: EventId::of(&uid, &draft.key),
        source,
        source_uid: uid,
        provider: "test".into(),
        at,
        at_received: false,
        first_received: at,
        last_received: at,
        unsigned: false,
        draft,
    }
}

fn any_event(text: BoxedStrategy<String>) -> impl Strategy<Value = Event> {
    let texts = proptest::collection::vec(text.clone(), 8);
    (0i64..9, 0u8..7, texts, turns(text), any::<bool>(), 0usize..150).prop_map(
        |(minute, kind, texts, turns, flag, many)| {
            let [a, b, c, d, e, f, g, h] = <[String; 8]>::try_from(texts).unwrap();
            let direction = if flag { Direction::Inbound } else { Direction::Outbound };
            let body = match kind {
                0 => Body::Message(Message {
                    direction,
                    channel: if many % 2 == 0 { "sms".into() } else { a },
                    text: b,
                    from: None,
                    to: Some(c),
                    agent: Some(d),
                    conversation_id: None,
                    media: vec![e],
                    delivery_status: Some(f),
                }),
                1 => Body::Form(Form {
                    fields: (0..many).map(|n| FormField { name: format!("{n}{a}"), value: b.clone() + &c }).collect(),
                    page: Some(d),
                    landing_page: None,
                    referrer: Some(e),
                    first_form: None,
                }),
                2 => Body::Status(StatusChange {
                    stage: Some(Stage::ALL[many % 9]),
                    // A word that is nothing but room for a thousand letters is none.
                    status: a.trim_start().into(),
                    reason: Some(b),
                    from_lead: flag,
                    facts: [("seen".to_string(), Value::from(c))].into_iter().collect(),
                }),
                3 => Body::Outcome(OutcomeTag {
                    outcome: Outcome::ALL[many % 8],
                    said: a.trim_start().into(),
                    call: Some("1".into()),
                    estimated_cents: Some(1),
                    actual_cents: None,
                    revenue_cents: None,
                    notes: Some(b),
                }),
                4 => {
                    let deed = if flag {
                        Deed::Note { text: a }
                    } else {
                        Deed::Outcome {
                            outcome: Outcome::Quoted,
                            call: None,
                            estimated_cents: None,
                            actual_cents: None,
                            revenue_cents: None,
                            notes: Some(a),
                        }
                    };
                    let about = EventId::of("source 1", "0");
                    Body::Action(Action { about, by: None, what: DeedOrUndo::Deed(deed) })
                }
                _ => Body::Call(Box::new(CallPart {
                    call: Some((many % 2).to_string()),
                    rank: 2,
                    answered: Some(flag),
                    state: Some(CallState::Completed),
                    agent: Some(a),
                    summary: Some(b),
                    transcript: turns,
                    transcript_raw: Some(c),
                    claims: vec![("lead_reason".into(), d.into()), ("seen".into(), json!({ "by": e }))],
                    outcome: Some(Outcome::ALL[many % 8]),
                    tags: Some(vec![f]),
                    note: Some(g),
                    answers: vec![Answer { question: h.clone(), response: None, transcript: Some(h) }],
                    ..CallPart::default()
                })),
            };
            let word = "m".repeat(many * 9);
            event(minute, if kind == 4 { 0 } else { 1 }, body, word)
        },
    )
}

fn texts_of(said: Vec<String>) -> Texts {
    said.into_iter().map(|text| (hash_of(&text), text)).collect()
}

/// Folds the heads of events, and puts the texts back afterwards: as the store does.
fn folded_by_heads(events: &[Event]) -> (Folded, Vec<Event>) {
    let mut all = Texts::new();
    let mut heads = events.to_vec();
    for head in &mut heads {
        let (short, texts) = split(&head.draft).unwrap();
        head.draft = short;
        all.extend(texts_of(texts));
    }
    let mut folded = fold(&heads);
    for entry in &mut folded.entries {
        let lacking = lacks(entry);
        fill(entry, &all);
        assert!(lacks(entry).is_empty());
        assert!(lacking.iter().all(|hash| all.contains_key(hash)));
    }
    (folded, heads)
}

fn unique(mut events: Vec<Event>) -> Vec<Event> {
    let mut seen = HashSet::new();
    events.retain(|event| seen.insert(event.id));
    events
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_head_and_its_texts_are_the_event_as_it_was(event in any_event(forged())) {
        let (mut head, said) = split(&event.draft).unwrap();
        prop_assert!(serde_json::to_string(&head).unwrap().len() < 400_000, "what stays is short");
        let texts = texts_of(said);
        // As it is stored.
        let read: ParsedEvent = serde_json::from_slice(&serde_json::to_vec(&head).unwrap()).unwrap();
        (head.person, head.attribution, head.body) = (read.person, read.attribution, read.body);
        prop_assert!(lacks_of(&mut head, false).iter().all(|hash| texts.contains_key(hash)));
        join(&mut head, &texts);
        prop_assert_eq!(head, event.draft);
    }

    #[test]
    fn a_lead_is_the_same_by_heads(events in proptest::collection::vec(any_event(said()), 1..8).prop_map(unique)) {
        let whole = fold(&events);
        let (by_heads, heads) = folded_by_heads(&events);
        prop_assert_eq!(&by_heads.lead, &whole.lead);
        prop_assert_eq!(&by_heads.journey, &whole.journey);
        prop_assert_eq!(&by_heads.evidence, &whole.evidence);
        prop_assert_eq!(&by_heads.entries, &whole.entries);
        let (mine, theirs) = (metrics_of(&by_heads, &heads), metrics_of(&whole, &events));
        prop_assert_eq!(mine.moments.len(), theirs.moments.len());
        prop_assert_eq!((mine.outcome, mine.money, &mine.said), (theirs.outcome, theirs.money, &theirs.said));
    }

    #[test]
    fn a_text_says_what_it_said(text in said(), other in said()) {
        let short = if goes_out(Excerpt::Line, &text) { stand_in(Excerpt::Line, &text) } else { text.clone() };
        prop_assert!(short.len() < 1_500);
        prop_assert_eq!(length(&short), text.len());
        prop_assert_eq!(same_words(&short, &other), same_words(&text, &other));
        prop_assert!(same_words(&short, &text));
        let short_word = |word: String| if word.len() <= STOP_WORD { word } else { String::new() };
        prop_assert_eq!(short_word(opt_out_word(&short)), short_word(opt_out_word(&text)));
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(160).collect::<String>();
        prop_assert_eq!(words(&shown(&short)), words(&text));
    }
}

#[test]
fn what_is_short_stays() {
    let (head, texts) =
        split(&event(1, 1, Body::Contact(crate::domain::event::Contact { contact_type: None }), "Jane".into()).draft)
            .unwrap();
    assert!(texts.is_empty());
    assert_eq!(head.person.name.as_deref(), Some("Jane"));
}

#[test]
fn a_text_that_is_not_there_is_shown_as_far_as_it_is_known() {
    let text = stand_in(Excerpt::Line, &"so much ".repeat(100));
    let mut title = format!("Said: {text}!");
    put(&mut title, &Texts::new());
    assert!(title.starts_with("Said: so much so") && title.ends_with('!') && !title.contains(MARK), "{title}");
}
