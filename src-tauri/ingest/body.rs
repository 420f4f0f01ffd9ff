//! Bytes of a body as they came, and what they say once unpacked.

use std::borrow::Cow;
use std::io::Read;

use crate::providers::Headers;
use crate::settings::LARGEST_BODY;

/// Said in the repairs when a packed body does not say that it is.
const UNLABELLED: &str = "the message was compressed without saying so";

/// A packed body may be several one after the other. Beginning each costs time, and no sender makes many.
const MEMBERS: usize = 1000;

/// Why a body cannot be unpacked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Packed {
    /// Unpacked it is larger than allowed.
    #[error("The message is too large once unpacked.")]
    TooLarge,
    /// It is torn, or not what it says.
    #[error("The message says it is compressed, but cannot be unpacked.")]
    Torn,
    /// In a way we do not read.
    #[error("The message is compressed in a way Leadtrail does not read ({0}).")]
    Unknown(String),
}

/// The body a sender meant, with what had to be mended; or why it cannot be told.
pub type Unpacked<'a> = Result<(Cow<'a, [u8]>, Option<&'static str>), Packed>;

/// The body a sender meant: gzip is taken off, nothing else.
///
/// # Errors
/// [`Packed`]; at most `limit` bytes are ever made.
pub fn unpack<'a>(body: &'a [u8], headers: &Headers, limit: usize) -> Unpacked<'a> {
    let encoding = headers.get("content-encoding").unwrap_or_default().trim().to_ascii_lowercase();
    match encoding.as_str() {
        "" | "identity" if is_gzip(body) => Ok((Cow::Owned(gunzip(body, limit)?), Some(UNLABELLED))),
        "" | "identity" => Ok((Cow::Borrowed(body), None)),
        // Some proxies unpack and leave the header standing.
        "gzip" | "x-gzip" if !is_gzip(body) && starts_plain(body) => Ok((Cow::Borrowed(body), None)),
        "gzip" | "x-gzip" => Ok((Cow::Owned(gunzip(body, limit)?), None)),
        other => Err(Packed::Unknown(other.chars().filter(|c| c.is_ascii_graphic()).take(40).collect())),
    }
}

/// [`unpack`] with the largest limit any owner can set, for reading what was taken in already.
///
/// # Errors
/// [`Packed`].
pub fn unpack_kept<'a>(body: &'a [u8], headers: &Headers) -> Unpacked<'a> {
    unpack(body, headers, LARGEST_BODY)
}

fn is_gzip(body: &[u8]) -> bool {
    body.starts_with(&[0x1f, 0x8b])
}

fn starts_plain(body: &[u8]) -> bool {
    body.trim_ascii_start().first().is_some_and(|b| matches!(b, b'{' | b'['))
}

fn gunzip(body: &[u8], limit: usize) -> Result<Vec<u8>, Packed> {
    let mut out = Vec::with_capacity(body.len().saturating_mul(4).min(limit));
    let mut rest = body;
    for _ in 0..MEMBERS {
        let mut member = flate2::bufread::GzDecoder::new(rest);
        let room = (limit - out.len()) as u64 + 1;
        (&mut member).take(room).read_to_end(&mut out).map_err(|_| Packed::Torn)?;
        if out.len() > limit {
            return Err(Packed::TooLarge);
        }
        rest = member.into_inner();
        if rest.is_empty() {
            return Ok(out);
        }
    }
    Err(Packed::Torn)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn said(encoding: &str) -> Headers {
        Headers(vec![("Content-Encoding".into(), encoding.into())])
    }

    #[test]
    fn gzip_comes_off_whatever_the_case_of_its_name() {
        let packed = gzip(b"{\"a\":1}");
        for name in ["gzip", "GZIP", " x-gzip "] {
            assert_eq!(unpack(&packed, &said(name), 100).unwrap().0.as_ref(), b"{\"a\":1}");
        }
        assert_eq!(unpack(&packed, &Headers::default(), 100).unwrap().1, Some(UNLABELLED));
        assert_eq!(unpack(b"{}", &said("gzip"), 100).unwrap().0.as_ref(), b"{}");
    }

    #[test]
    fn a_bomb_is_stopped_at_the_limit() {
        let bomb = gzip(&vec![b' '; 1_000_000]);
        assert!(bomb.len() < 2_000);
        assert_eq!(unpack(&bomb, &said("gzip"), 100_000), Err(Packed::TooLarge));
        assert_eq!(unpack(&bomb, &said(""), 999_999), Err(Packed::TooLarge));
        assert_eq!(unpack(&bomb, &said("gzip"), 1_000_000).unwrap().0.len(), 1_000_000);
        assert_eq!(unpack(&gzip(&[b' '; 100]), &said("gzip"), 100).unwrap().0.len(), 100, "exactly the limit fits");
    }

    #[test]
    fn a_body_may_come_in_several_packs_and_not_in_thousands() {
        let two = [gzip(b"{\"a\""), gzip(b":1}")].concat();
        assert_eq!(unpack(&two, &said("gzip"), 100).unwrap().0.as_ref(), b"{\"a\":1}");
        assert_eq!(unpack(&two, &said("gzip"), 6), Err(Packed::TooLarge));
        assert_eq!(unpack(&gzip(b"").repeat(MEMBERS), &said("gzip"), 100).unwrap().0.len(), 0);
        assert_eq!(unpack(&gzip(b"").repeat(MEMBERS + 1), &said("gzip"), 100), Err(Packed::Torn));
    }

    #[test]
    fn what_is_torn_or_unknown_says_so() {
        let packed = gzip(&[7; 1000]);
        assert_eq!(unpack(&packed[..packed.len() - 3], &said("gzip"), 5000), Err(Packed::Torn));
        assert_eq!(unpack(b"\x1f\x8bnonsense", &said("gzip"), 5000), Err(Packed::Torn));
        assert_eq!(unpack(b"x", &said("br"), 5000), Err(Packed::Unknown("br".into())));
    }
}
