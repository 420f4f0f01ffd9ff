//! A timeline as one HTML file: no script, nothing from elsewhere, fit to print.

use std::io::Write;

use super::document::{frame, item_of};
use super::{Block, Day, Fact, JourneyStep, TimelineDoc, TimelineItem, TimelineView, Tone, Who};
use crate::documents::DocumentError;
use crate::documents::html::page::{BASE, TOKENS, escape, head};
use crate::domain::entry::Entry;
use crate::store::StoreError;

const OWN: &str = include_str!("timeline.css");

/// Writes it, with these entries in place of its own, each as it comes.
///
/// # Errors
/// [`DocumentError`] when the disk does not take it; [`StoreError`] of an entry.
pub fn write(
    told: &TimelineView,
    entries: impl Iterator<Item = Result<Entry, StoreError>>,
    to: &mut dyn Write,
) -> Result<(), DocumentError> {
    let doc = &frame(told);
    let style = format!("{TOKENS}{BASE}{OWN}");
    write!(to, "{}<main class=\"page\">\n<header>\n", head(&doc.title, &style, None))?;
    if !doc.business.is_empty() {
        writeln!(to, "<p class=\"over\">{}</p>", escape(&doc.business))?;
    }
    who(doc, &doc.who, to)?;
    to.write_all(b"</header>\n")?;
    if !doc.journey.is_empty() {
        to.write_all(
            b"<section aria-labelledby=\"journey\">\n<h2 id=\"journey\">Journey</h2>\n<ol class=\"journey\">\n",
        )?;
        for step in &doc.journey {
            journey_step(step, to)?;
        }
        to.write_all(b"</ol>\n</section>\n")?;
    }
    let mut last: Option<Day> = None;
    for told_entry in entries {
        let (day, item) = item_of(told, &told_entry?);
        if last.as_ref().is_none_or(|last| last.date != day.date) {
            if last.is_some() {
                to.write_all(DAY_ENDS)?;
            }
            begin_day(&day, to)?;
            last = Some(day);
        }
        entry(&item, to)?;
    }
    if last.is_some() {
        to.write_all(DAY_ENDS)?;
    }
    to.write_all(b"</main>\n<footer class=\"page\">\n")?;
    for note in &doc.notes {
        writeln!(to, "<p>{}</p>", escape(note))?;
    }
    facts(&doc.manifest, to)?;
    to.write_all(b"</footer>\n</body>\n</html>\n")?;
    to.flush()?;
    Ok(())
}

fn who(doc: &TimelineDoc, who: &Who, to: &mut dyn Write) -> Result<(), DocumentError> {
    let heading = if doc.redacted { "Timeline, redacted" } else { &who.heading };
    writeln!(to, "<h1><bdi>{}</bdi></h1>", escape(heading))?;
    write!(to, "<p class=\"line\"><span class=\"strong\">{}</span>", escape(&who.stage_label))?;
    if let Some(since) = &who.stage_since {
        write!(to, "<span>since {}</span>", escape(since))?;
    }
    if let Some(stop) = &who.do_not_contact {
        write!(to, "<span class=\"chip bad\">{}</span>", escape(stop))?;
    }
    for tag in &who.tags {
        write!(to, "<span class=\"chip\">{}</span>", escape(tag))?;
    }
    to.write_all(b"</p>\n")?;
    facts(&who.facts, to)
}

fn facts(list: &[Fact], to: &mut dyn Write) -> Result<(), DocumentError> {
    if list.is_empty() {
        return Ok(());
    }
    to.write_all(b"<dl class=\"kv\">\n")?;
    for Fact { label, value } in list {
        writeln!(to, "<dt>{}</dt><dd><bdi>{}</bdi></dd>", escape(label), escape(value))?;
    }
    to.write_all(b"</dl>\n")?;
    Ok(())
}

fn journey_step(step: &JourneyStep, to: &mut dyn Write) -> Result<(), DocumentError> {
    let class = match (step.stage.is_closing(), &step.lasted) {
        (true, _) => "step closed",
        (false, None) => "step now",
        (false, Some(_)) => "step",
    };
    write!(to, "<li class=\"{class}\"><b>{}</b><span>{}</span>", escape(&step.label), escape(&step.at))?;
    if let Some(lasted) = &step.lasted {
        write!(to, "<span>for {}</span>", escape(lasted))?;
    }
    match (&step.status, &step.source) {
        (Some(status), Some(source)) => write!(to, "<span>“{}” ({})</span>", escape(status), escape(source))?,
        (Some(status), None) => write!(to, "<span>“{}”</span>", escape(status))?,
        (None, Some(source)) => write!(to, "<span>{}</span>", escape(source))?,
        (None, None) => {}
    }
    to.write_all(b"</li>\n")?;
    Ok(())
}

const DAY_ENDS: &[u8] = b"</ol>\n</section>\n";

fn begin_day(day: &Day, to: &mut dyn Write) -> Result<(), DocumentError> {
    writeln!(
        to,
        "<section class=\"day\" aria-labelledby=\"d{0}\">\n<h2 id=\"d{0}\">{1}</h2>\n<ol>",
        day.date,
        escape(&day.label)
    )?;
    Ok(())
}

fn entry(item: &TimelineItem, to: &mut dyn Write) -> Result<(), DocumentError> {
    let tone = match item.tone {
        Tone::Plain => "",
        Tone::Good => " good",
        Tone::Warn => " warn",
        Tone::Bad => " bad",
    };
    write!(
        to,
        "<li class=\"entry\"><time datetime=\"{}\">{}</time><span class=\"dot{tone}\" aria-hidden=\"true\"></span><div>\
         <h3>{}</h3>",
        item.at.format("%Y-%m-%dT%H:%M:%SZ"),
        escape(&item.time),
        escape(&item.title)
    )?;
    let by: Vec<String> =
        item.beside.iter().chain(&item.told_by).filter(|word| !word.is_empty()).map(|word| escape(word)).collect();
    if !by.is_empty() {
        write!(to, " <span class=\"by\">{}</span>", by.join(" · "))?;
    }
    if let Some(late) = &item.late {
        write!(to, " <span class=\"late\">{}</span>", escape(late))?;
    }
    for block in &item.blocks {
        self::block(block, to)?;
    }
    to.write_all(b"</div></li>\n")?;
    Ok(())
}

fn block(block: &Block, to: &mut dyn Write) -> Result<(), DocumentError> {
    to.write_all(b"\n<div class=\"block\">")?;
    match block {
        Block::Text { label, text } => {
            heading(label.as_deref(), to)?;
            write!(to, "<p class=\"said\"><bdi>{}</bdi></p>", escape(text))?;
        }
        Block::Bubble { inbound, text, beside } => {
            let me = if *inbound { "" } else { " me" };
            if !text.is_empty() {
                write!(to, "<p class=\"bub{me}\"><bdi>{}</bdi></p>", escape(text))?;
            }
            if !beside.is_empty() {
                write!(to, "<p class=\"bubby{me}\">{}</p>", escape(beside))?;
            }
        }
        Block::Facts { label, facts: list } => {
            heading(label.as_deref(), to)?;
            facts(list, to)?;
        }
        Block::Turns { lines, note } => {
            heading(Some("Transcript"), to)?;
            to.write_all(b"<ol class=\"turns\">\n")?;
            for line in lines {
                writeln!(
                    to,
                    "<li{}><span class=\"at\">{}</span><span class=\"who\">{}</span><bdi>{}</bdi></li>",
                    if line.caller { " class=\"caller\"" } else { "" },
                    escape(line.at.as_deref().unwrap_or_default()),
                    escape(&line.who),
                    escape(&line.text)
                )?;
            }
            to.write_all(b"</ol>")?;
            if let Some(note) = note {
                write!(to, "<p class=\"t3 fs12\">{}</p>", escape(note))?;
            }
        }
    }
    to.write_all(b"</div>")?;
    Ok(())
}

fn heading(label: Option<&str>, to: &mut dyn Write) -> Result<(), DocumentError> {
    if let Some(label) = label {
        write!(to, "<h4>{}</h4>", escape(label))?;
    }
    Ok(())
}
