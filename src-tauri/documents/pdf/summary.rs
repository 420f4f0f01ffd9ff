//! A summary: three pages at most, for whoever is to see how it goes and not who the customers are. It is made of a report that
//! is cut down first, so that what draws it is the same as for the complete one.

use super::cover;
use super::ending;
use super::fonts::{Fonts, Style, Weight};
use super::ink;
use super::page_writer::{MARGIN, PageWriter};
use super::structure::{DocumentInfo, StructureTag};
use crate::documents::{DocumentError, Paper};
use crate::domain::mask::WholeNames;
use crate::figures::model::{Chart, Filters, Report, Row, Section, Table};
use crate::figures::words;

/// So many pages it has at most.
pub const PAGES: usize = 3;
/// Rows of a table.
const ROWS: usize = 8;
/// Columns of a table, the first ones and those of [`TELLING`].
const COLUMNS: usize = 6;
/// Characters of a word that somebody else wrote.
const LABEL: usize = 44;
/// Characters of a line that says how it was made.
const LINE: usize = 240;

/// Columns that stay in a table with many.
const TELLING: [&str; 13] = [
    "leads.new",
    "speed.clock",
    "calls.answered",
    "calls.missed_really",
    "outcome.booked",
    "outcome.quoted",
    "outcome.not_interested",
    "money.earned",
    "sentiment.provider.positive",
    "sentiment.provider.neutral",
    "sentiment.provider.negative",
    "sentiment.estimated.positive",
    "sentiment.estimated.negative",
];
/// Tables of a whole overview that come first: what else there is fills what is left.
const FIRST: [&str; 8] =
    ["activity", "outcomes", "reps", "campaign", "speed_summary", "closed_now", "closed_lost", "outcomes_by_service"];

/// What is known of customers, so that none of it is shown.
#[derive(Default)]
pub struct Customers(WholeNames);

impl Customers {
    /// Sees a row.
    pub fn see(&mut self, row: &Row) {
        if let Some(name) = &row.name {
            self.0.add(name);
        }
    }

    /// A word that somebody wrote, short, and without whom it may be about.
    fn cleared(&self, text: &str) -> String {
        clipped(&self.0.text(text), LABEL)
    }
}

fn clipped(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_string();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

/// The report without what is no summary.
fn cut(report: &Report, customers: &Customers) -> Report {
    let mut report = report.clone();
    report.title = format!("{}, summary", report.title);
    let manifest = &mut report.manifest;
    manifest.business = clipped(&manifest.business, LABEL);
    manifest.changed = None;
    manifest.notes = manifest.notes.iter().take(2).map(|note| clipped(note, LINE)).collect();
    let clear = |text: &mut Option<String>| *text = text.as_deref().map(|text| customers.cleared(text));
    let Filters { source: _, source_name, campaign, rep, tag, stage: _ } = &mut manifest.filters;
    [source_name, campaign, rep, tag].into_iter().for_each(clear);
    for section in &mut report.sections {
        section.tables.retain(|table| table.key != "by_day");
        section.tables.iter_mut().for_each(|table| shorten(table, customers));
    }
    report
}

fn shorten(table: &mut Table, customers: &Customers) {
    // Rows of a dimension are called what somebody wrote; others are measures of ours.
    let by_words = table.rows.iter().any(|row| row.cells.iter().any(|cell| cell.figure.contains('@')))
        && table.chart != Chart::Heat
        && table.key != "outcomes";
    if by_words {
        // Of the period compared with nothing is known here, not whom its words are about either.
        table.rows.retain(|row| row.cells.iter().any(|cell| cell.rows > 0));
        let all = table.rows.len();
        table.rows.truncate(ROWS);
        for row in &mut table.rows {
            row.label = customers.cleared(&row.label);
        }
        if all > ROWS {
            table.title = format!("{} (the {ROWS} largest of {})", table.title, words::count(all as i64));
        }
    }
    if table.columns.len() > COLUMNS && table.chart != Chart::Heat {
        let tells: Vec<bool> = table.columns.iter().map(|column| TELLING.contains(&column.measure.as_str())).collect();
        let any = tells.contains(&true);
        let keep: Vec<bool> =
            tells.iter().enumerate().map(|(at, tells)| if any { *tells } else { at < COLUMNS }).collect();
        let kept = |at: usize| keep.get(at).copied().unwrap_or(false);
        let mut at = 0..;
        table.columns.retain(|_| at.next().is_some_and(kept));
        for row in table.rows.iter_mut().chain(&mut table.total) {
            let mut at = 0..;
            row.cells.retain(|_| at.next().is_some_and(kept));
        }
        table.stacked.retain(|key| table.columns.iter().any(|column| column.key == *key));
    }
}

/// Makes one.
///
/// # Errors
/// [`DocumentError::Made`] when what writes PDFs says no.
pub fn make(
    report: &Report,
    customers: &Customers,
    seen: usize,
    paper: Paper,
    fonts: &Fonts,
    strict: bool,
) -> Result<Vec<u8>, DocumentError> {
    let report = &cut(report, customers);
    let manifest = &report.manifest;
    let zone = words::zone_of(manifest);
    let mut sheet = PageWriter::new(fonts, paper);
    let glance = cover::has_glance(report);
    sheet.means(StructureTag::Section, |sheet| {
        cover::top(sheet, report);
        cover::headlines(sheet, report);
        if glance {
            cover::glance(sheet, report);
        }
        cover::sums(sheet, &report.sums);
    });
    let mut trial = sheet.trial();
    made(&mut trial, report, seen, usize::MAX);
    let ending = trial.taken().unwrap_or_else(|| sheet.room() * 0.5) + 24.0;
    let mut left_out = 0;
    for (section, table) in tables(report, glance) {
        let mut trial = sheet.trial();
        part(&mut trial, report, section, table);
        let high = trial.taken().map(|high| high + 28.0);
        let ends = |sheet: &PageWriter<'_>| sheet.bottom() - if sheet.number() >= PAGES { ending } else { 0.0 };
        let Some(high) = high.filter(|high| *high < sheet.room() - ending) else {
            left_out += 1;
            continue;
        };
        if sheet.y + high > ends(&sheet) {
            if sheet.number() >= PAGES {
                left_out += 1;
                continue;
            }
            sheet.turn();
        }
        sheet.means(StructureTag::Section, |sheet| part(sheet, report, section, table));
    }
    if sheet.y + ending > sheet.bottom() && sheet.number() < PAGES {
        sheet.turn();
    }
    sheet.means(StructureTag::Section, |sheet| made(sheet, report, seen, left_out));
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
            id: format!("{} summary", manifest.sha256),
        },
        strict,
    )
}

/// Tables in the order in which they get room. What the first page shows as a chart is told there.
fn tables(report: &Report, glance: bool) -> Vec<(&Section, &Table)> {
    let mut all: Vec<(&Section, &Table)> = report
        .sections
        .iter()
        .flat_map(|section| section.tables.iter().map(move |table| (section, table)))
        .filter(|(_, table)| !(table.rows.is_empty() || glance && table.chart == Chart::Heat))
        .collect();
    if glance {
        all.sort_by_key(|(_, table)| FIRST.iter().position(|key| *key == table.key).unwrap_or(FIRST.len()));
    }
    all
}

fn part(sheet: &mut PageWriter<'_>, report: &Report, section: &Section, table: &Table) {
    let title = if section.title == table.title || section.tables.len() == 1 {
        section.title.clone()
    } else {
        format!("{}: {}", section.title, lower(&table.title))
    };
    sheet.bookmark(0, &title);
    sheet.heading(2, &title, 0.0);
    super::body_of(sheet, report, section, table);
}

fn lower(title: &str) -> String {
    let mut chars = title.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// Of what it was made, and what it leaves out.
fn made(sheet: &mut PageWriter<'_>, report: &Report, seen: usize, left_out: usize) {
    let manifest = &report.manifest;
    let zone = words::zone_of(manifest);
    sheet.bookmark(0, "How this summary was made");
    sheet.heading(2, "How this summary was made", 0.0);
    let mut facts = vec![("Period", words::period(&manifest.period))];
    if let Some(compared) = words::compared(manifest) {
        facts.push(("Compared with", compared));
    }
    facts.push(("Time zone", words::zone(zone, manifest.period.ends_at)));
    facts.push(("Who counts", clipped(&words::filters(&manifest.filters).join("; "), LINE)));
    facts.push(("As of", words::moment(manifest.as_of, zone)));
    facts.push(("Rows", words::count(i64::try_from(seen).unwrap_or(i64::MAX))));
    facts.push(("SHA-256", manifest.sha256.clone()));
    for note in &manifest.notes {
        facts.push(("To know", note.clone()));
    }
    let tables = match left_out {
        0 => String::new(),
        1 => ", 1 table".into(),
        usize::MAX => ", 100 tables".into(),
        n => format!(", {n} tables"),
    };
    facts.push((
        "Left out",
        format!("Customers’ names, numbers and mails; the rows; what each figure counts{tables}. The complete report has them."),
    ));
    ending::list(sheet, &facts);
    let width = sheet.inner();
    sheet.y += 6.0;
    let said = "A complete report with the same SHA-256 has the same figures.";
    sheet.means(StructureTag::Paragraph, |sheet| {
        sheet.paragraph(MARGIN, width, said, Style::of(7.5, Weight::Regular), ink::text_3(), 1.4)
    });
}
