//! What README and the documentation tell people to type is typed here: a command without an entry below fails, and so
//! does an entry nobody reads any longer.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::support::{Line, leadtrail, leadtrail_json, serve};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The pages people read, each with its text.
fn pages() -> Vec<(String, String)> {
    let docs = std::fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = docs.filter(|path| path.extension().is_some_and(|end| end == "md")).collect();
    for entry in std::fs::read_dir(root()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "md") && path.file_name().unwrap() != "CHANGELOG.md" {
            paths.push(path);
        }
    }
    paths.sort();
    let name = |path: &Path| path.strip_prefix(root()).unwrap().display().to_string();
    paths.iter().map(|path| (name(path), std::fs::read_to_string(path).unwrap())).collect()
}

/// The code of a page: each span between backticks, and each line of a fenced block of shell.
fn code(text: &str) -> Vec<String> {
    let (mut found, mut fence) = (Vec::new(), None);
    for line in text.lines() {
        if let Some(language) = line.strip_prefix("```") {
            fence = if fence.is_some() { None } else { Some(language.trim().to_string()) };
        } else if let Some(language) = &fence {
            if language == "sh" {
                found.push(line.split(" #").next().unwrap_or_default().trim().to_string());
            }
        } else {
            found.extend(line.split('`').skip(1).step_by(2).map(|span| span.replace("\\|", "|")));
        }
    }
    found
}

/// Each command line of the pages that starts with one of these words, once.
fn commands(first: &[&str]) -> BTreeSet<String> {
    let starts = |code: &String| code.split_whitespace().next().is_some_and(|word| first.contains(&word));
    pages().iter().flat_map(|(_, text)| code(text)).filter(starts).collect()
}

/// What is typed for a command of the pages: `LEAD`, `PHONE`, `CALLS`, `BACKUP`, `OUT` and `IMPORT` stand for what the sample has.
/// The last word says what the exit code has to be.
const TYPED: &[(&str, &[(&str, i32)])] = &[
    // A build without the window says so.
    ("leadtrail", &[("", if cfg!(feature = "desktop") { 0 } else { 2 })]),
    ("leadtrail --version", &[("--version", 0)]),
    ("leadtrail COMMAND --help", &[("--help", 0), ("source add --help", 0), ("import --help", 0)]),
    (
        "leadtrail source add --provider callrail --name \"Main line\"",
        &[("source add --provider callrail --name Main", 0)],
    ),
    ("leadtrail source add --provider <slug>", &[("source add --provider varda --name V", 0)]),
    ("leadtrail source add | list | urls", &[("source list", 0), ("source list --json", 0), ("source urls", 0)]),
    ("leadtrail source urls", &[("source urls CallRail", 0)]),
    (
        "leadtrail import FILE… --source ID",
        &[("import CALLS --source 1 --kind calls --dry-run", 0), ("import CALLS --source 1 --kind calls", 0)],
    ),
    (
        "leadtrail import FILE… --source NAME",
        &[("import CALLS --source CallRail --kind calls --json", 0), ("import --undo IMPORT", 0)],
    ),
    (
        "leadtrail export report|leads|calls|timeline",
        &[
            ("export report --from 2026-03-01 --to 2026-03-25 -o OUT/report.pdf", 0),
            ("export leads -o OUT/leads.xlsx", 0),
            ("export calls --from 2026-03-01 -o OUT/calls.csv", 0),
            ("export timeline --lead LEAD --redacted -o OUT/timeline.html", 0),
        ],
    ),
    ("leadtrail replay", &[("replay --dry-run", 0), ("replay", 0)]),
    ("leadtrail backup", &[("backup", 0), ("backup --json --to OUT", 0)]),
    ("leadtrail restore NAME|FILE", &[("restore BACKUP --yes", 0)]),
    ("leadtrail erase WHO", &[("erase LEAD --dry-run", 0), ("erase LEAD --yes", 0)]),
    ("leadtrail rebuild", &[("rebuild", 0)]),
    ("leadtrail check", &[("check", 0), ("check --json", 0)]),
    (
        "leadtrail demo --leads N --seed S [--to URL]",
        &[("demo --leads 3 --seed 1 --to http://127.0.0.1:9", 1), ("demo --leads 3 --seed 1 --json", 1)],
    ),
    ("leadtrail demo", &[("demo --remove", 0), ("demo --leads 3 --seed 1", 0)]),
    // With a damaged file alone: `backups` damages one.
    ("leadtrail salvage", &[("salvage --help", 0)]),
    // These go on until they are ended: the other test starts and ends them.
    ("leadtrail serve", &[]),
    ("leadtrail serve [--hooks ADDR] [--ui ADDR] [--new-token]", &[]),
    ("leadtrail serve --hooks ADDRESS --beyond-this-machine", &[]),
];

#[test]
fn every_command_people_are_told_to_type_works_on_the_sample() {
    let told = commands(&["leadtrail"]);
    let known: BTreeSet<String> = TYPED.iter().map(|(command, _)| (*command).to_string()).collect();
    assert_eq!(told.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new(), "no entry in TYPED");
    assert_eq!(known.difference(&told).collect::<Vec<_>>(), Vec::<&String>::new(), "nobody reads of these any longer");

    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("out"));
    std::fs::create_dir(&out).unwrap();
    let calls = folder.path().join("calls.csv");
    std::fs::write(
        &calls,
        "Call Status,Tracking Number,Start Time,Duration (seconds),Name,Phone Number,Source\n\
         Answered Call,+14045550199,2026-03-02 09:14:00,31,Una Lost,+14045550163,Direct\n",
    )
    .unwrap();
    assert!(leadtrail(&data, &["demo", "--until", "2026-03-25"]).status.success());
    let backup = leadtrail_json(&data, &["backup", "--json"]);
    let backup = backup["name"].as_str().or(backup["path"].as_str()).unwrap().to_string();
    for (command, typed) in TYPED {
        for (line, code) in *typed {
            let import = || leadtrail_json(&data, &["import", calls.to_str().unwrap(), "--source", "1", "--json"]);
            let words: Vec<String> = line
                .split_whitespace()
                .map(|word| match word {
                    "LEAD" => "1".to_string(),
                    "CALLS" => calls.display().to_string(),
                    "BACKUP" => backup.clone(),
                    "IMPORT" => import()["import"].to_string(),
                    word => word.replace("OUT", out.to_str().unwrap()),
                })
                .collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let output = leadtrail(&data, &words);
            let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
            assert_eq!(output.status.code(), Some(*code), "“{command}”, typed as “{line}”: {said}");
        }
    }
    for made in ["report.pdf", "leads.xlsx", "calls.csv", "timeline.html"] {
        assert!(out.join(made).metadata().unwrap().len() > 0, "{made}");
    }
}

#[test]
fn serving_as_the_pages_tell_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut serving = serve(folder.path());
    let mut line = Line::open(serving.hooks).unwrap();
    assert_eq!(line.get("/healthz", "Host: x\r\n").unwrap(), (200, b"ok".to_vec()));
    assert_eq!(serving.terminate(), Some(0));
    let mut rest = String::new();
    serving.rest.read_to_string(&mut rest).unwrap();
    // Beyond this machine only when it is said: an address of all networks is refused otherwise.
    let refused = leadtrail(folder.path(), &["serve", "--hooks", "0.0.0.0:0", "--ui", "127.0.0.1:0"]);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--beyond-this-machine"));
}

/// Options that stand alone, such as `--undo` beside the command they belong to.
#[test]
fn every_option_people_read_of_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut known = String::new();
    let all = "serve import replay rebuild check backup export erase restore salvage demo";
    for command in all.split(' ').chain(["", "source add", "source list", "source urls"]) {
        let words: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
        known += &String::from_utf8(leadtrail(folder.path(), &words).stdout).unwrap();
    }
    // Those of cargo, npm, npx, tunnels and our scripts.
    known +=
        " --release --fast --watch --prefix --config --no-dev-server --no-default-features --test --headless --bg ";
    for (page, text) in pages() {
        for code in code(&text).iter().filter(|code| !code.contains("cloudflared") && !code.contains("tailscale")) {
            for word in code
                .split(|c: char| c.is_whitespace() || "[]=`".contains(c))
                .filter(|w| w.len() > 2 && w.starts_with("--"))
            {
                let is_known = known.split(|c: char| !(c.is_alphanumeric() || c == '-')).any(|option| option == word);
                assert!(is_known, "{page}: “{word}” of “{code}” is no option of ours");
            }
        }
    }
}

#[test]
fn every_script_and_file_people_read_of_is_there() {
    let package = std::fs::read_to_string(root().join("ui/package.json")).unwrap();
    let package: serde_json::Value = serde_json::from_str(&package).unwrap();
    for (page, text) in pages() {
        for code in code(&text) {
            let words: Vec<&str> = code.split_whitespace().collect();
            if let Some(script) = words.iter().find(|word| word.starts_with("script/")) {
                assert!(root().join(script.trim_end_matches('/')).exists(), "{page}: {code}");
            }
            if let Some(at) = words.windows(2).position(|pair| pair == ["npm", "run"]) {
                let script = words.iter().skip(at + 2).find(|word| !word.starts_with('-')).unwrap();
                assert!(package["scripts"][script].is_string(), "{page}: {code}");
            }
        }
        let here = root().join(&page);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let link = link.split('#').next().unwrap_or_default();
            if !link.is_empty() && !link.contains("://") {
                assert!(here.parent().unwrap().join(link).exists(), "{page} leads to {link}, which is not there");
            }
        }
    }
}

/// Whoever looks around in the sample and asks for the check-up is not told that something is wrong.
#[test]
fn the_check_up_finds_nothing_wrong_with_the_sample() {
    let folder = tempfile::tempdir().unwrap();
    assert!(leadtrail(folder.path(), &["demo", "--until", "2026-03-25"]).status.success());
    let said = String::from_utf8(leadtrail(folder.path(), &["check"]).stdout).unwrap();
    assert!(said.contains("CallRail"), "{said}");
    assert_eq!(said.lines().filter(|line| line.starts_with("bad")).collect::<Vec<_>>(), Vec::<&str>::new());
}

/// rustup fetches what is named there; a Rust from elsewhere goes by the manifest alone.
#[test]
fn the_named_toolchain_is_the_one_that_the_manifest_asks_for() {
    let quoted = |file: &str, key: &str| {
        let text = std::fs::read_to_string(root().join(file)).unwrap();
        let line = text.lines().find(|line| line.starts_with(key)).unwrap().to_string();
        line.split('"').nth(1).unwrap().to_string()
    };
    let (named, asked) = (quoted("rust-toolchain.toml", "channel"), quoted("Cargo.toml", "rust-version"));
    assert!(named == asked || named.starts_with(&format!("{asked}.")), "{named} is not {asked}");
}

/// A package is made once a release: what it takes along is looked for here.
#[test]
fn what_the_package_takes_along_is_there() {
    let config = std::fs::read_to_string(root().join("tauri.conf.json")).unwrap();
    let config: serde_json::Value = serde_json::from_str(&config).unwrap();
    let files = config["bundle"]["linux"]["deb"]["files"].as_object().unwrap();
    for name in ["copyright", "third-party-notices.txt"] {
        let file = files[&format!("/usr/share/doc/leadtrail/{name}")].as_str().unwrap();
        assert!(root().join(file).metadata().unwrap().len() > 0, "{file}");
    }
}

#[test]
fn the_fonts_are_of_the_version_that_is_told_of_them() {
    use skrifa::MetadataProvider;
    use skrifa::string::StringId;
    let folder = root().join("src-tauri/documents/fonts");
    let told = std::fs::read_to_string(folder.join("README.md")).unwrap();
    for weight in ["Regular", "Medium", "SemiBold"] {
        let bytes = std::fs::read(folder.join(format!("Inter-{weight}.ttf"))).unwrap();
        let font = skrifa::FontRef::new(&bytes).unwrap();
        let say = |id| font.localized_strings(id).english_or_first().unwrap().to_string();
        let version = say(StringId::VERSION_STRING);
        let number = version.trim_start_matches("Version ").split(';').next().unwrap();
        assert!(told.contains(&format!("tables say {number})")), "{weight} is {version}");
        assert!(say(StringId::LICENSE_DESCRIPTION).contains("Open Font License"), "{weight}");
    }
}
