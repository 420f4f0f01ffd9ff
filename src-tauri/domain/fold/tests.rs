//! What the fold promises, on made events and without a database.
#![allow(clippy::unwrap_used)]

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::*;
use crate::domain::action::{Action, Deed};
use crate::domain::call::{CallPart, CallState, KnownClaim};
use crate::domain::entry::{EntryContent, EntryKind, NoteView};
use crate::domain::event::*;
use crate::domain::lead::NeedKind;
use crate::domain::stage::{Outcome, Stage};

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_774_000_000 + minute * 60, 0).unwrap()
}

fn event(minute: i64, body: Body) -> Event {
    made(1, &format!("{minute} {body:?}"), minute, body)
}

fn made(source: i64, key: &str, minute: i64, body: Body) -> Event {
    let uid = format!("source {source}");
    Event {
        id: EventId::of(&uid, key),
        source,
        source_uid: uid,
        provider: "test".into(),
        at: at(minute),
        at_received: false,
        first_received: at(minute) + TimeDelta::seconds(1),
        last_received: at(minute) + TimeDelta::seconds(1),
        unsigned: false,
        draft: ParsedEvent::new(key, "test", Some(at(minute)), body),
    }
}

fn text(minute: i64, direction: Direction, words: &str) -> Event {
    event(
        minute,
        Body::Message(Message {
            direction,
            channel: "sms".into(),
            text: words.into(),
            from: None,
            to: None,
            agent: None,
            conversation_id: None,
            media: Vec::new(),
            delivery_status: None,
        }),
    )
}

fn call(minute: i64, id: &str, part: CallPart) -> Event {
    let started_at = part.started_at.or(Some(at(minute)));
    let body = Body::Call(Box::new(CallPart { call: Some(id.into()), started_at, ..part }));
    event(minute, body)
}

fn status(minute: i64, stage: Stage, word: &str, from_lead: bool) -> Event {
    let status =
        StatusChange { stage: Some(stage), status: word.into(), reason: None, from_lead, facts: Default::default() };
    event(minute, Body::Status(status))
}

fn tagged(minute: i64, outcome: Outcome, call: Option<&str>, actual: Option<i64>) -> Event {
    event(
        minute,
        Body::Outcome(OutcomeTag {
            outcome,
            said: outcome.as_str().into(),
            call: call.map(String::from),
            estimated_cents: Some(250_000),
            actual_cents: actual,
            revenue_cents: None,
            notes: None,
        }),
    )
}

fn deed(minute: i64, about: &Event, deed: Deed) -> Event {
    act(minute, about, DeedOrUndo::Deed(deed))
}

fn undoing(minute: i64, about: &Event, action: &Event) -> Event {
    act(minute, about, DeedOrUndo::Undo { action: action.id })
}

fn act(minute: i64, about: &Event, what: DeedOrUndo) -> Event {
    let key = format!("deed {minute} {what:?}");
    let mut event = made(0, &key, minute, Body::Action(Action { about: about.id, by: None, what }));
    event.provider = "leadtrail".into();
    event
}

fn answered() -> CallPart {
    CallPart { answered: Some(true), state: Some(CallState::Completed), rank: 2, ..CallPart::default() }
}

fn missed() -> CallPart {
    CallPart { answered: Some(false), state: Some(CallState::Missed), rank: 2, ..CallPart::default() }
}

#[test]
fn the_furthest_open_stage_stands() {
    let folded = fold(&[
        text(10, Direction::Inbound, "hello"),
        status(20, Stage::Contacted, "Delivered", false),
        tagged(5, Outcome::Booked, None, None),
    ]);
    assert_eq!(folded.lead.stage, Stage::Booked);
    assert_eq!(folded.journey.len(), 1, "what is behind the furthest stage does not move the lead back");
}

#[test]
fn a_closing_status_wins_until_a_reply() {
    let closed = [text(1, Direction::Inbound, "hi"), status(5, Stage::Lost, "LcmLeadClose", false)];
    assert_eq!(fold(&closed).lead.stage, Stage::Lost);
    assert_eq!(fold(&closed).lead.closed_reason.as_deref(), Some("LcmLeadClose"));
    let mut events = closed.to_vec();
    events.push(status(6, Stage::Contacted, "Delivered", false));
    assert_eq!(fold(&events).lead.stage, Stage::Lost, "what the business sends does not reopen");
    events.push(text(9, Direction::Inbound, "one more question"));
    let folded = fold(&events);
    assert_eq!(folded.lead.stage, Stage::Responded);
    assert_eq!(folded.lead.closed_reason, None);
    assert_eq!(folded.journey.len(), 3);
    assert_eq!(folded.journey[1].until, Some(at(9)));
}

#[test]
fn stop_is_for_good() {
    let folded = fold(&[
        text(1, Direction::Outbound, "Hi, it is us"),
        text(2, Direction::Inbound, " Stop. "),
        text(3, Direction::Inbound, "hello again"),
        tagged(4, Outcome::Booked, None, None),
    ]);
    assert_eq!(folded.lead.stage, Stage::DoNotContact);
    assert!(folded.lead.do_not_contact);
    assert_eq!(folded.lead.do_not_contact_reason.as_deref(), Some("Asked to stop by text"));
    assert!(folded.lead.needs.is_empty());
    let polite = fold(&[text(2, Direction::Inbound, "please do not stop calling")]);
    assert!(!polite.lead.do_not_contact);
}

#[test]
fn an_own_outcome_settles_a_disagreement_and_both_claims_stay() {
    let first = call(1, "42", answered());
    let card = fold(std::slice::from_ref(&first)).entries[0].id.clone();
    let mut events = vec![first.clone(), tagged(9, Outcome::Spam, Some("42"), None)];
    assert_eq!(fold(&events).lead.stage, Stage::Lost);
    let own = Deed::Outcome {
        outcome: Outcome::Booked,
        call: Some(card),
        estimated_cents: None,
        actual_cents: None,
        revenue_cents: None,
        notes: None,
    };
    events.push(deed(5, &first, own));
    let folded = fold(&events);
    assert_eq!(folded.lead.stage, Stage::Booked, "also when the sender's word is the later one");
    let call = folded.entries[0].call().unwrap();
    assert_eq!(call.outcome, Some(Outcome::Booked));
    assert_eq!(call.claims.iter().filter(|claim| claim.what == KnownClaim::Outcome).count(), 2);
}

#[test]
fn undo_and_redo() {
    let hello = text(1, Direction::Inbound, "hello");
    let tag = deed(2, &hello, Deed::Tag { tag: "Kitchen".into() });
    let undo = undoing(3, &hello, &tag);
    let redo = undoing(4, &hello, &undo);
    assert_eq!(fold(&[hello.clone(), tag.clone()]).lead.tags, ["Kitchen"]);
    assert!(fold(&[undo.clone(), hello.clone(), tag.clone()]).lead.tags.is_empty());
    assert_eq!(fold(&[redo, undo, tag, hello]).lead.tags, ["Kitchen"]);
}

#[test]
fn what_was_taken_back_can_be_found_and_done_again() {
    let hello = text(1, Direction::Inbound, "hello");
    let note = deed(2, &hello, Deed::Note { text: "Wrong house".into() });
    let tag = deed(3, &hello, Deed::Tag { tag: "Kitchen".into() });
    let undo = undoing(4, &hello, &note);
    let again = undoing(5, &hello, &note);
    let all = [again.clone(), undo.clone(), hello.clone(), tag.clone(), note.clone()];
    let found = taken_back(&all);
    assert_eq!(found.len(), 1, "an undo is nothing that is listed itself");
    assert_eq!((found[0].entry.id.clone(), found[0].undo), (note.id.to_string(), again.id), "the latest who did it");
    let note = EntryContent::Note { note: NoteView { text: "Wrong house".into(), by: None } };
    assert_eq!(found[0].entry.content, note);
    // Done again, both times it was taken back.
    let redo = |minute, undo: &Event| undoing(minute, &hello, undo);
    let (first, second) = (redo(6, &undo), redo(7, &again));
    let mut events = all.to_vec();
    events.push(second);
    assert_eq!(taken_back(&events)[0].undo, undo.id);
    events.push(first);
    assert_eq!(taken_back(&events), []);
    events.reverse();
    assert_eq!(taken_back(&events), []);
    assert!(fold(&events).entries.iter().any(|entry| entry.kind() == EntryKind::Note));
}

#[test]
fn money_received_converts() {
    let folded = fold(&[tagged(1, Outcome::Booked, None, Some(100))]);
    assert_eq!(folded.lead.stage, Stage::Converted);
    assert_eq!(folded.lead.value_cents, Some(100), "actual above 0 beats estimated");
    assert_eq!(fold(&[tagged(1, Outcome::Booked, None, Some(0))]).lead.value_cents, Some(250_000));

    // A rep who tags the paid call "booked" does not take the money back; one who tags it spam does.
    let spoken = call(1, "42", answered());
    let paid = tagged(2, Outcome::Booked, Some("42"), Some(50_000));
    let own = |outcome| {
        let call = Some(call_id("source 1", "42"));
        let none = None;
        let said = Deed::Outcome {
            outcome,
            call,
            estimated_cents: none,
            actual_cents: none,
            revenue_cents: none,
            notes: None,
        };
        deed(5, &spoken, said)
    };
    let stage = |outcome| fold(&[spoken.clone(), paid.clone(), own(outcome)]).lead.stage;
    assert_eq!(stage(Outcome::Booked), Stage::Converted);
    assert_eq!(stage(Outcome::Spam), Stage::Lost);
}

#[test]
fn a_placeholder_rings_and_is_never_missed() {
    let ringing = CallPart { state: Some(CallState::Ringing), rank: 0, ..CallPart::default() };
    let folded = fold(&[call(1, "1", ringing.clone())]);
    assert_eq!(folded.entries[0].title, "Ringing");
    assert!(folded.lead.needs.is_empty());
    // The Pre-Call comes late, after the end of the call: the card does not ring again.
    let folded = fold(&[call(1, "1", ringing), call(1, "1", missed())]);
    assert_eq!(folded.entries.len(), 1);
    assert_eq!(folded.entries[0].call().unwrap().state, CallState::Missed);
    assert_eq!(folded.lead.needs[0].what, NeedKind::CallBack);
}

#[test]
fn a_start_without_an_id_joins_the_nearest_call() {
    let numbers = CallPart {
        from: Some("+19055802283".into()),
        tracking_number: Some("+18332795145".into()),
        ..CallPart::default()
    };
    let start = |minute, seconds| {
        let mut start = event(
            minute,
            Body::Call(Box::new(CallPart {
                started_at: Some(at(minute) + TimeDelta::seconds(seconds)),
                state: Some(CallState::Ringing),
                ..numbers.clone()
            })),
        );
        start.id = EventId::of("s", &format!("{minute}:{seconds}"));
        start
    };
    let near = call(10, "a", CallPart { ..numbers.clone() });
    let far = call(12, "b", CallPart { ..numbers.clone() });
    let folded = fold(&[start(10, 30), start(11, 50), near.clone(), far, start(60, 0)]);
    assert_eq!(folded.entries.len(), 3, "two joined, one too far from any call");
    let first = folded.entries[0].call().unwrap();
    assert_eq!((first.stages.len(), first.id.as_str()), (2, call_id("source 1", "a").as_str()));
    let stranger = call(10, "c", CallPart { from: Some("+14165550000".into()), ..numbers.clone() });
    assert_eq!(fold(&[start(10, 0), stranger]).entries.len(), 2);
}

#[test]
fn nothing_erases_by_saying_nothing() {
    let rich = CallPart { summary: Some("Wants a quote".into()), note: Some("n".into()), ..answered() };
    let poor = CallPart { rank: 3, note: Some(String::new()), ..CallPart::default() };
    let folded = fold(&[call(1, "1", poor), call(1, "1", rich)]);
    let card = folded.entries[0].call().unwrap();
    assert_eq!(card.summary.as_deref(), Some("Wants a quote"));
    assert_eq!(card.note, None, "an empty note that the sender names as changed takes the note away");
}

#[test]
fn a_returned_call_waits_no_more() {
    let miss = call(1, "1", missed());
    let back = call(
        9,
        "2",
        CallPart {
            direction: Some(Direction::Outbound),
            state: Some(CallState::Missed),
            rank: 2,
            ..Default::default()
        },
    );
    assert_eq!(fold(std::slice::from_ref(&miss)).lead.needs.len(), 1);
    assert!(fold(&[miss, back]).lead.needs.is_empty());
}

#[test]
fn trying_in_vain_leaves_what_waits() {
    let miss = call(1, "1", missed());
    let own = |outcome| {
        let deed_ = Deed::Outcome {
            outcome,
            call: None,
            estimated_cents: None,
            actual_cents: None,
            revenue_cents: None,
            notes: None,
        };
        deed(30, &miss, deed_)
    };
    for outcome in [Outcome::FollowUp, Outcome::NoAnswer] {
        let folded = fold(&[miss.clone(), text(5, Direction::Inbound, "hello?"), own(outcome)]);
        let waits: Vec<NeedKind> = folded.lead.needs.iter().map(|need| need.what).collect();
        assert_eq!(waits, [NeedKind::CallBack, NeedKind::Reply], "{outcome:?}");
    }
    assert!(fold(&[miss.clone(), own(Outcome::Quoted)]).lead.needs.is_empty());
}

#[test]
fn a_form_waits_until_the_business_is_in_touch() {
    let form = Form { fields: Vec::new(), page: None, landing_page: None, referrer: None, first_form: None };
    let form = event(10, Body::Form(form));
    let folded = fold(std::slice::from_ref(&form));
    assert_eq!((folded.lead.needs[0].what, &folded.lead.needs[0].entry), (NeedKind::Reply, &form.id.to_string()));
    let called = CallPart { direction: Some(Direction::Outbound), ..missed() };
    for (what, later, waits) in [
        ("a text", text(11, Direction::Outbound, "hi"), false),
        ("a text before it", text(9, Direction::Outbound, "hi"), true),
        ("another of theirs", text(11, Direction::Inbound, "hi"), true),
        ("a call that was tried", call(11, "2", called), false),
        ("a call that was answered", call(11, "2", answered()), false),
        ("a service that wrote for the business", status(11, Stage::Contacted, "Delivered", false), false),
        ("a service that was told of them", status(11, Stage::New, "Posted", false), true),
        ("what they did themselves", status(11, Stage::Contacted, "Delivered", true), true),
    ] {
        assert_eq!(!fold(&[form.clone(), later]).lead.needs.is_empty(), waits, "{what}");
    }
}

#[test]
fn what_people_did_is_no_lead_alone() {
    let message = text(1, Direction::Inbound, "hello");
    let note = deed(2, &message, Deed::Note { text: "Called".into() });
    assert!(stands(&[message.clone(), note.clone()]) && stands(&[message]) && !stands(&[note]) && !stands(&[]));
}

#[test]
fn what_was_written_during_a_call_needs_no_reply() {
    let spoken = call(10, "1", CallPart { duration_s: Some(300), ..answered() });
    assert!(fold(&[spoken.clone(), text(12, Direction::Inbound, "are you there?")]).lead.needs.is_empty());
    let later = fold(&[spoken, text(16, Direction::Inbound, "one more thing")]);
    assert_eq!(later.lead.needs[0].what, NeedKind::Reply);
}

#[test]
fn whoever_it_was_given_to_looks_after_the_lead() {
    let mut spoken = call(1, "1", CallPart { agent: Some("sam@roofs.example".into()), ..answered() });
    spoken.draft.person.rep = Some("sam@roofs.example".into());
    let rep = |events: &[Event]| fold(events).lead.rep;
    assert_eq!(rep(std::slice::from_ref(&spoken)).as_deref(), Some("sam@roofs.example"));
    let kim = deed(2, &spoken, Deed::Assign { rep: Some("Kim".into()) });
    let later = call(9, "2", CallPart { agent: Some("lee@roofs.example".into()), ..answered() });
    let given = [spoken.clone(), kim.clone(), later.clone()];
    assert_eq!(rep(&given).as_deref(), Some("Kim"), "an agent who speaks later does not take it over");
    let entries = fold(&given).entries;
    let entry = entries.iter().find(|entry| entry.kind() == EntryKind::Action).unwrap();
    let EntryContent::Action { action } = &entry.content else { unreachable!() };
    assert_eq!((entry.title.as_str(), action.rep.as_deref()), ("Given to Kim", Some("Kim")));
    let back = deed(10, &spoken, Deed::Assign { rep: None });
    assert_eq!(rep(&[&given[..], &[back]].concat()).as_deref(), Some("lee@roofs.example"));
    let undo = undoing(11, &spoken, &kim);
    let undone = [&given[..], std::slice::from_ref(&undo)].concat();
    assert_eq!(rep(&undone).as_deref(), Some("lee@roofs.example"));
    let redo = undoing(12, &spoken, &undo);
    assert_eq!(rep(&[&undone[..], &[redo]].concat()).as_deref(), Some("Kim"));
}

fn any_event() -> impl Strategy<Value = Event> {
    let words = prop_oneof![Just("hello"), Just("STOP"), Just("")];
    let ids = prop_oneof![Just("1"), Just("2"), Just("3")];
    (0i64..40, 0u8..11, words, ids, any::<bool>(), 0usize..9).prop_map(|(minute, kind, words, id, flag, stage)| {
        let direction = if flag { Direction::Inbound } else { Direction::Outbound };
        match kind {
            0 => text(minute, direction, words),
            1 => call(minute, id, CallPart { direction: Some(direction), ..answered() }),
            2 => call(minute, id, CallPart { summary: Some(words.into()), ..missed() }),
            3 => call(minute, id, CallPart { rank: 3, tags: Some(vec![words.into()]), ..CallPart::default() }),
            4 => status(minute, Stage::ALL[stage], words, flag),
            5 => tagged(minute, Outcome::ALL[stage % 8], flag.then_some(id), flag.then_some(stage as i64)),
            6 => {
                let numbers = CallPart { from: Some("+1".into()), started_at: Some(at(minute)), ..CallPart::default() };
                event(minute, Body::Call(Box::new(numbers)))
            }
            7 => deed(minute, &text(0, direction, words), Deed::Tag { tag: id.into() }),
            8 => deed(minute, &text(0, direction, words), Deed::Assign { rep: flag.then(|| id.into()) }),
            9 => {
                let given = deed(minute, &text(0, direction, words), Deed::Assign { rep: Some(id.into()) });
                undoing(minute + 1, &given, &given)
            }
            _ => {
                let tag = deed(minute, &text(0, direction, words), Deed::Tag { tag: id.into() });
                undoing(minute + 1, &tag, &tag)
            }
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Law 2 on the fold alone: any order of the same events gives the same lead.
    #[test]
    fn order_does_not_matter((events, shuffled) in proptest::collection::vec(any_event(), 1..14)
        .prop_map(|mut events| {
            let mut seen = std::collections::HashSet::new();
            events.retain(|event| seen.insert(event.id));
            events
        })
        .prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())))
    {
        let (a, b) = (fold(&events), fold(&shuffled));
        prop_assert_eq!(&a, &b);
        prop_assert!(a.journey.windows(2).all(|pair| pair[0].until == Some(pair[1].at)));
        prop_assert!(a.entries.windows(2).all(|pair| (pair[0].at, &pair[0].id) < (pair[1].at, &pair[1].id)));
        prop_assert_eq!(a.journey.last().map(|step| step.stage), Some(a.lead.stage).filter(|_| !a.journey.is_empty()));
    }
}
