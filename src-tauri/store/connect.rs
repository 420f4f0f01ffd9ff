//! How the file is opened: pragmas, permissions, schema.

use std::path::Path;
use std::time::Duration;

use r2d2::Pool;
use r2d2_sqlite::SqliteConnectionManager;
use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations};

use super::StoreError;

/// Readers that may work at once. More would only share the two cores of a small laptop.
const READERS: u32 = 4;

/// How long another program may hold the file.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

const MIGRATIONS: &[M<'_>] = &[
    M::up(include_str!("../../migrations/0001_trail.sql")),
    M::up(include_str!("../../migrations/0002_nothing_lost.sql")),
    M::up(include_str!("../../migrations/0003_gaps.sql")),
    M::up(include_str!("../../migrations/0005_erase.sql")),
    M::up(include_str!("../../migrations/0006_imports.sql")),
    M::up(include_str!("../../migrations/0007_facts.sql")),
    M::up(include_str!("../../migrations/0008_wordings.sql")),
    M::up(include_str!("../../migrations/0009_exports.sql")),
    M::up(include_str!("../../migrations/0010_source_names.sql")),
    M::up(include_str!("../../migrations/0011_left_out.sql")),
    M::up(include_str!("../../migrations/0012_no_token.sql")),
];

/// The connection that writes, to a file that need not be there yet.
pub(super) fn writer(path: &Path) -> Result<Connection, StoreError> {
    private_file(path)?;
    with_our_ways(Connection::open(path)?)
}

/// The connection that writes, to a file that is there: where it is not, none is begun.
pub(super) fn writer_of(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    // Not `private_file`, which makes one where there is none.
    owner_only(path)?;
    with_our_ways(connection)
}

fn with_our_ways(connection: Connection) -> Result<Connection, StoreError> {
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    connection.pragma_update(None, "trusted_schema", "OFF")?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // 16 MiB: the hot pages of the indexes at a million events.
    connection.pragma_update(None, "cache_size", -16_384)?;
    connection.pragma_update(None, "wal_autocheckpoint", 4_000)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

/// The pool that reads.
pub(super) fn readers(path: &Path) -> Result<Pool<SqliteConnectionManager>, StoreError> {
    let manager = SqliteConnectionManager::file(path)
        .with_flags(OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .with_init(|connection| {
            connection.busy_timeout(Duration::from_secs(5))?;
            connection.pragma_update(None, "query_only", "ON")?;
            connection.pragma_update(None, "trusted_schema", "OFF")?;
            connection.pragma_update(None, "cache_size", -4_096)?;
            connection.set_prepared_statement_cache_capacity(64);
            Ok(())
        });
    Pool::builder()
        .max_size(READERS)
        // Opened once, all of them: a connection that was opened later might open another file at the same path.
        .min_idle(Some(READERS))
        .idle_timeout(None)
        .max_lifetime(None)
        .connection_timeout(Duration::from_secs(10))
        .build(manager)
        .map_err(|error| StoreError::Disk(format!("The data file cannot be opened to read it: {error}")))
}

/// A connection of its own that reads.
pub(super) fn reader(path: &Path) -> Result<Connection, StoreError> {
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
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

/// Whether the file holds something, and a migration is to come: then it is copied first.
pub(super) fn lacks_migrations(connection: &Connection) -> Result<bool, StoreError> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version <= 0 || usize::try_from(version).is_ok_and(|version| version >= MIGRATIONS.len()) {
        return Ok(false);
    }
    let holds = "SELECT EXISTS (SELECT 1 FROM journal) OR EXISTS (SELECT 1 FROM sources)";
    Ok(connection.query_row(holds, [], |row| row.get(0))?)
}

/// Whether nothing was ever put into the file.
pub(super) fn is_empty(connection: &Connection) -> Result<bool, StoreError> {
    Ok(!connection.query_row("SELECT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get::<_, bool>(0))?)
}

/// The schema of this release.
pub(super) const NEWEST: usize = MIGRATIONS.len();

/// An empty file in memory with our schema as it was at a version.
pub(super) fn empty(version: usize) -> Result<Connection, StoreError> {
    let mut connection = Connection::open_in_memory()?;
    migrate_to(&mut connection, version)?;
    Ok(connection)
}

/// Applies what an empty file lacks up to a version.
pub(super) fn migrate_to(connection: &mut Connection, version: usize) -> Result<(), StoreError> {
    if version > NEWEST {
        return Err(StoreError::TooNew);
    }
    Ok(Migrations::from_slice(MIGRATIONS).to_version(connection, version)?)
}

/// Applies what the file lacks, in order, in one transaction each.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let holds: bool = connection.query_row("SELECT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get(0))?;
    if version < 0 || (version == 0 && holds) {
        return Err(StoreError::Damaged("it does not say which version of Leadtrail wrote it".into()));
    }
    Ok(Migrations::from_slice(MIGRATIONS).to_latest(connection)?)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_migrations_are_valid() {
        assert!(Migrations::from_slice(MIGRATIONS).validate().is_ok());
    }
}
