//! What the fields of forms are taken to mean.

use serde_json::{Value, json};

use super::*;

fn submit(data: Value) -> ParsedEvent {
    one(read_value(Some("form_submission"), &json!({"resource_id": "FRM1", "form_data": data})))
}

#[test]
fn the_published_form_is_found_by_the_shape_of_its_values() {
    let draft = read_fixture("form_submission-1.json", "form_submission");
    assert_eq!(draft.key, "form_submission:123456789");
    assert_eq!(draft.at, Some(utc("2017-10-24T13:40:18Z")));
    assert_eq!(links(&draft, IdentityKind::Email), ["support@callrail.com"]);
    assert_eq!(draft.person.name.as_deref(), Some("John Q. Customer"));
    assert!(!draft.person.name_is_caller_id);
    assert_eq!(form(&draft).fields.len(), 3);
    assert_eq!(form(&draft).page.as_deref(), Some("http://www.example.com/form"));
    assert_eq!(form(&draft).first_form, Some(true));
    assert_eq!(form(&draft).referrer.as_deref(), Some("www.google.com"));
    assert_eq!(draft.attribution.source.as_deref(), Some("search"));
    assert_eq!(draft.attribution.term.as_deref(), Some("clinic hospital"));
}

#[test]
fn names_of_fields_are_read_in_many_spellings() {
    let draft = submit(
        json!({"First Name *": "Ann", "lastName": "Bo", "E-Mail": "ANN@Example.com ", "Mobile no.": "(949) 555-0142"}),
    );
    assert_eq!(draft.person.name.as_deref(), Some("Ann Bo"));
    assert_eq!(links(&draft, IdentityKind::Email), ["ann@example.com"]);
    assert_eq!(links(&draft, IdentityKind::Phone), ["+19495550142"]);
    assert_eq!(submit(json!({"fullname": "ann bo", "first_name": "Ann"})).person.name.as_deref(), Some("ann bo"));
    assert_eq!(submit(json!({"fname": "Ann"})).person.name.as_deref(), Some("Ann"));
    assert_eq!(
        submit(json!({"contactName": "Ann Bo", "company_name": "Bo Ltd"})).person.name.as_deref(),
        Some("Ann Bo")
    );
}

#[test]
fn phones_are_found_by_shape_only_where_they_look_like_one() {
    let phones =
        |data: Value| links(&submit(data), IdentityKind::Phone).iter().map(|p| p.to_string()).collect::<Vec<_>>();
    assert_eq!(phones(json!({"form_field4": "949-555-0142"})), ["+19495550142"]);
    assert_eq!(phones(json!({"form_field4": "+61 491 573 087"})), ["+61491573087"]);
    assert_eq!(phones(json!({"phone": "9495550142", "tel_2": 9_495_550_143_i64})), ["+19495550142", "+19495550143"]);
    for other in [
        json!({"order_id": "949-555-0142"}),
        json!({"form_field4": "9495550142"}),
        json!({"fax": "949-555-0142"}),
        json!({"when": "2026-11-22 10:00"}),
        json!({"when": "2026-11-22"}),
        json!({"message": "Call me at 949-555-0142 please"}),
        json!({"emergency_phone": "949-555-0142"}),
        json!({"phone": "Anonymous"}),
        json!({"phone": "n/a"}),
        json!({"phone": "12345"}),
    ] {
        assert!(phones(other.clone()).is_empty(), "{other}");
    }
}

#[test]
fn somebody_elses_details_are_not_the_leads() {
    let draft = submit(json!({"email": "me@example.com", "friend_email": "you@example.com", "referred_by_name": "Al"}));
    assert_eq!(links(&draft, IdentityKind::Email), ["me@example.com"]);
    assert_eq!(draft.person.name, None);
    assert_eq!(form(&draft).fields.len(), 3, "but everything is kept");
}

#[test]
fn a_name_is_guessed_only_in_nameless_fields_and_only_once() {
    let name = |data: Value| submit(data).person.name;
    assert_eq!(name(json!({"form_field3": "Mary-Ann O'Neil"})).as_deref(), Some("Mary-Ann O'Neil"));
    assert_eq!(name(json!({"form_field3": "John Q. Customer", "your_name": "Jane Doe"})).as_deref(), Some("Jane Doe"));
    for none in [
        json!({"form_field1": "Kitchen Remodel"}),
        json!({"form_field1": "Ann Bo", "form_field2": "Cy Do"}),
        json!({"message": "Ann Bo"}),
        json!({"form_field1": "Hello"}),
        json!({"form_field1": "I Need 2 Quotes"}),
        json!({"form_field1": "No Thanks"}),
        json!({"name": "n/a"}),
        json!({"company_name": "Ann Bo"}),
        json!({"username": "ann"}),
    ] {
        assert_eq!(name(none.clone()), None, "{none}");
    }
}

#[test]
fn lists_objects_and_encoded_forms_are_kept_in_order() {
    let pairs = |draft: &ParsedEvent| -> Vec<(String, String)> {
        form(draft).fields.iter().map(|f| (f.name.clone(), f.value.clone())).collect()
    };
    let own = |list: &[(&str, &str)]| -> Vec<(String, String)> {
        list.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect()
    };
    let nested = submit(json!({"b": {"x": 1, "y": [true, null]}, "a": " keep "}));
    assert_eq!(pairs(&nested), own(&[("b.x", "1"), ("b.y", "true"), ("b.y", ""), ("a", " keep ")]));
    let listed = submit(json!([{"name": "Your name", "value": "Ann Bo"}, {"name": "Phone", "value": "949-555-0142"}]));
    assert_eq!(pairs(&listed), own(&[("Your name", "Ann Bo"), ("Phone", "949-555-0142")]));
    assert_eq!(listed.person.name.as_deref(), Some("Ann Bo"));
    let encoded = b"resource_id=FRM2&form_data[phone]=949-555-0142&form_data[phone]=949-555-0143&form_data[name]=Ann";
    let encoded = one(read_raw(Some("form_submission"), encoded));
    assert_eq!(links(&encoded, IdentityKind::Phone).len(), 2);
    let text = one(read_raw(None, br#"resource_id=FRM2&form_data={"name":"Ann Bo"}"#));
    assert_eq!(text.person.name.as_deref(), Some("Ann Bo"));
}

#[test]
fn a_form_needs_fields_or_an_id_and_a_readable_time() {
    let unreadable = read_value(Some("form_submission"), &json!({"form_data": {}})).unwrap_err();
    assert_eq!(unreadable.field.as_deref(), Some("form_data"));
    let bad = json!({"resource_id": "FRM1", "form_data": {"a": "b"}, "submitted_at": "now"});
    assert_eq!(read_value(None, &bad).unwrap_err().field.as_deref(), Some("submitted_at"));
    assert_eq!(submit(json!({"a": "b"})).at, None);
}

#[test]
fn a_form_with_thousands_of_fields_is_kept_whole_and_names_few() {
    let data: serde_json::Map<String, Value> =
        (0..9_000).map(|n| (format!("email_{n}"), json!(format!("a{n}@example.com")))).collect();
    let draft = submit(Value::Object(data));
    assert_eq!(form(&draft).fields.len(), 9_000);
    assert_eq!(links(&draft, IdentityKind::Email).len(), 20);
}
