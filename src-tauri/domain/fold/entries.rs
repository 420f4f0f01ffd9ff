//! Entries that are one event each: texts, forms, statuses, outcomes, notes and the rest.

use super::call_id;
use crate::domain::action::Deed;
use crate::domain::entry::*;
use crate::domain::event::{Body, Direction, Event, EventId, value_cents};
use crate::domain::stage::Outcome;

impl Entry {
    /// An entry without content.
    /// An entry that says nothing yet.
    pub(crate) fn bare(
        kind: EntryKind,
        id: String,
        at: chrono::DateTime<chrono::Utc>,
        at_source: AtSource,
        received_at: chrono::DateTime<chrono::Utc>,
    ) -> Entry {
        Entry {
            id,
            kind,
            at,
            at_source,
            received_at,
            source: None,
            provider: String::new(),
            event: String::new(),
            title: String::new(),
            unsigned: false,
            erased: false,
            deliveries: Vec::new(),
            call: None,
            message: None,
            form: None,
            status: None,
            conversation: None,
            contact: None,
            outcome: None,
            note: None,
            action: None,
            gap: None,
        }
    }
}

/// The entry of an event that is no part of a call.
pub(super) fn entry(event: &Event) -> Option<(Entry, EventId)> {
    let at_source = if event.at_received { AtSource::Received } else { AtSource::Sender };
    let mut entry = Entry::bare(EntryKind::Note, event.id.to_string(), event.at, at_source, event.first_received);
    entry.source = (event.source != 0).then_some(event.source);
    entry.provider.clone_from(&event.provider);
    entry.event.clone_from(&event.draft.name);
    entry.unsigned = event.unsigned && event.source != 0;
    entry.erased = event.is_erased();
    match &event.draft.body {
        Body::Call(_) => return None,
        Body::Message(message) => {
            entry.kind = EntryKind::Message;
            let text = matches!(message.channel.as_str(), "sms" | "mms");
            entry.title = match (text, message.direction) {
                (true, Direction::Inbound) => "Text received",
                (true, Direction::Outbound) => "Text sent",
                (false, Direction::Inbound) => "Message received",
                (false, Direction::Outbound) => "Message sent",
            }
            .into();
            entry.message = Some(MessageView {
                direction: message.direction.as_str().into(),
                channel: message.channel.clone(),
                text: message.text.clone(),
                from: message.from.clone(),
                to: message.to.clone(),
                agent: message.agent.clone(),
                conversation_id: message.conversation_id.clone(),
                media: message.media.clone(),
                delivery_status: message.delivery_status.clone(),
            });
        }
        Body::Form(form) => {
            entry.kind = EntryKind::Form;
            entry.title = "Form".into();
            entry.form = Some(FormView {
                fields: form.fields.clone(),
                page: form.page.clone(),
                landing_page: form.landing_page.clone(),
                referrer: form.referrer.clone(),
                first_form: form.first_form,
                attribution: event.draft.attribution.clone(),
            });
        }
        Body::Status(status) => {
            entry.kind = EntryKind::Status;
            entry.title = format!("Status: “{}”", status.status);
            entry.status = Some(StatusView {
                stage: status.stage,
                status: status.status.clone(),
                reason: status.reason.clone(),
                facts: status.facts.clone(),
            });
        }
        Body::Conversation(conversation) => {
            entry.kind = EntryKind::Conversation;
            entry.title = match &conversation.status {
                Some(status) => format!("Conversation: “{status}”"),
                None => "Conversation".into(),
            };
            entry.conversation = Some(ConversationView {
                id: conversation.id.clone(),
                status: conversation.status.clone(),
                priority: conversation.priority.clone(),
                channel: conversation.channel.clone(),
            });
        }
        Body::Contact(contact) => {
            entry.kind = EntryKind::Contact;
            entry.title = "Contact details".into();
            entry.contact = Some(ContactView {
                name: event.draft.person.name.clone(),
                phones: event.draft.person.phones.clone(),
                emails: event.draft.person.emails.clone(),
                contact_type: contact.contact_type.clone(),
            });
        }
        Body::Outcome(tag) => {
            entry.kind = EntryKind::Outcome;
            // A word we do not know stands as it came; the others have words for people.
            entry.title = match tag.outcome {
                Outcome::Other if tag.said != Outcome::Other.as_str() => format!("Outcome: “{}”", tag.said),
                outcome => format!("Outcome: {}", words(outcome)),
            };
            entry.outcome = Some(OutcomeView {
                outcome: tag.outcome,
                said: tag.said.clone(),
                estimated_cents: tag.estimated_cents,
                actual_cents: tag.actual_cents,
                revenue_cents: tag.revenue_cents,
                value_cents: value_cents(tag.estimated_cents, tag.actual_cents, tag.revenue_cents),
                notes: tag.notes.clone(),
                call: tag.call.as_deref().map(|call| call_id(&event.source_uid, call)),
                by: None,
            });
        }
        Body::Action(action) => {
            let (deed, by) = (action.deed()?, action.by.clone());
            match deed {
                Deed::Note { text } => {
                    entry.kind = EntryKind::Note;
                    entry.title = "Note".into();
                    entry.note = Some(NoteView { text: text.clone(), by });
                }
                Deed::Outcome { outcome, call, estimated_cents, actual_cents, revenue_cents, notes } => {
                    entry.kind = EntryKind::Outcome;
                    entry.title = format!("Outcome: {}", words(*outcome));
                    entry.outcome = Some(OutcomeView {
                        outcome: *outcome,
                        said: outcome.as_str().into(),
                        estimated_cents: *estimated_cents,
                        actual_cents: *actual_cents,
                        revenue_cents: *revenue_cents,
                        value_cents: value_cents(*estimated_cents, *actual_cents, *revenue_cents),
                        notes: notes.clone(),
                        call: call.clone(),
                        by,
                    });
                }
                Deed::Tag { tag } => {
                    entry.kind = EntryKind::Action;
                    entry.title = if tag.is_empty() { "Tagged".into() } else { format!("Tagged “{tag}”") };
                    entry.action = Some(ActionView { kind: deed.into(), tag: Some(tag.clone()), rep: None, by });
                }
                Deed::Untag { tag } => {
                    entry.kind = EntryKind::Action;
                    entry.title =
                        if tag.is_empty() { "Tag removed".into() } else { format!("Tag “{tag}” removed") };
                    entry.action = Some(ActionView { kind: deed.into(), tag: Some(tag.clone()), rep: None, by });
                }
                Deed::Assign { rep } => {
                    entry.kind = EntryKind::Action;
                    entry.title = match rep {
                        Some(rep) => format!("Given to {rep}"),
                        None => "Given to nobody in particular".into(),
                    };
                    entry.action = Some(ActionView { kind: deed.into(), tag: None, rep: rep.clone(), by });
                }
            }
        }
    }
    Some((entry, event.id))
}

/// `No answer`: the word in requests, for people.
fn words(outcome: Outcome) -> String {
    let words = outcome.as_str().replace('_', " ");
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
