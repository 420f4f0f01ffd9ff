//! What a row says.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::values::{seconds, when};
use super::{ImportedRow, RowKind};
use crate::domain::call::CallPart;
use crate::domain::call::{CallState, Turn};
use crate::domain::event::{
    Address, Attribution, Body, Contact, Direction, ExternalId, Form, FormField, IdentityKind, Message, ParsedEvent,
    StatusChange,
};
use crate::domain::phone;
use crate::domain::stage::Stage;
use crate::providers::{Json, Unreadable, read as small};
use crate::zone::Tz;

/// The name of the event a row is.
const NAME: &str = "imported";
/// Columns without a field of ours that are kept as the service's claims.
const CLAIMS: usize = 60;

/// Reads a row as it stands in the journal. `region` is that of the source's phone numbers.
///
/// # Errors
/// [`Unreadable`] with the reason in plain words, at the column that is at fault.
pub fn read(body: &[u8], region: &str) -> Result<Vec<ParsedEvent>, Unreadable> {
    let row: ImportedRow = serde_json::from_slice(body).map_err(|_| Unreadable::new("This is not a row of a file."))?;
    let reading = RowReader { zone: row.zone.parse().unwrap_or(Tz::UTC), region, row: &row };
    let mut draft = match row.kind {
        RowKind::Calls => reading.call(),
        RowKind::Texts => reading.text(),
        RowKind::Forms => reading.form(),
        RowKind::Leads => reading.lead(),
    }?;
    draft.row = true;
    Ok(vec![draft])
}

struct RowReader<'a> {
    row: &'a ImportedRow,
    zone: Tz,
    region: &'a str,
}

impl RowReader<'_> {
    fn get(&self, field: &str) -> Option<&str> {
        self.row.get(field)
    }

    fn own(&self, field: &str) -> Option<String> {
        self.get(field).map(str::to_string)
    }

    fn column(&self, field: &str) -> String {
        self.row.map.get(field).cloned().unwrap_or_default()
    }

    /// When it happened, if the row says.
    fn at(&self) -> Result<Option<DateTime<Utc>>, Unreadable> {
        // Reasons name the column and never the cell: they are kept, and cells are about people.
        let (field, text) = match (self.get("at"), self.get("date"), self.get("time")) {
            (Some(at), ..) => ("at", at.to_string()),
            (None, Some(date), Some(time)) => ("date", format!("{date} {time}")),
            (None, Some(date), None) => ("date", date.to_string()),
            (None, None, _) => return Ok(None),
        };
        // Where months come first in speech, they do in numbers.
        let day_first = !matches!(self.region.to_ascii_uppercase().as_str(), "US" | "CA" | "PH" | "PR");
        match when(&text, self.zone, day_first) {
            Some(at) => Ok(Some(at)),
            None => Err(self.no(field, "time we can read")),
        }
    }

    fn no(&self, field: &str, what: &str) -> Unreadable {
        let column = self.column(field);
        Unreadable::at(&column, format!("The column “{}” holds no {what}.", short(&column)))
    }

    fn needed_at(&self) -> Result<DateTime<Utc>, Unreadable> {
        self.at()?.ok_or_else(|| Unreadable::at(&self.column("at"), "The row does not say when it happened."))
    }

    /// A number in E.164. One that was withheld is none; one that cannot be read is at fault.
    fn number(&self, field: &str) -> Result<Option<String>, Unreadable> {
        let Some(text) = self.get(field) else { return Ok(None) };
        match phone::e164(text, self.region) {
            Some(number) => Ok(Some(number)),
            None if phone::is_blocked(text) || text.chars().filter(char::is_ascii_digit).count() < 7 => Ok(None),
            None => Err(self.no(field, "phone number")),
        }
    }

    fn direction(&self) -> Option<Direction> {
        let word = |field| self.get(field).map(str::to_ascii_lowercase).unwrap_or_default();
        let (said, status) = (word("direction"), word("status"));
        if ["out", "sent", "to customer"].iter().any(|sign| said.starts_with(sign)) || status.starts_with("outbound") {
            return Some(Direction::Outbound);
        }
        let inbound = ["in", "received", "from customer"].iter().any(|sign| said.starts_with(sign));
        (inbound || status.starts_with("inbound")).then_some(Direction::Inbound)
    }

    /// `(the lead's number, the business's numbers, the tracking number)`.
    fn sides(&self, direction: Direction) -> Result<Sides, Unreadable> {
        let (from, to) = (self.number("from")?, self.number("to")?);
        let (theirs, ours) = if direction == Direction::Outbound { (to, from) } else { (from, to) };
        let tracking = self.number("tracking_number")?;
        Ok(Sides {
            lead: self.number("phone")?.or(theirs),
            // Where the business's side cannot be read it is simply not known.
            business: self.number("business_number").unwrap_or_default().or(ours),
            tracking,
        })
    }

    fn start(&self, key: String, at: Option<DateTime<Utc>>, body: Body) -> ParsedEvent {
        let mut draft = ParsedEvent::new(key, NAME, at, body);
        draft.attribution = Attribution {
            source: self.own("source"),
            medium: self.own("medium"),
            campaign: self.own("campaign"),
            term: self.own("term"),
            content: None,
            landing_page: self.own("landing_page"),
            referrer: self.own("referrer"),
            gclid: self.own("gclid"),
        };
        draft.person.campaign = self.own("campaign");
        draft.person.address = Address {
            street: self.own("street"),
            city: self.own("city"),
            state: self.own("state"),
            zip: self.own("zip"),
            country: self.own("country"),
        };
        let full = self.own("name").filter(|name| phone::e164(name, self.region).is_none() && !phone::is_blocked(name));
        draft.person.name = full.or_else(|| match (self.get("first_name"), self.get("last_name")) {
            (Some(first), Some(last)) => Some(format!("{first} {last}")),
            (one, other) => one.or(other).map(str::to_string),
        });
        draft
    }

    fn call(&self) -> Result<ParsedEvent, Unreadable> {
        let at = self.needed_at()?;
        let direction = self.direction();
        let sides = self.sides(direction.unwrap_or(Direction::Inbound))?;
        let id = self.own("id").or_else(|| self.get("recording_url").and_then(id_in_link));
        if sides.lead.is_none() && sides.tracking.is_none() && sides.business.is_none() && id.is_none() {
            return Err(Unreadable::at(&self.column("phone"), "The row names no number."));
        }
        let key = match &id {
            Some(id) => format!("row:call:{id}"),
            None => format!("row:call:{}:{}", sides.key(), at.timestamp_micros()),
        };
        let ours = sides.business.clone().or_else(|| sides.tracking.clone());
        let (from, to) = match direction {
            Some(Direction::Outbound) => (ours, sides.lead.clone()),
            _ => (sides.lead.clone(), ours),
        };
        let flag = |field| self.get(field).and_then(|text| Json::Text(text.to_string()).to_bool());
        let (state, answered, voicemail) = ending(self.get("status"), flag("answered"), flag("voicemail"));
        let tags: Vec<String> = self
            .get("tags")
            .map(|tags| tags.split([',', ';', '|']).map(|tag| tag.trim().to_string()).collect())
            .unwrap_or_default();
        let tags: Vec<String> = tags.into_iter().filter(|tag| !tag.is_empty()).collect();
        let transcript = self.own("transcript");
        let part = CallPart {
            call: id.clone(),
            rank: 2,
            direction,
            answered,
            voicemail,
            state: Some(state),
            started_at: Some(at),
            duration_s: self.get("duration").and_then(seconds),
            from,
            to,
            tracking_number: sides.tracking.clone(),
            agent: self.own("agent"),
            recording_url: self.own("recording_url").filter(|link| link.starts_with("http")),
            summary: self.own("summary"),
            transcript: transcript.iter().map(|text| Turn { text: text.clone(), ..Turn::default() }).collect(),
            transcript_raw: transcript,
            claims: self
                .row
                .others()
                .filter(|(_, value)| !matches!(value, Value::Null))
                .take(CLAIMS)
                .map(|(column, value)| (column.clone(), value.clone()))
                .collect(),
            tags: (!tags.is_empty()).then_some(tags),
            value_cents: self.get("value").and_then(|value| small::cents(&Json::Text(value.to_string()))),
            note: self.own("note"),
            lead_status: self.own("lead_status"),
            score: self.own("score"),
            ..CallPart::default()
        };
        let mut draft = self.start(key, Some(at), Body::Call(Box::new(part)));
        draft.person.name_is_caller_id = draft.person.name.is_some();
        self.who(&mut draft, &sides);
        draft.identities.extend(id.and_then(|id| crate::domain::event::Identity::new(IdentityKind::Call, id)));
        Ok(draft)
    }

    fn text(&self) -> Result<ParsedEvent, Unreadable> {
        let at = self.needed_at()?;
        let direction = self.direction().unwrap_or(Direction::Inbound);
        let sides = self.sides(direction)?;
        let words = self.own("text").unwrap_or_default();
        if sides.lead.is_none() {
            return Err(Unreadable::at(&self.column("phone"), "The row does not name the lead's number."));
        }
        let key = match self.get("id") {
            Some(id) => format!("row:text:{}:{id}", direction.as_str()),
            None => {
                let words = small::hash(words.as_bytes());
                format!("row:text:{}:{}:{}:{words}", direction.as_str(), sides.key(), at.timestamp_micros())
            }
        };
        let ours = sides.business.clone().or_else(|| sides.tracking.clone());
        let (from, to) = match direction {
            Direction::Outbound => (ours, sides.lead.clone()),
            Direction::Inbound => (sides.lead.clone(), ours),
        };
        let message = Message {
            direction,
            channel: "sms".into(),
            text: words,
            from,
            to,
            agent: self.own("agent"),
            conversation_id: self.own("conversation_id"),
            media: Vec::new(),
            delivery_status: self.own("status"),
        };
        let mut draft = self.start(key, Some(at), Body::Message(message));
        self.who(&mut draft, &sides);
        for (kind, field) in [(IdentityKind::Message, "id"), (IdentityKind::Conversation, "conversation_id")] {
            if let Some(id) = self.get(field) {
                draft.add_identity(kind, id);
            }
        }
        Ok(draft)
    }

    fn form(&self) -> Result<ParsedEvent, Unreadable> {
        let at = self.at()?;
        let ours = ["at", "date", "time", "id", "page", "landing_page", "referrer"];
        let kept = |column: &String| !ours.iter().any(|field| self.row.map.get(*field) == Some(column));
        let cells = self.row.cells.iter().filter(|(column, _)| kept(column));
        let fields: Vec<FormField> = cells
            .filter_map(|(name, value)| Some(FormField { name: name.clone(), value: value.as_str()?.to_string() }))
            .collect();
        let key = match self.get("id") {
            Some(id) => format!("row:form:{id}"),
            None => {
                let all: String = fields.iter().map(|field| format!("{}\n{}\n", field.name, field.value)).collect();
                let at = at.map(|at| at.timestamp_micros()).unwrap_or_default();
                format!("row:form:{at}:{}", small::hash(all.as_bytes()))
            }
        };
        let form = Form {
            fields,
            page: self.own("page"),
            landing_page: self.own("landing_page"),
            referrer: self.own("referrer"),
            first_form: None,
        };
        let mut draft = self.start(key, at, Body::Form(form));
        self.person(&mut draft)?;
        if let Some(id) = self.get("id") {
            draft.add_identity(IdentityKind::Form, id);
        }
        Ok(draft)
    }

    fn lead(&self) -> Result<ParsedEvent, Unreadable> {
        let at = self.at()?;
        let all: String = self.row.cells.iter().map(|(column, cell)| format!("{column}\n{cell}\n")).collect();
        let key = format!("row:lead:{}", small::hash(all.as_bytes()));
        let body = match self.get("status") {
            Some(status) => Body::Status(StatusChange {
                stage: Stage::parse(&status.to_lowercase().replace([' ', '-'], "_")),
                status: status.to_string(),
                reason: self.own("reason"),
                from_lead: false,
                facts: serde_json::Map::new(),
            }),
            None => Body::Contact(Contact { contact_type: Some("lead".into()) }),
        };
        let mut draft = self.start(key, at, body);
        self.person(&mut draft)?;
        draft.person.rep = self.own("agent");
        draft.person.external_ids = self
            .own("external_id")
            .map(|value| ExternalId { name: self.column("external_id"), value })
            .into_iter()
            .collect();
        if let Some(id) = self.get("id") {
            draft.add_identity(IdentityKind::Person, id);
        }
        draft.person.custom =
            self.row.others().take(CLAIMS).map(|(column, cell)| (column.clone(), cell.clone())).collect();
        for field in ["note", "text"] {
            if let Some(words) = self.own(field) {
                draft.person.custom.insert(self.column(field), Value::String(words));
            }
        }
        if draft.identities.is_empty() {
            return Err(Unreadable::at(&self.column("phone"), "The row names neither a number nor an e-mail."));
        }
        Ok(draft)
    }

    fn who(&self, draft: &mut ParsedEvent, sides: &Sides) {
        for number in [&sides.tracking, &sides.business].into_iter().flatten() {
            if !draft.business.contains(number) {
                draft.business.push(number.clone());
            }
        }
        if let Some(lead) = sides.lead.as_ref().filter(|lead| !draft.business.contains(lead)) {
            small::lead_e164(draft, lead);
        }
        if let Some(address) = self.get("email") {
            small::lead_email(draft, address);
        }
    }

    fn person(&self, draft: &mut ParsedEvent) -> Result<(), Unreadable> {
        if let Some(number) = self.number("phone")? {
            small::lead_e164(draft, &number);
        }
        if let Some(address) = self.get("email") {
            small::lead_email(draft, address);
        }
        Ok(())
    }
}

struct Sides {
    lead: Option<String>,
    business: Option<String>,
    tracking: Option<String>,
}

impl Sides {
    fn key(&self) -> String {
        let text = |number: &Option<String>| number.clone().unwrap_or_default();
        format!("{}:{}:{}", text(&self.lead), text(&self.tracking), text(&self.business))
    }
}

/// How a call ended, in the words of logs.
fn ending(
    status: Option<&str>,
    answered: Option<bool>,
    voicemail: Option<bool>,
) -> (CallState, Option<bool>, Option<bool>) {
    let word = status.unwrap_or_default().to_lowercase();
    let is = |signs: &[&str]| signs.iter().any(|sign| word.contains(sign));
    if is(&["voicemail", "voice mail"]) || voicemail == Some(true) {
        (CallState::Voicemail, Some(false), Some(true))
    } else if is(&["abandon"]) {
        (CallState::Abandoned, Some(false), voicemail)
    } else if is(&["fail", "busy", "invalid"]) {
        (CallState::Failed, Some(false), voicemail)
    } else if is(&["missed", "unanswered", "no answer", "no-answer", "not answered", "noanswer"]) {
        (CallState::Missed, Some(false), voicemail)
    } else if is(&["answered", "completed", "connected"]) {
        (CallState::Completed, answered.or(Some(true)), voicemail)
    } else {
        match answered {
            Some(true) => (CallState::Completed, Some(true), voicemail),
            Some(false) => (CallState::Missed, Some(false), voicemail),
            None => (CallState::Completed, None, voicemail),
        }
    }
}

/// The id of a call that stands in the address of its recording: `https://app.callrail.com/calls/ID/recording…`.
fn id_in_link(link: &str) -> Option<String> {
    let rest = link.strip_prefix("https://")?;
    let (host, path) = rest.split_once('/')?;
    if host != "callrail.com" && !host.ends_with(".callrail.com") {
        return None;
    }
    let mut parts = path.split(['/', '?']);
    parts.find(|part| *part == "calls")?;
    let id = parts.next()?;
    let good = id.len() >= 6 && id.len() <= 64 && id.chars().all(|c| c.is_ascii_alphanumeric());
    good.then(|| id.to_string())
}

fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn row(kind: RowKind, cells: &[(&str, &str)]) -> Result<ParsedEvent, Unreadable> {
        let columns: Vec<String> = cells.iter().map(|(column, _)| column.to_string()).collect();
        let map: BTreeMap<String, String> = super::super::recognise(&columns, Some(kind)).mapping;
        let cells = cells.iter().map(|(column, cell)| (column.to_string(), Value::String(cell.to_string()))).collect();
        let row = ImportedRow { kind, zone: "America/Chicago".into(), map, cells };
        read(&serde_json::to_vec(&row).unwrap(), "US").map(|mut drafts| drafts.remove(0))
    }

    #[test]
    fn a_call_of_a_log_is_a_call() {
        let cells = [
            ("Call Status", "Answered Call"),
            ("Tracking Number", "+1 202-555-0100"),
            ("Name", "JANE DOE"),
            ("Phone Number", "(312) 555-0142"),
            ("Start Time", "2026-03-03 02:05:10 PM"),
            ("Duration (seconds)", "83"),
            ("Recording Url", "https://app.callrail.com/calls/766970532/recording?access_key=x"),
            ("First-Time Caller", "Yes"),
            ("Tags", "New, Roof"),
        ];
        let draft = row(RowKind::Calls, &cells).unwrap();
        assert!(draft.row);
        assert_eq!(draft.key, "row:call:766970532");
        let Body::Call(part) = &draft.body else { panic!() };
        assert_eq!(
            (part.answered, part.duration_s, part.from.as_deref()),
            (Some(true), Some(83), Some("+13125550142"))
        );
        assert_eq!(part.started_at.unwrap().to_rfc3339(), "2026-03-03T20:05:10+00:00");
        assert_eq!(part.tags.as_deref(), Some(&["New".to_string(), "Roof".to_string()][..]));
        assert_eq!(part.claims, [("First-Time Caller".to_string(), Value::String("Yes".into()))]);
        assert_eq!(draft.business, ["+12025550100"]);
    }

    #[test]
    fn what_is_wrong_with_a_row_is_said_at_its_column() {
        let bad = row(RowKind::Calls, &[("Start Time", "soon"), ("Phone Number", "3125550142")]).unwrap_err();
        assert_eq!(
            (bad.reason.as_str(), bad.field.as_deref()),
            ("The column “Start Time” holds no time we can read.", Some("Start Time"))
        );
        let bad = row(RowKind::Calls, &[("Start Time", "2026-03-03 10:00"), ("Phone Number", "99999999999999")]);
        assert_eq!(bad.unwrap_err().field.as_deref(), Some("Phone Number"));
        assert!(row(RowKind::Leads, &[("Name", "Jane")]).is_err());
        assert!(read(b"{}", "US").is_err());
    }
}
