//! The only reader of the wall clock.

use std::ops::RangeInclusive;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use chrono::{DateTime, Datelike, Local, Timelike, Utc};

static LAST_US: AtomicI64 = AtomicI64::new(0);
static START: OnceLock<Instant> = OnceLock::new();

/// The years in which times can be written down everywhere (RFC 3339, spreadsheets, names of files): microseconds since the
/// epoch from the first moment of 1970 to the last of 9999.
const YEARS: RangeInclusive<i64> = 0..=253_402_300_799_999_999;
/// How far from the end of time a clock that stands behind it is followed. Microseconds.
const DAY: i64 = 86_400_000_000;

/// Now, UTC, to the microsecond. Two calls of one process never answer the same instant, so that
/// "received last" has one meaning; a clock that is set back is followed.
pub fn now() -> DateTime<Utc> {
    let wall = in_years(wall(), running());
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

/// What the computer's clock says, microseconds since the epoch, as far off as it may be.
fn wall() -> i64 {
    let micros = |length: Duration| i64::try_from(length.as_micros()).unwrap_or(i64::MAX);
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    let now = SystemTime::now();
    match now.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => micros(since),
        Err(before) => -micros(before.duration()),
    }
}

/// How long this program has been running.
fn running() -> Duration {
    START.get_or_init(Instant::now).elapsed()
}

/// The same moment, where it can be written down. A clock that stands outside of all years still runs: from the first
/// moment on, or up to the last.
fn in_years(wall: i64, running: Duration) -> i64 {
    let ran = i64::try_from(running.as_micros()).unwrap_or(DAY).min(DAY);
    if wall < *YEARS.start() {
        YEARS.start() + ran
    } else if wall > *YEARS.end() {
        YEARS.end() - DAY + ran
    } else {
        wall
    }
}

/// What is wrong with the computer's clock where it says a year that no clock should: plain words.
pub fn trouble() -> Option<&'static str> {
    trouble_of(wall())
}

fn trouble_of(wall: i64) -> Option<&'static str> {
    if wall < *YEARS.start() {
        Some(
            "The clock of this computer says a year before 1970. What comes in now is kept with a wrong time: set the clock.",
        )
    } else if wall > *YEARS.end() {
        Some(
            "The clock of this computer says a year after 9999. What comes in now is kept with a wrong time: set the clock.",
        )
    } else {
        None
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
    let awake = running();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_outside_of_all_years_still_runs_and_is_said_to_be_wrong() {
        let seconds = Duration::from_secs;
        for (wall, first) in [(i64::MIN, 1970), (-1, 1970), (*YEARS.end() + 1, 9999), (i64::MAX, 9999)] {
            let (one, two) = (in_years(wall, seconds(1)), in_years(wall, seconds(2)));
            assert_eq!((from_micros(one).year(), two - one), (first, 1_000_000), "{wall}");
            assert_eq!(in_years(wall, Duration::MAX), in_years(wall, seconds(86_400)), "it never leaves the years");
            assert!(YEARS.contains(&in_years(wall, Duration::MAX)));
            let words = trouble_of(wall).unwrap();
            assert!(words.contains(&first.to_string()) && words.ends_with("set the clock."), "{words}");
        }
        for wall in [0, 1, 1_774_000_000_000_000, *YEARS.end()] {
            assert_eq!((in_years(wall, seconds(9)), trouble_of(wall)), (wall, None));
        }
        assert_eq!(from_micros(*YEARS.end()).to_rfc3339(), "9999-12-31T23:59:59.999999+00:00");
    }
}
