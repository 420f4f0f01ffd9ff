//! A report made by hand, for tests and for looking at shapes: a month of a small business, counted from its rows by plain
//! loops, so that figures and rows agree. No part of the program.

mod rows;
mod sections;

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, NaiveDate, TimeZone, Utc};
use leadtrail::figures::measure::Measure;
use leadtrail::figures::model::*;
use leadtrail::zone::Tz;

use rows::rows;
use sections::{cell, sections, share};

/// The zone of the business.
pub const ZONE: Tz = Tz::NEW_YORK;

/// What a sender may write to harm whoever opens a file.
pub const HOSTILE: [&str; 14] = [
    "=HYPERLINK(\"http://evil.example\",\"Click\")",
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1+1)",
    "\tTabbed",
    "\rReturned",
    "'apostrophe",
    "He said \"no\", twice; then\r\nwent",
    "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "</script><!-- ]]> --> & &amp; {{x}}",
    "nul\u{0}bell\u{7}escape\u{1b}odd\u{fffe}",
    "שלום مرحبا 日本語 🦄 e\u{301}",
    "\u{202e}txt.exe",
    "''=1",
];

/// A month of a small business.
pub fn month() -> (Report, Vec<Row>) {
    let rows = rows(220, false);
    (report(&rows, false), rows)
}

/// The same, with harm in every text a sender or the owner can write.
pub fn hostile() -> (Report, Vec<Row>) {
    let rows = rows(60, true);
    (report(&rows, true), rows)
}

/// A month in which nothing happened.
pub fn empty() -> (Report, Vec<Row>) {
    (report(&[], false), Vec::new())
}

/// So many leads, for sizes.
pub fn many(leads: usize) -> (Report, Vec<Row>) {
    let rows = rows(leads, false);
    (report(&rows, false), rows)
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap_or_default()
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    let local = day.and_time(chrono::NaiveTime::MIN);
    ZONE.from_local_datetime(&local).earliest().map(|at| at.to_utc()).unwrap_or_default()
}

fn headline(rows: &[Row], key: &str, label: &str, measure: Measure, good: &str) -> Headline {
    let series = (0..31)
        .map(|n| {
            let day = day("2026-03-01") + Duration::days(n);
            Point { day, value: cell(rows, measure, Some(("day", &day.to_string()))).value }
        })
        .collect();
    Headline {
        key: key.into(),
        label: label.into(),
        cell: cell(rows, measure, None),
        good: good.into(),
        better: None,
        series,
    }
}

fn sum(rows: &[Row], key: &str, label: &str, total: Measure, parts: &[(&str, Measure)]) -> Sum {
    Sum {
        key: key.into(),
        label: label.into(),
        total: cell(rows, total, None),
        parts: parts
            .iter()
            .map(|(label, measure)| SumPart { label: (*label).into(), cell: cell(rows, *measure, None) })
            .collect(),
    }
}

fn changed(row: &Row, what: &str) -> ChangedRow {
    ChangedRow { what: what.into(), text: leadtrail::figures::words::row_text(row, ZONE, "USD"), row: row.clone() }
}

fn report(rows: &[Row], hostile: bool) -> Report {
    use Measure as M;
    let period = |from: &str, to: &str| Period {
        from: day(from),
        to: day(to),
        starts_at: midnight(day(from)),
        ends_at: midnight(day(to) + Duration::days(1)),
    };
    let made_at = midnight(day("2026-04-01")) + Duration::hours(7);
    let mut kinds: BTreeMap<String, i64> = BTreeMap::new();
    for row in rows {
        *kinds.entry(row.kind.clone()).or_default() += 1;
    }
    let answered = share(cell(rows, M::Answered, None), &cell(rows, M::Answerable, None));
    let mut answered_line = headline(rows, "answered", "Calls answered", M::Answered, "up");
    answered_line.cell = answered;
    for point in &mut answered_line.series {
        let on = point.day.to_string();
        let of = |measure| cell(rows, measure, Some(("day", &on)));
        point.value = share(of(M::Answered), &of(M::Answerable)).value;
    }
    let evil = |word: &str, n: usize| if hostile { HOSTILE[n].to_string() } else { word.to_string() };
    let mut report = Report {
        name: "overview".into(),
        title: "Overview".into(),
        manifest: Manifest {
            business: evil("Northgate Homes", 8),
            period: period("2026-03-01", "2026-03-31"),
            compared: Some(period("2026-02-01", "2026-02-28")),
            compared_words: Some("the month before".into()),
            time_zone: ZONE.name().into(),
            currency: "USD".into(),
            filters: Filters {
                rep: hostile.then(|| evil("", 0)),
                campaign: hostile.then(|| evil("", 1)),
                ..Filters::default()
            },
            as_of: made_at,
            as_of_asked: false,
            made_at,
            program: env!("CARGO_PKG_VERSION").into(),
            projection_version: 4,
            hours: ["09:00–17:00"; 5].map(String::from).into_iter().chain([String::new(), String::new()]).collect(),
            holidays: vec![day("2026-12-25")],
            test_numbers: 1,
            rows: kinds,
            sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
            changed: rows.first().map(|row| Changed {
                since: made_at - Duration::days(1),
                was: "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752".into(),
                added: 1,
                changed: 1,
                gone: 0,
                rows: rows
                    .iter()
                    .take(2)
                    .zip(["added", "changed"])
                    .map(|(row, what)| changed(row, what))
                    .chain(std::iter::once(changed(row, "added")))
                    .take(2)
                    .collect(),
            }),
            notes: vec![evil("An import taken back on 2 April is not in these figures.", 9)],
        },
        headlines: vec![
            headline(rows, "new_leads", "New leads", M::NewLeads, "up"),
            answered_line,
            headline(rows, "speed", "Median time to first answer", M::Speed, "down"),
            headline(rows, "booked", "Outcome booked", M::Booked, "up"),
            headline(rows, "revenue", "Revenue", M::Earned, "up"),
        ],
        sums: vec![
            sum(
                rows,
                "leads",
                "people heard from first",
                M::Heard,
                &[("counted", M::NewLeads), ("spam", M::HeardSpam), ("test", M::HeardTest)],
            ),
            sum(
                rows,
                "calls",
                "calls",
                M::CallsTold,
                &[("counted", M::Calls), ("spam", M::CallsSpam), ("test", M::CallsTest), ("told again", M::CallsAgain)],
            ),
            sum(
                rows,
                "texts",
                "texts",
                M::TextsTold,
                &[("counted", M::Texts), ("spam", M::TextsSpam), ("test", M::TextsTest)],
            ),
            sum(
                rows,
                "forms",
                "forms",
                M::FormsTold,
                &[("counted", M::Forms), ("spam", M::FormsSpam), ("test", M::FormsTest)],
            ),
        ],
        sections: sections(rows),
        measures: M::ALL.iter().map(|measure| (measure.key().to_string(), measure.words())).collect(),
    };
    leadtrail::figures::words::write(&mut report);
    report
}
