//! A data file that an earlier release made opens, migrates, and shows what that release showed.
//!
//! `tests/fixtures/older` holds such a file (schema 11, compressed) with what the release wrote of it: lists, a timeline, and
//! the values of a report. In it are samples of all five services, what people did, an import, one that was taken back,
//! and a person who was erased.

use std::path::{Path, PathBuf};

use leadtrail::store::FILE;
use serde_json::Value;

use super::support::{leadtrail, leadtrail_json};

/// What was known when the release wrote its files.
const AS_OF: &str = "2026-11-30T19:09:19Z";

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/older").join(name)
}

fn older() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let packed = std::fs::read(fixture("leadtrail.sqlite.zst")).unwrap();
    std::fs::write(folder.path().join(FILE), zstd::decode_all(packed.as_slice()).unwrap()).unwrap();
    folder
}

fn export(data: &Path, what: &[&str], name: &str) -> String {
    // Nothing is written among the program's own files.
    let elsewhere = tempfile::tempdir().unwrap();
    let file = elsewhere.path().join(name);
    let output = leadtrail(data, &[&["export"], what, &["-o", file.to_str().unwrap()]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::read_to_string(file).unwrap()
}

const PERIOD: [&str; 8] = ["--from", "2019-01-01", "--to", "2026-11-30", "--tz", "America/New_York", "--as-of", AS_OF];

#[test]
fn it_shows_the_same_lists() {
    let folder = older();
    for name in ["leads.csv", "calls.csv"] {
        let what = name.trim_end_matches(".csv");
        let made = export(folder.path(), &[&[what, "--format", "csv"], PERIOD.as_slice()].concat(), name);
        same(&made, &std::fs::read_to_string(fixture(name)).unwrap(), name);
    }
}

#[test]
fn it_shows_the_same_report() {
    let folder = older();
    let what = [&["report", "--format", "json", "--compare", "none"], PERIOD.as_slice()].concat();
    let report: Value = serde_json::from_str(&export(folder.path(), &what, "report.json")).unwrap();
    let mut lines = Vec::new();
    for headline in report["headlines"].as_array().unwrap() {
        lines.push(format!("headlines {} {}", text(&headline["key"]), headline["cell"]["value"]));
    }
    // Of each day there is a row in it.
    for section in report["sections"].as_array().unwrap().iter().filter(|section| section["key"] != "calls") {
        for table in section["tables"].as_array().unwrap() {
            let columns = table["columns"].as_array().unwrap();
            for row in table["rows"].as_array().unwrap() {
                for (column, cell) in columns.iter().zip(row["cells"].as_array().unwrap()) {
                    let names = [&section["key"], &table["key"], &row["key"], &column["key"]].map(text).join(" ");
                    lines.push(format!("{names} {}", cell["value"]));
                }
            }
        }
    }
    same(&(lines.join("\n") + "\n"), &std::fs::read_to_string(fixture("report.txt")).unwrap(), "report");
}

#[test]
fn it_shows_the_same_timeline() {
    let folder = older();
    let what = ["timeline", "--lead", "16", "--format", "json"];
    let made: Value = serde_json::from_str(&export(folder.path(), &what, "timeline.json")).unwrap();
    let then: Value = serde_json::from_str(&std::fs::read_to_string(fixture("timeline.json")).unwrap()).unwrap();
    holds(&made, &then, "");
}

/// Whatever was said then is said now; more may be.
fn holds(now: &Value, then: &Value, at: &str) {
    match (now, then) {
        (Value::Object(now), Value::Object(then)) => {
            for (key, then) in then {
                holds(now.get(key).unwrap_or_else(|| panic!("{at}/{key} is gone")), then, &format!("{at}/{key}"));
            }
        }
        (Value::Array(now), Value::Array(then)) => {
            assert_eq!(now.len(), then.len(), "{at}");
            now.iter().zip(then).enumerate().for_each(|(n, (now, then))| holds(now, then, &format!("{at}/{n}")));
        }
        _ => assert_eq!(now, then, "{at}"),
    }
}

#[test]
fn it_is_whole_and_rebuilds_to_the_same() {
    let folder = older();
    let check = leadtrail_json(folder.path(), &["check", "--json"]);
    assert_eq!(check["ok"], true, "{check:#}");
    // The first reads what this release reads better, the second nothing new.
    let fresh = leadtrail_json(folder.path(), &["rebuild", "--json"]);
    let again = leadtrail_json(folder.path(), &["rebuild", "--json"]);
    assert_eq!(fresh["hash_after"], again["hash_before"], "{fresh:#} {again:#}");
    assert_eq!(again["hash_before"], again["hash_after"], "{again:#}");
    assert_eq!(leadtrail_json(folder.path(), &["check", "--json"])["ok"], true);
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Equal, or the first line that is not.
fn same(made: &str, then: &str, what: &str) {
    let differ = made.lines().zip(then.lines()).find(|(now, then)| now != then);
    assert_eq!(differ, None, "{what}: now, and then");
    assert_eq!(made.lines().count(), then.lines().count(), "{what}");
}

/// Of what the journal says, in every column that both files have, but for where it says whether it was taken back.
fn journal(path: &Path) -> Vec<String> {
    let file = rusqlite::Connection::open(path).unwrap();
    let sql = "SELECT json_array(seq, kind, received_at, source, event, region, CASE WHEN kind <> 5 THEN trust END, why, about,
                   content_type, hex(headers), hex(body), body_size, import, erased) FROM journal ORDER BY seq";
    let mut statement = file.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// `(about, what it says)` of every entry that takes another back, as `column` says it.
fn taken_back(path: &Path, column: &str) -> Vec<(i64, Option<i64>)> {
    let file = rusqlite::Connection::open(path).unwrap();
    let mut statement =
        file.prepare(&format!("SELECT about, {column} FROM journal WHERE kind = 5 ORDER BY seq")).unwrap();
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}

#[test]
fn what_was_taken_back_says_so_in_a_column_of_its_own_and_nothing_else_of_the_journal_changes() {
    let folder = older();
    let path = folder.path().join(FILE);
    let (before, said) = (journal(&path), taken_back(&path, "trust"));
    assert!(said.iter().any(|(_, undone)| *undone == Some(1)), "{said:?}");
    assert_eq!(leadtrail_json(folder.path(), &["check", "--json"])["ok"], true);
    assert_eq!(journal(&path), before);
    assert_eq!(taken_back(&path, "undone"), said);
    assert!(taken_back(&path, "trust").iter().all(|(_, trust)| *trust == Some(0)));
    let file = rusqlite::Connection::open(&path).unwrap();
    let other: i64 = file
        .query_row("SELECT count(*) FROM journal WHERE kind <> 5 AND undone IS NOT NULL", [], |row| row.get(0))
        .unwrap();
    assert_eq!(other, 0);
    // And from here on it only grows, as before.
    for change in ["UPDATE journal SET undone = 0", "DELETE FROM journal"] {
        assert!(file.execute(change, []).unwrap_err().to_string().contains("the journal only grows"), "{change}");
    }
}

/// Of a file that was brought up to date: its projection, and what it takes back.
fn looks(data: &Path) -> (Value, Vec<(i64, Option<i64>)>) {
    let check = leadtrail_json(data, &["check", "--json"]);
    assert_eq!(check["ok"], true, "{check:#}");
    (check["projection"].clone(), taken_back(&data.join(FILE), "undone"))
}

#[test]
fn a_backup_of_it_is_restored_with_what_was_taken_back() {
    let (opened, other) = (older(), tempfile::tempdir().unwrap());
    leadtrail_json(opened.path(), &["rebuild", "--json"]);
    leadtrail_json(other.path(), &["source", "add", "--provider", "varda", "--name", "Another", "--json"]);
    let name = "leadtrail-2026-11-30T190919Z-hand.sqlite";
    std::fs::create_dir_all(other.path().join("backups")).unwrap();
    std::fs::copy(older().path().join(FILE), other.path().join("backups").join(name)).unwrap();
    let restored = leadtrail_json(other.path(), &["restore", name, "--yes", "--exact", "--json"]);
    assert_eq!(restored["lost"], serde_json::json!([]), "{restored:#}");
    assert_eq!(looks(other.path()), looks(opened.path()));
}

#[test]
fn what_was_taken_back_stays_so_where_the_file_is_damaged_before_it_was_brought_up_to_date() {
    let (opened, damaged) = (older(), older());
    leadtrail_json(opened.path(), &["rebuild", "--json"]);
    let path = damaged.path().join(FILE);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[..16].fill(0);
    std::fs::write(&path, bytes).unwrap();
    leadtrail_json(damaged.path(), &["salvage", "--yes", "--json"]);
    assert_eq!(looks(damaged.path()), looks(opened.path()));
}
