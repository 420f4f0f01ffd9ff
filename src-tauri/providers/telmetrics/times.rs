//! When a call began. Each action writes its times in its own way (providers.md, traps 2, 3, 10, 11, 14).

use chrono::{DateTime, LocalResult, NaiveDateTime, TimeDelta, TimeZone, Utc};

use super::CallPhase;
use super::fields::Fields;
use crate::domain::event::is_placeholder;
use crate::providers::{Json, Unreadable, read};
use crate::zone::Tz;

/// No zone is further than this from UTC.
const FURTHEST_ZONE: TimeDelta = TimeDelta::hours(15);

/// When the call of a notification began, UTC.
///
/// - Start: `CallDate` (v4) and `start_time` (v5) are UTC although they do not say so.
/// - Otherwise `start_time_utc` (v5) where it is given, else the local start time in the zone of the label
///   beside it. v4's `MonitorStartTime` is finer and UTC, but its date can be months off: it only helps
///   where the label is unknown or the hour is one that the end of daylight saving repeats.
///
/// # Errors
/// Without a start the call has no place on a timeline.
pub(super) fn started_at(action: CallPhase, fields: &Fields<'_>) -> Result<DateTime<Utc>, Unreadable> {
    if action == CallPhase::Start {
        return start_of_start(fields);
    }
    if let Some(Wall::Instant(utc) | Wall::Utc(utc)) = fields.get("starttimeutc").and_then(utc_wall) {
        return Ok(utc);
    }
    let Some(given) = fields.get("starttime") else {
        return Err(match fields.get("starttimeutc") {
            Some(_) => unreadable_start(fields, "starttimeutc"),
            None => Unreadable::new("Telmetrics sent a call without a start time"),
        });
    };
    let naive = match wall(given) {
        Some(Wall::Instant(utc)) => return Ok(utc),
        Some(Wall::Local(naive)) => naive,
        _ => return Err(unreadable_start(fields, "starttime")),
    };
    let monitor = fields.get("monitorstarttime").and_then(utc_wall).and_then(|w| w.utc()).filter(|m| near(*m, naive));
    let label_field = if fields.get("timezone").is_some() { "timezone" } else { "timezonename" };
    let label = fields.get(label_field).and_then(Json::to_text).filter(|label| !is_placeholder(label));
    match (label.as_deref().and_then(read::zone), monitor) {
        (Some(zone), monitor) => in_zone(naive, zone, monitor).ok_or_else(|| unreadable_start(fields, "starttime")),
        (None, Some(monitor)) => Ok(monitor),
        (None, None) => Err(match label {
            Some(label) => Unreadable::at(
                fields.written(label_field),
                format!("Telmetrics sent a time zone we do not know: {}", super::shorten(&label)),
            ),
            None => Unreadable::at(
                fields.written("starttime"),
                "Telmetrics sent a start time without saying in which time zone",
            ),
        }),
    }
}

fn start_of_start(fields: &Fields<'_>) -> Result<DateTime<Utc>, Unreadable> {
    const NAMES: [&str; 3] = ["calldate", "starttimeutc", "starttime"];
    let readable = NAMES.iter().find_map(|name| fields.get(name).and_then(utc_wall)?.utc());
    readable.ok_or_else(|| match NAMES.iter().find(|name| fields.get(name).is_some()) {
        Some(name) => unreadable_start(fields, name),
        None => Unreadable::new("Telmetrics sent a call without a start time"),
    })
}

fn unreadable_start(fields: &Fields<'_>, name: &str) -> Unreadable {
    Unreadable::at(fields.written(name), "Telmetrics sent a start time we could not read")
}

/// A time that means UTC although it does not say so, such as `Properties.UTC`.
pub(super) fn utc(json: &Json) -> Option<DateTime<Utc>> {
    utc_wall(json)?.utc()
}

enum Wall {
    /// It came with its own offset.
    Instant(DateTime<Utc>),
    /// The field is UTC by its name or place.
    Utc(DateTime<Utc>),
    /// A wall clock, somewhere.
    Local(NaiveDateTime),
}

impl Wall {
    fn utc(self) -> Option<DateTime<Utc>> {
        match self {
            Wall::Instant(utc) | Wall::Utc(utc) => Some(utc),
            Wall::Local(_) => None,
        }
    }
}

/// `2019-11-15T09:09:54[.123]`, the same with a space, or `4/30/2021 1:31:38 PM` (Sales Rescue).
fn wall(json: &Json) -> Option<Wall> {
    const FORMATS: [&str; 5] = [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f",
        "%m/%d/%Y %I:%M:%S %p",
        "%m/%d/%Y %I:%M %p",
        "%m/%d/%Y %H:%M:%S",
    ];
    let text = json.as_str()?.trim();
    if let Some(instant) = read::instant(text) {
        return Some(Wall::Instant(instant));
    }
    let naive = FORMATS.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())?;
    read::is_sane(&naive.and_utc()).then_some(Wall::Local(naive))
}

fn utc_wall(json: &Json) -> Option<Wall> {
    Some(match wall(json)? {
        Wall::Local(naive) => Wall::Utc(naive.and_utc()),
        instant => instant,
    })
}

/// A UTC time that some zone could show as `local`.
fn near(utc: DateTime<Utc>, local: NaiveDateTime) -> bool {
    (utc.naive_utc() - local).abs() <= FURTHEST_ZONE
}

/// The instant of a local time. Of the two instants of an hour that comes twice, the one that the
/// monitor's clock saw, else the earlier.
fn in_zone(naive: NaiveDateTime, zone: Tz, monitor: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    if let (LocalResult::Ambiguous(_, second), Some(monitor)) = (zone.from_local_datetime(&naive), monitor) {
        let second = second.with_timezone(&Utc);
        if (monitor - second).abs() < TimeDelta::minutes(20) {
            return Some(second);
        }
    }
    read::resolve(naive, zone).filter(read::is_sane)
}
