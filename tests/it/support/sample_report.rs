//! A report of the sample data.

use std::sync::LazyLock;

use leadtrail::figures::model::{Filters, Report, Row};
use leadtrail::figures::{Compare, Question, ReportError, stream};
use leadtrail::ingest::demo;
use leadtrail::settings::Business;
use leadtrail::store::Store;

use super::{fast_folder, fixture};

/// March of the sample data, compared with the month before, and its rows.
pub static MARCH: LazyLock<(Report, Vec<Row>)> = LazyLock::new(|| {
    std::thread::spawn(|| {
        let folder = fast_folder();
        let store = Store::open(folder.path()).unwrap();
        let until = "2026-03-26T20:00:00Z".parse().unwrap();
        tokio::runtime::Runtime::new().unwrap().block_on(demo::fill(&store, until, |_, _| {})).unwrap();
        let question = Question {
            name: "overview".into(),
            from: "2026-03-01".parse().unwrap(),
            to: "2026-03-26".parse().unwrap(),
            zone: fixture::ZONE,
            unit: None,
            compare: Compare::Previous,
            filters: Filters::default(),
            as_of: None,
            business: Business::default(),
            business_name: "Northgate Homes".into(),
        };
        let mut rows = Vec::new();
        let report = store
            .read_blocking(|c| {
                Ok(stream::<ReportError>(c, &question, until, &mut |row| {
                    rows.push(row.clone());
                    Ok(())
                }))
            })
            .unwrap()
            .unwrap();
        (report, rows)
    })
    .join()
    .unwrap()
});
