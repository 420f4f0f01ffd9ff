//! Reading around what cannot be read: a damaged file gives up its rows one piece at a time.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};

use super::backup::{UnfinishedFile, beside};
use super::foreign::{columns_of, harden};
use super::{StoreError, connect};

/// Rows read at once.
const PIECE: usize = 256;
/// Numbers that are tried one by one: many times what a page holds.
const ONE_BY_ONE: i64 = 4_096;

/// Rows that could not be read: after the first number, up to and without the second (`None`: to the end).
pub type Hole = (i64, Option<i64>);

/// The columns of a table that both files have.
pub(super) fn shared_columns(from: &Connection, into: &Connection, table: &str) -> Result<Vec<String>, StoreError> {
    // One of a damaged file that is no table of ours gives nothing.
    let theirs = columns_of(from, table)?;
    Ok(columns_of(into, table)?.into_iter().filter(|name| theirs.contains(name)).collect())
}

/// Adds a row that is not there yet; one that nothing holds on to (its source or entry is lost) is left out.
pub(super) fn insert(
    into: &Connection,
    twice: &str,
    table: &str,
    columns: &[String],
    row: &[Value],
) -> Result<bool, StoreError> {
    let names = columns.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    let marks = (1..=columns.len()).map(|n| format!("?{n}")).collect::<Vec<_>>().join(", ");
    let sql = format!("INSERT OR {twice} INTO \"{table}\" ({names}) VALUES ({marks})");
    match into.prepare_cached(&sql)?.execute(params_from_iter(row)) {
        Ok(added) => Ok(added > 0),
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn values(row: &Row<'_>, first: usize, count: usize) -> Option<Vec<Value>> {
    (first..first + count).map(|index| row.get(index).ok()).collect()
}

/// Whether reading on elsewhere may help: the page is bad, not the whole file out of reach.
fn is_hole(error: &rusqlite::Error) -> bool {
    !matches!(
        error.sqlite_error_code(),
        Some(
            rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked | rusqlite::ErrorCode::OutOfMemory
        )
    )
}

/// Gives `each` every row of a table with row numbers after `after`, in order, and answers where there were rows
/// that could not be read.
///
/// # Errors
/// What `each` answered, or that nothing of the table can be reached.
pub(super) fn rows_around(
    from: &Connection,
    table: &str,
    columns: &[String],
    after: i64,
    mut each: impl FnMut(i64, Vec<Value>) -> Result<(), StoreError>,
) -> Result<Vec<Hole>, StoreError> {
    let list = columns.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    let sql = format!("SELECT rowid, {list} FROM \"{table}\" WHERE rowid >= ?1 ORDER BY rowid LIMIT {PIECE}");
    let mut piece = from.prepare(&sql)?;
    let mut at = after;
    let mut holes: Vec<Hole> = Vec::new();
    loop {
        let (mut read, mut broke) = (0, false);
        {
            // "From the next on" is looked for where that one lies; "after this one" would begin on this one's page,
            // which may be the bad one.
            let mut rows = piece.query([at.saturating_add(1)])?;
            loop {
                match rows.next() {
                    Ok(Some(row)) => {
                        let number: i64 = row.get(0)?;
                        // Pages of a damaged file may lead back to where one has been.
                        if number <= at && at > after {
                            broke = true;
                            break;
                        }
                        match values(row, 1, columns.len()) {
                            Some(values) => each(number, values)?,
                            None => holes.push((number - 1, Some(number + 1))),
                        }
                        at = number;
                        read += 1;
                    }
                    Ok(None) => break,
                    Err(error) if is_hole(&error) => {
                        broke = true;
                        break;
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        }
        if !broke {
            if read < PIECE {
                return Ok(holes);
            }
            continue;
        }
        match first_of(from, table, at)? {
            // The row is there, and reading it whole failed: what it holds lies on a bad page.
            Some(number) => {
                holes.push((number - 1, Some(number + 1)));
                at = number;
            }
            None => match readable_after(from, table, at)? {
                Beyond::At(number) => {
                    holes.push((at, Some(number)));
                    at = number - 1;
                }
                Beyond::End => {
                    holes.push((at, None));
                    return Ok(holes);
                }
            },
        }
    }
}

enum Beyond {
    /// The next row that can be reached.
    At(i64),
    /// None can.
    End,
}

/// The next row after `at`, if the pages that lead to it can be read.
fn first_of(from: &Connection, table: &str, at: i64) -> Result<Option<i64>, StoreError> {
    match probe(from, table, at.saturating_add(1)) {
        Ok(found) => Ok(found),
        Err(error) if is_hole(&error) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn probe(from: &Connection, table: &str, number: i64) -> rusqlite::Result<Option<i64>> {
    let sql = format!("SELECT rowid FROM \"{table}\" WHERE rowid >= ?1 ORDER BY rowid LIMIT 1");
    let mut statement = from.prepare_cached(&sql)?;
    let mut rows = statement.query([number])?;
    rows.next()?.map(|row| row.get(0)).transpose()
}

/// Steps over what cannot be reached, number by number at first, as whole pages may lie between bad ones, then wider
/// each time and back to the edge of it. A number past the last row ends the search only from above: what lies
/// between it and the bad pages is looked for still.
fn readable_after(from: &Connection, table: &str, at: i64) -> Result<Beyond, StoreError> {
    // Rows are numbered from 1.
    let at = at.max(0);
    let (mut bad, mut step) = (0_i64, 1_i64);
    let (mut end, mut good) = loop {
        let Some(number) = at.checked_add(step) else { return Ok(Beyond::End) };
        match probe(from, table, number) {
            Ok(found) => break (step, found),
            Err(error) if is_hole(&error) => {
                bad = step;
                let wider = if step < ONE_BY_ONE { step.checked_add(1) } else { step.checked_mul(2) };
                match wider {
                    Some(wider) => step = wider,
                    None => return Ok(Beyond::End),
                }
            }
            Err(error) => return Err(error.into()),
        }
    };
    while bad + 1 < end {
        let middle = bad + (end - bad) / 2;
        match probe(from, table, at + middle) {
            Ok(found) => {
                end = middle;
                good = found.or(good);
            }
            Err(error) if is_hole(&error) => bad = middle,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(good.map_or(Beyond::End, Beyond::At))
}

/// Gives `each` every row of a small table without row numbers, from both ends as far as they can be read.
pub(super) fn rows_of_small(
    from: &Connection,
    table: &str,
    columns: &[String],
    mut each: impl FnMut(Vec<Value>) -> Result<(), StoreError>,
) -> Result<bool, StoreError> {
    let list = columns.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    let mut whole = true;
    for order in ["", " ORDER BY 1 DESC"] {
        let mut statement = from.prepare(&format!("SELECT {list} FROM \"{table}\"{order}"))?;
        let mut rows = statement.query([])?;
        loop {
            match rows.next() {
                Ok(Some(row)) => match values(row, 0, columns.len()) {
                    Some(values) => each(values)?,
                    None => whole = false,
                },
                Ok(None) => break,
                Err(error) if is_hole(&error) => {
                    whole = false;
                    break;
                }
                Err(error) => return Err(error.into()),
            }
        }
        if whole {
            break;
        }
    }
    Ok(whole)
}

/// A copy of a damaged file that can at least be opened: its first bytes say again what every file of ours says,
/// and its length is what it is.
#[derive(Debug)]
pub struct SalvageCopy {
    pub(super) connection: Connection,
    pub(super) copy: UnfinishedFile,
}

impl SalvageCopy {
    /// Where the copy is.
    pub fn path(&self) -> &Path {
        &self.copy.path
    }

    /// Hands its connection to whoever reads it, and removes the copy after.
    ///
    /// # Errors
    /// What the reader answered.
    pub fn carry_into<T>(self, read: impl FnOnce(Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let answer = read(self.connection);
        drop(self.copy);
        answer
    }
}

/// The first 24 bytes of a data file: what it is, pages of 4096 bytes, written ahead, fixed fractions.
const BEGINNING: &[u8; 24] = b"SQLite format 3\0\x10\x00\x02\x02\x00\x40\x20\x20";

/// Their size.
const PAGE: u64 = 4_096;

/// Opens what is left of the file at `path`, by way of a copy at `copy`.
///
/// # Errors
/// [`StoreError::Damaged`] when nothing of it can be read.
pub(super) fn open_damaged(path: &Path, copy: &Path) -> Result<SalvageCopy, StoreError> {
    let copy = UnfinishedFile::new(copy.to_path_buf())?;
    fs::copy(path, &copy.path)?;
    connect::private_file(&copy.path)?;
    let file = File::options().write(true).open(&copy.path)?;
    if file.metadata()?.len() < PAGE {
        // Of an empty file SQLite deletes what is written ahead.
        file.set_len(PAGE)?;
    }
    drop(file);
    let ahead = beside(path, "-wal");
    let put_ahead = || -> Result<(), StoreError> {
        if ahead.exists() {
            fs::copy(&ahead, beside(&copy.path, "-wal"))?;
        }
        Ok(())
    };
    let readable = |connection: &Connection| {
        connection
            .query_row("SELECT count(*) FROM sqlite_schema WHERE name = 'journal'", [], |row| row.get::<_, i64>(0))
    };
    let open = |mend: bool| -> Result<Option<Connection>, StoreError> {
        if mend {
            let mut file = File::options().write(true).open(&copy.path)?;
            file.write_all(BEGINNING)?;
            // No length of its own: then the file's counts.
            file.seek(SeekFrom::Start(28))?;
            file.write_all(&[0; 4])?;
            file.sync_all()?;
        }
        put_ahead()?;
        let connection = Connection::open(&copy.path)?;
        harden(&connection)?;
        match readable(&connection) {
            Ok(1) => Ok(Some(connection)),
            Ok(_) => Ok(None),
            Err(error) if is_hole(&error) => Ok(None),
            Err(error) => Err(error.into()),
        }
    };
    let connection = match open(false)? {
        Some(connection) => connection,
        None => open(true)?.ok_or_else(|| StoreError::Damaged("nothing in it can be read".into()))?,
    };
    Ok(SalvageCopy { connection, copy })
}
