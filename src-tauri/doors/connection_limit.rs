//! Who is in when a port is full. Whoever opens connections without holding a key cannot keep out one who does:
//! the oldest of those without makes room for whoever comes. Nor can a source keep out another: of one that holds more than
//! its share of the places, those make room first whose message does not come to its end.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::connection::{Connection, Precedence};

/// How often those who are in are looked through again, while all of them are being served.
const AGAIN: Duration = Duration::from_millis(20);

/// A source may hold one of so many places before it makes room for others.
const SHARE: usize = 4;

/// The connections of one port.
pub(super) struct Crowd {
    share: usize,
    room: Arc<Semaphore>,
    lines: Mutex<OpenConnections>,
}

#[derive(Default)]
struct OpenConnections {
    next: u64,
    // In the order they came.
    all: BTreeMap<u64, Arc<Connection>>,
}

/// A connection's place: free again when this is dropped.
pub(super) struct ConnectionPermit {
    number: u64,
    crowd: Arc<Crowd>,
    pub(super) line: Arc<Connection>,
    _room: OwnedSemaphorePermit,
}

impl Crowd {
    pub(super) fn new(connections: usize) -> Arc<Crowd> {
        let room = Arc::new(Semaphore::new(connections));
        Arc::new(Crowd { share: connections.div_ceil(SHARE), room, lines: Mutex::default() })
    }

    /// A place, made by sending somebody away where all are taken. Waits where nobody can be sent.
    pub(super) async fn enter(self: &Arc<Crowd>) -> ConnectionPermit {
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

    fn place(self: &Arc<Crowd>, room: OwnedSemaphorePermit) -> ConnectionPermit {
        let line = Arc::new(Connection::new());
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.next += 1;
        let number = lines.next;
        lines.all.insert(number, line.clone());
        ConnectionPermit { number, crowd: self.clone(), line, _room: room }
    }

    /// Sends the one away who has the least claim: of equals one of the source that holds most, and of these the one who
    /// came first.
    pub(super) fn make_room(&self) {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let mut held: HashMap<i64, usize> = HashMap::new();
        for source in lines.all.values().filter_map(|line| line.caller.source()) {
            *held.entry(source).or_default() += 1;
        }
        let held_by =
            |line: &Connection| line.caller.source().and_then(|source| held.get(&source)).copied().unwrap_or(0);
        let weakest = lines.all.values().filter_map(|line| {
            let held = held_by(line);
            Some(((line.claim(held > self.share)?, Reverse(held)), line))
        });
        match weakest.min_by_key(|(claim, _)| *claim) {
            None | Some(((Precedence::Fresh, _), _)) => {}
            Some((_, line)) => line.leave(),
        }
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        self.crowd.lines.lock().unwrap_or_else(PoisonError::into_inner).all.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl ConnectionPermit {
        fn of(self, source: i64) -> ConnectionPermit {
            self.line.caller.prove_for(source);
            self.line.asked();
            self
        }

        fn sending(self) -> ConnectionPermit {
            self.line.caller.sends(true);
            self
        }

        fn quiet(self) -> ConnectionPermit {
            self.line.answered();
            self
        }

        fn leaves(&self) -> bool {
            self.line.leaves()
        }
    }

    /// Those who are in have had all the time that anybody has.
    fn later(crowd: &Crowd) {
        crowd.lines.lock().unwrap().all.values().for_each(|line| line.age(Duration::from_secs(6)));
    }

    #[tokio::test]
    async fn the_weakest_claim_makes_room_and_of_equals_the_oldest() {
        let crowd = Crowd::new(12);
        let (first, second, guesser) = (crowd.enter().await, crowd.enter().await, crowd.enter().await);
        guesser.line.caller.guessed_wrong();
        let (idle, slow) = (crowd.enter().await.of(1).quiet(), crowd.enter().await.of(2).sending());
        let written = crowd.enter().await.of(3);
        let token = crowd.enter().await;
        token.line.caller.prove();
        token.line.asked();
        later(&crowd);
        let fresh = crowd.enter().await;
        for goes in [&guesser, &first, &second] {
            assert!(!goes.leaves());
            crowd.make_room();
            assert!(goes.leaves());
        }
        crowd.make_room();
        assert!(![&fresh, &idle, &slow].iter().any(|place| place.leaves()), "one is here just now");
        later(&crowd);
        for goes in [&fresh, &idle, &slow] {
            assert!(!goes.leaves());
            crowd.make_room();
            assert!(goes.leaves());
        }
        crowd.make_room();
        assert!(!written.leaves() && !token.leaves(), "who is being served stays");
    }

    #[tokio::test]
    async fn a_source_beyond_its_share_makes_room_before_anybody_without_a_key() {
        let crowd = Crowd::new(12);
        let small = crowd.enter().await.of(7).sending();
        let written = crowd.enter().await.of(1);
        let mut greedy = vec![crowd.enter().await.of(1).quiet()];
        for _ in 0..4 {
            greedy.push(crowd.enter().await.of(1).sending());
        }
        crowd.make_room();
        assert!(!greedy.iter().any(ConnectionPermit::leaves), "they have the time that anybody has");
        let unknown = crowd.enter().await;
        later(&crowd);
        // Until it holds no more than a quarter.
        for n in 0..3 {
            crowd.make_room();
            assert_eq!(greedy.iter().filter(|place| place.leaves()).count(), 1);
            greedy.retain(|place| !place.leaves());
            assert!(!unknown.leaves(), "{n}");
        }
        crowd.make_room();
        assert!(unknown.leaves());
        drop(unknown);
        // Of those within their share, it is one of the source that holds most.
        crowd.make_room();
        assert!(greedy.iter().any(ConnectionPermit::leaves) && !small.leaves() && !written.leaves());
    }

    #[tokio::test]
    async fn whoever_comes_when_all_are_served_waits_until_one_is_done() {
        let crowd = Crowd::new(1);
        let served = crowd.enter().await.of(1);
        let next = tokio::time::timeout(Duration::from_millis(100), crowd.enter()).await;
        assert!(next.is_err());
        drop(served);
        crowd.enter().await;
    }
}
