//! What rows add up to: in all, and by what they are told apart by.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::days;
use super::dimension::{Dimension, TOLD_APART};
use super::measure::{Makes, Measure, MeasureSet};
use super::measured_row::{MeasuredRow, RowSubject};
use super::question::PreparedQuestion;
use super::touches::{Touches, write_touches};
use crate::domain::lead_metrics::{LeadMetrics, Touch};

/// Looked into for every row: SipHash is what such a walk would spend its time on. Its seed is random as well.
type Fast<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

/// What people call the place somebody came from.
pub(super) fn touch_name<'a>(touch: &Touch<'a>) -> &'a str {
    touch.source.unwrap_or("")
}

/// The value of a dimension; empty where nobody said.
pub(super) fn value_of(
    dimension: Dimension,
    ready: &PreparedQuestion<'_>,
    facts: &LeadMetrics<'_>,
    hit: &MeasuredRow<'_>,
    into: &mut String,
) {
    use std::fmt::Write;
    into.clear();
    match dimension {
        Dimension::FirstTouch => into.push_str(touch_name(&facts.first_touch)),
        Dimension::LastTouch => into.push_str(touch_name(&facts.last_touch)),
        Dimension::Touches => {
            write_touches(touch_name(&facts.first_touch), touch_name(&facts.last_touch), into);
        }
        Dimension::Campaign => into.push_str(facts.campaign.unwrap_or("")),
        Dimension::Medium => into.push_str(facts.first_touch.medium.unwrap_or("")),
        Dimension::Service => {
            into.push_str(ready.service(hit.source));
            if let Some(other) = hit.other {
                into.push_str(" / ");
                into.push_str(ready.service(other));
            }
        }
        Dimension::Rep => into.push_str(hit.rep.unwrap_or("")),
        Dimension::Reason => into.push_str(hit.reason.as_deref().unwrap_or("")),
        Dimension::Outcome => into.push_str(hit.outcome.map_or("", |outcome| outcome.as_str())),
        Dimension::Hour => {
            let (weekday, hour) = days::hour_of_week(hit.at, ready.question.zone);
            let _ = write!(into, "{weekday}T{hour:02}");
        }
        Dimension::Day => {
            let _ = write!(into, "{}", days::date(hit.at, ready.question.zone));
        }
    }
}

/// What some rows add up to.
#[derive(Debug, Clone)]
pub(super) struct Stats {
    counts: [u32; Measure::ALL.len()],
    sums: HashMap<Measure, i64>,
    seconds: HashMap<Measure, Vec<i64>>,
}

impl Default for Stats {
    fn default() -> Stats {
        Stats { counts: [0; Measure::ALL.len()], sums: HashMap::new(), seconds: HashMap::new() }
    }
}

impl Stats {
    fn add(&mut self, hit: &MeasuredRow<'_>, within: Option<MeasureSet>) {
        let mut bits = match within {
            Some(mask) => hit.marks.and(mask).bits(),
            None => hit.marks.bits(),
        };
        while bits != 0 {
            let index = bits.trailing_zeros() as usize;
            bits &= bits - 1;
            let measure = Measure::ALL[index];
            self.counts[index] += 1;
            match measure.makes() {
                Makes::Count => {}
                Makes::Sum => *self.sums.entry(measure).or_default() += hit.value(measure).unwrap_or(0),
                Makes::Median => self.seconds.entry(measure).or_default().extend(hit.value(measure)),
            }
        }
    }

    pub fn rows(&self, measure: Measure) -> i64 {
        i64::from(self.counts[measure as usize])
    }

    pub fn sum(&self, measure: Measure) -> i64 {
        self.sums.get(&measure).copied().unwrap_or(0)
    }

    fn sorted(&self, measure: Measure) -> Vec<i64> {
        let mut seconds = self.seconds.get(&measure).cloned().unwrap_or_default();
        seconds.sort_unstable();
        seconds
    }

    /// The middle one; of an even number, the mean of the two in the middle.
    pub fn median(&self, measure: Measure) -> Option<f64> {
        median(&self.sorted(measure))
    }

    /// The nearest rank: nine of ten are this or less.
    pub fn p90(&self, measure: Measure) -> Option<f64> {
        let sorted = self.sorted(measure);
        let rank = (sorted.len() * 9).div_ceil(10);
        sorted.get(rank.checked_sub(1)?).map(|seconds| *seconds as f64)
    }

    /// What the measure makes of its rows.
    pub fn value(&self, measure: Measure) -> Option<f64> {
        match measure.makes() {
            Makes::Count => Some(self.rows(measure) as f64),
            Makes::Sum => Some(self.sum(measure) as f64),
            Makes::Median => self.median(measure),
        }
    }

    /// The middle of several parts together.
    pub fn median_of<'s>(parts: impl Iterator<Item = &'s Stats>, measure: Measure) -> Option<f64> {
        let mut all: Vec<i64> = parts.flat_map(|part| part.seconds.get(&measure)).flatten().copied().collect();
        all.sort_unstable();
        median(&all)
    }
}

fn median(sorted: &[i64]) -> Option<f64> {
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    if sorted.len() % 2 == 1 {
        return Some(upper as f64);
    }
    Some((sorted.get(middle.checked_sub(1)?)? + upper) as f64 / 2.0)
}

/// Rows of one period, added up.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub all: Stats,
    /// By dimension, in the order of [`Dimension::ALL`].
    by: [Fast<String, Stats>; Dimension::ALL.len()],
    days: Fast<NaiveDate, Stats>,
    /// By the value of [`Dimension::Touches`] that tells of them; nothing where it tells of several.
    touches: Fast<String, Option<Touches>>,
    /// In the order of [`RowSubject::ALL`].
    kinds: [i64; RowSubject::ALL.len()],
    scratch: String,
}

impl Tally {
    pub fn add(&mut self, ready: &PreparedQuestion<'_>, facts: &LeadMetrics<'_>, hit: &MeasuredRow<'_>) {
        self.all.add(hit, None);
        self.kinds[hit.kind as usize] += 1;
        for (dimension, mask) in Dimension::ALL.iter().copied().zip(*TOLD_APART) {
            if !hit.marks.and(mask).any() {
                continue;
            }
            if dimension == Dimension::Day {
                self.days.entry(days::date(hit.at, ready.question.zone)).or_default().add(hit, Some(mask));
                continue;
            }
            value_of(dimension, ready, facts, hit, &mut self.scratch);
            let values = &mut self.by[dimension as usize];
            match values.get_mut(self.scratch.as_str()) {
                Some(stats) => stats.add(hit, Some(mask)),
                None => values.entry(self.scratch.clone()).or_default().add(hit, Some(mask)),
            }
            if dimension == Dimension::Touches {
                self.tell_touches(touch_name(&facts.first_touch), touch_name(&facts.last_touch));
            }
        }
    }

    /// The values of a dimension that any row of `measures` has.
    pub fn values(&self, dimension: Dimension, measures: &[Measure]) -> impl Iterator<Item = &str> {
        let measures = measures.to_vec();
        self.by[dimension as usize].iter().filter_map(move |(value, stats)| {
            measures.iter().any(|measure| stats.rows(*measure) > 0).then_some(value.as_str())
        })
    }

    pub fn of(&self, dimension: Dimension, value: &str) -> Option<&Stats> {
        self.by[dimension as usize].get(value)
    }

    /// That the value at hand tells of these. Two sources with arrows in their names may read like two others.
    fn tell_touches(&mut self, first: &str, last: &str) {
        let told = |name: &str| Some(name.to_owned()).filter(|name| !name.is_empty());
        match self.touches.get_mut(self.scratch.as_str()) {
            None => {
                let touches = Touches { first: told(first), last: told(last) };
                self.touches.insert(self.scratch.clone(), Some(touches));
            }
            Some(known) => {
                let is = |name: &Option<String>, other: &str| name.as_deref().unwrap_or_default() == other;
                if known.as_ref().is_some_and(|known| !is(&known.first, first) || !is(&known.last, last)) {
                    *known = None;
                }
            }
        }
    }

    /// The touches that a value of [`Dimension::Touches`] tells of, where any row has it; nothing in it where they are several.
    pub fn touches(&self, value: &str) -> Option<&Option<Touches>> {
        self.touches.get(value)
    }

    /// How many rows of a kind there are.
    pub fn of_kind(&self, kind: RowSubject) -> i64 {
        self.kinds[kind as usize]
    }

    pub fn day(&self, day: NaiveDate) -> Option<&Stats> {
        self.days.get(&day)
    }
}
