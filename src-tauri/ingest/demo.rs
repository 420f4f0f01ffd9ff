//! Sample data: the simulated month or years, brought in through the same ingest pipeline as everything else, into a data
//! folder of its own (law 4).

use std::collections::HashMap;
use std::num::NonZero;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::actions::act_in;
use super::ready::ReadyDelivery;
use super::{IngestError, WebhookRequest, body, trust};
use crate::domain::action::Deed;
use crate::domain::stage::Outcome;
use crate::providers::simulator::{
    self, Happening, Happenings, SimulatedAction, SimulatedRequest, SimulatedWhat, SimulationPlan, YearsPlan,
};
use crate::providers::{Credential, Headers, Provider};
use crate::settings;
use crate::store::backup::{self, BackupFile, Folders};
use crate::store::{self, Batch, DeliverySlot, NewSource, SourceRow, Store, StoreError, projection, sources};

/// The seed of the demo: everybody sees the same month.
const SEED: u64 = 20_260_325;
/// Its people.
const LEADS: usize = 260;
/// Deliveries and actions that share a commit.
const TOGETHER: usize = 2_000;
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

/// The month that everybody sees, until `until`, UTC, unless another seed is asked for.
pub fn month(seed: Option<u64>, until: DateTime<Utc>) -> SimulationPlan {
    SimulationPlan::Month { seed: seed.unwrap_or(SEED), leads: LEADS, until }
}

/// So many people over as much time as suits them, or over `months`, until `until`, UTC.
pub fn years(seed: Option<u64>, leads: usize, months: Option<u32>, until: DateTime<Utc>) -> SimulationPlan {
    let span = YearsPlan::of(seed.unwrap_or(SEED), leads, until);
    SimulationPlan::Years(YearsPlan { months: months.unwrap_or(span.months), ..span })
}

/// Fills an empty file with a month that ends at `until`, UTC. `progress` hears how much of how much is in.
///
/// # Errors
/// As [`fill_with`].
pub async fn fill(
    store: &Store,
    until: DateTime<Utc>,
    progress: impl FnMut(usize, usize),
) -> Result<Filled, IngestError> {
    fill_with(store, month(None, until), progress).await
}

/// Fills an empty file with what `plan` says, a little at a time: what is not in yet is not made yet.
///
/// # Errors
/// [`StoreError::Conflict`] when the file holds anything already, else [`IngestError`] of the ingest pipeline.
pub async fn fill_with(
    store: &Store,
    plan: SimulationPlan,
    mut progress: impl FnMut(usize, usize),
) -> Result<Filled, IngestError> {
    if !is_empty(store)? {
        return Err(StoreError::Conflict(
            "This folder holds data already. Sample data goes into one of its own.".into(),
        )
        .into());
    }
    let first = plan.happenings().next().map_or(plan.until(), |first| first.at());
    let sources = Arc::new(connect(store, first).await?);
    // The next piece is made while this one is written.
    let make = |mut happenings: Happenings| {
        let sources = sources.clone();
        tokio::task::spawn_blocking(move || {
            Ok::<_, IngestError>((SamplePiece::of(&mut happenings, &sources)?, happenings))
        })
    };
    let mut filled = Filled { deliveries: 0, actions: 0 };
    let mut next = make(plan.happenings());
    loop {
        let (piece, happenings) = next.await.map_err(|_| StoreError::Stopped)??;
        if piece.steps.is_empty() {
            break;
        }
        next = make(happenings);
        let (done, of) = piece.told;
        let steps = piece.steps;
        let (deliveries, actions) = store.write(move |batch| write(batch, &steps)).await?;
        filled.deliveries += deliveries;
        filled.actions += actions;
        progress(done, of);
    }
    look_at_the_older(store, plan.until()).await?;
    Ok(filled)
}

/// What shares a commit, made ready for it.
struct SamplePiece {
    steps: Vec<SampleStep>,
    told: (usize, usize),
}

#[allow(clippy::large_enum_variant, reason = "nearly all are deliveries")]
enum SampleStep {
    Delivery(ReadyDelivery),
    Action(SimulatedAction),
}

impl SamplePiece {
    fn of(happenings: &mut Happenings, sources: &SampleSources) -> Result<SamplePiece, IngestError> {
        let some: Vec<Happening> = happenings.take(TOGETHER).collect();
        let each = some.len().div_ceil(std::thread::available_parallelism().map_or(1, NonZero::get)).max(1);
        let steps = std::thread::scope(|scope| {
            let ready = |some: &[Happening]| some.iter().map(|one| SampleStep::of(one, sources)).collect::<Vec<_>>();
            let threads: Vec<_> = some.chunks(each).map(|some| scope.spawn(move || ready(some))).collect();
            let broke_off = |_| vec![Err(StoreError::Stopped.into())];
            threads.into_iter().flat_map(|thread| thread.join().unwrap_or_else(broke_off)).collect::<Result<_, _>>()
        })?;
        Ok(SamplePiece { steps, told: happenings.told() })
    }
}

impl SampleStep {
    fn of(happening: &Happening, sources: &SampleSources) -> Result<SampleStep, IngestError> {
        let sent = match happening {
            Happening::Did(did) => return Ok(SampleStep::Action(did.clone())),
            Happening::Sent(sent) => sent,
        };
        let source = sources.get(sent.provider.slug()).ok_or(StoreError::NotFound("A service is missing."))?;
        let incoming = WebhookRequest {
            source: source.clone(),
            event: sent.event.map(String::from),
            content_type: Some("application/json".into()),
            headers: signed(sent, source, sent.at),
            body: sent.body.clone().into(),
            received_at: sent.at,
        };
        let (kept, values) = (trust::keep(&incoming.headers, source), settings::Values::default());
        let unpacked = body::unpack(&incoming.body, &kept, values.body_limit);
        let bounds = (values.quarantine_kept, values.quarantine_bytes);
        Ok(SampleStep::Delivery(ReadyDelivery::of(&incoming, &kept, unpacked, bounds)?))
    }
}

/// Writes deliveries and what the invented staff did, each at its time. How many of each there were.
fn write(batch: &mut Batch<'_>, steps: &[SampleStep]) -> Result<(usize, usize), StoreError> {
    let (mut deliveries, mut actions) = (0, 0);
    for step in steps {
        match step {
            SampleStep::Delivery(ready) => {
                ready.take(batch, &DeliverySlot::default())?;
                deliveries += 1;
            }
            SampleStep::Action(did) => {
                let Some(lead) = projection::lead_of_phone(batch.transaction(), &did.phone)? else { continue };
                act_in(batch, lead, deed(&did.what), Some(did.by.to_string()), did.at)?;
                actions += 1;
            }
        }
    }
    Ok((deliveries, actions))
}

fn deed(what: &SimulatedWhat) -> Deed {
    match what {
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
    }
}

/// The key the invented senders sign with, and the password of those that do not sign.
/// In the shape of CallRail's own, so that the check-up of the sample finds nothing wrong with it.
const SECRET: &str = "5a3d9e1c7b40268fa1c05e72d9483b6f";
const HEADER: (&str, &str) = ("Authorization", "Bearer sample-data");

/// Its headers with what a sender that knows the credentials of `source` proves itself by, at `now`, UTC.
pub fn signed(sent: &SimulatedRequest, source: &SourceRow, now: DateTime<Utc>) -> Headers {
    let reader = sent.provider.reader();
    let mut headers = sent.headers.clone();
    match reader.about().credential {
        Credential::SigningKey { .. } => {
            let newest = source.signing_keys.iter().max_by_key(|key| (key.added_at, key.id));
            headers.0.extend(newest.into_iter().flat_map(|key| reader.sign(sent.body.as_bytes(), &key.value, now)));
        }
        Credential::AuthHeader { .. } => {
            let newest = source.auth_headers.iter().max_by_key(|header| header.id);
            headers.0.extend(newest.map(|header| (header.name.clone(), header.value.clone())));
        }
    }
    headers
}

/// The connected services by their words.
type SampleSources = HashMap<&'static str, Arc<SourceRow>>;

/// The five services as sources, under their own names.
async fn connect(store: &Store, first: DateTime<Utc>) -> Result<SampleSources, IngestError> {
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
