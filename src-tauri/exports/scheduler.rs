//! Saved reports that are due are made while the program listens. What was due while it did not is made after: each due time
//! once, however often the program is killed in the middle, whatever the clock does.
//!
//! A due time is done when a run is noted for it, in one commit with the export it became. Before, only an export stands
//! for it, under a file name that was given once: made again, it takes the place of what a killed program left.

use chrono::{DateTime, TimeDelta, Utc};

use super::jobs::Due;
use super::{ExportJobs, ExportPlan, MakeError, Saved};
use crate::clock;
use crate::store::exports::ExportState;
use crate::store::saved::ReportRun;
use crate::store::{StoreError, exports, saved};

/// How often it is looked whether something is due: soon after a sleep, too.
const LOOK: std::time::Duration = std::time::Duration::from_secs(20);
/// What could not be made is tried again after this time.
const AGAIN: TimeDelta = TimeDelta::minutes(5);
/// How often old exports are looked for.
const TIDY: TimeDelta = TimeDelta::hours(6);

/// Something that was due and is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeDue {
    /// Its export.
    pub export: i64,
    /// The saved report's name.
    pub name: String,
    /// Where the file is.
    pub path: String,
    /// When it was due, UTC.
    pub due_at: DateTime<Utc>,
}

impl ExportJobs {
    /// Makes what is due, oldest first, and says what it made as soon as it stands. Blocks.
    ///
    /// # Errors
    /// [`StoreError`] of the file. What keeps a single report from being made is noted with it instead.
    pub fn make_due(&self, now: DateTime<Utc>, mut tell: impl FnMut(&MadeDue)) -> Result<(), StoreError> {
        for saved in self.store.read_blocking(Saved::all)? {
            let Some(schedule) = saved.schedule.clone().filter(|schedule| schedule.on) else { continue };
            let waits = |tried: DateTime<Utc>| now - tried < AGAIN && now >= tried;
            if saved.row.problem.is_some() && saved.row.tried_at.is_some_and(waits) {
                continue;
            }
            let id = saved.row.id;
            if saved.row.since > now {
                // The clock stood ahead when it was saved.
                self.store.write_blocking(move |batch| batch.saved_since(id, now))?;
                continue;
            }
            let zone = self.settings.get().business.zone();
            let day = |at: DateTime<Utc>| at.with_timezone(&zone).date_naive();
            // Oldest first, and what fails holds up what is newer: all before the newest that was made is done. In another
            // zone the same mornings are other moments, and none of them comes again.
            let newest = self.store.read_blocking(|c| saved::newest_run(c, id, now))?;
            let newest = newest.filter(|newest| *newest > saved.row.since);
            for due in schedule.due(newest.unwrap_or(saved.row.since), now, zone) {
                let of_that_day = newest.is_some_and(|newest| day(newest) == day(due));
                if of_that_day || self.store.read_blocking(|c| saved::is_made(c, id, due))? {
                    continue;
                }
                if *self.closing.borrow() {
                    return Ok(());
                }
                match self.make_one(&saved, schedule.folder(), due, now) {
                    Ok(Some(made)) => tell(&made),
                    Ok(None) => {}
                    Err(MakeError::Store(StoreError::Stopped)) => return Err(StoreError::Stopped),
                    // It is looked again soon.
                    Err(MakeError::Erased) => break,
                    Err(MakeError::Cancelled) if *self.closing.borrow() => return Ok(()),
                    Err(error) => {
                        let problem = error.to_string();
                        tracing::warn!("“{}” was due and could not be made: {problem}", saved.row.name);
                        self.store.write_blocking(move |batch| batch.saved_problem(id, Some(&problem), now))?;
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    /// Makes what was due then; `None` where somebody said that it is not wanted.
    fn make_one(
        &self,
        saved: &Saved,
        folder: Option<&str>,
        due: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Option<MadeDue>, MakeError> {
        let at = Due { saved: saved.row.id, at: due };
        let values = self.settings.get();
        // Its days are those of when it was due; what is known is known now, unless a moment was saved with it.
        let order = saved.asked.order(due.with_timezone(&values.business.zone()).date_naive());
        let mut known = self.store.read_blocking(|c| exports::of_due(c, at.saved, at.at))?;
        if let Some(row) = known.take_if(|row| row.state != ExportState::Going && row.folder.as_deref() != folder) {
            // It was to go elsewhere, and never did.
            self.forget(&row)?;
        }
        let (export, job): (i64, ExportPlan) = match known {
            Some(row) => {
                let asked = serde_json::from_str(&row.asked).map_err(StoreError::from)?;
                let job = self.understand(&asked, now)?;
                let id = row.id;
                self.store.write_blocking(move |batch| batch.export_again(id, now))?;
                (row.id, job)
            }
            None => {
                let job = self.understand(&order, now)?;
                // Noted only once there is somewhere to put it: a stick that is not plugged in is no export.
                if let Some(folder) = folder.map(std::path::Path::new).filter(|folder| !folder.is_dir()) {
                    return Err(MakeError::Folder(format!("The folder {} is not there.", folder.display())));
                }
                (self.note(&job, &order, Some(&saved.row.name), folder, Some(at), now)?, job)
            }
        };
        let made = self.make_due_file(export, &job, at);
        match made {
            Ok(()) => {
                let path = self.one(export)?.path.display().to_string();
                Ok(Some(MadeDue { export, name: saved.row.name.clone(), path, due_at: due }))
            }
            Err(MakeError::Cancelled) if !*self.closing.borrow() => {
                let period = serde_json::json!({ "from": job.question.from, "to": job.question.to }).to_string();
                let run = ReportRun { due_at: due, made_at: clock::now(), period, path: String::new() };
                self.store.write_blocking(move |batch| batch.note_run(at.saved, &run))?;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Makes what is due until the program ends, and says so each time.
    pub async fn keep_making(self, tell: impl Fn(&MadeDue) + Clone + Send + 'static) {
        let mut ends = self.closing.subscribe();
        let mut tidied: Option<DateTime<Utc>> = None;
        loop {
            let (exports, tell) = (self.clone(), tell.clone());
            let now = clock::now();
            let tidies = tidied.is_none_or(|last| now - last >= TIDY || now < last);
            let done = tokio::task::spawn_blocking(move || {
                exports.make_due(now, tell)?;
                if tidies { exports.expire(now) } else { Ok(()) }
            });
            match done.await {
                Ok(Ok(())) if tidies => tidied = Some(now),
                Ok(Ok(()) | Err(StoreError::Stopped)) => {}
                Ok(Err(error)) => tracing::error!("what was due could not be looked for: {error}"),
                Err(error) => tracing::error!("what was due could not be made: {error}"),
            }
            tokio::select! {
                _ = ends.wait_for(|closing| *closing) => return,
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }
}
