//! What the fields of a form mean, told by their names and by the shape of their values.

use crate::domain::event::{Address, FormField, is_placeholder};
use crate::domain::phone;
use crate::providers::read;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct ExtractedFields {
    /// E.164, in the order of the fields.
    pub(super) phones: Vec<String>,
    /// In the order of the fields.
    pub(super) emails: Vec<String>,
    /// As typed.
    pub(super) name: Option<String>,
    /// As typed.
    pub(super) address: Address,
}

/// Somebody else's details, or the business's own: never the lead's identity.
const OTHERS: [&str; 25] = [
    "friend",
    "friends",
    "referral",
    "referred",
    "referrer",
    "referring",
    "refer",
    "spouse",
    "partner",
    "emergency",
    "tracking",
    "recipient",
    "dealer",
    "dealership",
    "store",
    "branch",
    "rep",
    "agent",
    "advisor",
    "technician",
    "staff",
    "landlord",
    "employer",
    "manager",
    "coworker",
];

/// Numbers that are no phones, however they are written.
const NO_PHONES: [&str; 24] = [
    "fax",
    "id",
    "order",
    "invoice",
    "account",
    "policy",
    "license",
    "licence",
    "ssn",
    "vin",
    "zip",
    "postal",
    "date",
    "time",
    "price",
    "budget",
    "amount",
    "card",
    "sku",
    "serial",
    "gclid",
    "timestamp",
    "reference",
    "extension",
];

/// Names that are not a person's.
const NO_NAMES: [&str; 24] = [
    "company",
    "business",
    "organization",
    "organisation",
    "org",
    "user",
    "username",
    "product",
    "service",
    "page",
    "form",
    "file",
    "event",
    "street",
    "pet",
    "dog",
    "cat",
    "brand",
    "domain",
    "site",
    "website",
    "campaign",
    "project",
    "school",
];

/// Words that stand in titles of requests and in addresses, and not in a person's name.
const NOT_IN_A_NAME: [&str; 63] = [
    "street",
    "avenue",
    "road",
    "drive",
    "lane",
    "city",
    "county",
    "state",
    "states",
    "united",
    "new",
    "north",
    "south",
    "east",
    "west",
    "inc",
    "llc",
    "ltd",
    "company",
    "services",
    "service",
    "repair",
    "remodel",
    "remodeling",
    "kitchen",
    "bathroom",
    "bath",
    "roof",
    "roofing",
    "plumbing",
    "heating",
    "cooling",
    "hvac",
    "quote",
    "estimate",
    "request",
    "appointment",
    "consultation",
    "call",
    "contact",
    "email",
    "phone",
    "text",
    "please",
    "hello",
    "thanks",
    "thank",
    "yes",
    "no",
    "not",
    "other",
    "google",
    "facebook",
    "search",
    "website",
    "morning",
    "afternoon",
    "evening",
    "soon",
    "today",
    "tomorrow",
    "general",
    "installation",
];

/// Finds phones, e-mails, the name and the address among the fields of a form.
pub(super) fn of(fields: &[FormField], region: &str) -> ExtractedFields {
    let mut found = ExtractedFields::default();
    let (mut full, mut given, mut family) = (None, None, None);
    let mut guesses: Vec<&str> = Vec::new();
    for field in fields {
        let value = field.value.trim();
        if is_placeholder(value) {
            continue;
        }
        let words = words(&field.name);
        let any = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
        if any(&OTHERS) {
            continue;
        }
        if let Some(address) = read::email(value) {
            keep(&mut found.emails, address);
            continue;
        }
        let names_phone =
            any(&["phone", "tel", "telephone", "mobile", "cell", "cellphone", "phonenumber", "mobilenumber"])
                || (any(&["number", "no"]) && any(&["contact", "callback", "whatsapp"]));
        if !any(&NO_PHONES)
            && (names_phone || looks_like_phone(value))
            && let Some(number) = phone::e164(value, region)
        {
            keep(&mut found.phones, number);
            continue;
        }
        if names_phone {
            continue;
        }
        match part_of_name(&words) {
            Some(NamePart::Full) => first(&mut full, value),
            Some(NamePart::Given) => first(&mut given, value),
            Some(NamePart::Family) => first(&mut family, value),
            None => {
                if says_nothing(&words) && looks_like_name(value) {
                    guesses.push(value);
                } else {
                    place(&mut found.address, &words, value);
                }
            }
        }
    }
    found.name = full.or_else(|| match (given, family) {
        (Some(given), Some(family)) => Some(format!("{given} {family}")),
        (one, other) => one.or(other),
    });
    // Two values that look like names are two guesses: none is better.
    if found.name.is_none()
        && let [one] = guesses.as_slice()
    {
        found.name = Some((*one).to_string());
    }
    found
}

/// One person does not give more numbers, or more addresses, in one form.
const MAX_KEPT: usize = 20;

fn keep(list: &mut Vec<String>, value: String) {
    if list.len() < MAX_KEPT && !list.contains(&value) {
        list.push(value);
    }
}

fn first(slot: &mut Option<String>, value: &str) {
    if slot.is_none() && value.chars().count() <= 200 && read::email(value).is_none() {
        *slot = Some(value.to_string());
    }
}

/// The words of a field's name in lower case: `yourName`, `your_name` and `Your name*` are one.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let (mut open, mut lower_before) = (false, false);
    for c in name.chars() {
        if !c.is_alphanumeric() {
            open = false;
            continue;
        }
        if !open || (c.is_uppercase() && lower_before) {
            words.push(String::new());
        }
        open = true;
        lower_before = c.is_lowercase();
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
    }
    words
}

/// A field whose name says nothing, such as `form_field3`, `input_1` or `text-42`.
fn says_nothing(words: &[String]) -> bool {
    const GENERIC: [&str; 9] = ["form", "field", "input", "text", "question", "q", "value", "item", "element"];
    !words.is_empty()
        && words
            .iter()
            .all(|word| GENERIC.contains(&word.trim_end_matches(|c: char| c.is_ascii_digit())) || number(word))
}

fn number(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_digit())
}

enum NamePart {
    Full,
    Given,
    Family,
}

fn part_of_name(words: &[String]) -> Option<NamePart> {
    let has = |wanted: &str| words.iter().any(|word| word == wanted);
    if words.iter().any(|word| NO_NAMES.contains(&word.as_str())) {
        return None;
    }
    let name = has("name");
    if (has("first") && name) || has("firstname") || has("fname") || has("forename") || (has("given") && name) {
        return Some(NamePart::Given);
    }
    if (has("last") && name) || has("lastname") || has("lname") || has("surname") || (has("family") && name) {
        return Some(NamePart::Family);
    }
    (name || has("fullname") || has("yourname")).then_some(NamePart::Full)
}

/// Written as phones are: with a plus, or in groups, ten digits or more. Bare digits can be anything.
fn looks_like_phone(value: &str) -> bool {
    let digits = value.chars().filter(char::is_ascii_digit).count();
    (10..=15).contains(&digits)
        && value.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '(' | ')' | '-' | '.' | '+'))
        && (value.starts_with('+') || value.contains(['(', '-', '.', ' ']))
}

/// Two to four words as in `John Q. Customer`.
fn looks_like_name(value: &str) -> bool {
    let parts: Vec<&str> = value.split_whitespace().collect();
    let is_part = |part: &&str| {
        part.chars().next().is_some_and(char::is_uppercase)
            && part.chars().all(|c| c.is_alphabetic() || matches!(c, '\'' | '’' | '-' | '.'))
            && !NOT_IN_A_NAME.contains(&part.trim_end_matches('.').to_lowercase().as_str())
    };
    (2..=4).contains(&parts.len())
        && value.chars().count() <= 60
        && parts.iter().all(is_part)
        && parts.iter().filter(|part| part.chars().filter(|c| c.is_alphabetic()).count() > 1).count() >= 2
}

fn place(address: &mut Address, words: &[String], value: &str) {
    let any = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let whole = |name: &str| matches!(words, [word] if word == name);
    let slot = if any(&["zip", "zipcode", "postal", "postcode", "postalcode"]) {
        &mut address.zip
    } else if any(&["city", "town", "suburb"]) {
        &mut address.city
    } else if whole("state") || whole("province") || (any(&["address"]) && any(&["state", "province", "region"])) {
        &mut address.state
    } else if whole("country") || (any(&["address"]) && any(&["country"])) {
        &mut address.country
    } else if any(&["street", "addr1", "address1", "streetaddress"]) || whole("address") {
        &mut address.street
    } else {
        return;
    };
    first(slot, value);
}
