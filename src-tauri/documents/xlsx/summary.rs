//! The sheets around the figures: what a manager reads first, figures over time, what changed, and what each measure counts.

use chrono::{DateTime, Utc};
use rust_xlsxwriter::{
    Chart as Drawing, ChartFont, ChartFormat, ChartLine, ChartSolidFill, Color, FormatAlign, Note, Sparkline,
    SparklineType, Worksheet, XlsxError,
};

use super::book::{self, BAR, Figure, fitting};
use super::figures::{self, FigureSheet};
use crate::documents::cells::{self, CellKind, ROW};
use crate::figures::model::{Changed, Report, Sum, Unit};
use crate::figures::words;

/// The first sheet: key figures, lines that add up, and of what all of it was made.
pub(super) fn summary(report: &Report, page: &FigureSheet<'_>, over_time: &str) -> Result<Worksheet, XlsxError> {
    let (looks, manifest) = (page.looks, &report.manifest);
    let mut sheet = Worksheet::new();
    sheet.set_screen_gridlines(false);
    for (column, width) in [34.0, 18.0, 18.0, 18.0, 12.0, 34.0].into_iter().enumerate() {
        sheet.set_column_width(u16::try_from(column).unwrap_or(0), width)?;
    }
    sheet.set_row_height(0, 28)?;
    let title = format!("{}: {}", manifest.business, report.title);
    sheet.write_string_with_format(0, 0, fitting(&title), &looks.title)?;
    let mut line = words::period(&manifest.period);
    if let Some(compared) = words::compared(manifest) {
        line.push_str(&format!(", compared with {compared}"));
    }
    sheet.write_string_with_format(1, 0, fitting(&line), &looks.strong)?;
    let zone = words::zone(page.zone, manifest.period.starts_at);
    let filters = words::filters(&manifest.filters).join("; ");
    sheet.write_string_with_format(2, 0, fitting(&format!("{filters}. Days and hours in {zone}.")), &looks.note)?;
    sheet.write_string_with_format(3, 0, "A click on a figure opens the rows it counts.", &looks.note)?;

    let mut row = headlines(&mut sheet, 5, report, page, over_time)?;
    row = sums(&mut sheet, row + 1, report, page)?;
    made_of(&mut sheet, row + 1, report, page)?;
    sheet.set_freeze_panes(2, 0)?;
    sheet.set_active(true);
    Ok(sheet)
}

fn headlines(
    sheet: &mut Worksheet,
    at: u32,
    report: &Report,
    page: &FigureSheet<'_>,
    over_time: &str,
) -> Result<u32, XlsxError> {
    let heads = ["Key figures", "This period", "Before", "Change", "Rows", "Over time"];
    for (column, head) in heads.iter().enumerate() {
        let look = match column {
            0 => page.looks.head.clone(),
            5 => page.looks.head.clone().set_align(FormatAlign::Left).set_indent(1),
            _ => page.looks.head_right.clone(),
        };
        sheet.write_string_with_format(at, u16::try_from(column).unwrap_or(0), *head, &look)?;
    }
    sheet.set_row_height(at, 22)?;
    let mut row = at + 1;
    for (n, headline) in report.headlines.iter().enumerate() {
        sheet.set_row_height(row, 21)?;
        sheet.write_string_with_format(row, 0, fitting(&headline.label), &page.looks.text)?;
        figures::figure(sheet, row, 1, &headline.cell, Figure::Linked, page)?;
        figures::before(sheet, row, 2, &headline.cell, Figure::Before, page)?;
        if let Some(change) = &headline.cell.change {
            let color = match headline.better {
                Some(true) => 0x17663C,
                Some(false) => 0xAC251D,
                None => book::QUIET,
            };
            let look = page.looks.text.clone().set_align(FormatAlign::Right).set_font_color(color);
            let better = match headline.better {
                Some(true) => ", better",
                Some(false) => ", worse",
                None => "",
            };
            sheet.write_string_with_format(row, 3, format!("{change}{better}"), &look)?;
        }
        let look = page.looks.number.clone().set_align(FormatAlign::Right).set_indent(1);
        sheet.write_number_with_format(row, 4, headline.cell.rows as f64, &look)?;
        if let Some(words) = report.measures.get(measure_of(&headline.cell.figure)) {
            let text = book::cut(&fitting(&words.counts), 1_000);
            sheet.insert_note(row, 0, &Note::new(text).add_author_prefix(false).set_width(280).set_height(110))?;
        }
        if !headline.series.is_empty() {
            let last = u32::try_from(headline.series.len()).unwrap_or(u32::MAX);
            let column = u16::try_from(n + 1).unwrap_or(1);
            let line = Sparkline::new()
                .set_range((over_time, 1, column, last, column))
                .set_type(SparklineType::Column)
                .set_sparkline_color(Color::RGB(BAR));
            sheet.add_sparkline(row, 5, &line)?;
        }
        row += 1;
    }
    Ok(row)
}

fn measure_of(figure: &str) -> &str {
    figure.split('@').next().unwrap_or(figure)
}

fn sums(sheet: &mut Worksheet, at: u32, report: &Report, page: &FigureSheet<'_>) -> Result<u32, XlsxError> {
    if report.sums.is_empty() {
        return Ok(at);
    }
    sheet.write_string_with_format(at, 0, "Lines that add up", &page.looks.head)?;
    sheet.write_string_with_format(at, 1, "Count", &page.looks.head_right)?;
    sheet.set_row_height(at, 22)?;
    let mut row = at + 1;
    for sum in &report.sums {
        sheet.write_string_with_format(row, 0, fitting(&words::of_key(&sum.label)), &page.looks.strong)?;
        figures::figure(sheet, row, 1, &sum.total, Figure::Total, page)?;
        sheet.write_string_with_format(
            row,
            2,
            fitting(&adds_up(sum)),
            &page.looks.note.clone().set_align(FormatAlign::Left).set_indent(1),
        )?;
        row += 1;
        for part in &sum.parts {
            let look = page.looks.text.clone().set_indent(1);
            sheet.write_string_with_format(row, 0, fitting(&words::of_key(&part.label)), &look)?;
            figures::figure(sheet, row, 1, &part.cell, Figure::Linked, page)?;
            row += 1;
        }
    }
    Ok(row)
}

/// `214 = 180 counted + 22 spam + 12 test`
fn adds_up(sum: &Sum) -> String {
    let parts: Vec<String> = sum.parts.iter().map(|part| format!("{} {}", part.cell.text, part.label)).collect();
    format!("{} = {}", sum.total.text, parts.join(" + "))
}

/// What was asked, and of what the answer was made.
fn made_of(sheet: &mut Worksheet, at: u32, report: &Report, page: &FigureSheet<'_>) -> Result<(), XlsxError> {
    let (looks, manifest) = (page.looks, &report.manifest);
    sheet.write_string_with_format(at, 0, "What this was made of", &looks.head)?;
    sheet.write_string_with_format(at, 1, "", &looks.head)?;
    sheet.set_row_height(at, 22)?;
    let mut row = at + 1;
    let mut say = |sheet: &mut Worksheet, label: &str, what: SummaryCell<'_>| -> Result<(), XlsxError> {
        sheet.write_string_with_format(row, 0, label, &looks.note)?;
        match what {
            SummaryCell::Text(text) => {
                sheet.write_string_with_format(row, 1, fitting(text), &looks.text).map(|_| ())?
            }
            SummaryCell::Number(n) => {
                let look = looks.number.clone().set_align(FormatAlign::Left);
                sheet.write_number_with_format(row, 1, n as f64, &look).map(|_| ())?;
            }
            SummaryCell::Moment(when) => book::moment(sheet, row, 1, when, page.zone, looks)?,
            SummaryCell::Day(day) => book::date(sheet, row, 1, day, looks)?,
        }
        row += 1;
        Ok(())
    };
    say(sheet, "Business", SummaryCell::Text(&manifest.business))?;
    say(sheet, "First day", SummaryCell::Day(manifest.period.from))?;
    say(sheet, "Last day", SummaryCell::Day(manifest.period.to))?;
    if let Some(words) = &manifest.compared_words {
        say(sheet, "Compared with", SummaryCell::Text(words))?;
    }
    if let Some(compared) = &manifest.compared {
        say(sheet, "Compared with, first day", SummaryCell::Day(compared.from))?;
        say(sheet, "Compared with, last day", SummaryCell::Day(compared.to))?;
    }
    say(sheet, "Time zone", SummaryCell::Text(&manifest.time_zone))?;
    say(sheet, "Currency", SummaryCell::Text(&manifest.currency))?;
    for filter in words::filters(&manifest.filters) {
        say(sheet, "Filter", SummaryCell::Text(&filter))?;
    }
    let as_of = if manifest.as_of_asked { "What was known on" } else { "Everything known on" };
    say(sheet, as_of, SummaryCell::Moment(manifest.as_of))?;
    say(sheet, "Made", SummaryCell::Moment(manifest.made_at))?;
    say(sheet, "Made (UTC)", SummaryCell::Text(&cells::utc(manifest.made_at)))?;
    say(sheet, "Program", SummaryCell::Text(&format!("Leadtrail {}", manifest.program)))?;
    say(sheet, "Projection version", SummaryCell::Number(manifest.projection_version))?;
    let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    for (day, hours) in days.iter().zip(&manifest.hours) {
        let open = if hours.is_empty() { "closed" } else { hours.as_str() };
        say(sheet, &format!("Open on {day}"), SummaryCell::Text(open))?;
    }
    for holiday in &manifest.holidays {
        say(sheet, "Closed on", SummaryCell::Day(*holiday))?;
    }
    say(
        sheet,
        "Numbers marked as tests",
        SummaryCell::Number(i64::try_from(manifest.test_numbers).unwrap_or(i64::MAX)),
    )?;
    for (kind, n) in &manifest.rows {
        say(sheet, &format!("Rows: {kind}"), SummaryCell::Number(*n))?;
    }
    say(sheet, "SHA-256 of the data", SummaryCell::Text(&manifest.sha256))?;
    match &manifest.changed {
        None => {
            say(sheet, "Changed since the last file", SummaryCell::Text("This is the first file of this question."))?
        }
        Some(changed) => {
            say(sheet, "Last file of this question", SummaryCell::Moment(changed.since))?;
            say(sheet, "Its SHA-256", SummaryCell::Text(&changed.was))?;
            say(sheet, "Rows added since", SummaryCell::Number(changed.added))?;
            say(sheet, "Rows changed since", SummaryCell::Number(changed.changed))?;
            say(sheet, "Rows gone since", SummaryCell::Number(changed.gone))?;
        }
    }
    for note in &manifest.notes {
        say(sheet, "To know", SummaryCell::Text(note))?;
    }
    Ok(())
}

enum SummaryCell<'a> {
    Text(&'a str),
    Number(i64),
    Moment(DateTime<Utc>),
    Day(chrono::NaiveDate),
}

/// Key figures by day, week or month.
pub(super) fn over_time(report: &Report, name: &str, page: &FigureSheet<'_>) -> Result<Worksheet, XlsxError> {
    let mut sheet = Worksheet::new();
    sheet.set_name(name)?;
    sheet.set_screen_gridlines(false);
    sheet.set_row_height(0, 34)?;
    sheet.set_column_width(0, 14)?;
    sheet.write_string_with_format(0, 0, "From", &page.looks.head)?;
    let mut longest = 0;
    for (n, headline) in report.headlines.iter().enumerate() {
        let column = u16::try_from(n + 1).unwrap_or(u16::MAX);
        sheet.set_column_width(column, 17)?;
        sheet.write_string_with_format(0, column, fitting(&headline.label), &page.looks.head_right)?;
        for (at, point) in headline.series.iter().enumerate() {
            let row = u32::try_from(at + 1).unwrap_or(u32::MAX);
            book::date(&mut sheet, row, 0, point.day, page.looks)?;
            let look = page.looks.figure(point.value, headline.cell.unit, Figure::Plain);
            match point.value.filter(|value| value.is_finite()) {
                Some(value) => {
                    let value = book::number(value, headline.cell.unit);
                    sheet.write_number_with_format(row, column, value, &look)?;
                }
                None => {
                    sheet.write_blank(row, column, &look)?;
                }
            }
        }
        longest = longest.max(u32::try_from(headline.series.len()).unwrap_or(0));
    }
    let width = u16::try_from(report.headlines.len()).unwrap_or(0);
    sheet.set_freeze_panes(1, 1)?;
    if longest > 0 {
        sheet.autofilter(0, 0, longest, width)?;
    }
    for (n, headline) in report.headlines.iter().enumerate() {
        let last = u32::try_from(headline.series.len()).unwrap_or(0);
        let column = u16::try_from(n + 1).unwrap_or(u16::MAX);
        if last == 0 {
            continue;
        }
        let mut fill = ChartSolidFill::new();
        fill.set_color(Color::RGB(BAR));
        let mut look = ChartFormat::new();
        look.set_solid_fill(&fill);
        let mut drawing = Drawing::new_column();
        drawing
            .add_series()
            .set_categories((name, 1, 0, last, 0))
            .set_values((name, 1, column, last, column))
            .set_name((name, 0, column))
            .set_format(&mut look)
            .set_gap(30);
        let mut font = ChartFont::new();
        font.set_size(12).set_bold().set_color(Color::RGB(book::INK));
        drawing.title().set_name((name, 0, column)).set_font(&font);
        drawing.legend().set_hidden();
        let mut small = ChartFont::new();
        small.set_size(9).set_color(Color::RGB(book::QUIET));
        drawing.x_axis().set_font(&small).set_num_format("d mmm");
        let mut faint = ChartLine::new();
        faint.set_color(Color::RGB(book::LINE)).set_width(0.5);
        drawing.y_axis().set_font(&small).set_major_gridlines_line(&faint);
        let mut frame = ChartFormat::new();
        frame.set_border(&faint);
        drawing.chart_area().set_format(&mut frame);
        drawing.y_axis().set_num_format(match headline.cell.unit {
            Unit::Seconds => "[h]:mm",
            Unit::Percent => "0%",
            Unit::Count | Unit::Cents => "#,##0",
        });
        drawing.set_width(560).set_height(230);
        drawing.set_alt_text(format!("{} over time: a chart of a column of this sheet.", headline.label));
        let row = u32::try_from(n).unwrap_or(0) * 12 + 1;
        sheet.insert_chart(row, width + 2, &drawing)?;
    }
    Ok(sheet)
}

/// Rows that are not as they were in the last file of the same question.
pub(super) fn changed(changed: &Changed, name: &str, page: &FigureSheet<'_>) -> Result<Worksheet, XlsxError> {
    let mut sheet = Worksheet::new();
    sheet.set_name(name)?;
    sheet.set_row_height(0, 34)?;
    let mut column = 0;
    for (label, kind, width) in book::headings(&ROW, &super::UTC) {
        let right = matches!(kind, CellKind::Count | CellKind::Cents | CellKind::Seconds | CellKind::Waited);
        let look = if right { &page.looks.head_right } else { &page.looks.head };
        sheet.write_string_with_format(0, column, label, look)?;
        sheet.set_column_width(column, f64::from(width))?;
        column += 1;
    }
    sheet.write_string_with_format(0, column, "Since the last file", &page.looks.head)?;
    sheet.set_column_width(column, 18)?;
    let mut row = 1;
    for change in &changed.rows {
        let values = cells::row(&change.row, page.zone);
        let next = book::line(&mut sheet, row, &ROW, &values, &super::UTC, page.zone, page.looks)?;
        sheet.write_string_with_format(row, next, fitting(&change.what), &page.looks.text)?;
        row += 1;
    }
    sheet.set_freeze_panes(1, 3)?;
    sheet.autofilter(0, 0, row - 1, column)?;
    Ok(sheet)
}

/// What each measure counts.
pub(super) fn definitions(report: &Report, name: &str, page: &FigureSheet<'_>) -> Result<Worksheet, XlsxError> {
    let mut sheet = Worksheet::new();
    sheet.set_name(name)?;
    sheet.set_screen_gridlines(false);
    for (column, (head, width)) in [("Figure", 38.0), ("What it counts", 110.0), ("Name", 30.0)].iter().enumerate() {
        let column = u16::try_from(column).unwrap_or(0);
        sheet.set_column_width(column, *width)?;
        sheet.write_string_with_format(0, column, *head, &page.looks.head)?;
    }
    sheet.set_row_height(0, 22)?;
    let mut row = 1;
    for (key, words) in &report.measures {
        let lines = words.counts.chars().count() / 115 + 1;
        sheet.set_row_height(row, 15.5 * lines as f64)?;
        sheet.write_string_with_format(row, 0, fitting(&words.label), &page.looks.strong)?;
        sheet.write_string_with_format(row, 1, fitting(&words.counts), &page.looks.wrapped)?;
        sheet.write_string_with_format(row, 2, fitting(key), &page.looks.note)?;
        row += 1;
    }
    sheet.set_freeze_panes(1, 1)?;
    sheet.autofilter(0, 0, row - 1, 2)?;
    Ok(sheet)
}
