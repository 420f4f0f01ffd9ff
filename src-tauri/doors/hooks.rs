//! The public port.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::limits::Limits;
use super::serve::serve_router;
use crate::http::budget;

/// Enough for a burst of many senders, few enough for a small machine. Idle connections stay longer than the pools
/// of senders keep them: one that is closed here just as a sender uses it again may cost a webhook.
const LIMITS: Limits = Limits {
    connections: budget::SENDERS,
    head: Duration::from_secs(20),
    request: Some(Duration::from_secs(120)),
    idle: Duration::from_secs(120),
    drain: Duration::from_secs(10),
    hears_out: true,
};

/// Who may reach the port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exposure {
    /// Programs of this machine, such as a tunnel.
    ThisMachine,
    /// Other machines too: the owner said so.
    Beyond,
}

/// Why an address beyond this machine is not listened on, and what to do instead.
const BEYOND: &str = "other machines could reach this address, without encryption: the keys in the addresses and what \
                      your services send could be read on the way. Keep to 127.0.0.1 and let a tunnel (Tailscale \
                      Funnel, cloudflared, ngrok) bring your services to it, or say --beyond-this-machine if \
                      something in front of Leadtrail encrypts";

/// Binds the port.
///
/// # Errors
/// When it is taken or may not be used, or when other machines could reach it and nobody said they may.
pub async fn bind(address: SocketAddr, reach: Exposure) -> std::io::Result<TcpListener> {
    if !address.ip().is_loopback() && reach == Exposure::ThisMachine {
        return Err(std::io::Error::new(std::io::ErrorKind::PermissionDenied, BEYOND));
    }
    TcpListener::bind(address).await
}

/// Serves `router` until `stop` turns true, then lets running requests finish.
pub async fn serve(listener: TcpListener, router: Router, mut stop: watch::Receiver<bool>) {
    let stopped = async move {
        let _ = stop.wait_for(|stop| *stop).await;
    };
    serve_router(listener, router, stopped, LIMITS).await;
}
