//! A data file that somebody else may have made: a backup, whatever folder it lay in, or a file from another machine.
//!
//! SQLite runs what a file's schema says: triggers, views, computed columns, expressions of indices. Such a file is opened
//! so that none of that runs, its tables are held against our own schema of the version it names, and its rows are copied
//! into a file that our own migrations made. Nothing else of it comes along.

use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, OptionalExtension, params, params_from_iter};

use super::backup::{CopyProgress, integrity};
use super::journal::JournalKind;
use super::restore::{can_be_read, stands_without_words};
use super::sources::key_hash;
use super::{StoreError, backup, migrations};
use crate::clock::from_micros;

/// Tables whose rows come out of a file. Everything else is made anew from these, or is this machine's.
const COMES: [&str; 18] = [
    "sources",
    "source_names",
    "source_keys",
    "journal",
    "lead_names",
    "lead_seen",
    "refusals",
    "runs",
    "gaps",
    "gap_sources",
    "heard",
    "replays",
    "replay_entries",
    "imports",
    "import_rows",
    "mappings",
    "saved_reports",
    "inbox_rows",
];

/// Tables that tell where files lie: they come along only where a backup of this machine is written anew.
const OF_FILES: [&str; 3] = ["exports", "schedule_runs", "prints"];

/// Settings that come out of a file. What guards the doors, points at paths or says what kind of file it is does not.
const SETTINGS: [&str; 2] = ["owner", "erase_key"];

/// No file brings a larger number, but for as many more as it has rows in that table: numbers that are given out after the
/// largest of these come back with our own backups, and stay far below those that JSON has no way to say.
const NUMBERS: i64 = 1 << 40;

/// No value is longer: the largest body that any setting lets in, with room. Bytes.
const LONGEST: i32 = 80 * 1024 * 1024;

/// Why a file is not taken where that cannot be read: left out, somebody who was erased would come back.
const UNKNOWN: &str = "it cannot be read in it who was erased";

/// After how many rows it is said how far it is.
const STEP: u64 = 64;

/// The import that a delivery came with, as the journal names it.
const IMPORT: &str = "import";

/// What is taken out of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Adoption {
    /// What may come to this machine.
    Rows,
    /// All that a backup holds.
    Whole,
}

/// What comes with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// Its connected services.
    pub sources: Vec<Coming>,
    /// Deliveries in it.
    pub deliveries: i64,
    /// When the last of them was received, UTC.
    pub newest: Option<DateTime<Utc>>,
}

/// A connected service in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coming {
    /// What it is known by on every machine.
    pub uid: String,
    /// The kind of sender, as the file says it.
    pub provider: String,
    /// What it is called.
    pub name: String,
    /// The key in its address.
    pub key: String,
    /// How many signing keys and headers stand with it.
    pub keys: i64,
    /// It takes nothing any more.
    pub is_closed: bool,
}

/// Sees to it that nothing runs that a file's schema says.
pub(super) fn harden(connection: &Connection) -> Result<(), StoreError> {
    for (what, on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, false),
    ] {
        connection.set_db_config(what, on)?;
    }
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LONGEST)?;
    connection.pragma_update(None, "cell_size_check", "ON")?;
    connection.pragma_update(None, "mmap_size", 0)?;
    Ok(())
}

/// Opens such a file to read it, and nothing else.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn open(path: &Path) -> Result<Connection, StoreError> {
    let connection = backup::read_only(path)?;
    harden(&connection)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "query_only", "ON")?;
    Ok(connection)
}

/// A table as a schema has it.
#[derive(Debug, PartialEq, Eq)]
struct TableShape {
    is_without_numbers: bool,
    /// Name and place in the primary key, sorted by name.
    columns: Vec<(String, i64)>,
}

/// A real table of that name: no view, no virtual table, nothing computed. `None` where it is anything else.
fn shape_of(connection: &Connection, table: &str) -> Result<Option<TableShape>, StoreError> {
    let sql = "SELECT type = 'table', wr FROM pragma_table_list WHERE schema = 'main' AND name = ?1";
    let about: Option<(bool, bool)> =
        connection.query_row(sql, [table], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let Some((true, is_without_numbers)) = about else { return Ok(None) };
    let mut statement = connection.prepare("SELECT name, pk, hidden FROM pragma_table_xinfo(?1) ORDER BY name")?;
    let columns = statement
        .query_map([table], |row| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get::<_, i64>(2)?)))?
        .collect::<Result<Vec<_>, _>>()?;
    // One that hides the number of the row would be taken for it.
    let odd = |name: &str| ["rowid", "oid", "_rowid_"].iter().any(|hides| name.eq_ignore_ascii_case(hides));
    if columns.iter().any(|(name, _, hidden)| *hidden != 0 || odd(name)) {
        return Ok(None);
    }
    Ok(Some(TableShape { is_without_numbers, columns: columns.into_iter().map(|(name, pk, _)| (name, pk)).collect() }))
}

/// The columns of a real table; none where it is anything else.
pub(super) fn columns_of(connection: &Connection, table: &str) -> Result<Vec<String>, StoreError> {
    Ok(shape_of(connection, table)?
        .map(|shape| shape.columns.into_iter().map(|(n, _)| n).collect())
        .unwrap_or_default())
}

/// A file whose tables are those of our own schema.
pub(super) struct Foreign {
    connection: Connection,
    version: usize,
    shapes: Vec<(&'static str, TableShape)>,
}

fn unfit(why: impl Into<String>) -> StoreError {
    StoreError::Invalid(why.into())
}

impl Foreign {
    /// Opens a file and looks at all of it.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] with the end of a sentence that says why it is not one of ours; [`StoreError::TooNew`].
    pub fn open(path: &Path) -> Result<Foreign, StoreError> {
        Foreign::look(path).map_err(|error| match error {
            StoreError::Damaged(why) => unfit(format!("it is damaged ({why})")),
            // What SQLite says of a schema that makes no sense.
            StoreError::Internal(why) => {
                tracing::debug!("{} is no file of ours: {why}", path.display());
                unfit("it is not a file of Leadtrail’s")
            }
            // SQLite would write to it first.
            StoreError::Disk(_) if is_torn(path) => {
                unfit("its writing broke off, as the file “-journal” beside it says")
            }
            other => other,
        })
    }

    fn look(path: &Path) -> Result<Foreign, StoreError> {
        let connection = open(path)?;
        // One state of it from here on, whoever writes to it meanwhile.
        connection.execute_batch("BEGIN")?;
        let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let version = usize::try_from(version).unwrap_or_default();
        if version == 0 {
            return Err(unfit("it is not a file of Leadtrail’s"));
        }
        let ours = migrations::empty(version)?;
        let mut shapes = Vec::new();
        for table in COMES.into_iter().chain(OF_FILES).chain(["settings", "counters"]) {
            let Some(shape) = shape_of(&ours, table)? else { continue };
            if shape_of(&connection, table)?.as_ref() != Some(&shape) {
                return Err(unfit(format!("it is not a file of Leadtrail’s (its table “{table}” is another)")));
            }
            shapes.push((table, shape));
        }
        if let Some(trouble) = integrity(&connection, "integrity_check")? {
            return Err(StoreError::Damaged(trouble));
        }
        Ok(Foreign { connection, version, shapes })
    }

    /// What comes with it.
    pub fn contents(&self) -> Result<Contents, StoreError> {
        let mut statement = self.connection.prepare(
            "SELECT s.uid, s.provider, s.name, s.key, s.closed_at IS NOT NULL,
                    (SELECT count(*) FROM source_keys k NOT INDEXED WHERE k.source = s.id AND k.removed_at IS NULL)
             FROM sources s NOT INDEXED ORDER BY s.id",
        )?;
        let sources = statement
            .query_map([], |row| {
                Ok(Coming {
                    uid: row.get(0)?,
                    provider: row.get(1)?,
                    name: row.get(2)?,
                    key: row.get(3)?,
                    is_closed: row.get(4)?,
                    keys: row.get(5)?,
                })
            })?
            .collect::<Result<_, _>>()?;
        let (deliveries, newest) = self.connection.query_row(
            "SELECT count(*), max(received_at) FROM journal NOT INDEXED WHERE kind = ?1",
            [JournalKind::Delivery],
            |row| Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?)),
        )?;
        Ok(Contents { sources, deliveries, newest: newest.map(from_micros) })
    }

    /// Copies its rows into a new file at `to`, and brings that to today's schema. Answers what could not be read, in plain
    /// words.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] with the end of a sentence; then the new file is of no use.
    pub fn copy_into(&self, to: &Path, take: Adoption, progress: CopyProgress<'_>) -> Result<Vec<String>, StoreError> {
        let mut target = Connection::open(to)?;
        target.pragma_update(None, "synchronous", "OFF")?;
        target.pragma_update(None, "foreign_keys", "OFF")?;
        migrations::migrate_to(&mut target, self.version)?;
        let unread = {
            let transaction = target.transaction()?;
            let unread = self.rows(&transaction, take, progress)?;
            // Whatever leans on something that did not come was left out with it.
            let loose = transaction.prepare("PRAGMA foreign_key_check")?.exists([])?;
            if loose {
                return Err(unfit("what is in it does not hang together"));
            }
            transaction.commit()?;
            unread
        };
        migrations::migrate(&mut target)?;
        target.close().map_err(|(_, error)| error)?;
        Ok(unread.words())
    }

    fn rows(&self, into: &Connection, take: Adoption, progress: CopyProgress<'_>) -> Result<UnreadRows, StoreError> {
        let of: i64 =
            self.connection.query_row("SELECT coalesce(max(seq), 0) FROM journal NOT INDEXED", [], |r| r.get(0))?;
        let of = u64::try_from(of.min(NUMBERS)).unwrap_or_default();
        let (mut done, mut unread) = (0_u64, UnreadRows::default());
        for (table, shape) in &self.shapes {
            if OF_FILES.contains(table) && take == Adoption::Rows {
                continue;
            }
            let names: Vec<&str> = shape.columns.iter().map(|(name, _)| name.as_str()).collect();
            let list = names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
            let marks = (1..=names.len()).map(|n| format!("?{n}")).collect::<Vec<_>>().join(", ");
            // What the migrations put into the empty file is what a file's own stands for.
            let twice = if ["settings", "counters"].contains(table) { "OR REPLACE " } else { "" };
            let count: i64 =
                self.connection
                    .query_row(&format!("SELECT count(*) FROM \"{table}\" NOT INDEXED"), [], |row| row.get(0))?;
            let most = NUMBERS.saturating_add(count);
            let mut put = into.prepare(&format!("INSERT {twice}INTO \"{table}\" ({list}) VALUES ({marks})"))?;
            let (number, order) = if shape.is_without_numbers { ("1", "") } else { ("rowid", " ORDER BY rowid") };
            let sql = format!("SELECT {number}, {list} FROM \"{table}\" NOT INDEXED{order}");
            let mut statement = self.connection.prepare(&sql)?;
            let mut rows = statement.query([])?;
            let place = |name: &str| names.iter().position(|known| *known == name);
            let is_erased = |values: &[Value]| {
                *table == "journal"
                    && place("kind").and_then(|at| values.get(at)) == Some(&Value::Integer(JournalKind::Erased.code()))
            };
            let mut leans = Leaning::of(into, table, place)?;
            while let Some(row) = rows.next().map_err(too_long)? {
                if done % STEP == 0 && !progress(done.min(of), of) {
                    return Err(StoreError::Stopped);
                }
                done += 1;
                if !(1..=most).contains(&row.get::<_, i64>(0)?) {
                    return Err(unfit("it has numbers that Leadtrail does not give"));
                }
                let mut values: Vec<Value> =
                    (1..=names.len()).map(|at| row.get(at)).collect::<Result<_, _>>().map_err(too_long)?;
                let name = place("name").and_then(|at| values.get(at));
                match *table {
                    "settings" if take == Adoption::Rows && !is_one_of(name, |name| SETTINGS.contains(&name)) => {
                        continue;
                    }
                    "settings" if is_one_of(name, |name| name == "projection_version") => continue,
                    // Refusals are no entries of the journal: what counts them is made from nothing else.
                    "counters" if !is_one_of(name, |name| name.starts_with("state:rejected")) => continue,
                    "journal" => {
                        let read = entry_of(&mut values, place);
                        if !unread.takes(read, || is_erased(&values))? {
                            continue;
                        }
                    }
                    // The door goes by the key alone: what stands beside it must not say anything else.
                    "sources" => {
                        if let (Some(key), Some(hash)) = (place("key"), place("key_hash"))
                            && let Some(Value::Text(key)) = values.get(key)
                        {
                            values[hash] = Value::Blob(key_hash(key).to_vec());
                        }
                    }
                    _ => {}
                }
                let read = leans.hold(&mut values)?;
                if !unread.takes(read, || is_erased(&values))? {
                    continue;
                }
                put.execute(params_from_iter(&values)).map_err(|error| match error.sqlite_error_code() {
                    Some(ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch) => {
                        unfit(format!("its table “{table}” holds what does not belong there"))
                    }
                    _ => error.into(),
                })?;
            }
            self.sequence(into, table, most)?;
        }
        Ok(unread)
    }

    /// Numbers that were given out are not given out again, also of rows that are gone.
    fn sequence(&self, into: &Connection, table: &str, most: i64) -> Result<(), StoreError> {
        let sql = "SELECT seq FROM sqlite_sequence WHERE name = ?1";
        let theirs: Option<i64> =
            self.connection.query_row(sql, [table], |row| row.get(0)).optional().unwrap_or_default();
        let Some(theirs) = theirs.filter(|n| (1..=most).contains(n)) else { return Ok(()) };
        let ours: Option<i64> = into.query_row(sql, [table], |row| row.get(0)).optional()?;
        match ours {
            Some(ours) if ours >= theirs => {}
            Some(_) => {
                into.execute("UPDATE sqlite_sequence SET seq = ?2 WHERE name = ?1", params![table, theirs])?;
            }
            None => {
                into.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)", params![table, theirs])?;
            }
        }
        Ok(())
    }
}

/// What comes with a file, without taking anything from it.
///
/// # Errors
/// [`StoreError::Invalid`] with a plain sentence when it is not one of ours.
pub fn contents(path: &Path) -> Result<Contents, StoreError> {
    let foreign = Foreign::open(path).and_then(|foreign| foreign.contents());
    foreign.map_err(|error| cannot_be_restored(path, error))
}

/// The whole sentence.
pub(super) fn cannot_be_restored(path: &Path, error: StoreError) -> StoreError {
    match error {
        StoreError::Invalid(why) => unfit(format!("{} cannot be restored: {why}.", path.display())),
        other => other,
    }
}

/// Whether beside the file lies what SQLite would take back in it first.
fn is_torn(path: &Path) -> bool {
    backup::beside(path, "-journal").metadata().is_ok_and(|about| about.len() > 0)
}

fn too_long(error: rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::TooBig) => unfit("something in it is larger than anything Leadtrail keeps"),
        _ => error.into(),
    }
}

fn is_one_of(name: Option<&Value>, known: impl Fn(&str) -> bool) -> bool {
    matches!(name, Some(Value::Text(name)) if known(name))
}

/// How much of a row can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Read {
    Whole,
    /// It comes without a part of it.
    Partly,
    /// It is left out.
    Not,
}

/// Rows that could not be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct UnreadRows {
    left_out: u64,
    partly: u64,
}

impl UnreadRows {
    /// Whether a row comes; it is counted where it does not, or not whole. What says who was erased comes or nothing does.
    fn takes(&mut self, read: Read, is_erased: impl FnOnce() -> bool) -> Result<bool, StoreError> {
        match read {
            Read::Whole => {}
            Read::Partly => self.partly += 1,
            Read::Not if is_erased() => return Err(unfit(UNKNOWN)),
            Read::Not => self.left_out += 1,
        }
        Ok(read != Read::Not)
    }

    fn words(self) -> Vec<String> {
        let left_out = match self.left_out {
            0 => None,
            1 => Some("1 entry of the backup could not be read and was left out.".into()),
            n => Some(format!("{n} entries of the backup could not be read and were left out.")),
        };
        let partly = match self.partly {
            0 => None,
            1 => Some("1 entry of the backup could be read only in part.".into()),
            n => Some(format!("{n} entries of the backup could be read only in part.")),
        };
        left_out.into_iter().chain(partly).collect()
    }
}

/// Looks at an entry of the journal, and takes out of it what others do without where it cannot be read.
fn entry_of(values: &mut [Value], place: impl Fn(&str) -> Option<usize>) -> Read {
    let value = |name: &str| place(name).and_then(|at| values.get(at));
    let (Some(Value::Integer(kind)), Some(headers), Some(body)) = (value("kind"), value("headers"), value("body"))
    else {
        return Read::Not;
    };
    if can_be_read(*kind, headers, body) {
        return Read::Whole;
    }
    if !stands_without_words(*kind) {
        return Read::Not;
    }
    for (name, nothing) in
        [("headers", Value::Null), ("body", Value::Blob(Vec::new())), ("body_size", Value::Integer(0))]
    {
        if let Some(at) = place(name) {
            values[at] = nothing;
        }
    }
    Read::Partly
}

/// The columns of a table that point to rows of others.
struct Leaning<'a> {
    columns: Vec<(usize, bool, rusqlite::Statement<'a>)>,
}

impl<'a> Leaning<'a> {
    fn of(into: &'a Connection, table: &str, place: impl Fn(&str) -> Option<usize>) -> Result<Leaning<'a>, StoreError> {
        let mut statement = into.prepare("SELECT \"from\", \"table\", \"to\" FROM pragma_foreign_key_list(?1)")?;
        let all = statement
            .query_map([table], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<Result<Vec<(String, String, String)>, _>>()?;
        let mut columns = Vec::new();
        for (from, to_table, to) in all {
            let Some(at) = place(&from) else { continue };
            let there = into.prepare(&format!("SELECT 1 FROM \"{to_table}\" WHERE \"{to}\" = ?1"))?;
            columns.push((at, from == IMPORT, there));
        }
        Ok(Leaning { columns })
    }

    /// Whether what a row points to came. A delivery whose import is not there at all is one of its own.
    fn hold(&mut self, values: &mut [Value]) -> Result<Read, StoreError> {
        let mut read = Read::Whole;
        for (at, does_without, there) in &mut self.columns {
            if values[*at] == Value::Null || there.exists([&values[*at]])? {
                continue;
            }
            if !*does_without {
                return Ok(Read::Not);
            }
            values[*at] = Value::Null;
            read = Read::Partly;
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::refold::PROJECTION;

    #[test]
    fn of_every_table_it_is_said_whether_it_comes_out_of_a_foreign_file() {
        let ours = migrations::empty(migrations::NEWEST).unwrap();
        let sql =
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'";
        let mut statement = ours.prepare(sql).unwrap();
        let names: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        let stays = ["settings", "counters", "journal_numbers", "erasing", "erased_keys", "erasures"];
        let known: Vec<&str> = COMES.into_iter().chain(OF_FILES).chain(PROJECTION).chain(stays).collect();
        for name in &names {
            assert!(known.contains(&name.as_str()), "decide whether “{name}” comes out of a backup");
        }
        for name in known {
            assert!(names.iter().any(|there| there == name), "there is no table “{name}”");
        }
    }
}
