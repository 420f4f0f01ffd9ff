//! Whether a tray icon can be seen, so that a hidden window can be found again.

use tauri::{AppHandle, Manager};

/// The tray icon is there, as far as this program can know.
pub(super) struct Tray;

/// Whether somebody shows the icon, so that a hidden window can be found again.
pub(super) fn is_shown(handle: &AppHandle) -> bool {
    handle.try_state::<Tray>().is_some() && host_is_there()
}

/// On Linux the icon is merely offered: a program of the desktop has to take it, and some desktops have none.
#[cfg(target_os = "linux")]
fn host_is_there() -> bool {
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let ask = || -> zbus::Result<bool> {
            let bus = zbus::blocking::Connection::session()?;
            let watcher = zbus::blocking::Proxy::new(
                &bus,
                "org.kde.StatusNotifierWatcher",
                "/StatusNotifierWatcher",
                "org.kde.StatusNotifierWatcher",
            )?;
            watcher.get_property("IsStatusNotifierHostRegistered")
        };
        let _ = tell.send(ask().unwrap_or(false));
    });
    // The window is being closed: a bus that does not answer must not hold it.
    told.recv_timeout(std::time::Duration::from_millis(500)).unwrap_or(false)
}

#[cfg(not(target_os = "linux"))]
fn host_is_there() -> bool {
    true
}
