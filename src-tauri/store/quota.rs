//! How much is kept that failed verification: the one thing that may be dropped (law 1).

use rusqlite::{Connection, OptionalExtension, params};

use super::{Batch, DeliveryState, StoreError, Trust};

/// Said of deliveries that made room for later ones.
pub const DROPPED: &str = "the oldest were dropped, because the quarantine was full";

/// A bound that was lowered takes effect by and by, so that nobody waits.
const DROPPED_AT_ONCE: i64 = 500;

fn names(source: i64) -> (String, String) {
    (format!("unverified:{source}"), format!("unverified_bytes:{source}"))
}

impl Batch<'_> {
    /// Deliveries of the source that failed verification and still wait, and their bytes as they came.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn unverified(&self, source: i64) -> Result<(i64, i64), StoreError> {
        let (count, bytes) = names(source);
        Ok((self.counted(&count)?, self.counted(&bytes)?))
    }

    /// Notes that one more of them waits, or with `-1` that one does no longer.
    pub fn unverified_waits(&mut self, source: i64, by: i64, bytes: usize) {
        let (count, size) = names(source);
        self.count(count, by);
        self.count(size, by * i64::try_from(bytes).unwrap_or(i64::MAX));
    }

    /// Drops the oldest of them until at most `most` and at most `bytes` are left. Answers how many that were. What was
    /// signed, or cannot be read, is never dropped.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn make_room(&mut self, source: i64, most: i64, bytes: i64) -> Result<i64, StoreError> {
        let (mut count, mut held) = self.unverified(source)?;
        let mut dropped = 0;
        while (count > most || held > bytes) && dropped < DROPPED_AT_ONCE {
            let oldest: Option<(i64, i64)> = self
                .tx
                .prepare_cached(
                    "SELECT l.seq, j.body_size FROM ledger l INDEXED BY ledger_source
                     CROSS JOIN journal j ON j.seq = l.seq
                     WHERE l.source = ?1 AND l.state = ?2 AND j.trust = ?3
                       AND NOT EXISTS (SELECT 1 FROM later_checks v WHERE v.about = j.seq)
                     ORDER BY l.seq LIMIT 1",
                )?
                .query_row(params![source, DeliveryState::Quarantined, Trust::Failed], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()?;
            let Some((seq, size)) = oldest else { break };
            self.while_erasing(|batch| {
                for sql in [
                    "DELETE FROM journal WHERE about IN (SELECT seq FROM journal WHERE about = ?1)",
                    "DELETE FROM journal WHERE about = ?1",
                    "DELETE FROM journal WHERE seq = ?1",
                    "DELETE FROM ledger WHERE seq = ?1",
                ] {
                    batch.tx.prepare_cached(sql)?.execute([seq])?;
                }
                Ok(())
            })?;
            let word = DeliveryState::Quarantined.as_str();
            self.count("deliveries", -1);
            self.count(format!("state:{word}"), -1);
            self.count(format!("state:{word}:{source}"), -1);
            self.unverified_waits(source, -1, usize::try_from(size).unwrap_or_default());
            (count, held, dropped) = (count - 1, held - size, dropped + 1);
        }
        Ok(dropped)
    }

    /// A counter with what this commit adds to it.
    fn counted(&self, name: &str) -> Result<i64, StoreError> {
        let stored: Option<i64> = self
            .tx
            .prepare_cached("SELECT n FROM counters WHERE name = ?1")?
            .query_row([name], |row| row.get(0))
            .optional()?;
        Ok(stored.unwrap_or(0) + self.counters.get(name).copied().unwrap_or(0))
    }
}

/// Numbers of the source's deliveries that failed verification and were not verified since, oldest first.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn waiting(connection: &Connection, source: i64) -> Result<Vec<i64>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT l.seq FROM ledger l JOIN journal j ON j.seq = l.seq
         WHERE l.source = ?1 AND l.state = ?2 AND j.trust = ?3
           AND NOT EXISTS (SELECT 1 FROM later_checks v WHERE v.about = j.seq)
           AND NOT coalesce(j.erased ->> '$.all', 0)
         ORDER BY l.seq",
    )?;
    let rows = statement.query_map(params![source, DeliveryState::Quarantined, Trust::Failed], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Numbers of the deliveries in a state (or any) of a source (or all), oldest first.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn in_state(
    connection: &Connection,
    state: Option<DeliveryState>,
    source: Option<i64>,
) -> Result<Vec<i64>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT seq FROM ledger WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR source = ?2) ORDER BY seq",
    )?;
    let rows = statement.query_map((state, source), |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Batch<'_> {
    /// What the ledger says of the delivery now, and whether it was verified later.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn standing_of(&self, seq: i64) -> Result<Option<(DeliveryState, bool)>, StoreError> {
        Ok(self
            .tx
            .prepare_cached(
                "SELECT state, EXISTS (SELECT 1 FROM later_checks v WHERE v.about = ledger.seq)
                 FROM ledger WHERE seq = ?1",
            )?
            .query_row([seq], |row| Ok((DeliveryState::of(row.get(0)?), row.get(1)?)))
            .optional()?)
    }
}
