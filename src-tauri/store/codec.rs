//! Packing of bodies and payloads. The first byte says how, so that a later way can be added.

use std::cell::RefCell;
use std::sync::LazyLock;

use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};

use super::StoreError;

const PLAIN: u8 = 0;
const ZSTD_DICT_1: u8 = 1;

/// Trained on demo data only (`leadtrail demo` makes it), so that no customer's words stand in it.
static DICTIONARY_1: &[u8] = include_bytes!("dictionary-1.zstd");
static ENCODER_1: LazyLock<EncoderDictionary<'static>> = LazyLock::new(|| EncoderDictionary::copy(DICTIONARY_1, 3));
static DECODER_1: LazyLock<DecoderDictionary<'static>> = LazyLock::new(|| DecoderDictionary::copy(DICTIONARY_1));

/// No body or payload is longer (the largest body limit a setting allows, with room).
const MAX: usize = 256 * 1024 * 1024;

thread_local! {
    static PACK: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static UNPACK: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// Packs bytes. Falls back to storing them as they are.
pub(super) fn pack(bytes: &[u8]) -> Vec<u8> {
    let packed = PACK.with_borrow_mut(|slot| {
        if slot.is_none() {
            *slot = Compressor::with_prepared_dictionary(&ENCODER_1).ok();
        }
        slot.as_mut().and_then(|c| c.compress(bytes).ok())
    });
    match packed {
        Some(packed) if packed.len() < bytes.len() => {
            let mut out = Vec::with_capacity(packed.len() + 1);
            out.push(ZSTD_DICT_1);
            out.extend_from_slice(&packed);
            out
        }
        _ => {
            let mut out = Vec::with_capacity(bytes.len() + 1);
            out.push(PLAIN);
            out.extend_from_slice(bytes);
            out
        }
    }
}

/// Unpacks what [`pack`] packed.
pub(super) fn unpack(blob: &[u8]) -> Result<Vec<u8>, StoreError> {
    unpack_at_most(blob, MAX)
}

/// Unpacks what [`pack`] packed, unless that is more than `most` bytes: then nothing is unpacked.
pub(super) fn unpack_at_most(blob: &[u8], most: usize) -> Result<Vec<u8>, StoreError> {
    match blob.split_first() {
        None => Ok(Vec::new()),
        Some((&PLAIN, rest)) if rest.len() > most => Err(damaged()),
        Some((&PLAIN, rest)) => Ok(rest.to_vec()),
        Some((&ZSTD_DICT_1, rest)) => {
            let size = zstd::zstd_safe::get_frame_content_size(rest)
                .ok()
                .flatten()
                .and_then(|n| usize::try_from(n).ok())
                .filter(|n| *n <= most)
                .ok_or_else(damaged)?;
            UNPACK.with_borrow_mut(|slot| {
                if slot.is_none() {
                    *slot = Decompressor::with_prepared_dictionary(&DECODER_1).ok();
                }
                slot.as_mut().and_then(|d| d.decompress(rest, size).ok()).ok_or_else(damaged)
            })
        }
        Some(_) => Err(damaged()),
    }
}

/// Unpacks JSON that this program packed: what cannot be read was damaged.
pub(super) fn unpack_json<T: serde::de::DeserializeOwned>(blob: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(&unpack(blob)?)
        .map_err(|error| StoreError::Damaged(format!("something stored is not what was written ({error})")))
}

fn damaged() -> StoreError {
    StoreError::Damaged("a stored message cannot be unpacked".into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_packed_comes_back() {
        for bytes in [&b""[..], b"x", br#"{"event":"call.ended","data":{"id":1}}"#, &[7; 100_000]] {
            assert_eq!(unpack(&pack(bytes)).unwrap(), bytes);
        }
    }

    #[test]
    fn noise_is_an_error_not_a_panic() {
        assert!(unpack(&[1, 2, 3, 4, 5]).is_err());
        assert!(unpack(&[9]).is_err());
    }
}
