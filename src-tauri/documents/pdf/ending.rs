//! The last pages: what each figure counts, what changed since the last file, and of what this one was made.

use super::behind;
use super::fonts::{Style, Weight};
use super::grid::{CellText, Col, Grid};
use super::ink;
use super::page_writer::{MARGIN, PageWriter};
use super::structure::StructureTag;
use crate::figures::measure::{Measure, MeasureGroup};
use crate::figures::model::{Manifest, Report};
use crate::figures::words;

/// What each figure counts.
pub fn definitions(sheet: &mut PageWriter<'_>, report: &Report) {
    if report.measures.is_empty() {
        return;
    }
    sheet.bookmark(0, "What each figure counts");
    sheet.heading(2, "What each figure counts", 60.0);
    let (x, width) = (MARGIN, sheet.inner());
    let left = 128.0;
    let (bold, plain) = (Style::of(7.5, Weight::Semibold), Style::of(7.5, Weight::Regular));
    let high = 10.4;
    sheet.means(StructureTag::List, |sheet| {
        let mut about = None;
        let group_of = |key: &str| Some(Measure::parse(key)?.group());
        let mut all: Vec<_> = report.measures.iter().map(|(key, words)| (group_of(key), words)).collect();
        all.sort_by_key(|(group, _)| (group.is_none(), *group));
        for (group, words) in all {
            if about != Some(group) {
                about = Some(group);
                let title = group.map_or("Other", MeasureGroup::title);
                sheet.ensure(46.0);
                sheet.y += 6.0;
                sheet.means(StructureTag::Item, |sheet| {
                    sheet.means(StructureTag::Body, |sheet| {
                        sheet.content(|sheet| {
                            sheet.say(x, sheet.y + 9.0, title, Style::of(8.5, Weight::Semibold), ink::accent(), width);
                        })
                    });
                });
                sheet.y += 14.0;
            }
            let labels = sheet.fonts.wrap(&words.label, bold, left - 12.0);
            let lines = sheet.fonts.wrap(&words.counts, plain, width - left);
            let tall = labels.len().max(lines.len()) as f32 * high;
            sheet.ensure(tall.min(sheet.room()));
            let top = sheet.y;
            sheet.means(StructureTag::Item, |sheet| {
                sheet.means(StructureTag::Label, |sheet| {
                    sheet.content(|sheet| {
                        for (n, line) in labels.into_iter().enumerate() {
                            sheet.letters(x, top + 8.0 + n as f32 * high, line, ink::text());
                        }
                    })
                });
                sheet.means(StructureTag::Body, |sheet| {
                    sheet.content(|sheet| {
                        for (n, line) in lines.into_iter().enumerate() {
                            sheet.letters(x + left, top + 8.0 + n as f32 * high, line, ink::text_2());
                        }
                    })
                });
            });
            sheet.y = top + tall + 3.0;
        }
    });
}

/// What is not the same as in the last file of the same question.
pub fn changed(sheet: &mut PageWriter<'_>, report: &Report) {
    let Some(changed) = &report.manifest.changed else { return };
    if changed.rows.is_empty() {
        return;
    }
    sheet.bookmark(0, "What changed");
    sheet.heading(2, "What changed since the last report of this period", 60.0);
    let grid = Grid {
        summary: "Rows that came or read otherwise".into(),
        columns: vec![
            Col::words("Change"),
            Col::words("What"),
            Col::words("When"),
            Col::words("Who"),
            Col::words("Told by"),
            Col::words("Counts in"),
        ],
        rows: changed
            .rows
            .iter()
            .map(|one| {
                let counts: Vec<String> = one
                    .row
                    .figures
                    .iter()
                    .filter_map(|key| report.measures.get(key).map(|words| words.label.clone()))
                    .take(6)
                    .collect();
                vec![
                    CellText::of(words::of_key(&one.what)),
                    CellText::of(words::of_key(&one.row.kind)),
                    CellText::of(one.text.at.as_str()),
                    behind::name(&one.row),
                    CellText::of(one.row.service.clone().unwrap_or_default()),
                    CellText::of(counts.join(", ")),
                ]
            })
            .collect(),
        total: false,
        size: 7.5,
        named: false,
    };
    grid.draw(sheet, MARGIN, sheet.inner());
}

fn what_changed(manifest: &Manifest) -> String {
    let zone = words::zone_of(manifest);
    match &manifest.changed {
        None => "This is the first file of this period and these filters.".into(),
        Some(changed) => {
            let since = words::moment(changed.since, zone);
            if changed.was == manifest.sha256 {
                return format!("Nothing since the file of {since}: the SHA-256 is the same.");
            }
            let parts = [(changed.added, "came"), (changed.changed, "read otherwise"), (changed.gone, "are gone")];
            let said: Vec<String> =
                parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{} {what}", words::count(*n))).collect();
            let rows = if said.is_empty() { "no rows".into() } else { format!("rows: {}", words::listed(&said)) };
            format!("Since the file of {since}, {rows}. Its SHA-256 was {}.", changed.was)
        }
    }
}

/// Of what it was made: the last page.
pub fn manifest(sheet: &mut PageWriter<'_>, report: &Report, seen: usize) {
    let manifest = &report.manifest;
    let zone = words::zone_of(manifest);
    sheet.turn();
    sheet.bookmark(0, "How this report was made");
    sheet.heading(2, "How this report was made", 100.0);
    let mut facts: Vec<(&str, String)> =
        vec![("Business", manifest.business.clone()), ("Period", words::period(&manifest.period))];
    if let Some(compared) = words::compared(manifest) {
        facts.push(("Compared with", compared));
    }
    facts.push(("Time zone", format!("{} ({})", manifest.time_zone, words::zone(zone, manifest.period.ends_at))));
    facts.push(("Who counts", words::filters(&manifest.filters).join("; ")));
    let known = if manifest.as_of_asked { "What was known by" } else { "As of" };
    facts.push((known, words::moment(manifest.as_of, zone)));
    facts.push((
        "Made",
        format!("{} ({})", words::moment(manifest.made_at, zone), manifest.made_at.format("%Y-%m-%dT%H:%M:%SZ")),
    ));
    facts.push((
        "Made by",
        format!("Leadtrail {}, which reads payloads in version {}", manifest.program, manifest.projection_version),
    ));
    facts.push(("Currency", manifest.currency.clone()));
    facts.push(("Business hours", hours(&manifest.hours)));
    if !manifest.holidays.is_empty() {
        let days: Vec<String> = manifest.holidays.iter().map(|day| words::day(*day)).collect();
        facts.push(("Holidays", days.join(", ")));
    }
    facts.push(("Test numbers", words::count(manifest.test_numbers as i64)));
    let kinds: Vec<String> = manifest.rows.iter().map(|(kind, n)| kind_words(kind, *n)).collect();
    facts.push(("Rows", if kinds.is_empty() { words::count(seen as i64) } else { words::listed(&kinds) }));
    facts.push(("SHA-256", manifest.sha256.clone()));
    facts.push(("What changed", what_changed(manifest)));
    for note in &manifest.notes {
        facts.push(("To know", note.clone()));
    }
    list(sheet, &facts);
    let width = sheet.inner();
    sheet.y += 8.0;
    let said = "The SHA-256 is over the question, the figures and the rows behind them, not over when and by which program they were \
                made. Two reports with the same one say the same.";
    sheet.means(StructureTag::Paragraph, |sheet| {
        sheet.paragraph(MARGIN, width, said, Style::of(8.0, Weight::Regular), ink::text_3(), 1.45)
    });
}

fn kind_words(kind: &str, n: i64) -> String {
    let (one, many) = match kind {
        "lead" => ("lead", "leads"),
        "call" => ("call", "calls"),
        "text" => ("text", "texts"),
        "form" => ("form", "forms"),
        "outcome" => ("outcome", "outcomes"),
        "money" => ("word about money", "words about money"),
        "close" => ("closed lead", "closed leads"),
        "disagreement" => ("disagreement", "disagreements"),
        other => (other, other),
    };
    words::plural(n, one, many)
}

/// `Mon to Fri 09:00–17:00; Sat and Sun closed`
fn hours(hours: &[String]) -> String {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let mut parts: Vec<(usize, usize, &str)> = Vec::new();
    for (n, open) in hours.iter().enumerate().take(7) {
        match parts.last_mut() {
            Some((_, last, same)) if *same == open => *last = n,
            _ => parts.push((n, n, open)),
        }
    }
    let say = |(first, last, open): &(usize, usize, &str)| {
        let name = |n: usize| DAYS.get(n).copied().unwrap_or_default();
        let days = match last - first {
            0 => name(*first).to_owned(),
            1 => format!("{} and {}", name(*first), name(*last)),
            _ => format!("{} to {}", name(*first), name(*last)),
        };
        format!("{days} {}", if open.is_empty() { "closed" } else { open })
    };
    parts.iter().map(say).collect::<Vec<_>>().join("; ")
}

/// Labels and what they say, one under the other.
pub fn list(sheet: &mut PageWriter<'_>, facts: &[(&str, String)]) {
    let (x, width, left) = (MARGIN, sheet.inner(), 110.0);
    let style = Style::of(8.5, Weight::Regular);
    sheet.means(StructureTag::List, |sheet| {
        for (label, value) in facts {
            let lines = sheet.fonts.wrap(value, style, width - left);
            let tall = (lines.len() as f32 * 12.2).min(sheet.room());
            sheet.ensure(tall + 6.0);
            sheet.decor(|sheet| sheet.rule(x, sheet.y, width, ink::line()));
            let top = sheet.y + 3.0;
            sheet.means(StructureTag::Item, |sheet| {
                sheet.means(StructureTag::Label, |sheet| {
                    sheet.content(|sheet| {
                        sheet.say(x, top + 9.5, label, style, ink::text_2(), left - 10.0);
                    })
                });
                sheet.means(StructureTag::Body, |sheet| {
                    sheet.content(|sheet| {
                        for (n, line) in lines.into_iter().enumerate() {
                            sheet.letters(x + left, top + 9.5 + n as f32 * 12.2, line, ink::text());
                        }
                    })
                });
            });
            sheet.y = top + tall + 3.0;
        }
    });
}
