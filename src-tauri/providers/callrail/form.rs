//! Form submissions: <https://apidocs.callrail.com/#form-submission>.
//!
//! The names of the fields are whatever the page's author chose, and can repeat. All are kept in
//! order; phone, e-mail and name are found by meaning.

use super::body::{attribution, first, ids, link_person, structured, time};
use super::meaning;
use super::{CallRailEvent, Json, ReaderInput, Unreadable};
use crate::domain::event::{Body, Form, FormField, IdentityKind, ParsedEvent};
use crate::providers::read;

/// Reads a form.
pub(super) fn read(delivery: &ReaderInput<'_>, body: &Json) -> Result<ParsedEvent, Unreadable> {
    let kind = CallRailEvent::Form.key();
    let mut at = time(body, "submitted_at", "the time of a form")?;
    for key in ["created_at", "timestamp"] {
        if at.is_none() {
            at = time(body, key, "the time of a form")?;
        }
    }
    let ids = ids(body);
    let mut fields = Vec::new();
    if let Some(data) = structured(body, "form_data") {
        match data.as_ref() {
            Json::Object(_) | Json::List(_) => flatten("", &data, &mut fields),
            data => fields.extend(data.to_text().map(|value| FormField { name: "form_data".into(), value })),
        }
    }
    if fields.is_empty() && ids.is_empty() {
        return Err(Unreadable::at("form_data", "CallRail sent a form without fields."));
    }
    let id = ids.first().cloned().unwrap_or_else(|| format!("#{}", read::hash_json(delivery.body)));
    let form = Form {
        fields,
        page: first(body, &["form_url", "url"]),
        landing_page: first(body, &["landing_page_url", "landing"]),
        referrer: first(body, &["referring_url", "referrer_url", "referrer"]),
        first_form: body.get("first_form").and_then(Json::to_bool),
    };
    let found = meaning::of(&form.fields, delivery.region);

    let mut draft = ParsedEvent::new(format!("{kind}:{id}"), kind, at, Body::Form(form));
    for number in &found.phones {
        read::lead_e164(&mut draft, number);
    }
    for address in &found.emails {
        read::lead_email(&mut draft, address);
    }
    link_person(&mut draft, body);
    for id in ids {
        draft.add_identity(IdentityKind::Form, id);
    }
    draft.person.name = found.name;
    draft.person.address = found.address;
    draft.person.campaign = first(body, &["campaign"]);
    draft.attribution = attribution(body);
    Ok(draft)
}

/// Every field in order. A field within a field is named `outer.inner`; a list repeats its name.
fn flatten(name: &str, value: &Json, fields: &mut Vec<FormField>) {
    match value {
        Json::Object(pairs) => {
            for (key, value) in pairs {
                let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                flatten(&name, value, fields);
            }
        }
        Json::List(items) => {
            for item in items {
                // Some form plugins list their fields as objects with a name and a value.
                match (name.is_empty(), read::text(item, "name"), item.get("value")) {
                    (true, Some(name), Some(value)) => flatten(&name, value, fields),
                    _ => flatten(name, item, fields),
                }
            }
        }
        Json::Null => fields.push(FormField { name: name.to_string(), value: String::new() }),
        Json::Text(text) => fields.push(FormField { name: name.to_string(), value: text.clone() }),
        value => fields.push(FormField { name: name.to_string(), value: value.to_text().unwrap_or_default() }),
    }
}
