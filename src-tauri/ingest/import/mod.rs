//! Bringing in files: what was missed while the door was closed, and what was before Leadtrail.
//!
//! A file is kept in a folder of its own inside of the data folder until its import has ended, under numbers and never
//! under its own name. Each row or body becomes a delivery of the journal, a few hundred a commit, so that webhooks go
//! on; a header of the journal ties them together, and one entry takes all of them back.

mod files;
mod parcels;
mod preview;
mod run;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Ingest, IngestError};
use crate::clock;
use crate::fs::{make_folder, own_folder, private};
use crate::providers::Provider;
use crate::providers::row::{self, RowKind};
use crate::settings::system_time_zone;
use crate::store::imports::{self, ImportRow};
use crate::store::query::gaps;
use crate::store::{Batch, SourceRow, Store, StoreError, sources};
use files::{ImportFormat, PieceKind, Pieces, Unfit};
use parcels::{Parcel, Stream, in_element};
pub use preview::Preview;

/// The folder of files that are being brought in, inside of the data folder.
const FOLDER: &str = "imports";
/// Rows a person is shown to tell what a column holds.
const SAMPLES: usize = 3;
/// A file that was sent and never brought in is not kept for longer.
const FORGOTTEN: TimeDelta = TimeDelta::days(7);
/// Bytes of a file that are searched at once, and those that are looked at twice.
const AT_ONCE: u64 = 1024 * 1024;
const BORDER: usize = 1024;
/// Characters of such a sample, and of the name of a file.
const SAMPLE: usize = 80;
const NAME: usize = 200;

/// A column of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ImportColumn)]
pub struct SourceColumn {
    /// Its name in the file.
    pub name: String,
    /// Up to three of its cells.
    pub sample: Vec<String>,
    /// What it was recognised as.
    pub field: Option<String>,
}

/// What was chosen for an import.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// The source it is of.
    pub source: i64,
    /// What its rows are (`calls`, `texts`, `forms`, `leads`); for bodies the event they are, where they do not say.
    pub kind: Option<String>,
    /// Field and column; what was recognised where missing.
    pub mapping: Option<BTreeMap<String, String>>,
    /// The zone of times that name none, an IANA name; the machine's where missing.
    pub time_zone: Option<String>,
    /// The gap it fills.
    pub gap: Option<i64>,
}

/// Somebody works on an import as long as this lives; nobody does once they are gone, in whatever way.
struct AtWork {
    _file: File,
}

fn unfit(text: impl Into<String>) -> StoreError {
    StoreError::Invalid(text.into())
}

impl From<Unfit> for StoreError {
    fn from(error: Unfit) -> StoreError {
        match error {
            Unfit::Said(text) => StoreError::Invalid(text),
            Unfit::Io(error) => StoreError::Disk(error.to_string()),
        }
    }
}

/// The zone of an IANA name.
fn is_zone(name: &str) -> bool {
    name.parse::<crate::zone::Tz>().is_ok()
}

impl Ingest {
    fn imports_folder(&self) -> PathBuf {
        self.store.path().with_file_name(FOLDER)
    }

    fn made_imports_folder(&self) -> std::io::Result<PathBuf> {
        own_folder(self.store.path().parent().unwrap_or(Path::new(".")), FOLDER)
    }

    fn file_of(&self, import: i64, file: usize) -> PathBuf {
        self.imports_folder().join(import.to_string()).join(file.to_string())
    }

    fn at_work(&self, import: i64) -> Result<AtWork, StoreError> {
        self.store.read_blocking(|connection| imports::by_id(connection, import))?;
        let folder = self.made_imports_folder()?;
        let file = private(&folder.join(format!("{import}.lock")))?;
        match file.try_lock() {
            Ok(()) => Ok(AtWork { _file: file }),
            Err(_) => Err(StoreError::Conflict("This import is being worked on.".into())),
        }
    }

    fn remove_files(&self, import: i64) {
        let folder = self.imports_folder().join(import.to_string());
        if let Err(error) = std::fs::remove_dir_all(&folder)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!("a file that was brought in could not be removed: {error}");
        }
        let _ = std::fs::remove_file(self.imports_folder().join(format!("{import}.lock")));
    }

    /// Makes room for an import of files with these names, and answers its number with where their bytes go, each in
    /// its order. What is there already is written over.
    ///
    /// # Errors
    /// [`StoreError`] of the file or the disk.
    pub fn new_import(&self, name: &str, files: &[String]) -> Result<(i64, Vec<PathBuf>), StoreError> {
        let clean = |name: &str| -> String {
            let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
            last.chars().filter(|c| !c.is_control()).take(NAME).collect()
        };
        let (name, files): (String, Vec<String>) = (clean(name), files.iter().map(|file| clean(file)).collect());
        let count = files.len();
        let now = clock::now();
        let id = self.store.write_blocking(move |batch| batch.add_import(&name, &files, now))?;
        self.made_imports_folder()?;
        // Of another file that had this number once (a copy that was put back).
        self.remove_files(id);
        make_folder(&self.imports_folder().join(id.to_string()))?;
        let paths: Vec<PathBuf> = (0..count).map(|file| self.file_of(id, file)).collect();
        for path in &paths {
            private(path)?;
        }
        Ok((id, paths))
    }

    /// Looks at the files once their bytes are there: what they are, and what their columns are.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] with the reason, when they are nothing that can be brought in.
    pub fn look_at_import(&self, id: i64) -> Result<ImportRow, StoreError> {
        let mut import = self.store.read_blocking(|connection| imports::by_id(connection, id))?;
        let several = import.files.len() > 1;
        let (mut size, mut bodies, mut table, mut wrong) = (0, None, None::<FileTable>, None);
        for (file, name) in import.files.iter().enumerate() {
            let path = self.file_of(id, file);
            size += std::fs::metadata(&path)?.len();
            match files::format_of(&path) {
                Ok(ImportFormat::Csv) if table.as_ref().is_some_and(|table| table.fits == FITS) => {}
                Ok(ImportFormat::Csv) => match FileTable::look(&path, name) {
                    Ok(found) if table.as_ref().is_none_or(|table| table.fits < found.fits) => table = Some(found),
                    Ok(_) => {}
                    Err(Unfit::Said(why)) if several => wrong = wrong.or(Some(why)),
                    Err(error) => return Err(error.into()),
                },
                Ok(format) => bodies = bodies.or(Some(format)),
                // One stray file of many is left out by its name.
                Err(Unfit::Said(why)) if several => wrong = wrong.or(Some(why)),
                Err(error) => return Err(error.into()),
            }
        }
        let table = table.filter(|table| bodies.is_none() || table.fits == FITS);
        let Some(format) = bodies.or(table.as_ref().map(|_| ImportFormat::Csv)) else {
            return Err(unfit(wrong.unwrap_or_else(|| "There is no file in it.".into())));
        };
        import.format = format.as_str().into();
        if let Some(FileTable { columns, known, .. }) = table {
            import.recognised = known.export.map(String::from);
            import.kind = Some(known.kind.as_str().into());
            import.mapping = known.mapping;
            import.columns = serde_json::to_string(&columns)?;
        }
        import.time_zone = Some(system_time_zone());
        import.of = i64::try_from(size).unwrap_or(i64::MAX);
        let saved = import.clone();
        self.store.write_blocking(move |batch| batch.save_import(&saved))?;
        Ok(import)
    }

    /// Takes an import away that was never started.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it was started.
    pub fn drop_import(&self, id: i64) -> Result<(), StoreError> {
        self.store.write_blocking(move |batch| {
            let import = imports::by_id(batch.transaction(), id)?;
            if import.header.is_some() {
                return Err(StoreError::Conflict("This import was started: it can be taken back.".into()));
            }
            batch.drop_import(id)
        })?;
        self.remove_files(id);
        Ok(())
    }

    /// The imports of which files are still kept that `names` says tell of somebody. What is left of ended ones is
    /// removed first. Blocks.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub(super) fn kept_files_with(&self, names: &dyn Fn(&[u8]) -> bool) -> Result<Vec<ImportRow>, StoreError> {
        let mut found = Vec::new();
        for import in self.store.read_blocking(imports::all)? {
            let folder = self.imports_folder().join(import.id.to_string());
            if !folder.exists() {
                continue;
            }
            if matches!(import.state.as_str(), "done" | "cancelled" | "undone")
                || (import.state == "failed" && import.header.is_some())
            {
                self.remove_files(import.id);
                continue;
            }
            // What cannot be looked into is not known to be free of anybody.
            let tells = std::fs::read_dir(&folder).map_or(true, |mut files| {
                files.any(|file| file.map_or(true, |file| tells_of(&file.path(), names).unwrap_or(true)))
            });
            if tells {
                found.push(import);
            }
        }
        Ok(found)
    }

    /// The state of an import as it is now: one that nobody works on any more was interrupted.
    pub fn state_of(&self, import: &ImportRow) -> String {
        let idle = match import.state.as_str() {
            "running" => "interrupted",
            "previewing" => "uploaded",
            state => return state.to_string(),
        };
        if is_worked_on(&self.imports_folder(), import.id) { import.state.clone() } else { idle.into() }
    }

    /// Keeps what was chosen, and checks that it fits.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] where something needed is missing, in plain words.
    pub fn choose(&self, id: i64, choice: &Choice) -> Result<ImportRow, StoreError> {
        let (mut import, source) = self.store.read_blocking(|connection| {
            if let Some(gap) = choice.gap {
                gaps::by_id(connection, gap)?;
            }
            Ok((imports::by_id(connection, id)?, sources::by_id(connection, choice.source)?))
        })?;
        if import.header.is_some() {
            return Err(StoreError::Conflict("This import was started already.".into()));
        }
        is_whole(&import)?;
        import.source = Some(source.id);
        import.gap = choice.gap;
        import.preview = None;
        import.problem = None;
        if let Some(zone) = choice.time_zone.as_deref().map(str::trim).filter(|zone| !zone.is_empty()) {
            if !is_zone(zone) {
                return Err(unfit(format!("There is no time zone “{zone}”. Write it as America/New_York.")));
            }
            import.time_zone = Some(zone.to_string());
        }
        let kind = choice.kind.as_deref().map(str::trim).filter(|kind| !kind.is_empty());
        let columns: Vec<SourceColumn> = serde_json::from_str(&import.columns)?;
        if columns.is_empty() {
            import.kind = kind.filter(|kind| RowKind::parse(kind).is_none()).map(String::from);
            check_event(&source, import.kind.as_deref())?;
        } else {
            let kind = match kind {
                Some(word) => Some(
                    RowKind::parse(word)
                        .ok_or_else(|| unfit(format!("“{word}” is none of calls, texts, forms and leads.")))?,
                ),
                None => import.kind.as_deref().and_then(RowKind::parse),
            };
            let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
            let known = row::recognise(&names, kind);
            import.mapping = choice.mapping.clone().unwrap_or(known.mapping);
            import.kind = Some(known.kind.as_str().into());
            for (field, column) in &import.mapping {
                if !names.contains(column) {
                    return Err(unfit(format!("The file has no column “{column}”.")));
                }
                if !row::FIELDS.iter().any(|known| known.field == field) {
                    return Err(unfit(format!("“{field}” is nothing a column can stand for.")));
                }
            }
            if let Some(missing) = row::missing(known.kind, &import.mapping) {
                return Err(unfit(missing));
            }
        }
        let saved = import.clone();
        self.store.write_blocking(move |batch| batch.save_import(&saved))?;
        Ok(import)
    }

    /// Imports whose undoing was interrupted are finished, and files that were never brought in are forgotten. Blocks;
    /// for a thread of its own.
    pub(super) fn finish_imports(&self) {
        let imports = match self.store.read_blocking(imports::all) {
            Ok(imports) => imports,
            Err(error) => return tracing::error!("imports could not be looked at: {error}"),
        };
        for import in imports {
            let done = if import.state == "undoing" {
                self.take_back_import(import.id, |_, _| {}).map(drop)
            } else if import.header.is_none() && clock::now() - import.created_at > FORGOTTEN {
                self.drop_import(import.id)
            } else {
                Ok(())
            };
            match done {
                Ok(()) | Err(StoreError::Conflict(_)) => {}
                Err(error) => tracing::error!("an import could not be tidied up: {error}"),
            }
        }
    }
}

fn is_worked_on(folder: &Path, import: i64) -> bool {
    File::open(folder.join(format!("{import}.lock"))).is_ok_and(|file| file.try_lock().is_err())
}

/// Imports that were begun, on which nobody works any more.
///
/// # Errors
/// [`StoreError`] of the file.
pub(super) fn interrupted(store: &Store) -> Result<Vec<ImportRow>, StoreError> {
    let folder = store.path().with_file_name(FOLDER);
    let mut found = store.read_blocking(imports::all)?;
    found.retain(|import| matches!(import.state.as_str(), "running" | "undoing") && !is_worked_on(&folder, import.id));
    Ok(found)
}

/// Files are looked at once all of their bytes are there: before, or when they broke off on their way, there may be
/// a part of them.
fn is_whole(import: &ImportRow) -> Result<(), StoreError> {
    if import.format.is_empty() {
        return Err(StoreError::Conflict("The file is not here whole. Send it again.".into()));
    }
    Ok(())
}

/// Whether a file holds a text that `names` knows, whatever its format.
fn tells_of(path: &Path, names: &dyn Fn(&[u8]) -> bool) -> std::io::Result<bool> {
    use std::io::Read;
    let mut file = File::open(path)?;
    let mut text = Vec::new();
    loop {
        let read = file.by_ref().take(AT_ONCE).read_to_end(&mut text)?;
        if names(&text) {
            return Ok(true);
        }
        if read == 0 {
            return Ok(false);
        }
        // What stands across the border is seen with the next part.
        text.drain(..text.len().saturating_sub(BORDER));
    }
}

/// Bodies of some services do not say what they are; then a person does.
fn check_event(source: &SourceRow, event: Option<&str>) -> Result<(), StoreError> {
    let (Some(event), Some(provider)) = (event, Provider::parse(&source.provider)) else { return Ok(()) };
    let events = provider.reader().events();
    if events.iter().any(|known| known.key == event) {
        return Ok(());
    }
    Err(unfit(format!("“{event}” is no event of {provider}.")))
}

/// How well a table fits whose columns say who and when.
const FITS: u8 = 3;

/// A table among the files.
struct FileTable {
    columns: Vec<SourceColumn>,
    known: row::Recognised,
    /// Which of several tables is the one that is meant: more is better.
    fits: u8,
}

impl FileTable {
    fn look(path: &Path, name: &str) -> Result<FileTable, Unfit> {
        let mut pieces = Pieces::open(path, ImportFormat::Csv)?;
        let columns = columns(&mut pieces, None)?;
        let known = row::recognise(pieces.columns(), None);
        let named =
            Path::new(name).extension().is_some_and(|end| ["csv", "tsv"].iter().any(|e| end.eq_ignore_ascii_case(e)));
        let fits = match () {
            () if row::missing(known.kind, &known.mapping).is_none() => FITS,
            () if named => 2,
            () => u8::from(columns.len() > 1),
        };
        Ok(FileTable { columns, known, fits })
    }
}

fn columns(pieces: &mut Pieces, kind: Option<RowKind>) -> Result<Vec<SourceColumn>, Unfit> {
    let known = row::recognise(pieces.columns(), kind);
    let field = |name: &str| known.mapping.iter().find(|(_, column)| *column == name).map(|(field, _)| field.clone());
    let mut columns: Vec<SourceColumn> = pieces
        .columns()
        .iter()
        .map(|name| SourceColumn { name: name.clone(), sample: Vec::new(), field: field(name) })
        .collect();
    for _ in 0..50 {
        let Some(piece) = pieces.next()? else { break };
        let PieceKind::Row(cells) = piece.what else { continue };
        for column in &mut columns {
            if column.sample.len() < SAMPLES
                && let Some(cell) = cells.get(&column.name).and_then(serde_json::Value::as_str)
            {
                let cell: String = cell.trim().chars().take(SAMPLE).collect();
                if !column.sample.contains(&cell) {
                    column.sample.push(cell);
                }
            }
        }
    }
    Ok(columns)
}

/// What is said of an import that was to fill a gap, and holds nothing of its time.
const OUTSIDE: &str = "No row of it lies within the gap: the gap stays open.";

/// What a gap's list says once the import that fills it has ended. One that holds nothing of its time leaves it open.
fn fill_gap(batch: &mut Batch<'_>, import: &mut ImportRow, filled: bool, at: DateTime<Utc>) -> Result<(), StoreError> {
    let (Some(gap), Some(source)) = (import.gap, import.source) else { return Ok(()) };
    if !filled {
        import.problem = import.problem.take().filter(|problem| problem != OUTSIDE);
        return batch.gap_import_undone(import.id, at);
    }
    let period = gaps::by_id(batch.transaction(), gap)?;
    if imports::tells_of(batch.transaction(), import.id, period.from, period.to)? {
        batch.gap_imported(gap, source, import.id, at)
    } else {
        import.problem = Some(OUTSIDE.into());
        Ok(())
    }
}

impl From<Unfit> for IngestError {
    fn from(error: Unfit) -> IngestError {
        IngestError::Store(error.into())
    }
}
