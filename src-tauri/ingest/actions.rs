//! What people did, as entries of the journal.

use chrono::{DateTime, Utc};

use super::{Acted, Ingest, IngestError};
use crate::domain::action::{Action, Deed};
use crate::domain::event::{Body, EventId, IdentityKind, ParsedEvent, short_hash};
use crate::store::{Batch, StoreError, UpsertedEvent};

/// The stable name under which people's own events are hashed.
const OURS: &str = "leadtrail";

/// The longest note or name of a tag. Characters.
const NOTE: usize = 20_000;
const TAG: usize = 100;

/// The event of an action, from its bytes in the journal alone.
pub(super) fn event(raw: &[u8], action: &Action, at: DateTime<Utc>) -> Result<UpsertedEvent, StoreError> {
    let words = String::from_utf8_lossy(raw);
    let hash = short_hash(&[&words, &at.timestamp_micros().to_string()]);
    let mut draft = ParsedEvent::new(
        format!("action:{}", hex::encode(hash)),
        name(&action.deed),
        Some(at),
        Body::Action(action.clone()),
    );
    draft.add_identity(IdentityKind::Event, action.about.to_string());
    UpsertedEvent::new(&draft, 0, OURS, false)
}

fn name(deed: &Deed) -> &'static str {
    match deed {
        Deed::Note { .. } => "note",
        Deed::Outcome { .. } => "outcome",
        Deed::Tag { .. } => "tag",
        Deed::Untag { .. } => "untag",
        Deed::Assign { .. } => "assign",
        Deed::Undo { .. } => "undo",
    }
}

fn append(batch: &mut Batch<'_>, action: &Action, at: DateTime<Utc>) -> Result<Acted, StoreError> {
    let raw = serde_json::to_vec(action)?;
    let seq = batch.append_action(at, &raw)?;
    let placed = event(&raw, action, at)?;
    let id = placed.id().to_string();
    batch.upsert_events(seq, at, at, &[placed])?;
    Ok(Acted { id, seq })
}

/// Trims words, and refuses what says nothing.
fn tidy(deed: Deed) -> Result<Deed, StoreError> {
    let invalid = |text: &str| StoreError::Invalid(text.into());
    let tidy_tag = |tag: String| {
        let tag = tag.split_whitespace().collect::<Vec<_>>().join(" ");
        match tag.chars().count() {
            0 => Err(invalid("Give the tag a name.")),
            n if n > TAG => Err(invalid("That tag is too long.")),
            _ => Ok(tag),
        }
    };
    Ok(match deed {
        Deed::Note { text } => {
            let text = text.trim();
            if text.is_empty() {
                return Err(invalid("The note is empty."));
            }
            if text.chars().count() > NOTE {
                return Err(invalid("That note is too long."));
            }
            Deed::Note { text: text.to_string() }
        }
        Deed::Tag { tag } => Deed::Tag { tag: tidy_tag(tag)? },
        Deed::Untag { tag } => Deed::Untag { tag: tidy_tag(tag)? },
        Deed::Outcome { outcome, call, estimated_cents, actual_cents, revenue_cents, notes } => {
            if [estimated_cents, actual_cents, revenue_cents].into_iter().flatten().any(|cents| cents < 0) {
                return Err(invalid("An amount cannot be below zero."));
            }
            let notes = notes.map(|notes| notes.trim().to_string()).filter(|notes| !notes.is_empty());
            if notes.as_ref().is_some_and(|notes| notes.chars().count() > NOTE) {
                return Err(invalid("That note is too long."));
            }
            Deed::Outcome { outcome, call, estimated_cents, actual_cents, revenue_cents, notes }
        }
        Deed::Assign { rep } => {
            let rep = rep.map(|rep| rep.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|rep| !rep.is_empty());
            if rep.as_ref().is_some_and(|rep| rep.chars().count() > TAG) {
                return Err(invalid("That name is too long."));
            }
            Deed::Assign { rep }
        }
        Deed::Undo { .. } => return Err(invalid("Take an action back by its own address.")),
    })
}

impl Ingest {
    /// Does something about a lead, in somebody's name.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such lead or call, [`StoreError::Invalid`] for an empty deed.
    pub async fn act(
        &self,
        lead: i64,
        deed: Deed,
        by: Option<String>,
        now: DateTime<Utc>,
    ) -> Result<Acted, IngestError> {
        let deed = tidy(deed)?;
        let by = tidy_name(by);
        let job = move |batch: &mut Batch<'_>| {
            let call = if let Deed::Outcome { call, .. } = &deed { call.as_deref() } else { None };
            let about = batch.anchor(lead, call)?;
            append(batch, &Action { about, by: by.clone(), deed: deed.clone() }, now)
        };
        Ok(self.store.write(job).await?)
    }

    /// Takes an action back; undoing an undo redoes.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such action.
    pub async fn undo(&self, action: &str, by: Option<String>, now: DateTime<Utc>) -> Result<Acted, IngestError> {
        let action = EventId::parse(action).ok_or(StoreError::NotFound("There is no such action."))?;
        let by = tidy_name(by);
        let job = move |batch: &mut Batch<'_>| {
            // Its anchor is that of the action, so that the two stay together whatever becomes of the lead.
            let about = batch.action(action)?.about;
            append(batch, &Action { about, by: by.clone(), deed: Deed::Undo { action } }, now)
        };
        Ok(self.store.write(job).await?)
    }
}

fn tidy_name(by: Option<String>) -> Option<String> {
    by.map(|name| name.trim().chars().take(TAG).collect::<String>()).filter(|name| !name.is_empty())
}
