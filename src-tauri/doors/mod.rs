//! How requests reach the routers.

pub mod hooks;
pub mod knock;
pub mod loopback;
mod serve;
#[cfg(feature = "desktop")]
pub mod webview;

pub use serve::{Limits, serve_router};
