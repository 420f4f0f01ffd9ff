//! Times and lengths as people and programs write them into tables.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};

use crate::providers::read::{is_sane, resolve, zone};
use crate::zone::Tz;

/// When it was: as its own zone or offset says, else read in `default`. `day_first` decides about `3/4/2026`.
pub(super) fn when(text: &str, default: Tz, day_first: bool) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.with_timezone(&Utc)).filter(is_sane);
    }
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return match text.len() {
            10 => DateTime::from_timestamp(text.parse().ok()?, 0),
            13 => DateTime::from_timestamp_millis(text.parse().ok()?),
            _ => None,
        }
        .filter(is_sane);
    }
    let Some(colon) = text.find(':') else {
        let midnight = day(text, day_first)?.and_time(NaiveTime::MIN);
        return resolve(midnight, default).filter(is_sane);
    };
    let hour = text.get(..colon)?.rfind(|c: char| !c.is_ascii_digit())?;
    let date = text.get(..hour)?.trim().trim_end_matches(',').trim_end_matches(" at").trim();
    let mut rest = text.get(hour..)?.trim_start_matches(|c: char| !c.is_ascii_digit()).trim();
    let date = day(date, day_first)?;
    let mut named = None;
    // What follows the clock: AM or PM, and perhaps a zone.
    if let Some(end) = rest.find(|c: char| !c.is_ascii_digit() && !matches!(c, ':' | '.')) {
        let (clock, tail) = rest.split_at(end);
        let tail = tail.trim();
        let upper = tail.to_ascii_uppercase();
        let (half, tail) = ["AM", "PM", "A.M.", "P.M."]
            .iter()
            .find(|half| upper.starts_with(**half))
            .map_or((None, tail), |half| (Some(half.starts_with('P')), tail.get(half.len()..).unwrap_or_default()));
        named = Some(tail.trim().trim_matches(|c| matches!(c, '(' | ')'))).filter(|tail| !tail.is_empty());
        rest = clock;
        if let Some(afternoon) = half {
            return at(date, twelve(time(rest)?, afternoon)?, named, default);
        }
    }
    at(date, time(rest)?, named, default)
}

fn at(date: NaiveDate, time: NaiveTime, named: Option<&str>, default: Tz) -> Option<DateTime<Utc>> {
    let naive = NaiveDateTime::new(date, time);
    match named {
        None => resolve(naive, default),
        Some("Z" | "z") => Some(naive.and_utc()),
        Some(named) => match offset(named) {
            Some(offset) => offset.from_local_datetime(&naive).single().map(|time| time.with_timezone(&Utc)),
            None => resolve(naive, zone(named)?),
        },
    }
    .filter(is_sane)
}

/// `-0500`, `+01:00`, `UTC+1`, `GMT-05:00`.
fn offset(text: &str) -> Option<FixedOffset> {
    let text = text.trim_start_matches("UTC").trim_start_matches("GMT").trim();
    let (sign, digits) = match text.chars().next()? {
        '+' => (1, text.get(1..)?),
        '-' => (-1, text.get(1..)?),
        _ => return None,
    };
    let digits: String = digits.chars().filter(|c| *c != ':').collect();
    let (hours, minutes) = match digits.len() {
        1 | 2 => (digits.parse::<i32>().ok()?, 0),
        4 => (digits.get(..2)?.parse().ok()?, digits.get(2..)?.parse().ok()?),
        _ => return None,
    };
    FixedOffset::east_opt(sign * (hours * 3600 + minutes * 60))
}

fn twelve(time: NaiveTime, afternoon: bool) -> Option<NaiveTime> {
    use chrono::Timelike;
    match (time.hour(), afternoon) {
        (12, false) => time.with_hour(0),
        (hour @ 1..=11, true) => time.with_hour(hour + 12),
        _ => Some(time),
    }
}

fn time(text: &str) -> Option<NaiveTime> {
    ["%H:%M:%S%.f", "%H:%M"].iter().find_map(|format| NaiveTime::parse_from_str(text.trim(), format).ok())
}

fn day(text: &str, day_first: bool) -> Option<NaiveDate> {
    let text = text.trim();
    let numbers: Vec<&str> = text.split(['-', '/', '.']).map(str::trim).collect();
    if let [a, b, c] = numbers.as_slice()
        && let (Ok(a), Ok(b), Ok(c)) = (a.parse::<i32>(), b.parse::<i32>(), c.parse::<i32>())
    {
        // A year has two or four digits.
        if numbers.iter().map(|part| part.len()).max().is_none_or(|most| most < 2 || most == 3) {
            return None;
        }
        let full = |year: i32| if year < 100 { year + 2000 } else { year };
        let date = |year: i32, month: i32, day: i32| {
            NaiveDate::from_ymd_opt(full(year), u32::try_from(month).ok()?, u32::try_from(day).ok()?)
        };
        if a > 31 {
            return date(a, b, c);
        }
        // Dots are only written with the day first.
        let day_first = (day_first || text.contains('.') || a > 12) && b <= 12;
        return if day_first { date(c, b, a) } else { date(c, a, b) };
    }
    // `Tue, Mar 3, 2026`, `3 March 2026`.
    let words: Vec<&str> = text.split([' ', ',', '-']).filter(|word| !word.is_empty()).collect();
    let words = match words.as_slice() {
        [first, rest @ ..] if rest.len() == 3 && first.chars().all(char::is_alphabetic) => rest,
        all => all,
    };
    let joined = words.join(" ");
    ["%b %d %Y", "%B %d %Y", "%d %b %Y", "%d %B %Y", "%Y %b %d"]
        .iter()
        .find_map(|format| NaiveDate::parse_from_str(&joined, format).ok())
}

/// Seconds: `83`, `1:23`, `0:01:23`, `1m 23s`, `1 hr 2 min`.
pub(super) fn seconds(text: &str) -> Option<i64> {
    let text = text.trim().to_ascii_lowercase();
    if let Ok(number) = text.parse::<f64>() {
        return (0.0..=1_000_000.0).contains(&number).then(|| number.round() as i64);
    }
    let total = if text.contains(':') {
        text.split(':').try_fold(0_i64, |sum, part| {
            let part: f64 = part.trim().parse().ok()?;
            sum.checked_mul(60)?.checked_add(part.round() as i64)
        })?
    } else {
        let (mut total, mut number) = (0_i64, String::new());
        let mut units = 0;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            if c.is_ascii_digit() {
                number.push(c);
            } else if c.is_alphabetic() {
                while chars.next_if(|c| c.is_alphabetic() || *c == '.').is_some() {}
                let each = match c {
                    'h' => 3600,
                    'm' => 60,
                    's' => 1,
                    _ => return None,
                };
                total = total.checked_add(number.parse::<i64>().ok()?.checked_mul(each)?)?;
                number.clear();
                units += 1;
            } else if !c.is_whitespace() {
                return None;
            }
        }
        if units == 0 || !number.is_empty() {
            return None;
        }
        total
    };
    (0..=1_000_000).contains(&total).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_they_are_written() {
        let chicago = Tz::CHICAGO;
        for (text, wanted) in [
            ("2026-03-03T14:05:10-06:00", "2026-03-03T20:05:10Z"),
            ("2026-03-03 14:05:10 -0600", "2026-03-03T20:05:10Z"),
            ("2026-03-03 14:05:10 UTC", "2026-03-03T14:05:10Z"),
            ("2026-03-03 02:05:10 PM", "2026-03-03T20:05:10Z"),
            ("2026-03-03 14:05", "2026-03-03T20:05:00Z"),
            ("3/3/2026 2:05 PM", "2026-03-03T20:05:00Z"),
            ("03/03/26 14:05:10", "2026-03-03T20:05:10Z"),
            ("3/3/2026 2:05:10 pm EST", "2026-03-03T19:05:10Z"),
            ("Mar 3, 2026 2:05 PM", "2026-03-03T20:05:00Z"),
            ("Tue, Mar 3, 2026 at 2:05pm", "2026-03-03T20:05:00Z"),
            ("3 March 2026 14:05", "2026-03-03T20:05:00Z"),
            ("03.04.2026 12:00:00", "2026-04-03T17:00:00Z"),
            ("2026-03-03", "2026-03-03T06:00:00Z"),
            ("12/31/2025 12:30 AM", "2025-12-31T06:30:00Z"),
            ("1772546710", "2026-03-03T14:05:10Z"),
        ] {
            let read = when(text, chicago, false).map(|time| time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
            assert_eq!(read.as_deref(), Some(wanted), "{text}");
        }
        assert_eq!(when("3/4/2026 12:00", Tz::UTC, true), when("2026-04-03 12:00", Tz::UTC, true));
        assert_eq!(when("13/4/2026 12:00", Tz::UTC, false), when("2026-04-13 12:00", Tz::UTC, false));
        for bad in
            ["", "soon", "12:", ":30", "2026-13-40 10:00", "0000-00-00 00:00:00", "1/1/1 1:1", "é:é", "1:2:3:4:5"]
        {
            assert_eq!(when(bad, Tz::UTC, false), None, "{bad}");
        }
    }

    #[test]
    fn lengths_are_read_as_they_are_written() {
        for (text, wanted) in [
            ("83", 83),
            ("83.4", 83),
            ("1:23", 83),
            ("0:01:23", 83),
            ("1m 23s", 83),
            ("1 min 23 sec", 83),
            ("2h", 7200),
        ] {
            assert_eq!(seconds(text), Some(wanted), "{text}");
        }
        for bad in ["", "-1", "long", "5 parsecs", "1m 2", "99999999999999999999h"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }
}
