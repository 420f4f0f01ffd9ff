//! `leadtrail demo`: sample data, in a data folder of its own.

use std::path::Path;
use std::process::ExitCode;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use clap::Args;
use serde_json::json;

use super::{CliError, Progress, make, open, print, runtime};
use crate::clock;
use crate::ingest::demo;
use crate::store::{DataLock, Store, StoreError};

#[derive(Args)]
pub(super) struct Demo {
    /// Delete the sample data again
    #[arg(long)]
    remove: bool,
    /// The last day of the month, such as 2026-03-26 [default: yesterday]
    #[arg(long, value_name = "DATE")]
    until: Option<NaiveDate>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Demo {
    /// Fills `folder`. One that holds real data is never touched: then a folder `demo` inside of it is used.
    pub(super) fn run(self, folder: &Path) -> Result<ExitCode, CliError> {
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
        let until = self.until.map_or_else(midnight, end_of);
        let mut progress = Progress::new("Delivery");
        let filled =
            runtime()?.block_on(demo::fill(&store, until, move |done, of| progress.at(done as u64, of as u64)));
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
        let value =
            json!({ "data": folder, "deliveries": filled.deliveries, "actions": filled.actions, "until": until });
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
