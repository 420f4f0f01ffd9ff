//! Sources that are usually heard by now, and are not.

use std::time::Duration;

use crate::store::Connection;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use tokio::sync::watch;
use utoipa::ToSchema;

use super::demo;
use crate::clock;
use crate::domain::money::grouped;
use crate::domain::rhythm::{self, HOUR, MEMORY, SourceActivity};
use crate::store::query::{gaps, hourly_deliveries};
use crate::store::{SourceRow, Store, StoreError, sources};

/// How often silence is looked for.
const PACE: Duration = Duration::from_secs(60);

/// No source is silent this soon after it was heard.
const BUSY: TimeDelta = TimeDelta::minutes(5);

/// A source that is usually heard by now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Silence {
    /// The source.
    pub source: i64,
    /// What the owner calls it.
    pub name: String,
    /// When it was heard last.
    pub since: DateTime<Utc>,
    /// How many messages usually came in such a time.
    pub expected: i64,
    /// The same in words.
    pub text: String,
}

/// Whether a source is silent at `now`. Our own gaps are no silence of others.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn of(connection: &Connection, source: &SourceRow, now: DateTime<Utc>) -> Result<Option<Silence>, StoreError> {
    if source.closed_at.is_some() {
        return Ok(None);
    }
    let Some(last) = hourly_deliveries::last(connection, source.id)? else { return Ok(None) };
    // Heard a moment ago: nothing to look up.
    if now - last < BUSY {
        return Ok(None);
    }
    let since = last.timestamp_micros() - MEMORY;
    let expected = rhythm::missing(
        &SourceActivity {
            connected: source.created_at.timestamp_micros(),
            last: last.timestamp_micros(),
            hours: &hourly_deliveries::hours(connection, source.id, since)?,
            gaps: &gaps::spans(connection, since, now.timestamp_micros())?,
            slot: &|hour| clock::hour_of_week(clock::from_micros(hour * HOUR)),
        },
        now.timestamp_micros(),
    );
    Ok(expected.map(|expected| {
        let expected = expected.round() as i64;
        let (name, at) = (&source.name, clock::said(last, now));
        let text = format!("Nothing from {name} since {at}. Usually {} by now.", grouped(expected.unsigned_abs()));
        Silence { source: source.id, name: name.clone(), since: last, expected, text }
    }))
}

/// Every source that is silent at `now`; none in sample data, which nobody sends to.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn all(connection: &Connection, now: DateTime<Utc>) -> Result<Vec<Silence>, StoreError> {
    if sources::setting(connection, demo::MARK)?.is_some() {
        return Ok(Vec::new());
    }
    let mut silent = Vec::new();
    for source in sources::all(connection)? {
        silent.extend(of(connection, &source, now)?);
    }
    Ok(silent)
}

/// Those the owner was not told of yet; from now on they count as told, once for each silence.
///
/// # Errors
/// [`StoreError`] of the file.
pub async fn untold(store: &Store, now: DateTime<Utc>) -> Result<Vec<Silence>, StoreError> {
    let mark = |silence: &Silence| {
        (format!("told_of_silence:{}", silence.source), silence.since.timestamp_micros().to_string())
    };
    let new = store
        .read(move |connection| {
            let mut new = Vec::new();
            for silence in all(connection, now)? {
                let (name, since) = mark(&silence);
                if sources::setting(connection, &name)?.as_deref() != Some(since.as_str()) {
                    new.push(silence);
                }
            }
            Ok(new)
        })
        .await?;
    if !new.is_empty() {
        let marks: Vec<_> = new.iter().map(mark).collect();
        store.write(move |batch| marks.iter().try_for_each(|(name, since)| batch.set(name, since))).await?;
    }
    Ok(new)
}

/// Looks for silence until `stop` turns true, and tells of each once.
pub async fn watch(store: Store, mut stop: watch::Receiver<bool>, tell: impl Fn(&Silence) + Send) {
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(PACE) => {}
        }
        match untold(&store, clock::now()).await {
            Ok(silent) => silent.iter().for_each(&tell),
            Err(error) => tracing::debug!("silence could not be looked for: {error}"),
        }
    }
}
