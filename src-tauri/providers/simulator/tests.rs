//! The simulated month is what the readers read.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use super::*;
use crate::providers::{ReaderInput, body};

fn until() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-03-26T00:00:00Z").unwrap().with_timezone(&Utc)
}

#[test]
fn the_same_seed_gives_the_same_month() {
    assert_eq!(month(7, 40, until()), month(7, 40, until()));
    assert_ne!(month(7, 40, until()), month(8, 40, until()));
}

#[test]
fn everything_but_the_planted_slip_can_be_read() {
    let month = month(1, 200, until());
    let mut unread = Vec::new();
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for sent in &month.sent {
        let parsed = body::parse_body(sent.body.as_bytes(), Some("application/json")).unwrap();
        let delivery = ReaderInput {
            event: sent.event,
            body: &parsed.json,
            raw: sent.body.as_bytes(),
            headers: &sent.headers,
            region: "US",
            received_at: sent.at,
        };
        match sent.provider.reader().read(&delivery) {
            Ok(drafts) => {
                for draft in drafts {
                    *kinds.entry(format!("{} {}", sent.provider.slug(), draft.name)).or_default() += 1;
                    assert!(!draft.identities.is_empty(), "{} {} names nobody", sent.provider, draft.name);
                }
            }
            Err(error) => unread.push(error.reason),
        }
    }
    assert_eq!(unread, ["Telmetrics sent a start time we could not read"]);
    assert!(kinds.len() >= 20, "a month shows most of what the senders can say: {kinds:?}");
    assert!(month.did.len() > 20);
}
