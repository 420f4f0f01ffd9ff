//! The rate the owner may set for each source: a bucket in memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

struct Bucket {
    left: f64,
    counted: Instant,
}

/// Buckets of the sources. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Pace {
    buckets: Arc<Mutex<HashMap<i64, Bucket>>>,
}

impl Pace {
    /// Lets one request of the source pass, or answers how many seconds it is too early. `per_minute` may
    /// come at once, and then as many each minute.
    pub(crate) fn pass(&self, source: i64, per_minute: u32, now: Instant) -> Result<(), u64> {
        let most = f64::from(per_minute);
        let a_second = most / 60.0;
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.entry(source).or_insert(Bucket { left: most, counted: now });
        let gained = now.saturating_duration_since(bucket.counted).as_secs_f64() * a_second;
        bucket.left = (bucket.left + gained).min(most);
        bucket.counted = now;
        // Sums of fractions may fall a hair short of a whole.
        if bucket.left >= 1.0 - 1e-6 {
            bucket.left = (bucket.left - 1.0).max(0.0);
            return Ok(());
        }
        // A rate of nothing at all: come back in an hour.
        let wait = if a_second > 0.0 { ((1.0 - bucket.left) / a_second - 1e-3).ceil() } else { 3600.0 };
        Err((wait as u64).clamp(1, 3600))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn each_source_has_its_own_rate() {
        let (pace, start) = (Pace::default(), Instant::now());
        let after = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(pace.pass(1, 2, start), Ok(()));
        assert_eq!(pace.pass(1, 2, start), Ok(()));
        assert_eq!(pace.pass(1, 2, start), Err(30));
        assert_eq!(pace.pass(2, 2, start), Ok(()));
        assert_eq!(pace.pass(1, 2, after(20)), Err(10));
        assert_eq!(pace.pass(1, 2, after(30)), Ok(()));
        assert_eq!(pace.pass(1, 2, after(30)), Err(30));
        assert_eq!(pace.pass(3, 0, start), Err(3600));
    }
}
