//! The only reader of the wall clock.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, Datelike, Local, Timelike, Utc};

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

/// The clocks at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Tick {
    /// As [`now`].
    pub wall: DateTime<Utc>,
    /// Counts while the computer is awake.
    pub awake: Duration,
    /// Counts also while it sleeps; where the system has no such clock, the same as `awake`.
    pub real: Duration,
}

/// All clocks. Only the differences of `awake` and of `real` within one process mean something.
pub fn tick() -> Tick {
    static START: OnceLock<Instant> = OnceLock::new();
    let awake = START.get_or_init(Instant::now).elapsed();
    Tick { wall: now(), awake, real: also_asleep().unwrap_or(awake) }
}

/// Rust's own monotonic clock stands still while Linux and macOS sleep, and goes on while Windows does.
fn also_asleep() -> Option<Duration> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let clock = rustix::time::ClockId::Boottime;
    #[cfg(target_vendor = "apple")]
    let clock = rustix::time::ClockId::Monotonic;
    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    {
        let time = rustix::time::clock_gettime(clock);
        Some(Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0)))
    }
    #[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
    None
}

/// The hour of the week where this machine is, 0 to 167, from Monday 0:00.
pub fn hour_of_week(at: DateTime<Utc>) -> usize {
    let local = at.with_timezone(&Local);
    local.weekday().num_days_from_monday() as usize * 24 + local.hour() as usize
}

/// A time as people say it where this machine is: today `09:14`; this week `Tue 24 Mar, 18:41`; older with the year.
pub fn said(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let (at, now) = (at.with_timezone(&Local), now.with_timezone(&Local));
    let form = match (now.date_naive() - at.date_naive()).num_days() {
        0 => "%H:%M",
        1..=6 => "%a %-d %b, %H:%M",
        _ => "%a %-d %b %Y, %H:%M",
    };
    at.format(form).to_string()
}
