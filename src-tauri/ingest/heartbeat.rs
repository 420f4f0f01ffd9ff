//! Signs of life in the file while the public door is open, so that every period in which it was not is known
//! afterwards: after a crash, a shutdown, a sleep.
//!
//! The clocks are looked at every two seconds, in memory; a beat goes into the file every fifteen, in the commit of
//! whatever else is written then. What was noticed waits until the file takes it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::clock::{self, Tick};
use crate::domain::gaps::{self, Beat, GapPeriod, GapReason, Noticed, TICK};
use crate::providers::Provider;
use crate::store::{Store, StoreError, gaps::last_run};

/// How often a beat goes into the file. Microseconds of the clock that stands still in sleep.
const BEAT: i64 = 15_000_000;
/// A door that opens this soon after the start was open from the start. Microseconds.
const AT_ONCE: i64 = 1_000_000;

/// The program's heart. Cheap to clone.
#[derive(Clone)]
pub struct UptimeMonitor {
    store: Store,
    state: Arc<Mutex<UptimeState>>,
}

struct UptimeState {
    run: i64,
    started: i64,
    /// The same by the clock that is never set.
    begun: i64,
    listening: bool,
    last: Beat,
    /// The last beat that is in the file.
    written: Beat,
    /// A write is under way.
    writing: bool,
    /// A write failed since.
    failing: bool,
    /// What the file has not taken yet.
    noticed: Vec<Noticed>,
}

fn beat_of(tick: Tick) -> Beat {
    let micros = |time: Duration| i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
    Beat { wall: tick.wall.timestamp_micros(), awake: micros(tick.awake), real: micros(tick.real) }
}

/// For how long the provider of a slug tries again, seconds.
fn resends(provider: &str) -> Option<u32> {
    Provider::parse(provider).and_then(|provider| provider.reader().about().resends.seconds())
}

impl UptimeMonitor {
    /// Begins a run, and notes for how long there was none. `listening` says whether the door is open.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub async fn start(store: &Store, listening: bool) -> Result<UptimeMonitor, StoreError> {
        UptimeMonitor::start_at(store, listening, beat_of(clock::tick())).await
    }

    async fn start_at(store: &Store, listening: bool, now: Beat) -> Result<UptimeMonitor, StoreError> {
        let run = store
            .write(move |batch| {
                let noticed = gaps::at_start(last_run(batch.transaction())?, now.wall);
                note(batch, &noticed, now.wall)?;
                batch.run_begins(now.wall)
            })
            .await?;
        let state = UptimeState {
            run,
            started: now.wall,
            begun: now.awake,
            listening,
            last: now,
            written: now,
            writing: false,
            failing: false,
            noticed: Vec::new(),
        };
        Ok(UptimeMonitor { store: store.clone(), state: Arc::new(Mutex::new(state)) })
    }

    /// The door is open from now on.
    pub fn listening(&self) {
        let now = beat_of(clock::tick());
        // A door that opens at once was not closed.
        if now.awake - self.state().begun >= AT_ONCE {
            self.look(now);
        }
        self.state().listening = true;
    }

    /// Beats until `stop` turns true.
    pub async fn beat_until(self, mut stop: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = tokio::time::sleep(Duration::from_micros(TICK.unsigned_abs())) => {}
            }
            if self.look(beat_of(clock::tick())) {
                // Not waited for: a writer that is busy must not look like sleep.
                tokio::spawn(self.clone().write());
            }
        }
    }

    /// Ends the run in order, after the door was closed.
    pub async fn end(&self) {
        let now = beat_of(clock::tick());
        self.look(now);
        let (run, started, noticed) = {
            let mut state = self.state();
            (state.run, state.started, std::mem::take(&mut state.noticed))
        };
        let ended = self
            .store
            .write(move |batch| {
                noticed.iter().try_for_each(|noticed| note(batch, noticed, now.wall))?;
                batch.beat(run, started, now.wall)?;
                batch.run_ends(run, now.wall)
            })
            .await;
        if let Err(error) = ended {
            tracing::warn!("the end of the program could not be noted: {error}");
        }
    }

    fn state(&self) -> MutexGuard<'_, UptimeState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the clocks; `true` when something should be written.
    fn look(&self, now: Beat) -> bool {
        let mut state = self.state();
        let mut noticed = gaps::between(&state.last, &now);
        if !state.listening && noticed.gap.is_none() && now.wall > state.last.wall {
            noticed.gap = Some(GapPeriod { from: state.last.wall, to: now.wall, why: GapReason::NotListening });
        }
        if let Some(gap) = noticed.gap.filter(|gap| gap.why == GapReason::Asleep) {
            tracing::info!("nothing was heard for {} s: the computer was asleep", (gap.to - gap.from) / 1_000_000);
        }
        let urgent = noticed.moved.is_some() || noticed.gap.is_some_and(|gap| gap.why == GapReason::Asleep);
        if noticed != Noticed::default() {
            state.add(noticed);
        }
        state.last = now;
        let due = urgent || state.failing || now.awake - state.written.awake >= BEAT;
        let write = due && !state.writing;
        state.writing |= write;
        write
    }

    async fn write(self) {
        let (run, started, now, noticed) = {
            let mut state = self.state();
            let now = state.last;
            if state.failing {
                // What came meanwhile could not be kept, and was refused.
                let period = GapPeriod { from: state.written.wall, to: now.wall, why: GapReason::NotListening };
                if state.listening && period.from < period.to {
                    state.add(Noticed { gap: Some(period), moved: None });
                }
            }
            (state.run, state.started, now, std::mem::take(&mut state.noticed))
        };
        let job = noticed.clone();
        let written = self
            .store
            .write(move |batch| {
                job.iter().try_for_each(|noticed| note(batch, noticed, now.wall))?;
                batch.beat(run, started, now.wall)
            })
            .await;
        let mut state = self.state();
        state.writing = false;
        match written {
            Ok(()) => {
                state.failing = false;
                state.written = now;
            }
            Err(error) => {
                if !state.failing {
                    tracing::warn!("no sign of life could be written: {error}");
                }
                state.failing = true;
                let newer = std::mem::replace(&mut state.noticed, noticed);
                newer.into_iter().for_each(|noticed| state.add(noticed));
            }
        }
    }
}

impl UptimeState {
    /// Keeps what was noticed until it is written; a time of not listening that goes on stays one.
    fn add(&mut self, noticed: Noticed) {
        if noticed.moved.is_none()
            && let (Some(Noticed { gap: Some(last), moved: None }), Some(gap)) = (self.noticed.last_mut(), noticed.gap)
            && last.why == gap.why
            && gap.from <= last.to
        {
            last.from = last.from.min(gap.from);
            last.to = last.to.max(gap.to);
            return;
        }
        self.noticed.push(noticed);
    }
}

fn note(batch: &mut crate::store::Batch<'_>, noticed: &Noticed, now: i64) -> Result<(), StoreError> {
    if let Some(gap) = noticed.gap {
        batch.note_gap(gap, resends)?;
    }
    match noticed.moved {
        Some(by) => batch.clock_moved(now, by),
        None => Ok(()),
    }
}
