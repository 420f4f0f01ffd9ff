//! `leadtrail import`: brings in files and folders of them. Runs beside the window or `serve`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

use super::{CliError, Progress, open, print, source};
use crate::fs::{OwnFiles, create_new, open_to_read};
use crate::ingest::Ingest;
use crate::ingest::import::{Choice, Preview};
use crate::store::imports::{self, Fate, ImportRow};
use crate::store::{DataLock, Store};

/// Files of one import.
const FILES: usize = 100_000;
/// Rows that are named with why they were left out.
const NAMED: usize = 20;
/// Folders within folders.
const DEEP: usize = 32;

#[derive(Args)]
pub(super) struct Import {
    /// Files, or folders of them
    #[arg(value_name = "FILE", required_unless_present_any = ["undo", "resume"])]
    files: Vec<PathBuf>,
    /// The source they are of, its number or its name
    #[arg(long, value_name = "SOURCE", required_unless_present_any = ["undo", "resume"])]
    source: Option<String>,
    /// What the rows are: calls, texts, forms or leads; for messages that do not say it, the event they are
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// A mapping of columns that was kept, by its name
    #[arg(long, value_name = "NAME", conflicts_with = "map")]
    mapping: Option<String>,
    /// Which column holds a field, such as "phone=Caller number"; may be given more than once
    #[arg(long, value_name = "FIELD=COLUMN")]
    map: Vec<String>,
    /// The zone of times that name none, such as America/New_York [default: this machine's]
    #[arg(long, value_name = "ZONE")]
    tz: Option<String>,
    /// The gap these files fill
    #[arg(long, value_name = "GAP")]
    gap: Option<i64>,
    /// Only say what would change
    #[arg(long)]
    dry_run: bool,
    /// Take an import back instead, by its number
    #[arg(long, value_name = "IMPORT", conflicts_with = "files")]
    undo: Option<i64>,
    /// Take it back though notes, outcomes or tags of yours go with it
    #[arg(long, requires = "undo")]
    take_notes: bool,
    /// Go on with an import that was interrupted
    #[arg(long, value_name = "IMPORT", conflicts_with_all = ["files", "undo"])]
    resume: Option<i64>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Import {
    pub(super) fn run(self, folder: &Path) -> Result<ExitCode, CliError> {
        // Whoever has the folder for good is given way while rows go in.
        let beside = DataLock::take(folder).is_err();
        let store = open(folder)?;
        let ingest = Ingest::new(store.clone());
        let done = self.work(&store, &ingest, beside);
        store.close();
        done
    }

    fn work(&self, store: &Store, ingest: &Ingest, beside: bool) -> Result<ExitCode, CliError> {
        if let Some(import) = self.undo {
            if !self.take_notes {
                super::replay::asks(&ingest.would_take_back_import(import)?)?;
            }
            let mut progress = Progress::new("Taking back");
            ingest.end_import(import, "undone")?;
            let import = ingest.take_back_import(import, move |done, of| progress.at(done, of))?;
            return self.say(store, &import, None);
        }
        if let Some(import) = self.resume {
            return self.bring_in(store, ingest, import, beside);
        }
        let wanted = self.source.as_deref().unwrap_or_default();
        let source = source::find(store, wanted)?;
        let files = gather(&self.files)?;
        let names: Vec<String> =
            files.iter().map(|file| file.file_name().unwrap_or_default().to_string_lossy().into_owned()).collect();
        let name = match self.files.as_slice() {
            [one] => one.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            _ => format!("{} files", files.len()),
        };
        let own = OwnFiles::of(store.path().parent().unwrap_or(Path::new(".")), None);
        for file in &files {
            // Opening our own, open data file once more would take SQLite's locks off it.
            if own.is_ours(file) {
                return Err(CliError::Said(format!("{} is one of Leadtrail’s own files.", file.display())));
            }
            open_to_read(file).map_err(CliError::Said)?;
        }
        let (id, paths) = ingest.new_import(&name, &names)?;
        let prepared = self.prepare(store, ingest, id, source.id, &files, &paths);
        if prepared.is_err() {
            ingest.drop_import(id)?;
        }
        prepared?;
        if self.dry_run {
            let mut progress = Progress::new("Reading byte");
            let import = ingest.preview_import(id, move |done, of| progress.at(done, of));
            ingest.drop_import(id)?;
            let import = import?;
            let preview = import.preview.as_deref().and_then(|json| serde_json::from_str::<Preview>(json).ok());
            return self.say(store, &import, preview);
        }
        self.bring_in(store, ingest, id, beside)
    }

    fn prepare(
        &self,
        store: &Store,
        ingest: &Ingest,
        id: i64,
        source: i64,
        files: &[PathBuf],
        paths: &[PathBuf],
    ) -> Result<(), CliError> {
        for (from, to) in files.iter().zip(paths) {
            let mut read = open_to_read(from).map_err(CliError::Said)?;
            let mut write = create_new(to)?;
            std::io::copy(&mut read, &mut write)?;
        }
        ingest.look_at_import(id)?;
        let mut choice =
            Choice { source, kind: self.kind.clone(), mapping: None, time_zone: self.tz.clone(), gap: self.gap };
        if let Some(name) = &self.mapping {
            let kept = store.read_blocking(imports::mappings)?;
            let kept = kept
                .into_iter()
                .find(|mapping| mapping.name.eq_ignore_ascii_case(name))
                .ok_or_else(|| CliError::Said(format!("There is no mapping “{name}”.")))?;
            choice.kind = choice.kind.or(Some(kept.kind));
            choice.time_zone = choice.time_zone.or(kept.time_zone);
            choice.mapping = Some(kept.mapping);
        }
        if !self.map.is_empty() {
            let pair = |text: &String| {
                text.split_once('=')
                    .map(|(field, column)| (field.trim().to_string(), column.trim().to_string()))
                    .ok_or_else(|| CliError::Said(format!("Write “{text}” as field=column, such as phone=Caller.")))
            };
            choice.mapping = Some(self.map.iter().map(pair).collect::<Result<BTreeMap<_, _>, _>>()?);
        }
        ingest.choose(id, &choice)?;
        Ok(())
    }

    fn bring_in(&self, store: &Store, ingest: &Ingest, id: i64, beside: bool) -> Result<ExitCode, CliError> {
        let mut progress = Progress::new("Bringing in byte");
        let import = ingest.run_import(id, beside, move |done, of| progress.at(done, of))?;
        self.say(store, &import, None)
    }

    /// The first rows that were left out, or would be.
    fn left_out(&self, store: &Store, import: &ImportRow, preview: Option<&Preview>) -> Result<Vec<LeftOut>, CliError> {
        let named = |file: Option<String>, line: i64, why: Option<String>| LeftOut {
            file: file.unwrap_or_else(|| import.name.clone()),
            line,
            why: why.unwrap_or_else(|| "It waits in quarantine.".into()),
        };
        if let Some(preview) = preview {
            let rows = preview.skipped.iter().take(NAMED).cloned();
            return Ok(rows.map(|row| named(row.file, row.line, Some(row.why))).collect());
        }
        if self.undo.is_some() || import.skipped == 0 {
            return Ok(Vec::new());
        }
        let skipped = Some(Fate::Skipped);
        let page = store.read_blocking(|connection| imports::rows_page(connection, import, skipped, None, NAMED))?;
        Ok(page.items.into_iter().map(|row| named(row.file, row.line, row.why)).collect())
    }

    fn say(&self, store: &Store, import: &ImportRow, preview: Option<Preview>) -> Result<ExitCode, CliError> {
        let left_out = self.left_out(store, import, preview.as_ref())?;
        let reasons = |of: i64| {
            let mut words = String::new();
            for LeftOut { file, line, why } in &left_out {
                let file = if import.files.len() > 1 { format!("{file}, ") } else { String::new() };
                words.push_str(&format!("\n  {file}line {line}: {why}"));
            }
            match of - i64::try_from(left_out.len()).unwrap_or(of) {
                more if more > 0 && !left_out.is_empty() => words + &format!("\n  and {more} more"),
                _ => words,
            }
        };
        let failed = import.state == "failed" || (self.dry_run && preview.is_none());
        let mut value = match &preview {
            Some(preview) => {
                let mut value = serde_json::to_value(preview)?;
                if let Some(object) = value.as_object_mut() {
                    object.insert("dry_run".into(), Value::Bool(true));
                }
                value
            }
            None => json!({
                "import": import.id, "state": import.state, "rows": import.rows, "in": import.rows_in,
                "merged": import.merged, "duplicate": import.duplicate, "skipped": import.skipped,
                "problem": import.problem,
            }),
        };
        if let Some(object) = value.as_object_mut() {
            object.insert("left_out".into(), serde_json::to_value(&left_out)?);
        }
        print(self.json, &value, || match &preview {
            Some(p) => {
                let words = format!(
                    "{}: {} new, {} become part of what is there, {} known already, {} cannot be read.\nLeads: {} \
                     new, {} changed, {} become part of another.",
                    counted(p.rows),
                    p.new,
                    p.merges,
                    p.duplicates,
                    p.unreadable,
                    p.leads_added,
                    p.leads_changed,
                    p.leads_merged
                );
                words + &reasons(p.unreadable) + &warned(p.warning.as_deref())
            }
            None if import.state == "done" => format!(
                "{}: {} in, {} became part of what was there, {} known already, {} left out.{}{}\nTo take it back: \
                 leadtrail import --undo {}",
                counted(import.rows),
                import.rows_in,
                import.merged,
                import.duplicate,
                import.skipped,
                reasons(import.skipped),
                warned(import.problem.as_deref()),
                import.id
            ),
            None => match &import.problem {
                Some(problem) => format!("Import {}: {problem}", import.id),
                None => format!("Import {} is {}.", import.id, import.state),
            },
        })?;
        Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

/// A row that was left out, as it is said.
#[derive(Serialize)]
struct LeftOut {
    file: String,
    line: i64,
    why: String,
}

fn warned(warning: Option<&str>) -> String {
    warning.map(|warning| format!("\n{warning}")).unwrap_or_default()
}

fn counted(rows: i64) -> String {
    if rows == 1 { "1 row".into() } else { format!("{rows} rows") }
}

/// Every file of these and of folders among them, in order of name; hidden ones and links of folders are left out.
fn gather(given: &[PathBuf]) -> Result<Vec<PathBuf>, CliError> {
    fn walk(folder: &Path, deep: usize, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
        let mut inside: Vec<PathBuf> =
            std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
        inside.sort();
        for path in inside {
            let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
            let kind = std::fs::symlink_metadata(&path)?.file_type();
            if hidden {
                continue;
            }
            if kind.is_dir() && deep < DEEP {
                walk(&path, deep + 1, files)?;
            } else if kind.is_file() {
                files.push(path);
            }
        }
        Ok(())
    }
    let mut files = Vec::new();
    for path in given {
        let cannot = |error| CliError::Said(format!("{} cannot be read: {error}.", path.display()));
        if std::fs::metadata(path).map_err(cannot)?.is_dir() {
            walk(path, 0, &mut files).map_err(cannot)?;
        } else {
            files.push(path.clone());
        }
    }
    match files.len() {
        0 => Err(CliError::Said("There is no file in it.".into())),
        n if n > FILES => Err(CliError::Said(format!("These are {n} files; at most {FILES} go in at once."))),
        _ => Ok(files),
    }
}
