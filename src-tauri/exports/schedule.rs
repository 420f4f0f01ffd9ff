//! When a saved report is due, and which period it is then of. By the clock on the wall of the business, whatever summer time
//! does; pure, with the time passed in.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::figures::CalendarUnit;
use crate::zone::Tz;

/// Due times that are made after a gap: the newest of them.
pub const CAUGHT_UP: usize = 31;

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the words explain themselves
pub enum Every {
    Daily,
    Weekly,
    Monthly,
}

/// When a report is made by itself, and where to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// How often.
    pub every: Every,
    /// Of `weekly`: 1 is Monday, 7 is Sunday.
    #[serde(default)]
    pub weekday: Option<u32>,
    /// Of `monthly`: 1 to 31; in a shorter month its last day.
    #[serde(default)]
    pub day: Option<u32>,
    /// The time of day in the business's time zone: `07:00`.
    pub at: String,
    /// The folder the files are put into; where empty, that of exports in the data folder.
    #[serde(default)]
    pub folder: String,
    /// It is on.
    #[serde(default = "yes")]
    pub on: bool,
}

fn yes() -> bool {
    true
}

impl Schedule {
    /// What is wrong with it, in plain words.
    pub fn problem(&self) -> Option<&'static str> {
        if self.time().is_none() {
            return Some("The time of a schedule is written like 07:00.");
        }
        match self.every {
            Every::Weekly if !self.weekday.is_some_and(|day| (1..=7).contains(&day)) => {
                Some("Say on which weekday: 1 is Monday, 7 is Sunday.")
            }
            Every::Monthly if !self.day.is_some_and(|day| (1..=31).contains(&day)) => {
                Some("Say on which day of the month: 1 to 31.")
            }
            _ => None,
        }
    }

    /// The folder the files are put into, where the owner picked one.
    pub fn folder(&self) -> Option<&str> {
        Some(self.folder.trim()).filter(|folder| !folder.is_empty())
    }

    fn time(&self) -> Option<NaiveTime> {
        let right = self.at.len() == 5 && self.at.is_char_boundary(2);
        right.then(|| NaiveTime::parse_from_str(&self.at, "%H:%M").ok()).flatten()
    }

    fn is_on(&self, day: NaiveDate) -> bool {
        match self.every {
            Every::Daily => true,
            Every::Weekly => Some(day.weekday().number_from_monday()) == self.weekday,
            Every::Monthly => self.day.is_some_and(|of| day.day() == of.min(end_of_month(day).day())),
        }
    }

    /// The newest due times after `since` up to `now`, oldest first: at most [`CAUGHT_UP`].
    pub fn due(&self, since: DateTime<Utc>, now: DateTime<Utc>, zone: Tz) -> Vec<DateTime<Utc>> {
        let mut due = Vec::new();
        let Some(time) = self.time().filter(|_| self.problem().is_none()) else { return due };
        let mut day = now.with_timezone(&zone).date_naive().succ_opt();
        let first = since.with_timezone(&zone).date_naive().pred_opt().unwrap_or(NaiveDate::MIN);
        while let Some(date) = day.filter(|date| *date >= first && due.len() < CAUGHT_UP) {
            if self.is_on(date) {
                let moment = first_moment(date, time, zone);
                if moment > since && moment <= now {
                    due.push(moment);
                }
            }
            day = date.pred_opt();
        }
        due.reverse();
        due
    }

    /// The first due time after `now`, if it is on.
    pub fn next(&self, now: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        let time = self.time().filter(|_| self.on && self.problem().is_none())?;
        let today = now.with_timezone(&zone).date_naive();
        (0..=63)
            .filter_map(|days| today.checked_add_days(Days::new(days)))
            .filter(|day| self.is_on(*day))
            .map(|day| first_moment(day, time, zone))
            .find(|moment| *moment > now)
    }
}

/// Which days a saved report is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(
    untagged,
    expecting = "“range” is last_week, last_month, this_month, last_7_days, last_30_days, this_quarter, last_quarter, this_year, yesterday, or {from, to} as days"
)]
#[schema(as = SavedRange)]
pub enum Range {
    /// Days that go with the calendar.
    Named(NamedPeriod),
    /// Always the same days.
    Days {
        /// The first day.
        from: NaiveDate,
        /// The last day.
        to: NaiveDate,
    },
}

/// Days that go with the calendar, seen from a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = NamedRange)]
#[allow(missing_docs)] // the words explain themselves
pub enum NamedPeriod {
    Yesterday,
    LastWeek,
    #[serde(rename = "last_7_days")]
    Last7Days,
    #[serde(rename = "last_30_days")]
    Last30Days,
    ThisMonth,
    LastMonth,
    ThisQuarter,
    LastQuarter,
    ThisYear,
}

impl Range {
    /// What the days are a part of, where they are one of the calendar.
    pub fn unit(&self) -> Option<CalendarUnit> {
        match self {
            Range::Named(NamedPeriod::LastWeek) => Some(CalendarUnit::Week),
            Range::Named(NamedPeriod::ThisMonth | NamedPeriod::LastMonth) => Some(CalendarUnit::Month),
            Range::Named(NamedPeriod::ThisQuarter | NamedPeriod::LastQuarter) => Some(CalendarUnit::Quarter),
            Range::Named(NamedPeriod::ThisYear) => Some(CalendarUnit::Year),
            Range::Named(NamedPeriod::Yesterday | NamedPeriod::Last7Days | NamedPeriod::Last30Days)
            | Range::Days { .. } => None,
        }
    }

    /// The days, seen from `today`. What ended before today leaves today out; what goes on includes it.
    pub fn days(&self, today: NaiveDate) -> (NaiveDate, NaiveDate) {
        let back = |days: u64| today.checked_sub_days(Days::new(days)).unwrap_or(today);
        let month = today.with_day(1).unwrap_or(today);
        let quarter = month.with_month(today.month0() / 3 * 3 + 1).unwrap_or(month);
        let before = |first: NaiveDate, months: u32| {
            let from = first.checked_sub_months(Months::new(months)).unwrap_or(first);
            (from, first.pred_opt().unwrap_or(from))
        };
        match self {
            Range::Days { from, to } => (*from, *to),
            Range::Named(NamedPeriod::Yesterday) => (back(1), back(1)),
            Range::Named(NamedPeriod::Last7Days) => (back(7), back(1)),
            Range::Named(NamedPeriod::Last30Days) => (back(30), back(1)),
            Range::Named(NamedPeriod::LastWeek) => {
                let monday = u64::from(today.weekday().num_days_from_monday());
                (back(monday + 7), back(monday + 1))
            }
            Range::Named(NamedPeriod::ThisMonth) => (month, today),
            Range::Named(NamedPeriod::LastMonth) => before(month, 1),
            Range::Named(NamedPeriod::ThisQuarter) => (quarter, today),
            Range::Named(NamedPeriod::LastQuarter) => before(quarter, 3),
            Range::Named(NamedPeriod::ThisYear) => (month.with_month(1).unwrap_or(month), today),
        }
    }
}

/// When a clock on the wall of `zone` shows that time of that day for the first time; where it is skipped, the first moment
/// after it, to the minute.
fn first_moment(day: NaiveDate, time: NaiveTime, zone: Tz) -> DateTime<Utc> {
    let mut local = day.and_time(time);
    // Zones skip an hour in spring, and a whole day when they cross the date line.
    for _ in 0..=25 * 60 {
        if let Some(found) = zone.from_local_datetime(&local).earliest() {
            return found.to_utc();
        }
        local += TimeDelta::minutes(1);
    }
    day.and_time(time).and_utc()
}

/// The last day of the month of a day.
fn end_of_month(day: NaiveDate) -> NaiveDate {
    let first = day.with_day(1).unwrap_or(day);
    first.checked_add_months(Months::new(1)).and_then(|next| next.pred_opt()).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn schedule(every: Every, weekday: Option<u32>, day: Option<u32>, at: &str) -> Schedule {
        Schedule { every, weekday, day, at: at.into(), folder: String::new(), on: true }
    }

    const NEW_YORK: Tz = Tz::NEW_YORK;

    #[test]
    fn seven_in_the_morning_is_seven_in_the_morning_across_summer_time() {
        let daily = schedule(Every::Daily, None, None, "07:00");
        let due = daily.due(at("2026-03-07T00:00:00Z"), at("2026-03-09T12:00:00Z"), NEW_YORK);
        assert_eq!(due, [at("2026-03-07T12:00:00Z"), at("2026-03-08T11:00:00Z"), at("2026-03-09T11:00:00Z")]);
        assert_eq!(daily.next(at("2026-03-07T12:00:00Z"), NEW_YORK), Some(at("2026-03-08T11:00:00Z")));
        // A time that is skipped is due right after; one that is told twice is due once.
        let early = schedule(Every::Daily, None, None, "02:30");
        assert_eq!(early.next(at("2026-03-08T05:00:00Z"), NEW_YORK), Some(at("2026-03-08T07:00:00Z")));
        let twice = schedule(Every::Daily, None, None, "01:30");
        let due = twice.due(at("2026-11-01T00:00:00Z"), at("2026-11-02T00:00:00Z"), NEW_YORK);
        assert_eq!(due, [at("2026-11-01T05:30:00Z")]);
    }

    #[test]
    fn what_is_due_ends_with_now_and_goes_back_31_times() {
        let daily = schedule(Every::Daily, None, None, "07:00");
        let due = daily.due(at("2020-01-01T00:00:00Z"), at("2026-03-20T11:00:00Z"), NEW_YORK);
        assert_eq!((due.len(), due.last().copied()), (31, Some(at("2026-03-20T11:00:00Z"))));
        assert!(daily.due(at("2026-03-20T11:00:00Z"), at("2026-03-20T11:00:00Z"), NEW_YORK).is_empty());
        assert!(daily.due(at("2026-03-21T11:00:00Z"), at("2026-03-20T11:00:00Z"), NEW_YORK).is_empty());
    }

    #[test]
    fn the_31st_is_the_last_day_of_a_shorter_month() {
        let monthly = schedule(Every::Monthly, None, Some(31), "06:15");
        let due = monthly.due(at("2026-01-15T00:00:00Z"), at("2026-05-15T00:00:00Z"), Tz::UTC);
        let days: Vec<String> = due.iter().map(|at| at.format("%m-%d %H:%M").to_string()).collect();
        assert_eq!(days, ["01-31 06:15", "02-28 06:15", "03-31 06:15", "04-30 06:15"]);
        let weekly = schedule(Every::Weekly, Some(1), None, "06:15");
        assert_eq!(weekly.next(at("2026-03-20T11:00:00Z"), Tz::UTC), Some(at("2026-03-23T06:15:00Z")));
        for wrong in [
            schedule(Every::Weekly, None, None, "07:00"),
            schedule(Every::Weekly, Some(8), None, "07:00"),
            schedule(Every::Monthly, None, Some(0), "07:00"),
            schedule(Every::Daily, None, None, "7"),
            schedule(Every::Daily, None, None, "24:00"),
        ] {
            assert!(wrong.problem().is_some(), "{wrong:?}");
        }
    }

    #[test]
    fn ranges_go_with_the_calendar() {
        let of = |named: &str, today: &str| {
            let range: Range = serde_json::from_str(named).unwrap();
            let (from, to) = range.days(day(today));
            format!("{from} {to}")
        };
        assert_eq!(of("\"yesterday\"", "2026-03-01"), "2026-02-28 2026-02-28");
        assert_eq!(of("\"last_week\"", "2026-03-02"), "2026-02-23 2026-03-01");
        assert_eq!(of("\"last_week\"", "2026-03-08"), "2026-02-23 2026-03-01");
        assert_eq!(of("\"last_7_days\"", "2026-03-08"), "2026-03-01 2026-03-07");
        assert_eq!(of("\"last_30_days\"", "2026-03-31"), "2026-03-01 2026-03-30");
        assert_eq!(of("\"this_month\"", "2026-03-31"), "2026-03-01 2026-03-31");
        assert_eq!(of("\"last_month\"", "2026-03-31"), "2026-02-01 2026-02-28");
        assert_eq!(of("\"this_quarter\"", "2026-05-31"), "2026-04-01 2026-05-31");
        assert_eq!(of("\"last_quarter\"", "2026-02-01"), "2025-10-01 2025-12-31");
        assert_eq!(of("\"this_year\"", "2026-02-01"), "2026-01-01 2026-02-01");
        let days = "{\"from\":\"2026-01-05\",\"to\":\"2026-01-06\"}";
        assert_eq!(of(days, "2026-02-01"), "2026-01-05 2026-01-06");
        assert!(serde_json::from_str::<Range>("\"whenever\"").is_err());
    }
}
