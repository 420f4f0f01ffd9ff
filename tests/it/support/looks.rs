//! How a file looks, and that a rebuild leaves it so.

use leadtrail::ingest::Ingest;
use leadtrail::store::{checkup, projection};

use super::TestApp;

/// The projection's hash, the ledger and the counters; and that all is well with the file.
pub fn looks(app: &TestApp) -> (String, Vec<String>) {
    app.app
        .store
        .read_fresh(|c| {
            let mut rows = c.prepare(
                "SELECT seq || ' ' || state || ' ' || events || ' ' || coalesce(placed_at, 0) || coalesce(reason, '')
                 FROM ledger UNION ALL SELECT name || ' ' || n FROM counters WHERE n <> 0 ORDER BY 1",
            )?;
            let rows = rows.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
            let found = checkup::check(c)?;
            assert!(found.ok, "{:?}", found.problems);
            Ok((projection::hash(c)?, rows))
        })
        .unwrap()
}

/// The projection, the ledger, every counter and what the check-up counts come out of a rebuild as they went in.
pub async fn rebuilds_the_same(app: &TestApp) {
    let figures = || app.app.store.read_fresh(checkup::check).unwrap();
    let before = (looks(app), figures());
    let ingest = Ingest::new(app.app.store.clone());
    let rebuilt = tokio::task::spawn_blocking(move || ingest.rebuild(|_, _| {})).await.unwrap().unwrap();
    assert_eq!(rebuilt.hash_before, rebuilt.hash_after);
    assert_eq!((looks(app), figures()), before);
}
