//! Sweeping: nothing of what was erased is left in the journal, in free pages, in the index of words or in the log.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params};

use super::RowErased;
use crate::clock::from_micros;
use crate::store::journal::JournalKind;
use crate::store::{Batch, DeliveryOutcome, DeliveryState, StoreError, codec, connect, foreign, migrations, sources};

/// The mark of an erase whose remains were not swept out of the file yet.
const UNSWEPT: &str = "erase_unswept";

/// Content that takes the place of a row's.
#[derive(Debug, Clone)]
pub struct Rest {
    /// Headers as JSON.
    pub headers: Vec<u8>,
    /// The body.
    pub body: Vec<u8>,
    /// The `{event}` of the address.
    pub event: Option<String>,
}

/// Something was erased whose remains are still to be swept out of the file.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn is_unswept(connection: &Connection) -> Result<bool, StoreError> {
    Ok(sources::setting(connection, UNSWEPT)?.is_some())
}

/// Sweeps out what is left in free pages, in the index of words and in the log: the file is written anew without it.
/// Senders wait meanwhile.
///
/// # Errors
/// [`StoreError`] of the file; [`StoreError::Disk`] where there is no room. Then it stays to be done.
pub fn sweep(connection: &mut Connection) -> Result<(), StoreError> {
    // An index of words keeps those of deleted rows until its parts are laid together.
    connection.execute_batch(
        "INSERT INTO search_words (search_words) VALUES ('optimize'); INSERT INTO search_people (search_people) VALUES ('optimize');",
    )?;
    // The copy is as large as the file: not in memory.
    connection.pragma_update(None, "temp_store", "FILE")?;
    let done = connection.execute_batch("VACUUM");
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    done?;
    let busy: i64 = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    // Where somebody still reads an old state, the log is not cut yet: it stays to be done.
    if busy == 0 {
        connection.execute("DELETE FROM settings WHERE name = ?1", [UNSWEPT])?;
    }
    Ok(())
}

/// Runs `job` on a file that nobody else has open, brings its schema up to date before and sweeps it after. One file
/// is left, without a log.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn on_file<T>(
    path: &std::path::Path,
    job: impl FnOnce(&mut Batch<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let mut connection = connect::writer(path)?;
    migrations::migrate(&mut connection)?;
    let done = {
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let mut batch = Batch::new(&transaction);
        let done = job(&mut batch)?;
        batch.finish()?;
        transaction.commit()?;
        done
    };
    sweep(&mut connection)?;
    connection.pragma_update(None, "journal_mode", "DELETE")?;
    Ok(done)
}

/// Reads a file that is not open here, and changes nothing in it.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn look_into<T>(
    path: &std::path::Path,
    look: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    look(&foreign::open(path)?)
}

impl Batch<'_> {
    /// Takes the content of an entry away, or puts `rest` in its place. Of one that is empty now nothing stays but the
    /// `{event}` of its address, where that is `known`. The one way in which the journal changes.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn blank(
        &mut self,
        seq: i64,
        rest: Option<&Rest>,
        known: Option<&str>,
        erased: &RowErased,
    ) -> Result<(), StoreError> {
        let note = serde_json::to_string(erased)?;
        self.overwrite()?;
        let empty = Rest { headers: b"[]".to_vec(), body: Vec::new(), event: known.map(str::to_string) };
        let content = rest.unwrap_or(&empty);
        self.while_erasing(|batch| {
            batch
                .tx
                .prepare_cached(
                    "UPDATE journal SET headers = CASE WHEN kind = ?8 THEN ?2 END, body = ?3, erased = ?4, event = ?6,
                            why = CASE WHEN ?5 THEN why END,
                            body_size = CASE WHEN ?5 THEN ?7 ELSE body_size END,
                            content_type = CASE WHEN ?5 THEN 'application/json' END
                     WHERE seq = ?1",
                )?
                .execute(params![
                    seq,
                    codec::pack(&content.headers),
                    codec::pack(&content.body),
                    note,
                    rest.is_some(),
                    content.event,
                    content.body.len() as i64,
                    JournalKind::Delivery
                ])?;
            Ok(())
        })
    }

    /// Lets changes of the journal through while `job` runs.
    pub(in crate::store) fn while_erasing<T>(
        &mut self,
        job: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.tx.execute("INSERT INTO erasing (id) VALUES (1)", [])?;
        let done = job(self);
        self.tx.execute("DELETE FROM erasing", [])?;
        done
    }

    /// What the ledger says of a delivery.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn said_of(&self, seq: i64) -> Result<Option<DeliveryOutcome>, StoreError> {
        Ok(self
            .tx
            .prepare_cached("SELECT state, reason, events, placed_at, left_out FROM ledger WHERE seq = ?1")?
            .query_row([seq], |row| {
                Ok(DeliveryOutcome {
                    state: DeliveryState::of(row.get(0)?),
                    reason: row.get(1)?,
                    repairs: Vec::new(),
                    left_out: row.get::<_, i64>(4)?.unsigned_abs() as usize,
                    events: row.get::<_, i64>(2)?.unsigned_abs() as usize,
                    place: None,
                    placed_at: row.get::<_, Option<i64>>(3)?.map(from_micros),
                })
            })
            .optional()?)
    }

    /// Deliveries that were kept and are on no timeline, or of which a part could not be read.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn unread(&self) -> Result<BTreeSet<i64>, StoreError> {
        let mut statement = self.tx.prepare_cached(
            "SELECT seq FROM ledger WHERE state = ?1
             UNION SELECT seq FROM undone_deliveries
             UNION SELECT seq FROM ledger WHERE left_out <> 0",
        )?;
        let seqs = statement.query_map([DeliveryState::Quarantined], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(seqs)
    }

    /// Notes that what was erased is still to be swept out of the file; and until the commit, whatever is deleted is
    /// overwritten.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn to_be_swept(&mut self) -> Result<(), StoreError> {
        self.overwrite()?;
        self.set(UNSWEPT, "1")
    }

    /// From here to the commit, whatever is deleted is overwritten.
    pub(super) fn overwrite(&mut self) -> Result<(), StoreError> {
        self.overwrites = true;
        Ok(self.tx.pragma_update(None, "secure_delete", "ON")?)
    }
}
