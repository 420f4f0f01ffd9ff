//! Of the services: their keys, what did not come, what waits, who is silent.

use chrono::{DateTime, Utc};

use super::{Health, HealthCheck};
use crate::clock::said;
use crate::domain::gaps::GapState;
use crate::domain::money::grouped;
use crate::ingest::silence;
use crate::providers::{Credential, Headers, Provider, Verdict};
use crate::store::Connection;
use crate::store::imports::ImportRow;
use crate::store::query::{gaps, status};
use crate::store::{SourceRow, StoreError, checkup};

/// Gaps that are named; the others are counted.
const LISTED: usize = 5;

/// The keys of a source: their shape, and whether the check itself works. Nothing where the provider is not known.
pub(super) fn keys(connection: &Connection, source: &SourceRow) -> Result<Option<HealthCheck>, StoreError> {
    let Some(provider) = Provider::parse(&source.provider) else { return Ok(None) };
    let name = format!("keys:{}", source.id);
    let named = &source.name;
    let (waiting, _) = checkup::unverified(connection, source.id)?;
    let waits = (waiting > 0).then(|| {
        HealthCheck::warn(
            &name,
            &format!("{named}: {waiting} did not verify"),
            format!("{waiting} messages were not signed with a key you gave for {named}, and wait in Deliveries."),
            &format!("Paste the key that {provider} shows now. What waits is placed at once."),
        )
    });
    let reader = provider.reader();
    let item = match reader.about().credential {
        Credential::AuthHeader { .. } if source.auth_headers.is_empty() => HealthCheck::warn(
            &name,
            &format!("{named} is trusted by its address"),
            format!("{provider} does not sign its messages, and no password header is set."),
            "Set a password header in Sources, and have the service send it.",
        ),
        Credential::AuthHeader { .. } => {
            HealthCheck::ok(&name, &format!("{named} proves who it is"), "By the header you set.")
        }
        Credential::SigningKey { .. } if source.signing_keys.is_empty() && source.auth_headers.is_empty() => {
            HealthCheck::warn(
                &name,
                &format!("{named} is trusted by its address"),
                format!("{provider} can sign its messages, and no signing key is set."),
                &format!("Paste the signing key of {provider} in Sources."),
            )
        }
        Credential::SigningKey { .. } => signing_keys(&name, source, provider),
    };
    Ok(Some(if item.state == Health::Bad { item } else { waits.unwrap_or(item) }))
}

pub(super) fn signing_keys(name: &str, source: &SourceRow, provider: Provider) -> HealthCheck {
    let (reader, named) = (provider.reader(), &source.name);
    for key in &source.signing_keys {
        if let Some(trouble) = reader.key_trouble(&key.value) {
            return HealthCheck::bad(
                name,
                &format!("{named}: this does not look like a signing key"),
                trouble,
                &format!("Copy the key again from {provider}, whole and without anything around it."),
            );
        }
        // A real body, signed with the key as the service would, has to pass, and with another one not.
        let (_, body) = reader.sample(None, source.created_at);
        let headers = Headers(reader.sign(body.as_bytes(), &key.value, source.created_at));
        let passes = |key: &str| reader.verify(body.as_bytes(), &headers, &[key.to_string()]) == Verdict::Verified;
        if !passes(&key.value) || passes("another key, which nobody has") {
            return broken(name, provider);
        }
    }
    match reader.self_test() {
        Some(false) => broken(name, provider),
        Some(true) => HealthCheck::ok(
            name,
            &format!("{named} proves who it is"),
            format!(
                "The key has the right shape, and our check agrees with the example that {provider} is checked by."
            ),
        ),
        None => HealthCheck::ok(
            name,
            &format!("{named} proves who it is"),
            format!(
                "The key has the right shape. {provider} publishes no example to try our check on; a message signed as it describes passes."
            ),
        ),
    }
}

pub(super) fn broken(name: &str, provider: Provider) -> HealthCheck {
    HealthCheck::bad(
        name,
        &format!("Our check of {provider}'s signatures is broken"),
        "A message that is signed right does not pass. Nothing is lost: it waits in Deliveries.",
        "Install Leadtrail again, or a newer one.",
    )
}

pub(super) fn open_gaps(connection: &Connection, now: DateTime<Utc>) -> Result<HealthCheck, StoreError> {
    let open = gaps::list(connection, true)?;
    if open.is_empty() {
        return Ok(HealthCheck::ok("gaps", "No open gaps", "Nothing is known to be missing."));
    }
    let title = if open.len() == 1 { "1 open gap".to_string() } else { format!("{} open gaps", open.len()) };
    let mut lines: Vec<String> = open
        .iter()
        .take(LISTED)
        .map(|gap| {
            let names: Vec<&str> =
                gap.sources.iter().filter(|part| part.state == GapState::Open).map(|part| part.name.as_str()).collect();
            let (from, to) = (said(gap.from, now), said(gap.to, now));
            format!("{from} to {to}: {} may have sent something.", names.join(", "))
        })
        .collect();
    if open.len() > LISTED {
        lines.push(format!("And {} more.", open.len() - LISTED));
    }
    let text = lines.join(" ");
    let todo = "In Deliveries, import what was missed, or close the gap with a reason.";
    Ok(HealthCheck::warn("gaps", &title, text, todo))
}

/// Imports that were broken off: half of a file is in.
pub(super) fn interrupted(imports: &[ImportRow]) -> Option<HealthCheck> {
    let title = match imports.len() {
        0 => return None,
        1 => "1 import was interrupted".to_string(),
        n => format!("{n} imports were interrupted"),
    };
    let line = |import: &ImportRow| {
        let ImportRow { id, name, rows, .. } = import;
        if import.state == "undoing" {
            return format!("Import {id} ({name}) is taken back in part.");
        }
        let rows = if *rows == 1 { "1 row was".to_string() } else { format!("{rows} rows were") };
        format!("Import {id} ({name}) ended after {rows} read.")
    };
    let text: Vec<String> = imports.iter().take(LISTED).map(line).collect();
    let todo: Vec<String> = imports
        .iter()
        .take(LISTED)
        .map(|ImportRow { id, state, .. }| match state.as_str() {
            "undoing" => format!("`leadtrail import --undo {id}` takes out the rest."),
            _ => format!("`leadtrail import --resume {id}` goes on, `leadtrail import --undo {id}` takes it back."),
        })
        .collect();
    Some(HealthCheck::warn("imports", &title, text.join(" "), &todo.join(" ")))
}

pub(super) fn quarantine(connection: &Connection) -> Result<HealthCheck, StoreError> {
    let name = "quarantine";
    let n = status::standing(connection)?.counts.quarantined;
    Ok(if n == 0 {
        HealthCheck::ok(name, "Nothing waits", "Everything that came could be read and placed.")
    } else {
        let (title, text, mend) = if n == 1 {
            (
                "1 message waits".to_string(),
                "It is kept, and could not be read or verified.",
                "Deliveries says why, and what to do.",
            )
        } else {
            (
                format!("{} messages wait", grouped(n.unsigned_abs())),
                "They are kept, and could not be read or verified.",
                "Deliveries says why for each, and what to do.",
            )
        };
        HealthCheck::warn(name, &title, text, mend)
    })
}

pub(super) fn silent(connection: &Connection, now: DateTime<Utc>) -> Result<HealthCheck, StoreError> {
    let name = "silence";
    let silences = silence::all(connection, now)?;
    Ok(match silences.as_slice() {
        [] => HealthCheck::ok(name, "Every source is heard as usual", "None is silent for longer than it usually is."),
        [one, ..] => {
            let texts: Vec<&str> = silences.iter().map(|silence| silence.text.as_str()).collect();
            let title = if silences.len() == 1 {
                format!("{} is silent", one.name)
            } else {
                format!("{} sources are silent", silences.len())
            };
            let todo = "Ask the public address here, and see in the service's own console whether it still sends.";
            HealthCheck::warn(name, &title, texts.join(" "), todo)
        }
    })
}
