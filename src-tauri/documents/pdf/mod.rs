//! A report as PDF: for paper and for whoever listens to it. Vectors and text, tagged (PDF/UA-1, PDF/A-2a), with the rows
//! behind every figure at its end.

mod behind;
mod charts;
mod cover;
mod ending;
mod faces;
pub(in crate::documents) mod fonts;
pub(in crate::documents) mod grid;
pub(in crate::documents) mod ink;
mod page_ops;
pub(in crate::documents) mod page_writer;
pub(in crate::documents) mod structure;
mod summary;

use std::io::Write;

pub(in crate::documents) use self::cover::mark;

use self::fonts::{Fonts, Style, Weight};
use self::grid::{CellText, Col, Grid};
use self::page_writer::{MARGIN, PageWriter};
use self::structure::{DocumentInfo, StructureTag};
use self::summary::Customers;
use super::{Detail, DocumentError, Paper, ReportWriter, Target};
use crate::figures::model::{Chart, Report, Row, Section, Table, TableRow};
use crate::figures::words;

/// A report as PDF.
///
/// # Errors
/// [`DocumentError::Made`] when the letters in the program cannot be read.
pub fn new(target: Target<'_>) -> Result<Box<dyn ReportWriter>, DocumentError> {
    Ok(Box::new(Pdf {
        file: target.file,
        paper: target.paper,
        fonts: Fonts::new()?,
        rows: Vec::new(),
        customers: (target.detail == Detail::Summary).then(Customers::default),
        seen: 0,
    }))
}

struct Pdf {
    file: std::fs::File,
    paper: Paper,
    fonts: Fonts,
    /// As many as are printed, and one more.
    rows: Vec<Row>,
    /// Of a summary: whom it does not name.
    customers: Option<Customers>,
    seen: usize,
}

impl ReportWriter for Pdf {
    fn row(&mut self, row: &Row) -> Result<(), DocumentError> {
        self.seen += 1;
        if let Some(customers) = &mut self.customers {
            customers.see(row);
            return Ok(());
        }
        match self.seen {
            // Too many to print: those kept so far are of no use.
            n if n > behind::MOST => self.rows = Vec::new(),
            _ => self.rows.push(row.clone()),
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>, report: &Report) -> Result<(), DocumentError> {
        behind::sort(&mut self.rows);
        let (rows, seen, paper, fonts) = (&self.rows, self.seen, self.paper, &self.fonts);
        let make = |strict| match &self.customers {
            Some(customers) => summary::make(report, customers, seen, paper, fonts, strict),
            None => make(report, rows, seen, paper, fonts, strict),
        };
        let made = make(true);
        // What a validator does not like is still worth reading.
        let bytes = match made {
            Ok(bytes) => bytes,
            Err(problem) => {
                tracing::warn!(%problem, "a PDF does not keep to PDF/UA and PDF/A");
                make(false)?
            }
        };
        self.file.write_all(&bytes)?;
        self.file.flush()?;
        Ok(())
    }
}

/// Makes one, strictly: for tests.
///
/// # Errors
/// [`DocumentError::Made`] with what is wrong.
#[doc(hidden)]
pub fn strict(report: &Report, rows: &[Row], paper: Paper) -> Result<Vec<u8>, DocumentError> {
    let mut rows: Vec<Row> = if rows.len() > behind::MOST { Vec::new() } else { rows.to_vec() };
    let seen = report.manifest.rows.values().sum::<i64>().max(0) as usize;
    behind::sort(&mut rows);
    make(report, &rows, seen, paper, &Fonts::new()?, true)
}

/// Whether a row stands behind a figure, as the file's own list says: for tests.
#[doc(hidden)]
pub fn is_behind(row: &Row, figure: &str, zone: crate::zone::Tz) -> bool {
    behind::is_behind(row, figure, zone)
}

fn make(
    report: &Report,
    rows: &[Row],
    seen: usize,
    paper: Paper,
    fonts: &Fonts,
    strict: bool,
) -> Result<Vec<u8>, DocumentError> {
    let manifest = &report.manifest;
    let zone = words::zone_of(manifest);
    let mut sheet = PageWriter::new(fonts, paper);
    let printed = seen <= behind::MOST && !rows.is_empty();
    sheet.means(StructureTag::Section, |sheet| {
        cover::top(sheet, report);
        cover::headlines(sheet, report);
        if cover::has_glance(report) {
            cover::glance(sheet, report);
        }
        cover::sums(sheet, &report.sums);
        let said = if printed {
            "Every figure is a link to its rows at the end of this file."
        } else if seen > 0 {
            "There are too many rows to print. The workbook, the CSV and the HTML file of this report hold them all."
        } else {
            "Nothing was counted in this period."
        };
        let width = sheet.inner();
        sheet.means(StructureTag::Paragraph, |sheet| {
            sheet.paragraph(MARGIN, width, said, Style::of(7.5, Weight::Regular), ink::text_3(), 1.4)
        });
    });
    if cover::has_glance(report) {
        sheet.turn();
    }
    for section in &report.sections {
        sheet.means(StructureTag::Section, |sheet| self::section(sheet, report, section));
    }
    sheet.means(StructureTag::Section, |sheet| ending::definitions(sheet, report));
    if printed {
        sheet.turn();
        sheet.means(StructureTag::Section, |sheet| {
            sheet.bookmark(0, "Rows");
            sheet.heading(2, "Rows", 40.0);
            note(sheet, "Everything that counts in this report, numbered. Times are local.");
            behind::list(sheet, report, rows);
        });
        sheet.means(StructureTag::Section, |sheet| {
            sheet.bookmark(0, "Which rows stand behind which figure");
            sheet.heading(2, "Which rows stand behind which figure", 40.0);
            note(sheet, "The numbers are those of the list above.");
            behind::index(sheet, report, rows);
        });
    }
    sheet.means(StructureTag::Section, |sheet| ending::changed(sheet, report));
    sheet.means(StructureTag::Section, |sheet| ending::manifest(sheet, report, seen));
    let period = words::period(&manifest.period);
    let business = if manifest.business.trim().is_empty() { "Leadtrail" } else { &manifest.business };
    sheet.write(
        &DocumentInfo {
            title: format!("{}, {period}, {business}", report.title),
            head_left: business.to_owned(),
            head_right: format!("{}, {period}", report.title),
            foot: format!("Made {} by Leadtrail {}", words::moment(manifest.made_at, zone), manifest.program),
            program: manifest.program.clone(),
            made_at: manifest.made_at,
            id: manifest.sha256.clone(),
        },
        strict,
    )
}

fn note(sheet: &mut PageWriter<'_>, text: &str) {
    let width = sheet.inner();
    sheet.means(StructureTag::Paragraph, |sheet| {
        sheet.paragraph(MARGIN, width, text, Style::of(8.5, Weight::Regular), ink::text_2(), 1.45)
    });
    sheet.y += 4.0;
}

fn section(sheet: &mut PageWriter<'_>, report: &Report, section: &Section) {
    // A heading stays with the first of its tables.
    let first = section.tables.first().map_or(0.0, |table| needs(report, section, table));
    sheet.ensure((first + 60.0).clamp(150.0, sheet.room() * 0.6));
    if sheet.y > MARGIN + 20.0 {
        sheet.y += 6.0;
    }
    sheet.bookmark(0, &section.title);
    sheet.heading(2, &section.title, 100.0);
    note(sheet, &section.note);
    for table in &section.tables {
        self::table(sheet, report, section, table);
    }
}

/// How much of a page a table needs at least.
fn needs(report: &Report, section: &Section, table: &Table) -> f32 {
    let grid = grid(report, section, table).height();
    match charts::height(table) {
        Some(high) if stands_beside(table) => grid.max(high),
        Some(high) if table.chart == Chart::Heat => high + 10.0,
        Some(high) => high + 10.0 + grid.min(70.0),
        None => grid.min(90.0),
    }
}

/// A chart and a small table stand side by side.
fn stands_beside(table: &Table) -> bool {
    table.columns.len() <= 3 && table.rows.len() <= 12 && charts::height(table).is_some() && table.chart != Chart::Heat
}

fn table(sheet: &mut PageWriter<'_>, report: &Report, section: &Section, table: &Table) {
    let alone = section.tables.len() == 1 && table.title == section.title;
    let head = if alone { 0.0 } else { 22.0 };
    let high = needs(report, section, table);
    sheet.ensure(head + high.min(sheet.room() * 0.9));
    if !alone {
        sheet.heading(3, &table.title, 0.0);
    }
    body_of(sheet, report, section, table);
}

/// A table without its heading, with its chart where it has one.
fn body_of(sheet: &mut PageWriter<'_>, report: &Report, section: &Section, table: &Table) {
    let grid = grid(report, section, table);
    let chart = charts::height(table);
    let (x, width) = (MARGIN, sheet.inner());
    let beside = stands_beside(table);
    if table.rows.is_empty() {
        return note(sheet, "Nothing in this period.");
    }
    if let Some(high) = chart {
        let top = sheet.y;
        if beside {
            let left = width * 0.46;
            let tall = high.max(grid.rows.len() as f32 * 15.0 + 16.0).min(180.0);
            charts::draw(sheet, table, [x, top + 4.0, left, tall]);
            grid.draw(sheet, x + left + 22.0, width - left - 22.0);
            sheet.y = sheet.y.max(top + tall + 8.0);
            return;
        }
        charts::draw(sheet, table, [x, top + 4.0, width, high]);
        sheet.y += high + 10.0;
        if table.chart == Chart::Heat {
            return;
        }
    }
    // Few columns stay near each other.
    grid.draw(sheet, x, if grid.columns.len() <= 3 { width * 0.66 } else { width });
}

/// A table of the report, each figure a link to its rows.
fn grid(report: &Report, section: &Section, table: &Table) -> Grid {
    // Where there is room, what it was before stands beside it.
    let before = table.columns.len() == 1 && report.manifest.compared.is_some();
    let mut columns = vec![Col::words(&table.row_label)];
    for column in &table.columns {
        columns.push(Col::numbers(&column.label));
        if before {
            columns.push(Col::numbers("Before"));
        }
    }
    let cells = |row: &TableRow| {
        let mut cells = vec![CellText::of(row.called())];
        for (column, cell) in table.columns.iter().zip(&row.cells) {
            cells.push(cover::piece(cell, &format!("{}, {}", column.label, row.called())));
            if before {
                cells.push(CellText::quiet(cell.was_text.as_deref().unwrap_or(words::NOTHING)));
            }
        }
        cells
    };
    Grid {
        summary: format!("{}: {}", section.title, table.title),
        columns,
        rows: table.rows.iter().chain(&table.total).map(cells).collect(),
        total: table.total.is_some(),
        size: 8.0,
        named: true,
    }
}
