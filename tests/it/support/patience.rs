//! Waiting for what is to become so, however slow the machine is.

use std::time::{Duration, Instant};

/// Ends a test that would never end. Nothing is measured by it.
pub const HANGS: Duration = Duration::from_secs(600);

/// Between two looks.
const LOOK: Duration = Duration::from_millis(10);

/// Looks again and again until there is an answer.
pub async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(begun.elapsed() < HANGS, "never {what}");
        tokio::time::sleep(LOOK).await;
    }
}

/// The same on a thread of its own.
pub fn until_blocking<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < HANGS, "never {what}");
        std::thread::sleep(LOOK);
    }
}
