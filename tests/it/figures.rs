//! Figures, each worked out a second time by plain loops over the journal (`figures/reference_counts.rs`), and the rows behind them.
//!
//! `LEADTRAIL_CASES=5000` runs the long version.

mod check;
mod generated_data;
mod journal;
mod reference_counts;
mod reference_periods;
mod town;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate, TimeDelta};
use leadtrail::figures::Compare;
use leadtrail::figures::measure::Measure;
use leadtrail::figures::model::Filters;
use leadtrail::settings::{Business, Rep};
use leadtrail::store::query;
use leadtrail::store::query::leads::Filter;

use check::{Case, Known, check};
use generated_data::{Data, MONTH, TOWN};
use reference_counts::{Ask, Waits};

/// Everything of a file counts.
fn everything(data: &Data, business: &Business) -> BTreeMap<Measure, usize> {
    let (filters, waits) = (Filters::default(), Waits::default());
    let ask = Ask {
        from: NaiveDate::MIN,
        to: NaiveDate::MAX,
        zone: leadtrail::zone::Tz::NEW_YORK,
        filters: &filters,
        business,
        services: &data.services,
        waits: &waits,
        hours: 0,
    };
    let mut counts = BTreeMap::new();
    for item in ask.items(&data.people) {
        for measure in item.counts.keys() {
            *counts.entry(*measure).or_default() += 1;
        }
    }
    counts
}

/// What is never counted cannot be wrong: each measure has rows in the town.
#[test]
fn every_measure_has_rows() {
    let business = Business { test_numbers: TOWN.phones.iter().take(9).cloned().collect(), ..Business::default() };
    let counts = everything(&TOWN, &business);
    let without: Vec<_> = Measure::ALL.iter().filter(|measure| !counts.contains_key(measure)).collect();
    assert!(without.is_empty(), "no rows count in {without:?}: {counts:?}");
}

/// The slow way knows the same people as the program.
#[test]
fn the_journal_tells_of_the_same_people() {
    for data in [&*MONTH, &*TOWN] {
        let mut known = BTreeSet::new();
        let mut query = Filter { limit: 200, ..Filter::default() };
        loop {
            let page = data.store.read_blocking(|c| query::leads::page(c, &query)).unwrap();
            for item in page.items {
                let mut lead = item.lead;
                lead.id = 0;
                known.insert(serde_json::to_string(&lead).unwrap());
            }
            query.cursor = page.next_cursor;
            if query.cursor.is_none() {
                break;
            }
        }
        let told: BTreeSet<String> =
            data.people.iter().map(|person| serde_json::to_string(&person.folded.lead).unwrap()).collect();
        assert!(known == told, "{:#?}", known.symmetric_difference(&told).take(4).collect::<Vec<_>>());
    }
}

const ZONES: [&str; 15] = [
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Pacific/Apia",
    "Africa/Cairo",
    "America/Santiago",
    "America/Vancouver",
    "America/Havana",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Pacific/Kiritimati",
    "America/St_Johns",
    "Antarctica/Troll",
    "UTC",
];

/// A business with its own hours, tests and names.
fn business(data: &Data, number: usize) -> Business {
    let mut chance = fastrand::Rng::with_seed(number as u64);
    let mut business = Business::default();
    match number {
        0 => return business,
        1 => business.hours = std::array::from_fn(|_| vec![(0, 1440)]),
        2 => business.hours = std::array::from_fn(|_| Vec::new()),
        // Over the hours that come twice or never.
        3 => business.hours = std::array::from_fn(|_| vec![(30, 95), (95, 150), (1380, 1440)]),
        _ => {
            for day in &mut business.hours {
                day.clear();
                let mut from = 0;
                while chance.u8(0..3) > 0 && from < 1300 {
                    let opens = chance.u16(from..1_400);
                    let closes = chance.u16(opens + 1..=1_440);
                    day.push((opens, closes));
                    from = closes;
                }
            }
        }
    }
    for _ in 0..chance.usize(0..40) {
        business.holidays.insert(data.days[chance.usize(0..data.days.len())]);
    }
    for _ in 0..chance.usize(0..25) {
        business.test_numbers.insert(data.phones[chance.usize(0..data.phones.len())].clone());
    }
    let rep = |name: &str, also: &[&str]| Rep { name: name.into(), also: also.iter().map(|a| a.to_string()).collect() };
    if chance.bool() {
        business.reps.push(rep("Sam", &["SAM REYES", " sam@office.example"]));
        business.reps.push(rep("Kim Osei", &["Dana Whitfield"]));
    }
    business
}

/// How many sets of hours there are.
const BUSINESSES: usize = 9;

fn case(data: &Data, chance: &mut fastrand::Rng) -> Case {
    let pick = |chance: &mut fastrand::Rng, of: Vec<String>| of.get(chance.usize(0..of.len().max(1))).cloned();
    let (number, zone) = (chance.usize(0..BUSINESSES), chance.usize(0..ZONES.len()));
    let business = business(data, number);
    let day = data.days[chance.usize(0..data.days.len())];
    let from = day - Days::new(chance.u64(0..4));
    let days = match chance.u8(0..8) {
        0 => chance.u64(0..2),
        1 => 6,
        2 | 3 => chance.u64(20..40),
        4 | 5 => chance.u64(40..200),
        _ => 364,
    };
    let mut filters = Filters::default();
    let lead = &data.people[chance.usize(0..data.people.len())].folded.lead;
    for which in 0..5 {
        // Mostly one of them, taken from somebody who is there, so that something is left.
        if chance.u8(0..9) > 0 {
            continue;
        }
        match which {
            0 => {
                filters.source =
                    pick(chance, lead.sources.iter().map(i64::to_string).collect()).map(|s| s.parse().unwrap())
            }
            1 => filters.campaign = lead.campaign.clone(),
            2 => {
                filters.rep = pick(chance, vec!["Sam".into(), "Kim Osei".into(), "Gil Ortega".into(), "Nobody".into()])
            }
            3 => filters.tag = pick(chance, lead.tags.clone()),
            _ => filters.stage = Some(lead.stage.as_str().into()),
        }
    }
    Case {
        from,
        to: from + Days::new(days),
        zone: ZONES[zone].parse().unwrap(),
        compare: [Compare::None, Compare::Previous, Compare::Previous, Compare::Year][chance.usize(0..4)],
        filters,
        business,
        hours: number * ZONES.len() + zone,
    }
}

/// Shows 1 and 2 of "Reports that prove themselves": every figure equals the slow way's, and every list behind one is as
/// long as it says.
#[test]
fn every_figure_and_its_rows_equal_the_slow_way() {
    let cases: usize = std::env::var("LEADTRAIL_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(100);
    let seed: u64 = std::env::var("LEADTRAIL_SEED").ok().and_then(|n| n.parse().ok()).unwrap_or(1);
    let mut wrong = Vec::new();
    let (mut cells, mut lists, mut listed) = (0, 0, 0);
    let (mut shown, mut dimensions) = (BTreeSet::new(), BTreeSet::new());
    for (data, share) in [(&*MONTH, 1), (&*TOWN, 3)] {
        // As it is known now, and as it was known at moments on the way.
        let now = data.until + TimeDelta::days(1);
        let moments = [None, Some(data.middle), Some(data.until - TimeDelta::days(9))];
        for (place, as_of) in moments.into_iter().enumerate() {
            let known_then = as_of.map(|_| journal::people(&data.store, as_of, &data.planted));
            let people = known_then.as_ref().unwrap_or(&data.people);
            let known = Known::new(&data.store, people, &data.services, as_of, now);
            let part = if place == 0 { 8 } else { 1 };
            for number in 0..(cases * share * part).div_ceil(40) {
                let mut chance = fastrand::Rng::with_seed(seed * 1_000_003 + (number * 8 + place * 2 + share) as u64);
                let mut case = case(data, &mut chance);
                if number == 0 {
                    // One with nothing asked, over the whole time.
                    case.filters = Filters::default();
                    case.to = data.days[data.days.len() - 1];
                    case.from = case.to - Days::new(300);
                }
                match check(&known, &case, &mut chance, number == 0 && place == 0) {
                    Ok(seen) => {
                        cells += seen.cells;
                        lists += seen.lists;
                        listed += seen.listed;
                        shown.extend(seen.shown);
                        dimensions.extend(seen.dimensions);
                    }
                    Err(difference) => wrong.push(difference),
                }
            }
        }
    }
    println!("{cells} cells, {lists} lists of {listed} rows, {} measures, {dimensions:?}", shown.len());
    // The same mistake shows in many answers: once is enough to see it.
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for line in wrong.iter().flat_map(|answer| answer.lines().skip(2)) {
        let kind: String = line.chars().filter(|c| !c.is_ascii_digit()).take(120).collect();
        *kinds.entry(kind).or_default() += 1;
    }
    for (kind, times) in kinds.iter().take(60) {
        println!("{times:4} × {kind}");
    }
    assert!(wrong.is_empty(), "{} of {cases} differ\n\n{}", wrong.len(), wrong[..wrong.len().min(4)].join("\n\n"));
    assert!(cells > 100 * cases && lists > cases && listed > cases, "{cells} cells, {lists} lists of {listed} rows");
    assert!(cases < 100 || dimensions.len() == 11 && shown.len() > 90, "{dimensions:?} {shown:?}");
}
