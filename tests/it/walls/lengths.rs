//! How long files are.

use std::path::{Path, PathBuf};

use super::source::collect;

/// Nobody reads more at once; a file that is longer holds two ideas.
const LINES: usize = 500;

/// Where files of our own lie, and how they end.
const FOLDERS: [&str; 5] = ["src-tauri", "tests", "benches", "ui/src", "ui/e2e"];
const ENDINGS: [&str; 5] = ["rs", "ts", "svelte", "css", "mjs"];

/// What is longer than [`LINES`], and by how much.
fn too_long(text: &str) -> Option<usize> {
    text.lines().count().checked_sub(LINES).filter(|more| *more > 0)
}

/// Files of our own, by their paths from the root.
fn our_files() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    FOLDERS.iter().for_each(|folder| collect(&root.join(folder), &ENDINGS, &mut paths));
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        (path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/"), text)
    };
    paths.into_iter().map(read).collect()
}

/// Longer files that stay: what is generated, and those of the store, which come apart with the next issue.
const LONG_FILES: [&str; 6] = [
    "ui/src/lib/api/schema.d.ts",
    "src-tauri/store/backup.rs",
    "src-tauri/store/foreign.rs",
    "src-tauri/store/journal.rs",
    "src-tauri/store/keeper.rs",
    "src-tauri/store/query/deliveries.rs",
];

#[test]
fn no_file_is_too_long_to_be_read() {
    assert_eq!(too_long(&"\n".repeat(LINES + 1)), Some(1), "a file of more lines is not seen");
    assert_eq!(too_long(&"\n".repeat(LINES)), None);
    let long = |(path, text): (String, String)| Some((path, too_long(&text)?));
    let (known, found): (Vec<_>, Vec<_>) =
        our_files().into_iter().filter_map(long).partition(|(path, _)| LONG_FILES.contains(&path.as_str()));
    assert!(found.is_empty(), "lines too many: {found:#?}");
    assert_eq!(known.len(), LONG_FILES.len(), "some are short enough by now: only these are long: {known:#?}");
}
