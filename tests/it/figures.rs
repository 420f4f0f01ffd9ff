//! Figures, each worked out a second time by plain loops over the journal (`figures/slow.rs`), and the rows behind them.
//!
//! `LEADTRAIL_CASES=5000` runs the long version.

mod journal;
mod slow;
mod town;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use leadtrail::reports::measure::Measure;
use leadtrail::reports::model::Filters;
use leadtrail::settings::Business;
use leadtrail::store::query;
use leadtrail::store::query::leads::Filter;

use slow::{Ask, Waits};
use town::{Data, MONTH, TOWN};

/// Everything of a file counts.
fn everything(data: &Data, business: &Business) -> BTreeMap<Measure, usize> {
    let (filters, waits) = (Filters::default(), Waits::default());
    let ask = Ask {
        from: NaiveDate::MIN,
        to: NaiveDate::MAX,
        zone: chrono_tz::America::New_York,
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
    for measure in Measure::ALL {
        let rows = counts.get(measure).copied().unwrap_or(0);
        println!("{:5} {}", rows, measure.key());
        assert!(rows > 1, "{} rows count in {}", rows, measure.key());
    }
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
