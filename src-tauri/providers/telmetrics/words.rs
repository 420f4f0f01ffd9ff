//! What was said on a call: transcript turns and keywords with their times.

use crate::domain::call::{Keyword, Turn};
use crate::providers::Json;

use super::fields::Fields;

/// The labels in a transcript, and whom they mean.
const LABELS: [(&str, &str); 4] =
    [("Agent:", "agent"), ("Caller:", "caller"), ("AGENT:", "agent"), ("CALLER:", "caller")];

/// The turns of a transcript: one text in which each turn begins with `Agent:` or `Caller:`. Every turn
/// with words in it stays, in order, the repeated cross-talk too; words before the first label are nobody's.
pub(super) fn turns(transcript: &str) -> Vec<Turn> {
    let mut turns = Vec::new();
    let (mut speaker, mut rest) = (None, transcript);
    loop {
        let next = next_label(rest);
        let words = next.map_or(rest, |(at, _, _)| &rest[..at]).trim();
        if !words.is_empty() {
            turns.push(Turn { speaker, text: words.to_string(), start_s: None, echo: false });
        }
        let Some((_, end, who)) = next else { return turns };
        speaker = Some(who.to_string());
        rest = &rest[end..];
    }
}

/// Start, end and speaker of the first label that begins a word.
fn next_label(text: &str) -> Option<(usize, usize, &'static str)> {
    let mut from = 0;
    while let Some(colon) = text[from..].find(':').map(|at| from + at) {
        let head = &text[..=colon];
        for (label, who) in LABELS {
            if let Some(before) = head.strip_suffix(label)
                && before.chars().next_back().is_none_or(char::is_whitespace)
            {
                return Some((before.len(), colon + 1, who));
            }
        }
        from = colon + 1;
    }
    None
}

/// Keywords of v4 (`keyword_lists[].keyword_list[].keywords[]`) and v5 (`keyword_list[].keywords_list[]`): one
/// for each speaker who said it. A word that stands in several lists is one.
pub(super) fn keywords(notification: &Fields<'_>) -> Vec<Keyword> {
    let mut found = Vec::new();
    for name in ["keywordlists", "keywordlist"] {
        for list in notification.all(name) {
            collect(list, &mut found);
        }
    }
    found
}

fn collect(json: &Json, found: &mut Vec<Keyword>) {
    for item in json.items() {
        let fields = Fields::of(item);
        if let Some(text) = fields.word(&["keyword"]) {
            for speaker in ["agent", "caller"] {
                heard(&text, speaker, &fields, found);
            }
        }
        for name in ["keywordlist", "keywordslist", "keywords"] {
            fields.all(name).for_each(|list| collect(list, found));
        }
    }
}

fn heard(text: &str, speaker: &str, fields: &Fields<'_>, found: &mut Vec<Keyword>) {
    let listed: Vec<f64> = fields
        .get(&format!("{speaker}list"))
        .map(Json::items)
        .unwrap_or_default()
        .iter()
        .filter_map(|time| seconds(time.as_str()?))
        .collect();
    let times = if listed.is_empty() {
        let joined = fields.get(speaker).and_then(Json::as_str).unwrap_or_default();
        joined.split('|').filter_map(seconds).collect()
    } else {
        listed
    };
    if times.is_empty() {
        return;
    }
    let known = found.iter().position(|k| k.text == text && k.speaker.as_deref() == Some(speaker));
    let keyword = match known {
        Some(at) => &mut found[at],
        None => {
            found.push(Keyword { text: text.to_string(), at_s: Vec::new(), speaker: Some(speaker.to_string()) });
            let last = found.len() - 1;
            &mut found[last]
        }
    };
    keyword.at_s.extend(times);
    keyword.at_s.sort_by(f64::total_cmp);
    keyword.at_s.dedup();
}

/// `00:01:04` (v4) or `00:00:13,48` (v5, comma decimals) in seconds.
fn seconds(text: &str) -> Option<f64> {
    let text = text.trim().replace(',', ".");
    if !text.contains(':') {
        return None;
    }
    let mut total = 0.0;
    for part in text.split(':') {
        let part: f64 = part.parse().ok().filter(|p: &f64| (0.0..10_000.0).contains(p))?;
        total = total * 60.0 + part;
    }
    (total < 1e7).then(|| (total * 1000.0).round() / 1000.0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn labels_begin_turns_only_where_they_begin_words() {
        let said: Vec<_> = turns("hold on Agent:. Caller: my SubAgent: said caller: x Agent: Caller: Zürich 8:30")
            .into_iter()
            .map(|t| (t.speaker, t.text))
            .collect();
        let (agent, caller) = (Some("agent".to_string()), Some("caller".to_string()));
        assert_eq!(
            said,
            [
                (None, "hold on".to_string()),
                (agent, ".".to_string()),
                (caller.clone(), "my SubAgent: said caller: x".to_string()),
                (caller, "Zürich 8:30".to_string()),
            ]
        );
        assert!(turns("  ").is_empty());
        assert_eq!(turns("no labels").len(), 1);
    }

    #[test]
    fn times_of_both_versions_are_seconds() {
        assert_eq!(seconds("00:01:04"), Some(64.0));
        assert_eq!(seconds("00:01:05,83"), Some(65.83));
        assert_eq!(seconds(" 01:00:00.5 "), Some(3600.5));
        for bad in ["", "13", "n/a", "-1:00", "a:b", "::", "99999:00", "inf:00"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }
}
