//! The one running program behind every way to start it: the public door, signs of life, what is due, backups, retention.
//! `leadtrail serve` and the window start and stop it alike, and differ in who reads its notices.

mod listener;

use crate::exports::MadeDue;
use crate::http::App;
use crate::ingest::UptimeMonitor;
use crate::ingest::silence::{self, Silence};
use crate::settings::{self, Settings};
use crate::store::{Store, StoreError, sources};

use listener::Listener;
pub use listener::PublicDoor;

/// Whom the program tells what happens by itself. Called on threads that serve others: it must not wait.
pub trait Notices: Clone + Send + Sync + 'static {
    /// A file that was due is made.
    fn made(&self, made: &MadeDue);
    /// A source is not heard that usually is: once for each silence.
    fn silence(&self, silence: &Silence);
}

/// What runs on a data file that can be used. Ends by [`Running::stop`].
pub struct Running {
    app: App,
    heart: UptimeMonitor,
    listener: Listener,
}

/// What handlers work with, on an open file, with the owner's settings. What an update asks for and what was left half
/// made is done on threads of their own. `door` is where the private router will be served: `webview` or `loopback`.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn open(store: Store, door: &'static str) -> Result<App, StoreError> {
    let json = store.read_blocking(|connection| sources::setting(connection, settings::NAME))?;
    let app = App::new(store, Settings::of_json(json.as_deref()), door);
    app.ingest.keep_up_to_date();
    app.ingest.look_for_corruption();
    // A file that cannot be mended or deleted is no reason not to listen.
    if let Err(error) = app.exports.tidy() {
        tracing::warn!("exports could not be tidied: {error}");
    }
    Ok(app)
}

impl Running {
    /// Opens the public door and begins what happens by the clock. All of it ends when `app.closing` turns true.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub async fn start(app: App, door: PublicDoor, notices: impl Notices) -> Result<Running, StoreError> {
        let heart = UptimeMonitor::start(&app.store, door.is_open()).await?;
        let listener = Listener::start(&app, &heart, door).await?;
        tokio::spawn(app.ingest.clone().keep_expiring(app.settings.clone(), app.closing.clone()));
        tokio::spawn(app.ingest.clone().keep_backing_up(app.settings.clone(), app.closing.clone()));
        let tell = notices.clone();
        tokio::spawn(app.exports.clone().keep_making(move |made: &MadeDue| tell.made(made)));
        let tell = notices;
        let silences =
            silence::watch(app.store.clone(), app.closing.subscribe(), move |silence: &Silence| tell.silence(silence));
        tokio::spawn(silences);
        tokio::spawn(heart.clone().beat_until(app.closing.subscribe()));
        Ok(Running { app, heart, listener })
    }

    /// What handlers work with.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Ends in order: no new webhooks, those under way are finished and answered, what was refused is counted, and the run
    /// ends in the file. The file itself stays open until whoever opened it closes it.
    pub async fn stop(self) {
        self.app.closing.send_replace(true);
        self.listener.ended().await;
        if let Err(error) = self.app.ingest.refusals().flush().await {
            tracing::warn!("refused requests could not be counted: {error}");
        }
        self.heart.end().await;
    }
}
