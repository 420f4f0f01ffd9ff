//! The sections of a report.

use super::ReportError;
use super::dimension::{DISAGREED, Dimension, FELT, MONEY, OF_DAYS, OUTCOMES};
use super::measure::Measure as M;
use super::model::{Cell, Chart, HoursShown, Period, Section, Table, TableRow, Unit};
use super::tables::{Book, By, RowFilter, Shows, column, days_of, lines};

/// Names of sections with their headings, in the order of a page.
pub const SECTIONS: [(&str, &str); 10] = [
    ("funnel", "Where leads get to"),
    ("speed", "How fast we answer"),
    ("calls", "Calls, texts and forms"),
    ("heatmap", "When they call"),
    ("touches", "Where leads come from"),
    ("outcomes", "Outcomes and money"),
    ("sentiment", "How callers felt"),
    ("reasons", "Why leads closed"),
    ("reps", "Who looks after leads"),
    ("disagreements", "Where services disagree"),
];

/// The whole report's name and heading.
pub const OVERVIEW: (&str, &str) = ("overview", "Overview");

/// The heading of a report.
///
/// # Errors
/// [`ReportError::NotFound`] when there is no report of that name.
pub fn title(name: &str) -> Result<&'static str, ReportError> {
    let known = std::iter::once(&OVERVIEW).chain(&SECTIONS).find(|(known, _)| *known == name);
    known.map(|(_, title)| *title).ok_or(ReportError::NotFound("There is no such report."))
}

pub(super) fn section(key: &str, book: &Book<'_>, period: &Period) -> Option<Section> {
    let (key, title) = *SECTIONS.iter().find(|(name, _)| *name == key)?;
    let (note, tables) = match key {
        "funnel" => (
            "New leads of the period, by the stages they got to until now. A stage stays when another outcome is given later.",
            funnel(book),
        ),
        "speed" => ("New leads of the period that turned to the business, until the first answer.", speed(book)),
        "calls" => ("By when a call began, or a text or form was sent.", calls(book, period)),
        "heatmap" => ("Inbound calls by weekday and hour of the clock in the report's time zone.", vec![heat(book)]),
        "touches" => {
            ("New leads by when they were first heard from; outcomes and money by when they were given.", touches(book))
        }
        "outcomes" => ("What stands on leads, by when it was given.", outcomes(book)),
        "sentiment" => ("Calls of the period. What a service says and what is estimated stand apart.", sentiment(book)),
        "reasons" => {
            ("Leads that closed in the period and still are, in the words of whoever closed them.", reasons(book))
        }
        "reps" => (
            "Of leads: who they were given to, else the agent named last. Of calls and texts: the agent on them.",
            vec![reps(book)],
        ),
        _ => ("What two services say differently about the same lead or call.", disagreements(book)),
    };
    Some(Section { key: key.into(), title: title.into(), note: note.into(), tables })
}

fn count(label: &str, measure: M) -> super::model::Column {
    column("count", label, Unit::Count, measure)
}

fn funnel(book: &Book<'_>) -> Vec<Table> {
    let steps = [
        ("new", "New", M::ReachedNew, None),
        ("contacted", "Got to contacted", M::ReachedContacted, Some((M::ReachedNew, M::StepContacted))),
        ("responded", "Got to responded", M::ReachedResponded, Some((M::ReachedContacted, M::StepResponded))),
        ("quoted", "Got to quoted", M::ReachedQuoted, Some((M::ReachedResponded, M::StepQuoted))),
        ("booked", "Got to booked", M::ReachedBooked, Some((M::ReachedQuoted, M::StepBooked))),
        ("converted", "Got to converted", M::ReachedConverted, Some((M::ReachedBooked, M::StepConverted))),
    ];
    let rows = steps
        .into_iter()
        .map(|(key, label, reached, before)| {
            let cells = match before {
                None => {
                    let none = |unit| Cell { value: None, was: None, unit, ..book.cell(reached, RowFilter::All) };
                    vec![book.cell(reached, RowFilter::All), none(Unit::Percent), none(Unit::Seconds)]
                }
                Some((before, step)) => vec![
                    book.cell(reached, RowFilter::All),
                    book.percent(reached, before, RowFilter::All),
                    book.cell(step, RowFilter::All),
                ],
            };
            (key, label, cells)
        })
        .collect();
    let columns = vec![
        column("reached", "Leads", Unit::Count, M::ReachedNew),
        column("share", "Of the step before", Unit::Percent, M::ReachedContacted),
        column("time", "Median time from the step before", Unit::Seconds, M::StepContacted),
    ];
    let closed = [
        ("lost", "Lost", M::StandsLost),
        ("unreachable", "Unreachable", M::StandsUnreachable),
        ("do_not_contact", "Do not contact", M::StandsDnc),
    ];
    let closed = closed.into_iter().map(|(key, label, m)| (key, label, vec![book.cell(m, RowFilter::All)])).collect();
    vec![
        lines("funnel", "Where leads get to", "Stage", columns, rows, Chart::Funnel),
        lines("closed_now", "Closed by now", "Stage", vec![count("Leads", M::StandsLost)], closed, Chart::None),
    ]
}

fn speed(book: &Book<'_>) -> Vec<Table> {
    let buckets = [
        ("to_1m", "< 1 min", M::SpeedTo1m, M::OpenTo1m),
        ("to_5m", "1–5 min", M::SpeedTo5m, M::OpenTo5m),
        ("to_15m", "5–15 min", M::SpeedTo15m, M::OpenTo15m),
        ("to_1h", "15–60 min", M::SpeedTo1h, M::OpenTo1h),
        ("to_4h", "1–4 h", M::SpeedTo4h, M::OpenTo4h),
        ("to_24h", "4–24 h", M::SpeedTo24h, M::OpenTo24h),
        ("later", "Later", M::SpeedLater, M::OpenLater),
        ("never", "Never", M::SpeedNever, M::SpeedNever),
    ];
    let rows = buckets
        .into_iter()
        .map(|(key, label, clock, open)| {
            (key, label, vec![book.cell(clock, RowFilter::All), book.cell(open, RowFilter::All)])
        })
        .collect();
    let clock = |label: &str| column("clock", label, Unit::Count, M::SpeedTo1m);
    let open = |label: &str| column("open", label, Unit::Count, M::OpenTo1m);
    let summary = vec![
        ("median", "Median", vec![book.cell(M::Speed, RowFilter::All), book.cell(M::SpeedOpen, RowFilter::All)]),
        ("p90", "Nine of ten within", vec![book.p90(M::Speed, RowFilter::All), book.p90(M::SpeedOpen, RowFilter::All)]),
        (
            "under5",
            "Within 5 minutes",
            vec![
                book.percent(M::Under5, M::Asked, RowFilter::All),
                book.percent(M::Under5Open, M::Asked, RowFilter::All),
            ],
        ),
    ];
    let columns = || vec![clock("By the clock"), open("In business hours")];
    let seconds = columns().into_iter().map(|c| super::model::Column { unit: Unit::Seconds, ..c }).collect();
    vec![
        lines("speed", "Time to the first answer", "Waited", columns(), rows, Chart::Columns),
        lines("speed_summary", "In short", "Figure", seconds, summary, Chart::None),
    ]
}

fn calls(book: &Book<'_>, period: &Period) -> Vec<Table> {
    let all = |measure| vec![book.cell(measure, RowFilter::All)];
    let inbound = vec![
        ("answered", "Answered", all(M::Answered)),
        ("missed", "Missed", all(M::Missed)),
        ("abandoned", "Abandoned", all(M::Abandoned)),
        ("voicemail", "Voicemail", all(M::Voicemail)),
        ("open", "Not over", all(M::CallsOpen)),
        ("other", "Not told how", all(M::CallsOther)),
    ];
    let rescue = vec![
        ("within_hour", "Within the hour", all(M::ReturnedHour)),
        ("later", "Later", all(M::ReturnedLater)),
        ("never", "Never", all(M::ReturnedNever)),
    ];
    let summary = vec![
        ("in", "Inbound calls", all(M::CallsIn)),
        (
            "answer_rate",
            "Answered, of those answered or missed",
            vec![book.percent(M::Answered, M::Answerable, RowFilter::All)],
        ),
        ("missed_really", "Missed in the end", all(M::MissedReally)),
        ("returned", "Returned, of those missed", vec![book.percent(M::Returned, M::MissedReally, RowFilter::All)]),
        ("return_time", "Median time to return", all(M::ReturnTime)),
        ("after_miss", "Earned after a missed call", all(M::EarnedAfterMiss)),
        ("out", "Outbound calls", all(M::CallsOut)),
        ("out_rate", "Outbound, answered", vec![book.percent(M::OutAnswered, M::CallsOut, RowFilter::All)]),
        ("talk_time", "Median length of answered calls", all(M::TalkTime)),
        ("texts_in", "Texts received", all(M::TextsIn)),
        ("texts_out", "Texts sent", all(M::TextsOut)),
        ("forms", "Forms", all(M::Forms)),
        ("active", "Active leads", all(M::ActiveLeads)),
    ];
    let shown = &OF_DAYS[..10];
    let by_day = Table {
        key: "by_day".into(),
        title: "Day by day".into(),
        row_label: "Day".into(),
        columns: shown.iter().map(|m| column(m.key(), m.label(), m.unit(), *m)).collect(),
        rows: days_of(period)
            .map(|day| TableRow {
                key: day.to_string(),
                label: day.to_string(),
                text: None,
                cells: shown.iter().map(|m| book.cell(*m, RowFilter::Day(day))).collect(),
            })
            .collect(),
        total: Some(TableRow {
            key: "total".into(),
            label: "Total".into(),
            text: None,
            cells: shown.iter().map(|m| book.cell(*m, RowFilter::All)).collect(),
        }),
        chart: Chart::Columns,
        stacked: Vec::new(),
        hours: None,
    };
    vec![
        lines("calls_in", "How inbound calls ended", "Inbound", vec![count("Calls", M::CallsIn)], inbound, Chart::Bars),
        lines(
            "rescue",
            "Missed calls, rescued",
            "Called back",
            vec![count("Calls", M::MissedReally)],
            rescue,
            Chart::Bars,
        ),
        lines("activity", "In short", "Figure", vec![count("Figure", M::CallsIn)], summary, Chart::None),
        by_day,
    ]
}

fn heat(book: &Book<'_>) -> Table {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let cell = |weekday: usize, hour: usize| {
        book.cell(M::CallsIn, RowFilter::By(Dimension::Hour, &format!("{}T{hour:02}", weekday + 1)))
    };
    let rows: Vec<TableRow> = DAYS
        .into_iter()
        .enumerate()
        .map(|(index, day)| TableRow {
            key: (index + 1).to_string(),
            label: day.into(),
            text: None,
            cells: (0..24).map(|hour| cell(index, hour)).collect(),
        })
        .collect();
    Table {
        hours: Some(HoursShown::of(&rows)),
        key: "heatmap".into(),
        title: "When they call".into(),
        row_label: "Weekday".into(),
        columns: (0..24)
            .map(|hour| column(&format!("h{hour:02}"), &hour.to_string(), Unit::Count, M::CallsIn))
            .collect(),
        rows,
        total: None,
        chart: Chart::Heat,
        stacked: Vec::new(),
    }
}

fn touches(book: &Book<'_>) -> Vec<Table> {
    let shows = || {
        let outcomes = OUTCOMES.into_iter().map(Shows::Is);
        let money = MONEY.map(Shows::Is);
        std::iter::once(Shows::Is(M::NewLeads)).chain(outcomes).chain(money).chain([Shows::PerLead]).collect()
    };
    let by = |key, title, row_label, dimension| By {
        key,
        title,
        row_label,
        dimension,
        shows: shows(),
        chart: Chart::Stacked,
        stacked: OUTCOMES[..5].to_vec(),
        total: true,
    };
    vec![
        by("first_touch", "By first touch", "Came from first", Dimension::FirstTouch).table(book),
        by("last_touch", "By last touch", "Came from last", Dimension::LastTouch).table(book),
        by("campaign", "By campaign", "Campaign", Dimension::Campaign).table(book),
        by("medium", "By medium", "Medium", Dimension::Medium).table(book),
        By {
            key: "touches",
            title: "From first to last touch",
            row_label: "First → last",
            dimension: Dimension::Touches,
            shows: vec![Shows::Is(M::NewLeads)],
            chart: Chart::Bars,
            stacked: Vec::new(),
            total: true,
        }
        .table(book),
    ]
}

fn outcomes(book: &Book<'_>) -> Vec<Table> {
    let rows = OUTCOMES
        .into_iter()
        .map(|measure| {
            let key = measure.key().trim_start_matches("outcome.");
            let money = MONEY.map(|money| book.cell(money, RowFilter::By(Dimension::Outcome, key)));
            (key, measure.label(), std::iter::once(book.cell(measure, RowFilter::All)).chain(money).collect())
        })
        .chain(std::iter::once(("", "No outcome", {
            // Nobody's outcome is counted nowhere; the figure says so too, and opens nothing.
            let none = Cell { value: None, was: None, ..book.cell(M::Booked, RowFilter::By(Dimension::Outcome, "")) };
            let money = MONEY.map(|money| book.cell(money, RowFilter::By(Dimension::Outcome, "")));
            std::iter::once(none).chain(money).collect()
        })))
        .collect();
    let columns = vec![
        count("Leads", M::Booked),
        column("estimated", "Estimated", Unit::Cents, M::Estimated),
        column("actual", "Actually received", Unit::Cents, M::Actual),
        column("revenue", "Revenue as told", Unit::Cents, M::Revenue),
        column("earned", "Revenue", Unit::Cents, M::Earned),
    ];
    let shows = || {
        let money = MONEY.map(Shows::Is);
        OUTCOMES.into_iter().map(Shows::Is).chain(money).collect()
    };
    let by = |key, title, row_label, dimension| By {
        key,
        title,
        row_label,
        dimension,
        shows: shows(),
        chart: Chart::Stacked,
        stacked: OUTCOMES[..5].to_vec(),
        total: true,
    };
    vec![
        lines("outcomes", "Outcomes and money", "Outcome", columns, rows, Chart::Bars),
        by("outcomes_by_service", "By service", "Service", Dimension::Service).table(book),
        by("outcomes_by_rep", "By rep", "Rep", Dimension::Rep).table(book),
    ]
}

fn sentiment(book: &Book<'_>) -> Vec<Table> {
    let by = |key, title, row_label, dimension| By {
        key,
        title,
        row_label,
        dimension,
        shows: FELT.into_iter().map(Shows::Is).collect(),
        chart: Chart::Stacked,
        stacked: FELT[..4].to_vec(),
        total: true,
    };
    vec![
        by("sentiment_by_service", "By service", "Service", Dimension::Service).table(book),
        by("sentiment_by_rep", "By rep", "Rep", Dimension::Rep).table(book),
    ]
}

fn reasons(book: &Book<'_>) -> Vec<Table> {
    let by = |key, title, measure| By {
        key,
        title,
        row_label: "Reason",
        dimension: Dimension::Reason,
        shows: vec![Shows::Is(measure)],
        chart: Chart::Bars,
        stacked: Vec::new(),
        total: true,
    };
    vec![
        by("closed_lost", "Lost", M::ClosedLost).table(book),
        by("closed_unreachable", "Unreachable", M::ClosedUnreachable).table(book),
        by("closed_do_not_contact", "Do not contact", M::ClosedDnc).table(book),
    ]
}

fn reps(book: &Book<'_>) -> Table {
    let shows = vec![
        Shows::Is(M::NewLeads),
        Shows::Is(M::Speed),
        Shows::P90("p90", M::Speed),
        Shows::Percent("under5", "Answered within 5 minutes", M::Under5, M::Asked),
        Shows::Is(M::CallsIn),
        Shows::Is(M::Answered),
        Shows::Is(M::MissedReally),
        Shows::Is(M::ReturnTime),
        Shows::Is(M::CallsOut),
        Shows::Is(M::TalkTime),
        Shows::Is(M::TextsIn),
        Shows::Is(M::TextsOut),
        Shows::Is(M::Booked),
        Shows::Is(M::Earned),
    ];
    By {
        key: "reps",
        title: "By rep",
        row_label: "Rep",
        dimension: Dimension::Rep,
        shows,
        chart: Chart::None,
        stacked: Vec::new(),
        total: true,
    }
    .table(book)
}

fn disagreements(book: &Book<'_>) -> Vec<Table> {
    let rows = DISAGREED
        .into_iter()
        .map(|measure| (measure.key(), measure.label(), vec![book.cell(measure, RowFilter::All)]))
        .collect();
    let by = By {
        key: "disagreements_by_service",
        title: "By services",
        row_label: "Services",
        dimension: Dimension::Service,
        shows: DISAGREED.into_iter().map(Shows::Is).collect(),
        chart: Chart::None,
        stacked: Vec::new(),
        total: true,
    };
    let table = lines(
        "disagreements",
        "What they disagree about",
        "About",
        vec![count("Times", M::DisagreeOutcome)],
        rows,
        Chart::Bars,
    );
    vec![table, by.table(book)]
}
