//! Is the file what it should be?

use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde::Serialize;

use super::journal::{self, JournalKind};
use super::{DeliveryState, StoreError, Trust, projection};

/// What a check-up found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checkup {
    /// Nothing is wrong.
    pub ok: bool,
    /// What is wrong, one line each.
    pub problems: Vec<String>,
    /// Entries of the journal.
    pub journal: i64,
    /// Deliveries.
    pub deliveries: i64,
    /// Events on timelines.
    pub events: i64,
    /// Leads.
    pub leads: i64,
    /// The projection's hash.
    pub projection: String,
}

/// Lines that say what is wrong; every query answers lines, and none where all is well.
fn rules() -> impl Iterator<Item = (&'static str, String)> {
    let words = DeliveryState::ALL.iter().map(|state| format!("({}, '{}')", state.code(), state.as_str()));
    let words = words.collect::<Vec<_>>().join(", ");
    let delivery = JournalKind::Delivery.clause();
    let waits = format!(
        "j.trust = {} AND NOT EXISTS (SELECT 1 FROM later_checks v WHERE v.about = j.seq)
         AND NOT coalesce(j.erased ->> '$.all', 0)",
        Trust::Failed.code()
    );
    let of_numbers = [
        (
            "counter",
            format!(
                "WITH words_of_state (code, word) AS (VALUES {words}),
                 waits AS (SELECT l.source, j.body_size FROM ledger l JOIN journal j ON j.seq = l.seq WHERE {waits}),
                 real (name, n) AS (
                     SELECT 'leads', count(*) FROM leads
                     UNION ALL SELECT 'calls', count(*) FROM calls
                     UNION ALL SELECT 'needs', count(*) FROM leads WHERE needs <> 0
                     UNION ALL SELECT 'deliveries', count(*) FROM ledger
                     UNION ALL SELECT 'stage:' || stage, count(*) FROM leads GROUP BY stage
                     UNION ALL SELECT 'source_leads:' || source, count(*) FROM lead_sources GROUP BY source
                     UNION ALL SELECT 'state:' || w.word, count(*)
                               FROM ledger l JOIN words_of_state w ON w.code = l.state GROUP BY w.word
                     UNION ALL SELECT 'state:' || w.word || ':' || l.source, count(*)
                               FROM ledger l JOIN words_of_state w ON w.code = l.state GROUP BY w.word, l.source
                     UNION ALL SELECT 'unverified:' || source, count(*) FROM waits GROUP BY source
                     UNION ALL SELECT 'unverified_bytes:' || source, sum(body_size) FROM waits GROUP BY source)
                 SELECT coalesce(r.name, c.name) || ' says ' || coalesce(c.n, 0) || ', there are ' || coalesce(r.n, 0)
                 FROM (SELECT * FROM real WHERE n <> 0) r
                 FULL JOIN (SELECT * FROM counters WHERE n <> 0 AND name NOT LIKE 'state:rejected%') c
                           ON c.name = r.name
                 WHERE coalesce(c.n, 0) <> coalesce(r.n, 0)"
            ),
        ),
        (
            "delivery without its place in the ledger",
            format!(
                "SELECT j.seq FROM journal j LEFT JOIN ledger l ON l.seq = j.seq
                 WHERE j.{delivery} AND l.seq IS NULL AND j.seq NOT IN (SELECT seq FROM undone_deliveries)"
            ),
        ),
        (
            "line of the ledger without its delivery",
            format!(
                "SELECT l.seq FROM ledger l LEFT JOIN journal j ON j.seq = l.seq AND j.{delivery}
                 WHERE j.seq IS NULL"
            ),
        ),
    ];
    of_numbers.into_iter().chain(RULES.map(|(what, sql)| (what, sql.to_string())))
}

/// Those that know no numbers of the file.
const RULES: [(&str, &str); 8] = [
    (
        "event on a lead that is not there",
        "SELECT e.id FROM events e LEFT JOIN leads l ON l.id = e.lead
         WHERE l.id IS NULL AND EXISTS (SELECT 1 FROM events o WHERE o.lead = e.lead AND o.source <> 0)",
    ),
    ("lead without an event", "SELECT l.id FROM leads l WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.lead = l.id)"),
    (
        "name that leads to a lead that is not there",
        "SELECT k.rowid FROM (SELECT lead AS rowid FROM identities) k LEFT JOIN leads l ON l.id = k.rowid
         WHERE l.id IS NULL AND NOT EXISTS (SELECT 1 FROM events e WHERE e.lead = k.rowid AND e.source = 0)",
    ),
    (
        "event that no delivery or action stands behind",
        "SELECT e.id FROM events e WHERE NOT EXISTS (SELECT 1 FROM sightings s WHERE s.event = e.id)",
    ),
    (
        "sighting of an event that is not there",
        "SELECT s.event FROM sightings s LEFT JOIN events e ON e.id = s.event WHERE e.id IS NULL",
    ),
    (
        "texts of an event that is not there",
        "SELECT t.event FROM event_texts t LEFT JOIN events e ON e.id = t.event WHERE e.id IS NULL",
    ),
    (
        "wording of an event that nothing told so",
        "SELECT w.event FROM event_versions w
         WHERE NOT EXISTS (SELECT 1 FROM version_sightings k JOIN sightings s ON s.event = k.event AND s.seq = k.seq
                           WHERE k.event = w.event AND k.hash = w.hash)
         UNION ALL
         SELECT k.event FROM version_sightings k LEFT JOIN event_versions w ON w.event = k.event AND w.hash = k.hash
         WHERE w.event IS NULL",
    ),
    (
        "call, words or business number on a lead that is not there",
        "SELECT lead FROM (SELECT lead FROM calls UNION ALL SELECT lead FROM search_entries UNION ALL
                           SELECT lead FROM business_sides) c
         LEFT JOIN leads l ON l.id = c.lead WHERE l.id IS NULL",
    ),
];

/// Problems listed of one kind; the rest is counted.
const LISTED: usize = 10;

/// Looks at the whole file.
///
/// # Errors
/// [`StoreError`] when it cannot be read at all.
pub fn check(connection: &Connection) -> Result<Checkup, StoreError> {
    let mut problems = lines(connection, "integrity", "PRAGMA integrity_check(20)")?;
    problems.retain(|line| line != "integrity: ok");
    problems.extend(lines(
        connection,
        "foreign key",
        "SELECT \"table\" || ' ' || rowid FROM pragma_foreign_key_check",
    )?);
    for (what, sql) in rules() {
        problems.extend(lines(connection, what, &sql)?);
    }
    problems.extend(contents(connection)?);
    let shown = links(connection).and_then(|links| Ok((links, projection::hash(connection)?)));
    let projection = match shown {
        Ok((links, hash)) => {
            problems.extend(links);
            hash
        }
        // Bits that turned over where SQLite does not look.
        Err(StoreError::Damaged(why)) => {
            problems.push(format!("shown: {why}; `leadtrail rebuild` makes it anew from what was received"));
            String::new()
        }
        Err(error) => return Err(error),
    };
    let (deliveries, events, leads) = figures(connection)?;
    Ok(Checkup {
        ok: problems.is_empty(),
        problems,
        journal: i64::try_from(journal::count(connection)?).unwrap_or(i64::MAX),
        deliveries,
        events,
        leads,
        projection,
    })
}

fn lines(connection: &Connection, what: &str, sql: &str) -> Result<Vec<String>, StoreError> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    let (mut out, mut more) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        if out.len() == LISTED {
            more += 1;
            continue;
        }
        let line = match row.get_ref(0)? {
            rusqlite::types::ValueRef::Integer(n) => n.to_string(),
            other => other.as_str().unwrap_or("?").to_string(),
        };
        out.push(format!("{what}: {line}"));
    }
    if more > 0 {
        out.push(format!("{what}: and {more} more"));
    }
    Ok(out)
}

/// Entries of the journal whose content cannot be unpacked.
fn contents(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let mut problems = Vec::new();
    let mut seqs = connection.prepare("SELECT seq FROM journal ORDER BY seq")?;
    for seq in seqs.query_map([], |row| row.get::<_, i64>(0))? {
        let seq = seq?;
        match journal::one(connection, seq) {
            Err(StoreError::Damaged(why)) if problems.len() < LISTED => {
                problems.push(format!("received: entry {seq} of the journal: {why}"));
            }
            Ok(_) | Err(StoreError::Damaged(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(problems)
}

/// Every name an event carries leads to the event's lead.
fn links(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let names = projection::source_names(connection)?;
    let mut problems = Vec::new();
    let mut leads = connection.prepare("SELECT id FROM leads ORDER BY id")?;
    let mut link = connection.prepare("SELECT lead FROM identities WHERE key = ?1")?;
    for lead in leads.query_map([], |row| row.get::<_, i64>(0))? {
        let lead = lead?;
        for event in projection::events_of(connection, lead, None, &names)? {
            for key in event.draft.identities.iter().map(|link| link.key(&event.source_uid)) {
                let leads_to: Option<i64> = link.query_map([&key], |row| row.get(0))?.next().transpose()?;
                if leads_to != Some(lead) && problems.len() < LISTED {
                    problems.push(format!("event {} is on lead {lead}, one of its names is not", event.id));
                }
            }
        }
    }
    Ok(problems)
}

/// `(deliveries, events, leads)` of the file.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn figures(connection: &Connection) -> Result<(i64, i64, i64), StoreError> {
    Ok(connection.query_row(
        "SELECT (SELECT count(*) FROM journal WHERE kind = ?1), (SELECT count(*) FROM events),
                (SELECT count(*) FROM leads)",
        [JournalKind::Delivery],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?)
}

/// A quick look at the file, page by page: what is wrong, or `None` where it takes longer than `patience`. The
/// connection is to be used for nothing else.
///
/// # Errors
/// [`StoreError`] when it cannot be read at all.
pub fn quick(connection: &mut Connection, patience: Duration) -> Result<Option<Vec<String>>, StoreError> {
    let begun = Instant::now();
    connection.progress_handler(10_000, Some(move || begun.elapsed() > patience))?;
    let found = lines(connection, "integrity", "PRAGMA quick_check(20)");
    if begun.elapsed() > patience {
        return Ok(None);
    }
    let mut problems = found?;
    problems.retain(|line| line != "integrity: ok");
    Ok(Some(problems))
}

/// `(messages, bytes)` of a source that did not verify and wait.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn unverified(connection: &Connection, source: i64) -> Result<(i64, i64), StoreError> {
    let count = |name: &str| super::query::counter(connection, &format!("{name}:{source}"));
    Ok((count("unverified")?, count("unverified_bytes")?))
}
