//! Entries of the journal on their way from one file to another.

use std::collections::{HashMap, HashSet};

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params};

use super::Carried;
use crate::domain::Action;
use crate::store::erase::Tombstone;
use crate::store::journal::JournalKind;
use crate::store::salvage::{Hole, insert, rows_around, shared_columns};
use crate::store::{StoreError, codec};

/// Entries of the journal on their way.
pub(super) struct Entries {
    pub everything: bool,
    pub sources: HashMap<i64, i64>,
    /// Entries whose number was another's here.
    pub renumbered: HashMap<i64, i64>,
    /// Receipts and kinds of this file's entries: where the two files were numbered apart, entries are known by them.
    pub elsewhere: Option<HashSet<(i64, i64)>>,
    pub carried: Carried,
}

/// The column that says of an entry that takes another back whether it does.
const UNDONE: &str = "undone";

/// Where the columns stand that matter here.
struct Columns {
    names: Vec<String>,
    seq: usize,
    kind: usize,
    received_at: usize,
    source: usize,
    about: usize,
    headers: usize,
    body: usize,
    import: Option<usize>,
    /// Where the other file says in `trust` whether an entry takes another back, as files of before 0014 do; what it says is
    /// then put into a column of its own, which follows those that are read.
    undone_in: Option<usize>,
}

impl Columns {
    fn of(from: &Connection, into: &Connection) -> Result<Columns, StoreError> {
        let names = shared_columns(from, into, "journal")?;
        let missing = || StoreError::Damaged("the journal cannot be read".into());
        let place = |name: &str| names.iter().position(|column| column == name);
        Ok(Columns {
            seq: place("seq").ok_or_else(missing)?,
            kind: place("kind").ok_or_else(missing)?,
            received_at: place("received_at").ok_or_else(missing)?,
            source: place("source").ok_or_else(missing)?,
            about: place("about").ok_or_else(missing)?,
            headers: place("headers").ok_or_else(missing)?,
            body: place("body").ok_or_else(missing)?,
            import: place("import"),
            undone_in: place("trust").filter(|_| place(UNDONE).is_none()),
            names,
        })
    }
}

fn number(value: Option<&Value>) -> Option<i64> {
    if let Some(Value::Integer(n)) = value { Some(*n) } else { None }
}

/// No headers that we wrote are longer, nor is what people did or what is known of who was erased: what is made of them
/// in memory is many times that. Bytes.
const SHORT: usize = 1024 * 1024;
/// No body is longer. Bytes.
const LONG: usize = 80 * 1024 * 1024;

/// Whether what an entry holds can be read, and is what we write.
pub(in crate::store) fn can_be_read(kind: i64, headers: &Value, body: &Value) -> bool {
    let unpacked = |value: &Value, most| match value {
        Value::Blob(bytes) => codec::unpack_at_most(bytes, most).ok(),
        Value::Null => Some(Vec::new()),
        _ => None,
    };
    let Some(headers) = unpacked(headers, SHORT) else { return false };
    if !headers.is_empty() && serde_json::from_slice::<Vec<(String, String)>>(&headers).is_err() {
        return false;
    }
    let Some(kind) = JournalKind::from_repr(kind) else { return false };
    let most = if matches!(kind, JournalKind::Action | JournalKind::Erased) { SHORT } else { LONG };
    let Some(body) = unpacked(body, most) else { return false };
    match kind {
        JournalKind::Action => serde_json::from_slice::<Action>(&body).is_ok(),
        JournalKind::Erased => serde_json::from_slice::<Tombstone>(&body).is_ok(),
        JournalKind::Delivery | JournalKind::Verified | JournalKind::TakenBack | JournalKind::Import => true,
    }
}

/// Whether an entry of that kind does what it is there for without its words: it says of another that it was verified or
/// taken back, or holds together what came in one file.
pub(in crate::store) fn stands_without_words(kind: i64) -> bool {
    use JournalKind::{Import, TakenBack, Verified};
    matches!(JournalKind::from_repr(kind), Some(Verified | TakenBack | Import))
}

impl Entries {
    pub fn carry(&mut self, into: &Connection, from: &Connection, after: i64) -> Result<(), StoreError> {
        let mut columns = Columns::of(from, into)?;
        let names = columns.names.clone();
        if columns.undone_in.is_some() {
            columns.names.push(UNDONE.into());
        }
        self.carried.upto = after;
        let mut unreadable: Vec<Hole> = Vec::new();
        let holes = rows_around(from, "journal", &names, after, |seq, row| {
            self.carried.upto = seq;
            if !self.entry(into, &columns, seq, row)? {
                unreadable.push((seq - 1, Some(seq + 1)));
            }
            Ok(())
        })?;
        unreadable.extend(holes);
        self.carried.lost.extend(words_of(unreadable, from));
        Ok(())
    }

    /// Answers whether it could be read.
    fn entry(
        &mut self,
        into: &Connection,
        columns: &Columns,
        seq: i64,
        mut row: Vec<Value>,
    ) -> Result<bool, StoreError> {
        let kind = number(row.get(columns.kind)).unwrap_or_default();
        if let Some(trust) = columns.undone_in {
            let takes_back = kind == JournalKind::TakenBack.code();
            let undone = takes_back.then(|| std::mem::replace(&mut row[trust], Value::Integer(0)));
            row.push(undone.unwrap_or(Value::Null));
        }
        let received_at = number(row.get(columns.received_at)).unwrap_or_default();
        let there: Option<(i64, i64)> = into
            .prepare_cached("SELECT received_at, kind FROM journal WHERE seq = ?1")?
            .query_row([seq], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        if there == Some((received_at, kind)) {
            return Ok(true);
        }
        if there.is_some() && self.elsewhere.is_none() {
            let mut statement = into.prepare("SELECT received_at, kind FROM journal")?;
            let known = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            self.elsewhere = Some(known.collect::<Result<_, _>>()?);
        }
        if self.elsewhere.as_ref().is_some_and(|known| known.contains(&(received_at, kind))) {
            return Ok(true);
        }
        let whole = can_be_read(kind, &row[columns.headers], &row[columns.body]);
        if !whole {
            if !stands_without_words(kind) {
                return Ok(false);
            }
            row[columns.headers] = Value::Null;
            row[columns.body] = Value::Blob(Vec::new());
        }
        let import = columns.import.and_then(|place| number(row.get(place)));
        if !self.everything {
            match JournalKind::from_repr(kind) {
                Some(JournalKind::Delivery) if import.is_some() => return Ok(true),
                Some(JournalKind::Action) => {
                    self.carried.left_actions += 1;
                    return Ok(true);
                }
                Some(JournalKind::Erased) => {
                    // Who was erased is taken out of the whole file, not entry by entry.
                    self.carried.erased = true;
                    return Ok(true);
                }
                Some(JournalKind::Import) => {
                    self.carried.left_imports += 1;
                    return Ok(true);
                }
                _ => {}
            }
        }
        if let Some(about) = number(row.get(columns.about)) {
            let about = self.renumbered.get(&about).copied().unwrap_or(about);
            if !self.everything && !self.stands_for(into, kind, about)? {
                return Ok(true);
            }
            row[columns.about] = Value::Integer(about);
        }
        if let Some(source) = number(row.get(columns.source)) {
            // A delivery whose source is lost cannot be read; it stays in the file that is kept.
            let Some(known) = self.sources.get(&source) else { return Ok(false) };
            row[columns.source] = Value::Integer(*known);
        }
        if self.everything
            && let Some(import) = import.filter(|import| (1..seq).contains(import))
        {
            stand_in(into, import, received_at)?;
        }
        row[columns.seq] = if there.is_some() { Value::Null } else { Value::Integer(seq) };
        if !insert(into, "IGNORE", "journal", &columns.names, &row)? {
            return Ok(false);
        }
        let here = into.last_insert_rowid();
        if here != seq {
            self.renumbered.insert(seq, here);
        }
        self.carried.entries.push(here);
        self.carried.deliveries += u64::from(kind == JournalKind::Delivery.code());
        Ok(whole)
    }

    /// Later checks of deliveries belong to them; of what was taken back, only such checks are.
    fn stands_for(&self, into: &Connection, kind: i64, about: i64) -> Result<bool, StoreError> {
        let of: Option<i64> = into
            .prepare_cached("SELECT kind FROM journal WHERE seq = ?1")?
            .query_row([about], |row| row.get(0))
            .optional()?;
        let of = of.and_then(JournalKind::from_repr);
        Ok(match JournalKind::from_repr(kind) {
            Some(JournalKind::Verified) => of == Some(JournalKind::Delivery),
            Some(JournalKind::TakenBack) => of == Some(JournalKind::Verified),
            _ => false,
        })
    }
}

/// Where the entry of an import is lost, one without words takes its place: its rows stay together, and what was taken back
/// stays so.
fn stand_in(into: &Connection, import: i64, received_at: i64) -> Result<(), StoreError> {
    into.prepare_cached(
        "INSERT INTO journal (seq, kind, received_at, body, body_size) SELECT ?1, ?3, ?2, x'', 0
         WHERE NOT EXISTS (SELECT 1 FROM journal WHERE seq = ?1)",
    )?
    .execute(params![import, received_at, JournalKind::Import])?;
    Ok(())
}

/// What is lost of the journal, in plain words. The ledger, where it can be read, says what it was.
fn words_of(mut holes: Vec<Hole>, from: &Connection) -> Vec<String> {
    holes.sort_unstable();
    let mut joined: Vec<(i64, Option<i64>)> = Vec::new();
    for (after, before) in holes {
        match joined.last_mut() {
            Some((_, end)) if *end == Some(after + 1) => *end = before,
            _ => joined.push((after, before)),
        }
    }
    let words = |(after, before): (i64, Option<i64>)| {
        let sql = "SELECT count(*) FROM ledger WHERE seq > ?1 AND (?2 IS NULL OR seq < ?2)";
        let deliveries: Option<i64> = from.query_row(sql, params![after, before], |row| row.get(0)).ok();
        let of = match deliveries {
            Some(0) => "no delivery among them".to_string(),
            Some(1) => "1 delivery among them".to_string(),
            Some(n) => format!("{n} deliveries among them"),
            None => "how many deliveries among them is not known".to_string(),
        };
        let first = after.saturating_add(1).max(1);
        match before {
            Some(before) if before - 1 <= first => format!("Entry {first} of the journal is lost ({of})."),
            Some(before) => format!("Entries {first} to {} of the journal are lost ({of}).", before - 1),
            None => format!("The journal is lost from entry {first} on ({of})."),
        }
    };
    joined.into_iter().map(words).collect()
}
