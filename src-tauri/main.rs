//! Leadtrail. See the library.

fn main() -> std::process::ExitCode {
    leadtrail::cli::main()
}
