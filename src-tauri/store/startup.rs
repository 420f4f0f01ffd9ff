//! What is looked at before the file is opened: whether it is there, where there was one, and whether it is the one
//! that was written last.
//!
//! Beside the file lies what says so without it: a note of how far the journal was (`NOTE`), and, while a program
//! has it open for good, a second name of the file and of what is written ahead of it (`OPEN`), so that both are
//! there also after the first name was taken away or given to another file and the plug was pulled.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};

use super::backup::{self, Folders, beside, sync_folder};
use super::guard::{is_nothing, is_same, link};
use super::{DataLock, FILE, Lack, StoreError, connect};
use crate::clock;

/// How far the journal was when it was last looked.
const NOTE: &str = crate::fs::KNOWN;
/// The second name of the open file. With `-wal` behind it, that of what is written ahead.
const OPEN: &str = "leadtrail.open.sqlite";

/// How far a journal goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct JournalExtent {
    /// The last number that was given out.
    pub given: i64,
    /// The last entry that is there, …
    pub last: i64,
    /// … and when it was received. Microseconds.
    pub received_at: i64,
}

impl JournalExtent {
    /// Of an open file; nothing where it has no journal yet.
    pub(super) fn of(connection: &Connection) -> Result<JournalExtent, StoreError> {
        let has = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'journal')";
        if !connection.query_row(has, [], |row| row.get::<_, bool>(0))? {
            return Ok(JournalExtent::default());
        }
        let given = connection
            .prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'journal'")?
            .query_row([], |row| row.get(0))
            .optional()?;
        let last = connection
            .prepare_cached("SELECT seq, received_at FROM journal ORDER BY seq DESC LIMIT 1")?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let (last, received_at) = last.unwrap_or_default();
        Ok(JournalExtent { given: given.unwrap_or_default(), last, received_at })
    }

    /// Whether an open file holds everything up to here.
    pub(super) fn is_in(&self, connection: &Connection) -> Result<bool, StoreError> {
        let theirs = JournalExtent::of(connection)?;
        if theirs.given < self.given {
            return Ok(false);
        }
        if self.last == 0 {
            return Ok(true);
        }
        // What was taken out since is missing there by rights.
        let there: Option<i64> = connection
            .query_row("SELECT received_at FROM journal WHERE seq = ?1", [self.last], |row| row.get(0))
            .optional()?;
        Ok(there.is_none_or(|received_at| received_at == self.received_at))
    }
}

/// Notes beside the file how far it goes.
pub(super) fn note(folder: &Path, reach: JournalExtent) -> Result<(), StoreError> {
    let part = folder.join(format!("{NOTE}.part"));
    connect::private_file(&part)?;
    fs::write(&part, serde_json::to_vec(&reach)?)?;
    fs::rename(&part, folder.join(NOTE))?;
    Ok(())
}

pub(super) fn noted(folder: &Path) -> Option<JournalExtent> {
    serde_json::from_slice(&fs::read(folder.join(NOTE)).ok()?).ok()
}

/// Gives the open file its second name.
pub(super) fn keep_open(path: &Path, folder: &Path) {
    link(path, &folder.join(OPEN));
    link(&beside(path, "-wal"), &beside(&folder.join(OPEN), "-wal"));
}

/// Takes the second name away again: the file was closed in order, or its content is kept elsewhere.
pub(super) fn let_go(folder: &Path) {
    for end in ["-wal", "-shm", ""] {
        let _ = fs::remove_file(beside(&folder.join(OPEN), end));
    }
}

/// What is there now is what is wanted, whatever there was before.
///
/// # Errors
/// [`StoreError::Disk`].
pub fn accept(folder: &Path) -> Result<(), StoreError> {
    match fs::remove_file(folder.join(NOTE)) {
        Err(error) if !is_nothing(&error) => return Err(error.into()),
        _ => {}
    }
    let_go(folder);
    sync_folder(folder);
    Ok(())
}

/// Makes room for an empty file that is begun on purpose: whatever lies at its path, such as a link that leads to
/// nothing, is kept under another name.
///
/// # Errors
/// [`StoreError::Disk`].
pub fn make_room(folder: &Path) -> Result<(), StoreError> {
    keep_ahead(folder)?;
    accept(folder)?;
    ["", "-wal", "-shm"].iter().try_for_each(|end| put_aside(&beside(&folder.join(FILE), end)).map(drop))
}

/// Keeps what was written ahead of a file that is empty or gone under another name, and answers where: SQLite deletes
/// it as soon as somebody opens the empty file, be it to read, and it may be the only place where something is.
///
/// # Errors
/// [`StoreError::Disk`].
pub fn keep_ahead(folder: &Path) -> Result<Option<PathBuf>, StoreError> {
    let main = folder.join(FILE);
    if main.metadata().is_ok_and(|about| !about.is_file() || about.len() > 0) {
        return Ok(None);
    }
    let (own, second) = (beside(&main, "-wal"), beside(&folder.join(OPEN), "-wal"));
    let same = |one: &Path, other: &Path| {
        one.symlink_metadata().is_ok_and(|one| other.symlink_metadata().is_ok_and(|other| is_same(&one, &other)))
    };
    let is_kept = same(&own, &second);
    let kept = put_aside(&own)?;
    Ok(if is_kept { kept } else { kept.or(put_aside(&second)?) })
}

/// Everything in `folder` that was written ahead of a data file, under whatever name: what belongs to it first.
pub(super) fn written_ahead(folder: &Path) -> Vec<PathBuf> {
    let main = beside(&folder.join(FILE), "-wal");
    let second = beside(&folder.join(OPEN), "-wal");
    let mut found = vec![main.clone(), second.clone()];
    for n in (1..=ASIDE_TRIED).rev() {
        found.extend([&main, &second].map(|path| aside(path, n)));
    }
    found.retain(|path| path.symlink_metadata().is_ok_and(|about| about.is_file() && about.len() > 0));
    found
}

/// Deletes a data file on purpose, with everything that says that there was one, but backups.
///
/// # Errors
/// [`StoreError::Disk`].
pub fn delete(folder: &Path) -> Result<(), StoreError> {
    accept(folder)?;
    for file in [FILE, crate::fs::INBOX] {
        for end in ["-wal", "-shm", ""] {
            match fs::remove_file(beside(&folder.join(file), end)) {
                Err(error) if !is_nothing(&error) => return Err(error.into()),
                _ => {}
            }
        }
    }
    DataLock::forget(folder);
    Ok(())
}

/// Whether a file with something in it lies in its place.
pub fn holds_file(folder: &Path) -> bool {
    let path = folder.join(FILE);
    let holds = path.symlink_metadata().is_ok_and(|about| about.is_file() && about.len() > 0);
    holds && !connect::alone(&path).and_then(|connection| connect::is_empty(&connection)).unwrap_or(false)
}

/// Whether something beside it says that there was a data file. Who holds the folder says how it found the lock.
pub fn was_there(folder: &Path, lock: Option<&DataLock>) -> bool {
    has_ahead(folder) || is_said(folder, lock)
}

/// Whether anything was written ahead of the file.
fn has_ahead(folder: &Path) -> bool {
    let holds = |name: String| folder.join(name).metadata().is_ok_and(|about| about.len() > 0);
    holds(format!("{FILE}-wal")) || holds(format!("{OPEN}-wal"))
}

/// Whether something other than what is written ahead says so: a first start that broke off may have left that.
fn is_said(folder: &Path, lock: Option<&DataLock>) -> bool {
    let has = |name: &str| folder.join(name).symlink_metadata().is_ok_and(|about| about.is_file());
    has(NOTE)
        || has(OPEN)
        || lock.map_or_else(|| DataLock::tells(folder), DataLock::told)
        || backup::remembered(folder).is_some()
        || !Folders::remembered(folder).list().is_empty()
}

/// Whether the file under its second name, with what was written ahead of it, holds more than the file alone. Where
/// another program moved that into the file since, it does not, and may be older.
fn holds_more(open: &Path, main: &Path) -> Result<bool, StoreError> {
    let alone = connect::alone(main).and_then(|connection| JournalExtent::of(&connection));
    let together = || -> Result<JournalExtent, StoreError> {
        let connection = backup::read_only(open)?;
        match backup::integrity(&connection, "quick_check")? {
            None => JournalExtent::of(&connection),
            Some(trouble) => Err(StoreError::Damaged(trouble)),
        }
    };
    let together = together();
    let _ = fs::remove_file(beside(open, "-shm"));
    let age = |path: &Path| path.metadata().and_then(|about| about.modified()).ok();
    Ok(match (alone, together) {
        (Ok(alone), Ok(together)) if alone.given == together.given => age(&beside(open, "-wal")) > age(main),
        (Ok(alone), Ok(together)) => together.given > alone.given,
        (Err(_), Ok(_)) => true,
        (_, Err(_)) => false,
    })
}

fn missing(folder: &Path, what: &str) -> StoreError {
    let text = format!("The data file is not where it was: {what} at {}", folder.join(FILE).display());
    StoreError::Displaced(Lack::Missing, text)
}

fn busy(folder: &Path) -> StoreError {
    let text = format!(
        "Something was changed in {} while Leadtrail had it open or was not running. `leadtrail serve` or the window looks \
         into it",
        folder.display()
    );
    StoreError::Displaced(Lack::Older, text)
}

/// Looks before the file in `folder` is opened, and answers whether it is there. `lock` is that of the caller, where it
/// holds the folder: only then anything is put right.
///
/// # Errors
/// [`StoreError::Displaced`] where there was a file, and it is not there or is another; [`StoreError::Damaged`] where
/// it is empty, and what was in it may be found elsewhere.
pub(super) fn look(folder: &Path, lock: Option<&DataLock>) -> Result<bool, StoreError> {
    let main = folder.join(FILE);
    let about = match main.symlink_metadata() {
        Ok(about) if about.is_dir() => Err("a folder lies"),
        Ok(about) if about.is_symlink() && !main.exists() => Err("a link that leads to nothing lies"),
        Ok(about) if about.is_symlink() => Err("a link, which Leadtrail does not follow there, lies"),
        Ok(about) if !about.is_file() => Err("something that is no file lies"),
        Ok(about) if about.len() == 0 && was_there(folder, lock) => return Err(emptied(folder, lock)?),
        Ok(_) => Ok(()),
        Err(error) if !is_nothing(&error) => return Err(error.into()),
        Err(_) if was_there(folder, lock) => Err("nothing lies"),
        Err(_) => return Ok(false),
    };
    if let Err(what) = about {
        if lock.is_some() {
            save(folder)?;
        }
        return Err(missing(folder, what));
    }
    look_beside(folder, lock)?;
    Ok(true)
}

/// What is to be said of an empty file where there was data. It is not opened: SQLite would throw away what is written
/// ahead of it.
fn emptied(folder: &Path, lock: Option<&DataLock>) -> Result<StoreError, StoreError> {
    let (ahead, kept_ahead) = (beside(&folder.join(FILE), "-wal"), beside(&folder.join(OPEN), "-wal"));
    let holds = |path: &Path| path.metadata().is_ok_and(|about| about.len() > 0);
    if lock.is_some() && !holds(&ahead) && holds(&kept_ahead) {
        put_aside(&ahead)?;
        fs::hard_link(&kept_ahead, &ahead)?;
        sync_folder(folder);
    }
    let is_elsewhere = has_ahead(folder) || !Folders::remembered(folder).list().is_empty();
    Ok(if is_elsewhere { StoreError::Damaged("it is empty".into()) } else { missing(folder, EMPTY) })
}

const EMPTY: &str = "an empty file lies";

/// Looks whether the file that is there is the one that was open last.
fn look_beside(folder: &Path, lock: Option<&DataLock>) -> Result<(), StoreError> {
    let main = folder.join(FILE);
    let open = folder.join(OPEN);
    let Ok(kept) = open.symlink_metadata() else { return Ok(()) };
    let (ahead, kept_ahead) = (beside(&main, "-wal"), beside(&open, "-wal"));
    let is_own = match (ahead.symlink_metadata(), kept_ahead.symlink_metadata()) {
        (_, Err(_)) => true,
        // It was closed in order since.
        (_, Ok(kept)) if kept.len() == 0 => true,
        (Ok(one), Ok(kept)) => is_same(&one, &kept),
        (Err(_), Ok(_)) => false,
    };
    let is_same_file = main.metadata().is_ok_and(|about| is_same(&about, &kept));
    match (is_same_file, is_own, lock) {
        (true, true, _) => Ok(()),
        (true, false, lock) => {
            // What is written ahead of a file belongs to it: without that, what was acknowledged last may be missing.
            let belongs = holds_more(&open, &main)?;
            match (belongs, lock) {
                (true, None) => return Err(busy(folder)),
                (true, Some(_)) => {
                    put_aside(&ahead)?;
                    let _ = fs::remove_file(beside(&main, "-shm"));
                    fs::hard_link(&kept_ahead, &ahead)?;
                    sync_folder(folder);
                }
                (false, Some(_)) => drop(fs::remove_file(&kept_ahead)),
                (false, None) => {}
            }
            Ok(())
        }
        (false, _, None) => Err(busy(folder)),
        (false, is_own, Some(_)) => {
            if is_own && kept_ahead.metadata().is_ok_and(|kept| kept.len() > 0) {
                // It is not written ahead of this file, and must not be taken for that.
                let _ = fs::remove_file(&ahead);
                let _ = fs::remove_file(beside(&main, "-shm"));
            }
            let Some(saved) = save(folder)? else { return Ok(()) };
            let holds_all = || -> Result<bool, StoreError> {
                let reach = JournalExtent::of(&backup::read_only(&saved.path)?)?;
                reach.is_in(&backup::read_only(&main)?)
            };
            match holds_all() {
                Ok(true) => Ok(backup::remove(&saved)?),
                // What cannot be read is found to be damaged when it is opened.
                Err(StoreError::Damaged(_)) => Ok(()),
                Ok(false) => {
                    Err(older(folder, JournalExtent::of(&backup::read_only(&saved.path)?)?, &backup::read_only(&main)?))
                }
                Err(error) => Err(error),
            }
        }
    }
}

/// Whether the open file is the one that was written last.
///
/// # Errors
/// [`StoreError::Displaced`] where it is an older one, or an empty one.
pub(super) fn compare(folder: &Path, lock: Option<&DataLock>, connection: &Connection) -> Result<(), StoreError> {
    if connect::is_empty(connection)? && is_said(folder, lock) {
        return Err(missing(folder, EMPTY));
    }
    match noted(folder) {
        Some(reach) if !reach.is_in(connection)? => Err(older(folder, reach, connection)),
        _ => Ok(()),
    }
}

fn older(folder: &Path, wanted: JournalExtent, found: &Connection) -> StoreError {
    let now = clock::now();
    let said = |reach: JournalExtent| match reach.last {
        0 => "is empty".to_string(),
        _ => format!("ends {}", clock::said(clock::from_micros(reach.received_at), now)),
    };
    let found = JournalExtent::of(found).unwrap_or_default();
    let text = format!(
        "The data file in {} is not the one that was written last: it {} (entry {}), and that one {} (entry {})",
        folder.display(),
        said(found),
        found.last,
        said(wanted),
        wanted.given
    );
    StoreError::Displaced(Lack::Older, text)
}

/// Makes a backup of the file that was open when the program ended, out of its second name.
fn save(folder: &Path) -> Result<Option<backup::BackupFile>, StoreError> {
    let open = folder.join(OPEN);
    match open.metadata() {
        Err(_) => return Ok(None),
        // What is written ahead of it waits for a backup that it fits: see `ahead`.
        Ok(about) if about.len() == 0 => {
            put_aside(&beside(&open, "-wal"))?;
            let_go(folder);
            return Ok(None);
        }
        Ok(_) => {}
    }
    let now: DateTime<Utc> = clock::now();
    // A copy: the file may be in use elsewhere, under the name it was moved to.
    let saved = backup::save(&open, &folder.join(backup::FOLDER), now)?;
    tracing::warn!("what was open when Leadtrail ended is saved as {}", saved.name);
    let_go(folder);
    Ok(Some(saved))
}

/// What a file that was put aside is called after its own name.
const ASIDE: &str = ".aside-";

/// Deletes what was written ahead of some file, or its index, or an inbox that could not be read, and was put aside: nobody can tell whether what was erased
/// here lies there.
///
/// # Errors
/// [`StoreError::Disk`].
pub fn drop_aside(folder: &Path) -> Result<(), StoreError> {
    let is_aside = |name: &str| {
        let of = |file: &str, end: &str| name.strip_prefix(file)?.strip_prefix(end)?.strip_prefix(ASIDE);
        let number = [FILE, OPEN].iter().find_map(|file| of(file, "-wal").or_else(|| of(file, "-shm")));
        let number = number.or_else(|| {
            ["-wal", "-shm", "", ".part", ".part-wal", ".part-shm"].iter().find_map(|end| of(crate::fs::INBOX, end))
        });
        number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_name().to_str().is_some_and(is_aside) || entry.file_type()?.is_dir() {
            continue;
        }
        match fs::remove_file(entry.path()) {
            Err(error) if !is_nothing(&error) => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

/// As many names of what was put aside are looked through for something that fits a backup.
const ASIDE_TRIED: u32 = 9;

fn aside(path: &Path, n: u32) -> PathBuf {
    beside(path, &format!("{ASIDE}{n}"))
}

/// Keeps a file that is in the way under another name, and answers that. An empty one is not kept.
///
/// # Errors
/// [`StoreError::Disk`].
pub fn put_aside(path: &Path) -> Result<Option<PathBuf>, StoreError> {
    match path.symlink_metadata() {
        Err(_) => Ok(None),
        Ok(about) if about.is_file() && about.len() == 0 => {
            fs::remove_file(path)?;
            Ok(None)
        }
        Ok(_) => {
            let mut n = 1;
            let aside = loop {
                let aside = aside(path, n);
                if aside.symlink_metadata().is_err() {
                    break aside;
                }
                n += 1;
            };
            tracing::warn!("{} is kept as {}", path.display(), aside.display());
            fs::rename(path, &aside)?;
            Ok(Some(aside))
        }
    }
}
