//! What a report is asked: of which days, compared with what, of whom, as known when.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use strum::{EnumString, IntoStaticStr, VariantNames};

use super::comparison::{self, CalendarUnit, Earlier};
use super::days;
use super::model::{Filters, Period};
use crate::settings::{Business, name_key};
use crate::zone::Tz;

/// With what a period is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "lowercase")]
pub enum Compare {
    /// With the calendar period before it, else with as many days (`comparison.rs`).
    #[default]
    Previous,
    /// With the same dates a year earlier.
    Year,
    /// With nothing.
    None,
}

impl Compare {
    /// The word in requests and on the command line.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// What a report is asked.
#[derive(Debug, Clone)]
pub struct Question {
    /// `overview`, or one section.
    pub name: String,
    /// The first day.
    pub from: NaiveDate,
    /// The last day: it counts whole.
    pub to: NaiveDate,
    /// Whose days, weekdays and hours.
    pub zone: Tz,
    /// What the days are a part of, where they can be read in two ways.
    pub unit: Option<CalendarUnit>,
    /// With what it is compared.
    pub compare: Compare,
    /// Which leads and entries count.
    pub filters: Filters,
    /// What had been placed by then, UTC; everything where `None`.
    pub as_of: Option<DateTime<Utc>>,
    /// Opening hours, reps, tests.
    pub business: Business,
    /// What the business is called.
    pub business_name: String,
}

impl Question {
    /// The days asked for.
    pub fn period(&self) -> Period {
        period(self.from, self.to, self.zone)
    }

    /// Whose clock opening hours are read on: the business's, and only where none is set the report's.
    pub fn open_zone(&self) -> Tz {
        self.business.time_zone.as_deref().and_then(|name| name.parse().ok()).unwrap_or(self.zone)
    }

    /// The days they are compared with.
    pub fn compared(&self) -> Option<Period> {
        self.earlier().map(|earlier| period(earlier.from, earlier.to, self.zone))
    }

    /// The same with what they are in words.
    pub fn earlier(&self) -> Option<Earlier> {
        match self.compare {
            Compare::None => None,
            Compare::Previous => comparison::before(self.from, self.to, self.unit),
            Compare::Year => comparison::a_year_before(self.from, self.to),
        }
    }
}

fn period(from: NaiveDate, to: NaiveDate, zone: Tz) -> Period {
    let after = to.succ_opt().unwrap_or(to);
    Period { from, to, starts_at: days::start(from, zone), ends_at: days::start(after, zone) }
}

/// A question made ready for many leads.
#[derive(Debug)]
pub(crate) struct PreparedQuestion<'q> {
    pub question: &'q Question,
    /// Reps by any name they go by; capitals and blanks do not matter.
    pub reps: HashMap<String, &'q str>,
    /// Name and stable name of sources by id.
    pub services: HashMap<i64, (String, String)>,
}

/// What stands for a service where a person of the business said it.
pub(super) const BY_HAND: &str = "By hand";

impl<'q> PreparedQuestion<'q> {
    pub fn new(question: &'q Question, services: HashMap<i64, (String, String)>) -> PreparedQuestion<'q> {
        let mut reps = HashMap::new();
        for rep in &question.business.reps {
            for name in std::iter::once(&rep.name).chain(&rep.also) {
                reps.entry(name_key(name)).or_insert(rep.name.as_str());
            }
        }
        PreparedQuestion { question, reps, services }
    }

    /// What a rep is called here, whatever a service calls them.
    pub fn rep<'a>(&'a self, name: Option<&'a str>) -> Option<&'a str> {
        let name = name?;
        if self.reps.is_empty() {
            return Some(name);
        }
        Some(self.reps.get(&name_key(name)).copied().unwrap_or(name))
    }

    /// What the owner calls a source; 0 is a person of the business.
    pub fn service(&self, source: i64) -> &str {
        self.services.get(&source).map_or(BY_HAND, |(name, _)| name)
    }

    /// The name of a source that is the same on every machine.
    pub fn service_uid(&self, source: i64) -> &str {
        self.services.get(&source).map_or("", |(_, uid)| uid)
    }
}
