//! What people did, as entries of the journal.

use chrono::{DateTime, Utc};

use super::{Acted, Ingest, IngestError};
use crate::domain::action::{Action, Deed, DeedOrUndo, doer};
use crate::domain::event::{Body, EventId, IdentityKind, ParsedEvent, short_hash};
use crate::store::{Batch, StoreError, UpsertedEvent};

/// The stable name under which people's own events are hashed.
const OURS: &str = "leadtrail";

/// The event of an action, from its bytes in the journal alone.
pub(super) fn event(raw: &[u8], action: &Action, at: DateTime<Utc>) -> Result<UpsertedEvent, StoreError> {
    let words = String::from_utf8_lossy(raw);
    let hash = short_hash(&[&words, &at.timestamp_micros().to_string()]);
    let mut draft = ParsedEvent::new(
        format!("action:{}", hex::encode(hash)),
        action.name(),
        Some(at),
        Body::Action(action.clone()),
    );
    draft.add_identity(IdentityKind::Event, action.about.to_string());
    UpsertedEvent::new(&draft, 0, OURS, false)
}

fn append(batch: &mut Batch<'_>, action: &Action, at: DateTime<Utc>) -> Result<Acted, StoreError> {
    let raw = serde_json::to_vec(action)?;
    let seq = batch.append_action(at, &raw)?;
    let placed = event(&raw, action, at)?;
    let id = placed.id().to_string();
    batch.upsert_events(seq, at, at, &[placed])?;
    Ok(Acted { id, seq })
}

/// What [`Ingest::act`] does, of what was checked.
pub(super) fn act_in(
    batch: &mut Batch<'_>,
    lead: i64,
    deed: Deed,
    by: Option<String>,
    now: DateTime<Utc>,
) -> Result<Acted, StoreError> {
    let call = if let Deed::Outcome { call, .. } = &deed { call.as_deref() } else { None };
    let about = batch.anchor(lead, call)?;
    append(batch, &Action { about, by, what: DeedOrUndo::Deed(deed) }, now)
}

impl Ingest {
    /// Does something about a lead, in somebody's name.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such lead or call, [`IngestError::Action`] for what cannot be done.
    pub async fn act(
        &self,
        lead: i64,
        deed: Deed,
        by: Option<String>,
        now: DateTime<Utc>,
    ) -> Result<Acted, IngestError> {
        let (by, deed) = (doer(by)?, deed.checked()?);
        Ok(self.store.write(move |batch| act_in(batch, lead, deed.clone(), by.clone(), now)).await?)
    }

    /// Takes an action back; undoing an undo redoes.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such action, [`IngestError::Action`] where nobody can be called so.
    pub async fn undo(&self, action: &str, by: Option<String>, now: DateTime<Utc>) -> Result<Acted, IngestError> {
        let by = doer(by)?;
        let action = EventId::parse(action).ok_or(StoreError::NotFound("There is no such action."))?;
        let job = move |batch: &mut Batch<'_>| {
            // Its anchor is that of the action, so that the two stay together whatever becomes of the lead.
            let about = batch.action(action)?.about;
            append(batch, &Action { about, by: by.clone(), what: DeedOrUndo::Undo { action } }, now)
        };
        Ok(self.store.write(job).await?)
    }
}
