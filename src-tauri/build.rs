//! Only the window needs a build step; the headless build merely has a folder for the UI's files.
fn main() {
    // A fresh clone builds without npm: then there is no UI in the program, and it says so.
    if let Err(error) = std::fs::create_dir_all("ui/dist") {
        println!("cargo::warning=ui/dist could not be made: {error}");
    }
    println!("cargo::rerun-if-changed=src-tauri/build.rs");
    // A debug build reads the UI from disk while it runs; a release build holds it.
    if std::env::var("PROFILE").as_deref() == Ok("release") {
        println!("cargo::rerun-if-changed=ui/dist");
    }
    #[cfg(feature = "desktop")]
    tauri_build::build();
}
