//! Telmetrics.
use chrono::{DateTime, Utc};

use super::*;

/// Telmetrics.
pub struct Telmetrics;

impl Reader for Telmetrics {
    fn about(&self) -> &'static About {
        &About {
            slug: "telmetrics",
            name: "Telmetrics",
            letters: "T",
            tells: "",
            credential: Credential::SigningKey { help: "" },
            console_url: "",
            steps: &[],
            try_it: "",
            minutes: 4,
        }
    }
    fn events(&self) -> &'static [EventType] {
        &[]
    }
    fn read(&self, _delivery: &Delivery<'_>) -> Result<Vec<Draft>, Unreadable> {
        Err(Unreadable::new("being written"))
    }
    fn sample(&self, _event: Option<&str>, _now: DateTime<Utc>) -> (Option<&'static str>, String) {
        (None, String::new())
    }
}
