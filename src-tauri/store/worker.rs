//! A thread that works off what it is given, until nobody can give it anything any more.

use std::sync::mpsc::{SyncSender, TrySendError};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;

use super::StoreError;

/// The thread, as those know it who give it work.
pub(super) struct Worker<J> {
    jobs: Mutex<Option<SyncSender<J>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl<J: Send + 'static> Worker<J> {
    pub(super) fn new(jobs: SyncSender<J>, thread: JoinHandle<()>) -> Worker<J> {
        Worker { jobs: Mutex::new(Some(jobs)), thread: Mutex::new(Some(thread)) }
    }

    fn jobs(&self) -> Result<SyncSender<J>, StoreError> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).clone().ok_or(StoreError::Stopped)
    }

    /// Gives it work. Whoever waits for an answer then holds nothing of this: the thread ends with the last who could, and
    /// somebody may be waiting for that on the very thread that would have to go on here.
    pub(super) async fn give(&self, job: J) -> Result<(), StoreError> {
        let full = {
            let jobs = self.jobs()?;
            match jobs.try_send(job) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Full(job)) => (jobs, job),
                Err(TrySendError::Disconnected(_)) => return Err(StoreError::Stopped),
            }
        };
        // Full: wait off the async threads, so that the door keeps answering others.
        let (jobs, job) = full;
        let given = tokio::task::spawn_blocking(move || jobs.send(job).map_err(|_| StoreError::Stopped));
        given.await.map_err(|_| StoreError::Stopped)?
    }

    /// [`Worker::give`] for threads outside of the async runtime.
    pub(super) fn give_blocking(&self, job: J) -> Result<(), StoreError> {
        self.jobs()?.send(job).map_err(|_| StoreError::Stopped)
    }

    /// Takes no more, and waits until what was taken is worked off.
    pub(super) fn stop(&self) {
        drop(self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take());
        if let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = thread.join();
        }
    }
}
