//! What a delivery says: one pure function for live, replay and rebuild, so that all three agree.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::{DateTime, Utc};

use super::body::{self, Unpacked};
use crate::domain::ParsedEvent;
use crate::providers::body::{line_column, parse_body, place_of};
use crate::providers::{Headers, Json, Provider, ReaderInput, row};
use crate::store::{DeliveryRow, SourceRow};

/// A delivery of more events is not read: the commit that held them all would keep every other sender waiting.
const MAX_EVENTS: usize = 5000;

/// A delivery as it stands in the journal.
pub struct JournalDelivery<'a> {
    /// The provider's slug, as the source has it.
    pub provider: &'a str,
    /// The `{event}` of the address.
    pub event: Option<&'a str>,
    /// As sent.
    pub content_type: Option<&'a str>,
    /// The headers that were kept.
    pub headers: &'a Headers,
    /// The body as it came.
    pub body: &'a [u8],
    /// The region of the source's phone numbers.
    pub region: &'a str,
    /// When it came, UTC.
    pub received_at: DateTime<Utc>,
    /// It came from a file.
    pub imported: bool,
}

/// A delivery of the journal, as readers see it.
pub(super) fn sent_of<'a>(row: &'a DeliveryRow, source: &'a SourceRow, headers: &'a Headers) -> JournalDelivery<'a> {
    JournalDelivery {
        provider: &source.provider,
        event: row.event.as_deref(),
        content_type: row.content_type.as_deref(),
        headers,
        body: &row.body,
        region: &row.region,
        received_at: row.received_at,
        imported: row.import.is_some(),
    }
}

/// The headers of a delivery of the journal.
pub fn kept_headers(row: &DeliveryRow) -> Headers {
    serde_json::from_slice(&row.headers).unwrap_or_default()
}

/// What reading found.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    /// Events.
    Ok {
        /// At least one.
        drafts: Vec<ParsedEvent>,
        /// What was mended, in plain words.
        repairs: Vec<String>,
        /// Parts that cannot be read, and were left out.
        left_out: usize,
    },
    /// Nothing that can be placed.
    Unreadable {
        /// Why, in plain words.
        reason: String,
        /// Where in the body, line and column from 1.
        place: Option<(usize, usize)>,
        /// What was mended before.
        repairs: Vec<String>,
    },
}

/// Reads a delivery. Never fails and never panics: what a reader trips over is unreadable.
pub fn read(sent: &JournalDelivery<'_>) -> Reading {
    read_unpacked(sent, body::unpack_kept(sent.body, sent.headers))
}

/// [`read`] where the body was unpacked already, by the headers that are kept.
pub(super) fn read_unpacked<'a>(sent: &JournalDelivery<'a>, unpacked: Unpacked<'a>) -> Reading {
    let unreadable = |reason: String| Reading::Unreadable { reason, place: None, repairs: Vec::new() };
    let Some(provider) = Provider::parse(sent.provider) else {
        return unreadable(format!("This Leadtrail does not know the service “{}”. A newer one may.", sent.provider));
    };
    match catch_unwind(AssertUnwindSafe(|| read_as(provider, sent, unpacked))) {
        Ok(reading) => reading,
        Err(_) => {
            tracing::error!("reading a {} delivery broke off", sent.provider);
            unreadable(format!(
                "Leadtrail stumbled over what {provider} sent. It is kept, and is read again after an update."
            ))
        }
    }
}

/// A body taken out of its wrappings.
struct UnwrappedBody<'a> {
    plain: Cow<'a, [u8]>,
    json: Json,
    headers: Headers,
    event: Option<String>,
    repairs: Vec<String>,
}

impl<'a> UnwrappedBody<'a> {
    fn of(
        provider: Provider,
        sent: &JournalDelivery<'a>,
        unpacked: Unpacked<'a>,
    ) -> Result<UnwrappedBody<'a>, Reading> {
        let mut repairs = Vec::new();
        let plain = match unpacked {
            Ok((plain, mended)) => {
                repairs.extend(mended.map(str::to_string));
                plain
            }
            Err(error) => return Err(Reading::Unreadable { reason: error.to_string(), place: None, repairs }),
        };
        let body = match parse_body(&plain, sent.content_type) {
            Ok(body) => body,
            Err(error) => {
                let place = error.offset.map(|offset| line_column(&plain, offset));
                return Err(Reading::Unreadable { reason: error.reason, place, repairs });
            }
        };
        repairs.extend(body.repairs);
        // Logged headers and address are somebody's word: good enough to read by, never to verify by.
        let mut headers = sent.headers.clone();
        let mut event = sent.event.map(str::to_string);
        if let Some(envelope) = body.envelope {
            headers.0.extend(envelope.headers.0);
            event = event.or_else(|| logged_event(provider, envelope.event_url.as_deref()?));
        }
        Ok(UnwrappedBody { plain, json: body.json, headers, event, repairs })
    }

    fn delivery<'b>(&'b self, sent: &'b JournalDelivery<'_>, body: &'b Json) -> ReaderInput<'b> {
        ReaderInput {
            event: self.event.as_deref(),
            body,
            raw: &self.plain,
            headers: &self.headers,
            region: sent.region,
            received_at: sent.received_at,
        }
    }
}

/// One element of a body that carries several, with what it says; `None` where it cannot be read.
pub(super) struct ReadElement {
    pub json: Json,
    pub drafts: Option<Vec<ParsedEvent>>,
}

/// A body cut into its elements, each read by itself, with what is needed to read them again.
pub(super) struct ReadElements {
    pub parts: Vec<ReadElement>,
    pub headers: Headers,
    pub event: Option<String>,
}

/// A row of a file.
fn is_row(sent: &JournalDelivery<'_>) -> bool {
    sent.imported && sent.content_type == Some(row::CONTENT_TYPE)
}

/// The elements of a delivery; `None` where it cannot be cut. Never panics.
pub(super) fn parts(sent: &JournalDelivery<'_>) -> Option<ReadElements> {
    let provider = Provider::parse(sent.provider).filter(|_| !is_row(sent))?;
    let cut = || {
        let opened = UnwrappedBody::of(provider, sent, body::unpack_kept(sent.body, sent.headers)).ok()?;
        let parts = provider.reader().cut(&opened.json)?.into_iter();
        let parts = parts.map(|json| {
            let drafts = provider.reader().read(&opened.delivery(sent, &json)).ok();
            ReadElement { json, drafts }
        });
        Some(ReadElements { parts: parts.collect(), headers: opened.headers.clone(), event: opened.event.clone() })
    };
    catch_unwind(AssertUnwindSafe(cut)).ok().flatten()
}

fn read_as<'a>(provider: Provider, sent: &JournalDelivery<'a>, unpacked: Unpacked<'a>) -> Reading {
    // Only of files: a sender's own words are never a row, whatever they say they are.
    if is_row(sent) {
        return match row::read(sent.body, sent.region) {
            Ok(drafts) => Reading::Ok { drafts, repairs: Vec::new(), left_out: 0 },
            Err(error) => {
                let place = error.field.as_deref().and_then(|field| place_of(sent.body, field));
                Reading::Unreadable { reason: error.reason, place, repairs: Vec::new() }
            }
        };
    }
    let mut opened = match UnwrappedBody::of(provider, sent, unpacked) {
        Ok(opened) => opened,
        Err(unreadable) => return unreadable,
    };
    let mut repairs = std::mem::take(&mut opened.repairs);
    if let Some(reason) = unknown_event(provider, opened.event.as_deref()) {
        return Reading::Unreadable { reason, place: None, repairs };
    }
    if provider.reader().events_in(&opened.json) > MAX_EVENTS {
        let reason = format!("{provider} sent more than {MAX_EVENTS} events in one message.");
        return Reading::Unreadable { reason, place: None, repairs };
    }
    let plain = &opened.plain;
    let delivery = opened.delivery(sent, &opened.json);
    match provider.reader().read(&delivery) {
        Ok(drafts) if drafts.is_empty() => {
            let reason = format!("{provider} sent a message with nothing in it.");
            Reading::Unreadable { reason, place: None, repairs }
        }
        Ok(drafts) => Reading::Ok { drafts, repairs, left_out: 0 },
        Err(error) if let Some((drafts, unread)) = read_in_parts(provider, &delivery) => {
            let parts = if unread == 1 { "one part".to_string() } else { format!("{unread} parts") };
            repairs.push(format!("{parts} left out, the rest read: {}", error.reason));
            Reading::Ok { drafts, repairs, left_out: unread }
        }
        Err(error) => {
            let place = error.field.as_deref().and_then(|field| place_of(plain, field));
            Reading::Unreadable { reason: sentence(error.reason), place, repairs }
        }
    }
}

/// People are told in whole sentences.
fn sentence(mut reason: String) -> String {
    if !reason.ends_with(['.', '!', '?']) {
        reason.push('.');
    }
    reason
}

/// What can be read of a batch that cannot be read whole, and how many elements cannot.
fn read_in_parts(provider: Provider, whole: &ReaderInput<'_>) -> Option<(Vec<ParsedEvent>, usize)> {
    let parts = provider.reader().cut(whole.body)?;
    let (mut drafts, mut unread) = (Vec::new(), 0);
    for part in &parts {
        match provider.reader().read(&ReaderInput { body: part, ..*whole }) {
            Ok(read) => drafts.extend(read),
            Err(_) => unread += 1,
        }
    }
    (!drafts.is_empty()).then_some((drafts, unread))
}

/// The event that the address of a logged request ends in, if the provider has it.
fn logged_event(provider: Provider, url: &str) -> Option<String> {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let last = path.trim_end_matches('/').rsplit('/').next()?;
    provider.reader().events().iter().find(|event| event.key == last).map(|event| event.key.to_string())
}

fn unknown_event(provider: Provider, event: Option<&str>) -> Option<String> {
    let event = event?;
    let events = provider.reader().events();
    if events.iter().any(|known| known.key == event) {
        return None;
    }
    let shown: String = event.chars().filter(|c| !c.is_control()).take(60).collect();
    Some(if events.is_empty() {
        format!("The address ends in “{shown}”. {provider} has one address for everything: leave that part off.")
    } else {
        format!("The address ends in “{shown}”, and that is no event of {provider}. Copy the address again.")
    })
}
