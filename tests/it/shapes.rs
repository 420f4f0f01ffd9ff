//! Files a report is made into, opened again by other hands: what comes out is what went in, and nothing in it runs.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::support::fixture;
use calamine::{Data, Reader};
use leadtrail::documents::{DocumentError, Paper, ReportWriter, Target, csv, json, xlsx};
use leadtrail::figures::measure::Measure;
use leadtrail::figures::model::{Report, Row, Unit};
use serde_json::Value;

type New = fn(Target<'_>) -> Result<Box<dyn ReportWriter>, DocumentError>;

/// Makes a file, in a folder of its own.
fn made(new: New, name: &str, (report, rows): &(Report, Vec<Row>)) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    let target = Target {
        file: File::create_new(&path).unwrap(),
        scratch: folder.path(),
        paper: Paper::A4,
        detail: Default::default(),
        zone: fixture::ZONE,
        currency: &report.manifest.currency,
    };
    let mut shape = new(target).unwrap();
    for row in rows {
        shape.row(row).unwrap();
    }
    shape.finish(report).unwrap();
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, [name], "nothing else is left behind");
    // To look at them: LEADTRAIL_SHAPES=/somewhere.
    if let Some(to) = std::env::var_os("LEADTRAIL_SHAPES") {
        let hostile = report.manifest.business.starts_with('<');
        let label = if rows.is_empty() {
            "empty-"
        } else if hostile {
            "hostile-"
        } else {
            ""
        };
        std::fs::copy(&path, Path::new(&to).join(format!("{label}{name}"))).unwrap();
    }
    (folder, path)
}

fn unzipped(path: &Path) -> BTreeMap<String, String> {
    let mut archive = zip::ZipArchive::new(File::open(path).unwrap()).unwrap();
    (0..archive.len())
        .map(|at| {
            let mut file = archive.by_index(at).unwrap();
            let mut text = String::new();
            file.read_to_string(&mut text).unwrap();
            (file.name().unwrap().into_owned(), text)
        })
        .collect()
}

fn table(text: &str) -> Vec<BTreeMap<String, String>> {
    ::csv::Reader::from_reader(text.as_bytes()).deserialize().collect::<Result<_, _>>().unwrap()
}

/// A text as it stands in a file: without control characters.
fn plain(text: &str) -> String {
    let odd = |c: &char| (*c < ' ' && *c != '\n' && *c != '\t') || matches!(*c, '\u{7f}' | '\u{fffe}' | '\u{ffff}');
    text.replace("\r\n", "\n").replace('\r', "\n").chars().filter(|c| !odd(c)).collect()
}

/// A text as it was before it was kept from being a formula.
fn back(cell: &str) -> &str {
    cell.strip_prefix('\'').unwrap_or(cell)
}

fn all() -> [(Report, Vec<Row>); 3] {
    [fixture::month(), fixture::hostile(), fixture::empty()]
}

#[test]
fn csv_comes_back_as_it_was() {
    for what in all() {
        let (_folder, path) = made(csv::new, "report.zip", &what);
        let files = unzipped(&path);
        let (report, rows) = &what;
        let lines = table(&files["rows.csv"]);
        assert_eq!(lines.len(), rows.len());
        for (line, row) in lines.iter().zip(rows) {
            let said = |key: &str| back(&line[key]).to_string();
            let was = |text: &Option<String>| plain(text.as_deref().unwrap_or(""));
            assert_eq!(said("name"), was(&row.name));
            assert_eq!(said("phone"), was(&row.phone));
            assert_eq!(said("campaign"), was(&row.campaign));
            assert_eq!(said("first_touch"), was(&row.first_touch));
            assert_eq!(said("rep"), was(&row.rep));
            assert_eq!(said("reason"), was(&row.reason));
            assert_eq!(said("tags"), plain(&row.tags.join("; ")));
            assert_eq!(said("estimated_cents"), row.estimated_cents.map(|n| n.to_string()).unwrap_or_default());
            assert_eq!(said("figures"), row.figures.join(" "));
            let at = |key: &str| chrono::DateTime::parse_from_rfc3339(&line[key]).unwrap().to_utc();
            assert_eq!((at("at"), at("at_local")), (row.at, row.at));
            assert!(line["at"].ends_with('Z') && !line["at_local"].ends_with('Z'));
        }
        for section in &report.sections {
            for table_of in &section.tables {
                let lines = table(&files[&format!("{}.csv", table_of.key)]);
                assert_eq!(lines.len(), table_of.rows.len() + table_of.total.iter().len());
                for (line, row) in lines.iter().zip(&table_of.rows) {
                    assert_eq!(back(&line["label"]), plain(&row.label));
                    for (cell, column) in row.cells.iter().zip(&table_of.columns) {
                        let name = match column.unit {
                            Unit::Count => column.key.clone(),
                            Unit::Cents => format!("{}_cents", column.key),
                            Unit::Seconds => format!("{}_s", column.key),
                            Unit::Percent => format!("{}_percent", column.key),
                        };
                        assert_eq!(line[&name].parse().ok(), cell.value, "{name}");
                        assert_eq!(back(&line[&format!("{}_figure", column.key)]), plain(&cell.figure));
                    }
                }
            }
        }
        let manifest: Value = serde_json::from_str(&files["manifest.json"]).unwrap();
        assert_eq!(manifest, serde_json::to_value(&report.manifest).unwrap());
        assert_eq!(table(&files["measures.csv"]).len(), report.measures.len());
    }
}

/// RFC 4180 by our own eyes, since parsers forgive much; and no cell that a program would calculate.
#[test]
fn csv_is_strict_and_no_cell_begins_like_a_formula() {
    let (_folder, path) = made(csv::new, "report.zip", &fixture::hostile());
    for (name, text) in unzipped(&path).into_iter().filter(|(name, _)| name.ends_with(".csv")) {
        assert!(text.ends_with("\r\n") && !text.starts_with('\u{feff}'), "{name}");
        let mut reader = ::csv::ReaderBuilder::new().has_headers(false).flexible(false).from_reader(text.as_bytes());
        for record in reader.records() {
            for cell in &record.unwrap() {
                let typed = cell.parse::<f64>().is_ok();
                let risky = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝']);
                assert!(typed || !risky, "{name}: {cell:?}");
                assert!(!cell.contains(|c: char| c < ' ' && c != '\n' && c != '\t'), "{name}: {cell:?}");
            }
        }
        // Outside of quotes a line ends with CR LF, and nothing else is there that splits cells elsewhere.
        let mut quoted = false;
        let mut before = ' ';
        for c in text.chars() {
            match c {
                '"' => quoted = !quoted,
                '\n' if !quoted => assert_eq!(before, '\r', "{name}"),
                ';' | '\t' => assert!(quoted, "{name}"),
                _ => {}
            }
            before = c;
        }
    }
}

#[test]
fn csv_reads_the_same_in_python() {
    let (folder, path) = made(csv::new, "report.zip", &fixture::hostile());
    let rows = unzipped(&path).remove("rows.csv").unwrap();
    let file = folder.path().join("rows.csv");
    std::fs::write(&file, &rows).unwrap();
    let script = "import csv,json,sys; print(json.dumps(list(csv.reader(open(sys.argv[1], encoding='utf-8', newline=''), strict=True))))";
    let Ok(out) = Command::new("python3").args(["-c", script]).arg(&file).output() else {
        eprintln!("python3 is not installed: not compared with its parser");
        return;
    };
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let theirs: Vec<Vec<String>> = serde_json::from_slice(&out.stdout).unwrap();
    let ours: Vec<Vec<String>> = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(rows.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(theirs, ours);
}

#[test]
fn json_is_the_report_with_its_rows() {
    for what in all() {
        let (_folder, path) = made(json::new, "report.json", &what);
        let mut value: Value = serde_json::from_reader(File::open(path).unwrap()).unwrap();
        let rows: Vec<Row> = serde_json::from_value(value.as_object_mut().unwrap().remove("rows").unwrap()).unwrap();
        assert!(rows == what.1);
        let report = serde_json::to_string(&what.0).unwrap();
        assert!(value == serde_json::from_str::<Value>(&report).unwrap());
    }
}

type Book = calamine::Xlsx<std::io::BufReader<File>>;

fn opened(path: &Path) -> Book {
    calamine::open_workbook(path).unwrap()
}

fn sheet(book: &mut Book, name: &str) -> Vec<Vec<Data>> {
    book.worksheet_range(name).unwrap().rows().map(<[Data]>::to_vec).collect()
}

#[test]
fn a_workbook_holds_every_row_typed() {
    for what in all() {
        let (_folder, path) = made(xlsx::new, "report.xlsx", &what);
        let mut book = opened(&path);
        let (report, rows) = &what;
        assert_eq!(book.sheet_names().first().map(String::as_str), Some("Summary"));
        for section in &report.sections {
            assert!(book.sheet_names().contains(&section.title), "{}", section.title);
        }
        let lines = sheet(&mut book, "Rows");
        assert_eq!(lines.len(), rows.len() + 1);
        let head: Vec<String> = lines[0].iter().map(ToString::to_string).collect();
        let at = |name: &str| head.iter().position(|head| head == name).unwrap_or_else(|| panic!("{name}: {head:?}"));
        for (line, row) in lines.iter().skip(1).zip(rows) {
            let Data::DateTime(when) = &line[at("When")] else { panic!("no date: {:?}", line[at("When")]) };
            assert_eq!(
                moment(when.as_f64()),
                row.at.with_timezone(&fixture::ZONE).naive_local(),
                "dates are dates, in the zone of the report"
            );
            assert_eq!(
                line[at("When (UTC)")],
                Data::String(row.at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
            );
            let text = |name: &str| match &line[at(name)] {
                Data::Empty => String::new(),
                Data::String(text) => text.clone(),
                other => panic!("{name} is no text: {other:?}"),
            };
            let was = |text: &Option<String>| plain(text.as_deref().unwrap_or(""));
            assert_eq!(text("Name"), was(&row.name));
            let read = row.phone.as_deref().map(leadtrail::domain::phone::shown);
            assert_eq!(text("Phone"), was(&read));
            assert_eq!(text("Campaign"), was(&row.campaign));
            match row.actual_cents {
                Some(cents) => assert_eq!(line[at("Actually received")], Data::Float(cents as f64 / 100.0)),
                None => assert_eq!(line[at("Actually received")], Data::Empty),
            }
            for measure in Measure::ALL {
                let marked = line[at(&format!("{}\n{}", measure.label(), measure.key()))] == Data::Float(1.0);
                assert_eq!(marked, row.figures.iter().any(|key| key == measure.key()));
            }
        }
    }
}

/// The moment of a number that a sheet shows as a date.
fn moment(days: f64) -> chrono::NaiveDateTime {
    let start = chrono::NaiveDate::from_ymd_opt(1899, 12, 30).unwrap().and_time(chrono::NaiveTime::MIN);
    start + chrono::Duration::milliseconds((days * 86_400_000.0).round() as i64)
}

/// A click on a figure leads to a column of ones, and they add up to the rows behind it.
#[test]
fn a_figure_of_a_workbook_leads_to_its_rows() {
    let what = fixture::month();
    let (_folder, path) = made(xlsx::new, "report.xlsx", &what);
    let files = raw(&path);
    let mut book = opened(&path);
    let rows = book.worksheet_range("Rows").unwrap();
    let names = book.sheet_names();
    let mut seen = 0;
    for (n, section) in what.0.sections.iter().enumerate() {
        let place = names.iter().position(|name| *name == section.title).unwrap();
        assert_eq!(place, n + 1);
        let xml = &files[&format!("xl/worksheets/sheet{}.xml", place + 1)];
        for link in xml.split("<hyperlink ").skip(1) {
            let of = |name: &str| {
                let rest = link.split(&format!("{name}=\"")).nth(1).unwrap();
                rest.split('"').next().unwrap().to_string()
            };
            let range =
                of("location").strip_prefix("'Rows'!").or(of("location").strip_prefix("Rows!")).unwrap().to_string();
            if of("tooltip").contains(" under ") {
                continue;
            }
            let (from, to) = range.split_once(':').unwrap();
            let (from, to) = (cell(from), cell(to));
            let ones = (from.0..=to.0).filter(|row| rows.get_value((*row, from.1)) == Some(&Data::Float(1.0))).count();
            let key = rows.get_value((0, from.1)).unwrap().to_string();
            let key = key.split('\n').nth(1).unwrap();
            let figure = section
                .tables
                .iter()
                .flat_map(|table| table.rows.iter().chain(&table.total))
                .flat_map(|row| &row.cells)
                .find(|cell| cell.figure == key)
                .unwrap_or_else(|| panic!("{key} of {}", section.title));
            assert_eq!(i64::try_from(ones).unwrap(), figure.rows, "{key}");
            seen += 1;
        }
    }
    assert!(seen > 40, "{seen}");
}

/// Row and column of `AB12`, from 0.
fn cell(name: &str) -> (u32, u32) {
    let letters: String = name.chars().filter(char::is_ascii_alphabetic).collect();
    let column = letters.bytes().fold(0, |n, letter| n * 26 + u32::from(letter - b'A') + 1) - 1;
    (name[letters.len()..].parse::<u32>().unwrap() - 1, column)
}

fn raw(path: &Path) -> BTreeMap<String, String> {
    unzipped(path)
}

#[test]
fn a_workbook_has_no_formula_and_keeps_to_the_limits() {
    let mut what = fixture::hostile();
    what.1[0].name = Some("long ".repeat(20_000));
    what.0.sections[0].title = "A title [with] what: no/sheet\\may*have? and which is far too long".into();
    what.0.sections[1].title = "A title [with] what: no/sheet\\may*have? and which is far too long".into();
    what.0.sections[2].title = "History".into();
    what.0.sections[3].title = "'Summary'".into();
    what.0.sections[4].title = String::new();
    let (_folder, path) = made(xlsx::new, "odd.xlsx", &what);
    for (name, text) in raw(&path) {
        assert!(!text.contains("<f>") && !text.contains("<f "), "{name} has a formula");
        assert!(!text.contains(" r:id=\"rId0\""), "{name}");
        assert!(!text.contains(|c: char| c < ' ' && !matches!(c, '\n' | '\r' | '\t')), "{name}");
        assert!(!text.contains("TargetMode=\"External\""), "{name} leads out of the file");
    }
    let mut book = opened(&path);
    let names = book.sheet_names();
    assert!(names.iter().all(|name| name.chars().count() <= 31), "{names:?}");
    let mut once = names.clone();
    once.iter_mut().for_each(|name| *name = name.to_lowercase());
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), names.len(), "{names:?}");
    let rows = sheet(&mut book, "Rows");
    let Data::String(long) = &rows[1][2] else { panic!("{:?}", rows[1][2]) };
    assert_eq!(long.chars().count(), 32_767);
    assert!(long.ends_with('…'));
}

/// LibreOffice, where it is installed: it opens the workbook as it is, and reads in it what we wrote.
#[test]
fn a_workbook_opens_in_libreoffice() {
    let what = fixture::hostile();
    let (folder, path) = made(xlsx::new, "report.xlsx", &what);
    let profile = format!("-env:UserInstallation=file://{}/profile", folder.path().display());
    // Separator, quotes, UTF-8, from the first line, every sheet in a file of its own.
    let filter = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1";
    let run = Command::new("soffice")
        .args([&profile, "--headless", "--norestore", "--convert-to", filter, "--outdir"])
        .arg(folder.path().join("out"))
        .arg(&path)
        .output();
    let Ok(run) = run else {
        eprintln!("LibreOffice is not installed: not opened with it");
        return;
    };
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let said = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(!said.to_lowercase().contains("error") && !said.to_lowercase().contains("repair"), "{said}");
    let text = std::fs::read_to_string(folder.path().join("out/report-Rows.csv")).unwrap();
    let lines: Vec<::csv::StringRecord> = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes())
        .records()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(lines.len(), what.1.len() + 1);
    for (line, row) in lines.iter().skip(1).zip(&what.1) {
        let local = row.at.with_timezone(&fixture::ZONE).format("%Y-%m-%d %H:%M:%S").to_string();
        assert_eq!(&line[0], local, "a real date");
        assert_eq!(&line[2], plain(row.name.as_deref().unwrap_or("")));
        assert_eq!(&line[3], row.phone.as_deref().unwrap_or(""));
        assert_eq!(&line[7], plain(row.campaign.as_deref().unwrap_or("")));
    }
}
