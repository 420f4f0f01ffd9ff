//! The summary: who they are, put together from everything that was said about them.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::cards::Card;
use super::needs::needs;
use super::outcomes::{OutcomeClaim, said};
use super::{deed, is_of_people};
use crate::domain::action::Deed;
use crate::domain::call::CallState;
use crate::domain::entry::{Entry, EntryContent, EntryKind};
use crate::domain::event::{Address, Attribution, Body, Event};
use crate::domain::journey::Trail;
use crate::domain::lead::{Appointment, LastEntry, Lead, NeedKind, Step};
use crate::domain::stage::{Outcome, Stage};
use crate::domain::texts;

/// The longest line a list shows.
const LINE: usize = 160;

/// The summary of a lead from its events and cards, all sorted by time; `told` leaves out rows of files that
/// repeat what a sender told.
pub(super) fn summary(events: &[&Event], told: &[&Event], cards: &[Card], entries: &[Entry], trail: &Trail) -> Lead {
    let stage = trail.steps.last().map_or(Stage::New, |step| step.stage);
    let since = trail.steps.iter().rev().take_while(|step| step.stage == stage).last().map(|step| step.at);
    let first_seen = entries.iter().map(|entry| entry.at).min().unwrap_or(DateTime::<Utc>::UNIX_EPOCH);
    let last_activity = entries.iter().map(|entry| entry.at).max().unwrap_or(first_seen);
    let words = said(events);
    let (outcome, value_cents) = standing(&words, cards);
    let status = events.iter().rev().find_map(|event| match &event.draft.body {
        Body::Status(status) => Some((status.status.clone(), event.source)),
        _ => None,
    });
    let attribution = first_touch(events);
    let by_senders = || events.iter().filter(|event| event.source != 0);
    let erased = by_senders().any(|event| event.is_erased()) && by_senders().all(|event| event.is_erased());
    // Nobody can be called back, or answered, whose number is gone.
    let waiting = if stage.is_closing() || erased { Vec::new() } else { needs(told, cards) };
    let mut sources: Vec<i64> = events.iter().map(|event| event.source).filter(|source| *source != 0).collect();
    sources.sort_unstable();
    sources.dedup();
    let mut lead = Lead {
        id: 0,
        name: name(events),
        phones: unique(events.iter().flat_map(|event| &event.draft.person.phones)),
        emails: unique(events.iter().flat_map(|event| &event.draft.person.emails)),
        address: address(events),
        time_zone: last(events, |event| event.draft.person.time_zone.clone()),
        external_ids: unique(events.iter().flat_map(|event| &event.draft.person.external_ids)),
        appointments: unique_appointments(events),
        stage,
        stage_since: since.or(Some(first_seen)),
        status: status.as_ref().map(|(word, _)| word.clone()),
        status_source: status.map(|(_, source)| source),
        do_not_contact: trail.do_not_contact,
        do_not_contact_reason: trail.closed_reason.clone().filter(|_| trail.do_not_contact),
        closed_reason: trail.closed_reason.clone().filter(|_| stage.is_closing()),
        outcome,
        sentiment: cards.iter().rev().find_map(|card| card.call.sentiment.clone()),
        value_cents,
        sources,
        campaign: attribution.campaign.clone().or_else(|| first(events, |event| event.draft.person.campaign.clone())),
        attribution,
        rep: rep(events, cards),
        tags: tags(events),
        calls: cards.len().try_into().unwrap_or(u32::MAX),
        messages: entries
            .iter()
            .filter(|entry| entry.kind() == EntryKind::Message)
            .count()
            .try_into()
            .unwrap_or(u32::MAX),
        first_seen,
        last_activity,
        next_follow_up: None,
        custom: custom(events),
        needs: waiting,
        last_entry: None,
        erased,
    };
    lead.last_entry = last_entry(&lead, entries);
    keep_short(&mut lead);
    lead
}

/// The longest name a list carries, in characters.
const NAME: usize = 200;
/// The longest other text of a summary, in characters. The whole of it stays on the timeline and in the delivery.
const FIELD: usize = 1_000;

fn cut(text: &mut String, most: usize) {
    if let Cow::Owned(beginning) = texts::shown(text) {
        *text = beginning;
    }
    if let Some((at, _)) = text.char_indices().nth(most) {
        text.truncate(at);
        text.push('…');
    }
}

/// The same of a step of the journey.
pub(super) fn keep_step_short(step: &mut Step) {
    if let Some(status) = &mut step.status {
        cut(status, FIELD);
    }
}

/// A sender may write a megabyte into any field; a page of fifty leads must stay a page.
fn keep_short(lead: &mut Lead) {
    fn cut_all(value: &mut Value) {
        match value {
            Value::String(text) => cut(text, FIELD),
            Value::Array(items) => items.iter_mut().for_each(cut_all),
            Value::Object(map) => map.values_mut().for_each(cut_all),
            _ => {}
        }
    }
    if let Some(name) = &mut lead.name {
        cut(name, NAME);
    }
    let Lead { address, attribution, .. } = lead;
    let parts = [
        &mut address.street,
        &mut address.city,
        &mut address.state,
        &mut address.zip,
        &mut address.country,
        &mut attribution.source,
        &mut attribution.medium,
        &mut attribution.campaign,
        &mut attribution.term,
        &mut attribution.content,
        &mut attribution.landing_page,
        &mut attribution.referrer,
        &mut attribution.gclid,
        &mut lead.time_zone,
        &mut lead.status,
        &mut lead.closed_reason,
        &mut lead.do_not_contact_reason,
        &mut lead.campaign,
        &mut lead.rep,
    ];
    parts.into_iter().flatten().for_each(|text| cut(text, FIELD));
    for id in &mut lead.external_ids {
        cut(&mut id.name, FIELD);
        cut(&mut id.value, FIELD);
    }
    lead.appointments.iter_mut().for_each(|appointment| cut(&mut appointment.text, FIELD));
    lead.custom.values_mut().for_each(cut_all);
}

/// The outcome that stands for the lead, and its value in cents: a person's own word settles it; else
/// the latest word, be it a tag or a sender's analysis of a call.
fn standing(words: &[OutcomeClaim], cards: &[Card]) -> (Option<Outcome>, Option<i64>) {
    let own = words.iter().rev().find(|word| word.own);
    let tagged = words.iter().rev().find(|word| !word.own);
    let analysed = cards.iter().rev().find(|card| card.call.outcome.is_some());
    let outcome = match (own, tagged, analysed) {
        (Some(own), _, _) => Some(own.outcome),
        (None, Some(tag), Some(card)) if card.at > tag.at => card.call.outcome,
        (None, Some(tag), _) => Some(tag.outcome),
        (None, None, card) => card.and_then(|card| card.call.outcome),
    };
    let value = own
        .and_then(|word| word.value_cents)
        .or_else(|| words.iter().rev().find_map(|word| word.value_cents))
        .or_else(|| cards.iter().rev().find_map(|card| card.call.value_cents));
    (outcome, value)
}

/// The latest name somebody gave; else the latest that a caller-ID line showed.
fn name(events: &[&Event]) -> Option<String> {
    let named = |caller_id: bool| {
        last(events, |event| {
            let person = &event.draft.person;
            person.name.clone().filter(|name| person.name_is_caller_id == caller_id && !name.trim().is_empty())
        })
    };
    named(false).or_else(|| named(true))
}

fn first<T>(events: &[&Event], pick: impl Fn(&Event) -> Option<T>) -> Option<T> {
    events.iter().find_map(|event| pick(event))
}

fn last<T>(events: &[&Event], pick: impl Fn(&Event) -> Option<T>) -> Option<T> {
    events.iter().rev().find_map(|event| pick(event))
}

fn unique<'a, T: Clone + PartialEq + 'a>(values: impl Iterator<Item = &'a T>) -> Vec<T> {
    let mut out = Vec::new();
    for value in values {
        if !out.contains(value) {
            out.push(value.clone());
        }
    }
    out
}

/// The latest address, whole: parts of two are never mixed. One that somebody gave beats where a number is
/// registered, which comes with caller-ID text.
fn address(events: &[&Event]) -> Address {
    let given = |caller_id: bool| {
        last(events, |event| {
            let person = &event.draft.person;
            (person.name_is_caller_id == caller_id && person.address != Address::default())
                .then(|| person.address.clone())
        })
    };
    given(false).or_else(|| given(true)).unwrap_or_default()
}

fn unique_appointments(events: &[&Event]) -> Vec<Appointment> {
    let mut out: Vec<Appointment> = Vec::new();
    for event in events {
        for draft in &event.draft.person.appointments {
            let appointment = Appointment { at: draft.at, text: draft.text.clone(), source: event.source };
            if !out.contains(&appointment) {
                out.push(appointment);
            }
        }
    }
    out
}

/// The first touch that says where they came from, whole: parts of two visits are never mixed, but what
/// later events say of the same source and campaign fills its holes.
fn first_touch(events: &[&Event]) -> Attribution {
    let says = |a: &Attribution| a.source.is_some() || a.medium.is_some() || a.campaign.is_some();
    let mut touches = events.iter().map(|event| &event.draft.attribution).filter(|a| says(a));
    let Some(mut attribution) = touches.next().cloned() else {
        return events
            .iter()
            .map(|event| &event.draft.attribution)
            .find(|a| **a != Attribution::default())
            .cloned()
            .unwrap_or_default();
    };
    for other in touches {
        if other.source == attribution.source && other.campaign == attribution.campaign {
            attribution.fill_from(other);
        }
    }
    attribution
}

/// Whoever the lead was given to; else the agent that senders name last.
fn rep(events: &[&Event], cards: &[Card]) -> Option<String> {
    let given = events.iter().rev().find_map(|event| match deed(event) {
        Some(Deed::Assign { rep }) => Some(rep.clone()),
        _ => None,
    });
    if let Some(Some(rep)) = given {
        return Some(rep);
    }
    let named = events.iter().filter_map(|event| {
        let agent = match &event.draft.body {
            Body::Message(message) => message.agent.clone(),
            _ => None,
        };
        agent.or_else(|| event.draft.person.rep.clone()).map(|agent| (event.at, agent))
    });
    let on_calls = cards.iter().filter_map(|card| Some((card.at, card.call.agent.clone()?)));
    let last = named.chain(on_calls).max_by(|(a, x), (b, y)| (a, texts::beginning(x)).cmp(&(b, texts::beginning(y))));
    last.map(|(_, agent)| agent)
}

fn tags(events: &[&Event]) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for event in events {
        match deed(event) {
            Some(Deed::Tag { tag }) if !tag.is_empty() && !tags.contains(tag) => tags.push(tag.clone()),
            Some(Deed::Untag { tag }) => tags.retain(|known| known != tag),
            _ => {}
        }
    }
    tags.sort();
    tags
}

fn custom(events: &[&Event]) -> Map<String, Value> {
    let mut all = std::collections::BTreeMap::new();
    for event in events {
        for (key, value) in &event.draft.person.custom {
            if !value.is_null() && value.as_str() != Some("") {
                all.insert(key.clone(), value.clone());
            } else if !all.contains_key(key) {
                all.insert(key.clone(), Value::Null);
            }
        }
    }
    all.into_iter().collect()
}

/// `0:13`, `4:05`, and of more than an hour `1:02:11`: `62:11` reads as an hour of the day.
fn clock(seconds: i64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

fn last_entry(lead: &Lead, entries: &[Entry]) -> Option<LastEntry> {
    let entry = entries.iter().rev().find(|entry| is_of_people(entry.kind())).or(entries.last())?;
    let waits = |what: NeedKind| lead.needs.iter().any(|need| need.what == what);
    let (text, direction) = match &entry.content {
        EntryContent::Call { call } => {
            let mut text = texts::shown(&entry.title).into_owned();
            if let Some(seconds) = call.duration_s.filter(|s| *s > 0) {
                text = format!("{text} {}", clock(seconds));
            }
            if !call.requests.is_empty() {
                text.push_str(", asked for a person");
            } else if call.state.is_unanswered() && call.state != CallState::Ringing && waits(NeedKind::CallBack) {
                text.push_str(", not called back");
            }
            (text, Some(call.direction.clone()))
        }
        EntryContent::Message { message } => (texts::shown(&message.text).into(), Some(message.direction.clone())),
        EntryContent::Note { note } => {
            let text = texts::shown(&note.text);
            (note.by.as_ref().map_or_else(|| text.to_string(), |by| format!("{by}: {text}")), None)
        }
        EntryContent::Form { form } => {
            let longest = form.fields.iter().max_by_key(|field| texts::length(&field.value));
            let longest = longest.map(|field| texts::beginning(&field.value));
            (format!("Form: {}", longest.unwrap_or_default()), Some("inbound".into()))
        }
        EntryContent::Status { .. }
        | EntryContent::Conversation { .. }
        | EntryContent::Contact { .. }
        | EntryContent::Outcome { .. }
        | EntryContent::Action { .. }
        | EntryContent::Gap { .. } => (texts::shown(&entry.title).into(), None),
    };
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = if text.chars().count() > LINE { text.chars().take(LINE - 1).chain(['…']).collect() } else { text };
    let state = entry.call().map(|call| call.state);
    Some(LastEntry { entry: entry.id.clone(), kind: entry.kind(), text, direction, state })
}

#[cfg(test)]
mod tests {
    use super::clock;

    #[test]
    fn a_long_call_has_hours() {
        assert_eq!((clock(13), clock(245), clock(3_731)), ("0:13".into(), "4:05".into(), "1:02:11".into()));
    }
}
