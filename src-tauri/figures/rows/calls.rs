//! The rows of calls: each once, though two services tell of it, and whether a missed one was returned.

use super::super::measure::Measure;
use super::super::measured_row::{MeasuredRow, RowSubject};
use super::{Aside, RowBuilder, US};
use crate::domain::call::CallState;
use crate::domain::lead_metrics::{LeadMetrics, MetricKind, Moment};
use crate::domain::{Outcome, SentimentLabel, SentimentOrigin};

/// A call that does not say how long it was took at least this long, for comparing.
const SOME: i64 = 15 * US;
/// Cards of one call come within this time of each other.
pub(super) const NEAR: i64 = 60 * US;
/// No call is taken for longer.
const LONGEST: i64 = 86_400 * US;

/// When a call was on, with at least [`SOME`].
pub(super) fn span(moment: &Moment<'_>) -> (i64, i64) {
    let seconds = match moment.what {
        MetricKind::Call { duration_s, .. } => duration_s.unwrap_or(0).clamp(0, LONGEST / US),
        _ => 0,
    };
    (moment.at, moment.at + (seconds * US).max(SOME))
}

/// The same call, as two services tell it.
pub(super) fn same_call(a: &Moment<'_>, b: &Moment<'_>) -> bool {
    let (MetricKind::Call { inbound: of_a, .. }, MetricKind::Call { inbound: of_b, .. }) = (&a.what, &b.what) else {
        return false;
    };
    let ((from, to), (start, end)) = (span(a), span(b));
    a.source != b.source && of_a == of_b && from <= end + NEAR && start <= to + NEAR
}

pub(super) fn is_answered(state: CallState, answered: bool) -> bool {
    answered && !state.is_unanswered()
}

impl RowBuilder<'_> {
    /// Rows of calls. Answers whether one of them was missed really.
    pub(super) fn calls<'a>(
        &'a self,
        facts: &LeadMetrics<'a>,
        aside: Aside,
        each: &mut impl FnMut(&MeasuredRow<'a>),
    ) -> bool {
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
                if state.is_unanswered() {
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
                if state.is_unanswered() || answered {
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
}

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
