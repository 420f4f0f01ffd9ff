//! When the system asks the program to end.

use std::future::poll_fn;
use std::task::Poll;

use tokio::sync::watch;

/// Turns true when the program is asked to end. It listens for that from when this returns, not from when somebody
/// waits first: whoever was told an address may ask at once.
pub async fn ending(with_session: bool) -> watch::Receiver<bool> {
    let (ended, ending) = watch::channel(false);
    let mut asked = Box::pin(asked_to_end(with_session));
    poll_fn(|context| {
        if asked.as_mut().poll(context).is_ready() {
            ended.send_replace(true);
        }
        Poll::Ready(())
    })
    .await;
    if !*ending.borrow() {
        tokio::spawn(async move {
            asked.await;
            ended.send_replace(true);
        });
    }
    ending
}

/// Resolves when the program is asked to end: by `kill`, by Ctrl+C, and `with_session` also when its session ends.
/// A server that was started to outlive its terminal (`nohup`) must not listen for that.
#[cfg(unix)]
pub async fn asked_to_end(with_session: bool) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return std::future::pending().await;
    };
    let hang_up = async {
        match with_session.then(|| signal(SignalKind::hangup())) {
            Some(Ok(mut hang_up)) => hang_up.recv().await,
            _ => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        _ = hang_up => {}
    }
}

/// Resolves when the program is asked to end, by Ctrl+C.
#[cfg(not(unix))]
pub async fn asked_to_end(_with_session: bool) {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}
