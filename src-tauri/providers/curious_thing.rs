//! CuriousThing.
use chrono::{DateTime, Utc};

use super::*;

/// CuriousThing.
pub struct CuriousThing;

impl Reader for CuriousThing {
    fn about(&self) -> &'static About {
        &About {
            slug: "curious-thing",
            name: "CuriousThing",
            letters: "CT",
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
