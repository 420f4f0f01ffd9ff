//! Only the window needs a build step; the headless build runs nothing.
fn main() {
    #[cfg(feature = "desktop")]
    tauri_build::build();
}
