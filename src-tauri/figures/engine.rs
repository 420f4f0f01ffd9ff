//! The walk: a report, and the rows it is made of.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::ReportError;
use super::headlines::{headlines, sums};
use super::measured_row::RowSubject;
use super::model::{Manifest, MeasureWords, Period, Report, Row, Section};
use super::question::{PreparedQuestion, Question};
use super::report_hash::{hash, print, print_lead};
use super::rows::RowBuilder;
use super::sections::{OVERVIEW, SECTIONS, section, title};
use super::shown_row::shown;
use super::tables::{Book, parse_figure};
use super::tally::Tally;
use super::words;
use crate::store::query::lists;
use crate::store::{Connection, StoreError, asof, lead_metrics, sources};

/// What the owner calls each source, or called it at `as_of`; of several with one name, the later ones with their number.
pub(crate) fn services(
    connection: &Connection,
    as_of: Option<DateTime<Utc>>,
) -> Result<HashMap<i64, (String, String)>, StoreError> {
    let mut called = sources::names(connection, as_of)?;
    let mut names = HashMap::new();
    let mut taken = BTreeSet::new();
    for source in sources::all(connection)? {
        let own = called.remove(&source.id).unwrap_or(source.name);
        let mut name = own.clone();
        if !taken.insert(name.clone()) {
            name = format!("{own} ({})", source.id);
            taken.insert(name.clone());
        }
        names.insert(source.id, (name, source.uid));
    }
    Ok(names)
}

/// A period in microseconds.
pub(super) fn span(period: &Period) -> (i64, i64) {
    (period.starts_at.timestamp_micros(), period.ends_at.timestamp_micros())
}

/// The report. `now` is when it is made.
///
/// # Errors
/// [`ReportError::NotFound`] when there is no report of that name; [`StoreError`] of the file.
pub fn report(connection: &Connection, question: &Question, now: DateTime<Utc>) -> Result<Report, ReportError> {
    walk(connection, question, now, None)
}

/// About how many leads a walk looks at: those with anything between the first and the last day it asks for.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn leads_of(connection: &Connection, question: &Question) -> Result<u64, StoreError> {
    let (from, to) = span(&question.period());
    let (from, to) = question.compared().as_ref().map(span).map_or((from, to), |was| (from.min(was.0), to.max(was.1)));
    lists::leads_in(connection, (from, to))
}

/// A step of a walk.
#[derive(Debug, Clone, Copy)]
pub enum WalkStep<'r> {
    /// A row of the period.
    Row(&'r Row),
    /// A lead was looked at, whether it had rows or not.
    Lead,
}

/// Every row of the period, one by one, and then the report. What `each` answers ends the walk.
///
/// # Errors
/// As [`report`], and whatever `each` answers: the walk knows nothing of what is made of its rows.
pub fn stream<E: From<ReportError>>(
    connection: &Connection,
    question: &Question,
    now: DateTime<Utc>,
    each: &mut dyn FnMut(&Row) -> Result<(), E>,
) -> Result<Report, E> {
    stream_steps(connection, question, now, &mut |step| match step {
        WalkStep::Row(row) => each(row),
        WalkStep::Lead => Ok(()),
    })
}

/// [`stream`] for whoever says how far it is: each lead that was looked at is a step as well.
///
/// # Errors
/// As [`stream`].
pub fn stream_steps<E: From<ReportError>>(
    connection: &Connection,
    question: &Question,
    now: DateTime<Utc>,
    each: &mut dyn FnMut(WalkStep<'_>) -> Result<(), E>,
) -> Result<Report, E> {
    let mut failed = Ok(());
    let walked = walk(
        connection,
        question,
        now,
        Some(&mut |step| match each(step) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failed = Err(error);
                ControlFlow::Break(())
            }
        }),
    )?;
    failed.map(|()| walked)
}

type Each<'e> = &'e mut dyn FnMut(WalkStep<'_>) -> ControlFlow<()>;

/// The report: half of one where `each` ended the walk.
fn walk(
    connection: &Connection,
    question: &Question,
    now: DateTime<Utc>,
    mut each: Option<Each<'_>>,
) -> Result<Report, ReportError> {
    let title = title(&question.name)?;
    if question.to < question.from {
        return Err(ReportError::Invalid("The last day lies before the first.".into()));
    }
    let ready = PreparedQuestion::new(question, services(connection, question.as_of)?);
    if question.filters.source.is_some_and(|source| !ready.services.contains_key(&source)) {
        return Err(ReportError::Invalid("There is no such source.".into()));
    }
    let (period, compared) = (question.period(), question.compared());
    let counter = RowBuilder::new(&ready, &period);
    let before = compared.as_ref().map(|period| RowBuilder::new(&ready, period));
    let spans: Vec<(i64, i64)> = std::iter::once(&period).chain(&compared).map(span).collect();
    let (mut tally, mut tally_before) = (Tally::default(), Tally::default());
    let mut prints: Vec<[u8; 32]> = Vec::new();
    let mut stopped = ControlFlow::Continue(());
    let as_of = question.as_of.filter(|as_of| *as_of < now);
    let mut bytes = Vec::new();
    lead_metrics::walk(connection, &spans, as_of, |_, facts| {
        bytes.clear();
        counter.rows(facts, &mut |hit| {
            tally.add(&ready, facts, hit);
            print(&mut bytes, &ready, hit);
            if let Some(each) = each.as_mut()
                && stopped.is_continue()
            {
                stopped = each(WalkStep::Row(&shown(&ready, facts, hit, 0)));
            }
        });
        if !bytes.is_empty() {
            print_lead(&mut bytes, &counter, facts);
            prints.push(Sha256::digest(&bytes).into());
        }
        if let Some(before) = &before {
            before.rows(facts, &mut |hit| tally_before.add(&ready, facts, hit));
        }
        if let Some(each) = each.as_mut()
            && stopped.is_continue()
        {
            stopped = each(WalkStep::Lead);
        }
        stopped
    })?;
    let book = Book { now: &tally, was: compared.as_ref().map(|_| &tally_before) };
    let sections: Vec<Section> = SECTIONS
        .iter()
        .filter(|(name, _)| question.name == OVERVIEW.0 || question.name == *name)
        .filter_map(|(name, _)| section(name, &book, &period))
        .collect();
    let whole = question.name == OVERVIEW.0;
    let mut report = Report {
        name: question.name.clone(),
        title: title.into(),
        manifest: manifest(connection, &ready, period, compared, now)?,
        headlines: if whole { headlines(&book, &period) } else { Vec::new() },
        sums: if whole { sums(&book) } else { Vec::new() },
        sections,
        measures: BTreeMap::new(),
    };
    report.measures = measures(&report);
    report.manifest.rows = RowSubject::ALL
        .iter()
        .copied()
        .map(|kind| (kind.as_str().to_string(), tally.of_kind(kind)))
        .filter(|(_, rows)| *rows > 0)
        .collect();
    report.manifest.sha256 = hash(&report, prints)?;
    // After the hash: it is over what figures are, not over how they are written.
    book.tell_touches(&mut report);
    words::write(&mut report);
    Ok(report)
}

fn manifest(
    connection: &Connection,
    ready: &PreparedQuestion<'_>,
    period: Period,
    compared: Option<Period>,
    now: DateTime<Utc>,
) -> Result<Manifest, ReportError> {
    let question = ready.question;
    let business = &question.business;
    let mut filters = question.filters.clone();
    if let Some(source) = filters.source {
        filters.source_name = Some(ready.service(source).to_string());
    }
    let clock = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
    let span = |(from, to): &(u16, u16)| format!("{}–{}", clock(*from), clock(*to));
    Ok(Manifest {
        business: question.business_name.clone(),
        period,
        compared,
        compared_words: question.earlier().map(|earlier| earlier.words),
        time_zone: question.zone.name().into(),
        currency: business.currency.clone(),
        filters,
        as_of: question.as_of.unwrap_or(now),
        as_of_asked: question.as_of.is_some(),
        made_at: now,
        program: env!("CARGO_PKG_VERSION").into(),
        projection_version: sources::setting(connection, "projection_version")?
            .and_then(|version| version.parse().ok())
            .unwrap_or(0),
        hours: business.hours.iter().map(|spans| spans.iter().map(span).collect::<Vec<_>>().join(", ")).collect(),
        holidays: business.holidays.iter().copied().collect(),
        test_numbers: business.test_numbers.len(),
        rows: BTreeMap::new(),
        sha256: String::new(),
        changed: None,
        notes: notes(connection, question.as_of.filter(|as_of| *as_of < now), compared.as_ref(), question.zone)?,
    })
}

/// What a reader has to know: what a past moment cannot say, and a comparison with a time of which nothing is known.
fn notes(
    connection: &Connection,
    as_of: Option<DateTime<Utc>>,
    compared: Option<&Period>,
    zone: crate::zone::Tz,
) -> Result<Vec<String>, ReportError> {
    let mut notes = Vec::new();
    if let Some(as_of) = as_of {
        let one = "1 message was brought in by an import or a replay that was taken back, or put in force again, after \
                   that moment: here it counts as it does now.";
        match asof::taken_back_after(connection, as_of)? {
            0 => {}
            1 => notes.push(one.into()),
            n => notes.push(format!(
                "{n} messages were brought in by imports or replays that were taken back, or put in force again, after \
                 that moment: here they count as they do now."
            )),
        }
    }
    if let Some(period) = compared
        && let Some(first) = lead_metrics::earliest(connection, as_of)?
        && period.starts_at < first
    {
        let day = words::day(first.with_timezone(&zone).date_naive());
        notes.push(if period.ends_at <= first {
            format!("Nothing is known of the time this is compared with: the first thing heard of is of {day}.")
        } else {
            format!("Of the time this is compared with, nothing is known before {day}.")
        });
    }
    Ok(notes)
}

/// The measures that appear anywhere in the report, with their words.
fn measures(report: &Report) -> BTreeMap<String, MeasureWords> {
    let tables = report.sections.iter().flat_map(|section| &section.tables);
    let rows = tables.flat_map(|table| table.rows.iter().chain(&table.total));
    let of_sums =
        report.sums.iter().flat_map(|sum| std::iter::once(&sum.total).chain(sum.parts.iter().map(|p| &p.cell)));
    let cells = rows.flat_map(|row| &row.cells).chain(of_sums).chain(report.headlines.iter().map(|head| &head.cell));
    let figures = cells.flat_map(|cell| std::iter::once(&cell.figure).chain(&cell.of_figure));
    figures
        .filter_map(|figure| Some(parse_figure(figure)?.0))
        .map(|measure| (measure.key().to_string(), measure.words()))
        .collect()
}
