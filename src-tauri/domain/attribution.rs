//! Where a person came from.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where a person came from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[allow(missing_docs)] // the field's own words
pub struct Attribution {
    pub source: Option<String>,
    pub medium: Option<String>,
    pub campaign: Option<String>,
    pub term: Option<String>,
    pub content: Option<String>,
    pub landing_page: Option<String>,
    pub referrer: Option<String>,
    pub gclid: Option<String>,
}

impl Attribution {
    /// Fills what is missing here from `other`.
    pub fn fill_from(&mut self, other: &Attribution) {
        let pairs = [
            (&mut self.source, &other.source),
            (&mut self.medium, &other.medium),
            (&mut self.campaign, &other.campaign),
            (&mut self.term, &other.term),
            (&mut self.content, &other.content),
            (&mut self.landing_page, &other.landing_page),
            (&mut self.referrer, &other.referrer),
            (&mut self.gclid, &other.gclid),
        ];
        for (mine, theirs) in pairs {
            if mine.is_none() {
                mine.clone_from(theirs);
            }
        }
    }
}
