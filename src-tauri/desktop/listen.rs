//! The public door behind the window: it opens with the program, and again when the address becomes free.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tauri::async_runtime::{JoinHandle, block_on, spawn};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::DRAIN;
use crate::doors::hooks::Reach;
use crate::doors::{hooks, knock};
use crate::http::{self, App};
use crate::ingest::Heart;

/// How long to wait before trying a taken address again.
const AGAIN: Duration = Duration::from_secs(5);

/// The running door.
pub(super) struct Listener {
    stop: watch::Sender<bool>,
    task: Mutex<Option<JoinHandle<()>>>,
}

/// Opens the door at `address`. Where that is taken the window opens all the same, the status says why nothing is
/// heard, and the door opens once the address is free.
pub(super) fn start(app: &App, heart: &Heart, address: SocketAddr) -> Listener {
    let (stop, stopped) = watch::channel(false);
    let reach = reach(app);
    let first = block_on(hooks::bind(address, reach));
    match &first {
        // Said before the window asks.
        Ok(listener) => is_open(app, heart, listener, address),
        Err(error) => {
            let problem = problem(address, error);
            tracing::error!("{problem}");
            let _ = app.hooks_problem.set(problem);
        }
    }
    let (app, heart) = (app.clone(), heart.clone());
    let task = spawn(async move {
        let mut stopped = stopped;
        if let Some(listener) = until_bound(first, address, &app, &mut stopped).await {
            is_open(&app, &heart, &listener, address);
            hooks::serve(listener, http::hooks(app), stopped).await;
        }
    });
    Listener { stop, task: Mutex::new(Some(task)) }
}

/// Whether the owner lets other machines reach the door.
fn reach(app: &App) -> Reach {
    if app.settings.get().listen_beyond { Reach::Beyond } else { Reach::ThisMachine }
}

/// Says where senders and test events get in.
fn is_open(app: &App, heart: &Heart, listener: &TcpListener, asked: SocketAddr) {
    let _ = app.hooks_addr.set(listener.local_addr().unwrap_or(asked));
    let _ = app.knock.set(knock::knock());
    heart.listening();
}

async fn until_bound(
    mut bound: std::io::Result<TcpListener>,
    address: SocketAddr,
    app: &App,
    stopped: &mut watch::Receiver<bool>,
) -> Option<TcpListener> {
    loop {
        match bound {
            Ok(listener) => return Some(listener),
            Err(_) => {
                tokio::select! {
                    _ = stopped.wait_for(|stop| *stop) => return None,
                    () = tokio::time::sleep(AGAIN) => {}
                }
                bound = hooks::bind(address, reach(app)).await;
            }
        }
    }
}

/// Why nothing is heard, for people.
fn problem(address: SocketAddr, error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::AddrInUse => {
            format!("Another program uses {address}. Leadtrail hears your services as soon as it is free.")
        }
        ErrorKind::PermissionDenied if !address.ip().is_loopback() => format!("Not listening on {address}: {error}."),
        ErrorKind::PermissionDenied => format!("This computer does not let Leadtrail listen on {address}."),
        ErrorKind::AddrNotAvailable => format!("This computer does not have the address {address}."),
        _ => format!("Leadtrail cannot listen on {address}: {error}."),
    }
}

impl Listener {
    /// Takes no new webhooks, lets running ones finish.
    pub(super) fn stop(&self) {
        self.stop.send_replace(true);
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task
            && block_on(async { tokio::time::timeout(DRAIN, task).await }).is_err()
        {
            tracing::warn!("some webhooks were still being taken in when Leadtrail ended");
        }
    }
}
