//! What the pieces of files become on their way in: deliveries, or why not.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::files::{self, ImportFormat, PieceKind, Pieces, Unfit};
use crate::domain::ParsedEvent;
use crate::ingest::Ingest;
use crate::ingest::reading::{JournalDelivery, Reading, read};
use crate::providers::row::{self, RowKind};
use crate::providers::{Headers, Provider};
use crate::store::SourceRow;
use crate::store::imports::ImportRow;

/// A piece as it goes into the journal.
pub(super) struct Parcel {
    pub(super) line: u64,
    pub(super) file: usize,
    pub(super) element: Option<u64>,
    pub(super) body: Vec<u8>,
    pub(super) content_type: &'static str,
    pub(super) event: Option<String>,
}

/// A piece that cannot be taken in: its line, its file, and why.
pub(super) type Spoilt = (u64, usize, String);

/// Everything of an import in the order of its files.
pub(super) struct Stream {
    paths: Vec<PathBuf>,
    names: Vec<String>,
    file: usize,
    open: Option<Pieces>,
    before: u64,
    kind: Option<String>,
    zone: String,
    mapping: BTreeMap<String, String>,
    provider: Option<Provider>,
}

impl Stream {
    pub(super) fn of(ingest: &Ingest, import: &ImportRow, source: &SourceRow) -> Stream {
        Stream {
            paths: (0..import.files.len()).map(|file| ingest.file_of(import.id, file)).collect(),
            names: import.files.clone(),
            file: 0,
            open: None,
            before: 0,
            kind: import.kind.clone(),
            zone: import.time_zone.clone().unwrap_or_else(|| "UTC".into()),
            mapping: import.mapping.clone(),
            provider: Provider::parse(&source.provider),
        }
    }

    /// Bytes read so far.
    pub(super) fn read(&self) -> u64 {
        self.before + self.open.as_ref().map_or(0, Pieces::read)
    }

    /// The event that the name of a file begins with, such as `post_call-1.json`.
    pub(super) fn event_of_name(&self) -> Option<String> {
        let name = self.names.get(self.file)?.to_lowercase().replace('-', "_");
        let events = self.provider?.reader().events();
        let named = events.iter().filter(|event| name.starts_with(event.key));
        named.max_by_key(|event| event.key.len()).map(|event| event.key.to_string())
    }

    pub(super) fn open_file(&self, path: &Path) -> Result<Pieces, Unfit> {
        let format = files::format_of(path)?;
        let pieces = Pieces::open(path, format)?;
        if format == ImportFormat::Csv && self.paths.len() > 1 {
            let mut mapping = self.mapping.clone();
            mapping.retain(|_, column| pieces.columns().contains(column));
            let kind = self.kind.as_deref().and_then(RowKind::parse).unwrap_or(RowKind::Leads);
            if row::missing(kind, &mapping).is_some() {
                let why = "This is neither a message of a service nor a table with the columns of the others. If it is \
                           a table, bring it in on its own.";
                return Err(Unfit::Said(why.into()));
            }
        }
        Ok(pieces)
    }

    /// The next piece, or why it cannot be taken in; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Result<Parcel, Spoilt>>, Unfit> {
        loop {
            let Some(path) = self.paths.get(self.file) else { return Ok(None) };
            let pieces = match &mut self.open {
                Some(pieces) => pieces,
                None => match self.open_file(path) {
                    Ok(pieces) => self.open.insert(pieces),
                    // One stray file of many holds up none of the others.
                    Err(Unfit::Said(why)) if self.paths.len() > 1 => {
                        let file = self.file;
                        self.file += 1;
                        return Ok(Some(Err((1, file, why))));
                    }
                    Err(error) => return Err(error),
                },
            };
            let Some(piece) = pieces.next()? else {
                self.before += pieces.read();
                self.open = None;
                self.file += 1;
                continue;
            };
            let (line, file, element) = (piece.line, self.file, pieces.element());
            return Ok(Some(match piece.what {
                PieceKind::Bad(why) => Err((line, file, in_element(element, why))),
                PieceKind::Body(body) => {
                    let event = self.kind.clone().filter(|kind| RowKind::parse(kind).is_none());
                    let event = event.or_else(|| self.event_of_name());
                    Ok(Parcel { line, file, element, body, content_type: "application/json", event })
                }
                PieceKind::Row(cells) => {
                    let kind = self.kind.as_deref().and_then(RowKind::parse).unwrap_or(RowKind::Leads);
                    let row = row::ImportedRow { kind, zone: self.zone.clone(), map: self.mapping.clone(), cells };
                    match serde_json::to_vec(&row) {
                        Ok(body) => {
                            Ok(Parcel { line, file, element, body, content_type: row::CONTENT_TYPE, event: None })
                        }
                        Err(error) => Err((line, file, error.to_string())),
                    }
                }
            }));
        }
    }
}

impl Parcel {
    pub(super) fn read(&self, source: &SourceRow, received_at: DateTime<Utc>) -> Reading {
        let headers = Headers::default();
        read(&JournalDelivery {
            provider: &source.provider,
            event: self.event.as_deref(),
            content_type: Some(self.content_type),
            headers: &headers,
            body: &self.body,
            region: &source.region,
            received_at,
            imported: true,
        })
    }

    /// The one event of a row of a table, which may tell again what a sender told.
    pub(super) fn row_of<'a>(&self, drafts: &'a [ParsedEvent]) -> Option<&'a ParsedEvent> {
        match drafts {
            [draft] if draft.row => Some(draft),
            _ => None,
        }
    }
}

/// Why something cannot be taken in, with which element of its line it is.
pub(super) fn in_element(element: Option<u64>, why: String) -> String {
    match element {
        Some(element) => format!("Element {element}: {why}"),
        None => why,
    }
}
