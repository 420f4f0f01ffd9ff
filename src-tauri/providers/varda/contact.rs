//! Of whom Varda tells: contacts, their names, numbers and mails, and where they came from.

use serde_json::{Map, Value};

use super::super::*;
use super::{Envelope, time};
use crate::domain::event::{Address, Attribution, Body, Contact, IdentityKind, ParsedEvent};
use crate::domain::phone;
use crate::providers::read::{self, word};

pub(super) fn attribution(data: &Json) -> Attribution {
    let Some(said) = data.get("attribution") else { return Attribution::default() };
    Attribution {
        source: word(said, "source"),
        medium: word(said, "medium"),
        campaign: word(said, "campaign"),
        term: word(said, "term"),
        content: word(said, "content"),
        landing_page: word(said, "landing_page"),
        referrer: word(said, "referrer"),
        gclid: word(said, "gclid"),
    }
}

/// Adds who the contact is: its id, which holds whatever else changes, its numbers and addresses. A
/// number that is the business's side of this very event is not the contact's.
pub(super) fn add_contact(draft: &mut ParsedEvent, contact: &Json, region: &str) {
    if let Some(id) = word(contact, "id") {
        draft.add_identity(IdentityKind::Person, id);
    }
    for number in several(contact, &["phone", "phone_number", "phones"]) {
        if let Some(number) = phone::e164(&number, region)
            && !draft.business.contains(&number)
        {
            read::lead_e164(draft, &number);
        }
    }
    for address in several(contact, &["email", "emails"]) {
        read::lead_email(draft, &address);
    }
    draft.person.name = name(contact);
}

/// The name given, unless it is the number again.
pub(super) fn name(contact: &Json) -> Option<String> {
    let parts = [word(contact, "first_name"), word(contact, "last_name")];
    let joined = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    word(contact, "name")
        .or(Some(joined).filter(|n| !n.is_empty()))
        .filter(|n| phone::e164(n, "").is_none() && !phone::is_blocked(n))
}

/// Texts of several fields, each a text, a list of texts, or a list of objects around one.
pub(super) fn several(json: &Json, keys: &[&str]) -> Vec<String> {
    const MAX: usize = 50;
    let mut out = Vec::new();
    for value in keys.iter().filter_map(|key| json.get(key)) {
        let one = [value.clone()];
        for item in if let Json::List(items) = value { items.as_slice() } else { &one } {
            let inner = ["value", "number", "phone", "email", "address", "url"];
            out.extend(match item {
                Json::Object(_) => inner.iter().find_map(|key| word(item, key)),
                item => item.to_text().map(|t| t.trim().to_string()),
            });
        }
    }
    out.truncate(MAX);
    out
}

pub(super) fn contact_of(data: &Json) -> Option<&Json> {
    data.get("contact").filter(|contact| matches!(contact, Json::Object(_)))
}

pub(super) fn contact(envelope: &Envelope<'_>) -> Result<ParsedEvent, Unreadable> {
    let data = envelope.data;
    let said = contact_of(data).unwrap_or(data);
    let own = if envelope.name == "contact.created" { time(said, "created_at")? } else { time(said, "updated_at")? };
    let body = Contact { contact_type: word(said, "contact_type").or_else(|| word(said, "type")) };
    let mut draft = envelope.draft(own.or(envelope.sent), Body::Contact(body));
    add_contact(&mut draft, said, envelope.region);
    draft.person.address = Address {
        street: word(said, "street").or_else(|| word(said, "address")),
        city: word(said, "city"),
        state: word(said, "state"),
        zip: word(said, "zip").or_else(|| word(said, "postal_code")),
        country: word(said, "country"),
    };
    draft.person.custom = custom(said);
    if draft.identities.is_empty() && draft.person.name.is_none() {
        return Err(Unreadable::at("contact", "Varda sent a contact without an id, a name, a number or an address."));
    }
    if draft.attribution == Attribution::default() {
        draft.attribution = attribution(said);
    }
    Ok(draft)
}

pub(super) fn custom(contact: &Json) -> Map<String, Value> {
    ["custom_fields", "custom_attributes"]
        .iter()
        .filter_map(|key| contact.get(key))
        .flat_map(|fields| fields.pairs())
        .filter(|(_, value)| value.says_something())
        .map(|(key, value)| (key.clone(), value.to_value()))
        .collect()
}
