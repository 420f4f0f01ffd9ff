//! The open file and what lies at its path: compared after each commit, before anything is acknowledged.
//!
//! SQLite goes on writing into a file that was moved, deleted or replaced, as the system goes on keeping it for whoever
//! has it open; what is acknowledged then is gone with the program. So the file, what is written ahead of it (`-wal`)
//! and its index (`-shm`) are known by device and inode, and what they begin and end with is read.
//!
//! The main file and its index are opened here once and never closed while SQLite has them open: on Unix, closing
//! any handle of a file lets go of all locks the process has on it.

use std::fs::{self, File, Metadata};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use super::StoreError;
use super::backup::beside;

/// How long another program may take for what it does by rights, such as beginning anew what is written ahead.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);
/// A breath between two looks meanwhile.
const BREATH: Duration = Duration::from_millis(10);

#[cfg(test)]
thread_local! {
    /// How often this thread waited.
    pub(super) static BREATHS: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

/// Waits a little before the next look.
pub(super) fn breathe() {
    #[cfg(test)]
    BREATHS.set(BREATHS.get() + 1);
    std::thread::sleep(BREATH);
}

/// Every file of SQLite's begins with this.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// What is read of the index: its header twice, and how much of what is written ahead is in the file already.
const INDEX: usize = 100;
/// Bytes that are copied at once.
const PIECE: usize = 1 << 20;
/// The header of what is written ahead, and of each page in it.
const AHEAD: u64 = 32;
const FRAME: u64 = 24;

/// What lies at the path instead of the open file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PathState {
    /// Nothing.
    Nothing,
    /// Not even the folder.
    NoFolder,
    /// Another file.
    Another,
    /// A folder, a link or something else that is no file.
    NoFile,
    /// It cannot be looked at.
    Unknown(String),
    /// The file is right; what is written ahead, or its index, is another or gone.
    Beside,
    /// It is the same file, with other content.
    WrittenOver,
    /// Its content may be another's: it was written to, and not by a program that keeps to SQLite's rules.
    Touched,
}

/// Which file it is.
#[cfg(unix)]
pub(super) type FileId = (u64, u64);

#[cfg(unix)]
fn id(about: &Metadata) -> FileId {
    use std::os::unix::fs::MetadataExt;
    (about.dev(), about.ino())
}

/// Windows lets nobody move or delete a file that SQLite has open.
#[cfg(not(unix))]
pub(super) type FileId = ();

#[cfg(not(unix))]
fn id(_: &Metadata) -> FileId {}

/// Whether two names lead to one file.
#[cfg(unix)]
pub(super) fn is_same(one: &Metadata, other: &Metadata) -> bool {
    id(one) == id(other)
}

/// Whether two names lead to one file: two names of one have the same size and age.
#[cfg(not(unix))]
pub(super) fn is_same(one: &Metadata, other: &Metadata) -> bool {
    one.len() == other.len() && one.modified().ok() == other.modified().ok()
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], at: u64) -> bool {
    use std::os::unix::fs::FileExt;
    file.read_exact_at(bytes, at).is_ok()
}

#[cfg(not(unix))]
fn read_at(mut file: &File, bytes: &mut [u8], at: u64) -> bool {
    use std::io::{Read, Seek, SeekFrom};
    file.seek(SeekFrom::Start(at)).and_then(|_| file.read_exact(bytes)).is_ok()
}

/// One of the three files, held open.
pub(super) struct Held {
    path: PathBuf,
    file: File,
    id: FileId,
}

impl Held {
    fn open(path: PathBuf) -> std::io::Result<Held> {
        let file = File::open(&path)?;
        let id = id(&file.metadata()?);
        Ok(Held { path, file, id })
    }

    /// Which file it is.
    pub(super) fn id(&self) -> FileId {
        self.id
    }

    /// Whether it has no name any more, anywhere. Where the system does not say, it has.
    pub(super) fn is_nameless(&self) -> bool {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            self.file.metadata().is_ok_and(|about| about.nlink() == 0)
        }
        #[cfg(not(unix))]
        false
    }

    /// Copies what is in it, whatever lies at its path by now. No other handle of it is opened, or closed.
    pub(super) fn copy_into(&self, to: &mut File) -> std::io::Result<()> {
        use std::io::Write;
        let size = self.file.metadata()?.len();
        let (mut at, mut piece) = (0, vec![0; PIECE]);
        while at < size {
            let length = usize::try_from(size - at).unwrap_or(PIECE).min(PIECE);
            let bytes = &mut piece[..length];
            if !read_at(&self.file, bytes, at) {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            to.write_all(bytes)?;
            at += length as u64;
        }
        Ok(())
    }

    /// Whether it lies at its path, and whether `given`, by whatever links, leads there.
    fn look(&self, given: &Path) -> Result<Metadata, PathState> {
        let lies = |error: std::io::Error, path: &Path| match is_nothing(&error) {
            true if path.parent().is_none_or(Path::is_dir) => PathState::Nothing,
            true => PathState::NoFolder,
            false => PathState::Unknown(error.to_string()),
        };
        let about = self.path.symlink_metadata().map_err(|error| lies(error, &self.path))?;
        if !about.is_file() {
            return Err(PathState::NoFile);
        }
        if id(&about) != self.id {
            return Err(PathState::Another);
        }
        // The next start looks for it by that name.
        if given != self.path {
            let at = given.canonicalize().map_err(|error| lies(error, given))?;
            if at != self.path && !is_at(given, self.id) {
                return Err(PathState::Another);
            }
        }
        Ok(about)
    }

    fn is_there(&self) -> bool {
        self.path.symlink_metadata().is_ok_and(|about| about.is_file() && id(&about) == self.id)
    }
}

/// Whether that file is what a path leads to.
pub(super) fn is_at(path: &Path, file: FileId) -> bool {
    path.metadata().is_ok_and(|about| about.is_file() && id(&about) == file)
}

/// What is known of the content, from one look to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Content {
    head: Head,
    size: u64,
    written: Option<SystemTime>,
    log: WalState,
}

/// The beginning of the file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Head {
    /// Page size, format: the same as long as it is this file.
    format: [u8; 8],
    /// Goes up whenever the first page is written, and never down.
    counter: u32,
}

/// What is written ahead, as the index says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct WalState {
    /// Others whenever it begins anew.
    salts: [u8; 8],
    /// Pages in it …
    frames: u32,
    /// … of which these are in the file already.
    in_file: u32,
    /// Of the last page.
    checksum: [u32; 2],
    page_size: u64,
}

/// Knows the open file.
pub(super) struct FileGuard {
    /// As it was asked for. A link that is a part of it may lead elsewhere at any time.
    given: PathBuf,
    main: Held,
    ahead: Held,
    index: Held,
    content: Content,
}

impl FileGuard {
    /// Of the file at `path`, which SQLite has open and has read.
    ///
    /// # Errors
    /// [`StoreError::Disk`] when it is not there.
    pub(super) fn of(given: &Path) -> Result<FileGuard, StoreError> {
        // What is written ahead lies beside what a link leads to.
        let main = Held::open(given.canonicalize()?)?;
        FileGuard::with(given, main).map_err(|(_, error)| error)
    }

    /// Of a main file that is held already, and that SQLite has open anew and has read.
    ///
    /// # Errors
    /// [`StoreError::Disk`] when what belongs to it is not there; with what is held.
    pub(super) fn with(given: &Path, main: Held) -> Result<FileGuard, (Held, StoreError)> {
        let beside = |end: &str| Held::open(beside(&main.path, end));
        let found = beside("-wal").and_then(|ahead| Ok((ahead, beside("-shm")?, main.file.metadata()?)));
        let (ahead, index, about) = match found {
            Ok(found) => found,
            Err(error) => return Err((main, error.into())),
        };
        let content = Content {
            head: Head::of(&main.file).unwrap_or_default(),
            size: about.len(),
            written: about.modified().ok(),
            log: WalState::of(&index.file).unwrap_or_default(),
        };
        Ok(FileGuard { given: given.to_path_buf(), main, ahead, index, content })
    }

    /// The main file.
    pub(super) fn main(&self) -> &Held {
        &self.main
    }

    /// Lets go of what belongs to the main file, and goes on holding that.
    pub(super) fn into_main(self) -> Held {
        self.main
    }

    /// Where what is written ahead lies.
    pub(super) fn ahead(&self) -> &Path {
        &self.ahead.path
    }

    /// Where its index lies.
    pub(super) fn index(&self) -> &Path {
        &self.index.path
    }

    /// Where the file lies.
    pub(super) fn path(&self) -> &Path {
        &self.main.path
    }

    /// Whether what is written ahead is at its path.
    pub(super) fn has_ahead(&self) -> bool {
        self.ahead.is_there()
    }

    /// Whether the index is at its path.
    pub(super) fn has_index(&self) -> bool {
        self.index.is_there()
    }

    /// Compares. A few microseconds where all is well; where it is not, another program may be in the middle of what it
    /// does by rights for as long as `patience`.
    pub(super) fn look(&mut self, patience: Duration) -> Result<(), PathState> {
        let begun = Instant::now();
        loop {
            let found = match self.compare() {
                Ok(()) => return Ok(()),
                Err(found) => found,
            };
            if found != PathState::WrittenOver || begun.elapsed() >= patience {
                return Err(found);
            }
            breathe();
        }
    }

    /// Whether the main file is at its path.
    pub(super) fn is_main(&self) -> bool {
        self.main.look(&self.given).is_ok()
    }

    /// Whether all three are at their paths, whatever is in them.
    pub(super) fn is_in_place(&self) -> bool {
        self.is_main() && self.ahead.is_there() && self.index.is_there()
    }

    /// Takes the content for what it is now: what was done to it was done by us, or was looked through.
    pub(super) fn renew(&mut self) {
        if let (Ok(about), Some(head), Some(log)) =
            (self.main.file.metadata(), Head::of(&self.main.file), WalState::of(&self.index.file))
        {
            self.content = Content { head, size: about.len(), written: about.modified().ok(), log };
        }
    }

    fn compare(&mut self) -> Result<(), PathState> {
        let about = self.main.look(&self.given)?;
        if !self.ahead.is_there() || !self.index.is_there() {
            return Err(PathState::Beside);
        }
        let log = WalState::of(&self.index.file).ok_or(PathState::WrittenOver)?;
        if !log.lies_in(&self.ahead.file, &self.content.log) {
            return Err(PathState::WrittenOver);
        }
        let before = &self.content;
        let head = Head::of(&self.main.file).filter(|head| head.goes_on(before.head)).ok_or(PathState::WrittenOver)?;
        let (size, written) = (about.len(), about.modified().ok());
        let is_moved_in = (log.salts, log.in_file) != (before.log.salts, before.log.in_file);
        if (size, written) != (before.size, before.written) && !is_moved_in {
            return Err(PathState::Touched);
        }
        self.content = Content { head, size, written, log };
        Ok(())
    }
}

/// Whether there is nothing at a path.
pub(super) fn is_nothing(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory)
}

impl Head {
    /// `None` where it is no file of SQLite's. (sqlite.org/fileformat.html, "The Database Header")
    fn of(file: &File) -> Option<Head> {
        let mut bytes = [0; 28];
        let whole = read_at(file, &mut bytes, 0) && bytes.starts_with(MAGIC);
        let counter = u32::from_be_bytes([bytes[24], bytes[25], bytes[26], bytes[27]]);
        whole.then(|| Head { format: bytes[16..24].try_into().unwrap_or_default(), counter })
    }

    fn goes_on(self, before: Head) -> bool {
        self.format == before.format && self.counter >= before.counter
    }
}

fn number(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_ne_bytes)
}

impl WalState {
    /// What the index says; `None` where it says nothing. (sqlite.org/walformat.html, "The WAL-Index Header")
    fn of(index: &File) -> Option<WalState> {
        let mut bytes = [0; INDEX];
        if !read_at(index, &mut bytes, 0) || bytes[12] == 0 {
            return None;
        }
        let page_size = u16::from_ne_bytes([bytes[14], bytes[15]]);
        Some(WalState {
            salts: bytes[32..40].try_into().ok()?,
            frames: number(&bytes, 16),
            in_file: number(&bytes, 96),
            checksum: [number(&bytes, 24), number(&bytes, 28)],
            page_size: if page_size == 1 { 65_536 } else { page_size.into() },
        })
    }

    /// Whether the file of what is written ahead holds what the index says, and what it held `before`: whatever cuts
    /// it off, or is written over it, changes its beginning or its end.
    fn lies_in(&self, ahead: &File, before: &WalState) -> bool {
        if self.frames == 0 {
            return true;
        }
        let mut bytes = [0; AHEAD as usize];
        if !read_at(ahead, &mut bytes, 0) || bytes[16..24] != self.salts {
            return false;
        }
        let goes_on = before.salts == self.salts && before.frames > 0 && before.frames <= self.frames;
        self.last_lies_in(ahead) && (!goes_on || before.last_lies_in(ahead))
    }

    fn last_lies_in(&self, ahead: &File) -> bool {
        let at = AHEAD + u64::from(self.frames - 1) * (FRAME + self.page_size);
        let mut bytes = [0; FRAME as usize];
        let is_read = read_at(ahead, &mut bytes, at);
        let checksum = |at: usize| u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        is_read && bytes[8..16] == self.salts && [checksum(16), checksum(20)] == self.checksum
    }
}

/// Gives a file a second name that outlives the first, where the file system can: best effort.
pub(super) fn link(from: &Path, to: &Path) {
    let same = from.symlink_metadata().is_ok_and(|one| to.symlink_metadata().is_ok_and(|other| is_same(&one, &other)));
    if same {
        return;
    }
    let _ = fs::remove_file(to);
    if let Err(error) = fs::hard_link(from, to) {
        tracing::debug!("no second name for {}: {error}", from.display());
    }
}
