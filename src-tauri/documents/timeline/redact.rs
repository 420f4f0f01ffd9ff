//! The same timeline without who it is about. Every field is named: a new one does not compile until somebody has
//! thought about what it says.

use std::collections::HashMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{TimelineManifest, TimelineView};
use crate::domain::action::DeedKind;
use crate::domain::call::{Answer, Call, Claim, ClaimSubject, Keyword, Turn};
use crate::domain::entry::{
    ActionView, ContactView, ConversationView, Entry, EntryContent, FormView, MessageView, NoteView, OutcomeView,
    StatusView,
};
use crate::domain::event::{Address, Attribution, ExternalId, FormField};
use crate::domain::lead::{Appointment, LastEntry, Lead, Step};
use crate::domain::mask::{Cover, Mask, asks_for};
use crate::store::StoreError;

/// What entries and calls are called elsewhere would lead back to them: in a redacted file they are counted.
pub(super) struct EntryNames(HashMap<String, usize>);

impl EntryNames {
    pub(super) fn of<'a>(entries: impl Iterator<Item = &'a Entry>) -> EntryNames {
        let mut names = HashMap::new();
        for (n, entry) in entries.enumerate() {
            names.entry(entry.id.clone()).or_insert(n + 1);
            if let Some(call) = entry.call() {
                names.entry(call.id.clone()).or_insert(n + 1);
            }
        }
        EntryNames(names)
    }

    fn of_entry(&self, id: &str) -> String {
        self.0.get(id).map_or_else(String::new, ToString::to_string)
    }
}

/// Covers names, numbers, mails, addresses and ids in what stands around the entries, also within words. Agents' names stay.
pub(super) fn frame(told: &mut TimelineView, mask: &Mask, names: &EntryNames) {
    // Entries are covered one by one.
    let TimelineView { manifest, sources: _, lead, journey, entries: _ } = told;
    let TimelineManifest {
        business: _,
        lead_ref,
        redacted,
        time_zone: _,
        currency: _,
        as_of: _,
        made_at: _,
        program: _,
        projection_version: _,
        entries: _,
        counts: _,
    } = manifest;
    *lead_ref = None;
    *redacted = true;
    let redaction = TimelineRedaction { mask, named: &|id| names.of_entry(id) };
    redaction.lead(lead);
    for step in journey {
        redaction.step(step);
    }
}

/// The same in an entry.
pub(super) fn entry(entry: &mut Entry, mask: &Mask, names: &EntryNames) {
    TimelineRedaction { mask, named: &|id| names.of_entry(id) }.entry(entry);
}

/// Takes links to recordings out of every text around the entries.
///
/// # Errors
/// [`StoreError::Internal`] when the timeline cannot be read again: no file is made of it then.
pub(super) fn without_recordings(told: &mut TimelineView, mask: &Mask) -> Result<(), StoreError> {
    without_links(told, mask)
}

/// Takes them out of an entry.
///
/// # Errors
/// As [`without_recordings`].
pub(super) fn entry_without_recordings(entry: &mut Entry, mask: &Mask) -> Result<(), StoreError> {
    match &mut entry.content {
        EntryContent::Call { call } => {
            call.recording_url = None;
            call.claims.retain(|claim| !claim.what.as_str().to_lowercase().contains("recording"));
        }
        EntryContent::Message { message } => {
            // Whoever has one of these links can look, too.
            for link in &mut message.media {
                *link = Cover::Link.text().into();
            }
        }
        EntryContent::Form { .. }
        | EntryContent::Status { .. }
        | EntryContent::Conversation { .. }
        | EntryContent::Contact { .. }
        | EntryContent::Outcome { .. }
        | EntryContent::Note { .. }
        | EntryContent::Action { .. }
        | EntryContent::Gap { .. } => {}
    }
    without_links(entry, mask)
}

/// Senders repeat the link in notes, claims and free fields.
fn without_links<T: Serialize + DeserializeOwned>(told: &mut T, mask: &Mask) -> Result<(), StoreError> {
    let mut value = serde_json::to_value(&*told)?;
    strings(&mut value, &|text| mask.without_recordings(text));
    *told = serde_json::from_value(value)?;
    Ok(())
}

fn strings(value: &mut Value, change: &dyn Fn(&str) -> String) {
    match value {
        Value::String(text) => *text = change(text),
        Value::Array(items) => items.iter_mut().for_each(|item| strings(item, change)),
        Value::Object(map) => {
            map.retain(|key, value| !(value.is_string() && key.to_lowercase().contains("recording")));
            map.values_mut().for_each(|value| strings(value, change));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

struct TimelineRedaction<'a> {
    mask: &'a Mask,
    /// What an entry is called in this file.
    named: &'a dyn Fn(&str) -> String,
}

impl TimelineRedaction<'_> {
    fn text(&self, text: &mut String) {
        *text = self.mask.text(text);
    }

    fn maybe(&self, text: &mut Option<String>) {
        if let Some(text) = text {
            self.text(text);
        }
    }

    fn agent(&self, text: &mut Option<String>) {
        if let Some(text) = text {
            *text = self.mask.agent(text);
        }
    }

    fn all(&self, texts: &mut [String]) {
        texts.iter_mut().for_each(|text| self.text(text));
    }

    fn hidden(text: &mut Option<String>, cover: Cover) {
        if let Some(text) = text {
            *text = cover.text().into();
        }
    }

    /// Free fields of a sender, with what they are called.
    fn map(&self, map: &mut Map<String, Value>) {
        let old = std::mem::take(map);
        for (key, mut value) in old {
            self.value(&mut value, asks_for(&key));
            map.insert(self.mask.text(&key), value);
        }
    }

    fn value(&self, value: &mut Value, asks: Option<Cover>) {
        match (value, asks) {
            (Value::Null | Value::Bool(_), _) => {}
            (value @ (Value::String(_) | Value::Number(_)), Some(cover)) => *value = cover.text().into(),
            (Value::String(text), None) => self.text(text),
            (value @ Value::Number(_), None) => {
                let said = value.to_string();
                if self.mask.text(&said) != said {
                    *value = Cover::Number.text().into();
                }
            }
            (Value::Array(items), asks) => items.iter_mut().for_each(|item| self.value(item, asks)),
            (Value::Object(map), None) => self.map(map),
            (Value::Object(map), Some(_)) => {
                map.values_mut().for_each(|value| self.value(value, asks));
                self.map(map);
            }
        }
    }

    fn attribution(&self, attribution: &mut Attribution) {
        let Attribution { source, medium, campaign, term, content, landing_page, referrer, gclid } = attribution;
        for text in [source, medium, campaign, term, content] {
            self.maybe(text);
        }
        for page in [landing_page, referrer] {
            self.page(page);
        }
        Self::hidden(gclid, Cover::Id);
    }

    fn page(&self, page: &mut Option<String>) {
        if let Some(page) = page {
            *page = self.mask.page(page);
        }
    }

    fn lead(&self, lead: &mut Lead) {
        let Lead {
            id,
            name,
            phones,
            emails,
            address,
            time_zone: _,
            external_ids,
            appointments,
            stage: _,
            stage_since: _,
            status,
            status_source: _,
            do_not_contact: _,
            do_not_contact_reason,
            closed_reason,
            outcome: _,
            sentiment: _,
            value_cents: _,
            sources: _,
            campaign,
            attribution,
            rep,
            tags,
            calls: _,
            messages: _,
            first_seen: _,
            last_activity: _,
            next_follow_up: _,
            custom,
            needs,
            last_entry,
            erased: _,
        } = lead;
        *id = 0;
        Self::hidden(name, Cover::Name);
        phones.iter_mut().for_each(|phone| *phone = Cover::Number.text().into());
        emails.iter_mut().for_each(|mail| *mail = Cover::Mail.text().into());
        let Address { street, city, state, zip, country: _ } = address;
        for part in [street, city, state, zip] {
            Self::hidden(part, Cover::Address);
        }
        for ExternalId { name, value } in external_ids {
            self.text(name);
            *value = Cover::Id.text().into();
        }
        for Appointment { at: _, text, source: _ } in appointments {
            self.text(text);
        }
        for text in [status, do_not_contact_reason, closed_reason, campaign] {
            self.maybe(text);
        }
        self.attribution(attribution);
        self.agent(rep);
        self.all(tags);
        self.map(custom);
        for need in needs {
            need.entry = (self.named)(&need.entry);
        }
        if let Some(LastEntry { entry, kind: _, text, direction: _, state: _ }) = last_entry {
            *entry = (self.named)(entry);
            self.text(text);
        }
    }

    fn step(&self, step: &mut Step) {
        let Step { stage: _, status, at: _, until: _, source: _, entry } = step;
        self.maybe(status);
        *entry = (self.named)(entry);
    }

    fn entry(&self, entry: &mut Entry) {
        let Entry {
            id,
            at: _,
            at_source: _,
            received_at: _,
            source: _,
            provider: _,
            event: _,
            title,
            unsigned: _,
            erased: _,
            deliveries,
            content,
        } = entry;
        *id = (self.named)(id);
        deliveries.clear();
        // "Given to Sam" stays; every other title may carry a sender's words.
        if matches!(content, EntryContent::Action { action } if action.kind == DeedKind::Assign) {
            *title = self.mask.agent(title);
        } else {
            self.text(title);
        }
        match content {
            EntryContent::Call { call } => self.call(call),
            EntryContent::Message {
                message:
                    MessageView { direction: _, channel, text, from, to, agent, conversation_id, media, delivery_status },
            } => {
                self.text(channel);
                self.text(text);
                Self::hidden(from, Cover::Number);
                Self::hidden(to, Cover::Number);
                self.agent(agent);
                Self::hidden(conversation_id, Cover::Id);
                media.iter_mut().for_each(|link| *link = Cover::Link.text().into());
                self.maybe(delivery_status);
            }
            EntryContent::Form {
                form: FormView { fields, page, landing_page, referrer, first_form: _, attribution },
            } => {
                for FormField { name, value } in fields {
                    match asks_for(name) {
                        Some(cover) if !value.is_empty() => *value = cover.text().into(),
                        _ => self.text(value),
                    }
                    self.text(name);
                }
                for page in [page, landing_page, referrer] {
                    self.page(page);
                }
                self.attribution(attribution);
            }
            EntryContent::Status { status: StatusView { stage: _, status, reason, facts } } => {
                self.text(status);
                self.maybe(reason);
                self.map(facts);
            }
            EntryContent::Conversation { conversation: ConversationView { id, status, priority, channel } } => {
                Self::hidden(id, Cover::Id);
                for text in [status, priority, channel] {
                    self.maybe(text);
                }
            }
            EntryContent::Contact { contact: ContactView { name, phones, emails, contact_type } } => {
                Self::hidden(name, Cover::Name);
                phones.iter_mut().for_each(|phone| *phone = Cover::Number.text().into());
                emails.iter_mut().for_each(|mail| *mail = Cover::Mail.text().into());
                self.maybe(contact_type);
            }
            EntryContent::Outcome {
                outcome:
                    OutcomeView {
                        outcome: _,
                        said,
                        estimated_cents: _,
                        actual_cents: _,
                        revenue_cents: _,
                        value_cents: _,
                        notes,
                        call,
                        by,
                    },
            } => {
                self.text(said);
                self.maybe(notes);
                *call = call.as_deref().map(self.named).filter(|name| !name.is_empty());
                self.agent(by);
            }
            EntryContent::Note { note: NoteView { text, by } } => {
                self.text(text);
                self.agent(by);
            }
            EntryContent::Action { action: ActionView { kind: _, tag, rep, by } } => {
                self.maybe(tag);
                self.agent(rep);
                self.agent(by);
            }
            // A gap is of this machine, and says nothing about anybody.
            EntryContent::Gap { .. } => {}
        }
    }

    fn call(&self, call: &mut Call) {
        let Call {
            id,
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
            recording_url,
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
            stages: _,
            answers,
            lead_id,
            lead_name,
            lead_erased: _,
            source: _,
            provider: _,
        } = call;
        *id = (self.named)(id);
        *recording_url = None;
        *lead_id = None;
        for number in [from, to, tracking_number] {
            Self::hidden(number, Cover::Number);
        }
        // Keys pressed may be a number, a card or a code.
        Self::hidden(keypad, Cover::Number);
        Self::hidden(lead_name, Cover::Name);
        self.agent(agent);
        for text in [summary, transcript_raw, note, lead_status, score] {
            self.maybe(text);
        }
        for Turn { speaker, text, start_s: _, echo: _ } in transcript {
            self.maybe(speaker);
            self.text(text);
        }
        for Keyword { text, at_s: _, speaker } in keywords {
            self.text(text);
            self.maybe(speaker);
        }
        for Claim { what, value, source: _, provider: _, at: _, event } in claims {
            self.value(value, asks_for(what.as_str()));
            if let ClaimSubject::Other(word) = what {
                self.text(word);
            }
            *event = (self.named)(event);
        }
        self.all(tags);
        self.all(requests);
        self.attribution(attribution);
        for map in [dispositions, topics, milestones] {
            self.map(map);
        }
        for Answer { question, response, transcript } in answers {
            self.text(question);
            self.maybe(response);
            self.maybe(transcript);
        }
    }
}
