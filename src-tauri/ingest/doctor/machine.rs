//! Of this computer and the file: its clock and zones, the disk, who may read what, whether the file is whole.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

use super::HealthCheck;
use crate::clock::{from_micros, said};
use crate::store::Connection;
use crate::store::{Backlog, Displacement, FILE, Store, StoreError, gaps as runs, journal, sources};
use crate::zone::{self, Origin};

/// Less free space than this and the disk is as good as full. Bytes.
const FULL: u64 = 200 * 1024 * 1024;
/// Less than this is worth a word. Bytes.
const TIGHT: u64 = 1024 * 1024 * 1024;
/// A clock that is off by this much is wrong.
const OFF: TimeDelta = TimeDelta::minutes(2);
/// How long a jump of the clock is worth a word.
const JUMPED: TimeDelta = TimeDelta::days(7);
/// What waits for the data file longer than this waits for more than housekeeping.
const LONG: TimeDelta = TimeDelta::minutes(2);
/// This program is younger than its clock can be right (2026-01-01).
const YOUNGEST: i64 = 1_767_225_600;

/// Whether the file that is written to is the one at its path.
pub(super) fn file(displaced: Option<&Displacement>, path: &Path) -> HealthCheck {
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

/// Whether messages wait to be taken into the data file: for long only where something else holds that.
pub(super) fn inbox(store: &Store, folder: &Path, now: DateTime<Utc>) -> HealthCheck {
    let name = "inbox";
    let backlog = match store.backlog().and_then(|own| if own.count > 0 { Ok(own) } else { Backlog::beside(folder) }) {
        Ok(backlog) => backlog,
        Err(error) => {
            return HealthCheck::bad(
                name,
                "What waits cannot be read",
                format!("Messages that came while the data file was busy are in {}: {error}.", folder.display()),
                "Keep that folder as it is, and start Leadtrail again: it goes on with whatever can be read.",
            );
        }
    };
    let Some(since) = backlog.since else {
        return HealthCheck::ok(name, "Nothing waits", "Every message that came is in the data file.");
    };
    let count = match backlog.count {
        1 => "1 message is".to_string(),
        count => format!("{count} messages are"),
    };
    let text = format!("{count} kept beside the data file until that is free. The first came {}.", said(since, now));
    if now - since < LONG {
        return HealthCheck::ok(name, "Messages wait for the data file", text);
    }
    HealthCheck::warn(
        name,
        "Messages wait for the data file",
        text,
        "Nothing is lost. Where it stays so, end other programs that have the data file open, and start Leadtrail.",
    )
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

pub(super) fn public_address(base: Option<&str>) -> HealthCheck {
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

pub(super) fn clock(connection: &Connection, file: &Path, now: DateTime<Utc>) -> Result<HealthCheck, StoreError> {
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
pub(super) fn zones() -> HealthCheck {
    let whose = match zone::origin() {
        Origin::Bundled => "which came with Leadtrail".to_owned(),
        Origin::System(folder) => format!("of this computer ({}), newer than Leadtrail's own", folder.display()),
    };
    let text = format!("They are IANA's release {}, {whose}.", zone::version());
    HealthCheck::ok("zones", "The rules of time zones are known", text)
}

/// A length of time in words.
pub(super) fn span(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (1, hours, _) => format!("1 day {hours} h"),
        (days, hours, _) => format!("{days} days {hours} h"),
    }
}

/// A size in words.
pub(super) fn size(bytes: u64) -> String {
    const MB: u64 = 1024 * 1024;
    match bytes / MB {
        0 => "less than 1 MB".into(),
        mb if mb < 1024 => format!("{mb} MB"),
        _ => format!("{:.1} GB", bytes as f64 / (1024 * MB) as f64),
    }
}

pub(super) fn disk(folder: &Path, file: &Path) -> HealthCheck {
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
pub(super) fn permissions(folder: &Path) -> HealthCheck {
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
pub(super) fn permissions(folder: &Path) -> HealthCheck {
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

pub(super) fn integrity(problems: Option<&[String]>) -> HealthCheck {
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
