//! Which source a key in an address belongs to. Known keys cost one look into memory; unknown ones share a
//! few looks into the file a second, so that guessing is slow and a source that was just added works at once.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use crate::providers::Provider;
use crate::store::sources::{self, key_hash};
use crate::store::{SourceRow, Store, StoreError};

/// Looks into the file for unknown keys: this many at once, and then one each `SLOWLY`.
const AT_ONCE: f64 = 20.0;
const SLOWLY: Duration = Duration::from_millis(200);

/// Open sources by the SHA-256 of their key. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Addresses {
    store: Store,
    known: Arc<RwLock<Arc<CachedSources>>>,
    turns: Arc<tokio::sync::Mutex<LookupAllowance>>,
    /// When the last look began. Held while somebody looks.
    last: Arc<tokio::sync::Mutex<Option<Instant>>>,
}

#[derive(Default)]
struct CachedSources {
    version: Option<u64>,
    looked: Option<Instant>,
    by_hash: HashMap<[u8; 32], Arc<SourceRow>>,
}

/// How often whoever guesses may have the file looked into.
struct LookupAllowance {
    /// Turns that may be taken now.
    left: f64,
    counted: Instant,
}

impl Addresses {
    pub(crate) fn new(store: Store) -> Addresses {
        let turns = LookupAllowance { left: AT_ONCE, counted: Instant::now() };
        Addresses {
            store,
            known: Arc::default(),
            turns: Arc::new(tokio::sync::Mutex::new(turns)),
            last: Arc::default(),
        }
    }

    /// The open source whose address carries `key`.
    pub(crate) async fn find(&self, key: &str) -> Result<Option<Arc<SourceRow>>, StoreError> {
        let asked = Instant::now();
        let hash = key_hash(key);
        if let Some(source) = self.remembered(&hash) {
            return Ok(Some(source));
        }
        self.look(asked).await?;
        Ok(self.remembered(&hash))
    }

    /// Nothing when a source was changed since.
    fn remembered(&self, hash: &[u8; 32]) -> Option<Arc<SourceRow>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if known.version == Some(self.store.sources_version()) { known.by_hash.get(hash).cloned() } else { None }
    }

    /// Reads all open sources, unless somebody did since `asked`. Who asks for a key that nobody knows waits for
    /// its turn first, and keeps nobody waiting who asks because a source was changed.
    async fn look(&self, asked: Instant) -> Result<(), StoreError> {
        if self.is_current() {
            let mut turns = self.turns.lock().await;
            if self.last_look().is_some_and(|last| last >= asked) {
                return Ok(());
            }
            turns.take().await;
        }
        let mut last = self.last.lock().await;
        if last.is_some_and(|last| last >= asked) && self.is_current() {
            return Ok(());
        }
        *last = Some(Instant::now());
        // Read before the sources are: a change in between makes another look, not a stale answer.
        let version = self.store.sources_version();
        let all = self.store.read(sources::all).await?;
        let open = all.into_iter().filter(|source| source.closed_at.is_none());
        let by_hash = open.map(|source| (key_hash(&source.key), Arc::new(source))).collect();
        *self.known.write().unwrap_or_else(PoisonError::into_inner) =
            Arc::new(CachedSources { version: Some(version), looked: *last, by_hash });
        Ok(())
    }

    fn is_current(&self) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.version == Some(self.store.sources_version())
    }

    /// When the look that is remembered began.
    fn last_look(&self) -> Option<Instant> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).looked
    }
}

impl LookupAllowance {
    async fn take(&mut self) {
        // All who wait share the look that comes after.
        tokio::time::sleep(self.turn(Instant::now())).await;
    }

    /// How long whoever asks at `now` waits for a turn, which is theirs from then on.
    fn turn(&mut self, now: Instant) -> Duration {
        let gained = now.saturating_duration_since(self.counted).as_secs_f64() / SLOWLY.as_secs_f64();
        let left = (self.left + gained).min(AT_ONCE);
        let wait = SLOWLY.mul_f64((1.0 - left).max(0.0));
        self.left = (left - 1.0).max(0.0);
        self.counted = now + wait;
        wait
    }
}

/// Ready-made addresses of a source on `base`, by event; where the provider has one address for everything,
/// its one key is `all`.
pub fn urls(base: &str, provider: &str, key: &str) -> Map<String, Value> {
    let address = format!("{}/hooks/{key}", base.trim_end_matches('/'));
    let events = Provider::parse(provider).map(|provider| provider.reader().events()).unwrap_or_default();
    if events.is_empty() {
        return Map::from_iter([("all".to_string(), Value::String(address))]);
    }
    events.iter().map(|event| (event.key.to_string(), Value::String(format!("{address}/{}", event.key)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_guesses_waits_for_each_look_but_the_first_ones() {
        let mut now = Instant::now();
        let mut allowance = LookupAllowance { left: AT_ONCE, counted: now };
        let mut waited = |guesses: u32, now: &mut Instant| -> Duration {
            let begun = *now;
            (0..guesses).for_each(|_| *now += allowance.turn(*now));
            *now - begun
        };
        let at_once = AT_ONCE as u32;
        assert_eq!(waited(at_once, &mut now), Duration::ZERO);
        assert_eq!(waited(24, &mut now), SLOWLY * 24);
        now += SLOWLY * 1000;
        assert_eq!(waited(at_once + 1, &mut now), SLOWLY, "however long nobody asked, no more are at once");
    }
}
