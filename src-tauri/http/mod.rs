//! The routers: [`hooks()`] for senders, `api` for the UI and scripts. Which socket or window a request came
//! through is the doors' business.

mod addresses;
pub mod api;
mod caller;
pub mod hooks;
pub mod problem;
mod rate_limit;
mod reachability;
pub mod recovery;
pub mod ui;

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

pub use addresses::urls;
pub use api::api;
pub use caller::Caller;
pub use hooks::hooks;
pub use problem::{Problem, ProblemKind};
use tokio::sync::watch;

use crate::exports::ExportJobs;
use crate::ingest::Ingest;
pub use crate::ingest::budget;
use crate::ingest::fair_share::FairShare;
use crate::settings::Settings;
use crate::store::Store;

/// A request as a service would send it to the public door.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Path of the address, such as `/hooks/KEY/post_call`.
    pub path: String,
    /// Headers besides `Host` and `Content-Length`.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// What the public door answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: String,
}

/// Sends a request to the public door, from outside of it.
pub type Knock =
    Box<dyn Fn(SocketAddr, Sample) -> Pin<Box<dyn Future<Output = std::io::Result<HookAnswer>> + Send>> + Send + Sync>;

/// What handlers work with. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The data file.
    pub store: Store,
    /// The ingest pipeline into it.
    pub ingest: Ingest,
    /// The owner's settings.
    pub settings: Settings,
    /// Files that are made.
    pub exports: ExportJobs,
    /// Where the public door listens, once it does.
    pub hooks_addr: Arc<OnceLock<SocketAddr>>,
    /// Why it does not listen, for people. Means nothing once `hooks_addr` is set.
    pub hooks_problem: Arc<OnceLock<String>>,
    /// How a test event is sent to the public door; set by whoever opens it.
    pub knock: Arc<OnceLock<Knock>>,
    /// True once the program is closing: requests that wait are answered then.
    pub closing: Arc<watch::Sender<bool>>,
    /// Which door the routers are served at: `webview` or `loopback`.
    pub door: &'static str,
    /// This is sample data.
    pub is_demo: bool,
    /// What is shown instead of this, while somebody looks around in sample data.
    pub shown: api::demo::ShownData,
    /// Sources by the hash of their key.
    pub(crate) addresses: addresses::Addresses,
    /// What each source may still send, where the owner set a rate.
    pub(crate) pace: rate_limit::Pace,
    /// Memory for bodies that are on their way.
    pub(crate) room: FairShare,
}

impl App {
    /// Everything for the routers, on an open file.
    pub fn new(store: Store, settings: Settings, door: &'static str) -> App {
        let closing = Arc::new(watch::channel(false).0);
        App {
            exports: ExportJobs::new(store.clone(), settings.clone(), closing.clone()),
            ingest: Ingest::with(store.clone(), settings.clone()),
            addresses: addresses::Addresses::new(store.clone()),
            pace: rate_limit::Pace::default(),
            room: FairShare::new(hooks::BODIES),
            store,
            settings,
            hooks_addr: Arc::default(),
            hooks_problem: Arc::default(),
            knock: Arc::default(),
            closing,
            door,
            is_demo: false,
            shown: api::demo::ShownData::default(),
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
