//! Replays that placed something, so that they can be taken back.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};

use super::{Batch, StoreError};

/// What a replay placed: the entry of the journal that says a delivery was verified, and the delivery.
pub type VerificationEntry = (i64, i64);

impl Batch<'_> {
    /// Notes a replay, and answers its id.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn add_replay(&mut self, at: DateTime<Utc>) -> Result<i64, StoreError> {
        self.tx.prepare_cached("INSERT INTO replays (at) VALUES (?1)")?.execute([at.timestamp_micros()])?;
        Ok(self.tx.last_insert_rowid())
    }

    /// Notes what a replay placed.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn note_replayed(&mut self, replay: i64, (seq, about): VerificationEntry) -> Result<(), StoreError> {
        self.tx
            .prepare_cached("INSERT INTO replay_entries (replay, seq, about) VALUES (?1, ?2, ?3)")?
            .execute([replay, seq, about])?;
        Ok(())
    }

    /// Notes that it was taken back.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn close_replay(&mut self, replay: i64, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.tx
            .prepare_cached("UPDATE replays SET undone_at = ?2 WHERE id = ?1")?
            .execute(params![replay, at.timestamp_micros()])?;
        Ok(())
    }

    /// Deliveries of which the ledger says that all of them was known, though nothing else knows it any more: what
    /// they are now is said anew.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn say_first_ones(&mut self, seqs: impl IntoIterator<Item = i64>) -> Result<(), StoreError> {
        use super::DeliveryState;
        for seq in seqs {
            let found: Option<(i64, bool)> = self
                .tx
                .prepare_cached(
                    "SELECT source, repairs IS NOT NULL FROM ledger l WHERE seq = ?1 AND state = ?2
                       AND EXISTS (SELECT 1 FROM sightings s WHERE s.seq = l.seq AND NOT EXISTS
                                   (SELECT 1 FROM sightings o WHERE o.event = s.event AND o.seq < s.seq))",
                )?
                .query_row(params![seq, DeliveryState::Duplicate], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            let Some((source, repaired)) = found else { continue };
            let state = if repaired { DeliveryState::Repaired } else { DeliveryState::Processed };
            for (state, by) in [(DeliveryState::Duplicate, -1), (state, 1)] {
                self.count(format!("state:{}", state.as_str()), by);
                self.count(format!("state:{}:{source}", state.as_str()), by);
            }
            self.tx.prepare_cached("UPDATE ledger SET state = ?2 WHERE seq = ?1")?.execute(params![seq, state])?;
        }
        Ok(())
    }

    /// Other deliveries that told the same events as `seq`.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn also_told_by(&self, seq: i64) -> Result<Vec<i64>, StoreError> {
        let mut statement = self.tx.prepare_cached(
            "SELECT DISTINCT o.seq FROM sightings s JOIN sightings o ON o.event = s.event
             WHERE s.seq = ?1 AND o.seq <> ?1",
        )?;
        let seqs = statement.query_map([seq], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(seqs)
    }
}

/// What a replay placed and is still in force, at most `limit` of it.
///
/// # Errors
/// [`StoreError::NotFound`] when there is no such replay.
pub fn placements(connection: &Connection, replay: i64, limit: usize) -> Result<Vec<VerificationEntry>, StoreError> {
    let there: bool = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM replays WHERE id = ?1)")?
        .query_row([replay], |row| row.get(0))?;
    if !there {
        return Err(StoreError::NotFound("There is no such replay."));
    }
    let mut statement = connection.prepare_cached(
        "SELECT r.seq, r.about FROM replay_entries r JOIN later_checks v ON v.seq = r.seq
         WHERE r.replay = ?1 ORDER BY r.seq LIMIT ?2",
    )?;
    let rows = statement
        .query_map(params![replay, i64::try_from(limit).unwrap_or(i64::MAX)], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
