//! `leadtrail serve`: both doors, without a window.

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use tokio::sync::watch;

use super::{CliError, open, runtime};
use crate::doors::hooks::Reach;
use crate::doors::{asked_to_end, hooks, knock, loopback};
use crate::http::{self, App};
use crate::ingest::{Heart, silence};
use crate::settings::{self, Settings};
use crate::store::{DataLock, Store, sources};

/// The setting under which the private door's token stands.
const TOKEN: &str = "ui_token";

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
}

/// An address with its port; `localhost` is understood too.
pub(super) fn address(text: &str) -> Result<SocketAddr, CliError> {
    use std::net::ToSocketAddrs;
    text.to_socket_addrs()
        .ok()
        .and_then(|mut addresses| addresses.next())
        .ok_or_else(|| CliError::Said(format!("“{text}” is not an address such as 127.0.0.1:8787.")))
}

impl Serve {
    pub(super) fn run(self, folder: &Path) -> Result<ExitCode, CliError> {
        let _lock = DataLock::take(folder)?;
        let store = open(folder)?;
        let token = token(&store)?;
        let json = store.read_blocking(|connection| sources::setting(connection, settings::NAME))?;
        let app = App::new(store.clone(), Settings::of_json(json.as_deref()), "loopback");
        app.ingest.keep_up_to_date();
        let runtime = runtime()?;
        let served = runtime.block_on(self.serve(app, &token));
        // Long polls and idle connections must not hold up the end.
        runtime.shutdown_timeout(std::time::Duration::from_secs(1));
        store.close();
        served?;
        Ok(ExitCode::SUCCESS)
    }

    async fn serve(self, app: App, token: &str) -> Result<(), CliError> {
        let refusals = app.ingest.refusals().clone();
        let (hooks_at, ui_at) = (address(&self.hooks)?, address(&self.ui)?);
        let beyond = self.beyond_this_machine || app.settings.get().listen_beyond;
        let reach = if beyond { Reach::Beyond } else { Reach::ThisMachine };
        if beyond && !hooks_at.ip().is_loopback() {
            tracing::warn!("webhooks are listened for on {hooks_at}: other machines can reach this address");
        }
        let taken =
            |at: SocketAddr| move |error: std::io::Error| CliError::Said(format!("Cannot listen on {at}: {error}."));
        let public = hooks::bind(hooks_at, reach).await.map_err(taken(hooks_at))?;
        let private = loopback::bind(ui_at).await.map_err(taken(ui_at))?;
        let (hooks_at, ui_at) = (public.local_addr()?, private.local_addr()?);
        let _ = app.hooks_addr.set(hooks_at);
        app.store.write(move |batch| batch.set(settings::LISTENED, &hooks_at.to_string())).await?;
        let _ = app.knock.set(knock::knock());
        let heart = Heart::start(&app.store, true).await?;
        println!("hooks http://{hooks_at}");
        println!("ui http://{ui_at}/?token={token}");

        tokio::spawn(app.ingest.clone().keep_backing_up(app.settings.clone(), app.closing.clone()));
        let (stop, stopped) = watch::channel(false);
        let closing = app.closing.clone();
        tokio::spawn(async move {
            asked_to_end(false).await;
            closing.send_replace(true);
            stop.send_replace(true);
        });
        let listening = tokio::spawn(hooks::serve(public, http::hooks(app.clone()), stopped.clone()));
        let mut ends = stopped.clone();
        tokio::spawn(silence::watch(app.store.clone(), stopped.clone(), |silence| tracing::warn!("{}", silence.text)));
        tokio::spawn(heart.clone().beat_until(stopped.clone()));
        let serving = loopback::serve(private, http::api(app), token, async move {
            let _ = ends.wait_for(|stop| *stop).await;
        });
        let mut ends = stopped;
        tokio::select! {
            served = serving => served?,
            // A page that polls does not keep the program: its request ends with it.
            () = async { let _ = ends.wait_for(|stop| *stop).await; tokio::time::sleep(PATIENCE).await; } => {}
        }
        // What was accepted is finished and answered first.
        let _ = tokio::time::timeout(DRAIN, listening).await;
        if let Err(error) = refusals.flush().await {
            tracing::warn!("refused requests could not be counted: {error}");
        }
        heart.end().await;
        Ok(())
    }
}

/// How long the private door may take to end.
const PATIENCE: std::time::Duration = std::time::Duration::from_millis(500);
/// How long running webhooks may take to finish.
const DRAIN: std::time::Duration = std::time::Duration::from_secs(5);

/// The token of the private door: made once, the same at every start.
fn token(store: &Store) -> Result<String, CliError> {
    if let Some(token) = store.read_blocking(|connection| sources::setting(connection, TOKEN))? {
        return Ok(token);
    }
    let token = sources::new_key()?;
    let kept = token.clone();
    store.write_blocking(move |batch| batch.set(TOKEN, &kept))?;
    Ok(token)
}
