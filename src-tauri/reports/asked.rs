//! The question of a report as people and programs write it: in an address, on the command line, in a saved report.

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::model::Filters;
use super::{Compare, Question};
use crate::domain::Stage;
use crate::settings::Values;
use crate::store::{StoreError, sources};

/// The names of reports, with their titles.
pub const REPORTS: [(&str, &str); 11] = [
    ("overview", "Overview"),
    ("funnel", "Funnel"),
    ("speed", "Speed to lead"),
    ("calls", "Calls"),
    ("touches", "Where leads come from"),
    ("outcomes", "Outcomes and money"),
    ("sentiment", "Sentiment"),
    ("reasons", "Reasons"),
    ("heatmap", "When leads turn to you"),
    ("reps", "Reps"),
    ("disagreements", "Disagreements"),
];

/// The longest period. Days.
const LONGEST: i64 = 366 * 20;
/// Characters of a filter.
const FILTER: usize = 300;

/// What was asked, as it was written. What is missing was not asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[schema(as = ReportQuestion)]
pub struct Asked {
    /// The first day: `2026-03-01`; the first of this month if missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The last day, it counts whole; today if missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The zone of days and hours, such as `America/New_York`; the business's if missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tz: Option<String>,
    /// `previous` (the usual), `year` or `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compare: Option<String>,
    /// The id of a source.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "number_or_text")]
    #[schema(value_type = Option<i64>)]
    #[param(value_type = Option<i64>)]
    pub source: Option<String>,
    /// A campaign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign: Option<String>,
    /// A rep.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rep: Option<String>,
    /// A tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// A stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// What was known by then: RFC 3339, or a day, which is its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
}

/// In an address everything is text, in JSON a number is one.
fn number_or_text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(i64),
        Text(String),
        Nothing(()),
    }
    Ok(match Either::deserialize(deserializer)? {
        Either::Number(number) => Some(number.to_string()),
        Either::Text(text) => Some(text),
        Either::Nothing(()) => None,
    })
}

/// Why a question makes no sense, or could not be looked up.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// In plain words.
    #[error("{0}")]
    Invalid(String),
    /// There is no such report, source or lead.
    #[error("{0}")]
    NotFound(String),
    /// The file.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn said(text: &Option<String>) -> Option<&str> {
    text.as_deref().map(str::trim).filter(|text| !text.is_empty())
}

fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}

/// The heading of a report.
pub fn title(name: &str) -> Option<&'static str> {
    REPORTS.iter().find(|(known, _)| *known == name).map(|(_, title)| *title)
}

impl Asked {
    /// The zone: the one that was asked for, else the business's.
    ///
    /// # Errors
    /// [`AskError::Invalid`] for a zone that nobody knows.
    pub fn zone(&self, values: &Values) -> Result<Tz, AskError> {
        match said(&self.tz) {
            Some(name) => name
                .parse()
                .map_err(|_| AskError::Invalid(format!("“{}” is no time zone such as America/New_York.", short(name)))),
            None => Ok(values.business.zone()),
        }
    }

    /// The days: those that were asked for, else this month so far.
    ///
    /// # Errors
    /// [`AskError::Invalid`] where they make no sense.
    pub fn days(&self, zone: Tz, now: DateTime<Utc>) -> Result<(NaiveDate, NaiveDate), AskError> {
        let today = now.with_timezone(&zone).date_naive();
        let day = |what: &str, text: &Option<String>| -> Result<Option<NaiveDate>, AskError> {
            let Some(text) = said(text) else { return Ok(None) };
            let day = text.parse::<NaiveDate>().ok().filter(|day| (1970..=9999).contains(&day.year()));
            day.map(Some).ok_or_else(|| {
                AskError::Invalid(format!("“{}” is no day such as 2026-03-01 (“{what}”).", short(text)))
            })
        };
        let (from, to) = (day("from", &self.from)?, day("to", &self.to)?);
        let to_is = to.unwrap_or_else(|| from.map_or(today, |from| today.max(from)));
        let first = to_is.with_day(1).unwrap_or(to_is);
        let from = from.unwrap_or(first);
        if from > to_is {
            return Err(AskError::Invalid("The period ends before it begins.".into()));
        }
        if (to_is - from).num_days() > LONGEST {
            return Err(AskError::Invalid("A period is at most 20 years long.".into()));
        }
        Ok((from, to_is))
    }

    /// What was known by when, if that was asked.
    ///
    /// # Errors
    /// [`AskError::Invalid`] for a time that cannot be read.
    pub fn known_by(&self, zone: Tz) -> Result<Option<DateTime<Utc>>, AskError> {
        let Some(text) = said(&self.as_of) else { return Ok(None) };
        // A plus that was not escaped arrives as a blank.
        let text = text.replace(' ', "+");
        if let Ok(time) = DateTime::parse_from_rfc3339(&text) {
            return Ok(Some(time.to_utc()));
        }
        let day = text.parse::<NaiveDate>().ok().and_then(|day| day.succ_opt());
        day.map(|next| Some(first_moment(next, NaiveTime::MIN, zone)))
            .ok_or_else(|| AskError::Invalid(format!("“{}” is no time we can read as “as_of”.", short(&text))))
    }

    /// The filters.
    ///
    /// # Errors
    /// [`AskError`] where one makes no sense.
    pub fn filters(&self, connection: &Connection) -> Result<Filters, AskError> {
        let text = |what: &str, text: &Option<String>| match said(text) {
            Some(text) if text.chars().count() > FILTER => Err(AskError::Invalid(format!("That {what} is too long."))),
            text => Ok(text.map(String::from)),
        };
        let (mut source, mut source_name) = (None, None);
        if let Some(id) = said(&self.source) {
            let known = match id.parse::<i64>() {
                Ok(id) => sources::all(connection)?.into_iter().find(|source| source.id == id),
                Err(_) => None,
            };
            let known = known.ok_or_else(|| AskError::NotFound(format!("There is no source “{}”.", short(id))))?;
            (source, source_name) = (Some(known.id), Some(known.name));
        }
        let stage = said(&self.stage).map(|word| {
            let stage = Stage::parse(word).ok_or_else(|| AskError::Invalid(format!("“{}” is no stage.", short(word))));
            stage.map(|stage| stage.as_str().to_string())
        });
        Ok(Filters {
            source,
            source_name,
            campaign: text("campaign", &self.campaign)?,
            rep: text("rep", &self.rep)?,
            tag: text("tag", &self.tag)?,
            stage: stage.transpose()?,
        })
    }

    /// The question, whole.
    ///
    /// # Errors
    /// [`AskError`] in plain words.
    pub fn question(
        &self,
        connection: &Connection,
        name: &str,
        values: &Values,
        now: DateTime<Utc>,
    ) -> Result<Question, AskError> {
        if title(name).is_none() {
            return Err(AskError::NotFound(format!("There is no report “{}”.", short(name))));
        }
        let zone = self.zone(values)?;
        let (from, to) = self.days(zone, now)?;
        let compare = match said(&self.compare) {
            None | Some("previous") => Compare::Previous,
            Some("year") => Compare::Year,
            Some("none") => Compare::None,
            Some(word) => return Err(AskError::Invalid(format!("“{}” is nothing to compare with.", short(word)))),
        };
        Ok(Question {
            name: name.to_string(),
            from,
            to,
            zone,
            compare,
            filters: self.filters(connection)?,
            as_of: self.known_by(zone)?,
            business: values.business.clone(),
            business_name: values.business_name.clone(),
        })
    }
}

/// When a clock on the wall of `zone` first shows that time of that day, or what comes right after it where it is
/// skipped.
pub fn first_moment(day: NaiveDate, time: NaiveTime, zone: Tz) -> DateTime<Utc> {
    let wanted = day.and_time(time);
    let mut local = wanted;
    // No zone skips more than a day.
    for _ in 0..=25 * 4 {
        if let Some(found) = zone.from_local_datetime(&local).earliest() {
            if local == wanted {
                return found.to_utc();
            }
            // Somewhere within this quarter of an hour the clock went on: the first moment after it.
            let before = local - chrono::TimeDelta::minutes(15);
            let mut minute = before;
            while minute < local {
                if let Some(found) = zone.from_local_datetime(&minute).earliest() {
                    return found.to_utc();
                }
                minute += chrono::TimeDelta::minutes(1);
            }
            return found.to_utc();
        }
        local += chrono::TimeDelta::minutes(15);
    }
    wanted.and_utc()
}

/// The last day of the month of a day.
pub(super) fn end_of_month(day: NaiveDate) -> NaiveDate {
    let first = day.with_day(1).unwrap_or(day);
    first.checked_add_months(Months::new(1)).and_then(|next| next.pred_opt()).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_not_asked_is_this_month_so_far() {
        let now = at("2026-03-31T23:30:00Z");
        let asked = Asked::default();
        assert_eq!(asked.days(Tz::UTC, now).unwrap(), (day("2026-03-01"), day("2026-03-31")));
        // There it is April already.
        assert_eq!(asked.days(Tz::Europe__Berlin, now).unwrap(), (day("2026-04-01"), day("2026-04-01")));
        let from = Asked { from: Some("2026-02-10".into()), ..Asked::default() };
        assert_eq!(from.days(Tz::UTC, now).unwrap(), (day("2026-02-10"), day("2026-03-31")));
        let to = Asked { to: Some("2026-02-10".into()), ..Asked::default() };
        assert_eq!(to.days(Tz::UTC, now).unwrap(), (day("2026-02-01"), day("2026-02-10")));
        for (from, to) in [("2026-03-02", "2026-03-01"), ("1990-01-01", "2026-01-01"), ("2026-02-30", "2026-03-01")] {
            let asked = Asked { from: Some(from.into()), to: Some(to.into()), ..Asked::default() };
            assert!(asked.days(Tz::UTC, now).is_err(), "{from} {to}");
        }
    }

    #[test]
    fn a_day_that_was_asked_for_is_its_end_there() {
        let asked = |text: &str| Asked { as_of: Some(text.into()), ..Asked::default() };
        let zone = Tz::America__New_York;
        assert_eq!(asked("2026-03-08").known_by(zone).unwrap(), Some(at("2026-03-09T04:00:00Z")));
        assert_eq!(asked("2026-03-08T12:00:00Z").known_by(zone).unwrap(), Some(at("2026-03-08T12:00:00Z")));
        assert_eq!(asked("2026-03-08T12:00:00 02:00").known_by(zone).unwrap(), Some(at("2026-03-08T10:00:00Z")));
        assert!(asked("yesterday").known_by(zone).is_err());
    }

    #[test]
    fn a_time_that_a_clock_skips_is_right_after_it() {
        let time = |text: &str| text.parse::<NaiveTime>().unwrap();
        let zone = Tz::America__New_York;
        assert_eq!(first_moment(day("2026-03-08"), time("02:30:00"), zone), at("2026-03-08T07:00:00Z"));
        assert_eq!(first_moment(day("2026-03-08"), time("07:00:00"), zone), at("2026-03-08T11:00:00Z"));
        // Told twice: the first of them.
        assert_eq!(first_moment(day("2026-11-01"), time("01:30:00"), zone), at("2026-11-01T05:30:00Z"));
        // A midnight that is skipped.
        assert_eq!(first_moment(day("2026-09-06"), NaiveTime::MIN, Tz::America__Santiago), at("2026-09-06T04:00:00Z"));
    }
}
