//! What somebody asks in words: of an address, a saved report, the command line.

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ReportError;
use super::days;
use super::model::Filters;
use super::question::{Compare, Question};
use crate::domain::Stage;
use crate::settings::Values;
use crate::zone::Tz;

/// The question in words; what is missing is as usual.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ReportParams {
    /// The first day, such as `2026-03-01`: a day in the time zone, or RFC 3339, whose day in the zone is meant. Usually the
    /// first of this month.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The last day: it counts whole. Usually today.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// IANA name; usually the business's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tz: Option<String>,
    /// What the days are a part of: `week`, `month`, `quarter` or `year`. It only decides with what they are compared where they
    /// can be read in two ways, as the first days of January can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// `previous` (usual): a whole calendar month, quarter or year with the one before it, one up to a day with the same days of
    /// the one before, and other days with as many right before them. `year` or `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compare: Option<String>,
    /// The id of a source.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "words_or_number")]
    #[schema(value_type = Option<String>)]
    #[param(value_type = Option<String>)]
    pub source: Option<String>,
    /// The campaign of first touch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign: Option<String>,
    /// Who looks after the lead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rep: Option<String>,
    /// A tag of the lead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Where the lead stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// What was known by then: RFC 3339, or a day, which means its end in the time zone. A moment to come means now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
}

/// The longest period, in days.
const LONGEST: i64 = 3_700;

fn words_or_number<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(i64),
        Words(String),
    }
    Ok(Option::<Either>::deserialize(deserializer)?.map(|given| match given {
        Either::Number(number) => number.to_string(),
        Either::Words(words) => words,
    }))
}

fn said(given: &Option<String>) -> Option<&str> {
    given.as_deref().map(str::trim).filter(|text| !text.is_empty())
}

fn unfit(word: &str, what: &str) -> ReportError {
    let short: String = word.chars().filter(|c| !c.is_control()).take(40).collect();
    ReportError::Invalid(format!("“{short}” is no {what}."))
}

fn instant(text: &str) -> Option<DateTime<Utc>> {
    // A plus that was not escaped arrives as a blank.
    DateTime::parse_from_rfc3339(&text.replace(' ', "+")).ok().map(|time| time.to_utc())
}

fn day(given: &Option<String>, zone: Tz) -> Result<Option<NaiveDate>, ReportError> {
    let Some(text) = said(given) else { return Ok(None) };
    let day = text.parse::<NaiveDate>().ok();
    let day = day.or_else(|| instant(text).map(|at| at.with_timezone(&zone).date_naive()));
    // Years that calendars and time zones know.
    day.filter(|day| (1970..=2200).contains(&day.year()))
        .map(Some)
        .ok_or_else(|| unfit(text, "day, such as 2026-03-01"))
}

/// The zone the business's days are of: what the owner set, else the system's.
pub fn zone_of(values: &Values) -> Tz {
    values.business.zone()
}

impl ReportParams {
    /// The question, with what the owner set.
    ///
    /// # Errors
    /// [`ReportError::Invalid`] with what makes no sense.
    pub fn question(&self, name: &str, values: &Values, now: DateTime<Utc>) -> Result<Question, ReportError> {
        let zone = match said(&self.tz) {
            Some(text) => text.parse().map_err(|_| unfit(text, "time zone we know, such as America/New_York"))?,
            None => zone_of(values),
        };
        let today = now.with_timezone(&zone).date_naive();
        let to = day(&self.to, zone)?;
        let from = match (day(&self.from, zone)?, to) {
            (Some(from), _) => from,
            (None, Some(to)) => to.with_day(1).unwrap_or(to),
            (None, None) => today.with_day(1).unwrap_or(today),
        };
        let to = to.unwrap_or(today.max(from));
        if to < from {
            return Err(ReportError::Invalid("The last day lies before the first.".into()));
        }
        if (to - from).num_days() >= LONGEST {
            return Err(ReportError::Invalid("A report covers ten years at most.".into()));
        }
        let compare = match said(&self.compare) {
            Some(word) => word.parse().map_err(|_| unfit(word, "comparison; there are previous, year and none"))?,
            None => Compare::default(),
        };
        let unit = match said(&self.unit) {
            Some(word) => Some(word.parse().map_err(|_| unfit(word, "week, month, quarter or year"))?),
            None => None,
        };
        let source = match said(&self.source) {
            Some(text) => Some(text.parse().map_err(|_| unfit(text, "source"))?),
            None => None,
        };
        let stage = match said(&self.stage) {
            Some(word) => Some(Stage::parse(word).ok_or_else(|| unfit(word, "stage"))?.as_str().to_string()),
            None => None,
        };
        let as_of = match said(&self.as_of) {
            Some(text) => Some(match text.parse::<NaiveDate>() {
                Ok(day) => {
                    let next = day.checked_add_days(Days::new(1)).unwrap_or(day);
                    days::start(next, zone) - TimeDelta::microseconds(1)
                }
                Err(_) => instant(text).ok_or_else(|| unfit(text, "day or time"))?,
            })
            // Nobody knows what will be known: it is the report of now.
            .filter(|as_of| *as_of < now),
            None => None,
        };
        Ok(Question {
            name: name.to_string(),
            from,
            to,
            zone,
            unit,
            compare,
            filters: Filters {
                source,
                source_name: None,
                campaign: said(&self.campaign).map(str::to_string),
                rep: said(&self.rep).map(str::to_string),
                tag: said(&self.tag).map(str::to_string),
                stage,
            },
            as_of,
            business: values.business.clone(),
            business_name: values.business_name.clone(),
        })
    }
}
