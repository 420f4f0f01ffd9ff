//! When a small business hears from people: seasons, weekdays, hours. Whole numbers only: the same on every machine.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, TimeZone, Timelike, Utc, Weekday};
use fastrand::Rng;

use crate::zone::Tz;

/// The months of the year, January first: people build and mend when it is warm, and nobody does around Christmas.
const SEASON: [u64; 12] = [70, 78, 105, 125, 138, 132, 118, 112, 108, 100, 82, 58];
/// The days of the week, Monday first: the weekend's wishes come on Monday.
const WEEK: [u64; 7] = [128, 115, 110, 104, 98, 56, 26];

/// The hours of the day in which somebody rings, and in which somebody writes: shares of a day, midnight first.
const RINGS: [u16; 24] = [0, 0, 0, 0, 0, 0, 0, 2, 60, 105, 125, 120, 85, 95, 100, 92, 78, 50, 0, 0, 0, 0, 0, 0];
const WRITES: [u16; 24] = [6, 3, 2, 1, 1, 3, 10, 25, 45, 60, 66, 64, 62, 60, 56, 52, 50, 55, 66, 80, 84, 70, 40, 16];
const AFTER_HOURS: [u16; 24] = [1, 0, 0, 0, 0, 2, 8, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 90, 80, 55, 25, 8, 3];

/// How somebody turns to the business.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Approach {
    /// By telephone, while somebody is there.
    Rings,
    /// By form or chat, at any hour.
    Writes,
    /// By telephone, when nobody is there.
    RingsAfterHours,
}

/// How much goes on on a day of the town.
pub(super) fn weight(day: NaiveDate, chance: &mut Rng) -> u64 {
    let month = SEASON[day.month0() as usize];
    let week = WEEK[day.weekday().num_days_from_monday() as usize];
    let holiday = match (day.month(), day.day()) {
        (1, 1) | (7, 4) | (12, 24 | 25 | 31) => 12,
        (12, 23..=30) | (11, 23..=29) => 55,
        _ => 100,
    };
    month * week * holiday * chance.u64(75..126)
}

/// The business is closed on Sundays.
pub(super) fn is_open(day: NaiveDate) -> bool {
    day.weekday() != Weekday::Sun
}

/// A moment of a day of the town, UTC.
pub(super) fn moment(day: NaiveDate, approach: Approach, chance: &mut Rng) -> DateTime<Utc> {
    let hours = match approach {
        Approach::Rings => &RINGS,
        Approach::Writes => &WRITES,
        Approach::RingsAfterHours => &AFTER_HOURS,
    };
    let mut left = chance.u16(0..hours.iter().sum());
    let mut hour = 0;
    for (at, share) in hours.iter().enumerate() {
        if left < *share {
            hour = at;
            break;
        }
        left -= share;
    }
    let seconds = hour as i64 * 3_600 + chance.i64(0..3_600);
    let local = day.and_time(chrono::NaiveTime::MIN) + TimeDelta::seconds(seconds);
    // An hour that the clocks skip is the one after it.
    let utc = Tz::NEW_YORK.from_local_datetime(&local).earliest();
    utc.map_or_else(|| local.and_utc() + TimeDelta::hours(4), |at| at.to_utc())
}

/// The day of the town at a moment.
pub(super) fn day_of(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&Tz::NEW_YORK).date_naive()
}

/// A working moment `days` days later, or on the next day on which somebody is there.
pub(super) fn later_day(at: DateTime<Utc>, days: i64, chance: &mut Rng) -> DateTime<Utc> {
    let mut day = day_of(at) + TimeDelta::days(days);
    while !is_open(day) {
        day += TimeDelta::days(1);
    }
    moment(day, Approach::Rings, chance)
}

/// The same moment, or the next working one where it is night.
pub(super) fn by_day(at: DateTime<Utc>, chance: &mut Rng) -> DateTime<Utc> {
    match at.with_timezone(&Tz::NEW_YORK).hour() {
        0..7 => later_day(at, 0, chance),
        21.. => later_day(at, 1, chance),
        _ => at,
    }
}
