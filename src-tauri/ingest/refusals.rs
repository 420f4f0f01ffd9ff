//! Counts of requests that leave nothing else behind. A flood of them costs one write a second.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::clock;
use crate::store::{Store, StoreError};

/// At most one write in this time.
const PACE: Duration = Duration::from_secs(1);

type WaitingCounts = BTreeMap<(&'static str, Option<i64>), i64>;

#[derive(Default)]
struct RefusalCounts {
    waiting: WaitingCounts,
    writing: bool,
}

/// Counts that are written soon.
#[derive(Clone)]
pub struct Refusals {
    store: Store,
    state: Arc<Mutex<RefusalCounts>>,
    /// Held while counts are on their way: whoever flushes then waits for them.
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl Refusals {
    pub(super) fn new(store: Store) -> Refusals {
        Refusals { store, state: Arc::default(), turn: Arc::default() }
    }

    /// Counts one request that was refused because of `what`.
    pub fn count(&self, what: &'static str, source: Option<i64>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state.waiting.entry((what, source)).or_default() += 1;
        if !state.writing && tokio::runtime::Handle::try_current().is_ok() {
            state.writing = true;
            tokio::spawn(self.clone().write_until_quiet());
        }
    }

    async fn write_until_quiet(self) {
        loop {
            if let Err(error) = self.flush().await {
                tracing::warn!("refused requests could not be counted: {error}");
            }
            tokio::time::sleep(PACE).await;
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if state.waiting.is_empty() {
                state.writing = false;
                return;
            }
        }
    }

    /// Writes what waits, and answers once all that was counted before is in the file.
    ///
    /// # Errors
    /// [`StoreError`] of the file; the counts are lost then.
    pub async fn flush(&self) -> Result<(), StoreError> {
        let _turn = self.turn.lock().await;
        let waiting = std::mem::take(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner).waiting);
        if waiting.is_empty() {
            return Ok(());
        }
        let now = clock::now();
        self.store
            .write(move |batch| waiting.iter().try_for_each(|((what, source), n)| batch.refuse(what, *source, now, *n)))
            .await
    }
}
