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
    known: Arc<RwLock<Arc<Known>>>,
    looks: Arc<tokio::sync::Mutex<Looks>>,
}

#[derive(Default)]
struct Known {
    version: Option<u64>,
    by_hash: HashMap<[u8; 32], Arc<SourceRow>>,
}

struct Looks {
    /// Looks that may be taken now.
    left: f64,
    counted: Instant,
    /// When the last look began.
    last: Option<Instant>,
}

impl Addresses {
    pub(crate) fn new(store: Store) -> Addresses {
        let looks = Looks { left: AT_ONCE, counted: Instant::now(), last: None };
        Addresses { store, known: Arc::default(), looks: Arc::new(tokio::sync::Mutex::new(looks)) }
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

    /// Reads all open sources, unless somebody did since `asked`.
    async fn look(&self, asked: Instant) -> Result<(), StoreError> {
        let mut looks = self.looks.lock().await;
        let current = {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            known.version == Some(self.store.sources_version())
        };
        if current {
            if looks.last.is_some_and(|last| last >= asked) {
                return Ok(());
            }
            looks.take().await;
        }
        looks.last = Some(Instant::now());
        // Read before the sources are: a change in between makes another look, not a stale answer.
        let version = self.store.sources_version();
        let all = self.store.read(sources::all).await?;
        let open = all.into_iter().filter(|source| source.closed_at.is_none());
        let by_hash = open.map(|source| (key_hash(&source.key), Arc::new(source))).collect();
        *self.known.write().unwrap_or_else(PoisonError::into_inner) =
            Arc::new(Known { version: Some(version), by_hash });
        Ok(())
    }
}

impl Looks {
    async fn take(&mut self) {
        let gained = self.counted.elapsed().as_secs_f64() / SLOWLY.as_secs_f64();
        self.left = (self.left + gained).min(AT_ONCE);
        self.counted = Instant::now();
        if self.left < 1.0 {
            // All who wait share the look that comes after.
            tokio::time::sleep(SLOWLY.mul_f64(1.0 - self.left)).await;
            self.left = 1.0;
            self.counted = Instant::now();
        }
        self.left -= 1.0;
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
