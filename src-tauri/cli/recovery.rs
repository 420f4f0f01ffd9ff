//! `leadtrail serve` on a data file that is damaged, missing or an older one: both doors open, and wait for the owner's
//! choice.

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;

use super::CliError;
use super::ports::Ports;
use crate::doors::access::Access;
use crate::doors::{hooks, loopback};
use crate::http::recovery::{self, PendingRecovery};

/// A listener once more: the socket stays open while one router makes room for another.
fn again(listener: &std::net::TcpListener) -> std::io::Result<TcpListener> {
    TcpListener::from_std(listener.try_clone()?)
}

/// Answers at both doors until the file is mended; `None` when the program was asked to end before.
pub(super) async fn wait(
    waiting: PendingRecovery,
    public: TcpListener,
    private: TcpListener,
    access: Arc<Access>,
    mut ending: watch::Receiver<bool>,
) -> Result<Option<Ports>, CliError> {
    tracing::error!("{} Open the link to choose what to do.", waiting.text());
    let (public, private) = (public.into_std()?, private.into_std()?);
    let mut mended = waiting.mended();
    let (stop, stopped) = watch::channel(false);
    let listening = tokio::spawn(hooks::serve(again(&public)?, recovery::hooks(waiting.clone()), stopped.clone()));
    let mut ends = stopped.clone();
    let (door, router) = (again(&private)?, recovery::api(waiting));
    let serving = tokio::spawn(async move {
        loopback::serve(door, router, access, async move {
            let _ = ends.wait_for(|stop| *stop).await;
        })
        .await
    });
    let is_mended = tokio::select! {
        answer = mended.wait_for(|mended| *mended) => answer.is_ok(),
        _ = ending.wait_for(|ending| *ending) => false,
    };
    stop.send_replace(true);
    // The answer to who chose goes out first.
    let patience = std::time::Duration::from_secs(2);
    let _ = tokio::time::timeout(patience, async { tokio::join!(listening, serving) }).await;
    if !is_mended {
        return Ok(None);
    }
    Ok(Some(Ports { public: TcpListener::from_std(public)?, private: TcpListener::from_std(private)? }))
}
