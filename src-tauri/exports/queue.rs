//! Exports that are under way: some are made, the others wait for their turn.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// Files that are made at once; others wait.
const AT_ONCE: usize = 2;
/// How many there are, before it is begun.
const UNKNOWN: u64 = u64::MAX;

/// How far an export is that is under way.
#[derive(Debug)]
pub(super) struct RunningExport {
    cancelled: AtomicBool,
    done: AtomicU64,
    of: AtomicU64,
}

impl RunningExport {
    /// Notes how far it is.
    pub(super) fn reached(&self, done: u64, of: u64) {
        self.done.store(done, Ordering::Relaxed);
        self.of.store(of, Ordering::Relaxed);
    }

    /// Says that it is not wanted.
    pub(super) fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether somebody said that it is not wanted.
    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

/// Exports under way, by number.
#[derive(Default)]
pub(super) struct ExportQueue {
    running: Mutex<HashMap<i64, Arc<RunningExport>>>,
    taken: Mutex<usize>,
    changed: Condvar,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ExportQueue {
    /// How many are made or wait.
    pub(super) fn len(&self) -> usize {
        lock(&self.running).len()
    }

    pub(super) fn contains(&self, id: i64) -> bool {
        lock(&self.running).contains_key(&id)
    }

    /// How far it is ([`OnProgress`](super::OnProgress)); `None` where it waits, or is not under way.
    pub(super) fn progress(&self, id: i64) -> Option<(u64, u64)> {
        let running = lock(&self.running).get(&id).cloned()?;
        let of = running.of.load(Ordering::Relaxed);
        (of != UNKNOWN).then(|| (running.done.load(Ordering::Relaxed), of))
    }

    pub(super) fn enter(&self, id: i64) -> Arc<RunningExport> {
        let (cancelled, done, of) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(UNKNOWN));
        let running = Arc::new(RunningExport { cancelled, done, of });
        lock(&self.running).insert(id, running.clone());
        running
    }

    pub(super) fn leave(&self, id: i64) {
        lock(&self.running).remove(&id);
    }

    /// Says that one is not wanted; `false` where it is not under way.
    pub(super) fn cancel(&self, id: i64) -> bool {
        let Some(running) = lock(&self.running).get(&id).cloned() else { return false };
        running.cancel();
        self.changed.notify_all();
        true
    }

    /// Waits for a place. `false` where it is to end instead.
    pub(super) fn take_place(&self, running: &RunningExport, closing: &watch::Sender<bool>) -> bool {
        let mut taken = lock(&self.taken);
        while *taken >= AT_ONCE {
            if running.is_cancelled() || *closing.borrow() {
                return false;
            }
            let wait = std::time::Duration::from_millis(200);
            taken = self.changed.wait_timeout(taken, wait).unwrap_or_else(PoisonError::into_inner).0;
        }
        *taken += 1;
        true
    }

    pub(super) fn give_place(&self) {
        *lock(&self.taken) -= 1;
        self.changed.notify_all();
    }
}
