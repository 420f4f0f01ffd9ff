//! Folders for data files of tests.

use std::path::Path;

/// A folder in memory where the system has one: for tests that open thousands of files and pull no plug.
pub fn fast_folder() -> tempfile::TempDir {
    let shared = Path::new("/dev/shm");
    if shared.is_dir()
        && let Ok(folder) = tempfile::tempdir_in(shared)
    {
        return folder;
    }
    tempfile::tempdir().unwrap()
}
