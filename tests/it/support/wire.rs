//! Talking to a real socket.

use serde_json::json;

/// Talks to a socket off the async threads.
pub async fn on_the_wire<T: Send + 'static>(talk: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(talk).await.unwrap()
}

/// A text of CallRail's, the `n`th.
pub fn text(n: usize) -> String {
    json!({
        "resource_id": format!("SCI{n}"), "source_number": "202-555-0142", "destination_number": "770-555-5555",
        "content": format!("Hello {n}"), "timestamp": "2026-03-03T10:00:00.000-05:00",
    })
    .to_string()
}
