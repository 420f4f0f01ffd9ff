//! The walk: a report, the rows it is made of, and the rows behind one figure.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::ControlFlow;

use crate::store::Connection;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::measured_row::{MeasuredRow, RowSubject};
use super::model::{Manifest, Period, Report, Row, Rows, Section};
use super::question::{PreparedQuestion, Question};
use super::rows::Counter;
use super::sections::{OVERVIEW, SECTIONS, headlines, section, sums};
use super::tables::{Book, parse_figure};
use super::tally::{Tally, touch_name, value_of};
use super::words;
use crate::clock::from_micros;
use crate::domain::lead_metrics::{LeadMetrics, MetricKind};
use crate::store::{StoreError, asof, lead_metrics, sources};

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// Of the file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was asked makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// There is no such report or figure.
    #[error("{0}")]
    NotFound(&'static str),
}

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

fn span(period: &Period) -> (i64, i64) {
    (period.starts_at.timestamp_micros(), period.ends_at.timestamp_micros())
}

/// The report. `now` is when it is made.
///
/// # Errors
/// [`ReportError::NotFound`] when there is no report of that name; [`StoreError`] of the file.
pub fn report(connection: &Connection, question: &Question, now: DateTime<Utc>) -> Result<Report, ReportError> {
    walk(connection, question, now, None)
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
    let mut failed = Ok(());
    let walked = walk(
        connection,
        question,
        now,
        Some(&mut |row| match each(row) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failed = Err(error);
                ControlFlow::Break(())
            }
        }),
    )?;
    failed.map(|()| walked)
}

type Each<'e> = &'e mut dyn FnMut(&Row) -> ControlFlow<()>;

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
    let counter = Counter::new(&ready, &period);
    let before = compared.as_ref().map(|period| Counter::new(&ready, period));
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
                stopped = each(&made(&ready, facts, hit, 0));
            }
        });
        if !bytes.is_empty() {
            print_lead(&mut bytes, &counter, facts);
            prints.push(Sha256::digest(&bytes).into());
        }
        if let Some(before) = &before {
            before.rows(facts, &mut |hit| tally_before.add(&ready, facts, hit));
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
    words::write(&mut report);
    Ok(report)
}

fn title(name: &str) -> Result<&'static str, ReportError> {
    std::iter::once(&OVERVIEW)
        .chain(&SECTIONS)
        .find(|(key, _)| *key == name)
        .map(|(_, title)| *title)
        .ok_or(ReportError::NotFound("There is no such report."))
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
fn measures(report: &Report) -> BTreeMap<String, super::model::MeasureWords> {
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

fn part(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend((text.len() as u64).to_le_bytes());
    bytes.extend(text.as_bytes());
}

/// What of a row counts for the report's hash: all that is shown of it, sources by their stable names.
fn print(bytes: &mut Vec<u8>, ready: &PreparedQuestion<'_>, hit: &MeasuredRow<'_>) {
    bytes.push(hit.kind as u8);
    part(bytes, &hit.id);
    bytes.extend(hit.of);
    bytes.extend(hit.at.to_le_bytes());
    bytes.extend(hit.marks.bits().to_le_bytes());
    part(bytes, ready.service_uid(hit.source));
    part(bytes, hit.other.map_or("", |other| ready.service_uid(other)));
    part(bytes, hit.rep.unwrap_or(""));
    part(bytes, hit.reason.as_deref().unwrap_or(""));
    part(bytes, hit.outcome.map_or("", |outcome| outcome.as_str()));
    let mut number = |value: Option<i64>| {
        bytes.push(u8::from(value.is_some()));
        bytes.extend(value.unwrap_or(0).to_le_bytes());
    };
    number(hit.waited_s);
    number(hit.waited_open_s);
    hit.steps.iter().for_each(|step| number(*step));
    for amount in
        [hit.money.and_then(|m| m.estimated), hit.money.and_then(|m| m.actual), hit.money.and_then(|m| m.revenue)]
    {
        number(amount);
    }
    match hit.what {
        Some(MetricKind::Call { inbound, state, answered, duration_s, agent, sentiment, .. }) => {
            number(duration_s);
            bytes.extend([u8::from(inbound), u8::from(answered)]);
            part(bytes, state.as_str());
            part(bytes, agent.unwrap_or(""));
            part(bytes, sentiment.map_or("", |(label, _)| label.as_str()));
        }
        Some(MetricKind::Message { inbound, agent }) => {
            bytes.push(u8::from(inbound));
            part(bytes, agent.unwrap_or(""));
        }
        _ => {}
    }
}

fn print_lead(bytes: &mut Vec<u8>, counter: &Counter<'_>, facts: &LeadMetrics<'_>) {
    bytes.extend(facts.name_of);
    part(bytes, facts.name.unwrap_or(""));
    facts.phones.iter().chain(&facts.emails).chain(&facts.tags).for_each(|text| part(bytes, text));
    part(bytes, facts.stage.as_str());
    part(bytes, counter.lead_rep(facts).unwrap_or(""));
    part(bytes, facts.campaign.unwrap_or(""));
    for touch in [&facts.first_touch, &facts.last_touch] {
        part(bytes, touch_name(touch));
        part(bytes, touch.medium.unwrap_or(""));
    }
}

/// SHA-256 over the question, the notes, the figures and the rows.
fn hash(report: &Report, mut prints: Vec<[u8; 32]>) -> Result<String, ReportError> {
    prints.sort_unstable();
    let mut hasher = Sha256::new();
    let m = &report.manifest;
    let asked = serde_json::json!([
        report.name,
        m.business,
        m.period,
        m.compared,
        m.time_zone,
        m.currency,
        m.filters,
        m.hours,
        m.holidays,
        m.test_numbers,
        m.projection_version,
        m.rows,
        m.notes,
        report.headlines,
        report.sums,
        report.sections,
    ]);
    hasher.update(serde_json::to_vec(&asked).map_err(StoreError::from)?);
    prints.iter().for_each(|print| hasher.update(print));
    Ok(hex::encode(hasher.finalize()))
}

/// A row as it is shown.
fn made(ready: &PreparedQuestion<'_>, facts: &LeadMetrics<'_>, hit: &MeasuredRow<'_>, lead: i64) -> Row {
    let own = |text: Option<&str>| text.map(str::to_string);
    let lead_ref = hex::encode(facts.name_of);
    let id = match hit.id.as_ref() {
        "" => format!("{}:{}", hit.kind.as_str(), hex::encode(hit.of)),
        id => format!("{}:{}:{id}", hit.kind.as_str(), hex::encode(hit.of)),
    };
    let mut row = Row {
        kind: hit.kind.as_str().into(),
        id,
        lead,
        lead_ref,
        name: if facts.erased { Some(words::ERASED.into()) } else { own(facts.name) },
        phone: own(facts.phones.first().copied()),
        email: own(facts.emails.first().copied()),
        at: from_micros(hit.at),
        service: Some(match hit.other {
            Some(other) => format!("{} / {}", ready.service(hit.source), ready.service(other)),
            None => ready.service(hit.source).to_string(),
        }),
        rep: own(hit.rep),
        campaign: own(facts.campaign),
        first_touch: own(facts.first_touch.source),
        last_touch: own(facts.last_touch.source),
        medium: own(facts.first_touch.medium),
        stage: facts.stage.as_str().into(),
        tags: facts.tags.iter().map(|tag| tag.to_string()).collect(),
        direction: None,
        state: None,
        outcome: hit.outcome.map(|outcome| outcome.as_str().into()),
        sentiment: None,
        sentiment_origin: None,
        duration_s: None,
        waited_s: hit.waited_s,
        waited_open_s: hit.waited_open_s,
        estimated_cents: hit.money.and_then(|money| money.estimated),
        actual_cents: hit.money.and_then(|money| money.actual),
        revenue_cents: hit.money.and_then(|money| money.revenue),
        reason: hit.reason.as_deref().map(str::to_string),
        erased: facts.erased,
        figures: hit.marks.iter().map(|measure| measure.key().to_string()).collect(),
    };
    let direction = |inbound: bool| Some(if inbound { "inbound" } else { "outbound" }.to_string());
    match hit.what {
        Some(MetricKind::Call { inbound, state, duration_s, sentiment, .. }) => {
            row.direction = direction(inbound);
            row.state = Some(state.as_str().into());
            row.duration_s = duration_s;
            row.sentiment = sentiment.map(|(label, _)| label.as_str().into());
            row.sentiment_origin = sentiment.map(|(_, origin)| {
                match origin {
                    crate::domain::SentimentOrigin::Provider => "provider",
                    crate::domain::SentimentOrigin::Estimated => "estimated",
                }
                .into()
            });
        }
        Some(MetricKind::Message { inbound, .. }) => row.direction = direction(inbound),
        _ => {}
    }
    row
}

/// Fills in which lead of this machine each row is of: files name leads by an event alone.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn name_leads<'r>(
    connection: &Connection,
    question: &Question,
    rows: impl Iterator<Item = &'r mut Row>,
) -> Result<(), ReportError> {
    let mut wanted: HashMap<String, Vec<&mut Row>> = HashMap::new();
    rows.for_each(|row| wanted.entry(row.lead_ref.clone()).or_default().push(row));
    lead_metrics::walk(connection, &[span(&question.period())], question.as_of, |lead, facts| {
        if let Some(rows) = wanted.get_mut(&hex::encode(facts.name_of)) {
            rows.iter_mut().for_each(|row| row.lead = lead);
        }
        ControlFlow::Continue(())
    })?;
    Ok(())
}

/// Where a page of rows begins: after this one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct RowCursor(std::cmp::Reverse<i64>, String);

/// The rows behind a figure, a page at a time: exactly as many in all as the figure says. `compared` asks for the period
/// it is compared with.
///
/// # Errors
/// [`ReportError::NotFound`] for a figure there is none of; [`ReportError::Invalid`] for a cursor that is none;
/// [`StoreError`] of the file.
pub fn rows(
    connection: &Connection,
    question: &Question,
    figure: &str,
    compared: bool,
    cursor: Option<&str>,
    limit: usize,
) -> Result<Rows, ReportError> {
    const NONE: ReportError = ReportError::NotFound("There is no such figure.");
    title(&question.name)?;
    let (measure, told_by) = parse_figure(figure).ok_or(NONE)?;
    let period = if compared { question.compared().ok_or(NONE)? } else { question.period() };
    let after: Option<RowCursor> = match cursor {
        Some(text) => {
            let stale = || ReportError::Invalid("This page cannot be found. Start again from the first page.".into());
            let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| stale())?;
            Some(serde_json::from_slice(&bytes).map_err(|_| stale())?)
        }
        None => None,
    };
    let ready = PreparedQuestion::new(question, services(connection, question.as_of)?);
    let counter = Counter::new(&ready, &period);
    let mut total = 0;
    let mut page: BTreeMap<RowCursor, Row> = BTreeMap::new();
    let mut more = false;
    let mut value = String::new();
    lead_metrics::walk(connection, &[span(&period)], question.as_of, |lead, facts| {
        counter.rows(facts, &mut |hit| {
            if !hit.marks.has(measure) {
                return;
            }
            if let Some((dimension, wanted)) = told_by {
                value_of(dimension, &ready, facts, hit, &mut value);
                if value != wanted {
                    return;
                }
            }
            total += 1;
            let place = RowCursor(std::cmp::Reverse(hit.at), made_id(hit));
            if after.as_ref().is_some_and(|after| place <= *after) {
                return;
            }
            if page.len() == limit {
                more = true;
                if page.last_key_value().is_some_and(|(last, _)| place > *last) {
                    return;
                }
                page.pop_last();
            }
            page.insert(place, made(&ready, facts, hit, lead));
        });
        ControlFlow::Continue(())
    })?;
    let next_cursor = match page.last_key_value() {
        Some((last, _)) if more => Some(URL_SAFE_NO_PAD.encode(serde_json::to_vec(last).map_err(StoreError::from)?)),
        _ => None,
    };
    let readable = |row| words::readable(row, question.zone, &question.business.currency);
    Ok(Rows {
        figure: figure.into(),
        words: measure.words(),
        total,
        items: page.into_values().map(readable).collect(),
        next_cursor,
    })
}

fn made_id(hit: &MeasuredRow<'_>) -> String {
    format!("{}:{}:{}", hit.kind.as_str(), hex::encode(hit.of), hit.id)
}

/// What a question may choose from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Choices {
    /// Campaigns of first touch.
    pub campaigns: Vec<String>,
    /// Reps as they are called here.
    pub reps: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
}

/// What the leads of the file can be chosen by.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn choices(connection: &Connection, question: &Question) -> Result<Choices, ReportError> {
    let ready = PreparedQuestion::new(question, HashMap::new());
    let (mut campaigns, mut reps, mut tags) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    reps.extend(question.business.reps.iter().map(|rep| rep.name.clone()));
    lead_metrics::walk(connection, &[(i64::MIN, i64::MAX)], None, |_, facts| {
        let rep = ready.rep(facts.assigned.or(facts.agent));
        if let Some(campaign) = facts.campaign.filter(|campaign| !campaigns.contains(*campaign)) {
            campaigns.insert(campaign.to_string());
        }
        if let Some(rep) = rep.filter(|rep| !reps.contains(*rep)) {
            reps.insert(rep.to_string());
        }
        for tag in &facts.tags {
            if !tags.contains(*tag) {
                tags.insert(tag.to_string());
            }
        }
        ControlFlow::Continue(())
    })?;
    Ok(Choices {
        campaigns: campaigns.into_iter().collect(),
        reps: reps.into_iter().collect(),
        tags: tags.into_iter().collect(),
    })
}
