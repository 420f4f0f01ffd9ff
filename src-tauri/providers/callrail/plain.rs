//! Words for people beside CallRail's own: <https://apidocs.callrail.com/#calls>.

/// What CallRail makes of a call: each is kept as a claim.
pub(super) const CLAIMS: [(&str, &str); 8] = [
    ("lead_status", "Lead status"),
    ("score", "Score"),
    ("lead_score", "Lead score"),
    ("lead_explanation", "Why it is scored so"),
    ("sentiment", "How the caller felt"),
    ("call_highlights", "Highlights"),
    ("first_call", "Their first call"),
    ("speaker_percent", "Who spoke how much"),
];

/// What else stands beside it.
pub(super) const FIELDS: [(&str, &str); 20] = [
    ("spam", "Spam"),
    ("urgency", "How urgent"),
    ("first_touch", "First touch"),
    ("lead_created", "Became a lead"),
    ("qualified", "Qualified"),
    ("last_touch", "Last touch"),
    ("event_date", "When"),
    ("ad_position", "Place of the ad"),
    ("campaign", "Campaign"),
    ("device", "Device"),
    ("keywords", "Searched for"),
    ("landing", "Landing page"),
    ("landing_page_url_params", "Of the landing page"),
    ("match_type", "How the search matched"),
    ("medium", "Medium"),
    ("referrer", "Came from"),
    ("referrer_url", "Came from"),
    ("session_browser", "Browser"),
    ("url_utm_params", "Of the link"),
    ("source", "Source"),
];

/// Words of closed sets.
pub(super) const VALUES: [(&str, &str); 23] = [
    ("good_lead", "A good lead"),
    ("not_a_lead", "Not a lead"),
    ("previously_marked_good_lead", "Marked as a good lead before"),
    ("not_scored", "Not scored"),
    ("very poor", "Very poor"),
    ("poor", "Poor"),
    ("fair", "Fair"),
    ("good", "Good"),
    ("very good", "Very good"),
    ("high", "High"),
    ("medium", "Medium"),
    ("low", "Low"),
    ("positive", "Positive"),
    ("neutral", "Neutral"),
    ("negative", "Negative"),
    ("mixed", "Mixed"),
    ("sms", "Text"),
    ("mms", "Picture message"),
    ("inbound", "Inbound"),
    ("true", "Yes"),
    ("false", "No"),
    ("mobile", "Mobile"),
    ("desktop", "Desktop"),
];
