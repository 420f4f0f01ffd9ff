//! Connected services, their addresses and credentials.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};
use sha2::{Digest, Sha256};

use super::{Batch, StoreError};
use crate::clock::from_micros;

/// One connected service.
#[derive(Clone, PartialEq, Eq)]
pub struct SourceRow {
    /// Its row.
    pub id: i64,
    /// Its stable name, the same on every machine that connects the same service under the same name.
    pub uid: String,
    /// The provider's slug.
    pub provider: String,
    /// What the owner calls it.
    pub name: String,
    /// The default region of its phone numbers, such as `US`.
    pub region: String,
    /// A wrong signature is refused instead of kept in quarantine.
    pub strict: bool,
    /// The secret of its address.
    pub key: String,
    /// When it was connected, UTC.
    pub created_at: DateTime<Utc>,
    /// When its address was closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// Keys it may sign with.
    pub signing_keys: Vec<SigningKey>,
    /// Headers of which one has to match.
    pub auth_headers: Vec<AuthHeader>,
}

impl std::fmt::Debug for SourceRow {
    /// Without secrets: this ends up in logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SourceRow({} {} {:?})", self.id, self.provider, self.name)
    }
}

/// A key a source may sign with.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// Its row.
    pub id: i64,
    /// The secret.
    pub value: String,
    /// When it was added, UTC.
    pub added_at: DateTime<Utc>,
}

/// A header that proves who sends.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthHeader {
    /// Its row.
    pub id: i64,
    /// Its name, such as `Authorization`.
    pub name: String,
    /// The secret.
    pub value: String,
}

/// A service to connect.
#[derive(Clone)]
pub struct NewSource {
    /// The provider's slug.
    pub provider: String,
    /// What the owner calls it.
    pub name: String,
    /// Such as `US`.
    pub region: String,
    /// Refuse wrong signatures.
    pub strict: bool,
    /// The secret of its address: at least 128 random bits.
    pub key: String,
}

/// The stable name of a source: the same for the same service connected under the same name anywhere.
pub fn uid_of(provider: &str, name: &str) -> String {
    let name = name.trim().to_lowercase();
    hex::encode(crate::domain::event::short_hash(&["source", provider, &name]))
}

/// A new secret for an address: 160 random bits.
///
/// # Errors
/// When the system gives no random numbers.
pub fn new_key() -> Result<String, StoreError> {
    let mut bytes = [0; 20];
    getrandom::fill(&mut bytes).map_err(|error| StoreError::Internal(format!("no random numbers: {error}")))?;
    Ok(hex::encode(bytes))
}

/// How keys are looked up: never by comparing the secret itself.
pub fn key_hash(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}

const COLUMNS: &str = "id, uid, provider, name, region, strict, key, created_at, closed_at";

fn row(row: &Row<'_>) -> rusqlite::Result<SourceRow> {
    Ok(SourceRow {
        id: row.get(0)?,
        uid: row.get(1)?,
        provider: row.get(2)?,
        name: row.get(3)?,
        region: row.get(4)?,
        strict: row.get(5)?,
        key: row.get(6)?,
        created_at: from_micros(row.get(7)?),
        closed_at: row.get::<_, Option<i64>>(8)?.map(from_micros),
        signing_keys: Vec::new(),
        auth_headers: Vec::new(),
    })
}

fn with_keys(connection: &Connection, mut source: SourceRow) -> Result<SourceRow, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, header, value, added_at FROM source_keys WHERE source = ?1 AND removed_at IS NULL ORDER BY id",
    )?;
    let mut rows = statement.query([source.id])?;
    while let Some(row) = rows.next()? {
        let (id, value) = (row.get(0)?, row.get(2)?);
        match row.get::<_, Option<String>>(1)? {
            Some(name) => source.auth_headers.push(AuthHeader { id, name, value }),
            None => source.signing_keys.push(SigningKey { id, value, added_at: from_micros(row.get(3)?) }),
        }
    }
    Ok(source)
}

/// Every source, also those whose address was closed, oldest first.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn all(connection: &Connection) -> Result<Vec<SourceRow>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM sources ORDER BY id"))?;
    let sources = statement.query_map([], row)?.collect::<Result<Vec<_>, _>>()?;
    sources.into_iter().map(|source| with_keys(connection, source)).collect()
}

/// What the owner calls each source, by id; with `as_of` what it was called then.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn names(connection: &Connection, as_of: Option<DateTime<Utc>>) -> Result<BTreeMap<i64, String>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT s.id, coalesce((SELECT n.name FROM source_names n WHERE n.source = s.id AND n.until > ?1
                                ORDER BY n.until LIMIT 1), s.name)
         FROM sources s",
    )?;
    let names = statement
        .query_map([as_of.map_or(i64::MAX, |t| t.timestamp_micros())], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(names.collect::<Result<_, _>>()?)
}

/// The source of that name, which it has in every file.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none.
pub fn by_uid(connection: &Connection, uid: &str) -> Result<SourceRow, StoreError> {
    let sql = "SELECT id FROM sources WHERE uid = ?1";
    let known = connection.prepare_cached(sql)?.query_row([uid], |row| row.get(0)).optional()?;
    by_id(connection, known.ok_or(StoreError::NotFound("There is no such source."))?)
}

/// The source with the row `id`.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none.
pub fn by_id(connection: &Connection, id: i64) -> Result<SourceRow, StoreError> {
    let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM sources WHERE id = ?1"))?;
    let found = statement.query_row([id], row).optional()?;
    with_keys(connection, found.ok_or(StoreError::NotFound("There is no such source."))?)
}

impl Batch<'_> {
    /// Connects a service. One that was closed under the same provider and name is opened again, with
    /// the new address: it is the same source, and its events are known.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when an open source of that provider has that name.
    pub fn add_source(&mut self, new: &NewSource, at: DateTime<Utc>) -> Result<i64, StoreError> {
        let name = new.name.trim();
        if name.is_empty() {
            return Err(StoreError::Invalid("Give the source a name.".into()));
        }
        let uid = uid_of(&new.provider, name);
        let hash = key_hash(&new.key);
        let known: Option<(i64, Option<i64>)> = self
            .tx
            .query_row("SELECT id, closed_at FROM sources WHERE uid = ?1", [&uid], |r| Ok((r.get(0)?, r.get(1)?)))
            .optional()?;
        match known {
            Some((_, None)) => Err(StoreError::Conflict(format!("There is a source named “{name}” already."))),
            Some((id, Some(_))) => {
                self.keep_source_name(id, name, at)?;
                self.tx.execute(
                    "UPDATE sources SET closed_at = NULL, key = ?2, key_hash = ?3, region = ?4, strict = ?5, name = ?6
                     WHERE id = ?1",
                    params![id, new.key, &hash[..], new.region, new.strict, name],
                )?;
                self.note_source(id);
                Ok(id)
            }
            None => {
                self.tx.execute(
                    "INSERT INTO sources (uid, provider, name, region, strict, key, key_hash, created_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                    params![uid, new.provider, name, new.region, new.strict, new.key, &hash[..], at.timestamp_micros()],
                )?;
                let id = self.tx.last_insert_rowid();
                self.note_source(id);
                Ok(id)
            }
        }
    }

    /// Whoever watches hears of it, and the door looks at its keys again.
    fn note_source(&mut self, id: i64) {
        self.change.sources_changed = true;
        if !self.change.sources.contains(&id) {
            self.change.sources.push(id);
        }
    }

    /// Keeps what a source was called until `at`, where `name` is another.
    fn keep_source_name(&mut self, id: i64, name: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.tx.execute(
            "INSERT OR IGNORE INTO source_names (source, until, name)
             SELECT id, ?3, name FROM sources WHERE id = ?1 AND name <> ?2",
            params![id, name, at.timestamp_micros()],
        )?;
        Ok(())
    }

    /// Changes what the owner may change; `None` leaves it. A name counts from `at` on.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such source.
    pub fn change_source(
        &mut self,
        id: i64,
        name: Option<&str>,
        region: Option<&str>,
        strict: Option<bool>,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.note_source(id);
        let name = name.map(str::trim).filter(|name| !name.is_empty());
        if let Some(name) = name {
            self.keep_source_name(id, name, at)?;
        }
        let changed = self.tx.execute(
            "UPDATE sources SET name = coalesce(?2, name), region = coalesce(?3, region), strict = coalesce(?4, strict)
             WHERE id = ?1",
            params![id, name, region, strict],
        )?;
        if changed == 0 { Err(StoreError::NotFound("There is no such source.")) } else { Ok(()) }
    }

    /// Closes its address; its history stays, and so do its keys.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such open source.
    pub fn close_source(&mut self, id: i64, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.note_source(id);
        let changed = self.tx.execute(
            "UPDATE sources SET closed_at = ?2 WHERE id = ?1 AND closed_at IS NULL",
            params![id, at.timestamp_micros()],
        )?;
        if changed == 0 { Err(StoreError::NotFound("There is no such source.")) } else { Ok(()) }
    }

    /// Adds a signing key, or with `header` a header that has to match.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] when it is empty, [`StoreError::Conflict`] when it is there already.
    pub fn add_source_key(
        &mut self,
        source: i64,
        header: Option<&str>,
        value: &str,
        at: DateTime<Utc>,
    ) -> Result<i64, StoreError> {
        self.note_source(source);
        let value = value.trim();
        if value.is_empty() {
            return Err(StoreError::Invalid("The key is empty.".into()));
        }
        let twice: bool = self.tx.query_row(
            "SELECT EXISTS (SELECT 1 FROM source_keys
                            WHERE source = ?1 AND header IS ?2 AND value = ?3 AND removed_at IS NULL)",
            params![source, header, value],
            |row| row.get(0),
        )?;
        if twice {
            return Err(StoreError::Conflict("This source has that key already.".into()));
        }
        self.tx.execute(
            "INSERT INTO source_keys (source, header, value, added_at) VALUES (?1, ?2, ?3, ?4)",
            params![source, header, value, at.timestamp_micros()],
        )?;
        Ok(self.tx.last_insert_rowid())
    }

    /// Takes a key of the source away. What it verified stays verified.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when the source has no such key.
    pub fn remove_source_key(&mut self, source: i64, key: i64, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.note_source(source);
        let changed = self.tx.execute(
            "UPDATE source_keys SET removed_at = ?3 WHERE id = ?2 AND source = ?1 AND removed_at IS NULL",
            params![source, key, at.timestamp_micros()],
        )?;
        if changed == 0 { Err(StoreError::NotFound("There is no such key.")) } else { Ok(()) }
    }

    /// Takes every header of the source away.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn remove_source_headers(&mut self, source: i64, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.note_source(source);
        self.tx.execute(
            "UPDATE source_keys SET removed_at = ?2 WHERE source = ?1 AND header IS NOT NULL AND removed_at IS NULL",
            params![source, at.timestamp_micros()],
        )?;
        Ok(())
    }

    /// Keeps a setting.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), StoreError> {
        self.tx.execute(
            "INSERT INTO settings (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            params![name, value],
        )?;
        Ok(())
    }

    /// A delivery of `source` was a test event sent from here: it proves the address, not the service.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn note_test(&mut self, source: i64, seq: i64) -> Result<(), StoreError> {
        let name = tests_of(source);
        let known = setting(self.tx, &name)?;
        let mut tests: Vec<i64> = known.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        tests.push(seq);
        // Older ones are no longer the last that came.
        let first = tests.len().saturating_sub(MOST_TESTS);
        self.note_source(source);
        self.set(&name, &serde_json::to_string(&tests[first..])?)
    }
}

/// Test events of a source that are remembered.
const MOST_TESTS: usize = 200;

/// The setting with the journal numbers of a source's test events.
pub(super) fn tests_of(source: i64) -> String {
    format!("tests:{source}")
}

/// A setting, if it was ever set.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn setting(connection: &Connection, name: &str) -> Result<Option<String>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT value FROM settings WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?)
}
