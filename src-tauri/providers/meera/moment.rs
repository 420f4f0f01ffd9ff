//! Meera's times: `2024-11-16 10:30:59 AM EST`, a 12-hour clock and a zone abbreviation.

use chrono::{
    DateTime, Datelike, FixedOffset, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone, Utc,
};

use crate::providers::read::{self, is_sane};
use crate::zone::{LocalOffset, Tz};

/// The instant of a time as Meera writes it. An abbreviation means what the campaign's zone, else
/// the lead's, calls so on that day; without any the time is local to the campaign, else to the
/// lead (which of the two Meera means is not documented). `None` where it cannot be read.
pub fn read(text: &str, zones: &[Option<Tz>; 2]) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if let Some(instant) = read::instant(text) {
        return Some(instant);
    }
    let (local, zone) = split(text)?;
    let zones = || zones.iter().flatten().copied();
    let instant = if zone.is_empty() {
        read::resolve(local, zones().next()?)?
    } else if let Some(offset) = numeric_offset(zone) {
        at_offset(local, offset)?
    } else if let Some(offset) = zones().find_map(|tz| called_so_then(tz, local, zone)) {
        at_offset(local, offset)?
    } else if let Some(offset) = zones().find_map(|tz| called_so_that_year(tz, local, zone)) {
        at_offset(local, offset)?
    } else if let Some(hours) = fixed_hours(zone, zones().next().is_none() || zones().any(american)) {
        at_offset(local, FixedOffset::east_opt((hours * 3600.0) as i32)?)?
    } else {
        let is_abbreviation = zone.len() <= 5 && zone.chars().all(|c| c.is_ascii_uppercase());
        let named = zone.parse::<Tz>().ok().or_else(|| read::zone(zone)).filter(|_| !is_abbreviation);
        read::resolve(local, named?)?
    };
    Some(instant).filter(is_sane)
}

/// Takes a time apart: the local time, and what is said about its zone.
fn split(text: &str) -> Option<(NaiveDateTime, &str)> {
    let date_end = text.find(|c: char| c == 'T' || c.is_whitespace()).unwrap_or(text.len());
    let date = NaiveDate::parse_from_str(text.get(..date_end)?, "%Y-%m-%d").ok()?;
    let rest = text.get(date_end..)?.trim_start_matches('T').trim_start();
    let clock_end = rest.find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.'))).unwrap_or(rest.len());
    let (clock, rest) = rest.split_at(clock_end);
    let mut parts = clock.splitn(3, ':');
    let hour: u32 = parts.next()?.parse().ok()?;
    let minute: u32 = parts.next()?.parse().ok()?;
    let second: f64 = parts.next().unwrap_or("0").parse().ok().filter(|s| (0.0..61.0).contains(s))?;

    let rest = rest.trim_start();
    let word_end = rest.find(|c: char| !(c.is_alphabetic() || c == '.')).unwrap_or(rest.len());
    let half: String = rest[..word_end].chars().filter(|c| *c != '.').map(|c| c.to_ascii_lowercase()).collect();
    let (hour, zone) = match (half.as_str(), hour) {
        ("am", 12) => (0, &rest[word_end..]),
        // From 13 on the hour says itself which half of the day it is.
        ("pm", 1..=11) => (hour + 12, &rest[word_end..]),
        ("pm", 0) => (12, &rest[word_end..]),
        ("am" | "pm", _) => (hour, &rest[word_end..]),
        _ => (hour, rest),
    };
    let time = NaiveTime::from_hms_milli_opt(hour, minute, second.trunc() as u32, (second.fract() * 1000.0) as u32)?;
    Some((date.and_time(time), zone.trim().trim_start_matches('(').trim_end_matches(')')))
}

/// `+05:30`, `-0500`, `-05`, `UTC-5`, `Z`.
fn numeric_offset(zone: &str) -> Option<FixedOffset> {
    let upper = zone.to_ascii_uppercase();
    if matches!(upper.as_str(), "Z" | "UTC" | "GMT") {
        return FixedOffset::east_opt(0);
    }
    let digits = upper.trim_start_matches("UTC").trim_start_matches("GMT").trim();
    let (sign, digits) = match digits.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    if !digits.chars().all(|c| c.is_ascii_digit() || c == ':') {
        return None;
    }
    let (hours, minutes) = match (digits.split_once(':'), digits.len()) {
        (Some(pair), _) => pair,
        (None, 1 | 2) => (digits, "0"),
        (None, 3 | 4) => digits.split_at(digits.len() - 2),
        _ => return None,
    };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let fits = hours <= 14 && minutes < 60;
    fits.then(|| FixedOffset::east_opt(sign * (hours * 3600 + minutes * 60)))?
}

/// The offset `zone` had at that local time, if it is called by this abbreviation then. In the hour
/// that comes twice the abbreviation says which of the two it is.
fn called_so_then(zone: Tz, local: NaiveDateTime, abbreviation: &str) -> Option<FixedOffset> {
    let candidates = match zone.offset_from_local_datetime(&local) {
        LocalResult::Single(one) => [Some(one), None],
        LocalResult::Ambiguous(one, other) => [Some(one), Some(other)],
        LocalResult::None => [None, None],
    };
    candidates.into_iter().flatten().find(|o| is_called(o, abbreviation)).map(|o| o.fix())
}

/// The offset `zone` has in the other half of that year, if it is called by this abbreviation then:
/// `EST` is five hours behind UTC in July as well.
fn called_so_that_year(zone: Tz, local: NaiveDateTime, abbreviation: &str) -> Option<FixedOffset> {
    [1, 7]
        .iter()
        .filter_map(|month| NaiveDate::from_ymd_opt(local.year(), *month, 1)?.and_hms_opt(0, 0, 0))
        .map(|then| zone.offset_from_utc_datetime(&then))
        .find(|o| is_called(o, abbreviation))
        .map(|o| o.fix())
}

fn is_called(offset: &LocalOffset, abbreviation: &str) -> bool {
    offset.abbreviation().is_some_and(|a| a.eq_ignore_ascii_case(abbreviation))
}

/// Hours east of UTC of an abbreviation that neither zone knows. Those that mean different things
/// in the world mean America's only for American campaigns (or where no zone is given: Meera is
/// American); otherwise we do not guess.
fn fixed_hours(zone: &str, american: bool) -> Option<f64> {
    Some(match zone.to_ascii_uppercase().as_str() {
        "EST" => -5.0,
        "EDT" => -4.0,
        "CDT" => -5.0,
        "MDT" => -6.0,
        "PDT" => -7.0,
        "AKST" => -9.0,
        "AKDT" => -8.0,
        "HST" => -10.0,
        "NDT" => -2.5,
        "ADT" => -3.0,
        "CST" if american => -6.0,
        "MST" if american => -7.0,
        "PST" if american => -8.0,
        "AST" if american => -4.0,
        "NST" if american => -3.5,
        "WET" => 0.0,
        "CET" | "WEST" => 1.0,
        "CEST" | "EET" | "SAST" => 2.0,
        "EEST" | "MSK" => 3.0,
        "AWST" | "SGT" | "HKT" => 8.0,
        "JST" | "KST" => 9.0,
        "ACST" => 9.5,
        "AEST" => 10.0,
        "ACDT" => 10.5,
        "AEDT" => 11.0,
        "NZST" => 12.0,
        "NZDT" => 13.0,
        _ => return None,
    })
}

fn american(zone: Tz) -> bool {
    let name = zone.name();
    ["America/", "US/", "Canada/", "Pacific/Honolulu"].iter().any(|start| name.starts_with(start))
}

fn at_offset(local: NaiveDateTime, offset: FixedOffset) -> Option<DateTime<Utc>> {
    offset.from_local_datetime(&local).single().map(|t| t.with_timezone(&Utc))
}
