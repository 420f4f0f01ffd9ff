//! How a timeline says times, lengths and money.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::Value;

/// `follow_up` as `Follow up`.
pub(super) fn wordy(word: &str) -> String {
    let mut out = word.replace('_', " ");
    if let Some(first) = out.get(..1) {
        let first = first.to_uppercase();
        out.replace_range(..1, &first);
    }
    out
}

/// `25 Mar 2026, 16:02`.
pub(super) fn moment(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).format("%-d %b %Y, %H:%M").to_string()
}

/// Lengths of audio: `0:13`, `4:05`, `1:02:09`.
pub(super) fn clock(seconds: i64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds % 3600 / 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// Waiting and lasting: `under 1 min`, `4 min`, `4 h 45 min`, `3 days 4 h`, `40 days`.
pub(super) fn lasting(seconds: i64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    if seconds < 60 {
        return "under 1 min".into();
    }
    if minutes < 60 {
        return format!("{minutes} min");
    }
    if hours < 24 {
        return if minutes % 60 > 0 { format!("{hours} h {} min", minutes % 60) } else { format!("{hours} h") };
    }
    let word = if days == 1 { "day" } else { "days" };
    if hours % 24 > 0 && days < 7 { format!("{days} {word} {} h", hours % 24) } else { format!("{days} {word}") }
}

/// A sender's own value in words: lists with commas, fields with their names.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "yes".into(),
        Value::Bool(false) => "no".into(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            items.iter().map(plain).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ")
        }
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (key, plain(value)))
            .filter(|(_, text)| !text.is_empty())
            .map(|(key, text)| format!("{}: {text}", wordy(key)))
            .collect::<Vec<_>>()
            .join("; "),
    }
}

/// `$1,250` or `1,250.50 SEK`: cents only where they are not zero.
pub(super) fn money(cents: i64, currency: &str) -> String {
    let whole = (cents.unsigned_abs() / 100).to_string();
    let mut grouped = String::new();
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(c);
    }
    if cents % 100 != 0 {
        grouped.push_str(&format!(".{:02}", cents.unsigned_abs() % 100));
    }
    let sign = if cents < 0 { "−" } else { "" };
    match currency {
        "USD" => format!("{sign}${grouped}"),
        "EUR" => format!("{sign}€{grouped}"),
        "GBP" => format!("{sign}£{grouped}"),
        other => format!("{sign}{grouped} {other}"),
    }
}
