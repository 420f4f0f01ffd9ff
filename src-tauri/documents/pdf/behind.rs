//! The rows behind the figures: a numbered list of what counts, and for each figure the numbers of its rows. A figure on
//! any page leads to its line here.

use std::collections::{BTreeMap, HashSet};

use super::fonts::{Style, Weight};
use super::grid::{CellText, Col, Grid};
use super::ink;
use super::page_writer::{MARGIN, PageWriter};
use super::structure::StructureTag;
use crate::figures::measure::Measure;
use crate::figures::model::{Cell, Report, Row};
use crate::figures::words;
use crate::figures::{Dimension, NOT_TOLD, parse_figure, write_touches};
use crate::zone::Tz;

/// So many rows are printed; more are for the workbook, CSV or HTML.
pub const MOST: usize = 2_000;

const KINDS: [(&str, &str); 8] = [
    ("lead", "Leads"),
    ("call", "Calls"),
    ("text", "Texts"),
    ("form", "Forms"),
    ("outcome", "Outcomes"),
    ("money", "Money"),
    ("close", "Closed leads"),
    ("disagreement", "Disagreements"),
];

/// In the order they are numbered: by kind, then by time.
pub fn sort(rows: &mut [Row]) {
    let place = |row: &Row| KINDS.iter().position(|(kind, _)| *kind == row.kind).unwrap_or(KINDS.len());
    rows.sort_by(|a, b| (place(a), a.at, &a.id).cmp(&(place(b), b.at, &b.id)));
}

/// What a row says of a dimension; empty where nobody said.
fn said(row: &Row, dimension: Dimension, zone: Tz) -> String {
    use chrono::{Datelike, Timelike};
    let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
    let local = row.at.with_timezone(&zone);
    match dimension {
        Dimension::FirstTouch => or_empty(&row.first_touch),
        Dimension::LastTouch => or_empty(&row.last_touch),
        Dimension::Touches => {
            let (first, last) = (row.first_touch.as_deref(), row.last_touch.as_deref());
            let mut text = String::new();
            write_touches(first.unwrap_or_default(), last.unwrap_or_default(), &mut text);
            text
        }
        Dimension::Campaign => or_empty(&row.campaign),
        Dimension::Medium => or_empty(&row.medium),
        Dimension::Service => or_empty(&row.service),
        Dimension::Rep => or_empty(&row.rep),
        Dimension::Reason => or_empty(&row.reason),
        Dimension::Outcome => or_empty(&row.outcome),
        Dimension::Hour => format!("{}T{:02}", local.weekday().number_from_monday(), local.hour()),
        Dimension::Day => local.date_naive().to_string(),
    }
}

/// Whether a row stands behind a figure.
pub fn is_behind(row: &Row, figure: &str, zone: Tz) -> bool {
    parse_figure(figure).is_some_and(|(measure, by)| {
        row.figures.iter().any(|key| key == measure.key())
            && by.is_none_or(|(dimension, value)| said(row, dimension, zone) == value)
    })
}

/// `1–4, 7, 9 and 12`
fn ranges(numbers: &[usize]) -> String {
    let mut text = String::new();
    let mut at = 0;
    while let Some(first) = numbers.get(at) {
        let mut last = at;
        while numbers.get(last + 1).is_some_and(|next| *next == numbers.get(last).copied().unwrap_or_default() + 1) {
            last += 1;
        }
        if !text.is_empty() {
            text.push_str(", ");
        }
        let until = numbers.get(last).copied().unwrap_or_default();
        match last - at {
            0 => text.push_str(&first.to_string()),
            1 => text.push_str(&format!("{first}, {until}")),
            _ => text.push_str(&format!("{first}–{until}")),
        }
        at = last + 1;
    }
    text
}

/// Every figure of the report that has rows, once, in the order of the pages.
fn figures(report: &Report) -> Vec<&str> {
    let mut seen = HashSet::new();
    let mut list = Vec::new();
    let add = |cell: &'_ Cell| {
        let of = cell.of_figure.is_some();
        (cell.rows > 0, of)
    };
    let mut cells: Vec<&Cell> = report.headlines.iter().map(|line| &line.cell).collect();
    cells.extend(
        report.sums.iter().flat_map(|sum| std::iter::once(&sum.total).chain(sum.parts.iter().map(|part| &part.cell))),
    );
    let tables = report.sections.iter().flat_map(|section| &section.tables);
    cells.extend(tables.flat_map(|table| table.rows.iter().chain(&table.total)).flat_map(|row| &row.cells));
    for cell in cells {
        let (some, part) = add(cell);
        if some && seen.insert(cell.figure.as_str()) {
            list.push(cell.figure.as_str());
        }
        if let Some(of) = cell.of_figure.as_deref().filter(|of| part && seen.insert(of)) {
            list.push(of);
        }
    }
    list
}

/// What a value of a dimension is called.
fn called(dimension: Dimension, value: &str) -> String {
    match dimension {
        _ if value.is_empty() => NOT_TOLD.into(),
        Dimension::Hour => words::hour_of_week(value),
        Dimension::Day => super::charts::short_day(value),
        Dimension::Outcome => words::of_key(value),
        _ => value.chars().take(60).collect(),
    }
}

fn dimension_words(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::FirstTouch => "by first touch",
        Dimension::LastTouch => "by last touch",
        Dimension::Touches => "from first to last touch",
        Dimension::Campaign => "by campaign",
        Dimension::Medium => "by medium",
        Dimension::Service => "by service",
        Dimension::Rep => "by rep",
        Dimension::Reason => "by reason",
        Dimension::Outcome => "by outcome",
        Dimension::Hour => "by weekday and hour",
        Dimension::Day => "by day",
    }
}

/// Figures of one measure and dimension.
type Group<'a> = ((Measure, Option<Dimension>), Vec<&'a str>);

/// The numbers of the rows behind each figure.
pub fn index(sheet: &mut PageWriter<'_>, report: &Report, rows: &[Row]) {
    let zone = words::zone_of(&report.manifest);
    // Which rows carry a measure: found once, not for each figure.
    let mut carry: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (n, row) in rows.iter().enumerate() {
        for key in &row.figures {
            carry.entry(key.as_str()).or_default().push(n);
        }
    }
    let mut groups: Vec<Group<'_>> = Vec::new();
    for figure in figures(report) {
        let Some((measure, by)) = parse_figure(figure) else { continue };
        let key = (measure, by.map(|(dimension, _)| dimension));
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, list)) => list.push(figure),
            None => groups.push((key, vec![figure])),
        }
    }
    let (x, width) = (MARGIN, sheet.inner());
    let (bold, plain) = (Style::of(7.5, Weight::Semibold), Style::of(7.0, Weight::Regular));
    for ((measure, dimension), list) in groups {
        let label = report.measures.get(measure.key()).map_or_else(|| measure.label(), |words| &words.label);
        let group = measure.group().title();
        let title = match dimension {
            Some(dimension) => format!("{group}: {label}, {}", dimension_words(dimension)),
            None => format!("{group}: {label}"),
        };
        let mut text = String::new();
        let mut starts = Vec::new();
        for figure in list {
            let Some((_, by)) = parse_figure(figure) else { continue };
            let all = carry.get(measure.key()).map(Vec::as_slice).unwrap_or_default();
            let numbers: Vec<usize> = all
                .iter()
                .filter(|n| {
                    rows.get(**n)
                        .is_some_and(|row| by.is_none_or(|(dimension, value)| said(row, dimension, zone) == value))
                })
                .map(|n| n + 1)
                .collect();
            if numbers.is_empty() {
                continue;
            }
            starts.push((text.len(), figure));
            let count = words::plural(numbers.len() as i64, "row", "rows");
            let said = match by {
                Some((dimension, value)) => format!("{} ({count}): {}.  ", called(dimension, value), ranges(&numbers)),
                None => format!("{count}: {}.", ranges(&numbers)),
            };
            text.push_str(&super::fonts::clean(&said));
        }
        if starts.is_empty() {
            continue;
        }
        let lines = sheet.fonts.lines_of(text.trim_end(), plain, width);
        sheet.ensure(32.0);
        sheet.y += 5.0;
        let mut starts = starts.into_iter().peekable();
        sheet.means(StructureTag::Paragraph, |sheet| {
            sheet.content(|sheet| {
                sheet.say(x, sheet.y + 7.5, &title, bold, ink::text(), width);
            });
            sheet.y += 10.0;
            for (range, line) in lines {
                sheet.ensure(9.6);
                while let Some((_, figure)) = starts.next_if(|(start, _)| *start < range.end) {
                    sheet.anchor(&format!("f:{figure}"));
                }
                sheet.content(|sheet| sheet.letters(x, sheet.y + 7.0, line, ink::text_2()));
                sheet.y += 9.6;
            }
        });
    }
}

/// The rows themselves, by kind.
pub fn list(sheet: &mut PageWriter<'_>, report: &Report, rows: &[Row]) {
    let zone = words::zone_of(&report.manifest);
    let currency = report.manifest.currency.as_str();
    for (kind, title) in KINDS {
        let of_kind: Vec<(usize, &Row)> = rows.iter().enumerate().filter(|(_, row)| row.kind == kind).collect();
        if of_kind.is_empty() {
            continue;
        }
        sheet.heading(3, &format!("{title}, {}", words::count(of_kind.len() as i64)), 40.0);
        sheet.bookmark(1, title);
        grid(kind, title, &of_kind, zone, currency).draw(sheet, MARGIN, sheet.inner());
    }
}

/// Who a row is about.
pub fn name(row: &Row) -> CellText {
    match &row.name {
        _ if row.erased => CellText::quiet(words::ERASED),
        Some(name) => CellText::of(name.as_str()),
        None => CellText::quiet(words::NAMELESS),
    }
}

/// `26 Mar, 09:14`: the year stands over every page.
fn short(at: chrono::DateTime<chrono::Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).format("%-d %b, %H:%M").to_string()
}

fn grid(kind: &str, title: &str, rows: &[(usize, &Row)], zone: Tz, currency: &str) -> Grid {
    let mut columns = vec![Col::numbers("Row"), Col::whole("When"), Col::words("Who"), Col::whole("Number")];
    columns.extend(match kind {
        "lead" => vec![
            Col::words("Told by"),
            Col::words("Came from"),
            Col::words("Campaign"),
            Col::words("Rep"),
            Col::words("Stage"),
            Col::numbers("First answer"),
        ],
        "call" => vec![
            Col::words("Told by"),
            Col::words("Way"),
            Col::words("Ended"),
            Col::numbers("Length"),
            Col::words("Felt"),
            Col::words("Rep"),
            Col::numbers("Returned"),
        ],
        "text" => vec![Col::words("Told by"), Col::words("Way"), Col::words("Rep")],
        "outcome" => vec![Col::words("Told by"), Col::words("Outcome"), Col::words("Rep")],
        "money" => vec![
            Col::words("Told by"),
            Col::words("Rep"),
            Col::numbers("Estimated"),
            Col::numbers("Received"),
            Col::numbers("Revenue"),
        ],
        "close" => vec![Col::words("Told by"), Col::words("Stage"), Col::words("Reason")],
        "disagreement" => vec![Col::words("Services"), Col::words("What they say")],
        _ => vec![Col::words("Told by"), Col::words("Rep")],
    });
    let aside = matches!(kind, "lead" | "call" | "text" | "form") && rows.iter().any(|(_, row)| row.reason.is_some());
    if aside {
        columns.push(Col::words("Left out"));
    }
    let text = |value: &Option<String>| CellText::of(value.clone().unwrap_or_default());
    let key = |value: &Option<String>| CellText::of(value.as_deref().map(words::of_key).unwrap_or_default());
    let cells = |(n, row): &(usize, &Row)| {
        let said = words::row_text(row, zone, currency);
        let mut cells =
            vec![CellText::quiet((n + 1).to_string()), CellText::of(short(row.at, zone)), name(row), text(&said.phone)];
        cells.push(text(&row.service));
        match kind {
            "lead" => cells.extend([
                text(&row.first_touch),
                text(&row.campaign),
                text(&row.rep),
                CellText::of(words::of_key(&row.stage)),
                text(&said.waited),
            ]),
            "call" => cells.extend([
                key(&row.direction),
                CellText::of(row.state.as_deref().map(ended).unwrap_or_default()),
                text(&said.duration),
                felt(row),
                text(&row.rep),
                text(&said.waited),
            ]),
            "text" => cells.extend([key(&row.direction), text(&row.rep)]),
            "outcome" => cells.extend([key(&row.outcome), text(&row.rep)]),
            "money" => cells.extend([text(&row.rep), text(&said.estimated), text(&said.actual), text(&said.revenue)]),
            "close" => cells.extend([CellText::of(words::of_key(&row.stage)), text(&row.reason)]),
            "disagreement" => cells.push(text(&row.reason)),
            _ => cells.push(text(&row.rep)),
        }
        if aside {
            cells.push(key(&row.reason));
        }
        cells
    };
    Grid {
        summary: format!("{title} that count in this report"),
        columns,
        rows: rows.iter().map(cells).collect(),
        total: false,
        size: 7.0,
        named: false,
    }
}

fn ended(state: &str) -> String {
    if state == "abandoned" { "Hung up".into() } else { words::call_state(state) }
}

fn felt(row: &Row) -> CellText {
    match (&row.sentiment, row.sentiment_origin.as_deref()) {
        (Some(label), Some("estimated")) => CellText::of(format!("{}, est.", words::of_key(label))),
        (Some(label), _) => CellText::of(words::of_key(label)),
        _ => CellText::default(),
    }
}
