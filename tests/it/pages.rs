//! How many pages one delivery writes ahead, in every `-wal` file of the data folder together: what a disk has to take before
//! its sender is answered. `LEADTRAIL_PAGES=1` prints the table, also as the bounds it makes.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use chrono::DateTime;
use leadtrail::providers::Provider;
use leadtrail::providers::simulator::{Happening, SimulatedRequest, YearsPlan, years};
use leadtrail::settings::Values;
use leadtrail::store::Connection;
use leadtrail::store::query::status;
use serde_json::{Value, json};

use super::support::{TestApp, fast_folder, until};

/// The most pages that half of the deliveries of a kind stay below: of a person who is known, and of one who is new.
/// Today's figure and a little. Lower them when one writes less.
const BOUNDS: &[(&str, usize, usize)] = &[
    ("callrail call_routing_complete", 28, 28),
    ("callrail form_submission", 52, 52),
    ("callrail outbound_call_modified", 39, 39),
    ("callrail outbound_post_call", 49, 49),
    ("callrail post_call", 29, 29),
    ("callrail pre_call", 36, 46),
    ("callrail text_message_received", 43, 43),
    ("callrail text_message_sent", 43, 43),
    ("curious-thing call_attempted", 31, 39),
    ("curious-thing call_complete", 43, 43),
    ("curious-thing sms_sent", 41, 41),
    ("meera status", 28, 28),
    ("telmetrics CallPreprocessed", 34, 34),
    ("telmetrics CallProcessed", 41, 41),
    ("telmetrics CallStartCall", 33, 41),
    ("varda call.ended", 40, 52),
    ("varda call.outcome_tagged", 39, 39),
    ("varda conversation.created", 38, 41),
    ("varda conversation.resolved", 27, 27),
    ("varda message.created", 40, 40),
];

/// What a bound leaves above the figure it was made of.
const ROOM: usize = 4;

/// Deliveries that are in the file before one is measured.
const BEFORE: usize = 900;
/// A kind of which fewer came says nothing.
const ENOUGH: usize = 3;

/// Every file that is written ahead of another in a folder.
fn ahead(folder: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.to_string_lossy().ends_with("-wal")).collect()
}

/// Pages in those files. Each stands there with a head of its own, behind that of the file, which says how large a page is.
fn pages(folder: &Path) -> usize {
    let in_file = |path: PathBuf| {
        let bytes = std::fs::read(path).unwrap();
        let Some(size) = bytes.get(8..12) else { return 0 };
        (bytes.len() - 32) / (u32::from_be_bytes(size.try_into().unwrap()) as usize + 24)
    };
    ahead(folder).into_iter().map(in_file).sum()
}

/// Moves what was written ahead into the files themselves.
async fn settle(folder: &Path) {
    for path in ahead(folder) {
        let file = path.to_string_lossy().trim_end_matches("-wal").to_string();
        let connection = Connection::open(file).unwrap();
        until("free to be written back", async || {
            let busy: i64 = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).unwrap();
            (busy == 0).then_some(())
        })
        .await;
    }
    assert_eq!(pages(folder), 0);
}

/// What a delivery is one of, such as `varda call.ended`.
fn kind_of(sent: &SimulatedRequest) -> String {
    let body: Value = serde_json::from_str(&sent.body).unwrap_or_default();
    let named = body["event"].as_str().or_else(|| body["Notifications"][0]["Action"].as_str());
    let name = sent.event.or_else(|| named?.rsplit("CallDetails.").next()).unwrap_or("status");
    format!("{} {name}", sent.provider.slug())
}

/// Pages of each delivery: by its kind, of known people and of new ones.
type Written = BTreeMap<String, [Vec<usize>; 2]>;

/// The kinds that write more than they may.
fn too_many(written: &Written) -> Vec<String> {
    let mut wrong = Vec::new();
    for (kind, people) in written {
        let bounds = BOUNDS.iter().find(|(name, ..)| name == kind);
        for (is_new, (pages, who)) in people.iter().zip(["a known person", "a new person"]).enumerate() {
            let Some(half) = median(pages) else { continue };
            match bounds.map(|(_, known, new)| [*known, *new][is_new]) {
                None => wrong.push(format!("{kind}: no bound (half of them write {half} pages)")),
                Some(bound) if half > bound => {
                    wrong
                        .push(format!("{kind} of {who}: half of them write {half} pages or more, {bound} are allowed"));
                }
                Some(_) => {}
            }
        }
    }
    wrong
}

fn median(pages: &[usize]) -> Option<usize> {
    let mut sorted = pages.to_vec();
    sorted.sort_unstable();
    (sorted.len() >= ENOUGH).then(|| sorted[sorted.len() / 2])
}

/// An app with sources, and what measures it.
struct Scales {
    app: TestApp,
    folder: PathBuf,
    paths: HashMap<Provider, String>,
}

impl Scales {
    async fn new() -> Scales {
        let folder = fast_folder();
        let path = folder.path().to_path_buf();
        let app = TestApp::at(folder, Values::default());
        let mut paths = HashMap::new();
        for provider in Provider::ALL {
            paths.insert(*provider, app.add(provider.slug()).await.key.clone());
        }
        Scales { app, folder: path, paths }
    }

    fn leads(&self) -> i64 {
        self.app.app.store.read_blocking(status::standing).unwrap().counts.leads
    }

    async fn send(&self, provider: Provider, event: Option<&str>, body: String) {
        let part = event.map(|event| format!("/{event}")).unwrap_or_default();
        let request = axum::http::Request::post(format!("/hooks/{}{part}", self.paths[&provider]))
            .header("content-type", "application/json")
            .body(axum::body::Body::from(body))
            .unwrap();
        let answer = self.app.hook(request).await;
        assert!(answer.status < 300, "{}", answer.text());
        // On a machine that stands still it may wait aside first.
        until("taken in", async || (self.app.app.store.waiting() == 0).then_some(())).await;
    }

    /// Sends a delivery: how many pages it wrote, and whether it brought somebody new.
    async fn weigh(&self, provider: Provider, event: Option<&str>, body: String) -> (usize, bool) {
        settle(&self.folder).await;
        let before = self.leads();
        self.send(provider, event, body).await;
        (pages(&self.folder), self.leads() > before)
    }
}

#[tokio::test]
async fn a_delivery_writes_no_more_pages_than_it_may() {
    let scales = Scales::new().await;
    let until = DateTime::parse_from_rfc3339("2026-03-26T00:00:00Z").unwrap().to_utc();
    let plan = YearsPlan { months: 3, ..YearsPlan::of(9, 260, until) };
    let mut written = Written::new();
    let sent = years(plan).filter_map(|one| if let Happening::Sent(sent) = one { Some(sent) } else { None });
    for (nth, sent) in sent.enumerate() {
        if nth < BEFORE {
            scales.send(sent.provider, sent.event, sent.body).await;
            continue;
        }
        let kind = kind_of(&sent);
        let (pages, is_new) = scales.weigh(sent.provider, sent.event, sent.body).await;
        written.entry(kind).or_default()[usize::from(is_new)].push(pages);
    }
    if std::env::var_os("LEADTRAIL_PAGES").is_some() {
        for (kind, [known, new]) in &written {
            let half = |pages: &[usize]| median(pages).map_or("-".into(), |half| half.to_string());
            eprintln!(
                "{kind:44} known {:>3} of {:<3}  new {:>3} of {}",
                half(known),
                known.len(),
                half(new),
                new.len()
            );
        }
        eprintln!("As bounds:");
        for (kind, [known, new]) in &written {
            if let Some(other) = median(known).or(median(new)) {
                let bound = |pages: &[usize]| median(pages).unwrap_or(other) + ROOM;
                eprintln!("    (\"{kind}\", {}, {}),", bound(known), bound(new));
            }
        }
    }
    let senders: std::collections::BTreeSet<&str> = written.keys().filter_map(|kind| kind.split(' ').next()).collect();
    assert_eq!(senders.len(), Provider::ALL.len(), "{senders:?}");
    assert!(written.values().any(|[_, new]| new.len() >= ENOUGH), "somebody new came");
    assert_eq!(too_many(&written), Vec::<String>::new());
}

/// What the test above is worth: it says so where a delivery writes more.
#[tokio::test]
async fn a_delivery_that_writes_too_much_is_found() {
    let scales = Scales::new().await;
    let mut written = Written::new();
    let mut chance = fastrand::Rng::with_seed(1);
    for nth in 0..ENOUGH {
        let noise: String = (0..60_000).map(|_| chance.alphanumeric()).collect();
        let body = json!({
            "resource_id": format!("SCI{nth}"), "source_number": "202-555-0142", "destination_number": "770-555-5555",
            "content": noise, "timestamp": "2026-03-03T10:00:00.000-05:00",
        });
        let event = "text_message_received";
        let (pages, is_new) = scales.weigh(Provider::CallRail, Some(event), body.to_string()).await;
        written.entry(format!("callrail {event}")).or_default()[usize::from(is_new)].push(pages);
    }
    written.values_mut().for_each(|[known, new]| known.append(new));
    let found = too_many(&written);
    assert!(found.len() == 1 && found[0].contains("are allowed"), "{found:?}");
}
