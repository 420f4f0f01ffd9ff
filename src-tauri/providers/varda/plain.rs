//! Words for people beside Varda's own: <https://docs.tryvarda.com/webhooks/events>.

use crate::domain::call::CallState;

/// How a call ended. The set is not documented: these are the ones a sender of calls is likely to mean.
pub(super) const DISPOSITIONS: [(&str, &str, CallState); 17] = [
    ("completed", "Completed", CallState::Completed),
    ("complete", "Completed", CallState::Completed),
    ("answered", "Answered", CallState::Completed),
    ("connected", "Answered", CallState::Completed),
    ("no_answer", "No answer", CallState::Missed),
    ("missed", "Missed", CallState::Missed),
    ("unanswered", "No answer", CallState::Missed),
    ("not_answered", "No answer", CallState::Missed),
    ("busy", "Line busy", CallState::Missed),
    ("abandoned", "Hung up before an answer", CallState::Abandoned),
    ("canceled", "Hung up before an answer", CallState::Abandoned),
    ("cancelled", "Hung up before an answer", CallState::Abandoned),
    ("failed", "Could not connect", CallState::Failed),
    ("error", "Could not connect", CallState::Failed),
    ("voicemail", "Voicemail", CallState::Voicemail),
    ("left_voicemail", "Left a voicemail", CallState::Voicemail),
    ("voicemail_left", "Left a voicemail", CallState::Voicemail),
];

/// Outcomes a person tags.
pub(super) const OUTCOMES: [(&str, &str); 8] = [
    ("booked", "Booked"),
    ("quoted", "Quoted"),
    ("follow_up", "Follow up"),
    ("not_interested", "Not interested"),
    ("no_answer", "No answer"),
    ("spam", "Spam"),
    ("wrong_number", "Wrong number"),
    ("other", "Other"),
];

/// Names of what a call carries.
pub(super) const FIELDS: [(&str, &str); 1] = [("disposition", "How it ended")];

/// Words of closed sets: of conversations, contacts, messages and channels.
pub(super) const VALUES: [(&str, &str); 25] = [
    ("open", "Open"),
    ("pending", "Waits for an answer"),
    ("resolved", "Resolved"),
    ("closed", "Closed"),
    ("low", "Low"),
    ("normal", "Normal"),
    ("high", "High"),
    ("urgent", "Urgent"),
    ("visitor", "Visitor"),
    ("lead", "Lead"),
    ("customer", "Customer"),
    ("webchat", "Web chat"),
    ("chat", "Chat"),
    ("phone", "Phone"),
    ("sms", "Text"),
    ("mms", "Picture message"),
    ("email", "E-mail"),
    ("whatsapp", "WhatsApp"),
    ("sent", "Sent"),
    ("delivered", "Delivered"),
    ("undelivered", "Not delivered"),
    ("read", "Read"),
    ("queued", "On its way"),
    ("ringing", "Ringing"),
    ("ended", "Ended"),
];
