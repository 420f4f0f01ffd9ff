//! The only reader of the wall clock.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Utc};

static LAST_US: AtomicI64 = AtomicI64::new(0);

/// Now, UTC, to the microsecond. Two calls of one process never answer the same instant, so that
/// "received last" has one meaning; a clock that is set back is followed.
pub fn now() -> DateTime<Utc> {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    let wall = Utc::now().timestamp_micros();
    let mut last = LAST_US.load(Ordering::Relaxed);
    loop {
        // Only a tie or a tiny step back is nudged: half a second covers bursts, not a clock that was set.
        let next = if wall <= last && last - wall < 500_000 { last + 1 } else { wall };
        match LAST_US.compare_exchange_weak(last, next, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => return from_micros(next),
            Err(seen) => last = seen,
        }
    }
}

/// The instant of microseconds since the epoch.
pub fn from_micros(us: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(us).unwrap_or(DateTime::UNIX_EPOCH)
}
