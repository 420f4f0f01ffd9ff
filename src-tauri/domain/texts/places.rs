//! Where texts stand in an event and in an entry. Every field is named: a new one does not compile until somebody has thought
//! about how long it may be.

use serde_json::{Map, Value};

use crate::domain::action::{Action, Deed, DeedOrUndo};
use crate::domain::call::{Answer, Call, CallPart, Claim, ClaimSubject, Keyword, Turn};
use crate::domain::entry::{
    ActionView, ContactView, ConversationView, Entry, EntryContent, FormView, MessageView, NoteView, OutcomeView,
    StatusView,
};
use crate::domain::event::{
    Address, Attribution, Body, Contact, Conversation, Form, FormField, Message, OutcomeTag, ParsedEvent, Person,
    StatusChange,
};

/// What stays of a long text in the head of its event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Excerpt {
    /// How it begins, as it was written: summaries, figures and journeys hold it.
    Start,
    /// How it begins, in one line: lists show it as what happened last.
    Line,
    /// Nothing: only its page shows it.
    Nothing,
}

/// Looks at each text that may be long. What names somebody or something (numbers, mails, ids, links to recordings) is no text.
pub(super) fn in_event(event: &mut ParsedEvent, see: &mut dyn FnMut(Excerpt, &mut String)) {
    let ParsedEvent { key: _, name, at: _, identities: _, business: _, row: _, person, attribution, body } = event;
    see(Excerpt::Start, name);
    let Person {
        name,
        name_is_caller_id: _,
        phones: _,
        emails: _,
        address: Address { street, city, state, zip, country },
        time_zone,
        external_ids,
        appointments,
        custom,
        campaign,
        rep,
    } = person;
    some(see, Excerpt::Start, [name, street, city, state, zip, country, time_zone, campaign, rep]);
    for id in external_ids {
        see(Excerpt::Start, &mut id.name);
        see(Excerpt::Start, &mut id.value);
    }
    appointments.iter_mut().for_each(|appointment| see(Excerpt::Start, &mut appointment.text));
    let mut start = |text: &mut String| see(Excerpt::Start, text);
    values(custom, &mut start);
    of_attribution(attribution, &mut start);
    match body {
        Body::Call(part) => in_part(part, see),
        Body::Message(message) => {
            let Message { direction: _, channel, text, from, to, agent, conversation_id, media, delivery_status } =
                message;
            see(Excerpt::Line, text);
            see(Excerpt::Start, channel);
            some(see, Excerpt::Start, [from, to, agent, conversation_id, delivery_status]);
            media.iter_mut().for_each(|link| see(Excerpt::Start, link));
        }
        Body::Form(Form { fields, page, landing_page, referrer, first_form: _ }) => {
            for FormField { name, value } in fields {
                see(Excerpt::Start, name);
                see(Excerpt::Line, value);
            }
            some(see, Excerpt::Start, [page, landing_page, referrer]);
        }
        Body::Status(StatusChange { stage: _, status, reason, from_lead: _, facts }) => {
            see(Excerpt::Start, status);
            some(see, Excerpt::Start, [reason]);
            values(facts, &mut |text| see(Excerpt::Start, text));
        }
        Body::Conversation(Conversation { id, status, priority, channel }) => {
            some(see, Excerpt::Start, [id, status, priority, channel]);
        }
        Body::Contact(Contact { contact_type }) => some(see, Excerpt::Start, [contact_type]),
        Body::Outcome(tag) => {
            // What a call is called makes the id of its card.
            let OutcomeTag { outcome: _, said, call: _, estimated_cents: _, actual_cents: _, revenue_cents: _, notes } =
                tag;
            see(Excerpt::Start, said);
            some(see, Excerpt::Nothing, [notes]);
        }
        Body::Action(Action { about: _, by: _, what: DeedOrUndo::Deed(deed) }) => match deed {
            Deed::Note { text } => see(Excerpt::Line, text),
            Deed::Outcome { notes, .. } => some(see, Excerpt::Nothing, [notes]),
            // None of these is ever long.
            Deed::Tag { .. } | Deed::Untag { .. } | Deed::Assign { .. } => {}
        },
        Body::Action(Action { what: DeedOrUndo::Undo { .. }, .. }) => {}
    }
}

fn in_part(part: &mut CallPart, see: &mut dyn FnMut(Excerpt, &mut String)) {
    let CallPart {
        call: _,
        sent_us: _,
        rank: _,
        direction: _,
        answered: _,
        voicemail: _,
        state: _,
        started_at: _,
        duration_s: _,
        from,
        to,
        tracking_number,
        agent,
        recording_url: _,
        summary,
        transcript,
        transcript_raw,
        keywords,
        sentiment: _,
        claims,
        outcome: _,
        tags,
        value_cents: _,
        sale: _,
        requests,
        note,
        lead_status,
        score,
        keypad,
        dispositions,
        topics,
        milestones,
        answers,
        changed: _,
        headline,
    } = part;
    some(see, Excerpt::Start, [from, to, tracking_number, agent, lead_status, score, keypad, headline]);
    some(see, Excerpt::Nothing, [summary, transcript_raw, note]);
    turns(transcript, &mut |text| see(Excerpt::Nothing, text));
    let mut start = |text: &mut String| see(Excerpt::Start, text);
    keywords.iter_mut().for_each(|keyword| start(&mut keyword.text));
    claims.iter_mut().for_each(|(_, value)| strings(value, &mut start));
    tags.iter_mut().flatten().chain(requests).for_each(&mut start);
    for map in [dispositions, topics, milestones] {
        values(map, &mut start);
    }
    of_answers(answers, &mut |text| see(Excerpt::Nothing, text));
}

/// Looks at each text of an entry that may be of one in an event.
pub(super) fn in_entry(entry: &mut Entry, see: &mut dyn FnMut(&mut String)) {
    let Entry {
        id: _,
        at: _,
        at_source: _,
        received_at: _,
        source: _,
        provider: _,
        event,
        title,
        unsigned: _,
        erased: _,
        deliveries: _,
        content,
    } = entry;
    see(event);
    see(title);
    match content {
        EntryContent::Call { call } => in_call(call, see),
        EntryContent::Message { message } => {
            let MessageView { direction: _, channel, text, from, to, agent, conversation_id, media, delivery_status } =
                message;
            see(channel);
            see(text);
            [from, to, agent, conversation_id, delivery_status].into_iter().flatten().for_each(&mut *see);
            media.iter_mut().for_each(see);
        }
        EntryContent::Form { form } => {
            let FormView { fields, page, landing_page, referrer, first_form: _, attribution } = form;
            for FormField { name, value } in fields {
                see(name);
                see(value);
            }
            [page, landing_page, referrer].into_iter().flatten().for_each(&mut *see);
            of_attribution(attribution, see);
        }
        EntryContent::Status { status } => {
            let StatusView { stage: _, status, reason, facts } = status;
            see(status);
            reason.iter_mut().for_each(&mut *see);
            values(facts, see);
        }
        EntryContent::Conversation { conversation } => {
            let ConversationView { id, status, priority, channel } = conversation;
            [id, status, priority, channel].into_iter().flatten().for_each(see);
        }
        EntryContent::Contact { contact } => {
            let ContactView { name, phones: _, emails: _, contact_type } = contact;
            [name, contact_type].into_iter().flatten().for_each(see);
        }
        EntryContent::Outcome { outcome } => {
            let OutcomeView {
                outcome: _,
                said,
                estimated_cents: _,
                actual_cents: _,
                revenue_cents: _,
                value_cents: _,
                notes,
                call: _,
                by: _,
            } = outcome;
            see(said);
            notes.iter_mut().for_each(see);
        }
        EntryContent::Note { note: NoteView { text, by: _ } } => see(text),
        EntryContent::Action { action: ActionView { .. } } | EntryContent::Gap { .. } => {}
    }
}

fn in_call(call: &mut Call, see: &mut dyn FnMut(&mut String)) {
    let Call {
        id: _,
        direction: _,
        answered: _,
        voicemail: _,
        state: _,
        started_at: _,
        duration_s: _,
        from,
        to,
        tracking_number,
        agent,
        recording_url: _,
        summary,
        transcript,
        transcript_raw,
        keywords,
        sentiment: _,
        claims,
        outcome: _,
        tags,
        value_cents: _,
        attribution,
        requests,
        note,
        lead_status,
        score,
        keypad,
        dispositions,
        topics,
        milestones,
        stages,
        answers,
        lead_id: _,
        lead_name: _,
        lead_erased: _,
        source: _,
        provider: _,
    } = call;
    [from, to, tracking_number, agent, summary, transcript_raw, note, lead_status, score, keypad]
        .into_iter()
        .flatten()
        .for_each(&mut *see);
    turns(transcript, see);
    for Keyword { text, at_s: _, speaker: _ } in keywords {
        see(text);
    }
    for Claim { what, value, .. } in claims {
        if let ClaimSubject::Other(word) = what {
            see(word);
        }
        strings(value, see);
    }
    tags.iter_mut().chain(requests).for_each(&mut *see);
    of_attribution(attribution, see);
    for map in [dispositions, topics, milestones] {
        values(map, see);
    }
    stages.iter_mut().for_each(|stage| see(&mut stage.event));
    of_answers(answers, see);
}

fn some<const N: usize>(see: &mut dyn FnMut(Excerpt, &mut String), keep: Excerpt, texts: [&mut Option<String>; N]) {
    texts.into_iter().flatten().for_each(|text| see(keep, text));
}

fn turns(turns: &mut [Turn], see: &mut dyn FnMut(&mut String)) {
    turns.iter_mut().for_each(|turn| see(&mut turn.text));
}

fn of_answers(answers: &mut [Answer], see: &mut dyn FnMut(&mut String)) {
    for Answer { question, response, transcript } in answers {
        see(question);
        [response, transcript].into_iter().flatten().for_each(&mut *see);
    }
}

fn of_attribution(attribution: &mut Attribution, see: &mut dyn FnMut(&mut String)) {
    let Attribution { source, medium, campaign, term, content, landing_page, referrer, gclid } = attribution;
    [source, medium, campaign, term, content, landing_page, referrer, gclid].into_iter().flatten().for_each(see);
}

fn values(map: &mut Map<String, Value>, see: &mut dyn FnMut(&mut String)) {
    map.values_mut().for_each(|value| strings(value, see));
}

fn strings(value: &mut Value, see: &mut dyn FnMut(&mut String)) {
    match value {
        Value::String(text) => see(text),
        Value::Array(items) => items.iter_mut().for_each(|item| strings(item, see)),
        Value::Object(map) => values(map, see),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
