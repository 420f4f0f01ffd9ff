//! Another file in the place of this one: prepared beside it, with what may not be lost carried over, and then put
//! in its place in one step.
//!
//! A file that is open is replaced by SQLite itself, page by page in one transaction: readers of the old one finish,
//! other programs notice, and after a pulled plug it is either the old or the new one. One that is damaged cannot be
//! written to, so it is renamed; a note says what is under way, and whoever opens the data next finishes it.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use rusqlite::backup::Backup;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};
use serde::{Deserialize, Serialize};

use super::backup::{Unfinished, beside, integrity, step_through, sync_folder};
use super::salvage::{Hole, Opened, rows_around, rows_of_small, shared_columns};
use super::{Batch, FILE, StoreError, backup, codec, connect, refold, startup};
use crate::domain::Action;

/// The file that is prepared, in the data folder: on the same disk as the one whose place it takes.
const PREPARED: &str = "leadtrail.restoring.sqlite";
/// The readable copy of a damaged file.
const READABLE: &str = "leadtrail.reading.sqlite";
/// What is under way while a damaged file is renamed.
const NOTE: &str = "leadtrail.restoring.json";

/// What belongs to this machine, not to the moment a backup was made: kept as it is, whatever is restored.
const OF_THE_MACHINE: [&str; 2] = ["ui_token", "hooks_address"];

/// Tables that tell of this machine, in the order in which they lean on each other.
const TELL_OF_THE_MACHINE: [&str; 4] = ["runs", "gaps", "gap_sources", "heard"];

/// Tables that tell of files that were made: those of the current file and no others.
const OF_FILES: [&str; 3] = ["exports", "schedule_runs", "prints"];

/// Tables that are made anew from the others, beside those of [`refold::PROJECTION`].
const MADE_ANEW: [&str; 4] = ["counters", "erasing", "kept_out", "erasures"];

/// What is to be carried over from the current file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carry {
    /// What senders sent after this number of the journal, and how they are connected.
    Sent {
        /// Everything up to it is there.
        after: i64,
    },
    /// Nothing but the names and numbers that were given out.
    Names,
    /// Whatever can be read: the file begins empty.
    Everything,
}

/// What was carried over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Carried {
    /// Entries of the journal that are new in the file, in order: to be placed.
    pub entries: Vec<i64>,
    /// Deliveries among them.
    pub deliveries: u64,
    /// What people did since, left out.
    pub left_actions: u64,
    /// Imports since, left out.
    pub left_imports: u64,
    /// The last number of the journal that was looked at.
    pub upto: i64,
    /// People were erased since the number that was begun with.
    pub erased: bool,
    /// What could not be read, in plain words.
    pub lost: Vec<String>,
}

/// A file that is being prepared. It is removed again unless it took the other's place.
#[derive(Debug)]
pub struct Prepared {
    file: Unfinished,
}

impl Prepared {
    /// A copy of a backup, checked page by page.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] with a plain sentence when the backup cannot be used.
    pub fn of(data: &Path, from: &Path, progress: backup::Progress<'_>) -> Result<Prepared, StoreError> {
        let file = Unfinished::new(data.join(PREPARED))?;
        let unfit = |why: String| StoreError::Invalid(format!("{} cannot be restored: {why}.", from.display()));
        backup::copy(from, &file.path, progress).map_err(|error| match error {
            StoreError::Damaged(why) => unfit(format!("it is damaged ({why})")),
            other => other,
        })?;
        let connection = backup::read_only(&file.path)?;
        if let Some(trouble) = integrity(&connection, "integrity_check")? {
            return Err(unfit(format!("it is damaged ({trouble})")));
        }
        let ours = "SELECT count(*) FROM sqlite_schema WHERE name IN ('journal', 'sources', 'settings')";
        if connection.query_row(ours, [], |row| row.get::<_, i64>(0))? != 3 {
            return Err(unfit("it is not a file of Leadtrail's".into()));
        }
        drop(connection);
        Ok(Prepared { file })
    }

    /// An empty file.
    ///
    /// # Errors
    /// [`StoreError::Disk`].
    pub fn empty(data: &Path) -> Result<Prepared, StoreError> {
        Ok(Prepared { file: Unfinished::new(data.join(PREPARED))? })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.file.path
    }

    /// Puts its content in the place of that of the open file: all of it or nothing.
    ///
    /// # Errors
    /// [`StoreError`]; then the old content stands.
    pub fn replace_open(&self, connection: &mut Connection) -> Result<(), StoreError> {
        let from = backup::read_only(&self.file.path)?;
        let replacing = Backup::new(&from, connection)?;
        step_through(&replacing, &mut |_, _| true)
    }

    /// Takes the place of a damaged file that nobody has open, which is kept under `aside`.
    ///
    /// # Errors
    /// [`StoreError::Disk`].
    pub fn replace_damaged(self, data: &Path, aside: &Path) -> Result<(), StoreError> {
        if let Some(folder) = aside.parent() {
            backup::make_folder(folder)?;
        }
        File::open(&self.file.path).and_then(|file| file.sync_all())?;
        let note = data.join(NOTE);
        let part = beside(&note, ".part");
        connect::private_file(&part)?;
        let mut file = File::options().write(true).truncate(true).open(&part)?;
        file.write_all(&serde_json::to_vec(&UnderWay { aside: aside.to_path_buf() })?)?;
        file.sync_all()?;
        fs::rename(&part, &note)?;
        sync_folder(data);
        // From here on it is finished by whoever opens the data next.
        std::mem::forget(self);
        finish(data)
    }
}

/// Opens the file at `path` anew once its content is another: whatever the connection remembers is of the old one.
///
/// # Errors
/// [`StoreError`]; the content is the new one all the same.
pub fn reopen(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    *connection = connect::writer(path)?;
    let _ = connection.pragma_update(None, "wal_checkpoint", "TRUNCATE");
    Ok(())
}

#[derive(Serialize, Deserialize)]
struct UnderWay {
    aside: PathBuf,
}

/// Finishes what a program that was killed had begun: a prepared file takes the place of a damaged one.
///
/// # Errors
/// [`StoreError::Disk`].
pub fn finish(data: &Path) -> Result<(), StoreError> {
    let note = data.join(NOTE);
    let file = match File::open(&note) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    // Two programs that are started at once do not do it twice.
    file.lock()?;
    let Ok(words) = fs::read(&note) else { return Ok(()) };
    let under_way: UnderWay = serde_json::from_slice(&words)?;
    let (prepared, main) = (data.join(PREPARED), data.join(FILE));
    if prepared.exists() {
        // What was written ahead belongs to the old file; it goes first, so that it is never taken for the new one's.
        for end in ["-wal", "-shm", ""] {
            let part = beside(&main, end);
            if part.symlink_metadata().is_ok() {
                fs::rename(&part, beside(&under_way.aside, end))?;
            }
        }
        // What said how far the old one went says nothing of this one.
        startup::accept(data)?;
        fs::rename(&prepared, &main)?;
        sync_folder(data);
    }
    fs::remove_file(&note)?;
    sync_folder(data);
    Ok(())
}

/// Removes what a program that was killed while it restored left half made. Only for whoever holds the data, after
/// it was opened: what was to be finished is finished then.
pub fn tidy(data: &Path) {
    for name in [PREPARED, READABLE] {
        for end in ["", "-wal", "-shm", "-journal"] {
            let _ = fs::remove_file(beside(&data.join(name), end));
        }
    }
}

/// A readable copy of the damaged file in `data`.
///
/// # Errors
/// [`StoreError::Damaged`] when nothing of it can be read.
pub fn readable(data: &Path) -> Result<Opened, StoreError> {
    super::salvage::open_damaged(&data.join(FILE), &data.join(READABLE))
}

/// Whether anything was erased after this number of the journal.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn erased_since(connection: &Connection, seq: i64) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM journal WHERE kind = 4 AND seq > ?1)";
    Ok(connection.query_row(sql, [seq], |row| row.get(0))?)
}

impl Batch<'_> {
    /// Carries over from another file what may not be lost, around what cannot be read. `spare` is a backup that
    /// gives the connected services where the file does not give them up.
    ///
    /// # Errors
    /// [`StoreError`] of this file, or that the other cannot be read at all.
    pub fn carry_over(
        &mut self,
        from: &Connection,
        what: Carry,
        spare: Option<&Connection>,
    ) -> Result<Carried, StoreError> {
        let mut carried = Carried::default();
        let mut over = Over { into: self.tx, from, holes: &mut carried.lost };
        over.settings(what)?;
        if what != Carry::Names {
            over.sources(what, spare)?;
        }
        over.names()?;
        if what == Carry::Everything {
            over.other_tables()?;
        }
        over.sequence("lead_names")?;
        let after = match what {
            Carry::Sent { after } => after,
            Carry::Everything => i64::MIN,
            Carry::Names => i64::MAX,
        };
        let sources = over.source_numbers()?;
        let mut entries = Entries {
            everything: what == Carry::Everything,
            sources,
            renumbered: HashMap::new(),
            elsewhere: None,
            carried: Carried { lost: Vec::new(), ..carried },
        };
        if after < i64::MAX {
            entries.carry(self.tx, from, after)?;
        }
        let mut done = entries.carried;
        let mut over = Over { into: self.tx, from, holes: &mut done.lost };
        over.sequence("journal")?;
        Ok(done)
    }
}

/// Tables on their way from one file to the other.
struct Over<'a> {
    into: &'a Connection,
    from: &'a Connection,
    holes: &'a mut Vec<String>,
}

impl Over<'_> {
    fn lost(&mut self, table: &str) {
        self.holes.push(format!("Some of “{table}” could not be read."));
    }

    fn settings(&mut self, what: Carry) -> Result<(), StoreError> {
        let columns = ["name".to_string(), "value".to_string()];
        let mut put = self.into.prepare_cached(
            "INSERT INTO settings (name, value) VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE ?3",
        )?;
        let read = rows_of_small(self.from, "settings", &columns, |row| {
            let name = if let Some(Value::Text(name)) = row.first() { name.clone() } else { String::new() };
            if name == "projection_version" {
                return Ok(());
            }
            let over = what == Carry::Everything || OF_THE_MACHINE.contains(&name.as_str());
            let value = row.into_iter().nth(1);
            put.execute(params![name, value, over])?;
            Ok(())
        });
        match read {
            Ok(true) => {}
            Ok(false) | Err(StoreError::Damaged(_)) => self.lost("settings"),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// How services are connected now is how they send: addresses and keys as they are in the current file.
    fn sources(&mut self, what: Carry, spare: Option<&Connection>) -> Result<(), StoreError> {
        let whole = self.sources_of(self.from)?;
        if !whole {
            self.lost("sources");
            if let (Carry::Everything, Some(spare)) = (what, spare) {
                self.sources_of(spare)?;
                self.holes.push("What was missing of the connected services was taken from the newest backup.".into());
            }
        }
        Ok(())
    }

    fn sources_of(&self, from: &Connection) -> Result<bool, StoreError> {
        let columns = shared_columns(from, self.into, "sources")?;
        let place = |name: &str| columns.iter().position(|column| column == name);
        let (Some(id), Some(uid)) = (place("id"), place("uid")) else { return Ok(false) };
        let mut numbers: HashMap<i64, i64> = HashMap::new();
        let holes = rows_around(from, "sources", &columns, i64::MIN, |number, mut row| {
            let known: Option<i64> = self
                .into
                .query_row("SELECT id FROM sources WHERE uid = ?1", [&row[uid]], |row| row.get(0))
                .optional()?;
            let taken: bool =
                self.into.query_row("SELECT EXISTS (SELECT 1 FROM sources WHERE id = ?1)", [number], |r| r.get(0))?;
            row[id] = match known {
                Some(known) => Value::Integer(known),
                None if taken => Value::Null,
                None => Value::Integer(number),
            };
            if let Some(known) = known {
                let set: Vec<String> =
                    columns.iter().enumerate().map(|(n, name)| format!("\"{name}\" = ?{}", n + 1)).collect();
                let sql = format!("UPDATE OR IGNORE sources SET {} WHERE id = ?{}", set.join(", "), id + 1);
                self.into.execute(&sql, params_from_iter(&row))?;
                numbers.insert(number, known);
            } else {
                insert(self.into, "IGNORE", "sources", &columns, &row)?;
                numbers.insert(number, self.into.last_insert_rowid());
            }
            Ok(())
        });
        let mut whole = match holes {
            Ok(holes) => holes.is_empty(),
            Err(StoreError::Damaged(_)) => false,
            Err(error) => return Err(error),
        };
        let columns = shared_columns(from, self.into, "source_keys")?;
        let place = |name: &str| columns.iter().position(|column| column == name);
        let (Some(id), Some(source)) = (place("id"), place("source")) else { return Ok(false) };
        let mut fresh: HashSet<i64> = HashSet::new();
        let mut keys: Vec<(i64, Vec<Value>)> = Vec::new();
        let holes = rows_around(from, "source_keys", &columns, i64::MIN, |number, row| {
            keys.push((number, row));
            Ok(())
        });
        match holes {
            Ok(holes) if holes.is_empty() => {
                // All of them are known, so those that were taken away are, too.
                for known in numbers.values() {
                    self.into.execute("DELETE FROM source_keys WHERE source = ?1", [known])?;
                }
            }
            Ok(_) | Err(StoreError::Damaged(_)) => whole = false,
            Err(error) => return Err(error),
        }
        for (number, mut row) in keys {
            let Value::Integer(of) = row[source] else { continue };
            let Some(known) = numbers.get(&of) else { continue };
            row[source] = Value::Integer(*known);
            let taken: bool =
                self.into
                    .query_row("SELECT EXISTS (SELECT 1 FROM source_keys WHERE id = ?1)", [number], |row| row.get(0))?;
            if taken && !whole {
                continue;
            }
            row[id] = if taken || !fresh.insert(number) { Value::Null } else { Value::Integer(number) };
            insert(self.into, "IGNORE", "source_keys", &columns, &row)?;
        }
        Ok(whole)
    }

    /// The numbers that sources of the other file have in this one.
    fn source_numbers(&self) -> Result<HashMap<i64, i64>, StoreError> {
        let columns = ["id".to_string(), "uid".to_string()];
        let mut numbers = HashMap::new();
        let read = rows_around(self.from, "sources", &columns, i64::MIN, |number, row| {
            let known: Option<i64> =
                self.into.query_row("SELECT id FROM sources WHERE uid = ?1", [&row[1]], |row| row.get(0)).optional()?;
            numbers.extend(known.map(|known| (number, known)));
            Ok(())
        });
        match read {
            Ok(_) | Err(StoreError::Damaged(_)) => Ok(numbers),
            Err(error) => Err(error),
        }
    }

    /// Names of leads that were given out since: a lead that comes back has the number it had.
    fn names(&mut self) -> Result<(), StoreError> {
        for table in ["lead_names", "lead_seen"] {
            self.rows_of(table, "IGNORE")?;
        }
        for table in TELL_OF_THE_MACHINE {
            self.rows_of(table, "REPLACE")?;
        }
        // Files lie where they lie, and what was due was made, whatever is restored.
        for table in OF_FILES {
            self.into.execute(&format!("DELETE FROM {table}"), [])?;
            self.rows_of(table, "REPLACE")?;
        }
        self.sequence("exports")?;
        self.sequence("saved_reports")?;
        // A service that was connected since is not connected there.
        self.into.execute("DELETE FROM gap_sources WHERE source NOT IN (SELECT id FROM sources)", [])?;
        self.into.execute("DELETE FROM gaps WHERE id NOT IN (SELECT gap FROM gap_sources)", [])?;
        self.into.execute("DELETE FROM heard WHERE source NOT IN (SELECT id FROM sources)", [])?;
        Ok(())
    }

    /// Every table that is not made anew from others.
    fn other_tables(&mut self) -> Result<(), StoreError> {
        let tables: Vec<String> = {
            let mut statement = self.into.prepare(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'
                 AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'words_%' AND name NOT LIKE 'people_%' ORDER BY rowid",
            )?;
            statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?
        };
        let done = ["settings", "sources", "source_keys", "journal", "lead_names", "lead_seen"];
        for table in tables {
            let anew = refold::PROJECTION.iter().chain(&MADE_ANEW).any(|made| *made == table);
            if !anew && !done.contains(&table.as_str()) {
                self.rows_of(&table, "IGNORE")?;
            }
        }
        Ok(())
    }

    /// The rows of a table; of two with the same name this file's stays (`IGNORE`) or goes (`REPLACE`).
    fn rows_of(&mut self, table: &str, twice: &str) -> Result<(), StoreError> {
        let columns = match shared_columns(self.from, self.into, table) {
            Ok(columns) if columns.is_empty() => return Ok(()),
            Ok(columns) => columns,
            Err(StoreError::Damaged(_)) => {
                self.lost(table);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let without: bool = self.into.query_row(
            "SELECT sql LIKE '%WITHOUT ROWID%' FROM sqlite_schema WHERE name = ?1",
            [table],
            |row| row.get(0),
        )?;
        let whole = if without {
            rows_of_small(self.from, table, &columns, |row| insert(self.into, twice, table, &columns, &row).map(drop))
        } else {
            rows_around(self.from, table, &columns, i64::MIN, |_, row| {
                insert(self.into, twice, table, &columns, &row).map(drop)
            })
            .map(|holes| holes.is_empty())
        };
        match whole {
            Ok(true) => {}
            Ok(false) | Err(StoreError::Damaged(_)) => self.lost(table),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Numbers that were given out are not given out again. One more than either file knows for the journal, so
    /// that whoever remembers a number notices that the file is another.
    fn sequence(&mut self, table: &str) -> Result<(), StoreError> {
        let sql = "SELECT seq FROM sqlite_sequence WHERE name = ?1";
        let theirs: Option<i64> = self.from.query_row(sql, [table], |row| row.get(0)).optional().unwrap_or_default();
        let ours: Option<i64> = self.into.query_row(sql, [table], |row| row.get(0)).optional()?;
        let last = theirs.max(ours).unwrap_or(0) + i64::from(table == "journal");
        if ours.is_some() {
            self.into.execute("UPDATE sqlite_sequence SET seq = ?2 WHERE name = ?1", params![table, last])?;
        } else {
            self.into.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)", params![table, last])?;
        }
        Ok(())
    }
}

/// Adds a row that is not there yet; one that nothing holds on to (its source or entry is lost) is left out.
fn insert(into: &Connection, twice: &str, table: &str, columns: &[String], row: &[Value]) -> Result<bool, StoreError> {
    let names = columns.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    let marks = (1..=columns.len()).map(|n| format!("?{n}")).collect::<Vec<_>>().join(", ");
    let sql = format!("INSERT OR {twice} INTO \"{table}\" ({names}) VALUES ({marks})");
    match into.prepare_cached(&sql)?.execute(params_from_iter(row)) {
        Ok(added) => Ok(added > 0),
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Entries of the journal on their way.
struct Entries {
    everything: bool,
    sources: HashMap<i64, i64>,
    /// Entries whose number was another's here.
    renumbered: HashMap<i64, i64>,
    /// Receipts and kinds of this file's entries: where the two files were numbered apart, entries are known by them.
    elsewhere: Option<HashSet<(i64, i64)>>,
    carried: Carried,
}

/// Where the columns stand that matter here.
struct Columns {
    names: Vec<String>,
    seq: usize,
    kind: usize,
    received_at: usize,
    source: usize,
    about: usize,
    headers: usize,
    body: usize,
    import: Option<usize>,
}

impl Columns {
    fn of(from: &Connection, into: &Connection) -> Result<Columns, StoreError> {
        let names = shared_columns(from, into, "journal")?;
        let missing = || StoreError::Damaged("the journal cannot be read".into());
        let place = |name: &str| names.iter().position(|column| column == name);
        Ok(Columns {
            seq: place("seq").ok_or_else(missing)?,
            kind: place("kind").ok_or_else(missing)?,
            received_at: place("received_at").ok_or_else(missing)?,
            source: place("source").ok_or_else(missing)?,
            about: place("about").ok_or_else(missing)?,
            headers: place("headers").ok_or_else(missing)?,
            body: place("body").ok_or_else(missing)?,
            import: place("import"),
            names,
        })
    }
}

fn number(value: Option<&Value>) -> Option<i64> {
    if let Some(Value::Integer(n)) = value { Some(*n) } else { None }
}

/// Whether what an entry holds can be read.
fn can_be_read(kind: i64, headers: &Value, body: &Value) -> bool {
    let unpacked = |value: &Value| match value {
        Value::Blob(bytes) => codec::unpack(bytes).ok(),
        Value::Null => Some(Vec::new()),
        _ => None,
    };
    match (kind, unpacked(headers), unpacked(body)) {
        (2, Some(_), Some(body)) => serde_json::from_slice::<Action>(&body).is_ok(),
        (1 | 3..=6, Some(_), Some(_)) => true,
        _ => false,
    }
}

impl Entries {
    fn carry(&mut self, into: &Connection, from: &Connection, after: i64) -> Result<(), StoreError> {
        let columns = Columns::of(from, into)?;
        let names = columns.names.clone();
        self.carried.upto = after;
        let mut unreadable: Vec<Hole> = Vec::new();
        let holes = rows_around(from, "journal", &names, after, |seq, row| {
            self.carried.upto = seq;
            if !self.entry(into, &columns, seq, row)? {
                unreadable.push((seq - 1, Some(seq + 1)));
            }
            Ok(())
        })?;
        unreadable.extend(holes);
        self.carried.lost.extend(words_of(unreadable, from));
        Ok(())
    }

    /// Answers whether it could be read.
    fn entry(
        &mut self,
        into: &Connection,
        columns: &Columns,
        seq: i64,
        mut row: Vec<Value>,
    ) -> Result<bool, StoreError> {
        let kind = number(row.get(columns.kind)).unwrap_or_default();
        let received_at = number(row.get(columns.received_at)).unwrap_or_default();
        let there: Option<(i64, i64)> = into
            .prepare_cached("SELECT received_at, kind FROM journal WHERE seq = ?1")?
            .query_row([seq], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        if there == Some((received_at, kind)) {
            return Ok(true);
        }
        if there.is_some() && self.elsewhere.is_none() {
            let mut statement = into.prepare("SELECT received_at, kind FROM journal")?;
            let known = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            self.elsewhere = Some(known.collect::<Result<_, _>>()?);
        }
        if self.elsewhere.as_ref().is_some_and(|known| known.contains(&(received_at, kind))) {
            return Ok(true);
        }
        if !can_be_read(kind, &row[columns.headers], &row[columns.body]) {
            return Ok(false);
        }
        let import = columns.import.and_then(|place| number(row.get(place)));
        if !self.everything {
            match kind {
                1 if import.is_some() => return Ok(true),
                2 => {
                    self.carried.left_actions += 1;
                    return Ok(true);
                }
                4 => {
                    // Who was erased is taken out of the whole file, not entry by entry.
                    self.carried.erased = true;
                    return Ok(true);
                }
                6 => {
                    self.carried.left_imports += 1;
                    return Ok(true);
                }
                _ => {}
            }
        }
        if let Some(about) = number(row.get(columns.about)) {
            let about = self.renumbered.get(&about).copied().unwrap_or(about);
            if !self.everything && !self.stands_for(into, kind, about)? {
                return Ok(true);
            }
            row[columns.about] = Value::Integer(about);
        }
        if let Some(source) = number(row.get(columns.source)) {
            // A delivery whose source is lost cannot be read; it stays in the file that is kept.
            let Some(known) = self.sources.get(&source) else { return Ok(false) };
            row[columns.source] = Value::Integer(*known);
        }
        row[columns.seq] = if there.is_some() { Value::Null } else { Value::Integer(seq) };
        if !insert(into, "IGNORE", "journal", &columns.names, &row)? {
            return Ok(false);
        }
        let here = into.last_insert_rowid();
        if here != seq {
            self.renumbered.insert(seq, here);
        }
        self.carried.entries.push(here);
        self.carried.deliveries += u64::from(kind == 1);
        Ok(true)
    }

    /// Later checks of deliveries belong to them; of what was taken back, only such checks are.
    fn stands_for(&self, into: &Connection, kind: i64, about: i64) -> Result<bool, StoreError> {
        let of: Option<i64> = into
            .prepare_cached("SELECT kind FROM journal WHERE seq = ?1")?
            .query_row([about], |row| row.get(0))
            .optional()?;
        Ok(match kind {
            3 => of == Some(1),
            5 => of == Some(3),
            _ => false,
        })
    }
}

/// What is lost of the journal, in plain words. The ledger, where it can be read, says what it was.
fn words_of(mut holes: Vec<Hole>, from: &Connection) -> Vec<String> {
    holes.sort_unstable();
    let mut joined: Vec<(i64, Option<i64>)> = Vec::new();
    for (after, before) in holes {
        match joined.last_mut() {
            Some((_, end)) if *end == Some(after + 1) => *end = before,
            _ => joined.push((after, before)),
        }
    }
    let words = |(after, before): (i64, Option<i64>)| {
        let sql = "SELECT count(*) FROM ledger WHERE seq > ?1 AND (?2 IS NULL OR seq < ?2)";
        let deliveries: Option<i64> = from.query_row(sql, params![after, before], |row| row.get(0)).ok();
        let of = match deliveries {
            Some(0) => "no delivery among them".to_string(),
            Some(1) => "1 delivery among them".to_string(),
            Some(n) => format!("{n} deliveries among them"),
            None => "how many deliveries among them is not known".to_string(),
        };
        let first = after.saturating_add(1).max(1);
        match before {
            Some(before) if before - 1 <= first => format!("Entry {first} of the journal is lost ({of})."),
            Some(before) => format!("Entries {first} to {} of the journal are lost ({of}).", before - 1),
            None => format!("The journal is lost from entry {first} on ({of})."),
        }
    };
    joined.into_iter().map(words).collect()
}
