//! The desktop: a window on the same API that `leadtrail serve` answers, a tray, notices. No business rules.
//!
//! The program listens for webhooks as long as it runs; the window may come and go.

#[cfg(windows)]
pub mod console;
mod desk;
mod notice;
mod tray;
mod tray_host;
mod window;

use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tauri::{AppHandle, RunEvent};
use tauri_plugin_window_state::StateFlags;

use crate::doors::{asked_to_end, webview};
use crate::store::StoreError;

/// The label of the one window.
const WINDOW: &str = "main";

/// What the window is opened on.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The data folder. It exists.
    pub folder: PathBuf,
    /// Where webhooks are listened for.
    pub hooks: SocketAddr,
}

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
pub enum DesktopError {
    /// No screen, or one that cannot be used.
    #[error("There is no display to open a window on. Use `leadtrail serve`, and open its link in a browser.")]
    NoDisplay,
    /// The data file, or another Leadtrail has it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The windowing system.
    #[error("The window could not be opened: {0}")]
    Window(#[from] tauri::Error),
}

/// Opens the window and stays until the program is quit. A second start on the same data shows the window of the
/// first and ends.
///
/// # Errors
/// [`DesktopError`], before there is a window.
pub fn open(opening: &Opening) -> Result<(), DesktopError> {
    if !has_display() {
        return Err(DesktopError::NoDisplay);
    }
    // A display that is named but not there makes the toolkit panic. Behind this line a second start is over: it
    // told the first one to show itself.
    let tauri =
        quietly(|| builder(&opening.folder).build(tauri::generate_context!())).ok_or(DesktopError::NoDisplay)??;
    let handle = tauri.handle().clone();

    let desk = desk::Desk::start(opening, &handle).inspect_err(|error| notice::failed(&error.to_string()))?;
    tray::build(&handle);
    window::build(&handle, &opening.folder)?;
    end_on_signals(handle.clone());
    let code = tauri.run_return(move |handle, event| match event {
        RunEvent::Exit => desk.stop(),
        #[cfg(target_os = "macos")]
        RunEvent::Reopen { .. } => window::show(handle),
        _ => {
            let _ = handle;
        }
    });
    tracing::debug!("the window's loop ended with {code}");
    Ok(())
}

fn builder(folder: &Path) -> tauri::Builder<tauri::Wry> {
    // Two data folders are two programs; the name says which.
    let name = hex::encode(&Sha256::digest(folder.to_string_lossy().as_bytes())[..6]);
    let single = tauri_plugin_single_instance::Builder::new()
        .dbus_id(format!("app.leadtrail.desktop.on_{name}"))
        .callback(|handle, _, _| window::show(handle))
        .build();
    // Whether it was visible is not remembered: a program that was quit from the tray opens its window again.
    let state = tauri_plugin_window_state::Builder::new()
        .with_state_flags(StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED | StateFlags::FULLSCREEN)
        .with_filename(folder.join("window.json").to_string_lossy())
        .build();
    webview::register(tauri::Builder::default().plugin(single).plugin(state))
}

/// Ends the program as Quit does when the system asks it to, such as at logging out.
fn end_on_signals(handle: AppHandle) {
    tauri::async_runtime::spawn(async move {
        asked_to_end(true).await;
        handle.exit(0);
    });
}

/// Whether there is a screen to try. Linux programs are told which.
fn has_display() -> bool {
    let named = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || named("DISPLAY") || named("WAYLAND_DISPLAY")
}

/// Runs what a library may end with a panic instead of an error: `None` then, and nothing is printed.
fn quietly<T>(job: impl FnOnce() -> T) -> Option<T> {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let answer = catch_unwind(AssertUnwindSafe(job)).ok();
    std::panic::set_hook(hook);
    answer
}
