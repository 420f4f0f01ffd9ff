//! A report made by hand, for tests and for looking at shapes: a month of a small business, counted from its rows by plain
//! loops, so that figures and rows agree. No part of the program.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Duration, NaiveDate, TimeZone, Timelike, Utc};

use leadtrail::figures::measure::{Makes, Measure};
use leadtrail::figures::model::*;
use leadtrail::zone::Tz;

/// The zone of the business.
pub const ZONE: Tz = Tz::NEW_YORK;

/// What a sender may write to harm whoever opens a file.
pub const HOSTILE: [&str; 14] = [
    "=HYPERLINK(\"http://evil.example\",\"Click\")",
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1+1)",
    "\tTabbed",
    "\rReturned",
    "'apostrophe",
    "He said \"no\", twice; then\r\nwent",
    "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "</script><!-- ]]> --> & &amp; {{x}}",
    "nul\u{0}bell\u{7}escape\u{1b}odd\u{fffe}",
    "שלום مرحبا 日本語 🦄 e\u{301}",
    "\u{202e}txt.exe",
    "''=1",
];

/// A month of a small business.
pub fn month() -> (Report, Vec<Row>) {
    let rows = rows(220, false);
    (report(&rows, false), rows)
}

/// The same, with harm in every text a sender or the owner can write.
pub fn hostile() -> (Report, Vec<Row>) {
    let rows = rows(60, true);
    (report(&rows, true), rows)
}

/// A month in which nothing happened.
pub fn empty() -> (Report, Vec<Row>) {
    (report(&[], false), Vec::new())
}

/// So many leads, for sizes.
pub fn many(leads: usize) -> (Report, Vec<Row>) {
    let rows = rows(leads, false);
    (report(&rows, false), rows)
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n.max(1)
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of.get(self.below(of.len() as u64) as usize).copied().unwrap_or_default()
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap_or_default()
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    let local = day.and_time(chrono::NaiveTime::MIN);
    ZONE.from_local_datetime(&local).earliest().map(|at| at.to_utc()).unwrap_or_default()
}

fn rows(leads: usize, hostile: bool) -> Vec<Row> {
    let mut dice = Dice(42);
    let mut rows = Vec::new();
    let start = midnight(day("2026-03-01"));
    for n in 0..leads {
        let erased = n % 40 == 17;
        let mut word = |given: Option<&str>| match given {
            Some(_) if hostile => HOSTILE.get(dice.below(HOSTILE.len() as u64) as usize).map(ToString::to_string),
            given => given.map(ToString::to_string),
        };
        let name = word(Some(&format!("Jordan Example {n}")));
        let tag = word(Some("kitchen"));
        let touch = word([Some("google"), Some("google"), Some("facebook"), Some("referral"), None][n % 5]);
        let campaign = word([Some("Spring kitchens 2026"), Some("Brand"), None][n % 3]);
        let rep = word([Some("Sam"), Some("Alex Morgan"), Some("Kim"), None][n % 4]);
        let reason = word(Some("Price too high"));
        // The days of the month before and after the change to summer time, by day more than by night.
        let at = start
            + Duration::days(dice.below(31) as i64)
            + Duration::minutes(8 * 60 + dice.below(11 * 60) as i64)
            + Duration::seconds(dice.below(60) as i64);
        let stage = dice.pick(&["new", "contacted", "responded", "quoted", "booked", "converted", "lost", "contacted"]);
        let lead_ref = format!("{:032x}", 0x00ab_cdef_u128 * (n as u128 + 7));
        let lead = Row {
            kind: "lead".into(),
            id: lead_ref.clone(),
            lead: 0,
            lead_ref,
            name: if erased { Some("Erased person".into()) } else { name },
            phone: (!erased).then(|| format!("+1404555{:04}", n % 10_000)),
            email: (!erased && n % 2 == 0).then(|| format!("jordan{n}@example.com")),
            at,
            service: Some(["CallRail", "Meera", "Telmetrics"][n % 3].into()),
            rep: if erased { None } else { rep },
            campaign: if erased { None } else { campaign },
            first_touch: if erased { None } else { touch.clone() },
            last_touch: if erased { None } else { touch },
            medium: (!erased).then(|| ["cpc", "organic", "social"][n % 3].into()),
            stage: stage.into(),
            tags: if erased { Vec::new() } else { tag.into_iter().collect() },
            direction: None,
            state: None,
            outcome: None,
            sentiment: None,
            sentiment_origin: None,
            duration_s: None,
            waited_s: None,
            waited_open_s: None,
            estimated_cents: None,
            actual_cents: None,
            revenue_cents: None,
            reason: None,
            erased,
            figures: Vec::new(),
        };
        let spam = n % 19 == 4;
        let test = !spam && n % 37 == 6;
        add_lead(&mut rows, &mut dice, &lead, spam, test);
        add_calls(&mut rows, &mut dice, &lead, spam, test);
        if !spam && !test {
            add_endings(&mut rows, &mut dice, &lead, reason);
        }
    }
    rows.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
    rows
}

fn marked(row: &Row, measures: &[Measure]) -> Vec<String> {
    let mut figures = row.figures.clone();
    figures.extend(measures.iter().map(|measure| measure.key().to_string()));
    figures
}

fn add_lead(rows: &mut Vec<Row>, dice: &mut Dice, lead: &Row, spam: bool, test: bool) {
    use Measure as M;
    let mut row = lead.clone();
    row.figures = marked(&row, &[M::Heard]);
    if spam || test {
        row.figures = marked(&row, &[if spam { M::HeardSpam } else { M::HeardTest }]);
        row.reason = Some(if spam { "spam" } else { "test" }.into());
        rows.push(row);
        return;
    }
    row.figures = marked(&row, &[M::NewLeads, M::ActiveLeads, M::ReachedNew]);
    let far = ["new", "contacted", "responded", "quoted", "booked", "converted"]
        .iter()
        .position(|stage| *stage == row.stage)
        .unwrap_or(1);
    let reached = [M::ReachedContacted, M::ReachedResponded, M::ReachedQuoted, M::ReachedBooked, M::ReachedConverted];
    row.figures = marked(&row, reached.get(..far).unwrap_or_default());
    if row.stage == "lost" {
        row.figures = marked(&row, &[M::StandsLost]);
    }
    let asked = dice.below(10) > 0;
    row.figures = marked(&row, &[if asked { M::Asked } else { M::ReachedOutFirst }]);
    if asked {
        let waited = [20, 200, 600, 2_000, 9_000, 50_000, 100_000][dice.below(7) as usize];
        if dice.below(8) == 0 {
            row.figures = marked(&row, &[M::SpeedNever]);
        } else {
            row.waited_s = Some(waited);
            row.waited_open_s = Some(waited / 3);
            row.figures = marked(&row, &[M::Speed, M::SpeedOpen, bucket(waited, false), bucket(waited / 3, true)]);
            if waited < 300 {
                row.figures = marked(&row, &[M::Under5]);
            }
            if waited / 3 < 300 {
                row.figures = marked(&row, &[M::Under5Open]);
            }
        }
    }
    rows.push(row);
}

fn bucket(seconds: i64, open: bool) -> Measure {
    use Measure as M;
    let clock = [M::SpeedTo1m, M::SpeedTo5m, M::SpeedTo15m, M::SpeedTo1h, M::SpeedTo4h, M::SpeedTo24h, M::SpeedLater];
    let within = [M::OpenTo1m, M::OpenTo5m, M::OpenTo15m, M::OpenTo1h, M::OpenTo4h, M::OpenTo24h, M::OpenLater];
    let at = [60, 300, 900, 3_600, 14_400, 86_400].iter().position(|limit| seconds < *limit).unwrap_or(6);
    if open { within[at] } else { clock[at] }
}

fn add_calls(rows: &mut Vec<Row>, dice: &mut Dice, lead: &Row, spam: bool, test: bool) {
    use Measure as M;
    for n in 0..dice.below(4) {
        let mut row = lead.clone();
        row.kind = "call".into();
        row.id = format!("{}{n:02x}", lead.id.get(..30).unwrap_or_default());
        row.at = lead.at + Duration::minutes(n as i64 * 97);
        row.figures = vec![M::CallsTold.key().into()];
        if spam || test {
            row.figures = marked(&row, &[if spam { M::CallsSpam } else { M::CallsTest }]);
            row.reason = Some(if spam { "spam" } else { "test" }.into());
            rows.push(row);
            continue;
        }
        row.figures = marked(&row, &[M::Calls]);
        let inbound = dice.below(3) > 0;
        row.direction = Some(if inbound { "inbound" } else { "outbound" }.into());
        let answered = dice.below(10) < 7;
        let state = if answered { "completed" } else { dice.pick(&["missed", "abandoned", "voicemail"]) };
        row.state = Some(state.into());
        if answered {
            row.duration_s = Some(dice.below(900) as i64 + 10);
            row.sentiment = Some(dice.pick(&["positive", "neutral", "negative", "mixed"]).into());
            row.sentiment_origin = Some(if n % 2 == 0 { "provider" } else { "estimated" }.into());
            row.figures = marked(&row, &[M::TalkTime, feeling(&row)]);
        }
        if !inbound {
            row.figures = marked(&row, &[M::CallsOut]);
            if answered {
                row.figures = marked(&row, &[M::OutAnswered]);
            }
            rows.push(row);
            continue;
        }
        row.figures = marked(&row, &[M::CallsIn, M::Answerable]);
        let how = match state {
            "missed" => M::Missed,
            "abandoned" => M::Abandoned,
            "voicemail" => M::Voicemail,
            _ => M::Answered,
        };
        row.figures = marked(&row, &[how]);
        if !answered {
            row.figures = marked(&row, &[M::MissedReally]);
            let waited = [600, 1_800, 7_200][dice.below(3) as usize];
            if dice.below(4) == 0 {
                row.figures = marked(&row, &[M::ReturnedNever]);
            } else {
                row.waited_s = Some(waited);
                let when = if waited < 3_600 { M::ReturnedHour } else { M::ReturnedLater };
                row.figures = marked(&row, &[M::Returned, M::ReturnTime, when]);
            }
        }
        rows.push(row);
    }
}

fn feeling(row: &Row) -> Measure {
    use Measure as M;
    match (row.sentiment_origin.as_deref(), row.sentiment.as_deref()) {
        (Some("provider"), Some("positive")) => M::SaidPositive,
        (Some("provider"), Some("neutral")) => M::SaidNeutral,
        (Some("provider"), Some("negative")) => M::SaidNegative,
        (Some("provider"), _) => M::SaidMixed,
        (_, Some("positive")) => M::GuessedPositive,
        (_, Some("neutral")) => M::GuessedNeutral,
        (_, Some("negative")) => M::GuessedNegative,
        _ => M::GuessedMixed,
    }
}

fn add_endings(rows: &mut Vec<Row>, dice: &mut Dice, lead: &Row, reason: Option<String>) {
    use Measure as M;
    let row = |kind: &str, hours: i64| Row {
        kind: kind.into(),
        id: format!("{}{}", lead.id.get(..30).unwrap_or_default(), kind.get(..2).unwrap_or_default()),
        at: lead.at + Duration::hours(hours),
        ..lead.clone()
    };
    if dice.below(2) == 0 {
        let mut text = row("text", 1);
        let inbound = dice.below(2) == 0;
        text.direction = Some(if inbound { "inbound" } else { "outbound" }.into());
        text.figures = marked(&text, &[M::TextsTold, M::Texts, if inbound { M::TextsIn } else { M::TextsOut }]);
        rows.push(text);
    }
    if dice.below(4) == 0 {
        let mut form = row("form", 0);
        form.figures = marked(&form, &[M::FormsTold, M::Forms]);
        rows.push(form);
    }
    if matches!(lead.stage.as_str(), "booked" | "converted" | "quoted") {
        let mut outcome = row("outcome", 2);
        let booked = lead.stage != "quoted";
        outcome.outcome = Some(if booked { "booked" } else { "quoted" }.into());
        outcome.figures = marked(&outcome, &[if booked { M::Booked } else { M::Quoted }]);
        rows.push(outcome);
        let mut money = row("money", 2);
        money.estimated_cents = Some(50_000 + dice.below(900_000) as i64);
        money.figures = marked(&money, &[M::Estimated]);
        if lead.stage == "converted" {
            money.actual_cents = money.estimated_cents.map(|cents| cents - 12_345);
            money.figures = marked(&money, &[M::Actual, M::Earned]);
        }
        rows.push(money);
    }
    if lead.stage == "lost" {
        let mut close = row("close", 3);
        close.reason = if lead.erased { None } else { reason };
        close.figures = marked(&close, &[M::ClosedLost]);
        rows.push(close);
    }
    if dice.below(30) == 0 {
        let mut row = row("disagreement", 3);
        row.reason = Some("CallRail says booked, Telmetrics says quoted".into());
        row.figures = marked(&row, &[M::DisagreeOutcome]);
        rows.push(row);
    }
}

/// The dimension's value of a row, empty where nobody said.
pub fn dimension(row: &Row, name: &str) -> String {
    let local = row.at.with_timezone(&ZONE);
    let said = match name {
        "first_touch" => row.first_touch.clone(),
        "last_touch" => row.last_touch.clone(),
        "touches" => row.first_touch.clone(),
        "campaign" => row.campaign.clone(),
        "medium" => row.medium.clone(),
        "service" => row.service.clone(),
        "rep" => row.rep.clone(),
        "reason" => row.reason.clone(),
        "hour" => Some(format!("{}T{:02}", local.weekday().number_from_monday(), local.hour())),
        "day" => Some(local.date_naive().to_string()),
        _ => None,
    };
    said.unwrap_or_default()
}

fn value_of(row: &Row, measure: Measure) -> i64 {
    match measure {
        Measure::Estimated => row.estimated_cents,
        Measure::Actual => row.actual_cents,
        Measure::Earned => row.actual_cents.or(row.revenue_cents),
        Measure::Revenue => row.revenue_cents,
        Measure::TalkTime => row.duration_s,
        Measure::SpeedOpen => row.waited_open_s,
        _ => row.waited_s,
    }
    .unwrap_or(0)
}

fn cell(rows: &[Row], measure: Measure, by: Option<(&str, &str)>) -> Cell {
    let key = measure.key();
    let mut values: Vec<i64> = rows
        .iter()
        .filter(|row| row.figures.iter().any(|figure| figure == key))
        .filter(|row| by.is_none_or(|(dim, value)| dimension(row, dim) == value))
        .map(|row| value_of(row, measure))
        .collect();
    values.sort_unstable();
    let n = values.len();
    let value = match measure.makes() {
        Makes::Count => Some(n as f64),
        Makes::Sum => (n > 0).then(|| values.iter().sum::<i64>() as f64),
        Makes::Median => values.get(n / 2).map(|value| *value as f64),
    };
    Cell {
        value,
        text: String::new(),
        unit: measure.unit(),
        rows: n as i64,
        of: None,
        figure: match by {
            Some((dim, value)) => format!("{key}@{dim}={value}"),
            None => key.into(),
        },
        of_figure: None,
        was: value.map(|value| (value * 0.9).round()),
        was_rows: Some((n as f64 * 0.9).round() as i64),
        was_text: None,
        change: None,
        hour: None,
    }
}

fn share(part: Cell, whole: &Cell) -> Cell {
    Cell {
        value: (whole.rows > 0).then(|| part.rows as f64 * 100.0 / whole.rows as f64),
        unit: Unit::Percent,
        of: Some(whole.rows),
        of_figure: Some(whole.figure.clone()),
        was: part.value.map(|_| 41.5),
        ..part
    }
}

fn column(key: &str, label: &str, unit: Unit, measure: Measure) -> Column {
    Column { key: key.into(), label: label.into(), unit, measure: measure.key().into() }
}

fn table(key: &str, title: &str, row_label: &str, columns: Vec<Column>, chart: Chart) -> Table {
    Table {
        key: key.into(),
        title: title.into(),
        row_label: row_label.into(),
        columns,
        rows: Vec::new(),
        total: None,
        chart,
        stacked: Vec::new(),
        hours: None,
    }
}

fn section(key: &str, title: &str, note: &str, tables: Vec<Table>) -> Section {
    Section { key: key.into(), title: title.into(), note: note.into(), tables }
}

/// A table of measures by a dimension, with the measures' total.
fn by(rows: &[Row], key: &str, title: &str, dim: (&str, &str), measures: &[Measure], chart: Chart) -> Table {
    let columns = measures.iter().map(|m| column(m.key(), m.label(), m.unit(), *m)).collect();
    let mut table = table(key, title, dim.1, columns, chart);
    let of = |row: &&Row| row.figures.iter().any(|figure| measures.iter().any(|measure| measure.key() == figure));
    let values: BTreeSet<String> = rows.iter().filter(of).map(|row| dimension(row, dim.0)).collect();
    for value in values {
        table.rows.push(TableRow {
            label: if value.is_empty() { "Not told".into() } else { value.clone() },
            text: None,
            cells: measures.iter().map(|measure| cell(rows, *measure, Some((dim.0, &value)))).collect(),
            key: value,
        });
    }
    table.total = Some(TableRow {
        key: "total".into(),
        label: "Total".into(),
        text: None,
        cells: measures.iter().map(|measure| cell(rows, *measure, None)).collect(),
    });
    table
}

fn sections(rows: &[Row]) -> Vec<Section> {
    use Measure as M;
    let whole = cell(rows, M::ReachedNew, None);
    let mut funnel = table(
        "funnel",
        "How far new leads come",
        "Stage",
        vec![
            column("reached", "Leads", Unit::Count, M::ReachedNew),
            column("share", "Of new leads", Unit::Percent, M::ReachedNew),
            column("time", "Median time from the stage before", Unit::Seconds, M::StepContacted),
        ],
        Chart::Funnel,
    );
    for (measure, step) in [
        (M::ReachedNew, None),
        (M::ReachedContacted, Some(M::StepContacted)),
        (M::ReachedResponded, Some(M::StepResponded)),
        (M::ReachedQuoted, Some(M::StepQuoted)),
        (M::ReachedBooked, Some(M::StepBooked)),
        (M::ReachedConverted, Some(M::StepConverted)),
    ] {
        let reached = cell(rows, measure, None);
        funnel.rows.push(TableRow {
            key: measure.key().into(),
            label: measure.label().into(),
            text: None,
            cells: vec![reached.clone(), share(reached, &whole), cell(rows, step.unwrap_or(M::StepContacted), None)],
        });
    }
    let mut speed = table(
        "speed",
        "How fast we answer",
        "Time to first answer",
        vec![
            column("clock", "By the clock", Unit::Count, M::Speed),
            column("open", "In business hours", Unit::Count, M::SpeedOpen),
        ],
        Chart::Columns,
    );
    for (clock, open) in [
        (M::SpeedTo1m, M::OpenTo1m),
        (M::SpeedTo5m, M::OpenTo5m),
        (M::SpeedTo15m, M::OpenTo15m),
        (M::SpeedTo1h, M::OpenTo1h),
        (M::SpeedTo4h, M::OpenTo4h),
        (M::SpeedTo24h, M::OpenTo24h),
        (M::SpeedLater, M::OpenLater),
        (M::SpeedNever, M::SpeedNever),
    ] {
        speed.rows.push(TableRow {
            key: clock.key().into(),
            label: clock.label().into(),
            text: None,
            cells: vec![cell(rows, clock, None), cell(rows, open, None)],
        });
    }
    let mut calls = table(
        "calls",
        "Calls",
        "Calls",
        vec![
            column("n", "Calls", Unit::Count, M::CallsIn),
            column("share", "Of inbound calls", Unit::Percent, M::CallsIn),
        ],
        Chart::Bars,
    );
    let inbound = cell(rows, M::CallsIn, None);
    for measure in [M::Answered, M::Missed, M::Abandoned, M::Voicemail, M::Returned] {
        let n = cell(rows, measure, None);
        calls.rows.push(TableRow {
            key: measure.key().into(),
            label: measure.label().into(),
            text: None,
            cells: vec![n.clone(), share(n, &inbound)],
        });
    }
    let mut feelings = by(
        rows,
        "sentiment_service",
        "How callers felt, as the sender says",
        ("service", "Service"),
        &[M::SaidPositive, M::SaidNeutral, M::SaidNegative, M::SaidMixed],
        Chart::Stacked,
    );
    feelings.stacked = feelings.columns.iter().map(|column| column.key.clone()).collect();
    let touches = [M::NewLeads, M::Answered, M::Booked, M::Earned];
    vec![
        section("funnel", "Funnel", "New leads of the period, by the furthest stage they reached since.", vec![funnel]),
        section("speed", "Speed to lead", "New leads of the period that turned to the business.", vec![speed]),
        section("calls", "Calls, texts and forms", "Calls by when they began.", vec![calls]),
        section(
            "touches",
            "Sources, campaigns and media",
            "First touch is where a lead came from first.",
            vec![
                by(rows, "first_touch", "By first touch", ("first_touch", "First touch"), &touches, Chart::Bars),
                by(rows, "campaign", "By campaign", ("campaign", "Campaign"), &touches, Chart::None),
            ],
        ),
        section(
            "outcomes",
            "Outcomes and money",
            "By when they were said.",
            vec![by(
                rows,
                "money_rep",
                "Money by rep",
                ("rep", "Rep"),
                &[M::Booked, M::Quoted, M::Estimated, M::Actual, M::Earned],
                Chart::Columns,
            )],
        ),
        section("sentiment", "Sentiment", "Calls whose sentiment is known.", vec![feelings]),
        section(
            "reasons",
            "Why journeys closed",
            "By when they closed.",
            vec![by(rows, "reasons", "Lost", ("reason", "Reason"), &[M::ClosedLost], Chart::Bars)],
        ),
        section("heatmap", "When calls come", "Calls by the local hour they began in.", vec![heat(rows)]),
        section(
            "reps",
            "Reps",
            "A rep is whoever the lead was given to, else the agent the sender names.",
            vec![by(
                rows,
                "reps",
                "Reps",
                ("rep", "Rep"),
                &[M::NewLeads, M::Speed, M::Calls, M::Answered, M::TalkTime, M::Booked, M::Earned],
                Chart::None,
            )],
        ),
        section(
            "disagreements",
            "Where services disagree",
            "Both are shown.",
            vec![by(rows, "disagreements", "Outcomes", ("service", "Service"), &[M::DisagreeOutcome], Chart::None)],
        ),
    ]
}

fn heat(rows: &[Row]) -> Table {
    let columns = (0..24).map(|hour| column(&format!("h{hour:02}"), &hour.to_string(), Unit::Count, Measure::Calls));
    let mut table = table("heatmap", "Calls by weekday and hour", "Weekday", columns.collect(), Chart::Heat);
    for (n, label) in ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].iter().enumerate() {
        let cells = (0..24)
            .map(|hour| {
                let key = format!("{}T{hour:02}", n + 1);
                cell(rows, Measure::Calls, Some(("hour", &key)))
            })
            .collect();
        table.rows.push(TableRow { key: (n + 1).to_string(), label: (*label).into(), text: None, cells });
    }
    table.hours = Some(HoursShown::of(&table.rows));
    table
}

fn headline(rows: &[Row], key: &str, label: &str, measure: Measure, good: &str) -> Headline {
    let series = (0..31)
        .map(|n| {
            let day = day("2026-03-01") + Duration::days(n);
            Point { day, value: cell(rows, measure, Some(("day", &day.to_string()))).value }
        })
        .collect();
    Headline {
        key: key.into(),
        label: label.into(),
        cell: cell(rows, measure, None),
        good: good.into(),
        better: None,
        series,
    }
}

fn sum(rows: &[Row], key: &str, label: &str, total: Measure, parts: &[(&str, Measure)]) -> Sum {
    Sum {
        key: key.into(),
        label: label.into(),
        total: cell(rows, total, None),
        parts: parts
            .iter()
            .map(|(label, measure)| SumPart { label: (*label).into(), cell: cell(rows, *measure, None) })
            .collect(),
    }
}

fn changed(row: &Row, what: &str) -> ChangedRow {
    ChangedRow { what: what.into(), text: leadtrail::figures::words::row_text(row, ZONE, "USD"), row: row.clone() }
}

fn report(rows: &[Row], hostile: bool) -> Report {
    use Measure as M;
    let period = |from: &str, to: &str| Period {
        from: day(from),
        to: day(to),
        starts_at: midnight(day(from)),
        ends_at: midnight(day(to) + Duration::days(1)),
    };
    let made_at = midnight(day("2026-04-01")) + Duration::hours(7);
    let mut kinds: BTreeMap<String, i64> = BTreeMap::new();
    for row in rows {
        *kinds.entry(row.kind.clone()).or_default() += 1;
    }
    let answered = share(cell(rows, M::Answered, None), &cell(rows, M::Answerable, None));
    let mut answered_line = headline(rows, "answered", "Calls answered", M::Answered, "up");
    answered_line.cell = answered;
    for point in &mut answered_line.series {
        let on = point.day.to_string();
        let of = |measure| cell(rows, measure, Some(("day", &on)));
        point.value = share(of(M::Answered), &of(M::Answerable)).value;
    }
    let evil = |word: &str, n: usize| if hostile { HOSTILE[n].to_string() } else { word.to_string() };
    let mut report = Report {
        name: "overview".into(),
        title: "Overview".into(),
        manifest: Manifest {
            business: evil("Northgate Homes", 8),
            period: period("2026-03-01", "2026-03-31"),
            compared: Some(period("2026-02-01", "2026-02-28")),
            compared_words: Some("the month before".into()),
            time_zone: ZONE.name().into(),
            currency: "USD".into(),
            filters: Filters {
                rep: hostile.then(|| evil("", 0)),
                campaign: hostile.then(|| evil("", 1)),
                ..Filters::default()
            },
            as_of: made_at,
            as_of_asked: false,
            made_at,
            program: env!("CARGO_PKG_VERSION").into(),
            projection_version: 4,
            hours: ["09:00–17:00"; 5].map(String::from).into_iter().chain([String::new(), String::new()]).collect(),
            holidays: vec![day("2026-12-25")],
            test_numbers: 1,
            rows: kinds,
            sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
            changed: rows.first().map(|row| Changed {
                since: made_at - Duration::days(1),
                was: "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752".into(),
                added: 1,
                changed: 1,
                gone: 0,
                rows: rows
                    .iter()
                    .take(2)
                    .zip(["added", "changed"])
                    .map(|(row, what)| changed(row, what))
                    .chain(std::iter::once(changed(row, "added")))
                    .take(2)
                    .collect(),
            }),
            notes: vec![evil("An import taken back on 2 April is not in these figures.", 9)],
        },
        headlines: vec![
            headline(rows, "new_leads", "New leads", M::NewLeads, "up"),
            answered_line,
            headline(rows, "speed", "Median time to first answer", M::Speed, "down"),
            headline(rows, "booked", "Outcome booked", M::Booked, "up"),
            headline(rows, "revenue", "Revenue", M::Earned, "up"),
        ],
        sums: vec![
            sum(
                rows,
                "leads",
                "people heard from first",
                M::Heard,
                &[("counted", M::NewLeads), ("spam", M::HeardSpam), ("test", M::HeardTest)],
            ),
            sum(
                rows,
                "calls",
                "calls",
                M::CallsTold,
                &[("counted", M::Calls), ("spam", M::CallsSpam), ("test", M::CallsTest), ("told again", M::CallsAgain)],
            ),
            sum(
                rows,
                "texts",
                "texts",
                M::TextsTold,
                &[("counted", M::Texts), ("spam", M::TextsSpam), ("test", M::TextsTest)],
            ),
            sum(
                rows,
                "forms",
                "forms",
                M::FormsTold,
                &[("counted", M::Forms), ("spam", M::FormsSpam), ("test", M::FormsTest)],
            ),
        ],
        sections: sections(rows),
        measures: M::ALL.iter().map(|measure| (measure.key().to_string(), measure.words())).collect(),
    };
    leadtrail::figures::words::write(&mut report);
    report
}
