//! Connected services.

pub(super) mod test_event;

use crate::store::Connection;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::deliveries::ReplayAnswer;
use super::extract::{JsonBody, PathId};
use super::settings::said;
use super::status::backlog;
use crate::clock;
use crate::domain::phone::is_region;
use crate::http::{App, Problem, ProblemKind, problem, urls};
use crate::ingest::silence::{self, Silence};
use crate::providers::{Credential, Provider};
use crate::settings::{HOOKS_ADDRESS, Values};
use crate::store::query::hourly_deliveries;
use crate::store::query::sources::{
    Quarantine, SourceCounts, counts, last_delivery_at, last_own_delivery_at, quarantine,
};
use crate::store::{Backlog, Batch, NewSource, SourceRow, StoreError, sources};

/// Characters of a name.
const NAME: usize = 100;
/// Characters of a key or header.
const SECRET: usize = 4_000;

/// Connected services.
#[derive(Serialize, ToSchema)]
pub(super) struct Sources {
    /// Those whose address is open, oldest first.
    items: Vec<Source>,
}

/// A connected service.
#[derive(Serialize, ToSchema)]
pub(super) struct Source {
    id: i64,
    /// The provider's slug.
    provider: String,
    /// What the owner calls it.
    name: String,
    /// Where its phone numbers are from, such as `US`.
    region: String,
    /// A wrong signature is refused instead of kept in quarantine.
    strict: bool,
    /// It has a key or header that proves who sends.
    signed: bool,
    /// The secret of its addresses.
    key: String,
    /// The addresses to paste at the service, by event type; `all` where one serves all.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    urls: Map<String, Value>,
    /// Keys it may sign with.
    signing_keys: Vec<KeyView>,
    /// The header that has to match, if one was set.
    auth_header_name: Option<String>,
    created_at: DateTime<Utc>,
    /// When its address was closed; its history stays.
    closed_at: Option<DateTime<Utc>>,
    /// When its last delivery came, or was imported.
    last_event_at: Option<DateTime<Utc>>,
    /// The same without the test events that were sent from here.
    last_own_event_at: Option<DateTime<Utc>>,
    /// When the public door heard of it last.
    last_heard: Option<DateTime<Utc>>,
    /// Deliveries of it that are on disk and answered, and wait for the data file: it is busy.
    waiting: u64,
    /// It is usually heard by now.
    silence: Option<SourceSilence>,
    counts: SourceCounts,
    /// What failed verification and waits.
    quarantine: Quarantine,
    /// What to do about messages that nothing proves, in plain words.
    unsigned_note: Option<String>,
}

/// A source is usually heard by now.
#[derive(Serialize, ToSchema)]
pub(super) struct SourceSilence {
    /// When it was heard last.
    since: DateTime<Utc>,
    /// How many messages usually came in such a time.
    expected: i64,
    /// The same in words.
    text: String,
}

/// What the file tells of a source.
struct SourceFacts {
    row: SourceRow,
    counts: SourceCounts,
    quarantine: Quarantine,
    last_event_at: Option<DateTime<Utc>>,
    last_own_event_at: Option<DateTime<Utc>>,
    last_heard: Option<DateTime<Utc>>,
    silence: Option<Silence>,
}

impl SourceFacts {
    fn of(
        connection: &Connection,
        row: SourceRow,
        now: DateTime<Utc>,
        demo: bool,
        values: &Values,
    ) -> Result<SourceFacts, StoreError> {
        Ok(SourceFacts {
            counts: counts(connection, row.id)?,
            quarantine: quarantine(connection, row.id, values.quarantine_kept, values.quarantine_bytes)?,
            last_event_at: last_delivery_at(connection, row.id)?,
            last_own_event_at: last_own_delivery_at(connection, row.id)?,
            last_heard: hourly_deliveries::last(connection, row.id)?,
            silence: if demo { None } else { silence::of(connection, &row, now)? },
            row,
        })
    }
}

/// A key a source may sign with.
#[derive(Serialize, ToSchema)]
pub(super) struct KeyView {
    id: i64,
    /// Its end.
    hint: String,
    added_at: DateTime<Utc>,
}

/// A source that was changed.
#[derive(Serialize, ToSchema)]
pub(super) struct ChangedSource {
    #[serde(flatten)]
    source: Source,
    /// What a new key made of the quarantine; missing where none was added.
    #[serde(skip_serializing_if = "Option::is_none")]
    reverified: Option<ReverifiedView>,
    /// The same in full: what it did to the leads, or in a dry run would do.
    #[serde(skip_serializing_if = "Option::is_none")]
    replay: Option<ReplayAnswer>,
}

/// What checking the quarantine against a new key did.
#[derive(Serialize, ToSchema)]
#[schema(as = Reverified)]
pub(super) struct ReverifiedView {
    /// Deliveries that were checked.
    checked: usize,
    /// Those that are on timelines now.
    placed: usize,
}

impl Source {
    fn of(app: &App, known: SourceFacts, waiting: &Backlog) -> Source {
        let SourceFacts { row, counts, quarantine, last_event_at, last_own_event_at, last_heard, silence } = known;
        let signed = !row.signing_keys.is_empty() || !row.auth_headers.is_empty();
        let provider = Provider::parse(&row.provider);
        let base = app.public_base().unwrap_or_else(|| format!("http://{HOOKS_ADDRESS}"));
        let waiting = waiting.by_source.get(&row.id).copied().unwrap_or_default();
        Source {
            waiting,
            urls: urls(&base, &row.provider, &row.key),
            unsigned_note: provider.filter(|_| !signed).map(unsigned_note),
            signing_keys: row
                .signing_keys
                .iter()
                .map(|key| KeyView { id: key.id, hint: hint(&key.value), added_at: key.added_at })
                .collect(),
            auth_header_name: row.auth_headers.first().map(|header| header.name.clone()),
            id: row.id,
            provider: row.provider,
            name: row.name,
            region: row.region,
            strict: row.strict,
            signed,
            key: row.key,
            created_at: row.created_at,
            closed_at: row.closed_at,
            last_event_at,
            last_own_event_at,
            last_heard,
            silence: silence.map(|Silence { since, expected, text, .. }| SourceSilence { since, expected, text }),
            counts,
            quarantine,
        }
    }
}

/// The end of a long secret.
fn hint(secret: &str) -> String {
    let chars = secret.chars().count();
    let tail: String = if chars >= 12 { secret.chars().skip(chars - 4).collect() } else { String::new() };
    format!("…{tail}")
}

fn unsigned_note(provider: Provider) -> String {
    match provider.reader().about().credential {
        Credential::SigningKey { .. } => format!(
            "Messages are trusted by the secret in the address. Add the signing key of {provider} to be sure who sent them."
        ),
        Credential::AuthHeader { .. } => format!(
            "Messages are trusted by the secret in the address. Set a password header at {provider} to be sure who sent them."
        ),
    }
}

async fn show(app: &App, id: i64) -> Result<Source, Problem> {
    let (now, demo, values) = (clock::now(), app.is_demo, app.settings.get());
    let known = app
        .store
        .read(move |connection| SourceFacts::of(connection, sources::by_id(connection, id)?, now, demo, &values))
        .await?;
    Ok(Source::of(app, known, &backlog(app).await?))
}

/// Connected services with their addresses.
#[utoipa::path(get, path = "/api/sources", tag = "sources", operation_id = "listSources", responses((status = 200, body = Sources)))]
pub(super) async fn list(State(app): State<App>) -> Result<Json<Sources>, Problem> {
    let (now, demo, values) = (clock::now(), app.is_demo, app.settings.get());
    let all = app
        .store
        .read(move |connection| {
            let open = sources::all(connection)?.into_iter().filter(|source| source.closed_at.is_none());
            open.map(|row| SourceFacts::of(connection, row, now, demo, &values)).collect::<Result<Vec<_>, _>>()
        })
        .await?;
    let waiting = backlog(&app).await?;
    let items = all.into_iter().map(|known| Source::of(&app, known, &waiting)).collect();
    Ok(Json(Sources { items }))
}

/// One source, also one whose address was closed.
#[utoipa::path(get, path = "/api/sources/{id}", tag = "sources", operation_id = "getSource", params(("id" = i64, Path)), responses((status = 200, body = Source)))]
pub(super) async fn one(State(app): State<App>, PathId(id): PathId) -> Result<Json<Source>, Problem> {
    Ok(Json(show(&app, id).await?))
}

/// A service to connect.
#[derive(Deserialize, ToSchema)]
#[serde(rename = "NewSource")]
#[schema(as = NewSource)]
pub(super) struct Add {
    /// A slug of `/api/providers`.
    provider: String,
    /// What the owner calls it.
    name: String,
    /// Where its phone numbers are from; `US` if missing.
    region: Option<String>,
    /// A key it signs with.
    signing_key: Option<String>,
    /// A header it sends, such as `Authorization: Bearer x`.
    auth_header: Option<String>,
    /// Refuse wrong signatures.
    #[serde(default)]
    strict: bool,
}

fn unfit(words: impl Into<String>) -> Problem {
    Problem::new(ProblemKind::Unprocessable, words)
}

fn name(given: &str) -> Result<String, Problem> {
    let name = given.trim();
    match name.chars().count() {
        0 => Err(unfit("Give the source a name.")),
        n if n > NAME || name.chars().any(char::is_control) => {
            Err(unfit(format!("The name of a source is one line of at most {NAME} characters.")))
        }
        _ => Ok(name.to_string()),
    }
}

fn region(given: &str) -> Result<String, Problem> {
    let region = given.trim().to_ascii_uppercase();
    if is_region(&region) { Ok(region) } else { Err(unfit("The region is a country code of two letters, such as US.")) }
}

fn secret(given: &str) -> Result<String, Problem> {
    let secret = given.trim();
    match secret.chars().count() {
        0 => Err(unfit("The key is empty.")),
        n if n > SECRET || secret.chars().any(char::is_control) => Err(unfit("That does not look like a key.")),
        _ => Ok(secret.to_string()),
    }
}

/// `Authorization: Bearer abc` as its name and value.
fn header(given: &str) -> Result<(String, String), Problem> {
    let (name, value) = given.split_once(':').unwrap_or(("", ""));
    let name = name.trim();
    let plain =
        !name.is_empty() && name.len() <= 100 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    if !plain || value.trim().is_empty() {
        return Err(unfit("Write the header as “Name: value”, such as “Authorization: Bearer abc”."));
    }
    Ok((name.to_string(), secret(value)?))
}

fn can_sign(provider: Provider) -> Result<(), Problem> {
    match provider.reader().about().credential {
        Credential::SigningKey { .. } => Ok(()),
        Credential::AuthHeader { .. } => {
            Err(unfit(format!("{provider} does not sign its messages. Use a password header.")))
        }
    }
}

/// An empty word means nothing was given.
fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

/// Connects a service. One that was closed under the same name is opened again with a new address.
#[utoipa::path(post, path = "/api/sources", tag = "sources", operation_id = "addSource", request_body = Add, responses((status = 201, body = Source)))]
pub(super) async fn add(State(app): State<App>, JsonBody(new): JsonBody<Add>) -> Result<Response, Problem> {
    let provider = Provider::parse(new.provider.trim()).ok_or_else(|| {
        let names = Provider::slugs();
        unfit(format!("There is no such provider. There are: {names}."))
    })?;
    let signing_key = given(new.signing_key).map(|key| secret(&key)).transpose()?;
    if signing_key.is_some() {
        can_sign(provider)?;
    }
    let auth_header = given(new.auth_header).map(|text| header(&text)).transpose()?;
    let source = NewSource {
        provider: provider.slug().into(),
        name: name(&new.name)?,
        region: region(new.region.as_deref().unwrap_or("US"))?,
        strict: new.strict,
        key: sources::new_key()?,
    };
    let now = clock::now();
    let id = app
        .store
        .write(move |batch| {
            let id = batch.add_source(&source, now)?;
            if let Some(key) = &signing_key {
                batch.add_source_key(id, None, key, now)?;
            }
            if let Some((name, value)) = &auth_header {
                batch.remove_source_headers(id, now)?;
                batch.add_source_key(id, Some(name), value, now)?;
            }
            Ok(id)
        })
        .await?;
    Ok(problem::created(Json(show(&app, id).await?)).into_response())
}

/// What to change; what is missing stays.
#[derive(Deserialize, ToSchema)]
#[schema(as = SourceChange)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeSource {
    name: Option<String>,
    region: Option<String>,
    strict: Option<bool>,
    /// A further key it signs with.
    add_signing_key: Option<String>,
    /// The id of a key to take away. What it verified stays verified.
    remove_signing_key: Option<i64>,
    /// The header that has to match from now on; `null` takes it away.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<String>, nullable = true)]
    auth_header: Option<Option<String>>,
    /// Only say what the quarantine would become of it.
    #[serde(default)]
    dry_run: bool,
}

/// Changes a source. Its quarantine is tried against the keys and headers it has then.
#[utoipa::path(patch, path = "/api/sources/{id}", tag = "sources", operation_id = "changeSource", params(("id" = i64, Path)), request_body = ChangeSource, responses((status = 200, body = ChangedSource)))]
pub(super) async fn change(
    State(app): State<App>,
    PathId(id): PathId,
    JsonBody(change): JsonBody<ChangeSource>,
) -> Result<Json<ChangedSource>, Problem> {
    let row = app.store.read(move |connection| sources::by_id(connection, id)).await?;
    let new_name = change.name.as_deref().map(name).transpose()?;
    let new_region = change.region.as_deref().map(region).transpose()?;
    let key = given(change.add_signing_key).map(|key| secret(&key)).transpose()?;
    if let (Some(_), Some(provider)) = (&key, Provider::parse(&row.provider)) {
        can_sign(provider)?;
    }
    let new_header = match change.auth_header {
        None => None,
        Some(text) => Some(given(text).map(|text| header(&text)).transpose()?),
    };
    let tries = key.is_some() || new_header.is_some() || change.remove_signing_key.is_some();
    let (strict, removed, now) = (change.strict, change.remove_signing_key, clock::now());
    let write = move |batch: &mut Batch<'_>| {
        batch.change_source(id, new_name.as_deref(), new_region.as_deref(), strict, now)?;
        if let Some(key) = removed {
            batch.remove_source_key(id, key, now)?;
        }
        if let Some(key) = &key {
            batch.add_source_key(id, None, key, now)?;
        }
        if let Some(header) = &new_header {
            batch.remove_source_headers(id, now)?;
            if let Some((name, value)) = header {
                batch.add_source_key(id, Some(name), value, now)?;
            }
        }
        Ok(())
    };
    let (done, dry_run) = (clock::now(), change.dry_run);
    let replayed = if dry_run {
        Some(app.ingest.would_reverify(id, write, done).await?)
    } else {
        app.store.write(move |batch| write(batch)).await?;
        if tries { Some(app.ingest.reverify(id, done).await?) } else { None }
    };
    let reverified = replayed
        .as_ref()
        .filter(|_| !dry_run)
        .map(|replayed| ReverifiedView { checked: replayed.checked, placed: replayed.placed });
    let replay = replayed.map(|replayed| ReplayAnswer::of(replayed, dry_run));
    Ok(Json(ChangedSource { source: show(&app, id).await?, reverified, replay }))
}

/// Closes the address of a source. Its history stays.
#[utoipa::path(delete, path = "/api/sources/{id}", tag = "sources", operation_id = "closeSource", params(("id" = i64, Path)), responses((status = 200, body = Source)))]
pub(super) async fn close(State(app): State<App>, PathId(id): PathId) -> Result<Json<Source>, Problem> {
    let now = clock::now();
    app.store.write(move |batch| batch.close_source(id, now)).await?;
    Ok(Json(show(&app, id).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_a_name_and_a_value() {
        assert_eq!(header("Authorization: Bearer a:b").unwrap(), ("Authorization".into(), "Bearer a:b".into()));
        for bad in ["Bearer abc", ":x", "A:", "A b: c", "A: b\r\nC: d", ""] {
            assert!(header(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_hint_never_shows_much() {
        assert_eq!(hint("072e77e426f92738a72fe23c4d1953b4"), "…53b4");
        assert_eq!(hint("short"), "…");
    }
}
