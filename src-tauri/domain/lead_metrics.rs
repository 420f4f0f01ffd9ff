//! What figures need of one lead, flat and small: made from the fold once, read thousands of times.
//!
//! Nothing here depends on a period, a filter or a setting: those are of the question, not of the lead.

use serde::{Deserialize, Serialize};

use super::action::Deed;
use super::call::CallState;
use super::entry::EntryContent;
use super::event::{Attribution, Event};
pub use super::fold::outcomes::{DatedOutcome, Money};
use super::fold::{Folded, deed, outcomes, standing_events};
use super::stage::{Outcome, SentimentLabel, SentimentOrigin, Stage};
use super::texts::beginning;

/// One lead as figures see it. Times are microseconds since the epoch, UTC; money is cents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeadMetrics<'a> {
    /// The earliest event by (time, id): the name of the lead outside of this machine.
    pub name_of: [u8; 16],
    /// What they are called.
    #[serde(borrow)]
    pub name: Option<&'a str>,
    /// E.164.
    #[serde(borrow)]
    pub phones: Vec<&'a str>,
    /// Lower case.
    #[serde(borrow)]
    pub emails: Vec<&'a str>,
    /// The person was erased.
    pub erased: bool,
    /// The earliest entry.
    pub first_seen: i64,
    /// The source that told of them first; 0 where nobody but the business did.
    pub first_source: i64,
    /// Every source that told of them, ascending.
    pub sources: Vec<i64>,
    /// Where the journey stands.
    pub stage: Stage,
    /// Why it closed, in the sender's own words.
    #[serde(borrow)]
    pub closed_reason: Option<&'a str>,
    /// The first moment in the journey at each stage, in time. What was skipped is not in it.
    pub steps: Vec<(Stage, i64)>,
    /// When the closing stage that stands began.
    pub closed_at: Option<i64>,
    /// Who a person of the business gave the lead to.
    #[serde(borrow)]
    pub assigned: Option<&'a str>,
    /// Who senders name last.
    #[serde(borrow)]
    pub agent: Option<&'a str>,
    /// The campaign of first touch.
    #[serde(borrow)]
    pub campaign: Option<&'a str>,
    /// Where they came from first.
    #[serde(borrow)]
    pub first_touch: Touch<'a>,
    /// Where they came from last.
    #[serde(borrow)]
    pub last_touch: Touch<'a>,
    /// Sorted.
    #[serde(borrow)]
    pub tags: Vec<&'a str>,
    /// The outcome that stands.
    pub outcome: Option<DatedOutcome>,
    /// The amounts that stand.
    pub money: Option<Money>,
    /// The latest outcome of each service, by source.
    pub said: Vec<DatedOutcome>,
    /// Everything that happened, by (time, id).
    #[serde(borrow)]
    pub moments: Vec<Moment<'a>>,
}

/// Where somebody came from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // as in event::Attribution
pub struct Touch<'a> {
    #[serde(borrow)]
    pub source: Option<&'a str>,
    #[serde(borrow)]
    pub medium: Option<&'a str>,
    #[serde(borrow)]
    pub campaign: Option<&'a str>,
}

/// One entry of the timeline.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Moment<'a> {
    /// The entry's id, as bytes.
    pub id: [u8; 16],
    /// When it happened.
    pub at: i64,
    /// The source; 0 for what people did in the app.
    pub source: i64,
    /// What it was.
    #[serde(borrow)]
    pub what: MetricKind<'a>,
}

/// What an entry was.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum MetricKind<'a> {
    /// A phone call.
    Call {
        /// From the lead to the business.
        inbound: bool,
        /// How far it has come.
        state: CallState,
        /// The two sides spoke.
        answered: bool,
        /// Seconds.
        duration_s: Option<i64>,
        /// Who of the business.
        #[serde(borrow)]
        agent: Option<&'a str>,
        /// How the caller felt, and who says so.
        sentiment: Option<(SentimentLabel, SentimentOrigin)>,
        /// The outcome of the call.
        outcome: Option<Outcome>,
    },
    /// A text or chat message.
    Message {
        /// From the lead to the business.
        inbound: bool,
        /// Who of the business wrote it.
        #[serde(borrow)]
        agent: Option<&'a str>,
    },
    /// A form.
    Form,
    /// A status of a sender, with the stage it maps to.
    Status(Option<Stage>),
    /// A conversation opened or ended.
    Conversation,
    /// Contact details came.
    Contact,
    /// What the business noted down: outcomes, notes, tags.
    Noted,
}

fn touch(attribution: &Attribution) -> Touch<'_> {
    Touch {
        source: attribution.source.as_deref().map(beginning),
        medium: attribution.medium.as_deref().map(beginning),
        campaign: attribution.campaign.as_deref().map(beginning),
    }
}

fn bytes(id: &str) -> [u8; 16] {
    let mut out = [0; 16];
    match hex::decode_to_slice(id, &mut out) {
        Ok(()) => out,
        Err(_) => [0; 16],
    }
}

/// What figures need of a lead that was folded from `events`.
pub fn metrics_of<'a>(folded: &'a Folded, events: &'a [Event]) -> LeadMetrics<'a> {
    let lead = &folded.lead;
    let standing = standing_events(events);
    let last_touch = standing
        .iter()
        .rev()
        .map(|event| touch(&event.draft.attribution))
        .find(|t| t.source.is_some() || t.medium.is_some() || t.campaign.is_some());
    let mut steps: Vec<(Stage, i64)> = Vec::new();
    for step in &folded.journey {
        if !steps.iter().any(|(stage, _)| *stage == step.stage) {
            steps.push((step.stage, step.at.timestamp_micros()));
        }
    }
    let closed_at = lead
        .stage
        .is_closing()
        .then(|| {
            let run = folded.journey.iter().rev().take_while(|step| step.stage == lead.stage);
            run.last().map(|step| step.at.timestamp_micros())
        })
        .flatten();
    let calls = folded.entries.iter().filter_map(|entry| Some((entry.at, entry.call()?)));
    let verdicts = outcomes::resolve_outcome(&standing, calls);
    LeadMetrics {
        name_of: events.iter().min_by_key(|event| (event.at, event.id)).map(|event| event.id.0).unwrap_or_default(),
        name: lead.name.as_deref(),
        phones: lead.phones.iter().map(String::as_str).collect(),
        emails: lead.emails.iter().map(String::as_str).collect(),
        erased: lead.erased,
        first_seen: lead.first_seen.timestamp_micros(),
        first_source: folded.entries.iter().find_map(|entry| entry.source).unwrap_or(0),
        sources: lead.sources.clone(),
        stage: lead.stage,
        closed_reason: lead.closed_reason.as_deref(),
        steps,
        closed_at,
        assigned: standing
            .iter()
            .rev()
            .find_map(|event| match deed(event) {
                Some(Deed::Assign { rep }) => Some(rep.as_deref()),
                _ => None,
            })
            .flatten(),
        agent: lead.rep.as_deref(),
        campaign: lead.campaign.as_deref(),
        first_touch: touch(&lead.attribution),
        last_touch: last_touch.unwrap_or_default(),
        tags: lead.tags.iter().map(String::as_str).collect(),
        outcome: verdicts.outcome,
        money: verdicts.money,
        said: verdicts.said,
        moments: folded
            .entries
            .iter()
            .map(|entry| {
                let what = match &entry.content {
                    EntryContent::Call { call } => MetricKind::Call {
                        inbound: call.direction == "inbound",
                        state: call.state,
                        answered: call.answered,
                        duration_s: call.duration_s,
                        agent: call.agent.as_deref().map(beginning),
                        sentiment: call.sentiment.as_ref().map(|s| (s.label, s.origin)),
                        outcome: call.outcome,
                    },
                    EntryContent::Message { message } => MetricKind::Message {
                        inbound: message.direction == "inbound",
                        agent: message.agent.as_deref().map(beginning),
                    },
                    EntryContent::Form { .. } => MetricKind::Form,
                    EntryContent::Status { status } => MetricKind::Status(status.stage),
                    EntryContent::Conversation { .. } => MetricKind::Conversation,
                    EntryContent::Contact { .. } => MetricKind::Contact,
                    EntryContent::Outcome { .. }
                    | EntryContent::Note { .. }
                    | EntryContent::Action { .. }
                    | EntryContent::Gap { .. } => MetricKind::Noted,
                };
                Moment {
                    id: bytes(&entry.id),
                    at: entry.at.timestamp_micros(),
                    source: entry.source.unwrap_or(0),
                    what,
                }
            })
            .collect(),
    }
}
