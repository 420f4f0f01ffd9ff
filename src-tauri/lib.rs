//! Leadtrail: every service's half of the story, one timeline per lead.
//!
//! The order of the modules is the order of the rooms: each knows only those above it here.
//! See `docs/architecture.md`.

// The simulator writes whole payloads with `json!`.
#![recursion_limit = "256"]

pub mod zone;

pub mod clock;
pub mod fs;
pub mod settings;

pub mod domain;

pub mod providers;

pub mod store;

pub mod ingest;

pub mod figures;

pub mod documents;

pub mod exports;

pub mod http;

pub mod doors;

pub mod app;

#[cfg(feature = "desktop")]
pub mod desktop;

pub mod cli;
