//! What was looked at on this machine: not part of the journal.

use chrono::{DateTime, Utc};
use rusqlite::params;

use super::{Batch, StoreError, query};

impl Batch<'_> {
    /// Notes that somebody looked at the lead an id leads to, and answers that lead.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such lead.
    pub fn see(&mut self, id: i64, at: DateTime<Utc>) -> Result<i64, StoreError> {
        let lead = query::shown_id(self.tx, id)?;
        self.tx
            .prepare_cached(
                "INSERT INTO lead_seen (lead, at) VALUES (?1, ?2)
                 ON CONFLICT (lead) DO UPDATE SET at = max(at, excluded.at)",
            )?
            .execute(params![lead, at.timestamp_micros()])?;
        Ok(lead)
    }
}
