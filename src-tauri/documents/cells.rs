//! What stands in a line of a list: typed, so that each format writes it in its own way, and texts of senders never as
//! anything but text.

use std::borrow::Cow;
use std::sync::LazyLock;

use chrono::{DateTime, Datelike, SecondsFormat, Timelike, Utc};

use crate::domain::phone;
use crate::figures::model::Row;
use crate::figures::words;
use crate::zone::Tz;

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellKind {
    /// Words.
    Text,
    /// A phone number in E.164; people read it as its country writes it ([`read`]).
    Phone,
    /// Several of them.
    Phones,
    /// Words in several lines' length, such as a summary.
    Long,
    /// A number of things.
    Count,
    /// Integer cents.
    Cents,
    /// Seconds of talk: `4:05`.
    Seconds,
    /// Seconds of waiting: `4 h 45 min`.
    Waited,
    /// A moment.
    When,
    /// A day.
    Day,
    /// Yes or no.
    Yes,
    /// Several texts.
    Many,
}

/// A column of a list.
#[derive(Debug, Clone, Copy)]
pub struct ListColumn {
    /// Its name in CSV and JSON.
    pub key: &'static str,
    /// Its heading for people.
    pub label: &'static str,
    /// What its values are.
    pub kind: CellKind,
    /// How wide, in characters.
    pub width: u16,
}

/// A value of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// Nobody said.
    Nothing,
    /// Words.
    Text(Cow<'a, str>),
    /// Several texts.
    Many(Cow<'a, [String]>),
    /// A number, cents or seconds: the column says which.
    Number(i64),
    /// A moment.
    When(DateTime<Utc>),
    /// A day.
    Day(chrono::NaiveDate),
    /// Yes or no.
    Yes(bool),
}

impl<'a> Value<'a> {
    /// A text, or nothing where it is empty.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Value<'a> {
        let text = text.into();
        if text.is_empty() { Value::Nothing } else { Value::Text(text) }
    }

    /// Every text of it.
    pub fn texts_mut(&mut self) -> Vec<&mut String> {
        match self {
            Value::Text(text) => vec![text.to_mut()],
            Value::Many(texts) => texts.to_mut().iter_mut().collect(),
            Value::Nothing | Value::Number(_) | Value::When(_) | Value::Day(_) | Value::Yes(_) => Vec::new(),
        }
    }

    /// A text that may be missing.
    pub fn maybe(text: Option<&'a str>) -> Value<'a> {
        text.map_or(Value::Nothing, Value::text)
    }

    /// A number that may be missing.
    pub fn number(n: Option<i64>) -> Value<'a> {
        n.map_or(Value::Nothing, Value::Number)
    }

    /// A moment that may be missing.
    pub fn when(at: Option<DateTime<Utc>>) -> Value<'a> {
        at.map_or(Value::Nothing, Value::When)
    }

    /// Several texts, or nothing where there are none.
    pub fn many(texts: impl Into<Cow<'a, [String]>>) -> Value<'a> {
        let texts = texts.into();
        if texts.is_empty() { Value::Nothing } else { Value::Many(texts) }
    }
}

impl Value<'_> {
    /// The same, standing on its own.
    pub fn owned<'b>(self) -> Value<'b> {
        match self {
            Value::Nothing => Value::Nothing,
            Value::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Value::Many(texts) => Value::Many(Cow::Owned(texts.into_owned())),
            Value::Number(n) => Value::Number(n),
            Value::When(at) => Value::When(at),
            Value::Day(day) => Value::Day(day),
            Value::Yes(yes) => Value::Yes(yes),
        }
    }
}

/// A text of a column as people read it.
pub fn read(text: &str, kind: CellKind) -> Cow<'_, str> {
    if matches!(kind, CellKind::Phone | CellKind::Phones) {
        Cow::Owned(phone::shown(text))
    } else {
        Cow::Borrowed(text)
    }
}

/// Several texts of a column as people read them in one cell.
pub fn read_all(texts: &[String], kind: CellKind) -> String {
    texts.iter().map(|text| read(text, kind)).collect::<Vec<_>>().join(MANY)
}

/// What stands between several texts in one cell.
const MANY: &str = "; ";

/// Several texts in one cell.
pub fn joined(texts: &[String]) -> String {
    texts.join(MANY)
}

/// A moment as RFC 3339 in UTC.
pub fn utc(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// A moment as RFC 3339 with the offset of a zone.
pub fn local(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// A text without the control characters that no spreadsheet shows and some parsers refuse. Line ends become `\n`.
pub fn clean(text: &str) -> Cow<'_, str> {
    let odd = |c: char| (c < ' ' && c != '\n' && c != '\t') || matches!(c, '\u{7f}' | '\u{fffe}' | '\u{ffff}');
    if text.contains(odd) {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n").chars().filter(|c| !odd(*c)).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// Yes or no in files.
pub fn yes(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

/// A column: its key, its heading, what is in it, and how wide it is in letters.
pub(super) const fn field(key: &'static str, label: &'static str, kind: CellKind, width: u16) -> ListColumn {
    ListColumn { key, label, kind, width }
}

/// The columns of the rows behind figures. `hour` and `day` are those of figures `…@hour=` and `…@day=`.
pub static ROW: [ListColumn; 31] = [
    field("at", "When", CellKind::When, 19),
    field("kind", "What", CellKind::Text, 13),
    field("name", "Name", CellKind::Text, 24),
    field("phone", "Phone", CellKind::Phone, 16),
    field("email", "E-mail", CellKind::Text, 26),
    field("service", "Service", CellKind::Text, 16),
    field("rep", "Rep", CellKind::Text, 16),
    field("campaign", "Campaign", CellKind::Text, 22),
    field("first_touch", "First touch", CellKind::Text, 16),
    field("last_touch", "Last touch", CellKind::Text, 16),
    field("medium", "Medium", CellKind::Text, 12),
    field("stage", "Stage", CellKind::Text, 14),
    field("tags", "Tags", CellKind::Many, 18),
    field("direction", "Direction", CellKind::Text, 11),
    field("state", "State", CellKind::Text, 12),
    field("outcome", "Outcome", CellKind::Text, 14),
    field("sentiment", "Sentiment", CellKind::Text, 11),
    field("sentiment_origin", "Sentiment by", CellKind::Text, 13),
    field("duration_s", "Length", CellKind::Seconds, 10),
    field("waited_s", "Waited", CellKind::Waited, 10),
    field("waited_open_s", "Waited, business hours", CellKind::Waited, 13),
    field("estimated_cents", "Estimated", CellKind::Cents, 13),
    field("actual_cents", "Actually received", CellKind::Cents, 13),
    field("revenue_cents", "Revenue as told", CellKind::Cents, 13),
    field("reason", "Reason", CellKind::Text, 24),
    field("day", "Day", CellKind::Day, 12),
    field("weekday", "Weekday", CellKind::Text, 12),
    field("hour", "Hour", CellKind::Count, 8),
    field("erased", "Erased", CellKind::Yes, 9),
    field("id", "Entry", CellKind::Text, 14),
    field("lead_ref", "Lead", CellKind::Text, 14),
];

/// What a row says in the columns of [`ROW`].
pub fn row(row: &Row, zone: Tz) -> [Value<'_>; 31] {
    let local = row.at.with_timezone(&zone);
    let weekday = words::WEEKDAYS.get(local.weekday().num_days_from_monday() as usize).copied().unwrap_or_default();
    [
        Value::When(row.at),
        Value::text(row.kind.as_str()),
        Value::maybe(if row.erased { Some(words::ERASED) } else { row.name.as_deref() }),
        Value::maybe(row.phone.as_deref()),
        Value::maybe(row.email.as_deref()),
        Value::maybe(row.service.as_deref()),
        Value::maybe(row.rep.as_deref()),
        Value::maybe(row.campaign.as_deref()),
        Value::maybe(row.first_touch.as_deref()),
        Value::maybe(row.last_touch.as_deref()),
        Value::maybe(row.medium.as_deref()),
        Value::text(row.stage.as_str()),
        Value::many(row.tags.as_slice()),
        Value::maybe(row.direction.as_deref()),
        Value::maybe(row.state.as_deref()),
        Value::maybe(row.outcome.as_deref()),
        Value::maybe(row.sentiment.as_deref()),
        Value::maybe(row.sentiment_origin.as_deref()),
        Value::number(row.duration_s),
        Value::number(row.waited_s),
        Value::number(row.waited_open_s),
        Value::number(row.estimated_cents),
        Value::number(row.actual_cents),
        Value::number(row.revenue_cents),
        Value::maybe(row.reason.as_deref()),
        Value::Day(local.date_naive()),
        Value::text(weekday),
        Value::Number(i64::from(local.hour())),
        Value::Yes(row.erased),
        Value::text(row.id.as_str()),
        Value::text(row.lead_ref.as_str()),
    ]
}

/// Where each measure stands in [`crate::figures::measure::Measure::ALL`].
pub static PLACES: LazyLock<std::collections::HashMap<&'static str, usize>> = LazyLock::new(|| {
    crate::figures::measure::Measure::ALL.iter().enumerate().map(|(at, measure)| (measure.key(), at)).collect()
});
