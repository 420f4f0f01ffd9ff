//! One connection: what it is doing, since when, and when that has been long enough.
//!
//! Time is kept here and not by the HTTP library, because an idle connection of a sender may stay much longer than
//! the head of a request may take, and because one that does not fetch its answers must end as well.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::task::AtomicWaker;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use super::limits::Limits;
use crate::http::Caller;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doing {
    /// The head of a request is on its way.
    Head,
    /// A request is being answered.
    Asked,
    /// The answer is made: it is fetched, or everything is quiet.
    Quiet,
}

/// How a connection stands when somebody else needs its place. The smaller goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Precedence {
    /// It has tried keys that are none.
    Guesses,
    /// It is silent, or does not come to its end, and its source holds more places than its share.
    Greedy,
    /// It has not shown a key, though it had time.
    Unknown,
    /// It had no time yet to show one. It stays, and so does whoever holds one: its time is over soon.
    Fresh,
    /// It holds a key, and is silent.
    Idle,
    /// It holds a key, and a body that it sends does not come to its end, though it had much time.
    Unfinished,
}

/// What is known of a connection while it is open.
pub(super) struct Connection {
    now: Mutex<(Doing, Instant)>,
    pub(super) caller: Caller,
    leaves: AtomicBool,
    waker: AtomicWaker,
}

/// A proven connection is idle only after this: its answer may still be on the way out.
const SETTLED: Duration = Duration::from_secs(1);
/// A head, or a small body, of somebody who means it has come in this time: nobody is sent away before.
const GRACE: Duration = Duration::from_millis(500);
/// A body of a source that holds no more than its share has this time in any case.
const MUCH: Duration = Duration::from_secs(5);

impl Connection {
    pub(super) fn new() -> Connection {
        Connection {
            now: Mutex::new((Doing::Head, Instant::now())),
            caller: Caller::default(),
            leaves: AtomicBool::new(false),
            waker: AtomicWaker::new(),
        }
    }

    fn now(&self) -> (Doing, Instant) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, doing: Doing) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = (doing, Instant::now());
    }

    /// A request is whole but for its body.
    pub(super) fn asked(&self) {
        self.set(Doing::Asked);
    }

    /// Its answer is made.
    pub(super) fn answered(&self) {
        self.set(Doing::Quiet);
    }

    fn heard(&self) {
        if self.now().0 == Doing::Quiet {
            self.set(Doing::Head);
        }
    }

    fn said(&self) {
        if self.now().0 == Doing::Quiet {
            self.set(Doing::Quiet);
        }
    }

    fn due(&self, limits: &Limits) -> Option<Instant> {
        let (doing, since) = self.now();
        match doing {
            Doing::Head => Some(since + limits.head),
            Doing::Asked => limits.request.map(|longest| since + longest),
            Doing::Quiet => Some(since + limits.idle),
        }
    }

    /// Whether it may have to make room, and how easily; `None` where it is served or leaves already.
    pub(super) fn claim(&self, is_greedy: bool) -> Option<Precedence> {
        if self.leaves.load(Ordering::Relaxed) {
            return None;
        }
        let (doing, since) = self.now();
        let had = |time| since.elapsed() >= time;
        if !self.caller.is_proven() {
            let guesses = self.caller.guesses() > 0;
            return Some(if guesses {
                Precedence::Guesses
            } else if had(GRACE) {
                Precedence::Unknown
            } else {
                Precedence::Fresh
            });
        }
        match doing {
            Doing::Quiet => had(SETTLED).then_some(if is_greedy { Precedence::Greedy } else { Precedence::Idle }),
            // Whatever is whole is being written.
            Doing::Asked if !self.caller.is_sending() => None,
            Doing::Head | Doing::Asked if is_greedy => had(GRACE).then_some(Precedence::Greedy),
            Doing::Head | Doing::Asked => had(MUCH).then_some(Precedence::Unfinished),
        }
    }

    #[cfg(test)]
    pub(super) fn age(&self, by: Duration) {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).1 -= by;
    }

    #[cfg(test)]
    pub(super) fn leaves(&self) -> bool {
        self.leaves.load(Ordering::Relaxed)
    }

    /// Ends the connection.
    pub(super) fn leave(&self) {
        self.leaves.store(true, Ordering::Relaxed);
        self.waker.wake();
    }
}

/// A stream that tells its line what passes.
pub(super) struct ObservedStream<S> {
    pub(super) stream: S,
    pub(super) line: Arc<Connection>,
}

impl<S: AsyncRead + Unpin> AsyncRead for ObservedStream<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.line.heard();
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> ObservedStream<S> {
    fn wrote(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(1..)) = written {
            self.line.said();
        }
        written
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for ObservedStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.wrote(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.wrote(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// A connection that ends by itself, when its time is over, or when it has to make room.
pub(super) struct Bounded<C> {
    connection: Pin<Box<C>>,
    line: Arc<Connection>,
    limits: Limits,
    alarm: Pin<Box<Sleep>>,
}

impl<C: Future> Bounded<C> {
    pub(super) fn new(connection: C, line: Arc<Connection>, limits: Limits) -> Bounded<C> {
        let alarm = Box::pin(tokio::time::sleep(limits.head));
        Bounded { connection: Box::pin(connection), line, limits, alarm }
    }
}

impl<C: Future> Future for Bounded<C> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        this.line.waker.register(cx.waker());
        if this.line.leaves.load(Ordering::Relaxed) {
            return Poll::Ready(());
        }
        // A sender that hangs up in the middle is its own business.
        if this.connection.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        let Some(due) = this.line.due(&this.limits) else { return Poll::Pending };
        if this.alarm.deadline() != due {
            this.alarm.as_mut().reset(due);
        }
        this.alarm.as_mut().poll(cx)
    }
}
