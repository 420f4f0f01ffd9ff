//! Sample data: the simulated month, brought in through the same ingest pipeline as everything else, into a data
//! folder of its own (law 4).

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;

use super::{Ingest, IngestError, WebhookRequest};
use crate::domain::action::Deed;
use crate::domain::stage::Outcome;
use crate::providers::simulator::{self, Month, SimulatedRequest, SimulatedWhat};
use crate::providers::{Credential, Headers, Provider};
use crate::settings;
use crate::store::backup::{self, BackupFile, Folders};
use crate::store::{self, NewSource, SourceRow, Store, StoreError, projection, sources};

/// The seed of the demo: everybody sees the same month.
const SEED: u64 = 20_260_325;
/// Its people.
const LEADS: usize = 260;
/// Deliveries that share a commit.
const TOGETHER: usize = 64;
/// The setting that marks a file as sample data.
pub(crate) const MARK: &str = "demo";
/// Where sample data goes when the data folder holds real data: a folder inside of it.
pub const FOLDER: &str = "demo";

/// What was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filled {
    /// Deliveries brought in.
    pub deliveries: usize,
    /// Things the invented staff did.
    pub actions: usize,
}

/// `true` when the file holds sample data.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn is_demo(store: &Store) -> Result<bool, StoreError> {
    Ok(store.read_blocking(|c| sources::setting(c, MARK))?.is_some())
}

/// `true` when nothing was connected or received yet.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn is_empty(store: &Store) -> Result<bool, StoreError> {
    store.read_blocking(|c| Ok(sources::all(c)?.is_empty() && store::journal::after(c, 0, 1)?.is_empty()))
}

/// Fills an empty file with a month that ends at `until`, UTC. `progress` hears how many of how many
/// deliveries are in.
///
/// # Errors
/// [`StoreError::Conflict`] when the file holds anything already, else [`IngestError`] of the ingest pipeline.
pub async fn fill(
    store: &Store,
    until: DateTime<Utc>,
    mut progress: impl FnMut(usize, usize),
) -> Result<Filled, IngestError> {
    if !is_empty(store)? {
        return Err(StoreError::Conflict(
            "This folder holds data already. Sample data goes into one of its own.".into(),
        )
        .into());
    }
    let month = simulator::month(SEED, LEADS, until);
    let added = connect(store, &month).await?;
    let ingest = Ingest::new(store.clone());
    let all = month.sent.len();
    for (index, together) in month.sent.chunks(TOGETHER).enumerate() {
        let answers = join_all(together.iter().filter_map(|sent| {
            let source = added.get(sent.provider.slug())?.clone();
            Some(ingest.accept(WebhookRequest {
                source,
                event: sent.event.map(String::from),
                content_type: Some("application/json".into()),
                headers: signed(sent),
                body: sent.body.clone().into(),
                received_at: sent.at,
            }))
        }))
        .await;
        answers.into_iter().collect::<Result<Vec<_>, _>>()?;
        progress((index * TOGETHER + together.len()).min(all), all);
    }
    let actions = act(&ingest, store, &month).await?;
    look_at_the_older(store, until).await?;
    Ok(Filled { deliveries: all, actions })
}

/// The key the invented senders sign with, and the password of those that do not sign.
/// In the shape of CallRail's own, so that the check-up of the sample finds nothing wrong with it.
const SECRET: &str = "5a3d9e1c7b40268fa1c05e72d9483b6f";
const HEADER: (&str, &str) = ("Authorization", "Bearer sample-data");

/// What a real sender's request would carry as proof.
fn signed(sent: &SimulatedRequest) -> Headers {
    let reader = sent.provider.reader();
    let mut headers = sent.headers.clone();
    match reader.about().credential {
        Credential::SigningKey { .. } => headers.0.extend(reader.sign(sent.body.as_bytes(), SECRET, sent.at)),
        Credential::AuthHeader { .. } => headers.0.push((HEADER.0.into(), HEADER.1.into())),
    }
    headers
}

/// The five services as sources, under their own names.
async fn connect(store: &Store, month: &Month) -> Result<HashMap<&'static str, Arc<SourceRow>>, IngestError> {
    let first = month.sent.first().map_or(DateTime::UNIX_EPOCH, |sent| sent.at);
    let ids = store
        .write(move |batch| {
            batch.set(MARK, "1")?;
            // Its days are those of its town: on a machine elsewhere its calls would come at night.
            let values = settings::Values {
                business_name: simulator::BUSINESS.into(),
                business: settings::Business {
                    time_zone: Some(simulator::TIME_ZONE.into()),
                    ..settings::Business::default()
                },
                ..settings::Values::default()
            };
            batch.set(settings::NAME, &serde_json::to_string(&values)?)?;
            Provider::ALL
                .iter()
                .map(|provider| {
                    let new = NewSource {
                        provider: provider.slug().into(),
                        name: provider.to_string(),
                        region: "US".into(),
                        strict: false,
                        key: sources::new_key()?,
                    };
                    let id = batch.add_source(&new, first)?;
                    match provider.reader().about().credential {
                        Credential::SigningKey { .. } => batch.add_source_key(id, None, SECRET, first)?,
                        Credential::AuthHeader { .. } => batch.add_source_key(id, Some(HEADER.0), HEADER.1, first)?,
                    };
                    Ok((provider.slug(), id))
                })
                .collect::<Result<Vec<_>, StoreError>>()
        })
        .await?;
    let mut added = HashMap::new();
    for (slug, id) in ids {
        added.insert(slug, Arc::new(store.read(move |c| sources::by_id(c, id)).await?));
    }
    Ok(added)
}

/// What the invented staff did, each at its time.
async fn act(ingest: &Ingest, store: &Store, month: &Month) -> Result<usize, IngestError> {
    let mut done = 0;
    for did in &month.did {
        let phone = did.phone.clone();
        let Some(lead) = store.read(move |c| projection::lead_of_phone(c, &phone)).await? else { continue };
        let deed = match &did.what {
            SimulatedWhat::Note(text) => Deed::Note { text: text.clone() },
            SimulatedWhat::Tag(tag) => Deed::Tag { tag: (*tag).to_string() },
            SimulatedWhat::Booked { estimated_cents } => Deed::Outcome {
                outcome: Outcome::Booked,
                call: None,
                estimated_cents: Some(*estimated_cents),
                actual_cents: None,
                revenue_cents: None,
                notes: None,
            },
        };
        ingest.act(lead, deed, Some(did.by.to_string()), did.at).await?;
        done += 1;
    }
    Ok(done)
}

/// Somebody has looked at all but the last two days.
async fn look_at_the_older(store: &Store, until: DateTime<Utc>) -> Result<(), IngestError> {
    let before = until - TimeDelta::days(2);
    let older = store.read(move |c| projection::leads_quiet_since(c, before)).await?;
    store
        .write(move |batch| {
            for lead in &older {
                batch.see(*lead, until)?;
            }
            Ok(())
        })
        .await?;
    Ok(())
}

/// Deletes sample data: the file, what SQLite keeps beside it, and its backups in the same folder, so that nothing says
/// there was a data file. Copies in a folder that somebody picked stay, and which it was is forgotten. A folder whose file
/// is not marked as sample data is left as it is; so is a backup that is not.
///
/// # Errors
/// [`StoreError::Conflict`] when the file is not sample data, [`StoreError::NotFound`] when there is none.
pub fn remove(folder: &Path) -> Result<(), StoreError> {
    let file = folder.join(store::FILE);
    if !file.exists() {
        // An earlier version deleted the file alone.
        let backups = SampleBackups::of(folder);
        if backups.real == 0
            && (!backups.samples.is_empty() || is_of_other_data(folder))
            && store::startup::was_there(folder, None)
        {
            return delete(folder, backups);
        }
        return Err(StoreError::NotFound("There is no sample data here."));
    }
    let store = Store::open(folder)?;
    let demo = is_demo(&store)?;
    store.close();
    drop(store);
    if !demo {
        return Err(StoreError::Conflict("This folder holds real data, which stays.".into()));
    }
    delete(folder, SampleBackups::of(folder))
}

/// Backups in a folder's own folder for them.
#[derive(Default)]
struct SampleBackups {
    /// Of sample data.
    samples: Vec<BackupFile>,
    /// That nobody can read.
    unknown: Vec<BackupFile>,
    /// How many hold anything else.
    real: usize,
}

impl SampleBackups {
    fn of(folder: &Path) -> SampleBackups {
        let mut found = SampleBackups::default();
        for kept in Folders::of(folder, None).list() {
            match store::erase::look_into(&kept.path, |connection| sources::setting(connection, MARK)) {
                Ok(Some(_)) => found.samples.push(kept),
                Ok(None) => found.real += 1,
                Err(_) => found.unknown.push(kept),
            }
        }
        found
    }
}

/// The folder lies in one that holds data: only sample data is ever made there.
fn is_of_other_data(folder: &Path) -> bool {
    folder.file_name().is_some_and(|name| name == FOLDER) && folder.with_file_name(store::FILE).exists()
}

fn delete(folder: &Path, backups: SampleBackups) -> Result<(), StoreError> {
    backups.samples.iter().try_for_each(backup::remove)?;
    // It stays, and is in nobody's way.
    backups.unknown.iter().try_for_each(|kept| store::startup::put_aside(&kept.path).map(drop))?;
    backup::remember(folder, None)?;
    // Only if nothing else is in it.
    let _ = std::fs::remove_dir(folder.join(backup::FOLDER));
    store::startup::delete(folder)
}
