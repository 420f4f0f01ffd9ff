//! Charts, drawn as vectors. Each is a figure that says in words what it shows; the table beside it says it in full.

use krilla::color::rgb::Color;

use super::fonts::{Style, Weight};
use super::ink;
use super::page_writer::PageWriter;
use super::structure::StructureTag;
use crate::figures::model::{Cell, Chart, Table, TableRow, Unit};
use crate::figures::words;

/// A chart shows so many rows; the table shows all.
const MOST: usize = 12;
const LABEL: Style = Style::of(8.0, Weight::Regular);
const VALUE: Style = Style::of(8.0, Weight::Semibold);
const SMALL: Style = Style::of(7.0, Weight::Regular);

fn value(cell: Option<&Cell>) -> f32 {
    cell.and_then(|cell| cell.value).filter(|value| value.is_finite()).unwrap_or(0.0).max(0.0) as f32
}

/// What people read of a cell.
fn text(cell: Option<&Cell>) -> &str {
    cell.map_or("", |cell| cell.text.as_str())
}

/// How high a chart of the table should be; `None` where there is nothing to draw.
pub fn height(table: &Table) -> Option<f32> {
    let rows = table.rows.len().min(MOST) as f32;
    let something = table.rows.iter().flat_map(|row| &row.cells).any(|cell| value(Some(cell)) > 0.0);
    if table.rows.is_empty() || !something {
        return None;
    }
    match table.chart {
        Chart::Funnel => Some(rows * 18.0 + 6.0),
        Chart::Bars => Some(rows * 15.0 + 6.0),
        Chart::Stacked => Some(rows * 15.0 + 26.0),
        Chart::Columns => Some(118.0),
        Chart::Heat => Some(22.0 + table.rows.len() as f32 * 17.0),
        Chart::None => None,
    }
}

/// What it shows, in words.
fn alt(table: &Table) -> String {
    let mut text = format!("{}: ", table.title);
    for row in table.rows.iter().take(40) {
        let stacked = table.chart == Chart::Stacked;
        let shown =
            table.columns.iter().zip(&row.cells).filter(|(column, _)| !stacked || table.stacked.contains(&column.key));
        let values: Vec<String> = shown
            .take(if stacked { 8 } else { 1 })
            .map(|(column, cell)| if stacked { format!("{} {}", column.label, cell.text) } else { cell.text.clone() })
            .collect();
        text.push_str(&format!("{} {}; ", row.called(), values.join(", ")));
    }
    let text = super::fonts::clean(text.trim_end_matches("; "));
    text.chars().take(1500).collect()
}

/// Draws the table's chart into the box.
pub fn draw(sheet: &mut PageWriter<'_>, table: &Table, [x, y, w, h]: [f32; 4]) {
    if height(table).is_none() {
        return;
    }
    if table.chart == Chart::Heat {
        return heat(sheet, table, [x, y, w, h]);
    }
    sheet.means(StructureTag::Figure(alt(table)), |sheet| {
        sheet.content(|sheet| match table.chart {
            Chart::Funnel => bars(sheet, table, [x, y, w, h], true),
            Chart::Bars => bars(sheet, table, [x, y, w, h], false),
            Chart::Stacked => stacked(sheet, table, [x, y, w, h]),
            Chart::Columns => columns(sheet, table, [x, y, w, h]),
            Chart::Heat | Chart::None => {}
        });
    });
}

/// The colour of a row: what is good is green, what is lost is red, by what it counts.
fn tone(row: &TableRow, usual: Color) -> Color {
    let figure = row.cells.first().map(|cell| cell.figure.as_str()).unwrap_or_default();
    match figure.split('@').next().unwrap_or_default() {
        "reached.booked" | "reached.converted" | "outcome.booked" | "calls.answered" | "calls.returned_1h" => {
            ink::good()
        }
        "speed.never" | "calls.returned_never" | "calls.missed" => ink::bad(),
        "speed.to_15m" | "speed.to_1h" | "outcome.follow_up" => ink::bar_soft(),
        "speed.to_4h"
        | "speed.to_24h"
        | "speed.later"
        | "calls.returned_later"
        | "calls.other"
        | "calls.open"
        | "outcome.no_answer" => ink::bar_mute(),
        _ => usual,
    }
}

fn bars(sheet: &mut PageWriter<'_>, table: &Table, [x, y, w, h]: [f32; 4], share: bool) {
    let rows: Vec<&TableRow> = table.rows.iter().take(MOST).collect();
    let high = (h / rows.len().max(1) as f32).min(26.0);
    let most = rows.iter().map(|row| value(row.cells.first())).fold(0.0f32, f32::max).max(1e-6);
    let wide = |text: &str, style| sheet.fonts.fit(text, style, w * 0.36).width;
    let label = rows.iter().map(|row| wide(&row.label, LABEL)).fold(30.0f32, f32::max) + 10.0;
    let said: Vec<&str> = rows.iter().map(|row| text(row.cells.first())).collect();
    let number = said.iter().map(|text| wide(text, VALUE)).fold(14.0f32, f32::max) + 8.0;
    let shares: Vec<&str> = rows
        .iter()
        .map(|row| match row.cells.get(1) {
            Some(cell) if share && cell.unit == Unit::Percent && cell.value.is_some() => cell.text.as_str(),
            _ => "",
        })
        .collect();
    let part = if shares.iter().any(|text| !text.is_empty()) { 34.0 } else { 0.0 };
    let track = (w - label - number - part).max(10.0);
    for (n, row) in rows.iter().enumerate() {
        let top = y + n as f32 * high;
        let (middle, thick) = (top + high / 2.0, (high * 0.5).min(9.5));
        sheet.say(x, middle + 2.9, &row.label, LABEL, ink::text(), label - 8.0);
        sheet.fill([x + label, middle - thick / 2.0, track, thick], 2.0, ink::track());
        let long = track * value(row.cells.first()) / most;
        if long > 0.0 {
            sheet.fill([x + label, middle - thick / 2.0, long.max(1.5), thick], 2.0, tone(row, ink::bar()));
        }
        sheet.say_right(
            x + label + track + number,
            middle + 2.9,
            said.get(n).copied().unwrap_or_default(),
            VALUE,
            ink::text(),
            number,
        );
        if let Some(text) = shares.get(n).filter(|text| !text.is_empty()) {
            sheet.say_right(x + w, middle + 2.9, text, LABEL, ink::text_2(), part);
        }
    }
}

fn columns(sheet: &mut PageWriter<'_>, table: &Table, [x, y, w, h]: [f32; 4]) {
    let rows = &table.rows;
    let each = w / rows.len().max(1) as f32;
    let thick = (each * 0.72).min(34.0);
    let most = rows.iter().map(|row| value(row.cells.first())).fold(0.0f32, f32::max).max(1e-6);
    let (top, base) = (y + 14.0, y + h - 20.0);
    // Where columns are many, only some are named.
    let widest =
        rows.iter().map(|row| sheet.fonts.fit(&short_day(&row.label), SMALL, 80.0).width).fold(0.0f32, f32::max);
    let every = if rows.len() > 14 { ((widest + 6.0) / each).ceil().max(1.0) as usize } else { 1 };
    let room = each * every as f32 - 2.0;
    let numbers = rows.iter().all(|row| sheet.fonts.line(text(row.cells.first()), VALUE).width < each - 1.0);
    sheet.rule(x, base, w, ink::line_strong());
    for (n, row) in rows.iter().enumerate() {
        let middle = x + (n as f32 + 0.5) * each;
        let high = (base - top) * value(row.cells.first()) / most;
        if high > 0.0 {
            sheet.fill([middle - thick / 2.0, base - high.max(1.0), thick, high.max(1.0)], 1.5, tone(row, ink::bar()));
        }
        if numbers {
            let said = text(row.cells.first());
            sheet.say_middle(middle, base - high - 4.0, said, Style::of(8.0, Weight::Medium), ink::text(), each);
        }
        if n % every == 0 {
            let lines = sheet.fonts.wrap(&short_day(&row.label), SMALL, room);
            for (at, line) in lines.into_iter().take(2).enumerate() {
                sheet.letters(middle - line.width / 2.0, base + 10.0 + at as f32 * 8.5, line, ink::text_2());
            }
        }
    }
}

/// `2026-03-01` → `1 Mar`; anything else as it is.
pub fn short_day(label: &str) -> String {
    use chrono::Datelike;
    match label.parse::<chrono::NaiveDate>() {
        Ok(day) if label.len() == 10 => format!("{} {}", day.day(), day.format("%b")),
        _ => label.to_owned(),
    }
}

/// Colours of parts, in the order of the columns that are stacked.
fn part(key: &str, n: usize) -> Color {
    let measure = key.rsplit('.').next().unwrap_or(key);
    match measure {
        "booked" | "positive" => ink::good(),
        "quoted" => ink::accent_solid(),
        "follow_up" | "neutral" => ink::bar_soft(),
        "not_interested" | "mixed" => ink::grey(),
        "no_answer" => ink::bar_mute(),
        "negative" => ink::bad(),
        _ => [ink::bar(), ink::accent(), ink::bar_soft(), ink::grey(), ink::bar_mute()][n % 5],
    }
}

/// Which columns of a table are drawn on top of each other.
pub fn parts(table: &Table) -> Vec<(usize, Color)> {
    let stacked = table.columns.iter().enumerate().filter(|(_, column)| table.stacked.contains(&column.key));
    stacked.enumerate().map(|(n, (index, column))| (index, part(&column.measure, n))).collect()
}

/// The bar of one row.
pub fn stack(sheet: &mut PageWriter<'_>, row: &TableRow, parts: &[(usize, Color)], [x, y, w, h]: [f32; 4], of: f32) {
    let mut left = x;
    for (index, colour) in parts {
        let long = w * value(row.cells.get(*index)) / of.max(1e-6);
        if long > 0.0 {
            sheet.fill([left, y, (long - 0.8).max(0.5), h], 1.0, *colour);
            left += long;
        }
    }
}

/// What the colours mean.
pub fn legend(sheet: &mut PageWriter<'_>, table: &Table, parts: &[(usize, Color)], x: f32, y: f32, w: f32) {
    let mut left = x;
    for (index, colour) in parts {
        let Some(column) = table.columns.get(*index) else { continue };
        let wide = sheet.fonts.line(&column.label, SMALL).width + 22.0;
        if left + wide > x + w + 8.0 {
            break;
        }
        sheet.fill([left, y - 5.6, 6.0, 6.0], 1.5, *colour);
        sheet.say(left + 9.0, y, &column.label, SMALL, ink::text_2(), w);
        left += wide;
    }
}

fn total(row: &TableRow, parts: &[(usize, Color)]) -> f32 {
    parts.iter().map(|(index, _)| value(row.cells.get(*index))).sum()
}

fn stacked(sheet: &mut PageWriter<'_>, table: &Table, [x, y, w, h]: [f32; 4]) {
    let parts = parts(table);
    let rows: Vec<&TableRow> = table.rows.iter().take(MOST).collect();
    let most = rows.iter().map(|row| total(row, &parts)).fold(0.0f32, f32::max).max(1e-6);
    legend(sheet, table, &parts, x, y + 8.0, w);
    let high = (h - 20.0) / rows.len().max(1) as f32;
    let label = rows.iter().map(|row| sheet.fonts.fit(&row.label, LABEL, w * 0.3).width).fold(30.0f32, f32::max) + 10.0;
    for (n, row) in rows.iter().enumerate() {
        let middle = y + 20.0 + (n as f32 + 0.5) * high;
        sheet.say(x, middle + 2.9, &row.label, LABEL, ink::text(), label - 8.0);
        let track = w - label - 34.0;
        stack(sheet, row, &parts, [x + label, middle - 4.2, track, 8.4], most);
        sheet.say_right(x + w, middle + 2.9, &words::count(total(row, &parts) as i64), VALUE, ink::text(), 34.0);
    }
}

/// The hours a grid of hours shows.
fn hours(table: &Table) -> std::ops::Range<usize> {
    table.hours.map_or(0..table.columns.len(), |shown| shown.first..(shown.last + 1).min(table.columns.len()))
}

/// A grid of hours: a table, each cell of which opens its rows.
fn heat(sheet: &mut PageWriter<'_>, table: &Table, [x, y, w, h]: [f32; 4]) {
    let hours = hours(table);
    let days = 32.0;
    let wide = (w - days) / hours.len().max(1) as f32;
    let high = ((h - 16.0) / table.rows.len().max(1) as f32).min(20.0);
    let most =
        table.rows.iter().flat_map(|row| &row.cells).map(|cell| value(Some(cell))).fold(0.0f32, f32::max).max(1.0);
    let style = Style::of(7.5, Weight::Regular);
    sheet.means(StructureTag::Table(super::fonts::clean(&format!("{}, by weekday and hour", table.title))), |sheet| {
        sheet.means(StructureTag::Head, |sheet| {
            sheet.means(StructureTag::Row, |sheet| {
                sheet.means(StructureTag::ColumnHead, |sheet| {
                    sheet.content(|sheet| {
                        sheet.say(x, y + 9.0, "Day", SMALL, ink::text_3(), days - 4.0);
                    })
                });
                for (n, column) in table.columns.iter().enumerate().filter(|(n, _)| hours.contains(n)) {
                    let middle = x + days + ((n - hours.start) as f32 + 0.5) * wide;
                    sheet.means(StructureTag::ColumnHead, |sheet| {
                        sheet.content(|sheet| {
                            sheet.say_middle(middle, y + 9.0, &column.label, SMALL, ink::text_3(), wide);
                        })
                    });
                }
            });
        });
        sheet.means(StructureTag::Rows, |sheet| {
            for (n, row) in table.rows.iter().enumerate() {
                let top = y + 14.0 + n as f32 * high;
                sheet.means(StructureTag::Row, |sheet| {
                    sheet.means(StructureTag::RowHead, |sheet| {
                        sheet.content(|sheet| {
                            sheet.say(x, top + high / 2.0 + 2.6, &row.label, style, ink::text_2(), days - 4.0);
                        })
                    });
                    for hour in hours.clone() {
                        let left = x + days + (hour - hours.start) as f32 * wide;
                        let is = value(row.cells.get(hour));
                        let (ground, letters) =
                            ink::heat(if is <= 0.0 { 0 } else { (is / most * 5.0).ceil() as usize });
                        let rect = [left, top, wide - 1.4, high - 1.4];
                        let said = text(row.cells.get(hour));
                        let draw = |sheet: &mut PageWriter<'_>| {
                            sheet.fill(rect, 1.6, ground);
                            if is > 0.0 {
                                sheet.say_middle(
                                    left + (wide - 1.4) / 2.0,
                                    top + high / 2.0 + 1.9,
                                    said,
                                    style,
                                    letters,
                                    wide - 2.0,
                                );
                            }
                        };
                        let link = row.cells.get(hour).filter(|_| is > 0.0);
                        sheet.means(StructureTag::Cell, |sheet| match link {
                            Some(cell) => {
                                let named = cell.hour.as_deref().unwrap_or(&row.label);
                                let says = format!("{named}: {said}. The rows behind it");
                                sheet.link(rect, &format!("f:{}", cell.figure), &says, draw);
                            }
                            None => sheet.decor(draw),
                        });
                    }
                });
            }
        });
    });
}

/// A small line of how a figure went.
pub fn spark(sheet: &mut PageWriter<'_>, values: &[Option<f64>], [x, y, w, h]: [f32; 4]) {
    let known = || values.iter().flatten().copied().filter(|value| value.is_finite());
    let (least, most) = known().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
    if !(least.is_finite() && most.is_finite()) || values.len() < 2 {
        return;
    }
    let span = if most > least { most - least } else { 1.0 };
    let step = w / (values.len() - 1) as f32;
    let points: Vec<(f32, f32)> = values
        .iter()
        .enumerate()
        .filter_map(|(n, value)| {
            let up = ((value.filter(|value| value.is_finite())? - least) / span) as f32;
            Some((x + n as f32 * step, y + h - up * h))
        })
        .collect();
    sheet.stroke(&points, 0.8, ink::bar());
}
