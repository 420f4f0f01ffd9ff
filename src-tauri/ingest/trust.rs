//! Is a delivery from who it says it is from, and which of its headers are kept.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::body::Unpacked;
use crate::providers::{Credential, Headers, Provider, Verdict, signature};
use crate::store::SourceRow;

/// Put before the digest of a header value that is not kept in clear.
pub const HIDDEN: &str = "hidden:";

/// More headers, or longer ones, are not kept: no sender needs them.
const KEPT: usize = 40;
const KEPT_LENGTH: usize = 2048;

/// Headers of the way, not of the message.
const NOISE: [&str; 27] = [
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "connection",
    "content-length",
    "cookie",
    "cookie2",
    "set-cookie",
    "dnt",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "origin",
    "pragma",
    "priority",
    "proxy-connection",
    "referer",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "upgrade-insecure-requests",
    "via",
    "x-real-ip",
];

/// Beginnings of names that proxies and tunnels add.
const NOISE_FAMILIES: [&str; 6] = ["x-forwarded-", "cf-", "cdn-", "sec-", "ngrok-", "fly-"];

/// Parts of names whose values are secrets, unless the name says it is a signature.
const SECRETS: [&str; 7] = ["auth", "token", "secret", "password", "api-key", "apikey", "credential"];

/// The headers that go into the journal: without those of the way, secrets as a digest only.
pub fn keep(headers: &Headers, source: &SourceRow) -> Headers {
    let mut kept = Vec::new();
    for (name, value) in &headers.0 {
        let lower = name.to_ascii_lowercase();
        let noise = NOISE.contains(&lower.as_str()) || NOISE_FAMILIES.iter().any(|family| lower.starts_with(family));
        let configured = source.auth_headers.iter().any(|header| header.name.eq_ignore_ascii_case(name));
        if (noise && !configured) || lower == "cookie" || lower == "set-cookie" || kept.len() == KEPT {
            continue;
        }
        if configured || is_secret(&lower) {
            kept.push((name.clone(), digest(source, value)));
        } else if value.len() <= KEPT_LENGTH {
            kept.push((name.clone(), value.clone()));
        }
    }
    Headers(kept)
}

fn is_secret(lower: &str) -> bool {
    !lower.contains("signature") && SECRETS.iter().any(|part| lower.contains(part))
}

/// Tells whether a value was the same, and nothing else about it.
fn digest(source: &SourceRow, value: &str) -> String {
    let tag = Hmac::<Sha256>::new_from_slice(source.key.as_bytes())
        .map(|mac| mac.chain_update(value.trim().as_bytes()).finalize().into_bytes().to_vec())
        .unwrap_or_default();
    format!("{HIDDEN}{}", hex::encode(tag))
}

/// Whether a delivery matches the source's present keys and headers; where it has both kinds, both must
/// match. `headers` are those of the wire or those that were kept, `unpacked` is what the body says.
pub fn check(source: &SourceRow, headers: &Headers, body: &[u8], unpacked: &Unpacked<'_>) -> Verdict {
    let Some(provider) = Provider::parse(&source.provider) else { return Verdict::Unsigned };
    let reader = provider.reader();
    let signs = matches!(reader.about().credential, Credential::SigningKey { .. });
    let mut verdict = Verdict::Unsigned;
    if signs && !source.signing_keys.is_empty() {
        let keys: Vec<String> = source.signing_keys.iter().map(|key| key.value.clone()).collect();
        // Over the body as its sender signed it: mostly before it was packed.
        verdict = match unpacked {
            Ok((plain, _)) => match reader.verify(plain, headers, &keys) {
                Verdict::Failed(_) if plain.as_ref() != body => reader.verify(body, headers, &keys),
                verdict => verdict,
            },
            Err(_) => reader.verify(body, headers, &keys),
        };
    }
    if matches!(verdict, Verdict::Failed(_)) || source.auth_headers.is_empty() {
        return verdict;
    }
    let expected: Vec<(String, String)> =
        source.auth_headers.iter().map(|header| (header.name.clone(), header.value.clone())).collect();
    let digests: Vec<(String, String)> =
        expected.iter().map(|(name, value)| (name.clone(), digest(source, value))).collect();
    let hidden = |(name, _): &(String, String)| headers.get(name).is_some_and(|given| given.starts_with(HIDDEN));
    if expected.iter().any(hidden) {
        signature::auth_header(headers, &digests, reader.about().name)
    } else {
        signature::auth_header(headers, &expected, reader.about().name)
    }
}

/// Compares two secrets without telling by time where they differ.
pub fn same_secret(given: &str, wanted: &str) -> bool {
    given.len() == wanted.len() && bool::from(given.as_bytes().ct_eq(wanted.as_bytes()))
}
