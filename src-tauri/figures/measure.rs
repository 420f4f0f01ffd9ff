//! Measures: what is counted, each defined once. The words here are the definition; `rows.rs` is the same in code.
//!
//! A row (a lead, a call, a text …) carries the set of measures it counts in; a figure is how many rows carry a measure,
//! or what their values add up to. So a figure and the list of rows behind it cannot differ.

use super::model::{MeasureWords, Unit};
use super::row_detail::RowDetail;

/// What a figure makes of the rows that carry a measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Makes {
    /// How many there are.
    Count,
    /// What they add up to, cents.
    Sum,
    /// The middle of their seconds.
    Median,
}

/// What measures are about, in the order in which they are explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)] // their titles say it
pub enum MeasureGroup {
    Leads,
    Journey,
    Speed,
    SpeedOpen,
    Calls,
    Texts,
    Forms,
    SentimentSaid,
    SentimentEstimated,
    Outcomes,
    Money,
    Closed,
    Disagreements,
}

impl MeasureGroup {
    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            MeasureGroup::Leads => "Leads",
            MeasureGroup::Journey => "Where leads get to",
            MeasureGroup::Speed => "How fast we answer",
            MeasureGroup::SpeedOpen => "How fast we answer, in business hours",
            MeasureGroup::Calls => "Calls",
            MeasureGroup::Texts => "Texts",
            MeasureGroup::Forms => "Forms",
            MeasureGroup::SentimentSaid => "How callers felt, as the sender says",
            MeasureGroup::SentimentEstimated => "How callers felt, estimated",
            MeasureGroup::Outcomes => "Outcomes",
            MeasureGroup::Money => "Money",
            MeasureGroup::Closed => "Closed leads",
            MeasureGroup::Disagreements => "Where services disagree",
        }
    }
}

macro_rules! measures {
    ($($name:ident $key:literal $makes:ident $label:literal $counts:literal;)+) => {
        /// Everything that is counted.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Measure { $(#[doc = $counts] $name,)+ }

        impl Measure {
            /// Every measure.
            pub const ALL: &[Measure] = &[$(Measure::$name),+];

            /// Its name in JSON and files.
            pub fn key(self) -> &'static str {
                match self { $(Measure::$name => $key,)+ }
            }

            /// What people call it.
            pub fn label(self) -> &'static str {
                match self { $(Measure::$name => $label,)+ }
            }

            /// What is counted, from which entries, by which clock.
            pub fn counts(self) -> &'static str {
                match self { $(Measure::$name => $counts,)+ }
            }

            /// What a figure makes of its rows.
            pub fn makes(self) -> Makes {
                match self { $(Measure::$name => Makes::$makes,)+ }
            }
        }
    };
}

measures! {
    // Leads, by the moment they were first heard from.
    Heard "leads.heard" Count "People heard from first" "Leads whose first entry lies in the period, spam and tests among them.";
    NewLeads "leads.new" Count "New leads" "Leads whose first entry lies in the period, without spam and tests.";
    HeardSpam "leads.spam" Count "Spam" "Of the people heard from first: those whose standing outcome is spam, and who are no test.";
    HeardTest "leads.test" Count "Tests" "Of the people heard from first: those one of whose numbers is marked as a test, and the invented person of test events.";
    ActiveLeads "leads.active" Count "Active leads" "Leads, without spam and tests, with at least one call, text, form, status, conversation or contact in the period.";

    // Where new leads get to.
    ReachedNew "reached.new" Count "New" "New leads of the period.";
    ReachedContacted "reached.contacted" Count "Got to contacted" "New leads of the period whose journey holds a step at contacted or a further open stage, whenever that was.";
    ReachedResponded "reached.responded" Count "Got to responded" "New leads of the period whose journey holds a step at responded or a further open stage, whenever that was.";
    ReachedQuoted "reached.quoted" Count "Got to quoted" "New leads of the period whose journey holds a step at quoted or a further open stage, whenever that was, and whatever outcome stands on them now.";
    ReachedBooked "reached.booked" Count "Got to booked" "New leads of the period whose journey holds a step at booked or converted, whenever that was, and whatever outcome stands on them now.";
    ReachedConverted "reached.converted" Count "Got to converted" "New leads of the period whose journey holds a step at converted, whenever that was.";
    StepContacted "step.contacted" Median "Time to contacted" "New leads of the period that came to contacted from an earlier open stage: seconds from their first step at the furthest open stage before it.";
    StepResponded "step.responded" Median "Time to responded" "New leads of the period that came to responded from an earlier open stage: seconds from their first step at the furthest open stage before it.";
    StepQuoted "step.quoted" Median "Time to quoted" "New leads of the period that came to quoted from an earlier open stage: seconds from their first step at the furthest open stage before it.";
    StepBooked "step.booked" Median "Time to booked" "New leads of the period that came to booked from an earlier open stage: seconds from their first step at the furthest open stage before it.";
    StepConverted "step.converted" Median "Time to converted" "New leads of the period that came to converted from an earlier open stage: seconds from their first step at the furthest open stage before it.";
    StandsLost "stands.lost" Count "Lost" "New leads of the period that stand at lost.";
    StandsUnreachable "stands.unreachable" Count "Unreachable" "New leads of the period that stand at unreachable.";
    StandsDnc "stands.do_not_contact" Count "Do not contact" "New leads of the period that stand at do not contact.";

    // Speed to lead.
    Asked "speed.asked" Count "Asked" "New leads of the period that turned to the business: their first inbound call, inbound text or chat message, form, contact or status of stage new is when they asked.";
    ReachedOutFirst "speed.unasked" Count "We reached out first" "New leads of the period that never asked: the business turned to them.";
    Speed "speed.clock" Median "Time to first answer" "New leads that asked and were answered: seconds from asking to the first answer at or after it. An answer is an outbound call that did not fail, an outbound text or chat message, an answered call, or a status of stage contacted.";
    SpeedOpen "speed.open" Median "Time to first answer, business hours" "As time to first answer, but only the seconds in which the business was open.";
    Under5 "speed.under5" Count "Answered within 5 minutes" "New leads that asked and were answered in less than 300 seconds.";
    Under5Open "speed.under5_open" Count "Within 5 minutes of business hours" "New leads that asked and were answered in less than 300 seconds of business hours.";
    SpeedTo1m "speed.to_1m" Count "< 1 min" "New leads that asked and were answered in less than 1 minute.";
    SpeedTo5m "speed.to_5m" Count "1–5 min" "New leads that asked and were answered in 1 to less than 5 minutes.";
    SpeedTo15m "speed.to_15m" Count "5–15 min" "New leads that asked and were answered in 5 to less than 15 minutes.";
    SpeedTo1h "speed.to_1h" Count "15–60 min" "New leads that asked and were answered in 15 to less than 60 minutes.";
    SpeedTo4h "speed.to_4h" Count "1–4 h" "New leads that asked and were answered in 1 to less than 4 hours.";
    SpeedTo24h "speed.to_24h" Count "4–24 h" "New leads that asked and were answered in 4 to less than 24 hours.";
    SpeedLater "speed.later" Count "Later" "New leads that asked and were answered after 24 hours or more.";
    SpeedNever "speed.never" Count "Never" "New leads that asked and were not answered.";
    OpenTo1m "speed.open_to_1m" Count "< 1 min" "New leads that asked and were answered in less than 1 minute of business hours.";
    OpenTo5m "speed.open_to_5m" Count "1–5 min" "New leads that asked and were answered in 1 to less than 5 minutes of business hours.";
    OpenTo15m "speed.open_to_15m" Count "5–15 min" "New leads that asked and were answered in 5 to less than 15 minutes of business hours.";
    OpenTo1h "speed.open_to_1h" Count "15–60 min" "New leads that asked and were answered in 15 to less than 60 minutes of business hours.";
    OpenTo4h "speed.open_to_4h" Count "1–4 h" "New leads that asked and were answered in 1 to less than 4 hours of business hours.";
    OpenTo24h "speed.open_to_24h" Count "4–24 h" "New leads that asked and were answered in 4 to less than 24 hours of business hours.";
    OpenLater "speed.open_later" Count "Later" "New leads that asked and were answered after 24 business hours or more.";

    // Calls, by when they began.
    CallsTold "calls.told" Count "Calls told" "Call cards that began in the period, spam, tests and calls told again among them.";
    Calls "calls.counted" Count "Calls" "Calls told, without spam, tests and calls told again.";
    CallsSpam "calls.spam" Count "Spam" "Calls told, no test, whose own outcome, or whose lead's standing outcome, is spam.";
    CallsTest "calls.test" Count "Tests" "Calls told of leads one of whose numbers is marked as a test.";
    CallsAgain "calls.again" Count "Told again" "Calls told, neither test nor spam, that another service told as well, by a card that began earlier (ties: the smaller id) and is not told again itself: same lead, same direction, and their times (taken as 15 seconds long at least, a day at most) come within a minute of each other. Not looked for where a source is picked.";
    CallsIn "calls.in" Count "Inbound calls" "Calls counted that came from leads.";
    CallsOut "calls.out" Count "Outbound calls" "Calls counted that went to leads.";
    Answered "calls.answered" Count "Answered" "Inbound calls counted that were answered and did not end as missed, abandoned or voicemail.";
    Missed "calls.missed" Count "Missed" "Inbound calls counted whose final state is missed.";
    Abandoned "calls.abandoned" Count "Abandoned" "Inbound calls counted whose final state is abandoned.";
    Voicemail "calls.voicemail" Count "Voicemail" "Inbound calls counted whose final state is voicemail.";
    CallsOpen "calls.open" Count "Not over" "Inbound calls counted that still ring or are on the line, and were not answered.";
    CallsOther "calls.other" Count "Not told how" "Inbound calls counted that are over, and nobody said whether they were answered or missed; or that failed without an answer.";
    MissedReally "calls.missed_really" Count "Missed in the end" "Inbound calls counted whose final state is missed, abandoned or voicemail.";
    Answerable "calls.answerable" Count "Answered or missed" "Inbound calls counted that were answered or missed really.";
    OutAnswered "calls.out_answered" Count "Outbound, answered" "Outbound calls counted that were answered and did not end as missed, abandoned or voicemail.";
    Returned "calls.returned" Count "Returned" "Calls missed really after which the business called that lead, or an inbound call of that lead was answered, whenever that was. Any outbound call counts, whoever told it; another card of the same call (told by two services) is no return.";
    ReturnTime "calls.return_time" Median "Time to return" "Returned calls: seconds from the start of the missed call to the start of the first such call after it.";
    ReturnedHour "calls.returned_1h" Count "Within the hour" "Calls missed really and returned in less than 60 minutes.";
    ReturnedLater "calls.returned_later" Count "Later" "Calls missed really and returned after 60 minutes or more.";
    ReturnedNever "calls.returned_never" Count "Never" "Calls missed really and not returned.";
    TalkTime "calls.talk_time" Median "Length of answered calls" "Calls counted that were answered, in and out, and whose length is known: seconds.";
    SaidPositive "sentiment.provider.positive" Count "Positive" "Calls counted whose sentiment, as the sender says, is positive.";
    SaidNeutral "sentiment.provider.neutral" Count "Neutral" "Calls counted whose sentiment, as the sender says, is neutral.";
    SaidNegative "sentiment.provider.negative" Count "Negative" "Calls counted whose sentiment, as the sender says, is negative.";
    SaidMixed "sentiment.provider.mixed" Count "Mixed" "Calls counted whose sentiment, as the sender says, is mixed.";
    GuessedPositive "sentiment.estimated.positive" Count "Positive, estimated" "Calls counted whose sentiment, as estimated, is positive.";
    GuessedNeutral "sentiment.estimated.neutral" Count "Neutral, estimated" "Calls counted whose sentiment, as estimated, is neutral.";
    GuessedNegative "sentiment.estimated.negative" Count "Negative, estimated" "Calls counted whose sentiment, as estimated, is negative.";
    GuessedMixed "sentiment.estimated.mixed" Count "Mixed, estimated" "Calls counted whose sentiment, as estimated, is mixed.";

    // Texts and chat messages, and forms, by when they were sent.
    TextsTold "texts.told" Count "Texts told" "Texts and chat messages of the period, spam and tests among them.";
    Texts "texts.counted" Count "Texts" "Texts and chat messages of the period, without those of spam and tests.";
    TextsSpam "texts.spam" Count "Spam" "Texts and chat messages of leads whose standing outcome is spam, and who are no test.";
    TextsTest "texts.test" Count "Tests" "Texts and chat messages of leads one of whose numbers is marked as a test.";
    TextsIn "texts.in" Count "Texts received" "Texts and chat messages from leads, without spam and tests.";
    TextsOut "texts.out" Count "Texts sent" "Texts and chat messages to leads, without spam and tests.";
    FormsTold "forms.told" Count "Forms told" "Forms of the period, spam and tests among them.";
    Forms "forms.counted" Count "Forms" "Forms of the period, without those of spam and tests.";
    FormsSpam "forms.spam" Count "Spam" "Forms of leads whose standing outcome is spam, and who are no test.";
    FormsTest "forms.test" Count "Tests" "Forms of leads one of whose numbers is marked as a test.";

    // Outcomes and money, by when they were said.
    Booked "outcome.booked" Count "Booked" "Leads whose standing outcome is booked, without tests, if it was given in the period. An outcome a service worked out of a call is given when the call began. A lead that was booked and given another outcome later counts there; it keeps the stage booked.";
    Quoted "outcome.quoted" Count "Quoted" "Leads whose standing outcome is quoted, without tests, if it was given in the period.";
    FollowUp "outcome.follow_up" Count "Follow up" "Leads whose standing outcome is follow up, without tests, if it was given in the period.";
    NotInterested "outcome.not_interested" Count "Not interested" "Leads whose standing outcome is not interested, without tests, if it was given in the period.";
    NoAnswer "outcome.no_answer" Count "No answer" "Leads whose standing outcome is no answer, without tests, if it was given in the period.";
    Spam "outcome.spam" Count "Spam" "Leads whose standing outcome is spam, without tests, if it was given in the period.";
    WrongNumber "outcome.wrong_number" Count "Wrong number" "Leads whose standing outcome is wrong number, without tests, if it was given in the period.";
    OtherOutcome "outcome.other" Count "Other" "Leads whose standing outcome is other, without tests, if it was given in the period.";
    Estimated "money.estimated" Sum "Estimated" "Estimated amounts that stand on leads, without spam and tests, and were given in the period: one word a lead, the one its page shows.";
    Actual "money.actual" Sum "Actually received" "Amounts actually received that stand on leads, without spam and tests, and were given in the period: one word a lead, the one its page shows.";
    Revenue "money.revenue" Sum "Revenue as told" "Revenue as told that stands on leads, without spam and tests, and was given in the period: one word a lead, the one its page shows.";
    Earned "money.earned" Sum "Revenue" "Of the word about money that stands on a lead, without spam and tests, and was given in the period: what was actually received if above 0, else the revenue if above 0. Estimates never.";
    EarnedAfterMiss "money.after_miss" Sum "Earned after a missed call" "Revenue (as above) of leads that have a counted call missed really in the period (one the picked source told, where one is picked), whenever the money was told.";

    // Journeys that closed, by when they closed.
    ClosedLost "closed.lost" Count "Lost" "Leads, without tests, that stand at lost since a moment in the period.";
    ClosedUnreachable "closed.unreachable" Count "Unreachable" "Leads, without tests, that stand at unreachable since a moment in the period.";
    ClosedDnc "closed.do_not_contact" Count "Do not contact" "Leads, without tests, that stand at do not contact since a moment in the period.";

    // Where services disagree, by the later of what they say.
    DisagreeOutcome "disagree.outcome" Count "Outcome" "Leads, without spam and tests, about which the latest outcomes of two services differ; when the later of all was given. A person's own outcome does not end a disagreement.";
    DisagreeAnswered "disagree.answered" Count "Answered or not" "Pairs of cards of one call (told by two services, see calls told again), of leads that are neither spam nor test, of which one was answered and the other missed really; when the later began.";
    DisagreeSentiment "disagree.sentiment" Count "Sentiment" "Pairs of cards of one call (told by two services, see calls told again), of leads that are neither spam nor test, whose sentiments differ; when the later began.";
}

impl Measure {
    /// The measure of a name, if it is one.
    pub fn parse(key: &str) -> Option<Measure> {
        Measure::ALL.iter().copied().find(|measure| measure.key() == key)
    }

    /// What its values are.
    pub fn unit(self) -> Unit {
        match self.makes() {
            Makes::Count => Unit::Count,
            Makes::Sum => Unit::Cents,
            Makes::Median => Unit::Seconds,
        }
    }

    /// What it is about.
    pub fn group(self) -> MeasureGroup {
        use Measure as M;
        match self {
            M::Heard | M::NewLeads | M::HeardSpam | M::HeardTest | M::ActiveLeads => MeasureGroup::Leads,
            M::ReachedNew
            | M::ReachedContacted
            | M::ReachedResponded
            | M::ReachedQuoted
            | M::ReachedBooked
            | M::ReachedConverted
            | M::StepContacted
            | M::StepResponded
            | M::StepQuoted
            | M::StepBooked
            | M::StepConverted
            | M::StandsLost
            | M::StandsUnreachable
            | M::StandsDnc => MeasureGroup::Journey,
            M::Asked
            | M::ReachedOutFirst
            | M::Speed
            | M::Under5
            | M::SpeedTo1m
            | M::SpeedTo5m
            | M::SpeedTo15m
            | M::SpeedTo1h
            | M::SpeedTo4h
            | M::SpeedTo24h
            | M::SpeedLater
            | M::SpeedNever => MeasureGroup::Speed,
            M::SpeedOpen
            | M::Under5Open
            | M::OpenTo1m
            | M::OpenTo5m
            | M::OpenTo15m
            | M::OpenTo1h
            | M::OpenTo4h
            | M::OpenTo24h
            | M::OpenLater => MeasureGroup::SpeedOpen,
            M::CallsTold
            | M::Calls
            | M::CallsSpam
            | M::CallsTest
            | M::CallsAgain
            | M::CallsIn
            | M::CallsOut
            | M::Answered
            | M::Missed
            | M::Abandoned
            | M::Voicemail
            | M::CallsOpen
            | M::CallsOther
            | M::MissedReally
            | M::Answerable
            | M::OutAnswered
            | M::Returned
            | M::ReturnTime
            | M::ReturnedHour
            | M::ReturnedLater
            | M::ReturnedNever
            | M::TalkTime => MeasureGroup::Calls,
            M::SaidPositive | M::SaidNeutral | M::SaidNegative | M::SaidMixed => MeasureGroup::SentimentSaid,
            M::GuessedPositive | M::GuessedNeutral | M::GuessedNegative | M::GuessedMixed => {
                MeasureGroup::SentimentEstimated
            }
            M::TextsTold | M::Texts | M::TextsSpam | M::TextsTest | M::TextsIn | M::TextsOut => MeasureGroup::Texts,
            M::FormsTold | M::Forms | M::FormsSpam | M::FormsTest => MeasureGroup::Forms,
            M::Booked
            | M::Quoted
            | M::FollowUp
            | M::NotInterested
            | M::NoAnswer
            | M::Spam
            | M::WrongNumber
            | M::OtherOutcome => MeasureGroup::Outcomes,
            M::Estimated | M::Actual | M::Revenue | M::Earned | M::EarnedAfterMiss => MeasureGroup::Money,
            M::ClosedLost | M::ClosedUnreachable | M::ClosedDnc => MeasureGroup::Closed,
            M::DisagreeOutcome | M::DisagreeAnswered | M::DisagreeSentiment => MeasureGroup::Disagreements,
        }
    }

    /// What a list of its rows says of each.
    pub fn detail(self) -> RowDetail {
        use Measure as M;
        match self {
            M::SpeedNever => RowDetail::Unanswered,
            M::ReachedNew
            | M::ReachedContacted
            | M::ReachedResponded
            | M::ReachedQuoted
            | M::ReachedBooked
            | M::ReachedConverted => RowDetail::Stage,
            M::MissedReally | M::Returned | M::ReturnTime | M::ReturnedHour | M::ReturnedLater | M::ReturnedNever => {
                RowDetail::Return
            }
            other => match other.group() {
                MeasureGroup::SpeedOpen => RowDetail::AnswerOpen,
                MeasureGroup::SentimentSaid | MeasureGroup::SentimentEstimated => RowDetail::Sentiment,
                _ => RowDetail::Answer,
            },
        }
    }

    /// Its definition.
    pub fn words(self) -> MeasureWords {
        MeasureWords { label: self.label().into(), counts: self.counts().into() }
    }
}

/// The measures a row counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MeasureSet(u128);

impl MeasureSet {
    /// Adds a measure.
    pub fn add(&mut self, measure: Measure) {
        self.0 |= 1 << measure as u8;
    }

    /// Whether it counts there.
    pub fn has(self, measure: Measure) -> bool {
        self.0 & (1 << measure as u8) != 0
    }

    /// All of these.
    pub fn of<'m>(measures: impl IntoIterator<Item = &'m Measure>) -> MeasureSet {
        let mut marks = MeasureSet::default();
        measures.into_iter().for_each(|measure| marks.add(*measure));
        marks
    }

    /// Those in both.
    pub fn and(self, other: MeasureSet) -> MeasureSet {
        MeasureSet(self.0 & other.0)
    }

    /// A bit a measure, in the order of [`Measure::ALL`].
    pub fn bits(self) -> u128 {
        self.0
    }

    /// Whether it counts anywhere.
    pub fn any(self) -> bool {
        self.0 != 0
    }

    /// Every measure it counts in.
    pub fn iter(self) -> impl Iterator<Item = Measure> {
        Measure::ALL.iter().copied().filter(move |measure| self.has(*measure))
    }
}

const _: () = assert!(Measure::ALL.len() <= 128, "the marks of a row are 128 bits");
