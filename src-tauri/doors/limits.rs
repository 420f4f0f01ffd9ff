//! What a port allows of connections and time.

use std::time::Duration;

/// What a port allows.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at once. Above, whoever has not shown a key makes room; fewer where the system gives fewer files.
    pub connections: usize,
    /// How long the head of a request may take, from its first byte or from the beginning of the connection.
    pub head: Duration,
    /// How long a request may take, from its head to its answer; `None` where that is the router's business.
    pub request: Option<Duration>,
    /// How long a connection may be silent between requests, or leave its answers unfetched.
    pub idle: Duration,
    /// How long running requests may take to finish at the end.
    pub drain: Duration,
    /// A caller that sends no more is heard out: what it sent is taken in, though it may not wait for the answer.
    pub hears_out: bool,
}
