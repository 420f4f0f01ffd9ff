//! Lists of leads and calls as files hold what the window's lists hold, and nothing that must not leave.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::LazyLock;

use calamine::{Data, Reader};
use chrono::{DateTime, Utc};
use leadtrail::documents::list::{List, make};
use leadtrail::documents::{DocumentError, Format, Paper, Target};
use leadtrail::domain::call::Call;
use leadtrail::domain::lead::Lead;
use leadtrail::figures::model::Filters;
use leadtrail::figures::{Compare, Question, ReportError};
use leadtrail::ingest::demo;
use leadtrail::settings::Business;
use leadtrail::store::Store;
use leadtrail::store::query::{calls, leads};
use serde_json::{Value, json};

use super::support::{TestApp, fast_folder};

fn until() -> DateTime<Utc> {
    "2026-03-26T00:00:00Z".parse().unwrap()
}

struct Sample {
    store: Store,
    _folder: tempfile::TempDir,
}

/// The demo's month, made once.
static SAMPLE: LazyLock<Sample> = LazyLock::new(|| {
    std::thread::spawn(|| {
        let folder = fast_folder();
        let store = Store::open(folder.path()).unwrap();
        tokio::runtime::Runtime::new().unwrap().block_on(demo::fill(&store, until(), |_, _| {})).unwrap();
        Sample { store, _folder: folder }
    })
    .join()
    .unwrap()
});

fn question(from: &str, to: &str) -> Question {
    Question {
        name: "overview".into(),
        from: from.parse().unwrap(),
        to: to.parse().unwrap(),
        zone: leadtrail::zone::Tz::NEW_YORK,
        unit: None,
        compare: Compare::None,
        filters: Filters::default(),
        as_of: None,
        business: Business::default(),
        business_name: "Smith & Sons <Roofing>".into(),
    }
}

fn whole() -> Question {
    question("2025-01-01", "2026-12-31")
}

fn made(list: List, format: Format, question: &Question) -> (u64, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made");
    let lines = into(&path, folder.path(), list, format, question, &mut |_, _| true).unwrap();
    // To look at them: LEADTRAIL_SHAPES=/somewhere.
    if let Some(to) = std::env::var_os("LEADTRAIL_SHAPES") {
        let name = format!("{}.{}", list.title().to_lowercase(), format.as_str());
        std::fs::copy(&path, Path::new(&to).join(name)).unwrap();
    }
    (lines, std::fs::read(&path).unwrap())
}

fn into(
    path: &Path,
    scratch: &Path,
    list: List,
    format: Format,
    question: &Question,
    progress: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<u64, DocumentError> {
    from(&SAMPLE.store, path, scratch, list, format, question, progress)
}

fn from(
    store: &Store,
    path: &Path,
    scratch: &Path,
    list: List,
    format: Format,
    question: &Question,
    progress: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<u64, DocumentError> {
    let target = Target {
        file: File::create(path).unwrap(),
        scratch,
        paper: Paper::A4,
        detail: Default::default(),
        zone: question.zone,
        currency: "USD",
    };
    let now = until() + chrono::Duration::days(1);
    let mut target = Some(target);
    store.read_blocking(|c| Ok(make(c, list, question, format, target.take().unwrap(), now, progress))).unwrap()
}

fn json(list: List, question: &Question) -> Vec<Value> {
    serde_json::from_slice(&made(list, Format::Json, question).1).unwrap()
}

fn lines(csv: &[u8]) -> Vec<BTreeMap<String, String>> {
    ::csv::Reader::from_reader(csv).deserialize().collect::<Result<_, _>>().unwrap()
}

fn all_leads() -> Vec<Lead> {
    let filter = leads::Filter { limit: 10_000, ..Default::default() };
    SAMPLE.store.read_blocking(|c| leads::page(c, &filter)).unwrap().items.into_iter().map(|row| row.lead).collect()
}

fn all_calls() -> Vec<Call> {
    let filter = calls::Filter { limit: 10_000, ..Default::default() };
    SAMPLE.store.read_blocking(|c| calls::page(c, &filter)).unwrap().items
}

fn the_list_of_leads_is_the_one_of_the_window() {
    let theirs = json(List::Leads, &whole());
    let ours = all_leads();
    assert!(ours.len() > 100);
    assert_eq!(theirs.len(), ours.len());
    for (theirs, ours) in theirs.iter().zip(&ours) {
        let ours = serde_json::to_value(ours).unwrap();
        for key in ["name", "phones", "emails", "stage", "status", "outcome", "value_cents", "tags", "calls"] {
            assert_eq!(theirs[key], ours[key], "{key}");
        }
        for key in ["messages", "do_not_contact", "do_not_contact_reason", "closed_reason", "campaign"] {
            assert_eq!(theirs[key], ours[key], "{key}");
        }
        for key in ["first_seen", "last_activity", "stage_since"] {
            let at = |value: &Value| value.as_str().map(|text| text.parse::<DateTime<Utc>>().unwrap());
            assert_eq!(at(&theirs[key]), at(&ours[key]), "{key}");
        }
    }
    let mut names: Vec<&str> = theirs.iter().map(|lead| lead["lead_ref"].as_str().unwrap()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), theirs.len(), "a lead is named by an event of its own");
}

fn the_list_of_calls_is_the_one_of_the_window() {
    let theirs = json(List::Calls, &whole());
    let ours = all_calls();
    assert!(ours.len() > 200);
    assert_eq!(theirs.len(), ours.len());
    for (theirs, ours) in theirs.iter().zip(&ours) {
        let number = if ours.direction == "inbound" { &ours.from } else { &ours.to };
        assert_eq!(theirs["number"], serde_json::to_value(number).unwrap());
        let ours = serde_json::to_value(ours).unwrap();
        for key in ["id", "direction", "answered", "duration_s", "agent", "tracking_number", "state", "summary"] {
            assert_eq!(theirs[key], ours[key], "{key}");
        }
        assert_eq!((&theirs["outcome"], &theirs["tags"]), (&ours["outcome"], &ours["tags"]));
    }
}

fn every_format_holds_the_same_lines() {
    for list in [List::Leads, List::Calls] {
        let json = json(list, &whole());
        let (count, csv) = made(list, Format::Csv, &whole());
        let csv = lines(&csv);
        assert_eq!((csv.len(), count), (json.len(), json.len() as u64));
        let key = if list == List::Leads { "lead_ref" } else { "id" };
        for (csv, json) in csv.iter().zip(&json) {
            assert_eq!(csv[key], json[key].as_str().unwrap());
            assert_eq!(csv["name"].trim_start_matches('\''), json["name"].as_str().unwrap_or(""));
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.xlsx");
        into(&path, folder.path(), list, Format::Xlsx, &whole(), &mut |_, _| true).unwrap();
        let mut book: calamine::Xlsx<_> = calamine::open_workbook(&path).unwrap();
        assert_eq!(book.sheet_names(), [list.title(), "About"]);
        let sheet = book.worksheet_range(list.title()).unwrap();
        assert_eq!(sheet.height(), json.len() + 1);
        let head: Vec<String> = sheet.rows().next().unwrap().iter().map(ToString::to_string).collect();
        let label = list.fields().iter().find(|field| field.key == key).unwrap().label;
        let at = head.iter().rposition(|head| head == label).unwrap();
        for (row, json) in sheet.rows().skip(1).zip(&json) {
            assert_eq!(row[at], Data::String(json[key].as_str().unwrap().into()));
        }
        let (_, html) = made(list, Format::Html, &whole());
        let html = String::from_utf8(html).unwrap();
        assert_eq!(html.matches("<tr>").count(), json.len() + 1);
        assert!(html.contains("Smith &amp; Sons &lt;Roofing&gt;") && !html.contains("<Roofing>"));
        assert!(html.contains("default-src 'none'") && !html.contains("http://") && !html.contains("src="));
        let pdf = into(&folder.path().join("no.pdf"), folder.path(), list, Format::Pdf, &whole(), &mut |_, _| true);
        assert!(matches!(pdf, Err(DocumentError::Report(ReportError::Invalid(_)))));
    }
}

fn no_link_to_a_recording_leaves() {
    let links: Vec<String> = all_calls().into_iter().filter_map(|call| call.recording_url).collect();
    assert!(!links.is_empty());
    for list in [List::Leads, List::Calls] {
        for format in [Format::Csv, Format::Json, Format::Html] {
            let text = String::from_utf8(made(list, format, &whole()).1).unwrap();
            assert!(links.iter().all(|link| !text.contains(link.as_str())), "{list:?} {format:?}");
        }
    }
}

fn periods_and_filters_choose() {
    let of = |question: &Question| json(List::Calls, question);
    let every = of(&whole());
    let mut question = question("2026-03-08", "2026-03-08");
    let day = of(&question);
    let span = question.period();
    let within = |call: &&Value| {
        let at: DateTime<Utc> = call["started_at"].as_str().unwrap().parse().unwrap();
        span.starts_at <= at && at < span.ends_at
    };
    assert!(!day.is_empty());
    assert_eq!(day, every.iter().filter(within).cloned().collect::<Vec<_>>(), "the day on which clocks change");
    let mut leads_of = |filters: Filters| {
        question = whole();
        question.filters = filters;
        (json(List::Leads, &question), json(List::Calls, &question))
    };
    let leads = all_leads();
    let (found, _) = leads_of(Filters { stage: Some("booked".into()), ..Filters::default() });
    assert!(!found.is_empty());
    assert_eq!(found.len(), leads.iter().filter(|lead| lead.stage.as_str() == "booked").count());
    let rep = leads.iter().find_map(|lead| lead.rep.clone()).unwrap();
    let (found, told) = leads_of(Filters { rep: Some(rep.clone()), ..Filters::default() });
    assert_eq!(found.len(), leads.iter().filter(|lead| lead.rep.as_deref() == Some(&rep)).count());
    assert!(found.iter().chain(&told).all(|line| line["rep"] == rep.as_str()));
    let source = leads[0].sources[0];
    let (found, told) = leads_of(Filters { source: Some(source), ..Filters::default() });
    assert_eq!(found.len(), leads.iter().filter(|lead| lead.sources.contains(&source)).count());
    assert_eq!(told.len(), all_calls().iter().filter(|call| call.source == source).count());
}

fn as_of_is_what_was_known_then() {
    let mut question = whole();
    question.as_of = Some(until());
    let sorted = |mut lines: Vec<Value>, key: &str| {
        lines.sort_by_key(|line| line[key].as_str().unwrap().to_string());
        lines
    };
    for (list, key) in [(List::Leads, "lead_ref"), (List::Calls, "id")] {
        assert_eq!(sorted(json(list, &question), key), sorted(json(list, &whole()), key));
    }
    question.as_of = Some("2026-03-10T12:00:00Z".parse().unwrap());
    let known = json(List::Calls, &question);
    let until = question.as_of.unwrap();
    assert!(!known.is_empty());
    assert!(known.iter().all(|call| call["started_at"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap() <= until));
}

fn progress_is_told_and_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leads.csv");
    let mut heard = Vec::new();
    into(&path, folder.path(), List::Leads, Format::Csv, &whole(), &mut |done, of| {
        heard.push((done, of));
        true
    })
    .unwrap();
    let all = all_leads().len() as u64;
    assert!(heard.windows(2).all(|two| two[0].0 <= two[1].0));
    assert_eq!(heard.last(), Some(&(all, all)));
    let stopped = into(&path, folder.path(), List::Calls, Format::Xlsx, &whole(), &mut |_, _| false);
    assert!(matches!(stopped, Err(DocumentError::Cancelled)));
}

/// One test, since each of its own would make the demo's month again.
#[test]
fn lists_hold_what_the_window_holds_and_nothing_that_must_not_leave() {
    the_list_of_leads_is_the_one_of_the_window();
    the_list_of_calls_is_the_one_of_the_window();
    every_format_holds_the_same_lines();
    no_link_to_a_recording_leaves();
    periods_and_filters_choose();
    as_of_is_what_was_known_then();
    progress_is_told_and_ends_it();
}

/// Everything a file holds, also where it is packed.
fn unpacked(bytes: Vec<u8>) -> String {
    let Ok(mut zip) = zip::ZipArchive::new(std::io::Cursor::new(&bytes)) else {
        return String::from_utf8(bytes).unwrap();
    };
    let mut all = String::new();
    for at in 0..zip.len() {
        zip.by_index(at).unwrap().read_to_string(&mut all).unwrap();
    }
    all
}

/// Neither does a sender's repeating it let the link out, nor that it says nothing of what it is.
#[tokio::test]
async fn no_list_holds_a_link_to_a_recording_that_a_text_repeats() {
    let app = TestApp::new();
    let callrail = app.add("callrail").await;
    let link = "https://voice.example/a/listen?key=9f2c77";
    let said = format!("Wants a quote, hear {link} first");
    let call = json!({
        "resource_id": "CAL1", "answered": true, "direction": "inbound", "duration": "63", "customer_name": "Ann Other",
        "customer_phone_number": "+16785550142", "tracking_phone_number": "+14045558514",
        "start_time": "2026-03-19T13:41:00.236-05:00", "recording": link, "note": said, "call_summary": said,
        "tags": [format!("hear {link}")], "keywords_spotted": said, "utm_campaign": said,
    });
    assert_eq!(app.post_hook(&callrail, "/post_call", call.to_string()).await.status, 200);
    let lead = app.leads().await[0]["id"].clone();
    let tag = json!({"type": "tag", "tag": format!("{link} is good")});
    assert_eq!(app.post_json(&format!("/api/leads/{lead}/actions"), tag).await.status, 201);

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list");
    for (list, repeats) in [(List::Calls, "Wants a quote, hear [link] first"), (List::Leads, "[link] is good")] {
        for format in [Format::Csv, Format::Json, Format::Html, Format::Xlsx] {
            let lines = from(&app.app.store, &path, folder.path(), list, format, &whole(), &mut |_, _| true).unwrap();
            assert_eq!(lines, 1);
            let text = unpacked(std::fs::read(&path).unwrap());
            assert!(!text.contains("voice.example") && !text.contains("9f2c77"), "{list:?} {format:?}");
            assert!(text.contains(repeats), "{list:?} {format:?}");
        }
    }
}
