//! The public door of the running program: it opens with the program, or once its address becomes free.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::doors::hooks::Exposure;
use crate::doors::{hooks, test_request};
use crate::http::{self, App};
use crate::ingest::UptimeMonitor;
use crate::settings;
use crate::store::StoreError;

/// How long running webhooks may take to finish when the program ends.
const DRAIN: Duration = Duration::from_secs(5);
/// How long to wait before trying a taken address again.
const AGAIN: Duration = Duration::from_secs(5);

/// How the public door comes to be.
pub enum PublicDoor {
    /// It is open.
    Open(TcpListener),
    /// It opens at this address; while that is taken, the status says why nothing is heard.
    At(SocketAddr),
}

impl PublicDoor {
    pub(super) fn is_open(&self) -> bool {
        matches!(self, PublicDoor::Open(_))
    }
}

/// The running door.
pub(super) struct Listener {
    task: JoinHandle<()>,
}

impl Listener {
    /// Opens the door, until `app.closing` turns true.
    pub(super) async fn start(app: &App, heart: &UptimeMonitor, door: PublicDoor) -> Result<Listener, StoreError> {
        let (first, address) = match door {
            PublicDoor::Open(listener) => {
                let address = listener.local_addr()?;
                (Ok(listener), address)
            }
            PublicDoor::At(address) => (hooks::bind(address, reach(app)).await, address),
        };
        match &first {
            // Said before anybody asks.
            Ok(listener) => is_open(app, heart, listener, address).await,
            Err(error) => {
                let problem = problem(address, error);
                tracing::error!("{problem}");
                let _ = app.hooks_problem.set(problem);
            }
        }
        let (app, heart) = (app.clone(), heart.clone());
        let task = tokio::spawn(async move {
            let listener = match first {
                Ok(listener) => listener,
                Err(_) => {
                    let Some(listener) = until_bound(address, &app).await else { return };
                    is_open(&app, &heart, &listener, address).await;
                    listener
                }
            };
            let closing = app.closing.subscribe();
            hooks::serve(listener, http::hooks(app), closing).await;
        });
        Ok(Listener { task })
    }

    /// Waits until webhooks that were under way are finished and answered, for a while.
    pub(super) async fn ended(self) {
        if tokio::time::timeout(DRAIN, self.task).await.is_err() {
            tracing::warn!("some webhooks were still being taken in when Leadtrail ended");
        }
    }
}

/// Whether the owner lets other machines reach the door.
fn reach(app: &App) -> Exposure {
    if app.settings.get().listen_beyond { Exposure::Beyond } else { Exposure::ThisMachine }
}

/// Says where senders and test events get in, also to the command line of a later day.
async fn is_open(app: &App, heart: &UptimeMonitor, listener: &TcpListener, asked: SocketAddr) {
    let address = listener.local_addr().unwrap_or(asked);
    let _ = app.hooks_addr.set(address);
    let _ = app.knock.set(test_request::knock());
    heart.listening();
    if let Err(error) = app.store.write(move |batch| batch.set(settings::LISTENED, &address.to_string())).await {
        tracing::warn!("where webhooks are listened for could not be noted: {error}");
    }
}

/// Tries the address until it is free; `None` when the program ends before.
async fn until_bound(address: SocketAddr, app: &App) -> Option<TcpListener> {
    let mut closing = app.closing.subscribe();
    loop {
        tokio::select! {
            _ = closing.wait_for(|closing| *closing) => return None,
            () = tokio::time::sleep(AGAIN) => {}
        }
        if let Ok(listener) = hooks::bind(address, reach(app)).await {
            return Some(listener);
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
