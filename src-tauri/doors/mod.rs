//! How requests reach the routers.

pub mod hooks;
pub mod knock;
pub mod loopback;
#[cfg(feature = "desktop")]
pub mod webview;
