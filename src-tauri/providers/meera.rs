//! Meera.
use chrono::{DateTime, Utc};

use super::*;

/// Meera.
pub struct Meera;

impl Reader for Meera {
    fn about(&self) -> &'static About {
        &About {
            slug: "meera",
            name: "Meera",
            letters: "M",
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
