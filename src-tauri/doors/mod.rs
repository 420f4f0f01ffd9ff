//! How requests reach the routers.

pub mod access;
mod connection;
mod connection_limit;
mod files;
pub mod hooks;
mod limits;
pub mod loopback;
mod serve;
mod shutdown;
pub mod test_request;
#[cfg(feature = "desktop")]
pub mod webview;

pub use limits::Limits;
pub use serve::serve_router;
pub use shutdown::{asked_to_end, ending};
