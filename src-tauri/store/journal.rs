//! The journal: what senders sent and what people did, as it came.

use chrono::{DateTime, Utc};
use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};
use strum::{EnumString, FromRepr, IntoStaticStr, VariantArray};
use utoipa::ToSchema;

use super::inbox::DeliverySlot;
use super::numbers::Lease;
use super::{Batch, StoreError, codec};
use crate::clock::from_micros;
use crate::domain::Action;

/// Bytes of bodies after which [`after`] answers what it has: all of them are in memory at once.
const AT_ONCE: usize = 8 * 1024 * 1024;

/// What an entry of the journal is, with its number in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRepr)]
#[repr(i64)]
pub enum JournalKind {
    /// What a sender sent.
    Delivery = 1,
    /// What a person did.
    Action = 2,
    /// A delivery that had failed was verified; or nothing was left to check it against.
    Verified = 3,
    /// An event that was erased.
    Erased = 4,
    /// An entry was taken back, or put in force again.
    TakenBack = 5,
    /// The header of an import.
    Import = 6,
}

impl JournalKind {
    /// The number in the file.
    pub fn code(self) -> i64 {
        self as i64
    }

    /// A clause for entries of this kind, with the number in its text: an index that holds one kind alone is used for no
    /// parameter.
    pub(super) fn clause(self) -> String {
        format!("kind = {}", self.code())
    }
}

/// How a delivery stood at receipt, with its number in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRepr)]
#[repr(i64)]
pub enum Trust {
    /// The source had nothing to check against.
    Unsigned = 0,
    /// It matched.
    Verified = 1,
    /// It did not.
    Failed = 2,
}

impl Trust {
    /// The number in the file.
    pub fn code(self) -> i64 {
        self as i64
    }

    /// How a number in the file stands.
    pub(super) fn of(code: i64) -> Trust {
        Trust::from_repr(code).unwrap_or(Trust::Unsigned)
    }
}

/// What became of a delivery, with its number in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema, EnumString, FromRepr, IntoStaticStr, VariantArray)]
#[repr(i64)]
#[strum(serialize_all = "snake_case")]
#[schema(as = DeliveryState, rename_all = "snake_case")]
#[allow(missing_docs)] // the words of design.md section 4
pub enum DeliveryState {
    Processed = 1,
    Duplicate = 2,
    Repaired = 3,
    Quarantined = 4,
    Rejected = 5,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: &'static [DeliveryState] = <DeliveryState as VariantArray>::VARIANTS;

    /// The number in the file.
    pub fn code(self) -> i64 {
        self as i64
    }

    /// The state of a number in the file.
    pub fn of(code: i64) -> DeliveryState {
        DeliveryState::from_repr(code).unwrap_or(DeliveryState::Quarantined)
    }

    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The state of a word, if it is one.
    pub fn parse(word: &str) -> Option<DeliveryState> {
        word.parse().ok()
    }
}

/// In SQL each is its number, which nothing but the enum knows.
macro_rules! bound_as_its_number {
    ($($name:ty),*) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(self.code().into())
            }
        }
    )*};
}

bound_as_its_number!(JournalKind, Trust, DeliveryState);

/// A delivery made ready for the journal, off the writer's thread.
#[derive(Debug, Clone)]
pub struct NewDelivery {
    pub(super) source: i64,
    pub(super) region: String,
    pub(super) received_at: DateTime<Utc>,
    pub(super) event: Option<String>,
    pub(super) trust: Trust,
    pub(super) why: Option<String>,
    pub(super) content_type: Option<String>,
    pub(super) headers: Vec<u8>,
    pub(super) body: Vec<u8>,
    pub(super) size: usize,
    pub(super) import: Option<i64>,
}

impl NewDelivery {
    /// Packs a delivery. `headers` is JSON; `why` says why the check failed, in plain words.
    #[allow(clippy::too_many_arguments)] // the columns of one row
    pub fn new(
        source: i64,
        region: &str,
        received_at: DateTime<Utc>,
        event: Option<&str>,
        trust: Trust,
        why: Option<&str>,
        content_type: Option<&str>,
        headers: &[u8],
        body: &[u8],
    ) -> NewDelivery {
        NewDelivery {
            source,
            region: region.to_string(),
            received_at,
            event: event.map(str::to_string),
            trust,
            why: why.map(str::to_string),
            content_type: content_type.map(str::to_string),
            headers: codec::pack(headers),
            body: codec::pack(body),
            size: body.len(),
            import: None,
        }
    }

    /// The same of a source that has another number in this file.
    pub fn of_source(mut self, source: i64) -> NewDelivery {
        self.source = source;
        self
    }

    /// About how much of the file it takes. Bytes.
    pub(super) fn packed_size(&self) -> usize {
        self.headers.len() + self.body.len()
    }

    /// It came with the import whose header has this journal number.
    pub fn of_import(mut self, header: i64) -> NewDelivery {
        self.import = Some(header);
        self
    }
}

/// What is said of a delivery in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryOutcome {
    /// What became of it.
    pub state: DeliveryState,
    /// Why, in plain words.
    pub reason: Option<String>,
    /// What was mended to read it.
    pub repairs: Vec<String>,
    /// Parts that could not be read, where the rest was.
    pub left_out: usize,
    /// How many events were read.
    pub events: usize,
    /// The place at fault, from 1.
    pub place: Option<(usize, usize)>,
    /// When its events were placed on timelines.
    pub placed_at: Option<DateTime<Utc>>,
}

/// A delivery of the journal.
#[derive(Debug, Clone)]
#[allow(missing_docs)] // as in NewDelivery
pub struct DeliveryRow {
    pub seq: i64,
    pub source: i64,
    pub received_at: DateTime<Utc>,
    pub event: Option<String>,
    pub trust: Trust,
    /// Why the check failed at receipt.
    pub why: Option<String>,
    /// When it was verified later, if it was, or trusted because nothing was left to check against.
    pub verified_at: Option<DateTime<Utc>>,
    /// How it stood then.
    pub verified_as: Trust,
    /// The region of its phone numbers, as the source had it at receipt.
    pub region: String,
    pub content_type: Option<String>,
    /// JSON.
    pub headers: Vec<u8>,
    pub body: Vec<u8>,
    /// The journal number of the import it came with.
    pub import: Option<i64>,
    /// That import was taken back: the delivery stays in the journal and shows nowhere.
    pub undone: bool,
    /// What is kept where its content was erased, JSON.
    pub erased: Option<String>,
}

impl DeliveryRow {
    /// Nothing of its content is left.
    pub fn is_erased(&self) -> bool {
        super::RowErased::parse(self.erased.as_deref()).is_some_and(|erased| erased.all)
    }

    /// No key or header ever stood behind it.
    pub fn is_unsigned(&self) -> bool {
        match self.trust {
            Trust::Failed => self.verified_as == Trust::Unsigned,
            trust => trust == Trust::Unsigned,
        }
    }
}

/// An action of the journal.
#[derive(Debug, Clone)]
pub struct ActionRow {
    /// Journal number.
    pub seq: i64,
    /// When it was done, UTC.
    pub received_at: DateTime<Utc>,
    /// What was done.
    pub action: Action,
    /// Its bytes as they stand in the journal: its id is made from them.
    pub raw: Vec<u8>,
}

/// One entry of the journal, for reading it from the start.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant)] // a list of a few hundred at a time
pub enum JournalEntry {
    /// What a sender sent.
    Delivery(DeliveryRow),
    /// What a person did.
    Action(ActionRow),
    /// A delivery that had failed was verified.
    Verified {
        /// The delivery.
        about: i64,
        /// When, UTC.
        at: DateTime<Utc>,
    },
    /// An entry was taken back, or put in force again: nothing of its own, others are read in its light.
    TakenBack,
    /// An event that was erased, with what is kept of it.
    Erased(Box<super::Tombstone>),
    /// Deliveries that name it came together, from files.
    Import(Vec<u8>),
}

const COLUMNS: &str =
    "j.seq, j.kind, j.received_at, j.source, j.event, j.trust, j.why, j.content_type, j.headers, j.body,
     (SELECT min(v.at) FROM later_checks v WHERE v.about = j.seq), j.about, j.region,
     (SELECT v.trust FROM later_checks v WHERE v.about = j.seq ORDER BY v.at, v.seq LIMIT 1), j.import, j.erased,
     j.import IS NOT NULL AND EXISTS (SELECT 1 FROM undone_deliveries u WHERE u.seq = j.seq)";

impl Batch<'_> {
    /// Adds a delivery and answers its sequence number.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn append(&mut self, new: &NewDelivery) -> Result<i64, StoreError> {
        let seq = self.number()?;
        self.append_at(seq, new)?;
        Ok(seq)
    }

    /// Adds a delivery that may wait in the inbox as well, under one number, which is answered.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn append_in(&mut self, slot: &DeliverySlot, new: &NewDelivery) -> Result<i64, StoreError> {
        let seq = match slot.known() {
            Some(seq) => seq,
            None => slot.settle(self.number()?),
        };
        self.append_at(seq, new)?;
        Ok(seq)
    }

    /// Adds a delivery that was given its number before.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    fn append_at(&mut self, seq: i64, new: &NewDelivery) -> Result<(), StoreError> {
        self.tx
            .prepare_cached(
                "INSERT INTO journal
                     (seq, kind, received_at, source, event, trust, why, content_type, headers, body, body_size, region,
                      import)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            )?
            .execute(params![
                seq,
                JournalKind::Delivery,
                new.received_at.timestamp_micros(),
                new.source,
                new.event,
                new.trust,
                new.why,
                new.content_type,
                new.headers,
                new.body,
                new.size as i64,
                new.region,
                new.import
            ])?;
        self.change.deliveries += 1;
        // The rhythm of a source is what it sends by itself.
        if new.import.is_none() {
            self.hear(new.source, new.received_at.timestamp_micros());
        }
        if !self.change.sources.contains(&new.source) {
            self.change.sources.push(new.source);
        }
        Ok(())
    }

    /// What was given a number before this one was there before the transaction.
    pub(super) fn first_number(&mut self) -> Result<i64, StoreError> {
        if self.lease.is_none() {
            self.lease = Some(Lease::begin(self.tx, self.numbers.as_ref())?);
        }
        Ok(self.lease.as_ref().map_or(0, Lease::start))
    }

    /// The number of the entry that is added next.
    pub(super) fn number(&mut self) -> Result<i64, StoreError> {
        if self.lease.is_none() {
            self.lease = Some(Lease::begin(self.tx, self.numbers.as_ref())?);
        }
        Ok(self.lease.as_mut().map_or(0, Lease::take))
    }

    /// Adds an action and answers its sequence number.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn append_action(&mut self, at: DateTime<Utc>, raw: &[u8]) -> Result<i64, StoreError> {
        let seq = self.number()?;
        self.tx
            .prepare_cached(
                "INSERT INTO journal (seq, kind, received_at, body, body_size) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![seq, JournalKind::Action, at.timestamp_micros(), codec::pack(raw), raw.len() as i64])?;
        Ok(seq)
    }

    /// Adds the header of an import and answers its sequence number.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn append_import(&mut self, at: DateTime<Utc>, source: i64, raw: &[u8]) -> Result<i64, StoreError> {
        let seq = self.number()?;
        let (at, size) = (at.timestamp_micros(), raw.len() as i64);
        self.tx
            .prepare_cached(
                "INSERT INTO journal (seq, kind, received_at, source, body, body_size) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![seq, JournalKind::Import, at, source, codec::pack(raw), size])?;
        Ok(seq)
    }

    /// Notes that the delivery `about`, which failed at receipt, was verified at `at`; or, with
    /// [`Trust::Unsigned`], that its source had nothing left to check against then.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn append_verified(&mut self, at: DateTime<Utc>, about: i64, trust: Trust) -> Result<i64, StoreError> {
        let seq = self.number()?;
        self.tx
            .prepare_cached(
                "INSERT INTO journal (seq, kind, received_at, about, trust, body, body_size)
                 VALUES (?1, ?2, ?3, ?4, ?5, x'', 0)",
            )?
            .execute(params![seq, JournalKind::Verified, at.timestamp_micros(), about, trust])?;
        Ok(seq)
    }

    /// Takes the entry `about` back (a later check, an import), or with `undone` false puts it in force again: of
    /// what was said last, the last word counts. What it had led to is to be woven anew.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn append_taken_back(&mut self, at: DateTime<Utc>, about: i64, undone: bool) -> Result<i64, StoreError> {
        let seq = self.number()?;
        self.tx
            .prepare_cached(
                "INSERT INTO journal (seq, kind, received_at, about, undone, body, body_size)
                 VALUES (?1, ?2, ?3, ?4, ?5, x'', 0)",
            )?
            .execute(params![seq, JournalKind::TakenBack, at.timestamp_micros(), about, undone])?;
        Ok(seq)
    }

    /// Says in the ledger what became of the delivery `seq`, over whatever it said before.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn record_outcome(
        &mut self,
        seq: i64,
        source: i64,
        received: DateTime<Utc>,
        said: &DeliveryOutcome,
    ) -> Result<(), StoreError> {
        let before: Option<i64> = self
            .tx
            .prepare_cached("SELECT state FROM ledger WHERE seq = ?1")?
            .query_row([seq], |row| row.get(0))
            .optional()?;
        match before {
            Some(state) => {
                self.count(format!("state:{}", DeliveryState::of(state).as_str()), -1);
                self.count(format!("state:{}:{source}", DeliveryState::of(state).as_str()), -1);
            }
            None => self.count("deliveries", 1),
        }
        self.count(format!("state:{}", said.state.as_str()), 1);
        self.count(format!("state:{}:{source}", said.state.as_str()), 1);
        let repairs = (!said.repairs.is_empty()).then(|| said.repairs.join("\n"));
        self.tx
            .prepare_cached(
                "INSERT OR REPLACE INTO ledger
                     (seq, source, received_at, state, reason, repairs, events, line, col, placed_at, left_out)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?
            .execute(params![
                seq,
                source,
                received.timestamp_micros(),
                said.state,
                said.reason,
                repairs,
                said.events as i64,
                said.place.map(|(line, _)| line as i64),
                said.place.map(|(_, column)| column as i64),
                said.placed_at.map(|t| t.timestamp_micros()),
                said.left_out as i64
            ])?;
        Ok(())
    }

    /// Takes what the ledger says of the delivery `seq` out of it: its import was taken back.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn clear_outcome(&mut self, seq: i64) -> Result<(), StoreError> {
        let said: Option<(i64, i64)> = self
            .tx
            .prepare_cached("DELETE FROM ledger WHERE seq = ?1 RETURNING state, source")?
            .query_row([seq], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        if let Some((state, source)) = said {
            self.count("deliveries", -1);
            self.count(format!("state:{}", DeliveryState::of(state).as_str()), -1);
            self.count(format!("state:{}:{source}", DeliveryState::of(state).as_str()), -1);
        }
        Ok(())
    }

    /// Counts a request that left no delivery behind: a wrong key, a refused body.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn refuse(&mut self, what: &str, source: Option<i64>, at: DateTime<Utc>, n: i64) -> Result<(), StoreError> {
        let source = source.unwrap_or(0);
        self.count(format!("state:{}", DeliveryState::Rejected.as_str()), n);
        self.count(format!("state:{}:{source}", DeliveryState::Rejected.as_str()), n);
        self.tx
            .prepare_cached(
                "INSERT INTO refusals (day, what, source, n, last_at) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (day, what, source) DO UPDATE SET n = n + excluded.n, last_at = excluded.last_at",
            )?
            .execute(params![at.format("%Y-%m-%d").to_string(), what, source, n, at.timestamp_micros()])?;
        Ok(())
    }
}

/// The last number that was given out: it only ever grows, also where the entry itself is no longer there and
/// where an older file took this one's place.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn last(connection: &Connection) -> Result<i64, StoreError> {
    let sql = "SELECT seq FROM sqlite_sequence WHERE name = 'journal'";
    Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?.unwrap_or(0))
}

/// How many entries there are.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn count(connection: &Connection) -> Result<u64, StoreError> {
    Ok(connection.query_row("SELECT count(*) FROM journal", [], |row| row.get::<_, i64>(0))?.unsigned_abs())
}

/// When the newest entry came, UTC.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn newest(connection: &Connection) -> Result<Option<DateTime<Utc>>, StoreError> {
    let sql = "SELECT received_at FROM journal ORDER BY seq DESC LIMIT 1";
    let at: Option<i64> = connection.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?;
    Ok(at.map(from_micros))
}

/// Bytes of all bodies as they came.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn raw_size(connection: &Connection) -> Result<u64, StoreError> {
    let sql = "SELECT coalesce(sum(body_size), 0) FROM journal";
    Ok(connection.query_row(sql, [], |row| row.get::<_, i64>(0))?.unsigned_abs())
}

/// One delivery.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none with that number.
pub fn delivery(connection: &Connection, seq: i64) -> Result<DeliveryRow, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM journal j WHERE j.seq = ?1 AND j.kind = ?2");
    match connection
        .prepare_cached(&sql)?
        .query_row(params![seq, JournalKind::Delivery], |row| Ok(entry(row)))
        .optional()?
    {
        Some(found) => match found? {
            JournalEntry::Delivery(row) => Ok(row),
            _ => Err(StoreError::NotFound("There is no such delivery.")),
        },
        None => Err(StoreError::NotFound("There is no such delivery.")),
    }
}

/// One entry, whatever it is; `None` where there is none with that number.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn one(connection: &Connection, seq: i64) -> Result<Option<JournalEntry>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM journal j WHERE j.seq = ?1");
    connection.prepare_cached(&sql)?.query_row([seq], |row| Ok(entry(row))).optional()?.transpose()
}

/// At most `limit` entries after `seq`, in order, each with its number; fewer where their bodies are large. None only at
/// the end.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn after(connection: &Connection, seq: i64, limit: usize) -> Result<Vec<(i64, JournalEntry)>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM journal j WHERE j.seq > ?1 ORDER BY j.seq LIMIT ?2");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params![seq, limit as i64])?;
    let (mut out, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let entry = entry(row)?;
        if let JournalEntry::Delivery(row) = &entry {
            bytes += row.body.len();
        }
        out.push((row.get(0)?, entry));
        if bytes >= AT_ONCE {
            break;
        }
    }
    Ok(out)
}

fn entry(row: &Row<'_>) -> Result<JournalEntry, StoreError> {
    let seq = row.get(0)?;
    let received_at = from_micros(row.get(2)?);
    let body: Vec<u8> = row.get(9)?;
    let kind = JournalKind::from_repr(row.get(1)?).ok_or(StoreError::TooNew)?;
    Ok(match kind {
        JournalKind::Delivery => JournalEntry::Delivery(DeliveryRow {
            seq,
            source: row.get(3)?,
            received_at,
            event: row.get(4)?,
            trust: Trust::of(row.get(5)?),
            why: row.get(6)?,
            verified_at: row.get::<_, Option<i64>>(10)?.map(from_micros),
            verified_as: Trust::of(row.get::<_, Option<i64>>(13)?.unwrap_or(1)),
            region: row.get::<_, Option<String>>(12)?.unwrap_or_default(),
            content_type: row.get(7)?,
            headers: codec::unpack(&row.get::<_, Option<Vec<u8>>>(8)?.unwrap_or_default())?,
            body: codec::unpack(&body)?,
            import: row.get(14)?,
            erased: row.get(15)?,
            undone: row.get(16)?,
        }),
        // What a person did about somebody who was erased since: its tombstone says what is kept of it.
        JournalKind::Action if row.get::<_, Option<String>>(15)?.is_some() => JournalEntry::TakenBack,
        JournalKind::Action => {
            let raw = codec::unpack(&body)?;
            let action = serde_json::from_slice(&raw)
                .map_err(|_| StoreError::Damaged("what somebody did cannot be read".into()))?;
            JournalEntry::Action(ActionRow { seq, received_at, action, raw })
        }
        JournalKind::Verified => JournalEntry::Verified { about: row.get(11)?, at: received_at },
        JournalKind::Erased => JournalEntry::Erased(codec::unpack_json(&body)?),
        JournalKind::TakenBack => JournalEntry::TakenBack,
        JournalKind::Import => JournalEntry::Import(codec::unpack(&body)?),
    })
}

#[cfg(test)]
mod tests {
    use crate::store::migrations;

    /// Asked of every delivery that is read, and answered by an index alone.
    #[test]
    fn whether_something_was_taken_back_is_said_by_the_index_of_that_alone() {
        let connection = migrations::empty(migrations::NEWEST).unwrap();
        for view in ["later_checks", "undone_deliveries"] {
            let sql = format!("EXPLAIN QUERY PLAN SELECT * FROM {view} WHERE seq = 1");
            let mut statement = connection.prepare(&sql).unwrap();
            let plan: Vec<String> =
                statement.query_map([], |row| row.get(3)).unwrap().collect::<Result<_, _>>().unwrap();
            let found = plan.iter().any(|step| step.contains("COVERING INDEX journal_taken_back (about=?)"));
            assert!(found, "{view}: {plan:?}");
        }
    }
}
