//! Words for people beside Curious Thing's own: <https://api.curiousthing.io/webhook_events>.

use crate::domain::call::CallState;

/// How a call went. The vendor's list of failures is cut off in every copy: another word is a failure too.
pub(super) const RESULTS: [(&str, &str, CallState); 6] = [
    ("Complete", "Answered every question", CallState::Completed),
    ("Completed", "Answered every question", CallState::Completed),
    ("Partial", "Answered some questions", CallState::Completed),
    ("Not Complete", "Not completed", CallState::Missed),
    ("Incomplete", "Not completed", CallState::Missed),
    ("Invalid Number", "The number does not work", CallState::Failed),
];

/// Names of what it says of a call.
pub(super) const FIELDS: [(&str, &str); 6] = [
    ("status", "How it went"),
    ("additional_information", "Besides"),
    ("last_step", "Last question"),
    ("reason", "Why"),
    ("type", "Kind of call"),
    ("phone", "Number as it was sent"),
];

/// Words of closed sets.
pub(super) const VALUES: [(&str, &str); 8] = [
    ("success", "The call was placed"),
    ("failed", "The call could not be placed"),
    ("invalid phone", "The number does not work"),
    ("Voicemail", "Voicemail"),
    ("inbound", "Called of their own accord"),
    ("outbound-callback", "Called back"),
    ("humanSupportRequest", "Asked for a person"),
    ("sms", "Text"),
];
