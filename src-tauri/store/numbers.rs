//! Numbers of the journal's entries. They are given out before they are written: a delivery that waits in the inbox is
//! answered with the number it will have.
//!
//! Whoever holds the data folder has some reserved in the file, which every other program passes over. One transaction
//! takes what it may need before the inbox gets any, so that what is in the journal stays in the order of its numbers:
//! what the inbox takes meanwhile comes after it.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension, params};

use super::{StoreError, journal};

/// So many are reserved: more than come in a minute at a thousand a second.
const AHEAD: i64 = 100_000;
/// So many a transaction takes at once.
const LEASE: i64 = 4_096;

/// What is given out in a running program.
#[derive(Debug, Clone, Default)]
pub(super) struct JournalNumbers(Arc<Mutex<Given>>);

#[derive(Debug, Clone, Copy, Default)]
struct Given {
    /// The next one.
    next: i64,
    /// The last one that is reserved in the file.
    reserved: i64,
}

/// What one transaction gives out.
#[derive(Debug)]
pub(super) struct Lease {
    next: i64,
    end: i64,
    shared: Option<JournalNumbers>,
}

impl JournalNumbers {
    fn given(&self) -> std::sync::MutexGuard<'_, Given> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One for what is not written by a transaction of the data file; `None` where none is reserved.
    pub(super) fn take(&self) -> Option<i64> {
        let mut given = self.given();
        if given.next == 0 || given.next > given.reserved {
            return None;
        }
        given.next += 1;
        Some(given.next - 1)
    }

    /// None below this: a program that ended without a word had given out those before.
    pub(super) fn begin_after(&self, last: i64) {
        let mut given = self.given();
        given.next = given.next.max(last + 1);
    }

    fn lease(&self, first: i64) -> (i64, i64) {
        let mut given = self.given();
        let next = given.next.max(first);
        given.next = next + LEASE;
        (next, given.next)
    }

    fn give_back(&self, next: i64, end: i64) {
        let mut given = self.given();
        if given.next == end {
            given.next = next;
        }
    }

    /// Reserves more in the file where too few are left; answers until where, which counts once that is on disk.
    pub(super) fn reserve(&self, connection: &Connection) -> Result<Option<i64>, StoreError> {
        let Given { next, reserved } = *self.given();
        if next == 0 || reserved - next >= AHEAD / 2 {
            return Ok(None);
        }
        let until = next + AHEAD;
        connection
            .prepare_cached(
                "INSERT INTO journal_numbers (id, reserved_until) VALUES (1, ?1)
                 ON CONFLICT (id) DO UPDATE SET reserved_until = excluded.reserved_until",
            )?
            .execute(params![until])?;
        Ok(Some(until))
    }

    /// They are, once the transaction is on disk.
    pub(super) fn reserved(&self, until: i64) {
        let mut given = self.given();
        given.reserved = given.reserved.max(until);
    }
}

impl Lease {
    /// For a transaction that is open: from what the file holds on, or what others hold reserved.
    pub(super) fn begin(connection: &Connection, shared: Option<&JournalNumbers>) -> Result<Lease, StoreError> {
        let last = journal::last(connection)?;
        match shared {
            Some(shared) => {
                let (next, end) = shared.lease(last + 1);
                Ok(Lease { next, end, shared: Some(shared.clone()) })
            }
            None => {
                let reserved: Option<i64> = connection
                    .prepare_cached("SELECT reserved_until FROM journal_numbers")?
                    .query_row([], |row| row.get(0))
                    .optional()?;
                Ok(Lease { next: last.max(reserved.unwrap_or_default()) + 1, end: i64::MAX, shared: None })
            }
        }
    }

    /// The next one.
    pub(super) fn take(&mut self) -> i64 {
        if let Some(shared) = &self.shared
            && self.next == self.end
        {
            (self.next, self.end) = shared.lease(self.next);
        }
        self.next += 1;
        self.next - 1
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(shared) = &self.shared {
            shared.give_back(self.next, self.end);
        }
    }
}

/// Nothing is reserved any more: the program ends in order, and whoever comes next goes on from what is there.
pub(super) fn release(connection: &Connection) -> Result<(), StoreError> {
    connection.execute("DELETE FROM journal_numbers", [])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(next: i64, reserved: i64) -> JournalNumbers {
        JournalNumbers(Arc::new(Mutex::new(Given { next, reserved })))
    }

    fn lease(shared: &JournalNumbers, first: i64) -> Lease {
        let (next, end) = shared.lease(first);
        Lease { next, end, shared: Some(shared.clone()) }
    }

    #[test]
    fn what_the_inbox_takes_while_a_transaction_is_open_comes_after_it() {
        let all = numbers(10, 100_000);
        let mut open = lease(&all, 10);
        assert_eq!((open.take(), open.take()), (10, 11));
        let waits = all.take().unwrap();
        assert_eq!(open.take(), 12);
        assert!(waits > 12);
        drop(open);
        assert_eq!(all.take(), Some(waits + 1), "none is given twice");
    }

    #[test]
    fn what_a_transaction_does_not_need_is_given_next() {
        let all = numbers(10, 100_000);
        let mut open = lease(&all, 10);
        open.take();
        drop(open);
        assert_eq!(lease(&all, 10).take(), 11);
        assert_eq!(lease(&all, 500).take(), 500, "another program was there");
    }

    #[test]
    fn nothing_is_given_that_is_not_reserved() {
        let all = numbers(10, 11);
        assert_eq!((all.take(), all.take(), all.take()), (Some(10), Some(11), None));
        assert_eq!(JournalNumbers::default().take(), None);
    }
}
