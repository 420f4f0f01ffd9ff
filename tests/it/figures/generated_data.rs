//! Data to count: the month of the sample data, and a town in which everything happens that figures know of.

use std::collections::HashMap;
use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use leadtrail::ingest::demo;
use leadtrail::store::{Store, projection, sources};
use tempfile::TempDir;

use super::journal::{self, Person, Planted};
use super::town::{Town, phone_of};
use crate::support::fast_folder;

/// A file with what the journal tells of it.
pub struct Data {
    pub store: Store,
    pub people: Vec<Person>,
    pub services: HashMap<i64, String>,
    /// Who some numbers belong to: worth calling tests.
    pub phones: Vec<String>,
    pub planted: Vec<Planted>,
    /// Days on which something is going on.
    pub days: Vec<chrono::NaiveDate>,
    /// When half of its people had been heard from.
    pub middle: DateTime<Utc>,
    /// When the last of it had arrived.
    pub until: DateTime<Utc>,
    _folder: TempDir,
}

pub fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

/// A month of sample data.
pub static MONTH: LazyLock<Data> = LazyLock::new(|| {
    let folder = fast_folder();
    let store = Store::open(folder.path()).unwrap();
    let until = at("2026-03-26T00:00:00Z");
    runtime().block_on(demo::fill(&store, until, |_, _| {})).unwrap();
    data(folder, store, Vec::new(), until)
});

/// The town.
pub static TOWN: LazyLock<Data> = LazyLock::new(|| {
    let folder = fast_folder();
    let store = Store::open(folder.path()).unwrap();
    let mut town = Town::new(store.clone());
    let runtime = runtime();
    for index in 0..190 {
        runtime.block_on(town.somebody(index));
    }
    runtime.block_on(town.everything_once());
    let until = town.last + TimeDelta::seconds(1);
    let planted = town.estimates();
    for index in [3, 31, 77, 104, 120, 141] {
        let phone = phone_of(index);
        let lead = store.read_blocking(move |c| projection::lead_of_phone(c, &phone)).unwrap();
        leadtrail::ingest::erase::erase_unswept(&store, lead.unwrap(), until).unwrap();
    }
    data(folder, store, planted, until + TimeDelta::seconds(1))
});

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn data(folder: TempDir, store: Store, planted: Vec<Planted>, until: DateTime<Utc>) -> Data {
    let people = journal::people(&store, None, &planted);
    let services = store.read_blocking(sources::all).unwrap().into_iter().map(|row| (row.id, row.name)).collect();
    let phones = people.iter().filter_map(|person| person.folded.lead.phones.first().cloned()).collect();
    let mut days: Vec<_> =
        people.iter().flat_map(|person| &person.folded.entries).map(|entry| entry.at.date_naive()).collect();
    days.sort_unstable();
    days.dedup();
    let mut first: Vec<_> = people.iter().map(|person| person.folded.lead.first_seen).collect();
    first.sort_unstable();
    let middle = first[first.len() / 2];
    Data { store, people, services, phones, planted, days, middle, until, _folder: folder }
}
