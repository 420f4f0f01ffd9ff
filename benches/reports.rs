//! How fast reports and lists become files, and in how much memory (design: targets). Prints; asserts nothing.
//!
//! ```sh
//! cargo bench --no-default-features --bench reports                  # 10 000 leads
//! LEADTRAIL_LEADS=100000 cargo bench --no-default-features --bench reports
//! LEADTRAIL_FOLDER=/some/where …                                    # keeps the data file, or takes the one there
//! ```
//!
//! Each file is made by a process of its own, so that its peak of memory is told (Linux).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use leadtrail::documents::list::{self, List};
use leadtrail::documents::{DocumentError, Format, Paper, ReportWriter, Target};
use leadtrail::figures::model::{Filters, Row};
use leadtrail::figures::{self, Compare, Question};
use leadtrail::ingest::{Ingest, WebhookRequest};
use leadtrail::providers::{Provider, simulator};
use leadtrail::settings::Business;
use leadtrail::store::{NewSource, SourceRow, Store, sources};

/// What is made, and the target it is held against.
const WORK: [(&str, &str); 11] = [
    ("nothing", "what a process needs that only opens the file"),
    ("figures", "≤ 300 ms at 1 M events"),
    ("report json", ""),
    ("report csv", "CSV of 100 k rows ≤ 1 s"),
    ("report xlsx", "XLSX of 100 k rows ≤ 5 s"),
    ("report pdf", ""),
    ("report html", ""),
    ("leads csv", "CSV of 100 k rows ≤ 1 s"),
    ("leads xlsx", "XLSX of 100 k rows ≤ 5 s"),
    ("leads json", ""),
    ("calls csv", ""),
];

fn until() -> DateTime<Utc> {
    "2026-03-26T00:00:00Z".parse().unwrap()
}

fn main() {
    if let Ok(work) = std::env::var("LEADTRAIL_WORK") {
        return child(&work, &PathBuf::from(std::env::var_os("LEADTRAIL_FOLDER").unwrap()));
    }
    let leads: usize = std::env::var("LEADTRAIL_LEADS").ok().and_then(|n| n.parse().ok()).unwrap_or(10_000);
    let temporary = tempfile::tempdir().unwrap();
    let folder = std::env::var_os("LEADTRAIL_FOLDER").map_or(temporary.path().to_path_buf(), PathBuf::from);
    if !folder.join(leadtrail::store::FILE).exists() {
        std::fs::create_dir_all(&folder).unwrap();
        let started = Instant::now();
        fill(&folder, leads);
        println!("{leads} leads of the simulator in {:.0?}", started.elapsed());
    }
    println!("{:<12} {:>9} {:>9} {:>11} {:>9}  target", "made", "time", "rows", "bytes", "peak");
    let mut all_made = true;
    for (work, target) in WORK {
        let out = Command::new(std::env::current_exe().unwrap())
            .env("LEADTRAIL_WORK", work)
            .env("LEADTRAIL_FOLDER", &folder)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&out.stdout);
        let said = if out.status.success() { said.trim_end().to_string() } else { "not made".into() };
        println!("{work:<12} {said}  {target}");
        if !out.status.success() {
            all_made = false;
            print!("{}", String::from_utf8_lossy(&out.stderr));
        }
    }
    if !all_made {
        std::process::exit(1);
    }
}

fn question() -> Question {
    Question {
        name: "overview".into(),
        from: "2025-03-27".parse().unwrap(),
        to: "2026-03-26".parse().unwrap(),
        zone: leadtrail::zone::Tz::NEW_YORK,
        unit: None,
        compare: Compare::Previous,
        filters: Filters::default(),
        as_of: None,
        business: Business::default(),
        business_name: simulator::BUSINESS.into(),
    }
}

/// Makes one file, and tells time, rows, bytes and the peak of memory.
fn child(work: &str, folder: &Path) {
    let store = Store::open(folder).unwrap();
    let out = tempfile::tempdir().unwrap();
    let path = out.path().join("made");
    // Once before, so that the file's pages are where they would be in a program that runs.
    if work == "figures" {
        store.read_blocking(|c| Ok(figures::report(c, &question(), until()))).unwrap().unwrap();
    }
    let started = Instant::now();
    let rows = store.read_blocking(|c| Ok(make(c, work, out.path(), &path))).unwrap().unwrap();
    let took = started.elapsed();
    let bytes = std::fs::metadata(&path).map_or(0, |file| file.len());
    println!("{:>9} {rows:>9} {bytes:>11} {:>6} MB", millis(took), peak());
}

fn make(connection: &rusqlite::Connection, work: &str, scratch: &Path, path: &Path) -> Result<u64, DocumentError> {
    let question = question();
    let target = || Target {
        file: File::create(path).unwrap(),
        scratch,
        paper: Paper::A4,
        detail: Default::default(),
        zone: question.zone,
        currency: &question.business.currency,
    };
    let Some((what, format)) = work.split_once(' ') else {
        if work == "figures" {
            figures::report(connection, &question, until())?;
        }
        return Ok(0);
    };
    let format: Format = format.parse().unwrap();
    match what {
        "report" => {
            let mut shape = shape(format, target())?;
            let mut rows = 0;
            let report = figures::stream::<DocumentError>(connection, &question, until(), &mut |row: &Row| {
                rows += 1;
                shape.row(row)
            })?;
            shape.finish(&report)?;
            Ok(rows)
        }
        "leads" => list::make(connection, List::Leads, &question, format, target(), until(), &mut |_, _| true),
        _ => list::make(connection, List::Calls, &question, format, target(), until(), &mut |_, _| true),
    }
}

fn shape(format: Format, target: Target<'_>) -> Result<Box<dyn ReportWriter>, DocumentError> {
    use leadtrail::documents::{csv, html, json, pdf, xlsx};
    match format {
        Format::Json => json::new(target),
        Format::Csv => csv::new(target),
        Format::Xlsx => xlsx::new(target),
        Format::Pdf => pdf::new(target),
        Format::Html => html::new(target),
    }
}

fn millis(took: Duration) -> String {
    format!("{:.0} ms", took.as_secs_f64() * 1_000.0)
}

/// The most memory the process ever held, in MB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap_or(0) / 1_024
}

fn fill(folder: &Path, leads: usize) {
    let store = Store::open(folder).unwrap();
    for &provider in Provider::ALL {
        let new = NewSource {
            provider: provider.slug().into(),
            name: provider.to_string(),
            region: "US".into(),
            strict: false,
            key: format!("key{}", provider.slug()),
        };
        store.write_blocking(move |batch| batch.add_source(&new, DateTime::UNIX_EPOCH)).unwrap();
    }
    let rows: Vec<Arc<SourceRow>> = store.read_blocking(sources::all).unwrap().into_iter().map(Arc::new).collect();
    let ingest = Ingest::new(store.clone());
    let month = simulator::month(5, leads, until());
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        for together in month.sent.chunks(256) {
            let answers = together.iter().map(|sent| {
                ingest.accept(WebhookRequest {
                    source: rows.iter().find(|row| row.provider == sent.provider.slug()).unwrap().clone(),
                    event: sent.event.map(String::from),
                    content_type: Some("application/json".into()),
                    headers: sent.headers.clone(),
                    body: sent.body.clone().into(),
                    received_at: sent.at,
                })
            });
            for answer in futures_util::future::join_all(answers).await {
                answer.unwrap();
            }
        }
    });
    store.close();
}
