//! What an import would do, without doing it.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::store::Connection;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::Ingest;
use super::super::reading::Reading;
use super::{OUTSIDE, Stream, in_element};
use crate::clock;
use crate::domain::ParsedEvent;
use crate::domain::event::{EventId, IdentityKind, short_hash};
use crate::store::imports::{self, ImportRow};
use crate::store::query::gaps;
use crate::store::{SourceRow, StoreError, sources};

/// Rows that are named with why they would be left out.
const NAMED: usize = 50;
/// Pieces looked at between two words about how far it is.
const PACE: u64 = 200;

/// What an import would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ImportPreview)]
pub struct Preview {
    /// Rows, or bodies.
    pub rows: i64,
    /// Those that tell something new.
    pub new: i64,
    /// Those of which all is known, or stands in the file before.
    pub duplicates: i64,
    /// Those that become part of an entry that is there.
    pub merges: i64,
    /// Those that cannot be read.
    pub unreadable: i64,
    /// Leads that are not there yet.
    pub leads_added: i64,
    /// Leads of which something new is told.
    pub leads_changed: i64,
    /// Leads that become part of another.
    pub leads_merged: i64,
    /// The first that cannot be read, with why.
    pub skipped: Vec<SkippedRow>,
    /// What is worth a word before it is started: no row lies within the gap it is to fill.
    #[serde(default)]
    pub warning: Option<String>,
}

/// A row that would be left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SkippedRow {
    /// Its line in the file, from 1.
    pub line: i64,
    /// The file, where there are several.
    #[serde(default)]
    pub file: Option<String>,
    /// Why.
    pub why: String,
}

/// Leads put together from names without writing anything: names that share an event, or a lead that is there, are one.
#[derive(Default)]
struct Together {
    names: HashMap<[u8; 16], usize>,
    parents: Vec<usize>,
    /// The leads that are there and belong to the one at the root.
    there: HashMap<usize, BTreeSet<i64>>,
}

impl Together {
    fn root(&mut self, mut node: usize) -> usize {
        while let Some(parent) = self.parents.get(node).copied().filter(|parent| *parent != node) {
            let above = self.parents.get(parent).copied().unwrap_or(parent);
            if let Some(slot) = self.parents.get_mut(node) {
                *slot = above;
            }
            node = parent;
        }
        node
    }

    fn node(&mut self, name: &str) -> usize {
        let next = self.parents.len();
        let node = *self.names.entry(short_hash(&[name])).or_insert(next);
        if node == next {
            self.parents.push(next);
        }
        node
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        if a != b {
            if let Some(slot) = self.parents.get_mut(b) {
                *slot = a;
            }
            let moved = self.there.remove(&b).unwrap_or_default();
            self.there.entry(a).or_default().extend(moved);
        }
    }

    fn add(&mut self, connection: &Connection, source_uid: &str, draft: &ParsedEvent) -> Result<(), StoreError> {
        let mut names: Vec<String> = draft.identities.iter().map(|link| link.key(source_uid)).collect();
        if names.is_empty() {
            names.push(format!("{}:{}", IdentityKind::Event.as_str(), EventId::of(source_uid, &draft.key)));
        }
        let mut first = None;
        for name in names {
            let node = self.node(&name);
            match first {
                None => first = Some(node),
                Some(first) => self.join(first, node),
            }
            if let Some(lead) = imports::lead_of_identity(connection, &name)? {
                let hub = self.node(&format!("lead:{lead}"));
                self.join(node, hub);
                let root = self.root(node);
                self.there.entry(root).or_default().insert(lead);
            }
        }
        Ok(())
    }

    fn count(&mut self, preview: &mut Preview) {
        let roots: HashSet<usize> = (0..self.parents.len()).map(|node| self.root(node)).collect();
        for root in roots {
            match self.there.get(&root).map_or(0, BTreeSet::len) {
                0 => preview.leads_added += 1,
                n => {
                    preview.leads_changed += 1;
                    preview.leads_merged += i64::try_from(n - 1).unwrap_or_default();
                }
            }
        }
    }
}

impl Ingest {
    /// Reads the files of an import and says what it would do. `progress` hears how many bytes of how many were read.
    /// Blocks; for a thread of its own.
    ///
    /// # Errors
    /// [`StoreError`] of the file, or what is wrong with the files.
    pub fn preview_import(&self, id: i64, mut progress: impl FnMut(u64, u64)) -> Result<ImportRow, StoreError> {
        let _at_work = self.at_work(id)?;
        let import = self.store.read_blocking(|connection| imports::by_id(connection, id))?;
        let source = import.source.ok_or_else(|| StoreError::Invalid("Say which source the file is of.".into()))?;
        let source = self.store.read_blocking(|connection| sources::by_id(connection, source))?;
        self.mark(id, |import| {
            import.state = "previewing".into();
            import.done = 0;
        })?;
        let found = self.count(&import, &source, &mut progress);
        let found = found.and_then(|preview| Ok(serde_json::to_string(&preview)?));
        self.mark(id, move |import| {
            import.done = 0;
            match &found {
                Ok(preview) => {
                    import.state = "ready".into();
                    import.preview = Some(preview.clone());
                }
                Err(error) => {
                    import.state = "uploaded".into();
                    import.problem = Some(error.to_string());
                }
            }
        })
    }

    /// Changes an import, and answers it.
    pub(super) fn mark(
        &self,
        id: i64,
        change: impl Fn(&mut ImportRow) + Send + 'static,
    ) -> Result<ImportRow, StoreError> {
        self.store.write_blocking(move |batch| {
            let mut import = imports::by_id(batch.transaction(), id)?;
            change(&mut import);
            batch.save_import(&import)?;
            Ok(import)
        })
    }

    fn count(
        &self,
        import: &ImportRow,
        source: &SourceRow,
        progress: &mut impl FnMut(u64, u64),
    ) -> Result<Preview, StoreError> {
        let mut stream = Stream::of(self, import, source);
        let (mut preview, mut seen, mut together) = (Preview::default(), HashSet::new(), Together::default());
        let mut at_end = false;
        let gap =
            import.gap.map(|gap| self.store.read_blocking(|connection| gaps::by_id(connection, gap))).transpose()?;
        let mut outside = gap.is_some();
        // A few at a time, so that no reader holds up the file's tidying for long.
        while !at_end {
            at_end = self.store.read_blocking(|connection| {
                for _ in 0..PACE {
                    let Some(piece) = stream.next()? else { return Ok(true) };
                    preview.rows += 1;
                    let parcel = match piece {
                        Ok(parcel) => parcel,
                        Err((line, file, why)) => {
                            preview.skip(import, line, file, why);
                            continue;
                        }
                    };
                    let drafts = match parcel.read(source, clock::now()) {
                        Reading::Ok { drafts, .. } => drafts,
                        Reading::Unreadable { reason, .. } => {
                            preview.skip(import, parcel.line, parcel.file, in_element(parcel.element, reason));
                            continue;
                        }
                    };
                    if let Some(gap) = &gap {
                        outside &=
                            !drafts.iter().filter_map(|draft| draft.at).any(|at| (gap.from..=gap.to).contains(&at));
                    }
                    let mut new = false;
                    for draft in &drafts {
                        let event = EventId::of(&source.uid, &draft.key);
                        let first = seen.insert(event.0);
                        new |= first && !imports::is_known(connection, event)?;
                    }
                    let told = match parcel.row_of(&drafts) {
                        Some(draft) if new => imports::is_told(connection, source.id, &source.uid, draft)?,
                        _ => false,
                    };
                    match (new, told) {
                        (false, _) => preview.duplicates += 1,
                        (true, true) => preview.merges += 1,
                        (true, false) => preview.new += 1,
                    }
                    if new {
                        drafts.iter().try_for_each(|draft| together.add(connection, &source.uid, draft))?;
                    }
                }
                Ok(false)
            })?;
            let done = i64::try_from(stream.read()).unwrap_or(i64::MAX);
            progress(stream.read(), u64::try_from(import.of).unwrap_or_default());
            if preview.rows % 5_000 == 0 {
                self.mark(import.id, move |import| import.done = done)?;
            }
        }
        together.count(&mut preview);
        preview.warning = outside.then(|| OUTSIDE.into());
        Ok(preview)
    }
}

impl Preview {
    fn skip(&mut self, import: &ImportRow, line: u64, file: usize, why: String) {
        self.unreadable += 1;
        if self.skipped.len() < NAMED {
            let file = import.files.get(file).filter(|_| import.files.len() > 1).cloned();
            self.skipped.push(SkippedRow { line: i64::try_from(line).unwrap_or_default(), file, why });
        }
    }
}
