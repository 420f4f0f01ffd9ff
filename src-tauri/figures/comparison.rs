//! Which days come before others: a calendar month is compared with the calendar month before it, never with as many days,
//! which begin on the 2nd. Pure; days of any zone.

use chrono::{Datelike, Days, Months, NaiveDate};
use strum::{EnumString, IntoStaticStr, VariantArray, VariantNames};

/// What days are a part of. Where nobody says, the days themselves tell (see `before`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, EnumString, IntoStaticStr, VariantArray, VariantNames)]
#[strum(serialize_all = "lowercase")]
#[allow(missing_docs)] // the words explain themselves
pub enum CalendarUnit {
    Week,
    Month,
    Quarter,
    Year,
}

impl CalendarUnit {
    /// The word in requests and in sentences.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    fn months(self) -> u32 {
        match self {
            CalendarUnit::Week => 0,
            CalendarUnit::Month => 1,
            CalendarUnit::Quarter => 3,
            CalendarUnit::Year => 12,
        }
    }

    /// The last day of the unit that begins on `from`; `None` where none begins there.
    fn end(self, from: NaiveDate) -> Option<NaiveDate> {
        let begins = match self {
            CalendarUnit::Week => from.weekday().num_days_from_monday() == 0,
            CalendarUnit::Month => from.day() == 1,
            CalendarUnit::Quarter => from.day() == 1 && from.month0().is_multiple_of(3),
            CalendarUnit::Year => from.day() == 1 && from.month() == 1,
        };
        match self {
            _ if !begins => None,
            CalendarUnit::Week => from.checked_add_days(Days::new(6)),
            unit => from.checked_add_months(Months::new(unit.months()))?.pred_opt(),
        }
    }
}

/// Days that others are compared with, and what they are in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// The first day.
    pub from: NaiveDate,
    /// The last day: it counts whole.
    pub to: NaiveDate,
    /// What they are: `the month before`, `the same days of the month before`, `the 12 days before`.
    pub words: String,
}

/// The period before. Whole calendar months (so also quarters and years) go with as many whole months before them; a month,
/// quarter or year up to a day with the same days of the one before (the last day where that one is shorter); anything else
/// with as many days right before it. `unit` decides where days can be read in two ways: 1 January to 10 January.
pub fn before(from: NaiveDate, to: NaiveDate, unit: Option<CalendarUnit>) -> Option<Earlier> {
    if let Some(months) = whole_months(from, to) {
        let words = match (months, from.month0()) {
            (1, _) => "the month before".to_string(),
            (3, month) if month % 3 == 0 => "the quarter before".into(),
            (12, 0) => "the year before".into(),
            (n, _) => format!("the {n} months before"),
        };
        return Some(Earlier { from: from.checked_sub_months(Months::new(months))?, to: from.pred_opt()?, words });
    }
    // The smallest unit that begins with the first day and is not over on the last. A Monday is seldom meant as a week.
    let fits = |unit: &CalendarUnit| unit.end(from).is_some_and(|end| to <= end);
    let guessed =
        <CalendarUnit as VariantArray>::VARIANTS.iter().copied().filter(|unit| *unit > CalendarUnit::Week).find(fits);
    match unit.filter(fits).or(guessed) {
        Some(CalendarUnit::Week) => {
            let back = |day: NaiveDate| day.checked_sub_days(Days::new(7));
            let whole = CalendarUnit::Week.end(from) == Some(to);
            let words = if whole { "the week before" } else { "the same days of the week before" };
            Some(Earlier { from: back(from)?, to: back(to)?, words: words.into() })
        }
        Some(unit) => {
            // Of 31 March, the last of February: counted from the first day, so that none is left out twice.
            let back = |day: NaiveDate| day.checked_sub_months(Months::new(unit.months()));
            let words = format!("the same days of the {} before", unit.as_str());
            Some(Earlier { from: back(from)?, to: back(to)?, words })
        }
        None => {
            let days = u64::try_from((to - from).num_days() + 1).ok()?;
            let words = if days == 1 { "the day before".into() } else { format!("the {days} days before") };
            Some(Earlier { from: from.checked_sub_days(Days::new(days))?, to: from.pred_opt()?, words })
        }
    }
}

/// The same dates a year earlier; of 29 February, the 28th, and of a whole February all of it.
pub fn a_year_before(from: NaiveDate, to: NaiveDate) -> Option<Earlier> {
    let back = |day: NaiveDate| day.checked_sub_months(Months::new(12));
    let mut end = back(to)?;
    if whole_months(from, to).is_some() {
        end = last_of_month(end)?;
    }
    Some(Earlier { from: back(from)?, to: end, words: "the same days a year earlier".into() })
}

/// How many calendar months these days are, where they are whole ones.
fn whole_months(from: NaiveDate, to: NaiveDate) -> Option<u32> {
    if from.day() != 1 || last_of_month(to)? != to {
        return None;
    }
    let months = (to.year() - from.year()) * 12 + to.month0() as i32 - from.month0() as i32 + 1;
    u32::try_from(months).ok().filter(|months| *months > 0)
}

fn last_of_month(day: NaiveDate) -> Option<NaiveDate> {
    day.with_day(1)?.checked_add_months(Months::new(1))?.pred_opt()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn said(earlier: Option<Earlier>) -> String {
        let it = earlier.unwrap();
        format!("{} {} {}", it.from, it.to, it.words)
    }

    fn of(from: &str, to: &str) -> String {
        said(before(day(from), day(to), None))
    }

    #[test]
    fn a_whole_month_goes_with_the_whole_month_before_it() {
        assert_eq!(of("2026-11-01", "2026-11-30"), "2026-10-01 2026-10-31 the month before");
        assert_eq!(of("2026-03-01", "2026-03-31"), "2026-02-01 2026-02-28 the month before");
        assert_eq!(of("2024-03-01", "2024-03-31"), "2024-02-01 2024-02-29 the month before");
        assert_eq!(of("2026-01-01", "2026-01-31"), "2025-12-01 2025-12-31 the month before");
        assert_eq!(of("2026-02-01", "2026-03-31"), "2025-12-01 2026-01-31 the 2 months before");
    }

    #[test]
    fn a_quarter_and_a_year_go_with_the_one_before() {
        assert_eq!(of("2026-01-01", "2026-03-31"), "2025-10-01 2025-12-31 the quarter before");
        assert_eq!(of("2026-02-01", "2026-04-30"), "2025-11-01 2026-01-31 the 3 months before");
        assert_eq!(of("2024-01-01", "2024-12-31"), "2023-01-01 2023-12-31 the year before");
        assert_eq!(of("2026-04-01", "2027-03-31"), "2025-04-01 2026-03-31 the 12 months before");
    }

    #[test]
    fn what_is_not_over_goes_with_the_same_days() {
        assert_eq!(of("2026-11-01", "2026-11-12"), "2026-10-01 2026-10-12 the same days of the month before");
        assert_eq!(of("2026-03-01", "2026-03-30"), "2026-02-01 2026-02-28 the same days of the month before");
        assert_eq!(of("2026-05-01", "2026-05-01"), "2026-04-01 2026-04-01 the same days of the month before");
        assert_eq!(of("2026-04-01", "2026-05-20"), "2026-01-01 2026-02-20 the same days of the quarter before");
        assert_eq!(of("2026-01-01", "2026-08-20"), "2025-01-01 2025-08-20 the same days of the year before");
    }

    #[test]
    fn a_word_decides_where_days_can_be_read_in_two_ways() {
        let as_a = |unit, from, to| said(before(day(from), day(to), Some(unit)));
        let january = ("2026-01-01", "2026-01-10");
        assert_eq!(
            as_a(CalendarUnit::Quarter, january.0, january.1),
            "2025-10-01 2025-10-10 the same days of the quarter before"
        );
        assert_eq!(
            as_a(CalendarUnit::Year, january.0, january.1),
            "2025-01-01 2025-01-10 the same days of the year before"
        );
        assert_eq!(
            as_a(CalendarUnit::Week, "2026-11-23", "2026-11-25"),
            "2026-11-16 2026-11-18 the same days of the week before"
        );
        // A word that does not fit decides nothing.
        assert_eq!(as_a(CalendarUnit::Year, "2026-11-24", "2026-11-25"), "2026-11-22 2026-11-23 the 2 days before");
    }

    #[test]
    fn anything_else_goes_with_as_many_days() {
        assert_eq!(of("2026-11-23", "2026-11-29"), "2026-11-16 2026-11-22 the 7 days before");
        assert_eq!(of("2026-11-10", "2026-12-09"), "2026-10-11 2026-11-09 the 30 days before");
        assert_eq!(of("2026-11-10", "2026-11-10"), "2026-11-09 2026-11-09 the day before");
        assert_eq!(before(NaiveDate::MIN, NaiveDate::MIN, None), None);
    }

    #[test]
    fn a_year_earlier_a_whole_month_is_still_whole() {
        let of = |from, to| said(a_year_before(day(from), day(to)));
        assert_eq!(of("2025-02-01", "2025-02-28"), "2024-02-01 2024-02-29 the same days a year earlier");
        assert_eq!(of("2024-02-29", "2024-02-29"), "2023-02-28 2023-02-28 the same days a year earlier");
        assert_eq!(of("2026-11-01", "2026-11-12"), "2025-11-01 2025-11-12 the same days a year earlier");
    }
}
