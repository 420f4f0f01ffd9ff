//! What waits for a person of the business.

use chrono::{DateTime, Utc};

use super::cards::Card;
use super::deed;
use crate::domain::action::Deed;
use crate::domain::event::{Body, Direction, Event};
use crate::domain::journey::asks_to_stop;
use crate::domain::lead::{Need, NeedKind};
use crate::domain::stage::{Outcome, Stage};

/// What waits, in the order `human`, `call_back`, `reply`. Nothing waits once the journey is closed: the
/// caller checks that.
pub(super) fn needs(events: &[&Event], cards: &[Card]) -> Vec<Need> {
    // A person's own outcome settles what was open before it, unless it says that it is still open.
    let settled = events
        .iter()
        .filter(|event| matches!(deed(event), Some(Deed::Outcome { outcome, .. }) if !is_still_open(*outcome)))
        .map(|event| event.at)
        .max()
        .unwrap_or(DateTime::<Utc>::MIN_UTC);
    let spoke = |card: &&Card| card.call.answered && card.call.requests.is_empty();
    // What was written while they spoke was said too.
    let last_spoken = cards.iter().filter(spoke).map(Card::ended_at).max();
    let last_called = cards.iter().filter(|card| !card.is_inbound()).map(|card| card.at).max();
    let returned = last_spoken.max(last_called);
    let mut needs = Vec::new();

    let asked = cards.iter().filter(|card| !card.call.requests.is_empty() && card.at > settled).max_by_key(|c| c.at);
    if let Some(card) = asked
        && last_spoken.is_none_or(|at| at <= card.at)
    {
        needs.push(Need { what: NeedKind::Human, since: card.at, entry: card.call.id.clone() });
    }

    let missed = cards
        .iter()
        .filter(|card| card.is_inbound() && card.is_over() && card.call.state.is_unanswered() && card.at > settled)
        .filter(|card| returned.is_none_or(|at| at <= card.at))
        .min_by_key(|card| card.at);
    if let Some(card) = missed {
        needs.push(Need { what: NeedKind::CallBack, since: card.at, entry: card.call.id.clone() });
    }

    let written = events.iter().filter(|event| is_contact(event)).map(|event| event.at).max();
    let answered = written.max(returned);
    let open = events
        .iter()
        .filter(|event| wants_an_answer(event) && event.at > settled)
        .find(|event| answered.is_none_or(|at| at < event.at));
    if let Some(event) = open {
        needs.push(Need { what: NeedKind::Reply, since: event.at, entry: event.id.to_string() });
    }
    needs
}

/// Nobody was reached, or somebody is to be reached again: whatever waits goes on waiting.
fn is_still_open(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::FollowUp | Outcome::NoAnswer)
}

/// A message or a web form of theirs.
fn wants_an_answer(event: &Event) -> bool {
    match &event.draft.body {
        Body::Message(message) => message.direction == Direction::Inbound && !asks_to_stop(message),
        Body::Form(_) => true,
        _ => false,
    }
}

/// The business wrote, or a service says that it wrote or called for it. Calls have cards.
fn is_contact(event: &Event) -> bool {
    match &event.draft.body {
        Body::Message(message) => message.direction == Direction::Outbound,
        Body::Status(status) => status.stage == Some(Stage::Contacted) && !status.from_lead,
        _ => false,
    }
}
