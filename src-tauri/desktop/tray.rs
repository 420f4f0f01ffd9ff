//! The tray: the way back to a closed window, and the way out.

use std::time::Duration;

use tauri::image::Image;
use tauri::menu::{Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::{MouseButton, MouseButtonState, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Manager, Wry};

use super::tray_host::Tray;
use super::{quietly, window};
use crate::http::App;

const OPEN: &str = "open";
const QUIT: &str = "quit";
/// How often the tray looks whether the door has opened, while it has not.
const AGAIN: Duration = Duration::from_secs(2);

/// Makes the tray icon. A system without one is fine: then closing the window quits.
pub(super) fn build(handle: &AppHandle) {
    // The Linux library for it is loaded on use, and a missing one panics.
    match quietly(|| icon(handle)) {
        Some(Ok(status)) => {
            handle.manage(Tray);
            keep_status(handle.clone(), status);
        }
        Some(Err(error)) => tracing::warn!("there is no tray icon: {error}"),
        None => tracing::warn!("there is no tray icon: this system has no library for it"),
    }
}

fn icon(handle: &AppHandle) -> tauri::Result<MenuItem<Wry>> {
    let status = MenuItem::new(handle, status_line(handle), false, None::<&str>)?;
    let menu = Menu::with_items(
        handle,
        &[
            &MenuItem::with_id(handle, OPEN, "Open Leadtrail", true, None::<&str>)?,
            &PredefinedMenuItem::separator(handle)?,
            &status,
            &PredefinedMenuItem::separator(handle)?,
            &MenuItem::with_id(handle, QUIT, "Quit Leadtrail", true, None::<&str>)?,
        ],
    )?;
    // macOS colours a template itself; elsewhere nobody does, and black on a dark panel would not be seen.
    let image = if cfg!(target_os = "macos") {
        Image::from_bytes(include_bytes!("../icons/tray.png"))?
    } else {
        Image::from_bytes(include_bytes!("../icons/32x32.png"))?
    };
    TrayIconBuilder::with_id("leadtrail")
        .icon(image)
        .icon_as_template(cfg!(target_os = "macos"))
        .tooltip("Leadtrail")
        .menu(&menu)
        .show_menu_on_left_click(cfg!(target_os = "macos"))
        .on_menu_event(|handle, event| match event.id().as_ref() {
            OPEN => window::show(handle),
            QUIT => handle.exit(0),
            _ => {}
        })
        .on_tray_icon_event(|icon, event| {
            if let TrayIconEvent::Click { button: MouseButton::Left, button_state: MouseButtonState::Up, .. } = event
                && !cfg!(target_os = "macos")
            {
                window::show(icon.app_handle());
            }
        })
        .build(handle)?;
    Ok(status)
}

/// What the tray says about the door.
fn status_line(handle: &AppHandle) -> String {
    let Some(app) = handle.try_state::<App>() else { return String::new() };
    match app.hooks_addr.get() {
        Some(address) => format!("Listening on {address}"),
        None => "Not listening".to_string(),
    }
}

fn keep_status(handle: AppHandle, status: MenuItem<Wry>) {
    tauri::async_runtime::spawn(async move {
        let listens = || handle.try_state::<App>().is_some_and(|app| app.hooks_addr.get().is_some());
        while !listens() {
            tokio::time::sleep(AGAIN).await;
        }
        let _ = status.set_text(status_line(&handle));
    });
}
