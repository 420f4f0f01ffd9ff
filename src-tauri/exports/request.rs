//! What is to be made, as it is written and as it is understood.

use crate::store::Connection;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantNames};
use utoipa::ToSchema;

use super::file::{safe_name, safe_name_of};
use crate::documents::{Detail, Format, Paper};
use crate::figures::{Compare, Question, ReportError, ReportParams, title};
use crate::settings::Values;
use crate::store::query::shown_id;
use crate::store::sources;

/// Bytes of each of two names in that of a file: with days, a number and an ending they fit into the 255 that file
/// systems take.
const PART: usize = 90;

/// What is to be made, as it is asked: of the API, of the command line, by a saved report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewExport)]
pub struct ExportRequest {
    /// `report`, `leads`, `calls` or `timeline`.
    #[schema(value_type = String)]
    pub what: ExportKind,
    /// `pdf`, `xlsx`, `csv`, `html` or `json`.
    #[schema(value_type = String)]
    pub format: Format,
    /// Of a PDF: `a4` (the usual) or `letter`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub paper: Option<Paper>,
    /// Of a report's PDF: `summary` (three pages at most, and no customer's name, number or mail) or `complete` (the usual).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub detail: Option<Detail>,
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
    pub query: ReportParams,
}

impl ExportRequest {
    /// The usual file of its kind.
    pub fn new(what: ExportKind, format: Format, query: ReportParams) -> ExportRequest {
        ExportRequest { what, format, paper: None, detail: None, name: None, lead: None, redacted: false, query }
    }
}

/// What kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr, VariantNames)]
#[serde(rename_all = "lowercase", try_from = "String")]
#[strum(serialize_all = "lowercase")]
#[allow(missing_docs)] // the words explain themselves
pub enum ExportKind {
    Report,
    Leads,
    Calls,
    Timeline,
}

impl ExportKind {
    /// The word.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl TryFrom<String> for ExportKind {
    type Error = ReportError;

    fn try_from(word: String) -> Result<ExportKind, ReportError> {
        word.parse().map_err(|_| invalid("Say what to export: report, leads, calls or timeline."))
    }
}

/// What is to be made, as it is understood.
#[derive(Debug, Clone)]
#[allow(missing_docs)] // as in [`ExportRequest`]
pub struct ExportPlan {
    pub what: ExportKind,
    pub format: Format,
    pub paper: Paper,
    pub detail: Detail,
    pub lead: Option<i64>,
    pub redacted: bool,
    pub question: Question,
    /// When it was understood, UTC.
    pub at: DateTime<Utc>,
}

fn invalid(text: impl Into<String>) -> ReportError {
    ReportError::Invalid(text.into())
}

impl ExportPlan {
    /// Understands an order.
    ///
    /// # Errors
    /// [`ReportError`] in plain words.
    pub fn of(
        connection: &Connection,
        order: &ExportRequest,
        values: &Values,
        now: DateTime<Utc>,
    ) -> Result<ExportPlan, ReportError> {
        let (what, format) = (order.what, order.format);
        let (paper, detail) = (order.paper.unwrap_or_default(), order.detail.unwrap_or_default());
        if detail == Detail::Summary && what != ExportKind::Report {
            return Err(invalid("Only a report has a summary."));
        }
        if detail == Detail::Summary && format != Format::Pdf {
            return Err(invalid("Only the PDF of a report comes as a summary: the other files hold the rows."));
        }
        let offered = match what {
            ExportKind::Report => true,
            ExportKind::Leads | ExportKind::Calls => format != Format::Pdf,
            ExportKind::Timeline => matches!(format, Format::Pdf | Format::Html | Format::Json),
        };
        if !offered {
            return Err(invalid(match what {
                ExportKind::Timeline => "A timeline is made as pdf, html or json.",
                _ => "A list is made as csv, xlsx, json or html. A PDF would be hundreds of pages: the report is one.",
            }));
        }
        if order.redacted && what != ExportKind::Timeline {
            return Err(invalid("Names, numbers and mails can be masked in a timeline only."));
        }
        let lead = match (what, order.lead) {
            (ExportKind::Timeline, Some(lead)) => {
                let shown = shown_id(connection, lead)?;
                // Of a past moment it is the lead that had this number then.
                Some(if order.query.as_of.is_some() { lead } else { shown })
            }
            (ExportKind::Timeline, None) => return Err(invalid("Say whose timeline: the number of the lead.")),
            _ => None,
        };
        let name = match what {
            ExportKind::Report => order.name.as_deref().unwrap_or("overview"),
            _ => "overview",
        };
        title(name)?;
        let mut question = order.query.question(name, values, now)?;
        if let Some(id) = question.filters.source
            && !sources::all(connection)?.iter().any(|source| source.id == id)
        {
            return Err(ReportError::NotFound("There is no such source."));
        }
        if what != ExportKind::Report {
            question.compare = Compare::None;
        }
        Ok(ExportPlan { what, format, paper, detail, lead, redacted: order.redacted, question, at: now })
    }

    /// What people call it; empty for a timeline, whose lead is named when it is shown.
    pub fn title(&self) -> String {
        let q = &self.question;
        let what = match self.what {
            ExportKind::Report if self.detail == Detail::Summary => {
                return format!("{}, summary, {}", title(&q.name).unwrap_or("Report"), days(q));
            }
            ExportKind::Report => title(&q.name).unwrap_or("Report"),
            ExportKind::Leads => "Leads",
            ExportKind::Calls => "Calls",
            ExportKind::Timeline => return String::new(),
        };
        format!("{what}, {}", days(q))
    }

    /// The file's name on the disk: nobody is named in it.
    pub fn file_name(&self) -> String {
        let q = &self.question;
        match self.what {
            ExportKind::Report => self.named(&q.name.replace('_', " ")),
            ExportKind::Leads | ExportKind::Calls => self.named(self.what.as_str()),
            ExportKind::Timeline => timeline_name(self.lead, None, self.redacted, self.ending()),
        }
    }

    /// The same for a saved report.
    pub fn named(&self, name: &str) -> String {
        let q = &self.question;
        let (business, name) = (safe_name_of(&q.business_name, PART), safe_name_of(name, PART));
        let name = match self.detail {
            Detail::Summary => format!("{name}, summary"),
            Detail::Complete => name,
        };
        let first = if business.is_empty() { capitalised(&name) } else { format!("{business}, {name}") };
        format!("{first}, {} to {}.{}", q.from, q.to, self.ending())
    }

    /// The file's ending.
    pub fn ending(&self) -> &'static str {
        match (self.what, self.format) {
            // One file a table.
            (ExportKind::Report, Format::Csv) => "zip",
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
