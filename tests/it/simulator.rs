//! The simulator at the command line: the same bytes for the same seed, real data untouched, and every service's messages
//! taken by a door as verified.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;

use chrono::{DateTime, Utc};
use leadtrail::ingest::{Ingest, demo};
use leadtrail::providers::Provider;
use leadtrail::providers::simulator::{Happening, YearsPlan, years};
use leadtrail::store::journal::{self, JournalEntry};
use leadtrail::store::query::status;
use leadtrail::store::{DeliveryRow, Store, Trust, checkup, projection, sources};

use super::support::{fast_folder, leadtrail, leadtrail_json, serve, until_blocking};

const UNTIL: &str = "2026-03-25";

fn until() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-03-26T00:00:00Z").unwrap().to_utc()
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Every delivery of a data file, in the order of its numbers.
fn deliveries(store: &Store) -> Vec<DeliveryRow> {
    let entries = store.read_blocking(|c| journal::after(c, 0, 100_000)).unwrap();
    let delivery = |entry| if let JournalEntry::Delivery(row) = entry { Some(row) } else { None };
    entries.into_iter().filter_map(|(_, entry)| delivery(entry)).collect()
}

/// Source, event, body, time of arrival.
type Arrival = (i64, Option<String>, Vec<u8>, DateTime<Utc>);

/// What a seed makes: each delivery as it came, and the people it is about.
fn made(arguments: &[&str]) -> (Vec<Arrival>, String) {
    let folder = fast_folder();
    let output = leadtrail(folder.path(), &[&["demo", "--until", UNTIL], arguments].concat());
    assert!(output.status.success(), "{}", words(&output.stderr));
    let store = Store::open(folder.path()).unwrap();
    let rows = deliveries(&store).into_iter().map(|row| (row.source, row.event, row.body, row.received_at)).collect();
    (rows, store.read_blocking(projection::hash).unwrap())
}

#[test]
fn the_same_seed_makes_the_same_bytes_and_another_seed_others() {
    let one = made(&["--leads", "40", "--seed", "5"]);
    assert_eq!(one, made(&["--leads", "40", "--seed", "5"]));
    let other = made(&["--leads", "40", "--seed", "6"]);
    assert_ne!(one.1, other.1);
    let bodies = |made: &[Arrival]| -> BTreeSet<Vec<u8>> { made.iter().map(|(_, _, body, _)| body.clone()).collect() };
    assert!(bodies(&one.0).is_disjoint(&bodies(&other.0)), "another seed tells of other people");
}

#[test]
fn as_many_people_as_were_asked_for_in_order_of_arrival_and_all_of_it_signed() {
    let folder = fast_folder();
    let asked = ["demo", "--leads", "250", "--seed", "2", "--months", "7", "--until", UNTIL, "--json"];
    let said = leadtrail_json(folder.path(), &asked);
    assert_eq!(said["leads"], 250);
    let store = Store::open(folder.path()).unwrap();
    let counts = store.read_blocking(status::standing).unwrap().counts;
    assert_eq!(counts.leads, 250, "every one of them was heard from, and nobody was taken for somebody else");
    assert_eq!(said["deliveries"], counts.deliveries);

    let rows = deliveries(&store);
    assert!(rows.is_sorted_by_key(|row| row.received_at));
    let all: Vec<_> = store.read_blocking(sources::all).unwrap();
    let mut of: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &rows {
        assert_eq!(row.trust, Trust::Verified, "{}", words(&row.body));
        *of.entry(&all.iter().find(|source| source.id == row.source).unwrap().provider).or_default() += 1;
    }
    assert_eq!(of.len(), Provider::ALL.len(), "{of:?}");
    let states = &counts.by_state;
    assert!(states.duplicate > 0, "what a sender repeats is there, and known as such");
    assert!(states.repaired > 0, "and so are slips in its JSON");
    assert!(counts.quarantined * 100 < counts.deliveries, "only a time now and then cannot be read");

    let before = store.read_fresh(checkup::check).unwrap();
    assert!(before.ok, "{before:?}");
    let rebuilt = Ingest::new(store.clone()).rebuild(|_, _| {}).unwrap();
    assert_eq!(rebuilt.hash_before, rebuilt.hash_after);
}

#[test]
fn the_first_is_there_before_the_rest_is_made() {
    let mut years = years(YearsPlan { months: 120, ..YearsPlan::of(1, 700_000, until()) });
    assert!(matches!(years.next(), Some(Happening::Sent(_))));
    let mut last = DateTime::UNIX_EPOCH;
    let mut most = 0;
    for _ in 0..3_000 {
        let next = years.next().unwrap().at();
        assert!(last <= next, "what was let go is never before what comes");
        last = next;
        most = most.max(years.held());
    }
    assert!(years.begun() < 3_000, "{}", years.begun());
    assert!(most < 6_000, "held {most} of the millions to come");
}

fn listed(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut store = Store::open(folder).unwrap();
    store.close();
    store = Store::open(folder).unwrap();
    store.read_blocking(projection::hash).unwrap();
    store.close();
    let file = folder.join(leadtrail::store::FILE);
    [(file.display().to_string(), std::fs::read(&file).unwrap())].into()
}

#[test]
fn real_data_is_never_touched() {
    let folder = fast_folder();
    leadtrail_json(folder.path(), &["source", "add", "--provider", "varda", "--name", "Ours", "--json"]);
    let before = listed(folder.path());
    let said = leadtrail_json(folder.path(), &["demo", "--leads", "20", "--until", UNTIL, "--json"]);
    assert_eq!(said["data"], folder.path().join(demo::FOLDER).to_str().unwrap());
    assert!(listed(folder.path()) == before, "the owner's own file is byte for byte as it was");
}

const KEY: &str = "5a3d9e1c7b40268fa1c05e72d9483b6f";

/// Connects services, each with the credential it has.
fn connect(folder: &Path, providers: &[Provider]) {
    for provider in providers {
        let slug = provider.slug();
        let mut arguments = vec!["source", "add", "--provider", slug, "--name", slug, "--json"];
        if matches!(provider.reader().about().credential, leadtrail::providers::Credential::SigningKey { .. }) {
            arguments.extend(["--signing-key", KEY]);
        } else {
            arguments.extend(["--auth-header", "X-Ours: of the owner"]);
        }
        leadtrail_json(folder, &arguments);
    }
}

#[test]
fn a_door_takes_everything_of_all_five_as_verified_and_nothing_twice() {
    let folder = fast_folder();
    connect(folder.path(), Provider::ALL);
    let mut serving = serve(folder.path());
    let door = format!("http://{}/", serving.hooks);
    let send = ["demo", "--leads", "30", "--seed", "4", "--months", "4", "--until", UNTIL, "--to", &door, "--json"];
    let said = leadtrail_json(folder.path(), &send);
    let all = years(YearsPlan { months: 4, ..YearsPlan::of(4, 30, until()) });
    let all = all.filter(|happening| matches!(happening, Happening::Sent(_))).count();
    assert_eq!(said["sent"], all);
    assert_eq!((said["left_out"].as_u64(), said["tried_again"].as_u64()), (Some(0), Some(0)), "{said}");
    let answered: u64 = ["200", "202"].iter().filter_map(|status| said["statuses"][status].as_u64()).sum();
    assert_eq!(answered, all as u64, "{said}");
    assert!(said["p50_ms"].as_f64().unwrap() > 0.0 && said["p99_ms"].as_f64() <= said["max_ms"].as_f64(), "{said}");

    // Beside the running program, as somebody who looks at both would. What waited aside is soon there too.
    let store = Store::open(folder.path()).unwrap();
    let counts = |all: usize| {
        until_blocking("all of it there", || {
            let counts = store.read_blocking(status::standing).unwrap().counts;
            (counts.deliveries >= all as i64).then_some(counts)
        })
    };
    let first = counts(all);
    let rows = deliveries(&store);
    assert_eq!((rows.len(), first.leads), (all, 30));
    assert!(rows.iter().all(|row| row.trust == Trust::Verified));

    // All of it once more: known, but for changes of calls, which have no id and count each time they come.
    let again = leadtrail(folder.path(), &send);
    assert!(words(&again.stderr).contains("holds leads already"), "{}", words(&again.stderr));
    let after = counts(all * 2);
    assert_eq!((after.leads, after.calls, after.deliveries), (30, first.calls, 2 * all as i64));
    let changes =
        rows.iter().filter(|row| row.event.as_deref().is_some_and(|event| event.ends_with("modified"))).count();
    let new = i64::try_from(changes).unwrap() + first.quarantined;
    assert!(after.by_state.duplicate >= first.by_state.duplicate + all as i64 - new, "{after:?}");
    store.close();
    assert_eq!(serving.terminate(), Some(0));
}

#[test]
fn who_is_not_connected_is_named_and_left_out() {
    let folder = fast_folder();
    let nowhere = "http://127.0.0.1:9";
    let refused = |arguments: &[&str]| {
        let output = leadtrail(folder.path(), &[&["demo", "--leads", "5", "--until", UNTIL], arguments].concat());
        assert!(!output.status.success());
        words(&output.stderr)
    };
    assert!(refused(&["--to", nowhere]).contains("There is no Leadtrail data"));
    Store::open(folder.path()).unwrap().close();
    assert!(refused(&["--to", nowhere]).contains("No service is connected"));
    connect(folder.path(), &[Provider::CallRail]);
    assert!(refused(&["--to", nowhere]).contains("No door of Leadtrail answers"));
    // A key is sent to nobody who might be overheard, and nowhere without being asked.
    assert!(refused(&["--to", "http://door.example"]).contains("not sent unencrypted"));
    assert!(refused(&["--to", "door"]).contains("no address"));

    let serving = serve(folder.path());
    let door = format!("http://{}", serving.hooks);
    let output = leadtrail(folder.path(), &["demo", "--leads", "10", "--until", UNTIL, "--to", &door, "--json"]);
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["missing"].as_array().unwrap().len(), 4, "{said}");
    assert!(words(&output.stderr).contains("Telmetrics"), "{}", words(&output.stderr));
    assert!(said["left_out"].as_u64().unwrap() > 0 && said["sent"].as_u64().unwrap() > 0, "{said}");

    // The keys of other data.
    let other = fast_folder();
    connect(other.path(), &[Provider::CallRail]);
    let output = leadtrail(other.path(), &["demo", "--leads", "10", "--until", UNTIL, "--to", &door]);
    assert!(!output.status.success());
    assert!(words(&output.stderr).contains("does not know the key of callrail"), "{}", words(&output.stderr));
}

/// A door that answers what it is told to, one request a connection, and says what it was sent.
fn door(answers: &'static [&'static str]) -> (String, std::thread::JoinHandle<Vec<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        let mut bodies = Vec::new();
        for answer in answers {
            let (stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream);
            let (mut line, mut length) = (String::new(), 0);
            loop {
                line.clear();
                reader.read_line(&mut line).unwrap();
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            bodies.push(body);
            let answer = format!("HTTP/1.1 {answer}\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
            reader.get_mut().write_all(answer.as_bytes()).unwrap();
        }
        bodies
    });
    (address, thread)
}

#[test]
fn a_door_that_asks_to_come_again_is_heeded_and_one_that_leads_elsewhere_is_left() {
    let folder = fast_folder();
    connect(folder.path(), &[Provider::CallRail]);
    // Then the address is that of nobody any more, and it is given up.
    let (address, thread) = door(&[
        "200 OK",
        "503 Service Unavailable\r\nRetry-After: 0",
        "429 Too Many Requests\r\nRetry-After: 0",
        "302 Found\r\nLocation: http://127.0.0.1:9/",
    ]);
    let arguments = ["demo", "--leads", "10", "--until", UNTIL, "--to", &address, "--senders", "1", "--json"];
    let output = leadtrail(folder.path(), &arguments);
    assert!(!output.status.success());
    assert!(words(&output.stderr).contains("leads to another address"), "{}", words(&output.stderr));
    let bodies = thread.join().unwrap();
    assert!(!bodies[1].is_empty());
    assert_eq!(bodies[1], bodies[2], "the same message comes again");
    assert_eq!(bodies[2], bodies[3]);
}
