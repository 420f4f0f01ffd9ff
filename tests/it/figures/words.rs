//! docs/figures.md holds the words of every measure, made from the code that counts.

use std::fmt::Write;
use std::path::Path;

use leadtrail::figures::measure::{Makes, Measure};

const BEGINS: &str = "<!-- measures: made from src-tauri/figures/measure.rs -->\n";
const ENDS: &str = "<!-- end of measures -->\n";

/// What each group of measures is called.
const GROUPS: [(&str, &str); 12] = [
    ("leads", "Leads"),
    ("reached", "How far new leads get"),
    ("step", "How long each step takes"),
    ("stands", "Where new leads stand"),
    ("speed", "Speed to lead"),
    ("calls", "Calls"),
    ("sentiment", "Sentiment of calls"),
    ("texts", "Texts and chat messages"),
    ("forms", "Forms"),
    ("outcome", "Outcomes"),
    ("money", "Money"),
    ("closed", "Journeys that closed"),
];
const LAST: (&str, &str) = ("disagree", "Where services disagree");

fn tables() -> String {
    let mut text = String::new();
    let mut written = 0;
    for (group, title) in GROUPS.into_iter().chain([LAST]) {
        write!(text, "\n### {title}\n\n| figure | name | makes | counts |\n|---|---|---|---|\n").unwrap();
        for measure in Measure::ALL.iter().filter(|measure| measure.key().split('.').next() == Some(group)) {
            let makes = match measure.makes() {
                Makes::Count => "how many",
                Makes::Sum => "sum, cents",
                Makes::Median => "median, seconds",
            };
            let words = measure.counts().replace('|', "\\|");
            writeln!(text, "| `{}` | {} | {makes} | {words} |", measure.key(), measure.label()).unwrap();
            written += 1;
        }
    }
    assert_eq!(written, Measure::ALL.len(), "a measure of no group");
    text.push('\n');
    text
}

#[test]
fn the_page_about_figures_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/figures.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGINS).expect("where the measures begin");
    let (tables_there, after) = rest.split_once(ENDS).expect("where the measures end");
    let tables = tables();
    if std::env::var_os("UPDATE_FIGURES").is_some() {
        std::fs::write(&path, format!("{before}{BEGINS}{tables}{ENDS}{after}")).unwrap();
    } else {
        assert!(
            tables_there == tables,
            "docs/figures.md is stale: run UPDATE_FIGURES=1 cargo test --no-default-features --test it figures::words"
        );
    }
}

/// A definition says something, and no two measures are called the same within a group.
#[test]
fn every_measure_is_defined_in_words() {
    for measure in Measure::ALL {
        assert!(measure.counts().len() > 10 && measure.counts().ends_with('.'), "{}", measure.key());
        assert_eq!(Measure::parse(measure.key()), Some(*measure));
    }
}
