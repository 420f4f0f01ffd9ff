//! Something that counts, before it is shown.

use strum::{IntoStaticStr, VariantArray};

use std::borrow::Cow;

use super::measure::{Measure, MeasureSet};
use crate::domain::Outcome;
use crate::domain::lead_metrics::{MetricKind, Money};

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum RowSubject {
    Lead,
    Call,
    Text,
    Form,
    Outcome,
    Money,
    Close,
    Disagreement,
}

impl RowSubject {
    pub const ALL: &'static [RowSubject] = <RowSubject as VariantArray>::VARIANTS;

    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Something that counts.
#[derive(Debug, Clone)]
pub(crate) struct MeasuredRow<'a> {
    pub kind: RowSubject,
    /// Unique within kind and lead.
    pub id: Cow<'static, str>,
    pub of: [u8; 16],
    /// Microseconds since the epoch, UTC.
    pub at: i64,
    pub marks: MeasureSet,
    pub source: i64,
    /// The other source of a pair.
    pub other: Option<i64>,
    pub rep: Option<&'a str>,
    pub reason: Option<Cow<'a, str>>,
    pub outcome: Option<Outcome>,
    pub what: Option<MetricKind<'a>>,
    pub waited_s: Option<i64>,
    pub waited_open_s: Option<i64>,
    /// Seconds of the measures `step.*`.
    pub steps: [Option<i64>; 5],
    pub money: Option<Money>,
}

impl<'a> MeasuredRow<'a> {
    pub fn new(kind: RowSubject, of: [u8; 16], at: i64, source: i64, rep: Option<&'a str>) -> MeasuredRow<'a> {
        MeasuredRow {
            kind,
            id: Cow::Borrowed(""),
            of,
            at,
            marks: MeasureSet::default(),
            source,
            other: None,
            rep,
            reason: None,
            outcome: None,
            what: None,
            waited_s: None,
            waited_open_s: None,
            steps: [None; 5],
            money: None,
        }
    }

    /// The value a sum or median is made of; of a count, none.
    pub fn value(&self, measure: Measure) -> Option<i64> {
        match measure {
            Measure::Speed | Measure::ReturnTime => self.waited_s,
            Measure::SpeedOpen => self.waited_open_s,
            Measure::StepContacted => self.steps[0],
            Measure::StepResponded => self.steps[1],
            Measure::StepQuoted => self.steps[2],
            Measure::StepBooked => self.steps[3],
            Measure::StepConverted => self.steps[4],
            Measure::TalkTime => match self.what {
                Some(MetricKind::Call { duration_s, .. }) => duration_s,
                _ => None,
            },
            Measure::Estimated => self.money.and_then(|money| money.estimated),
            Measure::Actual => self.money.and_then(|money| money.actual),
            Measure::Revenue => self.money.and_then(|money| money.revenue),
            Measure::Earned | Measure::EarnedAfterMiss => self.money.and_then(|money| money.earned()),
            _ => None,
        }
    }
}
