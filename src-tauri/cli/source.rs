//! `leadtrail source`: connecting services without a window.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::{CliError, open, print};
use crate::clock;
use crate::http;
use crate::providers::{Credential, Provider};
use crate::settings::{self, Settings};
use crate::store::{NewSource, SourceRow, Store, sources};

#[derive(Subcommand)]
pub(super) enum SourceCommand {
    /// Connect a service; prints the addresses to paste there
    Add(AddArgs),
    /// The connected services
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// The addresses of a service, or of all
    Urls {
        /// Its number or its name
        source: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
pub(super) struct AddArgs {
    /// callrail, meera, curious-thing, telmetrics or varda
    #[arg(long, value_name = "NAME")]
    provider: String,
    /// What you call it
    #[arg(long, value_name = "TEXT")]
    name: String,
    /// A file with the key it signs with, or - for standard input; several keys stand one a line
    #[arg(long, value_name = "FILE")]
    signing_key_file: Option<PathBuf>,
    /// The key itself; may be given more than once. Other users of this computer can see it: prefer --signing-key-file
    #[arg(long, value_name = "K")]
    signing_key: Vec<String>,
    /// A file with a header it sends, such as "Authorization: Bearer abc", or - for standard input
    #[arg(long, value_name = "FILE", conflicts_with = "auth_header")]
    auth_header_file: Option<PathBuf>,
    /// The header itself. Other users of this computer can see it: prefer --auth-header-file
    #[arg(long, value_name = "HEADER")]
    auth_header: Option<String>,
    /// Where its phone numbers are from
    #[arg(long, value_name = "REGION", default_value = "US")]
    region: String,
    /// Refuse what is not signed right, instead of keeping it in quarantine
    #[arg(long)]
    strict: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl SourceCommand {
    pub(super) fn run(self, folder: &Path) -> Result<ExitCode, CliError> {
        let store = open(folder)?;
        match self {
            SourceCommand::Add(add) => add.run(&store)?,
            SourceCommand::List { json } => list(&store, json)?,
            SourceCommand::Urls { source, json } => {
                show_urls(&store, source.as_deref(), json)?;
            }
        }
        store.close();
        Ok(ExitCode::SUCCESS)
    }
}

impl AddArgs {
    fn run(self, store: &Store) -> Result<(), CliError> {
        let names = Provider::slugs;
        let provider = Provider::parse(&self.provider).ok_or_else(|| {
            CliError::Said(format!("There is no provider “{}”. There are: {}.", self.provider, names()))
        })?;
        let signs = matches!(provider.reader().about().credential, Credential::SigningKey { .. });
        let (signing_keys, header) = self.secrets()?;
        if !signing_keys.is_empty() && !signs {
            return Err(CliError::Said(format!("{provider} does not sign its messages. Use --auth-header.")));
        }
        if !crate::domain::phone::is_region(&self.region) {
            return Err(CliError::Said(format!("“{}” is no region such as US, CA or AU.", self.region)));
        }
        let new = NewSource {
            provider: provider.slug().into(),
            name: self.name.clone(),
            region: self.region.to_ascii_uppercase(),
            strict: self.strict,
            key: sources::new_key()?,
        };
        self.warn();
        let (keys, now) = (signing_keys, clock::now());
        let id = store.write_blocking(move |batch| {
            let id = batch.add_source(&new, now)?;
            for key in &keys {
                batch.add_source_key(id, None, key, now)?;
            }
            if let Some((name, value)) = &header {
                batch.add_source_key(id, Some(name), value, now)?;
            }
            Ok(id)
        })?;
        let source = store.read_blocking(|connection| sources::by_id(connection, id))?;
        let urls = urls(store, &source)?;
        print(self.json, &json!({ "id": source.id, "key": source.key, "urls": urls }), || {
            format!("{} is connected. Paste these addresses there:\n{}", source.name, lines(&urls))
        })
    }
}

/// A header's name and value.
type HeaderArg = (String, String);

/// The largest file of keys. Bytes.
const KEYS: u64 = 64 * 1024;

impl AddArgs {
    /// Says so where a secret was an argument.
    fn warn(&self) {
        for (flag, given) in
            [("--signing-key", !self.signing_key.is_empty()), ("--auth-header", self.auth_header.is_some())]
        {
            if given {
                eprintln!("leadtrail: other users of this computer can see what follows {flag}: prefer {flag}-file.");
            }
        }
    }

    /// Its signing keys, and the header it sends. Arguments stand in the list of processes, which everybody on a machine
    /// reads.
    fn secrets(&self) -> Result<(Vec<String>, Option<HeaderArg>), CliError> {
        let from_input = [&self.signing_key_file, &self.auth_header_file];
        if from_input.into_iter().flatten().filter(|path| path.as_os_str() == "-").count() > 1 {
            return Err(CliError::Said("Only one of them can come from standard input.".into()));
        }
        let lines = |path: &Path| -> Result<Vec<String>, CliError> {
            let text = crate::fs::read_small(path, KEYS).map_err(CliError::Said)?;
            let text = text.trim_start_matches('\u{feff}');
            let lines: Vec<String> = text.lines().map(str::trim).filter(|l| !l.is_empty()).map(String::from).collect();
            if lines.is_empty() {
                return Err(CliError::Said(format!("There is nothing in {}.", path.display())));
            }
            Ok(lines)
        };
        let mut keys = self.signing_key.clone();
        if let Some(path) = &self.signing_key_file {
            keys.extend(lines(path)?);
        }
        let header = match &self.auth_header_file {
            Some(path) => match lines(path)?.as_slice() {
                [one] => Some(one.clone()),
                _ => return Err(CliError::Said(format!("{} holds more than one header.", path.display()))),
            },
            None => self.auth_header.clone(),
        };
        Ok((keys, header.as_deref().map(split_header).transpose()?))
    }
}

/// `Authorization: Bearer abc` as its name and value.
fn split_header(text: &str) -> Result<HeaderArg, CliError> {
    text.split_once(':')
        .map(|(name, value)| (name.trim().to_string(), value.trim().to_string()))
        .filter(|(name, value)| !name.is_empty() && !value.is_empty() && !name.contains(char::is_whitespace))
        .ok_or_else(|| CliError::Said("Write the header as “Name: value”, such as “Authorization: Bearer abc”.".into()))
}

fn list(store: &Store, json: bool) -> Result<(), CliError> {
    let open: Vec<SourceRow> =
        store.read_blocking(sources::all)?.into_iter().filter(|source| source.closed_at.is_none()).collect();
    let mut items = Vec::new();
    for source in &open {
        items.push(json!({
            "id": source.id, "provider": source.provider, "name": source.name, "region": source.region,
            "strict": source.strict, "signed": !source.signing_keys.is_empty() || !source.auth_headers.is_empty(),
            "key": source.key, "urls": urls(store, source)?, "created_at": source.created_at,
        }));
    }
    print(json, &Value::Array(items), || {
        if open.is_empty() {
            return "No service is connected yet. `leadtrail source add --help` says how.".into();
        }
        let line = |source: &SourceRow| format!("{}  {}  {}", source.id, source.provider, source.name);
        open.iter().map(line).collect::<Vec<_>>().join("\n")
    })
}

fn show_urls(store: &Store, wanted: Option<&str>, json: bool) -> Result<(), CliError> {
    if let Some(wanted) = wanted {
        let source = find(store, wanted)?;
        let urls = urls(store, &source)?;
        return print(json, &json!({ "id": source.id, "key": source.key, "urls": urls }), || lines(&urls));
    }
    let open = store.read_blocking(sources::all)?.into_iter().filter(|source| source.closed_at.is_none());
    let (mut items, mut text) = (Vec::new(), Vec::new());
    for source in open {
        let urls = urls(store, &source)?;
        text.push(format!("{}\n{}", source.name, lines(&urls)));
        items.push(json!({ "id": source.id, "name": source.name, "key": source.key, "urls": urls }));
    }
    print(json, &Value::Array(items), || text.join("\n"))
}

pub(super) fn find(store: &Store, wanted: &str) -> Result<SourceRow, CliError> {
    let all = store.read_blocking(sources::all)?;
    all.into_iter()
        .filter(|source| source.closed_at.is_none())
        .find(|source| source.id.to_string() == wanted || source.name.eq_ignore_ascii_case(wanted))
        .ok_or_else(|| CliError::Said(format!("There is no source “{wanted}”.")))
}

/// Ready-made addresses: on the public address the owner set, else where the program listens by default.
fn urls(store: &Store, source: &SourceRow) -> Result<Map<String, Value>, CliError> {
    let json = store.read_blocking(|connection| sources::setting(connection, settings::NAME))?;
    let settings = Settings::of_json(json.as_deref());
    let base = settings.get().public_base_url.clone().filter(|url| !url.is_empty());
    let base = match base {
        Some(base) => base,
        None => {
            let listened = store.read_blocking(|connection| sources::setting(connection, settings::LISTENED))?;
            format!("http://{}", listened.as_deref().unwrap_or(settings::HOOKS_ADDRESS))
        }
    };
    Ok(http::urls(&base, &source.provider, &source.key))
}

fn lines(urls: &Map<String, Value>) -> String {
    let width = urls.keys().map(String::len).max().unwrap_or(0);
    let line = |(event, url): (&String, &Value)| format!("  {event:width$}  {}", url.as_str().unwrap_or_default());
    urls.iter().map(line).collect::<Vec<_>>().join("\n")
}
