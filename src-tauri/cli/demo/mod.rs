//! `leadtrail demo`: sample data, in a data folder of its own, or sent to a door.

mod send;

use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use clap::Args;
use serde_json::json;

use super::{CliError, Progress, make, open, print, runtime, there};
use crate::clock;
use crate::ingest::demo;
use crate::providers::simulator::SimulationPlan;
use crate::store::query::status;
use crate::store::{DataLock, Store, StoreError};

/// As many people as have a number of their own.
const MOST_LEADS: u64 = 799_000;

#[derive(Args)]
pub(super) struct Demo {
    /// So many people over months or years, instead of the month [100000 are about a million messages]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=MOST_LEADS))]
    leads: Option<u64>,
    /// Other people and stories: the same number always makes the same ones
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
    /// Months in which those people are first heard from [default: one for each 2500 of them]
    #[arg(long, value_name = "M", requires = "leads", value_parser = clap::value_parser!(u32).range(1..=240))]
    months: Option<u32>,
    /// Send it to the door at this address, such as http://127.0.0.1:8787, as the services connected in the data folder
    #[arg(long, value_name = "URL")]
    to: Option<String>,
    /// With --to: how many messages are under way at once
    #[arg(long, value_name = "N", requires = "to", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1024))]
    senders: u16,
    /// With --to: how many messages are sent a second at most [default: as fast as they are answered]
    #[arg(long, value_name = "N", requires = "to", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    rate: Option<u32>,
    /// With --to: do not ask, where invented people would stand among real ones
    #[arg(long, short, requires = "to")]
    yes: bool,
    /// Delete the sample data again
    #[arg(long, conflicts_with_all = ["leads", "seed", "to", "until"])]
    remove: bool,
    /// The last day, such as 2026-03-26 [default: yesterday]
    #[arg(long, value_name = "DATE")]
    until: Option<NaiveDate>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Demo {
    /// Fills `folder`. One that holds real data is never touched: then a folder `demo` inside of it is used.
    pub(super) fn run(self, folder: &Path) -> Result<ExitCode, CliError> {
        if let Some(to) = &self.to {
            return self.send(to, &there(folder)?);
        }
        let folder = place(folder)?;
        if self.remove {
            // The program that shows it must have ended.
            let _lock = DataLock::take(&folder)?;
            demo::remove(&folder)?;
            print(self.json, &json!({ "removed": folder }), || {
                format!("The sample data in {} is gone.", folder.display())
            })?;
            return Ok(ExitCode::SUCCESS);
        }
        let lock = DataLock::take(&folder)?;
        let store = Store::open_held(&folder, &lock)?;
        let plan = self.plan();
        let until = plan.until();
        let mut progress = Progress::new(told(plan));
        let filled =
            runtime()?.block_on(demo::fill_with(&store, plan, move |done, of| progress.at(done as u64, of as u64)));
        store.close();
        let filled = match filled {
            Ok(filled) => filled,
            Err(crate::ingest::IngestError::Store(StoreError::Conflict(_))) => {
                return Err(CliError::Said(format!(
                    "There is sample data in {} already. `leadtrail demo --remove` deletes it.",
                    folder.display()
                )));
            }
            Err(error) => return Err(error.into()),
        };
        let leads = self.leads;
        let mut value =
            json!({ "data": folder, "deliveries": filled.deliveries, "actions": filled.actions, "until": until });
        if let (Some(value), Some(leads)) = (value.as_object_mut(), leads) {
            value.insert("leads".into(), leads.into());
        }
        print(self.json, &value, || {
            format!(
                "{} messages of five services about a made-up business are in {}.\n\
                 Look at them: leadtrail serve --data {}\n\
                 Delete them:  leadtrail demo --remove --data {}",
                filled.deliveries,
                folder.display(),
                folder.display(),
                folder.display()
            )
        })?;
        Ok(ExitCode::SUCCESS)
    }

    fn plan(&self) -> SimulationPlan {
        let until = self.until.map_or_else(midnight, end_of);
        match self.leads {
            Some(leads) => demo::years(self.seed, usize::try_from(leads).unwrap_or(usize::MAX), self.months, until),
            None => demo::month(self.seed, until),
        }
    }

    /// Sends it, as the services that are connected in `folder`, to whoever listens there.
    fn send(&self, to: &str, folder: &Path) -> Result<ExitCode, CliError> {
        let store = open(folder)?;
        let (sources, missing) = send::sources(&store)?;
        let stands_among = !demo::is_demo(&store)? && store.read_blocking(status::standing)?.counts.leads > 0;
        store.close();
        if stands_among {
            self.confirm(folder)?;
        }
        if !missing.is_empty() {
            eprintln!(
                "leadtrail: {} is not connected in {}: what it would send is left out.",
                missing.join(", "),
                folder.display()
            );
        }
        let plan = self.plan();
        let door = send::TargetDoor::at(to, usize::from(self.senders), self.rate)?;
        let mut progress = Progress::new(told(plan));
        let report = door.send(&sources, plan.happenings(), |done, of| progress.at(done as u64, of as u64))?;
        let mut value = report.json();
        if let Some(value) = value.as_object_mut() {
            value.insert("to".into(), to.into());
            value.insert("missing".into(), missing.into());
        }
        print(self.json, &value, || report.words(to))?;
        Ok(ExitCode::SUCCESS)
    }

    /// Nothing takes invented people out of real data again, but erasing them one by one.
    fn confirm(&self, folder: &Path) -> Result<(), CliError> {
        let what = format!(
            "{} holds leads already. Invented ones would stand among them, and can only be erased one by one.",
            folder.display()
        );
        if self.yes || !std::io::stdin().is_terminal() {
            eprintln!("leadtrail: {what}");
            return Ok(());
        }
        eprint!("{what} Type “send” to go on: ");
        std::io::stderr().flush()?;
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        if line.trim().eq_ignore_ascii_case("send") { Ok(()) } else { Err(CliError::Said("Nothing was sent.".into())) }
    }
}

/// What progress counts.
fn told(plan: SimulationPlan) -> &'static str {
    match plan {
        SimulationPlan::Month { .. } => "Delivery",
        SimulationPlan::Years(_) => "Lead",
    }
}

/// The folder itself while it is empty or holds sample data; else one inside of it (law 4).
fn place(folder: &Path) -> Result<std::path::PathBuf, CliError> {
    let folder = make(folder)?;
    if !folder.join(crate::store::FILE).exists() {
        return Ok(folder);
    }
    let store = open(&folder)?;
    let own = demo::is_demo(&store)? || demo::is_empty(&store)?;
    store.close();
    if own { Ok(folder) } else { make(&folder.join(demo::FOLDER)) }
}

/// The start of today, UTC: the same all day long, so that two runs make the same data.
fn midnight() -> DateTime<Utc> {
    clock::now().date_naive().and_time(NaiveTime::MIN).and_utc()
}

fn end_of(day: NaiveDate) -> DateTime<Utc> {
    day.succ_opt().unwrap_or(day).and_time(NaiveTime::MIN).and_utc()
}
