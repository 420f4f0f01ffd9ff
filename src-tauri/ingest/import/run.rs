//! Bringing an import in, and taking it back.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde_json::json;

use super::super::apply::PreparedDelivery;
use super::super::reading::Reading;
use super::super::reassign::reassign_events;
use super::super::{Ingest, IngestOutcome};
use super::{Parcel, SourceColumn, Stream, fill_gap, in_element, is_whole};
use crate::clock;
use crate::domain::ParsedEvent;
use crate::store::imports::{self, Fate, ImportRow, RowNote};
use crate::store::undo_impact::{TakingBack, taking_back};
use crate::store::{Batch, NewDelivery, SourceRow, StoreError, Trust, sources};

/// Rows of one commit: few enough that webhooks in between need not wait long.
const CHUNK: usize = 200;
/// Bytes of rows after which a commit is full however few they are: all of it is in memory at once.
const FULL: usize = 8 * 1024 * 1024;
/// Deliveries taken back in one commit.
const BACK: usize = 100;

#[allow(clippy::large_enum_variant)] // a list of a few hundred at a time
enum ReadyRow {
    Take { line: u64, file: usize, delivery: NewDelivery, prepared: PreparedDelivery, row: Option<ParsedEvent> },
    Skip { line: u64, file: usize, why: String },
}

/// What a commit of an import did.
enum ImportStep {
    /// It is in.
    In(Box<ImportRow>),
    /// Somebody ended the import meanwhile.
    Ended,
}

impl ReadyRow {
    fn of(parcel: Parcel, source: &SourceRow, header: i64, at: DateTime<Utc>) -> Result<ReadyRow, StoreError> {
        let (line, file) = (parcel.line, parcel.file);
        match parcel.read(source, at) {
            Reading::Unreadable { reason, .. } => {
                Ok(ReadyRow::Skip { line, file, why: in_element(parcel.element, reason) })
            }
            reading @ Reading::Ok { .. } => {
                let row = match &reading {
                    Reading::Ok { drafts, .. } => parcel.row_of(drafts).cloned(),
                    Reading::Unreadable { .. } => None,
                };
                let prepared = PreparedDelivery::of_reading(reading, source, at, true)?.imported();
                let event = parcel.event.as_deref();
                let kind = Some(parcel.content_type);
                let delivery = NewDelivery::new(
                    source.id,
                    &source.region,
                    at,
                    event,
                    Trust::Unsigned,
                    None,
                    kind,
                    b"[]",
                    &parcel.body,
                );
                Ok(ReadyRow::Take { line, file, delivery: delivery.of_import(header), prepared, row })
            }
        }
    }

    fn take(&self, batch: &mut Batch<'_>, source: &SourceRow, number: i64) -> Result<RowNote, StoreError> {
        let place = |line: &u64, file: &usize| {
            (i64::try_from(*file).unwrap_or_default(), i64::try_from(*line).unwrap_or_default())
        };
        match self {
            ReadyRow::Skip { line, file, why } => {
                let (file, line) = place(line, file);
                Ok((number, file, line, Fate::Skipped, Some(why.clone()), None))
            }
            ReadyRow::Take { line, file, delivery, prepared, row } => {
                let told = match row {
                    Some(draft) => batch.is_told(source.id, &source.uid, draft)?,
                    None => false,
                };
                let seq = batch.append(delivery)?;
                let fate = match prepared.apply_delivery(batch, seq, prepared.received_at)? {
                    IngestOutcome::Accepted { .. } if told => Fate::Merged,
                    IngestOutcome::Accepted { .. } => Fate::In,
                    IngestOutcome::Duplicate { .. } => Fate::Duplicate,
                    IngestOutcome::Quarantined { .. } => Fate::Skipped,
                };
                let (file, line) = place(line, file);
                Ok((number, file, line, fate, None, Some(seq)))
            }
        }
    }
}

impl Ingest {
    /// Brings an import in, or goes on with one that was interrupted. `progress` hears how many bytes of how many were
    /// read. With `beside`, another program has the file open: it is given way after every commit. Blocks; for a thread
    /// of its own.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it is not to be started, else of the file or the disk.
    pub fn run_import(
        &self,
        id: i64,
        beside: bool,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<ImportRow, StoreError> {
        let _at_work = self.at_work(id)?;
        let import = self.store.write_blocking(move |batch| start(batch, id))?;
        let (Some(source), Some(header)) = (import.source, import.header) else {
            return Err(StoreError::Internal("an import without its source".into()));
        };
        let source = Arc::new(self.store.read_blocking(|connection| sources::by_id(connection, source))?);
        match self.bring_in(&import, header, &source, beside, &mut progress) {
            Ok(import) => {
                if import.state == "done" {
                    self.remove_files(id);
                }
                Ok(import)
            }
            // What is wrong with the file itself does not get better by trying again.
            Err(StoreError::Invalid(why)) => {
                let import = self.mark(id, move |import| {
                    // One that is being taken back meanwhile is taken back to its end.
                    if import.state == "running" {
                        import.state = "failed".into();
                        import.problem = Some(why.clone());
                    }
                })?;
                if import.state == "failed" {
                    self.remove_files(id);
                }
                Ok(import)
            }
            Err(error) => Err(error),
        }
    }

    fn bring_in(
        &self,
        import: &ImportRow,
        header: i64,
        source: &Arc<SourceRow>,
        beside: bool,
        progress: &mut impl FnMut(u64, u64),
    ) -> Result<ImportRow, StoreError> {
        let id = import.id;
        let mut stream = Stream::of(self, import, source);
        let mut number = 0_i64;
        // What was in before an interruption is not read again.
        while number < import.rows && stream.next()?.is_some() {
            number += 1;
        }
        loop {
            let now = clock::now();
            let (first, mut chunk, mut at_end) = (number, Vec::with_capacity(CHUNK), false);
            let mut bytes = 0;
            while chunk.len() < CHUNK && bytes < FULL {
                match stream.next()? {
                    None => {
                        at_end = true;
                        break;
                    }
                    Some(Ok(parcel)) => {
                        bytes += parcel.body.len();
                        chunk.push(ReadyRow::of(parcel, source, header, now)?);
                    }
                    Some(Err((line, file, why))) => chunk.push(ReadyRow::Skip { line, file, why }),
                }
                number += 1;
            }
            let (chunk, of_chunk, read) = (Arc::new(chunk), source.clone(), stream.read());
            let began = Instant::now();
            let did = self.store.write_blocking(move |batch| {
                let mut import = imports::by_id(batch.transaction(), id)?;
                if import.state != "running" || import.rows != first {
                    return Ok(ImportStep::Ended);
                }
                let mut notes = Vec::with_capacity(chunk.len());
                for ready in chunk.iter() {
                    let note = ready.take(batch, &of_chunk, import.rows)?;
                    import.rows += 1;
                    match note.3 {
                        Fate::In => import.rows_in += 1,
                        Fate::Merged => import.merged += 1,
                        Fate::Duplicate => import.duplicate += 1,
                        Fate::Skipped => import.skipped += 1,
                    }
                    notes.push(note);
                }
                batch.note_rows(id, &notes)?;
                import.done = i64::try_from(read).unwrap_or(i64::MAX);
                if at_end {
                    import.state = "done".into();
                    forget_cells(&mut import)?;
                    fill_gap(batch, &mut import, true, now)?;
                }
                batch.save_import(&import)?;
                Ok(ImportStep::In(Box::new(import)))
            })?;
            let ImportStep::In(import) = did else {
                return self.store.read_blocking(|connection| imports::by_id(connection, id));
            };
            progress(read, u64::try_from(import.of).unwrap_or_default());
            if at_end {
                return Ok(*import);
            }
            if beside {
                // Another program waits for the file by looking again and again: it gets as long as we had it.
                std::thread::sleep(began.elapsed().clamp(Duration::from_millis(5), Duration::from_millis(500)));
            }
        }
    }

    /// What taking an import back would do to leads, and to what people did about them.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such import.
    pub fn would_take_back_import(&self, id: i64) -> Result<TakingBack, StoreError> {
        self.store.read_blocking(|connection| {
            let Some(header) = imports::by_id(connection, id)?.header else { return Ok(TakingBack::default()) };
            taking_back(connection, &imports::still_in(connection, header, 0, usize::MAX)?)
        })
    }

    /// Ends an import that runs, so that what is in is taken back; or says that one that has ended is to be.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when there is nothing to take back.
    pub fn end_import(&self, id: i64, then: &'static str) -> Result<ImportRow, StoreError> {
        let now = clock::now();
        self.store.write_blocking(move |batch| {
            let mut import = imports::by_id(batch.transaction(), id)?;
            let Some(header) = import.header else {
                return Err(StoreError::Conflict("This import was never started.".into()));
            };
            match import.state.as_str() {
                "undoing" => return Ok(import),
                "undone" | "cancelled" => return Err(StoreError::Conflict("It is taken back already.".into())),
                _ => {}
            }
            batch.append_taken_back(now, header, true)?;
            import.state = "undoing".into();
            import.then_state = Some(then.into());
            import.done = 0;
            import.of = import.rows - import.skipped;
            fill_gap(batch, &mut import, false, now)?;
            batch.save_import(&import)?;
            Ok(import)
        })
    }

    /// Takes everything of an import out of timelines, a little in each commit. Goes on where it was interrupted.
    /// `progress` hears how many deliveries of how many are out. Blocks; for a thread of its own.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody works on it, else of the file.
    pub fn take_back_import(&self, id: i64, mut progress: impl FnMut(u64, u64)) -> Result<ImportRow, StoreError> {
        let _at_work = self.at_work_soon(id)?;
        let mut after = 0;
        loop {
            let (import, last) = self.store.write_blocking(move |batch| {
                let mut import = imports::by_id(batch.transaction(), id)?;
                let Some(header) = import.header.filter(|_| import.state == "undoing") else {
                    return Ok((import, None));
                };
                let seqs = imports::still_in(batch.transaction(), header, after, BACK)?;
                take_back(batch, &seqs)?;
                import.done += i64::try_from(seqs.len()).unwrap_or_default();
                if seqs.is_empty() {
                    forget_cells(&mut import)?;
                    import.state = import.then_state.take().unwrap_or_else(|| "undone".into());
                }
                batch.save_import(&import)?;
                Ok((import, seqs.last().copied()))
            })?;
            let count = |n: i64| u64::try_from(n).unwrap_or_default();
            progress(count(import.done), count(import.of));
            match last {
                Some(last) => after = last,
                None => {
                    self.remove_files(id);
                    return Ok(import);
                }
            }
        }
    }

    /// The one that runs hears at its next commit that it is to end.
    fn at_work_soon(&self, id: i64) -> Result<super::AtWork, StoreError> {
        let until = Instant::now() + Duration::from_secs(30);
        loop {
            match self.at_work(id) {
                Err(StoreError::Conflict(_)) if Instant::now() < until => {
                    std::thread::sleep(Duration::from_millis(50));
                }
                answer => return answer,
            }
        }
    }
}

/// Begins an import: its header goes into the journal.
fn start(batch: &mut Batch<'_>, id: i64) -> Result<ImportRow, StoreError> {
    let mut import = imports::by_id(batch.transaction(), id)?;
    is_whole(&import)?;
    let Some(source) = import.source else {
        return Err(StoreError::Invalid("Say which source the file is of.".into()));
    };
    match (import.state.as_str(), import.header) {
        ("running", Some(_)) => return Ok(import),
        ("uploaded" | "ready" | "previewing", None) => {}
        _ => return Err(StoreError::Conflict("This import has ended already.".into())),
    }
    let header = json!({
        "name": import.name, "files": import.files, "kind": import.kind, "mapping": import.mapping,
        "time_zone": import.time_zone, "gap": import.gap,
    });
    import.header = Some(batch.append_import(clock::now(), source, &serde_json::to_vec(&header)?)?);
    import.state = "running".into();
    import.done = 0;
    batch.save_import(&import)?;
    Ok(import)
}

/// Cells that were shown as samples are not kept past their use: they are about people.
fn forget_cells(import: &mut ImportRow) -> Result<(), StoreError> {
    let mut columns: Vec<SourceColumn> = serde_json::from_str(&import.columns)?;
    columns.iter_mut().for_each(|column| column.sample.clear());
    import.columns = serde_json::to_string(&columns)?;
    Ok(())
}

/// Takes deliveries of an import that was taken back out of everything but the journal.
fn take_back(batch: &mut Batch<'_>, seqs: &[i64]) -> Result<(), StoreError> {
    let (mut leads, mut told) = (BTreeSet::new(), BTreeSet::new());
    for seq in seqs {
        leads.extend(batch.leads_of(*seq)?);
        told.extend(batch.also_told_by(*seq)?);
    }
    reassign_events(batch, &leads)?;
    for seq in seqs {
        batch.clear_outcome(*seq)?;
    }
    batch.say_first_ones(told)
}
