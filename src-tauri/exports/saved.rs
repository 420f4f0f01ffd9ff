//! Saved reports: a question that goes with the calendar, and perhaps a schedule.

use std::path::Path;

use crate::store::Connection;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{ExportKind, ExportPlan, ExportRequest};
use crate::documents::{Detail, Format, Paper};
use crate::exports::schedule::{Range, Schedule};
use crate::figures::{ReportError, ReportParams};
use crate::fs::OwnFiles;
use crate::settings::Values;
use crate::store::StoreError;
use crate::store::saved::{self, SavedRow};

/// Characters of a name.
const NAME: usize = 100;
/// Saved reports.
const MOST: usize = 200;

/// What a saved report asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedQuery {
    /// The report's name.
    pub report: String,
    /// Its shape.
    pub format: Format,
    /// `a4` or `letter`.
    pub paper: Option<Paper>,
    /// `summary` or `complete` (the usual): of a PDF.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Detail>,
    /// Its days.
    pub range: Range,
    /// The rest of the question.
    pub query: ReportParams,
}

/// A saved report.
#[derive(Debug, Clone)]
pub struct Saved {
    /// The row in the file.
    pub row: SavedRow,
    /// What it asks.
    pub asked: SavedQuery,
    /// When it is made by itself.
    pub schedule: Option<Schedule>,
}

impl Saved {
    /// Reads a row.
    ///
    /// # Errors
    /// [`StoreError::Internal`] where it is not what was written.
    pub fn of(row: SavedRow) -> Result<Saved, StoreError> {
        let asked = serde_json::from_str(&row.asked)?;
        let schedule = row.schedule.as_deref().map(serde_json::from_str).transpose()?;
        Ok(Saved { row, asked, schedule })
    }

    /// Every saved report, by name.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn all(connection: &Connection) -> Result<Vec<Saved>, StoreError> {
        saved::all(connection)?.into_iter().map(Saved::of).collect()
    }
}

impl SavedQuery {
    /// What is to be made, seen from a day.
    pub fn order(&self, today: NaiveDate) -> ExportRequest {
        let (from, to) = self.range.days(today);
        let mut query = self.query.clone();
        (query.from, query.to) = (Some(from.to_string()), Some(to.to_string()));
        query.unit = self.range.unit().map(|unit| unit.as_str().to_string());
        ExportRequest {
            paper: self.paper,
            // What is chosen for a PDF waits while another file is made.
            detail: self.detail.filter(|_| self.format == Format::Pdf),
            name: Some(self.report.clone()),
            ..ExportRequest::new(ExportKind::Report, self.format, query)
        }
    }

    /// Checks it as it would be made now, with its name and schedule. Answers the name without what is around it.
    ///
    /// # Errors
    /// [`ReportError`] in plain words.
    pub fn check(
        &self,
        connection: &Connection,
        name: &str,
        schedule: Option<&Schedule>,
        is_new: bool,
        values: &Values,
        now: DateTime<Utc>,
    ) -> Result<String, ReportError> {
        let invalid = |text: &str| Err(ReportError::Invalid(text.into()));
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        if name.is_empty() || name.chars().count() > NAME || name.chars().any(char::is_control) {
            return invalid("Give it a name of up to 100 characters.");
        }
        if self.query.from.is_some() || self.query.to.is_some() {
            return invalid("Say the days of a saved report as its range.");
        }
        if let Range::Days { from, to } = &self.range
            && from > to
        {
            return invalid("The period ends before it begins.");
        }
        if is_new && saved::all(connection)?.len() >= MOST {
            return invalid("There are 200 saved reports already. Delete one first.");
        }
        let today = now.with_timezone(&values.business.zone()).date_naive();
        ExportPlan::of(connection, &self.order(today), values, now)?;
        if let Some(schedule) = schedule {
            if let Some(problem) = schedule.problem() {
                return invalid(problem);
            }
            if let Some(folder) = schedule.folder() {
                let folder = Path::new(folder);
                if !folder.is_absolute() {
                    return invalid("Say the whole path of the folder.");
                }
                let data = connection.path().and_then(|file| Path::new(file).parent());
                let chosen = values.backups.folder.as_deref().map(Path::new);
                if let Some(data) = data
                    && let Err(refused) = OwnFiles::of(data, chosen).takes_in_folder(folder)
                {
                    return Err(ReportError::Invalid(refused.to_string()));
                }
                if schedule.on && !folder.is_dir() {
                    return Err(ReportError::Invalid(format!("The folder {} is not there.", folder.display())));
                }
            }
        }
        Ok(name)
    }
}
