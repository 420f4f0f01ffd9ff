//! What figures need to know of the business: its zone, hours, holidays, currency, people and test numbers.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::said;
use crate::domain::phone;
use crate::http::{Problem, ProblemKind};
use crate::settings::{Business, Rep, name_key, system_time_zone};
use crate::zone::Tz;

/// Times a day it opens.
const SPANS: usize = 8;
/// Days on which it is closed.
const HOLIDAYS: usize = 1000;
/// People, and other names of one of them.
const REPS: usize = 500;
const ALSO: usize = 50;
/// Characters of a name.
const NAME: usize = 100;
/// Numbers people of the business try things out with.
const NUMBERS: usize = 500;
/// When a day is open: minutes from midnight.
type Open = Vec<(u16, u16)>;
/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// ISO 4217's list one, as of 2026: what is money somewhere.
const CURRENCIES: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD \
     CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG \
     HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK \
     MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD \
     SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV \
     WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";

/// What figures need to know of the business.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = BusinessSettings)]
pub(in crate::http::api) struct BusinessView {
    /// IANA name of the zone figures are told in; `null` for the system's.
    pub time_zone: Option<String>,
    /// IANA name of the system's zone.
    pub system_time_zone: String,
    /// When it is open.
    pub hours: Hours,
    /// Days on which it is closed, the earliest first.
    pub holidays: BTreeSet<NaiveDate>,
    /// ISO 4217.
    pub currency: String,
    /// Who works there.
    pub reps: Vec<RepView>,
    /// Numbers that people of the business try things out with, E.164.
    pub test_numbers: BTreeSet<String>,
    /// Each of them as people read it: `(404) 555-0187`.
    pub numbers: BTreeMap<String, String>,
}

/// When the business is open, day by day; a day without times is closed.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
#[schema(as = OpeningHours)]
pub(in crate::http::api) struct Hours {
    mon: Vec<Span>,
    tue: Vec<Span>,
    wed: Vec<Span>,
    thu: Vec<Span>,
    fri: Vec<Span>,
    sat: Vec<Span>,
    sun: Vec<Span>,
}

/// From when to when, on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OpeningSpan)]
pub(in crate::http::api) struct Span {
    /// `09:00`.
    from: String,
    /// `17:00`; `24:00` is the end of the day.
    to: String,
}

/// Somebody of the business.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Rep)]
pub(in crate::http::api) struct RepView {
    /// What they are called here.
    name: String,
    /// What services call them.
    #[serde(default)]
    also: Vec<String>,
}

impl BusinessView {
    pub(super) fn of(set: &Business) -> BusinessView {
        let spans = |day: &Vec<(u16, u16)>| {
            day.iter().map(|(from, to)| Span { from: clock_time(*from), to: clock_time(*to) }).collect()
        };
        let [mon, tue, wed, thu, fri, sat, sun] = set.hours.each_ref().map(spans);
        BusinessView {
            time_zone: set.time_zone.clone(),
            system_time_zone: system_time_zone(),
            hours: Hours { mon, tue, wed, thu, fri, sat, sun },
            holidays: set.holidays.clone(),
            currency: set.currency.clone(),
            reps: set.reps.iter().map(|rep| RepView { name: rep.name.clone(), also: rep.also.clone() }).collect(),
            test_numbers: set.test_numbers.clone(),
            numbers: crate::http::api::phone_display::shown(set.test_numbers.iter().map(String::as_str)),
        }
    }
}

/// `09:00` of minutes from midnight.
fn clock_time(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Minutes from midnight of `09:00`, up to and with `24:00`.
fn minutes(text: &str) -> Option<u16> {
    let (hours, rest) = text.trim().split_once(':')?;
    let digits = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(hours) || !digits(rest) {
        return None;
    }
    let (hours, rest): (u16, u16) = (hours.parse().ok()?, rest.parse().ok()?);
    let at = hours * 60 + rest;
    (rest < 60 && at <= DAY).then_some(at)
}

/// What to change about the business; what is missing stays.
#[derive(Debug, Default, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http::api) struct BusinessChange {
    /// An IANA name such as `America/New_York`; `null` or `""` for the system's.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<String>, nullable = true)]
    time_zone: Option<Option<String>>,
    hours: Option<HoursChange>,
    /// Take the place of those there were, such as `2026-12-25`.
    holidays: Option<Vec<String>>,
    /// ISO 4217, such as `USD`.
    currency: Option<String>,
    /// Take the place of those there were.
    reps: Option<Vec<RepView>>,
    /// Take the place of those there were; read with the region of the first source.
    test_numbers: Option<Vec<String>>,
}

/// Opening hours of the days to change; a day that is missing stays as it is.
#[derive(Debug, Default, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http::api) struct HoursChange {
    mon: Option<Vec<Span>>,
    tue: Option<Vec<Span>>,
    wed: Option<Vec<Span>>,
    thu: Option<Vec<Span>>,
    fri: Option<Vec<Span>>,
    sat: Option<Vec<Span>>,
    sun: Option<Vec<Span>>,
}

/// A change that makes sense.
#[derive(Debug, Default, Clone)]
pub(super) struct Checked {
    time_zone: Option<Option<String>>,
    hours: [Option<Open>; 7],
    holidays: Option<BTreeSet<NaiveDate>>,
    currency: Option<String>,
    reps: Option<Vec<Rep>>,
    test_numbers: Option<BTreeSet<String>>,
}

fn unfit(words: impl Into<String>) -> Problem {
    Problem::new(ProblemKind::Unprocessable, words)
}

/// What somebody gave, short enough for a sentence.
fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}

impl BusinessChange {
    /// Reads what was said; numbers with a region such as `US`.
    pub(super) fn checked(self, region: &str) -> Result<Checked, Problem> {
        Ok(Checked {
            time_zone: self.time_zone.map(zone).transpose()?,
            hours: match self.hours {
                Some(hours) => hours.checked()?,
                None => Default::default(),
            },
            holidays: self.holidays.map(|days| holidays(&days)).transpose()?,
            currency: self.currency.map(|word| currency(&word)).transpose()?,
            reps: self.reps.map(reps).transpose()?,
            test_numbers: self.test_numbers.map(|given| numbers(&given, region)).transpose()?,
        })
    }
}

impl Checked {
    pub(super) fn apply(self, set: &mut Business) {
        if let Some(zone) = self.time_zone {
            set.time_zone = zone;
        }
        for (day, given) in set.hours.iter_mut().zip(self.hours) {
            if let Some(given) = given {
                *day = given;
            }
        }
        if let Some(holidays) = self.holidays {
            set.holidays = holidays;
        }
        if let Some(currency) = self.currency {
            set.currency = currency;
        }
        if let Some(reps) = self.reps {
            set.reps = reps;
        }
        if let Some(numbers) = self.test_numbers {
            set.test_numbers = numbers;
        }
    }
}

fn zone(given: Option<String>) -> Result<Option<String>, Problem> {
    let Some(name) = given.map(|name| name.trim().to_string()).filter(|name| !name.is_empty()) else {
        return Ok(None);
    };
    match name.parse::<Tz>() {
        Ok(zone) => Ok(Some(zone.name().to_string())),
        Err(_) => {
            Err(unfit(format!("We know no time zone “{}”. They are called like America/New_York.", short(&name))))
        }
    }
}

impl HoursChange {
    fn checked(self) -> Result<[Option<Open>; 7], Problem> {
        let day = |name: &str, given: Option<Vec<Span>>| given.map(|spans| open(name, &spans)).transpose();
        Ok([
            day("Monday", self.mon)?,
            day("Tuesday", self.tue)?,
            day("Wednesday", self.wed)?,
            day("Thursday", self.thu)?,
            day("Friday", self.fri)?,
            day("Saturday", self.sat)?,
            day("Sunday", self.sun)?,
        ])
    }
}

/// The times of a day in order. Those that meet are one.
fn open(day: &str, given: &[Span]) -> Result<Open, Problem> {
    if given.len() > SPANS {
        return Err(unfit(format!("{day} has at most {SPANS} opening times.")));
    }
    let mut spans = Vec::new();
    for span in given {
        let read =
            |text: &str| minutes(text).ok_or_else(|| unfit(format!("{day}: “{}” is no time like 09:00.", short(text))));
        let (from, to) = (read(&span.from)?, read(&span.to)?);
        if from >= to {
            return Err(unfit(format!("{day}: it closes after it opens. Midnight as an end is 24:00.")));
        }
        spans.push((from, to));
    }
    spans.sort_unstable();
    let mut out: Open = Vec::new();
    for (from, to) in spans {
        match out.last_mut() {
            Some(last) if from < last.1 => return Err(unfit(format!("{day}: two opening times overlap."))),
            Some(last) if from == last.1 => last.1 = to,
            _ => out.push((from, to)),
        }
    }
    Ok(out)
}

fn holidays(given: &[String]) -> Result<BTreeSet<NaiveDate>, Problem> {
    if given.len() > HOLIDAYS {
        return Err(unfit(format!("There are at most {HOLIDAYS} holidays.")));
    }
    let day = |text: &String| {
        let day = text.trim().parse::<NaiveDate>().ok().filter(|day| (1970..=2199).contains(&day.year()));
        day.ok_or_else(|| unfit(format!("“{}” is no day like 2026-12-25.", short(text))))
    };
    given.iter().map(day).collect()
}

fn currency(given: &str) -> Result<String, Problem> {
    let code = given.trim().to_ascii_uppercase();
    if CURRENCIES.split_whitespace().any(|known| known == code) {
        return Ok(code);
    }
    Err(unfit(format!("We know no currency “{}”. They are called by three letters, like USD.", short(given))))
}

/// One line of plain characters.
fn name(given: &str) -> Result<String, Problem> {
    let name = given.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.chars().count() > NAME || name.chars().any(char::is_control) {
        return Err(unfit(format!("A name is one line of at most {NAME} characters.")));
    }
    Ok(name)
}

fn reps(given: Vec<RepView>) -> Result<Vec<Rep>, Problem> {
    if given.len() > REPS {
        return Err(unfit(format!("There are at most {REPS} people.")));
    }
    let mut out: Vec<Rep> = Vec::new();
    // Whoever goes by a name, by that name.
    let mut taken: HashMap<String, String> = HashMap::new();
    for rep in &given {
        let called = name(&rep.name)?;
        if called.is_empty() {
            return Err(unfit("Give everybody a name."));
        }
        if taken.insert(name_key(&called), called.clone()).is_some() {
            return Err(unfit(format!("There are two people called {}.", short(&called))));
        }
        if rep.also.len() > ALSO {
            return Err(unfit(format!("{} has at most {ALSO} other names.", short(&called))));
        }
        out.push(Rep { name: called, also: Vec::new() });
    }
    for (rep, given) in out.iter_mut().zip(&given) {
        for also in &given.also {
            let also = name(also)?;
            if also.is_empty() {
                continue;
            }
            match taken.get(&name_key(&also)) {
                Some(whose) if *whose == rep.name => {}
                Some(whose) => {
                    let (also, one, two) = (short(&also), short(whose), short(&rep.name));
                    return Err(unfit(format!("“{also}” is {one} already, and cannot be {two} too.")));
                }
                None => {
                    taken.insert(name_key(&also), rep.name.clone());
                    rep.also.push(also);
                }
            }
        }
    }
    Ok(out)
}

fn numbers(given: &[String], region: &str) -> Result<BTreeSet<String>, Problem> {
    if given.len() > NUMBERS {
        return Err(unfit(format!("There are at most {NUMBERS} test numbers.")));
    }
    let number = |text: &String| {
        phone::e164(text, region).ok_or_else(|| {
            unfit(format!("“{}” is no phone number we can read. Try it with + and the country.", short(text)))
        })
    };
    given.iter().map(number).collect()
}

#[cfg(test)]
#[path = "business_tests.rs"]
mod tests;
