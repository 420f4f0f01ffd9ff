//! Files on the way: under another name, for their owner alone, and in their place only when they are whole.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::MakeError;

/// Bytes of a file's name, with room for its ending and a number.
const NAME: usize = 180;

/// A file that goes away unless it is put in its place.
#[derive(Debug)]
pub struct PartFile {
    path: PathBuf,
}

impl PartFile {
    /// An empty file. One that a program left there that was killed is replaced; a link to elsewhere is not followed.
    ///
    /// # Errors
    /// [`MakeError::Folder`] in plain words.
    pub fn new(path: &Path) -> Result<(PartFile, File), MakeError> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let file = crate::fs::create_new(path).map_err(|error| unfit(folder, &error))?;
        Ok((PartFile { path: path.to_path_buf() }, file))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its size and hash, once it is on the disk.
    pub(super) fn sync_and_hash(&self) -> Result<(i64, String), MakeError> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let settle = || -> io::Result<(i64, String)> {
            let file = OpenOptions::new().read(true).write(true).open(&self.path)?;
            file.sync_all()?;
            let size = i64::try_from(file.metadata()?.len()).unwrap_or(i64::MAX);
            Ok((size, hash_of(&file)?))
        };
        settle().map_err(|error| unfit(folder, &error))
    }

    /// Puts it in its place in one step; what is there is replaced.
    ///
    /// # Errors
    /// [`MakeError::Folder`] in plain words; then it is gone.
    pub fn into_place(self, target: &Path) -> Result<(), MakeError> {
        let folder = target.parent().unwrap_or(Path::new("."));
        fs::rename(&self.path, target).map_err(|error| unfit(folder, &error))?;
        std::mem::forget(self);
        // A name that is not on the disk yet would be lost with the power.
        #[cfg(unix)]
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
        Ok(())
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Why a folder does not take a file.
fn unfit(folder: &Path, error: &io::Error) -> MakeError {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    MakeError::Folder(match error.kind() {
        _ if !folder.is_dir() => format!("The folder {} is not there.", folder.display()),
        io::ErrorKind::StorageFull => "The disk is full.".into(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            format!("Nothing can be written into the folder {}.", folder.display())
        }
        _ => format!("The folder {} does not take the file: {error}.", folder.display()),
    })
}

/// What the file of an export is called on the way.
pub(super) fn part_name(id: i64) -> String {
    format!(".leadtrail-export-{id}.part")
}

/// A file on the way that a program left.
pub(super) fn is_part(name: &str) -> bool {
    let number = name.strip_prefix(".leadtrail-export-").and_then(|rest| rest.strip_suffix(".part"));
    number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-'))
}

/// A text as part of a file's name on any system.
pub fn safe_name(text: &str) -> String {
    safe_name_of(text, NAME)
}

/// The same in at most so many bytes.
pub(super) fn safe_name_of(text: &str, most: usize) -> String {
    let mut safe = String::new();
    for c in text.chars() {
        let c = match c {
            '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '-',
            c if c.is_control() || is_invisible(c) => ' ',
            c => c,
        };
        if safe.len() + c.len_utf8() > most {
            break;
        }
        safe.push(c);
    }
    let safe = safe.split_whitespace().collect::<Vec<_>>().join(" ");
    safe.trim_matches(['.', ' ', '-', '~']).to_string()
}

/// What turns the direction of writing, or is not seen: a name must read as it is.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

/// What a browser is told to call a file it keeps.
pub fn disposition(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%') || c == ' ' { c } else { '_' })
        .collect();
    let mut exact = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            exact.push(char::from(byte));
        } else {
            exact.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}")
}

/// A name that is free: with a number where it is not.
pub(super) fn free_name(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    if !is_taken(name) {
        return name.to_string();
    }
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let dot = if ending.is_empty() { "" } else { "." };
    (2..10_000)
        .map(|n| format!("{stem} ({n}){dot}{ending}"))
        .find(|name| !is_taken(name))
        .unwrap_or_else(|| format!("{stem} {}{dot}{ending}", fastrand::u64(..)))
}

/// The hash of a file, hex.
fn hash_of(mut file: &File) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match io::Read::read(&mut file, &mut buffer)? {
            0 => return Ok(hex::encode(hash.finalize())),
            n => hash.update(&buffer[..n]),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_are_safe_on_any_system() {
        for (text, safe) in [
            ("Northgate Homes", "Northgate Homes"),
            ("../../etc/passwd", "etc-passwd"),
            ("a\u{202E}fdp.exe", "a fdp.exe"),
            ("C:\\x\r\n\tb", "C--x b"),
            (" .hidden. ", "hidden"),
            ("Zoë & Søn <3", "Zoë & Søn -3"),
        ] {
            assert_eq!(safe_name(text), safe);
        }
        assert!(safe_name(&"ü".repeat(500)).len() <= NAME);
        assert_eq!(safe_name("///"), "");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_the_way_is_not_followed() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (part, other) = (folder.path().join("a.part"), folder.path().join("other"));
        fs::write(&other, "theirs").unwrap();
        fs::set_permissions(&other, fs::Permissions::from_mode(0o644)).unwrap();
        std::os::unix::fs::symlink(&other, &part).unwrap();
        let (unfinished, file) = PartFile::new(&part).unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        io::Write::write_all(&mut &file, b"ours").unwrap();
        drop(unfinished);
        assert_eq!((fs::read_to_string(&other).unwrap(), part.exists()), ("theirs".into(), false));
        // Neither is what somebody else holds open.
        fs::write(&part, "half").unwrap();
        let held = File::open(&part).unwrap();
        let (_unfinished, file) = PartFile::new(&part).unwrap();
        io::Write::write_all(&mut &file, b"ours").unwrap();
        assert_eq!(io::read_to_string(held).unwrap(), "half");
    }

    #[test]
    fn a_browser_is_told_names_that_break_out_of_nothing() {
        let told = disposition("Zoë \"x\"\r\n.pdf");
        assert_eq!(told, "attachment; filename=\"Zo_ _x___.pdf\"; filename*=UTF-8''Zo%C3%AB%20%22x%22%0D%0A.pdf");
        assert!(disposition(&told).bytes().all(|byte| (0x20..0x7F).contains(&byte)));
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let taken = ["a.pdf", "a (2).pdf", "b"];
        let free = |name: &str| free_name(name, |name| taken.contains(&name));
        assert_eq!((free("a.pdf"), free("b"), free("c.pdf")), ("a (3).pdf".into(), "b (2)".into(), "c.pdf".into()));
    }
}
