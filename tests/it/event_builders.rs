//! Events placed directly, for tests that need many leads or a certain time of placing.

use chrono::{DateTime, Utc};
use leadtrail::domain::call::CallPart;
use leadtrail::domain::call::{CallState, Turn};
use leadtrail::domain::event::{Body, Direction, IdentityKind, Message, ParsedEvent};
use leadtrail::store::{DeliveryOutcome, DeliveryState, NewDelivery, SourceRow, Trust, UpsertedEvent};

use super::support::TestApp;

/// A minute of the time tests happen in.
pub fn at(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_774_000_000 + minute * 60, 0).unwrap()
}

/// A text to or from a phone.
pub fn text(minute: i64, phone: &str, direction: Direction, words: &str) -> ParsedEvent {
    let message = Message {
        direction,
        channel: "sms".into(),
        text: words.into(),
        from: None,
        to: None,
        agent: None,
        conversation_id: None,
        media: Vec::new(),
        delivery_status: None,
    };
    let mut draft =
        ParsedEvent::new(format!("{minute} {phone} {words}"), "text", Some(at(minute)), Body::Message(message));
    draft.person.phones.push(phone.into());
    draft.add_identity(IdentityKind::Phone, phone);
    draft
}

/// A call with words.
pub fn call(minute: i64, phone: &str, state: CallState, words: &[&str]) -> ParsedEvent {
    let part = CallPart {
        call: Some(format!("call {minute} {phone}")),
        rank: 2,
        direction: Some(Direction::Inbound),
        answered: Some(state == CallState::Completed),
        state: Some(state),
        started_at: Some(at(minute)),
        from: Some(phone.into()),
        transcript: words
            .iter()
            .map(|words| Turn { speaker: Some("caller".into()), text: words.to_string(), start_s: None, echo: false })
            .collect(),
        ..CallPart::default()
    };
    let mut draft = ParsedEvent::new(format!("{minute} {phone}"), "call", Some(at(minute)), Body::Call(Box::new(part)));
    draft.person.phones.push(phone.into());
    draft.add_identity(IdentityKind::Phone, phone);
    draft
}

/// A phone that is nobody's.
pub fn phone(n: i64) -> String {
    format!("+1202555{n:04}")
}

impl TestApp {
    /// Places drafts as one delivery of the source, received and placed at the same time.
    pub async fn place(&self, source: &SourceRow, when: DateTime<Utc>, drafts: &[ParsedEvent]) -> i64 {
        self.place_late(source, when, when, drafts).await
    }

    /// Places drafts as one delivery that was placed later than it came.
    pub async fn place_late(
        &self,
        source: &SourceRow,
        came: DateTime<Utc>,
        when: DateTime<Utc>,
        drafts: &[ParsedEvent],
    ) -> i64 {
        let placed: Vec<UpsertedEvent> =
            drafts.iter().map(|draft| UpsertedEvent::new(draft, source.id, &source.uid, false).unwrap()).collect();
        let new =
            NewDelivery::new(source.id, "US", came, None, Trust::Unsigned, None, Some("application/json"), b"", b"{}");
        let source = source.id;
        self.app
            .store
            .write(move |batch| {
                let seq = batch.append(&new)?;
                batch.upsert_events(seq, came, when, &placed)?;
                let said = DeliveryOutcome {
                    state: DeliveryState::Processed,
                    reason: None,
                    repairs: Vec::new(),
                    left_out: 0,
                    events: placed.len(),
                    place: None,
                    placed_at: Some(when),
                };
                batch.record_outcome(seq, source, came, &said)?;
                Ok(seq)
            })
            .await
            .unwrap()
    }

    /// Every page of a list, one after the other.
    pub async fn pages(&self, path: &str) -> Vec<serde_json::Value> {
        let mut all = Vec::new();
        let mut cursor = String::new();
        loop {
            let join = if path.contains('?') { '&' } else { '?' };
            let page = self.get_json(&format!("{path}{join}cursor={cursor}")).await;
            let items = page.get("items").or(page.get("entries")).unwrap();
            all.extend(items.as_array().unwrap().iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = next.to_string(),
                None => return all,
            }
        }
    }
}
