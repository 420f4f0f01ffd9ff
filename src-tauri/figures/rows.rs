//! From the facts of a lead to rows, each with the measures it counts in. The one place where figures are counted; the
//! words for it stand in `measure.rs`.

use std::borrow::Cow;

use super::days::OpeningHours;
use super::measure::Measure;
use super::measured_row::{MeasuredRow, RowSubject};
use super::model::Period;
use super::question::PreparedQuestion;
use crate::domain::call::CallState;
use crate::domain::lead_metrics::{LeadMetrics, MetricKind, Moment};
use crate::domain::phone::TEST_NUMBER;
use crate::domain::{Outcome, SentimentLabel, SentimentOrigin, Stage};

/// Why a lead's rows do not count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Aside {
    No,
    Spam,
    Test,
}

/// Makes rows of leads for one period.
pub(crate) struct Counter<'q> {
    ready: &'q PreparedQuestion<'q>,
    hours: OpeningHours<'q>,
    from: i64,
    to: i64,
}

const US: i64 = 1_000_000;
/// A call that does not say how long it was took at least this long, for comparing.
const SOME: i64 = 15 * US;
/// Cards of one call come within this time of each other.
const NEAR: i64 = 60 * US;
/// No call is taken for longer.
const LONGEST: i64 = 86_400 * US;

/// When a call was on, with at least [`SOME`].
fn span(moment: &Moment<'_>) -> (i64, i64) {
    let seconds = match moment.what {
        MetricKind::Call { duration_s, .. } => duration_s.unwrap_or(0).clamp(0, LONGEST / US),
        _ => 0,
    };
    (moment.at, moment.at + (seconds * US).max(SOME))
}

/// The same call, as two services tell it.
fn same_call(a: &Moment<'_>, b: &Moment<'_>) -> bool {
    let (MetricKind::Call { inbound: of_a, .. }, MetricKind::Call { inbound: of_b, .. }) = (&a.what, &b.what) else {
        return false;
    };
    let ((from, to), (start, end)) = (span(a), span(b));
    a.source != b.source && of_a == of_b && from <= end + NEAR && start <= to + NEAR
}

fn is_answered(state: CallState, answered: bool) -> bool {
    answered && !state.is_missed()
}

impl<'q> Counter<'q> {
    pub fn new(ready: &'q PreparedQuestion<'q>, period: &Period) -> Counter<'q> {
        Counter {
            ready,
            hours: OpeningHours::new(&ready.question.business, ready.question.open_zone()),
            from: period.starts_at.timestamp_micros(),
            to: period.ends_at.timestamp_micros(),
        }
    }

    fn holds(&self, at: i64) -> bool {
        self.from <= at && at < self.to
    }

    /// Whether the filters choose the lead.
    pub fn chooses(&self, facts: &LeadMetrics<'_>) -> bool {
        let filters = &self.ready.question.filters;
        filters.source.is_none_or(|source| facts.sources.contains(&source))
            && filters.campaign.as_deref().is_none_or(|campaign| facts.campaign == Some(campaign))
            && filters.tag.as_deref().is_none_or(|tag| facts.tags.contains(&tag))
            && filters.stage.as_deref().is_none_or(|stage| facts.stage.as_str() == stage)
            && filters.rep.as_deref().is_none_or(|rep| self.lead_rep(facts) == Some(rep))
    }

    /// Who looks after the lead.
    pub fn lead_rep<'a>(&'a self, facts: &LeadMetrics<'a>) -> Option<&'a str> {
        self.ready.rep(facts.assigned.or(facts.agent))
    }

    /// Every row of the lead in the period.
    pub fn rows<'a>(&'a self, facts: &LeadMetrics<'a>, each: &mut impl FnMut(&MeasuredRow<'a>)) {
        if !self.chooses(facts) {
            return;
        }
        let tests = &self.ready.question.business.test_numbers;
        let is_test = |phone: &&str| *phone == TEST_NUMBER || tests.contains(*phone);
        let aside = if facts.phones.iter().any(is_test) {
            Aside::Test
        } else if facts.outcome.is_some_and(|ended| ended.outcome == Outcome::Spam) {
            Aside::Spam
        } else {
            Aside::No
        };
        self.lead(facts, aside, each);
        let missed = self.calls(facts, aside, each);
        self.texts_and_forms(facts, aside, each);
        self.endings(facts, aside, missed, each);
        if aside == Aside::No {
            self.disagreements(facts, each);
        }
    }

    fn lead<'a>(&'a self, facts: &LeadMetrics<'a>, aside: Aside, each: &mut impl FnMut(&MeasuredRow<'a>)) {
        let mut hit = MeasuredRow::new(
            RowSubject::Lead,
            facts.name_of,
            facts.first_seen,
            facts.first_source,
            self.lead_rep(facts),
        );
        let active = |moment: &Moment<'_>| !matches!(moment.what, MetricKind::Noted) && self.holds(moment.at);
        if aside == Aside::No && facts.moments.iter().any(active) {
            hit.marks.add(Measure::ActiveLeads);
        }
        if self.holds(facts.first_seen) {
            hit.marks.add(Measure::Heard);
            match aside {
                Aside::Test => {
                    hit.marks.add(Measure::HeardTest);
                    hit.reason = Some("test".into());
                }
                Aside::Spam => {
                    hit.marks.add(Measure::HeardSpam);
                    hit.reason = Some("spam".into());
                }
                Aside::No => {
                    hit.marks.add(Measure::NewLeads);
                    funnel(facts, &mut hit);
                    self.speed(facts, &mut hit);
                }
            }
        }
        if hit.marks.any() {
            each(&hit);
        }
    }

    /// How long a new lead waited for the first answer.
    fn speed(&self, facts: &LeadMetrics<'_>, hit: &mut MeasuredRow<'_>) {
        let asks = |moment: &&Moment<'_>| {
            matches!(
                moment.what,
                MetricKind::Call { inbound: true, .. }
                    | MetricKind::Message { inbound: true, .. }
                    | MetricKind::Form
                    | MetricKind::Contact
                    | MetricKind::Status(Some(Stage::New))
            )
        };
        let Some(asked) = facts.moments.iter().find(asks).map(|moment| moment.at) else {
            hit.marks.add(Measure::ReachedOutFirst);
            return;
        };
        hit.marks.add(Measure::Asked);
        let answers = |moment: &&Moment<'_>| match moment.what {
            MetricKind::Call { inbound, state, answered, .. } => {
                is_answered(state, answered) || (!inbound && state != CallState::Failed)
            }
            MetricKind::Message { inbound, .. } => !inbound,
            MetricKind::Status(stage) => stage == Some(Stage::Contacted),
            _ => false,
        };
        let Some(answer) = facts.moments.iter().filter(|moment| moment.at >= asked).find(answers) else {
            hit.marks.add(Measure::SpeedNever);
            return;
        };
        let (clock, open) = ((answer.at - asked) / US, self.hours.open_between(asked, answer.at));
        hit.waited_s = Some(clock);
        hit.waited_open_s = Some(open);
        hit.marks.add(Measure::Speed);
        hit.marks.add(Measure::SpeedOpen);
        if clock < 300 {
            hit.marks.add(Measure::Under5);
        }
        if open < 300 {
            hit.marks.add(Measure::Under5Open);
        }
        let bucket =
            |seconds: i64| [60, 300, 900, 3600, 4 * 3600, 24 * 3600].iter().filter(|to| seconds >= **to).count();
        hit.marks.add(BUCKETS[bucket(clock)]);
        hit.marks.add(OPEN_BUCKETS[bucket(open)]);
    }

    /// Rows of calls. Answers whether one of them was missed really.
    fn calls<'a>(&'a self, facts: &LeadMetrics<'a>, aside: Aside, each: &mut impl FnMut(&MeasuredRow<'a>)) -> bool {
        let picked = self.ready.question.filters.source;
        let calls: Vec<&Moment<'a>> =
            facts.moments.iter().filter(|moment| matches!(moment.what, MetricKind::Call { .. })).collect();
        if !calls.iter().any(|call| self.holds(call.at)) {
            return false;
        }
        let mut again = vec![false; calls.len()];
        if picked.is_none() {
            for (index, call) in calls.iter().enumerate() {
                // Calls are in time, and none lasts longer than a day.
                let first = calls[..index].partition_point(|before| before.at < call.at - LONGEST - NEAR);
                again[index] = (first..index).any(|before| !again[before] && same_call(calls[before], call));
            }
        }
        let mut any_missed = false;
        for (index, call) in calls.iter().enumerate() {
            let MetricKind::Call { inbound, state, answered, duration_s, agent, sentiment, outcome } = call.what else {
                continue;
            };
            if !self.holds(call.at) || picked.is_some_and(|source| source != call.source) {
                continue;
            }
            let rep = self.ready.rep(facts.assigned.or(agent));
            let mut hit = MeasuredRow::new(RowSubject::Call, call.id, call.at, call.source, rep);
            hit.what = Some(call.what);
            hit.outcome = outcome;
            hit.marks.add(Measure::CallsTold);
            let left_out = match aside {
                Aside::Test => Some((Measure::CallsTest, "test")),
                Aside::Spam => Some((Measure::CallsSpam, "spam")),
                Aside::No if outcome == Some(Outcome::Spam) => Some((Measure::CallsSpam, "spam")),
                Aside::No if again[index] => Some((Measure::CallsAgain, "told again")),
                Aside::No => None,
            };
            if let Some((measure, reason)) = left_out {
                hit.marks.add(measure);
                hit.reason = Some(reason.into());
                each(&hit);
                continue;
            }
            hit.marks.add(Measure::Calls);
            hit.marks.add(if inbound { Measure::CallsIn } else { Measure::CallsOut });
            if is_answered(state, answered) {
                hit.marks.add(if inbound { Measure::Answered } else { Measure::OutAnswered });
                if duration_s.is_some() {
                    hit.marks.add(Measure::TalkTime);
                }
            }
            if inbound {
                hit.marks.add(match state {
                    CallState::Missed => Measure::Missed,
                    CallState::Abandoned => Measure::Abandoned,
                    CallState::Voicemail => Measure::Voicemail,
                    _ if answered => Measure::Answered,
                    CallState::Ringing | CallState::InProgress => Measure::CallsOpen,
                    CallState::Completed | CallState::Failed => Measure::CallsOther,
                });
                if state.is_missed() {
                    any_missed = true;
                    self.returned(call, &calls, &mut hit);
                    // Two services disagree: the row says so.
                    let meets = span(call).1 + NEAR;
                    let told = calls[index + 1..].iter().take_while(|other| other.at <= meets).find(|other| {
                        let MetricKind::Call { state, answered, .. } = other.what else { return false };
                        is_answered(state, answered) && same_call(call, other)
                    });
                    hit.reason = told.map(|other| format!("{}: answered", self.ready.service(other.source)).into());
                }
                if state.is_missed() || answered {
                    hit.marks.add(Measure::Answerable);
                }
            }
            if let Some((label, origin)) = sentiment {
                hit.marks.add(felt(label, origin));
            }
            each(&hit);
        }
        any_missed
    }

    fn returned(&self, missed: &Moment<'_>, calls: &[&Moment<'_>], hit: &mut MeasuredRow<'_>) {
        hit.marks.add(Measure::MissedReally);
        let returns = |call: &&&Moment<'_>| {
            let MetricKind::Call { inbound, state, answered, .. } = call.what else { return false };
            call.at > missed.at && (!inbound || is_answered(state, answered)) && !same_call(missed, call)
        };
        let after = calls.partition_point(|call| call.at <= missed.at);
        match calls[after..].iter().find(returns) {
            Some(call) => {
                let waited = (call.at - missed.at) / US;
                hit.waited_s = Some(waited);
                hit.marks.add(Measure::Returned);
                hit.marks.add(Measure::ReturnTime);
                hit.marks.add(if waited < 3600 { Measure::ReturnedHour } else { Measure::ReturnedLater });
            }
            None => hit.marks.add(Measure::ReturnedNever),
        }
    }

    fn texts_and_forms<'a>(&'a self, facts: &LeadMetrics<'a>, aside: Aside, each: &mut impl FnMut(&MeasuredRow<'a>)) {
        let picked = self.ready.question.filters.source;
        for moment in &facts.moments {
            let (kind, told, counted, spam, test, agent) = match moment.what {
                MetricKind::Message { agent, .. } => (
                    RowSubject::Text,
                    Measure::TextsTold,
                    Measure::Texts,
                    Measure::TextsSpam,
                    Measure::TextsTest,
                    agent,
                ),
                MetricKind::Form => {
                    (RowSubject::Form, Measure::FormsTold, Measure::Forms, Measure::FormsSpam, Measure::FormsTest, None)
                }
                _ => continue,
            };
            if !self.holds(moment.at) || picked.is_some_and(|source| source != moment.source) {
                continue;
            }
            let rep = self.ready.rep(facts.assigned.or(agent));
            let mut hit = MeasuredRow::new(kind, moment.id, moment.at, moment.source, rep);
            hit.what = Some(moment.what);
            hit.marks.add(told);
            match aside {
                Aside::Test => {
                    hit.marks.add(test);
                    hit.reason = Some("test".into());
                }
                Aside::Spam => {
                    hit.marks.add(spam);
                    hit.reason = Some("spam".into());
                }
                Aside::No => {
                    hit.marks.add(counted);
                    if let MetricKind::Message { inbound, .. } = moment.what {
                        hit.marks.add(if inbound { Measure::TextsIn } else { Measure::TextsOut });
                    }
                }
            }
            each(&hit);
        }
    }

    /// Outcomes, money and closings.
    fn endings<'a>(
        &'a self,
        facts: &LeadMetrics<'a>,
        aside: Aside,
        missed: bool,
        each: &mut impl FnMut(&MeasuredRow<'a>),
    ) {
        if aside == Aside::Test {
            return;
        }
        let rep = self.lead_rep(facts);
        if let Some(ended) = facts.outcome.filter(|ended| self.holds(ended.at)) {
            let mut hit = MeasuredRow::new(RowSubject::Outcome, facts.name_of, ended.at, ended.source, rep);
            hit.outcome = Some(ended.outcome);
            hit.marks.add(match ended.outcome {
                Outcome::Booked => Measure::Booked,
                Outcome::Quoted => Measure::Quoted,
                Outcome::FollowUp => Measure::FollowUp,
                Outcome::NotInterested => Measure::NotInterested,
                Outcome::NoAnswer => Measure::NoAnswer,
                Outcome::Spam => Measure::Spam,
                Outcome::WrongNumber => Measure::WrongNumber,
                Outcome::Other => Measure::OtherOutcome,
            });
            each(&hit);
        }
        if let Some(money) = facts.money.filter(|_| aside == Aside::No) {
            let mut hit = MeasuredRow::new(RowSubject::Money, facts.name_of, money.at, money.source, rep);
            hit.outcome = facts.outcome.map(|ended| ended.outcome);
            hit.money = Some(money);
            if self.holds(money.at) {
                for measure in [Measure::Estimated, Measure::Actual, Measure::Revenue, Measure::Earned] {
                    if hit.value(measure).is_some() {
                        hit.marks.add(measure);
                    }
                }
            }
            if missed && money.earned().is_some() {
                hit.marks.add(Measure::EarnedAfterMiss);
            }
            if hit.marks.any() {
                each(&hit);
            }
        }
        if let Some(at) = facts.closed_at.filter(|at| self.holds(*at)) {
            let mut hit = MeasuredRow::new(RowSubject::Close, facts.name_of, at, facts.first_source, rep);
            hit.reason = facts.closed_reason.map(Cow::Borrowed);
            hit.outcome = facts.outcome.map(|ended| ended.outcome);
            match facts.stage {
                Stage::Lost => hit.marks.add(Measure::ClosedLost),
                Stage::Unreachable => hit.marks.add(Measure::ClosedUnreachable),
                Stage::DoNotContact => hit.marks.add(Measure::ClosedDnc),
                _ => return,
            }
            each(&hit);
        }
    }

    fn disagreements<'a>(&'a self, facts: &LeadMetrics<'a>, each: &mut impl FnMut(&MeasuredRow<'a>)) {
        let rep = self.lead_rep(facts);
        if let Some(latest) = facts.said.iter().map(|ended| ended.at).max().filter(|at| self.holds(*at))
            && let Some((first, rest)) = facts.said.split_first()
            && let Some(other) = rest.iter().find(|ended| ended.outcome != first.outcome)
        {
            let mut hit = MeasuredRow::new(RowSubject::Disagreement, facts.name_of, latest, first.source, rep);
            hit.id = "outcome".into();
            hit.other = Some(other.source);
            hit.marks.add(Measure::DisagreeOutcome);
            let sides = facts.said.iter().map(|ended| (ended.source, ended.outcome.as_str()));
            hit.reason = Some(self.sides(sides).into());
            each(&hit);
        }
        let picked = self.ready.question.filters.source;
        for (index, a) in facts.moments.iter().enumerate() {
            let MetricKind::Call { inbound, state: state_a, answered: answered_a, sentiment: felt_a, .. } = a.what
            else {
                continue;
            };
            let meets = span(a).1 + NEAR;
            for b in facts.moments[index + 1..].iter().take_while(|b| b.at <= meets) {
                let MetricKind::Call { state: state_b, answered: answered_b, sentiment: felt_b, .. } = b.what else {
                    continue;
                };
                let asked = picked.is_none_or(|source| source == a.source || source == b.source);
                if !asked || !self.holds(b.at) || !same_call(a, b) {
                    continue;
                }
                let mut pair = |what: &'static str, measure, side_a: &str, side_b: &str| {
                    let mut hit = MeasuredRow::new(RowSubject::Disagreement, b.id, b.at, a.source, rep);
                    hit.id = format!("{what}:{}", hex::encode(a.id)).into();
                    hit.other = Some(b.source);
                    hit.marks.add(measure);
                    hit.reason = Some(self.sides([(a.source, side_a), (b.source, side_b)].into_iter()).into());
                    each(&hit);
                };
                let (was_a, was_b) = (is_answered(state_a, answered_a), is_answered(state_b, answered_b));
                let differ = (was_a && state_b.is_missed()) || (was_b && state_a.is_missed());
                if differ && inbound {
                    let word = |answered: bool| if answered { "answered" } else { "missed" };
                    pair("answered", Measure::DisagreeAnswered, word(was_a), word(was_b));
                }
                if let (Some((label_a, _)), Some((label_b, _))) = (felt_a, felt_b)
                    && label_a != label_b
                {
                    pair("sentiment", Measure::DisagreeSentiment, label_a.as_str(), label_b.as_str());
                }
            }
        }
    }

    /// `CallRail: booked; Varda: not interested`
    fn sides<'s>(&self, sides: impl Iterator<Item = (i64, &'s str)>) -> String {
        let said = sides.map(|(source, word)| format!("{}: {}", self.ready.service(source), word.replace('_', " ")));
        said.collect::<Vec<_>>().join("; ")
    }
}

const BUCKETS: [Measure; 7] = [
    Measure::SpeedTo1m,
    Measure::SpeedTo5m,
    Measure::SpeedTo15m,
    Measure::SpeedTo1h,
    Measure::SpeedTo4h,
    Measure::SpeedTo24h,
    Measure::SpeedLater,
];
const OPEN_BUCKETS: [Measure; 7] = [
    Measure::OpenTo1m,
    Measure::OpenTo5m,
    Measure::OpenTo15m,
    Measure::OpenTo1h,
    Measure::OpenTo4h,
    Measure::OpenTo24h,
    Measure::OpenLater,
];

fn felt(label: SentimentLabel, origin: SentimentOrigin) -> Measure {
    match (origin, label) {
        (SentimentOrigin::Provider, SentimentLabel::Positive) => Measure::SaidPositive,
        (SentimentOrigin::Provider, SentimentLabel::Neutral) => Measure::SaidNeutral,
        (SentimentOrigin::Provider, SentimentLabel::Negative) => Measure::SaidNegative,
        (SentimentOrigin::Provider, SentimentLabel::Mixed) => Measure::SaidMixed,
        (SentimentOrigin::Estimated, SentimentLabel::Positive) => Measure::GuessedPositive,
        (SentimentOrigin::Estimated, SentimentLabel::Neutral) => Measure::GuessedNeutral,
        (SentimentOrigin::Estimated, SentimentLabel::Negative) => Measure::GuessedNegative,
        (SentimentOrigin::Estimated, SentimentLabel::Mixed) => Measure::GuessedMixed,
    }
}

/// How far a new lead got, and how long each step took.
fn funnel(facts: &LeadMetrics<'_>, hit: &mut MeasuredRow<'_>) {
    const REACHED: [(Stage, Measure, Option<Measure>); 5] = [
        (Stage::Contacted, Measure::ReachedContacted, Some(Measure::StepContacted)),
        (Stage::Responded, Measure::ReachedResponded, Some(Measure::StepResponded)),
        (Stage::Quoted, Measure::ReachedQuoted, Some(Measure::StepQuoted)),
        (Stage::Booked, Measure::ReachedBooked, Some(Measure::StepBooked)),
        (Stage::Converted, Measure::ReachedConverted, Some(Measure::StepConverted)),
    ];
    hit.marks.add(Measure::ReachedNew);
    let open: Vec<(Stage, i64)> = facts.steps.iter().filter(|(stage, _)| !stage.is_closing()).copied().collect();
    for (index, (stage, reached, step)) in REACHED.into_iter().enumerate() {
        let Some(first) = open.iter().position(|(at, _)| *at >= stage) else { continue };
        hit.marks.add(reached);
        if open[first].0 != stage {
            continue;
        }
        // The furthest before it; a stage stands in here once, with its first moment.
        if let Some((_, from)) = open[..first].iter().max_by_key(|(stage, _)| *stage) {
            hit.steps[index] = Some((open[first].1 - from) / US);
            step.into_iter().for_each(|step| hit.marks.add(step));
        }
    }
    match facts.stage {
        Stage::Lost => hit.marks.add(Measure::StandsLost),
        Stage::Unreachable => hit.marks.add(Measure::StandsUnreachable),
        Stage::DoNotContact => hit.marks.add(Measure::StandsDnc),
        _ => {}
    }
}
