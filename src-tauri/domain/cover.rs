//! What stands in place of what is covered.

use std::ops::Range;

/// What stands in place of what is covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // the words explain themselves
pub enum Cover {
    Name,
    Number,
    Mail,
    Address,
    Id,
    Link,
}

impl Cover {
    /// What a reader sees.
    pub fn text(self) -> &'static str {
        match self {
            Cover::Name => "[name]",
            Cover::Number => "[number]",
            Cover::Mail => "[e-mail]",
            Cover::Address => "[address]",
            Cover::Id => "[id]",
            Cover::Link => "[link]",
        }
    }
}

/// Where something is covered, and by what.
pub(super) type MaskSpan = (Range<usize>, Cover);
