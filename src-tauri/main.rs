//! Leadtrail. See the library.

// The window is no program of a console: Windows would open one beside it. What is written by commands goes to the console
// they were typed in all the same (`desktop::console`).
#![cfg_attr(all(windows, feature = "desktop", not(debug_assertions)), windows_subsystem = "windows")]

fn main() -> std::process::ExitCode {
    #[cfg(all(windows, feature = "desktop", not(debug_assertions)))]
    leadtrail::desktop::console::join();
    leadtrail::cli::main()
}
