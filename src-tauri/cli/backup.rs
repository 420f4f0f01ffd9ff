//! `leadtrail backup`, `restore` and `salvage`.

use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::{CliError, Progress, open, print};
use crate::clock;
use crate::fs::OwnFiles;
use crate::ingest::restore::{Choice, Preview, Restored, preview, recover};
use crate::ingest::{Ingest, IngestError};
use crate::settings::{self, BackupPolicy, Settings};
use crate::store::backup::{BackupKind, BackupName, Folders, remembered};
use crate::store::{DataLock, Store, StoreError, sources};

#[derive(Args)]
pub(super) struct BackupArgs {
    /// Where to put it [default: the folder in Settings]
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl BackupArgs {
    pub(super) fn run(self, folder: &Path) -> Result<ExitCode, CliError> {
        let to = self.to.map(std::path::absolute).transpose()?;
        let store = open(folder)?;
        let mut set = owners(&store)?.get().backups.clone();
        if let Some(to) = to {
            OwnFiles::of(folder, None).takes_backups(&to).map_err(|refused| CliError::Said(refused.to_string()))?;
            set.folder = Some(to.display().to_string());
        }
        let mut progress = Progress::new("Copying page");
        let made = Ingest::new(store.clone()).back_up(&set, BackupKind::Hand, clock::now(), |done, of| {
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

#[derive(Args)]
pub(super) struct RestoreArgs {
    /// The name of a backup, or a file
    backup: String,
    /// Only what the backup holds: what senders sent since stays out as well
    #[arg(long)]
    exact: bool,
    /// Only say what comes with it
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct Salvage {
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl RestoreArgs {
    pub(super) fn run(self, folder: &Path) -> Result<ExitCode, CliError> {
        // Looking changes nothing, and goes on beside a running program.
        let (_lock, opened) = if self.dry_run {
            (None, open(folder).ok())
        } else {
            let lock = DataLock::take(folder)?;
            let opened = opened(folder, &lock)?;
            (Some(lock), opened)
        };
        let set = set_for(folder, opened.as_ref());
        let path = found(folder, &set, &self.backup)?;
        let here = opened.as_ref().map(|store| store.read_blocking(sources::all)).transpose();
        let preview = preview(&path, &here.ok().flatten().unwrap_or_default())?;
        if self.dry_run {
            if let Some(store) = &opened {
                store.close();
            }
            print(self.json, &in_json(&preview), || in_words(&preview))?;
            return Ok(ExitCode::SUCCESS);
        }
        if !self.yes && std::io::stdin().is_terminal() {
            eprintln!("{}", in_words(&preview));
        }
        let question = if self.exact {
            "Go back to exactly what the backup holds? The present data is kept as a backup."
        } else {
            "Go back to the backup? What senders sent since is carried over, what people did since is not. The \
             present data is kept as a backup."
        };
        if !agreed(self.yes, question)? {
            return Err(CliError::Said("Nothing was changed.".into()));
        }
        let choice = Choice::Backup { path, exact: self.exact };
        done(self.json, &replace(folder, opened, &set, &choice)?)
    }
}

/// What comes with a backup, as JSON.
fn in_json(preview: &Preview) -> serde_json::Value {
    let sources = preview.sources.iter().map(|(coming, known, same_address)| {
        json!({
            "name": coming.name, "provider": coming.provider, "address": format!("/hooks/{}", coming.key),
            "keys": coming.keys, "closed": coming.is_closed, "known": known, "same_address": same_address,
        })
    });
    json!({
        "sources": sources.collect::<Vec<_>>(), "deliveries": preview.deliveries, "newest_at": preview.newest,
    })
}

/// The same for people. A file may have been made by anybody: what it says changes nothing on a terminal.
fn in_words(preview: &Preview) -> String {
    let plain = |text: &str| text.chars().map(|c| if c.is_control() { '?' } else { c }).collect::<String>();
    let mut lines = vec![match preview.deliveries {
        1 => "1 delivery is in the backup. With it comes:".to_string(),
        n => format!("{n} deliveries are in the backup. With it comes:"),
    }];
    for (coming, known, same_address) in &preview.sources {
        let how = match (coming.is_closed, known, same_address) {
            (true, ..) => "closed",
            (_, true, true) => "connected here too, under this address",
            (_, true, false) => "connected here too, under another address",
            (_, false, _) => "not connected here",
        };
        let keys = match coming.keys {
            0 => "no key".to_string(),
            1 => "1 key".to_string(),
            n => format!("{n} keys"),
        };
        let (name, provider, key) = (plain(&coming.name), plain(&coming.provider), plain(&coming.key));
        lines.push(format!("  {name} ({provider}), /hooks/{key}, {keys}: {how}"));
    }
    if preview.sources.is_empty() {
        lines.push("  no service".into());
    }
    lines.join("\n")
}

impl Salvage {
    pub(super) fn run(self, folder: &Path) -> Result<ExitCode, CliError> {
        let lock = DataLock::take(folder)?;
        let opened = opened(folder, &lock)?;
        let set = set_for(folder, opened.as_ref());
        if let Some(store) = &opened
            && store.look_through()?.is_none()
        {
            store.close();
            return Err(CliError::Said("The data file is not damaged. Nothing was changed.".into()));
        }
        if !agreed(self.yes, "Keep what can be read of the damaged data? The damaged file is kept as it is.")? {
            return Err(CliError::Said("Nothing was changed.".into()));
        }
        done(self.json, &replace(folder, opened, &set, &Choice::Salvage)?)
    }
}

/// How backups are kept; of a file that does not give up its settings the folder is known at least.
fn set_for(folder: &Path, opened: Option<&Store>) -> BackupPolicy {
    let asked = opened.and_then(|store| owners(store).ok()).map(|owners| owners.get().backups.clone());
    asked.unwrap_or_else(|| BackupPolicy { folder: remembered(folder), ..BackupPolicy::default() })
}

/// The file, unless it is too damaged to be opened, missing or another.
fn opened(folder: &Path, lock: &DataLock) -> Result<Option<Store>, CliError> {
    match Store::open_held(folder, lock) {
        Ok(store) => Ok(Some(store)),
        Err(StoreError::Damaged(_) | StoreError::Displaced(..)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A backup by its name, or a file by its path.
fn found(folder: &Path, set: &BackupPolicy, given: &str) -> Result<PathBuf, CliError> {
    if BackupName::parse(given).is_some()
        && let Ok(kept) = Folders::of(folder, set.folder.as_deref()).find(given)
    {
        return Ok(kept.path);
    }
    let path = PathBuf::from(given);
    if path.is_file() {
        return Ok(path);
    }
    let names: Vec<String> =
        Folders::of(folder, set.folder.as_deref()).list().iter().take(5).map(|kept| kept.name.to_string()).collect();
    let there = if names.is_empty() { "There are none.".into() } else { format!("There are: {}.", names.join(", ")) };
    Err(CliError::Said(format!("There is no backup or file “{given}”. {there}")))
}

/// Asks where somebody can answer; a script has said what it wants.
fn agreed(yes: bool, question: &str) -> Result<bool, CliError> {
    if yes || !std::io::stdin().is_terminal() {
        return Ok(true);
    }
    eprint!("{question} [y/N] ");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn replace(folder: &Path, opened: Option<Store>, set: &BackupPolicy, choice: &Choice) -> Result<Restored, CliError> {
    let mut progress = Progress::new("Copying page");
    let now = clock::now();
    if let Some(store) = opened {
        let tried = Ingest::new(store.clone()).restore(set, choice, now, |done, of| {
            progress.at(done, of);
            true
        });
        store.close();
        match tried {
            // Too damaged to be written to.
            Err(IngestError::Store(StoreError::Damaged(_))) => {}
            tried => return Ok(tried?),
        }
    }
    Ok(recover(folder, set, choice, now, |done, of| {
        progress.at(done, of);
        true
    })?)
}

fn done(json: bool, done: &Restored) -> Result<ExitCode, CliError> {
    let left_out = done.left_actions + done.left_imports;
    let value = json!({
        "kept": done.kept.map(|kept| kept.to_string()).unwrap_or_default(), "carried_over": done.carried_over, "left_out": left_out,
        "left_out_actions": done.left_actions, "left_out_imports": done.left_imports, "lost": done.lost,
    });
    print(json, &value, || {
        let mut words = vec![match done.carried_over {
            1 => "1 message that came since was carried over.".to_string(),
            n => format!("{n} messages that came since were carried over."),
        }];
        if left_out > 0 {
            words.push(format!("{left_out} things people did or imported since were not."));
        }
        words.extend(done.lost.iter().cloned());
        words.extend(done.kept.map(|kept| format!("What was there before is kept as {kept}.")));
        words.join("\n")
    })?;
    Ok(ExitCode::SUCCESS)
}
