//! `leadtrail export`: reports, lists and timelines as files. Reads beside the window or `serve`.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde_json::json;
use strum::{ParseError, VariantNames};

use super::{CliError, open, runtime};
use crate::clock;
use crate::documents::{Detail, Format, Paper};
use crate::doors::asked_to_end;
use crate::exports::{ExportKind, ExportRequest, MakeError, made_folder, make, own, remember, understood};
use crate::figures::{CalendarUnit, Compare, ReportParams};
use crate::settings::{self, Settings};
use crate::store::exports::MadeFile;
use crate::store::report_digests::ReportDigest;
use crate::store::{Store, StoreError, sources};

/// What a shell answers when a program was ended by Ctrl+C.
const INTERRUPTED: u8 = 130;

/// Takes the words of an enum, and shows them in the help.
fn words<T>() -> impl TypedValueParser<Value = T>
where
    T: VariantNames + FromStr<Err = ParseError> + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(T::VARIANTS).try_map(|word| word.parse())
}

#[derive(Args)]
pub(super) struct ExportArgs {
    /// What to make: figures of a period, the leads or calls of it, or the timeline of one lead
    #[arg(value_name = "WHAT", value_parser = words::<ExportKind>())]
    what: ExportKind,
    /// Which report
    #[arg(long, value_name = "REPORT", default_value = "overview")]
    name: String,
    /// Whose timeline: the number of the lead
    #[arg(long, value_name = "LEAD")]
    lead: Option<i64>,
    /// The shape of the file; a report as csv is a zip with one file a table [default: of the file's ending]
    #[arg(long, value_name = "FORMAT", value_parser = words::<Format>())]
    format: Option<Format>,
    /// The first day [default: the first of this month]
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// The last day, it counts whole [default: today]
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
    /// Whose days and hours, such as America/New_York [default: the business's]
    #[arg(long, value_name = "ZONE")]
    tz: Option<String>,
    /// With what a report is compared [default: previous]
    #[arg(long, value_name = "WITH", value_parser = words::<Compare>())]
    compare: Option<Compare>,
    /// What the days are a part of, where they can be read in two ways: it decides with what they are compared
    #[arg(long, value_name = "UNIT", value_parser = words::<CalendarUnit>())]
    unit: Option<CalendarUnit>,
    /// Only what this source told, its number
    #[arg(long, value_name = "SOURCE")]
    source: Option<i64>,
    /// Only leads of this campaign
    #[arg(long, value_name = "CAMPAIGN")]
    campaign: Option<String>,
    /// Only leads of this rep
    #[arg(long, value_name = "REP")]
    rep: Option<String>,
    /// Only leads with this tag
    #[arg(long, value_name = "TAG")]
    tag: Option<String>,
    /// Only leads that stand at this stage
    #[arg(long, value_name = "STAGE")]
    stage: Option<String>,
    /// What was known by then: a time, or a day, which is its end
    #[arg(long, value_name = "TIME")]
    as_of: Option<String>,
    /// The paper of a PDF
    #[arg(long, value_name = "PAPER", default_value = "a4", value_parser = words::<Paper>())]
    paper: Paper,
    /// How much the PDF of a report holds: a summary has three pages at most and names no customer [default: complete]
    #[arg(long, value_name = "DETAIL", value_parser = words::<Detail>())]
    detail: Option<Detail>,
    /// The same as --detail summary
    #[arg(long, conflicts_with = "detail")]
    summary: bool,
    /// Mask names, numbers and mails of a timeline
    #[arg(long)]
    redacted: bool,
    /// The file, or `-` for standard output [default: a name that says what it is, in this folder]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Where the file goes.
enum Place {
    File(PathBuf),
    Folder(PathBuf),
    Out,
}

impl ExportArgs {
    pub(super) fn run(self, folder: &Path) -> Result<ExitCode, CliError> {
        let began = Instant::now();
        let (order, place) = (self.order()?, self.place()?);
        let store = open(folder)?;
        let done = self.make(&store, &order, &place);
        store.close();
        let (path, file) = match done {
            Err(CliError::Make(MakeError::Cancelled)) => {
                eprintln!("leadtrail: Cancelled. No file was made.");
                return Ok(ExitCode::from(INTERRUPTED));
            }
            other => other?,
        };
        let seconds = (began.elapsed().as_secs_f64() * 1000.0).round() / 1000.0;
        match path {
            Some(path) if self.json => {
                let value = json!({
                    "path": path.display().to_string(), "rows": file.rows, "sha256": file.sha256,
                    "file_sha256": file.file_sha256, "size": file.size, "seconds": seconds,
                });
                println!("{}", serde_json::to_string(&value)?);
            }
            Some(path) => println!("{}", path.display()),
            None => {}
        }
        Ok(ExitCode::SUCCESS)
    }

    fn format(&self) -> Result<Format, CliError> {
        if let Some(format) = self.format {
            return Ok(format);
        }
        let ending = self.output.as_deref().and_then(Path::extension).and_then(|ending| ending.to_str());
        let format = match ending.map(str::to_ascii_lowercase).as_deref() {
            Some("zip") => Some(Format::Csv),
            Some(ending) => ending.parse().ok(),
            None => None,
        };
        format.ok_or_else(|| CliError::Said("Say into what with --format: pdf, xlsx, csv, html or json.".into()))
    }

    fn order(&self) -> Result<ExportRequest, CliError> {
        if self.lead.is_some() && self.what != ExportKind::Timeline {
            return Err(CliError::Said("--lead goes with timeline only.".into()));
        }
        if self.redacted && self.what != ExportKind::Timeline {
            return Err(CliError::Said("--redacted goes with timeline only.".into()));
        }
        Ok(ExportRequest {
            what: self.what,
            format: self.format()?,
            paper: Some(self.paper),
            detail: if self.summary { Some(Detail::Summary) } else { self.detail },
            name: Some(self.name.clone()),
            lead: self.lead,
            redacted: self.redacted,
            query: ReportParams {
                from: self.from.clone(),
                to: self.to.clone(),
                tz: self.tz.clone(),
                unit: self.unit.map(|unit| unit.as_str().into()),
                compare: self.compare.map(|with| with.as_str().into()),
                source: self.source.map(|source| source.to_string()),
                campaign: self.campaign.clone(),
                rep: self.rep.clone(),
                tag: self.tag.clone(),
                stage: self.stage.clone(),
                as_of: self.as_of.clone(),
            },
        })
    }

    fn place(&self) -> Result<Place, CliError> {
        let Some(path) = &self.output else { return Ok(Place::Folder(PathBuf::from("."))) };
        if path.as_os_str() == "-" {
            if self.json {
                return Err(CliError::Said("With -o - the file itself is printed: leave out --json.".into()));
            }
            if matches!(self.format()?, Format::Pdf | Format::Xlsx) && std::io::stdout().is_terminal() {
                return Err(CliError::Said("A terminal cannot show that. Give a file with -o.".into()));
            }
            return Ok(Place::Out);
        }
        if path.is_dir() {
            return Ok(Place::Folder(path.clone()));
        }
        let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
        let format = self.format()?.as_str();
        match ending.as_deref() {
            Some(other @ ("pdf" | "xlsx" | "html" | "json" | "csv" | "zip"))
                if other != format && !(other == "zip" && format == "csv") =>
            {
                Err(CliError::Said(format!(
                    "The file’s name ends in .{other}, and its format is {format}. Change one of them."
                )))
            }
            Some("csv") if self.what == ExportKind::Report => {
                eprintln!("A report as CSV is a zip of several CSV files: a name that ends in .zip opens better.");
                Ok(Place::File(path.clone()))
            }
            _ => Ok(Place::File(path.clone())),
        }
    }

    fn make(
        &self,
        store: &Store,
        order: &ExportRequest,
        place: &Place,
    ) -> Result<(Option<PathBuf>, MadeFile), CliError> {
        let values = store.read_blocking(|connection| sources::setting(connection, settings::NAME))?;
        let values = Settings::of_json(values.as_deref()).get();
        let now = clock::now();
        let job = understood(store, &values, order, now)?;
        let target = match place {
            Place::File(path) => Some(path.clone()),
            Place::Folder(folder) => Some(folder.join(job.file_name())),
            Place::Out => None,
        };
        let own = own(store, &values);
        if let Some(target) = &target {
            own.takes_file(target).map_err(MakeError::from)?;
        }
        // On its way to a pipe it is where a start finds what a killed program left.
        let folder = match target.as_deref() {
            Some(target) => folder_of(target),
            None => made_folder(store)?,
        };
        let part = folder.join(format!(".leadtrail-export-{}.part", std::process::id()));
        let cancelled = Arc::new(AtomicBool::new(false));
        listen_for_the_end(cancelled.clone())?;
        let mut shown = Shown::new();
        let mut progress = |done: u64, of: u64| {
            shown.at(done, of);
            !cancelled.load(Ordering::Relaxed)
        };
        let made = make(store, &job, &part, now, &mut progress);
        shown.end();
        let made = made?;
        match target {
            Some(target) => {
                own.takes_file(&target).map_err(MakeError::from)?;
                made.part.into_place(&target)?;
                noted(store, made.print);
                Ok((Some(target), made.file))
            }
            None => {
                let mut file = std::fs::File::open(made.part.path())?;
                let mut out = std::io::stdout().lock();
                std::io::copy(&mut file, &mut out).and_then(|_| out.flush())?;
                noted(store, made.print);
                Ok((None, made.file))
            }
        }
    }
}

/// What the next report says has changed is a help, no part of this file.
fn noted(store: &Store, print: Option<([u8; 32], ReportDigest)>) {
    if let Err(error) = remember(store, print) {
        tracing::debug!("what this file held could not be noted: {error}");
    }
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_path_buf()
}

/// Sets the flag once somebody presses Ctrl+C, or the system asks the program to end. From here on neither ends it by itself.
fn listen_for_the_end(flag: Arc<AtomicBool>) -> Result<(), CliError> {
    let runtime = runtime()?;
    let (listens, heard) = std::sync::mpsc::channel();
    let wait = move || {
        runtime.block_on(async {
            let mut ended = std::pin::pin!(asked_to_end(false));
            let at_once = tokio::select! {
                biased;
                () = &mut ended => true,
                () = std::future::ready(()) => false,
            };
            let _ = listens.send(());
            if !at_once {
                ended.await;
            }
        });
        flag.store(true, Ordering::Relaxed);
    };
    std::thread::Builder::new().name("end".into()).spawn(wait).map_err(StoreError::from)?;
    let _ = heard.recv();
    Ok(())
}

fn shown_at_all() -> bool {
    std::io::stderr().is_terminal()
}

/// How far it is, on one line of stderr where a person watches.
struct Shown {
    last: Option<Instant>,
    any: bool,
}

impl Shown {
    fn new() -> Shown {
        Shown { last: None, any: false }
    }

    fn at(&mut self, done: u64, of: u64) {
        let due = self.last.is_none_or(|last| last.elapsed().as_millis() > 200);
        if shown_at_all() && due && done > 0 {
            (self.last, self.any) = (Some(Instant::now()), true);
            eprint!("\rLooked at {done} of {of} ");
        }
    }

    /// Takes the line away.
    fn end(&self) {
        if self.any {
            eprint!("\r{:40}\r", "");
        }
    }
}
