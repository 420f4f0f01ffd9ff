//! How often a source is usually heard, by hour of the week, and whether it is silent now. Pure. Times are
//! microseconds since the epoch, UTC; which hour of the week an hour is, is said by whoever asks.

/// Hours of a week.
pub const WEEK: usize = 168;
/// Microseconds of an hour.
pub const HOUR: i64 = 3_600_000_000;
/// How far back the usual is looked for: eight weeks before the last that was heard.
pub const MEMORY: i64 = 8 * WEEK as i64 * HOUR;
/// Without two of each hour of the week nothing is usual yet.
const LEAST_MEMORY: i64 = 2 * WEEK as i64 * HOUR;
/// Fewer missing messages than this are no silence.
const LEAST: f64 = 5.0;
/// So unlikely has it to be that nothing came by chance.
const CHANCE: f64 = 0.01;

/// What is known of a source.
pub struct SourceActivity<'a> {
    /// When it was connected.
    pub connected: i64,
    /// When it was heard last.
    pub last: i64,
    /// `(hour since the epoch, messages)`, those with none left out.
    pub hours: &'a [(i64, i64)],
    /// When the door was not open, `(from, to)`, in order: not hearing anything then means nothing.
    pub gaps: &'a [(i64, i64)],
    /// The hour of the week of an hour since the epoch, below [`WEEK`].
    pub slot: &'a dyn Fn(i64) -> usize,
}

/// How many messages would usually have come since the last one, by `now`; `None` where too little is known, or
/// where nothing is unusual.
///
/// Messages are taken to come at random around the usual number of each hour of the week, but in bunches, as the
/// several webhooks of one call do: how much more the hours differ than chance alone would have it (Pearson's
/// dispersion) makes the same number mean that much less.
pub fn missing(heard: &SourceActivity<'_>, now: i64) -> Option<f64> {
    let since = heard.connected.max(heard.last - MEMORY);
    if heard.last - since < LEAST_MEMORY || now <= heard.last {
        return None;
    }
    let mut counts = heard.hours.iter().copied().peekable();
    let (mut open, mut n) = (vec![0.0; WEEK], vec![0.0; WEEK]);
    let mut seen: Vec<(usize, f64, f64)> = Vec::new();
    for hour in since.div_euclid(HOUR)..=heard.last.div_euclid(HOUR) {
        let share = share_open(hour, since, heard.last, heard.gaps);
        while counts.next_if(|(of, _)| *of < hour).is_some() {}
        let came = counts.next_if(|(of, _)| *of == hour).map_or(0.0, |(_, n)| n as f64);
        let slot = (heard.slot)(hour) % WEEK;
        open[slot] += share;
        n[slot] += came;
        seen.push((slot, share, came));
    }
    let usual = |slot: usize| if open[slot] > 0.0 { n[slot] / open[slot] } else { 0.0 };

    let mut expected = 0.0;
    for hour in heard.last.div_euclid(HOUR)..=now.div_euclid(HOUR) {
        expected += usual((heard.slot)(hour) % WEEK) * share_open(hour, heard.last, now, heard.gaps);
    }
    let is_silent = expected >= LEAST && (-expected / bunching(&seen, usual)).exp() < CHANCE;
    is_silent.then_some(expected)
}

/// How much more the hours differ than chance would have it; at least 1.
fn bunching(seen: &[(usize, f64, f64)], usual: impl Fn(usize) -> f64) -> f64 {
    let (mut sum, mut hours, mut slots) = (0.0, 0.0, [false; WEEK]);
    for (slot, share, came) in seen {
        let expected = usual(*slot) * share;
        if expected > 0.0 && *share > 0.5 {
            sum += (came - expected).powi(2) / expected;
            hours += 1.0;
            slots[*slot] = true;
        }
    }
    let free = hours - slots.iter().filter(|used| **used).count() as f64;
    if free >= 1.0 { (sum / free).max(1.0) } else { 1.0 }
}

/// Which part of an hour lies between `from` and `to` and in no gap, 0 to 1.
fn share_open(hour: i64, from: i64, to: i64, gaps: &[(i64, i64)]) -> f64 {
    let (begin, end) = ((hour * HOUR).max(from), ((hour + 1) * HOUR).min(to));
    if end <= begin {
        return 0.0;
    }
    let mut closed = 0;
    let mut reached = begin;
    let first = gaps.partition_point(|(_, to)| *to <= begin);
    for (gap_from, gap_to) in gaps[first..].iter().take_while(|(gap_from, _)| *gap_from < end) {
        let (gap_from, gap_to) = ((*gap_from).max(reached), (*gap_to).min(end));
        closed += (gap_to - gap_from).max(0);
        reached = reached.max(gap_to);
    }
    (end - begin - closed) as f64 / HOUR as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Weeks begin with hour 0 here.
    const BEGIN: i64 = 168 * 2_500;

    fn weekly(hour: i64) -> usize {
        hour.rem_euclid(WEEK as i64) as usize
    }

    /// Working hours, Monday to Friday 9 to 17, `a` messages an hour, for `weeks`; up to the hour `until`.
    fn office(weeks: i64, until: i64, a: i64) -> Vec<(i64, i64)> {
        (BEGIN..until.min(BEGIN + weeks * 168))
            .filter(|hour| weekly(*hour) / 24 < 5 && (9..17).contains(&(weekly(*hour) % 24)))
            .map(|hour| (hour, a))
            .collect()
    }

    fn asked(hours: &[(i64, i64)], last: i64, gaps: &[(i64, i64)], now: i64) -> Option<f64> {
        missing(&SourceActivity { connected: BEGIN * HOUR, last, hours, gaps, slot: &weekly }, now)
    }

    #[test]
    fn a_monday_morning_without_a_word() {
        let monday = BEGIN + 8 * 168;
        let hours = office(8, monday, 2);
        let last = (monday - 168 + 4 * 24 + 17) * HOUR - 1;
        let at = |hour: i64| (monday + hour) * HOUR;
        assert_eq!(asked(&hours, last, &[], at(9)), None, "nothing is usual in the night and at the weekend");
        assert_eq!(asked(&hours, last, &[], at(11)), None, "four are too few to say");
        let expected = asked(&hours, last, &[], at(12)).unwrap();
        assert!((expected - 6.0).abs() < 0.1, "{expected}");
        // Two hours of it the door was closed by ourselves: no wonder.
        assert_eq!(asked(&hours, last, &[(at(9), at(11))], at(12)), None);
        // A silence goes on being one, however long.
        assert!(asked(&hours, last, &[], at(10 * 168)).is_some_and(|expected| expected > 500.0));
    }

    #[test]
    fn nothing_is_usual_in_the_first_two_weeks() {
        let until = BEGIN + 168 + 60;
        let hours = office(8, until, 20);
        assert_eq!(asked(&hours, (BEGIN + 168 + 17) * HOUR, &[], until * HOUR), None);
    }

    #[test]
    fn bunches_count_for_what_they_are() {
        // The same forty a day, all of them within one hour a day that changes from week to week.
        let mut hours = Vec::new();
        for week in 0..8 {
            for day in 0..5 {
                hours.push((BEGIN + week * 168 + day * 24 + 9 + (week + day) % 8, 40));
            }
        }
        let monday = BEGIN + 8 * 168;
        let last = (monday - 168 + 4 * 24 + 17) * HOUR;
        let noon = (monday + 12) * HOUR;
        assert_eq!(asked(&hours, last, &[], noon), None, "fifteen expected, and yet it means nothing");
        let even = office(8, monday, 5);
        assert!(asked(&even, last, &[], noon).is_some());
    }

    #[test]
    fn gaps_in_what_is_remembered_do_not_make_it_look_quieter() {
        let monday = BEGIN + 8 * 168;
        let mut hours = office(8, monday, 2);
        // For four weeks nothing was heard, for the door was closed.
        hours.retain(|(hour, _)| *hour >= BEGIN + 4 * 168);
        let gaps = [(BEGIN * HOUR, (BEGIN + 4 * 168) * HOUR)];
        let last = (monday - 168 + 4 * 24 + 17) * HOUR - 1;
        let expected = asked(&hours, last, &gaps, (monday + 12) * HOUR).unwrap();
        assert!((expected - 6.0).abs() < 0.1, "{expected}");
    }

    #[test]
    fn odd_input_does_no_harm() {
        assert_eq!(asked(&[], 0, &[], i64::MAX / 2), None);
        assert_eq!(asked(&[(BEGIN, 5)], (BEGIN + 500) * HOUR, &[], 0), None);
        let overlapping = [(BEGIN * HOUR, (BEGIN + 10) * HOUR), ((BEGIN + 5) * HOUR, (BEGIN + 6) * HOUR)];
        assert!(share_open(BEGIN + 5, i64::MIN, i64::MAX, &overlapping).abs() < 1e-9);
    }
}
