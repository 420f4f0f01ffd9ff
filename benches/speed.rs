//! How fast it is, as ratios of one machine in one run (design: targets). Prints; asserts nothing.
//!
//! ```sh
//! cargo bench --no-default-features                      # 10 000 leads before the reads are timed
//! LEADTRAIL_LEADS=100000 cargo bench --no-default-features
//! LEADTRAIL_LEADS=40 LEADTRAIL_REQUESTS=80 cargo test --no-default-features --bench speed --bench reports   # only whether it runs
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use chrono::{DateTime, Utc};
use leadtrail::http::{self, App};
use leadtrail::ingest::{Ingest, WebhookRequest};
use leadtrail::providers::Provider;
use leadtrail::providers::simulator::{self, Happening, SimulationPlan, YearsPlan};
use leadtrail::settings::Settings;
use leadtrail::store::query::leads::{self, Filter};
use leadtrail::store::query::{lead, search};
use leadtrail::store::{DataLock, NewSource, SourceRow, Store, sources};
use tokio::sync::oneshot;

const SENDERS: usize = 32;

/// How many requests a load is.
fn load_size() -> usize {
    std::env::var("LEADTRAIL_REQUESTS").ok().and_then(|n| n.parse().ok()).unwrap_or(20_000)
}

fn main() {
    let until = DateTime::parse_from_rfc3339("2026-03-26T00:00:00Z").unwrap().to_utc();
    let leads: usize = std::env::var("LEADTRAIL_LEADS").ok().and_then(|n| n.parse().ok()).unwrap_or(10_000);
    let runtime = tokio::runtime::Runtime::new().unwrap();

    let floor_folder = tempfile::tempdir().unwrap();
    let floor = runtime.block_on(serve_floor(floor_folder.path()));
    let folder = tempfile::tempdir().unwrap();
    let lock = DataLock::take(folder.path()).unwrap();
    let (store, keys) = open(folder.path(), &lock);
    let (door, _open) = runtime.block_on(serve(&store));

    // The middle of a large story, so that most deliveries meet a lead that has a past.
    let bodies = requests(&keys, 3, load_size() / 4, until);
    println!("bodies: {} of {} bytes on average", bodies.len(), mean_size(&bodies));
    let plain: Vec<Request> = bodies.iter().map(|r| Request { path: "/".into(), ..r.clone() }).collect();
    let (floor_rate, floor_times) = load(floor, &plain);
    show("floor: axum, one writer, group commit", floor_rate, &floor_times);
    let (rate, times) = load(door, &bodies);
    show("leadtrail: kept, folded, searchable", rate, &times);
    taken_in(&store);
    println!("  {:.2} of the floor", rate / floor_rate);

    let started = Instant::now();
    let plan = SimulationPlan::Years(YearsPlan::of(5, leads, until));
    let count = runtime.block_on(fill(&store, plan));
    taken_in(&store);
    println!(
        "\n{count} more deliveries straight through the ingest pipeline: {:.0} /s",
        count as f64 / started.elapsed().as_secs_f64()
    );
    let (rate_full, times) = load(door, &requests(&keys, 9, load_size() / 4, until));
    show("leadtrail: on the larger file", rate_full, &times);
    taken_in(&store);
    println!("  {:.2} of the empty file", rate_full / rate);

    reads(&store);
    let started = Instant::now();
    let rebuilt = Ingest::new(store.clone()).rebuild(|_, _| {}).unwrap();
    println!(
        "rebuild: {} events, {:.0} /s, identical",
        rebuilt.events,
        rebuilt.events as f64 / started.elapsed().as_secs_f64(),
    );
    assert_eq!(rebuilt.hash_before, rebuilt.hash_after, "a rebuild gives what was there (law 2)");
    let raw = store.read_blocking(leadtrail::store::journal::raw_size).unwrap();
    store.close();
    let size = std::fs::metadata(folder.path().join(leadtrail::store::FILE)).unwrap().len();
    println!("file: {:.2} of the {} MB of JSON received", size as f64 / raw as f64, raw / 1_000_000);
}

#[derive(Clone)]
struct Request {
    path: String,
    body: String,
}

fn mean_size(requests: &[Request]) -> usize {
    requests.iter().map(|r| r.body.len()).sum::<usize>() / requests.len().max(1)
}

fn open(folder: &std::path::Path, lock: &DataLock) -> (Store, Vec<(Provider, Arc<SourceRow>)>) {
    let store = Store::open_held(folder, lock).unwrap();
    let keys = Provider::ALL
        .iter()
        .map(|&provider| {
            let new = NewSource {
                provider: provider.slug().into(),
                name: provider.to_string(),
                region: "US".into(),
                strict: false,
                key: format!("key{}", provider.slug()),
            };
            let id = store.write_blocking(move |batch| batch.add_source(&new, DateTime::UNIX_EPOCH)).unwrap();
            (provider, Arc::new(store.read_blocking(|c| sources::by_id(c, id)).unwrap()))
        })
        .collect();
    (store, keys)
}

fn requests(keys: &[(Provider, Arc<SourceRow>)], seed: u64, leads: usize, until: DateTime<Utc>) -> Vec<Request> {
    simulator::month(seed, leads, until)
        .sent
        .into_iter()
        .take(load_size())
        .map(|sent| {
            let key = &keys.iter().find(|(provider, _)| *provider == sent.provider).unwrap().1.key;
            let event = sent.event.map(|event| format!("/{event}")).unwrap_or_default();
            Request { path: format!("/hooks/{key}{event}"), body: sent.body }
        })
        .collect()
}

async fn serve(store: &Store) -> (SocketAddr, tokio::sync::watch::Sender<bool>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = App::new(store.clone(), Settings::default(), "loopback");
    // The door closes when whoever could end it is gone.
    let (end, never) = tokio::sync::watch::channel(false);
    tokio::spawn(leadtrail::doors::hooks::serve(listener, http::hooks(app), never));
    (address, end)
}

/// Nothing but what law 1 asks of anybody: the body in one SQLite file, WAL, FULL, group commit.
async fn serve_floor(folder: &std::path::Path) -> SocketAddr {
    type Job = (bytes::Bytes, oneshot::Sender<()>);
    let connection = rusqlite::Connection::open(folder.join("floor.sqlite")).unwrap();
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (id INTEGER PRIMARY KEY, body BLOB)",
        )
        .unwrap();
    let (jobs, waiting) = std::sync::mpsc::sync_channel::<Job>(1024);
    std::thread::spawn(move || {
        while let Ok(first) = waiting.recv() {
            let batch: Vec<Job> = std::iter::once(first).chain(waiting.try_iter().take(255)).collect();
            connection.execute_batch("BEGIN IMMEDIATE").unwrap();
            for (body, _) in &batch {
                connection.prepare_cached("INSERT INTO t (body) VALUES (?1)").unwrap().execute([&body[..]]).unwrap();
            }
            connection.execute_batch("COMMIT").unwrap();
            for (_, done) in batch {
                let _ = done.send(());
            }
        }
    });
    let router = Router::new()
        .route(
            "/",
            post(|State(jobs): State<std::sync::mpsc::SyncSender<Job>>, body: bytes::Bytes| async move {
                let (done, answer) = oneshot::channel();
                jobs.send((body, done)).unwrap();
                answer.await.unwrap();
                "ok"
            }),
        )
        .with_state(jobs);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

/// Sends everything over 32 kept-open connections. Requests a second, and each answer's time.
fn load(address: SocketAddr, requests: &[Request]) -> (f64, Vec<Duration>) {
    let next = AtomicUsize::new(0);
    let started = Instant::now();
    let mut times: Vec<Duration> = std::thread::scope(|scope| {
        let senders: Vec<_> = (0..SENDERS).map(|_| scope.spawn(|| send(address, requests, &next))).collect();
        senders.into_iter().flat_map(|sender| sender.join().unwrap()).collect()
    });
    let rate = times.len() as f64 / started.elapsed().as_secs_f64();
    times.sort_unstable();
    (rate, times)
}

/// What still waits in the inbox when a run of load ends is less than a second's work.
fn taken_in(store: &Store) {
    let (waiting, started) = (store.waiting(), Instant::now());
    while store.waiting() > 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    println!("  {waiting} waited in the inbox, taken in within {:.0} ms", started.elapsed().as_secs_f64() * 1000.0);
}

fn send(address: SocketAddr, requests: &[Request], next: &AtomicUsize) -> Vec<Duration> {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    let mut times = Vec::new();
    while let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
        let started = Instant::now();
        let head = format!(
            "POST {} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            request.path,
            request.body.len()
        );
        writer.write_all(&[head.as_bytes(), request.body.as_bytes()].concat()).unwrap();
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        assert!(line.contains(" 200 ") || line.contains(" 202 "), "{line}");
        let mut length = 0;
        loop {
            line.clear();
            reader.read_line(&mut line).unwrap();
            if line.trim().is_empty() {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        times.push(started.elapsed());
    }
    times
}

/// Years of the simulated business with its long talks, a few hundred deliveries at a time: how many there were.
async fn fill(store: &Store, plan: SimulationPlan) -> usize {
    let ingest = Ingest::new(store.clone());
    let rows = store.read_blocking(sources::all).unwrap();
    let rows: Vec<Arc<SourceRow>> = rows.into_iter().map(Arc::new).collect();
    let mut happenings = plan.happenings();
    let mut count = 0;
    loop {
        let together: Vec<Happening> = happenings.by_ref().take(256).collect();
        if together.is_empty() {
            return count;
        }
        let sent =
            together.into_iter().filter_map(|one| if let Happening::Sent(sent) = one { Some(sent) } else { None });
        let answers: Vec<_> = sent
            .map(|sent| {
                ingest.accept(WebhookRequest {
                    source: rows.iter().find(|row| row.provider == sent.provider.slug()).unwrap().clone(),
                    event: sent.event.map(String::from),
                    content_type: Some("application/json".into()),
                    headers: sent.headers.clone(),
                    body: sent.body.into(),
                    received_at: sent.at,
                })
            })
            .collect();
        count += answers.len();
        for answer in futures_util::future::join_all(answers).await {
            answer.unwrap();
        }
    }
}

fn reads(store: &Store) {
    let ids: Vec<i64> = store
        .read_blocking(|c| leads::page(c, &Filter { limit: 200, ..Filter::default() }))
        .unwrap()
        .items
        .iter()
        .map(|row| row.lead.id)
        .collect();
    timed("a page of leads", 200, |_| {
        store.read_blocking(|c| leads::page(c, &Filter { limit: 50, ..Filter::default() })).unwrap();
    });
    timed("a timeline", 200, |i| {
        let id = ids[i % ids.len()];
        store
            .read_blocking(|c| {
                lead::timeline(c, id, &lead::TimelineRange { limit: 500, ..lead::TimelineRange::default() })
            })
            .unwrap();
    });
    let words = ["quote", "kitchen", "0142", "jane", "booked", "zamora", "peachtree", "walk-in shower"];
    timed("a search", 200, |i| {
        store.read_blocking(|c| search::search(c, words[i % words.len()], 20)).unwrap();
    });
}

fn timed(what: &str, times: usize, run: impl Fn(usize)) {
    let mut all: Vec<Duration> = (0..times)
        .map(|i| {
            let started = Instant::now();
            run(i);
            started.elapsed()
        })
        .collect();
    all.sort_unstable();
    println!("{what}: p50 {:.1?}, p99 {:.1?}", at(&all, 0.5), at(&all, 0.99));
}

fn show(what: &str, rate: f64, times: &[Duration]) {
    println!("{what}: {rate:.0} /s, p50 {:.1?}, p99 {:.1?}", at(times, 0.5), at(times, 0.99));
}

fn at(sorted: &[Duration], share: f64) -> Duration {
    sorted[((sorted.len() - 1) as f64 * share) as usize]
}
