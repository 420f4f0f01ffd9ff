//! Varda.
use chrono::{DateTime, Utc};

use super::*;

/// Varda.
pub struct Varda;

impl Reader for Varda {
    fn about(&self) -> &'static About {
        &About {
            slug: "varda",
            name: "Varda",
            letters: "V",
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
