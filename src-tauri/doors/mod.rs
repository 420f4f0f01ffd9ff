//! How requests reach the routers.

pub mod access;
mod crowd;
mod ended;
mod files;
pub mod hooks;
pub mod knock;
mod line;
pub mod loopback;
mod serve;
#[cfg(feature = "desktop")]
pub mod webview;

pub use ended::{asked_to_end, ending};
pub use serve::{Limits, serve_router};
