//! Reading takes memory: many times the bytes of a body, and what those bytes are once unpacked. So it takes room for
//! what will be made of a body before anything is made, a few large ones are read at once, and small ones never wait
//! behind them.

use std::borrow::Cow;
use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use super::body::{self, Packed};
use super::budget;
use super::fair_share::{FairShare, Permit};
use super::ready::ReadyDelivery;
use super::{IngestError, WebhookRequest, trust};
use crate::providers::Headers;
use crate::providers::json::{Census, MAX_LENIENT_NODES, MAX_NODES};
use crate::store::StoreError;

/// Bodies from this size on, plain or unpacked, are read on a thread of their own, so that others need not wait. Bytes.
const LARGE: usize = 64 * 1024;

/// What is made of a byte of text on the way to an event, and of a value, strictly read and leniently: more than was ever
/// measured (5, 122 and 303). How many values there are is counted as if all were read that may be, so a body of few
/// values that looks like many waits longer than it had to. Bytes.
const A_BYTE: usize = 6;
const A_NODE: usize = 128;
const A_LENIENT_NODE: usize = 384;

/// Below this nobody looks closer at how much reading may take. Bytes.
const SURE: usize = 256 * 1024;
/// Reading that takes less than this is small … Bytes.
const SMALL: usize = 4 * 1024 * 1024;
/// … and so much of it may be going on. Bytes.
const ALL_SMALL: usize = budget::SMALL;
/// Large ones that are read at once.
const AT_ONCE: usize = budget::LARGE;
/// Bodies up to this size take one turn of these. Larger ones, which only an owner allows, are read alone. Bytes.
const ONE_TURN: usize = 8 * 1024 * 1024;

/// Events of one delivery that make it a heavy one for the writer: such do not meet in one commit.
const MANY: usize = 32;
/// Events of heavy deliveries that may wait for the writer.
const WRITTEN: usize = 6000;

/// How long a body waits for its turn. With the time its bytes may take, it is below what a request may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Who may read. Cheap to clone.
#[derive(Clone)]
pub(super) struct ParseAdmission {
    small: FairShare,
    large: FairShare,
    written: FairShare,
}

impl Default for ParseAdmission {
    fn default() -> ParseAdmission {
        ParseAdmission {
            small: FairShare::new(ALL_SMALL),
            large: FairShare::new(AT_ONCE),
            written: FairShare::new(WRITTEN),
        }
    }
}

/// A small body, unpacked, with what had to be mended.
type SmallUnpacked = (Vec<u8>, Option<&'static str>);

/// What reading a body takes.
#[derive(Debug, PartialEq, Eq)]
enum Cost {
    /// Bytes.
    Small { bytes: usize, aside: bool },
    /// Turns.
    Large { turns: usize },
}

impl Cost {
    /// With what a small body was packed of.
    fn of(body: &[u8], kept: &Headers, limit: usize) -> Result<(Cost, Option<SmallUnpacked>), IngestError> {
        match body::unpack(body, kept, limit.min(LARGE)) {
            Ok((Cow::Owned(plain), mended)) => Ok((Cost::of_plain(&plain), Some((plain, mended)))),
            Ok((Cow::Borrowed(plain), _)) => Ok((Cost::of_plain(plain), None)),
            Err(Packed::TooLarge) if limit <= LARGE => Err(IngestError::TooLarge),
            Err(Packed::TooLarge) => Ok((Cost::Large { turns: turns(limit) }, None)),
            // It is kept as it is.
            Err(Packed::Torn | Packed::Unknown(_)) => Ok((Cost::of_plain(body), None)),
        }
    }

    fn of_plain(plain: &[u8]) -> Cost {
        // What nests too deep is not built, but what is hidden in it may be.
        let strict = Census::of(plain).map_or(0, |census| census.nodes.min(MAX_NODES)) * A_NODE;
        let leniently = |values: usize| values.min(MAX_LENIENT_NODES) * A_LENIENT_NODE;
        let most = strict.max(leniently(Census::at_most(plain)));
        let letters = plain.len() * A_BYTE;
        let values = match most {
            most if letters + most < SURE || letters + strict >= SMALL => most,
            most => Census::within_texts(plain).map_or(most, |within| strict + leniently(within)),
        };
        let bytes = letters + values;
        if bytes < SMALL {
            Cost::Small { bytes, aside: plain.len() >= LARGE }
        } else {
            Cost::Large { turns: turns(plain.len()) }
        }
    }
}

fn turns(bytes: usize) -> usize {
    if bytes <= ONE_TURN { 1 } else { AT_ONCE }
}

async fn in_time(turn: impl Future<Output = Permit>) -> Result<Permit, IngestError> {
    tokio::time::timeout(PATIENCE, turn).await.map_err(|_| IngestError::Busy)
}

impl ParseAdmission {
    /// A turn among large bodies that are read, for a thread of this program that looks into many one by one.
    pub(super) fn turn_blocking(&self) -> Permit {
        self.large.take_blocking(0, 1)
    }

    /// Reads a delivery once there is room for it.
    pub(super) async fn read(
        &self,
        incoming: WebhookRequest,
        bounds: (i64, i64),
        limit: usize,
        held: Option<Permit>,
    ) -> Result<ReadyDelivery, IngestError> {
        let source = incoming.source.id;
        // By the headers that are kept it is read now and ever after.
        let kept = trust::keep(&incoming.headers, &incoming.source);
        let (cost, small) = Cost::of(&incoming.body, &kept, limit)?;
        let mut begun = Some((kept, small));
        let (room, wanted, aside) = match cost {
            Cost::Small { bytes, aside } => (&self.small, bytes, aside),
            Cost::Large { turns } => (&self.large, turns, true),
        };
        let mut turn = std::pin::pin!(room.take(source, wanted));
        let turn = match poll_fn(|context| Poll::Ready(turn.as_mut().poll(context))).await {
            Poll::Ready(turn) => turn,
            Poll::Pending => {
                // Whoever waits holds nothing but what was sent.
                begun = None;
                in_time(turn).await?
            }
        };
        // Room goes along: whoever hangs up meanwhile does not make the work any less.
        let work = move || {
            let (kept, small) = begun.unwrap_or_else(|| (trust::keep(&incoming.headers, &incoming.source), None));
            let unpacked = match small {
                Some((plain, mended)) => Ok((Cow::Owned(plain), mended)),
                None => body::unpack(&incoming.body, &kept, limit),
            };
            if unpacked == Err(Packed::TooLarge) {
                return Err(IngestError::TooLarge);
            }
            let mut ready = ReadyDelivery::of(&incoming, &kept, unpacked, bounds)?;
            ready.held.extend(held);
            ready.held.push(turn);
            Ok(ready)
        };
        let mut ready =
            if aside { tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::Stopped)?? } else { work()? };
        let events = ready.prepared.events();
        if events > MANY {
            let turn = in_time(self.written.take(source, events)).await?;
            ready.held.push(turn);
        }
        Ok(ready)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_small(plain: &str) -> bool {
        matches!(Cost::of_plain(plain.as_bytes()), Cost::Small { .. })
    }

    #[test]
    fn what_hides_its_values_costs_what_they_take() {
        let lists = |begin: &str, piece: &str, end: &str| [begin, &piece.repeat(300_000 / piece.len()), end].concat();
        for (begin, piece, end) in [
            ("// \"\n[", "[1] ", "]"),
            ("['\"',", "1 ", "]"),
            ("\"[", "[0],", "0]\""),
            ("\"[", "\\u005b\\u005d", "]\""),
            ("{\"method\":\"POST\",\"body\":\"[", "[0],", "0]\"}"),
            ("{\"form_data\":\"[", "[0],", "0]\"}"),
            ("payload=%22%5B", "1+", "1%5D%22"),
        ] {
            assert!(!is_small(&lists(begin, piece, end)), "{begin}{piece}…");
        }
    }

    #[test]
    fn a_long_conversation_is_small() {
        let words = "Agent: it is 5 o'clock, and \\\"ten\\\" [laughs] to the minute.\\n".repeat(3_000);
        assert!(words.len() > 150_000);
        assert!(is_small(&format!("{{\"id\":1,\"transcription\":\"{words}\"}}")));
    }
}
