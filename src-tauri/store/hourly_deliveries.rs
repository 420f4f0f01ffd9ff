//! How often each source was heard, by hour: a counter a delivery, written once a commit.

use rusqlite::params;

use super::{Batch, StoreError};

/// Microseconds of an hour.
const HOUR: i64 = 3_600_000_000;

impl Batch<'_> {
    /// A delivery of `source` came at `at`, microseconds.
    pub(super) fn hear(&mut self, source: i64, at: i64) {
        let (n, last) = self.heard.entry((source, at.div_euclid(HOUR))).or_insert((0, at));
        *n += 1;
        *last = at.max(*last);
    }

    pub(super) fn write_heard(&mut self) -> Result<(), StoreError> {
        for ((source, hour), (n, last)) in std::mem::take(&mut self.heard) {
            self.tx
                .prepare_cached(
                    "INSERT INTO heard (source, hour, n, last_at) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (source, hour)
                     DO UPDATE SET n = n + excluded.n, last_at = max(last_at, excluded.last_at)",
                )?
                .execute(params![source, hour, n, last])?;
        }
        Ok(())
    }
}
