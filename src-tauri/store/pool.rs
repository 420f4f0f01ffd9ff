//! The connections that read: a fixed number of them, each lent to one query at a time.

use std::ops::{Deref, DerefMut};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::StoreError;

/// Connections that were opened together, and are closed together when this is dropped.
pub(super) struct Pool {
    connections: Vec<Mutex<Connection>>,
    /// Places in `connections` that nobody uses; the one that came back last, whose cache is warm, is lent first.
    idle: Mutex<Vec<usize>>,
    came_back: Condvar,
    patience: Duration,
}

impl Pool {
    /// Lends these; whoever finds all of them lent waits for `patience`.
    pub(super) fn of(connections: Vec<Connection>, patience: Duration) -> Pool {
        Pool {
            idle: Mutex::new((0..connections.len()).collect()),
            connections: connections.into_iter().map(Mutex::new).collect(),
            came_back: Condvar::new(),
            patience,
        }
    }

    /// A connection, once one is free.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when none was in time.
    pub(super) fn get(&self) -> Result<PooledConnection<'_>, StoreError> {
        let end = Instant::now() + self.patience;
        let mut idle = self.idle();
        loop {
            if let Some(place) = idle.pop() {
                drop(idle);
                let connection = self.connections[place].lock().unwrap_or_else(PoisonError::into_inner);
                return Ok(PooledConnection { pool: self, place, connection });
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                tracing::warn!("no reader was free within {:?}", self.patience);
                return Err(StoreError::Busy);
            }
            idle = self.came_back.wait_timeout(idle, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<usize>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that is lent until this is dropped, also by a query that panics.
pub(super) struct PooledConnection<'p> {
    pool: &'p Pool,
    place: usize,
    connection: MutexGuard<'p, Connection>,
}

impl Drop for PooledConnection<'_> {
    fn drop(&mut self) {
        self.pool.idle().push(self.place);
        self.pool.came_back.notify_one();
    }
}

impl Deref for PooledConnection<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl DerefMut for PooledConnection<'_> {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use std::panic::AssertUnwindSafe;

    use super::*;

    fn pool(connections: usize, patience: Duration) -> Pool {
        Pool::of((0..connections).map(|_| Connection::open_in_memory().unwrap()).collect(), patience)
    }

    const LONG: Duration = Duration::from_secs(600);

    #[test]
    fn whoever_finds_every_reader_at_work_is_asked_to_come_again() {
        let pool = pool(2, Duration::from_millis(1));
        let at_work = (pool.get().unwrap(), pool.get().unwrap());
        assert!(matches!(pool.get().map(|_| ()), Err(StoreError::Busy)));
        drop(at_work);
        assert!(pool.get().is_ok());
    }

    #[test]
    fn whoever_waits_gets_the_reader_that_comes_back() {
        let pool = pool(1, LONG);
        let first = pool.get().unwrap();
        std::thread::scope(|scope| {
            let waiting: Vec<_> = (0..3).map(|_| scope.spawn(|| pool.get().map(|_| ()))).collect();
            drop(first);
            assert!(waiting.into_iter().all(|waiting| waiting.join().unwrap().is_ok()));
        });
    }

    #[test]
    fn no_reader_is_lent_twice_at_once() {
        let pool = pool(2, LONG);
        let (one, other) = (pool.get().unwrap(), pool.get().unwrap());
        one.execute_batch("CREATE TABLE mine (n)").unwrap();
        assert!(other.prepare("SELECT n FROM mine").is_err());
        assert!(one.prepare("SELECT n FROM mine").is_ok());
    }

    #[test]
    fn the_reader_of_a_query_that_panicked_is_lent_again() {
        let pool = pool(1, Duration::from_millis(1));
        let panicked = std::panic::catch_unwind(AssertUnwindSafe(|| {
            let mut reader = pool.get().unwrap();
            let _transaction = reader.transaction().unwrap();
            panic!("a query of this test");
        }));
        assert!(panicked.is_err());
        assert!(pool.get().unwrap().is_autocommit(), "its transaction ended with it");
    }
}
