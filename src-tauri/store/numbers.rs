//! Numbers of the journal's entries. They are given out before they are written: a delivery that waits in the inbox is
//! answered with the number it will have.
//!
//! Whoever holds the data folder has some reserved in the file, which every other program passes over. The journal grows in
//! the order of its numbers, so that whoever looks for what is new looks behind the last one: a transaction takes what it
//! may need before it looks at what waits, which has lower numbers and goes in first; what comes into the inbox meanwhile
//! has higher ones.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension};

use super::{StoreError, journal};

/// So many are reserved: more than come in a minute at a thousand a second.
const AHEAD: i64 = 100_000;
/// So many stay reserved while no program runs.
const AT_REST: i64 = 200;
/// So many a transaction takes at once.
const LEASE: i64 = 4_096;

/// What is given out in a running program.
#[derive(Debug, Clone, Default)]
pub(super) struct JournalNumbers(Arc<Mutex<GivenNumbers>>);

/// What is given out, for as long as nobody else is given any.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct GivenNumbers {
    /// The next one.
    next: i64,
    /// The last one that is reserved in the file.
    reserved: i64,
}

impl GivenNumbers {
    /// One for what is not written by a transaction of the data file; `None` where none is reserved.
    pub(super) fn take(&mut self) -> Option<i64> {
        if self.next == 0 || self.next > self.reserved {
            return None;
        }
        self.next += 1;
        Some(self.next - 1)
    }
}

/// What one transaction gives out.
#[derive(Debug)]
pub(super) struct Lease {
    next: i64,
    end: i64,
    shared: Option<JournalNumbers>,
}

impl JournalNumbers {
    /// What is given out. While this is held no transaction begins to take any, so whoever puts rows into the inbox holds it
    /// until they are on disk there.
    pub(super) fn hold(&self) -> MutexGuard<'_, GivenNumbers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// None below this: a program that ended without a word had given out those before.
    pub(super) fn begin_after(&self, last: i64) {
        let mut given = self.hold();
        given.next = given.next.max(last + 1);
    }

    fn lease(&self, first: i64) -> (i64, i64) {
        let mut given = self.hold();
        let next = given.next.max(first);
        given.next = next + LEASE;
        (next, given.next)
    }

    fn give_back(&self, next: i64, end: i64) {
        let mut given = self.hold();
        if given.next == end {
            given.next = next;
        }
    }

    /// Whether fewer are reserved than are to be.
    pub(super) fn run_low(&self) -> bool {
        let GivenNumbers { next, reserved } = *self.hold();
        reserved - next < AHEAD / 2
    }

    /// Reserves more in the file where too few are left; answers until where, which counts once that is on disk.
    pub(super) fn reserve(&self, connection: &Connection) -> Result<Option<i64>, StoreError> {
        if !self.run_low() {
            return Ok(None);
        }
        let next = self.hold().next.max(journal::last(connection)? + 1);
        let until = next + AHEAD;
        connection.prepare_cached("DELETE FROM journal_numbers")?.execute([])?;
        connection.prepare_cached("INSERT INTO journal_numbers (reserved_until) VALUES (?1)")?.execute([until])?;
        Ok(Some(until))
    }

    /// They are, once the transaction is on disk.
    pub(super) fn reserved(&self, until: i64) {
        let mut given = self.hold();
        given.reserved = given.reserved.max(until);
    }

    /// Only what the file says is reserved, which is answered: it may be another.
    pub(super) fn compare(&self, connection: &Connection) -> Result<i64, StoreError> {
        let (reserved, last) = (reserved_in(connection)?, journal::last(connection)?);
        let mut given = self.hold();
        given.reserved = reserved;
        given.next = given.next.max(last + 1);
        Ok(reserved)
    }

    /// Fewer are enough from now on: the program ends in order. Some stay reserved for a start while another program holds
    /// the file.
    pub(super) fn release(&self, connection: &Connection) -> Result<(), StoreError> {
        let until = self.hold().next - 1 + AT_REST;
        connection.execute("UPDATE journal_numbers SET reserved_until = min(reserved_until, ?1)", [until])?;
        Ok(())
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
                let next = last.max(reserved_in(connection)?) + 1;
                Ok(Lease { next, end: i64::MAX, shared: None })
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

    /// What waits under a number below this was there before the transaction.
    pub(super) fn start(&self) -> i64 {
        self.next
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(shared) = &self.shared {
            shared.give_back(self.next, self.end);
        }
    }
}

fn reserved_in(connection: &Connection) -> Result<i64, StoreError> {
    let sql = "SELECT reserved_until FROM journal_numbers";
    Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(next: i64, reserved: i64) -> JournalNumbers {
        JournalNumbers(Arc::new(Mutex::new(GivenNumbers { next, reserved })))
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
        let waits = all.hold().take().unwrap();
        assert_eq!(open.take(), 12);
        assert!(waits > 12);
        drop(open);
        assert_eq!(all.hold().take(), Some(waits + 1), "none is given twice");
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
        let mut given = all.hold();
        assert_eq!((given.take(), given.take(), given.take()), (Some(10), Some(11), None));
        assert_eq!(JournalNumbers::default().hold().take(), None);
    }
}
