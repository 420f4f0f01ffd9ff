//! Entries that are one event each: texts, forms, statuses, outcomes, notes and the rest.

use super::call_id;
use crate::domain::action::Deed;
use crate::domain::entry::*;
use crate::domain::event::{Body, Direction, Event, EventId, value_cents};
use crate::domain::stage::Outcome;

/// The entry of an event that is no part of a call.
pub(super) fn entry(event: &Event) -> Option<(Entry, EventId)> {
    let (title, content) = told(event)?;
    let at_source = if event.at_received { AtSource::Received } else { AtSource::Sender };
    let mut entry = Entry::new(content, event.id.to_string(), event.at, at_source, event.first_received);
    entry.title = title;
    entry.source = (event.source != 0).then_some(event.source);
    entry.provider.clone_from(&event.provider);
    entry.event.clone_from(&event.draft.name);
    entry.unsigned = event.unsigned && event.source != 0;
    entry.erased = event.is_erased();
    Some((entry, event.id))
}

/// Its title and what it says.
fn told(event: &Event) -> Option<(String, EntryContent)> {
    Some(match &event.draft.body {
        Body::Call(_) => return None,
        Body::Message(message) => {
            let text = matches!(message.channel.as_str(), "sms" | "mms");
            let title = match (text, message.direction) {
                (true, Direction::Inbound) => "Text received",
                (true, Direction::Outbound) => "Text sent",
                (false, Direction::Inbound) => "Message received",
                (false, Direction::Outbound) => "Message sent",
            };
            let message = MessageView {
                direction: message.direction.as_str().into(),
                channel: message.channel.clone(),
                text: message.text.clone(),
                from: message.from.clone(),
                to: message.to.clone(),
                agent: message.agent.clone(),
                conversation_id: message.conversation_id.clone(),
                media: message.media.clone(),
                delivery_status: message.delivery_status.clone(),
            };
            (title.into(), EntryContent::Message { message })
        }
        Body::Form(form) => {
            let form = FormView {
                fields: form.fields.clone(),
                page: form.page.clone(),
                landing_page: form.landing_page.clone(),
                referrer: form.referrer.clone(),
                first_form: form.first_form,
                attribution: event.draft.attribution.clone(),
            };
            ("Form".into(), EntryContent::Form { form })
        }
        Body::Status(status) => {
            let title = format!("Status: “{}”", status.status);
            let status = StatusView {
                stage: status.stage,
                status: status.status.clone(),
                reason: status.reason.clone(),
                facts: status.facts.clone(),
            };
            (title, EntryContent::Status { status })
        }
        Body::Conversation(conversation) => {
            let title = match &conversation.status {
                Some(status) => format!("Conversation: “{status}”"),
                None => "Conversation".into(),
            };
            let conversation = ConversationView {
                id: conversation.id.clone(),
                status: conversation.status.clone(),
                priority: conversation.priority.clone(),
                channel: conversation.channel.clone(),
            };
            (title, EntryContent::Conversation { conversation })
        }
        Body::Contact(contact) => {
            let contact = ContactView {
                name: event.draft.person.name.clone(),
                phones: event.draft.person.phones.clone(),
                emails: event.draft.person.emails.clone(),
                contact_type: contact.contact_type.clone(),
            };
            ("Contact details".into(), EntryContent::Contact { contact })
        }
        Body::Outcome(tag) => {
            // A word we do not know stands as it came; the others have words for people.
            let title = match tag.outcome {
                Outcome::Other if tag.said != Outcome::Other.as_str() => format!("Outcome: “{}”", tag.said),
                outcome => format!("Outcome: {}", words(outcome)),
            };
            let outcome = OutcomeView {
                outcome: tag.outcome,
                said: tag.said.clone(),
                estimated_cents: tag.estimated_cents,
                actual_cents: tag.actual_cents,
                revenue_cents: tag.revenue_cents,
                value_cents: value_cents(tag.estimated_cents, tag.actual_cents, tag.revenue_cents),
                notes: tag.notes.clone(),
                call: tag.call.as_deref().map(|call| call_id(&event.source_uid, call)),
                by: None,
            };
            (title, EntryContent::Outcome { outcome })
        }
        Body::Action(action) => done(action.deed()?, action.by.clone()),
    })
}

/// The same of what a person of the business did.
fn done(deed: &Deed, by: Option<String>) -> (String, EntryContent) {
    let view = |tag: Option<&String>, rep: Option<&String>, by| EntryContent::Action {
        action: ActionView { kind: deed.into(), tag: tag.cloned(), rep: rep.cloned(), by },
    };
    match deed {
        Deed::Note { text } => ("Note".into(), EntryContent::Note { note: NoteView { text: text.clone(), by } }),
        Deed::Outcome { outcome, call, estimated_cents, actual_cents, revenue_cents, notes } => {
            let said = OutcomeView {
                outcome: *outcome,
                said: outcome.as_str().into(),
                estimated_cents: *estimated_cents,
                actual_cents: *actual_cents,
                revenue_cents: *revenue_cents,
                value_cents: value_cents(*estimated_cents, *actual_cents, *revenue_cents),
                notes: notes.clone(),
                call: call.clone(),
                by,
            };
            (format!("Outcome: {}", words(*outcome)), EntryContent::Outcome { outcome: said })
        }
        Deed::Tag { tag } => {
            let title = if tag.is_empty() { "Tagged".into() } else { format!("Tagged “{tag}”") };
            (title, view(Some(tag), None, by))
        }
        Deed::Untag { tag } => {
            let title = if tag.is_empty() { "Tag removed".into() } else { format!("Tag “{tag}” removed") };
            (title, view(Some(tag), None, by))
        }
        Deed::Assign { rep } => {
            let title = match rep {
                Some(rep) => format!("Given to {rep}"),
                None => "Given to nobody in particular".into(),
            };
            (title, view(None, rep.as_ref(), by))
        }
    }
}

/// `No answer`: the word in requests, for people.
fn words(outcome: Outcome) -> String {
    let words = outcome.as_str().replace('_', " ");
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
