//! Small readers that several senders share: times, phones, texts, addresses.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeZone, Utc};
use serde_json::Value;

use super::Json;
use crate::domain::event::{IdentityKind, ParsedEvent};
use crate::domain::{money, phone};
use crate::zone::Tz;

/// The text of a field, trimmed, unless it is empty.
pub fn text(json: &Json, key: &str) -> Option<String> {
    json.get(key).and_then(Json::to_text).map(|t| t.trim().to_string()).filter(|t| !t.is_empty())
}

/// Like [`text`], whatever the case and separators of the key.
pub fn text_loose(json: &Json, key: &str) -> Option<String> {
    json.get_loose(key).and_then(Json::to_text).map(|t| t.trim().to_string()).filter(|t| !t.is_empty())
}

/// The text of a field unless it is empty or a placeholder such as `n/a`.
pub fn word(json: &Json, key: &str) -> Option<String> {
    text(json, key).filter(|t| !crate::domain::event::is_placeholder(t))
}

/// An RFC 3339 instant with its own offset.
pub fn instant(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text.trim()).ok().map(|t| t.with_timezone(&Utc)).filter(is_sane)
}

/// A time without zone, `2019-11-15T09:09:54[.123]` or with a space, that means UTC.
pub fn utc_without_zone(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim().trim_end_matches('Z');
    naive(text).map(|t| t.and_utc()).filter(is_sane)
}

/// A time without zone, read in `zone`. A time that daylight saving makes ambiguous is the earlier
/// one; a time that it skips is moved to just after the jump.
pub fn local(text: &str, zone: Tz) -> Option<DateTime<Utc>> {
    let naive = naive(text)?;
    resolve(naive, zone).filter(is_sane)
}

/// The instant of a local time (see [`local`]).
pub fn resolve(naive: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    use chrono::LocalResult;
    match zone.from_local_datetime(&naive) {
        LocalResult::Single(t) => Some(t.with_timezone(&Utc)),
        LocalResult::Ambiguous(first, _) => Some(first.with_timezone(&Utc)),
        LocalResult::None => {
            zone.from_local_datetime(&(naive + chrono::TimeDelta::hours(1))).earliest().map(|t| t.with_timezone(&Utc))
        }
    }
}

fn naive(text: &str) -> Option<NaiveDateTime> {
    let text = text.trim();
    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
}

/// A date without time, as its midnight in UTC.
pub fn date(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").ok()
}

/// Between 1990 and 2100: anything else is a sender's slip and would sort the timeline absurdly.
pub fn is_sane(time: &DateTime<Utc>) -> bool {
    use chrono::Datelike;
    (1990..2100).contains(&time.year())
}

/// The zone of a label (`Eastern`), an abbreviation (`EST`) or an IANA name, in North America where
/// the label alone does not say.
pub fn zone(label: &str) -> Option<Tz> {
    let label = label.trim();
    if let Ok(zone) = label.parse::<Tz>() {
        // The IANA names hold `EST` and `MST` as fixed zones: labels below say what senders mean.
        if label.contains('/') || label == "UTC" {
            return Some(zone);
        }
    }
    let word = label.to_ascii_lowercase();
    let word = word.trim_end_matches(" time").trim_end_matches(" standard").trim_end_matches(" daylight");
    Some(match word {
        "eastern" | "est" | "edt" | "et" => Tz::NEW_YORK,
        "central" | "cst" | "cdt" | "ct" => Tz::CHICAGO,
        "mountain" | "mst" | "mdt" | "mt" => Tz::DENVER,
        "arizona" => Tz::PHOENIX,
        "pacific" | "pst" | "pdt" | "pt" => Tz::LOS_ANGELES,
        "alaska" | "akst" | "akdt" => Tz::ANCHORAGE,
        "hawaii" | "hawaiian" | "hst" => Tz::HONOLULU,
        "atlantic" | "ast" | "adt" => Tz::HALIFAX,
        "newfoundland" | "nst" | "ndt" => Tz::ST_JOHNS,
        "saskatchewan" => Tz::REGINA,
        "utc" | "gmt" => Tz::UTC,
        _ => return None,
    })
}

/// Adds the lead's phone to the draft: as an identity and as what the event says about the person.
/// Answers the E.164 form. Blocked callers and non-numbers add nothing.
pub fn lead_phone(draft: &mut ParsedEvent, number: &str, region: &str) -> Option<String> {
    let number = phone::e164(number, region)?;
    lead_e164(draft, &number);
    Some(number)
}

/// Like [`lead_phone`], for a number already in E.164.
pub fn lead_e164(draft: &mut ParsedEvent, number: &str) {
    draft.add_identity(IdentityKind::Phone, number);
    if !draft.person.phones.iter().any(|p| p == number) {
        draft.person.phones.push(number.to_string());
    }
}

/// Adds the lead's e-mail to the draft, as identity and as what the event says about the person.
pub fn lead_email(draft: &mut ParsedEvent, address: &str) -> Option<String> {
    let address = email(address)?;
    draft.add_identity(IdentityKind::Email, address.clone());
    if !draft.person.emails.contains(&address) {
        draft.person.emails.push(address.clone());
    }
    Some(address)
}

/// An e-mail address in lower case, if it looks like one.
pub fn email(text: &str) -> Option<String> {
    let text = text.trim();
    let (user, host) = text.rsplit_once('@')?;
    let good = !user.is_empty()
        && host.contains('.')
        && !host.starts_with('.')
        && !host.ends_with('.')
        && text.len() <= 254
        && !text.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | ',' | ';'));
    good.then(|| text.to_lowercase())
}

/// Marks a number as the business's side of this event, if it is one.
pub fn business_phone(draft: &mut ParsedEvent, number: Option<&str>, region: &str) -> Option<String> {
    let number = phone::e164(number?, region)?;
    if !draft.business.contains(&number) {
        draft.business.push(number.clone());
    }
    Some(number)
}

/// An amount of the business's currency, as a number or a text such as `"$1,250.50"`, in hundredths of its unit
/// (see [`money`]).
pub fn cents(json: &Json) -> Option<i64> {
    match json {
        Json::Number(n) => {
            let units = n.as_f64()?;
            (units.abs() < 1e12).then(|| (units * 100.0).round() as i64)
        }
        Json::Text(text) => money::cents_of(text),
        _ => None,
    }
}

/// A claim, unless the value says nothing.
pub fn claim(claims: &mut Vec<(String, Value)>, what: &str, json: Option<&Json>) {
    if let Some(json) = json.filter(|j| j.says_something()) {
        claims.push((what.to_string(), json.to_value()));
    }
}

/// Hex of the SHA-256 of bytes, shortened to 32 characters: for keys that hash a body.
pub fn hash(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    hex::encode(&Sha256::digest(bytes)[..16])
}

/// [`hash`] of what a body says, however it is laid out: the same message in a log, within an array or with other
/// white space is the same.
pub fn hash_json(json: &Json) -> String {
    fn write(json: &Json, out: &mut Vec<u8>) {
        match json {
            Json::Null => out.push(b'n'),
            Json::Bool(b) => out.extend(if *b { b"t" } else { b"f" }),
            Json::Number(n) => out.extend(format!("#{n};").bytes()),
            Json::Text(t) => {
                out.extend(format!("\"{}:", t.len()).bytes());
                out.extend(t.bytes());
            }
            Json::List(items) => {
                out.push(b'[');
                items.iter().for_each(|item| write(item, out));
                out.push(b']');
            }
            Json::Object(pairs) => {
                out.push(b'{');
                for (key, value) in pairs {
                    out.extend(format!("{}:", key.len()).bytes());
                    out.extend(key.bytes());
                    write(value, out);
                }
                out.push(b'}');
            }
        }
    }
    let mut bytes = Vec::new();
    write(json, &mut bytes);
    hash(&bytes)
}

/// The text of an id or a number that may stand in a number: whole ones without exponent or fraction.
pub fn id_text(json: &Json, key: &str) -> Option<String> {
    match json.get(key)? {
        number @ Json::Number(_) => number.to_i64().map(|n| n.to_string()).or_else(|| number.to_text()),
        _ => text(json, key),
    }
}

/// What is odd about a key of any provider: things that come along when it is copied.
pub(super) fn odd_key(key: &str) -> Option<String> {
    if key.trim().is_empty() {
        Some("The key is empty.".into())
    } else if key != key.trim() || key.contains(char::is_whitespace) {
        Some("There is a space in the key, or a line break.".into())
    } else if key.contains("://") {
        Some("The key is an address.".into())
    } else if key.starts_with(['"', '\'', '“']) || key.ends_with(['"', '\'', '”']) {
        Some("The key stands in quotation marks.".into())
    } else if key.chars().count() < 8 {
        Some("The key is too short.".into())
    } else {
        None
    }
}
