//! What can be connected.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

use crate::providers::words::Word;
use crate::providers::{Credential, Provider};

/// What can be connected.
#[derive(Serialize, ToSchema)]
pub(super) struct Providers {
    /// In the order in which they are offered.
    items: Vec<ProviderView>,
}

/// A kind of sender, and how to connect it.
#[derive(Serialize, ToSchema)]
#[schema(as = Provider)]
pub(super) struct ProviderView {
    /// The word of addresses and of the command line.
    slug: &'static str,
    /// Its name.
    name: &'static str,
    /// One or two letters for its tile.
    letters: &'static str,
    /// What it tells, in a few words.
    about: &'static str,
    /// Its calls are held by a voice assistant.
    voice_assistant: bool,
    /// Minutes it takes to connect.
    minutes: u8,
    /// Event types with an address of their own; empty where one address serves all.
    events: Vec<EventAddress>,
    /// What proves that a message is from it.
    credential: CredentialView,
    /// Steps after the addresses were copied.
    steps: Vec<ConnectStep>,
    /// Where in its own console the addresses are pasted.
    console_url: &'static str,
    /// How to make it send a first event.
    try_it: &'static str,
    /// Its own words that are known here, with words for people.
    words: Vec<ProviderWord>,
}

/// A word of a sender, with words for people.
#[derive(Serialize, ToSchema)]
pub(super) struct ProviderWord {
    /// Where it stands: `event`, `status`, `reason`, `outcome`, `field` or `value`.
    kind: &'static str,
    /// As the sender writes it; letters and digits alone count, whatever their case.
    word: &'static str,
    /// Words for people.
    plain: &'static str,
}

/// An event type with an address of its own.
#[derive(Serialize, ToSchema)]
pub(super) struct EventAddress {
    /// The last part of the address.
    key: &'static str,
    /// The provider's own name.
    label: &'static str,
}

/// What proves that a message is from a provider.
#[derive(Serialize, ToSchema)]
pub(super) struct CredentialView {
    kind: CredentialKind,
    /// What it is called.
    label: &'static str,
    /// Where it is found, or how it is set.
    help: &'static str,
}

/// How a provider proves that it sends.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum CredentialKind {
    /// It signs each message with a key.
    SigningKey,
    /// It sends a header that the owner sets.
    AuthHeader,
}

/// A step of connecting a provider.
#[derive(Serialize, ToSchema)]
#[allow(missing_docs)] // the words explain themselves
pub(super) struct ConnectStep {
    title: &'static str,
    text: &'static str,
}

/// What can be connected, and how.
#[utoipa::path(get, path = "/api/providers", tag = "sources", operation_id = "listProviders", responses((status = 200, body = Providers)))]
pub(super) async fn list() -> Json<Providers> {
    let items = Provider::ALL.iter().copied().map(view).collect();
    Json(Providers { items })
}

fn word(Word { kind, word, plain }: Word) -> ProviderWord {
    ProviderWord { kind: kind.as_str(), word, plain }
}

fn view(provider: Provider) -> ProviderView {
    let reader = provider.reader();
    let about = reader.about();
    let credential = match about.credential {
        Credential::SigningKey { help } => {
            CredentialView { kind: CredentialKind::SigningKey, label: "Signing key", help }
        }
        Credential::AuthHeader { help } => {
            CredentialView { kind: CredentialKind::AuthHeader, label: "Password header", help }
        }
    };
    ProviderView {
        slug: about.slug,
        name: about.name,
        letters: about.letters,
        about: about.tells,
        voice_assistant: about.voice_assistant,
        minutes: about.minutes,
        events: reader.events().iter().map(|e| EventAddress { key: e.key, label: e.label }).collect(),
        credential,
        steps: about.steps.iter().map(|(title, text)| ConnectStep { title, text }).collect(),
        console_url: about.console_url,
        try_it: about.try_it,
        words: reader.words().into_iter().map(word).collect(),
    }
}
