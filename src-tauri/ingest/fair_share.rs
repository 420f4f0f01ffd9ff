//! Room that senders share, such as memory: nobody takes so much of it that somebody else finds none.
//!
//! A source that holds some may take more as long as it holds no more than what is free, so that of `n` who want
//! everything each ends up with an `n + 1`th and as much is left for whoever comes (this is how switches share their
//! buffers, "dynamic thresholds"). Whoever takes room bit by bit could wait for others who wait for it: the oldest such
//! guest, and the oldest of each source, can always go on to their end, because everybody else leaves them what they may
//! still want (the banker's algorithm with one claim).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

/// Room of some unit. Cheap to clone.
#[derive(Clone)]
pub struct FairShare {
    state: Arc<Mutex<RoomState>>,
}

struct RoomState {
    total: usize,
    held: usize,
    next: u64,
    guests: BTreeMap<u64, Seat>,
    sources: HashMap<i64, Share>,
    /// Guests that hold some and may want more, the oldest first.
    growing: BTreeSet<u64>,
}

struct Seat {
    source: i64,
    held: usize,
    most: usize,
    wants: usize,
    wake: Option<oneshot::Sender<()>>,
}

#[derive(Default)]
struct Share {
    guests: usize,
    held: usize,
    growing: BTreeSet<u64>,
    waiting: BTreeSet<u64>,
    /// When it was given something last: whoever waited longest comes first.
    served: u64,
}

/// Whether somebody gets what they want now.
#[derive(PartialEq, Eq)]
enum Admission {
    Yes,
    /// Their source holds its share.
    Share,
    /// There is not as much.
    Full,
}

/// Somebody who takes room of a source. What it holds is free again when this is dropped.
pub struct Permit {
    state: Arc<Mutex<RoomState>>,
    number: u64,
}

impl FairShare {
    /// Room for `total`.
    pub fn new(total: usize) -> FairShare {
        let state = RoomState {
            total,
            held: 0,
            next: 0,
            guests: BTreeMap::new(),
            sources: HashMap::new(),
            growing: BTreeSet::new(),
        };
        FairShare { state: Arc::new(Mutex::new(state)) }
    }

    /// Somebody of `source` who holds nothing yet, and will never want more than `most`.
    pub fn enter(&self, source: i64, most: usize) -> Permit {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.next += 1;
        let number = state.next;
        state.guests.insert(number, Seat { source, held: 0, most, wants: 0, wake: None });
        state.sources.entry(source).or_default().guests += 1;
        Permit { state: self.state.clone(), number }
    }

    /// Takes `amount` at once, as soon as it is there.
    pub async fn take(&self, source: i64, amount: usize) -> Permit {
        let mut guest = self.enter(source, amount);
        guest.grow(amount).await;
        guest
    }

    /// The same on a thread that may wait.
    pub fn take_blocking(&self, source: i64, amount: usize) -> Permit {
        let mut guest = self.enter(source, amount);
        if let Some(given) = guest.ask(amount) {
            let _ = given.blocking_recv();
        }
        guest
    }
}

impl Permit {
    /// Takes `more`, as soon as it is there. What is given up while it waits is not taken.
    pub async fn grow(&mut self, more: usize) {
        if let Some(given) = self.ask(more) {
            let _ = given.await;
        }
    }

    /// Asks for `more`; what is answered comes with it.
    fn ask(&mut self, more: usize) -> Option<oneshot::Receiver<()>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let seat = state.guests.get_mut(&self.number)?;
        let (wake, given) = oneshot::channel();
        seat.most = seat.most.max(seat.held + more);
        seat.wants = more;
        seat.wake = Some(wake);
        let source = seat.source;
        if let Some(share) = state.sources.get_mut(&source) {
            share.waiting.insert(self.number);
        }
        state.serve();
        Some(given)
    }

    /// It wants no more than it holds.
    pub fn settle(&mut self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(seat) = state.guests.get_mut(&self.number) {
            seat.most = seat.held;
            let source = seat.source;
            state.stops_growing(self.number, source);
            state.serve();
        }
    }

    /// What it holds.
    pub fn held(&self) -> usize {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.guests.get(&self.number).map_or(0, |seat| seat.held)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(seat) = state.guests.remove(&self.number) else { return };
        state.stops_growing(self.number, seat.source);
        state.held -= seat.held;
        if let Some(share) = state.sources.get_mut(&seat.source) {
            share.waiting.remove(&self.number);
            share.held -= seat.held;
            share.guests -= 1;
            if share.guests == 0 {
                state.sources.remove(&seat.source);
            }
        }
        state.serve();
    }
}

impl RoomState {
    fn stops_growing(&mut self, number: u64, source: i64) {
        self.growing.remove(&number);
        if let Some(share) = self.sources.get_mut(&source) {
            share.growing.remove(&number);
        }
    }

    /// What the oldest of those who take bit by bit may still want, unless it is `but`.
    fn reserved(&self, growing: &BTreeSet<u64>, but: u64) -> usize {
        let oldest = growing.first().filter(|number| **number != but);
        oldest.and_then(|number| self.guests.get(number)).map_or(0, |seat| seat.most.saturating_sub(seat.held))
    }

    fn may(&self, number: u64, seat: &Seat) -> Admission {
        // Somebody who wants more than there is gets it alone.
        let free = self.total.max(seat.most).saturating_sub(self.held);
        if self.growing.first() == Some(&number) {
            return if seat.wants <= free { Admission::Yes } else { Admission::Full };
        }
        let free = free.saturating_sub(self.reserved(&self.growing, number));
        if seat.wants > free {
            return Admission::Full;
        }
        let Some(share) = self.sources.get(&seat.source) else { return Admission::Yes };
        if share.held == 0 || share.growing.first() == Some(&number) {
            return Admission::Yes;
        }
        let wanted = share.held + seat.wants + self.reserved(&share.growing, number);
        if wanted <= free { Admission::Yes } else { Admission::Share }
    }

    /// Gives what can be given: first to the oldest that takes bit by bit, then to the sources that hold least, of
    /// equals to the one that was given something longest ago.
    fn serve(&mut self) {
        while let Some(first) = self.growing.first().copied() {
            match self.guests.get(&first).filter(|seat| seat.wants > 0).map(|seat| self.may(first, seat)) {
                Some(Admission::Yes) => self.give(first),
                Some(_) => return,
                None => break,
            }
        }
        let rank = |(source, share): (&i64, &Share)| Reverse((share.held, share.served, *source));
        let mut ranked: BinaryHeap<_> =
            self.sources.iter().filter(|(_, share)| !share.waiting.is_empty()).map(rank).collect();
        while let Some(Reverse((_, _, source))) = ranked.pop() {
            let Some(share) = self.sources.get(&source) else { continue };
            let oldest = share.growing.first().filter(|number| share.waiting.contains(number));
            let Some(number) = oldest.or_else(|| share.waiting.first()).copied() else { continue };
            let Some(seat) = self.guests.get(&number) else { continue };
            match self.may(number, seat) {
                Admission::Yes => {
                    self.give(number);
                    ranked.extend(self.sources.get_key_value(&source).map(rank));
                }
                Admission::Share => {}
                // Those after it would take what it waits for.
                Admission::Full => return,
            }
        }
    }

    fn give(&mut self, number: u64) {
        self.next += 1;
        let served = self.next;
        let Some(seat) = self.guests.get_mut(&number) else { return };
        let amount = std::mem::take(&mut seat.wants);
        seat.held += amount;
        self.held += amount;
        let (source, grows) = (seat.source, seat.held < seat.most);
        let wake = seat.wake.take();
        if grows {
            self.growing.insert(number);
        } else {
            self.growing.remove(&number);
        }
        if let Some(share) = self.sources.get_mut(&source) {
            share.waiting.remove(&number);
            share.held += amount;
            share.served = served;
            if grows {
                share.growing.insert(number);
            } else {
                share.growing.remove(&number);
            }
        }
        if let Some(wake) = wake {
            let _ = wake.send(());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    /// Whether it is given at once.
    fn at_once(future: impl Future<Output = ()>) -> bool {
        pin!(future).poll(&mut Context::from_waker(Waker::noop())) == Poll::Ready(())
    }

    fn grows(guest: &mut Permit, more: usize) -> bool {
        at_once(guest.grow(more))
    }

    #[test]
    fn one_source_leaves_half_of_it_to_whoever_comes() {
        let room = FairShare::new(100);
        let mut greedy: Vec<Permit> = (0..20).map(|_| room.enter(1, 10)).collect();
        let held = greedy.iter_mut().filter_map(|guest| grows(guest, 10).then_some(10)).sum::<usize>();
        assert_eq!(held, 50);
        let mut others: Vec<Permit> = (0..20).map(|n| room.enter(2 + n % 2, 10)).collect();
        let held = others.iter_mut().filter_map(|guest| grows(guest, 10).then_some(())).count();
        assert!((3..=4).contains(&held), "{held}");
        assert!(grows(&mut room.enter(4, 10), 10), "and there is some for the next one");
    }

    #[test]
    fn whoever_takes_bit_by_bit_comes_to_an_end() {
        let room = FairShare::new(60);
        let mut dripping: Vec<Permit> = (0..40).map(|n| room.enter(n % 3, 10)).collect();
        // All of them want a bit more in turn, for as long as anybody is not done.
        let (mut done, mut rounds) = (0, 0);
        while !dripping.is_empty() {
            for guest in &mut dripping {
                let _ = grows(guest, 1);
            }
            let before = dripping.len();
            dripping.retain(|guest| guest.held() < 10);
            done += before - dripping.len();
            rounds += 1;
            assert!(rounds < 400, "{done} of 40 came to an end");
            assert!(room.state.lock().unwrap().held <= 60);
        }
        let state = room.state.lock().unwrap();
        assert_eq!((state.held, state.guests.len(), state.sources.len(), state.growing.len()), (0, 0, 0, 0));
    }

    #[test]
    fn sources_take_turns_however_many_wait_of_one() {
        let room = FairShare::new(1);
        let mut first = room.enter(1, 1);
        assert!(grows(&mut first, 1));
        let mut flood: Vec<Permit> = (0..50).map(|_| room.enter(1, 1)).collect();
        flood.iter_mut().for_each(|guest| assert!(!grows(guest, 1)));
        let mut other = room.enter(2, 1);
        assert!(!grows(&mut other, 1));
        drop(first);
        assert_eq!(other.held(), 1, "who was never served comes before fifty of who was");
        drop(other);
        assert_eq!(flood.iter().map(Permit::held).sum::<usize>(), 1);
    }

    #[test]
    fn a_thread_that_takes_some_waits_for_it() {
        let room = FairShare::new(1);
        let first = room.take_blocking(1, 1);
        std::thread::scope(|scope| {
            let other = scope.spawn(|| room.take_blocking(2, 1).held());
            // It waits, or has not begun: either way it gets what the first one leaves.
            assert!(!other.is_finished());
            drop(first);
            assert_eq!(other.join().unwrap(), 1);
        });
    }

    #[test]
    fn what_is_larger_than_the_room_gets_it_alone() {
        let room = FairShare::new(10);
        let mut small = room.enter(1, 2);
        assert!(grows(&mut small, 2));
        let mut large = room.enter(2, 25);
        assert!(!grows(&mut large, 25));
        drop(small);
        assert_eq!(large.held(), 25);
        assert!(!grows(&mut room.enter(3, 1), 1));
    }
}
