//! Calls: what one counts in, and when two cards tell of the same one.

use chrono::TimeDelta;
use leadtrail::domain::call::{Call, CallState};
use leadtrail::domain::entry::Entry;
use leadtrail::domain::stage::{SentimentLabel, SentimentOrigin};
use leadtrail::figures::measure::Measure;

use super::Item;

pub(super) fn inbound(call: &Call) -> bool {
    call.direction == "inbound"
}

pub(super) fn answered(call: &Call) -> bool {
    call.answered && !call.state.is_unanswered()
}

pub(super) fn missed(call: &Call) -> bool {
    inbound(call) && call.state.is_unanswered()
}

pub(super) fn counted_call(row: &mut Item, entry: &Entry, call: &Call, calls: &[(&Entry, &Call)]) {
    row.mark(Measure::Calls);
    if let Some(sentiment) = &call.sentiment {
        row.mark(match (sentiment.origin, sentiment.label) {
            (SentimentOrigin::Provider, SentimentLabel::Positive) => Measure::SaidPositive,
            (SentimentOrigin::Provider, SentimentLabel::Neutral) => Measure::SaidNeutral,
            (SentimentOrigin::Provider, SentimentLabel::Negative) => Measure::SaidNegative,
            (SentimentOrigin::Provider, SentimentLabel::Mixed) => Measure::SaidMixed,
            (SentimentOrigin::Estimated, SentimentLabel::Positive) => Measure::GuessedPositive,
            (SentimentOrigin::Estimated, SentimentLabel::Neutral) => Measure::GuessedNeutral,
            (SentimentOrigin::Estimated, SentimentLabel::Negative) => Measure::GuessedNegative,
            (SentimentOrigin::Estimated, SentimentLabel::Mixed) => Measure::GuessedMixed,
        });
    }
    if answered(call)
        && let Some(seconds) = call.duration_s
    {
        row.counts.insert(Measure::TalkTime, seconds);
    }
    if !inbound(call) {
        row.mark(Measure::CallsOut);
        if answered(call) {
            row.mark(Measure::OutAnswered);
        }
        return;
    }
    row.mark(Measure::CallsIn);
    row.mark(match call.state {
        CallState::Missed => Measure::Missed,
        CallState::Abandoned => Measure::Abandoned,
        CallState::Voicemail => Measure::Voicemail,
        _ if call.answered => Measure::Answered,
        CallState::Ringing | CallState::InProgress => Measure::CallsOpen,
        CallState::Completed | CallState::Failed => Measure::CallsOther,
    });
    if answered(call) || missed(call) {
        row.mark(Measure::Answerable);
    }
    if !missed(call) {
        return;
    }
    row.mark(Measure::MissedReally);
    let mut returned: Option<i64> = None;
    for (other, again) in calls {
        if other.at > entry.at && (!inbound(again) || answered(again)) && !one_call(&(entry, call), &(other, again)) {
            let seconds = (other.at - entry.at).num_seconds();
            returned = Some(returned.map_or(seconds, |known| known.min(seconds)));
        }
    }
    match returned {
        None => row.mark(Measure::ReturnedNever),
        Some(seconds) => {
            row.mark(Measure::Returned);
            row.counts.insert(Measure::ReturnTime, seconds);
            row.mark(if seconds < 3600 { Measure::ReturnedHour } else { Measure::ReturnedLater });
        }
    }
}

/// Two cards that tell of one call.
pub(super) fn one_call(one: &(&Entry, &Call), other: &(&Entry, &Call)) -> bool {
    let span = |(entry, call): &(&Entry, &Call)| {
        let seconds = call.duration_s.unwrap_or(0).clamp(15, 86_400);
        (entry.at, entry.at + TimeDelta::seconds(seconds))
    };
    let ((a, a_ends), (b, b_ends)) = (span(one), span(other));
    let minute = TimeDelta::seconds(60);
    one.0.source != other.0.source
        && one.1.direction == other.1.direction
        && a <= b_ends + minute
        && b <= a_ends + minute
}

/// Which of the calls, in time, were told before by another service.
pub(super) fn told_again(calls: &[(&Entry, &Call)]) -> Vec<bool> {
    let mut again: Vec<bool> = Vec::new();
    for (place, call) in calls.iter().enumerate() {
        let mut known = false;
        for before in 0..place {
            known |= !again[before] && one_call(&calls[before], call);
        }
        again.push(known);
    }
    again
}
