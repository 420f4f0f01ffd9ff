//! What is carried over from the current file: settings, services, names, and what tells of this machine.

use std::collections::{BTreeSet, HashMap, HashSet};

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};

use super::entries::Entries;
use super::{Carried, Carry};
use crate::store::salvage::{insert, rows_around, rows_of_small, shared_columns};
use crate::store::sources::{key_hash, new_key};
use crate::store::{Batch, StoreError, refold};

/// What belongs to this machine, not to the moment a backup was made: kept as it is, whatever is restored.
const OF_THE_MACHINE: [&str; 1] = ["hooks_address"];

/// Tables that tell of this machine, in the order in which they lean on each other.
const TELL_OF_THE_MACHINE: [&str; 4] = ["runs", "gaps", "gap_sources", "heard"];

/// Tables that tell of files that were made: those of the current file and no others.
const OF_FILES: [&str; 3] = ["exports", "schedule_runs", "prints"];

/// No number that was given out is larger: what a damaged file says beyond is none.
const NUMBERS: i64 = 1 << 52;

/// Tables that are made anew from the others, beside those of [`refold::PROJECTION`].
const MADE_ANEW: [&str; 5] = ["journal_numbers", "counters", "erasing", "erased_keys", "erasures"];

impl Batch<'_> {
    /// Carries over from another file what may not be lost, around what cannot be read. `spare` is a backup that
    /// gives the connected services where the file does not give them up.
    ///
    /// # Errors
    /// [`StoreError`] of this file, or that the other cannot be read at all.
    pub fn carry_over(
        &mut self,
        from: &Connection,
        what: Carry,
        spare: Option<&Connection>,
    ) -> Result<Carried, StoreError> {
        let mut carried = Carried::default();
        let mut over = Over { into: self.tx, from, holes: &mut carried.lost };
        over.settings(what)?;
        if what != Carry::Names {
            over.sources(what, spare)?;
        }
        over.names()?;
        if what == Carry::Everything {
            over.other_tables()?;
        } else {
            over.folders()?;
        }
        over.sequence("lead_names")?;
        let after = match what {
            Carry::Sent { after } => after,
            Carry::Everything => i64::MIN,
            Carry::Names => i64::MAX,
        };
        let sources = over.source_numbers()?;
        let mut entries = Entries {
            everything: what == Carry::Everything,
            sources,
            renumbered: HashMap::new(),
            elsewhere: None,
            carried: Carried { lost: Vec::new(), ..carried },
        };
        if after < i64::MAX {
            entries.carry(self.tx, from, after)?;
        }
        let mut done = entries.carried;
        let mut over = Over { into: self.tx, from, holes: &mut done.lost };
        over.sequence("journal")?;
        Ok(done)
    }
}

/// Whose connected services a file tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    ThisMachine,
    Backup,
}

/// Tables on their way from one file to the other.
struct Over<'a> {
    into: &'a Connection,
    from: &'a Connection,
    holes: &'a mut Vec<String>,
}

impl Over<'_> {
    fn lost(&mut self, table: &str) {
        self.holes.push(format!("Some of “{table}” could not be read."));
    }

    fn settings(&mut self, what: Carry) -> Result<(), StoreError> {
        let columns = ["name".to_string(), "value".to_string()];
        let mut put = self.into.prepare_cached(
            "INSERT INTO settings (name, value) VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE ?3",
        )?;
        let read = rows_of_small(self.from, "settings", &columns, |row| {
            let name = if let Some(Value::Text(name)) = row.first() { name.clone() } else { String::new() };
            if name == "projection_version" {
                return Ok(());
            }
            let over = what == Carry::Everything || OF_THE_MACHINE.contains(&name.as_str());
            let value = row.into_iter().nth(1);
            put.execute(params![name, value, over])?;
            Ok(())
        });
        match read {
            Ok(true) => {}
            Ok(false) | Err(StoreError::Damaged(_)) => self.lost("settings"),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// How services are connected now is how they send: addresses and keys as they are in the current file.
    fn sources(&mut self, what: Carry, spare: Option<&Connection>) -> Result<(), StoreError> {
        let whole = self.sources_of(self.from, Of::ThisMachine)?;
        if !whole {
            self.lost("sources");
            if let (Carry::Everything, Some(spare)) = (what, spare) {
                self.sources_of(spare, Of::Backup)?;
                self.holes.push("What was missing of the connected services was taken from the newest backup.".into());
            }
        }
        Ok(())
    }

    /// Answers whether all of them, and of their keys, are here. What this machine is connected by stands before what a
    /// backup says, of which only what is missing is taken.
    fn sources_of(&self, from: &Connection, of: Of) -> Result<bool, StoreError> {
        let columns = shared_columns(from, self.into, "sources")?;
        let place = |name: &str| columns.iter().position(|column| column == name);
        let (Some(id), Some(uid), Some(key), Some(hash)) = (place("id"), place("uid"), place("key"), place("key_hash"))
        else {
            return Ok(false);
        };
        // Their numbers there, and here.
        let mut numbers: HashMap<i64, i64> = HashMap::new();
        let mut whole = true;
        let holes = rows_around(from, "sources", &columns, i64::MIN, |number, mut row| {
            let known: Option<i64> = self
                .into
                .query_row("SELECT id FROM sources WHERE uid = ?1", [&row[uid]], |row| row.get(0))
                .optional()?;
            if let (Some(known), Of::Backup) = (known, of) {
                numbers.insert(number, known);
                return Ok(());
            }
            // The door goes by the key alone.
            let Value::Text(secret) = &row[key] else {
                whole = false;
                return Ok(());
            };
            row[hash] = Value::Blob(key_hash(secret).to_vec());
            if of == Of::ThisMachine {
                self.clear_address(&row[hash], &row[uid], numbers.values())?;
            }
            let taken: bool =
                self.into.query_row("SELECT EXISTS (SELECT 1 FROM sources WHERE id = ?1)", [number], |r| r.get(0))?;
            row[id] = match known {
                Some(known) => Value::Integer(known),
                None if taken => Value::Null,
                None => Value::Integer(number),
            };
            let here = if let Some(known) = known {
                let set: Vec<String> =
                    columns.iter().enumerate().map(|(n, name)| format!("\"{name}\" = ?{}", n + 1)).collect();
                let sql = format!("UPDATE OR IGNORE sources SET {} WHERE id = ?{}", set.join(", "), id + 1);
                (self.into.execute(&sql, params_from_iter(&row))? > 0).then_some(known)
            } else {
                insert(self.into, "IGNORE", "sources", &columns, &row)?.then(|| self.into.last_insert_rowid())
            };
            // What did not come has no number: its keys are nobody else's.
            whole &= here.is_some();
            numbers.extend(here.map(|here| (number, here)));
            Ok(())
        });
        match holes {
            Ok(holes) => whole &= holes.is_empty(),
            Err(StoreError::Damaged(_)) => whole = false,
            Err(error) => return Err(error),
        }
        Ok(self.keys_of(from, &numbers, of)? && whole)
    }

    /// An address that a source of this machine has is no other's: whoever has it in the file gets a new one, which nobody
    /// knows. `ours` are those of this machine that are here already.
    fn clear_address<'n>(
        &self,
        hash: &Value,
        uid: &Value,
        mut ours: impl Iterator<Item = &'n i64>,
    ) -> Result<(), StoreError> {
        let sql = "SELECT id FROM sources WHERE key_hash = ?1 AND uid <> ?2";
        let holder: Option<i64> = self.into.query_row(sql, [hash, uid], |row| row.get(0)).optional()?;
        let Some(holder) = holder.filter(|holder| !ours.any(|ours| ours == holder)) else { return Ok(()) };
        let key = new_key()?;
        self.into.execute(
            "UPDATE sources SET key = ?2, key_hash = ?3 WHERE id = ?1",
            params![holder, key, &key_hash(&key)[..]],
        )?;
        Ok(())
    }

    /// Carries over the keys of sources, whose numbers there and here are given. Answers whether all of them are here.
    fn keys_of(&self, from: &Connection, numbers: &HashMap<i64, i64>, of: Of) -> Result<bool, StoreError> {
        let columns = shared_columns(from, self.into, "source_keys")?;
        let place = |name: &str| columns.iter().position(|column| column == name);
        let (Some(id), Some(source)) = (place("id"), place("source")) else { return Ok(false) };
        let mut keys: Vec<(i64, Vec<Value>)> = Vec::new();
        let holes = rows_around(from, "source_keys", &columns, i64::MIN, |number, row| {
            keys.push((number, row));
            Ok(())
        });
        let whole = match holes {
            Ok(holes) => holes.is_empty(),
            Err(StoreError::Damaged(_)) => false,
            Err(error) => return Err(error),
        };
        // All of them are known, so those that were taken away are, too.
        let is_all = whole && of == Of::ThisMachine;
        if is_all {
            for known in numbers.values() {
                self.into.execute("DELETE FROM source_keys WHERE source = ?1", [known])?;
            }
        }
        let mut fresh: HashSet<i64> = HashSet::new();
        for (number, mut row) in keys {
            let Value::Integer(of) = row[source] else { continue };
            let Some(known) = numbers.get(&of) else { continue };
            row[source] = Value::Integer(*known);
            let taken: bool =
                self.into
                    .query_row("SELECT EXISTS (SELECT 1 FROM source_keys WHERE id = ?1)", [number], |row| row.get(0))?;
            if taken && !is_all {
                continue;
            }
            row[id] = if taken || !fresh.insert(number) { Value::Null } else { Value::Integer(number) };
            insert(self.into, "IGNORE", "source_keys", &columns, &row)?;
        }
        Ok(whole)
    }

    /// The numbers that sources of the other file have in this one.
    fn source_numbers(&self) -> Result<HashMap<i64, i64>, StoreError> {
        let columns = ["id".to_string(), "uid".to_string()];
        let mut numbers = HashMap::new();
        let read = rows_around(self.from, "sources", &columns, i64::MIN, |number, row| {
            let known: Option<i64> =
                self.into.query_row("SELECT id FROM sources WHERE uid = ?1", [&row[1]], |row| row.get(0)).optional()?;
            numbers.extend(known.map(|known| (number, known)));
            Ok(())
        });
        match read {
            Ok(_) | Err(StoreError::Damaged(_)) => Ok(numbers),
            Err(error) => Err(error),
        }
    }

    /// Names of leads that were given out since: a lead that comes back has the number it had.
    fn names(&mut self) -> Result<(), StoreError> {
        for table in ["lead_names", "lead_seen"] {
            self.rows_of(table, "IGNORE")?;
        }
        for table in TELL_OF_THE_MACHINE {
            self.rows_of(table, "REPLACE")?;
        }
        // Files lie where they lie, and what was due was made, whatever is restored.
        for table in OF_FILES {
            self.into.execute(&format!("DELETE FROM {table}"), [])?;
            self.rows_of(table, "REPLACE")?;
        }
        self.sequence("exports")?;
        self.sequence("saved_reports")?;
        // A service that was connected since is not connected there.
        self.into.execute("DELETE FROM gap_sources WHERE source NOT IN (SELECT id FROM sources)", [])?;
        self.into.execute("DELETE FROM gaps WHERE id NOT IN (SELECT gap FROM gap_sources)", [])?;
        self.into.execute("DELETE FROM heard WHERE source NOT IN (SELECT id FROM sources)", [])?;
        Ok(())
    }

    /// Saved reports of a backup are put only into folders that saved reports of this machine are put into already; else into
    /// that of exports.
    fn folders(&mut self) -> Result<(), StoreError> {
        let folder = |json: &str| -> Option<String> {
            let schedule: serde_json::Value = serde_json::from_str(json).ok()?;
            schedule.get("folder")?.as_str().map(String::from)
        };
        let mut known = BTreeSet::new();
        let columns = ["id".to_string(), "schedule".to_string()];
        if shared_columns(self.from, self.into, "saved_reports").is_ok_and(|shared| !shared.is_empty()) {
            let read = rows_around(self.from, "saved_reports", &columns, i64::MIN, |_, row| {
                if let Some(Value::Text(json)) = row.get(1) {
                    known.extend(folder(json));
                }
                Ok(())
            });
            match read {
                Ok(_) | Err(StoreError::Damaged(_)) => {}
                Err(error) => return Err(error),
            }
        }
        let mut statement = self.into.prepare("SELECT id, schedule FROM saved_reports WHERE schedule IS NOT NULL")?;
        let saved = statement
            .query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?
            .collect::<Result<Vec<_>, _>>()?;
        for (id, json) in saved {
            if folder(&json).is_none_or(|folder| known.contains(&folder)) {
                continue;
            }
            let Ok(mut schedule) = serde_json::from_str::<serde_json::Value>(&json) else { continue };
            if let Some(schedule) = schedule.as_object_mut() {
                schedule.insert("folder".into(), "".into());
            }
            self.into
                .execute("UPDATE saved_reports SET schedule = ?2 WHERE id = ?1", params![id, schedule.to_string()])?;
        }
        Ok(())
    }

    /// Every table that is not made anew from others.
    fn other_tables(&mut self) -> Result<(), StoreError> {
        let tables: Vec<String> = {
            let mut statement = self.into.prepare(
                "SELECT s.name FROM sqlite_schema s JOIN pragma_table_list l ON l.name = s.name
                 WHERE l.schema = 'main' AND l.type = 'table' AND s.name NOT LIKE 'sqlite_%' ORDER BY s.rowid",
            )?;
            statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?
        };
        let done = ["settings", "sources", "source_keys", "journal", "lead_names", "lead_seen"];
        for table in tables {
            let anew = refold::PROJECTION.iter().chain(&MADE_ANEW).any(|made| *made == table);
            if !anew && !done.contains(&table.as_str()) {
                self.rows_of(&table, "IGNORE")?;
            }
        }
        Ok(())
    }

    /// The rows of a table; of two with the same name this file's stays (`IGNORE`) or goes (`REPLACE`).
    fn rows_of(&mut self, table: &str, twice: &str) -> Result<(), StoreError> {
        let columns = match shared_columns(self.from, self.into, table) {
            Ok(columns) if columns.is_empty() => return Ok(()),
            Ok(columns) => columns,
            Err(StoreError::Damaged(_)) => {
                self.lost(table);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let without: bool = self.into.query_row(
            "SELECT sql LIKE '%WITHOUT ROWID%' FROM sqlite_schema WHERE name = ?1",
            [table],
            |row| row.get(0),
        )?;
        let whole = if without {
            rows_of_small(self.from, table, &columns, |row| insert(self.into, twice, table, &columns, &row).map(drop))
        } else {
            rows_around(self.from, table, &columns, i64::MIN, |_, row| {
                insert(self.into, twice, table, &columns, &row).map(drop)
            })
            .map(|holes| holes.is_empty())
        };
        match whole {
            Ok(true) => {}
            Ok(false) | Err(StoreError::Damaged(_)) => self.lost(table),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Numbers that were given out are not given out again. One more than either file knows for the journal, so
    /// that whoever remembers a number notices that the file is another.
    fn sequence(&mut self, table: &str) -> Result<(), StoreError> {
        let sql = "SELECT seq FROM sqlite_sequence WHERE name = ?1";
        let theirs: Option<i64> = self.from.query_row(sql, [table], |row| row.get(0)).optional().unwrap_or_default();
        let ours: Option<i64> = self.into.query_row(sql, [table], |row| row.get(0)).optional()?;
        let theirs = theirs.filter(|last| (0..=NUMBERS).contains(last));
        let last = theirs.max(ours).unwrap_or(0).saturating_add(i64::from(table == "journal"));
        if ours.is_some() {
            self.into.execute("UPDATE sqlite_sequence SET seq = ?2 WHERE name = ?1", params![table, last])?;
        } else {
            self.into.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)", params![table, last])?;
        }
        Ok(())
    }
}
