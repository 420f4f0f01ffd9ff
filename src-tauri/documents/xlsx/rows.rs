//! Sheets of lines that are written as they come, and go to the disk at once.

use rust_xlsxwriter::{Workbook, Worksheet, XlsxError};

use super::book::{self, CellFormats, MOST_ROWS};
use crate::documents::cells::{CellKind, ListColumn, Value};
use crate::zone::Tz;

/// A list over as many sheets as it needs.
pub(super) struct Pages {
    fields: &'static [ListColumn],
    utc: &'static [&'static str],
    /// Headings of columns with a 1 where the line counts.
    marks: Vec<String>,
    zone: Tz,
    done: Vec<Worksheet>,
    sheet: Worksheet,
    /// The next free row.
    next: u32,
    /// So many fit on one sheet, the heading among them.
    most: u32,
}

/// What came of it.
pub(super) struct WrittenRows {
    /// The sheets, without names.
    pub(super) sheets: Vec<Worksheet>,
    /// The last row of the first of them, from 0.
    pub(super) last: u32,
    /// The first column of marks.
    pub(super) marks: u16,
}

impl Pages {
    pub(super) fn new(
        book: &mut Workbook,
        fields: &'static [ListColumn],
        utc: &'static [&'static str],
        marks: Vec<String>,
        zone: Tz,
        looks: &CellFormats,
    ) -> Result<Pages, XlsxError> {
        let sheet = book.new_worksheet_with_constant_memory()?;
        let mut pages = Pages { fields, utc, marks, zone, done: Vec::new(), sheet, next: 0, most: MOST_ROWS };
        pages.head(looks)?;
        Ok(pages)
    }

    fn head(&mut self, looks: &CellFormats) -> Result<(), XlsxError> {
        let heads = book::headings(self.fields, self.utc);
        self.sheet.set_row_height(0, 34)?;
        let mut column = 0;
        for (label, kind, width) in &heads {
            let right = matches!(kind, CellKind::Count | CellKind::Cents | CellKind::Seconds | CellKind::Waited);
            let look = if right { &looks.head_right } else { &looks.head };
            self.sheet.write_string_with_format(0, column, label, look)?;
            self.sheet.set_column_width(column, f64::from(*width))?;
            column += 1;
        }
        for label in &self.marks {
            self.sheet.write_string_with_format(0, column, label, &looks.head_right)?;
            self.sheet.set_column_width(column, 15)?;
            column += 1;
        }
        self.sheet.set_freeze_panes(1, 3)?;
        self.sheet.set_repeat_rows(0, 0)?;
        self.next = 1;
        Ok(())
    }

    /// Writes a line; `marks` are places in the columns of marks.
    pub(super) fn line(
        &mut self,
        book: &mut Workbook,
        values: &[Value<'_>],
        marks: impl Iterator<Item = usize>,
        looks: &CellFormats,
    ) -> Result<(), XlsxError> {
        if self.next >= self.most {
            self.close()?;
            let full = std::mem::replace(&mut self.sheet, book.new_worksheet_with_constant_memory()?);
            self.done.push(full);
            self.head(looks)?;
        }
        let first = book::line(&mut self.sheet, self.next, self.fields, values, self.utc, self.zone, looks)?;
        for place in marks {
            let column = first.saturating_add(u16::try_from(place).unwrap_or(u16::MAX));
            self.sheet.write_number_with_format(self.next, column, 1, &looks.number)?;
        }
        self.next += 1;
        Ok(())
    }

    fn width(&self) -> u16 {
        let columns = self.fields.len() + self.utc.len() + self.marks.len();
        u16::try_from(columns).unwrap_or(u16::MAX)
    }

    fn close(&mut self) -> Result<(), XlsxError> {
        let (last, width) = (self.next.saturating_sub(1), self.width());
        self.sheet.autofilter(0, 0, last, width.saturating_sub(1))?;
        // Marks are for filters, not for paper.
        let read = u16::try_from(self.fields.len()).unwrap_or(u16::MAX);
        self.sheet.set_print_area(0, 0, last, read.saturating_sub(1))?;
        Ok(())
    }

    /// The sheets. Columns of marks that `shown` does not want are there, and folded away.
    pub(super) fn finish(mut self, shown: impl Fn(usize) -> bool) -> Result<WrittenRows, XlsxError> {
        self.close()?;
        let last = if self.done.is_empty() { self.next - 1 } else { self.most - 1 };
        let marks = u16::try_from(self.fields.len() + self.utc.len()).unwrap_or(u16::MAX);
        let hidden: Vec<u16> = (0..self.marks.len())
            .filter(|place| !shown(*place))
            .map(|place| marks.saturating_add(u16::try_from(place).unwrap_or(u16::MAX)))
            .collect();
        self.done.push(self.sheet);
        for sheet in &mut self.done {
            for column in &hidden {
                sheet.set_column_hidden(*column)?;
            }
        }
        Ok(WrittenRows { sheets: self.done, last, marks })
    }
}
