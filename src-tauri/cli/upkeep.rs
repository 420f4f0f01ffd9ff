//! `leadtrail rebuild` and `leadtrail check`.

use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::{CliError, Progress, open, print};
use crate::ingest::Ingest;
use crate::store::{DataLock, checkup};

#[derive(Args)]
pub(super) struct Rebuild {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct Check {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Rebuild {
    pub(super) fn run(self, folder: &Path) -> Result<ExitCode, CliError> {
        // A door that takes webhooks in meanwhile would wait for the whole of it.
        let _lock = DataLock::take(folder)?;
        let store = open(folder)?;
        let mut progress = Progress::new("Reading delivery");
        let rebuilt = Ingest::new(store.clone()).rebuild(move |done, of| progress.at(done, of))?;
        store.close();
        let same = rebuilt.hash_before == rebuilt.hash_after;
        let value = json!({
            "deliveries": rebuilt.deliveries, "events": rebuilt.events, "leads": rebuilt.leads,
            "hash_before": rebuilt.hash_before, "hash_after": rebuilt.hash_after, "identical": same,
        });
        print(self.json, &value, || {
            let end =
                if same { "Nothing changed." } else { "What is shown changed: this version reads some of it better." };
            format!("{} deliveries, {} events, {} leads. {end}", rebuilt.deliveries, rebuilt.events, rebuilt.leads)
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Check {
    pub(super) fn run(self, folder: &Path) -> Result<ExitCode, CliError> {
        let store = open(folder)?;
        let found = store.read_fresh(checkup::check)?;
        store.close();
        print(self.json, &serde_json::to_value(&found)?, || {
            let counts = format!("{} deliveries, {} events, {} leads", found.deliveries, found.events, found.leads);
            if found.ok {
                format!("All is well: {counts}.")
            } else {
                format!("{counts}.\nNot as it should be:\n  {}", found.problems.join("\n  "))
            }
        })?;
        Ok(if found.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
