//! The journey: signals in time, and the stages they lead through (design.md, "Which stage").

use chrono::{DateTime, Utc};

use super::call::{CallState, KnownClaim};
use super::event::{Body, Direction, Event, Message};
use super::fold::CallCard;
use super::fold::outcomes::{OutcomeClaim, said, standing};
use super::lead::Step;
use super::stage::{Outcome, Stage};
use super::texts::opt_out_word;

/// Something that may move a lead.
#[derive(Debug, Clone)]
pub(super) struct Signal {
    at: DateTime<Utc>,
    entry: String,
    /// Order within one entry.
    step: u8,
    stage: Stage,
    status: Option<String>,
    source: Option<i64>,
    /// The lead did something, or a person of the business decided: reopens a closed journey.
    reopens: bool,
    reason: Option<String>,
}

/// The journey and how it stands.
#[derive(Debug, Clone, Default)]
pub(super) struct Trail {
    pub steps: Vec<Step>,
    pub do_not_contact: bool,
    /// Why it closed, while it is closed.
    pub closed_reason: Option<String>,
}

/// Words by which a message asks to be left alone, wherever it is written …
const STOP: [&str; 4] = ["stop", "stopall", "stop all", "unsubscribe"];
/// … and those that only the carriers' rules for texts make one: in a chat, "cancel" is about an appointment.
const STOP_BY_TEXT: [&str; 3] = ["cancel", "end", "quit"];

/// A message that consists of an opt-out word.
pub(super) fn asks_to_stop(message: &Message) -> bool {
    let word = opt_out_word(&message.text);
    let by_text = matches!(message.channel.as_str(), "sms" | "mms");
    STOP.contains(&word.as_str()) || (by_text && STOP_BY_TEXT.contains(&word.as_str()))
}

/// Every signal of a lead's cards and events, in time.
pub(super) fn signals(cards: &[CallCard], events: &[&Event]) -> Vec<Signal> {
    let mut signals = Vec::new();
    let words = said(events);
    for card in cards {
        call_signals(&mut signals, card, &words);
    }
    for event in events {
        let mut signal = Signal {
            at: event.at,
            entry: event.id.to_string(),
            step: 0,
            stage: Stage::New,
            status: None,
            source: (event.source != 0).then_some(event.source),
            reopens: false,
            reason: None,
        };
        match &event.draft.body {
            Body::Message(message) => match message.direction {
                Direction::Outbound => signal.stage = Stage::Contacted,
                Direction::Inbound if asks_to_stop(message) => {
                    signal.stage = Stage::DoNotContact;
                    signal.reason = Some("Asked to stop by text".into());
                }
                Direction::Inbound => {
                    signal.stage = Stage::Responded;
                    signal.reopens = true;
                }
            },
            Body::Form(_) => signal.reopens = true,
            Body::Contact(_) | Body::Conversation(_) => {}
            Body::Status(status) => {
                let Some(stage) = status.stage else { continue };
                signal.stage = stage;
                signal.status = Some(status.status.clone());
                signal.reopens = status.from_lead;
                signal.reason = status.reason.clone().or_else(|| Some(status.status.clone()));
            }
            Body::Call(_) | Body::Outcome(_) | Body::Action(_) => continue,
        }
        signals.push(signal);
    }
    // Of the words about one call only the one that stands moves the lead; words about no call all do. Money
    // that was received stays received, unless what stands says that there was nothing to sell.
    for word in &words {
        let standing = word.call.as_ref().and_then(|call| standing(&words, call)).unwrap_or(word);
        if standing.event == word.event {
            outcome_signals(&mut signals, word);
        } else if is_paid(word) && !is_closing(standing.outcome) {
            signals.push(converted(word));
        }
    }
    signals.sort_by(|a, b| (a.at, &a.entry, a.step).cmp(&(b.at, &b.entry, b.step)));
    signals
}

fn call_signals(signals: &mut Vec<Signal>, card: &CallCard, words: &[OutcomeClaim]) {
    let base = Signal {
        at: card.at,
        entry: card.call.id.clone(),
        step: 0,
        stage: Stage::New,
        status: None,
        source: Some(card.call.source),
        reopens: card.is_inbound(),
        reason: None,
    };
    let stage = if card.call.answered {
        Stage::Responded
    } else if card.is_inbound() || card.call.state == CallState::Failed {
        // A call that never went out (an invalid number) reached nobody.
        Stage::New
    } else {
        Stage::Contacted
    };
    signals.push(Signal { stage, reopens: base.reopens || card.call.answered, ..base.clone() });
    // The sender's own analysis, unless somebody tagged the call.
    if standing(words, &card.call.id).is_none() {
        if let Some((outcome, stage)) = card.call.outcome.and_then(|o| Some((o, o.stage()?))) {
            let status = Some(reason_of(card).unwrap_or_else(|| outcome.as_str().to_string()));
            signals.push(Signal {
                step: 1,
                stage,
                status: status.clone(),
                reopens: true,
                reason: status,
                ..base.clone()
            });
        }
        if card.sale {
            signals.push(Signal { step: 2, stage: Stage::Converted, reopens: true, ..base });
        }
    }
}

/// The sender's own words for the outcome it found, where it gives any.
fn reason_of(card: &CallCard) -> Option<String> {
    let claim = card.call.claims.iter().find(|claim| claim.what == KnownClaim::LeadReason)?;
    claim.value.as_str().map(str::to_string)
}

fn outcome_signals(signals: &mut Vec<Signal>, word: &OutcomeClaim) {
    if let Some(stage) = word.outcome.stage() {
        let status = (!word.own).then(|| word.word.clone());
        signals.push(Signal { step: 0, stage, status, ..converted(word) });
    }
    // Money actually received is a conversion, whatever word stands beside it, but for the closing ones.
    if is_paid(word) && !is_closing(word.outcome) {
        signals.push(converted(word));
    }
}

fn is_paid(word: &OutcomeClaim) -> bool {
    word.actual_cents.is_some_and(|cents| cents > 0)
}

fn is_closing(outcome: Outcome) -> bool {
    outcome.stage().is_some_and(Stage::is_closing)
}

fn converted(word: &OutcomeClaim) -> Signal {
    Signal {
        at: word.at,
        entry: word.event.to_string(),
        step: 1,
        stage: Stage::Converted,
        status: None,
        source: word.source,
        reopens: true,
        reason: Some(word.word.clone()),
    }
}

/// Walks through the signals. The current stage is the furthest open one; a closing one wins until a
/// later reply or a person's hand; do-not-contact stays whatever comes.
pub(super) fn travel(signals: &[Signal]) -> Trail {
    let mut trail = Trail::default();
    let (mut furthest, mut closed): (Option<Stage>, Option<Stage>) = (None, None);
    for signal in signals {
        if signal.stage.is_closing() {
            if closed != Some(Stage::DoNotContact) {
                closed = Some(signal.stage);
                trail.closed_reason.clone_from(&signal.reason);
            }
        } else {
            furthest = furthest.max(Some(signal.stage));
            if signal.reopens && closed.is_some_and(|stage| stage != Stage::DoNotContact) {
                closed = None;
                trail.closed_reason = None;
            }
        }
        let Some(now) = closed.or(furthest) else { continue };
        let last = trail.steps.last();
        let status = signal.status.clone().filter(|_| signal.stage == now);
        let moved = last.is_none_or(|step| step.stage != now);
        let restated = status.is_some() && last.is_some_and(|step| step.status != status);
        if moved || restated {
            trail.steps.push(Step {
                stage: now,
                status,
                at: signal.at,
                until: None,
                source: signal.source,
                entry: signal.entry.clone(),
            });
        }
    }
    for index in 1..trail.steps.len() {
        trail.steps[index - 1].until = Some(trail.steps[index].at);
    }
    trail.do_not_contact = closed == Some(Stage::DoNotContact);
    trail
}
