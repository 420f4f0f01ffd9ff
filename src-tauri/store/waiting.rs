//! Deliveries that are on disk and not in the journal yet: in the inbox, or in a backup that was made meanwhile.

use std::any::Any;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::journal::{DeliveryRow, NewDelivery};
use super::salvage::{insert, rows_around};
use super::{Batch, StoreError, Trust, codec, inbox_file};
use crate::clock::from_micros;

/// The table of a backup.
const LEFT: &str = "inbox_rows";

/// What is kept of each, in the inbox and in a backup.
pub(super) const COLUMNS: &str =
    "seq, source, source_uid, received_at, event, region, trust, why, content_type, headers, body, body_size,
     test";

/// A delivery that waits to be taken in.
#[derive(Clone)]
pub struct WaitingDelivery {
    /// Its number in the journal, once it is taken in.
    pub seq: i64,
    /// The stable name of its source: another file may have it under another number.
    pub source_uid: String,
    /// It is the owner's own test.
    pub test: bool,
    /// What it was read into when it came, where that is still known: see [`super::InboxDelivery`].
    pub read: Option<Arc<dyn Any + Send + Sync>>,
    pub(super) packed: NewDelivery,
}

/// What the journal has under the number of a delivery that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InJournal {
    /// Nothing.
    Nothing,
    /// It.
    Itself,
    /// Another entry: the file is another since.
    Another,
}

impl WaitingDelivery {
    /// As it is kept.
    pub fn delivery(&self) -> &NewDelivery {
        &self.packed
    }

    /// When it was received, UTC.
    pub fn received_at(&self) -> DateTime<Utc> {
        self.packed.received_at
    }

    /// The number that its source had in the file it came to.
    pub fn source(&self) -> i64 {
        self.packed.source
    }

    /// How it stood at receipt, and why it failed if it did.
    pub fn trust(&self) -> (Trust, Option<&str>) {
        (self.packed.trust, self.packed.why.as_deref())
    }

    /// Unpacked, as it stands in the journal once it is taken in.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be unpacked.
    pub fn row(&self) -> Result<DeliveryRow, StoreError> {
        let NewDelivery { source, region, received_at, event, trust, why, content_type, headers, body, .. } =
            &self.packed;
        Ok(DeliveryRow {
            seq: self.seq,
            source: *source,
            received_at: *received_at,
            event: event.clone(),
            trust: *trust,
            why: why.clone(),
            verified_at: None,
            verified_as: *trust,
            region: region.clone(),
            content_type: content_type.clone(),
            headers: codec::unpack(headers)?,
            body: codec::unpack(body)?,
            import: None,
            undone: false,
            erased: None,
        })
    }

    /// How many bytes it has unpacked.
    pub fn size(&self) -> usize {
        self.packed.size
    }

    /// Of a row of [`COLUMNS`].
    pub(super) fn of(row: &Row<'_>) -> Result<WaitingDelivery, StoreError> {
        let packed = NewDelivery {
            source: row.get(1)?,
            received_at: from_micros(row.get(3)?),
            event: row.get(4)?,
            region: row.get(5)?,
            trust: Trust::of(row.get(6)?),
            why: row.get(7)?,
            content_type: row.get(8)?,
            headers: row.get(9)?,
            body: row.get(10)?,
            size: row.get::<_, i64>(11)?.unsigned_abs() as usize,
            import: None,
        };
        Ok(WaitingDelivery { seq: row.get(0)?, source_uid: row.get(2)?, test: row.get(12)?, read: None, packed })
    }
}

/// Adds one to the inbox, where it is not yet; answers whether it was not.
pub(super) fn put(
    transaction: &Transaction<'_>,
    seq: i64,
    source_uid: &str,
    delivery: &NewDelivery,
    test: bool,
) -> Result<bool, StoreError> {
    let sql = format!(
        "INSERT OR IGNORE INTO deliveries ({COLUMNS})
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
    );
    let added = transaction.prepare_cached(&sql)?.execute(params![
        seq,
        delivery.source,
        source_uid,
        delivery.received_at.timestamp_micros(),
        delivery.event,
        delivery.region,
        delivery.trust,
        delivery.why,
        delivery.content_type,
        delivery.headers,
        delivery.body,
        delivery.size as i64,
        test
    ])?;
    Ok(added > 0)
}

/// Copies what waits in one file into another, around what cannot be read; answers whether that is all of it.
pub(super) fn copy(
    from: &Connection,
    from_table: &str,
    into: &Connection,
    into_table: &str,
) -> Result<bool, StoreError> {
    let columns: Vec<String> = COLUMNS.split(',').map(|name| name.trim().to_string()).collect();
    let holes = rows_around(from, from_table, &columns, i64::MIN, |_, row| {
        insert(into, "IGNORE", into_table, &columns, &row).map(drop)
    })?;
    Ok(holes.is_empty())
}

/// One state of the inbox beside a data file, for a copy of both. Rows that are taken in while the file is copied are in the
/// copy then, in one place or in both.
pub(super) struct InboxSnapshot(Option<Connection>);

impl InboxSnapshot {
    /// Of the inbox beside the data file at `data`; there need not be one.
    pub(super) fn beside(data: &Path) -> Result<InboxSnapshot, StoreError> {
        // A copy of a data file has no inbox of its own.
        let folder = data.parent().filter(|_| data.file_name() == Some(super::FILE.as_ref()));
        let connection = folder.map(inbox_file::open_beside).transpose()?.flatten();
        connection
            .iter()
            .try_for_each(|connection| connection.execute_batch("BEGIN; SELECT seq FROM deliveries LIMIT 1"))?;
        Ok(InboxSnapshot(connection))
    }

    /// Adds what waited to the copy of the data file, but what was taken in meanwhile.
    pub(super) fn copy_into(&self, copy: &mut Connection) -> Result<(), StoreError> {
        let Some(inbox) = &self.0 else { return Ok(()) };
        // The copy of an older release, made before its migration, has no place for them: they stay in the inbox.
        let has = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = ?1)";
        if !copy.query_row(has, [LEFT], |row| row.get::<_, bool>(0))? {
            return Ok(());
        }
        let transaction = copy.transaction()?;
        if !self::copy(inbox, "deliveries", &transaction, LEFT)? {
            tracing::error!("not all of what waits in the inbox can be read for a copy");
        }
        let sql = format!(
            "DELETE FROM {LEFT} WHERE EXISTS
                 (SELECT 1 FROM journal j WHERE j.seq = {LEFT}.seq AND j.received_at = {LEFT}.received_at)"
        );
        transaction.execute(&sql, [])?;
        Ok(transaction.commit()?)
    }
}

/// What waited when the file was copied, in order, behind a number, at most so many.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn left(connection: &Connection, after: i64, most: usize) -> Result<Vec<WaitingDelivery>, StoreError> {
    let mut statement =
        connection.prepare_cached(&format!("SELECT {COLUMNS} FROM {LEFT} WHERE seq > ?1 ORDER BY seq LIMIT ?2"))?;
    let mut rows = statement.query([after, most as i64])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(WaitingDelivery::of(row)?);
    }
    Ok(found)
}

impl Batch<'_> {
    /// What the journal has under the number of a delivery that waits.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub(super) fn in_journal(&self, waiting: &WaitingDelivery) -> Result<InJournal, StoreError> {
        // What was erased since has another size, and is the same.
        let known: Option<i64> = self
            .tx
            .prepare_cached("SELECT received_at FROM journal WHERE seq = ?1")?
            .query_row([waiting.seq], |row| row.get(0))
            .optional()?;
        Ok(match known {
            None => InJournal::Nothing,
            Some(known) if known == waiting.received_at().timestamp_micros() => InJournal::Itself,
            Some(_) => InJournal::Another,
        })
    }

    /// It is in the journal, or the same that was: it waits no more.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn forget_left(&mut self, seq: i64) -> Result<(), StoreError> {
        self.tx.prepare_cached(&format!("DELETE FROM {LEFT} WHERE seq = ?1"))?.execute([seq])?;
        Ok(())
    }
}
