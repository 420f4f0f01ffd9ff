//! What is to be made, as it is written and as it is understood.

use chrono::{DateTime, Utc};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::file::safe_name;
use super::{MakeError, Progress};
use crate::reports::asked::{self, AskError, Asked};
use crate::reports::shapes::{Format, Paper, Shape, ShapeError, Target};
use crate::reports::{Compare, Question};
use crate::settings::Values;
use crate::store::StoreError;
use crate::store::query::shown_id;

/// What is to be made, as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewExport)]
pub struct Order {
    /// `report`, `leads`, `calls` or `timeline`.
    pub what: String,
    /// `pdf`, `xlsx`, `csv`, `html` or `json`.
    pub format: String,
    /// Of a PDF: `a4` (the usual) or `letter`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paper: Option<String>,
    /// Of a report: its name; `overview` if missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Of a timeline: the lead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead: Option<i64>,
    /// Of a timeline: names, numbers and mails are masked.
    #[serde(default)]
    pub redacted: bool,
    /// The question.
    #[serde(default)]
    pub query: Asked,
}

/// What kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // the words explain themselves
pub enum What {
    Report,
    Leads,
    Calls,
    Timeline,
}

impl What {
    /// The kind of a word, if it is one.
    pub fn parse(word: &str) -> Option<What> {
        Some(match word {
            "report" => What::Report,
            "leads" => What::Leads,
            "calls" => What::Calls,
            "timeline" => What::Timeline,
            _ => return None,
        })
    }

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            What::Report => "report",
            What::Leads => "leads",
            What::Calls => "calls",
            What::Timeline => "timeline",
        }
    }
}

/// What is to be made, as it is understood.
#[derive(Debug, Clone)]
#[allow(missing_docs)] // as in [`Order`]
pub struct Job {
    pub what: What,
    pub format: Format,
    pub paper: Paper,
    pub lead: Option<i64>,
    pub redacted: bool,
    pub question: Question,
    /// When it was understood, UTC.
    pub at: DateTime<Utc>,
}

fn invalid(text: impl Into<String>) -> AskError {
    AskError::Invalid(text.into())
}

impl Job {
    /// Understands an order.
    ///
    /// # Errors
    /// [`AskError`] in plain words.
    pub fn of(connection: &Connection, order: &Order, values: &Values, now: DateTime<Utc>) -> Result<Job, AskError> {
        let what = What::parse(&order.what)
            .ok_or_else(|| invalid("Say what to export: report, leads, calls or timeline."))?;
        let format =
            Format::parse(&order.format).ok_or_else(|| invalid("Say into what: pdf, xlsx, csv, html or json."))?;
        let paper = match order.paper.as_deref() {
            None | Some("a4") => Paper::A4,
            Some("letter") => Paper::Letter,
            Some(_) => return Err(invalid("Paper is a4 or letter.")),
        };
        let offered = match what {
            What::Report => true,
            What::Leads | What::Calls => format != Format::Pdf,
            What::Timeline => matches!(format, Format::Pdf | Format::Html | Format::Json),
        };
        if !offered {
            return Err(invalid(match what {
                What::Timeline => "A timeline is made as pdf, html or json.",
                _ => "A list is made as csv, xlsx, json or html. A PDF would be hundreds of pages: the report is one.",
            }));
        }
        let lead = match (what, order.lead) {
            (What::Timeline, Some(lead)) => Some(shown_id(connection, lead).map_err(|error| match error {
                StoreError::NotFound(text) => AskError::NotFound(text.into()),
                other => other.into(),
            })?),
            (What::Timeline, None) => return Err(invalid("Say whose timeline: the number of the lead.")),
            _ => None,
        };
        let name = match what {
            What::Report => order.name.as_deref().unwrap_or("overview"),
            _ => "overview",
        };
        let mut question = order.query.question(connection, name, values, now)?;
        if what != What::Report {
            question.compare = Compare::None;
        }
        Ok(Job { what, format, paper, lead, redacted: order.redacted, question, at: now })
    }

    /// What people call it; empty for a timeline, whose lead is named when it is shown.
    pub fn title(&self) -> String {
        let q = &self.question;
        let what = match self.what {
            What::Report => asked::title(&q.name).unwrap_or("Report"),
            What::Leads => "Leads",
            What::Calls => "Calls",
            What::Timeline => return String::new(),
        };
        format!("{what}, {}", days(q))
    }

    /// The file's name on the disk: nobody is named in it.
    pub fn file_name(&self) -> String {
        let q = &self.question;
        match self.what {
            What::Report => self.named(&q.name.replace('_', " ")),
            What::Leads | What::Calls => self.named(self.what.as_str()),
            What::Timeline => timeline_name(self.lead, None, self.redacted, self.ending()),
        }
    }

    /// The same for a saved report.
    pub fn named(&self, name: &str) -> String {
        let q = &self.question;
        let (business, name) = (safe_name(&q.business_name), safe_name(name));
        let first = if business.is_empty() { capitalised(&name) } else { format!("{business}, {name}") };
        format!("{first}, {} to {}.{}", q.from, q.to, self.ending())
    }

    /// The file's ending.
    pub fn ending(&self) -> &'static str {
        match (self.what, self.format) {
            // One file a table.
            (What::Report, Format::Csv) => "zip",
            (_, format) => format.as_str(),
        }
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The days of a question, for people.
pub(super) fn days(q: &Question) -> String {
    let day = |day: chrono::NaiveDate| day.format("%-d %b %Y").to_string();
    if q.from == q.to { day(q.from) } else { format!("{} to {}", day(q.from), day(q.to)) }
}

/// What the file of a timeline is called: a masked one names nobody.
pub(super) fn timeline_name(lead: Option<i64>, name: Option<&str>, redacted: bool, ending: &str) -> String {
    let name = name.map(safe_name).filter(|name| !name.is_empty());
    match (redacted, name, lead) {
        (true, ..) | (false, None, None) => format!("Timeline, masked.{ending}"),
        (false, Some(name), _) => format!("{name}, timeline.{ending}"),
        (false, None, Some(lead)) => format!("Lead {lead}, timeline.{ending}"),
    }
}

/// The content type of a file with this ending.
pub fn content_type(ending: &str) -> &'static str {
    match ending {
        "pdf" => "application/pdf",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "zip" => "application/zip",
        "csv" => "text/csv; charset=utf-8; header=present",
        "html" => "text/html; charset=utf-8",
        "json" => "application/json",
        _ => "application/octet-stream",
    }
}

/// Begins a report in a shape.
pub(super) fn shape(format: Format, target: Target<'_>) -> Result<Box<dyn Shape>, ShapeError> {
    crate::reports::stub::shape(format, target)
}

/// Writes a list; answers how many rows.
pub(super) fn list(
    _connection: &Connection,
    _job: &Job,
    _target: Target<'_>,
    _now: DateTime<Utc>,
    _progress: Progress<'_>,
) -> Result<u64, MakeError> {
    Err(MakeError::Folder("Lists are not there yet.".into()))
}

/// Writes a timeline; answers how many entries.
pub(super) fn timeline(
    _connection: &Connection,
    _job: &Job,
    _target: Target<'_>,
    _now: DateTime<Utc>,
) -> Result<u64, MakeError> {
    Err(MakeError::Folder("Timelines are not there yet.".into()))
}
