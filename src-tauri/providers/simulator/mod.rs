//! The sender simulator: a believable small business as the five services would send it, for a [`month`] or for [`years()`].
//!
//! Deterministic: the same seed, size and last day give the same bytes. The demo, the benchmarks and the
//! packing dictionary are made from it, so nobody's real words are ever needed.

mod people;
mod rhythm;
mod senders;
mod speech;
mod stories;
mod years;

#[cfg(test)]
mod tests;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Headers, Provider};
use people::InventedPerson;
pub use years::{Years, YearsPlan, years};

/// A request as a service would send it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulatedRequest {
    /// Who sends.
    pub provider: Provider,
    /// The `{event}` of the address, for senders whose body does not name it.
    pub event: Option<&'static str>,
    /// The body.
    pub body: String,
    /// When it arrives, UTC.
    pub at: DateTime<Utc>,
    /// Headers beside the content type.
    pub headers: Headers,
}

/// Something a person of the business does in the app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulatedAction {
    /// The number of the lead it is about, E.164.
    pub phone: String,
    /// Who.
    pub by: &'static str,
    /// What.
    pub what: SimulatedWhat,
    /// When, UTC.
    pub at: DateTime<Utc>,
}

/// Deeds of the simulated staff.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum SimulatedWhat {
    Note(String),
    Tag(&'static str),
    Booked { estimated_cents: i64 },
}

/// Everything that happens in the time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Month {
    /// In order of arrival.
    pub sent: Vec<SimulatedRequest>,
    /// In order of time.
    pub did: Vec<SimulatedAction>,
}

/// Something that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "nearly all are requests")]
pub enum Happening {
    /// A service sends something.
    Sent(SimulatedRequest),
    /// Somebody of the business does something.
    Did(SimulatedAction),
}

impl Happening {
    /// When it happens, UTC.
    pub fn at(&self) -> DateTime<Utc> {
        match self {
            Happening::Sent(sent) => sent.at,
            Happening::Did(did) => did.at,
        }
    }
}

/// What is to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SimulationPlan {
    /// A [`month`] of so many people.
    Month {
        /// The same seed makes the same data.
        seed: u64,
        /// How many people.
        leads: usize,
        /// When it ends, UTC.
        until: DateTime<Utc>,
    },
    /// [`years()`].
    Years(YearsPlan),
}

impl SimulationPlan {
    /// When it ends, UTC.
    pub fn until(self) -> DateTime<Utc> {
        match self {
            SimulationPlan::Month { until, .. } | SimulationPlan::Years(YearsPlan { until, .. }) => until,
        }
    }

    /// Tells all of it, one after the other.
    pub fn happenings(self) -> Happenings {
        match self {
            SimulationPlan::Month { seed, leads, until } => {
                let month = month(seed, leads, until);
                let all = month.sent.into_iter().map(Happening::Sent).chain(month.did.into_iter().map(Happening::Did));
                let all: Vec<Happening> = all.collect();
                Happenings(Telling::Month { of: all.len(), left: all.into_iter() })
            }
            SimulationPlan::Years(span) => Happenings(Telling::Years { of: span.leads, years: Box::new(years(span)) }),
        }
    }
}

/// What happens, one after the other.
pub struct Happenings(Telling);

enum Telling {
    Month { left: std::vec::IntoIter<Happening>, of: usize },
    Years { years: Box<Years>, of: usize },
}

impl Happenings {
    /// How much is told, of how much: of a month what happens, of years who was heard from.
    pub fn told(&self) -> (usize, usize) {
        match &self.0 {
            Telling::Month { left, of } => (of - left.len(), *of),
            Telling::Years { years, of } => (years.begun(), *of),
        }
    }
}

impl Iterator for Happenings {
    type Item = Happening;

    fn next(&mut self) -> Option<Happening> {
        match &mut self.0 {
            Telling::Month { left, .. } => left.next(),
            Telling::Years { years, .. } => years.next(),
        }
    }
}

/// How long the story lasts.
const DAYS: i64 = 30;

/// The invented business of the demo.
pub const BUSINESS: &str = "Northgate Homes";
/// Where it is: all its people live around Atlanta.
pub const TIME_ZONE: &str = "America/New_York";
/// Its people.
pub const STAFF: [&str; 3] = ["Gil Ortega", "Sean Kim", "Dana Whitfield"];

/// A month of `leads` people that ends at `until`, UTC.
pub fn month(seed: u64, leads: usize, until: DateTime<Utc>) -> Month {
    let mut month = Month::default();
    for index in 0..leads {
        // Each lead has its own stream of chance, so that more leads do not change the first ones.
        let mut story = Story::new(seed, index, until);
        story.tell(index % 10);
        month.sent.append(&mut story.sent);
        month.did.append(&mut story.did);
    }
    month.sent.retain(|sent| sent.at <= until);
    month.did.retain(|did| did.at <= until);
    slips(&mut month.sent, seed);
    month.sent.sort_by(|a, b| (a.at, &a.body).cmp(&(b.at, &b.body)));
    month.did.sort_by(|a, b| (a.at, &a.phone).cmp(&(b.at, &b.phone)));
    month
}

/// What goes wrong in a month: repeats, a slip in the JSON, a time nobody can read.
fn slips(sent: &mut Vec<SimulatedRequest>, seed: u64) {
    let mut chance = fastrand::Rng::with_seed(seed ^ 0x51);
    let repeats: Vec<SimulatedRequest> = sent
        .iter()
        .filter(|s| matches!(s.provider, Provider::Varda | Provider::Telmetrics) && chance.u8(..) < 6)
        .map(|s| SimulatedRequest { at: s.at + TimeDelta::seconds(61), ..s.clone() })
        .collect();
    for s in sent.iter_mut() {
        if s.provider == Provider::CuriousThing && chance.u8(..) < 40 {
            // As the vendor's own page shows it: a comma too many.
            s.body = s.body.replacen("}\n]", "},\n]", 1);
        }
    }
    if let Some(odd) =
        sent.iter().rev().find(|s| s.provider == Provider::Telmetrics && s.body.contains("\"StartTime\""))
    {
        let mut odd = odd.clone();
        odd.at += TimeDelta::minutes(3);
        unreadable_time(&mut odd.body);
        sent.push(odd);
    }
    sent.extend(repeats);
}

/// Writes a start time that nobody can read into a body of Telmetrics.
fn unreadable_time(body: &mut String) {
    const BEFORE: &str = "\"StartTime\": \"";
    if let Some(from) = body.find(BEFORE).map(|at| at + BEFORE.len()) {
        let to = body[from..].find('"').map_or(from, |length| from + length);
        body.replace_range(from..to, "N\\\\A");
    }
}

/// For how long a story is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scale {
    /// A month to look around in.
    Month,
    /// Years of a business with its rhythm, in which people come again and talk at length.
    Years {
        /// How often this person was there before.
        visit: u32,
    },
}

/// One lead's story while it is told.
pub(super) struct Story {
    chance: fastrand::Rng,
    who: InventedPerson,
    index: u64,
    at: DateTime<Utc>,
    scale: Scale,
    sent: Vec<SimulatedRequest>,
    did: Vec<SimulatedAction>,
    serial: u64,
}

impl Story {
    fn new(seed: u64, index: usize, until: DateTime<Utc>) -> Story {
        let mut story = Story::of(seed, index);
        let day = story.chance.i64(0..DAYS);
        let minute = working_minute(&mut story.chance);
        story.at = until - TimeDelta::days(DAYS - day)
            + TimeDelta::minutes(minute)
            + TimeDelta::seconds(story.chance.i64(0..60));
        story
    }

    /// The story of a person before it begins.
    fn of(seed: u64, index: usize) -> Story {
        let index = index as u64;
        let mut chance = fastrand::Rng::with_seed(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (index << 1));
        let who = InventedPerson::invent(&mut chance, index);
        let at = DateTime::UNIX_EPOCH;
        Story { chance, who, index, at, scale: Scale::Month, sent: Vec::new(), did: Vec::new(), serial: 0 }
    }

    /// A number that no other event has.
    fn next(&mut self) -> u64 {
        self.serial += 1;
        let before = match self.scale {
            Scale::Month => self.index * 1_000,
            Scale::Years { visit } => self.index * 10_000 + u64::from(visit) * 200,
        };
        1_000_000 + before + self.serial
    }

    fn is_long(&self) -> bool {
        self.scale != Scale::Month
    }

    /// They were never heard from before.
    fn is_new(&self) -> bool {
        matches!(self.scale, Scale::Month | Scale::Years { visit: 0 })
    }

    /// Something like `PERb122rc30…`: 32 characters that differ by lead and use.
    fn token(&mut self, prefix: &str) -> String {
        format!("{prefix}{:016x}{:016x}", self.chance.u64(..), self.chance.u64(..))
    }

    fn one_in(&mut self, n: u32) -> bool {
        self.chance.u32(0..n) == 0
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.chance.usize(0..from.len())]
    }

    /// Time passes: between `low` and `high` minutes. What takes longer than half an hour is not done at night.
    fn wait(&mut self, low: i64, high: i64) {
        self.at += TimeDelta::seconds(self.chance.i64(low * 60..high * 60));
        if self.is_long() && high > 30 {
            self.at = rhythm::by_day(self.at, &mut self.chance);
        }
    }

    /// Until some working hour of a later day.
    fn next_day(&mut self, days: i64) {
        if self.is_long() {
            self.at = rhythm::later_day(self.at, days, &mut self.chance);
            return;
        }
        let midnight = self.at - TimeDelta::seconds(self.at.timestamp().rem_euclid(86_400));
        self.at = midnight + TimeDelta::days(days) + TimeDelta::minutes(working_minute(&mut self.chance));
    }
}

/// A minute of the UTC day on which people in the east of North America ring a small business.
fn working_minute(chance: &mut fastrand::Rng) -> i64 {
    // 09:00 to 19:00 Eastern, fuller in the morning.
    13 * 60 + chance.i64(0..600).min(chance.i64(0..760))
}
