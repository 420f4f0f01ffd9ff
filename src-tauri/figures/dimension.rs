//! What rows are told apart by, and which measures each of these tells apart.

use std::sync::LazyLock;

use strum::{EnumString, IntoStaticStr, VariantArray};

use super::measure::{Measure, MeasureSet};

/// What rows are told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Dimension {
    /// The source of first touch.
    FirstTouch,
    /// The source of last touch.
    LastTouch,
    /// Both, `first → last`.
    Touches,
    /// The campaign of first touch.
    Campaign,
    /// The medium of first touch.
    Medium,
    /// The connected service that told it.
    Service,
    /// Who of the business.
    Rep,
    /// Why.
    Reason,
    /// The outcome that stands.
    Outcome,
    /// Weekday and hour in the zone, `1T14`.
    Hour,
    /// Date in the zone.
    Day,
}

impl Dimension {
    /// Every dimension.
    pub const ALL: &'static [Dimension] = <Dimension as VariantArray>::VARIANTS;

    /// The word in figures.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The dimension of a word, if it is one.
    pub fn parse(word: &str) -> Option<Dimension> {
        word.parse().ok()
    }
}

/// Outcomes in the order in which they are shown.
pub(super) const OUTCOMES: [Measure; 8] = [
    Measure::Booked,
    Measure::Quoted,
    Measure::FollowUp,
    Measure::NotInterested,
    Measure::NoAnswer,
    Measure::Spam,
    Measure::WrongNumber,
    Measure::OtherOutcome,
];
/// Amounts in the order in which they are shown.
pub(super) const MONEY: [Measure; 4] = [Measure::Estimated, Measure::Actual, Measure::Revenue, Measure::Earned];
pub(super) const FELT: [Measure; 8] = [
    Measure::SaidPositive,
    Measure::SaidNeutral,
    Measure::SaidNegative,
    Measure::SaidMixed,
    Measure::GuessedPositive,
    Measure::GuessedNeutral,
    Measure::GuessedNegative,
    Measure::GuessedMixed,
];
const CLOSED: [Measure; 3] = [Measure::ClosedLost, Measure::ClosedUnreachable, Measure::ClosedDnc];
pub(super) const DISAGREED: [Measure; 3] =
    [Measure::DisagreeOutcome, Measure::DisagreeAnswered, Measure::DisagreeSentiment];
/// What is shown day by day.
pub(super) const OF_DAYS: [Measure; 13] = [
    Measure::NewLeads,
    Measure::CallsIn,
    Measure::Answered,
    Measure::MissedReally,
    Measure::CallsOut,
    Measure::TextsIn,
    Measure::TextsOut,
    Measure::Forms,
    Measure::Booked,
    Measure::Earned,
    Measure::Answerable,
    Measure::Speed,
    Measure::Calls,
];

/// The measures a dimension tells apart somewhere in a report.
fn measures_by(dimension: Dimension) -> MeasureSet {
    use Measure as M;
    let calls = [M::CallsIn, M::CallsOut, M::Answered, M::MissedReally];
    match dimension {
        Dimension::FirstTouch | Dimension::LastTouch | Dimension::Campaign | Dimension::Medium => {
            MeasureSet::of([&[M::NewLeads][..], &OUTCOMES, &MONEY].concat().iter())
        }
        Dimension::Touches => MeasureSet::of(&[M::NewLeads]),
        Dimension::Service => MeasureSet::of(
            [&[M::NewLeads, M::Texts, M::Forms][..], &calls, &OUTCOMES, &MONEY, &FELT, &DISAGREED].concat().iter(),
        ),
        Dimension::Rep => {
            let waited = [M::NewLeads, M::Asked, M::Speed, M::Under5, M::Returned, M::ReturnTime, M::TalkTime];
            MeasureSet::of([&waited[..], &calls, &[M::TextsIn, M::TextsOut], &OUTCOMES, &MONEY, &FELT].concat().iter())
        }
        Dimension::Reason => MeasureSet::of(&CLOSED),
        Dimension::Outcome => MeasureSet::of(&MONEY),
        Dimension::Hour => MeasureSet::of(&[M::CallsIn]),
        Dimension::Day => MeasureSet::of(&OF_DAYS),
    }
}

/// The measures each dimension tells apart somewhere in a report, in the order of [`Dimension::ALL`].
pub(super) static TOLD_APART: LazyLock<[MeasureSet; Dimension::ALL.len()]> =
    LazyLock::new(|| std::array::from_fn(|at| measures_by(Dimension::ALL[at])));
