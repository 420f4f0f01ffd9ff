//! From the facts of a lead to rows, each with the measures it counts in. The one place where figures are counted; the
//! words for it stand in `measure.rs`.

mod calls;
mod disagreements;
mod new_leads;

use std::borrow::Cow;

use super::days::OpeningHours;
use super::measure::Measure;
use super::measured_row::{MeasuredRow, RowSubject};
use super::model::Period;
use super::question::PreparedQuestion;
use crate::domain::lead_metrics::{LeadMetrics, MetricKind};
use crate::domain::phone::TEST_NUMBER;
use crate::domain::{Outcome, Stage};

/// Why a lead's rows do not count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Aside {
    No,
    Spam,
    Test,
}

/// Makes rows of leads for one period.
pub(crate) struct RowBuilder<'q> {
    ready: &'q PreparedQuestion<'q>,
    hours: OpeningHours<'q>,
    from: i64,
    to: i64,
}

const US: i64 = 1_000_000;
impl<'q> RowBuilder<'q> {
    pub fn new(ready: &'q PreparedQuestion<'q>, period: &Period) -> RowBuilder<'q> {
        RowBuilder {
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
}
