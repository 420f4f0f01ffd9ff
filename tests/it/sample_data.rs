//! Sample data, and that a rebuild of it is the same, byte for byte (law 2).

use chrono::{DateTime, Utc};
use leadtrail::ingest::{Ingest, demo};
use leadtrail::store::{Store, checkup, projection, query};

use super::support::fast_folder;

fn until() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-03-26T00:00:00Z").unwrap().to_utc()
}

fn filled(folder: &std::path::Path) -> Store {
    let store = Store::open(folder).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let done = runtime.block_on(demo::fill(&store, until(), |_, _| {})).unwrap();
    assert!(done.deliveries > 1_000, "{done:?}");
    store
}

#[test]
fn sample_data_is_the_same_every_time_and_a_rebuild_changes_nothing() {
    let (one, two) = (fast_folder(), fast_folder());
    let (store, other) = (filled(one.path()), filled(two.path()));
    let hash = store.read_blocking(projection::hash).unwrap();
    assert_eq!(hash, other.read_blocking(projection::hash).unwrap());

    let before = store.read_fresh(checkup::check).unwrap();
    assert!(before.ok, "{before:?}");
    let rebuilt = Ingest::new(store.clone()).rebuild(|_, _| {}).unwrap();
    assert_eq!((&rebuilt.hash_before, &rebuilt.hash_after), (&hash, &hash));
    assert_eq!(store.read_fresh(checkup::check).unwrap(), before, "the ledger and the counters are as they were");
}

#[test]
fn sample_data_never_touches_real_data() {
    let folder = fast_folder();
    let store = Store::open(folder.path()).unwrap();
    let new = leadtrail::store::NewSource {
        provider: "varda".into(),
        name: "Ours".into(),
        region: "US".into(),
        strict: false,
        key: "k".into(),
    };
    store.write_blocking(move |batch| batch.add_source(&new, until())).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    assert!(runtime.block_on(demo::fill(&store, until(), |_, _| {})).is_err());
    store.close();
    drop(store);
    assert!(demo::remove(folder.path()).is_err());
    assert!(folder.path().join(leadtrail::store::FILE).exists());
}

#[test]
fn sample_data_is_removed_whole() {
    let folder = fast_folder();
    let store = filled(folder.path());
    assert!(store.read_blocking(query::status::standing).unwrap().counts.leads > 100);
    store.close();
    drop(store);
    demo::remove(folder.path()).unwrap();
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.is_empty(), "{left:?}");
}
