//! `leadtrail backup`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::{CliError, Progress, open, print};
use crate::clock;
use crate::ingest::Ingest;
use crate::settings::{self, Settings};
use crate::store::backup::Kind;
use crate::store::{Store, sources};

#[derive(Args)]
pub(super) struct Backup {
    /// Where to put it [default: the folder in Settings]
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Backup {
    pub(super) fn run(self, folder: &Path) -> Result<ExitCode, CliError> {
        let to = self.to.map(std::path::absolute).transpose()?;
        let store = open(folder)?;
        let mut set = owners(&store)?.get().backups.clone();
        if let Some(to) = to {
            set.folder = Some(to.display().to_string());
        }
        let mut progress = Progress::new("Copying page");
        let made = Ingest::new(store.clone()).back_up(&set, Kind::Hand, clock::now(), |done, of| {
            progress.at(done, of);
            true
        });
        store.close();
        let kept = made?;
        let value = json!({
            "name": kept.name.to_string(), "path": kept.path, "made_at": kept.name.made_at, "kind": kept.name.kind,
            "size": kept.size,
        });
        print(self.json, &value, || format!("The backup is in {}.", kept.path.display()))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The owner's settings, as they stand in the file.
pub(super) fn owners(store: &Store) -> Result<Settings, CliError> {
    let json = store.read_blocking(|connection| sources::setting(connection, settings::NAME))?;
    Ok(Settings::of_json(json.as_deref()))
}
