//! What is kept of an event that is erased: what totals are made of, and nothing that says who it was.
//!
//! No names, numbers, mails, words, addresses, links or ids: only times, kinds, states, outcomes, amounts, and the
//! vocabularies of the business and its services. What is free text in those is dropped where it names the person.

use std::collections::{HashMap, HashSet};

use super::action::{Action, Deed, DeedOrUndo};
use super::call::CallPart;
use super::entry::EntryKind;
use super::event::{
    Attribution, Body, Contact, Conversation, Event, EventId, Form, Identity, IdentityKind, Message, OutcomeTag,
    ParsedEvent, Person, StatusChange,
};
use super::fold::{call_id, fold};
use super::identifiers::{PersonIdentifiers, TextScope};
use super::journey::asks_to_stop;

/// The longest word of a vocabulary; longer ones are free text.
const WORD: usize = 120;
/// What stands in place of a word that may say who it was.
const ERASED: &str = "erased";
/// What is kept of some events of one lead. `lead` are all of its events, `which` those that go; `person` is the
/// opaque name they are held together by; `keyed` hashes an id so that only this file can tell whose it was.
pub fn redact(
    lead: &[Event],
    which: &HashSet<EventId>,
    person: &str,
    keyed: &dyn Fn(&str) -> EventId,
) -> HashMap<EventId, RedactedEvent> {
    let identifiers = PersonIdentifiers::of(lead);
    // Joins without an id are computed over the whole set: from now on they are said.
    let folded = fold(lead);
    let by_id: HashMap<EventId, &Event> = lead.iter().map(|event| (event.id, event)).collect();
    let (mut of_event, mut of_card) = (HashMap::new(), HashMap::new());
    let mut repeats = HashMap::new();
    for (entry, evidence) in folded.entries.iter().zip(&folded.evidence) {
        if entry.kind() != EntryKind::Call {
            // Rows of files that tell a text or form again are no entries: they go with what they repeat.
            if let Some((first, rows)) = evidence.split_first() {
                repeats.extend(rows.iter().map(|row| (*row, *first)));
            }
            continue;
        }
        let kept = keyed(&format!("card:{}", entry.id)).to_string();
        let Some(first) = evidence.first().and_then(|id| by_id.get(id)) else { continue };
        of_card.insert(entry.id.clone(), call_id(&first.source_uid, &kept));
        of_event.extend(evidence.iter().map(|id| (*id, kept.clone())));
    }
    let redaction = Redaction { identifiers, of_event, of_card, keyed };
    let mut kept = HashMap::new();
    for event in lead.iter().filter(|event| which.contains(&event.id)) {
        if let Some(of) = repeats.get(&event.id).filter(|of| which.contains(*of)) {
            kept.insert(event.id, RedactedEvent::With(*of));
            continue;
        }
        let mut draft = redaction.draft(event);
        draft.identities = vec![Identity { kind: IdentityKind::Erased, value: person.to_string() }];
        kept.insert(event.id, RedactedEvent::Draft(Box::new(draft)));
    }
    kept
}

/// What is kept of an event.
#[derive(Debug, Clone, PartialEq)]
pub enum RedactedEvent {
    /// What totals are made of.
    Draft(Box<ParsedEvent>),
    /// Nothing of its own: it told again what this one tells.
    With(EventId),
}

/// The name under which an event that was erased is known.
pub fn event_name(id: EventId) -> String {
    format!("event:{id}")
}

struct Redaction<'a> {
    identifiers: PersonIdentifiers,
    /// The kept id of the call an event is a part of.
    of_event: HashMap<EventId, String>,
    /// The card after, by the card before.
    of_card: HashMap<String, String>,
    keyed: &'a dyn Fn(&str) -> EventId,
}

impl Redaction<'_> {
    fn draft(&self, event: &Event) -> ParsedEvent {
        let draft = &event.draft;
        let body = match &draft.body {
            Body::Call(part) => Body::Call(Box::new(self.call(event, part))),
            Body::Message(message) => Body::Message(self.message(message)),
            Body::Form(form) => Body::Form(Form {
                fields: Vec::new(),
                page: None,
                landing_page: None,
                referrer: None,
                first_form: form.first_form,
            }),
            Body::Status(status) => Body::Status(StatusChange {
                stage: status.stage,
                // A word we know the stage of is of the service's vocabulary; another may say anything.
                status: status.stage.and_then(|_| self.word(&status.status)).unwrap_or_else(|| ERASED.into()),
                reason: None,
                from_lead: status.from_lead,
                facts: serde_json::Map::new(),
            }),
            Body::Conversation(conversation) => Body::Conversation(Conversation {
                id: None,
                status: self.maybe(&conversation.status),
                priority: self.maybe(&conversation.priority),
                channel: self.maybe(&conversation.channel),
            }),
            Body::Contact(contact) => Body::Contact(Contact { contact_type: self.maybe(&contact.contact_type) }),
            Body::Outcome(tag) => Body::Outcome(self.tag(event, tag)),
            Body::Action(action) => Body::Action(self.action(action)),
        };
        ParsedEvent {
            row: draft.row,
            person: Person {
                rep: self.agent(&draft.person.rep),
                campaign: self.maybe(&draft.person.campaign),
                ..Person::default()
            },
            attribution: Attribution {
                source: self.maybe(&draft.attribution.source),
                medium: self.maybe(&draft.attribution.medium),
                campaign: self.maybe(&draft.attribution.campaign),
                ..Attribution::default()
            },
            ..ParsedEvent::new(String::new(), self.event_name(draft), None, body)
        }
    }

    fn call(&self, event: &Event, part: &CallPart) -> CallPart {
        CallPart {
            call: self.of_event.get(&event.id).cloned(),
            sent_us: part.sent_us,
            rank: part.rank,
            direction: part.direction,
            answered: part.answered,
            voicemail: part.voicemail,
            state: part.state,
            started_at: part.started_at,
            duration_s: part.duration_s,
            agent: self.agent(&part.agent),
            sentiment: part.sentiment.clone(),
            outcome: part.outcome,
            value_cents: part.value_cents,
            sale: part.sale,
            lead_status: self.maybe(&part.lead_status),
            ..CallPart::default()
        }
    }

    fn message(&self, message: &Message) -> Message {
        Message {
            direction: message.direction,
            channel: self.word(&message.channel).unwrap_or_else(|| "chat".into()),
            // That they asked to be left alone stays; it is a stage, and anybody's word.
            text: if asks_to_stop(message) { "STOP".into() } else { String::new() },
            from: None,
            to: None,
            agent: self.agent(&message.agent),
            conversation_id: None,
            media: Vec::new(),
            delivery_status: self.maybe(&message.delivery_status),
        }
    }

    fn tag(&self, event: &Event, tag: &OutcomeTag) -> OutcomeTag {
        OutcomeTag {
            outcome: tag.outcome,
            said: tag.outcome.as_str().into(),
            call: tag.call.as_ref().map(|call| {
                let card = call_id(&event.source_uid, call);
                (self.keyed)(&format!("card:{card}")).to_string()
            }),
            estimated_cents: tag.estimated_cents,
            actual_cents: tag.actual_cents,
            revenue_cents: tag.revenue_cents,
            notes: None,
        }
    }

    fn action(&self, action: &Action) -> Action {
        let what = match &action.what {
            DeedOrUndo::Deed(deed) => DeedOrUndo::Deed(self.deed(deed)),
            DeedOrUndo::Undo { action } => DeedOrUndo::Undo { action: self.event(*action) },
        };
        Action { about: self.event(action.about), by: self.agent(&action.by), what }
    }

    fn deed(&self, deed: &Deed) -> Deed {
        match deed {
            Deed::Note { .. } => Deed::Note { text: String::new() },
            Deed::Outcome { outcome, call, estimated_cents, actual_cents, revenue_cents, .. } => Deed::Outcome {
                outcome: *outcome,
                call: call.as_ref().and_then(|card| self.of_card.get(card)).cloned(),
                estimated_cents: *estimated_cents,
                actual_cents: *actual_cents,
                revenue_cents: *revenue_cents,
                notes: None,
            },
            Deed::Tag { .. } => Deed::Tag { tag: String::new() },
            Deed::Untag { .. } => Deed::Untag { tag: String::new() },
            Deed::Assign { rep } => Deed::Assign { rep: self.agent(rep) },
        }
    }

    fn event(&self, id: EventId) -> EventId {
        (self.keyed)(&event_name(id))
    }

    fn maybe(&self, text: &Option<String>) -> Option<String> {
        text.as_deref().and_then(|text| self.word(text))
    }

    /// A word of a vocabulary, unless any of it tells of the person.
    fn word(&self, text: &str) -> Option<String> {
        (text.chars().count() <= WORD && !self.identifiers.tells(text, TextScope::Own)).then(|| text.to_string())
    }

    /// Somebody of the business, unless it is the person: to share a first or last name with them is nothing.
    fn agent(&self, name: &Option<String>) -> Option<String> {
        name.clone().filter(|name| name.chars().count() <= WORD && !self.identifiers.is_them(name))
    }

    /// What the service calls the event. Where it is the status, and one nobody knows, it may say anything.
    fn event_name(&self, draft: &ParsedEvent) -> String {
        let anything =
            |body: &Body| matches!(body, Body::Status(status) if status.stage.is_none() && status.status == draft.name);
        self.word(&draft.name).filter(|_| !anything(&draft.body)).unwrap_or_else(|| ERASED.into())
    }
}
