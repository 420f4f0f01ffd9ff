//! Broken bodies of every sender through the public door's router, on a file, beside a model that says what design.md's
//! table demands of each.
//!
//! `LEADTRAIL_FUZZ=1000000` sends that many (a profile with optimisation is wise), `LEADTRAIL_FUZZ_SEED=7` other ones,
//! and `LEADTRAIL_FUZZ_CASE=7:1234` the one that went wrong alone, with what is sent printed.

mod breaking;

use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::Request;
use breaking::{Stock, bend};
use fastrand::Rng;
use futures_util::StreamExt;
use leadtrail::clock;
use leadtrail::providers::{Credential, Provider};
use leadtrail::settings::Values;
use leadtrail::store::{Batch, NewSource, SourceRow, checkup, journal, sources};

use super::support::{Answer, TestApp, gzip};

/// Small, so that what is too large is cheap to make.
const LIMIT: usize = 128 * 1024;
/// Bodies a file: leads stay small, as they are.
const A_FILE: u64 = 2000;
const AT_ONCE: usize = 32;
const STUCK: Duration = super::support::HANGS;
const KEY: &str = "the key we share";

/// A source as the owner set it up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Setup {
    Open,
    Checked,
    Strict,
    Closed,
}

const SETUPS: [Setup; 4] = [Setup::Open, Setup::Checked, Setup::Strict, Setup::Closed];

/// What the model says of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// 200 or 202, with a row of the journal that holds the body as it came.
    Kept,
    /// 202; a row unless the quarantine is full.
    Unverified,
    /// This status, and nothing is kept.
    Refused(u16),
    /// 200, and nothing is kept.
    Hello,
    /// A packed body was bent after it was signed: verified or not, one of the above.
    KeptOrRefused,
}

struct Case {
    provider: Provider,
    source: usize,
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    expected: Expected,
}

/// The sources of one file, by provider and [`SETUPS`].
struct House {
    app: Arc<TestApp>,
    sources: Vec<Arc<SourceRow>>,
}

impl House {
    async fn build() -> House {
        let app = TestApp::with(Values { body_limit: LIMIT, ..Values::default() });
        let mut all = Vec::new();
        for &provider in Provider::ALL {
            for setup in SETUPS {
                let signs = matches!(provider.reader().about().credential, Credential::SigningKey { .. });
                let checked = matches!(setup, Setup::Checked | Setup::Strict);
                let new = NewSource {
                    provider: provider.slug().into(),
                    name: format!("{provider}, {setup:?}"),
                    region: "US".into(),
                    strict: setup == Setup::Strict,
                    key: sources::new_key().unwrap(),
                };
                let add = move |batch: &mut Batch<'_>| {
                    let now = clock::now();
                    let id = batch.add_source(&new, now)?;
                    if checked {
                        batch.add_source_key(id, (!signs).then_some("Authorization"), KEY, now)?;
                    }
                    if setup == Setup::Closed {
                        batch.close_source(id, now)?;
                    }
                    Ok(id)
                };
                let id = app.app.store.write(add).await.unwrap();
                let source = Arc::new(app.app.store.read_blocking(|c| sources::by_id(c, id)).unwrap());
                all.push(source);
            }
        }
        House { app: Arc::new(app), sources: all }
    }
}

fn case(stock: &Stock, keys: &[String], seed: u64, number: u64) -> Case {
    let mut rng = Rng::with_seed(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ number);
    let rng = &mut rng;
    let broken = stock.broken(rng);
    let (provider, mut body) = (broken.provider, broken.body);
    let setup = rng.usize(..100);
    let setup = if setup < 50 {
        0
    } else if setup < 75 {
        1
    } else if setup < 98 {
        2
    } else {
        3
    };
    let source = Provider::ALL.iter().position(|p| *p == provider).unwrap() * SETUPS.len() + setup;
    let setup = SETUPS[setup];

    // Where it is sent.
    let mut known = setup != Setup::Closed;
    let key = match rng.u8(..100) {
        0 => {
            known = false;
            let key = &keys[source];
            [key.to_uppercase(), format!("{key}0"), key[1..].to_string(), "%00".into(), "guess".into()][rng.usize(..5)]
                .clone()
        }
        _ => keys[source].clone(),
    };
    let events = provider.reader().events();
    let event = match rng.u8(..20) {
        0 => None,
        1 if !events.is_empty() => Some(events[rng.usize(..events.len())].key),
        2 => Some(["nonsense", "%ff", "%E2%80%AE", "a+b%20c", "Post_Call"][rng.usize(..5)]),
        _ => broken.event,
    };
    let mut path = event.map_or_else(|| format!("/hooks/{key}"), |event| format!("/hooks/{key}/{event}"));
    if rng.u8(..30) == 0 {
        path.push_str(["/", "?a=b&c=%ff", "?echo=x"][rng.usize(..3)]);
    }
    let method = match rng.u8(..100) {
        0 => ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"][rng.usize(..6)],
        _ => "POST",
    };

    // Too large, plain or unpacked.
    match rng.u16(..400) {
        0 | 1 => body.extend(std::iter::repeat_n(b' ', LIMIT)),
        2 => body = vec![b'['; LIMIT],
        3 => body = gzip(&vec![b' '; LIMIT * 10]),
        _ => {}
    }
    let plain = body.clone();
    let mut headers: Vec<(String, String)> = Vec::new();
    let mut bent = false;
    match rng.u8(..50) {
        0..5 => {
            body = gzip(&body);
            headers.push(("Content-Encoding".into(), ["gzip", "GZIP", "x-gzip"][rng.usize(..3)].into()));
        }
        5 => body = gzip(&body),
        6 => {
            body = gzip(&body);
            (0..rng.usize(1..4)).for_each(|_| bend(&mut body, rng));
            bent = true;
            headers.push(("content-encoding".into(), "gzip".into()));
        }
        7 => headers.push((
            "content-encoding".into(),
            ["gzip", "br", "deflate", "identity", "", "gzip, br"][rng.usize(..6)].into(),
        )),
        _ => {}
    }
    if let Some(content_type) = broken.content_type {
        headers.push(("Content-Type".into(), content_type.into()));
    }

    // How it proves itself.
    let about = provider.reader().about();
    let honest = rng.u8(..10) < 7;
    let now = chrono::DateTime::from_timestamp(1_774_000_000, 0).unwrap();
    match about.credential {
        Credential::SigningKey { .. } => {
            let signed = if rng.bool() { &plain } else { &body };
            let word = if honest { KEY } else { "another key" };
            let mut signature = provider.reader().sign(signed, word, now);
            if !honest {
                match rng.u8(..3) {
                    0 => signature.clear(),
                    1 => signature
                        .iter_mut()
                        .for_each(|(_, value)| *value = ["", "=", "sha256=", "t=,v1=", "🙈"][rng.usize(..5)].into()),
                    _ => {}
                }
            }
            headers.extend(signature);
        }
        Credential::AuthHeader { .. } => {
            if honest {
                headers.push(("authorization".into(), KEY.into()));
            } else if rng.bool() {
                headers.push(("authorization".into(), ["", "Bearer x", "the key we shar"][rng.usize(..3)].into()));
            }
        }
    }
    if rng.u8(..50) == 0 {
        headers.extend((0..rng.usize(1..60)).map(|n| (format!("x-noise-{n}"), "y".repeat(rng.usize(..300)))));
    }

    let checked = matches!(setup, Setup::Checked | Setup::Strict);
    let expected = match method {
        "GET" | "HEAD" if known => Expected::Hello,
        "GET" | "HEAD" => Expected::Refused(404),
        "POST" if !known => Expected::Refused(404),
        "POST" if body.len() > LIMIT || is_too_large_unpacked(&body, &headers) => Expected::Refused(413),
        "POST" if !checked => Expected::Kept,
        "POST" if honest && bent => {
            if setup == Setup::Strict {
                Expected::KeptOrRefused
            } else {
                Expected::Kept
            }
        }
        "POST" if honest => Expected::Kept,
        "POST" if setup == Setup::Strict => Expected::Refused(401),
        "POST" => Expected::Unverified,
        _ => Expected::Refused(405),
    };
    Case { provider, source, method, path, headers, body, expected }
}

/// The model's own look: whether a body that says it is packed, or looks it, is beyond the limit once unpacked.
fn is_too_large_unpacked(body: &[u8], headers: &[(String, String)]) -> bool {
    let encoding = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-encoding"));
    let encoding = encoding.map(|(_, value)| value.to_lowercase()).unwrap_or_default();
    let magic = body.starts_with(&[0x1f, 0x8b]);
    let unpacks = match encoding.as_str() {
        "" | "identity" => magic,
        "gzip" | "x-gzip" => magic,
        _ => false,
    };
    let mut out = Vec::new();
    unpacks
        && flate2::read::MultiGzDecoder::new(body).take(LIMIT as u64 + 1).read_to_end(&mut out).is_ok()
        && out.len() > LIMIT
}

/// Sends one and compares; the number of the journal under which it must stand, if it must.
async fn send(house: &House, case: &Case) -> Result<(Answer, Option<i64>), String> {
    let mut request = Request::builder().method(case.method).uri(&case.path);
    for (name, value) in &case.headers {
        request = request.header(name, value.as_bytes());
    }
    let request = request.body(Body::from(case.body.clone())).map_err(|error| error.to_string())?;
    let asked = house.app.hook(request);
    let answer = tokio::time::timeout(STUCK, asked).await.map_err(|_| "stuck".to_string())?;
    let json: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let (status, delivery) = (answer.status, json["delivery"].as_i64());
    let word = json["status"].as_str().unwrap_or_default();
    let reason = json["reason"].as_str().unwrap_or_default();
    if reason.contains("stumbled") {
        return Err(format!("a reader panicked: {reason}"));
    }
    let taken = match status {
        200 => matches!(word, "accepted" | "duplicate") && json["events"].as_u64().is_some_and(|events| events > 0),
        202 => word == "quarantined" && reason.ends_with(['.', '!', '?']),
        _ => false,
    };
    let fits = match case.expected {
        Expected::Kept => taken && delivery.is_some(),
        Expected::Unverified => taken && status == 202,
        Expected::Refused(expected) => status == expected && delivery.is_none(),
        Expected::Hello => status == 200 && delivery.is_none(),
        Expected::KeptOrRefused => status == 401 || (taken && delivery.is_some()),
    };
    if fits { Ok((answer, delivery)) } else { Err(format!("{:?}, but {status} {}", case.expected, answer.text())) }
}

#[derive(Default)]
struct Figures {
    bodies: u64,
    bytes: u64,
    statuses: BTreeMap<String, u64>,
    providers: BTreeMap<&'static str, u64>,
    events: i64,
    leads: i64,
}

/// Sends `numbers` of `seed` to a new file, and looks through the file afterwards.
async fn one_file(stock: &Arc<Stock>, seed: u64, numbers: std::ops::Range<u64>, thorough: bool, figures: &mut Figures) {
    let house = Arc::new(House::build().await);
    let keys: Arc<Vec<String>> = Arc::new(house.sources.iter().map(|source| source.key.clone()).collect());
    let sent = futures_util::stream::iter(numbers)
        .map(|number| {
            let (house, stock, keys) = (house.clone(), stock.clone(), keys.clone());
            let sending = tokio::spawn(async move {
                let case = case(&stock, &keys, seed, number);
                let outcome = send(&house, &case).await;
                (case, outcome)
            });
            async move { (number, sending.await) }
        })
        .buffer_unordered(AT_ONCE);
    let mut kept: HashMap<i64, (i64, Vec<u8>)> = HashMap::new();
    let mut sent = std::pin::pin!(sent);
    while let Some((number, done)) = sent.next().await {
        let again = format!("LEADTRAIL_FUZZ_CASE={seed}:{number} makes it again");
        let (case, outcome) = done.unwrap_or_else(|error| panic!("{again}: {error}"));
        let (answer, delivery) =
            outcome.unwrap_or_else(|what| panic!("{again}: {} {}: {what}", case.method, case.provider));
        figures.bodies += 1;
        figures.bytes += case.body.len() as u64;
        *figures.providers.entry(case.provider.slug()).or_default() += 1;
        let word = match answer.status {
            200 if case.method == "POST" => format!("200 {}", answer.json()["status"].as_str().unwrap_or_default()),
            202 if matches!(case.expected, Expected::Unverified) => "202 not verified".into(),
            202 => "202 not understood".into(),
            status => status.to_string(),
        };
        *figures.statuses.entry(word).or_default() += 1;
        if let Some(delivery) = delivery {
            let twice = kept.insert(delivery, (house.sources[case.source].id, case.body));
            assert!(twice.is_none(), "{again}: two requests have the number {delivery}");
        }
    }

    // What was acknowledged is there, as it came, and nothing else is.
    let store = &house.app.app.store;
    let mut after = 0;
    loop {
        let rows = store.read_blocking(|c| journal::after(c, after, 500)).unwrap();
        let Some((last, _)) = rows.last() else { break };
        after = *last;
        for (seq, entry) in rows {
            let journal::JournalEntry::Delivery(row) = entry else { continue };
            let (source, body) = kept.remove(&seq).unwrap_or_else(|| panic!("nobody was told of delivery {seq}"));
            assert!(row.source == source && row.body == body, "delivery {seq} is as it came");
        }
    }
    assert!(kept.is_empty(), "acknowledged and not there: {:?}", kept.keys());
    let found = store.read_fresh(checkup::check).unwrap();
    assert!(found.ok, "{:?}", found.problems);
    figures.events += found.events;
    figures.leads += found.leads;
    // And the owner can look at all of it.
    for lead in house.app.leads().await.iter().take(20) {
        house.app.timeline(lead).await;
    }
    for delivery in house.app.deliveries().await.iter().take(20) {
        house.app.get_json(&format!("/api/deliveries/{}", delivery["id"])).await;
    }
    if thorough {
        let ingest = house.app.app.ingest.clone();
        let rebuilt = tokio::task::spawn_blocking(move || ingest.rebuild(|_, _| {})).await.unwrap().unwrap();
        assert_eq!(rebuilt.hash_before, rebuilt.hash_after, "read again, it says the same");
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_broken_body_is_kept_or_refused_as_the_table_says() {
    let stock = Arc::new(Stock::gather());
    if let Ok(again) = std::env::var("LEADTRAIL_FUZZ_CASE") {
        let (seed, number) = again.split_once(':').unwrap();
        let (seed, number) = (seed.parse().unwrap(), number.parse().unwrap());
        let keys: Vec<String> = (0..Provider::ALL.len() * SETUPS.len()).map(|n| format!("{n:040}")).collect();
        let case = case(&stock, &keys, seed, number);
        println!("{} {}\n{:?}\n{:?}", case.method, case.path, case.headers, case.expected);
        println!("{}", String::from_utf8_lossy(&case.body));
        one_file(&stock, seed, number..number + 1, true, &mut Figures::default()).await;
        return;
    }
    let wanted = number("LEADTRAIL_FUZZ");
    let any = number("LEADTRAIL_FUZZ_SEED").unwrap_or_else(|| fastrand::u64(..1_000_000));
    // Always the same ones, and some that nobody has seen.
    let runs = match wanted {
        None => vec![(1, 2000), (any, 1000)],
        Some(wanted) => vec![(any, wanted)],
    };
    let (mut figures, start) = (Figures::default(), Instant::now());
    for (seed, count) in runs {
        println!("seed {seed}: {count} bodies from {} of senders", stock.fixtures());
        let mut begin = 0;
        while begin < count {
            let end = (begin + A_FILE).min(count);
            // Reading everything again takes as long as reading it did.
            one_file(&stock, seed, begin..end, (begin / A_FILE).is_multiple_of(20), &mut figures).await;
            begin = end;
            if (begin / A_FILE).is_multiple_of(25) {
                println!("{begin} of {count}, {:.0} s", start.elapsed().as_secs_f64());
            }
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{} bodies, {} MB, {seconds:.0} s, {:.0} bodies/s; {} events of {} leads; no panic, none stuck",
        figures.bodies,
        figures.bytes / 1_000_000,
        figures.bodies as f64 / seconds,
        figures.events,
        figures.leads,
    );
    for (what, n) in figures
        .statuses
        .iter()
        .map(|(what, n)| (what.as_str(), n))
        .chain(figures.providers.iter().map(|(p, n)| (*p, n)))
    {
        println!("{n:>9}  {what}");
    }
}
