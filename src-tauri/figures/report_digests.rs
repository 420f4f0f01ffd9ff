//! What changed since the last file of the same question. Of each file 16 bytes a row are kept: half of a salted digest of
//! what the row is, half of what it says. So the next file can say which rows came, read otherwise, or went, and nobody can
//! read out of it who they were about.

use std::borrow::Cow;

use crate::store::Connection;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::model::{Changed, ChangedRow, Report, Row};
use super::{Question, ReportError, stream, words};
use crate::store::StoreError;
use crate::store::report_digests::{self, ReportDigest};
use crate::zone::Tz;

/// Rows that changed and are told.
const TOLD: usize = 500;
/// Rows beyond which only the SHA-256 is kept.
const MOST: usize = 1_000_000;

type Both = [u8; 16];

/// What makes two files answers to one question: the report, its days, zone and filters. Not what was known by then, and not
/// what it is compared with.
pub fn question(q: &Question) -> [u8; 32] {
    let words = (&q.name, q.from, q.to, q.zone.name(), &q.filters.source, &q.filters.campaign);
    let more = (&q.filters.rep, &q.filters.tag, &q.filters.stage);
    Sha256::digest(serde_json::to_vec(&(words, more)).unwrap_or_default()).into()
}

/// Sees every row of a file, and knows at the end what is not as it was.
pub struct DigestComparer {
    was: Option<ReportDigest>,
    salt: [u8; 16],
    zone: Tz,
    currency: String,
    seen: Vec<Both>,
    /// The file is longer than is kept.
    overflowed: bool,
    rows: Vec<ChangedRow>,
    added: i64,
    changed: i64,
    /// A bit for each row of the last file: it was met again.
    met: Vec<u64>,
}

impl DigestComparer {
    /// Against the last file of this question. One that was asked as of a past day is not compared: it says the same for
    /// ever.
    ///
    /// # Errors
    /// [`StoreError`] of the file.
    pub fn with(connection: &Connection, q: &Question) -> Result<DigestComparer, StoreError> {
        let was = match q.as_of {
            Some(_) => None,
            None => report_digests::of(connection, &question(q))?,
        };
        let mut salt = [0; 16];
        match &was {
            // The same salt, so that digests can be compared.
            Some(was) => salt = was.salt,
            None => getrandom::fill(&mut salt).map_err(|error| StoreError::Internal(error.to_string()))?,
        }
        let words = was.as_ref().and_then(|was| was.rows.as_ref()).map_or(0, |rows| rows.len() / 16).div_ceil(64);
        let (seen, rows) = (Vec::new(), Vec::new());
        let (zone, currency) = (q.zone, q.business.currency.clone());
        Ok(DigestComparer {
            was,
            salt,
            zone,
            currency,
            seen,
            overflowed: false,
            rows,
            added: 0,
            changed: 0,
            met: vec![0; words],
        })
    }

    fn digest(&self, bytes: &[u8]) -> [u8; 8] {
        let hash = Sha256::new().chain_update(self.salt).chain_update(bytes).finalize();
        let mut half = [0; 8];
        half.copy_from_slice(&hash[..8]);
        half
    }

    /// The content of a row in the last file: `None` where nothing can be said of it, `Some(None)` where it was not there.
    fn was_there(&mut self, id: [u8; 8]) -> Option<Option<[u8; 8]>> {
        let (rows, _) = self.was.as_ref()?.rows.as_deref()?.as_chunks::<16>();
        let Ok(at) = rows.binary_search_by(|row| row[..8].cmp(&id[..])) else { return Some(None) };
        if let Some(word) = self.met.get_mut(at / 64) {
            *word |= 1 << (at % 64);
        }
        Some(rows.get(at).and_then(|row| row[8..].try_into().ok()))
    }

    /// Sees a row.
    ///
    /// # Errors
    /// [`StoreError::Internal`] when it cannot be written as JSON.
    pub fn see(&mut self, row: &Row) -> Result<(), StoreError> {
        let id = self.digest(format!("{} {}", row.kind, row.id).as_bytes());
        // The number of the lead is this machine's own.
        let row = if row.lead == 0 { Cow::Borrowed(row) } else { Cow::Owned(Row { lead: 0, ..row.clone() }) };
        let content = self.digest(&serde_json::to_vec(&*row)?);
        let what = match self.was_there(id) {
            Some(None) => {
                self.added += 1;
                Some("added")
            }
            Some(Some(known)) if known != content => {
                self.changed += 1;
                Some("changed")
            }
            _ => None,
        };
        if let Some(what) = what
            && self.rows.len() < TOLD
        {
            let text = words::row_text(&row, self.zone, &self.currency);
            self.rows.push(ChangedRow { what: what.into(), row: row.into_owned(), text });
        }
        if self.seen.len() < MOST {
            let mut both = [0; 16];
            both[..8].copy_from_slice(&id);
            both[8..].copy_from_slice(&content);
            self.seen.push(both);
        } else {
            self.overflowed = true;
        }
        Ok(())
    }

    /// What is not as it was in the last file; `None` where there was none, or it was too long to be kept.
    pub fn changed(&mut self) -> Option<Changed> {
        let was = self.was.as_ref()?;
        let rows = was.rows.as_deref()?.len() / 16;
        let met: u32 = self.met.iter().map(|word| word.count_ones()).sum();
        Some(Changed {
            since: was.as_of,
            was: was.sha256.clone(),
            added: self.added,
            changed: self.changed,
            gone: i64::try_from(rows).unwrap_or(i64::MAX).saturating_sub(i64::from(met)),
            rows: std::mem::take(&mut self.rows),
        })
    }

    /// What could be kept of this file. Whether it is, `exports` says.
    pub fn print(mut self, report: &Report) -> ReportDigest {
        self.seen.sort_unstable();
        ReportDigest {
            made_at: report.manifest.made_at,
            as_of: report.manifest.as_of,
            sha256: report.manifest.sha256.clone(),
            salt: self.salt,
            rows: (!self.overflowed).then(|| self.seen.into_flattened()),
        }
    }
}

/// A report that says what is not as it was in the last file of the same question.
///
/// # Errors
/// [`ReportError`] of the engine.
pub fn report(connection: &Connection, q: &Question, now: DateTime<Utc>) -> Result<Report, ReportError> {
    let mut compare = DigestComparer::with(connection, q)?;
    if compare.was.is_none() {
        return super::report(connection, q, now);
    }
    let mut report = stream::<ReportError>(connection, q, now, &mut |row| Ok(compare.see(row)?))?;
    report.manifest.changed = compare.changed();
    if let Some(changed) = &mut report.manifest.changed {
        // Here each is to be opened; in files no row of this machine is named.
        super::name_leads(connection, q, changed.rows.iter_mut().map(|changed| &mut changed.row))?;
    }
    Ok(report)
}
