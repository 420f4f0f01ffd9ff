//! What a column can stand for, and the names services give to such columns.
//!
//! CallRail's call log has the header `Call Status, Company Name, Company ID, Number Name, Tracking Number, Name, Phone
//! Number, Email, First-Time Caller, City, State, Country, Agent Name, Agent Number, Source, Duration (seconds), Start
//! Time, Device Type, Keywords, Referrer, Medium, Landing Page, Campaign, Value, Tags, Qualified, Destination Number, …,
//! Recording Url, Note`; its form log the names of the API's fields (`submitted_at`, `form_url`, `landing_page_url`).

use std::collections::BTreeMap;

use super::RowKind;
use super::RowKind::{Calls, Forms, Leads, Texts};

/// Something a column can stand for.
#[derive(Debug, Clone, Copy)]
pub struct RowField {
    /// Its name in mappings.
    pub field: &'static str,
    /// For people.
    pub label: &'static str,
    /// The kinds of rows that can have it.
    pub kinds: &'static [RowKind],
    /// Names of such columns, in lower case and without anything but letters and digits.
    names: &'static [&'static str],
}

const TALKS: &[RowKind] = &[Calls, Texts];
const ALL: &[RowKind] = RowKind::ALL;
const CALLS: &[RowKind] = &[Calls];
const VISITS: &[RowKind] = &[Calls, Forms, Leads];
const PEOPLE: &[RowKind] = &[Forms, Leads];

const fn field(
    field: &'static str,
    label: &'static str,
    kinds: &'static [RowKind],
    names: &'static [&'static str],
) -> RowField {
    RowField { field, label, kinds, names }
}

/// Everything a column can stand for, the most telling first: a column goes to the first that fits.
pub const FIELDS: &[RowField] = &[
    field(
        "at",
        "When it happened",
        ALL,
        &[
            "starttime",
            "startedat",
            "calltime",
            "calldate",
            "datetime",
            "dateandtime",
            "timestamp",
            "submittedat",
            "senttime",
            "sentat",
            "receivedat",
            "messagetime",
            "messagedate",
            "submitted",
            "submissiontime",
            "submissiondate",
            "createdat",
            "created",
            "createdon",
            "createddate",
            "datecreated",
            "leaddate",
            "posteddate",
            "start",
            "datetimestart",
            "callstart",
            "callstarttime",
        ],
    ),
    field("date", "Date, where the time stands apart", ALL, &["date", "day", "startdate"]),
    field("time", "Time of day, where the date stands apart", ALL, &["time", "timeofday"]),
    field(
        "id",
        "The service's own id",
        ALL,
        &[
            "id",
            "callid",
            "resourceid",
            "callsid",
            "messageid",
            "formid",
            "submissionid",
            "leadid",
            "contactid",
            "uniqueid",
            "callsessionid",
        ],
    ),
    field("direction", "Incoming or outgoing", TALKS, &["direction", "calldirection", "messagedirection"]),
    field(
        "phone",
        "The lead's number",
        ALL,
        &[
            "phonenumber",
            "customerphonenumber",
            "customerphone",
            "customernumber",
            "callernumber",
            "callerid",
            "caller",
            "phone",
            "mobile",
            "mobilenumber",
            "mobilephone",
            "cell",
            "cellphone",
            "leadphone",
            "contactphone",
            "contactnumber",
            "telephone",
            "callerphonenumber",
            "callernum",
            "sourcenumber",
        ],
    ),
    field("from", "The number that called or wrote", TALKS, &["from", "fromnumber"]),
    field("to", "The number that was called or written to", TALKS, &["to", "tonumber"]),
    field(
        "tracking_number",
        "The tracking number",
        TALKS,
        &["trackingnumber", "trackingphonenumber", "trackingnum", "trackernumber", "dialednumber", "did"],
    ),
    field(
        "business_number",
        "The business's own number",
        TALKS,
        &[
            "destinationnumber",
            "destination",
            "businessphonenumber",
            "businessnumber",
            "forwardtonumber",
            "agentnumber",
        ],
    ),
    field(
        "status",
        "Status",
        &[Calls, Texts, Leads],
        &["callstatus", "status", "calltype", "result", "calloutcome", "leadstatus", "messagestatus"],
    ),
    field("answered", "Answered, yes or no", CALLS, &["answered"]),
    field("voicemail", "Voicemail, yes or no", CALLS, &["voicemail"]),
    field(
        "duration",
        "How long",
        CALLS,
        &["durationseconds", "duration", "callduration", "durations", "durationsecs", "talktime", "length", "seconds"],
    ),
    field(
        "text",
        "What was written",
        &[Texts, Leads],
        &["message", "content", "text", "body", "messagetext", "messagebody", "messagecontent", "sms", "smscontent"],
    ),
    field("name", "Name", ALL, &["name", "customername", "callername", "fullname", "contactname", "leadname", "cnam"]),
    field("first_name", "First name", PEOPLE, &["firstname", "givenname", "forename"]),
    field("last_name", "Last name", PEOPLE, &["lastname", "surname", "familyname"]),
    field("email", "E-mail", ALL, &["email", "emailaddress", "customeremail", "contactemail", "leademail"]),
    field("street", "Street", &[Leads], &["street", "address", "streetaddress", "address1"]),
    field("city", "City", ALL, &["city", "customercity", "callercity"]),
    field("state", "State", ALL, &["state", "customerstate", "callerstate", "province", "region"]),
    field("zip", "Postcode", ALL, &["zip", "zipcode", "postalcode", "postcode"]),
    field("country", "Country", ALL, &["country", "customercountry", "callercountry"]),
    field(
        "agent",
        "Who of the business",
        &[Calls, Texts, Leads],
        &[
            "agentname",
            "agent",
            "agentemail",
            "user",
            "username",
            "answeredby",
            "rep",
            "salesrep",
            "owner",
            "assignedto",
        ],
    ),
    field("recording_url", "Recording", CALLS, &["recordingurl", "recording", "recordinglink", "audio", "audiourl"]),
    field("summary", "Summary", CALLS, &["summary", "callsummary"]),
    field("transcript", "Transcript", CALLS, &["transcript", "transcription", "calltranscript"]),
    field("note", "Note", &[Calls, Leads], &["note", "notes", "comment", "comments"]),
    field("tags", "Tags", CALLS, &["tags", "tag", "calltags"]),
    field("value", "Value", CALLS, &["value", "callvalue", "leadvalue"]),
    field("lead_status", "Is it a lead", CALLS, &["qualified", "goodlead", "leadqualification"]),
    field("score", "Score", CALLS, &["score", "leadscore"]),
    field("reason", "Reason", &[Leads], &["reason", "statusreason", "closedreason", "lostreason"]),
    field("source", "Where they came from", VISITS, &["source", "leadsource", "trafficsource", "sourcename"]),
    field("medium", "Medium", VISITS, &["medium"]),
    field("campaign", "Campaign", VISITS, &["campaign", "campaignname"]),
    field("term", "Search words", VISITS, &["keywords", "keyword", "searchterm", "utmterm"]),
    field("landing_page", "Landing page", VISITS, &["landingpage", "landingpageurl", "landing"]),
    field("referrer", "Referrer", VISITS, &["referrer", "referringurl", "referrerurl"]),
    field("gclid", "Google click id", VISITS, &["gclid", "googleadsgclid"]),
    field("page", "Page of the form", &[Forms], &["formurl", "page", "pageurl", "url"]),
    field("conversation_id", "Conversation", &[Texts], &["conversationid", "conversation", "threadid"]),
    field("external_id", "Your own id of the lead", &[Leads], &["externalid", "customerid", "crmid", "accountid"]),
];

/// What is known of a file by its columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognised {
    /// What its rows are.
    pub kind: RowKind,
    /// The file, in words, where it is a service's own export.
    pub export: Option<&'static str>,
    /// Field and column.
    pub mapping: BTreeMap<String, String>,
}

fn squash(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Reads the columns of a file; `kind` where somebody said what its rows are.
pub fn recognise(columns: &[String], kind: Option<RowKind>) -> Recognised {
    let squashed: Vec<String> = columns.iter().map(|column| squash(column)).collect();
    let has = |name: &str| squashed.iter().any(|column| column == name);
    let guess = if ["durationseconds", "duration", "callduration", "callstatus", "calltype", "recordingurl", "callid"]
        .iter()
        .any(|name| has(name))
    {
        Calls
    } else if has("formurl") || has("formdata") || has("submittedat") || has("formid") || has("submissionid") {
        Forms
    } else if (has("message") || has("content") || has("text") || has("body") || has("messagebody"))
        && (has("direction") || has("from") || has("to") || has("trackingnumber") || has("sourcenumber"))
    {
        Texts
    } else {
        Leads
    };
    let kind = kind.unwrap_or(guess);
    let export = match kind {
        Calls if has("callstatus") && has("numbername") && has("trackingnumber") => Some("CallRail call log"),
        Texts if has("trackingnumber") && has("companyname") => Some("CallRail text log"),
        Forms if has("formurl") && has("landingpageurl") => Some("CallRail form log"),
        _ => None,
    };
    let mut mapping = BTreeMap::new();
    let mut taken = vec![false; columns.len()];
    for field in FIELDS.iter().filter(|field| field.kinds.contains(&kind)) {
        // Of several columns that fit, the one whose name comes first in the list.
        let best = field.names.iter().find_map(|name| squashed.iter().position(|column| column == name));
        if let Some(place) = best.filter(|place| !taken.get(*place).copied().unwrap_or(true))
            && let (Some(taken), Some(column)) = (taken.get_mut(place), columns.get(place))
        {
            *taken = true;
            mapping.insert(field.field.to_string(), column.clone());
        }
    }
    // Date and time apart are only asked where no column holds both.
    if mapping.contains_key("at") {
        mapping.remove("date");
        mapping.remove("time");
    }
    Recognised { kind, export, mapping }
}

/// What a mapping lacks to be of use, in plain words.
pub fn missing(kind: RowKind, mapping: &BTreeMap<String, String>) -> Option<String> {
    let any = |fields: &[&str]| fields.iter().any(|field| mapping.contains_key(*field));
    let timed = any(&["at", "date"]);
    match kind {
        Calls if !timed => Some("Say which column holds when the call began.".into()),
        Calls if !any(&["phone", "from", "to", "id"]) => Some("Say which column holds the lead's number.".into()),
        Texts if !timed => Some("Say which column holds when the text was sent.".into()),
        Texts if !any(&["phone", "from", "to"]) => Some("Say which column holds the lead's number.".into()),
        Texts if !any(&["text"]) => Some("Say which column holds what was written.".into()),
        Forms if !any(&["phone", "email", "id"]) => Some("Say which column holds the lead's number or e-mail.".into()),
        Leads if !any(&["phone", "email", "id"]) => Some("Say which column holds the lead's number or e-mail.".into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(text: &str) -> Vec<String> {
        text.split(',').map(|name| name.trim().to_string()).collect()
    }

    #[test]
    fn the_call_log_of_callrail_is_known() {
        let header = columns(
            "Call Status,Company Name,Company ID,Number Name,Tracking Number,Name,Phone Number,Email,First-Time Caller,\
             City,State,Country,Agent Name,Agent Number,Source,Duration (seconds),Start Time,Device Type,Keywords,\
             Referrer,Medium,Landing Page,Campaign,Value,Tags,Qualified,Destination Number,Recording Url,Note",
        );
        let found = recognise(&header, None);
        assert_eq!((found.kind, found.export), (Calls, Some("CallRail call log")));
        for (field, column) in [
            ("at", "Start Time"),
            ("phone", "Phone Number"),
            ("tracking_number", "Tracking Number"),
            ("business_number", "Destination Number"),
            ("status", "Call Status"),
            ("duration", "Duration (seconds)"),
            ("agent", "Agent Name"),
            ("recording_url", "Recording Url"),
            ("lead_status", "Qualified"),
            ("term", "Keywords"),
        ] {
            assert_eq!(found.mapping.get(field).map(String::as_str), Some(column), "{field}");
        }
        assert_eq!(missing(found.kind, &found.mapping), None);
    }

    #[test]
    fn other_files_are_told_by_what_they_hold() {
        assert_eq!(recognise(&columns("submitted_at,name,email,form_url,landing_page_url"), None).kind, Forms);
        assert_eq!(recognise(&columns("Date,Time,From,To,Message"), None).kind, Texts);
        let leads = recognise(&columns("First Name,Last Name,Mobile,E-mail,Status"), None);
        assert_eq!((leads.kind, leads.mapping.len()), (Leads, 5));
        assert!(missing(Calls, &leads.mapping).is_some());
    }
}
