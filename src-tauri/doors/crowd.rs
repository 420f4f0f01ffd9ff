//! Who is in when a port is full. Whoever opens connections without holding a key cannot keep out one who does:
//! the oldest of those without makes room for whoever comes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::line::Line;

/// How often those who are in are looked through again, while all of them are being served.
const AGAIN: Duration = Duration::from_millis(20);

/// The connections of one port.
pub(super) struct Crowd {
    room: Arc<Semaphore>,
    lines: Mutex<Lines>,
}

#[derive(Default)]
struct Lines {
    next: u64,
    // In the order they came.
    all: BTreeMap<u64, Arc<Line>>,
}

/// A connection's place: free again when this is dropped.
pub(super) struct Place {
    number: u64,
    crowd: Arc<Crowd>,
    pub(super) line: Arc<Line>,
    _room: OwnedSemaphorePermit,
}

impl Crowd {
    pub(super) fn new(connections: usize) -> Arc<Crowd> {
        Arc::new(Crowd { room: Arc::new(Semaphore::new(connections)), lines: Mutex::default() })
    }

    /// A place, made by sending somebody away where all are taken. Waits where nobody can be sent.
    pub(super) async fn enter(self: &Arc<Crowd>) -> Place {
        loop {
            if let Ok(room) = self.room.clone().try_acquire_owned() {
                return self.place(room);
            }
            self.make_room();
            if let Ok(Ok(room)) = tokio::time::timeout(AGAIN, self.room.clone().acquire_owned()).await {
                return self.place(room);
            }
        }
    }

    fn place(self: &Arc<Crowd>, room: OwnedSemaphorePermit) -> Place {
        let line = Arc::new(Line::new());
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.next += 1;
        let number = lines.next;
        lines.all.insert(number, line.clone());
        Place { number, crowd: self.clone(), line, _room: room }
    }

    /// Sends the one away who has the least claim, of equals the one who came first.
    pub(super) fn make_room(&self) {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let weakest = lines.all.values().filter_map(|line| Some((line.claim()?, line))).min_by_key(|(claim, _)| *claim);
        if let Some((_, line)) = weakest {
            line.leave();
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.crowd.lines.lock().unwrap_or_else(PoisonError::into_inner).all.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_weakest_claim_makes_room_and_of_equals_the_oldest() {
        let crowd = Crowd::new(4);
        let (first, proven, guesser, last) =
            (crowd.enter().await, crowd.enter().await, crowd.enter().await, crowd.enter().await);
        proven.line.caller.prove();
        proven.line.asked();
        guesser.line.caller.guessed_wrong();
        for goes in [guesser, first, last] {
            let (line, crowd) = (goes.line.clone(), crowd.clone());
            assert!(line.claim().is_some());
            let next = tokio::spawn(async move { crowd.enter().await });
            tokio::time::timeout(Duration::from_secs(5), async {
                while line.claim().is_some() {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            })
            .await
            .expect("it is asked to leave");
            drop(goes);
            // The newcomer holds a key, and is being served: nobody sends it away.
            let next = next.await.unwrap();
            next.line.caller.prove();
            next.line.asked();
            std::mem::forget(next);
        }
        assert_eq!(proven.line.claim(), None, "who is being served stays");
        let full = tokio::time::timeout(Duration::from_millis(100), crowd.enter()).await;
        assert!(full.is_err(), "and whoever comes now waits");
        drop(proven);
        tokio::time::timeout(Duration::from_secs(5), crowd.enter()).await.expect("until one of them is done");
    }
}
