//! PDFs, as other programs read them: tagged, titled, with their letters in them, and with every figure to be found.
//! `LEADTRAIL_LOOK=DIR` keeps the files, to be looked at.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use leadtrail::documents::timeline;
use leadtrail::documents::{Paper, Target, pdf};
use leadtrail::figures::model::{Cell, Report, Row};

use super::support::fixture;

/// What a program says, where it is installed. CI has both: `script/setup` asks for them.
fn says(program: &str, arguments: &[&str], file: &Path) -> Option<String> {
    let out = Command::new(program).args(arguments).arg(file).arg("-").output().ok()?;
    Some(String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr))
}

fn kept(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::File::create(&path).unwrap().write_all(bytes).unwrap();
    if let Some(look) = std::env::var_os("LEADTRAIL_LOOK") {
        std::fs::write(Path::new(&look).join(name), bytes).unwrap();
    }
    (folder, path)
}

/// `qpdf --check`, `pdffonts`, `pdfinfo`: what must hold of every file.
fn holds(path: &Path, title: &str) -> Option<String> {
    let check = Command::new("qpdf").arg("--check").arg(path).output().ok()?;
    assert!(
        check.status.success(),
        "{}",
        String::from_utf8_lossy(&check.stdout) + String::from_utf8_lossy(&check.stderr)
    );
    let fonts = Command::new("pdffonts").arg(path).output().ok()?;
    let fonts = String::from_utf8_lossy(&fonts.stdout).into_owned();
    assert!(fonts.lines().count() > 2, "{fonts}");
    for line in fonts.lines().skip(2) {
        let columns: Vec<&str> = line.split_whitespace().rev().collect();
        // From the right: object's generation and number, then whether mapped to Unicode, subset, embedded.
        assert_eq!(columns.get(2..5), Some(["yes", "yes", "yes"].as_slice()), "{fonts}");
    }
    assert!(fonts.contains("Inter-Regular") && fonts.contains("Inter-SemiBold"), "{fonts}");
    let info = Command::new("pdfinfo").arg(path).output().ok()?;
    let info = String::from_utf8_lossy(&info.stdout).into_owned();
    assert!(info.contains(title), "{info}");
    assert!(info.lines().any(|line| line.starts_with("Tagged:") && line.ends_with("yes")), "{info}");
    assert!(info.lines().any(|line| line.starts_with("JavaScript:") && line.ends_with("no")), "{info}");
    Some(info)
}

fn text(path: &Path) -> Option<String> {
    says("pdftotext", &["-layout"], path)
}

fn pages(info: &str) -> usize {
    info.lines().find_map(|line| line.strip_prefix("Pages:")).and_then(|n| n.trim().parse().ok()).unwrap()
}

fn cells(report: &Report) -> Vec<&Cell> {
    let mut cells: Vec<&Cell> = report.headlines.iter().map(|line| &line.cell).collect();
    for sum in &report.sums {
        cells.push(&sum.total);
        cells.extend(sum.parts.iter().map(|part| &part.cell));
    }
    for table in report.sections.iter().flat_map(|section| &section.tables) {
        cells.extend(table.rows.iter().chain(&table.total).flat_map(|row| &row.cells));
    }
    cells
}

#[test]
fn a_month_on_both_papers() {
    let (report, rows) = fixture::month();
    for (paper, size) in [(Paper::A4, "595.28 x 841.89"), (Paper::Letter, "612 x 792")] {
        let bytes = pdf::strict(&report, &rows, paper).unwrap();
        assert!(bytes.starts_with(b"%PDF-1.7"));
        for must in ["/Lang", "pdfuaid:part", "pdfaid:part", "/Outlines", "/StructTreeRoot", "/MarkInfo"] {
            assert!(bytes.windows(must.len()).any(|window| window == must.as_bytes()), "{must}");
        }
        let (_folder, path) = kept(&format!("report-{}.pdf", &size[..3]), &bytes);
        let Some(info) = holds(&path, "Overview, 1 to 31 Mar 2026, Northgate Homes") else { return };
        assert!(info.contains(size), "{info}");
        let all = text(&path).unwrap();
        let pages = pages(&info);
        assert!(all.contains(&format!("1 of {pages}")) && all.contains(&format!("{pages} of {pages}")));
        for line in &report.headlines {
            assert!(all.contains(&line.cell.text), "{}", line.label);
        }
        for sum in &report.sums {
            assert!(all.contains(&sum.label));
        }
        for section in &report.sections {
            assert!(all.contains(&section.title), "{}", section.title);
        }
        let squeezed = all.split_whitespace().collect::<Vec<_>>().join(" ");
        for must in [
            report.manifest.sha256.as_str(),
            "America/New_York",
            "Mon to Fri 09:00–17:00; Sat and Sun closed",
            "25 Dec 2026",
        ] {
            assert!(squeezed.contains(must), "{must}");
        }
    }
}

/// Every figure's line in the list at the end holds exactly as many rows as the figure says.
#[test]
fn each_figure_leads_to_exactly_its_rows() {
    let (report, rows) = fixture::month();
    for cell in cells(&report) {
        let behind = rows.iter().filter(|row| pdf::is_behind(row, &cell.figure, fixture::ZONE)).count();
        assert_eq!(behind as i64, cell.rows, "{}", cell.figure);
    }
    let bytes = pdf::strict(&report, &rows, Paper::A4).unwrap();
    let links = bytes.windows(13).filter(|window| *window == b"/Subtype/Link").count();
    let figures = cells(&report).iter().filter(|cell| cell.rows > 0).count();
    assert!(links >= figures, "{links} links for {figures} figures");
}

#[test]
fn what_senders_write_stays_words() {
    let (report, rows) = fixture::hostile();
    let bytes = pdf::strict(&report, &rows, Paper::A4).unwrap();
    for never in ["/JavaScript", "/JS", "/OpenAction", "/URI", "/Launch", "/SubmitForm", "/EmbeddedFile"] {
        assert!(!bytes.windows(never.len()).any(|window| window == never.as_bytes()), "{never}");
    }
    let (_folder, path) = kept("hostile.pdf", &bytes);
    if holds(&path, "Overview").is_some() {
        let all = text(&path).unwrap();
        assert!(all.contains("<script>alert(1)</script>"), "said as it was written");
        assert!(!all.contains('\u{202e}') && !all.contains('\u{7}') && !all.contains('\u{1b}'));
    }
}

#[test]
fn nothing_one_row_and_far_too_much() {
    let (empty, none) = fixture::empty();
    let bytes = pdf::strict(&empty, &none, Paper::Letter).unwrap();
    let (_folder, path) = kept("empty.pdf", &bytes);
    holds(&path, "Overview");

    let (one, rows) = fixture::many(1);
    holds(&kept("one.pdf", &pdf::strict(&one, &rows, Paper::A4).unwrap()).1, "Overview");

    // A table of thousands of rows and names without end or spaces.
    let (mut long, _) = fixture::many(1);
    let table = &mut long.sections[3].tables[1];
    let row = table.rows[0].clone();
    for n in 0..5_000 {
        let mut more = row.clone();
        more.key = n.to_string();
        more.label = match n % 3 {
            0 => "x".repeat(900),
            1 => format!("Row {n}"),
            _ => "漢字かな交じり文 ".repeat(50),
        };
        table.rows.push(more);
    }
    long.manifest.business = "Very long name of a business ".repeat(40);
    long.manifest.notes = vec!["word".repeat(3_000), "a b ".repeat(9_000)];
    for row in &mut long.manifest.changed.as_mut().unwrap().rows {
        row.row.name = Some("W".repeat(3_000));
    }
    let (_folder, path) = kept("long.pdf", &pdf::strict(&long, &[], Paper::A4).unwrap());
    if let Some(info) = holds(&path, "Overview") {
        assert!(pages(&info) > 80, "{info}");
    }
}

/// Through the door that exports use, with more rows than are printed.
#[test]
fn more_rows_than_are_printed() {
    let (report, rows) = fixture::many(2_100);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("many.pdf");
    let file = std::fs::File::create(&path).unwrap();
    let target = Target {
        file,
        scratch: folder.path(),
        paper: Paper::A4,
        detail: Default::default(),
        zone: fixture::ZONE,
        currency: "USD",
    };
    let mut shape = pdf::new(target).unwrap();
    for row in &rows {
        shape.row(row).unwrap();
    }
    shape.finish(&report).unwrap();
    let size = std::fs::metadata(&path).unwrap().len();
    assert!(size < 1_000_000, "{size}");
    if holds(&path, "Overview").is_some() {
        assert!(text(&path).unwrap().contains("There are too many rows to print."));
    }
}

#[test]
fn names_in_other_scripts_are_said_as_they_are() {
    let (mut report, mut rows) = fixture::many(3);
    let names = ["山田太郎", "محمد علي", "Zoë Łukasz 🦄"];
    let leads: Vec<&mut Row> = rows.iter_mut().filter(|row| row.kind == "lead").collect();
    for (row, name) in leads.into_iter().zip(names) {
        row.name = Some(name.to_owned());
    }
    report.manifest.changed = None;
    let bytes = pdf::strict(&report, &rows, Paper::A4).unwrap();
    let (_folder, path) = kept("scripts.pdf", &bytes);
    if holds(&path, "Overview").is_some() {
        let all = text(&path).unwrap();
        assert!(all.contains("Zoë Łukasz"), "{all}");
        assert!(all.contains("山田太郎"), "what is drawn as a box still says what it stands for");
    }
}

/// A timeline with all that a sender may write, on both papers.
#[test]
fn a_timeline_with_everything_in_it() {
    let (doc, manifest) = told();
    for paper in [Paper::A4, Paper::Letter] {
        let bytes = timeline::pdf::strict(&doc, &manifest, paper).unwrap();
        let (_folder, path) = kept("timeline.pdf", &bytes);
        let Some(info) = holds(&path, "Timeline of Jane") else { return };
        assert!(pages(&info) > 3, "{info}");
        let all = text(&path).unwrap();
        for must in [
            "Tuesday 24 March 2026",
            "Call from Jane",
            "(404) 555-0142",
            "12 echoed lines left out",
            "Do not contact: STOP by text",
            "“Posted” (Meera)",
        ] {
            assert!(all.contains(must), "{must}");
        }
        assert!(all.contains("<script>alert(1)</script>"));
        assert!(!all.contains('\u{202e}'));
    }
}

fn told() -> (timeline::TimelineDoc, timeline::TimelineManifest) {
    use leadtrail::domain::Stage;
    use leadtrail::domain::entry::EntryKind;
    use timeline::{Block, Day, Fact, JourneyStep, TimelineItem, Tone, TranscriptLine, Who};
    let at = "2026-03-24T22:41:00Z".parse().unwrap();
    let fact = |label: &str, value: &str| Fact { label: label.into(), value: value.into() };
    let item = |kind, title: &str, blocks| TimelineItem {
        kind,
        tone: Tone::Bad,
        time: "18:41".into(),
        at,
        title: title.into(),
        beside: vec!["4:05".into(), "x".repeat(400)],
        told_by: Some("CallRail".into()),
        late: Some("Arrived 18 min later".into()),
        blocks,
    };
    let mut items = vec![item(
        EntryKind::Call,
        "Call from Jane",
        vec![
            Block::Facts {
                label: Some("Facts".into()),
                facts: vec![fact("From", "(404) 555-0142"), fact(&"L".repeat(300), "")],
            },
            Block::Turns {
                lines: (0..60)
                    .map(|n| TranscriptLine {
                        at: Some("0:13".into()),
                        who: "Caller".into(),
                        caller: n % 2 == 0,
                        text: "and so on ".repeat(n),
                    })
                    .collect(),
                note: Some("12 echoed lines left out".into()),
            },
        ],
    )];
    for hostile in fixture::HOSTILE {
        items.push(item(EntryKind::Note, hostile, vec![Block::Text { label: None, text: hostile.into() }]));
        for inbound in [true, false] {
            items.push(item(
                EntryKind::Message,
                "",
                vec![Block::Bubble { inbound, text: hostile.repeat(8), beside: "SMS".into() }],
            ));
        }
    }
    let step = |stage, label: &str| JourneyStep {
        stage,
        label: label.into(),
        status: Some("Posted".into()),
        at: "24 Mar 2026, 18:41".into(),
        lasted: None,
        source: Some("Meera".into()),
    };
    let doc = timeline::TimelineDoc {
        title: "Timeline of Jane".into(),
        redacted: false,
        business: "Northgate Homes".into(),
        who: Who {
            heading: "Jane ".repeat(100),
            stage: Stage::DoNotContact,
            stage_label: "Do not contact".into(),
            stage_since: None,
            do_not_contact: Some("Do not contact: STOP by text".into()),
            tags: vec!["a tag".into(); 40],
            facts: vec![fact("Number", "(404) 555-0142")],
        },
        journey: [Stage::New, Stage::Booked, Stage::Lost]
            .repeat(4)
            .into_iter()
            .map(|stage| step(stage, "New"))
            .collect(),
        days: vec![Day { date: "2026-03-24".parse().unwrap(), label: "Tuesday 24 March 2026".into(), items }],
        manifest: vec![fact("Made", "now")],
        notes: vec!["Recordings are not in this file.".into()],
    };
    let manifest = timeline::TimelineManifest {
        business: "Northgate Homes".into(),
        lead_ref: Some("ab".repeat(16)),
        redacted: false,
        time_zone: "America/New_York".into(),
        currency: "USD".into(),
        as_of: None,
        made_at: at,
        program: "0.1.0".into(),
        projection_version: 4,
        entries: 43,
        counts: Default::default(),
    };
    (doc, manifest)
}
