//! The shapes a report is made into. Each is fed the rows one by one and then the report, so that none ever holds all
//! rows in memory.

pub mod cells;
pub mod csv;
pub mod html;
pub mod json;
pub mod list;
pub mod pdf;
pub mod timeline;
pub mod xlsx;

use std::fs::File;
use std::path::Path;

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantNames};

use crate::zone::Tz;

use crate::figures::ReportError;
use crate::figures::model::{Report, Row};
use crate::store::StoreError;

/// Into which shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, EnumString, IntoStaticStr, VariantNames)]
#[serde(rename_all = "lowercase", try_from = "String")]
#[strum(serialize_all = "lowercase")]
#[allow(missing_docs)] // the words explain themselves
pub enum Format {
    Pdf,
    Xlsx,
    /// One file a table, zipped.
    Csv,
    Html,
    Json,
}

impl Format {
    /// The word in requests and on the command line.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl TryFrom<String> for Format {
    type Error = ReportError;

    fn try_from(word: String) -> Result<Format, ReportError> {
        word.parse().map_err(|_| ReportError::Invalid("Say into what: pdf, xlsx, csv, html or json.".into()))
    }
}

/// The paper of a PDF.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, EnumString, IntoStaticStr, VariantNames,
)]
#[serde(rename_all = "lowercase", try_from = "String")]
#[strum(serialize_all = "lowercase")]
pub enum Paper {
    /// 210 × 297 mm.
    #[default]
    A4,
    /// 8.5 × 11 inches.
    Letter,
}

impl TryFrom<String> for Paper {
    type Error = ReportError;

    fn try_from(word: String) -> Result<Paper, ReportError> {
        word.parse().map_err(|_| ReportError::Invalid("Paper is a4 or letter.".into()))
    }
}

/// How much of a report a PDF holds.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, EnumString, IntoStaticStr, VariantNames,
)]
#[serde(rename_all = "lowercase", try_from = "String")]
#[strum(serialize_all = "lowercase")]
pub enum Detail {
    /// Three pages at most, and nothing that says who a customer is.
    Summary,
    /// Every figure, what each counts, and the rows behind it with names and numbers.
    #[default]
    Complete,
}

impl TryFrom<String> for Detail {
    type Error = ReportError;

    fn try_from(word: String) -> Result<Detail, ReportError> {
        word.parse().map_err(|_| ReportError::Invalid("Detail is summary or complete.".into()))
    }
}

/// Why a file could not be made.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// The disk did not take it.
    #[error("The file could not be written: {0}.")]
    Io(#[from] std::io::Error),
    /// What writes the format said no.
    #[error("The file could not be made: {0}.")]
    Made(String),
    /// What was asked makes no sense, or the data file.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// It was to end.
    #[error("It was cancelled.")]
    Cancelled,
}

impl From<StoreError> for DocumentError {
    fn from(error: StoreError) -> DocumentError {
        DocumentError::Report(error.into())
    }
}

/// A file in the making: every row, then the report, which ends it.
pub trait ReportWriter {
    /// Takes a row.
    ///
    /// # Errors
    /// [`DocumentError`] when the disk or the format does not take it.
    fn row(&mut self, row: &Row) -> Result<(), DocumentError>;

    /// Writes the rest. Only then the file is whole.
    ///
    /// # Errors
    /// [`DocumentError`] when the disk or the format does not take it.
    fn finish(self: Box<Self>, report: &Report) -> Result<(), DocumentError>;
}

/// The table cells of programs that calculate run what begins like a formula; what a sender wrote never may. Where the
/// format has no type for text (CSV), such a text gets an apostrophe in front.
///
/// Programs differ in what they skip before the sign (blanks, a byte order mark, what is not seen) and in what they take
/// for it (full-width and small forms, as Excel does in Japanese). So everything is skipped that any of them may skip, and a
/// sign is whatever Unicode's compatibility mapping (NFKC) makes `=`, `+`, `-` or `@` of, or looks the same.
pub fn is_formula_like(text: &str) -> bool {
    if text.starts_with(['\t', '\r']) {
        return true;
    }
    text.chars().find(|c| !is_skipped(*c)).is_some_and(is_sign)
}

/// Blanks, controls, and what is not seen.
fn is_skipped(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'
                ..='\u{180f}'
        )
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}')
        || matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffc}' | '\u{fffe}' | '\u{ffff}')
        || matches!(c, '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

fn is_sign(c: char) -> bool {
    use unicode_normalization::UnicodeNormalization;
    // The minus sign, hyphens and equals signs that no mapping knows, and are typed for these.
    let is_one = |c: char| {
        matches!(
            c,
            '=' | '+' | '-' | '@' | '\u{2010}'
                ..='\u{2015}'
                    | '\u{2212}'
                    | '\u{2e3a}'
                    | '\u{2e3b}'
                    | '\u{a78a}'
                    | '\u{30a0}'
                    | '\u{1400}'
                    | '\u{2795}'
                    | '\u{2796}'
                    | '\u{ff1d}'
                    | '\u{2e40}'
        )
    };
    is_one(c) || std::iter::once(c).nfkc().next().is_some_and(is_one)
}

/// Where and onto which paper.
#[derive(Debug)]
pub struct Target<'a> {
    /// The file, open and empty.
    pub file: File,
    /// A folder for files on the way, on the same disk.
    pub scratch: &'a Path,
    /// The paper of a PDF.
    pub paper: Paper,
    /// How much a PDF of a report holds.
    pub detail: Detail,
    /// The zone of the report: rows come before it.
    pub zone: Tz,
    /// ISO 4217: what cents are of.
    pub currency: &'a str,
}
