//! Sends what the simulator says, over kept-open connections, as the services themselves would: to one address alone.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use ureq::Agent;
use url::Url;

use super::super::CliError;
use crate::clock;
use crate::http;
use crate::ingest::demo::signed;
use crate::ingest::doctor::is_loopback;
use crate::providers::Provider;
use crate::providers::simulator::{Happening, Happenings, SimulatedRequest};
use crate::store::{SourceRow, Store, sources};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often one message is tried before the whole is given up.
const TRIES: u32 = 10;
/// What is waited before a message is tried again, where nobody says for how long, and at most.
const PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How soon a pause ends once everything is given up.
const GLANCE: Duration = Duration::from_millis(100);
/// What is read of an answer.
const LONGEST: u64 = 16 * 1024;

/// The connected services by who sends: of several of one provider, the oldest.
pub(super) type Senders = HashMap<Provider, SourceRow>;

/// The services connected in a data file, and the names of those that are not.
pub(super) fn sources(store: &Store) -> Result<(Senders, Vec<String>), CliError> {
    let mut found = Senders::new();
    for source in store.read_blocking(sources::all)? {
        if let (Some(provider), None) = (Provider::parse(&source.provider), source.closed_at) {
            found.entry(provider).or_insert(source);
        }
    }
    let missing: Vec<String> =
        Provider::ALL.iter().filter(|provider| !found.contains_key(provider)).map(ToString::to_string).collect();
    if found.is_empty() {
        return Err(CliError::Said(
            "No service is connected in this data folder, so there is nobody to send as. `leadtrail source add` connects \
             one."
                .into(),
        ));
    }
    Ok((found, missing))
}

/// A public door, and how it is knocked at.
pub(super) struct TargetDoor {
    base: String,
    local: bool,
    senders: usize,
    rate: Option<u32>,
}

/// What became of it all.
#[derive(Debug, Default)]
pub(super) struct SendReport {
    /// Messages that were answered, by the status of the last answer.
    statuses: BTreeMap<u16, u64>,
    /// The same by what the answer says.
    answers: BTreeMap<String, u64>,
    /// Of services that are not connected.
    left_out: u64,
    /// Tries that were asked to come again, or were not answered.
    tried_again: u64,
    /// How long each answered try took. Microseconds, shortest first.
    times: Vec<u32>,
    took: Duration,
}

impl TargetDoor {
    /// The door at an address; keys go nowhere else, and never in the open.
    pub(super) fn at(to: &str, senders: usize, rate: Option<u32>) -> Result<TargetDoor, CliError> {
        let base = to.trim_end_matches('/').to_string();
        let url = Url::parse(&base).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let Some(url) = url else {
            return Err(CliError::Said(format!("“{to}” is no address such as http://127.0.0.1:8787.")));
        };
        let local = is_loopback(&url);
        if url.scheme() == "http" && !local {
            return Err(CliError::Said(format!(
                "{to} begins with http and leads beyond this machine, and the key of a source is not sent unencrypted."
            )));
        }
        Ok(TargetDoor { base, local, senders, rate })
    }

    fn agent(&self) -> Agent {
        let mut settings = Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            // Whoever answers for this address answers itself.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .user_agent("Leadtrail simulator");
        if self.local {
            settings = settings.proxy(None);
        }
        settings.build().into()
    }

    /// Sends all of it. `progress` hears how much is told of how much.
    pub(super) fn send(
        &self,
        sources: &Senders,
        mut happenings: Happenings,
        mut progress: impl FnMut(usize, usize),
    ) -> Result<SendReport, CliError> {
        let health = self.agent().get(format!("{}/healthz", self.base)).call();
        if !health.is_ok_and(|answer| answer.status().is_success()) {
            return Err(CliError::Said(format!("No door of Leadtrail answers at {}. Nothing was sent.", self.base)));
        }
        let sending = SendRun { door: self, sources, given_up: AtomicBool::new(false), why: Mutex::default() };
        let started = Instant::now();
        let (give, take) = sync_channel::<SimulatedRequest>(self.senders * 2);
        let take = Mutex::new(take);
        let mut report = std::thread::scope(|scope| {
            let senders: Vec<_> = (0..self.senders).map(|_| scope.spawn(|| sending.send_all(&take))).collect();
            let left_out = sending.hand_out(give, &mut happenings, &mut progress, started);
            let mut report = SendReport { left_out, ..SendReport::default() };
            for sender in senders {
                match sender.join() {
                    Ok(own) => report.add(own),
                    Err(_) => sending.give_up("A sender broke off.".into()),
                }
            }
            report
        });
        report.took = started.elapsed();
        report.times.sort_unstable();
        match sending.why.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(why) => Err(CliError::Said(format!("{why} {} messages were sent before.", report.sent()))),
            None => Ok(report),
        }
    }
}

/// While it is sent.
struct SendRun<'a> {
    door: &'a TargetDoor,
    sources: &'a Senders,
    given_up: AtomicBool,
    why: Mutex<Option<String>>,
}

impl SendRun<'_> {
    fn is_over(&self) -> bool {
        self.given_up.load(Ordering::Relaxed)
    }

    fn give_up(&self, why: String) {
        self.given_up.store(true, Ordering::Relaxed);
        self.why.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why);
    }

    /// Hands each message to whoever is free, in its order; answers how many were left out.
    fn hand_out(
        &self,
        give: SyncSender<SimulatedRequest>,
        happenings: &mut Happenings,
        progress: &mut impl FnMut(usize, usize),
        started: Instant,
    ) -> u64 {
        let (mut given, mut left_out) = (0_u64, 0);
        while let Some(happening) = happenings.next() {
            let Happening::Sent(request) = happening else { continue };
            if !self.sources.contains_key(&request.provider) {
                left_out += 1;
                continue;
            }
            if let Some(rate) = self.door.rate {
                let due = started + Duration::from_micros(given.saturating_mul(1_000_000) / u64::from(rate));
                self.pause(due.saturating_duration_since(Instant::now()));
            }
            if self.is_over() || give.send(request).is_err() {
                break;
            }
            given += 1;
            let (done, of) = happenings.told();
            progress(done, of);
        }
        left_out
    }

    /// Waits, unless everything is given up meanwhile.
    fn pause(&self, mut time: Duration) {
        while !time.is_zero() && !self.is_over() {
            let some = time.min(GLANCE);
            std::thread::sleep(some);
            time -= some;
        }
    }

    fn send_all(&self, take: &Mutex<Receiver<SimulatedRequest>>) -> SendReport {
        let (agent, mut report) = (self.door.agent(), SendReport::default());
        loop {
            let next = take.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(request) = next else { break };
            // What waits is taken all the same, so that nobody waits for room to hand it out.
            if !self.is_over()
                && let Err(why) = self.deliver(&agent, &request, &mut report)
            {
                self.give_up(why);
            }
        }
        report
    }

    /// Sends a message until it is taken, as its sender would.
    fn deliver(&self, agent: &Agent, request: &SimulatedRequest, report: &mut SendReport) -> Result<(), String> {
        let (Some(source), base) = (self.sources.get(&request.provider), &self.door.base) else { return Ok(()) };
        let urls = http::urls(base, &source.provider, &source.key);
        let url = request.event.and_then(|event| urls.get(event)).or_else(|| urls.values().next());
        let url = url.and_then(Value::as_str).unwrap_or_default();
        let mut last = String::new();
        for _ in 0..TRIES {
            let mut post = agent.post(url).header("Content-Type", "application/json");
            for (name, value) in signed(request, source, clock::now()).0 {
                post = post.header(name, value);
            }
            let begun = Instant::now();
            let answered = post.send(request.body.as_bytes()).and_then(|mut answer| {
                let text = answer.body_mut().with_config().limit(LONGEST).read_to_string()?;
                Ok((answer.status().as_u16(), retry_after(&answer), text))
            });
            let wait = match answered {
                Ok((status @ (429 | 503), wait, _)) => {
                    last = format!("it answered {status} again and again");
                    wait.unwrap_or(PAUSE)
                }
                Ok((404, ..)) => {
                    return Err(format!(
                        "The door at {base} does not know the key of {}: give the data folder that it serves with --data.",
                        source.name
                    ));
                }
                Ok((300..400, ..)) => return Err(format!("{base} leads to another address, where nothing is sent.")),
                Ok((status, _, text)) => {
                    report.times.push(u32::try_from(begun.elapsed().as_micros()).unwrap_or(u32::MAX));
                    *report.statuses.entry(status).or_default() += 1;
                    let said = serde_json::from_str::<Value>(&text).ok();
                    let said = said.as_ref().and_then(|said| said["status"].as_str()).unwrap_or("refused");
                    *report.answers.entry(said.to_string()).or_default() += 1;
                    return Ok(());
                }
                Err(error) => {
                    last = format!("it does not answer ({error})");
                    PAUSE
                }
            };
            report.tried_again += 1;
            self.pause(wait.min(LONGEST_PAUSE));
            if self.is_over() {
                return Ok(());
            }
        }
        Err(format!("The door at {base} takes nothing: {last}."))
    }
}

/// How long it asks to wait.
fn retry_after<T>(answer: &ureq::http::Response<T>) -> Option<Duration> {
    let seconds = answer.headers().get("retry-after")?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

impl SendReport {
    fn add(&mut self, own: SendReport) {
        own.statuses.into_iter().for_each(|(status, count)| *self.statuses.entry(status).or_default() += count);
        own.answers.into_iter().for_each(|(said, count)| *self.answers.entry(said).or_default() += count);
        self.tried_again += own.tried_again;
        self.times.extend(own.times);
    }

    fn sent(&self) -> u64 {
        self.statuses.values().sum()
    }

    fn rate(&self) -> f64 {
        self.sent() as f64 / self.took.as_secs_f64().max(1e-9)
    }

    /// The time within which this share of all was answered. Milliseconds.
    fn within(&self, share: f64) -> f64 {
        let last = self.times.len().saturating_sub(1);
        self.times.get((last as f64 * share).round() as usize).map_or(0.0, |micros| f64::from(*micros) / 1_000.0)
    }

    pub(super) fn json(&self) -> Value {
        let rounded = |number: f64| (number * 100.0).round() / 100.0;
        let statuses: BTreeMap<String, u64> =
            self.statuses.iter().map(|(status, count)| (status.to_string(), *count)).collect();
        json!({
            "sent": self.sent(), "statuses": statuses, "answers": self.answers, "left_out": self.left_out,
            "tried_again": self.tried_again, "seconds": rounded(self.took.as_secs_f64()), "rate": rounded(self.rate()),
            "p50_ms": self.within(0.5), "p99_ms": self.within(0.99), "p999_ms": self.within(0.999),
            "max_ms": self.within(1.0),
        })
    }

    pub(super) fn words(&self, to: &str) -> String {
        let listed = |counts: Vec<String>| if counts.is_empty() { "none".into() } else { counts.join(", ") };
        let statuses = listed(self.statuses.iter().map(|(status, count)| format!("{count} × {status}")).collect());
        let answers = listed(self.answers.iter().map(|(said, count)| format!("{count} {said}")).collect());
        let again = match self.tried_again {
            0 => String::new(),
            count => format!(" {count} tries were made again."),
        };
        format!(
            "{} messages were sent to {to} in {:.1} s, {:.0} a second.{again}\n\
             Answers: {statuses}; {answers}\n\
             Answered within {:.1} ms (half of them), {:.1} ms (99 of 100), {:.1} ms (all)",
            self.sent(),
            self.took.as_secs_f64(),
            self.rate(),
            self.within(0.5),
            self.within(0.99),
            self.within(1.0),
        )
    }
}
