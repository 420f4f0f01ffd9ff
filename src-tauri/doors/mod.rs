//! How requests reach the routers.

pub mod hooks;
pub mod loopback;
