//! Years of the same business: as many people as are asked for, whom it hears from again and again, in order of arrival.
//!
//! Nothing is made before it is its turn: a heap holds what the next hours bring, and for each person who will be heard from
//! again when that is. What a person's story brings later is told again then, from the same chance.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use fastrand::Rng;

use super::rhythm::{self, Approach};
use super::{Happening, Scale, SimulatedRequest, Story};
use crate::providers::Provider;

/// People a month where nobody says how many months there are.
const A_MONTH: usize = 2_500;
/// The longest time that is filled by itself. Months.
const LONGEST: u32 = 120;
/// How far ahead a story is told.
const AHEAD: TimeDelta = TimeDelta::hours(6);
/// The most often somebody comes back.
const VISITS: u32 = 40;

/// What is to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct YearsPlan {
    /// The same seed makes the same data.
    pub seed: u64,
    /// How many people.
    pub leads: usize,
    /// Over how many months of thirty days they are first heard from.
    pub months: u32,
    /// When it ends, UTC.
    pub until: DateTime<Utc>,
}

impl YearsPlan {
    /// `leads` people over as much time as suits so many.
    pub fn of(seed: u64, leads: usize, until: DateTime<Utc>) -> YearsPlan {
        let months = u32::try_from(leads.div_ceil(A_MONTH)).unwrap_or(LONGEST).clamp(1, LONGEST);
        YearsPlan { seed, leads, months, until }
    }
}

/// One time that somebody turns to the business, and what comes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Visit {
    index: usize,
    number: u32,
    begins: DateTime<Utc>,
}

enum Upcoming {
    Happens(Happening),
    /// What this visit brings from now on.
    Goes(Visit),
}

struct Pending {
    /// When, whose, and which of those of one moment: no two are alike.
    order: (DateTime<Utc>, usize, u32, usize),
    due: Upcoming,
}

impl PartialEq for Pending {
    fn eq(&self, other: &Pending) -> bool {
        self.order == other.order
    }
}
impl Eq for Pending {}
impl PartialOrd for Pending {
    fn partial_cmp(&self, other: &Pending) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Pending {
    fn cmp(&self, other: &Pending) -> std::cmp::Ordering {
        self.order.cmp(&other.order)
    }
}

/// Everything that happens, in order of arrival. An iterator that holds a few hours of it.
pub struct Years {
    span: YearsPlan,
    /// The day that comes next, and the days' weights so far and altogether.
    day: NaiveDate,
    weights: Rng,
    weighed: u64,
    total: u64,
    begun: usize,
    /// Who is first heard from today, soonest first.
    today: VecDeque<Visit>,
    pending: BinaryHeap<Reverse<Pending>>,
}

/// Everything that happens in `span`.
pub fn years(span: YearsPlan) -> Years {
    let first = rhythm::day_of(span.until - TimeDelta::days(i64::from(span.months) * 30));
    let weights = Rng::with_seed(span.seed ^ 0xda75);
    let mut all = weights.clone();
    let total = days(first, span.until).map(|day| rhythm::weight(day, &mut all)).sum();
    Years { span, day: first, weights, weighed: 0, total, begun: 0, today: VecDeque::new(), pending: BinaryHeap::new() }
}

/// The days of the town from `first` to the one in which `until` lies.
fn days(first: NaiveDate, until: DateTime<Utc>) -> impl Iterator<Item = NaiveDate> {
    let last = rhythm::day_of(until - TimeDelta::seconds(1));
    first.iter_days().take_while(move |day| *day <= last)
}

impl Years {
    /// How many people were heard from so far.
    pub fn begun(&self) -> usize {
        self.begun
    }

    /// How much it holds now: what happens within hours, and who comes again.
    pub fn held(&self) -> usize {
        self.today.len() + self.pending.len()
    }

    /// Draws who is first heard from on the next day; `false` after the last one.
    fn next_day(&mut self) -> bool {
        if days(self.day, self.span.until).next().is_none() {
            return false;
        }
        self.weighed += rhythm::weight(self.day, &mut self.weights);
        let drawn = self.begun + self.today.len();
        let share = self.span.leads as u128 * u128::from(self.weighed) / u128::from(self.total.max(1));
        let upto = usize::try_from(share).unwrap_or(self.span.leads);
        let last = self.span.until - TimeDelta::minutes(10);
        let mut visits: Vec<Visit> = (drawn..upto)
            .map(|index| {
                let mut chance = chance_of(self.span.seed, index, 0, 0xb1);
                let begins = rhythm::moment(self.day, approach_of(kind_of(index, 0, self.day)), &mut chance);
                // The last day may end before its evening.
                let begins = if begins > last { last - TimeDelta::seconds(chance.i64(0..28_800)) } else { begins };
                Visit { index, number: 0, begins }
            })
            .collect();
        visits.sort_by_key(|visit| (visit.begins, visit.index));
        self.today.extend(visits);
        self.day += TimeDelta::days(1);
        true
    }

    fn put(&mut self, visit: &Visit, at: DateTime<Utc>, nth: usize, due: Upcoming) {
        self.pending.push(Reverse(Pending { order: (at, visit.index, visit.number, nth), due }));
    }

    /// Tells what a visit brings from `from` on, as far ahead as is needed.
    fn tell(&mut self, visit: Visit, from: DateTime<Utc>) {
        let mut story = Story::years(self.span.seed, visit.index, visit.number, visit.begins);
        story.tell(kind_of(visit.index, visit.number, rhythm::day_of(visit.begins)));
        let mut happens: Vec<(DateTime<Utc>, Happening)> = slips(story.sent, self.span.seed, visit);
        happens.extend(story.did.into_iter().map(|did| (did.at, Happening::Did(did))));
        let is_first = from == visit.begins;
        let mut goes_on: Option<DateTime<Utc>> = None;
        for (nth, (at, happening)) in happens.into_iter().enumerate() {
            if at > self.span.until || at < from {
                continue;
            }
            if at < from + AHEAD {
                self.put(&visit, at, nth, Upcoming::Happens(happening));
            } else {
                goes_on = Some(goes_on.map_or(at, |soonest| soonest.min(at)));
            }
        }
        if let Some(at) = goes_on {
            self.put(&visit, at, usize::MAX - 1, Upcoming::Goes(visit));
        }
        if is_first && let Some(next) = self.comes_again(visit) {
            self.put(&next, next.begins, usize::MAX, Upcoming::Goes(next));
        }
    }

    /// Two in five are heard from once more after some time, and most of those again.
    fn comes_again(&self, visit: Visit) -> Option<Visit> {
        let mut chance = chance_of(self.span.seed, visit.index, visit.number, 0xc0de);
        let again = if visit.number == 0 { 45 } else { 72 };
        if visit.number >= VISITS || chance.u32(0..100) >= again {
            return None;
        }
        let longest = chance.i64(10..400);
        let longest = chance.i64(4..=longest);
        let days = chance.i64(2..=longest);
        let number = visit.number + 1;
        let day = rhythm::day_of(visit.begins) + TimeDelta::days(days);
        let begins = rhythm::moment(day, approach_of(kind_of(visit.index, number, day)), &mut chance);
        (begins <= self.span.until).then_some(Visit { index: visit.index, number, begins })
    }
}

impl Iterator for Years {
    type Item = Happening;

    fn next(&mut self) -> Option<Happening> {
        loop {
            // Whoever begins next is drawn before anything later is let go.
            while self.today.is_empty() && self.next_day() {}
            let begins = self.today.front().map(|visit| visit.begins);
            let is_due = |pending: &Reverse<Pending>| begins.is_none_or(|begins| pending.0.order.0 <= begins);
            if self.pending.peek().is_some_and(is_due) {
                let Reverse(Pending { order, due }) = self.pending.pop()?;
                match due {
                    Upcoming::Happens(happening) => return Some(happening),
                    Upcoming::Goes(visit) => self.tell(visit, order.0),
                }
            } else {
                let visit = self.today.pop_front()?;
                self.begun += 1;
                self.tell(visit, visit.begins);
            }
        }
    }
}

/// The stories of those who come again: most ring, are rung, or text.
const AGAIN: [usize; 10] = [1, 12, 2, 10, 12, 11, 8, 12, 4, 12];

/// Which story a visit is that begins on `day`. When nobody is there, whoever rings leaves a message.
fn kind_of(index: usize, number: u32, day: NaiveDate) -> usize {
    let kind = if number == 0 { index % 10 } else { AGAIN[(index / 10 + number as usize * 3) % AGAIN.len()] };
    if approach_of(kind) == Approach::Rings && !rhythm::is_open(day) { 4 } else { kind }
}

/// How somebody turns to the business whose story is of this kind.
fn approach_of(kind: usize) -> Approach {
    match kind {
        0 | 3 | 5 | 10 | 11 => Approach::Writes,
        4 => Approach::RingsAfterHours,
        _ => Approach::Rings,
    }
}

/// The chance of one visit, for one use of it.
fn chance_of(seed: u64, index: usize, number: u32, what: u64) -> Rng {
    let mut seeded = Rng::with_seed(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (index as u64) << 1);
    Rng::with_seed(seeded.u64(..) ^ u64::from(number) << 16 ^ what)
}

/// What goes wrong on the way: tries that are repeated, what comes late, a slip in the JSON, a time nobody can read.
fn slips(sent: Vec<SimulatedRequest>, seed: u64, visit: Visit) -> Vec<(DateTime<Utc>, Happening)> {
    let mut chance = chance_of(seed, visit.index, visit.number, 0x51);
    let mut happens = Vec::with_capacity(sent.len() + 1);
    for (nth, mut request) in sent.into_iter().enumerate() {
        let sends_again = matches!(request.provider, Provider::Varda | Provider::Telmetrics | Provider::CuriousThing);
        match chance.u32(0..1_000) {
            // Its answer was lost on the way: it comes again, after a minute, or after hours.
            0..25 if sends_again => {
                let later = if chance.bool() { 61 } else { chance.i64(600..40_000) };
                let again = SimulatedRequest { at: request.at + TimeDelta::seconds(later), ..request.clone() };
                happens.push((again.at, Happening::Sent(again)));
            }
            // It waited in a queue of its sender, and comes after what came later. Whoever is new is heard of at once.
            25..45 if nth > 0 => request.at += TimeDelta::seconds(chance.i64(300..172_800)),
            // As the vendor's own page shows it: a comma too many.
            45..120 if request.provider == Provider::CuriousThing => {
                request.body = request.body.replacen("}\n]", "},\n]", 1);
            }
            120..122 if request.provider == Provider::Telmetrics && nth > 0 => {
                super::unreadable_time(&mut request.body)
            }
            _ => {}
        }
        happens.push((request.at, Happening::Sent(request)));
    }
    happens
}

impl Story {
    /// One visit of somebody among many.
    fn years(seed: u64, index: usize, visit: u32, begins: DateTime<Utc>) -> Story {
        let mut story = Story::of(seed, index);
        // Who somebody is stays; what happens is another thing each time.
        story.who = story.who.one_of_many(&mut story.chance, index as u64);
        story.chance = Rng::with_seed(story.chance.u64(..) ^ u64::from(visit));
        story.at = begins;
        story.scale = Scale::Years { visit };
        story
    }
}
