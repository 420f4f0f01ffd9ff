//! From what rows add up to, to cells, tables and sections.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::dimension::Dimension;
use super::measure::Measure;
use super::model::{Cell, Chart, Column, Period, Report, Table, TableRow, Unit};
use super::tally::{Stats, Tally};
use super::touches::{NOT_TOLD, Touches};

/// Which rows of a measure.
#[derive(Debug, Clone, Copy)]
pub(super) enum RowFilter<'a> {
    All,
    By(Dimension, &'a str),
    Day(NaiveDate),
}

/// Both periods, added up.
pub(super) struct Book<'t> {
    pub now: &'t Tally,
    pub was: Option<&'t Tally>,
}

fn find<'t>(tally: &'t Tally, which: RowFilter<'_>) -> Option<&'t Stats> {
    match which {
        RowFilter::All => Some(&tally.all),
        RowFilter::By(dimension, value) => tally.of(dimension, value),
        RowFilter::Day(day) => tally.day(day),
    }
}

/// The figure's name: what `rows?figure=` takes.
pub(super) fn figure(measure: Measure, which: RowFilter<'_>) -> String {
    match which {
        RowFilter::All => measure.key().to_string(),
        RowFilter::By(dimension, value) => format!("{}@{}={value}", measure.key(), dimension.as_str()),
        RowFilter::Day(day) => format!("{}@day={day}", measure.key()),
    }
}

/// What [`figure()`] put into a name: the measure, and by which dimension and value its rows are told apart.
pub(crate) fn parse_figure(name: &str) -> Option<(Measure, Option<(Dimension, &str)>)> {
    let Some((key, by)) = name.split_once('@') else { return Some((Measure::parse(name)?, None)) };
    let (word, value) = by.split_once('=')?;
    Some((Measure::parse(key)?, Some((Dimension::parse(word)?, value))))
}

impl Book<'_> {
    /// The period it is compared with, where the same rows can be asked for there: days are others.
    fn before(&self, which: RowFilter<'_>) -> Option<Option<&Stats>> {
        match which {
            RowFilter::Day(_) => None,
            _ => self.was.map(|tally| find(tally, which)),
        }
    }

    fn made(
        &self,
        which: RowFilter<'_>,
        rows_of: Measure,
        unit: Unit,
        value: impl Fn(&Stats) -> Option<f64>,
        empty: Option<f64>,
    ) -> Cell {
        let of = |stats: Option<&Stats>| stats.map_or(empty, &value);
        let rows = |stats: Option<&Stats>| stats.map_or(0, |stats| stats.rows(rows_of));
        let now = find(self.now, which);
        let before = self.before(which);
        Cell {
            value: of(now),
            text: String::new(),
            unit,
            rows: rows(now),
            of: None,
            figure: figure(rows_of, which),
            of_figure: None,
            was: before.and_then(of),
            was_rows: before.map(rows),
            was_text: None,
            change: None,
            hour: None,
            touches: None,
        }
    }

    /// The touches that a value tells of, the same in both periods.
    fn touches(&self, value: &str) -> Option<Touches> {
        match (self.now.touches(value), self.was.and_then(|was| was.touches(value))) {
            (Some(now), Some(was)) if now != was => None,
            (now, was) => now.or(was).cloned().flatten(),
        }
    }

    /// Tells in each cell of first and last touch which sources those are.
    pub fn tell_touches(&self, report: &mut Report) {
        for table in report.sections.iter_mut().flat_map(|section| &mut section.tables) {
            for cell in table.rows.iter_mut().chain(&mut table.total).flat_map(|row| &mut row.cells) {
                if let Some((_, Some((Dimension::Touches, value)))) = parse_figure(&cell.figure) {
                    cell.touches = self.touches(value);
                }
            }
        }
    }

    /// A measure as it is.
    pub fn cell(&self, measure: Measure, which: RowFilter<'_>) -> Cell {
        let empty = (measure.unit() != Unit::Seconds).then_some(0.0);
        self.made(which, measure, measure.unit(), |stats| stats.value(measure), empty)
    }

    /// One measure as a part of another.
    pub fn percent(&self, part: Measure, whole: Measure, which: RowFilter<'_>) -> Cell {
        let share = |stats: &Stats| {
            let of = stats.rows(whole);
            (of > 0).then(|| 100.0 * stats.rows(part) as f64 / of as f64)
        };
        let mut cell = self.made(which, part, Unit::Percent, share, None);
        cell.of = Some(find(self.now, which).map_or(0, |stats| stats.rows(whole)));
        cell.of_figure = Some(figure(whole, which));
        cell
    }

    /// Nine of ten are this or less.
    pub fn p90(&self, measure: Measure, which: RowFilter<'_>) -> Cell {
        self.made(which, measure, Unit::Seconds, |stats| stats.p90(measure), None)
    }

    /// What is earned for each new lead, cents.
    pub fn per_lead(&self, which: RowFilter<'_>) -> Cell {
        let share = |stats: &Stats| {
            let leads = stats.rows(Measure::NewLeads);
            (leads > 0).then(|| (stats.sum(Measure::Earned) as f64 / leads as f64).round())
        };
        let mut cell = self.made(which, Measure::Earned, Unit::Cents, share, None);
        cell.of = Some(find(self.now, which).map_or(0, |stats| stats.rows(Measure::NewLeads)));
        cell.of_figure = Some(figure(Measure::NewLeads, which));
        cell
    }
}

/// A column by what it shows.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shows {
    Is(Measure),
    Percent(&'static str, &'static str, Measure, Measure),
    P90(&'static str, Measure),
    PerLead,
}

impl Shows {
    fn column(self) -> Column {
        let column = |key: &str, label: &str, unit, measure: Measure| Column {
            key: key.into(),
            label: label.into(),
            unit,
            measure: measure.key().into(),
        };
        match self {
            Shows::Is(measure) => column(measure.key(), measure.label(), measure.unit(), measure),
            Shows::Percent(key, label, part, _) => column(key, label, Unit::Percent, part),
            Shows::P90(key, measure) => column(key, "Nine of ten within", Unit::Seconds, measure),
            Shows::PerLead => column("per_lead", "Per new lead", Unit::Cents, Measure::Earned),
        }
    }

    fn cell(self, book: &Book<'_>, which: RowFilter<'_>) -> Cell {
        match self {
            Shows::Is(measure) => book.cell(measure, which),
            Shows::Percent(_, _, part, whole) => book.percent(part, whole, which),
            Shows::P90(_, measure) => book.p90(measure, which),
            Shows::PerLead => book.per_lead(which),
        }
    }

    fn measures(self) -> Vec<Measure> {
        match self {
            Shows::Is(measure) | Shows::P90(_, measure) => vec![measure],
            Shows::Percent(_, _, part, whole) => vec![part, whole],
            Shows::PerLead => vec![Measure::Earned, Measure::NewLeads],
        }
    }
}

/// A service may put another word into every campaign: so many lines of a table are shown, and the total counts all.
const MOST: usize = 500;

/// What each row of a table by a dimension shows, and how the table is named and drawn.
pub(super) struct By {
    pub key: &'static str,
    pub title: &'static str,
    pub row_label: &'static str,
    pub dimension: Dimension,
    pub shows: Vec<Shows>,
    pub chart: Chart,
    pub stacked: Vec<Measure>,
    pub total: bool,
}

impl By {
    /// A row a value, the largest first by the first column, then by name; what nobody told last.
    pub fn table(self, book: &Book<'_>) -> Table {
        let measures: Vec<Measure> = self.shows.iter().flat_map(|shows| shows.measures()).collect();
        let mut values: BTreeSet<&str> = BTreeSet::new();
        for tally in std::iter::once(book.now).chain(book.was) {
            values.extend(tally.values(self.dimension, &measures));
        }
        let mut rows: Vec<TableRow> = values
            .into_iter()
            .map(|value| TableRow {
                key: value.to_string(),
                label: if value.is_empty() { NOT_TOLD.into() } else { label(self.dimension, value) },
                text: None,
                cells: self.shows.iter().map(|shows| shows.cell(book, RowFilter::By(self.dimension, value))).collect(),
            })
            .collect();
        rows.sort_by(|a, b| {
            let size = |row: &TableRow| row.cells.first().and_then(|cell| cell.value).unwrap_or(0.0);
            (a.key.is_empty(), size(b)).partial_cmp(&(b.key.is_empty(), size(a))).unwrap_or(std::cmp::Ordering::Equal)
        });
        let values = rows.len();
        rows.truncate(MOST);
        let title =
            if values > MOST { format!("{} (the {MOST} largest of {values})", self.title) } else { self.title.into() };
        let total = self.total.then(|| TableRow {
            key: "total".into(),
            label: "Total".into(),
            text: None,
            cells: self.shows.iter().map(|shows| shows.cell(book, RowFilter::All)).collect(),
        });
        Table {
            key: self.key.into(),
            title,
            row_label: self.row_label.into(),
            columns: self.shows.iter().map(|shows| shows.column()).collect(),
            rows,
            total,
            chart: self.chart,
            stacked: self.stacked.iter().map(|measure| measure.key().to_string()).collect(),
            hours: None,
        }
    }
}

fn label(dimension: Dimension, value: &str) -> String {
    match dimension {
        Dimension::Outcome => {
            let words = value.replace('_', " ");
            let mut chars = words.chars();
            chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
        }
        _ => value.to_string(),
    }
}

/// A table whose rows are measures of their own: a line of label and cells each.
pub(super) fn lines(
    key: &str,
    title: &str,
    row_label: &str,
    columns: Vec<Column>,
    rows: Vec<(&str, &str, Vec<Cell>)>,
    chart: Chart,
) -> Table {
    Table {
        key: key.into(),
        title: title.into(),
        row_label: row_label.into(),
        columns,
        rows: rows
            .into_iter()
            .map(|(key, label, cells)| TableRow { key: key.into(), label: label.into(), text: None, cells })
            .collect(),
        total: None,
        chart,
        stacked: Vec::new(),
        hours: None,
    }
}

/// A column whose cells are of measures of their own.
pub(super) fn column(key: &str, label: &str, unit: Unit, measure: Measure) -> Column {
    Column { key: key.into(), label: label.into(), unit, measure: measure.key().into() }
}

/// Every day of a period.
pub(super) fn days_of(period: &Period) -> impl Iterator<Item = NaiveDate> + use<> {
    let to = period.to;
    period.from.iter_days().take_while(move |day| *day <= to)
}
