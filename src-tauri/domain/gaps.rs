//! When the door was not open, told from beats of three clocks. Pure. Times are microseconds.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};
use utoipa::ToSchema;

/// How often the clocks are looked at while the program runs: how exact the edges of a gap are.
pub const TICK: i64 = 2_000_000;
/// Sleep from here on is a gap: shorter than a sender waits for a connection.
const SLEPT: i64 = 3_000_000;
/// A look that comes this late is a gap although the computer says it was awake (a stopped process, a machine that
/// was paused from outside): the shortest time after which a service gives up waiting for an answer.
const LATE: i64 = 10_000_000;
/// A restart shorter than this is no gap: nobody could have missed more than a retry of the network itself.
const RESTART: i64 = 1_000_000;
/// A wall clock that moves by more than this against the others was set.
const MOVED: i64 = 60_000_000;

/// The clocks at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beat {
    /// The wall clock, since the epoch, UTC. May be set in either direction.
    pub wall: i64,
    /// Counts while the computer is awake; never goes back.
    pub awake: i64,
    /// Counts also while it sleeps; never goes back. The same as `awake` where the system has no such clock.
    pub real: i64,
}

/// Why the door was not open.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, EnumString, IntoStaticStr, VariantArray,
)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum GapReason {
    /// The program was ended in order.
    Shutdown,
    /// It ended otherwise: killed, or the power went.
    Crash,
    /// The computer slept while the program ran.
    Asleep,
    /// The program ran, and could not listen or could not write.
    NotListening,
}

impl GapReason {
    /// Every reason.
    pub const ALL: &'static [GapReason] = <GapReason as VariantArray>::VARIANTS;

    /// The word used in SQL and JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The reason of a word in the file. A word that is not known says that nothing was taken in, and no more.
    pub fn of(word: &str) -> GapReason {
        word.parse().unwrap_or(GapReason::NotListening)
    }

    /// The title of a band on a timeline.
    pub fn title(self) -> &'static str {
        match self {
            GapReason::Shutdown => "Leadtrail was closed",
            GapReason::Crash => "Leadtrail ended unexpectedly",
            GapReason::Asleep => "Computer asleep",
            GapReason::NotListening => "Not listening",
        }
    }
}

/// A period in which the door was not open, by the wall clock. `from` is before `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GapPeriod {
    /// From.
    pub from: i64,
    /// To.
    pub to: i64,
    /// Why.
    pub why: GapReason,
}

/// How the run before this one ended, as the file tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastRun {
    /// The last that is known of it: a beat, or a delivery it took.
    pub last_sign: i64,
    /// When it ended, if it ended in order.
    pub ended: Option<i64>,
}

/// What a look at the clocks tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Noticed {
    /// The door was not open.
    pub gap: Option<GapPeriod>,
    /// By how much the wall clock was set: below zero where it was set back.
    pub moved: Option<i64>,
}

/// At the start of a run, at `now` by the wall clock.
///
/// A crash is a gap however short: nobody knows when exactly it was. Where the clock stands before the last that is
/// known of the other run it was set back, and how long the door was closed cannot be told.
pub fn at_start(last: Option<LastRun>, now: i64) -> Noticed {
    let Some(last) = last else { return Noticed::default() };
    let (from, why) = match last.ended {
        Some(ended) => (ended, GapReason::Shutdown),
        None => (last.last_sign, GapReason::Crash),
    };
    if now < from {
        return Noticed { gap: None, moved: (from - now > MOVED).then_some(now - from) };
    }
    let least = if why == GapReason::Crash { 1 } else { RESTART };
    Noticed { gap: (now - from >= least).then_some(GapPeriod { from, to: now, why }), moved: None }
}

/// Between two looks at the clocks of one run, [`TICK`] apart if all is well.
pub fn between(before: &Beat, now: &Beat) -> Noticed {
    let real = (now.real - before.real).max(0);
    let slept = real - (now.awake - before.awake).max(0);
    let by_wall = now.wall - before.wall;
    let moved = by_wall - real;
    let is_gap = slept >= SLEPT || real - TICK >= LATE;
    Noticed {
        // Counted back from now: if the wall clock was set meanwhile, it was set right.
        gap: is_gap.then_some(GapPeriod { from: now.wall - real, to: now.wall, why: GapReason::Asleep }),
        moved: (moved.abs() > MOVED).then_some(moved),
    }
}

/// Whether a service that tries again for `resends` seconds has sent everything of a gap once more.
pub fn is_resent(from: i64, to: i64, resends: Option<u32>) -> bool {
    resends.is_some_and(|seconds| to - from <= i64::from(seconds) * 1_000_000)
}

/// A period in which the door was not open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GapView {
    /// Its number.
    pub id: i64,
    /// From.
    pub from: DateTime<Utc>,
    /// To.
    pub to: DateTime<Utc>,
    /// Why.
    pub why: GapReason,
    /// What some source sent in it may be missing still.
    pub open: bool,
    /// What it means for each source that was connected in it.
    pub sources: Vec<GapSource>,
}

/// How a gap stands for one source.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, EnumString, IntoStaticStr, VariantArray,
)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum GapState {
    /// What it sent may be missing still.
    Open,
    /// An import brought it in.
    Imported,
    /// Closed by hand.
    Dismissed,
    /// The service tried again for longer than the gap was.
    Resent,
}

impl GapState {
    /// Every state.
    pub const ALL: &'static [GapState] = <GapState as VariantArray>::VARIANTS;

    /// The word used in SQL and JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The state of a word in the file. Behind a word that is not known something may be missing.
    pub fn of(word: &str) -> GapState {
        word.parse().unwrap_or(GapState::Open)
    }
}

/// What a gap means for one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GapSource {
    /// The source.
    pub source: i64,
    /// What the owner calls it.
    pub name: String,
    /// The provider's slug.
    pub provider: String,
    /// The service tries again when a message was not taken. `false` also where it does not say.
    pub resends: bool,
    /// How it stands.
    pub state: GapState,
    /// Why it was closed by hand.
    pub reason: Option<String>,
    /// The import that closed it.
    pub import: Option<i64>,
    /// When it was closed.
    pub closed_at: Option<DateTime<Utc>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const S: i64 = 1_000_000;
    const NOON: i64 = 1_790_000_000 * S;

    fn beat(wall: i64, awake: i64, real: i64) -> Beat {
        Beat { wall: NOON + wall * S, awake: awake * S, real: real * S }
    }

    fn gap(from: i64, to: i64, why: GapReason) -> Option<GapPeriod> {
        Some(GapPeriod { from: NOON + from * S, to: NOON + to * S, why })
    }

    #[test]
    fn a_start_after_an_end_in_order_or_after_a_crash() {
        let ended = LastRun { last_sign: NOON, ended: Some(NOON + 3 * S) };
        assert_eq!(at_start(None, NOON), Noticed::default());
        assert_eq!(at_start(Some(ended), NOON + 60 * S).gap, gap(3, 60, GapReason::Shutdown));
        assert_eq!(at_start(Some(ended), NOON + 3 * S + S / 2), Noticed::default(), "a quick restart");
        let crashed = LastRun { last_sign: NOON, ended: None };
        assert_eq!(at_start(Some(crashed), NOON + 7 * S).gap, gap(0, 7, GapReason::Crash));
        assert!(at_start(Some(crashed), NOON + S / 2).gap.is_some(), "a crash is a gap however short");
    }

    #[test]
    fn a_clock_that_was_set_back_makes_no_negative_gap() {
        let ended = LastRun { last_sign: NOON, ended: Some(NOON) };
        let day = 24 * 3600 * S;
        assert_eq!(at_start(Some(ended), NOON - day), Noticed { gap: None, moved: Some(-day) });
        assert_eq!(at_start(Some(ended), NOON - S), Noticed::default(), "what a time server does");
        // While running: the other clocks know better.
        let noticed = between(&beat(0, 0, 0), &beat(2 - 24 * 3600, 2, 2));
        assert_eq!(noticed, Noticed { gap: None, moved: Some(-day) });
        let ahead = between(&beat(0, 0, 0), &beat(2 + 3600, 2, 2));
        assert_eq!(ahead, Noticed { gap: None, moved: Some(3600 * S) }, "set ahead is not sleep");
    }

    #[test]
    fn sleep_is_what_only_the_real_clock_counts() {
        assert_eq!(between(&beat(0, 0, 0), &beat(2, 2, 2)), Noticed::default());
        assert_eq!(between(&beat(0, 0, 0), &beat(3602, 2, 3602)).gap, gap(0, 3602, GapReason::Asleep));
        assert_eq!(between(&beat(0, 0, 0), &beat(4, 2, 4)), Noticed::default(), "a blink");
        // Where no clock tells sleep from waking, the look comes late by all of them.
        assert_eq!(between(&beat(0, 0, 0), &beat(60, 60, 60)).gap, gap(0, 60, GapReason::Asleep));
        assert_eq!(between(&beat(0, 0, 0), &beat(8, 8, 8)), Noticed::default(), "a busy moment");
        // The clock was put right by the network when it woke.
        let noticed = between(&beat(-7200, 0, 0), &beat(3600, 2, 3602));
        assert_eq!(noticed, Noticed { gap: gap(-2, 3600, GapReason::Asleep), moved: Some((7200 - 2) * S) });
    }

    #[test]
    fn what_is_sent_again_in_time_is_not_missed() {
        assert!(is_resent(NOON, NOON + 30 * S, Some(30)));
        assert!(!is_resent(NOON, NOON + 31 * S, Some(30)));
        assert!(!is_resent(NOON, NOON + 1, None));
    }

    proptest! {
        #[test]
        fn a_gap_is_never_negative_and_never_in_the_future(wall in -1_000_000_000i64..1_000_000_000,
                awake in 0i64..1_000_000_000, slept in 0i64..1_000_000_000) {
            let before = beat(0, 0, 0);
            let now = Beat { wall: NOON + wall, awake, real: awake + slept };
            let noticed = between(&before, &now);
            if let Some(gap) = noticed.gap {
                prop_assert!(gap.from < gap.to && gap.to == now.wall);
                prop_assert_eq!(gap.to - gap.from, awake + slept);
            }
            prop_assert_eq!(noticed.gap.is_some(), slept >= SLEPT || awake + slept >= TICK + LATE);
            for ended in [None, Some(NOON)] {
                let noticed = at_start(Some(LastRun { last_sign: NOON, ended }), NOON + wall);
                if let Some(gap) = noticed.gap {
                    prop_assert!(gap.from < gap.to && gap.to == NOON + wall);
                }
            }
        }
    }
}
