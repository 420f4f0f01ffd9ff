//! Days and hours of a time zone, across the nights on which its clocks are changed.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Offset, TimeDelta, TimeZone, Timelike, Utc};

use crate::settings::Business;
use crate::zone::Tz;

/// The first instant whose date in the zone is `day` or later.
pub fn start(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let midnight = day.and_time(NaiveTime::MIN);
    if let Some(at) = zone.from_local_datetime(&midnight).earliest() {
        return at.with_timezone(&Utc);
    }
    // There is no midnight on that day: between these two lies the change, and dates only grow.
    let (mut before, mut after) = (midnight.and_utc() - TimeDelta::days(2), midnight.and_utc() + TimeDelta::days(2));
    while after - before > TimeDelta::microseconds(1) {
        let middle = before + (after - before) / 2;
        if middle.with_timezone(&zone).date_naive() < day {
            before = middle;
        } else {
            after = middle;
        }
    }
    crate::clock::from_micros(after.timestamp_micros())
}

/// The weekday (1 Monday to 7 Sunday) and hour on the clock of the zone.
pub fn hour_of_week(at_us: i64, zone: Tz) -> (u8, u8) {
    let local = local(at_us, zone);
    (local.weekday().number_from_monday() as u8, local.hour() as u8)
}

/// The date in the zone.
pub fn date(at_us: i64, zone: Tz) -> NaiveDate {
    local(at_us, zone).date_naive()
}

fn local(at_us: i64, zone: Tz) -> DateTime<Tz> {
    crate::clock::from_micros(at_us).with_timezone(&zone)
}

/// When the business is open.
pub(super) struct OpeningHours<'b> {
    business: &'b Business,
    zone: Tz,
    /// The day looked at last, where its clocks are not changed: its date, start and end, microseconds UTC.
    last: std::cell::Cell<Option<(NaiveDate, i64, i64)>>,
}

/// Beyond this, hours are no longer counted day by day.
const MOST_DAYS: i64 = 20_000;
const US: i64 = 1_000_000;

impl<'b> OpeningHours<'b> {
    pub fn new(business: &'b Business, zone: Tz) -> OpeningHours<'b> {
        OpeningHours { business, zone, last: std::cell::Cell::new(None) }
    }

    fn spans(&self, day: NaiveDate) -> &[(u16, u16)] {
        if self.business.holidays.contains(&day) {
            return &[];
        }
        &self.business.hours[day.weekday().num_days_from_monday() as usize]
    }

    fn bounds(&self, day: NaiveDate) -> (i64, i64) {
        if let Some((known, from, to)) = self.last.get()
            && known == day
        {
            return (from, to);
        }
        let next = day.succ_opt().unwrap_or(day);
        let bounds = (start(day, self.zone).timestamp_micros(), start(next, self.zone).timestamp_micros());
        self.last.set(Some((day, bounds.0, bounds.1)));
        bounds
    }

    /// Whole seconds between two instants (microseconds, UTC) in which the business was open: on a day that is no
    /// holiday, while the clock on the wall lay within its hours.
    pub fn open_between(&self, from: i64, to: i64) -> i64 {
        if to <= from {
            return 0;
        }
        let (mut day, last) = (date(from, self.zone), date(to, self.zone));
        if (last - day).num_days() > MOST_DAYS {
            return (to - from) / US;
        }
        let mut open = 0;
        while day <= last {
            if !self.spans(day).is_empty() {
                open += self.open_on(day, from, to);
            }
            let Some(next) = day.succ_opt() else { break };
            day = next;
        }
        open / US
    }

    /// Microseconds of one day.
    fn open_on(&self, day: NaiveDate, from: i64, to: i64) -> i64 {
        const MINUTE: i64 = 60 * US;
        let (begins, ends) = self.bounds(day);
        let within = |a: i64, b: i64| (b.min(to) - a.max(from)).max(0);
        if ends - begins == 24 * 60 * MINUTE && self.offset(begins) == self.offset(ends - 1) {
            let span = |(open, close): &(u16, u16)| {
                within(begins + i64::from(*open) * MINUTE, begins + i64::from(*close) * MINUTE)
            };
            return self.spans(day).iter().map(span).sum();
        }
        // Clocks are changed on this day: minute by minute, as the clock on the wall shows it.
        let mut open = 0;
        let mut at = begins;
        while at < ends {
            let wall = local(at, self.zone);
            let minute = (wall.hour() * 60 + wall.minute()) as u16;
            if self.spans(day).iter().any(|(open, close)| (*open..*close).contains(&minute)) {
                open += within(at, (at + MINUTE).min(ends));
            }
            at += MINUTE;
        }
        open
    }

    fn offset(&self, at_us: i64) -> i32 {
        self.zone.offset_from_utc_datetime(&crate::clock::from_micros(at_us).naive_utc()).fix().local_minus_utc()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn us(text: &str) -> i64 {
        text.parse::<DateTime<Utc>>().unwrap().timestamp_micros()
    }

    #[test]
    fn days_begin_where_the_date_changes() {
        let starts = |text: &str, zone: Tz| start(day(text), zone).to_rfc3339();
        assert_eq!(starts("2026-03-08", Tz::NEW_YORK), "2026-03-08T05:00:00+00:00");
        assert_eq!(starts("2026-03-09", Tz::NEW_YORK), "2026-03-09T04:00:00+00:00");
        // Brazil went from 23:59:59 to 01:00 in 2018; Samoa had no 30 December 2011.
        assert_eq!(starts("2018-11-04", "America/Sao_Paulo".parse::<Tz>().unwrap()), "2018-11-04T03:00:00+00:00");
        assert_eq!(starts("2011-12-30", "Pacific/Apia".parse::<Tz>().unwrap()), "2011-12-30T10:00:00+00:00");
        assert_eq!(starts("2011-12-31", "Pacific/Apia".parse::<Tz>().unwrap()), "2011-12-30T10:00:00+00:00");
    }

    #[test]
    fn hours_are_those_on_the_wall() {
        let mut business = Business::default();
        let hours = OpeningHours::new(&business, Tz::NEW_YORK);
        // Friday 16:50 to Monday 9:10, over the night on which clocks go forward.
        assert_eq!(hours.open_between(us("2026-03-06T21:50:00Z"), us("2026-03-09T13:10:00Z")), 1200);
        assert_eq!(hours.open_between(us("2026-03-07T12:00:00Z"), us("2026-03-08T12:00:00Z")), 0);
        business.hours[6] = vec![(60, 180)];
        let hours = OpeningHours::new(&business, Tz::NEW_YORK);
        // On 8 March there is no 2 o'clock; on 1 November there is one o'clock twice.
        assert_eq!(hours.open_between(us("2026-03-08T00:00:00Z"), us("2026-03-08T23:00:00Z")), 3600);
        assert_eq!(hours.open_between(us("2026-11-01T00:00:00Z"), us("2026-11-01T23:00:00Z")), 3 * 3600);
    }
}
