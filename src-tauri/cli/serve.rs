//! `leadtrail serve`: both doors, without a window.

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use tokio::sync::watch;

use super::ports::Ports;
use super::{CliError, recovery, runtime};
use crate::app::{self, Notices, PublicDoor, Running};
use crate::doors::access::Access;
use crate::doors::hooks::Exposure;
use crate::doors::{ending, hooks, loopback};
use crate::exports::MadeDue;
use crate::http::recovery::PendingRecovery;
use crate::http::{self, App};
use crate::ingest::silence::Silence;
use crate::settings;
use crate::store::{DataLock, Store};

#[derive(Args)]
pub(super) struct Serve {
    /// Where webhooks are listened for
    #[arg(long, value_name = "ADDR", default_value = settings::HOOKS_ADDRESS)]
    hooks: String,
    /// Where the app is served to a browser on this machine
    #[arg(long, value_name = "ADDR", default_value = settings::UI_ADDRESS)]
    ui: String,
    /// Let other machines reach the hooks address, where it is not one of this machine's own: unencrypted, unless
    /// something in front of it encrypts
    #[arg(long)]
    beyond_this_machine: bool,
    /// Make a new link to the app: the old one, and every browser it let in, is let in no longer
    #[arg(long)]
    new_token: bool,
}

/// An address with its port; `localhost` is understood too.
pub(super) fn address(text: &str) -> Result<SocketAddr, CliError> {
    use std::net::ToSocketAddrs;
    text.to_socket_addrs()
        .ok()
        .and_then(|mut addresses| addresses.next())
        .ok_or_else(|| CliError::Said(format!("“{text}” is not an address such as 127.0.0.1:8787.")))
}

/// Says them on stdout. Where nobody reads them, that is no reason not to listen.
fn say(link: &str) {
    let mut out = std::io::stdout();
    let _ = writeln!(out, "{link}").and_then(|()| out.flush());
}

impl Serve {
    pub(super) fn run(self, folder: &Path) -> Result<ExitCode, CliError> {
        let lock = DataLock::take(folder)?;
        if let Some(trouble) = crate::clock::trouble() {
            tracing::warn!("{trouble}");
        }
        let access = Arc::new(Access::open(folder, self.new_token)?);
        let runtime = runtime()?;
        let ending = runtime.block_on(ending(false));
        let (store, ports) = match Store::open_held(folder, &lock) {
            Ok(store) => (store, None),
            Err(why) => {
                let waiting = PendingRecovery::of(folder.to_path_buf(), why, "loopback")?;
                let waited = runtime.block_on(async {
                    // What the owner set is in the file.
                    let ports = self.bind(false).await?;
                    say(&ports.link(&access)?);
                    recovery::wait(waiting, ports.public, ports.private, access.clone(), ending.clone()).await
                });
                let Some(ports) = waited? else { return Ok(ExitCode::SUCCESS) };
                (Store::open_held(folder, &lock)?, Some(ports))
            }
        };
        let app = app::open(store.clone(), "loopback")?;
        let served = runtime.block_on(self.serve(app, access, ports, ending));
        // Long polls and idle connections must not hold up the end.
        runtime.shutdown_timeout(std::time::Duration::from_secs(1));
        store.close();
        served?;
        Ok(ExitCode::SUCCESS)
    }

    async fn bind(&self, beyond: bool) -> Result<Ports, CliError> {
        let (hooks_at, ui_at) = (address(&self.hooks)?, address(&self.ui)?);
        let beyond = self.beyond_this_machine || beyond;
        let reach = if beyond { Exposure::Beyond } else { Exposure::ThisMachine };
        if beyond && !hooks_at.ip().is_loopback() {
            tracing::warn!("webhooks are listened for on {hooks_at}: other machines can reach this address");
        }
        let taken =
            |at: SocketAddr| move |error: std::io::Error| CliError::Said(format!("Cannot listen on {at}: {error}."));
        let public = hooks::bind(hooks_at, reach).await.map_err(taken(hooks_at))?;
        let private = loopback::bind(ui_at).await.map_err(taken(ui_at))?;
        Ok(Ports { public, private })
    }

    /// `ports` are those that were bound, and said, already.
    async fn serve(
        self,
        app: App,
        access: Arc<Access>,
        ports: Option<Ports>,
        mut ending: watch::Receiver<bool>,
    ) -> Result<(), CliError> {
        let (ports, are_said) = match ports {
            Some(ports) => (ports, true),
            None => (self.bind(app.settings.get().listen_beyond).await?, false),
        };
        let link = ports.link(&access)?;
        let Ports { public, private } = ports;
        let running = Running::start(app.clone(), PublicDoor::Open(public), LogNotices).await?;
        if !are_said {
            say(&link);
        }
        let closing = app.closing.clone();
        tokio::spawn(async move {
            let _ = ending.wait_for(|ending| *ending).await;
            closing.send_replace(true);
        });
        let (mut closes, mut ends) = (app.closing.subscribe(), app.closing.subscribe());
        let serving = loopback::serve(private, http::api(app), access, async move {
            let _ = closes.wait_for(|closing| *closing).await;
        });
        let served = tokio::select! {
            served = serving => served,
            // A page that polls does not keep the program: its request ends with it.
            () = async { let _ = ends.wait_for(|closing| *closing).await; tokio::time::sleep(PATIENCE).await; } => Ok(()),
        };
        running.stop().await;
        Ok(served?)
    }
}

/// What happens by itself is for whoever reads the log.
#[derive(Clone)]
struct LogNotices;

impl Notices for LogNotices {
    fn made(&self, made: &MadeDue) {
        tracing::info!("“{}” was due and is made: {}", made.name, made.path);
    }

    fn silence(&self, silence: &Silence) {
        tracing::warn!("{}", silence.text);
    }
}

/// How long the private door may take to end.
const PATIENCE: std::time::Duration = std::time::Duration::from_millis(500);
