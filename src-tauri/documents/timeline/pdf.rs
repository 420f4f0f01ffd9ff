//! A lead's timeline as PDF: tagged, with its letters in it, fit to print and to be read aloud.

use std::io::Write;

use super::{Block, Day, Fact, JourneyStep, TimelineDoc, TimelineItem, TimelineManifest, Tone, Who};
use crate::documents::pdf::fonts::{Fonts, ShapedLine, Style, Weight};
use crate::documents::pdf::page_writer::{MARGIN, PageWriter};
use crate::documents::pdf::structure::{DocumentInfo, StructureTag};
use crate::documents::pdf::{ink, mark};
use crate::documents::{DocumentError, Paper};
use crate::domain::entry::EntryKind;

const BODY: Style = Style::of(8.5, Weight::Regular);
const STRONG: Style = Style::of(9.0, Weight::Semibold);
const SMALL: Style = Style::of(7.5, Weight::Regular);
/// Lines of reading text.
const HIGH: f32 = 12.2;
/// How far entries stand in, behind time and dot.
const IN: f32 = 50.0;

/// Writes it.
///
/// # Errors
/// [`DocumentError`] when the disk does not take it, or what writes PDFs says no.
pub fn write(
    doc: &TimelineDoc,
    manifest: &TimelineManifest,
    paper: Paper,
    to: &mut dyn Write,
) -> Result<(), DocumentError> {
    let fonts = Fonts::new()?;
    // What a validator does not like is still worth reading.
    let bytes = match make(doc, manifest, paper, &fonts, true) {
        Ok(bytes) => bytes,
        Err(problem) => {
            tracing::warn!(%problem, "a PDF does not keep to PDF/UA and PDF/A");
            make(doc, manifest, paper, &fonts, false)?
        }
    };
    to.write_all(&bytes)?;
    to.flush()?;
    Ok(())
}

/// Makes one that keeps to PDF/UA-1 and PDF/A-2a: for tests.
///
/// # Errors
/// [`DocumentError::Made`] with what is wrong.
#[doc(hidden)]
pub fn strict(doc: &TimelineDoc, manifest: &TimelineManifest, paper: Paper) -> Result<Vec<u8>, DocumentError> {
    make(doc, manifest, paper, &Fonts::new()?, true)
}

fn make(
    doc: &TimelineDoc,
    manifest: &TimelineManifest,
    paper: Paper,
    fonts: &Fonts,
    strict: bool,
) -> Result<Vec<u8>, DocumentError> {
    let mut sheet = PageWriter::new(fonts, paper);
    sheet.means(StructureTag::Section, |sheet| {
        who(sheet, doc, &doc.who);
        journey(sheet, &doc.journey);
    });
    if doc.days.is_empty() {
        let width = sheet.inner();
        sheet.means(StructureTag::Paragraph, |sheet| {
            sheet.paragraph(MARGIN, width, "Nothing has happened.", BODY, ink::text_2(), 1.45)
        });
    }
    for one in &doc.days {
        sheet.means(StructureTag::Section, |sheet| day(sheet, one));
    }
    sheet.means(StructureTag::Section, |sheet| ending(sheet, doc));
    let zone = manifest.time_zone.parse().unwrap_or(crate::zone::Tz::UTC);
    let business = if doc.business.trim().is_empty() { "Leadtrail" } else { &doc.business };
    sheet.write(
        &DocumentInfo {
            title: doc.title.clone(),
            head_left: business.to_owned(),
            head_right: doc.title.clone(),
            foot: format!(
                "Made {} by Leadtrail {}",
                crate::figures::words::moment(manifest.made_at, zone),
                manifest.program
            ),
            program: manifest.program.clone(),
            made_at: manifest.made_at,
            id: format!(
                "{}{}",
                manifest.lead_ref.as_deref().unwrap_or("redacted"),
                manifest.made_at.timestamp_micros()
            ),
        },
        strict,
    )
}

fn who(sheet: &mut PageWriter<'_>, doc: &TimelineDoc, who: &Who) {
    let width = sheet.inner();
    sheet.y = MARGIN - 6.0;
    sheet.decor(|sheet| mark(sheet, MARGIN, sheet.y));
    let business = if doc.business.trim().is_empty() { "Leadtrail" } else { &doc.business };
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
    let heading = if doc.redacted { "Timeline, redacted" } else { &who.heading };
    sheet.bookmark(0, heading);
    sheet.heading(1, heading, 0.0);
    let since = who.stage_since.as_ref().map(|since| format!("  since {since}")).unwrap_or_default();
    sheet.means(StructureTag::Paragraph, |sheet| {
        sheet.content(|sheet| {
            let wide = sheet.say(MARGIN, sheet.y + 10.0, &who.stage_label, STRONG, ink::text(), width);
            sheet.say(MARGIN + wide, sheet.y + 10.0, &since, BODY, ink::text_2(), width - wide);
        });
    });
    sheet.y += 18.0;
    if let Some(stop) = &who.do_not_contact {
        ground(
            sheet,
            stop,
            Style::of(8.5, Weight::Semibold),
            ink::bad_text(),
            ink::bad_bg(),
            MARGIN,
            width,
            StructureTag::Paragraph,
        );
        sheet.y += 4.0;
    }
    if !who.tags.is_empty() {
        tags(sheet, &who.tags, width);
    }
    facts(sheet, &who.facts, MARGIN, width, 96.0);
    sheet.y += 6.0;
}

/// Tags, each in an outline, over as many lines as they need.
fn tags(sheet: &mut PageWriter<'_>, tags: &[String], width: f32) {
    sheet.means(StructureTag::List, |sheet| {
        let mut x = MARGIN;
        for tag in tags.iter().take(60) {
            let line = sheet.fonts.fit(tag, SMALL, 160.0);
            let wide = line.width + 12.0;
            if x + wide > MARGIN + width {
                x = MARGIN;
                sheet.y += 18.0;
            }
            sheet.ensure(18.0);
            let y = sheet.y;
            sheet.decor(|sheet| sheet.edge([x, y, wide, 14.0], 7.0, ink::line_strong()));
            sheet.means(StructureTag::Item, |sheet| {
                sheet.means(StructureTag::Body, |sheet| {
                    sheet.content(|sheet| sheet.letters(x + 6.0, y + 9.8, line, ink::text_2()))
                });
            });
            x += wide + 5.0;
        }
    });
    sheet.y += 20.0;
}

/// Words on a ground of their own, over pages where they are long.
#[allow(clippy::too_many_arguments)]
fn ground(
    sheet: &mut PageWriter<'_>,
    text: &str,
    style: Style,
    colour: krilla::color::rgb::Color,
    behind: krilla::color::rgb::Color,
    x: f32,
    width: f32,
    means: StructureTag,
) {
    let lines = sheet.fonts.wrap(text, style, width - 16.0);
    let widest = lines.iter().map(|line| line.width).fold(0.0f32, f32::max) + 16.0;
    let mut lines = lines.into_iter().peekable();
    sheet.means(means, |sheet| {
        while lines.peek().is_some() {
            sheet.ensure(HIGH + 9.0);
            let fits = ((sheet.bottom() - sheet.y - 9.0) / HIGH).floor().max(1.0) as usize;
            let some: Vec<ShapedLine> = lines.by_ref().take(fits).collect();
            let high = some.len() as f32 * HIGH + 9.0;
            let y = sheet.y;
            sheet.decor(|sheet| sheet.fill([x, y, widest.min(width), high], 6.0, behind));
            sheet.content(|sheet| {
                for (n, line) in some.into_iter().enumerate() {
                    sheet.letters(x + 8.0, y + 4.5 + (n as f32 + 0.5) * HIGH + style.size * 0.36, line, colour);
                }
            });
            sheet.y += high + 2.0;
        }
    });
}

/// Labels and values, one under the other.
fn facts(sheet: &mut PageWriter<'_>, facts: &[Fact], x: f32, width: f32, left: f32) {
    if facts.is_empty() {
        return;
    }
    sheet.means(StructureTag::List, |sheet| {
        for Fact { label, value } in facts {
            let lines = sheet.fonts.wrap(value, BODY, width - left);
            let labels = sheet.fonts.wrap(label, BODY, left - 10.0);
            sheet.ensure(HIGH * (lines.len().max(labels.len()).min(3) as f32));
            sheet.means(StructureTag::Item, |sheet| {
                let from = sheet.y;
                sheet.means(StructureTag::Label, |sheet| {
                    sheet.content(|sheet| {
                        for (n, line) in labels.into_iter().take(3).enumerate() {
                            sheet.letters(x, from + (n as f32 + 0.5) * HIGH + 3.0, line, ink::text_3());
                        }
                    });
                });
                sheet.means(StructureTag::Body, |sheet| flow(sheet, lines, x + left, ink::text()));
            });
        }
    });
}

/// Lines one under the other, over pages.
fn flow(sheet: &mut PageWriter<'_>, lines: Vec<ShapedLine>, x: f32, colour: krilla::color::rgb::Color) {
    let mut lines = lines.into_iter().peekable();
    while lines.peek().is_some() {
        sheet.ensure(HIGH);
        let fits = ((sheet.bottom() - sheet.y) / HIGH).floor().max(1.0) as usize;
        let some: Vec<ShapedLine> = lines.by_ref().take(fits).collect();
        let from = sheet.y;
        sheet.y += some.len() as f32 * HIGH;
        sheet.content(|sheet| {
            for (n, line) in some.into_iter().enumerate() {
                sheet.letters(x, from + (n as f32 + 0.5) * HIGH + 3.0, line, colour);
            }
        });
    }
}

/// The journey as a strip: a column a step.
fn journey(sheet: &mut PageWriter<'_>, steps: &[JourneyStep]) {
    if steps.is_empty() {
        return;
    }
    sheet.bookmark(0, "Journey");
    sheet.heading(2, "Journey", 60.0);
    let per = steps.len().clamp(4, 6);
    let (gap, width) = (6.0, sheet.inner());
    let each = (width - gap * (per as f32 - 1.0)) / per as f32;
    sheet.means(StructureTag::List, |sheet| {
        for some in steps.chunks(per) {
            sheet.ensure(64.0);
            let y = sheet.y + 2.0;
            for (n, step) in some.iter().enumerate() {
                let x = MARGIN + n as f32 * (each + gap);
                let colour = match (step.stage.is_closing(), step.stage) {
                    (true, _) => ink::bad(),
                    (_, crate::domain::Stage::Booked | crate::domain::Stage::Converted) => ink::good(),
                    _ => ink::accent_solid(),
                };
                sheet.decor(|sheet| sheet.fill([x, y, each, 4.0], 2.0, colour));
                let mut lines = vec![step.at.clone()];
                lines.extend(step.lasted.as_ref().map(|lasted| format!("for {lasted}")));
                match (&step.status, &step.source) {
                    (Some(status), Some(source)) => lines.push(format!("“{status}” ({source})")),
                    (Some(status), None) => lines.push(format!("“{status}”")),
                    (None, Some(source)) => lines.push(source.clone()),
                    (None, None) => {}
                }
                sheet.means(StructureTag::Item, |sheet| {
                    sheet.means(StructureTag::Label, |sheet| {
                        sheet.content(|sheet| {
                            sheet.say(x, y + 15.0, &step.label, STRONG, ink::text(), each);
                        });
                    });
                    sheet.means(StructureTag::Body, |sheet| {
                        sheet.content(|sheet| {
                            for (n, line) in lines.iter().enumerate() {
                                sheet.say(x, y + 26.0 + n as f32 * 10.5, line, SMALL, ink::text_2(), each);
                            }
                        });
                    });
                });
            }
            sheet.y += 66.0;
        }
    });
}

fn day(sheet: &mut PageWriter<'_>, day: &Day) {
    sheet.bookmark(0, &day.label);
    sheet.heading(2, &day.label, 60.0);
    sheet.y += 2.0;
    sheet.means(StructureTag::List, |sheet| {
        for item in &day.items {
            sheet.means(StructureTag::Item, |sheet| entry(sheet, item));
        }
    });
}

fn entry(sheet: &mut PageWriter<'_>, item: &TimelineItem) {
    let card = item.kind == EntryKind::Call;
    // A card stays on one page where one page can hold it.
    let mut trial = sheet.trial();
    if card {
        told(&mut trial, item, card);
    }
    let least = if item.blocks.is_empty() { 18.0 } else { 46.0 };
    sheet.ensure(trial.taken().filter(|_| card).unwrap_or(least));
    told(sheet, item, card);
}

fn told(sheet: &mut PageWriter<'_>, item: &TimelineItem, card: bool) {
    let (page, top) = (sheet.number(), sheet.y);
    if card {
        sheet.y += 6.0;
    }
    let y = sheet.y;
    let (x, right) = (MARGIN + IN, MARGIN + sheet.inner() - if card { 10.0 } else { 0.0 });
    let colour = match item.tone {
        Tone::Plain => ink::bar_mute(),
        Tone::Good => ink::good(),
        Tone::Warn => ink::warn(),
        Tone::Bad => ink::bad(),
    };
    sheet.decor(|sheet| sheet.fill([MARGIN + 30.0, y + 4.2, 5.6, 5.6], 2.8, colour));
    sheet.means(StructureTag::Label, |sheet| {
        sheet.content(|sheet| {
            sheet.say(MARGIN, y + 9.6, &item.time, SMALL, ink::text_3(), 28.0);
        });
    });
    let beside: Vec<&str> =
        item.beside.iter().chain(&item.told_by).map(String::as_str).filter(|word| !word.is_empty()).collect();
    sheet.means(StructureTag::Body, |sheet| {
        // What is beside a title stands under it where both are long.
        let title = sheet.fonts.wrap(&item.title, STRONG, right - x);
        let beside = beside.join(" · ");
        let late = item.late.clone().unwrap_or_default();
        let one = title.len() == 1;
        let taken = title.last().map_or(0.0, |line| line.width);
        sheet.means(StructureTag::Heading(3, said(&item.title)), |sheet| {
            sheet.y += 1.0;
            flow(sheet, title, x, ink::text());
        });
        if !beside.is_empty() || !late.is_empty() {
            let wide = sheet.fonts.line(&beside, SMALL).width + sheet.fonts.line(&late, SMALL).width;
            let fits = one && taken + wide + 20.0 < right - x;
            let (from, base) = if fits { (x + taken + 7.0, sheet.y - HIGH + 9.1) } else { (x, sheet.y + 8.5) };
            sheet.means(StructureTag::Paragraph, |sheet| {
                sheet.content(|sheet| {
                    let wide = sheet.say(from, base, &beside, SMALL, ink::text_2(), right - from);
                    let gap = if wide > 0.0 { 7.0 } else { 0.0 };
                    sheet.say(
                        from + wide + gap,
                        base,
                        &late,
                        SMALL,
                        ink::warn_text(),
                        (right - from - wide - gap).max(0.0),
                    );
                });
            });
            if !fits {
                sheet.y += HIGH;
            }
        }
        for block in &item.blocks {
            self::block(sheet, block, x, right - x);
        }
    });
    sheet.y += 6.0;
    if card && sheet.number() == page {
        let (width, bottom) = (sheet.inner() - IN + 10.0, sheet.y);
        sheet.decor(|sheet| sheet.edge([x - 10.0, top, width, bottom - top], 6.0, ink::line_strong()));
        sheet.y += 6.0;
    }
}

/// A heading must say something.
fn said(text: &str) -> String {
    let text: String = text.chars().filter(|letter| !letter.is_control()).collect();
    if text.trim().is_empty() { "–".into() } else { text }
}

fn label(sheet: &mut PageWriter<'_>, text: Option<&str>, x: f32, width: f32) {
    let Some(text) = text else { return };
    sheet.ensure(HIGH * 2.0);
    sheet.y += 3.0;
    sheet.means(StructureTag::Paragraph, |sheet| {
        sheet.content(|sheet| {
            sheet.say(x, sheet.y + 8.6, text, Style::of(7.5, Weight::Medium), ink::text_3(), width);
        });
    });
    sheet.y += 11.5;
}

fn block(sheet: &mut PageWriter<'_>, block: &Block, x: f32, width: f32) {
    match block {
        Block::Text { label: named, text } => {
            label(sheet, named.as_deref(), x, width);
            let lines = sheet.fonts.wrap(text, BODY, width);
            sheet.means(StructureTag::Paragraph, |sheet| flow(sheet, lines, x, ink::text()));
        }
        Block::Bubble { inbound, text, beside } => {
            sheet.y += 3.0;
            let most = width * 0.78;
            let widest =
                sheet.fonts.wrap(text, BODY, most - 16.0).iter().map(|line| line.width).fold(0.0f32, f32::max) + 16.0;
            let from = if *inbound { x } else { x + width - widest.min(most) };
            if !text.is_empty() {
                let behind = if *inbound { ink::bubble_in() } else { ink::bubble_out() };
                ground(sheet, text, BODY, ink::text(), behind, from, most, StructureTag::Paragraph);
            }
            if !beside.is_empty() {
                sheet.ensure(HIGH);
                sheet.means(StructureTag::Paragraph, |sheet| {
                    sheet.content(|sheet| {
                        let y = sheet.y + 8.0;
                        if *inbound {
                            sheet.say(x, y, beside, SMALL, ink::text_3(), width);
                        } else {
                            sheet.say_right(x + width, y, beside, SMALL, ink::text_3(), width);
                        }
                    });
                });
                sheet.y += HIGH;
            }
        }
        Block::Facts { label: named, facts: list } => {
            label(sheet, named.as_deref(), x, width);
            facts(sheet, list, x, width, 96.0);
        }
        Block::Turns { lines, note } => turns(sheet, lines, note.as_deref(), x, width),
    }
}

/// A transcript: when, who, what.
fn turns(sheet: &mut PageWriter<'_>, turns: &[super::TranscriptLine], note: Option<&str>, x: f32, width: f32) {
    label(sheet, Some("Transcript"), x, width);
    let timed = turns.iter().any(|turn| turn.at.is_some());
    let (at, who) = (if timed { 28.0 } else { 0.0 }, 44.0);
    sheet.means(StructureTag::List, |sheet| {
        for turn in turns {
            sheet.ensure(HIGH);
            let lines = sheet.fonts.wrap(&turn.text, BODY, width - at - who);
            sheet.means(StructureTag::Item, |sheet| {
                let base = sheet.y + 0.5 * HIGH + 3.0;
                let colour = if turn.caller { ink::accent() } else { ink::text_2() };
                sheet.means(StructureTag::Label, |sheet| {
                    sheet.content(|sheet| {
                        sheet.say(x, base, turn.at.as_deref().unwrap_or_default(), SMALL, ink::text_3(), at);
                        sheet.say(x + at, base, &turn.who, Style::of(8.5, Weight::Medium), colour, who - 6.0);
                    });
                });
                sheet.means(StructureTag::Body, |sheet| flow(sheet, lines, x + at + who, ink::text()));
            });
            sheet.y += 1.5;
        }
    });
    if let Some(note) = note {
        let lines = sheet.fonts.wrap(note, SMALL, width);
        sheet.means(StructureTag::Paragraph, |sheet| flow(sheet, lines, x, ink::text_3()));
    }
}

fn ending(sheet: &mut PageWriter<'_>, doc: &TimelineDoc) {
    sheet.bookmark(0, "How this file was made");
    sheet.heading(2, "How this file was made", 80.0);
    let width = sheet.inner();
    for note in &doc.notes {
        sheet.means(StructureTag::Paragraph, |sheet| sheet.paragraph(MARGIN, width, note, BODY, ink::text_2(), 1.45));
    }
    sheet.y += 4.0;
    facts(sheet, &doc.manifest, MARGIN, width, 110.0);
}
