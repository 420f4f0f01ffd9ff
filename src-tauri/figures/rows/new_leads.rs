//! The row of a lead: how far a new one got, and how long it waited for an answer.

use super::super::measure::Measure;
use super::super::measured_row::{MeasuredRow, RowSubject};
use super::calls::is_answered;
use super::{Aside, RowBuilder, US};
use crate::domain::Stage;
use crate::domain::call::CallState;
use crate::domain::lead_metrics::{LeadMetrics, MetricKind, Moment};

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

impl RowBuilder<'_> {
    pub(super) fn lead<'a>(&'a self, facts: &LeadMetrics<'a>, aside: Aside, each: &mut impl FnMut(&MeasuredRow<'a>)) {
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
