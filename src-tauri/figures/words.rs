//! How figures, times and names are written for people. Figures are written here alone: a report carries the words of
//! each of its cells ([`write()`]), and the window and every file show those.

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};

use super::dimension::Dimension;
use super::model::{Cell, Filters, Manifest, Period, ReadableRow, Report, Row, RowText, Unit};
use super::tables::parse_figure;
use crate::domain::money::{grouped, money};
use crate::domain::phone;
use crate::zone::Tz;

/// What stands where there is nothing to work a figure out from.
pub const NOTHING: &str = "–";
/// From Monday on.
pub const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
/// What a lead is called that was erased.
pub const ERASED: &str = "Erased person";
/// What a lead is called that nobody named.
pub const NAMELESS: &str = "No name yet";

/// `1,284`
pub fn count(n: i64) -> String {
    format!("{}{}", if n < 0 { "−" } else { "" }, grouped(n.unsigned_abs()))
}

/// `1 call`, `3 calls`, `2 people`
pub fn plural(n: i64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// An hour of the week, `1T14`, for people: `Monday, 14:00 to 15:00`.
pub fn hour_of_week(value: &str) -> String {
    match weekday_and_hour(value) {
        Some((day, hour)) => format!("{day}, {hour:02}:00 to {:02}:00", hour + 1),
        None => value.to_string(),
    }
}

/// The name of the weekday and the hour that an hour of the week is of.
pub fn weekday_and_hour(value: &str) -> Option<(&'static str, u8)> {
    let (day, hour) = value.split_once('T')?;
    let day = WEEKDAYS.get(day.parse::<usize>().ok()?.checked_sub(1)?)?;
    Some((day, hour.parse().ok().filter(|hour| *hour < 24)?))
}

/// `83%`; below ten with one decimal where it has one: `4.5%`.
pub fn percent(value: f64) -> String {
    let tenths = (value * 10.0).round() / 10.0;
    if tenths.abs() < 10.0 && tenths.fract().abs() > 0.04 {
        format!("{tenths:.1}%")
    } else {
        format!("{:.0}%", value.round())
    }
}

/// Waiting and lasting: `40 s`, `4 min`, `4 h 45 min`, `3 days 4 h`, `40 days`, `8 years 9 months`. Never rounded up: 4:59 is not 5 minutes.
pub fn lasting(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    if seconds < 60 {
        format!("{seconds} s")
    } else if minutes < 60 {
        format!("{minutes} min")
    } else if hours < 24 {
        if minutes % 60 == 0 { format!("{hours} h") } else { format!("{hours} h {} min", minutes % 60) }
    } else {
        let days = hours / 24;
        if hours % 24 > 0 && days < 7 {
            format!("{} {} h", plural(days, "day", "days"), hours % 24)
        } else {
            days_lasting(days)
        }
    }
}

/// `40 days`, `8 years 9 months`. A length begins on no day of the calendar: a year has 365¼ days, a month a twelfth of it.
fn days_lasting(days: i64) -> String {
    const YEAR: f64 = 365.25;
    const MONTH: f64 = 30.44;
    if days as f64 <= YEAR {
        return plural(days, "day", "days");
    }
    let years = (days as f64 / YEAR) as i64;
    let months = (((days as f64 - years as f64 * YEAR) / MONTH) as i64).min(11);
    let years = plural(years, "year", "years");
    if months > 0 { format!("{years} {}", plural(months, "month", "months")) } else { years }
}

/// Audio: `0:13`, `4:05`, `1:02:09`.
pub fn clock(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{rest:02}") } else { format!("{minutes}:{rest:02}") }
}

/// `26 Mar 2026`
pub fn day(day: NaiveDate) -> String {
    format!("{} {} {}", day.day(), day.format("%b"), day.year())
}

/// `26 Mar 2026, 09:14`, in the zone.
pub fn moment(at: DateTime<Utc>, zone: Tz) -> String {
    let at = at.with_timezone(&zone);
    format!("{}, {:02}:{:02}", day(at.date_naive()), at.hour(), at.minute())
}

/// `1 to 25 Mar 2026`, `4 Feb to 25 Mar 2026`, `26 Mar 2026`.
pub fn days(from: NaiveDate, to: NaiveDate) -> String {
    if from == to {
        day(to)
    } else if (from.year(), from.month()) == (to.year(), to.month()) {
        format!("{} to {}", from.day(), day(to))
    } else if from.year() == to.year() {
        format!("{} {} to {}", from.day(), from.format("%b"), day(to))
    } else {
        format!("{} to {}", day(from), day(to))
    }
}

/// As [`days`].
pub fn period(period: &Period) -> String {
    days(period.from, period.to)
}

/// `the month before, 1 to 31 Oct 2026`; `None` where it is compared with nothing.
pub fn compared(manifest: &Manifest) -> Option<String> {
    let days = period(manifest.compared.as_ref()?);
    Some(match &manifest.compared_words {
        Some(words) => format!("{words}, {days}"),
        None => days,
    })
}

/// `New York time (EDT)`; `UTC`.
pub fn zone(zone: Tz, at: DateTime<Utc>) -> String {
    let name = zone.name();
    let Some((_, place)) = name.rsplit_once('/') else { return name.to_owned() };
    if name.starts_with("Etc/") {
        return place.to_owned();
    }
    let place = place.replace('_', " ");
    match at.with_timezone(&zone).offset().abbreviation() {
        Some(short) => format!("{place} time ({short})"),
        None => format!("{place} time"),
    }
}

/// The zone of a report. An unknown name reads as UTC: `reports` itself only ever writes known ones.
pub fn zone_of(manifest: &Manifest) -> Tz {
    manifest.time_zone.parse().unwrap_or(Tz::UTC)
}

/// Writes the words of every cell of a report.
pub fn write(report: &mut Report) {
    let currency = report.manifest.currency.clone();
    for line in &mut report.headlines {
        cell(&mut line.cell, &currency);
        line.better = better(&line.cell, &line.good, &currency);
    }
    for sum in &mut report.sums {
        cell(&mut sum.total, &currency);
        sum.parts.iter_mut().for_each(|part| cell(&mut part.cell, &currency));
    }
    for table in report.sections.iter_mut().flat_map(|section| &mut section.tables) {
        for row in table.rows.iter_mut().chain(&mut table.total) {
            row.text = row.cells.first().and_then(|cell| of(cell, Dimension::Day)?.parse().ok()).map(day);
            row.cells.iter_mut().for_each(|one| cell(one, &currency));
        }
    }
}

fn cell(cell: &mut Cell, currency: &str) {
    cell.text = value(cell.value, cell.unit, currency);
    cell.was_text = cell.was.map(|was| value(Some(was), cell.unit, currency));
    cell.change = change(cell, currency);
    cell.hour = of(cell, Dimension::Hour).map(hour_of_week);
}

/// The value of a dimension that a cell's rows are told apart by.
fn of(cell: &Cell, dimension: Dimension) -> Option<&str> {
    parse_figure(&cell.figure)?.1.filter(|(by, _)| *by == dimension).map(|(_, value)| value)
}

/// A row with its words.
pub fn readable(row: Row, zone: Tz, currency: &str) -> ReadableRow {
    ReadableRow { text: row_text(&row, zone, currency), row }
}

/// What of a row is no word of somebody else's.
pub fn row_text(row: &Row, zone: Tz, currency: &str) -> RowText {
    let amount = |cents: Option<i64>| cents.map(|cents| money(cents, currency));
    RowText {
        at: moment(row.at, zone),
        phone: row.phone.as_deref().map(phone::shown),
        duration: row.duration_s.map(clock),
        waited: row.waited_s.map(lasting),
        waited_open: row.waited_open_s.map(lasting),
        estimated: amount(row.estimated_cents),
        actual: amount(row.actual_cents),
        revenue: amount(row.revenue_cents),
    }
}

/// A value in words: `214`, `$68,400`, `6 min`, `83%`, or `–`.
pub fn value(value: Option<f64>, unit: Unit, currency: &str) -> String {
    let Some(value) = value.filter(|value| value.is_finite()) else { return NOTHING.into() };
    match unit {
        Unit::Count => count(whole(value)),
        Unit::Cents => money(whole(value), currency),
        Unit::Seconds => lasting(value as i64),
        Unit::Percent => percent(value),
    }
}

fn whole(value: f64) -> i64 {
    value.round() as i64
}

/// What stands where a figure did not move, or by too little to be written.
const UNMOVED: &str = "no change";

/// How a figure moved against the period it is compared with: `+12%`, `+4 pts`, `−3 min`, `+7`, `no change`; `None` where
/// it is compared with nothing.
///
/// Money, and counts from a hundred up, move in per cent; smaller counts in things, since "+50%" of two says little.
fn change(cell: &Cell, currency: &str) -> Option<String> {
    Some(match moved(cell, currency)? {
        Moved::Not => UNMOVED.into(),
        Moved::Up(by) => format!("+{by}"),
        Moved::Down(by) => format!("−{by}"),
    })
}

/// Which way a figure moved, and by how much, as people read it.
enum Moved {
    /// By too little to be written, or not at all.
    Not,
    Up(String),
    Down(String),
}

fn moved(cell: &Cell, currency: &str) -> Option<Moved> {
    let (was, now) = (cell.was?, cell.value?);
    let by = now - was;
    let size = match cell.unit {
        Unit::Count if was.abs() >= 100.0 => percent((by / was * 100.0).abs()),
        Unit::Count => count(whole(by.abs())),
        Unit::Cents if was != 0.0 => percent((by / was * 100.0).abs()),
        Unit::Cents => money(whole(by.abs()), currency),
        Unit::Seconds => lasting(by.abs() as i64),
        Unit::Percent => {
            let points = percent(by.abs());
            let points = points.trim_end_matches('%');
            format!("{points} {}", if points == "1" { "pt" } else { "pts" })
        }
    };
    // What is written as nothing is none.
    if !size.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) {
        return Some(Moved::Not);
    }
    Some(if by < 0.0 { Moved::Down(size) } else { Moved::Up(size) })
}

/// Whether a figure moved to the better. `good` is `up` or `down`: which way that is.
fn better(cell: &Cell, good: &str, currency: &str) -> Option<bool> {
    let up = match moved(cell, currency)? {
        Moved::Not => return None,
        Moved::Up(_) => true,
        Moved::Down(_) => false,
    };
    match good {
        "up" => Some(up),
        "down" => Some(!up),
        _ => None,
    }
}

/// `do_not_contact` → `Do not contact`
pub fn of_key(key: &str) -> String {
    let words = key.replace(['_', '-'], " ");
    let mut letters = words.trim().chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// How far a call came, for people; as [`of_key`] where nobody named it.
pub fn call_state(state: &str) -> String {
    match state {
        "in_progress" => "On the line".into(),
        "abandoned" => "Hung up before an answer".into(),
        "failed" => "Could not connect".into(),
        other => of_key(other),
    }
}

/// `Varda`, `Varda and Meera`, `Varda, Meera and CallRail`
pub fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// Which leads count, a line a filter; one line where all do.
pub fn filters(filters: &Filters) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(name) = filters.source_name.clone().or_else(|| filters.source.map(|id| format!("number {id}"))) {
        lines.push(format!("Source: {name}"));
    }
    for (word, value) in [("Campaign", &filters.campaign), ("Rep", &filters.rep), ("Tag", &filters.tag)] {
        if let Some(value) = value {
            lines.push(format!("{word}: {value}"));
        }
    }
    if let Some(stage) = &filters.stage {
        lines.push(format!("Stage: {}", of_key(stage)));
    }
    if lines.is_empty() {
        lines.push("All sources, campaigns, reps, tags and stages".into());
    }
    lines
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn numbers_and_money() {
        assert_eq!(count(1_284), "1,284");
        assert_eq!(count(-1_000_000), "−1,000,000");
        assert_eq!(count(i64::MIN), "−9,223,372,036,854,775,808");
        assert_eq!(percent(82.6), "83%");
        assert_eq!(percent(4.46), "4.5%");
        assert_eq!(percent(9.98), "10%");
    }

    #[test]
    fn times() {
        let cases = [
            (40, "40 s"),
            (299, "4 min"),
            (17_100, "4 h 45 min"),
            (7_200, "2 h"),
            (90_000, "1 day 1 h"),
            (40 * 86_400, "40 days"),
            (365 * 86_400, "365 days"),
            (366 * 86_400, "1 year"),
            (3_205 * 86_400, "8 years 9 months"),
        ];
        for (seconds, words) in cases {
            assert_eq!(lasting(seconds), words);
        }
        assert_eq!((clock(13), clock(245), clock(3_729)), ("0:13".into(), "4:05".into(), "1:02:09".into()));
        let at = "2026-03-26T13:14:00Z".parse().unwrap();
        assert_eq!(moment(at, Tz::NEW_YORK), "26 Mar 2026, 09:14");
        assert_eq!(zone(Tz::NEW_YORK, at), "New York time (EDT)");
        assert_eq!(zone("Asia/Kathmandu".parse::<Tz>().unwrap(), at), "Kathmandu time");
        assert_eq!(zone(Tz::UTC, at), "UTC");
        let on = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(days(on("2026-03-01"), on("2026-03-25")), "1 to 25 Mar 2026");
        assert_eq!(days(on("2026-02-04"), on("2026-03-25")), "4 Feb to 25 Mar 2026");
        assert_eq!(days(on("2025-12-29"), on("2026-01-04")), "29 Dec 2025 to 4 Jan 2026");
    }

    #[test]
    fn how_figures_move() {
        let say = |unit, value, was, good| {
            let mut figure = Cell {
                value,
                text: String::new(),
                unit,
                rows: 0,
                of: None,
                figure: String::new(),
                of_figure: None,
                was,
                was_rows: None,
                was_text: None,
                change: None,
                hour: None,
                touches: None,
            };
            cell(&mut figure, "USD");
            let better = better(&figure, good, "USD");
            (figure.change, figure.was_text, better)
        };
        let told = |change: &str, was: &str, better| (Some(change.into()), Some(was.into()), better);
        assert_eq!(say(Unit::Count, Some(214.0), Some(191.0), "up"), told("+12%", "191", Some(true)));
        assert_eq!(say(Unit::Count, Some(41.0), Some(34.0), "up"), told("+7", "34", Some(true)));
        assert_eq!(say(Unit::Percent, Some(83.0), Some(79.0), "up"), told("+4 pts", "79%", Some(true)));
        assert_eq!(say(Unit::Seconds, Some(360.0), Some(540.0), "down"), told("−3 min", "9 min", Some(true)));
        assert_eq!(say(Unit::Cents, Some(6_840_000.0), Some(7_200_000.0), "up"), told("−5%", "$72,000", Some(false)));
        assert_eq!(say(Unit::Count, Some(5.0), Some(5.0), "up"), told("no change", "5", None));
        for unit in [Unit::Count, Unit::Cents, Unit::Seconds, Unit::Percent] {
            let (change, _, better) = say(unit, Some(0.0), Some(0.0), "up");
            assert_eq!((change.as_deref(), better), (Some("no change"), None), "{unit:?}");
        }
        let hardly = say(Unit::Cents, Some(100_001.0), Some(100_000.0), "up");
        assert_eq!(hardly, told("no change", "$1,000", None), "what is written as nothing is no good news");
        assert_eq!(say(Unit::Count, Some(5.0), None, "up"), (None, None, None));
        assert_eq!(say(Unit::Seconds, None, Some(60.0), "down"), (None, Some("1 min".into()), None));
    }

    #[test]
    fn words_of_keys() {
        assert_eq!(of_key("do_not_contact"), "Do not contact");
    }
}
