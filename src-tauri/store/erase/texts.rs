//! Texts of this machine that tell of somebody: names and samples of files that were brought in, what a person wrote of a
//! gap, how a report was called. Every column with texts is either looked at or stays, and is named here as one of both: a
//! test reads the schema, so that a column added later is not forgotten.

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, ToSql, params, params_from_iter};

use super::random_word;
use crate::store::journal::JournalKind;
use crate::store::{Batch, StoreError, codec};

/// A column of words that somebody chose, and the fields of its JSON that hold words of this program, zones and days.
pub type Looked = (&'static str, &'static str, &'static [&'static str]);

/// Fields of what was asked of a report: whoever looks after leads is of the business.
const ASKED: &[&str] = &[
    "what", "format", "paper", "detail", "name", "report", "range", "from", "to", "tz", "unit", "compare", "source",
    "rep", "stage", "as_of",
];

/// Columns that are looked at.
pub const FORGETS: &[Looked] = &[
    ("exports", "asked", ASKED),
    ("exports", "title", &[]),
    ("exports", "folder", &[]),
    ("exports", "file", &[]),
    ("exports", "problem", &[]),
    ("gap_sources", "reason", &[]),
    ("import_rows", "why", &[]),
    ("imports", "name", &[]),
    ("imports", "files", &[]),
    ("imports", "mapping", &[]),
    ("imports", "columns", &["field"]),
    ("imports", "preview", &[]),
    ("imports", "problem", &[]),
    ("mappings", "name", &[]),
    ("mappings", "mapping", &[]),
    ("saved_reports", "name", &[]),
    ("saved_reports", "asked", ASKED),
    ("saved_reports", "problem", &[]),
    ("schedule_runs", "path", &[]),
    ("source_names", "name", &[]),
    ("sources", "name", &[]),
];

/// Fields of an import's entry in the journal that stay.
const HEADER: &[&str] = &["kind", "time_zone", "gap"];

const OURS: &str = "a word of this program";
const ZONE: &str = "a time zone";

/// Tables and columns (`*`: all of them) whose texts stay as they are, and why.
pub const STAYS: &[(&str, &str, &str)] = &[
    ("journal", "*", "what senders sent is emptied delivery by delivery"),
    ("inbox_rows", "*", "is taken in before anything is erased"),
    ("lead_names", "*", "names of leads are given other words one by one"),
    ("settings", "*", "what the owner set: the business, its people, its own numbers and keys"),
    ("source_keys", "*", "secrets that services check"),
    ("sources", "uid", "a hash"),
    ("sources", "provider", OURS),
    ("sources", "region", "a country"),
    ("sources", "key", "a secret"),
    ("sources", "key_hash", "a hash"),
    ("refusals", "*", "days and words of this program"),
    ("gaps", "why", OURS),
    ("gap_sources", "state", OURS),
    ("imports", "format", OURS),
    ("imports", "state", OURS),
    ("imports", "then_state", OURS),
    ("imports", "kind", OURS),
    ("imports", "time_zone", ZONE),
    ("imports", "recognised", "the name of a service's own export"),
    ("mappings", "provider", OURS),
    ("mappings", "kind", OURS),
    ("mappings", "time_zone", ZONE),
    ("exports", "what", OURS),
    ("exports", "format", OURS),
    ("exports", "state", OURS),
    ("exports", "sha256", "a digest"),
    ("exports", "file_sha256", "a digest"),
    ("saved_reports", "schedule", "where the owner wants files put: they would be put elsewhere"),
    ("schedule_runs", "period", "days"),
    ("prints", "*", "digests, which are forgotten by their time"),
    ("erased_keys", "*", "hashes, read from the tombstones"),
    ("erasures", "*", "read from the tombstones"),
    ("counters", "*", "counted anew with the leads"),
];

/// What stands in place of a name.
const ERASED: &str = "erased";
/// What stands in place of words.
const SENTENCE: &str = "It was erased.";

/// Texts that were forgotten.
#[derive(Debug, Clone, Default)]
pub struct Forgotten {
    /// As they were.
    pub texts: Vec<String>,
    /// When the first of them was written down, microseconds since the epoch, as far as the file says.
    pub since: Option<i64>,
}

/// A column with texts, and how its rows are known.
struct TextColumn {
    table: &'static str,
    name: &'static str,
    /// Fields of its JSON that stay.
    fields: &'static [&'static str],
    /// The primary key, or the row's number.
    key: Vec<String>,
    /// It says when a row was made.
    dated: bool,
}

impl TextColumn {
    fn stand_in(&self) -> &'static str {
        let named = ["name", "title", "file", "path", "folder"];
        if named.contains(&self.name) { ERASED } else { SENTENCE }
    }

    /// A file that is being deleted is still to be found.
    fn but(&self) -> &'static str {
        if self.table == "exports" { "AND state <> 'going'" } else { "" }
    }
}

/// Columns that are looked at, as far as the file has them.
fn columns(connection: &Connection) -> Result<Vec<TextColumn>, StoreError> {
    let mut about = connection.prepare("SELECT name, pk FROM pragma_table_info(?1) ORDER BY cid")?;
    let mut all = Vec::new();
    for (table, name, fields) in FORGETS {
        let found = about.query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let found: Vec<(String, i64)> = found.collect::<Result<_, _>>()?;
        if !found.iter().any(|(column, _)| column == name) {
            continue;
        }
        let mut key: Vec<String> = found.iter().filter(|(_, pk)| *pk > 0).map(|(name, _)| name.clone()).collect();
        if key.is_empty() {
            key.push("rowid".into());
        }
        let dated = found.iter().any(|(name, _)| name == "created_at");
        all.push(TextColumn { table, name, fields, key, dated });
    }
    Ok(all)
}

/// Takes out of JSON the words that `tells` knows, but for the fields `stay`. Answers what they were; nothing where it is
/// no list and no object.
fn out_of_json(text: &str, stay: &[&str], tells: &dyn Fn(&str) -> bool) -> Option<(String, Vec<String>)> {
    use serde_json::Value;
    fn clean(value: &mut Value, stay: &[&str], tells: &dyn Fn(&str) -> bool, gone: &mut Vec<String>) {
        match value {
            Value::String(text) if tells(text) => gone.push(std::mem::replace(text, ERASED.into())),
            Value::Array(items) => items.iter_mut().for_each(|item| clean(item, stay, tells, gone)),
            Value::Object(map) => {
                let asked = map.iter_mut().filter(|(field, _)| !stay.contains(&field.as_str()));
                asked.for_each(|(_, value)| clean(value, stay, tells, gone));
            }
            _ => {}
        }
    }
    let mut value: Value = serde_json::from_str(text).ok()?;
    if !value.is_array() && !value.is_object() {
        return None;
    }
    let mut gone = Vec::new();
    clean(&mut value, stay, tells, &mut gone);
    Some((value.to_string(), gone))
}

impl Batch<'_> {
    /// Forgets every text of this machine that `tells` of somebody; in JSON only the words that do.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn forget_texts(&mut self, tells: &dyn Fn(&str) -> bool) -> Result<Forgotten, StoreError> {
        let mut forgotten = Forgotten::default();
        for column in columns(self.tx)? {
            self.forget_column(&column, tells, &mut forgotten)?;
        }
        self.forget_headers(tells, &mut forgotten)?;
        Ok(forgotten)
    }

    fn forget_column(
        &mut self,
        column: &TextColumn,
        tells: &dyn Fn(&str) -> bool,
        forgotten: &mut Forgotten,
    ) -> Result<(), StoreError> {
        let TextColumn { table, name, key, dated, fields } = column;
        let keys = key.join(", ");
        let at = if *dated { "created_at" } else { "NULL" };
        let sql =
            format!(r#"SELECT "{name}", {at}, {keys} FROM "{table}" WHERE "{name}" IS NOT NULL {}"#, column.but());
        let found: Vec<(Value, Option<i64>, Vec<Value>)> = {
            let mut statement = self.tx.prepare(&sql)?;
            let mut rows = statement.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let Some((value, gone)) = without(row.get(0)?, column.stand_in(), fields, tells) else { continue };
                let ids = (2..2 + key.len()).map(|index| row.get(index)).collect::<Result<_, _>>()?;
                found.push((value, row.get(1)?, ids));
                forgotten.texts.extend(gone);
            }
            found
        };
        let fits: Vec<String> = key.iter().enumerate().map(|(n, key)| format!("{key} = ?{}", n + 2)).collect();
        let sql = format!(r#"UPDATE "{table}" SET "{name}" = ?1 WHERE {}"#, fits.join(" AND "));
        for (value, at, ids) in found {
            self.overwrite()?;
            forgotten.since = forgotten.since.into_iter().chain(at).min();
            let set = |value: &Value| -> rusqlite::Result<usize> {
                let values: Vec<&dyn ToSql> = std::iter::once(value).chain(&ids).map(|v| v as &dyn ToSql).collect();
                self.tx.execute(&sql, params_from_iter(values))
            };
            match set(&value) {
                // Two may be called the same only once.
                Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation) => {
                    set(&Value::Text(format!("{ERASED} {}", random_word()?)))?;
                }
                done => {
                    done?;
                }
            }
        }
        Ok(())
    }

    /// The journal's entry of an import names its files.
    fn forget_headers(&mut self, tells: &dyn Fn(&str) -> bool, forgotten: &mut Forgotten) -> Result<(), StoreError> {
        let headers: Vec<i64> = {
            let mut statement = self.tx.prepare("SELECT header FROM imports WHERE header IS NOT NULL")?;
            statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?
        };
        for header in headers {
            let body: Option<Vec<u8>> = self
                .tx
                .query_row(
                    "SELECT body FROM journal WHERE seq = ?1 AND kind = ?2",
                    params![header, JournalKind::Import],
                    |row| row.get(0),
                )
                .optional()?;
            let Some(body) = body else { continue };
            let text = String::from_utf8_lossy(&codec::unpack(&body)?).into_owned();
            let Some((left, gone)) = out_of_json(&text, HEADER, tells).filter(|(_, gone)| !gone.is_empty()) else {
                continue;
            };
            forgotten.texts.extend(gone);
            self.overwrite()?;
            self.while_erasing(|batch| {
                batch.tx.execute(
                    "UPDATE journal SET body = ?2, body_size = ?3 WHERE seq = ?1",
                    params![header, codec::pack(left.as_bytes()), left.len() as i64],
                )?;
                Ok(())
            })?;
        }
        Ok(())
    }
}

/// What is to stand in a column, and the words that went; nothing where it may stay as it is.
fn without(value: Value, stand_in: &str, stay: &[&str], tells: &dyn Fn(&str) -> bool) -> Option<(Value, Vec<String>)> {
    match value {
        Value::Text(text) => match out_of_json(&text, stay, tells) {
            Some((left, gone)) => (!gone.is_empty()).then_some((Value::Text(left), gone)),
            None => tells(&text).then(|| (Value::Text(stand_in.into()), vec![text])),
        },
        Value::Blob(bytes) => {
            let plain = codec::unpack(&bytes).unwrap_or(bytes);
            let text = String::from_utf8_lossy(&plain).into_owned();
            tells(&text).then(|| (Value::Blob(Vec::new()), vec![text]))
        }
        Value::Null | Value::Integer(_) | Value::Real(_) => None,
    }
}
