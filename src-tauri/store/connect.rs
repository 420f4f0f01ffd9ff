//! How the file is opened: pragmas, permissions.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::pool::Pool;
use super::{StoreError, statements};

/// Readers that may work at once. More would only share the two cores of a small laptop.
const READERS: usize = 4;

/// How long a query waits for one of them.
const FOR_A_READER: Duration = Duration::from_secs(10);

/// How long another program may hold the file.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// What is written ahead is cut down to this when it begins anew, and when it is larger while nothing happens: behind a
/// reader that takes long it grows. Bytes.
pub(super) const AHEAD: i64 = 16 * 1024 * 1024;

/// The connection that writes, to a file that need not be there yet.
pub(super) fn writer(path: &Path) -> Result<Connection, StoreError> {
    private_file(path)?;
    with_our_ways(Connection::open(path)?, path)
}

/// The connection that writes, to a file that is there: where it is not, none is begun.
pub(super) fn writer_of(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    // Not `private_file`, which makes one where there is none.
    owner_only(path)?;
    with_our_ways(connection, path)
}

fn with_our_ways(mut connection: Connection, path: &Path) -> Result<Connection, StoreError> {
    statements::note(&mut connection, path)?;
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    connection.pragma_update(None, "trusted_schema", "OFF")?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // 16 MiB: the hot pages of the indexes at a million events.
    connection.pragma_update(None, "cache_size", -16_384)?;
    connection.pragma_update(None, "wal_autocheckpoint", 4_000)?;
    connection.pragma_update(None, "journal_size_limit", AHEAD)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

/// The pool that reads. Opened at once, all of it: a connection that was opened later might open another file at the
/// same path.
pub(super) fn readers(path: &Path) -> Result<Pool, StoreError> {
    let open = || {
        let connection = reader(path)?;
        connection.pragma_update(None, "trusted_schema", "OFF")?;
        connection.pragma_update(None, "cache_size", -4_096)?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(connection)
    };
    let opened: Result<Vec<Connection>, StoreError> = (0..READERS).map(|_| open()).collect();
    opened
        .map(|connections| Pool::of(connections, FOR_A_READER))
        .map_err(|error| StoreError::Disk(format!("The data file cannot be opened to read it: {error}")))
}

/// A connection of its own that reads.
pub(super) fn reader(path: &Path) -> Result<Connection, StoreError> {
    let mut connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    statements::note(&mut connection, path)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "query_only", "ON")?;
    Ok(connection)
}

/// A connection that reads the file without what is written ahead of it, and writes nothing.
pub(super) fn alone(path: &Path) -> Result<Connection, StoreError> {
    let path = path.canonicalize()?;
    let mut address = url::Url::from_file_path(&path)
        .map_err(|()| StoreError::Disk(format!("{} cannot be opened", path.display())))?;
    address.set_query(Some("immutable=1"));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    Ok(Connection::open_with_flags(address.as_str(), flags)?)
}

/// Moves everything that is written ahead into the file, and cuts that down; whether that is done. Others are waited for so
/// long; afterwards as long as `usual`.
pub(super) fn checkpoint(connection: &Connection, patience: Duration, usual: Duration) -> bool {
    let _ = connection.busy_timeout(patience);
    let done = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
    let _ = connection.busy_timeout(usual);
    done.is_ok_and(|busy| busy == 0)
}

/// Whether nothing was ever put into the file.
pub(super) fn is_empty(connection: &Connection) -> Result<bool, StoreError> {
    Ok(!connection.query_row("SELECT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get::<_, bool>(0))?)
}

/// The owner alone may read the leads and the keys: mode 0600, also for the WAL, which SQLite makes
/// with the mode of the file itself.
///
/// A file that is there already is not opened: on Unix, closing it again would let go of all locks that this program
/// has on it, and the next one to close it would take itself for the last and delete what is written ahead.
pub(super) fn private_file(path: &Path) -> Result<(), StoreError> {
    #[cfg(unix)]
    if path.symlink_metadata().is_ok_and(|about| about.is_file()) {
        return Ok(owner_only(path)?);
    }
    crate::fs::private(path)?;
    Ok(())
}

/// A file that is there is its owner's alone from now on, where the system knows of that.
fn owner_only(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        Ok(())
    }
}
