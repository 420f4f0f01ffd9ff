//! A router on a port: limits on connections and time, and an end that loses nothing.

use std::convert::Infallible;
use std::future::Future;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tower::ServiceExt;

use super::connection::{Bounded, ObservedStream};
use super::connection_limit::Crowd;
use super::limits::Limits;
use crate::http::budget;

/// The head of a request is at most this long. CallRail's legacy query alone needs 16 KB.
const HEAD: usize = 64 * 1024;
/// A connection holds at most this much of what is not read yet: a whole head, and no more.
const BUFFER: usize = budget::UNREAD;
const _: () = assert!(HEAD + 8 * 1024 <= BUFFER);
/// How long to wait when the system has no more sockets to give.
const BREATH: Duration = Duration::from_millis(100);

/// Serves `router` until `stop` resolves; then no new connections are taken, idle ones are closed, and
/// running requests are finished.
pub async fn serve_router(listener: TcpListener, router: Router, stop: impl Future<Output = ()>, limits: Limits) {
    let crowd = Crowd::new(super::files::room_for(limits.connections));
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    let mut http = http1::Builder::new();
    http.header_read_timeout(None).max_header_size(HEAD).max_buf_size(BUFFER).half_close(limits.hears_out);
    loop {
        let next = async {
            match listener.accept().await {
                Ok((stream, _)) => Ok((stream, crowd.enter().await)),
                Err(error) => Err(error),
            }
        };
        let accepted = tokio::select! {
            accepted = next => accepted,
            () = &mut stop => break,
        };
        let (stream, place) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!("a connection could not be taken: {error}");
                crowd.make_room();
                tokio::time::sleep(BREATH).await;
                continue;
            }
        };
        // Answers are small and whole: waiting to fill a packet only makes senders wait.
        let _ = stream.set_nodelay(true);
        let (line, router) = (place.line.clone(), router.clone());
        let service = service_fn(move |mut request: Request<Incoming>| {
            line.asked();
            request.extensions_mut().insert(line.caller.clone());
            let (line, answer) = (line.clone(), router.clone().oneshot(request));
            async move {
                let answer = answer.await;
                line.answered();
                answer.map_err(|never: Infallible| never)
            }
        });
        let heard = ObservedStream { stream, line: place.line.clone() };
        let connection = graceful.watch(http.serve_connection(TokioIo::new(heard), service));
        let connection = Bounded::new(connection, place.line.clone(), limits);
        tokio::spawn(async move {
            connection.await;
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(limits.drain, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests were still running at the end");
    }
}
