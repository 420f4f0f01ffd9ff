//! Folding a touched lead again, and writing what lists and search need of it.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, Row, params};

use super::{Batch, StoreError, codec, projection, texts};
use crate::domain::call::Call;
use crate::domain::entry::{Entry, EntryContent};
use crate::domain::event::short_hash;
use crate::domain::fold::{Folded, fold, stands};
use crate::domain::lead::{Lead, NeedKind};

/// Tables that are made from the journal alone.
pub(super) const PROJECTION: [&str; 14] = [
    "ledger",
    "events",
    "event_texts",
    "sightings",
    "event_versions",
    "version_sightings",
    "identities",
    "business_sides",
    "leads",
    "lead_tags",
    "lead_sources",
    "calls",
    "search_entries",
    "lead_metrics",
];

/// Bits of `leads.needs`.
pub(super) fn need_bit(what: NeedKind) -> i64 {
    match what {
        NeedKind::CallBack => 1,
        NeedKind::Reply => 2,
        NeedKind::Human => 4,
    }
}

impl Batch<'_> {
    pub(super) fn refold(&mut self, lead: i64) -> Result<(), StoreError> {
        if self.uids.is_empty() {
            self.uids = projection::source_names(self.tx)?;
        }
        let events = projection::events_of(self.tx, lead, None, &self.uids)?;
        if !stands(&events) {
            return self.drop_lead(lead);
        }
        let folded = fold(&events);
        let heard = events.iter().filter(|e| e.source != 0).map(|e| e.first_received.timestamp_micros()).max();
        self.write_lead(lead, &folded.lead, heard.unwrap_or(0))?;
        self.write_lead_metrics(lead, &folded, &events)?;
        self.write_calls(lead, &folded)?;
        self.write_words(lead, &folded)
    }

    fn write_lead(&mut self, id: i64, lead: &Lead, last_heard: i64) -> Result<(), StoreError> {
        let before: Option<(String, i64, i64, Vec<u8>)> = self
            .tx
            .prepare_cached("SELECT stage, needs, last_heard, summary FROM leads WHERE id = ?1")?
            .query_row([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
            .optional()?;
        let needs = lead.needs.iter().map(|need| need_bit(need.what)).fold(0, |a, b| a | b);
        let summary = codec::pack(&serde_json::to_vec(lead)?);
        let mut is_same_person = false;
        match &before {
            Some((stage, was, heard, packed)) => {
                if *packed == summary && *heard == last_heard {
                    return Ok(());
                }
                let old: Lead = codec::unpack_json(packed)?;
                is_same_person = (&old.name, &old.phones, &old.emails) == (&lead.name, &lead.phones, &lead.emails);
                self.count(format!("stage:{stage}"), -1);
                self.count("needs", -i64::from(*was != 0));
            }
            None => self.count("leads", 1),
        }
        self.count(format!("stage:{}", lead.stage.as_str()), 1);
        self.count("needs", i64::from(needs != 0));
        let last_inbound = lead.needs.iter().map(|need| need.since.timestamp_micros()).max();
        self.tx
            .prepare_cached(
                "INSERT OR REPLACE INTO leads
                     (id, name, name_key, stage, outcome, rep, sentiment, do_not_contact, needs, first_seen,
                      last_activity, last_inbound, last_heard, value_cents, summary)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
            )?
            .execute(params![
                id,
                lead.name,
                name_key(lead),
                lead.stage.as_str(),
                lead.outcome.map(|o| o.as_str()),
                lead.rep,
                lead.sentiment.as_ref().map(|s| s.label.as_str()),
                lead.do_not_contact,
                needs,
                lead.first_seen.timestamp_micros(),
                lead.last_activity.timestamp_micros(),
                last_inbound,
                last_heard,
                lead.value_cents,
                summary
            ])?;
        let at = lead.last_activity.timestamp_micros();
        self.write_set("lead_tags", "tag", id, at, &lead.tags)?;
        let (added, removed) = self.write_set("lead_sources", "source", id, at, &lead.sources)?;
        added.iter().for_each(|source| self.count(format!("source_leads:{source}"), 1));
        removed.iter().for_each(|source| self.count(format!("source_leads:{source}"), -1));
        if is_same_person { Ok(()) } else { self.write_person(id, lead) }
    }

    /// Answers what was added and what was removed.
    fn write_set<T: rusqlite::ToSql + rusqlite::types::FromSql + PartialEq + Clone>(
        &mut self,
        table: &str,
        column: &str,
        lead: i64,
        last_activity: i64,
        wanted: &[T],
    ) -> Result<(Vec<T>, Vec<T>), StoreError> {
        let before: Vec<(T, i64)> = {
            let mut statement =
                self.tx.prepare_cached(&format!("SELECT {column}, last_activity FROM {table} WHERE lead = ?1"))?;
            statement.query_map([lead], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?
        };
        let (mut added, mut removed) = (Vec::new(), Vec::new());
        for (old, _) in before.iter().filter(|(old, _)| !wanted.contains(old)) {
            self.tx
                .prepare_cached(&format!("DELETE FROM {table} WHERE lead = ?1 AND {column} = ?2"))?
                .execute(params![lead, old])?;
            removed.push(old.clone());
        }
        for new in wanted {
            match before.iter().find(|(old, _)| old == new) {
                Some((_, at)) if *at == last_activity => continue,
                Some(_) => {}
                None => added.push(new.clone()),
            }
            self.tx
                .prepare_cached(&format!(
                    "INSERT OR REPLACE INTO {table} (lead, {column}, last_activity) VALUES (?1, ?2, ?3)"
                ))?
                .execute(params![lead, new, last_activity])?;
        }
        Ok((added, removed))
    }

    fn write_person(&mut self, id: i64, lead: &Lead) -> Result<(), StoreError> {
        let numbers: Vec<String> = lead.phones.iter().flat_map(|phone| number_words(phone)).collect();
        self.tx
            .prepare_cached(
                "INSERT OR REPLACE INTO search_people (rowid, names, numbers, mails) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![id, lead.name.as_deref().unwrap_or(""), numbers.join(" "), lead.emails.join(" ")])?;
        Ok(())
    }

    fn write_calls(&mut self, lead: i64, folded: &Folded) -> Result<(), StoreError> {
        let mut before: HashMap<Vec<u8>, CallRow> = {
            let mut statement = self.tx.prepare_cached(
                "SELECT id, source, at, state, direction, answered, outcome FROM calls WHERE lead = ?1",
            )?;
            statement.query_map([lead], |row| Ok((row.get(0)?, CallRow::of(row)?)))?.collect::<Result<_, _>>()?
        };
        for entry in &folded.entries {
            let Some(call) = entry.call() else { continue };
            let id = hex::decode(&call.id).map_err(|_| StoreError::Internal("a call without its id".into()))?;
            match before.remove(&id) {
                Some(row) if row.says(call, entry.at.timestamp_micros()) => continue,
                Some(_) => {}
                None => self.count("calls", 1),
            }
            self.tx
                .prepare_cached(
                    "INSERT OR REPLACE INTO calls (id, lead, source, at, state, direction, answered, outcome)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                )?
                .execute(params![
                    id,
                    lead,
                    call.source,
                    entry.at.timestamp_micros(),
                    call.state.as_str(),
                    call.direction,
                    call.answered,
                    call.outcome.map(|o| o.as_str())
                ])?;
        }
        for id in before.into_keys() {
            self.count("calls", -1);
            self.tx.prepare_cached("DELETE FROM calls WHERE id = ?1")?.execute([id])?;
        }
        Ok(())
    }

    fn write_words(&mut self, lead: i64, folded: &Folded) -> Result<(), StoreError> {
        let mut before: HashMap<String, (i64, Vec<u8>)> = {
            let mut statement = self.tx.prepare_cached("SELECT entry, id, hash FROM search_entries WHERE lead = ?1")?;
            statement
                .query_map([lead], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?
                .collect::<Result<_, _>>()?
        };
        for (entry, events) in folded.entries.iter().zip(&folded.evidence) {
            // Of what is long a hash stands in it: what is the same reads the same.
            let text = words_of(entry);
            if text.trim().is_empty() {
                continue;
            }
            let hash = short_hash(&[&text]);
            if before.get(&entry.id).is_some_and(|(_, known)| *known == hash) {
                before.remove(&entry.id);
                continue;
            }
            let text = {
                let mut whole = entry.clone();
                texts::fill(self.tx, &mut whole, events)?;
                words_of(&whole)
            };
            if text.trim().is_empty() {
                continue;
            }
            let id = match before.remove(&entry.id) {
                Some((id, _)) => {
                    self.tx
                        .prepare_cached("UPDATE search_entries SET hash = ?2 WHERE id = ?1")?
                        .execute(params![id, &hash[..]])?;
                    id
                }
                None => {
                    self.tx
                        .prepare_cached("INSERT INTO search_entries (lead, entry, kind, hash) VALUES (?1, ?2, ?3, ?4)")?
                        .execute(params![lead, entry.id, entry.kind().as_str(), &hash[..]])?;
                    self.tx.last_insert_rowid()
                }
            };
            self.tx
                .prepare_cached("INSERT OR REPLACE INTO search_words (rowid, text) VALUES (?1, ?2)")?
                .execute(params![id, text])?;
        }
        for (id, _) in before.into_values() {
            self.tx.prepare_cached("DELETE FROM search_entries WHERE id = ?1")?.execute([id])?;
            self.tx.prepare_cached("DELETE FROM search_words WHERE rowid = ?1")?.execute([id])?;
        }
        Ok(())
    }

    /// Takes away what lists and search hold of a lead that is no more (it became part of another).
    pub(super) fn drop_lead(&mut self, lead: i64) -> Result<(), StoreError> {
        self.drop_cards(lead)?;
        let before: Option<(String, i64)> = self
            .tx
            .prepare_cached("SELECT stage, needs FROM leads WHERE id = ?1")?
            .query_row([lead], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((stage, needs)) = before else { return Ok(()) };
        self.dropped.insert(lead);
        self.count("leads", -1);
        self.count(format!("stage:{stage}"), -1);
        self.count("needs", -i64::from(needs != 0));
        let sources: Vec<i64> = {
            let mut statement = self.tx.prepare_cached("SELECT source FROM lead_sources WHERE lead = ?1")?;
            statement.query_map([lead], |row| row.get(0))?.collect::<Result<_, _>>()?
        };
        sources.iter().for_each(|source| self.count(format!("source_leads:{source}"), -1));
        for sql in [
            "DELETE FROM leads WHERE id = ?1",
            "DELETE FROM lead_tags WHERE lead = ?1",
            "DELETE FROM lead_sources WHERE lead = ?1",
            "DELETE FROM search_people WHERE rowid = ?1",
            "DELETE FROM lead_metrics WHERE lead = ?1",
        ] {
            self.tx.prepare_cached(sql)?.execute([lead])?;
        }
        Ok(())
    }

    /// Calls and words that went nowhere else.
    pub(super) fn drop_cards(&mut self, lead: i64) -> Result<(), StoreError> {
        let calls = self.tx.prepare_cached("DELETE FROM calls WHERE lead = ?1")?.execute([lead])?;
        self.count("calls", -i64::try_from(calls).unwrap_or_default());
        let docs: Vec<i64> = {
            let mut statement = self.tx.prepare_cached("SELECT id FROM search_entries WHERE lead = ?1")?;
            statement.query_map([lead], |row| row.get(0))?.collect::<Result<_, _>>()?
        };
        for id in docs {
            self.tx.prepare_cached("DELETE FROM search_words WHERE rowid = ?1")?.execute([id])?;
        }
        self.tx.prepare_cached("DELETE FROM search_entries WHERE lead = ?1")?.execute([lead])?;
        Ok(())
    }

    /// Empties everything that is derived from the journal, before a rebuild fills it again.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn clear_projection(&mut self) -> Result<(), StoreError> {
        // What neighbours of this commit did is taken away too, so what they counted must not be added.
        self.counters.retain(|name, _| name.starts_with("state:rejected"));
        self.touched.clear();
        self.gone.clear();
        for table in PROJECTION {
            self.tx.execute(&format!("DELETE FROM {table}"), [])?;
        }
        // Made anew rather than emptied: after FTS5's own `delete-all` in one transaction with new rows, its
        // integrity check reports damage.
        for table in ["search_words", "search_people"] {
            let made: String =
                self.tx.query_row("SELECT sql FROM sqlite_schema WHERE name = ?1", [table], |row| row.get(0))?;
            self.tx.execute_batch(&format!("DROP TABLE {table}; {made};"))?;
        }
        // Refusals are no entries of the journal: what counts them stays.
        self.tx.execute("DELETE FROM counters WHERE name NOT LIKE 'state:rejected%'", [])?;
        Ok(())
    }
}

/// A row of `calls` as it stands.
struct CallRow {
    source: i64,
    at: i64,
    state: String,
    direction: String,
    answered: bool,
    outcome: Option<String>,
}

impl CallRow {
    fn of(row: &Row<'_>) -> rusqlite::Result<CallRow> {
        Ok(CallRow {
            source: row.get(1)?,
            at: row.get(2)?,
            state: row.get(3)?,
            direction: row.get(4)?,
            answered: row.get(5)?,
            outcome: row.get(6)?,
        })
    }

    fn says(&self, call: &Call, at: i64) -> bool {
        let CallRow { source, at: was, state, direction, answered, outcome } = self;
        (*source, *was, state.as_str(), direction, *answered, outcome.as_deref())
            == (call.source, at, call.state.as_str(), &call.direction, call.answered, call.outcome.map(|o| o.as_str()))
    }
}

/// What lists sort a lead's name by: folded and cut short; those without a name come last, by number.
fn name_key(lead: &Lead) -> String {
    let cut = |text: &str| text.trim().to_lowercase().chars().take(60).collect::<String>();
    match lead.name.as_deref().map(cut).filter(|name| !name.is_empty()) {
        Some(name) => name,
        None => {
            let number = lead.phones.first().or(lead.emails.first());
            format!("\u{10FFFF}{}", number.map(|text| cut(text)).unwrap_or_default())
        }
    }
}

/// A number as words, so that any run of at least three of its digits finds it by prefix.
fn number_words(phone: &str) -> Vec<String> {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    (0..digits.len().saturating_sub(2)).map(|start| digits[start..].to_string()).collect()
}

/// What somebody said or wrote in an entry.
pub(super) fn words_of(entry: &Entry) -> String {
    let mut words: Vec<&str> = Vec::new();
    match &entry.content {
        EntryContent::Call { call } => {
            words.extend(call.summary.as_deref());
            words.extend(call.note.as_deref());
            if call.transcript.is_empty() {
                words.extend(call.transcript_raw.as_deref());
            }
            words.extend(call.transcript.iter().filter(|turn| !turn.echo).map(|turn| turn.text.as_str()));
            for answer in &call.answers {
                words.push(&answer.question);
                words.extend(answer.transcript.as_deref());
            }
            words.extend(call.tags.iter().map(String::as_str));
        }
        EntryContent::Message { message } => words.push(&message.text),
        EntryContent::Form { form } => words.extend(form.fields.iter().map(|field| field.value.as_str())),
        EntryContent::Note { note } => words.push(&note.text),
        EntryContent::Outcome { outcome } => words.extend(outcome.notes.as_deref()),
        EntryContent::Status { status } => words.extend(status.reason.as_deref()),
        EntryContent::Conversation { .. }
        | EntryContent::Contact { .. }
        | EntryContent::Action { .. }
        | EntryContent::Gap { .. } => {}
    }
    words.join("\n")
}
