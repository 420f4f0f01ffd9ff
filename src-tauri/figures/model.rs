//! What a report is made of: figures in tables, with where each comes from. Every shape (JSON, CSV, XLSX, PDF, HTML)
//! and the window show this and nothing else.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::row_detail::RowDetail;
use super::touches::Touches;

/// Figures of one period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Report {
    /// `overview`, or the name of one section.
    pub name: String,
    /// Its heading.
    pub title: String,
    /// What it was asked, and of what it was made.
    pub manifest: Manifest,
    /// The key figures.
    pub headlines: Vec<Headline>,
    /// Lines that add up.
    pub sums: Vec<Sum>,
    /// Tables, in the order of a page.
    pub sections: Vec<Section>,
    /// What each measure counts, by its key: those that appear in this report.
    pub measures: BTreeMap<String, MeasureWords>,
}

/// What was asked, and of what the answer was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Manifest {
    /// What the business is called.
    pub business: String,
    /// Days, in `time_zone`.
    pub period: Period,
    /// The period it is compared with.
    pub compared: Option<Period>,
    /// What that period is, such as `the month before`.
    #[serde(default)]
    pub compared_words: Option<String>,
    /// IANA name. Days, weekdays and hours are of this zone.
    pub time_zone: String,
    /// ISO 4217. All amounts are in cents of it.
    pub currency: String,
    /// Which leads and entries count; what is missing was not asked.
    pub filters: Filters,
    /// What had been placed by then, UTC.
    pub as_of: DateTime<Utc>,
    /// A past `as_of` was asked for; otherwise it is when the report was made.
    pub as_of_asked: bool,
    /// When it was made, UTC.
    pub made_at: DateTime<Utc>,
    /// Leadtrail's version.
    pub program: String,
    /// The number of how payloads are read: figures are promised to stay the same within one.
    pub projection_version: i64,
    /// When the business is open, from Monday to Sunday, such as `09:00–17:00`; empty where it is closed.
    pub hours: Vec<String>,
    /// Days on which it is closed.
    pub holidays: Vec<NaiveDate>,
    /// How many numbers are marked as tests.
    pub test_numbers: usize,
    /// How many rows of each kind stand behind the figures.
    pub rows: BTreeMap<String, i64>,
    /// SHA-256, hex, over the question, the notes, the figures and the rows behind them; not over when and by which program.
    pub sha256: String,
    /// What is not the same as when this was last made into a file: `null` where it never was.
    pub changed: Option<Changed>,
    /// What a reader should know, in plain words, such as an import taken back after `as_of`.
    pub notes: Vec<String>,
}

/// Days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Period {
    /// The first day.
    pub from: NaiveDate,
    /// The last day: it counts whole.
    pub to: NaiveDate,
    /// Where the first day begins, UTC.
    pub starts_at: DateTime<Utc>,
    /// Where the last day ends, UTC: the first moment that does not count.
    pub ends_at: DateTime<Utc>,
}

/// Which leads and entries count.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Filters {
    /// The id of a source: leads it told of, and of their entries those it told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<i64>,
    /// The source's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_name: Option<String>,
    /// Leads of this campaign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign: Option<String>,
    /// Leads of this rep.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rep: Option<String>,
    /// Leads with this tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Leads that stand at this stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
}

/// What is not the same as in the last file of the same question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Changed {
    /// When the last one was made, UTC.
    pub since: DateTime<Utc>,
    /// Its SHA-256.
    pub was: String,
    /// How many rows came to it.
    pub added: i64,
    /// How many rows read otherwise.
    pub changed: i64,
    /// How many rows are no longer in it.
    pub gone: i64,
    /// Up to 500 of the rows that came or read otherwise, as they are now.
    pub rows: Vec<ChangedRow>,
}

/// A row that is not the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChangedRow {
    /// `added` or `changed`.
    pub what: String,
    /// The row as it is now.
    pub row: Row,
    /// The same in words.
    pub text: RowText,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A number of things.
    Count,
    /// Integer cents.
    Cents,
    /// Seconds.
    Seconds,
    /// Per cent, 0 to 100.
    Percent,
}

/// Whole numbers, as counts and cents are, without a fraction.
#[allow(clippy::trivially_copy_pass_by_ref)] // serde's form
fn plain<S: serde::Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) if value.fract() == 0.0 && value.abs() < 9e15 => serializer.serialize_i64(*value as i64),
        Some(value) => serializer.serialize_f64(*value),
        None => serializer.serialize_none(),
    }
}

/// A figure, with what opens its rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Cell {
    /// `null` where there is nothing to work it out from.
    #[serde(serialize_with = "plain")]
    pub value: Option<f64>,
    /// The value as people read it, in the window and in every file: `214`, `$68,400`, `6 min`, `83%`, or `–`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schema(required = true)]
    pub text: String,
    /// Of what kind.
    pub unit: Unit,
    /// How many rows stand behind it: of a count, the count itself; of a percentage, those that fulfil it; of a sum or
    /// a median, those it is made of.
    pub rows: i64,
    /// Of a percentage: how many it is a part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<i64>,
    /// What `…/rows?figure=` takes: a measure, or `measure@dimension=value`.
    pub figure: String,
    /// Of a percentage: the figure it is a part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of_figure: Option<String>,
    /// The same in the period it is compared with.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "plain")]
    pub was: Option<f64>,
    /// How many rows stood behind it then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was_rows: Option<i64>,
    /// `was` as people read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was_text: Option<String>,
    /// How it moved since: `+12%`, `+4 pts`, `−3 min`, `+7`, `no change`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<String>,
    /// Of a figure of one hour of the week: which one, such as `Monday, 14:00 to 15:00`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hour: Option<String>,
    /// Of a figure from first to last touch: which ones. Its name holds both in one text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub touches: Option<Touches>,
}

/// A key figure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Headline {
    /// `new_leads`, `answered`, `speed`, `booked`, `revenue`.
    pub key: String,
    /// What people call it.
    pub label: String,
    /// The figure.
    pub cell: Cell,
    /// `up` where more is better, `down` where less is.
    pub good: String,
    /// Whether `cell.change` is good news; missing where it did not move.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub better: Option<bool>,
    /// The figure by day, week or month, oldest first: what a small line shows. `null` where nothing was.
    pub series: Vec<Point>,
}

/// A figure of a part of the period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Point {
    /// The first day of it.
    pub day: NaiveDate,
    /// In the headline's unit.
    #[serde(serialize_with = "plain")]
    pub value: Option<f64>,
}

/// A line that adds up: `total = parts`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Sum {
    /// `leads`, `calls`, `texts` or `forms`.
    pub key: String,
    /// What the total is called, such as `people heard from first`.
    pub label: String,
    /// The total.
    pub total: Cell,
    /// What it is made of: their counts add up to it.
    pub parts: Vec<SumPart>,
}

/// A part of a sum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SumPart {
    /// Such as `counted`, `spam`, `test`.
    pub label: String,
    /// The part.
    pub cell: Cell,
}

/// Tables that belong together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Section {
    /// `funnel`, `speed`, `calls`, `touches`, `outcomes`, `sentiment`, `reasons`, `heatmap`, `reps`, `disagreements`.
    pub key: String,
    /// Its heading.
    pub title: String,
    /// One plain line: whom or what it counts, and by which clock.
    pub note: String,
    /// Its tables; the first is what a chart shows.
    pub tables: Vec<Table>,
}

/// How a table is best drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Chart {
    /// A bar a row, each within the one above: the first column.
    Funnel,
    /// A column a row: the first column.
    Columns,
    /// A bar a row: the first column.
    Bars,
    /// A bar a row, made of the columns named in `stacked`.
    Stacked,
    /// A grid: rows are weekdays, columns hours.
    Heat,
    /// Not drawn.
    None,
}

/// Figures in rows and columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Table {
    /// Unique within the report: the name of its CSV file and its sheet.
    pub key: String,
    /// Its heading.
    pub title: String,
    /// What its rows are, such as `Stage`, `Campaign`.
    pub row_label: String,
    /// Its columns, without the one of row labels.
    pub columns: Vec<Column>,
    /// Its rows.
    pub rows: Vec<TableRow>,
    /// All rows together, where their counts add up or the same measure without the dimension is meant.
    pub total: Option<TableRow>,
    /// How it is best drawn.
    pub chart: Chart,
    /// Columns that are drawn on top of each other.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub stacked: Vec<String>,
    /// Of a grid of hours: the columns that are shown, in the window and in every file alike.
    #[serde(default)]
    pub hours: Option<HoursShown>,
}

/// The first and the last hour of a grid that are worth a column: those with anything, and the usual day around them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HoursShown {
    /// The first column that is shown, from 0.
    pub first: usize,
    /// The last column that is shown.
    pub last: usize,
}

impl HoursShown {
    /// The usual day: whether anything came or not.
    const USUAL: HoursShown = HoursShown { first: 7, last: 21 };

    /// What is worth showing of rows with a cell an hour.
    pub fn of(rows: &[TableRow]) -> HoursShown {
        let busy = rows.iter().flat_map(|row| {
            row.cells.iter().enumerate().filter(|(_, cell)| cell.value.is_some_and(|n| n > 0.0)).map(|(hour, _)| hour)
        });
        busy.fold(HoursShown::USUAL, |shown, hour| HoursShown {
            first: shown.first.min(hour),
            last: shown.last.max(hour),
        })
    }
}

/// A column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Column {
    /// Unique within the table.
    pub key: String,
    /// Its heading.
    pub label: String,
    /// What its values are.
    pub unit: Unit,
    /// The measure it shows: a key of `measures`.
    pub measure: String,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TableRow {
    /// Unique within the table.
    pub key: String,
    /// What people call it; `Not told` where nobody said.
    pub label: String,
    /// What people read where the label is a day: `26 Mar 2026`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// A cell a column.
    pub cells: Vec<Cell>,
}

impl TableRow {
    /// What people read.
    pub fn called(&self) -> &str {
        self.text.as_deref().unwrap_or(&self.label)
    }
}

/// What a measure counts, in words: defined once, beside the code that counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MeasureWords {
    /// What people call it.
    pub label: String,
    /// What is counted, from which entries, by which clock.
    pub counts: String,
}

/// Something that counts: a lead, a call, a text, a form, an outcome, money, a close or a disagreement. The same row may stand
/// behind many figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Row {
    /// `lead`, `call`, `text`, `form`, `outcome`, `money`, `close` or `disagreement`.
    pub kind: String,
    /// Stable, and the same on every machine.
    pub id: String,
    /// The lead on this machine: what the window opens. 0 in files.
    pub lead: i64,
    /// The lead outside of this machine: the id of its earliest event.
    pub lead_ref: String,
    /// What the lead is called; `Erased person` where they were erased.
    pub name: Option<String>,
    /// The first number, E.164.
    pub phone: Option<String>,
    /// The first mail.
    pub email: Option<String>,
    /// When it happened, UTC: the clock its figures go by.
    pub at: DateTime<Utc>,
    /// The name of the source that told it; of a lead, the one that told of them first.
    pub service: Option<String>,
    /// Who the lead was given to; else the agent the sender names.
    pub rep: Option<String>,
    /// The campaign of first touch.
    pub campaign: Option<String>,
    /// Where they came from first.
    pub first_touch: Option<String>,
    /// Where they came from last.
    pub last_touch: Option<String>,
    /// The medium of first touch.
    pub medium: Option<String>,
    /// Where the lead stands.
    pub stage: String,
    /// Tags of the lead.
    pub tags: Vec<String>,
    /// Of a call or text: `inbound` or `outbound`.
    pub direction: Option<String>,
    /// Of a call: how far it came.
    pub state: Option<String>,
    /// Of a call or an outcome: how it ended.
    pub outcome: Option<String>,
    /// Of a call: how the caller felt.
    pub sentiment: Option<String>,
    /// Who says so: `provider` or `estimated`.
    pub sentiment_origin: Option<String>,
    /// Of a call: seconds.
    pub duration_s: Option<i64>,
    /// Of a lead: seconds until the first answer. Of a missed call: until it was returned.
    pub waited_s: Option<i64>,
    /// Of a lead: of these seconds, those within business hours.
    pub waited_open_s: Option<i64>,
    /// Of an outcome: cents.
    pub estimated_cents: Option<i64>,
    /// Of an outcome: cents actually received.
    pub actual_cents: Option<i64>,
    /// Of an outcome: cents.
    pub revenue_cents: Option<i64>,
    /// Of a close: why. Of a disagreement: who says what. Of what is not counted: `spam`, `test` or `told again`.
    pub reason: Option<String>,
    /// The person was erased: the row counts, and says nothing about who it was.
    pub erased: bool,
    /// Keys of the measures it counts in.
    pub figures: Vec<String>,
}

/// What of a row is no word of somebody else's, as people read it in the window and in every file. What is not told is missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RowText {
    /// When it happened, in the report's time zone: `26 Mar 2026, 09:14`.
    pub at: String,
    /// `(404) 555-0187`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// How long the call lasted: `4:05`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<String>,
    /// How long it waited: `4 h 45 min`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waited: Option<String>,
    /// Of that, within business hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waited_open: Option<String>,
    /// `$2,500`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimated: Option<String>,
    /// What was actually received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actual: Option<String>,
    /// Revenue as it was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revenue: Option<String>,
}

/// A row as people read it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReadableRow {
    /// What it says.
    #[serde(flatten)]
    pub row: Row,
    /// The same in words.
    pub text: RowText,
}

/// Rows behind a figure, a page at a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Rows {
    /// The figure.
    pub figure: String,
    /// What its measure counts.
    pub words: MeasureWords,
    /// What a list of these says of each row, beside what it always says.
    pub detail: RowDetail,
    /// How many there are in all: exactly the figure's `rows`.
    pub total: i64,
    /// By time, newest first.
    pub items: Vec<ReadableRow>,
    /// Where the next page begins; `null` on the last one.
    pub next_cursor: Option<String>,
}
