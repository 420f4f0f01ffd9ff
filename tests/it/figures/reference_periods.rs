//! Which days a period is compared with, worked out from the words of docs/figures.md.

use chrono::{Datelike, Days, Months, NaiveDate};

/// Whole months go with as many whole months, a month, quarter or year up to a day with the same days, other days with as many.
pub(super) fn days_before(from: NaiveDate, to: NaiveDate) -> (NaiveDate, NaiveDate) {
    let next = to + Days::new(1);
    if from.day() == 1 && next.day() == 1 {
        let months = (1..).find(|months| from + Months::new(*months) == next).unwrap();
        return (from - Months::new(months), from - Days::new(1));
    }
    for months in [1, 3, 12] {
        let begins = from.day() == 1 && from.month0().is_multiple_of(months);
        if begins && next < from + Months::new(months) {
            return (from - Months::new(months), to - Months::new(months));
        }
    }
    let days = Days::new((to - from).num_days() as u64 + 1);
    (from - days, to - days)
}

pub(super) fn a_year_before(from: NaiveDate, to: NaiveDate) -> NaiveDate {
    let next = to + Days::new(1);
    if from.day() == 1 && next.day() == 1 { next - Months::new(12) - Days::new(1) } else { to - Months::new(12) }
}
