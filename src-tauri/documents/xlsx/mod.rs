//! A workbook: a summary, a sheet a section with its tables and charts, every row, and what each figure counts. There is no
//! formula in it: numbers are numbers, days are days, and what a sender wrote is text.

mod book;
mod figures;
mod list;
mod numbers;
mod rows;
mod summary;

use std::fs::File;
use std::io::{BufWriter, Write};

use rust_xlsxwriter::{DocProperties, Workbook};

use self::book::{CellFormats, Lies, Names, guarded};
use self::rows::Pages;
use super::cells::{self, PLACES, ROW};
use super::{DocumentError, Paper, ReportWriter, Target};
use crate::figures::measure::Measure;
use crate::figures::model::{Report, Row};
use crate::figures::words;
use crate::zone::Tz;

pub use self::list::ListBook;

/// Moments that stand in UTC as well.
const UTC: [&str; 1] = ["at"];

struct Xlsx {
    file: File,
    book: Workbook,
    looks: CellFormats,
    pages: Pages,
    zone: Tz,
    paper: Paper,
    used: Vec<bool>,
}

/// A report as a workbook.
///
/// # Errors
/// [`DocumentError`] when the disk does not take it.
pub fn new(target: Target<'_>) -> Result<Box<dyn ReportWriter>, DocumentError> {
    let looks = CellFormats::new(target.currency);
    let mut book = empty_book(target.scratch)?;
    let marks = Measure::ALL.iter().map(|measure| format!("{}\n{}", measure.label(), measure.key())).collect();
    let pages = guarded(|| Pages::new(&mut book, &ROW, &UTC, marks, target.zone, &looks))?;
    Ok(Box::new(Xlsx {
        file: target.file,
        book,
        looks,
        pages,
        zone: target.zone,
        paper: target.paper,
        used: vec![false; Measure::ALL.len()],
    }))
}

fn empty_book(scratch: &std::path::Path) -> Result<Workbook, DocumentError> {
    let mut book = Workbook::new();
    guarded(|| book.set_tempdir(scratch).map(|_| ()))?;
    book.set_zip_compression_level(1);
    Ok(book)
}

impl ReportWriter for Xlsx {
    fn row(&mut self, row: &Row) -> Result<(), DocumentError> {
        let places: Vec<usize> = row.figures.iter().filter_map(|key| PLACES.get(key.as_str()).copied()).collect();
        for place in &places {
            if let Some(used) = self.used.get_mut(*place) {
                *used = true;
            }
        }
        let values = cells::row(row, self.zone);
        guarded(|| self.pages.line(&mut self.book, &values, places.into_iter(), &self.looks))
    }

    fn finish(self: Box<Self>, report: &Report) -> Result<(), DocumentError> {
        let Xlsx { file, mut book, looks, pages, zone, paper, used } = *self;
        guarded(|| {
            let counts = |place: usize| {
                used.get(place).copied().unwrap_or(false)
                    || Measure::ALL.get(place).is_some_and(|measure| report.measures.contains_key(measure.key()))
            };
            let mut rows = pages.finish(counts)?;
            // Sheets of rows may then be more than 4 GB before they are packed.
            book.use_zip_large_file(rows.sheets.len() > 1);
            let mut names = Names::default();
            let first = names.take("Summary");
            let sections: Vec<String> = report.sections.iter().map(|section| names.take(&section.title)).collect();
            let over_time = names.take("Over time");
            let changed = report.manifest.changed.as_ref().map(|_| names.take("Changed"));
            let row_sheets: Vec<String> = rows.sheets.iter().map(|_| names.take("Rows")).collect();
            let definitions = names.take("Definitions");
            let head =
                format!("{} · {} · {}", report.manifest.business, report.title, words::period(&report.manifest.period));
            let links = figures::Links {
                sheet: row_sheets.first().cloned().unwrap_or_default(),
                more: row_sheets.len() > 1,
                last: rows.last,
                marks: rows.marks,
            };
            let page = figures::FigureSheet { looks: &looks, links: &links, zone };

            let mut sheets = Vec::new();
            let mut sheet = summary::summary(report, &page, &over_time)?;
            sheet.set_name(&first)?;
            sheets.push(sheet);
            for (section, name) in report.sections.iter().zip(&sections) {
                sheets.push(figures::section(section, name, &page)?);
            }
            sheets.push(summary::over_time(report, &over_time, &page)?);
            if let (Some(rows), Some(name)) = (&report.manifest.changed, &changed) {
                sheets.push(summary::changed(rows, name, &page)?);
            }
            for (mut sheet, name) in rows.sheets.drain(..).zip(&row_sheets) {
                sheet.set_name(name)?;
                sheets.push(sheet);
            }
            sheets.push(summary::definitions(report, &definitions, &page)?);
            for mut sheet in sheets {
                let name = sheet.name();
                let lies = match name {
                    name if name == over_time => Lies::Whole,
                    name if row_sheets.contains(&name) || changed.as_ref() == Some(&name) => Lies::Spread,
                    _ => Lies::Wide,
                };
                book::on_paper(&mut sheet, paper, lies, &head)?;
                book.push_worksheet(sheet);
            }
            let manifest = &report.manifest;
            let properties = DocProperties::new()
                .set_title(book::cut(&format!("{}, {}", report.title, words::period(&manifest.period)), 200))
                .set_author(book::cut(&cells::clean(&manifest.business), 200))
                .set_company(book::cut(&cells::clean(&manifest.business), 200))
                .set_comment(format!(
                    "Made by Leadtrail {}. SHA-256 of the data: {}",
                    manifest.program, manifest.sha256
                ))
                .set_creation_datetime(&manifest.made_at);
            book.set_properties(&properties);
            let mut out = BufWriter::with_capacity(256 * 1024, file);
            book.save_to_writer(&mut out)?;
            out.flush()?;
            Ok(())
        })
    }
}
