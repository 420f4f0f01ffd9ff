//! The key figures of a report, and the lines that add up.

use chrono::{Datelike, NaiveDate, Weekday};

use super::measure::Measure as M;
use super::model::{Cell, Headline, Period, Point, Sum, SumPart};
use super::tables::{Book, RowFilter, days_of};
use super::tally::Stats;

/// The key figures.
pub(super) fn headlines(book: &Book<'_>, period: &Period) -> Vec<Headline> {
    let head = |key: &str, label: &str, cell: Cell, good: &str, of: &dyn Fn(&[&Stats]) -> Option<f64>| Headline {
        key: key.into(),
        label: label.into(),
        cell,
        good: good.into(),
        better: None,
        series: series(book, period, of),
    };
    let sum =
        |measure: M| move |parts: &[&Stats]| Some(parts.iter().filter_map(|part| part.value(measure)).sum::<f64>());
    let answered = |parts: &[&Stats]| {
        let of = |measure| parts.iter().map(|part| part.rows(measure)).sum::<i64>() as f64;
        (of(M::Answerable) > 0.0).then(|| 100.0 * of(M::Answered) / of(M::Answerable))
    };
    let speed = |parts: &[&Stats]| Stats::median_of(parts.iter().copied(), M::Speed);
    vec![
        head("new_leads", "New leads", book.cell(M::NewLeads, RowFilter::All), "up", &sum(M::NewLeads)),
        head("answered", "Calls answered", book.percent(M::Answered, M::Answerable, RowFilter::All), "up", &answered),
        head("speed", "First answer, median", book.cell(M::Speed, RowFilter::All), "down", &speed),
        head("booked", "Outcome booked", book.cell(M::Booked, RowFilter::All), "up", &sum(M::Booked)),
        head("revenue", "Revenue", book.cell(M::Earned, RowFilter::All), "up", &sum(M::Earned)),
    ]
}

/// By day up to 45 days, by week up to 190, else by month.
fn series(book: &Book<'_>, period: &Period, of: &dyn Fn(&[&Stats]) -> Option<f64>) -> Vec<Point> {
    let length = (period.to - period.from).num_days() + 1;
    let mut points: Vec<(NaiveDate, Vec<&Stats>)> = Vec::new();
    for day in days_of(period) {
        let begins = points.is_empty()
            || length <= 45
            || (length <= 190 && day.weekday() == Weekday::Mon)
            || (length > 190 && day.day() == 1);
        if begins {
            points.push((day, Vec::new()));
        }
        if let (Some(last), Some(stats)) = (points.last_mut(), book.now.day(day)) {
            last.1.push(stats);
        }
    }
    points.into_iter().map(|(day, parts)| Point { day, value: of(&parts) }).collect()
}

/// The lines that add up.
pub(super) fn sums(book: &Book<'_>) -> Vec<Sum> {
    let sum = |key: &str, label: &str, total: M, parts: &[(&str, M)]| Sum {
        key: key.into(),
        label: label.into(),
        total: book.cell(total, RowFilter::All),
        parts: parts
            .iter()
            .map(|(label, measure)| SumPart { label: (*label).into(), cell: book.cell(*measure, RowFilter::All) })
            .collect(),
    };
    vec![
        sum(
            "leads",
            "people heard from first",
            M::Heard,
            &[("new leads", M::NewLeads), ("spam", M::HeardSpam), ("test", M::HeardTest)],
        ),
        sum("asked", "new leads", M::NewLeads, &[("asked", M::Asked), ("we reached out first", M::ReachedOutFirst)]),
        sum(
            "calls",
            "calls told",
            M::CallsTold,
            &[
                ("counted", M::Calls),
                ("spam", M::CallsSpam),
                ("test", M::CallsTest),
                ("told again by another service", M::CallsAgain),
            ],
        ),
        sum("directions", "calls", M::Calls, &[("inbound", M::CallsIn), ("outbound", M::CallsOut)]),
        sum(
            "inbound",
            "inbound calls",
            M::CallsIn,
            &[
                ("answered", M::Answered),
                ("missed", M::Missed),
                ("abandoned", M::Abandoned),
                ("voicemail", M::Voicemail),
                ("not over", M::CallsOpen),
                ("not told how", M::CallsOther),
            ],
        ),
        sum(
            "missed",
            "missed in the end",
            M::MissedReally,
            &[
                ("returned within the hour", M::ReturnedHour),
                ("returned later", M::ReturnedLater),
                ("never returned", M::ReturnedNever),
            ],
        ),
        sum(
            "texts",
            "texts told",
            M::TextsTold,
            &[("counted", M::Texts), ("spam", M::TextsSpam), ("test", M::TextsTest)],
        ),
        sum(
            "forms",
            "forms told",
            M::FormsTold,
            &[("counted", M::Forms), ("spam", M::FormsSpam), ("test", M::FormsTest)],
        ),
    ]
}
