//! The check-up: is everything as it should be, in plain words, each with what to do. What needs a socket (the
//! port, the public address) is looked at by whoever has one.

use std::path::Path;
use std::time::Duration;

use crate::store::Connection;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;

use super::{demo, due, import, silence};
use crate::clock::{from_micros, said};
use crate::domain::money::grouped;
use crate::providers::{Credential, Headers, Provider, Verdict};
use crate::settings::{BackupPolicy, Values};
use crate::store::backup::Folders;
use crate::store::imports::ImportRow;
use crate::store::query::{gaps, status};
use crate::store::{Displacement, FILE, SourceRow, Store, StoreError, checkup, gaps as runs, journal, sources};
use crate::zone::{self, Origin};

/// How long the quick look at the file may take.
const QUICK: Duration = Duration::from_secs(3);
/// Less free space than this and the disk is as good as full. Bytes.
const FULL: u64 = 200 * 1024 * 1024;
/// Less than this is worth a word. Bytes.
const TIGHT: u64 = 1024 * 1024 * 1024;
/// A clock that is off by this much is wrong.
const OFF: TimeDelta = TimeDelta::minutes(2);
/// A regular backup is a day old at most while the program runs; over a weekend it need not run.
const BACKUP_OLD: TimeDelta = TimeDelta::days(4);
/// Gaps that are named; the others are counted.
const LISTED: usize = 5;
/// How long a jump of the clock is worth a word.
const JUMPED: TimeDelta = TimeDelta::days(7);
/// This program is younger than its clock can be right (2026-01-01).
const YOUNGEST: i64 = 1_767_225_600;

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
    /// `port`, `public_address`, `reach`, `clock`, `zones`, `file`, `disk`, `permissions`, `keys:ID`, `integrity`,
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
    items.extend(store.read_blocking(|connection| due::look(connection, now))?);
    Ok(items)
}

/// Whether the file that is written to is the one at its path.
fn file(displaced: Option<&Displacement>, path: &Path) -> HealthCheck {
    let name = "file";
    match displaced {
        None => HealthCheck::ok(name, "The data file is in its place", format!("It is {}.", path.display())),
        Some(displaced) => HealthCheck::bad(
            name,
            "The data file is not in its place",
            displaced.text.clone(),
            "Move it back, and Leadtrail goes on by itself. Where it is gone, quit Leadtrail and start it again: it \
             offers what was saved.",
        ),
    }
}

/// Whether an address only leads to this computer.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

fn public_address(base: Option<&str>) -> HealthCheck {
    let name = "public_address";
    let Some(base) = base.filter(|base| !base.is_empty()) else {
        return HealthCheck::warn(
            name,
            "No public address",
            "Services on the internet reach this computer only through an address that leads here, and none is set.",
            "Set up a tunnel (docs/reaching-your-laptop.md compares three), and enter its address in Settings.",
        );
    };
    match Url::parse(base) {
        Ok(url) if url.scheme() == "https" => {
            HealthCheck::ok(name, "Public address set", format!("The addresses shown for services begin with {base}."))
        }
        Ok(url) if is_loopback(&url) => HealthCheck::warn(
            name,
            "The public address leads to this computer only",
            format!("{base} is an address that no service on the internet can reach."),
            "Enter the address of your tunnel in Settings.",
        ),
        _ => HealthCheck::warn(
            name,
            "The public address is not encrypted",
            format!(
                "{base} begins with http: whoever is on the way can read what your services send, and some only send to https."
            ),
            "Use an address that begins with https. Every tunnel gives you one.",
        ),
    }
}

fn clock(connection: &Connection, file: &Path, now: DateTime<Utc>) -> Result<HealthCheck, StoreError> {
    let name = "clock";
    let todo = "Turn on setting the time by itself in the settings of this computer. Nothing is lost meanwhile; only \
                times are shown wrong.";
    let written = file.metadata().and_then(|meta| meta.modified()).ok();
    // A file can be dated beyond what a time can say.
    let written = written.and_then(|at| at.duration_since(std::time::SystemTime::UNIX_EPOCH).ok());
    let written = written.and_then(|since| DateTime::from_timestamp(i64::try_from(since.as_secs()).ok()?, 0));
    let beat = from_micros(runs::last_beat(connection)?);
    let received = journal::newest(connection)?;
    let latest = [written, Some(beat), received].into_iter().flatten().max().unwrap_or(now);
    if now.timestamp() < YOUNGEST {
        let text = format!("It says {}, and Leadtrail is younger than that.", now.format("%-d %b %Y"));
        return Ok(HealthCheck::bad(name, "The clock of this computer is wrong", text, todo));
    }
    if let Some(trouble) = crate::clock::trouble() {
        return Ok(HealthCheck::bad(name, "The clock of this computer is wrong", trouble, todo));
    }
    if latest > now + OFF {
        let text = format!(
            "It says {}, and something was written here at {}: it is wrong now, or was wrong then.",
            said(now, now),
            said(latest, now)
        );
        return Ok(HealthCheck::bad(name, "The clock of this computer was set back", text, todo));
    }
    let moved = sources::setting(connection, runs::CLOCK_MOVED)?;
    let moved = moved.and_then(|json| serde_json::from_str::<(i64, i64)>(&json).ok());
    if let Some((at, by)) = moved.map(|(at, by)| (from_micros(at), by))
        && now - at < JUMPED
    {
        let way = if by < 0 { "back" } else { "ahead" };
        let text = format!("It was set {way} by {} ({}).", span(by.unsigned_abs() / 1_000_000), said(at, now));
        return Ok(HealthCheck::warn(name, "The clock of this computer jumped", text, todo));
    }
    Ok(HealthCheck::ok(name, "The clock is sane", "It agrees with the times of what is stored here."))
}

/// Which rules times are told by.
fn zones() -> HealthCheck {
    let whose = match zone::origin() {
        Origin::Bundled => "which came with Leadtrail".to_owned(),
        Origin::System(folder) => format!("of this computer ({}), newer than Leadtrail's own", folder.display()),
    };
    let text = format!("They are IANA's release {}, {whose}.", zone::version());
    HealthCheck::ok("zones", "The rules of time zones are known", text)
}

/// A length of time in words.
fn span(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (1, hours, _) => format!("1 day {hours} h"),
        (days, hours, _) => format!("{days} days {hours} h"),
    }
}

/// A size in words.
fn size(bytes: u64) -> String {
    const MB: u64 = 1024 * 1024;
    match bytes / MB {
        0 => "less than 1 MB".into(),
        mb if mb < 1024 => format!("{mb} MB"),
        _ => format!("{:.1} GB", bytes as f64 / (1024 * MB) as f64),
    }
}

fn disk(folder: &Path, file: &Path) -> HealthCheck {
    let name = "disk";
    let todo = "Make room on the disk, or move the data folder to another one.";
    let used = file.metadata().map_or(0, |meta| meta.len());
    match fs4::available_space(folder) {
        Err(error) => {
            HealthCheck::warn(name, "Free space not known", format!("The system does not say: {error}."), todo)
        }
        Ok(free) if free < FULL => {
            let text = format!("{} are left. When nothing is left, webhooks cannot be kept.", size(free));
            HealthCheck::bad(name, "The disk is almost full", text, todo)
        }
        Ok(free) if free < TIGHT.max(used.saturating_mul(2)) => {
            let text = format!("{} are left, and the data takes {}; a backup takes as much.", size(free), size(used));
            HealthCheck::warn(name, "The disk is getting full", text, todo)
        }
        Ok(free) => {
            HealthCheck::ok(name, "Enough room", format!("{} are left; the data takes {}.", size(free), size(used)))
        }
    }
}

#[cfg(unix)]
fn permissions(folder: &Path) -> HealthCheck {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let name = "permissions";
    let me = rustix::process::geteuid().as_raw();
    let (mut open, mut others) = (Vec::new(), Vec::new());
    let ours = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in ours.filter(|entry| entry.file_name().to_string_lossy().starts_with(FILE)) {
        let Ok(meta) = entry.metadata() else { continue };
        let file = entry.path().display().to_string();
        if meta.permissions().mode() & 0o077 != 0 {
            open.push(file.clone());
        }
        if meta.uid() != me {
            others.push(file);
        }
    }
    let mode = folder.metadata().map_or(0, |meta| meta.permissions().mode());
    if let Some(file) = open.first() {
        let text =
            format!("Other users of this computer may read {file}: it holds your leads and the keys of your services.");
        let todo = "Start Leadtrail again, which takes that right away; or set the mode of the file to 600.";
        return HealthCheck::bad(name, "Others can read the data", text, todo);
    }
    if mode & 0o022 != 0 {
        let text =
            format!("Other users of this computer may put another file in the place of yours in {}.", folder.display());
        return HealthCheck::bad(name, "Others can change the data folder", text, "Set the mode of the folder to 700.");
    }
    if let Some(file) = others.first() {
        let text = format!("{file} belongs to another user than the one Leadtrail runs as.");
        let todo = "Run Leadtrail as one user always, or give the files to that user.";
        return HealthCheck::warn(name, "The data belongs to another user", text, todo);
    }
    if mode & 0o077 != 0 {
        let text =
            format!("Other users of this computer see which files are in {}, and cannot read them.", folder.display());
        return HealthCheck::warn(
            name,
            "Others can look into the data folder",
            text,
            "Set the mode of the folder to 700.",
        );
    }
    HealthCheck::ok(name, "Only you can read the data", "The data folder and its files belong to you alone.")
}

#[cfg(not(unix))]
fn permissions(folder: &Path) -> HealthCheck {
    let name = "permissions";
    match folder.join(FILE).metadata() {
        Ok(meta) if meta.permissions().readonly() => HealthCheck::bad(
            name,
            "The data cannot be written",
            "The data file is marked as read-only: webhooks cannot be kept.",
            "Take the mark away in the properties of the file.",
        ),
        _ => HealthCheck::ok(
            name,
            "The data can be written",
            "It lies in the part of this computer that is your account's.",
        ),
    }
}

fn integrity(problems: Option<&[String]>) -> HealthCheck {
    let name = "integrity";
    match problems {
        None => HealthCheck::ok(
            name,
            "The data file is in order as far as it was read",
            "It is too large to read whole here. `leadtrail check` reads all of it.",
        ),
        Some([]) => HealthCheck::ok(name, "The data file is in order", "Every part of it can be read."),
        Some([first, more @ ..]) => {
            let more = if more.is_empty() { String::new() } else { format!(" And {} more.", more.len()) };
            HealthCheck::bad(
                name,
                "The data file is not as it should be",
                format!("{first}.{more}"),
                "Make a backup of the data folder now. `leadtrail check` says more; `leadtrail rebuild` makes what is shown anew from what was received.",
            )
        }
    }
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

/// The keys of a source: their shape, and whether the check itself works. Nothing where the provider is not known.
fn keys(connection: &Connection, source: &SourceRow) -> Result<Option<HealthCheck>, StoreError> {
    let Some(provider) = Provider::parse(&source.provider) else { return Ok(None) };
    let name = format!("keys:{}", source.id);
    let named = &source.name;
    let (waiting, _) = checkup::unverified(connection, source.id)?;
    let waits = (waiting > 0).then(|| {
        HealthCheck::warn(
            &name,
            &format!("{named}: {waiting} did not verify"),
            format!("{waiting} messages were not signed with a key you gave for {named}, and wait in Deliveries."),
            &format!("Paste the key that {provider} shows now. What waits is placed at once."),
        )
    });
    let reader = provider.reader();
    let item = match reader.about().credential {
        Credential::AuthHeader { .. } if source.auth_headers.is_empty() => HealthCheck::warn(
            &name,
            &format!("{named} is trusted by its address"),
            format!("{provider} does not sign its messages, and no password header is set."),
            "Set a password header in Sources, and have the service send it.",
        ),
        Credential::AuthHeader { .. } => {
            HealthCheck::ok(&name, &format!("{named} proves who it is"), "By the header you set.")
        }
        Credential::SigningKey { .. } if source.signing_keys.is_empty() && source.auth_headers.is_empty() => {
            HealthCheck::warn(
                &name,
                &format!("{named} is trusted by its address"),
                format!("{provider} can sign its messages, and no signing key is set."),
                &format!("Paste the signing key of {provider} in Sources."),
            )
        }
        Credential::SigningKey { .. } => signing_keys(&name, source, provider),
    };
    Ok(Some(if item.state == Health::Bad { item } else { waits.unwrap_or(item) }))
}

fn signing_keys(name: &str, source: &SourceRow, provider: Provider) -> HealthCheck {
    let (reader, named) = (provider.reader(), &source.name);
    for key in &source.signing_keys {
        if let Some(trouble) = reader.key_trouble(&key.value) {
            return HealthCheck::bad(
                name,
                &format!("{named}: this does not look like a signing key"),
                trouble,
                &format!("Copy the key again from {provider}, whole and without anything around it."),
            );
        }
        // A real body, signed with the key as the service would, has to pass, and with another one not.
        let (_, body) = reader.sample(None, source.created_at);
        let headers = Headers(reader.sign(body.as_bytes(), &key.value, source.created_at));
        let passes = |key: &str| reader.verify(body.as_bytes(), &headers, &[key.to_string()]) == Verdict::Verified;
        if !passes(&key.value) || passes("another key, which nobody has") {
            return broken(name, provider);
        }
    }
    match reader.self_test() {
        Some(false) => broken(name, provider),
        Some(true) => HealthCheck::ok(
            name,
            &format!("{named} proves who it is"),
            format!(
                "The key has the right shape, and our check agrees with the example that {provider} is checked by."
            ),
        ),
        None => HealthCheck::ok(
            name,
            &format!("{named} proves who it is"),
            format!(
                "The key has the right shape. {provider} publishes no example to try our check on; a message signed as it describes passes."
            ),
        ),
    }
}

fn broken(name: &str, provider: Provider) -> HealthCheck {
    HealthCheck::bad(
        name,
        &format!("Our check of {provider}'s signatures is broken"),
        "A message that is signed right does not pass. Nothing is lost: it waits in Deliveries.",
        "Install Leadtrail again, or a newer one.",
    )
}

fn open_gaps(connection: &Connection, now: DateTime<Utc>) -> Result<HealthCheck, StoreError> {
    let open = gaps::list(connection, true)?;
    if open.is_empty() {
        return Ok(HealthCheck::ok("gaps", "No open gaps", "Nothing is known to be missing."));
    }
    let title = if open.len() == 1 { "1 open gap".to_string() } else { format!("{} open gaps", open.len()) };
    let mut lines: Vec<String> = open
        .iter()
        .take(LISTED)
        .map(|gap| {
            let names: Vec<&str> =
                gap.sources.iter().filter(|part| part.state == "open").map(|part| part.name.as_str()).collect();
            let (from, to) = (said(gap.from, now), said(gap.to, now));
            format!("{from} to {to}: {} may have sent something.", names.join(", "))
        })
        .collect();
    if open.len() > LISTED {
        lines.push(format!("And {} more.", open.len() - LISTED));
    }
    let text = lines.join(" ");
    let todo = "In Deliveries, import what was missed, or close the gap with a reason.";
    Ok(HealthCheck::warn("gaps", &title, text, todo))
}

/// Imports that were broken off: half of a file is in.
fn interrupted(imports: &[ImportRow]) -> Option<HealthCheck> {
    let title = match imports.len() {
        0 => return None,
        1 => "1 import was interrupted".to_string(),
        n => format!("{n} imports were interrupted"),
    };
    let line = |import: &ImportRow| {
        let ImportRow { id, name, rows, .. } = import;
        if import.state == "undoing" {
            return format!("Import {id} ({name}) is taken back in part.");
        }
        let rows = if *rows == 1 { "1 row was".to_string() } else { format!("{rows} rows were") };
        format!("Import {id} ({name}) ended after {rows} read.")
    };
    let text: Vec<String> = imports.iter().take(LISTED).map(line).collect();
    let todo: Vec<String> = imports
        .iter()
        .take(LISTED)
        .map(|ImportRow { id, state, .. }| match state.as_str() {
            "undoing" => format!("`leadtrail import --undo {id}` takes out the rest."),
            _ => format!("`leadtrail import --resume {id}` goes on, `leadtrail import --undo {id}` takes it back."),
        })
        .collect();
    Some(HealthCheck::warn("imports", &title, text.join(" "), &todo.join(" ")))
}

fn quarantine(connection: &Connection) -> Result<HealthCheck, StoreError> {
    let name = "quarantine";
    let n = status::standing(connection)?.counts.quarantined;
    Ok(if n == 0 {
        HealthCheck::ok(name, "Nothing waits", "Everything that came could be read and placed.")
    } else {
        let (title, text, mend) = if n == 1 {
            (
                "1 message waits".to_string(),
                "It is kept, and could not be read or verified.",
                "Deliveries says why, and what to do.",
            )
        } else {
            (
                format!("{} messages wait", grouped(n.unsigned_abs())),
                "They are kept, and could not be read or verified.",
                "Deliveries says why for each, and what to do.",
            )
        };
        HealthCheck::warn(name, &title, text, mend)
    })
}

fn silent(connection: &Connection, now: DateTime<Utc>) -> Result<HealthCheck, StoreError> {
    let name = "silence";
    let silences = silence::all(connection, now)?;
    Ok(match silences.as_slice() {
        [] => HealthCheck::ok(name, "Every source is heard as usual", "None is silent for longer than it usually is."),
        [one, ..] => {
            let texts: Vec<&str> = silences.iter().map(|silence| silence.text.as_str()).collect();
            let title = if silences.len() == 1 {
                format!("{} is silent", one.name)
            } else {
                format!("{} sources are silent", silences.len())
            };
            let todo = "Ask the public address here, and see in the service's own console whether it still sends.";
            HealthCheck::warn(name, &title, texts.join(" "), todo)
        }
    })
}
