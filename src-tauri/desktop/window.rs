//! The one window. It shows pages of the program's own and nothing else.

use std::path::Path;

use tauri::webview::NewWindowResponse;
use tauri::{AppHandle, Manager, WebviewUrl, WebviewWindowBuilder, Window, WindowEvent};

use super::{WINDOW, notice, tray_host};
use crate::doors::webview;
use crate::http::App;

/// Makes the window. What the page keeps (the width of a column) lies in the data folder.
pub(super) fn build(handle: &AppHandle, folder: &Path) -> tauri::Result<()> {
    let window = WebviewWindowBuilder::new(handle, WINDOW, WebviewUrl::CustomProtocol(webview::address()))
        .title("Leadtrail")
        .inner_size(1280.0, 800.0)
        .min_inner_size(900.0, 600.0)
        .center()
        .prevent_overflow()
        .data_directory(folder.join("window"))
        .devtools(cfg!(debug_assertions))
        // A file that is dropped belongs to the page, not to the window.
        .disable_drag_drop_handler()
        .on_navigation(webview::is_ours)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .build()?;
    let parent = window.as_ref().window();
    window.on_window_event(move |event| {
        if let WindowEvent::CloseRequested { api, .. } = event
            && closing_hides(&parent)
        {
            api.prevent_close();
        }
    });
    Ok(())
}

/// Whether closing only hid the window.
fn closing_hides(window: &Window) -> bool {
    let handle = window.app_handle();
    let Some(app) = handle.try_state::<App>() else { return false };
    if !app.settings.get().close_to_tray || !tray_host::is_shown(handle) || window.hide().is_err() {
        return false;
    }
    notice::keeps_listening(&app);
    true
}

/// Brings the window to the front.
pub(super) fn show(handle: &AppHandle) {
    let Some(window) = handle.get_webview_window(WINDOW) else { return };
    for shown in [window.unminimize(), window.show(), window.set_focus()] {
        if let Err(error) = shown {
            tracing::warn!("the window could not be shown: {error}");
        }
    }
}
