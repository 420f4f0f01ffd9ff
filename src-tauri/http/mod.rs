//! The routers: [`hooks`] for senders, `api` for the UI and scripts. Which socket or window a request came
//! through is the doors' business.

pub mod hooks;
pub mod problem;
pub mod ui;

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

pub use hooks::hooks;
pub use problem::{Kind, Problem};

use crate::ingest::Ingest;
use crate::settings::Settings;
use crate::store::Store;

/// What handlers work with. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The data file.
    pub store: Store,
    /// The corridor into it.
    pub ingest: Ingest,
    /// The owner's settings.
    pub settings: Settings,
    /// Where the public door listens, once it does.
    pub hooks_addr: Arc<OnceLock<SocketAddr>>,
    /// Why it does not listen, for people. Means nothing once `hooks_addr` is set.
    pub hooks_problem: Arc<OnceLock<String>>,
    /// Which door the routers are served at: `window` or `loopback`.
    pub door: &'static str,
    /// Sources by the hash of their key.
    pub(crate) addresses: hooks::Addresses,
}

impl App {
    /// Everything for the routers, on an open file.
    pub fn new(store: Store, settings: Settings, door: &'static str) -> App {
        App {
            ingest: Ingest::new(store.clone()),
            addresses: hooks::Addresses::new(store.clone()),
            store,
            settings,
            hooks_addr: Arc::default(),
            hooks_problem: Arc::default(),
            door,
        }
    }

    /// The address senders are given, without a path: what the owner set, else where the public door
    /// listens, else `None`.
    pub fn public_base(&self) -> Option<String> {
        let set = self.settings.get().public_base_url.clone();
        set.map(|url| url.trim_end_matches('/').to_string())
            .filter(|url| !url.is_empty())
            .or_else(|| self.hooks_addr.get().map(|addr| format!("http://{addr}")))
    }
}
