//! The public port.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::serve::{Limits, serve_router};

/// Enough for a burst of many senders, few enough for a small machine.
const LIMITS: Limits = Limits { connections: 1024, head: Duration::from_secs(30), drain: Duration::from_secs(10) };

/// Binds the port.
///
/// # Errors
/// When it is taken or may not be used.
pub async fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    TcpListener::bind(address).await
}

/// Serves `router` until `stop` turns true, then lets running requests finish.
pub async fn serve(listener: TcpListener, router: Router, mut stop: watch::Receiver<bool>) {
    let stopped = async move {
        let _ = stop.wait_for(|stop| *stop).await;
    };
    serve_router(listener, router, stopped, LIMITS).await;
}
