//! Stands in for the engine until it lands.
#![allow(missing_docs, clippy::missing_errors_doc)]

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use rusqlite::Connection;

use super::model::{Filters, Report, Row};
use super::shapes::ShapeError;
use crate::settings::Business;
use crate::store::StoreError;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    None,
    Previous,
    Year,
}

#[derive(Debug, Clone)]
pub struct Question {
    pub name: String,
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub zone: Tz,
    pub compare: Compare,
    pub filters: Filters,
    pub as_of: Option<DateTime<Utc>>,
    pub business: Business,
    pub business_name: String,
}

#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Shape(#[from] ShapeError),
    #[error("It was cancelled.")]
    Cancelled,
}

pub fn report(_: &Connection, _: &Question, _: DateTime<Utc>) -> Result<Report, ReportError> {
    Err(ReportError::Store(StoreError::Invalid("There is no engine yet.".into())))
}

pub fn stream(
    _: &Connection,
    _: &Question,
    _: DateTime<Utc>,
    _: &mut dyn FnMut(&Row) -> Result<(), ReportError>,
) -> Result<Report, ReportError> {
    Err(ReportError::Store(StoreError::Invalid("There is no engine yet.".into())))
}

pub fn shape(
    _: super::shapes::Format,
    target: super::shapes::Target<'_>,
) -> Result<Box<dyn super::shapes::Shape>, ShapeError> {
    struct Lines(std::fs::File);
    impl super::shapes::Shape for Lines {
        fn row(&mut self, row: &Row) -> Result<(), ShapeError> {
            use std::io::Write;
            writeln!(self.0, "{}", serde_json::to_string(row).unwrap_or_default())?;
            Ok(())
        }
        fn finish(self: Box<Self>, _: &Report) -> Result<(), ShapeError> {
            Ok(())
        }
    }
    Ok(Box::new(Lines(target.file)))
}
