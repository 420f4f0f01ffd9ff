//! Words that names are written with, and words that stand where there is none.

/// Words that join names and are none.
pub(in crate::domain) const JOINS: [&str; 6] = ["and", "or", "und", "et", "the", "of"];

/// Marks within a word of a name.
pub(super) const JOINTS: &str = "-'’‘`´ʼ‐‑\u{2bb}\u{ff07}\u{ff0d}\u{b7}\u{30fb}";

/// What forms call the parts of a name, where each has a field of its own.
pub(super) const LABELS: [&str; 18] = [
    "first",
    "last",
    "middle",
    "given",
    "family",
    "sur",
    "surname",
    "name",
    "names",
    "firstname",
    "lastname",
    "familyname",
    "givenname",
    "fname",
    "lname",
    "customer",
    "lead",
    "contact",
];

/// What carriers write where they know no name.
pub(super) const CARRIER: [&str; 20] = [
    "caller",
    "wireless",
    "cell",
    "cellular",
    "phone",
    "unknown",
    "anonymous",
    "unavailable",
    "private",
    "restricted",
    "blocked",
    "toll",
    "free",
    "call",
    "mobile",
    "customer",
    "number",
    "name",
    "id",
    "voip",
];

/// What stands where a name is not known.
pub(super) const NOBODY: [&str; 12] =
    ["visitor", "website", "web", "guest", "test", "lead", "user", "client", "new", "contact", "none", "na"];

/// Mail boxes of offices.
pub(super) const OFFICES: [&str; 9] =
    ["info", "sales", "office", "contact", "hello", "admin", "mail", "support", "service"];
