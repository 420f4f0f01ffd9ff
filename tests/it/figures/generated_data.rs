//! Data to count: the month of the sample data, and a town in which everything happens that figures know of, much of
//! it at moments where clocks are changed and days end.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use chrono::{DateTime, TimeDelta, Utc};
use leadtrail::domain::action::Deed;
use leadtrail::domain::call::CallPart;
use leadtrail::domain::call::CallState;
use leadtrail::domain::event::{Body, Direction, IdentityKind, ParsedEvent};
use leadtrail::domain::stage::{Outcome, Sentiment, SentimentLabel, SentimentOrigin};
use leadtrail::ingest::{Incoming, Ingest, demo};
use leadtrail::providers::Headers;
use leadtrail::store::{NewDelivery, NewSource, SourceRow, Store, Trust, UpsertedEvent, projection, sources};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::journal::{self, Person, Planted};
use crate::support::fast_folder;

/// A file with what the journal tells of it.
pub struct Data {
    pub store: Store,
    pub people: Vec<Person>,
    pub services: HashMap<i64, String>,
    /// Who some numbers belong to: worth calling tests.
    pub phones: Vec<String>,
    pub planted: Vec<Planted>,
    /// Days on which something is going on.
    pub days: Vec<chrono::NaiveDate>,
    /// When half of its people had been heard from.
    pub middle: DateTime<Utc>,
    /// When the last of it had arrived.
    pub until: DateTime<Utc>,
    _folder: TempDir,
}

pub fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

/// A month of sample data.
pub static MONTH: LazyLock<Data> = LazyLock::new(|| {
    let folder = fast_folder();
    let store = Store::open(folder.path()).unwrap();
    let until = at("2026-03-26T00:00:00Z");
    runtime().block_on(demo::fill(&store, until, |_, _| {})).unwrap();
    data(folder, store, Vec::new(), until)
});

/// The town.
pub static TOWN: LazyLock<Data> = LazyLock::new(|| {
    let folder = fast_folder();
    let store = Store::open(folder.path()).unwrap();
    let mut town = Town::new(store.clone());
    let runtime = runtime();
    for index in 0..190 {
        runtime.block_on(town.somebody(index));
    }
    runtime.block_on(town.everything_once());
    let until = town.last + TimeDelta::seconds(1);
    let planted = town.estimates();
    for index in [3, 31, 77, 104, 120, 141] {
        let phone = phone_of(index);
        let lead = store.read_blocking(move |c| projection::lead_of_phone(c, &phone)).unwrap();
        leadtrail::ingest::erase::erase_unswept(&store, lead.unwrap(), until).unwrap();
    }
    data(folder, store, planted, until + TimeDelta::seconds(1))
});

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn data(folder: TempDir, store: Store, planted: Vec<Planted>, until: DateTime<Utc>) -> Data {
    let people = journal::people(&store, None, &planted);
    let services = store.read_blocking(sources::all).unwrap().into_iter().map(|row| (row.id, row.name)).collect();
    let phones = people.iter().filter_map(|person| person.folded.lead.phones.first().cloned()).collect();
    let mut days: Vec<_> =
        people.iter().flat_map(|person| &person.folded.entries).map(|entry| entry.at.date_naive()).collect();
    days.sort_unstable();
    days.dedup();
    let mut first: Vec<_> = people.iter().map(|person| person.folded.lead.first_seen).collect();
    first.sort_unstable();
    let middle = first[first.len() / 2];
    Data { store, people, services, phones, planted, days, middle, until, _folder: folder }
}

/// Where clocks are changed, and days begin: within two hours of these things happen.
const EDGES: [&str; 22] = [
    "2026-03-08T07:00:00Z", // New York, one hour less
    "2026-11-01T06:00:00Z", // New York, one hour twice
    "2026-03-08T05:00:00Z", // Havana, no midnight; the day of New York begins
    "2026-11-01T05:00:00Z",
    "2026-03-29T01:00:00Z", // Berlin
    "2026-10-25T01:00:00Z", // Berlin
    "2026-04-04T15:00:00Z", // Lord Howe, half an hour twice
    "2026-10-03T15:30:00Z", // Lord Howe, half an hour less
    "2026-04-23T22:00:00Z", // Cairo, no midnight
    "2026-10-29T21:00:00Z", // Cairo, an hour before midnight twice
    "2026-09-06T04:00:00Z", // Santiago, no midnight
    "2026-04-05T03:00:00Z", // Santiago, an hour before midnight twice
    "2018-11-04T03:00:00Z", // São Paulo, no midnight
    "2019-02-17T02:00:00Z", // São Paulo, an hour before midnight twice
    "2011-12-30T10:00:00Z", // Apia, no 30 December
    "2026-03-01T05:00:00Z", // the month of New York begins
    "2026-04-01T04:00:00Z", // and ends
    "2026-03-31T22:00:00Z", // the month of Berlin ends
    "2026-01-01T00:00:00Z",
    "2025-12-31T11:00:00Z", // the year of Lord Howe ends
    "2026-02-28T18:30:00Z", // the month of Calcutta ends
    "2025-03-09T07:00:00Z", // a year before
];

fn phone_of(index: usize) -> String {
    format!("+1{}555{:04}", ["404", "212", "718"][index / 100], 100 + index % 100)
}

struct Town {
    store: Store,
    ingest: Ingest,
    sources: HashMap<&'static str, Arc<SourceRow>>,
    chance: fastrand::Rng,
    serial: u64,
    /// When the last of it arrived.
    last: DateTime<Utc>,
    /// What people did, to be taken back.
    done: Vec<String>,
}

const OFFICE: &str = "+18335550143";
const AGENTS: [&str; 5] = ["Sam Reyes", "sam@office.example", " SAM REYES ", "Kim Osei", "Alex Moreau"];

impl Town {
    fn new(store: Store) -> Town {
        let mut sources = HashMap::new();
        for (key, provider, name) in [
            ("callrail", "callrail", "CallRail"),
            ("second", "callrail", "CallRail, shop two"),
            ("telmetrics", "telmetrics", "Telmetrics"),
            ("varda", "varda", "Varda"),
            ("meera", "meera", "Meera"),
            ("curious", "curious-thing", "Curious Thing"),
        ] {
            let new = NewSource {
                provider: provider.into(),
                name: name.into(),
                region: "US".into(),
                strict: false,
                key: format!("key of {key}"),
            };
            let id = store.write_blocking(move |batch| batch.add_source(&new, DateTime::UNIX_EPOCH)).unwrap();
            sources.insert(key, Arc::new(store.read_blocking(|c| sources::by_id(c, id)).unwrap()));
        }
        Town {
            ingest: Ingest::new(store.clone()),
            store,
            sources,
            chance: fastrand::Rng::with_seed(4),
            serial: 0,
            last: DateTime::UNIX_EPOCH,
            done: Vec::new(),
        }
    }

    fn next(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.chance.usize(0..from.len())]
    }

    async fn send(&mut self, source: &str, event: Option<&str>, body: &Value, received_at: DateTime<Utc>) {
        self.last = self.last.max(received_at);
        let incoming = Incoming {
            source: self.sources[source].clone(),
            event: event.map(String::from),
            content_type: Some("application/json".into()),
            headers: Headers::default(),
            body: body.to_string().into(),
            received_at,
        };
        let receipt = self.ingest.accept(incoming).await.unwrap();
        assert!(
            !matches!(receipt.outcome, leadtrail::ingest::IngestOutcome::Quarantined { .. }),
            "{source} {event:?}: {:?}\n{body}",
            receipt.outcome
        );
    }

    /// Most arrive at once; some hours or weeks later.
    fn arrival(&mut self, at: DateTime<Utc>) -> DateTime<Utc> {
        at + TimeDelta::seconds(match self.chance.u8(0..10) {
            0 => self.chance.i64(3_600..90_000),
            1 => self.chance.i64(90_000..2_000_000),
            _ => self.chance.i64(1..30),
        })
    }

    async fn somebody(&mut self, index: usize) {
        let phone = phone_of(index);
        let mut now = if index.is_multiple_of(3) {
            // An ordinary working month.
            at("2026-02-20T13:00:00Z") + TimeDelta::seconds(self.chance.i64(0..50 * 86_400))
        } else {
            let edge = at(EDGES[index % EDGES.len()]);
            match self.chance.u8(0..5) {
                0 => edge,
                1 => edge - TimeDelta::seconds(1),
                2 => edge - TimeDelta::milliseconds(self.chance.i64(0..2_000)),
                _ => edge + TimeDelta::seconds(self.chance.i64(-7_200..7_200)),
            }
        };
        for _ in 0..self.chance.usize(1..9) {
            self.something(&phone, now).await;
            let wait = match self.chance.u8(0..9) {
                0 => 0,
                1 => self.chance.i64(0..60),
                2 | 3 => self.chance.i64(60..900),
                4 => self.pick(&[59, 60, 61, 299, 300, 301, 899, 900, 3_599, 3_600, 14_399, 14_400, 86_399, 86_400]),
                5 | 6 => self.chance.i64(900..30_000),
                _ => self.chance.i64(30_000..1_500_000),
            };
            now += TimeDelta::seconds(wait);
        }
    }

    async fn something(&mut self, phone: &str, at: DateTime<Utc>) {
        match self.chance.u8(0..30) {
            0..=4 => {
                let ended = self.pick(&["answered", "answered", "missed", "abandoned", "voicemail"]);
                let source = self.pick(&["callrail", "callrail", "second"]);
                self.callrail(source, phone, at, ended, false).await;
            }
            5 => self.callrail("callrail", phone, at, "ringing", false).await,
            6..=7 => {
                let ended = self.pick(&["answered", "missed", "voicemail"]);
                self.callrail("callrail", phone, at, ended, true).await;
            }
            8..=10 => {
                let ended = self.pick(&["answered", "answered", "missed", "abandoned", "failed", "nobody said"]);
                self.telmetrics(phone, at, ended).await;
            }
            11..=13 => self.twice(phone, at).await,
            14..=15 => {
                let ended = self.pick(&["completed", "no_answer", "failed", "completed", "voicemail"]);
                let outbound = self.chance.bool();
                let tagged = self.chance.bool();
                self.varda_call(phone, at, ended, outbound, tagged).await;
            }
            16..=18 => self.text(phone, at).await,
            19 => self.form(phone, at).await,
            20 => self.varda_other(phone, at).await,
            21..=22 => self.meera(phone, at).await,
            23 => self.curious(phone, at).await,
            _ => self.act(phone, at).await,
        }
    }

    fn visit(&mut self) -> (&'static str, &'static str, &'static str) {
        self.pick(&[
            ("google_ads", "cpc", "spring-sale"),
            ("google", "organic", ""),
            ("facebook", "paid_social", "Küchen & Bäder"),
            ("", "", ""),
            ("direct", "", ""),
            ("bing", "cpc", "brand"),
        ])
    }

    async fn callrail(&mut self, source: &str, phone: &str, at: DateTime<Utc>, ended: &str, outbound: bool) {
        let answered = ended == "answered";
        let seconds = if answered { self.chance.i64(0..500) } else { self.chance.i64(0..40) };
        let (from, medium, campaign) = self.visit();
        let mood = if answered { self.pick(&["positive", "neutral", "negative", "mixed", ""]) } else { "" };
        let agent = if answered { self.pick(&AGENTS) } else { "" };
        let value = if self.chance.u8(0..8) == 0 { format!("{}.50", self.chance.u16(1..900)) } else { String::new() };
        let body = json!({
            "resource_id": format!("CAL{}", self.next()), "direction": if outbound { "outbound" } else { "inbound" },
            "customer_phone_number": phone, "tracking_phone_number": "+14045550190", "business_phone_number": OFFICE,
            "customer_name": "SOMEBODY", "start_time": stamp(at), "answered": answered, "call_type": ended,
            "voicemail": ended == "voicemail", "duration": seconds.to_string(), "sentiment": mood, "agent_email": agent,
            "utm_source": from, "utm_medium": medium, "utm_campaign": campaign, "source_name": from, "medium": medium,
            "campaign": campaign, "value": value,
        });
        let event = match (ended, outbound) {
            ("ringing", _) => "pre_call",
            (_, true) => "outbound_post_call",
            _ => "post_call",
        };
        let arrival = self.arrival(at);
        self.send(source, Some(event), &body, arrival).await;
    }

    async fn telmetrics(&mut self, phone: &str, at: DateTime<Utc>, ended: &str) {
        let mood = if ended == "answered" { self.pick(&["Positive", "Neutral", "Negative", "Mixed", ""]) } else { "" };
        let booked = ended == "answered" && self.chance.u8(0..3) == 0;
        let sale = booked && self.chance.u8(0..4) == 0;
        let seconds = self.chance.i64(0..400);
        let (from, medium, campaign) = self.visit();
        let body = json!({
            "Id": format!("t{}", self.next()), "Attempt": 1,
            "Properties": { "CollectionType": "CallDetailsV5", "UTC": plain(at + TimeDelta::seconds(seconds + 9)) },
            "Notifications": [{
                "Action": "CallDetailsV5.CallProcessed", "id": 3_000_000 + self.next(), "start_time_utc": plain(at),
                "answer_status": ended, "call_duration": seconds.to_string(), "tracking_number": "8335550144",
                "caller_number": &phone[2..], "termination_number": "2025550100", "time_zone_name": "Eastern",
                "start_time": plain(at),
                "conversation_analytics": {
                    "sentiment_suite": { "sentiment": mood },
                    "lead_outcome": { "lead_reason": if booked { "Appointment Booked" } else { "Other" },
                                      "sales": sale.to_string() },
                },
                "attribution_details": { "utm_source": from, "utm_medium": medium, "utm_campaign": campaign },
            }],
        });
        let arrival = self.arrival(at + TimeDelta::seconds(seconds));
        self.send("telmetrics", None, &body, arrival).await;
    }

    /// One call, told by two services or three, which do not quite agree.
    async fn twice(&mut self, phone: &str, at: DateTime<Utc>) {
        let first = self.pick(&["answered", "missed", "voicemail", "abandoned"]);
        self.callrail("callrail", phone, at, first, false).await;
        let apart = self.chance.i64(-90..200);
        let second = self.pick(&["answered", "missed", "answered", "voicemail"]);
        self.telmetrics(phone, at + TimeDelta::seconds(apart), second).await;
        if self.chance.bool() {
            let apart = self.pick(&[0, 14, 15, 60, 74, 75, 76, 120]);
            self.callrail("second", phone, at + TimeDelta::seconds(apart), "answered", false).await;
        }
    }

    fn contact(&self, phone: &str) -> Value {
        json!({ "id": phone[2..].parse::<u64>().unwrap(), "name": "Some Body", "phone": phone })
    }

    async fn varda(&mut self, name: &str, phone: &str, at: DateTime<Utc>, mut data: Value) {
        let (from, medium, campaign) = self.visit();
        data["contact"] = self.contact(phone);
        data["attribution"] = json!({ "source": from, "medium": medium, "campaign": campaign });
        let body = json!({ "event": name, "timestamp": stamp(at), "data": data });
        let arrival = self.arrival(at);
        self.send("varda", None, &body, arrival).await;
    }

    async fn varda_call(&mut self, phone: &str, at: DateTime<Utc>, ended: &str, outbound: bool, tagged: bool) {
        let (id, seconds) = (self.next(), if ended == "completed" { self.chance.i64(1..300) } else { 0 });
        let (from, to) = if outbound { (OFFICE, phone) } else { (phone, OFFICE) };
        let agent = self.pick(&["Kim Osei", "sam@office.example", ""]);
        let data = json!({
            "id": id, "direction": if outbound { "outbound" } else { "inbound" }, "from_number": from, "to_number": to,
            "duration_seconds": seconds, "disposition": ended, "started_at": stamp(at), "agent_name": agent,
            "ended_at": stamp(at + TimeDelta::seconds(seconds)),
        });
        self.varda("call.ended", phone, at + TimeDelta::seconds(seconds), data).await;
        if tagged {
            let word = self.pick(&[
                "booked",
                "quoted",
                "follow_up",
                "not_interested",
                "no_answer",
                "spam",
                "wrong_number",
                "other",
                "odd",
            ]);
            let mut cents = || self.chance.bool().then(|| self.chance.i64(0..5) * self.chance.i64(1..100_000));
            let (estimated, actual, revenue) = (cents(), cents(), cents());
            let data = json!({
                "id": self.next(), "call_session_id": id, "outcome_type": word, "estimated_value_cents": estimated,
                "actual_value_cents": actual, "revenue_cents": revenue,
            });
            let later = self.pick(&[0, 30, 90_000]);
            self.varda("call.outcome_tagged", phone, at + TimeDelta::seconds(seconds + later), data).await;
        }
    }

    async fn varda_other(&mut self, phone: &str, at: DateTime<Utc>) {
        let id = self.next();
        let name = self.pick(&["contact.created", "conversation.created", "message.created", "message.created"]);
        let data = match name {
            "message.created" => {
                json!({ "id": id, "direction": self.pick(&["inbound", "outbound"]), "content": "Hello",
                "sender_name": self.pick(&AGENTS), "channel_type": "webchat", "created_at": stamp(at) })
            }
            _ => json!({ "id": id, "status": "open", "channel_type": "phone", "created_at": stamp(at) }),
        };
        if name == "contact.created" {
            let mut said = self.contact(phone);
            said["created_at"] = json!(stamp(at));
            let body = json!({ "event": name, "timestamp": stamp(at), "data": { "contact": said } });
            let arrival = self.arrival(at);
            return self.send("varda", None, &body, arrival).await;
        }
        self.varda(name, phone, at, data).await;
    }

    async fn text(&mut self, phone: &str, at: DateTime<Utc>) {
        let inbound = self.chance.bool();
        let words = if self.chance.u8(0..9) == 0 { "STOP" } else { "Tomorrow is fine." };
        let (from, to) = if inbound { (phone, OFFICE) } else { (OFFICE, phone) };
        let mut body = json!({
            "resource_id": format!("SCI{}", self.next()), "source_number": from, "destination_number": to,
            "content": words, "message_type": "sms", "media_urls": [], "timestamp": stamp(at),
        });
        if !inbound {
            body["agent"] = json!(self.pick(&AGENTS));
        }
        let event = if inbound { "text_message_received" } else { "text_message_sent" };
        let source = self.pick(&["callrail", "second"]);
        let arrival = self.arrival(at);
        self.send(source, Some(event), &body, arrival).await;
    }

    async fn form(&mut self, phone: &str, at: DateTime<Utc>) {
        let (from, medium, campaign) = self.visit();
        let body = json!({
            "resource_id": format!("FRM{}", self.next()), "form_data": { "your_name": "Some Body", "phone": phone },
            "form_url": "https://northgate.example/", "submitted_at": stamp(at), "source": from, "medium": medium,
            "campaign": campaign, "utm_source": from, "utm_medium": medium, "utm_campaign": campaign,
        });
        let arrival = self.arrival(at);
        self.send("callrail", Some("form_submission"), &body, arrival).await;
    }

    async fn meera(&mut self, phone: &str, at: DateTime<Utc>) {
        let status = self.pick(&[
            "Posted",
            "Delivered",
            "Responded",
            "Scheduled",
            "Converted",
            "LcmLeadClose",
            "ClosedAfterFollowup",
            "DNC",
            "Posted",
            "Delivered",
            "Something new",
        ]);
        self.status(status, phone, at).await;
    }

    async fn status(&mut self, status: &str, phone: &str, at: DateTime<Utc>) {
        let id = phone[2..].parse::<u64>().unwrap();
        let body = json!({
            "status": true, "message": "Success", "lead_status": status,
            "lead_details": { "lead_id": id, "full_name": "Some Body", "mobile_number": phone, "campaign_id": self.next(),
                "campaign_name": "Web leads", "campaign_timezone": "America/New_York",
                "dnd_reason": self.pick(&["DNC:Unsubscribe", "DNC:Wrong_Number"]),
                "soft_close_reason": self.pick(&["Close:Chose_Another_Option", "Close:Too_Expensive", ""]) },
        });
        // Says no time: when it arrives stands in.
        self.send("meera", None, &body, at).await;
    }

    async fn curious(&mut self, phone: &str, at: DateTime<Utc>) {
        let status = self.pick(&["success", "failed"]);
        let body = json!([{ "time": stamp(at), "phone": &phone[1..], "status": status, "campaignId": "c",
                            "correlationId": format!("l{}", self.next()), "note": "invalid phone" }]);
        let arrival = self.arrival(at);
        self.send("curious", Some("call_attempted"), &body, arrival).await;
    }

    async fn act(&mut self, phone: &str, at: DateTime<Utc>) {
        let number = phone.to_string();
        let known = self.store.read_blocking(move |c| projection::lead_of_phone(c, &number)).unwrap();
        let Some(lead) = known else {
            return self.form(phone, at).await;
        };
        let mut cents = || self.chance.bool().then(|| self.chance.i64(0..4) * self.chance.i64(1..80_000));
        let (estimated_cents, actual_cents, revenue_cents) = (cents(), cents(), cents());
        let deed = match self.chance.u8(0..12) {
            0 => Deed::Note { text: "Ask for the back door.".into() },
            1 | 2 => Deed::Tag { tag: self.pick(&["Kitchen", "Bathroom", "VIP"]).into() },
            3 => Deed::Untag { tag: "VIP".into() },
            4..=6 => Deed::Assign { rep: Some(self.pick(&["Sam Reyes", "kim osei", "Robin Park"]).into()) },
            7 => Deed::Assign { rep: None },
            8 if !self.done.is_empty() => {
                let action = self.done[self.chance.usize(0..self.done.len())].clone();
                self.last = self.last.max(at);
                self.ingest.undo(&action, None, at).await.unwrap();
                return;
            }
            _ => Deed::Outcome {
                outcome: self.pick(Outcome::ALL),
                call: None,
                estimated_cents,
                actual_cents,
                revenue_cents,
                notes: None,
            },
        };
        self.last = self.last.max(at);
        self.done.push(self.ingest.act(lead, deed, Some("Kim".into()), at).await.unwrap().id);
    }

    /// Whatever chance may have left out, on one working day.
    async fn everything_once(&mut self) {
        let day = at("2026-03-17T14:00:00Z");
        for (index, ended) in ["answered", "missed", "abandoned", "voicemail", "ringing"].into_iter().enumerate() {
            self.callrail("callrail", &phone_of(200 + index), day, ended, false).await;
        }
        for (index, ended) in ["failed", "nobody said"].into_iter().enumerate() {
            self.telmetrics(&phone_of(205 + index), day, ended).await;
        }
        // Missed and returned, within the hour and the next day; and it paid.
        for (index, wait) in [(207, 600), (208, 80_000)] {
            let phone = phone_of(index);
            self.callrail("callrail", &phone, day, "missed", false).await;
            self.varda_call(&phone, day + TimeDelta::seconds(wait), "completed", true, false).await;
            let number = phone.clone();
            let lead = self.store.read_blocking(move |c| projection::lead_of_phone(c, &number)).unwrap().unwrap();
            let deed = Deed::Outcome {
                outcome: Outcome::Booked,
                call: None,
                estimated_cents: Some(90_000),
                actual_cents: Some(85_000 + wait),
                revenue_cents: Some(88_000),
                notes: None,
            };
            self.ingest.act(lead, deed, Some("Kim".into()), day + TimeDelta::days(1)).await.unwrap();
        }
        // Answered after each of the waits that figures tell apart.
        for (index, wait) in [30, 200, 800, 3_000, 10_000, 80_000, 300_000].into_iter().enumerate() {
            let phone = phone_of(210 + index);
            self.form(&phone, day).await;
            self.varda_call(&phone, day + TimeDelta::seconds(wait), "completed", true, false).await;
        }
        // Spam that wrote, and a call that two services see differently.
        let phone = phone_of(250);
        self.text(&phone, day).await;
        self.form(&phone, day).await;
        self.decide(&phone, Outcome::Spam, day).await;
        for index in 251..259 {
            self.telmetrics(&phone_of(index), day, "answered").await;
            self.varda_call(&phone_of(index), day + TimeDelta::hours(3), "completed", true, true).await;
            self.telmetrics(&phone_of(index), day + TimeDelta::hours(5), "answered").await;
        }
        // Closed, each way.
        for (index, status) in ["LcmLeadClose", "ClosedAfterFollowup", "DNC", "ClosedAfterFollowup"].iter().enumerate()
        {
            self.status(status, &phone_of(240 + index), day).await;
        }
        // In business hours: the longest, and all the others.
        let phone = phone_of(220);
        self.form(&phone, day).await;
        self.varda_call(&phone, day + TimeDelta::days(12), "completed", true, false).await;
        self.last = self.last.max(day + TimeDelta::days(13));
    }

    async fn decide(&mut self, phone: &str, outcome: Outcome, at: DateTime<Utc>) {
        let number = phone.to_string();
        let lead = self.store.read_blocking(move |c| projection::lead_of_phone(c, &number)).unwrap().unwrap();
        let (estimated_cents, actual_cents, revenue_cents) = (None, None, None);
        let deed = Deed::Outcome { outcome, call: None, estimated_cents, actual_cents, revenue_cents, notes: None };
        self.ingest.act(lead, deed, None, at).await.unwrap();
    }

    /// Nothing that comes today says an estimated sentiment; figures count them all the same.
    fn estimates(&mut self) -> Vec<Planted> {
        let mut planted = Vec::new();
        let labels =
            [SentimentLabel::Positive, SentimentLabel::Neutral, SentimentLabel::Negative, SentimentLabel::Mixed];
        let source = self.sources["callrail"].clone();
        for (index, label) in labels.into_iter().cycle().take(12).enumerate() {
            let at = at("2026-03-09T13:00:00Z") + TimeDelta::minutes(index as i64 * 61);
            let part = CallPart {
                call: Some(format!("guessed{index}")),
                rank: 2,
                direction: Some(Direction::Inbound),
                answered: Some(true),
                state: Some(CallState::Completed),
                started_at: Some(at),
                duration_s: Some(40 + index as i64),
                sentiment: Some(Sentiment { label, score: None, origin: SentimentOrigin::Estimated }),
                ..CallPart::default()
            };
            let mut draft =
                ParsedEvent::new(format!("guessed{index}"), "planted", Some(at), Body::Call(Box::new(part)));
            draft.add_identity(IdentityKind::Phone, phone_of(230 + index % 7));
            let row = source.clone();
            let written = draft.clone();
            self.store
                .write_blocking(move |batch| {
                    let delivery =
                        NewDelivery::new(row.id, "US", at, None, Trust::Unsigned, None, None, b"{}", b"planted");
                    let seq = batch.append(&delivery)?;
                    batch.upsert_events(seq, at, at, &[UpsertedEvent::new(&written, row.id, &row.uid, true)?])?;
                    Ok(())
                })
                .unwrap();
            planted.push(Planted { source: source.id, draft, received: at });
        }
        planted
    }
}

fn stamp(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

fn plain(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.3f").to_string()
}
