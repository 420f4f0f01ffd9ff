//! `leadtrail rebuild` and `leadtrail check`.

use std::net::TcpListener;
use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::{CliError, Progress, open, print, serve};
use crate::clock;
use crate::ingest::Ingest;
use crate::ingest::doctor::{self, Health, HealthCheck};
use crate::settings::{self, Settings};
use crate::store::{DataLock, Store, StoreError, checkup, sources};

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
        let lock = DataLock::take(folder)?;
        let store = Store::open_held(folder, &lock)?;
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
        let mut items = vec![port(folder, &store)?];
        let json = store.read_blocking(|connection| sources::setting(connection, settings::NAME))?;
        let settings = Settings::of_json(json.as_deref()).get();
        items.extend(doctor::look(&store, &settings, Some(&found.problems), clock::now())?);
        store.close();
        let mut value = serde_json::to_value(&found)?;
        value["items"] = serde_json::to_value(&items)?;
        print(self.json, &value, || {
            let counts = format!("{} deliveries, {} events, {} leads", found.deliveries, found.events, found.leads);
            let file = if found.ok {
                format!("All is well: {counts}.")
            } else {
                format!("{counts}.\nNot as it should be:\n  {}", found.problems.join("\n  "))
            };
            std::iter::once(file).chain(items.iter().map(line)).collect::<Vec<_>>().join("\n")
        })?;
        Ok(if found.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// One line for people, and one more where there is something to do.
fn line(item: &HealthCheck) -> String {
    let state = match item.state {
        Health::Ok => "ok  ",
        Health::Warn => "look",
        Health::Bad => "bad ",
    };
    let todo = item.todo.as_ref().map(|todo| format!("\n      {todo}")).unwrap_or_default();
    format!("{state}  {}. {}{todo}", item.title, item.text)
}

/// Whether webhooks are listened for, or could be.
fn port(folder: &Path, store: &Store) -> Result<HealthCheck, CliError> {
    let listened = store.read_blocking(|connection| sources::setting(connection, settings::LISTENED))?;
    let running = match DataLock::take(folder) {
        Ok(_) => false,
        Err(StoreError::Conflict(_)) => true,
        Err(error) => return Err(error.into()),
    };
    if running {
        let at = listened.as_deref().unwrap_or(settings::HOOKS_ADDRESS);
        return Ok(HealthCheck::ok(
            "port",
            "Leadtrail is running",
            format!("It listened on http://{at} when it was started."),
        ));
    }
    // Where it would listen when it is started as usual.
    let address = serve::address(settings::HOOKS_ADDRESS)?;
    Ok(match TcpListener::bind(address) {
        Ok(_) => {
            HealthCheck::ok("port", "Leadtrail is not running", format!("Its usual address http://{address} is free."))
        }
        Err(error) => HealthCheck::bad(
            "port",
            "The port is taken",
            format!("Another program uses {address}: {error}."),
            "End that program, or start Leadtrail with another address (`--hooks`).",
        ),
    })
}
