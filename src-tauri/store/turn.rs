//! One turn of the writer's thread: what waits in the inbox and what is asked of the file, in the order in which it came, in
//! one transaction.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::{Connection, TransactionBehavior};

use super::intake::{Intake, Transacted};
use super::keeper::Keeper;
use super::numbers::JournalNumbers;
use super::writer::{Anything, CommitNotice, Job, Told, Work, answer, refuse};
use super::{Batch, StoreError};

/// How often it is tried to write behind what waits, before it is written beside it.
const TRIED: u32 = 20;
/// So much of what waits in the inbox goes along with the jobs of a commit.
const GOES_ALONG: u64 = 500;

/// One turn of the writer: what waits in the inbox, and what is asked of it.
pub(super) struct WriterTurn<'w> {
    told: &'w Told,
    intake: Option<Intake>,
}

type Answers = Vec<Anything>;

impl<'w> WriterTurn<'w> {
    pub(super) fn new(told: &'w Told, intake: Option<Intake>) -> WriterTurn<'w> {
        WriterTurn { told, intake }
    }

    pub(super) fn has_some(&self) -> bool {
        self.intake.as_ref().is_some_and(Intake::has_some)
    }

    fn numbers(&self) -> Option<JournalNumbers> {
        self.intake.as_ref().map(|intake| intake.numbers.clone())
    }

    /// Takes in what waits: all that came before now where somebody else waits for the file; else so much as goes into one
    /// commit. Sees to it that numbers are reserved for what comes.
    pub(super) fn take_in_what_waits(&mut self, keeper: &mut Keeper, is_idle: bool) {
        if is_idle && !self.has_some() {
            return self.reserve_numbers(keeper);
        }
        // What comes meanwhile does not keep whoever waits now waiting.
        let waiting = self.intake.as_ref().map_or(0, |intake| intake.inbox.waiting());
        let rounds = if is_idle { 1 } else { waiting / GOES_ALONG };
        for _ in 0..rounds {
            if !self.take_some(keeper) {
                break;
            }
        }
    }

    /// Takes in some of what waits, by a commit of its own; answers whether there is more that can be.
    fn take_some(&mut self, keeper: &mut Keeper) -> bool {
        let (numbers, told) = (self.numbers(), self.told);
        let Some(intake) = &mut self.intake else { return false };
        intake.take_some(&mut |work| transact(keeper, told, numbers.as_ref(), work))
    }

    /// Sees to it that numbers are reserved for what comes into the inbox.
    pub(super) fn reserve_numbers(&mut self, keeper: &mut Keeper) {
        if let Some(numbers) = self.numbers()
            && numbers.run_low()
            && let Err(error) = transact(keeper, self.told, Some(&numbers), &mut |_| Ok(()))
        {
            tracing::debug!("no numbers could be reserved: {error}");
        }
    }

    /// For a moment in which nothing happens.
    pub(super) fn tidy(&mut self) {
        if let Some(intake) = &mut self.intake {
            intake.tidy();
        }
    }

    /// Fewer are reserved from now on where nothing waits under a number that was given out.
    pub(super) fn release_numbers(&self, connection: &Connection) {
        if let Some(intake) = &self.intake
            && intake.inbox.waiting() == 0
            && let Err(error) = intake.numbers.release(connection)
        {
            tracing::debug!("numbers stay reserved: {error}");
        }
    }

    pub(super) fn work_alone(&mut self, keeper: &mut Keeper, job: Job) {
        let Work::Alone(Some(work)) = job.work else { return };
        let worked = keeper.connection().and_then(|connection| {
            catch_unwind(AssertUnwindSafe(|| work(connection)))
                .unwrap_or_else(|_| Err(StoreError::Internal("a job broke off".into())))
        });
        // It may have done to the file whatever there is to be done.
        keeper.renew();
        if let Some(numbers) = self.numbers()
            && let Err(error) = keeper.connection().and_then(|connection| numbers.compare(connection))
        {
            tracing::debug!("what numbers are reserved is not known: {error}");
        }
        self.reserve_numbers(keeper);
        let answer = worked.and_then(|answer| keeper.look().map(|()| answer));
        let _ = job.done.send(answer);
    }

    pub(super) fn work_together(&mut self, keeper: &mut Keeper, mut jobs: Vec<Job>) {
        if jobs.is_empty() {
            return;
        }
        match self.commit(keeper, &mut jobs) {
            Ok(answers) => answer(jobs, answers),
            // One of them spoils it for all: each alone, so that only the culprit hears of it.
            Err(error) if jobs.len() > 1 && !error.is_of_the_file() => {
                for job in jobs {
                    let mut one = vec![job];
                    match self.commit(keeper, &mut one) {
                        Ok(answers) => answer(one, answers),
                        Err(error) => refuse(one, &error),
                    }
                }
            }
            Err(error) => {
                refuse(jobs, &error);
                if matches!(error, StoreError::Disk(_))
                    && let Ok(connection) = keeper.connection()
                {
                    // What was written ahead goes into the file where it has room: then that space is free again.
                    let _ = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
                    keeper.renew();
                }
            }
        }
    }

    /// Commits, behind what waits in the inbox, and answers once what was written is known to be where it will be looked for.
    fn commit(&mut self, keeper: &mut Keeper, jobs: &mut [Job]) -> Result<Answers, StoreError> {
        for tried in 1..=TRIED {
            if let Some(answers) = self.write(keeper, jobs, tried < TRIED)? {
                return Ok(answers);
            }
            self.take_some(keeper);
        }
        Err(StoreError::Busy)
    }

    /// Where `orderly`, nothing is written before what came into the inbox before it: `None` where that is more than goes into
    /// one commit with it.
    fn write(&mut self, keeper: &mut Keeper, jobs: &mut [Job], orderly: bool) -> Result<Option<Answers>, StoreError> {
        let (mut answers, mut taken, mut is_behind) = (Vec::with_capacity(jobs.len()), Vec::new(), false);
        let (numbers, intake) = (self.numbers(), &mut self.intake);
        let done = transact(keeper, self.told, numbers.as_ref(), &mut |batch| {
            if let Some(intake) = intake {
                batch.is_behind = intake.inbox.waiting() > 0;
                if orderly && intake.has_some() {
                    let took = catch_unwind(AssertUnwindSafe(|| intake.take_before(batch)));
                    match took.unwrap_or_else(|_| Err(broken_off())) {
                        Ok((some, true)) => taken = some,
                        Err(error) if error.is_of_the_file() => return Err(error),
                        _ => {
                            is_behind = true;
                            return Err(StoreError::Busy);
                        }
                    }
                }
            }
            for job in jobs.iter_mut() {
                if let Work::Shared(run) = &mut job.work {
                    answers.push(run(batch)?);
                }
            }
            Ok(())
        });
        if is_behind {
            return Ok(None);
        }
        done?;
        // What stays there by mistake is known by its number.
        if let Some(intake) = &mut self.intake
            && let Err(error) = intake.taken_in(&taken)
        {
            tracing::debug!("what was taken in stays in the inbox: {error}");
        }
        Ok(Some(answers))
    }
}

fn broken_off() -> StoreError {
    StoreError::Internal("a transaction broke off".into())
}

/// Runs `work` in one transaction. What it did is on disk, and where it will be looked for, once this answers.
fn transact(
    keeper: &mut Keeper,
    told: &Told,
    numbers: Option<&JournalNumbers>,
    work: Transacted<'_>,
) -> Result<(), StoreError> {
    let done = write(keeper.connection()?, numbers, work);
    // What failed is refused in any case; what it failed of may be that the file is another.
    if matches!(done, Ok(_) | Err(StoreError::Damaged(_))) {
        keeper.look()?;
    }
    let change = done?;
    if let (Some(numbers), Some(until)) = (numbers, change.reserved) {
        numbers.reserved(until);
    }
    told.publish(change);
    Ok(())
}

fn write(
    connection: &mut Connection,
    numbers: Option<&JournalNumbers>,
    work: Transacted<'_>,
) -> Result<CommitNotice, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut batch = Batch::new(&transaction);
    batch.numbers = numbers.cloned();
    // A mistake of ours in what is done must not take the writer down with it.
    let done = catch_unwind(AssertUnwindSafe(|| work(&mut batch).and_then(|()| batch.finish())));
    let change = done.unwrap_or_else(|_| Err(broken_off()))?;
    transaction.commit()?;
    Ok(change)
}
