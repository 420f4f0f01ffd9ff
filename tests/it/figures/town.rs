//! A town in which everything happens that figures know of, much of it at moments where clocks are changed and days end.

mod senders;

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use leadtrail::domain::action::Deed;
use leadtrail::domain::call::CallPart;
use leadtrail::domain::call::CallState;
use leadtrail::domain::event::{Body, Direction, IdentityKind, ParsedEvent};
use leadtrail::domain::stage::{Outcome, Sentiment, SentimentLabel, SentimentOrigin};
use leadtrail::ingest::{Ingest, WebhookRequest};
use leadtrail::providers::Headers;
use leadtrail::store::{NewDelivery, NewSource, SourceRow, Store, Trust, UpsertedEvent, projection, sources};
use serde_json::Value;

use super::generated_data::at;
use super::journal::Planted;

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

pub fn phone_of(index: usize) -> String {
    format!("+1{}555{:04}", ["404", "212", "718"][index / 100], 100 + index % 100)
}

/// Who lives there and what happens to them, by chance that is the same every time.
pub struct Town {
    store: Store,
    ingest: Ingest,
    sources: HashMap<&'static str, Arc<SourceRow>>,
    chance: fastrand::Rng,
    serial: u64,
    /// When the last of it arrived.
    pub last: DateTime<Utc>,
    /// What people did, to be taken back.
    done: Vec<String>,
}

const OFFICE: &str = "+18335550143";
const AGENTS: [&str; 5] = ["Sam Reyes", "sam@office.example", " SAM REYES ", "Kim Osei", "Alex Moreau"];

impl Town {
    pub fn new(store: Store) -> Town {
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
        let incoming = WebhookRequest {
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

    pub async fn somebody(&mut self, index: usize) {
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
    pub async fn everything_once(&mut self) {
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
    pub fn estimates(&mut self) -> Vec<Planted> {
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
