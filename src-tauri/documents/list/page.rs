//! A list as a page that stands alone: a table that can be sorted, readable without its script, and loading nothing.

use std::fs::File;
use std::io::{BufWriter, Write};

use super::ListHeading;
use crate::documents::DocumentError;
use crate::documents::cells::{self, CellKind, ListColumn, Value};
use crate::documents::html::page::{escape, policy};
use crate::domain::money::money;
use crate::figures::words;
use crate::zone::Tz;

/// More lines than that no browser sorts quickly; the rest is in the workbook and the CSV.
pub(super) const MOST: u64 = 10_000;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page in the making: lines wait in memory up to [`MOST`], since what stands above them is only known at the end.
pub(super) struct ListPage {
    out: BufWriter<File>,
    fields: &'static [ListColumn],
    zone: Tz,
    currency: String,
    lines: Vec<u8>,
    kept: u64,
}

fn escaped(text: &str) -> String {
    escape(&cells::clean(text))
}

/// Digits are compared as numbers, so they stand on the right.
fn is_number(kind: CellKind) -> bool {
    matches!(kind, CellKind::Count | CellKind::Cents | CellKind::Seconds | CellKind::Waited)
}

impl ListPage {
    pub(super) fn new(file: File, fields: &'static [ListColumn], zone: Tz, currency: &str) -> ListPage {
        let out = BufWriter::with_capacity(64 * 1024, file);
        ListPage { out, fields, zone, currency: currency.to_string(), lines: Vec::new(), kept: 0 }
    }

    pub(super) fn line(&mut self, values: &[Value<'_>]) -> Result<(), DocumentError> {
        if self.kept >= MOST {
            return Ok(());
        }
        self.kept += 1;
        let lines = &mut self.lines;
        lines.extend(b"<tr>");
        for (at, (field, value)) in self.fields.iter().zip(values).enumerate() {
            // What is sorted by, where it is not what is read.
            let (shown, sorted) = match value {
                Value::Nothing => (String::new(), None),
                Value::Text(text) => (escaped(&cells::read(text, field.kind)), None),
                Value::Many(texts) => (escaped(&cells::read_all(texts, field.kind)), None),
                Value::Number(n) => match field.kind {
                    CellKind::Cents => (escaped(&money(*n, &self.currency)), Some(n.to_string())),
                    CellKind::Seconds => (words::clock(*n), Some(n.to_string())),
                    CellKind::Waited => (words::lasting(*n), Some(n.to_string())),
                    _ => (words::count(*n), Some(n.to_string())),
                },
                Value::When(at) => {
                    let local = at.with_timezone(&self.zone).format("%Y-%m-%d %H:%M").to_string();
                    let utc = cells::utc(*at);
                    (format!("<time datetime=\"{utc}\">{local}</time>"), Some(utc))
                }
                Value::Day(day) => (day.to_string(), None),
                Value::Yes(yes) => (cells::yes(*yes).to_string(), None),
            };
            let tag = if at == 0 { "th scope=\"row\"" } else { "td" };
            let class = match field.kind {
                kind if is_number(kind) => " class=\"n\"",
                CellKind::Long => " class=\"l\"",
                _ => "",
            };
            let sorted = sorted.map(|key| format!(" data-v=\"{key}\"")).unwrap_or_default();
            write!(lines, "<{tag}{class}{sorted}>{shown}</{}>", &tag[..2])?;
        }
        lines.extend(b"</tr>\n");
        Ok(())
    }

    pub(super) fn finish(mut self, about: &ListHeading<'_>) -> Result<(), DocumentError> {
        let title = format!(
            "{}: {}, {}",
            about.question.business_name,
            about.list.title(),
            words::days(about.question.from, about.question.to)
        );
        let title = escaped(&title);
        let policy = policy(STYLE, Some(SCRIPT));
        let out = &mut self.out;
        write!(
            out,
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n\
             <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
        )?;
        if about.lines > self.kept {
            writeln!(
                out,
                "<p class=\"cap\">These are the first {} of {} lines. All of them are in the XLSX, CSV and JSON of this list.</p>",
                words::count(i64::try_from(self.kept).unwrap_or(i64::MAX)),
                words::count(i64::try_from(about.lines).unwrap_or(i64::MAX)),
            )?;
        }
        writeln!(out, "<dl>")?;
        for (label, text) in about.lines() {
            writeln!(out, "<div><dt>{}</dt><dd>{}</dd></div>", escaped(&label), escaped(&text))?;
        }
        write!(
            out,
            "</dl>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\">\n\
             <table>\n<caption>{0}, times in {1}. A heading sorts.</caption>\n<thead><tr>",
            about.list.title(),
            escaped(self.zone.name())
        )?;
        for field in self.fields {
            let class = if is_number(field.kind) { " class=\"n\"" } else { "" };
            write!(out, "<th scope=\"col\"{class}><button type=\"button\">{}</button></th>", escaped(field.label))?;
        }
        out.write_all(b"</tr></thead>\n<tbody>\n")?;
        out.write_all(&self.lines)?;
        if self.kept == 0 {
            writeln!(out, "<tr><td colspan=\"{}\">Nothing in this period.</td></tr>", self.fields.len())?;
        }
        write!(out, "</tbody>\n</table>\n</div>\n</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n")?;
        Ok(out.flush()?)
    }
}
