//! Every figure the slow way: plain loops over what the journal tells of each person, written from the words of
//! `figures/measure.rs` and docs/figures.md alone.

mod calls;
mod figure;
mod outcomes;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Timelike, Utc};
use leadtrail::domain::action::DeedKind;
use leadtrail::domain::call::{Call, CallState};
use leadtrail::domain::entry::{Entry, EntryContent, EntryKind};
use leadtrail::domain::stage::{Outcome, Stage};
use leadtrail::figures::measure::Measure;
use leadtrail::figures::model::Filters;
use leadtrail::settings::Business;
use leadtrail::zone::Tz;

use super::journal::Person;
use calls::{answered, counted_call, inbound, missed, one_call, told_again};
pub use figure::{Figure, Part, figure, ninetieth, part};
use outcomes::{latest_of_services, money, verdict};

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
            if let EntryContent::Action { action } = &entry.content
                && action.kind == DeedKind::Assign
            {
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
                entry.kind(),
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
        let calls: Vec<(&Entry, &Call)> = entries.iter().filter_map(|e| Some((e, e.call()?))).collect();
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
                missed_really |= inbound(call) && call.state.is_unanswered();
                counted_call(&mut row, entry, call, &calls);
            }
            items.push(row);
        }

        // Texts and forms.
        for entry in entries.iter().filter(|entry| self.within(entry.at) && told_here(entry.source)) {
            if let Some(message) = entry.message() {
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
            if entry.kind() == EntryKind::Form {
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
        let asks = |entry: &&Entry| match &entry.content {
            EntryContent::Call { call } => inbound(call),
            EntryContent::Message { message } => message.direction == "inbound",
            EntryContent::Form { .. } | EntryContent::Contact { .. } => true,
            EntryContent::Status { status } => status.stage == Some(Stage::New),
            _ => false,
        };
        let answers = |entry: &&Entry| match &entry.content {
            EntryContent::Call { call } => answered(call) || !inbound(call) && call.state != CallState::Failed,
            EntryContent::Message { message } => message.direction == "outbound",
            EntryContent::Status { status } => status.stage == Some(Stage::Contacted),
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
