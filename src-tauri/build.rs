//! Only the window needs a build step; the headless build merely has a folder for the UI's files.
fn main() {
    // A fresh clone builds without npm: then there is no UI in the program, and it says so.
    if let Err(error) = std::fs::create_dir_all("ui/dist") {
        println!("cargo::warning=ui/dist could not be made: {error}");
    }
    println!("cargo::rerun-if-changed=src-tauri/build.rs");
    // A debug build reads the UI from disk while it runs; a release build holds it.
    if std::env::var("PROFILE").as_deref() == Ok("release") {
        for part in ["ui/dist", "ui/src", "ui/index.html"] {
            println!("cargo::rerun-if-changed={part}");
        }
        let built = changed("ui/dist/index.html".as_ref());
        let written = ["ui/src", "ui/index.html"].into_iter().filter_map(|part| changed(part.as_ref())).max();
        // A UI of yesterday does not understand the program of today.
        if built.is_some() && built < written {
            println!(
                "cargo::error=ui/dist is older than ui/src, and would go into the program: run `npm run build` in ui/ first"
            );
        }
    }
    #[cfg(feature = "desktop")]
    tauri_build::build();
}

/// When a file, or the newest file in a folder, was changed.
fn changed(path: &std::path::Path) -> Option<std::time::SystemTime> {
    if path.is_dir() {
        let files = std::fs::read_dir(path).ok()?;
        return files.flatten().filter_map(|file| changed(&file.path())).max();
    }
    path.metadata().and_then(|about| about.modified()).ok()
}
