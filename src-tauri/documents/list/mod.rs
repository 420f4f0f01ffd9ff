//! Lists of leads and calls as files: one line each, typed, streamed out of the store. `docs/exports.md` says what the
//! columns are. A list is read in a program that calculates, so there is no PDF of it.

mod calls;
mod leads;
mod page;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::ControlFlow;

use crate::store::Connection;
use chrono::{DateTime, Utc};

use super::cells::{self, ListColumn, Value};
use super::csv::CsvWriter;
use super::xlsx::ListBook;
use super::{DocumentError, Format, Target};
use crate::domain::lead_metrics::LeadMetrics;
use crate::domain::mask::Mask;
use crate::figures::words;
use crate::figures::{PreparedQuestion, Question, ReportError, RowBuilder, services};
use crate::store::query::lists;
use crate::zone::Tz;

/// Which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// Leads with at least one call, text, form, status, conversation or contact in the period, spam and tests among them.
    Leads,
    /// Calls that began in the period, spam, tests and calls told again among them.
    Calls,
}

impl List {
    /// Its title.
    pub fn title(self) -> &'static str {
        match self {
            List::Leads => "Leads",
            List::Calls => "Calls",
        }
    }

    /// Its columns.
    pub fn fields(self) -> &'static [ListColumn] {
        match self {
            List::Leads => &leads::FIELDS,
            List::Calls => &calls::FIELDS,
        }
    }

    fn note(self) -> &'static str {
        match self {
            List::Leads => {
                "Leads with at least one call, text, form, status, conversation or contact in the period, latest activity first."
            }
            List::Calls => "Calls that began in the period, latest first.",
        }
    }
}

/// What is told of a list that nobody makes.
pub const NO_PDF: &str = "A list of leads or calls is not made as a PDF. Choose XLSX, CSV, HTML or JSON.";

/// A value as it may leave the machine: senders repeat the link to a recording in notes, summaries and reasons.
fn without_recordings<'a>(value: Value<'a>, mask: &Mask) -> Value<'a> {
    // Cleaned first: a character that is left out later must not hide a link now.
    let covered = |text: &str| mask.without_recordings(&cells::clean(text));
    match value {
        Value::Text(text) => Value::text(covered(&text)),
        Value::Many(texts) => Value::many(texts.iter().map(|text| covered(text)).collect::<Vec<_>>()),
        other => other,
    }
}

/// So many lines between two words about progress.
const STEP: u64 = 256;

/// Makes a list: of the question its period, filters, zone and `as_of` count. `progress` is told how many leads or calls were
/// looked at, and of how many; when it answers `false`, everything stops. Gives the number of lines.
///
/// # Errors
/// [`ReportError::Invalid`] for a PDF; [`DocumentError::Cancelled`]; those of the file and of the disk.
pub fn make(
    connection: &Connection,
    list: List,
    question: &Question,
    format: Format,
    target: Target<'_>,
    now: DateTime<Utc>,
    progress: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<u64, DocumentError> {
    if question.to < question.from {
        return Err(ReportError::Invalid("The last day lies before the first.".into()).into());
    }
    let ready = PreparedQuestion::new(question, services(connection, question.as_of)?);
    let period = question.period();
    let walk = ListWalk {
        connection,
        ready: &ready,
        counter: RowBuilder::new(&ready, &period),
        span: (period.starts_at.timestamp_micros(), period.ends_at.timestamp_micros()),
        as_of: question.as_of.filter(|as_of| *as_of < now),
    };
    let mut out = ListWriter::new(list, format, target)?;
    let of = match list {
        List::Leads => lists::leads_in(connection, walk.span)?,
        List::Calls => lists::calls_in(connection, walk.span)?,
    };
    let mut steps = Steps { done: 0, of, progress };
    let mut lines = 0;
    let mut stopped = None;
    let mut take = |values: Option<&[Value<'_>]>| {
        let written = match values {
            Some(values) => {
                lines += 1;
                out.line(values)
            }
            None => Ok(()),
        };
        match written.and_then(|()| steps.next()) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                stopped = Some(error);
                ControlFlow::Break(())
            }
        }
    };
    match list {
        List::Leads => leads::walk(&walk, &mut take)?,
        List::Calls => calls::walk(&walk, &mut take)?,
    }
    if let Some(error) = stopped {
        return Err(error);
    }
    out.finish(&ListHeading { list, question, now, lines })?;
    steps.end();
    Ok(lines)
}

/// What a list is walked by.
struct ListWalk<'w> {
    connection: &'w Connection,
    ready: &'w PreparedQuestion<'w>,
    counter: RowBuilder<'w>,
    span: (i64, i64),
    as_of: Option<DateTime<Utc>>,
}

impl ListWalk<'_> {
    fn chooses(&self, facts: &LeadMetrics<'_>) -> bool {
        self.counter.chooses(facts)
    }
}

/// Takes a line, or hears that something was looked at that is no line.
type TakeLine<'t> = dyn FnMut(Option<&[Value<'_>]>) -> ControlFlow<()> + 't;

struct Steps<'p> {
    done: u64,
    of: u64,
    progress: &'p mut dyn FnMut(u64, u64) -> bool,
}

impl Steps<'_> {
    fn next(&mut self) -> Result<(), DocumentError> {
        self.done += 1;
        let asked = self.done % STEP == 1;
        if asked && !(self.progress)(self.done, self.of) { Err(DocumentError::Cancelled) } else { Ok(()) }
    }

    fn end(&mut self) {
        (self.progress)(self.done, self.done);
    }
}

/// What a file says about itself.
struct ListHeading<'a> {
    list: List,
    question: &'a Question,
    now: DateTime<Utc>,
    lines: u64,
}

impl ListHeading<'_> {
    /// Lines of a label and a text.
    fn lines(&self) -> Vec<(String, String)> {
        let question = self.question;
        let mut lines = vec![
            ("List".to_string(), self.list.title().to_string()),
            ("What is in it".into(), self.list.note().into()),
            ("Business".into(), question.business_name.clone()),
            ("Period".into(), words::days(question.from, question.to)),
            ("Time zone".into(), question.zone.name().into()),
            ("Currency".into(), question.business.currency.clone()),
        ];
        lines.extend(words::filters(&question.filters).into_iter().map(|filter| ("Filter".to_string(), filter)));
        if let Some(as_of) = question.as_of {
            lines.push(("What was known on".into(), words::moment(as_of, question.zone)));
        }
        lines.push(("Lines".into(), self.lines.to_string()));
        lines.push(("Made".into(), words::moment(self.now, question.zone)));
        lines.push(("Program".into(), format!("Leadtrail {}", env!("CARGO_PKG_VERSION"))));
        lines
    }
}

/// A list in the making.
enum Out {
    Csv(Box<CsvWriter<File>>),
    Xlsx(Box<ListBook>),
    Json(JsonList),
    Html(Box<page::ListPage>),
}

struct JsonList {
    out: BufWriter<File>,
    empty: bool,
}

/// A list in the making, with what its lines are written by.
struct ListWriter {
    out: Out,
    fields: &'static [ListColumn],
    zone: Tz,
}

impl ListWriter {
    fn new(list: List, format: Format, target: Target<'_>) -> Result<ListWriter, DocumentError> {
        let (fields, zone) = (list.fields(), target.zone);
        let out = match format {
            Format::Csv => {
                let mut lines = CsvWriter::new(target.file);
                lines.header(fields, &[])?;
                Out::Csv(Box::new(lines))
            }
            Format::Xlsx => {
                let book =
                    ListBook::new(target.file, target.scratch, target.paper, fields, target.zone, target.currency)?;
                Out::Xlsx(Box::new(book))
            }
            Format::Json => Out::Json(JsonList { out: BufWriter::with_capacity(256 * 1024, target.file), empty: true }),
            Format::Html => Out::Html(Box::new(page::ListPage::new(target.file, fields, zone, target.currency))),
            Format::Pdf => return Err(ReportError::Invalid(NO_PDF.into()).into()),
        };
        Ok(ListWriter { out, fields, zone })
    }

    fn line(&mut self, values: &[Value<'_>]) -> Result<(), DocumentError> {
        match &mut self.out {
            Out::Csv(lines) => {
                lines.values(self.fields, values, self.zone)?;
                lines.end()
            }
            Out::Xlsx(book) => book.line(values),
            Out::Json(json) => json.line(self.fields, values),
            Out::Html(page) => page.line(values),
        }
    }

    fn finish(self, about: &ListHeading<'_>) -> Result<(), DocumentError> {
        match self.out {
            Out::Csv(lines) => Ok(lines.close()?.flush()?),
            Out::Xlsx(book) => {
                book.finish(about.list.title(), &about.question.business_name, about.now, &about.lines())
            }
            Out::Json(mut json) => {
                json.out.write_all(if json.empty { b"[]\n" } else { b"\n]\n" })?;
                Ok(json.out.flush()?)
            }
            Out::Html(page) => page.finish(about),
        }
    }
}

impl JsonList {
    fn line(&mut self, fields: &[ListColumn], values: &[Value<'_>]) -> Result<(), DocumentError> {
        self.out.write_all(if self.empty { b"[\n" } else { b",\n" })?;
        self.empty = false;
        for (at, (field, value)) in fields.iter().zip(values).enumerate() {
            self.out.write_all(if at == 0 { b"{" } else { b"," })?;
            self.say(field.key)?;
            self.out.write_all(b":")?;
            match value {
                Value::Nothing if matches!(field.kind, cells::CellKind::Many | cells::CellKind::Phones) => {
                    self.out.write_all(b"[]")?
                }
                Value::Nothing => self.out.write_all(b"null")?,
                Value::Text(text) => self.say(text)?,
                Value::Many(texts) => self.say(texts)?,
                Value::Number(n) => self.say(n)?,
                Value::When(at) => self.say(&cells::utc(*at))?,
                Value::Day(day) => self.say(day)?,
                Value::Yes(yes) => self.say(yes)?,
            }
        }
        Ok(self.out.write_all(b"}")?)
    }

    fn say<T: serde::Serialize + ?Sized>(&mut self, what: &T) -> Result<(), DocumentError> {
        Ok(serde_json::to_writer(&mut self.out, what).map_err(std::io::Error::from)?)
    }
}
