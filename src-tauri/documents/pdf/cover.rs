//! The first page: what a manager reads when there is one minute.

use super::charts;
use super::fonts::{Style, Weight};
use super::grid::CellText;
use super::ink;
use super::page_writer::{MARGIN, PageWriter};
use super::structure::StructureTag;
use crate::figures::model::{Cell, Chart, Headline, Report, Section, Sum, Table, Unit};
use crate::figures::words;

const LABEL: Style = Style::of(8.0, Weight::Regular);
const TITLE: Style = Style::big(10.0, Weight::Semibold);

/// A figure's anchor, and what is there.
pub fn opens(cell: &Cell, label: &str) -> Option<(String, String)> {
    (cell.rows > 0).then(|| (format!("f:{}", cell.figure), format!("{label}: the rows behind it")))
}

/// A cell of a table that opens its rows.
pub fn piece(cell: &Cell, label: &str) -> CellText {
    let colour = cell.value.is_none_or(|value| value == 0.0).then(ink::text_3);
    CellText { text: cell.text.clone(), link: opens(cell, label), colour }
}

/// Who, what, of which days.
pub fn top(sheet: &mut PageWriter<'_>, report: &Report) {
    let manifest = &report.manifest;
    let zone = words::zone_of(manifest);
    let width = sheet.inner();
    sheet.y = MARGIN - 6.0;
    sheet.decor(|sheet| mark(sheet, MARGIN, sheet.y));
    let business = if manifest.business.trim().is_empty() { "Leadtrail" } else { &manifest.business };
    sheet.means(StructureTag::Paragraph, |sheet| {
        sheet.content(|sheet| {
            sheet.say(
                MARGIN + 24.0,
                sheet.y + 12.4,
                business,
                Style::of(10.5, Weight::Semibold),
                ink::text(),
                width - 24.0,
            );
        });
    });
    sheet.y += 26.0;
    sheet.bookmark(0, &report.title);
    sheet.heading(1, &report.title, 0.0);
    let mut lines = vec![words::period(&manifest.period), words::zone(zone, manifest.period.ends_at)];
    if let Some(compared) = words::compared(manifest) {
        lines.push(format!("compared with {compared}"));
    }
    lines.push(format!("as of {}", words::moment(manifest.as_of, zone)));
    let mut text = lines.join("  ·  ");
    let filters = words::filters(&manifest.filters);
    let all = manifest.filters == crate::figures::model::Filters::default();
    if !all {
        text.push_str("  ·  ");
        text.push_str(&filters.join("  ·  "));
    }
    sheet.means(StructureTag::Paragraph, |sheet| {
        sheet.paragraph(MARGIN, width, &text, Style::of(8.5, Weight::Regular), ink::text_2(), 1.45)
    });
    sheet.y += 8.0;
}

/// The mark of Leadtrail: a trail on blue.
pub fn mark(sheet: &mut PageWriter<'_>, x: f32, y: f32) {
    sheet.fill([x, y, 17.0, 17.0], 4.0, ink::accent_solid());
    sheet.stroke(
        &[(x + 3.6, y + 12.2), (x + 6.8, y + 8.4), (x + 9.6, y + 10.2), (x + 13.2, y + 5.2)],
        1.3,
        ink::white(),
    );
    sheet.fill([x + 2.4, y + 11.0, 2.6, 2.6], 1.3, ink::white());
    sheet.fill([x + 11.9, y + 3.8, 2.6, 2.6], 1.3, ink::white());
}

/// The key figures, side by side.
pub fn headlines(sheet: &mut PageWriter<'_>, report: &Report) {
    let lines: Vec<&Headline> = report.headlines.iter().take(6).collect();
    if lines.is_empty() {
        return;
    }
    let high = 64.0;
    let (x, y, w) = (MARGIN, sheet.y, sheet.inner());
    let each = w / lines.len() as f32;
    sheet.decor(|sheet| {
        sheet.edge([x, y, w, high], 6.0, ink::line_strong());
        for n in 1..lines.len() {
            let at = x + n as f32 * each;
            sheet.stroke(&[(at, y), (at, y + high)], 0.6, ink::line());
        }
    });
    sheet.means(StructureTag::List, |sheet| {
        for (n, line) in lines.iter().enumerate() {
            sheet.means(StructureTag::Item, |sheet| {
                headline(sheet, line, [x + n as f32 * each + 10.0, y, each - 16.0, high])
            });
        }
    });
    sheet.y += high + 12.0;
}

fn headline(sheet: &mut PageWriter<'_>, line: &Headline, [x, y, w, _]: [f32; 4]) {
    sheet.means(StructureTag::Label, |sheet| {
        sheet.content(|sheet| {
            sheet.say(x, y + 16.0, &line.label, LABEL, ink::text_2(), w);
        })
    });
    let said = line.cell.text.as_str();
    let sizes = [18.0, 16.0, 14.0, 12.0];
    let fits = |size: &f32| sheet.fonts.line(said, Style::big(*size, Weight::Semibold)).width <= w;
    let big = Style::big(sizes.into_iter().find(fits).unwrap_or(11.0), Weight::Semibold);
    let wide = sheet.fonts.fit(said, big, w).width;
    let values: Vec<Option<f64>> = line.series.iter().map(|point| point.value).collect();
    sheet.means(StructureTag::Body, |sheet| {
        let draw = |sheet: &mut PageWriter<'_>| {
            sheet.say(x, y + 37.0, said, big, ink::text(), w);
        };
        match opens(&line.cell, &line.label) {
            Some((to, says)) => sheet.link([x, y + 20.0, wide, 22.0], &to, &says, draw),
            None => sheet.content(draw),
        }
        let left = w - wide - 8.0;
        if left > 16.0 {
            let long = left.min(34.0);
            sheet.decor(|sheet| charts::spark(sheet, &values, [x + w - long, y + 26.0, long, 10.0]));
        }
        if let Some(was) = &line.cell.was_text {
            sheet.content(|sheet| {
                let colour = match line.better {
                    Some(true) => ink::good_text(),
                    Some(false) => ink::bad_text(),
                    None => ink::text_3(),
                };
                let by = line.cell.change.as_deref().map(|change| format!("{change} ")).unwrap_or_default();
                let was = format!("was {was}");
                // Long amounts are written smaller rather than cut.
                let sizes = [8.0, 7.5, 7.0, 6.5];
                let both = |size: f32| {
                    sheet.fonts.line(&by, Style::of(size, Weight::Medium)).width
                        + sheet.fonts.line(&was, Style::of(size, Weight::Regular)).width
                };
                let size = sizes.into_iter().find(|size| both(*size) <= w).unwrap_or(6.5);
                let moved = sheet.say(x, y + 53.0, &by, Style::of(size, Weight::Medium), colour, w);
                sheet.say(x + moved, y + 53.0, &was, Style::of(size, Weight::Regular), ink::text_3(), w - moved);
            });
        }
    });
}

/// The lines that add up.
pub fn sums(sheet: &mut PageWriter<'_>, sums: &[Sum]) {
    if sums.is_empty() {
        return;
    }
    let w = sheet.inner();
    sheet.means(StructureTag::List, |sheet| {
        for sum in sums {
            sheet.ensure(14.0);
            sheet.means(StructureTag::Item, |sheet| sheet.means(StructureTag::Body, |sheet| self::sum(sheet, sum, w)));
            sheet.y += 13.5;
        }
    });
    sheet.y += 4.0;
}

/// `236 people heard from first = 214 counted + 22 spam + 0 test`, each a link to its rows.
fn sum(sheet: &mut PageWriter<'_>, sum: &Sum, w: f32) {
    let (y, mut x) = (sheet.y + 9.5, MARGIN);
    let strong = Style::of(8.5, Weight::Semibold);
    let plain = Style::of(8.5, Weight::Regular);
    let pieces = std::iter::once((&sum.total, sum.label.as_str()))
        .chain(sum.parts.iter().map(|part| (&part.cell, part.label.as_str())));
    for (n, (cell, label)) in pieces.enumerate() {
        let room = (MARGIN + w - x).max(0.0);
        if n > 0 {
            sheet.content(|sheet| {
                x += sheet.say(x, y, if n == 1 { "  =  " } else { "  +  " }, plain, ink::text_3(), room);
            });
        }
        let said = cell.text.as_str();
        let wide = sheet.fonts.fit(said, strong, room).width;
        let draw = |sheet: &mut PageWriter<'_>| {
            sheet.say(x, y, said, strong, ink::text(), room);
        };
        match opens(cell, label) {
            Some((to, says)) => {
                sheet.link([x, y - 9.0, wide, 12.0], &to, &says, draw);
                sheet.decor(|sheet| sheet.dots(x, y + 2.0, wide));
            }
            None => sheet.content(draw),
        }
        x += wide;
        let room = (MARGIN + w - x).max(0.0);
        sheet.content(|sheet| {
            x += sheet.say(x, y, &format!(" {label}"), plain, ink::text_2(), room);
        });
    }
}

fn table<'r>(report: &'r Report, key: &str) -> Option<&'r Table> {
    report.sections.iter().flat_map(|section| &section.tables).find(|table| table.key == key)
}

fn section<'r>(report: &'r Report, key: &str) -> Option<&'r Section> {
    report.sections.iter().find(|section| section.key == key)
}

/// A figure by its name, wherever it stands in the report.
fn figure<'r>(report: &'r Report, name: &str, unit: Unit) -> Option<&'r Cell> {
    let tables = report.sections.iter().flat_map(|section| &section.tables);
    let cells = tables.flat_map(|table| table.rows.iter().chain(&table.total)).flat_map(|row| &row.cells);
    cells.chain(report.headlines.iter().map(|line| &line.cell)).find(|cell| cell.figure == name && cell.unit == unit)
}

/// A card with a title. Answers the box inside.
fn card(sheet: &mut PageWriter<'_>, [x, y, w, h]: [f32; 4], title: &str, beside: &str) -> [f32; 4] {
    sheet.decor(|sheet| sheet.edge([x, y, w, h], 6.0, ink::line_strong()));
    let said = super::fonts::clean(title);
    sheet.means(StructureTag::Heading(2, said), |sheet| {
        sheet.content(|sheet| {
            sheet.say(x + 12.0, y + 19.0, title, TITLE, ink::text(), w - 24.0);
        })
    });
    if !beside.is_empty() {
        let left = sheet.fonts.fit(title, TITLE, w - 24.0).width;
        sheet.means(StructureTag::Paragraph, |sheet| {
            sheet.content(|sheet| {
                sheet.say_right(x + w - 12.0, y + 19.0, beside, LABEL, ink::text_3(), w - 34.0 - left);
            })
        });
    }
    [x + 12.0, y + 29.0, w - 24.0, h - 38.0]
}

/// The month at a glance: the charts a manager looks at first, each a page of its own further on.
pub fn glance(sheet: &mut PageWriter<'_>, report: &Report) {
    let (x, w, gap) = (MARGIN, sheet.inner(), 10.0);
    let half = (w - gap) / 2.0;
    let first =
        |key: &str| section(report, key).and_then(|section| section.tables.first().map(|table| (section, table)));
    let pair: Vec<(&Section, &Table)> = ["funnel", "speed"]
        .into_iter()
        .filter_map(first)
        .filter(|(_, table)| charts::height(table).is_some())
        .collect();
    if !pair.is_empty() {
        let high = 162.0;
        for (n, (section, table)) in pair.iter().enumerate() {
            let wide = if pair.len() == 1 { w } else { half };
            let beside = match section.key.as_str() {
                "funnel" if table.columns.get(1).is_some_and(|column| column.unit == Unit::Percent) => {
                    table.columns.get(1).map(|column| column.label.to_lowercase()).unwrap_or_default()
                }
                "speed" => figure(report, "speed.under5", Unit::Percent)
                    .map(|cell| format!("{} within 5 min", cell.text))
                    .unwrap_or_default(),
                _ => String::new(),
            };
            let inside = card(sheet, [x + n as f32 * (wide + gap), sheet.y, wide, high], &section.title, &beside);
            charts::draw(sheet, table, inside);
        }
        sheet.y += high + gap;
    }
    let rescue = rescued(report);
    if let Some((section, heat)) = first("heatmap").filter(|(_, table)| charts::height(table).is_some()) {
        let high = 168.0;
        let wide = if rescue.is_some() { w * 0.67 } else { w };
        let inside = card(
            sheet,
            [x, sheet.y, if rescue.is_some() { wide - gap } else { wide }, high],
            &section.title,
            "calls per hour",
        );
        charts::draw(sheet, heat, inside);
        if let Some(cells) = rescue {
            rescue_card(sheet, report, &cells, [x + wide, sheet.y, w - wide, high]);
        }
        sheet.y += high + gap;
    }
    if let Some(table) = table(report, "first_touch").filter(|table| !table.rows.is_empty()) {
        // Under it stand the sums and a line on how to read on.
        sources(sheet, table, report.sums.len() as f32 * 13.5 + 20.0);
    }
}

/// Missed calls: all, within the hour, later, never.
fn rescued(report: &Report) -> Option<[&Cell; 4]> {
    let of = |name| figure(report, name, Unit::Count);
    let cells = [
        of("calls.missed_really")?,
        of("calls.returned_1h")?,
        of("calls.returned_later")?,
        of("calls.returned_never")?,
    ];
    (cells[0].rows > 0).then_some(cells)
}

fn rescue_card(sheet: &mut PageWriter<'_>, report: &Report, [all, hour, later, never]: &[&Cell; 4], rect: [f32; 4]) {
    let [x, y, w, _] = card(sheet, rect, "Missed calls, rescued", "");
    let big = Style::big(17.0, Weight::Semibold);
    sheet.means(StructureTag::Paragraph, |sheet| {
        sheet.content(|sheet| {
            let wide = sheet.say(x, y + 14.0, &hour.text, big, ink::text(), w);
            let rest = format!("  of {} called back", all.text);
            sheet.say(x + wide, y + 14.0, &rest, LABEL, ink::text_2(), w - wide);
            sheet.say(x, y + 26.0, "within the hour", LABEL, ink::text_2(), w);
        })
    });
    let parts =
        [("Within the hour", hour, ink::good()), ("Later", later, ink::bar_mute()), ("Never", never, ink::bad())];
    sheet.decor(|sheet| {
        let mut left = x;
        for (_, cell, colour) in &parts {
            let wide = w * cell.rows as f32 / all.rows.max(1) as f32;
            if wide > 0.0 {
                sheet.fill([left, y + 35.0, (wide - 0.8).max(0.5), 6.0], 1.0, *colour);
            }
            left += wide;
        }
    });
    sheet.means(StructureTag::List, |sheet| {
        for (n, (label, cell, colour)) in parts.iter().enumerate() {
            let at = y + 55.0 + n as f32 * 14.0;
            sheet.decor(|sheet| sheet.fill([x, at - 5.6, 6.0, 6.0], 1.5, *colour));
            let said = cell.text.as_str();
            sheet.means(StructureTag::Item, |sheet| {
                sheet.means(StructureTag::Label, |sheet| {
                    sheet.content(|sheet| {
                        sheet.say(x + 10.0, at, label, LABEL, ink::text(), w - 40.0);
                    })
                });
                let wide = sheet.fonts.line(said, LABEL).width;
                let draw = |sheet: &mut PageWriter<'_>| {
                    sheet.say_right(x + w, at, said, LABEL, ink::text(), 40.0);
                };
                sheet.means(StructureTag::Body, |sheet| match opens(cell, label) {
                    Some((to, says)) => sheet.link([x + w - wide, at - 9.0, wide, 12.0], &to, &says, draw),
                    None => sheet.content(draw),
                });
            });
        }
    });
    let mut said = Vec::new();
    if let Some(cell) = figure(report, "calls.return_time", Unit::Seconds).filter(|cell| cell.value.is_some()) {
        said.push(format!("Median wait {}.", cell.text));
    }
    if let Some(cell) =
        figure(report, "money.after_miss", Unit::Cents).filter(|cell| cell.value.is_some_and(|cents| cents > 0.0))
    {
        said.push(format!("Missed calls became {}.", cell.text));
    }
    let lines = sheet.fonts.wrap(&said.join(" "), LABEL, w);
    sheet.means(StructureTag::Paragraph, |sheet| {
        sheet.content(|sheet| {
            for (n, line) in lines.into_iter().take(3).enumerate() {
                sheet.letters(x, y + 100.0 + n as f32 * 11.0, line, ink::text_2());
            }
        })
    });
}

/// Where leads come from and what becomes of them: as many rows as the page still takes.
fn sources(sheet: &mut PageWriter<'_>, table: &Table, under: f32) {
    let parts = charts::parts(table);
    let (x, w) = (MARGIN, sheet.inner());
    let high = 17.0;
    let fits = ((sheet.bottom() - sheet.y - 68.0 - under) / high).floor();
    if fits < 2.0 {
        return;
    }
    let column = |measure: &str| {
        table.columns.iter().position(|column| column.measure == measure && column.unit != Unit::Percent)
    };
    let numbers: Vec<(&str, usize)> =
        [("Leads", "leads.new"), ("Booked", "outcome.booked"), ("Revenue", "money.earned")]
            .into_iter()
            .filter_map(|(label, measure)| Some((label, column(measure)?)))
            .collect();
    // In the order of the table.
    let mut rows: Vec<&crate::figures::model::TableRow> = table.rows.iter().collect();
    let most = rows.len();
    rows.truncate(fits as usize);
    let rest = most - rows.len();
    let tall = 44.0 + rows.len() as f32 * high + if rest > 0 { 12.0 } else { 2.0 };
    let [x0, y0, w0, _] = card(sheet, [x, sheet.y, w, tall], "Outcomes and revenue by source", "");
    let (label, each) = (w0 * 0.22, 62.0);
    let bar = if parts.is_empty() { 0.0 } else { w0 - label - each * numbers.len() as f32 - 14.0 };
    if bar > 0.0 {
        sheet.decor(|sheet| {
            let from = x0 + w0 * 0.42;
            charts::legend(sheet, table, &parts, from, y0 - 10.0, w0 * 0.58);
        });
    }
    let at = |n: usize| x0 + w0 - (numbers.len() - 1 - n) as f32 * each;
    let small = Style::of(7.5, Weight::Medium);
    let summary = "Outcomes and revenue by source";
    sheet.means(StructureTag::Table(summary.into()), |sheet| {
        sheet.means(StructureTag::Head, |sheet| {
            sheet.means(StructureTag::Row, |sheet| {
                sheet.means(StructureTag::ColumnHead, |sheet| {
                    sheet.content(|sheet| {
                        sheet.say(x0, y0 + 7.0, &table.row_label, small, ink::text_2(), label);
                    })
                });
                for (n, (title, _)) in numbers.iter().enumerate() {
                    sheet.means(StructureTag::ColumnHead, |sheet| {
                        sheet.content(|sheet| {
                            sheet.say_right(at(n), y0 + 7.0, title, small, ink::text_2(), each - 6.0);
                        })
                    });
                }
            })
        });
        sheet.means(StructureTag::Rows, |sheet| {
            for (index, row) in rows.iter().enumerate() {
                let top = y0 + 12.0 + index as f32 * high;
                let base = top + 11.4;
                sheet.decor(|sheet| {
                    sheet.rule(x0, top, w0, ink::line());
                    let of: f32 = parts
                        .iter()
                        .map(|(part, _)| row.cells.get(*part).and_then(|cell| cell.value).unwrap_or(0.0) as f32)
                        .sum();
                    if bar > 0.0 && of > 0.0 {
                        charts::stack(sheet, row, &parts, [x0 + label, top + 5.0, bar, 7.0], of);
                    }
                });
                sheet.means(StructureTag::Row, |sheet| {
                    sheet.means(StructureTag::RowHead, |sheet| {
                        sheet.content(|sheet| {
                            sheet.say(x0, base, &row.label, Style::of(8.0, Weight::Medium), ink::text(), label - 8.0);
                        })
                    });
                    for (n, (title, column)) in numbers.iter().enumerate() {
                        let Some(cell) = row.cells.get(*column) else { continue };
                        let said = cell.text.as_str();
                        let wide = sheet.fonts.fit(said, LABEL, each - 6.0).width;
                        let draw = |sheet: &mut PageWriter<'_>| {
                            sheet.say_right(at(n), base, said, LABEL, ink::text(), each - 6.0);
                        };
                        sheet.means(StructureTag::Cell, |sheet| {
                            match opens(cell, &format!("{title}, {}", row.label)) {
                                Some((to, says)) => sheet.link([at(n) - wide, top, wide, high], &to, &says, draw),
                                None => sheet.content(draw),
                            }
                        });
                    }
                });
            }
        });
    });
    if rest > 0 {
        let said = format!("And {} more.", words::count(rest as i64));
        sheet.means(StructureTag::Paragraph, |sheet| {
            sheet.content(|sheet| {
                sheet.say(
                    x0,
                    y0 + 12.0 + rows.len() as f32 * high + 10.0,
                    &said,
                    Style::of(7.5, Weight::Regular),
                    ink::text_3(),
                    w0,
                );
            })
        });
    }
    sheet.y += tall + 10.0;
}

/// Whether a report has enough sections for a first page of its own.
pub fn has_glance(report: &Report) -> bool {
    let drawn = |section: &&Section| {
        section.tables.first().is_some_and(|table| table.chart != Chart::None && charts::height(table).is_some())
    };
    report.sections.len() >= 3 && report.sections.iter().filter(drawn).count() >= 2
}
