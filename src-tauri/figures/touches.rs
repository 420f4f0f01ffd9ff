//! Where somebody came from, first and last, as a figure tells it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a value that nobody told is called.
pub(crate) const NOT_TOLD: &str = "Not told";

/// Where somebody came from first and last; `null` where nobody told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Touches {
    /// The source of first touch.
    pub first: Option<String>,
    /// The source of last touch.
    pub last: Option<String>,
}

/// Writes both as the value of a figure: `google → Not told`; nothing where neither is told. It is a name, and is not taken
/// apart again: a source may be called like that.
pub(crate) fn write_touches(first: &str, last: &str, into: &mut String) {
    if first.is_empty() && last.is_empty() {
        return;
    }
    for (n, touch) in [first, last].into_iter().enumerate() {
        into.push_str(if n == 0 { "" } else { " → " });
        into.push_str(if touch.is_empty() { NOT_TOLD } else { touch });
    }
}
