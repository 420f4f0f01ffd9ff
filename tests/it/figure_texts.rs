//! A figure is written once: what a report says of a cell is what every file shows of it, cell for cell. (The browser
//! compares the window and the HTML file: `ui/e2e/figure-texts.spec.ts`.)

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use calamine::{Data, Reader};
use leadtrail::documents::{DocumentError, Paper, ReportWriter, Target, json, pdf, xlsx};
use leadtrail::figures::model::{Cell, Chart, Report, Unit};
use leadtrail::figures::words;

use super::support::{MARCH, fixture::ZONE};

type New = fn(Target<'_>) -> Result<Box<dyn ReportWriter>, DocumentError>;

fn made(new: New, name: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    let (report, rows) = &*MARCH;
    let target = Target {
        file: File::create_new(&path).unwrap(),
        scratch: folder.path(),
        paper: Paper::A4,
        detail: Default::default(),
        zone: ZONE,
        currency: &report.manifest.currency,
    };
    let mut shape = new(target).unwrap();
    rows.iter().for_each(|row| shape.row(row).unwrap());
    shape.finish(report).unwrap();
    (folder, path)
}

fn cells(report: &Report) -> Vec<&Cell> {
    let sums = report.sums.iter().flat_map(|sum| std::iter::once(&sum.total).chain(sum.parts.iter().map(|p| &p.cell)));
    let tables = report.sections.iter().flat_map(|section| &section.tables);
    let rows = tables.flat_map(|table| table.rows.iter().chain(&table.total));
    report.headlines.iter().map(|line| &line.cell).chain(sums).chain(rows.flat_map(|row| &row.cells)).collect()
}

#[test]
fn every_cell_of_a_report_says_how_it_is_read() {
    let (report, _) = &*MARCH;
    let all = cells(report);
    assert!(all.len() > 500, "{}", all.len());
    for cell in &all {
        assert_eq!(cell.text, words::value(cell.value, cell.unit, "USD"), "{}", cell.figure);
        assert_eq!(cell.was_text.is_some(), cell.was.is_some(), "{}", cell.figure);
        assert_eq!(cell.change.is_some(), cell.was.is_some() && cell.value.is_some(), "{}", cell.figure);
        assert_eq!(cell.hour.is_some(), cell.figure.contains("@hour="), "{}", cell.figure);
    }
    for unit in [Unit::Count, Unit::Cents, Unit::Seconds, Unit::Percent] {
        assert!(all.iter().any(|cell| cell.unit == unit && cell.text != "–" && cell.text != "0"), "{unit:?}");
    }
    let days = report.sections.iter().flat_map(|section| &section.tables).find(|table| table.key == "by_day").unwrap();
    assert_eq!(days.rows[0].called(), "1 Mar 2026");
    assert_eq!(days.rows[0].label, "2026-03-01", "what was published stays");
}

#[test]
fn the_json_file_says_it_too() {
    let (_folder, path) = made(json::new, "report.json");
    let file: Report = serde_json::from_reader(File::open(path).unwrap()).unwrap();
    let said = |report: &Report| -> Vec<String> { cells(report).iter().map(|cell| cell.text.clone()).collect() };
    assert_eq!(said(&file), said(&MARCH.0));
}

/// A number as a sheet shows it in one of our formats, by the rules of the format (ECMA-376, 18.8.31).
fn shown(value: f64, format: &str) -> String {
    let sections: Vec<&str> = format.split(';').collect();
    let (section, value) = match sections.get(1) {
        Some(negative) if value < 0.0 => (*negative, -value),
        _ => (sections[0], value),
    };
    // A moment of a sheet is kept in days, and shown to the second it began.
    let seconds = (value * 86_400_000.0).round() as i64 / 1_000;
    let mut text = String::new();
    let mut rest = section;
    while let Some(first) = rest.chars().next() {
        let (piece, says) = if let Some(quoted) = rest.strip_prefix('"') {
            let literal = &quoted[..quoted.find('"').unwrap()];
            (literal.len() + 2, literal.to_string())
        } else if let Some(piece) = ["#,##0.00", "#,##0", "0.0%", "0%"].iter().find(|piece| rest.starts_with(**piece)) {
            let decimals = piece.split('.').nth(1).map_or(0, |after| after.matches('0').count());
            let number = if piece.ends_with('%') { value * 100.0 } else { value };
            let scale = 10f64.powi(decimals as i32);
            let digits = format!("{:.decimals$}", (number * scale).round() / scale);
            let (whole, part) = digits.split_once('.').map_or((digits.as_str(), ""), |(whole, part)| (whole, part));
            let mut says = leadtrail::domain::money::grouped(whole.parse().unwrap());
            if !part.is_empty() {
                says.push_str(&format!(".{part}"));
            }
            if piece.ends_with('%') {
                says.push('%');
            }
            (piece.len(), says)
        } else {
            let pieces: [(&str, String); 7] = [
                ("[h]", (seconds / 3600).to_string()),
                ("[m]", (seconds / 60).to_string()),
                ("[s]", seconds.to_string()),
                ("mm", format!("{:02}", seconds / 60 % 60)),
                ("ss", format!("{:02}", seconds % 60)),
                ("m", (seconds / 60 % 60).to_string()),
                (":", ":".to_string()),
            ];
            let known = pieces.into_iter().find(|(piece, _)| rest.starts_with(piece));
            let (piece, says) = known.unwrap_or_else(|| panic!("{first:?} in {format:?}"));
            (piece.len(), says)
        };
        text.push_str(&says);
        rest = &rest[piece..];
    }
    text
}

/// A workbook with the number format of each cell.
struct Workbook {
    book: calamine::Xlsx<std::io::BufReader<File>>,
    /// By sheet and the cell's name, such as `B6`.
    formats: HashMap<(String, String), String>,
}

fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    tag.split(&format!(" {name}=\"")).nth(1)?.split('"').next()
}

impl Workbook {
    fn open(path: &Path) -> Workbook {
        let book: calamine::Xlsx<_> = calamine::open_workbook(path).unwrap();
        let mut archive = zip::ZipArchive::new(File::open(path).unwrap()).unwrap();
        let mut read = |name: &str| {
            let mut text = String::new();
            archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
            text
        };
        let styles = read("xl/styles.xml");
        let own: HashMap<&str, String> = styles
            .split("<numFmt ")
            .skip(1)
            .map(|tag| {
                let tag = tag.split("/>").next().unwrap();
                let code = tag.split("formatCode=\"").nth(1).unwrap().split('"').next().unwrap();
                let id = tag.split("numFmtId=\"").nth(1).unwrap().split('"').next().unwrap();
                (id, code.replace("&quot;", "\"").replace("&amp;", "&"))
            })
            .collect();
        let builtin = HashMap::from([("0", "General"), ("3", "#,##0"), ("4", "#,##0.00"), ("9", "0%")]);
        let looks = styles.split("<cellXfs").nth(1).unwrap().split("</cellXfs>").next().unwrap();
        let by_look: Vec<String> = looks
            .split("<xf ")
            .skip(1)
            .map(|tag| {
                let tag = format!(" {tag}");
                let id = attribute(&tag, "numFmtId").unwrap();
                let known = own.get(id).cloned().or_else(|| builtin.get(id).map(|code| (*code).to_string()));
                known.unwrap_or_else(|| format!("number {id}"))
            })
            .collect();
        let mut formats = HashMap::new();
        for (n, name) in book.sheet_names().into_iter().enumerate() {
            let sheet = read(&format!("xl/worksheets/sheet{}.xml", n + 1));
            for tag in sheet.split("<c ").skip(1) {
                let tag = format!(" {}", tag.split('>').next().unwrap());
                let at = attribute(&tag, "r").unwrap().to_string();
                let look = attribute(&tag, "s").map_or(0, |look| look.parse().unwrap());
                formats.insert((name.clone(), at), by_look[look].clone());
            }
        }
        Workbook { book, formats }
    }

    /// What people read in each cell of a sheet.
    fn read(&mut self, sheet: &str) -> Vec<Vec<String>> {
        let range = self.book.worksheet_range(sheet).unwrap();
        let (top, left) = range.start().unwrap();
        let mut lines = Vec::new();
        for (row, line) in range.rows().enumerate() {
            let mut texts = Vec::new();
            for (column, value) in line.iter().enumerate() {
                let mut n = left + u32::try_from(column).unwrap() + 1;
                let mut name = String::new();
                while n > 0 {
                    name.insert(0, char::from(b'A' + u8::try_from((n - 1) % 26).unwrap()));
                    n = (n - 1) / 26;
                }
                let at = format!("{name}{}", top + u32::try_from(row).unwrap() + 1);
                let number = match value {
                    Data::Float(n) => Some(*n),
                    Data::Int(n) => Some(*n as f64),
                    Data::DateTime(when) => Some(when.as_f64()),
                    _ => None,
                };
                let format = self.formats.get(&(sheet.to_string(), at)).map_or("General", String::as_str);
                texts.push(match number {
                    Some(n) if !format.contains("yyyy") && format != "General" => shown(n, format),
                    _ => value.to_string(),
                });
            }
            lines.push(texts);
        }
        lines
    }
}

/// What a sheet shows of a span of days: no format can say more than hours (`documents/xlsx/numbers.rs`).
fn in_a_sheet(text: &str, value: Option<f64>, unit: Unit) -> String {
    match value.map(|value| value as i64).filter(|seconds| unit == Unit::Seconds && *seconds >= 86_400) {
        Some(seconds) => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
        None => text.to_string(),
    }
}

#[test]
fn a_workbook_shows_the_same_in_every_cell() {
    let (report, rows) = &*MARCH;
    let (_folder, path) = made(xlsx::new, "report.xlsx");
    let mut book = Workbook::open(&path);
    let mut seen = 0;
    for section in &report.sections {
        let lines = book.read(&section.title);
        for table in &section.tables {
            // The sheet itself is called like its section in the first line.
            let title = lines.iter().skip(2).position(|line| line[0] == table.title);
            let title = title.unwrap_or_else(|| panic!("{}", table.title)) + 2;
            if table.rows.is_empty() {
                continue;
            }
            let compared = table.chart != Chart::Heat
                && table.rows.iter().chain(&table.total).any(|row| row.cells.iter().any(|cell| cell.was.is_some()));
            for (n, row) in table.rows.iter().chain(&table.total).enumerate() {
                let line = &lines[title + 2 + n];
                assert_eq!(line[0], row.called(), "{}", table.title);
                for (place, cell) in row.cells.iter().enumerate() {
                    let at = if compared { place * 2 + 1 } else { place + 1 };
                    let what = format!("{}, {}, {}", table.title, row.label, cell.figure);
                    assert_eq!(line[at], in_a_sheet(&cell.text, cell.value, cell.unit), "{what}");
                    if compared {
                        let was = cell.was_text.as_deref().unwrap_or_default();
                        assert_eq!(line[at + 1], in_a_sheet(was, cell.was, cell.unit), "{what}, before");
                    }
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 500, "{seen}");
    let summary = book.read("Summary");
    for line in &report.headlines {
        let shown = summary.iter().find(|cells| cells[0] == line.label).unwrap();
        assert_eq!(shown[1], line.cell.text);
        assert_eq!(Some(&shown[2]), line.cell.was_text.as_ref());
        let change = line.cell.change.clone().unwrap_or_default();
        assert!(shown[3] == change || shown[3].starts_with(&format!("{change}, ")), "{shown:?}");
    }
    // The rows behind the figures: what else is money, a length, a wait or a number of somebody's.
    let lines = book.read("Rows");
    let at = |name: &str| lines[0].iter().position(|head| head == name).unwrap();
    for (line, row) in lines[1..].iter().zip(rows) {
        let text = words::row_text(row, ZONE, "USD");
        let waited = |text: &Option<String>, seconds: Option<i64>| {
            in_a_sheet(text.as_deref().unwrap_or_default(), seconds.map(|n| n as f64), Unit::Seconds)
        };
        let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
        assert_eq!(line[at("Phone")], or_empty(&text.phone));
        assert_eq!(line[at("Length")], or_empty(&text.duration));
        assert_eq!(line[at("Waited")], waited(&text.waited, row.waited_s));
        assert_eq!(line[at("Waited, business hours")], waited(&text.waited_open, row.waited_open_s));
        assert_eq!(line[at("Estimated")], or_empty(&text.estimated));
        assert_eq!(line[at("Actually received")], or_empty(&text.actual));
        assert_eq!(line[at("Revenue as told")], or_empty(&text.revenue));
    }
    assert!(rows.len() > 500);
}

/// As one line of words, whatever stands between them.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What is left behind a word, which stands there with or without its blanks: between narrow letters a reader of PDFs
/// sees none.
fn behind<'t>(rest: &'t str, word: &str) -> Option<&'t str> {
    let mut rest = rest.strip_prefix(' ')?;
    for letter in word.chars() {
        rest = if letter == ' ' { rest.strip_prefix(' ').unwrap_or(rest) } else { rest.strip_prefix(letter)? };
    }
    (rest.is_empty() || rest.starts_with(' ')).then_some(rest)
}

/// How many of these words stand one behind the other at the beginning.
fn follow(mut rest: &str, said: &[&str]) -> usize {
    let mut n = 0;
    while let Some(after) = said.get(n).and_then(|word| behind(rest, word)) {
        (rest, n) = (after, n + 1);
    }
    n
}

#[test]
fn a_pdf_shows_the_same_in_every_cell() {
    let (report, _) = &*MARCH;
    let (_folder, path) = made(pdf::new, "report.pdf");
    let Ok(out) = Command::new("pdftotext").arg("-layout").arg(&path).arg("-").output() else {
        eprintln!("pdftotext is not installed: the PDF is not compared");
        return;
    };
    let text = String::from_utf8(out.stdout).unwrap();
    let lines: Vec<String> = text.lines().map(plain).collect();
    let whole = plain(&text);
    for line in &report.headlines {
        assert!(whole.contains(&line.cell.text), "{}", line.label);
        let moved = [line.cell.change.as_deref(), Some("was"), line.cell.was_text.as_deref()];
        let moved: Vec<&str> = moved.into_iter().flatten().collect();
        assert!(whole.contains(&moved.join(" ")), "{}: {moved:?}", line.label);
    }
    for sum in &report.sums {
        let parts: Vec<String> = sum.parts.iter().map(|part| format!("{} {}", part.cell.text, part.label)).collect();
        let said = format!("{} {} = {}", sum.total.text, sum.label, parts.join(" + "));
        assert!(whole.contains(&said), "{said}");
    }
    let mut seen = 0;
    for table in report.sections.iter().flat_map(|section| &section.tables) {
        let single = table.columns.len() == 1;
        for row in table.rows.iter().chain(&table.total).filter(|_| table.chart != Chart::Heat) {
            let mut said: Vec<&str> = Vec::new();
            for cell in &row.cells {
                said.push(&cell.text);
                if single {
                    said.push(cell.was_text.as_deref().unwrap_or("–"));
                }
            }
            // A label is cut where a table is wide, so its first letters count; a chart beside it has it as well.
            let label: String = plain(row.called()).chars().take(6).collect();
            let places: Vec<&str> = lines
                .iter()
                .flat_map(|line| line.match_indices(&label).map(|(at, _)| &line[at + label.len()..]))
                .flat_map(|rest| rest.match_indices(' ').map(|(at, _)| &rest[at..]))
                .collect();
            let in_one = places.iter().any(|rest| follow(rest, &said) == said.len());
            // A wide table goes on under itself, with its labels again.
            let in_pieces = || {
                let mut reached = BTreeSet::from([0]);
                for rest in &places {
                    let further: Vec<usize> = reached.iter().map(|open| open + follow(rest, &said[*open..])).collect();
                    reached.extend(further);
                }
                reached.contains(&said.len())
            };
            let whole = in_one || in_pieces();
            assert!(whole, "{}, {label}: {said:?}", table.title);
            seen += said.len();
        }
    }
    assert!(seen > 400, "{seen}");
    // The grid of hours, a line a day.
    let heat =
        report.sections.iter().flat_map(|section| &section.tables).find(|table| table.chart == Chart::Heat).unwrap();
    let hours = heat.hours.unwrap();
    for row in &heat.rows {
        let said: Vec<&str> = row.cells[hours.first..=hours.last]
            .iter()
            .filter(|cell| cell.value.is_some_and(|n| n > 0.0))
            .map(|cell| cell.text.as_str())
            .collect();
        let line = plain(&format!("{} {}", row.called(), said.join(" ")));
        assert!(lines.iter().any(|found| found.contains(&line)), "{line}");
    }
}
