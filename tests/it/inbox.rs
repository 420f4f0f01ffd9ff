//! No sender waits for whatever holds the data file (law 1): what comes meanwhile stands in the inbox, is answered with the
//! number it will have, and is on the timeline once the file is free again.

use rusqlite::Connection;
use serde_json::Value;

use crate::displaced::house::House;
use crate::support::{serve, until_blocking};

/// Another program that writes to the data file, for as long as this is held.
fn holding(house: &House) -> Connection {
    let other = Connection::open(house.file()).unwrap();
    other.busy_timeout(std::time::Duration::from_secs(60)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    other
}

/// The numbers that so many messages were answered with.
fn sent(house: &mut House, count: usize) -> Vec<i64> {
    (0..count)
        .map(|_| {
            let (status, answer) = house.post();
            assert_eq!(status, 200, "{answer}");
            let body = answer.split_once("\r\n\r\n").unwrap().1;
            serde_json::from_str::<Value>(body).unwrap()["delivery"].as_i64().unwrap()
        })
        .collect()
}

fn all_are_there(house: &House, numbers: &[i64]) {
    for number in numbers {
        until_blocking("it is in the journal", || {
            let (status, delivery) = house.private("GET", &format!("/api/deliveries/{number}"), "");
            (status == 200 && delivery["state"] == "processed").then_some(())
        });
    }
}

#[test]
fn whoever_holds_the_file_keeps_no_sender_waiting() {
    let mut house = House::open();
    let other = holding(&house);
    // All are answered while it is held: it is let go only after.
    let numbers = sent(&mut house, 20);
    drop(other);
    all_are_there(&house, &numbers);
    assert!(numbers.is_sorted());
    let later = sent(&mut house, 1);
    assert!(later[0] > numbers[19]);
    all_are_there(&house, &later);
}

#[test]
fn what_waits_is_taken_in_by_the_next_start() {
    let mut house = House::open();
    let other = holding(&house);
    let numbers = sent(&mut house, 20);
    house.kill();
    drop(other);
    house.serving = serve(&house.data);
    all_are_there(&house, &numbers);
}
