//! A notification as a part of a call. One reading for v4 and v5: the names differ, the meaning does not.

use chrono::{DateTime, Utc};

use super::fields::{Fields, squash};
use super::{CallPhase, claims, plain, times, words};
use crate::domain::ParsedEvent;
use crate::domain::call::CallPart;
use crate::domain::call::CallState;
use crate::domain::event::{Address, Attribution, Body, Direction, IdentityKind, Person, is_placeholder};
use crate::providers::{Json, Unreadable, read};

/// Reads a notification; the caller adds its name and key.
pub(super) fn read(
    action: CallPhase,
    fields: &Fields<'_>,
    sent: Option<DateTime<Utc>>,
    region: &str,
) -> Result<ParsedEvent, Unreadable> {
    let caller = fields.inside("callerdetails");
    let call = fields.word(&["telmetricsid", "id"]);
    let caller_number = fields.word(&["callernumber"]).or_else(|| caller.word(&["phonenumber"]));
    let called_number = fields.word(&["callednumber", "trackingnumber"]);
    if call.is_none() && caller_number.is_none() && called_number.is_none() {
        return Err(Unreadable::new("Telmetrics sent a call without an id and without numbers"));
    }
    let started_at = times::started_at(action, fields)?;

    let mut draft = ParsedEvent::new("", "", Some(started_at), Body::Call(Box::default()));
    let tracking = read::business_phone(&mut draft, called_number.as_deref(), region);
    let to = read::business_phone(&mut draft, fields.word(&["terminationnumber"]).as_deref(), region);
    let from = caller_number.and_then(|number| crate::domain::phone::e164(&number, region));
    // A forwarding number that shows itself as the caller is still the business's own.
    if let Some(from) = from.as_deref().filter(|from| !draft.business.iter().any(|own| own == from)) {
        read::lead_e164(&mut draft, from);
    }
    if let Some(call) = &call {
        draft.add_identity(IdentityKind::Call, call.clone());
    }
    describe_person(&mut draft.person, fields, &caller);
    draft.attribution = attribution(&fields.inside("attributiondetails"));

    let mut part = CallPart {
        call,
        // Without a time of sending the call's own start orders it best.
        sent_us: sent.unwrap_or(started_at).timestamp_micros(),
        rank: action.rank(),
        direction: Some(Direction::Inbound),
        started_at: Some(started_at),
        duration_s: fields.any(&["callseconds", "callduration"]).and_then(Json::to_i64).filter(|s| *s >= 0),
        from,
        to,
        tracking_number: tracking,
        keypad: fields.word(&["routingkeypress"]),
        tags: tags(fields),
        keywords: words::keywords(fields),
        ..CallPart::default()
    };
    claims::read(&mut part, fields);
    say_state(&mut part, action, fields);
    say_words(&mut part, fields);
    if action == CallPhase::Rescue {
        claims::rescue_notice(&mut part, fields);
    }
    draft.body = Body::Call(Box::new(part));
    Ok(draft)
}

/// Caller-ID text (or an address book the number was looked up in) and the campaign's name.
fn describe_person(person: &mut Person, fields: &Fields<'_>, caller: &Fields<'_>) {
    person.name = fields.word(&["callername"]).or_else(|| caller.word(&["name"]));
    person.name_is_caller_id = person.name.is_some();
    let part = |v4: &str, inside: &[&str]| fields.word(&[v4]).or_else(|| caller.word(inside));
    person.address = Address {
        street: part("callerstreet", &["address", "street"]),
        city: part("callercity", &["city"]),
        state: part("callerstate", &["state"]),
        zip: part("callerzip", &["zipcode", "zip"]),
        country: part("callercountry", &["country"]),
    };
    person.campaign = fields
        .word(&["groupname", "studyname"])
        .or_else(|| fields.inside("studydetails").word(&["studyname"]))
        .or_else(|| fields.inside("addetails").word(&["addefinitionname"]));
}

/// v4 writes `LandingPageUrl` in one action and `LandingPagURL:` in another (trap 6).
fn attribution(details: &Fields<'_>) -> Attribution {
    Attribution {
        source: details.word(&["utmsource"]),
        medium: details.word(&["utmmedium"]),
        campaign: details.word(&["utmcampaign"]),
        term: details.word(&["utmterm"]),
        content: details.word(&["utmcontent"]),
        landing_page: details.word(&["landingpageurl", "landingpagurl"]),
        referrer: details.word(&["referrerurl"]),
        gclid: details.word(&["gclid"]),
    }
}

/// v4 `CallTags.TagIDs`; v5 `call_tags`, of which only `null` is published: texts, numbers, or objects with
/// a name. A list takes the place of the list before; nothing said leaves it alone.
fn tags(fields: &Fields<'_>) -> Option<Vec<String>> {
    let list = match fields.get("calltags")? {
        list @ Json::List(_) => list,
        object => Fields::of(object).any(&["tagids", "tags"])?,
    };
    let Json::List(items) = list else { return None };
    let name =
        |item: &Json| item.to_text().or_else(|| Fields::of(item).verbatim(&["name", "tagname", "tag", "tagid", "id"]));
    Some(items.iter().filter_map(name).map(|tag| tag.trim().to_string()).filter(|tag| !is_placeholder(tag)).collect())
}

/// How far the call has come. `AnswerStatus` is 1 in one action and `Answered` in another; other words are
/// not published, so they are claims as well, and one we do not know only says that the call is over.
fn say_state(part: &mut CallPart, action: CallPhase, fields: &Fields<'_>) {
    if action == CallPhase::Start {
        part.state = Some(CallState::Ringing);
        return;
    }
    // A code 0 is a word too; only `n/a` and its like say nothing.
    let status = fields.verbatim(&["answerstatus", "answerstatusid"]).map(|s| s.trim().to_string());
    let status = status.filter(|status| status == "0" || !is_placeholder(status));
    let known = status.as_deref().map(answer);
    match known {
        Some(Some((answered, state))) => {
            part.answered = Some(answered);
            part.state = Some(state);
        }
        Some(None) => part.state = Some(CallState::Completed),
        None if fields.word(&["answertime", "answertimeutc"]).is_some() => {
            part.answered = Some(true);
            part.state = Some(CallState::Completed);
        }
        None if action == CallPhase::Preprocessed => part.state = Some(CallState::Completed),
        None => {}
    }
    if let Some(status) = status.filter(|_| part.answered != Some(true)) {
        part.claims.push(("answer_status".to_string(), status.into()));
    }
    // Somebody's machine answered: the two sides did not speak.
    if part.state == Some(CallState::Voicemail) {
        part.voicemail = Some(true);
    } else if part.voicemail == Some(true) {
        part.answered = Some(false);
        part.state = Some(CallState::Voicemail);
    }
}

/// Whether the two sides spoke, and how it ended.
fn answer(status: &str) -> Option<(bool, CallState)> {
    let wanted = squash(status);
    let (.., state) = plain::ANSWERS.iter().find(|(word, ..)| squash(word) == wanted)?;
    Some((*state == CallState::Completed, *state))
}

/// Recording, transcript and summary: beside the call in v4, in `conversation_analytics` in v5.
fn say_words(part: &mut CallPart, fields: &Fields<'_>) {
    let analytics = fields.inside("conversationanalytics");
    let either = |names: &[&str]| fields.verbatim(names).or_else(|| analytics.verbatim(names));
    part.recording_url = either(&["voicerecordingurl", "voicelink"])
        .map(|url| url.trim().to_string())
        .filter(|url| url.starts_with("https://") || url.starts_with("http://"));
    part.transcript_raw = either(&["calltranscript", "transcript"]);
    part.transcript = part.transcript_raw.as_deref().map(words::turns).unwrap_or_default();
    part.summary = either(&["callsummary"]);
}
