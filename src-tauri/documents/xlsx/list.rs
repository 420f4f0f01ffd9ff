//! A list as a workbook: its lines, and where they come from.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use chrono::{DateTime, Utc};
use rust_xlsxwriter::{DocProperties, Workbook, Worksheet};

use super::book::{self, CellFormats, Lies, Names, fitting, guarded};
use super::rows::Pages;
use crate::documents::cells::{self, ListColumn, Value};
use crate::documents::{DocumentError, Paper};
use crate::zone::Tz;

/// A workbook of a list in the making.
pub struct ListBook {
    file: File,
    book: Workbook,
    looks: CellFormats,
    pages: Pages,
    paper: Paper,
}

impl ListBook {
    /// An empty one.
    ///
    /// # Errors
    /// [`DocumentError`] when the disk does not take it.
    pub fn new(
        file: File,
        scratch: &Path,
        paper: Paper,
        fields: &'static [ListColumn],
        zone: Tz,
        currency: &str,
    ) -> Result<ListBook, DocumentError> {
        let looks = CellFormats::new(currency);
        let mut book = super::empty_book(scratch)?;
        let pages = guarded(|| Pages::new(&mut book, fields, &[], Vec::new(), zone, &looks))?;
        Ok(ListBook { file, book, looks, pages, paper })
    }

    /// Takes a line.
    ///
    /// # Errors
    /// [`DocumentError`] when the disk does not take it.
    pub fn line(&mut self, values: &[Value<'_>]) -> Result<(), DocumentError> {
        guarded(|| self.pages.line(&mut self.book, values, std::iter::empty(), &self.looks))
    }

    /// Writes the file. `about` says in lines of two cells what it is.
    ///
    /// # Errors
    /// [`DocumentError`] when the disk does not take it.
    pub fn finish(
        self,
        title: &str,
        business: &str,
        made_at: DateTime<Utc>,
        about: &[(String, String)],
    ) -> Result<(), DocumentError> {
        let ListBook { file, mut book, looks, pages, paper } = self;
        guarded(|| {
            let mut rows = pages.finish(|_| true)?;
            let mut names = Names::default();
            let head = format!("{business} · {title}");
            if rows.sheets.len() > 1 {
                book.use_zip_large_file(true);
            }
            for mut sheet in rows.sheets.drain(..) {
                sheet.set_name(names.take(title))?;
                book::on_paper(&mut sheet, paper, Lies::Spread, &head)?;
                book.push_worksheet(sheet);
            }
            let mut sheet = Worksheet::new();
            sheet.set_name(names.take("About"))?;
            sheet.set_column_width(0, 26)?;
            sheet.set_column_width(1, 80)?;
            for (row, (label, text)) in about.iter().enumerate() {
                let row = u32::try_from(row).unwrap_or(u32::MAX);
                sheet.write_string_with_format(row, 0, fitting(label), &looks.note)?;
                sheet.write_string_with_format(row, 1, fitting(text), &looks.wrapped)?;
            }
            book::on_paper(&mut sheet, paper, Lies::Wide, &head)?;
            book.push_worksheet(sheet);
            let properties = DocProperties::new()
                .set_title(book::cut(title, 200))
                .set_author(book::cut(&cells::clean(business), 200))
                .set_creation_datetime(&made_at);
            book.set_properties(&properties);
            let mut out = BufWriter::with_capacity(256 * 1024, file);
            book.save_to_writer(&mut out)?;
            out.flush()?;
            Ok(())
        })
    }
}
