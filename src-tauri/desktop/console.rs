//! The console that a command was typed in, on Windows: a program with a window is given none, and is to print there.

use windows_sys::Win32::System::Console::{ATTACH_PARENT_PROCESS, AttachConsole};

/// Joins the console of whoever started the program. There is none where it was started from the desktop; and where its
/// output was sent into a file or a pipe, that stays where it goes.
pub fn join() {
    // SAFETY: it takes a number and touches no memory of ours; where it fails nothing is changed.
    #[expect(unsafe_code, reason = "no crate that is kept up wraps it")]
    unsafe {
        AttachConsole(ATTACH_PARENT_PROCESS);
    }
}
