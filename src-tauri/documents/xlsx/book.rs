//! What every sheet of a workbook is written with: formats, texts that are only ever texts, names of sheets.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Worksheet, XlsxError};

use super::numbers::{COUNT, NumberFormats};
use crate::documents::cells::{self, CellKind, ListColumn, Value};
use crate::documents::{DocumentError, Paper};
use crate::figures::model::Unit;
use crate::zone::Tz;

/// A cell holds no more, in UTF-16 units.
pub(super) const MOST_TEXT: usize = 32_767;
/// A sheet holds no more rows.
pub(super) const MOST_ROWS: u32 = 1_048_576;
/// A sheet's name has no more characters.
const MOST_NAME: usize = 31;

pub(super) const INK: u32 = 0x1A1B1F;
pub(super) const QUIET: u32 = 0x656770;
pub(super) const LINK: u32 = 0x2A50BB;
pub(super) const LINE: u32 = 0xD5D5D0;
pub(super) const HEAD: u32 = 0xF5F5F3;
pub(super) const BAR: u32 = 0x4470D4;
pub(super) const HEAT_LOW: u32 = 0xF3F3F0;
pub(super) const HEAT_HIGH: u32 = 0x86A3E8;
/// One after the other, for parts of a whole.
pub(super) const PARTS: [u32; 6] = [0x1D8550, 0xB9CAF3, 0xCC342B, 0xB96F08, 0x4470D4, 0x86888F];

/// Runs what writes the format. The library ends with a panic in places, such as where the disk does not take its files
/// on the way; a person sees a plain sentence, and the log where it was.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T, XlsxError>) -> Result<T, DocumentError> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => done.map_err(|error| match error {
            XlsxError::IoError(error) => DocumentError::Io(error),
            other => DocumentError::Made(other.to_string().trim_end_matches('.').to_string()),
        }),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let said = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or_default();
            tracing::error!("a workbook could not be made: {}", without_quotes(said));
            Err(DocumentError::Made("something went wrong inside Leadtrail, and its log says more".into()))
        }
    }
}

/// What a panic said up to where it quotes: that may be somebody's words.
fn without_quotes(said: &str) -> String {
    let quotes = [said.find('"'), said.find(" of `")];
    let end = quotes.into_iter().flatten().min().unwrap_or(said.len());
    said.get(..end).unwrap_or_default().chars().take(200).collect()
}

/// A text as a cell may hold it: without what XML forbids, and not longer than a cell.
pub(super) fn fitting(text: &str) -> String {
    let clean = cells::clean(text);
    if clean.len() <= MOST_TEXT || clean.encode_utf16().count() <= MOST_TEXT {
        return clean.into_owned();
    }
    let mut room = MOST_TEXT - 1;
    let mut short = String::new();
    for c in clean.chars() {
        match room.checked_sub(c.len_utf16()) {
            Some(left) => room = left,
            None => break,
        }
        short.push(c);
    }
    short.push('…');
    short
}

/// Names of sheets: short, without what Excel forbids, each once.
#[derive(Debug, Default)]
pub(super) struct Names(HashSet<String>);

impl Names {
    /// The name of a sheet with this title.
    pub(super) fn take(&mut self, title: &str) -> String {
        let plain: String = cells::clean(title)
            .chars()
            .map(|c| if matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\n' | '\t') { ' ' } else { c })
            .collect();
        let plain = plain.trim().trim_matches('\'').trim();
        let plain = if plain.is_empty() || plain.eq_ignore_ascii_case("history") { "Figures" } else { plain };
        for n in 1.. {
            let tail = if n == 1 { String::new() } else { format!(" {n}") };
            let name = format!("{}{tail}", cut(plain, MOST_NAME - tail.len()).trim_end_matches('\''));
            if self.0.insert(name.to_lowercase()) {
                return name;
            }
        }
        String::new()
    }
}

/// Cuts a text to so many UTF-16 units, with `…` where something is missing.
pub(super) fn cut(text: &str, most: usize) -> String {
    if text.encode_utf16().count() <= most {
        return text.to_string();
    }
    let mut room = most.saturating_sub(1);
    let mut short = String::new();
    for c in text.chars() {
        match room.checked_sub(c.len_utf16()) {
            Some(left) => room = left,
            None => break,
        }
        short.push(c);
    }
    format!("{}…", short.trim_end())
}

pub(super) const MOMENT: &str = "yyyy-mm-dd hh:mm:ss";
pub(super) const DAY: &str = "yyyy-mm-dd";

/// How cells look.
pub(super) struct CellFormats {
    pub(super) title: Format,
    pub(super) heading: Format,
    pub(super) note: Format,
    pub(super) text: Format,
    pub(super) wrapped: Format,
    pub(super) strong: Format,
    pub(super) head: Format,
    pub(super) head_right: Format,
    pub(super) moment: Format,
    pub(super) day: Format,
    pub(super) number: Format,
    formats: NumberFormats,
    /// A look for each of the formats.
    numbers: Vec<(String, Format)>,
}

impl CellFormats {
    pub(super) fn new(currency: &str) -> CellFormats {
        let base = || Format::new().set_font_color(Color::RGB(INK)).set_align(FormatAlign::Top);
        let head = || {
            base()
                .set_bold()
                .set_text_wrap()
                .set_align(FormatAlign::VerticalCenter)
                .set_background_color(Color::RGB(HEAD))
                .set_border_bottom(FormatBorder::Thin)
                .set_border_bottom_color(Color::RGB(LINE))
        };
        let formats = NumberFormats::new(currency);
        let numbers = formats.all().into_iter().map(|code| (code.to_string(), base().set_num_format(code))).collect();
        CellFormats {
            title: base().set_bold().set_font_size(18),
            heading: base().set_bold().set_font_size(13),
            note: base().set_font_color(Color::RGB(QUIET)),
            text: base().set_align(FormatAlign::Left),
            wrapped: base().set_text_wrap(),
            strong: base().set_bold().set_align(FormatAlign::Left),
            head: head(),
            head_right: head().set_align(FormatAlign::Right),
            moment: base().set_num_format(MOMENT).set_align(FormatAlign::Left),
            day: base().set_num_format(DAY).set_align(FormatAlign::Left),
            number: base().set_num_format(COUNT),
            formats,
            numbers,
        }
    }

    /// The look of a number of a line.
    fn of_line(&self, n: i64, kind: CellKind) -> &Format {
        let code = match kind {
            CellKind::Cents => self.formats.of(n as f64, Unit::Cents),
            CellKind::Waited => self.formats.of(n as f64, Unit::Seconds),
            CellKind::Seconds => NumberFormats::clock(n),
            _ => COUNT,
        };
        self.numbers.iter().find(|(known, _)| known == code).map_or(&self.number, |(_, look)| look)
    }

    /// The look of a figure.
    pub(super) fn figure(&self, value: Option<f64>, unit: Unit, kind: Figure) -> Format {
        let number = self.formats.of(value.unwrap_or(0.0), unit);
        let look = Format::new().set_num_format(number).set_align(FormatAlign::Right).set_align(FormatAlign::Top);
        let ink = |look: Format, color: u32| look.set_font_color(Color::RGB(color));
        match kind {
            Figure::Linked => ink(look, LINK),
            Figure::Plain | Figure::Heat => ink(look, INK),
            Figure::Before => ink(look, QUIET),
            Figure::Total => {
                ink(look, LINK).set_bold().set_border_top(FormatBorder::Thin).set_border_top_color(Color::RGB(LINE))
            }
            Figure::TotalBefore => {
                ink(look, QUIET).set_bold().set_border_top(FormatBorder::Thin).set_border_top_color(Color::RGB(LINE))
            }
        }
    }
}

/// What a figure is in its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Figure {
    /// Its rows are a click away.
    Linked,
    /// Its rows are a click away, and it stands on a colour.
    Heat,
    /// It has no rows in this file.
    Plain,
    /// The period before.
    Before,
    /// All rows together.
    Total,
    /// All rows together, the period before.
    TotalBefore,
}

/// A figure's value as a sheet keeps it: amounts in whole units, spans in days, shares as parts of one.
pub(super) fn number(value: f64, unit: Unit) -> f64 {
    match unit {
        Unit::Count => value,
        Unit::Cents | Unit::Percent => value / 100.0,
        Unit::Seconds => value / 86_400.0,
    }
}

/// A moment as the number a sheet keeps: days since the end of 1899, in local time. Nothing before 1900 can be kept.
pub(super) fn serial(at: NaiveDateTime) -> Option<f64> {
    const UNIX: f64 = 25_569.0;
    let days = at.and_utc().timestamp_millis() as f64 / 86_400_000.0 + UNIX;
    (61.0..2_958_466.0).contains(&days).then_some(days)
}

/// The columns a field has in a sheet, with their headings: a moment has its local time; those named in `utc` a text of the
/// moment in UTC as well, for the hour that comes twice in autumn.
pub(super) fn headings(fields: &[ListColumn], utc: &[&str]) -> Vec<(String, CellKind, u16)> {
    let mut heads: Vec<(String, CellKind, u16)> =
        fields.iter().map(|field| (field.label.to_string(), field.kind, field.width)).collect();
    for field in fields.iter().filter(|field| utc.contains(&field.key)) {
        heads.push((format!("{} (UTC)", field.label), CellKind::Text, 21));
    }
    heads
}

/// Writes the cells of a line, in the columns of [`headings`].
pub(super) fn line(
    sheet: &mut Worksheet,
    at: u32,
    fields: &[ListColumn],
    values: &[Value<'_>],
    utc: &[&str],
    zone: Tz,
    looks: &CellFormats,
) -> Result<u16, XlsxError> {
    let mut column: u16 = 0;
    for (field, value) in fields.iter().zip(values) {
        match value {
            Value::Nothing => {}
            Value::Text(text) => {
                sheet.write_string_with_format(at, column, fitting(&cells::read(text, field.kind)), &looks.text)?;
            }
            Value::Many(texts) => {
                sheet.write_string_with_format(
                    at,
                    column,
                    fitting(&cells::read_all(texts, field.kind)),
                    &looks.text,
                )?;
            }
            Value::Number(n) => {
                let kept = match field.kind {
                    CellKind::Cents => *n as f64 / 100.0,
                    CellKind::Seconds | CellKind::Waited => *n as f64 / 86_400.0,
                    _ => *n as f64,
                };
                sheet.write_number_with_format(at, column, kept, looks.of_line(*n, field.kind))?;
            }
            Value::When(when) => moment(sheet, at, column, *when, zone, looks)?,
            Value::Day(day) => date(sheet, at, column, *day, looks)?,
            Value::Yes(yes) => {
                sheet.write_string_with_format(at, column, cells::yes(*yes), &looks.text)?;
            }
        }
        column += 1;
    }
    for (_, value) in fields.iter().zip(values).filter(|(field, _)| utc.contains(&field.key)) {
        if let Value::When(when) = value {
            sheet.write_string_with_format(at, column, cells::utc(*when), &looks.text)?;
        }
        column += 1;
    }
    Ok(column)
}

/// A moment as a real date in the zone.
pub(super) fn moment(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    at: DateTime<Utc>,
    zone: Tz,
    looks: &CellFormats,
) -> Result<(), XlsxError> {
    match serial(at.with_timezone(&zone).naive_local()) {
        Some(days) => sheet.write_number_with_format(row, column, days, &looks.moment)?,
        None => sheet.write_string_with_format(row, column, cells::utc(at), &looks.text)?,
    };
    Ok(())
}

/// A day as a real date.
pub(super) fn date(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    day: NaiveDate,
    looks: &CellFormats,
) -> Result<(), XlsxError> {
    match serial(day.and_time(chrono::NaiveTime::MIN)) {
        Some(days) => sheet.write_number_with_format(row, column, days, &looks.day)?,
        None => sheet.write_string_with_format(row, column, day.to_string(), &looks.text)?,
    };
    Ok(())
}

/// How a sheet lies on paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lies {
    /// As wide as a page, as long as it is.
    Wide,
    /// On one page.
    Whole,
    /// Over as many pages as its columns need, with what names a line on each.
    Spread,
}

/// Says how a sheet lies on paper, and what stands above and below.
pub(super) fn on_paper(sheet: &mut Worksheet, paper: Paper, lies: Lies, head: &str) -> Result<(), XlsxError> {
    sheet.set_paper_size(match paper {
        Paper::Letter => 1,
        Paper::A4 => 9,
    });
    sheet.set_landscape();
    match lies {
        Lies::Wide => sheet.set_print_fit_to_pages(1, 0),
        Lies::Whole => sheet.set_print_fit_to_pages(1, 1),
        Lies::Spread => sheet.set_print_scale(60).set_repeat_columns(0, 2)?,
    };
    sheet.set_margins(0.4, 0.4, 0.6, 0.6, 0.3, 0.3);
    // `&` begins a code there, and digits right behind a size would be part of it.
    let head = cut(&cells::clean(head).replace('\n', " "), 100).replace('&', "&&");
    sheet.set_header(format!("&L&9 {head}&R&9 &A"));
    sheet.set_footer("&R&9 &P / &N");
    Ok(())
}
