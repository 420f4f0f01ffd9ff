//! The schema, and how a file comes to it.

use rusqlite::{Connection, TransactionBehavior};

use super::{StoreError, connect};

struct Migration {
    name: &'static str,
    sql: &'static str,
}

macro_rules! migrations {
    ($($name:literal)*) => {
        &[$(Migration { name: $name, sql: include_str!(concat!("../../migrations/", $name, ".sql")) }),*]
    };
}

/// The files of `migrations/`, in order. `user_version` of a data file is how many of them it has had, which is not the
/// number in a name: there never was a 0004. None may change once it was released.
const MIGRATIONS: &[Migration] = migrations! {
    "0001_trail"
    "0002_nothing_lost"
    "0003_gaps"
    "0005_erase"
    "0006_imports"
    "0007_facts"
    "0008_wordings"
    "0009_exports"
    "0010_source_names"
    "0011_left_out"
    "0012_no_token"
    "0013_words"
    "0014_undone"
    "0015_inbox"
    "0016_event_texts"
};

/// The schema of this release.
pub(super) const NEWEST: usize = MIGRATIONS.len();

/// How many migrations the file has had.
fn version(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// Whether the file holds something, and a migration is to come: then it is copied first.
pub(super) fn lacks_some(connection: &Connection) -> Result<bool, StoreError> {
    let version = version(connection)?;
    if version <= 0 || usize::try_from(version).is_ok_and(|version| version >= NEWEST) {
        return Ok(false);
    }
    let holds = "SELECT EXISTS (SELECT 1 FROM journal) OR EXISTS (SELECT 1 FROM sources)";
    Ok(connection.query_row(holds, [], |row| row.get(0))?)
}

/// An empty file in memory with our schema as it was at a version.
pub(super) fn empty(version: usize) -> Result<Connection, StoreError> {
    let mut connection = Connection::open_in_memory()?;
    migrate_to(&mut connection, version)?;
    Ok(connection)
}

/// Applies what an empty file lacks up to a version.
pub(super) fn migrate_to(connection: &mut Connection, version: usize) -> Result<(), StoreError> {
    apply(connection, MIGRATIONS.get(..version).ok_or(StoreError::TooNew)?)
}

/// Applies what the file lacks, in order: all of it or nothing.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    // One state of the file for both: another program may be migrating it.
    let state = connection.transaction()?;
    let (version, holds) = (version(&state)?, !connect::is_empty(&state)?);
    drop(state);
    if version < 0 || (version == 0 && holds) {
        return Err(StoreError::Damaged("it does not say which version of Leadtrail wrote it".into()));
    }
    apply(connection, MIGRATIONS)
}

fn apply(connection: &mut Connection, migrations: &[Migration]) -> Result<(), StoreError> {
    // A file that has all of them is not locked for that.
    if lacking(connection, migrations)?.is_empty() {
        return Ok(());
    }
    // Locked before it is looked at: two programs that open one file at once do not both begin with the same step.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for migration in lacking(&transaction, migrations)? {
        transaction.execute_batch(migration.sql).inspect_err(|error| {
            tracing::error!("the data file could not be brought to {}: {error}", migration.name)
        })?;
    }
    transaction.pragma_update(None, "user_version", i64::try_from(migrations.len()).unwrap_or(i64::MAX))?;
    Ok(transaction.commit()?)
}

fn lacking<'m>(connection: &Connection, migrations: &'m [Migration]) -> Result<&'m [Migration], StoreError> {
    let had = usize::try_from(version(connection)?).ok();
    had.and_then(|had| migrations.get(had..)).ok_or(StoreError::TooNew)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn tables(connection: &Connection) -> Vec<String> {
        let mut statement = connection.prepare("SELECT name FROM sqlite_schema ORDER BY name").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn every_file_of_the_folder_is_applied_in_the_order_of_its_number() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let files: Vec<_> = files.iter().map(|path| path.file_stem().unwrap().to_str().unwrap()).collect();
        assert_eq!(MIGRATIONS.iter().map(|migration| migration.name).collect::<Vec<_>>(), files);
    }

    #[test]
    fn a_file_of_any_version_comes_to_the_newest_schema() {
        let newest = tables(&empty(NEWEST).unwrap());
        for from in 1..=NEWEST {
            let mut connection = empty(from).unwrap();
            migrate(&mut connection).unwrap();
            assert_eq!(tables(&connection), newest, "from {from}");
            assert_eq!(version(&connection).unwrap(), i64::try_from(NEWEST).unwrap());
        }
    }

    #[test]
    fn a_file_of_a_newer_program_is_refused_and_left_as_it_is() {
        let mut connection = empty(NEWEST).unwrap();
        let newer = i64::try_from(NEWEST).unwrap() + 1;
        connection.pragma_update(None, "user_version", newer).unwrap();
        assert!(matches!(migrate(&mut connection), Err(StoreError::TooNew)));
        assert_eq!(version(&connection).unwrap(), newer);
    }

    #[test]
    fn where_one_migration_fails_the_file_has_had_none() {
        let mut connection = Connection::open_in_memory().unwrap();
        let both = [
            Migration { name: "good", sql: "CREATE TABLE good (n)" },
            Migration { name: "bad", sql: "CREATE TABLE halfway (n); INSERT INTO nowhere VALUES (1)" },
        ];
        assert!(apply(&mut connection, &both).is_err());
        assert_eq!((version(&connection).unwrap(), tables(&connection)), (0, Vec::new()));
        apply(&mut connection, &both[..1]).unwrap();
        assert_eq!((version(&connection).unwrap(), tables(&connection)), (1, vec!["good".to_string()]));
    }

    /// The second begins with what it knew before the first was done.
    #[test]
    fn two_programs_that_open_an_old_file_at_once_migrate_it_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("old.sqlite");
        let connections = [(); 4].map(|()| connect::writer(&path).unwrap());
        std::thread::scope(|scope| {
            let all = connections.map(|mut connection| scope.spawn(move || migrate(&mut connection)));
            for one in all {
                one.join().unwrap().unwrap();
            }
        });
    }
}
