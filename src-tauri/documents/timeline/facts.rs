//! How the values of a timeline are written: labels and what they say, in words for people.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::{Block, Fact, TimelineView};
use crate::domain::Sentiment;
use crate::domain::event::Attribution;
use crate::domain::money::money;
use crate::domain::phone::shown as phone;
use crate::domain::stage::SentimentOrigin;
use crate::figures::words::{moment, of_key};
use crate::zone::Tz;

/// A timeline that is written out, and where its days begin.
pub(super) struct Press<'a> {
    pub(super) told: &'a TimelineView,
    pub(super) zone: Tz,
}

impl Press<'_> {
    pub(super) fn source(&self, id: Option<i64>) -> Option<String> {
        id.map(|id| self.told.sources.get(&id).cloned().unwrap_or_else(|| "A source that is gone".into()))
    }

    pub(super) fn at(&self, at: DateTime<Utc>) -> String {
        moment(at, self.zone)
    }

    pub(super) fn money(&self, cents: Option<i64>) -> Option<String> {
        cents.map(|cents| money(cents, &self.told.manifest.currency))
    }
}

pub(super) fn fact(label: &str, value: &str) -> Fact {
    Fact { label: label.into(), value: value.into() }
}

/// Facts that have a value.
#[derive(Default)]
pub(super) struct FactLines(pub(super) Vec<Fact>);

impl FactLines {
    pub(super) fn add(&mut self, label: &str, value: impl Into<Option<String>>) {
        if let Some(value) = value.into().filter(|value| !value.trim().is_empty()) {
            self.0.push(Fact { label: label.into(), value });
        }
    }

    pub(super) fn map(&mut self, map: &Map<String, Value>) {
        for (key, value) in map {
            self.add(&wordy(key), plain(value));
        }
    }

    pub(super) fn attribution(&mut self, attribution: &Attribution) {
        let Attribution { source, medium, campaign, term, content, landing_page, referrer, gclid: _ } = attribution;
        let from = [source, medium, campaign].into_iter().flatten().cloned().collect::<Vec<_>>().join(" · ");
        self.add("Came from", from);
        self.add("Search term", term.clone());
        self.add("Content", content.clone());
        self.add("Landing page", landing_page.clone());
        self.add("Referrer", referrer.clone());
    }

    pub(super) fn block(self, label: Option<&str>, blocks: &mut Vec<Block>) {
        if !self.0.is_empty() {
            blocks.push(Block::Facts { label: label.map(Into::into), facts: self.0 });
        }
    }
}

pub(super) fn sentiment(sentiment: &Sentiment) -> String {
    let label = wordy(sentiment.label.as_str());
    match sentiment.origin {
        SentimentOrigin::Provider => label,
        SentimentOrigin::Estimated => format!("{label}, estimated"),
    }
}

pub(super) fn phones(numbers: &[String]) -> String {
    numbers.iter().map(|number| phone(number)).collect::<Vec<_>>().join(", ")
}

/// A sender's own value in words: lists with commas, fields with their names.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "yes".into(),
        Value::Bool(false) => "no".into(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => match text.as_str() {
            "true" | "True" => "yes".into(),
            "false" | "False" => "no".into(),
            _ => text.clone(),
        },
        Value::Array(items) => items.iter().map(plain).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", "),
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (key, plain(value)))
            .filter(|(_, text)| !text.is_empty())
            .map(|(key, text)| format!("{}: {text}", wordy(key)))
            .collect::<Vec<_>>()
            .join("; "),
    }
}

/// A sender's own name of a field in words: `lead_value.serviceLine` as `Lead value service line`.
pub(super) fn wordy(key: &str) -> String {
    let mut apart = String::with_capacity(key.len() + 4);
    let mut low = false;
    for c in key.chars() {
        if c.is_uppercase() && low {
            apart.push(' ');
            apart.extend(c.to_lowercase());
        } else {
            apart.push(if c == '.' { ' ' } else { c });
        }
        low = c.is_lowercase();
    }
    of_key(&apart)
}
