//! Test events that are on their way from here to the public door: what proves the address, not the service.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use super::Ingest;

/// A source and the SHA-256 of a body.
type Key = (i64, [u8; 32]);

/// What is expected, and how often. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Tests {
    expected: Arc<Mutex<HashMap<Key, usize>>>,
}

/// A test event that is expected as long as this is there.
#[derive(Debug)]
#[must_use]
pub struct Expected {
    tests: Tests,
    key: Key,
}

impl Tests {
    fn expected(&self) -> MutexGuard<'_, HashMap<Key, usize>> {
        self.expected.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a body of a source is one. Costs nothing where none is expected.
    pub(super) fn are_expected(&self, source: i64, body: &[u8]) -> bool {
        let expected = self.expected();
        expected.keys().any(|(of, _)| *of == source) && expected.contains_key(&(source, Sha256::digest(body).into()))
    }
}

impl Drop for Expected {
    fn drop(&mut self) {
        let mut expected = self.tests.expected();
        if let Some(count) = expected.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                expected.remove(&self.key);
            }
        }
    }
}

impl Ingest {
    /// A test event of a source with this body is about to come through the public door.
    pub fn expect_test(&self, source: i64, body: &[u8]) -> Expected {
        let key = (source, Sha256::digest(body).into());
        *self.tests.expected().entry(key).or_default() += 1;
        Expected { tests: self.tests.clone(), key }
    }
}
