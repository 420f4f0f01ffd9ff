//! The words and numbers that stand in files, addresses and answers. They are derived from names of code, and a new name must
//! not change what is written already.

use leadtrail::documents::{Detail, Format, Paper};
use leadtrail::domain::call::{CallState, ClaimSubject, KnownClaim};
use leadtrail::domain::entry::EntryKind;
use leadtrail::domain::event::Direction;
use leadtrail::domain::gaps::{GapReason, GapState};
use leadtrail::domain::lead::NeedKind;
use leadtrail::domain::{IdentityKind, Outcome, SentimentLabel, Stage};
use leadtrail::exports::ExportKind;
use leadtrail::figures::measure::Measure;
use leadtrail::figures::{CalendarUnit, Compare};
use leadtrail::providers::Provider;
use leadtrail::providers::row::RowKind;
use leadtrail::providers::words::WordKind;
use leadtrail::store::backup::BackupKind;
use leadtrail::store::exports::ExportState;
use leadtrail::store::journal::{DeliveryState, JournalKind, Trust};
use serde_json::json;
use strum::VariantNames;

fn words<T: Copy>(all: &[T], word: impl Fn(T) -> &'static str) -> String {
    all.iter().map(|one| word(*one)).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_words_that_are_kept_are_these() {
    let stages = "new contacted responded quoted booked converted lost unreachable do_not_contact";
    assert_eq!(words(Stage::ALL, Stage::as_str), stages);
    let outcomes = "booked quoted follow_up not_interested no_answer spam wrong_number other";
    assert_eq!(words(Outcome::ALL, Outcome::as_str), outcomes);
    let entries = "call message form status conversation contact outcome note action gap";
    assert_eq!(words(EntryKind::ALL, EntryKind::as_str), entries);
    let claims = "outcome lead lead_reason reason view_of_business_reason sentiment sentiment_summary appointment sale";
    assert_eq!(words(KnownClaim::ALL, KnownClaim::as_str), claims);
    assert_eq!(words(NeedKind::ALL, NeedKind::as_str), "call_back reply human");
    let states = "processed duplicate repaired quarantined rejected";
    assert_eq!(words(DeliveryState::ALL, DeliveryState::as_str), states);
    assert_eq!(words(RowKind::ALL, RowKind::as_str), "calls texts forms leads");
    assert_eq!(words(Provider::ALL, Provider::slug), "callrail meera curious-thing telmetrics varda");
    let sentiments =
        [SentimentLabel::Positive, SentimentLabel::Neutral, SentimentLabel::Negative, SentimentLabel::Mixed];
    assert_eq!(words(&sentiments, SentimentLabel::as_str), "positive neutral negative mixed");
    let calls = [
        CallState::Ringing,
        CallState::InProgress,
        CallState::Completed,
        CallState::Missed,
        CallState::Abandoned,
        CallState::Voicemail,
        CallState::Failed,
    ];
    assert_eq!(words(&calls, CallState::as_str), "ringing in_progress completed missed abandoned voicemail failed");
    assert_eq!(words(&[Direction::Inbound, Direction::Outbound], Direction::as_str), "inbound outbound");
    let links = [
        IdentityKind::Phone,
        IdentityKind::Email,
        IdentityKind::Person,
        IdentityKind::Call,
        IdentityKind::Message,
        IdentityKind::Conversation,
        IdentityKind::Form,
        IdentityKind::Event,
        IdentityKind::Erased,
    ];
    assert_eq!(
        words(&links, IdentityKind::as_str),
        "phone email person_id call_id message_id conversation_id form_id event erased"
    );
    assert_eq!(words(GapReason::ALL, GapReason::as_str), "shutdown crash asleep not_listening");
    assert_eq!(words(GapState::ALL, GapState::as_str), "open imported dismissed resent");
    assert_eq!(words(ExportState::ALL, ExportState::as_str), "running done cancelled failed going");
    let kinds =
        [WordKind::Event, WordKind::Status, WordKind::Reason, WordKind::Outcome, WordKind::Field, WordKind::Value];
    assert_eq!(words(&kinds, WordKind::as_str), "event status reason outcome field value");
    let backups = [
        BackupKind::Daily,
        BackupKind::Weekly,
        BackupKind::Monthly,
        BackupKind::Migration,
        BackupKind::Hand,
        BackupKind::BeforeRestore,
        BackupKind::Saved,
    ];
    assert_eq!(words(&backups, BackupKind::as_str), "daily weekly monthly migration hand before_restore saved");
}

#[test]
fn the_words_of_an_export_are_these() {
    assert_eq!(ExportKind::VARIANTS, ["report", "leads", "calls", "timeline"]);
    assert_eq!(Format::VARIANTS, ["pdf", "xlsx", "csv", "html", "json"]);
    assert_eq!(Paper::VARIANTS, ["a4", "letter"]);
    assert_eq!(Detail::VARIANTS, ["summary", "complete"]);
    assert_eq!(Compare::VARIANTS, ["previous", "year", "none"]);
    assert_eq!(CalendarUnit::VARIANTS, ["week", "month", "quarter", "year"]);
}

/// What is read back is what was written, in both of the ways a word is made.
#[test]
fn a_word_is_one_word_in_json_and_in_sql() {
    for stage in Stage::ALL {
        assert_eq!((Stage::parse(stage.as_str()), json!(stage)), (Some(*stage), json!(stage.as_str())));
    }
    for outcome in Outcome::ALL {
        assert_eq!((Outcome::parse(outcome.as_str()), json!(outcome)), (Some(*outcome), json!(outcome.as_str())));
    }
    for kind in EntryKind::ALL {
        assert_eq!((EntryKind::parse(kind.as_str()), json!(kind)), (Some(*kind), json!(kind.as_str())));
    }
    for kind in RowKind::ALL {
        assert_eq!((RowKind::parse(kind.as_str()), json!(kind)), (Some(*kind), json!(kind.as_str())));
    }
    for need in NeedKind::ALL {
        assert_eq!((need.as_str().parse(), json!(need)), (Ok(*need), json!(need.as_str())));
    }
    for why in GapReason::ALL {
        assert_eq!((GapReason::of(why.as_str()), json!(why)), (*why, json!(why.as_str())));
    }
    for state in GapState::ALL {
        assert_eq!((GapState::of(state.as_str()), json!(state)), (*state, json!(state.as_str())));
    }
    for state in ExportState::ALL {
        assert_eq!((ExportState::of(state.as_str()), json!(state)), (*state, json!(state.as_str())));
    }
    for known in KnownClaim::ALL {
        assert_eq!(
            (ClaimSubject::from(known.as_str()), json!(known)),
            (ClaimSubject::Known(*known), json!(known.as_str()))
        );
    }
    for word in Format::VARIANTS {
        assert_eq!(json!(word.parse::<Format>().unwrap()), json!(word));
    }
}

/// A row that another program wrote must not hide the rest: what is made of it claims the least.
#[test]
fn a_word_in_the_file_that_nobody_knows_claims_the_least() {
    assert_eq!(GapReason::of("flooded"), GapReason::NotListening);
    assert_eq!(GapState::of("forgotten"), GapState::Open);
    assert_eq!(ExportState::of("half"), ExportState::Failed);
}

/// What a list behind a figure says of each row is of the measure; each key is of one of these kinds.
#[test]
fn what_a_list_says_of_its_rows_is_known_of_every_measure() {
    for measure in Measure::ALL {
        let key = measure.key();
        let wanted = match key.split_once('.').unwrap() {
            ("speed", "never") => "unanswered",
            ("speed", "under5_open") => "answer_open",
            ("speed", part) if part.starts_with("open") => "answer_open",
            ("reached", _) => "stage",
            ("sentiment", _) => "sentiment",
            ("calls", "missed_really") => "return",
            ("calls", part) if part.starts_with("return") => "return",
            _ => "answer",
        };
        assert_eq!(json!(measure.detail()), json!(wanted), "{key}");
    }
}

/// Senders claim what they like; in JSON a claim is about one word, whether we know it or not.
#[test]
fn what_a_claim_is_about_is_a_word_in_json() {
    for word in ["lead", "voice_trends.lead", "Lead", "lead reason", ""] {
        let about = ClaimSubject::from(word);
        assert_eq!(json!(about), json!(word));
        assert_eq!(serde_json::from_value::<ClaimSubject>(json!(word)).unwrap(), about, "{word}");
    }
    assert_eq!(ClaimSubject::from("lead"), KnownClaim::Lead);
    assert_eq!(ClaimSubject::from("Lead"), ClaimSubject::Other("Lead".into()));
}

/// A sender's word for how somebody felt, however it is written.
#[test]
fn a_sentiment_is_read_in_any_case() {
    for (word, label) in [
        ("POSITIVE", Some(SentimentLabel::Positive)),
        (" Very Positive ", Some(SentimentLabel::Positive)),
        ("neutral", Some(SentimentLabel::Neutral)),
        ("very negative", Some(SentimentLabel::Negative)),
        ("Mixed", Some(SentimentLabel::Mixed)),
        ("furious", None),
    ] {
        assert_eq!(SentimentLabel::parse(word), label, "{word}");
    }
}

#[test]
fn the_numbers_in_the_file_are_these() {
    let journal = [
        (1, JournalKind::Delivery),
        (2, JournalKind::Action),
        (3, JournalKind::Verified),
        (4, JournalKind::Erased),
        (5, JournalKind::TakenBack),
        (6, JournalKind::Import),
    ];
    for (number, kind) in journal {
        assert_eq!((kind as i64, JournalKind::from_repr(number)), (number, Some(kind)));
    }
    assert_eq!(JournalKind::from_repr(7), None);
    for (number, state) in (1..).zip(DeliveryState::ALL) {
        assert_eq!((state.code(), DeliveryState::of(number)), (number, *state));
    }
    assert_eq!(DeliveryState::of(9), DeliveryState::Quarantined);
    assert_eq!((Trust::Unsigned as i64, Trust::Verified as i64, Trust::Failed as i64), (0, 1, 2));
}
