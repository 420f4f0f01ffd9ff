//! What two services say differently about one lead or one call.

use super::super::measure::Measure;
use super::super::measured_row::{MeasuredRow, RowSubject};
use super::RowBuilder;
use super::calls::{NEAR, is_answered, same_call, span};
use crate::domain::lead_metrics::{LeadMetrics, MetricKind};

impl RowBuilder<'_> {
    pub(super) fn disagreements<'a>(&'a self, facts: &LeadMetrics<'a>, each: &mut impl FnMut(&MeasuredRow<'a>)) {
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
                let differ = (was_a && state_b.is_unanswered()) || (was_b && state_a.is_unanswered());
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
