//! Backups: whole copies of the data file, made by SQLite's own online backup while it is written to.
//!
//! What the program keeps for itself before it changes the file (migrations, restores) lies in the folder
//! `backups` of the data folder, which is always there; the others lie where the owner wants them.

use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};
use utoipa::ToSchema;

use super::foreign::{Adoption, Foreign};
use super::waiting::InboxSnapshot;
use super::{StoreError, connect};
use crate::fs as files;
use crate::fs::PICKED;
pub(super) use crate::fs::{beside, sync_folder};

/// The folder of backups in the data folder.
pub const FOLDER: &str = files::BACKUPS;

/// Pages copied at once (2 MiB), and a breath in between: senders want the disk too.
const PAGES: i32 = 512;
const BREATH: Duration = Duration::from_millis(1);
/// How long another program may hold the file before copying is given up.
const PATIENCE: Duration = Duration::from_secs(10);
/// A backup from further ahead than this was named by a wrong clock, and does not count as the latest.
const AHEAD: TimeDelta = TimeDelta::hours(1);
/// Migrations of which the backup is kept.
const MIGRATIONS_KEPT: usize = 3;

/// Of what was saved while the file was not in its place, as many are kept. Each holds what those before it hold.
const SAVED_KEPT: usize = 5;

/// Why a backup was made.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, EnumString, IntoStaticStr, VariantArray,
)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum BackupKind {
    /// Once a day.
    Daily,
    /// Once a week: the day's as well.
    Weekly,
    /// Every thirty days: the week's as well.
    Monthly,
    /// Before a newer program changed the file.
    Migration,
    /// Somebody asked for it.
    Hand,
    /// What was there before another file took its place.
    BeforeRestore,
    /// What was open when the file was taken away or replaced.
    Saved,
}

impl BackupKind {
    /// The word in names and JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// The name of a backup, such as `leadtrail-2026-11-22T091400Z-daily.sqlite`. Nothing else is ever looked for in
/// a folder of backups: a name from outside is read into this, and never used as a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackupName {
    /// To the second, UTC.
    pub made_at: DateTime<Utc>,
    /// Why.
    pub kind: BackupKind,
}

const STAMP: &str = "%Y-%m-%dT%H%M%SZ";

impl BackupName {
    /// The name, if it is one.
    pub fn parse(text: &str) -> Option<BackupName> {
        let rest = text.strip_prefix("leadtrail-")?.strip_suffix(".sqlite")?;
        let (stamp, kind) = rest.split_at_checked(rest.find('Z')? + 1)?;
        let kind = kind.strip_prefix('-')?;
        let kind = kind.parse().ok()?;
        let name = BackupName { made_at: NaiveDateTime::parse_from_str(stamp, STAMP).ok()?.and_utc(), kind };
        (name.to_string() == text).then_some(name)
    }
}

impl fmt::Display for BackupName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "leadtrail-{}-{}.sqlite", self.made_at.format(STAMP), self.kind.as_str())
    }
}

/// A backup that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupFile {
    /// Its name.
    pub name: BackupName,
    /// Bytes.
    pub size: u64,
    /// Where it is.
    pub path: PathBuf,
}

/// How many of the regular ones are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Of each day.
    pub daily: usize,
    /// Of each week.
    pub weekly: usize,
    /// Of each month.
    pub monthly: usize,
}

/// Where the backups of a data folder are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folders {
    /// In the data folder.
    pub own: PathBuf,
    /// The one the owner picked.
    pub chosen: Option<PathBuf>,
}

/// Keeps beside the data file which folder the owner picked.
///
/// # Errors
/// [`StoreError::Disk`].
pub fn remember(data: &Path, chosen: Option<&str>) -> Result<(), StoreError> {
    let place = data.join(PICKED);
    let Some(chosen) = chosen else {
        return match fs::remove_file(&place) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        };
    };
    if fs::read_to_string(&place).is_ok_and(|known| known == chosen) {
        return Ok(());
    }
    Ok(files::put(&place, chosen.as_bytes())?)
}

/// The folder the owner picked, as it was kept beside the data file.
pub fn remembered(data: &Path) -> Option<String> {
    fs::read_to_string(data.join(PICKED)).ok().filter(|chosen| Path::new(chosen).is_absolute())
}

impl Folders {
    /// Of the data in `data`, whose file cannot be asked what the owner picked.
    pub fn remembered(data: &Path) -> Folders {
        Folders::of(data, remembered(data).as_deref())
    }

    /// Of the data in `data`, where the owner picked `chosen` or nothing.
    pub fn of(data: &Path, chosen: Option<&str>) -> Folders {
        let own = data.join(FOLDER);
        let chosen = chosen.map(PathBuf::from).filter(|folder| *folder != own);
        Folders { own, chosen }
    }

    /// Where the regular ones go.
    pub fn main(&self) -> &Path {
        self.chosen.as_deref().unwrap_or(&self.own)
    }

    /// Every backup, newest first. A folder that is not there has none.
    pub fn list(&self) -> Vec<BackupFile> {
        let mut all: Vec<BackupFile> = Vec::new();
        for folder in self.chosen.iter().chain([&self.own]) {
            for kept in list(folder) {
                // The same name twice is the same backup, copied.
                if !all.iter().any(|known| known.name == kept.name) {
                    all.push(kept);
                }
            }
        }
        // Of one second, what was saved holds what the other holds.
        all.sort_by_key(|kept| {
            let BackupName { made_at, kind } = kept.name;
            (std::cmp::Reverse(made_at), kind != BackupKind::Saved, kind.as_str())
        });
        all
    }

    /// The backup of that name.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is none.
    pub fn find(&self, name: &str) -> Result<BackupFile, StoreError> {
        let wanted = BackupName::parse(name);
        let found = self.list().into_iter().find(|kept| Some(kept.name) == wanted);
        found.ok_or(StoreError::NotFound("There is no such backup."))
    }

    /// Deletes regular backups beyond those to be kept, oldest first, and answers which. What somebody asked for,
    /// and what was there before a restore, is never deleted by itself.
    ///
    /// # Errors
    /// [`StoreError::Disk`].
    pub fn prune(&self, keep: Keep) -> Result<Vec<BackupName>, StoreError> {
        let mut gone = Vec::new();
        let all = self.list();
        for (kind, most) in [
            (BackupKind::Daily, keep.daily),
            (BackupKind::Weekly, keep.weekly),
            (BackupKind::Monthly, keep.monthly),
            (BackupKind::Migration, MIGRATIONS_KEPT),
            (BackupKind::Saved, SAVED_KEPT),
        ] {
            for old in all.iter().filter(|kept| kept.name.kind == kind).skip(most.max(1)) {
                remove(old)?;
                gone.push(old.name);
            }
        }
        Ok(gone)
    }
}

fn list(folder: &Path) -> Vec<BackupFile> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let kept = |entry: fs::DirEntry| {
        let name = BackupName::parse(entry.file_name().to_str()?)?;
        // A link could lead anywhere.
        let about = entry.path().symlink_metadata().ok()?;
        about.is_file().then(|| BackupFile { name, size: about.len(), path: entry.path() })
    };
    entries.flatten().filter_map(kept).collect()
}

/// Deletes a backup, and what SQLite may have left beside it.
///
/// # Errors
/// [`StoreError::Disk`].
pub fn remove(kept: &BackupFile) -> Result<(), StoreError> {
    fs::remove_file(&kept.path)?;
    for part in ["-wal", "-shm"] {
        let _ = fs::remove_file(beside(&kept.path, part));
    }
    Ok(())
}

/// Which regular backup is due: the largest whose time has come, as it is those of shorter times as well.
pub fn due(all: &[BackupFile], now: DateTime<Utc>) -> Option<BackupKind> {
    use BackupKind::{Daily, Monthly, Weekly};
    // A few hours less than the time itself, so that a computer that is switched on a little earlier each day
    // has its backup each day.
    let times: [(BackupKind, &[BackupKind], TimeDelta); 3] = [
        (Monthly, &[Monthly], TimeDelta::hours(30 * 24 - 4)),
        (Weekly, &[Weekly, Monthly], TimeDelta::hours(7 * 24 - 4)),
        (Daily, &[Daily, Weekly, Monthly], TimeDelta::hours(20)),
    ];
    let last = |kinds: &[BackupKind]| {
        let counts = |kept: &&BackupFile| kinds.contains(&kept.name.kind) && kept.name.made_at <= now + AHEAD;
        all.iter().filter(counts).map(|kept| kept.name.made_at).max()
    };
    times.into_iter().find(|(_, kinds, time)| last(kinds).is_none_or(|last| now - last >= *time)).map(|(kind, ..)| kind)
}

/// Makes the folder for its owner alone, and tries whether it can be written.
///
/// # Errors
/// [`StoreError::Invalid`] with a plain sentence.
pub fn make_folder(folder: &Path) -> Result<(), StoreError> {
    let unfit = |why: String| StoreError::Invalid(format!("Backups cannot be kept in {}: {why}.", folder.display()));
    if folder.exists() && !folder.is_dir() {
        return Err(unfit("it is a file, not a folder".into()));
    }
    files::make_folder(folder).and_then(|()| files::takes_files(folder)).map_err(|error| unfit(error.to_string()))
}

/// What hears how far a copy is, in pages of how many, and says whether to go on.
pub type CopyProgress<'a> = &'a mut dyn FnMut(u64, u64) -> bool;

/// A place for a backup that is not there yet.
///
/// # Errors
/// [`StoreError::Invalid`] when the folder cannot be used.
pub fn place_for(folder: &Path, kind: BackupKind, now: DateTime<Utc>) -> Result<BackupFile, StoreError> {
    make_folder(folder)?;
    let mut name = BackupName { made_at: DateTime::from_timestamp(now.timestamp(), 0).unwrap_or(now), kind };
    while folder.join(name.to_string()).exists() {
        name.made_at += TimeDelta::seconds(1);
    }
    Ok(BackupFile { name, size: 0, path: folder.join(name.to_string()) })
}

/// Keeps the file as it is, whatever is wrong with it, before another takes its place.
///
/// # Errors
/// [`StoreError`] with a plain sentence; then nothing of it is left.
pub fn keep_before_restore(file: &Path, folder: &Path, now: DateTime<Utc>) -> Result<BackupFile, StoreError> {
    make_one(file, folder, BackupKind::BeforeRestore, now, false, &mut |_, _| true)
}

/// Saves the file that was open when a program ended, whatever name it has now.
///
/// # Errors
/// [`StoreError`] with a plain sentence; then nothing of it is left.
pub(super) fn save(file: &Path, folder: &Path, now: DateTime<Utc>) -> Result<BackupFile, StoreError> {
    make_one(file, folder, BackupKind::Saved, now, false, &mut |_, _| true)
}

/// Saves what a connection has open, also where the file has no name any more. `meanwhile` is called again and again until
/// it is done: whoever waits for this thread is answered there.
///
/// # Errors
/// [`StoreError`] with a plain sentence; then nothing of it is left.
pub(super) fn save_open(
    connection: &Connection,
    folder: &Path,
    now: DateTime<Utc>,
    meanwhile: &mut dyn FnMut(),
) -> Result<BackupFile, StoreError> {
    save_by(folder, now, meanwhile, |part, meanwhile| {
        let mut target = Connection::open(part)?;
        target.pragma_update(None, "synchronous", "OFF")?;
        let mut progress = |_, _| {
            meanwhile();
            true
        };
        step_through(&Backup::new(connection, &mut target)?, &mut progress).map_err(no_room(folder))?;
        Ok(target)
    })
}

/// Saves a main file that is whole by itself, and that nobody has open, wherever it is: `copy` copies it. `meanwhile` as in
/// [`save_open`].
///
/// # Errors
/// [`StoreError`] with a plain sentence; then nothing of it is left.
pub(super) fn save_alone(
    copy: impl FnOnce(&mut File) -> std::io::Result<()>,
    folder: &Path,
    now: DateTime<Utc>,
    meanwhile: &mut dyn FnMut(),
) -> Result<BackupFile, StoreError> {
    save_by(folder, now, meanwhile, |part, _| {
        let mut file = File::options().write(true).open(part)?;
        copy(&mut file).map_err(|error| no_room(folder)(error.into()))?;
        drop(file);
        Ok(Connection::open(part)?)
    })
}

/// Saves what `copy` puts into the file it is given.
fn save_by(
    folder: &Path,
    now: DateTime<Utc>,
    meanwhile: &mut dyn FnMut(),
    copy: impl FnOnce(&Path, &mut dyn FnMut()) -> Result<Connection, StoreError>,
) -> Result<BackupFile, StoreError> {
    let kept = place_for(folder, BackupKind::Saved, now)?;
    let part = UnfinishedFile::new(beside(&kept.path, ".part"))?;
    let target = copy(&part.path, meanwhile)?;
    target.pragma_update(None, "journal_mode", "DELETE")?;
    target.close().map_err(|(_, error)| error)?;
    elsewhere(|| settle(&part.path), meanwhile)?;
    put_in_place(&part, kept)
}

/// Looks at a copy and puts it on disk. Both read all of it, which takes long where it is large.
fn settle(copy: &Path) -> Result<(), StoreError> {
    look_at_copy(copy)?;
    put_on_disk(copy)
}

fn put_on_disk(copy: &Path) -> Result<(), StoreError> {
    Ok(File::open(copy).and_then(|copy| copy.sync_all())?)
}

/// Gives a copy that is whole and on disk its name.
fn put_in_place(part: &UnfinishedFile, kept: BackupFile) -> Result<BackupFile, StoreError> {
    fs::rename(&part.path, &kept.path)?;
    sync_folder(kept.path.parent().unwrap_or(&kept.path));
    Ok(BackupFile { size: kept.path.metadata()?.len(), ..kept })
}

/// Does `work` on a thread of its own, and calls `meanwhile` on this one until that is done, at least once.
fn elsewhere(
    work: impl FnOnce() -> Result<(), StoreError> + Send,
    meanwhile: &mut dyn FnMut(),
) -> Result<(), StoreError> {
    std::thread::scope(|scope| {
        let worker = std::thread::Builder::new().name("save".into()).spawn_scoped(scope, work)?;
        loop {
            meanwhile();
            if worker.is_finished() {
                break;
            }
            std::thread::sleep(BREATH);
        }
        worker.join().unwrap_or_else(|_| Err(StoreError::Internal("a copy could not be looked at".into())))
    })
}

/// Makes a backup of `file` as it is now, in `folder`. It has its name only once it is whole, checked and on disk.
///
/// # Errors
/// [`StoreError`] with a plain sentence; then nothing of it is left.
pub fn make(
    file: &Path,
    folder: &Path,
    kind: BackupKind,
    now: DateTime<Utc>,
    progress: CopyProgress<'_>,
) -> Result<BackupFile, StoreError> {
    make_one(file, folder, kind, now, true, progress)
}

fn make_one(
    file: &Path,
    folder: &Path,
    kind: BackupKind,
    now: DateTime<Utc>,
    look: bool,
    progress: CopyProgress<'_>,
) -> Result<BackupFile, StoreError> {
    let kept = place_for(folder, kind, now)?;
    let part = UnfinishedFile::new(beside(&kept.path, ".part"))?;
    copy(file, &part.path, progress).map_err(no_room(folder))?;
    if look {
        settle(&part.path)?
    } else {
        put_on_disk(&part.path)?
    }
    put_in_place(&part, kept)
}

fn no_room(folder: &Path) -> impl Fn(StoreError) -> StoreError + '_ {
    move |error| match error {
        StoreError::Disk(why) => StoreError::Disk(format!("No backup could be written to {}: {why}", folder.display())),
        other => other,
    }
}

/// Copies a data file whole, as it is at one moment, into a plain file without anything beside it.
pub(super) fn copy(from: &Path, to: &Path, progress: CopyProgress<'_>) -> Result<(), StoreError> {
    let waits = InboxSnapshot::beside(from)?;
    let source = read_only(from)?;
    // Held throughout: without it every commit of the writer would make the copy begin again.
    let moment = source.unchecked_transaction()?;
    moment.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))?;
    let mut target = Connection::open(to)?;
    target.pragma_update(None, "synchronous", "OFF")?;
    {
        let backup = Backup::new(&moment, &mut target)?;
        step_through(&backup, progress)?;
    }
    waits.copy_into(&mut target)?;
    // A file that was written ahead of itself needs others beside it; a backup is one file.
    target.pragma_update(None, "journal_mode", "DELETE")?;
    target.close().map_err(|(_, error)| error)?;
    Ok(())
}

pub(super) fn step_through(backup: &Backup<'_, '_>, progress: CopyProgress<'_>) -> Result<(), StoreError> {
    let mut waited = Duration::ZERO;
    loop {
        match backup.step(PAGES)? {
            StepResult::Done => return Ok(()),
            StepResult::More => {
                let so_far = backup.progress();
                let of = u64::try_from(so_far.pagecount).unwrap_or_default();
                let left = u64::try_from(so_far.remaining).unwrap_or_default();
                if !progress(of.saturating_sub(left), of) {
                    return Err(StoreError::Stopped);
                }
                std::thread::sleep(BREATH);
            }
            _ if waited >= PATIENCE => return Err(StoreError::Locked),
            _ => {
                let pause = Duration::from_millis(20);
                waited += pause;
                std::thread::sleep(pause);
            }
        }
    }
}

/// Opens a file to read it, whatever folder it lies in.
pub(super) fn read_only(path: &Path) -> Result<Connection, StoreError> {
    if !path.is_file() {
        return Err(StoreError::NotFound("There is no such file."));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    Ok(connection)
}

/// Writes a backup anew: `change` gets a copy of its rows in a file of our own schema, which takes its place once it is whole
/// and on disk.
///
/// # Errors
/// What the change answered, or [`StoreError`]; then the backup stays as it was.
pub fn rewrite(
    kept: &BackupFile,
    change: impl FnOnce(&Path) -> Result<(), StoreError>,
) -> Result<BackupFile, StoreError> {
    let folder = kept.path.parent().unwrap_or(&kept.path);
    let part = UnfinishedFile::new(beside(&kept.path, ".part"))?;
    let rows = Foreign::open(&kept.path).and_then(|old| old.copy_into(&part.path, Adoption::Whole, &mut |_, _| true));
    rows.map_err(|error| match error {
        StoreError::Invalid(why) => StoreError::Invalid(format!("{} cannot be written anew: {why}.", kept.name)),
        other => no_room(folder)(other),
    })?;
    change(&part.path)?;
    settle(&part.path)?;
    fs::rename(&part.path, &kept.path)?;
    // What was written ahead of the old one is in the new one, without those who were erased; it is not the new one's.
    for part in ["-wal", "-shm"] {
        let _ = fs::remove_file(beside(&kept.path, part));
    }
    sync_folder(folder);
    Ok(BackupFile { size: kept.path.metadata()?.len(), ..kept.clone() })
}

/// Opens a file to read its last committed state.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn reader(path: &Path) -> Result<Connection, StoreError> {
    connect::reader(path)
}

/// Opens a backup whose pages hang together.
///
/// # Errors
/// [`StoreError::Damaged`] when they do not.
pub fn whole(kept: &BackupFile) -> Result<Connection, StoreError> {
    look_at_copy(&kept.path)?;
    super::foreign::open(&kept.path)
}

/// The quick look every backup gets: its pages hang together.
fn look_at_copy(path: &Path) -> Result<(), StoreError> {
    let connection = super::foreign::open(path)?;
    match integrity(&connection, "quick_check")? {
        None => Ok(()),
        Some(trouble) => Err(StoreError::Damaged(trouble)),
    }
}

/// What SQLite finds wrong; `None` where nothing is. `how` is `quick_check` or `integrity_check`.
pub(super) fn integrity(connection: &Connection, how: &str) -> Result<Option<String>, StoreError> {
    let mut trouble = None;
    let look = connection.pragma_query(None, how, |row| {
        let line: String = row.get(0)?;
        if line != "ok" && trouble.is_none() {
            trouble = Some(line.lines().next().unwrap_or_default().to_string());
        }
        Ok(())
    });
    match look.map_err(StoreError::from) {
        Ok(()) => Ok(trouble),
        Err(StoreError::Damaged(text)) => Ok(Some(text)),
        Err(error) => Err(error),
    }
}

/// A file that is removed again, with what lies beside it, unless it was renamed by then.
#[derive(Debug)]
pub(super) struct UnfinishedFile {
    pub path: PathBuf,
}

impl UnfinishedFile {
    /// A new empty file, its owner's alone.
    pub fn new(path: PathBuf) -> Result<UnfinishedFile, StoreError> {
        let unfinished = UnfinishedFile { path };
        unfinished.remove();
        files::create_new(&unfinished.path)?;
        Ok(unfinished)
    }

    fn remove(&self) {
        for end in ["", "-wal", "-shm", "-journal"] {
            let _ = fs::remove_file(beside(&self.path, end));
        }
    }
}

impl Drop for UnfinishedFile {
    fn drop(&mut self) {
        self.remove();
    }
}

/// Removes what a program that was killed left half made in a folder of backups.
pub fn tidy(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        let of = name.strip_suffix("-shm").filter(|of| BackupName::parse(of).is_some());
        if of.is_some_and(|of| folder.join(of).symlink_metadata().is_err()) {
            // The index of a file that is no more.
            let _ = fs::remove_file(entry.path());
            continue;
        }
        let whole = name.split_once(".part").map(|(whole, _)| whole);
        if whole.is_some_and(|whole| BackupName::parse(whole).is_some()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::migrations;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn kept(text: &str, kind: BackupKind) -> BackupFile {
        BackupFile { name: BackupName { made_at: at(text), kind }, size: 0, path: PathBuf::new() }
    }

    #[test]
    fn names_say_when_and_why_and_are_never_paths() {
        let name = BackupName { made_at: at("2026-11-22T09:14:00Z"), kind: BackupKind::Daily };
        assert_eq!(name.to_string(), "leadtrail-2026-11-22T091400Z-daily.sqlite");
        for kind in BackupKind::VARIANTS.iter().copied() {
            let name = BackupName { kind, ..name };
            assert_eq!(BackupName::parse(&name.to_string()), Some(name));
        }
        for wrong in [
            "",
            "leadtrail.sqlite",
            "../leadtrail-2026-11-22T091400Z-daily.sqlite",
            "leadtrail-2026-11-22T091400Z-daily.sqlite/..",
            "leadtrail-2026-11-22T091400Z-/../../etc/passwd.sqlite",
            "leadtrail-2026-13-22T091400Z-daily.sqlite",
            "leadtrail-2026-11-22T9:14:00Z-daily.sqlite",
            "leadtrail-+2026-11-22T091400Z-daily.sqlite",
            "leadtrail-2026-11-22T091400Z-daily.sqlite.part",
            "leadtrail-2026-11-22T091400Z-yearly.sqlite",
            "leadtrail-éZ-daily.sqlite",
        ] {
            assert_eq!(BackupName::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_largest_backup_whose_time_has_come_is_due() {
        let now = at("2026-11-22T09:00:00Z");
        assert_eq!(due(&[], now), Some(BackupKind::Monthly));
        let month = kept("2026-11-01T09:00:00Z", BackupKind::Monthly);
        assert_eq!(due(std::slice::from_ref(&month), now), Some(BackupKind::Weekly));
        let week = kept("2026-11-20T09:00:00Z", BackupKind::Weekly);
        assert_eq!(due(&[month.clone(), week.clone()], now), Some(BackupKind::Daily));
        let day = kept("2026-11-21T13:30:00Z", BackupKind::Daily);
        let all = [month.clone(), week.clone(), day];
        assert_eq!(due(&all, now), None, "nineteen and a half hours");
        assert_eq!(due(&all, at("2026-11-22T09:31:00Z")), Some(BackupKind::Daily));
        // What was made by hand is beside the row of days; what a wrong clock named does not count.
        let others = [
            month,
            week,
            kept("2026-11-22T08:00:00Z", BackupKind::Hand),
            kept("2035-01-01T00:00:00Z", BackupKind::Daily),
        ];
        assert_eq!(due(&others, now), Some(BackupKind::Daily));
    }

    #[test]
    fn whoever_comes_while_a_copy_is_looked_at_and_put_on_disk_is_answered() {
        let folder = tempfile::tempdir().unwrap();
        let mut connection = connect::writer(&folder.path().join("open.sqlite")).unwrap();
        migrations::migrate(&mut connection).unwrap();
        let mut answered = 0;
        // It is copied in one step.
        let saved = save_open(&connection, &folder.path().join("backups"), at("2026-11-22T09:00:00Z"), &mut || {
            answered += 1;
        });
        assert!(saved.unwrap().path.is_file());
        assert!(answered > 0);
        // However long it takes.
        let (go_on, goes_on) = std::sync::mpsc::channel::<()>();
        let (mut go_on, mut left) = (Some(go_on), 5);
        let waits = move || {
            let _ = goes_on.recv();
            Err(StoreError::Stopped)
        };
        let done = elsewhere(waits, &mut || {
            left -= 1;
            if left == 0 {
                go_on = None;
            }
        });
        assert!(matches!(done, Err(StoreError::Stopped)), "what it found is said");
        assert!(left <= 0);
    }

    #[test]
    fn what_is_beyond_the_number_kept_goes() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::of(folder.path(), None);
        fs::create_dir_all(&folders.own).unwrap();
        for day in 1..=9 {
            for kind in [BackupKind::Daily, BackupKind::Hand, BackupKind::BeforeRestore] {
                let name = BackupName { made_at: at(&format!("2026-11-0{day}T09:00:00Z")), kind };
                fs::write(folders.own.join(name.to_string()), b"x").unwrap();
            }
        }
        fs::write(folders.own.join("notes.txt"), b"mine").unwrap();
        let gone = folders.prune(Keep { daily: 7, weekly: 5, monthly: 12 }).unwrap();
        assert_eq!(gone.len(), 2);
        assert!(gone.iter().all(|name| name.kind == BackupKind::Daily && name.made_at < at("2026-11-03T00:00:00Z")));
        assert_eq!(folders.list().len(), 25);
        assert!(folders.own.join("notes.txt").exists());
    }
}
