//! The check-up: is everything as it should be, in plain words, each with what to do. What needs a socket (the
//! port, the public address) is looked at by whoever has one.

mod due_reports;
mod machine;
mod senders;

use std::path::Path;
use std::time::Duration;

use crate::store::Connection;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{demo, import};
pub use machine::is_loopback;
use machine::{clock, disk, file, inbox, integrity, permissions, public_address, zones};
use senders::{interrupted, keys, open_gaps, quarantine, silent};

use crate::clock::said;
use crate::settings::{BackupPolicy, Values};
use crate::store::backup::Folders;
use crate::store::query::status;
use crate::store::{Store, StoreError, checkup, sources};

/// How long the quick look at the file may take.
const QUICK: Duration = Duration::from_secs(3);
/// A regular backup is a day old at most while the program runs; over a weekend it need not run.
const BACKUP_OLD: TimeDelta = TimeDelta::days(4);

/// How one thing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DoctorState)]
#[allow(missing_docs)] // the words explain themselves
pub enum Health {
    Ok,
    Warn,
    Bad,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = DoctorItem)]
pub struct HealthCheck {
    /// `port`, `public_address`, `reach`, `clock`, `zones`, `file`, `inbox`, `disk`, `permissions`, `keys:ID`, `integrity`,
    /// `backup`, `gaps`, `quarantine`, `silence`, `imports` or `schedules`.
    pub name: String,
    /// How it stands.
    pub state: Health,
    /// A few words.
    pub title: String,
    /// What was found.
    pub text: String,
    /// What to do about it; `null` where there is nothing to do.
    pub todo: Option<String>,
}

impl HealthCheck {
    /// All is well.
    pub fn ok(name: &str, title: &str, text: impl Into<String>) -> HealthCheck {
        HealthCheck { name: name.into(), state: Health::Ok, title: title.into(), text: text.into(), todo: None }
    }

    /// Worth a word.
    pub fn warn(name: &str, title: &str, text: impl Into<String>, todo: &str) -> HealthCheck {
        HealthCheck { state: Health::Warn, todo: Some(todo.into()), ..HealthCheck::ok(name, title, text) }
    }

    /// Something is lost, or will be.
    pub fn bad(name: &str, title: &str, text: impl Into<String>, todo: &str) -> HealthCheck {
        HealthCheck { state: Health::Bad, ..HealthCheck::warn(name, title, text, todo) }
    }
}

/// Looks at everything that needs no socket. `problems` are those of a whole check of the file, where one was made;
/// otherwise a quick look is taken. Blocks.
///
/// # Errors
/// [`StoreError`] of the file, when it cannot be read at all.
pub fn look(
    store: &Store,
    settings: &Values,
    problems: Option<&[String]>,
    now: DateTime<Utc>,
) -> Result<Vec<HealthCheck>, StoreError> {
    let folder = store.path().parent().unwrap_or(Path::new("."));
    let displaced = store.displaced();
    let mut items = vec![public_address(settings.public_base_url.as_deref())];
    match store.read_blocking(|connection| clock(connection, store.path(), now)) {
        Ok(clock) => items.push(clock),
        // Written over, it may not be read at all.
        Err(_) if displaced.is_some() => {}
        Err(error) => return Err(error),
    }
    items.push(zones());
    items.push(file(displaced.as_ref(), store.path()));
    items.push(inbox(store, folder, now));
    items.push(disk(folder, store.path()));
    items.push(permissions(folder));
    match look_into(store, folder, settings, problems, now) {
        Ok(more) => items.extend(more),
        Err(_) if displaced.is_some() => {}
        Err(error) => return Err(error),
    }
    Ok(items)
}

/// What the file itself tells.
fn look_into(
    store: &Store,
    folder: &Path,
    settings: &Values,
    problems: Option<&[String]>,
    now: DateTime<Utc>,
) -> Result<Vec<HealthCheck>, StoreError> {
    let mut items = Vec::new();
    // What lies at the path of a file that is away is not looked at.
    if store.displaced().is_none() {
        let quick;
        let problems = match problems {
            Some(problems) => Some(problems),
            None => {
                quick = checkup::quick(&mut store.reader()?, QUICK)?;
                quick.as_deref()
            }
        };
        items.push(integrity(problems));
    }
    items.extend(store.read_blocking(|connection| backups(connection, folder, &settings.backups, now))?);
    items.extend(store.read_blocking(|connection| {
        let mut items = Vec::new();
        for source in sources::all(connection)?.iter().filter(|source| source.closed_at.is_none()) {
            items.extend(keys(connection, source)?);
        }
        items.push(open_gaps(connection, now)?);
        items.push(quarantine(connection)?);
        items.push(silent(connection, now)?);
        Ok(items)
    })?);
    items.extend(interrupted(&import::interrupted(store)?));
    items.extend(store.read_blocking(|connection| due_reports::look(connection, now))?);
    Ok(items)
}

/// Nothing for sample data, and for a file that nothing was ever put into.
fn backups(
    connection: &Connection,
    folder: &Path,
    set: &BackupPolicy,
    now: DateTime<Utc>,
) -> Result<Option<HealthCheck>, StoreError> {
    let name = "backup";
    let standing = status::standing(connection)?;
    if sources::setting(connection, demo::MARK)?.is_some() || (standing.seq == 0 && !standing.any_source) {
        return Ok(None);
    }
    let todo = "Make one now in Settings, and see that the folder for backups can be written.";
    let newest = Folders::of(folder, set.folder.as_deref()).list().into_iter().map(|kept| kept.name.made_at).max();
    Ok(Some(match newest {
        None => HealthCheck::warn(name, "No backup yet", "This file is the only copy of your leads.", todo),
        Some(at) if now - at > BACKUP_OLD => {
            HealthCheck::warn(name, "The last backup is old", format!("It was made {}.", said(at, now)), todo)
        }
        Some(at) if !set.on => HealthCheck::warn(
            name,
            "Backups are not made by themselves",
            format!("The last one was made {}.", said(at, now)),
            "Turn them on in Settings.",
        ),
        Some(at) => HealthCheck::ok(name, "Backups are made", format!("The last one was made {}.", said(at, now))),
    }))
}
