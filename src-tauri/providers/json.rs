//! JSON as senders really write it: strict first, then lenient, keys in order and repeated keys kept.
//!
//! A later `null` or `""` never erases an earlier value of the same key (design.md section 4):
//! [`Json::get`] answers the last value that says something.

use std::borrow::Cow;
use std::fmt;

pub use census::Census;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::{Map, Number, Value};

mod census;
mod lenient;

use lenient::{lenient, replace_odd_spaces};

/// Deeper nesting than this is refused: no sender needs it, and a parser's stack is finite.
pub const MAX_DEPTH: usize = 64;

/// An object with more fields is refused: every look for a field goes through all of them.
pub const MAX_FIELDS: usize = 10_000;

/// A body of more values than this is refused before anything is built of it: what is made of a value takes many times
/// its bytes. Names of fields count as well. Five megabytes of what senders really send hold 300,000.
pub const MAX_NODES: usize = 400_000;

/// The same where only leniency can read it: its tree takes three times the memory.
pub const MAX_LENIENT_NODES: usize = 150_000;

const TOO_DEEP: &str = "The message nests too deep to be read.";
const TOO_MANY: &str = "The message has too many fields to be read.";
const TOO_MUCH: &str = "The message holds too many values to be read.";

/// A JSON value that keeps the order of keys and every repeated key.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub enum Json {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// A body that was parsed, and what had to be mended for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// The body.
    pub json: Json,
    /// What was mended, in plain words; empty for strict JSON.
    pub repairs: Vec<String>,
}

/// A body that is not JSON even with leniency: where and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct NotJson {
    /// Plain words.
    pub reason: String,
    /// Byte offset of the place, where known.
    pub offset: Option<usize>,
}

impl Json {
    /// The last value of `key` that says something (not `null`, not `""`), else the last one at all.
    pub fn get(&self, key: &str) -> Option<&Json> {
        self.pick(|name| name == key)
    }

    /// Like [`Json::get`], whatever the case of the key and whatever `_`, `-` or `:` stand in it:
    /// `LandingPagURL:` and `landing_pag_url` are one.
    pub fn get_loose(&self, key: &str) -> Option<&Json> {
        let wanted = squash(key);
        self.pick(|name| name.eq_ignore_ascii_case(key) || squash(name) == wanted)
    }

    fn pick(&self, is_it: impl Fn(&str) -> bool) -> Option<&Json> {
        let Json::Object(pairs) = self else { return None };
        let mut found = None;
        for (_, value) in pairs.iter().filter(|(name, _)| is_it(name)) {
            if found.is_none() || value.says_something() {
                found = Some(value);
            }
        }
        found
    }

    /// The value behind a path of keys.
    pub fn at(&self, path: &[&str]) -> Option<&Json> {
        path.iter().try_fold(self, |json, key| json.get(key))
    }

    /// Not `null` and not an empty text.
    pub fn says_something(&self) -> bool {
        !matches!(self, Json::Null) && !matches!(self, Json::Text(t) if t.is_empty())
    }

    /// The text of a text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a text, number or boolean that says something.
    pub fn to_text(&self) -> Option<String> {
        match self {
            Json::Text(text) if !text.trim().is_empty() => Some(text.clone()),
            Json::Number(number) => Some(number.to_string()),
            Json::Bool(b) => Some(b.to_string()),
            _ => None,
        }
    }

    /// A whole number, also where it stands in a text (`"13"`) or has a zero fraction.
    pub fn to_i64(&self) -> Option<i64> {
        match self {
            Json::Number(n) => n.as_i64().or_else(|| n.as_f64().filter(|f| f.abs() < 9e15).map(|f| f.round() as i64)),
            Json::Text(t) => t.trim().parse().ok(),
            _ => None,
        }
    }

    /// A number, also where it stands in a text.
    pub fn to_f64(&self) -> Option<f64> {
        match self {
            Json::Number(n) => n.as_f64(),
            Json::Text(t) => t.trim().parse().ok().filter(|f: &f64| f.is_finite()),
            _ => None,
        }
    }

    /// A boolean, also where it is written `"true"`, `"Yes"`, `"no"`.
    pub fn to_bool(&self) -> Option<bool> {
        match self {
            Json::Bool(b) => Some(*b),
            Json::Text(t) => match t.trim().to_ascii_lowercase().as_str() {
                "true" | "yes" | "1" => Some(true),
                "false" | "no" | "0" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// The elements of a list; none of anything else.
    pub fn items(&self) -> &[Json] {
        match self {
            Json::List(items) => items,
            _ => &[],
        }
    }

    /// The pairs of an object in order, repeats too; none of anything else.
    pub fn pairs(&self) -> &[(String, Json)] {
        match self {
            Json::Object(pairs) => pairs,
            _ => &[],
        }
    }

    /// About how much memory it takes. Bytes.
    pub fn size(&self) -> usize {
        size_of::<Json>()
            + match self {
                Json::Text(text) => text.len(),
                Json::List(items) => items.iter().map(Json::size).sum(),
                Json::Object(pairs) => pairs.iter().map(|(key, v)| size_of::<String>() + key.len() + v.size()).sum(),
                Json::Null | Json::Bool(_) | Json::Number(_) => 0,
            }
    }

    /// As a plain value; of repeated keys the one [`Json::get`] answers.
    pub fn to_value(&self) -> Value {
        match self {
            Json::Null => Value::Null,
            Json::Bool(b) => Value::Bool(*b),
            Json::Number(n) => Value::Number(n.clone()),
            Json::Text(t) => Value::String(t.clone()),
            Json::List(items) => Value::Array(items.iter().map(Json::to_value).collect()),
            Json::Object(pairs) => {
                let mut map = Map::with_capacity(pairs.len());
                for (key, value) in pairs {
                    if value.says_something() || !map.contains_key(key) {
                        map.insert(key.clone(), value.to_value());
                    }
                }
                Value::Object(map)
            }
        }
    }
}

impl Serialize for Json {
    /// Writes repeated keys again, in their order.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Json::Null => serializer.serialize_unit(),
            Json::Bool(b) => serializer.serialize_bool(*b),
            Json::Number(n) => n.serialize(serializer),
            Json::Text(t) => serializer.serialize_str(t),
            Json::List(items) => serializer.collect_seq(items),
            Json::Object(pairs) => serializer.collect_map(pairs.iter().map(|(key, value)| (key, value))),
        }
    }
}

fn squash(key: &str) -> String {
    key.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Parses a body: strictly, then leniently (comments, trailing and missing commas, non-breaking
/// spaces, a byte order mark).
///
/// # Errors
/// [`NotJson`] with the place, when even leniency does not help, or when it nests too deep or holds too much.
pub fn parse(bytes: &[u8]) -> Result<Parsed, NotJson> {
    if Census::of(bytes)?.nodes > MAX_NODES {
        return Err(NotJson { reason: TOO_MUCH.into(), offset: None });
    }
    let strict = serde_json::from_slice::<Json>(bytes);
    let error = match strict {
        Ok(json) => return Ok(Parsed { json, repairs: Vec::new() }),
        Err(error) if error.to_string().starts_with(TOO_MANY) => {
            return Err(NotJson {
                reason: TOO_MANY.to_string(),
                offset: offset_of(bytes, error.line(), error.column()),
            });
        }
        Err(error) => error,
    };
    let text = String::from_utf8_lossy(bytes);
    let mut repairs = Vec::new();
    if matches!(text, Cow::Owned(_)) {
        repairs.push("some characters are not valid UTF-8".to_string());
    }
    let mut text = text.into_owned();
    if let Some(rest) = text.strip_prefix('\u{feff}') {
        text = rest.to_string();
        repairs.push("a byte order mark at the start".to_string());
    }
    let spaced = replace_odd_spaces(&text);
    if spaced != text {
        repairs.push("non-breaking spaces between the values".to_string());
        text = spaced;
    }
    if let Ok(json) = serde_json::from_str::<Json>(&text) {
        return Ok(Parsed { json, repairs });
    }
    match lenient(&text, &mut repairs) {
        Ok(json) => Ok(Parsed { json, repairs }),
        Err(Some(reason)) => Err(NotJson { reason: reason.to_string(), offset: None }),
        Err(None) => {
            Err(NotJson { reason: not_json_reason(&error), offset: offset_of(bytes, error.line(), error.column()) })
        }
    }
}

fn not_json_reason(error: &serde_json::Error) -> String {
    if error.is_eof() {
        "The message breaks off in the middle.".to_string()
    } else {
        format!("Line {} is not something we can read.", error.line())
    }
}

/// The byte offset of serde_json's line and column (both from 1).
fn offset_of(bytes: &[u8], line: usize, column: usize) -> Option<usize> {
    let before: usize = bytes.split(|b| *b == b'\n').take(line.checked_sub(1)?).map(|l| l.len() + 1).sum();
    Some((before + column.saturating_sub(1)).min(bytes.len()))
}

/// A form-encoded body as an object of texts, in order, repeats kept.
pub fn from_form(bytes: &[u8]) -> Json {
    Json::Object(
        url::form_urlencoded::parse(bytes).map(|(k, v)| (k.into_owned(), Json::Text(v.into_owned()))).collect(),
    )
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Json, D::Error> {
        struct Build;
        impl<'de> Visitor<'de> for Build {
            type Value = Json;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }
            fn visit_unit<E>(self) -> Result<Json, E> {
                Ok(Json::Null)
            }
            fn visit_bool<E>(self, b: bool) -> Result<Json, E> {
                Ok(Json::Bool(b))
            }
            fn visit_i64<E>(self, n: i64) -> Result<Json, E> {
                Ok(Json::Number(n.into()))
            }
            fn visit_u64<E>(self, n: u64) -> Result<Json, E> {
                Ok(Json::Number(n.into()))
            }
            fn visit_f64<E>(self, n: f64) -> Result<Json, E> {
                Ok(Number::from_f64(n).map_or(Json::Null, Json::Number))
            }
            fn visit_str<E>(self, s: &str) -> Result<Json, E> {
                Ok(Json::Text(s.to_string()))
            }
            fn visit_string<E>(self, s: String) -> Result<Json, E> {
                Ok(Json::Text(s))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Json::List(items))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    if pairs.len() == MAX_FIELDS {
                        return Err(serde::de::Error::custom(TOO_MANY));
                    }
                    pairs.push(pair);
                }
                Ok(Json::Object(pairs))
            }
        }
        deserializer.deserialize_any(Build)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn strict_json_is_not_marked_repaired() {
        let parsed = parse(br#"{"a":[1,"x",null,true]}"#).unwrap();
        assert!(parsed.repairs.is_empty());
        assert_eq!(parsed.json.get("a").unwrap().items().len(), 4);
    }

    #[test]
    fn a_later_null_or_empty_never_erases() {
        let json = parse(br#"{"a":1,"a":null,"b":"x","b":""}"#).unwrap().json;
        assert_eq!(json.get("a").unwrap().to_i64(), Some(1));
        assert_eq!(json.get("b").unwrap().as_str(), Some("x"));
        assert_eq!(json.pairs().len(), 4);
    }

    #[test]
    fn slips_are_mended_and_named() {
        let parsed = parse(b"{ // why\n \"a\": 1\n \"b\": [2,],\n}").unwrap();
        assert_eq!(parsed.repairs, ["comments", "a comma too many", "a missing comma"]);
        assert_eq!(parsed.json.get("b").unwrap().items().len(), 1);
    }

    #[test]
    fn non_breaking_spaces_stay_inside_texts() {
        let parsed = parse("{\u{a0}\"a\":\u{a0}\"x\u{a0}y\"}".as_bytes()).unwrap();
        assert_eq!(parsed.json.get("a").unwrap().as_str(), Some("x\u{a0}y"));
        assert_eq!(parsed.repairs.len(), 1);
    }

    #[test]
    fn loose_keys_meet() {
        let json = parse(br#"{"LandingPagURL:":"u","OrgGroupID":4}"#).unwrap().json;
        assert!(json.get_loose("landing_pag_url").is_some());
        assert_eq!(json.get_loose("org_group_id").unwrap().to_i64(), Some(4));
    }

    #[test]
    fn nesting_has_an_end() {
        let deep = "[".repeat(100_000);
        assert!(parse(deep.as_bytes()).is_err());
    }

    #[test]
    fn nesting_has_an_end_also_where_comments_hide_it() {
        for raw in [
            format!("// \"\n{}1{}", "[".repeat(400), "]".repeat(400)),
            format!("/* \" */{}1{}", "{\"a\":".repeat(400), "}".repeat(400)),
            format!("['\"',{}1{}]", "[".repeat(400), "]".repeat(400)),
            format!("// \"\n{}", "[".repeat(1_000_000)),
        ] {
            assert!(parse(raw.as_bytes()).is_err());
        }
        let reason = parse(format!("// \"\n{}1{}", "[".repeat(70), "]".repeat(70)).as_bytes()).unwrap_err().reason;
        assert_eq!(reason, TOO_DEEP);
    }

    #[test]
    fn fields_have_an_end() {
        let fields = |n: usize, end: &str| format!("{{{}\"b\":1{end}}}", "\"a\":1,".repeat(n));
        assert!(parse(fields(MAX_FIELDS - 1, "").as_bytes()).is_ok());
        assert_eq!(parse(fields(MAX_FIELDS, "").as_bytes()).unwrap_err().reason, TOO_MANY);
        assert_eq!(parse(fields(MAX_FIELDS, ",").as_bytes()).unwrap_err().reason, TOO_MANY);
    }

    #[test]
    fn values_have_an_end_before_a_tree_is_built() {
        let count = |raw: &str| Census::of(raw.as_bytes()).unwrap().nodes;
        assert_eq!(count(r#"{"a": [1, -2.5e3, true,null], "b\" [1,1]": {}}"#), 9);
        assert_eq!(count("[1 1\n1]"), 4);
        let reason = |raw: String| parse(raw.as_bytes()).unwrap_err().reason;
        assert!(parse(format!("[{}1]", "1,".repeat(MAX_NODES - 2)).as_bytes()).is_ok());
        assert_eq!(reason(format!("[{}1]", "1,".repeat(MAX_NODES - 1))), TOO_MUCH);
        assert_eq!(reason(format!("[{}]", "1 ".repeat(MAX_LENIENT_NODES))), TOO_MUCH);
        assert_eq!(reason(format!("[{}]", "{},".repeat(MAX_NODES))), TOO_MUCH);
        // What hides from the count over the bytes.
        assert_eq!(reason(format!("// \"\n[{}]", "1 ".repeat(MAX_LENIENT_NODES))), TOO_MUCH);
        assert_eq!(reason(format!("['\"',{}]", "{a:1} ".repeat(MAX_LENIENT_NODES / 3))), TOO_MUCH);
        assert_eq!(parse(format!("[{}1]", "/**/".repeat(MAX_NODES)).as_bytes()).unwrap().repairs, ["comments"]);
    }

    #[test]
    fn a_torn_body_says_so() {
        let error = parse(br#"{"a": "#).unwrap_err();
        assert_eq!(error.reason, "The message breaks off in the middle.");
    }
}
