//! Every figure the slow way: plain loops over what the journal tells of each person, written from the words of
//! `figures/measure.rs` and docs/figures.md alone.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Timelike, Utc};
use leadtrail::domain::call::{Call, CallState};
use leadtrail::domain::entry::{Entry, EntryKind};
use leadtrail::domain::stage::{Outcome, SentimentLabel, SentimentOrigin, Stage};
use leadtrail::figures::measure::{Makes, Measure};
use leadtrail::figures::model::Filters;
use leadtrail::settings::Business;
use leadtrail::zone::Tz;

use super::journal::Person;

/// What is asked, without the comparison.
#[derive(Clone)]
pub struct Ask<'a> {
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub zone: Tz,
    pub filters: &'a Filters,
    pub business: &'a Business,
    /// Names of sources.
    pub services: &'a HashMap<i64, String>,
    /// Waits within business hours that were worked out before, by (lead, hours and zone).
    pub waits: &'a Waits,
    /// The number of hours, holidays and zone together.
    pub hours: usize,
}

pub type Waits = RefCell<HashMap<(usize, usize), i64>>;

/// Something that counts.
#[derive(Debug, Clone)]
pub struct Item {
    pub kind: &'static str,
    /// Whose: place in the list of people.
    pub person: usize,
    pub at: DateTime<Utc>,
    pub counts: BTreeMap<Measure, i64>,
    pub service: String,
    pub rep: String,
    pub reason: String,
}

/// What a figure comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    pub rows: i64,
    pub value: Option<f64>,
    /// Sorted.
    pub values: Vec<i64>,
}

/// A weekday and hour, a day or words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    Words(String),
    Hour(u32, u32),
    Day(NaiveDate),
}

impl Ask<'_> {
    /// Opening hours are read on the business's own clock.
    fn open_zone(&self) -> Tz {
        self.business.time_zone.as_ref().map_or(self.zone, |name| name.parse().unwrap())
    }

    fn within(&self, at: DateTime<Utc>) -> bool {
        let day = at.with_timezone(&self.zone).date_naive();
        self.from <= day && day <= self.to
    }

    fn rep(&self, name: Option<&str>) -> String {
        let Some(name) = name.map(str::trim) else { return String::new() };
        let is = |other: &String| other.trim().to_lowercase() == name.to_lowercase();
        for rep in &self.business.reps {
            if is(&rep.name) || rep.also.iter().any(is) {
                return rep.name.clone();
            }
        }
        name.to_string()
    }

    fn service(&self, source: Option<i64>) -> String {
        source.map_or_else(|| "By hand".to_string(), |id| self.services[&id].clone())
    }

    /// Every row that counts in the period.
    pub fn items(&self, people: &[Person]) -> Vec<Item> {
        let mut items = Vec::new();
        for (index, person) in people.iter().enumerate() {
            self.of_person(index, person, &mut items);
        }
        items.retain(|item| !item.counts.is_empty());
        items
    }

    fn of_person(&self, index: usize, person: &Person, items: &mut Vec<Item>) {
        let (lead, entries) = (&person.folded.lead, &person.folded.entries);
        let rep = self.rep(lead.rep.as_deref());
        let filters = self.filters;
        if filters.source.is_some_and(|source| !lead.sources.contains(&source))
            || filters.campaign.is_some() && filters.campaign != lead.campaign
            || filters.rep.as_ref().is_some_and(|name| *name != rep)
            || filters.tag.as_ref().is_some_and(|tag| !lead.tags.contains(tag))
            || filters.stage.as_ref().is_some_and(|stage| stage != lead.stage.as_str())
        {
            return;
        }
        let told_here = |source: Option<i64>| filters.source.is_none() || source == filters.source;
        let mut given: Option<&str> = None;
        for entry in entries {
            if let Some(action) = entry.action.as_ref().filter(|action| action.kind == "assign") {
                given = action.rep.as_deref();
            }
        }
        // The person of test events is one whatever is marked.
        let test =
            lead.phones.iter().any(|phone| phone == "+12025550142" || self.business.test_numbers.contains(phone));
        let verdict = verdict(entries);
        assert_eq!(verdict.map(|(outcome, ..)| outcome), lead.outcome, "how {} stands", person.earliest);
        let spam = !test && verdict.is_some_and(|(outcome, ..)| outcome == Outcome::Spam);
        let counted = !test && !spam;
        let item = |kind, at, service: Option<i64>, rep: String| Item {
            kind,
            person: index,
            at,
            counts: BTreeMap::new(),
            service: self.service(service),
            rep,
            reason: String::new(),
        };

        // The lead itself.
        let Some(first) = entries.iter().map(|entry| entry.at).min() else { return };
        let first_source = entries.iter().find_map(|entry| entry.source);
        let mut row = item("lead", first, first_source, rep.clone());
        if self.within(first) {
            row.mark(Measure::Heard);
            if test {
                row.mark(Measure::HeardTest);
            } else if spam {
                row.mark(Measure::HeardSpam);
            } else {
                self.new_lead(index, person, &mut row);
            }
        }
        let active = |entry: &&Entry| {
            matches!(
                entry.kind,
                EntryKind::Call
                    | EntryKind::Message
                    | EntryKind::Form
                    | EntryKind::Status
                    | EntryKind::Conversation
                    | EntryKind::Contact
            ) && self.within(entry.at)
        };
        if counted && entries.iter().any(|entry| active(&entry)) {
            row.mark(Measure::ActiveLeads);
        }
        items.push(row);

        // Its calls.
        let calls: Vec<(&Entry, &Call)> = entries.iter().filter_map(|e| Some((e, e.call.as_deref()?))).collect();
        let again = told_again(&calls);
        let mut missed_really = false;
        for (place, (entry, call)) in calls.iter().enumerate() {
            if !self.within(entry.at) || !told_here(entry.source) {
                continue;
            }
            let mut row = item("call", entry.at, entry.source, self.rep(given.or(call.agent.as_deref())));
            row.mark(Measure::CallsTold);
            if test {
                row.mark(Measure::CallsTest);
            } else if spam || call.outcome == Some(Outcome::Spam) {
                row.mark(Measure::CallsSpam);
            } else if again[place] && filters.source.is_none() {
                row.mark(Measure::CallsAgain);
            } else {
                missed_really |= inbound(call) && call.state.is_missed();
                counted_call(&mut row, entry, call, &calls);
            }
            items.push(row);
        }

        // Texts and forms.
        for entry in entries.iter().filter(|entry| self.within(entry.at) && told_here(entry.source)) {
            if let Some(message) = &entry.message {
                let mut row = item("text", entry.at, entry.source, self.rep(given.or(message.agent.as_deref())));
                row.mark(Measure::TextsTold);
                row.mark(match (test, spam) {
                    (true, _) => Measure::TextsTest,
                    (_, true) => Measure::TextsSpam,
                    _ => Measure::Texts,
                });
                if counted {
                    row.mark(if message.direction == "inbound" { Measure::TextsIn } else { Measure::TextsOut });
                }
                items.push(row);
            }
            if entry.form.is_some() {
                let mut row = item("form", entry.at, entry.source, self.rep(given));
                row.mark(Measure::FormsTold);
                row.mark(match (test, spam) {
                    (true, _) => Measure::FormsTest,
                    (_, true) => Measure::FormsSpam,
                    _ => Measure::Forms,
                });
                items.push(row);
            }
        }

        // How it ended, and what it brought.
        if let Some((outcome, at, source)) = verdict.filter(|(_, at, _)| !test && self.within(*at)) {
            let mut row = item("outcome", at, source, rep.clone());
            row.mark(match outcome {
                Outcome::Booked => Measure::Booked,
                Outcome::Quoted => Measure::Quoted,
                Outcome::FollowUp => Measure::FollowUp,
                Outcome::NotInterested => Measure::NotInterested,
                Outcome::NoAnswer => Measure::NoAnswer,
                Outcome::Spam => Measure::Spam,
                Outcome::WrongNumber => Measure::WrongNumber,
                Outcome::Other => Measure::OtherOutcome,
            });
            items.push(row);
        }
        if let Some(money) = money(entries).filter(|_| counted) {
            let mut row = item("money", money.at, money.source, rep.clone());
            let above_zero = |cents: Option<i64>| cents.filter(|cents| *cents > 0);
            let earned = above_zero(money.actual).or(above_zero(money.revenue));
            if self.within(money.at) {
                for (measure, cents) in [
                    (Measure::Estimated, money.estimated),
                    (Measure::Actual, money.actual),
                    (Measure::Revenue, money.revenue),
                    (Measure::Earned, earned),
                ] {
                    if let Some(cents) = cents {
                        row.counts.insert(measure, cents);
                    }
                }
            }
            if let Some(cents) = earned.filter(|_| missed_really) {
                row.counts.insert(Measure::EarnedAfterMiss, cents);
            }
            items.push(row);
        }
        if let Some(since) = lead.stage_since.filter(|since| !test && self.within(*since)) {
            let measure = match lead.stage {
                Stage::Lost => Some(Measure::ClosedLost),
                Stage::Unreachable => Some(Measure::ClosedUnreachable),
                Stage::DoNotContact => Some(Measure::ClosedDnc),
                _ => None,
            };
            if let Some(measure) = measure {
                let mut row = item("close", since, None, rep.clone());
                row.reason = lead.closed_reason.clone().unwrap_or_default();
                row.mark(measure);
                items.push(row);
            }
        }
        if !counted {
            return;
        }

        // Who contradicts whom.
        let latest = latest_of_services(entries);
        if let Some((_, last)) = latest.values().max_by_key(|(_, at)| *at).copied()
            && self.within(last)
            && latest.values().any(|(a, _)| latest.values().any(|(b, _)| a != b))
        {
            let mut row = item("disagreement", last, None, rep.clone());
            let names: Vec<String> = latest.keys().map(|source| self.service(Some(*source))).collect();
            row.service = names.join(" / ");
            row.mark(Measure::DisagreeOutcome);
            items.push(row);
        }
        for (place, one) in calls.iter().enumerate() {
            for other in &calls[place + 1..] {
                if !one_call(one, other)
                    || !self.within(other.0.at)
                    || !(told_here(one.0.source) || told_here(other.0.source))
                {
                    continue;
                }
                let mut row = item("disagreement", other.0.at, None, rep.clone());
                row.service = format!("{} / {}", self.service(one.0.source), self.service(other.0.source));
                if answered(one.1) && missed(other.1) || missed(one.1) && answered(other.1) {
                    row.mark(Measure::DisagreeAnswered);
                }
                if let (Some(a), Some(b)) = (&one.1.sentiment, &other.1.sentiment)
                    && a.label != b.label
                {
                    row.mark(Measure::DisagreeSentiment);
                }
                items.push(row);
            }
        }
    }

    /// What a lead that counts as new counts in.
    fn new_lead(&self, index: usize, person: &Person, row: &mut Item) {
        let (lead, entries, journey) = (&person.folded.lead, &person.folded.entries, &person.folded.journey);
        row.mark(Measure::NewLeads);
        row.mark(Measure::ReachedNew);
        for (stage, reached, took) in [
            (Stage::Contacted, Measure::ReachedContacted, Measure::StepContacted),
            (Stage::Responded, Measure::ReachedResponded, Measure::StepResponded),
            (Stage::Quoted, Measure::ReachedQuoted, Measure::StepQuoted),
            (Stage::Booked, Measure::ReachedBooked, Measure::StepBooked),
            (Stage::Converted, Measure::ReachedConverted, Measure::StepConverted),
        ] {
            let mut before: Option<(Stage, DateTime<Utc>)> = None;
            for step in journey.iter().filter(|step| !step.stage.is_closing()) {
                if step.stage < stage {
                    if before.is_none_or(|(furthest, _)| step.stage > furthest) {
                        before = Some((step.stage, step.at));
                    }
                    continue;
                }
                row.mark(reached);
                if step.stage == stage
                    && let Some((_, since)) = before
                {
                    row.counts.insert(took, (step.at - since).num_seconds());
                }
                break;
            }
        }
        match lead.stage {
            Stage::Lost => row.mark(Measure::StandsLost),
            Stage::Unreachable => row.mark(Measure::StandsUnreachable),
            Stage::DoNotContact => row.mark(Measure::StandsDnc),
            _ => {}
        }
        let asks = |entry: &&Entry| match entry.kind {
            EntryKind::Call => entry.call.as_ref().is_some_and(|call| inbound(call)),
            EntryKind::Message => entry.message.as_ref().is_some_and(|message| message.direction == "inbound"),
            EntryKind::Form | EntryKind::Contact => true,
            EntryKind::Status => entry.status.as_ref().is_some_and(|status| status.stage == Some(Stage::New)),
            _ => false,
        };
        let answers = |entry: &&Entry| match entry.kind {
            EntryKind::Call => entry
                .call
                .as_ref()
                .is_some_and(|call| answered(call) || !inbound(call) && call.state != CallState::Failed),
            EntryKind::Message => entry.message.as_ref().is_some_and(|message| message.direction == "outbound"),
            EntryKind::Status => entry.status.as_ref().is_some_and(|status| status.stage == Some(Stage::Contacted)),
            _ => false,
        };
        let Some(asked) = entries.iter().filter(asks).map(|entry| entry.at).min() else {
            row.mark(Measure::ReachedOutFirst);
            return;
        };
        row.mark(Measure::Asked);
        let Some(answer) = entries.iter().filter(answers).map(|entry| entry.at).filter(|at| *at >= asked).min() else {
            row.mark(Measure::SpeedNever);
            return;
        };
        let seconds = (answer - asked).num_seconds();
        let open = *self
            .waits
            .borrow_mut()
            .entry((index, self.hours))
            .or_insert_with(|| open_seconds(asked, answer, self.open_zone(), self.business));
        row.counts.insert(Measure::Speed, seconds);
        row.counts.insert(Measure::SpeedOpen, open);
        const CLOCK: [Measure; 7] = [
            Measure::SpeedTo1m,
            Measure::SpeedTo5m,
            Measure::SpeedTo15m,
            Measure::SpeedTo1h,
            Measure::SpeedTo4h,
            Measure::SpeedTo24h,
            Measure::SpeedLater,
        ];
        const OPEN: [Measure; 7] = [
            Measure::OpenTo1m,
            Measure::OpenTo5m,
            Measure::OpenTo15m,
            Measure::OpenTo1h,
            Measure::OpenTo4h,
            Measure::OpenTo24h,
            Measure::OpenLater,
        ];
        for (waited, within, steps) in [(seconds, Measure::Under5, CLOCK), (open, Measure::Under5Open, OPEN)] {
            if waited < 300 {
                row.mark(within);
            }
            let minutes = [1, 5, 15, 60, 240, 1440];
            let step = minutes.iter().position(|minutes| waited < minutes * 60).unwrap_or(minutes.len());
            row.mark(steps[step]);
        }
    }
}

impl Item {
    fn mark(&mut self, measure: Measure) {
        self.counts.insert(measure, 1);
    }

    /// The value of a dimension, empty where nobody said.
    pub fn part(&self, dimension: &str, zone: Tz, person: &Person) -> Part {
        let lead = &person.folded.lead;
        let local = self.at.with_timezone(&zone);
        let words = |text: &Option<String>| Part::Words(text.clone().unwrap_or_default());
        let (first, last) = (&lead.attribution.source, &person.last_touch);
        match dimension {
            "" => Part::Words(String::new()),
            "first_touch" => words(first),
            "last_touch" => words(last),
            "touches" if first.is_none() && last.is_none() => Part::Words(String::new()),
            "touches" => {
                let said = |text: &Option<String>| text.clone().unwrap_or_else(|| "Not told".into());
                Part::Words(format!("{} → {}", said(first), said(last)))
            }
            "campaign" => words(&lead.campaign),
            "medium" => words(&lead.attribution.medium),
            "service" => Part::Words(self.service.clone()),
            "rep" => Part::Words(self.rep.clone()),
            "reason" => Part::Words(self.reason.clone()),
            "outcome" => Part::Words(lead.outcome.map_or_else(String::new, |outcome| outcome.as_str().to_string())),
            "hour" => Part::Hour(local.weekday().number_from_monday(), local.hour()),
            "day" => Part::Day(local.date_naive()),
            other => panic!("a dimension nobody told of: {other}"),
        }
    }
}

/// The part a figure's id names.
pub fn part(dimension: &str, value: &str) -> Part {
    match dimension {
        "hour" => {
            let (day, hour) = value.split_once('T').unwrap();
            Part::Hour(day.parse().unwrap(), hour.parse().unwrap())
        }
        "day" => Part::Day(value.parse().unwrap()),
        _ => Part::Words(value.to_string()),
    }
}

/// What some items come to as a measure.
pub fn figure<'a>(items: impl Iterator<Item = &'a Item>, measure: Measure) -> Figure {
    let mut values: Vec<i64> = items.filter_map(|item| item.counts.get(&measure).copied()).collect();
    values.sort_unstable();
    let value = match measure.makes() {
        Makes::Count => Some(values.len() as f64),
        Makes::Sum => Some(values.iter().sum::<i64>() as f64),
        Makes::Median if values.is_empty() => None,
        Makes::Median if values.len() % 2 == 1 => Some(values[values.len() / 2] as f64),
        Makes::Median => {
            let upper = values.len() / 2;
            Some((values[upper - 1] + values[upper]) as f64 / 2.0)
        }
    };
    Figure { rows: values.len() as i64, value, values }
}

/// Nine of ten are not above it.
pub fn ninetieth(values: &[i64]) -> Option<f64> {
    let place = (values.len() * 9).div_ceil(10);
    (place > 0).then(|| values[place - 1] as f64)
}

fn inbound(call: &Call) -> bool {
    call.direction == "inbound"
}

fn answered(call: &Call) -> bool {
    call.answered && !call.state.is_missed()
}

fn missed(call: &Call) -> bool {
    inbound(call) && call.state.is_missed()
}

fn counted_call(row: &mut Item, entry: &Entry, call: &Call, calls: &[(&Entry, &Call)]) {
    row.mark(Measure::Calls);
    if let Some(sentiment) = &call.sentiment {
        row.mark(match (sentiment.origin, sentiment.label) {
            (SentimentOrigin::Provider, SentimentLabel::Positive) => Measure::SaidPositive,
            (SentimentOrigin::Provider, SentimentLabel::Neutral) => Measure::SaidNeutral,
            (SentimentOrigin::Provider, SentimentLabel::Negative) => Measure::SaidNegative,
            (SentimentOrigin::Provider, SentimentLabel::Mixed) => Measure::SaidMixed,
            (SentimentOrigin::Estimated, SentimentLabel::Positive) => Measure::GuessedPositive,
            (SentimentOrigin::Estimated, SentimentLabel::Neutral) => Measure::GuessedNeutral,
            (SentimentOrigin::Estimated, SentimentLabel::Negative) => Measure::GuessedNegative,
            (SentimentOrigin::Estimated, SentimentLabel::Mixed) => Measure::GuessedMixed,
        });
    }
    if answered(call)
        && let Some(seconds) = call.duration_s
    {
        row.counts.insert(Measure::TalkTime, seconds);
    }
    if !inbound(call) {
        row.mark(Measure::CallsOut);
        if answered(call) {
            row.mark(Measure::OutAnswered);
        }
        return;
    }
    row.mark(Measure::CallsIn);
    row.mark(match call.state {
        CallState::Missed => Measure::Missed,
        CallState::Abandoned => Measure::Abandoned,
        CallState::Voicemail => Measure::Voicemail,
        _ if call.answered => Measure::Answered,
        CallState::Ringing | CallState::InProgress => Measure::CallsOpen,
        CallState::Completed | CallState::Failed => Measure::CallsOther,
    });
    if answered(call) || missed(call) {
        row.mark(Measure::Answerable);
    }
    if !missed(call) {
        return;
    }
    row.mark(Measure::MissedReally);
    let mut returned: Option<i64> = None;
    for (other, again) in calls {
        if other.at > entry.at && (!inbound(again) || answered(again)) && !one_call(&(entry, call), &(other, again)) {
            let seconds = (other.at - entry.at).num_seconds();
            returned = Some(returned.map_or(seconds, |known| known.min(seconds)));
        }
    }
    match returned {
        None => row.mark(Measure::ReturnedNever),
        Some(seconds) => {
            row.mark(Measure::Returned);
            row.counts.insert(Measure::ReturnTime, seconds);
            row.mark(if seconds < 3600 { Measure::ReturnedHour } else { Measure::ReturnedLater });
        }
    }
}

/// Two cards that tell of one call.
fn one_call(one: &(&Entry, &Call), other: &(&Entry, &Call)) -> bool {
    let span = |(entry, call): &(&Entry, &Call)| {
        let seconds = call.duration_s.unwrap_or(0).clamp(15, 86_400);
        (entry.at, entry.at + TimeDelta::seconds(seconds))
    };
    let ((a, a_ends), (b, b_ends)) = (span(one), span(other));
    let minute = TimeDelta::seconds(60);
    one.0.source != other.0.source
        && one.1.direction == other.1.direction
        && a <= b_ends + minute
        && b <= a_ends + minute
}

/// Which of the calls, in time, were told before by another service.
fn told_again(calls: &[(&Entry, &Call)]) -> Vec<bool> {
    let mut again: Vec<bool> = Vec::new();
    for (place, call) in calls.iter().enumerate() {
        let mut known = false;
        for before in 0..place {
            known |= !again[before] && one_call(&calls[before], call);
        }
        again.push(known);
    }
    again
}

type Said = (Outcome, DateTime<Utc>, Option<i64>);

/// How a lead ended, when that was said and by which source.
fn verdict(entries: &[Entry]) -> Option<Said> {
    let (mut own, mut tagged, mut analysed): (Option<Said>, Option<Said>, Option<Said>) = (None, None, None);
    for entry in entries {
        if let Some(outcome) = &entry.outcome {
            let said = Some((outcome.outcome, entry.at, entry.source));
            if entry.source.is_none() {
                own = said;
            } else {
                tagged = said;
            }
        }
        if let Some(outcome) = entry.call.as_ref().and_then(|call| call.outcome) {
            analysed = Some((outcome, entry.at, entry.source));
        }
    }
    if own.is_some() {
        return own;
    }
    match (tagged, analysed) {
        (Some(tag), Some(call)) if call.1 > tag.1 => Some(call),
        (Some(tag), _) => Some(tag),
        (None, call) => call,
    }
}

struct Money {
    at: DateTime<Utc>,
    source: Option<i64>,
    estimated: Option<i64>,
    actual: Option<i64>,
    revenue: Option<i64>,
}

/// The word about money that stands.
fn money(entries: &[Entry]) -> Option<Money> {
    let (mut own, mut any, mut of_call) = (None, None, None);
    for entry in entries {
        if let Some(word) = &entry.outcome {
            let money = || Money {
                at: entry.at,
                source: entry.source,
                estimated: word.estimated_cents,
                actual: word.actual_cents,
                revenue: word.revenue_cents,
            };
            let says = word.actual_cents.is_some_and(|cents| cents > 0)
                || word.revenue_cents.is_some_and(|cents| cents > 0)
                || word.estimated_cents.is_some();
            if entry.source.is_none() {
                // Only their latest word: an earlier one of theirs is like anybody's.
                own = says.then(money);
            }
            if says {
                any = Some(money());
            }
        }
        if let Some(cents) = entry.call.as_ref().and_then(|call| call.value_cents) {
            let (at, source) = (entry.at, entry.source);
            of_call = Some(Money { at, source, estimated: Some(cents), actual: None, revenue: None });
        }
    }
    own.or(any).or(of_call)
}

/// The latest outcome each service gave, and when.
fn latest_of_services(entries: &[Entry]) -> BTreeMap<i64, (Outcome, DateTime<Utc>)> {
    let mut latest: BTreeMap<i64, (Outcome, DateTime<Utc>)> = BTreeMap::new();
    let mut say = |source: i64, outcome: Outcome, at: DateTime<Utc>| {
        let known = latest.entry(source).or_insert((outcome, at));
        if at >= known.1 {
            *known = (outcome, at);
        }
    };
    for entry in entries {
        let Some(call) = &entry.call else { continue };
        let claim = call.claims.iter().find(|claim| claim.what == "outcome" && claim.source == Some(call.source));
        if let Some(outcome) = claim.and_then(|claim| Outcome::parse(claim.value.as_str()?)) {
            say(call.source, outcome, entry.at);
        }
    }
    for entry in entries {
        if let (Some(word), Some(source)) = (&entry.outcome, entry.source) {
            say(source, word.outcome, entry.at);
        }
    }
    latest
}

/// Seconds from `asked` to `answer` in which the clock on the wall showed business hours: minute by minute.
fn open_seconds(asked: DateTime<Utc>, answer: DateTime<Utc>, zone: Tz, business: &Business) -> i64 {
    let (from, to) = (asked.timestamp_micros(), answer.timestamp_micros());
    const MINUTE: i64 = 60_000_000;
    let mut open = 0;
    let mut minute = from.div_euclid(MINUTE) * MINUTE;
    let mut day = None;
    let mut ahead = 0;
    while minute < to {
        // No zone of our time moves its clock but at a whole quarter of an hour.
        if minute.rem_euclid(15 * MINUTE) == 0 || day.is_none() {
            let at = DateTime::from_timestamp_micros(minute).unwrap();
            let local = at.with_timezone(&zone).naive_local();
            ahead = (local - at.naive_utc()).num_minutes();
            day = Some(());
        }
        let local = DateTime::from_timestamp_micros(minute).unwrap().naive_utc() + TimeDelta::minutes(ahead);
        let of_day = local.hour() * 60 + local.minute();
        let spans = &business.hours[local.weekday().num_days_from_monday() as usize];
        let is_open = !business.holidays.contains(&local.date())
            && spans.iter().any(|(opens, closes)| u32::from(*opens) <= of_day && of_day < u32::from(*closes));
        if is_open {
            open += (minute + MINUTE).min(to) - minute.max(from);
        }
        minute += MINUTE;
    }
    open.div_euclid(1_000_000)
}
