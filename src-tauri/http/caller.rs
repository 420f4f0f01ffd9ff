//! Who is at the other end of a connection, as far as its requests have shown. A door hands it to the router with
//! each request, the router says what it learned, and the door lets it decide who stays when it gets crowded.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};

use axum::extract::Request;

/// One connection's caller. Cheap to clone; all clones are the same one.
#[derive(Debug, Clone, Default)]
pub struct Caller(Arc<CallerStanding>);

#[derive(Debug, Default)]
struct CallerStanding {
    proven: AtomicBool,
    guesses: AtomicU32,
    /// 0 where no source is known.
    source: AtomicI64,
    sends: AtomicBool,
}

impl Caller {
    /// The caller of a request, where it came through a door with connections.
    pub fn of(request: &Request) -> Option<&Caller> {
        request.extensions().get()
    }

    /// It holds a valid key or token.
    pub fn prove(&self) {
        self.0.proven.store(true, Ordering::Relaxed);
    }

    /// It holds the key of this source.
    pub fn prove_for(&self, source: i64) {
        self.0.source.store(source, Ordering::Relaxed);
        self.prove();
    }

    /// The source whose key it showed last.
    pub fn source(&self) -> Option<i64> {
        Some(self.0.source.load(Ordering::Relaxed)).filter(|source| *source != 0)
    }

    /// The body of its request is on its way, or has come to its end.
    pub fn sends(&self, sends: bool) {
        self.0.sends.store(sends, Ordering::Relaxed);
    }

    /// Whether it is heard that the body of its request is still on its way.
    pub fn is_sending(&self) -> bool {
        self.0.sends.load(Ordering::Relaxed)
    }

    /// It came with a key or token that is none.
    pub fn guessed_wrong(&self) {
        self.0.guesses.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether it ever held a valid key or token.
    pub fn is_proven(&self) -> bool {
        self.0.proven.load(Ordering::Relaxed)
    }

    /// How often it guessed wrong.
    pub fn guesses(&self) -> u32 {
        self.0.guesses.load(Ordering::Relaxed)
    }
}
