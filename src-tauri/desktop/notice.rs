//! Notices of the operating system. Best effort: where there is nobody to show them, nothing happens.

use std::path::Path;
use std::time::Duration;

use notify_rust::Notification;
use tauri::async_runtime::{spawn, spawn_blocking};

use crate::app::Notices;
use crate::exports::MadeDue;
use crate::http::App;
use crate::ingest::silence::Silence;
use crate::store::sources;

/// The setting that remembers that the owner was told.
const TOLD: &str = "told_that_closing_keeps_listening";

/// Says, the first time only, that a closed window goes on listening.
pub(super) fn keeps_listening(app: &App) {
    let app = app.clone();
    spawn(async move {
        let told = app.store.read(|connection| sources::setting(connection, TOLD)).await;
        if !matches!(told, Ok(None)) {
            return;
        }
        let shown = spawn_blocking(|| {
            show("Leadtrail keeps listening", "Open or quit it from the tray. Settings has a switch for this.")
        });
        if shown.await.unwrap_or(false)
            && let Err(error) = app.store.write(|batch| batch.set(TOLD, "yes")).await
        {
            tracing::warn!("{error}");
        }
    });
}

/// What happens by itself, as notices of the system.
#[derive(Clone)]
pub(super) struct Desktop;

impl Notices for Desktop {
    fn made(&self, made: &MadeDue) {
        let folder = Path::new(&made.path).parent().map(|folder| folder.display().to_string()).unwrap_or_default();
        let (title, text) = (format!("“{}” was made", made.name), format!("It is in {folder}."));
        spawn_blocking(move || show(&title, &text));
    }

    fn silence(&self, silence: &Silence) {
        let (title, text) = (format!("Nothing from {}", silence.name), silence.text.clone());
        spawn_blocking(move || show(&title, &text));
    }
}

/// How often it is looked whether webhooks can be kept.
const LOOK: Duration = Duration::from_secs(5);

/// Says that webhooks cannot be kept, once until they can be again. Ends when `app.closing` turns true.
pub(super) async fn watch_for_write_failures(app: App) {
    let mut closing = app.closing.subscribe();
    let mut told = false;
    loop {
        tokio::select! {
            _ = closing.wait_for(|closing| *closing) => return,
            () = tokio::time::sleep(LOOK) => {}
        }
        let failure = app.ingest.write_failure();
        if let Some(failure) = failure.as_ref().filter(|_| !told) {
            let reason = failure.reason.clone();
            spawn_blocking(move || show("Webhooks cannot be kept", &reason));
        }
        told = failure.is_some();
    }
}

/// Says why there is no window, for those who started it without a terminal.
pub(super) fn failed(why: &str) {
    show("Leadtrail could not start", why);
}

/// Whether it was shown.
fn show(title: &str, text: &str) -> bool {
    let mut notification = Notification::new();
    notification.appname("Leadtrail").summary(title).body(text).icon("leadtrail");
    #[cfg(target_os = "macos")]
    let _ = notify_rust::set_application("app.leadtrail.desktop");
    #[cfg(windows)]
    notification.app_id("app.leadtrail.desktop");
    match notification.show() {
        Ok(_) => true,
        Err(error) => {
            tracing::debug!("no notice: {error}");
            false
        }
    }
}
