//! One question put to the program and to the slow way, and every difference between the two answers.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Months, NaiveDate, Utc};
use leadtrail::figures::measure::Measure;
use leadtrail::figures::model::{Cell, Filters, Headline, Report, Row, SumPart, Unit};
use leadtrail::figures::{self, Compare, Question};
use leadtrail::settings::Business;
use leadtrail::store::Store;
use leadtrail::zone::Tz;

use super::journal::Person;
use super::reference_counts::{Ask, Figure, Item, Part, Waits, figure, ninetieth, part};
use super::reference_periods::{a_year_before, days_before};

/// A file as it was known at some moment.
pub struct Known<'a> {
    pub store: &'a Store,
    pub people: &'a [Person],
    pub services: &'a HashMap<i64, String>,
    /// The place of the person an event is of.
    pub of_event: HashMap<&'a str, usize>,
    pub waits: Waits,
    pub as_of: Option<DateTime<Utc>>,
    pub now: DateTime<Utc>,
}

impl<'a> Known<'a> {
    pub fn new(
        store: &'a Store,
        people: &'a [Person],
        services: &'a HashMap<i64, String>,
        as_of: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Known<'a> {
        let of_event = people
            .iter()
            .enumerate()
            .flat_map(|(index, person)| person.events.iter().map(move |event| (event.as_str(), index)))
            .collect();
        Known { store, people, services, of_event, waits: Waits::default(), as_of, now }
    }
}

/// A question.
#[derive(Debug, Clone)]
pub struct Case {
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub zone: Tz,
    pub compare: Compare,
    pub filters: Filters,
    pub business: Business,
    /// The number of hours, holidays and zone together.
    pub hours: usize,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Seen {
    pub cells: usize,
    pub lists: usize,
    pub listed: usize,
    /// Measures that some cell with rows showed.
    pub shown: BTreeSet<&'static str>,
    pub dimensions: BTreeSet<String>,
}

/// What a cell makes of its figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Worth {
    /// The figure, or its share of another.
    Itself,
    /// What nine of ten values are not above.
    Ninetieth,
    /// What was earned, by new leads of the same part; whole cents.
    PerLead,
    Nothing,
}

/// Both answers, side by side.
struct Both<'a> {
    known: &'a Known<'a>,
    case: &'a Case,
    question: Question,
    report: Report,
    now: Vec<Item>,
    then: Option<Vec<Item>>,
    sorted: Sorted,
    wrong: Vec<String>,
    seen: Seen,
}

/// Values of a measure by a dimension, now or then, each sorted once.
type Sorted = HashMap<(Measure, String, bool), HashMap<Part, Figure>>;

/// Asks both and answers what differs.
pub fn check(known: &Known<'_>, case: &Case, chance: &mut fastrand::Rng, many_lists: bool) -> Result<Seen, String> {
    let question = Question {
        name: "overview".into(),
        from: case.from,
        to: case.to,
        zone: case.zone,
        unit: None,
        compare: case.compare,
        filters: case.filters.clone(),
        as_of: known.as_of,
        business: case.business.clone(),
        business_name: "The town".into(),
    };
    let mut rows: Vec<Row> = Vec::new();
    let report = known
        .store
        .read_blocking(|c| {
            Ok(figures::stream::<figures::ReportError>(c, &question, known.now, &mut |row: &Row| {
                rows.push(row.clone());
                Ok(())
            }))
        })
        .unwrap()
        .map_err(|error| format!("no report: {error}"))?;
    let ask = |from, to| Ask {
        from,
        to,
        zone: case.zone,
        filters: &case.filters,
        business: &case.business,
        services: known.services,
        waits: &known.waits,
        hours: case.hours,
    };
    let now = ask(case.from, case.to).items(known.people);
    let then = report.manifest.compared.map(|period| ask(period.from, period.to).items(known.people));
    let (sorted, wrong, seen) = (Sorted::new(), Vec::new(), Seen::default());
    let mut both = Both { known, case, question, report, now, then, sorted, wrong, seen };
    both.periods();
    both.rows(&rows);
    both.cells(chance, many_lists);
    both.headlines();
    both.parts_are_complete();
    if both.wrong.is_empty() {
        return Ok(both.seen);
    }
    let many = both.wrong.len();
    both.wrong.truncate(12);
    Err(format!("as of {:?} {case:?}\n{many} differences:\n{}", known.as_of, both.wrong.join("\n")))
}

impl Both<'_> {
    fn must(&mut self, right: bool, wrong: impl FnOnce() -> String) {
        if !right {
            self.wrong.push(wrong());
        }
    }

    fn periods(&mut self) {
        let manifest = self.report.manifest.clone();
        let (from, to) = (self.case.from, self.case.to);
        let expected = match self.case.compare {
            Compare::None => None,
            Compare::Previous => Some(days_before(from, to)),
            Compare::Year => Some((from - Months::new(12), a_year_before(from, to))),
        };
        let compared = manifest.compared.map(|period| (period.from, period.to));
        self.must(compared == expected, || format!("compared with {compared:?}, not {expected:?}"));
        for period in [Some(manifest.period), manifest.compared].into_iter().flatten() {
            let day = |at: DateTime<Utc>| at.with_timezone(&self.case.zone).date_naive();
            let moment = chrono::TimeDelta::microseconds(1);
            let right = day(period.starts_at) >= period.from
                && day(period.starts_at - moment) < period.from
                && day(period.ends_at) > period.to
                && day(period.ends_at - moment) <= period.to;
            self.must(right, || format!("{period:?} does not begin and end with its days"));
        }
    }

    /// Row by row: the same things count, each in the same figures.
    fn rows(&mut self, rows: &[Row]) {
        type Key = (String, usize, DateTime<Utc>, Vec<String>, Vec<String>);
        let mut count: BTreeMap<Key, i64> = BTreeMap::new();
        let mut ids = BTreeSet::new();
        for row in rows {
            let Some(person) = self.known.of_event.get(row.lead_ref.as_str()).copied() else {
                self.wrong.push(format!("a row of nobody known: {row:?}"));
                continue;
            };
            let is = &self.known.people[person].folded.lead;
            self.must(ids.insert(&row.id), || format!("two rows with the id {}", row.id));
            let hidden = row.name.as_deref() == Some("Erased person") && row.phone.is_none() && row.email.is_none();
            self.must(row.erased == is.erased && (!is.erased || hidden), || format!("erased, and says so: {row:?}"));
            self.must(row.stage == is.stage.as_str() && row.tags == is.tags, || format!("stands elsewhere: {row:?}"));
            let mut figures = row.figures.clone();
            figures.sort();
            *count.entry((row.kind.clone(), person, row.at, figures, said(row))).or_default() += 1;
        }
        for item in &self.now {
            let mut figures: Vec<String> = item.counts.keys().map(|measure| measure.key().to_string()).collect();
            figures.sort();
            let person = &self.known.people[item.person];
            let part = |dimension: &str| match item.part(dimension, self.case.zone, person) {
                Part::Words(words) => words,
                _ => String::new(),
            };
            let mut said: Vec<String> = ["campaign", "first_touch", "last_touch", "medium", "rep"].map(part).to_vec();
            said.push(if item.kind == "close" { String::new() } else { part("service") });
            for measure in [Measure::Estimated, Measure::Actual, Measure::Revenue] {
                said.push(item.counts.get(&measure).map(i64::to_string).unwrap_or_default());
            }
            *count.entry((item.kind.to_string(), item.person, item.at, figures, said)).or_default() -= 1;
        }
        for ((kind, person, at, figures, said), count) in count {
            let who = &self.known.people[person].earliest;
            let side = if count > 0 { "only the program has" } else { "only the slow way has" };
            self.must(count == 0, || format!("{side} {kind} of {who} at {at}: {figures:?} {said:?}"));
        }
    }

    /// What a figure's id comes to, now or then.
    fn figure(&mut self, id: &str, then: bool) -> Result<Figure, String> {
        let (key, dimension) = id.split_once('@').map_or((id, None), |(key, rest)| (key, rest.split_once('=')));
        let measure = Measure::parse(key).ok_or_else(|| format!("no measure: {id}"))?;
        let items = if then { self.then.as_deref().unwrap_or(&[]) } else { &self.now };
        let (dimension, value) = dimension.unwrap_or_default();
        let sorted = self.sorted.entry((measure, dimension.to_string(), then)).or_insert_with(|| {
            let mut parts: HashMap<Part, Vec<&Item>> = HashMap::new();
            for item in items.iter().filter(|item| item.counts.contains_key(&measure)) {
                let part = item.part(dimension, self.case.zone, &self.known.people[item.person]);
                parts.entry(part).or_default().push(item);
            }
            parts.into_iter().map(|(part, items)| (part, figure(items.into_iter(), measure))).collect()
        });
        let found = sorted.get(&part(dimension, value)).cloned();
        Ok(found.unwrap_or_else(|| figure(std::iter::empty(), measure)))
    }

    fn cells(&mut self, chance: &mut fastrand::Rng, many_lists: bool) {
        let report = self.report.clone();
        let mut cells: Vec<(String, Worth, Cell)> = Vec::new();
        for headline in &report.headlines {
            cells.push((format!("headline {}", headline.key), Worth::Itself, headline.cell.clone()));
        }
        for sum in &report.sums {
            let parts: i64 = sum.parts.iter().map(|part| part.cell.rows).sum();
            self.must(sum.total.rows == parts, || format!("{}: {} is not {parts}", sum.key, sum.total.rows));
            cells.push((format!("sum {}", sum.key), Worth::Itself, sum.total.clone()));
            let part = |p: &SumPart| (format!("sum {} {}", sum.key, p.label), Worth::Itself, p.cell.clone());
            cells.extend(sum.parts.iter().map(part));
        }
        let mut keys = BTreeSet::new();
        for table in report.sections.iter().flat_map(|section| &section.tables) {
            self.must(keys.insert(&table.key), || format!("two tables {}", table.key));
            let rows: BTreeSet<&String> = table.rows.iter().map(|row| &row.key).collect();
            self.must(rows.len() == table.rows.len(), || format!("two rows of one key in {}", table.key));
            for row in table.rows.iter().chain(&table.total) {
                self.must(row.cells.len() == table.columns.len(), || format!("a ragged row in {}", table.key));
                for (cell, column) in row.cells.iter().zip(&table.columns) {
                    let place = format!("table {} row {} column {}", table.key, row.key, column.key);
                    let measure = cell.figure.split('@').next().unwrap_or_default();
                    self.must(report.measures.contains_key(measure), || format!("{place}: {measure} without words"));
                    let worth = match (table.key.as_str(), row.key.as_str(), column.key.as_str()) {
                        // Nothing comes before the first stage.
                        ("funnel", "new", "share" | "time") => Worth::Nothing,
                        (_, _, "per_lead") => Worth::PerLead,
                        (_, row, column) if row.contains("p90") || column.contains("p90") => Worth::Ninetieth,
                        _ => Worth::Itself,
                    };
                    cells.push((place, worth, cell.clone()));
                }
            }
        }
        // Of lists without rows there are many.
        let listed: Vec<usize> = (0..cells.len()).filter(|index| cells[*index].2.rows > 0 || index % 40 == 0).collect();
        let lists =
            (0..if many_lists { 80 } else { 4 }).map(|_| listed[chance.usize(0..listed.len())]).collect::<Vec<_>>();
        for (place, worth, cell) in &cells {
            if let Err(wrong) = self.cell(cell, *worth) {
                self.wrong.push(format!("{place} ({}): {wrong}", cell.figure));
            }
        }
        self.seen.cells = cells.len();
        for index in lists {
            let (place, _, cell) = &cells[index];
            let mut asked = vec![(&cell.figure, false, Some(cell.rows))];
            asked.extend(cell.of_figure.as_ref().filter(|_| chance.bool()).map(|of| (of, false, cell.of)));
            if self.then.is_some() && chance.bool() {
                asked.push((&cell.figure, true, cell.was_rows));
            }
            for (figure, compared, rows) in asked {
                if let Err(wrong) = self.list(figure, compared, rows.unwrap_or(0), chance) {
                    self.wrong.push(format!("{place}: the rows of {figure} ({compared}): {wrong}"));
                }
            }
        }
    }

    /// What a cell is worth, now or then, and how many rows stand behind it.
    fn worth(&mut self, cell: &Cell, worth: Worth, then: bool) -> Result<(Option<f64>, i64, Option<i64>), String> {
        let mine = self.figure(&cell.figure, then)?;
        let of = cell.of_figure.as_ref().map(|of| self.figure(of, then)).transpose()?;
        let value = match (worth, &of) {
            (Worth::Nothing, _) => None,
            (Worth::Ninetieth, _) => ninetieth(&mine.values),
            (Worth::PerLead, _) => {
                let leads =
                    self.figure(&cell.figure.replacen(Measure::Earned.key(), Measure::NewLeads.key(), 1), then)?;
                mine.value.filter(|_| leads.rows > 0).map(|cents| (cents / leads.rows as f64).round())
            }
            (Worth::Itself, Some(of)) => (of.rows > 0).then(|| mine.rows as f64 * 100.0 / of.rows as f64),
            (Worth::Itself, None) if cell.unit == Unit::Percent => return Err("a share of nothing".into()),
            (Worth::Itself, None) => mine.value,
        };
        Ok((value, mine.rows, of.map(|of| of.rows)))
    }

    fn cell(&mut self, cell: &Cell, worth: Worth) -> Result<(), String> {
        let (value, rows, of) = self.worth(cell, worth, false)?;
        if cell.rows != rows {
            return Err(format!("{} rows, not {rows}", cell.rows));
        }
        if rows > 0 {
            let key = cell.figure.split('@').next().unwrap_or_default();
            self.seen.shown.extend(Measure::parse(key).map(Measure::key));
            if let Some((_, rest)) = cell.figure.split_once('@') {
                self.seen.dimensions.insert(rest.split('=').next().unwrap_or_default().to_string());
            }
        }
        if cell.of != of {
            return Err(format!("of {:?}, not {of:?}", cell.of));
        }
        if !same(cell.value, value, rows) {
            return Err(format!("{:?}, not {value:?}", cell.value));
        }
        if self.then.is_some() {
            let (value, rows, _) = self.worth(cell, worth, true)?;
            if cell.was_rows.unwrap_or(0) != rows || !same(cell.was, value, rows) {
                return Err(format!("was {:?} of {:?}, not {value:?} of {rows}", cell.was, cell.was_rows));
            }
        } else if cell.was.is_some() || cell.was_rows.is_some() {
            return Err("compared with nothing".into());
        }
        Ok(())
    }

    /// The rows behind a figure, page by page: exactly as many, and each says that it counts there.
    fn list(&mut self, id: &str, compared: bool, rows: i64, chance: &mut fastrand::Rng) -> Result<(), String> {
        let (key, dimension) = id.split_once('@').map_or((id, None), |(key, rest)| (key, rest.split_once('=')));
        let (mut cursor, mut ids, mut last) = (None::<String>, BTreeSet::new(), None);
        let mut found: Vec<(usize, DateTime<Utc>)> = Vec::new();
        let limit = if chance.u8(0..3) > 0 { 500 } else { rows.unsigned_abs() as usize / 4 + 1 };
        loop {
            let question = &self.question;
            let read = |c: &_| Ok(figures::rows(c, question, id, compared, cursor.as_deref(), limit));
            let page = self.known.store.read_blocking(read).unwrap().map_err(|error| error.to_string())?;
            if page.total != rows {
                return Err(format!("says {} in all, not {rows}", page.total));
            }
            for row in page.items.iter().map(|item| &item.row) {
                if !row.figures.iter().any(|figure| figure == key) {
                    return Err(format!("does not count there: {row:?}"));
                }
                if last.is_some_and(|last| row.at > last) {
                    return Err("not newest first".into());
                }
                last = Some(row.at);
                if !ids.insert(row.id.clone()) {
                    return Err(format!("{} twice", row.id));
                }
                if row.erased && (row.name.as_deref() != Some("Erased person") || row.phone.is_some()) {
                    return Err(format!("says too much: {row:?}"));
                }
                found.push((self.known.of_event[row.lead_ref.as_str()], row.at));
            }
            if page.items.len() > limit || page.next_cursor.is_some() && page.items.is_empty() {
                return Err(format!("{} on a page of {limit}", page.items.len()));
            }
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        if ids.len() as i64 != rows {
            return Err(format!("{} rows, not {rows}", ids.len()));
        }
        let measure = Measure::parse(key).ok_or("no measure")?;
        let items = if compared { self.then.as_deref().unwrap_or(&[]) } else { &self.now };
        let mut mine: Vec<(usize, DateTime<Utc>)> = items
            .iter()
            .filter(|item| item.counts.contains_key(&measure))
            .filter(|item| {
                let person = &self.known.people[item.person];
                dimension.is_none_or(|(name, value)| item.part(name, self.case.zone, person) == part(name, value))
            })
            .map(|item| (item.person, item.at))
            .collect();
        mine.sort_unstable();
        found.sort_unstable();
        if mine != found {
            return Err("other people, or other moments".into());
        }
        self.seen.lists += 1;
        self.seen.listed += found.len();
        Ok(())
    }

    /// The small line of a key figure: every part of the period, each worked out by itself.
    fn headlines(&mut self) {
        for Headline { key, cell, series, .. } in self.report.headlines.clone() {
            let days: Vec<NaiveDate> = series.iter().map(|point| point.day).collect();
            let first = days.first().copied();
            self.must(first == Some(self.case.from), || format!("{key}: the line begins at {first:?}"));
            self.must(days.windows(2).all(|two| two[0] < two[1]), || format!("{key}: the line goes back"));
            self.must(days.last().is_none_or(|day| *day <= self.case.to), || format!("{key}: the line goes on"));
            for (index, point) in series.iter().enumerate() {
                let until = days.get(index + 1).copied();
                let within = |item: &&Item| {
                    let day = item.at.with_timezone(&self.case.zone).date_naive();
                    day >= point.day && until.is_none_or(|until| day < until)
                };
                let of = |id: &str| {
                    let measure = Measure::parse(id);
                    measure.map(|measure| figure(self.now.iter().filter(within), measure))
                };
                let Some(mine) = of(&cell.figure) else {
                    self.wrong.push(format!("{key}: no measure {}", cell.figure));
                    return;
                };
                let expected = match (cell.unit, cell.of_figure.as_deref().and_then(of)) {
                    (Unit::Percent, Some(of)) => (of.rows > 0).then(|| mine.rows as f64 * 100.0 / of.rows as f64),
                    _ => mine.value,
                };
                let right = same(point.value, expected, mine.rows);
                self.must(right, || format!("{key} at {}: {:?}, not {expected:?}", point.day, point.value));
            }
        }
    }

    /// Where a table goes by a dimension, nothing that counts is left out of it.
    fn parts_are_complete(&mut self) {
        for table in self.report.sections.clone().iter().flat_map(|section| &section.tables) {
            let mut parts: BTreeMap<(&str, &str), BTreeMap<&str, i64>> = BTreeMap::new();
            for cell in table.rows.iter().flat_map(|row| &row.cells) {
                if let Some((key, rest)) = cell.figure.split_once('@') {
                    let dimension = rest.split('=').next().unwrap_or_default();
                    parts.entry((key, dimension)).or_default().insert(&cell.figure, cell.rows);
                }
            }
            for ((key, dimension), figures) in parts {
                let shown: i64 = figures.values().sum();
                // The place of what is counted nowhere.
                if shown == 0 && figures.len() == 1 {
                    continue;
                }
                match self.figure(key, false) {
                    Ok(whole) => self.must(shown == whole.rows, || {
                        format!("table {}: {shown} of {} rows of {key} by {dimension}", table.key, whole.rows)
                    }),
                    Err(wrong) => self.wrong.push(wrong),
                }
            }
        }
    }
}

/// What a row says beside what it counts in.
fn said(row: &Row) -> Vec<String> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut said: Vec<String> =
        [&row.campaign, &row.first_touch, &row.last_touch, &row.medium, &row.rep].map(text).to_vec();
    said.push(if row.kind == "close" { String::new() } else { text(&row.service) });
    let counts = |measure: Measure| row.figures.iter().any(|figure| figure == measure.key());
    for (measure, cents) in [
        (Measure::Estimated, row.estimated_cents),
        (Measure::Actual, row.actual_cents),
        (Measure::Revenue, row.revenue_cents),
    ] {
        said.push(cents.filter(|_| counts(measure)).map(|cents| cents.to_string()).unwrap_or_default());
    }
    said
}

/// The same value; of nothing at all a sum may be 0 or nothing.
fn same(theirs: Option<f64>, mine: Option<f64>, rows: i64) -> bool {
    match (theirs, mine) {
        (Some(theirs), Some(mine)) => (theirs - mine).abs() < 1e-6,
        (None, None) => true,
        (None, Some(mine)) => rows == 0 && mine == 0.0,
        (Some(_), None) => false,
    }
}
