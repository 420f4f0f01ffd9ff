//! How long files are.

use std::path::{Path, PathBuf};

/// Nobody reads more at once; a file that is longer holds two ideas.
pub const LINES: usize = 500;

/// Where files of our own lie, and how they end.
const FOLDERS: [&str; 5] = ["src-tauri", "tests", "benches", "ui/src", "ui/e2e"];
const ENDINGS: [&str; 5] = ["rs", "ts", "svelte", "css", "mjs"];

/// What is longer than [`LINES`], and by how much.
pub fn too_long(text: &str) -> Option<usize> {
    text.lines().count().checked_sub(LINES).filter(|more| *more > 0)
}

/// Files of our own, by their paths from the root.
pub fn our_files() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    FOLDERS.iter().for_each(|folder| collect(&root.join(folder), &mut paths));
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        (path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/"), text)
    };
    paths.into_iter().map(read).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ending| ENDINGS.iter().any(|ours| ending == *ours)) {
            files.push(path);
        }
    }
}
