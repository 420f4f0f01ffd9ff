//! What makes an event the same event.

use std::fmt;

use sha2::{Digest, Sha256};

/// What makes an event the same event, however often and through whatever batch it comes:
/// the first 16 bytes of a SHA-256 over the source and the provider's key.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct EventId(pub [u8; 16]);

impl EventId {
    /// The id of what `key` names within the source `source_uid`.
    pub fn of(source_uid: &str, key: &str) -> EventId {
        EventId(short_hash(&["event", source_uid, key]))
    }

    /// Reads the form that [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Option<EventId> {
        let bytes = hex::decode(text).ok()?;
        Some(EventId(bytes.try_into().ok()?))
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// 16 bytes of SHA-256 over length-prefixed parts, so that no two lists of parts collide by gluing.
pub fn short_hash(parts: &[&str]) -> [u8; 16] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let digest = hasher.finalize();
    let mut out = [0; 16];
    out.copy_from_slice(&digest[..16]);
    out
}
