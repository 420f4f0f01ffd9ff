//! Checks that more than one sender uses. All comparisons are constant time.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::{Headers, Verdict};

/// `true` when `tag` is the HMAC-SHA1 of `message` under `key`.
pub fn hmac_sha1_is(key: &[u8], message: &[u8], tag: &[u8]) -> bool {
    Hmac::<Sha1>::new_from_slice(key).is_ok_and(|mac| mac.chain_update(message).verify_slice(tag).is_ok())
}

/// `true` when `tag` is the HMAC-SHA256 of the parts, one after the other, under `key`.
pub fn hmac_sha256_is(key: &[u8], parts: &[&[u8]], tag: &[u8]) -> bool {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return false };
    for part in parts {
        mac.update(part);
    }
    mac.verify_slice(tag).is_ok()
}

/// The HMAC-SHA1 of `message` under `key`.
pub fn hmac_sha1(key: &[u8], message: &[u8]) -> Vec<u8> {
    Hmac::<Sha1>::new_from_slice(key)
        .map(|mac| mac.chain_update(message).finalize().into_bytes().to_vec())
        .unwrap_or_default()
}

/// The HMAC-SHA256 of the parts, one after the other, under `key`.
pub fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

/// Compares a static header, such as `Authorization: Bearer x`, with what the owner set. `expected`
/// holds `(name, value)` pairs of which one has to match.
pub fn auth_header(headers: &Headers, expected: &[(String, String)], provider: &str) -> Verdict {
    let mut seen = false;
    for (name, value) in expected {
        let Some(given) = headers.get(name) else { continue };
        seen = true;
        if bool::from(given.trim().as_bytes().ct_eq(value.trim().as_bytes())) {
            return Verdict::Verified;
        }
    }
    Verdict::Failed(if seen {
        format!("The password in the header is not the one you set for {provider}.")
    } else {
        format!("{provider} did not send the header you set for it.")
    })
}
