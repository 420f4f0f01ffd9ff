//! What runs behind the window: the data file, the public door, what happens by the clock. While the file is
//! damaged, missing or an older one, only the choice of what to do about it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tauri::async_runtime::{block_on, spawn};
use tauri::{AppHandle, Manager};
use tokio::sync::watch;

use super::{DesktopError, Opening, notice};
use crate::app::{self, PublicDoor, Running};
use crate::doors::hooks::{self, Exposure};
use crate::doors::webview::Door;
use crate::http;
use crate::http::recovery::{self, PendingRecovery};
use crate::store::{self, Store, StoreError};

/// How long the answer to who chose may take to reach the page, and senders to hear that they are to come again.
const PATIENCE: Duration = Duration::from_secs(2);

/// Everything behind the window.
pub(super) struct Desk {
    running: Arc<Mutex<Option<Running>>>,
    /// Held as long as the program runs.
    _lock: Arc<store::DataLock>,
}

impl Desk {
    /// Opens the data and the doors. A damaged or missing file is no error: the page offers what can be done.
    pub(super) fn start(opening: &Opening, handle: &AppHandle) -> Result<Desk, DesktopError> {
        let lock = Arc::new(store::DataLock::take(&opening.folder)?);
        let running: Arc<Mutex<Option<Running>>> = Arc::default();
        match Store::open_held(&opening.folder, &lock) {
            Ok(store) => {
                let now = begin(store, opening.hooks)?;
                handle.manage(Door::new(http::api(now.app().clone())));
                handle.manage(now.app().clone());
                *running.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
            }
            Err(why) => {
                let waiting = PendingRecovery::of(opening.folder.clone(), why, "webview")?;
                tracing::error!("{}", waiting.text());
                handle.manage(Door::new(recovery::api(waiting.clone())));
                let (opening, handle, running) = (opening.clone(), handle.clone(), running.clone());
                let lock = lock.clone();
                std::thread::Builder::new()
                    .name("recovery".into())
                    .spawn(move || go_on_once_mended(&waiting, &opening, &lock, &handle, &running))
                    .map_err(StoreError::from)?;
            }
        }
        Ok(Desk { running, _lock: lock })
    }

    pub(super) fn stop(&self) {
        if let Some(running) = self.running.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let store = running.app().store.clone();
            block_on(running.stop());
            store.close();
        }
    }
}

/// Waits for the owner's choice to have mended the file, and goes on as any start does.
fn go_on_once_mended(
    waiting: &PendingRecovery,
    opening: &Opening,
    lock: &store::DataLock,
    handle: &AppHandle,
    running: &Mutex<Option<Running>>,
) {
    let (stop, stopped) = watch::channel(false);
    // What the owner set about other machines is in the file.
    let listening = match block_on(hooks::bind(opening.hooks, Exposure::ThisMachine)) {
        Ok(listener) => Some(spawn(hooks::serve(listener, recovery::hooks(waiting.clone()), stopped))),
        Err(error) => {
            tracing::warn!("senders cannot be told to come again: {error}");
            None
        }
    };
    let mut mended = waiting.mended();
    if block_on(mended.wait_for(|mended| *mended)).is_err() {
        return;
    }
    stop.send_replace(true);
    if let Some(listening) = listening {
        let _ = block_on(async { tokio::time::timeout(PATIENCE, listening).await });
    }
    match Store::open_held(&opening.folder, lock)
        .map_err(DesktopError::from)
        .and_then(|store| Ok(begin(store, opening.hooks)?))
    {
        Ok(now) => {
            if let Some(door) = handle.try_state::<Door>() {
                door.lead_to(http::api(now.app().clone()));
            }
            handle.manage(now.app().clone());
            *running.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        }
        Err(error) => {
            tracing::error!("{error}");
            notice::failed(&error.to_string());
            handle.exit(1);
        }
    }
}

/// Begins on a file that can be used.
fn begin(store: Store, hooks: SocketAddr) -> Result<Running, StoreError> {
    let app = app::open(store, "webview")?;
    let running = block_on(Running::start(app, PublicDoor::At(hooks), notice::Desktop))?;
    spawn(notice::watch_for_write_failures(running.app().clone()));
    Ok(running)
}
