//! The command line. No command opens the window; without a command, the desktop build does.

mod backup;
mod demo;
mod erase;
mod export;
mod import;
mod ports;
mod recovery;
mod replay;
mod serve;
mod source;
mod upkeep;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::exports::MakeError;
use crate::ingest::{Ingest, IngestError};
use crate::store::{Backlog, DataLock, Store, StoreError};

/// How long what waits in the inbox is waited for.
const SETTLES: std::time::Duration = std::time::Duration::from_secs(60);

/// One timeline per lead, from every service that texts, calls and chats with them.
#[derive(Parser)]
#[command(version, about, long_about = None, disable_help_subcommand = true)]
struct Cli {
    /// The folder that holds the data [default: the system's place for it]
    #[arg(long, env = "LEADTRAIL_DATA", global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where webhooks are listened for while the window is open
    #[cfg(feature = "desktop")]
    #[arg(long, value_name = "ADDR")]
    hooks: Option<std::net::SocketAddr>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Listen for webhooks, and serve the app to a browser on this machine
    Serve(serve::Serve),
    /// Connect services, list them, show their addresses
    #[command(subcommand)]
    Source(source::SourceCommand),
    /// Bring in files: logs of calls, texts, forms and leads, or messages as services send them
    Import(import::Import),
    /// Read again what waits in quarantine, or other deliveries
    Replay(replay::ReplayArgs),
    /// Make everything shown again from what was received
    Rebuild(upkeep::Rebuild),
    /// Check the data file
    Check(upkeep::Check),
    /// Make a backup of the data file, also while it is in use
    Backup(backup::BackupArgs),
    /// Make a report, a list or a lead's timeline into a file
    Export(export::ExportArgs),
    /// Erase a person for good
    Erase(erase::EraseArgs),
    /// Go back to a backup, with what senders sent since
    Restore(backup::RestoreArgs),
    /// Keep what can be read of a damaged data file
    Salvage(backup::Salvage),
    /// A month of a made-up business, to look around in, or years of it to try how fast everything is
    Demo(demo::Demo),
}

/// Why a command failed, in one clear line.
#[derive(Debug, thiserror::Error)]
enum CliError {
    #[error("{0}")]
    Said(String),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Ingest(#[from] IngestError),
    #[error(transparent)]
    Make(#[from] MakeError),
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    #[cfg(feature = "desktop")]
    #[error(transparent)]
    Desktop(#[from] crate::desktop::DesktopError),
}

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    log_to_stderr();
    crate::zone::system::prefer_newer();
    match run(cli) {
        Ok(code) => code,
        Err(error) => {
            let hint = match &error {
                CliError::Store(StoreError::Damaged(_))
                | CliError::Ingest(IngestError::Store(StoreError::Damaged(_))) => {
                    ". Nothing was changed. `leadtrail restore NAME` goes back to a backup, `leadtrail salvage` keeps \
                     what can be read"
                }
                CliError::Store(StoreError::Displaced(..))
                | CliError::Ingest(IngestError::Store(StoreError::Displaced(..))) => {
                    " Nothing was changed. `leadtrail serve` and the window offer what can be done, `leadtrail restore \
                     NAME` goes back to a backup"
                }
                _ => "",
            };
            eprintln!("leadtrail: {error}{hint}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<ExitCode, CliError> {
    let folder = match cli.data {
        Some(folder) => folder,
        None => default_folder()?,
    };
    match cli.command {
        Some(Command::Serve(command)) => command.run(&make(&folder)?),
        Some(Command::Source(command)) => command.run(&make(&folder)?),
        Some(Command::Import(command)) => command.run(&there(&folder)?),
        Some(Command::Replay(command)) => command.run(&there(&folder)?),
        Some(Command::Rebuild(command)) => command.run(&there(&folder)?),
        Some(Command::Check(command)) => command.run(&there(&folder)?),
        Some(Command::Backup(command)) => command.run(&there(&folder)?),
        Some(Command::Export(command)) => command.run(&there(&folder)?),
        Some(Command::Erase(command)) => command.run(&there(&folder)?),
        Some(Command::Restore(command)) => command.run(&there(&folder)?),
        Some(Command::Salvage(command)) => command.run(&there(&folder)?),
        Some(Command::Demo(command)) => command.run(&folder),
        #[cfg(feature = "desktop")]
        None => {
            let hooks = match cli.hooks {
                Some(address) => address,
                None => serve::address(crate::settings::HOOKS_ADDRESS)?,
            };
            crate::desktop::open(&crate::desktop::Opening { folder: make(&folder)?, hooks })?;
            Ok(ExitCode::SUCCESS)
        }
        #[cfg(not(feature = "desktop"))]
        None => {
            eprintln!("leadtrail: this build has no window. `leadtrail serve` listens, `leadtrail --help` says more.");
            Ok(ExitCode::from(2))
        }
    }
}

/// The system's place for a program's data.
fn default_folder() -> Result<PathBuf, CliError> {
    crate::settings::default_folder()
        .ok_or_else(|| CliError::Said("This system has no place for data. Give one with --data.".into()))
}

/// The data folder, made if it is not there: for its owner alone.
fn make(folder: &Path) -> Result<PathBuf, CliError> {
    crate::fs::make_folder(folder)
        // As it was given: a link in it may lead elsewhere later.
        .and_then(|()| std::path::absolute(folder))
        .map_err(|error| CliError::Said(format!("The folder {} cannot be used: {error}.", folder.display())))
}

/// The data folder of commands that need data to be there.
fn there(folder: &Path) -> Result<PathBuf, CliError> {
    // A program that was killed while another file took the place of a damaged one.
    crate::store::restore::finish(folder)?;
    // Where there was a file once, what opens it says that it is missing.
    if folder.join(crate::store::FILE).exists() || crate::store::startup::was_there(folder, None) {
        make(folder)
    } else {
        Err(CliError::Said(format!("There is no Leadtrail data in {}.", folder.display())))
    }
}

fn open(folder: &Path) -> Result<Store, CliError> {
    Ok(Store::open(folder)?)
}

/// Opens it once nothing waits in the inbox: a running program takes that in, and where none runs, whoever holds the `lock`.
fn open_settled(folder: &Path, lock: Option<&DataLock>) -> Result<Store, CliError> {
    let begun = std::time::Instant::now();
    let store = lock.map(|lock| Store::open_held(folder, lock)).transpose()?;
    // It reads what waits.
    let _reads = store.as_ref().map(|store| Ingest::new(store.clone()));
    loop {
        let backlog = Backlog::beside(folder)?;
        if backlog.count == backlog.without_source {
            return store.map_or_else(|| open(folder), Ok);
        }
        if begun.elapsed() > SETTLES {
            return Err(CliError::Said(format!(
                "{} messages wait beside the data file, which is busy. Try again once they are taken in.",
                backlog.count
            )));
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, CliError> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

/// Prints for people, or with `json` for programs.
fn print(json: bool, value: &serde_json::Value, words: impl FnOnce() -> String) -> Result<(), CliError> {
    if json {
        println!("{}", serde_json::to_string(value)?);
    } else {
        println!("{}", words());
    }
    Ok(())
}

/// Stdout is for what was asked for; what happens meanwhile goes to stderr.
fn log_to_stderr() {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_env("LEADTRAIL_LOG")
        .unwrap_or_else(|_| EnvFilter::new("leadtrail=info,tauri_plugin_single_instance=error,warn"));
    let _ =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false).try_init();
}

/// Progress on stderr, where a person watches: at most a few times a second, on one line.
struct Progress {
    what: &'static str,
    last: Option<std::time::Instant>,
    shown: bool,
}

impl Progress {
    fn new(what: &'static str) -> Progress {
        use std::io::IsTerminal;
        Progress { what, last: None, shown: std::io::stderr().is_terminal() }
    }

    fn at(&mut self, done: u64, of: u64) {
        let now = std::time::Instant::now();
        let due = self.last.is_none_or(|last| now.duration_since(last).as_millis() > 200) || done == of;
        if self.shown && due {
            self.last = Some(now);
            eprint!("\r{} {done} of {of}{}", self.what, if done == of { "\n" } else { "" });
        }
    }
}
