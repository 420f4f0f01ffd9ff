//! What is written ahead of the data file does not stay as long as it once was.

use std::time::Instant;

use rusqlite::Connection;
use serde_json::json;

use crate::displaced::house::House;
use crate::support::until_blocking;

#[test]
fn what_grew_behind_a_reader_is_given_back_while_serving() {
    let mut house = House::open();
    let long = |house: &House| house.part("-wal").metadata().unwrap().len() / (1024 * 1024);
    let reader = Connection::open(house.file()).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM journal").unwrap();
    let begun = Instant::now();
    let mut random = fastrand::Rng::with_seed(3);
    let lead = house.get("/api/leads")["items"][0]["id"].clone();
    while long(&house) < 30 {
        assert!(begun.elapsed().as_secs() < 120, "it grows: {} MB", long(&house));
        // Nothing that can be packed much.
        let text: String = std::iter::repeat_with(|| random.alphanumeric()).take(8_000).collect();
        let note = json!({ "type": "note", "text": text, "by": "Ann" }).to_string();
        let (status, answer) = house.private("POST", &format!("/api/leads/{lead}/actions"), &note);
        assert_eq!(status, 201, "{answer}");
    }
    reader.execute_batch("COMMIT").unwrap();
    // Nothing is sent: it is given back by itself.
    until_blocking("it is cut down", || (long(&house) <= 16).then_some(()));
    assert_eq!(house.send(), 200);
    house.ends_whole();
}
