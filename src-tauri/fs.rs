//! How files are made, and where never: one place decides for everything that writes a path.
//!
//! Files of Leadtrail's own are for their owner alone, and a link that lies where one belongs is not followed: whoever
//! may write into a folder must not lend our rights to files elsewhere. And whatever a person or a setting names as a
//! target, it never is a file of our own ([`OwnFiles`]).

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};

/// The folder of backups in the data folder.
pub const BACKUPS: &str = "backups";
/// The folder of exports in the data folder: the only one of it that takes what somebody names.
pub const EXPORTS: &str = "exports";

/// The data file. It may be a copy that somebody put into a folder of theirs: then that folder is let alone, and those of
/// its usual names in it, but not everything below.
pub const DATA: &str = "leadtrail.sqlite";
/// What one program at a time locks.
pub const LOCK: &str = "leadtrail.lock";
/// What waits to be taken into the data file.
pub const INBOX: &str = "leadtrail.inbox";
/// How far the data file went when it was last written.
pub const KNOWN: &str = "leadtrail.known.json";
/// The token of the private door, and its sessions.
pub const ACCESS: &str = "leadtrail.access.json";
/// What only a data folder holds: whatever lies below such a folder is that program's.
const MARKS: [&str; 3] = [LOCK, KNOWN, ACCESS];
const PARTS: [&str; 4] = [BACKUPS, EXPORTS, "imports", "demo"];
/// What says in a data folder which folder its owner picked for backups.
pub const PICKED: &str = "leadtrail.backups.txt";

/// Links that are followed one after the other before a path counts as endless.
const LINKS: usize = 40;

/// Why something cannot be written there, in plain words.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It is a file or folder of the program's own.
    #[error("{} is one of Leadtrail’s own files or folders. Choose another place.", .0.display())]
    Ours(PathBuf),
    /// It lies in a folder of another data file, such as that of the sample data.
    #[error("{} lies in {}, which is a data folder of Leadtrail’s own. Choose another place.", .path.display(), .folder.display())]
    Theirs {
        /// What was named.
        path: PathBuf,
        /// The data folder.
        folder: PathBuf,
    },
    /// A device, a pipe or a folder.
    #[error("{} is no file. Give another name, or - for standard output.", .0.display())]
    NoFile(PathBuf),
    /// The system does not say what is there.
    #[error("{} cannot be looked at: {why}.", .path.display())]
    Unknown {
        /// What was named.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
}

fn unknown(path: &Path, why: io::Error) -> Refused {
    Refused::Unknown { path: path.to_path_buf(), why }
}

/// A file for its owner alone; what it holds stays. A link is not followed, and its mode is set by what was opened.
///
/// # Errors
/// As [`OpenOptions::open`], and where something other than a file is there.
pub fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).read(true).write(true);
    let file = open_no_follow(&mut options, path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

/// A new file for its owner alone. What lies there, a link too, makes room and is not touched.
///
/// # Errors
/// As [`OpenOptions::open`].
pub fn create_new(path: &Path) -> io::Result<File> {
    // Where it cannot be deleted, it is not ours: then nothing can be created here either.
    let _ = fs::remove_file(path);
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    mode(&mut options);
    options.open(path)
}

/// Puts a small file in its place: all of it or nothing.
///
/// # Errors
/// Those of the disk.
pub fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let part = beside(path, ".part");
    let written = create_new(&part).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    if let Err(error) = written.and_then(|()| fs::rename(&part, path)) {
        let _ = fs::remove_file(&part);
        return Err(error);
    }
    sync_folder(path.parent().unwrap_or(Path::new(".")));
    Ok(())
}

/// Opens a file to read what a person named: one that ends. Pipes, devices and folders are none, and waiting for the
/// other end of a pipe is not begun.
///
/// # Errors
/// A plain sentence.
pub fn open_to_read(path: &Path) -> Result<File, String> {
    let cannot = |error: io::Error| format!("{} cannot be read: {error}.", path.display());
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(flags(rustix::fs::OFlags::NONBLOCK));
    }
    // A folder cannot be opened on every system.
    if fs::metadata(path).map_err(cannot)?.is_dir() {
        return Err(format!("{} is a folder, and is no file.", path.display()));
    }
    let file = options.open(path).map_err(cannot)?;
    if !file.metadata().map_err(cannot)?.is_file() {
        return Err(format!("{} is no file that ends.", path.display()));
    }
    Ok(file)
}

/// Reads a small text that a person named: a file, or `-` for standard input.
///
/// # Errors
/// A plain sentence.
pub fn read_small(path: &Path, most: u64) -> Result<String, String> {
    let mut bytes = Vec::new();
    let read = if path.as_os_str() == "-" {
        io::stdin().lock().take(most + 1).read_to_end(&mut bytes)
    } else {
        open_to_read(path)?.take(most + 1).read_to_end(&mut bytes)
    };
    read.map_err(|error| format!("{} cannot be read: {error}.", path.display()))?;
    if bytes.len() as u64 > most {
        return Err(format!("{} is too large to be that.", path.display()));
    }
    String::from_utf8(bytes).map_err(|_| format!("{} is no text.", path.display()))
}

/// A folder for its owner alone, with those above it; what is there already stays as it is.
///
/// # Errors
/// Those of the disk.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(folder)
}

/// A folder of our own inside of `data`, made if it is not there. A link in its place may lead to another disk, but to
/// none of our own files.
///
/// # Errors
/// Those of the disk, and where a link leads into the data folder.
pub fn own_folder(data: &Path, name: &str) -> io::Result<PathBuf> {
    let folder = data.join(name);
    make_folder(&folder)?;
    if folder.symlink_metadata()?.is_symlink() {
        let (at, home) = (folder.canonicalize()?, data.canonicalize()?);
        if at.starts_with(&home) || home.starts_with(&at) {
            let text = format!("{} is a link into Leadtrail’s own data", folder.display());
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
    }
    Ok(folder)
}

/// Whether a folder takes files: one is made in it, and taken away again. Nothing that is there is touched.
///
/// # Errors
/// Those of the disk.
pub fn takes_files(folder: &Path) -> io::Result<()> {
    tempfile::Builder::new().prefix(".leadtrail-can-write-").tempfile_in(folder)?.close()
}

/// A name in a table that stands for one file in a folder; `None` where it would lead elsewhere.
pub fn plain_name(name: &str) -> Option<&str> {
    let mut parts = Path::new(name).components();
    match (parts.next(), parts.next()) {
        (Some(Component::Normal(part)), None) if part == name && !name.contains(['/', '\\', '\0']) => Some(name),
        _ => None,
    }
}

/// A path with something behind its name.
pub fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_os_string();
    name.push(end);
    PathBuf::from(name)
}

/// Makes a rename in `folder` outlive a pulled plug, where the system can.
pub fn sync_folder(folder: &Path) {
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

fn mode(options: &mut OpenOptions) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    #[cfg(not(unix))]
    let _ = options;
}

#[cfg(unix)]
fn flags(flags: rustix::fs::OFlags) -> i32 {
    // The bits of `open(2)`, whatever sign they are kept with.
    i32::from_ne_bytes(flags.bits().to_ne_bytes())
}

/// Opens the file itself, not what a link of that name leads to.
fn open_no_follow(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    mode(options);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // A pipe that was put there would keep us waiting for its other end.
        options.custom_flags(flags(rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK));
    }
    #[cfg(windows)]
    {
        use std::os::windows::fs::OpenOptionsExt;
        const OPEN_REPARSE_POINT: u32 = 0x0020_0000;
        options.custom_flags(OPEN_REPARSE_POINT);
    }
    let is_link = path.symlink_metadata().is_ok_and(|about| about.is_symlink());
    let odd = |what: &str| io::Error::new(io::ErrorKind::InvalidInput, format!("{} is {what}", path.display()));
    if is_link {
        return Err(odd("a link, and Leadtrail follows none there"));
    }
    let file = options.open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(odd("no file")) }
}

/// What is the program's own: the data folder with all in it, and the backups in a folder that the owner chose. The data
/// folder of another program is taken for one of our own as well: it is known by what lies in it.
#[derive(Debug, Clone)]
pub struct OwnFiles {
    data: PathBuf,
    chosen: Option<PathBuf>,
}

impl OwnFiles {
    /// Of the data in `data`, whose backups the owner puts into `chosen`.
    pub fn of(data: &Path, chosen: Option<&Path>) -> OwnFiles {
        OwnFiles { data: data.to_path_buf(), chosen: chosen.map(Path::to_path_buf) }
    }

    /// Whether a file that a person named may be written to, in the place of what is there. It is where the name leads
    /// that counts: links are followed, `..` taken away, and the same file under another name is the same file.
    ///
    /// # Errors
    /// [`Refused`] in plain words.
    pub fn takes_file(&self, target: &Path) -> Result<(), Refused> {
        let ours = || Refused::Ours(target.to_path_buf());
        let leads_to = where_it_leads(target)?;
        for place in [target, leads_to.as_path()] {
            self.takes_in_folder(parent(place)).map_err(|refused| match refused {
                Refused::Ours(_) => ours(),
                Refused::Theirs { folder, .. } => Refused::Theirs { path: target.to_path_buf(), folder },
                other => other,
            })?;
        }
        if !fs::metadata(target).map_or(true, |about| about.is_file()) || is_of_the_system(&leads_to) {
            return Err(Refused::NoFile(target.to_path_buf()));
        }
        match fs::metadata(&leads_to) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return if is_name_of_ours(&leads_to) { Err(ours()) } else { Ok(()) };
            }
            Err(error) => return Err(unknown(target, error)),
        }
        if is_name_of_ours(&leads_to) || self.is_one_of_ours(&leads_to)? {
            return Err(ours());
        }
        Ok(())
    }

    /// Whether a person may have files put into this folder, which need not be there yet.
    ///
    /// # Errors
    /// [`Refused`] in plain words.
    pub fn takes_in_folder(&self, folder: &Path) -> Result<(), Refused> {
        let Some(inside) = self.inside(folder)? else { return Ok(()) };
        let first = inside.components().next();
        let exports = first.is_some_and(|first| first.as_os_str().eq_ignore_ascii_case(EXPORTS));
        if exports { Ok(()) } else { Err(Refused::Ours(folder.to_path_buf())) }
    }

    /// Whether backups may be put into this folder: not among other files of ours or of another data folder, nor to
    /// the backups of the data that ours lies in, as sample data does.
    ///
    /// # Errors
    /// [`Refused`] in plain words.
    pub fn takes_backups(&self, folder: &Path) -> Result<(), Refused> {
        match self.inside(folder)? {
            Some(inside) if inside == Path::new(BACKUPS) => return Ok(()),
            Some(_) => return Err(Refused::Ours(folder.to_path_buf())),
            None => {}
        }
        let at = resolved(folder).map_err(|error| unknown(folder, error))?;
        let data = resolved(&self.data).map_err(|error| unknown(folder, error))?;
        for above in data.ancestors().skip(1) {
            let picked = fs::read_to_string(above.join(PICKED)).map(PathBuf::from).ok();
            let picked = picked.filter(|picked| picked.is_absolute()).and_then(|picked| resolved(&picked).ok());
            if picked.is_some_and(|picked| same(&picked, &at)) {
                return Err(Refused::Ours(folder.to_path_buf()));
            }
        }
        Ok(())
    }

    /// Where in our data folder this is; `None` where it is outside of any. The nearest data folder counts.
    fn inside(&self, folder: &Path) -> Result<Option<PathBuf>, Refused> {
        let at = resolved(folder).map_err(|error| unknown(folder, error))?;
        let data = resolved(&self.data).map_err(|error| unknown(folder, error))?;
        for above in at.ancestors() {
            let inside = at.strip_prefix(above).unwrap_or(Path::new(""));
            if same(above, &data) {
                return Ok(Some(inside.to_path_buf()));
            }
            if is_data_folder(above, inside) {
                return Err(Refused::Theirs { path: folder.to_path_buf(), folder: above.to_path_buf() });
            }
        }
        Ok(None)
    }

    /// Whether a file is one of the program's own, by whatever name.
    pub fn is_ours(&self, file: &Path) -> bool {
        self.takes_file(file).is_err_and(|refused| matches!(refused, Refused::Ours(_)))
    }

    /// Whether a file that is there is one of ours under another name (a hard link), wherever it lies.
    fn is_one_of_ours(&self, target: &Path) -> Result<bool, Refused> {
        let unknown = |error| unknown(target, error);
        let identity = FileIdentity::of(target).map_err(unknown)?;
        let mut folders = vec![self.data.clone()];
        folders.extend(self.chosen.clone().filter(|chosen| chosen.is_dir()));
        let exports = self.data.join(EXPORTS);
        while let Some(folder) = folders.pop() {
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(unknown(error)),
            };
            let in_chosen = self.chosen.as_deref() == Some(folder.as_path());
            for entry in entries.flatten() {
                let (path, kind) = (entry.path(), entry.file_type().map_err(unknown)?);
                let backup = entry.file_name().to_string_lossy().starts_with("leadtrail-");
                if kind.is_dir() && !in_chosen && path != exports {
                    folders.push(path);
                } else if kind.is_file()
                    && (!in_chosen || backup)
                    && FileIdentity::of(&path).is_ok_and(|ours| ours == identity)
                {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}

/// Whether `folder` is the data folder of some program, as far as what lies `inside` of it is concerned.
fn is_data_folder(folder: &Path, inside: &Path) -> bool {
    let holds = |name: &str| folder.join(name).symlink_metadata().is_ok();
    let part = inside.components().next().map(Component::as_os_str);
    let near = part.is_none_or(|part| PARTS.iter().any(|name| part.eq_ignore_ascii_case(name)));
    MARKS.iter().any(|name| holds(name)) || near && holds(DATA)
}

/// Whether a file has a name that only files of ours have, wherever it lies: a backup, or what lies in a data folder.
fn is_name_of_ours(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    MARKS.contains(&name.as_str())
        || name == PICKED
        || name.starts_with(INBOX)
        || (name.starts_with("leadtrail-") || name.starts_with("leadtrail.")) && name.contains(".sqlite")
}

/// What the system shows as files, such as `/dev/stdout`: putting a file in its place would take it away.
fn is_of_the_system(path: &Path) -> bool {
    let at = resolved(parent(path)).unwrap_or_default();
    cfg!(unix)
        && (at.starts_with("/proc") || at.starts_with("/sys") || at == Path::new("/dev") || at.starts_with("/dev/fd"))
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Where a name leads: links at its end are followed, also those that lead to nothing yet.
fn where_it_leads(target: &Path) -> Result<PathBuf, Refused> {
    let mut at = target.to_path_buf();
    for _ in 0..LINKS {
        match fs::read_link(&at) {
            Ok(next) => at = parent(&at).join(next),
            Err(_) => return Ok(at),
        }
    }
    Err(unknown(target, io::Error::other("its links lead in a circle")))
}

/// A folder as the disk knows it, also where its last parts are not there yet.
fn resolved(folder: &Path) -> io::Result<PathBuf> {
    let mut missing: Vec<Option<OsString>> = Vec::new();
    let mut at = std::path::absolute(folder)?;
    loop {
        match at.canonicalize() {
            Ok(mut known) => {
                for part in missing.into_iter().rev() {
                    match part {
                        Some(part) => known.push(part),
                        None => {
                            known.pop();
                        }
                    }
                }
                return Ok(known);
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                let mut parts = at.components();
                match parts.next_back() {
                    Some(Component::Normal(part)) => missing.push(Some(part.to_os_string())),
                    Some(Component::ParentDir) => missing.push(None),
                    Some(Component::CurDir) => {}
                    _ => return Err(error),
                }
                at = parts.as_path().to_path_buf();
            }
            Err(error) => return Err(error),
        }
    }
}

/// What a file or folder is, whatever it is called: its device and number. It is not opened for that: closing a data file
/// anywhere in a program takes away the locks that SQLite has on it.
#[cfg(unix)]
#[derive(PartialEq, Eq)]
struct FileIdentity(u64, u64);

#[cfg(unix)]
impl FileIdentity {
    fn of(path: &Path) -> io::Result<FileIdentity> {
        use std::os::unix::fs::MetadataExt;
        let about = fs::metadata(path)?;
        Ok(FileIdentity(about.dev(), about.ino()))
    }
}

/// The same on Windows, which says it of open files only, and whose locks do not mind.
#[cfg(not(unix))]
#[derive(PartialEq, Eq)]
struct FileIdentity(same_file::Handle);

#[cfg(not(unix))]
impl FileIdentity {
    fn of(path: &Path) -> io::Result<FileIdentity> {
        same_file::Handle::from_path(path).map(FileIdentity)
    }
}

/// Folders are known by what they are, so that another case, where the system makes no difference, is no way around.
fn same(a: &Path, b: &Path) -> bool {
    a == b || matches!((FileIdentity::of(a), FileIdentity::of(b)), (Ok(a), Ok(b)) if a == b)
}
