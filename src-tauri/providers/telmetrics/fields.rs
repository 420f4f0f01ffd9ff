//! Objects whose keys drift: found whatever their case and separators, repeats merged.

use serde_json::{Map, Value};

use crate::domain::event::is_placeholder;
use crate::providers::Json;

/// The fields of one object by their squashed names: letters and digits in lower case, so that
/// `OrgGroupID`, `OrgGroupId` and `org_group_id` are one, and `LandingPagURL:` is `landingpagurl`.
pub(super) struct Fields<'a>(Vec<(String, &'a str, &'a Json)>);

impl<'a> Fields<'a> {
    /// The fields of an object; none of anything else.
    pub(super) fn of(json: &'a Json) -> Fields<'a> {
        Fields(json.pairs().iter().map(|(name, value)| (squash(name), name.as_str(), value)).collect())
    }

    /// The fields of the object behind `name`; none where there is no object.
    pub(super) fn inside(&self, name: &str) -> Fields<'a> {
        self.get(name).map_or_else(|| Fields(Vec::new()), Fields::of)
    }

    /// The last value of a squashed name that says something.
    pub(super) fn get(&self, name: &str) -> Option<&'a Json> {
        self.all(name).last()
    }

    /// The first of several names that says something.
    pub(super) fn any(&self, names: &[&str]) -> Option<&'a Json> {
        names.iter().find_map(|name| self.get(name))
    }

    /// Every value of a squashed name that says something, in order.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &'a Json> {
        self.0.iter().filter(move |(n, _, value)| n == name && value.says_something()).map(|(_, _, value)| *value)
    }

    /// The key of a squashed name as the sender wrote it.
    pub(super) fn written(&self, name: &str) -> &str {
        self.iter().find(|(n, _, _)| *n == name).map_or("", |(_, written, _)| written)
    }

    /// Squashed name, key as written and value of everything that says something, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &'a str, &'a Json)> {
        self.0.iter().filter(|(_, _, value)| value.says_something()).map(|(n, written, v)| (n.as_str(), *written, *v))
    }

    /// The text of the first name that has one, as sent.
    pub(super) fn verbatim(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.get(name).and_then(Json::to_text))
    }

    /// The text of the first name that has one, trimmed; placeholders such as `n/a` are none.
    pub(super) fn word(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| {
            let text = self.get(name)?.to_text()?.trim().to_string();
            (!is_placeholder(&text)).then_some(text)
        })
    }

    /// Every object under `name` merged into one. The published samples repeat `LeadValue` and `Topics`, one
    /// for each industry, of which one is sent (providers.md, trap 4). Should several come, nothing is lost:
    /// lists of the same inner key are joined, of other values the last that says something stands, and
    /// `null`, `""` and placeholders never replace anything.
    pub(super) fn merged(&self, name: &str) -> Map<String, Value> {
        let mut merged: Map<String, Value> = Map::new();
        for (key, value) in self.all(name).flat_map(Json::pairs) {
            let value = value.to_value();
            match merged.get_mut(key) {
                None => {
                    merged.insert(key.clone(), value);
                }
                Some(Value::Array(old)) if value.is_array() => {
                    for item in value.as_array().into_iter().flatten() {
                        if !old.contains(item) && (old.is_empty() || says_more(item)) {
                            old.push(item.clone());
                        }
                    }
                }
                Some(old) if says_more(&value) => *old = value,
                Some(_) => {}
            }
        }
        merged
    }
}

/// Not `null`, not empty, not a placeholder, nor a list of nothing else.
pub(super) fn says_more(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !is_placeholder(text),
        Value::Array(items) => items.iter().any(says_more),
        Value::Object(map) => map.values().any(says_more),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

pub(super) fn squash(key: &str) -> String {
    key.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// `AgeOver10Years` and `age_over_10_years` are `age_over_10_years`: one name for both versions.
pub(super) fn snake(key: &str) -> String {
    let mut out = String::with_capacity(key.len() + 4);
    let mut before: Option<char> = None;
    for c in key.chars() {
        if !c.is_alphanumeric() {
            before = None;
            if !out.is_empty() && !out.ends_with('_') {
                out.push('_');
            }
            continue;
        }
        let steps = before.is_some_and(|b| (b.is_lowercase() && c.is_uppercase()) || b.is_numeric() != c.is_numeric());
        if steps {
            out.push('_');
        }
        out.extend(c.to_lowercase());
        before = Some(c);
    }
    out.trim_end_matches('_').to_string()
}

/// One text for one content: keys sorted, repeats kept in their order, white space and comments gone.
pub(super) fn canonical(json: &Json) -> String {
    fn quoted(text: &str, out: &mut String) {
        out.push_str(&Value::String(text.to_string()).to_string());
    }
    fn write(json: &Json, out: &mut String) {
        match json {
            Json::List(items) => {
                out.push('[');
                for item in items {
                    write(item, out);
                    out.push(',');
                }
                out.push(']');
            }
            Json::Object(pairs) => {
                let mut sorted: Vec<&(String, Json)> = pairs.iter().collect();
                sorted.sort_by(|a, b| a.0.cmp(&b.0)); // stable: repeats keep their order
                out.push('{');
                for (key, value) in sorted {
                    quoted(key, out);
                    out.push(':');
                    write(value, out);
                    out.push(',');
                }
                out.push('}');
            }
            Json::Text(text) => quoted(text, out),
            Json::Null | Json::Bool(_) | Json::Number(_) => out.push_str(&json.to_value().to_string()),
        }
    }
    let mut out = String::new();
    write(json, &mut out);
    out
}
