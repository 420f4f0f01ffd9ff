//! Sheets of figures: each figure typed, and a click away from the column of rows it counts.

use rust_xlsxwriter::{
    Chart as Drawing, ChartDataLabel, ChartFont, ChartFormat, ChartLegendPosition, ChartLine, ChartSolidFill,
    ChartType, Color, ConditionalFormat2ColorScale, Table as SheetTable, TableColumn, TableStyle, Url, Worksheet,
    XlsxError,
};

use super::book::{self, BAR, CellFormats, Figure, HEAT_HIGH, HEAT_LOW, LINE, PARTS, QUIET, fitting};
use crate::documents::cells::{PLACES, ROW};
use crate::figures::model::{Cell, Chart, Column, Section, Table, TableRow, Unit};
use crate::figures::{Dimension, Touches, parse_figure, words};
use crate::zone::Tz;

/// Where the rows are.
pub(super) struct Links {
    /// The (first) sheet of rows.
    pub(super) sheet: String,
    /// There are more of them.
    pub(super) more: bool,
    /// Its last row, from 0.
    pub(super) last: u32,
    /// The first column of marks.
    pub(super) marks: u16,
}

/// What every sheet of figures is written with.
pub(super) struct FigureSheet<'a> {
    pub(super) looks: &'a CellFormats,
    pub(super) links: &'a Links,
    pub(super) zone: Tz,
}

/// `AB` of 27.
fn letters(column: u16) -> String {
    let mut n = u32::from(column) + 1;
    let mut text = Vec::new();
    while n > 0 {
        n -= 1;
        text.push(char::from(b'A' + u8::try_from(n % 26).unwrap_or(0)));
        n /= 26;
    }
    text.iter().rev().collect()
}

impl Links {
    /// A link to the rows of a figure: its column of ones, whose sum the status line then shows.
    fn to(&self, cell: &Cell) -> Option<Url> {
        let (measure, by) = parse_figure(&cell.figure)?;
        let place = u16::try_from(*PLACES.get(measure.key())?).ok()?;
        let column = letters(self.marks.saturating_add(place));
        let range = match self.last {
            0 => format!("{column}1"),
            last => format!("{column}2:{column}{}", last + 1),
        };
        let mut tip = "Opens its rows: those with a 1 in this column".to_string();
        if let Some((dimension, value)) = by {
            tip.push_str(&narrowed(cell, dimension, value));
        }
        tip.push_str(if self.more { ", here and on the next sheets of rows." } else { "." });
        // A sheet's name in a reference doubles its apostrophes.
        let link = format!("internal:'{}'!{range}", self.sheet.replace('\'', "''"));
        Some(Url::new(link).set_text("0").set_tip(book::cut(&tip, 250)))
    }
}

/// What else to filter by.
fn narrowed(cell: &Cell, dimension: Dimension, value: &str) -> String {
    match (dimension, words::weekday_and_hour(value), &cell.touches) {
        (Dimension::Hour, Some((day, hour)), _) => format!(", {day} under Weekday and {hour} under Hour"),
        (Dimension::Touches, _, Some(Touches { first, last })) => {
            let told = |dimension, touch: &Option<String>| column(dimension, touch.as_deref().unwrap_or_default());
            format!("{}{}", told(Dimension::FirstTouch, first), told(Dimension::LastTouch, last))
        }
        _ => column(dimension, value),
    }
}

fn column(dimension: Dimension, value: &str) -> String {
    let key = dimension.as_str();
    let label = ROW.iter().find(|field| field.key == key).map_or(key, |field| field.label);
    let value = book::cut(&fitting(value).replace('\n', " "), 60);
    if value.is_empty() { format!(", and nothing under {label}") } else { format!(", and “{value}” under {label}") }
}

/// Writes a figure; empty where there is nothing to work it out from.
pub(super) fn figure(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &Cell,
    kind: Figure,
    page: &FigureSheet<'_>,
) -> Result<(), XlsxError> {
    let link = match kind {
        Figure::Linked | Figure::Heat | Figure::Total => page.links.to(cell),
        _ => None,
    };
    let kind = if link.is_none() && kind == Figure::Linked { Figure::Plain } else { kind };
    let look = page.looks.figure(cell.value, cell.unit, kind);
    if let Some(link) = link {
        // The link stays when the number takes the place of its text.
        sheet.write_url_with_format(row, column, link, &look)?;
    }
    match cell.value.filter(|value| value.is_finite()) {
        Some(value) => sheet.write_number_with_format(row, column, book::number(value, cell.unit), &look)?,
        None => sheet.write_string_with_format(row, column, &cell.text, &look)?,
    };
    Ok(())
}

/// Writes what a figure was before.
pub(super) fn before(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &Cell,
    kind: Figure,
    page: &FigureSheet<'_>,
) -> Result<(), XlsxError> {
    let look = page.looks.figure(cell.was, cell.unit, kind);
    match cell.was.filter(|value| value.is_finite()) {
        Some(value) => sheet.write_number_with_format(row, column, book::number(value, cell.unit), &look)?,
        None => sheet.write_blank(row, column, &look)?,
    };
    Ok(())
}

/// How wide columns have to be, over all tables of a sheet.
#[derive(Default)]
struct Widths(Vec<f64>);

impl Widths {
    fn at_least(&mut self, column: usize, width: f64) {
        if self.0.len() <= column {
            self.0.resize(column + 1, 0.0);
        }
        if let Some(known) = self.0.get_mut(column) {
            *known = known.max(width);
        }
    }

    fn set(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        for (column, width) in self.0.iter().enumerate() {
            sheet.set_column_width(u16::try_from(column).unwrap_or(u16::MAX), *width)?;
        }
        Ok(())
    }
}

/// A column of the sheet: of the table, now or before.
struct SheetColumn<'a> {
    place: usize,
    column: &'a Column,
    before: bool,
}

fn shown(table: &Table) -> Vec<SheetColumn<'_>> {
    let rows = || table.rows.iter().chain(&table.total);
    let compared = table.chart != Chart::Heat && rows().any(|row| row.cells.iter().any(|cell| cell.was.is_some()));
    let mut all = Vec::new();
    for (place, column) in table.columns.iter().enumerate() {
        all.push(SheetColumn { place, column, before: false });
        if compared {
            all.push(SheetColumn { place, column, before: true });
        }
    }
    all
}

/// A sheet with the tables of a section, each with its chart beside it.
pub(super) fn section(section: &Section, name: &str, page: &FigureSheet<'_>) -> Result<Worksheet, XlsxError> {
    let mut sheet = Worksheet::new();
    sheet.set_name(name)?;
    sheet.set_screen_gridlines(false);
    sheet.write_string_with_format(0, 0, fitting(&section.title), &page.looks.title)?;
    sheet.write_string_with_format(1, 0, fitting(&section.note), &page.looks.note)?;
    sheet.set_row_height(0, 26)?;
    let mut widths = Widths::default();
    let mut at = 3;
    for (n, table) in section.tables.iter().enumerate() {
        if n == 0 {
            // Titles and the first heading stay in sight; of one table that is its own.
            sheet.set_freeze_panes(if section.tables.len() == 1 { at + 2 } else { 2 }, 1)?;
        }
        at = write_table(&mut sheet, table, name, at, &mut widths, page)?;
    }
    widths.set(&mut sheet)?;
    Ok(sheet)
}

/// Writes a table, and gives the row where the next one begins.
fn write_table(
    sheet: &mut Worksheet,
    table: &Table,
    name: &str,
    at: u32,
    widths: &mut Widths,
    page: &FigureSheet<'_>,
) -> Result<u32, XlsxError> {
    sheet.write_string_with_format(at, 0, fitting(&table.title), &page.looks.heading)?;
    let head = at + 1;
    let shown = shown(table);
    let heads = heads(table, &shown);
    let heat = table.chart == Chart::Heat;
    for (place, head) in heads.iter().enumerate() {
        let longest = head.split(' ').map(|word| word.chars().count()).max().unwrap_or(0) as f64;
        let width = match place {
            0 => {
                table.rows.iter().map(|row| row.called().chars().count()).max().unwrap_or(0).clamp(18, 44) as f64 + 2.0
            }
            _ if heat => 4.6,
            _ => (longest + 3.0).clamp(14.0, 24.0),
        };
        widths.at_least(place, width);
    }
    let lines = heads.iter().zip(&widths.0).map(|(head, width)| wrapped(head, *width)).max().unwrap_or(1);
    sheet.set_row_height(head, if heat { 20.0 } else { f64::from(lines) * 14.5 + 8.0 })?;
    for (place, text) in heads.iter().enumerate() {
        let look = if place == 0 { &page.looks.head } else { &page.looks.head_right };
        sheet.write_string_with_format(head, u16::try_from(place).unwrap_or(u16::MAX), text, look)?;
    }
    if table.rows.is_empty() {
        sheet.write_string_with_format(head + 1, 0, "Nothing in this period.", &page.looks.note)?;
        return Ok(head + 4);
    }
    let mut row = head + 1;
    for line in &table.rows {
        write_line(sheet, row, line, &shown, if heat { RowStyle::Heat } else { RowStyle::Usual }, page)?;
        row += 1;
    }
    let last = row - 1;
    let width = u16::try_from(heads.len()).unwrap_or(u16::MAX).saturating_sub(1);
    let columns: Vec<TableColumn> = heads
        .iter()
        .enumerate()
        .map(|(place, text)| {
            let look = if place == 0 { &page.looks.head } else { &page.looks.head_right };
            TableColumn::new().set_header(text).set_header_format(look)
        })
        .collect();
    let filtered = SheetTable::new()
        .set_style(TableStyle::None)
        .set_autofilter(!heat)
        .set_columns(&columns)
        .set_alt_text(book::cut(&fitting(&table.title), 200));
    sheet.add_table(head, 0, last, width, &filtered)?;
    if let Some(total) = &table.total {
        write_line(sheet, row, total, &shown, RowStyle::Total, page)?;
        row += 1;
    }
    if heat {
        let scale = ConditionalFormat2ColorScale::new()
            .set_minimum_color(Color::RGB(HEAT_LOW))
            .set_maximum_color(Color::RGB(HEAT_HIGH));
        sheet.add_conditional_format(head + 1, 1, last, width, &scale)?;
    }
    let mut next = row + 2;
    if let Some((drawing, height)) = draw(table, name, head, last, &shown) {
        sheet.insert_chart(at, width.saturating_add(2), &drawing)?;
        next = next.max(at + height / 20 + 2);
    }
    Ok(next)
}

/// How many lines a heading takes in a column, generously.
fn wrapped(head: &str, width: f64) -> u32 {
    let (mut lines, mut used) = (1, 0.0);
    for word in head.split(' ') {
        let long = word.chars().count() as f64 * 1.15 + 1.0;
        if used > 0.0 && used + long > width {
            lines += 1;
            used = 0.0;
        }
        used += long;
    }
    lines
}

/// Headings, each once, as a table of a sheet asks.
fn heads(table: &Table, shown: &[SheetColumn<'_>]) -> Vec<String> {
    let mut heads: Vec<String> = Vec::new();
    let labels =
        shown.iter().map(|shown| format!("{}{}", shown.column.label, if shown.before { ", before" } else { "" }));
    for label in std::iter::once(table.row_label.clone()).chain(labels) {
        let label = book::cut(&fitting(&label).replace('\n', " "), 200);
        let label = if label.trim().is_empty() { "Column".to_string() } else { label };
        let mut name = label.clone();
        let mut n = 2;
        while heads.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
            name = format!("{label} ({n})");
            n += 1;
        }
        heads.push(name);
    }
    heads
}

/// What a line of a table is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RowStyle {
    Usual,
    /// On a colour.
    Heat,
    Total,
}

fn write_line(
    sheet: &mut Worksheet,
    at: u32,
    line: &TableRow,
    shown: &[SheetColumn<'_>],
    kind: RowStyle,
    page: &FigureSheet<'_>,
) -> Result<(), XlsxError> {
    let look = if kind == RowStyle::Total { &page.looks.strong } else { &page.looks.text };
    // On one line: a row is as high as its figures.
    sheet.write_string_with_format(at, 0, fitting(line.called()).replace(['\n', '\t'], " "), look)?;
    for (place, shown) in shown.iter().enumerate() {
        let column = u16::try_from(place + 1).unwrap_or(u16::MAX);
        let Some(cell) = line.cells.get(shown.place) else { continue };
        match (shown.before, kind) {
            (false, RowStyle::Usual) => figure(sheet, at, column, cell, Figure::Linked, page)?,
            (false, RowStyle::Heat) => figure(sheet, at, column, cell, Figure::Heat, page)?,
            (false, RowStyle::Total) => figure(sheet, at, column, cell, Figure::Total, page)?,
            (true, RowStyle::Total) => before(sheet, at, column, cell, Figure::TotalBefore, page)?,
            (true, _) => before(sheet, at, column, cell, Figure::Before, page)?,
        }
    }
    Ok(())
}

/// More bars than that say nothing.
const MOST_BARS: u32 = 16;

/// The chart of a table, with its height in pixels.
fn draw(table: &Table, name: &str, head: u32, last: u32, shown: &[SheetColumn<'_>]) -> Option<(Drawing, u32)> {
    let last = last.min(head + MOST_BARS);
    let bars = last - head;
    let first = table.columns.first()?;
    let (kind, series): (ChartType, Vec<usize>) = match table.chart {
        Chart::Funnel | Chart::Bars => (ChartType::Bar, vec![0]),
        Chart::Columns => {
            // Those that can stand on one axis.
            let alike = table.columns.iter().enumerate().filter(|(_, column)| column.unit == first.unit);
            (ChartType::Column, alike.map(|(place, _)| place).take(3).collect())
        }
        Chart::Stacked => {
            let parts = table.columns.iter().enumerate().filter(|(_, column)| table.stacked.contains(&column.key));
            (ChartType::BarStacked, parts.map(|(place, _)| place).collect())
        }
        Chart::Heat | Chart::None => return None,
    };
    let lying = kind != ChartType::Column;
    let height = if lying { (bars * 28 + 110).clamp(220, 560) } else { 300 };
    let mut drawing = Drawing::new(kind);
    let quiet = || {
        let mut font = ChartFont::new();
        font.set_size(9).set_color(Color::RGB(QUIET));
        font
    };
    let several = series.len() > 1;
    for (n, place) in series.iter().enumerate() {
        let at = shown.iter().position(|shown| shown.place == *place && !shown.before)?;
        let column = u16::try_from(at + 1).ok()?;
        let color = if several && table.chart == Chart::Stacked {
            PARTS.get(n % PARTS.len()).copied().unwrap_or(BAR)
        } else {
            [BAR, 0xB9CAF3, 0x86888F].get(n).copied().unwrap_or(BAR)
        };
        let mut fill = ChartSolidFill::new();
        fill.set_color(Color::RGB(color));
        let mut look = ChartFormat::new();
        look.set_solid_fill(&fill);
        let line = drawing.add_series();
        line.set_categories((name, head + 1, 0, last, 0))
            .set_values((name, head + 1, column, last, column))
            .set_name((name, head, column))
            .set_format(&mut look)
            .set_gap(if table.chart == Chart::Funnel { 25 } else { 60 });
        if table.chart == Chart::Stacked {
            line.set_overlap(100);
        } else if !several {
            let mut label = ChartDataLabel::new();
            label.show_value().set_font(&quiet());
            line.set_data_label(&label);
        }
    }
    let mut title = ChartFont::new();
    title.set_size(12).set_bold().set_color(Color::RGB(book::INK));
    drawing.title().set_name((name, head - 1, 0)).set_font(&title);
    if several {
        drawing.legend().set_position(ChartLegendPosition::Bottom).set_font(&quiet());
    } else {
        drawing.legend().set_hidden();
    }
    let mut faint = ChartLine::new();
    faint.set_color(Color::RGB(LINE)).set_width(0.5);
    let mut frame = ChartFormat::new();
    frame.set_border(&faint);
    drawing.chart_area().set_format(&mut frame);
    // Of lying bars the x axis is the one of values.
    let numbers = if lying { drawing.x_axis() } else { drawing.y_axis() };
    numbers.set_font(&quiet()).set_major_gridlines(true).set_major_gridlines_line(&faint);
    if first.unit == Unit::Count {
        numbers.set_num_format("#,##0");
    }
    if lying && !several {
        // Each bar says its own number.
        numbers.set_hidden(true).set_major_gridlines(false);
    }
    let labels = if lying { drawing.y_axis().set_reverse() } else { drawing.x_axis() };
    labels.set_font(&quiet()).set_major_gridlines(false);
    drawing.set_width(620).set_height(height);
    drawing.set_alt_text(book::cut(&format!("{}: a chart of the table to its left.", fitting(&table.title)), 250));
    Some((drawing, height))
}
