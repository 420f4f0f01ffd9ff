//! Bodies that are packed in a way that the door does not take, or are torn: whoever is in them is found all the same.
//!
//! They are unpacked bit by bit and nothing of them is kept, so that a small body that becomes an endless one takes no more
//! memory than any other, and comes to an end.

use std::io::{BufRead, BufReader, Read};

use brotli_decompressor::{BrotliDecoderParameter, Decompressor};
use flate2::bufread::{DeflateDecoder, GzDecoder, ZlibDecoder};

use crate::domain::identifiers::{PIECE, borders};
use crate::providers::Headers;

/// One within the other, so deep.
const DEPTH: usize = 3;
/// What is made of one delivery, all in all: more than any sender may post. Bytes.
const MOST: usize = 8 * 1024 * 1024;
/// Packs that follow each other in one body. Beginning each costs time, and no sender makes many.
const MEMBERS: usize = 1000;
/// What a packer may refer back to (RFC 9659), as a power of two: it is kept in memory.
const ZSTD_WINDOW: u32 = 23;

/// A way of packing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Gzip,
    Zlib,
    Deflate,
    Brotli,
    Zstd,
}

impl Coding {
    /// What a header may mean: some say `deflate` to one, some to the other.
    fn said(headers: &Headers) -> Vec<Coding> {
        let named = headers.0.iter().filter(|(name, _)| name.eq_ignore_ascii_case("content-encoding"));
        let mut all = Vec::new();
        for word in named.flat_map(|(_, value)| value.split(',')) {
            all.extend_from_slice(match word.trim().to_ascii_lowercase().as_str() {
                "gzip" | "x-gzip" => &[Coding::Gzip],
                "deflate" => &[Coding::Zlib, Coding::Deflate],
                "br" => &[Coding::Brotli],
                "zstd" => &[Coding::Zstd],
                _ => &[],
            });
        }
        all
    }

    /// What the first bytes say.
    fn marked(begins: &[u8]) -> Option<Coding> {
        match *begins {
            [0x1f, 0x8b, ..] => Some(Coding::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd] => Some(Coding::Zstd),
            [a, b, ..] if a & 15 == 8 && a >> 4 < 8 && u16::from_be_bytes([a, b]) % 31 == 0 => Some(Coding::Zlib),
            _ => None,
        }
    }

    fn unpacked<'a>(self, packed: Box<dyn BufRead + 'a>) -> Box<dyn BufRead + 'a> {
        let plain: Box<dyn Read + 'a> = match self {
            Coding::Gzip => Box::new(Members { one: Some(GzDecoder::new(packed)), left: MEMBERS }),
            Coding::Zlib => Box::new(ZlibDecoder::new(packed)),
            Coding::Deflate => Box::new(DeflateDecoder::new(packed)),
            Coding::Brotli => {
                let mut decoder = Decompressor::new(packed, 4096);
                // What the web knows: a larger window takes up to a gigabyte.
                decoder.set_parameter(BrotliDecoderParameter::BROTLI_DECODER_PARAM_LARGE_WINDOW, 0);
                Box::new(decoder)
            }
            Coding::Zstd => {
                let decoder = zstd::stream::read::Decoder::with_buffer(packed).and_then(|mut decoder| {
                    decoder.window_log_max(ZSTD_WINDOW)?;
                    Ok(decoder)
                });
                decoder.map_or_else(|_| Box::new(std::io::empty()) as Box<dyn Read>, |decoder| Box::new(decoder))
            }
        };
        Box::new(BufReader::new(plain))
    }
}

/// Packs of gzip that follow each other.
struct Members<R> {
    one: Option<GzDecoder<R>>,
    left: usize,
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while let Some(one) = &mut self.one {
            let read = one.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let mut rest = self.one.take().map(GzDecoder::into_inner);
            self.left = self.left.saturating_sub(1);
            let more = rest.as_mut().is_some_and(|rest| rest.fill_buf().is_ok_and(|bytes| !bytes.is_empty()));
            self.one = rest.filter(|_| more && self.left > 0).map(GzDecoder::new);
        }
        Ok(0)
    }
}

/// `sees` something in what the body says once it is unpacked, in whatever ways and however often. It is given pieces,
/// and not what is not packed.
pub(super) fn seen_within(body: &[u8], headers: &Headers, sees: &dyn Fn(&[u8]) -> bool) -> bool {
    let mut looking = Looking { body, said: Coding::said(headers), room: MOST, sees };
    looking.within(&mut Vec::new())
}

struct Looking<'a> {
    body: &'a [u8],
    said: Vec<Coding>,
    /// What may still be made. Bytes.
    room: usize,
    sees: &'a dyn Fn(&[u8]) -> bool,
}

impl<'a> Looking<'a> {
    /// The body without what it is packed in, the outermost first.
    fn opened(&self, ways: &[Coding]) -> Box<dyn BufRead + 'a> {
        ways.iter().fold(Box::new(self.body), |packed, coding| coding.unpacked(packed))
    }

    fn within(&mut self, ways: &mut Vec<Coding>) -> bool {
        let mut begins = Vec::new();
        // What breaks off has a beginning all the same.
        let _ = self.opened(ways).take(4).read_to_end(&mut begins);
        if begins.is_empty() || (!ways.is_empty() && self.look(ways)) {
            return !begins.is_empty();
        }
        if ways.len() == DEPTH {
            return false;
        }
        let mut next: Vec<Coding> = Coding::marked(&begins).into_iter().chain(self.said.iter().copied()).collect();
        next.dedup();
        next.into_iter().any(|coding| {
            ways.push(coding);
            let found = self.within(ways);
            ways.pop();
            found
        })
    }

    fn look(&mut self, ways: &[Coding]) -> bool {
        let mut plain = self.opened(ways);
        let mut text = Vec::new();
        loop {
            let wanted = PIECE.saturating_sub(text.len()).min(self.room);
            let before = text.len();
            let broken = plain.by_ref().take(wanted as u64).read_to_end(&mut text).is_err();
            let read = text.len() - before;
            self.room -= read;
            let over = broken || read < wanted || self.room == 0;
            let (end, next) = if over { (text.len(), 0) } else { borders(&text) };
            if (self.sees)(text.get(..end).unwrap_or(&text)) {
                return true;
            }
            if over {
                return false;
            }
            text.drain(..next.min(end));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::cell::Cell;
    use std::io::Write;

    use super::*;

    fn said(coding: &str) -> Headers {
        Headers(vec![("Content-Encoding".into(), coding.into())])
    }

    /// How many bytes are seen.
    fn seen(body: &[u8], headers: &Headers) -> usize {
        let all = Cell::new(0);
        assert!(!seen_within(body, headers, &|piece| {
            assert!(piece.len() <= PIECE);
            all.set(all.get() + piece.len());
            false
        }));
        all.get()
    }

    #[test]
    fn what_is_torn_is_seen_up_to_where_it_is_torn() {
        let text: Vec<u8> =
            (0..400_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_string().into_bytes()).collect();
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        zlib.write_all(&text).unwrap();
        for (coding, mut packed) in
            [("deflate", zlib.finish().unwrap()), ("zstd", zstd::encode_all(&*text, 1).unwrap())]
        {
            assert!(seen(&packed, &said(coding)) >= text.len(), "{coding}");
            packed.truncate(packed.len() / 2);
            assert!(seen(&packed, &said(coding)) > text.len() / 3, "{coding}, torn");
            assert!(seen(&packed, &Headers::default()) > text.len() / 3, "{coding}, torn, and nothing says so");
        }
    }

    #[test]
    fn what_unpacks_to_much_or_many_comes_to_an_end() {
        let gzip = |bytes: &[u8]| {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        };
        let large = gzip(&vec![b' '; 3 * MOST]);
        assert!((MOST..MOST + MOST / 8).contains(&seen(&large, &Headers::default())));
        assert_eq!(seen(&gzip(b"x").repeat(2 * MEMBERS), &said("gzip")), MEMBERS);
        // Each within another, deeper than is looked.
        let deep = (0..DEPTH + 1).fold(b"x".to_vec(), |inner, _| gzip(&inner));
        let all = "gzip, deflate, br, zstd, gzip, gzip";
        assert!(!seen_within(&deep, &said(all), &|piece| piece == b"x"));
        assert!(seen_within(&(1..DEPTH + 1).fold(b"x".to_vec(), |inner, _| gzip(&inner)), &said(all), &|piece| piece
            == b"x"));
        assert!(
            !seen_within(b"plain", &said(all), &|piece| piece == b"plain"),
            "what is not packed was looked at before"
        );
    }
}
