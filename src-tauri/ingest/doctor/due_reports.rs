//! For the check-up: reports that were due and could not be made.

use crate::store::Connection;
use chrono::{DateTime, Utc};

use super::HealthCheck;
use crate::clock::said;
use crate::store::{StoreError, saved};

/// Reports that are named; the others are counted.
const LISTED: usize = 5;

/// What keeps saved reports from being made, if anything does.
pub(super) fn look(connection: &Connection, now: DateTime<Utc>) -> Result<Option<HealthCheck>, StoreError> {
    let all = saved::all(connection)?;
    let failing: Vec<String> = all
        .iter()
        .filter(|saved| saved.schedule.is_some())
        .filter_map(|saved| {
            let problem = saved.problem.as_deref()?;
            let tried = saved.tried_at.map_or_else(String::new, |at| format!(" ({})", said(at, now)));
            Some(format!("“{}”{tried}: {problem}", saved.name))
        })
        .collect();
    let title = match failing.len() {
        0 => return Ok(None),
        1 => "A report that was due was not made".to_string(),
        n => format!("{n} reports that were due were not made"),
    };
    let mut text: Vec<String> = failing.iter().take(LISTED).cloned().collect();
    if failing.len() > LISTED {
        text.push(format!("And {} more.", failing.len() - LISTED));
    }
    let todo =
        "See Reports, Files: mend what it says there. It is tried again by itself, and nothing that was due is lost.";
    Ok(Some(HealthCheck::warn("schedules", &title, text.join(" "), todo)))
}
