//! The rows behind one figure, a page at a time.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::ReportError;
use super::engine::{services, span};
use super::model::{Row, Rows};
use super::question::{PreparedQuestion, Question};
use super::rows::RowBuilder;
use super::sections::title;
use super::shown_row::{row_id, shown};
use super::tables::parse_figure;
use super::tally::value_of;
use super::words;
use crate::store::{Connection, StoreError, lead_metrics};

/// Fills in which lead of this machine each row is of: files name leads by an event alone.
///
/// # Errors
/// [`StoreError`] of the file.
pub fn name_leads<'r>(
    connection: &Connection,
    question: &Question,
    rows: impl Iterator<Item = &'r mut Row>,
) -> Result<(), ReportError> {
    let mut wanted: HashMap<String, Vec<&mut Row>> = HashMap::new();
    rows.for_each(|row| wanted.entry(row.lead_ref.clone()).or_default().push(row));
    lead_metrics::walk(connection, &[span(&question.period())], question.as_of, |lead, facts| {
        if let Some(rows) = wanted.get_mut(&hex::encode(facts.name_of)) {
            rows.iter_mut().for_each(|row| row.lead = lead);
        }
        ControlFlow::Continue(())
    })?;
    Ok(())
}

/// Where a page of rows begins: after this one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct RowCursor(std::cmp::Reverse<i64>, String);

/// The rows behind a figure, a page at a time: exactly as many in all as the figure says. `compared` asks for the period
/// it is compared with.
///
/// # Errors
/// [`ReportError::NotFound`] for a figure there is none of; [`ReportError::Invalid`] for a cursor that is none;
/// [`StoreError`] of the file.
pub fn rows(
    connection: &Connection,
    question: &Question,
    figure: &str,
    compared: bool,
    cursor: Option<&str>,
    limit: usize,
) -> Result<Rows, ReportError> {
    const NONE: ReportError = ReportError::NotFound("There is no such figure.");
    title(&question.name)?;
    let (measure, told_by) = parse_figure(figure).ok_or(NONE)?;
    let period = if compared { question.compared().ok_or(NONE)? } else { question.period() };
    let after: Option<RowCursor> = match cursor {
        Some(text) => {
            let stale = || ReportError::Invalid("This page cannot be found. Start again from the first page.".into());
            let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| stale())?;
            Some(serde_json::from_slice(&bytes).map_err(|_| stale())?)
        }
        None => None,
    };
    let ready = PreparedQuestion::new(question, services(connection, question.as_of)?);
    let counter = RowBuilder::new(&ready, &period);
    let mut total = 0;
    let mut page: BTreeMap<RowCursor, Row> = BTreeMap::new();
    let mut more = false;
    let mut value = String::new();
    lead_metrics::walk(connection, &[span(&period)], question.as_of, |lead, facts| {
        counter.rows(facts, &mut |hit| {
            if !hit.marks.has(measure) {
                return;
            }
            if let Some((dimension, wanted)) = told_by {
                value_of(dimension, &ready, facts, hit, &mut value);
                if value != wanted {
                    return;
                }
            }
            total += 1;
            let place = RowCursor(std::cmp::Reverse(hit.at), row_id(hit));
            if after.as_ref().is_some_and(|after| place <= *after) {
                return;
            }
            if page.len() == limit {
                more = true;
                if page.last_key_value().is_some_and(|(last, _)| place > *last) {
                    return;
                }
                page.pop_last();
            }
            page.insert(place, shown(&ready, facts, hit, lead));
        });
        ControlFlow::Continue(())
    })?;
    let next_cursor = match page.last_key_value() {
        Some((last, _)) if more => Some(URL_SAFE_NO_PAD.encode(serde_json::to_vec(last).map_err(StoreError::from)?)),
        _ => None,
    };
    let readable = |row| words::readable(row, question.zone, &question.business.currency);
    Ok(Rows {
        figure: figure.into(),
        words: measure.words(),
        detail: measure.detail(),
        total,
        items: page.into_values().map(readable).collect(),
        next_cursor,
    })
}
